/*
 * Inside dns/: the answers of all messages, bounded by bytes, the one used
 * longest ago dropped first. Not locked: the owner sees to that.
 */
#ifndef SIGNET_DNS_CACHE_H
#define SIGNET_DNS_CACHE_H

#include "dns/stored.h"

struct dns_cache;

/* NULL without memory. Freeing it drops its references; NULL is fine. */
struct dns_cache *dns_cache_new(size_t bytes);
void		 dns_cache_free(struct dns_cache *c);

/*
 * The answer to (type, name) if it is there and still good at `now`
 * (clock_mono_ms), with a reference for the caller; else NULL. `hash` is the
 * caller's, of type and name, under a key nobody can guess.
 */
struct dns_stored *dns_cache_get(struct dns_cache *c, uint64_t hash,
		    enum dns_type type, struct span name, int64_t now);

/*
 * Keep `st`, which is in no cache, until its TTL is over, instead of what was
 * there for its question. Returns what had to go, a list linked by `chain`:
 * its references are the caller's now, who drops them when no lock is held.
 */
struct dns_stored *dns_cache_put(struct dns_cache *c, uint64_t hash,
		    struct dns_stored *st, int64_t now);

/* Drop all references of such a list. */
void		 dns_cache_drop(struct dns_stored *list);

size_t		 dns_cache_bytes(const struct dns_cache *c);

#endif
