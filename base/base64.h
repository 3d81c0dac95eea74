/* Base64 (RFC 4648, 4), as mail uses it. */
#ifndef SIGNET_BASE_BASE64_H
#define SIGNET_BASE_BASE64_H

#include "base/arena.h"

/*
 * Decode `in`, in which folding white space may stand anywhere. The bytes
 * live in `a`. False when something else stands in it, the padding is wrong
 * or missing, or there is no memory. Empty input gives an empty result.
 */
bool		base64_decode(struct arena *a, struct span in,
		    struct span *out);

/* Encode, on one line, with padding. On failure p is NULL. */
struct span	base64_encode(struct arena *a, struct span in);

#endif
