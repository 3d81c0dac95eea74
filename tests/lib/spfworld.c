#include "config.h"
#include "tests/lib/spfworld.h"

#include <stdlib.h>

#include "message/ip.h"

struct world
world_of(const char *zone, const char *ip, const char *helo,
    const char *from)
{
	struct world w = {
		.a = arena_new(0),
		.table = dnstable_new(),
		.set = { .max_void = SPF_MAX_VOID },
		.c = {
			.helo = span_of(helo), .mail_from = span_of(from),
			.receiver = SPAN("mx.example.net"), .now = 1700000000,
		},
	};

	if (!ip_parse(span_of(ip), &w.c.ip) || !dnstable_zone(w.table, zone))
		abort();
	w.dns = dnstable_open(w.table);
	w.scope = dns_scope_new(w.dns, SPF_MAX_QUESTIONS);
	if (w.a == NULL || w.dns == NULL || w.scope == NULL)
		abort();
	return w;
}

void
world_free(struct world *w)
{
	dns_scope_free(w->scope);
	dns_free(w->dns);
	arena_free(w->a);
}

struct spf_result
world_check(struct world *w, enum spf_identity id)
{
	struct spf_result r;

	spf_check(w->a, w->scope, &w->set, &w->c, id, NULL, &r);
	return r;
}

unsigned
world_asked(struct world *w, const char *prefix)
{
	size_t i, n = dnstable_asked(w->table);
	unsigned hits = 0;

	for (i = 0; i < n; i++)
		hits += span_starts(span_of(dnstable_question(w->table, i)),
		    prefix);
	return hits;
}
