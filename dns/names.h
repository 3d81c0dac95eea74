/* Inside dns/: the names that may be asked for. */
#ifndef SIGNET_DNS_NAMES_H
#define SIGNET_DNS_NAMES_H

#include "dns/dns.h"
#include "message/domain.h"

/*
 * Bring `in` into the form of dns.h: lower case, no trailing dot. `buf` has
 * room for DOMAIN_MAX_LEN bytes. False when it is no name one can ask for: an
 * empty or over-long label or name, or a byte that is not printable ASCII.
 * U-labels are for domain_normalize to convert.
 */
bool	 dns_name_fold(struct span in, char *buf, struct span *out);

#endif
