/* Inside dns/: whom to ask, as text. */
#ifndef SIGNET_DNS_SERVER_H
#define SIGNET_DNS_SERVER_H

#include "dns/dns.h"

/* "127.0.0.1@53", "fe80::1%2@53"; as libunbound wants it. NULL: no memory. */
const char *dns_server_text(struct arena *a, const struct dns_server *sv);

#endif
