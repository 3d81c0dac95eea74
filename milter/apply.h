/*
 * Effects: a verdict and its edits as libmilter calls.
 */
#ifndef SIGNET_MILTER_APPLY_H
#define SIGNET_MILTER_APPLY_H

#include <libmilter/mfapi.h>

#include "policy/inspect.h"

/* Set the reply of a refusal; the callback's return value for it. */
sfsistat apply_refusal(SMFICTX *ctx, struct arena *a,
	    const struct verdict *v);

/*
 * At the end of the message: edits, quarantine, reply. `lead_space` says that
 * values pass with their leading space (SMFIP_HDR_LEADSPC). A failed edit
 * gives a temporary failure, since the message would not say what was found.
 */
sfsistat apply_outcome(SMFICTX *ctx, struct arena *a,
	    const struct inspection_outcome *out, bool hold,
	    bool lead_space);

#endif
