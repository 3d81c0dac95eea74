/* What the DKIM rules, the On- options above all, make of a message. */
#include "config.h"
#include "policy/decide.h"

#include "message/domain.h"

/*
 * RFC 7372, 3.1: 20 no signature passes; 21 some pass but for a rule of ours;
 * 22 some pass, but none is the author's.
 */
struct reply_codes {
	const char	*permanent;
	const char	*temporary;
};

static const struct reply_codes none_passes = { "5.7.20", "4.7.20" };
static const struct reply_codes none_acceptable = { "5.7.21", "4.7.21" };
static const struct reply_codes none_of_author = { "5.7.22", "4.7.22" };
static const struct reply_codes cannot_sign = { "5.7.5", "4.7.5" };

static struct verdict
act(enum action action, const struct reply_codes *codes, const char *text,
    const char *why)
{
	struct verdict v = { .action = action, .text = text, .why = why };

	if (action == ACTION_ACCEPT)
		return verdict_accept();
	if (action == ACTION_REJECT) {
		v.code = 550;
		v.enhanced = codes->permanent;
	} else if (action == ACTION_TEMPFAIL) {
		v.code = 451;
		v.enhanced = codes->temporary;
	}
	return v;
}

/* ---- RequireSignature --------------------------------------------------- */

/*
 * The author's: his domain, one above it, or one below it, as relaxed
 * alignment has it.
 */
static bool
is_authors(const struct dkim_result *d, struct span author)
{
	return d->sig.domain.len > 0 && (domain_within(author, d->sig.domain) ||
	    domain_within(d->sig.domain, author));
}

static const char *
required_text(struct arena *a, struct span author)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	strbuf_adds(&sb, "DKIM: mail from ");
	verdict_add_safe(&sb, author);
	strbuf_adds(&sb, " must be signed by that domain, and no such "
	    "signature passes");
	return verdict_text(&sb, "DKIM signature of the author required");
}

static struct verdict
decide_author_signed(struct arena *a, const struct results *r,
    struct span author)
{
	const struct reply_codes *codes = &none_passes;
	enum action action = ACTION_REJECT;
	size_t i;

	for (i = 0; i < r->ndkim; i++) {
		const struct dkim_result *d = &r->dkim[i];

		if (d->result == RESULT_PASS && is_authors(d, author))
			return verdict_accept();
		if (d->result == RESULT_PASS)
			codes = &none_of_author;
		if (d->result == RESULT_TEMPERROR && is_authors(d, author))
			action = ACTION_TEMPFAIL;
	}
	return act(action, codes, required_text(a, author),
	    "RequireSignature");
}

/* Every author of the list must sign, however many others stand beside him. */
static struct verdict
decide_required(struct arena *a, const struct policy_settings *set,
    const struct results *r)
{
	struct verdict v = verdict_accept();
	size_t i;

	for (i = 0; i < r->nauthors; i++) {
		struct span author = r->author[i].author_domain;

		if (name_set_has(a, &set->dkim_rules.require_signature,
		    author))
			v = verdict_harder(v, decide_author_signed(a, r,
			    author));
	}
	return v;
}

/* ---- the On- options ---------------------------------------------------- */

/*
 * RFC 6376, 3.6.1: a signature by a key in testing that fails is as good as
 * none. What was not tried says nothing.
 */
static bool
counts(const struct dkim_result *d)
{
	return !d->untried && !(d->testing && d->result == RESULT_FAIL);
}

static bool
any_pass(const struct results *r)
{
	size_t i;

	for (i = 0; i < r->ndkim; i++)
		if (r->dkim[i].result == RESULT_PASS)
			return true;
	return false;
}

/* The first result of a cause; NULL when there is none. */
static const struct dkim_result *
first_of(const struct results *r, enum dkim_cause cause)
{
	size_t i;

	for (i = 0; i < r->ndkim; i++)
		if (counts(&r->dkim[i]) && r->dkim[i].cause == cause)
			return &r->dkim[i];
	return NULL;
}

/* "DKIM check failed for example.com: body hash did not verify" */
static const char *
failed_text(struct arena *a, const struct dkim_result *d)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	strbuf_adds(&sb, "DKIM check failed");
	if (d->sig.domain.len > 0) {
		strbuf_adds(&sb, " for ");
		verdict_add_safe(&sb, d->sig.domain);
	}
	if (d->reason != NULL)
		strbuf_addf(&sb, ": %s", d->reason);
	return verdict_text(&sb, "DKIM check failed");
}

/*
 * No signature passes. Of several causes one that may be gone the next time
 * comes first: it kept a signature that might be good from being checked.
 */
static struct verdict
decide_failed(struct arena *a, const struct dkim_rules *rules,
    const struct results *r)
{
	const struct {
		enum dkim_cause cause;
		enum action action;
		const char *why;
	} rows[] = {
		{ DKIM_CAUSE_INTERNAL, rules->internal_error,
		    "On-InternalError" },
		{ DKIM_CAUSE_DNS, rules->dns_error, "On-DNSError" },
		{ DKIM_CAUSE_SECURITY, rules->security, "On-Security" },
		{ DKIM_CAUSE_SIGNATURE, rules->bad_signature,
		    "On-BadSignature" },
		{ DKIM_CAUSE_KEY, rules->key_not_found, "On-KeyNotFound" },
	};
	const struct dkim_result *d;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((d = first_of(r, rows[i].cause)) != NULL)
			return act(rows[i].action, d->result == RESULT_POLICY &&
			    d->cause == DKIM_CAUSE_SIGNATURE ?
			    &none_acceptable : &none_passes,
			    failed_text(a, d), rows[i].why);
	return act(rules->no_signature, &none_passes,
	    "DKIM: the message is not signed, which is required here",
	    "On-NoSignature");
}

/* ExemptDomains, by the one author in From. */
static bool
is_exempt(struct arena *a, const struct policy_settings *set,
    const struct results *r)
{
	return r->nauthors == 1 && r->author_problem == NULL &&
	    name_set_has(a, &set->sign_rules.exempt_domains,
	    r->author[0].author_domain);
}

struct verdict
decide_dkim(struct arena *a, const struct policy_settings *set,
    const struct results *r)
{
	struct verdict v = decide_required(a, set, r);

	if (v.action != ACTION_ACCEPT || any_pass(r) || is_exempt(a, set, r))
		return v;
	return decide_failed(a, &set->dkim_rules, r);
}

struct verdict
decide_signing(const struct policy_settings *set, const struct results *r)
{
	enum action action = set->dkim_rules.signature_error;

	if (r->signing != SIGN_ERROR)
		return verdict_accept();
	return act(action, &cannot_sign, action == ACTION_TEMPFAIL ?
	    "the message could not be signed, try again later" :
	    "the message could not be signed", "On-SignatureError");
}
