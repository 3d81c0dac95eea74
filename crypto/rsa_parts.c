/* Whether the numbers of a RSA private key belong together (RFC 8017, 3.2). */
#include "config.h"
#include "crypto/evp.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

enum part {
	PART_N, PART_E, PART_D, PART_P, PART_Q, PART_DP, PART_DQ, PART_QINV,
	PARTS
};

static const char *const part_names[PARTS] = {
	[PART_N] = OSSL_PKEY_PARAM_RSA_N,
	[PART_E] = OSSL_PKEY_PARAM_RSA_E,
	[PART_D] = OSSL_PKEY_PARAM_RSA_D,
	[PART_P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
	[PART_Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
	[PART_DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
	[PART_DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
	[PART_QINV] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/* p times q is n. */
static bool
is_product(BIGNUM *const *k, BIGNUM *t, BN_CTX *ctx)
{
	return BN_mul(t, k[PART_P], k[PART_Q], ctx) == 1 &&
	    BN_cmp(t, k[PART_N]) == 0;
}

/* d undoes e, and dp is d, both modulo the prime less one. */
static bool
undoes(BIGNUM *const *k, enum part prime, enum part exponent, BIGNUM *t,
    BIGNUM *less, BN_CTX *ctx)
{
	return BN_copy(less, k[prime]) != NULL && BN_sub_word(less, 1) == 1 &&
	    BN_mod_mul(t, k[PART_D], k[PART_E], less, ctx) == 1 &&
	    BN_is_one(t) && BN_nnmod(t, k[PART_D], less, ctx) == 1 &&
	    BN_cmp(t, k[exponent]) == 0;
}

/* qinv times q is one modulo p. */
static bool
is_inverse(BIGNUM *const *k, BIGNUM *t, BN_CTX *ctx)
{
	return BN_mod_mul(t, k[PART_QINV], k[PART_Q], k[PART_P], ctx) == 1 &&
	    BN_is_one(t);
}

bool
evp_rsa_parts_fit(const EVP_PKEY *pkey)
{
	BIGNUM *k[PARTS] = { NULL };
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *t = BN_new(), *less = BN_new();
	bool good = ctx != NULL && t != NULL && less != NULL;
	size_t i;

	for (i = 0; i < PARTS; i++)
		good = good && EVP_PKEY_get_bn_param(pkey, part_names[i],
		    &k[i]) == 1;
	good = good && is_product(k, t, ctx) &&
	    undoes(k, PART_P, PART_DP, t, less, ctx) &&
	    undoes(k, PART_Q, PART_DQ, t, less, ctx) && is_inverse(k, t, ctx);
	for (i = 0; i < PARTS; i++)
		BN_clear_free(k[i]);
	BN_clear_free(less);
	BN_clear_free(t);
	BN_CTX_free(ctx);
	return good;
}
