#include "config.h"
#include "policy/verdict.h"

#include "message/ip.h"

const char *
action_name(enum action a)
{
	switch (a) {
	case ACTION_ACCEPT:	return "accept";
	case ACTION_REJECT:	return "reject";
	case ACTION_TEMPFAIL:	return "tempfail";
	case ACTION_QUARANTINE:	return "quarantine";
	case ACTION_DISCARD:	return "discard";
	}
	return "accept";
}

void
verdict_add_safe(struct strbuf *sb, struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		strbuf_addc(sb, c >= ' ' && c < 127 ? (char)c : '?');
	}
}

/* Take the text of a reply: cut to its length, never missing. */
static const char *
reply_text(struct strbuf *sb, const char *otherwise)
{
	const char *text;

	strbuf_cut(sb, VERDICT_MAX_TEXT);
	text = strbuf_str(sb);
	return text != NULL ? text : otherwise;
}

static struct verdict
accepted(void)
{
	return (struct verdict){ .action = ACTION_ACCEPT };
}

bool
recipient_exempt(const struct policy_settings *set, struct span rcpt)
{
	struct span local = span_head(rcpt, span_rfind(rcpt, '@'));
	size_t i;

	for (i = 0; i < set->exempt_recipients.count; i++)
		if (span_eq_nocase(local, set->exempt_recipients.name[i]))
			return true;
	return false;
}

static bool
all_recipients_exempt(const struct policy_settings *set,
    const struct mail_envelope *e)
{
	size_t i;

	for (i = 0; i < e->nrcpts; i++)
		if (!recipient_exempt(set, e->rcpt[i]))
			return false;
	return e->nrcpts > 0;
}

/* Does this rule refuse that result? (policyd-spf's meanings) */
static bool
spf_refuses(enum spf_reject rule, enum result result, bool null_sender)
{
	switch (rule) {
	case SPF_REJECT_NO:
	case SPF_REJECT_NO_CHECK:
		return false;
	case SPF_REJECT_NULL:
		return null_sender && result == RESULT_FAIL;
	case SPF_REJECT_FAIL:
		return result == RESULT_FAIL;
	case SPF_REJECT_SOFTFAIL:
		return result == RESULT_FAIL || result == RESULT_SOFTFAIL;
	case SPF_REJECT_NOT_PASS:
		return result == RESULT_FAIL || result == RESULT_SOFTFAIL ||
		    result == RESULT_NEUTRAL;
	}
	return false;
}

/* "SPF fail: example.com does not permit 192.0.2.1 to send mail: ..." */
static struct verdict
spf_refusal(struct arena *a, const struct mail *m,
    const struct spf_result *spf, const char *identity, const char *why)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	strbuf_addf(&sb, "SPF %s for %s ", result_name(spf->result), identity);
	verdict_add_safe(&sb, spf->sender);
	strbuf_adds(&sb, ": client ");
	strbuf_add(&sb, ip_text(a, &m->client.ip));
	strbuf_adds(&sb, " is not permitted by ");
	verdict_add_safe(&sb, spf->domain);
	if (spf->explanation.len > 0) {
		strbuf_adds(&sb, ", which explains: ");
		verdict_add_safe(&sb, spf->explanation);
	}
	return (struct verdict){
		.action = ACTION_REJECT, .code = 550, .enhanced = "5.7.23",
		.text = reply_text(&sb, "SPF check failed"), .why = why,
	};
}

struct verdict
decide_envelope(struct arena *a, const struct policy_settings *set,
    const struct mail *m, const struct results *r)
{
	bool null_sender = m->envelope.sender.len == 0;

	if (r->spf_helo != NULL &&
	    spf_refuses(set->helo_reject, r->spf_helo->result, null_sender))
		return spf_refusal(a, m, r->spf_helo, "HELO", "HELO_reject");
	if (r->spf_mail_from != NULL &&
	    spf_refuses(set->mail_from_reject, r->spf_mail_from->result,
	    null_sender))
		return spf_refusal(a, m, r->spf_mail_from, "MAIL FROM",
		    "Mail_From_reject");
	return accepted();
}

/* The DMARC verdict's words: "DMARC: example.com asks to reject ..." */
static const char *
dmarc_text(struct arena *a, const struct dmarc_result *d)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	strbuf_adds(&sb, "DMARC fail for ");
	verdict_add_safe(&sb, d->author_domain);
	strbuf_addf(&sb, " (policy %s): neither SPF nor DKIM vouches for the "
	    "domain in From", dmarc_policy_name(d->policy));
	return reply_text(&sb, "DMARC check failed");
}

static struct verdict
quarantined(const char *text, const char *why)
{
	return (struct verdict){
		.action = ACTION_QUARANTINE, .text = text, .why = why,
	};
}

static struct verdict
decide_dmarc(struct arena *a, const struct policy_settings *set,
    const struct results *r)
{
	const struct dmarc_result *d = r->dmarc;

	if (d == NULL || d->result != RESULT_FAIL || !d->has_policy)
		return accepted();
	if (d->policy == DMARC_POLICY_QUARANTINE) {
		if (set->reject_failures != DMARC_REJECT_NO)
			return quarantined(dmarc_text(a, d), "RejectFailures");
		if (set->hold_quarantined)
			return quarantined(dmarc_text(a, d),
			    "HoldQuarantinedMessages");
	}
	if (d->policy != DMARC_POLICY_REJECT ||
	    set->reject_failures == DMARC_REJECT_NO)
		return accepted();
	if (set->reject_failures == DMARC_REJECT_UNLESS_INDIRECT &&
	    r->indirect)
		return quarantined(dmarc_text(a, d), "RejectFailures "
		    "unless-indirect: the message came through a list");
	return (struct verdict){
		.action = ACTION_REJECT, .code = 550, .enhanced = "5.7.1",
		.text = dmarc_text(a, d), .why = "RejectFailures",
	};
}

static struct verdict
decide_submitted(const struct results *r)
{
	if (r->signing != SIGN_ERROR)
		return accepted();
	return (struct verdict){
		.action = ACTION_TEMPFAIL, .code = 451, .enhanced = "4.7.5",
		.text = "the message could not be signed, try again later",
		.why = "signing failed",
	};
}

struct verdict
decide(struct arena *a, const struct policy_settings *set,
    const struct role *role, const struct mail *m, const struct results *r)
{
	struct verdict v = accepted();

	switch (role->kind) {
	case ROLE_SKIPPED:
	case ROLE_RELAYED:
		return v;
	case ROLE_SUBMITTED:
		return decide_submitted(r);
	case ROLE_INCOMING:
		break;
	}
	if (!all_recipients_exempt(set, &m->envelope))
		v = decide_envelope(a, set, m, r);
	return v.action != ACTION_ACCEPT ? v : decide_dmarc(a, set, r);
}
