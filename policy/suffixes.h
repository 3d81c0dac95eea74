/*
 * The public suffix list, for those who find organizational domains as RFC
 * 7489 (3.2) did. The only user of libpsl.
 */
#ifndef SIGNET_POLICY_SUFFIXES_H
#define SIGNET_POLICY_SUFFIXES_H

#include "base/span.h"

/* Immutable once it is there: any number of threads may ask it. */
struct suffixes;

/* A list larger than this is none (that of 2026 has 330 KB). */
#define SUFFIXES_MAX_BYTES	(8u << 20)

/*
 * A list from the text of its file. NULL when the text holds no rule, or
 * without memory; *why_out is then a static phrase.
 */
struct suffixes	*suffixes_new(struct span text, const char **why_out);

/* The list that libpsl was built with. NULL when it has none. */
struct suffixes	*suffixes_builtin(void);

/* NULL is fine. */
void		 suffixes_free(struct suffixes *p);

/* How many rules it has. */
size_t		 suffixes_count(const struct suffixes *p);

/*
 * The organizational domain of a normalized name: the public suffix and one
 * label more. A name that is itself a public suffix is its own. What no rule
 * names is under the rule "*". The result is a part of `domain`.
 */
struct span	 suffixes_org_domain(const struct suffixes *p,
		    struct span domain);

/* Whether a normalized name is a public suffix. */
bool		 suffixes_have(const struct suffixes *p, struct span domain);

#endif
