/*
 * Effects: a verdict and its edits, as the MTA is told.
 */
#ifndef SIGNET_MILTER_APPLY_H
#define SIGNET_MILTER_APPLY_H

#include "policy/inspect.h"
#include "wire/milter.h"

/* Set the words of a refusal; the answer that goes with them. */
enum milter_answer apply_refusal(struct milter *m, const struct verdict *v);

/*
 * At the end of the message: edits, quarantine, reply. `lead_space` says that
 * values pass with their leading space (MILTER_HDR_LEADSPC). A failed edit
 * gives a temporary failure, since the message would not say what was found.
 */
enum milter_answer apply_outcome(struct milter *m, struct arena *a,
	    const struct inspection_outcome *out, bool hold,
	    bool lead_space);

#endif
