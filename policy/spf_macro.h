/*
 * Macros of SPF (RFC 7208, 7): text parsed into pieces, and the pieces
 * expanded for one client and sender.
 */
#ifndef SIGNET_POLICY_SPF_MACRO_H
#define SIGNET_POLICY_SPF_MACRO_H

#include <netinet/in.h>

#include "base/arena.h"

/*
 * What an expansion may come to before it is given up: a name keeps 253 bytes
 * of it and an explanation a few lines, but sixteen thousand "%{s}" fit into
 * one TXT record.
 */
#define SPF_MAX_EXPANSION	65536

/* Where a text is wrong: `where` points into the text that was parsed. */
struct spf_fault {
	const char	*why;		/* static; a few words */
	struct span	 where;
};

struct spf_piece {
	struct span	 text;		/* literal, or the delimiters */
	char		 letter;	/* lower case; 0: `text` is literal */
	bool		 escape;	/* upper case: URL escaped */
	bool		 split;		/* digits, r or delimiters are there */
	bool		 reverse;
	unsigned	 keep;		/* right-hand parts; 0: all of them */
};

struct spf_macro {
	struct span	 text;		/* as written */
	const struct spf_piece *piece;
	size_t		 npieces;
};

enum spf_macro_kind {
	SPF_DOMAIN_SPEC,	/* macro-string and domain-end */
	SPF_MACRO_STRING,	/* the value of an unknown modifier */
	SPF_EXPLAIN_STRING,	/* spaces, and the letters c, r and t */
};

enum spf_parse {
	SPF_PARSE_OK,
	SPF_PARSE_BAD,		/* *fault_out says where and why */
	SPF_PARSE_NOMEM,
};

/* Parse `text` (7.1). *out points into `text` and lives in `a`. */
enum spf_parse	 spf_macro_parse(struct arena *a, struct span text,
		    enum spf_macro_kind kind, struct spf_macro *out,
		    struct spf_fault *fault_out);

/* Whether one of `letters` (lower case) is expanded in it. */
bool		 spf_macro_uses(const struct spf_macro *m,
		    const char *letters);

enum spf_expand {
	SPF_EXPAND_OK,
	SPF_EXPAND_BAD_NAME,	/* the result is no name one can ask for */
	SPF_EXPAND_PENDING,	/* p is not known yet (asking ahead only) */
	SPF_EXPAND_STOP,	/* p said to stop; it knows why */
	SPF_EXPAND_NOMEM,
};

/* What the letters stand for (7.2). Spans are borrowed. */
struct spf_macro_env {
	struct span	 sender;	/* s */
	struct span	 local;		/* l */
	struct span	 sender_domain;	/* o */
	struct span	 domain;	/* d */
	struct in6_addr	 ip;		/* i, c, v; IPv4 as ::ffff:a.b.c.d */
	struct span	 helo;		/* h */
	struct span	 receiver;	/* r; empty: "unknown" */
	int64_t		 now;		/* t, Unix time */

	/*
	 * p: the validated name of the client, "unknown" when there is none
	 * (7.3). SPF_EXPAND_OK with *out set, PENDING, STOP or NOMEM.
	 */
	enum spf_expand	(*validated)(void *ctx, struct span *out);
	void		*ctx;
};

/*
 * Expand. More than SPF_MAX_EXPANSION bytes are SPF_EXPAND_BAD_NAME. The
 * result may hold any byte that came with the session.
 */
enum spf_expand	 spf_macro_expand(struct arena *a, const struct spf_macro *m,
		    const struct spf_macro_env *env, struct span *out);

/*
 * Expand into a target-name (4.8, 7.3): in lower case, without a trailing
 * dot, labels dropped from the left until it has 253 bytes at most, and then
 * a name in the form of dns.h, or SPF_EXPAND_BAD_NAME.
 */
enum spf_expand	 spf_macro_name(struct arena *a, const struct spf_macro *m,
		    const struct spf_macro_env *env, struct span *out);

#endif
