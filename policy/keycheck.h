/*
 * Our own signing keys against what is published of them: a key whose public
 * half is missing or different signs mail that nobody can verify.
 */
#ifndef SIGNET_POLICY_KEYCHECK_H
#define SIGNET_POLICY_KEYCHECK_H

#include "dns/dns.h"
#include "policy/dkim.h"
#include "policy/dkim_sign.h"

enum keycheck {
	KEYCHECK_GOOD,		/* a record has its public half */
	KEYCHECK_MISSING,	/* there is no record */
	KEYCHECK_REVOKED,	/* the record's p= is empty */
	KEYCHECK_UNUSABLE,	/* no verifier can use the record */
	KEYCHECK_DIFFERENT,	/* the record has another key */
	KEYCHECK_UNKNOWN,	/* DNS could not tell: says nothing */
};

/*
 * A phrase for the log: "is not published". Static.
 */
const char	*keycheck_text(enum keycheck k);

/*
 * Look the record of a seal up and compare. Waits, until the scope's deadline
 * at most. Several records at the name: the best of them counts.
 */
enum keycheck	 keycheck(struct arena *a, struct dns_scope *dns,
		    const struct dkim_seal *seal);

/* The type that a key record claims; RSA when it does not say. */
enum key_type	 keycheck_claimed_type(struct arena *a, struct span record);

/* Whether these are two halves of one key. */
bool		 keycheck_match(struct arena *a,
		    const struct private_key *private,
		    const struct public_key *public);

/*
 * The keys that must not sign (CheckKeys require), by the name of their record.
 * Thread-safe. NULL may be freed and holds nothing.
 */
struct keywatch;

struct keywatch	*keywatch_new(void);
void		 keywatch_free(struct keywatch *w);
void		 keywatch_set(struct keywatch *w, struct span name, bool bad);
bool		 keywatch_bad(struct keywatch *w, struct span name);

#endif
