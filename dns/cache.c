#include "config.h"
#include "dns/cache.h"

#include <stdlib.h>

/*
 * The table has a fixed size, one bucket for each 1 KB, so that no question
 * ever waits for it to grow; an answer with a little text is charged 1.5 KB,
 * one without any 200 bytes.
 */
#define BYTES_PER_BUCKET	1024
#define BUCKETS_MIN		64

/*
 * An answer above this serves those who asked and is not kept. No key, policy
 * or list of servers comes near it, but 64 KB of TXT are legal, and whoever
 * publishes many of them must not push everyone else out.
 */
#define ANSWER_MAX		10240

struct dns_cache {
	struct dns_stored	**bucket;
	size_t			 nbuckets;	/* a power of two */
	struct dns_stored	*oldest, *newest; /* by use */
	size_t			 bytes, limit;
};

struct dns_cache *
dns_cache_new(size_t bytes)
{
	struct dns_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->limit = bytes;
	c->nbuckets = BUCKETS_MIN;
	while (c->nbuckets < bytes / BYTES_PER_BUCKET)
		c->nbuckets *= 2;
	c->bucket = calloc(c->nbuckets, sizeof(struct dns_stored *));
	if (c->bucket == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void
dns_cache_free(struct dns_cache *c)
{
	if (c == NULL)
		return;
	while (c->oldest != NULL) {
		struct dns_stored *st = c->oldest;

		c->oldest = st->newer;
		dns_stored_unref(st);
	}
	free(c->bucket);
	free(c);
}

/* The link to the answer of this question, or to the end of its chain. */
static struct dns_stored **
find(struct dns_cache *c, uint64_t hash, enum dns_type type, struct span name)
{
	struct dns_stored **link = &c->bucket[hash & (c->nbuckets - 1)];

	while (*link != NULL && ((*link)->hash != hash ||
	    (*link)->ans.type != type || !span_eq((*link)->ans.name, name)))
		link = &(*link)->chain;
	return link;
}

static void
age_unlink(struct dns_cache *c, struct dns_stored *st)
{
	if (st->older != NULL)
		st->older->newer = st->newer;
	else
		c->oldest = st->newer;
	if (st->newer != NULL)
		st->newer->older = st->older;
	else
		c->newest = st->older;
}

static void
age_newest(struct dns_cache *c, struct dns_stored *st)
{
	st->older = c->newest;
	st->newer = NULL;
	if (c->newest != NULL)
		c->newest->newer = st;
	else
		c->oldest = st;
	c->newest = st;
}

/* Take the answer at *link out, onto *gone. */
static void
take_out(struct dns_cache *c, struct dns_stored **link,
    struct dns_stored **gone)
{
	struct dns_stored *st = *link;

	*link = st->chain;
	age_unlink(c, st);
	c->bytes -= dns_stored_charge(st);
	st->chain = *gone;
	*gone = st;
}

struct dns_stored *
dns_cache_get(struct dns_cache *c, uint64_t hash, enum dns_type type,
    struct span name, int64_t now)
{
	struct dns_stored *st = *find(c, hash, type, name);

	if (st == NULL || st->expires <= now)
		return NULL;	/* what is stale goes when it is replaced */
	if (st != c->newest) {
		age_unlink(c, st);
		age_newest(c, st);
	}
	return dns_stored_ref(st);
}

struct dns_stored *
dns_cache_put(struct dns_cache *c, uint64_t hash, struct dns_stored *st,
    int64_t now)
{
	struct dns_stored *gone = NULL, **link;
	size_t charge = dns_stored_charge(st);

	link = find(c, hash, st->ans.type, st->ans.name);
	if (*link != NULL)
		take_out(c, link, &gone);
	if (st->ans.ttl == 0 || st->size > ANSWER_MAX || charge > c->limit)
		return gone;
	while (c->oldest != NULL && c->bytes + charge > c->limit) {
		struct dns_stored *old = c->oldest;

		take_out(c, find(c, old->hash, old->ans.type, old->ans.name),
		    &gone);
	}
	link = &c->bucket[hash & (c->nbuckets - 1)];
	st->hash = hash;
	st->expires = now + (int64_t)st->ans.ttl * 1000;
	st->chain = *link;
	*link = dns_stored_ref(st);
	age_newest(c, st);
	c->bytes += charge;
	return gone;
}

void
dns_cache_drop(struct dns_stored *list)
{
	while (list != NULL) {
		struct dns_stored *next = list->chain;

		dns_stored_unref(list);
		list = next;
	}
}

size_t
dns_cache_bytes(const struct dns_cache *c)
{
	return c->bytes;
}
