/*
 * Results: what a method says of a message, in the words of RFC 8601.
 */
#ifndef SIGNET_POLICY_RESULT_H
#define SIGNET_POLICY_RESULT_H

#include "base/arena.h"

enum result {
	RESULT_NONE,
	RESULT_PASS,
	RESULT_FAIL,
	RESULT_SOFTFAIL,	/* spf only */
	RESULT_NEUTRAL,
	RESULT_POLICY,		/* dkim: good, but local rules say no */
	RESULT_TEMPERROR,
	RESULT_PERMERROR,
};

const char	*result_name(enum result r);	/* "pass", "temperror" ... */

/* One "ptype.property=value", such as header.d=example.com. */
struct property {
	const char	*name;		/* "header.d" */
	struct span	 value;		/* raw; quoted where it is written */
};

#define METHOD_MAX_PROPERTIES	8

/* One entry of an Authentication-Results field. */
struct method_result {
	const char	*method;	/* "spf", "dkim", "dmarc", "iprev" */
	enum result	 result;
	struct span	 reason;	/* reason="..."; empty: none */
	struct span	 comment;	/* (...) behind the result; or empty */
	struct property	 property[METHOD_MAX_PROPERTIES];
	size_t		 nproperties;
};

/* Append a property unless `value` is empty. */
void	 method_result_add(struct method_result *m, const char *name,
	    struct span value);

/* The value of a property, empty when it is not there. */
struct span	 method_result_get(const struct method_result *m,
		    const char *name);

#endif
