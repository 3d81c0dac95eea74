/*
 * The inside of SPF's evaluation, for the files that make it up: spf.c (one
 * check), spf_eval.c (records), spf_mech.c (mechanisms), spf_prefetch.c
 * (asking ahead). Nobody else includes this.
 *
 * There is one evaluation, and it is run in two ways. To judge, it waits for
 * each answer. To ask ahead, it is told "not here yet", goes on as if the
 * term did not match, and so comes by all that may be needed; it is then run
 * again as answers arrive.
 */
#ifndef SIGNET_POLICY_SPF_EVAL_H
#define SIGNET_POLICY_SPF_EVAL_H

#include "policy/spf.h"
#include "policy/spf_record.h"
#include "policy/spf_trace.h"

/* What comes of a term, or of a question. */
enum spf_step {
	SPF_NO,			/* no match; no records */
	SPF_YES,		/* match; records */
	SPF_PENDING,		/* not known yet: only when asking ahead */
	SPF_TEMP,		/* temperror; e->problem says why */
	SPF_PERM,		/* permerror; e->problem says why */
};

struct spf_eval {
	struct arena	*a;
	struct dns_scope *dns;
	unsigned	 max_void;
	struct spf_trace *trace;	/* or NULL */

	/*
	 * The answer to a question, NULL while it is not here (asking ahead).
	 * `ahead` is NULL when this evaluation judges.
	 */
	const struct dns_answer *(*ask)(struct spf_eval *e,
	    enum dns_type type, struct span name);
	void		*ahead;

	struct spf_macro_env env;	/* env.domain: whose record this is */
	bool		 ascii_local;	/* s and l can stand in a name */

	unsigned	 terms;		/* that need DNS, so far */
	unsigned	 voids;		/* void lookups so far */
	struct span	 suspect[SPF_MAX_TERMS]; /* see spf_ask */
	size_t		 nsuspects;
	bool		 p_counted;	/* the client's name, once a check */
	bool		 explaining;	/* nothing is counted any more */
	unsigned	 depth;		/* of includes around this record */

	/*
	 * Asking ahead: whether it is sure that a judge who finds no match
	 * comes to this place; how many includes and redirects were passed
	 * while it was.
	 */
	bool		 certain;
	unsigned	 sure_includes;

	/* What decided. */
	struct span	 term;
	struct span	 term_domain;
	struct span	 match;		/* the innermost term that matched */
	struct span	 match_domain;
	unsigned	 match_bits;
	bool		 sends_no_mail;	/* the first record is -all alone */
	struct span	 problem;
	const struct spf_term *exp;	/* of the record that said fail */
	struct span	 exp_domain;
};

/*
 * Begin: find out who is asked about. On RESULT_PASS *domain_out is the
 * domain of the identity, else the result of the check is what is returned
 * (none, temperror) and e->problem says why. `ask` and `ahead` are left to
 * the caller.
 */
enum result	 spf_eval_begin(struct spf_eval *e, struct arena *a,
		    struct dns_scope *dns, const struct spf_settings *set,
		    const struct spf_client *c, enum spf_identity id,
		    struct span *domain_out);

/* check_host() for a domain; false while it is not known. */
bool		 spf_eval_host(struct spf_eval *e, struct span domain,
		    enum result *out);

/* Say what is wrong, for a person; returns `step`. */
enum spf_step	 spf_problem(struct spf_eval *e, enum spf_step step,
		    const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));

/* Which empty answers count as void lookups (4.6.4). */
enum spf_void {
	SPF_VOID_NONE,
	SPF_VOID_ANY,
	SPF_VOID_MISSING,	/* only a name that does not exist */
	SPF_VOID_ADDRESS,	/* as ANY, unless the name has an address of
				 * the other family */
};

/*
 * Ask one question. SPF_YES: *out has records. SPF_NO: it has none, and the
 * limit of void lookups is not passed. *out is NULL when it is SPF_PENDING.
 */
enum spf_step	 spf_ask(struct spf_eval *e, enum dns_type type,
		    struct span name, enum spf_void counts,
		    const struct dns_answer **out);

/*
 * The target-name of a term, the current domain when it names none. SPF_NO:
 * it cannot match, since its name is none one can ask for.
 */
enum spf_step	 spf_target(struct spf_eval *e, const struct spf_term *t,
		    struct span *out);

/* The mechanisms of section 5 but "all" and "include". */
enum spf_step	 spf_mech(struct spf_eval *e, const struct spf_term *t);

/* The p macro; a callback of spf_macro_env whose ctx is the evaluation. */
enum spf_expand	 spf_validated_name(void *ctx, struct span *out);

/* The explanation (6.2) after a fail; empty when there is none to give. */
struct span	 spf_explain(struct spf_eval *e);

#endif
