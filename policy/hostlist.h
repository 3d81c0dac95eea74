/*
 * A set of hosts: addresses, networks, host names and domains, as OpenDKIM's
 * InternalHosts writes them. The most specific entry decides, whatever the
 * order; "!" in front of an entry makes it an exception.
 *
 *	192.0.2.1  [192.0.2.1]  192.0.2.0/24  2001:db8::/32
 *	mail.example.com	that host
 *	.example.com		every host below example.com
 */
#ifndef SIGNET_POLICY_HOSTLIST_H
#define SIGNET_POLICY_HOSTLIST_H

#include <netinet/in.h>

#include "base/arena.h"

struct hostlist;

enum hostlist_status {
	HOSTLIST_OK,
	HOSTLIST_STRAY_BITS,	/* added; "10.0.0.1/8" has bits behind the
				 * prefix, which were dropped: tell so */
	HOSTLIST_SYNTAX,	/* neither address, network nor name */
	HOSTLIST_NOMEM,
};

/* NULL without memory; NULL may be freed. */
struct hostlist	*hostlist_new(void);
void		 hostlist_free(struct hostlist *l);

enum hostlist_status hostlist_add(struct hostlist *l, struct span entry);

size_t		 hostlist_count(const struct hostlist *l);

/*
 * Whether the host is in the set. `ip` may be NULL (a client without an
 * address is in no set); `name` is the client's verified name, or empty.
 * An address entry is more specific than a network, a longer prefix than a
 * shorter, a host name than a domain, any address entry than any name. A NULL
 * list is empty. Lookup time does not grow with the number of entries.
 */
bool		 hostlist_has(const struct hostlist *l,
		    const struct in6_addr *ip, struct span name);

/*
 * The entry that decided, for the log ("10.0.0.0/8", without "!"), in the
 * list's own memory; empty when none matched.
 */
struct span	 hostlist_match(const struct hostlist *l,
		    const struct in6_addr *ip, struct span name,
		    bool *listed_out);

/*
 * The same of a domain name (normalized), for a set of domains: an entry
 * example.com is that domain, .example.com every one below it.
 */
struct span	 hostlist_match_name(const struct hostlist *l,
		    struct span name, bool *listed_out);

#endif
