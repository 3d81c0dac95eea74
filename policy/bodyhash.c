#include "config.h"
#include "policy/bodyhash.h"

#include <stdlib.h>

/* One hash that was asked for. */
struct wish {
	enum canon	 canon;
	uint64_t	 length;
	bool		 taken;		/* `value` holds, if it is `good` */
	bool		 good;
	uint8_t		 value[DIGEST_LEN];
};

/*
 * The body in one canonicalization, hashed once: a wish for a part of it is
 * read off the running hash where that part ends.
 */
struct stream {
	struct bodyhash	*owner;
	struct canon_body canon;
	struct digest	*digest;
	uint64_t	 octets;	/* that went into `digest` */
	uint64_t	 next;		/* where the next wish ends */
	uint64_t	 last;		/* where the longest ends */
};

/* Most messages want one hash, few more than these. */
#define FIRST_WISHES	4

/* A stream is there while the body is: what waits for DNS behind it is not. */
struct bodyhash {
	struct stream	*stream[2];	/* by enum canon; NULL: not wanted */
	uint64_t	 octets[2];	/* that were in each, at the end */
	struct wish	*wish;
	size_t		 count, room;
};

/* Take the wishes that end at or before `end`, and find the next one. */
static void
take(struct stream *s, uint64_t end)
{
	struct bodyhash *b = s->owner;
	uint8_t value[DIGEST_LEN];
	bool good = digest_peek(s->digest, value);
	size_t i;

	s->next = BODYHASH_ALL;
	for (i = 0; i < b->count; i++) {
		struct wish *w = &b->wish[i];

		if (w->canon != s->canon.kind || w->taken)
			continue;
		if (w->length > end) {
			if (w->length < s->next)
				s->next = w->length;
			continue;
		}
		memcpy(w->value, value, sizeof(value));
		w->good = good;
		w->taken = true;
	}
}

/* Canonical text arrives. */
static void
sink(void *ctx, const char *p, size_t len)
{
	struct stream *s = ctx;

	while (len > 0) {
		size_t n = len;

		if (s->octets == s->next)
			take(s, s->octets);
		if (n > s->next - s->octets)
			n = (size_t)(s->next - s->octets);
		digest_add(s->digest, p, n);
		s->octets += n;
		p += n;
		len -= n;
	}
}

static struct stream *
stream_new(struct bodyhash *b, enum canon c)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->owner = b;
	s->next = BODYHASH_ALL;
	s->digest = digest_new();
	if (s->digest == NULL) {
		free(s);
		return NULL;
	}
	canon_body_init(&s->canon, c, sink, s);
	return s;
}

static void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	digest_free(s->digest);
	free(s);
}

struct bodyhash *
bodyhash_new(void)
{
	return calloc(1, sizeof(struct bodyhash));
}

void
bodyhash_free(struct bodyhash *b)
{
	if (b == NULL)
		return;
	stream_free(b->stream[CANON_SIMPLE]);
	stream_free(b->stream[CANON_RELAXED]);
	free(b->wish);
	free(b);
}

/* Room for one more wish. */
static bool
make_room(struct bodyhash *b)
{
	size_t room = b->room > 0 ? 2 * b->room : FIRST_WISHES;
	struct wish *more;

	if (b->count == BODYHASH_MAX)
		return false;
	if (b->count < b->room)
		return true;
	more = realloc(b->wish, room * sizeof(*more));
	if (more == NULL)
		return false;
	b->wish = more;
	b->room = room;
	return true;
}

int
bodyhash_want(struct bodyhash *b, enum canon c, uint64_t length)
{
	struct stream *s;
	size_t i;

	for (i = 0; i < b->count; i++)
		if (b->wish[i].canon == c && b->wish[i].length == length)
			return (int)i;
	if (!make_room(b))
		return -1;
	if (b->stream[c] == NULL)
		b->stream[c] = stream_new(b, c);
	s = b->stream[c];
	if (s == NULL)
		return -1;
	b->wish[b->count] = (struct wish){ .canon = c, .length = length };
	if (length < s->next)
		s->next = length;
	if (length > s->last)
		s->last = length;
	return (int)b->count++;
}

/*
 * Whether more octets could change a hash, or are needed to know that the
 * body goes on past the longest wish.
 */
static bool
stream_hungry(const struct stream *s)
{
	return s != NULL && s->octets <= s->last;
}

bool
bodyhash_hungry(const struct bodyhash *b)
{
	return stream_hungry(b->stream[CANON_SIMPLE]) ||
	    stream_hungry(b->stream[CANON_RELAXED]);
}

void
bodyhash_feed(struct bodyhash *b, const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (stream_hungry(b->stream[i]))
			canon_body_feed(&b->stream[i]->canon, p, len);
}

void
bodyhash_finish(struct bodyhash *b)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		struct stream *s = b->stream[i];

		if (s == NULL)
			continue;
		if (stream_hungry(s))
			canon_body_finish(&s->canon);
		take(s, BODYHASH_ALL);
		b->octets[i] = s->octets;
		b->stream[i] = NULL;
		stream_free(s);
	}
}

bool
bodyhash_get(const struct bodyhash *b, int number, uint8_t out[DIGEST_LEN],
    uint64_t *octets_out)
{
	const struct wish *w;
	uint64_t octets;

	if (number < 0 || (size_t)number >= b->count)
		return false;
	w = &b->wish[number];
	if (!w->taken || !w->good)
		return false;
	octets = b->octets[w->canon];
	*octets_out = octets > w->length ? w->length + 1 : octets;
	memcpy(out, w->value, DIGEST_LEN);
	return true;
}
