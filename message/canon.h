/*
 * Canonicalization of RFC 6376, 3.4: the header fields and the body, simple
 * and relaxed.
 */
#ifndef SIGNET_MESSAGE_CANON_H
#define SIGNET_MESSAGE_CANON_H

#include "base/strbuf.h"
#include "message/header.h"

enum canon {
	CANON_SIMPLE,
	CANON_RELAXED,
};

const char	*canon_name(enum canon c);

/* Append the canonical field with its CRLF (3.4.1, 3.4.2). */
void	 canon_header(struct strbuf *sb, enum canon c,
	    const struct header *field);

/* Receives canonical body text, in pieces of any size. */
typedef void canon_sink(void *ctx, const char *p, size_t len);

/*
 * The body in chunks (3.4.3, 3.4.4): the same output however the chunks fall,
 * also within a CRLF, in constant memory however many empty lines it has. A
 * bare CR or LF is a byte like another, as the MTA handed it on; NULs too.
 * Feed the octets as they go over the wire (CRLF line ends). What a chunk
 * makes certain is put out before canon_body_feed returns.
 */
struct canon_body {
	enum canon	 kind;
	canon_sink	*sink;
	void		*ctx;
	/* private to canon.c */
	uint64_t	 held_crlfs;	/* line ends that may be trailing */
	bool		 held_cr;
	bool		 held_wsp;
	bool		 any;		/* some octet was put out */
	size_t		 gathered;	/* bytes of gather[] */
	char		 gather[1024];	/* short pieces on their way out */
};

void	 canon_body_init(struct canon_body *b, enum canon kind,
	    canon_sink *sink, void *ctx);
void	 canon_body_feed(struct canon_body *b, const char *p, size_t len);
void	 canon_body_finish(struct canon_body *b);

/*
 * Turn the line ends of a stored message into those of the wire: a LF that no
 * CR precedes becomes CRLF. For message files; state carries over chunks
 * in *last (start with 0).
 */
void	 body_crlf(char *last, const char *p, size_t len, canon_sink *sink,
	    void *ctx);

#endif
