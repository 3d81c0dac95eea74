/* tests of message/taglist.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "message/taglist.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Tags as "name[value]name[value]", or the status in words. */
static struct span
show(struct arena *a, struct span text)
{
	struct taglist list;
	struct strbuf sb;
	enum taglist_status st = taglist_parse(a, text, &list, NULL);
	size_t i;

	if (st != TAGLIST_OK) {
		ck_assert_uint_eq(list.count, 0);
		return span_of(taglist_status_text(st));
	}
	strbuf_init(&sb, a);
	for (i = 0; i < list.count; i++) {
		strbuf_add(&sb, list.tag[i].name);
		strbuf_addc(&sb, '[');
		strbuf_add(&sb, list.tag[i].value);
		strbuf_addc(&sb, ']');
	}
	return strbuf_span(&sb);
}

#define BAD	"syntax error in tag list"
#define TWICE	"duplicate tag"

/* RFC 6376, 3.2, and for bytes beyond ASCII RFC 8616. */
START_TEST(grammar)
{
	static const char *rows[][2] = {
		{ "", "" },
		{ " \t\r\n ", "" },
		{ "v=1", "v[1]" },
		{ "v=1;", "v[1]" },
		{ "v=1; \r\n ", "v[1]" },
		{ "v=DKIM1; k=rsa; p=MIGf", "v[DKIM1]k[rsa]p[MIGf]" },
		{ " \tv\t = 1 ;\r\n\ta\r\n =\r\n\tb ", "v[1]a[b]" },
		/* more than one fold in a row, as signers do write them */
		{ "v=1;\r\n \r\n a=b", "v[1]a[b]" },
		{ "p=", "p[]" },
		{ "p= ; t=", "p[]t[]" },
		{ "p=\r\n\t;t=y", "p[]t[y]" },
		{ "b=ab\r\n\tcd ef", "b[ab\r\n\tcd ef]" },
		{ "p=ab==", "p[ab==]" },
		{ "h=a:b : c", "h[a:b : c]" },
		{ "zz_9=x; Aa=y; aa=z", "zz_9[x]Aa[y]aa[z]" },
		{ "n=!\"#$%&'()*+,-./:<=>?@[\\]^_`{|}~",
		    "n[!\"#$%&'()*+,-./:<=>?@[\\]^_`{|}~]" },
		{ "i=\xc3\xbc@b\xc3\xbc" "cher.example",
		    "i[\xc3\xbc@b\xc3\xbc" "cher.example]" },
		{ "v=1; v=1", TWICE },
		{ "a=; b=; a=", TWICE },
		{ ";", BAD },
		{ "v=1;;", BAD },
		{ "v=1;; k=rsa", BAD },
		{ "v=1; ;", BAD },
		{ "; v=1", BAD },
		{ "v", BAD },
		{ "v=1; k", BAD },
		{ "=1", BAD },
		{ "1=a", BAD },
		{ "_a=b", BAD },
		{ "a-b=c", BAD },
		{ "a b=c", BAD },
		{ "\xc3\xbc=c", BAD },
		{ "a=\xfc", BAD },
		{ "a=\xc3", BAD },
		{ "a=b\x01", BAD },
		{ "a=b\x7f", BAD },
		{ "a=b\rc", BAD },
		{ "a=b\nc", BAD },
		{ "a=b\n c", BAD },
		{ "a=b\r\nc", BAD },
		{ "a=b\r\n", BAD },
		{ "a=b\r; c=d", BAD },
		{ "\na=b", BAD },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct span got = show(a, span_of(rows[i][0]));

		ck_assert_msg(span_is(got, rows[i][1]), "\"%s\": %.*s",
		    rows[i][0], SPAN_ARG(got));
	}
	assert_span(show(a, (struct span){ "a=b\0c", 5 }), BAD);
	assert_span(show(a, (struct span){ "a=b\0", 4 }), BAD);
	assert_span(show(a, (struct span){ "a\0=b", 4 }), BAD);
	assert_span(show(a, (struct span){ NULL, 0 }), "");
	arena_free(a);
}
END_TEST

START_TEST(where_it_went_wrong)
{
	struct arena *a = arena_new(0);
	struct taglist list;
	struct span where = SPAN("untouched");

	ck_assert_int_eq(taglist_parse(a, SPAN("v=1; k"), &list, &where),
	    TAGLIST_SYNTAX);
	assert_span(where, " k");
	ck_assert_int_eq(taglist_parse(a, SPAN("v=1;a=2; v=3;b"), &list,
	    &where), TAGLIST_DUPLICATE);
	assert_span(where, " v=3");
	arena_free(a);
}
END_TEST

START_TEST(values_by_name)
{
	struct arena *a = arena_new(0);
	struct taglist list;

	ck_assert_int_eq(taglist_parse(a, SPAN("v=1; P=x; p="), &list, NULL),
	    TAGLIST_OK);
	assert_span(*taglist_get(&list, "v"), "1");
	assert_span(*taglist_get(&list, "P"), "x");
	assert_span(*taglist_get(&list, "p"), "");
	ck_assert_ptr_null(taglist_get(&list, "V"));
	ck_assert_ptr_null(taglist_get(&list, ""));
	arena_free(a);
}
END_TEST

/* A list of `n` tags, with a ";" at the end or not. */
static struct span
many(struct arena *a, size_t n, bool closed)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	for (i = 0; i < n; i++)
		strbuf_addf(&sb, "%st%zu=v", i > 0 ? ";" : "", i);
	if (closed)
		strbuf_addc(&sb, ';');
	return strbuf_span(&sb);
}

START_TEST(at_most_so_many)
{
	struct arena *a = arena_new(0);
	struct taglist list;
	size_t n = TAGLIST_MAX_TAGS;

	ck_assert_int_eq(taglist_parse(a, many(a, n, false), &list, NULL),
	    TAGLIST_OK);
	ck_assert_uint_eq(list.count, n);
	ck_assert_int_eq(taglist_parse(a, many(a, n, true), &list, NULL),
	    TAGLIST_OK);
	ck_assert_int_eq(taglist_parse(a, many(a, n + 1, false), &list, NULL),
	    TAGLIST_TOO_MANY);
	ck_assert_uint_eq(list.count, 0);
	arena_free(a);
}
END_TEST

static bool
parse_with(struct arena *a, void *ctx)
{
	struct taglist list;
	enum taglist_status st = taglist_parse(a, span_of(ctx), &list, NULL);

	ck_assert(st == TAGLIST_OK || st == TAGLIST_NOMEM);
	ck_assert_uint_eq(list.count, st == TAGLIST_OK ? 2 : 0);
	return st == TAGLIST_OK;
}

START_TEST(memory_runs_out)
{
	char text[] = "a=b; c=d";

	ck_assert_uint_gt(testlib_run_out(parse_with, text), 0);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		grammar, where_it_went_wrong, values_by_name, at_most_so_many,
		memory_runs_out,
	};

	return TESTLIB_RUN("taglist", tests);
}
