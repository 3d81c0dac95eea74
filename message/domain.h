/*
 * Domain names as mail uses them: checked, lower-cased, in A-label form.
 *
 * Everything inside Signet that holds a domain holds it normalized: ASCII
 * lower case, no trailing dot, no empty label, letters, digits, hyphen and
 * underscore only, labels of at most 63 and names of at most 253 bytes. Only
 * such names become DNS questions or are compared.
 */
#ifndef SIGNET_MESSAGE_DOMAIN_H
#define SIGNET_MESSAGE_DOMAIN_H

#include "base/arena.h"

#define DOMAIN_MAX_LEN		253
#define DOMAIN_MAX_LABEL	63

enum domain_status {
	DOMAIN_OK,
	DOMAIN_EMPTY,		/* nothing, or only a dot */
	DOMAIN_EMPTY_LABEL,	/* "a..b", ".a" */
	DOMAIN_TOO_LONG,	/* a label or the whole */
	DOMAIN_BAD_CHAR,	/* neither LDH, underscore nor a U-label */
	DOMAIN_BAD_IDN,		/* a U-label IDNA2008 refuses */
	DOMAIN_NOMEM,
};

/* A few words fit for a reason, such as "empty label". */
const char	*domain_status_text(enum domain_status st);

/*
 * Normalize `in`, which may hold U-labels in UTF-8 (RFC 5890, 8616) and one
 * trailing dot. On DOMAIN_OK *out is the name in `a`; else it is empty.
 */
enum domain_status domain_normalize(struct arena *a, struct span in,
		    struct span *out);

/* Whether `name` is normalized already and needs no copy. */
bool		 domain_is_normal(struct span name);

/* The functions below want normalized names. */

/* Number of labels; 0 for the empty name. */
size_t		 domain_labels(struct span name);

/* The name without its first label; empty when it has only one. */
struct span	 domain_parent(struct span name);

/* Its last `n` labels, or all of it when it has fewer. */
struct span	 domain_last_labels(struct span name, size_t n);

/* Whether `name` is `top` or stands below it. */
bool		 domain_within(struct span name, struct span top);

#endif
