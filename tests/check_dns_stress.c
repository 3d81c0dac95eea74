/* tests of dns/ with many threads, and without memory */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "dns/engine.h"
#include "tests/lib/dnsworld.h"

/* ---- all at once -------------------------------------------------------- */

struct stress {
	struct dns	*dns;
	pthread_t	 thread;
	unsigned	 seed;
	unsigned	 wrong;
};

static void
stress_then(struct dns_scope *s, const struct dns_answer *ans, void *ctx)
{
	unsigned *n = ctx;
	char name[32];

	if (++*n % 3 == 0)
		return;
	(void)snprintf(name, sizeof(name), "n%u.example",
	    (unsigned)(ans->name.len * 7 + *n) % 40);
	dns_prefetch_then(s, DNS_TXT, span_of(name), stress_then, n);
}

static unsigned
stress_draw(struct stress *st, unsigned n)
{
	st->seed = st->seed * 1103515245u + 12345u;
	return (st->seed >> 16) % n;
}

static void *
make_text(const struct dns_answer *ans)
{
	return ans->status == DNS_OK ? strdup("made") : NULL;
}

static void
stress_scope(struct stress *st, struct dns_scope *s)
{
	unsigned calls[8] = { 0 }, i;
	char name[32];

	if (stress_draw(st, 4) == 0)
		dns_scope_deadline(s, clock_mono_ms() + stress_draw(st, 3));
	for (i = 0; i < NROWS(calls); i++) {
		(void)snprintf(name, sizeof(name), "n%u.example",
		    stress_draw(st, 40));
		dns_prefetch_then(s, DNS_TXT, span_of(name), stress_then,
		    &calls[i]);
	}
	for (i = stress_draw(st, 5); i > 0; i--) {
		const struct dns_answer *ans;
		const char *o;

		(void)snprintf(name, sizeof(name), "n%u.example",
		    stress_draw(st, 40));
		ans = dns_lookup(s, DNS_TXT, span_of(name));
		o = dns_answer_object(s, ans, make_text, free);
		if (ans->status == DNS_OK && (o == NULL || strcmp(o, "made") != 0))
			st->wrong++;
	}
	dns_scope_free(s);
}

static void *
stress_run(void *arg)
{
	struct stress *st = arg;
	int i;

	for (i = 0; i < 300; i++)
		stress_scope(st, dns_scope_new(st->dns,
		    stress_draw(st, 60)));
	return NULL;
}

static void
stress_all(uint32_t ttl, size_t cache_bytes)
{
	struct dnstable *t = dnstable_new();
	struct dns *d;
	struct stress st[4];
	char name[32];
	size_t i;

	for (i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof(name), "n%zu.example", i);
		if (i % 5 == 0)
			dnstable_fail(t, name, 0);
		else if (i % 5 > 1)
			dnstable_txt(t, name, span_of(name));
	}
	dnstable_keep(t, ttl, cache_bytes);
	dnstable_delay(t, 0, 2, 99);
	d = dnstable_open(t);
	for (i = 0; i < NROWS(st); i++) {
		st[i] = (struct stress){ .dns = d, .seed = (unsigned)i };
		ck_assert_int_eq(pthread_create(&st[i].thread, NULL,
		    stress_run, &st[i]), 0);
	}
	for (i = 0; i < NROWS(st); i++) {
		(void)pthread_join(st[i].thread, NULL);
		ck_assert_uint_eq(st[i].wrong, 0);
	}
	dns_free(d);
}

START_TEST(many_threads)
{
	stress_all(300, 0);	/* nearly all cached */
	stress_all(0, 0);	/* nothing cached */
	stress_all(300, 8192);	/* two or three answers fit */
}
END_TEST

/* ---- no memory ---------------------------------------------------------- */

/* The linker sends the house's allocations here (--wrap). */
void	*__wrap_malloc(size_t n);
void	*__wrap_calloc(size_t n, size_t size);
void	*__real_malloc(size_t n);
void	*__real_calloc(size_t n, size_t size);

static atomic_long fail_at = -1;	/* this many succeed, one fails */

static bool
allocation_fails(void)
{
	return atomic_load(&fail_at) >= 0 &&
	    atomic_fetch_sub(&fail_at, 1) == 0;
}

void *
__wrap_malloc(size_t n)
{
	return allocation_fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return allocation_fails() ? NULL : __real_calloc(n, size);
}

/* An engine that takes no memory of its own. */
static void
plain_ask(void *engine, struct dns_question *q)
{
	struct dns_record r = { .txt = SPAN("text") };
	struct dns_answer ans = { .status = DNS_OK, .ttl = 60, .count = 1,
	    .record = &r };

	++*(unsigned *)engine;
	dns_question_done(q, &ans);
}

static void
plain_close(void *engine)
{
	*(unsigned *)engine += 1000;
}

static void
then_one_more(struct dns_scope *s, const struct dns_answer *ans, void *ctx)
{
	(void)ans;
	(void)ctx;
	dns_prefetch(s, DNS_TXT, SPAN("c.example"));
}

static void *
make_plain(const struct dns_answer *ans)
{
	return ans->status == DNS_OK ? malloc(1) : NULL;
}

/*
 * A short life: whether every answer in it is either right or says what it
 * is. No assertion in here: check allocates too.
 */
static bool
live(struct dns *d)
{
	static const char *const names[] = { "a.example", "b.example",
	    "c.example", "a.example" };
	struct dns_scope *s = dns_scope_new(d, 100);
	bool good = true;
	size_t i;

	if (s == NULL)
		return true;
	dns_prefetch_then(s, DNS_TXT, SPAN("a.example"), then_one_more, NULL);
	for (i = 0; i < NROWS(names); i++) {
		const struct dns_answer *ans = dns_lookup(s, DNS_TXT,
		    span_of(names[i]));

		good = good && (ans->status == DNS_OK ||
		    (ans->status == DNS_TEMPFAIL &&
		    strcmp(ans->why, "out of memory") == 0));
		(void)dns_answer_object(s, ans, make_plain, free);
	}
	dns_scope_free(s);
	return good;
}

START_TEST(memory_runs_out_anywhere)
{
	static const struct dns_engine_ops ops = { plain_ask, plain_close,
	    NULL };
	long n = 0;
	bool failed = true, good = true;

	while (failed) {
		unsigned asked = 0;
		struct dns *d;

		atomic_store(&fail_at, n++);
		d = dns_open_engine(&ops, &asked, 1 << 20);
		if (d != NULL) {
			good = live(d) && live(d);
			dns_free(d);
		}
		failed = atomic_load(&fail_at) < 0;
		atomic_store(&fail_at, -1);
		ck_assert(good);
		/* closed once, also when opening failed */
		ck_assert_uint_ge(asked, 1000);
		ck_assert_uint_lt(asked, 2000);
	}
	ck_assert_int_gt(n, 15);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		many_threads,
		memory_runs_out_anywhere,
	};

	return TESTLIB_RUN("dns_stress", tests);
}
