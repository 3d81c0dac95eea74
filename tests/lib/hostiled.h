/*
 * A DNS server on loopback that does whatever it should not. The first label
 * of the question says what:
 *
 *	wrongidX wrongqX wrongtypeX othersourceX noqrX
 *			forges ("evil") ahead of the right answer, or, with
 *			"only" in X, instead of it
 *	drop		says nothing
 *	servfail refused nx nodata cnamenx	as they are called
 *	broken		a record that is none
 *	chain hop	CNAMEs to "end of chain", whole or one step of it
 *	loop		CNAMEs in a circle
 *	tc big many	too long for UDP: a little, 64,000 bytes, 900 records
 *	weird		five names, three of which are none, as PTR or MX
 *	ttl0 ad		TTL 0; the AD flag
 *	slowX		300 ms late
 *
 * and anything else has TXT "fine", A 192.0.2.1 and PTR host.example.
 */
#ifndef SIGNET_TESTS_HOSTILED_H
#define SIGNET_TESTS_HOSTILED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hostiled;

/* What tests may look at and set while it runs. */
struct hostiled_public {
	uint16_t	port;		/* of 127.0.0.1, UDP and TCP */
	atomic_uint	asked;		/* datagrams that came */
	atomic_uint	asked_tcp;
	atomic_bool	dead;		/* hears and says nothing */
};

struct hostiled	*hostiled_start(void);
void		 hostiled_stop(struct hostiled *sv);
struct hostiled_public *hostiled_public(struct hostiled *sv);

#endif
