/*
 * Writing the value of a header field word by word: folded between words, and
 * such that no text from outside can leave its place.
 */
#ifndef SIGNET_POLICY_FIELDTEXT_H
#define SIGNET_POLICY_FIELDTEXT_H

#include "base/strbuf.h"

/*
 * Octets of one text from outside that are shown. A domain name always fits,
 * and a line stays below the 998 octets of RFC 5322, 2.1.1, when each octet
 * takes a backslash.
 */
#define FIELD_MAX_TEXT	256

/* The value so far, and the word that comes next. */
struct field_writer {
	struct strbuf	 out;
	struct strbuf	 word;		/* added to freely; never split */
	size_t		 column;
};

/* Begin the value of a field of this name, in `a`. */
void		 field_begin(struct field_writer *w, struct arena *a,
		    const char *name);

/* End the word: it is put behind a space or, where it would go beyond the 78
 * columns of RFC 5322, 2.1.1, on a line of its own. An empty word is none. */
void		 field_word_end(struct field_writer *w);

/* The same, and the next word begins a line. */
void		 field_line_end(struct field_writer *w);

/* The whole value; p is NULL on failure. */
struct span	 field_end(struct field_writer *w);

/* What is shown of a long text: whole characters only. */
struct span	 field_shown(struct span text);

/* A quoted string; one that is cut says so by "..." at its end. */
void		 field_add_quoted(struct field_writer *w, struct span text);

/*
 * Text for inside of a comment, to the parentheses of the caller. Its spaces
 * end words. It is not cut.
 */
void		 field_add_comment(struct field_writer *w, struct span text);

#endif
