#include "config.h"
#include "config/lists.h"

#include "config/pattern.h"

struct dataset *
list_dataset(struct arena *a, const struct option_values *vals,
    enum option_id id, bool fold, struct report *report)
{
	bool hosts = option_at(id)->type == OPTION_HOSTS;
	struct place at = option_place(vals, id);
	struct dataset_spec spec;
	const char *why;

	if (!dataset_spec_parse(a, vals->v[id].text, hosts, &spec, &why)) {
		report_at(report, REPORT_ERROR, &at, "%s", why);
		return NULL;
	}
	return dataset_load(a, &spec, vals->v[OPT_BASE_DIRECTORY].text, fold,
	    &at, report);
}

/* ---- hosts -------------------------------------------------------------- */

/* "192.0.*" or "192.0.*.*": the network it stands for; else p is NULL. */
static struct span
star_network(struct arena *a, struct span text)
{
	struct span none = { NULL, 0 }, rest = text, part, head = text;
	unsigned parts = 0, stars = 0;
	uint64_t n;

	while (span_next(&rest, '.', &part)) {
		if (span_is(part, "*"))
			stars++;
		else if (stars > 0 || !span_uint(part, 255, &n))
			return none;
		if (stars == 0)
			head = span_head(text,
			    (size_t)(part.p + part.len - text.p));
		parts++;
	}
	if (parts == stars || stars == 0 || parts > 4)
		return none;
	parts -= stars;
	return span_of(arena_printf(a, "%.*s%s/%u", SPAN_ARG(head),
	    parts == 1 ? ".0.0.0" : parts == 2 ? ".0.0" : ".0", parts * 8));
}

/*
 * What a row of a refile means as an entry of a host list; p NULL when it is
 * a pattern that a host list cannot hold.
 */
static struct span
unpatterned(struct arena *a, struct span key)
{
	struct span entry = key, network;
	bool except = span_starts(key, "!");

	if (except)
		entry = span_skip(entry, 1);
	if (pattern_kind(entry) == PATTERN_LITERAL ||
	    (span_starts(entry, "[") && span_find(entry, '*') == entry.len))
		return key;
	if (pattern_kind(entry) == PATTERN_REGEX)
		return (struct span){ NULL, 0 };
	network = star_network(a, entry);
	if (network.p == NULL && span_starts(entry, "*.") &&
	    span_rfind(entry, '*') == 0)
		network = span_skip(entry, 1);
	if (network.p == NULL || !except)
		return network;
	return span_of(arena_printf(a, "!%.*s", SPAN_ARG(network)));
}

static enum hostlist_status
add_every_host(struct hostlist *l)
{
	enum hostlist_status st = hostlist_add(l, SPAN("0.0.0.0/0"));

	return st == HOSTLIST_OK ? hostlist_add(l, SPAN("::/0")) : st;
}

/* NULL when it was added; else what is to be said of it. */
static const char *
add_host(struct hostlist *l, struct arena *a, enum dataset_kind kind,
    struct span key, enum report_level *level_out)
{
	struct span entry = kind == DATASET_REFILE ? unpatterned(a, key) : key;
	enum hostlist_status st;

	*level_out = REPORT_ERROR;
	if (kind == DATASET_REFILE && span_is(key, "*"))
		st = add_every_host(l);
	else if (entry.p == NULL)
		return "this pattern cannot stand in a host list; write "
		    "networks and domains (10.0.0.0/8, .example.com)";
	else
		st = hostlist_add(l, entry);
	switch (st) {
	case HOSTLIST_OK:
		return NULL;
	case HOSTLIST_STRAY_BITS:
		*level_out = REPORT_WARNING;
		return "has bits behind the prefix; they are ignored (OpenDKIM "
		    "would never match it)";
	case HOSTLIST_NOMEM:
		return "out of memory";
	case HOSTLIST_SYNTAX:
		break;
	}
	if (span_find(key, '*') == key.len)
		return "is neither address, network nor host name";
	*level_out = REPORT_WARNING;
	return "matches nothing: only in a refile: are there patterns; for a "
	    "domain write .example.com";
}

struct hostlist *
list_hosts(struct arena *a, const struct option_values *vals,
    enum option_id id, struct report *report)
{
	struct hostlist *l;
	struct dataset *d;
	size_t i;

	if (vals->v[id].text.p == NULL)
		return NULL;
	d = list_dataset(a, vals, id, false, report);
	l = d != NULL ? hostlist_new() : NULL;
	for (i = 0; l != NULL && i < dataset_count(d); i++) {
		const struct dataset_row *row = dataset_row(d, i);
		enum report_level level;
		const char *why = add_host(l, a, dataset_kind(d), row->key,
		    &level);

		if (why != NULL)
			report_add(report, level, dataset_file(d), row->line,
			    option_at(id)->name, "\"%.*s\" %s",
			    SPAN_ARG(row->key), why);
	}
	report->failed = report->failed || (d != NULL && l == NULL);
	dataset_free(d);
	return l;
}

/* ---- exceptions --------------------------------------------------------- */

/* NULL when the row is good; else what is to be said of it. */
static const char *
add_override(struct override_table *t, const struct dataset_row *row,
    enum report_level *level_out)
{
	*level_out = REPORT_ERROR;
	switch (override_table_add(t, row->key, row->value)) {
	case OVERRIDE_OK:
		return NULL;
	case OVERRIDE_STRAY_BITS:
		*level_out = REPORT_WARNING;
		return "has bits behind the prefix; they are ignored";
	case OVERRIDE_BAD_KEY:
		return "is neither domain, .domain, host:HOST nor dkim:DOMAIN";
	case OVERRIDE_BAD_ACTION:
		return "needs reject (not with dkim:), forwarder or never "
		    "behind it";
	case OVERRIDE_NOMEM:
		break;
	}
	return "out of memory";
}

struct override_table *
list_overrides(struct arena *a, const struct option_values *vals,
    struct report *report)
{
	enum option_id id = OPT_OVERRIDE_TABLE;
	struct override_table *t;
	struct dataset *d;
	size_t i;

	if (vals->v[id].text.p == NULL)
		return NULL;
	d = list_dataset(a, vals, id, false, report);
	t = d != NULL ? override_table_new() : NULL;
	for (i = 0; t != NULL && i < dataset_count(d); i++) {
		const struct dataset_row *row = dataset_row(d, i);
		enum report_level level;
		const char *why = add_override(t, row, &level);

		if (why != NULL)
			report_add(report, level, dataset_file(d), row->line,
			    option_at(id)->name, "\"%.*s\" %s",
			    SPAN_ARG(row->key), why);
	}
	report->failed = report->failed || (d != NULL && t == NULL);
	dataset_free(d);
	return t;
}

/* ---- names -------------------------------------------------------------- */

struct name_list
list_names(struct arena *a, const struct option_values *vals,
    enum option_id id, struct report *report)
{
	struct name_list list = { NULL, 0 };
	struct dataset *d;
	struct span *name;
	size_t i;

	if (vals->v[id].text.p == NULL)
		return list;
	d = list_dataset(a, vals, id, false, report);
	if (d == NULL)
		return list;
	name = arena_array(a, dataset_count(d), sizeof(*name));
	for (i = 0; name != NULL && i < dataset_count(d); i++)
		name[i] = dataset_row(d, i)->key;
	if (name != NULL)
		list = (struct name_list){ name, dataset_count(d) };
	report->failed = report->failed || name == NULL;
	dataset_free(d);
	return list;
}

/* Domains as list_set says; `name` may be an address. */
size_t
list_find(const struct dataset *d, struct span name)
{
	size_t none = dataset_count(d), row = dataset_find(d, name, 0), at;

	if (row < none || dataset_kind(d) == DATASET_REFILE)
		return row;
	if ((at = span_rfind(name, '@')) < name.len) {
		name = span_skip(name, at + 1);
		row = dataset_find(d, name, 0);
	}
	while (row == none && span_find(name, '.') < name.len) {
		name = span_skip(name, span_find(name, '.'));
		row = dataset_find(d, name, 0);
		name = span_skip(name, 1);
	}
	return row < none ? row : dataset_find(d, SPAN("*"), 0);
}

static bool
set_has(const void *rows, struct span name)
{
	return list_find(rows, name) < dataset_count(rows);
}

struct name_set
list_set(struct arena *a, const struct option_values *vals,
    enum option_id id, struct report *report, struct dataset **rows_out)
{
	*rows_out = NULL;
	if (vals->v[id].text.p != NULL)
		*rows_out = list_dataset(a, vals, id, true, report);
	return (struct name_set){ *rows_out, set_has };
}

/* ---- logins and macros -------------------------------------------------- */

static size_t
login_end(struct span s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] != ',' && s.p[n] != '|' &&
	    !ascii_iswsp((unsigned char)s.p[n]))
		n++;
	return n;
}

static bool
login_listed(struct span list, struct span login)
{
	while (list.len > 0) {
		size_t n = login_end(list);
		struct span one = span_head(list, n);

		if (span_is(one, "*") ||
		    (one.len > 0 && span_eq_nocase(one, login)))
			return true;
		list = span_skip(list, n + 1);
	}
	return false;
}

bool
list_login_owns(struct arena *a, const void *logins, struct span address,
    struct span login)
{
	const struct dataset *d = logins;
	struct span name = span_lower(a, address), first;
	size_t none = dataset_count(d), i;

	if (name.p == NULL || (i = list_find(d, name)) == none)
		return false;
	first = dataset_row(d, i)->key;
	for (; i < none; i++) {
		const struct dataset_row *row = dataset_row(d, i);

		if (span_eq_nocase(row->key, first) &&
		    login_listed(row->value, login))
			return true;
	}
	return false;
}

/* "auth_author" or "{auth_author}"; names of one letter have no braces. */
static struct span
macro_name(struct arena *a, struct span name)
{
	if (name.len <= 1 || name.p[0] == '{')
		return arena_span(a, name);
	return span_of(arena_printf(a, "{%.*s}", SPAN_ARG(name)));
}

struct macro_list
list_macros(struct arena *a, const struct option_values *vals,
    struct report *report)
{
	struct macro_list list = { NULL, 0 };
	struct macro_rule *rule;
	struct dataset *d;
	size_t i;

	if (vals->v[OPT_MACRO_LIST].text.p == NULL ||
	    (d = list_dataset(a, vals, OPT_MACRO_LIST, false, report)) == NULL)
		return list;
	rule = arena_array(a, dataset_count(d), sizeof(*rule));
	for (i = 0; rule != NULL && i < dataset_count(d); i++) {
		rule[i].name = macro_name(a, dataset_row(d, i)->key);
		rule[i].values = dataset_row(d, i)->value;
	}
	if (rule != NULL)
		list = (struct macro_list){ rule, dataset_count(d) };
	report->failed = report->failed || rule == NULL;
	dataset_free(d);
	return list;
}

/* ---- header fields ------------------------------------------------------ */

/*
 * A field name of RFC 5322, 3.6.8, that can stand in a signature: some
 * characters mean something there (RFC 6376, 3.2 and 3.5).
 */
static bool
is_field_name(struct span name)
{
	size_t i;

	for (i = 0; i < name.len; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' ||
		    strchr(":;|=", name.p[i]) != NULL)
			return false;
	return name.len > 0;
}

static size_t
position(const struct span *name, size_t n, struct span wanted)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (span_eq_nocase(name[i], wanted))
			break;
	return i;
}

static size_t
add_name(struct span *name, size_t n, struct span wanted)
{
	if (position(name, n, wanted) < n)
		return n;
	name[n] = wanted;
	return n + 1;
}

static size_t
drop_name(struct span *name, size_t n, struct span unwanted)
{
	size_t i = position(name, n, unwanted);

	if (i == n)
		return n;
	memmove(&name[i], &name[i + 1], (n - i - 1) * sizeof(*name));
	return n - 1;
}

struct name_list
list_fields(struct arena *a, const struct option_values *vals,
    enum option_id id, struct name_list standard, struct report *report)
{
	struct name_list given = list_names(a, vals, id, report);
	size_t stars = position(given.name, given.count, SPAN("*"));
	bool delta = stars < given.count;
	struct place at = option_place(vals, id);
	struct span *name;
	size_t i, n = 0;

	name = arena_array(a, given.count + standard.count, sizeof(*name));
	if (name == NULL) {
		report->failed = true;
		return (struct name_list){ NULL, 0 };
	}
	for (i = 0; delta && i < standard.count; i++)
		n = add_name(name, n, standard.name[i]);
	for (i = 0; i < given.count; i++) {
		struct span one = given.name[i];
		bool sign = delta && (span_starts(one, "+") ||
		    span_starts(one, "-"));

		if (span_is(one, "*") || span_is(one, "."))
			continue;
		if (!is_field_name(span_skip(one, sign)))
			report_at(report, REPORT_ERROR, &at,
			    "\"%.*s\" is no name of a header field",
			    SPAN_ARG(one));
		else if (sign && one.p[0] == '-')
			n = drop_name(name, n, span_skip(one, 1));
		else
			n = add_name(name, n, span_skip(one, sign));
	}
	return (struct name_list){ name, n };
}
