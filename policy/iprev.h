/*
 * iprev: the client's address has a name that has the address (RFC 8601,
 * 2.7.3).
 */
#ifndef SIGNET_POLICY_IPREV_H
#define SIGNET_POLICY_IPREV_H

#include "dns/dns.h"
#include "policy/result.h"

#define IPREV_MAX_NAMES	10	/* PTR names that are tried */

struct iprev_result {
	enum result	 result;	/* pass, fail (names, but none has the
					 * address), temperror, permerror (the
					 * address has no name) */
	struct span	 name;		/* the name that held, on pass */
	const char	*reason;	/* static phrase, NULL on pass */
};

void	 iprev_prefetch(struct arena *a, struct dns_scope *dns,
	    const struct in6_addr *ip);

/* Waits. The name lives in `a`. */
void	 iprev_check(struct arena *a, struct dns_scope *dns,
	    const struct in6_addr *ip, struct iprev_result *out);

#endif
