/*
 * What a lookup costs that the cache answers, after NAMES names were asked.
 * usage: cache NAMES LOOKUPS [MB]
 *
 * MB bounds the cache, as dns_options.cache_bytes does. Prints "names held,
 * nanoseconds a lookup, nanoseconds a name to fill". The lookups go through
 * all names that are held (65,536 of them, if there are more) in random
 * order, ten in a scope of their own, as the questions of a message do.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dns/engine.h"

#define PICKS	65536u		/* names that are looked up */
#define A_SCOPE	10ul		/* lookups in one scope */
#define FILL	100u		/* questions of one scope when filling */
#define NAME	32		/* bytes of "n4294967295.fill.example" */

struct bench {
	struct dns	*dns;
	unsigned	 held;		/* names: the last ones of all */
	unsigned	 picks;
	char		 (*pick)[NAME];
	unsigned long	 found;
};

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* ---- who answers: everything has one short text ------------------------- */

static void
ask(void *engine, struct dns_question *q)
{
	struct dns_record r = { .txt =
	    SPAN("v=spf1 ip4:192.0.2.0/24 include:fill.example -all") };
	struct dns_answer ans = { .status = DNS_OK, .ttl = 86400, .count = 1,
	    .record = &r };

	(void)engine;
	dns_question_done(q, &ans);
}

static void
nothing(void *engine)
{
	(void)engine;
}

static const struct dns_engine_ops ops = { .ask = ask, .close = nothing };

/* ---- filling ------------------------------------------------------------ */

static struct span
name_of(char buf[NAME], unsigned i)
{
	(void)snprintf(buf, NAME, "n%u.fill.example", i);
	return span_of(buf);
}

static void
fill(struct bench *b, unsigned n)
{
	struct dns_scope *scope = NULL;
	char name[NAME];
	unsigned i;

	for (i = 0; i < n; i++) {
		if (i % FILL == 0) {
			dns_scope_free(scope);
			scope = dns_scope_new(b->dns, FILL);
		}
		if (scope == NULL)
			abort();
		(void)dns_lookup(scope, DNS_TXT, name_of(name, i));
	}
	dns_scope_free(scope);
}

/* How many of them are there still: the newest. */
static unsigned
count_held(struct bench *b, unsigned n)
{
	bool there = true;
	char name[NAME];
	unsigned held;

	for (held = 0; there && held < n; held += there) {
		struct dns_scope *scope = dns_scope_new(b->dns, 0);

		if (scope == NULL)
			abort();
		there = dns_peek(scope, DNS_TXT, name_of(name,
		    n - 1 - held)) != NULL;
		dns_scope_free(scope);
	}
	return held;
}

/* Those that are held in random order, or some of them. */
static void
choose(struct bench *b, unsigned n)
{
	unsigned i, state = 1;

	b->picks = b->held < PICKS ? b->held : PICKS;
	b->pick = calloc(b->picks, sizeof(*b->pick));
	if (b->pick == NULL)
		abort();
	for (i = 0; i < b->picks; i++) {
		unsigned long step = b->held / b->picks;

		(void)name_of(b->pick[i], n - 1 - (unsigned)(i * step));
	}
	for (i = b->picks - 1; i > 0; i--) {
		char swap[NAME];
		unsigned j;

		state = state * 1103515245u + 12345u;
		j = (state >> 8) % (i + 1);
		memcpy(swap, b->pick[i], NAME);
		memcpy(b->pick[i], b->pick[j], NAME);
		memcpy(b->pick[j], swap, NAME);
	}
}

/* ---- the measurement ---------------------------------------------------- */

/* Whose instructions are counted. */
static void __attribute__((noinline))
measured(struct bench *b, unsigned long lookups)
{
	unsigned long i, k, at = 0;

	for (i = 0; i < lookups; i += A_SCOPE) {
		struct dns_scope *scope = dns_scope_new(b->dns, 0);

		for (k = 0; scope != NULL && k < A_SCOPE; k++) {
			b->found += dns_lookup(scope, DNS_TXT,
			    span_of(b->pick[at]))->status == DNS_OK;
			at = at + 1 < b->picks ? at + 1 : 0;
		}
		dns_scope_free(scope);
	}
}

int
main(int argc, char **argv)
{
	unsigned long lookups, mb = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	struct bench b = { .held = 0 };
	double began, filled, done;
	unsigned names;

	if (argc < 3) {
		fputs("usage: cache NAMES LOOKUPS [MB]\n", stderr);
		return 2;
	}
	names = (unsigned)strtoul(argv[1], NULL, 10);
	lookups = strtoul(argv[2], NULL, 10) / A_SCOPE * A_SCOPE;
	b.dns = dns_open_engine(&ops, NULL, (size_t)mb << 20);
	if (b.dns == NULL || names == 0 || lookups == 0)
		return 2;
	began = now();
	fill(&b, names);
	filled = now() - began;
	b.held = count_held(&b, names);
	choose(&b, names);
	began = now();
	measured(&b, lookups);
	done = now() - began;
	printf("%u %.1f %.1f\n", b.held, done / (double)lookups,
	    filled / names);
	dns_free(b.dns);
	free(b.pick);
	return b.found == lookups ? 0 : 1;
}
