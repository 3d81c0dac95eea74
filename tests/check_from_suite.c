/*
 * From fields of the suites in data/from-header: one is the grammar, the
 * others are what lax parsers made of such fields.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "message/address.h"
#include "tests/lib/suite.h"
#include "tests/lib/testlib.h"

#define SUITE	"data/from-header"

static struct span
text_of(const json_t *s)
{
	return (struct span){ json_string_value(s), json_string_length(s) };
}

static bool
lists(const json_t *domains, struct span domain)
{
	size_t i;
	json_t *one;

	json_array_foreach(domains, i, one)
		if (span_eq(text_of(one), domain))
			return true;
	return false;
}

static bool
has_author(const struct from *from, struct span domain)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		if (span_eq(from->author[i].domain, domain))
			return true;
	return false;
}

/* Exactly those domains; null: no author may come of it at all. */
static bool
is_answer(enum from_status st, const struct from *from, const json_t *want)
{
	size_t i;
	json_t *one;

	if (!json_is_array(want))
		return st == FROM_SYNTAX && from->count == 0;
	if (json_array_size(want) == 0)
		return st == FROM_EMPTY || st == FROM_BAD_DOMAIN;
	for (i = 0; i < from->count; i++)
		if (!lists(want, from->author[i].domain))
			return false;
	json_array_foreach(want, i, one)
		if (!has_author(from, text_of(one)))
			return false;
	return st == FROM_OK;
}

START_TEST(the_grammar)
{
	json_t *suite = suite_json(SUITE "/rfc-from.json");
	struct arena *a = arena_new(0);
	struct from from;
	enum from_status st;
	size_t i, n = 0;
	json_t *one;

	json_array_foreach(json_object_get(suite, "cases"), i, one) {
		const json_t *other = json_object_get(one, "or");

		st = from_parse(a, text_of(json_object_get(one, "from")),
		    &from);
		ck_assert_msg(
		    is_answer(st, &from, json_object_get(one, "domains")) ||
		    (other != NULL && is_answer(st, &from, other)), "%s: %s",
		    json_string_value(json_object_get(one, "about")),
		    from_status_text(st));
		n++;
	}
	ck_assert(suite == NULL || n > 30);
	arena_free(a);
	json_decref(suite);
}
END_TEST

/* What a lax parser found may be refused, but no other domain be found. */
static void
check_lax(const char *name, size_t at_least)
{
	json_t *suite = suite_json(name), *one;
	struct arena *a = arena_new(0);
	struct from from;
	size_t i, found = 0;

	json_array_foreach(json_object_get(suite, "cases"), i, one) {
		if (from_parse(a, text_of(json_object_get(one, "from")),
		    &from) != FROM_OK)
			continue;
		found++;
		ck_assert_msg(has_author(&from,
		    text_of(json_object_get(one, "domain"))), "%s",
		    json_string_value(json_object_get(one, "from")));
	}
	ck_assert(suite == NULL || found >= at_least);
	arena_free(a);
	json_decref(suite);
}

/*
 * All but the four that the suite names as no mailboxes, and the twelfth: a
 * quoted string and an atom side by side are no local part either.
 */
START_TEST(opendmarc)
{
	check_lax(SUITE "/opendmarc-finddomain.json", 8);
}
END_TEST

START_TEST(authheaders)
{
	check_lax(SUITE "/authheaders-froms.json", 4);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { the_grammar, opendmarc, authheaders };

	return suite_exit(TESTLIB_RUN("from_suite", tests), SUITE);
}
