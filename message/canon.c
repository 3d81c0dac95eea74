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

/*
 * Text is looked at in blocks of this many bytes, in a loop without branches
 * that compilers turn into vector instructions.
 */
#define BLOCK		32

/*
 * Whether a block (and the one byte behind it) has anything that relaxed may
 * change: a tab, a space before white space or a line end, a CR alone. An empty
 * line goes only at the end of the body, and no clean text ends in a line end.
 */
static bool
is_odd(const char *p)
{
	unsigned char odd = 0;
	size_t i;

	for (i = 0; i < BLOCK; i++) {
		char c = p[i], next = p[i + 1];

		odd |= (unsigned char)((c == '\t') |
		    ((c == ' ') & ((next == ' ') | (next == '\r'))) |
		    ((c == '\r') & (next != '\n')));
	}
	return odd != 0;
}

/*
 * Length of text at the front, found in whole blocks, that relaxed leaves as
 * it is and whose last byte is neither white space nor of a line end: those
 * depend on what follows.
 */
static size_t
clean_text(const char *p, size_t len)
{
	size_t n = 0;

	while (len - n > BLOCK && !is_odd(p + n))
		n += BLOCK;
	for (;;)
		if (n > 0 && !is_plain(p[n - 1]))
			n--;
		else if (n > 1 && p[n - 1] == '\n' && p[n - 2] == '\r')
			n -= 2;
		else
			return n;
}

/*
 * At most a block, up to a CR, byte by byte: a space goes out before the byte
 * that follows white space. That is said without a branch, since where words
 * end is what no processor foresees. Nothing is held back before it. Returns
 * how many bytes of `p` are done with.
 */
static size_t
squeeze(struct canon_body *b, const char *p, size_t len)
{
	const char *cr = memchr(p, '\r', len < BLOCK ? len : BLOCK);
	size_t i, n = 0, wsp = 0, plain;
	char out[BLOCK];

	len = cr != NULL ? (size_t)(cr - p) : len < BLOCK ? len : BLOCK;
	for (i = 0; i < len; i++) {
		plain = (p[i] != ' ') & (p[i] != '\t');
		out[n] = ' ';
		n += wsp & plain;
		out[n] = p[i];
		n += plain;
		wsp = plain ^ 1;
	}
	put(b, out, n);
	b->held_wsp = wsp != 0;
	return len;
}

/* Text whose first byte is plain; how much of it is done with. */
static size_t
feed_text(struct canon_body *b, const char *p, size_t len)
{
	size_t clean = clean_text(p, len);

	if (clean == 0)
		return squeeze(b, p, len);
	put(b, p, clean);
	return clean;
}

static void
feed_relaxed(struct canon_body *b, const char *p, size_t len)
{
	size_t i = 0;

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
			i += feed_text(b, p + i, len - i);
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
