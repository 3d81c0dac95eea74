/*
 * Private keys: read, tried, made, written, used. What holds one in the clear
 * is cleansed before it is given back.
 */
#include "config.h"
#include "crypto/key.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/base64.h"
#include "crypto/evp.h"

#define ED25519_LEN	32

/* No key file is as long; the text comes whole into memory. */
#define PRIVATE_KEY_MAX_TEXT	(64 * 1024)

/* The longest public exponent, in bits. */
#define RSA_MAX_EXPONENT_BITS	64

struct private_key {
	enum key_type	 type;
	unsigned	 bits;
	EVP_PKEY	*pkey;
	EVP_PKEY_CTX	*ready;	/* RSA: to sign with, each time a copy */
};

/* ---- reading ------------------------------------------------------------ */

/* Asked for a passphrase: there is none, but remember that it was wanted. */
static int
no_passphrase(char *buf, int size, int writing, void *asked)
{
	(void)buf;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

static enum key_status
read_pem(struct span text, EVP_PKEY **out)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.len);
	bool asked = false;

	if (bio == NULL)
		return KEY_NOMEM;
	*out = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
	BIO_free(bio);
	if (*out != NULL)
		return KEY_OK;
	return asked ? KEY_ENCRYPTED : evp_why(KEY_SYNTAX);
}

/* PKCS#8 or PKCS#1, or the seed of RFC 8032, 5.1.5. */
static enum key_status
read_der(struct span der, EVP_PKEY **out)
{
	const unsigned char *p = (const unsigned char *)der.p;

	if (der.len == ED25519_LEN)
		*out = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
		    p, der.len);
	else
		*out = d2i_AutoPrivateKey(NULL, &p, (long)der.len);
	return *out != NULL ? KEY_OK : evp_why(KEY_SYNTAX);
}

static enum key_status
read_base64(struct span text, EVP_PKEY **out)
{
	struct arena *a = arena_new(0);
	enum key_status st = KEY_NOMEM;
	struct span der = { NULL, 0 };

	if (a != NULL && base64_decode(a, text, &der))
		st = read_der(der, out);
	else if (a != NULL && !arena_failed(a))
		st = KEY_SYNTAX;
	if (der.len > 0)
		OPENSSL_cleanse((void *)(uintptr_t)der.p, der.len);
	arena_free(a);
	return st;
}

static bool
is_pem(struct span text)
{
	for (; text.len > 0; text = span_skip(text, 1)) {
		text = span_skip(text, span_find(text, '-'));
		if (span_starts(text, "-----BEGIN "))
			return true;
	}
	return false;
}

/* ---- judging ------------------------------------------------------------ */

static enum key_status
judge_exponent(const EVP_PKEY *pkey)
{
	BIGNUM *e = NULL;
	enum key_status st;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		return evp_why(KEY_SYNTAX);
	st = BN_is_odd(e) && !BN_is_one(e) &&
	    BN_num_bits(e) <= RSA_MAX_EXPONENT_BITS ? KEY_OK :
	    KEY_BAD_EXPONENT;
	BN_free(e);
	return st;
}

static enum key_status
judge(struct private_key *k)
{
	enum key_status st;

	k->bits = (unsigned)EVP_PKEY_get_bits(k->pkey);
	switch (EVP_PKEY_get_base_id(k->pkey)) {
	case EVP_PKEY_RSA:
		k->type = KEY_RSA;
		st = evp_rsa_bits(k->bits);
		return st == KEY_OK ? judge_exponent(k->pkey) : st;
	case EVP_PKEY_ED25519:
		k->type = KEY_ED25519;
		k->bits = ED25519_LEN * 8;
		return KEY_OK;
	}
	return KEY_WRONG_TYPE;
}

/* Whether the parts of a key belong together. */
static enum key_status
check_parts(const struct private_key *k)
{
	EVP_PKEY_CTX *ctx;
	bool good;

	if (k->type == KEY_RSA)
		good = evp_rsa_parts_fit(k->pkey);
	else {
		ctx = EVP_PKEY_CTX_new(k->pkey, NULL);
		good = ctx != NULL && EVP_PKEY_check(ctx) == 1;
		EVP_PKEY_CTX_free(ctx);
	}
	return good ? KEY_OK : evp_why(KEY_INCONSISTENT);
}

/*
 * All that a signature needs but the digest. Fetching and setting it for each
 * message costs a fiftieth of the signature itself, copying it nothing to
 * speak of.
 */
static bool
make_ready(struct private_key *k)
{
	if (k->type != KEY_RSA)
		return true;
	k->ready = EVP_PKEY_CTX_new(k->pkey, NULL);
	return k->ready != NULL && EVP_PKEY_sign_init(k->ready) == 1 &&
	    evp_rsa_setup(k->ready);
}

/*
 * Sign and verify something. What the library makes at a key's first use is
 * made now, so that threads only read the key later.
 */
static enum key_status
first_use(struct private_key *k)
{
	static const uint8_t digest[DIGEST_LEN] = { 's', 'i', 'g', 'n', 'e' };
	struct arena *a;
	struct span sig;
	enum key_status st = KEY_NOMEM;

	if (!make_ready(k))
		return evp_why(KEY_INCONSISTENT);
	if ((a = arena_new(0)) == NULL)
		return KEY_NOMEM;
	sig = private_key_sign(k, digest, a);
	if (sig.p != NULL)
		st = evp_verify(k->pkey, k->type, digest, sig) ==
		    VERIFY_GOOD ? KEY_OK : KEY_INCONSISTENT;
	else if (!arena_failed(a))
		st = evp_why(KEY_INCONSISTENT);
	arena_free(a);
	return st;
}

enum key_status
private_key_parse(struct span text, struct private_key **out)
{
	struct private_key *k;
	enum key_status st;

	*out = NULL;
	if (text.len == 0 || text.len > PRIVATE_KEY_MAX_TEXT)
		return KEY_SYNTAX;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return KEY_NOMEM;
	ERR_clear_error();
	st = is_pem(text) ? read_pem(text, &k->pkey) :
	    read_base64(text, &k->pkey);
	if (st == KEY_OK)
		st = judge(k);
	if (st == KEY_OK)
		st = check_parts(k);
	if (st == KEY_OK)
		st = first_use(k);
	ERR_clear_error();
	if (st == KEY_OK)
		*out = k;
	else
		private_key_free(k);
	return st;
}

void
private_key_free(struct private_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_CTX_free(k->ready);
	EVP_PKEY_free(k->pkey);
	free(k);
}

enum key_type
private_key_type(const struct private_key *k)
{
	return k->type;
}

unsigned
private_key_bits(const struct private_key *k)
{
	return k->bits;
}

/* ---- making and writing ------------------------------------------------- */

struct private_key *
private_key_generate(enum key_type type, unsigned bits)
{
	struct private_key *k;

	if (type == KEY_RSA && evp_rsa_bits(bits) != KEY_OK)
		return NULL;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		return NULL;
	k->pkey = type == KEY_RSA ?
	    EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits) :
	    EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (k->pkey == NULL || judge(k) != KEY_OK || first_use(k) != KEY_OK) {
		ERR_clear_error();
		private_key_free(k);
		return NULL;
	}
	return k;
}

struct span
private_key_pem(const struct private_key *k, struct arena *a)
{
	/* Memory of such a BIO is cleansed when it grows and when it goes. */
	BIO *bio = BIO_new(BIO_s_secmem());
	struct span text = { NULL, 0 };
	char *p;
	long len;

	if (bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL,
	    NULL, 0, NULL, NULL) == 1 &&
	    (len = BIO_get_mem_data(bio, &p)) > 0)
		text = arena_span(a, (struct span){ p, (size_t)len });
	BIO_free(bio);
	ERR_clear_error();
	return text;
}

static struct span
public_spki(const struct private_key *k, struct arena *a)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(k->pkey, &der);
	struct span s = { NULL, 0 };

	if (len > 0)
		s = arena_span(a,
		    (struct span){ (const char *)der, (size_t)len });
	OPENSSL_free(der);
	return s;
}

struct span
private_key_public(const struct private_key *k, struct arena *a)
{
	unsigned char raw[ED25519_LEN];
	size_t len = sizeof(raw);
	struct span s = { NULL, 0 };

	if (k->type == KEY_RSA)
		s = public_spki(k, a);
	else if (EVP_PKEY_get_raw_public_key(k->pkey, raw, &len) == 1)
		s = arena_span(a, (struct span){ (const char *)raw, len });
	ERR_clear_error();
	return s;
}

/* ---- signing ------------------------------------------------------------ */

static bool
sign_rsa(const struct private_key *k, const uint8_t *digest, uint8_t *sig,
    size_t *len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(k->ready);
	bool good;

	good = ctx != NULL &&
	    EVP_PKEY_sign(ctx, sig, len, digest, DIGEST_LEN) == 1;
	EVP_PKEY_CTX_free(ctx);
	return good;
}

static bool
sign_ed25519(const struct private_key *k, const uint8_t *digest, uint8_t *sig,
    size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	good = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->pkey) == 1 &&
	    EVP_DigestSign(ctx, sig, len, digest, DIGEST_LEN) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

struct span
private_key_sign(const struct private_key *k,
    const uint8_t digest[DIGEST_LEN], struct arena *a)
{
	int size = EVP_PKEY_get_size(k->pkey);
	size_t len = size > 0 ? (size_t)size : 0;
	uint8_t *sig = len > 0 ? arena_alloc(a, len) : NULL;
	bool good;

	if (sig == NULL)
		return (struct span){ NULL, 0 };
	good = k->type == KEY_RSA ? sign_rsa(k, digest, sig, &len) :
	    sign_ed25519(k, digest, sig, &len);
	if (!good) {
		ERR_clear_error();
		return (struct span){ NULL, 0 };
	}
	return (struct span){ (const char *)sig, len };
}
