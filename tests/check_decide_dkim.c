/* tests of policy/decide_dkim.c: the On- options and RequireSignature */
#include "config.h"

#include "policy/verdict.h"
#include "tests/lib/testlib.h"

#define ACCEPT	ACTION_ACCEPT
#define REJECT	ACTION_REJECT
#define TEMP	ACTION_TEMPFAIL
#define HOLD	ACTION_QUARANTINE
#define DISCARD	ACTION_DISCARD

#define MAX_SIGNATURES	3

/* What one signature came to, in a letter each. */
static const struct {
	char			 letter;
	struct dkim_result	 result;
} kinds[] = {
	{ 'p', { .result = RESULT_PASS } },
	{ 'f', { .result = RESULT_FAIL, .reason = "body hash" } },
	{ 't', { .result = RESULT_FAIL, .testing = true } },
	{ 'T', { .result = RESULT_PASS, .testing = true } },
	{ 'n', { .result = RESULT_NEUTRAL, .reason = "no tag list" } },
	{ 'o', { .result = RESULT_POLICY, .reason = "past l=" } },
	{ 'u', { .result = RESULT_POLICY, .untried = true } },
	{ 'k', { .result = RESULT_PERMERROR, .cause = DKIM_CAUSE_KEY,
	    .reason = "no key for signature" } },
	{ 'd', { .result = RESULT_TEMPERROR, .cause = DKIM_CAUSE_DNS } },
	{ 's', { .result = RESULT_TEMPERROR, .cause = DKIM_CAUSE_SECURITY } },
	{ 'i', { .result = RESULT_TEMPERROR, .cause = DKIM_CAUSE_INTERNAL } },
};

struct fixture {
	struct arena		*a;
	struct policy_settings	 set;
	struct mail		 mail;
	struct role		 role;
	struct results		 results;
	struct dkim_result	 dkim[MAX_SIGNATURES];
	struct dmarc_result	 dmarc;
	struct spf_result	 spf;
};

/* Signatures by letter; "f=a.example" names the domain of one. */
static void
add_signatures(struct fixture *f, const char *words)
{
	struct span rest = span_of(words), word;
	size_t n = 0, i;

	while (span_next(&rest, ' ', &word)) {
		for (i = 0; word.len > 0 && kinds[i].letter != word.p[0];)
			i++;
		if (word.len == 0)
			continue;
		ck_assert_uint_lt(n, MAX_SIGNATURES);
		f->dkim[n] = kinds[i].result;
		f->dkim[n++].sig.domain = word.len > 2 ?
		    span_skip(word, 2) : SPAN("sender.example");
	}
	f->results.dkim = f->dkim;
	f->results.ndkim = n;
}

static void
fixture_init(struct fixture *f, const char *signatures)
{
	memset(f, 0, sizeof(*f));
	f->a = arena_new(0);
	f->role.kind = ROLE_INCOMING;
	f->dmarc.author_domain = SPAN("sender.example");
	f->results.dmarc = f->results.author = &f->dmarc;
	f->results.nauthors = 1;
	add_signatures(f, signatures);
}

static struct verdict
run(struct fixture *f)
{
	return decide(f->a, &f->set, &f->role, &f->mail, &f->results);
}

/* One rule that refuses, all others accept: which signatures meet it? */
START_TEST(each_rule_has_its_cause)
{
	static const struct {
		const char *signatures;
		const char *rule;	/* NULL: none */
		const char *code;
	} rows[] = {
		{ "", "On-NoSignature", "5.7.20" },
		{ "f", "On-BadSignature", "5.7.20" },
		{ "n", "On-BadSignature", "5.7.20" },
		/* RFC 7372, 3.1: passing, but not acceptable */
		{ "o", "On-BadSignature", "5.7.21" },
		{ "k", "On-KeyNotFound", "5.7.20" },
		{ "d", "On-DNSError", "5.7.20" },
		{ "s", "On-Security", "5.7.20" },
		{ "i", "On-InternalError", "5.7.20" },
		/* RFC 6376, 6.1: one that passes is enough */
		{ "p", NULL, NULL },
		{ "f p", NULL, NULL },
		{ "d k p", NULL, NULL },
		{ "T", NULL, NULL },
		/* 3.6.1: no different from unsigned mail */
		{ "t", "On-NoSignature", "5.7.20" },
		{ "t k", "On-KeyNotFound", "5.7.20" },
		/* what may be gone the next time comes first */
		{ "f d", "On-DNSError", "5.7.20" },
		{ "k f", "On-BadSignature", "5.7.20" },
		{ "f i d", "On-InternalError", "5.7.20" },
		{ "k s f", "On-Security", "5.7.20" },
		/* the cap is no reason of its own */
		{ "k u", "On-KeyNotFound", "5.7.20" },
		{ "u u f", "On-BadSignature", "5.7.20" },
	};
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	for (k = 0; k < 6; k++) {
		struct fixture f;
		struct verdict v;
		struct dkim_rules *r = &f.set.dkim_rules;
		const struct {
			enum action *action;
			const char *name;
		} rules[] = {
			{ &r->no_signature, "On-NoSignature" },
			{ &r->bad_signature, "On-BadSignature" },
			{ &r->key_not_found, "On-KeyNotFound" },
			{ &r->dns_error, "On-DNSError" },
			{ &r->security, "On-Security" },
			{ &r->internal_error, "On-InternalError" },
		};

		fixture_init(&f, rows[i].signatures);
		*rules[k].action = REJECT;
		v = run(&f);
		if (rows[i].rule == NULL ||
		    strcmp(rows[i].rule, rules[k].name) != 0) {
			ck_assert_msg(v.action == ACCEPT, "\"%s\" with %s",
			    rows[i].signatures, rules[k].name);
		} else {
			ck_assert_msg(v.action == REJECT, "\"%s\" with %s",
			    rows[i].signatures, rules[k].name);
			ck_assert_uint_eq(v.code, 550);
			ck_assert_str_eq(v.enhanced, rows[i].code);
			ck_assert_str_eq(v.why, rules[k].name);
			ck_assert_ptr_nonnull(strstr(v.text, "DKIM"));
		}
		arena_free(f.a);
	}
}
END_TEST

START_TEST(actions_have_their_replies)
{
	static const struct {
		enum action action;
		unsigned code;
		const char *enhanced;
	} rows[] = {
		{ ACCEPT, 0, NULL },
		{ REJECT, 550, "5.7.20" },
		{ TEMP, 451, "4.7.20" },
		{ HOLD, 0, NULL },
		{ DISCARD, 0, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct verdict v;

		fixture_init(&f, "f");
		f.set.dkim_rules.bad_signature = rows[i].action;
		v = run(&f);
		ck_assert_int_eq(v.action, rows[i].action);
		ck_assert_uint_eq(v.code, rows[i].code);
		ck_assert_pstr_eq(v.enhanced, rows[i].enhanced);
		if (v.action != ACCEPT)
			ck_assert_str_eq(v.text, "DKIM check failed for "
			    "sender.example: body hash");
		arena_free(f.a);
	}
}
END_TEST

static bool
has_sender(const void *rows, struct span name)
{
	return rows != NULL && span_is(name, "sender.example");
}

START_TEST(authors_may_have_to_sign)
{
	static const struct {
		const char *signatures;
		const char *author;
		enum action want;
		const char *code;
	} rows[] = {
		{ "p", "sender.example", ACCEPT, NULL },
		{ "p=example", "sender.example", ACCEPT, NULL },
		{ "p=mail.sender.example", "sender.example", ACCEPT, NULL },
		{ "f p=list.example p", "sender.example", ACCEPT, NULL },
		{ "", "sender.example", REJECT, "5.7.20" },
		{ "f", "sender.example", REJECT, "5.7.20" },
		{ "k o", "sender.example", REJECT, "5.7.20" },
		/* RFC 7372, 3.1: passing, but none is the author's */
		{ "p=list.example", "sender.example", REJECT, "5.7.22" },
		{ "f p=xsender.example", "sender.example", REJECT, "5.7.22" },
		/* what could not be found out waits */
		{ "d", "sender.example", TEMP, "4.7.20" },
		{ "d p=list.example", "sender.example", TEMP, "4.7.22" },
		{ "d=list.example", "sender.example", REJECT, "5.7.20" },
		/* others need not */
		{ "", "other.example", ACCEPT, NULL },
		{ "f", "sub.sender.example", ACCEPT, NULL },
		{ "f", "", ACCEPT, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct verdict v;

		fixture_init(&f, rows[i].signatures);
		f.dmarc.author_domain = span_of(rows[i].author);
		f.set.dkim_rules.require_signature = (struct name_set){
			.rows = &f, .has = has_sender,
		};
		v = run(&f);
		ck_assert_msg(v.action == rows[i].want, "row %zu: %s", i,
		    action_name(v.action));
		ck_assert_pstr_eq(v.enhanced, rows[i].code);
		if (v.action != ACCEPT)
			ck_assert_str_eq(v.why, "RequireSignature");
		arena_free(f.a);
	}
}
END_TEST

/* RFC 7372, 3.4: refused for more than one reason; else the graver action. */
START_TEST(methods_are_put_together)
{
	static const struct {
		enum action dkim;
		bool spf, dmarc;
		enum action want;
		const char *code, *why;
	} rows[] = {
		{ REJECT, false, false, REJECT, "5.7.20", "On-BadSignature" },
		{ REJECT, true, false, REJECT, "5.7.26", "Mail_From_reject" },
		{ REJECT, false, true, REJECT, "5.7.26", "On-BadSignature" },
		{ REJECT, true, true, REJECT, "5.7.26", "Mail_From_reject" },
		{ ACCEPT, true, true, REJECT, "5.7.26", "Mail_From_reject" },
		{ ACCEPT, false, true, REJECT, "5.7.1", "RejectFailures" },
		{ TEMP, false, true, REJECT, "5.7.1", "RejectFailures" },
		{ TEMP, true, false, REJECT, "5.7.23", "Mail_From_reject" },
		{ DISCARD, false, true, REJECT, "5.7.1", "RejectFailures" },
		{ HOLD, false, true, REJECT, "5.7.1", "RejectFailures" },
		{ HOLD, false, false, HOLD, NULL, "On-BadSignature" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct verdict v;

		fixture_init(&f, "f");
		f.set.dkim_rules.bad_signature = rows[i].dkim;
		f.mail.envelope.sender = SPAN("joe@sender.example");
		f.set.spf_rules.mail_from_reject = SPF_REJECT_FAIL;
		f.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
		f.spf.result = rows[i].spf ? RESULT_FAIL : RESULT_PASS;
		f.results.spf_mail_from = &f.spf;
		f.dmarc.result = rows[i].dmarc ? RESULT_FAIL : RESULT_PASS;
		f.dmarc.has_policy = true;
		f.dmarc.policy = DMARC_POLICY_REJECT;
		v = run(&f);
		ck_assert_msg(v.action == rows[i].want, "row %zu: %s", i,
		    action_name(v.action));
		ck_assert_pstr_eq(v.enhanced, rows[i].code);
		ck_assert_pstr_eq(v.why, rows[i].why);
		arena_free(f.a);
	}
}
END_TEST

/* Mail that is ours, or handed on by whom we trust, is not judged by these. */
START_TEST(others_are_let_through)
{
	static const enum role_kind roles[] = {
		ROLE_RELAYED, ROLE_SUBMITTED, ROLE_SKIPPED,
	};
	size_t i;

	for (i = 0; i < 3; i++) {
		struct fixture f;

		fixture_init(&f, "f");
		f.role.kind = roles[i];
		f.set.dkim_rules.bad_signature = REJECT;
		f.set.dkim_rules.require_signature = (struct name_set){
			.rows = &f, .has = has_sender,
		};
		ck_assert_int_eq(run(&f).action, ACCEPT);
		arena_free(f.a);
	}
}
END_TEST

START_TEST(unsignable_mail)
{
	static const struct {
		enum action rule;
		enum sign_status signing;
		enum action want;
		unsigned code;
		const char *enhanced;
	} rows[] = {
		{ TEMP, SIGN_ERROR, TEMP, 451, "4.7.5" },
		{ REJECT, SIGN_ERROR, REJECT, 550, "5.7.5" },
		{ ACCEPT, SIGN_ERROR, ACCEPT, 0, NULL },
		{ DISCARD, SIGN_ERROR, DISCARD, 0, NULL },
		{ REJECT, SIGN_YES, ACCEPT, 0, NULL },
		{ REJECT, SIGN_NO, ACCEPT, 0, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct verdict v;

		fixture_init(&f, "");
		f.role.kind = ROLE_SUBMITTED;
		f.set.dkim_rules.signature_error = rows[i].rule;
		f.results.signing = rows[i].signing;
		v = run(&f);
		ck_assert_int_eq(v.action, rows[i].want);
		ck_assert_uint_eq(v.code, rows[i].code);
		ck_assert_pstr_eq(v.enhanced, rows[i].enhanced);
		arena_free(f.a);
	}
}
END_TEST

/* d= is a stranger's text. */
START_TEST(replies_are_safe)
{
	struct fixture f;
	struct verdict v;

	fixture_init(&f, "f=a\r\n250;ok%s");
	f.set.dkim_rules.bad_signature = REJECT;
	v = run(&f);
	ck_assert_str_eq(v.text,
	    "DKIM check failed for a??250;ok%s: body hash");
	arena_free(f.a);
}
END_TEST

/* An author who must sign is not hidden by one who need not. */
START_TEST(second_authors_must_sign_too)
{
	struct dmarc_result authors[2];
	struct fixture f;

	fixture_init(&f, "p=other.example");
	f.set.dkim_rules.require_signature = (struct name_set){
		.rows = &f, .has = has_sender,
	};
	authors[0] = authors[1] = f.dmarc;
	authors[0].author_domain = SPAN("other.example");
	f.results.dmarc = f.results.author = authors;
	f.results.nauthors = 2;
	ck_assert_int_eq(run(&f).action, REJECT);
	ck_assert_str_eq(run(&f).why, "RequireSignature");
	authors[1].author_domain = SPAN("third.example");
	ck_assert_int_eq(run(&f).action, ACCEPT);
	arena_free(f.a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		each_rule_has_its_cause, actions_have_their_replies,
		authors_may_have_to_sign, second_authors_must_sign_too,
		methods_are_put_together,
		others_are_let_through, unsignable_mail, replies_are_safe,
	};

	return TESTLIB_RUN("decide_dkim", tests);
}
