/*
 * SPF of one message: whether it is checked at all, asked ahead, judged at
 * RCPT if need be and at the end at last.
 */
#ifndef SIGNET_POLICY_SPF_MESSAGE_H
#define SIGNET_POLICY_SPF_MESSAGE_H

#include "policy/verdict.h"

/* Read by its own functions only; all zero is one that asks nothing. */
struct spf_message {
	struct arena	*a;
	const struct policy_settings *set;
	struct spf_client client;
	bool		 wanted;	/* the client is known */
	bool		 settled;	/* whether it is exempt is known */
	struct dns_scope *lists;	/* of those who are not checked; NULL:
					 * nothing is asked for them */
};

/* Which identities the rules let us look at. */
bool	 spf_message_checks(const struct policy_settings *set,
	    const struct spf_client *c, enum spf_identity id);

/*
 * The client is known: ask ahead, in `scope` and, for the lists, in one of its
 * own. `c` points to what lives as long as the message.
 */
void	 spf_message_begin(struct spf_message *m, struct arena *a,
	    const struct policy_settings *set, struct dns *dns,
	    struct dns_scope *scope, const struct spf_client *c);

/* A client that nobody names: why SPF is "none". */
void	 spf_message_unknown(struct spf_message *m, struct span sender,
	    const char *why, struct results *r);

/*
 * Find out what is not known yet, in `scope`, until `deadline`
 * (clock_mono_ms()) at most, each check within Lookup_Time. What could not be
 * found out is left open unless `last`. fn(ctx), which may be NULL, is run
 * before each wait.
 */
void	 spf_message_judge(struct spf_message *m, struct dns_scope *scope,
	    int64_t deadline, bool last, struct results *r,
	    void (*fn)(void *ctx), void *ctx);

void	 spf_message_clear(struct spf_message *m);

#endif
