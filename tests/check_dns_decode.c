/* tests of dns/decode.c and dns/resolvconf.c */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dns/decode.h"
#include "dns/resolvconf.h"
#include "dns/server.h"
#include "tests/lib/dnswire.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct arena *arena;
static struct dnswire m;

static void
setup(unsigned flags, const char *name, int type)
{
	arena_free(arena);
	arena = arena_new(0);
	dnswire_begin(&m, 0x1234, flags);
	dnswire_question(&m, name, type);
}

static struct dns_answer
decode(enum dns_type type, const char *name)
{
	struct dns_answer ans;

	dns_decode(arena, dnswire_span(&m), type, span_of(name), &ans);
	ck_assert(ans.status == DNS_OK || ans.count == 0);
	ck_assert((ans.why == NULL) == dns_known(ans.status));
	return ans;
}

START_TEST(txt_is_joined)
{
	char text[600];
	struct dns_answer ans;

	memset(text, 'x', sizeof(text));
	text[100] = '\0';
	text[300] = '\xff';
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_txt(&m, "A.Example", 77, (struct span){ text, 600 });
	dnswire_txt(&m, "a.example", 99, SPAN(""));
	dnswire_rr(&m, WIRE_ANSWERS, "a.example", DNS_TXT, 50,
	    SPAN("\3v=s\0\5pf1 -"));
	ans = decode(DNS_TXT, "a.example");
	ck_assert_int_eq(ans.status, DNS_OK);
	ck_assert_uint_eq(ans.count, 3);
	ck_assert(span_eq(ans.record[0].txt, (struct span){ text, 600 }));
	ck_assert_uint_eq(ans.record[1].txt.len, 0);
	assert_span(ans.record[2].txt, "v=spf1 -");
	ck_assert_uint_eq(ans.ttl, 50);
	ck_assert(!ans.secure);
}
END_TEST

START_TEST(addresses_and_mx)
{
	struct dns_answer ans;

	setup(WIRE_ANSWER | WIRE_AD, "a.example", DNS_A);
	dnswire_rr(&m, WIRE_ANSWERS, "a.example", DNS_A, 60,
	    SPAN("\xc0\x00\x02\x01"));
	ans = decode(DNS_A, "a.example");
	ck_assert_uint_eq(ans.count, 1);
	ck_assert_uint_eq(ntohl(ans.record[0].a.s_addr), 0xc0000201);
	ck_assert(ans.secure);
	setup(WIRE_ANSWER, "a.example", DNS_AAAA);
	dnswire_rr(&m, WIRE_ANSWERS, "a.example", DNS_AAAA, 60,
	    SPAN("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x7f"));
	ans = decode(DNS_AAAA, "a.example");
	ck_assert_uint_eq(ans.count, 1);
	ck_assert_uint_eq(ans.record[0].aaaa.s6_addr[15], 0x7f);
	setup(WIRE_ANSWER, "a.example", DNS_MX);
	dnswire_mx(&m, "a.example", 60, 10, "MX1.Example");
	dnswire_mx(&m, "a.example", 60, 0, "");
	ans = decode(DNS_MX, "a.example");
	ck_assert_uint_eq(ans.count, 2);
	ck_assert_uint_eq(ans.record[0].mx.pref, 10);
	assert_span(ans.record[0].mx.name, "mx1.example");
	ck_assert_uint_eq(ans.record[1].mx.name.len, 0);
}
END_TEST

#define L62 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789"

START_TEST(names_of_answers_are_judged)
{
	static const struct {
		const char *wire, *ptr, *mx;
	} rows[] = {
		{ "Host.EXAMPLE", "host.example", "host.example" },
		{ "_x-1.example", "_x-1.example", "_x-1.example" },
		{ "a b.example", "", "a b.example" },
		{ "(X).example", "", "(x).example" },
		{ "a\\092b.example", "", "a\\b.example" },
		{ "a\\009b.example", "", "" },
		{ "a\\000.example", "", "" },
		{ "a\\046b.example", "", "" },	/* a dot in a label */
		{ "a.example\\046", "", "" },
		{ "\\200\\201.example", "", "" },
		{ "x\\010y.example", "", "" },
		{ "x\\127y.example", "", "" },
		{ "", "", "" },
		{ L62 "." L62 "." L62 "." L62, L62 "." L62 "." L62 "." L62,
		    L62 "." L62 "." L62 "." L62 },
	};
	struct dns_answer ans;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		setup(WIRE_ANSWER, "1.in-addr.arpa", DNS_PTR);
		dnswire_name(&m, "1.in-addr.arpa", DNS_PTR, 5, rows[i].wire);
		ans = decode(DNS_PTR, "1.in-addr.arpa");
		ck_assert_int_eq(ans.status, DNS_OK);
		ck_assert_uint_eq(ans.count, 1);
		assert_span(ans.record[0].name, rows[i].ptr);
		setup(WIRE_ANSWER, "user+tag.example", DNS_MX);
		dnswire_mx(&m, "User+Tag.example", 5, 10, rows[i].wire);
		ans = decode(DNS_MX, "user+tag.example");
		ck_assert_int_eq(ans.status, DNS_OK);
		ck_assert_uint_eq(ans.count, 1);
		assert_span(ans.record[0].mx.name, rows[i].mx);
	}
}
END_TEST

START_TEST(no_is_told_apart)
{
	struct dns_answer ans;

	/* RFC 2308, 2.1 and 2.2; 5: the lower of TTL and MINIMUM */
	setup(WIRE_ANSWER | WIRE_NXDOMAIN, "a.example", DNS_TXT);
	dnswire_soa(&m, "example", 300, 60);
	ans = decode(DNS_TXT, "a.example");
	ck_assert_int_eq(ans.status, DNS_NXDOMAIN);
	ck_assert_uint_eq(ans.ttl, 60);
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_soa(&m, "example", 30, 60);
	ans = decode(DNS_TXT, "a.example");
	ck_assert_int_eq(ans.status, DNS_NODATA);
	ck_assert_uint_eq(ans.ttl, 30);
	/* other types at the name are no answer */
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_rr(&m, WIRE_ANSWERS, "a.example", DNS_A, 60,
	    SPAN("\xc0\x00\x02\x01"));
	ck_assert_int_eq(decode(DNS_TXT, "a.example").status, DNS_NODATA);
	/* nor is the type at other names */
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_txt(&m, "b.example", 60, SPAN("evil"));
	ck_assert_int_eq(decode(DNS_TXT, "a.example").status, DNS_NODATA);
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	ck_assert_uint_le(decode(DNS_TXT, "a.example").ttl, 5);
}
END_TEST

START_TEST(cnames_are_followed)
{
	struct dns_answer ans;

	/* in any order, the lowest TTL counts */
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_txt(&m, "c.example", 60, SPAN("found"));
	dnswire_name(&m, "b.example", WIRE_CNAME, 9, "C.example");
	dnswire_name(&m, "a.example", WIRE_CNAME, 70, "b.EXAMPLE");
	ans = decode(DNS_TXT, "a.example");
	ck_assert_int_eq(ans.status, DNS_OK);
	assert_span(ans.record[0].txt, "found");
	assert_span(ans.name, "a.example");
	ck_assert_uint_eq(ans.ttl, 9);
	/* through a name that is none, as hosts write them */
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_name(&m, "a.example", WIRE_CNAME, 70, "b c.example");
	dnswire_txt(&m, "b c.example", 60, SPAN("found"));
	ck_assert_int_eq(decode(DNS_TXT, "a.example").status, DNS_OK);
	/* RFC 6604, 3: the code is that of the last name */
	setup(WIRE_ANSWER | WIRE_NXDOMAIN, "a.example", DNS_TXT);
	dnswire_name(&m, "a.example", WIRE_CNAME, 70, "b.example");
	ck_assert_int_eq(decode(DNS_TXT, "a.example").status, DNS_NXDOMAIN);
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_name(&m, "a.example", WIRE_CNAME, 70, "b.example");
	ck_assert_int_eq(decode(DNS_TXT, "a.example").status, DNS_NODATA);
	/* with DNAME, which brings its CNAME along (RFC 6672, 3.1) */
	setup(WIRE_ANSWER, "x.a.example", DNS_TXT);
	dnswire_name(&m, "a.example", WIRE_DNAME, 70, "b.example");
	dnswire_name(&m, "x.a.example", WIRE_CNAME, 70, "x.b.example");
	dnswire_txt(&m, "x.b.example", 60, SPAN("found"));
	ck_assert_int_eq(decode(DNS_TXT, "x.a.example").status, DNS_OK);
}
END_TEST

static void
chain(unsigned links)
{
	char from[32], to[32];
	unsigned i;

	setup(WIRE_ANSWER, "n0.example", DNS_TXT);
	for (i = 0; i < links; i++) {
		(void)snprintf(from, sizeof(from), "n%u.example", i);
		(void)snprintf(to, sizeof(to), "n%u.example", i + 1);
		dnswire_name(&m, from, WIRE_CNAME, 60, to);
	}
	(void)snprintf(to, sizeof(to), "n%u.example", links);
	dnswire_txt(&m, to, 60, SPAN("found"));
}

START_TEST(cname_chains_end)
{
	struct dns_answer ans;

	chain(16);
	ck_assert_int_eq(decode(DNS_TXT, "n0.example").status, DNS_OK);
	chain(17);
	ans = decode(DNS_TXT, "n0.example");
	ck_assert_int_eq(ans.status, DNS_TEMPFAIL);
	ck_assert_str_eq(ans.why, "CNAME loop");
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_name(&m, "a.example", WIRE_CNAME, 60, "b.example");
	dnswire_name(&m, "b.example", WIRE_CNAME, 60, "a.example");
	ck_assert_int_eq(decode(DNS_TXT, "a.example").status, DNS_TEMPFAIL);
}
END_TEST

static const char *
why_of(enum dns_type type, const char *name)
{
	struct dns_answer ans = decode(type, name);

	ck_assert_int_eq(ans.status, DNS_TEMPFAIL);
	return ans.why;
}

START_TEST(failures_are_no_answers)
{
	setup(WIRE_ANSWER | WIRE_SERVFAIL, "a.example", DNS_A);
	ck_assert_str_eq(why_of(DNS_A, "a.example"), "SERVFAIL");
	setup(WIRE_ANSWER | WIRE_REFUSED, "a.example", DNS_A);
	ck_assert_str_eq(why_of(DNS_A, "a.example"), "REFUSED");
	setup(WIRE_ANSWER | 15, "a.example", DNS_A);
	ck_assert_str_eq(why_of(DNS_A, "a.example"), "unusual response code");
	setup(WIRE_ANSWER | WIRE_TC, "a.example", DNS_A);
	ck_assert_str_eq(why_of(DNS_A, "a.example"), "truncated answer");
	setup(WIRE_RD, "a.example", DNS_A);
	ck_assert_str_eq(why_of(DNS_A, "a.example"),
	    "answer to another question");
	setup(WIRE_ANSWER, "b.example", DNS_A);
	ck_assert_str_eq(why_of(DNS_A, "a.example"),
	    "answer to another question");
	setup(WIRE_ANSWER, "a.example", DNS_AAAA);
	ck_assert_str_eq(why_of(DNS_A, "a.example"),
	    "answer to another question");
	setup(WIRE_ANSWER, "a.example", DNS_A);
	dnswire_question(&m, "b.example", DNS_A);
	ck_assert_str_eq(why_of(DNS_A, "a.example"),
	    "answer to another question");
	dnswire_begin(&m, 1, WIRE_ANSWER);
	ck_assert_str_eq(why_of(DNS_A, "a.example"),
	    "answer to another question");
}
END_TEST

/* Whatever stands behind a count that lies, or nothing at all. */
START_TEST(broken_messages_are_refused)
{
	static const struct {
		int type;
		struct span rdata;
	} rows[] = {
		{ DNS_TXT, { "\x10only this", 10 } },	/* string too long */
		{ DNS_A, { "\1\2\3", 3 } },
		{ DNS_AAAA, { "\1\2\3\4", 4 } },
		{ DNS_MX, { "\0", 1 } },
		{ DNS_MX, { "\0\1", 2 } },
		{ DNS_PTR, { "\xc0\xff", 2 } },		/* points nowhere */
		{ DNS_PTR, { "\x3f" "abc", 4 } },
		{ DNS_PTR, { "\x40" "abc", 4 } },	/* no label type */
	};
	struct dns_answer ans;
	size_t i, full;

	for (i = 0; i < NROWS(rows); i++) {
		setup(WIRE_ANSWER, "a.example", rows[i].type);
		dnswire_rr(&m, WIRE_ANSWERS, "a.example", rows[i].type, 60,
		    rows[i].rdata);
		ans = decode((enum dns_type)rows[i].type, "a.example");
		ck_assert_msg(ans.status == DNS_TEMPFAIL, "row %zu: %s", i,
		    dns_status_name(ans.status));
	}
	setup(WIRE_ANSWER, "a.example", DNS_MX);
	dnswire_mx(&m, "a.example", 60, 10, "mx.example");
	full = m.len;
	for (m.len = 0; m.len < full; m.len++)
		ck_assert_int_eq(decode(DNS_MX, "a.example").status,
		    DNS_TEMPFAIL);
	ck_assert_int_eq(decode(DNS_MX, "a.example").status, DNS_OK);
}
END_TEST

/* ldns leaks at the second TSIG; we hand it none. */
START_TEST(additional_section_is_not_read)
{
	static const struct span tsig = { "\0\0\0\0\0\0\0\1\x2c\0\0\0\0\0\0\0"
	    "\0", 17 };

	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_txt(&m, "a.example", 60, SPAN("found"));
	dnswire_rr(&m, WIRE_ADDITIONAL, "k.example", WIRE_TSIG, 0, tsig);
	dnswire_rr(&m, WIRE_ADDITIONAL, "k.example", WIRE_TSIG, 0, tsig);
	dnswire_rr(&m, WIRE_ADDITIONAL, "k.example", WIRE_TSIG, 0,
	    SPAN("broken"));
	ck_assert_int_eq(decode(DNS_TXT, "a.example").status, DNS_OK);
	/* nor counted: nine are said to be there, and none is */
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_txt(&m, "a.example", 60, SPAN("found"));
	m.b[11] = 9;
	ck_assert_int_eq(decode(DNS_TXT, "a.example").status, DNS_OK);
}
END_TEST

START_TEST(large_answers)
{
	static char text[64000];
	struct dns_answer ans;
	unsigned i;

	memset(text, 'k', sizeof(text));
	setup(WIRE_ANSWER, "a.example", DNS_TXT);
	dnswire_txt(&m, "a.example", 60, (struct span){ text, sizeof(text) });
	ans = decode(DNS_TXT, "a.example");
	ck_assert_uint_eq(ans.record[0].txt.len, sizeof(text));
	setup(WIRE_ANSWER, "a.example", DNS_A);
	for (i = 0; i < 2500; i++)
		dnswire_rr(&m, WIRE_ANSWERS, "a.example", DNS_A, 60,
		    SPAN("\xc0\x00\x02\x01"));
	ck_assert_uint_eq(decode(DNS_A, "a.example").count, 2500);
	arena_free(arena);
	arena = arena_new(65536);
	ans = decode(DNS_A, "a.example");
	ck_assert_int_eq(ans.status, DNS_TEMPFAIL);
	ck_assert_str_eq(ans.why, "out of memory");
}
END_TEST

START_TEST(servers_are_read)
{
	static const struct {
		const char *in, *out;	/* NULL: no server */
	} rows[] = {
		{ "127.0.0.1", "127.0.0.1@53" },
		{ "127.0.0.1@5353", "127.0.0.1@5353" },
		{ "::1", "::1@53" },
		{ "2001:DB8::1@65535", "2001:db8::1@65535" },
		{ "[2001:db8::1]@1", "2001:db8::1@1" },
		{ "fe80::1%1", "fe80::1%1@53" },
		{ "fe80::1%lo", "fe80::1%1@53" },
		{ "fe80::1%lo@54", "fe80::1%1@54" },
		{ "fe80::1%", NULL },
		{ "fe80::1%0", NULL },
		{ "fe80::1%nosuch0", NULL },
		{ "127.0.0.1@0", NULL },
		{ "127.0.0.1@65536", NULL },
		{ "127.0.0.1@", NULL },
		{ "127.0.0.1@53@53", NULL },
		{ "127.0.0.1:53", NULL },
		{ "127.0.0.256", NULL },
		{ "localhost", NULL },
		{ "", NULL },
		{ "@53", NULL },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct dns_server sv;
		bool good = dns_server_parse(span_of(rows[i].in), &sv);

		ck_assert_msg(good == (rows[i].out != NULL), "%s", rows[i].in);
		if (good)
			ck_assert_str_eq(dns_server_text(a, &sv), rows[i].out);
	}
	arena_free(a);
}
END_TEST

START_TEST(resolv_conf_is_read)
{
	static const char text[] =
	    "# nameserver 192.0.2.99\n"
	    "; nameserver 192.0.2.98\n"
	    "domain example.com\n"
	    "nameserver 192.0.2.1\n"
	    "\tnameserver\t2001:db8::2  \r\n"
	    "nameservers 192.0.2.97\n"
	    "#nameserver 192.0.2.96\n"
	    "nameserver not-an-address\n"
	    "nameserver\n"
	    "options trust-ad\n"
	    "nameserver 192.0.2.3 # comment";
	struct dns_server sv[DNS_MAX_SERVERS];
	struct arena *a = arena_new(0);
	char many[DNS_MAX_SERVERS * 64] = "";
	int i;

	ck_assert_uint_eq(dns_resolvconf_parse(span_of(text), sv), 3);
	ck_assert_str_eq(dns_server_text(a, &sv[0]), "192.0.2.1@53");
	ck_assert_str_eq(dns_server_text(a, &sv[1]), "2001:db8::2@53");
	ck_assert_str_eq(dns_server_text(a, &sv[2]), "192.0.2.3@53");
	for (i = 0; i <= DNS_MAX_SERVERS; i++)
		strcat(many, "nameserver 192.0.2.1\n");
	ck_assert_uint_eq(dns_resolvconf_parse(span_of(many), sv),
	    DNS_MAX_SERVERS);
	ck_assert_uint_eq(dns_resolvconf_parse(SPAN(""), sv), 0);
	ck_assert_uint_eq(dns_resolvconf_read("/nonexistent", sv), 0);
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		txt_is_joined,
		addresses_and_mx,
		names_of_answers_are_judged,
		no_is_told_apart,
		cnames_are_followed,
		cname_chains_end,
		failures_are_no_answers,
		broken_messages_are_refused,
		additional_section_is_not_read,
		large_answers,
		servers_are_read,
		resolv_conf_is_read,
	};
	int rc = TESTLIB_RUN("dns_decode", tests);

	arena_free(arena);
	return rc;
}
