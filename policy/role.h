/*
 * Whether a message is judged, sealed, both or neither: decided here only.
 */
#ifndef SIGNET_POLICY_ROLE_H
#define SIGNET_POLICY_ROLE_H

#include "policy/mail.h"
#include "policy/settings.h"

enum role_kind {
	ROLE_INCOMING,		/* judged, never signed */
	ROLE_RELAYED,		/* from TrustedRelays: judged and tagged,
				 * never refused */
	ROLE_SUBMITTED,		/* signed where the tables say so, never
				 * judged */
	ROLE_SKIPPED,		/* passes untouched */
};

const char	*role_name(enum role_kind k);

struct role {
	enum role_kind	 kind;
	const char	*why;		/* in `a` or static: "authenticated",
					 * "InternalHosts 10.0.0.0/8" */
};

/*
 * From the client and the envelope's SASL facts (pass NULL before MAIL: the
 * answer then holds for clients that do not authenticate). In this order:
 * SkipDaemons, PeerList, SASL, MTA, MacroList, TrustedRelays, InternalHosts,
 * else incoming. A client without an address is never internal.
 */
struct role	 role_of(struct arena *a, const struct policy_settings *set,
		    const struct mail_client *client,
		    const struct mail_envelope *envelope);

#endif
