/*
 * IP addresses: text to bytes and back, networks. An IPv4 address is held as
 * its IPv4-mapped IPv6 address everywhere in Signet.
 */
#ifndef SIGNET_MESSAGE_IP_H
#define SIGNET_MESSAGE_IP_H

#include <netinet/in.h>

#include "base/arena.h"

/* Read "192.0.2.1" or "2001:db8::1" (also in brackets, "[...]"). */
bool		 ip_parse(struct span text, struct in6_addr *out);

/* The usual text; IPv4 dotted. In `a`; p is NULL without memory. */
struct span	 ip_text(struct arena *a, const struct in6_addr *ip);

/* Whether it is an IPv4 address (mapped). */
static inline bool
ip_is4(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_V4MAPPED(ip);
}

/*
 * Whether the first `bits` bits of both are the same, counted in the 128 of
 * the mapped form (an IPv4 prefix length n is 96 + n).
 */
bool		 ip_in_network(const struct in6_addr *ip,
		    const struct in6_addr *net, unsigned bits);

/*
 * Read "ADDRESS" or "ADDRESS/PREFIX" (CIDR). *bits_out counts in 128 bits.
 * Bits behind the prefix are cleared, *stray_out (unless NULL) says whether
 * there were any.
 */
bool		 ip_parse_network(struct span text, struct in6_addr *net_out,
		    unsigned *bits_out, bool *stray_out);

#endif
