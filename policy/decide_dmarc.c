/* What the DMARC rules make of a message. */
#include "config.h"
#include "policy/decide.h"

/* %s: the author's domain, %p: its policy. */
#define REJECT_STRING	"DMARC fail for %s (policy %p): neither SPF nor " \
    "DKIM vouches for the domain in From"

/* Fill in a template; what follows a "%" it does not know stands as it is. */
static const char *
fill_in(struct arena *a, struct span template, const struct dmarc_result *d)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	for (i = 0; i < template.len; i++) {
		char next = i + 1 < template.len ? template.p[i + 1] : '\0';

		if (template.p[i] != '%' || strchr("sp%", next) == NULL ||
		    next == '\0') {
			verdict_add_safe(&sb,
			    (struct span){ template.p + i, 1 });
			continue;
		}
		i++;
		if (next == 's')
			verdict_add_safe(&sb, d->author_domain);
		else if (next == 'p')
			strbuf_adds(&sb, d->has_policy ?
			    dmarc_policy_name(d->policy) : "none");
		else
			strbuf_addc(&sb, '%');
	}
	return verdict_text(&sb, "DMARC check failed");
}

static struct verdict
rejected(struct arena *a, const struct author_case *c, const char *why)
{
	struct span text = c->set->dmarc_rules.reject_string;

	return (struct verdict){
		.action = ACTION_REJECT, .code = 550, .enhanced = "5.7.1",
		.text = fill_in(a, text.len > 0 ? text : SPAN(REJECT_STRING),
		    c->r->dmarc),
		.why = why,
	};
}

static struct verdict
quarantined(struct arena *a, const struct author_case *c, const char *why)
{
	return (struct verdict){
		.action = ACTION_QUARANTINE, .why = why,
		.text = fill_in(a, SPAN(REJECT_STRING), c->r->dmarc),
	};
}

static struct verdict
deferred(struct arena *a, const struct dmarc_result *d)
{
	return (struct verdict){
		.action = ACTION_TEMPFAIL, .code = 451, .enhanced = "4.7.1",
		.text = fill_in(a, SPAN("DMARC of %s could not be checked, "
		    "try again later"), d),
		.why = "DeferTempErrors",
	};
}

/* The policy as far as RejectFailures carries it out. */
static struct verdict
carry_out(struct arena *a, const struct author_case *c)
{
	enum dmarc_reject rule = c->set->dmarc_rules.reject_failures;

	switch (c->r->dmarc->policy) {
	case DMARC_POLICY_NONE:
		break;
	case DMARC_POLICY_QUARANTINE:
		if (rule != DMARC_REJECT_NO)
			return quarantined(a, c, "RejectFailures");
		if (c->set->hold_quarantined)
			return quarantined(a, c, "HoldQuarantinedMessages");
		break;
	case DMARC_POLICY_REJECT:
		if (rule == DMARC_REJECT_NO)
			break;
		if (c->override == OVERRIDE_FORWARDER ||
		    (rule == DMARC_REJECT_UNLESS_INDIRECT && c->indirect))
			return quarantined(a, c, "RejectFailures");
		return rejected(a, c, "RejectFailures");
	}
	return verdict_accept();
}

/*
 * Whether the author's policy is to be carried out. permerror with a policy:
 * signatures beyond the cap were left untried, which must not help anyone.
 */
static bool
has_failed(const struct dmarc_result *d)
{
	return d->has_policy && (d->result == RESULT_FAIL ||
	    d->result == RESULT_PERMERROR);
}

/* Whether the missing answer could have changed anything. */
static bool
is_unsure(const struct dmarc_result *d)
{
	return d->result == RESULT_TEMPERROR &&
	    (!d->has_policy || d->policy != DMARC_POLICY_NONE);
}

/* OverrideTable: an author that has to be vouched for. */
static struct verdict
forced(struct arena *a, const struct author_case *c)
{
	switch (author_vouched(c->r, c->r->dmarc)) {
	case RESULT_FAIL:
		return rejected(a, c, "OverrideTable");
	case RESULT_TEMPERROR:
		return deferred(a, c->r->dmarc);
	default:
		return verdict_accept();
	}
}

struct verdict
decide_dmarc(struct arena *a, const struct author_case *c)
{
	const struct dmarc_result *d = c->r->dmarc;

	if (d == NULL || d->author_domain.len == 0 || c->relayed ||
	    c->override == OVERRIDE_NEVER)
		return verdict_accept();
	if (c->override == OVERRIDE_REJECT)
		return forced(a, c);
	if (has_failed(d))
		return carry_out(a, c);
	if (c->set->dmarc_rules.defer_temperror && is_unsure(d))
		return deferred(a, d);
	return verdict_accept();
}
