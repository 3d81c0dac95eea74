/*
 * Inside dns/: the resolver's half that scopes stand on. Two locks: each scope
 * has one, the resolver has one; whoever holds a scope's may take the
 * resolver's, never the other way round. Engines, continuations and
 * destructors are called with none held.
 */
#ifndef SIGNET_DNS_RESOLVER_H
#define SIGNET_DNS_RESOLVER_H

#include "dns/engine.h"
#include "dns/names.h"
#include "dns/stored.h"

/* A question, ready to be looked for. Holds its own name: do not copy. */
struct dns_key {
	enum dns_type	 type;
	struct span	 name;		/* in text + 1 */
	uint64_t	 hash;
	char		 text[1 + DOMAIN_MAX_LEN];
};

/* False when `name` is no name one can ask for. */
bool		 dns_key_init(struct dns_key *k, const struct dns *d,
		    enum dns_type type, struct span name);

/*
 * A scope's stake in a question in flight. It is linked while the question
 * is, and belongs to the scope.
 */
struct dns_waiter {
	struct dns_scope	*scope;
	struct dns_question	*question;	/* NULL: not waiting */
	struct dns_waiter	*next, **link;
};

enum dns_join {
	DNS_JOIN_CACHED,	/* *stored_out: with a reference */
	DNS_JOIN_SHARED,	/* `w` waits for what another has asked */
	DNS_JOIN_ASK,		/* `w` waits, and the caller must dns_ask */
	DNS_JOIN_NOT,		/* neither there nor to be asked */
};

/*
 * Find the answer, or wait for it. `w` NULL: the cache only. `may_ask`: begin
 * a question if there is none, into *question_out. Without memory it is
 * DNS_JOIN_NOT.
 */
enum dns_join	 dns_join(struct dns *d, const struct dns_key *k,
		    struct dns_waiter *w, bool may_ask,
		    struct dns_stored **stored_out,
		    struct dns_question **question_out);

/* Hand a new question to the engine. No lock may be held. */
void		 dns_ask(struct dns_question *q);

/* Wait no more; nothing happens to one that does not wait. */
void		 dns_leave(struct dns *d, struct dns_waiter *w);

/* Count an answer that was handed out. */
void		 dns_count(struct dns *d, bool cached, bool joined);

/*
 * The scope's half. A waiter's scope is held while its answer is brought to
 * it; an answer of NULL means there was no memory for it.
 */
void		 dns_scope_hold(struct dns_scope *s);
void		 dns_scope_release(struct dns_scope *s);
void		 dns_scope_arrived(struct dns_scope *s, struct dns_waiter *w,
		    struct dns_stored *st, uint32_t elapsed_ms);

#endif
