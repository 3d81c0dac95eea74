/*
 * What policy/ wants to know of the configuration. Plain and immutable while
 * a message uses it; config/ fills it.
 */
#ifndef SIGNET_POLICY_SETTINGS_H
#define SIGNET_POLICY_SETTINGS_H

#include "message/address.h"
#include "policy/dkim.h"
#include "policy/dkim_sign.h"
#include "policy/dmarc.h"
#include "policy/hostlist.h"
#include "policy/keycheck.h"
#include "policy/spf_rules.h"

/* RejectFailures. */
enum dmarc_reject {
	DMARC_REJECT_NO,
	DMARC_REJECT_YES,
	DMARC_REJECT_UNLESS_INDIRECT,	/* RFC 9989, 5.4, 7.4 and 8 */
};

/* How DMARC is evaluated. */
struct dmarc_settings {
	const struct suffixes *suffixes; /* OrganizationalDomain psl; NULL:
					  * tree walk */
	const struct suffixes *compare;	/* DMARCCompare: the list that
					 * OpenDMARC would use; NULL: no */
};

struct override_table;			/* override.h */

struct dmarc_rules {
	enum dmarc_reject reject_failures;
	bool		 defer_temperror;	/* DeferTempErrors */
	bool		 required_from;		/* RequiredFrom */
	bool		 reject_multi_from;	/* RejectMultiValueFrom */
	struct span	 reject_string;		/* RejectString; empty: ours */

	/* sets of domains, see hostlist_match_name */
	const struct hostlist *own_domains;
	bool		 reject_own;		/* RejectOwnDomain */

	/* exceptions, see override.h */
	const struct hostlist *ignore_hosts;
	const struct hostlist *ignore_mail_from;
	struct name_list ignore_mail_to;
	const struct override_table *overrides;
};

/* A set of addresses or domains that config/ loaded; names in lower case. */
struct name_set {
	const void	*rows;		/* NULL: empty */
	bool		(*has)(const void *rows, struct span name);
};

/* A copy in lower case (ASCII); p is NULL without memory. */
struct span	 span_lower(struct arena *a, struct span s);

/* Whether `name` is there, in whatever case. */
bool		 name_set_has(struct arena *a, const struct name_set *s,
		    struct span name);

/* What becomes of a message. */
enum action {
	ACTION_ACCEPT,
	ACTION_REJECT,
	ACTION_TEMPFAIL,
	ACTION_QUARANTINE,
	ACTION_DISCARD,
};

/*
 * The On- options. All but signature_error are for mail that comes in and has
 * no signature that passes; one that does is enough.
 */
struct dkim_rules {
	enum action	 no_signature;
	enum action	 bad_signature;
	enum action	 key_not_found;
	enum action	 dns_error;
	enum action	 internal_error;
	enum action	 security;
	enum action	 signature_error;	/* our own mail that should be
						 * signed and cannot be */
	struct name_set	 require_signature;	/* author domains */
};

/*
 * Which mail of our own is signed, beside what the tables say. A NULL table of
 * logins lets everybody write as anybody.
 */
struct sign_rules {
	struct name_list sender_headers;	/* SenderHeaders */
	struct name_set	 dont_sign_to;		/* DontSignMailTo: addresses */
	struct name_set	 exempt_domains;	/* ExemptDomains */
	const void	*logins;		/* SenderLogin */
	bool		(*login_owns)(struct arena *a, const void *logins,
			    struct span address, struct span login);
	bool		 remove_old;		/* RemoveOldSignatures */
};

/* A macro of the MTA that tells our own mail (MacroList). */
struct macro_rule {
	struct span	 name;		/* "{auth_author}" */
	struct span	 values;	/* "a|b"; empty: whatever it is */
};

struct macro_list {
	const struct macro_rule *rule;
	size_t		 count;
};

enum sign_status {
	SIGN_NO,		/* this author is none of ours */
	SIGN_YES,		/* there are seals */
	SIGN_ERROR,		/* it should be signed and cannot be */
};

/*
 * Which keys sign mail of `author` (its domain normalized)? On SIGN_YES the
 * seals live in `a`, their keys as long as the configuration. *why_out says
 * for the log which line decided, or why there is none ("SigningTable:
 * *@example.com", "no SigningTable entry matches"); it lives in `a` or is
 * static.
 */
typedef enum sign_status sign_choose(const void *tables, struct arena *a,
	    const struct address *author, struct dkim_seal **seal_out,
	    size_t *n_out, const char **why_out);

/*
 * One key after the other, for CheckKeys: the nth, from 0. Not every row names
 * a key of its own domain, or one that can be read.
 */
enum nth_key {
	NTH_KEY_OK,
	NTH_KEY_SKIP,		/* nothing to look at in this one */
	NTH_KEY_END,
};

typedef enum nth_key sign_nth_key(const void *tables, struct arena *a,
		    size_t n, struct dkim_seal *out);

struct policy_settings {
	/* who we are */
	struct span	 authserv_id;	/* AuthservID; empty: the MTA's {j},
					 * else host_name */
	bool		 authserv_id_with_job;	/* AuthservIDWithJobID */
	bool		 auth_results;	/* AuthResultsAuth: auth= of who logged
					 * in */
	bool		 auth_results_login;	/* AuthResultsLogin */
	struct span	 host_name;	/* this host's full name */

	/* whose mail is what (see role.h) */
	bool		 sign;		/* Mode has s */
	bool		 verify;	/* Mode has v */
	const struct hostlist *internal_hosts;
	const struct hostlist *external_ignore;
	const struct hostlist *peers;
	const struct hostlist *trusted_relays;
	struct name_list skip_daemons;
	struct name_list mta;		/* MTA: daemons of submission */
	struct macro_list macros;

	/* incoming: how each method is run, and what its results lead to */
	struct spf_settings spf;
	struct spf_rules spf_rules;
	struct dkim_settings dkim;
	struct dmarc_settings dmarc;
	struct dkim_rules dkim_rules;
	struct dmarc_rules dmarc_rules;
	bool		 hold_quarantined;	/* HoldQuarantinedMessages */

	/* outgoing */
	struct sign_rules sign_rules;
	struct dkim_sign_settings signing;
	sign_choose	*choose;	/* NULL: nothing is signed */
	sign_nth_key	*nth_key;	/* not NULL where choose is not */
	const void	*sign_tables;
	bool		 check_keys;	/* CheckKeys warn, require */
	struct keywatch	*keywatch;	/* CheckKeys require; else NULL */

	/* limits */
	size_t		 max_header_bytes;	/* MaximumHeaders */
	unsigned	 lookup_time_ms;	/* of one SPF check; at RCPT
					 * at most 5 s */
	unsigned	 message_time_ms;	/* wait at the end, in all */
};

#endif
