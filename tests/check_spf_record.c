/* tests of policy/spf_record.c: RFC 7208, 4.5, 4.6.1, 5, 6, 7.1 and 12 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "policy/spf_record.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* 4.5: the version section ends with a space or the record. */
START_TEST(version_selects)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = {
		{ "v=spf1", true },
		{ "v=spf1 -all", true },
		{ "V=SPF1 -all", true },
		{ "v=spf1 ", true },
		{ "v=spf10", false },
		{ "v=spf1\t-all", false },
		{ "v=spf1,-all", false },
		{ " v=spf1 -all", false },
		{ "v=spf2.0/pra", false },
		{ "v=spf", false },
		{ "", false },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		ck_assert_msg(spf_record_is(span_of(rows[i].text)) ==
		    rows[i].is, "%s", rows[i].text);
}
END_TEST

/*
 * What is right (at NULL) and what is wrong, with the text that the place of
 * the error begins with.
 */
START_TEST(records_parse)
{
	static const struct {
		const char *text;
		const char *at;
	} rows[] = {
		{ "v=spf1", NULL },
		{ "v=spf1   ", NULL },
		{ "v=spf1  a   mx  ", NULL },
		{ "v=spf1 +a -mx ~ptr ?all", NULL },
		{ "v=spf1 A MX PTR ALL Redirect=a.b EXP=c.d", NULL },
		{ "v=spf1 --all", "-all" },
		{ "v=spf1 moo", "moo" },
		{ "v=spf1 -all moo", "moo" },
		{ "v=spf1 -", "-" },
		{ "v=spf1 :", ":" },
		{ "v=spf1 a\tmx", "\tmx" },
		{ "v=spf1 a\r\nmx", "\r\nmx" },
		{ "v=spf1 a:\xc3\xbc.example.com", "\xc3\xbc" },

		/* 5.1 */
		{ "v=spf1 all:", ":" },
		{ "v=spf1 all/8", "/8" },
		{ "v=spf1 all.", "all." },
		{ "v=spf1 all=x", NULL },	/* an unknown modifier */

		/* 5.2, 5.5, 5.7 */
		{ "v=spf1 include:example.com", NULL },
		{ "v=spf1 include", "include" },
		{ "v=spf1 include:", "" },
		{ "v=spf1 include:example.com/24", "com/24" },
		{ "v=spf1 ptr:example.com", NULL },
		{ "v=spf1 ptr/24", "ptr/24" },
		{ "v=spf1 ptr:", "" },
		{ "v=spf1 exists:%{ir}.example.com", NULL },
		{ "v=spf1 exists", "exists" },

		/* 5.3, 5.4, 5.6: prefix lengths */
		{ "v=spf1 a/0 a/32 a//0 a//128 a/24//64", NULL },
		{ "v=spf1 mx:a.b/9 mx:a.b//9 mx:a.b/1//1", NULL },
		{ "v=spf1 a/33", "33" },
		{ "v=spf1 a//129", "129" },
		{ "v=spf1 a/032", "032" },
		{ "v=spf1 a//064", "064" },
		{ "v=spf1 a/00", "00" },
		{ "v=spf1 a/", "a/" },
		{ "v=spf1 a//", "a//" },
		{ "v=spf1 a/24/64", "64" },
		{ "v=spf1 a/24//64/1", "a/24//64/1" },
		{ "v=spf1 a///64", "a///64" },
		{ "v=spf1 a/-1", "a/-1" },
		{ "v=spf1 a/99999999999999999999", "9999" },
		{ "v=spf1 a:/24", "" },
		{ "v=spf1 a24", "a24" },

		/* 5.6: networks */
		{ "v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.1", NULL },
		{ "v=spf1 ip4:0.0.0.0/0 ip4:255.255.255.255/32", NULL },
		{ "v=spf1 ip4", "ip4" },
		{ "v=spf1 ip4:", "" },
		{ "v=spf1 ip4:192.0.2", "192.0.2" },
		{ "v=spf1 ip4:192.0.2.0.", "192.0.2.0." },
		{ "v=spf1 ip4:192.0.2.0.1", "192.0.2.0.1" },
		{ "v=spf1 ip4:192.0.2.256", "192.0.2.256" },
		{ "v=spf1 ip4:192.0.02.1", "192.0.02.1" },
		{ "v=spf1 ip4:192.0.2.1:25", "192.0.2.1:25" },
		{ "v=spf1 ip4:192.0.2.0/33", "/33" },
		{ "v=spf1 ip4:192.0.2.0/024", "/024" },
		{ "v=spf1 ip4:192.0.2.0//24", "//24" },
		{ "v=spf1 ip4:192.0.2.0/", "/" },
		{ "v=spf1 ip4/24", "ip4/24" },
		{ "v=spf1 ip4:2001:db8::1", "2001:db8::1" },
		{ "v=spf1 ip6:2001:db8::/32 ip6:::1 ip6:::ffff:1.2.3.4", NULL },
		{ "v=spf1 ip6:2001:db8::/129", "/129" },
		{ "v=spf1 ip6:2001:db8::/064", "/064" },
		{ "v=spf1 ip6:2001:db8::x", "2001:db8::x" },
		{ "v=spf1 ip6:[2001:db8::1]", "[2001:db8::1]" },
		{ "v=spf1 ip6:fe80::1%eth0", "fe80::1%eth0" },
		{ "v=spf1 ip6:192.0.2.1", "192.0.2.1" },
		{ "v=spf1 ip6:1111:2222:3333:4444:5555:6666:7777:8888:9999:1111"
		    ":2222:3333", "1111" },

		/* 6: modifiers */
		{ "v=spf1 redirect=a.b", NULL },
		{ "v=spf1 redirect=a.b redirect=a.b", "redirect=a.b" },
		{ "v=spf1 exp=a.b -all exp=a.b", "exp=a.b" },
		{ "v=spf1 redirect=", "" },
		{ "v=spf1 exp=", "" },
		{ "v=spf1 redirect:a.b", "redirect" },
		{ "v=spf1 redirect=-all", "-all" },
		{ "v=spf1 -redirect=a.b", "redirect=a.b" },
		{ "v=spf1 moo.cow-far_out=man:dog/cat", NULL },
		{ "v=spf1 x= x= x=%{d}", NULL },
		{ "v=spf1 1up=foo", "1up=foo" },
		{ "v=spf1 =all", "=all" },
		{ "v=spf1 x=%abc", "%a" },
		{ "v=spf1 x=%{c}", "c" },
	};
	struct arena *a = arena_new(0);
	struct spf_fault fault;
	struct spf_record rec;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		const char *at = rows[i].at;
		bool good = spf_record_parse(a, span_of(rows[i].text), &rec,
		    &fault) == SPF_PARSE_OK;

		ck_assert_msg(good == (at == NULL), "%s", rows[i].text);
		if (good)
			continue;
		ck_assert_ptr_nonnull(fault.why);
		ck_assert_msg(strncmp(fault.where.p, at, strlen(at)) == 0 &&
		    (at[0] != '\0' || fault.where.len == 0),
		    "%s: wrong at \"%.*s\"", rows[i].text,
		    SPAN_ARG(fault.where));
	}
	arena_free(a);
}
END_TEST

/* 7.1: domain-spec = macro-string domain-end */
START_TEST(domain_specs)
{
	static const struct {
		const char *spec;
		bool good;
	} rows[] = {
		{ "example.com", true },
		{ "example.com.", true },
		{ "_spf.example.com", true },
		{ "foo:bar/baz.example.com", true },
		{ "!\"#$&'()*+,;<>?@[]^`{|}~.com", true },
		{ "a..com", true },		/* undefined by 4.8 */
		{ ".com", true },
		{ "example.c0m", true },
		{ "example.1a", true },
		{ "example.xn--zckzah", true },
		{ "example.a-b", true },
		{ "example.1-2", true },
		{ "%{d}", true },
		{ "x%{d}", true },
		{ "%{d}.com", true },
		{ "%%", true },
		{ "example%_", true },
		{ "%{d}%-", true },
		{ "com", false },
		{ "com.", false },
		{ ".", false },
		{ "example..", false },
		{ "%{d}com", false },
		{ "%{d}.", false },
		{ "example.123", false },
		{ "192.0.2.1", false },
		{ "example.-com", false },
		{ "example.com-", false },
		{ "example.co_m", false },
		{ "example.com:25", false },
		{ "%{d", false },
		{ "%", false },
		{ "example.com%", false },
		{ "%(d).example.com", false },
		{ "%{}.example.com", false },
		{ "%{x}.example.com", false },
		{ "%{c}.example.com", false },
		{ "%{r}.example.com", false },
		{ "%{t}.example.com", false },
		{ "%{d0}.example.com", false },
		{ "%{d00}.example.com", false },
		{ "%{d01}.example.com", true },
		{ "%{d127}.example.com", true },
		{ "%{d99999999999999999999r}.example.com", true },
		{ "%{dR}.example.com", true },
		{ "%{D1r.-+,/_=}.example.com", true },
		{ "%{dr1}.example.com", false },
		{ "%{d.r}.example.com", false },
		{ "%{d:}.example.com", false },
		{ "%{d }.example.com", false },
	};
	struct arena *a = arena_new(0);
	struct spf_fault fault;
	struct spf_macro m;
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		ck_assert_msg((spf_macro_parse(a, span_of(rows[i].spec),
		    SPF_DOMAIN_SPEC, &m, &fault) == SPF_PARSE_OK) ==
		    rows[i].good, "%s", rows[i].spec);
	arena_free(a);
}
END_TEST

START_TEST(terms_are_kept)
{
	struct span text = SPAN("v=spf1 -a:%{d}/24//64 foo=bar "
	    "ip6:2001:db8::/32 ?IP4:192.0.2.0/28 exp=e.%{d} "
	    "~include:c.example redirect=r.example -all -all");
	struct arena *a = arena_new(0);
	const struct spf_term *t;
	struct spf_fault fault;
	struct spf_record rec;
	char ip[INET6_ADDRSTRLEN];

	ck_assert_int_eq(spf_record_parse(a, text, &rec, &fault),
	    SPF_PARSE_OK);
	ck_assert_uint_eq(rec.nterms, 9);
	t = rec.term;
	ck_assert_int_eq(t[0].kind, SPF_A);
	ck_assert_int_eq(t[0].result, RESULT_FAIL);
	ck_assert_uint_eq(t[0].bits4, 24);
	ck_assert_uint_eq(t[0].bits6, 64);
	assert_span(t[0].domain.text, "%{d}");
	assert_span(t[0].text, "-a:%{d}/24//64");
	ck_assert_int_eq(t[1].kind, SPF_UNKNOWN);
	assert_span(t[1].domain.text, "bar");
	ck_assert_int_eq(t[2].kind, SPF_IP6);
	ck_assert_uint_eq(t[2].bits6, 32);
	ck_assert_int_eq(t[2].result, RESULT_PASS);
	ck_assert_str_eq(inet_ntop(AF_INET6, &t[2].net, ip, sizeof(ip)),
	    "2001:db8::");
	ck_assert_int_eq(t[3].kind, SPF_IP4);
	ck_assert_uint_eq(t[3].bits4, 28);
	ck_assert_int_eq(t[3].result, RESULT_NEUTRAL);
	ck_assert_str_eq(inet_ntop(AF_INET6, &t[3].net, ip, sizeof(ip)),
	    "::ffff:192.0.2.0");
	ck_assert_ptr_eq(rec.exp, &t[4]);
	ck_assert_int_eq(t[5].kind, SPF_INCLUDE);
	ck_assert_int_eq(t[5].result, RESULT_SOFTFAIL);
	ck_assert_ptr_eq(rec.redirect, &t[6]);
	assert_span(rec.redirect->domain.text, "r.example");
	ck_assert_ptr_eq(rec.all, &t[7]);
	arena_free(a);
}
END_TEST

/* 4.6.4: which terms count */
START_TEST(terms_that_need_dns)
{
	struct span text = SPAN("v=spf1 a mx ptr exists:a.b include:a.b "
	    "ip4:1.2.3.4 ip6:::1 all redirect=a.b exp=a.b x=y");
	struct arena *a = arena_new(0);
	struct spf_fault fault;
	struct spf_record rec;
	size_t i, n = 0;

	ck_assert_int_eq(spf_record_parse(a, text, &rec, &fault),
	    SPF_PARSE_OK);
	for (i = 0; i < rec.nterms; i++)
		n += spf_term_needs_dns(&rec.term[i]);
	ck_assert_uint_eq(n, 6);
	ck_assert(spf_term_needs_dns(rec.redirect));
	ck_assert(!spf_term_needs_dns(rec.exp));
	arena_free(a);
}
END_TEST

/* As large as a TXT record can be, in the number of terms and in one. */
START_TEST(large_records)
{
	static char text[65536];
	struct arena *a = arena_new(0);
	struct spf_fault fault;
	struct spf_record rec;
	size_t i;

	memcpy(text, "v=spf1", 6);
	for (i = 6; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, " a", 2);
	ck_assert_int_eq(spf_record_parse(a, (struct span){ text, i }, &rec,
	    &fault), SPF_PARSE_OK);
	ck_assert_uint_eq(rec.nterms, (i - 6) / 2);
	memcpy(text, "v=spf1 x=", 9);
	memset(text + 9, '%', sizeof(text) - 9);
	ck_assert_int_eq(spf_record_parse(a, (struct span){ text,
	    sizeof(text) - 1 }, &rec, &fault), SPF_PARSE_OK);
	ck_assert_int_eq(spf_record_parse(a, (struct span){ text,
	    sizeof(text) }, &rec, &fault), SPF_PARSE_BAD);
	arena_free(a);
}
END_TEST

START_TEST(no_memory_is_no_syntax_error)
{
	struct span text = SPAN("v=spf1 a:%{d}.x.example -all");
	struct spf_fault fault;
	struct spf_record rec;
	enum spf_parse got = SPF_PARSE_NOMEM;
	size_t limit;

	for (limit = 1; got == SPF_PARSE_NOMEM; limit += 16) {
		struct arena *a = arena_new(limit);

		got = spf_record_parse(a, text, &rec, &fault);
		ck_assert_int_ne(got, SPF_PARSE_BAD);
		arena_free(a);
	}
	ck_assert_uint_gt(limit, 100);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		version_selects, records_parse, domain_specs, terms_are_kept,
		terms_that_need_dns, large_records,
		no_memory_is_no_syntax_error,
	};

	return TESTLIB_RUN("spf_record", tests);
}
