#include "config.h"
#include "config/signing.h"

#include <stdlib.h>

#include "config/file.h"
#include "config/keytable.h"
#include "config/lists.h"
#include "config/signtable.h"

struct signing {
	struct keystore	*keystore;
	struct dataset	*keys;		/* KeyTable, or NULL */
	struct dataset	*authors;	/* SigningTable, or Domain */
	struct keytable	*keytable;	/* of `keys`; NULL: one key for all */
	struct signtable *table;	/* of the two; NULL: likewise */
	bool		 sub_domains;
	struct dkim_seal one;		/* Selector and KeyFile */
};

static bool
is_set(const struct option_values *vals, enum option_id id)
{
	return vals->v[id].text.p != NULL;
}

static void
complain(const struct option_values *vals, enum option_id id,
    enum report_level level, struct report *report, const char *why)
{
	struct place at = option_place(vals, id);

	report_at(report, level, &at, "%s", why);
}

/* ---- do the options go together? ---------------------------------------- */

/* One or two of the three that name a single key are not set. */
static void
complain_of_missing(const struct option_values *vals, enum option_id set,
    const enum option_id *missing, bool two, struct report *report)
{
	struct place at = option_place(vals, set);

	report_at(report, REPORT_ERROR, &at, "Domain, Selector and KeyFile go "
	    "together; %s%s%s %s missing", option_at(missing[0])->name,
	    two ? " and " : "", two ? option_at(missing[1])->name : "",
	    two ? "are" : "is");
}

void
signing_check_options(const struct option_values *vals, struct report *report)
{
	static const enum option_id three[] = {
		OPT_DOMAIN, OPT_SELECTOR, OPT_KEY_FILE,
	};
	enum option_id missing[3];
	bool tables = is_set(vals, OPT_KEY_TABLE);
	size_t i, n = 0;

	if (vals->v[OPT_SIGNATURE_ALGORITHM].number == ALGORITHM_SHA1)
		complain(vals, OPT_SIGNATURE_ALGORITHM, REPORT_ERROR, report,
		    "rsa-sha1 must not be used to sign (RFC 8301); "
		    "write rsa-sha256");
	if (tables && !is_set(vals, OPT_SIGNING_TABLE))
		complain(vals, OPT_KEY_TABLE, REPORT_ERROR, report,
		    "SigningTable is missing: who is signed for?");
	if (!tables && is_set(vals, OPT_SIGNING_TABLE))
		complain(vals, OPT_SIGNING_TABLE, REPORT_ERROR, report,
		    "KeyTable is missing: with which keys?");
	for (i = 0; i < 3; i++)
		if (!is_set(vals, three[i]))
			missing[n++] = three[i];
	for (i = 0; i < 3; i++) {
		if (!is_set(vals, three[i]))
			continue;
		if (tables)
			complain(vals, three[i], REPORT_WARNING, report,
			    "ignored, because KeyTable is set");
		else if (n > 0) {
			complain_of_missing(vals, three[i], missing, n > 1,
			    report);
			return;
		}
	}
}

/* ---- loading ------------------------------------------------------------ */

static bool
load_tables(struct signing *s, struct arena *a,
    const struct option_values *vals, bool check_all, struct report *report)
{
	s->keys = list_dataset(a, vals, OPT_KEY_TABLE, false, report);
	s->authors = list_dataset(a, vals, OPT_SIGNING_TABLE, true, report);
	if (s->keys == NULL || s->authors == NULL)
		return false;
	s->keytable = keytable_new(a, s->keys, s->keystore,
	    (enum algorithm_words)vals->v[OPT_SIGNATURE_ALGORITHM].number,
	    vals->v[OPT_BASE_DIRECTORY].text, report);
	if (s->keytable == NULL)
		return false;
	s->table = signtable_new(a, s->authors, s->keytable,
	    (enum multiple_words)vals->v[OPT_MULTIPLE_SIGNATURES].number,
	    report);
	if (s->table != NULL)
		keytable_check(s->keytable, check_all, report);
	return s->table != NULL;
}

/* Each domain of Domain must be one; patterns stand in a refile alone. */
static void
check_domains(struct signing *s, struct arena *a, struct report *report)
{
	struct span normal;
	size_t i;

	if (dataset_kind(s->authors) == DATASET_REFILE)
		return;
	for (i = 0; i < dataset_count(s->authors); i++) {
		const struct dataset_row *row = dataset_row(s->authors, i);
		enum domain_status st = domain_normalize(a, row->key, &normal);

		if (st != DOMAIN_OK)
			report_add(report, REPORT_ERROR,
			    dataset_file(s->authors), row->line, "Domain",
			    "\"%.*s\": %s", SPAN_ARG(row->key),
			    domain_status_text(st));
	}
}

static void
load_one_key(struct signing *s, struct arena *a,
    const struct option_values *vals, struct report *report)
{
	const struct option_value *file = &vals->v[OPT_KEY_FILE];
	const char *why = "out of memory", *path, *misfit;
	const struct private_key *key = NULL;

	path = file_path(a, vals->v[OPT_BASE_DIRECTORY].text, file->text);
	if (path != NULL)
		key = keystore_file(s->keystore, a, path, &why);
	misfit = key == NULL ? NULL : keytable_misfit((enum algorithm_words)
	    vals->v[OPT_SIGNATURE_ALGORITHM].number, key);
	if (misfit != NULL) {
		why = misfit;
		key = NULL;
	}
	if (why != NULL)
		report_add(report, key == NULL ? REPORT_ERROR :
		    REPORT_WARNING, file->file, file->line, "KeyFile",
		    "%.*s: %s", SPAN_ARG(file->text), why);
	s->one.key = key;
}

static bool
load_simple(struct signing *s, struct arena *a,
    const struct option_values *vals, struct report *report)
{
	enum domain_status st;

	s->sub_domains = vals->v[OPT_SUB_DOMAINS].number != 0;
	s->authors = list_dataset(a, vals, OPT_DOMAIN, true, report);
	if (s->authors != NULL)
		check_domains(s, a, report);
	st = domain_normalize(a, vals->v[OPT_SELECTOR].text,
	    &s->one.selector);
	if (st != DOMAIN_OK)
		complain(vals, OPT_SELECTOR, REPORT_ERROR, report,
		    domain_status_text(st));
	load_one_key(s, a, vals, report);
	return s->authors != NULL && s->one.key != NULL;
}

bool
signing_load(struct arena *a, const struct option_values *vals,
    const struct key_reader *reader, bool check_all, struct report *report,
    struct signing **out)
{
	size_t errors = report->errors;
	struct signing *s;
	bool good;

	*out = NULL;
	if (!is_set(vals, OPT_KEY_TABLE) && !is_set(vals, OPT_KEY_FILE))
		return true;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return false;
	s->keystore = keystore_new(reader,
	    vals->v[OPT_REQUIRE_SAFE_KEYS].number != 0);
	good = s->keystore != NULL && (is_set(vals, OPT_KEY_TABLE) ?
	    load_tables(s, a, vals, check_all, report) :
	    load_simple(s, a, vals, report));
	if (!good || report->errors > errors) {
		signing_free(s);
		return false;
	}
	*out = s;
	return true;
}

void
signing_free(struct signing *s)
{
	if (s == NULL)
		return;
	dataset_free(s->keys);
	dataset_free(s->authors);
	keystore_free(s->keystore);
	free(s);
}

/* ---- per message -------------------------------------------------------- */

/* The row of Domain for the author; with SubDomains for its parents too. */
static enum sign_status
choose_one(const struct signing *s, struct arena *a,
    const struct address *author, struct dkim_seal **seal_out, size_t *n_out,
    const char **why_out)
{
	size_t none = dataset_count(s->authors), row;
	struct span domain = author->domain;

	row = dataset_find(s->authors, domain, 0);
	while (row == none && s->sub_domains && domain.len > 0) {
		domain = domain_parent(domain);
		row = dataset_find(s->authors, domain, 0);
	}
	*why_out = "Domain does not list the author's domain";
	if (row == none)
		return SIGN_NO;
	*seal_out = arena_alloc(a, sizeof(**seal_out));
	*why_out = "out of memory";
	if (*seal_out == NULL)
		return SIGN_ERROR;
	**seal_out = s->one;
	(*seal_out)->domain = domain;
	*n_out = 1;
	*why_out = arena_printf(a, "Domain: %.*s",
	    SPAN_ARG(dataset_row(s->authors, row)->key));
	if (*why_out == NULL)
		*why_out = "Domain";
	return SIGN_YES;
}

enum sign_status
signing_choose(const void *tables, struct arena *a,
    const struct address *author, struct dkim_seal **seal_out, size_t *n_out,
    const char **why_out)
{
	const struct signing *s = tables;

	*seal_out = NULL;
	*n_out = 0;
	*why_out = "the author has no domain";
	if (author->domain.len == 0)
		return SIGN_NO;
	if (s->table != NULL)
		return signtable_choose(s->table, a, author, seal_out, n_out,
		    why_out);
	return choose_one(s, a, author, seal_out, n_out, why_out);
}

/* ---- the keys themselves ------------------------------------------------ */

size_t
signing_count(const struct signing *s)
{
	return dataset_count(s->keytable != NULL ? s->keys : s->authors);
}

bool
signing_nth(const struct signing *s, struct arena *a, size_t n,
    struct span author, struct signing_key *out, const char **why_out)
{
	*why_out = NULL;
	if (s->keytable != NULL) {
		out->name = dataset_row(s->keys, n)->key;
		return keytable_seal(s->keytable, a, n, author, &out->seal,
		    why_out);
	}
	out->name = SPAN("");
	out->seal = s->one;
	if (domain_normalize(a, dataset_row(s->authors, n)->key,
	    &out->seal.domain) != DOMAIN_OK)
		out->seal.domain = author;
	return true;
}

enum nth_key
signing_nth_seal(const void *tables, struct arena *a, size_t n,
    struct dkim_seal *out)
{
	struct signing_key key;
	const char *why;

	if (n >= signing_count(tables))
		return NTH_KEY_END;
	if (!signing_nth(tables, a, n, SPAN(""), &key, &why) ||
	    key.seal.domain.len == 0)
		return NTH_KEY_SKIP;
	*out = key.seal;
	return NTH_KEY_OK;
}
