/*
 * The keys at the name of a selector, parsed once for each DNS answer and
 * kept with it. Between dkim_key.c and dkim_verify.c; others see dkim.h.
 */
#ifndef SIGNET_POLICY_DKIM_KEY_H
#define SIGNET_POLICY_DKIM_KEY_H

#include "policy/dkim.h"

/* One key record, whatever its type. */
struct dkim_key_record {
	enum dkim_key_status status;	/* OK, REVOKED, UNUSABLE; TEMPFAIL
					 * without memory */
	const char	*why;		/* static, when not OK */
	enum key_type	 type;
	struct dkim_key	 key;
};

#define DKIM_KEY_OTHER_TYPE	"key is of another type than a="

void	 dkim_key_record_parse(struct arena *a, struct span text,
	    struct dkim_key_record *out);

/*
 * More records than a rotation of keys of both types needs. What is beyond
 * them is not looked at (3.6.2.2 leaves several records undefined).
 */
#define DKIM_MAX_KEYS	8

struct dkim_keys {
	size_t		 count;
	struct dkim_key_record record[];
};

/*
 * The keys of a TXT answer with status DNS_OK, alive as long as `dns`. NULL
 * without memory.
 */
const struct dkim_keys *dkim_keys_of(struct dns_scope *dns,
	    const struct dns_answer *ans);

#endif
