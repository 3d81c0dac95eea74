/* What one message asks, and what it holds of the answers. */
#include "config.h"
#include "dns/dns.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "dns/resolver.h"

/*
 * An answer as it was handed out: every dns_answer a caller holds is the
 * first member of one.
 */
struct handed {
	struct dns_answer	 ans;
	struct dns_stored	*stored;	/* NULL: made here */
};

/* fn(s, answer, ctx), for when a slot is settled. */
struct then {
	struct then	*next;
	struct slot	*slot;
	dns_then	*fn;
	void		*ctx;
};

/*
 * One question as this scope sees it. Once settled it does not change, so a
 * message sees one DNS, whatever a TTL says. A lookup that was given up keeps
 * its answer too, until the deadline is moved on.
 */
struct slot {
	struct slot		*chain;
	uint64_t		 hash;
	struct handed		 handed;
	struct dns_waiter	 waiter;
	enum dns_join		 how;
	bool			 settled;
	bool			 counted;	/* was handed out before */
	struct then		*thens;
	const struct handed	*late;		/* given up ... */
	int64_t			 late_at;	/* ... at this deadline */
};

struct owned {
	struct owned	*next;
	void		*p;
	void		 (*destroy)(void *p);
};

/* A message asks some 10 to 100 questions. */
#define SLOT_BUCKETS	32

struct dns_scope {
	struct dns	*dns;
	atomic_uint	 refs;
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;
	struct arena	*arena;		/* of slots and lists */
	struct slot	*slot[SLOT_BUCKETS];
	struct slot	*spare;		/* was made, and not of use */
	unsigned	 budget, asked;
	int64_t		 deadline;
	void		(*before_wait)(void *ctx);
	void		*before_wait_ctx;
	struct then	*ready, **ready_end; /* what is to run, in order */
	bool		 running;	/* somebody runs them */
	bool		 closed;
	struct owned	*owned;
};

static const struct handed bad_name = { .ans = {
	.status = DNS_BADNAME, .why = "not a domain name" } };
static const struct handed over_budget = { .ans = {
	.status = DNS_OVERBUDGET, .why = "too many DNS questions" } };
static const struct handed timed_out = { .ans = {
	.status = DNS_TEMPFAIL, .why = "timed out" } };
static const struct handed no_memory = { .ans = {
	.status = DNS_TEMPFAIL, .why = "out of memory" } };

static bool
locks_init(struct dns_scope *s)
{
	pthread_condattr_t attr;
	bool good;

	if (pthread_condattr_init(&attr) != 0)
		return false;
	good = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(&s->changed, &attr) == 0;
	(void)pthread_condattr_destroy(&attr);
	if (!good)
		return false;
	if (pthread_mutex_init(&s->lock, NULL) == 0)
		return true;
	(void)pthread_cond_destroy(&s->changed);
	return false;
}

struct dns_scope *
dns_scope_new(struct dns *d, unsigned budget)
{
	struct dns_scope *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->arena = arena_new(0);
	if (s->arena == NULL || !locks_init(s)) {
		arena_free(s->arena);
		free(s);
		return NULL;
	}
	s->dns = d;
	atomic_init(&s->refs, 1);
	s->budget = budget;
	s->ready_end = &s->ready;
	return s;
}

void
dns_scope_hold(struct dns_scope *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
}

void
dns_scope_release(struct dns_scope *s)
{
	if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	(void)pthread_cond_destroy(&s->changed);
	(void)pthread_mutex_destroy(&s->lock);
	arena_free(s->arena);
	free(s);
}

static void
slots_drop(struct dns_scope *s)
{
	size_t i;

	for (i = 0; i < SLOT_BUCKETS; i++) {
		struct slot *slot;

		for (slot = s->slot[i]; slot != NULL; slot = slot->chain) {
			dns_leave(s->dns, &slot->waiter);
			dns_stored_unref(slot->handed.stored);
		}
	}
}

/*
 * From `closed` on, answers that arrive are not looked at, and nothing runs
 * once `running` is over. Whoever still brings one holds the scope's bare
 * frame until it has seen that.
 */
void
dns_scope_free(struct dns_scope *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->closed = true;
	while (s->running)
		(void)pthread_cond_wait(&s->changed, &s->lock);
	(void)pthread_mutex_unlock(&s->lock);
	while (s->owned != NULL) {
		struct owned *o = s->owned;

		s->owned = o->next;
		o->destroy(o->p);
	}
	slots_drop(s);
	dns_scope_release(s);
}

void
dns_scope_deadline(struct dns_scope *s, int64_t mono_ms)
{
	(void)pthread_mutex_lock(&s->lock);
	s->deadline = mono_ms;
	(void)pthread_cond_broadcast(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
}

void
dns_scope_before_wait(struct dns_scope *s, void (*fn)(void *ctx), void *ctx)
{
	(void)pthread_mutex_lock(&s->lock);
	s->before_wait = fn;
	s->before_wait_ctx = ctx;
	(void)pthread_mutex_unlock(&s->lock);
}

bool
dns_scope_late(const struct dns_scope *s)
{
	/* The lock is no part of what the scope says. */
	struct dns_scope *w = (struct dns_scope *)(uintptr_t)s;
	int64_t deadline;

	(void)pthread_mutex_lock(&w->lock);
	deadline = w->deadline;
	(void)pthread_mutex_unlock(&w->lock);
	return deadline != 0 && clock_mono_ms() >= deadline;
}

unsigned
dns_scope_asked(const struct dns_scope *s)
{
	/* The lock is no part of what the scope says. */
	struct dns_scope *w = (struct dns_scope *)(uintptr_t)s;
	unsigned n;

	(void)pthread_mutex_lock(&w->lock);
	n = s->asked;
	(void)pthread_mutex_unlock(&w->lock);
	return n;
}

bool
dns_scope_own(struct dns_scope *s, void *p, void (*destroy)(void *p))
{
	struct owned *o;

	(void)pthread_mutex_lock(&s->lock);
	o = arena_alloc(s->arena, sizeof(*o));
	if (o != NULL) {
		*o = (struct owned){ s->owned, p, destroy };
		s->owned = o;
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (o == NULL)
		destroy(p);
	return o != NULL;
}

/* ---- slots; all of this under the scope's lock -------------------------- */

static struct slot *
slot_find(const struct dns_scope *s, const struct dns_key *k)
{
	struct slot *slot = s->slot[k->hash % SLOT_BUCKETS];

	while (slot != NULL && (slot->hash != k->hash ||
	    slot->handed.ans.type != k->type ||
	    !span_eq(slot->handed.ans.name, k->name)))
		slot = slot->chain;
	return slot;
}

/* A slot that is in no chain yet: `spare`, until it is. */
static struct slot *
slot_new(struct dns_scope *s, const struct dns_key *k)
{
	struct slot *slot = s->spare;
	struct span name = arena_span(s->arena, k->name);

	if (slot == NULL)
		slot = s->spare = arena_alloc(s->arena, sizeof(*slot));
	if (slot == NULL || name.p == NULL)
		return NULL;
	slot->hash = k->hash;
	slot->handed.ans.type = k->type;
	slot->handed.ans.name = name;
	slot->waiter.scope = s;
	return slot;
}

/* Settle with an answer of this room's own making. */
static void
slot_settle_plain(struct slot *slot, const struct handed *with)
{
	slot->handed.ans.status = with->ans.status;
	slot->handed.ans.why = with->ans.why;
	slot->settled = true;
}

/* Settle with `st`, whose reference is the slot's now; NULL: no memory. */
static void
slot_settle(struct slot *slot, struct dns_stored *st, uint32_t elapsed_ms)
{
	if (st == NULL) {
		slot_settle_plain(slot, &no_memory);
		return;
	}
	slot->handed.ans = st->ans;
	slot->handed.ans.elapsed_ms = elapsed_ms;
	slot->handed.stored = st;
	slot->settled = true;
}

enum want {
	PEEK,		/* what is there */
	PREFETCH,	/* ask; no slot if that may not be */
	LOOKUP,		/* ask; a slot that says so if that may not be */
};

/*
 * The slot of a question, made if need be. NULL when what is wanted cannot be
 * had. When *ask_out is not NULL the caller must dns_ask it, unlocked.
 */
static struct slot *
slot_get(struct dns_scope *s, const struct dns_key *k, enum want want,
    struct dns_question **ask_out)
{
	struct slot *slot = slot_find(s, k), **bucket;
	struct dns_stored *st = NULL;

	*ask_out = NULL;
	if (slot != NULL)
		return slot;
	slot = slot_new(s, k);
	if (slot == NULL)
		return NULL;
	slot->how = dns_join(s->dns, k, want == PEEK ? NULL : &slot->waiter,
	    s->asked < s->budget, &st, ask_out);
	if (slot->how == DNS_JOIN_NOT && want != LOOKUP)
		return NULL;
	if (slot->how == DNS_JOIN_NOT)
		slot_settle_plain(slot, s->asked < s->budget ? &no_memory :
		    &over_budget);
	if (slot->how == DNS_JOIN_CACHED)
		slot_settle(slot, st, 0);
	if (slot->how == DNS_JOIN_ASK)
		s->asked++;
	s->spare = NULL;
	bucket = &s->slot[k->hash % SLOT_BUCKETS];
	slot->chain = *bucket;
	*bucket = slot;
	return slot;
}

/* Whether a lookup was given up and the deadline not moved on since. */
static bool
slot_is_late(const struct dns_scope *s, const struct slot *slot)
{
	return slot->late != NULL && s->deadline != 0 &&
	    s->deadline <= slot->late_at;
}

static const struct handed *
slot_give_up(struct dns_scope *s, struct slot *slot)
{
	struct handed *late;

	slot->late_at = s->deadline;
	if (slot->late != NULL)
		return slot->late;
	slot->late = &timed_out;
	late = arena_alloc(s->arena, sizeof(*late));
	if (late != NULL) {
		*late = timed_out;
		late->ans.type = slot->handed.ans.type;
		late->ans.name = slot->handed.ans.name;
		slot->late = late;
	}
	return slot->late;
}

/* Count what is handed out, and hand it out. */
static const struct dns_answer *
slot_hand_out(struct dns_scope *s, struct slot *slot, const struct handed *h)
{
	dns_count(s->dns, slot->how == DNS_JOIN_CACHED || slot->counted,
	    slot->how == DNS_JOIN_SHARED && !slot->counted);
	slot->counted = true;
	return &h->ans;
}

/* ---- continuations ------------------------------------------------------ */

static void
ready_append(struct dns_scope *s, struct then *list)
{
	*s->ready_end = list;
	while (*s->ready_end != NULL)
		s->ready_end = &(*s->ready_end)->next;
}

/*
 * Run what is ready. One thread does at a time, and one frame of it: a
 * continuation whose questions are answered on the spot only makes the list
 * longer. Locked, unlocked around each call.
 */
static void
ready_run(struct dns_scope *s)
{
	if (s->running)
		return;
	s->running = true;
	while (s->ready != NULL && !s->closed) {
		struct then *t = s->ready;

		s->ready = t->next;
		if (s->ready == NULL)
			s->ready_end = &s->ready;
		(void)pthread_mutex_unlock(&s->lock);
		t->fn(s, &t->slot->handed.ans, t->ctx);
		(void)pthread_mutex_lock(&s->lock);
	}
	s->running = false;
	if (s->closed)
		(void)pthread_cond_broadcast(&s->changed);
}

void
dns_scope_arrived(struct dns_scope *s, struct dns_waiter *w,
    struct dns_stored *st, uint32_t elapsed_ms)
{
	struct slot *slot = (struct slot *)
	    ((char *)w - offsetof(struct slot, waiter));

	(void)pthread_mutex_lock(&s->lock);
	if (!s->closed) {
		slot_settle(slot, st != NULL ? dns_stored_ref(st) : NULL,
		    elapsed_ms);
		(void)pthread_cond_broadcast(&s->changed);
		ready_append(s, slot->thens);
		slot->thens = NULL;
		ready_run(s);
	}
	(void)pthread_mutex_unlock(&s->lock);
}

/* Put fn behind the slot; without memory it is left out. */
static void
slot_then(struct dns_scope *s, struct slot *slot, dns_then *fn, void *ctx)
{
	struct then *t = arena_alloc(s->arena, sizeof(*t)), **end;

	if (t == NULL)
		return;
	*t = (struct then){ NULL, slot, fn, ctx };
	if (slot->settled) {
		ready_append(s, t);
		ready_run(s);
		return;
	}
	for (end = &slot->thens; *end != NULL; end = &(*end)->next)
		;
	*end = t;
}

/* ---- the verbs ---------------------------------------------------------- */

void
dns_prefetch(struct dns_scope *s, enum dns_type type, struct span name)
{
	dns_prefetch_then(s, type, name, NULL, NULL);
}

void
dns_prefetch_then(struct dns_scope *s, enum dns_type type, struct span name,
    dns_then *fn, void *ctx)
{
	struct dns_question *ask = NULL;
	struct slot *slot = NULL;
	struct dns_key key;

	if (!dns_key_init(&key, s->dns, type, name))
		return;
	(void)pthread_mutex_lock(&s->lock);
	if (!s->closed)
		slot = slot_get(s, &key, PREFETCH, &ask);
	if (slot != NULL && fn != NULL)
		slot_then(s, slot, fn, ctx);
	(void)pthread_mutex_unlock(&s->lock);
	if (ask != NULL)
		dns_ask(ask);
}

static void
sleep_until(struct dns_scope *s, int64_t mono_ms)
{
	struct timespec ts = {
		.tv_sec = (time_t)(mono_ms / 1000),
		.tv_nsec = (long)(mono_ms % 1000) * 1000000,
	};

	if (mono_ms == 0)
		(void)pthread_cond_wait(&s->changed, &s->lock);
	else
		(void)pthread_cond_timedwait(&s->changed, &s->lock, &ts);
}

/* Wait for a slot, locked: the only place where anybody waits for DNS. */
static const struct handed *
slot_wait(struct dns_scope *s, struct slot *slot)
{
	bool told = false;

	for (;;) {
		if (slot_is_late(s, slot))
			return slot->late;
		if (slot->settled)
			return &slot->handed;
		if (s->deadline != 0 && clock_mono_ms() >= s->deadline)
			return slot_give_up(s, slot);
		if (told || s->before_wait == NULL) {
			sleep_until(s, s->deadline);
		} else {
			void (*fn)(void *ctx) = s->before_wait;
			void *ctx = s->before_wait_ctx;

			told = true;
			(void)pthread_mutex_unlock(&s->lock);
			fn(ctx);
			(void)pthread_mutex_lock(&s->lock);
		}
	}
}

const struct dns_answer *
dns_lookup(struct dns_scope *s, enum dns_type type, struct span name)
{
	const struct dns_answer *ans = &no_memory.ans;
	struct dns_question *ask;
	struct slot *slot;
	struct dns_key key;

	if (!dns_key_init(&key, s->dns, type, name))
		return &bad_name.ans;
	(void)pthread_mutex_lock(&s->lock);
	slot = slot_get(s, &key, LOOKUP, &ask);
	if (ask != NULL) {
		(void)pthread_mutex_unlock(&s->lock);
		dns_ask(ask);
		(void)pthread_mutex_lock(&s->lock);
	}
	if (slot != NULL)
		ans = slot_hand_out(s, slot, slot_wait(s, slot));
	(void)pthread_mutex_unlock(&s->lock);
	return ans;
}

const struct dns_answer *
dns_peek(struct dns_scope *s, enum dns_type type, struct span name)
{
	const struct dns_answer *ans = NULL;
	struct dns_question *ask;
	struct slot *slot;
	struct dns_key key;

	if (!dns_key_init(&key, s->dns, type, name))
		return NULL;
	(void)pthread_mutex_lock(&s->lock);
	slot = slot_get(s, &key, PEEK, &ask);
	if (slot != NULL && slot_is_late(s, slot))
		ans = slot_hand_out(s, slot, slot->late);
	else if (slot != NULL && slot->settled)
		ans = slot_hand_out(s, slot, &slot->handed);
	(void)pthread_mutex_unlock(&s->lock);
	return ans;
}

const void *
dns_answer_object(struct dns_scope *s, const struct dns_answer *ans,
    void *(*make)(const struct dns_answer *ans), void (*destroy)(void *object))
{
	const struct handed *h = (const struct handed *)ans;
	bool other = true;
	void *p = NULL;

	if (h->stored != NULL)
		p = dns_stored_object(h->stored, make, destroy, &other);
	if (p != NULL || !other)
		return p;
	p = make(ans);
	if (p != NULL && !dns_scope_own(s, p, destroy))
		return NULL;
	return p;
}
