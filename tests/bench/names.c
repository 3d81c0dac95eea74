/*
 * A DNS server on loopback that knows as many names as one likes: what zone
 * text (tests/lib/dnstable.h) on standard input says, and any name below
 * fill.example. There NAME.fill.example has an SPF record whose ten terms
 * name hosts below NAME that are not the client (a message from there asks
 * eleven questions that nobody has asked before), and the hosts have an
 * address. usage: names CLIENT-IP; prints its port.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/dnswire.h"

#define FILL		".fill.example"
#define TTL		3600u
#define HEADER		((size_t)12)
#define BUDGET		10u	/* one question is asked of the table */

struct question {
	unsigned	 id, type;
	char		 name[256];	/* in lower case */
};

/* Name and type of the question; false for what is none. */
static bool
read_question(const uint8_t *p, size_t len, struct question *q)
{
	size_t at = HEADER, n = 0, i;

	while (at < len && p[at] != 0) {
		size_t label = p[at++];

		if (label > 63 || at + label >= len ||
		    n + label + 2 > sizeof(q->name))
			return false;
		for (i = 0; i < label; i++)
			q->name[n++] = (char)ascii_lower(p[at + i]);
		q->name[n++] = '.';
		at += label;
	}
	if (n == 0 || at + 5 > len)
		return false;
	q->name[n - 1] = '\0';
	q->id = (unsigned)(p[0] << 8 | p[1]);
	q->type = (unsigned)(p[at + 1] << 8 | p[at + 2]);
	return true;
}

static bool
is_fill(struct span name, struct span *own_out)
{
	struct span tail = SPAN(FILL);

	if (name.len <= tail.len || !span_eq(span_skip(name,
	    name.len - tail.len), tail))
		return false;
	*own_out = span_head(name, name.len - tail.len);
	return true;
}

static void
answer_fill(struct dnswire *m, const struct question *q, struct span own,
    struct span record)
{
	static const char address[] = { (char)192, 0, 2, 1 };
	bool host = span_find(own, '.') < own.len;

	if (q->type == DNS_A && host)
		dnswire_rr(m, WIRE_ANSWERS, q->name, DNS_A, TTL,
		    (struct span){ address, sizeof(address) });
	else if (q->type == DNS_TXT && !host)
		dnswire_txt(m, q->name, TTL, record);
	else
		dnswire_soa(m, "fill.example", TTL, TTL);
}

static void
add_record(struct dnswire *m, const char *name, enum dns_type type,
    const struct dns_record *r)
{
	char host[256];

	switch (type) {
	case DNS_A:
		dnswire_rr(m, WIRE_ANSWERS, name, DNS_A, TTL,
		    (struct span){ (const char *)&r->a, sizeof(r->a) });
		break;
	case DNS_TXT:
		dnswire_txt(m, name, TTL, r->txt);
		break;
	case DNS_PTR:
		(void)snprintf(host, sizeof(host), "%.*s", SPAN_ARG(r->name));
		dnswire_name(m, name, DNS_PTR, TTL, host);
		break;
	case DNS_MX:
	case DNS_AAAA:
		break;		/* no benchmark has any */
	}
}

static void
answer_table(struct dnswire *m, const struct question *q, struct dns *table)
{
	struct dns_scope *scope = dns_scope_new(table, BUDGET);
	const struct dns_answer *ans;
	size_t i;

	if (scope == NULL)
		return;
	ans = dns_lookup(scope, (enum dns_type)q->type, span_of(q->name));
	if (ans->status == DNS_NXDOMAIN)
		m->b[3] |= WIRE_NXDOMAIN;
	for (i = 0; i < ans->count; i++)
		add_record(m, q->name, (enum dns_type)q->type,
		    &ans->record[i]);
	if (ans->count == 0)
		dnswire_soa(m, "example", TTL, TTL);
	dns_scope_free(scope);
}

static void
serve(int fd, struct dns *table, struct span record)
{
	static struct dnswire m;
	struct sockaddr_storage from;
	struct question q;
	struct span own;
	uint8_t b[1232];
	socklen_t len;
	ssize_t n;

	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, b, sizeof(b), 0, (struct sockaddr *)&from,
		    &len);
		if (n < 0)
			return;
		if (!read_question(b, (size_t)n, &q))
			continue;
		dnswire_begin(&m, q.id, WIRE_ANSWER);
		dnswire_question(&m, q.name, (int)q.type);
		if (is_fill(span_of(q.name), &own))
			answer_fill(&m, &q, own, record);
		else
			answer_table(&m, &q, table);
		(void)sendto(fd, m.b, m.len, 0, (struct sockaddr *)&from, len);
	}
}

/* A socket on a port that was free; its number is printed. */
static int
listen_udp(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) != 0)
		return -1;
	printf("%u\n", ntohs(sin.sin_port));
	fflush(stdout);
	return fd;
}

static const char *
read_text(struct arena *a, FILE *f)
{
	struct strbuf sb;
	char line[4096];

	strbuf_init(&sb, a);
	while (fgets(line, sizeof(line), f) != NULL)
		strbuf_adds(&sb, line);
	return strbuf_str(&sb);
}

int
main(int argc, char **argv)
{
	struct dnstable *table = dnstable_new();
	struct arena *a = arena_new(0);
	struct strbuf record;
	struct dns *dns;
	char c;
	int fd;

	if (argc != 2 || a == NULL || !dnstable_zone(table,
	    read_text(a, stdin))) {
		fputs("usage: names CLIENT-IP < ZONE\n", stderr);
		return 2;
	}
	strbuf_init(&record, a);
	strbuf_adds(&record, "v=spf1");
	for (c = 'a'; c <= 'j'; c++)
		strbuf_addf(&record, " a:%c.%%{d}", c);
	strbuf_addf(&record, " ip4:%s -all", argv[1]);
	dns = dnstable_open(table);
	fd = listen_udp();
	if (dns == NULL || fd < 0)
		return 1;
	serve(fd, dns, strbuf_span(&record));
	return 1;
}
