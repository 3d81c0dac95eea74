/*
 * The openspf test suites, RFC 7208's and RFC 4408's, against a table of
 * names: answered at once, late and out of order, asked ahead or not, and
 * never with more questions than the limits allow.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "message/ip.h"
#include "policy/spf.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/testlib.h"

#define EXIT_SKIP	77
#define FIELDS		8
#define MAX_LINES	4096

/* One line of what tests/lib/spfsuite.py writes, text decoded. */
struct line {
	char		 kind;		/* S, R, F, T */
	struct span	 field[FIELDS];
	const struct line *zone;	/* of a T: where its scenario begins */
};

struct suite {
	struct arena	*arena;
	struct line	*line;
	size_t		 nlines;
	size_t		 ntests;
};

/* How the suite is run. */
struct mode {
	const char	*name;
	bool		 ahead;		/* spf_prefetch first */
	unsigned	 max_ms;	/* answers are so late */
};

static const struct mode modes[] = {
	{ "plain", false, 0 },
	{ "ahead", true, 0 },
	{ "late", false, 3 },
	{ "late, ahead", true, 3 },
};

static int
nibble(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

/* Hexadecimal, or as it stands: "-" is empty, types and results are words. */
static struct span
unhex(struct arena *a, struct span s)
{
	size_t i, n = s.len / 2;
	char *p = arena_alloc(a, n + 1);

	for (i = 0; i < n; i++)
		p[i] = (char)(nibble(s.p[2 * i]) << 4 | nibble(s.p[2 * i + 1]));
	return (struct span){ p, n };
}

static struct span
field_text(struct arena *a, char kind, size_t i, struct span raw)
{
	bool word = (kind != 'T' && i == 2) || (kind == 'T' && i >= 5);

	if (kind == 'T' && i == 6 && raw.len > 1)
		word = false;
	return word ? arena_span(a, raw) : unhex(a, raw);
}

static void
parse_line(struct arena *a, struct span text, struct line *out)
{
	struct span raw;
	size_t i = 0;

	out->kind = text.p[0];
	while (span_next(&text, ' ', &raw) && i < FIELDS) {
		out->field[i] = field_text(a, out->kind, i, raw);
		i++;
	}
}

/* The exit status of the script; 0 with the suite read. */
static int
suite_read(const char *name, struct suite *out)
{
	const struct line *zone = NULL;
	char cmd[1024], *buf = NULL;
	size_t cap = 0;
	ssize_t len;
	FILE *fp;
	int rc;

	*out = (struct suite){ .arena = arena_new(0) };
	(void)snprintf(cmd, sizeof(cmd),
	    "/usr/bin/python3 '%s/lib/spfsuite.py' %s", TESTDIR, name);
	fp = popen(cmd, "r");
	out->line = arena_array(out->arena, MAX_LINES, sizeof(*out->line));
	while (fp != NULL && (len = getline(&buf, &cap, fp)) > 0) {
		struct span text = { buf, (size_t)len - 1 };
		struct line *l;

		if (span_starts(text, "SKIP"))
			continue;
		if (out->nlines == MAX_LINES)
			abort();
		l = &out->line[out->nlines++];
		parse_line(out->arena, text, l);
		if (l->kind == 'S')
			zone = l;
		l->zone = zone;
		out->ntests += l->kind == 'T';
	}
	free(buf);
	rc = fp != NULL ? pclose(fp) : -1;
	return rc != -1 && WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

static int
type_of(struct span s)
{
	return span_is(s, "TXT") ? DNS_TXT : span_is(s, "A") ? DNS_A :
	    span_is(s, "AAAA") ? DNS_AAAA : span_is(s, "MX") ? DNS_MX :
	    span_is(s, "PTR") ? DNS_PTR : 0;
}

static void
add_record(struct dnstable *t, const struct line *l)
{
	const char *name = l->field[1].p, *data = l->field[3].p;

	switch (type_of(l->field[2])) {
	case DNS_TXT:
		dnstable_txt(t, name, l->field[3]);
		break;
	case DNS_A:
		dnstable_a(t, name, data);
		break;
	case DNS_AAAA:
		dnstable_aaaa(t, name, data);
		break;
	case DNS_MX:
		dnstable_mx(t, name, (unsigned)atoi(data),
		    strchr(data, ':') + 1);
		break;
	case DNS_PTR:
		dnstable_ptr(t, name, data);
		break;
	default:
		dnstable_cname(t, name, data);
	}
}

static struct dnstable *
zone_table(const struct line *l, const struct line *end)
{
	struct dnstable *t = dnstable_new();

	for (l++; l < end && l->kind != 'S'; l++) {
		if (l->kind == 'R')
			add_record(t, l);
		if (l->kind == 'F')
			dnstable_fail(t, l->field[1].p, type_of(l->field[2]));
	}
	return t;
}

struct outcome {
	struct spf_result r;
	unsigned	 count[29];	/* questions by type */
	unsigned	 total;
};

static void
count_questions(struct dnstable *t, struct outcome *out)
{
	size_t i;

	out->total = (unsigned)dnstable_asked(t);
	for (i = 0; i < out->total; i++) {
		struct span q = span_of(dnstable_question(t, i));

		out->count[type_of(span_head(q, span_find(q, ' ')))]++;
	}
}

static void
check_one(struct arena *a, const struct suite *s, const struct line *l,
    const struct mode *m, unsigned seed, struct outcome *out)
{
	struct dnstable *t = zone_table(l->zone, s->line + s->nlines);
	struct spf_settings set = { .max_void = SPF_MAX_VOID };
	struct spf_client c = { .helo = l->field[2], .mail_from = l->field[4],
	    .receiver = SPAN("mx.example.net"), .now = 1400000000 };
	struct dns *dns;
	struct dns_scope *scope;

	*out = (struct outcome){ .total = 0 };
	ck_assert(ip_parse(l->field[3], &c.ip));
	dnstable_delay(t, 0, m->max_ms, seed);
	dns = dnstable_open(t);
	scope = dns_scope_new(dns, SPF_MAX_QUESTIONS);
	if (m->ahead)
		spf_prefetch(scope, &set, &c, SPF_MAIL_FROM);
	spf_check(a, scope, &set, &c, SPF_MAIL_FROM, NULL, &out->r);
	dns_scope_free(scope);
	count_questions(t, out);
	dns_free(dns);
}

static bool
result_fits(struct span wanted, const char *got)
{
	struct span one;

	while (span_next(&wanted, ',', &one))
		if (span_is(one, got))
			return true;
	return false;
}

/* "*": any; "-": one of our own, so none from the domain. */
static bool
explanation_fits(struct span wanted, struct span got)
{
	if (span_is(wanted, "*"))
		return true;
	return span_is(wanted, "-") ? got.len == 0 : span_eq(wanted, got);
}

/*
 * The bound on questions. Section 4.6.4 lets a check judge ten terms. Each
 * has one question of its own (TXT of include and redirect, MX, PTR, A or
 * AAAA), mx and ptr at most ten for addresses behind that, and "a" one more
 * where it is in doubt whether its name is void. Before them comes the first
 * record, after them an explanation. All of this is 1 + 10 * 11 questions, and
 * where an explanation is wanted one more, with the eleven of a p macro; that
 * bound holds asked ahead or not. A judge who asks as he goes is bound more
 * tightly: each kind of question is paid for by the terms that may ask it.
 */
static bool
questions_fit(const struct mode *m, const struct outcome *o)
{
	unsigned fail = o->r.result == RESULT_FAIL;
	unsigned txt = o->count[DNS_TXT], mx = o->count[DNS_MX];
	unsigned ptr = o->count[DNS_PTR];
	unsigned addresses = o->count[DNS_A] + o->count[DNS_AAAA];
	unsigned terms;

	if (o->total > 1 + 10 * 11 + 12 * fail)
		return false;
	if (m->ahead)
		return true;
	terms = mx + (txt > 1 + fail ? txt - 1 - fail : 0);
	return terms <= 10 && ptr <= 1 &&
	    addresses <= 10 * mx + 10 * ptr + 2 * (10 - terms);
}

/* Whether all went as wanted; else a line about it in `sb`. */
static bool
judge_one(const struct line *l, const struct mode *m, const struct outcome *o,
    struct span results, struct strbuf *sb)
{
	const char *got = result_name(o->r.result);
	bool good = result_fits(results, got) &&
	    explanation_fits(l->field[6], o->r.explanation) &&
	    questions_fit(m, o);

	if (good)
		return true;
	strbuf_addf(sb, "%.*s (%s): got %s, want %.*s; explanation \"%.*s\"; "
	    "%u questions; %.*s\n", SPAN_ARG(l->field[1]), m->name, got,
	    SPAN_ARG(results), SPAN_ARG(o->r.explanation), o->total,
	    SPAN_ARG(o->r.problem));
	return false;
}

/*
 * RFC 4408's suite lists the results it accepts, the preferred one first.
 * Where RFC 7208 has us give another than that one, and the paragraph of it.
 */
static const struct deviation {
	const char	*test;
	const char	*result;
	const char	*why;
} deviations[] = {
	{ "spfonly", "none", "3.1: records are of type TXT only" },
	{ "spfoverride", "fail", "3.1: records are of type TXT only" },
	{ "multispf2", "pass", "3.1: records are of type TXT only" },
	{ "multitxt1", "permerror", "3.1, 4.5: two TXT records, and none of "
	    "type SPF to go before them" },
	{ "txttimeout", "temperror", "4.4: only TXT is asked for, and an "
	    "error there ends the check" },
	{ "exists-dnserr", "temperror", "5: an error of DNS stops the "
	    "mechanism with temperror" },
	{ "mx-limit", "permerror", "4.6.4: more than ten names of mx are "
	    "permerror" },
	{ "invalid-domain-empty-label", "fail", "4.8: left open now; such a "
	    "name does not match, which its own suite prefers" },
	{ "invalid-domain-long", "fail", "4.8: the same" },
	{ "invalid-domain-long-via-macro", "fail", "4.8: the same" },
};

#define NDEVIATIONS	(sizeof(deviations) / sizeof(deviations[0]))

static const struct deviation *
deviation_of(const struct line *l)
{
	size_t i;

	for (i = 0; i < NDEVIATIONS; i++)
		if (span_is(l->field[1], deviations[i].test))
			return &deviations[i];
	return NULL;
}

/* What a test of RFC 4408's suite has to come to. */
static struct span
wanted_of_4408(const struct line *l)
{
	struct span preferred = span_head(l->field[5],
	    span_find(l->field[5], ','));
	const struct deviation *d = deviation_of(l);

	if (d == NULL)
		return preferred;
	/* One that is none, or that not even the suite allows, is a mistake. */
	ck_assert(!span_is(preferred, d->result));
	ck_assert(result_fits(l->field[5], d->result));
	return span_of(d->result);
}

static void
run_suite(const char *name, const struct mode *m, size_t ntests, bool is4408)
{
	struct strbuf complaints;
	size_t i, failed = 0;
	struct suite s;

	ck_assert_int_eq(suite_read(name, &s), EXIT_SUCCESS);
	ck_assert_uint_eq(s.ntests, ntests);
	strbuf_init(&complaints, s.arena);
	for (i = 0; i < s.nlines; i++) {
		const struct line *l = &s.line[i];
		struct outcome o;

		if (l->kind != 'T')
			continue;
		check_one(s.arena, &s, l, m, (unsigned)i + 1, &o);
		failed += !judge_one(l, m, &o, is4408 ? wanted_of_4408(l) :
		    l->field[5], &complaints);
	}
	if (failed > 0)
		ck_abort_msg("%s: %zu of %zu failed\n%s", name, failed, ntests,
		    strbuf_str(&complaints));
	arena_free(s.arena);
}

START_TEST(rfc7208)
{
	run_suite("rfc7208-tests", &modes[_i], 203, false);
}
END_TEST

START_TEST(rfc4408)
{
	run_suite("rfc4408-tests", &modes[_i], 191, true);
}
END_TEST

int
main(void)
{
	int nmodes = sizeof(modes) / sizeof(modes[0]);
	Suite *suite = suite_create("spf_suite");
	TCase *tc = tcase_create("openspf");
	SRunner *runner;
	struct suite s;
	int failed, there = suite_read("rfc7208-tests", &s);

	arena_free(s.arena);
	if (there == EXIT_SKIP) {
		printf("SKIP: no openspf test suite: set SIGNET_SHARED or "
		    "install python3-spf and python3-yaml\n");
		return EXIT_SKIP;
	}
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, rfc7208, 0, nmodes);
	tcase_add_loop_test(tc, rfc4408, 0, nmodes);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
