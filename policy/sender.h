/*
 * For whom a message of our own is signed: which author counts, and whether
 * there is a reason not to sign.
 */
#ifndef SIGNET_POLICY_SENDER_H
#define SIGNET_POLICY_SENDER_H

#include "policy/mail.h"
#include "policy/settings.h"

/* The From of a message, as it was understood. */
struct from_field {
	struct from	 from;		/* of the topmost From */
	enum from_status status;
	size_t		 count;		/* From fields there are */
	const struct address *sole;	/* whom it names for sure, or NULL */
	const char	*problem;	/* and why not, static */
};

/*
 * Whom to sign for: the author in From, or in the first of SenderHeaders that
 * the message has. NULL when the message is not to be signed; *why_out then
 * says why for the log, in `a` or static. Its signature needs a From in any
 * case (RFC 6376, 5.4).
 */
const struct address *sender_to_sign_for(struct arena *a,
		    const struct sign_rules *rules, const struct mail *m,
		    const struct from_field *f, const char **why_out);

#endif
