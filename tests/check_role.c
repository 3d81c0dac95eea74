/* tests of policy/role.c and policy/received.c */
#include "config.h"

#include "message/ip.h"
#include "policy/received.h"
#include "policy/role.h"
#include "tests/lib/testlib.h"

static struct hostlist *
hosts(const char *entry)
{
	struct hostlist *l = hostlist_new();

	ck_assert_int_eq(hostlist_add(l, span_of(entry)), HOSTLIST_OK);
	return l;
}

/* SEMANTICS: "Which mail is judged, which is signed" */
START_TEST(roles)
{
	static const struct {
		const char *ip, *daemon, *auth;
		enum role_kind want;
	} rows[] = {
		{ "203.0.113.9", "smtpd", "", ROLE_INCOMING },
		{ "203.0.113.9", "smtpd", "PLAIN", ROLE_SUBMITTED },
		{ "10.1.2.3", "smtpd", "", ROLE_SUBMITTED },
		{ "10.1.2.3", "reinjected", "", ROLE_SKIPPED },
		{ "10.1.2.3", "REINJECTED", "PLAIN", ROLE_SKIPPED },
		{ "192.0.2.25", "smtpd", "", ROLE_RELAYED },
		{ "192.0.2.25", "smtpd", "PLAIN", ROLE_SUBMITTED },
		{ "198.51.100.1", "smtpd", "", ROLE_SKIPPED },
		{ NULL, "smtpd", "", ROLE_INCOMING },
		{ NULL, "smtpd", "PLAIN", ROLE_SUBMITTED },
	};
	struct span skip = SPAN("reinjected");
	struct hostlist *internal = hosts("10.0.0.0/8");
	struct hostlist *relays = hosts("192.0.2.25");
	struct hostlist *peers = hosts("198.51.100.0/24");
	struct policy_settings set = {
		.internal_hosts = internal, .trusted_relays = relays,
		.peers = peers, .skip_daemons = { &skip, 1 },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mail_client c = {
			.daemon_name = span_of(rows[i].daemon),
		};
		struct mail_envelope e = {
			.auth_type = span_of(rows[i].auth),
		};
		struct role r;

		if (rows[i].ip != NULL)
			c.has_ip = ip_parse(span_of(rows[i].ip), &c.ip);
		r = role_of(a, &set, &c, &e);
		ck_assert_msg(r.kind == rows[i].want, "row %zu: %s (%s)", i,
		    role_name(r.kind), r.why);
		ck_assert_ptr_nonnull(r.why);
	}
	hostlist_free(internal);
	hostlist_free(relays);
	hostlist_free(peers);
	arena_free(a);
}
END_TEST

/* opendkim.conf(5): MTA and MacroList */
START_TEST(mail_of_our_own_by_macros)
{
	static const struct {
		const char *daemon, *name, *value;
		bool ours;
	} rows[] = {
		{ "MSA", NULL, NULL, true },
		{ "msa", NULL, NULL, true },
		{ "MTA", NULL, NULL, false },
		{ "", NULL, NULL, false },
		{ "MTA", "{any}", "x", true },
		{ "MTA", "{any}", "", true },
		{ "MTA", "{any}", NULL, false },
		{ "MTA", "{some}", "two", true },
		{ "MTA", "{some}", "one", true },
		{ "MTA", "{some}", "Two", false },
		{ "MTA", "{some}", "one|two", false },
		{ "MTA", "{some}", "", false },
		{ "MTA", "{other}", "x", false },
	};
	struct span msa = SPAN("MSA");
	struct macro_rule rules[] = {
		{ SPAN("{any}"), SPAN("") },
		{ SPAN("{some}"), SPAN("one| two") },
	};
	struct policy_settings set = {
		.mta = { &msa, 1 }, .macros = { rules, 2 },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mail_client c = {
			.daemon_name = span_of(rows[i].daemon),
		};
		struct mail_macro macro = {
			.name = span_of(rows[i].name),
			.value = span_of(rows[i].value),
		};
		struct mail_envelope e = {
			.macro = &macro, .nmacros = rows[i].name != NULL,
		};
		struct role r = role_of(a, &set, &c, &e);

		ck_assert_msg(r.kind == (rows[i].ours ? ROLE_SUBMITTED :
		    ROLE_INCOMING), "row %zu: %s", i, r.why);
	}
	arena_free(a);
}
END_TEST

/* Trace fields in the forms that Postfix, Sendmail, Exim and others write. */
START_TEST(received)
{
	static const struct {
		const char *value, *ip, *helo;
	} rows[] = {
		{ " from mail.example.com (mail.example.com [192.0.2.1])\r\n"
		    "\tby mx2.our.example (Postfix) with ESMTPS id 4X\r\n"
		    "\tfor <a@our.example>; Sun, 22 Nov 2026 10:00:00 +0000",
		    "192.0.2.1", "mail.example.com" },
		{ " from h (unknown [IPv6:2001:db8::5])\r\n\tby mx2",
		    "2001:db8::5", "h" },
		{ " from h (user@mail.example.com [192.0.2.1] (may be "
		    "forged)) by mx2 (8.17.1/8.17.1)", "192.0.2.1", "h" },
		{ " from [192.0.2.9] (helo=h.example) by mx2 with esmtp",
		    "192.0.2.9", "h.example" },
		{ " from mail.example.com ([192.0.2.3] helo=h.example)\r\n"
		    "\tby mx2 with esmtps (Exim 4.96)", "192.0.2.3",
		    "h.example" },
		{ " by mx2.our.example (Postfix, from userid 0) id 1", NULL,
		    NULL },
		{ " from h by mx2 (mx2 [192.0.2.1])", NULL, NULL },
		{ " from h (h [not.an.ip]) by mx2", NULL, NULL },
		{ " from h (h [192.0.2.1) by mx2", NULL, NULL },
		{ " (comment) from h (h [192.0.2.1]) by mx2", NULL, NULL },
		{ "", NULL, NULL },
		{ " from", NULL, NULL },
		{ " from (((", NULL, NULL },
	};
	struct received_client c;
	struct in6_addr ip;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool found = received_parse(span_of(rows[i].value), &c);

		ck_assert_msg(found == (rows[i].ip != NULL), "row %zu", i);
		if (!found)
			continue;
		ck_assert(ip_parse(span_of(rows[i].ip), &ip));
		ck_assert_mem_eq(&ip, &c.ip, sizeof(ip));
		assert_span(c.helo, rows[i].helo);
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		roles, mail_of_our_own_by_macros, received,
	};

	return TESTLIB_RUN("role", tests);
}
