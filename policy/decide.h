/*
 * The parts of the decision, one a method; verdict.c puts them together.
 */
#ifndef SIGNET_POLICY_DECIDE_H
#define SIGNET_POLICY_DECIDE_H

#include "policy/verdict.h"

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

struct verdict	 decide_dmarc(struct arena *a,
		    const struct policy_settings *set,
		    const struct results *r);

#endif
