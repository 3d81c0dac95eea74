/*
 * The engine of the daemon: libunbound asks, retries, takes TCP for long
 * answers and refuses forged ones. One context and one thread of ours, which
 * is the only one to touch it; questions come to that thread by a list.
 */
#include "config.h"
#include "dns/engine.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unbound.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/thread.h"
#include "dns/decode.h"
#include "dns/names.h"
#include "dns/resolvconf.h"
#include "dns/server.h"
#include "message/ip.h"

#define TIMEOUT_MS		5000

/* A DNS message is at most 64 KB; taken apart it grows a few times. */
#define DECODE_BYTES		((size_t)1 << 20)

/*
 * Each question under way takes a socket of its own, and the others wait for
 * one. So many, or a quarter of what the process may open: without any left
 * libunbound fails the question.
 */
#define SOCKETS_MAX		512
#define SOCKETS_MIN		16

/*
 * libunbound has so many of them under way; it works on one that was given up
 * a while longer, with a socket, and its queue is first in, first out. So the
 * others wait here, where those that are given up are never asked. The oldest
 * is next while the queue moves, so that a rush serves everybody in time. Once
 * one has waited for half of its time the newest is: questions of which nobody
 * answers delay each other, and not the mail of others.
 */
#define UNDER_WAY(sockets)	((sockets) / 2)

/* RFC 1035, 3.2.4 and 4.1.1 */
#define CLASS_IN		1
#define RCODE_NOERROR		0
#define RCODE_NXDOMAIN		3

/* A question of ours, first in the inbox, then waiting, then under way. */
struct pending {
	struct pending		*next, **link;
	struct unbound		*engine;
	struct dns_question	*q;
	int64_t			 until;
	int			 id;		/* libunbound's */
};

/* By deadline, the first to go first. */
struct queue {
	struct pending	*first, **end;
	unsigned	 count;
};

struct unbound {
	struct ub_ctx	*ctx;
	unsigned	 timeout_ms;
	struct dns_server server[DNS_MAX_SERVERS];
	size_t		 nservers;
	int		 wake_fd;
	pthread_t	 thread;

	pthread_mutex_t	 lock;		/* of the two below */
	struct pending	*inbox, **inbox_end;
	bool		 closing;

	/* The thread's own. */
	struct queue	 waiting, asked;
	unsigned	 most;		/* asked at a time */
	struct arena	*arena;		/* of the answer at hand */
};

static void
fail(struct dns_question *q, const char *why)
{
	struct dns_answer ans = { .status = DNS_TEMPFAIL, .why = why };

	dns_question_done(q, &ans);
}

/* ---- the thread --------------------------------------------------------- */

static void
queue_init(struct queue *l)
{
	*l = (struct queue){ .end = &l->first };
}

static void
queue_add(struct queue *l, struct pending *p)
{
	p->next = NULL;
	p->link = l->end;
	*l->end = p;
	l->end = &p->next;
	l->count++;
}

static void
queue_remove(struct queue *l, struct pending *p)
{
	*p->link = p->next;
	if (p->next != NULL)
		p->next->link = p->link;
	else
		l->end = p->link;
	l->count--;
}

/* The newest, of a queue that is not empty. */
static struct pending *
queue_last(const struct queue *l)
{
	return (struct pending *)
	    ((char *)l->end - offsetof(struct pending, next));
}

static void
decode(struct unbound *e, const struct dns_question *q,
    const struct ub_result *r, struct dns_answer *out)
{
	struct span packet = { r->answer_packet, (size_t)r->answer_len };

	*out = (struct dns_answer){ .status = DNS_TEMPFAIL };
	if (r->bogus) {
		out->status = DNS_BOGUS;
		out->why = "DNSSEC validation failed";
	} else if (r->rcode != RCODE_NOERROR && r->rcode != RCODE_NXDOMAIN) {
		out->why = dns_rcode_why((unsigned)r->rcode);
	} else {
		dns_decode(e->arena, packet, dns_question_type(q),
		    dns_question_name(q), out);
	}
	out->secure = r->secure;
}

/* Called by ub_process. */
static void
answered(void *arg, int err, struct ub_result *r)
{
	struct pending *p = arg;
	struct unbound *e = p->engine;
	struct dns_question *q = p->q;
	struct dns_answer ans;

	queue_remove(&e->asked, p);
	free(p);
	if (err != 0 || r == NULL) {
		fail(q, ub_strerror(err));
	} else {
		arena_reset(e->arena);
		decode(e, q, r, &ans);
		dns_question_done(q, &ans);
	}
	ub_resolve_free(r);
}

/* A name as zone text: what is not a host's byte is \DDD. */
#define ESCAPED_BYTES	(4 * DOMAIN_MAX_LEN + 1)

static void
escape(struct span name, char out[ESCAPED_BYTES])
{
	size_t i;

	for (i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (ascii_isalnum(c) || c == '-' || c == '_' || c == '.')
			*out++ = (char)c;
		else
			out += snprintf(out, 5, "\\%03u", c);
	}
	*out = '\0';
}

static void
begin(struct unbound *e, struct pending *p)
{
	struct dns_question *q = p->q;
	char name[ESCAPED_BYTES];
	int err;

	escape(dns_question_name(q), name);
	queue_add(&e->asked, p);
	err = ub_resolve_async(e->ctx, name, (int)dns_question_type(q),
	    CLASS_IN, p, answered, &p->id);
	if (err == 0)
		return;
	queue_remove(&e->asked, p);
	free(p);
	fail(q, ub_strerror(err));
}

/* The inbox, taken out; whether it is time to stop. */
static bool
take_inbox(struct unbound *e, struct pending **list_out)
{
	bool closing;

	(void)pthread_mutex_lock(&e->lock);
	*list_out = e->inbox;
	e->inbox = NULL;
	e->inbox_end = &e->inbox;
	closing = e->closing;
	(void)pthread_mutex_unlock(&e->lock);
	return closing;
}

static void
wait_all(struct unbound *e, struct pending *list)
{
	while (list != NULL) {
		struct pending *next = list->next;

		queue_add(&e->waiting, list);
		list = next;
	}
}

/* Of a queue that is not empty. */
static struct pending *
queue_next(const struct unbound *e, const struct queue *l, int64_t now)
{
	return l->first->until - now > e->timeout_ms / 2 ? l->first :
	    queue_last(l);
}

/* As many of those that wait as there is room for. */
static void
begin_some(struct unbound *e)
{
	int64_t now = clock_mono_ms();

	while (e->waiting.first != NULL && e->asked.count < e->most) {
		struct pending *p = queue_next(e, &e->waiting, now);

		queue_remove(&e->waiting, p);
		begin(e, p);
	}
}

/* All questions have the same time, so the first is the first to go. */
static void
expire(struct unbound *e, struct queue *l, int64_t now)
{
	while (l->first != NULL && l->first->until <= now) {
		struct pending *p = l->first;
		struct dns_question *q = p->q;

		if (l == &e->asked)
			(void)ub_cancel(e->ctx, p->id);
		queue_remove(l, p);
		free(p);
		fail(q, "timed out");
	}
}

static int
left_ms(const struct queue *l)
{
	int64_t left;

	if (l->first == NULL)
		return -1;
	left = l->first->until - clock_mono_ms();
	return left > 0 ? (int)left : 0;
}

static int
poll_timeout(const struct unbound *e)
{
	int asked = left_ms(&e->asked), waiting = left_ms(&e->waiting);

	return waiting >= 0 && (asked < 0 || waiting < asked) ? waiting :
	    asked;
}

static void
await(struct unbound *e)
{
	struct pollfd fds[2] = {
		{ .fd = e->wake_fd, .events = POLLIN },
		{ .fd = ub_fd(e->ctx), .events = POLLIN },
	};
	eventfd_t count;

	if (poll(fds, 2, poll_timeout(e)) <= 0)
		return;
	if (fds[0].revents != 0)
		(void)eventfd_read(e->wake_fd, &count);
	if (fds[1].revents != 0)
		(void)ub_process(e->ctx);
}

static void
fail_all(struct pending *list)
{
	while (list != NULL) {
		struct pending *next = list->next;

		fail(list->q, "shutting down");
		free(list);
		list = next;
	}
}

static void *
run(void *arg)
{
	struct unbound *e = arg;
	struct pending *list;

	while (!take_inbox(e, &list)) {
		wait_all(e, list);
		begin_some(e);
		await(e);
		expire(e, &e->asked, clock_mono_ms());
		expire(e, &e->waiting, clock_mono_ms());
	}
	ub_ctx_delete(e->ctx);	/* calls nobody back */
	fail_all(e->asked.first);
	fail_all(e->waiting.first);
	fail_all(list);
	return NULL;
}

/* ---- the engine --------------------------------------------------------- */

static void
unbound_ask(void *engine, struct dns_question *q)
{
	struct unbound *e = engine;
	struct pending *p = calloc(1, sizeof(*p));
	bool wake;

	if (p == NULL) {
		fail(q, "out of memory");
		return;
	}
	p->engine = e;
	p->q = q;
	p->until = clock_mono_ms() + e->timeout_ms;
	(void)pthread_mutex_lock(&e->lock);
	wake = e->inbox == NULL;
	*e->inbox_end = p;
	e->inbox_end = &p->next;
	(void)pthread_mutex_unlock(&e->lock);
	if (wake)
		(void)eventfd_write(e->wake_fd, 1);
}

static void
unbound_free(struct unbound *e)
{
	if (e == NULL)
		return;
	(void)pthread_mutex_destroy(&e->lock);
	if (e->wake_fd >= 0)
		(void)close(e->wake_fd);
	arena_free(e->arena);
	free(e);
}

static void
unbound_close(void *engine)
{
	struct unbound *e = engine;

	(void)pthread_mutex_lock(&e->lock);
	e->closing = true;
	(void)pthread_mutex_unlock(&e->lock);
	(void)eventfd_write(e->wake_fd, 1);
	(void)pthread_join(e->thread, NULL);
	unbound_free(e);
}

static const char *
unbound_describe(void *engine, struct arena *a)
{
	const struct unbound *e = engine;
	struct strbuf sb;
	size_t i;

	if (e->nservers == 0)
		return "full recursion from the root";
	strbuf_init(&sb, a);
	for (i = 0; i < e->nservers; i++) {
		const char *text = dns_server_text(a, &e->server[i]);

		strbuf_adds(&sb, i > 0 ? ", " : "");
		strbuf_adds(&sb, text != NULL ? text : "?");
	}
	return strbuf_str(&sb);
}

/* ---- setting up --------------------------------------------------------- */

struct setting {
	const char	*name, *value;	/* name NULL: the last one */
};

/* What differs from libunbound's own defaults. */
static const struct setting settings[] = {
	/* No validator: what a zone can make it cost is the zone's choice. */
	{ "module-config:", "iterator" },
	/* Else reverse names of private networks are answered in here. */
	{ "unblock-lan-zones:", "yes" },
	/* A thousand messages at once ask ten thousand questions. */
	{ "num-queries-per-thread:", "16384" },
	{ "outgoing-num-tcp:", "64" },
	{ NULL, NULL },
};

/*
 * By default a server that was silent for half a minute is not asked again
 * for a quarter of an hour: right for one of thousands, wrong for the one
 * forwarder there is. Forgetting it after 5 s brings it back in use within
 * two; the price is one question in that time that tries a dead one first and
 * takes 0.4 to 0.8 s. (infra-keep-probing makes that 2.3 s, and
 * infra-cache-max-rtt takes 1 s of silence for death.)
 */
static const struct setting forward_settings[] = {
	{ "infra-host-ttl:", "5" },
	{ NULL, NULL },
};

/*
 * Names that libunbound answers by itself and that a forwarder may well know:
 * RFC 6761 (test.) and RFC 8375 (home.arpa.) leave them to the local network.
 */
static const char *const unblocked[] = { "test.", "home.arpa." };

#define NUNBLOCKED	(sizeof(unblocked) / sizeof(unblocked[0]))

static void
choose_servers(struct unbound *e, const struct dns_options *o)
{
	size_t i, n = o->nservers;

	for (i = 0; i < n; i++)
		e->server[i] = o->servers[i];
	if (n == 0)
		n = dns_resolvconf_read(o->resolv_conf != NULL ?
		    o->resolv_conf : "/etc/resolv.conf", e->server);
	e->nservers = n;
}

/* libunbound's prototypes know no const; it copies. */
static char *
mutable(const char *s)
{
	return (char *)(uintptr_t)s;
}

static bool
set_options(struct ub_ctx *ctx, const struct setting *list)
{
	for (; list->name != NULL; list++)
		if (ub_ctx_set_option(ctx, mutable(list->name),
		    mutable(list->value)) != 0)
			return false;
	return true;
}

static bool
set_sockets(struct unbound *e)
{
	unsigned n = SOCKETS_MAX;
	struct rlimit lim;
	char text[16];

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur / 4 < n)
		n = (unsigned)(lim.rlim_cur / 4);
	if (n < SOCKETS_MIN)
		n = SOCKETS_MIN;
	e->most = UNDER_WAY(n);
	(void)snprintf(text, sizeof(text), "%u", n);
	return ub_ctx_set_option(e->ctx, mutable("outgoing-range:"), text) == 0;
}

static bool
set_servers(struct unbound *e)
{
	bool good = true;
	size_t i;

	for (i = 0; good && i < e->nservers; i++) {
		const char *text = dns_server_text(e->arena, &e->server[i]);

		good = text != NULL &&
		    ub_ctx_set_fwd(e->ctx, mutable(text)) == 0;
	}
	for (i = 0; good && e->nservers > 0 && i < NUNBLOCKED; i++)
		good = ub_ctx_zone_remove(e->ctx, mutable(unblocked[i])) == 0;
	return good;
}

/* Set up the context; what went wrong, or NULL. */
static const char *
context_start(struct unbound *e)
{
	e->ctx = ub_ctx_create();
	if (e->ctx == NULL)
		return "libunbound does not start";
	(void)ub_ctx_debugout(e->ctx, NULL);
	if (ub_ctx_async(e->ctx, 1) != 0 ||
	    !set_options(e->ctx, settings) || !set_sockets(e) ||
	    (e->nservers > 0 && !set_options(e->ctx, forward_settings)))
		return "libunbound refuses a setting";
	if (!set_servers(e))
		return "libunbound refuses a name server";
	return NULL;
}

static struct unbound *
unbound_new(const struct dns_options *o)
{
	struct unbound *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->wake_fd = -1;
	e->timeout_ms = o->timeout_ms != 0 ? o->timeout_ms : TIMEOUT_MS;
	e->inbox_end = &e->inbox;
	queue_init(&e->waiting);
	queue_init(&e->asked);
	(void)pthread_mutex_init(&e->lock, NULL);
	e->arena = arena_new(DECODE_BYTES);
	e->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (e->arena == NULL || e->wake_fd < 0) {
		unbound_free(e);
		return NULL;
	}
	choose_servers(e, o);
	return e;
}

struct dns *
dns_open(const struct dns_options *o, const char **why_out)
{
	static const struct dns_engine_ops ops = {
		.ask = unbound_ask,
		.close = unbound_close,
		.describe = unbound_describe,
	};
	struct unbound *e;
	struct dns *d;

	*why_out = "too many name servers";
	if (o->nservers > DNS_MAX_SERVERS)
		return NULL;
	*why_out = "out of memory";
	e = unbound_new(o);
	if (e == NULL)
		return NULL;
	*why_out = context_start(e);
	if (*why_out == NULL && thread_start(&e->thread, run, e) != 0)
		*why_out = "no thread for the resolver";
	if (*why_out != NULL) {
		if (e->ctx != NULL)
			ub_ctx_delete(e->ctx);
		unbound_free(e);
		return NULL;
	}
	d = dns_open_engine(&ops, e, o->cache_bytes);
	if (d == NULL)
		*why_out = "out of memory";
	return d;
}
