/* tests of message/canon.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "message/canon.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define BYTES(lit) { "" lit, sizeof(lit) - 1 }

static void
append(void *ctx, const char *p, size_t len)
{
	strbuf_add(ctx, (struct span){ p, len });
}

/* The same bytes, NULs too. */
static void
assert_same(struct span got, struct span want, size_t row, const char *what)
{
	ck_assert_msg(span_eq(got, want), "row %zu, %s: \"%.*s\", want \"%.*s\"",
	    row, what, SPAN_ARG(got), SPAN_ARG(want));
}

/* ---- header fields ------------------------------------------------------ */

static struct span
canon_text(struct arena *a, enum canon c, struct span text)
{
	struct headers h;
	struct strbuf sb;
	struct span body;
	size_t i;

	headers_init(&h, a, 0);
	message_split(text, &h, &body);
	ck_assert_uint_gt(h.count, 0);
	ck_assert_uint_eq(body.len, 0);
	strbuf_init(&sb, a);
	for (i = 0; i < h.count; i++)
		canon_header(&sb, c, &h.field[i]);
	return strbuf_span(&sb);
}

/* RFC 6376, 3.4.1 and 3.4.2; the first row is the example of 3.4.5. */
START_TEST(header_fields)
{
	static const struct {
		struct span in, simple, relaxed;
	} rows[] = {
		{ BYTES("A: X\r\nB : Y\t\r\n\tZ  \r\n"),
		    BYTES("A: X\r\nB : Y\t\r\n\tZ  \r\n"),
		    BYTES("a:X\r\nb:Y Z\r\n") },
		{ BYTES("Subject:x\r\n"), BYTES("Subject:x\r\n"),
		    BYTES("subject:x\r\n") },
		{ BYTES("SUBJect \t:\t AbC \r\n"),
		    BYTES("SUBJect \t:\t AbC \r\n"), BYTES("subject:AbC\r\n") },
		/* nothing on the first line */
		{ BYTES("A:\r\n b\r\n"), BYTES("A:\r\n b\r\n"),
		    BYTES("a:b\r\n") },
		{ BYTES("A: \r\n\tb\r\n"), BYTES("A: \r\n\tb\r\n"),
		    BYTES("a:b\r\n") },
		{ BYTES("A: \r\n \r\n b\r\n"), BYTES("A: \r\n \r\n b\r\n"),
		    BYTES("a:b\r\n") },
		/* nothing at all */
		{ BYTES("A:\r\n"), BYTES("A:\r\n"), BYTES("a:\r\n") },
		{ BYTES("A: \t \r\n"), BYTES("A: \t \r\n"), BYTES("a:\r\n") },
		{ BYTES("A: \r\n \r\n"), BYTES("A: \r\n \r\n"),
		    BYTES("a:\r\n") },
		/* runs within and across folds, white space at the end */
		{ BYTES("A: b \t c\r\n \t d \r\n\te\t\r\n \r\n"),
		    BYTES("A: b \t c\r\n \t d \r\n\te\t\r\n \r\n"),
		    BYTES("a:b c d e\r\n") },
		{ BYTES("A: b\tc\r\n"), BYTES("A: b\tc\r\n"),
		    BYTES("a:b c\r\n") },
		/* LF only, as milters get it */
		{ BYTES("A: b\n c\n"), BYTES("A: b\r\n c\r\n"),
		    BYTES("a:b c\r\n") },
		/* a bare CR and a NUL are neither folds nor white space */
		{ BYTES("A: b\rc\0 d\r\n"), BYTES("A: b\rc\0 d\r\n"),
		    BYTES("a:b\rc\0 d\r\n") },
		{ BYTES("A: b\r\r\n c\r\n"), BYTES("A: b\r\r\n c\r\n"),
		    BYTES("a:b\r c\r\n") },
		/* vertical tab, form feed and no-break space stay */
		{ BYTES("A: b\v\f\xc2\xa0" "c\r\n"),
		    BYTES("A: b\v\f\xc2\xa0" "c\r\n"),
		    BYTES("a:b\v\f\xc2\xa0" "c\r\n") },
		/* colons in the value are its own */
		{ BYTES("A:b : c\r\n"), BYTES("A:b : c\r\n"),
		    BYTES("a:b : c\r\n") },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		assert_same(canon_text(a, CANON_SIMPLE, rows[i].in),
		    rows[i].simple, i, "simple");
		assert_same(canon_text(a, CANON_RELAXED, rows[i].in),
		    rows[i].relaxed, i, "relaxed");
	}
	arena_free(a);
}
END_TEST

static bool
canon_with(struct arena *a, void *ctx)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	canon_header(&sb, CANON_RELAXED, ctx);
	if (strbuf_span(&sb).p == NULL)
		return false;
	ck_assert_uint_eq(strbuf_span(&sb).len, 1 + 1 + 2 * 4999 - 1 + 2);
	return true;
}

START_TEST(memory_runs_out)
{
	static char words[10000];
	struct header field = { SPAN("A"), SPAN(""), { words, 9998 } };
	size_t i;

	for (i = 0; i < sizeof(words); i++)
		words[i] = i % 2 ? 'x' : '\t';
	ck_assert_uint_gt(testlib_run_out(canon_with, &field), 5);
}
END_TEST

/* ---- body --------------------------------------------------------------- */

/* Canonicalize `in`, fed in three pieces cut at `i` and `j`. */
static struct span
canon_cut(struct arena *a, enum canon c, struct span in, size_t i, size_t j)
{
	struct canon_body b;
	struct strbuf sb;

	strbuf_init(&sb, a);
	canon_body_init(&b, c, append, &sb);
	canon_body_feed(&b, in.p, i);
	canon_body_feed(&b, in.p + i, j - i);
	canon_body_feed(&b, in.p + j, in.len - j);
	canon_body_finish(&b);
	return strbuf_span(&sb);
}

static struct span
canon_bytewise(struct arena *a, enum canon c, struct span in)
{
	struct canon_body b;
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	canon_body_init(&b, c, append, &sb);
	for (i = 0; i < in.len; i++)
		canon_body_feed(&b, in.p + i, 1);
	canon_body_finish(&b);
	return strbuf_span(&sb);
}

/* However the chunks fall: whole, byte by byte, and cut at any two places. */
static void
check_body(enum canon c, struct span in, struct span want, size_t row)
{
	const char *what = canon_name(c);
	struct arena *a = arena_new(0);
	size_t i, j;

	assert_same(canon_bytewise(a, c, in), want, row, what);
	for (i = 0; i <= in.len; i++)
		for (j = i; j <= in.len; j++) {
			assert_same(canon_cut(a, c, in, i, j), want, row, what);
			arena_reset(a);
		}
	arena_free(a);
}

/* RFC 6376, 3.4.3 and 3.4.4; the first row is the example of 3.4.5. */
START_TEST(bodies)
{
	static const struct {
		struct span in, simple, relaxed;
	} rows[] = {
		{ BYTES(" C \r\nD \t E\r\n\r\n\r\n"),
		    BYTES(" C \r\nD \t E\r\n"), BYTES(" C\r\nD E\r\n") },
		/* empty, or only line ends */
		{ BYTES(""), BYTES("\r\n"), BYTES("") },
		{ BYTES("\r\n"), BYTES("\r\n"), BYTES("") },
		{ BYTES("\r\n\r\n\r\n"), BYTES("\r\n"), BYTES("") },
		{ BYTES(" \t\r\n \r\n"), BYTES(" \t\r\n \r\n"), BYTES("") },
		{ BYTES("\r\n \r\n"), BYTES("\r\n \r\n"), BYTES("") },
		/* no CRLF at the end */
		{ BYTES("a"), BYTES("a\r\n"), BYTES("a\r\n") },
		{ BYTES("a \t"), BYTES("a \t\r\n"), BYTES("a\r\n") },
		{ BYTES(" "), BYTES(" \r\n"), BYTES("") },
		{ BYTES("a\r\n "), BYTES("a\r\n \r\n"), BYTES("a\r\n") },
		{ BYTES("a\r\nb"), BYTES("a\r\nb\r\n"), BYTES("a\r\nb\r\n") },
		/* empty lines inside stay, at the end go */
		{ BYTES("\r\n\r\na\r\n\r\nb\r\n\r\n"),
		    BYTES("\r\n\r\na\r\n\r\nb\r\n"),
		    BYTES("\r\n\r\na\r\n\r\nb\r\n") },
		{ BYTES("a\r\n \r\n\t\r\nb\r\n \r\n"),
		    BYTES("a\r\n \r\n\t\r\nb\r\n \r\n"),
		    BYTES("a\r\n\r\n\r\nb\r\n") },
		/* white space */
		{ BYTES("a  b\tc \t d\r\n"), BYTES("a  b\tc \t d\r\n"),
		    BYTES("a b c d\r\n") },
		{ BYTES("\ta \t\r\n  b\t\r\n"), BYTES("\ta \t\r\n  b\t\r\n"),
		    BYTES(" a\r\n b\r\n") },
		/* a bare CR or LF is a byte like another */
		{ BYTES("a\rb\r\n"), BYTES("a\rb\r\n"), BYTES("a\rb\r\n") },
		{ BYTES("a\nb\r\n"), BYTES("a\nb\r\n"), BYTES("a\nb\r\n") },
		{ BYTES("a\r\r\n"), BYTES("a\r\r\n"), BYTES("a\r\r\n") },
		{ BYTES("a\r\n\r"), BYTES("a\r\n\r\r\n"),
		    BYTES("a\r\n\r\r\n") },
		{ BYTES("\r"), BYTES("\r\r\n"), BYTES("\r\r\n") },
		{ BYTES("\n"), BYTES("\n\r\n"), BYTES("\n\r\n") },
		{ BYTES("\n\r\n"), BYTES("\n\r\n"), BYTES("\n\r\n") },
		{ BYTES("\r\n\n"), BYTES("\r\n\n\r\n"), BYTES("\r\n\n\r\n") },
		{ BYTES("a\n\n\n"), BYTES("a\n\n\n\r\n"),
		    BYTES("a\n\n\n\r\n") },
		{ BYTES("a \rb \nc \r\n"), BYTES("a \rb \nc \r\n"),
		    BYTES("a \rb \nc\r\n") },
		{ BYTES("a \t\r\r\n"), BYTES("a \t\r\r\n"),
		    BYTES("a \r\r\n") },
		{ BYTES("a\r \r\n"), BYTES("a\r \r\n"), BYTES("a\r\r\n") },
		/* NUL, vertical tab, form feed, no-break space, 8-bit */
		{ BYTES("a\0\0 \0\r\n"), BYTES("a\0\0 \0\r\n"),
		    BYTES("a\0\0 \0\r\n") },
		{ BYTES("a\v\f\xc2\xa0\xff\r\n"),
		    BYTES("a\v\f\xc2\xa0\xff\r\n"),
		    BYTES("a\v\f\xc2\xa0\xff\r\n") },
		/* longer than a machine word in every direction */
		{ BYTES("0123456789abcdef ghijklmnopqrst\r\n\r\nABCDEFGHIJKL"
		    "\x80\x81\x82\x83\x84\x85\x86\x87 0123456\t01234567\r\n"),
		    BYTES("0123456789abcdef ghijklmnopqrst\r\n\r\nABCDEFGHIJKL"
		    "\x80\x81\x82\x83\x84\x85\x86\x87 0123456\t01234567\r\n"),
		    BYTES("0123456789abcdef ghijklmnopqrst\r\n\r\nABCDEFGHIJKL"
		    "\x80\x81\x82\x83\x84\x85\x86\x87 0123456 01234567\r\n") },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		check_body(CANON_SIMPLE, rows[i].in, rows[i].simple, i);
		check_body(CANON_RELAXED, rows[i].in, rows[i].relaxed, i);
	}
}
END_TEST

/*
 * The body as 3.4.3 and 3.4.4 put it, step by step over the whole: each line
 * by itself, then the empty lines at the end, then the missing CRLF.
 */
static size_t
reference_line(struct span line, char *to)
{
	size_t i, n = 0;

	for (i = 0; i < line.len; i++) {
		bool wsp = ascii_iswsp((unsigned char)line.p[i]);

		if (!wsp)
			to[n++] = line.p[i];
		else if (n == 0 || to[n - 1] != ' ')
			to[n++] = ' ';
	}
	return n > 0 && to[n - 1] == ' ' ? n - 1 : n;
}

static struct span
reference(struct arena *a, enum canon c, struct span in)
{
	char *to = arena_alloc(a, 2 * in.len + 2);
	size_t i = 0, n = 0, end = 0;

	while (i < in.len) {
		struct span line = span_skip(in, i);
		const char *crlf = memmem(line.p, line.len, "\r\n", 2);

		if (crlf != NULL)
			line.len = (size_t)(crlf - line.p);
		i += line.len + 2;
		if (c == CANON_RELAXED) {
			line.len = reference_line(line, to + n);
		} else {
			memcpy(to + n, line.p, line.len);
		}
		n += line.len;
		memcpy(to + n, "\r\n", 2);
		n += 2;
		if (line.len > 0)
			end = n;
	}
	if (c == CANON_SIMPLE && end == 0)
		return SPAN("\r\n");
	return (struct span){ to, end };
}

/* Numbers that are the same in each run (Knuth's MMIX generator). */
static unsigned
draw(uint64_t *state, unsigned below)
{
	*state = *state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (unsigned)(*state >> 33) % below;
}

/* A body of words, blanks and line ends; how many of each varies. */
static size_t
draw_body(uint64_t *state, char *to, size_t room)
{
	static const char *const bits[] = {
		"\r\n", " ", "\t", "\r", "\n", "  ", " \r\n", "a", "word",
		"quite_a_long_word", "a b c", "\r\n\r\n",
	};
	unsigned kinds = 1 + draw(state, 12), first = draw(state, 12);
	size_t want = draw(state, (unsigned)room), n = 0;

	while (n < want) {
		const char *bit = bits[(first + draw(state, kinds)) % 12];
		size_t len = strlen(bit);

		if (len > room - n)
			break;
		memcpy(to + n, bit, len);
		n += len;
	}
	return n;
}

static void
check_drawn(uint64_t *state, enum canon c)
{
	struct arena *a = arena_new(0);
	char text[3000];
	struct span in = { text, 0 }, want;
	struct canon_body b;
	struct strbuf sb;
	size_t i, step;

	in.len = draw_body(state, text, sizeof(text));
	want = reference(a, c, in);
	strbuf_init(&sb, a);
	canon_body_init(&b, c, append, &sb);
	for (i = 0; i < in.len; i += step) {
		step = 1 + draw(state, 1u << draw(state, 12));
		if (step > in.len - i)
			step = in.len - i;
		canon_body_feed(&b, text + i, step);
	}
	canon_body_finish(&b);
	assert_same(strbuf_span(&sb), want, 0, canon_name(c));
	arena_free(a);
}

START_TEST(drawn_bodies)
{
	uint64_t state = 1;
	size_t i;

	for (i = 0; i < 5000; i++)
		check_drawn(&state, i % 2 ? CANON_RELAXED : CANON_SIMPLE);
}
END_TEST

/* Ten million empty lines are a number; put out later they are all there. */
static void
count(void *ctx, const char *p, size_t len)
{
	(void)p;
	*(uint64_t *)ctx += len;
}

START_TEST(many_empty_lines)
{
	static const enum canon kinds[] = { CANON_SIMPLE, CANON_RELAXED };
	char lines[2000];
	size_t i, k;

	for (i = 0; i < sizeof(lines); i++)
		lines[i] = i % 2 ? '\n' : '\r';
	for (k = 0; k < 2; k++) {
		struct canon_body b;
		uint64_t octets = 0;

		canon_body_init(&b, kinds[k], count, &octets);
		for (i = 0; i < 10000; i++)
			canon_body_feed(&b, lines, sizeof(lines));
		ck_assert_uint_eq(octets, 0);
		canon_body_feed(&b, "x\r\n", 3);
		canon_body_feed(&b, lines, sizeof(lines));
		canon_body_finish(&b);
		ck_assert_uint_eq(octets, 10000 * sizeof(lines) + 3);
	}
}
END_TEST

/* An l= that is reached must be known at once: nothing is left lying. */
START_TEST(puts_out_at_once)
{
	struct canon_body b;
	uint64_t octets = 0;

	canon_body_init(&b, CANON_RELAXED, count, &octets);
	canon_body_feed(&b, "a  b\r\n", 6);
	ck_assert_uint_eq(octets, 3);
	canon_body_feed(&b, "c", 1);
	ck_assert_uint_eq(octets, 6);
}
END_TEST

/* ---- line ends ---------------------------------------------------------- */

START_TEST(line_ends)
{
	static const char *rows[][2] = {
		{ "", "" },
		{ "a\nb\n", "a\r\nb\r\n" },
		{ "a\r\nb\n", "a\r\nb\r\n" },
		{ "\n\n", "\r\n\r\n" },
		{ "\r\n\r\n", "\r\n\r\n" },
		{ "a\rb\r", "a\rb\r" },
		{ "a\r\r\n\n", "a\r\r\n\r\n" },
		{ "a", "a" },
	};
	struct arena *a = arena_new(0);
	size_t i, cut;

	for (i = 0; i < NROWS(rows); i++)
		for (cut = 0; cut <= strlen(rows[i][0]); cut++) {
			struct strbuf sb;
			char last = 0;

			strbuf_init(&sb, a);
			body_crlf(&last, rows[i][0], cut, append, &sb);
			body_crlf(&last, rows[i][0] + cut,
			    strlen(rows[i][0]) - cut, append, &sb);
			assert_span(strbuf_span(&sb), rows[i][1]);
		}
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		header_fields, memory_runs_out, bodies, drawn_bodies,
		many_empty_lines, puts_out_at_once, line_ends,
	};

	return TESTLIB_RUN("canon", tests);
}
