/*
 * DMARC: RFC 9989. Records, the tree walk, alignment, the policy.
 */
#ifndef SIGNET_POLICY_DMARC_H
#define SIGNET_POLICY_DMARC_H

#include "dns/dns.h"
#include "policy/result.h"
#include "policy/suffixes.h"

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
	bool		 bad_policy;	/* p missing, or p, sp or np wrong; such
					 * a record is as good as p=none with a
					 * valid rua, else nothing (4.10.1) */
	bool		 strict_dkim, strict_spf;
	enum dmarc_psd	 psd;
	bool		 testing;	/* t=y */
	struct span	 rua, ruf;	/* as written; empty: not there */
	struct span	 fo;		/* empty: not there, wrong, or no ruf */
	bool		 valid_rua;	/* at least one URI that parses */
};

/*
 * Parse one TXT record. False when v=DMARC1 is not its first tag: it is no
 * DMARC record. What is wrong behind that is passed over tag by tag (4.8), as
 * are unknown tags and a tag that stands twice. *out points into `text`.
 */
bool		 dmarc_record_parse(struct span text,
		    struct dmarc_record *out);

/*
 * Take the next URI off the front of *list, a rua or ruf, without the
 * obsolete size behind it ("!10m"); wrong ones are passed over, schemes of any
 * kind are not. False at the end.
 */
bool		 dmarc_uri_next(struct span *list, struct span *uri_out);

/* ---- the tree walk (4.10) ----------------------------------------------- */

#define DMARC_MAX_QUERIES	8

/* One name that was asked. */
struct dmarc_step {
	struct span	 domain;	/* without "_dmarc." */
	enum dns_status	 status;
	bool		 missing;	/* what stands there could not be had */
	bool		 several;	/* more than one record: none counts */
	const struct dmarc_record *record; /* NULL: none there */
};

struct dmarc_walk {
	struct dmarc_step step[DMARC_MAX_QUERIES];
	size_t		 nsteps;
	bool		 failed;	/* an answer could not be had: what
					 * follows may be wrong */
	struct span	 org_limit;	/* the highest name that can be the
					 * organizational domain whatever the
					 * missing answers are */
	struct span	 org_domain;	/* organizational domain (4.10.2); the
					 * start itself when nothing is found */
	const struct dmarc_step *org_step; /* its record, NULL: none */
	const struct dmarc_step *psd_step; /* psd=y record above, or NULL */
};

/*
 * Where `suffixes` is not NULL, the public suffix list says which domain is
 * the organizational one (RFC 7489, 3.2), and a walk reads no more than three
 * names, up to the first record: the start, its organizational domain, and the
 * public suffix above, of which only a record with psd=y counts. All else
 * keeps the meaning it has in RFC 9989.
 */

/*
 * Ask ahead for all that the policy of an author domain (normalized) can need:
 * the names of its walk, and whether the domain exists where a record above
 * it has np.
 */
void		 dmarc_prefetch(struct arena *a, struct dns_scope *dns,
		    const struct suffixes *suffixes, struct span domain);

/* Ask ahead for the names of a walk alone. */
void		 dmarc_walk_prefetch(struct arena *a, struct dns_scope *dns,
		    const struct suffixes *suffixes, struct span domain);

/*
 * Walk from `domain` (normalized) upward. Waits. All names are asked at once
 * and read in order; what lies behind a stop is not read. Records and names
 * live in `a`.
 */
void		 dmarc_walk(struct arena *a, struct dns_scope *dns,
		    const struct suffixes *suffixes, struct span domain,
		    struct dmarc_walk *out);

/* ---- evaluation --------------------------------------------------------- */

/* An identifier that was authenticated, or could have been. */
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
	enum dmarc_policy published;	/* the same before t */
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
		    struct dns_scope *dns, const struct suffixes *suffixes,
		    struct span author_domain,
		    const struct dmarc_identifier *id, size_t nids,
		    struct dmarc_result *out);

#endif
