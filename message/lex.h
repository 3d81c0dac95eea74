/*
 * The smallest pieces of mail's grammar (RFC 5322, 3.2, with the UTF-8 of
 * RFC 6532): white space, comments, atoms, quoted strings.
 *
 * Each lex_ function gives the length of the longest such piece that stands
 * at the front of `s`, 0 when none does. A piece that is not well-formed
 * (an open quote, an open comment, a control character, ill-formed UTF-8) is
 * none, so whoever goes on parsing stops right before it.
 */
#ifndef SIGNET_MESSAGE_LEX_H
#define SIGNET_MESSAGE_LEX_H

#include "base/strbuf.h"

/* Comments within comments: deeper ones only serve to break parsers. */
#define LEX_MAX_COMMENT_DEPTH	32

/* One visible character: VCHAR of RFC 6532, in UTF-8. */
size_t	 lex_vchar(struct span s);

/*
 * Folding white space: WSP, and CRLF where WSP follows; folds may follow each
 * other, as RFC 5322, 4.2 has it. A CR or LF that makes no fold is not part
 * of it.
 */
size_t	 lex_fws(struct span s);

/* Folding white space and comments. */
size_t	 lex_cfws(struct span s);

/* A run of atext; UTF-8 belongs to it. */
size_t	 lex_atom(struct span s);

/* A quoted string with its quotes. */
size_t	 lex_quoted(struct span s);

/* A domain literal with its brackets (RFC 5322, 3.4.1, without obs-dtext). */
size_t	 lex_literal(struct span s);

/*
 * Append what a quoted string (as lex_quoted measured it) means: without the
 * quotes, the backslashes of quoted pairs and the CRLF of folds.
 */
void	 lex_unquote(struct strbuf *sb, struct span quoted);

#endif
