/* The base64string of RFC 6376, 2.10, where the padding may be left out. */
#ifndef SIGNET_POLICY_DKIM_BASE64_H
#define SIGNET_POLICY_DKIM_BASE64_H

#include "base/arena.h"

/* See base64_decode. */
bool	 dkim_base64_decode(struct arena *a, struct span in,
	    struct span *out);

#endif
