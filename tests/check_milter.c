/*
 * tests of wire/milter.c, and through it of wire/macros.c and wire/buffer.c
 *
 * What is wanted comes from the descriptions of the protocol and from what
 * Sendmail and Postfix say of it; "(v6)" marks what only its extension has.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/testlib.h"
#include "wire/buffer.h"
#include "wire/milter.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define MAX_PACKETS	16

/* A packet: its command, its data; the length comes of itself. */
#define P(lit)	{ "" lit, sizeof(lit) - 1 }

/* What Sendmail and Postfix offer, all of it, and answers to that. */
#define OFFER	P("O\0\0\0\6\0\0\1\xff\0\x1f\xff\xff")
#define NOTHING	P("O\0\0\0\6\0\0\0\0\0\0\0\0")
#define EDITS	P("O\0\0\0\6\0\0\0\x31\0\0\0\0")
#define ALL_EDITS	(MILTER_ADDHDRS | MILTER_CHGHDRS | MILTER_QUARANTINE)

/* ---- a handler that writes down what it is told ------------------------- */

struct world;

/* An answer, and the words said before it. */
struct act {
	enum milter_answer answer;
	unsigned	 code;			/* 0: no words */
	const char	*text;
};

struct row {
	const char	*what;
	struct milter_terms want;
	struct act	 act;			/* to all events */
	void		(*negotiate)(struct world *w);
	void		(*event)(struct world *w);	/* each but body */
	const char	*macro;			/* shown with each event */
	struct span	 in[MAX_PACKETS];
	struct span	 behind;		/* bytes, no packet */
	const char	*log;
	struct span	 out[MAX_PACKETS];
	enum milter_state state;
	const char	*why;
};

struct world {
	const struct row *row;
	struct milter	*milter;
	char		 log[4096];
	size_t		 len;
	bool		 in_body;
	char		*fed;			/* as long as it is needed */
	size_t		 fed_len;
	char		 out[8192];
	size_t		 out_len;
	unsigned	 closed;
};

static void
log_add(struct world *w, struct span s)
{
	size_t i;

	if (s.len > 1024)
		s = SPAN("(long)");
	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		ck_assert_uint_lt(w->len, sizeof(w->log) - 8);
		w->len += (size_t)snprintf(w->log + w->len, 8,
		    c < ' ' || c >= 0x7f ? "\\x%02x" : "%c", c);
	}
}

/* The events are separated by semicolons. */
static void
log_event(struct world *w, const char *event)
{
	milter_will_wait(w->milter);
	if (w->len > 0)
		log_add(w, SPAN("; "));
	w->in_body = false;
	log_add(w, span_of(event));
}

static void
log_word(struct world *w, struct span word)
{
	log_add(w, SPAN(" "));
	log_add(w, word);
}

static void
log_flag(struct world *w, bool flag)
{
	log_word(w, flag ? SPAN("yes") : SPAN("no"));
}

static void
log_macro(struct world *w, const char *name)
{
	struct span value = milter_macro(w->milter, name);

	log_word(w, span_of(name));
	log_add(w, value.p == NULL ? SPAN(" none") : SPAN("="));
	log_add(w, value);
}

static enum milter_answer
event_done(struct world *w)
{
	const struct act *act = &w->row->act;

	if (w->row->macro != NULL)
		log_macro(w, w->row->macro);
	if (w->row->event != NULL)
		w->row->event(w);
	if (act->code != 0)
		milter_refuse(w->milter, act->code,
		    act->code < 500 ? "4.7.1" : "5.7.1", act->text);
	return act->answer;
}

static void *
on_negotiate(void *ctx, struct milter *m, struct milter_terms *terms)
{
	struct world *w = ctx;
	char text[64];

	w->milter = m;
	(void)snprintf(text, sizeof(text), "offer %x %x", terms->actions,
	    terms->steps);
	log_event(w, text);
	*terms = w->row->want;
	if (w->row->negotiate != NULL)
		w->row->negotiate(w);
	return w;
}

static enum milter_answer
on_connect(void *s, const struct milter_client *c)
{
	struct world *w = s;
	char ip[INET6_ADDRSTRLEN];

	log_event(w, "connect");
	log_word(w, c->name);
	if (c->has_ip)
		log_word(w, span_of(inet_ntop(AF_INET6, &c->ip, ip,
		    sizeof(ip))));
	return event_done(w);
}

static enum milter_answer
word_event(struct world *w, const char *event, struct span word)
{
	log_event(w, event);
	log_word(w, word);
	return event_done(w);
}

static enum milter_answer
on_helo(void *s, struct span name)
{
	return word_event(s, "helo", name);
}

static enum milter_answer
on_mail(void *s, struct span path)
{
	return word_event(s, "mail", path);
}

static enum milter_answer
on_rcpt(void *s, struct span path)
{
	return word_event(s, "rcpt", path);
}

static enum milter_answer
on_header(void *s, struct span name, struct span value)
{
	log_event(s, "header");
	log_word(s, name);
	log_add(s, SPAN(":"));
	log_add(s, value);
	return event_done(s);
}

/* Pieces that follow each other are one: they are cut anywhere. */
static void
on_body(void *s, struct span piece)
{
	struct world *w = s;

	milter_will_wait(w->milter);
	if (!w->in_body)
		log_event(w, "body ");
	w->in_body = true;
	log_add(w, piece);
	ck_assert(!milter_quarantine(w->milter, SPAN("not here")));
}

static enum milter_answer
on_end(void *s)
{
	log_event(s, "end");
	return event_done(s);
}

static void
on_abort(void *s)
{
	log_event(s, "abort");
	(void)event_done(s);
}

static void
on_renew(void *s)
{
	log_event(s, "renew");
	(void)event_done(s);
}

static void
on_close(void *s)
{
	struct world *w = s;

	w->closed++;
}

static const struct milter_handler handler = {
	.negotiate = on_negotiate, .connect = on_connect, .helo = on_helo,
	.mail = on_mail, .rcpt = on_rcpt, .header = on_header,
	.body = on_body, .end = on_end, .abort = on_abort, .renew = on_renew,
	.close = on_close,
};

/* ---- a conversation, cut at will ---------------------------------------- */

struct bytes {
	char	 p[8192];
	size_t	 len;
};

static void
add_packets(struct bytes *b, const struct span *packet)
{
	for (; packet->p != NULL; packet++) {
		uint32_t n = htonl((uint32_t)packet->len);

		ck_assert_uint_le(packet->len + 4, sizeof(b->p) - b->len);
		memcpy(b->p + b->len, &n, 4);
		memcpy(b->p + b->len + 4, packet->p, packet->len);
		b->len += 4 + packet->len;
	}
}

/* Take what is to be sent, in two parts. */
static void
take_output(struct world *w, struct milter *m)
{
	struct span out;

	while ((out = milter_output(m)).len > 0) {
		size_t n = (out.len + 1) / 2;

		ck_assert_uint_le(n, sizeof(w->out) - w->out_len);
		memcpy(w->out + w->out_len, out.p, n);
		w->out_len += n;
		milter_sent(m, n);
	}
}

/* Each event waits: what is not needed any more goes, as in wire/pool.c. */
static void
drop_fed(void *ctx)
{
	struct world *w = ctx;

	if (!milter_input_spent(w->milter) || w->fed == NULL)
		return;
	memset(w->fed, '#', w->fed_len);
	free(w->fed);
	w->fed = NULL;
}

/* Feed a copy that ends where it ends, so that nobody reads behind it. */
static enum milter_state
feed(struct world *w, struct milter *m, struct span in)
{
	char *copy = malloc(in.len > 0 ? in.len : 1);
	enum milter_state state;

	ck_assert_ptr_nonnull(copy);
	if (in.len > 0)
		memcpy(copy, in.p, in.len);
	w->fed = copy;
	w->fed_len = in.len;
	state = milter_feed(m, (struct span){ copy, in.len });
	free(w->fed);
	w->fed = NULL;
	take_output(w, m);
	return state;
}

static void
check_outcome(const struct world *w, struct milter *m,
    enum milter_state state, const char *cut)
{
	static struct bytes want;
	const struct row *row = w->row;
	const char *why = milter_why(m);

	want.len = 0;
	add_packets(&want, row->out);
	ck_assert_msg(w->len == strlen(row->log) &&
	    memcmp(w->log, row->log, w->len) == 0,
	    "%s, %s: \"%.*s\", want \"%s\"", row->what, cut, (int)w->len,
	    w->log, row->log);
	ck_assert_msg(state == row->state, "%s, %s: state %d (%s)",
	    row->what, cut, state, why != NULL ? why : "-");
	ck_assert_msg((why == NULL) == (row->why == NULL) && (why == NULL ||
	    strcmp(why, row->why) == 0), "%s, %s: \"%s\"", row->what, cut,
	    why != NULL ? why : "-");
	ck_assert_msg(w->out_len == want.len &&
	    memcmp(w->out, want.p, want.len) == 0,
	    "%s, %s: %zu bytes of output, want %zu, or others", row->what,
	    cut, w->out_len, want.len);
}

/* In pieces of `first`, then of `each` bytes. */
static void
converse(const struct row *row, struct span in, size_t first, size_t each)
{
	struct world w = { .row = row };
	struct milter *m = milter_new(&handler, &w, drop_fed, &w);
	enum milter_state state = MILTER_OPEN;
	size_t n = first;
	char cut[64];

	ck_assert_ptr_nonnull(m);
	for (; in.len > 0; in = span_skip(in, n), n = each) {
		if (n > in.len)
			n = in.len;
		state = feed(&w, m, span_head(in, n));
	}
	(void)snprintf(cut, sizeof(cut), "cut at %zu and each %zu", first,
	    each);
	check_outcome(&w, m, state, cut);
	ck_assert_int_eq(feed(&w, m, SPAN("")), state);
	milter_free(m);
	ck_assert_msg(w.closed == (w.milter != NULL), "%s: closed %u times",
	    row->what, w.closed);
}

/* Whole, cut in two at each place, byte by byte. */
static void
check_row(const struct row *row)
{
	static struct bytes b;
	struct span in = { b.p, 0 };
	size_t i;

	b.len = 0;
	add_packets(&b, row->in);
	ck_assert_uint_le(row->behind.len, sizeof(b.p) - b.len);
	if (row->behind.len > 0)
		memcpy(b.p + b.len, row->behind.p, row->behind.len);
	in.len = b.len + row->behind.len;
	for (i = 1; i <= in.len; i++)
		converse(row, in, i, in.len);
	converse(row, in, 1, 1);
	converse(row, in, 3, 2);
}

static void
check_rows(const struct row *row, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check_row(&row[i]);
}

/* ---- negotiation -------------------------------------------------------- */

static void
ask_two(struct world *w)
{
	milter_request_macros(w->milter, MILTER_CONNECT, "j {daemon_name}");
	milter_request_macros(w->milter, MILTER_EOM, "i");
}

static void
ask_none(struct world *w)
{
	milter_request_macros(w->milter, MILTER_EOH, "");
}

START_TEST(negotiation)
{
	static const struct row rows[] = {
		{ .what = "version 1", .log = "",
		    .in = { P("O\0\0\0\1\0\0\0\xf\0\0\0\x3f") },
		    .state = MILTER_BROKEN,
		    .why = "a version of the protocol before 2" },
		{ .what = "version 2", .log = "offer 3f 7f",
		    .in = { P("O\0\0\0\2\0\0\0\x3f\0\0\0\x7f") },
		    .out = { P("O\0\0\0\2\0\0\0\0\0\0\0\0") } },
		{ .what = "version 3", .log = "offer 1ff 7f",
		    .in = { P("O\0\0\0\3\0\0\1\xff\0\0\0\x7f") },
		    .out = { P("O\0\0\0\3\0\0\0\0\0\0\0\0") } },
		{ .what = "version 4", .log = "offer 1ff 3ff",
		    .in = { P("O\0\0\0\4\0\0\1\xff\0\0\3\xff") },
		    .out = { P("O\0\0\0\4\0\0\0\0\0\0\0\0") } },
		{ .what = "version 6", .log = "offer 1ff 1fffff",
		    .in = { OFFER }, .out = { NOTHING } },
		{ .what = "version 7: we speak 6", .log = "offer 1ff 1fffff",
		    .in = { P("O\0\0\0\7\0\0\1\xff\0\x1f\xff\xff") },
		    .out = { NOTHING } },
		{ .what = "a very high version", .log = "offer 1ff 1fffff",
		    .in = { P("O\xff\xff\xff\xff\0\0\1\xff\0\x1f\xff\xff") },
		    .out = { NOTHING } },
		{ .what = "what is offered and wanted",
		    .want = { 0x31, 0x180080 }, .log = "offer 1ff 1fffff",
		    .in = { OFFER },
		    .out = { P("O\0\0\0\6\0\0\0\x31\0\x18\0\x80") } },
		{ .what = "what is wanted and not offered",
		    .want = { 0xffffffff, 0xffffffff },
		    .log = "offer 11 40",
		    .in = { P("O\0\0\0\2\0\0\0\x11\0\0\0\x40") },
		    .out = { P("O\0\0\0\2\0\0\0\x11\0\0\0\x40") } },
		{ .what = "all bits there are",
		    .want = { 0xffffffff, 0xffffffff },
		    .log = "offer ffffffff ffffffff",
		    .in = { P("O\0\0\0\6\xff\xff\xff\xff\xff\xff\xff\xff") },
		    .out = { P("O\0\0\0\6\xff\xff\xff\xff"
			"\xff\xff\xff\xff") } },
		{ .what = "macros asked for (v6)",
		    .want = { MILTER_SETSYMLIST, 0 }, .negotiate = ask_two,
		    .log = "offer 1ff 1fffff", .in = { OFFER },
		    .out = { P("O\0\0\0\6\0\0\1\0\0\0\0\0"
			"\0\0\0\0j {daemon_name}\0"
			"\0\0\0\5i\0") } },
		{ .what = "no macros are wanted at a stage (v6)",
		    .want = { MILTER_SETSYMLIST, 0 }, .negotiate = ask_none,
		    .log = "offer 1ff 1fffff", .in = { OFFER },
		    .out = { P("O\0\0\0\6\0\0\1\0\0\0\0\0\0\0\0\6\0") } },
		{ .what = "macros an MTA does not want to hear of",
		    .want = { MILTER_SETSYMLIST, 0 }, .negotiate = ask_two,
		    .log = "offer 3f 7f",
		    .in = { P("O\0\0\0\2\0\0\0\x3f\0\0\0\x7f") },
		    .out = { P("O\0\0\0\2\0\0\0\0\0\0\0\0") } },
		{ .what = "a longer one, of a later version",
		    .log = "offer 1ff 1fffff",
		    .in = { P("O\0\0\0\7\0\0\1\xff\0\x1f\xff\xff more") },
		    .out = { NOTHING } },
		{ .what = "a short one", .log = "",
		    .in = { P("O\0\0\0\6\0\0\1\xff\0\x1f\xff") },
		    .state = MILTER_BROKEN,
		    .why = "a negotiation cut short" },
		{ .what = "an empty one", .log = "", .in = { P("O") },
		    .state = MILTER_BROKEN,
		    .why = "a negotiation cut short" },
		{ .what = "a second one", .log = "offer 1ff 1fffff; helo x",
		    .in = { OFFER, P("Hx\0"), OFFER, P("Hy\0") },
		    .out = { NOTHING, P("c") }, .state = MILTER_BROKEN,
		    .why = "a second negotiation" },
	};

	check_rows(rows, NROWS(rows));
}
END_TEST

/* Nothing but an end may come before it. */
START_TEST(before_negotiation)
{
	static const char commands[] = "ABCDEHKLMNRTUX";
	char packet[] = "?x\0y\0";
	struct row row = { .what = packet, .log = "",
	    .state = MILTER_BROKEN,
	    .why = "no negotiation at its beginning" };
	size_t i;

	for (i = 0; i < sizeof(commands) - 1; i++) {
		packet[0] = commands[i];
		row.in[0] = (struct span){ packet, sizeof(packet) - 1 };
		check_row(&row);
	}
	row = (struct row){ .what = "quit", .log = "", .in = { P("Q") },
	    .behind = P("behind"), .state = MILTER_QUIT };
	check_row(&row);
}
END_TEST

static void *
refuse_all(void *ctx, struct milter *m, struct milter_terms *terms)
{
	(void)ctx, (void)m, (void)terms;
	return NULL;
}

START_TEST(negotiate_refuses)
{
	struct milter_handler h = handler;
	struct world w = { .closed = 0 };
	static struct bytes b;
	const struct span in[] = { OFFER, { NULL, 0 } };
	struct milter *m;

	h.negotiate = refuse_all;
	m = milter_new(&h, &w, NULL, NULL);
	ck_assert_ptr_nonnull(m);
	add_packets(&b, in);
	ck_assert_int_eq(feed(&w, m, (struct span){ b.p, b.len }),
	    MILTER_BROKEN);
	ck_assert_ptr_nonnull(milter_why(m));
	milter_free(m);
	ck_assert_uint_eq(w.closed, 0);
	ck_assert_uint_eq(w.out_len, 0);
	milter_free(NULL);
}
END_TEST

/* ---- events and their replies ------------------------------------------- */

#define OFFERED	"offer 1ff 1fffff; "

/* A command, what it tells the handler, the step that takes its reply. */
static const struct event {
	struct span	 packet;
	const char	*log;
	uint32_t	 no_reply;	/* 0: there is none in the protocol */
	bool		 answered;	/* by the handler; else "continue" */
} events[] = {
	{ P("C[192.0.2.1]\0" "4\x12\x34" "192.0.2.1\0"),
	    "connect [192.0.2.1] ::ffff:192.0.2.1", 0x1000, true },
	{ P("Hmail.example\0"), "helo mail.example", 0x2000, true },
	{ P("M<a@a.example>\0SIZE=1\0BODY=8BITMIME\0"),
	    "mail <a@a.example>", 0x4000, true },
	{ P("R<b@b.example>\0"), "rcpt <b@b.example>", 0x8000, true },
	{ P("T"), NULL, 0x10000, false },
	{ P("LSubject\0 a\n b\0"), "header Subject: a\\x0a b", 0x80, true },
	{ P("N"), NULL, 0x40000, false },
	{ P("Bab\r\n\0\xff"), "body ab\\x0d\\x0a\\x00\\xff", 0x80000, false },
	{ P("B"), NULL, 0x80000, false },
	{ P("E"), "end", 0, true },
	{ P("Elast"), "body last; end", 0, true },
	{ P("UFOO bar\0"), NULL, 0x20000, false },
};

static void
check_event(const struct event *e, uint32_t steps, const struct act *act,
    struct span want)
{
	char agreed[] = "O\0\0\0\6\0\0\0\0\0\0\0\0", log[256];
	uint32_t wire = htonl(steps);
	struct row row = { .what = e->packet.p, .want = { 0, steps },
	    .act = *act, .in = { OFFER, e->packet, P("Q") }, .log = log,
	    .state = MILTER_QUIT };
	size_t n = 0;

	memcpy(agreed + 9, &wire, sizeof(wire));
	row.out[n++] = (struct span){ agreed, sizeof(agreed) - 1 };
	if (e->no_reply == 0 || (steps & e->no_reply) == 0)
		row.out[n++] = want;
	(void)snprintf(log, sizeof(log), "offer 1ff 1fffff%s%s",
	    e->log != NULL ? "; " : "", e->log != NULL ? e->log : "");
	check_row(&row);
}

/* An answer: with all replies, without any, its own, with that alone. */
static void
check_answers(const struct act *act, struct span want)
{
	static const struct span go_on = P("c");
	size_t i;

	for (i = 0; i < NROWS(events); i++) {
		const struct event *e = &events[i];
		struct span reply = e->answered ? want : go_on;

		check_event(e, 0, act, reply);
		check_event(e, 0xff080, act, reply);
		check_event(e, e->no_reply, act, reply);
		check_event(e, 0xff080 & ~e->no_reply, act, reply);
	}
}

START_TEST(replies)
{
	static const struct {
		struct act act;
		struct span want;
	} rows[] = {
		{ { ANSWER_CONTINUE, 0, NULL }, P("c") },
		{ { ANSWER_REJECT, 0, NULL }, P("r") },
		{ { ANSWER_TEMPFAIL, 0, NULL }, P("t") },
		{ { ANSWER_DISCARD, 0, NULL }, P("d") },
		/* words of another class are not used */
		{ { ANSWER_REJECT, 550, "no" }, P("y550 5.7.1 no\0") },
		{ { ANSWER_REJECT, 451, "no" }, P("r") },
		{ { ANSWER_TEMPFAIL, 451, "no" }, P("y451 4.7.1 no\0") },
		{ { ANSWER_TEMPFAIL, 550, "no" }, P("t") },
		{ { ANSWER_CONTINUE, 550, "no" }, P("c") },
		{ { ANSWER_DISCARD, 550, "no" }, P("d") },
		{ { ANSWER_REJECT, 250, "ok" }, P("r") },
		/* "%" begins a format to the MTA */
		{ { ANSWER_REJECT, 550, "5% %s %%" },
		    P("y550 5.7.1 5%% %%s %%%%\0") },
		{ { ANSWER_REJECT, 550, "a\r\nb\tc\x1f\x7f\x01" },
		    P("y550 5.7.1 a??b?c???\0") },
		{ { ANSWER_REJECT, 550, "\xc3\xbc~" },
		    P("y550 5.7.1 \xc3\xbc~\0") },
		{ { ANSWER_REJECT, 550, "" }, P("y550 5.7.1 \0") },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		check_answers(&rows[i].act, rows[i].want);
}
END_TEST

/* 980 bytes: MAXREPLYLEN of Sendmail. A doubled "%" is one. */
START_TEST(refusal_length)
{
	static const size_t rows[] = { 979, 980, 981, 5000 };
	static char text[5001], want[2048];
	struct act act = { ANSWER_REJECT, 550, text };
	size_t i, n, head = strlen("y550 5.7.1 ");

	for (i = 0; i < NROWS(rows); i++) {
		n = rows[i] < 980 ? rows[i] : 980;
		memset(text, 'x', rows[i]);
		text[rows[i]] = '\0';
		memcpy(want, "y550 5.7.1 ", head);
		memset(want + head, 'x', n);
		want[head + n] = '\0';
		check_event(&events[3], 0, &act,
		    (struct span){ want, head + n + 1 });
		memset(text, '%', rows[i]);
		memset(want + head, '%', 2 * n);
		want[head + 2 * n] = '\0';
		check_event(&events[3], 0, &act,
		    (struct span){ want, head + 2 * n + 1 });
	}
}
END_TEST

/* ---- conversations ------------------------------------------------------ */

/* Words belong to one event: the next one does not find them. */
static void
refuse_helo_x(struct world *w)
{
	if (w->len >= 6 && memcmp(w->log + w->len - 6, "helo x", 6) == 0)
		milter_refuse(w->milter, 550, "5.7.1", "old");
}

START_TEST(conversations)
{
	static const struct row rows[] = {
		{ .what = "words are for one event", .act = { ANSWER_REJECT,
		    0, NULL }, .event = refuse_helo_x,
		    .in = { OFFER, P("Hx\0"), P("Hy\0") },
		    .out = { NOTHING, P("y550 5.7.1 old\0"), P("r") },
		    .log = OFFERED "helo x; helo y" },
		{ .what = "words for an event without a reply", .want = { 0,
		    MILTER_NR_HELO }, .act = { ANSWER_REJECT, 0, NULL },
		    .event = refuse_helo_x,
		    .in = { OFFER, P("Hx\0"), P("M<>\0") },
		    .out = { P("O\0\0\0\6\0\0\0\0\0\0\x20\0"), P("r") },
		    .log = OFFERED "helo x; mail <>" },
		{ .what = "two messages, a third one aborted",
		    .in = { OFFER, P("Hx\0"), P("M<>\0"), P("R<b>\0"),
			P("T"), P("LA\0 1\0"), P("N"), P("Bone"), P("Btwo"),
			P("E"), P("M<c>\0"), P("E"), P("M<d>\0"), P("A"),
			P("Q") },
		    .out = { NOTHING, P("c"), P("c"), P("c"), P("c"), P("c"),
			P("c"), P("c"), P("c"), P("c"), P("c"), P("c"),
			P("c") },
		    .log = OFFERED "helo x; mail <>; rcpt <b>; header A: 1; "
			"body onetwo; end; mail <c>; end; mail <d>; abort",
		    .state = MILTER_QUIT },
		{ .what = "another client on the terms agreed on (v6)",
		    .want = { 0, MILTER_NR_HELO },
		    .in = { OFFER, P("Hx\0"), P("K"), P("Hy\0"),
			P("M<>\0") },
		    .out = { P("O\0\0\0\6\0\0\0\0\0\0\x20\0"), P("c") },
		    .log = OFFERED "helo x; renew; helo y; mail <>" },
		{ .what = "bytes behind the end", .in = { OFFER, P("Q") },
		    .behind = P("\0\0\0\3Hx\0"), .out = { NOTHING },
		    .log = "offer 1ff 1fffff", .state = MILTER_QUIT },
		{ .what = "packets behind the end",
		    .in = { OFFER, P("Qmore"), P("Hx\0"), OFFER },
		    .out = { NOTHING }, .log = "offer 1ff 1fffff",
		    .state = MILTER_QUIT },
		{ .what = "events in any order",
		    .in = { OFFER, P("A"), P("E"), P("N"), P("Bx"), P("E"),
			P("R<b>\0"), P("M<a>\0"), P("LA\0\0"), P("A"),
			P("A") },
		    .out = { NOTHING, P("c"), P("c"), P("c"), P("c"),
			P("c"), P("c"), P("c") },
		    .log = OFFERED "abort; end; body x; end; rcpt <b>; "
			"mail <a>; header A:; abort; abort" },
		{ .what = "texts without anything in them",
		    .in = { OFFER, P("H\0"), P("M\0"), P("R\0"),
			P("L\0\0") },
		    .out = { NOTHING, P("c"), P("c"), P("c"), P("c") },
		    .log = OFFERED "helo ; mail ; rcpt ; header :" },
	};

	check_rows(rows, NROWS(rows));
}
END_TEST

/* ---- bodies ------------------------------------------------------------- */

START_TEST(bodies)
{
	static const struct row rows[] = {
		{ .what = "chunks, one empty", .in = { OFFER, P("Bab"),
		    P("B"), P("Bc"), P("E") },
		    .out = { NOTHING, P("c"), P("c"), P("c"), P("c") },
		    .log = OFFERED "body abc; end" },
		{ .what = "no replies to chunks (v6)", .want = { 0,
		    MILTER_NR_BODY }, .in = { OFFER, P("Bab"), P("B"),
		    P("Bc"), P("E") },
		    .out = { P("O\0\0\0\6\0\0\0\0\0\x8\0\0"), P("c") },
		    .log = OFFERED "body abc; end" },
		{ .what = "only an empty one", .in = { OFFER, P("B"),
		    P("E") }, .out = { NOTHING, P("c"), P("c") },
		    .log = OFFERED "end" },
		{ .what = "the last of it with the end", .in = { OFFER,
		    P("Bab\r"), P("E\ncd"), P("M<>\0") },
		    .out = { NOTHING, P("c"), P("c"), P("c") },
		    .log = OFFERED "body ab\\x0d\\x0acd; end; mail <>" },
		{ .what = "it looks like packets", .in = { OFFER,
		    P("B\0\0\0\1Q\0\0\0\1A"), P("A") },
		    .out = { NOTHING, P("c") },
		    .log = OFFERED "body \\x00\\x00\\x00\\x01Q"
			"\\x00\\x00\\x00\\x01A; abort" },
		{ .what = "it is not all there", .in = { OFFER },
		    .behind = P("\0\0\0\5Babc"), .out = { NOTHING },
		    .log = OFFERED "body abc" },
		/* it is not kept: no limit is too high */
		{ .what = "a very large one", .in = { OFFER },
		    .behind = P("\xff\xff\xff\xff" "Babc"),
		    .out = { NOTHING }, .log = OFFERED "body abc" },
	};

	check_rows(rows, NROWS(rows));
}
END_TEST

/* ---- what is no packet -------------------------------------------------- */

START_TEST(malformed)
{
	static const struct row rows[] = {
#define BAD(name, packet, words) \
		{ .what = name, .in = { OFFER, packet, P("Hx\0") }, \
		    .out = { NOTHING }, .log = "offer 1ff 1fffff", \
		    .state = MILTER_BROKEN, .why = words }
		BAD("of length 0", P(""), "a packet without a command"),
		BAD("unknown command", P("X"),
		    "a command that the protocol does not have"),
		BAD("command NUL", P("\0"),
		    "a command that the protocol does not have"),
		BAD("command above ASCII", P("\xff"),
		    "a command that the protocol does not have"),
		BAD("a response", P("c"),
		    "a command that the protocol does not have"),
		BAD("HELO without NUL", P("Hx"), "a text without an end"),
		BAD("HELO of nothing", P("H"), "a text without an end"),
		BAD("MAIL without NUL", P("M<>"), "a text without an end"),
		BAD("RCPT without NUL", P("R<>"), "a text without an end"),
		BAD("header without value", P("LA\0"),
		    "a header field without an end"),
		BAD("header, value without NUL", P("LA\0 b"),
		    "a header field without an end"),
		BAD("header of nothing", P("L"),
		    "a header field without an end"),
		BAD("macros of nothing", P("D"), "a macro without a value"),
		BAD("macro without value", P("DMi\0"),
		    "a macro without a value"),
		BAD("three strings", P("DMi\0" "1\0j\0"),
		    "a macro without a value"),
		BAD("macro, value without NUL", P("DMi\0" "1"),
		    "a macro without a value"),
		BAD("macro, text behind", P("DMi\0" "1\0j"),
		    "a macro without a value"),
		BAD("also at no stage", P("DBi\0"),
		    "a macro without a value"),
		{ .what = "too long, before it is there", .in = { OFFER },
		    .behind = P("\xff\xff\xff\xffL"), .out = { NOTHING },
		    .log = "offer 1ff 1fffff", .state = MILTER_BROKEN,
		    .why = "a packet that is too long" },
		{ .what = "too long, at the beginning", .log = "",
		    .behind = P("GET / HTTP/1.0\r\n\r\n"),
		    .state = MILTER_BROKEN,
		    .why = "a packet that is too long" },
		{ .what = "not all there", .in = { OFFER },
		    .behind = P("\0\0\0\5Hmai"), .out = { NOTHING },
		    .log = "offer 1ff 1fffff" },
		{ .what = "not even a command", .in = { OFFER },
		    .behind = P("\0\0\0\5"), .out = { NOTHING },
		    .log = "offer 1ff 1fffff" },
#undef BAD
	};

	check_rows(rows, NROWS(rows));
}
END_TEST

/* A header field that is a packet of `size` bytes, cut at `cut`. */
static enum milter_state
feed_long(struct milter *m, size_t size, size_t cut)
{
	uint32_t wire = htonl((uint32_t)size - 4);
	char *p = malloc(size);
	enum milter_state state;

	ck_assert_ptr_nonnull(p);
	memset(p, 'x', size);
	memcpy(p, &wire, sizeof(wire));
	memcpy(p + 4, "LA", 3);
	p[size - 1] = '\0';
	(void)milter_feed(m, (struct span){ p, cut });
	state = milter_feed(m, (struct span){ p + cut, size - cut });
	free(p);
	return state;
}

START_TEST(longest_packet)
{
	static const struct row row = { .what = "long", .in = { OFFER } };
	static const size_t cuts[] = { 0, 3, 5, 70000, MILTER_MAX_PACKET - 1 };
	static struct bytes b;
	size_t i, longer;

	/* Postfix keeps fields of 102400 bytes */
	ck_assert_uint_gt(MILTER_MAX_PACKET, 102400 + 1000);
	add_packets(&b, row.in);
	for (i = 0; i < 2 * NROWS(cuts); i++) {
		struct world w = { .row = &row };
		struct milter *m = milter_new(&handler, &w, NULL, NULL);

		ck_assert_ptr_nonnull(m);
		(void)feed(&w, m, (struct span){ b.p, b.len });
		longer = i % 2;
		ck_assert_int_eq(feed_long(m, MILTER_MAX_PACKET + longer,
		    cuts[i / 2]), longer ? MILTER_BROKEN : MILTER_OPEN);
		assert_span(((struct span){ w.log, w.len }), longer ?
		    "offer 1ff 1fffff" : OFFERED "header A:(long)");
		milter_free(m);
	}
}
END_TEST

/* ---- edits -------------------------------------------------------------- */

static void
edit(struct world *w)
{
	log_flag(w, milter_insert_header(w->milter, 0, SPAN("A"),
	    SPAN(" v")));
	log_flag(w, milter_delete_header(w->milter, 2, SPAN("B")));
	log_flag(w, milter_quarantine(w->milter, SPAN("why")));
}

static void
edit_more(struct world *w)
{
	log_flag(w, milter_insert_header(w->milter, 258, SPAN("Name"),
	    SPAN(" a\n\tb")));
	log_flag(w, milter_insert_header(w->milter, 0xffffffff, SPAN("N"),
	    SPAN("")));
	log_flag(w, milter_delete_header(w->milter, 3, SPAN("B")));
	log_flag(w, milter_delete_header(w->milter, 1, SPAN("B")));
	log_flag(w, milter_quarantine(w->milter, SPAN("")));
}

#define INSERTED	P("i\0\0\0\0A\0 v\0")
#define DELETED		P("m\0\0\0\2B\0\0")
#define QUARANTINED	P("qwhy\0")

START_TEST(edits)
{
	static const struct row rows[] = {
		{ .what = "at the end and nowhere else", .negotiate = edit,
		    .want = { ALL_EDITS, 0 }, .event = edit,
		    .in = { OFFER, P("Cx\0U"), P("Hx\0"), P("M<>\0"),
			P("R<>\0"), P("LA\0\0"), P("E"), P("M<>\0"),
			P("A"), P("K"), P("E") },
		    .out = { EDITS, P("c"), P("c"), P("c"), P("c"), P("c"),
			INSERTED, DELETED, QUARANTINED, P("c"), P("c"),
			INSERTED, DELETED, QUARANTINED, P("c") },
		    .log = "offer 1ff 1fffff no no no; connect x no no no; "
			"helo x no no no; mail <> no no no; "
			"rcpt <> no no no; header A: no no no; "
			"end yes yes yes; mail <> no no no; abort no no no; "
			"renew no no no; end yes yes yes" },
		{ .what = "before a refusal", .want = { ALL_EDITS, 0 },
		    .act = { ANSWER_TEMPFAIL, 451, "later" }, .event = edit,
		    .in = { OFFER, P("E") }, .out = { EDITS, INSERTED,
		    DELETED, QUARANTINED, P("y451 4.7.1 later\0") },
		    .log = OFFERED "end yes yes yes" },
		{ .what = "large numbers, folded, empty",
		    .want = { ALL_EDITS, 0 }, .event = edit_more,
		    .in = { OFFER, P("Ex") }, .out = { EDITS,
		    P("i\0\0\1\2Name\0 a\n\tb\0"),
		    P("i\xff\xff\xff\xffN\0\0"), P("m\0\0\0\3B\0\0"),
		    P("m\0\0\0\1B\0\0"), P("q\0"), P("c") },
		    .log = OFFERED "body x; end yes yes yes yes yes" },
		{ .what = "only inserting", .want = { MILTER_ADDHDRS, 0 },
		    .event = edit, .in = { OFFER, P("E") },
		    .out = { P("O\0\0\0\6\0\0\0\1\0\0\0\0"), INSERTED,
		    P("c") }, .log = OFFERED "end yes no no" },
		{ .what = "only deleting", .want = { MILTER_CHGHDRS, 0 },
		    .event = edit, .in = { OFFER, P("E") },
		    .out = { P("O\0\0\0\6\0\0\0\x10\0\0\0\0"), DELETED,
		    P("c") }, .log = OFFERED "end no yes no" },
		{ .what = "only quarantine", .want = { MILTER_QUARANTINE, 0 },
		    .event = edit, .in = { OFFER, P("E") },
		    .out = { P("O\0\0\0\6\0\0\0\x20\0\0\0\0"),
		    QUARANTINED, P("c") }, .log = OFFERED "end no no yes" },
		{ .what = "wanted and not offered", .want = { ALL_EDITS, 0 },
		    .event = edit,
		    .in = { P("O\0\0\0\2\0\0\0\x0e\0\0\0\x7f"), P("E") },
		    .out = { P("O\0\0\0\2\0\0\0\0\0\0\0\0"), P("c") },
		    .log = "offer e 7f; end no no no" },
	};

	check_rows(rows, NROWS(rows));
}
END_TEST

/* ---- macros ------------------------------------------------------------- */

START_TEST(macros)
{
	static const struct row rows[] = {
		{ .what = "none", .macro = "i", .in = { OFFER, P("Hx\0") },
		    .out = { NOTHING, P("c") }, .log = OFFERED
		    "helo x i none" },
		{ .what = "empty", .macro = "i", .in = { OFFER,
		    P("DHi\0\0"), P("Hx\0"), P("DH"), P("Hy\0") },
		    .out = { NOTHING, P("c"), P("c") }, .log = OFFERED
		    "helo x i=; helo y i none" },
		{ .what = "a letter said with braces", .macro = "i",
		    .in = { OFFER, P("DMj\0a\0{i}\0" "42\0"),
			P("M<>\0") },
		    .out = { NOTHING, P("c") },
		    .log = OFFERED "mail <> i=42" },
		{ .what = "a letter asked with braces", .macro = "{i}",
		    .in = { OFFER, P("DMi\0" "42\0"), P("M<>\0") },
		    .out = { NOTHING, P("c") },
		    .log = OFFERED "mail <> {i}=42" },
		{ .what = "a name", .macro = "{auth_type}",
		    .in = { OFFER, P("DMauth_typ\0x\0{auth_types}\0y\0"
			"{auth_type}\0PLAIN\0{}\0z\0"), P("M<>\0") },
		    .out = { NOTHING, P("c") },
		    .log = OFFERED "mail <> {auth_type}=PLAIN" },
		{ .what = "a name without braces", .macro = "{auth_type}",
		    .in = { OFFER, P("DMauth_type\0PLAIN\0"),
			P("M<>\0") },
		    .out = { NOTHING, P("c") },
		    .log = OFFERED "mail <> {auth_type}=PLAIN" },
		{ .what = "a value is no name", .macro = "i",
		    .in = { OFFER, P("DMj\0i\0k\0i\0"), P("M<>\0") },
		    .out = { NOTHING, P("c") },
		    .log = OFFERED "mail <> i none" },
		{ .what = "all of a stage is replaced", .macro = "i",
		    .in = { OFFER, P("DMi\0" "1\0j\0" "2\0"),
			P("M<>\0"), P("DMi\0" "3\0"), P("M<>\0"),
			P("DMj\0" "4\0"), P("M<>\0") },
		    .out = { NOTHING, P("c"), P("c"), P("c") },
		    .log = OFFERED "mail <> i=1; mail <> i=3; "
			"mail <> i none" },
		{ .what = "the latest stage", .macro = "i",
		    .in = { OFFER, P("DCi\0C\0"), P("Cx\0U"),
			P("DHi\0H\0"), P("Hx\0"), P("DMi\0M\0"),
			P("M<>\0"), P("DRi\0R\0"), P("R<>\0"),
			P("DTi\0T\0"), P("T"), P("LA\0\0"),
			P("DNi\0N\0"), P("LA\0\0"), P("DEi\0E\0"),
			P("E") },
		    .out = { NOTHING, P("c"), P("c"), P("c"), P("c"),
			P("c"), P("c"), P("c"), P("c") },
		    .log = OFFERED "connect x i=C; helo x i=H; "
			"mail <> i=M; rcpt <> i=R; header A: i=T; "
			"header A: i=N; end i=E" },
		{ .what = "no stage", .macro = "i",
		    .in = { OFFER, P("DBi\0" "1\0"), P("DUi\0" "2\0"),
			P("D\0i\0" "3\0"), P("DLi\0" "4\0"), P("E") },
		    .out = { NOTHING, P("c") }, .log = OFFERED
		    "end i none" },
		{ .what = "the end of a message takes its own",
		    .macro = "i", .in = { OFFER, P("DMi\0" "1\0"),
			P("M<>\0"), P("E"), P("M<>\0"),
			P("DEi\0" "2\0"), P("E"), P("E"),
			P("DRi\0" "3\0"), P("E"), P("E") },
		    .out = { NOTHING, P("c"), P("c"), P("c"), P("c"),
			P("c"), P("c"), P("c") },
		    .log = OFFERED "mail <> i=1; end i=1; mail <> i none; "
			"end i=2; end i none; end i=3; end i none" },
		{ .what = "an abort does so", .macro = "i",
		    .in = { OFFER, P("DMi\0" "1\0"), P("DTi\0" "2\0"),
			P("DNi\0" "3\0"), P("A"), P("M<>\0") },
		    .out = { NOTHING, P("c") },
		    .log = OFFERED "abort i=3; mail <> i none" },
		{ .what = "what a message without an end said last",
		    .macro = "i", .in = { OFFER, P("DMi\0" "1\0"),
			P("M<>\0"), P("DTi\0" "2\0"), P("T"),
			P("DMi\0" "3\0"), P("M<>\0"),
			P("DNi\0" "4\0"), P("DRi\0" "5\0"), P("R<>\0"),
			P("DHi\0" "6\0"), P("Hx\0") },
		    .out = { NOTHING, P("c"), P("c"), P("c"), P("c"),
			P("c") },
		    .log = OFFERED "mail <> i=1; mail <> i=3; "
			"rcpt <> i=5; helo x i=6" },
		{ .what = "not those of the connection", .macro = "j",
		    .in = { OFFER, P("DCj\0C\0"), P("E"),
			P("DHj\0H\0"), P("A"), P("M<>\0") },
		    .out = { NOTHING, P("c"), P("c") },
		    .log = OFFERED "end j=C; abort j=H; mail <> j=H" },
		{ .what = "another client: those, too", .macro = "j",
		    .in = { OFFER, P("DCj\0C\0"), P("DHj\0H\0"), P("K"),
			P("Hx\0"), P("DCj\0D\0"), P("Hx\0") },
		    .out = { NOTHING, P("c"), P("c") },
		    .log = OFFERED "renew j=H; helo x j none; helo x j=D" },
	};

	check_rows(rows, NROWS(rows));
}
END_TEST

/* ---- clients ------------------------------------------------------------ */

START_TEST(clients)
{
	static const struct row rows[] = {
#define GOOD(packet, words) \
		{ .what = words, .in = { OFFER, packet }, \
		    .out = { NOTHING, P("c") }, \
		    .log = OFFERED "connect " words }
		GOOD(P("Ca.example\0" "4\x30\x39" "192.0.2.1\0"),
		    "a.example ::ffff:192.0.2.1"),
		GOOD(P("C[192.0.2.1]\0" "4\0\0" "192.0.2.1\0"),
		    "[192.0.2.1] ::ffff:192.0.2.1"),
		GOOD(P("Ca\0" "4\0\0" "192.0.2.1\0more"),
		    "a ::ffff:192.0.2.1"),
		GOOD(P("Ca\0" "6\x30\x39" "2001:db8::1\0"),
		    "a 2001:db8::1"),
		GOOD(P("Ca\0" "6\x30\x39" "IPv6:2001:db8::1\0"),
		    "a 2001:db8::1"),
		GOOD(P("Ca\0" "6\0\0" "ipv6:::1\0"), "a ::1"),
		GOOD(P("Ca\0" "6\0\0" "fe80::1%eth0\0"), "a fe80::1"),
		GOOD(P("Ca\0" "6\0\0" "::ffff:192.0.2.1\0"),
		    "a ::ffff:192.0.2.1"),
		GOOD(P("Clocalhost\0L\0\0/run/x\0"), "localhost"),
		GOOD(P("Clocalhost\0L\0\0" "192.0.2.1\0"), "localhost"),
		GOOD(P("Cunknown\0U"), "unknown"),
		GOOD(P("Cunknown\0Umore"), "unknown"),
		GOOD(P("C\0U"), ""),
#undef GOOD
#define BAD(packet) \
		{ .what = "bad client", .in = { OFFER, packet }, \
		    .out = { NOTHING }, .log = "offer 1ff 1fffff", \
		    .state = MILTER_BROKEN, \
		    .why = "a client that cannot be read" }
		BAD(P("C")), BAD(P("Ca")), BAD(P("Ca\0")),
		BAD(P("Ca\0" "4")), BAD(P("Ca\0" "4\0")),
		BAD(P("Ca\0" "4\0\0")), BAD(P("Ca\0" "4\0\0\0")),
		BAD(P("Ca\0" "4\0\0" "192.0.2.1")),
		BAD(P("Ca\0" "4\0\0" "192.0.2\0")),
		BAD(P("Ca\0" "4\0\0" "192.0.2.256\0")),
		BAD(P("Ca\0" "4\0\0" "192.0.2.1 \0")),
		BAD(P("Ca\0" "4\0\0" "2001:db8::1\0")),
		BAD(P("Ca\0" "4\0\0" "IPv6:192.0.2.1\0")),
		BAD(P("Ca\0" "6\0\0" "192.0.2.1\0")),
		BAD(P("Ca\0" "6\0\0" "2001:db8::g\0")),
		BAD(P("Ca\0" "6\0\0" "%eth0\0")),
		BAD(P("Ca\0" "4\0\0" "192.0.2.1%eth0\0")),
		BAD(P("Ca\0" "6\0\0" "2001:db8::1")),
		BAD(P("Ca\0" "6\0\0IPv6:\0")),
		BAD(P("Ca\0" "6\0\0IPv6:IPv6:::1\0")),
		BAD(P("Ca\0L")), BAD(P("Ca\0L\0\0")),
		BAD(P("Ca\0L\0\0/run/x")),
		BAD(P("Ca\0" "5\0\0" "192.0.2.1\0")),
		BAD(P("Ca\0\0\0\0" "192.0.2.1\0")),
#undef BAD
	};

	check_rows(rows, NROWS(rows));
}
END_TEST

/* ---- without memory ----------------------------------------------------- */

#define X32	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X320	X32 X32 X32 X32 X32 X32 X32 X32 X32 X32

static void
edit_long(struct world *w)
{
	bool good = milter_insert_header(w->milter, 0, SPAN("A"),
	    SPAN(X320));

	good &= milter_insert_header(w->milter, 0, SPAN("A"),
	    SPAN(X320 X320 X320));
	good &= milter_delete_header(w->milter, 1, SPAN(X320));
	good &= milter_quarantine(w->milter, SPAN(X320));
	if (w->len >= 3 && memcmp(w->log + w->len - 3, "end", 3) == 0)
		log_flag(w, good);
}

static const struct row much = {
	.what = "much", .want = { ALL_EDITS | MILTER_SETSYMLIST, 0 },
	.negotiate = ask_two, .event = edit_long,
	.act = { ANSWER_REJECT, 550, "%" X320 },
	.in = { OFFER, P("DCj\0" X32 "\0"), P("Cx\0U"), P("Hx\0"),
	    P("DMi\0" X320 "\0"), P("M<" X320 X320 ">\0"),
	    P("DRi\0" X320 X320 "\0"), P("R<b>\0"), P("DTi\0x\0"),
	    P("DNi\0x\0"), P("LA\0b\0"), P("DEi\0x\0"), P("E") },
};

/* The packets there are, all whole: their codes. */
static void
codes_of(struct span out, char *code)
{
	while (out.len > 0) {
		uint32_t n;

		ck_assert_uint_ge(out.len, 5);
		memcpy(&n, out.p, sizeof(n));
		ck_assert_uint_ge(ntohl(n), 1);
		ck_assert_uint_le(ntohl(n), out.len - 4);
		*code++ = out.p[4];
		out = span_skip(out, 4 + ntohl(n));
	}
	*code = '\0';
}

/* With `n` allocations, byte by byte, nothing sent until the end. */
static enum milter_state
run_short(struct world *w, long n, struct span in, char *codes)
{
	struct milter *m = milter_new(&handler, w, NULL, NULL);
	enum milter_state state = MILTER_OPEN;

	ck_assert_ptr_nonnull(m);
	buffer_fail_after(n);
	for (; in.len > 0; in = span_skip(in, 1))
		state = milter_feed(m, span_head(in, 1));
	buffer_fail_after(-1);
	if (state == MILTER_BROKEN)
		ck_assert_str_eq(milter_why(m), "out of memory");
	codes_of(milter_output(m), codes);
	milter_free(m);
	ck_assert_uint_eq(w->closed, w->milter != NULL);
	return state;
}

/* Where memory was short, that shows: an end, an edit, the MTA's own words. */
START_TEST(out_of_memory)
{
	static const char want[] = "Oyyyyyiimqy";
	char codes[64];
	static struct bytes b;
	long n, own_words = 0;

	add_packets(&b, much.in);
	for (n = 0; n < 1000; n++) {
		struct world w = { .row = &much };
		enum milter_state state = run_short(&w, n,
		    (struct span){ b.p, b.len }, codes);

		if (state == MILTER_OPEN && strcmp(codes, want) == 0)
			break;
		ck_assert(state == MILTER_BROKEN || strchr(codes, 'r') !=
		    NULL || memcmp(w.log + w.len - 2, "no", 2) == 0);
		own_words += strchr(codes, 'r') != NULL;
	}
	ck_assert_int_gt(n, 10);
	ck_assert_int_lt(n, 1000);
	ck_assert_int_gt(own_words, 0);
}
END_TEST

/* ---- small things ------------------------------------------------------- */

static void
count_wait(void *ctx)
{
	++*(unsigned *)ctx;
}

static void
check_steps(struct world *w)
{
	ck_assert_uint_eq(milter_steps(w->milter), MILTER_NR_HDR);
}

START_TEST(waits_are_told)
{
	static const struct row row = { .want = { 0, MILTER_NR_HDR },
	    .event = check_steps, .in = { OFFER, P("LA\0\0"), P("E") } };
	static struct bytes b;
	struct world w = { .row = &row };
	unsigned waits = 0;
	struct milter *m = milter_new(&handler, &w, count_wait, &waits);

	ck_assert_ptr_nonnull(m);
	add_packets(&b, row.in);
	ck_assert_int_eq(feed(&w, m, (struct span){ b.p, b.len }),
	    MILTER_OPEN);
	ck_assert_uint_eq(waits, 3);	/* each event does */
	milter_free(m);
}
END_TEST

static void
tell_spent(struct world *w)
{
	log_flag(w, milter_input_spent(w->milter));
}

/* Fed at once, then each packet alone. */
START_TEST(spent_input)
{
	static const struct row row = { .event = tell_spent,
	    .in = { OFFER, P("Hx\0"), P("Bab"), P("Ecd"), P("A"), P("E"),
	    P("A") } };
	static const struct {
		bool alone;
		const char *log;
	} rows[] = {
		{ false, OFFERED "helo x no; body abcd; end no; abort no; "
		    "end no; abort yes" },
		{ true, OFFERED "helo x no; body abcd; end yes; abort yes; "
		    "end yes; abort yes" },
	};
	static struct bytes b;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct world w = { .row = &row };
		struct milter *m = milter_new(&handler, &w, NULL, NULL);
		const struct span *p = row.in;

		ck_assert_ptr_nonnull(m);
		while (p->p != NULL) {
			struct span one[] = { *p++, { NULL, 0 } };

			b.len = 0;
			add_packets(&b, rows[i].alone ? one : row.in);
			(void)feed(&w, m, (struct span){ b.p, b.len });
			if (!rows[i].alone)
				break;
		}
		assert_span(((struct span){ w.log, w.len }), rows[i].log);
		milter_free(m);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		negotiation, before_negotiation, negotiate_refuses, replies,
		refusal_length, conversations, bodies, malformed,
		longest_packet, edits, macros, clients, out_of_memory,
		waits_are_told, spent_input,
	};

	return TESTLIB_RUN("milter", tests);
}
