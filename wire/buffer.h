/*
 * Bytes that grow at the end: what a connection has in hand, or has to send.
 * A buffer has no limit of its own; who fills it has one.
 */
#ifndef SIGNET_WIRE_BUFFER_H
#define SIGNET_WIRE_BUFFER_H

#include "base/span.h"

struct buffer {
	char	*p;
	size_t	 len;
	size_t	 cap;
};

/* Append. False without memory, the buffer then stays as it was. */
bool	 buffer_add(struct buffer *b, struct span s);

/*
 * Forget what is in it. Memory is kept for what comes next, unless it was an
 * unusual lot.
 */
void	 buffer_clear(struct buffer *b);

/* Give its memory back; it is empty then, and good for use. */
void	 buffer_free(struct buffer *b);

/* What is in it, until the next change. */
static inline struct span
buffer_span(const struct buffer *b)
{
	return (struct span){ b->p, b->len };
}

/*
 * For tests only: let the next `n` allocations of the whole process succeed
 * and all later ones fail; a negative `n` turns that off. Not for use with
 * threads.
 */
void	 buffer_fail_after(long n);

#endif
