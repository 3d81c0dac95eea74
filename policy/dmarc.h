/*
 * DMARC: RFC 9989. Records, the tree walk, alignment, the policy.
 */
#ifndef SIGNET_POLICY_DMARC_H
#define SIGNET_POLICY_DMARC_H

#include "dns/dns.h"
#include "policy/result.h"

/* ---- the record (4.7, 4.8) ---------------------------------------------- */

enum dmarc_policy {
	DMARC_POLICY_NONE,
	DMARC_POLICY_QUARANTINE,
	DMARC_POLICY_REJECT,
};

const char	*dmarc_policy_name(enum dmarc_policy p);

enum dmarc_psd {
	DMARC_PSD_UNKNOWN,	/* psd=u, the default */
	DMARC_PSD_YES,
	DMARC_PSD_NO,
};

struct dmarc_record {
	struct span	 text;
	bool		 has_p, has_sp, has_np;	/* valid values only */
	enum dmarc_policy p, sp, np;
	bool		 bad_policy;	/* p missing, or p, sp or np wrong */
	bool		 strict_dkim, strict_spf;
	enum dmarc_psd	 psd;
	bool		 testing;	/* t=y */
	struct span	 rua, ruf, fo;	/* as written; empty: not there */
	bool		 valid_rua;	/* at least one URI that parses */
};

enum dmarc_record_status {
	DMARC_RECORD_OK,
	DMARC_RECORD_NOT_DMARC,	/* v=DMARC1 is not its first tag */
	DMARC_RECORD_NOMEM,
};

/* Parse one TXT record; *out points into `text` and `a`. */
enum dmarc_record_status dmarc_record_parse(struct arena *a, struct span text,
		    struct dmarc_record *out);

/* ---- the tree walk (4.10) ----------------------------------------------- */

#define DMARC_MAX_QUERIES	8

/* One name that was asked. */
struct dmarc_step {
	struct span	 domain;	/* without "_dmarc." */
	enum dns_status	 status;
	bool		 several;	/* more than one record: none counts */
	const struct dmarc_record *record; /* NULL: none there */
};

struct dmarc_walk {
	struct dmarc_step step[DMARC_MAX_QUERIES];
	size_t		 nsteps;
	bool		 failed;	/* an answer that mattered could not
					 * be had */
	struct span	 org_domain;	/* organizational domain (4.10.2); the
					 * start itself when nothing is found */
	const struct dmarc_step *org_step; /* its record, NULL: none */
	const struct dmarc_step *psd_step; /* psd=y record above, or NULL */
};

/* Fire all questions a walk from `domain` can need. */
void		 dmarc_prefetch(struct arena *a, struct dns_scope *dns,
		    struct span domain);

/* Walk from `domain` (normalized) upward. Waits. */
void		 dmarc_walk(struct arena *a, struct dns_scope *dns,
		    struct span domain, struct dmarc_walk *out);

/* ---- evaluation --------------------------------------------------------- */

/* An identifier that was authenticated, or could not be found out. */
struct dmarc_identifier {
	bool		 is_dkim;	/* else SPF's MAIL FROM */
	enum result	 result;	/* pass, temperror; others: no use */
	struct span	 domain;	/* normalized */
	bool		 untried;	/* DKIM left out because of the cap */
};

struct dmarc_result {
	enum result	 result;	/* none pass fail temperror permerror */
	const char	*reason;	/* static phrase, or NULL */
	struct span	 author_domain;
	struct span	 org_domain;
	struct span	 policy_domain;	/* where the record stands */
	bool		 has_policy;
	enum dmarc_policy policy;	/* after sp, np and t (policy.dmarc) */
	const char	*policy_tag;	/* "p", "sp", "np" */
	const struct dmarc_record *record;
	bool		 dkim_aligned, spf_aligned;	/* and passed */
	struct span	 aligned_domain;	/* the first that did */
};

/*
 * Find the policy of the author domain and hold the identifiers against it.
 * The author's own questions are asked in `author_dns`, those of identifiers
 * (only of ones at or below the author's organizational domain) in `dns`;
 * they may be the same scope. Waits.
 *
 * temperror only where the missing answer could have given an aligned pass,
 * or where the author's own records could not be had.
 */
void		 dmarc_evaluate(struct arena *a, struct dns_scope *author_dns,
		    struct dns_scope *dns, struct span author_domain,
		    const struct dmarc_identifier *id, size_t nids,
		    struct dmarc_result *out);

#endif
