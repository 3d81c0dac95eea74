#include "config.h"
#include "policy/inspect.h"

#include "base/clock.h"
#include "policy/authres.h"
#include "policy/describe.h"
#include "policy/received.h"
#include "policy/received_spf.h"
#include "policy/spf_message.h"
#include "policy/sender.h"

/*
 * Memory of one message beside its header. Canonical header text of every
 * signature that is tried is the largest part: ten times MaximumHeaders.
 */
#define INSPECT_MIN_ARENA	((size_t)16 << 20)
#define INSPECT_ARENA_FACTOR	24

/* A refusal before the data waits no longer than this (SEMANTICS: RCPT). */
#define RCPT_MAX_WAIT_MS	5000

/*
 * The author's own questions may be waited for this much longer than all
 * others, so that no sender can use up their time.
 */
#define AUTHOR_EXTRA_MS		2000

struct inspection {
	struct arena		*a;
	const struct policy_settings *set;
	struct mail		 mail;
	struct role		 role;
	int64_t			 now;

	struct dns		*dns;
	struct dns_scope	*author_scope;	/* the author's walk */
	struct dns_scope	*scope;		/* everything else */
	void			(*before_wait)(void *);
	void			*before_wait_ctx;

	struct spf_message	 spf;
	bool			 received_seen;
	int64_t			 rcpt_deadline;	/* 0: no RCPT yet */
	struct verdict		 rcpt_verdict;

	struct from		 from;		/* of the topmost From */
	enum from_status	 from_status;
	size_t			 nfroms;	/* From fields seen */
	struct span		 author[INSPECT_MAX_AUTHORS]; /* domains, of
						 * all From fields */
	size_t			 nauthors;
	bool			 more_authors;	/* than are looked up */

	struct bodyhash		*body;
	struct dkim_verifier	*verifier;
	struct dkim_signer	*signer;
	struct dkim_seal	*seal;
	size_t			 nseals;
	bool			 broken;	/* no memory somewhere: nothing
						 * that follows can be believed */
	struct inspection_outcome out;
};

static bool
judged(const struct inspection *in)
{
	return in->set->verify && (in->role.kind == ROLE_INCOMING ||
	    in->role.kind == ROLE_RELAYED);
}

static bool
sealed(const struct inspection *in)
{
	return in->set->sign && in->role.kind == ROLE_SUBMITTED;
}

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
	if ((judged(in) && !judging_begin(in)) || arena_failed(a)) {
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

	if (!may_refuse || in->role.kind != ROLE_INCOMING || !judged(in) ||
	    !spf_rules_may_refuse(&in->set->spf_rules) || recipient_exempt(in->set, rcpt)) {
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
	if (judged(in))
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

	if (in->role.kind == ROLE_SKIPPED || !headers_add(h, name, gap, value))
		return;
	field = &h->field[h->count - 1];
	if (span_is_nocase(name, "From"))
		from_seen(in, field);
	else if (judged(in) && in->role.kind == ROLE_RELAYED &&
	    span_is_nocase(name, "Received"))
		received_seen(in, field);
}

/* Why From names nobody for sure; NULL where it does. */
static const char *
author_problem(const struct inspection *in)
{
	return in->mail.headers.overflow ? "header too large" :
	    in->nfroms == 0 ? "no From field" :
	    in->nfroms > 1 ? "several From fields" :
	    in->from_status != FROM_OK ? from_status_text(in->from_status) :
	    in->more_authors ? "authors of too many domains in From" : NULL;
}

/* The one author, or NULL and the reason why there is none. */
static const struct address *
sole_author(const struct inspection *in, const char **why_out)
{
	*why_out = author_problem(in);
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

static void
sign_not(struct inspection *in, enum sign_status status, const char *why)
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
		sign_not(in, SIGN_ERROR, "the key's published record is "
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
		sign_not(in, SIGN_NO, "no key is configured");
		return;
	}
	from = (struct from_field){
		.from = in->from, .status = in->from_status,
		.count = in->nfroms,
	};
	from.sole = sole_author(in, &from.problem);
	author = sender_to_sign_for(in->a, &set->sign_rules, &in->mail, &from,
	    &why);
	if (author == NULL) {
		sign_not(in, in->mail.headers.overflow ? SIGN_ERROR : SIGN_NO,
		    why);
		return;
	}
	status = set->choose(set->sign_tables, in->a, author, &in->seal,
	    &in->nseals, &why);
	sign_not(in, status, why);
	if (status != SIGN_YES || !drop_bad_keys(in))
		return;
	in->signer = dkim_signer_new(in->a, &set->signing, &in->mail.headers,
	    in->seal, in->nseals, in->body);
	if (in->signer == NULL)
		sign_not(in, SIGN_ERROR, "out of memory");
}

void
inspection_eoh(struct inspection *in)
{
	if (!judged(in) && !sealed(in))
		return;
	in->body = bodyhash_new();
	if (in->body == NULL) {
		in->broken = true;
		return;
	}
	if (judged(in))
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

/* ---- the end: results --------------------------------------------------- */

static void
judge_iprev(struct inspection *in)
{
	struct iprev_result *r;

	if (!in->mail.client.has_ip)
		return;
	r = arena_alloc(in->a, sizeof(*r));
	if (r == NULL)
		return;
	iprev_check(in->a, in->scope, &in->mail.client.ip, r);
	in->out.results.iprev = r;
}

static void
judge_dkim(struct inspection *in)
{
	struct results *r = &in->out.results;
	struct dkim_result *large;

	if (in->verifier != NULL) {
		r->dkim = dkim_verifier_finish(in->verifier, in->scope,
		    in->now, &r->ndkim);
		return;
	}
	if (!in->mail.headers.overflow ||
	    (large = arena_alloc(in->a, sizeof(*large))) == NULL)
		return;
	large->result = RESULT_POLICY;
	large->cause = DKIM_CAUSE_SECURITY;
	large->reason = "the header is larger than MaximumHeaders";
	r->dkim = large;
	r->ndkim = 1;
}

/* The identifiers that DMARC may align; their number. */
static size_t
dmarc_identifiers(const struct inspection *in, struct dmarc_identifier *id)
{
	const struct results *r = &in->out.results;
	size_t n = 0, i;

	if (r->spf_mail_from != NULL)
		id[n++] = (struct dmarc_identifier){
			.result = r->spf_mail_from->wide &&
			    in->set->spf_rules.ignore_wide ? RESULT_NEUTRAL :
			    r->spf_mail_from->result,
			.domain = r->spf_mail_from->domain,
		};
	for (i = 0; i < r->ndkim; i++)
		id[n++] = (struct dmarc_identifier){
			.is_dkim = true,
			.result = r->dkim[i].result,
			.domain = r->dkim[i].sig.domain,
			.untried = r->dkim[i].untried,
		};
	return n;
}

/*
 * What counts of the results for several authors: the strictest policy among
 * those that fail (RFC 9989, 11.5), and a pass only if all pass.
 */
static unsigned
gravity(const struct dmarc_result *d)
{
	switch (d->result) {
	case RESULT_FAIL:
		return 5 + (unsigned)d->policy;
	case RESULT_PERMERROR:
		return d->has_policy ? 5 + (unsigned)d->policy : 3;
	case RESULT_TEMPERROR:
		return 4;
	case RESULT_PASS:
		return 1;
	default:
		return 2;
	}
}

/* The one result that stands for all. */
static const struct dmarc_result *
dmarc_sum(struct inspection *in, const struct dmarc_result *d)
{
	const char *problem = author_problem(in);
	const struct dmarc_result *worst = d;
	struct dmarc_result *none;
	size_t i;

	for (i = 1; i < in->nauthors; i++)
		if (gravity(&d[i]) > gravity(worst))
			worst = &d[i];
	if (problem == NULL || (in->nauthors > 0 && gravity(worst) > 3))
		return worst;
	none = arena_alloc(in->a, sizeof(*none));
	if (none == NULL)
		return NULL;
	*none = (struct dmarc_result){
		.result = RESULT_PERMERROR, .reason = problem,
	};
	return none;
}

/* A second opinion, of mail with one author; it goes to the log alone. */
static void
compare_dmarc(struct inspection *in, const struct dmarc_identifier *id,
    size_t nids, const struct dmarc_result *d)
{
	const struct suffixes *list = in->set->dmarc.compare;
	struct dmarc_comparison *c;

	if (list == NULL || in->nauthors != 1)
		return;
	c = arena_alloc(in->a, sizeof(*c));
	if (c != NULL && dmarc_compare(in->a, in->author_scope, list, id,
	    nids, d, c))
		in->out.compare = c;
}

static void
judge_dmarc(struct inspection *in)
{
	struct results *r = &in->out.results;
	struct dmarc_result *d = arena_array(in->a, in->nauthors + 1,
	    sizeof(*d));
	struct dmarc_identifier *id = arena_array(in->a, r->ndkim + 1,
	    sizeof(*id));
	size_t i;

	if (d == NULL || id == NULL)
		return;
	for (i = 0; i < in->nauthors; i++)
		dmarc_evaluate(in->a, in->author_scope, in->scope,
		    in->set->dmarc.suffixes, in->author[i], id,
		    dmarc_identifiers(in, id), &d[i]);
	compare_dmarc(in, id, dmarc_identifiers(in, id), &d[0]);
	r->dmarc = dmarc_sum(in, d);
	r->author = d;
	r->nauthors = in->nauthors;
	r->several_authors = in->nauthors > 1;
	r->author_problem = author_problem(in);
}

/*
 * Pay the authors' questions first: when the others are asked for, the answers
 * that their verdict needs are in hand.
 */
static void
pay_author(struct inspection *in, int64_t deadline)
{
	struct dmarc_walk walk;
	size_t i;

	dns_scope_deadline(in->author_scope, deadline + AUTHOR_EXTRA_MS);
	dns_scope_deadline(in->scope, deadline);
	for (i = 0; i < in->nauthors; i++)
		dmarc_walk(in->a, in->author_scope, in->set->dmarc.suffixes,
		    in->author[i], &walk);
}

/* Fields that a mailing list puts into what it hands on (RFC 2919, 2369). */
static bool
came_through_list(const struct headers *h)
{
	static const char *const names[] = {
		"List-Id", "List-Post", "Mailing-List", "X-Mailing-List",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (headers_count(h, span_of(names[i])) > 0)
			return true;
	return false;
}

/*
 * An author of ours, sent by a client that is not: a user who did not log in,
 * a host that InternalHosts lacks, or a forgery. Worth a word in the log,
 * unless ExternalIgnoreList knows the host.
 */
static void
note_own_author(struct inspection *in)
{
	const struct policy_settings *set = in->set;
	const struct mail_client *c = &in->mail.client;
	struct dkim_seal *seal;
	const struct address *author;
	const char *why;
	size_t n;

	author = sole_author(in, &why);
	if (!set->sign || set->choose == NULL || author == NULL ||
	    in->out.results.dmarc->result == RESULT_PASS ||
	    hostlist_has(set->external_ignore, c->has_ip ? &c->ip : NULL,
	    c->name))
		return;
	if (set->choose(set->sign_tables, in->a, author, &seal, &n, &why) !=
	    SIGN_NO)
		in->out.sign_why = "the author is ours, but the client did "
		    "not log in and is not in InternalHosts";
}

static void
judge_spf(struct inspection *in, int64_t deadline)
{
	if (in->role.kind == ROLE_RELAYED && !in->spf.wanted) {
		in->spf.a = in->a;
		spf_message_unknown(&in->spf, in->mail.envelope.sender,
		    "the relay's Received field names no client",
		    &in->out.results);
	}
	spf_message_judge(&in->spf, in->scope, deadline, true,
	    &in->out.results, in->before_wait, in->before_wait_ctx);
}

static void
judge(struct inspection *in)
{
	int64_t deadline = clock_mono_ms() + in->set->message_time_ms;

	pay_author(in, deadline);
	judge_iprev(in);
	judge_spf(in, deadline);
	judge_dkim(in);
	judge_dmarc(in);
	if (in->out.results.dmarc != NULL)
		note_own_author(in);
	in->out.results.indirect = came_through_list(&in->mail.headers);
}

/* ---- the end: edits ----------------------------------------------------- */

static struct span
authserv_id(const struct inspection *in)
{
	if (in->set->authserv_id.len > 0)
		return in->set->authserv_id;
	if (in->mail.client.mta_name.len > 0)
		return in->mail.client.mta_name;
	return in->set->host_name;
}

/* The same, with the queue id behind it where that is asked for. */
static struct span
full_authserv_id(const struct inspection *in)
{
	struct span job = in->mail.envelope.queue_id;

	if (!in->set->authserv_id_with_job || job.len == 0)
		return authserv_id(in);
	return span_of(arena_printf(in->a, "%.*s/%.*s",
	    SPAN_ARG(authserv_id(in)), SPAN_ARG(job)));
}

/* Whether a field is one to remove. */
static bool
goes(struct inspection *in, const struct header *field, bool old_signatures)
{
	if (span_is_nocase(field->name, "Authentication-Results"))
		return authres_claims(in->a, field->value, authserv_id(in));
	return old_signatures && span_is_nocase(field->name, "DKIM-Signature");
}

static void
remove_named(struct inspection *in, struct header_remove *remove,
    const char *name, bool old_signatures)
{
	const struct headers *h = &in->mail.headers;
	size_t nth = 0, i;

	for (i = 0; i < h->count; i++) {
		if (!span_is_nocase(h->field[i].name, name))
			continue;
		nth++;
		if (goes(in, &h->field[i], old_signatures))
			remove[in->out.nremoves++] = (struct header_remove){
				name, nth,
			};
	}
}

/*
 * Fields that claim to be ours go, whoever wrote them, and whatever job id
 * they have behind the name; with RemoveOldSignatures, signatures that ours replaces.
 */
static void
edit_remove(struct inspection *in)
{
	const struct headers *h = &in->mail.headers;
	struct header_remove *remove = arena_array(in->a, h->count,
	    sizeof(*remove));

	if (remove == NULL) {
		in->broken = true;
		return;
	}
	in->out.remove = remove;
	remove_named(in, remove, "Authentication-Results", false);
	in->out.nforged = in->out.nremoves;
	if (in->set->sign_rules.remove_old && in->out.signed_as.len > 0)
		remove_named(in, remove, "DKIM-Signature", true);
}

static void
insert(struct inspection *in, struct header_insert *list, const char *name,
    struct span value)
{
	if (value.p == NULL)
		in->broken = true;
	else
		list[in->out.ninserts++] = (struct header_insert){
			name, value,
		};
}

/* The tag that a Sieve rule or a spam filter looks for. */
static struct span
quarantine_tag(struct inspection *in)
{
	return span_of(arena_printf(in->a, " %s", in->out.verdict.text));
}

/* The entries of our field: SPF's only where Header_Type wants them there. */
static struct span
results_field(struct inspection *in)
{
	struct method_result *m = arena_array(in->a, in->out.nmethods + 1,
	    sizeof(*m));
	size_t i, n = 0;

	for (i = 0; m != NULL && i < in->out.nmethods; i++)
		if ((in->set->spf_rules.headers & SPF_HEADER_AR) != 0 ||
		    strcmp(in->out.method[i].method, "spf") != 0)
			m[n++] = in->out.method[i];
	if (m == NULL)
		return (struct span){ NULL, 0 };
	return authres_compose(in->a, full_authserv_id(in), m, n);
}

static void
insert_received_spf(struct inspection *in, struct header_insert *list)
{
	const struct results *r = &in->out.results;

	if ((in->set->spf_rules.headers & SPF_HEADER_RECEIVED) == 0)
		return;
	if (r->spf_mail_from != NULL)
		insert(in, list, "Received-SPF", received_spf_compose(in->a,
		    r->spf_mail_from, SPF_MAIL_FROM, &in->spf.client));
	if (r->spf_helo != NULL)
		insert(in, list, "Received-SPF", received_spf_compose(in->a,
		    r->spf_helo, SPF_HELO, &in->spf.client));
}

/* Fields that are put into a message that is judged, at most. */
#define MAX_INSERTS	4

static void
edit_quarantine(struct inspection *in, struct header_insert *list)
{
	if (in->out.verdict.action == ACTION_QUARANTINE &&
	    !in->set->hold_quarantined)
		insert(in, list, "X-Signet-Quarantine", quarantine_tag(in));
}

/* Our own mail that could not be signed has no signature to insert. */
static void
edit_unsigned(struct inspection *in)
{
	struct header_insert *list = arena_alloc(in->a, sizeof(*list));

	if (list == NULL) {
		in->broken = true;
		return;
	}
	in->out.insert = list;
	edit_quarantine(in, list);
}

static void
edit_judged(struct inspection *in)
{
	struct header_insert *list = arena_array(in->a, MAX_INSERTS,
	    sizeof(*list));

	if (list == NULL) {
		in->broken = true;
		return;
	}
	in->out.method = describe_results(in->a, &in->mail.client,
	    &in->out.results, &in->out.verdict, &in->out.nmethods);
	if (in->out.method == NULL) {
		in->broken = true;
		return;
	}
	in->out.insert = list;
	insert(in, list, "Authentication-Results", results_field(in));
	insert_received_spf(in, list);
	edit_quarantine(in, list);
}

/* "sel._domainkey.example.com", comma between several. */
static struct span
seal_names(struct inspection *in)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, in->a);
	for (i = 0; i < in->nseals; i++) {
		if (i > 0)
			strbuf_addc(&sb, ',');
		strbuf_add(&sb, in->seal[i].selector);
		strbuf_adds(&sb, "._domainkey.");
		strbuf_add(&sb, in->seal[i].domain);
	}
	return strbuf_span(&sb);
}

static void
seal_message(struct inspection *in)
{
	struct header_insert *list;
	size_t i;

	if (in->signer == NULL)
		return;
	list = arena_array(in->a, in->nseals, sizeof(*list));
	for (i = 0; list != NULL && i < in->nseals; i++) {
		struct span value = dkim_signer_finish(in->signer, i, in->now);

		if (value.p == NULL)
			break;
		insert(in, list, "DKIM-Signature", value);
	}
	if (i < in->nseals) {
		in->out.ninserts = 0;
		sign_not(in, SIGN_ERROR, "the signature could not be made");
		return;
	}
	in->out.insert = list;
	in->out.signed_as = seal_names(in);
}

/* auth= of a client that logged in, above the signatures. */
static void
edit_login(struct inspection *in)
{
	struct header_insert *list;
	size_t n = in->out.ninserts, i;

	in->out.method = describe_login(in->a, &in->mail.envelope,
	    in->set->auth_results_login, &in->out.nmethods);
	if (in->out.nmethods == 0)
		return;
	list = arena_array(in->a, n + 1, sizeof(*list));
	if (in->out.method == NULL || list == NULL) {
		in->broken = true;
		return;
	}
	in->out.ninserts = 0;
	insert(in, list, "Authentication-Results", authres_compose(in->a,
	    full_authserv_id(in), in->out.method, in->out.nmethods));
	for (i = 0; i < n; i++)
		insert(in, list, in->out.insert[i].name,
		    in->out.insert[i].value);
	in->out.insert = list;
}

static void
edit_submitted(struct inspection *in)
{
	if (in->out.results.signing == SIGN_ERROR)
		edit_unsigned(in);
	if (in->set->auth_results)
		edit_login(in);
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
	if (judged(in))
		judge(in);
	else if (sealed(in))
		seal_message(in);
	in->out.verdict = decide(in->a, in->set, &in->role, &in->mail,
	    &in->out.results);
	if (judged(in) || in->role.kind == ROLE_SUBMITTED)
		edit_remove(in);
	if (judged(in))
		edit_judged(in);
	else if (in->role.kind == ROLE_SUBMITTED)
		edit_submitted(in);
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
