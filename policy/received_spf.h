/* The Received-SPF field (RFC 7208, 9.1): written here, read nowhere. */
#ifndef SIGNET_POLICY_RECEIVED_SPF_H
#define SIGNET_POLICY_RECEIVED_SPF_H

#include "base/strbuf.h"
#include "policy/spf.h"

/*
 * Compose the value: leading space, folded with CRLF + tab, at most 78
 * columns where a value allows. Result, a comment for a person, then all keys
 * that are known: identity, client-ip, helo, envelope-from, receiver,
 * mechanism (on none it is left out), problem (on an error). An empty receiver
 * of `c` is "unknown". Of a long value the first 256 bytes are shown. On
 * failure p is NULL.
 */
struct span	 received_spf_compose(struct arena *a,
		    const struct spf_result *r, enum spf_identity id,
		    const struct spf_client *c);

#endif
