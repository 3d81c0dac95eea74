/* What the SPF and HELO rules make of a message. */
#include "config.h"
#include "policy/decide.h"

#include "message/ip.h"

bool
recipient_exempt(const struct policy_settings *set, struct span rcpt)
{
	struct span local = span_head(rcpt, span_rfind(rcpt, '@'));
	size_t i;

	for (i = 0; i < set->spf_rules.exempt_recipients.count; i++)
		if (span_eq_nocase(local, set->spf_rules.exempt_recipients.name[i]))
			return true;
	return false;
}

bool
recipients_all_exempt(const struct policy_settings *set,
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
		.text = verdict_text(&sb, "SPF check failed"), .why = why,
	};
}

struct verdict
decide_envelope(struct arena *a, const struct policy_settings *set,
    const struct mail *m, const struct results *r)
{
	bool null_sender = m->envelope.sender.len == 0;

	if (r->spf_helo != NULL &&
	    spf_refuses(set->spf_rules.helo_reject, r->spf_helo->result, null_sender))
		return spf_refusal(a, m, r->spf_helo, "HELO", "HELO_reject");
	if (r->spf_mail_from != NULL &&
	    spf_refuses(set->spf_rules.mail_from_reject, r->spf_mail_from->result,
	    null_sender))
		return spf_refusal(a, m, r->spf_mail_from, "MAIL FROM",
		    "Mail_From_reject");
	return verdict_accept();
}
