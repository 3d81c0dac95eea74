#include "config.h"
#include "policy/dmarc.h"

#include "message/domain.h"

/* One evaluation. */
struct eval {
	struct arena	*a;
	struct dns_scope *author_dns;
	struct dns_scope *dns;
	const struct suffixes *suffixes; /* NULL: each has its tree walk */
	struct dmarc_walk walk;		/* from the author domain */
	bool		 policy_unsure;	/* np or not could not be found out */
	struct dmarc_result *out;
};

/* ---- the policy (4.10.1) ------------------------------------------------ */

static bool
conclude(struct eval *e, enum result result, const char *reason)
{
	e->out->result = result;
	e->out->reason = reason;
	return false;
}

static bool
use_record(struct eval *e, const struct dmarc_step *step)
{
	e->out->record = step->record;
	e->out->policy_domain = step->domain;
	if (step->record->bad_policy && !step->record->valid_rua)
		return conclude(e, RESULT_NONE,
		    "record without a usable policy");
	e->out->has_policy = true;
	return true;
}

/* Which record applies. False when none does, and the result says so. */
static bool
find_policy(struct eval *e)
{
	const struct dmarc_walk *w = &e->walk;

	if (w->nsteps > 0 && w->step[0].record != NULL)
		return use_record(e, &w->step[0]);
	if (w->failed)
		return conclude(e, RESULT_TEMPERROR,
		    "policy could not be looked up");
	if (w->org_step != NULL)
		return use_record(e, w->org_step);
	if (w->psd_step != NULL)
		return use_record(e, w->psd_step);
	return conclude(e, RESULT_NONE, "no policy record");
}

static void
set_policy(struct eval *e, enum dmarc_policy policy, const char *tag)
{
	e->out->policy = policy;
	e->out->policy_tag = tag;
}

/*
 * What a record above the author domain asks for. The domain does not exist
 * when a question for it is answered NXDOMAIN (3.2.13), whatever the type.
 */
static void
subdomain_policy(struct eval *e)
{
	const struct dmarc_record *r = e->out->record;
	enum dns_status st;

	set_policy(e, r->has_sp ? r->sp : r->p, r->has_sp ? "sp" : "p");
	if (!r->has_np)
		return;
	st = dns_lookup(e->author_dns, DNS_A, e->out->author_domain)->status;
	if (st == DNS_NXDOMAIN)
		set_policy(e, r->np, "np");
	else if (!dns_known(st) && r->np != e->out->policy)
		e->policy_unsure = true;
}

/* The policy after sp, np and t (4.7). */
static void
apply_policy(struct eval *e)
{
	struct dmarc_result *out = e->out;

	if (out->record->bad_policy)
		set_policy(e, DMARC_POLICY_NONE, "p");
	else if (span_eq(out->policy_domain, out->author_domain))
		set_policy(e, out->record->p, "p");
	else
		subdomain_policy(e);
	out->published = out->policy;
	if (out->record->testing && out->policy != DMARC_POLICY_NONE)
		out->policy = (enum dmarc_policy)(out->policy - 1);
}

/* ---- alignment (4.10.2) ------------------------------------------------- */

enum alignment {
	ALIGNED_NO,
	ALIGNED_YES,
	ALIGNED_UNKNOWN,	/* it depends on an answer that is missing */
};

/* Whether no answer is missing at the organizational domain or below it. */
static bool
is_settled(const struct dmarc_walk *w)
{
	size_t i;

	for (i = 0; i < w->nsteps; i++)
		if (w->step[i].missing &&
		    domain_within(w->step[i].domain, w->org_domain))
			return false;
	return true;
}

/*
 * Hold the organizational domains of two walks against each other. What is
 * missing only above one that both came to would move both alike.
 */
static enum alignment
compare_walks(const struct dmarc_walk *author, const struct dmarc_walk *id)
{
	struct span start = author->step[0].domain;
	bool possible;

	if (span_eq(author->org_domain, id->org_domain) &&
	    is_settled(author) && is_settled(id))
		return ALIGNED_YES;
	if (author->failed && id->failed)
		possible = domain_within(start, id->org_limit);
	else if (author->failed)
		possible = domain_within(start, id->org_domain) &&
		    domain_within(id->org_domain, author->org_limit);
	else
		possible = id->failed &&
		    domain_within(author->org_domain, id->org_limit);
	return possible ? ALIGNED_UNKNOWN : ALIGNED_NO;
}

/* What can be said of an identifier without a walk of its own. */
static enum alignment
align_by_name(const struct eval *e, const struct dmarc_identifier *id)
{
	const struct dmarc_record *r = e->out->record;

	if (id->domain.len == 0)
		return ALIGNED_NO;
	if (span_eq(id->domain, e->out->author_domain))
		return ALIGNED_YES;
	if (id->is_dkim ? r->strict_dkim : r->strict_spf)
		return ALIGNED_NO;
	if (!domain_within(id->domain, e->walk.org_limit))
		return ALIGNED_NO;
	if (e->suffixes == NULL)
		return ALIGNED_UNKNOWN;
	return span_eq(suffixes_org_domain(e->suffixes, id->domain),
	    e->walk.org_domain) ? ALIGNED_YES : ALIGNED_NO;
}

static enum alignment
align(const struct eval *e, const struct dmarc_identifier *id)
{
	enum alignment al = align_by_name(e, id);
	struct dmarc_walk walk;

	if (al != ALIGNED_UNKNOWN)
		return al;
	dmarc_walk(e->a, e->dns, NULL, id->domain, &walk);
	return compare_walks(&e->walk, &walk);
}

/* ---- the identifiers ---------------------------------------------------- */

struct identifiers {
	const struct dmarc_identifier *id;
	size_t		 count;
};

static bool
has_passed(const struct dmarc_identifier *id)
{
	return id->result == RESULT_PASS && !id->untried;
}

static void
note_aligned(struct eval *e, const struct dmarc_identifier *id)
{
	if (!e->out->dkim_aligned && !e->out->spf_aligned)
		e->out->aligned_domain = id->domain;
	if (id->is_dkim)
		e->out->dkim_aligned = true;
	else
		e->out->spf_aligned = true;
}

/* Those that need no walk, such as the author domain; the walks of others are
 * asked ahead. */
static void
align_same(struct eval *e, const struct identifiers *ids)
{
	size_t i;

	for (i = 0; i < ids->count; i++) {
		const struct dmarc_identifier *id = &ids->id[i];
		enum alignment al = align_by_name(e, id);

		if (al == ALIGNED_YES && has_passed(id))
			note_aligned(e, id);
		else if (al == ALIGNED_UNKNOWN && !id->untried &&
		    (id->result == RESULT_PASS ||
		    id->result == RESULT_TEMPERROR))
			dmarc_walk_prefetch(e->a, e->dns, NULL, id->domain);
	}
}

/* The others. Whether one passed whose alignment is not known. */
static bool
align_others(struct eval *e, const struct identifiers *ids)
{
	bool unknown = false;
	size_t i;

	for (i = 0; i < ids->count; i++) {
		const struct dmarc_identifier *id = &ids->id[i];
		enum alignment al;

		if (!has_passed(id) || (id->is_dkim ? e->out->dkim_aligned :
		    e->out->spf_aligned))
			continue;
		al = align(e, id);
		if (al == ALIGNED_YES)
			note_aligned(e, id);
		unknown = unknown || al == ALIGNED_UNKNOWN;
	}
	return unknown;
}

/* Whether one that could not be found out could have been aligned. */
static bool
some_missing(const struct eval *e, const struct identifiers *ids)
{
	size_t i;

	for (i = 0; i < ids->count; i++)
		if (ids->id[i].result == RESULT_TEMPERROR &&
		    !ids->id[i].untried && align(e, &ids->id[i]) != ALIGNED_NO)
			return true;
	return false;
}

/* The same of those left untried; these are not worth a walk each. */
static bool
some_untried(const struct eval *e, const struct identifiers *ids)
{
	size_t i;

	for (i = 0; i < ids->count; i++)
		if (ids->id[i].untried &&
		    align_by_name(e, &ids->id[i]) != ALIGNED_NO)
			return true;
	return false;
}

/* 5.3.5 */
static void
judge(struct eval *e, const struct identifiers *ids)
{
	bool unknown;

	align_same(e, ids);
	unknown = align_others(e, ids);
	if (e->out->dkim_aligned || e->out->spf_aligned)
		conclude(e, RESULT_PASS, NULL);
	else if (unknown)
		conclude(e, RESULT_TEMPERROR,
		    "alignment could not be looked up");
	else if (some_missing(e, ids))
		conclude(e, RESULT_TEMPERROR,
		    "an aligned identifier could not be checked");
	else if (some_untried(e, ids))
		conclude(e, RESULT_PERMERROR,
		    "too many signatures, an aligned one was not tried");
	else if (e->policy_unsure)
		conclude(e, RESULT_TEMPERROR,
		    "existence of the author domain could not be looked up");
	else
		conclude(e, RESULT_FAIL, "no aligned pass");
}

void
dmarc_evaluate(struct arena *a, struct dns_scope *author_dns,
    struct dns_scope *dns, const struct suffixes *suffixes,
    struct span author_domain, const struct dmarc_identifier *id, size_t nids,
    struct dmarc_result *out)
{
	struct eval e = { .a = a, .author_dns = author_dns, .dns = dns,
	    .suffixes = suffixes, .out = out };
	const struct identifiers ids = { id, nids };

	*out = (struct dmarc_result){ .result = RESULT_NONE,
	    .author_domain = author_domain };
	dmarc_walk(a, author_dns, suffixes, author_domain, &e.walk);
	out->org_domain = e.walk.org_domain;
	if (!find_policy(&e))
		return;
	apply_policy(&e);
	judge(&e, &ids);
}
