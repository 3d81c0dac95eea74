/*
 * Which octets of the header a signature signs (RFC 6376, 3.7 and 5.4.2).
 * Between dkim_data.c and dkim_verify.c; others see dkim.h.
 */
#ifndef SIGNET_POLICY_DKIM_DATA_H
#define SIGNET_POLICY_DKIM_DATA_H

#include "base/strbuf.h"
#include "policy/dkim.h"

/*
 * Hash what `sig` signs of `h` into `out`. `scratch` is for one field at a
 * time and may be used again; `d` is left ready for the next. False without
 * memory.
 *
 * *surplus_out: a field that a reader is shown, or that says how the body is
 * shown, stands more often than h= has it, and h= has it. It was added after
 * signing.
 */
bool	 dkim_data_digest(struct arena *a, const struct headers *h,
	    const struct dkim_signature *sig, struct digest *d,
	    struct strbuf *scratch, uint8_t out[DIGEST_LEN],
	    bool *surplus_out);

#endif
