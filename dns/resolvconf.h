/* Inside dns/: whom to ask, as the system says. */
#ifndef SIGNET_DNS_RESOLVCONF_H
#define SIGNET_DNS_RESOLVCONF_H

#include "dns/dns.h"

/*
 * The servers that the text of a resolv.conf(5) names, the first
 * DNS_MAX_SERVERS of them; how many. Lines that cannot be read are skipped,
 * as the C library does.
 */
size_t	 dns_resolvconf_parse(struct span text,
	    struct dns_server out[DNS_MAX_SERVERS]);

/* The same of a file; 0 also when it cannot be read. */
size_t	 dns_resolvconf_read(const char *path,
	    struct dns_server out[DNS_MAX_SERVERS]);

#endif
