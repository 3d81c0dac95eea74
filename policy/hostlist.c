#include "config.h"
#include "policy/hostlist.h"

#include <stdlib.h>

#include "base/map.h"
#include "message/domain.h"
#include "message/ip.h"

/*
 * One map holds everything: networks under their length and their 16 bytes,
 * hosts under their name, domains under their name with the dot in front. The
 * first byte keeps the three apart.
 */
#define KIND_NETWORK	'n'
#define KIND_NAME	'h'

#define PREFIX_LENGTHS	129	/* 0 to 128 */

struct entry {
	bool		 listed;	/* false: written with "!" */
	struct span	 text;		/* as written, without "!" */
};

struct hostlist {
	struct arena	*arena;
	struct map	*map;
	bool		 has_length[PREFIX_LENGTHS];
	size_t		 count;
};

struct hostlist *
hostlist_new(void)
{
	struct hostlist *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->arena = arena_new(0);
	l->map = map_new();
	if (l->arena == NULL || l->map == NULL) {
		hostlist_free(l);
		return NULL;
	}
	return l;
}

void
hostlist_free(struct hostlist *l)
{
	if (l == NULL)
		return;
	map_free(l->map);
	arena_free(l->arena);
	free(l);
}

size_t
hostlist_count(const struct hostlist *l)
{
	return l != NULL ? l->count : 0;
}

#define NETWORK_KEY_LEN	(2 + sizeof(struct in6_addr))

static struct span
network_key(char key[NETWORK_KEY_LEN], const struct in6_addr *net,
    unsigned bits)
{
	key[0] = KIND_NETWORK;
	key[1] = (char)bits;
	memcpy(key + 2, net->s6_addr, sizeof(net->s6_addr));
	return (struct span){ key, NETWORK_KEY_LEN };
}

/*
 * Put an entry under `key`. Where the same host is listed and excepted, the
 * exception holds: a list gives rights, and what is unclear gives none.
 */
static enum hostlist_status
put(struct hostlist *l, struct span key, struct span text, bool listed)
{
	struct entry *e = map_get(l->map, key);

	if (e == NULL) {
		e = arena_alloc(l->arena, sizeof(*e));
		if (e == NULL || !map_put(l->map, key, e, NULL))
			return HOSTLIST_NOMEM;
		e->listed = true;
		l->count++;
	}
	e->listed = e->listed && listed;
	e->text = arena_span(l->arena, text);
	return e->text.p != NULL ? HOSTLIST_OK : HOSTLIST_NOMEM;
}

static enum hostlist_status
add_network(struct hostlist *l, struct span text, bool listed,
    const struct in6_addr *net, unsigned bits, bool stray)
{
	char key[NETWORK_KEY_LEN];
	enum hostlist_status st;

	st = put(l, network_key(key, net, bits), text, listed);
	if (st != HOSTLIST_OK)
		return st;
	l->has_length[bits] = true;
	return stray ? HOSTLIST_STRAY_BITS : HOSTLIST_OK;
}

/* "192.0.2" and "300.1.1.1" are broken addresses, not names. */
static bool
looks_numeric(struct span name)
{
	struct span last = domain_last_labels(name, 1);
	uint64_t n;

	return span_uint(last, UINT64_MAX, &n);
}

static enum hostlist_status
add_name(struct hostlist *l, struct span text, bool listed)
{
	bool domain = text.len > 0 && text.p[0] == '.';
	enum domain_status st;
	struct span name;
	char *key;

	st = domain_normalize(l->arena, span_skip(text, domain), &name);
	if (st == DOMAIN_NOMEM)
		return HOSTLIST_NOMEM;
	if (st != DOMAIN_OK || looks_numeric(name))
		return HOSTLIST_SYNTAX;
	key = arena_printf(l->arena, "%c%s%.*s", KIND_NAME, domain ? "." : "",
	    SPAN_ARG(name));
	if (key == NULL)
		return HOSTLIST_NOMEM;
	return put(l, span_of(key), text, listed);
}

enum hostlist_status
hostlist_add(struct hostlist *l, struct span entry)
{
	struct in6_addr net;
	unsigned bits;
	bool stray, listed;

	entry = span_trim(entry);
	listed = entry.len == 0 || entry.p[0] != '!';
	if (!listed)
		entry = span_trim(span_skip(entry, 1));
	if (ip_parse_network(entry, &net, &bits, &stray))
		return add_network(l, entry, listed, &net, bits, stray);
	return add_name(l, entry, listed);
}

/* The longest network that holds `ip`. */
static const struct entry *
find_address(const struct hostlist *l, const struct in6_addr *ip)
{
	/* ::/0 and its like are IPv6; they do not hold mapped addresses. */
	int shortest = ip_is4(ip) ? 96 : 0;
	struct in6_addr net = *ip;
	char key[NETWORK_KEY_LEN];
	int bits;

	for (bits = 128; bits >= shortest; bits--) {
		const struct entry *e;

		if (bits < 128)
			net.s6_addr[bits / 8] &= (uint8_t)(0xff00 >> bits % 8);
		if (!l->has_length[bits])
			continue;
		e = map_get(l->map, network_key(key, &net, (unsigned)bits));
		if (e != NULL)
			return e;
	}
	return NULL;
}

/* The host itself, else the longest domain it stands below. */
static const struct entry *
find_name(const struct hostlist *l, struct span name)
{
	char key[2 + DOMAIN_MAX_LEN];
	const struct entry *e;
	size_t i;

	if (name.len > 0 && name.p[name.len - 1] == '.')
		name.len--;
	if (name.len == 0 || name.len > DOMAIN_MAX_LEN)
		return NULL;
	for (i = 0; i < name.len; i++)
		key[1 + i] = (char)ascii_lower((unsigned char)name.p[i]);
	key[0] = KIND_NAME;
	e = map_get(l->map, (struct span){ key, 1 + name.len });
	for (i = 1; e == NULL && i < name.len; i++) {
		if (key[1 + i] != '.')
			continue;
		key[i] = KIND_NAME;
		e = map_get(l->map, (struct span){ key + i, 1 + name.len - i });
	}
	return e;
}

struct span
hostlist_match(const struct hostlist *l, const struct in6_addr *ip,
    struct span name, bool *listed_out)
{
	const struct entry *e = NULL;

	if (l != NULL && ip != NULL) {
		e = find_address(l, ip);
		if (e == NULL)
			e = find_name(l, name);
	}
	*listed_out = e != NULL && e->listed;
	return e != NULL ? e->text : (struct span){ NULL, 0 };
}

struct span
hostlist_match_name(const struct hostlist *l, struct span name,
    bool *listed_out)
{
	const struct entry *e = l != NULL ? find_name(l, name) : NULL;

	*listed_out = e != NULL && e->listed;
	return e != NULL ? e->text : (struct span){ NULL, 0 };
}

bool
hostlist_has(const struct hostlist *l, const struct in6_addr *ip,
    struct span name)
{
	bool listed;

	(void)hostlist_match(l, ip, name, &listed);
	return listed;
}
