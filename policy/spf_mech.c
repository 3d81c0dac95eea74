/*
 * The mechanisms that designate senders: a, mx, ptr, ip4, ip6, exists (RFC
 * 7208, 5.3 to 5.7), and the p macro, which is ptr's procedure (7.3).
 */
#include "config.h"
#include "policy/spf_eval.h"

#include "message/domain.h"
#include "message/ip.h"

static enum dns_type
address_type(const struct spf_eval *e)
{
	return ip_is4(&e->env.ip) ? DNS_A : DNS_AAAA;
}

/*
 * Whether the client is among the addresses of an answer, by so many leading
 * bits of its own family's.
 */
static bool
among(const struct spf_eval *e, const struct dns_answer *ans, unsigned bits4,
    unsigned bits6)
{
	struct in6_addr ip;
	size_t i;

	for (i = 0; i < ans->count; i++) {
		if (ans->type == DNS_AAAA) {
			if (ip_in_network(&e->env.ip, &ans->record[i].aaaa,
			    bits6))
				return true;
			continue;
		}
		ip = e->env.ip;		/* the mapped prefix */
		memcpy(&ip.s6_addr[12], &ans->record[i].a, 4);
		if (ip_in_network(&e->env.ip, &ip, 96 + bits4))
			return true;
	}
	return false;
}

/* Look a host up and compare. */
static enum spf_step
host_is_client(struct spf_eval *e, struct span host, unsigned bits4,
    unsigned bits6, enum spf_void counts)
{
	const struct dns_answer *ans;
	enum spf_step step = spf_ask(e, address_type(e), host, counts, &ans);

	if (step != SPF_YES)
		return step;
	return among(e, ans, bits4, bits6) ? SPF_YES : SPF_NO;
}

static enum spf_step
mech_a(struct spf_eval *e, const struct spf_term *t)
{
	struct span name;
	enum spf_step step = spf_target(e, t, &name);

	if (step != SPF_YES)
		return step;
	return host_is_client(e, name, t->bits4, t->bits6, SPF_VOID_ADDRESS);
}

/*
 * The hosts of an MX answer: not the null MX, and what is a name at all. In
 * order of preference, since DNS gives them in any: a host that cannot be
 * looked up ends the check, and should do so today and tomorrow.
 */
static size_t
mx_hosts(const struct dns_answer *ans, struct span host[SPF_MAX_NAMES])
{
	unsigned pref[SPF_MAX_NAMES];
	size_t i, k, n = 0;

	for (i = 0; i < ans->count; i++) {
		const struct dns_record *r = &ans->record[i];

		if (r->mx.name.len == 0)
			continue;
		if (n++ >= SPF_MAX_NAMES)
			continue;
		for (k = n - 1; k > 0 && (pref[k - 1] > r->mx.pref ||
		    (pref[k - 1] == r->mx.pref &&
		    span_cmp(host[k - 1], r->mx.name) > 0)); k--) {
			pref[k] = pref[k - 1];
			host[k] = host[k - 1];
		}
		pref[k] = r->mx.pref;
		host[k] = r->mx.name;
	}
	return n;
}

/*
 * Hosts that lack an address of the client's family are no void lookups: the
 * term's own question, for MX, has found something (4.6.4). Hosts that do not
 * exist are.
 */
static enum spf_step
mech_mx(struct spf_eval *e, const struct spf_term *t)
{
	struct span name, host[SPF_MAX_NAMES];
	const struct dns_answer *ans;
	enum spf_step step = spf_target(e, t, &name), found = SPF_NO;
	size_t i, n;

	if (step == SPF_YES)
		step = spf_ask(e, DNS_MX, name, SPF_VOID_ANY, &ans);
	if (step != SPF_YES)
		return step;
	n = mx_hosts(ans, host);
	if (n > SPF_MAX_NAMES)
		return spf_problem(e, SPF_PERM, "%.*s: more than %d MX hosts",
		    SPAN_ARG(t->text), SPF_MAX_NAMES);
	for (i = 0; i < n && e->ahead == NULL; i++)
		dns_prefetch(e->dns, address_type(e), host[i]);
	for (i = 0; i < n; i++) {
		step = host_is_client(e, host[i], t->bits4, t->bits6,
		    SPF_VOID_MISSING);
		if (step == SPF_PENDING)
			found = SPF_PENDING;
		else if (step != SPF_NO)
			return step;
	}
	return found;
}

static enum spf_step
mech_exists(struct spf_eval *e, const struct spf_term *t)
{
	const struct dns_answer *ans;
	struct span name;
	enum spf_step step = spf_target(e, t, &name);

	return step != SPF_YES ? step :
	    spf_ask(e, DNS_A, name, SPF_VOID_ANY, &ans);
}

static enum spf_step
mech_ip(struct spf_eval *e, const struct spf_term *t)
{
	bool is4 = t->kind == SPF_IP4;
	unsigned bits = is4 ? 96 + t->bits4 : t->bits6;

	return ip_is4(&e->env.ip) == is4 &&
	    ip_in_network(&e->env.ip, &t->net, bits) ? SPF_YES : SPF_NO;
}

/*
 * An error of DNS about the client's names is as good as none (5.5). But that
 * we have no questions or no time left is not the doing of any zone, and must
 * not make a fail of what is not known yet (4.6.4: temperror).
 */
static enum spf_step
forgive(struct spf_eval *e, enum spf_step step, const struct dns_answer *ans)
{
	return step != SPF_TEMP || ans->status == DNS_OVERBUDGET ||
	    dns_scope_late(e->dns) ? step : SPF_NO;
}

/*
 * The names the client's address points to, at most SPF_MAX_NAMES (all other
 * than the first ten are ignored, 4.6.4).
 */
static enum spf_step
client_names(struct spf_eval *e, enum spf_void counts,
    struct span name[SPF_MAX_NAMES], size_t *n_out)
{
	struct span reverse = dns_reverse_name(e->a, &e->env.ip);
	const struct dns_answer *ans;
	enum spf_step step;
	size_t i;

	*n_out = 0;
	if (reverse.p == NULL)
		return spf_problem(e, SPF_TEMP, "out of memory");
	step = spf_ask(e, DNS_PTR, reverse, counts, &ans);
	step = forgive(e, step, ans);
	if (step != SPF_YES)
		return step;
	for (i = 0; i < ans->count && i < SPF_MAX_NAMES; i++)
		if (ans->record[i].name.len > 0)
			name[(*n_out)++] = ans->record[i].name;
	return SPF_YES;
}

/* Whether a name of the client has the client's address. */
static enum spf_step
validate(struct spf_eval *e, struct span name)
{
	const struct dns_answer *ans;
	enum spf_step step = spf_ask(e, address_type(e), name, SPF_VOID_NONE,
	    &ans);

	step = forgive(e, step, ans);
	if (step != SPF_YES)
		return step;
	return among(e, ans, 32, 128) ? SPF_YES : SPF_NO;
}

static void
ask_for_addresses(struct spf_eval *e, const struct span *name, size_t n)
{
	size_t i;

	for (i = 0; i < n && e->ahead == NULL; i++)
		dns_prefetch(e->dns, address_type(e), name[i]);
}

/* Only names that would match need to be validated. */
static enum spf_step
mech_ptr(struct spf_eval *e, const struct spf_term *t)
{
	struct span target, name[SPF_MAX_NAMES];
	enum spf_step step = spf_target(e, t, &target), found = SPF_NO;
	size_t i, n, wanted = 0;

	if (step == SPF_YES) {
		e->p_counted = true;
		step = client_names(e, SPF_VOID_ANY, name, &n);
	}
	if (step != SPF_YES)
		return step;
	for (i = 0; i < n; i++)
		if (domain_within(name[i], target))
			name[wanted++] = name[i];
	ask_for_addresses(e, name, wanted);
	for (i = 0; i < wanted; i++) {
		step = validate(e, name[i]);
		if (step == SPF_PENDING)
			found = SPF_PENDING;
		else if (step != SPF_NO)
			return step;
	}
	return found;
}

/* How well a name of the client suits p: the domain, below it, any (7.3). */
static int
preference(struct span name, struct span domain)
{
	return span_eq(name, domain) ? 0 : domain_within(name, domain) ? 1 : 2;
}

static enum spf_expand
as_expand(enum spf_step step)
{
	return step == SPF_PENDING ? SPF_EXPAND_PENDING : SPF_EXPAND_STOP;
}

/* Whether `a` is to be taken before `b`; the same on every day. */
static bool
suits_better(struct span a, struct span b, struct span domain)
{
	int pa = preference(a, domain), pb = preference(b, domain);

	return pa != pb ? pa < pb : span_cmp(a, b) < 0;
}

static void
order_by_preference(struct span *name, size_t n, struct span domain)
{
	size_t i, k;

	for (i = 1; i < n; i++) {
		struct span s = name[i];

		for (k = i; k > 0 && suits_better(s, name[k - 1], domain); k--)
			name[k] = name[k - 1];
		name[k] = s;
	}
}

/* The question for PTR counts as a term of its own, once a check (4.6.4). */
static bool
count_p(struct spf_eval *e)
{
	if (e->p_counted || e->explaining)
		return true;
	e->p_counted = true;
	if (++e->terms <= SPF_MAX_TERMS) {
		spf_trace_number(e->trace, e->terms);
		return true;
	}
	(void)spf_problem(e, SPF_PERM, "more than %d terms that need DNS",
	    SPF_MAX_TERMS);
	return false;
}

enum spf_expand
spf_validated_name(void *ctx, struct span *out)
{
	struct spf_eval *e = ctx;
	struct span name[SPF_MAX_NAMES];
	enum spf_step step;
	bool pending = false;
	size_t i, n;

	*out = SPAN("unknown");
	if (!count_p(e))
		return SPF_EXPAND_STOP;
	step = client_names(e, SPF_VOID_NONE, name, &n);
	if (step == SPF_NO)
		return SPF_EXPAND_OK;
	if (step != SPF_YES)
		return as_expand(step);
	order_by_preference(name, n, e->env.domain);
	ask_for_addresses(e, name, n);
	for (i = 0; i < n; i++) {
		step = validate(e, name[i]);
		if (step == SPF_TEMP || step == SPF_PERM)
			return as_expand(step);
		pending |= step == SPF_PENDING;
		if (step == SPF_YES && !pending) {
			*out = name[i];
			return SPF_EXPAND_OK;
		}
	}
	return pending ? SPF_EXPAND_PENDING : SPF_EXPAND_OK;
}

enum spf_step
spf_mech(struct spf_eval *e, const struct spf_term *t)
{
	switch (t->kind) {
	case SPF_A:
		return mech_a(e, t);
	case SPF_MX:
		return mech_mx(e, t);
	case SPF_PTR:
		return mech_ptr(e, t);
	case SPF_IP4:
	case SPF_IP6:
		return mech_ip(e, t);
	case SPF_EXISTS:
		return mech_exists(e, t);
	case SPF_ALL:
	case SPF_INCLUDE:
	case SPF_REDIRECT:
	case SPF_EXP:
	case SPF_UNKNOWN:
		break;
	}
	return SPF_NO;
}
