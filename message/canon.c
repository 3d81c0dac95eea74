#include "config.h"
#include "message/canon.h"

const char *
canon_name(enum canon c)
{
	return c == CANON_RELAXED ? "relaxed" : "simple";
}

/* ---- header fields ------------------------------------------------------ */

/* Unfolded, runs of WSP as one SP, none at either end (3.4.2). */
static void
add_relaxed_value(struct strbuf *sb, struct span value)
{
	bool wsp = false, any = false;
	size_t i = 0, start;

	while (i < value.len) {
		unsigned char c = (unsigned char)value.p[i];

		if (ascii_iswsp(c)) {
			wsp = true;
			i++;
			continue;
		}
		if (c == '\r' && i + 1 < value.len && value.p[i + 1] == '\n') {
			i += 2;
			continue;
		}
		if (wsp && any)
			strbuf_addc(sb, ' ');
		wsp = false;
		any = true;
		start = i++;
		while (i < value.len && value.p[i] != '\r' &&
		    !ascii_iswsp((unsigned char)value.p[i]))
			i++;
		strbuf_add(sb, (struct span){ value.p + start, i - start });
	}
}

void
canon_header(struct strbuf *sb, enum canon c, const struct header *field)
{
	size_t i;

	if (c == CANON_SIMPLE) {
		strbuf_add(sb, field->name);
		strbuf_add(sb, field->gap);
		strbuf_addc(sb, ':');
		strbuf_add(sb, field->value);
	} else {
		for (i = 0; i < field->name.len; i++)
			strbuf_addc(sb, (char)ascii_lower(
			    (unsigned char)field->name.p[i]));
		strbuf_addc(sb, ':');
		add_relaxed_value(sb, field->value);
	}
	strbuf_adds(sb, "\r\n");
}

/* ---- body --------------------------------------------------------------- */

void
canon_body_init(struct canon_body *b, enum canon kind, canon_sink *sink,
    void *ctx)
{
	*b = (struct canon_body){ .kind = kind, .sink = sink, .ctx = ctx };
}

static void
flush(struct canon_body *b)
{
	if (b->gathered > 0)
		b->sink(b->ctx, b->gather, b->gathered);
	b->gathered = 0;
}

/*
 * Short pieces are gathered, so that a body of them costs no more calls than
 * another; long ones are handed on as they stand.
 */
static void
put(struct canon_body *b, const char *p, size_t len)
{
	b->any = true;
	if (len > sizeof(b->gather) - b->gathered)
		flush(b);
	if (len > sizeof(b->gather) / 2) {
		flush(b);
		b->sink(b->ctx, p, len);
		return;
	}
	memcpy(b->gather + b->gathered, p, len);
	b->gathered += len;
}

#define CRLF8	"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
#define CRLF64	CRLF8 CRLF8 CRLF8 CRLF8 CRLF8 CRLF8 CRLF8 CRLF8

/* What was held back is not at the end of the body: put it out. */
static void
release(struct canon_body *b)
{
	static const char crlfs[] = CRLF64 CRLF64 CRLF64 CRLF64;
	size_t len;

	for (; b->held_crlfs > 0; b->held_crlfs -= len / 2) {
		len = sizeof(crlfs) - 1;
		if (b->held_crlfs < len / 2)
			len = (size_t)b->held_crlfs * 2;
		put(b, crlfs, len);
	}
	if (b->held_wsp)
		put(b, " ", 1);
	if (b->held_cr)
		put(b, "\r", 1);
	b->held_wsp = b->held_cr = false;
}

/*
 * A CR ended the last chunk, or stands before p[0]: it belongs to a CRLF, and
 * the white space before it goes, or it is a byte like another. Returns how
 * many bytes of `p` are done with.
 */
static size_t
settle_cr(struct canon_body *b, char next)
{
	if (next != '\n') {
		release(b);
		return 0;
	}
	b->held_cr = b->held_wsp = false;
	b->held_crlfs++;
	return 1;
}

/*
 * Simple: all but the empty lines at the end is put out as it stands, and
 * that is known by looking at the end of each chunk.
 */
static void
feed_simple(struct canon_body *b, const char *p, size_t len)
{
	uint64_t crlfs = 0;
	bool cr;

	if (b->held_cr) {
		size_t done = settle_cr(b, p[0]);

		p += done;
		len -= done;
	}
	cr = len > 0 && p[len - 1] == '\r';
	len -= cr;
	for (; len >= 2 && p[len - 2] == '\r' && p[len - 1] == '\n'; len -= 2)
		crlfs++;
	if (len > 0) {
		release(b);
		put(b, p, len);
	}
	b->held_crlfs += crlfs;
	b->held_cr = cr;
}

/* A byte that relaxed neither changes nor holds back. */
static bool
is_plain(char c)
{
	return c != ' ' && c != '\t' && c != '\r';
}

#define ONES	UINT64_C(0x0101010101010101)
#define HIGHS	UINT64_C(0x8080808080808080)

/* Number of plain bytes at the front. */
static size_t
skip_plain(const char *p, size_t len)
{
	size_t i = 0;
	uint64_t w;

	/* Eight at a time while all are above the space, or beyond ASCII. */
	for (; len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		if (((w - ONES * (' ' + 1)) & ~w & HIGHS) != 0)
			break;
	}
	while (i < len && is_plain(p[i]))
		i++;
	return i;
}

/*
 * Length of the longest text at the front that relaxed leaves as it is and
 * whose last byte is plain: words, single spaces between them, line ends with
 * a plain byte before and behind.
 */
static size_t
plain_run(const char *p, size_t len)
{
	size_t end = 0, next;

	for (;;) {
		end += skip_plain(p + end, len - end);
		next = end;
		if (len - next >= 2 && p[next] == ' ')
			next += 1;
		else if (len - next >= 3 && p[next] == '\r' &&
		    p[next + 1] == '\n')
			next += 2;
		if (next == end || !is_plain(p[next]))
			return end;
		end = next;
	}
}

static void
feed_relaxed(struct canon_body *b, const char *p, size_t len)
{
	size_t i = 0, run;

	while (i < len) {
		if (b->held_cr) {
			i += settle_cr(b, p[i]);
		} else if (p[i] == '\r') {
			b->held_cr = true;
			i++;
		} else if (ascii_iswsp((unsigned char)p[i])) {
			b->held_wsp = true;
			i++;
		} else {
			release(b);
			run = plain_run(p + i, len - i);
			put(b, p + i, run);
			i += run;
		}
	}
}

void
canon_body_feed(struct canon_body *b, const char *p, size_t len)
{
	if (len == 0)
		return;
	if (b->kind == CANON_RELAXED)
		feed_relaxed(b, p, len);
	else
		feed_simple(b, p, len);
	flush(b);
}

/*
 * A CR at the very end is a byte; white space there is at the end of its
 * line. What text there is ends in one CRLF, and simple makes one of none.
 */
void
canon_body_finish(struct canon_body *b)
{
	if (b->held_cr)
		release(b);
	if (b->any || b->kind == CANON_SIMPLE)
		put(b, "\r\n", 2);
	flush(b);
}

void
body_crlf(char *last, const char *p, size_t len, canon_sink *sink, void *ctx)
{
	size_t start = 0, at;

	for (at = 0; at < len; at++) {
		at += span_find((struct span){ p + at, len - at }, '\n');
		if (at == len || (at > 0 ? p[at - 1] : *last) == '\r')
			continue;
		if (at > start)
			sink(ctx, p + start, at - start);
		sink(ctx, "\r\n", 2);
		start = at + 1;
	}
	if (len > start)
		sink(ctx, p + start, len - start);
	if (len > 0)
		*last = p[len - 1];
}
