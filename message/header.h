/*
 * The header section of a message, as it was received.
 *
 * Fields are kept top first and never changed. A field is what RFC 6376 calls
 * its simple canonical form taken apart: name, the white space that stood
 * before the colon, and the value: every byte behind the colon, folds as
 * CRLF + white space, without the final CRLF. Put together again the three
 * are the octets that were signed.
 */
#ifndef SIGNET_MESSAGE_HEADER_H
#define SIGNET_MESSAGE_HEADER_H

#include "base/arena.h"

/*
 * More fields than any honest message has; each look for a name is a walk
 * over all of them.
 */
#define HEADERS_MAX_FIELDS	8192

struct header {
	struct span	name;	/* as written: "From", "from" */
	struct span	gap;	/* white space before the colon, mostly none */
	struct span	value;	/* " Alice <a@example.com>" */
};

struct headers {
	struct arena	*arena;
	struct header	*field;
	size_t		 count;
	size_t		 cap;
	size_t		 bytes;		/* of all fields with colon and CRLF */
	size_t		 max_bytes;	/* no more than these are kept */
	bool		 overflow;	/* a field was refused: over max_bytes,
					 * HEADERS_MAX_FIELDS, or no memory */
};

/* An empty store whose fields live in `a`; max_bytes 0 means no limit. */
void	 headers_init(struct headers *h, struct arena *a, size_t max_bytes);

/*
 * Append a field (copied). A line end in `value` may be LF, as milters get
 * it, or CRLF; it is stored as CRLF. `gap` is mostly empty. False (and
 * h->overflow set) when the field does not fit; after that no other is taken
 * either, so that the fields kept are the topmost without a hole.
 */
bool	 headers_add(struct headers *h, struct span name, struct span gap,
	    struct span value);

/* How many fields bear `name` (any case). */
size_t	 headers_count(const struct headers *h, struct span name);

/*
 * The nth field of that name, counted from 1 at the top (at the bottom);
 * NULL when there are fewer.
 */
const struct header *headers_nth(const struct headers *h, struct span name,
	    size_t n);
const struct header *headers_nth_last(const struct headers *h,
	    struct span name, size_t n);

/*
 * Take a whole message apart: its fields go into `h`, the rest into
 * *body_out, which points into `text`. Lines may end in CRLF or LF, also
 * mixed; the body is given as it stands (see body_crlf in canon.h).
 *
 * The header ends at the first empty line, or before the first line that can
 * be neither field nor continuation (as an MTA would end it). A message that
 * ends inside its header has an empty body; text without any field is all
 * body. One leading mbox "From " line is passed over.
 */
void	 message_split(struct span text, struct headers *h,
	    struct span *body_out);

#endif
