/* tests of policy/spf.c, spf_eval.c, spf_mech.c: RFC 7208, 2.4, 4.3 to 6.2 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tests/lib/spfworld.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- who is asked about: 2.3, 2.4, 4.3; RFC 8616, 4 --------------------- */

START_TEST(identities)
{
	static const char zone[] =
	    "example.com TXT \"v=spf1 -all exp=who.example.com\"\n"
	    "who.example.com TXT \"s=%{s} l=%{l} o=%{o} d=%{d} h=%{h}\"\n"
	    "xn--bcher-kva.example TXT \"v=spf1 -all exp=who.example.com\"\n"
	    "helo.example TXT \"v=spf1 -all exp=who.example.com\"\n";
	static const struct {
		const char *helo, *from;
		enum spf_identity id;
		enum result result;
		const char *sender, *domain, *explanation;
	} rows[] = {
		{ "helo.example", "user@example.com", SPF_MAIL_FROM,
		    RESULT_FAIL, "user@example.com", "example.com",
		    "s=user@example.com l=user o=example.com d=example.com "
		    "h=helo.example" },
		{ "helo.example", "<User+Tag@EXAMPLE.com.>", SPF_MAIL_FROM,
		    RESULT_FAIL, "User+Tag@example.com", "example.com",
		    "s=User+Tag@example.com l=User+Tag o=example.com "
		    "d=example.com h=helo.example" },
		{ "HELO.example.", "", SPF_MAIL_FROM, RESULT_FAIL,
		    "postmaster@helo.example", "helo.example",
		    "s=postmaster@helo.example l=postmaster o=helo.example "
		    "d=helo.example h=HELO.example." },
		{ "helo.example", "<>", SPF_MAIL_FROM, RESULT_FAIL,
		    "postmaster@helo.example", "helo.example",
		    "s=postmaster@helo.example l=postmaster o=helo.example "
		    "d=helo.example h=helo.example" },
		{ "helo.example", "user@example.com", SPF_HELO, RESULT_FAIL,
		    "postmaster@helo.example", "helo.example",
		    "s=postmaster@helo.example l=postmaster o=helo.example "
		    "d=helo.example h=helo.example" },
		{ "h", "@example.com", SPF_MAIL_FROM, RESULT_FAIL,
		    "postmaster@example.com", "example.com",
		    "s=postmaster@example.com l=postmaster o=example.com "
		    "d=example.com h=h" },
		{ "h", "<@a.example,@b.example:u@example.com>", SPF_MAIL_FROM,
		    RESULT_FAIL, "u@example.com", "example.com",
		    "s=u@example.com l=u o=example.com d=example.com h=h" },
		{ "h", "\"a@b c\"@example.com", SPF_MAIL_FROM, RESULT_FAIL,
		    "\"a@b c\"@example.com", "example.com",
		    "s=\"a@b c\"@example.com l=\"a@b c\" o=example.com "
		    "d=example.com h=h" },
		{ "h", "a@b@example.com", SPF_MAIL_FROM, RESULT_FAIL,
		    "a@b@example.com", "example.com",
		    "s=a@b@example.com l=a@b o=example.com d=example.com "
		    "h=h" },
		{ "h", "u@B\xc3\xbc" "cher.example", SPF_MAIL_FROM,
		    RESULT_FAIL, "u@xn--bcher-kva.example",
		    "xn--bcher-kva.example",
		    "s=u@xn--bcher-kva.example l=u o=xn--bcher-kva.example "
		    "d=xn--bcher-kva.example h=h" },
		{ "h", "\xc3\xbc@example.com", SPF_MAIL_FROM, RESULT_FAIL,
		    "\xc3\xbc@example.com", "example.com",
		    "s=??@example.com l=?? o=example.com d=example.com h=h" },

		{ "[192.0.2.1]", "", SPF_MAIL_FROM, RESULT_NONE, NULL, "",
		    "" },
		{ "localhost", "", SPF_MAIL_FROM, RESULT_NONE, NULL, "", "" },
		{ "", "", SPF_MAIL_FROM, RESULT_NONE, NULL, "", "" },
		{ "h", "user", SPF_MAIL_FROM, RESULT_NONE, NULL, "", "" },
		{ "h", "user@", SPF_MAIL_FROM, RESULT_NONE, NULL, "", "" },
		{ "h", "user@[192.0.2.1]", SPF_MAIL_FROM, RESULT_NONE, NULL,
		    "", "" },
		{ "h", "user@com", SPF_MAIL_FROM, RESULT_NONE, NULL, "", "" },
		{ "h", "user@a..com", SPF_MAIL_FROM, RESULT_NONE, NULL, "",
		    "" },
		{ "h", "user@a b.com", SPF_MAIL_FROM, RESULT_NONE, NULL, "",
		    "" },
		{ "h", "user@\xff.com", SPF_MAIL_FROM, RESULT_NONE, NULL, "",
		    "" },
		{ "h", "user@absent.example", SPF_MAIL_FROM, RESULT_NONE,
		    "user@absent.example", "absent.example", "" },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct world w = world_of(zone, "192.0.2.1", rows[i].helo,
		    rows[i].from);
		struct spf_result r = world_check(&w, rows[i].id);

		ck_assert_msg(r.result == rows[i].result, "%s: %s",
		    rows[i].from, result_name(r.result));
		assert_span(r.domain, rows[i].domain);
		assert_span(r.explanation, rows[i].explanation);
		if (rows[i].sender != NULL)
			assert_span(r.sender, rows[i].sender);
		else
			ck_assert_uint_eq(dnstable_asked(w.table), 0);
		ck_assert_int_eq(r.problem.len > 0, r.result == RESULT_NONE);
		world_free(&w);
	}
}
END_TEST

/* RFC 8616, 4: terms with s or l of a non-ASCII local part match nothing. */
START_TEST(eai_local_parts)
{
	static const char *rows[][2] = {
		{ "v=spf1 exists:%{l}.example.com -all", "fail" },
		{ "v=spf1 exists:%{L}.example.com -all", "fail" },
		{ "v=spf1 a:%{s}.example.com -all", "fail" },
		{ "v=spf1 include:%{l}.example.com -all", "fail" },
		{ "v=spf1 ptr:%{l}.example.com -all", "fail" },
		{ "v=spf1 redirect=%{l}.example.com", "neutral" },
		{ "v=spf1 exists:%{o}.exists.example -all", "pass" },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct world w = world_of("%c3%bc.example.com A 127.0.0.2\n"
		    "x.example.exists.example A 127.0.0.2\n", "192.0.2.1",
		    "h.example", "\xc3\xbc@x.example");

		dnstable_txt(w.table, "x.example", span_of(rows[i][0]));
		ck_assert_msg(strcmp(result_name(world_check(&w,
		    SPF_MAIL_FROM).result), rows[i][1]) == 0, "%s",
		    rows[i][0]);
		ck_assert_uint_eq(dnstable_asked(w.table),
		    strcmp(rows[i][1], "pass") == 0 ? 2 : 1);
		world_free(&w);
	}
}
END_TEST

/* ---- one record against a zone ----------------------------------------- */

static const char rich_zone[] =
    "pass.example TXT \"v=spf1 +all\"\n"
    "fail.example TXT \"v=spf1 -all exp=why.example.com\"\n"
    "softfail.example TXT \"v=spf1 ~all\"\n"
    "neutral.example TXT \"v=spf1 ?all\"\n"
    "empty.example TXT \"v=spf1\"\n"
    "bad.example TXT \"v=spf1 mo:o\"\n"
    "two.example TXT \"v=spf1 -all\"\n"
    "two.example TXT \"v=spf1\"\n"
    "other.example TXT \"v=spf2.0/pra -all\"\n"
    "broken.example FAIL\n"
    "nested.example TXT \"v=spf1 include:bad.example -all\"\n"
    "here.example A 192.0.2.1\n"
    "here.example AAAA 2001:db8::1\n"
    "near.example A 192.0.2.99\n"
    "near.example AAAA 2001:db8::99\n"
    "away.example A 198.51.100.1\n"
    "away.example AAAA 2001:db8:1::1\n"
    "alias.example CNAME here.example\n"
    "mx.example MX 10 away.example\n"
    "mx.example MX 20 alias.example\n"
    "nullmx.example MX 0 .\n"
    "mxbroken.example MX 10 broken.example\n"
    "mxbroken.example MX 20 here.example\n"
    "mxfine.example MX 30 broken.example\n"
    "mxfine.example MX 20 here.example\n"
    "mxfine.example MX 20 away.example\n"
    "why.example.com TXT \"because\"\n";

struct row {
	const char	*record;
	const char	*ip;
	enum result	 result;
	const char	*term;		/* that decided */
	const char	*problem;	/* or explanation, on fail */
};

static void
run_rows(const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct world w = world_of(rich_zone, rows[i].ip, "h.example",
		    "user@x.example");
		struct spf_result r;

		dnstable_txt(w.table, "x.example", span_of(rows[i].record));
		r = world_check(&w, SPF_MAIL_FROM);
		ck_assert_msg(r.result == rows[i].result, "%s: %s %.*s",
		    rows[i].record, result_name(r.result),
		    SPAN_ARG(r.problem));
		assert_span(r.term, rows[i].term);
		assert_span(r.result == RESULT_FAIL ? r.explanation :
		    r.problem, rows[i].problem);
		world_free(&w);
	}
}

/* 5.2, its table; 6.1 */
START_TEST(include_and_redirect)
{
	static const struct row rows[] = {
		{ "v=spf1 include:pass.example -all", "192.0.2.1",
		    RESULT_PASS, "include:pass.example", "" },
		{ "v=spf1 -include:pass.example +all", "192.0.2.1",
		    RESULT_FAIL, "-include:pass.example", "" },
		{ "v=spf1 ~include:pass.example +all", "192.0.2.1",
		    RESULT_SOFTFAIL, "~include:pass.example", "" },
		{ "v=spf1 ?include:pass.example +all", "192.0.2.1",
		    RESULT_NEUTRAL, "?include:pass.example", "" },
		{ "v=spf1 include:fail.example ?all", "192.0.2.1",
		    RESULT_NEUTRAL, "?all", "" },
		/* its exp and its terms are not ours, 6.2 */
		{ "v=spf1 include:fail.example -all", "192.0.2.1",
		    RESULT_FAIL, "-all", "" },
		{ "v=spf1 include:fail.example", "192.0.2.1",
		    RESULT_NEUTRAL, "", "" },
		{ "v=spf1 include:fail.example a:broken.example",
		    "192.0.2.1", RESULT_TEMPERROR, "a:broken.example",
		    "A of broken.example: SERVFAIL" },
		{ "v=spf1 include:fail.example -all exp=why.example.com",
		    "192.0.2.1", RESULT_FAIL, "-all", "because" },
		{ "v=spf1 include:softfail.example -all", "192.0.2.1",
		    RESULT_FAIL, "-all", "" },
		{ "v=spf1 include:neutral.example -all", "192.0.2.1",
		    RESULT_FAIL, "-all", "" },
		{ "v=spf1 include:empty.example -all", "192.0.2.1",
		    RESULT_FAIL, "-all", "" },
		{ "v=spf1 include:broken.example -all", "192.0.2.1",
		    RESULT_TEMPERROR, "include:broken.example",
		    "TXT of broken.example: SERVFAIL" },
		{ "v=spf1 include:bad.example -all", "192.0.2.1",
		    RESULT_PERMERROR, "include:bad.example",
		    "SPF record of bad.example, at byte 8: unknown "
		    "mechanism: \"mo\"" },
		{ "v=spf1 include:nested.example -all", "192.0.2.1",
		    RESULT_PERMERROR, "include:bad.example",
		    "SPF record of bad.example, at byte 8: unknown "
		    "mechanism: \"mo\"" },
		{ "v=spf1 include:two.example -all", "192.0.2.1",
		    RESULT_PERMERROR, "include:two.example",
		    "two.example has 2 SPF records" },
		{ "v=spf1 include:other.example -all", "192.0.2.1",
		    RESULT_PERMERROR, "include:other.example",
		    "include:other.example has no SPF record" },
		{ "v=spf1 include:absent.example -all", "192.0.2.1",
		    RESULT_PERMERROR, "include:absent.example",
		    "include:absent.example has no SPF record" },
		{ "v=spf1 include:%{d1}.example -all", "192.0.2.1",
		    RESULT_PERMERROR, "include:%{d1}.example",
		    "include:%{d1}.example: example.example has no SPF "
		    "record" },
		{ "v=spf1 include:a..example -all", "192.0.2.1",
		    RESULT_PERMERROR, "include:a..example",
		    "include:a..example leads to no domain name" },
		{ "v=spf1 include:%{d1} -all", "192.0.2.1",
		    RESULT_PERMERROR, "include:%{d1}",
		    "include:%{d1}: example has no SPF record" },

		{ "v=spf1 redirect=pass.example", "192.0.2.1", RESULT_PASS,
		    "+all", "" },
		{ "v=spf1 redirect=fail.example", "192.0.2.1", RESULT_FAIL,
		    "-all", "because" },
		{ "v=spf1 redirect=fail.example ~all", "192.0.2.1",
		    RESULT_SOFTFAIL, "~all", "" },
		{ "v=spf1 redirect=empty.example", "192.0.2.1",
		    RESULT_NEUTRAL, "", "" },
		{ "v=spf1 a:here.example redirect=fail.example", "192.0.2.1",
		    RESULT_PASS, "a:here.example", "" },
		{ "v=spf1 redirect=absent.example", "192.0.2.1",
		    RESULT_PERMERROR, "redirect=absent.example",
		    "redirect=absent.example has no SPF record" },
		{ "v=spf1 redirect=other.example", "192.0.2.1",
		    RESULT_PERMERROR, "redirect=other.example",
		    "redirect=other.example has no SPF record" },
		{ "v=spf1 redirect=a..example", "192.0.2.1",
		    RESULT_PERMERROR, "redirect=a..example",
		    "redirect=a..example leads to no domain name" },
		{ "v=spf1 redirect=broken.example", "192.0.2.1",
		    RESULT_TEMPERROR, "redirect=broken.example",
		    "TXT of broken.example: SERVFAIL" },
		/* "all" anywhere makes it void, 6.1 */
		{ "v=spf1 redirect=broken.example ?all", "192.0.2.1",
		    RESULT_NEUTRAL, "?all", "" },
	};

	run_rows(rows, NROWS(rows));
}
END_TEST

/* 5.3 to 5.7, 4.8 */
START_TEST(mechanisms)
{
	static const struct row rows[] = {
		{ "v=spf1 a:here.example -all", "192.0.2.1", RESULT_PASS,
		    "a:here.example", "" },
		{ "v=spf1 a:here.example -all", "::ffff:192.0.2.1",
		    RESULT_PASS, "a:here.example", "" },
		{ "v=spf1 a:here.example -all", "2001:db8::1", RESULT_PASS,
		    "a:here.example", "" },
		{ "v=spf1 a:alias.example -all", "192.0.2.1", RESULT_PASS,
		    "a:alias.example", "" },
		{ "v=spf1 a:near.example -all", "192.0.2.1", RESULT_FAIL,
		    "-all", "" },
		{ "v=spf1 a:near.example/24 -all", "192.0.2.1", RESULT_PASS,
		    "a:near.example/24", "" },
		{ "v=spf1 a:near.example/25 -all", "192.0.2.1", RESULT_PASS,
		    "a:near.example/25", "" },
		{ "v=spf1 a:near.example/26 -all", "192.0.2.1", RESULT_FAIL,
		    "-all", "" },
		{ "v=spf1 a:near.example//64 -all", "192.0.2.1", RESULT_FAIL,
		    "-all", "" },
		{ "v=spf1 a:near.example//64 -all", "2001:db8::1",
		    RESULT_PASS, "a:near.example//64", "" },
		{ "v=spf1 a:near.example/24 -all", "2001:db8::1",
		    RESULT_FAIL, "-all", "" },
		{ "v=spf1 a:absent.example/0 -all", "192.0.2.1", RESULT_FAIL,
		    "-all", "" },
		{ "v=spf1 a:a..b.example -all", "192.0.2.1", RESULT_FAIL,
		    "-all", "" },
		{ "v=spf1 a:broken.example +all", "192.0.2.1",
		    RESULT_TEMPERROR, "a:broken.example",
		    "A of broken.example: SERVFAIL" },
		{ "v=spf1 mx:mx.example -all", "192.0.2.1", RESULT_PASS,
		    "mx:mx.example", "" },
		{ "v=spf1 mx:mx.example -all", "2001:db8::1", RESULT_PASS,
		    "mx:mx.example", "" },
		{ "v=spf1 mx:mx.example//48 -all", "2001:db8:1::7",
		    RESULT_PASS, "mx:mx.example//48", "" },
		{ "v=spf1 mx:here.example -all", "192.0.2.1", RESULT_FAIL,
		    "-all", "" },	/* no implicit MX, 5.4 */
		{ "v=spf1 mx:nullmx.example -all", "192.0.2.1", RESULT_FAIL,
		    "-all", "" },
		{ "v=spf1 mx:broken.example +all", "192.0.2.1",
		    RESULT_TEMPERROR, "mx:broken.example",
		    "MX of broken.example: SERVFAIL" },
		{ "v=spf1 mx:mxbroken.example +all", "192.0.2.1",
		    RESULT_TEMPERROR, "mx:mxbroken.example",
		    "A of broken.example: SERVFAIL" },
		/* by preference, whatever the order of the answer */
		{ "v=spf1 mx:mxfine.example +all", "192.0.2.1", RESULT_PASS,
		    "mx:mxfine.example", "" },
		{ "v=spf1 exists:here.example -all", "198.51.100.7",
		    RESULT_PASS, "exists:here.example", "" },
		{ "v=spf1 exists:here.example -all", "2001:db8::7",
		    RESULT_PASS, "exists:here.example", "" },
		{ "v=spf1 exists:absent.example -all", "192.0.2.1",
		    RESULT_FAIL, "-all", "" },
		{ "v=spf1 exists:broken.example -all", "192.0.2.1",
		    RESULT_TEMPERROR, "exists:broken.example",
		    "A of broken.example: SERVFAIL" },
		{ "v=spf1 ip4:192.0.2.0/31 -all", "192.0.2.1", RESULT_PASS,
		    "ip4:192.0.2.0/31", "" },
		{ "v=spf1 ip4:192.0.2.2/31 -all", "192.0.2.1", RESULT_FAIL,
		    "-all", "" },
		{ "v=spf1 ip4:0.0.0.0/0 -all", "2001:db8::1", RESULT_FAIL,
		    "-all", "" },
		{ "v=spf1 ip6:::/0 -all", "192.0.2.1", RESULT_FAIL, "-all",
		    "" },
		{ "v=spf1 ip6:::ffff:0.0.0.0/96 -all", "192.0.2.1",
		    RESULT_FAIL, "-all", "" },
		{ "v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1",
		    RESULT_PASS, "ip6:2001:db8::/32", "" },
		{ "v=spf1 ip6:2001:db9::/32 -all", "2001:db8::1",
		    RESULT_FAIL, "-all", "" },
		{ "v=spf1 a:192.0.2.1 -all", "192.0.2.1", RESULT_PERMERROR,
		    "", "SPF record of x.example, at byte 10: an address, "
		    "which only ip4: takes: \"192.0.2.1\"" },
		{ "v=spf1 +all \x80", "192.0.2.1", RESULT_PERMERROR, "",
		    "SPF record of x.example, at byte 13: not US-ASCII: "
		    "\"?\"" },
	};

	run_rows(rows, NROWS(rows));
}
END_TEST

/* 5.5 and the p macro of 7.3 */
START_TEST(ptr_and_p)
{
	static const char zone[] =
	    "1.2.0.192.in-addr.arpa PTR liar.example\n"
	    "1.2.0.192.in-addr.arpa PTR other.example\n"
	    "1.2.0.192.in-addr.arpa PTR broken.example\n"
	    "1.2.0.192.in-addr.arpa PTR mail.x.example\n"
	    "1.2.0.192.in-addr.arpa PTR bad-x.example\n"
	    "2.2.0.192.in-addr.arpa PTR x.example\n"
	    "2.2.0.192.in-addr.arpa PTR mail.x.example\n"
	    "3.2.0.192.in-addr.arpa FAIL\n"
	    "liar.example A 192.0.2.77\n"
	    "other.example A 192.0.2.1\n"
	    "bad-x.example A 192.0.2.1\n"
	    "broken.example FAIL\n"
	    "x.example A 192.0.2.2\n"
	    "mail.x.example A 192.0.2.1\n"
	    "mail.x.example A 192.0.2.2\n"
	    "p.example TXT \"%{p}\"\n"
	    "mail.x.example.yes.example A 127.0.0.2\n";
	static const struct {
		const char *record, *ip;
		enum result result;
		const char *explanation;
	} rows[] = {
		{ "v=spf1 ptr -all", "192.0.2.1", RESULT_PASS, "" },
		{ "v=spf1 ptr:other.example -all", "192.0.2.1", RESULT_PASS,
		    "" },
		{ "v=spf1 ptr:liar.example -all", "192.0.2.1", RESULT_FAIL,
		    "" },
		{ "v=spf1 ptr:broken.example -all", "192.0.2.1", RESULT_FAIL,
		    "" },
		{ "v=spf1 ptr:mail.x.example ptr:ail.x.example -all",
		    "192.0.2.1", RESULT_PASS, "" },
		{ "v=spf1 ptr:ail.x.example -all", "192.0.2.1", RESULT_FAIL,
		    "" },
		{ "v=spf1 ptr -all", "192.0.2.3", RESULT_FAIL, "" },
		{ "v=spf1 ptr -all", "192.0.2.4", RESULT_FAIL, "" },
		/* the domain itself, else one below it, else any */
		{ "v=spf1 -all exp=p.example", "192.0.2.2", RESULT_FAIL,
		    "x.example" },
		{ "v=spf1 -all exp=p.example", "192.0.2.1", RESULT_FAIL,
		    "mail.x.example" },
		{ "v=spf1 -all exp=p.example", "192.0.2.3", RESULT_FAIL,
		    "unknown" },
		{ "v=spf1 -all exp=p.example", "192.0.2.4", RESULT_FAIL,
		    "unknown" },
		{ "v=spf1 exists:%{p}.yes.example -all", "192.0.2.1",
		    RESULT_PASS, "" },
	};
	size_t i, ahead;

	for (i = 0; i < 2 * NROWS(rows); i++) {
		size_t k = i / 2;
		struct world w = world_of(zone, rows[k].ip, "h.example",
		    "user@x.example");
		struct spf_result r;

		ahead = i % 2;
		dnstable_txt(w.table, "x.example", span_of(rows[k].record));
		if (ahead)
			spf_prefetch(w.scope, &w.set, &w.c, SPF_MAIL_FROM);
		r = world_check(&w, SPF_MAIL_FROM);
		ck_assert_msg(r.result == rows[k].result, "%s %s",
		    rows[k].record, rows[k].ip);
		assert_span(r.explanation, rows[k].explanation);
		world_free(&w);
	}
}
END_TEST

/* Only the first ten names of PTR are looked at; names no host can have
 * are passed over. */
START_TEST(ptr_takes_ten)
{
	struct world w = world_of("x.example TXT \"v=spf1 ptr -all\"\n"
	    "h11.x.example A 192.0.2.1\n", "192.0.2.1", "h", "u@x.example");
	char name[64];
	int i;

	for (i = 1; i <= 11; i++) {
		(void)snprintf(name, sizeof(name), "h%d.x.example", i);
		dnstable_ptr(w.table, "1.2.0.192.in-addr.arpa", name);
	}
	ck_assert_int_eq(world_check(&w, SPF_MAIL_FROM).result, RESULT_FAIL);
	ck_assert_uint_eq(world_asked(&w, "A "), 10);
	dnstable_a(w.table, "h10.x.example", "192.0.2.1");
	dns_scope_free(w.scope);
	dns_free(w.dns);
	arena_free(w.a);
}
END_TEST

/* ---- exp=: 6.2 ---------------------------------------------------------- */

START_TEST(explanations)
{
	static const char *rows[][2] = {
		{ "See http://%{d}/why.html?s=%{S}&i=%{I}&t=%{t}&r=%{r}&c=%{c}",
		    "See http://x.example/why.html?s=u%40x.example&i=192.0.2.1"
		    "&t=1700000000&r=mx.example.net&c=192.0.2.1" },
		{ "two  spaces kept ", "two  spaces kept " },
		{ "", "" },
		{ "a\ttab", "" },
		{ "line\r\nbreak", "" },
		{ "\xc3\xbc", "" },
		{ "100%", "" },
		{ "%{z}", "" },
		{ "h=%{h}", "h=HE?LO?" },
	};
	struct world w;
	struct span long_one;
	char text[3000];
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		w = world_of("x.example TXT \"v=spf1 -all exp=e.%{d}\"\n",
		    "192.0.2.1", "HE\nLO\x7f", "u@x.example");
		dnstable_txt(w.table, "e.x.example", span_of(rows[i][0]));
		assert_span(world_check(&w, SPF_MAIL_FROM).explanation,
		    rows[i][1]);
		world_free(&w);
	}
	memset(text, 'x', sizeof(text));
	w = world_of("x.example TXT \"v=spf1 -all exp=e.%{d}\"\n",
	    "192.0.2.1", "h", "u@x.example");
	dnstable_txt(w.table, "e.x.example", (struct span){ text, 3000 });
	long_one = world_check(&w, SPF_MAIL_FROM).explanation;
	ck_assert_uint_eq(long_one.len, 1000);
	world_free(&w);
}
END_TEST

/* ---- time, budget, memory ----------------------------------------------- */

/* 4.6.4: out of time is temperror, whatever would have come. */
START_TEST(deadline_is_temperror)
{
	struct world w = world_of("x.example TXT \"v=spf1 a:a.example +all\"\n"
	    "a.example A 192.0.2.9\n", "192.0.2.1", "h", "u@x.example");
	struct spf_result r;
	int64_t begin = clock_mono_ms();

	dnstable_delay(w.table, 5000, 5000, 1);
	dns_scope_deadline(w.scope, begin + 100);
	r = world_check(&w, SPF_MAIL_FROM);
	ck_assert_int_eq(r.result, RESULT_TEMPERROR);
	assert_span(r.problem, "TXT of x.example: timed out");
	ck_assert_int_lt(clock_mono_ms() - begin, 4000);
	world_free(&w);
}
END_TEST

/* 5.5 makes nothing of errors of PTR, but want of time is none of these. */
START_TEST(late_names_are_temperror)
{
	static const char *records[] = {
		"v=spf1 ptr -all", "v=spf1 exists:%{p}.example -all",
	};
	size_t i;

	for (i = 0; i < 2 * NROWS(records); i++) {
		bool host = i % 2 == 1;	/* its address is late, not PTR */
		struct world w = world_of(
		    "1.2.0.192.in-addr.arpa PTR h.x.example\n"
		    "h.x.example A 192.0.2.1\n", "192.0.2.1", "h",
		    "u@x.example");

		dnstable_txt(w.table, "x.example", span_of(records[i / 2]));
		(void)dns_lookup(w.scope, DNS_TXT, SPAN("x.example"));
		if (host)
			(void)dns_lookup(w.scope, DNS_PTR,
			    SPAN("1.2.0.192.in-addr.arpa"));
		dnstable_delay(w.table, 5000, 5000, 1);
		dns_scope_deadline(w.scope, clock_mono_ms() + 50);
		ck_assert_int_eq(world_check(&w, SPF_MAIL_FROM).result,
		    RESULT_TEMPERROR);
		world_free(&w);
	}
}
END_TEST

START_TEST(budget_is_temperror)
{
	unsigned budget;

	for (budget = 0; budget <= 4; budget++) {
		struct world w = world_of("x.example TXT \"v=spf1 "
		    "a:a.example ptr -all\"\n", "192.0.2.1", "h",
		    "u@x.example");
		struct spf_result r;

		dns_scope_free(w.scope);
		w.scope = dns_scope_new(w.dns, budget);
		spf_prefetch(w.scope, &w.set, &w.c, SPF_MAIL_FROM);
		r = world_check(&w, SPF_MAIL_FROM);
		ck_assert_int_eq(r.result, budget < 3 ? RESULT_TEMPERROR :
		    RESULT_FAIL);
		world_free(&w);
	}
}
END_TEST

/* With so little memory, the right result or temperror, never another. */
START_TEST(memory_runs_out)
{
	static const char zone[] = "x.example TXT \"v=spf1 a:%{d2r}.n.example "
	    "mx include:y.example -all exp=e.example\"\n"
	    "x.example MX 10 m.example\n"
	    "m.example A 192.0.2.9\n"
	    "y.example TXT \"v=spf1 exists:%{p}.example ?all\"\n"
	    "1.2.0.192.in-addr.arpa PTR m.example\n"
	    "e.example TXT \"%{s} %{p} %{t}\"\n";
	struct world w = world_of(zone, "192.0.2.1", "h", "u@x.example");
	struct spf_result r = { .result = RESULT_NONE };
	unsigned failures = 0;
	size_t limit;

	for (limit = 16; r.result != RESULT_FAIL; limit += 48) {
		struct arena *a = arena_new(limit);
		struct spf_trace *trace = spf_trace_new(a);

		spf_check(a, w.scope, &w.set, &w.c, SPF_MAIL_FROM, trace, &r);
		ck_assert(r.result == RESULT_TEMPERROR ||
		    r.result == RESULT_FAIL);
		failures += r.result == RESULT_TEMPERROR;
		arena_free(a);
	}
	ck_assert_uint_gt(failures, 20);
	world_free(&w);
}
END_TEST

/* Block allocations fail, in the check and in asking ahead. */
START_TEST(allocations_fail)
{
	static const char zone[] = "x.example TXT \"v=spf1 a:a.example "
	    "include:y.example -all\"\n"
	    "y.example TXT \"v=spf1 exists:%{p}.example ?all\"\n";
	struct world w = world_of(zone, "192.0.2.1", "h", "");
	unsigned failures = 0;
	char from[7000];	/* more than an arena begins with */
	struct spf_result r;
	long n;

	(void)snprintf(from, sizeof(from), "%06800d@x.example", 0);
	w.c.mail_from = span_of(from);
	r = world_check(&w, SPF_MAIL_FROM);
	ck_assert_int_eq(r.result, RESULT_FAIL);
	for (n = 0; n < 60; n++) {
		struct dns_scope *scope = dns_scope_new(w.dns, 100);
		struct arena *a = arena_new(0);

		arena_fail_after(n);
		spf_prefetch(scope, &w.set, &w.c, SPF_MAIL_FROM);
		spf_check(a, scope, &w.set, &w.c, SPF_MAIL_FROM, NULL, &r);
		arena_fail_after(-1);
		ck_assert(r.result == RESULT_TEMPERROR ||
		    r.result == RESULT_FAIL);
		failures += r.result == RESULT_TEMPERROR;
		arena_free(a);
		dns_scope_free(scope);
	}
	ck_assert_int_eq(r.result, RESULT_FAIL);
	ck_assert_uint_gt(failures, 0);
	world_free(&w);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		identities, eai_local_parts, include_and_redirect,
		mechanisms, ptr_and_p, ptr_takes_ten, explanations,
		deadline_is_temperror, late_names_are_temperror,
		budget_is_temperror, memory_runs_out,
		allocations_fail,
	};

	return TESTLIB_RUN("spf_eval", tests);
}
