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

#include "policy/spf_eval.h"

struct asked {
	struct asked	*next;
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
	struct arena	*keep;		/* the plan's own memory */
	size_t		 nasked;
	size_t		 nunsure;
	struct asked	*asked;
};

static void
plan_free(void *object)
{
	struct plan *p = object;

	arena_free(p->keep);
}

static struct plan *
plan_new(struct dns_scope *dns, const struct spf_settings *set,
    const struct spf_client *c, enum spf_identity id)
{
	struct arena *keep = arena_new(0);
	struct plan *p = keep != NULL ? arena_alloc(keep, sizeof(*p)) : NULL;

	if (p == NULL) {
		arena_free(keep);
		return NULL;
	}
	p->dns = dns;
	p->set = *set;
	p->id = id;
	p->keep = keep;
	p->client = *c;
	p->client.helo = arena_span(keep, c->helo);
	p->client.mail_from = arena_span(keep, c->mail_from);
	p->client.receiver = arena_span(keep, c->receiver);
	if (arena_failed(keep)) {
		plan_free(p);
		return NULL;
	}
	return p;
}

static struct asked *
find_asked(struct plan *p, enum dns_type type, struct span name)
{
	struct asked *q = p->asked;

	while (q != NULL && (q->type != type || !span_eq(q->name, name)))
		q = q->next;
	return q;
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
	q = arena_alloc(p->keep, sizeof(*q));
	name = arena_span(p->keep, name);
	if (q == NULL || name.p == NULL)
		return;
	*q = (struct asked){ p->asked, type, name, e->certain };
	p->asked = q;
	p->nasked++;
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
	struct arena *work = arena_new(0);
	struct spf_eval e;
	struct span domain;
	enum result r;

	(void)ans;
	if (work != NULL && spf_eval_begin(&e, work, dns, &p->set, &p->client,
	    p->id, &domain) == RESULT_PASS) {
		e.ask = ask_ahead;
		e.ahead = p;
		(void)spf_eval_host(&e, domain, &r);
	}
	arena_free(work);
}

/* Ask for the record of the identity's domain; the rest follows from it. */
static void
plan_begin(struct plan *p)
{
	struct spf_eval e;
	struct span domain;

	if (spf_eval_begin(&e, p->keep, p->dns, &p->set, &p->client, p->id,
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
