#include "config.h"
#include "crypto/digest.h"

#include <pthread.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "crypto/evp.h"

struct digest {
	EVP_MD_CTX	*ctx;
	bool		 failed;
};

/* Set once, by the first who asks, and only read afterwards. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void
sha256_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	ERR_clear_error();
}

const EVP_MD *
evp_sha256(void)
{
	(void)pthread_once(&sha256_once, sha256_fetch);
	return sha256;
}

struct digest *
digest_new(void)
{
	struct digest *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->ctx = EVP_MD_CTX_new();
	if (d->ctx == NULL || evp_sha256() == NULL ||
	    EVP_DigestInit_ex2(d->ctx, evp_sha256(), NULL) != 1) {
		ERR_clear_error();
		digest_free(d);
		return NULL;
	}
	return d;
}

void
digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	EVP_MD_CTX_free(d->ctx);
	free(d);
}

void
digest_add(struct digest *d, const char *p, size_t len)
{
	if (len > 0 && EVP_DigestUpdate(d->ctx, p, len) != 1)
		d->failed = true;
}

bool
digest_final(struct digest *d, uint8_t out[DIGEST_LEN])
{
	unsigned len = 0;
	bool good;

	good = EVP_DigestFinal_ex(d->ctx, out, &len) == 1 &&
	    len == DIGEST_LEN && !d->failed;
	/* Begin anew with the same algorithm; that costs no allocation. */
	d->failed = EVP_DigestInit_ex2(d->ctx, NULL, NULL) != 1;
	if (!good || d->failed)
		ERR_clear_error();
	return good;
}

bool
digest_peek(const struct digest *d, uint8_t out[DIGEST_LEN])
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	unsigned len = 0;
	bool good;

	good = !d->failed && copy != NULL &&
	    EVP_MD_CTX_copy_ex(copy, d->ctx) == 1 &&
	    EVP_DigestFinal_ex(copy, out, &len) == 1 && len == DIGEST_LEN;
	EVP_MD_CTX_free(copy);
	if (!good)
		ERR_clear_error();
	return good;
}

bool
digest_of(struct span data, uint8_t out[DIGEST_LEN])
{
	unsigned len = 0;
	bool good;

	good = evp_sha256() != NULL && EVP_Digest(data.len > 0 ? data.p : "",
	    data.len, out, &len, evp_sha256(), NULL) == 1 &&
	    len == DIGEST_LEN;
	if (!good)
		ERR_clear_error();
	return good;
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	return len == 0 || CRYPTO_memcmp(a, b, len) == 0;
}
