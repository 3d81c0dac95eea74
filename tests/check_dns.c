/* tests of dns/: names, questions, waiting; over a table, not a network */
#include "config.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>

#include "base/clock.h"
#include "dns/names.h"
#include "tests/lib/dnsworld.h"

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890"

START_TEST(names_are_judged)
{
	/* RFC 1035, 2.3.4: labels of 63, names of 255 on the wire */
	static const struct {
		const char *in;
		const char *out;	/* NULL: no name */
	} rows[] = {
		{ "example.com", "example.com" },
		{ "Example.COM.", "example.com" },
		{ "_DMARC.example.com", "_dmarc.example.com" },
		{ "a", "a" },
		{ "-a.b-", "-a.b-" },
		{ L63 ".x", L63 ".x" },
		{ L63 "z.x", NULL },
		{ L63 "." L63 "." L63 "." "abcdefghijklmnopqrstuvwxyz"
		    "abcdefghijklmnopqrstuvwxyz012345678",
		    L63 "." L63 "." L63 "." "abcdefghijklmnopqrstuvwxyz"
		    "abcdefghijklmnopqrstuvwxyz012345678" },
		{ L63 "." L63 "." L63 "." "abcdefghijklmnopqrstuvwxyz"
		    "abcdefghijklmnopqrstuvwxyz0123456789", NULL },
		{ "", NULL },
		{ ".", NULL },
		{ "..", NULL },
		{ "a..b", NULL },
		{ ".a", NULL },
		{ "a..", NULL },
		{ "a b.c", "a b.c" },
		{ "a\tb", NULL },
		{ "a\177b", NULL },
		{ "User+Tag.example", "user+tag.example" },
		{ "b\xc3\xbc" "cher.example", NULL },
		{ "a\\.b", "a\\.b" },
		{ "*.example", "*.example" },
		{ "a:b/c.example", "a:b/c.example" },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		char buf[DOMAIN_MAX_LEN];
		struct span out;
		bool good = dns_name_fold(span_of(rows[i].in), buf, &out);

		ck_assert_msg(good == (rows[i].out != NULL), "%s", rows[i].in);
		if (good)
			assert_span(out, rows[i].out);
	}
	ck_assert(!dns_name_fold((struct span){ "a\0b", 3 },
	    (char[DOMAIN_MAX_LEN]){ 0 }, &(struct span){ 0 }));
}
END_TEST

START_TEST(addresses_are_reversed)
{
	/* RFC 1035, 3.5; RFC 3596, 2.5 (its own example) */
	static const struct {
		const char *ip, *name;
	} rows[] = {
		{ "::ffff:192.0.2.7", "7.2.0.192.in-addr.arpa" },
		{ "::ffff:0.0.0.255", "255.0.0.0.in-addr.arpa" },
		{ "4321:0:1:2:3:4:567:89ab", "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0."
		    "2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa" },
		{ "::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		    "0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa" },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct in6_addr ip;

		ck_assert_int_eq(inet_pton(AF_INET6, rows[i].ip, &ip), 1);
		assert_span(dns_reverse_name(a, &ip), rows[i].name);
	}
	arena_free(a);
}
END_TEST

static const char zone[] =
    "; what the tests below ask for\n"
    "example.com  TXT  \"v=spf1 \" \"-all\"\n"
    "example.com  TXT  \"other; thing \\\"x\\\" \\000\"\n"
    "Example.COM  MX   10 mail.example.com\n"
    "example.com  MX   0 .\n"
    "mail.example.com A 192.0.2.1\n"
    "mail.example.com A 192.0.2.2\n"
    "mail.example.com AAAA 2001:db8::1\n"
    "www.example.com CNAME mail.example.com\n"
    "away.example.com CNAME nowhere.example.com\n"
    "loop.example.com CNAME loop2.example.com\n"
    "loop2.example.com CNAME loop.example.com\n"
    "a.b.c.example.com A 192.0.2.3\n"
    "1.2.0.192.in-addr.arpa PTR mail.example.com\n"
    "broken.example.com FAIL\n"
    "node.example.com EXISTS\n";

START_TEST(table_answers)
{
	static const struct {
		enum dns_type type;
		const char *name;
		enum dns_status want;
		size_t count;
	} rows[] = {
		{ DNS_TXT, "example.com", DNS_OK, 2 },
		{ DNS_TXT, "EXAMPLE.com.", DNS_OK, 2 },
		{ DNS_MX, "example.com", DNS_OK, 2 },
		{ DNS_A, "mail.example.com", DNS_OK, 2 },
		{ DNS_AAAA, "mail.example.com", DNS_OK, 1 },
		{ DNS_A, "www.example.com", DNS_OK, 2 },
		{ DNS_TXT, "www.example.com", DNS_NODATA, 0 },
		{ DNS_A, "away.example.com", DNS_NXDOMAIN, 0 },
		{ DNS_A, "loop.example.com", DNS_TEMPFAIL, 0 },
		{ DNS_A, "b.c.example.com", DNS_NODATA, 0 },
		{ DNS_A, "com", DNS_NODATA, 0 },
		{ DNS_A, "x.c.example.com", DNS_NXDOMAIN, 0 },
		{ DNS_PTR, "1.2.0.192.in-addr.arpa", DNS_OK, 1 },
		{ DNS_A, "broken.example.com", DNS_TEMPFAIL, 0 },
		{ DNS_A, "node.example.com", DNS_NODATA, 0 },
		{ DNS_A, "bad\tname", DNS_BADNAME, 0 },
	};
	struct world w = world_new(zone, 100);
	const struct dns_answer *ans;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		ans = ask(&w, rows[i].type, rows[i].name);
		ck_assert_msg(ans->status == rows[i].want, "%s %s: %s",
		    dns_type_name(rows[i].type), rows[i].name,
		    dns_status_name(ans->status));
		ck_assert_uint_eq(ans->count, rows[i].count);
		ck_assert((ans->why == NULL) == dns_known(ans->status));
	}
	ans = ask(&w, DNS_TXT, "example.com");
	assert_span(ans->record[0].txt, "v=spf1 -all");
	ck_assert(span_eq(ans->record[1].txt, SPAN("other; thing \"x\" \0")));
	ans = ask(&w, DNS_MX, "example.com");
	assert_span(ans->record[0].mx.name, "mail.example.com");
	ck_assert_uint_eq(ans->record[0].mx.pref, 10);
	ck_assert_uint_eq(ans->record[1].mx.name.len, 0);
	ans = ask(&w, DNS_PTR, "1.2.0.192.in-addr.arpa");
	assert_span(ans->record[0].name, "mail.example.com");
	assert_span(ans->name, "1.2.0.192.in-addr.arpa");
	world_free(&w);
}
END_TEST

START_TEST(table_refuses_bad_lines)
{
	static const char *const rows[] = {
		"example.com", "example.com TXT", "example.com TXT unquoted",
		"example.com TXT \"open", "example.com A 1.2.3",
		"example.com AAAA 1.2.3.4", "example.com MX mail",
		"example.com WKS x", "example.com TXT \"a\" b",
	};
	struct dnstable *t = dnstable_new();
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		ck_assert_msg(!dnstable_zone(t, rows[i]), "%s", rows[i]);
	dns_free(dnstable_open(t));
}
END_TEST

START_TEST(question_is_asked_once)
{
	struct world w = world_new(zone, 100);
	const struct dns_answer *first = ask(&w, DNS_TXT, "example.com");
	struct dns_scope *other = dns_scope_new(w.dns, 0);
	struct dns_stats stats;

	ck_assert_ptr_eq(first, ask(&w, DNS_TXT, "Example.com"));
	ck_assert_ptr_eq(first, dns_peek(w.scope, DNS_TXT,
	    SPAN("example.com")));
	/* what the cache has costs no budget */
	ck_assert_int_eq(dns_lookup(other, DNS_TXT,
	    SPAN("example.com"))->status, DNS_OK);
	ck_assert_uint_eq(dnstable_asked(w.table), 1);
	ck_assert_str_eq(dnstable_question(w.table, 0), "TXT example.com");
	ck_assert_ptr_null(dnstable_question(w.table, 1));
	ck_assert_uint_eq(dns_scope_asked(w.scope), 1);
	ck_assert_uint_eq(dns_scope_asked(other), 0);
	dns_stats(w.dns, &stats);
	ck_assert_uint_eq(stats.lookups, 4);
	ck_assert_uint_eq(stats.cached, 3);
	ck_assert_uint_eq(stats.asked, 1);
	ck_assert_uint_eq(stats.failed, 0);
	dns_scope_free(other);
	world_free(&w);
}
END_TEST

START_TEST(budget_ends)
{
	struct world w = world_new(zone, 2);
	struct dns_scope *other = dns_scope_new(w.dns, 10);
	const struct dns_answer *over;

	dns_prefetch(w.scope, DNS_A, SPAN("bad\tname"));
	dns_prefetch(w.scope, DNS_A, SPAN("mail.example.com"));
	dns_prefetch(w.scope, DNS_A, SPAN("x.example.com"));
	dns_prefetch(w.scope, DNS_TXT, SPAN("example.com"));
	ck_assert_uint_eq(dnstable_asked(w.table), 2);
	over = ask(&w, DNS_TXT, "example.com");
	ck_assert_int_eq(over->status, DNS_OVERBUDGET);
	assert_span(over->name, "example.com");
	/* one message sees one DNS, also in this */
	ck_assert_int_eq(dns_lookup(other, DNS_TXT,
	    SPAN("example.com"))->status, DNS_OK);
	ck_assert_ptr_eq(ask(&w, DNS_TXT, "example.com"), over);
	ck_assert_int_eq(ask(&w, DNS_A, "x.example.com")->status,
	    DNS_NXDOMAIN);
	ck_assert_uint_eq(dns_scope_asked(w.scope), 2);
	dns_scope_free(other);
	world_free(&w);
}
END_TEST

START_TEST(failures_are_kept_for_a_moment)
{
	struct world w = world_new(zone, 10);
	struct dns_scope *other = dns_scope_new(w.dns, 10);
	struct dns_stats stats;

	ck_assert_int_eq(ask(&w, DNS_A, "broken.example.com")->status,
	    DNS_TEMPFAIL);
	ck_assert_str_eq(dns_lookup(other, DNS_A,
	    SPAN("broken.example.com"))->why, "SERVFAIL");
	ck_assert_uint_eq(dnstable_asked(w.table), 1);
	dns_stats(w.dns, &stats);
	ck_assert_uint_eq(stats.failed, 1);
	dns_scope_free(other);
	world_free(&w);
}
END_TEST

START_TEST(message_sees_one_dns)
{
	struct world w = world_new(zone, 10);
	const struct dns_answer *before;
	struct dns_scope *other;

	dnstable_keep(w.table, 0, 0);
	before = ask(&w, DNS_A, "mail.example.com");
	ck_assert_uint_eq(before->count, 2);
	dnstable_a(w.table, "mail.example.com", "192.0.2.3");
	ck_assert_ptr_eq(ask(&w, DNS_A, "mail.example.com"), before);
	ck_assert_uint_eq(before->count, 2);
	other = dns_scope_new(w.dns, 10);
	ck_assert_uint_eq(dns_lookup(other, DNS_A,
	    SPAN("mail.example.com"))->count, 3);
	dns_scope_free(other);
	world_free(&w);
}
END_TEST

/* ---- waiting ------------------------------------------------------------ */

static void
count_call(void *ctx)
{
	++*(unsigned *)ctx;
}

START_TEST(lookup_waits)
{
	struct world w = world_new(zone, 10);
	unsigned waits = 0;
	int64_t t0;

	dnstable_delay(w.table, 300, 300, 1);
	dns_scope_before_wait(w.scope, count_call, &waits);
	t0 = clock_mono_ms();
	dns_prefetch(w.scope, DNS_TXT, SPAN("example.com"));
	dns_prefetch(w.scope, DNS_MX, SPAN("example.com"));
	ck_assert_ptr_null(dns_peek(w.scope, DNS_TXT, SPAN("example.com")));
	ck_assert_uint_eq(waits, 0);
	ck_assert_int_eq(ask(&w, DNS_TXT, "example.com")->status, DNS_OK);
	ck_assert_uint_ge(ask(&w, DNS_TXT, "example.com")->elapsed_ms,
	    300);
	ck_assert_int_eq(ask(&w, DNS_MX, "example.com")->status, DNS_OK);
	ck_assert_int_ge(clock_mono_ms() - t0, 300);
	ck_assert_int_lt(clock_mono_ms() - t0, 550);	/* not in turn */
	ck_assert_uint_ge(waits, 1);
	ck_assert_uint_le(waits, 2);
	ck_assert_ptr_nonnull(dns_peek(w.scope, DNS_TXT,
	    SPAN("example.com")));
	world_free(&w);
}
END_TEST

START_TEST(deadline_ends_a_lookup)
{
	struct world w = world_new(zone, 10);
	const struct dns_answer *late, *real;
	struct span name = SPAN("example.com");
	int64_t t0 = clock_mono_ms(), first;

	dnstable_delay(w.table, 600, 600, 1);
	first = t0 + 60;
	dns_scope_deadline(w.scope, first);
	late = ask(&w, DNS_TXT, "example.com");
	ck_assert_int_ge(clock_mono_ms(), first);
	ck_assert_int_lt(clock_mono_ms(), t0 + 500);
	ck_assert_int_eq(late->status, DNS_TEMPFAIL);
	ck_assert_str_eq(late->why, "timed out");
	assert_span(late->name, "example.com");
	ck_assert_int_eq(late->type, DNS_TXT);
	ck_assert_ptr_eq(ask(&w, DNS_TXT, "example.com"), late);
	/* asking ahead is not hindered; earlier is still late */
	dns_prefetch(w.scope, DNS_MX, name);
	ck_assert_uint_eq(dnstable_asked(w.table), 2);
	dns_scope_deadline(w.scope, first - 10);
	(void)poll(NULL, 0, 1000);
	ck_assert_ptr_eq(ask(&w, DNS_TXT, "example.com"), late);
	ck_assert_ptr_eq(dns_peek(w.scope, DNS_TXT, name), late);
	/* what arrived meanwhile is there whatever the deadline */
	ck_assert_int_eq(ask(&w, DNS_MX, "example.com")->status, DNS_OK);
	dns_scope_deadline(w.scope, clock_mono_ms());
	real = ask(&w, DNS_TXT, "example.com");
	ck_assert_int_eq(real->status, DNS_OK);
	ck_assert_ptr_eq(dns_peek(w.scope, DNS_TXT, name), real);
	ck_assert_str_eq(late->why, "timed out");
	world_free(&w);
}
END_TEST

struct joiner {
	struct dns	*dns;
	pthread_t	 thread;
	size_t		 count;
};

static void *
join_lookup(void *arg)
{
	struct joiner *j = arg;
	struct dns_scope *s = dns_scope_new(j->dns, 10);

	j->count = dns_lookup(s, DNS_A, SPAN("mail.example.com"))->count;
	dns_scope_free(s);
	return NULL;
}

START_TEST(questions_in_flight_are_joined)
{
	struct world w = world_new(zone, 10);
	struct joiner j[8];
	struct dns_stats stats;
	size_t i;

	dnstable_delay(w.table, 100, 100, 1);
	for (i = 0; i < NROWS(j); i++) {
		j[i].dns = w.dns;
		ck_assert_int_eq(pthread_create(&j[i].thread, NULL,
		    join_lookup, &j[i]), 0);
	}
	for (i = 0; i < NROWS(j); i++) {
		(void)pthread_join(j[i].thread, NULL);
		ck_assert_uint_eq(j[i].count, 2);
	}
	ck_assert_uint_eq(dnstable_asked(w.table), 1);
	dns_stats(w.dns, &stats);
	ck_assert_uint_eq(stats.lookups, 8);
	ck_assert_uint_eq(stats.asked, 1);
	ck_assert_uint_eq(stats.joined + stats.cached, 7);
	world_free(&w);
}
END_TEST

/* With questions in flight the scope goes at once, and so does the rest. */
START_TEST(free_does_not_wait_for_answers)
{
	struct world w = world_new(zone, 10);
	int64_t t0 = clock_mono_ms();

	dnstable_delay(w.table, 20000, 20000, 1);
	dns_prefetch(w.scope, DNS_TXT, SPAN("example.com"));
	dns_prefetch(w.scope, DNS_TXT, SPAN("other.example.com"));
	world_free(&w);
	ck_assert_int_lt(clock_mono_ms() - t0, 2000);
	dns_scope_free(NULL);
	dns_free(NULL);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		names_are_judged,
		addresses_are_reversed,
		table_answers,
		table_refuses_bad_lines,
		question_is_asked_once,
		budget_ends,
		failures_are_kept_for_a_moment,
		message_sees_one_dns,
		lookup_waits,
		deadline_ends_a_lookup,
		questions_in_flight_are_joined,
		free_does_not_wait_for_answers,
	};

	return TESTLIB_RUN("dns", tests);
}
