/* tests of message/header.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "message/header.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The store as "name|gap|value\n..." with CR and LF as "<" and ">". */
static struct span
show(struct arena *a, const struct headers *h)
{
	struct strbuf sb;
	size_t i, j;

	strbuf_init(&sb, a);
	for (i = 0; i < h->count; i++) {
		strbuf_add(&sb, h->field[i].name);
		strbuf_addc(&sb, '|');
		strbuf_add(&sb, h->field[i].gap);
		strbuf_addc(&sb, '|');
		for (j = 0; j < h->field[i].value.len; j++) {
			char c = h->field[i].value.p[j];

			strbuf_addc(&sb, c == '\r' ? '<' : c == '\n' ? '>' : c);
		}
		strbuf_addc(&sb, '\n');
	}
	return strbuf_span(&sb);
}

struct row {
	const char *text;
	const char *fields;
	const char *body;
};

static void
check_split(const struct row *r)
{
	struct arena *a = arena_new(0);
	struct headers h;
	struct span body, got;

	headers_init(&h, a, 0);
	message_split(span_of(r->text), &h, &body);
	got = show(a, &h);
	ck_assert_msg(span_is(got, r->fields), "\"%s\" gives \"%.*s\"",
	    r->text, SPAN_ARG(got));
	ck_assert_msg(span_is(body, r->body), "\"%s\" has body \"%.*s\"",
	    r->text, SPAN_ARG(body));
	ck_assert(!h.overflow);
	arena_free(a);
}

START_TEST(splits)
{
	static const struct row rows[] = {
		{ "A: 1\r\nB:2\r\n\r\nbody\r\n", "A|| 1\nB||2\n", "body\r\n" },
		{ "A: 1\nB:2\n\nbody\n", "A|| 1\nB||2\n", "body\n" },
		{ "A: 1\nB:2\r\n\nbody\r\n", "A|| 1\nB||2\n", "body\r\n" },
		{ "A: 1\r\nB:2\n\r\n\nx", "A|| 1\nB||2\n", "\nx" },
		/* folds are kept, as CRLF */
		{ "A: 1\r\n 2\r\n\t3\r\n\r\n", "A|| 1<> 2<>\t3\n", "" },
		{ "A: 1\n 2\n\t3\n\n", "A|| 1<> 2<>\t3\n", "" },
		{ "A:\n 1\n\n", "A||<> 1\n", "" },
		{ "A: 1\n \nB: 2\n\n", "A|| 1<> \nB|| 2\n", "" },
		/* white space before the colon and at the end */
		{ "Subject : x \t\n\n", "Subject| | x \t\n", "" },
		{ "Subject\t :x\n\n", "Subject|\t |x\n", "" },
		{ "A:\n\n", "A||\n", "" },
		/* it ends inside the header */
		{ "A: 1\r\n", "A|| 1\n", "" },
		{ "A: 1", "A|| 1\n", "" },
		{ "A: 1\n 2", "A|| 1<> 2\n", "" },
		{ "", "", "" },
		{ "\n", "", "" },
		{ "\r\n", "", "" },
		{ "\r\nA: 1\r\n", "", "A: 1\r\n" },
		/* a line that is no field is the first of the body */
		{ "just text\nmore\n", "", "just text\nmore\n" },
		{ "A: 1\nno field\nB: 2\n", "A|| 1\n", "no field\nB: 2\n" },
		{ "A: 1\n: 2\n", "A|| 1\n", ": 2\n" },
		{ "A: 1\nB B: 2\n", "A|| 1\n", "B B: 2\n" },
		{ "A: 1\nB\n : 2\n", "A|| 1\n", "B\n : 2\n" },
		{ "A: 1\nB\xc3\xbc: 2\n", "A|| 1\n", "B\xc3\xbc: 2\n" },
		{ " A: 1\nB: 2\n", "", " A: 1\nB: 2\n" },
		/* names RFC 5322 allows, though nobody uses them */
		{ "!@[\\~: 1\n\n", "!@[\\~|| 1\n", "" },
		/* a bare CR is a byte */
		{ "A: 1\r2\n\n", "A|| 1<2\n", "" },
		{ "A: 1\r\r\n 2\n\n", "A|| 1<<> 2\n", "" },
		{ "A: 1\n\r", "A|| 1\n", "\r" },
		{ "A: 1\r", "A|| 1<\n", "" },
		{ "A: 1\n\r\r\nx", "A|| 1\n", "\r\r\nx" },
		/* mbox */
		{ "From a@example.com Thu Jan  1 00:00:00 1970\nA: 1\n\nb",
		    "A|| 1\n", "b" },
		{ "From a@example.com\r\nA: 1\r\n\r\n", "A|| 1\n", "" },
		{ "From : a@example.com\n\n", "From| | a@example.com\n", "" },
		{ "From: a@example.com\n\n", "From|| a@example.com\n", "" },
		{ "A: 1\nFrom a\nB: 2\n", "A|| 1\n", "From a\nB: 2\n" },
		{ "From a\nFrom b\nB: 2\n", "", "From b\nB: 2\n" },
		{ "From a", "", "" },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		check_split(&rows[i]);
}
END_TEST

START_TEST(nul_is_kept)
{
	struct arena *a = arena_new(0);
	struct headers h;
	struct span body;

	headers_init(&h, a, 0);
	message_split((struct span){ "A: 1\0002\n\nx\0y", 11 }, &h, &body);
	ck_assert_uint_eq(h.count, 1);
	ck_assert(span_eq(h.field[0].value, (struct span){ " 1\0002", 4 }));
	ck_assert(span_eq(body, (struct span){ "x\0y", 3 }));
	headers_init(&h, a, 0);
	message_split((struct span){ "A\0: 1\n", 6 }, &h, &body);
	ck_assert_uint_eq(h.count, 0);
	ck_assert_uint_eq(body.len, 6);
	arena_free(a);
}
END_TEST

START_TEST(adds_as_milters_do)
{
	struct arena *a = arena_new(0);
	char value[] = " a\n b\r\n c\r d\n";
	struct headers h;

	headers_init(&h, a, 0);
	ck_assert(headers_add(&h, SPAN("X"), SPAN(""), span_of(value)));
	ck_assert(headers_add(&h, SPAN("Y"), SPAN(" "), SPAN("")));
	memset(value, 'z', sizeof(value) - 1);
	assert_span(show(a, &h), "X|| a<> b<> c< d<>\nY| |\n");
	ck_assert_uint_eq(h.bytes,
	    strlen("X: a\r\n b\r\n c\r d\r\n\r\n") + strlen("Y :\r\n"));
	arena_free(a);
}
END_TEST

START_TEST(finds_by_name)
{
	struct arena *a = arena_new(0);
	struct headers h;
	struct span body;

	headers_init(&h, a, 0);
	message_split(SPAN("To: 1\nCC: 2\ntO: 3\nT: 4\nTO: 5\n"), &h, &body);
	ck_assert_uint_eq(headers_count(&h, SPAN("to")), 3);
	ck_assert_uint_eq(headers_count(&h, SPAN("tox")), 0);
	ck_assert_uint_eq(headers_count(&h, SPAN("")), 0);
	assert_span(headers_nth(&h, SPAN("to"), 1)->value, " 1");
	assert_span(headers_nth(&h, SPAN("to"), 3)->value, " 5");
	ck_assert_ptr_null(headers_nth(&h, SPAN("to"), 4));
	assert_span(headers_nth_last(&h, SPAN("To"), 1)->value, " 5");
	assert_span(headers_nth_last(&h, SPAN("To"), 2)->value, " 3");
	assert_span(headers_nth_last(&h, SPAN("To"), 3)->value, " 1");
	ck_assert_ptr_null(headers_nth_last(&h, SPAN("To"), 4));
	ck_assert_ptr_null(headers_nth(&h, SPAN("bcc"), 1));
	arena_free(a);
}
END_TEST

START_TEST(keeps_its_limits)
{
	struct arena *a = arena_new(0);
	struct headers h;
	size_t i;

	/* "A: 1" and CRLF are six bytes */
	headers_init(&h, a, 12);
	ck_assert(headers_add(&h, SPAN("A"), SPAN(""), SPAN(" 1")));
	ck_assert(headers_add(&h, SPAN("B"), SPAN(""), SPAN(" 2")));
	ck_assert(!h.overflow);
	ck_assert_uint_eq(h.bytes, 12);
	ck_assert(!headers_add(&h, SPAN("C"), SPAN(""), SPAN("")));
	ck_assert(h.overflow);
	ck_assert_uint_eq(h.count, 2);

	/* the CR that is put before a LF counts */
	headers_init(&h, a, 6);
	ck_assert(!headers_add(&h, SPAN("A"), SPAN(""), SPAN("\n 1")));
	/* and nothing gets in behind what was refused */
	ck_assert(!headers_add(&h, SPAN("A"), SPAN(""), SPAN("")));
	ck_assert_uint_eq(h.count, 0);

	headers_init(&h, a, 0);
	for (i = 0; i < HEADERS_MAX_FIELDS; i++)
		ck_assert(headers_add(&h, SPAN("A"), SPAN(""), SPAN("")));
	ck_assert(!headers_add(&h, SPAN("A"), SPAN(""), SPAN("")));
	ck_assert(h.overflow);
	arena_free(a);
}
END_TEST

/* As many fields as there is memory for, those from the top, each whole. */
static bool
split_with(struct arena *a, void *ctx)
{
	struct span *text = ctx, body;
	struct headers h;
	size_t i;

	headers_init(&h, a, 0);
	message_split(*text, &h, &body);
	assert_span(body, "body");
	ck_assert(h.overflow == (h.count < 100));
	for (i = 0; i < h.count; i++) {
		ck_assert_uint_eq((size_t)(h.field[i].name.p[1] - '0'),
		    i % 10);
		assert_span(h.field[i].value, " 1\r\n 2");
	}
	return !h.overflow;
}

START_TEST(memory_runs_out)
{
	struct arena *a = arena_new(0);
	struct strbuf sb;
	struct span text;
	size_t i;

	strbuf_init(&sb, a);
	for (i = 0; i < 100; i++)
		strbuf_addf(&sb, "X%zu: 1\n 2\n", i % 10);
	strbuf_adds(&sb, "\nbody");
	text = strbuf_span(&sb);
	ck_assert_uint_gt(testlib_run_out(split_with, &text), 100);
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		splits, nul_is_kept, adds_as_milters_do, finds_by_name,
		keeps_its_limits, memory_runs_out,
	};

	return TESTLIB_RUN("header", tests);
}
