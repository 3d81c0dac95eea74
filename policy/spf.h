/*
 * SPF: check_host() of RFC 7208.
 *
 * A record is parsed whole before any term is judged; evaluation is written
 * straight down as section 4 and 5 read, over dns_lookup(). spf_prefetch()
 * walks ahead of it: it asks for the record, and when that arrives for all
 * that its terms will need, within the same limits.
 */
#ifndef SIGNET_POLICY_SPF_H
#define SIGNET_POLICY_SPF_H

#include "dns/dns.h"
#include "policy/result.h"

/* Limits of 4.6.4. Void lookups may be set, the others are the RFC's. */
#define SPF_MAX_TERMS		10	/* terms that cause lookups */
#define SPF_MAX_VOID		2
#define SPF_MAX_NAMES		10	/* of one mx, of one ptr */

/*
 * The most questions one check can cost, asked ahead or not: the record, ten
 * terms with a question and ten addresses each, then the explanation and the
 * client's names in it.
 */
#define SPF_MAX_QUESTIONS	(1 + SPF_MAX_TERMS * (1 + SPF_MAX_NAMES) + \
				 1 + 1 + SPF_MAX_NAMES)

struct spf_settings {
	unsigned	 max_void;	/* SPF_MAX_VOID unless set */
	unsigned	 min_bits4;	/* SPFMaximumWidth: networks with */
	unsigned	 min_bits6;	/* shorter prefixes are wide */
};

/* Who is asking to send. All text is borrowed and raw, as SMTP gave it. */
struct spf_client {
	struct in6_addr	 ip;		/* IPv4 as ::ffff:a.b.c.d */
	struct span	 helo;
	struct span	 mail_from;	/* "user@example.com", "" for <> */
	struct span	 receiver;	/* our host name, for %{r} */
	int64_t		 now;		/* Unix time, for %{t} */
};

enum spf_identity {
	SPF_MAIL_FROM,		/* postmaster@HELO when the path is null */
	SPF_HELO,
};

struct spf_trace;		/* see spf_trace.h */

struct spf_result {
	enum result	 result;
	struct span	 domain;	/* whose record was judged; may be
					 * empty when the identity has none */
	struct span	 sender;	/* the identity as checked, with a
					 * local part: "postmaster@helo" */
	struct span	 term;		/* the directive that decided, as the
					 * record writes it; empty: default */
	struct span	 term_domain;	/* whose record holds that term */
	struct span	 explanation;	/* on fail: exp= text (US-ASCII, made
					 * printable) or empty: the caller's
					 * default */
	struct span	 problem;	/* on permerror, temperror and none: a
					 * phrase for a person */
	struct span	 match;		/* on pass: the term that matched the
					 * client itself, also inside of an
					 * include, and whose it is */
	struct span	 match_domain;
	unsigned	 match_bits;	/* prefix length it passes, of the
					 * client's family; 0: everybody */
	bool		 wide;		/* a pass by a term that passes half
					 * the world: +all, or more than
					 * SPFMaximumWidth */
	bool		 sends_no_mail;	/* the record is "v=spf1 -all" */
	unsigned	 terms;		/* counted against SPF_MAX_TERMS */
	unsigned	 voids;
};

/*
 * Ask ahead for everything a check of this identity may need (never more
 * questions than the limits allow one check). `c` is copied; nothing must
 * outlive the call.
 */
void	 spf_prefetch(struct dns_scope *dns, const struct spf_settings *set,
	    const struct spf_client *c, enum spf_identity id);

/*
 * Check one identity. Waits for DNS as long as the scope's deadline allows.
 * *out and what it points to live in `a`. Without memory the result is
 * temperror. `trace` is NULL, or a tree that is filled (spf_trace.h).
 */
void	 spf_check(struct arena *a, struct dns_scope *dns,
	    const struct spf_settings *set, const struct spf_client *c,
	    enum spf_identity id, struct spf_trace *trace,
	    struct spf_result *out);

/*
 * The result of an identity that is not checked: none, with its domain, and
 * `why` as the problem.
 */
void	 spf_unchecked(struct arena *a, const struct spf_client *c,
	    enum spf_identity id, struct span why, struct spf_result *out);

#endif
