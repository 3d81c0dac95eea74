/* What a client that is refused for SPF is told. */
#ifndef SIGNET_POLICY_SPF_REASON_H
#define SIGNET_POLICY_SPF_REASON_H

#include "base/strbuf.h"
#include "policy/spf.h"

struct spf_reason {
	const struct spf_result *spf;
	enum spf_identity identity;
	struct span	 client;	/* its address */
	struct span	 receiver;	/* we; empty: not told */
	bool		 deferred;	/* else refused */
	bool		 by_list;	/* for Reject_Not_Pass_Domains alone */
};

/*
 * What is wrong with a template of Reason_Message, static; NULL: nothing. It
 * may hold {rejectdefer}, {spf} and {url}; two braces stand for one.
 */
const char	*spf_reason_check(struct span message);

/*
 * Append the text, printable ASCII whatever came from outside: by the template
 * `message`, for which spf_reason_check() found nothing, or by our own words
 * where it is empty.
 */
void		 spf_reason_text(struct strbuf *sb, struct span message,
		    const struct spf_reason *r);

#endif
