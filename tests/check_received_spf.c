/* tests of policy/received_spf.c: RFC 7208, 9.1 and its grammar in 12 */
#include "config.h"

#include "message/ip.h"
#include "policy/received_spf.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct spf_client
client_of(const char *ip, const char *helo, const char *from)
{
	struct spf_client c = { .helo = span_of(helo),
	    .mail_from = span_of(from), .receiver = SPAN("mx.our.example") };

	ck_assert(ip_parse(span_of(ip), &c.ip));
	return c;
}

/* The value in one line. */
static const char *
compose(struct arena *a, const struct spf_result *r, enum spf_identity id,
    const struct spf_client *c)
{
	struct span v = received_spf_compose(a, r, id, c);
	struct strbuf sb;
	size_t i, column = strlen("Received-SPF:");

	strbuf_init(&sb, a);
	ck_assert_ptr_nonnull(v.p);
	for (i = 0; i < v.len; i++, column++) {
		if (span_starts(span_skip(v, i), "\r\n\t")) {
			strbuf_addc(&sb, ' ');
			i += 2;
			column = 7;
			continue;
		}
		ck_assert_msg((unsigned char)v.p[i] >= ' ', "a control byte");
		ck_assert_msg(column <= 78 || memchr(v.p, '"', v.len) != NULL,
		    "a long line");
		strbuf_addc(&sb, v.p[i]);
	}
	return strbuf_str(&sb);
}

START_TEST(every_key)
{
	static const struct {
		enum result result;
		enum spf_identity id;
		const char *want;
	} rows[] = {
		{ RESULT_PASS, SPF_MAIL_FROM, " pass (mx.our.example: "
		    "192.0.2.1 may send mail for example.com) "
		    "identity=mailfrom; client-ip=192.0.2.1; "
		    "helo=mail.example.com; envelope-from=\"joe@example.com\"; "
		    "receiver=mx.our.example; mechanism=\"ip4:192.0.2.1\"" },
		{ RESULT_FAIL, SPF_HELO, " fail (mx.our.example: 192.0.2.1 "
		    "may not send mail for example.com) identity=helo; "
		    "client-ip=192.0.2.1; helo=mail.example.com; "
		    "envelope-from=\"joe@example.com\"; "
		    "receiver=mx.our.example; mechanism=\"ip4:192.0.2.1\"" },
		{ RESULT_SOFTFAIL, SPF_MAIL_FROM, " softfail (mx.our.example: "
		    "192.0.2.1 most likely may not send mail for example.com) "
		    "identity=mailfrom; client-ip=192.0.2.1; "
		    "helo=mail.example.com; envelope-from=\"joe@example.com\"; "
		    "receiver=mx.our.example; mechanism=\"ip4:192.0.2.1\"" },
		{ RESULT_PERMERROR, SPF_MAIL_FROM, " permerror "
		    "(mx.our.example: the SPF record of example.com cannot be "
		    "used) identity=mailfrom; client-ip=192.0.2.1; "
		    "helo=mail.example.com; envelope-from=\"joe@example.com\"; "
		    "receiver=mx.our.example; problem=\"two \\\"records\\\"\""
		},
		{ RESULT_NONE, SPF_MAIL_FROM, " none (mx.our.example: two "
		    "\"records\") identity=mailfrom; client-ip=192.0.2.1; "
		    "helo=mail.example.com; envelope-from=\"joe@example.com\"; "
		    "receiver=mx.our.example" },
	};
	struct spf_client c = client_of("192.0.2.1", "mail.example.com",
	    "joe@example.com");
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct spf_result r = { .result = rows[i].result,
		    .domain = SPAN("example.com"),
		    .sender = SPAN("joe@example.com"),
		    .term = SPAN("ip4:192.0.2.1"),
		    .problem = SPAN("two \"records\"") };

		ck_assert_str_eq(compose(a, &r, rows[i].id, &c), rows[i].want);
	}
	arena_free(a);
}
END_TEST

/* "default" where nothing matched; an IPv6 address is no dot-atom. */
START_TEST(values)
{
	struct spf_client c = client_of("2001:db8::1", "[2001:db8::1]", "");
	struct spf_result r = { .result = RESULT_NEUTRAL,
	    .domain = SPAN("example.com"),
	    .sender = SPAN("postmaster@example.com") };
	struct arena *a = arena_new(0);

	c.receiver = SPAN("");
	ck_assert_str_eq(compose(a, &r, SPF_HELO, &c), " neutral (example.com "
	    "leaves it open whether 2001:db8::1 may send mail for it) "
	    "identity=helo; client-ip=\"2001:db8::1\"; "
	    "helo=\"[2001:db8::1]\"; envelope-from=\"\"; receiver=unknown; "
	    "mechanism=default");
	r.term = SPAN("-all");
	r.result = RESULT_FAIL;
	ck_assert_ptr_nonnull(strstr(compose(a, &r, SPF_HELO, &c),
	    "; mechanism=-all"));
	arena_free(a);
}
END_TEST

/* Nothing that a client or a zone says can leave its place. */
START_TEST(hostile_values)
{
	char helo[2000];
	struct spf_client c = client_of("192.0.2.1", "x",
	    "\"a\\\"; x=1\r\nFrom: me\"@example.com");
	struct spf_result r = { .result = RESULT_TEMPERROR,
	    .domain = SPAN("exam)ple(\\.com"),
	    .sender = c.mail_from,
	    .problem = SPAN("\"\r\n\tX: y\\") };
	struct arena *a = arena_new(0);
	const char *got;

	memset(helo, ';', sizeof(helo));
	c.helo = (struct span){ helo, sizeof(helo) };
	got = compose(a, &r, SPF_MAIL_FROM, &c);
	ck_assert_ptr_nonnull(strstr(got, "for exam\\)ple\\(\\\\.com)"));
	ck_assert_ptr_nonnull(strstr(got, "envelope-from=\"\\\"a\\\\\\\"; x=1"
	    "??From: me\\\"@example.com\";"));
	ck_assert_ptr_nonnull(strstr(got, "problem=\"\\\"???X: y\\\\\""));
	/* cut, and it can be seen that it is */
	ck_assert_ptr_nonnull(strstr(got, ";;;...\"; envelope-from="));
	ck_assert_uint_lt(strlen(got), 1000);
	arena_free(a);
}
END_TEST

START_TEST(without_memory)
{
	struct spf_client c = client_of("192.0.2.1", "x", "a@b.example");
	struct spf_result r = { .result = RESULT_PASS,
	    .domain = SPAN("b.example"), .sender = SPAN("a@b.example") };
	struct arena *a = arena_new(1);

	ck_assert_ptr_null(received_spf_compose(a, &r, SPF_MAIL_FROM, &c).p);
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		every_key, values, hostile_values, without_memory,
	};

	return TESTLIB_RUN("received_spf", tests);
}
