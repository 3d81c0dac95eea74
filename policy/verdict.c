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

/*
 * The graver of two. A refusal that two methods ask for has a code of its own
 * (RFC 7372, 3.4).
 */
static struct verdict
graver(struct verdict first, struct verdict second)
{
	static const unsigned weight[] = {
		[ACTION_ACCEPT] = 0, [ACTION_QUARANTINE] = 1,
		[ACTION_TEMPFAIL] = 2, [ACTION_DISCARD] = 3,
		[ACTION_REJECT] = 4,
	};

	if (first.action == ACTION_REJECT && second.action == ACTION_REJECT)
		first.enhanced = "5.7.26";
	return weight[second.action] > weight[first.action] ? second : first;
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
		return decide_signing(set, r);
	case ROLE_INCOMING:
		break;
	}
	if (!recipients_all_exempt(set, &m->envelope))
		v = decide_envelope(a, set, m, r);
	v = graver(v, decide_dkim(a, set, r));
	return graver(v, decide_dmarc(a, set, r));
}
