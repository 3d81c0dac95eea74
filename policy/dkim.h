/*
 * DKIM verification: RFC 6376, section 6, with RFC 8301, 8463 and 8616.
 */
#ifndef SIGNET_POLICY_DKIM_H
#define SIGNET_POLICY_DKIM_H

#include "crypto/key.h"
#include "dns/dns.h"
#include "message/header.h"
#include "policy/bodyhash.h"
#include "policy/result.h"

/* ---- the field ---------------------------------------------------------- */

/* More names than any signer lists; each costs a search of the header. */
#define DKIM_MAX_SIGNED_FIELDS	512

struct dkim_signature {
	const struct header *field;
	struct span	 domain;	/* d=, normalized */
	struct span	 selector;	/* s=, normalized */
	struct span	 identity;	/* i=, or "@" and d=; unquoted */
	struct span	 algorithm;	/* a=, as written */
	enum key_type	 key_type;	/* of a= */
	enum canon	 header_canon;
	enum canon	 body_canon;
	uint64_t	 body_length;	/* l=, or BODYHASH_ALL */
	struct span	*signed_field;	/* h=, in order */
	size_t		 nsigned_fields;
	struct span	 body_hash;	/* bh=, decoded */
	struct span	 signature;	/* b=, decoded */
	struct span	 signature_text;/* b= without white space */
	bool		 has_time, has_expiry;
	uint64_t	 time, expiry;	/* t=, x= */
};

/*
 * Parse a DKIM-Signature field (3.5). The outcome is RESULT_NONE when it can
 * be tried; RESULT_NEUTRAL when it is no tag list; RESULT_PERMERROR when it
 * says what a signature may not say, or leaves out what it must (rsa-sha1, d=
 * and i= at odds, From not in h=, no bh= ...); RESULT_TEMPERROR without
 * memory. *why_out is then a static phrase. What could be read stays in *out
 * (d=, s=, i=, a= and b= for the report) also when it cannot be tried.
 */
enum result	 dkim_signature_parse(struct arena *a,
		    const struct header *field, struct dkim_signature *out,
		    const char **why_out);

/* ---- the key ------------------------------------------------------------ */

struct dkim_key {
	struct public_key *key;
	bool		 testing;	/* t=y */
	bool		 strict;	/* t=s: i= must be exactly d= */
};

enum dkim_key_status {
	DKIM_KEY_OK,
	DKIM_KEY_NONE,		/* no record at the name */
	DKIM_KEY_REVOKED,	/* empty p= */
	DKIM_KEY_UNUSABLE,	/* syntax, version, not for mail, wrong type,
				 * a length or exponent that may not be,
				 * h= without sha256 */
	DKIM_KEY_TEMPFAIL,	/* could not find out */
};

/* The name of a key record, "s._domainkey.d"; empty when it is too long. */
struct span	 dkim_key_name(struct arena *a, struct span selector,
		    struct span domain);

/*
 * Parse the text of one key record (3.6.1). On DKIM_KEY_OK *out holds a key
 * of the wanted type, else *why_out is a static phrase. out->key is freed by
 * public_key_free.
 */
enum dkim_key_status dkim_key_parse(struct arena *a, struct span text,
		    enum key_type type, struct dkim_key *out,
		    const char **why_out);

/* ---- the verifier ------------------------------------------------------- */

#define DKIM_DEFAULT_SIGNATURES	10	/* how many are tried */
#define DKIM_MAX_SIGNATURES	24	/* and at most: a body has so many
					 * hashes, beside those to sign */
#define DKIM_MAX_REPORTED	100	/* fields beyond are not even parsed */

/* Names of header fields. */
struct name_list {
	const struct span *name;
	size_t		 count;
};

struct dkim_settings {
	size_t		 max_signatures;	/* MaximumSignaturesToVerify */
	unsigned	 min_key_bits;		/* RSA; below: policy */
	unsigned	 clock_drift;		/* seconds t= may be ahead,
						 * and x= behind */
	bool		 accept_partial_body;	/* BodyLengths accept */
	struct name_list must_be_signed;	/* MustBeSigned: all there are
						 * of these must be covered */
};

/* What a signature that did not pass fell over; see struct dkim_rules. */
enum dkim_cause {
	DKIM_CAUSE_SIGNATURE,	/* the signature, or what it signs */
	DKIM_CAUSE_KEY,		/* its key: not there, revoked, unusable */
	DKIM_CAUSE_DNS,		/* its key could not be looked up */
	DKIM_CAUSE_SECURITY,	/* its key is forged, says DNSSEC; the header
				 * is too large */
	DKIM_CAUSE_INTERNAL,	/* memory, or the arithmetic, on our side */
};

struct dkim_result {
	enum result	 result;
	const char	*reason;	/* static phrase, NULL on a plain pass
					 * (a pass has one where the body goes
					 * on past l=) */
	enum dkim_cause	 cause;		/* of any result but pass */
	bool		 testing;	/* the key says t=y */
	bool		 untried;	/* left out because of the cap */
	unsigned	 key_bits;	/* 0: no key seen */
	struct dkim_signature sig;
};

struct dkim_verifier;

/*
 * At the end of the header: parse the signatures of `h`, choose which are
 * tried (those of `author_domain`, its parents and children first, which may
 * be empty, then from the top), and put what they need into `body`. Lives in
 * `a`, as do its results. NULL without memory.
 */
struct dkim_verifier *dkim_verifier_new(struct arena *a,
		    const struct dkim_settings *set, const struct headers *h,
		    struct span author_domain, struct bodyhash *body);

/* Fire the key questions of those that are tried, the author's first. */
void		 dkim_verifier_prefetch(struct dkim_verifier *v,
		    struct dns_scope *dns);

/*
 * After bodyhash_finish: one result a signature, top first. Waits for keys.
 * `now` is Unix time, for x= and t=.
 *
 *	pass		signature and body hash are good
 *	fail		one of them is not, or the signature has expired
 *	neutral		the field is no tag list
 *	permerror	the signature or its key may not be so, or there is no
 *			such key
 *	policy		good, but the key is shorter than min_key_bits, or the
 *			body goes on past l=, or a field was added to those
 *			that are signed, or one of must_be_signed is not
 *			signed; or untried
 *	temperror	could not find out
 */
const struct dkim_result *dkim_verifier_finish(struct dkim_verifier *v,
		    struct dns_scope *dns, int64_t now, size_t *n_out);

/*
 * The data a signature signs (3.7): the canonical fields of h= and the
 * signature field itself with an empty b=. For tests and for the signer, who
 * fills in field, header_canon, signed_field and nsigned_fields; the field
 * itself is never taken for one of h=. On failure p is NULL.
 */
struct span	 dkim_signed_data(struct arena *a, const struct headers *h,
		    const struct dkim_signature *sig);

#endif
