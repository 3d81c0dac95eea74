/*
 * One piece of work, again and again: to be timed, or counted instruction by
 * instruction (tests/bench/instructions). usage: micro WORK [ROUNDS]
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "message/address.h"
#include "message/canon.h"
#include "message/taglist.h"
#include "policy/dkim.h"
#include "tests/lib/spfworld.h"
#include "wire/milter.h"

#define BODY_BYTES	((size_t)100 << 10)

static const char signature[] =
    " v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=2026;\r\n"
    "\tt=1795255200; h=From:To:Subject:Date:Message-ID:MIME-Version:\r\n"
    "\t Content-Type; bh=3aHk+wj37ZqhSOPdPqm/2l7n+5TKjOX02pziCkHMtcE=;\r\n"
    "\tb=nq8Gllx4yRinvDsyl7ynTXn4OpE/xsvna0rveUlbIZ1CYxHF7rdvm7JAIi103MXy\r\n"
    "\t vZcSxm9G89Bu5GP3TP5J1NEBA/dkOTAA/LTCvy5YyjAyuUrFutBwTM+tA1aaYcKN\r\n"
    "\t nNRUenh+qet2UWlcbKEluHPrXYw09KLbA0wzx2dM5+ggbrcqLFTl4fRH4tVz6QGT\r\n"
    "\t mdDKARqmixU3Eem6abTlDgIisJjLMEDHUTffuuTqPTDuZpf2Q9nyM3VQdpRYa6+u\r\n"
    "\t lyvxgbE5hkf4zuGA4ImdW6khITBqdzPfVLwAnS3Hi0mjH4M9cFHLxw==";

static const char zone[] =
    "example.org TXT \"v=spf1 a mx include:one.example include:two.example "
    "ip4:192.0.2.0/24 ~all\"\n"
    "example.org A 203.0.113.1\n"
    "example.org MX 10 mx.example.org\n"
    "mx.example.org A 203.0.113.2\n"
    "one.example TXT \"v=spf1 ip4:203.0.113.16/28 ip4:203.0.113.32/28 "
    "ip6:2001:db8::/32 -all\"\n"
    "two.example TXT \"v=spf1 include:three.example -all\"\n"
    "three.example TXT \"v=spf1 exists:%{ir}.%{v}.list.example -all\"\n";

/* What a work needs, made before anything is measured. */
struct bench {
	struct arena	*a;		/* emptied before each round */
	struct span	 body;
	struct headers	 headers;
	struct world	 world;
	struct span	 packets;	/* of an MTA */
	size_t		 octets;	/* so that nothing is left out */
};

/* ---- the text ----------------------------------------------------------- */

/* The same numbers everywhere and always. */
static unsigned
next_number(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16;
}

/*
 * Lines of words as people write them; every `odd`th space is a tab or two
 * spaces (0: none).
 */
static struct span
text(struct arena *a, size_t len, unsigned odd)
{
	static const char *const words[] = {
		"lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "et",
		"adipiscing", "elit", "sed", "do", "magna", "aliqua.", "ut",
	};
	unsigned state = 1, n;
	struct strbuf sb;
	size_t column = 0;

	strbuf_init(&sb, a);
	while (sb.len < len) {
		const char *word = words[next_number(&state) % 14];

		n = next_number(&state);
		strbuf_adds(&sb, word);
		column += strlen(word) + 1;
		if (column > 66) {
			strbuf_adds(&sb, n % 8 > 0 ? "\r\n" : "\r\n\r\n");
			column = 0;
		} else if (odd == 0 || n % odd != 0)
			strbuf_addc(&sb, ' ');
		else
			strbuf_adds(&sb, n % 2 > 0 ? "\t" : "  ");
	}
	return strbuf_span(&sb);
}

static void
packet(struct strbuf *sb, char command, struct span data)
{
	uint32_t len = htonl((uint32_t)data.len + 1);

	strbuf_add(sb, (struct span){ (char *)&len, sizeof(len) });
	strbuf_addc(sb, command);
	strbuf_add(sb, data);
}

/* One connection with one message, as an MTA tells it to signetd. */
static struct span
conversation(struct arena *a, struct span body)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	packet(&sb, 'O', SPAN("\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"));
	packet(&sb, 'D', SPAN("Cj\0mx.example.org\0{daemon_name}\0smtpd\0"));
	packet(&sb, 'C', SPAN("mail.example.com\0" "4\0\0" "192.0.2.10\0"));
	packet(&sb, 'H', SPAN("mail.example.com\0"));
	packet(&sb, 'D', SPAN("M{auth_type}\0\0{auth_authen}\0\0"));
	packet(&sb, 'M', SPAN("<alice@example.com>\0"));
	for (i = 0; i < 25; i++)
		packet(&sb, 'L', SPAN("X-Field\0 of a length that many of "
		    "them have, or nearly so\0"));
	packet(&sb, 'B', span_head(body, 5000));
	packet(&sb, 'D', SPAN("Ei\0" "4BcDeF01\0"));
	packet(&sb, 'E', SPAN(""));
	packet(&sb, 'Q', SPAN(""));
	return strbuf_span(&sb);
}

/* ---- the work ----------------------------------------------------------- */

static void
count_octets(void *ctx, const char *p, size_t len)
{
	struct bench *b = ctx;

	(void)p;
	b->octets += len;
}

static void
canon(struct bench *b, enum canon kind)
{
	struct canon_body c;

	canon_body_init(&c, kind, count_octets, b);
	canon_body_feed(&c, b->body.p, b->body.len);
	canon_body_finish(&c);
}

static void
simple(struct bench *b)
{
	canon(b, CANON_SIMPLE);
}

static void
relaxed(struct bench *b)
{
	canon(b, CANON_RELAXED);
}

static void
header(struct bench *b)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, b->a);
	for (i = 0; i < b->headers.count; i++)
		canon_header(&sb, CANON_RELAXED, &b->headers.field[i]);
	b->octets += sb.len;
}

static void
tags(struct bench *b)
{
	struct taglist list;

	if (taglist_parse(b->a, span_of(signature), &list, NULL) ==
	    TAGLIST_OK)
		b->octets += list.count;
}

static void
dkim(struct bench *b)
{
	struct header field = { .name = SPAN("DKIM-Signature"),
		.value = span_of(signature) };
	struct dkim_signature sig;
	const char *why;

	if (dkim_signature_parse(b->a, &field, &sig, &why) == RESULT_NONE)
		b->octets += sig.signature.len;
}

static void
from(struct bench *b)
{
	static const char *const rows[] = {
		" Alice <alice@example.org>",
		" \"Bob, of the house\" (in the garden) <bob@mail.example.org>",
		" =?utf-8?q?Carl_M=C3=BCller?= <carl.mueller@example.com>",
		" dora@example.net, Emil <emil@example.net>",
	};
	struct from f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (from_parse(b->a, span_of(rows[i]), &f) == FROM_OK)
			b->octets += f.count;
}

/* Every answer is in the cache, as in all messages but the first. */
static void
spf(struct bench *b)
{
	struct dns_scope *scope = dns_scope_new(b->world.dns,
	    SPF_MAX_QUESTIONS);
	struct spf_result r;

	spf_prefetch(scope, &b->world.set, &b->world.c, SPF_MAIL_FROM);
	spf_check(b->a, scope, &b->world.set, &b->world.c, SPF_MAIL_FROM,
	    NULL, &r);
	dns_scope_free(scope);
	b->octets += r.result == RESULT_SOFTFAIL;
}

static void *
agree(void *ctx, struct milter *m, struct milter_terms *terms)
{
	(void)m;
	terms->actions &= MILTER_ADDHDRS;
	terms->steps &= MILTER_NR_CONN | MILTER_NR_HELO | MILTER_NR_HDR |
	    MILTER_NR_BODY | MILTER_HDR_LEADSPC;
	return ctx;
}

static enum milter_answer
hear_client(void *s, const struct milter_client *client)
{
	count_octets(s, client->name.p, client->name.len);
	return ANSWER_CONTINUE;
}

static enum milter_answer
hear(void *s, struct span text)
{
	count_octets(s, text.p, text.len);
	return ANSWER_CONTINUE;
}

static enum milter_answer
hear_field(void *s, struct span name, struct span value)
{
	count_octets(s, name.p, name.len + value.len);
	return ANSWER_CONTINUE;
}

static void
hear_body(void *s, struct span piece)
{
	count_octets(s, piece.p, piece.len);
}

static enum milter_answer
hear_end(void *s)
{
	(void)s;
	return ANSWER_CONTINUE;
}

static void
hear_close(void *s)
{
	(void)s;
}

/* The protocol by itself. */
static void
packets(struct bench *b)
{
	static const struct milter_handler h = {
		.negotiate = agree, .connect = hear_client, .helo = hear,
		.mail = hear, .rcpt = hear, .header = hear_field,
		.body = hear_body, .end = hear_end, .abort = hear_close,
		.renew = hear_close, .close = hear_close,
	};
	struct milter *m = milter_new(&h, b, NULL, NULL);

	if (m != NULL && milter_feed(m, b->packets) == MILTER_QUIT)
		b->octets += milter_output(m).len;
	milter_free(m);
}

static const struct work {
	const char	*name;
	void		 (*run)(struct bench *b);
	unsigned	 odd;		/* of the text */
} works[] = {
	{ "simple",	simple,		0 },
	{ "relaxed",	relaxed,	100 },
	{ "tabs",	relaxed,	2 },	/* relaxed at its worst */
	{ "header",	header,		10 },
	{ "tags",	tags,		0 },
	{ "signature",	dkim,		0 },
	{ "from",	from,		0 },
	{ "spf",	spf,		0 },
	{ "packets",	packets,	0 },
};

/* ---- the measurement ---------------------------------------------------- */

/* What tests/bench/instructions counts: everything in here. */
static void __attribute__((noinline))
measured(const struct work *w, struct bench *b, unsigned long rounds)
{
	for (; rounds > 0; rounds--) {
		arena_reset(b->a);
		w->run(b);
	}
}

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static const struct work *
work_named(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (strcmp(works[i].name, name) == 0)
			return &works[i];
	return NULL;
}

static void
names_print(void)
{
	size_t i;

	for (i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		puts(works[i].name);
}

int
main(int argc, char **argv)
{
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
	const struct work *w = argc > 1 ? work_named(argv[1]) : NULL;
	struct arena *a = arena_new(0), *scratch = arena_new(0);
	struct bench b = { .a = scratch };
	struct span rest;
	double began;

	if (w == NULL || a == NULL || scratch == NULL || rounds == 0) {
		names_print();
		return argc > 1 ? 2 : 0;
	}
	b.body = text(a, BODY_BYTES, w->odd);
	b.packets = conversation(a, b.body);
	headers_init(&b.headers, a, 0);
	for (rest = span_head(b.body, 2000); rest.len > 0;
	    rest = span_skip(rest, 100))
		(void)headers_add(&b.headers, SPAN("Subject"), SPAN(""),
		    span_head(rest, 100));
	b.world = world_of(zone, "198.51.100.7", "mail.example.org",
	    "alice@example.org");
	measured(w, &b, 1);		/* caches and lazy binding */
	b.octets = 0;
	began = now();
	measured(w, &b, rounds);
	printf("%s: %.3f us a round (%zu)\n", w->name,
	    (now() - began) * 1e6 / (double)rounds,
	    b.octets / rounds);
	world_free(&b.world);
	arena_free(scratch);
	arena_free(a);
	return b.octets > 0 ? 0 : 1;
}
