#include "config.h"
#include "config/dataset.h"

#include <sys/stat.h>

#include "base/map.h"
#include "config/file.h"
#include "config/pattern.h"
#include "message/domain.h"

/* Rows that are found by the same text, in the order of the file. */
struct chain {
	uint32_t	 first, last;	/* row number + 1; 0: none */
};

/* What a refile has besides, for each row. */
struct matcher {
	enum pattern_kind kind;
	struct span	 pattern;	/* folded where the set folds */
	regex_t		*re;		/* PATTERN_REGEX */
};

struct dataset {
	struct arena	*arena;
	enum dataset_kind kind;
	bool		 fold;
	const char	*file;
	struct dataset_row *row;
	struct matcher	*matcher;	/* DATASET_REFILE */
	size_t		 count, cap;
	size_t		 nregex;
	struct map	*literal;	/* name → chain */
	struct map	*tail;		/* "@example.com" → chain of globs */
	struct chain	 others;	/* patterns without a tail */
};

enum dataset_kind
dataset_kind(const struct dataset *d)
{
	return d->kind;
}

const char *
dataset_file(const struct dataset *d)
{
	return d->file;
}

size_t
dataset_count(const struct dataset *d)
{
	return d->count;
}

const struct dataset_row *
dataset_row(const struct dataset *d, size_t i)
{
	return &d->row[i];
}

void
dataset_free(struct dataset *d)
{
	size_t i;

	if (d == NULL)
		return;
	for (i = 0; d->matcher != NULL && i < d->count; i++)
		if (d->matcher[i].re != NULL)
			regfree(d->matcher[i].re);
	map_free(d->literal);
	map_free(d->tail);
	d->literal = d->tail = NULL;
	d->matcher = NULL;
}

/* ---- building ----------------------------------------------------------- */

/*
 * The domain in a name is looked up as an A-label; a table may write it as a
 * person does. The local part, and wildcards before the domain, stay.
 */
static struct span
domain_to_ascii(struct arena *a, struct span name)
{
	size_t at = span_rfind(name, '@');
	size_t start = at < name.len ? at + 1 : 0;
	struct span domain;
	const char *joined;

	if (span_starts(span_skip(name, start), "*"))
		start++;
	if (span_starts(span_skip(name, start), "."))
		start++;
	if (domain_normalize(a, span_skip(name, start), &domain) != DOMAIN_OK)
		return name;
	joined = arena_printf(a, "%.*s%.*s", SPAN_ARG(span_head(name, start)),
	    SPAN_ARG(domain));
	return joined != NULL ? span_of(joined) : name;
}

/* The form in which a name is looked up. p is NULL without memory. */
static struct span
lookup_form(struct dataset *d, struct span name)
{
	struct span copy = arena_span(d->arena, name);
	char *p = (char *)copy.p;
	bool ascii = true;
	size_t i;

	if (p == NULL || !d->fold)
		return copy;
	for (i = 0; i < copy.len; i++) {
		p[i] = (char)ascii_lower((unsigned char)p[i]);
		ascii = ascii && (unsigned char)p[i] < 0x80;
	}
	return ascii ? copy : domain_to_ascii(d->arena, copy);
}

static void
chain_append(struct dataset *d, struct chain *c, size_t row)
{
	if (c->first == 0)
		c->first = (uint32_t)row + 1;
	else
		d->row[c->last - 1].next = (uint32_t)row + 1;
	c->last = (uint32_t)row + 1;
}

static bool
index_under(struct dataset *d, struct map *map, struct span text, size_t row)
{
	struct chain *c = map_get(map, text);

	if (c == NULL) {
		c = arena_alloc(d->arena, sizeof(*c));
		if (c == NULL || !map_put(map, text, c, NULL))
			return false;
	}
	chain_append(d, c, row);
	return true;
}

/* NULL when it went well, else why not. */
static const char *
index_regex(struct dataset *d, struct matcher *m, struct span name, size_t row)
{
	regex_t *re;
	const char *why;

	if (d->nregex == DATASET_MAX_REGEX)
		return "too many patterns that are regular expressions";
	re = arena_alloc(d->arena, sizeof(*re));
	if (re == NULL)
		return "out of memory";
	why = pattern_compile(d->arena, name, d->fold, re);
	if (why != NULL)
		return why;
	m->re = re;
	d->nregex++;
	chain_append(d, &d->others, row);
	return NULL;
}

static const char *
index_row(struct dataset *d, size_t row)
{
	struct span name = lookup_form(d, d->row[row].key);
	struct matcher *m;
	struct span tail;
	bool good = true;

	if (name.p == NULL)
		return "out of memory";
	if (d->kind != DATASET_REFILE)
		return index_under(d, d->literal, name, row) ? NULL :
		    "out of memory";
	m = &d->matcher[row];
	m->kind = pattern_kind(name);
	m->pattern = name;
	tail = pattern_tail(name);
	if (m->kind == PATTERN_REGEX)
		return index_regex(d, m, name, row);
	if (m->kind == PATTERN_LITERAL)
		good = index_under(d, d->literal, name, row);
	else if (tail.len > 0)
		good = index_under(d, d->tail, tail, row);
	else
		chain_append(d, &d->others, row);
	return good ? NULL : "out of memory";
}

static const char *
add_row(struct dataset *d, struct span key, struct span value, unsigned line)
{
	if (d->count == d->cap)
		return "too many rows";
	d->row[d->count] = (struct dataset_row){ key, value, line, 0 };
	return index_row(d, d->count++);
}

static struct dataset *
dataset_new(struct arena *a, enum dataset_kind kind, bool fold,
    const char *file, size_t max_rows)
{
	struct dataset *d = arena_alloc(a, sizeof(*d));

	if (d == NULL || max_rows >= UINT32_MAX)
		return NULL;
	d->arena = a;
	d->kind = kind;
	d->fold = fold;
	d->file = file;
	d->cap = max_rows;
	d->row = arena_array(a, max_rows, sizeof(*d->row));
	if (kind == DATASET_REFILE)
		d->matcher = arena_array(a, max_rows, sizeof(*d->matcher));
	d->literal = map_new();
	d->tail = map_new();
	if (d->row == NULL || d->literal == NULL || d->tail == NULL ||
	    (kind == DATASET_REFILE && d->matcher == NULL)) {
		dataset_free(d);
		return NULL;
	}
	return d;
}

/* ---- reading ------------------------------------------------------------ */

static size_t
count_bytes(struct span text, char c)
{
	size_t n = 0, at;

	while ((at = span_find(text, c)) < text.len) {
		text = span_skip(text, at + 1);
		n++;
	}
	return n;
}

/* "a,b=c": where empty elements do not count. */
static const char *
read_list(struct dataset *d, struct span list, unsigned line)
{
	const char *why = NULL;
	struct span one;

	while (why == NULL && span_next(&list, ',', &one)) {
		size_t eq = span_find(one, '=');
		struct span key = span_trim(span_head(one, eq));

		if (span_trim(one).len > 0)
			why = add_row(d, key,
			    span_trim(span_skip(one, eq + 1)), line);
	}
	return why;
}

/* A line without its comment: where the name ends, the value begins. */
static const char *
read_line(struct dataset *d, struct span line, unsigned number)
{
	struct span text = span_trim(line);
	size_t end = 0;

	if (file_has_control(line))
		return "a control character stands in this line";
	while (end < text.len && !ascii_iswsp((unsigned char)text.p[end]))
		end++;
	return add_row(d, span_head(text, end),
	    span_trim(span_skip(text, end)), number);
}

static bool
read_lines(struct dataset *d, struct span text, const char *option,
    struct report *report)
{
	unsigned number = 0;
	const char *why = NULL;
	struct span line;

	while (why == NULL && file_next_line(&text, &line, &number)) {
		line = span_head(line, span_find(line, '#'));
		if (span_trim(line).len == 0)
			continue;
		if (d->kind == DATASET_REFILE &&
		    ascii_iswsp((unsigned char)line.p[0])) {
			report_add(report, REPORT_WARNING, d->file, number,
			    option, "a pattern begins where the line begins; "
			    "this line matches nothing, as with OpenDKIM");
			continue;
		}
		why = read_line(d, line, number);
	}
	if (why != NULL)
		report_add(report, REPORT_ERROR, d->file, number, option,
		    "%s", why);
	return why == NULL;
}

struct dataset *
dataset_load_text(struct arena *a, enum dataset_kind kind, struct span text,
    bool fold, const struct place *place, const char *file,
    struct report *report)
{
	bool list = kind == DATASET_CSL;
	const char *why = "out of memory";
	struct dataset *d;

	d = dataset_new(a, kind, fold, list ? place->file : file,
	    count_bytes(text, list ? ',' : '\n') + 1);
	if (d != NULL && !list) {
		if (read_lines(d, text, place->option, report))
			return d;
		dataset_free(d);
		return NULL;
	}
	if (d != NULL)
		why = read_list(d, text, place->line);
	if (why == NULL)
		return d;
	report_at(report, REPORT_ERROR, place, "%s", why);
	dataset_free(d);
	return NULL;
}

/* "keys/table", and not a slip such as "10.0.0/8". */
static bool
is_like_a_path(struct span name)
{
	bool letter = false;
	size_t i;

	for (i = 0; i < name.len; i++)
		letter = letter || ascii_isalpha((unsigned char)name.p[i]);
	return letter && span_find(name, '/') < name.len &&
	    span_find(name, ':') == name.len;
}

/*
 * "KeyTable key.table" is a list of one name; say so where a file was meant.
 */
static void
warn_of_list(struct arena *a, struct span list, struct span base,
    const struct place *place, struct report *report)
{
	struct span first = span_trim(span_head(list, span_find(list, ',')));
	const char *path = file_path(a, base, first);
	struct stat sb;

	if (path == NULL || first.len == 0 || (!is_like_a_path(first) &&
	    (stat(path, &sb) != 0 || !S_ISREG(sb.st_mode))))
		return;
	report_at(report, REPORT_WARNING, place, "read as a list, not as a "
	    "file; for the file write file:%.*s", SPAN_ARG(first));
}

struct dataset *
dataset_load(struct arena *a, const struct dataset_spec *spec,
    struct span base, bool fold, const struct place *place,
    struct report *report)
{
	const char *path, *why;
	struct span text;

	if (spec->kind == DATASET_CSL) {
		if (spec->guessed)
			warn_of_list(a, spec->rest, base, place, report);
		return dataset_load_text(a, DATASET_CSL, spec->rest, fold,
		    place, NULL, report);
	}
	path = file_path(a, base, spec->rest);
	why = "out of memory";
	if (path == NULL ||
	    !file_read(a, path, DATASET_MAX_FILE, &text, &why)) {
		report_at(report, REPORT_ERROR, place, "%.*s: %s",
		    SPAN_ARG(spec->rest), why);
		return NULL;
	}
	return dataset_load_text(a, spec->kind, text, fold, place, path,
	    report);
}

/* ---- looking up --------------------------------------------------------- */

static bool
row_matches(const struct dataset *d, size_t row, struct span key)
{
	const struct matcher *m;

	if (d->kind != DATASET_REFILE)
		return true;
	m = &d->matcher[row];
	switch (m->kind) {
	case PATTERN_LITERAL:	return true;
	case PATTERN_GLOB:	return pattern_glob(m->pattern, key);
	case PATTERN_REGEX:	return pattern_regex(m->re, key);
	}
	return false;
}

/* The first row of `c` in [from, best) that matches; else `best`. */
static size_t
find_in_chain(const struct dataset *d, const struct chain *c, struct span key,
    size_t from, size_t best)
{
	uint32_t next = c != NULL ? c->first : 0;

	for (; next != 0 && next - 1 < best; next = d->row[next - 1].next)
		if (next - 1 >= from && row_matches(d, next - 1, key))
			return next - 1;
	return best;
}

size_t
dataset_find(const struct dataset *d, struct span key, size_t from)
{
	size_t best, i;

	if (d->kind == DATASET_REFILE && key.len > PATTERN_MAX_TEXT)
		return d->count;
	best = find_in_chain(d, map_get(d->literal, key), key, from, d->count);
	if (d->kind != DATASET_REFILE)
		return best;
	for (i = 0; i < key.len && map_count(d->tail) > 0; i++)
		if (key.p[i] == '@' || key.p[i] == '.')
			best = find_in_chain(d, map_get(d->tail,
			    span_skip(key, i)), key, from, best);
	return find_in_chain(d, &d->others, key, from, best);
}
