#include "config.h"
#include "wire/milter.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/macros.h"
#include "wire/read.h"

/* The length and the command. */
#define PREFIX		5

#define VERSION_MIN	2
#define VERSION_MAX	6

/* What SMTP allows for, as Sendmail counts. */
#define MAX_REPLY_TEXT	980

enum command {
	CMD_ABORT = 'A',
	CMD_BODY = 'B',
	CMD_CONNECT = 'C',
	CMD_MACRO = 'D',
	CMD_END = 'E',
	CMD_HELO = 'H',
	CMD_RENEW = 'K',
	CMD_HEADER = 'L',
	CMD_MAIL = 'M',
	CMD_EOH = 'N',
	CMD_NEGOTIATE = 'O',
	CMD_QUIT = 'Q',
	CMD_RCPT = 'R',
	CMD_DATA = 'T',
	CMD_UNKNOWN = 'U',
};

enum response {
	RESPONSE_CHGHEADER = 'm',
	RESPONSE_CONTINUE = 'c',
	RESPONSE_DISCARD = 'd',
	RESPONSE_INSHEADER = 'i',
	RESPONSE_NEGOTIATE = 'O',
	RESPONSE_QUARANTINE = 'q',
	RESPONSE_REJECT = 'r',
	RESPONSE_REPLYCODE = 'y',
	RESPONSE_TEMPFAIL = 't',
};

static const char no_memory[] = "out of memory";

struct milter {
	const struct milter_handler *h;
	void		*ctx;
	void		(*wait)(void *);
	void		*wait_ctx;

	enum milter_state state;
	const char	*why;
	void		*s;		/* the handler's; set: negotiated */
	struct milter_terms terms;
	bool		 at_end;	/* edits may be made */
	bool		 last;		/* behind the packet nothing is fed */
	bool		 spent;		/* of what is fed nothing is needed */

	struct buffer	 part;		/* of a packet that is not whole */
	uint32_t	 chunk;		/* what is still to come of a body's */
	struct macros	 macros;
	struct buffer	 wanted;	/* macros asked for, as on the wire */
	bool		 wanted_lost;	/* there was no memory for it */
	struct buffer	 refusal;	/* code, text */
	struct buffer	 out;
	size_t		 sent;		/* of `out` */
};

struct milter *
milter_new(const struct milter_handler *h, void *ctx, void (*wait)(void *),
    void *wait_ctx)
{
	struct milter *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->h = h;
	m->ctx = ctx;
	m->wait = wait;
	m->wait_ctx = wait_ctx;
	return m;
}

void
milter_free(struct milter *m)
{
	if (m == NULL)
		return;
	if (m->s != NULL)
		m->h->close(m->s);
	macros_free(&m->macros);
	buffer_free(&m->part);
	buffer_free(&m->wanted);
	buffer_free(&m->refusal);
	buffer_free(&m->out);
	free(m);
}

const char *
milter_why(const struct milter *m)
{
	return m->why;
}

uint32_t
milter_steps(const struct milter *m)
{
	return m->terms.steps;
}

struct span
milter_macro(const struct milter *m, const char *name)
{
	return macros_value(&m->macros, name);
}

bool
milter_input_spent(const struct milter *m)
{
	return m->spent;
}

void
milter_will_wait(struct milter *m)
{
	if (m->wait != NULL)
		m->wait(m->wait_ctx);
}

/* ---- packets to the MTA ------------------------------------------------- */

static uint32_t
get_u32(const char *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return ntohl(n);
}

static bool
add_u32(struct buffer *b, uint32_t n)
{
	uint32_t wire = htonl(n);

	return buffer_add(b, (struct span){ (char *)&wire, sizeof(wire) });
}

/* What is still there to be sent when a packet is taken back stays. */
static bool
packet(struct milter *m, enum response code, const struct span *part,
    size_t n)
{
	size_t before = m->out.len, len = 1, i;
	char c = (char)code;
	bool good;

	for (i = 0; i < n; i++)
		len += part[i].len;
	good = add_u32(&m->out, (uint32_t)len) &&
	    buffer_add(&m->out, (struct span){ &c, 1 });
	for (i = 0; good && i < n; i++)
		good = buffer_add(&m->out, part[i]);
	if (!good)
		m->out.len = before;
	return good;
}

struct span
milter_output(const struct milter *m)
{
	return span_skip(buffer_span(&m->out), m->sent);
}

void
milter_sent(struct milter *m, size_t n)
{
	m->sent += n;
	if (m->sent < m->out.len)
		return;
	m->sent = 0;
	buffer_clear(&m->out);
}

void
milter_refuse(struct milter *m, unsigned code, const char *enhanced,
    const char *text)
{
	struct span words = span_head(span_of(text), MAX_REPLY_TEXT);
	char head[32];
	size_t i;
	bool good;

	snprintf(head, sizeof(head), "%03u %.15s ", code % 1000, enhanced);
	buffer_clear(&m->refusal);
	good = buffer_add(&m->refusal, span_of(head));
	for (i = 0; good && i < words.len; i++) {
		unsigned char c = (unsigned char)words.p[i];

		/* to the MTA "%" begins a format */
		good = c == '%' ? buffer_add(&m->refusal, SPAN("%%")) :
		    buffer_add(&m->refusal, c < ' ' || c == 0x7f ?
		    SPAN("?") : (struct span){ &words.p[i], 1 });
	}
	if (!good || !buffer_add(&m->refusal, SPAN("\0")))
		buffer_clear(&m->refusal);	/* the MTA's own words do */
}

/* The reply to an event, unless the MTA awaits none. NULL, or why not. */
static const char *
reply(struct milter *m, uint32_t no_reply, enum milter_answer answer)
{
	static const struct {
		enum response code;
		char class;		/* of the words that suit it */
	} row[] = {
		[ANSWER_CONTINUE] = { RESPONSE_CONTINUE, 0 },
		[ANSWER_REJECT] = { RESPONSE_REJECT, '5' },
		[ANSWER_TEMPFAIL] = { RESPONSE_TEMPFAIL, '4' },
		[ANSWER_DISCARD] = { RESPONSE_DISCARD, 0 },
	};
	struct span words = buffer_span(&m->refusal);
	bool good = true;

	if ((m->terms.steps & no_reply) == 0)
		good = words.len > 0 && words.p[0] == row[answer].class ?
		    packet(m, RESPONSE_REPLYCODE, &words, 1) :
		    packet(m, row[answer].code, NULL, 0);
	buffer_clear(&m->refusal);
	return good ? NULL : no_memory;
}

/* ---- edits -------------------------------------------------------------- */

static bool
may(const struct milter *m, enum milter_action action)
{
	return m->at_end && (m->terms.actions & action) != 0;
}

/* A field at a place: its number, its name, its value. */
static bool
field(struct milter *m, enum response code, uint32_t number, struct span name,
    struct span value)
{
	uint32_t wire = htonl(number);
	struct span part[] = {
		{ (char *)&wire, sizeof(wire) }, name, SPAN("\0"), value,
		SPAN("\0"),
	};

	return packet(m, code, part, sizeof(part) / sizeof(part[0]));
}

bool
milter_insert_header(struct milter *m, uint32_t index, struct span name,
    struct span value)
{
	return may(m, MILTER_ADDHDRS) &&
	    field(m, RESPONSE_INSHEADER, index, name, value);
}

bool
milter_delete_header(struct milter *m, uint32_t nth, struct span name)
{
	return may(m, MILTER_CHGHDRS) &&
	    field(m, RESPONSE_CHGHEADER, nth, name, SPAN(""));
}

bool
milter_quarantine(struct milter *m, struct span reason)
{
	struct span part[] = { reason, SPAN("\0") };

	return may(m, MILTER_QUARANTINE) &&
	    packet(m, RESPONSE_QUARANTINE, part, 2);
}

/* ---- events: NULL, or why they end the connection ----------------------- */

void
milter_request_macros(struct milter *m, enum milter_stage stage,
    const char *names)
{
	if (!add_u32(&m->wanted, stage) ||
	    !buffer_add(&m->wanted, span_of(names)) ||
	    !buffer_add(&m->wanted, SPAN("\0")))
		m->wanted_lost = true;
}

/* What was agreed on, and the macros that are wanted. */
static const char *
agree(struct milter *m, uint32_t version)
{
	uint32_t head[3] = {
		htonl(version < VERSION_MAX ? version : VERSION_MAX),
		htonl(m->terms.actions), htonl(m->terms.steps),
	};
	struct span part[] = {
		{ (char *)head, sizeof(head) }, buffer_span(&m->wanted),
	};
	bool named = (m->terms.actions & MILTER_SETSYMLIST) != 0;
	bool good = !m->wanted_lost &&
	    packet(m, RESPONSE_NEGOTIATE, part, named ? 2 : 1);

	buffer_free(&m->wanted);
	return good ? NULL : no_memory;
}

static const char *
on_negotiate(struct milter *m, struct span data)
{
	struct milter_terms offer;
	uint32_t version;

	if (m->s != NULL)
		return "a second negotiation";
	if (data.len < 12)
		return "a negotiation cut short";
	version = get_u32(data.p);
	offer.actions = get_u32(data.p + 4);
	offer.steps = get_u32(data.p + 8);
	if (version < VERSION_MIN)
		return "a version of the protocol before 2";
	m->terms = offer;
	m->s = m->h->negotiate(m->ctx, m, &m->terms);
	if (m->s == NULL)
		return no_memory;
	m->terms.actions &= offer.actions;
	m->terms.steps &= offer.steps;
	return agree(m, version);
}

static const char *
on_connect(struct milter *m, struct span data)
{
	struct milter_client client;

	if (!read_client(data, &client))
		return "a client that cannot be read";
	macros_forget(&m->macros, MILTER_CONNECT + 1);
	return reply(m, MILTER_NR_CONN, m->h->connect(m->s, &client));
}

/*
 * HELO, MAIL and RCPT: the first string is what matters. What was said at a
 * later stage was of a message that came to nothing.
 */
static const char *
on_word(struct milter *m, struct span data, enum milter_stage stage,
    uint32_t no_reply, enum milter_answer (*event)(void *, struct span))
{
	struct span word;

	if (!read_string(&data, &word))
		return "a text without an end";
	macros_forget(&m->macros, stage + 1);
	return reply(m, no_reply, event(m->s, word));
}

static const char *
on_header(struct milter *m, struct span data)
{
	struct span name, value;

	if (!read_string(&data, &name) || !read_string(&data, &value))
		return "a header field without an end";
	return reply(m, MILTER_NR_HDR, m->h->header(m->s, name, value));
}

static const char *
on_macros(struct milter *m, struct span data)
{
	switch (macros_take(&m->macros, data)) {
	case MACROS_TAKEN:
		return NULL;
	case MACROS_MALFORMED:
		return "a macro without a value";
	case MACROS_NO_MEMORY:
		break;
	}
	return no_memory;
}

/*
 * The last of the body may come along. The end may wait for long: it keeps
 * nothing of that.
 */
static const char *
on_end(struct milter *m, struct span data)
{
	enum milter_answer answer;

	if (data.len > 0)
		m->h->body(m->s, data);
	buffer_clear(&m->part);
	m->spent = m->last;
	m->at_end = true;
	answer = m->h->end(m->s);
	m->at_end = false;
	macros_forget(&m->macros, MILTER_MAIL);
	return reply(m, 0, answer);
}

static const char *
on_abort(struct milter *m)
{
	m->h->abort(m->s);
	macros_forget(&m->macros, MILTER_MAIL);
	return NULL;
}

static const char *
on_renew(struct milter *m)
{
	m->h->renew(m->s);
	macros_forget(&m->macros, MILTER_CONNECT);
	return NULL;
}

static const char *
on_body(struct milter *m)
{
	return m->chunk > 0 ? NULL : reply(m, MILTER_NR_BODY,
	    ANSWER_CONTINUE);
}

static const char *
on_quit(struct milter *m)
{
	m->state = MILTER_QUIT;
	return NULL;
}

/* ---- packets from the MTA ----------------------------------------------- */

static const char *
run(struct milter *m, enum command command, struct span data)
{
	if (m->s == NULL && command != CMD_NEGOTIATE && command != CMD_QUIT)
		return "no negotiation at its beginning";
	switch (command) {
	case CMD_NEGOTIATE:
		return on_negotiate(m, data);
	case CMD_MACRO:
		return on_macros(m, data);
	case CMD_CONNECT:
		return on_connect(m, data);
	case CMD_HELO:
		return on_word(m, data, MILTER_HELO, MILTER_NR_HELO,
		    m->h->helo);
	case CMD_MAIL:
		return on_word(m, data, MILTER_MAIL, MILTER_NR_MAIL,
		    m->h->mail);
	case CMD_RCPT:
		return on_word(m, data, MILTER_RCPT, MILTER_NR_RCPT,
		    m->h->rcpt);
	case CMD_DATA:
		return reply(m, MILTER_NR_DATA, ANSWER_CONTINUE);
	case CMD_HEADER:
		return on_header(m, data);
	case CMD_EOH:
		return reply(m, MILTER_NR_EOH, ANSWER_CONTINUE);
	case CMD_BODY:
		return on_body(m);
	case CMD_END:
		return on_end(m, data);
	case CMD_UNKNOWN:
		return reply(m, MILTER_NR_UNKN, ANSWER_CONTINUE);
	case CMD_ABORT:
		return on_abort(m);
	case CMD_RENEW:
		return on_renew(m);
	case CMD_QUIT:
		return on_quit(m);
	}
	return "a command that the protocol does not have";
}

/*
 * What must be there of a packet before it can be taken: a body passes as it
 * comes, so of that the prefix. Below PREFIX there is no command.
 */
static size_t
size_wanted(struct span packet)
{
	size_t size;

	if (packet.len < PREFIX)
		return PREFIX;
	size = 4 + (size_t)get_u32(packet.p);
	return packet.p[4] == CMD_BODY && size > PREFIX ? PREFIX : size;
}

/* One whole packet. */
static const char *
take(struct milter *m, struct span packet)
{
	if (packet.p[4] == CMD_BODY)
		m->chunk = get_u32(packet.p) - 1;
	return run(m, (unsigned char)packet.p[4], span_skip(packet, PREFIX));
}

static const char *
take_body(struct milter *m, struct span *in)
{
	struct span piece = span_head(*in, m->chunk);

	m->spent = false;
	m->h->body(m->s, piece);
	*in = span_skip(*in, piece.len);
	m->chunk -= (uint32_t)piece.len;
	return on_body(m);
}

/* Add to the packet in hand what it lacks, or what there is of it. */
static const char *
gather(struct milter *m, struct span *in, size_t whole)
{
	struct span more = span_head(*in, whole - m->part.len);

	*in = span_skip(*in, more.len);
	return buffer_add(&m->part, more) ? NULL : no_memory;
}

static const char *
take_next(struct milter *m, struct span *in, bool *more_out)
{
	bool begun = m->part.len > 0;
	struct span packet = begun ? buffer_span(&m->part) : *in;
	size_t whole = size_wanted(packet);
	const char *why;

	if (whole < PREFIX)
		return "a packet without a command";
	if (whole > MILTER_MAX_PACKET)
		return "a packet that is too long";
	if (packet.len < whole) {
		*more_out = in->len > 0;
		return gather(m, in, whole);
	}
	if (!begun)
		*in = span_skip(*in, whole);
	m->last = in->len == 0;
	m->spent = m->last && (begun || whole == PREFIX);
	why = take(m, span_head(packet, whole));
	if (begun)
		buffer_clear(&m->part);
	return why;
}

enum milter_state
milter_feed(struct milter *m, struct span in)
{
	bool more = true;

	while (more && m->state == MILTER_OPEN) {
		if (m->chunk == 0)
			m->why = take_next(m, &in, &more);
		else if (in.len > 0)
			m->why = take_body(m, &in);
		else
			more = false;
		if (m->why != NULL)
			m->state = MILTER_BROKEN;
	}
	return m->state;
}
