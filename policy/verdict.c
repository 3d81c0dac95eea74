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

static struct verdict
decide_submitted(const struct results *r)
{
	if (r->signing != SIGN_ERROR)
		return verdict_accept();
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
	struct verdict v = verdict_accept();

	switch (role->kind) {
	case ROLE_SKIPPED:
	case ROLE_RELAYED:
		return v;
	case ROLE_SUBMITTED:
		return decide_submitted(r);
	case ROLE_INCOMING:
		break;
	}
	if (!recipients_all_exempt(set, &m->envelope))
		v = decide_envelope(a, set, m, r);
	return v.action != ACTION_ACCEPT ? v : decide_dmarc(a, set, r);
}
