/* tests of policy/dmarc_report_uri.c */
#include "config.h"

#include <stdio.h>

#include "policy/dmarc_report_uri.h"
#include "tests/lib/dmarczone.h"
#include "tests/lib/dnsworld.h"
#include "tests/lib/suite.h"

/* "given host query rua", what is empty as "-". */
static const char *
show(struct arena *a, const struct dmarc_destination *d)
{
	return arena_printf(a, "%s %.*s %.*s %.*s",
	    dmarc_consent_name(d->consent),
	    SPAN_ARG(d->host.len > 0 ? d->host : SPAN("-")),
	    SPAN_ARG(d->query.len > 0 ? d->query : SPAN("-")),
	    SPAN_ARG(d->rua.len > 0 ? d->rua : SPAN("-")));
}

#define OURS	"_dmarc.a.example TXT \"v=DMARC1; p=none\"\n"
#define ASK	"a.example._report._dmarc.b.example"

static const struct {
	const char	*zone;
	const char	*uri;
	const char	*want;
} rows[] = {
	/* One organization, told by its record. */
	{ OURS, "mailto:r@a.example",
	    "needless a.example - mailto:r@a.example" },
	{ OURS, "mailto:r@x.a.example",
	    "needless x.a.example - mailto:r@x.a.example" },
	{ OURS "_dmarc.x.a.example TXT \"v=DMARC1; p=none; psd=n\"\n",
	    "mailto:r@x.a.example", "missing x.a.example "
	    "a.example._report._dmarc.x.a.example -" },
	{ OURS "_dmarc.x.a.example FAIL\n", "mailto:r@x.a.example",
	    "unknown x.a.example a.example._report._dmarc.x.a.example -" },
	/* Another: it has agreed, or not, or nobody knows. */
	{ OURS ASK " TXT \"v=DMARC1\"\n", "mailto:r@b.example",
	    "given b.example " ASK " mailto:r@b.example" },
	{ OURS ASK " TXT \"v=DMARC1\"\n" ASK " TXT \"other\"\n",
	    "mailto:r@B.example.", "given b.example " ASK
	    " mailto:r@B.example." },
	{ OURS ASK " TXT \"v=DMARC2\"\n", "mailto:r@b.example",
	    "missing b.example " ASK " -" },
	{ OURS, "mailto:r@b.example", "missing b.example " ASK " -" },
	{ OURS ASK " FAIL\n", "mailto:r@b.example",
	    "unknown b.example " ASK " -" },
	{ OURS "_dmarc.b.example FAIL\n" ASK " TXT \"v=DMARC1;\"\n",
	    "mailto:r@b.example",
	    "given b.example " ASK " mailto:r@b.example" },
	/* It wants them elsewhere: on the same host, or not at all. */
	{ OURS ASK " TXT \"v=DMARC1; rua=mailto:n@b.example\"\n",
	    "mailto:r@b.example", "given b.example " ASK
	    " mailto:n@b.example" },
	{ OURS ASK " TXT \"v=DMARC1; rua=mailto:n@c.b.example\"\n",
	    "mailto:r@b.example", "elsewhere b.example " ASK " -" },
	{ OURS ASK " TXT \"v=DMARC1; rua=mailto:n@b.example,"
	    "mailto:v@victim.test\"\n", "mailto:r@b.example",
	    "elsewhere b.example " ASK " -" },
	{ OURS ASK " TXT \"v=DMARC1; rua=mailto:n@victim.test\"\n"
	    ASK " TXT \"v=DMARC1; rua=mailto:n@b.example\"\n",
	    "mailto:r@b.example", "elsewhere b.example " ASK " -" },
	{ OURS ASK " TXT \"v=DMARC1; rua=nothing\"\n", "mailto:r@b.example",
	    "given b.example " ASK " mailto:r@b.example" },
	/* Hosts of URIs */
	{ OURS, "https://u@b.example:443/x@a.example",
	    "missing b.example " ASK " -" },
	{ OURS, "https://a.example?x", "needless a.example - "
	    "https://a.example?x" },
	{ OURS, "mailto:r@a.example?cc=v@victim.test",
	    "needless a.example - mailto:r@a.example?cc=v@victim.test" },
	{ OURS, "mailto:v@victim.test%2Cr@a.example", "no host - - -" },
	{ OURS, "mailto:v@victim.test%2cr@a.example", "no host - - -" },
	{ OURS, "urn:x", "no host - - -" },
	{ OURS, "mailto:r@a..example", "no host - - -" },
	{ OURS, "https://[::1]/", "no host - - -" },
};

START_TEST(rows_hold)
{
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct world w = world_new(rows[i].zone, 50);
		struct arena *a = arena_new(0);
		struct dmarc_destination d;

		dmarc_destination_check(a, w.scope, NULL, SPAN("a.example"),
		    span_of(rows[i].uri), &d);
		ck_assert_msg(strcmp(show(a, &d), rows[i].want) == 0,
		    "row %zu: got %s, want %s", i, show(a, &d), rows[i].want);
		arena_free(a);
		world_free(&w);
	}
}
END_TEST

/* By the public suffix list nobody's records are needed to tell. */
START_TEST(list_tells_organizations)
{
	static const char text[] = "// one\nexample\n";
	struct world w = world_new("_dmarc.x.a.example FAIL\n", 50);
	struct arena *a = arena_new(0);
	const char *why;
	struct suffixes *list = suffixes_new(span_of(text), &why);
	struct dmarc_destination d;

	dmarc_destination_check(a, w.scope, list, SPAN("a.example"),
	    SPAN("mailto:r@x.a.example"), &d);
	ck_assert_int_eq(d.consent, DMARC_CONSENT_NEEDLESS);
	dmarc_destination_check(a, w.scope, list, SPAN("a.example"),
	    SPAN("mailto:r@b.example"), &d);
	ck_assert_int_eq(d.consent, DMARC_CONSENT_MISSING);
	suffixes_free(list);
	arena_free(a);
	world_free(&w);
}
END_TEST

/* A name beyond 253 bytes is not asked for (step 4). */
START_TEST(long_names_agree_to_nothing)
{
	struct world w = world_new("", 50);
	struct arena *a = arena_new(0);
	struct dmarc_destination d;
	char domain[242];
	size_t i;

	for (i = 0; i < sizeof(domain) - 1; i++)
		domain[i] = i % 50 == 49 ? '.' : 'a';
	domain[i] = '\0';
	dmarc_destination_check(a, w.scope, NULL, span_of(domain),
	    SPAN("mailto:r@b.example"), &d);
	ck_assert_int_eq(d.consent, DMARC_CONSENT_MISSING);
	arena_free(a);
	world_free(&w);
}
END_TEST

/* ---- data/dmarc-rfc9989 ------------------------------------------------- */

/* A wildcard of the zone stands here as the one name that will be asked. */
static json_t *
expanded(const json_t *zone, const char *domain)
{
	json_t *out = json_object(), *texts;
	const char *name;
	char buf[256];

	json_object_foreach((json_t *)(uintptr_t)zone, name, texts) {
		(void)snprintf(buf, sizeof(buf), "%s%s", name[0] == '*' ?
		    domain : "", name + (name[0] == '*'));
		json_object_set(out, buf, texts);
	}
	return out;
}

static void
compare_send_to(struct span list, const json_t *want, const char *id)
{
	const json_t *w;
	struct span uri;
	size_t i;

	if (want == NULL)
		return;
	json_array_foreach(want, i, w) {
		ck_assert_msg(dmarc_uri_next(&list, &uri), "%s", id);
		assert_span(uri, json_string_value(w));
	}
	ck_assert_msg(!dmarc_uri_next(&list, &uri), "%s", id);
}

static void
compare_case(const json_t *expect, const struct dmarc_destination *d,
    const char *id)
{
	const json_t *v;
	bool allowed = d->consent == DMARC_CONSENT_NEEDLESS ||
	    d->consent == DMARC_CONSENT_GIVEN;

	v = json_object_get(expect, "allowed");
	ck_assert_msg(v == NULL || json_is_true(v) == allowed, "%s", id);
	v = json_object_get(expect, "check_needed");
	ck_assert_msg(v == NULL || json_is_true(v) == (d->query.len > 0),
	    "%s", id);
	v = json_object_get(expect, "query");
	if (v != NULL)
		assert_span(d->query, json_string_value(v));
	compare_send_to(d->rua, json_object_get(expect, "send_to"), id);
}

START_TEST(suite_holds)
{
	json_t *all = suite_json("data/dmarc-rfc9989/cases.json");
	const json_t *c;
	size_t i;

	json_array_foreach(json_object_get(all, "external_destinations"), i,
	    c) {
		const char *domain = json_string_value(json_object_get(c,
		    "policy_domain"));
		struct arena *a = arena_new(0);
		json_t *zone = expanded(json_object_get(c, "zone"), domain);
		struct dns *dns = dnstable_open(dmarczone_table(zone));
		struct dns_scope *scope = dns_scope_new(dns, 50);
		struct dmarc_destination d;

		dmarc_destination_check(a, scope, NULL, span_of(domain),
		    span_of(json_string_value(json_object_get(c, "rua"))),
		    &d);
		compare_case(json_object_get(c, "expect"), &d,
		    json_string_value(json_object_get(c, "id")));
		dns_scope_free(scope);
		dns_free(dns);
		json_decref(zone);
		arena_free(a);
	}
	ck_assert(all == NULL || i == 7);
	json_decref(all);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		rows_hold, list_tells_organizations,
		long_names_agree_to_nothing, suite_holds,
	};

	return suite_exit(TESTLIB_RUN("dmarc_report_uri", tests),
	    "data/dmarc-rfc9989");
}
