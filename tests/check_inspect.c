/*
 * tests of policy/inspect.c: whole messages through the inspection, as the
 * daemon and signet verify run it, over a DNS that is a table
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "message/ip.h"
#include "policy/authres.h"
#include "policy/inspect.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/testlib.h"

#define NOW	1790000000

static const char zone[] =
    "good.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
    "_dmarc.good.example TXT \"v=DMARC1; p=reject\"\n"
    "mail.good.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
    "mail.good.example A 192.0.2.1\n"
    "1.2.0.192.in-addr.arpa PTR mail.good.example\n"
    "soft.example TXT \"v=spf1 ~all\"\n"
    "_dmarc.soft.example TXT \"v=DMARC1; p=quarantine\"\n"
    "_dmarc.strict.example TXT \"v=DMARC1; p=reject\"\n"
    "plain.example A 192.0.2.80\n"
    "silent.example FAIL\n"
    "_domainkey.silent.example FAIL\n";

struct world {
	struct arena		*a;
	struct dnstable		*table;
	struct dns		*dns;
	struct private_key	*key;
	struct policy_settings	 set;
	struct hostlist		*internal, *relays;
	struct mail_client	 client;
	struct mail_envelope	 envelope;
};

/* Mail of good.example is signed with the world's key. */
static enum sign_status
choose(const void *tables, struct arena *a, const struct address *author,
    struct dkim_seal **seal_out, size_t *n_out, const char **why_out)
{
	const struct world *w = tables;

	*n_out = 0;
	*why_out = "the test's table";
	if (span_is(author->domain, "broken.example"))
		return SIGN_ERROR;
	if (!span_is(author->domain, "good.example"))
		return SIGN_NO;
	*seal_out = arena_alloc(a, sizeof(**seal_out));
	if (*seal_out == NULL)
		return SIGN_ERROR;
	**seal_out = (struct dkim_seal){
		.domain = SPAN("good.example"), .selector = SPAN("s"),
		.key = w->key,
	};
	*n_out = 1;
	return SIGN_YES;
}

static void
publish_key(struct world *w)
{
	struct span p = base64_encode(w->a, private_key_public(w->key, w->a));

	dnstable_txt(w->table, "s._domainkey.good.example", span_of(
	    arena_printf(w->a, "v=DKIM1; k=ed25519; p=%.*s", SPAN_ARG(p))));
}

static void
world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->a = arena_new(0);
	w->table = dnstable_new();
	ck_assert(dnstable_zone(w->table, zone));
	w->key = private_key_generate(KEY_ED25519, 0);
	ck_assert_ptr_nonnull(w->key);
	publish_key(w);
	w->dns = dnstable_open(w->table);
	w->internal = hostlist_new();
	w->relays = hostlist_new();
	ck_assert_int_eq(hostlist_add(w->internal, SPAN("127.0.0.0/8")),
	    HOSTLIST_OK);
	ck_assert_int_eq(hostlist_add(w->relays, SPAN("192.0.2.25")),
	    HOSTLIST_OK);
	w->set = (struct policy_settings){
		.host_name = SPAN("mx.our.example"),
		.authserv_id = SPAN("mx.our.example"),
		.sign = true, .verify = true,
		.internal_hosts = w->internal, .trusted_relays = w->relays,
		.spf = { .max_void = SPF_MAX_VOID },
		.spf_rules = { .headers = SPF_HEADER_AR },
		.dkim = { .max_signatures = DKIM_DEFAULT_SIGNATURES,
		    .min_key_bits = 1024, .clock_drift = 300 },
		.signing = { .header_canon = CANON_RELAXED,
		    .body_canon = CANON_RELAXED },
		.choose = choose, .sign_tables = w,
		.dkim_rules = { .internal_error = ACTION_TEMPFAIL,
		    .signature_error = ACTION_TEMPFAIL },
		.max_header_bytes = 1 << 20,
		.lookup_time_ms = 5000, .message_time_ms = 10000,
	};
	w->set.signing.oversign = dkim_sign_default_oversign();
	w->client.has_ip = ip_parse(SPAN("192.0.2.1"), &w->client.ip);
	w->client.helo = SPAN("mail.good.example");
	w->envelope.sender = SPAN("joe@good.example");
}

static void
world_clear(struct world *w)
{
	dns_free(w->dns);
	private_key_free(w->key);
	hostlist_free(w->internal);
	hostlist_free(w->relays);
	arena_free(w->a);
}

static void
from_ip(struct world *w, const char *ip)
{
	w->client.has_ip = ip_parse(span_of(ip), &w->client.ip);
}

/* Feed "Name: value" lines (LF) and a body; NULL without memory. */
static struct inspection *
begin(struct world *w, const char *header, const char *body)
{
	struct inspection *in = inspection_new(&w->set, w->dns, &w->client,
	    &w->envelope, NOW);
	struct headers h;
	struct span rest;
	size_t i;

	if (in == NULL)
		return NULL;
	headers_init(&h, w->a, 0);
	message_split(span_of(header), &h, &rest);
	for (i = 0; i < h.count; i++)
		inspection_header(in, h.field[i].name, h.field[i].gap,
		    h.field[i].value);
	inspection_eoh(in);
	inspection_body(in, body, strlen(body));
	return in;
}

/* "spf=pass", the results as A-R has them, in one string. */
static const char *
summary(struct world *w, const struct inspection_outcome *out)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, w->a);
	for (i = 0; i < out->nmethods; i++)
		strbuf_addf(&sb, "%s%s=%s", i > 0 ? " " : "",
		    out->method[i].method, result_name(out->method[i].result));
	return strbuf_str(&sb);
}

#define AUTHENTIC	"From: Joe <joe@good.example>\nSubject: hello\n"

/* What the daemon's own signature looks like on AUTHENTIC and `body`. */
static const char *
signed_authentic(struct world *w, const char *body)
{
	struct in6_addr before = w->client.ip;
	struct inspection *in;
	const struct inspection_outcome *out;
	const char *text;

	from_ip(w, "127.0.0.1");
	in = begin(w, AUTHENTIC, body);
	out = inspection_end(in, NOW);
	ck_assert_int_eq(out->results.signing, SIGN_YES);
	ck_assert_uint_eq(out->ninserts, 1);
	ck_assert_str_eq(out->insert[0].name, "DKIM-Signature");
	assert_span(out->signed_as, "s._domainkey.good.example");
	ck_assert_uint_eq(out->nmethods, 0);
	text = arena_printf(w->a, "DKIM-Signature:%.*s\n%s",
	    SPAN_ARG(out->insert[0].value), AUTHENTIC);
	inspection_free(in);
	w->client.ip = before;
	return text;
}

START_TEST(authentic_mail_passes)
{
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;

	world_init(&w);
	w.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
	w.set.spf_rules.mail_from_reject = w.set.spf_rules.helo_reject = SPF_REJECT_FAIL;
	in = begin(&w, signed_authentic(&w, "body\r\n"), "body\r\n");
	ck_assert_ptr_null(inspection_rcpt(in, SPAN("u@our.example"), true));
	out = inspection_end(in, NOW);
	ck_assert_str_eq(summary(&w, out),
	    "iprev=pass spf=pass spf=pass dkim=pass dmarc=pass");
	ck_assert_int_eq(out->verdict.action, ACTION_ACCEPT);
	assert_span(method_result_get(&out->method[1], "smtp.mailfrom"),
	    "joe@good.example");
	assert_span(method_result_get(&out->method[2], "smtp.helo"),
	    "mail.good.example");
	assert_span(method_result_get(&out->method[3], "header.d"),
	    "good.example");
	assert_span(method_result_get(&out->method[4], "header.from"),
	    "good.example");
	assert_span(method_result_get(&out->method[4], "policy.dmarc"),
	    "reject");
	ck_assert_uint_eq(out->ninserts, 1);
	ck_assert_str_eq(out->insert[0].name, "Authentication-Results");
	ck_assert(authres_claims(w.a, out->insert[0].value,
	    SPAN("mx.our.example")));
	inspection_free(in);
	world_clear(&w);
}
END_TEST

START_TEST(forged_mail_is_refused)
{
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;
	const struct verdict *v;

	world_init(&w);
	from_ip(&w, "203.0.113.66");
	in = begin(&w, AUTHENTIC, "body\r\n");
	out = inspection_end(in, NOW);
	ck_assert_str_eq(summary(&w, out),
	    "iprev=permerror spf=fail spf=fail dkim=none dmarc=fail");
	ck_assert_int_eq(out->verdict.action, ACTION_ACCEPT);
	inspection_free(in);

	w.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
	in = begin(&w, AUTHENTIC, "body\r\n");
	out = inspection_end(in, NOW);
	ck_assert_int_eq(out->verdict.action, ACTION_REJECT);
	ck_assert_str_eq(out->verdict.enhanced, "5.7.1");
	inspection_free(in);

	/* SPF refuses each recipient but postmaster, before the data */
	w.set.spf_rules.mail_from_reject = SPF_REJECT_FAIL;
	w.set.spf_rules.exempt_recipients = (struct name_list){
		&(struct span){ "postmaster", 10 }, 1,
	};
	in = begin(&w, AUTHENTIC, "body\r\n");
	v = inspection_rcpt(in, SPAN("u@our.example"), true);
	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->enhanced, "5.7.23");
	ck_assert_ptr_null(inspection_rcpt(in, SPAN("postmaster"), true));
	inspection_free(in);

	/* no reply at RCPT: the end of the message says it */
	w.set.dmarc_rules.reject_failures = DMARC_REJECT_NO;
	in = begin(&w, AUTHENTIC, "body\r\n");
	ck_assert_ptr_null(inspection_rcpt(in, SPAN("u@our.example"), false));
	out = inspection_end(in, NOW);
	ck_assert_str_eq(out->verdict.why, "Mail_From_reject");
	inspection_free(in);
	world_clear(&w);
}
END_TEST

START_TEST(dkim_carries_forwarded_mail)
{
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;

	world_init(&w);
	w.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
	from_ip(&w, "198.51.100.5");
	in = begin(&w, signed_authentic(&w, "body\r\n"), "body\r\n");
	out = inspection_end(in, NOW);
	ck_assert_str_eq(summary(&w, out),
	    "iprev=permerror spf=fail spf=fail dkim=pass dmarc=pass");
	ck_assert_int_eq(out->verdict.action, ACTION_ACCEPT);
	inspection_free(in);

	/* a changed body, and a second From */
	in = begin(&w, signed_authentic(&w, "body\r\n"), "Body\r\n");
	out = inspection_end(in, NOW);
	ck_assert_str_eq(summary(&w, out),
	    "iprev=permerror spf=fail spf=fail dkim=fail dmarc=fail");
	ck_assert_int_eq(out->verdict.action, ACTION_REJECT);
	inspection_free(in);
	world_clear(&w);
}
END_TEST

/* Rows: mail whose From is missing, doubled or not to be understood. */
START_TEST(author_must_be_one)
{
	static const struct {
		const char *header, *dmarc;
		const char *field;	/* as the log shows it, or NULL */
	} rows[] = {
		{ "Subject: x\n", "permerror", NULL },
		{ "From: a@good.example\nFrom: b@good.example\n",
		    "permerror", NULL },
		{ "From: a@good.example, b@plain.example\n", "none", NULL },
		{ "From: a@good.example, b@good.example\n", "pass", NULL },
		{ "From: \"a@good.example\" <b@\n", "permerror",
		    "\"a@good.example\" <b@" },
		{ "From: none:;\n", "permerror", "none:;" },
		{ "From:\n", "permerror", "" },
		{ "From: x y\n\tz\nFrom: a@good.example\n", "permerror",
		    "x y\r\n\tz" },
		{ "From: a@plain.example\n", "none", NULL },
	};
	struct world w;
	size_t i;

	world_init(&w);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct inspection *in = begin(&w, rows[i].header, "x\r\n");
		const struct inspection_outcome *out = inspection_end(in, NOW);
		const struct method_result *last =
		    &out->method[out->nmethods - 1];

		ck_assert_str_eq(last->method, "dmarc");
		ck_assert_msg(strcmp(result_name(last->result),
		    rows[i].dmarc) == 0, "row %zu: dmarc=%s", i,
		    result_name(last->result));
		ck_assert_msg((out->from_field.p != NULL) ==
		    (rows[i].field != NULL), "row %zu", i);
		if (rows[i].field != NULL)
			ck_assert_msg(span_is(out->from_field, rows[i].field),
			    "row %zu: %.*s", i, SPAN_ARG(out->from_field));
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

/*
 * RFC 9989, 11.5: every author domain is looked at, the strictest policy among
 * those that fail counts; the client may send for good.example alone.
 */
START_TEST(several_authors)
{
	static const struct {
		const char *header, *dmarc, *domain, *policy;
		enum action want;
	} rows[] = {
		{ "From: a@good.example, b@soft.example\n", "fail",
		    "soft.example", "quarantine", ACTION_QUARANTINE },
		{ "From: a@soft.example, b@strict.example, c@good.example\n",
		    "fail", "strict.example", "reject", ACTION_REJECT },
		{ "From: a@good.example\nFrom: b@strict.example\n", "fail",
		    "strict.example", "reject", ACTION_REJECT },
		{ "From: a@good.example\nFrom: x y z\n", "permerror", "", "",
		    ACTION_QUARANTINE },
		{ "From: a@n1.example, b@n2.example, c@n3.example, "
		    "d@n4.example, e@good.example\n", "permerror", "", "",
		    ACTION_QUARANTINE },
		{ "From: a@strict.example, b@n2.example, c@n3.example, "
		    "d@n4.example, e@good.example\n", "fail",
		    "strict.example", "reject", ACTION_REJECT },
	};
	struct world w;
	size_t i;

	world_init(&w);
	w.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct inspection *in = begin(&w, rows[i].header, "x\r\n");
		const struct inspection_outcome *out = inspection_end(in, NOW);
		const struct method_result *last =
		    &out->method[out->nmethods - 1];

		ck_assert_msg(strcmp(result_name(last->result),
		    rows[i].dmarc) == 0, "row %zu: dmarc=%s", i,
		    result_name(last->result));
		assert_span(method_result_get(last, "header.from"),
		    rows[i].domain);
		assert_span(method_result_get(last, "policy.dmarc"),
		    rows[i].policy);
		ck_assert_msg(out->verdict.action == rows[i].want,
		    "row %zu: %s", i, action_name(out->verdict.action));
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

/* What overrode the policy stands in the field; policy.dmarc stays. */
START_TEST(an_override_shows)
{
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;
	const struct method_result *m;

	world_init(&w);
	w.set.dmarc_rules.reject_failures = DMARC_REJECT_UNLESS_INDIRECT;
	in = begin(&w, "From: a@strict.example\nList-Id: <x.example>\n",
	    "x\r\n");
	out = inspection_end(in, NOW);
	ck_assert_int_eq(out->verdict.action, ACTION_QUARANTINE);
	m = &out->method[out->nmethods - 1];
	assert_span(m->comment, "p=reject of strict.example, override: "
	    "mailing_list: it came through a mailing list");
	assert_span(method_result_get(m, "policy.dmarc"), "reject");
	inspection_free(in);
	world_clear(&w);
}
END_TEST

/* RFC 8601, 2.7.4; the login only where asked for; who did not log in: none. */
START_TEST(login_in_the_field)
{
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;

	world_init(&w);
	w.envelope.auth_type = SPAN("PLAIN");
	w.envelope.auth_login = SPAN("alice; dmarc=pass\r\nX: y");
	w.envelope.queue_id = SPAN("4XyZ1");
	in = begin(&w, AUTHENTIC, "x\r\n");
	out = inspection_end(in, NOW);
	ck_assert_uint_eq(out->ninserts, 1);
	ck_assert_str_eq(out->insert[0].name, "DKIM-Signature");
	inspection_free(in);

	w.set.auth_results = true;
	in = begin(&w, AUTHENTIC, "x\r\n");
	out = inspection_end(in, NOW);
	ck_assert_uint_eq(out->ninserts, 2);
	ck_assert_str_eq(out->insert[0].name, "Authentication-Results");
	assert_span(out->insert[0].value, " mx.our.example;\r\n\tauth=pass");
	ck_assert_str_eq(out->insert[1].name, "DKIM-Signature");
	inspection_free(in);

	w.set.auth_results_login = w.set.authserv_id_with_job = true;
	in = begin(&w, "Authentication-Results: mx.our.example/1; auth=pass\n"
	    AUTHENTIC, "x\r\n");
	out = inspection_end(in, NOW);
	assert_span(out->insert[0].value, " \"mx.our.example/4XyZ1\";\r\n"
	    "\tauth=pass smtp.auth=\"alice; dmarc=pass??X: y\"");
	ck_assert_uint_eq(out->nremoves, 1);
	inspection_free(in);

	w.envelope.auth_type = w.envelope.auth_login = SPAN("");
	from_ip(&w, "127.0.0.1");
	in = begin(&w, AUTHENTIC, "x\r\n");
	out = inspection_end(in, NOW);
	ck_assert_uint_eq(out->ninserts, 1);
	inspection_free(in);
	world_clear(&w);
}
END_TEST

/* notes: forged A-R, many at once, in every spelling; others' stay. */
START_TEST(claims_to_be_us_are_removed)
{
	static const char header[] =
	    "Authentication-Results: mx.our.example; dkim=pass\n"
	    "Authentication-Results: other.example; dkim=pass\n"
	    "Authentication-Results: (x) \"MX.Our.Example\" 1; spf=pass\n"
	    "From: a@plain.example\n"
	    "authentication-results: mx.our.example.; dmarc=pass\n"
	    "Authentication-Results: xmx.our.example; dmarc=pass\n";
	static const size_t want[] = { 1, 3, 4 };
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;
	size_t i, round;

	world_init(&w);
	/* round 0: from outside; 1: submitted; 2: skipped */
	for (round = 0; round < 3; round++) {
		struct span skip = SPAN("filter");

		from_ip(&w, round == 0 ? "192.0.2.1" : "127.0.0.1");
		w.client.daemon_name = round == 2 ? skip : SPAN("smtpd");
		w.set.skip_daemons = (struct name_list){ &skip, 1 };
		in = begin(&w, header, "x\r\n");
		out = inspection_end(in, NOW);
		ck_assert_uint_eq(out->nremoves, round == 2 ? 0 : 3);
		for (i = 0; i < out->nremoves; i++)
			ck_assert_uint_eq(out->remove[i].nth, want[i]);
		ck_assert_uint_eq(out->ninserts, round == 0 ? 1 : 0);
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

/* SEMANTICS: forged mail with twenty signatures of a silent domain fails. */
START_TEST(silent_signers_do_not_help)
{
	struct world w;
	struct strbuf sb;
	struct inspection *in;
	const struct inspection_outcome *out;
	size_t i;

	world_init(&w);
	w.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
	from_ip(&w, "203.0.113.66");
	w.envelope.sender = SPAN("x@silent.example");
	strbuf_init(&sb, w.a);
	for (i = 0; i < 20; i++) {
		char name[64];

		snprintf(name, sizeof(name), "s%zu._domainkey.silent.example",
		    i);
		dnstable_fail(w.table, name, 0);
		strbuf_addf(&sb, "DKIM-Signature: v=1; a=ed25519-sha256; "
		    "c=relaxed/relaxed; d=silent.example; s=s%zu; h=from; "
		    "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; "
		    "b=AAAA\n", i);
	}
	strbuf_adds(&sb, AUTHENTIC);
	in = begin(&w, strbuf_str(&sb), "body\r\n");
	out = inspection_end(in, NOW);
	ck_assert_int_eq(out->results.dmarc->result, RESULT_FAIL);
	ck_assert_int_eq(out->verdict.action, ACTION_REJECT);
	ck_assert_uint_eq(out->results.ndkim, 20);
	ck_assert_uint_le(out->questions, INSPECT_BUDGET);
	inspection_free(in);
	world_clear(&w);
}
END_TEST

/* A HELO that is no domain is still reported as it was said. */
START_TEST(helo_is_reported_as_said)
{
	static const char *const rows[] = { "h", "[192.0.2.1]", "a b;c" };
	struct world w;
	size_t i;

	world_init(&w);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct inspection *in;
		const struct inspection_outcome *out;

		w.client.helo = span_of(rows[i]);
		in = begin(&w, AUTHENTIC, "x\r\n");
		out = inspection_end(in, NOW);
		ck_assert_str_eq(out->method[2].method, "spf");
		ck_assert_int_eq(out->method[2].result, RESULT_NONE);
		assert_span(method_result_get(&out->method[2], "smtp.helo"),
		    rows[i]);
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

/* Our own author from outside: the log says why it was not signed. */
START_TEST(own_author_from_outside)
{
	static const struct {
		const char *ip, *header;
		bool noted;
	} rows[] = {
		{ "203.0.113.66", AUTHENTIC, true },
		{ "192.0.2.1", AUTHENTIC, false },	/* SPF vouches */
		{ "198.51.100.9", AUTHENTIC, false },	/* ignored */
		{ "203.0.113.66", "From: a@plain.example\n", false },
	};
	struct hostlist *ignore = hostlist_new();
	struct world w;
	size_t i;

	world_init(&w);
	ck_assert_int_eq(hostlist_add(ignore, SPAN("198.51.100.9")),
	    HOSTLIST_OK);
	w.set.external_ignore = ignore;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct inspection *in;
		const struct inspection_outcome *out;

		from_ip(&w, rows[i].ip);
		in = begin(&w, rows[i].header, "x\r\n");
		out = inspection_end(in, NOW);
		ck_assert_msg((out->sign_why != NULL) == rows[i].noted,
		    "row %zu", i);
		ck_assert_int_eq(out->results.signing, SIGN_NO);
		inspection_free(in);
	}
	hostlist_free(ignore);
	world_clear(&w);
}
END_TEST

/* The relay's own Received names the client that SPF is about. */
START_TEST(relays_are_seen_through)
{
	static const struct {
		const char *header, *summary;
	} rows[] = {
		{ "Received: from mail.good.example (x [192.0.2.1]) by mx2\n"
		    "Received: from evil (x [203.0.113.66]) by x\n" AUTHENTIC,
		    "iprev=permerror spf=pass spf=pass dkim=none dmarc=pass" },
		{ "Received: from evil (x [203.0.113.66]) by mx2\n" AUTHENTIC,
		    "iprev=permerror spf=fail spf=none dkim=none dmarc=fail" },
		{ AUTHENTIC, "iprev=permerror spf=none dkim=none dmarc=fail" },
	};
	struct world w;
	size_t i;

	world_init(&w);
	from_ip(&w, "192.0.2.25");
	w.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
	w.set.spf_rules.mail_from_reject = SPF_REJECT_FAIL;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct inspection *in = begin(&w, rows[i].header, "x\r\n");
		const struct inspection_outcome *out;

		ck_assert_ptr_null(inspection_rcpt(in, SPAN("u@our.example"),
		    true));
		out = inspection_end(in, NOW);
		ck_assert_str_eq(summary(&w, out), rows[i].summary);
		ck_assert_int_eq(out->verdict.action, ACTION_ACCEPT);
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

/* Submitted mail: signed, or a reason why not. */
START_TEST(submitted_mail)
{
	static const struct {
		const char *header;
		enum sign_status status;
		const char *why;
		enum action action;
	} rows[] = {
		{ AUTHENTIC, SIGN_YES, "the test's table", ACTION_ACCEPT },
		{ "From: a@plain.example\n", SIGN_NO, "the test's table",
		    ACTION_ACCEPT },
		{ "From: a@broken.example\n", SIGN_ERROR, "the test's table",
		    ACTION_TEMPFAIL },
		{ "Subject: x\n", SIGN_NO, "no From field", ACTION_ACCEPT },
		{ AUTHENTIC AUTHENTIC, SIGN_NO, "several From fields",
		    ACTION_ACCEPT },
	};
	struct world w;
	size_t i;

	world_init(&w);
	w.client.has_ip = false;
	w.envelope.auth_type = SPAN("PLAIN");
	w.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct inspection *in = begin(&w, rows[i].header, "x\r\n");
		const struct inspection_outcome *out = inspection_end(in, NOW);

		ck_assert_int_eq(out->results.signing, rows[i].status);
		ck_assert_str_eq(out->sign_why, rows[i].why);
		ck_assert_int_eq(out->verdict.action, rows[i].action);
		ck_assert_uint_eq(out->nmethods, 0);
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

/* "Name:nth", what is removed, in order. */
static const char *
removals(struct world *w, const struct inspection_outcome *out)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, w->a);
	for (i = 0; i < out->nremoves; i++)
		strbuf_addf(&sb, "%s%s:%zu", i > 0 ? " " : "",
		    out->remove[i].name, out->remove[i].nth);
	return strbuf_str(&sb);
}

/* opendkim.conf(5), RemoveOldSignatures: when we sign, and only then. */
START_TEST(old_signatures_may_go)
{
#define OLD	"DKIM-Signature: v=1; b=x\nSubject: s\n" \
		"dkim-signature: v=1; b=y\n" \
		"Authentication-Results: mx.our.example; dkim=pass\n"
	static const struct {
		bool remove;
		const char *header, *want;
	} rows[] = {
		{ false, OLD AUTHENTIC, "Authentication-Results:1" },
		{ true, OLD AUTHENTIC, "Authentication-Results:1 "
		    "DKIM-Signature:1 DKIM-Signature:2" },
		{ true, OLD "From: a@plain.example\n",
		    "Authentication-Results:1" },
		{ true, AUTHENTIC, "" },
	};
	struct world w;
	size_t i;

	world_init(&w);
	w.envelope.auth_type = SPAN("PLAIN");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct inspection *in;
		const struct inspection_outcome *out;

		w.set.sign_rules.remove_old = rows[i].remove;
		in = begin(&w, rows[i].header, "x\r\n");
		out = inspection_end(in, NOW);
		ck_assert_str_eq(removals(&w, out), rows[i].want);
		ck_assert_uint_eq(out->nforged, i < 3);
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

/* Bounces, mail without a Date, mail known by a macro: From decides. */
START_TEST(all_our_mail_is_signed)
{
	struct macro_rule rule = { SPAN("{ours}"), SPAN("yes|true") };
	struct mail_macro macro = { SPAN("{ours}"), SPAN("true") };
	struct world w;
	struct inspection *in;
	size_t i;

	world_init(&w);
	from_ip(&w, "203.0.113.66");
	w.set.macros = (struct macro_list){ &rule, 1 };
	w.envelope.macro = &macro;
	w.envelope.nmacros = 1;
	w.envelope.sender = SPAN("");
	for (i = 0; i < 3; i++) {
		in = begin(&w, i == 0 ? "From: postmaster@good.example\n" :
		    i == 1 ? "From: postmaster@good.example\nDate: x\n" :
		    "Date: x\n", "x\r\n");
		ck_assert_str_eq(inspection_role(in)->why, "MacroList {ours}");
		ck_assert_int_eq(inspection_end(in, NOW)->results.signing,
		    i < 2 ? SIGN_YES : SIGN_NO);
		inspection_free(in);
	}
	macro.value = SPAN("no");
	in = begin(&w, AUTHENTIC, "x\r\n");
	ck_assert_int_eq(inspection_role(in)->kind, ROLE_INCOMING);
	inspection_free(in);
	world_clear(&w);
}
END_TEST

/* On-SignatureError quarantine has its tag, too. */
START_TEST(unsigned_mail_may_be_set_aside)
{
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;

	world_init(&w);
	w.envelope.auth_type = SPAN("PLAIN");
	w.set.dkim_rules.signature_error = ACTION_QUARANTINE;
	in = begin(&w, "From: a@broken.example\n", "x\r\n");
	out = inspection_end(in, NOW);
	ck_assert_int_eq(out->verdict.action, ACTION_QUARANTINE);
	ck_assert_uint_eq(out->ninserts, 1);
	ck_assert_str_eq(out->insert[0].name, "X-Signet-Quarantine");
	inspection_free(in);
	world_clear(&w);
}
END_TEST

/* What does not fit is not judged as if it had been seen whole. */
START_TEST(header_has_a_limit)
{
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;
	const char *mail;
	size_t size;

	world_init(&w);
	mail = signed_authentic(&w, "body\r\n");
	in = begin(&w, mail, "body\r\n");
	out = inspection_end(in, NOW);
	ck_assert_int_eq(out->results.dmarc->result, RESULT_PASS);
	inspection_free(in);
	size = 0;
	for (; *mail != '\0'; mail++)
		size += *mail == '\n' && mail[-1] != '\r' ? 2 : 1;
	mail -= strlen(mail);
	mail = signed_authentic(&w, "body\r\n");
	for (int over = 0; over < 2; over++) {
		w.set.max_header_bytes = size - (size_t)over;
		in = begin(&w, mail, "body\r\n");
		out = inspection_end(in, NOW);
		ck_assert_int_eq(out->results.dmarc->result,
		    over ? RESULT_PERMERROR : RESULT_PASS);
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

/* What claims to be us goes from behind the limit, too, be there many. */
START_TEST(claims_behind_the_limit_are_removed)
{
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;
	struct strbuf sb;
	size_t i;

	world_init(&w);
	strbuf_init(&sb, w.a);
	strbuf_adds(&sb, AUTHENTIC "Authentication-Results: mx.our.example; "
	    "dkim=pass\nAuthentication-Results: other.example; dkim=pass\n");
	w.set.max_header_bytes = sb.len + 10;
	for (i = 0; i < 100; i++)
		strbuf_addf(&sb, "Subject: at the limit\n"
		    "authentication-results: %s; dkim=pass\n",
		    i % 2 == 0 ? "mx.our.example" : "other.example");
	/* round 0: from outside; 1: submitted */
	for (int round = 0; round < 2; round++) {
		from_ip(&w, round == 0 ? "192.0.2.1" : "127.0.0.1");
		in = begin(&w, strbuf_str(&sb), "x\r\n");
		out = inspection_end(in, NOW);
		ck_assert_uint_eq(out->nremoves, 51);
		ck_assert_uint_eq(out->nforged, 51);
		ck_assert_uint_eq(out->remove[0].nth, 1);
		for (i = 0; i < 50; i++)
			ck_assert_uint_eq(out->remove[1 + i].nth, 3 + 2 * i);
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

START_TEST(quarantine_is_a_tag)
{
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;

	world_init(&w);
	w.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
	in = begin(&w, "From: a@soft.example\n", "x\r\n");
	out = inspection_end(in, NOW);
	ck_assert_int_eq(out->verdict.action, ACTION_QUARANTINE);
	ck_assert_uint_eq(out->ninserts, 2);
	ck_assert_str_eq(out->insert[1].name, "X-Signet-Quarantine");
	inspection_free(in);
	w.set.hold_quarantined = true;
	in = begin(&w, "From: a@soft.example\n", "x\r\n");
	out = inspection_end(in, NOW);
	ck_assert_int_eq(out->verdict.action, ACTION_QUARANTINE);
	ck_assert_uint_eq(out->ninserts, 1);
	inspection_free(in);
	world_clear(&w);
}
END_TEST

/*
 * Let each allocation fail in turn: no crash, and forged mail is never let
 * pass for it.
 */
START_TEST(memory_may_run_out)
{
	struct world w;
	struct inspection *in;
	const struct inspection_outcome *out;
	struct headers h;
	struct span rest;
	long n;
	size_t i;
	bool whole = false;

	world_init(&w);
	w.set.dmarc_rules.reject_failures = DMARC_REJECT_YES;
	from_ip(&w, "203.0.113.66");
	headers_init(&h, w.a, 0);
	message_split(span_of(signed_authentic(&w, "x\r\n")), &h, &rest);
	for (n = 0; !whole; n++) {
		ck_assert_int_lt(n, 10000);
		arena_fail_after(n);
		in = inspection_new(&w.set, w.dns, &w.client, &w.envelope,
		    NOW);
		if (in == NULL)
			continue;
		for (i = 0; i < h.count; i++)
			inspection_header(in, h.field[i].name,
			    h.field[i].gap, h.field[i].value);
		inspection_eoh(in);
		inspection_body(in, "y\r\n", 3);
		out = inspection_end(in, NOW);
		arena_fail_after(-1);
		whole = out->verdict.action == ACTION_REJECT;
		if (!whole)
			ck_assert_msg(out->verdict.action == ACTION_TEMPFAIL,
			    "after %ld: %s", n,
			    action_name(out->verdict.action));
		inspection_free(in);
	}
	arena_fail_after(-1);
	ck_assert_int_gt(n, 1);
	world_clear(&w);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		authentic_mail_passes, forged_mail_is_refused,
		dkim_carries_forwarded_mail, author_must_be_one, several_authors,
		an_override_shows, login_in_the_field,
		claims_to_be_us_are_removed, silent_signers_do_not_help,
		helo_is_reported_as_said, own_author_from_outside,
		relays_are_seen_through,
		submitted_mail, header_has_a_limit,
		claims_behind_the_limit_are_removed, old_signatures_may_go,
		all_our_mail_is_signed, unsigned_mail_may_be_set_aside,
		quarantine_is_a_tag, memory_may_run_out,
	};

	return TESTLIB_RUN("inspect", tests);
}
