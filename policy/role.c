#include "config.h"
#include "policy/role.h"

const char *
role_name(enum role_kind k)
{
	switch (k) {
	case ROLE_INCOMING:	return "incoming";
	case ROLE_RELAYED:	return "relayed";
	case ROLE_SUBMITTED:	return "submitted";
	case ROLE_SKIPPED:	return "skipped";
	}
	return "incoming";
}

static bool
list_has(const struct name_list *l, struct span name)
{
	size_t i;

	for (i = 0; name.len > 0 && i < l->count; i++)
		if (span_eq_nocase(l->name[i], name))
			return true;
	return false;
}

/* "internal host 10.0.0.0/8"; the bare words when memory is short. */
static const char *
because(struct arena *a, const char *words, struct span what)
{
	const char *text = arena_printf(a, "%s %.*s", words, SPAN_ARG(what));

	return text != NULL ? text : words;
}

/* Whether the client is in `l`; which entry says so in *entry_out. */
static bool
client_in(const struct hostlist *l, const struct mail_client *client,
    struct span *entry_out)
{
	bool listed;

	if (l == NULL || !client->has_ip)
		return false;
	*entry_out = hostlist_match(l, &client->ip, client->name, &listed);
	return listed;
}

static bool
value_listed(struct span values, struct span value)
{
	struct span one;

	while (span_next(&values, '|', &one))
		if (span_eq(span_trim(one), value))
			return true;
	return false;
}

/* The rule of MacroList that a macro of the message meets, or NULL. */
static const struct macro_rule *
macro_match(const struct macro_list *l, const struct mail_envelope *e)
{
	size_t i, k;

	for (i = 0; e != NULL && i < l->count; i++)
		for (k = 0; k < e->nmacros; k++) {
			const struct mail_macro *m = &e->macro[k];

			if (m->value.p != NULL &&
			    span_eq(m->name, l->rule[i].name) &&
			    (l->rule[i].values.len == 0 ||
			    value_listed(l->rule[i].values, m->value)))
				return &l->rule[i];
		}
	return NULL;
}

struct role
role_of(struct arena *a, const struct policy_settings *set,
    const struct mail_client *client, const struct mail_envelope *envelope)
{
	struct span entry = { NULL, 0 };
	const struct macro_rule *macro;

	if (list_has(&set->skip_daemons, client->daemon_name))
		return (struct role){ ROLE_SKIPPED,
		    because(a, "SkipDaemons", client->daemon_name) };
	if (client_in(set->peers, client, &entry))
		return (struct role){ ROLE_SKIPPED,
		    because(a, "PeerList", entry) };
	if (envelope != NULL && (envelope->auth_type.len > 0 ||
	    envelope->auth_login.len > 0))
		return (struct role){ ROLE_SUBMITTED, "authenticated" };
	if (list_has(&set->mta, client->daemon_name))
		return (struct role){ ROLE_SUBMITTED,
		    because(a, "MTA", client->daemon_name) };
	if ((macro = macro_match(&set->macros, envelope)) != NULL)
		return (struct role){ ROLE_SUBMITTED,
		    because(a, "MacroList", macro->name) };
	if (client_in(set->trusted_relays, client, &entry))
		return (struct role){ ROLE_RELAYED,
		    because(a, "TrustedRelays", entry) };
	if (client_in(set->internal_hosts, client, &entry))
		return (struct role){ ROLE_SUBMITTED,
		    because(a, "InternalHosts", entry) };
	return (struct role){ ROLE_INCOMING, "outside client" };
}
