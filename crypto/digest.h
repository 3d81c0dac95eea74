/*
 * SHA-256 over a stream. (rsa-sha1 never passes, RFC 8301, so SHA-1 is not
 * here.)
 */
#ifndef SIGNET_CRYPTO_DIGEST_H
#define SIGNET_CRYPTO_DIGEST_H

#include "base/span.h"

#define DIGEST_LEN	32

struct digest;

/* NULL without memory. Reusable after digest_final. NULL may be freed. */
struct digest	*digest_new(void);
void		 digest_free(struct digest *d);

void		 digest_add(struct digest *d, const char *p, size_t len);

/*
 * The hash of what was added since the start or the last final. False when
 * any step failed inside the library: the hash then is not to be used.
 */
bool		 digest_final(struct digest *d, uint8_t out[DIGEST_LEN]);

/* The same of what was added so far, and then more may be added. */
bool		 digest_peek(const struct digest *d, uint8_t out[DIGEST_LEN]);

/* All at once. */
bool		 digest_of(struct span data, uint8_t out[DIGEST_LEN]);

/* Whether two byte strings are the same, in constant time for the length. */
bool		 digest_equal(const void *a, const void *b, size_t len);

#endif
