/*
 * Facts: what arrived. Plain data, filled by the milter room or by signet
 * verify, read by everything else. All text is raw, as the MTA gave it.
 */
#ifndef SIGNET_POLICY_MAIL_H
#define SIGNET_POLICY_MAIL_H

#include <netinet/in.h>

#include "message/header.h"

/* More recipients are counted but not kept. */
#define MAIL_MAX_RCPTS	1000

/* What is known of the client's connection. */
struct mail_client {
	bool		 has_ip;	/* else a local or unknown socket */
	struct in6_addr	 ip;		/* IPv4 mapped */
	struct span	 name;		/* as the MTA verified it; empty when
					 * it could not ("[192.0.2.1]",
					 * "unknown") */
	struct span	 helo;		/* empty: none was given */
	struct span	 daemon_name;	/* {daemon_name} */
	struct span	 mta_name;	/* {j} */
};

/* A macro that MacroList asks for. */
struct mail_macro {
	struct span	 name;		/* "{auth_author}" */
	struct span	 value;		/* p NULL: the MTA did not set it */
};

/* What is known of the envelope. */
struct mail_envelope {
	struct span	 queue_id;	/* {i}; may come late */
	struct span	 sender;	/* MAIL FROM without brackets, or "" */
	struct span	 auth_type;	/* {auth_type}; empty: none */
	struct span	 auth_login;	/* {auth_authen} */
	struct mail_macro *macro;
	size_t		 nmacros;
	struct span	*rcpt;		/* without brackets */
	size_t		 nrcpts;
};

struct mail {
	struct mail_client	client;
	struct mail_envelope	envelope;
	struct headers		headers;
};

#endif
