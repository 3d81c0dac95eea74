#include "config.h"
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * The first block comes with the arena, in one allocation of a size that
 * malloc keeps at hand; most arenas need no more. Each further one is twice as
 * large, up to a limit: a message fits into a few, and a thousand messages
 * that wait do not hold much that they do not use.
 */
#define FIRST_BLOCK	896
#define MAX_BLOCK	2048
#define ALIGN		_Alignof(max_align_t)

struct block {
	struct block	*next;
	size_t		 size;		/* of data[] */
	size_t		 used;
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct block	*first;		/* kept by arena_reset */
	struct block	*last;
	char		*newest;	/* the last allocation */
	size_t		 limit;
	size_t		 used;
	bool		 failed;
	_Alignas(max_align_t) char room[];	/* of the first block */
};

static long fail_countdown = -1;

void
arena_fail_after(long n)
{
	fail_countdown = n;
}

static void *
allocate(size_t size)
{
	if (fail_countdown == 0)
		return NULL;
	if (fail_countdown > 0)
		fail_countdown--;
	return malloc(size);
}

static size_t
round_up(size_t size)
{
	return (size + ALIGN - 1) & ~(ALIGN - 1);
}

/* A block for `want` bytes, of the usual size behind `last` at least. */
static struct block *
block_new(const struct block *last, size_t want)
{
	size_t size = last->size < MAX_BLOCK / 2 ? 2 * last->size : MAX_BLOCK;
	struct block *b;

	if (size < want)
		size = want;
	b = allocate(sizeof(*b) + size);
	if (b != NULL)
		*b = (struct block){ .size = size };
	return b;
}

static struct arena *
new(size_t limit, size_t first)
{
	struct arena *a = allocate(sizeof(*a) + sizeof(struct block) + first);

	if (a == NULL)
		return NULL;
	*a = (struct arena){ .limit = limit };
	a->first = a->last = (struct block *)a->room;
	*a->first = (struct block){ .size = first };
	return a;
}

struct arena *
arena_new(size_t limit)
{
	return new(limit, FIRST_BLOCK);
}

struct arena *
arena_new_small(size_t first)
{
	return new(0, round_up(first));
}

static void
blocks_free(struct block *b)
{
	while (b != NULL) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	blocks_free(a->first->next);
	free(a);
}

void
arena_reset(struct arena *a)
{
	blocks_free(a->first->next);
	a->first->next = NULL;
	a->first->used = 0;
	a->last = a->first;
	a->newest = NULL;
	a->used = 0;
	a->failed = false;
}

static void *
fail(struct arena *a)
{
	a->failed = true;
	return NULL;
}

/* Charge `size` bytes to the arena; false when that is over its limit. */
static bool
charge(struct arena *a, size_t size)
{
	if (a->limit > 0 && (a->used > a->limit || size > a->limit - a->used))
		return false;
	a->used += size;
	return true;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t want = round_up(size > 0 ? size : 1);
	struct block *b = a->last;

	if (want < size || want > SIZE_MAX / 4 || !charge(a, want))
		return fail(a);
	if (b->size - b->used < want) {
		b = block_new(b, want);
		if (b == NULL)
			return fail(a);
		a->last->next = b;
		a->last = b;
	}
	a->newest = b->data + b->used;
	b->used += want;
	return memset(a->newest, 0, want);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return fail(a);
	return arena_alloc(a, n * size);
}

void *
arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size)
{
	struct block *b = a->last;
	size_t have = round_up(old_size > 0 ? old_size : 1);
	size_t want = round_up(new_size > 0 ? new_size : 1);
	void *copy;

	if (old != NULL && want <= have)
		return old;
	if (old != NULL && old == a->newest && want >= new_size &&
	    b->size - b->used >= want - have && charge(a, want - have)) {
		memset(b->data + b->used, 0, want - have);
		b->used += want - have;
		return old;
	}
	copy = arena_alloc(a, new_size);
	if (copy != NULL && old != NULL)
		memcpy(copy, old, old_size);
	return copy;
}

struct span
arena_span(struct arena *a, struct span s)
{
	char *copy = s.len < SIZE_MAX ? arena_alloc(a, s.len + 1) : NULL;

	if (copy == NULL)
		return (struct span){ NULL, 0 };
	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	return (struct span){ copy, s.len };
}

char *
arena_str(struct arena *a, struct span s)
{
	return (char *)arena_span(a, s).p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	char usual[256], *text;		/* few texts are longer */
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(usual, sizeof(usual), fmt, ap);
	va_end(ap);
	if (len < 0)
		return fail(a);
	text = arena_alloc(a, (size_t)len + 1);
	if (text == NULL)
		return NULL;
	if ((size_t)len < sizeof(usual))
		return memcpy(text, usual, (size_t)len + 1);
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

bool
arena_failed(const struct arena *a)
{
	return a->failed;
}
