/*
 * Addresses: the envelope's paths and the author in From.
 *
 * One strict parser for From (RFC 5322, 6854, 6532): what it does not
 * understand has no author, so that nobody can show a reader one domain and
 * DMARC another.
 */
#ifndef SIGNET_MESSAGE_ADDRESS_H
#define SIGNET_MESSAGE_ADDRESS_H

#include "message/domain.h"

struct address {
	struct span	local;	/* unquoted, as written; may be UTF-8 */
	struct span	domain;	/* normalized; empty for a bare local part */
};

/*
 * The path of MAIL FROM or RCPT TO (RFC 5321, 4.1.2), with or without angle
 * brackets; a source route is dropped. "<>" and "" give an empty address and
 * true. A domain literal stands in `domain` as written, brackets included.
 * The local part may be anything an MTA lets pass (bytes beyond ASCII, dots
 * and spaces anywhere, nothing at all), since what it says of itself decides
 * nothing. False when it is no path, the domain is no name, or there is no
 * memory (then arena_failed(a)).
 */
bool	 address_parse_path(struct arena *a, struct span in,
	    struct address *out);

/* As many authors as one From may name before it is no honest From. */
#define FROM_MAX_AUTHORS	20

enum from_status {
	FROM_OK,
	FROM_EMPTY,		/* only groups, without a mailbox in them */
	FROM_SYNTAX,		/* not an address-list by the grammar */
	FROM_BAD_DOMAIN,	/* grammar fine, the domain is no name */
	FROM_TOO_MANY,
	FROM_NOMEM,
};

struct from {
	struct address	*author;	/* in order, domains normalized */
	size_t		 count;
	const char	*why;		/* static words when not FROM_OK */
};

/*
 * Parse the value of a From field: folds, comments, quoted strings, encoded
 * words (left alone), groups (RFC 6854). Of the obsolete grammar (RFC 5322, 4)
 * dots in display names, white space around dots, empty list elements and
 * source routes (dropped) are taken, control characters are not. In *out
 * there are authors only on FROM_OK.
 */
enum from_status from_parse(struct arena *a, struct span value,
	    struct from *out);

const char	*from_status_text(enum from_status st);

#endif
