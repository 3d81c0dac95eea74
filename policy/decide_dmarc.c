/* What the DMARC rules make of a message. */
#include "config.h"
#include "policy/decide.h"

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
	return verdict_text(&sb, "DMARC check failed");
}

static struct verdict
quarantined(const char *text, const char *why)
{
	return (struct verdict){
		.action = ACTION_QUARANTINE, .text = text, .why = why,
	};
}

struct verdict
decide_dmarc(struct arena *a, const struct policy_settings *set,
    const struct results *r)
{
	const struct dmarc_result *d = r->dmarc;

	if (d == NULL || d->result != RESULT_FAIL || !d->has_policy)
		return verdict_accept();
	if (d->policy == DMARC_POLICY_QUARANTINE) {
		if (set->dmarc_rules.reject_failures != DMARC_REJECT_NO)
			return quarantined(dmarc_text(a, d), "RejectFailures");
		if (set->hold_quarantined)
			return quarantined(dmarc_text(a, d),
			    "HoldQuarantinedMessages");
	}
	if (d->policy != DMARC_POLICY_REJECT ||
	    set->dmarc_rules.reject_failures == DMARC_REJECT_NO)
		return verdict_accept();
	if (set->dmarc_rules.reject_failures == DMARC_REJECT_UNLESS_INDIRECT &&
	    r->indirect)
		return quarantined(dmarc_text(a, d), "RejectFailures "
		    "unless-indirect: the message came through a list");
	return (struct verdict){
		.action = ACTION_REJECT, .code = 550, .enhanced = "5.7.1",
		.text = dmarc_text(a, d), .why = "RejectFailures",
	};
}
