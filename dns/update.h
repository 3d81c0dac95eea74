/*
 * Change one TXT record by DNS UPDATE (RFC 2136), signed with TSIG (RFC 8945).
 */
#ifndef SIGNET_DNS_UPDATE_H
#define SIGNET_DNS_UPDATE_H

#include "dns/dns.h"

/* A key of named's key files: key "name" { algorithm a; secret "s"; }; */
struct dns_tsig_key {
	const char	*name;
	const char	*algorithm;	/* "hmac-sha256" */
	const char	*secret;	/* base64 */
};

/* Read such a file's text. False when it is not of that form. */
bool		 dns_tsig_parse(struct arena *a, struct span text,
		    struct dns_tsig_key *out);

struct dns_update {
	struct dns_server server;
	const struct dns_tsig_key *key;
	struct span	 zone;		/* its apex */
	struct span	 name;		/* the record's, in the zone */
	struct span	 txt;		/* any length: strings of 255 */
	uint32_t	 ttl;
	bool		 remove;	/* take all TXT of the name away; else
				 * they are replaced by this one */
};

/*
 * Send it over TCP and wait for the answer, `timeout_ms` at most. NULL when
 * the server says that it is done, in an answer signed with the key; else why
 * not, static or in `a`.
 */
const char	*dns_update(struct arena *a, const struct dns_update *u,
		    unsigned timeout_ms);

#endif
