/* tests of policy/verdict.c: the decision table, row by row */
#include "config.h"

#include <arpa/inet.h>

#include "message/ip.h"
#include "policy/override.h"
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
	f->results.dmarc = f->results.author = &f->dmarc;
	f->results.nauthors = 1;
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
		if (rows[i].rule == SPF_REJECT_NULL) {
			arena_free(f.a);
			continue;	/* belongs to HELO_reject alone */
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


/* ---- own domains -------------------------------------------------------- */

static struct hostlist *
set_of(const char *entries)
{
	struct hostlist *l = hostlist_new();
	struct span rest = span_of(entries), one;

	ck_assert_ptr_nonnull(l);
	while (span_next(&rest, ' ', &one))
		ck_assert_int_eq(hostlist_add(l, one), HOSTLIST_OK);
	return l;
}

/*
 * SEMANTICS, RejectOwnDomain: an aligned SPF or DKIM pass whatever p says;
 * temperror defers; what came by a list or relay is quarantined.
 */
START_TEST(own_domains)
{
	enum way { DIRECT, LIST, RELAY };
	static const struct {
		const char *own;
		const char *author;
		enum result dmarc;
		bool has_policy;
		enum result spf;	/* of spf_domain */
		const char *spf_domain;
		enum result dkim;	/* of dkim_domain */
		const char *dkim_domain;
		enum way way;
		enum action want;
	} rows[] = {
		/* p=none published, nothing aligned: the extortion mail */
		{ "our.example", "our.example", FAIL, true, PASS,
		    "evil.example", NONE, "", DIRECT, ACTION_REJECT },
		{ "our.example", "our.example", PASS, true, NONE, "", PASS,
		    "our.example", DIRECT, ACTION_ACCEPT },
		/* no record at all: names decide */
		{ "our.example", "our.example", NONE, false, PASS,
		    "evil.example", PASS, "evil.example", DIRECT,
		    ACTION_REJECT },
		{ "our.example", "our.example", NONE, false, PASS,
		    "our.example", NONE, "", DIRECT, ACTION_ACCEPT },
		{ "our.example", "our.example", NONE, false, PASS,
		    "bounce.our.example", NONE, "", DIRECT, ACTION_ACCEPT },
		{ "our.example", "our.example", NONE, false, FAIL,
		    "our.example", PASS, "our.example", DIRECT,
		    ACTION_ACCEPT },
		{ "our.example", "our.example", NONE, false, PASS, "example",
		    NONE, "", DIRECT, ACTION_REJECT },
		{ "our.example", "our.example", NONE, false, PASS,
		    "notour.example", NONE, "", DIRECT, ACTION_REJECT },
		/* could not be found out */
		{ "our.example", "our.example", TEMP, true, TEMP,
		    "our.example", NONE, "", DIRECT, ACTION_TEMPFAIL },
		{ "our.example", "our.example", NONE, false, TEMP,
		    "our.example", NONE, "", DIRECT, ACTION_TEMPFAIL },
		{ "our.example", "our.example", NONE, false, TEMP,
		    "evil.example", NONE, "", DIRECT, ACTION_REJECT },
		{ "our.example", "our.example", TEMP, false, PASS,
		    "our.example", NONE, "", DIRECT, ACTION_ACCEPT },
		{ "our.example", "our.example", TEMP, true, TEMP,
		    "our.example", NONE, "", RELAY, ACTION_ACCEPT },
		/* left untried because of the cap: helps nobody */
		{ "our.example", "our.example", PERM, true, NONE, "", NONE,
		    "", DIRECT, ACTION_REJECT },
		/* a member's own list post, and a relay of ours */
		{ "our.example", "our.example", FAIL, true, PASS,
		    "list.example", PASS, "list.example", LIST,
		    ACTION_QUARANTINE },
		{ "our.example", "our.example", FAIL, true, NONE, "", NONE,
		    "", RELAY, ACTION_QUARANTINE },
		/* which domains are ours */
		{ "our.example", "sub.our.example", FAIL, true, NONE, "",
		    NONE, "", DIRECT, ACTION_ACCEPT },
		{ ".our.example", "sub.our.example", FAIL, true, NONE, "",
		    NONE, "", DIRECT, ACTION_REJECT },
		{ ".our.example !news.our.example", "news.our.example", FAIL,
		    true, NONE, "", NONE, "", DIRECT, ACTION_ACCEPT },
		{ "our.example", "other.example", FAIL, true, NONE, "", NONE,
		    "", DIRECT, ACTION_ACCEPT },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hostlist *own = set_of(rows[i].own);
		struct dkim_result dkim = { .result = rows[i].dkim };
		struct fixture f;
		struct verdict v;

		fixture_init(&f);
		f.set.dmarc_rules.own_domains = own;
		f.dmarc.result = rows[i].dmarc;
		f.dmarc.has_policy = rows[i].has_policy;
		f.dmarc.author_domain = span_of(rows[i].author);
		f.mail_from.result = rows[i].spf;
		f.mail_from.domain = span_of(rows[i].spf_domain);
		dkim.sig.domain = span_of(rows[i].dkim_domain);
		f.results.dkim = &dkim;
		f.results.ndkim = 1;
		f.results.indirect = rows[i].way == LIST;
		if (rows[i].way == RELAY)
			f.role.kind = ROLE_RELAYED;
		ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
		f.set.dmarc_rules.reject_own = true;
		v = run(&f);
		ck_assert_msg(v.action == rows[i].want, "row %zu: %s", i,
		    action_name(v.action));
		if (v.action == ACTION_REJECT)
			ck_assert_str_eq(v.enhanced, "5.7.26");
		if (v.action != ACTION_ACCEPT) {
			ck_assert_str_eq(v.why, "RejectOwnDomain");
			ck_assert_str_eq(v.override, "local_policy");
			ck_assert_ptr_nonnull(strstr(v.text, rows[i].author));
		}
		f.role.kind = ROLE_SUBMITTED;
		ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
		hostlist_free(own);
		arena_free(f.a);
	}
}
END_TEST

/* ---- exceptions --------------------------------------------------------- */

struct exception_row {
	const char	*key, *action;	/* OverrideTable */
	enum dmarc_reject rule;
	enum dmarc_policy policy;
	bool		 own;		/* RejectOwnDomain as well */
	enum action	 want;
	const char	*override;	/* NULL: nothing was altered */
};

static struct override_table *
one_row(const char *key, const char *action)
{
	struct override_table *t = override_table_new();

	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(override_table_add(t, span_of(key), span_of(action)),
	    OVERRIDE_OK);
	return t;
}

/* A failing message from fwd.alumni.example, signed by alumni.example. */
static void
failing(struct fixture *f, struct iprev_result *iprev,
    struct dkim_result *dkim)
{
	fixture_init(f);
	*iprev = (struct iprev_result){ .result = PASS,
	    .name = SPAN("fwd.alumni.example") };
	*dkim = (struct dkim_result){ .result = PASS };
	dkim->sig.domain = SPAN("alumni.example");
	f->results.iprev = iprev;
	f->results.dkim = dkim;
	f->results.ndkim = 1;
	f->mail_from.domain = SPAN("alumni.example");
	f->dmarc.result = FAIL;
	f->dmarc.has_policy = true;
}

#define NO	DMARC_REJECT_NO
#define YES	DMARC_REJECT_YES
#define UNLESS	DMARC_REJECT_UNLESS_INDIRECT
#define P_NONE	DMARC_POLICY_NONE
#define P_QUAR	DMARC_POLICY_QUARANTINE
#define P_REJ	DMARC_POLICY_REJECT

START_TEST(exceptions)
{
	static const struct exception_row rows[] = {
		{ "host:fwd.alumni.example", "forwarder", YES, P_REJ, false,
		    ACTION_QUARANTINE, "trusted_forwarder" },
		{ "host:.alumni.example", "forwarder", UNLESS, P_REJ, false,
		    ACTION_QUARANTINE, "trusted_forwarder" },
		{ "host:192.0.2.0/24", "forwarder", YES, P_REJ, false,
		    ACTION_QUARANTINE, "trusted_forwarder" },
		{ "dkim:alumni.example", "forwarder", YES, P_REJ, false,
		    ACTION_QUARANTINE, "trusted_forwarder" },
		{ "dkim:other.example", "forwarder", YES, P_REJ, false,
		    ACTION_REJECT, NULL },
		{ "host:192.0.2.8", "forwarder", YES, P_REJ, false,
		    ACTION_REJECT, NULL },
		{ "host:fwd.alumni.example", "forwarder", YES, P_QUAR, false,
		    ACTION_QUARANTINE, NULL },
		{ "host:fwd.alumni.example", "forwarder", NO, P_REJ, false,
		    ACTION_ACCEPT, NULL },
		{ "host:fwd.alumni.example", "forwarder", NO, P_NONE, true,
		    ACTION_QUARANTINE, "local_policy" },
		{ "host:fwd.alumni.example", "never", YES, P_REJ, true,
		    ACTION_ACCEPT, "local_policy" },
		{ "example.com", "never", YES, P_REJ, false, ACTION_ACCEPT,
		    "local_policy" },
		{ "example.com", "never", YES, P_QUAR, false, ACTION_ACCEPT,
		    "local_policy" },
		{ ".example.com", "never", YES, P_REJ, false, ACTION_REJECT,
		    NULL },
		{ ".com", "never", YES, P_REJ, false, ACTION_ACCEPT,
		    "local_policy" },
		{ "example.com", "reject", NO, P_NONE, false, ACTION_REJECT,
		    "local_policy" },
		{ "example.com", "reject", YES, P_REJ, false, ACTION_REJECT,
		    NULL },
		{ "host:fwd.alumni.example", "reject", NO, P_NONE, false,
		    ACTION_REJECT, "local_policy" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct override_table *t = one_row(rows[i].key,
		    rows[i].action);
		struct hostlist *own = set_of("example.com");
		struct iprev_result iprev;
		struct dkim_result dkim;
		struct fixture f;
		struct verdict v;

		failing(&f, &iprev, &dkim);
		f.set.dmarc_rules.overrides = t;
		f.set.dmarc_rules.own_domains = own;
		f.set.dmarc_rules.reject_own = rows[i].own;
		f.set.dmarc_rules.reject_failures = rows[i].rule;
		f.dmarc.policy = rows[i].policy;
		v = run(&f);
		ck_assert_msg(v.action == rows[i].want, "row %zu: %s", i,
		    action_name(v.action));
		if (rows[i].override == NULL) {
			ck_assert_msg(v.override == NULL, "row %zu", i);
		} else {
			ck_assert_msg(v.override != NULL, "row %zu", i);
			ck_assert_str_eq(v.override, rows[i].override);
			ck_assert_ptr_nonnull(v.override_why);
		}
		override_table_free(t);
		hostlist_free(own);
		arena_free(f.a);
	}
}
END_TEST

/* Of several rows the most gentle holds; a pass needs none. */
START_TEST(the_most_gentle_row_holds)
{
	struct override_table *t = one_row("example.com", "reject");
	struct iprev_result iprev;
	struct dkim_result dkim;
	struct fixture f;
	struct verdict v;

	failing(&f, &iprev, &dkim);
	f.set.dmarc_rules.overrides = t;
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	f.dmarc.result = TEMP;
	ck_assert_int_eq(run(&f).action, ACTION_TEMPFAIL);
	f.dmarc.result = PASS;
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	f.dmarc.result = FAIL;
	f.dmarc.policy = P_REJ;
	f.set.dmarc_rules.reject_failures = YES;
	ck_assert_int_eq(override_table_add(t, SPAN("dkim:alumni.example"),
	    SPAN("forwarder")), OVERRIDE_OK);
	v = run(&f);
	ck_assert_int_eq(v.action, ACTION_QUARANTINE);
	ck_assert_str_eq(v.override_why,
	    "OverrideTable dkim:alumni.example forwarder");
	ck_assert_int_eq(override_table_add(t, SPAN("host:192.0.2.7"),
	    SPAN("never")), OVERRIDE_OK);
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	/* a signature that fails names nobody */
	dkim.result = FAIL;
	iprev.result = FAIL;
	f.mail.client.ip.s6_addr[15] = 99;
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	override_table_free(t);
	arena_free(f.a);
}
END_TEST

START_TEST(what_a_table_refuses)
{
	struct override_table *t = override_table_new();

	ck_assert_int_eq(override_table_add(t, SPAN("a.example"),
	    SPAN("maybe")), OVERRIDE_BAD_ACTION);
	ck_assert_int_eq(override_table_add(t, SPAN("a.example"), SPAN("")),
	    OVERRIDE_BAD_ACTION);
	ck_assert_int_eq(override_table_add(t, SPAN("dkim:a.example"),
	    SPAN("reject")), OVERRIDE_BAD_ACTION);
	ck_assert_int_eq(override_table_add(t, SPAN("*@a"), SPAN("never")),
	    OVERRIDE_BAD_KEY);
	ck_assert_int_eq(override_table_add(t, SPAN("host:10.0.0.1/8"),
	    SPAN("NEVER")), OVERRIDE_STRAY_BITS);
	override_table_free(t);
}
END_TEST

/* IgnoreHosts, IgnoreMailFrom, IgnoreMailTo */
START_TEST(what_is_ignored)
{
	struct hostlist *hosts = set_of("192.0.2.7");
	struct hostlist *domains = set_of("example.com");
	struct span to[] = { SPAN("lists.our.example"),
	    SPAN("abuse@our.example") };
	struct iprev_result iprev;
	struct dkim_result dkim;
	struct fixture f;
	struct verdict v;

	failing(&f, &iprev, &dkim);
	f.set.dmarc_rules.reject_failures = YES;
	f.dmarc.policy = P_REJ;
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	f.set.dmarc_rules.ignore_hosts = hosts;
	v = run(&f);
	ck_assert_int_eq(v.action, ACTION_ACCEPT);
	ck_assert_str_eq(v.override_why, "IgnoreHosts 192.0.2.7");
	f.set.dmarc_rules.ignore_hosts = NULL;

	f.set.dmarc_rules.ignore_mail_from = domains;
	v = run(&f);
	ck_assert_int_eq(v.action, ACTION_ACCEPT);
	ck_assert_str_eq(v.override_why, "IgnoreMailFrom example.com");
	/* a second author gains nothing by it */
	f.results.nauthors = 2;
	f.results.author = (struct dmarc_result[2]){ f.dmarc, f.dmarc };
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	f.results.nauthors = 1;
	f.results.author_problem = "several From fields";
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	f.results.author_problem = NULL;
	f.set.dmarc_rules.ignore_mail_from = NULL;

	f.set.dmarc_rules.ignore_mail_to = (struct name_list){ to, 2 };
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	f.rcpt[0] = SPAN("team@Lists.our.example");
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	f.rcpt[1] = SPAN("abuse@our.example");
	f.mail.envelope.nrcpts = 2;
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	f.rcpt[1] = SPAN("bob@our.example");
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	hostlist_free(hosts);
	hostlist_free(domains);
	arena_free(f.a);
}
END_TEST

/* ---- From, errors, words ------------------------------------------------ */

START_TEST(from_without_an_author)
{
	static const struct {
		bool required;
		enum dmarc_reject rule;
		enum action want;
		const char *why;
	} rows[] = {
		{ false, NO, ACTION_ACCEPT, NULL },
		{ false, YES, ACTION_QUARANTINE, "RejectFailures" },
		{ false, UNLESS, ACTION_QUARANTINE, "RejectFailures" },
		{ true, NO, ACTION_REJECT, "RequiredFrom" },
		{ true, YES, ACTION_REJECT, "RequiredFrom" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct verdict v;

		fixture_init(&f);
		f.dmarc = (struct dmarc_result){ .result = PERM };
		f.results.nauthors = 0;
		f.results.author_problem = "not an address";
		f.set.dmarc_rules.required_from = rows[i].required;
		f.set.dmarc_rules.reject_failures = rows[i].rule;
		v = run(&f);
		ck_assert_msg(v.action == rows[i].want, "row %zu", i);
		if (rows[i].why != NULL)
			ck_assert_str_eq(v.why, rows[i].why);
		f.role.kind = ROLE_RELAYED;
		ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
		arena_free(f.a);
	}
}
END_TEST

START_TEST(authors_of_several_domains)
{
	struct fixture f;

	fixture_init(&f);
	f.results.several_authors = true;
	ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
	f.set.dmarc_rules.reject_multi_from = true;
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	ck_assert_str_eq(run(&f).why, "RejectMultiValueFrom");
	arena_free(f.a);
}
END_TEST

START_TEST(temporary_errors)
{
	static const struct {
		bool defer;
		bool has_policy;
		enum dmarc_policy policy;
		enum action want;
	} rows[] = {
		{ false, true, P_REJ, ACTION_ACCEPT },
		{ true, true, P_REJ, ACTION_TEMPFAIL },
		{ true, true, P_QUAR, ACTION_TEMPFAIL },
		{ true, true, P_NONE, ACTION_ACCEPT },
		{ true, false, P_NONE, ACTION_TEMPFAIL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct verdict v;

		fixture_init(&f);
		f.set.dmarc_rules.defer_temperror = rows[i].defer;
		f.dmarc.result = TEMP;
		f.dmarc.has_policy = rows[i].has_policy;
		f.dmarc.policy = rows[i].policy;
		v = run(&f);
		ck_assert_msg(v.action == rows[i].want, "row %zu", i);
		if (v.action == ACTION_TEMPFAIL) {
			ck_assert_uint_eq(v.code, 451);
			ck_assert_str_eq(v.enhanced, "4.7.1");
		}
		f.role.kind = ROLE_RELAYED;
		ck_assert_int_eq(run(&f).action, ACTION_ACCEPT);
		arena_free(f.a);
	}
}
END_TEST

/* Signatures beyond the cap must not save a forgery from its policy. */
START_TEST(untried_signatures_help_nobody)
{
	struct fixture f;

	fixture_init(&f);
	f.set.dmarc_rules.reject_failures = YES;
	f.dmarc.result = PERM;
	f.dmarc.has_policy = true;
	f.dmarc.policy = P_REJ;
	ck_assert_int_eq(run(&f).action, ACTION_REJECT);
	arena_free(f.a);
}
END_TEST

START_TEST(reject_string)
{
	static const struct {
		const char *template, *want;
	} rows[] = {
		{ "DMARC says no to %s", "DMARC says no to example.com" },
		{ "DMARC %p: %s, 100%%", "DMARC reject: example.com, 100%" },
		{ "DMARC %n %", "DMARC %n %" },
		{ "DMARC\r\n250 ok", "DMARC??250 ok" },
	};
	char longest[VERDICT_MAX_TEXT + 100];
	struct fixture f;
	size_t i;

	fixture_init(&f);
	f.set.dmarc_rules.reject_failures = YES;
	f.dmarc.result = FAIL;
	f.dmarc.has_policy = true;
	f.dmarc.policy = P_REJ;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.set.dmarc_rules.reject_string = span_of(rows[i].template);
		ck_assert_str_eq(run(&f).text, rows[i].want);
	}
	memset(longest, 'x', sizeof(longest));
	f.set.dmarc_rules.reject_string = (struct span){ longest,
	    sizeof(longest) };
	ck_assert_uint_eq(strlen(run(&f).text), VERDICT_MAX_TEXT);
	arena_free(f.a);
}
END_TEST

/*
 * A From that the parser refuses, and that a mail program shows as ours all
 * the same: RejectOwnDomain does not need RequiredFrom for it.
 */
START_TEST(own_domains_behind_a_broken_from)
{
	static const struct {
		const char *from;
		enum result spf;	/* of our.example */
		bool list;
		enum action want;
	} rows[] = {
		{ " you@our.example.", NONE, false, ACTION_REJECT },
		{ " you@our.example (x", NONE, false, ACTION_REJECT },
		{ " you@our.example <you@our.example>", NONE, false,
		    ACTION_REJECT },
		{ " you@OUR.example, <>", NONE, false, ACTION_REJECT },
		{ " You <you@ our.example>;", NONE, false, ACTION_REJECT },
		{ " you@our.example.", NONE, true, ACTION_QUARANTINE },
		{ " you@our.example.", PASS, false, ACTION_ACCEPT },
		{ " you@our.example.", TEMP, false, ACTION_TEMPFAIL },
		{ " you@notour.example <x", NONE, false, ACTION_ACCEPT },
		{ " our.example", NONE, false, ACTION_ACCEPT },
		{ " @", NONE, false, ACTION_ACCEPT },
		{ " a@@our.example", NONE, false, ACTION_REJECT },
	};
	struct hostlist *own = set_of("our.example");
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct verdict v;

		fixture_init(&f);
		f.set.dmarc_rules.own_domains = own;
		f.set.dmarc_rules.reject_own = true;
		f.mail_from.result = rows[i].spf;
		f.mail_from.domain = SPAN("our.example");
		f.results.nauthors = 0;
		f.results.author_problem = "not a list of mailboxes";
		f.results.indirect = rows[i].list;
		headers_init(&f.mail.headers, f.a, 0);
		ck_assert(headers_add(&f.mail.headers, SPAN("From"),
		    SPAN(""), span_of(rows[i].from)));
		v = run(&f);
		ck_assert_msg(v.action == rows[i].want, "row %zu: %s", i,
		    action_name(v.action));
		arena_free(f.a);
	}
	hostlist_free(own);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		spf_rules, postmaster_is_exempt, dmarc_rules,
		others_are_never_refused, unsignable_mail_waits,
		reply_text_is_safe, own_domains,
		own_domains_behind_a_broken_from, exceptions,
		the_most_gentle_row_holds, what_a_table_refuses,
		what_is_ignored, from_without_an_author,
		authors_of_several_domains, temporary_errors,
		untried_signatures_help_nobody, reject_string,
	};

	return TESTLIB_RUN("verdict", tests);
}
