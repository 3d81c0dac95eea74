#include "config.h"
#include "milter/session.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "milter/apply.h"
#include "milter/log.h"

/* Facts of a connection are few and short; a hostile HELO ends here. */
#define CLIENT_ARENA	((size_t)64 << 10)

/* How often it is said that there are too many connections. */
#define FULL_SAID_MS	60000

/* Questions a connection may cause before its first message. */
#define CLIENT_BUDGET	128

enum session_state {
	SESSION_OPEN,		/* connected, perhaps greeted */
	SESSION_ENVELOPE,	/* MAIL was accepted */
	SESSION_HEADER,
	SESSION_BODY,
};

struct session {
	struct milter		*m;
	struct epochs		*epochs;
	enum session_state	 state;
	struct arena		*a;	/* of the connection */
	struct mail_client	 client;
	struct epoch		*began;	/* in force when it did */
	struct dns_scope	*early;	/* asked ahead of a message */

	/* of the message under way */
	struct arena		*msg;
	struct epoch		*epoch;
	struct mail_envelope	 envelope;
	struct inspection	*in;
};

static atomic_bool draining;
static atomic_uint in_flight;
static atomic_uint sessions;
static atomic_ulong compared, differing;	/* DMARCCompare */

void
session_drain(void)
{
	atomic_store(&draining, true);
}

unsigned
session_in_flight(void)
{
	return atomic_load(&in_flight);
}

unsigned long
session_compared(unsigned long *differing_out)
{
	*differing_out = atomic_load(&differing);
	return atomic_load(&compared);
}

/* Whether OpenDMARC would have said otherwise; both are counted. */
static bool
count_comparison(const struct inspection_outcome *out)
{
	if (out->compare == NULL)
		return false;
	atomic_fetch_add(&compared, 1);
	if (out->compare->differs)
		atomic_fetch_add(&differing, 1);
	return out->compare->differs;
}

/* The worker that runs us is about to sleep. */
static void
before_wait(void *ctx)
{
	const struct session *s = ctx;

	milter_will_wait(s->m);
}

/* ---- one message -------------------------------------------------------- */

static void
message_end(struct session *s)
{
	if (s->epoch == NULL)
		return;
	inspection_free(s->in);
	arena_free(s->msg);
	epoch_leave(s->epoch);
	s->in = NULL;
	s->msg = NULL;
	s->epoch = NULL;
	s->envelope = (struct mail_envelope){ .queue_id = { NULL, 0 } };
	s->state = SESSION_OPEN;
	atomic_fetch_sub(&in_flight, 1);
}

/* The address of "<a@b>" without its brackets. */
static struct span
strip_brackets(struct span path)
{
	struct span s = span_trim(path);

	if (s.len >= 2 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		s = (struct span){ s.p + 1, s.len - 2 };
	return s;
}

/* A macro that is not set stays so. */
static struct span
macro_copy(struct arena *a, struct span value)
{
	return value.p != NULL ? arena_span(a, value) : value;
}

/* What MacroList asks for. */
static void
macros_read(struct session *s, const struct macro_list *list)
{
	struct mail_envelope *e = &s->envelope;
	size_t i;

	e->macro = arena_array(s->msg, list->count, sizeof(*e->macro));
	for (i = 0; e->macro != NULL && i < list->count; i++)
		e->macro[e->nmacros++] = (struct mail_macro){
			.name = list->rule[i].name,
			.value = macro_copy(s->msg,
			    milter_macro(s->m, list->rule[i].name.p)),
		};
}

/*
 * What is in force now, unless that wants recipients and this connection
 * negotiated, before a reload, that it is told none.
 */
static struct epoch *
message_epoch(struct session *s)
{
	struct epoch *e = epochs_enter(s->epochs);

	if ((milter_steps(s->m) & MILTER_NORCPT) == 0 ||
	    !policy_wants_recipients(epoch_policy(e)))
		return e;
	epoch_leave(e);
	return epoch_share(s->began);
}

/*
 * A message asks for itself: what was asked ahead is in the cache by then, or
 * still under way, and joined.
 */
static void
early_end(struct session *s)
{
	dns_scope_free(s->early);
	s->early = NULL;
}

static bool
message_begin(struct session *s, struct span path)
{
	struct mail_envelope *e = &s->envelope;

	early_end(s);
	s->epoch = message_epoch(s);
	atomic_fetch_add(&in_flight, 1);
	s->msg = arena_new(0);
	if (s->msg == NULL)
		return false;
	e->queue_id = arena_span(s->msg, milter_macro(s->m, "i"));
	e->sender = arena_span(s->msg, strip_brackets(path));
	e->auth_type = arena_span(s->msg,
	    milter_macro(s->m, "{auth_type}"));
	e->auth_login = arena_span(s->msg,
	    milter_macro(s->m, "{auth_authen}"));
	macros_read(s, &epoch_policy(s->epoch)->macros);
	s->in = inspection_new(epoch_policy(s->epoch), epoch_dns(s->epoch),
	    &s->client, e, (int64_t)time(NULL));
	/* of the client, too: a greeting that is not known proves nothing */
	if (s->in == NULL || arena_failed(s->msg) || arena_failed(s->a))
		return false;
	inspection_before_wait(s->in, before_wait, s);
	s->state = SESSION_ENVELOPE;
	return true;
}

static enum milter_answer
refuse(const struct session *s, unsigned code, const char *enhanced,
    const char *text)
{
	milter_refuse(s->m, code, enhanced, text);
	return ANSWER_TEMPFAIL;
}

static enum milter_answer
refuse_stopping(const struct session *s)
{
	return refuse(s, 421, "4.3.2",
	    "the mail filter is being stopped, try again later");
}

/* ---- the connection ----------------------------------------------------- */

static void
session_free(struct session *s)
{
	message_end(s);
	early_end(s);
	epoch_leave(s->began);
	arena_free(s->a);
	free(s);
	atomic_fetch_sub(&sessions, 1);
}

static struct session *
session_new(struct epochs *epochs, struct milter *m)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->a = arena_new(CLIENT_ARENA);
	if (s->a == NULL) {
		free(s);
		return NULL;
	}
	s->m = m;
	s->epochs = epochs;
	s->began = epochs_enter(epochs);
	atomic_fetch_add(&sessions, 1);
	return s;
}

/*
 * What this configuration need not be told, or need not answer: each packet
 * costs the MTA and us some work, and each reply its waiting. MAIL keeps its
 * reply. Postfix keeps what needs none until something does: the envelope
 * would come with the header, its questions be asked late, and a message that
 * has begun be unknown to a daemon that stops.
 */
static uint32_t
steps_wanted(const struct policy_settings *set)
{
	uint32_t steps = MILTER_HDR_LEADSPC | MILTER_NOUNKNOWN |
	    MILTER_NODATA | MILTER_NOEOH | MILTER_NR_HELO | MILTER_NR_HDR |
	    MILTER_NR_BODY;

	if (!atomic_load(&draining))
		steps |= MILTER_NR_CONN;
	if (!policy_wants_recipients(set))
		steps |= MILTER_NORCPT;
	if (!set->verify || !spf_rules_may_refuse(&set->spf_rules))
		steps |= MILTER_NR_RCPT;
	return steps;
}

/* What is asked for at MAIL: ours, and those of MacroList. */
static const char *
mail_macros(struct session *s, const struct macro_list *list)
{
	static const char usual[] = "i {auth_type} {auth_authen}";
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, s->a);
	strbuf_adds(&sb, usual);
	for (i = 0; i < list->count; i++) {
		strbuf_addc(&sb, ' ');
		strbuf_add(&sb, list->rule[i].name);
	}
	return strbuf_str(&sb) != NULL ? strbuf_str(&sb) : usual;
}

static void *
on_negotiate(void *ctx, struct milter *m, struct milter_terms *terms)
{
	struct session *s = session_new(ctx, m);
	const struct policy_settings *set;

	if (s == NULL)
		return NULL;
	set = epoch_policy(s->began);
	terms->actions &= MILTER_ADDHDRS | MILTER_CHGHDRS |
	    MILTER_QUARANTINE | MILTER_SETSYMLIST;
	terms->steps &= steps_wanted(set);
	if (terms->actions & MILTER_SETSYMLIST) {
		milter_request_macros(m, MILTER_CONNECT, "j {daemon_name}");
		milter_request_macros(m, MILTER_MAIL,
		    mail_macros(s, &set->macros));
		milter_request_macros(m, MILTER_EOM, "i");
	}
	return s;
}

/* Ask ahead for what the client implies. */
static void
prefetch_client(struct session *s)
{
	if (s->early == NULL)
		s->early = dns_scope_new(epoch_dns(s->began), CLIENT_BUDGET);
	if (s->early != NULL)
		inspect_client_prefetch(s->a, epoch_policy(s->began),
		    s->early, &s->client);
}

/* What was known of the last client goes, and a message under way with it. */
static void
client_forget(struct session *s)
{
	message_end(s);
	early_end(s);
	s->client = (struct mail_client){ .has_ip = false };
	arena_reset(s->a);
}

static enum milter_answer
on_connect(void *ctx, const struct milter_client *client)
{
	struct session *s = ctx;
	struct mail_client *c = &s->client;

	client_forget(s);
	c->has_ip = client->has_ip;
	c->ip = client->ip;
	if (!span_starts(client->name, "[") &&
	    !span_is(client->name, "unknown"))
		c->name = arena_span(s->a, client->name);
	c->mta_name = arena_span(s->a, milter_macro(s->m, "j"));
	c->daemon_name = arena_span(s->a,
	    milter_macro(s->m, "{daemon_name}"));
	/* soon the client would go on without us, if the MTA lets it */
	if (atomic_load(&draining))
		return refuse_stopping(s);
	prefetch_client(s);
	return ANSWER_CONTINUE;
}

static enum milter_answer
on_helo(void *ctx, struct span helo)
{
	struct session *s = ctx;

	message_end(s);
	/* said again after STARTTLS, mostly the same */
	if (!span_eq(s->client.helo, helo)) {
		s->client.helo = arena_span(s->a, helo);
		prefetch_client(s);
	}
	return ANSWER_CONTINUE;
}

/* ---- the message -------------------------------------------------------- */

/* More connections than MaxSessions; said once a minute. */
static bool
too_many(struct epochs *epochs)
{
	static atomic_int_least64_t said = INT64_MIN / 2;
	struct epoch *e = epochs_enter(epochs);
	unsigned most = epoch_daemon(e)->max_sessions;
	int64_t now, last;

	epoch_leave(e);
	if (atomic_load(&sessions) <= most)
		return false;
	now = clock_mono_ms();
	last = atomic_load(&said);
	if (now - last >= FULL_SAID_MS &&
	    atomic_compare_exchange_strong(&said, &last, now))
		log_line(LOG_WARNING, "more than %u connections (MaxSessions): "
		    "new messages are answered 451", most);
	return true;
}

static enum milter_answer
on_mail(void *ctx, struct span path)
{
	struct session *s = ctx;

	message_end(s);
	if (atomic_load(&draining))
		return refuse_stopping(s);
	if (too_many(s->epochs))
		return refuse(s, 451, "4.3.2",
		    "too many connections, try again later");
	if (!message_begin(s, path)) {
		message_end(s);
		log_line(LOG_ERR, "out of memory: a message must wait");
		return refuse(s, 451, "4.3.0",
		    "out of memory, try again later");
	}
	return ANSWER_CONTINUE;
}

static enum milter_answer
on_rcpt(void *ctx, struct span path)
{
	struct session *s = ctx;
	struct span rcpt = strip_brackets(path);
	const struct verdict *v;

	if (s->in == NULL || s->state != SESSION_ENVELOPE)
		return ANSWER_TEMPFAIL;
	v = inspection_rcpt(s->in, rcpt,
	    (milter_steps(s->m) & MILTER_NR_RCPT) == 0);
	if (v == NULL)
		return ANSWER_CONTINUE;
	log_rcpt(s->msg, &s->client, &s->envelope, rcpt, v);
	return apply_refusal(s->m, v);
}

/*
 * "From " is From, with a blank before the colon, to whoever reads the mail;
 * what stands behind the name is cut off it and given back.
 */
static struct span
name_split(struct span *name)
{
	size_t len = name->len;
	struct span gap;

	while (len > 0 && ascii_iswsp((unsigned char)name->p[len - 1]))
		len--;
	gap = span_skip(*name, len);
	*name = span_head(*name, len);
	return gap;
}

static enum milter_answer
on_header(void *ctx, struct span name, struct span value)
{
	struct session *s = ctx;
	struct span gap;
	char *spaced = NULL;

	if (s->state == SESSION_BODY)
		message_end(s);		/* no MTA says that: it is no message */
	if (s->in == NULL)
		return ANSWER_TEMPFAIL;
	s->state = SESSION_HEADER;
	/* without LEADSPC the one space that most fields have was eaten */
	if (!(milter_steps(s->m) & MILTER_HDR_LEADSPC) &&
	    value.len > 0 && value.p[0] != '\n') {
		if (asprintf(&spaced, " %.*s", SPAN_ARG(value)) < 0) {
			message_end(s);	/* the MTA may await no reply */
			return ANSWER_TEMPFAIL;
		}
		value = span_of(spaced);
	}
	gap = name_split(&name);
	inspection_header(s->in, name, gap, value);
	free(spaced);		/* what is kept was copied */
	return ANSWER_CONTINUE;
}

/* The first chunk of the body, or the end of a message that has none. */
static void
header_end(struct session *s)
{
	if (s->state == SESSION_BODY)
		return;
	s->state = SESSION_BODY;
	inspection_eoh(s->in);
}

static void
on_body(void *ctx, struct span piece)
{
	struct session *s = ctx;

	if (s->in == NULL)
		return;
	header_end(s);
	(void)inspection_body(s->in, piece.p, piece.len);
}

static enum milter_answer
on_end(void *ctx)
{
	struct session *s = ctx;
	const struct inspection_outcome *out;
	const struct daemon_settings *d;
	enum milter_answer answer;
	bool differs;

	if (s->in == NULL)
		return refuse(s, 451, "4.3.0", "try again later");
	header_end(s);
	if (s->envelope.queue_id.len == 0) {
		s->envelope.queue_id = arena_span(s->msg,
		    milter_macro(s->m, "i"));
		inspection_queue_id(s->in, s->envelope.queue_id);
	}
	out = inspection_end(s->in, (int64_t)time(NULL));
	d = epoch_daemon(s->epoch);
	answer = apply_outcome(s->m, s->msg, out,
	    epoch_policy(s->epoch)->hold_quarantined,
	    (milter_steps(s->m) & MILTER_HDR_LEADSPC) != 0);
	differs = count_comparison(out);
	if (d->syslog_success || differs ||
	    out->verdict.action != ACTION_ACCEPT)
		log_message(s->msg, &s->client, &s->envelope,
		    inspection_role(s->in), out, d->log_why);
	message_end(s);
	return answer;
}

static void
on_abort(void *ctx)
{
	message_end(ctx);
}

static void
on_renew(void *ctx)
{
	client_forget(ctx);
}

static void
on_close(void *ctx)
{
	session_free(ctx);
}

const struct milter_handler session_handler = {
	.negotiate = on_negotiate,
	.connect = on_connect,
	.helo = on_helo,
	.mail = on_mail,
	.rcpt = on_rcpt,
	.header = on_header,
	.body = on_body,
	.end = on_end,
	.abort = on_abort,
	.renew = on_renew,
	.close = on_close,
};
