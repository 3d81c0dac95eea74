/* tests of policy/iprev.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "message/ip.h"
#include "policy/iprev.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/testlib.h"

static const struct row {
	const char	*zone;
	const char	*ip;
	enum result	 result;
	const char	*name;
} rows[] = {
	/* RFC 8601, 3 */
	{ "1.2.0.192.in-addr.arpa PTR mx.example.org\n"
	    "mx.example.org A 192.0.2.1\n", "192.0.2.1", RESULT_PASS,
	    "mx.example.org" },
	{ "1.2.0.192.in-addr.arpa PTR mx.example.org\n"
	    "mx.example.org A 192.0.2.2\nmx.example.org A 192.0.2.1\n",
	    "192.0.2.1", RESULT_PASS, "mx.example.org" },
	{ "1.2.0.192.in-addr.arpa PTR a.example\n"
	    "1.2.0.192.in-addr.arpa PTR b.example\n"
	    "a.example A 192.0.2.9\nb.example A 192.0.2.1\n", "192.0.2.1",
	    RESULT_PASS, "b.example" },
	/* 2.7.3 fail: no agreement, or nothing forward */
	{ "1.2.0.192.in-addr.arpa PTR mx.example.org\n"
	    "mx.example.org A 192.0.2.2\n", "192.0.2.1", RESULT_FAIL, "" },
	{ "1.2.0.192.in-addr.arpa PTR mx.example.org\n", "192.0.2.1",
	    RESULT_FAIL, "" },
	{ "1.2.0.192.in-addr.arpa PTR mx.example.org\n"
	    "mx.example.org AAAA 2001:db8::1\n", "192.0.2.1", RESULT_FAIL,
	    "" },
	/* 2.7.3 permerror: no PTR */
	{ "", "192.0.2.1", RESULT_PERMERROR, "" },
	{ "1.2.0.192.in-addr.arpa EXISTS\n", "192.0.2.1", RESULT_PERMERROR,
	    "" },
	/* 2.7.3 temperror, unless another name has it */
	{ "1.2.0.192.in-addr.arpa FAIL\n", "192.0.2.1", RESULT_TEMPERROR,
	    "" },
	{ "1.2.0.192.in-addr.arpa PTR a.example\na.example FAIL\n",
	    "192.0.2.1", RESULT_TEMPERROR, "" },
	{ "1.2.0.192.in-addr.arpa PTR a.example\n"
	    "1.2.0.192.in-addr.arpa PTR b.example\n"
	    "a.example FAIL\nb.example A 192.0.2.2\n", "192.0.2.1",
	    RESULT_TEMPERROR, "" },
	{ "1.2.0.192.in-addr.arpa PTR a.example\n"
	    "1.2.0.192.in-addr.arpa PTR b.example\n"
	    "a.example FAIL\nb.example A 192.0.2.1\n", "192.0.2.1",
	    RESULT_PASS, "b.example" },
	/* the other family */
	{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
	    "ip6.arpa PTR mx.example.org\nmx.example.org AAAA 2001:db8::1\n"
	    "mx.example.org A 192.0.2.1\n", "2001:db8::1", RESULT_PASS,
	    "mx.example.org" },
	{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
	    "ip6.arpa PTR mx.example.org\n"
	    "mx.example.org AAAA 2001:db8::2\n", "2001:db8::1", RESULT_FAIL,
	    "" },
};

static struct dnstable *
zone(const char *text)
{
	struct dnstable *t = dnstable_new();

	ck_assert(dnstable_zone(t, text));
	return t;
}

static void
check_row(const struct row *row, unsigned seed, bool ahead)
{
	struct arena *a = arena_new(0);
	struct dnstable *t = zone(row->zone);
	struct dns *dns = dnstable_open(t);
	struct dns_scope *scope = dns_scope_new(dns, 100);
	struct iprev_result r;
	struct in6_addr ip;

	if (seed > 0)
		dnstable_delay(t, 0, 4, seed);
	ck_assert(ip_parse(span_of(row->ip), &ip));
	if (ahead)
		iprev_prefetch(a, scope, &ip);
	iprev_check(a, scope, &ip, &r);
	ck_assert_msg(r.result == row->result, "%s: %s", row->zone,
	    result_name(r.result));
	assert_span(r.name, row->name);
	ck_assert((r.reason == NULL) == (r.result == RESULT_PASS));
	dns_scope_free(scope);
	dns_free(dns);
	arena_free(a);
}

START_TEST(rows_hold)
{
	size_t i;
	unsigned seed;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (seed = 0; seed < 4; seed++)
			check_row(&rows[i], seed, seed % 2 == 1);
}
END_TEST

/* Names n to n + 1: the tenth is tried, the eleventh is not. */
START_TEST(names_are_limited)
{
	int good;

	for (good = IPREV_MAX_NAMES; good <= IPREV_MAX_NAMES + 1; good++) {
		struct arena *a = arena_new(0);
		struct dnstable *t = dnstable_new();
		struct dns *dns = dnstable_open(t);
		struct dns_scope *scope = dns_scope_new(dns, 100);
		struct iprev_result r;
		struct in6_addr ip;
		int i;

		for (i = 1; i <= good; i++)
			dnstable_ptr(t, "1.2.0.192.in-addr.arpa",
			    arena_printf(a, "h%d.example", i));
		dnstable_a(t, arena_printf(a, "h%d.example", good),
		    "192.0.2.1");
		ck_assert(ip_parse(SPAN("192.0.2.1"), &ip));
		iprev_prefetch(a, scope, &ip);
		ck_assert_uint_eq(dnstable_asked(t), 1 + IPREV_MAX_NAMES);
		iprev_check(a, scope, &ip, &r);
		ck_assert_int_eq(r.result, good > IPREV_MAX_NAMES ?
		    RESULT_FAIL : RESULT_PASS);
		ck_assert_uint_eq(dnstable_asked(t), 1 + IPREV_MAX_NAMES);
		dns_scope_free(scope);
		dns_free(dns);
		arena_free(a);
	}
}
END_TEST

/* A PTR that names no host is passed over; it costs no question. */
START_TEST(odd_names_are_passed_over)
{
	struct arena *a = arena_new(0);
	struct dnstable *t = dnstable_new();
	struct dns *dns = dnstable_open(t);
	struct dns_scope *scope = dns_scope_new(dns, 100);
	struct iprev_result r;
	struct in6_addr ip;

	dnstable_ptr(t, "1.2.0.192.in-addr.arpa", "evil; dkim=pass.example");
	dnstable_ptr(t, "1.2.0.192.in-addr.arpa", "mx.example");
	dnstable_a(t, "mx.example", "192.0.2.1");
	ck_assert(ip_parse(SPAN("192.0.2.1"), &ip));
	iprev_check(a, scope, &ip, &r);
	ck_assert_int_eq(r.result, RESULT_PASS);
	assert_span(r.name, "mx.example");
	ck_assert_uint_eq(dnstable_asked(t), 2);
	dns_scope_free(scope);
	dns_free(dns);
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		rows_hold, names_are_limited, odd_names_are_passed_over,
	};

	return TESTLIB_RUN("iprev", tests);
}
