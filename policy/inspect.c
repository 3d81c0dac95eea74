#include "config.h"
#include "policy/inspect_state.h"

#include "base/clock.h"
#include "policy/received.h"
#include "policy/sender.h"

/*
 * Memory of one message beside its header. Canonical header text of every
 * signature that is tried is the largest part: ten times MaximumHeaders.
 */
#define INSPECT_MIN_ARENA	((size_t)16 << 20)
#define INSPECT_ARENA_FACTOR	24

/* A refusal before the data waits no longer than this (SEMANTICS: RCPT). */
#define RCPT_MAX_WAIT_MS	5000

/* ---- a message begins --------------------------------------------------- */

static void
envelope_copy(struct inspection *in, const struct mail_envelope *from)
{
	struct mail_envelope *e = &in->mail.envelope;
	size_t i;

	e->queue_id = arena_span(in->a, from->queue_id);
	e->sender = arena_span(in->a, from->sender);
	e->auth_type = arena_span(in->a, from->auth_type);
	e->auth_login = arena_span(in->a, from->auth_login);
	e->macro = arena_array(in->a, from->nmacros, sizeof(*e->macro));
	for (i = 0; e->macro != NULL && i < from->nmacros; i++)
		e->macro[e->nmacros++] = (struct mail_macro){
			.name = arena_span(in->a, from->macro[i].name),
			.value = from->macro[i].value.p == NULL ?
			    from->macro[i].value :
			    arena_span(in->a, from->macro[i].value),
		};
}

/* The client SPF is about is known: ask ahead. */
static void
spf_begin(struct inspection *in, const struct in6_addr *ip, struct span helo)
{
	struct spf_client c = {
		.ip = *ip,
		.helo = arena_span(in->a, helo),
		.mail_from = in->mail.envelope.sender,
		.now = in->now,
	};

	if (!in->set->spf_rules.hide_receiver)
		c.receiver = in->set->host_name;
	spf_message_begin(&in->spf, in->a, in->set, in->dns, in->scope, &c);
}

/* Scopes, and the questions that the envelope implies. */
static bool
judging_begin(struct inspection *in)
{
	const struct mail_client *client = &in->mail.client;

	in->author_scope = dns_scope_new(in->dns, INSPECT_AUTHOR_BUDGET);
	in->scope = dns_scope_new(in->dns, INSPECT_BUDGET);
	if (in->author_scope == NULL || in->scope == NULL)
		return false;
	if (!client->has_ip)
		return true;
	iprev_prefetch(in->a, in->scope, &client->ip);
	if (in->role.kind == ROLE_INCOMING)
		spf_begin(in, &client->ip, client->helo);
	return true;
}

static size_t
arena_limit(const struct policy_settings *set)
{
	return INSPECT_MIN_ARENA + INSPECT_ARENA_FACTOR * set->max_header_bytes;
}

struct inspection *
inspection_new(const struct policy_settings *set, struct dns *dns,
    const struct mail_client *client, const struct mail_envelope *envelope,
    int64_t now)
{
	struct arena *a = arena_new(arena_limit(set));
	struct inspection *in;

	if (a == NULL)
		return NULL;
	in = arena_alloc(a, sizeof(*in));
	if (in == NULL) {
		arena_free(a);
		return NULL;
	}
	in->a = a;
	in->set = set;
	in->dns = dns;
	in->now = now;
	in->mail.client = *client;
	envelope_copy(in, envelope);
	headers_init(&in->mail.headers, a, set->max_header_bytes);
	in->role = role_of(a, set, client, envelope);
	in->from_status = FROM_EMPTY;
	if ((inspect_judged(in) && !judging_begin(in)) || arena_failed(a)) {
		inspection_free(in);
		return NULL;
	}
	return in;
}

void
inspection_free(struct inspection *in)
{
	if (in == NULL)
		return;
	spf_message_clear(&in->spf);
	dns_scope_free(in->author_scope);
	dns_scope_free(in->scope);
	bodyhash_free(in->body);
	arena_free(in->a);
}

void
inspection_before_wait(struct inspection *in, void (*fn)(void *ctx), void *ctx)
{
	in->before_wait = fn;
	in->before_wait_ctx = ctx;
	if (in->scope == NULL)
		return;
	dns_scope_before_wait(in->scope, fn, ctx);
	dns_scope_before_wait(in->author_scope, fn, ctx);
}

const struct role *
inspection_role(const struct inspection *in)
{
	return &in->role;
}

void
inspection_queue_id(struct inspection *in, struct span queue_id)
{
	if (in->mail.envelope.queue_id.len == 0)
		in->mail.envelope.queue_id = arena_span(in->a, queue_id);
}

/* ---- SPF and the refusal before the data -------------------------------- */

static int64_t
rcpt_deadline(struct inspection *in)
{
	unsigned wait = in->set->lookup_time_ms;

	if (wait > RCPT_MAX_WAIT_MS)
		wait = RCPT_MAX_WAIT_MS;
	if (in->rcpt_deadline == 0)
		in->rcpt_deadline = clock_mono_ms() + wait;
	return in->rcpt_deadline;
}

/*
 * What an early check could not wait for must not stay unknown to this
 * message, so it has a scope of its own; its questions are in flight already.
 */
static void
spf_judge_early(struct inspection *in)
{
	struct dns_scope *scope = dns_scope_new(in->dns, INSPECT_BUDGET);

	if (scope == NULL)
		return;
	dns_scope_before_wait(scope, in->before_wait, in->before_wait_ctx);
	spf_message_judge(&in->spf, scope, rcpt_deadline(in), false,
	    &in->out.results, in->before_wait, in->before_wait_ctx);
	dns_scope_free(scope);
}

static bool
rcpt_keep(struct inspection *in, struct span rcpt)
{
	struct mail_envelope *e = &in->mail.envelope;
	size_t n = e->nrcpts;
	struct span *list = e->rcpt;

	if (n == MAIL_MAX_RCPTS)
		return true;
	if ((n & (n - 1)) == 0)		/* full at each power of two */
		list = arena_grow(in->a, e->rcpt, n * sizeof(*list),
		    (n > 0 ? 2 * n : 1) * sizeof(*list));
	if (list == NULL)
		return false;
	e->rcpt = list;
	e->rcpt[e->nrcpts++] = arena_span(in->a, rcpt);
	return true;
}

const struct verdict *
inspection_rcpt(struct inspection *in, struct span rcpt, bool may_refuse)
{
	bool refused;

	if (!may_refuse || in->role.kind != ROLE_INCOMING ||
	    !inspect_judged(in) ||
	    !spf_rules_may_refuse(&in->set->spf_rules) ||
	    recipient_exempt(in->set, rcpt)) {
		in->broken |= !rcpt_keep(in, rcpt);
		return NULL;
	}
	if (in->rcpt_verdict.action == ACTION_ACCEPT) {
		spf_judge_early(in);
		in->rcpt_verdict = decide_envelope(in->a, in->set, &in->mail,
		    &in->out.results);
	}
	refused = in->rcpt_verdict.action != ACTION_ACCEPT;
	if (!refused)
		in->broken |= !rcpt_keep(in, rcpt);
	return refused ? &in->rcpt_verdict : NULL;
}

/* ---- the header --------------------------------------------------------- */

/* An author domain; one more of several, perhaps. */
static void
author_seen(struct inspection *in, struct span domain)
{
	size_t i;

	for (i = 0; i < in->nauthors; i++)
		if (span_eq(in->author[i], domain))
			return;
	if (in->nauthors == INSPECT_MAX_AUTHORS) {
		in->more_authors = true;
		return;
	}
	in->author[in->nauthors++] = domain;
	if (inspect_judged(in))
		dmarc_prefetch(in->a, in->author_scope,
		    in->set->dmarc.suffixes, domain);
}

static void
from_seen(struct inspection *in, const struct header *field)
{
	struct from from;
	enum from_status st;
	size_t i;

	if (++in->nfroms > INSPECT_MAX_AUTHORS)
		return;
	st = from_parse(in->a, field->value, &from);
	for (i = 0; st == FROM_OK && i < from.count; i++)
		author_seen(in, from.author[i].domain);
	if (in->nfroms > 1)
		return;
	in->from = from;
	in->from_status = st;
	if (st == FROM_OK)
		in->out.author = from.author[0].domain;
	else
		in->out.from_field = span_trim(field->value);
}

static void
received_seen(struct inspection *in, const struct header *field)
{
	struct received_client c;

	if (in->received_seen)
		return;
	in->received_seen = true;
	if (received_parse(field->value, &c))
		spf_begin(in, &c.ip, c.helo);
}

void
inspection_header(struct inspection *in, struct span name, struct span gap,
    struct span value)
{
	struct headers *h = &in->mail.headers;
	const struct header *field;

	if (in->role.kind == ROLE_SKIPPED)
		return;
	if (!headers_add(h, name, gap, value)) {
		inspect_field_behind(in, name, value);
		return;
	}
	field = &h->field[h->count - 1];
	if (span_is_nocase(name, "From"))
		from_seen(in, field);
	else if (inspect_judged(in) && in->role.kind == ROLE_RELAYED &&
	    span_is_nocase(name, "Received"))
		received_seen(in, field);
}

/* Why From names nobody for sure; NULL where it does. */
const char *
inspect_author_problem(const struct inspection *in)
{
	return in->mail.headers.overflow ? "header too large" :
	    in->nfroms == 0 ? "no From field" :
	    in->nfroms > 1 ? "several From fields" :
	    in->from_status != FROM_OK ? from_status_text(in->from_status) :
	    in->more_authors ? "authors of too many domains in From" : NULL;
}

/* The one author, or NULL and the reason why there is none. */
const struct address *
inspect_sole_author(const struct inspection *in, const char **why_out)
{
	*why_out = inspect_author_problem(in);
	if (*why_out == NULL && in->nauthors > 1)
		*why_out = "authors of several domains in From";
	return *why_out == NULL ? &in->from.author[0] : NULL;
}

static void
judging_eoh(struct inspection *in)
{
	struct span author = { NULL, 0 };

	if (in->mail.headers.overflow)
		return;
	if (in->nauthors > 0)
		author = in->author[0];
	in->verifier = dkim_verifier_new(in->a, &in->set->dkim,
	    &in->mail.headers, author, in->body);
	in->broken |= in->verifier == NULL;
	if (in->verifier != NULL)
		dkim_verifier_prefetch(in->verifier, in->scope);
}

void
inspect_signing(struct inspection *in, enum sign_status status, const char *why)
{
	in->out.results.signing = status;
	in->out.sign_why = why;
}

/*
 * Without the keys whose records are known to be wrong (CheckKeys require).
 * False when none is left.
 */
static bool
drop_bad_keys(struct inspection *in)
{
	size_t i, kept = 0;

	for (i = 0; i < in->nseals; i++)
		if (!keywatch_bad(in->set->keywatch, dkim_key_name(in->a,
		    in->seal[i].selector, in->seal[i].domain)))
			in->seal[kept++] = in->seal[i];
	in->nseals = kept;
	if (kept == 0)
		inspect_signing(in, SIGN_ERROR, "the key's published record is "
		    "missing or different (CheckKeys require)");
	return kept > 0;
}

static void
sealing_eoh(struct inspection *in)
{
	const struct policy_settings *set = in->set;
	const struct address *author;
	struct from_field from;
	enum sign_status status;
	const char *why;

	if (set->choose == NULL) {
		inspect_signing(in, SIGN_NO, "no key is configured");
		return;
	}
	from = (struct from_field){
		.from = in->from, .status = in->from_status,
		.count = in->nfroms,
	};
	from.sole = inspect_sole_author(in, &from.problem);
	author = sender_to_sign_for(in->a, &set->sign_rules, &in->mail, &from,
	    &why);
	if (author == NULL) {
		inspect_signing(in, in->mail.headers.overflow ? SIGN_ERROR :
		    SIGN_NO, why);
		return;
	}
	status = set->choose(set->sign_tables, in->a, author, &in->seal,
	    &in->nseals, &why);
	inspect_signing(in, status, why);
	if (status != SIGN_YES || !drop_bad_keys(in))
		return;
	in->signer = dkim_signer_new(in->a, &set->signing, &in->mail.headers,
	    in->seal, in->nseals, in->body);
	if (in->signer == NULL)
		inspect_signing(in, SIGN_ERROR, "out of memory");
}

void
inspection_eoh(struct inspection *in)
{
	if (!inspect_judged(in) && !inspect_sealed(in))
		return;
	in->body = bodyhash_new();
	if (in->body == NULL) {
		in->broken = true;
		return;
	}
	if (inspect_judged(in))
		judging_eoh(in);
	else
		sealing_eoh(in);
}

bool
inspection_body(struct inspection *in, const char *p, size_t len)
{
	if (in->body == NULL)
		return false;
	bodyhash_feed(in->body, p, len);
	return bodyhash_hungry(in->body);
}

/* ---- the end ------------------------------------------------------------ */

/* Something could not be held in memory: nothing may pass for that. */
static void
give_up(struct inspection *in)
{
	in->out.ninserts = 0;
	in->out.nremoves = 0;
	in->out.verdict = (struct verdict){
		.action = ACTION_TEMPFAIL, .code = 451, .enhanced = "4.3.0",
		.text = "out of memory, try again later",
		.why = "out of memory",
	};
}

const struct inspection_outcome *
inspection_end(struct inspection *in, int64_t now)
{
	in->now = now;
	if (in->body != NULL)
		bodyhash_finish(in->body);
	if (inspect_judged(in))
		inspect_judge(in);
	else if (inspect_sealed(in))
		inspect_seal(in);
	in->out.verdict = decide(in->a, in->set, &in->role, &in->mail,
	    &in->out.results);
	inspect_edit(in);
	in->broken |= arena_failed(in->a);
	if (in->broken)
		give_up(in);
	if (in->scope != NULL)
		in->out.questions = dns_scope_asked(in->scope) +
		    dns_scope_asked(in->author_scope);
	return &in->out;
}

/* ---- before there is a message ------------------------------------------ */

void
inspect_client_prefetch(struct arena *a, const struct policy_settings *set,
    struct dns_scope *dns, const struct mail_client *client)
{
	struct spf_client spf;
	struct span why;

	if (!set->verify || !client->has_ip ||
	    role_of(a, set, client, NULL).kind != ROLE_INCOMING)
		return;
	iprev_prefetch(a, dns, &client->ip);
	spf = (struct spf_client){
		.ip = client->ip, .helo = client->helo, .mail_from = SPAN(""),
	};
	if (!spf_message_checks(set, &spf, SPF_HELO) || spf_exempt_address(a,
	    &set->spf_rules, &client->ip, &why) != SPF_EXEMPT_NO)
		return;
	if (!set->spf_rules.hide_receiver)
		spf.receiver = set->host_name;
	spf_prefetch(dns, &set->spf, &spf, SPF_HELO);
}
