/* The resolver: what is known, what is in flight, and who waits for it. */
#include "config.h"
#include "dns/dns.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/map.h"
#include "dns/cache.h"
#include "dns/resolver.h"

/* Room for a few thousand questions under way in short chains. */
#define FLIGHT_BUCKETS		1024

/*
 * What 3,000 senders' domains are asked for, some 18,000 answers with their
 * keys and policies: a quarter of what a daemon with 1,000 connections has.
 */
#define CACHE_BYTES		((size_t)24 << 20)

struct dns_question {
	struct dns_question	*chain;
	struct dns		*dns;
	struct dns_waiter	*waiters;
	int64_t			 began;
	uint64_t		 hash;
	enum dns_type		 type;
	size_t			 len;
	char			 name[];
};

enum stat { LOOKUPS, CACHED, JOINED, ASKED, FAILED, NSTATS };

struct dns {
	const struct dns_engine_ops *ops;
	void			*engine;
	uint8_t			 sip_key[16];
	pthread_mutex_t		 lock;
	struct dns_cache	*cache;
	struct dns_question	*flight[FLIGHT_BUCKETS];
	_Atomic uint64_t	 stat[NSTATS];
};

struct dns *
dns_open_engine(const struct dns_engine_ops *ops, void *engine,
    size_t cache_bytes)
{
	struct dns *d = calloc(1, sizeof(*d));

	if (d != NULL)
		d->cache = dns_cache_new(cache_bytes != 0 ? cache_bytes :
		    CACHE_BYTES);
	if (d == NULL || d->cache == NULL ||
	    getrandom(d->sip_key, sizeof(d->sip_key), 0) !=
	    (ssize_t)sizeof(d->sip_key) ||
	    pthread_mutex_init(&d->lock, NULL) != 0) {
		ops->close(engine);
		if (d != NULL)
			dns_cache_free(d->cache);
		free(d);
		return NULL;
	}
	d->ops = ops;
	d->engine = engine;
	return d;
}

void
dns_free(struct dns *d)
{
	size_t i;

	if (d == NULL)
		return;
	d->ops->close(d->engine);
	for (i = 0; i < FLIGHT_BUCKETS; i++)
		assert(d->flight[i] == NULL);
	dns_cache_free(d->cache);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}

const char *
dns_describe(const struct dns *d, struct arena *a)
{
	const char *text = NULL;

	if (d->ops->describe != NULL)
		text = d->ops->describe(d->engine, a);
	return text != NULL ? text : "";
}

static void
stat_add(struct dns *d, enum stat which)
{
	atomic_fetch_add_explicit(&d->stat[which], 1, memory_order_relaxed);
}

static uint64_t
stat_get(const struct dns *d, enum stat which)
{
	return atomic_load_explicit(&d->stat[which], memory_order_relaxed);
}

void
dns_stats(const struct dns *d, struct dns_stats *out)
{
	*out = (struct dns_stats){
		.lookups = stat_get(d, LOOKUPS),
		.cached = stat_get(d, CACHED),
		.joined = stat_get(d, JOINED),
		.asked = stat_get(d, ASKED),
		.failed = stat_get(d, FAILED),
	};
}

void
dns_count(struct dns *d, bool cached, bool joined)
{
	stat_add(d, LOOKUPS);
	if (cached)
		stat_add(d, CACHED);
	if (joined)
		stat_add(d, JOINED);
}

bool
dns_key_init(struct dns_key *k, const struct dns *d, enum dns_type type,
    struct span name)
{
	if (!dns_name_fold(name, k->text + 1, &k->name))
		return false;
	k->type = type;
	k->text[0] = (char)type;
	k->hash = siphash(d->sip_key,
	    (struct span){ k->text, 1 + k->name.len });
	return true;
}

/* The link to the question in flight, or to the end of its chain. */
static struct dns_question **
flight_find(struct dns *d, uint64_t hash, enum dns_type type, struct span name)
{
	struct dns_question **link = &d->flight[hash % FLIGHT_BUCKETS];

	while (*link != NULL && ((*link)->hash != hash ||
	    (*link)->type != type || !span_eq(dns_question_name(*link), name)))
		link = &(*link)->chain;
	return link;
}

/* A new question at the end of a chain. */
static struct dns_question *
flight_begin(struct dns *d, const struct dns_key *k,
    struct dns_question **link)
{
	struct dns_question *q = calloc(1, sizeof(*q) + k->name.len);

	if (q == NULL)
		return NULL;
	q->dns = d;
	q->began = clock_mono_ms();
	q->hash = k->hash;
	q->type = k->type;
	q->len = k->name.len;
	memcpy(q->name, k->name.p, k->name.len);
	*link = q;
	return q;
}

static void
waiter_link(struct dns_waiter *w, struct dns_question *q)
{
	w->question = q;
	w->next = q->waiters;
	w->link = &q->waiters;
	if (w->next != NULL)
		w->next->link = &w->next;
	q->waiters = w;
}

static void
waiter_unlink(struct dns_waiter *w)
{
	if (w->question == NULL)
		return;
	*w->link = w->next;
	if (w->next != NULL)
		w->next->link = w->link;
	w->question = NULL;
}

static enum dns_join
join_flight(struct dns *d, const struct dns_key *k, struct dns_waiter *w,
    bool may_ask, struct dns_question **question_out)
{
	struct dns_question **link = flight_find(d, k->hash, k->type, k->name);

	if (*link != NULL) {
		waiter_link(w, *link);
		return DNS_JOIN_SHARED;
	}
	*question_out = may_ask ? flight_begin(d, k, link) : NULL;
	if (*question_out == NULL)
		return DNS_JOIN_NOT;
	waiter_link(w, *question_out);
	return DNS_JOIN_ASK;
}

enum dns_join
dns_join(struct dns *d, const struct dns_key *k, struct dns_waiter *w,
    bool may_ask, struct dns_stored **stored_out,
    struct dns_question **question_out)
{
	enum dns_join how = DNS_JOIN_NOT;
	int64_t now = clock_mono_ms();

	(void)pthread_mutex_lock(&d->lock);
	*stored_out = dns_cache_get(d->cache, k->hash, k->type, k->name, now);
	if (*stored_out != NULL)
		how = DNS_JOIN_CACHED;
	else if (w != NULL)
		how = join_flight(d, k, w, may_ask, question_out);
	(void)pthread_mutex_unlock(&d->lock);
	return how;
}

void
dns_ask(struct dns_question *q)
{
	struct dns *d = q->dns;

	stat_add(d, ASKED);
	d->ops->ask(d->engine, q);
}

void
dns_leave(struct dns *d, struct dns_waiter *w)
{
	(void)pthread_mutex_lock(&d->lock);
	waiter_unlink(w);
	(void)pthread_mutex_unlock(&d->lock);
}

enum dns_type
dns_question_type(const struct dns_question *q)
{
	return q->type;
}

struct span
dns_question_name(const struct dns_question *q)
{
	return (struct span){ q->name, q->len };
}

/*
 * Bring the answer to all who wait. A scope may be freed at any moment while
 * its waiter is linked and the lock is not held; so each is held, under the
 * lock, before its waiter is let go.
 */
static void
bring(struct dns *d, struct dns_question *q, struct dns_stored *st,
    uint32_t elapsed_ms)
{
	struct dns_waiter *w;

	(void)pthread_mutex_lock(&d->lock);
	while ((w = q->waiters) != NULL) {
		struct dns_scope *s = w->scope;

		waiter_unlink(w);
		dns_scope_hold(s);
		(void)pthread_mutex_unlock(&d->lock);
		dns_scope_arrived(s, w, st, elapsed_ms);
		dns_scope_release(s);
		(void)pthread_mutex_lock(&d->lock);
	}
	(void)pthread_mutex_unlock(&d->lock);
}

void
dns_question_done(struct dns_question *q, const struct dns_answer *ans)
{
	struct dns *d = q->dns;
	struct span name = dns_question_name(q);
	struct dns_stored *st = dns_stored_new(q->type, name, ans);
	struct dns_stored *gone = NULL;
	struct dns_question **link;
	int64_t now = clock_mono_ms();

	if (!dns_known(ans->status))
		stat_add(d, FAILED);
	(void)pthread_mutex_lock(&d->lock);
	link = flight_find(d, q->hash, q->type, name);
	assert(*link == q);
	*link = q->chain;
	if (st != NULL)
		gone = dns_cache_put(d->cache, q->hash, st, now);
	(void)pthread_mutex_unlock(&d->lock);
	dns_cache_drop(gone);
	bring(d, q, st, (uint32_t)(now - q->began));
	dns_stored_unref(st);
	free(q);
}
