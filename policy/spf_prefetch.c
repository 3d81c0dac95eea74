/*
 * Asking ahead: the evaluation is run on what is known, and what it would
 * have to wait for is asked. Each answer runs it again, until there is
 * nothing left to learn.
 *
 * A judge asks for at most ten terms, in the order of a depth-first walk;
 * each has its own question and at most ten for addresses, and with the first
 * record that makes 111. Asking ahead must not add to that. What a judge who
 * finds no match is sure to come to may be asked freely. Behind an include
 * whose record is not here yet nothing is sure: what it brings may use up the
 * ten. But an include that is sure has no addresses of its own, so for each
 * one ten questions that are not sure fit into the limit. If the walk turns
 * out differently, those were asked for nothing, and the sum still holds.
 */
#include "config.h"
#include "policy/spf.h"

#include <stdlib.h>

#include "policy/spf_eval.h"

struct asked {
	enum dns_type	 type;
	struct span	 name;		/* in plan->keep */
	bool		 sure;
};

/*
 * Nothing here is locked: after its first question a plan is only touched by
 * continuations, and those of one scope run one after the other.
 */
struct plan {
	struct dns_scope *dns;
	struct spf_settings set;
	struct spf_client client;	/* its text is in `keep` */
	enum spf_identity id;
	struct arena	*keep;		/* as long as the plan */
	struct arena	*work;		/* one run of the evaluation */
	size_t		 nasked;
	size_t		 nunsure;
	struct asked	 asked[SPF_MAX_QUESTIONS];
};

static void
plan_free(void *object)
{
	struct plan *p = object;

	arena_free(p->work);
	arena_free(p->keep);
	free(p);
}

static struct plan *
plan_new(struct dns_scope *dns, const struct spf_settings *set,
    const struct spf_client *c, enum spf_identity id)
{
	struct plan *p = malloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	/* asked[] is large and mostly not used: left as it is */
	p->nasked = p->nunsure = 0;
	p->dns = dns;
	p->set = *set;
	p->id = id;
	p->client = *c;
	p->keep = arena_new(0);
	p->work = arena_new(0);
	if (p->keep != NULL) {
		p->client.helo = arena_span(p->keep, c->helo);
		p->client.mail_from = arena_span(p->keep, c->mail_from);
		p->client.receiver = arena_span(p->keep, c->receiver);
	}
	if (p->keep == NULL || p->work == NULL || arena_failed(p->keep)) {
		plan_free(p);
		return NULL;
	}
	return p;
}

static struct asked *
find_asked(struct plan *p, enum dns_type type, struct span name)
{
	size_t i;

	for (i = 0; i < p->nasked; i++)
		if (p->asked[i].type == type && span_eq(p->asked[i].name, name))
			return &p->asked[i];
	return NULL;
}

static void	answered(struct dns_scope *dns, const struct dns_answer *ans,
		    void *ctx);

/* Ask, if the limits allow it (see the top of this file). */
static void
ask_now(struct plan *p, const struct spf_eval *e, enum dns_type type,
    struct span name)
{
	struct asked *q;

	if (p->nasked == SPF_MAX_QUESTIONS)
		return;
	if (!e->certain && p->nunsure >= SPF_MAX_NAMES * e->sure_includes)
		return;
	name = arena_span(p->keep, name);
	if (name.p == NULL)
		return;
	q = &p->asked[p->nasked++];
	*q = (struct asked){ type, name, e->certain };
	p->nunsure += !e->certain;
	dns_prefetch_then(p->dns, type, name, answered, p);
}

static const struct dns_answer *
ask_ahead(struct spf_eval *e, enum dns_type type, struct span name)
{
	struct plan *p = e->ahead;
	struct asked *q = find_asked(p, type, name);

	if (q != NULL && !q->sure && e->certain) {
		q->sure = true;
		p->nunsure--;
	}
	if (q == NULL && dns_peek(p->dns, type, name) == NULL)
		ask_now(p, e, type, name);
	return dns_peek(p->dns, type, name);
}

/* Run the evaluation on what is known by now. */
static void
answered(struct dns_scope *dns, const struct dns_answer *ans, void *ctx)
{
	struct plan *p = ctx;
	struct spf_eval e;
	struct span domain;
	enum result r;

	(void)ans;
	arena_reset(p->work);
	if (spf_eval_begin(&e, p->work, dns, &p->set, &p->client, p->id,
	    &domain) != RESULT_PASS)
		return;
	e.ask = ask_ahead;
	e.ahead = p;
	(void)spf_eval_host(&e, domain, &r);
}

/* Ask for the record of the identity's domain; the rest follows from it. */
static void
plan_begin(struct plan *p)
{
	struct spf_eval e;
	struct span domain;

	if (spf_eval_begin(&e, p->work, p->dns, &p->set, &p->client, p->id,
	    &domain) == RESULT_PASS)
		ask_now(p, &e, DNS_TXT, domain);
}

void
spf_prefetch(struct dns_scope *dns, const struct spf_settings *set,
    const struct spf_client *c, enum spf_identity id)
{
	struct plan *p = plan_new(dns, set, c, id);

	if (p != NULL && dns_scope_own(dns, p, plan_free))
		plan_begin(p);
}
