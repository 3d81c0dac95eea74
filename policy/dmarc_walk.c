#include "config.h"
#include "policy/dmarc.h"

#include <stdlib.h>

#include "message/domain.h"

/* ---- the names (4.10) --------------------------------------------------- */

/* A walk looks at the start and then at no more labels than these. */
#define MAX_UPPER_LABELS	(DMARC_MAX_QUERIES - 1)

/* By the list: the organizational domain, then the suffix above it. */
static struct span
next_listed(const struct suffixes *suffixes, struct span domain)
{
	struct span org = suffixes_org_domain(suffixes, domain);

	if (!span_eq(org, domain))
		return org;
	return suffixes_have(suffixes, domain) ? SPAN("") :
	    domain_parent(domain);
}

/* The name behind `domain` in a walk; empty at its end. */
static struct span
next_name(const struct suffixes *suffixes, struct span domain)
{
	size_t labels = domain_labels(domain);

	if (suffixes != NULL)
		return next_listed(suffixes, domain);
	if (labels > MAX_UPPER_LABELS)
		return domain_last_labels(domain, MAX_UPPER_LABELS);
	return domain_parent(domain);
}

/* "_dmarc." and the domain; p is NULL without memory. */
static struct span
record_name(struct arena *a, struct span domain)
{
	return span_of(arena_printf(a, "_dmarc.%.*s", SPAN_ARG(domain)));
}

/* ---- the record of one name --------------------------------------------- */

/*
 * The DMARC record among the TXT records of an answer. False when there is
 * none, or more than one: *several_out then.
 */
static bool
find_record(const struct dns_answer *ans, struct dmarc_record *out,
    bool *several_out)
{
	struct dmarc_record r;
	size_t i, found = 0;

	for (i = 0; ans->status == DNS_OK && i < ans->count; i++) {
		if (!dmarc_record_parse(ans->record[i].txt, &r))
			continue;
		*out = r;
		found++;
	}
	*several_out = found > 1;
	return found == 1;
}

/* A copy in `a`, text and all: a result may outlive the answer it is from. */
static const struct dmarc_record *
keep_record(struct arena *a, const struct dmarc_record *r)
{
	struct dmarc_record *copy = arena_alloc(a, sizeof(*copy));
	struct span text = arena_span(a, r->text);

	if (copy == NULL || !dmarc_record_parse(text, copy))
		return NULL;
	return copy;
}

/* Read what stands at _dmarc.domain. A name too long to be asked for holds
 * nothing. */
static void
read_step(struct arena *a, struct dns_scope *dns, struct span domain,
    struct dmarc_step *step)
{
	struct span name = record_name(a, domain);
	const struct dns_answer *ans;
	struct dmarc_record r;

	*step = (struct dmarc_step){ .domain = domain,
	    .status = DNS_TEMPFAIL, .missing = true };
	if (name.p == NULL)
		return;
	ans = dns_lookup(dns, DNS_TXT, name);
	step->status = ans->status;
	step->missing = !dns_known(ans->status) && ans->status != DNS_BADNAME;
	if (find_record(ans, &r, &step->several)) {
		step->record = keep_record(a, &r);
		step->missing = step->record == NULL;
	}
}

/* ---- asking ahead ------------------------------------------------------- */

/* The author domain, for when the record of a name above it arrives. */
struct author {
	size_t		 len;
	char		 text[];
};

/* An np tag above the author asks whether the author domain exists. */
static void
record_arrived(struct dns_scope *dns, const struct dns_answer *ans, void *ctx)
{
	const struct author *author = ctx;
	struct dmarc_record r;
	bool several;

	if (find_record(ans, &r, &several) && r.has_np)
		dns_prefetch(dns, DNS_A,
		    (struct span){ author->text, author->len });
}

static struct author *
author_new(struct dns_scope *dns, struct span domain)
{
	struct author *author = malloc(sizeof(*author) + domain.len);

	if (author == NULL)
		return NULL;
	author->len = domain.len;
	memcpy(author->text, domain.p, domain.len);
	return dns_scope_own(dns, author, free) ? author : NULL;
}

void
dmarc_walk_prefetch(struct arena *a, struct dns_scope *dns,
    const struct suffixes *suffixes, struct span domain)
{
	for (; domain.len > 0; domain = next_name(suffixes, domain))
		dns_prefetch(dns, DNS_TXT, record_name(a, domain));
}

void
dmarc_prefetch(struct arena *a, struct dns_scope *dns,
    const struct suffixes *suffixes, struct span domain)
{
	struct author *author;
	struct span name;

	if (domain.len == 0)
		return;
	dns_prefetch(dns, DNS_TXT, record_name(a, domain));
	author = author_new(dns, domain);
	if (author == NULL)
		return;
	for (name = next_name(suffixes, domain); name.len > 0;
	    name = next_name(suffixes, name))
		dns_prefetch_then(dns, DNS_TXT, record_name(a, name),
		    record_arrived, author);
}

/* ---- the walk ----------------------------------------------------------- */

/*
 * Take the organizational domain from the last record that was found (4.10.2):
 * one with psd=n or psd=y ended the walk, and the last of others is the one
 * with the fewest labels.
 */
static void
choose_org(struct dmarc_walk *w, const struct dmarc_step *last)
{
	struct span start = w->step[0].domain;
	size_t i;

	w->org_domain = last->domain;
	w->org_step = last;
	if (last->record->psd != DMARC_PSD_YES || last == &w->step[0])
		return;
	w->psd_step = last;
	w->org_step = NULL;
	w->org_domain = domain_last_labels(start,
	    domain_labels(last->domain) + 1);
	for (i = 0; i < w->nsteps; i++)
		if (w->step[i].record != NULL &&
		    span_eq(w->step[i].domain, w->org_domain))
			w->org_step = &w->step[i];
}

/* Each step is above the one before, and so is what it may make of the
 * organizational domain. */
static void
raise_limit(struct dmarc_walk *w, const struct dmarc_step *step)
{
	if (step->record != NULL)
		w->org_limit = w->org_domain;
	else if (step->missing)
		w->org_limit = step->domain;
}

/* Read the next name of a walk. */
static struct dmarc_step *
take_step(struct arena *a, struct dns_scope *dns, struct span name,
    struct dmarc_walk *w)
{
	struct dmarc_step *step = &w->step[w->nsteps++];

	read_step(a, dns, name, step);
	w->failed = w->failed || step->missing;
	return step;
}

static void
walk_tree(struct arena *a, struct dns_scope *dns, struct span name,
    struct dmarc_walk *w)
{
	bool stop = false;

	for (; name.len > 0 && !stop; name = next_name(NULL, name)) {
		const struct dmarc_step *step = take_step(a, dns, name, w);

		if (step->record != NULL)
			choose_org(w, step);
		raise_limit(w, step);
		stop = step->record != NULL &&
		    step->record->psd != DMARC_PSD_UNKNOWN;
	}
}

/* The organizational domain is known; the first record that counts is the
 * one that applies. */
static void
walk_listed(struct arena *a, struct dns_scope *dns,
    const struct suffixes *suffixes, struct span name, struct dmarc_walk *w)
{
	bool stop = false;

	w->org_domain = w->org_limit = suffixes_org_domain(suffixes, name);
	for (; name.len > 0 && !stop; name = next_name(suffixes, name)) {
		const struct dmarc_step *step = take_step(a, dns, name, w);
		bool above = !domain_within(name, w->org_domain);

		stop = step->record != NULL &&
		    (!above || step->record->psd == DMARC_PSD_YES);
		if (stop && above)
			w->psd_step = step;
		else if (stop && span_eq(name, w->org_domain))
			w->org_step = step;
	}
}

void
dmarc_walk(struct arena *a, struct dns_scope *dns,
    const struct suffixes *suffixes, struct span domain,
    struct dmarc_walk *out)
{
	*out = (struct dmarc_walk){ .org_domain = domain,
	    .org_limit = domain };
	dmarc_walk_prefetch(a, dns, suffixes, domain);
	if (suffixes != NULL)
		walk_listed(a, dns, suffixes, domain, out);
	else
		walk_tree(a, dns, domain, out);
}
