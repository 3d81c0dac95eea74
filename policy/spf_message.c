#include "config.h"
#include "policy/spf_message.h"

#include "base/clock.h"

bool
spf_message_checks(const struct policy_settings *set,
    const struct spf_client *c, enum spf_identity id)
{
	if (id == SPF_MAIL_FROM)
		return set->spf_rules.mail_from_reject != SPF_REJECT_NO_CHECK;
	return set->spf_rules.helo_reject != SPF_REJECT_NO_CHECK &&
	    c->helo.len > 0;
}

static bool
checks(const struct spf_message *m, enum spf_identity id)
{
	return spf_message_checks(m->set, &m->client, id);
}

static void
ask_lists_ahead(struct spf_message *m, struct dns *dns)
{
	const struct spf_rules *rules = &m->set->spf_rules;

	m->settled = !spf_exempt_asks(rules, &m->client);
	if (m->settled)
		return;
	m->lists = dns_scope_new(dns, spf_exempt_budget(rules));
	if (m->lists != NULL)
		spf_exempt_prefetch(m->a, m->lists, rules, &m->set->spf,
		    &m->client);
}

void
spf_message_begin(struct spf_message *m, struct arena *a,
    const struct policy_settings *set, struct dns *dns,
    struct dns_scope *scope, const struct spf_client *c)
{
	struct span why;

	*m = (struct spf_message){ .a = a, .set = set, .client = *c,
	    .wanted = true };
	if (spf_exempt_address(a, &set->spf_rules, &c->ip, &why) !=
	    SPF_EXEMPT_NO)
		return;
	if (checks(m, SPF_MAIL_FROM))
		spf_prefetch(scope, &set->spf, c, SPF_MAIL_FROM);
	if (checks(m, SPF_HELO))
		spf_prefetch(scope, &set->spf, c, SPF_HELO);
	ask_lists_ahead(m, dns);
}

/* ---- results that nobody has looked for --------------------------------- */

void
spf_message_unknown(struct spf_message *m, struct span sender,
    const char *why, struct results *r)
{
	struct spf_result *none = arena_alloc(m->a, sizeof(*none));

	if (none == NULL)
		return;
	none->result = RESULT_NONE;
	none->sender = sender;
	none->problem = span_of(why);
	r->spf_mail_from = none;
}

/* "SPF is not checked: Whitelist 192.0.2.0/24", for each identity. */
static void
not_checked(struct spf_message *m, struct span list, struct results *r)
{
	struct spf_result *none = arena_array(m->a, 2, sizeof(*none));
	struct span why = span_of(arena_printf(m->a,
	    "SPF is not checked: %.*s", SPAN_ARG(list)));

	if (none == NULL || why.p == NULL)
		return;
	spf_unchecked(m->a, &m->client, SPF_MAIL_FROM, why, &none[0]);
	spf_unchecked(m->a, &m->client, SPF_HELO, why, &none[1]);
	if (checks(m, SPF_MAIL_FROM))
		r->spf_mail_from = &none[0];
	if (checks(m, SPF_HELO))
		r->spf_helo = &none[1];
}

/* ---- judging ------------------------------------------------------------ */

static void
judge_lists(struct spf_message *m, int64_t deadline, bool last,
    struct results *r, void (*fn)(void *), void *ctx)
{
	const struct spf_rules *rules = &m->set->spf_rules;
	enum spf_exempt found;
	struct span list;

	if (m->lists != NULL) {
		dns_scope_before_wait(m->lists, fn, ctx);
		found = spf_exempt_check(m->a, m->lists, rules, &m->set->spf,
		    &m->client, deadline, &list);
	} else
		found = m->settled ? SPF_EXEMPT_NO : spf_exempt_address(m->a,
		    rules, &m->client.ip, &list);
	if (found == SPF_EXEMPT_YES)
		not_checked(m, list, r);
	r->spf_exempt = found;
	m->settled = last || found != SPF_EXEMPT_UNKNOWN;
}

/*
 * A check that could not be finished leaves nothing behind unless `last`: it
 * is made again at the end. An error of the zone's own is kept where a rule
 * acts on it.
 */
static const struct spf_result *
judge(struct spf_message *m, struct dns_scope *scope, enum spf_identity id,
    int64_t deadline, bool last)
{
	struct spf_result *r = arena_alloc(m->a, sizeof(*r));
	int64_t mine = clock_mono_ms() + m->set->lookup_time_ms;

	if (r == NULL)
		return NULL;
	dns_scope_deadline(scope, mine < deadline ? mine : deadline);
	spf_check(m->a, scope, &m->set->spf, &m->client, id, NULL, r);
	if (r->result != RESULT_TEMPERROR || last)
		return r;
	return m->set->spf_rules.temperror_defer && !dns_scope_late(scope) ?
	    r : NULL;
}

void
spf_message_judge(struct spf_message *m, struct dns_scope *scope,
    int64_t deadline, bool last, struct results *r, void (*fn)(void *ctx),
    void *ctx)
{
	if (!m->wanted)
		return;
	if (!m->settled)
		judge_lists(m, deadline, last, r, fn, ctx);
	if (r->spf_exempt == SPF_EXEMPT_YES)
		return;
	if (r->spf_mail_from == NULL && checks(m, SPF_MAIL_FROM))
		r->spf_mail_from = judge(m, scope, SPF_MAIL_FROM, deadline,
		    last);
	if (r->spf_helo == NULL && checks(m, SPF_HELO))
		r->spf_helo = judge(m, scope, SPF_HELO, deadline, last);
	dns_scope_deadline(scope, deadline);
}

void
spf_message_clear(struct spf_message *m)
{
	dns_scope_free(m->lists);
	m->lists = NULL;
}
