/* tests of policy/dmarc_lint.c */
#include "config.h"

#include "base/strbuf.h"
#include "policy/dmarc_lint.h"
#include "tests/lib/dnsworld.h"

/* "level: text" of each item, one a line; names are left out but for "name". */
static const char *
show(const struct dmarc_lint *l)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, l->arena);
	for (i = 0; i < l->count; i++)
		strbuf_addf(&sb, "%s: %s\n",
		    dmarc_lint_level_name(l->item[i].level), l->item[i].text);
	return strbuf_str(&sb);
}

#define RUA	"; rua=mailto:r@a.example"

/* One record; what each row says is in RFC 9989, 4.7, 4.8 and 4.10.1. */
static const struct {
	const char	*record;
	const char	*want;
} records[] = {
	{ "v=DMARC1; p=reject" RUA, "" },
	{ "v=DMARC1;p=quarantine;sp=reject;np=reject;adkim=s;aspf=r;t=n;"
	    "psd=n;fo=1:d;ruf=mailto:f@a.example" RUA, "" },
	{ "v=DMARC1; p=reject", "warning: no rua: nobody tells you who sends "
	    "mail in your name\n" },
	{ "v=DMARC1; p=reject; pct=50" RUA, "warning: pct is ignored: mail is "
	    "no longer sampled (RFC 9989, A.6); use t=y to try a policy "
	    "out\n" },
	{ "v=DMARC1; p=reject; rf=afrf; ri=3600" RUA,
	    "warning: rf is ignored: there is one format of failure reports\n"
	    "warning: ri is ignored: aggregate reports come once a day\n" },
	{ "v=DMARC1; p=reject; sp=none" RUA, "warning: sp=none is weaker than "
	    "p=reject: forgers take any subdomain\n" },
	{ "v=DMARC1; p=reject; np=none" RUA, "warning: np=none is weaker than "
	    "p=reject: names that do not exist are protected less than those "
	    "that do\n" },
	{ "v=DMARC1; p=reject; sp=none; np=none" RUA, "warning: sp=none is "
	    "weaker than p=reject: forgers take any subdomain\n" },
	{ "v=DMARC1; p=reject; s=quarantine" RUA,
	    "warning: tag s is unknown and ignored\n" },
	{ "v=DMARC1; p=reject; quarantine" RUA,
	    "warning: \"quarantine\" is no tag and ignored\n" },
	{ "v=DMARC1; p=reject; adkim=strict; t=1" RUA,
	    "warning: adkim=strict is no value of adkim\n"
	    "warning: t=1 is no value of t\n" },
	{ "v=DMARC1; p=rejct", "error: p=rejct is no value of p\n"
	    "error: without a valid policy the record does not count\n"
	    "warning: no rua: nobody tells you who sends mail in your name\n" },
	{ "v=DMARC1; sp=reject" RUA,
	    "error: without a valid policy the record counts as p=none\n" },
	{ "v=DMARC1; p=reject; p=none" RUA,
	    "error: tag p stands twice: neither is believed\n"
	    "error: without a valid policy the record counts as p=none\n" },
	{ "v=DMARC1; p=reject; rua=r@a.example", "error: rua: \"r@a.example\" "
	    "is no URI (mailto:NAME@DOMAIN)\n"
	    "warning: no rua: nobody tells you who sends mail in your name\n" },
	{ "v=DMARC1; p=reject; rua=mailto:r@a.example!10m,https://a.example/",
	    "warning: rua: the size limit in \"mailto:r@a.example!10m\" is "
	    "ignored\nwarning: rua: nobody sends reports to "
	    "https://a.example/, only mailto is defined\n" },
	{ "v=DMARC1; p=reject; fo=1" RUA,
	    "warning: fo is ignored without a ruf\n" },
	{ "v=DMARC1; p=reject; fo=x; ruf=mailto:f@a.example" RUA,
	    "warning: fo=x is no value of fo\n" },
	{ "v=DMARC1; p=none" RUA, "note: p=none asks for nothing but reports: "
	    "for how long it has stood there the DNS does not tell; once all "
	    "your mail passes, say quarantine or reject\n" },
	{ "v=DMARC1; p=reject; t=y" RUA,
	    "note: t=y: every policy counts as one level lower\n" },
	{ "v=DMARC1; p=reject; psd=y" RUA, "note: psd=y is for registries: "
	    "each name below is an organization of its own\n" },
	{ "p=reject; v=DMARC1", "error: \"p=reject; v=DMARC1\" is no DMARC "
	    "record: it must begin with v=DMARC1\n" },
	{ "v=DMARC1; p=reject; \x1b[2J=\xff" RUA,
	    "warning: tag ?[2J is unknown and ignored\n" },
};

START_TEST(records_are_looked_at)
{
	size_t i;

	for (i = 0; i < NROWS(records); i++) {
		struct dmarc_lint l = { .arena = arena_new(0) };

		dmarc_lint_record(span_of(records[i].record), "here", &l);
		ck_assert_str_eq(show(&l), records[i].want);
		arena_free(l.arena);
	}
}
END_TEST

static const struct {
	const char	*zone;
	const char	*domain;
	const char	*want;
} domains[] = {
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject" RUA "\"\n",
	    "a.example", "" },
	{ "", "a.example", "warning: no DMARC record: begin with "
	    "\"v=DMARC1; p=none; rua=mailto:NAME@DOMAIN\"\n" },
	{ "_dmarc.a.example FAIL\n", "a.example",
	    "unknown: could not be looked up\n" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject" RUA "\"\n",
	    "b.a.example", "note: no record of its own; that of a.example "
	    "applies\n" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject" RUA "\"\n"
	    "_dmarc.a.example TXT \"v=DMARC1; p=none" RUA "\"\n", "a.example",
	    "error: several DMARC records: none of them counts\n"
	    "warning: no DMARC record: begin with "
	    "\"v=DMARC1; p=none; rua=mailto:NAME@DOMAIN\"\n" },
	{ "_dmarc.a.example TXT \" v=DMARC1; p=reject\"\n"
	    "_dmarc.a.example TXT \"a remark\"\n", "a.example",
	    "error: \" v=DMARC1; p=reject\" is no DMARC record: it must "
	    "begin with v=DMARC1\n"
	    "warning: no DMARC record: begin with "
	    "\"v=DMARC1; p=none; rua=mailto:NAME@DOMAIN\"\n" },
	/* reports to others: RFC 9990, 4 */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; "
	    "rua=mailto:r@b.example\"\n"
	    "a.example._report._dmarc.b.example TXT \"v=DMARC1\"\n",
	    "a.example", "" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; "
	    "rua=mailto:r@b.example; ruf=mailto:f@c.example\"\n"
	    "a.example._report._dmarc.c.example FAIL\n", "a.example",
	    "error: rua: no report goes to mailto:r@b.example: b.example has "
	    "not agreed to it; it would do so by a TXT record \"v=DMARC1\" at "
	    "a.example._report._dmarc.b.example\n"
	    "unknown: ruf: whether c.example takes reports for "
	    "mailto:f@c.example could not be looked up\n" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; "
	    "rua=mailto:r@b.example\"\n"
	    "a.example._report._dmarc.b.example TXT \"v=DMARC1; "
	    "rua=mailto:r@d.example\"\n", "a.example",
	    "error: rua: no report goes to mailto:r@b.example: the record at "
	    "a.example._report._dmarc.b.example leads to another host\n" },
};

START_TEST(domains_are_looked_at)
{
	size_t i;

	for (i = 0; i < NROWS(domains); i++) {
		struct world w = world_new(domains[i].zone, 100);
		struct dmarc_lint l = { .arena = arena_new(0) };
		struct dmarc_result r;
		struct dmarc_walk walk;

		dmarc_walk(l.arena, w.scope, NULL,
		    span_of(domains[i].domain), &walk);
		dmarc_evaluate(l.arena, w.scope, w.scope, NULL,
		    span_of(domains[i].domain), NULL, 0, &r);
		dmarc_lint_domain(w.scope, NULL, &walk, &r, &l);
		ck_assert_str_eq(show(&l), domains[i].want);
		arena_free(l.arena);
		world_free(&w);
	}
}
END_TEST

/* No record makes more items than there is room for. */
START_TEST(items_are_bounded)
{
	struct dmarc_lint l = { .arena = arena_new(0) };
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, l.arena);
	strbuf_adds(&sb, "v=DMARC1; p=reject");
	for (i = 0; i < 2 * DMARC_LINT_MAX; i++)
		strbuf_addf(&sb, "; x%zu=1", i);
	dmarc_lint_record(strbuf_span(&sb), "here", &l);
	ck_assert_uint_eq(l.count, DMARC_LINT_MAX);
	arena_free(l.arena);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		records_are_looked_at, domains_are_looked_at,
		items_are_bounded,
	};

	return TESTLIB_RUN("dmarc_lint", tests);
}
