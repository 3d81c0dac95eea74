/* policy/hostlist.c: what OpenDKIM's manual says of PeerList, as rows. */
#include "config.h"
#include "policy/hostlist.h"

#include <stdio.h>

#include "base/clock.h"
#include "message/ip.h"
#include "tests/lib/testlib.h"

#define MAX_ENTRIES	8

static const struct row {
	const char	*entry[MAX_ENTRIES];
	const char	*ip;		/* NULL: a client without an address */
	const char	*name;
	bool		 listed;
	const char	*match;		/* the entry that decided, or "" */
} rows[] = {
	/* addresses */
	{ { "192.0.2.1" }, "192.0.2.1", "", true, "192.0.2.1" },
	{ { "192.0.2.1" }, "192.0.2.2", "", false, "" },
	{ { "[192.0.2.1]" }, "192.0.2.1", "", true, "[192.0.2.1]" },
	{ { "2001:db8::1" }, "2001:db8::1", "", true, "2001:db8::1" },
	{ { "2001:DB8:0::1" }, "2001:db8::1", "", true, "2001:DB8:0::1" },
	{ { "[2001:db8::1]" }, "2001:db8::1", "", true, "[2001:db8::1]" },
	{ { "::ffff:192.0.2.1" }, "192.0.2.1", "", true, "::ffff:192.0.2.1" },
	{ { "::ffff:127.0.0.0/104" }, "127.1.2.3", "", true,
	    "::ffff:127.0.0.0/104" },
	{ { "::ffff:127.0.0.0/104" }, "128.1.2.3", "", false, "" },
	/* networks */
	{ { "192.168.1.0/24" }, "192.168.1.77", "", true, "192.168.1.0/24" },
	{ { "192.168.1.0/24" }, "192.168.2.77", "", false, "" },
	{ { "10.0.0.1/8" }, "10.200.3.4", "", true, "10.0.0.1/8" },
	{ { "2001:db8::/32" }, "2001:db8:ffff::9", "", true, "2001:db8::/32" },
	{ { "2001:db8::/32" }, "2001:db9::9", "", false, "" },
	{ { "[2001:db8::]/33" }, "2001:db8:7fff::1", "", true,
	    "[2001:db8::]/33" },
	{ { "[2001:db8::]/33" }, "2001:db8:8000::1", "", false, "" },
	{ { "0.0.0.0/0" }, "203.0.113.9", "", true, "0.0.0.0/0" },
	{ { "0.0.0.0/0" }, "2001:db8::1", "", false, "" },
	{ { "::/0" }, "2001:db8::1", "", true, "::/0" },
	{ { "::/0" }, "203.0.113.9", "", false, "" },
	/* exceptions; the most specific decides, whatever the order */
	{ { "192.168.1.1", "!192.168.1.0/24" }, "192.168.1.1", "", true,
	    "192.168.1.1" },
	{ { "!192.168.1.0/24", "192.168.1.1" }, "192.168.1.2", "", false,
	    "192.168.1.0/24" },
	{ { "10.0.0.0/8", "!10.1.0.0/16", "10.1.2.0/24" }, "10.1.2.3", "",
	    true, "10.1.2.0/24" },
	{ { "10.1.2.0/24", "!10.1.0.0/16", "10.0.0.0/8" }, "10.1.3.3", "",
	    false, "10.1.0.0/16" },
	{ { "10.0.0.0/8", "! 10.1.2.3" }, "10.1.2.3", "", false, "10.1.2.3" },
	{ { "10.0.0.1", "!10.0.0.1" }, "10.0.0.1", "", false, "10.0.0.1" },
	{ { "!10.0.0.1", "10.0.0.1" }, "10.0.0.1", "", false, "10.0.0.1" },
	/* names */
	{ { "mail.example.com" }, "192.0.2.1", "mail.example.com", true,
	    "mail.example.com" },
	{ { "mail.example.com" }, "192.0.2.1", "MAIL.Example.COM.", true,
	    "mail.example.com" },
	{ { "mail.example.com" }, "192.0.2.1", "a.mail.example.com", false,
	    "" },
	{ { ".example.com" }, "192.0.2.1", "mail.example.com", true,
	    ".example.com" },
	{ { ".example.com" }, "192.0.2.1", "a.b.example.com", true,
	    ".example.com" },
	{ { ".example.com" }, "192.0.2.1", "example.com", false, "" },
	{ { ".example.com" }, "192.0.2.1", "badexample.com", false, "" },
	{ { ".com", "!.example.com", "a.example.com" }, "192.0.2.1",
	    "b.example.com", false, ".example.com" },
	{ { ".com", "!.example.com", "a.example.com" }, "192.0.2.1",
	    "a.example.com", true, "a.example.com" },
	{ { ".com", "!.example.com" }, "192.0.2.1", "example.com", true,
	    ".com" },
	{ { "localhost" }, "127.0.0.1", "localhost", true, "localhost" },
	{ { ".b\xc3\xbc" "cher.example" }, "192.0.2.1",
	    "mx.xn--bcher-kva.example", true, ".b\xc3\xbc" "cher.example" },
	/* any address entry before any name */
	{ { "!192.0.2.0/24", "mail.example.com" }, "192.0.2.1",
	    "mail.example.com", false, "192.0.2.0/24" },
	{ { "0.0.0.0/0", "!mail.example.com" }, "192.0.2.1",
	    "mail.example.com", true, "0.0.0.0/0" },
	/* nobody */
	{ { NULL }, "192.0.2.1", "mail.example.com", false, "" },
	{ { "mail.example.com", "::/0", "0.0.0.0/0" }, NULL,
	    "mail.example.com", false, "" },
	{ { ".example.com" }, "192.0.2.1", "", false, "" },
	{ { ".example.com" }, "192.0.2.1", ".", false, "" },
	{ { ".example.com" }, "192.0.2.1", "..", false, "" },
};

static void
check_row(const struct row *r)
{
	struct hostlist *l = hostlist_new();
	struct in6_addr ip = IN6ADDR_ANY_INIT;
	const struct in6_addr *client = r->ip != NULL ? &ip : NULL;
	struct span match;
	bool listed;
	size_t i;

	for (i = 0; i < MAX_ENTRIES && r->entry[i] != NULL; i++)
		ck_assert_msg(hostlist_add(l, span_of(r->entry[i])) <=
		    HOSTLIST_STRAY_BITS, "%s", r->entry[i]);
	if (r->ip != NULL)
		ck_assert(ip_parse(span_of(r->ip), &ip));
	match = hostlist_match(l, client, span_of(r->name), &listed);
	ck_assert_msg(listed == r->listed && span_is(match, r->match),
	    "row %zu: %s %s: listed %d by \"%.*s\", want %d by \"%s\"",
	    (size_t)(r - rows), r->ip != NULL ? r->ip : "-", r->name, listed,
	    SPAN_ARG(match), r->listed, r->match);
	ck_assert_int_eq(hostlist_has(l, client, span_of(r->name)),
	    r->listed);
	hostlist_free(l);
}

START_TEST(hosts_are_found)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}
END_TEST

START_TEST(entries_are_judged)
{
	static const struct {
		const char *entry;
		enum hostlist_status want;
	} cases[] = {
		{ "192.0.2.1", HOSTLIST_OK },
		{ "192.0.2.1/32", HOSTLIST_OK },
		{ "10.0.0.1/8", HOSTLIST_STRAY_BITS },
		{ "2001:db8::1/64", HOSTLIST_STRAY_BITS },
		{ "!10.0.0.1/8", HOSTLIST_STRAY_BITS },
		{ "_underscore.example.com", HOSTLIST_OK },
		{ "", HOSTLIST_SYNTAX },
		{ "!", HOSTLIST_SYNTAX },
		{ ".", HOSTLIST_SYNTAX },
		{ "..example.com", HOSTLIST_SYNTAX },
		{ "*.example.com", HOSTLIST_SYNTAX },
		{ "192.0.2/24", HOSTLIST_SYNTAX },
		{ "192.0.2.0/33", HOSTLIST_SYNTAX },
		{ "192.0.2", HOSTLIST_SYNTAX },
		{ "192.0.2.300", HOSTLIST_SYNTAX },
		{ "2001:db8::/129", HOSTLIST_SYNTAX },
		{ "2001:db8", HOSTLIST_SYNTAX },
		{ "fe80::1%eth0", HOSTLIST_SYNTAX },
		{ "host name", HOSTLIST_SYNTAX },
		{ "user@example.com", HOSTLIST_SYNTAX },
	};
	struct hostlist *l = hostlist_new();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(hostlist_add(l, span_of(cases[i].entry)) ==
		    cases[i].want, "%s", cases[i].entry);
	hostlist_free(l);
	hostlist_free(NULL);
	ck_assert(!hostlist_has(NULL, &in6addr_loopback, SPAN("localhost")));
	ck_assert_uint_eq(hostlist_count(NULL), 0);
}
END_TEST

/* 200,000 networks and names: load in a moment, look up without a scan. */
START_TEST(many_entries)
{
	struct hostlist *l = hostlist_new();
	int64_t start = clock_mono_ms(), loaded, done;
	struct in6_addr ip;
	char text[64];
	int i, hits = 0;

	for (i = 0; i < 100000; i++) {
		snprintf(text, sizeof(text), "10.%d.%d.0/24", i / 256 % 256,
		    i % 256);
		ck_assert_int_eq(hostlist_add(l, span_of(text)), HOSTLIST_OK);
		snprintf(text, sizeof(text), ".d%d.example", i);
		ck_assert_int_eq(hostlist_add(l, span_of(text)), HOSTLIST_OK);
	}
	ck_assert_uint_eq(hostlist_count(l), 65536 + 100000);
	loaded = clock_mono_ms();
	for (i = 0; i < 100000; i++) {
		ck_assert(ip_parse(SPAN("192.0.2.1"), &ip));
		snprintf(text, sizeof(text), "mx.d%d.example", i);
		hits += hostlist_has(l, &ip, span_of(text));
	}
	done = clock_mono_ms();
	ck_assert_int_eq(hits, 100000);
	printf("165,536 entries loaded in %d ms, 100,000 lookups in %d ms\n",
	    (int)(loaded - start), (int)(done - loaded));
	ck_assert_int_lt(done - start, 20000);
	hostlist_free(l);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		hosts_are_found, entries_are_judged, many_entries,
	};

	return TESTLIB_RUN("hostlist", tests);
}
