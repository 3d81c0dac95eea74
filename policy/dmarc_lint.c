#include "config.h"
#include "policy/dmarc_lint.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/strbuf.h"
#include "policy/dmarc_report_uri.h"

/* Of what a record says, an item shows so much. */
#define MAX_SHOWN	60

/* Destinations that are asked for their consent, of rua and ruf each. */
#define MAX_DESTINATIONS	10

const char *
dmarc_lint_level_name(enum dmarc_lint_level l)
{
	switch (l) {
	case DMARC_LINT_NOTE:		return "note";
	case DMARC_LINT_WARNING:	return "warning";
	case DMARC_LINT_ERROR:		return "error";
	case DMARC_LINT_UNKNOWN:	return "unknown";
	}
	return "unknown";
}

static void add(struct dmarc_lint *out, enum dmarc_lint_level level,
    const char *where, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void
add(struct dmarc_lint *out, enum dmarc_lint_level level, const char *where,
    const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (out->count == DMARC_LINT_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	out->item[out->count] = (struct dmarc_lint_item){ .level = level,
	    .where = where, .text = arena_str(out->arena, span_of(text)) };
	if (out->item[out->count].text != NULL)
		out->count++;
}

/* What a record says, fit to be shown. */
static const char *
shown(struct dmarc_lint *out, struct span s)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, out->arena);
	for (i = 0; i < s.len && i < MAX_SHOWN; i++) {
		unsigned char c = (unsigned char)s.p[i];

		strbuf_addc(&sb, c >= ' ' && c < 127 ? (char)c : '?');
	}
	if (s.len > MAX_SHOWN)
		strbuf_adds(&sb, "...");
	return strbuf_str(&sb) != NULL ? strbuf_str(&sb) : "";
}

/* ---- tags, one by one --------------------------------------------------- */

static const char *const policies[] = { "none", "quarantine", "reject", NULL };
static const char *const modes[] = { "r", "s", NULL };
static const char *const psd_values[] = { "y", "n", "u", NULL };
static const char *const yes_no[] = { "y", "n", NULL };

/* What is known of tags; rf, ri and pct were RFC 7489's. */
static const struct tag_row {
	const char	*name;
	const char	*const *values;	/* NULL: looked at elsewhere, or free */
	const char	*gone;		/* why it is ignored */
} tag_rows[] = {
	{ "v", NULL, NULL },
	{ "p", policies, NULL }, { "sp", policies, NULL },
	{ "np", policies, NULL },
	{ "adkim", modes, NULL }, { "aspf", modes, NULL },
	{ "psd", psd_values, NULL }, { "t", yes_no, NULL },
	{ "rua", NULL, NULL }, { "ruf", NULL, NULL }, { "fo", NULL, NULL },
	{ "pct", NULL, "mail is no longer sampled (RFC 9989, A.6); use t=y "
	    "to try a policy out" },
	{ "rf", NULL, "there is one format of failure reports" },
	{ "ri", NULL, "aggregate reports come once a day" },
};

#define NTAGS	(sizeof(tag_rows) / sizeof(tag_rows[0]))

static bool
is_among(struct span value, const char *const *words)
{
	for (; *words != NULL; words++)
		if (span_is_nocase(value, *words))
			return true;
	return false;
}

static void
lint_tag(struct span name, struct span value, const char *where,
    unsigned seen[NTAGS], struct dmarc_lint *out)
{
	const char *tag = shown(out, name);
	size_t i = 0;

	while (i < NTAGS && !span_is_nocase(name, tag_rows[i].name))
		i++;
	if (i == NTAGS) {
		add(out, DMARC_LINT_WARNING, where, "tag %s is unknown and "
		    "ignored", tag);
		return;
	}
	if (++seen[i] == 2)
		add(out, DMARC_LINT_ERROR, where, "tag %s stands twice: "
		    "neither is believed", tag);
	if (tag_rows[i].gone != NULL)
		add(out, DMARC_LINT_WARNING, where, "%s is ignored: %s", tag,
		    tag_rows[i].gone);
	else if (tag_rows[i].values != NULL &&
	    !is_among(value, tag_rows[i].values))
		add(out, tag_rows[i].values == policies ? DMARC_LINT_ERROR :
		    DMARC_LINT_WARNING, where, "%s=%s is no value of %s", tag,
		    shown(out, value), tag);
}

static void
lint_tags(struct span text, const char *where, struct dmarc_lint *out)
{
	unsigned seen[NTAGS] = { 0 };
	struct span part;

	while (span_next(&text, ';', &part)) {
		size_t equals = span_find(part, '=');

		if (equals < part.len)
			lint_tag(span_trim(span_head(part, equals)),
			    span_trim(span_skip(part, equals + 1)), where,
			    seen, out);
		else if (span_trim(part).len > 0)
			add(out, DMARC_LINT_WARNING, where, "\"%s\" is no tag "
			    "and ignored", shown(out, span_trim(part)));
	}
}

/* ---- a record as a whole ------------------------------------------------ */

static void
lint_policy(const struct dmarc_record *r, const char *where,
    struct dmarc_lint *out)
{
	enum dmarc_policy sub = r->has_sp ? r->sp : r->p;

	if (r->bad_policy && !r->valid_rua)
		add(out, DMARC_LINT_ERROR, where, "without a valid policy the "
		    "record does not count");
	else if (r->bad_policy)
		add(out, DMARC_LINT_ERROR, where, "without a valid policy the "
		    "record counts as p=none");
	if (r->bad_policy)
		return;
	if (r->has_sp && r->sp < r->p)
		add(out, DMARC_LINT_WARNING, where, "sp=%s is weaker than "
		    "p=%s: forgers take any subdomain",
		    dmarc_policy_name(r->sp), dmarc_policy_name(r->p));
	if (r->has_np && r->np < sub)
		add(out, DMARC_LINT_WARNING, where, "np=%s is weaker than "
		    "%s=%s: names that do not exist are protected less than "
		    "those that do", dmarc_policy_name(r->np),
		    r->has_sp ? "sp" : "p", dmarc_policy_name(sub));
	if (r->p == DMARC_POLICY_NONE)
		add(out, DMARC_LINT_NOTE, where, "p=none asks for nothing but "
		    "reports: for how long it has stood there the DNS does "
		    "not tell; once all your mail passes, say quarantine or "
		    "reject");
	if (r->testing)
		add(out, DMARC_LINT_NOTE, where, "t=y: every policy counts as "
		    "one level lower");
	if (r->psd == DMARC_PSD_YES)
		add(out, DMARC_LINT_NOTE, where, "psd=y is for registries: "
		    "each name below is an organization of its own");
}

/* A list of URIs against what a parser takes from it. */
static void
lint_uris(const char *tag, struct span list, const char *where,
    struct dmarc_lint *out)
{
	struct span item;

	while (list.len > 0 && span_next(&list, ',', &item)) {
		struct span one = item, uri;

		item = span_trim(item);
		if (!dmarc_uri_next(&one, &uri))
			add(out, DMARC_LINT_ERROR, where, "%s: \"%s\" is no "
			    "URI (mailto:NAME@DOMAIN)", tag, shown(out, item));
		else if (!span_starts_nocase(uri, "mailto:"))
			add(out, DMARC_LINT_WARNING, where, "%s: nobody sends "
			    "reports to %s, only mailto is defined", tag,
			    shown(out, uri));
		else if (uri.len < item.len)
			add(out, DMARC_LINT_WARNING, where, "%s: the size "
			    "limit in \"%s\" is ignored", tag,
			    shown(out, item));
	}
}

/* The parser keeps fo only where it is valid and there is a ruf (4.7). */
static void
lint_fo(const struct dmarc_record *r, const char *where,
    struct dmarc_lint *out)
{
	struct span text = r->text, part;

	while (span_next(&text, ';', &part)) {
		size_t equals = span_find(part, '=');

		if (r->fo.len > 0 || equals == part.len || !span_is_nocase(
		    span_trim(span_head(part, equals)), "fo"))
			continue;
		if (r->ruf.len == 0)
			add(out, DMARC_LINT_WARNING, where, "fo is ignored "
			    "without a ruf");
		else
			add(out, DMARC_LINT_WARNING, where, "fo=%s is no "
			    "value of fo", shown(out,
			    span_trim(span_skip(part, equals + 1))));
	}
}

static void
lint_reports(const struct dmarc_record *r, const char *where,
    struct dmarc_lint *out)
{
	lint_fo(r, where, out);
	lint_uris("rua", r->rua, where, out);
	lint_uris("ruf", r->ruf, where, out);
	if (!r->valid_rua)
		add(out, DMARC_LINT_WARNING, where, "no rua: nobody tells you "
		    "who sends mail in your name");
}

void
dmarc_lint_record(struct span text, const char *where, struct dmarc_lint *out)
{
	struct dmarc_record r;

	if (!dmarc_record_parse(text, &r)) {
		add(out, DMARC_LINT_ERROR, where, "\"%s\" is no DMARC record: "
		    "it must begin with v=DMARC1", shown(out, text));
		return;
	}
	lint_tags(text, where, out);
	lint_policy(&r, where, out);
	lint_reports(&r, where, out);
}

/* ---- a domain ----------------------------------------------------------- */

/* Texts at _dmarc that were meant as records and are none. */
static void
lint_near_misses(struct dns_scope *dns, const char *where,
    struct dmarc_lint *out)
{
	const struct dns_answer *ans = dns_lookup(dns, DNS_TXT,
	    span_of(where));
	struct dmarc_record r;
	size_t i;

	for (i = 0; ans->status == DNS_OK && i < ans->count; i++) {
		struct span text = span_trim(ans->record[i].txt);

		if (!dmarc_record_parse(ans->record[i].txt, &r) &&
		    (span_starts_nocase(text, "v") ||
		    span_starts_nocase(text, "p=") ||
		    span_starts_nocase(text, "\"v")))
			dmarc_lint_record(ans->record[i].txt, where, out);
	}
}

static const char *
record_name(struct dmarc_lint *out, struct span domain)
{
	const char *name = arena_printf(out->arena, "_dmarc.%.*s",
	    SPAN_ARG(domain));

	return name != NULL ? name : "";
}

static void
lint_step(struct dns_scope *dns, const struct dmarc_step *step,
    struct dmarc_lint *out)
{
	const char *where = record_name(out, step->domain);

	if (step->several)
		add(out, DMARC_LINT_ERROR, where, "several DMARC records: "
		    "none of them counts");
	else if (step->missing)
		add(out, DMARC_LINT_UNKNOWN, where, "could not be looked up");
	lint_near_misses(dns, where, out);
}

static void
lint_consent(const struct dmarc_destination *d, const char *tag,
    const char *uri, const char *where, struct dmarc_lint *out)
{
	switch (d->consent) {
	case DMARC_CONSENT_NEEDLESS:
	case DMARC_CONSENT_GIVEN:
		break;
	case DMARC_CONSENT_MISSING:
		add(out, DMARC_LINT_ERROR, where, "%s: no report goes to %s: "
		    "%.*s has not agreed to it; it would do so by a TXT "
		    "record \"v=DMARC1\" at %.*s", tag, uri,
		    SPAN_ARG(d->host), SPAN_ARG(d->query));
		break;
	case DMARC_CONSENT_ELSEWHERE:
		add(out, DMARC_LINT_ERROR, where, "%s: no report goes to %s: "
		    "the record at %.*s leads to another host", tag, uri,
		    SPAN_ARG(d->query));
		break;
	case DMARC_CONSENT_UNKNOWN:
		add(out, DMARC_LINT_UNKNOWN, where, "%s: whether %.*s takes "
		    "reports for %s could not be looked up", tag,
		    SPAN_ARG(d->host), uri);
		break;
	case DMARC_CONSENT_NO_HOST:
		add(out, DMARC_LINT_ERROR, where, "%s: %s names no host that "
		    "could agree to reports", tag, uri);
		break;
	}
}

/* Ask those outside the organization that reports are to be sent to. */
static void
lint_destinations(struct dns_scope *dns, const struct suffixes *suffixes,
    struct span policy_domain, const char *tag, struct span list,
    struct dmarc_lint *out)
{
	struct dmarc_destination d;
	struct span uri;
	size_t n = 0;

	while (dmarc_uri_next(&list, &uri) && n++ < MAX_DESTINATIONS) {
		dmarc_destination_check(out->arena, dns, suffixes,
		    policy_domain, uri, &d);
		lint_consent(&d, tag, shown(out, uri), record_name(out,
		    policy_domain), out);
	}
}

void
dmarc_lint_domain(struct dns_scope *dns, const struct suffixes *suffixes,
    const struct dmarc_walk *walk, const struct dmarc_result *result,
    struct dmarc_lint *out)
{
	const struct dmarc_record *r = result->record;
	struct span at = result->policy_domain;
	size_t i;

	for (i = 0; i < walk->nsteps; i++)
		lint_step(dns, &walk->step[i], out);
	if (r == NULL && !walk->failed)
		add(out, DMARC_LINT_WARNING, record_name(out,
		    result->author_domain), "no DMARC record: begin with "
		    "\"v=DMARC1; p=none; rua=mailto:NAME@DOMAIN\"");
	if (r == NULL)
		return;
	if (!span_eq(at, result->author_domain))
		add(out, DMARC_LINT_NOTE, record_name(out,
		    result->author_domain), "no record of its own; that of "
		    "%.*s applies", SPAN_ARG(at));
	dmarc_lint_record(r->text, record_name(out, at), out);
	lint_destinations(dns, suffixes, at, "rua", r->rua, out);
	lint_destinations(dns, suffixes, at, "ruf", r->ruf, out);
}
