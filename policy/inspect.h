/*
 * The inspection of one message: facts come in as SMTP brings them, results,
 * a verdict and the header edits come out at the end. The daemon, signet
 * verify and the tests run this same code.
 *
 *	inspection_new		MAIL: SPF is asked ahead
 *	inspection_rcpt		each RCPT; a refusal before the data, perhaps
 *	inspection_header	each field; keys and policies are asked ahead
 *	inspection_eoh		which signatures, which digests
 *	inspection_body		every chunk, once to each distinct digest
 *	inspection_end		results, verdict, edits
 *
 * One message has one inspection, used by one thread at a time.
 */
#ifndef SIGNET_POLICY_INSPECT_H
#define SIGNET_POLICY_INSPECT_H

#include "policy/dmarc_compare.h"
#include "policy/verdict.h"

/*
 * Author domains whose policies are looked up; a message that names more is
 * permerror, unless one of these fails (RFC 9989, 11.5).
 */
#define INSPECT_MAX_AUTHORS	4

/*
 * Questions one message may cause: those of its authors (a walk and
 * the existence test each) and all others, each with a budget of its own.
 */
#define INSPECT_AUTHOR_BUDGET	(16 * INSPECT_MAX_AUTHORS)
#define INSPECT_BUDGET		(2 * SPF_MAX_QUESTIONS + 150)

struct inspection;

/*
 * A message begins. `set`, `dns` and what `client` points to must outlive the
 * inspection; the envelope's texts are copied. `now` is Unix time (SPF's
 * %{t}). NULL without memory.
 */
struct inspection *inspection_new(const struct policy_settings *set,
		    struct dns *dns, const struct mail_client *client,
		    const struct mail_envelope *envelope, int64_t now);

/* NULL is fine. Does not wait. */
void		 inspection_free(struct inspection *in);

/* Run fn(ctx) before each wait for DNS. */
void		 inspection_before_wait(struct inspection *in,
		    void (*fn)(void *ctx), void *ctx);

/* What is done with this message, and why. */
const struct role *inspection_role(const struct inspection *in);

/*
 * A recipient. When an SPF or HELO rule asks for refusal and the answer is
 * there within policy_settings.lookup_time_ms (at most 5 s), that refusal;
 * else NULL. Alive as long as the inspection. `may_refuse` false: no reply can
 * be given now, so nothing is waited for; the end of the message refuses.
 */
const struct verdict *inspection_rcpt(struct inspection *in,
		    struct span rcpt, bool may_refuse);

/* The queue id, when it comes only now. */
void		 inspection_queue_id(struct inspection *in,
		    struct span queue_id);

/*
 * A field, top first; see headers_add for `gap` and `value`. Fields beyond
 * max_header_bytes are not kept, and the message is then neither signed nor
 * passed as verified.
 */
void		 inspection_header(struct inspection *in, struct span name,
		    struct span gap, struct span value);

/* End of the header. */
void		 inspection_eoh(struct inspection *in);

/*
 * A chunk of the body, CRLF line ends. False when no more of it is wanted
 * (further chunks do no harm).
 */
bool		 inspection_body(struct inspection *in, const char *p,
		    size_t len);

/* A field to insert (value as DKIM and A-R modules give it: leading space,
 * folded with CRLF) or to remove (the nth of its name, from 1 at the top). */
struct header_insert {
	const char	*name;
	struct span	 value;
};

struct header_remove {
	const char	*name;
	size_t		 nth;
};

/* All that came of it; alive as long as the inspection. */
struct inspection_outcome {
	struct verdict	 verdict;
	struct results	 results;
	const struct method_result *method;	/* in the order of A-R */
	size_t		 nmethods;
	const struct header_insert *insert;	/* top first */
	size_t		 ninserts;
	const struct header_remove *remove;	/* ascending per name */
	size_t		 nremoves;
	size_t		 nforged;	/* so many of these claimed our
					 * authserv-id */
	const struct dmarc_comparison *compare;	/* NULL: nothing compared */
	struct span	 author;		/* domain of From; or empty */
	struct span	 from_field;		/* what stands in a From that
						 * names no author; p is NULL
						 * when it names one */
	const char	*sign_why;		/* why it was signed or not;
						 * NULL: nobody would ask */
	struct span	 signed_as;		/* "sel._domainkey.dom,..." */
	unsigned	 questions;		/* DNS questions it caused */
};

/*
 * The end. Waits for DNS, at most policy_settings.message_time_ms in all.
 * `now` is Unix time. Never NULL: without memory the verdict is a temporary
 * failure (451 4.3.0).
 */
const struct inspection_outcome *inspection_end(struct inspection *in,
		    int64_t now);

/*
 * Before there is a message: ask ahead what the client's address and HELO
 * imply, in a scope of the connection. Nothing is asked for a client that will
 * not be judged.
 */
void		 inspect_client_prefetch(struct arena *a,
		    const struct policy_settings *set, struct dns_scope *dns,
		    const struct mail_client *client);

#endif
