/* UTF-8 (RFC 3629), as internationalized mail uses it. */
#ifndef SIGNET_MESSAGE_UTF8_H
#define SIGNET_MESSAGE_UTF8_H

#include "base/span.h"

/*
 * Length of the well-formed sequence for one character beyond ASCII that `s`
 * starts with, 2 to 4; 0 when there is none. Overlong forms, surrogates and
 * what lies above U+10FFFF are not well-formed.
 */
size_t	 utf8_sequence(struct span s);

#endif
