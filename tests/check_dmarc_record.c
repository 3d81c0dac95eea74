/* tests of policy/dmarc_record.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/dmarc.h"
#include "tests/lib/suite.h"
#include "tests/lib/testlib.h"

/* RFC 9989, 4.7, v: first, and exactly so. */
START_TEST(version_is_exact)
{
	static const struct {
		const char *text;
		bool is_record;
	} rows[] = {
		{ "v=DMARC1", true },
		{ "v=DMARC1;", true },
		{ "v=DMARC1; p=none", true },
		{ "v = DMARC1 ;p=none", true },
		{ "v\t=\tDMARC1\t; p=none", true },
		{ "V=DMARC1; p=none", true },	/* "v" is of either case */
		{ "v=DMARC1;;;p=none", true },
		{ "", false },
		{ ";", false },
		{ "v=", false },
		{ " v=DMARC1; p=none", false },
		{ ";v=DMARC1; p=none", false },
		{ "v=dmarc1; p=none", false },
		{ "v=DMARC12; p=none", false },
		{ "v=DMARC1 p=none", false },
		{ "v=DMARC1, p=none", false },
		{ "v=DMARC1\n; p=none", false },
		{ "v==DMARC1; p=none", false },
		{ "v DMARC1; p=none", false },
		{ "DMARC1; p=none", false },
		{ "p=none; v=DMARC1", false },
		{ "v=spf1 -all", false },
		{ "\xef\xbb\xbfv=DMARC1; p=none", false },
	};
	struct dmarc_record r;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(dmarc_record_parse(span_of(rows[i].text), &r) ==
		    rows[i].is_record, "%s", rows[i].text);
	ck_assert(!dmarc_record_parse((struct span){ "v=DMARC1\0", 9 }, &r));
	ck_assert(!dmarc_record_parse((struct span){ NULL, 0 }, &r));
}
END_TEST

/* "p sp np adkim aspf psd t", '-' for a policy that is not there. */
static const char *
summary(const struct dmarc_record *r, char *buf, size_t size)
{
	static const char *const psd[] = { "u", "y", "n" };

	(void)snprintf(buf, size, "%s %s %s %s %s %s %s%s",
	    r->has_p ? dmarc_policy_name(r->p) : "-",
	    r->has_sp ? dmarc_policy_name(r->sp) : "-",
	    r->has_np ? dmarc_policy_name(r->np) : "-",
	    r->strict_dkim ? "s" : "r", r->strict_spf ? "s" : "r",
	    psd[r->psd], r->testing ? "y" : "n",
	    r->bad_policy ? " bad" : "");
	return buf;
}

/* RFC 9989, 4.7, 4.8 and, for "bad", 4.10.1 */
START_TEST(tags_are_read)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{ "p=none", "none - - r r u n" },
		{ "p=quarantine", "quarantine - - r r u n" },
		{ "p=reject", "reject - - r r u n" },
		{ "P=Reject; ADKIM=S", "reject - - s r u n" },
		{ "p \t=  reject  ", "reject - - r r u n" },
		{ "sp=none; np=reject; p=quarantine",
		    "quarantine none reject r r u n" },
		{ "p=none; adkim=s; aspf=s", "none - - s s u n" },
		{ "p=none; adkim=r; aspf=r", "none - - r r u n" },
		{ "p=none; adkim=strict; aspf=", "none - - r r u n" },
		{ "p=none; psd=y", "none - - r r y n" },
		{ "p=none; psd=N", "none - - r r n n" },
		{ "p=none; psd=u", "none - - r r u n" },
		{ "p=none; psd=yes", "none - - r r u n" },
		{ "p=none; t=y", "none - - r r u y" },
		{ "p=none; t=n", "none - - r r u n" },
		{ "p=none; t=1", "none - - r r u n" },
		/* p missing, or one of the three wrong */
		{ "", "- - - r r u n bad" },
		{ "p=", "- - - r r u n bad" },
		{ "p=rejct", "- - - r r u n bad" },
		{ "p=reject none", "- - - r r u n bad" },
		{ "p=n", "- - - r r u n bad" },
		{ "p=reject,none", "- - - r r u n bad" },
		{ "sp=reject", "- reject - r r u n bad" },
		{ "p=reject; sp=x", "reject - - r r u n bad" },
		{ "p=reject; sp=", "reject - - r r u n bad" },
		{ "p=reject; np=x; sp=none", "reject none - r r u n bad" },
		/* twice: neither counts */
		{ "p=reject; p=none", "- - - r r u n bad" },
		{ "p=reject; sp=none; sp=none", "reject - - r r u n bad" },
		{ "p=reject; adkim=s; adkim=s", "reject - - r r u n" },
		{ "p=reject; psd=y; PSD=n", "reject - - r r u n" },
		/* syntax that is almost right */
		{ ";;p=reject;;;sp=none;", "reject none - r r u n" },
		{ "fo:0; sp-none; 0; =; =x; p=reject", "reject - - r r u n" },
		{ "p:none", "- - - r r u n bad" },
		{ "zz=1; pct=0; rf=bob; ri=-1; p=reject",
		    "reject - - r r u n" },
		{ "p2=none; xp=none; p=reject", "reject - - r r u n" },
		{ "v=DMARC1; p=reject", "reject - - r r u n" },
		{ "p=reject; t=\xff; x\xff=1", "reject - - r r u n" },
		{ "p=re\nject", "- - - r r u n bad" },
		{ "p=\"reject\"", "- - - r r u n bad" },
	};
	struct dmarc_record r;
	char text[256], buf[128];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "v=DMARC1; %s",
		    rows[i].text);
		ck_assert(dmarc_record_parse(span_of(text), &r));
		ck_assert_msg(strcmp(summary(&r, buf, sizeof(buf)),
		    rows[i].want) == 0, "%s: %s", text, buf);
	}
}
END_TEST

/* RFC 9989, 4.8 (dmarc-urilist); RFC 3986; RFC 6068 */
START_TEST(uris_are_listed)
{
	static const struct {
		const char *list;
		const char *want;	/* with a space behind each */
	} rows[] = {
		{ "mailto:a@example.com", "mailto:a@example.com " },
		{ "mailto:a@example.com,mailto:b@example.com",
		    "mailto:a@example.com mailto:b@example.com " },
		{ " mailto:a@example.com \t, mailto:b@example.com ",
		    "mailto:a@example.com mailto:b@example.com " },
		{ "MAILTO:a@example.com", "MAILTO:a@example.com " },
		{ "mailto:a@example.com!10m,mailto:b@example.com!0G",
		    "mailto:a@example.com mailto:b@example.com " },
		{ "mailto:a@example.com!99999999999999999999999",
		    "mailto:a@example.com " },
		{ "mailto:a%21b%2Cc@example.com?subject=x",
		    "mailto:a%21b%2Cc@example.com?subject=x " },
		{ "https://example.com/r?x=1#y",
		    "https://example.com/r?x=1#y " },
		{ "ftp://abuse.com", "ftp://abuse.com " },
		{ "bogus,,mailto:a@example.com,x", "mailto:a@example.com " },
		{ "", "" },
		{ ",", "" },
		{ "a@example.com", "" },
		{ "mailto:", "" },
		{ "mailto:a", "" },
		{ "mailto:@example.com", "" },
		{ "mailto:a@", "" },
		{ "mailto:a?x=b@example.com", "" },
		{ "mailto://example.com", "" },
		{ "mailto:a@example.com!", "" },
		{ "mailto:a@example.com!10p", "" },
		{ "mailto:a@example.com!m", "" },
		{ "mailto:a@example.com!10m!10m", "" },
		{ "mailto:a b@example.com", "" },
		{ "mailto:a%2@example.com", "" },
		{ "mailto:a%zz@example.com", "" },
		{ "mailto:\"a\"@example.com", "" },
		{ "mailto:m\xc3\xbcller@example.com", "" },
		{ "1x:a", "" },
		{ ":a", "" },
		{ "http:", "" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span list = span_of(rows[i].list), uri;
		char got[256] = "";

		while (dmarc_uri_next(&list, &uri))
			(void)snprintf(got + strlen(got),
			    sizeof(got) - strlen(got), "%.*s ", SPAN_ARG(uri));
		ck_assert_msg(strcmp(got, rows[i].want) == 0, "%s: %s",
		    rows[i].list, got);
	}
}
END_TEST

START_TEST(report_tags_are_read)
{
	static const struct {
		const char *text;
		const char *rua, *ruf, *fo;
		bool valid_rua;
	} rows[] = {
		{ "rua=mailto:a@b.example", "mailto:a@b.example", "", "",
		    true },
		{ "rua=bogus", "bogus", "", "", false },
		{ "rua=", "", "", "", false },
		{ "rua=mailto:a@b.example;rua=mailto:c@d.example", "", "", "",
		    false },
		{ "ruf=mailto:a@b.example;fo=1:d:s", "", "mailto:a@b.example",
		    "1:d:s", false },
		{ "fo=d:1;ruf=x", "", "x", "d:1", false },
		{ "fo=D;ruf=x", "", "x", "D", false },
		/* only with ruf, and only when it is right */
		{ "fo=1", "", "", "", false },
		{ "fo=0:1;ruf=x", "", "x", "", false },
		{ "fo=d:d;ruf=x", "", "x", "", false },
		{ "fo=x;ruf=x", "", "x", "", false },
		{ "fo=;ruf=x", "", "x", "", false },
		{ "fo=1:;ruf=x", "", "x", "", false },
	};
	struct dmarc_record r;
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "v=DMARC1; p=none; %s",
		    rows[i].text);
		ck_assert(dmarc_record_parse(span_of(text), &r));
		assert_span(r.rua, rows[i].rua);
		assert_span(r.ruf, rows[i].ruf);
		assert_span(r.fo, rows[i].fo);
		ck_assert(r.valid_rua == rows[i].valid_rua);
	}
}
END_TEST

/* ---- the tables of other projects --------------------------------------- */

/* Whether a message of the domain would be judged by this record (4.10.1). */
static bool
is_usable(const char *text)
{
	struct dmarc_record r;

	return dmarc_record_parse(span_of(text), &r) &&
	    (!r.bad_policy || r.valid_rua);
}

/*
 * Where RFC 9989 decides otherwise than the authors of those tables, who
 * followed RFC 7489. Usable here and refused there, unless `usable` is false.
 */
static const struct deviation {
	const char	*record;
	bool		 usable;
	const char	*why;
} deviations[] = {
	{ "v=DMARC1; p=n;", false, "4.7: a policy is written out" },
	{ "v=DMARC1; p=none; adkim=bob;", true, "4.8: default" },
	{ "v=DMARC1; p=none; aspf=bob;", true, "4.8: default" },
	{ "v=DMARC1; p=none; rf=bob;", true, "9.3: rf is historic" },
	{ "v=DMARC1; p=none; ri=bob;", true, "9.3: ri is historic" },
	{ "v=DMARC1; p=none; pct=500;", true, "9.3: pct is historic" },
	{ "v=DMARC1; p=none; rf=000000000000000000000000000000000", true,
	    "9.3: rf is historic" },
	{ "v=DMARC1; sp=reject; p=reject", true, "4.8: tags in any order" },
	{ "v=DMARC1; rua=mailto:dmarc-feedback@example.com!"
	    "99999999999999999999999999999999999999999999999", true,
	    "4.8: the size is ignored, however large" },
};

static void
check_record(const char *record, bool wanted, size_t *ndeviations)
{
	size_t i;

	for (i = 0; i < sizeof(deviations) / sizeof(deviations[0]); i++) {
		if (strcmp(record, deviations[i].record) != 0)
			continue;
		ck_assert(deviations[i].usable != wanted);
		wanted = deviations[i].usable;
		(*ndeviations)++;
	}
	ck_assert_msg(is_usable(record) == wanted, "%s", record);
}

static void
check_list(const json_t *all, const char *list, bool wanted, size_t count,
    size_t *ndeviations)
{
	const json_t *records = json_object_get(all, list), *r;
	size_t i;

	ck_assert_uint_eq(json_array_size(records), count);
	json_array_foreach(records, i, r)
		check_record(json_string_value(json_is_object(r) ?
		    json_object_get(r, "record") : r), wanted, ndeviations);
}

START_TEST(records_of_others)
{
	json_t *all = suite_json("data/dmarc-records/records.json");
	const json_t *records, *r;
	size_t i, n = 0;

	if (all == NULL)
		return;
	check_list(all, "mox_rejects", false, 35, &n);
	check_list(all, "mox_accepts", true, 6, &n);
	check_list(all, "wild_records_from_mail_dmarc", true, 34, &n);
	records = json_object_get(all, "opendmarc");
	ck_assert_uint_eq(json_array_size(records), 19);
	json_array_foreach(records, i, r)
		check_record(json_string_value(json_object_get(r, "record")),
		    strcmp(json_string_value(json_object_get(r, "opendmarc")),
		    "DMARC_PARSE_OKAY") == 0, &n);
	ck_assert_uint_eq(n, sizeof(deviations) / sizeof(deviations[0]));
	json_decref(all);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		version_is_exact, tags_are_read, uris_are_listed,
		report_tags_are_read, records_of_others,
	};

	return suite_exit(TESTLIB_RUN("dmarc_record", tests),
	    "data/dmarc-records");
}
