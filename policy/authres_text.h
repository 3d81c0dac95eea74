/*
 * The characters of an Authentication-Results field, shared by the modules
 * that write, parse and recognize it.
 */
#ifndef SIGNET_POLICY_AUTHRES_TEXT_H
#define SIGNET_POLICY_AUTHRES_TEXT_H

#include "base/span.h"

/* Octets of a token (RFC 2045, 5.1): no space, control or tspecial. */
bool	 authres_is_token_char(unsigned char c);
bool	 authres_is_token(struct span s);

/*
 * The length of the character at the front of `s` when a reader can be shown
 * it; 0 for controls of ASCII and Latin-1, for the line separators of Unicode
 * and for what is not UTF-8.
 */
size_t	 authres_printable(struct span s);

/* Text of such characters alone. */
bool	 authres_is_printable(struct span s);

/* A dot-atom of RFC 5322, 3.2.3, with UTF-8 (RFC 6532): a local part that
 * needs no quotes. */
bool	 authres_is_dot_atom(struct span s);

/* A domain-name of RFC 6376, 3.5, where U-labels may stand too (RFC 8601,
 * 1.5.2): two labels at least. */
bool	 authres_is_domain(struct span s);

#endif
