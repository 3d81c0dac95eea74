/*
 * Whom SPF is not checked for: skip_addresses, Whitelist, Domain_Whitelist,
 * HELO_Whitelist and Domain_Whitelist_PTR, as policyd-spf means them and in
 * that order.
 */
#ifndef SIGNET_POLICY_SPF_EXEMPT_H
#define SIGNET_POLICY_SPF_EXEMPT_H

#include "policy/spf_rules.h"

enum spf_exempt {
	SPF_EXEMPT_NO,
	SPF_EXEMPT_YES,
	SPF_EXEMPT_UNKNOWN,	/* the DNS did not tell */
};

/* By its address alone. *why_out is in `a`: "Whitelist 192.0.2.0/24". */
enum spf_exempt	 spf_exempt_address(struct arena *a,
		    const struct spf_rules *rules, const struct in6_addr *ip,
		    struct span *why_out);

/* Whether the other lists have something to ask for this client. */
bool		 spf_exempt_asks(const struct spf_rules *rules,
		    const struct spf_client *c);

/* Questions that the lists may cause, for a scope of their own. */
unsigned	 spf_exempt_budget(const struct spf_rules *rules);

/* Ask ahead for what spf_exempt_check will need. */
void		 spf_exempt_prefetch(struct arena *a, struct dns_scope *dns,
		    const struct spf_rules *rules,
		    const struct spf_settings *set,
		    const struct spf_client *c);

/*
 * By all lists. Waits, for each of those that ask at most
 * rules->whitelist_time_ms, and never beyond `deadline` (clock_mono_ms()); the
 * scope's deadline is moved. Without memory it is SPF_EXEMPT_UNKNOWN.
 */
enum spf_exempt	 spf_exempt_check(struct arena *a, struct dns_scope *dns,
		    const struct spf_rules *rules,
		    const struct spf_settings *set, const struct spf_client *c,
		    int64_t deadline, struct span *why_out);

#endif
