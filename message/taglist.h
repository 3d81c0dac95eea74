/*
 * Tag lists, "name=value; name=value", of RFC 6376, 3.2: DKIM signatures and
 * key records are written in them. The reading is strict; what is not by the
 * grammar is no list. (DMARC records look alike, but have a grammar of their
 * own in RFC 9989, which forgives more.)
 *
 * White space and folds are taken off around names and values; inside a value
 * they stay, since only the tag knows whether they matter. Values may hold
 * well-formed UTF-8 (RFC 8616). Names keep their case, which is significant.
 */
#ifndef SIGNET_MESSAGE_TAGLIST_H
#define SIGNET_MESSAGE_TAGLIST_H

#include "base/arena.h"

/* More tags than any record in use has; beyond it nobody means well. */
#define TAGLIST_MAX_TAGS	64

struct tag {
	struct span	name;
	struct span	value;
};

struct taglist {
	struct tag	*tag;	/* in the order written */
	size_t		 count;
};

enum taglist_status {
	TAGLIST_OK,
	TAGLIST_SYNTAX,		/* no name, no "=", or a bad character */
	TAGLIST_DUPLICATE,	/* a name stands twice (3.2: invalid) */
	TAGLIST_TOO_MANY,
	TAGLIST_NOMEM,
};

/*
 * Take `text` apart; tags live in `a` and point into `text`. An empty list
 * and one trailing ";" are fine. On anything but TAGLIST_OK *out is empty and
 * *where_out (unless NULL) is the place in `text` that was not understood.
 */
enum taglist_status taglist_parse(struct arena *a, struct span text,
	    struct taglist *out, struct span *where_out);

const char	*taglist_status_text(enum taglist_status st);

/* The value of `name`; NULL when the list has no such tag. */
const struct span *taglist_get(const struct taglist *t, const char *name);

#endif
