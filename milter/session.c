#include "config.h"
#include "milter/session.h"

#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "milter/apply.h"
#include "milter/log.h"

/* Facts of a connection are few and short; a hostile HELO ends here. */
#define CLIENT_ARENA	((size_t)64 << 10)

/* Questions a connection may cause before its first message. */
#define CLIENT_BUDGET	128

enum session_state {
	SESSION_OPEN,		/* connected, perhaps greeted */
	SESSION_ENVELOPE,	/* MAIL was accepted */
	SESSION_HEADER,
	SESSION_BODY,
};

struct session {
	enum session_state	 state;
	struct arena		*a;	/* of the connection */
	struct mail_client	 client;
	struct epoch		*began;	/* in force when it did */
	unsigned long		 steps;	/* what was negotiated */
	struct dns_scope	*early;	/* asked ahead of a message */

	/* of the message under way */
	struct arena		*msg;
	struct epoch		*epoch;
	struct mail_envelope	 envelope;
	struct inspection	*in;
};

/* libmilter's callbacks carry no pointer of ours; set once, before threads. */
static struct {
	struct epochs			*epochs;
	const struct listen_spec	*spec;
} daemon_is;

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

/* A worker is about to sleep: let libmilter start another. */
static void
kick(void *ctx)
{
	listen_kick(ctx);
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

static struct span
macro(SMFICTX *ctx, const char *name)
{
	return span_of(smfi_getsymval(ctx, (char *)(uintptr_t)name));
}

/* The address of "<a@b>" without its brackets. */
static struct span
strip_brackets(const char *path)
{
	struct span s = span_trim(span_of(path));

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
macros_read(struct session *s, SMFICTX *ctx, const struct macro_list *list)
{
	struct mail_envelope *e = &s->envelope;
	size_t i;

	e->macro = arena_array(s->msg, list->count, sizeof(*e->macro));
	for (i = 0; e->macro != NULL && i < list->count; i++)
		e->macro[e->nmacros++] = (struct mail_macro){
			.name = list->rule[i].name,
			.value = macro_copy(s->msg,
			    macro(ctx, list->rule[i].name.p)),
		};
}

/*
 * What is in force now, unless that wants recipients and this connection
 * negotiated, before a reload, that it is told none.
 */
static struct epoch *
message_epoch(struct session *s)
{
	struct epoch *e = epochs_enter(daemon_is.epochs);

	if ((s->steps & SMFIP_NORCPT) == 0 ||
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
message_begin(struct session *s, SMFICTX *ctx, const char *path)
{
	struct mail_envelope *e = &s->envelope;

	early_end(s);
	s->epoch = message_epoch(s);
	atomic_fetch_add(&in_flight, 1);
	s->msg = arena_new(0);
	if (s->msg == NULL)
		return false;
	e->queue_id = arena_span(s->msg, macro(ctx, "i"));
	e->sender = arena_span(s->msg, strip_brackets(path));
	e->auth_type = arena_span(s->msg, macro(ctx, "{auth_type}"));
	e->auth_login = arena_span(s->msg, macro(ctx, "{auth_authen}"));
	macros_read(s, ctx, &epoch_policy(s->epoch)->macros);
	s->in = inspection_new(epoch_policy(s->epoch), epoch_dns(s->epoch),
	    &s->client, e, (int64_t)time(NULL));
	/* of the client, too: a greeting that is not known proves nothing */
	if (s->in == NULL || arena_failed(s->msg) || arena_failed(s->a))
		return false;
	inspection_before_wait(s->in, kick,
	    (void *)(uintptr_t)daemon_is.spec);
	s->state = SESSION_ENVELOPE;
	return true;
}

/* A return value for a stage whose reply may have been negotiated away. */
static sfsistat
reply(const struct session *s, unsigned long no_reply, sfsistat answer)
{
	return s != NULL && (s->steps & no_reply) != 0 ? SMFIS_NOREPLY :
	    answer;
}

static sfsistat
refuse(SMFICTX *ctx, const char *code, const char *enhanced,
    const char *text)
{
	(void)smfi_setreply(ctx, (char *)(uintptr_t)code,
	    (char *)(uintptr_t)enhanced, (char *)(uintptr_t)text);
	return SMFIS_TEMPFAIL;
}

/* ---- the connection ----------------------------------------------------- */

/*
 * NULL after "quit, new connection": libmilter then hands on a connection that
 * nothing was negotiated for, so nothing is known of what its MTA can do. No
 * MTA says it today; to one that does, MAIL answers 451.
 */
static struct session *
session_of(SMFICTX *ctx)
{
	return smfi_getpriv(ctx);
}

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
session_new(SMFICTX *ctx)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->a = arena_new(CLIENT_ARENA);
	if (s->a == NULL || smfi_setpriv(ctx, s) != MI_SUCCESS) {
		arena_free(s->a);
		free(s);
		return NULL;
	}
	s->began = epochs_enter(daemon_is.epochs);
	atomic_fetch_add(&sessions, 1);
	return s;
}

/*
 * What this configuration need not be told, or need not answer: each packet
 * costs libmilter two reads and three polls, and each reply the client's
 * waiting. MAIL keeps its reply: that is where a daemon that stops, or has too
 * much to do, says so. Body replies are negotiated away rather than SMFIS_SKIP
 * used: the two exclude each other, and most mail is one chunk, which SKIP
 * makes dearer by a tenth (tests/bench/RESULTS).
 */
static unsigned long
steps_wanted(const struct policy_settings *set)
{
	unsigned long steps = SMFIP_HDR_LEADSPC | SMFIP_NOUNKNOWN |
	    SMFIP_NODATA | SMFIP_NOEOH | SMFIP_NR_CONN | SMFIP_NR_HELO |
	    SMFIP_NR_HDR | SMFIP_NR_BODY;

	if (!policy_wants_recipients(set))
		steps |= SMFIP_NORCPT;
	if (!set->verify || !spf_rules_may_refuse(&set->spf_rules))
		steps |= SMFIP_NR_RCPT;
	return steps;
}

/* What is asked for at MAIL: ours, and those of MacroList. */
static char *
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
	return (char *)(uintptr_t)(strbuf_str(&sb) != NULL ?
	    strbuf_str(&sb) : usual);
}

static void
request_macros(struct session *s, SMFICTX *ctx,
    const struct policy_settings *set)
{
	(void)smfi_setsymlist(ctx, SMFIM_CONNECT,
	    (char *)(uintptr_t)"j {daemon_name}");
	(void)smfi_setsymlist(ctx, SMFIM_ENVFROM,
	    mail_macros(s, &set->macros));
	(void)smfi_setsymlist(ctx, SMFIM_EOM, (char *)(uintptr_t)"i");
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1,
    unsigned long f2, unsigned long f3, unsigned long *pf0,
    unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
	struct session *s = session_new(ctx);
	const struct policy_settings *set;

	(void)f2;
	(void)f3;
	if (s == NULL)
		return SMFIS_REJECT;	/* the MTA takes its default action */
	set = epoch_policy(s->began);
	*pf0 = f0 & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE |
	    SMFIF_SETSYMLIST);
	*pf1 = s->steps = f1 & steps_wanted(set);
	*pf2 = 0;
	*pf3 = 0;
	if (*pf0 & SMFIF_SETSYMLIST)
		request_macros(s, ctx, set);
	return SMFIS_CONTINUE;
}

static bool
client_address(const _SOCK_ADDR *addr, struct in6_addr *out)
{
	const struct sockaddr *sa = (const struct sockaddr *)addr;

	if (sa != NULL && sa->sa_family == AF_INET6) {
		*out = ((const struct sockaddr_in6 *)addr)->sin6_addr;
		return true;
	}
	if (sa == NULL || sa->sa_family != AF_INET)
		return false;
	*out = (struct in6_addr)IN6ADDR_ANY_INIT;
	out->s6_addr[10] = out->s6_addr[11] = 0xff;
	memcpy(&out->s6_addr[12],
	    &((const struct sockaddr_in *)addr)->sin_addr, 4);
	return true;
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

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *addr)
{
	struct session *s = session_of(ctx);
	struct mail_client *c;

	if (s == NULL)
		return SMFIS_CONTINUE;
	c = &s->client;
	c->has_ip = client_address(addr, &c->ip);
	if (name != NULL && name[0] != '[' && strcmp(name, "unknown") != 0)
		c->name = arena_span(s->a, span_of(name));
	c->mta_name = arena_span(s->a, macro(ctx, "j"));
	c->daemon_name = arena_span(s->a, macro(ctx, "{daemon_name}"));
	prefetch_client(s);
	return reply(s, SMFIP_NR_CONN, SMFIS_CONTINUE);
}

static sfsistat
on_helo(SMFICTX *ctx, char *helo)
{
	struct session *s = session_of(ctx);

	if (s == NULL)
		return SMFIS_CONTINUE;
	/* said again after STARTTLS, mostly the same */
	if (!span_is(s->client.helo, helo)) {
		s->client.helo = arena_span(s->a, span_of(helo));
		prefetch_client(s);
	}
	return reply(s, SMFIP_NR_HELO, SMFIS_CONTINUE);
}

/* ---- the message -------------------------------------------------------- */

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct session *s = session_of(ctx);
	struct epoch *e;
	unsigned most;

	if (s == NULL)
		return refuse(ctx, "451", "4.3.0", "try again later");
	message_end(s);
	if (atomic_load(&draining))
		return refuse(ctx, "421", "4.3.2",
		    "the mail filter is being stopped, try again later");
	e = epochs_enter(daemon_is.epochs);
	most = epoch_daemon(e)->max_sessions;
	epoch_leave(e);
	if (most > 0 && atomic_load(&sessions) > most)
		return refuse(ctx, "451", "4.3.2",
		    "too many connections, try again later");
	if (!message_begin(s, ctx, argv[0])) {
		message_end(s);
		return refuse(ctx, "451", "4.3.0",
		    "out of memory, try again later");
	}
	return SMFIS_CONTINUE;
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	struct session *s = session_of(ctx);
	const struct verdict *v;

	if (s == NULL || s->in == NULL)
		return reply(s, SMFIP_NR_RCPT, SMFIS_TEMPFAIL);
	v = inspection_rcpt(s->in, strip_brackets(argv[0]),
	    !(s->steps & SMFIP_NR_RCPT));
	if (v != NULL) {
		log_rcpt(s->msg, &s->client, &s->envelope,
		    strip_brackets(argv[0]), v);
		return apply_refusal(ctx, s->msg, v);
	}
	return reply(s, SMFIP_NR_RCPT, SMFIS_CONTINUE);
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

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *s = session_of(ctx);
	struct span n = span_of(name), v = span_of(value), gap;
	char *spaced = NULL;

	if (s == NULL || s->in == NULL)
		return reply(s, SMFIP_NR_HDR, SMFIS_TEMPFAIL);
	s->state = SESSION_HEADER;
	/* without LEADSPC the one space that most fields have was eaten */
	if (!(s->steps & SMFIP_HDR_LEADSPC) && v.len > 0 && v.p[0] != '\n') {
		if (asprintf(&spaced, " %s", value) < 0)
			return reply(s, SMFIP_NR_HDR, SMFIS_TEMPFAIL);
		v = span_of(spaced);
	}
	gap = name_split(&n);
	inspection_header(s->in, n, gap, v);
	free(spaced);		/* what is kept was copied */
	return reply(s, SMFIP_NR_HDR, SMFIS_CONTINUE);
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

static sfsistat
on_body(SMFICTX *ctx, unsigned char *p, size_t len)
{
	struct session *s = session_of(ctx);

	if (s != NULL && s->in != NULL) {
		header_end(s);
		(void)inspection_body(s->in, (const char *)p, len);
	}
	return reply(s, SMFIP_NR_BODY, SMFIS_CONTINUE);
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	struct session *s = session_of(ctx);
	const struct inspection_outcome *out;
	const struct daemon_settings *d;
	bool differs;
	sfsistat answer;

	if (s == NULL || s->in == NULL)
		return refuse(ctx, "451", "4.3.0", "try again later");
	header_end(s);
	if (s->envelope.queue_id.len == 0) {
		s->envelope.queue_id = arena_span(s->msg, macro(ctx, "i"));
		inspection_queue_id(s->in, s->envelope.queue_id);
	}
	out = inspection_end(s->in, (int64_t)time(NULL));
	d = epoch_daemon(s->epoch);
	answer = apply_outcome(ctx, s->msg, out,
	    epoch_policy(s->epoch)->hold_quarantined,
	    s->steps & SMFIP_HDR_LEADSPC);
	differs = count_comparison(out);
	if (d->syslog_success || differs ||
	    out->verdict.action != ACTION_ACCEPT)
		log_message(s->msg, &s->client, &s->envelope,
		    inspection_role(s->in), out, d->log_why);
	message_end(s);
	return answer;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct session *s = session_of(ctx);

	if (s != NULL)
		message_end(s);
	return SMFIS_CONTINUE;
}

/* Also the end of a kick, which never negotiated. Must not wait. */
static sfsistat
on_close(SMFICTX *ctx)
{
	struct session *s = session_of(ctx);

	if (s != NULL) {
		(void)smfi_setpriv(ctx, NULL);
		session_free(s);
	}
	return SMFIS_CONTINUE;
}

bool
session_register(struct epochs *epochs, const struct listen_spec *spec,
    const char *name)
{
	struct smfiDesc desc = {
		.xxfi_name = (char *)(uintptr_t)name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS |
		    SMFIF_QUARANTINE | SMFIF_SETSYMLIST,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_body = on_body,
		.xxfi_eom = on_eom,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};

	daemon_is.epochs = epochs;
	daemon_is.spec = spec;
	return smfi_register(desc) == MI_SUCCESS;
}
