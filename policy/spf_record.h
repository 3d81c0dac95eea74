/*
 * SPF records (RFC 7208, 4.5, 4.6.1, 5, 6 and 12): text to structure.
 *
 * A record is parsed whole: a syntax error anywhere makes all of it unusable
 * before any term is judged (4.6).
 */
#ifndef SIGNET_POLICY_SPF_RECORD_H
#define SIGNET_POLICY_SPF_RECORD_H

#include "policy/result.h"
#include "policy/spf_macro.h"

enum spf_term_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	/* Modifiers. */
	SPF_REDIRECT,
	SPF_EXP,
	SPF_UNKNOWN,		/* a modifier of another specification */
};

struct spf_term {
	enum spf_term_kind kind;
	struct span	 text;		/* as written, with its qualifier */
	enum result	 result;	/* of a mechanism that matches */
	struct spf_macro domain;	/* domain-spec; npieces 0: none. The
					 * value of an unknown modifier */
	struct in6_addr	 net;		/* ip4 (mapped), ip6 */
	unsigned	 bits4;		/* prefix lengths, 0 to 32: a mx ip4 */
	unsigned	 bits6;		/* 0 to 128: a mx ip6 */
};

struct spf_record {
	struct span	 text;		/* from "v=spf1" on */
	const struct spf_term *term;	/* all of them, as they stand */
	size_t		 nterms;
	const struct spf_term *all;	/* the first one, or NULL */
	const struct spf_term *redirect; /* or NULL */
	const struct spf_term *exp;	/* or NULL */
};

/* Whether a TXT record claims to be one: "v=spf1", then a space or the end. */
bool		 spf_record_is(struct span txt);

/*
 * Parse `txt`, for which spf_record_is() holds. *out points into it and lives
 * in `a`. On SPF_PARSE_BAD *fault_out has the first error and its place.
 */
enum spf_parse	 spf_record_parse(struct arena *a, struct span txt,
		    struct spf_record *out, struct spf_fault *fault_out);

/* Whether a term counts against the limit of terms that need DNS (4.6.4). */
bool		 spf_term_needs_dns(const struct spf_term *t);

#endif
