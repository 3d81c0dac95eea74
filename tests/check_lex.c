/* tests of message/lex.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "message/lex.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

typedef size_t measure(struct span s);

struct row {
	const char *text;
	size_t len;
};

static void
check_rows(const char *what, measure *m, const struct row *row, size_t n)
{
	size_t i, len;

	for (i = 0; i < n; i++) {
		len = m(span_of(row[i].text));
		ck_assert_msg(len == row[i].len, "%s of \"%s\": %zu, want %zu",
		    what, row[i].text, len, row[i].len);
	}
}

START_TEST(visible_characters)
{
	static const struct row rows[] = {
		{ "", 0 }, { "a", 1 }, { "!", 1 }, { "~", 1 }, { " ", 0 },
		{ "\t", 0 }, { "\r", 0 }, { "\x1f", 0 }, { "\x7f", 0 },
		{ "\xc3\xbc", 2 }, { "\xe2\x82\xac", 3 },
		{ "\xf0\x9f\x98\x80", 4 }, { "\xfc", 0 }, { "\x80", 0 },
		{ "\xc3", 0 }, { "\xed\xa0\x80", 0 },
	};

	check_rows("VCHAR", lex_vchar, rows, NROWS(rows));
}
END_TEST

START_TEST(white_space)
{
	static const struct row rows[] = {
		{ "", 0 }, { "a", 0 }, { " \t a", 3 }, { "\r\n a", 3 },
		{ " \r\n\ta", 4 }, { "\r\n \r\n a", 6 }, { "\r\n", 0 },
		{ " \r\n", 1 }, { "\n a", 0 }, { "\r a", 0 },
		{ "\r\na", 0 }, { "\r\r\n a", 0 },
	};

	check_rows("FWS", lex_fws, rows, NROWS(rows));
}
END_TEST

START_TEST(comments)
{
	static const struct row rows[] = {
		{ "", 0 }, { "a", 0 }, { "()a", 2 }, { " (a b) c", 7 },
		{ "(a)(b) (c)\r\n d", 13 }, { "(a(b)c)d", 7 },
		{ "(a\\)b)c", 6 }, { "(a\\\\)b", 5 }, { "(\\\xc3\xbc)a", 5 },
		{ "(\xc3\xbc)a", 4 }, { "(\"a)\"b)", 4 },
		{ "(a\r\n b)c", 7 },
		{ "(a", 0 }, { " (a", 1 }, { "(a(b)", 0 }, { ")", 0 },
		{ "(a\\", 0 }, { "(a\r\nb)", 0 }, { "(a\nb)", 0 },
		{ "(\x01)", 0 }, { "(\\\x01)", 0 }, { "(\xfc)", 0 },
		{ "(\x7f)", 0 },
	};

	check_rows("CFWS", lex_cfws, rows, NROWS(rows));
}
END_TEST

START_TEST(comments_only_so_deep)
{
	char text[2 * (LEX_MAX_COMMENT_DEPTH + 1) + 1];
	size_t n = LEX_MAX_COMMENT_DEPTH;

	memset(text, '(', n);
	memset(text + n, ')', n);
	ck_assert_uint_eq(lex_cfws((struct span){ text, 2 * n }), 2 * n);
	n++;
	memset(text, '(', n);
	memset(text + n, ')', n);
	ck_assert_uint_eq(lex_cfws((struct span){ text, 2 * n }), 0);
}
END_TEST

START_TEST(atoms)
{
	static const struct row rows[] = {
		{ "", 0 }, { "a.b", 1 }, { "a b", 1 }, { "a@b", 1 },
		{ "!#$%&'*+-/=?^_`{|}~09azAZ", 25 }, { "=?utf-8?Q?a?=", 13 },
		{ "\xc3\xbc-a,", 4 }, { "a\xfc", 1 }, { "\x01", 0 },
		{ "\x7f", 0 }, { "(", 0 }, { "\"", 0 }, { "\\", 0 },
		{ "a[", 1 }, { "a:", 1 }, { "a;", 1 }, { "a<", 1 },
	};

	check_rows("atom", lex_atom, rows, NROWS(rows));
	ck_assert_uint_eq(lex_atom((struct span){ "a\0b", 3 }), 1);
}
END_TEST

START_TEST(quoted_strings)
{
	static const struct row rows[] = {
		{ "", 0 }, { "a", 0 }, { "\"\"", 2 }, { "\"a b\"c", 5 },
		{ "\"a\\\"b\"c", 6 }, { "\"a\\\\\"b\"", 5 },
		{ "\"(@<>,;:.\"a", 10 }, { "\"a\r\n b\"c", 7 },
		{ "\"\xc3\xbc\"", 4 },
		{ "\"", 0 }, { "\"a", 0 }, { "\"a\\\"", 0 }, { "\"a\\", 0 },
		{ "\"a\nb\"", 0 }, { "\"a\rb\"", 0 }, { "\"\\\r\n a\"", 0 },
		{ "\"\xfc\"", 0 }, { "\"\x1b\"", 0 },
	};

	check_rows("quoted string", lex_quoted, rows, NROWS(rows));
	ck_assert_uint_eq(lex_quoted((struct span){ "\"\0\"", 3 }), 0);
}
END_TEST

START_TEST(literals)
{
	static const struct row rows[] = {
		{ "", 0 }, { "[]", 2 }, { "[192.0.2.1]a", 11 },
		{ "[IPv6:2001:db8::1]", 18 }, { "[a\r\n b]", 7 },
		{ "[", 0 }, { "[a", 0 }, { "[a[b]", 0 }, { "[a\\]]", 0 },
		{ "[\x01]", 0 },
	};

	check_rows("literal", lex_literal, rows, NROWS(rows));
}
END_TEST

START_TEST(unquotes)
{
	static const char *rows[][2] = {
		{ "\"\"", "" }, { "\"a b\"", "a b" },
		{ "\"a\\\"b\\\\c\\d\"", "a\"b\\cd" },
		{ "\"a\r\n  b\"", "a  b" }, { "\"\\ \"", " " },
	};
	struct arena *a = arena_new(0);
	struct strbuf sb;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		strbuf_init(&sb, a);
		lex_unquote(&sb, span_of(rows[i][0]));
		assert_span(strbuf_span(&sb), rows[i][1]);
	}
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		visible_characters, white_space, comments, comments_only_so_deep,
		atoms, quoted_strings, literals, unquotes,
	};

	return TESTLIB_RUN("lex", tests);
}
