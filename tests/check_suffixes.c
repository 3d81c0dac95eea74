/* tests of policy/suffixes.c, and of the tree walk against the list */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "message/domain.h"
#include "policy/dmarc.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/suite.h"
#include "tests/lib/testlib.h"

#define MAX_FILE	(1u << 20)

/* The tests of the list are in Debian as well, with the list of its day. */
#define DEBIAN_LIST	"/usr/share/publicsuffix/public_suffix_list.dat"
#define DEBIAN_TESTS	"/usr/share/doc/publicsuffix/examples/test_psl.txt"

static struct span
read_path(struct arena *a, const char *path)
{
	FILE *fp = fopen(path, "rb");
	char *p = arena_alloc(a, MAX_FILE);
	size_t len;

	if (fp == NULL)
		return (struct span){ NULL, 0 };
	len = fread(p, 1, MAX_FILE, fp);
	ck_assert_uint_lt(len, MAX_FILE);
	fclose(fp);
	return (struct span){ p, len };
}

static struct span
read_suite(struct arena *a, const char *name)
{
	char path[4096];

	return read_path(a, suite_path(name, path, sizeof(path)));
}

/* ---- the tests of the list ---------------------------------------------- */

/* A name and its registrable domain; empty: none. */
struct row {
	struct span	 name, want;
};

/* "NAME WANT", tests.txt. */
static bool
read_terse(struct span line, struct row *row)
{
	size_t space = span_find(line, ' ');

	row->name = span_head(line, space);
	row->want = span_skip(line, space + 1);
	return space < line.len;
}

/* "checkPublicSuffix('NAME', 'WANT');", test_psl.txt; null has no quotes. */
static bool
read_call(struct span line, struct row *row)
{
	struct span part;

	line = span_skip(line, strlen("checkPublicSuffix("));
	if (!span_next(&line, ',', &row->name) ||
	    !span_next(&line, ')', &part))
		return false;
	row->want = span_trim(part);
	if (span_starts(row->name, "'"))
		row->name = span_head(span_skip(row->name, 1),
		    row->name.len - 2);
	if (span_starts(row->want, "'"))
		row->want = span_head(span_skip(row->want, 1),
		    row->want.len - 2);
	return true;
}

/* The next test of a file of either form; false at its end. */
static bool
next_row(struct span *text, struct row *row)
{
	struct span line;

	while (span_next(text, '\n', &line)) {
		line = span_trim(line);
		if (line.len == 0 || span_starts(line, "//"))
			continue;
		ck_assert(span_starts(line, "checkPublicSuffix(") ?
		    read_call(line, row) : read_terse(line, row));
		if (span_is(row->want, "null"))
			row->want = SPAN("");
		if (!span_is(row->name, "null"))
			return true;
	}
	return false;
}

/* The registrable domain by the list; empty: none, or no name at all. */
static struct span
registrable(struct arena *a, const struct suffixes *list, struct span name)
{
	struct span domain;

	if (domain_normalize(a, name, &domain) != DOMAIN_OK ||
	    suffixes_have(list, domain))
		return SPAN("");
	return suffixes_org_domain(list, domain);
}

static struct span
normalized(struct arena *a, struct span name)
{
	struct span out = SPAN("");

	if (name.len > 0)
		ck_assert_int_eq(domain_normalize(a, name, &out), DOMAIN_OK);
	return out;
}

static size_t
check_file(struct arena *a, const struct suffixes *list, struct span text)
{
	struct row row;
	size_t n = 0;

	for (; next_row(&text, &row); n++) {
		struct span got = registrable(a, list, row.name);

		ck_assert_msg(span_eq(got, normalized(a, row.want)),
		    "%.*s: got %.*s, want %.*s", SPAN_ARG(row.name),
		    SPAN_ARG(got), SPAN_ARG(row.want));
	}
	return n;
}

static struct suffixes *
parsed(struct span text)
{
	const char *why;
	struct suffixes *list = suffixes_new(text, &why);

	ck_assert_msg(list != NULL, "%s", why);
	return list;
}

START_TEST(suite_holds)
{
	struct arena *a = arena_new(0);
	struct span text = read_suite(a, "data/psl/public_suffix_list.dat");
	struct suffixes *list;

	if (text.p != NULL) {
		list = parsed(text);
		ck_assert_uint_gt(suffixes_count(list), 9000);
		ck_assert_uint_eq(check_file(a, list, read_suite(a,
		    "data/psl/tests.txt")), 77);
		ck_assert_uint_eq(check_file(a, list, read_suite(a,
		    "data/psl/test_psl.txt")), 77);
		suffixes_free(list);
	}
	arena_free(a);
}
END_TEST

START_TEST(debian_list_holds)
{
	struct arena *a = arena_new(0);
	struct span list_text = read_path(a, DEBIAN_LIST);
	struct span tests = read_path(a, DEBIAN_TESTS);
	struct suffixes *list;

	if (list_text.p != NULL && tests.p != NULL) {
		list = parsed(list_text);
		ck_assert_uint_gt(check_file(a, list, tests), 70);
		suffixes_free(list);
	}
	list = suffixes_builtin();
	if (list != NULL) {
		assert_span(suffixes_org_domain(list,
		    SPAN("a.b.example.co.uk")), "example.co.uk");
		ck_assert_uint_gt(suffixes_count(list), 0);
	}
	suffixes_free(list);
	arena_free(a);
}
END_TEST

/* ---- lists --------------------------------------------------------------- */

static const char small[] =
"// a list\n"
"example\n"
"co.example\n"
"*.wild.example\n"
"!not.wild.example\n";

START_TEST(names_are_cut)
{
	static const char *const rows[][2] = {
		{ "example", "example" },
		{ "a.example", "a.example" },
		{ "c.b.a.example", "a.example" },
		{ "co.example", "co.example" },
		{ "a.co.example", "a.co.example" },
		{ "b.a.co.example", "a.co.example" },
		{ "x.wild.example", "x.wild.example" },
		{ "b.a.x.wild.example", "a.x.wild.example" },
		{ "not.wild.example", "not.wild.example" },
		{ "a.not.wild.example", "not.wild.example" },
		{ "a.b.unlisted", "b.unlisted" },
		{ "unlisted", "unlisted" },
		{ "A.B.Co.Example", "B.Co.Example" },
	};
	struct suffixes *list = parsed(span_of(small));
	char long_name[300];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_span(suffixes_org_domain(list, span_of(rows[i][0])),
		    rows[i][1]);
	ck_assert(suffixes_have(list, SPAN("example")));
	ck_assert(suffixes_have(list, SPAN("unlisted")));
	ck_assert(suffixes_have(list, SPAN("x.wild.example")));
	ck_assert(!suffixes_have(list, SPAN("not.wild.example")));
	ck_assert(!suffixes_have(list, SPAN("a.example")));
	/* What is no name is left alone. */
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_span(suffixes_org_domain(list, span_of(long_name)), long_name);
	ck_assert(!suffixes_have(list, span_of(long_name)));
	assert_span(suffixes_org_domain(list, SPAN("")), "");
	suffixes_free(list);
	suffixes_free(NULL);
}
END_TEST

START_TEST(what_is_no_list_is_refused)
{
	static const struct span rows[] = {
		{ "", 0 },
		{ "// nothing but a comment\n", 25 },
		{ "Socket inet:8891@127.0.0.1\n", 27 },
		{ "<html>com</html>\n", 17 },
		{ ".DAFSA@PSL_0   \n\x80", 17 },
		{ "// a\0b\n", 7 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = NULL;

		ck_assert_msg(suffixes_new(rows[i], &why) == NULL, "%zu", i);
		ck_assert_str_eq(why, "this is no public suffix list");
	}
}
END_TEST

/* ---- the tree walk and the list ----------------------------------------- */

/* The rules of a list, read once more and by other means than libpsl's. */
static struct map *
read_rules(struct arena *a, struct span text)
{
	struct map *rules = map_new();
	struct span line;

	while (span_next(&text, '\n', &line)) {
		const char *mark = "";

		line = span_trim(line);
		if (line.len == 0 || span_starts(line, "//"))
			continue;
		if (span_starts(line, "*."))
			mark = "*.";
		else if (span_starts(line, "!"))
			mark = "!";
		line = normalized(a, span_skip(line, strlen(mark)));
		ck_assert(map_put(rules, span_of(arena_printf(a, "%s%.*s",
		    mark, SPAN_ARG(line))), (void *)(uintptr_t)small, NULL));
	}
	return rules;
}

static bool
has_rule(struct arena *a, const struct map *rules, const char *mark,
    struct span name)
{
	return name.len > 0 && map_get(rules, span_of(arena_printf(a,
	    "%s%.*s", mark, SPAN_ARG(name)))) != NULL;
}

/*
 * Whether the registry of a zone made from the list would say psd=y at
 * `name`: a rule names it, a pattern does, or a child is an exception.
 */
static bool
is_psd(struct arena *a, const struct map *rules, struct span name,
    struct span child)
{
	if (has_rule(a, rules, "!", name))
		return false;
	return has_rule(a, rules, "", name) ||
	    has_rule(a, rules, "*.", domain_parent(name)) ||
	    has_rule(a, rules, "!", child);
}

/* A zone with what the list has of a name and all above it. */
static struct dnstable *
zone_of(struct arena *a, const struct map *rules, struct span name)
{
	struct dnstable *t = dnstable_new();
	struct span child = SPAN("");

	for (; name.len > 0; child = name, name = domain_parent(name))
		if (is_psd(a, rules, name, child))
			dnstable_txt(t, arena_printf(a, "_dmarc.%.*s",
			    SPAN_ARG(name)), SPAN("v=DMARC1; p=none; psd=y"));
	return t;
}

/* Walk from `name`; whether any record was found. */
static bool
walk_from(struct arena *a, const struct map *rules, struct span name,
    struct span *org_out)
{
	struct dns *dns = dnstable_open(zone_of(a, rules, name));
	struct dns_scope *scope = dns_scope_new(dns, 20);
	struct dmarc_walk walk;
	bool found = false;
	size_t i;

	dmarc_walk(a, scope, NULL, name, &walk);
	for (i = 0; i < walk.nsteps; i++)
		found = found || walk.step[i].record != NULL;
	*org_out = walk.org_domain;
	dns_scope_free(scope);
	dns_free(dns);
	return found;
}

/*
 * One name by both. The one difference: under a top level domain that the
 * list does not have, the list knows the rule "*", which nobody publishes; the
 * walk then finds no record whatever and the name stands for itself (RFC 9989,
 * 4.10.2), where DMARC does not apply anyway.
 */
static bool
compare_name(struct arena *a, const struct map *rules,
    const struct suffixes *list, struct span name)
{
	struct span want = suffixes_org_domain(list, name), got;
	bool found = walk_from(a, rules, name, &got);

	if (span_eq(got, want))
		return true;
	ck_assert_msg(!found && span_eq(got, name) && !has_rule(a, rules, "",
	    domain_last_labels(name, 1)), "%.*s: walk %.*s, list %.*s",
	    SPAN_ARG(name), SPAN_ARG(got), SPAN_ARG(want));
	return false;
}

START_TEST(walk_and_list_agree)
{
	struct arena *a = arena_new(0);
	struct span text = read_suite(a, "data/psl/public_suffix_list.dat");
	struct span tests = read_suite(a, "data/psl/tests.txt"), name;
	struct map *rules = read_rules(a, text);
	size_t agreed = 0, unlisted = 0;
	struct suffixes *list;
	struct row row;

	if (text.p != NULL) {
		list = parsed(text);
		while (next_row(&tests, &row)) {
			if (domain_normalize(a, row.name, &name) != DOMAIN_OK)
				continue;
			if (compare_name(a, rules, list, name))
				agreed++;
			else
				unlisted++;
		}
		ck_assert_uint_eq(agreed, 71);
		/* b.example.example, a.b.example.example */
		ck_assert_uint_eq(unlisted, 2);
		suffixes_free(list);
	}
	map_free(rules);
	arena_free(a);
}
END_TEST

/* Each rule of the list: the suffix, a name below it and one below that. */
START_TEST(walk_and_list_agree_on_every_rule)
{
	struct arena *a = arena_new(0), *scratch = arena_new(0);
	struct span text = read_suite(a, "data/psl/public_suffix_list.dat");
	struct map *rules = read_rules(a, text);
	struct suffixes *list;
	struct span rule;
	size_t cursor = 0;
	void *value;

	if (text.p != NULL) {
		list = parsed(text);
		while (map_next(rules, &cursor, &rule, &value)) {
			const char *top = arena_printf(scratch, "%s%.*s",
			    span_starts(rule, "*") ? "w." : "",
			    SPAN_ARG(span_skip(rule, span_starts(rule, "*") ?
			    2 : span_starts(rule, "!") ? 1 : 0)));

			ck_assert(compare_name(scratch, rules, list,
			    span_of(top)));
			ck_assert(compare_name(scratch, rules, list, span_of(
			    arena_printf(scratch, "a.%s", top))));
			ck_assert(compare_name(scratch, rules, list, span_of(
			    arena_printf(scratch, "b.a.%s", top))));
			arena_reset(scratch);
		}
		suffixes_free(list);
	}
	map_free(rules);
	arena_free(scratch);
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		suite_holds, debian_list_holds, names_are_cut,
		what_is_no_list_is_refused, walk_and_list_agree,
		walk_and_list_agree_on_every_rule,
	};

	return suite_exit(TESTLIB_RUN("suffixes", tests), "data/psl");
}
