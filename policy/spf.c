/*
 * One SPF check: who is asked about (RFC 7208, 2.3, 2.4, 4.3), the
 * evaluation, the explanation (6.2).
 */
#include "config.h"
#include "policy/spf.h"

#include "message/domain.h"
#include "message/ip.h"
#include "policy/spf_eval.h"

/* As much of a foreign explanation as a few lines of SMTP reply can carry. */
#define MAX_EXPLANATION	1000

/*
 * The path of MAIL FROM without angle brackets and source route. SPF must
 * read what is no proper path as well (a quoted or odd local part is still
 * checked by its domain), so this is less strict than address.h.
 */
static struct span
bare_path(struct span path)
{
	size_t colon;

	path = span_trim(path);
	if (path.len >= 2 && path.p[0] == '<' && path.p[path.len - 1] == '>')
		path = (struct span){ path.p + 1, path.len - 2 };
	colon = span_find(path, ':');
	if (path.len > 0 && path.p[0] == '@' && colon < path.len &&
	    span_rfind(path, '@') > colon)
		path = span_skip(path, colon + 1);
	return path;
}

/* Split the identity into local part and domain, as it came. */
static void
split_identity(const struct spf_client *c, enum spf_identity id,
    struct span *local, struct span *domain)
{
	struct span path = bare_path(c->mail_from);
	size_t at = span_rfind(path, '@');

	*local = SPAN("postmaster");
	*domain = c->helo;
	if (id == SPF_HELO || path.len == 0)
		return;
	*domain = span_skip(path, at + 1);
	if (at > 0)
		*local = span_head(path, at);
}

static struct span
join_address(struct arena *a, struct span local, struct span domain)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	strbuf_add(&sb, local);
	strbuf_addc(&sb, '@');
	strbuf_add(&sb, domain);
	return strbuf_span(&sb);
}

enum result
spf_eval_begin(struct spf_eval *e, struct arena *a, struct dns_scope *dns,
    const struct spf_settings *set, const struct spf_client *c,
    enum spf_identity id, struct span *domain_out)
{
	struct span local, raw;
	enum domain_status st;

	*e = (struct spf_eval){ .a = a, .dns = dns, .certain = true,
	    .max_void = set->max_void };
	split_identity(c, id, &local, &raw);
	st = domain_normalize(a, raw, domain_out);
	e->ascii_local = span_is_ascii(local);
	e->env = (struct spf_macro_env){
		.local = arena_span(a, local),
		.sender_domain = *domain_out,
		.ip = c->ip, .helo = c->helo, .receiver = c->receiver,
		.now = c->now, .validated = spf_validated_name, .ctx = e,
	};
	e->env.sender = join_address(a, local, st == DOMAIN_OK ? *domain_out :
	    raw);
	if (st == DOMAIN_NOMEM || arena_failed(a)) {
		e->problem = SPAN("out of memory");
		return RESULT_TEMPERROR;
	}
	if (st != DOMAIN_OK)
		(void)spf_problem(e, SPF_NO, "no domain to check: %s",
		    domain_status_text(st));
	else if (domain_labels(*domain_out) < 2)
		(void)spf_problem(e, SPF_NO,
		    "no domain to check: a single label");
	else
		return RESULT_PASS;
	*domain_out = (struct span){ NULL, 0 };
	return RESULT_NONE;
}

static const struct dns_answer *
ask_and_wait(struct spf_eval *e, enum dns_type type, struct span name)
{
	return dns_lookup(e->dns, type, name);
}

/* Printable US-ASCII (6.2), no longer than we want to repeat. */
static struct span
printable(struct arena *a, struct span s)
{
	char *p;
	size_t i;

	s = arena_span(a, span_head(s, MAX_EXPLANATION));
	p = (char *)s.p;
	for (i = 0; i < s.len; i++)
		if (p[i] < ' ' || p[i] > '~')
			p[i] = '?';
	return s;
}

/* The one TXT record of the explanation's name; false: there is none. */
static bool
explanation_text(struct spf_eval *e, struct span *out)
{
	const struct dns_answer *ans;
	struct span name;

	if (spf_target(e, e->exp, &name) != SPF_YES ||
	    spf_ask(e, DNS_TXT, name, SPF_VOID_NONE, &ans) != SPF_YES ||
	    ans->count != 1)
		return false;
	*out = ans->record[0].txt;
	return true;
}

/* exp= as it came out; false: as if there were none. */
static bool
explain(struct spf_eval *e, struct span *out)
{
	struct spf_fault fault;
	struct spf_macro m;
	struct span text;

	return explanation_text(e, &text) &&
	    spf_macro_parse(e->a, text, SPF_EXPLAIN_STRING, &m, &fault) ==
	    SPF_PARSE_OK &&
	    spf_macro_expand(e->a, &m, &e->env, out) == SPF_EXPAND_OK;
}

struct span
spf_explain(struct spf_eval *e)
{
	struct span text = { NULL, 0 };
	bool good;

	if (e->exp == NULL)
		return text;
	e->explaining = true;
	e->env.domain = e->exp_domain;
	spf_trace_return(e->trace);
	spf_trace_begin(e->trace, e->exp->text);
	good = explain(e, &text);
	spf_trace_end(e->trace, good ? SPAN("explanation") : SPAN("ignored"));
	return good ? printable(e->a, text) : (struct span){ NULL, 0 };
}

/* What a pass rests on, and whether that is worth anything. */
static void
fill_match(struct spf_eval *e, const struct spf_settings *set,
    struct spf_result *out)
{
	unsigned least = ip_is4(&e->env.ip) ? set->min_bits4 : set->min_bits6;

	if (out->result != RESULT_PASS)
		return;
	out->match = arena_span(e->a, e->match);
	out->match_domain = arena_span(e->a, e->match_domain);
	out->match_bits = e->match_bits;
	out->wide = e->match_bits == 0 || e->match_bits < least;
}

/* What the caller gets must not point into the DNS answers. */
static void
fill_result(struct spf_eval *e, struct spf_result *out)
{
	bool error = out->result == RESULT_TEMPERROR ||
	    out->result == RESULT_PERMERROR || out->result == RESULT_NONE;

	if (error)
		out->problem = e->problem;
	out->sender = e->env.sender;
	out->term = arena_span(e->a, e->term);
	out->term_domain = arena_span(e->a, e->term_domain);
	out->sends_no_mail = e->sends_no_mail;
	out->terms = e->terms;
	out->voids = e->voids;
	if (e->trace != NULL) {
		e->trace->terms = e->terms;
		e->trace->max_terms = SPF_MAX_TERMS;
		e->trace->voids = e->voids;
		e->trace->max_void = e->max_void;
	}
}

void
spf_check(struct arena *a, struct dns_scope *dns,
    const struct spf_settings *set, const struct spf_client *c,
    enum spf_identity id, struct spf_trace *trace, struct spf_result *out)
{
	struct spf_eval e;

	*out = (struct spf_result){ .result = RESULT_NONE };
	out->result = spf_eval_begin(&e, a, dns, set, c, id, &out->domain);
	e.trace = trace;
	e.ask = ask_and_wait;
	if (out->result == RESULT_PASS)
		(void)spf_eval_host(&e, out->domain, &out->result);
	if (out->result == RESULT_FAIL)
		out->explanation = spf_explain(&e);
	fill_result(&e, out);
	fill_match(&e, set, out);
	if (arena_failed(a)) {
		out->result = RESULT_TEMPERROR;
		out->problem = SPAN("out of memory");
	}
}

void
spf_unchecked(struct arena *a, const struct spf_client *c,
    enum spf_identity id, struct span why, struct spf_result *out)
{
	static const struct spf_settings none;
	struct spf_eval e;

	*out = (struct spf_result){ .result = RESULT_NONE, .problem = why };
	(void)spf_eval_begin(&e, a, NULL, &none, c, id, &out->domain);
	out->sender = e.env.sender;
}
