/*
 * A second opinion on DMARC from libopendmarc, for those who come from
 * OpenDMARC and want to know beforehand what will change. It never decides.
 * The only user of libopendmarc; where that is not there at build time
 * (configure --without-opendmarc), nothing is compared.
 *
 * Not asked are the parts of libopendmarc that ask the DNS: it is given the
 * record that OpenDMARC would have found, of the author domain or else of the
 * organizational domain by the public suffix list.
 */
#ifndef SIGNET_POLICY_DMARC_COMPARE_H
#define SIGNET_POLICY_DMARC_COMPARE_H

#include "policy/dmarc.h"

/* What DMARC comes to. */
enum dmarc_outcome {
	DMARC_OUTCOME_UNKNOWN,	/* temperror, permerror: nothing to compare */
	DMARC_OUTCOME_NONE,	/* it does not apply */
	DMARC_OUTCOME_PASS,
	DMARC_OUTCOME_FAIL_NONE,
	DMARC_OUTCOME_FAIL_QUARANTINE,
	DMARC_OUTCOME_FAIL_REJECT,
	DMARC_OUTCOME_BAD_RECORD, /* libopendmarc: the record is refused */
};

/* "none", "pass", "fail:reject", "bad-record" ... */
const char	*dmarc_outcome_name(enum dmarc_outcome o);

/* A way in which the two are known to differ. */
struct dmarc_difference {
	const char	*name;		/* "suffix-rule" */
	const char	*paragraph;	/* "RFC 9989, 4.10.2" */
	const char	*text;		/* what it is, one sentence */
};

/* All of them, in the order in which they are tried; NULL behind the last. */
const struct dmarc_difference *dmarc_difference_at(size_t i);

struct dmarc_comparison {
	enum dmarc_outcome ours, theirs;
	bool		 differs;
	const struct dmarc_difference *known;	/* why; NULL: they do not
						 * differ, or nobody knows */
};

/* Whether this was built with libopendmarc. */
bool		 dmarc_compare_there(void);

/*
 * Have libopendmarc read its list of public suffixes. It has one for the whole
 * process: the first list stays, a later call does nothing and is true. False
 * when the file cannot be read. Any thread.
 */
bool		 dmarc_compare_open(const char *list_file);

/*
 * Compare, behind dmarc_evaluate with the same identifiers; `suffixes` is what
 * OpenDMARC's list says. Waits for the DNS, where the walk of the author did
 * not ask it anyway. False, and nothing in *out, where there is nothing to
 * compare: no libopendmarc, no memory, or an outcome is not known.
 */
bool		 dmarc_compare(struct arena *a, struct dns_scope *dns,
		    const struct suffixes *suffixes,
		    const struct dmarc_identifier *id, size_t nids,
		    const struct dmarc_result *ours,
		    struct dmarc_comparison *out);

#endif
