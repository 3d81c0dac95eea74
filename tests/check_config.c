/* config/: the option table, files, and the snapshot made of them. */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "config/file.h"
#include "config/lists.h"
#include "config/option.h"
#include "config/parse.h"
#include "config/snapshot.h"
#include "policy/verdict.h"
#include "message/ip.h"
#include "tests/lib/confworld.h"
#include "tests/lib/testlib.h"

/* ---- the table ---------------------------------------------------------- */

START_TEST(table_is_sound)
{
	struct arena *a = arena_new(0);
	struct option_values vals;
	size_t i, j;

	for (i = 0; i < option_count(); i++) {
		const struct option_row *o = option_at(i);

		ck_assert_ptr_nonnull(o->name);
		ck_assert_msg(o->help != NULL, "%s", o->name);
		ck_assert_msg(o->origin != 0, "%s", o->name);
		ck_assert_msg((o->status == OPTION_HONOURED) ==
		    (i < OPTION_HONOURED_COUNT), "%s", o->name);
		ck_assert_msg(o->type != OPTION_WORD || o->words != NULL,
		    "%s", o->name);
		ck_assert_ptr_eq(option_find(span_of(o->name)), o);
		for (j = 0; j < i; j++)
			ck_assert_msg(!span_is_nocase(span_of(o->name),
			    option_at(j)->name), "%s twice", o->name);
	}
	ck_assert(option_defaults(a, &vals, false));
	ck_assert(option_defaults(a, &vals, true));
	ck_assert_ptr_eq(option_find(SPAN("sOCKET")), option_at(OPT_SOCKET));
	ck_assert_ptr_null(option_find(SPAN("Sockets")));
	ck_assert_ptr_null(option_find(SPAN("")));
	arena_free(a);
}
END_TEST

START_TEST(names_are_suggested)
{
	static const char *rows[][2] = {
		{ "Sockett", "Socket" },
		{ "InternalHost", "InternalHosts" },
		{ "keytable", "KeyTable" },
		{ "SigningTabel", "SigningTable" },
		{ "Canonicalisation", "Canonicalization" },
		{ "OverSignHeader", "OversignHeaders" },
		{ "Mdoe", "Mode" },
		{ "smtpd_banner", NULL },
		{ "xyz", NULL },
		{ "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = option_suggest(span_of(rows[i][0]));

		if (rows[i][1] == NULL)
			ck_assert_msg(got == NULL, "%s: %s", rows[i][0], got);
		else
			ck_assert_msg(got != NULL && strcmp(got, rows[i][1])
			    == 0, "%s: %s", rows[i][0], got);
	}
}
END_TEST

START_TEST(values_are_read)
{
	static const struct {
		enum option_id id;
		const char *text;
		uint64_t number;
		const char *why;	/* refused, or a warning; else NULL */
		bool refused;
	} rows[] = {
		/* OpenDKIM's booleans: the first byte */
		{ OPT_SYSLOG, "yes", 1, NULL, false },
		{ OPT_SYSLOG, "True", 1, NULL, false },
		{ OPT_SYSLOG, "1", 1, NULL, false },
		{ OPT_SYSLOG, "yikes", 1, NULL, false },
		{ OPT_SYSLOG, "No", 0, NULL, false },
		{ OPT_SYSLOG, "f", 0, NULL, false },
		{ OPT_SYSLOG, "0", 0, NULL, false },
		{ OPT_SYSLOG, "on", 0, "must be yes or no", true },
		/* numbers at their limits */
		{ OPT_VOID_LIMIT, "0", 0, NULL, false },
		{ OPT_VOID_LIMIT, "10", 10, NULL, false },
		{ OPT_VOID_LIMIT, "11", 0, "must be from 0 to 10", true },
		{ OPT_VOID_LIMIT, "-1", 0, "must be a number", true },
		{ OPT_VOID_LIMIT, "two", 0, "must be a number", true },
		{ OPT_MAX_SIGNATURES, "0", 0, "must be from 1 to 24", true },
		{ OPT_MIN_KEY_BITS, "99999999999999999999", 0,
		    "must be a number", true },
		/* times: seconds, or with a unit; kept in milliseconds */
		{ OPT_DNS_TIMEOUT, "5", 5000, NULL, false },
		{ OPT_DNS_TIMEOUT, "1500ms", 1500, NULL, false },
		{ OPT_DNS_TIMEOUT, "1m", 60000, NULL, false },
		{ OPT_DNS_TIMEOUT, "61", 0, "must be from 1 to 60 seconds",
		    true },
		{ OPT_DNS_TIMEOUT, "0", 0, "must be from 1 to 60 seconds",
		    true },
		{ OPT_DNS_TIMEOUT, "5 parsecs", 0, "must be a number of "
		    "seconds, or one with a unit: ms, s, m, h, d, w", true },
		{ OPT_SIGNATURE_TTL, "2 w", 1209600000, NULL, false },
		{ OPT_SIGNATURE_TTL, "s", 0, "must be a number of "
		    "seconds, or one with a unit: ms, s, m, h, d, w", true },
		{ OPT_LOOKUP_TIME, "0", 0, "must be from above 0 to 300 "
		    "seconds", true },
		/* sizes */
		{ OPT_MAXIMUM_HEADERS, "65536", 65536, NULL, false },
		{ OPT_MAXIMUM_HEADERS, "64k", 65536, NULL, false },
		{ OPT_MAXIMUM_HEADERS, "1M", 1048576, NULL, false },
		{ OPT_MAXIMUM_HEADERS, "0", 0, NULL, false },
		{ OPT_MAXIMUM_HEADERS, "65M", 0, "must be from 0 to 67108864 "
		    "bytes", true },
		{ OPT_MAXIMUM_HEADERS, "18446744073709551615G", 0, "must be a "
		    "number of bytes; K, M or G may follow", true },
		/* masks, in the bases of C */
		{ OPT_UMASK, "002", 2, NULL, false },
		{ OPT_UMASK, "007", 7, NULL, false },
		{ OPT_UMASK, "0", 0, NULL, false },
		{ OPT_UMASK, "2", 2, NULL, false },
		{ OPT_UMASK, "0x12", 022, NULL, false },
		{ OPT_UMASK, "22", 22, "read as a decimal number, as OpenDKIM "
		    "does: 026 in octal", false },
		{ OPT_UMASK, "0777", 0777, NULL, false },
		{ OPT_UMASK, "01000", 0, "must be a number from 0 to 0777 "
		    "(octal)", true },
		{ OPT_UMASK, "010000000000000000000007", 0, "must be a number "
		    "from 0 to 0777 (octal)", true },
		{ OPT_UMASK, "08", 0, "must be a number from 0 to 0777 "
		    "(octal)", true },
		{ OPT_UMASK, "u=rwx", 0, "must be a number from 0 to 0777 "
		    "(octal)", true },
		/* words */
		{ OPT_MODE, "sv", 3, NULL, false },
		{ OPT_MODE, "VS", 3, NULL, false },
		{ OPT_MODE, "s", 1, NULL, false },
		{ OPT_MODE, "x", 0, "must be one of sv, s, v", true },
		{ OPT_HELO_REJECT, "null", SPF_REJECT_NULL, NULL, false },
		{ OPT_MAIL_FROM_REJECT, "Null", 0, "must be one of False, "
		    "Fail, Softfail, SPF_Not_Pass, No_Check", true },
		{ OPT_MAIL_FROM_REJECT, "SPF_Not_Pass", SPF_REJECT_NOT_PASS,
		    NULL, false },
		{ OPT_REJECT_FAILURES, "unless-indirect",
		    DMARC_REJECT_UNLESS_INDIRECT, NULL, false },
		{ OPT_REJECT_FAILURES, "true", DMARC_REJECT_YES, NULL, false },
		{ OPT_REJECT_FAILURES, "false", DMARC_REJECT_NO, NULL, false },
		{ OPT_REJECT_FAILURES, "maybe", 0, "must be one of no, yes, "
		    "unless-indirect", true },
		{ OPT_MULTIPLE_SIGNATURES, "1", MULTIPLE_YES, NULL, false },
		{ OPT_SYSLOG_FACILITY, "local7", 10, NULL, false },
		/* the rest */
		{ OPT_USER_ID, "opendkim", 0, NULL, false },
		{ OPT_USER_ID, "opendkim:mail", 0, NULL, false },
		{ OPT_USER_ID, ":mail", 0, "must be USER or USER:GROUP",
		    true },
		{ OPT_USER_ID, "a:b:c", 0, "must be USER or USER:GROUP",
		    true },
		{ OPT_USER_ID, "a b", 0, "must be USER or USER:GROUP", true },
		{ OPT_NAMESERVERS, "127.0.0.1, ::1@5353", 0, NULL, false },
		{ OPT_NAMESERVERS, "localhost", 0, "must be ADDRESS or "
		    "ADDRESS@PORT, separated by commas", true },
		{ OPT_NAMESERVERS, "127.0.0.1@0", 0, "must be ADDRESS or "
		    "ADDRESS@PORT, separated by commas", true },
		{ OPT_INTERNAL_HOSTS, "::1", 0, NULL, false },
		{ OPT_KEY_TABLE, "ldap://x", 0, "data sets of type ldap: are "
		    "not supported: export it to a file and write file:PATH",
		    true },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct option_value v = { .number = 1 };
		const char *why;
		bool good = option_read(a, option_at(rows[i].id),
		    span_of(rows[i].text), &v, &why);

		ck_assert_msg(good == !rows[i].refused, "%s %s: %s",
		    option_at(rows[i].id)->name, rows[i].text, why);
		if (good)
			ck_assert_msg(v.number == rows[i].number, "%s %s",
			    option_at(rows[i].id)->name, rows[i].text);
		if (rows[i].why == NULL)
			ck_assert_msg(why == NULL, "%s: %s", rows[i].text,
			    why);
		else
			ck_assert_str_eq(why, rows[i].why);
	}
	arena_free(a);
}
END_TEST

/* ---- files -------------------------------------------------------------- */

START_TEST(lines_are_judged)
{
	static const char *rows[][2] = {
		{ "", "" },
		{ "# comment\n\n  \t \r\n", "" },
		{ "Mode s # a comment\n", "" },
		{ "mode\tV\r\n", "" },
		{ "  Mode   s   ", "" },
		{ "Mode\n", "error f:1: Mode: the value is missing\n" },
		{ "Mode # sv\n", "error f:1: Mode: the value is missing\n" },
		{ "\n\nMode q\n",
		    "error f:3: Mode: \"q\" must be one of sv, s, v\n" },
		{ "HELO_reject = Fail\n", "error f:1: HELO_reject: write "
		    "\"Name value\", without \"=\"\n" },
		{ "DNSTimeout ten\n", "error f:1: DNSTimeout: \"ten\" must be "
		    "a number of seconds, or one with a unit: ms, s, m, h, d, "
		    "w\n" },
		{ "Frobnicate yes\n", "error f:1: Frobnicate: unknown "
		    "option\n" },
		{ "Kanonicalization simple\n", "error f:1: Kanonicalization: "
		    "unknown option; did you mean Canonicalization?\n" },
		{ "\xef\xbb\xbf" "Mode s\n", "" },
		{ "Mode s\nMode v\n",
		    "warning f:2: Mode: set before at f:1; this value "
		    "counts\n" },
		{ "Mode s\001\n", "error f:1: a control character stands in "
		    "this line\n" },
		{ "Mo\033de s\n", "error f:1: a control character stands in "
		    "this line\n" },
		{ "Syslog \\\nyes\n", "error f:1: Syslog: \"\\\" must be yes "
		    "or no\nerror f:2: yes: unknown option\n" },
		{ "KeyTable dsn:mysql://u:secret@3306+h/d/table=x\n",
		    "error f:1: KeyTable: data sets of type dsn: are not "
		    "supported: export it to a file and write file:PATH\n" },
		{ "UMask 22\n", "warning f:1: UMask: read as a decimal "
		    "number, as OpenDKIM does: 026 in octal\n" },
		/* without effect, each once */
		{ "Background yes\nbackground yes\n", "warning f:1: "
		    "Background: accepted without effect: signetd stays in "
		    "the foreground, as systemd wants it\n" },
		{ "Background no\nKeepAuthResults False\n", "" },
		{ "Quarantine no\n", "" },
		{ "Quarantine yes\n", "warning f:1: Quarantine: has no "
		    "effect yet: write On-BadSignature quarantine\n" },
		{ "X-Header yes\n", "warning f:1: X-Header: accepted "
		    "without effect: no such field is added\n" },
		{ "On-BadSignature bounce\n", "error f:1: On-BadSignature: "
		    "\"bounce\" must be one of accept, reject, tempfail, "
		    "quarantine, discard\n" },
		{ "On-BadSignature r\nOn-NoSignature Quarantine\n", "" },
		{ "MaximumSignaturesToVerify 24\n", "" },
		{ "MaximumSignaturesToVerify 25\n", "error f:1: "
		    "MaximumSignaturesToVerify: \"25\" must be "
		    "from 1 to 24\n" },
		{ "TrustedAuthservIDs HOSTNAME\n", "warning f:1: "
		    "TrustedAuthservIDs: accepted without effect: SPF and "
		    "DKIM are checked here; results never travel through "
		    "header fields\n" },
		{ "ADSPAction discard\n", "warning f:1: ADSPAction: "
		    "obsolete: ADSP was withdrawn in 2013; DMARC took its "
		    "place\n" },
		{ "VBR-Type\n", "error f:1: VBR-Type: the value is "
		    "missing\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(0);
		struct option_values vals;
		struct report report;
		struct parser p;

		report_init(&report, a);
		ck_assert(parse_init(&p, a, &vals, false, &report));
		parse_text(&p, "f", span_of(rows[i][0]));
		ck_assert_str_eq(report_lines(&report), rows[i][1]);
		arena_free(a);
	}
}
END_TEST

START_TEST(values_arrive)
{
	struct arena *a = arena_new(0);
	struct option_values vals;
	struct report report;
	struct parser p;

	report_init(&report, a);
	ck_assert(parse_init(&p, a, &vals, false, &report));
	parse_text(&p, "f", SPAN("  Mode v# x\nSocket local:/run/a b \n"
	    "Mode s\nsyslogNAME\tmilter\n"));
	ck_assert_uint_eq(vals.v[OPT_MODE].number, 1);
	ck_assert_uint_eq(vals.v[OPT_MODE].line, 3);
	ck_assert_str_eq(vals.v[OPT_MODE].file, "f");
	assert_span(vals.v[OPT_SOCKET].text, "local:/run/a b");
	assert_span(vals.v[OPT_SYSLOG_NAME].text, "milter");
	ck_assert_int_eq(vals.v[OPT_SYSLOG].source, OPTION_FROM_DEFAULT);
	parse_set(&p, "Mode sv");
	ck_assert_uint_eq(vals.v[OPT_MODE].number, 3);
	ck_assert_int_eq(vals.v[OPT_MODE].source, OPTION_FROM_SET);
	parse_set(&p, "Mode");
	ck_assert_uint_eq(vals.v[OPT_MODE].number, 3);
	ck_assert_str_eq(report.item[report.count - 1].text,
	    "Mode: the value is missing");
	arena_free(a);
}
END_TEST

START_TEST(a_wrong_file_is_given_up)
{
	struct arena *a = arena_new(0);
	struct option_values vals;
	struct report report;
	struct strbuf sb;
	struct parser p;
	int i;

	report_init(&report, a);
	strbuf_init(&sb, a);
	for (i = 0; i < 1000; i++)
		strbuf_adds(&sb, "smtpd_banner = hello\n");
	ck_assert(parse_init(&p, a, &vals, false, &report));
	parse_text(&p, "main.cf", strbuf_span(&sb));
	ck_assert_uint_eq(report.count, PARSE_MAX_ERRORS + 1);
	ck_assert_str_eq(report.item[PARSE_MAX_ERRORS].text,
	    "main.cf:20: too many errors; the rest is not read");
	arena_free(a);
}
END_TEST

/* ---- with files --------------------------------------------------------- */

/* Parse and load a file of this text; NULL when it is refused. */
static struct snapshot *
load(struct world *w, const char *text)
{
	struct snapshot *s = config_parse(world_put(w, "conf", text), NULL, 0,
	    &w->report);

	if (s != NULL && !config_load(s, false, &w->report)) {
		config_unref(s);
		return NULL;
	}
	return s;
}

START_TEST(defaults_are_ours)
{
	struct world w;
	const struct daemon_settings *d;
	const struct policy_settings *p;
	struct snapshot *s;
	struct in6_addr ip;

	world_open(&w);
	s = config_parse(NULL, NULL, 0, &w.report);
	ck_assert_ptr_nonnull(s);
	ck_assert(config_load(s, false, &w.report));
	ck_assert_str_eq(world_reports(&w), "");
	d = config_daemon(s);
	p = config_policy(s);
	assert_span(d->socket, "inet:8891@127.0.0.1");
	assert_span(d->user, "");
	ck_assert(!d->has_umask);
	assert_span(d->pid_file, "");
	assert_span(d->syslog_facility, "mail");
	ck_assert_uint_eq(d->stop_timeout_s, 20);
	ck_assert_uint_eq(d->nservers, 0);
	ck_assert_uint_eq(d->dns_timeout_ms, 5000);
	ck_assert(p->sign && p->verify);
	assert_span(p->authserv_id, "");
	ck_assert_uint_gt(p->host_name.len, 0);
	ck_assert(ip_parse(SPAN("127.3.2.1"), &ip));
	ck_assert(hostlist_has(p->internal_hosts, &ip, SPAN("")));
	ck_assert(ip_parse(SPAN("::1"), &ip));
	ck_assert(hostlist_has(p->internal_hosts, &ip, SPAN("")));
	ck_assert(ip_parse(SPAN("192.0.2.1"), &ip));
	ck_assert(!hostlist_has(p->internal_hosts, &ip, SPAN("localhost")));
	ck_assert_ptr_null(p->peers);
	ck_assert_int_eq(p->spf_rules.helo_reject, SPF_REJECT_NO);
	ck_assert_int_eq(p->spf_rules.mail_from_reject, SPF_REJECT_NO);
	ck_assert_int_eq(p->dmarc_rules.reject_failures, DMARC_REJECT_NO);
	ck_assert_uint_eq(p->spf.max_void, SPF_MAX_VOID);
	ck_assert_uint_eq(p->dkim.max_signatures, DKIM_DEFAULT_SIGNATURES);
	ck_assert_uint_eq(p->dkim.min_key_bits, KEY_RSA_MIN_BITS);
	ck_assert_uint_eq(p->dkim.clock_drift, 300);
	ck_assert(!p->dkim.accept_partial_body);
	ck_assert_uint_eq(p->spf_rules.exempt_recipients.count, 2);
	assert_span(p->spf_rules.exempt_recipients.name[1], "abuse");
	ck_assert_int_eq(p->signing.header_canon, CANON_RELAXED);
	ck_assert_int_eq(p->signing.body_canon, CANON_RELAXED);
	ck_assert_uint_eq(p->signing.oversign.count, 1);
	assert_span(p->signing.oversign.name[0], "From");
	ck_assert_uint_eq(p->signing.sign.count,
	    dkim_sign_default_names().count);
	ck_assert_uint_eq(p->signing.ttl, 0);
	ck_assert(p->choose == NULL);
	ck_assert_uint_eq(p->max_header_bytes, 1048576);
	ck_assert_uint_eq(p->lookup_time_ms, 20000);
	ck_assert_int_eq(p->spf_rules.mail_from_reject, SPF_REJECT_NO);
	ck_assert_int_eq(p->spf_rules.helo_reject, SPF_REJECT_NO);
	ck_assert(!p->spf_rules.test_only && !p->spf_rules.plain_codes);
	ck_assert_uint_eq(p->spf_rules.headers, SPF_HEADER_AR);
	ck_assert_uint_eq(p->spf.min_bits4, 16);
	ck_assert_uint_eq(p->spf.min_bits6, 32);
	ck_assert_uint_eq(p->message_time_ms, 10000);
	config_unref(s);
	world_close(&w);
}
END_TEST

/* The list of public suffixes: read where it is wanted, and only there. */
START_TEST(suffix_list_is_loaded)
{
	static const struct {
		const char *conf, *want;
	} rows[] = {
		{ "OrganizationalDomain psl\nPublicSuffixList DIR/list\n", "" },
		{ "OrganizationalDomain psl\nPublicSuffixList DIR\n", "" },
		{ "OrganizationalDomain psl\nBaseDirectory DIR\n"
		    "PublicSuffixList list\n", "" },
		{ "OrganizationalDomain psl\nPublicSuffixList DIR/none\n",
		    "error DIR/conf:2: PublicSuffixList: DIR/none: "
		    "No such file or directory\n" },
		{ "OrganizationalDomain psl\nPublicSuffixList DIR/other\n",
		    "error DIR/conf:2: PublicSuffixList: DIR/other: "
		    "this is no public suffix list\n" },
		{ "OrganizationalDomain tree-walk\n"
		    "PublicSuffixList DIR/none\n", "" },
		{ "OrganizationalDomain list\n",
		    "error DIR/conf:1: OrganizationalDomain: \"list\" must be one "
		    "of tree-walk, psl\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct policy_settings *p;
		struct snapshot *s;
		struct world w;

		world_open(&w);
		world_put(&w, "list", "// public suffixes\nco.test\n");
		world_put(&w, "public_suffix_list.dat", "// more\nco.test\n");
		world_put(&w, "other", "co.test\n");
		s = load(&w, rows[i].conf);
		ck_assert_str_eq(world_reports(&w), rows[i].want);
		ck_assert_int_eq(s != NULL, rows[i].want[0] == '\0');
		p = s != NULL ? config_policy(s) : NULL;
		if (p != NULL && i < 3)
			assert_span(suffixes_org_domain(p->dmarc.suffixes,
			    SPAN("b.a.co.test")), "a.co.test");
		else if (p != NULL)
			ck_assert_ptr_null(p->dmarc.suffixes);
		config_unref(s);
		world_close(&w);
	}
}
END_TEST

START_TEST(settings_are_filled)
{
	struct world w;
	const struct daemon_settings *d;
	const struct policy_settings *p;
	struct snapshot *s;

	world_open(&w);
	s = load(&w,
	    "Socket inet:12301@localhost\n"
	    "Mode v\n"
	    "UserID opendkim:mail\n"
	    "UMask 002\n"
	    "BaseDirectory DIR\n"
	    "PidFile signetd.pid\n"
	    "AuthservID mx.example.org\n"
	    "Nameservers 127.0.0.1@5353, ::1\n"
	    "DNSTimeout 1500ms\n"
	    "SyslogFacility LOCAL3\n"
	    "SkipDaemons reinject,after-filter\n"
	    "HELO_reject SPF_Not_Pass\n"
	    "Mail_From_reject Fail\n"
	    "Lookup_Time 21\n"
	    "Reject_Not_Pass_Domains a.example,b.example\n"
	    "PermError_reject yes\n"
	    "TempError_Defer yes\n"
	    "No_Mail yes\n"
	    "TestOnly 0\n"
	    "RejectHeloImpersonation yes\n"
	    "SPF_Enhanced_Status_Codes no\n"
	    "Reason_Message Message {rejectdefer}: {spf}\n"
	    "skip_addresses 127.0.0.0/8,::ffff:127.0.0.0/104,::1\n"
	    "Whitelist 192.0.2.0/28\n"
	    "Domain_Whitelist c.example\n"
	    "HELO_Whitelist d.example\n"
	    "Domain_Whitelist_PTR e.example\n"
	    "Whitelist_Lookup_Time 3\n"
	    "Header_Type both\n"
	    "Hide_Receiver yes\n"
	    "SPFMaximumWidth 24, 48\n"
	    "SPFWidePass ignore\n"
	    "MinimumKeyBits 2048\n"
	    "BodyLengths accept\n"
	    "RejectFailures yes\n"
	    "HoldQuarantinedMessages yes\n"
	    "Canonicalization relaxed/simple\n"
	    "SignHeaders *,+X-Own,-Cc\n"
	    "OmitHeaders .\n"
	    "OversignHeaders From,Subject\n"
	    "SignatureTTL 7d\n"
	    "MaximumHeaders 0\n"
	    "StopTimeout 1500ms\n");
	ck_assert_str_eq(world_reports(&w), "");
	d = config_daemon(s);
	p = config_policy(s);
	assert_span(d->socket, "inet:12301@localhost");
	assert_span(d->user, "opendkim:mail");
	ck_assert(d->has_umask && d->umask == 2);
	ck_assert(span_starts(d->pid_file, w.dir));
	ck_assert(span_ends_nocase(d->pid_file, "/signetd.pid"));
	ck_assert_uint_eq(d->nservers, 2);
	ck_assert_uint_eq(d->server[0].port, 5353);
	ck_assert(ip_is4(&d->server[0].addr) && !ip_is4(&d->server[1].addr));
	ck_assert_uint_eq(d->dns_timeout_ms, 1500);
	assert_span(d->syslog_facility, "local3");
	ck_assert_uint_eq(d->stop_timeout_s, 2);
	ck_assert(!p->sign && p->verify);
	assert_span(p->authserv_id, "mx.example.org");
	ck_assert_uint_eq(p->skip_daemons.count, 2);
	ck_assert_int_eq(p->spf_rules.helo_reject, SPF_REJECT_NOT_PASS);
	ck_assert_int_eq(p->spf_rules.mail_from_reject, SPF_REJECT_FAIL);
	ck_assert_uint_eq(p->lookup_time_ms, 21000);
	ck_assert_uint_eq(p->spf_rules.not_pass_domains.count, 2);
	ck_assert(p->spf_rules.permerror_reject);
	ck_assert(p->spf_rules.temperror_defer);
	ck_assert(p->spf_rules.no_mail && p->spf_rules.test_only);
	ck_assert(p->spf_rules.helo_impersonation);
	ck_assert_ptr_nonnull(p->spf_rules.own_addresses);
	ck_assert(p->spf_rules.plain_codes);
	assert_span(p->spf_rules.reason_message,
	    "Message {rejectdefer}: {spf}");
	ck_assert_uint_eq(hostlist_count(p->spf_rules.skip_addresses), 2);
	ck_assert_uint_eq(hostlist_count(p->spf_rules.whitelist), 1);
	assert_span(p->spf_rules.domain_whitelist.name[0], "c.example");
	assert_span(p->spf_rules.helo_whitelist.name[0], "d.example");
	assert_span(p->spf_rules.domain_whitelist_ptr.name[0], "e.example");
	ck_assert_uint_eq(p->spf_rules.whitelist_time_ms, 3000);
	ck_assert_uint_eq(p->spf_rules.headers,
	    SPF_HEADER_AR | SPF_HEADER_RECEIVED);
	ck_assert(p->spf_rules.hide_receiver && p->spf_rules.ignore_wide);
	ck_assert_uint_eq(p->spf.min_bits4, 24);
	ck_assert_uint_eq(p->spf.min_bits6, 48);
	ck_assert_uint_eq(p->dkim.min_key_bits, 2048);
	ck_assert(p->dkim.accept_partial_body);
	ck_assert_int_eq(p->dmarc_rules.reject_failures, DMARC_REJECT_YES);
	ck_assert(p->hold_quarantined);
	ck_assert_int_eq(p->signing.header_canon, CANON_RELAXED);
	ck_assert_int_eq(p->signing.body_canon, CANON_SIMPLE);
	ck_assert_uint_eq(p->signing.sign.count,
	    dkim_sign_default_names().count);
	ck_assert_uint_eq(p->signing.omit.count, 0);
	ck_assert_uint_eq(p->signing.oversign.count, 2);
	ck_assert_uint_eq(p->signing.ttl, 604800);
	ck_assert_uint_eq(p->max_header_bytes, 64u << 20);
	ck_assert_str_eq(config_where(s, "Socket", w.arena), arena_printf(
	    w.arena, "%s/conf:1: Socket", w.dir));
	ck_assert_str_eq(config_where(s, "KeyFile", w.arena), "KeyFile");
	config_unref(s);
	world_close(&w);
}
END_TEST

/* What a load says, as rows of file and reports. */
START_TEST(loads_are_judged)
{
	static const struct {
		const char *conf;
		bool good;
		const char *want;
	} rows[] = {
		{ "MinimumKeyBits 512\n", true, "warning DIR/conf:1: "
		    "MinimumKeyBits: keys below 1024 bits never pass (RFC "
		    "8301); 1024 is used\n" },
		{ "AuthservID mx example; x\n", false, "error DIR/conf:1: "
		    "AuthservID: \"mx example; x\" cannot stand in a header "
		    "field; write a host name\n" },
		{ "AuthservID HOSTNAME\n", true, "" },
		{ "RejectString DMARC %d\n", false, "error DIR/conf:1: "
		    "RejectString: only printable ASCII, %s, %p and %% can "
		    "stand in a reply\n" },
		{ "RejectString go away, %s\n", true, "warning DIR/conf:1: "
		    "RejectString: a refusal for DMARC should have that word "
		    "in it (RFC 9989, 7.2)\n" },
		{ "RejectString DMARC %s %p 100%%\n", true, "" },
		{ "RejectOwnDomain yes\n", true, "warning DIR/conf:1: "
		    "RejectOwnDomain: does nothing without OwnDomains\n" },
		{ "OwnDomains a.example,.a.example\nRejectOwnDomain yes\n",
		    true, "" },
		{ "OverrideTable csl:a.example=never,dkim:b.example=forwarder"
		    ",host:10.0.0.0/8=reject\n", true, "" },
		{ "OverrideTable csl:a.example=maybe,dkim:a.example=reject,"
		    "host:1.2.3=never,host:10.0.0.1/8=never\n", false,
		    "error DIR/conf:1: OverrideTable: \"a.example\" needs "
		    "reject (not with dkim:), forwarder or never behind it\n"
		    "error DIR/conf:1: OverrideTable: \"dkim:a.example\" "
		    "needs reject (not with dkim:), forwarder or never behind "
		    "it\nerror DIR/conf:1: OverrideTable: \"host:1.2.3\" is "
		    "neither domain, .domain, host:HOST nor dkim:DOMAIN\n"
		    "warning DIR/conf:1: OverrideTable: \"host:10.0.0.1/8\" "
		    "has bits behind the prefix; they are ignored\n" },
		{ "Include DIR/missing\n", false, "error DIR/conf:1: Include: "
		    "DIR/missing: No such file or directory\n" },
		{ "Include DIR/one\nMode x\n", false, "error DIR/one:2: "
		    "Mode: \"y\" must be one of sv, s, v\nerror "
		    "DIR/conf:2: Mode: \"x\" must be one of sv, s, v\n" },
		{ "Include DIR/loop\n", false, "error DIR/loop:1: Include: "
		    "files include each other more than 5 deep\n" },
		{ "Include DIR/four\n", true, "" },
		{ "InternalHosts 10.0.0.1/8\n", true, "warning DIR/conf:1: "
		    "InternalHosts: \"10.0.0.1/8\" has bits behind the "
		    "prefix; they are ignored (OpenDKIM would never match "
		    "it)\n" },
		{ "InternalHosts 10.0.0/8\n", false, "error DIR/conf:1: "
		    "InternalHosts: \"10.0.0/8\" is neither address, network "
		    "nor host name\n" },
		{ "InternalHosts DIR/hosts\n", true, "warning DIR/hosts:4: "
		    "InternalHosts: \"*.example.com\" matches nothing: only "
		    "in a refile: are there patterns; for a domain write "
		    ".example.com\n" },
		{ "PeerList refile:DIR/bad-hosts\n", false, "error "
		    "DIR/bad-hosts:2: PeerList: \"192[.]168.*\" this pattern "
		    "cannot stand in a host list; write networks and domains "
		    "(10.0.0.0/8, .example.com)\nerror DIR/bad-hosts:3: "
		    "PeerList: \"mx*.example.com\" this pattern cannot stand "
		    "in a host list; write networks and domains (10.0.0.0/8, "
		    ".example.com)\n" },
		{ "TrustedRelays /nowhere/hosts\n", false, "error DIR/conf:1: "
		    "TrustedRelays: /nowhere/hosts: No such file or "
		    "directory\n" },
		{ "SignHeaders From,Sub ject\n", false, "error DIR/conf:1: "
		    "SignHeaders: \"Sub ject\" is no name of a header "
		    "field\n" },
		{ "OversignHeaders From,To:\n", false, "error DIR/conf:1: "
		    "OversignHeaders: \"To:\" is no name of a header "
		    "field\n" },
		{ "SignatureAlgorithm rsa-sha1\n", false, "error DIR/conf:1: "
		    "SignatureAlgorithm: rsa-sha1 must not be used to sign "
		    "(RFC 8301); write rsa-sha256\n" },
		{ "KeyTable file:DIR/kt\n", false, "error DIR/conf:1: "
		    "KeyTable: SigningTable is missing: who is signed "
		    "for?\n" },
		{ "SigningTable file:DIR/st\n", false, "error DIR/conf:1: "
		    "SigningTable: KeyTable is missing: with which keys?\n" },
		{ "\nDomain example.com\n", false, "error DIR/conf:2: Domain: "
		    "Domain, Selector and KeyFile go together; Selector and "
		    "KeyFile are missing\n" },
		{ "Mode v\nDomain example.com\nKeyTable /nowhere\n", true,
		    "" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		struct snapshot *s;

		world_open(&w);
		world_put(&w, "one", "Syslog no\nMode y\n");
		world_put(&w, "loop", "Include DIR/loop\n");
		world_put(&w, "four", "Include DIR/three\n");
		world_put(&w, "three", "Include DIR/two\n");
		world_put(&w, "two", "Include DIR/last\n");
		world_put(&w, "last", "Include DIR/hosts-free\n");
		world_put(&w, "hosts-free", "Mode sv\n");
		world_put(&w, "hosts", "127.0.0.1\nlocalhost # me\n\n"
		    "*.example.com\n10.0.0.0/8\n");
		world_put(&w, "bad-hosts", "10.*\n192[.]168.*\n"
		    "mx*.example.com\n");
		s = load(&w, rows[i].conf);
		ck_assert_str_eq(world_reports(&w), rows[i].want);
		ck_assert_msg((s != NULL) == rows[i].good, "%s",
		    rows[i].conf);
		config_unref(s);
		world_close(&w);
	}
}
END_TEST

/* What the usual guides tell people to put into TrustedHosts. */
START_TEST(refile_hosts)
{
	static const struct {
		const char *ip, *name;
		bool listed;
	} rows[] = {
		{ "127.0.0.1", "", true },
		{ "::1", "", true },
		{ "192.168.0.99", "", true },
		{ "192.168.1.1", "", false },
		{ "10.20.30.40", "", true },
		{ "172.16.5.5", "", true },
		{ "172.17.5.5", "", false },
		{ "198.51.100.1", "mail.example.com", true },
		{ "198.51.100.1", "example.com", false },
		{ "198.51.100.1", "bad.example.com", false },
		{ "198.51.100.1", "host.example.net", true },
		{ "198.51.100.1", "a.host.example.net", false },
		{ "2001:db8::7", "", true },
	};
	struct world w;
	struct snapshot *s;
	size_t i;

	world_open(&w);
	world_put(&w, "TrustedHosts",
	    "127.0.0.1\n::1\nlocalhost\n192.168.0.1/24\n\n"
	    "*.example.com\n!bad.example.com\nhost.example.net\n10.*\n"
	    "172.16.*.*\n[2001:db8::7]\n");
	s = load(&w, "InternalHosts refile:DIR/TrustedHosts\n");
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(w.report.count, 1);	/* 192.168.0.1/24 */
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct in6_addr ip;

		ck_assert(ip_parse(span_of(rows[i].ip), &ip));
		ck_assert_msg(hostlist_has(config_policy(s)->internal_hosts,
		    &ip, span_of(rows[i].name)) == rows[i].listed, "%s %s",
		    rows[i].ip, rows[i].name);
	}
	config_unref(s);
	s = load(&w, "PeerList refile:DIR/every\n");
	ck_assert_ptr_null(s);
	world_put(&w, "every", "*\n");
	s = load(&w, "PeerList refile:DIR/every\n");
	ck_assert(hostlist_has(config_policy(s)->peers, &in6addr_loopback,
	    SPAN("")));
	config_unref(s);
	world_close(&w);
}
END_TEST

/* A file named opendkim.conf has OpenDKIM's defaults, and says so. */
START_TEST(opendkim_defaults)
{
	struct world w;
	struct snapshot *s;
	const struct policy_settings *p;

	world_open(&w);
	s = config_parse(world_put(&w, "opendkim.conf", "Syslog yes\n"
	    "MultipleSignatures no\n"), NULL, 0, &w.report);
	ck_assert_ptr_nonnull(s);
	ck_assert(config_load(s, false, &w.report));
	ck_assert_str_eq(world_reports(&w), "note DIR/opendkim.conf: "
	    "OpenDKIM's defaults hold: MaximumHeaders 65536, SyslogSuccess no, "
	    "MaximumSignaturesToVerify 3, On-DNSError tempfail, "
	    "On-Security tempfail, On-SignatureError reject, "
	    "Canonicalization simple, OversignHeaders .\n");
	p = config_policy(s);
	ck_assert_int_eq(p->signing.header_canon, CANON_SIMPLE);
	ck_assert_int_eq(p->signing.body_canon, CANON_SIMPLE);
	ck_assert_uint_eq(p->signing.oversign.count, 0);
	ck_assert_uint_eq(p->max_header_bytes, 65536);
	ck_assert_uint_eq(p->dkim.max_signatures, 3);
	ck_assert_int_eq(p->dkim_rules.dns_error, ACTION_TEMPFAIL);
	ck_assert_int_eq(p->dkim_rules.signature_error, ACTION_REJECT);
	config_unref(s);
	world_close(&w);
}
END_TEST

/*
 * SEMANTICS: whatever a judged message comes to, it is accepted; what cannot
 * be signed waits. On-Default stands for those that are not set.
 */
START_TEST(actions_are_filled)
{
	static const struct {
		const char *conf;
		/* bad, no signature, no key, dns, security, internal, sign */
		const char *want;
	} rows[] = {
		{ "", "aaaaatt" },
		{ "On-BadSignature reject\nOn-NoSignature q\n", "rqaaatt" },
		{ "On-KeyNotFound d\nOn-DNSError t\nOn-Security r\n",
		    "aadtrtt" },
		{ "On-InternalError accept\n", "aaaaaaa" },
		{ "On-SignatureError reject\n", "aaaaatr" },
		{ "On-Default reject\n", "rrrrrrr" },
		{ "On-BadSignature accept\nOn-Default reject\n", "arrrrrr" },
		{ "On-Default accept\nOn-InternalError tempfail\n",
		    "aaaaatt" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		struct snapshot *s;
		const struct dkim_rules *r;
		char got[8] = "";

		world_open(&w);
		s = load(&w, rows[i].conf);
		ck_assert_msg(s != NULL, "%s", world_reports(&w));
		r = &config_policy(s)->dkim_rules;
		got[0] = action_name(r->bad_signature)[0];
		got[1] = action_name(r->no_signature)[0];
		got[2] = action_name(r->key_not_found)[0];
		got[3] = action_name(r->dns_error)[0];
		got[4] = action_name(r->security)[0];
		got[5] = action_name(r->internal_error)[0];
		got[6] = action_name(r->signature_error)[0];
		ck_assert_str_eq(got, rows[i].want);
		config_unref(s);
		world_close(&w);
	}
}
END_TEST

START_TEST(sets_of_names)
{
	static const struct {
		const char *conf, *has, *hasnt;
	} rows[] = {
		{ "", "", "example.com,*" },
		{ "RequireSignature Example.com,.example.org",
		    "example.com,EXAMPLE.COM,a.example.org,a.b.example.org,"
		    "joe@example.com,joe@a.example.org",
		    "example.org,a.example.com,xexample.com,com" },
		{ "RequireSignature joe@example.com",
		    "joe@example.com,Joe@Example.Com", "example.com,"
		    "jim@example.com" },
		{ "RequireSignature *", "example.com,a@b", "" },
		{ "RequireSignature refile:DIR/patterns",
		    "a.example.com,joe@example.org",
		    "example.com,example.org" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		struct snapshot *s;
		const struct name_set *set;
		struct span rest, one;

		world_open(&w);
		world_put(&w, "patterns", "*.example.com\n*@example.org\n");
		s = load(&w, rows[i].conf);
		ck_assert_msg(s != NULL, "%s", world_reports(&w));
		set = &config_policy(s)->dkim_rules.require_signature;
		for (rest = span_of(rows[i].has); span_next(&rest, ',', &one);)
			ck_assert_msg(one.len == 0 ||
			    name_set_has(w.arena, set, one), "row %zu: %.*s",
			    i, SPAN_ARG(one));
		for (rest = span_of(rows[i].hasnt);
		    span_next(&rest, ',', &one);)
			ck_assert_msg(one.len == 0 ||
			    !name_set_has(w.arena, set, one), "row %zu: %.*s",
			    i, SPAN_ARG(one));
		config_unref(s);
		world_close(&w);
	}
}
END_TEST

START_TEST(logins_own_addresses)
{
	static const struct {
		const char *address, *login;
		bool want;
	} rows[] = {
		{ "bob@home.example", "bob", true },
		{ "Bob@Home.Example", "BOB", true },
		{ "bob@home.example", "anna", true },
		{ "bob@home.example", "carl", false },
		{ "bob@home.example", "bo", false },
		{ "bob@home.example", "", false },
		/* the address has rows of its own: the domain's do not count */
		{ "bob@home.example", "boss", false },
		{ "eve@home.example", "boss", true },
		{ "eve@home.example", "bob", false },
		{ "eve@sub.home.example", "boss", false },
		{ "eve@sub.home.example", "sub", true },
		{ "eve@sub.sub.home.example", "sub", true },
		{ "info@open.example", "whoever", true },
		{ "x@else.example", "root", true },
		{ "x@else.example", "bob", false },
	};
	struct world w;
	struct snapshot *s;
	const struct sign_rules *r;
	size_t i;

	world_open(&w);
	world_put(&w, "logins", "bob@home.example bob, anna\n"
	    "bob@home.example dora|emil\nHome.example boss\n"
	    ".home.example sub\nopen.example *\n* root\n");
	s = load(&w, "SenderLogin file:DIR/logins\n");
	ck_assert_msg(s != NULL, "%s", world_reports(&w));
	r = &config_policy(s)->sign_rules;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(r->login_owns(w.arena, r->logins,
		    span_of(rows[i].address), span_of(rows[i].login)) ==
		    rows[i].want, "row %zu", i);
	ck_assert(r->login_owns(w.arena, r->logins, SPAN("bob@home.example"),
	    SPAN("emil")));
	config_unref(s);
	world_close(&w);
}
END_TEST

START_TEST(sign_rules_are_filled)
{
	struct world w;
	struct snapshot *s;
	const struct policy_settings *p;

	world_open(&w);
	s = load(&w, "MacroList auth_author,{daemon_name}=MSA|smtps,i\n"
	    "MTA MSA,submission\nSenderHeaders Sender,From\n"
	    "DontSignMailTo list@lists.example\nDiagnostics yes\n"
	    "ExemptDomains exempt.example\nRemoveOldSignatures yes\n");
	ck_assert_msg(s != NULL, "%s", world_reports(&w));
	p = config_policy(s);
	ck_assert_uint_eq(p->macros.count, 3);
	assert_span(p->macros.rule[0].name, "{auth_author}");
	assert_span(p->macros.rule[0].values, "");
	assert_span(p->macros.rule[1].name, "{daemon_name}");
	assert_span(p->macros.rule[1].values, "MSA|smtps");
	assert_span(p->macros.rule[2].name, "i");
	ck_assert_uint_eq(p->mta.count, 2);
	ck_assert_uint_eq(p->sign_rules.sender_headers.count, 2);
	assert_span(p->sign_rules.sender_headers.name[0], "Sender");
	ck_assert(name_set_has(w.arena, &p->sign_rules.dont_sign_to,
	    SPAN("List@lists.example")));
	ck_assert(name_set_has(w.arena, &p->sign_rules.exempt_domains,
	    SPAN("exempt.example")));
	ck_assert(p->sign_rules.remove_old);
	ck_assert(p->signing.copy_fields);
	ck_assert_ptr_null(p->sign_rules.logins);
	config_unref(s);
	s = load(&w, "SignHeaders *,+a;b\n");
	ck_assert_ptr_null(s);
	world_close(&w);
}
END_TEST

/*
 * Files of the shapes that installs have: what must load, and what it warns
 * of by name.
 */
START_TEST(files_of_installs)
{
	static const struct {
		const char *conf;
		const char *warned[12];
	} rows[] = {
		{ /* a guide's, with tables */
		    "AutoRestart             Yes\n"
		    "AutoRestartRate         10/1h\n"
		    "UMask                   002\n"
		    "Syslog                  yes\n"
		    "SyslogSuccess           Yes\n"
		    "LogWhy                  Yes\n"
		    "Canonicalization        relaxed/simple\n"
		    "ExternalIgnoreList      refile:DIR/TrustedHosts\n"
		    "InternalHosts           refile:DIR/TrustedHosts\n"
		    "Mode                    v\n"
		    "PidFile                 /var/run/opendkim/opendkim.pid\n"
		    "SignatureAlgorithm      rsa-sha256\n"
		    "UserID                  opendkim:opendkim\n"
		    "Socket                  inet:12301@localhost\n",
		    { "AutoRestart", "AutoRestartRate" } },
		{ /* Debian's own */
		    "Syslog\t\t\tyes\n"
		    "SyslogSuccess\t\tyes\n"
		    "#LogWhy\t\t\tno\n"
		    "Canonicalization\trelaxed/simple\n"
		    "#Mode\t\t\tsv\n"
		    "OversignHeaders\t\tFrom\n"
		    "UserID\t\t\topendkim\n"
		    "UMask\t\t\t007\n"
		    "Socket\t\t\tlocal:/run/opendkim/opendkim.sock\n"
		    "PidFile\t\t\t/run/opendkim/opendkim.pid\n"
		    "TrustAnchorFile\t\t/usr/share/dns/root.key\n",
		    { "TrustAnchorFile" } },
		{ /* a mail box's, with much of everything */
		    "Background yes\r\n"
		    "BaseDirectory DIR\r\n"
		    "DNSTimeout 5\r\n"
		    "Mode v\r\n"
		    "OversignHeaders From,Sender,To,CC,Subject,Message-Id,Date\r\n"
		    "RemoveOldSignatures yes\r\n"
		    "RequireSafeKeys false\r\n"
		    "SoftwareHeader no\r\n"
		    "SubDomains no\r\n"
		    "On-BadSignature reject\r\n"
		    "On-KeyNotFound accept\r\n"
		    "On-NoSignature tempfail\r\n"
		    "AlwaysAddARHeader yes\r\n"
		    "TemporaryDirectory /var/tmp\r\n"
		    "MinimumKeyBits 1024\r\n"
		    "QueryCache yes\r\n"
		    "ADSPAction continue\r\n"
		    "X-Header yes\r\n",
		    { "Background", "TemporaryDirectory", "QueryCache", "ADSPAction",
		    "X-Header" } },
		{ /* OpenDMARC's */
		    "AuthservID mail.example.com\n"
		    "PidFile /run/opendmarc/opendmarc.pid\n"
		    "RejectFailures true\n"
		    "Syslog true\n"
		    "TrustedAuthservIDs mail.example.com,mx.example.com\n"
		    "UMask 0002\n"
		    "UserID opendmarc:opendmarc\n"
		    "IgnoreHosts 127.0.0.1\n"
		    "HistoryFile /var/run/opendmarc/opendmarc.dat\n"
		    "PublicSuffixList /usr/share/publicsuffix/\n"
		    "IgnoreAuthenticatedClients true\n"
		    "RequiredHeaders true\n"
		    "SPFSelfValidate true\n"
		    "SPFIgnoreResults false\n"
		    "FailureReports false\n",
		    { "TrustedAuthservIDs", "HistoryFile",
		    "RequiredHeaders", "SPFIgnoreResults" } },
	};
	size_t i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		struct snapshot *s;

		world_open(&w);
		world_put(&w, "TrustedHosts", "127.0.0.1\nlocalhost\n"
		    "192.168.0.0/24\n*.example.com\n");
		s = load(&w, rows[i].conf);
		ck_assert_msg(s != NULL, "%s", world_reports(&w));
		for (j = 0; j < w.report.count; j++) {
			ck_assert_msg(rows[i].warned[j] != NULL &&
			    strstr(w.report.item[j].text, arena_printf(
			    w.arena, ": %s: ", rows[i].warned[j])) != NULL,
			    "%s", w.report.item[j].text);
			ck_assert_int_eq(w.report.item[j].level,
			    REPORT_WARNING);
		}
		ck_assert_ptr_null(rows[i].warned[j]);
		config_unref(s);
		world_close(&w);
	}
}
END_TEST

START_TEST(fields_of_deltas)
{
	static const struct {
		const char *option, *want;
	} rows[] = {
		{ "OmitHeaders *,+foobar", "Return-Path Received Comments "
		    "Keywords Bcc Resent-Bcc DKIM-Signature foobar " },
		{ "OmitHeaders *,-Bcc", "Return-Path Received Comments "
		    "Keywords Resent-Bcc DKIM-Signature " },
		{ "OmitHeaders .", "" },
		{ "OmitHeaders Bcc,bcc,To", "Bcc To " },
		{ "OmitHeaders +Bcc", "+Bcc " },
		{ "OmitHeaders *,bcc,X", "Return-Path Received Comments "
		    "Keywords Bcc Resent-Bcc DKIM-Signature X " },
	};
	size_t i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		struct snapshot *s;
		struct strbuf sb;

		world_open(&w);
		s = load(&w, rows[i].option);
		ck_assert_ptr_nonnull(s);
		strbuf_init(&sb, w.arena);
		for (j = 0; j < config_policy(s)->signing.omit.count; j++)
			strbuf_addf(&sb, "%.*s ", SPAN_ARG(
			    config_policy(s)->signing.omit.name[j]));
		ck_assert_str_eq(strbuf_str(&sb), rows[i].want);
		config_unref(s);
		world_close(&w);
	}
}
END_TEST

START_TEST(host_names)
{
	struct world w;
	const char *hosts;

	world_open(&w);
	hosts = world_put(&w, "hosts", "127.0.0.1 localhost\n"
	    "# 127.0.1.1 wrong.example box\n"
	    "127.0.1.1\tbox.example.org box # here\n"
	    "192.0.2.1 other alias third.example.org\n");
	assert_span(file_host_name(w.arena, SPAN("box"), hosts),
	    "box.example.org");
	assert_span(file_host_name(w.arena, SPAN("BOX"), hosts),
	    "box.example.org");
	assert_span(file_host_name(w.arena, SPAN("other"), hosts),
	    "third.example.org");
	assert_span(file_host_name(w.arena, SPAN("localhost"), hosts),
	    "localhost");
	assert_span(file_host_name(w.arena, SPAN("a.b"), hosts), "a.b");
	assert_span(file_host_name(w.arena, SPAN("box"), "/nowhere"), "box");
	world_close(&w);
}
END_TEST

/* Reports are safe to show whatever a file says. */
START_TEST(reports_are_escaped)
{
	struct arena *a = arena_new(0);
	struct report r;

	report_init(&r, a);
	report_add(&r, REPORT_ERROR, "a\nb", 3, "x\033[1m", "%s", "\x7f\001");
	report_add(&r, REPORT_NOTE, NULL, 7, NULL, "plain");
	ck_assert_str_eq(r.item[0].text, "a\\x0ab:3: x\\x1b[1m: \\x7f\\x01");
	ck_assert_str_eq(r.item[1].text, "plain");
	ck_assert_uint_eq(r.errors, 1);
	arena_free(a);
}
END_TEST

static void *
hold_and_release(void *arg)
{
	struct snapshot *s = arg;
	int i;

	for (i = 0; i < 10000; i++)
		config_unref(config_ref(s));
	config_unref(s);
	return NULL;
}

START_TEST(snapshots_are_counted)
{
	pthread_t thread[4];
	struct world w;
	struct snapshot *s;
	int i;

	world_open(&w);
	s = load(&w, "Mode v\n");
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL,
		    hold_and_release, config_ref(s)), 0);
	config_unref(s);
	for (i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	config_unref(NULL);
	world_close(&w);
}
END_TEST

/* Memory runs out at every block in turn: refused, never a crash. */
START_TEST(memory_runs_out)
{
	struct world w;
	const char *file;
	bool good = false;
	long n;

	world_open(&w);
	world_put(&w, "kt", "k example.com:s:DIR/k.pem\n");
	world_put(&w, "st", "*@example.com k\n");
	file = world_put(&w, "conf", "InternalHosts refile:DIR/hosts\n"
	    "KeyTable DIR/kt\nSigningTable refile:DIR/st\nMode sv\n"
	    "SignHeaders *,+X\nKeyFile x\nBackground yes\n");
	world_put(&w, "hosts", "10.0.0.0/8\n*.example.com\n");
	for (n = 0; !good && n < 1000; n++) {
		struct arena *a = arena_new(0);
		struct report r;
		struct snapshot *s;

		report_init(&r, a);
		arena_fail_after(n);
		s = config_parse(file, NULL, 0, &r);
		good = s != NULL && !config_load(s, false, &r) &&
		    r.errors == 1 && !r.failed;
		arena_fail_after(-1);
		if (s == NULL)
			ck_assert(r.failed || r.errors > 0);
		config_unref(s);
		arena_free(a);
	}
	/* the key is missing: the one error that is not of memory */
	ck_assert(good);
	world_close(&w);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		table_is_sound, names_are_suggested, values_are_read,
		lines_are_judged, values_arrive, a_wrong_file_is_given_up,
		defaults_are_ours, suffix_list_is_loaded,
		settings_are_filled, loads_are_judged,
		refile_hosts, actions_are_filled, sets_of_names,
		logins_own_addresses, sign_rules_are_filled,
		opendkim_defaults, files_of_installs,
		fields_of_deltas, host_names, reports_are_escaped,
		snapshots_are_counted, memory_runs_out,
	};

	return TESTLIB_RUN("config", tests);
}
