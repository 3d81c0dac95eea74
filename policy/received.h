/*
 * The client that a relay names in its Received field (RFC 5321, 4.4).
 */
#ifndef SIGNET_POLICY_RECEIVED_H
#define SIGNET_POLICY_RECEIVED_H

#include <netinet/in.h>

#include "base/span.h"

struct received_client {
	struct in6_addr	 ip;
	struct span	 helo;		/* in the field; may be empty */
};

/*
 * Read the value of a Received field as Postfix, Sendmail and Exim write it:
 * "from HELO (NAME [IP]) by ...", "from [IP] (helo=HELO) by ...". False when
 * it names no address before its "by".
 */
bool	 received_parse(struct span value, struct received_client *out);

#endif
