#include "config.h"
#include "milter/apply.h"

enum milter_answer
apply_refusal(struct milter *m, const struct verdict *v)
{
	milter_refuse(m, v->code, v->enhanced, v->text);
	return v->action == ACTION_REJECT ? ANSWER_REJECT : ANSWER_TEMPFAIL;
}

/* The value as the MTA wants it: LF at a fold, the leading space or not. */
static struct span
mta_value(struct arena *a, struct span value, bool lead_space)
{
	struct strbuf sb;
	struct span piece;

	if (!lead_space && value.len > 0 && value.p[0] == ' ')
		value = span_skip(value, 1);
	strbuf_init(&sb, a);
	while (span_next(&value, '\r', &piece))
		strbuf_add(&sb, piece);
	return strbuf_span(&sb);
}

/*
 * Removals go from the last to the first: Postfix renumbers after each,
 * Sendmail does not, and only this order is right for both. Insertions go to
 * the very top, so the topmost comes last.
 */
static bool
apply_edits(struct milter *m, struct arena *a,
    const struct inspection_outcome *out, bool lead_space)
{
	size_t i;

	for (i = out->nremoves; i-- > 0;)
		if (!milter_delete_header(m, (uint32_t)out->remove[i].nth,
		    span_of(out->remove[i].name)))
			return false;
	for (i = out->ninserts; i-- > 0;) {
		struct span value = mta_value(a, out->insert[i].value,
		    lead_space);

		if (value.p == NULL || !milter_insert_header(m, 0,
		    span_of(out->insert[i].name), value))
			return false;
	}
	return true;
}

static enum milter_answer
edits_failed(struct milter *m)
{
	milter_refuse(m, 451, "4.3.0",
	    "the message could not be marked, try again later");
	return ANSWER_TEMPFAIL;
}

enum milter_answer
apply_outcome(struct milter *m, struct arena *a,
    const struct inspection_outcome *out, bool hold, bool lead_space)
{
	switch (out->verdict.action) {
	case ACTION_REJECT:
	case ACTION_TEMPFAIL:
		return apply_refusal(m, &out->verdict);
	case ACTION_DISCARD:
		return ANSWER_DISCARD;
	case ACTION_ACCEPT:
	case ACTION_QUARANTINE:
		break;
	}
	if (!apply_edits(m, a, out, lead_space))
		return edits_failed(m);
	if (out->verdict.action == ACTION_QUARANTINE && hold &&
	    !milter_quarantine(m, span_of(out->verdict.text)))
		return edits_failed(m);
	return ANSWER_CONTINUE;
}
