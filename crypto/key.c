#include "config.h"
#include "crypto/key.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "crypto/evp.h"

const char *
key_type_name(enum key_type t)
{
	switch (t) {
	case KEY_RSA:		return "rsa";
	case KEY_ED25519:	return "ed25519";
	}
	return "unknown";
}

const char *
key_status_text(enum key_status st)
{
	switch (st) {
	case KEY_OK:		return "key OK";
	case KEY_SYNTAX:	return "not the encoding of a key";
	case KEY_TOO_SHORT:	return "RSA key below 1024 bits";
	case KEY_TOO_LONG:	return "RSA key above 8192 bits";
	case KEY_BAD_EXPONENT:	return "unsafe public exponent";
	case KEY_WRONG_TYPE:	return "not a key of the wanted type";
	case KEY_ENCRYPTED:	return "key is protected by a passphrase";
	case KEY_INCONSISTENT:	return "parts of the key do not fit";
	case KEY_NOMEM:		return "out of memory";
	}
	return "unknown";
}

bool
evp_rsa_setup(EVP_PKEY_CTX *ctx)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    evp_sha256() != NULL &&
	    EVP_PKEY_CTX_set_signature_md(ctx, evp_sha256()) == 1;
}

enum key_status
evp_rsa_bits(unsigned bits)
{
	if (bits < KEY_RSA_MIN_BITS)
		return KEY_TOO_SHORT;
	if (bits > KEY_RSA_MAX_BITS)
		return KEY_TOO_LONG;
	return KEY_OK;
}

enum key_status
evp_why(enum key_status otherwise)
{
	return ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE ?
	    KEY_NOMEM : otherwise;
}

/* What the library's return value says; it is 1 for nothing but "good". */
static enum verify_status
verify_status(int rc)
{
	return rc == 1 ? VERIFY_GOOD : rc == 0 ? VERIFY_BAD : VERIFY_ERROR;
}

static enum verify_status
verify_rsa(EVP_PKEY *pkey, const uint8_t *digest, struct span sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	int rc = -1;

	if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	    evp_rsa_setup(ctx))
		rc = EVP_PKEY_verify(ctx, (const uint8_t *)sig.p, sig.len,
		    digest, DIGEST_LEN);
	EVP_PKEY_CTX_free(ctx);
	return verify_status(rc);
}

/* RFC 8463, 3: the hash is the message of a pure Ed25519. */
static enum verify_status
verify_ed25519(EVP_PKEY *pkey, const uint8_t *digest, struct span sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = -1;

	if (ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1)
		rc = EVP_DigestVerify(ctx, (const uint8_t *)sig.p, sig.len,
		    digest, DIGEST_LEN);
	EVP_MD_CTX_free(ctx);
	return verify_status(rc);
}

enum verify_status
evp_verify(EVP_PKEY *pkey, enum key_type type,
    const uint8_t digest[DIGEST_LEN], struct span sig)
{
	int size = EVP_PKEY_get_size(pkey);
	enum verify_status st;

	/* A signature is exactly as long as the key makes it (RFC 8017,
	 * 8.2.2; RFC 8032, 5.1.7). */
	if (size <= 0)
		return VERIFY_ERROR;
	if (sig.len != (size_t)size)
		return VERIFY_BAD;
	st = type == KEY_RSA ? verify_rsa(pkey, digest, sig) :
	    verify_ed25519(pkey, digest, sig);
	if (st != VERIFY_GOOD)
		ERR_clear_error();
	return st;
}
