#include "config.h"
#include "milter/apply.h"

#include <stdio.h>

/* libmilter reads a "%" in a reply as the start of a format. */
static char *
reply_escape(struct arena *a, const char *text)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	for (; *text != '\0'; text++) {
		strbuf_addc(&sb, *text);
		if (*text == '%')
			strbuf_addc(&sb, '%');
	}
	return (char *)(uintptr_t)strbuf_str(&sb);
}

sfsistat
apply_refusal(SMFICTX *ctx, struct arena *a, const struct verdict *v)
{
	char code[4], enhanced[16], *text = reply_escape(a, v->text);

	snprintf(code, sizeof(code), "%u", v->code % 1000);
	snprintf(enhanced, sizeof(enhanced), "%s", v->enhanced);
	if (text != NULL)
		(void)smfi_setreply(ctx, code, enhanced, text);
	return v->action == ACTION_REJECT ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

/* The value as the MTA wants it: LF at a fold, the leading space or not. */
static char *
mta_value(struct arena *a, struct span value, bool lead_space)
{
	struct strbuf sb;
	struct span piece;

	if (!lead_space && value.len > 0 && value.p[0] == ' ')
		value = span_skip(value, 1);
	strbuf_init(&sb, a);
	while (span_next(&value, '\r', &piece))
		strbuf_add(&sb, piece);
	return (char *)(uintptr_t)strbuf_str(&sb);
}

static char *
mta_name(const char *name)
{
	return (char *)(uintptr_t)name;
}

/*
 * Removals go from the last to the first: Postfix renumbers after each,
 * Sendmail does not, and only this order is right for both. Insertions go to
 * the very top, so the topmost comes last.
 */
static bool
apply_edits(SMFICTX *ctx, struct arena *a,
    const struct inspection_outcome *out, bool lead_space)
{
	size_t i;

	for (i = out->nremoves; i-- > 0;)
		if (smfi_chgheader(ctx, mta_name(out->remove[i].name),
		    (int)out->remove[i].nth, NULL) != MI_SUCCESS)
			return false;
	for (i = out->ninserts; i-- > 0;) {
		char *value = mta_value(a, out->insert[i].value, lead_space);

		if (value == NULL || smfi_insheader(ctx, 0,
		    mta_name(out->insert[i].name), value) != MI_SUCCESS)
			return false;
	}
	return true;
}

static sfsistat
edits_failed(SMFICTX *ctx)
{
	(void)smfi_setreply(ctx, mta_name("451"), mta_name("4.3.0"),
	    mta_name("the message could not be marked, try again later"));
	return SMFIS_TEMPFAIL;
}

sfsistat
apply_outcome(SMFICTX *ctx, struct arena *a,
    const struct inspection_outcome *out, bool hold, bool lead_space)
{
	switch (out->verdict.action) {
	case ACTION_REJECT:
	case ACTION_TEMPFAIL:
		return apply_refusal(ctx, a, &out->verdict);
	case ACTION_DISCARD:
		return SMFIS_DISCARD;
	case ACTION_ACCEPT:
	case ACTION_QUARANTINE:
		break;
	}
	if (!apply_edits(ctx, a, out, lead_space))
		return edits_failed(ctx);
	if (out->verdict.action == ACTION_QUARANTINE && hold &&
	    smfi_quarantine(ctx, mta_name(out->verdict.text)) != MI_SUCCESS)
		return edits_failed(ctx);
	return SMFIS_CONTINUE;
}
