/*
 * Inside dns/: answers as they are kept. One allocation holds an answer with
 * its records and their bytes; it is immutable but for the slot of its parsed
 * object, counted, and shared by the cache and all scopes that hold it.
 */
#ifndef SIGNET_DNS_STORED_H
#define SIGNET_DNS_STORED_H

#include <stdatomic.h>

#include "dns/dns.h"

struct dns_object;

struct dns_stored {
	struct dns_answer	 ans;	/* elapsed_ms 0 */
	size_t			 size;	/* of this allocation */
	atomic_uint		 refs;
	struct dns_object	*_Atomic object;

	/* The cache's, under its owner's lock. */
	struct dns_stored	*chain;
	struct dns_stored	*older, *newer;
	uint64_t		 hash;
	int64_t			 expires;	/* clock_mono_ms() */
};

/*
 * A copy of `src` as the answer to (type, name), its TTL clamped, with one
 * reference. NULL without memory.
 */
struct dns_stored *dns_stored_new(enum dns_type type, struct span name,
		    const struct dns_answer *src);

struct dns_stored *dns_stored_ref(struct dns_stored *st);
void		 dns_stored_unref(struct dns_stored *st);	/* or NULL */

/*
 * The object that `make` makes of the answer, made by the first who asks.
 * NULL when make returned NULL, or when an object of another kind is there
 * already, which *other_out tells.
 */
void		*dns_stored_object(struct dns_stored *st,
		    void *(*make)(const struct dns_answer *ans),
		    void (*destroy)(void *object), bool *other_out);

/* What it is charged in the cache, an object to come included. */
size_t		 dns_stored_charge(const struct dns_stored *st);

#endif
