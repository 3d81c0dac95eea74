#include "config.h"
#include "policy/verdict.h"

#include "policy/decide.h"

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

const char *
verdict_text(struct strbuf *sb, const char *otherwise)
{
	const char *text;

	strbuf_cut(sb, VERDICT_MAX_TEXT);
	text = strbuf_str(sb);
	return text != NULL ? text : otherwise;
}

struct verdict
verdict_accept(void)
{
	return (struct verdict){ .action = ACTION_ACCEPT };
}

/* From the softest to the hardest. */
static unsigned
hardness(enum action a)
{
	switch (a) {
	case ACTION_ACCEPT:	return 0;
	case ACTION_QUARANTINE:	return 1;
	case ACTION_TEMPFAIL:	return 2;
	case ACTION_DISCARD:	return 3;
	case ACTION_REJECT:	return 4;
	}
	return 0;
}

bool
verdict_is_harder(const struct verdict *a, const struct verdict *b)
{
	return hardness(a->action) > hardness(b->action);
}

struct verdict
verdict_harder(struct verdict a, struct verdict b)
{
	return verdict_is_harder(&b, &a) ? b : a;
}

/*
 * The same of two methods. A refusal that both ask for has a code of its own
 * (RFC 7372, 3.4).
 */
static struct verdict
graver(struct verdict first, struct verdict second)
{
	if (first.action == ACTION_REJECT && second.action == ACTION_REJECT)
		first.enhanced = "5.7.26";
	return verdict_harder(first, second);
}

struct verdict
decide(struct arena *a, const struct policy_settings *set,
    const struct role *role, const struct mail *m, const struct results *r)
{
	struct verdict v = verdict_accept(), author;

	switch (role->kind) {
	case ROLE_SKIPPED:
		return v;
	case ROLE_SUBMITTED:
		return decide_signing(set, r);
	case ROLE_RELAYED:
		return decide_author(a, set, role, m, r);
	case ROLE_INCOMING:
		break;
	}
	if (!recipients_all_exempt(set, &m->envelope))
		v = decide_envelope(a, set, m, r);
	v = graver(v, decide_dkim(a, set, r));
	author = decide_author(a, set, role, m, r);
	if (author.why == NULL && author.action == ACTION_ACCEPT)
		author.why = v.why;	/* what TestOnly did not do */
	return v.action == ACTION_ACCEPT ? author : graver(v, author);
}

bool
policy_wants_recipients(const struct policy_settings *set)
{
	return (set->verify && (spf_rules_act(&set->spf_rules) ||
	    set->dmarc_rules.ignore_mail_to.count > 0)) ||
	    (set->sign && set->sign_rules.dont_sign_to.rows != NULL);
}
