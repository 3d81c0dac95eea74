/* tests of message/domain.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "message/domain.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

#define L10 "aaaaaaaaaa"
#define L62 L10 L10 L10 L10 L10 L10 "aa"
#define L63 L62 "a"

struct row {
	const char *in;
	enum domain_status status;
	const char *name;
};

static void
check_row(struct arena *a, const struct row *r)
{
	struct span out;
	enum domain_status st = domain_normalize(a, span_of(r->in), &out);

	ck_assert_msg(st == r->status, "\"%s\": %s, want %s", r->in,
	    domain_status_text(st), domain_status_text(r->status));
	assert_span(out, st == DOMAIN_OK ? r->name : "");
	ck_assert(domain_is_normal(out) == (st == DOMAIN_OK));
}

START_TEST(ascii_names)
{
	static const struct row rows[] = {
		{ "example.com", DOMAIN_OK, "example.com" },
		{ "EXAMPLE.Com", DOMAIN_OK, "example.com" },
		{ "example.com.", DOMAIN_OK, "example.com" },
		{ "com", DOMAIN_OK, "com" },
		{ "s1._DomainKey.a-b.example", DOMAIN_OK,
		    "s1._domainkey.a-b.example" },
		{ "192.0.2.1", DOMAIN_OK, "192.0.2.1" },
		{ "XN--Bcher-kva.example", DOMAIN_OK,
		    "xn--bcher-kva.example" },
		/* an A-label is not looked into: RFC 8616 asks for names
		 * that can be looked up, and this one can */
		{ "xn--zzzz.example", DOMAIN_OK, "xn--zzzz.example" },
		{ "", DOMAIN_EMPTY, NULL },
		{ ".", DOMAIN_EMPTY, NULL },
		{ "..", DOMAIN_EMPTY_LABEL, NULL },
		{ ".a", DOMAIN_EMPTY_LABEL, NULL },
		{ "a..b", DOMAIN_EMPTY_LABEL, NULL },
		{ "a.b..", DOMAIN_EMPTY_LABEL, NULL },
		{ "a b.example", DOMAIN_BAD_CHAR, NULL },
		{ "a.example\r\n", DOMAIN_BAD_CHAR, NULL },
		{ "example.net(.example.com", DOMAIN_BAD_CHAR, NULL },
		{ "a@b.example", DOMAIN_BAD_CHAR, NULL },
		{ "[192.0.2.1]", DOMAIN_BAD_CHAR, NULL },
		{ "*.example", DOMAIN_BAD_CHAR, NULL },
		{ "a,b.example", DOMAIN_BAD_CHAR, NULL },
		{ "a\\.example", DOMAIN_BAD_CHAR, NULL },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		check_row(a, &rows[i]);
	arena_free(a);
}
END_TEST

/* RFC 1035, 2.3.4: labels of 63, names of 253 without the last dot. */
START_TEST(length_limits)
{
	static const struct row rows[] = {
		{ L63 ".example", DOMAIN_OK, L63 ".example" },
		{ L63 "a.example", DOMAIN_TOO_LONG, NULL },
		{ L63 "." L63 "." L63 "." L10 L10 L10 L10 L10 L10 "a",
		    DOMAIN_OK,
		    L63 "." L63 "." L63 "." L10 L10 L10 L10 L10 L10 "a" },
		{ L63 "." L63 "." L63 "." L10 L10 L10 L10 L10 L10 "a.",
		    DOMAIN_OK,
		    L63 "." L63 "." L63 "." L10 L10 L10 L10 L10 L10 "a" },
		{ L63 "." L63 "." L63 "." L62, DOMAIN_TOO_LONG, NULL },
		{ "\xc3\xbc" L63 ".example", DOMAIN_TOO_LONG, NULL },
		{ "\xc3\xbc." L63 "." L63 "." L63 "." L62, DOMAIN_TOO_LONG,
		    NULL },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		check_row(a, &rows[i]);
	arena_free(a);
}
END_TEST

START_TEST(u_labels)
{
	static const struct row rows[] = {
		{ "b\xc3\xbc" "cher.example", DOMAIN_OK,
		    "xn--bcher-kva.example" },
		{ "B\xc3\x9c" "CHER.Example.", DOMAIN_OK,
		    "xn--bcher-kva.example" },
		/* u and a combining diaeresis: not in NFC */
		{ "bu\xcc\x88" "cher.example", DOMAIN_OK,
		    "xn--bcher-kva.example" },
		{ "_dmarc.b\xc3\xbc" "cher.example", DOMAIN_OK,
		    "_dmarc.xn--bcher-kva.example" },
		/* IDNA2008 keeps the sharp s (UTS 46, nontransitional) */
		{ "fa\xc3\x9f.example", DOMAIN_OK, "xn--fa-hia.example" },
		{ "xn--zzzz.b\xc3\xbc" "cher.example", DOMAIN_OK,
		    "xn--zzzz.xn--bcher-kva.example" },
		{ "\xc3\xbc..example", DOMAIN_EMPTY_LABEL, NULL },
		{ ".\xc3\xbc.example", DOMAIN_EMPTY_LABEL, NULL },
		{ "\xc3\xbc@.example", DOMAIN_BAD_CHAR, NULL },
		/* "a/c" of one character, as in attacks on URL parsers */
		{ "bank.example\xe2\x84\x80.evil.example", DOMAIN_BAD_CHAR,
		    NULL },
		/* a fullwidth commercial at */
		{ "a\xef\xbc\xa0" "b.example", DOMAIN_BAD_CHAR, NULL },
		/* Latin-1, a lone continuation, overlong, a surrogate */
		{ "b\xfc" "cher.example", DOMAIN_BAD_CHAR, NULL },
		{ "\x80.example", DOMAIN_BAD_CHAR, NULL },
		{ "\xc0\xae.example", DOMAIN_BAD_CHAR, NULL },
		{ "\xed\xa0\x80.example", DOMAIN_BAD_CHAR, NULL },
		/* a heart, which no U-label holds; a bad join */
		{ "\xe2\x99\xa5.example", DOMAIN_BAD_IDN, NULL },
		{ "a\xe2\x80\x8d" "b.example", DOMAIN_BAD_IDN, NULL },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		check_row(a, &rows[i]);
	arena_free(a);
}
END_TEST

START_TEST(nul_is_no_name)
{
	static const char *rows[] = { "a.example\0.b", "\xc3\xbc\0.example" };
	struct arena *a = arena_new(0);
	struct span out;

	ck_assert_int_eq(domain_normalize(a, (struct span){ rows[0], 12 },
	    &out), DOMAIN_BAD_CHAR);
	ck_assert_int_eq(domain_normalize(a, (struct span){ rows[1], 11 },
	    &out), DOMAIN_BAD_CHAR);
	arena_free(a);
}
END_TEST

START_TEST(normal_names)
{
	ck_assert(domain_is_normal(SPAN("a_b-1.example")));
	ck_assert(!domain_is_normal(SPAN("A.example")));
	ck_assert(!domain_is_normal(SPAN("a.example.")));
	ck_assert(!domain_is_normal(SPAN("")));
	ck_assert(!domain_is_normal(SPAN("a..b")));
	ck_assert(!domain_is_normal(SPAN("\xc3\xbc.example")));
}
END_TEST

START_TEST(labels)
{
	struct span name = SPAN("a.b.example");

	ck_assert_uint_eq(domain_labels(SPAN("")), 0);
	ck_assert_uint_eq(domain_labels(SPAN("com")), 1);
	ck_assert_uint_eq(domain_labels(name), 3);
	assert_span(domain_parent(name), "b.example");
	assert_span(domain_parent(SPAN("com")), "");
	assert_span(domain_parent(SPAN("")), "");
	assert_span(domain_last_labels(name, 0), "");
	assert_span(domain_last_labels(name, 1), "example");
	assert_span(domain_last_labels(name, 2), "b.example");
	assert_span(domain_last_labels(name, 3), "a.b.example");
	assert_span(domain_last_labels(name, 9), "a.b.example");
}
END_TEST

START_TEST(within)
{
	struct span top = SPAN("example.com");

	ck_assert(domain_within(SPAN("example.com"), top));
	ck_assert(domain_within(SPAN("a.example.com"), top));
	ck_assert(domain_within(SPAN("a.b.example.com"), top));
	ck_assert(!domain_within(SPAN("badexample.com"), top));
	ck_assert(!domain_within(SPAN("com"), top));
	ck_assert(!domain_within(SPAN(""), top));
	ck_assert(!domain_within(SPAN("example.com"), SPAN("")));
	ck_assert(!domain_within(SPAN(""), SPAN("")));
}
END_TEST

static bool
normalize_with(struct arena *a, void *ctx)
{
	struct span out;
	enum domain_status st = domain_normalize(a, span_of(ctx), &out);

	ck_assert(st == DOMAIN_OK || st == DOMAIN_NOMEM);
	assert_span(out, st != DOMAIN_OK ? "" : "xn--bcher-kva.com");
	return st == DOMAIN_OK;
}

START_TEST(memory_runs_out)
{
	char ascii[] = "XN--bcher-kva.com", idn[] = "b\xc3\xbc" "cher.com";

	ck_assert_uint_gt(testlib_run_out(normalize_with, ascii), 0);
	ck_assert_uint_gt(testlib_run_out(normalize_with, idn), 1);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		ascii_names, length_limits, u_labels, nul_is_no_name,
		normal_names, labels, within, memory_runs_out,
	};

	return TESTLIB_RUN("domain", tests);
}
