#include "config.h"
#include "tools/dmarc_show.h"

#include <stdio.h>

#include <jansson.h>

#include "base/strbuf.h"

/* ---- text --------------------------------------------------------------- */

/* Text of a zone for a terminal: octets that are not plain ASCII as \xNN. */
static const char *
shown(struct arena *a, struct span text)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	for (i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= ' ' && c < 0x7f)
			strbuf_addc(&sb, (char)c);
		else
			strbuf_addf(&sb, "\\x%02x", c);
	}
	return strbuf_str(&sb) != NULL ? strbuf_str(&sb) : "";
}

/* What was found at one name, in words. */
static const char *
found(struct arena *a, const struct dmarc_step *step)
{
	if (step->record != NULL)
		return shown(a, step->record->text);
	if (step->several)
		return "several records, none counts";
	switch (step->status) {
	case DNS_OK:
		return "no DMARC record among its texts";
	case DNS_NODATA:
		return "no record";
	case DNS_NXDOMAIN:
		return "no such name";
	case DNS_BADNAME:
		return "not asked: the name is too long";
	default:
		return "could not be looked up";
	}
}

/* Why it is this policy, in words. */
static const char *
grounds(const struct dmarc_job *j)
{
	const struct dmarc_result *r = &j->r;
	const struct dmarc_record *rec = r->record;

	if (rec->bad_policy)
		return "p is missing, or p, sp or np is wrong; with a rua it "
		    "counts as p=none";
	if (r->published != r->policy)
		return arena_printf(j->a, "%s=%s, one level lower for t=y",
		    r->policy_tag, dmarc_policy_name(r->published));
	return arena_printf(j->a, "%s=%s", r->policy_tag,
	    dmarc_policy_name(r->published));
}

/* What can be said of an identifier that passed. */
static void
show_identifier(const struct dmarc_job *j, size_t i)
{
	const struct dmarc_identifier *id = &j->id[i];
	const struct dmarc_shown *s = &j->shown[i];

	printf("%s pass of %.*s: ", id->is_dkim ? "DKIM" : "SPF",
	    SPAN_ARG(id->domain));
	if (!j->r.has_policy)
		printf("of no account without a policy");
	else if (!s->known)
		printf("whether it is aligned could not be looked up");
	else if (span_eq(id->domain, j->domain))
		printf("aligned, the same domain");
	else if (id->is_dkim ? j->r.record->strict_dkim :
	    j->r.record->strict_spf)
		printf("not aligned, another domain (strict)");
	else
		printf("%s, its organizational domain is %.*s",
		    s->aligned ? "aligned" : "not aligned",
		    SPAN_ARG(s->org_domain));
	putchar('\n');
}

static void
show_result(const struct dmarc_job *j)
{
	size_t i;

	for (i = 0; i < j->nids; i++)
		show_identifier(j, i);
	if (j->nids == 0)
		return;
	printf("result: %s", result_name(j->r.result));
	if (j->r.reason != NULL)
		printf(" (%s)", j->r.reason);
	putchar('\n');
}

static void
show_lint(const struct dmarc_lint *lint)
{
	size_t i;

	if (lint == NULL)
		return;
	printf("\n%s", lint->count == 0 ? "lint: nothing to mend\n" : "");
	for (i = 0; i < lint->count; i++)
		printf("%s: %s: %s\n",
		    dmarc_lint_level_name(lint->item[i].level),
		    lint->item[i].where, lint->item[i].text);
}

static void
show_compare(const struct dmarc_job *j)
{
	const struct dmarc_comparison *c = j->compare;

	if (c == NULL)
		return;
	if (!j->compared) {
		printf("OpenDMARC: cannot be compared\n");
		return;
	}
	printf("OpenDMARC: %s%s\n", dmarc_outcome_name(c->theirs),
	    c->differs ? "" : ", the same");
	if (c->differs && c->known != NULL)
		printf("  here %s, known as %s: %s (%s)\n",
		    dmarc_outcome_name(c->ours), c->known->name,
		    c->known->text, c->known->paragraph);
	else if (c->differs)
		printf("  here %s, for a reason that is not known\n",
		    dmarc_outcome_name(c->ours));
}

static void
show_policy(const struct dmarc_job *j)
{
	const struct dmarc_result *r = &j->r;

	if (!r->has_policy) {
		printf("policy: %s: %s\n", r->result == RESULT_TEMPERROR ?
		    "unknown" : "DMARC does not apply", r->reason);
		return;
	}
	printf("policy: %s (%s)\n", dmarc_policy_name(r->policy), grounds(j));
	if (r->result == RESULT_TEMPERROR && j->nids == 0)
		printf("warning: %s\n", r->reason);
	printf("alignment: DKIM %s, SPF %s\n",
	    r->record->strict_dkim ? "strict" : "relaxed",
	    r->record->strict_spf ? "strict" : "relaxed");
}

void
dmarc_show_text(const struct dmarc_job *j)
{
	const struct dmarc_result *r = &j->r;
	size_t i;

	for (i = 0; i < j->walk.nsteps; i++)
		printf("_dmarc.%.*s: %s\n", SPAN_ARG(j->walk.step[i].domain),
		    found(j->a, &j->walk.step[i]));
	printf("\ndomain: %.*s\n", SPAN_ARG(r->author_domain));
	printf("organizational domain: %.*s%s%s\n", SPAN_ARG(r->org_domain),
	    j->suffixes != NULL ? " (public suffix list)" : "",
	    j->suffixes == NULL && j->walk.failed ?
	    " (as far as is known)" : "");
	if (r->record != NULL)
		printf("record: _dmarc.%.*s\n", SPAN_ARG(r->policy_domain));
	else
		printf("record: none\n");
	show_policy(j);
	show_result(j);
	show_compare(j);
	show_lint(j->lint);
}

/* ---- JSON --------------------------------------------------------------- */

static json_t *
json_span(struct span s)
{
	return json_stringn(s.p != NULL ? s.p : "", s.len);
}

static json_t *
json_walk(const struct dmarc_job *j)
{
	json_t *walk = json_array();
	size_t i;

	for (i = 0; i < j->walk.nsteps; i++) {
		const struct dmarc_step *step = &j->walk.step[i];

		(void)json_array_append_new(walk, json_pack("{so ss sb so}",
		    "name", json_sprintf("_dmarc.%.*s",
		    SPAN_ARG(step->domain)),
		    "status", dns_status_name(step->status),
		    "several", step->several,
		    "record", step->record != NULL ? json_string(shown(j->a,
		    step->record->text)) : json_null()));
	}
	return walk;
}

static json_t *
json_record(const struct dmarc_job *j)
{
	const struct dmarc_record *r = j->r.record;

	if (r == NULL)
		return json_null();
	return json_pack("{so ss ss ss sb}",
	    "name", json_sprintf("_dmarc.%.*s", SPAN_ARG(j->r.policy_domain)),
	    "text", shown(j->a, r->text),
	    "adkim", r->strict_dkim ? "s" : "r",
	    "aspf", r->strict_spf ? "s" : "r",
	    "testing", r->testing);
}

static json_t *
json_identifiers(const struct dmarc_job *j)
{
	json_t *ids = json_array();
	size_t i;

	for (i = 0; i < j->nids; i++)
		(void)json_array_append_new(ids, json_pack("{ss so so so}",
		    "method", j->id[i].is_dkim ? "dkim" : "spf",
		    "domain", json_span(j->id[i].domain),
		    "organizational_domain",
		    json_span(j->shown[i].org_domain),
		    "aligned", j->shown[i].known && j->r.has_policy ?
		    json_boolean(j->shown[i].aligned) : json_null()));
	return ids;
}

static json_t *
json_compare(const struct dmarc_job *j)
{
	const struct dmarc_comparison *c = j->compare;

	if (!j->compared)
		return json_null();
	return json_pack("{ss ss sb so}",
	    "ours", dmarc_outcome_name(c->ours),
	    "theirs", dmarc_outcome_name(c->theirs),
	    "differs", c->differs,
	    "known", c->known != NULL ? json_string(c->known->name) :
	    json_null());
}

static json_t *
json_lint(const struct dmarc_lint *lint)
{
	json_t *items = json_array();
	size_t i;

	for (i = 0; i < lint->count; i++)
		(void)json_array_append_new(items, json_pack("{ss ss ss}",
		    "level", dmarc_lint_level_name(lint->item[i].level),
		    "name", lint->item[i].where,
		    "text", lint->item[i].text));
	return items;
}

void
dmarc_show_json(const struct dmarc_job *j)
{
	const struct dmarc_result *r = &j->r;
	json_t *out = json_pack("{so so so so so so so}",
	    "domain", json_span(r->author_domain),
	    "walk", json_walk(j),
	    "organizational_domain", json_span(r->org_domain),
	    "record", json_record(j),
	    "policy", r->has_policy ?
	    json_string(dmarc_policy_name(r->policy)) : json_null(),
	    "policy_tag", r->has_policy ? json_string(r->policy_tag) :
	    json_null(),
	    "reason", r->reason == NULL || (r->result == RESULT_FAIL &&
	    j->nids == 0) ? json_null() : json_string(r->reason));

	if (j->nids > 0) {
		json_object_set_new(out, "identifiers", json_identifiers(j));
		json_object_set_new(out, "result",
		    json_string(result_name(r->result)));
	}
	if (j->compare != NULL)
		json_object_set_new(out, "opendmarc", json_compare(j));
	if (j->lint != NULL)
		json_object_set_new(out, "lint", json_lint(j->lint));
	(void)json_dumpf(out, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', stdout);
	json_decref(out);
}
