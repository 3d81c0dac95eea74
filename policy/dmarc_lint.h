/*
 * What the owner of a DMARC record should mend, for people who ask before
 * others find out.
 */
#ifndef SIGNET_POLICY_DMARC_LINT_H
#define SIGNET_POLICY_DMARC_LINT_H

#include "policy/dmarc.h"

enum dmarc_lint_level {
	DMARC_LINT_NOTE,	/* worth knowing; nothing is wrong */
	DMARC_LINT_WARNING,	/* it works, but not as it was probably meant */
	DMARC_LINT_ERROR,	/* others do not honour it */
	DMARC_LINT_UNKNOWN,	/* could not be found out */
};

/* "note", "warning", "error", "unknown" */
const char	*dmarc_lint_level_name(enum dmarc_lint_level l);

struct dmarc_lint_item {
	enum dmarc_lint_level level;
	const char	*where;		/* the name in the DNS */
	const char	*text;		/* printable ASCII */
};

/* More than this nobody mends in one go. */
#define DMARC_LINT_MAX	64

struct dmarc_lint {
	struct arena	*arena;
	struct dmarc_lint_item item[DMARC_LINT_MAX];
	size_t		 count;
};

/* Look at one text that stands at `where`; items are added to *out. */
void		 dmarc_lint_record(struct span text, const char *where,
		    struct dmarc_lint *out);

/*
 * Look at all that concerns mail from `domain` (normalized), whose evaluation
 * is `result` and whose walk is `walk`: the records on the way, the one that
 * applies, and the consent of those it wants reports sent to. Waits. *out
 * begins empty, but for its arena.
 */
void		 dmarc_lint_domain(struct dns_scope *dns,
		    const struct suffixes *suffixes,
		    const struct dmarc_walk *walk,
		    const struct dmarc_result *result,
		    struct dmarc_lint *out);

#endif
