/* tests of policy/dmarc.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "message/address.h"
#include "message/header.h"
#include "policy/authres.h"
#include "policy/dmarc.h"
#include "tests/lib/dmarczone.h"
#include "tests/lib/suite.h"
#include "tests/lib/testlib.h"

#define MAX_IDS	24

/* A resolver over a table, a scope for the author and one for the others. */
struct world {
	struct arena	*a;
	struct dnstable	*table;
	struct dns	*dns;
	struct dns_scope *author, *others;
	struct suffixes	*suffixes;	/* NULL: tree walk */
	struct dmarc_identifier id[MAX_IDS];
	size_t		 nids;
	struct dmarc_result r;
};

static void
world_open(struct world *w, struct dnstable *table)
{
	*w = (struct world){ .a = arena_new(0), .table = table };
	w->dns = dnstable_open(table);
	w->author = dns_scope_new(w->dns, 16);
	w->others = dns_scope_new(w->dns, 100);
}

static void
world_close(struct world *w)
{
	suffixes_free(w->suffixes);
	dns_scope_free(w->author);
	dns_scope_free(w->others);
	dns_free(w->dns);
	arena_free(w->a);
}

static struct dnstable *
zone(const char *text)
{
	struct dnstable *t = dnstable_new();

	ck_assert(dnstable_zone(t, text));
	return t;
}

static struct span
normalized(struct arena *a, const char *name)
{
	struct span out;

	ck_assert_int_eq(domain_normalize(a, span_of(name), &out), DOMAIN_OK);
	return out;
}

static void
add_id(struct world *w, bool is_dkim, enum result result, const char *domain,
    bool untried)
{
	ck_assert_uint_lt(w->nids, MAX_IDS);
	w->id[w->nids++] = (struct dmarc_identifier){ .is_dkim = is_dkim,
	    .result = result, .domain = normalized(w->a, domain),
	    .untried = untried };
}

static void
evaluate(struct world *w, const char *author)
{
	dmarc_evaluate(w->a, w->author, w->others, w->suffixes,
	    normalized(w->a, author), w->id, w->nids, &w->r);
}

/* ---- rows --------------------------------------------------------------- */

/*
 * Identifiers, one a word: "d:" for DKIM or "s:" for SPF, then "+" for pass,
 * "?" for temperror, "-" for fail, "~" for untried, then the domain.
 */
static void
add_ids(struct world *w, const char *text)
{
	struct span rest = span_of(text), word;

	while (span_next(&rest, ' ', &word)) {
		char mark = word.len > 2 ? word.p[2] : '\0';

		if (word.len == 0)
			continue;
		add_id(w, word.p[0] == 'd', mark == '+' ? RESULT_PASS :
		    mark == '?' ? RESULT_TEMPERROR : mark == '~' ?
		    RESULT_POLICY : RESULT_FAIL,
		    arena_str(w->a, span_skip(word, 3)), mark == '~');
	}
}

/* "fail reject sp@example.com d s", the last two when aligned. */
static const char *
show(struct world *w)
{
	const struct dmarc_result *r = &w->r;
	struct strbuf sb;

	strbuf_init(&sb, w->a);
	strbuf_adds(&sb, result_name(r->result));
	if (r->has_policy)
		strbuf_addf(&sb, " %s %s@%.*s", dmarc_policy_name(r->policy),
		    r->policy_tag, SPAN_ARG(r->policy_domain));
	if (r->dkim_aligned)
		strbuf_adds(&sb, " d");
	if (r->spf_aligned)
		strbuf_adds(&sb, " s");
	return strbuf_str(&sb);
}

static const struct row {
	const char	*zone;
	const char	*author;
	const char	*ids;
	const char	*want;
} rows[] = {
	/* Authenticated identifiers: 4.4, 5.3.5 */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:+a.example s:+a.example",
	    "pass reject p@a.example d s" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:-a.example s:-a.example", "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:+b.example d:+a.example.evil d:+xa.example s:+example",
	    "fail reject p@a.example" },
	{ "", "a.example", "d:+a.example", "none" },
	/* A record below with psd=n is an organization of its own: 4.10.2. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.b.a.example TXT \"v=DMARC1; p=none; psd=n\"\n",
	    "a.example", "d:+b.a.example s:+c.b.a.example",
	    "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.b.a.example TXT \"v=DMARC1; p=none; psd=n\"\n",
	    "b.a.example", "d:+a.example s:+c.b.a.example",
	    "pass none p@b.a.example s" },
	/* Customers of one public suffix are strangers, and it to them. */
	{ "_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"\n",
	    "a.bank.example", "d:+b.bank.example d:+bank.example",
	    "fail reject p@bank.example" },
	{ "_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"\n",
	    "bank.example", "d:+b.bank.example",
	    "fail reject p@bank.example" },
	{ "_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"\n",
	    "x.a.bank.example", "d:+y.a.bank.example",
	    "pass reject p@bank.example d" },
	/* The mode of each mechanism is its own: 4.7. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; adkim=s\"\n", "a.example",
	    "d:+b.a.example s:+b.a.example", "pass none p@a.example s" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; aspf=s\"\n", "a.example",
	    "d:+b.a.example s:+b.a.example", "pass none p@a.example d" },
	/* A record of no use ends it, whatever stands above: 4.10.1. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.b.a.example TXT \"v=DMARC1; sp=reject\"\n",
	    "b.a.example", "", "none" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; sp=x; "
	    "rua=mailto:r@a.example\"\n", "b.a.example", "",
	    "fail none p@a.example" },
	/* np, with the domain there, not there, or a name below it only */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; sp=quarantine; "
	    "np=reject\"\nb.a.example A 192.0.2.1\n", "b.a.example", "",
	    "fail quarantine sp@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; sp=quarantine; "
	    "np=reject\"\n", "b.a.example", "", "fail reject np@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; sp=quarantine; "
	    "np=reject\"\nc.b.a.example EXISTS\n", "b.a.example", "",
	    "fail quarantine sp@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; np=reject\"\n"
	    "_dmarc.b.a.example TXT \"no record\"\n", "b.a.example", "",
	    "fail none p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; np=none; t=y\"\n",
	    "b.a.example", "", "fail none np@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; np=reject\"\n",
	    "a.example", "", "fail none p@a.example" },
	/* ... or not to be found out: only then is it a temperror, and only
	 * where it makes a difference and nothing passed. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; np=reject\"\n"
	    "b.a.example FAIL\n", "b.a.example", "",
	    "temperror none p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; np=reject\"\n"
	    "b.a.example FAIL\n", "b.a.example", "",
	    "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; np=reject\"\n"
	    "b.a.example FAIL\n", "b.a.example", "d:+a.example",
	    "pass none p@a.example d" },
	/* The author's records could not be had. */
	{ "_dmarc.a.example FAIL\n", "a.example", "", "temperror" },
	{ "_dmarc.a.example FAIL\n", "a.example", "d:+a.example",
	    "temperror" },
	{ "_dmarc.b.a.example FAIL\n"
	    "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "b.a.example",
	    "", "temperror" },
	{ "_dmarc.a.example FAIL\n"
	    "_dmarc.example TXT \"v=DMARC1; psd=y; p=reject\"\n",
	    "b.a.example", "", "temperror" },
	/* They could, but for one above: what is known to fail fails. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.example FAIL\n", "a.example", "d:+b.elsewhere",
	    "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; adkim=s\"\n"
	    "_dmarc.example FAIL\n", "a.example", "d:+b.example",
	    "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.example FAIL\n", "a.example", "d:+b.example",
	    "temperror reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; psd=n\"\n"
	    "_dmarc.example FAIL\n", "a.example", "d:+b.example",
	    "fail reject p@a.example" },
	/* ... and what passes whatever it says passes. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.example FAIL\n", "a.example", "d:+a.example",
	    "pass reject p@a.example d" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.example FAIL\n", "a.example", "d:+b.a.example",
	    "pass reject p@a.example d" },
	/* A step of the identifier's own walk is missing. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.b.a.example FAIL\n", "a.example", "d:+b.a.example",
	    "temperror reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.b.a.example FAIL\n", "a.example",
	    "d:+b.a.example s:+a.example", "pass reject p@a.example s" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.c.b.a.example FAIL\n"
	    "_dmarc.b.a.example TXT \"v=DMARC1; psd=n\"\n", "a.example",
	    "d:+c.b.a.example", "fail reject p@a.example" },
	/* An identifier could not be found out. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:?a.example", "temperror reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "s:?b.a.example", "temperror reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; aspf=s\"\n", "a.example",
	    "s:?b.a.example", "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.b.a.example TXT \"v=DMARC1; psd=n\"\n", "a.example",
	    "s:?b.a.example", "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:?b.example s:?example d:?evil.test", "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:?a.example s:+a.example", "pass reject p@a.example s" },
	{ "", "a.example", "d:?a.example", "none" },
	/* A signature was left untried. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:-a.example d:~a.example", "permerror reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:~b.a.example", "permerror reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; adkim=s\"\n",
	    "a.example", "d:~b.a.example", "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:~b.example", "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:~a.example d:?a.example", "temperror reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:~a.example s:+a.example", "pass reject p@a.example s" },
	/* U-labels were made A-labels before: 5.3.1. */
	{ "_dmarc.xn--bcher-kva.example TXT \"v=DMARC1; p=reject\"\n",
	    "b\xc3\xbc" "cher.example", "d:+xn--bcher-kva.example",
	    "pass reject p@xn--bcher-kva.example d" },
};

START_TEST(rows_hold)
{
	size_t i;
	unsigned seed;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (seed = 0; seed < 3; seed++) {
			struct world w;

			world_open(&w, zone(rows[i].zone));
			if (seed > 0)
				dnstable_delay(w.table, 0, 4, seed);
			add_ids(&w, rows[i].ids);
			evaluate(&w, rows[i].author);
			ck_assert_msg(strcmp(show(&w), rows[i].want) == 0,
			    "row %zu: got %s, want %s", i, show(&w),
			    rows[i].want);
			world_close(&w);
		}
	}
}
END_TEST

/*
 * OrganizationalDomain psl: the list says what is one organization, and which
 * record stands for a subdomain (RFC 7489, 3.2 and 6.6.3); tags mean what they
 * mean in RFC 9989.
 */
static const char suffix_list[] =
"// public suffixes\n"
"example\n"
"bank.example\n";

static const struct row listed_rows[] = {
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:+c.b.a.example", "pass reject p@a.example d" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "b.a.example",
	    "s:+a.example", "pass reject p@a.example s" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject; adkim=s\"\n",
	    "a.example", "d:+b.a.example", "fail reject p@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n", "a.example",
	    "d:+example s:+b.example d:+a.example.test",
	    "fail reject p@a.example" },
	/* A suffix of the list is an organization of its own. */
	{ "_dmarc.bank.example TXT \"v=DMARC1; p=reject\"\n",
	    "bank.example", "d:+b.bank.example d:?c.bank.example "
	    "d:~d.bank.example", "fail reject p@bank.example" },
	{ "_dmarc.a.bank.example TXT \"v=DMARC1; p=reject\"\n",
	    "a.bank.example", "d:+bank.example d:+b.bank.example",
	    "fail reject p@a.bank.example" },
	/* Records between are not looked at, psd=n makes no organization. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none\"\n"
	    "_dmarc.b.a.example TXT \"v=DMARC1; p=reject; psd=n\"\n",
	    "c.b.a.example", "d:+a.example", "pass none p@a.example d" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none\"\n"
	    "_dmarc.b.a.example TXT \"v=DMARC1; p=reject; psd=n\"\n",
	    "b.a.example", "d:+a.example", "pass reject p@b.a.example d" },
	/* sp, np and t are honoured, pct is not. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; sp=quarantine; "
	    "np=reject; pct=0\"\n", "b.a.example", "",
	    "fail reject np@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; sp=reject; t=y\"\n",
	    "b.a.example", "", "fail quarantine sp@a.example" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=none; np=reject\"\n"
	    "b.a.example FAIL\n", "b.a.example", "",
	    "temperror none p@a.example" },
	/* The suffix above has a say only where it says psd=y. */
	{ "_dmarc.bank.example TXT \"v=DMARC1; p=none; sp=reject; "
	    "psd=y\"\n", "b.a.bank.example", "d:+a.bank.example",
	    "pass reject sp@bank.example d" },
	{ "_dmarc.bank.example TXT \"v=DMARC1; p=reject\"\n",
	    "a.bank.example", "", "none" },
	{ "_dmarc.example TXT \"v=DMARC1; p=reject; psd=y\"\n",
	    "a.bank.example", "", "none" },
	/* An answer above what is known is not missed. */
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.example FAIL\n", "b.a.example", "d:+b.example",
	    "fail reject p@a.example" },
	{ "_dmarc.a.example FAIL\n", "b.a.example", "", "temperror" },
	{ "_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.b.a.example FAIL\n", "a.example", "d:+b.a.example",
	    "pass reject p@a.example d" },
};

START_TEST(list_decides)
{
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(listed_rows) / sizeof(listed_rows[0]); i++) {
		struct world w;

		world_open(&w, zone(listed_rows[i].zone));
		w.suffixes = suffixes_new(span_of(suffix_list), &why);
		ck_assert_ptr_nonnull(w.suffixes);
		dmarc_prefetch(w.a, w.author, w.suffixes,
		    span_of(listed_rows[i].author));
		add_ids(&w, listed_rows[i].ids);
		evaluate(&w, listed_rows[i].author);
		ck_assert_msg(strcmp(show(&w), listed_rows[i].want) == 0,
		    "row %zu: got %s, want %s", i, show(&w),
		    listed_rows[i].want);
		/* three names and the author domain itself at most */
		ck_assert_uint_le(dns_scope_asked(w.author), 4);
		ck_assert_uint_eq(dns_scope_asked(w.others), 0);
		world_close(&w);
	}
}
END_TEST

/*
 * Forged mail with signatures of a domain whose servers are silent: a fail,
 * with no wait and not one question about that domain.
 */
START_TEST(silent_strangers_cost_nothing)
{
	int64_t begin;
	struct world w;
	size_t i;

	world_open(&w, zone(
	    "_dmarc.bank.example TXT \"v=DMARC1; p=reject\"\n"));
	dmarc_prefetch(w.a, w.author, NULL, SPAN("bank.example"));
	dnstable_delay(w.table, 60000, 60000, 1);
	for (i = 0; i < 20; i++)
		add_id(&w, true, i % 2 == 0 ? RESULT_TEMPERROR : RESULT_PASS,
		    "silent.test", i >= 10);
	add_id(&w, false, RESULT_TEMPERROR, "silent.test", false);
	begin = clock_mono_ms();
	evaluate(&w, "bank.example");
	ck_assert_int_lt(clock_mono_ms() - begin, 5000);
	ck_assert_str_eq(show(&w), "fail reject p@bank.example");
	ck_assert_uint_eq(dnstable_asked(w.table), 2);
	ck_assert_uint_eq(dns_scope_asked(w.others), 0);
	world_close(&w);
}
END_TEST

/* Walks of identifiers are paid by their own scope, and side by side. */
START_TEST(identifiers_are_walked_at_once)
{
	int64_t begin;
	struct world w;
	char name[32];
	size_t i;

	world_open(&w, zone(
	    "_dmarc.bank.example TXT \"v=DMARC1; p=reject\"\n"));
	dmarc_prefetch(w.a, w.author, NULL, SPAN("bank.example"));
	dnstable_delay(w.table, 100, 100, 1);
	for (i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "x%zu.bank.example", i);
		add_id(&w, true, RESULT_TEMPERROR, name, false);
	}
	begin = clock_mono_ms();
	evaluate(&w, "bank.example");
	ck_assert_int_lt(clock_mono_ms() - begin, 500);
	ck_assert_str_eq(show(&w), "temperror reject p@bank.example");
	ck_assert_uint_eq(dns_scope_asked(w.others), 10);
	world_close(&w);
}
END_TEST

/* Reports and logs can tell why. */
START_TEST(reasons_are_given)
{
	struct world w;

	world_open(&w, zone("_dmarc.a.example TXT \"v=DMARC1; p=reject; "
	    "rua=mailto:r@a.example\"\n"));
	add_ids(&w, "s:-a.example d:+b.a.example");
	evaluate(&w, "a.example");
	ck_assert_ptr_null(w.r.reason);
	assert_span(w.r.aligned_domain, "b.a.example");
	assert_span(w.r.author_domain, "a.example");
	assert_span(w.r.org_domain, "a.example");
	assert_span(w.r.record->rua, "mailto:r@a.example");
	w.nids = 0;
	evaluate(&w, "a.example");
	ck_assert_str_eq(w.r.reason, "no aligned pass");
	evaluate(&w, "other.test");
	ck_assert_str_eq(w.r.reason, "no policy record");
	ck_assert_ptr_null(w.r.record);
	ck_assert(!w.r.has_policy);
	world_close(&w);
}
END_TEST

/* ---- data/dmarc-rfc9989 ------------------------------------------------- */

static void
add_case_ids(struct world *w, const json_t *c)
{
	const json_t *spf = json_object_get(c, "spf_pass"), *d;
	const json_t *dkim = json_object_get(c, "dkim_pass");
	size_t i;

	/* spf_helo_pass is no identifier (4.4.2): there is no way to say it. */
	if (json_is_string(spf))
		add_id(w, false, RESULT_PASS, json_string_value(spf), false);
	json_array_foreach(dkim, i, d)
		add_id(w, true, RESULT_PASS, json_string_value(d), false);
}

/* Whether `got` is what is wanted, or one of several. */
static bool
is_one_of(const char *got, const json_t *want)
{
	const json_t *w;
	size_t i;

	if (json_is_string(want))
		return strcmp(got, json_string_value(want)) == 0;
	json_array_foreach(want, i, w)
		if (strcmp(got, json_string_value(w)) == 0)
			return true;
	return false;
}

static void
compare_rua(struct span list, const json_t *want, const char *id)
{
	const json_t *w;
	struct span uri;
	size_t i;

	json_array_foreach(want, i, w) {
		ck_assert_msg(dmarc_uri_next(&list, &uri), "%s", id);
		assert_span(uri, json_string_value(w));
	}
	ck_assert_msg(list.p == NULL || !dmarc_uri_next(&list, &uri), "%s",
	    id);
}

static void
compare_case(const struct world *w, const json_t *expect, const char *id)
{
	const struct dmarc_result *r = &w->r;
	const char *key;
	const json_t *v;

	json_object_foreach((json_t *)(uintptr_t)expect, key, v) {
		if (strcmp(key, "result") == 0)
			ck_assert_msg(is_one_of(result_name(r->result), v),
			    "%s: %s", id, result_name(r->result));
		else if (strcmp(key, "org_domain") == 0)
			assert_span(r->org_domain, json_string_value(v));
		else if (strcmp(key, "policy_domain") == 0)
			assert_span(r->policy_domain, json_string_value(v));
		else if (strcmp(key, "policy") == 0)
			ck_assert_msg(r->has_policy && is_one_of(
			    dmarc_policy_name(r->policy), v), "%s: %s", id,
			    dmarc_policy_name(r->policy));
		else if (strcmp(key, "published") == 0)
			ck_assert_msg(is_one_of(
			    dmarc_policy_name(r->published), v), "%s", id);
		else if (strcmp(key, "spf_aligned") == 0)
			ck_assert_msg(r->spf_aligned == json_is_true(v), "%s",
			    id);
		else if (strcmp(key, "dkim_aligned") == 0)
			ck_assert_msg(r->dkim_aligned == json_is_true(v), "%s",
			    id);
		else if (strcmp(key, "rua") == 0)
			compare_rua(r->record->rua, v, id);
		else
			ck_assert_msg(strcmp(key, "queries_author") == 0,
			    "%s: %s is not looked at", id, key);
	}
}

static void
compare_queries(struct world *w, const json_t *queries)
{
	struct dmarc_walk walk;
	const json_t *q;
	size_t i;

	if (queries == NULL)
		return;
	dmarc_walk(w->a, w->author, NULL, w->r.author_domain, &walk);
	ck_assert_uint_eq(walk.nsteps, json_array_size(queries));
	json_array_foreach(queries, i, q)
		ck_assert_str_eq(arena_printf(w->a, "_dmarc.%.*s",
		    SPAN_ARG(walk.step[i].domain)), json_string_value(q));
}

START_TEST(suite_evaluates)
{
	json_t *all = suite_json("data/dmarc-rfc9989/cases.json");
	const json_t *cases, *c;
	size_t i;
	unsigned seed;

	if (all == NULL)
		return;
	cases = json_object_get(all, "evaluate");
	ck_assert_uint_eq(json_array_size(cases), 42);
	json_array_foreach(cases, i, c) {
		for (seed = 0; seed < 3; seed++) {
			const json_t *expect = json_object_get(c, "expect");
			const char *author = json_string_value(
			    json_object_get(c, "author"));
			struct world w;

			world_open(&w, dmarczone_table(json_object_get(c,
			    "zone")));
			if (json_is_true(json_object_get(c, "exists")))
				dnstable_exists(w.table, author);
			if (seed > 0)
				dnstable_delay(w.table, 0, 4, seed);
			add_case_ids(&w, c);
			evaluate(&w, author);
			compare_case(&w, expect, json_string_value(
			    json_object_get(c, "id")));
			compare_queries(&w, json_object_get(expect,
			    "queries_author"));
			world_close(&w);
		}
	}
	json_decref(all);
}
END_TEST

/* ---- data/dmarc-records/alignment.json ---------------------------------- */

/*
 * OpenDMARC strips dots off both ends of a name, at which no DNS name ever
 * has several: such names never get as far as alignment here (domain.h).
 */
static bool
is_no_name(struct arena *a, const json_t *c, const char *key)
{
	struct span out;

	return domain_normalize(a, span_of(json_string_value(
	    json_object_get(c, key))), &out) != DOMAIN_OK;
}

/*
 * The suite has the public suffix list of its day; here the record of the
 * organizational domain stands two labels deep instead.
 */
static bool
is_aligned(const json_t *c)
{
	bool strict = strcmp(json_string_value(json_object_get(c, "mode")),
	    "strict") == 0, aligned;
	const char *author = json_string_value(json_object_get(c, "a"));
	struct dnstable *t = dnstable_new();
	struct world w;
	struct span org;

	world_open(&w, t);
	org = domain_last_labels(normalized(w.a, author), 2);
	dnstable_txt(t, arena_printf(w.a, "_dmarc.%.*s", SPAN_ARG(org)),
	    strict ? SPAN("v=DMARC1; p=reject; adkim=s") :
	    SPAN("v=DMARC1; p=reject"));
	add_id(&w, true, RESULT_PASS, json_string_value(json_object_get(c,
	    "b")), false);
	evaluate(&w, author);
	aligned = w.r.dkim_aligned;
	world_close(&w);
	return aligned;
}

START_TEST(suite_alignment)
{
	json_t *all = suite_json("data/dmarc-records/alignment.json");
	struct arena *a = arena_new(0);
	const json_t *c;
	size_t i, names = 0;

	json_array_foreach(json_object_get(all, "cases"), i, c) {
		if (is_no_name(a, c, "a") || is_no_name(a, c, "b"))
			continue;
		names++;
		ck_assert_msg(is_aligned(c) == json_is_true(
		    json_object_get(c, "aligned")), "%s %s", json_string_value(
		    json_object_get(c, "a")), json_string_value(
		    json_object_get(c, "b")));
	}
	if (all != NULL) {
		ck_assert_uint_eq(i, 10);
		ck_assert_uint_eq(names, 7);
	}
	json_decref(all);
	arena_free(a);
}
END_TEST

/* ---- data/authheaders --------------------------------------------------- */

#define MAX_MESSAGE	(1 << 20)

static struct span
read_file(struct arena *a, const char *name)
{
	char path[4096];
	FILE *fp;
	char *p = arena_alloc(a, MAX_MESSAGE);
	size_t len;

	fp = fopen(suite_path(name, path, sizeof(path)), "rb");
	ck_assert_ptr_nonnull(fp);
	len = fread(p, 1, MAX_MESSAGE, fp);
	fclose(fp);
	return (struct span){ p, len };
}

/* Its DNS: TXT at each name; an empty one makes the name exist. */
static struct dnstable *
authheaders_table(const json_t *dns)
{
	struct dnstable *t = dnstable_new();
	const char *name;
	const json_t *text;

	json_object_foreach((json_t *)(uintptr_t)dns, name, text) {
		const char *s = json_string_value(text);

		/* The note says which host exists; the empty text of the
		 * other means that it does not. */
		if (strcmp(name, "sub2.example.biz") == 0)
			dnstable_a(t, name, "192.0.2.1");
		else if (s[0] != '\0')
			dnstable_txt(t, name, span_of(s));
	}
	return t;
}

static struct span
property(const struct authres_entry *e, const char *ptype, const char *name)
{
	size_t i;

	for (i = 0; i < e->nproperties; i++)
		if (span_is(e->property[i].ptype, ptype) &&
		    span_is(e->property[i].name, name))
			return e->property[i].value;
	return SPAN("");
}

static void
add_dkim_entries(struct world *w, const struct authres *ar)
{
	size_t i;

	for (i = 0; i < ar->count; i++)
		if (span_is(ar->entry[i].method, "dkim"))
			add_id(w, true, span_is(ar->entry[i].result, "pass") ?
			    RESULT_PASS : RESULT_FAIL, arena_str(w->a,
			    property(&ar->entry[i], "header", "d")), false);
}

/*
 * Several authors: the strictest policy among those that fail (11.5), else
 * the first.
 */
static void
evaluate_authors(struct world *w, const char *file)
{
	struct headers h;
	struct dmarc_result worst;
	struct from from;
	struct span body;
	size_t i;

	headers_init(&h, w->a, 0);
	message_split(read_file(w->a, file), &h, &body);
	ck_assert_int_eq(from_parse(w->a, headers_nth(&h, SPAN("From"),
	    1)->value, &from), FROM_OK);
	for (i = 0; i < from.count; i++) {
		dmarc_evaluate(w->a, w->author, w->others, NULL,
		    from.author[i].domain, w->id, w->nids, &w->r);
		if (i == 0 || (w->r.result == RESULT_FAIL &&
		    (worst.result != RESULT_FAIL ||
		    w->r.policy > worst.policy)))
			worst = w->r;
	}
	w->r = worst;
}

static bool
run_authheaders(const json_t *dns, const json_t *c)
{
	const char *expect = json_string_value(json_object_get(c, "expect"));
	const struct authres_entry *want;
	struct authres ar;
	struct world w;
	bool judged;

	world_open(&w, authheaders_table(dns));
	ck_assert(authres_parse(w.a, span_skip(span_of(expect),
	    strlen("Authentication-Results:")), &ar));
	want = &ar.entry[ar.count - 1];
	judged = span_is(want->method, "dmarc");
	if (judged) {
		add_dkim_entries(&w, &ar);
		evaluate_authors(&w, arena_printf(w.a, "data/authheaders/%s",
		    json_string_value(json_object_get(c, "file"))));
		ck_assert_msg(span_is(want->result,
		    result_name(w.r.result)), "%s: %s", expect,
		    result_name(w.r.result));
	}
	if (property(want, "policy", "dmarc").len > 0) {
		ck_assert(span_is(property(want, "policy", "dmarc"),
		    dmarc_policy_name(w.r.policy)));
		ck_assert(span_eq(property(want, "header", "from"),
		    w.r.author_domain));
	}
	world_close(&w);
	return judged;
}

/* All of its results; no deviations. Two cases are about DKIM alone. */
START_TEST(suite_authheaders)
{
	json_t *all = suite_json("data/authheaders/cases.json");
	const json_t *c;
	size_t i, n = 0;

	if (all == NULL)
		return;
	json_array_foreach(json_object_get(all, "cases"), i, c)
		n += run_authheaders(json_object_get(all, "dns"), c);
	ck_assert_uint_eq(i, 10);
	ck_assert_uint_eq(n, 8);
	json_decref(all);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		rows_hold, list_decides, silent_strangers_cost_nothing,
		identifiers_are_walked_at_once, reasons_are_given,
		suite_evaluates, suite_alignment, suite_authheaders,
	};

	return suite_exit(TESTLIB_RUN("dmarc", tests), "data/dmarc-rfc9989");
}
