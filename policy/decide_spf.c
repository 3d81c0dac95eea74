/* What the SPF and HELO rules make of a message. */
#include "config.h"
#include "policy/decide.h"

#include "message/ip.h"
#include "policy/spf_reason.h"

bool
spf_name_listed(const struct name_list *list, struct span name)
{
	size_t i;

	if (name.len > 0 && name.p[name.len - 1] == '.')
		name.len--;
	for (i = 0; name.len > 0 && i < list->count; i++)
		if (span_eq_nocase(name, list->name[i]))
			return true;
	return false;
}

bool
recipient_exempt(const struct policy_settings *set, struct span rcpt)
{
	return spf_name_listed(&set->spf_rules.exempt_recipients,
	    span_head(rcpt, span_rfind(rcpt, '@')));
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

static bool
acts(enum spf_reject rule)
{
	return rule != SPF_REJECT_NO && rule != SPF_REJECT_NO_CHECK;
}

bool
spf_rules_act(const struct spf_rules *r)
{
	return acts(r->helo_reject) || acts(r->mail_from_reject) ||
	    r->not_pass_domains.count > 0 || r->helo_impersonation;
}

bool
spf_rules_may_refuse(const struct spf_rules *r)
{
	return !r->test_only && spf_rules_act(r);
}

/* ---- one identity ------------------------------------------------------- */

/* Does this rule refuse that result? (policyd-spf's meanings) */
static bool
rule_refuses(enum spf_reject rule, enum result result)
{
	switch (rule) {
	case SPF_REJECT_NO:
	case SPF_REJECT_NO_CHECK:
		return false;
	case SPF_REJECT_NULL:
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

/* One identity of a message, and what is done about it. */
struct judged {
	const struct policy_settings *set;
	const struct mail *mail;
	const struct spf_result *spf;
	enum spf_identity identity;
	enum spf_reject	 rule;
	const char	*rule_name;
};

static struct verdict
refusal(struct arena *a, const struct judged *j, const char *why)
{
	const struct spf_rules *rules = &j->set->spf_rules;
	bool error = j->spf->result == RESULT_TEMPERROR ||
	    j->spf->result == RESULT_PERMERROR;
	struct spf_reason reason = {
		.spf = j->spf, .identity = j->identity,
		.client = ip_text(a, &j->mail->client.ip),
		.deferred = j->spf->result == RESULT_TEMPERROR,
		.by_list = !error && !rule_refuses(j->rule, j->spf->result),
	};
	struct verdict v = {
		.action = ACTION_REJECT, .code = 550,
		.enhanced = error ? "5.7.24" : "5.7.23", .why = why,
	};
	struct strbuf sb;

	if (!rules->hide_receiver)
		reason.receiver = j->set->host_name;
	if (reason.deferred) {
		v.action = ACTION_TEMPFAIL;
		v.code = 451;
		v.enhanced = "4.7.24";
	}
	if (rules->plain_codes)
		v.enhanced = reason.deferred ? "4.7.1" : "5.7.1";
	strbuf_init(&sb, a);
	spf_reason_text(&sb, rules->reason_message, &reason);
	v.text = verdict_text(&sb, "SPF check failed");
	return v;
}

/*
 * policyd-spf's order of things: False means never; Null means only for a null
 * sender; No_Mail limits refusals, not deferrals.
 */
static struct verdict
judge_identity(struct arena *a, const struct judged *j)
{
	const struct spf_rules *rules = &j->set->spf_rules;
	bool listed = spf_name_listed(&rules->not_pass_domains,
	    j->spf->domain), spared;

	if (!listed && (!acts(j->rule) || (j->rule == SPF_REJECT_NULL &&
	    j->mail->envelope.sender.len > 0)))
		return verdict_accept();
	spared = rules->no_mail && !j->spf->sends_no_mail;
	if (j->spf->result == RESULT_TEMPERROR && rules->temperror_defer)
		return refusal(a, j, "TempError_Defer");
	if (j->spf->result == RESULT_PERMERROR && rules->permerror_reject &&
	    !spared)
		return refusal(a, j, "PermError_reject");
	if (rule_refuses(j->rule, j->spf->result) && !spared &&
	    (j->rule != SPF_REJECT_NULL || j->mail->envelope.sender.len == 0))
		return refusal(a, j, j->rule_name);
	if (listed && rule_refuses(SPF_REJECT_NOT_PASS, j->spf->result) &&
	    !spared)
		return refusal(a, j, "Reject_Not_Pass_Domains");
	return verdict_accept();
}

/* ---- a HELO that claims to be us ---------------------------------------- */

/* "192.0.2.1", "[192.0.2.1]" or "[IPv6:2001:db8::1]". */
static bool
address_of_helo(struct span helo, struct in6_addr *out)
{
	if (span_starts_nocase(helo, "[IPv6:") && helo.p[helo.len - 1] == ']')
		helo = (struct span){ helo.p + 6, helo.len - 7 };
	return ip_parse(helo, out);
}

static bool
is_loopback(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_LOOPBACK(ip) || (ip_is4(ip) &&
	    ip->s6_addr[12] == 127);
}

static bool
is_own_address(const struct spf_rules *rules, const struct in6_addr *ip)
{
	return is_loopback(ip) || hostlist_has(rules->own_addresses, ip,
	    (struct span){ NULL, 0 });
}

static bool
is_own_name(const struct policy_settings *set, const struct mail_client *c,
    struct span helo)
{
	if (helo.len > 0 && helo.p[helo.len - 1] == '.')
		helo.len--;
	return helo.len > 0 && (span_eq_nocase(helo, set->host_name) ||
	    span_eq_nocase(helo, set->authserv_id) ||
	    span_eq_nocase(helo, c->mta_name) ||
	    span_is_nocase(helo, "localhost") ||
	    span_is_nocase(helo, "localhost.localdomain"));
}

/* Not of a client that speaks from an address of ours. */
static bool
claims_to_be_us(const struct policy_settings *set,
    const struct mail_client *c)
{
	struct in6_addr ip;

	if (!c->has_ip || is_own_address(&set->spf_rules, &c->ip))
		return false;
	if (address_of_helo(c->helo, &ip))
		return is_own_address(&set->spf_rules, &ip);
	return is_own_name(set, c, c->helo);
}

static struct verdict
impersonation(struct arena *a, const struct mail *m)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	strbuf_adds(&sb, "HELO ");
	verdict_add_safe(&sb, m->client.helo);
	strbuf_adds(&sb, " is this host and not you");
	return (struct verdict){
		.action = ACTION_REJECT, .code = 550, .enhanced = "5.7.1",
		.text = verdict_text(&sb, "HELO is this host and not you"),
		.why = "RejectHeloImpersonation",
	};
}

/* ---- all of it ---------------------------------------------------------- */

static struct verdict
judge_envelope(struct arena *a, const struct policy_settings *set,
    const struct mail *m, const struct results *r)
{
	struct judged helo = { set, m, r->spf_helo, SPF_HELO,
	    set->spf_rules.helo_reject, "HELO_reject" };
	struct judged mail_from = { set, m, r->spf_mail_from, SPF_MAIL_FROM,
	    set->spf_rules.mail_from_reject, "Mail_From_reject" };
	struct verdict v = verdict_accept();

	if (r->spf_exempt == SPF_EXEMPT_YES)
		return v;
	if (set->spf_rules.helo_impersonation &&
	    claims_to_be_us(set, &m->client))
		return impersonation(a, m);
	if (r->spf_helo != NULL)
		v = judge_identity(a, &helo);
	/* A null MAIL FROM is HELO again, whose rule is HELO_reject. */
	if (v.action == ACTION_ACCEPT && r->spf_mail_from != NULL &&
	    m->envelope.sender.len > 0)
		v = judge_identity(a, &mail_from);
	return v;
}

/*
 * It might be in a list of those who are not checked: only a deferral can be
 * taken back.
 */
static void
soften(struct verdict *v)
{
	v->action = ACTION_TEMPFAIL;
	v->code = 451;
	v->enhanced = v->enhanced[4] == '1' ? "4.7.1" : "4.7.24";
}

struct verdict
decide_envelope(struct arena *a, const struct policy_settings *set,
    const struct mail *m, const struct results *r)
{
	struct verdict v = judge_envelope(a, set, m, r);
	const char *why;

	if (v.action == ACTION_REJECT && r->spf_exempt == SPF_EXEMPT_UNKNOWN)
		soften(&v);
	if (v.action == ACTION_ACCEPT || !set->spf_rules.test_only)
		return v;
	why = arena_printf(a, "TestOnly: %s", v.why);
	v = verdict_accept();
	v.why = why != NULL ? why : "TestOnly";
	return v;
}
