#include "config.h"
#include "wire/buffer.h"

#include <stdlib.h>

/* The first allocation: most packets and most replies fit. */
#define FIRST	256

/* What an idle connection may keep. */
#define KEPT	4096

static long fail_after = -1;		/* tests only */

void
buffer_fail_after(long n)
{
	fail_after = n;
}

static bool
grow(struct buffer *b, size_t more)
{
	size_t cap = b->cap > 0 ? b->cap : FIRST;
	char *p;

	if (fail_after == 0 || more > SIZE_MAX / 2 - b->len)
		return false;
	if (fail_after > 0)
		fail_after--;
	while (cap - b->len < more)
		cap *= 2;
	p = realloc(b->p, cap);
	if (p == NULL)
		return false;
	b->p = p;
	b->cap = cap;
	return true;
}

bool
buffer_add(struct buffer *b, struct span s)
{
	if (s.len > b->cap - b->len && !grow(b, s.len))
		return false;
	if (s.len > 0)
		memcpy(b->p + b->len, s.p, s.len);
	b->len += s.len;
	return true;
}

void
buffer_clear(struct buffer *b)
{
	if (b->cap > KEPT)
		buffer_free(b);
	b->len = 0;
}

void
buffer_free(struct buffer *b)
{
	free(b->p);
	*b = (struct buffer){ .p = NULL };
}
