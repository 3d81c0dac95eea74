/*
 * Public keys that verify, private keys that sign: RSA (RFC 6376, 8301) and
 * Ed25519 (RFC 8463). The only user of OpenSSL beside digest.c.
 *
 * Keys are immutable once made and may be shared between threads.
 */
#ifndef SIGNET_CRYPTO_KEY_H
#define SIGNET_CRYPTO_KEY_H

#include "base/arena.h"
#include "crypto/digest.h"

enum key_type {
	KEY_RSA,
	KEY_ED25519,
};

const char	*key_type_name(enum key_type t);	/* "rsa", "ed25519" */

/*
 * What an RSA key may be at all, whatever the configuration says: 1024 is the
 * floor of RFC 8301, 8192 keeps one verification cheap. Outside, the key is
 * refused before any arithmetic; so is a public exponent that is even, 1, or
 * longer than 64 bits.
 */
#define KEY_RSA_MIN_BITS	1024
#define KEY_RSA_MAX_BITS	8192

enum key_status {
	KEY_OK,
	KEY_SYNTAX,		/* not the encoding of such a key */
	KEY_TOO_SHORT,		/* RSA below KEY_RSA_MIN_BITS */
	KEY_TOO_LONG,		/* RSA above KEY_RSA_MAX_BITS */
	KEY_BAD_EXPONENT,
	KEY_WRONG_TYPE,		/* a key, but neither RSA nor Ed25519 */
	KEY_ENCRYPTED,		/* a private key behind a passphrase */
	KEY_INCONSISTENT,	/* a private key whose parts do not fit */
	KEY_NOMEM,
};

const char	*key_status_text(enum key_status st);

struct public_key;

/*
 * From the decoded p= of a key record. RSA: SubjectPublicKeyInfo or a bare
 * RSAPublicKey (both occur); Ed25519: the 32 bytes, or SubjectPublicKeyInfo.
 * On KEY_OK *out is the caller's, free with public_key_free.
 */
enum key_status	 public_key_parse(enum key_type type, struct span der,
		    struct public_key **out);
void		 public_key_free(struct public_key *k);
enum key_type	 public_key_type(const struct public_key *k);
unsigned	 public_key_bits(const struct public_key *k);

enum verify_status {
	VERIFY_GOOD,
	VERIFY_BAD,
	VERIFY_ERROR,		/* the library could not tell */
};

/*
 * Whether `sig` signs the SHA-256 `digest`: PKCS#1 v1.5 for RSA, pure Ed25519
 * over the digest (RFC 8463, 3).
 */
enum verify_status public_key_verify(const struct public_key *k,
		    const uint8_t digest[DIGEST_LEN], struct span sig);

struct private_key;

/*
 * From PEM text, PKCS#1 or PKCS#8 (also bare base64 DER, and for Ed25519 the
 * base64 of a 32-byte seed, as dkimpy writes). The key is tried once, so that
 * the first message finds it ready. *out is the caller's.
 */
enum key_status	 private_key_parse(struct span text,
		    struct private_key **out);
void		 private_key_free(struct private_key *k);
enum key_type	 private_key_type(const struct private_key *k);
unsigned	 private_key_bits(const struct private_key *k);

/* A new one; `bits` is for RSA only. NULL when the library refuses. */
struct private_key *private_key_generate(enum key_type type, unsigned bits);

/* PKCS#8 PEM; the caller cleans `a` up. On failure p is NULL. */
struct span	 private_key_pem(const struct private_key *k,
		    struct arena *a);

/* What belongs into p=: SPKI for RSA, the 32 bytes for Ed25519. */
struct span	 private_key_public(const struct private_key *k,
		    struct arena *a);

/* The signature over `digest`, in `a`. On failure p is NULL. */
struct span	 private_key_sign(const struct private_key *k,
		    const uint8_t digest[DIGEST_LEN], struct arena *a);

#endif
