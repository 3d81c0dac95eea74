/*
 * What SPF results and HELO lead to, in the words of policyd-spf: the rules,
 * and who is not checked at all.
 */
#ifndef SIGNET_POLICY_SPF_RULES_H
#define SIGNET_POLICY_SPF_RULES_H

#include "policy/dkim_sign.h"
#include "policy/hostlist.h"
#include "policy/spf.h"

/* Mail_From_reject and HELO_reject, as policyd-spf means them. */
enum spf_reject {
	SPF_REJECT_NO,		/* False: check, never refuse */
	SPF_REJECT_FAIL,	/* Fail */
	SPF_REJECT_SOFTFAIL,	/* Softfail: fail and softfail */
	SPF_REJECT_NOT_PASS,	/* SPF_Not_Pass: fail, softfail, neutral */
	SPF_REJECT_NULL,	/* Null (HELO only): as Fail, and only when
				 * MAIL FROM is null */
	SPF_REJECT_NO_CHECK,	/* No_Check: not even looked at */
};

/* Header_Type (bits): where SPF results are written. */
#define SPF_HEADER_AR		1u
#define SPF_HEADER_RECEIVED	2u

struct spf_rules {
	/*
	 * What is refused. Errors are acted upon as well, unless the rule of
	 * the identity is SPF_REJECT_NO.
	 */
	enum spf_reject	 helo_reject;
	enum spf_reject	 mail_from_reject;
	struct name_list not_pass_domains;	/* SPF_REJECT_NOT_PASS there */
	bool		 permerror_reject;
	bool		 temperror_defer;
	bool		 no_mail;	/* refuse only for "v=spf1 -all" */
	bool		 test_only;	/* TestOnly 0: say it, do not do it */
	struct name_list exempt_recipients;	/* local parts */

	/* How it is said. */
	bool		 plain_codes;	/* 5.7.1 for those of RFC 7372 */
	struct span	 reason_message; /* see spf_reason.h; empty: ours */

	/* A HELO that claims to be us. */
	bool		 helo_impersonation;	/* RejectHeloImpersonation */
	const struct hostlist *own_addresses;

	/* Who is not checked, see spf_exempt.h. */
	const struct hostlist *skip_addresses;
	const struct hostlist *whitelist;
	struct name_list domain_whitelist;
	struct name_list helo_whitelist;
	struct name_list domain_whitelist_ptr;
	unsigned	 whitelist_time_ms;	/* for each way of asking */

	/* What is written. */
	unsigned	 headers;	/* SPF_HEADER_* */
	bool		 hide_receiver;
	bool		 ignore_wide;	/* SPFWidePass ignore: no pass for
					 * DMARC where spf_result.wide */
};

/*
 * Whether some rule looks at the results of SPF or HELO; whether it could also
 * refuse or defer, which TestOnly never does.
 */
bool		 spf_rules_act(const struct spf_rules *rules);
bool		 spf_rules_may_refuse(const struct spf_rules *rules);

/* Whether `name` is in the list, whatever the case. */
bool		 spf_name_listed(const struct name_list *list,
		    struct span name);

#endif
