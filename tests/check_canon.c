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
	const TTest *tests[] = { header_fields, bodies, line_ends };

	return TESTLIB_RUN("canon", tests);
}
