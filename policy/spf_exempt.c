#include "config.h"
#include "policy/spf_exempt.h"

#include "base/clock.h"
#include "message/domain.h"
#include "message/ip.h"

/* PTR names that are looked at, as of the ptr mechanism (RFC 7208, 4.6.4). */
#define MAX_NAMES	SPF_MAX_NAMES

static enum spf_exempt
exempt(struct arena *a, const char *option, struct span entry,
    struct span *why_out)
{
	*why_out = span_of(arena_printf(a, "%s %.*s", option,
	    SPAN_ARG(entry)));
	return why_out->p != NULL ? SPF_EXEMPT_YES : SPF_EXEMPT_UNKNOWN;
}

enum spf_exempt
spf_exempt_address(struct arena *a, const struct spf_rules *rules,
    const struct in6_addr *ip, struct span *why_out)
{
	struct span no_name = { NULL, 0 }, entry;
	bool listed;

	entry = hostlist_match(rules->skip_addresses, ip, no_name, &listed);
	if (listed)
		return exempt(a, "skip_addresses", entry, why_out);
	entry = hostlist_match(rules->whitelist, ip, no_name, &listed);
	if (listed)
		return exempt(a, "Whitelist", entry, why_out);
	return SPF_EXEMPT_NO;
}

bool
spf_exempt_asks(const struct spf_rules *rules, const struct spf_client *c)
{
	return rules->domain_whitelist.count > 0 ||
	    rules->domain_whitelist_ptr.count > 0 ||
	    spf_name_listed(&rules->helo_whitelist, c->helo);
}

unsigned
spf_exempt_budget(const struct spf_rules *rules)
{
	return (unsigned)rules->domain_whitelist.count * SPF_MAX_QUESTIONS +
	    1 + MAX_NAMES + 1;
}

static enum dns_type
address_type(const struct in6_addr *ip)
{
	return ip_is4(ip) ? DNS_A : DNS_AAAA;
}

/* ---- Domain_Whitelist: the SPF record of a domain has the client -------- */

/* The client as if it sent for postmaster at `domain`. */
static struct spf_client
sender_of(const struct spf_client *c, struct span domain)
{
	struct spf_client as = *c;

	as.helo = domain;
	as.mail_from = SPAN("");
	return as;
}

static enum spf_exempt
by_domain(struct arena *a, struct dns_scope *dns,
    const struct spf_rules *rules, const struct spf_settings *set,
    const struct spf_client *c, struct span *why_out)
{
	const struct name_list *l = &rules->domain_whitelist;
	enum spf_exempt found = SPF_EXEMPT_NO;
	struct spf_client as;
	struct spf_result r;
	size_t i;

	for (i = 0; i < l->count; i++) {
		as = sender_of(c, l->name[i]);
		spf_check(a, dns, set, &as, SPF_HELO, NULL, &r);
		if (r.result == RESULT_PASS)
			return exempt(a, "Domain_Whitelist", l->name[i],
			    why_out);
		if (r.result == RESULT_TEMPERROR)
			found = SPF_EXEMPT_UNKNOWN;
	}
	return found;
}

/* ---- HELO_Whitelist: a listed name that has the client's address -------- */

/* Whether `name` has the address. */
static enum spf_exempt
has_address(struct dns_scope *dns, struct span name,
    const struct in6_addr *ip)
{
	const struct dns_answer *ans = dns_lookup(dns, address_type(ip), name);
	size_t i;

	if (ans->status == DNS_OVERBUDGET || ans->status == DNS_TEMPFAIL ||
	    ans->status == DNS_BOGUS)
		return SPF_EXEMPT_UNKNOWN;
	for (i = 0; i < ans->count; i++)
		if (ans->type == DNS_A ? memcmp(&ans->record[i].a,
		    &ip->s6_addr[12], 4) == 0 :
		    memcmp(&ans->record[i].aaaa, ip, 16) == 0)
			return SPF_EXEMPT_YES;
	return SPF_EXEMPT_NO;
}

static enum spf_exempt
by_helo(struct arena *a, struct dns_scope *dns, const struct spf_rules *rules,
    const struct spf_client *c, struct span *why_out)
{
	enum spf_exempt found;
	struct span name;

	if (!spf_name_listed(&rules->helo_whitelist, c->helo) ||
	    domain_normalize(a, c->helo, &name) != DOMAIN_OK)
		return SPF_EXEMPT_NO;
	found = has_address(dns, name, &c->ip);
	return found != SPF_EXEMPT_YES ? found :
	    exempt(a, "HELO_Whitelist", name, why_out);
}

/* ---- Domain_Whitelist_PTR: a name of the client, by the rules of ptr ---- */

/* The entry that a name is within; p NULL: none. */
static struct span
listed_above(struct arena *a, const struct name_list *l, struct span name)
{
	struct span top;
	size_t i;

	for (i = 0; i < l->count; i++)
		if (domain_normalize(a, l->name[i], &top) == DOMAIN_OK &&
		    domain_within(name, top))
			return top;
	return (struct span){ NULL, 0 };
}

static enum spf_exempt
by_ptr(struct arena *a, struct dns_scope *dns, const struct spf_rules *rules,
    const struct spf_client *c, struct span *why_out)
{
	const struct name_list *l = &rules->domain_whitelist_ptr;
	enum spf_exempt found = SPF_EXEMPT_NO, one;
	const struct dns_answer *ptr;
	struct span top;
	size_t i;

	if (l->count == 0)
		return SPF_EXEMPT_NO;
	ptr = dns_lookup(dns, DNS_PTR, dns_reverse_name(a, &c->ip));
	if (!dns_known(ptr->status))
		return SPF_EXEMPT_UNKNOWN;
	for (i = 0; i < ptr->count && i < MAX_NAMES; i++) {
		top = listed_above(a, l, ptr->record[i].name);
		if (top.p == NULL)
			continue;
		one = has_address(dns, ptr->record[i].name, &c->ip);
		if (one == SPF_EXEMPT_YES)
			return exempt(a, "Domain_Whitelist_PTR", top, why_out);
		if (one == SPF_EXEMPT_UNKNOWN)
			found = one;
	}
	return found;
}

/* ---- all of them -------------------------------------------------------- */

void
spf_exempt_prefetch(struct arena *a, struct dns_scope *dns,
    const struct spf_rules *rules, const struct spf_settings *set,
    const struct spf_client *c)
{
	struct spf_client as;
	struct span name;
	size_t i;

	for (i = 0; i < rules->domain_whitelist.count; i++) {
		as = sender_of(c, rules->domain_whitelist.name[i]);
		spf_prefetch(dns, set, &as, SPF_HELO);
	}
	if (spf_name_listed(&rules->helo_whitelist, c->helo) &&
	    domain_normalize(a, c->helo, &name) == DOMAIN_OK)
		dns_prefetch(dns, address_type(&c->ip), name);
	if (rules->domain_whitelist_ptr.count > 0)
		dns_prefetch(dns, DNS_PTR, dns_reverse_name(a, &c->ip));
}

/* The next list may take its time from now on. */
static void
more_time(struct dns_scope *dns, const struct spf_rules *rules,
    int64_t deadline)
{
	int64_t mine = clock_mono_ms() + rules->whitelist_time_ms;

	dns_scope_deadline(dns, mine < deadline ? mine : deadline);
}

enum spf_exempt
spf_exempt_check(struct arena *a, struct dns_scope *dns,
    const struct spf_rules *rules, const struct spf_settings *set,
    const struct spf_client *c, int64_t deadline, struct span *why_out)
{
	enum spf_exempt domain, helo, ptr;

	if (spf_exempt_address(a, rules, &c->ip, why_out) == SPF_EXEMPT_YES)
		return SPF_EXEMPT_YES;
	more_time(dns, rules, deadline);
	domain = by_domain(a, dns, rules, set, c, why_out);
	if (domain == SPF_EXEMPT_YES)
		return domain;
	more_time(dns, rules, deadline);
	helo = by_helo(a, dns, rules, c, why_out);
	if (helo == SPF_EXEMPT_YES)
		return helo;
	more_time(dns, rules, deadline);
	ptr = by_ptr(a, dns, rules, c, why_out);
	if (ptr == SPF_EXEMPT_YES)
		return ptr;
	return domain == SPF_EXEMPT_UNKNOWN || helo == SPF_EXEMPT_UNKNOWN ||
	    ptr == SPF_EXEMPT_UNKNOWN || arena_failed(a) ?
	    SPF_EXEMPT_UNKNOWN : SPF_EXEMPT_NO;
}
