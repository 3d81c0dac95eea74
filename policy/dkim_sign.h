/*
 * DKIM signing: RFC 6376, section 5.
 */
#ifndef SIGNET_POLICY_DKIM_SIGN_H
#define SIGNET_POLICY_DKIM_SIGN_H

#include "crypto/key.h"
#include "message/header.h"
#include "policy/bodyhash.h"
#include "policy/dkim.h"

/*
 * Which fields are signed: From always (5.4), then those of `sign` that are
 * there, each as often as it occurs (at most DKIM_MAX_SIGNED_FIELDS in all),
 * without those of `omit`. A name of `oversign` is listed once more than it
 * occurs, also when it does not occur at all: adding one breaks the signature.
 */
struct dkim_sign_settings {
	enum canon	 header_canon;
	enum canon	 body_canon;
	struct name_list sign;		/* SignHeaders; count 0: the default
					 * list */
	struct name_list omit;		/* OmitHeaders */
	struct name_list oversign;	/* OversignHeaders */
	unsigned	 ttl;		/* SignatureTTL, seconds; 0: no x= */
	bool		 copy_fields;	/* Diagnostics: z= shows what was
					 * signed, so much of it as fits into
					 * DKIM_SIGN_MAX_COPIED */
};

/* So much of z= there is at most: MTAs refuse very long fields. */
#define DKIM_SIGN_MAX_COPIED	8192

/* The default SignHeaders; the default OversignHeaders (From alone). */
struct name_list dkim_sign_default_names(void);
struct name_list dkim_sign_default_oversign(void);

/* One signature to make. */
struct dkim_seal {
	struct span	 domain;	/* d=, normalized */
	struct span	 selector;	/* s=, normalized */
	struct span	 identity;	/* i=, a local part of RFC 5321 or none,
					 * at a normalized domain, not yet in
					 * quoted-printable; empty: no i= */
	const struct private_key *key;
};

struct dkim_signer;

/*
 * At the end of the header: prepare signatures of `h`, which must stay as it
 * is. What they need is put into `body`. Lives in `a`. NULL without memory or
 * when `h` has no From (5.4: never signed).
 */
struct dkim_signer *dkim_signer_new(struct arena *a,
		    const struct dkim_sign_settings *set,
		    const struct headers *h, const struct dkim_seal *seal,
		    size_t nseals, struct bodyhash *body);

/*
 * After bodyhash_finish: the value of the DKIM-Signature field of seal `i`,
 * with a leading space and folded with CRLF + tab to 78 columns, in `a`. On
 * failure p is NULL.
 */
struct span	 dkim_signer_finish(struct dkim_signer *s, size_t i,
		    int64_t now);

#endif
