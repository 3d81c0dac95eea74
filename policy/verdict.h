/*
 * Verdict: what to do with a message. decide() is a pure function of the
 * configuration and the results; its table is the test and the manual.
 */
#ifndef SIGNET_POLICY_VERDICT_H
#define SIGNET_POLICY_VERDICT_H

#include "policy/iprev.h"
#include "policy/role.h"
#include "policy/spf_exempt.h"

const char	*action_name(enum action a);

struct verdict {
	enum action	 action;
	unsigned	 code;		/* SMTP code of a refusal, else 0 */
	const char	*enhanced;	/* "5.7.23" (RFC 7372), static */
	const char	*text;		/* one line, printable ASCII, at most
					 * VERDICT_MAX_TEXT bytes; in `a` */
	const char	*why;		/* for the log: the rule that decided,
					 * "RejectFailures", in `a` or static;
					 * NULL when nothing asked for more
					 * than accept */
	/*
	 * Why the message fared otherwise than its author's policy and
	 * RejectFailures alone would have it: a word of RFC 9990 (local_policy,
	 * mailing_list, trusted_forwarder), static, and the words for people,
	 * static or in `a`. NULL when it did not.
	 */
	const char	*override;
	const char	*override_why;
};

/* A reply line has 512 octets with code and CRLF (RFC 5321, 4.5.3.1.5). */
#define VERDICT_MAX_TEXT	400

/* What the methods said of one message; NULL where one did not run. */
struct results {
	const struct iprev_result *iprev;
	const struct spf_result	*spf_mail_from;
	const struct spf_result	*spf_helo;
	enum spf_exempt		 spf_exempt;
	const struct dkim_result *dkim;
	size_t			 ndkim;
	const struct dmarc_result *dmarc;	/* the one that decides */
	const struct dmarc_result *author;	/* one each author domain */
	size_t			 nauthors;
	bool			 several_authors;	/* of several domains */
	const char		*author_problem; /* From names nobody for sure:
						  * why, static; else NULL */
	bool			 indirect;	/* signs of a mailing list */
	enum sign_status	 signing;	/* of submitted mail */
};

/*
 * The SPF and HELO rules alone, for a refusal before the data: accept, or a
 * refusal. Results that are not there yet do not refuse.
 */
struct verdict	 decide_envelope(struct arena *a,
		    const struct policy_settings *set,
		    const struct mail *m, const struct results *r);

/* Everything, at the end of the message. */
struct verdict	 decide(struct arena *a, const struct policy_settings *set,
		    const struct role *role, const struct mail *m,
		    const struct results *r);

/*
 * Whether anything here depends on the recipients. Where nothing does, the MTA
 * need not tell them.
 */
bool		 policy_wants_recipients(const struct policy_settings *set);

/* Whether `rcpt` is exempt from refusal for SPF and HELO (postmaster). */
bool		 recipient_exempt(const struct policy_settings *set,
		    struct span rcpt);

/*
 * Append `s` so that it can stand in an SMTP reply: printable ASCII, anything
 * else as '?'.
 */
void		 verdict_add_safe(struct strbuf *sb, struct span s);

#endif
