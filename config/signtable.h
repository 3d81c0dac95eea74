/*
 * SigningTable: for whom is signed, and with which keys of KeyTable.
 *
 *	ADDRESS-OR-PATTERN	NAME[:SIGNER]
 *
 * NAME % is the author's domain. SIGNER becomes i=; % in it stands for the
 * author's domain.
 */
#ifndef SIGNET_CONFIG_SIGNTABLE_H
#define SIGNET_CONFIG_SIGNTABLE_H

#include "config/keytable.h"
#include "policy/settings.h"

struct signtable;

/*
 * No honest address is longer (RFC 5321, 4.5.3.1: 64 + 1 + 255). Mail of a
 * longer one is not signed, so that it cannot make us search for long.
 */
#define SIGNTABLE_MAX_ADDRESS	320

/*
 * Check every row of `rows` (loaded with case folded; must stay, as must
 * `kt`), and mark the keys it names as used. NULL when one is wrong: the
 * report says which and why.
 */
struct signtable *signtable_new(struct arena *a, const struct dataset *rows,
		    struct keytable *kt, enum multiple_words multiple,
		    struct report *report);

/* The sign_choose of policy/settings.h, by the rows of the table. */
enum sign_status signtable_choose(const struct signtable *t, struct arena *a,
		    const struct address *author, struct dkim_seal **seal_out,
		    size_t *n_out, const char **why_out);

#endif
