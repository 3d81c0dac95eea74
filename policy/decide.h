/*
 * The parts of the decision, one a method; verdict.c puts them together.
 */
#ifndef SIGNET_POLICY_DECIDE_H
#define SIGNET_POLICY_DECIDE_H

#include "policy/override.h"

/* Nothing asks for more than accept. */
struct verdict	 verdict_accept(void);

/* The text of a reply, cut to its length; `otherwise` without memory. */
const char	*verdict_text(struct strbuf *sb, const char *otherwise);

/* Whether every recipient is exempt from the SPF and HELO rules. */
bool		 recipients_all_exempt(const struct policy_settings *set,
		    const struct mail_envelope *e);

struct verdict	 decide_dkim(struct arena *a,
		    const struct policy_settings *set,
		    const struct results *r);

/* Of our own mail: may it go out as it is? */
struct verdict	 decide_signing(const struct policy_settings *set,
		    const struct results *r);

/* Whether `a` does more to the message than `b`. */
bool		 verdict_is_harder(const struct verdict *a,
		    const struct verdict *b);

/* Which of two rules counts: the harder, `a` where they are alike. */
struct verdict	 verdict_harder(struct verdict a, struct verdict b);

/* What softens or hardens the rules on authors for one message. */
struct author_case {
	const struct policy_settings *set;
	const struct mail *m;
	const struct results *r;
	enum override_kind override;
	bool		 indirect;	/* it came by a list or a forwarder */
	bool		 relayed;	/* by TrustedRelays: never refused */
};

/* From that names nobody, or authors of several domains. */
struct verdict	 decide_from(struct arena *a, const struct author_case *c);

/* The authors' policies (RejectFailures), and OverrideTable's reject. */
struct verdict	 decide_dmarc(struct arena *a, const struct author_case *c);

/* Authors of our own domains (RejectOwnDomain). */
struct verdict	 decide_own(struct arena *a, const struct author_case *c);

/* All of these, and the exceptions from them. */
struct verdict	 decide_author(struct arena *a,
		    const struct policy_settings *set,
		    const struct role *role, const struct mail *m,
		    const struct results *r);

/*
 * Whether SPF or DKIM vouches for the author domain of `d`, whatever policy
 * it publishes, if any: RESULT_PASS, RESULT_FAIL or RESULT_TEMPERROR.
 */
enum result	 author_vouched(const struct results *r,
		    const struct dmarc_result *d);

#endif
