/* tests of policy/sender.c: whom submitted mail is signed for */
#include "config.h"

#include "policy/sender.h"
#include "tests/lib/testlib.h"

/* bob owns bob@home.example, anna all of shop.example; "alias" both. */
static bool
login_owns(struct arena *a, const void *logins, struct span address,
    struct span login)
{
	(void)a;
	if (span_is(login, "alias"))
		return true;
	return logins != NULL && (span_is(login, "bob") ?
	    span_is(address, "bob@home.example") : span_is(login, "anna") &&
	    span_ends_nocase(address, "@shop.example"));
}

static bool
has_list(const void *rows, struct span name)
{
	return rows != NULL && span_is(name, "list@lists.example");
}

static bool
has_exempt(const void *rows, struct span name)
{
	return rows != NULL && span_is(name, "exempt.example");
}

struct row {
	const char *senders;	/* SenderHeaders, words */
	const char *header;
	const char *rcpt;
	const char *login;	/* NULL: none */
	const char *want;	/* address or the reason */
};

#define BOB	"From: Bob <bob@home.example>\n"
#define ANNA	"From: anna@shop.example\n"
#define RCPT	"x@y.example"
#define PROBLEM	"what is wrong with From"

static const struct row rows[] = {
	{ "From", BOB, RCPT, NULL, "bob@home.example" },
	{ "", BOB, RCPT, NULL, "bob@home.example" },
	/* messages without one author */
	{ "From", "Subject: x\n", RCPT, NULL, PROBLEM },
	{ "From", "", RCPT, NULL, PROBLEM },
	{ "From", BOB BOB, RCPT, NULL, PROBLEM },
	{ "From", "From: bob@home.example, anna@shop.example\n", RCPT, NULL,
	    PROBLEM },
	{ "From", "From: bob@home.example, ben@home.example\n", RCPT, NULL,
	    "bob@home.example" },
	/* SenderHeaders: the first that is there */
	{ "Sender From", "Sender: anna@shop.example\n" BOB, RCPT, NULL,
	    "anna@shop.example" },
	{ "Sender From", BOB, RCPT, NULL, "bob@home.example" },
	{ "From Sender", "Sender: anna@shop.example\n" BOB, RCPT, NULL,
	    "bob@home.example" },
	{ "Resent-From Sender From", "Sender: a@a.example\n"
	    "Resent-From: r@r.example\n" BOB, RCPT, NULL, "r@r.example" },
	{ "Sender", BOB, RCPT, NULL, "bob@home.example" },
	/* it takes the place of a From of several, not of one of none */
	{ "Sender From", "Sender: anna@shop.example\n"
	    "From: bob@home.example, a@b.example\n", RCPT, NULL,
	    "anna@shop.example" },
	{ "Sender From", "Sender: anna@shop.example\n", RCPT, NULL, PROBLEM },
	{ "Sender From", "Sender: anna@shop.example\n" BOB BOB, RCPT, NULL,
	    PROBLEM },
	{ "Sender From", "Sender: a@a.example\nSender: b@b.example\n" BOB,
	    RCPT, NULL, "SenderHeaders: several fields Sender" },
	{ "Sender From", "Sender: nobody\n" BOB, RCPT, NULL,
	    "SenderHeaders: no one author in Sender" },
	{ "Sender From", "Sender: a@a.example, b@b.example\n" BOB, RCPT, NULL,
	    "SenderHeaders: no one author in Sender" },
	/* DontSignMailTo: any recipient, ExemptDomains */
	{ "From", BOB, "a@b.example List@Lists.Example", NULL,
	    "DontSignMailTo: List@Lists.Example" },
	{ "From", "From: a@exempt.example\n", RCPT, NULL,
	    "ExemptDomains: exempt.example" },
	{ "From", "From: a@sub.exempt.example\n", RCPT, NULL,
	    "a@sub.exempt.example" },
	/* SenderLogin */
	{ "From", BOB, RCPT, "bob", "bob@home.example" },
	{ "From", ANNA, RCPT, "anna", "anna@shop.example" },
	{ "From", ANNA, RCPT, "bob",
	    "SenderLogin: the login may not write as anna@shop.example" },
	{ "From", BOB, RCPT, "carl",
	    "SenderLogin: the login may not write as bob@home.example" },
	{ "From", BOB, RCPT, "",
	    "SenderLogin: the login may not write as bob@home.example" },
	{ "From", "From: bob@home.example, ceo@home.example\n", RCPT, "bob",
	    "SenderLogin: the login may not write as ceo@home.example" },
	{ "Sender From", "Sender: bob@home.example\n"
	    "From: ceo@home.example\n", RCPT, "bob",
	    "SenderLogin: the login may not write as ceo@home.example" },
	{ "Sender From", "Sender: anna@shop.example\n" BOB, RCPT, "bob",
	    "SenderLogin: the login may not write as anna@shop.example" },
	{ "Sender From", "Sender: anna@shop.example\n" BOB, RCPT, "alias",
	    "anna@shop.example" },
	{ "Sender From", "Sender: bob@home.example\nFrom: <bob\n", RCPT,
	    "bob", "SenderLogin: From cannot be read" },
};

static struct span *
words(struct arena *a, const char *text, size_t *n_out)
{
	struct span rest = span_of(text), one;
	struct span *list = arena_array(a, rest.len + 1, sizeof(*list));

	for (*n_out = 0; span_next(&rest, ' ', &one);)
		if (one.len > 0)
			list[(*n_out)++] = one;
	return list;
}

static void
check_row(const struct row *row)
{
	struct arena *a = arena_new(0);
	struct sign_rules rules = {
		.dont_sign_to = { a, has_list },
		.exempt_domains = { a, has_exempt },
		.logins = a, .login_owns = login_owns,
	};
	struct from_field f = { .status = FROM_EMPTY };
	const struct address *got;
	const char *why = NULL;
	struct span rest;
	struct mail m;
	size_t n;

	memset(&m, 0, sizeof(m));
	headers_init(&m.headers, a, 0);
	message_split(span_of(row->header), &m.headers, &rest);
	m.envelope.rcpt = words(a, row->rcpt, &m.envelope.nrcpts);
	if (row->login != NULL) {
		m.envelope.auth_type = SPAN("PLAIN");
		m.envelope.auth_login = span_of(row->login);
	}
	rules.sender_headers.name = words(a, row->senders, &n);
	rules.sender_headers.count = n;
	f.count = headers_count(&m.headers, SPAN("From"));
	if (f.count > 0)
		f.status = from_parse(a, headers_nth(&m.headers, SPAN("From"),
		    1)->value, &f.from);
	f.problem = PROBLEM;
	if (f.count == 1 && f.status == FROM_OK && span_eq(
	    f.from.author[0].domain, f.from.author[f.from.count - 1].domain))
		f.sole = &f.from.author[0];
	got = sender_to_sign_for(a, &rules, &m, &f, &why);
	if (got != NULL)
		why = arena_printf(a, "%.*s@%.*s", SPAN_ARG(got->local),
		    SPAN_ARG(got->domain));
	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strcmp(why, row->want) == 0, "row %d: %s",
	    (int)(row - rows), why);
	arena_free(a);
}

START_TEST(senders_are_found)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}
END_TEST

/* Without the options everybody may write as anybody. */
START_TEST(rules_are_optional)
{
	struct arena *a = arena_new(0);
	struct sign_rules none = { .logins = NULL };
	struct from_field f = { .count = 1 };
	const struct address *got;
	struct mail m;
	const char *why;

	memset(&m, 0, sizeof(m));
	headers_init(&m.headers, a, 0);
	m.envelope.auth_login = SPAN("carl");
	f.status = from_parse(a, SPAN(" bob@home.example"), &f.from);
	f.sole = &f.from.author[0];
	got = sender_to_sign_for(a, &none, &m, &f, &why);
	ck_assert_ptr_eq(got, &f.from.author[0]);
	m.headers.overflow = true;
	f.sole = NULL;
	f.problem = PROBLEM;
	ck_assert_ptr_null(sender_to_sign_for(a, &none, &m, &f, &why));
	ck_assert_str_eq(why, PROBLEM);
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { senders_are_found, rules_are_optional };

	return TESTLIB_RUN("sender", tests);
}
