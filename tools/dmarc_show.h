/* What signet dmarc found, and how it is shown. */
#ifndef SIGNET_TOOLS_DMARC_SHOW_H
#define SIGNET_TOOLS_DMARC_SHOW_H

#include "policy/dmarc_compare.h"
#include "policy/dmarc_lint.h"

#define DMARC_MAX_IDENTIFIERS	50

/* An identifier that passed, and what became of it. */
struct dmarc_shown {
	struct span	 org_domain;
	bool		 known;		/* whether it is aligned */
	bool		 aligned;
};

struct dmarc_job {
	struct arena	*a;
	struct span	 domain;	/* of the author */
	const struct suffixes *suffixes; /* NULL: tree walk */
	struct dmarc_identifier id[DMARC_MAX_IDENTIFIERS];
	struct dmarc_shown shown[DMARC_MAX_IDENTIFIERS];
	size_t		 nids;
	struct dmarc_walk walk;
	struct dmarc_result r;
	struct dmarc_lint *lint;	/* NULL: not asked for */
	struct dmarc_comparison *compare; /* NULL: not asked for */
	bool		 compared;	/* ... and it could be */
};

void	 dmarc_show_text(const struct dmarc_job *j);
void	 dmarc_show_json(const struct dmarc_job *j);

#endif
