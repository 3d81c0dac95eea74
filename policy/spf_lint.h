/*
 * What the owner of a domain should mend in its SPF record and in those that
 * it includes. Unlike a check it is for no client: every term is followed.
 */
#ifndef SIGNET_POLICY_SPF_LINT_H
#define SIGNET_POLICY_SPF_LINT_H

#include "base/strbuf.h"
#include "dns/dns.h"

/* Records that are followed, and questions that this may cost. */
#define SPF_LINT_MAX_RECORDS	50
#define SPF_LINT_BUDGET		500

enum spf_lint_level {
	SPF_LINT_NOTE,
	SPF_LINT_WARNING,	/* works, but not as it should */
	SPF_LINT_ERROR,		/* mail suffers from it */
};

struct spf_finding {
	struct spf_finding *next;
	enum spf_lint_level level;
	struct span	 domain;	/* whose record */
	struct span	 record;	/* its text, and the place in it: */
	struct span	 where;		/* empty where there is none */
	const char	*what;
};

/* A term that costs lookups, with all that stands below it. */
struct spf_branch {
	struct spf_branch *next;	/* in the order of the records */
	unsigned	 depth;
	struct span	 domain;	/* whose record it stands in */
	struct span	 term;
	unsigned	 lookups;	/* terms that need DNS, it included */
	unsigned	 voids;
	bool		 unknown;	/* it depends on the client */
};

struct spf_lint {
	struct span	 domain;
	struct span	 record;	/* empty: none */
	struct spf_finding *finding;
	struct spf_branch *branch;
	unsigned	 lookups, voids;
	unsigned	 errors, warnings;
	bool		 incomplete;	/* the DNS did not tell all of it */
};

/*
 * Look at `domain` (normalized): what is published or, where it is not empty,
 * `record` as if it were. Waits. What *out holds lives in `a`.
 */
void	 spf_lint(struct arena *a, struct dns_scope *dns, struct span domain,
	    struct span record, struct spf_lint *out);

/* Append it as text: the branches with their counts, then the findings. */
void	 spf_lint_text(const struct spf_lint *l, struct strbuf *out);

#endif
