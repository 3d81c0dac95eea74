/* tests of policy/spf_eval.c, spf_mech.c: the limits of RFC 7208, 4.6.4 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/spfworld.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- limits: 4.6.4 ------------------------------------------------------ */

/* "v=spf1" and `n` terms that need DNS and do not match, then "+all". */
static void
many_terms(struct dnstable *t, const char *domain, const char *term, int n,
    const char *last)
{
	char text[2000] = "v=spf1";
	size_t len = strlen(text);

	while (n-- > 0)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " %s",
		    term);
	(void)snprintf(text + len, sizeof(text) - len, " %s", last);
	dnstable_txt(t, domain, span_of(text));
}

START_TEST(ten_terms)
{
	static const char *terms[] = {
		"a:away.example", "mx:mx.example", "exists:%{i}.none.example",
		"ptr:away.example", "include:neutral.example",
	};
	size_t i;
	int n;

	for (i = 0; i < NROWS(terms); i++)
		for (n = 9; n <= 11; n++) {
			struct world w = world_of("away.example A 192.0.2.9\n"
			    "mx.example MX 1 away.example\n"
			    "1.2.0.192.in-addr.arpa PTR away.example\n"
			    "neutral.example TXT \"v=spf1\"\n", "192.0.2.1",
			    "h", "u@x.example");
			struct spf_result r;

			w.set.max_void = 100;
			many_terms(w.table, "x.example", terms[i], n, "+all");
			r = world_check(&w, SPF_MAIL_FROM);
			ck_assert_msg(r.result == (n <= 10 ? RESULT_PASS :
			    RESULT_PERMERROR), "%s %d", terms[i], n);
			ck_assert_uint_eq(r.terms, (unsigned)n);
			assert_span(r.problem, n <= 10 ? "" :
			    "more than 10 terms that need DNS");
			world_free(&w);
		}
}
END_TEST

/* One count for a check, over includes and redirects; ip4, all, exp and the
 * first record are not in it. */
START_TEST(terms_are_counted_per_check)
{
	static const struct {
		int inner, after;
		enum result result;
		unsigned terms;
	} rows[] = {
		{ 4, 4, RESULT_PASS, 10 },
		{ 4, 5, RESULT_PERMERROR, 11 },
		{ 8, 0, RESULT_PASS, 10 },
		{ 9, 0, RESULT_PERMERROR, 11 },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct world w = world_of("away.example A 192.0.2.9\n",
		    "192.0.2.1", "h", "u@x.example");
		char text[500] = "v=spf1 ip4:1.2.3.4 include:inc.example";
		struct spf_result r;
		int n;

		many_terms(w.table, "inc.example", "a:away.example",
		    rows[i].inner, "ip4:1.2.3.4 ?all");
		for (n = 0; n < rows[i].after; n++)
			strcat(text, " a:away.example");
		strcat(text, " exp=e.example redirect=last.example");
		dnstable_txt(w.table, "x.example", span_of(text));
		dnstable_txt(w.table, "last.example", SPAN("v=spf1 +all"));
		r = world_check(&w, SPF_MAIL_FROM);
		ck_assert_msg(r.result == rows[i].result, "%zu", i);
		ck_assert_uint_eq(r.terms, rows[i].terms);
		world_free(&w);
	}
}
END_TEST

/* The p macro's question for PTR is one of the ten, once; in exp it is not. */
START_TEST(p_is_counted_once)
{
	static const char zone[] = "away.example A 192.0.2.9\n"
	    "1.2.0.192.in-addr.arpa PTR h.example\n"
	    "h.example A 192.0.2.1\n"
	    "e.example TXT \"%{p}\"\n"
	    "h.example.yes.example A 127.0.0.1\n";
	struct world w = world_of(zone, "192.0.2.1", "h", "u@x.example");
	struct spf_result r;

	w.set.max_void = 100;
	many_terms(w.table, "x.example", "exists:%{p}.none.example", 9,
	    "-all exp=e.example");
	r = world_check(&w, SPF_MAIL_FROM);
	ck_assert_int_eq(r.result, RESULT_FAIL);
	ck_assert_uint_eq(r.terms, 10);
	assert_span(r.explanation, "h.example");
	world_free(&w);

	w = world_of(zone, "192.0.2.1", "h", "u@x.example");
	many_terms(w.table, "x.example", "a:away.example", 9,
	    "exists:%{p}.yes.example -all");
	r = world_check(&w, SPF_MAIL_FROM);
	ck_assert_int_eq(r.result, RESULT_PERMERROR);
	ck_assert_uint_eq(r.terms, 11);
	world_free(&w);
}
END_TEST

START_TEST(ten_mx)
{
	int n;

	for (n = 9; n <= 11; n++) {
		struct world w = world_of("x.example TXT \"v=spf1 mx -all\"\n",
		    "192.0.2.1", "h", "u@x.example");
		struct spf_result r;
		char name[64];
		int i;

		for (i = 1; i <= n; i++) {
			(void)snprintf(name, sizeof(name), "h%d.example", i);
			dnstable_mx(w.table, "x.example", 10, name);
			dnstable_a(w.table, name, "192.0.2.9");
		}
		dnstable_mx(w.table, "x.example", 0, "");
		r = world_check(&w, SPF_MAIL_FROM);
		ck_assert_int_eq(r.result, n <= 10 ? RESULT_FAIL :
		    RESULT_PERMERROR);
		assert_span(r.problem, n <= 10 ? "" :
		    "mx: more than 10 MX hosts");
		ck_assert_uint_eq(world_asked(&w, "A "),
		    n <= 10 ? (unsigned)n : 0);
		world_free(&w);
	}
}
END_TEST

/*
 * Void lookups. A name that exists with an address of the other family only
 * is none; the other family is asked for only where it decides.
 */
START_TEST(void_lookups)
{
	static const char zone[] =
	    "v4.example A 192.0.2.9\n"
	    "v4b.example A 192.0.2.9\n"
	    "v4c.example A 192.0.2.9\n"
	    "v6.example AAAA 2001:db8::9\n"
	    "v6b.example AAAA 2001:db8::9\n"
	    "v6c.example AAAA 2001:db8::9\n"
	    "none.example EXISTS\n"
	    "none2.example EXISTS\n"
	    "none3.example EXISTS\n"
	    "mx4.example MX 1 v4.example\n"
	    "mx4.example MX 2 v4b.example\n"
	    "mx4.example MX 3 v4c.example\n"
	    "mx4.example MX 4 none.example\n"
	    "mxgone.example MX 1 gone1.example\n"
	    "mxgone.example MX 2 gone2.example\n"
	    "mxgone.example MX 3 gone3.example\n"
	    "late.example TXT \"v=spf1 +all\"\n"
	    "e.example TXT \"%{p}\"\n"
	    "9.2.0.192.in-addr.arpa PTR gone1.y.example\n"
	    "9.2.0.192.in-addr.arpa PTR gone2.y.example\n"
	    "9.2.0.192.in-addr.arpa PTR gone3.y.example\n";
	static const struct {
		const char *record, *ip;
		unsigned max_void;
		enum result result;
		unsigned voids, questions;
	} rows[] = {
		{ "v=spf1 a:g1.x a:g2.x +all", "192.0.2.1", 2, RESULT_PASS,
		    2, 3 },
		{ "v=spf1 a:g1.x a:g2.x a:g3.x +all", "192.0.2.1", 2,
		    RESULT_PERMERROR, 3, 4 },
		{ "v=spf1 a:g1.x +all", "192.0.2.1", 0, RESULT_PERMERROR, 1,
		    2 },
		{ "v=spf1 a:g1.x a:g2.x a:g3.x +all", "192.0.2.1", 3,
		    RESULT_PASS, 3, 4 },
		{ "v=spf1 exists:g1.x mx:g2.x ptr +all", "192.0.2.1", 2,
		    RESULT_PERMERROR, 3, 4 },
		{ "v=spf1 a:none.example a:none2.example a:none3.example "
		    "+all", "192.0.2.1", 2, RESULT_PERMERROR, 3, 7 },
		{ "v=spf1 a:none.example a:none2.example a:none3.example "
		    "+all", "2001:db8::1", 2, RESULT_PERMERROR, 3, 7 },
		{ "v=spf1 mx:v4.example mx:v6.example mx:none.example +all",
		    "192.0.2.1", 2, RESULT_PERMERROR, 3, 4 },
		{ "v=spf1 exists:v6.example exists:v6b.example "
		    "exists:v6c.example +all", "2001:db8::1", 2,
		    RESULT_PERMERROR, 3, 4 },

		/* two that look void do no harm, and cost nothing more */
		{ "v=spf1 a:v4.example a:v4b.example +all", "2001:db8::1", 2,
		    RESULT_PASS, 2, 3 },
		/* the third has them looked at: one question each */
		{ "v=spf1 a:v4.example a:v4b.example a:v4c.example +all",
		    "2001:db8::1", 2, RESULT_PASS, 0, 7 },
		{ "v=spf1 a:v6.example a:v6b.example a:v6c.example +all",
		    "192.0.2.1", 2, RESULT_PASS, 0, 7 },
		{ "v=spf1 a:g1.x a:g2.x a:v4.example a:v4b.example "
		    "a:v4c.example +all", "2001:db8::1", 2, RESULT_PASS, 2,
		    9 },
		{ "v=spf1 a:g1.x a:v4.example a:g2.x a:g3.x +all",
		    "2001:db8::1", 2, RESULT_PERMERROR, 3, 6 },

		/* hosts of MX that exist are never void, lost ones are */
		{ "v=spf1 mx:mx4.example +all", "2001:db8::1", 2,
		    RESULT_PASS, 0, 6 },
		{ "v=spf1 mx:mxgone.example +all", "192.0.2.1", 2,
		    RESULT_PERMERROR, 3, 5 },

		/* the names of the client are not the domain's doing */
		{ "v=spf1 ptr:y.example +all", "192.0.2.9", 2, RESULT_PASS, 0,
		    5 },
		{ "v=spf1 a:%{p}.g1.x a:%{p}.g2.x +all", "192.0.2.9", 2,
		    RESULT_PASS, 2, 7 },

		/* the explanation does not count: suite, exp-void */
		{ "v=spf1 a:g1.x a:g2.x -all exp=g3.x", "192.0.2.1", 2,
		    RESULT_FAIL, 2, 4 },
		{ "v=spf1 a:g1.x a:g2.x redirect=late.example", "192.0.2.1",
		    2, RESULT_PASS, 2, 4 },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct world w = world_of(zone, rows[i].ip, "h",
		    "u@x.example");
		struct spf_result r;

		w.set.max_void = rows[i].max_void;
		dnstable_txt(w.table, "x.example", span_of(rows[i].record));
		r = world_check(&w, SPF_MAIL_FROM);
		ck_assert_msg(r.result == rows[i].result &&
		    r.voids == rows[i].voids &&
		    dnstable_asked(w.table) == rows[i].questions,
		    "%s: %s, %u voids, %zu questions", rows[i].record,
		    result_name(r.result), r.voids, dnstable_asked(w.table));
		if (r.result == RESULT_PERMERROR)
			ck_assert(span_ends_nocase(r.problem,
			    " DNS lookups that found nothing"));
		world_free(&w);
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		ten_terms, terms_are_counted_per_check, p_is_counted_once,
		ten_mx, void_lookups,
	};

	return TESTLIB_RUN("spf_limits", tests);
}
