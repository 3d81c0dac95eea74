/*
 * A DNS for tests: a table of names instead of a network, with answers that
 * can be late, out of order or missing.
 */
#ifndef SIGNET_TESTS_DNSTABLE_H
#define SIGNET_TESTS_DNSTABLE_H

#include "dns/dns.h"

struct dnstable;

struct dnstable	*dnstable_new(void);

/* A resolver over the table, which it owns from now on (dns_free ends it). */
struct dns	*dnstable_open(struct dnstable *t);

/*
 * Add a record; case is folded and one trailing dot dropped in names, which
 * are in the form of dns.h; any byte may stand in TXT data. An added name
 * makes its parents exist (empty non-terminals); what is not there is
 * NXDOMAIN. CNAMEs are followed.
 */
void	dnstable_txt(struct dnstable *t, const char *name, struct span text);
void	dnstable_a(struct dnstable *t, const char *name, const char *ip);
void	dnstable_aaaa(struct dnstable *t, const char *name, const char *ip);
void	dnstable_mx(struct dnstable *t, const char *name, unsigned pref,
	    const char *host);
void	dnstable_ptr(struct dnstable *t, const char *name, const char *host);
void	dnstable_cname(struct dnstable *t, const char *name, const char *to);
void	dnstable_exists(struct dnstable *t, const char *name);

/* This question fails (DNS_TEMPFAIL); type 0: every type of the name. */
void	dnstable_fail(struct dnstable *t, const char *name, int type);

/*
 * Zone text, one record a line: `NAME TYPE DATA`, `;` comments, names
 * absolute without a dot. TXT data is one or more "quoted strings", joined.
 * TYPE `FAIL` makes the name fail, `EXISTS` makes it an empty node. Returns
 * false (and complains on stderr) at a line it cannot read.
 */
bool	dnstable_zone(struct dnstable *t, const char *text);

/*
 * Delay every answer by min..max milliseconds, drawn by a generator seeded
 * with `seed`, so that answers overtake each other. 0, 0: answer inside ask.
 */
void	dnstable_delay(struct dnstable *t, unsigned min_ms, unsigned max_ms,
	    unsigned seed);

/*
 * For how long answers hold (300 s unless set; 0: for the scope that asked),
 * and how large a cache dnstable_open makes (0: the usual).
 */
void	dnstable_keep(struct dnstable *t, uint32_t ttl, size_t cache_bytes);

/*
 * The questions that reached the table so far, "TXT example.com", oldest
 * first; valid until the next question.
 */
size_t	dnstable_asked(struct dnstable *t);
const char *dnstable_question(struct dnstable *t, size_t i);

#endif
