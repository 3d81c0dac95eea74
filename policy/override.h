/*
 * Exceptions from what DMARC and the rules for own domains lead to, which the
 * administrator makes by author domain, by client and by signer.
 */
#ifndef SIGNET_POLICY_OVERRIDE_H
#define SIGNET_POLICY_OVERRIDE_H

#include "policy/hostlist.h"
#include "policy/verdict.h"

/* In the order in which they win where several entries match. */
enum override_kind {
	OVERRIDE_NONE,
	OVERRIDE_REJECT,	/* must be authenticated, whatever the policy */
	OVERRIDE_FORWARDER,	/* hands mail on: what would be refused is
				 * quarantined */
	OVERRIDE_NEVER,		/* tagged, and that is all */
};

/* "reject", "forwarder", "never"; "none". */
const char	*override_kind_name(enum override_kind k);

/* The kind of that name; OVERRIDE_NONE when there is no such. */
enum override_kind override_kind_parse(struct span name);

/* ---- the table (OverrideTable) ------------------------------------------ */

struct override_table;

/* NULL without memory; NULL may be freed. */
struct override_table *override_table_new(void);
void		 override_table_free(struct override_table *t);

enum override_status {
	OVERRIDE_OK,
	OVERRIDE_STRAY_BITS,	/* added; see HOSTLIST_STRAY_BITS */
	OVERRIDE_BAD_KEY,	/* neither domain, host: nor dkim: */
	OVERRIDE_BAD_ACTION,	/* none of the three, or reject of a signer */
	OVERRIDE_NOMEM,
};

/*
 * Add a row. Keys are example.com and .example.com (author domains, see
 * hostlist_match_name), host:ENTRY (clients, see hostlist.h) and dkim:DOMAIN
 * (the d= of a signature that passes).
 */
enum override_status override_table_add(struct override_table *t,
		    struct span key, struct span action);

/* ---- what applies to a message ------------------------------------------ */

struct override {
	enum override_kind kind;
	const char	*why;		/* "IgnoreHosts 192.0.2.1", in `a` or
					 * static; NULL when there is none */
};

/*
 * Which exception holds: IgnoreHosts, IgnoreMailFrom, IgnoreMailTo, then the
 * table; of several rows the most gentle.
 */
struct override	 override_find(struct arena *a,
		    const struct policy_settings *set, const struct mail *m,
		    const struct results *r);

#endif
