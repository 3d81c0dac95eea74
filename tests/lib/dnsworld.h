/* A table, a resolver over it and a scope: what tests of dns/ begin with. */
#ifndef SIGNET_TESTS_DNSWORLD_H
#define SIGNET_TESTS_DNSWORLD_H

#include "tests/lib/dnstable.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

struct world {
	struct dnstable	*table;
	struct dns	*dns;
	struct dns_scope *scope;
};

static inline struct world
world_new(const char *zone, unsigned budget)
{
	struct world w;

	w.table = dnstable_new();
	ck_assert(dnstable_zone(w.table, zone));
	w.dns = dnstable_open(w.table);
	ck_assert_ptr_nonnull(w.dns);
	w.scope = dns_scope_new(w.dns, budget);
	ck_assert_ptr_nonnull(w.scope);
	return w;
}

/* The scope in it may be freed and NULL already. */
static inline void
world_free(struct world *w)
{
	dns_scope_free(w->scope);
	dns_free(w->dns);
}

static inline const struct dns_answer *
ask(struct world *w, enum dns_type type, const char *name)
{
	return dns_lookup(w->scope, type, span_of(name));
}

#endif
