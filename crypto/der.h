/*
 * Just enough DER (X.690) to unwrap a key: definite lengths in their shortest
 * form, tags of one byte. Knows nothing of keys and allocates nothing.
 *
 * It stands in front of the library because the library's own decoder of
 * SubjectPublicKeyInfo costs eight times a verification, and because lengths
 * and exponents are to be judged before any arithmetic.
 */
#ifndef SIGNET_CRYPTO_DER_H
#define SIGNET_CRYPTO_DER_H

#include "base/span.h"

enum der_tag {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
};

/*
 * Take one element of type `tag` off the front of *rest; its content goes
 * into *content_out. False when something else stands there: *rest then is
 * as it was.
 */
bool	 der_take(struct span *rest, enum der_tag tag,
	    struct span *content_out);

/*
 * The same for an INTEGER that is positive and in its shortest form: the
 * magnitude, without leading zero bytes.
 */
bool	 der_take_positive(struct span *rest, struct span *magnitude_out);

/* The same for a BIT STRING of whole bytes. */
bool	 der_take_bytes(struct span *rest, struct span *bytes_out);

#endif
