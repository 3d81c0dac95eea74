#include "config.h"
#include "tests/lib/hostiled.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "dns/dns.h"
#include "tests/lib/dnswire.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

#define MAX_LATE	4096
#define MAX_TCP		8

/* A datagram that goes out later. */
struct late {
	int64_t			due;
	struct sockaddr_in	to;
	size_t			len;
	uint8_t			b[512];
};

struct hostiled {
	struct hostiled_public pub;
	int		udp, other_udp, tcp, conn[MAX_TCP];
	pthread_t	thread;
	int		stop[2];
	struct late	late[MAX_LATE];
	size_t		nlate;
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
bind_both(struct hostiled *sv)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	sv->udp = bound(SOCK_DGRAM, "127.0.0.1", 0);
	if (sv->udp < 0 ||
	    getsockname(sv->udp, (struct sockaddr *)&sin, &len) != 0)
		abort();
	sv->pub.port = ntohs(sin.sin_port);
	sv->tcp = bound(SOCK_STREAM, "127.0.0.1", sv->pub.port);
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
begin(struct hostiled *sv, const struct query *q, unsigned flags)
{
	dnswire_begin(&sv->m, q->id, WIRE_ANSWER | flags);
	dnswire_question(&sv->m, q->name, q->type);
}

static void
send_from(struct hostiled *sv, int fd, const struct sockaddr_in *to)
{
	(void)sendto(fd, sv->m.b, sv->m.len, 0,
	    (const struct sockaddr *)to, sizeof(*to));
}

/* What a forger sends, ahead of the right answer (or instead of it). */
static void
forge(struct hostiled *sv, const struct query *q, const struct sockaddr_in *to)
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
answer_chain(struct hostiled *sv, const struct query *q)
{
	if (is(q, "chain"))
		dnswire_name(&sv->m, q->name, WIRE_CNAME, 60, "c2.example");
	if (!is(q, "c3"))
		dnswire_name(&sv->m, "c2.example", WIRE_CNAME, 60,
		    "c3.example");
	dnswire_txt(&sv->m, "c3.example", 60, SPAN("end of chain"));
}

static void
answer_big(struct hostiled *sv, const struct query *q)
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
answer_weird_names(struct hostiled *sv, const struct query *q)
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
answer(struct hostiled *sv, const struct query *q)
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
send_later(struct hostiled *sv, const struct sockaddr_in *to, unsigned ms)
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
serve_udp(struct hostiled *sv)
{
	struct query q = { .tcp = false };
	struct sockaddr_in from;
	socklen_t fromlen = sizeof(from);
	uint8_t b[4096];
	ssize_t n = recvfrom(sv->udp, b, sizeof(b), 0,
	    (struct sockaddr *)&from, &fromlen);

	atomic_fetch_add(&sv->pub.asked, 1);
	if (n < 0 || atomic_load(&sv->pub.dead) || !read_query(b, (size_t)n, &q))
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
serve_tcp(struct hostiled *sv, int fd)
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
	atomic_fetch_add(&sv->pub.asked_tcp, 1);
	if (!answer(sv, &q))
		return true;
	sv->tcp_out[0] = (uint8_t)(sv->m.len >> 8);
	sv->tcp_out[1] = (uint8_t)sv->m.len;
	memcpy(sv->tcp_out + 2, sv->m.b, sv->m.len);
	return all(send(fd, sv->tcp_out, sv->m.len + 2, MSG_NOSIGNAL),
	    sv->m.len + 2);
}

static void
take_conn(struct hostiled *sv)
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
send_due(struct hostiled *sv)
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
	struct hostiled *sv = arg;
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

struct hostiled *
hostiled_start(void)
{
	struct hostiled *sv = calloc(1, sizeof(*sv));
	int tries = 0, i;

	if (sv == NULL)
		abort();
	while (!bind_both(sv))
		if (++tries == 20)
			abort();
	sv->other_udp = bound(SOCK_DGRAM, "127.0.0.9", sv->pub.port);
	for (i = 0; i < MAX_TCP; i++)
		sv->conn[i] = -1;
	if (sv->other_udp < 0 || pipe(sv->stop) != 0 ||
	    pthread_create(&sv->thread, NULL, serve, sv) != 0)
		abort();
	return sv;
}

void
hostiled_stop(struct hostiled *sv)
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

struct hostiled_public *
hostiled_public(struct hostiled *sv)
{
	return &sv->pub;
}
