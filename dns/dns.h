/*
 * Questions in, typed answers out.
 *
 * Two verbs: dns_prefetch() asks and returns at once, dns_lookup() waits. A
 * question that is in flight or cached is joined, never asked again, so
 * evaluation is written straight down, as the RFCs read, and still runs in
 * parallel: whoever learns a name early fires its questions, and whoever
 * needs the answer later mostly finds it there.
 *
 *	struct dns	 the resolver: cache, questions in flight, engine.
 *			 One a process (or a test), shared by all threads.
 *	struct dns_scope what one message causes: its deadline, its budget,
 *			 the answers it holds. Thread-safe.
 *	struct dns_answer  typed and immutable, alive as long as a scope that
 *			 got it.
 *
 * Names one can ask for are wider than those of domain.h: labels of 1 to 63
 * bytes of printable ASCII (a space too, no dot), 253 bytes in all, case
 * folded. SPF's macros make such names ("user+tag._spf.example.com", "a:b/c.
 * example.com"; RFC 7208, 4.8), and a zone may hold them. No escapes: each
 * byte is itself, the engine escapes for its library. Whoever wants a host's
 * name checks it with domain_is_normal() before asking.
 */
#ifndef SIGNET_DNS_DNS_H
#define SIGNET_DNS_DNS_H

#include <netinet/in.h>

#include "base/arena.h"

enum dns_type {
	DNS_A = 1,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
};

const char	*dns_type_name(enum dns_type t);

enum dns_status {
	DNS_OK,		/* at least one record */
	DNS_NODATA,	/* the name exists, no record of this type */
	DNS_NXDOMAIN,	/* the name does not exist, nor anything below it */
	DNS_TEMPFAIL,	/* could not find out: server, network, deadline */
	DNS_BOGUS,	/* DNSSEC says the answer is forged; like TEMPFAIL */
	DNS_BADNAME,	/* no name one can ask for; nothing was sent */
	DNS_OVERBUDGET,	/* the scope's budget is used up; nothing was sent */
};

const char	*dns_status_name(enum dns_status st);

/* Whether the answer says something about the name, or nothing was learnt. */
static inline bool
dns_known(enum dns_status st)
{
	return st == DNS_OK || st == DNS_NODATA || st == DNS_NXDOMAIN;
}

/*
 * One record. Names are in the form above; a name of the answer that cannot
 * be brought into it (control bytes, dots in a label) has len 0. One of PTR
 * has len 0 unless it is in the form of domain.h.
 */
struct dns_record {
	union {
		struct in_addr	 a;
		struct in6_addr	 aaaa;
		struct span	 name;		/* PTR */
		struct {
			uint16_t	pref;
			struct span	name;	/* empty for null MX "." */
		} mx;
		struct span	 txt;	/* strings joined, any bytes */
	};
};

struct dns_answer {
	enum dns_status	 status;
	enum dns_type	 type;
	struct span	 name;		/* the question; empty when the answer
					 * is static */
	const char	*why;		/* static, when !dns_known(status):
					 * "timed out", "SERVFAIL" ... */
	bool		 secure;	/* DNSSEC-validated in this process; the
					 * daemon's resolver does not do that */
	uint32_t	 ttl;		/* seconds, as received, clamped */
	uint32_t	 elapsed_ms;	/* what the question took; 0 cached */
	size_t		 count;
	const struct dns_record *record;
};

struct dns;
struct dns_scope;

/* A server to forward to. Port 0 means 53. */
struct dns_server {
	struct in6_addr	 addr;		/* IPv4 as ::ffff:a.b.c.d */
	uint16_t	 port;
	unsigned	 scope;		/* interface of a link-local address */
};

/* Read "ADDRESS" or "ADDRESS@PORT"; "fe80::1%eth0" is an ADDRESS too. */
bool		 dns_server_parse(struct span text, struct dns_server *out);

/* More than anybody lists; the C library itself takes three. */
#define DNS_MAX_SERVERS		8

struct dns_options {
	const struct dns_server *servers; /* none: those of resolv.conf */
	size_t		 nservers;
	const char	*resolv_conf;	/* NULL: /etc/resolv.conf */
	unsigned	 timeout_ms;	/* for one question; 0: 5000 */
	size_t		 cache_bytes;	/* 0: 24 MB */
};

/*
 * Start a resolver over libunbound. On failure NULL and *why_out a static
 * phrase. dns_free waits for its thread; no scope may be left. NULL is fine.
 */
struct dns	*dns_open(const struct dns_options *o, const char **why_out);
void		 dns_free(struct dns *d);

/* The servers in use, for a log line: "127.0.0.1@53, ::1@53". In `a`. */
const char	*dns_describe(const struct dns *d, struct arena *a);

/* What went through it so far. */
struct dns_stats {
	uint64_t	 lookups;	/* answers handed out, all ways */
	uint64_t	 cached;	/* of these, out of the cache */
	uint64_t	 joined;	/* of these, shared one in flight */
	uint64_t	 asked;		/* questions given to the engine */
	uint64_t	 failed;	/* of these, ended DNS_TEMPFAIL */
};

void		 dns_stats(const struct dns *d, struct dns_stats *out);

/*
 * A scope for one message (one check). `budget` questions may be given to the
 * engine for it; what the cache has or another scope asked is free.
 *
 * One message sees one DNS: the same question always has the same answer in a
 * scope, even when its TTL is over meanwhile, and also when it is "timed out"
 * or over budget.
 *
 * The deadline is clock_mono_ms() time and may be moved; no lookup of this
 * scope waits beyond it (0: only a question's own timeout applies). Prefetching
 * is not hindered by a past deadline. A lookup that was given up at a deadline
 * is only tried again once the deadline has been moved on; its question goes
 * on in any case and ends in the cache.
 *
 * before_wait (may be NULL) is called once before each time a lookup really
 * sleeps; see the milter room for what it is good for.
 *
 * dns_scope_free returns at once: questions still in flight go on and end in
 * the cache, or are dropped; their continuations (below) are not run any more,
 * and none is running when it returns. NULL is fine.
 */
struct dns_scope *dns_scope_new(struct dns *d, unsigned budget);
void		 dns_scope_free(struct dns_scope *s);
void		 dns_scope_deadline(struct dns_scope *s, int64_t mono_ms);
void		 dns_scope_before_wait(struct dns_scope *s,
		    void (*fn)(void *ctx), void *ctx);

/*
 * Whether the deadline has passed: what a lookup could not find out may then
 * be for want of time alone, and no failure of the zone's.
 */
bool		 dns_scope_late(const struct dns_scope *s);

/* Questions this scope gave to the engine so far. */
unsigned	 dns_scope_asked(const struct dns_scope *s);

/*
 * Ask ahead. Nothing happens for a name that is no name or when the budget is
 * used up.
 */
void		 dns_prefetch(struct dns_scope *s, enum dns_type type,
		    struct span name);

/*
 * Ask ahead and run fn(s, answer, ctx) once the answer is there: at once, in
 * this thread, when it is cached, else in the resolver's thread. It must be
 * quick and must not wait: what it may do is look at the answer and prefetch.
 * It never frees its scope. `ctx` must stay until the scope is freed
 * (dns_scope_own).
 *
 * The continuations of one scope run one after the other, never two at a time
 * and never one inside another: while one runs, others that are ready wait
 * for the thread that runs it. So what they share needs no lock of its own.
 */
typedef void dns_then(struct dns_scope *s, const struct dns_answer *ans,
		    void *ctx);
void		 dns_prefetch_then(struct dns_scope *s, enum dns_type type,
		    struct span name, dns_then *fn, void *ctx);

/*
 * Give `p` to the scope: it calls destroy(p) when it is freed, last given
 * first. Without memory `p` is destroyed at once and false returned.
 */
bool		 dns_scope_own(struct dns_scope *s, void *p,
		    void (*destroy)(void *p));

/*
 * Ask and wait, until the scope's deadline at most. Never NULL: without
 * memory, time or budget it is a static answer of DNS_TEMPFAIL or
 * DNS_OVERBUDGET. What it returns lives until the scope is freed.
 */
const struct dns_answer *dns_lookup(struct dns_scope *s, enum dns_type type,
		    struct span name);

/*
 * The answer if it is there already, without waiting or asking; else NULL.
 * A past deadline does not matter.
 */
const struct dns_answer *dns_peek(struct dns_scope *s, enum dns_type type,
		    struct span name);

/*
 * The parsed object of an answer that this scope handed out, made once by
 * whoever asks first and kept with the answer in the cache, shared by all
 * threads and so immutable: returns make(answer), or what an earlier call
 * made. It may point into the answer `make` was given, and lives as long as
 * that one. One kind of object per answer: `make` tells them apart; a second
 * kind is made anew each time and lives as long as the scope. NULL when make
 * returned NULL (asked again next time). Threads that ask at the same moment
 * may each make one; all but one are destroyed at once.
 */
const void	*dns_answer_object(struct dns_scope *s,
		    const struct dns_answer *ans,
		    void *(*make)(const struct dns_answer *ans),
		    void (*destroy)(void *object));

/*
 * The name to ask PTR for: "4.3.2.1.in-addr.arpa". An IPv4-mapped address is
 * taken as IPv4.
 */
struct span	 dns_reverse_name(struct arena *a, const struct in6_addr *ip);

#endif
