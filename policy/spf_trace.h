/*
 * What an SPF check did, as a tree: each record, each term of it with what
 * was asked, answered and counted. For people who ask why.
 */
#ifndef SIGNET_POLICY_SPF_TRACE_H
#define SIGNET_POLICY_SPF_TRACE_H

#include "base/strbuf.h"
#include "dns/dns.h"
#include "policy/result.h"

/* A question and its answer, in the order in which they were needed. */
struct spf_trace_question {
	struct spf_trace_question *next;
	enum dns_type	 type;
	struct span	 name;
	enum dns_status	 status;
	struct span	 answer;	/* the records, or why there are none */
	uint32_t	 elapsed_ms;	/* 0: it was known already */
	bool		 is_void;	/* counted as a void lookup */
};

struct spf_trace_record;

struct spf_trace_term {
	struct spf_trace_term *next;
	struct spf_trace_record *owner;
	struct span	 text;		/* as the record writes it */
	struct span	 target;	/* its target-name; empty: none */
	unsigned	 number;	/* of those that need DNS; 0: free */
	struct span	 outcome;	/* "match", "no match", or an error */
	struct spf_trace_question *question;
	struct spf_trace_record *record; /* of include and redirect */
};

struct spf_trace_record {
	struct spf_trace_term *parent;	/* NULL: the first record */
	struct span	 domain;
	struct span	 text;		/* the record; empty: none usable */
	struct spf_trace_question *question;
	struct spf_trace_term *term;
	enum result	 result;	/* what it comes to */
};

struct spf_trace {
	struct arena	*arena;
	struct spf_trace_record *root;	/* NULL: nothing could be asked */
	unsigned	 terms, max_terms;
	unsigned	 voids, max_void;

	/* Where the evaluation is. */
	struct spf_trace_record *record;
	struct spf_trace_term *term;
};

/* An empty trace in `a`, to be given to spf_check(); NULL without memory. */
struct spf_trace *spf_trace_new(struct arena *a);

/*
 * Append the tree as text, indented, a line each; what came from outside is
 * escaped ("\xNN").
 */
void	 spf_trace_text(const struct spf_trace *t, struct strbuf *out);

/*
 * For the evaluation. All of them accept NULL, copy what they are given, and
 * without memory leave something out. A record is entered below the current
 * term and left with its result; a term is begun in the current record.
 */
void	 spf_trace_enter(struct spf_trace *t, struct span domain);
void	 spf_trace_leave(struct spf_trace *t, enum result r);
void	 spf_trace_return(struct spf_trace *t);	/* to the first record */
void	 spf_trace_policy(struct spf_trace *t, struct span record_text);
void	 spf_trace_begin(struct spf_trace *t, struct span term_text);
void	 spf_trace_number(struct spf_trace *t, unsigned number);
void	 spf_trace_target(struct spf_trace *t, struct span name);
void	 spf_trace_question(struct spf_trace *t, enum dns_type type,
	    struct span name, const struct dns_answer *ans);
void	 spf_trace_void(struct spf_trace *t);	/* the last question */
void	 spf_trace_end(struct spf_trace *t, struct span outcome);

#endif
