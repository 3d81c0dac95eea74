/*
 * The hashes of one body, each computed once.
 *
 * Signatures to verify and signatures to make say what they need; a body
 * streams through and is hashed once for each distinct canonicalization,
 * however many lengths of it are wanted. Nothing is stored.
 */
#ifndef SIGNET_POLICY_BODYHASH_H
#define SIGNET_POLICY_BODYHASH_H

#include "crypto/digest.h"
#include "message/canon.h"

#define BODYHASH_ALL	UINT64_MAX	/* no l= */

/* More than the signatures tried plus those made can want. */
#define BODYHASH_MAX	32

struct bodyhash;

/* NULL without memory. NULL may be freed. */
struct bodyhash	*bodyhash_new(void);
void		 bodyhash_free(struct bodyhash *b);

/*
 * Want the hash of the first `length` canonical octets. Returns its number,
 * the same for the same wish; -1 when there are too many or no memory. Not
 * after the first bodyhash_feed.
 */
int		 bodyhash_want(struct bodyhash *b, enum canon c,
		    uint64_t length);

/*
 * Whether more of the body is needed: for a hash, or to know that the body
 * goes on past the l= of one. Once false it stays so, and what is still fed
 * is passed over.
 */
bool		 bodyhash_hungry(const struct bodyhash *b);

void		 bodyhash_feed(struct bodyhash *b, const char *p, size_t len);

/* The body is complete. Once. */
void		 bodyhash_finish(struct bodyhash *b);

/*
 * After finish: the hash, and how many canonical octets the body had in all;
 * of a body longer than the length wanted it is only told that: *octets_out
 * is then that length and one. False when the hash could not be computed.
 */
bool		 bodyhash_get(const struct bodyhash *b, int number,
		    uint8_t out[DIGEST_LEN], uint64_t *octets_out);

#endif
