/* One SPF check in a test: from zone text to result. */
#ifndef SIGNET_TESTS_SPFWORLD_H
#define SIGNET_TESTS_SPFWORLD_H

#include "policy/spf.h"
#include "policy/spf_trace.h"
#include "tests/lib/dnstable.h"

struct world {
	struct arena	*a;
	struct dnstable	*table;		/* the resolver's */
	struct dns	*dns;
	struct dns_scope *scope;
	struct spf_settings set;
	struct spf_client c;
};

/* A world in which `ip` says HELO `helo` and MAIL FROM `from`. */
struct world	 world_of(const char *zone, const char *ip,
		    const char *helo, const char *from);
void		 world_free(struct world *w);

struct spf_result world_check(struct world *w, enum spf_identity id);

/* The number of questions so far that begin so: "TXT ", "A x.example". */
unsigned	 world_asked(struct world *w, const char *prefix);

#endif
