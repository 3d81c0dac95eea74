/*
 * tests of dns/engine_unbound.c against a DNS server that does whatever it
 * should not. The first label of the question says what.
 */
#include "config.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "dns/dns.h"
#include "tests/lib/dnswire.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- the server --------------------------------------------------------- */

#define MAX_LATE	256
#define MAX_TCP		8

/* A datagram that goes out later. */
struct late {
	int64_t			due;
	struct sockaddr_in	to;
	size_t			len;
	uint8_t			b[512];
};

struct server {
	int		udp, other_udp, tcp, conn[MAX_TCP];
	uint16_t	port;
	pthread_t	thread;
	int		stop[2];
	struct late	late[MAX_LATE];
	size_t		nlate;
	atomic_uint	asked;		/* datagrams that came */
	atomic_uint	asked_tcp;
	atomic_bool	dead;		/* hears and says nothing */
	struct dnswire	m;
	uint8_t		tcp_out[2 + 65535];
};

struct query {
	unsigned	id;
	int		type;
	char		name[256];	/* lower case */
	char		what[64];	/* its first label */
	bool		tcp;
};

static int
bound(int type, const char *ip, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	(void)inet_pton(AF_INET, ip, &sin.sin_addr);
	if (fd < 0)
		abort();
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* UDP and TCP on one port that is free for both. */
static bool
bind_both(struct server *sv)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	sv->udp = bound(SOCK_DGRAM, "127.0.0.1", 0);
	if (sv->udp < 0 ||
	    getsockname(sv->udp, (struct sockaddr *)&sin, &len) != 0)
		abort();
	sv->port = ntohs(sin.sin_port);
	sv->tcp = bound(SOCK_STREAM, "127.0.0.1", sv->port);
	if (sv->tcp >= 0 && listen(sv->tcp, 16) == 0)
		return true;
	(void)close(sv->udp);
	return false;
}

/* Name and type of the one question; everything here is well formed. */
static bool
read_query(const uint8_t *b, size_t len, struct query *q)
{
	size_t i = 12, n = 0, label;

	if (len < 17)
		return false;
	q->id = (unsigned)(b[0] << 8 | b[1]);
	while (i < len && (label = b[i++]) > 0) {
		if (n > 0)
			q->name[n++] = '.';
		for (; label > 0 && i < len && n < sizeof(q->name) - 6;
		    label--, i++)
			n += (size_t)snprintf(q->name + n, 5,
			    b[i] == '\\' ? "\\092" : "%c",
			    ascii_lower(b[i]));
	}
	q->name[n] = '\0';
	if (i + 4 > len)
		return false;
	q->type = b[i] << 8 | b[i + 1];
	(void)snprintf(q->what, sizeof(q->what), "%.*s",
	    (int)strcspn(q->name, "."), q->name);
	return true;
}

static void
begin(struct server *sv, const struct query *q, unsigned flags)
{
	dnswire_begin(&sv->m, q->id, WIRE_ANSWER | flags);
	dnswire_question(&sv->m, q->name, q->type);
}

static void
send_from(struct server *sv, int fd, const struct sockaddr_in *to)
{
	(void)sendto(fd, sv->m.b, sv->m.len, 0,
	    (const struct sockaddr *)to, sizeof(*to));
}

/* What a forger sends, ahead of the right answer (or instead of it). */
static void
forge(struct server *sv, const struct query *q, const struct sockaddr_in *to)
{
	struct query evil = *q;
	int fd = sv->udp;

	if (strncmp(q->what, "wrongid", 7) == 0)
		evil.id ^= 0x5555;
	else if (strncmp(q->what, "wrongq", 6) == 0)
		(void)snprintf(evil.name, sizeof(evil.name), "evil.example");
	else if (strncmp(q->what, "wrongtype", 9) == 0)
		evil.type = DNS_MX;
	else if (strncmp(q->what, "othersource", 11) == 0)
		fd = sv->other_udp;
	else if (strncmp(q->what, "noqr", 4) != 0)
		return;
	begin(sv, &evil, 0);
	if (strncmp(q->what, "noqr", 4) == 0)
		sv->m.b[2] &= 0x7f;
	dnswire_txt(&sv->m, evil.name, 60, SPAN("evil"));
	send_from(sv, fd, to);
}

static bool
is(const struct query *q, const char *what)
{
	return strcmp(q->what, what) == 0;
}

static void
answer_chain(struct server *sv, const struct query *q)
{
	if (is(q, "chain"))
		dnswire_name(&sv->m, q->name, WIRE_CNAME, 60, "c2.example");
	if (!is(q, "c3"))
		dnswire_name(&sv->m, "c2.example", WIRE_CNAME, 60,
		    "c3.example");
	dnswire_txt(&sv->m, "c3.example", 60, SPAN("end of chain"));
}

static void
answer_big(struct server *sv, const struct query *q)
{
	static char text[64000];
	unsigned i;

	if (!q->tcp) {
		begin(sv, q, WIRE_TC);
		return;
	}
	memset(text, 'k', sizeof(text));
	if (is(q, "big"))
		dnswire_txt(&sv->m, q->name, 60,
		    (struct span){ text, sizeof(text) });
	else if (is(q, "many"))
		for (i = 0; i < 900; i++)
			dnswire_txt(&sv->m, q->name, 60,
			    (struct span){ text + i, i % 40 });
	else
		dnswire_txt(&sv->m, q->name, 60, SPAN("over TCP"));
}

static void
answer_weird_names(struct server *sv, const struct query *q)
{
	static const char *const names[] = { "a b.example", "\\000.example",
	    "\\200x.example", "good.Example", "x\\010y.example" };
	size_t i;

	for (i = 0; i < NROWS(names); i++)
		if (q->type == DNS_MX)
			dnswire_mx(&sv->m, q->name, 60, 10, names[i]);
		else
			dnswire_name(&sv->m, q->name, q->type, 60, names[i]);
}

/* Build the answer in sv->m; false: say nothing. */
static bool
answer(struct server *sv, const struct query *q)
{
	begin(sv, q, 0);
	if (is(q, "drop") || strstr(q->what, "only") != NULL)
		return false;
	if (is(q, "servfail") || is(q, "refused")) {
		begin(sv, q, is(q, "refused") ? WIRE_REFUSED : WIRE_SERVFAIL);
	} else if (is(q, "nx")) {
		begin(sv, q, WIRE_NXDOMAIN);
		dnswire_soa(&sv->m, "example", 300, 60);
	} else if (is(q, "nodata")) {
		dnswire_soa(&sv->m, "example", 300, 60);
	} else if (is(q, "cnamenx")) {
		begin(sv, q, WIRE_NXDOMAIN);
		dnswire_name(&sv->m, q->name, WIRE_CNAME, 60, "nx.example");
		dnswire_soa(&sv->m, "example", 300, 60);
	} else if (is(q, "chain") || is(q, "c2") || is(q, "c3")) {
		answer_chain(sv, q);
	} else if (is(q, "hop")) {	/* leaves the rest to be asked for */
		dnswire_name(&sv->m, q->name, WIRE_CNAME, 60, "chain.example");
	} else if (is(q, "loop") || is(q, "loop2")) {
		dnswire_name(&sv->m, q->name, WIRE_CNAME, 60, is(q, "loop") ?
		    "loop2.example" : "loop.example");
	} else if (is(q, "tc") || is(q, "big") || is(q, "many")) {
		answer_big(sv, q);
	} else if (is(q, "broken")) {
		dnswire_rr(&sv->m, WIRE_ANSWERS, q->name, q->type, 60,
		    SPAN("\377short"));
	} else if (is(q, "weird")) {
		answer_weird_names(sv, q);
	} else if (is(q, "ttl0")) {
		dnswire_txt(&sv->m, q->name, 0, SPAN("now"));
	} else if (is(q, "ad")) {
		begin(sv, q, WIRE_AD);
		dnswire_txt(&sv->m, q->name, 60, SPAN("fine"));
	} else if (q->type == DNS_TXT) {
		dnswire_txt(&sv->m, q->name, 60, SPAN("fine"));
	} else if (q->type == DNS_PTR) {
		dnswire_name(&sv->m, q->name, DNS_PTR, 60, "host.example");
	} else if (q->type == DNS_A) {
		dnswire_rr(&sv->m, WIRE_ANSWERS, q->name, DNS_A, 60,
		    SPAN("\xc0\x00\x02\x01"));
	}
	return true;
}

/* How much later it goes out. */
static unsigned
delay_of(const struct query *q)
{
	if (strncmp(q->what, "slow", 4) == 0)
		return 300;
	return 0;
}

static void
send_later(struct server *sv, const struct sockaddr_in *to, unsigned ms)
{
	struct late *l = &sv->late[sv->nlate];

	if (sv->nlate == MAX_LATE || sv->m.len > sizeof(l->b))
		abort();
	sv->nlate++;
	l->due = clock_mono_ms() + ms;
	l->to = *to;
	l->len = sv->m.len;
	memcpy(l->b, sv->m.b, l->len);
}

static void
serve_udp(struct server *sv)
{
	struct query q = { .tcp = false };
	struct sockaddr_in from;
	socklen_t fromlen = sizeof(from);
	uint8_t b[4096];
	ssize_t n = recvfrom(sv->udp, b, sizeof(b), 0,
	    (struct sockaddr *)&from, &fromlen);

	atomic_fetch_add(&sv->asked, 1);
	if (n < 0 || sv->dead || !read_query(b, (size_t)n, &q))
		return;
	forge(sv, &q, &from);
	if (!answer(sv, &q))
		return;
	if (delay_of(&q) > 0)
		send_later(sv, &from, delay_of(&q));
	else
		send_from(sv, sv->udp, &from);
}

static bool
all(ssize_t got, size_t want)
{
	return got >= 0 && (size_t)got == want;
}

/* One question, one answer; false: the connection is over. */
static bool
serve_tcp(struct server *sv, int fd)
{
	struct query q = { .tcp = true };
	uint8_t b[4096];
	size_t len;

	if (!all(recv(fd, b, 2, MSG_WAITALL), 2))
		return false;
	len = (size_t)(b[0] << 8 | b[1]);
	if (len > sizeof(b) || !all(recv(fd, b, len, MSG_WAITALL), len) ||
	    !read_query(b, len, &q))
		return false;
	atomic_fetch_add(&sv->asked_tcp, 1);
	if (!answer(sv, &q))
		return true;
	sv->tcp_out[0] = (uint8_t)(sv->m.len >> 8);
	sv->tcp_out[1] = (uint8_t)sv->m.len;
	memcpy(sv->tcp_out + 2, sv->m.b, sv->m.len);
	return all(send(fd, sv->tcp_out, sv->m.len + 2, MSG_NOSIGNAL),
	    sv->m.len + 2);
}

static void
take_conn(struct server *sv)
{
	int fd = accept(sv->tcp, NULL, NULL), i;

	for (i = 0; i < MAX_TCP; i++)
		if (sv->conn[i] < 0) {
			sv->conn[i] = fd;
			return;
		}
	(void)close(fd);
}

/* Send what is due; milliseconds until the next, -1 for none. */
static int
send_due(struct server *sv)
{
	int64_t now = clock_mono_ms(), next = -1;
	size_t i;

	for (i = 0; i < sv->nlate; ) {
		struct late *l = &sv->late[i];

		if (l->due <= now) {
			(void)sendto(sv->udp, l->b, l->len, 0,
			    (struct sockaddr *)&l->to, sizeof(l->to));
			*l = sv->late[--sv->nlate];
			continue;
		}
		if (next < 0 || l->due - now < next)
			next = l->due - now;
		i++;
	}
	return (int)next;
}

static void *
serve(void *arg)
{
	struct server *sv = arg;
	struct pollfd fds[3 + MAX_TCP];
	int i;

	for (;;) {
		fds[0] = (struct pollfd){ sv->stop[0], POLLIN, 0 };
		fds[1] = (struct pollfd){ sv->udp, POLLIN, 0 };
		fds[2] = (struct pollfd){ sv->tcp, POLLIN, 0 };
		for (i = 0; i < MAX_TCP; i++)
			fds[3 + i] = (struct pollfd){ sv->conn[i], POLLIN, 0 };
		(void)poll(fds, NROWS(fds), send_due(sv));
		if (fds[0].revents != 0)
			return NULL;
		if (fds[1].revents != 0)
			serve_udp(sv);
		for (i = 0; i < MAX_TCP; i++)
			if (fds[3 + i].revents != 0 &&
			    !serve_tcp(sv, sv->conn[i])) {
				(void)close(sv->conn[i]);
				sv->conn[i] = -1;
			}
		if (fds[2].revents != 0)
			take_conn(sv);
	}
}

static struct server *
server_start(void)
{
	struct server *sv = calloc(1, sizeof(*sv));
	int tries = 0, i;

	if (sv == NULL)
		abort();
	while (!bind_both(sv))
		if (++tries == 20)
			abort();
	sv->other_udp = bound(SOCK_DGRAM, "127.0.0.9", sv->port);
	for (i = 0; i < MAX_TCP; i++)
		sv->conn[i] = -1;
	if (sv->other_udp < 0 || pipe(sv->stop) != 0 ||
	    pthread_create(&sv->thread, NULL, serve, sv) != 0)
		abort();
	return sv;
}

static void
server_stop(struct server *sv)
{
	int i;

	if (write(sv->stop[1], "", 1) != 1)
		abort();
	(void)pthread_join(sv->thread, NULL);
	for (i = 0; i < MAX_TCP; i++)
		if (sv->conn[i] >= 0)
			(void)close(sv->conn[i]);
	(void)close(sv->udp);
	(void)close(sv->other_udp);
	(void)close(sv->tcp);
	(void)close(sv->stop[0]);
	(void)close(sv->stop[1]);
	free(sv);
}

/* ---- the tests ---------------------------------------------------------- */

struct world {
	struct server	*server;
	struct dns	*dns;
	struct dns_scope *scope;
};

static struct dns_server
address_of(const struct server *sv)
{
	struct dns_server out = { .port = sv->port };

	(void)inet_pton(AF_INET6, "::ffff:127.0.0.1", &out.addr);
	return out;
}

static struct dns *
open_dns(const struct dns_server *list, size_t n, unsigned timeout_ms)
{
	struct dns_options o = { .servers = list, .nservers = n,
	    .timeout_ms = timeout_ms };
	const char *why;
	struct dns *d = dns_open(&o, &why);

	ck_assert_msg(d != NULL, "%s", why);
	return d;
}

static struct world
world_new(unsigned timeout_ms)
{
	struct world w = { .server = server_start() };
	struct dns_server sv = address_of(w.server);

	w.dns = open_dns(&sv, 1, timeout_ms);
	w.scope = dns_scope_new(w.dns, 1000);
	ck_assert_ptr_nonnull(w.scope);
	return w;
}

static void
world_free(struct world *w)
{
	dns_scope_free(w->scope);
	dns_free(w->dns);
	server_stop(w->server);
}

static const struct dns_answer *
ask(struct world *w, enum dns_type type, const char *name)
{
	return dns_lookup(w->scope, type, span_of(name));
}

START_TEST(plain_answers)
{
	static const struct {
		enum dns_type type;
		const char *name;
		enum dns_status want;
		const char *text;
	} rows[] = {
		{ DNS_TXT, "ok.example", DNS_OK, "fine" },
		{ DNS_TXT, "nx.example", DNS_NXDOMAIN, NULL },
		{ DNS_TXT, "nodata.example", DNS_NODATA, NULL },
		{ DNS_TXT, "cnamenx.example", DNS_NXDOMAIN, NULL },
		{ DNS_TXT, "chain.example", DNS_OK, "end of chain" },
		{ DNS_TXT, "hop.example", DNS_OK, "end of chain" },
		{ DNS_TXT, "loop.example", DNS_TEMPFAIL, NULL },
		{ DNS_TXT, "servfail.example", DNS_TEMPFAIL, NULL },
		{ DNS_TXT, "refused.example", DNS_TEMPFAIL, NULL },
		{ DNS_TXT, "broken.example", DNS_TEMPFAIL, NULL },
		{ DNS_TXT, "tc.example", DNS_OK, "over TCP" },
		/* names that libunbound would answer by itself */
		{ DNS_TXT, "ok.test", DNS_OK, "fine" },
		{ DNS_TXT, "ok.home.arpa", DNS_OK, "fine" },
		{ DNS_TXT, "ok.1.168.192.in-addr.arpa", DNS_OK, "fine" },
		{ DNS_TXT, "ok.2.0.192.in-addr.arpa", DNS_OK, "fine" },
		{ DNS_TXT, "ok.10.in-addr.arpa", DNS_OK, "fine" },
		{ DNS_TXT, "ok.8.b.d.0.1.0.0.2.ip6.arpa", DNS_OK, "fine" },
		{ DNS_PTR, "7.2.0.192.in-addr.arpa", DNS_OK, NULL },
		/* what is no host's name (RFC 7208, 7.3) */
		{ DNS_TXT, "user+tag.example", DNS_OK, "fine" },
		{ DNS_TXT, "a b;\"(@)\"$.example", DNS_OK, "fine" },
		{ DNS_TXT, "back\\slash\\100.example", DNS_OK, "fine" },
		{ DNS_A, "a.example", DNS_OK, NULL },
		{ DNS_AAAA, "a.example", DNS_NODATA, NULL },
	};
	struct world w = world_new(4000);
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		dns_prefetch(w.scope, rows[i].type, span_of(rows[i].name));
	for (i = 0; i < NROWS(rows); i++) {
		const struct dns_answer *ans = ask(&w, rows[i].type,
		    rows[i].name);

		ck_assert_msg(ans->status == rows[i].want, "%s: %s (%s)",
		    rows[i].name, dns_status_name(ans->status),
		    ans->why != NULL ? ans->why : "");
		ck_assert((ans->why == NULL) == dns_known(ans->status));
		if (rows[i].text != NULL)
			assert_span(ans->record[0].txt, rows[i].text);
	}
	ck_assert_str_eq(ask(&w, DNS_TXT, "servfail.example")->why,
	    "SERVFAIL");
	ck_assert_uint_eq(ask(&w, DNS_TXT, "nx.example")->ttl, 60);
	world_free(&w);
}
END_TEST

/* Forged ahead of the answer, and forged alone. */
START_TEST(forged_answers_are_not_believed)
{
	static const char *const rows[] = { "wrongid.example",
	    "wrongq.example", "wrongtype.example", "othersource.example",
	    "noqr.example", "wrongidonly.example", "wrongqonly.example",
	    "wrongtypeonly.example", "othersourceonly.example",
	    "noqronly.example" };
	struct world w = world_new(1500);
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		dns_prefetch(w.scope, DNS_TXT, span_of(rows[i]));
	for (i = 0; i < NROWS(rows); i++) {
		const struct dns_answer *ans = ask(&w, DNS_TXT, rows[i]);
		bool only = strstr(rows[i], "only") != NULL;

		ck_assert_msg(ans->status == DNS_TEMPFAIL ||
		    (!only && ans->status == DNS_OK), "%s: %s", rows[i],
		    dns_status_name(ans->status));
		if (ans->status == DNS_OK)
			assert_span(ans->record[0].txt, "fine");
	}
	world_free(&w);
}
END_TEST

START_TEST(long_answers_come_by_tcp)
{
	struct world w = world_new(4000);
	const struct dns_answer *ans = ask(&w, DNS_TXT, "big.example");
	size_t i;

	ck_assert_int_eq(ans->status, DNS_OK);
	ck_assert_uint_eq(ans->count, 1);
	ck_assert_uint_eq(ans->record[0].txt.len, 64000);
	ans = ask(&w, DNS_TXT, "many.example");
	ck_assert_int_eq(ans->status, DNS_OK);
	ck_assert_uint_eq(w.server->asked_tcp, 2);
	/* the library drops records that are equal: 0 to 39 bytes remain */
	ck_assert_uint_ge(ans->count, 40);
	for (i = 0; i < ans->count; i++)
		ck_assert_uint_lt(ans->record[i].txt.len, 40);
	world_free(&w);
}
END_TEST

/* In whatever order the library puts them. */
static size_t
count_names(const struct dns_answer *ans, const char *name)
{
	size_t n = 0, i;

	for (i = 0; i < ans->count; i++)
		n += span_is(ans->type == DNS_MX ? ans->record[i].mx.name :
		    ans->record[i].name, name) ? 1 : 0;
	return n;
}

START_TEST(weird_names_are_not_names)
{
	struct world w = world_new(4000);
	const struct dns_answer *ans = ask(&w, DNS_PTR, "weird.example");

	ck_assert_int_eq(ans->status, DNS_OK);
	ck_assert_uint_eq(ans->count, 5);
	ck_assert_uint_eq(count_names(ans, "good.example"), 1);
	ck_assert_uint_eq(count_names(ans, ""), 4);
	ans = ask(&w, DNS_MX, "weird.example");
	ck_assert_uint_eq(ans->count, 5);
	ck_assert_uint_eq(count_names(ans, "good.example"), 1);
	ck_assert_uint_eq(count_names(ans, "a b.example"), 1);
	ck_assert_uint_eq(count_names(ans, ""), 3);
	world_free(&w);
}
END_TEST

/* A lookup ends at the scope's deadline, a question at its own. */
START_TEST(silence_ends)
{
	struct world w = world_new(600);
	const struct dns_answer *ans;
	int64_t t0 = clock_mono_ms(), took;

	dns_scope_deadline(w.scope, t0 + 150);
	ans = ask(&w, DNS_TXT, "drop.example");
	took = clock_mono_ms() - t0;
	ck_assert_int_eq(ans->status, DNS_TEMPFAIL);
	ck_assert_str_eq(ans->why, "timed out");
	ck_assert_int_ge(took, 150);
	ck_assert_int_lt(took, 400);
	dns_scope_deadline(w.scope, 0);
	ans = ask(&w, DNS_TXT, "drop.example");
	took = clock_mono_ms() - t0;
	ck_assert_int_eq(ans->status, DNS_TEMPFAIL);
	ck_assert_str_eq(ans->why, "timed out");
	ck_assert_int_ge(took, 599);
	ck_assert_int_lt(took, 1200);
	/* what is dropped holds up nobody else */
	t0 = clock_mono_ms();
	dns_prefetch(w.scope, DNS_A, SPAN("drop.example"));
	dns_prefetch(w.scope, DNS_MX, SPAN("drop.example"));
	ck_assert_int_eq(ask(&w, DNS_TXT, "ok.example")->status, DNS_OK);
	ck_assert_int_lt(clock_mono_ms() - t0, 300);
	world_free(&w);
}
END_TEST

START_TEST(late_answer_ends_in_the_cache)
{
	struct world w = world_new(4000);
	struct dns_scope *next = dns_scope_new(w.dns, 0);
	const struct dns_answer *late;
	struct dns_stats stats;

	dns_scope_deadline(w.scope, clock_mono_ms() + 50);
	late = ask(&w, DNS_TXT, "slow.example");
	ck_assert_int_eq(late->status, DNS_TEMPFAIL);
	/* another message joins what is under way */
	ck_assert_int_eq(dns_lookup(next, DNS_TXT,
	    SPAN("slow.example"))->status, DNS_OK);
	ck_assert_ptr_eq(ask(&w, DNS_TXT, "slow.example"), late);
	dns_scope_deadline(w.scope, clock_mono_ms() + 50);
	ck_assert_int_eq(ask(&w, DNS_TXT, "slow.example")->status, DNS_OK);
	dns_stats(w.dns, &stats);
	ck_assert_uint_eq(stats.asked, 1);
	ck_assert_uint_eq(stats.joined, 1);
	ck_assert_uint_eq(stats.failed, 0);
	dns_scope_free(next);
	world_free(&w);
}
END_TEST

/* TTL 0 is for the message that asked, and for nobody after it. */
START_TEST(ttl_0_is_asked_again)
{
	struct world w = world_new(4000);
	struct dns_stats stats;

	ck_assert_int_eq(ask(&w, DNS_TXT, "ttl0.example")->status, DNS_OK);
	ck_assert_int_eq(ask(&w, DNS_TXT, "ttl0.example")->status, DNS_OK);
	dns_scope_free(w.scope);
	w.scope = dns_scope_new(w.dns, 10);
	ck_assert_int_eq(ask(&w, DNS_TXT, "ttl0.example")->status, DNS_OK);
	dns_stats(w.dns, &stats);
	ck_assert_uint_eq(stats.asked, 2);
	world_free(&w);
}
END_TEST

static void *
ask_slow(void *arg)
{
	struct dns *d = ((struct world *)arg)->dns;
	struct dns_scope *s = dns_scope_new(d, 10);
	static atomic_uint turn;
	char name[64];

	(void)snprintf(name, sizeof(name), "slow%u.example",
	    atomic_fetch_add(&turn, 1));
	ck_assert_int_eq(dns_lookup(s, DNS_TXT, span_of(name))->status,
	    DNS_OK);
	dns_scope_free(s);
	return NULL;
}

START_TEST(fifty_at_once)
{
	struct world w = world_new(4000);
	pthread_t thread[50];
	int64_t t0 = clock_mono_ms(), took;
	size_t i;

	for (i = 0; i < NROWS(thread); i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, ask_slow,
		    &w), 0);
	for (i = 0; i < NROWS(thread); i++)
		(void)pthread_join(thread[i], NULL);
	took = clock_mono_ms() - t0;
	ck_assert_int_ge(took, 300);
	ck_assert_int_lt(took, 800);
	world_free(&w);
}
END_TEST

START_TEST(dead_forwarder_is_passed_over)
{
	struct server *dead = server_start();
	struct server *live = server_start();
	struct dns_server list[2] = { address_of(dead), address_of(live) };
	struct world w;
	struct arena *a = arena_new(0);
	char want[64], name[32];
	int i;

	dead->dead = true;
	w.dns = open_dns(list, 2, 5000);
	w.scope = dns_scope_new(w.dns, 100);
	(void)snprintf(want, sizeof(want), "127.0.0.1@%u, 127.0.0.1@%u",
	    dead->port, live->port);
	ck_assert_str_eq(dns_describe(w.dns, a), want);
	for (i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example", i);
		ck_assert_int_eq(ask(&w, DNS_TXT, name)->status, DNS_OK);
	}
	ck_assert_uint_ge(live->asked, 20);
	dns_scope_free(w.scope);
	dns_free(w.dns);
	server_stop(dead);
	server_stop(live);
	arena_free(a);
}
END_TEST

/* A forwarder that was away is used again as soon as it is back. */
START_TEST(forwarder_comes_back)
{
	struct world w = world_new(800);
	char name[32];
	int64_t back;
	int i = 0;

	w.server->dead = true;
	for (i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "away%d.example", i);
		ck_assert_int_eq(ask(&w, DNS_TXT, name)->status,
		    DNS_TEMPFAIL);
	}
	w.server->dead = false;
	back = clock_mono_ms();
	do
		(void)snprintf(name, sizeof(name), "back%d.example", i++);
	while (ask(&w, DNS_TXT, name)->status != DNS_OK &&
	    clock_mono_ms() - back < 10000);
	ck_assert_int_lt(clock_mono_ms() - back, 3000);
	world_free(&w);
}
END_TEST

static size_t
open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

START_TEST(nothing_is_left_open)
{
	struct world w = world_new(1000);
	struct dns_server sv = address_of(w.server);
	size_t before = open_fds();
	int round, i, tries;

	for (round = 0; round < 10; round++) {
		struct dns *d = open_dns(&sv, 1, 1000);
		struct dns_scope *s = dns_scope_new(d, 100);
		char name[32];

		for (i = 0; i < 20; i++) {
			(void)snprintf(name, sizeof(name), "slow%d.example",
			    i);
			dns_prefetch(s, DNS_TXT, span_of(name));
			dns_prefetch(s, DNS_TXT, SPAN("drop.example"));
		}
		ck_assert_int_eq(dns_lookup(s, DNS_TXT,
		    SPAN("tc.example"))->status, DNS_OK);
		dns_scope_free(s);
		dns_free(d);	/* with 21 questions in flight */
	}
	/* the server closes its ends of TCP connections in its own time */
	for (tries = 0; tries < 100 && open_fds() > before; tries++)
		(void)poll(NULL, 0, 20);
	ck_assert_uint_eq(open_fds(), before);
	world_free(&w);
}
END_TEST

START_TEST(opening_says_why_not)
{
	struct dns_server many[DNS_MAX_SERVERS + 1];
	struct dns_options o = { .servers = many,
	    .nservers = DNS_MAX_SERVERS + 1 };
	const char *why = NULL;

	memset(many, 0, sizeof(many));
	ck_assert_ptr_null(dns_open(&o, &why));
	ck_assert_str_eq(why, "too many name servers");
}
END_TEST

START_TEST(servers_come_from_resolv_conf)
{
	struct world w = world_new(1000);
	struct dns_options o = { .resolv_conf = "/nonexistent" };
	char path[] = "/tmp/check_dns_wire.XXXXXX";
	int fd = mkstemp(path);
	struct arena *a = arena_new(0);
	const char *why;
	struct dns *d;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, "nameserver 127.0.0.1\n"
	    "nameserver ::1\n"), 0);
	(void)close(fd);
	d = dns_open(&o, &why);
	ck_assert_str_eq(dns_describe(d, a), "full recursion from the root");
	dns_free(d);
	o.resolv_conf = path;
	d = dns_open(&o, &why);
	ck_assert_str_eq(dns_describe(d, a), "127.0.0.1@53, ::1@53");
	dns_free(d);
	(void)unlink(path);
	arena_free(a);
	world_free(&w);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		plain_answers,
		forged_answers_are_not_believed,
		long_answers_come_by_tcp,
		weird_names_are_not_names,
		silence_ends,
		late_answer_ends_in_the_cache,
		ttl_0_is_asked_again,
		fifty_at_once,
		dead_forwarder_is_passed_over,
		forwarder_comes_back,
		nothing_is_left_open,
		opening_says_why_not,
		servers_come_from_resolv_conf,
	};

	return TESTLIB_RUN("dns_wire", tests);
}
