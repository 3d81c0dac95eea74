/* tests of policy/spf_macro.c: RFC 7208, 7.2 to 7.4 and 4.8 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/spf_macro.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static enum spf_expand
validated(void *ctx, struct span *out)
{
	*out = span_of(ctx);
	return SPF_EXPAND_OK;
}

static struct in6_addr
ip(const char *text)
{
	struct in6_addr out;

	if (inet_pton(AF_INET6, text, &out) != 1)
		abort();
	return out;
}

/* The sender and client of section 7.4. */
static struct spf_macro_env
rfc_env(void)
{
	static char name[] = "mx.example.org";

	return (struct spf_macro_env){
		.sender = SPAN("strong-bad@email.example.com"),
		.local = SPAN("strong-bad"),
		.sender_domain = SPAN("email.example.com"),
		.domain = SPAN("email.example.com"),
		.ip = ip("::ffff:192.0.2.3"),
		.helo = SPAN("mx.example.org"),
		.receiver = SPAN("mx.example.net"),
		.now = 1390000000,
		.validated = validated,
		.ctx = name,
	};
}

static struct span
expand_kind(struct arena *a, const struct spf_macro_env *env, const char *text,
    enum spf_macro_kind kind)
{
	struct spf_fault fault;
	struct spf_macro m;
	struct span out;

	ck_assert_msg(spf_macro_parse(a, span_of(text), kind, &m, &fault) ==
	    SPF_PARSE_OK, "%s: %s", text, fault.why);
	ck_assert_int_eq(spf_macro_expand(a, &m, env, &out), SPF_EXPAND_OK);
	return out;
}

static struct span
expand(struct arena *a, const struct spf_macro_env *env, const char *text)
{
	return expand_kind(a, env, text, SPF_EXPLAIN_STRING);
}

/* The table of section 7.4. */
START_TEST(rfc_examples)
{
	static const char *rows[][2] = {
		{ "%{s}", "strong-bad@email.example.com" },
		{ "%{o}", "email.example.com" },
		{ "%{d}", "email.example.com" },
		{ "%{d4}", "email.example.com" },
		{ "%{d3}", "email.example.com" },
		{ "%{d2}", "example.com" },
		{ "%{d1}", "com" },
		{ "%{dr}", "com.example.email" },
		{ "%{d2r}", "example.email" },
		{ "%{l}", "strong-bad" },
		{ "%{l-}", "strong.bad" },
		{ "%{lr}", "strong-bad" },
		{ "%{lr-}", "bad.strong" },
		{ "%{l1r-}", "strong" },
		{ "%{ir}.%{v}._spf.%{d2}",
		    "3.2.0.192.in-addr._spf.example.com" },
		{ "%{lr-}.lp._spf.%{d2}",
		    "bad.strong.lp._spf.example.com" },
		{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
		    "bad.strong.lp.3.2.0.192.in-addr._spf.example.com" },
		{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
		    "3.2.0.192.in-addr.strong.lp._spf.example.com" },
		{ "%{d2}.trusted-domains.example.net",
		    "example.com.trusted-domains.example.net" },
	};
	struct arena *a = arena_new(0);
	struct spf_macro_env env = rfc_env();
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		assert_span(expand(a, &env, rows[i][0]), rows[i][1]);
	arena_free(a);
}
END_TEST

/* The last example of 7.4; in a name, where case does not matter. */
START_TEST(rfc_example_ip6)
{
	struct arena *a = arena_new(0);
	struct spf_macro_env env = rfc_env();
	struct spf_fault fault;
	struct spf_macro m;
	struct span out;

	env.ip = ip("2001:db8::cb01");
	ck_assert_int_eq(spf_macro_parse(a, SPAN("%{ir}.%{v}._spf.%{d2}"),
	    SPF_DOMAIN_SPEC, &m, &fault), SPF_PARSE_OK);
	ck_assert_int_eq(spf_macro_name(a, &m, &env, &out), SPF_EXPAND_OK);
	assert_span(out, "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "8.b.d.0.1.0.0.2.ip6._spf.example.com");
	assert_span(expand(a, &env, "%{c}"), "2001:db8::cb01");
	arena_free(a);
}
END_TEST

START_TEST(letters_and_escapes)
{
	static const char *rows[][2] = {
		{ "", "" },
		{ "plain text", "plain text" },
		{ "%%%_%-", "% %20" },
		{ "%{h} %{r} %{t} %{c} %{i} %{p} %{v}", "mx.example.org "
		    "mx.example.net 1390000000 192.0.2.3 192.0.2.3 "
		    "mx.example.org in-addr" },
		{ "%{S}", "strong-bad%40email.example.com" },
		{ "%{L}", "strong-bad" },
		{ "%{H1}", "org" },
		{ "%{i2}", "2.3" },
		{ "%{i1r}", "192" },
		{ "%{s1@}", NULL },
	};
	struct arena *a = arena_new(0);
	struct spf_macro_env env = rfc_env();
	struct spf_fault fault;
	struct spf_macro m;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		if (rows[i][1] != NULL)
			assert_span(expand(a, &env, rows[i][0]), rows[i][1]);
		else
			ck_assert_int_eq(spf_macro_parse(a,
			    span_of(rows[i][0]), SPF_EXPLAIN_STRING, &m,
			    &fault), SPF_PARSE_BAD);
	}
	env.receiver = (struct span){ NULL, 0 };
	assert_span(expand(a, &env, "%{r}"), "unknown");
	arena_free(a);
}
END_TEST

/* 7.3: escaped is what is not unreserved in RFC 3986, byte for byte. */
START_TEST(url_escapes)
{
	struct arena *a = arena_new(0);
	struct spf_macro_env env = rfc_env();

	env.local = SPAN("~jack&jill=up-a_b3.c");
	assert_span(expand(a, &env, "%{L}"), "~jack%26jill%3Dup-a_b3.c");
	env.local = SPAN("%/ \"\xc3\xbc\x7f\r\n");
	assert_span(expand(a, &env, "%{L}"), "%25%2F%20%22%C3%BC%7F%0D%0A");
	assert_span(expand(a, &env, "%{l}"), "%/ \"\xc3\xbc\x7f\r\n");
	env.local = (struct span){ "a\0b", 3 };
	assert_span(expand(a, &env, "%{L}"), "a%00b");
	arena_free(a);
}
END_TEST

/* 7.3: parts between any of the delimiters, empty ones too. */
START_TEST(parts)
{
	static const char *rows[][3] = {
		{ "foo-bar+zip+quux", "%{l2r+-}", "bar.foo" },
		{ "foo-bar+zip+quux", "%{l+-}", "foo.bar.zip.quux" },
		{ "foo-bar+zip+quux", "%{l1+}", "quux" },
		{ "a..b.", "%{lr}", ".b..a" },
		{ "a..b.", "%{l2}", "b." },
		{ "a..b.", "%{l}", "a..b." },
		{ "-", "%{l-}", "." },
		{ "", "%{l1r-}", "" },
		{ "a.b", "%{l100}", "a.b" },
		{ "a.b", "%{l-}", "a.b" },
		{ "a=b_c/d,e", "%{lr=_/,}", "e.d.c.b.a" },
		{ "MiXed", "%{l}", "MiXed" },
	};
	struct arena *a = arena_new(0);
	struct spf_macro_env env = rfc_env();
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		env.local = span_of(rows[i][0]);
		assert_span(expand(a, &env, rows[i][1]), rows[i][2]);
	}
	arena_free(a);
}
END_TEST

/* 4.8, 7.3: what becomes a question, and what cannot. */
START_TEST(names)
{
#define L50 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
	static const char *rows[][3] = {
		/* local part, domain-spec, name */
		{ "x", "%{l}.Example.COM.", "x.example.com" },
		{ "User+Tag", "%{l}.example.com", "user+tag.example.com" },
		{ "a b", "%{l}.example.com", "a b.example.com" },
		{ "a@b", "%{L}.example.com", "a%40b.example.com" },
		{ "", "%{l}.example.com", NULL },
		{ "a..b", "%{l}.example.com", NULL },
		{ "\xc3\xbc", "%{l}.example.com", NULL },
		{ "a\tb", "%{l}.example.com", NULL },
		{ L50 "0123456789abc", "%{l}.example.com",
		    L50 "0123456789abc.example.com" },
		{ L50 "0123456789abcd", "%{l}.example.com", NULL },
		/* 253 bytes fit */
		{ L50 "." L50 "." L50 "." L50 ".012345678901234567890123456789"
		    "0123456", "%{l}.example.com",
		    L50 "." L50 "." L50 "." L50 ".012345678901234567890123456789"
		    "0123456.example.com" },
		/* 254 do not: labels go from the left until it fits */
		{ L50 "." L50 "." L50 "." L50 ".012345678901234567890123456789"
		    "01234567", "%{l}.example.com",
		    L50 "." L50 "." L50 ".012345678901234567890123456789"
		    "01234567.example.com" },
		{ L50 L50 L50 L50 L50 L50, "%{l}.example.com",
		    "example.com" },
	};
	struct arena *a = arena_new(0);
	struct spf_macro_env env = rfc_env();
	struct spf_fault fault;
	struct spf_macro m;
	struct span out;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		env.local = span_of(rows[i][0]);
		ck_assert_int_eq(spf_macro_parse(a, span_of(rows[i][1]),
		    SPF_DOMAIN_SPEC, &m, &fault), SPF_PARSE_OK);
		if (rows[i][2] == NULL) {
			ck_assert_msg(spf_macro_name(a, &m, &env, &out) ==
			    SPF_EXPAND_BAD_NAME, "%s", rows[i][0]);
			continue;
		}
		ck_assert_msg(spf_macro_name(a, &m, &env, &out) ==
		    SPF_EXPAND_OK, "%s", rows[i][0]);
		assert_span(out, rows[i][2]);
	}
	arena_free(a);
}
END_TEST

/*
 * A record full of macros, a long sender: neither the result nor the work
 * grows without limit.
 */
START_TEST(expansion_is_bounded)
{
	static const char *unit[] = { "%{s}", "%{s1}", "%{S}" };
	static char text[60001], sender[1001];
	struct arena *a = arena_new(0);
	struct spf_macro_env env = rfc_env();
	struct spf_fault fault;
	struct spf_macro m;
	struct span out;
	size_t i, k;

	memset(sender, '@', sizeof(sender) - 1);
	env.sender = span_of(sender);
	for (i = 0; i < NROWS(unit); i++) {
		size_t len = strlen(unit[i]);

		for (k = 0; k + len < sizeof(text); k += len)
			memcpy(text + k, unit[i], len);
		ck_assert_int_eq(spf_macro_parse(a, (struct span){ text, k },
		    SPF_EXPLAIN_STRING, &m, &fault), SPF_PARSE_OK);
		ck_assert_int_eq(spf_macro_expand(a, &m, &env, &out),
		    SPF_EXPAND_BAD_NAME);
	}
	ck_assert_uint_lt(arena_used(a), 16 << 20);
	arena_free(a);
}
END_TEST

START_TEST(uses)
{
	struct arena *a = arena_new(0);
	struct spf_fault fault;
	struct spf_macro m;

	ck_assert_int_eq(spf_macro_parse(a, SPAN("s.l.%{P}.%{dr}.com"),
	    SPF_DOMAIN_SPEC, &m, &fault), SPF_PARSE_OK);
	ck_assert(spf_macro_uses(&m, "p"));
	ck_assert(spf_macro_uses(&m, "sld"));
	ck_assert(!spf_macro_uses(&m, "sl"));
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		rfc_examples, rfc_example_ip6, letters_and_escapes,
		url_escapes, parts, names, expansion_is_bounded, uses,
	};

	return TESTLIB_RUN("spf_macro", tests);
}
