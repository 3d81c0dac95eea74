#include "config.h"
#include "policy/override.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/strbuf.h"
#include "message/address.h"

/* What a row is about; its list holds the names and networks. */
enum subject {
	SUBJECT_AUTHOR,
	SUBJECT_HOST,
	SUBJECT_DKIM,
	SUBJECTS
};

static const char *const subject_prefix[SUBJECTS] = { "", "host:", "dkim:" };

struct override_table {
	struct hostlist	*list[SUBJECTS];
	struct map	*kind;		/* prefix and entry -> kind_value */
	struct arena	*arena;
};

/* ---- names -------------------------------------------------------------- */

static const enum override_kind kinds[] = {
	OVERRIDE_NONE, OVERRIDE_REJECT, OVERRIDE_FORWARDER, OVERRIDE_NEVER,
};

const char *
override_kind_name(enum override_kind k)
{
	switch (k) {
	case OVERRIDE_NONE:		return "none";
	case OVERRIDE_REJECT:		return "reject";
	case OVERRIDE_FORWARDER:	return "forwarder";
	case OVERRIDE_NEVER:		return "never";
	}
	return "none";
}

enum override_kind
override_kind_parse(struct span name)
{
	size_t i;

	for (i = 1; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (span_is_nocase(name, override_kind_name(kinds[i])))
			return kinds[i];
	return OVERRIDE_NONE;
}

/* ---- the table ---------------------------------------------------------- */

void
override_table_free(struct override_table *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < SUBJECTS; i++)
		hostlist_free(t->list[i]);
	map_free(t->kind);
	arena_free(t->arena);
	free(t);
}

struct override_table *
override_table_new(void)
{
	struct override_table *t = calloc(1, sizeof(*t));
	bool good;
	size_t i;

	if (t == NULL)
		return NULL;
	t->kind = map_new();
	t->arena = arena_new(0);
	good = t->kind != NULL && t->arena != NULL;
	for (i = 0; good && i < SUBJECTS; i++) {
		t->list[i] = hostlist_new();
		good = t->list[i] != NULL;
	}
	if (good)
		return t;
	override_table_free(t);
	return NULL;
}

/* The row's name in the map of kinds: as the list gives it back. */
static struct span
row_name(struct arena *a, enum subject subject, struct span entry)
{
	return span_of(arena_printf(a, "%s%.*s", subject_prefix[subject],
	    SPAN_ARG(entry)));
}

static enum subject
subject_of(struct span *key)
{
	size_t i;

	for (i = SUBJECT_HOST; i < SUBJECTS; i++) {
		size_t len = strlen(subject_prefix[i]);

		if (!span_is_nocase(span_head(*key, len), subject_prefix[i]))
			continue;
		*key = span_trim(span_skip(*key, len));
		return (enum subject)i;
	}
	return SUBJECT_AUTHOR;
}

enum override_status
override_table_add(struct override_table *t, struct span key,
    struct span action)
{
	enum subject subject = subject_of(&key);
	enum override_kind k = override_kind_parse(action);
	enum hostlist_status st;
	struct span name;

	if (k == OVERRIDE_NONE ||
	    (subject == SUBJECT_DKIM && k == OVERRIDE_REJECT))
		return OVERRIDE_BAD_ACTION;
	st = hostlist_add(t->list[subject], key);
	if (st == HOSTLIST_SYNTAX)
		return OVERRIDE_BAD_KEY;
	name = row_name(t->arena, subject, key);
	if (st == HOSTLIST_NOMEM || name.p == NULL || !map_put(t->kind, name,
	    (void *)(uintptr_t)&kinds[k], NULL))
		return OVERRIDE_NOMEM;
	return st == HOSTLIST_STRAY_BITS ? OVERRIDE_STRAY_BITS : OVERRIDE_OK;
}

/* ---- what applies ------------------------------------------------------- */

static struct override
never(struct arena *a, const char *option, struct span entry)
{
	const char *why = arena_printf(a, "%s %.*s", option, SPAN_ARG(entry));

	return (struct override){ OVERRIDE_NEVER,
	    why != NULL ? why : option };
}

/*
 * The client's confirmed name: by our own look; the MTA's only where we did
 * not look.
 */
static struct span
client_name(const struct mail *m, const struct results *r)
{
	if (r->iprev == NULL)
		return m->client.name;
	return r->iprev->result == RESULT_PASS ? r->iprev->name :
	    (struct span){ NULL, 0 };
}

static struct span
client_entry(const struct hostlist *l, const struct mail *m,
    const struct results *r, bool *listed_out)
{
	return hostlist_match(l, m->client.has_ip ? &m->client.ip : NULL,
	    client_name(m, r), listed_out);
}

/* A second author must not gain by what the first is granted. */
static bool
has_one_author(const struct results *r)
{
	return r->nauthors == 1 && r->author_problem == NULL;
}

static struct span
author_entry(const struct hostlist *l, const struct results *r,
    bool *listed_out)
{
	*listed_out = false;
	if (!has_one_author(r))
		return (struct span){ NULL, 0 };
	return hostlist_match_name(l, r->author[0].author_domain, listed_out);
}

static bool
rcpt_ignored(const struct name_list *l, struct span rcpt)
{
	size_t at = span_rfind(rcpt, '@');
	struct span domain = span_skip(rcpt, at < rcpt.len ? at + 1 : at);
	size_t i;

	for (i = 0; i < l->count; i++)
		if (span_eq_nocase(l->name[i], rcpt) ||
		    (domain.len > 0 && span_eq_nocase(l->name[i], domain)))
			return true;
	return false;
}

/* Only where no recipient would be left without what the rules give him. */
static bool
all_rcpts_ignored(const struct name_list *l, const struct mail_envelope *e)
{
	size_t i;

	for (i = 0; i < e->nrcpts; i++)
		if (!rcpt_ignored(l, e->rcpt[i]))
			return false;
	return e->nrcpts > 0 && l->count > 0;
}

/* Keep the row in `best` if it is more gentle. */
static void
consider(struct arena *a, const struct override_table *t,
    enum subject subject, struct span entry, bool listed,
    struct override *best)
{
	const enum override_kind *k;
	struct span name;

	if (!listed)
		return;
	name = row_name(a, subject, entry);
	k = name.p != NULL ? map_get(t->kind, name) : NULL;
	if (k == NULL || *k <= best->kind)
		return;
	best->kind = *k;
	best->why = arena_printf(a, "OverrideTable %s %s", name.p,
	    override_kind_name(*k));
	if (best->why == NULL)
		best->why = "OverrideTable";
}

static struct override
table_find(struct arena *a, const struct override_table *t,
    const struct mail *m, const struct results *r)
{
	struct override best = { OVERRIDE_NONE, NULL };
	struct span entry;
	bool listed;
	size_t i;

	entry = client_entry(t->list[SUBJECT_HOST], m, r, &listed);
	consider(a, t, SUBJECT_HOST, entry, listed, &best);
	for (i = 0; i < r->ndkim; i++) {
		if (r->dkim[i].result != RESULT_PASS)
			continue;
		entry = hostlist_match_name(t->list[SUBJECT_DKIM],
		    r->dkim[i].sig.domain, &listed);
		consider(a, t, SUBJECT_DKIM, entry, listed, &best);
	}
	for (i = 0; i < r->nauthors; i++) {
		struct override one = { OVERRIDE_NONE, NULL };

		entry = hostlist_match_name(t->list[SUBJECT_AUTHOR],
		    r->author[i].author_domain, &listed);
		consider(a, t, SUBJECT_AUTHOR, entry, listed, &one);
		if (one.kind > best.kind &&
		    (has_one_author(r) || one.kind == OVERRIDE_REJECT))
			best = one;
	}
	return best;
}

struct override
override_find(struct arena *a, const struct policy_settings *set,
    const struct mail *m, const struct results *r)
{
	const struct dmarc_rules *rules = &set->dmarc_rules;
	struct span entry;
	bool listed;

	entry = client_entry(rules->ignore_hosts, m, r, &listed);
	if (listed)
		return never(a, "IgnoreHosts", entry);
	entry = author_entry(rules->ignore_mail_from, r, &listed);
	if (listed)
		return never(a, "IgnoreMailFrom", entry);
	if (all_rcpts_ignored(&rules->ignore_mail_to, &m->envelope))
		return (struct override){ OVERRIDE_NEVER, "IgnoreMailTo" };
	if (rules->overrides == NULL)
		return (struct override){ OVERRIDE_NONE, NULL };
	return table_find(a, rules->overrides, m, r);
}
