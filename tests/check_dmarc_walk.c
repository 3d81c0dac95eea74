/* tests of policy/dmarc_walk.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "policy/dmarc.h"
#include "tests/lib/dmarczone.h"
#include "tests/lib/suite.h"
#include "tests/lib/testlib.h"

/* A resolver over a table, and one scope of it. */
struct world {
	struct arena	*a;
	struct dnstable	*table;
	struct dns	*dns;
	struct dns_scope *scope;
};

static void
world_open(struct world *w, struct dnstable *table)
{
	w->a = arena_new(0);
	w->table = table;
	w->dns = dnstable_open(table);
	w->scope = dns_scope_new(w->dns, 100);
}

static void
world_close(struct world *w)
{
	dns_scope_free(w->scope);
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

/* "example.com fail? limit" and the names that were read. */
static const char *
show(struct arena *a, const struct dmarc_walk *w)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	strbuf_addf(&sb, "org=%.*s", SPAN_ARG(w->org_domain));
	if (w->failed)
		strbuf_addf(&sb, " failed limit=%.*s",
		    SPAN_ARG(w->org_limit));
	if (w->org_step != NULL)
		strbuf_addf(&sb, " rec=%.*s", SPAN_ARG(w->org_step->domain));
	if (w->psd_step != NULL)
		strbuf_addf(&sb, " psd=%.*s", SPAN_ARG(w->psd_step->domain));
	for (i = 0; i < w->nsteps; i++)
		strbuf_addf(&sb, " %.*s%s", SPAN_ARG(w->step[i].domain),
		    w->step[i].record != NULL ? "!" :
		    w->step[i].several ? "*" :
		    w->step[i].missing ? "?" : "");
	return strbuf_str(&sb);
}

/* The same zone with answers at once and with answers that overtake. */
static void
check_row(const char *text, const char *domain, const char *want)
{
	unsigned seed;

	for (seed = 0; seed < 4; seed++) {
		struct world w;
		struct dmarc_walk walk;

		world_open(&w, zone(text));
		if (seed > 0)
			dnstable_delay(w.table, 0, 5, seed);
		dmarc_walk(w.a, w.scope, NULL, span_of(domain), &walk);
		ck_assert_str_eq(show(w.a, &walk), want);
		world_close(&w);
	}
}

START_TEST(walk_rows)
{
	static const struct {
		const char *zone;
		const char *domain;
		const char *want;
	} rows[] = {
		/* 4.10.2, rule 3, and one label */
		{ "_dmarc.com TXT \"v=DMARC1; p=none\"\n", "com",
		    "org=com rec=com com!" },
		{ "", "com", "org=com com" },
		{ "", "", "org=" },
		/* rule 2 with the record of the organizational domain */
		{ "_dmarc.example.com TXT \"v=DMARC1; p=none\"\n"
		    "_dmarc.com TXT \"v=DMARC1; psd=y\"\n", "a.example.com",
		    "org=example.com rec=example.com psd=com a.example.com "
		    "example.com! com!" },
		/* one between, which is not used */
		{ "_dmarc.b.example.com TXT \"v=DMARC1; p=none\"\n"
		    "_dmarc.com TXT \"v=DMARC1; psd=y\"\n",
		    "a.b.example.com", "org=example.com psd=com "
		    "a.b.example.com b.example.com! example.com com!" },
		/* psd=y right below a jump: one label below it */
		{ "_dmarc.d.e.f.g.h.i.j TXT \"v=DMARC1; psd=y\"\n",
		    "a.b.c.d.e.f.g.h.i.j", "org=c.d.e.f.g.h.i.j "
		    "psd=d.e.f.g.h.i.j a.b.c.d.e.f.g.h.i.j d.e.f.g.h.i.j!" },
		/* two records with psd=n do not stop */
		{ "_dmarc.a.com TXT \"v=DMARC1; psd=n\"\n"
		    "_dmarc.a.com TXT \"v=DMARC1; psd=n\"\n"
		    "_dmarc.com TXT \"v=DMARC1; p=none\"\n", "a.com",
		    "org=com rec=com a.com* com!" },
		/* one record among other texts counts */
		{ "_dmarc.a.com TXT \"v=DMARC1; p=none\"\n"
		    "_dmarc.a.com TXT \"v=spf1 -all\"\n"
		    "_dmarc.a.com TXT \"v=dmarc1; p=none\"\n", "a.com",
		    "org=a.com rec=a.com a.com! com" },
		/* a record that is of no use still stands there */
		{ "_dmarc.a.com TXT \"v=DMARC1\"\n", "b.a.com",
		    "org=a.com rec=a.com b.a.com a.com! com" },
		/* through a CNAME */
		{ "_dmarc.a.com CNAME d.example\n"
		    "d.example TXT \"v=DMARC1; p=none\"\n", "a.com",
		    "org=a.com rec=a.com a.com! com" },
		/* what lies behind a stop is not read: it fails, and there is
		 * a record that would take the organizational domain up */
		{ "_dmarc.b.example.com TXT \"v=DMARC1; psd=n\"\n"
		    "_dmarc.example.com FAIL\n"
		    "_dmarc.com TXT \"v=DMARC1; p=none\"\n",
		    "a.b.example.com", "org=b.example.com rec=b.example.com "
		    "a.b.example.com b.example.com!" },
		/* missing answers */
		{ "_dmarc.a.com FAIL\n", "a.com",
		    "org=a.com failed limit=a.com a.com? com" },
		{ "_dmarc.com FAIL\n_dmarc.a.com TXT \"v=DMARC1; p=none\"\n",
		    "a.com", "org=a.com failed limit=com rec=a.com "
		    "a.com! com?" },
		{ "_dmarc.b.a.com FAIL\n"
		    "_dmarc.a.com TXT \"v=DMARC1; p=none\"\n", "b.a.com",
		    "org=a.com failed limit=a.com rec=a.com b.a.com? a.com! "
		    "com" },
		{ "_dmarc.b.a.com FAIL\n_dmarc.com TXT \"v=DMARC1; psd=y\"\n",
		    "b.a.com", "org=a.com failed limit=a.com psd=com "
		    "b.a.com? a.com com!" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(rows[i].zone, rows[i].domain, rows[i].want);
}
END_TEST

/* 1, 2, 7, 8, 9 and 126 labels: never more than eight questions (4.10). */
START_TEST(questions_are_eight_at_most)
{
	static const size_t labels[] = { 1, 2, 7, 8, 9, 126 };
	size_t i, j;

	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		size_t want = labels[i] < 8 ? labels[i] : 8;
		struct dmarc_walk walk;
		struct strbuf sb;
		struct world w;

		world_open(&w, dnstable_new());
		strbuf_init(&sb, w.a);
		for (j = 0; j < labels[i]; j++)
			strbuf_adds(&sb, j == 0 ? "a" : ".a");
		dmarc_walk(w.a, w.scope, NULL, strbuf_span(&sb), &walk);
		ck_assert_uint_eq(walk.nsteps, want);
		ck_assert(!walk.failed);
		/* "_dmarc." makes 126 labels too long to be asked for. */
		ck_assert_uint_eq(dnstable_asked(w.table),
		    labels[i] == 126 ? want - 1 : want);
		world_close(&w);
	}
}
END_TEST

/* What was asked ahead is what the walk reads; np alone asks for more. */
START_TEST(prefetch_asks_it_all)
{
	static const struct {
		const char *zone;
		size_t questions;
	} rows[] = {
		{ "", 3 },
		{ "_dmarc.example.com TXT \"v=DMARC1; sp=none\"\n", 3 },
		{ "_dmarc.example.com TXT \"v=DMARC1; np=reject\"\n", 4 },
		{ "_dmarc.a.example.com TXT \"v=DMARC1; np=reject\"\n", 3 },
	};
	size_t i;
	unsigned delay;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]) * 2; i++) {
		struct dmarc_result r;
		struct world w;

		delay = i % 2 == 0 ? 0 : 20;
		world_open(&w, zone(rows[i / 2].zone));
		dnstable_delay(w.table, delay, delay, 1);
		dmarc_prefetch(w.a, w.scope, NULL, SPAN("a.example.com"));
		ck_assert_uint_eq(dnstable_asked(w.table),
		    delay == 0 ? rows[i / 2].questions : 3);
		dmarc_evaluate(w.a, w.scope, w.scope, NULL, SPAN("a.example.com"),
		    NULL, 0, &r);
		ck_assert_uint_eq(dnstable_asked(w.table),
		    rows[i / 2].questions);
		world_close(&w);
	}
}
END_TEST

/* Without memory nothing is taken for not being there. */
START_TEST(no_memory_is_no_answer)
{
	size_t limit;

	for (limit = 1; limit < 4096; limit += 24) {
		struct arena *small = arena_new(limit);
		struct dmarc_walk walk;
		struct world w;

		world_open(&w, zone(
		    "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"));
		dmarc_walk(small, w.scope, NULL, SPAN("a.example.com"), &walk);
		ck_assert(walk.failed || (walk.org_step != NULL &&
		    span_is(walk.org_domain, "example.com")));
		world_close(&w);
		arena_free(small);
	}
}
END_TEST

/* ---- the suite ---------------------------------------------------------- */

static void
compare_walk(struct world *w, const struct dmarc_walk *walk,
    const json_t *expect, const char *id)
{
	const json_t *queries = json_object_get(expect, "queries"), *name;
	const json_t *org = json_object_get(expect, "org_domain");
	size_t i;

	if (queries != NULL)
		ck_assert_msg(walk->nsteps == json_array_size(queries), "%s",
		    id);
	json_array_foreach(queries, i, name)
		ck_assert_str_eq(arena_printf(w->a, "_dmarc.%.*s",
		    SPAN_ARG(walk->step[i].domain)), json_string_value(name));
	if (org != NULL)
		assert_span(walk->org_domain, json_string_value(org));
}

START_TEST(suite_walks)
{
	json_t *all = suite_json("data/dmarc-rfc9989/cases.json");
	const json_t *cases, *c;
	size_t i;
	unsigned seed;

	if (all == NULL)
		return;
	cases = json_object_get(all, "walk");
	ck_assert_uint_eq(json_array_size(cases), 12);
	json_array_foreach(cases, i, c) {
		for (seed = 0; seed < 3; seed++) {
			struct dmarc_walk walk;
			struct world w;

			world_open(&w, dmarczone_table(json_object_get(c,
			    "zone")));
			if (seed > 0)
				dnstable_delay(w.table, 0, 5, seed);
			dmarc_walk(w.a, w.scope, NULL, span_of(json_string_value(
			    json_object_get(c, "author"))), &walk);
			compare_walk(&w, &walk, json_object_get(c, "expect"),
			    json_string_value(json_object_get(c, "id")));
			world_close(&w);
		}
	}
	json_decref(all);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		walk_rows, questions_are_eight_at_most, prefetch_asks_it_all,
		no_memory_is_no_answer, suite_walks,
	};

	return suite_exit(TESTLIB_RUN("dmarc_walk", tests),
	    "data/dmarc-rfc9989");
}
