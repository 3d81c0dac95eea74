/*
 * The milter protocol: however its bytes are cut, the same events come out of
 * them and the same bytes are answered. The input: how many sizes, the sizes
 * of the pieces (again and again), what the handler wants, then the bytes.
 */
#include "config.h"

#include "tests/fuzz/fuzz.h"
#include "wire/buffer.h"
#include "wire/milter.h"

struct session {
	struct milter	*milter;
	unsigned char	 wants;
	uint64_t	 sum;		/* of all that was told */
	unsigned	 closed;
	bool		 at_end;
	char		*fed;		/* as long as it is needed */
};

/* As wire/pool.c does before a handler sleeps. */
static void
drop_fed(void *ctx)
{
	struct session *s = ctx;

	if (s->milter == NULL || !milter_input_spent(s->milter))
		return;
	free(s->fed);
	s->fed = NULL;
}

/* Every byte, behind a wait; where a span ends only if `whole`. */
static void
touch(struct session *s, struct span bytes, bool whole)
{
	size_t i;

	milter_will_wait(s->milter);
	for (i = 0; i < bytes.len; i++)
		s->sum = (s->sum ^ (unsigned char)bytes.p[i]) *
		    1099511628211u;
	if (whole)
		s->sum = (s->sum ^ 256) * 1099511628211u;
}

/* All edits; they are taken at the end only. */
static void
edit(struct session *s, struct span name)
{
	bool any = milter_insert_header(s->milter, 1, name, name);

	any |= milter_delete_header(s->milter, 2, name);
	any |= milter_quarantine(s->milter, name);
	FUZZ_CHECK(!any || s->at_end);
}

static enum milter_answer
told(struct session *s, char what, struct span bytes)
{
	static const char *const macro[] = { "i", "{auth_type}", "{j}", "" };
	enum milter_answer answer = (enum milter_answer)(s->sum % 4);
	char text[64];
	size_t i;

	touch(s, (struct span){ &what, 1 }, true);
	touch(s, bytes, true);
	for (i = 0; i < sizeof(macro) / sizeof(macro[0]); i++)
		touch(s, milter_macro(s->milter, macro[i]), true);
	edit(s, bytes);
	(void)snprintf(text, sizeof(text), "%.*s", (int)(bytes.len % 64),
	    bytes.len > 0 ? bytes.p : "");
	if (s->sum % 3 == 0)
		milter_refuse(s->milter, 400 + (unsigned)(s->sum % 200),
		    "5.7.1", text);
	return answer;
}

static void *
on_negotiate(void *ctx, struct milter *m, struct milter_terms *terms)
{
	static const struct milter_terms want = { 0x131, 0x1fffff };
	struct session *s = ctx;

	s->milter = m;
	if ((s->wants & 1) != 0)
		*terms = want;
	if ((s->wants & 2) != 0)
		terms->steps = 0;
	if ((s->wants & 4) != 0)
		milter_request_macros(m, MILTER_MAIL, "i {auth_type}");
	edit(s, SPAN("early"));
	return s;
}

static enum milter_answer
on_connect(void *ctx, const struct milter_client *c)
{
	struct session *s = ctx;

	touch(s, (struct span){ (const char *)&c->ip, sizeof(c->ip) }, true);
	return told(s, c->has_ip ? 'C' : 'c', c->name);
}

static enum milter_answer
on_helo(void *s, struct span name)
{
	return told(s, 'H', name);
}

static enum milter_answer
on_mail(void *s, struct span path)
{
	return told(s, 'M', path);
}

static enum milter_answer
on_rcpt(void *s, struct span path)
{
	return told(s, 'R', path);
}

static enum milter_answer
on_header(void *s, struct span name, struct span value)
{
	touch(s, value, true);
	return told(s, 'L', name);
}

static void
on_body(void *s, struct span piece)
{
	touch(s, piece, false);
	edit(s, SPAN("body"));
}

static enum milter_answer
on_end(void *ctx)
{
	struct session *s = ctx;
	enum milter_answer answer;

	s->at_end = true;
	answer = told(s, 'E', SPAN("end"));
	s->at_end = false;
	return answer;
}

static void
on_abort(void *s)
{
	(void)told(s, 'A', SPAN(""));
}

static void
on_renew(void *s)
{
	(void)told(s, 'K', SPAN(""));
}

static void
on_close(void *ctx)
{
	struct session *s = ctx;

	s->closed++;
}

static const struct milter_handler handler = {
	.negotiate = on_negotiate, .connect = on_connect, .helo = on_helo,
	.mail = on_mail, .rcpt = on_rcpt, .header = on_header,
	.body = on_body, .end = on_end, .abort = on_abort, .renew = on_renew,
	.close = on_close,
};

/* ---- one conversation --------------------------------------------------- */

struct outcome {
	uint64_t	 sum;
	enum milter_state state;
	const char	*why;
	struct buffer	 out;
};

/* A piece of its own, so that nobody reads behind it. */
static enum milter_state
feed(struct session *s, struct milter *m, struct span piece)
{
	char *copy = malloc(piece.len > 0 ? piece.len : 1);
	enum milter_state state;

	FUZZ_CHECK(copy != NULL);
	if (piece.len > 0)
		memcpy(copy, piece.p, piece.len);
	s->fed = copy;
	state = milter_feed(m, (struct span){ copy, piece.len });
	free(s->fed);
	s->fed = NULL;
	return state;
}

/* Send what there is, or a part of it. */
static void
send_some(struct milter *m, struct buffer *out, size_t most)
{
	struct span some = span_head(milter_output(m), most);

	FUZZ_CHECK(buffer_add(out, some));
	milter_sent(m, some.len);
}

/* Cut as `sizes` say; a size of 0 is a piece without anything in it. */
static struct outcome
converse(struct span in, struct span sizes, unsigned char wants)
{
	struct session s = { .wants = wants };
	struct outcome o = { .state = MILTER_OPEN };
	struct milter *m = milter_new(&handler, &s, drop_fed, &s);
	size_t i = 0, zeros = 0;

	FUZZ_CHECK(m != NULL);
	while (in.len > 0) {
		size_t n = sizes.len > 0 ?
		    (unsigned char)sizes.p[i++ % sizes.len] : in.len;

		if (n == 0 && ++zeros > 8)
			n = 1;
		o.state = feed(&s, m, span_head(in, n));
		in = span_skip(in, n);
		send_some(m, &o.out, n);
	}
	o.why = milter_why(m);
	FUZZ_CHECK((o.why != NULL) == (o.state == MILTER_BROKEN));
	send_some(m, &o.out, SIZE_MAX);
	FUZZ_CHECK(milter_output(m).len == 0);
	milter_free(m);
	FUZZ_CHECK(s.closed == (s.milter != NULL));
	o.sum = s.sum;
	return o;
}

/* What is sent is packets, all whole. */
static void
check_packets(struct span out)
{
	while (out.len > 0) {
		const unsigned char *p = (const unsigned char *)out.p;
		size_t n;

		FUZZ_CHECK(out.len >= 5);
		n = (size_t)p[0] << 24 | (size_t)p[1] << 16 |
		    (size_t)p[2] << 8 | p[3];
		FUZZ_CHECK(n >= 1 && n <= out.len - 4);
		FUZZ_CHECK(memchr("Oimqcrtdy", p[4], 9) != NULL);
		out = span_skip(out, 4 + n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), sizes;
	struct outcome whole, cut;
	unsigned char wants;

	if (size < 2)
		return 0;
	sizes = span_head(span_skip(in, 2), data[0] % 16);
	wants = data[1];
	in = span_skip(in, 2 + sizes.len);
	whole = converse(in, (struct span){ NULL, 0 }, wants);
	cut = converse(in, sizes, wants);
	FUZZ_CHECK(whole.sum == cut.sum && whole.state == cut.state &&
	    whole.why == cut.why);
	FUZZ_CHECK(span_eq(buffer_span(&whole.out), buffer_span(&cut.out)));
	check_packets(buffer_span(&whole.out));
	buffer_free(&whole.out);
	buffer_free(&cut.out);
	return 0;
}
