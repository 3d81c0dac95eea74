/* tests of policy/verdict.c: the decision table, row by row */
#include "config.h"

#include <arpa/inet.h>

#include "message/ip.h"
#include "policy/verdict.h"
#include "tests/lib/testlib.h"

#define NONE	RESULT_NONE
#define PASS	RESULT_PASS
#define FAIL	RESULT_FAIL
#define SOFT	RESULT_SOFTFAIL
#define NEUTRAL	RESULT_NEUTRAL
#define TEMP	RESULT_TEMPERROR
#define PERM	RESULT_PERMERROR

/* One message with one result of everything. */
struct fixture {
	struct arena		*a;
	struct policy_settings	 set;
	struct mail		 mail;
	struct role		 role;
	struct results		 results;
	struct spf_result	 mail_from, helo;
	struct dmarc_result	 dmarc;
	struct span		 exempt[2];
	struct span		 rcpt[2];
};

static void
fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->a = arena_new(0);
	f->mail.client.has_ip = ip_parse(SPAN("192.0.2.7"),
	    &f->mail.client.ip);
	f->mail.envelope.sender = SPAN("joe@example.com");
	f->rcpt[0] = SPAN("user@our.example");
	f->mail.envelope.rcpt = f->rcpt;
	f->mail.envelope.nrcpts = 1;
	f->role.kind = ROLE_INCOMING;
	f->mail_from.result = f->helo.result = PASS;
	f->mail_from.domain = SPAN("example.com");
	f->mail_from.sender = SPAN("joe@example.com");
	f->helo.domain = SPAN("mail.example.com");
	f->helo.sender = SPAN("postmaster@mail.example.com");
	f->dmarc.result = PASS;
	f->dmarc.author_domain = SPAN("example.com");
	f->results.spf_mail_from = &f->mail_from;
	f->results.spf_helo = &f->helo;
	f->results.dmarc = &f->dmarc;
	f->exempt[0] = SPAN("postmaster");
	f->exempt[1] = SPAN("abuse");
	f->set.spf_rules.exempt_recipients = (struct name_list){ f->exempt, 2 };
}

static struct verdict
run(struct fixture *f)
{
	return decide(f->a, &f->set, &f->role, &f->mail, &f->results);
}

/* policyd-spf.conf(5): what each value refuses, for MAIL FROM and HELO */
START_TEST(spf_rules)
{
	static const struct {
		enum spf_reject rule;
		enum result result;
		bool null_sender;
		bool refused;
	} rows[] = {
		{ SPF_REJECT_NO, FAIL, false, false },
		{ SPF_REJECT_NO_CHECK, FAIL, false, false },
		{ SPF_REJECT_FAIL, FAIL, false, true },
		{ SPF_REJECT_FAIL, SOFT, false, false },
		{ SPF_REJECT_FAIL, PERM, false, false },
		{ SPF_REJECT_FAIL, TEMP, false, false },
		{ SPF_REJECT_SOFTFAIL, FAIL, false, true },
		{ SPF_REJECT_SOFTFAIL, SOFT, false, true },
		{ SPF_REJECT_SOFTFAIL, NEUTRAL, false, false },
		{ SPF_REJECT_NOT_PASS, FAIL, false, true },
		{ SPF_REJECT_NOT_PASS, SOFT, false, true },
		{ SPF_REJECT_NOT_PASS, NEUTRAL, false, true },
		{ SPF_REJECT_NOT_PASS, NONE, false, false },
		{ SPF_REJECT_NOT_PASS, PASS, false, false },
		{ SPF_REJECT_NOT_PASS, TEMP, false, false },
		{ SPF_REJECT_NULL, FAIL, false, false },
		{ SPF_REJECT_NULL, FAIL, true, true },
		{ SPF_REJECT_NULL, SOFT, true, false },
	};
	struct fixture f;
	struct verdict v;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_init(&f);
		if (rows[i].null_sender)
			f.mail.envelope.sender = SPAN("");
		f.set.spf_rules.helo_reject = rows[i].rule;
		f.helo.result = rows[i].result;
		v = run(&f);
		ck_assert_msg((v.action == ACTION_REJECT) == rows[i].refused,
		    "HELO row %zu", i);
		if (rows[i].refused) {
			ck_assert_str_eq(v.enhanced, "5.7.23");
			ck_assert_str_eq(v.why, "HELO_reject");
		}
		f.helo.result = PASS;
		f.set.spf_rules.helo_reject = SPF_REJECT_NO;
		f.set.spf_rules.mail_from_reject = rows[i].rule;
		f.mail_from.result = rows[i].result;
		v = run(&f);
		ck_assert_msg((v.action == ACTION_REJECT) == rows[i].refused,
		    "MAIL FROM row %zu", i);
		arena_free(f.a);
	}
}
END_TEST

/* SEMANTICS: "mail to postmaster and abuse" (RFC 5321, 4.5.1) */
START_TEST(postmaster_is_exempt)
{
	struct fixture f;

	fixture_init(&f);
	f.set.spf_rules.mail_from_reject = SPF_REJECT_FAIL;
	f.mail_from.result = FAIL;
	f.rcpt[0] = SPAN("Postmaster@our.example");
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	f.rcpt[1] = SPAN("user@our.example");
	f.mail.envelope.nrcpts = 2;
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	ck_assert(recipient_exempt(&f.set, SPAN("abuse")));
	ck_assert(!recipient_exempt(&f.set, SPAN("abuser@our.example")));
	arena_free(f.a);
}
END_TEST

/* RFC 9989, 5.4, 7.4: RejectFailures x policy x signs of a list */
START_TEST(dmarc_rules)
{
	static const struct {
		enum dmarc_reject rule;
		enum result result;
		enum dmarc_policy policy;
		bool indirect;
		bool hold;
		enum action want;
	} rows[] = {
		{ DMARC_REJECT_NO, FAIL, DMARC_POLICY_REJECT, false, false,
		    ACTION_ACCEPT },
		{ DMARC_REJECT_NO, FAIL, DMARC_POLICY_REJECT, false, true,
		    ACTION_ACCEPT },
		{ DMARC_REJECT_NO, FAIL, DMARC_POLICY_QUARANTINE, false, false,
		    ACTION_ACCEPT },
		{ DMARC_REJECT_NO, FAIL, DMARC_POLICY_QUARANTINE, false, true,
		    ACTION_QUARANTINE },
		{ DMARC_REJECT_YES, FAIL, DMARC_POLICY_REJECT, false, false,
		    ACTION_REJECT },
		{ DMARC_REJECT_YES, FAIL, DMARC_POLICY_REJECT, true, false,
		    ACTION_REJECT },
		{ DMARC_REJECT_YES, FAIL, DMARC_POLICY_QUARANTINE, false,
		    false, ACTION_QUARANTINE },
		{ DMARC_REJECT_YES, FAIL, DMARC_POLICY_NONE, false, false,
		    ACTION_ACCEPT },
		{ DMARC_REJECT_YES, PASS, DMARC_POLICY_REJECT, false, false,
		    ACTION_ACCEPT },
		{ DMARC_REJECT_YES, TEMP, DMARC_POLICY_REJECT, false, false,
		    ACTION_ACCEPT },
		{ DMARC_REJECT_UNLESS_INDIRECT, FAIL, DMARC_POLICY_REJECT,
		    false, false, ACTION_REJECT },
		{ DMARC_REJECT_UNLESS_INDIRECT, FAIL, DMARC_POLICY_REJECT,
		    true, false, ACTION_QUARANTINE },
		{ DMARC_REJECT_UNLESS_INDIRECT, FAIL, DMARC_POLICY_QUARANTINE,
		    true, false, ACTION_QUARANTINE },
	};
	struct fixture f;
	struct verdict v;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_init(&f);
		f.set.dmarc_rules.reject_failures = rows[i].rule;
		f.set.hold_quarantined = rows[i].hold;
		f.dmarc.result = rows[i].result;
		f.dmarc.has_policy = true;
		f.dmarc.policy = rows[i].policy;
		f.results.indirect = rows[i].indirect;
		v = run(&f);
		ck_assert_msg(v.action == rows[i].want, "row %zu: %s", i,
		    action_name(v.action));
		if (v.action == ACTION_REJECT) {
			ck_assert_uint_eq(v.code, 550);
			ck_assert_str_eq(v.enhanced, "5.7.1");
			ck_assert_ptr_nonnull(strstr(v.text, "DMARC"));
			ck_assert_ptr_nonnull(strstr(v.text, "example.com"));
		}
		if (v.action != ACTION_ACCEPT)
			ck_assert_ptr_nonnull(v.why);
		arena_free(f.a);
	}
}
END_TEST

/* Whoever is not plainly incoming is never refused for what is judged. */
START_TEST(others_are_never_refused)
{
	static const enum role_kind kinds[] = {
		ROLE_RELAYED, ROLE_SUBMITTED, ROLE_SKIPPED,
	};
	struct fixture f;
	size_t i;

	for (i = 0; i < 3; i++) {
		fixture_init(&f);
		f.role.kind = kinds[i];
		f.set.spf_rules.helo_reject = f.set.spf_rules.mail_from_reject = SPF_REJECT_FAIL;
		f.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
		f.helo.result = f.mail_from.result = f.dmarc.result = FAIL;
		f.dmarc.has_policy = true;
		f.dmarc.policy = DMARC_POLICY_REJECT;
		ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
		arena_free(f.a);
	}
}
END_TEST

START_TEST(unsignable_mail_waits)
{
	struct fixture f;
	struct verdict v;

	fixture_init(&f);
	f.role.kind = ROLE_SUBMITTED;
	f.set.dkim_rules.signature_error = ACTION_TEMPFAIL;
	f.results.signing = SIGN_ERROR;
	v = run(&f);
	ck_assert_int_eq(v.action, ACTION_TEMPFAIL);
	ck_assert_uint_eq(v.code, 451);
	f.results.signing = SIGN_NO;
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	arena_free(f.a);
}
END_TEST

/* A domain's explanation is a stranger's text in our reply. */
START_TEST(reply_text_is_safe)
{
	char explanation[2000];
	struct fixture f;
	struct verdict v;
	const char *p;

	fixture_init(&f);
	memset(explanation, 'x', sizeof(explanation));
	memcpy(explanation, "a\r\n250 ok\0\xff", 11);
	f.set.spf_rules.mail_from_reject = SPF_REJECT_FAIL;
	f.mail_from.result = FAIL;
	f.mail_from.explanation = (struct span){ explanation,
	    sizeof(explanation) };
	v = run(&f);
	ck_assert_int_eq(v.action, ACTION_REJECT);
	ck_assert_uint_le(strlen(v.text), VERDICT_MAX_TEXT);
	for (p = v.text; *p != '\0'; p++)
		ck_assert(*p >= ' ' && *p < 127);
	ck_assert_ptr_nonnull(strstr(v.text, "a??250 ok??x"));
	arena_free(f.a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		spf_rules, postmaster_is_exempt, dmarc_rules,
		others_are_never_refused, unsignable_mail_waits,
		reply_text_is_safe,
	};

	return TESTLIB_RUN("verdict", tests);
}
