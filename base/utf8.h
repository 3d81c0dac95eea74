/* UTF-8 (RFC 3629), as internationalized mail uses it (RFC 6532). */
#ifndef SIGNET_BASE_UTF8_H
#define SIGNET_BASE_UTF8_H

#include "base/span.h"

/*
 * The length of the character at the front of `s`, 1 to 4, and which it is;
 * 0 when `s` is empty or begins with no well-formed character (overlong
 * forms, surrogates and what lies beyond U+10FFFF are none).
 */
size_t	 utf8_char(struct span s, uint32_t *cp_out);

#endif
