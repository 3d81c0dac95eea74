/*
 * DNS messages written by hand (RFC 1035, 4), right or wrong, for tests of
 * what reads them.
 */
#ifndef SIGNET_TESTS_DNSWIRE_H
#define SIGNET_TESTS_DNSWIRE_H

#include "base/span.h"

enum {
	WIRE_QR = 0x8000, WIRE_AA = 0x0400, WIRE_TC = 0x0200, WIRE_RD = 0x0100,
	WIRE_RA = 0x0080, WIRE_AD = 0x0020,
	WIRE_ANSWER = WIRE_QR | WIRE_RD | WIRE_RA,
	WIRE_SERVFAIL = 2, WIRE_NXDOMAIN = 3, WIRE_REFUSED = 5,
};

enum { WIRE_CNAME = 5, WIRE_SOA = 6, WIRE_DNAME = 39, WIRE_TSIG = 250 };

enum dnswire_section {
	WIRE_QUESTION,
	WIRE_ANSWERS,
	WIRE_AUTHORITY,
	WIRE_ADDITIONAL,
};

struct dnswire {
	size_t		len;
	uint8_t		b[65535];
};

/* A header; `flags` with the response code in the low bits. */
void	dnswire_begin(struct dnswire *m, unsigned id, unsigned flags);

/*
 * Names are text: "a.example", "" for the root, \DDD for any byte. Nothing is
 * checked, so that it can be wrong.
 */
void	dnswire_question(struct dnswire *m, const char *name, int type);

/* A record with this data; the counts of the header follow. */
void	dnswire_rr(struct dnswire *m, enum dnswire_section sec,
	    const char *owner, int type, uint32_t ttl, struct span rdata);

/* Records whose data is made here. */
void	dnswire_txt(struct dnswire *m, const char *owner, uint32_t ttl,
	    struct span text);		/* cut into strings of 255 */
void	dnswire_name(struct dnswire *m, const char *owner, int type,
	    uint32_t ttl, const char *target);
void	dnswire_mx(struct dnswire *m, const char *owner, uint32_t ttl,
	    unsigned pref, const char *host);
void	dnswire_soa(struct dnswire *m, const char *owner, uint32_t ttl,
	    uint32_t minimum);

static inline struct span
dnswire_span(const struct dnswire *m)
{
	return (struct span){ (const char *)m->b, m->len };
}

#endif
