/* Public keys: taken apart by hand, judged, then given to the library. */
#include "config.h"
#include "crypto/key.h"

#include <stdlib.h>

#include <openssl/err.h>

#include "crypto/der.h"
#include "crypto/evp.h"

#define ED25519_LEN	32

/* More than the largest key we take, as SubjectPublicKeyInfo, can need. */
#define PUBLIC_KEY_MAX_DER	2048

/* The longest public exponent, in bytes. */
#define RSA_MAX_EXPONENT	8

/* Object identifiers, as DER contents: RFC 8017 A.1, RFC 8410 3. */
#define OID_RSA		SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")
#define OID_ED25519	SPAN("\x2b\x65\x70")

struct public_key {
	enum key_type	 type;
	unsigned	 bits;
	EVP_PKEY	*pkey;
};

/*
 * Unwrap a SubjectPublicKeyInfo (RFC 5280, 4.1): the key inside, which is of
 * algorithm `oid`. KEY_WRONG_TYPE when it is of another.
 */
static enum key_status
spki_unwrap(struct span der, struct span oid, struct span *key_out)
{
	struct span spki, algorithm, id, null, key;

	if (!der_take(&der, DER_SEQUENCE, &spki) || der.len > 0)
		return KEY_SYNTAX;
	if (!der_take(&spki, DER_SEQUENCE, &algorithm) ||
	    !der_take(&algorithm, DER_OID, &id))
		return KEY_SYNTAX;
	if (!span_eq(id, oid))
		return KEY_WRONG_TYPE;
	/* No parameters, or the NULL that RSA keys have. */
	if (algorithm.len > 0 && (!der_take(&algorithm, DER_NULL, &null) ||
	    null.len > 0 || algorithm.len > 0))
		return KEY_SYNTAX;
	if (!der_take_bytes(&spki, &key) || spki.len > 0)
		return KEY_SYNTAX;
	*key_out = key;
	return KEY_OK;
}

/* The number of bits of a magnitude without leading zero bytes. */
static unsigned
magnitude_bits(struct span n)
{
	unsigned char top = (unsigned char)n.p[0];
	unsigned bits = 0;

	for (; top > 0; top >>= 1)
		bits++;
	return (unsigned)(n.len - 1) * 8 + bits;
}

static bool
magnitude_odd(struct span n)
{
	return ((unsigned char)n.p[n.len - 1] & 1) != 0;
}

/* Judge a RSAPublicKey (RFC 8017, A.1.1) before anything is computed. */
static enum key_status
rsa_judge(struct span der, unsigned *bits_out)
{
	struct span seq, n, e;
	enum key_status st;

	if (!der_take(&der, DER_SEQUENCE, &seq) || der.len > 0 ||
	    !der_take_positive(&seq, &n) || !der_take_positive(&seq, &e) ||
	    seq.len > 0)
		return KEY_SYNTAX;
	*bits_out = magnitude_bits(n);
	if ((st = evp_rsa_bits(*bits_out)) != KEY_OK)
		return st;
	if (e.len > RSA_MAX_EXPONENT || !magnitude_odd(e) ||
	    magnitude_bits(e) == 1)
		return KEY_BAD_EXPONENT;
	return magnitude_odd(n) ? KEY_OK : KEY_SYNTAX;
}

/* Whether `der` is a SEQUENCE that begins with an INTEGER. */
static bool
rsa_is_bare(struct span der)
{
	struct span seq, n;

	return der_take(&der, DER_SEQUENCE, &seq) &&
	    der_take(&seq, DER_INTEGER, &n);
}

static enum key_status
rsa_make(struct span der, struct public_key *k)
{
	const unsigned char *p;
	enum key_status st;

	if (!rsa_is_bare(der) &&
	    (st = spki_unwrap(der, OID_RSA, &der)) != KEY_OK)
		return st;
	if ((st = rsa_judge(der, &k->bits)) != KEY_OK)
		return st;
	p = (const unsigned char *)der.p;
	k->pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)der.len);
	if (k->pkey == NULL)
		return evp_why(KEY_SYNTAX);
	/* What was judged is what the library read. */
	return EVP_PKEY_get_bits(k->pkey) == (int)k->bits ? KEY_OK :
	    KEY_SYNTAX;
}

static enum key_status
ed25519_make(struct span der, struct public_key *k)
{
	enum key_status st;

	if (der.len != ED25519_LEN &&
	    (st = spki_unwrap(der, OID_ED25519, &der)) != KEY_OK)
		return st;
	if (der.len != ED25519_LEN)
		return KEY_SYNTAX;
	k->bits = ED25519_LEN * 8;
	k->pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    (const uint8_t *)der.p, der.len);
	return k->pkey != NULL ? KEY_OK : evp_why(KEY_SYNTAX);
}

enum key_status
public_key_parse(enum key_type type, struct span der, struct public_key **out)
{
	struct public_key *k;
	enum key_status st;

	*out = NULL;
	if (der.len > PUBLIC_KEY_MAX_DER)
		return type == KEY_RSA ? KEY_TOO_LONG : KEY_SYNTAX;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return KEY_NOMEM;
	k->type = type;
	st = type == KEY_RSA ? rsa_make(der, k) : ed25519_make(der, k);
	if (st == KEY_OK) {
		*out = k;
		return KEY_OK;
	}
	ERR_clear_error();
	public_key_free(k);
	return st;
}

void
public_key_free(struct public_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

enum key_type
public_key_type(const struct public_key *k)
{
	return k->type;
}

unsigned
public_key_bits(const struct public_key *k)
{
	return k->bits;
}

enum verify_status
public_key_verify(const struct public_key *k,
    const uint8_t digest[DIGEST_LEN], struct span sig)
{
	return evp_verify(k->pkey, k->type, digest, sig);
}
