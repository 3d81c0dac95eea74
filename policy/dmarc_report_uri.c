#include "config.h"
#include "policy/dmarc_report_uri.h"

#include "message/domain.h"

const char *
dmarc_consent_name(enum dmarc_consent c)
{
	switch (c) {
	case DMARC_CONSENT_NEEDLESS:	return "needless";
	case DMARC_CONSENT_GIVEN:	return "given";
	case DMARC_CONSENT_MISSING:	return "missing";
	case DMARC_CONSENT_ELSEWHERE:	return "elsewhere";
	case DMARC_CONSENT_UNKNOWN:	return "unknown";
	case DMARC_CONSENT_NO_HOST:	return "no host";
	}
	return "unknown";
}

/* ---- the host (RFC 3986, 3.2.2; RFC 6068, 2) ---------------------------- */

/* Behind the last "@" of the one address; empty when there are more. */
static struct span
mailto_host(struct span path)
{
	struct span to = span_head(path, span_find(path, '?'));
	size_t i;

	/* a comma parts addresses, and can stand here only like this */
	for (i = 0; i + 2 < to.len; i++)
		if (span_is_nocase(span_head(span_skip(to, i), 3), "%2c"))
			return SPAN("");
	return span_skip(to, span_rfind(to, '@') + 1);
}

/* Between "//" and the path, without user and port. */
static struct span
authority_host(struct span rest)
{
	size_t end = 2;

	if (!span_starts(rest, "//"))
		return SPAN("");
	while (end < rest.len && strchr("/?#", rest.p[end]) == NULL)
		end++;
	rest = span_skip(span_head(rest, end), 2);
	if (span_rfind(rest, '@') < rest.len)
		rest = span_skip(rest, span_rfind(rest, '@') + 1);
	return span_head(rest, span_find(rest, ':'));
}

/* Normalized; empty: the URI has none, or one that is no name. */
static struct span
host_of(struct arena *a, struct span uri)
{
	size_t colon = span_find(uri, ':');
	struct span rest = span_skip(uri, colon + 1), host;

	host = span_is_nocase(span_head(uri, colon), "mailto") ?
	    mailto_host(rest) : authority_host(rest);
	if (domain_normalize(a, host, &host) != DOMAIN_OK)
		return SPAN("");
	return host;
}

/* ---- the consent -------------------------------------------------------- */

/* Whether any URI of the list has another host. */
static bool
leads_elsewhere(struct arena *a, struct span list, struct span host)
{
	struct span uri;

	while (dmarc_uri_next(&list, &uri))
		if (!span_eq(host_of(a, uri), host))
			return true;
	return false;
}

/* Steps 6 to 9: what the records at the destination say. */
static void
read_consent(struct arena *a, const struct dns_answer *ans,
    struct dmarc_destination *out)
{
	struct dmarc_record r;
	bool replaced = false;
	size_t i;

	for (i = 0; ans->status == DNS_OK && i < ans->count; i++) {
		if (!dmarc_record_parse(ans->record[i].txt, &r))
			continue;
		if (out->consent != DMARC_CONSENT_ELSEWHERE)
			out->consent = DMARC_CONSENT_GIVEN;
		if (!r.valid_rua)
			continue;
		if (leads_elsewhere(a, r.rua, out->host))
			out->consent = DMARC_CONSENT_ELSEWHERE;
		else if (!replaced)
			out->rua = arena_span(a, r.rua);
		replaced = true;
	}
}

/* Steps 2 to 9. */
static void
ask_consent(struct arena *a, struct dns_scope *dns, struct span policy_domain,
    struct dmarc_destination *out)
{
	const struct dns_answer *ans;

	out->consent = DMARC_CONSENT_UNKNOWN;
	out->query = span_of(arena_printf(a, "%.*s._report._dmarc.%.*s",
	    SPAN_ARG(policy_domain), SPAN_ARG(out->host)));
	if (out->query.p == NULL)
		return;
	ans = dns_lookup(dns, DNS_TXT, out->query);
	if (dns_known(ans->status) || ans->status == DNS_BADNAME)
		out->consent = DMARC_CONSENT_MISSING;
	read_consent(a, ans, out);
}

/* Whether both are of one organization; *unsure_out when that is not known. */
static bool
same_organization(struct arena *a, struct dns_scope *dns,
    const struct suffixes *suffixes, struct span policy_domain,
    struct span host, bool *unsure_out)
{
	struct dmarc_walk one, other;

	*unsure_out = false;
	if (span_eq(policy_domain, host))
		return true;
	dmarc_walk_prefetch(a, dns, suffixes, host);
	dmarc_walk(a, dns, suffixes, policy_domain, &one);
	dmarc_walk(a, dns, suffixes, host, &other);
	*unsure_out = suffixes == NULL && (one.failed || other.failed);
	return !*unsure_out && span_eq(one.org_domain, other.org_domain);
}

void
dmarc_destination_check(struct arena *a, struct dns_scope *dns,
    const struct suffixes *suffixes, struct span policy_domain,
    struct span uri, struct dmarc_destination *out)
{
	bool unsure;

	*out = (struct dmarc_destination){ .consent = DMARC_CONSENT_NO_HOST };
	out->host = host_of(a, uri);
	if (out->host.len == 0)
		return;
	out->rua = uri;
	out->consent = DMARC_CONSENT_NEEDLESS;
	if (same_organization(a, dns, suffixes, policy_domain, out->host,
	    &unsure))
		return;
	ask_consent(a, dns, policy_domain, out);
	if (out->consent == DMARC_CONSENT_MISSING && unsure)
		out->consent = DMARC_CONSENT_UNKNOWN;
	if (out->consent != DMARC_CONSENT_GIVEN)
		out->rua = SPAN("");
}
