#include "config.h"
#include "dns/stored.h"

#include <stdlib.h>

/*
 * A day: nobody's key or policy is believed longer than that without looking
 * again, whatever TTL a zone carries by mistake.
 */
#define TTL_MAX			86400

/* The same for "there is no such thing": an hour (RFC 2308, 5: 1 to 3). */
#define TTL_MAX_NEGATIVE	3600

/*
 * Seconds for which a failure is remembered, so that a silent domain stalls
 * one message and not each (RFC 9520, 3.2: at least 1, default 5).
 */
#define TTL_FAILURE		5

/*
 * What the parsed object of a TXT answer may weigh, charged beforehand.
 * Measured: an RSA-2048 key that has been used 2.3 KB (its answer 0.6 KB), an
 * SPF policy 0.7 KB (0.3 KB). No other answer is parsed.
 */
#define OBJECT_BYTES		512
#define OBJECT_PER_BYTE		3

/* Of every answer: its bucket, and what malloc adds. */
#define KEEPING_BYTES		40

struct dns_object {
	void	*p;
	void	*(*make)(const struct dns_answer *ans);
	void	 (*destroy)(void *object);
};

static uint32_t
clamp_ttl(enum dns_status status, uint32_t ttl)
{
	if (!dns_known(status))
		return TTL_FAILURE;
	if (status != DNS_OK)
		return ttl < TTL_MAX_NEGATIVE ? ttl : TTL_MAX_NEGATIVE;
	return ttl < TTL_MAX ? ttl : TTL_MAX;
}

/* The text a record points to, NULL for a record without any. */
static struct span *
record_text(enum dns_type type, struct dns_record *r)
{
	switch (type) {
	case DNS_TXT:
		return &r->txt;
	case DNS_PTR:
		return &r->name;
	case DNS_MX:
		return &r->mx.name;
	case DNS_A:
	case DNS_AAAA:
		break;
	}
	return NULL;
}

static size_t
text_bytes(enum dns_type type, const struct dns_answer *src)
{
	size_t i, n = 0;

	for (i = 0; i < src->count; i++) {
		struct dns_record r = src->record[i];
		const struct span *text = record_text(type, &r);

		n += text != NULL ? text->len : 0;
	}
	return n;
}

/* Append `s` at *end; the copy. */
static struct span
put(char **end, struct span s)
{
	struct span copy = { *end, s.len };

	if (s.len > 0)
		memcpy(*end, s.p, s.len);
	*end += s.len;
	return copy;
}

struct dns_stored *
dns_stored_new(enum dns_type type, struct span name,
    const struct dns_answer *src)
{
	size_t count = src->status == DNS_OK ? src->count : 0, i;
	size_t size = sizeof(struct dns_stored) +
	    count * sizeof(struct dns_record) + name.len +
	    (count > 0 ? text_bytes(type, src) : 0);
	struct dns_stored *st = calloc(1, size);
	struct dns_record *record;
	char *end;

	if (st == NULL)
		return NULL;
	record = (struct dns_record *)(st + 1);
	end = (char *)(record + count);
	st->size = size;
	atomic_init(&st->refs, 1);
	atomic_init(&st->object, NULL);
	st->ans = *src;
	st->ans.type = type;
	st->ans.name = put(&end, name);
	st->ans.ttl = clamp_ttl(src->status, src->ttl);
	st->ans.elapsed_ms = 0;
	st->ans.count = count;
	st->ans.record = count > 0 ? record : NULL;
	if (src->status == DNS_OK && count == 0)
		st->ans.status = DNS_NODATA;
	for (i = 0; i < count; i++) {
		struct span *text;

		record[i] = src->record[i];
		text = record_text(type, &record[i]);
		if (text != NULL)
			*text = put(&end, *text);
	}
	return st;
}

struct dns_stored *
dns_stored_ref(struct dns_stored *st)
{
	atomic_fetch_add_explicit(&st->refs, 1, memory_order_relaxed);
	return st;
}

static void
object_free(struct dns_object *o)
{
	if (o == NULL)
		return;
	o->destroy(o->p);
	free(o);
}

void
dns_stored_unref(struct dns_stored *st)
{
	if (st == NULL || atomic_fetch_sub_explicit(&st->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	object_free(atomic_load(&st->object));
	free(st);
}

static struct dns_object *
object_new(const struct dns_answer *ans,
    void *(*make)(const struct dns_answer *ans),
    void (*destroy)(void *object))
{
	struct dns_object *o = malloc(sizeof(*o));

	if (o == NULL)
		return NULL;
	*o = (struct dns_object){ make(ans), make, destroy };
	if (o->p != NULL)
		return o;
	free(o);
	return NULL;
}

/*
 * Two who ask at the same time may both make one; the later destroys its own
 * and takes the other's. Nobody waits for anybody.
 */
void *
dns_stored_object(struct dns_stored *st,
    void *(*make)(const struct dns_answer *ans),
    void (*destroy)(void *object), bool *other_out)
{
	struct dns_object *there = atomic_load(&st->object), *mine;

	*other_out = false;
	if (there == NULL) {
		mine = object_new(&st->ans, make, destroy);
		if (mine == NULL)
			return NULL;
		if (atomic_compare_exchange_strong(&st->object, &there, mine))
			return mine->p;
		object_free(mine);
	}
	*other_out = there->make != make;
	return *other_out ? NULL : there->p;
}

size_t
dns_stored_charge(const struct dns_stored *st)
{
	size_t charge = st->size + KEEPING_BYTES;

	if (st->ans.status == DNS_OK && st->ans.type == DNS_TXT)
		charge += OBJECT_BYTES + OBJECT_PER_BYTE * st->size;
	return charge;
}
