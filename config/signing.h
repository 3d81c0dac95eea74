/*
 * Which keys sign whose mail: KeyTable and SigningTable, or Domain, Selector
 * and KeyFile.
 */
#ifndef SIGNET_CONFIG_SIGNING_H
#define SIGNET_CONFIG_SIGNING_H

#include "config/keyfile.h"
#include "config/option.h"
#include "config/report.h"
#include "policy/settings.h"

struct signing;

/* More signatures no message gets; each is a private key operation. */
#define SIGNING_MAX_SEALS	16

/*
 * Check that the options that name keys go together. Reported when not.
 */
void		 signing_check_options(const struct option_values *vals,
		    struct report *report);

/*
 * Load tables and keys; `check_all` parses keys that would else wait for
 * their first use. False when anything is wrong, which the report names. True
 * and *out NULL: nothing is signed. `a` and `reader` must stay.
 */
bool		 signing_load(struct arena *a,
		    const struct option_values *vals,
		    const struct key_reader *reader, bool check_all,
		    struct report *report, struct signing **out);
void		 signing_free(struct signing *s);

/* The sign_choose of policy/settings.h; `tables` is the struct signing. */
enum sign_status signing_choose(const void *tables, struct arena *a,
		    const struct address *author, struct dkim_seal **seal_out,
		    size_t *n_out, const char **why_out);

/* One of the keys, for those who look at keys and not at mail. */
struct signing_key {
	struct span	 name;		/* in KeyTable; empty: Selector and
					 * KeyFile */
	struct dkim_seal seal;		/* its domain is empty where it is the
					 * author's, or where Domain has a
					 * pattern */
};

/* How many there are: rows of KeyTable, or domains of Domain. */
size_t		 signing_count(const struct signing *s);

/*
 * The nth, from 0; `author` stands in for the author's domain (normalized, or
 * empty). False when the key cannot be used: *why_out, in `a`, says why, and
 * *out is filled but for seal.key.
 */
bool		 signing_nth(const struct signing *s, struct arena *a,
		    size_t n, struct span author, struct signing_key *out,
		    const char **why_out);

/* The sign_nth_key of policy/settings.h. */
enum nth_key	 signing_nth_seal(const void *tables, struct arena *a,
		    size_t n, struct dkim_seal *out);

#endif
