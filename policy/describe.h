/*
 * Results as the entries of an Authentication-Results field (RFC 8601): which
 * properties, which reason, which comment.
 */
#ifndef SIGNET_POLICY_DESCRIBE_H
#define SIGNET_POLICY_DESCRIBE_H

#include "base/strbuf.h"
#include "policy/verdict.h"

/*
 * One entry a method, in the order iprev, spf (MAIL FROM, HELO), dkim, dmarc.
 * A message without signatures has one dkim entry, "none"; what the verdict
 * overrode stands in the comment of dmarc. Lives in `a`; NULL
 * without memory.
 */
const struct method_result *describe_results(struct arena *a,
		    const struct mail_client *client, const struct results *r,
		    const struct verdict *v, size_t *n_out);

/*
 * "sp=reject of example.com", what the record says and where it stands; then
 * what t=y made of it, or that it says nothing of use (RFC 9989, 4.10.1).
 * Nothing where no policy was found.
 */
void		 describe_policy(struct strbuf *sb,
		    const struct dmarc_result *r);

/*
 * The one entry of mail whose client logged in (RFC 8601, 2.7.4): auth=pass,
 * and smtp.auth where the login may be shown. *n_out is 0 when nobody did;
 * NULL without memory.
 */
const struct method_result *describe_login(struct arena *a,
		    const struct mail_envelope *e, bool show_login,
		    size_t *n_out);

#endif
