#include "config.h"
#include "base/map.h"

#include <endian.h>
#include <stdlib.h>
#include <sys/random.h>

/*
 * Chained buckets, doubled when there are more entries than buckets. An entry
 * is one allocation with its key behind it.
 */
struct entry {
	struct entry	*next;
	uint64_t	 hash;
	void		*value;
	size_t		 len;
	char		 key[];
};

struct map {
	struct entry	**bucket;
	size_t		 nbuckets;	/* a power of two */
	size_t		 count;
	uint8_t		 key[16];
};

#define FIRST_BUCKETS	16

static uint64_t
load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static uint64_t
rotl(uint64_t v, int n)
{
	return v << n | v >> (64 - n);
}

static void
sip_rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[0] = rotl(v[0], 32);
		v[2] += v[3];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[2] = rotl(v[2], 32);
	}
}

uint64_t
siphash(const uint8_t key[16], struct span s)
{
	uint64_t k0 = load64(key), k1 = load64(key + 8), word;
	uint64_t v[4] = {
		k0 ^ UINT64_C(0x736f6d6570736575),
		k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261),
		k1 ^ UINT64_C(0x7465646279746573),
	};
	const uint8_t *p = (const uint8_t *)s.p;
	size_t left = s.len, i;

	for (; left >= 8; left -= 8, p += 8) {
		word = load64(p);
		v[3] ^= word;
		sip_rounds(v, 2);
		v[0] ^= word;
	}
	word = (uint64_t)s.len << 56;
	for (i = 0; i < left; i++)
		word |= (uint64_t)p[i] << (8 * i);
	v[3] ^= word;
	sip_rounds(v, 2);
	v[0] ^= word;
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct map *
map_new(void)
{
	struct map *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->nbuckets = FIRST_BUCKETS;
	m->bucket = calloc(m->nbuckets, sizeof(*m->bucket));
	if (m->bucket == NULL ||
	    getrandom(m->key, sizeof(m->key), 0) != (ssize_t)sizeof(m->key)) {
		map_free(m);
		return NULL;
	}
	return m;
}

void
map_free(struct map *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; m->bucket != NULL && i < m->nbuckets; i++) {
		struct entry *e = m->bucket[i];

		while (e != NULL) {
			struct entry *next = e->next;

			free(e);
			e = next;
		}
	}
	free(m->bucket);
	free(m);
}

/* The link that points at the entry of `key`, or at the end of its chain. */
static struct entry **
find(const struct map *m, struct span key, uint64_t hash)
{
	struct entry **link = &m->bucket[hash & (m->nbuckets - 1)];

	while (*link != NULL && ((*link)->hash != hash ||
	    !span_eq((struct span){ (*link)->key, (*link)->len }, key)))
		link = &(*link)->next;
	return link;
}

void *
map_get(const struct map *m, struct span key)
{
	const struct entry *e = *find(m, key, siphash(m->key, key));

	return e != NULL ? e->value : NULL;
}

static void
grow(struct map *m)
{
	size_t n = m->nbuckets * 2, i;
	struct entry **bucket = calloc(n, sizeof(*bucket));

	if (bucket == NULL)
		return;		/* longer chains, nothing lost */
	for (i = 0; i < m->nbuckets; i++) {
		struct entry *e = m->bucket[i];

		while (e != NULL) {
			struct entry *next = e->next;

			e->next = bucket[e->hash & (n - 1)];
			bucket[e->hash & (n - 1)] = e;
			e = next;
		}
	}
	free(m->bucket);
	m->bucket = bucket;
	m->nbuckets = n;
}

bool
map_put(struct map *m, struct span key, void *value, void **old_out)
{
	uint64_t hash = siphash(m->key, key);
	struct entry **link = find(m, key, hash), *e = *link;

	if (old_out != NULL)
		*old_out = e != NULL ? e->value : NULL;
	if (e != NULL) {
		e->value = value;
		return true;
	}
	e = malloc(sizeof(*e) + key.len);
	if (e == NULL)
		return false;
	e->next = NULL;
	e->hash = hash;
	e->value = value;
	e->len = key.len;
	if (key.len > 0)
		memcpy(e->key, key.p, key.len);
	*link = e;
	if (++m->count > m->nbuckets)
		grow(m);
	return true;
}

void *
map_remove(struct map *m, struct span key)
{
	struct entry **link = find(m, key, siphash(m->key, key)), *e = *link;
	void *value;

	if (e == NULL)
		return NULL;
	value = e->value;
	*link = e->next;
	free(e);
	m->count--;
	return value;
}

size_t
map_count(const struct map *m)
{
	return m->count;
}

/*
 * The cursor is bucket << 20 | place in its chain: a chain of a million
 * entries would need a broken hash.
 */
#define CHAIN_BITS	20

bool
map_next(const struct map *m, size_t *cursor, struct span *key_out,
    void **value_out)
{
	size_t b = *cursor >> CHAIN_BITS;
	size_t place = *cursor & (((size_t)1 << CHAIN_BITS) - 1);

	for (; b < m->nbuckets; b++, place = 0) {
		const struct entry *e = m->bucket[b];
		size_t i;

		for (i = 0; e != NULL && i < place; i++)
			e = e->next;
		if (e == NULL)
			continue;
		*key_out = (struct span){ e->key, e->len };
		*value_out = e->value;
		*cursor = b << CHAIN_BITS | (place + 1);
		return true;
	}
	*cursor = b << CHAIN_BITS;
	return false;
}
