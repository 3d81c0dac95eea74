/* tests of policy/spf_lint.c */
#include "config.h"

#include <stdio.h>

#include "policy/spf_lint.h"
#include "tests/lib/spfworld.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char zone[] =
    "good.example TXT \"v=spf1 mx a:mail.good.example -all\"\n"
    "good.example MX 10 mail.good.example\n"
    "mail.good.example A 192.0.2.1\n"
    "six.example TXT \"v=spf1 a -all\"\n"
    "six.example AAAA 2001:db8::1\n"
    "two.example TXT \"v=spf1 -all\"\n"
    "two.example TXT \"v=spf1 ~all\"\n"
    "none.example TXT \"something else\"\n"
    "near.example TXT \"v=spf1; a -all\"\n"
    "typo.example TXT \"v=spf1 ipv4:192.0.2.1 -all\"\n"
    "swap.example TXT \"v=spf1 inlcude:good.example -all\"\n"
    "equal.example TXT \"v=spf1 include=good.example -all\"\n"
    "redirct.example TXT \"v=spf1 redirct=good.example\"\n"
    "colon.example TXT \"v=spf1 redirect:good.example\"\n"
    "other.example TXT \"v=spf1 x-vendor=1 -all\"\n"
    "plus.example TXT \"v=spf1 +all\"\n"
    "ptr.example TXT \"v=spf1 ptr -all\"\n"
    "open.example TXT \"v=spf1 ip4:192.0.2.1\"\n"
    "wide.example TXT \"v=spf1 ip4:10.0.0.0/8 ip6:2001::/16 -all\"\n"
    "edge.example TXT \"v=spf1 ip4:10.0.0.0/16 ip6:2001:db8::/32 -all\"\n"
    "wider.example TXT \"v=spf1 a:mail.good.example/0 -all\"\n"
    "stray.example TXT \"v=spf1 ip4:192.0.2.1/24 -all\"\n"
    "late.example TXT \"v=spf1 -all a:mail.good.example\"\n"
    "dead.example TXT \"v=spf1 redirect=good.example -all\"\n"
    "twice.example TXT \"v=spf1 ip4:192.0.2.1 IP4:192.0.2.1 -all\"\n"
    "lost.example TXT \"v=spf1 include:none.example -all\"\n"
    "loop.example TXT \"v=spf1 include:pool.example -all\"\n"
    "pool.example TXT \"v=spf1 include:loop.example -all\"\n"
    "self.example TXT \"v=spf1 redirect=self.example\"\n"
    "void2.example TXT \"v=spf1 a:x.void2.example mx:y.void2.example -all\"\n"
    "void3.example TXT \"v=spf1 a:x.void2.example mx:y.void2.example "
    "exists:z.void2.example -all\"\n"
    "true.example TXT \"v=spf1 exists:mail.good.example -all\"\n"
    "macro.example TXT \"v=spf1 exists:%{i}.x.example -all\"\n"
    "fixed.example TXT \"v=spf1 include:%{d2}.x -all\"\n"
    "fail.example TXT \"v=spf1 a:gone.example -all\"\n"
    "gone.example FAIL\n"
    "ten.example TXT \"v=spf1 include:five.example include:four.example "
    "-all\"\n"
    "eleven.example TXT \"v=spf1 include:five.example include:four.example "
    "a:mail.good.example -all\"\n"
    "five.example TXT \"v=spf1 a:mail.good.example a:mail.good.example/31 "
    "a:mail.good.example/30 a:mail.good.example/29 -all\"\n"
    "four.example TXT \"v=spf1 a:mail.good.example a:mail.good.example/31 "
    "a:mail.good.example/30 a:mail.good.example/29 -all\"\n";

struct outcome {
	struct world	 w;
	struct spf_lint	 l;
	const char	*text;
};

static struct outcome
run(const char *domain, const char *record)
{
	struct outcome o = { .w = world_of(zone, "192.0.2.1", "h", "a@b.c") };
	struct strbuf sb;

	dns_scope_free(o.w.scope);
	o.w.scope = dns_scope_new(o.w.dns, SPF_LINT_BUDGET);
	spf_lint(o.w.a, o.w.scope, span_of(domain), span_of(record), &o.l);
	strbuf_init(&sb, o.w.a);
	spf_lint_text(&o.l, &sb);
	o.text = strbuf_str(&sb);
	ck_assert_ptr_nonnull(o.text);
	return o;
}

START_TEST(findings)
{
	static const struct {
		const char *domain;
		unsigned errors, warnings;
		const char *says;
	} rows[] = {
		{ "good.example", 0, 0, "2 of 10 terms that need DNS" },
		{ "six.example", 0, 0, "1 of 10 terms" },
		{ "two.example", 1, 0, "2 SPF records" },
		{ "none.example", 1, 0, "has no SPF record\n" },
		{ "missing.example", 1, 0, "has no SPF record\n" },
		{ "near.example", 2, 0, "looks like SPF and is none" },
		{ "typo.example", 1, 0, "unknown mechanism; the whole record "
		    "is unusable (permerror); is it ip4?\n"
		    "    v=spf1 ipv4:192.0.2.1 -all\n"
		    "           ^^^^\n" },
		{ "swap.example", 1, 0, "is it include?" },
		{ "equal.example", 1, 0, "write \"include:\"" },
		{ "redirct.example", 1, 1, "is it \"redirect=\"?" },
		{ "colon.example", 1, 0, "is it redirect= ?" },
		{ "other.example", 0, 0, "it is ignored" },
		{ "plus.example", 1, 0, "lets everybody pass" },
		{ "ptr.example", 0, 1, "5.5" },
		{ "open.example", 0, 1, "neither \"all\" nor redirect" },
		{ "wide.example", 0, 2, "lets a /8 pass, 16777216 addresses" },
		{ "edge.example", 0, 0, "0 of 10" },
		{ "wider.example", 0, 1, "4294967296 addresses" },
		{ "stray.example", 0, 0, "bits behind the prefix" },
		{ "late.example", 0, 1, "stands behind \"all\"" },
		{ "dead.example", 0, 1, "never reached: the record has" },
		{ "twice.example", 0, 1, "stands there twice" },
		{ "lost.example", 1, 0, "none.example has no SPF record "
		    "(permerror)" },
		{ "loop.example", 1, 0, "a loop: loop.example" },
		{ "self.example", 1, 0, "a loop: self.example" },
		{ "void2.example", 0, 2, "2 of 2 void" },
		{ "void3.example", 1, 3, "3 lookups find nothing" },
		{ "true.example", 1, 0, "true for everybody" },
		{ "macro.example", 0, 0, "1 or more" },
		{ "fixed.example", 1, 0, "fixed.example.x has no SPF" },
		{ "fail.example", 1, 0, "could not be looked up" },
		{ "ten.example", 0, 0, "10 of 10 terms" },
		{ "eleven.example", 1, 0, "11 terms need the DNS" },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct outcome o = run(rows[i].domain, NULL);

		ck_assert_msg(o.l.errors == rows[i].errors &&
		    o.l.warnings == rows[i].warnings && strstr(o.text,
		    rows[i].says) != NULL, "%s", o.text);
		ck_assert_msg(o.l.incomplete ==
		    (strcmp(rows[i].domain, "fail.example") == 0), "%s",
		    o.text);
		world_free(&o.w);
	}
}
END_TEST

START_TEST(branches_are_counted)
{
	struct outcome o = run("eleven.example", NULL);

	ck_assert(span_starts(span_of(o.text), "eleven.example: v=spf1 "
	    "include:five.example include:four.example a:mail.good.example "
	    "-all\n"
	    "  include:five.example: 5\n"
	    "    a:mail.good.example: 1\n"
	    "    a:mail.good.example/31: 1\n"
	    "    a:mail.good.example/30: 1\n"
	    "    a:mail.good.example/29: 1\n"
	    "  include:four.example: 5\n"));
	world_free(&o.w);
}
END_TEST

/* A TXT string has 255 octets at most (RFC 7208, 3.3). */
START_TEST(drafts)
{
	char text[300];
	struct outcome o;
	size_t len;

	for (len = 255; len <= 256; len++) {
		memset(text, ' ', sizeof(text));
		memcpy(text, "v=spf1 ", 7);
		memcpy(text + len - 4, "-all", 5);
		o = run("good.example", text);
		ck_assert_uint_eq(o.l.errors, len > 255);
		world_free(&o.w);
	}
	o = run("good.example", "v=spf2 -all");
	ck_assert_uint_eq(o.l.errors, 1);
	ck_assert_ptr_nonnull(strstr(o.text, "must begin with \"v=spf1 \""));
	world_free(&o.w);
	o = run("good.example", "v=spf1 a:\x07 -all");
	ck_assert_ptr_null(strchr(o.text, 7));
	world_free(&o.w);
}
END_TEST

/* Records without end are not followed for ever. */
START_TEST(there_is_an_end)
{
	struct outcome o = { .w = world_of("", "192.0.2.1", "h", "a@b.c") };
	char name[40], text[80];
	int i;

	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "d%d.example", i);
		(void)snprintf(text, sizeof(text), "v=spf1 "
		    "include:d%d.example include:d%d.example -all", i + 1,
		    i + 2);
		dnstable_txt(o.w.table, name, span_of(text));
	}
	spf_lint(o.w.a, o.w.scope, SPAN("d0.example"), SPAN(""), &o.l);
	ck_assert_uint_gt(o.l.errors, 0);
	ck_assert_uint_le(dnstable_asked(o.w.table), SPF_LINT_BUDGET);
	world_free(&o.w);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		findings, branches_are_counted, drafts, there_is_an_end,
	};

	return TESTLIB_RUN("spf_lint", tests);
}
