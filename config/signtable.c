#include "config.h"
#include "config/signtable.h"

#include "base/strbuf.h"
#include "config/signing.h"

/* What stands behind the first word of a line. */
struct sign_row {
	size_t		 key;		/* row of KeyTable; KEYTABLE_NONE: the
					 * one with the name of the author's
					 * domain */
	struct span	 signer;	/* for i=; empty: none */
};

struct signtable {
	const struct dataset *rows;
	struct keytable	*keytable;
	enum multiple_words multiple;
	struct sign_row	*row;
};

/* ---- loading ------------------------------------------------------------ */

/*
 * The identity that `signer` asks for when the author's domain is `author`:
 * its local part and its domain, normalized. Empty when it is no identity.
 */
static struct span
identity_of(struct arena *a, struct span signer, struct span author)
{
	struct span none = { NULL, 0 }, text, domain;
	struct strbuf sb;
	size_t i, at;

	strbuf_init(&sb, a);
	for (i = 0; i < signer.len; i++) {
		unsigned char c = (unsigned char)signer.p[i];

		if (c <= ' ' || c == 0x7f)
			return none;
		if (c == '%')
			strbuf_add(&sb, author);
		else
			strbuf_addc(&sb, signer.p[i]);
	}
	text = strbuf_span(&sb);
	at = span_rfind(text, '@');
	domain = at < text.len ? span_skip(text, at + 1) : text;
	if (domain_normalize(a, domain, &domain) != DOMAIN_OK)
		return none;
	return span_of(arena_printf(a, "%.*s@%.*s",
	    SPAN_ARG(span_head(text, at < text.len ? at : 0)),
	    SPAN_ARG(domain)));
}

/* Whether an identity, as identity_of makes them, may stand beside d=. */
static bool
identity_fits(struct span identity, struct span d)
{
	return identity.len > 0 && domain_within(span_skip(identity,
	    span_rfind(identity, '@') + 1), d);
}

/* Why a signer can never be used; NULL when it can. */
static const char *
check_signer(struct signtable *t, struct arena *a, const struct sign_row *row)
{
	struct span author = SPAN("author.example"), d = { NULL, 0 };
	struct span identity = identity_of(a, row->signer, author);

	if (row->signer.len == 0)
		return NULL;
	if (identity.len == 0)
		return "it is no address";
	if (row->key != KEYTABLE_NONE)
		d = keytable_domain(t->keytable, row->key);
	if (d.len == 0 || span_find(row->signer, '%') < row->signer.len ||
	    identity_fits(identity, d))
		return NULL;
	return "its domain is not that of the key, nor below it";
}

/* NULL when the value is good, else what is wrong. */
static const char *
read_value(struct signtable *t, struct arena *a, struct span value,
    struct sign_row *out)
{
	size_t colon = span_find(value, ':');
	struct span name = span_trim(span_head(value, colon));
	const char *why;

	out->key = KEYTABLE_NONE;
	out->signer = span_trim(span_skip(value, colon + 1));
	if (name.len == 0)
		return "the value is missing: the name of a key in KeyTable";
	if (span_is(name, "%")) {
		keytable_use_all(t->keytable);
		return NULL;
	}
	out->key = keytable_find(t->keytable, name);
	if (out->key != KEYTABLE_NONE) {
		keytable_use(t->keytable, out->key);
		return NULL;
	}
	why = arena_printf(a, "there is no key \"%.*s\" in KeyTable",
	    SPAN_ARG(name));
	return why != NULL ? why : "out of memory";
}

/*
 * Tables that are no refile are looked up by what an address may be listed as;
 * beside these a star stands for itself. "*@example.com" is meant otherwise.
 */
static bool
is_idle_pattern(struct span key)
{
	size_t star = span_find(key, '*');

	return star < key.len && (star + 1 < key.len ||
	    (star > 0 && key.p[star - 1] != '@'));
}

static void
read_row(struct signtable *t, struct arena *a, size_t i,
    struct report *report)
{
	const struct dataset_row *row = dataset_row(t->rows, i);
	const char *file = dataset_file(t->rows), *why;

	why = read_value(t, a, row->value, &t->row[i]);
	if (why != NULL) {
		report_add(report, REPORT_ERROR, file, row->line,
		    "SigningTable", "\"%.*s\": %s", SPAN_ARG(row->key), why);
		return;
	}
	if (dataset_kind(t->rows) != DATASET_REFILE &&
	    is_idle_pattern(row->key))
		report_add(report, REPORT_WARNING, file, row->line,
		    "SigningTable", "\"%.*s\" matches nothing: only a refile: "
		    "has patterns", SPAN_ARG(row->key));
	why = check_signer(t, a, &t->row[i]);
	if (why == NULL)
		return;
	report_add(report, REPORT_WARNING, file, row->line, "SigningTable",
	    "signer \"%.*s\" is left out: %s", SPAN_ARG(t->row[i].signer),
	    why);
	t->row[i].signer = (struct span){ NULL, 0 };
}

struct signtable *
signtable_new(struct arena *a, const struct dataset *rows,
    struct keytable *kt, enum multiple_words multiple, struct report *report)
{
	struct signtable *t = arena_alloc(a, sizeof(*t));
	size_t i, n = dataset_count(rows), errors = report->errors;

	if (t == NULL)
		return NULL;
	*t = (struct signtable){ rows, kt, multiple,
	    arena_array(a, n, sizeof(*t->row)) };
	if (t->row == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		read_row(t, a, i, report);
	return report->errors == errors ? t : NULL;
}

/* ---- per message -------------------------------------------------------- */

/* One choice under way. */
struct choice {
	const struct signtable *table;
	struct arena	*arena;
	struct span	 author;	/* domain */
	struct dkim_seal *seal;
	size_t		 n;
	const struct dataset_row *first; /* the first row that matched */
	const char	*why;		/* why it failed */
};

/* The same seal twice says no more than once. */
static bool
is_there(const struct choice *c, const struct dkim_seal *seal)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (span_eq(c->seal[i].domain, seal->domain) &&
		    span_eq(c->seal[i].selector, seal->selector))
			return true;
	return false;
}

static void
fail(struct choice *c, const struct dataset_row *row, const char *why)
{
	c->why = arena_printf(c->arena, "SigningTable: %.*s: %s",
	    SPAN_ARG(row->key), why);
	if (c->why == NULL)
		c->why = "SigningTable: out of memory";
}

/* Add the seal of a row. False when it cannot be had: c->why says why. */
static bool
add_row(struct choice *c, size_t i)
{
	const struct signtable *t = c->table;
	const struct dataset_row *row = dataset_row(t->rows, i);
	size_t key = t->row[i].key;
	struct dkim_seal seal;
	const char *why;

	if (c->first == NULL)
		c->first = row;
	if (key == KEYTABLE_NONE)
		key = keytable_find(t->keytable, c->author);
	if (key == KEYTABLE_NONE) {
		fail(c, row, "KeyTable has no key of the author's domain");
		return false;
	}
	if (!keytable_seal(t->keytable, c->arena, key, c->author, &seal,
	    &why)) {
		fail(c, row, why);
		return false;
	}
	seal.identity = identity_of(c->arena, t->row[i].signer, c->author);
	if (!identity_fits(seal.identity, seal.domain))
		seal.identity = (struct span){ NULL, 0 };
	if (c->n < SIGNING_MAX_SEALS && !is_there(c, &seal))
		c->seal[c->n++] = seal;
	return true;
}

/*
 * Add the rows found by `name`, as many of them as MultipleSignatures wants.
 * False at a failure.
 */
static bool
add_rows(struct choice *c, struct span name)
{
	const struct signtable *t = c->table;
	size_t n = dataset_count(t->rows);
	size_t i = dataset_find(t->rows, name, 0);

	for (; i < n; i = dataset_find(t->rows, name, i + 1)) {
		if (t->multiple == MULTIPLE_SAME && c->first != NULL &&
		    !span_eq_nocase(dataset_row(t->rows, i)->key,
		    c->first->key))
			continue;
		if (!add_row(c, i))
			return false;
		if (t->multiple == MULTIPLE_NO)
			break;
	}
	return true;
}

/* Whether nothing more is to be looked up. */
static bool
enough(const struct choice *c)
{
	return c->first != NULL && c->table->multiple != MULTIPLE_YES;
}

/*
 * The order of a table that holds no patterns: the address, its domain, for
 * each parent domain ".parent" with and without the user, "user@*", "*".
 */
static bool
walk(struct choice *c, struct span address)
{
	struct span user = span_head(address, span_rfind(address, '@') + 1);
	struct span rest = span_skip(address, user.len);
	const char *text;

	if (!add_rows(c, address) || (!enough(c) && !add_rows(c, rest)))
		return false;
	while (!enough(c) && span_find(rest, '.') < rest.len) {
		rest = span_skip(rest, span_find(rest, '.'));
		text = arena_printf(c->arena, "%.*s%.*s", SPAN_ARG(user),
		    SPAN_ARG(rest));
		if (text == NULL || !add_rows(c, span_of(text)) ||
		    (!enough(c) && !add_rows(c, rest)))
			return false;
		rest = span_skip(rest, 1);
	}
	text = arena_printf(c->arena, "%.*s*", SPAN_ARG(user));
	if (text == NULL || (!enough(c) && !add_rows(c, span_of(text))))
		return false;
	return enough(c) || add_rows(c, SPAN("*"));
}

/* "user@host" in lower case. */
static struct span
lookup_name(struct arena *a, const struct address *author)
{
	char *text = arena_printf(a, "%.*s@%.*s", SPAN_ARG(author->local),
	    SPAN_ARG(author->domain));
	char *p;

	for (p = text; p != NULL && *p != '\0'; p++)
		*p = (char)ascii_lower((unsigned char)*p);
	return span_of(text);
}

enum sign_status
signtable_choose(const struct signtable *t, struct arena *a,
    const struct address *author, struct dkim_seal **seal_out, size_t *n_out,
    const char **why_out)
{
	struct choice c = { .table = t, .arena = a, .author = author->domain,
	    .why = "out of memory" };
	struct span name;
	bool good;

	*why_out = "the author's address is too long";
	if (author->local.len + author->domain.len >= SIGNTABLE_MAX_ADDRESS)
		return SIGN_NO;
	name = lookup_name(a, author);
	c.seal = arena_array(a, SIGNING_MAX_SEALS, sizeof(*c.seal));
	good = name.p != NULL && c.seal != NULL &&
	    (dataset_kind(t->rows) == DATASET_REFILE ? add_rows(&c, name) :
	    walk(&c, name));
	*why_out = c.why;
	if (!good)
		return SIGN_ERROR;
	*why_out = "no line of SigningTable matches";
	if (c.first == NULL)
		return SIGN_NO;
	*seal_out = c.seal;
	*n_out = c.n;
	*why_out = arena_printf(a, "SigningTable: %.*s",
	    SPAN_ARG(c.first->key));
	if (*why_out == NULL)
		*why_out = "SigningTable";
	return SIGN_YES;
}
