/*
 * Private keys, each parsed once: at load or when the first message wants it.
 * Many rows of a table may name one file; it is one key.
 *
 * Thread-safe. What fails is tried again the next time, so a key file that is
 * put in place needs no reload.
 */
#ifndef SIGNET_CONFIG_KEYSTORE_H
#define SIGNET_CONFIG_KEYSTORE_H

#include "config/keyfile.h"
#include "crypto/key.h"

struct keystore;

/* `reader` must stay. NULL without memory; NULL may be freed. */
struct keystore	*keystore_new(const struct key_reader *reader,
		    bool require_safe);
void		 keystore_free(struct keystore *ks);

/*
 * The key in a file. NULL when there is none; *why_out then says why not, in
 * `a`. With a key *why_out is NULL, or what is unsafe about the file where
 * that is tolerated, told once. The key lives as long as the store.
 */
const struct private_key *keystore_file(struct keystore *ks, struct arena *a,
		    const char *path, const char **why_out);

/* The key that `text` is, PEM or base64; the same outcomes. */
const struct private_key *keystore_text(struct keystore *ks, struct span text,
		    const char **why_out);

/* How many keys are in it. */
size_t		 keystore_count(struct keystore *ks);

#endif
