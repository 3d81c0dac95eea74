/*
 * The rules on authors put together: From itself, own domains, DMARC, and the
 * exceptions from them.
 */
#include "config.h"
#include "policy/decide.h"

static struct verdict
refused(const char *text, const char *why)
{
	return (struct verdict){
		.action = ACTION_REJECT, .code = 550, .enhanced = "5.7.1",
		.text = text, .why = why,
	};
}

/* "From names no author that DMARC could check: several From fields" */
static const char *
problem_text(struct arena *a, const char *problem)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	strbuf_addf(&sb, "From names no author that DMARC could check: %s",
	    problem);
	return verdict_text(&sb, "From names no author");
}

struct verdict
decide_from(struct arena *a, const struct author_case *c)
{
	const struct dmarc_rules *rules = &c->set->dmarc_rules;
	const struct results *r = c->r;

	if (c->relayed || c->override == OVERRIDE_NEVER)
		return verdict_accept();
	if (r->several_authors && rules->reject_multi_from)
		return refused("DMARC: From names authors of several domains",
		    "RejectMultiValueFrom");
	if (r->author_problem == NULL)
		return verdict_accept();
	if (rules->required_from)
		return refused(problem_text(a, r->author_problem),
		    "RequiredFrom");
	if (rules->reject_failures == DMARC_REJECT_NO)
		return verdict_accept();
	return (struct verdict){
		.action = ACTION_QUARANTINE, .why = "RejectFailures",
		.text = problem_text(a, r->author_problem),
	};
}

static struct verdict
decide_case(struct arena *a, const struct author_case *c)
{
	struct verdict v = decide_own(a, c);

	v = verdict_harder(v, decide_dmarc(a, c));
	return verdict_harder(v, decide_from(a, c));
}

/* Softer than the author's policy would have it: on what grounds. */
static void
note_softer(struct verdict *v, const struct author_case *c,
    const struct role *role, const struct override *o)
{
	bool forwarded = c->relayed || c->override == OVERRIDE_FORWARDER;

	v->override = forwarded ? "trusted_forwarder" :
	    c->override == OVERRIDE_NONE ? "mailing_list" : "local_policy";
	v->override_why = o->why != NULL ? o->why :
	    c->relayed ? role->why : "it came through a mailing list";
}

static void
note_harder(struct verdict *v, const struct override *o)
{
	v->override = "local_policy";
	v->override_why = o->kind == OVERRIDE_REJECT ? o->why : v->why;
}

/*
 * Decided twice, once by the author's policy and RejectFailures alone, so that
 * what made a difference can be told.
 */
struct verdict
decide_author(struct arena *a, const struct policy_settings *set,
    const struct role *role, const struct mail *m, const struct results *r)
{
	struct author_case plain = { .set = set, .m = m, .r = r };
	struct author_case c = plain;
	struct override o = override_find(a, set, m, r);
	struct verdict without, v;

	c.override = o.kind;
	c.relayed = role->kind == ROLE_RELAYED;
	c.indirect = r->indirect || c.relayed ||
	    o.kind == OVERRIDE_FORWARDER;
	without = verdict_harder(decide_dmarc(a, &plain),
	    decide_from(a, &plain));
	v = decide_case(a, &c);
	if (verdict_is_harder(&without, &v))
		note_softer(&v, &c, role, &o);
	else if (verdict_is_harder(&v, &without))
		note_harder(&v, &o);
	return v;
}
