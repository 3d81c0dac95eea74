/*
 * Whether a report may be sent to a URI of a DMARC record: one outside the
 * record's own organization must have agreed to it (RFC 9990, 4).
 */
#ifndef SIGNET_POLICY_DMARC_REPORT_URI_H
#define SIGNET_POLICY_DMARC_REPORT_URI_H

#include "policy/dmarc.h"

enum dmarc_consent {
	DMARC_CONSENT_NEEDLESS,	/* the same organization */
	DMARC_CONSENT_GIVEN,
	DMARC_CONSENT_MISSING,	/* there is no record, or its name would be
				 * too long to be asked for */
	DMARC_CONSENT_ELSEWHERE, /* the record names another host: neither may
				 * be sent to */
	DMARC_CONSENT_UNKNOWN,	/* DNS: ask again later */
	DMARC_CONSENT_NO_HOST,	/* the URI names no host, or several */
};

/* "given", "missing" ... */
const char	*dmarc_consent_name(enum dmarc_consent c);

struct dmarc_destination {
	enum dmarc_consent consent;
	struct span	 host;	/* normalized; empty: none */
	struct span	 query;	/* the name that was asked; empty: none */
	struct span	 rua;	/* where to send, a list for dmarc_uri_next:
				 * the URI itself, or what the record of the
				 * destination has instead; empty: nowhere */
};

/*
 * Check one URI, as dmarc_uri_next gives it, of the record at _dmarc of
 * `policy_domain` (normalized). `suffixes` as in dmarc_walk. Waits. What it
 * says lives in `a`, the URI itself where it was.
 *
 * Of a mailto only the address counts: a URI with several is refused, and
 * header fields behind a "?" are not for whoever sends reports to obey.
 */
void		 dmarc_destination_check(struct arena *a,
		    struct dns_scope *dns, const struct suffixes *suffixes,
		    struct span policy_domain, struct span uri,
		    struct dmarc_destination *out);

#endif
