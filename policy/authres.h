/*
 * The Authentication-Results field (RFC 8601): composed and parsed here and
 * nowhere else.
 */
#ifndef SIGNET_POLICY_AUTHRES_H
#define SIGNET_POLICY_AUTHRES_H

#include "base/strbuf.h"
#include "message/header.h"
#include "policy/result.h"

/*
 * Compose the value: leading space, folded with CRLF + tab, one entry a line,
 * at most 78 columns where a value allows. Nothing of a property, reason or
 * comment can leave its place: values are quoted where RFC 8601 asks for it,
 * comments escaped, control bytes shown as '?'. No results gives "; none". On
 * failure p is NULL.
 *
 * A value that is an address has its local part unquoted (as address.h gives
 * it); where no header can show that part the domain stands alone. Of a long
 * reason, comment or other value the first 256 bytes are shown.
 */
struct span	 authres_compose(struct arena *a, struct span authserv_id,
		    const struct method_result *r, size_t n);

/* One parsed entry; text unquoted, comments dropped. */
struct authres_entry {
	struct span	 method;
	struct span	 method_version;
	struct span	 result;
	struct span	 reason;
	struct authres_property {
		struct span	 ptype, name, value;
	}		*property;
	size_t		 nproperties;
};

struct authres {
	struct span	 authserv_id;
	struct span	 version;
	struct authres_entry *entry;	/* none when it says "none" */
	size_t		 count;
};

/*
 * Parse by the grammar of 2.2. False when it is not of it, but for what is
 * widely written and hurts nobody: "/" and "=" in an unquoted value (base64 of
 * header.b), underscores and single labels behind the "@" of an address.
 */
bool		 authres_parse(struct arena *a, struct span value,
		    struct authres *out);

/*
 * Whether a field claims to be from `authserv_id` for any reader, also one
 * more lenient than the grammar: whatever the case, quotes, comments, folds,
 * a trailing dot, a version, U-labels for A-labels. Decided for each field by
 * itself; fields of others are never claimed.
 */
bool		 authres_claims(struct arena *a, struct span value,
		    struct span authserv_id);

#endif
