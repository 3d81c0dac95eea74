/* tests of dns/scope.c: what runs when an answer comes, and what is kept */
#include "config.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/dnsworld.h"

static const char zone[] =
    "example.com TXT \"v=spf1 -all\"\n"
    "broken.example.com FAIL\n";

/* ---- continuations ------------------------------------------------------ */

struct follow {
	pthread_t	thread;		/* where the last one ran */
	atomic_int	inside;
	unsigned	ran;
	unsigned	worst;		/* most at a time */
};

/* Asks for what the answer names. */
static void
follow_txt(struct dns_scope *s, const struct dns_answer *ans, void *ctx)
{
	struct follow *f = ctx;
	int inside = atomic_fetch_add(&f->inside, 1) + 1;

	if (inside > (int)f->worst)
		f->worst = (unsigned)inside;
	f->thread = pthread_self();
	f->ran++;
	if (ans->status == DNS_OK)
		dns_prefetch_then(s, DNS_TXT, ans->record[0].txt, follow_txt,
		    f);
	atomic_fetch_sub(&f->inside, 1);
}

static struct world
chain_world(unsigned n)
{
	struct world w = world_new("", n + 10);
	char from[32], to[32];
	unsigned i;

	for (i = 0; i < n; i++) {
		(void)snprintf(from, sizeof(from), "n%u.example", i);
		(void)snprintf(to, sizeof(to), "n%u.example", i + 1);
		dnstable_txt(w.table, from, span_of(to));
	}
	return w;
}

/*
 * An engine that answers on the spot: a chain of any length takes the same
 * small stack, all in the caller's thread.
 */
static void *
long_chain(void *arg)
{
	enum { LINKS = 10000 };	/* the cache holds them all */
	struct world w = chain_world(LINKS);
	struct follow f = { .worst = 0 };

	(void)arg;
	dns_prefetch_then(w.scope, DNS_TXT, SPAN("n0.example"), follow_txt,
	    &f);
	ck_assert_uint_eq(f.ran, LINKS + 1);
	ck_assert_uint_eq(f.worst, 1);
	ck_assert(pthread_equal(f.thread, pthread_self()));
	ck_assert_uint_eq(dns_scope_asked(w.scope), LINKS + 1);
	/* and once more, out of the cache */
	dns_scope_free(w.scope);
	w.scope = dns_scope_new(w.dns, 0);
	dns_prefetch_then(w.scope, DNS_TXT, SPAN("n0.example"), follow_txt,
	    &f);
	ck_assert_uint_eq(f.ran, 2 * (LINKS + 1));
	world_free(&w);
	return NULL;
}

START_TEST(continuations_take_no_stack)
{
	pthread_attr_t attr;
	pthread_t thread;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, 512 * 1024);
	ck_assert_int_eq(pthread_create(&thread, &attr, long_chain, NULL), 0);
	(void)pthread_join(thread, NULL);
	(void)pthread_attr_destroy(&attr);
}
END_TEST

START_TEST(continuations_run_one_at_a_time)
{
	struct world w = chain_world(10);
	struct follow f = { .worst = 0 };
	char name[32];
	unsigned i;

	dnstable_delay(w.table, 0, 4, 7);
	for (i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "n%u.example", i);
		dns_prefetch_then(w.scope, DNS_TXT, span_of(name), follow_txt,
		    &f);
	}
	/* the last name of all: when it is there, all have run or will not */
	ck_assert_int_eq(ask(&w, DNS_TXT, "n10.example")->status,
	    DNS_NXDOMAIN);
	dns_scope_free(w.scope);
	ck_assert_uint_ge(f.ran, 10);
	ck_assert_uint_eq(f.worst, 1);
	w.scope = NULL;
	world_free(&w);
}
END_TEST

struct slow_then {
	atomic_bool	started, ended;
};

static void
then_slowly(struct dns_scope *s, const struct dns_answer *ans, void *ctx)
{
	struct slow_then *t = ctx;

	(void)ans;
	atomic_store(&t->started, true);
	(void)poll(NULL, 0, 100);
	dns_prefetch(s, DNS_MX, SPAN("example.com"));
	atomic_store(&t->ended, true);
}

START_TEST(free_waits_for_a_continuation)
{
	struct world w = world_new(zone, 10);
	struct slow_then t = { .started = false };
	struct slow_then never = { .started = false };

	dnstable_delay(w.table, 10, 10, 1);
	dns_prefetch_then(w.scope, DNS_TXT, SPAN("example.com"), then_slowly,
	    &t);
	dns_prefetch_then(w.scope, DNS_TXT, SPAN("example.com"), then_slowly,
	    &never);
	while (!atomic_load(&t.started))
		(void)poll(NULL, 0, 1);
	dns_scope_free(w.scope);
	ck_assert(atomic_load(&t.ended));
	ck_assert(!atomic_load(&never.started));
	w.scope = dns_scope_new(w.dns, 10);
	dns_prefetch_then(w.scope, DNS_A, SPAN("example.com"), then_slowly,
	    &never);
	world_free(&w);
	ck_assert(!atomic_load(&never.started));
}
END_TEST

/* ---- objects ------------------------------------------------------------ */

struct object {
	struct span	text;		/* points into the answer */
	char		kind;
};

static unsigned made, destroyed;

static void *
make(const struct dns_answer *ans, char kind)
{
	struct object *o;

	if (ans->status != DNS_OK)
		return NULL;
	o = malloc(sizeof(*o));
	ck_assert_ptr_nonnull(o);
	*o = (struct object){ ans->record[0].txt, kind };
	made++;
	return o;
}

static void *
make_a(const struct dns_answer *ans)
{
	return make(ans, 'a');
}

static void *
make_b(const struct dns_answer *ans)
{
	return make(ans, 'b');
}

static void
destroy(void *p)
{
	destroyed++;
	free(p);
}

static const struct object *
object_of(struct dns_scope *s, const char *name,
    void *(*maker)(const struct dns_answer *ans))
{
	return dns_answer_object(s, dns_lookup(s, DNS_TXT, span_of(name)),
	    maker, destroy);
}

START_TEST(objects_are_made_once)
{
	struct world w = world_new(zone, 10);
	const struct object *a, *b;

	made = destroyed = 0;
	a = object_of(w.scope, "example.com", make_a);
	assert_span(a->text, "v=spf1 -all");
	ck_assert_ptr_eq(object_of(w.scope, "example.com", make_a), a);
	dns_scope_free(w.scope);
	ck_assert_uint_eq(destroyed, 0);
	w.scope = dns_scope_new(w.dns, 10);
	a = object_of(w.scope, "example.com", make_a);
	assert_span(a->text, "v=spf1 -all");
	ck_assert_uint_eq(made, 1);
	/* a second kind is the scope's */
	b = object_of(w.scope, "example.com", make_b);
	ck_assert_int_eq(b->kind, 'b');
	ck_assert_int_eq(a->kind, 'a');
	ck_assert_uint_eq(made, 2);
	/* none of these has one */
	ck_assert_ptr_null(object_of(w.scope, "nowhere.example", make_a));
	ck_assert_ptr_null(object_of(w.scope, "bad\tname", make_a));
	ck_assert_ptr_null(object_of(w.scope, "broken.example.com", make_a));
	dns_scope_free(w.scope);
	ck_assert_uint_eq(destroyed, 1);
	w.scope = NULL;
	world_free(&w);
	ck_assert_uint_eq(destroyed, 2);
}
END_TEST

/* An answer that is not kept lives, with its object, as long as its scope. */
START_TEST(objects_of_ttl_0)
{
	struct world w = world_new(zone, 10);
	const struct object *a;

	made = destroyed = 0;
	dnstable_keep(w.table, 0, 0);
	a = object_of(w.scope, "example.com", make_a);
	assert_span(a->text, "v=spf1 -all");
	ck_assert_uint_eq(destroyed, 0);
	dns_scope_free(w.scope);
	ck_assert_uint_eq(destroyed, 1);
	w.scope = NULL;
	world_free(&w);
}
END_TEST

static unsigned order[3], norder;

static void
note_order(void *p)
{
	order[norder++] = *(unsigned *)p;
}

START_TEST(scope_owns)
{
	static unsigned one = 1, two = 2, three = 3;
	struct world w = world_new(zone, 10);

	norder = 0;
	ck_assert(dns_scope_own(w.scope, &one, note_order));
	ck_assert(dns_scope_own(w.scope, &two, note_order));
	ck_assert(dns_scope_own(w.scope, &three, note_order));
	world_free(&w);
	ck_assert_uint_eq(norder, 3);
	ck_assert_uint_eq(order[0], 3);
	ck_assert_uint_eq(order[2], 1);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		continuations_take_no_stack,
		continuations_run_one_at_a_time,
		free_waits_for_a_continuation,
		objects_are_made_once,
		objects_of_ttl_0,
		scope_owns,
	};

	return TESTLIB_RUN("dns_then", tests);
}
