/* Key records: a key is of one type only, and as long as it may be. */
#include "config.h"

#include "policy/dkim.h"
#include "tests/fuzz/fuzz.h"

static bool
is_key(struct arena *a, struct span text, enum key_type type)
{
	static const uint8_t digest[DIGEST_LEN];
	struct dkim_key key;
	const char *why = NULL;
	enum dkim_key_status st;
	unsigned bits;

	st = dkim_key_parse(a, text, type, &key, &why);
	FUZZ_CHECK((st == DKIM_KEY_OK) == (why == NULL));
	FUZZ_CHECK((st == DKIM_KEY_OK) == (key.key != NULL));
	if (st != DKIM_KEY_OK)
		return false;
	FUZZ_CHECK(public_key_type(key.key) == type);
	bits = public_key_bits(key.key);
	FUZZ_CHECK(type == KEY_RSA ? bits >= KEY_RSA_MIN_BITS &&
	    bits <= KEY_RSA_MAX_BITS : bits == 256);
	/* Nobody has signed that with any of them. */
	FUZZ_CHECK(public_key_verify(key.key, digest, text) != VERIFY_GOOD);
	public_key_free(key.key);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct span text = fuzz_span(data, size);

	FUZZ_CHECK(a != NULL);
	FUZZ_CHECK(!is_key(a, text, KEY_RSA) || !is_key(a, text, KEY_ED25519));
	arena_free(a);
	return 0;
}
