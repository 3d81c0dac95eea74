/* tests of policy/spf_prefetch.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tests/lib/spfworld.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- asking ahead ------------------------------------------------------- */

/* Everything is there when it is needed, after the longest chain. */
START_TEST(ahead_is_parallel)
{
	static const char zone[] =
	    "x.example TXT \"v=spf1 include:i.example include:k.example a mx "
	    "exists:%{p}.x.example redirect=r.example\"\n"
	    "i.example TXT \"v=spf1 include:j.example a:i1.example\"\n"
	    "j.example TXT \"v=spf1 a:j1.example ?all\"\n"
	    "k.example TXT \"v=spf1 ip4:1.2.3.4 ~all\"\n"
	    "x.example MX 1 m1.example\n"
	    "x.example MX 2 m2.example\n"
	    "m1.example A 192.0.2.9\n"
	    "m2.example A 192.0.2.9\n"
	    "x.example A 192.0.2.9\n"
	    "i1.example A 192.0.2.9\n"
	    "j1.example A 192.0.2.9\n"
	    "1.2.0.192.in-addr.arpa PTR h.example\n"
	    "h.example A 192.0.2.1\n"
	    "r.example TXT \"v=spf1 -all\"\n";
	struct world w = world_of(zone, "192.0.2.1", "h", "u@x.example");
	int64_t begin;
	size_t n;

	dnstable_delay(w.table, 150, 150, 1);
	spf_prefetch(w.scope, &w.set, &w.c, SPF_MAIL_FROM);
	begin = clock_mono_ms();
	ck_assert_int_eq(world_check(&w, SPF_MAIL_FROM).result, RESULT_FAIL);
	/* record, PTR, its address, exists: a chain of four, out of 14 */
	ck_assert_int_lt(clock_mono_ms() - begin, 8 * 150);
	n = dnstable_asked(w.table);
	ck_assert_uint_eq(n, 14);
	world_free(&w);
}
END_TEST

/* A term that is known to match ends it: what stands behind is not asked. */
START_TEST(ahead_stops_at_a_match)
{
	static const char zone[] =
	    "x.example TXT \"v=spf1 include:i.example ip4:192.0.2.1 "
	    "include:k.example mx -all exp=e.example\"\n"
	    "i.example TXT \"v=spf1 ?all\"\n";
	struct world w = world_of(zone, "192.0.2.1", "h", "u@x.example");

	spf_prefetch(w.scope, &w.set, &w.c, SPF_MAIL_FROM);
	ck_assert_uint_eq(dnstable_asked(w.table), 2);
	ck_assert_int_eq(world_check(&w, SPF_MAIL_FROM).result, RESULT_PASS);
	ck_assert_uint_eq(dnstable_asked(w.table), 2);
	world_free(&w);
}
END_TEST

/* ---- records made to be expensive ---- */

static void
add_mx(struct dnstable *t, const char *domain)
{
	char name[80];
	int i;

	for (i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "h%d.%s", i, domain);
		dnstable_mx(t, domain, 10, name);
		dnstable_a(t, name, "192.0.2.9");
	}
}

/* "include:" `deeper`, unless that is "", then ten different mx. */
static void
add_level(struct dnstable *t, const char *domain, const char *deeper)
{
	char text[2000] = "v=spf1", name[64];
	size_t len = strlen(text);
	int i;

	if (deeper[0] != '\0')
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    " include:%s", deeper);
	for (i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "m%d.%s", i, domain);
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    " mx:%s", name);
		add_mx(t, name);
	}
	dnstable_txt(t, domain, span_of(text));
}

/*
 * Asked ahead and then judged, a check stays within what ten terms with ten
 * addresses each may cost: 1 + 10 * 11.
 */
START_TEST(ahead_stays_within_the_limits)
{
	static const unsigned delays[][2] = {
		{ 0, 0 }, { 1, 1 }, { 0, 5 }, { 2, 9 },
	};
	size_t levels, d;
	unsigned seed;

	for (levels = 1; levels <= 5; levels++)
		for (d = 0; d < NROWS(delays); d++)
			for (seed = 1; seed <= 5; seed++) {
				struct world w = world_of("", "192.0.2.1",
				    "h", "u@l1.example");
				char name[32], deeper[32] = "";
				size_t i;

				for (i = levels; i > 0; i--) {
					(void)snprintf(name, sizeof(name),
					    "l%zu.example", i);
					add_level(w.table, name, deeper);
					memcpy(deeper, name, sizeof(deeper));
				}
				dnstable_delay(w.table, delays[d][0],
				    delays[d][1], seed);
				spf_prefetch(w.scope, &w.set, &w.c,
				    SPF_MAIL_FROM);
				ck_assert_int_eq(world_check(&w,
				    SPF_MAIL_FROM).result, levels == 1 ?
				    RESULT_NEUTRAL : RESULT_PERMERROR);
				ck_assert_uint_le(dnstable_asked(w.table),
				    1 + 10 * 11);
				if (levels == 1)
					ck_assert_uint_eq(
					    dnstable_asked(w.table),
					    1 + 10 * 11);
				world_free(&w);
			}
}
END_TEST

/* A scope that goes while answers are still coming. */
START_TEST(ahead_is_dropped)
{
	unsigned seed;

	for (seed = 1; seed <= 60; seed++) {
		struct world w = world_of("", "192.0.2.1", "h",
		    "u@l1.example");
		int64_t until = clock_mono_ms() + seed % 6;

		add_level(w.table, "l1.example", "l2.example");
		add_level(w.table, "l2.example", "");
		dnstable_delay(w.table, 0, 3, seed);
		spf_prefetch(w.scope, &w.set, &w.c, SPF_MAIL_FROM);
		spf_prefetch(w.scope, &w.set, &w.c, SPF_HELO);
		while (clock_mono_ms() < until)
			;
		world_free(&w);
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		ahead_is_parallel, ahead_stops_at_a_match,
		ahead_stays_within_the_limits, ahead_is_dropped,
	};

	return TESTLIB_RUN("spf_prefetch", tests);
}
