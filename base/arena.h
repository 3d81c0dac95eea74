/*
 * An arena is memory with one lifetime. Each message has one: what parsing
 * and evaluation produce lives in it and goes with it.
 *
 * An arena belongs to one thread at a time. Every allocation may fail (no
 * memory, or the arena's limit is reached) and then returns NULL; a failed
 * arena is remembered, so that a caller may check once at the end.
 */
#ifndef SIGNET_BASE_ARENA_H
#define SIGNET_BASE_ARENA_H

#include <stdarg.h>

#include "base/span.h"

struct arena;

/*
 * A new arena that hands out at most `limit` bytes (0: no limit). NULL
 * without memory. arena_free accepts NULL.
 */
struct arena	*arena_new(size_t limit);
void		 arena_free(struct arena *a);

/*
 * The same for what is small and kept long: `first` bytes come with it, more
 * are to be had.
 */
struct arena	*arena_new_small(size_t first);

/* Forget everything that was allocated, keep the first block for reuse. */
void		 arena_reset(struct arena *a);

/* `size` zeroed bytes, aligned for any type; NULL on failure. */
void		*arena_alloc(struct arena *a, size_t size);

/* `n` zeroed elements of `size` bytes; NULL on failure or overflow. */
void		*arena_array(struct arena *a, size_t n, size_t size);

/*
 * A longer copy of the `old_size` bytes at `old`, grown in place when `old`
 * was the last allocation. NULL on failure, `old` stays as it was.
 */
void		*arena_grow(struct arena *a, void *old, size_t old_size,
		    size_t new_size);

/* A copy of `s`, with a NUL behind it. On failure p is NULL, len 0. */
struct span	 arena_span(struct arena *a, struct span s);

/* The same as a C string (bytes behind an embedded NUL become invisible). */
char		*arena_str(struct arena *a, struct span s);

/* Formatted text; NULL on failure. */
char		*arena_printf(struct arena *a, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/* Bytes handed out so far; whether an allocation failed since the start. */
size_t		 arena_used(const struct arena *a);
bool		 arena_failed(const struct arena *a);

/*
 * For tests only: let the next `n` block allocations of the whole process
 * succeed and all later ones fail; a negative `n` turns that off. Not for use
 * with threads.
 */
void		 arena_fail_after(long n);

#endif
