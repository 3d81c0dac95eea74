/*
 * Inside dns/: a DNS message taken apart (RFC 1035, 4) into an answer. ldns
 * reads the wire format; what it reads is judged here.
 */
#ifndef SIGNET_DNS_DECODE_H
#define SIGNET_DNS_DECODE_H

#include "dns/dns.h"

/*
 * What `packet` says to the question (type, name). CNAMEs in it are followed;
 * the status is that of the name at their end. A message that is no answer to
 * this question, or is broken, is DNS_TEMPFAIL with a phrase in *out's why.
 * `secure` is the AD flag: whether it may be believed is the caller's to know.
 * Records and their text live in `a`.
 */
void	 dns_decode(struct arena *a, struct span packet, enum dns_type type,
	    struct span name, struct dns_answer *out);

/* The phrase for a response code that is neither NOERROR nor NXDOMAIN. */
const char *dns_rcode_why(unsigned rcode);

#endif
