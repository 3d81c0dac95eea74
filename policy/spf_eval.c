/*
 * Records: finding the one of a domain, taking its terms in order, include
 * and redirect (RFC 7208, 4.4 to 4.7, 5.2, 6.1).
 */
#include "config.h"
#include "policy/spf_eval.h"

#include <stdio.h>

#include "message/ip.h"

/* A policy of four terms; thousands of them are kept. */
#define POLICY_BYTES	576

/*
 * The SPF record of a TXT answer, parsed once and kept with the answer: what
 * it points to lives in its own arena or in the answer.
 */
struct policy {
	struct arena	*arena;		/* the policy is in it, too */
	size_t		 nrecords;	/* that claim to be SPF's */
	enum spf_parse	 status;	/* of the only one */
	struct spf_record record;
	struct spf_fault fault;
};

static void
policy_free(void *object)
{
	struct policy *p = object;

	arena_free(p->arena);
}

static void *
policy_make(const struct dns_answer *ans)
{
	struct arena *a = arena_new_small(POLICY_BYTES);
	struct policy *p = a != NULL ? arena_alloc(a, sizeof(*p)) : NULL;
	struct span text = { NULL, 0 };
	size_t i;

	if (p == NULL) {
		arena_free(a);
		return NULL;
	}
	p->arena = a;
	for (i = 0; i < ans->count; i++)
		if (spf_record_is(ans->record[i].txt)) {
			text = ans->record[i].txt;
			p->nrecords++;
		}
	if (p->nrecords == 1)
		p->status = spf_record_parse(a, text, &p->record, &p->fault);
	if (p->status == SPF_PARSE_NOMEM) {
		policy_free(p);
		return NULL;
	}
	return p;
}

enum spf_step
spf_problem(struct spf_eval *e, enum spf_step step, const char *fmt, ...)
{
	char text[600];		/* two names and a few words */
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	e->problem = arena_span(e->a, span_of(text));
	return step;
}

static enum spf_step
no_memory(struct spf_eval *e)
{
	e->problem = SPAN("out of memory");
	return SPF_TEMP;
}

/*
 * The void lookups have passed the limit. Those that are void only because
 * the client's family was asked for (an IPv6 client, a host with IPv4 alone)
 * are looked at again now: 4.6.4 wants to stop names that lead nowhere, and
 * a host with an address is none of them.
 */
static enum spf_step
clear_suspects(struct spf_eval *e)
{
	enum dns_type other = ip_is4(&e->env.ip) ? DNS_AAAA : DNS_A;
	size_t i, n = e->nsuspects;
	bool pending = false;

	e->nsuspects = 0;
	for (i = 0; i < n && e->ahead == NULL; i++)
		dns_prefetch(e->dns, other, e->suspect[i]);
	for (i = 0; i < n; i++) {
		const struct dns_answer *ans = e->ask(e, other, e->suspect[i]);

		pending |= ans == NULL;
		if (ans == NULL)
			continue;
		spf_trace_question(e->trace, other, e->suspect[i], ans);
		if (ans->status != DNS_NODATA && ans->status != DNS_NXDOMAIN)
			e->voids--;
	}
	if (e->voids <= e->max_void)
		return SPF_NO;
	return pending ? SPF_PENDING : spf_problem(e, SPF_PERM,
	    "more than %u DNS lookups that found nothing", e->max_void);
}

static enum spf_step
count_void(struct spf_eval *e, const struct dns_answer *ans, struct span name,
    enum spf_void counts)
{
	if (e->explaining || counts == SPF_VOID_NONE ||
	    (counts == SPF_VOID_MISSING && ans->status != DNS_NXDOMAIN))
		return SPF_NO;
	spf_trace_void(e->trace);
	if (counts == SPF_VOID_ADDRESS && ans->status == DNS_NODATA &&
	    e->nsuspects < SPF_MAX_TERMS)
		e->suspect[e->nsuspects++] = name;
	if (++e->voids <= e->max_void)
		return SPF_NO;
	return clear_suspects(e);
}

enum spf_step
spf_ask(struct spf_eval *e, enum dns_type type, struct span name,
    enum spf_void counts, const struct dns_answer **out)
{
	const struct dns_answer *ans = e->ask(e, type, name);

	*out = ans;
	if (ans == NULL)
		return SPF_PENDING;
	spf_trace_question(e->trace, type, name, ans);
	switch (ans->status) {
	case DNS_OK:
		return SPF_YES;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		return count_void(e, ans, name, counts);
	case DNS_BADNAME:
		return SPF_NO;
	case DNS_TEMPFAIL:
	case DNS_BOGUS:
	case DNS_OVERBUDGET:
		break;
	}
	return spf_problem(e, SPF_TEMP, "%s of %.*s: %s", dns_type_name(type),
	    SPAN_ARG(name), ans->why != NULL ? ans->why :
	    dns_status_name(ans->status));
}

enum spf_step
spf_target(struct spf_eval *e, const struct spf_term *t, struct span *out)
{
	*out = e->env.domain;
	if (t->domain.npieces == 0)
		return SPF_YES;
	/* RFC 8616, 4: such a term matches nothing. */
	if (!e->ascii_local && spf_macro_uses(&t->domain, "sl"))
		return SPF_NO;
	switch (spf_macro_name(e->a, &t->domain, &e->env, out)) {
	case SPF_EXPAND_OK:
		spf_trace_target(e->trace, *out);
		return SPF_YES;
	case SPF_EXPAND_BAD_NAME:
		return SPF_NO;
	case SPF_EXPAND_PENDING:
		return SPF_PENDING;
	case SPF_EXPAND_STOP:
		return e->terms > SPF_MAX_TERMS ? SPF_PERM : SPF_TEMP;
	case SPF_EXPAND_NOMEM:
		break;
	}
	return no_memory(e);
}

/*
 * What include and redirect share: check_host() for the target, where "none"
 * is a permanent error (5.2, 6.1). False while it is not known.
 */
static bool
check_target(struct spf_eval *e, const struct spf_term *t, enum result *out)
{
	struct span name, text = t->text;
	enum spf_step step;

	if (e->certain)
		e->sure_includes++;
	step = spf_target(e, t, &name);
	switch (step) {
	case SPF_YES:
		break;
	case SPF_NO:
		if (!e->ascii_local && spf_macro_uses(&t->domain, "sl")) {
			*out = RESULT_NEUTRAL;
			return true;
		}
		*out = RESULT_PERMERROR;
		(void)spf_problem(e, SPF_PERM, "%.*s leads to no domain name",
		    SPAN_ARG(text));
		return true;
	case SPF_PENDING:
		e->certain = false;
		return false;
	case SPF_TEMP:
	case SPF_PERM:
		*out = step == SPF_TEMP ? RESULT_TEMPERROR : RESULT_PERMERROR;
		return true;
	}
	if (!spf_eval_host(e, name, out))
		return false;
	if (*out == RESULT_NONE) {
		*out = RESULT_PERMERROR;
		if (span_find(text, '%') == text.len)
			(void)spf_problem(e, SPF_PERM,
			    "%.*s has no SPF record", SPAN_ARG(text));
		else
			(void)spf_problem(e, SPF_PERM,
			    "%.*s: %.*s has no SPF record", SPAN_ARG(text),
			    SPAN_ARG(name));
	}
	return true;
}

static enum spf_step
include(struct spf_eval *e, const struct spf_term *t)
{
	enum result r = RESULT_NONE;
	bool known;

	e->depth++;
	known = check_target(e, t, &r);
	e->depth--;
	if (!known)
		return SPF_PENDING;
	switch (r) {
	case RESULT_PASS:
		return SPF_YES;
	case RESULT_TEMPERROR:
		return SPF_TEMP;
	case RESULT_PERMERROR:
		return SPF_PERM;
	default:
		return SPF_NO;
	}
}

/* Count a term that needs DNS; false when it is one too many. */
static bool
count_term(struct spf_eval *e, const struct spf_term *t)
{
	if (!spf_term_needs_dns(t))
		return true;
	if (++e->terms > SPF_MAX_TERMS) {
		(void)spf_problem(e, SPF_PERM,
		    "more than %d terms that need DNS", SPF_MAX_TERMS);
		return false;
	}
	spf_trace_number(e->trace, e->terms);
	return true;
}

/* The term that decided. Inside an include it is the include that decides. */
static void
decided(struct spf_eval *e, const struct spf_record *rec,
    const struct spf_term *t)
{
	if (e->depth > 0)
		return;
	e->term = t->text;
	e->term_domain = e->env.domain;
	if (t->result == RESULT_FAIL && rec->exp != NULL) {
		e->exp = rec->exp;
		e->exp_domain = e->env.domain;
	}
}

/* How many leading bits of the client a term that matched has looked at. */
static unsigned
matched_bits(const struct spf_eval *e, const struct spf_term *t)
{
	bool is4 = ip_is4(&e->env.ip);

	switch (t->kind) {
	case SPF_ALL:
		return 0;
	case SPF_A:
	case SPF_MX:
	case SPF_IP4:
	case SPF_IP6:
		return is4 ? t->bits4 : t->bits6;
	default:
		return is4 ? 32 : 128;
	}
}

/* The term that matched the client; of an include it is one within. */
static void
matched(struct spf_eval *e, const struct spf_term *t)
{
	if (t->kind == SPF_INCLUDE)
		return;
	e->match = t->text;
	e->match_domain = e->env.domain;
	e->match_bits = matched_bits(e, t);
}

/* An error keeps the innermost term that met it. */
static void
failed(struct spf_eval *e, const struct spf_term *t)
{
	if (e->term.len > 0)
		return;
	e->term = t->text;
	e->term_domain = e->env.domain;
}

static enum spf_step
directive(struct spf_eval *e, const struct spf_record *rec,
    const struct spf_term *t)
{
	enum spf_step step = SPF_PERM;

	spf_trace_begin(e->trace, t->text);
	if (count_term(e, t))
		step = t->kind == SPF_ALL ? SPF_YES :
		    t->kind == SPF_INCLUDE ? include(e, t) : spf_mech(e, t);
	switch (step) {
	case SPF_YES:
		matched(e, t);
		decided(e, rec, t);
		spf_trace_end(e->trace, SPAN("match"));
		break;
	case SPF_NO:
	case SPF_PENDING:
		spf_trace_end(e->trace, SPAN("no match"));
		break;
	case SPF_TEMP:
	case SPF_PERM:
		failed(e, t);
		spf_trace_end(e->trace, e->problem);
		break;
	}
	return step;
}

static bool
redirect(struct spf_eval *e, const struct spf_term *t, enum result *out)
{
	bool known = true;

	spf_trace_begin(e->trace, t->text);
	*out = RESULT_PERMERROR;
	if (count_term(e, t))
		known = check_target(e, t, out);
	if (known && (*out == RESULT_PERMERROR || *out == RESULT_TEMPERROR)) {
		failed(e, t);
		spf_trace_end(e->trace, e->problem);
	} else
		spf_trace_end(e->trace, SPAN("followed"));
	return known;
}

/*
 * Take the terms in order (4.6.2, 4.7). False when a term is not known yet,
 * even if the end is reached: an earlier one may still decide.
 */
static bool
judge(struct spf_eval *e, const struct spf_record *rec, enum result *out)
{
	bool known = true;
	size_t i;

	for (i = 0; i < rec->nterms; i++) {
		const struct spf_term *t = &rec->term[i];

		if (t->kind >= SPF_REDIRECT)
			continue;
		switch (directive(e, rec, t)) {
		case SPF_NO:
			continue;
		case SPF_PENDING:
			known = false;
			continue;
		case SPF_YES:
			*out = t->result;
			return known;
		case SPF_TEMP:
			*out = RESULT_TEMPERROR;
			return known;
		case SPF_PERM:
			*out = RESULT_PERMERROR;
			return known;
		}
	}
	/* A record with "all" does not come to this, as 5.1 has it. */
	*out = RESULT_NEUTRAL;
	if (rec->redirect != NULL)
		return redirect(e, rec->redirect, out) && known;
	return known;
}

/* The place of a syntax error, with no more of it than fits a line. */
static void
syntax_problem(struct spf_eval *e, struct span domain,
    const struct policy *p)
{
	struct span where = span_head(p->fault.where, 60);
	char shown[64];
	size_t i;

	for (i = 0; i < where.len; i++)
		shown[i] = where.p[i] < ' ' || where.p[i] > '~' ? '?' :
		    where.p[i];
	(void)spf_problem(e, SPF_PERM,
	    "SPF record of %.*s, at byte %zu: %s%s%.*s%s", SPAN_ARG(domain),
	    (size_t)(p->fault.where.p - p->record.text.p) + 1, p->fault.why,
	    where.len > 0 ? ": \"" : "", (int)where.len, shown,
	    where.len > 0 ? "\"" : "");
}

/* "v=spf1 -all": whatever else stands in it, -all comes first. */
static bool
sends_no_mail(const struct spf_record *rec)
{
	size_t i = 0;

	while (i < rec->nterms && rec->term[i].kind >= SPF_REDIRECT)
		i++;
	return i < rec->nterms && rec->term[i].kind == SPF_ALL &&
	    rec->term[i].result == RESULT_FAIL;
}

/* The record of an answer: judged, or RESULT_NONE or an error. */
static bool
judge_answer(struct spf_eval *e, const struct dns_answer *ans,
    enum result *out)
{
	struct span domain = e->env.domain;
	const struct policy *p = dns_answer_object(e->dns, ans, policy_make,
	    policy_free);

	if (p == NULL) {
		(void)no_memory(e);
		*out = RESULT_TEMPERROR;
	} else if (p->nrecords == 0) {
		(void)spf_problem(e, SPF_NO, "%.*s has no SPF record",
		    SPAN_ARG(domain));
		*out = RESULT_NONE;
	} else if (p->nrecords > 1) {
		(void)spf_problem(e, SPF_PERM, "%.*s has %zu SPF records",
		    SPAN_ARG(domain), p->nrecords);
		*out = RESULT_PERMERROR;
	} else if (p->status != SPF_PARSE_OK) {
		spf_trace_policy(e->trace, p->record.text);
		syntax_problem(e, domain, p);
		*out = RESULT_PERMERROR;
	} else {
		spf_trace_policy(e->trace, p->record.text);
		if (e->terms == 0)
			e->sends_no_mail = sends_no_mail(&p->record);
		return judge(e, &p->record, out);
	}
	return true;
}

/* Ask for the record of the current domain and judge it. */
static bool
look_up(struct spf_eval *e, enum spf_void counts, enum result *out)
{
	struct span domain = e->env.domain;
	const struct dns_answer *ans;

	switch (spf_ask(e, DNS_TXT, domain, counts, &ans)) {
	case SPF_YES:
		return judge_answer(e, ans, out);
	case SPF_NO:
		(void)spf_problem(e, SPF_NO, ans->status == DNS_NXDOMAIN ?
		    "%.*s does not exist" : "%.*s has no SPF record",
		    SPAN_ARG(domain));
		*out = RESULT_NONE;
		return true;
	case SPF_PENDING:
		e->certain = false;
		return false;
	case SPF_TEMP:
		*out = RESULT_TEMPERROR;
		return true;
	case SPF_PERM:
		break;
	}
	*out = RESULT_PERMERROR;
	return true;
}

bool
spf_eval_host(struct spf_eval *e, struct span domain, enum result *out)
{
	struct span outer = e->env.domain;
	enum spf_void counts = e->terms > 0 ? SPF_VOID_ANY : SPF_VOID_NONE;
	bool known;

	spf_trace_enter(e->trace, domain);
	e->env.domain = domain;
	*out = RESULT_NONE;
	/* 4.3: what has one label only is nobody's mail domain. */
	known = span_find(domain, '.') == domain.len ||
	    look_up(e, counts, out);
	e->env.domain = outer;
	spf_trace_leave(e->trace, *out);
	return known;
}
