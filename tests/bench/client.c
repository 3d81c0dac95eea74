/*
 * The MTA's side of the milter protocol (version 6), as fast as the other side
 * goes: one message a connection, or some, again and again.
 *
 * usage: client SOCKET PID CONNECTIONS SECONDS IP SENDER WANTED < MESSAGE
 *
 * CONNECTIONS "8x20" are 8 at a time, each of 20 messages. SECONDS "=N" are N
 * messages, however long they take. A % in SENDER stands for a number that no
 * other message of the run has, "%100" for one from 100 on.
 *
 * Prints "messages a second, microseconds of CPU a message that the process
 * PID took, its resident kB". Every message must be accepted with WANTED in a
 * header field that was added, else nothing is printed and the exit is 1.
 */
#include "config.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "message/header.h"

#define CHUNK	((size_t)65535)	/* of a body; what MTAs send at once */
#define REPLY	((size_t)65536)	/* more than any answer has */

/* What a milter that is not asked to answer leaves to the last event. */
#define PROTOCOL	0x1fffffu
#define ACTIONS		0x1ffu
#define NO_RCPT		0x8u
#define NO_EOH		0x40u
#define NR_MAIL		0x4000u
#define NR_RCPT		0x8000u

/* What every connection says, unless the milter asked not to be told. */
struct talk {
	struct strbuf	 before, mail, rcpt, message, without_eoh;
};

/* The text around a number, or all of it. */
struct sender {
	struct span	 head, tail;
	unsigned long	 first;
	bool		 counts;
};

static struct {
	struct sockaddr_un	 addr;
	struct talk		 talk;
	struct sender		 sender;
	struct span		 wanted;
	double			 until;		/* 0: no end ... */
	unsigned long		 most;		/* ... but this number */
	unsigned long		 each;		/* messages a connection */
} bench;

static atomic_ulong begun, done, wrong;

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- what is said ------------------------------------------------------- */

static void
add_packet(struct strbuf *sb, char command, struct span data)
{
	uint32_t len = htonl((uint32_t)data.len + 1);

	strbuf_add(sb, (struct span){ (const char *)&len, sizeof(len) });
	strbuf_addc(sb, command);
	strbuf_add(sb, data);
}

/* One or two texts, each with its NUL. */
static void
add_texts(struct strbuf *sb, char command, struct span first,
    const struct span *second)
{
	struct strbuf data;

	strbuf_init(&data, sb->arena);
	strbuf_add(&data, first);
	strbuf_addc(&data, '\0');
	if (second != NULL) {
		strbuf_add(&data, *second);
		strbuf_addc(&data, '\0');
	}
	add_packet(sb, command, strbuf_span(&data));
}

static struct span
path(struct arena *a, const char *address)
{
	return span_of(arena_printf(a, "<%s>", address));
}

static struct sender
sender_of(const char *text)
{
	struct span s = span_of(text), rest;
	size_t at = span_find(s, '%');
	struct sender out = { .head = span_head(s, at),
	    .counts = at < s.len };
	char *end;

	rest = span_skip(s, at + 1);
	if (out.counts) {
		out.first = strtoul(rest.p, &end, 10);
		out.tail = span_of(end);
	}
	return out;
}

static void
add_sender(struct strbuf *sb, const struct sender *from, unsigned long n)
{
	struct strbuf address;

	strbuf_init(&address, sb->arena);
	strbuf_add(&address, from->head);
	if (from->counts)
		strbuf_addf(&address, "%lu", from->first + n);
	strbuf_add(&address, from->tail);
	add_texts(sb, 'D', SPAN("Mi\0" "4ABCDEF"), NULL);
	add_texts(sb, 'M', path(sb->arena, strbuf_str(&address)), NULL);
}

static void
talk_begin(struct talk *t, struct arena *a, const char *ip)
{
	struct strbuf data;

	strbuf_init(&data, a);
	strbuf_addf(&data, "mail.sender.example%c4%c%c%s%c", 0, 0x62, 0x62, ip,
	    0);
	add_texts(&t->before, 'D', SPAN("Cj\0mx.example.net"), NULL);
	add_packet(&t->before, 'C', strbuf_span(&data));
	add_texts(&t->before, 'H', SPAN("mail.sender.example"), NULL);
	add_sender(&t->mail, &bench.sender, 0);
	add_texts(&t->rcpt, 'R', path(a, "someone@example.net"), NULL);
}

/* Header and body as an MTA hands them over: LF within fields. */
static void
add_message(struct strbuf *sb, struct arena *a, struct span text, bool eoh)
{
	struct headers h;
	struct span body, piece, rest;
	size_t i;

	headers_init(&h, a, 0);
	message_split(text, &h, &body);
	for (i = 0; i < h.count; i++) {
		struct strbuf value;
		struct span v;

		strbuf_init(&value, a);
		rest = h.field[i].value;
		while (span_next(&rest, '\r', &piece))
			strbuf_add(&value, piece);
		v = strbuf_span(&value);
		add_texts(sb, 'L', h.field[i].name, &v);
	}
	if (eoh)
		add_packet(sb, 'N', SPAN(""));
	for (; body.len > 0; body = span_skip(body, CHUNK))
		add_packet(sb, 'B', span_head(body, CHUNK));
	add_packet(sb, 'E', SPAN(""));
}

/* ---- saying it ---------------------------------------------------------- */

static bool
say(int fd, const struct strbuf *sb)
{
	struct span s = strbuf_span(sb);
	ssize_t n;

	for (; s.len > 0; s = span_skip(s, (size_t)n))
		if ((n = send(fd, s.p, s.len, MSG_NOSIGNAL)) <= 0)
			return false;
	return true;
}

static bool
hear(int fd, char *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = read(fd, p, len)) <= 0)
			return false;
	return true;
}

/* One packet: its command, or 0. */
static char
hear_packet(int fd, char *buf, size_t *len_out)
{
	uint32_t len;

	if (!hear(fd, (char *)&len, sizeof(len)))
		return 0;
	len = ntohl(len);
	if (len == 0 || len >= REPLY || !hear(fd, buf, len))
		return 0;
	*len_out = len;
	return buf[0];
}

/* The flags of the protocol that the milter chose. */
static bool
negotiate(int fd, struct arena *a, char *buf, uint32_t *flags_out)
{
	uint32_t offer[3] = { htonl(6), htonl(ACTIONS), htonl(PROTOCOL) };
	struct strbuf sb;
	size_t len;

	strbuf_init(&sb, a);
	add_packet(&sb, 'O', (struct span){ (const char *)offer,
	    sizeof(offer) });
	if (!say(fd, &sb) || hear_packet(fd, buf, &len) != 'O' || len < 13)
		return false;
	memcpy(flags_out, buf + 9, sizeof(*flags_out));
	*flags_out = ntohl(*flags_out);
	return true;
}

/* Say it and, unless the flag says that none comes, hear "continue". */
static bool
step(int fd, const struct strbuf *sb, char *buf, bool answered)
{
	size_t len;

	return say(fd, sb) && (!answered || hear_packet(fd, buf, &len) == 'c');
}

/* The edits and the end of one message; whether it is as wanted. */
static bool
outcome(int fd, char *buf)
{
	bool found = false;
	size_t len;
	char c;

	while ((c = hear_packet(fd, buf, &len)) == 'i' || c == 'h' ||
	    c == 'm')
		found = found || memmem(buf, len, bench.wanted.p,
		    bench.wanted.len) != NULL;
	return found && (c == 'c' || c == 'a');
}

/* A connection that has greeted, and the flags of its protocol; or -1. */
static int
arrive(struct arena *a, char *buf, uint32_t *flags_out)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&bench.addr,
	    sizeof(bench.addr)) == 0 && negotiate(fd, a, buf, flags_out) &&
	    say(fd, &bench.talk.before))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool
one_message(int fd, uint32_t flags, struct arena *a, char *buf,
    unsigned long n)
{
	const struct talk *t = &bench.talk;
	struct strbuf own;

	strbuf_init(&own, a);
	if (bench.sender.counts)
		add_sender(&own, &bench.sender, n);
	return step(fd, bench.sender.counts ? &own : &t->mail, buf,
	    !(flags & NR_MAIL)) &&
	    ((flags & NO_RCPT) != 0 ||
	    step(fd, &t->rcpt, buf, !(flags & NR_RCPT))) &&
	    say(fd, flags & NO_EOH ? &t->without_eoh : &t->message) &&
	    outcome(fd, buf);
}

/* Whether there is one more to say, and its number. */
static bool
next_message(unsigned long *n_out)
{
	*n_out = atomic_fetch_add(&begun, 1);
	return bench.most > 0 ? *n_out < bench.most : now() < bench.until;
}

/* One connection after the other. */
static void *
connections(void *ctx)
{
	struct arena *a = arena_new(0);
	char *buf = malloc(REPLY);
	unsigned long n, left = 0;
	uint32_t flags = 0;
	int fd = -1;

	(void)ctx;
	while (a != NULL && buf != NULL && next_message(&n)) {
		arena_reset(a);
		if (left == 0) {
			fd = arrive(a, buf, &flags);
			left = bench.each;
		}
		if (fd >= 0 && one_message(fd, flags, a, buf, n)) {
			atomic_fetch_add(&done, 1);
			left--;
		} else {
			atomic_fetch_add(&wrong, 1);
			left = 0;
		}
		if (left == 0 && fd >= 0) {
			close(fd);
			fd = -1;
		}
	}
	if (fd >= 0)
		close(fd);
	free(buf);
	arena_free(a);
	return NULL;
}

/* ---- what it cost ------------------------------------------------------- */

/* Seconds of CPU that the process has used. */
static double
cpu_of(pid_t pid)
{
	struct timespec ts = { 0, 0 };
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) == 0)
		(void)clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static long
resident_kb(pid_t pid)
{
	long pages = 0;
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%ld/statm", (long)pid);
	f = fopen(name, "re");
	if (f == NULL || fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static bool
run(const char *number, const char *seconds)
{
	char *rest;
	long i, n = 0, wanted = strtol(number, &rest, 10);
	pthread_t *thread = calloc((size_t)wanted, sizeof(*thread));

	bench.each = *rest == 'x' ? strtoul(rest + 1, NULL, 10) : 1;
	if (seconds[0] == '=')
		bench.most = strtoul(seconds + 1, NULL, 10);
	else
		bench.until = now() + strtod(seconds, NULL);
	for (i = 0; thread != NULL && i < wanted; i++)
		n += pthread_create(&thread[i], NULL, connections, NULL) == 0;
	for (i = 0; i < n; i++)
		(void)pthread_join(thread[i], NULL);
	free(thread);
	return n == wanted && atomic_load(&wrong) == 0 &&
	    atomic_load(&done) > 0;
}

static struct span
read_all(struct arena *a, FILE *f)
{
	struct strbuf sb;
	char buf[65536];
	size_t n;

	strbuf_init(&sb, a);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		strbuf_add(&sb, (struct span){ buf, n });
	return strbuf_span(&sb);
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	struct talk *t = &bench.talk;
	double began, cpu, seconds;
	struct span text;
	pid_t pid;

	if (argc != 8 || a == NULL || strlen(argv[1]) >=
	    sizeof(bench.addr.sun_path)) {
		fputs("usage: client SOCKET PID CONNECTIONS SECONDS IP SENDER "
		    "WANTED < MESSAGE\n", stderr);
		return 2;
	}
	bench.addr.sun_family = AF_UNIX;
	memcpy(bench.addr.sun_path, argv[1], strlen(argv[1]));
	bench.wanted = span_of(argv[7]);
	bench.sender = sender_of(argv[6]);
	pid = (pid_t)strtol(argv[2], NULL, 10);
	strbuf_init(&t->before, a);
	strbuf_init(&t->mail, a);
	strbuf_init(&t->rcpt, a);
	strbuf_init(&t->message, a);
	strbuf_init(&t->without_eoh, a);
	talk_begin(t, a, argv[5]);
	text = read_all(a, stdin);
	add_message(&t->message, a, text, true);
	add_message(&t->without_eoh, a, text, false);
	began = now();
	cpu = cpu_of(pid);
	if (!run(argv[3], argv[4]))
		return 1;
	seconds = now() - began;
	cpu = cpu_of(pid) - cpu;
	printf("%.0f %.1f %ld\n", (double)atomic_load(&done) / seconds,
	    cpu * 1e6 / (double)atomic_load(&done), resident_kb(pid));
	arena_free(a);
	return 0;
}
