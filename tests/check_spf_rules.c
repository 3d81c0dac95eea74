/*
 * tests of policy/decide_spf.c and policy/spf_reason.c: policyd-spf.conf(5),
 * option by option; RFC 7372 for the codes
 */
#include "config.h"

#include "message/ip.h"
#include "policy/spf_reason.h"
#include "policy/verdict.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

struct fixture {
	struct arena		*a;
	struct policy_settings	 set;
	struct mail		 mail;
	struct results		 results;
	struct spf_result	 mail_from, helo;
	struct span		 domain;
};

static void
fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->a = arena_new(0);
	f->set.host_name = SPAN("mx.our.example");
	f->set.spf_rules.mail_from_reject = SPF_REJECT_FAIL;
	f->set.spf_rules.helo_reject = SPF_REJECT_FAIL;
	f->mail.client.has_ip = ip_parse(SPAN("192.0.2.7"),
	    &f->mail.client.ip);
	f->mail.client.helo = SPAN("mail.example.com");
	f->mail.envelope.sender = SPAN("joe@example.com");
	f->mail_from.result = f->helo.result = RESULT_PASS;
	f->mail_from.domain = SPAN("example.com");
	f->mail_from.sender = SPAN("joe@example.com");
	f->mail_from.problem = SPAN("some trouble");
	f->helo.domain = SPAN("mail.example.com");
	f->helo.sender = SPAN("postmaster@mail.example.com");
	f->results.spf_mail_from = &f->mail_from;
	f->results.spf_helo = &f->helo;
}

static struct verdict
run(struct fixture *f)
{
	return decide_envelope(f->a, &f->set, &f->mail, &f->results);
}

static const char *
list_one(struct fixture *f, struct name_list *l, const char *name)
{
	f->domain = span_of(name);
	*l = (struct name_list){ &f->domain, 1 };
	return name;
}

/* PermError_reject, TempError_Defer; RFC 7372, 3.2 */
START_TEST(errors)
{
	static const struct {
		enum spf_reject rule;
		enum result result;
		bool on;
		bool plain;
		unsigned code;		/* 0: accepted */
		const char *enhanced;
		const char *why;
	} rows[] = {
		{ SPF_REJECT_FAIL, RESULT_PERMERROR, true, false, 550,
		    "5.7.24", "PermError_reject" },
		{ SPF_REJECT_FAIL, RESULT_TEMPERROR, true, false, 451,
		    "4.7.24", "TempError_Defer" },
		{ SPF_REJECT_FAIL, RESULT_PERMERROR, true, true, 550,
		    "5.7.1", "PermError_reject" },
		{ SPF_REJECT_FAIL, RESULT_TEMPERROR, true, true, 451,
		    "4.7.1", "TempError_Defer" },
		{ SPF_REJECT_FAIL, RESULT_FAIL, true, true, 550,
		    "5.7.1", "Mail_From_reject" },
		{ SPF_REJECT_NOT_PASS, RESULT_PERMERROR, false, false, 0,
		    NULL, NULL },
		{ SPF_REJECT_NOT_PASS, RESULT_TEMPERROR, false, false, 0,
		    NULL, NULL },
		/* "The only per scope setting that can over-ride this" */
		{ SPF_REJECT_NO, RESULT_PERMERROR, true, false, 0, NULL,
		    NULL },
		{ SPF_REJECT_NO, RESULT_TEMPERROR, true, false, 0, NULL,
		    NULL },
	};
	struct fixture f;
	struct verdict v;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		fixture_init(&f);
		f.set.spf_rules.mail_from_reject = rows[i].rule;
		f.set.spf_rules.permerror_reject = rows[i].on;
		f.set.spf_rules.temperror_defer = rows[i].on;
		f.set.spf_rules.plain_codes = rows[i].plain;
		f.mail_from.result = rows[i].result;
		v = run(&f);
		ck_assert_msg(v.code == rows[i].code, "row %zu: %u", i,
		    v.code);
		ck_assert_int_eq(v.action, rows[i].code == 0 ? ACTION_ACCEPT :
		    rows[i].code == 451 ? ACTION_TEMPFAIL : ACTION_REJECT);
		if (rows[i].code != 0) {
			ck_assert_str_eq(v.enhanced, rows[i].enhanced);
			ck_assert_str_eq(v.why, rows[i].why);
		}
		if (rows[i].code != 0 && rows[i].result != RESULT_FAIL)
			ck_assert_ptr_nonnull(strstr(v.text, "some trouble"));
		arena_free(f.a);
	}
}
END_TEST

/* With Null nothing is done at all unless MAIL FROM is null. */
START_TEST(null_is_for_a_null_sender)
{
	static const struct {
		enum result result;
		bool null_sender;
		enum action want;
	} rows[] = {
		{ RESULT_FAIL, true, ACTION_REJECT },
		{ RESULT_FAIL, false, ACTION_ACCEPT },
		{ RESULT_SOFTFAIL, true, ACTION_ACCEPT },
		{ RESULT_PERMERROR, true, ACTION_REJECT },
		{ RESULT_PERMERROR, false, ACTION_ACCEPT },
		{ RESULT_TEMPERROR, true, ACTION_TEMPFAIL },
		{ RESULT_TEMPERROR, false, ACTION_ACCEPT },
	};
	struct fixture f;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		fixture_init(&f);
		f.set.spf_rules.helo_reject = SPF_REJECT_NULL;
		f.set.spf_rules.permerror_reject = true;
		f.set.spf_rules.temperror_defer = true;
		f.helo.result = rows[i].result;
		if (rows[i].null_sender)
			f.mail.envelope.sender = SPAN("");
		ck_assert_msg(run(&f).action == rows[i].want, "row %zu", i);
		arena_free(f.a);
	}
}
END_TEST

/* With <> it is HELO_reject that decides, whatever Mail_From_reject says. */
START_TEST(null_sender_is_a_matter_of_helo)
{
	struct fixture f;

	fixture_init(&f);
	f.set.spf_rules.helo_reject = SPF_REJECT_NO;
	f.mail.envelope.sender = SPAN("");
	f.mail_from.result = f.helo.result = RESULT_FAIL;
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	f.set.spf_rules.helo_reject = SPF_REJECT_FAIL;
	ck_assert_str_eq(run(&f).why, "HELO_reject");
	arena_free(f.a);
}
END_TEST

START_TEST(reject_not_pass_domains)
{
	static const struct {
		enum spf_reject rule;
		enum result result;
		const char *listed;
		const char *why;	/* NULL: accepted */
	} rows[] = {
		{ SPF_REJECT_NO, RESULT_NEUTRAL, "Example.com",
		    "Reject_Not_Pass_Domains" },
		{ SPF_REJECT_FAIL, RESULT_SOFTFAIL, "example.com",
		    "Reject_Not_Pass_Domains" },
		{ SPF_REJECT_FAIL, RESULT_FAIL, "example.com",
		    "Mail_From_reject" },
		{ SPF_REJECT_FAIL, RESULT_NONE, "example.com", NULL },
		{ SPF_REJECT_FAIL, RESULT_PASS, "example.com", NULL },
		{ SPF_REJECT_FAIL, RESULT_SOFTFAIL, "other.example", NULL },
		{ SPF_REJECT_FAIL, RESULT_SOFTFAIL, "com", NULL },
	};
	struct fixture f;
	struct verdict v;
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		fixture_init(&f);
		f.set.spf_rules.mail_from_reject = rows[i].rule;
		list_one(&f, &f.set.spf_rules.not_pass_domains,
		    rows[i].listed);
		f.mail_from.result = rows[i].result;
		v = run(&f);
		ck_assert_msg((v.action == ACTION_REJECT) ==
		    (rows[i].why != NULL), "row %zu", i);
		if (rows[i].why != NULL) {
			ck_assert_str_eq(v.why, rows[i].why);
			ck_assert_str_eq(v.enhanced, "5.7.23");
		}
		arena_free(f.a);
	}
	fixture_init(&f);
	f.set.spf_rules.helo_reject = SPF_REJECT_NO;
	list_one(&f, &f.set.spf_rules.not_pass_domains, "mail.example.com");
	f.helo.result = RESULT_SOFTFAIL;
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	arena_free(f.a);
}
END_TEST

/* "Only reject when SPF indicates the host/domain sends no mail." */
START_TEST(no_mail)
{
	struct fixture f;

	fixture_init(&f);
	f.set.spf_rules.no_mail = true;
	f.set.spf_rules.permerror_reject = true;
	f.set.spf_rules.temperror_defer = true;
	f.mail_from.result = RESULT_FAIL;
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	f.mail_from.sends_no_mail = true;
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	f.mail_from.sends_no_mail = false;
	f.mail_from.result = RESULT_PERMERROR;
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	f.mail_from.result = RESULT_TEMPERROR;
	ck_assert_int_eq(run(&f).action, ACTION_TEMPFAIL);
	arena_free(f.a);
}
END_TEST

/* 0 tags and says in the log what would have been. */
START_TEST(test_only)
{
	struct fixture f;
	struct verdict v;

	fixture_init(&f);
	f.mail_from.result = RESULT_FAIL;
	ck_assert(spf_rules_may_refuse(&f.set.spf_rules));
	f.set.spf_rules.test_only = true;
	ck_assert(!spf_rules_may_refuse(&f.set.spf_rules));
	v = run(&f);
	ck_assert_int_eq(v.action, ACTION_ACCEPT);
	ck_assert_uint_eq(v.code, 0);
	ck_assert_str_eq(v.why, "TestOnly: Mail_From_reject");
	f.mail_from.result = RESULT_PASS;
	ck_assert_ptr_null(run(&f).why);
	arena_free(f.a);
}
END_TEST

/* Nobody is refused who may be in a list of those not to be checked. */
START_TEST(exempt_clients)
{
	struct fixture f;
	struct verdict v;

	fixture_init(&f);
	f.mail_from.result = RESULT_FAIL;
	f.results.spf_exempt = SPF_EXEMPT_UNKNOWN;
	v = run(&f);
	ck_assert_int_eq(v.action, ACTION_TEMPFAIL);
	ck_assert_uint_eq(v.code, 451);
	ck_assert_str_eq(v.enhanced, "4.7.24");
	f.results.spf_exempt = SPF_EXEMPT_YES;
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	arena_free(f.a);
}
END_TEST

START_TEST(rules_that_can_refuse)
{
	struct spf_rules r = { .helo_reject = SPF_REJECT_NO_CHECK };

	r.permerror_reject = r.temperror_defer = true;
	ck_assert(!spf_rules_may_refuse(&r));
	r.helo_impersonation = true;
	ck_assert(spf_rules_may_refuse(&r));
	r.helo_impersonation = false;
	r.not_pass_domains.count = 1;
	ck_assert(spf_rules_may_refuse(&r));
	r.not_pass_domains.count = 0;
	r.mail_from_reject = SPF_REJECT_SOFTFAIL;
	ck_assert(spf_rules_may_refuse(&r));
}
END_TEST

START_TEST(helo_impersonation)
{
	static const struct {
		const char *helo;
		const char *client;
		bool refused;
	} rows[] = {
		{ "mx.our.example", "192.0.2.7", true },
		{ "MX.Our.Example.", "192.0.2.7", true },
		{ "our.example", "192.0.2.7", false },
		{ "mta.our.example", "192.0.2.7", true },	/* {j} */
		{ "auth.our.example", "192.0.2.7", true },
		{ "localhost", "192.0.2.7", true },
		{ "localhost.localdomain", "192.0.2.7", true },
		{ "localhost.example", "192.0.2.7", false },
		{ "198.51.100.1", "192.0.2.7", true },
		{ "[198.51.100.1]", "192.0.2.7", true },
		{ "198.51.100.2", "192.0.2.7", false },
		{ "[127.0.0.1]", "192.0.2.7", true },
		{ "[IPv6:2001:db8::25]", "192.0.2.7", true },
		{ "2001:db8::25", "192.0.2.7", true },
		{ "[IPv6:::1]", "192.0.2.7", true },
		{ "[IPv6:", "192.0.2.7", false },
		{ "", "192.0.2.7", false },
		/* one of us indeed */
		{ "mx.our.example", "198.51.100.1", false },
		{ "mx.our.example", "127.0.0.1", false },
	};
	struct hostlist *own = hostlist_new();
	struct fixture f;
	struct verdict v;
	size_t i;

	ck_assert_int_eq(hostlist_add(own, SPAN("198.51.100.1")), HOSTLIST_OK);
	ck_assert_int_eq(hostlist_add(own, SPAN("2001:db8::25")), HOSTLIST_OK);
	for (i = 0; i < NROWS(rows); i++) {
		fixture_init(&f);
		f.set.authserv_id = SPAN("auth.our.example");
		f.mail.client.mta_name = SPAN("mta.our.example");
		f.set.spf_rules.own_addresses = own;
		ck_assert(ip_parse(span_of(rows[i].client),
		    &f.mail.client.ip));
		f.mail.client.helo = span_of(rows[i].helo);
		ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
		f.set.spf_rules.helo_impersonation = true;
		v = run(&f);
		ck_assert_msg((v.action == ACTION_REJECT) == rows[i].refused,
		    "%s of %s", rows[i].helo, rows[i].client);
		if (rows[i].refused)
			ck_assert_str_eq(v.why, "RejectHeloImpersonation");
		arena_free(f.a);
	}
	hostlist_free(own);
}
END_TEST

/* ---- texts -------------------------------------------------------------- */

START_TEST(templates_are_checked)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "", true }, { "plain words", true },
		{ "Message {rejectdefer} due to: {spf}. Please see {url}",
		    true },
		{ "{{ }} {{spf}}", true },
		{ "{who}", false }, { "{", false }, { "}", false },
		{ "{spf", false }, { "{}", false }, { "{ spf }", false },
		{ "caf\xc3\xa9", false }, { "two\rlines", false },
	};
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		ck_assert_msg((spf_reason_check(span_of(rows[i].text)) == NULL)
		    == rows[i].good, "%s", rows[i].text);
}
END_TEST

START_TEST(templates_are_filled)
{
	struct fixture f;

	fixture_init(&f);
	f.mail_from.result = RESULT_FAIL;
	f.mail_from.explanation = SPAN("see\r\nhttp://example.com/");
	f.set.spf_rules.reason_message =
	    SPAN("{{{rejectdefer}}} {spf} 100% {url}");
	ck_assert_str_eq(run(&f).text, "{rejected} SPF fail: client 192.0.2.7 "
	    "is not permitted by example.com, which explains: "
	    "see??http://example.com/ 100% "
	    "http://www.openspf.net/Why?s=mfrom;id=joe@example.com;"
	    "ip=192.0.2.7;r=mx.our.example");
	f.set.spf_rules.hide_receiver = true;
	ck_assert_ptr_null(strstr(run(&f).text, "mx.our.example"));
	f.mail_from.result = RESULT_TEMPERROR;
	f.set.spf_rules.temperror_defer = true;
	ck_assert(span_starts(span_of(run(&f).text),
	    "{deferred} SPF temperror: some trouble"));
	arena_free(f.a);
}
END_TEST

/* Whatever a zone explains, a reply is one line of printable ASCII. */
START_TEST(replies_are_safe)
{
	struct fixture f;
	char long_text[3000];
	const char *p;

	fixture_init(&f);
	memset(long_text, '\xff', sizeof(long_text));
	memcpy(long_text, "%s%n\r\n.\r\nQUIT", 13);
	f.mail_from.result = RESULT_FAIL;
	f.mail_from.explanation = (struct span){ long_text,
	    sizeof(long_text) };
	f.mail_from.sender = SPAN("\"a\n\x01\"@example.com");
	p = run(&f).text;
	ck_assert_uint_le(strlen(p), VERDICT_MAX_TEXT);
	for (; *p != '\0'; p++)
		ck_assert(*p >= ' ' && *p <= '~');
	arena_free(f.a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		errors, null_is_for_a_null_sender,
		null_sender_is_a_matter_of_helo, reject_not_pass_domains,
		no_mail, test_only, exempt_clients, rules_that_can_refuse,
		helo_impersonation, templates_are_checked,
		templates_are_filled, replies_are_safe,
	};

	return TESTLIB_RUN("spf_rules", tests);
}
