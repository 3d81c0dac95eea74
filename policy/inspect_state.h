/*
 * The inside of an inspection, shared by the files that run it: inspect.c (the
 * stages), inspect_judge.c (results), inspect_edit.c (what becomes of them).
 */
#ifndef SIGNET_POLICY_INSPECT_STATE_H
#define SIGNET_POLICY_INSPECT_STATE_H

#include "policy/inspect.h"
#include "policy/spf_message.h"

struct inspection {
	struct arena		*a;
	const struct policy_settings *set;
	struct mail		 mail;
	struct role		 role;
	int64_t			 now;

	struct dns		*dns;
	struct dns_scope	*author_scope;	/* the author's walk */
	struct dns_scope	*scope;		/* everything else */
	void			(*before_wait)(void *);
	void			*before_wait_ctx;

	struct spf_message	 spf;
	bool			 received_seen;
	int64_t			 rcpt_deadline;	/* 0: no RCPT yet */
	struct verdict		 rcpt_verdict;

	struct from		 from;		/* of the topmost From */
	enum from_status	 from_status;
	size_t			 nfroms;	/* From fields seen */
	struct span		 author[INSPECT_MAX_AUTHORS]; /* domains, of
						 * all From fields */
	size_t			 nauthors;
	bool			 more_authors;	/* than are looked up */

	/* Authentication-Results fields that the header had no room for */
	size_t			 nresults_behind;
	size_t			*forged_behind;	/* which of these claim our
						 * authserv-id, from 1 */
	size_t			 nforged_behind;

	struct bodyhash		*body;
	struct dkim_verifier	*verifier;
	struct dkim_signer	*signer;
	struct dkim_seal	*seal;
	size_t			 nseals;
	bool			 broken;	/* no memory somewhere: what
						 * follows proves nothing */
	struct inspection_outcome out;
};

/* Whether this message is judged; whether it is signed where tables say so. */
static inline bool
inspect_judged(const struct inspection *in)
{
	return in->set->verify && (in->role.kind == ROLE_INCOMING ||
	    in->role.kind == ROLE_RELAYED);
}

static inline bool
inspect_sealed(const struct inspection *in)
{
	return in->set->sign && in->role.kind == ROLE_SUBMITTED;
}

/* Why From names nobody for sure; NULL where it does. */
const char	*inspect_author_problem(const struct inspection *in);

/* The one author, or NULL and the reason why there is none. */
const struct address *inspect_sole_author(const struct inspection *in,
		    const char **why_out);

/* What becomes of signing, and why. */
void		 inspect_signing(struct inspection *in,
		    enum sign_status status, const char *why);

/*
 * A field that the header has no room for. It is not judged, but if it claims
 * to be ours it goes as any other.
 */
void		 inspect_field_behind(struct inspection *in, struct span name,
		    struct span value);

/* At the end of the message: all results. Waits for DNS. */
void		 inspect_judge(struct inspection *in);

/* Make the signatures. */
void		 inspect_seal(struct inspection *in);

/* Which fields go and which come, once the verdict is there. */
void		 inspect_edit(struct inspection *in);

#endif
