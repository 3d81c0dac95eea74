#include "config.h"
#include "policy/iprev.h"

#include "message/domain.h"
#include "message/ip.h"

/* The first record from the ith on that holds a name of a host. */
static size_t
next_name(const struct dns_answer *ptr, size_t i)
{
	while (i < ptr->count && !domain_is_normal(ptr->record[i].name))
		i++;
	return i;
}

static void
prefetch_names(struct dns_scope *dns, const struct dns_answer *ptr,
    enum dns_type type)
{
	size_t i, tried = 0;

	for (i = next_name(ptr, 0); i < ptr->count && tried < IPREV_MAX_NAMES;
	    i = next_name(ptr, i + 1), tried++)
		dns_prefetch(dns, type, ptr->record[i].name);
}

/* The names are there: their addresses, of the family of the question. */
static void
ptr_arrived(struct dns_scope *dns, const struct dns_answer *ptr, void *ctx)
{
	(void)ctx;
	if (ptr->status == DNS_OK)
		prefetch_names(dns, ptr, span_ends_nocase(ptr->name,
		    ".ip6.arpa") ? DNS_AAAA : DNS_A);
}

void
iprev_prefetch(struct arena *a, struct dns_scope *dns,
    const struct in6_addr *ip)
{
	dns_prefetch_then(dns, DNS_PTR, dns_reverse_name(a, ip), ptr_arrived,
	    NULL);
}

static bool
has_address(const struct dns_answer *ans, const struct in6_addr *ip)
{
	size_t i;

	for (i = 0; ans->status == DNS_OK && i < ans->count; i++)
		if (ip_is4(ip) ? memcmp(&ans->record[i].a, &ip->s6_addr[12],
		    4) == 0 : memcmp(&ans->record[i].aaaa, ip, 16) == 0)
			return true;
	return false;
}

/* Try the names in order; the first that has the address is kept. */
static void
try_names(struct arena *a, struct dns_scope *dns, const struct in6_addr *ip,
    const struct dns_answer *ptr, struct iprev_result *out)
{
	enum dns_type type = ip_is4(ip) ? DNS_A : DNS_AAAA;
	size_t i, tried = 0;

	prefetch_names(dns, ptr, type);
	out->result = RESULT_FAIL;
	out->reason = "no name of the address has it";
	for (i = next_name(ptr, 0); i < ptr->count && tried < IPREV_MAX_NAMES;
	    i = next_name(ptr, i + 1), tried++) {
		const struct dns_answer *ans = dns_lookup(dns, type,
		    ptr->record[i].name);

		if (has_address(ans, ip)) {
			*out = (struct iprev_result){ .result = RESULT_PASS,
			    .name = arena_span(a, ptr->record[i].name) };
			return;
		}
		if (!dns_known(ans->status) && ans->status != DNS_BADNAME) {
			out->result = RESULT_TEMPERROR;
			out->reason = "a name could not be looked up";
		}
	}
}

void
iprev_check(struct arena *a, struct dns_scope *dns, const struct in6_addr *ip,
    struct iprev_result *out)
{
	const struct dns_answer *ptr = dns_lookup(dns, DNS_PTR,
	    dns_reverse_name(a, ip));

	*out = (struct iprev_result){ .result = RESULT_TEMPERROR,
	    .reason = "the address could not be looked up" };
	if (ptr->status == DNS_OK) {
		try_names(a, dns, ip, ptr, out);
	} else if (dns_known(ptr->status)) {
		out->result = RESULT_PERMERROR;
		out->reason = "the address has no name";
	}
}
