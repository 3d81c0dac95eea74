#include "config.h"
#include "config/keytable.h"

#include "base/strbuf.h"
#include "config/file.h"
#include "message/domain.h"

struct key_row {
	struct span	 domain;	/* normalized; empty: the author's */
	struct span	 selector;	/* normalized */
	struct span	 key;		/* as written: a path, or the key */
	enum algorithm_words algorithm;
	bool		 is_file;
	bool		 used;
};

struct keytable {
	const struct dataset *rows;
	struct keystore	*keystore;
	struct span	 base;
	struct key_row	*row;
};

/* ---- rows --------------------------------------------------------------- */

/* KEY or KEY:ALGORITHM; a key may itself hold colons. */
static void
split_algorithm(struct span *key, enum algorithm_words *algorithm)
{
	static const struct {
		const char *suffix;
		enum algorithm_words algorithm;
	} suffixes[] = {
		{ ":rsa-sha256", ALGORITHM_RSA },
		{ ":ed25519-sha256", ALGORITHM_ED25519 },
		{ ":rsa-sha1", ALGORITHM_SHA1 },
	};
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (!span_ends_nocase(*key, suffixes[i].suffix))
			continue;
		key->len -= strlen(suffixes[i].suffix);
		*algorithm = suffixes[i].algorithm;
	}
}

static bool
is_path(struct span key)
{
	return span_starts(key, "/") || span_starts(key, "./") ||
	    span_starts(key, "../");
}

static const char *
bad_name(struct arena *a, const char *what, struct span name,
    enum domain_status st)
{
	const char *why = arena_printf(a, "%s \"%.*s\": %s", what,
	    SPAN_ARG(name), domain_status_text(st));

	return why != NULL ? why : "out of memory";
}

/* NULL when the value is good, else what is wrong with it. */
static const char *
read_value(struct arena *a, struct span value, struct key_row *out)
{
	struct span domain, selector, rest = value;
	enum domain_status st;

	if (value.len == 0)
		return "the value is missing: DOMAIN:SELECTOR:KEY";
	if (!span_next(&rest, ':', &domain) || rest.p == NULL ||
	    !span_next(&rest, ':', &selector) || rest.p == NULL)
		return "the value must be DOMAIN:SELECTOR:KEY";
	out->key = span_trim(rest);
	split_algorithm(&out->key, &out->algorithm);
	out->is_file = is_path(out->key);
	if (out->key.len == 0)
		return "the value names no key: DOMAIN:SELECTOR:KEY";
	if (out->algorithm == ALGORITHM_SHA1)
		return "rsa-sha1 must not be used to sign (RFC 8301)";
	domain = span_trim(domain);
	if (!span_is(domain, "%")) {
		st = domain_normalize(a, domain, &out->domain);
		if (st != DOMAIN_OK)
			return bad_name(a, "domain", domain, st);
	}
	selector = span_trim(selector);
	st = domain_normalize(a, selector, &out->selector);
	return st == DOMAIN_OK ? NULL :
	    bad_name(a, "selector", selector, st);
}

/* A name that stands twice is found where it stands first. */
static void
warn_of_doubles(const struct dataset *rows, struct report *report)
{
	size_t i, n = dataset_count(rows), first;

	for (i = 0; i < n && dataset_kind(rows) != DATASET_REFILE; i++) {
		const struct dataset_row *r = dataset_row(rows, i);

		first = dataset_find(rows, r->key, 0);
		if (first < i)
			report_add(report, REPORT_WARNING, dataset_file(rows),
			    r->line, "KeyTable", "key \"%.*s\" is never used: "
			    "line %u has one of that name", SPAN_ARG(r->key),
			    dataset_row(rows, first)->line);
	}
}

struct keytable *
keytable_new(struct arena *a, const struct dataset *rows,
    struct keystore *ks, enum algorithm_words algorithm, struct span base,
    struct report *report)
{
	struct keytable *kt = arena_alloc(a, sizeof(*kt));
	size_t i, n = dataset_count(rows), errors = report->errors;

	if (kt == NULL)
		return NULL;
	*kt = (struct keytable){ rows, ks, base,
	    arena_array(a, n, sizeof(*kt->row)) };
	if (kt->row == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		const struct dataset_row *r = dataset_row(rows, i);
		const char *why;

		kt->row[i].algorithm = algorithm;
		why = read_value(a, r->value, &kt->row[i]);
		if (why != NULL)
			report_add(report, REPORT_ERROR, dataset_file(rows),
			    r->line, "KeyTable", "key \"%.*s\": %s",
			    SPAN_ARG(r->key), why);
	}
	warn_of_doubles(rows, report);
	return report->errors == errors ? kt : NULL;
}

size_t
keytable_find(const struct keytable *kt, struct span name)
{
	size_t row = dataset_find(kt->rows, name, 0);

	return row < dataset_count(kt->rows) ? row : KEYTABLE_NONE;
}

struct span
keytable_domain(const struct keytable *kt, size_t row)
{
	return kt->row[row].domain;
}

void
keytable_use(struct keytable *kt, size_t row)
{
	kt->row[row].used = true;
}

void
keytable_use_all(struct keytable *kt)
{
	size_t i;

	for (i = 0; i < dataset_count(kt->rows); i++)
		kt->row[i].used = true;
}

/* ---- keys --------------------------------------------------------------- */

const char *
keytable_misfit(enum algorithm_words algorithm, const struct private_key *key)
{
	if (algorithm == ALGORITHM_RSA && private_key_type(key) != KEY_RSA)
		return "an Ed25519 key cannot sign with rsa-sha256";
	if (algorithm == ALGORITHM_ED25519 &&
	    private_key_type(key) != KEY_ED25519)
		return "an RSA key cannot sign with ed25519-sha256";
	return NULL;
}

/* The path of a key's file, with the domain in the place of each %. */
static const char *
key_path(const struct keytable *kt, struct arena *a, const struct key_row *r,
    struct span domain)
{
	struct strbuf sb;
	size_t i;

	if (!span_starts(r->key, "/"))
		return file_path(a, kt->base, r->key);
	strbuf_init(&sb, a);
	for (i = 0; i < r->key.len; i++) {
		if (r->key.p[i] == '%')
			strbuf_add(&sb, domain);
		else
			strbuf_addc(&sb, r->key.p[i]);
	}
	return strbuf_str(&sb);
}

/*
 * The key of a row. NULL: *why_out says why not. With a key *why_out may be
 * a warning. A file is named in either.
 */
static const struct private_key *
key_of_row(const struct keytable *kt, struct arena *a,
    const struct key_row *r, struct span domain, const char **why_out)
{
	const struct private_key *key;
	const char *path = NULL;

	if (r->is_file) {
		path = key_path(kt, a, r, domain);
		if (path == NULL) {
			*why_out = "out of memory";
			return NULL;
		}
		key = keystore_file(kt->keystore, a, path, why_out);
	} else {
		key = keystore_text(kt->keystore, r->key, why_out);
	}
	if (key != NULL && keytable_misfit(r->algorithm, key) != NULL) {
		*why_out = keytable_misfit(r->algorithm, key);
		key = NULL;
	}
	if (*why_out != NULL && path != NULL)
		*why_out = arena_printf(a, "%s: %s", path, *why_out);
	if (key == NULL && *why_out == NULL)
		*why_out = "out of memory";
	return key;
}

static void
check_row(struct keytable *kt, size_t i, struct arena *scratch,
    struct report *report)
{
	const struct dataset_row *row = dataset_row(kt->rows, i);
	const struct key_row *r = &kt->row[i];
	const struct private_key *key;
	const char *why;

	/* which file it is only the author's domain tells */
	if (r->is_file && r->domain.len == 0 && span_starts(r->key, "/") &&
	    span_find(r->key, '%') < r->key.len)
		return;
	key = key_of_row(kt, scratch, r, r->domain, &why);
	if (why == NULL)
		return;
	report_add(report, key == NULL && r->used ? REPORT_ERROR :
	    REPORT_WARNING, dataset_file(kt->rows), row->line, "KeyTable",
	    "key \"%.*s\": %s%s", SPAN_ARG(row->key), why,
	    r->used ? "" : " (no line of SigningTable names this key)");
}

void
keytable_check(struct keytable *kt, bool all, struct report *report)
{
	size_t i, n = dataset_count(kt->rows);
	struct arena *scratch;

	if (!all && n > KEYTABLE_EAGER_ROWS)
		return;
	scratch = arena_new(0);
	for (i = 0; scratch != NULL && i < n; i++) {
		check_row(kt, i, scratch, report);
		arena_reset(scratch);
	}
	report->failed = report->failed || scratch == NULL;
	arena_free(scratch);
}

bool
keytable_seal(const struct keytable *kt, struct arena *a, size_t row,
    struct span author, struct dkim_seal *out, const char **why_out)
{
	const struct key_row *r = &kt->row[row];

	*out = (struct dkim_seal){
		.domain = r->domain.len > 0 ? r->domain : author,
		.selector = r->selector,
	};
	out->key = key_of_row(kt, a, r, out->domain, why_out);
	return out->key != NULL;
}
