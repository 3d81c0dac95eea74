/* tests of message/address.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "message/address.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Authors as "local@domain local@domain", or the status in brackets. */
static struct span
show_from(struct arena *a, struct span value)
{
	struct from from;
	struct strbuf sb;
	enum from_status st = from_parse(a, value, &from);
	size_t i;

	strbuf_init(&sb, a);
	if (st != FROM_OK) {
		ck_assert_uint_eq(from.count, 0);
		ck_assert_ptr_null(from.author);
		ck_assert_ptr_nonnull(from.why);
		strbuf_addf(&sb, "[%s]", from_status_text(st));
		return strbuf_span(&sb);
	}
	ck_assert_ptr_null(from.why);
	for (i = 0; i < from.count; i++) {
		ck_assert(domain_is_normal(from.author[i].domain));
		strbuf_adds(&sb, i > 0 ? " " : "");
		strbuf_add(&sb, from.author[i].local);
		strbuf_addc(&sb, '@');
		strbuf_add(&sb, from.author[i].domain);
	}
	return strbuf_span(&sb);
}

static void
check_from(const char *const (*row)[2], size_t n)
{
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < n; i++) {
		struct span got = show_from(a, span_of(row[i][0]));

		ck_assert_msg(span_is(got, row[i][1]), "%s: got %.*s, want %s",
		    row[i][0], SPAN_ARG(got), row[i][1]);
	}
	arena_free(a);
}

#define BAD	"[not a list of addresses]"
#define NONAME	"[author domain is no name]"
#define NOBODY	"[no author]"

/* RFC 5322, 3.4 and 4.4; RFC 6854 for groups; RFC 6532 for UTF-8. */
START_TEST(mailboxes)
{
	static const char *const rows[][2] = {
		{ " a@example.com", "a@example.com" },
		{ " Alice <a@Example.COM> ", "a@example.com" },
		{ "<a@example.com>", "a@example.com" },
		{ "Alice<a@example.com>", "a@example.com" },
		{ "\"A\" B \"C\" <a@example.com>", "a@example.com" },
		{ "\"\" <a@example.com>", "a@example.com" },
		{ "a.b.c@example.com", "a.b.c@example.com" },
		{ "a+b=c/d@example.com", "a+b=c/d@example.com" },
		{ "\"a b\"@example.com", "a b@example.com" },
		{ "\"a\\\"b\\\\\"@example.com", "a\"b\\@example.com" },
		{ "\"\"@example.com", "@example.com" },
		{ "a.\"b c\".d@example.com", "a.b c.d@example.com" },
		{ "a @ example . com", "a@example.com" },
		{ "(1)a(2)@(3)example(4).(5)com(6)", "a@example.com" },
		{ "(1)A(2)<(3)a(4)@(5)b(6)>(7)", "a@b" },
		{ "Alice\r\n <a@example.com>\r\n\t", "a@example.com" },
		{ "a@example.com,\r\n b@example.net",
		    "a@example.com b@example.net" },
		{ "\"a\r\n b\"@example.com", "a b@example.com" },
		{ "a@localhost", "a@localhost" },
		{ "<@r.example:a@example.com>", "a@example.com" },
		{ "<@r.example,@s.example:a@example.com>", "a@example.com" },
		{ "< (x) @r.example , , (y) @s.example : a@example.com>",
		    "a@example.com" },
		{ "=?utf-8?Q?a=40b?= <a@example.com>", "a@example.com" },
		{ "J\xc3\xb6rg <j\xc3\xb6rg@b\xc3\xbc" "cher.example>",
		    "j\xc3\xb6rg@xn--bcher-kva.example" },
		{ "=?a?= , a@example.com", BAD },
		{ "alice", BAD },
		{ "", BAD },
		{ " \t", BAD },
		{ "(only a comment)", BAD },
		{ ",", BAD },
		{ "<>", BAD },
		{ "@example.com", BAD },
		{ "<@example.com>", BAD },
		{ "a@", BAD },
		{ "<a@>", BAD },
		{ "a@.example", BAD },
		{ "a@example..com", BAD },
		{ "a@example.com.", BAD },
		{ "<a@example.com.>", BAD },
		{ ".a@example.com", BAD },
		{ "a.@example.com", BAD },
		{ "a..b@example.com", BAD },
		{ "a b@example.com", BAD },
		{ "\"a\"\"b\"@example.com", BAD },
		{ ".A <a@example.com>", BAD },
		{ "A <a@example.com", BAD },
		{ "A a@example.com>", BAD },
		{ "<<a@example.com>>", BAD },
		{ "A <a@example.com> B", BAD },
		{ "<a@example.com> <b@example.com>", BAD },
		{ "<a@example.com, b@example.com>", BAD },
		{ "a@example.com b@example.com", BAD },
		{ "<@r.example@s.example:a@example.com>", BAD },
		{ "<@r.example a@example.com>", BAD },
		{ "<@r.example:>", BAD },
		{ "<,@r.example:a@example.com>", BAD },
		{ "@r.example:a@example.com", BAD },
		{ "Doe, Jane <jane@example.com>", BAD },
		{ "A\n <a@example.com>", BAD },
		{ "A\r\n<a@example.com>", BAD },
		{ "A\r <a@example.com>", BAD },
		{ "J\xf6rg <a@example.com>", BAD },
		{ "a@ex\xf6.example", BAD },
		{ "A\x01 <a@example.com>", BAD },
		{ "a@example.com\x7f", BAD },
		{ "a@exam_ple.example", "a@exam_ple.example" },
		{ "a@exam!ple.example", NONAME },
		{ "a@b'.example", NONAME },
		{ "a@[192.0.2.1]", NONAME },
		{ "a@[IPv6:2001:db8::1]", NONAME },
		{ "a@[bad\\]]", BAD },
		{ "a@[192.0.2.1", BAD },
		{ "a@[192.0.2.1].example", BAD },
		{ "a@example.com, b@[192.0.2.1]", NONAME },
		{ "a@\xe2\x99\xa5.example", NONAME },
		/* the grammar goes first */
		{ "a@[192.0.2.1], b", BAD },
	};

	check_from(rows, NROWS(rows));
}
END_TEST

START_TEST(groups)
{
	static const char *const rows[][2] = {
		{ "Nobody:;", NOBODY },
		{ "Nobody: ;, Nobody else: (x) ;", NOBODY },
		{ "Nobody:,,;", NOBODY },
		{ "All: a@b.example;", "a@b.example" },
		{ "All: a@b.example, \"C\" <c@d.example>;, e@f.example",
		    "a@b.example c@d.example e@f.example" },
		{ "\"All, of us\": a@b.example;", "a@b.example" },
		{ "All:a@b.example", BAD },
		{ "All:a@b.example; c@d.example", BAD },
		{ "All: Some: a@b.example;;", BAD },
		{ ":a@b.example;", BAD },
		{ "a@b.example;", BAD },
		{ "All:;;", BAD },
		{ "All", BAD },
		{ "All:<a@b.example;", BAD },
		{ "mailto:a@b.example", BAD },
	};

	check_from(rows, NROWS(rows));
}
END_TEST

/*
 * One author for the reader and another for DMARC: forms with which mail
 * programs were made to disagree (Chen, Paxson, Jiang: "Composition Kills",
 * USENIX Security 2020; CVE-2019-16378; OpenDMARC's issues 113 and 174). What
 * is outside the grammar has no author; what is inside has the one it means.
 */
START_TEST(attacks)
{
	static const char *const rows[][2] = {
		{ "x@bank.example>", BAD },
		{ "x@bank.example> <x@evil.example>", BAD },
		{ "<x@bank.example><x@evil.example>", BAD },
		{ "<x@bank.example> x@evil.example", BAD },
		{ "x@bank.example <x@evil.example>", BAD },
		{ "<x@evil.example>,", "x@evil.example" },
		{ "x@bank.example, x@evil.example",
		    "x@bank.example x@evil.example" },
		{ "<x@bank.example>, <x@evil.example>",
		    "x@bank.example x@evil.example" },
		{ "bank.example, <x@evil.example>", BAD },
		/* quoted pairs */
		{ "\"x@bank.example\\\", \" <x@evil.example>",
		    "x@evil.example" },
		{ "x@bank.example\\,x@evil.example", BAD },
		{ "<x@bank.example\\> <x@evil.example>", BAD },
		{ "\"x\\\"@bank.example, <x@evil.example>", BAD },
		{ "\"\\\"<x@bank.example>\\\"\" <x@evil.example>",
		    "x@evil.example" },
		/* comments */
		{ "(<x@bank.example>) x@evil.example", "x@evil.example" },
		{ "x@evil.example (x@bank.example)", "x@evil.example" },
		{ "x(@bank.example>)@evil.example", "x@evil.example" },
		{ "<x@evil.example(@bank.example)>", "x@evil.example" },
		{ "x@bank.example(.evil.example", BAD },
		{ "x@bank.example(\\).evil.example", BAD },
		{ "x@bank.example).evil.example", BAD },
		/* routes */
		{ "<@bank.example:x@evil.example>", "x@evil.example" },
		{ "<@bank.example,@evil.example:'x@evil.example>",
		    "'x@evil.example" },
		{ "<x@bank.example:x@evil.example>", BAD },
		/* several at signs, colons, quotes */
		{ "x@evil.example@bank.example", BAD },
		{ "<x@evil.example@bank.example>", BAD },
		{ "\"x@bank.example\"@evil.example",
		    "x@bank.example@evil.example" },
		{ "'x@bank.example' <x@evil.example>", BAD },
		{ "x@bank.example'@evil.example", BAD },
		{ "x@bank.example;x@evil.example", BAD },
		/* encoded words are not decoded, and not part of a domain */
		{ "=?utf-8?B?PHhAYmFuay5leGFtcGxlPg==?= <x@evil.example>",
		    "x@evil.example" },
		{ "=?utf-8?Q?=3Cx=40bank.example=3E=00?= x@evil.example",
		    BAD },
		{ "x@=?utf-8?Q?bank.example?=", NONAME },
		{ "=?utf-8?Q?x=40bank.example=2C?=@evil.example",
		    "=?utf-8?Q?x=40bank.example=2C?=@evil.example" },
		/* injected line ends and blanks */
		{ "x@bank.example\r\n.evil.example", BAD },
		{ "x@bank.example\r.evil.example", BAD },
		{ "x@bank.example .evil.example",
		    "x@bank.example.evil.example" },
		{ "x@bank.example evil.example", BAD },
		{ "x@bank.example\xc2\xa0.evil.example", NONAME },
		{ "x@bank.example\xef\xbc\x8c" "evil.example", NONAME },
		{ "x@bank.example\xe2\x80\xae" "evil", NONAME },
		{ "<<<><joe@joe.example>>>", BAD },
	};
	struct arena *a = arena_new(0);

	check_from(rows, NROWS(rows));
	assert_span(show_from(a, (struct span){
	    "x@bank.example\0.evil.example", 28 }), BAD);
	assert_span(show_from(a, (struct span){
	    "\0x@bank.example", 15 }), BAD);
	assert_span(show_from(a, (struct span){
	    "\"\0\" <x@bank.example>", 20 }), BAD);
	assert_span(show_from(a, (struct span){
	    "(\0) x@bank.example", 18 }), BAD);
	arena_free(a);
}
END_TEST

/* `n` times "a@x.example, " */
static struct span
authors(struct arena *a, size_t n)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	while (n-- > 0)
		strbuf_adds(&sb, "a@x.example, ");
	return strbuf_span(&sb);
}

START_TEST(at_most_so_many_authors)
{
	struct arena *a = arena_new(0);
	struct from from;

	ck_assert_int_eq(from_parse(a, authors(a, FROM_MAX_AUTHORS), &from),
	    FROM_OK);
	ck_assert_uint_eq(from.count, FROM_MAX_AUTHORS);
	ck_assert_int_eq(from_parse(a, authors(a, FROM_MAX_AUTHORS + 1),
	    &from), FROM_TOO_MANY);
	ck_assert_uint_eq(from.count, 0);
	arena_free(a);
}
END_TEST

START_TEST(says_why)
{
	static const char *const rows[][2] = {
		{ "", "no address" },
		{ "Nobody:;", "group without an author" },
		{ "a@b (c", "comment not closed or too deep" },
		{ "\"a <b@c>", "quoted string not closed" },
		{ "A <b@c", "angle bracket not closed" },
		{ "A <>", "no address between angle brackets" },
		{ "a@[1", "bad domain literal" },
		{ "a@[1]", "domain literal" },
		{ "a@b c", "text behind an address" },
		{ "a: b@c", "group not closed" },
		{ "a..b@c", "bad local part" },
		{ "<a>", "address without domain" },
		{ "a@!", "bad character" },
	};
	struct arena *a = arena_new(0);
	struct from from;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		ck_assert_int_ne(from_parse(a, span_of(rows[i][0]), &from),
		    FROM_OK);
		ck_assert_msg(strcmp(from.why, rows[i][1]) == 0, "%s: %s",
		    rows[i][0], from.why);
	}
	arena_free(a);
}
END_TEST

START_TEST(paths)
{
	static const struct {
		const char *path;
		bool good;
		const char *local, *domain;
	} rows[] = {
		{ "<>", true, "", "" },
		{ "", true, "", "" },
		{ "<a@Example.com>", true, "a", "example.com" },
		{ "a@example.com", true, "a", "example.com" },
		{ "<A.b+c@example.com>", true, "A.b+c", "example.com" },
		{ "<a@example.com.>", true, "a", "example.com" },
		{ "<root>", true, "root", "" },
		{ "root", true, "root", "" },
		{ "<Postmaster>", true, "Postmaster", "" },
		{ "<\"a b\"@example.com>", true, "a b", "example.com" },
		{ "<\"a@b\"@example.com>", true, "a@b", "example.com" },
		{ "<\"a\\\"\\\\b>\"@example.com>", true, "a\"\\b>",
		    "example.com" },
		{ "<\"a b\">", true, "a b", "" },
		{ "<\"\"@example.com>", true, "", "example.com" },
		{ "<@r.example:a@example.com>", true, "a", "example.com" },
		{ "<@r.example,@s.example:a@example.com>", true, "a",
		    "example.com" },
		{ "@r.example:a@example.com", true, "a", "example.com" },
		{ "<@[IPv6:2001:db8::1]:a@example.com>", true, "a",
		    "example.com" },
		{ "<a@[192.0.2.1]>", true, "a", "[192.0.2.1]" },
		{ "<a@[IPv6:2001:db8::1]>", true, "a", "[IPv6:2001:db8::1]" },
		{ "<j\xc3\xb6@b\xc3\xbc" "cher.example>", true, "j\xc3\xb6",
		    "xn--bcher-kva.example" },
		/* what MTAs let pass */
		{ "<a..b.@example.com>", true, "a..b.", "example.com" },
		{ "Macro Error@example.com", true, "Macro Error",
		    "example.com" },
		{ "@example.com", true, "", "example.com" },
		{ "<j\xf6@example.com>", true, "j\xf6", "example.com" },
		{ "<a:b,c@example.com>", true, "a:b,c", "example.com" },
		/* and what is no path */
		{ "<", false, "", "" },
		{ ">", false, "", "" },
		{ "<a@example.com", false, "", "" },
		{ "a@example.com>", false, "", "" },
		{ "<<a@example.com>>", false, "", "" },
		{ "<a@b@example.com>", false, "", "" },
		{ "<a@>", false, "", "" },
		{ "@", false, "", "" },
		{ "<a@b c>", false, "", "" },
		{ "<a@example..com>", false, "", "" },
		{ "<a@.>", false, "", "" },
		{ "<a@[192.0.2.1>", false, "", "" },
		{ "<a@[192.0.2.1]x>", false, "", "" },
		{ "<\"a@example.com>", false, "", "" },
		{ "<\"a\"b@example.com>", false, "", "" },
		{ "<\"a\\>", false, "", "" },
		{ "<a\\@b@example.com>", false, "", "" },
		{ "<a@example.com> SIZE=1", false, "", "" },
		{ "<a\r\n@example.com>", false, "", "" },
		{ "<\"a\nb\"@example.com>", false, "", "" },
		{ "<a@example.net(.example.com>", false, "", "" },
		{ "<@r.example:>", false, "", "" },
	};
	struct arena *a = arena_new(0);
	struct address got;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		bool good = address_parse_path(a, span_of(rows[i].path), &got);

		ck_assert_msg(good == rows[i].good &&
		    span_is(got.local, rows[i].local) &&
		    span_is(got.domain, rows[i].domain),
		    "%s: %s, \"%.*s\" at \"%.*s\"", rows[i].path,
		    good ? "good" : "bad", SPAN_ARG(got.local),
		    SPAN_ARG(got.domain));
	}
	ck_assert(!address_parse_path(a, (struct span){ "<a\0@b>", 6 }, &got));
	ck_assert(!address_parse_path(a, (struct span){ "<a@b\0>", 6 }, &got));
	arena_free(a);
}
END_TEST

static bool
parse_with(struct arena *a, void *ctx)
{
	struct from from;
	struct address path;
	enum from_status st = from_parse(a, *(struct span *)ctx, &from);

	if (st == FROM_NOMEM)
		ck_assert(from.count == 0 && from.author == NULL);
	else
		ck_assert_int_eq(st, FROM_OK);
	if (st == FROM_NOMEM ||
	    !address_parse_path(a, SPAN("<\"a b\"@Example.com>"), &path) ||
	    !address_parse_path(a, SPAN("<a@[192.0.2.1]>"), &path))
		return false;
	assert_span(path.domain, "[192.0.2.1]");
	return true;
}

START_TEST(memory_runs_out)
{
	struct arena *a = arena_new(0);
	struct span text = SPAN("A: b@c.example;, \"d e\"@f.example, "
	    "\xc3\xbc@\xc3\xbc.example");
	struct strbuf sb;
	size_t i;

	ck_assert_uint_gt(testlib_run_out(parse_with, &text), 5);
	/* and long enough for several blocks of memory */
	strbuf_init(&sb, a);
	strbuf_addc(&sb, '"');
	for (i = 0; i < 30000; i++)
		strbuf_addc(&sb, 'x');
	strbuf_adds(&sb, "\"@example.com, b@example.com");
	text = strbuf_span(&sb);
	ck_assert_uint_gt(testlib_run_out(parse_with, &text), 5);
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		mailboxes, groups, attacks, at_most_so_many_authors, says_why,
		paths, memory_runs_out,
	};

	return TESTLIB_RUN("address", tests);
}
