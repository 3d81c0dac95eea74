/*
 * A hash map from text to pointers. The hash is SipHash-2-4 under a key that
 * is drawn at random for each map, since the other side often picks the
 * names. Keys are compared byte for byte: fold case before you ask. Not
 * locked: the owner sees to that.
 */
#ifndef SIGNET_BASE_MAP_H
#define SIGNET_BASE_MAP_H

#include "base/span.h"

struct map;

/* NULL without memory. map_free accepts NULL; values are not its own. */
struct map	*map_new(void);
void		 map_free(struct map *m);

/* The value of `key`, NULL when there is none. */
void		*map_get(const struct map *m, struct span key);

/*
 * Set `key` (copied) to `value`, which is not NULL. The value that was there
 * before is returned in *old_out (NULL: none) unless old_out is NULL. False
 * without memory: the map is as it was.
 */
bool		 map_put(struct map *m, struct span key, void *value,
		    void **old_out);

/* Take `key` out; its value, or NULL when it was not there. */
void		*map_remove(struct map *m, struct span key);

size_t		 map_count(const struct map *m);

/*
 * Walk: start with *cursor 0; false at the end. The order means nothing, and
 * the map must not be changed between the calls.
 */
bool		 map_next(const struct map *m, size_t *cursor,
		    struct span *key_out, void **value_out);

/* SipHash-2-4 of `s` under a 16-byte key. */
uint64_t	 siphash(const uint8_t key[16], struct span s);

#endif
