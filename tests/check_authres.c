/* tests of policy/authres_*.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/authres.h"
#include "tests/lib/suite.h"
#include "tests/lib/testlib.h"

static struct arena *a;

static void
start(void)
{
	a = arena_new(0);
}

static void
end(void)
{
	arena_free(a);
}

/* ---- compose ------------------------------------------------------------ */

/* One entry with one property, for the rows below. */
static struct span
compose_one(const char *method, const char *name, struct span value)
{
	struct method_result r = { .method = method, .result = RESULT_PASS };

	method_result_add(&r, name, value);
	return authres_compose(a, SPAN("mx.example.org"), &r, 1);
}

START_TEST(compose_lays_out)
{
	struct method_result r[3] = {
		{ .method = "spf", .result = RESULT_PASS },
		{ .method = "dkim", .result = RESULT_FAIL,
		    .reason = SPAN("signature is wrong"),
		    .comment = SPAN("2048-bit key") },
		{ .method = "dmarc", .result = RESULT_NONE },
	};

	start();
	method_result_add(&r[0], "smtp.mailfrom", SPAN("a@example.com"));
	method_result_add(&r[1], "header.d", SPAN("example.com"));
	method_result_add(&r[1], "header.i", SPAN("@example.com"));
	method_result_add(&r[1], "header.b", SPAN("abc/1+2="));
	method_result_add(&r[2], "header.from", SPAN("example.com"));
	assert_span(authres_compose(a, SPAN("mx.example.org"), r, 3),
	    " mx.example.org;\r\n"
	    "\tspf=pass smtp.mailfrom=a@example.com;\r\n"
	    "\tdkim=fail (2048-bit key) reason=\"signature is wrong\"\r\n"
	    "\theader.d=example.com header.i=@example.com"
	    " header.b=\"abc/1+2=\";\r\n"
	    "\tdmarc=none header.from=example.com");
	assert_span(authres_compose(a, SPAN("mx.example.org"), NULL, 0),
	    " mx.example.org; none");
	assert_span(authres_compose(a, SPAN("mx/1"), NULL, 0),
	    " \"mx/1\"; none");
	end();
}
END_TEST

/* RFC 8601, 2.2: token, address, or quoted string. */
START_TEST(compose_quotes_values)
{
	static const struct {
		const char *value;
		const char *want;
	} rows[] = {
		{ "192.0.2.200", "192.0.2.200" },
		{ "2001:db8::1", "\"2001:db8::1\"" },
		{ "example.com", "example.com" },
		{ "a_b.example", "a_b.example" },
		{ "a@example.com", "a@example.com" },
		{ "a.b+c/d=e@example.com", "a.b+c/d=e@example.com" },
		{ "@example.com", "@example.com" },
		{ "a b@example.com", "\"a b\"@example.com" },
		{ "a..b@example.com", "\"a..b\"@example.com" },
		{ "a\"b\\c@example.com", "\"a\\\"b\\\\c\"@example.com" },
		{ "x; dmarc=pass@example.com",
		    "\"x; dmarc=pass\"@example.com" },
		{ "a@b@example.com", "\"a@b\"@example.com" },
		/* RFC 8601, 2.2: a local part of RFC 6531, 3.3, where UTF-8 is
		 * in an atom. Quotes are for what is no dot-atom. */
		{ "m\xc3\xbcller@example.com", "m\xc3\xbcller@example.com" },
		{ "m\xc3\xbc.ller@example.com",
		    "m\xc3\xbc.ller@example.com" },
		{ "m\xc3\xbc..ller@example.com",
		    "\"m\xc3\xbc..ller\"@example.com" },
		{ "m\xc3\xbc ller@example.com",
		    "\"m\xc3\xbc ller\"@example.com" },
		/* A local part that cannot be shown is left out. */
		{ "a\r\n b@example.com", "example.com" },
		{ "a\tb@example.com", "example.com" },
		{ "m\xfcller@example.com", "example.com" },
		{ "a\xc2\x85" "b@example.com", "example.com" },
		{ "a\xe2\x80\xa8" "b@example.com", "example.com" },
		/* What is no domain-name makes the whole a quoted string. */
		{ "a@[192.0.2.1]", "\"a@[192.0.2.1]\"" },
		{ "a@b_c.example", "\"a@b_c.example\"" },
		{ "root@localhost", "\"root@localhost\"" },
		{ "a@example.com; dkim=pass", "\"a@example.com; dkim=pass\"" },
		{ "example.net(.example.com", "\"example.net(.example.com\"" },
		{ "a b", "\"a b\"" },
		{ "\r\nX-Evil: 1", "\"??X-Evil: 1\"" },
		{ "a\x01\x7f\xff" "b", "\"a???b\"" },
		{ "a\xe2\x80\xa9\xc2\x9f" "b", "\"a?????b\"" },
	};
	size_t i;

	start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span got = compose_one("spf", "smtp.mailfrom",
		    span_of(rows[i].value));
		const char *want = arena_printf(a,
		    " mx.example.org;\r\n\tspf=pass smtp.mailfrom=%s",
		    rows[i].want);

		assert_span(got, want);
	}
	assert_span(compose_one("spf", "smtp.helo",
	    (struct span){ "a\0b", 3 }),
	    " mx.example.org;\r\n\tspf=pass smtp.helo=\"a?b\"");
	end();
}
END_TEST

START_TEST(compose_escapes_comments)
{
	static const struct {
		const char *comment;
		const char *want;
	} rows[] = {
		{ "plain", " (plain)" },
		{ "  two  words ", " (two words)" },
		{ "a) ; dmarc=pass (b", " (a\\) ; dmarc=pass \\(b)" },
		{ "back\\slash", " (back\\\\slash)" },
		{ "a\r\nb", " (a??b)" },
		{ " \r\n ", "" },
	};
	size_t i;

	start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct method_result r = { .method = "dkim",
		    .result = RESULT_PASS,
		    .comment = span_of(rows[i].comment) };

		assert_span(authres_compose(a, SPAN("mx"), &r, 1),
		    arena_printf(a, " mx;\r\n\tdkim=pass%s", rows[i].want));
	}
	end();
}
END_TEST

/* No line beyond 78 columns where it could be folded, none beyond 998. */
START_TEST(compose_folds)
{
	struct method_result r = { .method = "dkim", .result = RESULT_PASS };
	struct span rest, line;
	char words[256], local[257];
	size_t i;

	start();
	for (i = 0; i < sizeof(words) - 1; i++)
		words[i] = i % 8 == 7 ? ' ' : 'w';
	words[i] = '\0';
	r.comment = span_of(words);
	for (i = 0; i < METHOD_MAX_PROPERTIES; i++)
		method_result_add(&r, "header.s",
		    SPAN("a-selector-of-some-length"));
	rest = authres_compose(a, SPAN("mx.example.org"), &r, 1);
	for (i = sizeof("Authentication-Results:") - 1;
	    span_next(&rest, '\n', &line); i = 7)
		ck_assert_uint_le(i + span_trim(line).len + 1, 78);

	/* n octets of a local part are shown, n + 1 are not. */
	memset(local, '"', sizeof(local));
	memcpy(local + 256, "@", 1);
	rest = compose_one("spf", "smtp.mailfrom", (struct span){
	    arena_printf(a, "%.*sexample.com", 257, local), 257 + 11 });
	ck_assert_uint_eq(rest.len,
	    strlen(" mx.example.org;\r\n\tspf=pass\r\n\tsmtp.mailfrom=") +
	    2 + 512 + strlen("@example.com"));
	rest = compose_one("spf", "smtp.mailfrom", (struct span){
	    arena_printf(a, "x%.*sexample.com", 257, local), 258 + 11 });
	assert_span(rest,
	    " mx.example.org;\r\n\tspf=pass smtp.mailfrom=example.com");
	end();
}
END_TEST

START_TEST(compose_cuts_long_text)
{
	struct method_result r = { .method = "dkim", .result = RESULT_FAIL };
	char text[300];
	struct span got;

	start();
	memset(text, 'x', sizeof(text));
	/* A character of two octets that the cut would halve. */
	text[255] = '\xc3';
	text[256] = '\xbc';
	r.reason = (struct span){ text, sizeof(text) };
	got = authres_compose(a, SPAN("mx"), &r, 1);
	ck_assert(span_ends_nocase(got, "x...\""));
	ck_assert_uint_eq(got.len, strlen(" mx;\r\n\tdkim=fail\r\n\treason=\"")
	    + 255 + strlen("...\""));
	end();
}
END_TEST

/* Every allocation fails once: the result is all or nothing. */
START_TEST(compose_survives_no_memory)
{
	struct method_result r = { .method = "dkim", .result = RESULT_PASS,
	    .comment = SPAN("some comment"), .reason = SPAN("some reason") };
	size_t limit;

	for (limit = 1; limit < 2000; limit += 16) {
		struct arena *small = arena_new(limit);
		struct span got = authres_compose(small,
		    SPAN("mx.example.org"), &r, 1);

		if (got.p != NULL)
			ck_assert(span_ends_nocase(got, "reason\""));
		arena_free(small);
	}
}
END_TEST

/* ---- parse -------------------------------------------------------------- */

START_TEST(parse_refuses)
{
	static const char *const rows[] = {
		"", ";", "mx", "mx;", "mx; ", "mx; none; none", "mx; none=",
		"mx; none; dkim=pass", "mx; dkim", "mx; dkim=",
		"mx; dkim=pass;",
		"mx dkim=pass", "mx 1.1; none", "mx a; none", "mx 1 2; none",
		"\"mx\"1; none", "\"mx; none", "mx (; none", "mx (a)); none",
		"mx; dkim/x=pass", "mx; dkim=pass reason=", "mx; dk-=pass",
		"mx; dkim=pass reason=\"x\"header.d=a",
		"mx; dkim=pass header.d",
		"mx; dkim=pass header.=a", "mx; dkim=pass .d=a",
		"mx; dkim=pass header.d=a reason=b", "mx; dkim=pass header d=a",
		"mx; dkim=passheader.d", "mx; dkim=pass header.d=",
		"mx; iprev=pass policy.iprev=2001:db8::1",
		"mx; spf=pass smtp.mailfrom=a b@example.com",
		"mx; spf=pass smtp.mailfrom=a..b@example.com",
		"mx; spf=pass smtp.mailfrom=a@", "mx; spf=pass smtp.mailfrom=@",
		"mx; spf=pass smtp.mailfrom=a@b@example.com",
		"mx; spf=pass smtp.mailfrom=<a@example.com>",
		"mx; spf=pass smtp.mailfrom=\"a\xff\"@example.com",
		"mx; spf=pass (\x01)", "mx; spf=pass (\\", "mx; spf=pass \"x\"",
		"m\xffx; none",
	};
	struct authres r;
	size_t i;

	start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(!authres_parse(a, span_of(rows[i]), &r), "%s",
		    rows[i]);
		ck_assert_uint_eq(r.count, 0);
		ck_assert_uint_eq(r.authserv_id.len, 0);
	}
	end();
}
END_TEST

START_TEST(parse_accepts)
{
	static const struct {
		const char *field;
		const char *value;	/* of the first property */
	} rows[] = {
		{ "mx;dkim=pass header.d=example.com", "example.com" },
		{ "mx; dkim=pass header.b=Qgi/FoC0", "Qgi/FoC0" },
		{ "mx; dkim=pass header.b=oI+NEO8=", "oI+NEO8=" },
		{ "mx; dkim=pass header.b=\"a b\"header.d=x", "a b" },
		{ "mx; spf=pass smtp.mailfrom=\"a \\\"b\"@example.com",
		    "a \"b@example.com" },
		{ "mx; spf=pass smtp.mailfrom=\"a\r\n b\"@example.com",
		    "a b@example.com" },
		{ "mx; spf=pass smtp.mailfrom = (c) a (d) @example.com (e)",
		    "a@example.com" },
		{ "mx; spf=pass smtp.mailfrom=m\xc3\xbcller@example.com",
		    "m\xc3\xbcller@example.com" },
		{ "mx; spf=pass smtp.mailfrom=root@localhost",
		    "root@localhost" },
		{ "mx; dkim/1=pass reason=good reason.x=y", "y" },
		{ "mx; dkim=pass (a(b\\)c)d) header.d=x", "x" },
		{ "m\xc3\xbcx; dkim=pass header.d=x", "x" },
	};
	struct authres r;
	size_t i;

	start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(authres_parse(a, span_of(rows[i].field), &r),
		    "%s", rows[i].field);
		ck_assert_uint_ge(r.count, 1);
		ck_assert_uint_ge(r.entry[0].nproperties, 1);
		assert_span(r.entry[0].property[0].value, rows[i].value);
	}
	end();
}
END_TEST

/* `n` entries with `m` properties each. */
static bool
parses(size_t n, size_t m)
{
	struct strbuf sb;
	struct authres r;
	size_t i, j;

	strbuf_init(&sb, a);
	strbuf_adds(&sb, "mx");
	for (i = 0; i < n; i++) {
		strbuf_adds(&sb, "; dkim=pass");
		for (j = 0; j < m; j++)
			strbuf_adds(&sb, " header.d=x");
	}
	return authres_parse(a, strbuf_span(&sb), &r);
}

START_TEST(parse_has_limits)
{
	start();
	ck_assert(parses(128, 1));
	ck_assert(!parses(129, 1));
	ck_assert(parses(1, 64));
	ck_assert(!parses(1, 65));
	end();
}
END_TEST

static void
assert_json_span(struct span got, const json_t *want, const char *where)
{
	const char *text = json_string_value(want);

	if (text == NULL)
		ck_assert_msg(got.len == 0, "%s", where);
	else
		ck_assert_msg(span_is(got, text), "%s: got %.*s, want %s",
		    where, SPAN_ARG(got), text);
}

static void
compare_entry(const struct authres_entry *e, const json_t *want,
    const char *where)
{
	const json_t *properties = json_object_get(want, "properties"), *p;
	size_t i;

	assert_json_span(e->method, json_object_get(want, "method"), where);
	assert_json_span(e->method_version, json_object_get(want, "version"),
	    where);
	assert_json_span(e->result, json_object_get(want, "result"), where);
	assert_json_span(e->reason, json_object_get(want, "reason"), where);
	ck_assert_uint_eq(e->nproperties, json_array_size(properties));
	json_array_foreach(properties, i, p) {
		assert_json_span(e->property[i].ptype,
		    json_object_get(p, "ptype"), where);
		/* The suite has the names in lower case. */
		ck_assert(span_is_nocase(e->property[i].name,
		    json_string_value(json_object_get(p, "property"))));
		assert_json_span(e->property[i].value,
		    json_object_get(p, "value"), where);
	}
}

/*
 * Where we differ from python3-authres, which drops what it does not
 * understand: "version=TLSv1.2" has no ptype, so the field is not of the
 * grammar (RFC 8601, 2.2, propspec).
 */
static const char *const not_grammar[] = {
	"x-tls=pass version=TLSv1.2",
};

static bool
is_deviation(const char *header)
{
	size_t i;

	for (i = 0; i < sizeof(not_grammar) / sizeof(not_grammar[0]); i++)
		if (strstr(header, not_grammar[i]) != NULL)
			return true;
	return false;
}

static void
run_vector(const json_t *v, size_t *deviations)
{
	const char *header = json_string_value(json_object_get(v, "header"));
	const json_t *ok = json_object_get(v, "ok"), *results, *entry;
	struct span value = span_skip(span_of(header),
	    strlen("Authentication-Results:"));
	struct authres r;
	size_t i;

	if (is_deviation(header)) {
		ck_assert(!authres_parse(a, value, &r));
		(*deviations)++;
		return;
	}
	ck_assert_msg(authres_parse(a, value, &r) ==
	    (ok == NULL || json_is_true(ok)), "%s", header);
	if (json_is_false(ok))
		return;
	assert_json_span(r.authserv_id, json_object_get(v, "authserv_id"),
	    header);
	assert_json_span(r.version, json_object_get(v, "version"), header);
	results = json_object_get(v, "results");
	ck_assert_uint_eq(r.count, json_array_size(results));
	json_array_foreach(results, i, entry)
		compare_entry(&r.entry[i], entry, header);
	ck_assert(authres_claims(a, value, r.authserv_id));
	ck_assert(!authres_claims(a, value, SPAN("ours.example")));
}

static void
run_vectors(const char *file, size_t count, size_t want_deviations)
{
	json_t *all = suite_json(file);
	const json_t *v;
	size_t i, deviations = 0;

	if (all == NULL)
		return;
	start();
	json_array_foreach(all, i, v)
		run_vector(v, &deviations);
	ck_assert_uint_eq(json_array_size(all), count);
	ck_assert_uint_eq(deviations, want_deviations);
	json_decref(all);
	end();
}

START_TEST(parse_rfc_examples)
{
	run_vectors("data/authres/rfc8601-examples.json", 9, 0);
}
END_TEST

START_TEST(parse_authres_vectors)
{
	run_vectors("data/authres/vectors.json", 33, 2);
}
END_TEST

/* ---- round trip --------------------------------------------------------- */

/* A small generator with a fixed seed: the same run every time. */
static uint32_t seed;

static uint32_t
draw(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(seed >> 8) * n) >> 24);
}

/* Hostile text: pieces that mean something to some parser, and any ASCII. */
static struct span
draw_text(size_t max)
{
	static const char *const pieces[] = {
		"; dmarc=pass ", "\"", "\\", "(", ")", "\r\n", "\n", "@",
		"example.com", "example.net", ".", ";", "=", " ", "\t", "a",
		"\xc3\xbc", "\xe2\x80\xa8", "\xff", "header.d=evil.example",
		"reason=", ",", "/", "<", ">", "[", "]", ":", "-", "xn--",
		"'", "none", "1", "\x7f", "\xc2\x85", "%s", "\\\"", "\\)",
	};
	struct strbuf sb;
	size_t n = 1 + draw((uint32_t)max);

	strbuf_init(&sb, a);
	while (n-- > 0) {
		if (draw(8) == 0)
			strbuf_addc(&sb, (char)draw(128));
		else
			strbuf_adds(&sb, pieces[draw(sizeof(pieces) /
			    sizeof(pieces[0]))]);
	}
	return strbuf_span(&sb);
}

/* Only what the header may hold: printable, CRLF in front of a tab, and no
 * line beyond 998 octets. */
static void
assert_safe(struct span field)
{
	size_t i, column = 0;

	for (i = 0; i < field.len; i++) {
		unsigned char c = (unsigned char)field.p[i];

		if (c == '\r') {
			ck_assert_uint_lt(i + 2, field.len);
			ck_assert_int_eq(field.p[i + 1], '\n');
			ck_assert_int_eq(field.p[i + 2], '\t');
			i += 2;
			column = 1;
			continue;
		}
		ck_assert(c >= ' ' && c != 0x7f);
		ck_assert_uint_le(++column, 998);
	}
}

/*
 * `text` with '?' where a header cannot show it: of the octets beyond ASCII
 * that draw_text makes, only the u with two dots can be shown.
 */
static struct span
as_shown(struct span text)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	for (i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == 0xc3 && i + 1 < text.len && text.p[i + 1] == '\xbc')
			strbuf_add(&sb, (struct span){ text.p + i++, 2 });
		else
			strbuf_addc(&sb, c >= ' ' && c < 0x7f ? (char)c : '?');
	}
	return strbuf_span(&sb);
}

START_TEST(round_trip)
{
	static const char *const names[] = {
		"smtp.mailfrom", "smtp.helo", "header.d", "header.i",
		"header.b", "policy.iprev",
	};
	int round;

	seed = 20260501;
	start();
	for (round = 0; round < 20000; round++) {
		struct method_result m[3];
		struct authres r;
		struct span field;
		size_t n = draw(4), i, j;

		arena_reset(a);
		memset(m, 0, sizeof(m));
		for (i = 0; i < n; i++) {
			size_t props = draw(4);

			m[i].method = draw(2) == 0 ? "spf" : "dkim";
			m[i].result = (enum result)draw(8);
			if (draw(2) == 0)
				m[i].reason = draw_text(12);
			if (draw(2) == 0)
				m[i].comment = draw_text(12);
			for (j = 0; j < props; j++)
				method_result_add(&m[i], names[draw(6)],
				    draw_text(12));
		}
		field = authres_compose(a, SPAN("mx.example.org"), m, n);
		assert_safe(field);
		ck_assert_msg(authres_parse(a, field, &r), "%.*s",
		    SPAN_ARG(field));
		ck_assert_uint_eq(r.count, n);
		assert_span(r.authserv_id, "mx.example.org");
		ck_assert(authres_claims(a, field, SPAN("mx.example.org")));
		for (i = 0; i < n; i++) {
			ck_assert(span_is(r.entry[i].method, m[i].method));
			ck_assert(span_is(r.entry[i].result,
			    result_name(m[i].result)));
			ck_assert_uint_eq(r.entry[i].nproperties,
			    m[i].nproperties);
			ck_assert(span_eq(r.entry[i].reason,
			    as_shown(m[i].reason)));
			for (j = 0; j < m[i].nproperties; j++) {
				struct span got = r.entry[i].property[j].value,
				    sent = m[i].property[j].value;
				size_t at = span_rfind(sent, '@');

				/* As it is shown, or its domain alone. */
				if (span_eq(got, as_shown(sent)))
					continue;
				ck_assert_uint_lt(at, sent.len);
				ck_assert_msg(span_eq(got,
				    span_skip(sent, at + 1)), "%.*s",
				    SPAN_ARG(field));
				ck_assert(!span_eq(sent, as_shown(sent)));
			}
		}
	}
	end();
}
END_TEST

/* ---- whose it is -------------------------------------------------------- */

START_TEST(claims_ours)
{
	static const char *const rows[] = {
		" ours.example; dkim=pass",
		"ours.example",
		" OURS.Example; none",
		" ours.example. ; none",
		" ours.example..; none",
		" .ours.example; none",
		" \"ours.example\"; none",
		" \"ours\\.example\"; none",
		" \"ours\".example; none",
		" \"ours.example; none",
		" ours.example\"; none",
		" \"\"ours.example; none",
		" o\\urs.example; none",
		" ours.example 1; none",
		" ours.example\t1; none",
		" \"ours.example\" 1; none",
		" ours.example 2; none",
		" ours.example(x)1; none",
		" (c) ours.example; none",
		" (c)(d(e)f)ours.example (g); none",
		"(a\\)b) ours.example; none",
		" (\"(\") ours.example; none",
		" \"(\"ours.example\")\"; none",
		" (ours.example; none",
		" ((x) ours.example; none",
		" ) ours.example; none",
		" (a (b) ours.example; dmarc=pass ) other.example; none",
		" (a\\) ours.example; dmarc=pass ) other.example; none",
		" ours(c).example; none",
		" ours.(c)example; none",
		" ours . example; none",
		" ours.\r\n example; none",
		" ou\r\n rs.example; none",
		"\r\n\tours.example\r\n\t; none",
		"\n ours.example;\n none",
		" ours.example;dkim=pass",
		"; ours.example; dkim=pass",
		" ;; ours.example; dkim=pass",
		" <ours.example>; none",
		" ours.example/4XyZ1; none",
		" \"ours.example/4XyZ1\"; none",
		" ours.example, other.example; none",
		" ours.example:25; none",
		" ours.example@x; none",
		" ours.example=pass; none",
		" ours.example\x01; none",
		" \xef\xbb\xbfours.example; none",
		" ours.example\xc2\xa0; none",
		" ours.example\xc2\xa0" "1; none",
		" ou\xe2\x80\x8brs.example; none",
		" ours.ex\xc2\xad" "ample; none",
		" ours.example\xff; none",
		" \xef\xbd\x8furs.example; none",	/* fullwidth o */
		" ours\xe3\x80\x82" "example; none",	/* ideographic dot */
		" =?utf-8?q?ours.example?=; none",
		" =?US-ASCII?Q?ours=2Eexample?=; none",
		" =?utf-8?B?b3Vycy5leGFtcGxl?=; none",
		" =?x?q?ours?= =?x?q?=2Eexa?=\r\n =?x?q?mple?=; none",
		" =?utf-8?q?ours.example; dkim=3Dpass?=",
	};
	size_t i;

	start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(authres_claims(a, span_of(rows[i]),
		    SPAN("ours.example")), "%s", rows[i]);
	ck_assert(authres_claims(a, (struct span){ "ours.example\0; x", 16 },
	    SPAN("ours.example")));
	ck_assert(authres_claims(a, (struct span){ "ours.example\0evil;", 18 },
	    SPAN("ours.example")));
	ck_assert(authres_claims(a, (struct span){ "ou\0rs.example; x", 16 },
	    SPAN("ours.example")));
	end();
}
END_TEST

START_TEST(claims_nobody_elses)
{
	static const char *const rows[] = {
		"",
		" ",
		";",
		" sub.ours.example; none",
		" ours.example.evil; none",
		" xours.example; none",
		" ours.example-x; none",
		" x-ours.example; none",
		" ours.example.com; none",
		" ours; none",
		" other.example (for ours.example); none",
		" (ours.example) other.example; none",
		" (a (ours.example) b) other.example; none",
		" other.example; spf=pass smtp.mailfrom=x@ours.example",
		" other.example; ours.example; dkim=pass",
		" \"other.example\" 1; dkim=pass header.d=ours.example",
		" other.example 1; none",
		" other.example\r\n\t(ours.example)\r\n\t1; none",
		/* No authserv-id at all, as Microsoft 365 writes it. */
		" spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=ours.example;"
		    " ours.example; dkim=pass header.d=ours.example;"
		    "ours.example; dmarc=pass header.from=ours.example",
		" i=1; ours.example; none",
		" \xc3\xa9ours.example; none",
		" ours.example\xc3\xa9; none",
		" =?utf-8?q?xours.example?=; none",
		" =?utf-8?b?!?=ours.example; none",
		" ours .example.net; none",
		" \"xours.example\"; none",
	};
	size_t i;

	start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(!authres_claims(a, span_of(rows[i]),
		    SPAN("ours.example")), "%s", rows[i]);
	end();
}
END_TEST

START_TEST(claims_other_ids)
{
	static const struct {
		const char *id;
		const char *field;
		bool ours;
	} rows[] = {
		/* RFC 3490's classic; the A-label is RFC 3492's. */
		{ "xn--bcher-kva.example", " b\xc3\xbc" "cher.example; none",
		    true },
		{ "xn--bcher-kva.example", " B\xc3\x9c" "CHER.example; none",
		    true },
		{ "xn--bcher-kva.example", " XN--BCHER-KVA.example.; none",
		    true },
		{ "b\xc3\xbc" "cher.example", " xn--bcher-kva.example; none",
		    true },
		{ "b\xc3\xbc" "cher.example", " b\xc3\xbc" "cher.EXAMPLE; x",
		    true },
		{ "bu\xcc\x88" "cher.example", " b\xc3\xbc" "cher.example; x",
		    true },
		{ "bcher.example", " b\xc3\xbc" "cher.example; none", false },
		{ "OURS.example.", " ours.example; none", true },
		{ "host1", " host 1; none", false },
		{ "host1", " host\r\n\t1; none", false },
		{ "host1", " host(c)1; none", false },
		{ "host1", " host1; none", true },
		{ "mx.example/eu", " mx.example/eu; none", true },
		{ "mx.example/eu", " \"mx.example/eu\"; none", true },
		{ "mx.example/eu", " mx.example; none", false },
		{ "mail filter", " \"Mail Filter\"; none", true },
		{ "mail filter", " mail filter; none", true },
		{ "mail filter", " mail; none", false },
		{ "", "; none", false },
		{ ".", " .; none", false },
	};
	size_t i;

	start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(authres_claims(a, span_of(rows[i].field),
		    span_of(rows[i].id)) == rows[i].ours, "%s: %s",
		    rows[i].id, rows[i].field);
	end();
}
END_TEST

/* A quarter of a megabyte of each thing that makes a reader look around. */
START_TEST(claims_stays_linear)
{
	static const char *const pieces[] = {
		"(", ")", "()", "(\\", "\"", "\"(", "\\", "\r\n ", " .", "=?",
		"=?a?q?b?= ", "\xc3\xbc\"", "\xff", "\xc3\xbc.", "a(b)", "; ",
		"=?a?b?=?",
	};
	size_t i;

	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct strbuf sb;

		start();
		strbuf_init(&sb, a);
		while (sb.len < 1 << 18)
			strbuf_adds(&sb, pieces[i]);
		ck_assert(!authres_claims(a, strbuf_span(&sb),
		    SPAN("ours.example")));
		end();
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		compose_lays_out, compose_quotes_values,
		compose_escapes_comments, compose_folds,
		compose_cuts_long_text, compose_survives_no_memory,
		parse_refuses, parse_accepts, parse_has_limits,
		parse_rfc_examples, parse_authres_vectors, round_trip,
		claims_ours, claims_nobody_elses, claims_other_ids,
		claims_stays_linear,
	};

	return suite_exit(TESTLIB_RUN("authres", tests), "data/authres");
}
