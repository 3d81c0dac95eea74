/*
 * config/dataset.c, dataset_spec.c and pattern.c. What the rows want was seen
 * with `opendkim -Q` (2.11.0 beta 2), but where a comment says otherwise.
 */
#include "config.h"
#include "config/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "config/pattern.h"
#include "tests/lib/testlib.h"

static const struct place here = { "test.conf", 7, "KeyTable" };

START_TEST(types_are_told_apart)
{
	static const struct {
		const char *text;
		bool hosts;
		int kind;		/* -1: refused */
		const char *rest;	/* or a part of why not */
	} rows[] = {
		{ "csl:a,b", false, DATASET_CSL, "a,b" },
		{ "csl:", false, DATASET_CSL, "" },
		{ "a,b:c", false, DATASET_CSL, "a,b:c" },
		{ "key.table", false, DATASET_CSL, "key.table" },
		{ "file:f", false, DATASET_FILE, "f" },
		{ "FILE:f", false, DATASET_FILE, "f" },
		{ "refile:/etc/x", false, DATASET_REFILE, "/etc/x" },
		{ "/etc/x", false, DATASET_FILE, "/etc/x" },
		{ "/a,b/x", false, DATASET_FILE, "/a,b/x" },
		{ "foo.DB", false, DATASET_CSL, "foo.DB" },
		{ "foo.db", false, -1, "db:" },
		{ "/etc/opendkim.db", false, -1, "db:" },
		{ "db:/etc/x", false, -1, "db: are not supported: export it" },
		{ "dsn:mysql://u:p@3306+h/db/table=dkim?keycol=id?datacol=a,b",
		    false, -1, "dsn:" },
		{ "ldap://host/x", false, -1, "ldap:" },
		{ "lua:/x", false, -1, "lua:" },
		{ "mdb:/x", false, -1, "mdb:" },
		{ "foo:bar", false, -1, "unknown type of data set \"foo\"" },
		{ "file:", false, -1, "the name of the file is missing" },
		/* ours: OpenDKIM takes these for a type and stops */
		{ "::1", true, DATASET_CSL, "::1" },
		{ "2001:db8::/32,127.0.0.1", true, DATASET_CSL,
		    "2001:db8::/32,127.0.0.1" },
		{ "dead:beef::1", true, DATASET_CSL, "dead:beef::1" },
		{ "[::1],10.0.0.0/8", true, DATASET_CSL, "[::1],10.0.0.0/8" },
		{ "!fe80::/10", true, DATASET_CSL, "!fe80::/10" },
		{ "refile:/etc/hosts", true, DATASET_REFILE, "/etc/hosts" },
		{ "::1", false, -1, "unknown type" },
		{ "/tmp/a:b", false, DATASET_FILE, "/tmp/a:b" },
	};
	struct arena *a = arena_new(0);
	struct dataset_spec spec;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool good = dataset_spec_parse(a, span_of(rows[i].text),
		    rows[i].hosts, &spec, &why);

		ck_assert_msg(good == (rows[i].kind >= 0), "%s: %s",
		    rows[i].text, why);
		if (good) {
			ck_assert_msg((int)spec.kind == rows[i].kind, "%s",
			    rows[i].text);
			assert_span(spec.rest, rows[i].rest);
			ck_assert_ptr_null(why);
		} else {
			ck_assert_msg(strstr(why, rows[i].rest) != NULL,
			    "%s: %s", rows[i].text, why);
		}
	}
	arena_free(a);
}
END_TEST

static const char file_text[] =
    "k1  v1:v2:v3:v4 x \n"
    "# c\n"
    "k2#c\n"
    "k3 v#c\n"
    " k4\tv w  \r\n"
    "k5 \n"
    "k1 other\n"
    "k6 a:b#c:d\n"
    "K7 last";

static const char refile_text[] =
    "*@example.com a:b\n"
    "foo?@x.org c\n"
    "[ab]c d\n"
    "u+x@y.org e\n"
    "*z f:g h\n"
    "*@example.com second\n"
    "q\\.r esc\n"
    "x{2} br\n"
    "(a|b)q alt\n"
    "^k caret\n"
    "# c * d\n"
    "*@EXAMPLE.net up\n"
    "m|n bar\n"
    "**oo stars\n";

static const struct {
	enum dataset_kind kind;
	const char	*text;
	const char	*key;
	const char	*value;		/* NULL: not found */
} lookups[] = {
	{ DATASET_CSL, "a, b=c:d ,e=f", "b", "c:d" },
	{ DATASET_CSL, "a, b = c:d:x ,e=f", "b", "c:d:x" },
	{ DATASET_CSL, "a=b=c", "a", "b=c" },
	{ DATASET_CSL, "a=x,a=y", "a", "x" },
	{ DATASET_CSL, " a b ,c", "a b", "" },
	{ DATASET_CSL, "A", "a", NULL },
	{ DATASET_CSL, "", "a", NULL },
	{ DATASET_CSL, "a,,b", "", NULL },
	{ DATASET_FILE, file_text, "k1", "v1:v2:v3:v4 x" },
	{ DATASET_FILE, file_text, "k2", "" },
	{ DATASET_FILE, file_text, "k3", "v" },
	{ DATASET_FILE, file_text, "k4", "v w" },
	{ DATASET_FILE, file_text, "k5", "" },
	{ DATASET_FILE, file_text, "k6", "a:b" },
	{ DATASET_FILE, file_text, "K7", "last" },
	{ DATASET_FILE, file_text, "k7", NULL },
	{ DATASET_FILE, file_text, "c", NULL },
	{ DATASET_REFILE, refile_text, "u@example.com", "a:b" },
	{ DATASET_REFILE, refile_text, "u@EXAMPLE.COM", NULL },
	{ DATASET_REFILE, refile_text, "u@example.com.evil", NULL },
	{ DATASET_REFILE, refile_text, "x@exampleXcom", NULL },
	{ DATASET_REFILE, refile_text, "fo@x.org", "c" },
	{ DATASET_REFILE, refile_text, "foo@x.org", "c" },
	{ DATASET_REFILE, refile_text, "ac", "d" },
	{ DATASET_REFILE, refile_text, "u+x@y.org", "e" },
	{ DATASET_REFILE, refile_text, "uuux@y.org", NULL },
	{ DATASET_REFILE, refile_text, "zz", "f:g h" },
	{ DATASET_REFILE, refile_text, "q.r", NULL },
	{ DATASET_REFILE, refile_text, "qxr", NULL },
	{ DATASET_REFILE, refile_text, "q\\.r", "esc" },
	{ DATASET_REFILE, refile_text, "xx", "br" },
	{ DATASET_REFILE, refile_text, "aq", "alt" },
	{ DATASET_REFILE, refile_text, "k", "caret" },
	{ DATASET_REFILE, refile_text, "mx", "bar" },
	{ DATASET_REFILE, refile_text, "xn", "bar" },
	{ DATASET_REFILE, refile_text, "xm", NULL },
	{ DATASET_REFILE, refile_text, "foo", "stars" },
	{ DATASET_REFILE, refile_text, "oo", "stars" },
	{ DATASET_REFILE, refile_text, "", NULL },
};

START_TEST(rows_are_found)
{
	size_t i;

	for (i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++) {
		struct arena *a = arena_new(0);
		struct report report;
		struct dataset *d;
		size_t row;

		report_init(&report, a);
		d = dataset_load_text(a, lookups[i].kind,
		    span_of(lookups[i].text), false, &here, "t", &report);
		ck_assert_ptr_nonnull(d);
		ck_assert_uint_eq(report.count, 0);
		row = dataset_find(d, span_of(lookups[i].key), 0);
		ck_assert_msg((row < dataset_count(d)) ==
		    (lookups[i].value != NULL), "%zu: %s", i, lookups[i].key);
		if (lookups[i].value != NULL)
			assert_span(dataset_row(d, row)->value,
			    lookups[i].value);
		dataset_free(d);
		arena_free(a);
	}
}
END_TEST

/* All that match, in the order of the file; lines are counted. */
START_TEST(rows_are_walked)
{
	static const unsigned want[] = { 1, 3, 4, 6, 8 };
	struct arena *a = arena_new(0);
	struct report report;
	struct dataset *d;
	size_t i, row = 0, n = 0;

	report_init(&report, a);
	d = dataset_load_text(a, DATASET_REFILE, SPAN(
	    "*@*.example.com 1\n"
	    "*@example.com 2\n"
	    "u@a.example.com 3\n"
	    "*@a.example.com 4\n"
	    "*@b.example.com 5\n"
	    "* 6\n"
	    "u@*.org 7\n"
	    "u@[a-c][.]example[.]com 8\n"), false, &here, "t", &report);
	while ((row = dataset_find(d, SPAN("u@a.example.com"), row)) <
	    dataset_count(d)) {
		ck_assert_uint_lt(n, 5);
		ck_assert_uint_eq(dataset_row(d, row)->line, want[n]);
		n++;
		row++;
	}
	ck_assert_uint_eq(n, 5);
	for (i = 0; i < dataset_count(d); i++)
		ck_assert_uint_eq(dataset_row(d, i)->line, i + 1);
	dataset_free(d);
	arena_free(a);
}
END_TEST

/* SigningTable is without case; U-labels stand for A-labels (ours). */
START_TEST(case_is_folded)
{
	static const struct {
		const char *key;
		unsigned line;
	} rows[] = {
		{ "user@example.com", 1 },
		{ "info@xn--bcher-kva.example", 2 },
		{ "x@mx.xn--bcher-kva.example", 3 },
		{ "abc@exp.example", 4 },
		{ "j\xc3\xbcrgen@plain.example", 5 },
	};
	struct arena *a = arena_new(0);
	struct report report;
	struct dataset *d;
	size_t i;

	report_init(&report, a);
	d = dataset_load_text(a, DATASET_REFILE, SPAN(
	    "*@Example.COM 1\n"
	    "INFO@B\xc3\xbc" "cher.example 2\n"
	    "*@*.b\xc3\xbc" "cher.example 3\n"
	    "[A-C](B)C@Exp.example 4\n"
	    "J\xc3\xbcrgen@plain.example 5\n"), true, &here, "t", &report);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t row = dataset_find(d, span_of(rows[i].key), 0);

		ck_assert_uint_eq(report.count, 0);
		ck_assert_msg(row < dataset_count(d) &&
		    dataset_row(d, row)->line == rows[i].line, "%s",
		    rows[i].key);
	}
	dataset_free(d);
	arena_free(a);
}
END_TEST

START_TEST(mistakes_are_named)
{
	static const struct {
		enum dataset_kind kind;
		const char *text;
		enum report_level level;
		const char *want;	/* how the report begins */
	} rows[] = {
		{ DATASET_REFILE, "ok x\n(a x\n", REPORT_ERROR,
		    "t:2: KeyTable: Unmatched ( or \\(" },
		{ DATASET_REFILE, "[a x\n", REPORT_ERROR,
		    "t:1: KeyTable: Unmatched [" },
		{ DATASET_REFILE, "\n\n a@b  s1\n", REPORT_WARNING,
		    "t:3: KeyTable: a pattern begins where" },
		{ DATASET_FILE, "a b\nc \x01 d\n", REPORT_ERROR,
		    "t:2: KeyTable: a control character" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(0);
		struct report report;
		struct dataset *d;

		report_init(&report, a);
		d = dataset_load_text(a, rows[i].kind, span_of(rows[i].text),
		    false, &here, "t", &report);
		ck_assert_int_eq(d == NULL, rows[i].level == REPORT_ERROR);
		ck_assert_uint_eq(report.count, 1);
		ck_assert_int_eq(report.item[0].level, rows[i].level);
		ck_assert_msg(span_starts(span_of(report.item[0].text),
		    rows[i].want), "%s", report.item[0].text);
		dataset_free(d);
		arena_free(a);
	}
}
END_TEST

static struct dataset *
load(struct arena *a, const char *text, struct span base,
    struct report *report)
{
	struct dataset_spec spec;
	const char *why;

	ck_assert(dataset_spec_parse(a, span_of(text), false, &spec, &why));
	return dataset_load(a, &spec, base, false, &here, report);
}

START_TEST(files_are_read)
{
	char dir[] = "/tmp/check_dataset.XXXXXX", path[64];
	struct arena *a = arena_new(0);
	struct report report;
	struct dataset *d;
	FILE *fp;

	report_init(&report, a);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/key.table", dir);
	fp = fopen(path, "w");
	fputs("name value\n", fp);
	fclose(fp);
	d = load(a, "file:key.table", span_of(dir), &report);
	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(dataset_find(d, SPAN("name"), 0), 0);
	ck_assert_str_eq(dataset_file(d), path);
	dataset_free(d);
	ck_assert_uint_eq(report.count, 0);
	/* a list where a file was meant */
	d = load(a, "key.table", span_of(dir), &report);
	ck_assert_ptr_nonnull(d);
	dataset_free(d);
	ck_assert_uint_eq(report.count, 1);
	ck_assert_str_eq(report.item[0].text, "test.conf:7: KeyTable: read as "
	    "a list, not as a file; for the file write file:key.table");
	ck_assert_ptr_null(load(a, "refile:nothing", span_of(dir), &report));
	ck_assert_str_eq(report.item[1].text,
	    "test.conf:7: KeyTable: nothing: No such file or directory");
	ck_assert_ptr_null(load(a, "file:/", SPAN(""), &report));
	ck_assert_str_eq(report.item[2].text,
	    "test.conf:7: KeyTable: /: Is a directory");
	unlink(path);
	rmdir(dir);
	arena_free(a);
}
END_TEST

/*
 * Against the plain way: every pattern as the expression that OpenDKIM makes
 * of it, tried in order.
 */
static const char alphabet[] = "ab.@";

static size_t
random_text(char *p, size_t max, bool pattern)
{
	size_t len = (size_t)rand() % max, i;

	for (i = 0; i < len; i++)
		p[i] = pattern && rand() % 4 == 0 ? '*' :
		    alphabet[rand() % 4];
	p[len] = '\0';
	return len;
}

START_TEST(agrees_with_regcomp)
{
	enum { PATTERNS = 40, ROUNDS = 50, KEYS = 200 };
	int round, i, k;

	srand(20240229);
	for (round = 0; round < ROUNDS; round++) {
		struct arena *a = arena_new(0);
		regex_t re[PATTERNS];
		struct report report;
		struct strbuf sb;
		struct dataset *d;
		char text[16];
		size_t n = 0;

		report_init(&report, a);
		strbuf_init(&sb, a);
		for (i = 0; i < PATTERNS; i++) {
			if (random_text(text, 9, true) == 0)
				continue;
			strbuf_addf(&sb, "%s v\n", text);
			ck_assert_ptr_null(pattern_compile(a, span_of(text),
			    false, &re[n++]));
		}
		d = dataset_load_text(a, DATASET_REFILE, strbuf_span(&sb),
		    false, &here, "t", &report);
		ck_assert_uint_eq(dataset_count(d), n);
		for (k = 0; k < KEYS; k++) {
			size_t from = (size_t)rand() % (n + 1), want = from;
			struct span key = { text, random_text(text, 12,
			    false) };

			while (want < n && !pattern_regex(&re[want], key))
				want++;
			ck_assert_uint_eq(dataset_find(d, key, from), want);
		}
		dataset_free(d);
		while (n > 0)
			regfree(&re[--n]);
		arena_free(a);
	}
}
END_TEST

START_TEST(long_names_match_nothing)
{
	char key[PATTERN_MAX_TEXT + 2];
	struct arena *a = arena_new(0);
	struct report report;
	struct dataset *d;

	report_init(&report, a);
	memset(key, '.', sizeof(key));
	d = dataset_load_text(a, DATASET_REFILE, SPAN("*x v\n* v\n"), false,
	    &here, "t", &report);
	ck_assert_uint_eq(dataset_find(d, (struct span){ key,
	    PATTERN_MAX_TEXT }, 0), 1);
	ck_assert_uint_eq(dataset_find(d, (struct span){ key,
	    PATTERN_MAX_TEXT + 1 }, 0), 2);
	dataset_free(d);
	arena_free(a);
}
END_TEST

/* Lines of more than OpenDKIM's 1024 bytes are whole. */
START_TEST(long_lines_are_whole)
{
	struct arena *a = arena_new(0);
	struct report report;
	struct strbuf sb;
	struct dataset *d;
	int i;

	report_init(&report, a);
	strbuf_init(&sb, a);
	strbuf_adds(&sb, "name ");
	for (i = 0; i < 5000; i++)
		strbuf_addc(&sb, 'x');
	d = dataset_load_text(a, DATASET_FILE, strbuf_span(&sb), false, &here,
	    "t", &report);
	ck_assert_uint_eq(dataset_count(d), 1);
	ck_assert_uint_eq(dataset_row(d, 0)->value.len, 5000);
	dataset_free(d);
	arena_free(a);
}
END_TEST

START_TEST(too_many_expressions)
{
	struct arena *a = arena_new(0);
	struct report report;
	struct strbuf sb;
	int i;

	report_init(&report, a);
	strbuf_init(&sb, a);
	for (i = 0; i <= DATASET_MAX_REGEX; i++)
		strbuf_adds(&sb, "a? v\n");
	ck_assert_ptr_null(dataset_load_text(a, DATASET_REFILE,
	    strbuf_span(&sb), false, &here, "t", &report));
	ck_assert_str_eq(report.item[0].text, "t:10001: KeyTable: too many "
	    "patterns that are regular expressions");
	arena_free(a);
}
END_TEST

static void
time_table(enum dataset_kind kind, const char *before, const char *after,
    const char *key)
{
	struct arena *a = arena_new(0);
	int64_t start, loaded, done;
	struct report report;
	struct strbuf sb;
	struct dataset *d;
	char text[64];
	int i;

	report_init(&report, a);
	strbuf_init(&sb, a);
	for (i = 0; i < 100000; i++) {
		strbuf_addf(&sb, "%s%d%s v\n", before, i, after);
	}
	start = clock_mono_ms();
	d = dataset_load_text(a, kind, strbuf_span(&sb), true, &here, "t",
	    &report);
	loaded = clock_mono_ms();
	ck_assert_ptr_nonnull(d);
	for (i = 0; i < 100000; i++) {
		snprintf(text, sizeof(text), "%s%d%s", key, i, after);
		ck_assert_uint_eq(dataset_find(d, span_of(text), 0), i);
	}
	done = clock_mono_ms();
	printf("%s, 100,000 rows: loaded in %d ms, 100,000 lookups in "
	    "%d ms\n", dataset_kind_name(kind), (int)(loaded - start),
	    (int)(done - loaded));
	ck_assert_int_lt(done - start, 20000);
	dataset_free(d);
	arena_free(a);
}

START_TEST(large_tables)
{
	time_table(DATASET_FILE, "d", ".example", "d");
	time_table(DATASET_REFILE, "*@d", ".example", "user@d");
	time_table(DATASET_REFILE, "*@*.d", ".example", "u@mx.d");
	time_table(DATASET_REFILE, "u", "@example.com", "u");
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		types_are_told_apart, rows_are_found, rows_are_walked,
		case_is_folded, mistakes_are_named, files_are_read,
		agrees_with_regcomp, long_names_match_nothing,
		long_lines_are_whole, too_many_expressions, large_tables,
	};

	return TESTLIB_RUN("dataset", tests);
}
