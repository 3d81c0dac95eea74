/*
 * KeyTable: names of keys, each a domain, a selector and a private key.
 *
 *	NAME	DOMAIN:SELECTOR:KEY[:ALGORITHM]
 *
 * DOMAIN % is the author's domain. KEY that begins with /, ./ or ../ is a
 * file, else the key itself; in a file's name that begins with / each %
 * stands for the domain.
 */
#ifndef SIGNET_CONFIG_KEYTABLE_H
#define SIGNET_CONFIG_KEYTABLE_H

#include "config/dataset.h"
#include "config/keystore.h"
#include "config/option.h"
#include "policy/dkim_sign.h"

/*
 * Tables of more rows have their keys parsed when they are first used: a
 * thousand take a second.
 */
#define KEYTABLE_EAGER_ROWS	1000

struct keytable;

/*
 * Check every row of `rows` (which must stay, as must `ks` and `base`). NULL
 * when one is wrong: the report says which and why.
 */
struct keytable	*keytable_new(struct arena *a, const struct dataset *rows,
		    struct keystore *ks, enum algorithm_words algorithm,
		    struct span base, struct report *report);

#define KEYTABLE_NONE	((size_t)-1)

/* The row of a name, KEYTABLE_NONE when there is none. Names have case. */
size_t		 keytable_find(const struct keytable *kt, struct span name);

/* Note that a row is in use, so that a bad key in it is an error. */
void		 keytable_use(struct keytable *kt, size_t row);
void		 keytable_use_all(struct keytable *kt);

/*
 * Parse the keys of a table that is small enough, or of any (`all`). A key
 * that cannot be used is an error; in a row that nobody refers to a warning.
 */
void		 keytable_check(struct keytable *kt, bool all,
		    struct report *report);

/*
 * The seal of a row for an author's domain (normalized). False: *why_out, in
 * `a`, says why the key cannot be used. The seal's identity stays empty.
 */
bool		 keytable_seal(const struct keytable *kt, struct arena *a,
		    size_t row, struct span author, struct dkim_seal *out,
		    const char **why_out);

/*
 * The d= of a row; empty when it is the author's domain.
 */
struct span	 keytable_domain(const struct keytable *kt, size_t row);

/* Whether a key may be used with SignatureAlgorithm; else why not. */
const char	*keytable_misfit(enum algorithm_words algorithm,
		    const struct private_key *key);

#endif
