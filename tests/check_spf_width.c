/* tests of what a pass rests on: policy/spf_eval.c, policy/spf.c */
#include "config.h"

#include "message/ip.h"
#include "tests/lib/spfworld.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

START_TEST(what_a_pass_rests_on)
{
	static const struct {
		const char *record, *ip;
		enum result result;
		const char *match;	/* NULL: no pass */
		unsigned bits;
		bool wide;		/* at 16,32 */
	} rows[] = {
		{ "ip4:192.0.2.1 -all", "192.0.2.1", RESULT_PASS,
		    "ip4:192.0.2.1", 32, false },
		{ "ip4:192.0.0.0/16 -all", "192.0.2.1", RESULT_PASS,
		    "ip4:192.0.0.0/16", 16, false },
		{ "ip4:192.0.0.0/15 -all", "192.0.2.1", RESULT_PASS,
		    "ip4:192.0.0.0/15", 15, true },
		{ "ip6:2001:db8::/32 -all", "2001:db8::9", RESULT_PASS,
		    "ip6:2001:db8::/32", 32, false },
		{ "ip6:2001:db8::/31 -all", "2001:db8::9", RESULT_PASS,
		    "ip6:2001:db8::/31", 31, true },
		{ "a:h.example/8//64 -all", "192.9.9.9", RESULT_PASS,
		    "a:h.example/8//64", 8, true },
		{ "a:h.example/8//64 -all", "2001:db8::9", RESULT_PASS,
		    "a:h.example/8//64", 64, false },
		{ "mx:h.example/0 -all", "203.0.113.9", RESULT_PASS,
		    "mx:h.example/0", 0, true },
		{ "+all", "192.0.2.1", RESULT_PASS, "+all", 0, true },
		/* the term within counts, not the include */
		{ "include:wide.example -all", "192.0.2.1", RESULT_PASS,
		    "ip4:128.0.0.0/1", 1, true },
		{ "redirect=wide.example", "192.0.2.1", RESULT_PASS,
		    "ip4:128.0.0.0/1", 1, true },
		{ "include:all.example -all", "192.0.2.1", RESULT_PASS,
		    "all", 0, true },
		/* what an include found and what did not pass is no matter */
		{ "include:no.example ip4:192.0.2.1", "192.0.2.1",
		    RESULT_PASS, "ip4:192.0.2.1", 32, false },
		{ "-ip4:128.0.0.0/1 +all", "192.0.2.1", RESULT_FAIL, NULL, 0,
		    false },
		{ "?all", "192.0.2.1", RESULT_NEUTRAL, NULL, 0, false },
	};
	static const char zone[] =
	    "h.example A 192.0.2.1\n"
	    "h.example AAAA 2001:db8::1\n"
	    "h.example MX 1 h.example\n"
	    "wide.example TXT \"v=spf1 ip4:128.0.0.0/1 -all\"\n"
	    "all.example TXT \"v=spf1 all\"\n"
	    "no.example TXT \"v=spf1 -all\"\n";
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct world w = world_of(zone, rows[i].ip, "h",
		    "u@x.example");
		struct spf_result r;

		dnstable_txt(w.table, "x.example", span_of(arena_printf(w.a,
		    "v=spf1 %s", rows[i].record)));
		w.set.min_bits4 = 16;
		w.set.min_bits6 = 32;
		r = world_check(&w, SPF_MAIL_FROM);
		ck_assert_msg(r.result == rows[i].result &&
		    r.wide == rows[i].wide, "%s", rows[i].record);
		if (rows[i].match != NULL) {
			assert_span(r.match, rows[i].match);
			ck_assert_uint_eq(r.match_bits, rows[i].bits);
		} else
			ck_assert_uint_eq(r.match.len, 0);
		world_free(&w);
	}
}
END_TEST

/* No limit is set: +all alone is wide. */
START_TEST(without_a_limit)
{
	struct world w = world_of("x.example TXT \"v=spf1 ip4:0.0.0.0/1 "
	    "+all\"\n", "192.0.2.1", "h", "u@x.example");

	ck_assert(world_check(&w, SPF_MAIL_FROM).wide);
	ck_assert(ip_parse(SPAN("10.0.0.1"), &w.c.ip));
	ck_assert(!world_check(&w, SPF_MAIL_FROM).wide);
	world_free(&w);
}
END_TEST

/* "v=spf1 -all": policyd-spf's No_Mail */
START_TEST(domains_that_send_no_mail)
{
	static const struct {
		const char *record;
		bool want;
	} rows[] = {
		{ "v=spf1 -all", true },
		{ "V=SPF1  -ALL ", true },
		{ "v=spf1 exp=why.example -all", true },
		{ "v=spf1 -all a", true },
		{ "v=spf1 a -all", false },
		{ "v=spf1 ~all", false },
		{ "v=spf1 redirect=none.example", false },
		{ "v=spf1 include:none.example -all", false },
		{ "v=spf1", false },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct world w = world_of("none.example TXT \"v=spf1 -all\"\n",
		    "192.0.2.1", "h", "u@x.example");

		dnstable_txt(w.table, "x.example", span_of(rows[i].record));
		ck_assert_msg(world_check(&w, SPF_MAIL_FROM).sends_no_mail ==
		    rows[i].want, "%s", rows[i].record);
		world_free(&w);
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		what_a_pass_rests_on, without_a_limit,
		domains_that_send_no_mail,
	};

	return TESTLIB_RUN("spf_width", tests);
}
