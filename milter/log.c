#include "config.h"
#include "milter/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "message/ip.h"
#include "policy/describe.h"

/* Set by log_open, which runs before there are threads. */
static bool to_syslog;
static char ident[64];

/*
 * A foreign text in a line is cut at this, as it stands there: a line is read
 * by people.
 */
#define VALUE_MAX	256

/* A reply is whole: its text has VERDICT_MAX_TEXT bytes at most. */
#define REPLY_MAX	(2 * VERDICT_MAX_TEXT)

/*
 * A line that is longer is cut, here and by most that read it; so results of
 * signatures, of which a sender may send many, end before: the verdict is at
 * the end of the line.
 */
#define LINE_MAX_LEN	8192
#define SIGNATURES_MAX	4096

static const struct {
	const char	*name;
	int		 facility;
} facilities[] = {
	{ "auth", LOG_AUTH }, { "authpriv", LOG_AUTHPRIV },
	{ "cron", LOG_CRON }, { "daemon", LOG_DAEMON }, { "kern", LOG_KERN },
	{ "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 },
	{ "lpr", LOG_LPR }, { "mail", LOG_MAIL }, { "news", LOG_NEWS },
	{ "syslog", LOG_SYSLOG }, { "user", LOG_USER }, { "uucp", LOG_UUCP },
};

static int
facility_number(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (span_is_nocase(span_of(name), facilities[i].name))
			return facilities[i].facility;
	return LOG_MAIL;
}

void
log_open(bool use_syslog, const char *name, const char *facility)
{
	snprintf(ident, sizeof(ident), "%s", name);
	openlog(ident, LOG_PID, facility_number(facility));
	to_syslog = use_syslog;
}

/*
 * One line, as it stands. Each of a thousand workers comes by here, and what
 * it once had on its stack stays in memory: so there is no copy.
 */
static void
put_line(int priority, const char *text)
{
	size_t len = strnlen(text, LINE_MAX_LEN - 2);
	struct iovec part[] = {
		{ (char *)(uintptr_t)text, len }, { (char[]){ '\n' }, 1 },
	};

	if (to_syslog) {
		syslog(priority, "%.*s", (int)len, text);
		return;
	}
	/* one write, so that threads do not mix lines */
	if (writev(STDERR_FILENO, part, 2) < 0)
		return;		/* nobody left to tell */
}

void
log_line(int priority, const char *fmt, ...)
{
	char line[LINE_MAX_LEN];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len >= 0)
		put_line(priority, line);
}

void
log_report(const struct report *r, enum report_level from)
{
	static const int priority[] = {
		[REPORT_NOTE] = LOG_INFO,
		[REPORT_WARNING] = LOG_WARNING,
		[REPORT_ERROR] = LOG_ERR,
	};
	static const char *const word[] = {
		[REPORT_NOTE] = "", [REPORT_WARNING] = "warning: ",
		[REPORT_ERROR] = "",
	};
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->item[i].level >= from)
			log_line(priority[r->item[i].level], "%s%s",
			    word[r->item[i].level], r->item[i].text);
	if (r->failed)
		log_line(LOG_ERR, "out of memory");
}

/* Whether a value may stand without quotes. */
static bool
plain(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 127 || c == '"' || c == '\\' ||
		    c == '=')
			return false;
	}
	return s.len > 0;
}

/* One byte of a quoted value, as it is written; its length. */
static size_t
escape(char *to, size_t size, unsigned char c)
{
	if (c < ' ' || c >= 127)
		return (size_t)snprintf(to, size, "\\x%02x", c);
	if (c == '"' || c == '\\')
		*to++ = '\\';
	to[0] = (char)c;
	to[1] = '\0';
	return c == '"' || c == '\\' ? 2 : 1;
}

/* ` key=value`, quoted and escaped where it must be, cut at `most` bytes. */
static void
add_most(struct strbuf *sb, const char *key, struct span value, size_t most)
{
	size_t used = 0, i;
	char c[8];

	strbuf_addc(sb, ' ');
	strbuf_adds(sb, key);
	strbuf_addc(sb, '=');
	if (plain(value)) {
		strbuf_add(sb, span_head(value, most));
		i = most;
	} else {
		strbuf_addc(sb, '"');
		for (i = 0; i < value.len; i++) {
			used += escape(c, sizeof(c), (unsigned char)value.p[i]);
			if (used > most)
				break;
			strbuf_adds(sb, c);
		}
		strbuf_addc(sb, '"');
	}
	if (i < value.len)
		strbuf_adds(sb, "...");
}

static void
add(struct strbuf *sb, const char *key, struct span value)
{
	add_most(sb, key, value, VALUE_MAX);
}

static void
add_text(struct strbuf *sb, const char *key, const char *value)
{
	if (value != NULL)
		add(sb, key, span_of(value));
}

/* "pass" or "pass:example.com", what a result is about. */
static void
add_result(struct strbuf *sb, struct arena *a, const struct method_result *m,
    const char *key, const char *about, bool why)
{
	struct span subject = method_result_get(m, about);
	const char *text = arena_printf(a, "%s%s%.*s",
	    result_name(m->result), subject.len > 0 ? ":" : "",
	    SPAN_ARG(subject));

	add_text(sb, key, text);
	if (!why)
		return;
	if (m->reason.len > 0)
		add(sb, "reason", m->reason);
	if (m->comment.len > 0)
		add(sb, "detail", m->comment);
}

/*
 * "dmarc=fail", the policy with its tag and place, what passed and is aligned.
 */
static void
add_dmarc(struct strbuf *sb, struct arena *a, const struct method_result *m,
    const struct dmarc_result *d, bool why)
{
	struct method_result without = *m;
	struct strbuf policy;

	without.comment = (struct span){ NULL, 0 };
	add_result(sb, a, &without, "dmarc", "policy.dmarc", why);
	strbuf_init(&policy, a);
	if (d != NULL)
		describe_policy(&policy, d);
	if (policy.len > 0)
		add(sb, "policy", strbuf_span(&policy));
	if (d != NULL && (d->dkim_aligned || d->spf_aligned))
		add_text(sb, "aligned", !d->spf_aligned ? "dkim" :
		    d->dkim_aligned ? "dkim,spf" : "spf");
}

/* DMARCCompare: what OpenDMARC would have said where it differs, and why. */
static void
add_comparison(struct strbuf *sb, const struct dmarc_comparison *c)
{
	if (c == NULL)
		return;
	add_text(sb, "compare", !c->differs ? "same" :
	    c->known != NULL ? c->known->name : "unexplained");
	if (c->differs)
		add_text(sb, "opendmarc", dmarc_outcome_name(c->theirs));
}

static void
add_results(struct strbuf *sb, struct arena *a,
    const struct inspection_outcome *out, bool why)
{
	size_t left_out = 0, i;

	for (i = 0; i < out->nmethods; i++) {
		const struct method_result *m = &out->method[i];

		if (strcmp(m->method, "spf") == 0 &&
		    method_result_get(m, "smtp.helo").len > 0)
			add_result(sb, a, m, "spf-helo", "smtp.helo", why);
		else if (strcmp(m->method, "spf") == 0)
			add_result(sb, a, m, "spf", "", why);
		else if (strcmp(m->method, "dkim") == 0 &&
		    sb->len > SIGNATURES_MAX)
			left_out++;
		else if (strcmp(m->method, "dkim") == 0)
			add_result(sb, a, m, "dkim", "header.d", why);
		else if (strcmp(m->method, "dmarc") == 0)
			add_dmarc(sb, a, m, out->results.dmarc, why);
		else
			add_result(sb, a, m, m->method, "", why);
	}
	if (left_out > 0)
		strbuf_addf(sb, " signatures-left-out=%zu", left_out);
}

static void
add_signing(struct strbuf *sb, const struct inspection_outcome *out)
{
	static const char *const words[] = {
		[SIGN_NO] = "no", [SIGN_YES] = "yes", [SIGN_ERROR] = "error",
	};

	if (out->sign_why == NULL)
		return;
	add_text(sb, "signed", words[out->results.signing]);
	if (out->signed_as.len > 0)
		add(sb, "key", out->signed_as);
	add_text(sb, "sign-why", out->sign_why);
}

static void
add_reply(struct strbuf *sb, const struct verdict *v)
{
	if (v->code != 0)
		add_most(sb, "reply", span_of(arena_printf(sb->arena,
		    "%u %s %s", v->code, v->enhanced, v->text)), REPLY_MAX);
}

static void
add_verdict(struct strbuf *sb, const struct verdict *v)
{
	add_text(sb, "action", action_name(v->action));
	if (v->why != NULL)
		add_text(sb, "rule", v->why);
	if (v->override != NULL) {
		add_text(sb, "override", v->override);
		add_text(sb, "override-why", v->override_why);
	}
	add_reply(sb, v);
}

/* What a line begins with: "4aBcDe:", or NOQUEUE. */
static void
add_queue_id(struct strbuf *sb, const struct mail_envelope *e)
{
	if (plain(e->queue_id))
		strbuf_add(sb, span_head(e->queue_id, VALUE_MAX));
	else
		strbuf_adds(sb, "NOQUEUE");
	strbuf_addc(sb, ':');
}

/* Whom it came from. */
static void
add_client(struct strbuf *sb, struct arena *a,
    const struct mail_client *client, const struct mail_envelope *envelope)
{
	if (client->has_ip)
		add(sb, "client", ip_text(a, &client->ip));
	if (client->helo.len > 0)
		add(sb, "helo", client->helo);
	add(sb, "from", envelope->sender);
}

const char *
log_message_text(struct arena *a, const struct mail_client *client,
    const struct mail_envelope *envelope, const struct role *role,
    const struct inspection_outcome *out, bool why)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	add_queue_id(&sb, envelope);
	add_text(&sb, "role", role_name(role->kind));
	add_text(&sb, "because", role->why);
	add_client(&sb, a, client, envelope);
	if (envelope->auth_login.len > 0)
		add(&sb, "login", envelope->auth_login);
	if (out->author.len > 0)
		add(&sb, "author", out->author);
	else if (out->from_field.p != NULL)
		add(&sb, "from-field", out->from_field);
	add_results(&sb, a, out, why);
	add_comparison(&sb, out->compare);
	add_signing(&sb, out);
	if (out->nforged > 0)
		strbuf_addf(&sb, " forged-results-removed=%zu",
		    out->nforged);
	add_verdict(&sb, &out->verdict);
	return strbuf_str(&sb);
}

void
log_message(struct arena *a, const struct mail_client *client,
    const struct mail_envelope *envelope, const struct role *role,
    const struct inspection_outcome *out, bool why)
{
	const char *text = log_message_text(a, client, envelope, role, out,
	    why);

	put_line(out->verdict.action == ACTION_ACCEPT ? LOG_INFO : LOG_NOTICE,
	    text != NULL ? text : "out of memory");
}

void
log_rcpt(struct arena *a, const struct mail_client *client,
    const struct mail_envelope *envelope, struct span rcpt,
    const struct verdict *v)
{
	struct strbuf sb;
	const char *text;

	strbuf_init(&sb, a);
	add_queue_id(&sb, envelope);
	strbuf_adds(&sb, " rcpt refused");
	add_client(&sb, a, client, envelope);
	add(&sb, "rcpt", rcpt);
	if (v->why != NULL)
		add_text(&sb, "rule", v->why);
	add_reply(&sb, v);
	text = strbuf_str(&sb);
	put_line(LOG_NOTICE, text != NULL ? text : "out of memory");
}
