/* The end of an inspection: what each method says. */
#include "config.h"
#include "policy/inspect_state.h"

#include "base/clock.h"

/*
 * The author's own questions may be waited for this much longer than all
 * others, so that no sender can use up their time.
 */
#define AUTHOR_EXTRA_MS		2000

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
	const char *problem = inspect_author_problem(in);
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
	r->author_problem = inspect_author_problem(in);
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

	author = inspect_sole_author(in, &why);
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

void
inspect_judge(struct inspection *in)
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
