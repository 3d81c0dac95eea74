/* What becomes of authors that claim to be of our own domains. */
#include "config.h"
#include "policy/decide.h"

#include "message/domain.h"

/* ---- who vouches for an author ------------------------------------------ */

/*
 * Without a record there is no alignment to go by but the names themselves:
 * the author's domain, or one above or below it with more than one label.
 */
static bool
near(struct span id, struct span author)
{
	return domain_labels(id) > 1 &&
	    (domain_within(id, author) || domain_within(author, id));
}

static void
vouch(enum result *sum, enum result one, struct span id, struct span author)
{
	if (id.len == 0 || !near(id, author))
		return;
	if (one == RESULT_PASS ||
	    (one == RESULT_TEMPERROR && *sum == RESULT_FAIL))
		*sum = one;
}

static enum result
vouched_by_name(const struct results *r, struct span author)
{
	enum result sum = RESULT_FAIL;
	size_t i;

	if (r->spf_mail_from != NULL)
		vouch(&sum, r->spf_mail_from->result, r->spf_mail_from->domain,
		    author);
	for (i = 0; i < r->ndkim && sum != RESULT_PASS; i++)
		vouch(&sum, r->dkim[i].result, r->dkim[i].sig.domain, author);
	return sum;
}

enum result
author_vouched(const struct results *r, const struct dmarc_result *d)
{
	enum result by_name;

	switch (d->result) {
	case RESULT_PASS:
	case RESULT_FAIL:
		return d->result;
	case RESULT_PERMERROR:
		return RESULT_FAIL;
	case RESULT_TEMPERROR:
		by_name = vouched_by_name(r, d->author_domain);
		return d->has_policy || by_name == RESULT_FAIL ?
		    RESULT_TEMPERROR : by_name;
	default:
		return vouched_by_name(r, d->author_domain);
	}
}

/* ---- the rule ----------------------------------------------------------- */

static struct span
own_text(struct arena *a, struct span domain, const char *end)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	strbuf_adds(&sb, "From claims ");
	verdict_add_safe(&sb, domain);
	strbuf_adds(&sb, ", which is our own, ");
	strbuf_adds(&sb, end);
	return span_of(verdict_text(&sb, "From claims our own domain"));
}

static struct verdict
unvouched(struct arena *a, const struct author_case *c, struct span domain)
{
	struct span text = own_text(a, domain,
	    "and neither SPF nor DKIM vouches for it");

	if (c->indirect)
		return (struct verdict){
			.action = ACTION_QUARANTINE, .text = text.p,
			.why = "RejectOwnDomain",
		};
	return (struct verdict){
		.action = ACTION_REJECT, .code = 550, .enhanced = "5.7.26",
		.text = text.p, .why = "RejectOwnDomain",
	};
}

static struct verdict
unknown(struct arena *a, const struct author_case *c, struct span domain)
{
	if (c->relayed)
		return verdict_accept();
	return (struct verdict){
		.action = ACTION_TEMPFAIL, .code = 451, .enhanced = "4.7.1",
		.text = own_text(a, domain, "and SPF and DKIM could not be "
		    "checked, try again later").p,
		.why = "RejectOwnDomain",
	};
}

static struct verdict
decide_one(struct arena *a, const struct author_case *c,
    const struct dmarc_result *d)
{
	bool own;

	(void)hostlist_match_name(c->set->dmarc_rules.own_domains,
	    d->author_domain, &own);
	if (!own)
		return verdict_accept();
	switch (author_vouched(c->r, d)) {
	case RESULT_PASS:
		return verdict_accept();
	case RESULT_TEMPERROR:
		return unknown(a, c, d->author_domain);
	default:
		return unvouched(a, c, d->author_domain);
	}
}

/* ---- a From that names nobody for sure ----------------------------------- */

/* What a lenient reader may take for part of a domain: U-labels, too. */
static bool
in_domain(unsigned char c)
{
	return ascii_isalnum(c) || c == '-' || c == '_' || c == '.' ||
	    c >= 0x80;
}

/* The next domain behind an "@" in *rest; false when there is none. */
static bool
next_claim(struct arena *a, struct span *rest, struct span *domain_out)
{
	while (rest->len > 0) {
		size_t n = 0;

		*rest = span_skip(*rest, span_find(*rest, '@') + 1);
		while (rest->len > 0 && ascii_isfws((unsigned char)rest->p[0]))
			*rest = span_skip(*rest, 1);
		while (n < rest->len && in_domain((unsigned char)rest->p[n]))
			n++;
		if (n > 0 && domain_normalize(a, span_head(*rest, n),
		    domain_out) == DOMAIN_OK)
			return true;
	}
	return false;
}

static struct verdict
decide_claim(struct arena *a, const struct author_case *c, struct span domain)
{
	bool own;

	(void)hostlist_match_name(c->set->dmarc_rules.own_domains, domain,
	    &own);
	if (!own)
		return verdict_accept();
	switch (vouched_by_name(c->r, domain)) {
	case RESULT_PASS:
		return verdict_accept();
	case RESULT_TEMPERROR:
		return unknown(a, c, domain);
	default:
		return unvouched(a, c, domain);
	}
}

/*
 * The parser found no author, or not for sure; a mail program will show one all
 * the same. So every domain that stands behind an "@" counts as a claim.
 */
static struct verdict
decide_unsure(struct arena *a, const struct author_case *c)
{
	const struct headers *h = &c->m->headers;
	struct verdict v = verdict_accept();
	struct span rest, domain;
	size_t i;

	for (i = 0; i < h->count; i++) {
		if (!span_is_nocase(h->field[i].name, "From"))
			continue;
		rest = h->field[i].value;
		while (next_claim(a, &rest, &domain))
			v = verdict_harder(v, decide_claim(a, c, domain));
	}
	return v;
}

struct verdict
decide_own(struct arena *a, const struct author_case *c)
{
	struct verdict v = verdict_accept();
	size_t i;

	if (!c->set->dmarc_rules.reject_own || c->override == OVERRIDE_NEVER)
		return v;
	for (i = 0; i < c->r->nauthors; i++)
		v = verdict_harder(v, decide_one(a, c, &c->r->author[i]));
	if (c->r->author_problem != NULL)
		v = verdict_harder(v, decide_unsure(a, c));
	return v;
}
