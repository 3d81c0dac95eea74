/*
 * What stands behind the cache: something that can ask. libunbound in the
 * daemon (engine_unbound.c), a scripted table in tests (tests/lib/dnstable).
 */
#ifndef SIGNET_DNS_ENGINE_H
#define SIGNET_DNS_ENGINE_H

#include "dns/dns.h"

/*
 * A question on its way. The engine ends each one exactly once, from any
 * thread (also from within ask), by dns_question_done with what it learnt:
 * `ans` is borrowed for the call; name, type and elapsed_ms are filled in by
 * the receiver.
 */
struct dns_question;

enum dns_type	 dns_question_type(const struct dns_question *q);
struct span	 dns_question_name(const struct dns_question *q);
void		 dns_question_done(struct dns_question *q,
		    const struct dns_answer *ans);

struct dns_engine_ops {
	/* Begin. Must not block. */
	void	(*ask)(void *engine, struct dns_question *q);
	/* End all that is under way (DNS_TEMPFAIL) and go. */
	void	(*close)(void *engine);
	/* For dns_describe; may be NULL. */
	const char *(*describe)(void *engine, struct arena *a);
};

/* A resolver over an engine of one's own; takes `engine` also on failure. */
struct dns	*dns_open_engine(const struct dns_engine_ops *ops,
		    void *engine, size_t cache_bytes);

#endif
