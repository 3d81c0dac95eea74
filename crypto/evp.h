/*
 * What the files of this room share of OpenSSL's EVP. Not for other rooms: no
 * header of theirs may see an OpenSSL type.
 */
#ifndef SIGNET_CRYPTO_EVP_H
#define SIGNET_CRYPTO_EVP_H

#include <openssl/evp.h>

#include "crypto/key.h"

/*
 * SHA-256, fetched once for the process: a fetch by name costs as much as
 * hashing a small message. NULL when the library has none.
 */
const EVP_MD	*evp_sha256(void);

/* Set a context that was just begun to PKCS#1 v1.5 over SHA-256. */
bool		 evp_rsa_setup(EVP_PKEY_CTX *ctx);

/* KEY_OK when such a length and such an exponent may be. */
enum key_status	 evp_rsa_bits(unsigned bits);

/*
 * Whether the numbers of a RSA private key fit each other. EVP_PKEY_check
 * would also prove the primes, which takes 30 ms for 2048 bits: half a minute
 * for a table of a thousand keys, at each start and reload, against nobody
 * but the owner of the key.
 */
bool		 evp_rsa_parts_fit(const EVP_PKEY *pkey);

/* KEY_NOMEM when that is why the library failed last, else `otherwise`. */
enum key_status	 evp_why(enum key_status otherwise);

/* Whether `sig` signs `digest`, with a key of either type. */
enum verify_status evp_verify(EVP_PKEY *pkey, enum key_type type,
		    const uint8_t digest[DIGEST_LEN], struct span sig);

#endif
