/* tests of policy/spf_exempt.c: policyd-spf.conf(5), the white lists */
#include "config.h"

#include "base/clock.h"
#include "message/ip.h"
#include "policy/spf_exempt.h"
#include "tests/lib/spfworld.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char zone[] =
    "fwd.example TXT \"v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all\"\n"
    "late.example FAIL\n"
    "relay.example A 192.0.2.2\n"
    "relay.example AAAA 2001:db8::2\n"
    "3.2.0.192.in-addr.arpa PTR forged.friend.example\n"
    "3.2.0.192.in-addr.arpa PTR out.friend.example\n"
    "out.friend.example A 192.0.2.3\n"
    "forged.friend.example A 198.51.100.99\n"
    "4.2.0.192.in-addr.arpa PTR other.friend.example\n"
    "other.friend.example A 198.51.100.99\n"
    "5.2.0.192.in-addr.arpa PTR notfriend.example\n"
    "notfriend.example A 192.0.2.5\n"
    "6.2.0.192.in-addr.arpa FAIL\n";

static struct span domains[2], helos[1], ptrs[1];

static struct spf_rules
rules_of(const char *domain, const char *helo, const char *ptr)
{
	struct spf_rules r = { .whitelist_time_ms = 5000 };

	if (domain != NULL) {
		domains[0] = SPAN("nothing.example");
		domains[1] = span_of(domain);
		r.domain_whitelist = (struct name_list){ domains, 2 };
	}
	if (helo != NULL) {
		helos[0] = span_of(helo);
		r.helo_whitelist = (struct name_list){ helos, 1 };
	}
	if (ptr != NULL) {
		ptrs[0] = span_of(ptr);
		r.domain_whitelist_ptr = (struct name_list){ ptrs, 1 };
	}
	return r;
}

START_TEST(lists_that_ask)
{
	static const struct {
		const char *domain, *helo, *ptr;
		const char *ip, *said;
		enum spf_exempt want;
		const char *why;
	} rows[] = {
		{ "fwd.example", NULL, NULL, "192.0.2.1", "h.example",
		    SPF_EXEMPT_YES, "Domain_Whitelist fwd.example" },
		{ "fwd.example", NULL, NULL, "2001:db8::1", "h.example",
		    SPF_EXEMPT_YES, "Domain_Whitelist fwd.example" },
		{ "fwd.example", NULL, NULL, "192.0.2.9", "fwd.example",
		    SPF_EXEMPT_NO, NULL },
		{ "late.example", NULL, NULL, "192.0.2.9", "h.example",
		    SPF_EXEMPT_UNKNOWN, NULL },
		{ NULL, "relay.example", NULL, "192.0.2.2", "Relay.Example",
		    SPF_EXEMPT_YES, "HELO_Whitelist relay.example" },
		{ NULL, "relay.example", NULL, "2001:db8::2", "relay.example",
		    SPF_EXEMPT_YES, "HELO_Whitelist relay.example" },
		/* "to avoid inadvertent bypass if HELO names are forged" */
		{ NULL, "relay.example", NULL, "192.0.2.9", "relay.example",
		    SPF_EXEMPT_NO, NULL },
		{ NULL, "relay.example", NULL, "192.0.2.2", "h.example",
		    SPF_EXEMPT_NO, NULL },
		{ NULL, "late.example", NULL, "192.0.2.2", "late.example",
		    SPF_EXEMPT_UNKNOWN, NULL },
		/* "same rules as the SPF PTR mechanism" */
		{ NULL, NULL, "friend.example", "192.0.2.3", "h.example",
		    SPF_EXEMPT_YES, "Domain_Whitelist_PTR friend.example" },
		{ NULL, NULL, "friend.example", "192.0.2.4", "h.example",
		    SPF_EXEMPT_NO, NULL },
		{ NULL, NULL, "friend.example", "192.0.2.5", "h.example",
		    SPF_EXEMPT_NO, NULL },
		{ NULL, NULL, "friend.example", "192.0.2.6", "h.example",
		    SPF_EXEMPT_UNKNOWN, NULL },
		{ NULL, NULL, "friend.example", "192.0.2.77", "h.example",
		    SPF_EXEMPT_NO, NULL },
		{ "late.example", NULL, "friend.example", "192.0.2.3",
		    "h.example", SPF_EXEMPT_YES,
		    "Domain_Whitelist_PTR friend.example" },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct world w = world_of(zone, rows[i].ip, rows[i].said,
		    "joe@example.com");
		struct spf_rules r = rules_of(rows[i].domain, rows[i].helo,
		    rows[i].ptr);
		enum spf_exempt got;
		struct span why;

		spf_exempt_prefetch(w.a, w.scope, &r, &w.set, &w.c);
		got = spf_exempt_check(w.a, w.scope, &r, &w.set, &w.c,
		    clock_mono_ms() + 10000, &why);
		ck_assert_msg(got == rows[i].want, "row %zu: %d", i, got);
		if (got == SPF_EXEMPT_YES)
			assert_span(why, rows[i].why);
		world_free(&w);
	}
}
END_TEST

START_TEST(lists_of_addresses)
{
	static const struct {
		const char *ip, *why;
	} rows[] = {
		{ "10.1.2.3", "skip_addresses 10.0.0.0/8" },
		{ "127.0.0.9", "skip_addresses ::ffff:127.0.0.0/104" },
		{ "192.168.0.1", "Whitelist 192.168.0.0/31" },
		{ "192.168.0.2", NULL },
		{ "::1", "skip_addresses ::1" },
		{ "2001:db8::1", NULL },
	};
	struct hostlist *skip = hostlist_new(), *white = hostlist_new();
	struct spf_rules r = { .skip_addresses = skip, .whitelist = white };
	struct arena *a = arena_new(0);
	struct in6_addr ip;
	struct span why;
	size_t i;

	ck_assert_int_eq(hostlist_add(skip, SPAN("10.0.0.0/8")), HOSTLIST_OK);
	ck_assert_int_eq(hostlist_add(skip, SPAN("::ffff:127.0.0.0/104")),
	    HOSTLIST_OK);
	ck_assert_int_eq(hostlist_add(skip, SPAN("::1")), HOSTLIST_OK);
	ck_assert_int_eq(hostlist_add(white, SPAN("192.168.0.0/31")),
	    HOSTLIST_OK);
	for (i = 0; i < NROWS(rows); i++) {
		ck_assert(ip_parse(span_of(rows[i].ip), &ip));
		ck_assert_int_eq(spf_exempt_address(a, &r, &ip, &why),
		    rows[i].why != NULL ? SPF_EXEMPT_YES : SPF_EXEMPT_NO);
		if (rows[i].why != NULL)
			assert_span(why, rows[i].why);
	}
	hostlist_free(skip);
	hostlist_free(white);
	arena_free(a);
}
END_TEST

/* Whitelist_Lookup_Time: silence is not waited for beyond it. */
START_TEST(waiting_ends)
{
	struct world w = world_of(zone, "192.0.2.1", "h.example", "a@b.example");
	struct spf_rules r = rules_of("fwd.example", NULL, NULL);
	int64_t before = clock_mono_ms();
	struct span why;

	r.whitelist_time_ms = 20;
	dnstable_delay(w.table, 60000, 60000, 1);
	ck_assert_int_eq(spf_exempt_check(w.a, w.scope, &r, &w.set, &w.c,
	    before + 60000, &why), SPF_EXEMPT_UNKNOWN);
	ck_assert_int_lt(clock_mono_ms() - before, 30000);
	world_free(&w);
}
END_TEST

START_TEST(nothing_is_asked_without_need)
{
	struct world w = world_of(zone, "192.0.2.1", "h.example", "a@b.example");
	struct spf_rules none = rules_of(NULL, NULL, NULL);
	struct spf_rules helo = rules_of(NULL, "relay.example", NULL);

	ck_assert(!spf_exempt_asks(&none, &w.c));
	ck_assert(!spf_exempt_asks(&helo, &w.c));
	w.c.helo = SPAN("RELAY.example");
	ck_assert(spf_exempt_asks(&helo, &w.c));
	world_free(&w);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		lists_that_ask, lists_of_addresses, waiting_ends,
		nothing_is_asked_without_need,
	};

	return TESTLIB_RUN("spf_exempt", tests);
}
