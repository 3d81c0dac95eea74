/*
 * The milter protocol, from the milter's side: bytes of an MTA in, events out,
 * replies and edits back as bytes. Versions 2 to 6, as Sendmail 8.12 and later
 * and Postfix 2.3 and later speak them. No socket, no thread, no clock: see
 * wire/pool.h for those.
 *
 * The protocol has no RFC. A packet is a length of four bytes (big-endian, of
 * what follows), a command of one byte, and its data. The MTA offers actions
 * and steps, the milter picks; then each event is a packet and, unless that
 * was negotiated away, has one reply.
 *
 * What comes from the MTA is not trusted: packets are checked whole before
 * they are believed, and what does not fit ends the connection with a reason.
 * Events may come in any order, any number of times.
 */
#ifndef SIGNET_WIRE_MILTER_H
#define SIGNET_WIRE_MILTER_H

#include <netinet/in.h>

#include "base/span.h"

/*
 * The longest packet that is kept until it is whole, its length included: a
 * header field, mostly. Postfix passes 60,000 bytes of one and Sendmail 32,768
 * of all, unless told otherwise. The body is not kept and has no limit.
 */
#define MILTER_MAX_PACKET	((size_t)1 << 20)

/* What a milter may ask to do (SMFIF_*). */
enum milter_action {
	MILTER_ADDHDRS = 0x1,		/* also for inserting */
	MILTER_CHGHDRS = 0x10,
	MILTER_QUARANTINE = 0x20,
	MILTER_SETSYMLIST = 0x100,	/* name the macros it wants */
};

/* What it may ask to be spared, or given otherwise (SMFIP_*). */
enum milter_step {
	MILTER_NORCPT = 0x8,
	MILTER_NOEOH = 0x40,
	MILTER_NR_HDR = 0x80,		/* NR: the MTA awaits no reply */
	MILTER_NOUNKNOWN = 0x100,
	MILTER_NODATA = 0x200,
	MILTER_NR_CONN = 0x1000,
	MILTER_NR_HELO = 0x2000,
	MILTER_NR_MAIL = 0x4000,
	MILTER_NR_RCPT = 0x8000,
	MILTER_NR_DATA = 0x10000,
	MILTER_NR_UNKN = 0x20000,
	MILTER_NR_EOH = 0x40000,
	MILTER_NR_BODY = 0x80000,
	MILTER_HDR_LEADSPC = 0x100000,	/* values keep their leading space */
};

/* Where macros come; the number is that of SETSYMLIST. */
enum milter_stage {
	MILTER_CONNECT,
	MILTER_HELO,
	MILTER_MAIL,
	MILTER_RCPT,
	MILTER_DATA,
	MILTER_EOM,
	MILTER_EOH,
	MILTER_STAGES,
};

/* Offered by the MTA, or wanted from it. */
struct milter_terms {
	uint32_t	actions;	/* of enum milter_action */
	uint32_t	steps;		/* of enum milter_step */
};

/* What the MTA says of its client. */
struct milter_client {
	struct span	 name;		/* "[192.0.2.1]", "unknown": none */
	bool		 has_ip;	/* false for a local client */
	struct in6_addr	 ip;		/* IPv4 as ::ffff:192.0.2.1 */
};

enum milter_answer {
	ANSWER_CONTINUE,
	ANSWER_REJECT,			/* 5xx */
	ANSWER_TEMPFAIL,		/* 4xx */
	ANSWER_DISCARD,
};

struct milter;

/*
 * What becomes of the events. `s` is what `negotiate` made of the connection;
 * spans live until the function returns. An answer whose reply was negotiated
 * away is dropped. A function may block, if it says so (milter_will_wait).
 */
struct milter_handler {
	/*
	 * The first event: what the MTA offers is in *terms; leave there what
	 * is wanted (the rest is taken away). NULL ends the connection: it is
	 * MILTER_BROKEN, by "out of memory".
	 */
	void	*(*negotiate)(void *ctx, struct milter *m,
		    struct milter_terms *terms);
	enum milter_answer (*connect)(void *s, const struct milter_client *c);
	enum milter_answer (*helo)(void *s, struct span name);

	/* The path as SMTP had it, mostly with its brackets. */
	enum milter_answer (*mail)(void *s, struct span path);
	enum milter_answer (*rcpt)(void *s, struct span path);

	/* The value has LF alone where it is folded. */
	enum milter_answer (*header)(void *s, struct span name,
		    struct span value);

	/* A piece of the body, cut anywhere; what it leads to, `end` says. */
	void	(*body)(void *s, struct span piece);

	/* The message is complete. Edits are made here and nowhere else. */
	enum milter_answer (*end)(void *s);

	/* The message, if there is one, ends without its end. */
	void	(*abort)(void *s);

	/* The MTA goes on with another client, on the terms negotiated. */
	void	(*renew)(void *s);

	/* Always the last, once `negotiate` made something. Must not wait. */
	void	(*close)(void *s);
};

enum milter_state {
	MILTER_OPEN,
	MILTER_QUIT,			/* the MTA said so, or was refused */
	MILTER_BROKEN,			/* milter_why says what was wrong */
};

/*
 * A connection. NULL without memory. The handler and its `ctx` must stay as
 * long as it does. `wait` is what milter_will_wait calls; NULL: nothing.
 * milter_free tells `close`, and accepts NULL.
 */
struct milter	*milter_new(const struct milter_handler *h, void *ctx,
		    void (*wait)(void *), void *wait_ctx);
void		 milter_free(struct milter *m);

/*
 * Take bytes as they came, cut anywhere, and run the events they complete.
 * What stands behind the end of the connection is not looked at.
 */
enum milter_state milter_feed(struct milter *m, struct span in);

/* Why it is MILTER_BROKEN, static words; else NULL. */
const char	*milter_why(const struct milter *m);

/* What is to be sent, until the next call; take `n` bytes off its front. */
struct span	 milter_output(const struct milter *m);
void		 milter_sent(struct milter *m, size_t n);

/* ---- for the handler ---------------------------------------------------- */

/* The steps that were agreed on. */
uint32_t	 milter_steps(const struct milter *m);

/*
 * Ask for these macros ("i {auth_type}") at `stage`. Within `negotiate` only,
 * once for each stage; it is not said where MILTER_SETSYMLIST is not offered
 * or not wanted. Without memory for it the connection ends.
 */
void		 milter_request_macros(struct milter *m,
		    enum milter_stage stage, const char *names);

/*
 * The value of a macro, "i" or "{auth_type}", as the MTA said it last; p is
 * NULL where it did not. It lives until the handler's function returns. What
 * came with a message goes with it, and what came at a later stage goes when a
 * client, a HELO, a MAIL or a RCPT comes.
 */
struct span	 milter_macro(const struct milter *m, const char *name);

/*
 * The words of a refusal, used if the function's answer is REJECT and `code`
 * a 5xx, or TEMPFAIL and a 4xx: code, enhanced code, one line of text. Control
 * characters become "?", "%" is doubled (to the MTA it begins a format), what
 * is over 980 bytes is cut.
 */
void		 milter_refuse(struct milter *m, unsigned code,
		    const char *enhanced, const char *text);

/*
 * Edits, within `end`. `index` 0 is the very top; `nth` counts fields of this
 * name from 1; a value has LF where it is folded. False where the action was
 * not negotiated, it is not the end, or memory is missing.
 */
bool		 milter_insert_header(struct milter *m, uint32_t index,
		    struct span name, struct span value);
bool		 milter_delete_header(struct milter *m, uint32_t nth,
		    struct span name);
bool		 milter_quarantine(struct milter *m, struct span reason);

/*
 * Whether the event under way refers to nothing of what is being fed, and none
 * of it is left: the bytes may go before milter_feed returns.
 */
bool		 milter_input_spent(const struct milter *m);

/* The handler is about to sleep: others are to be served meanwhile. */
void		 milter_will_wait(struct milter *m);

#endif
