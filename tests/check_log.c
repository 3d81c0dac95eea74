/* tests of milter/log.c: the one line of a message */
#include "config.h"

#include "milter/log.h"
#include "policy/describe.h"
#include "tests/lib/testlib.h"

static const struct mail_client client = { .helo = SPAN("mx.test") };
static const struct mail_envelope envelope = {
	.queue_id = SPAN("4XyZ"), .sender = SPAN("a@b.test"),
};
static const struct role role = {
	.kind = ROLE_INCOMING, .why = "nothing else",
};

static const char *
line(struct arena *a, const struct dmarc_result *d,
    const struct dmarc_comparison *c, bool why)
{
	struct inspection_outcome out = { .results.dmarc = d, .compare = c,
	    .author = SPAN("shop.example") };

	out.method = describe_results(a, &client, &out.results, &out.verdict,
	    &out.nmethods);
	return log_message_text(a, &client, &envelope, &role, &out, why);
}

#define START	"4XyZ: role=incoming because=\"nothing else\" helo=mx.test " \
	"from=a@b.test author=shop.example dkim=none "

/* The policy that was found, where, and what t=y made of it. */
START_TEST(policy_is_told)
{
	struct arena *a = arena_new(0);
	struct dmarc_record r;
	struct dmarc_result d = { .result = RESULT_FAIL, .record = &r,
	    .reason = "no aligned pass", .has_policy = true,
	    .policy = DMARC_POLICY_QUARANTINE,
	    .published = DMARC_POLICY_REJECT, .policy_tag = "sp",
	    .policy_domain = SPAN("shop.example"),
	    .author_domain = SPAN("shop.example") };

	ck_assert(dmarc_record_parse(SPAN("v=DMARC1; p=reject; t=y"), &r));
	ck_assert_str_eq(line(a, &d, NULL, false), START
	    "dmarc=fail:quarantine policy=\"sp=reject of shop.example, "
	    "lowered to quarantine by t=y\" action=accept");
	ck_assert_str_eq(line(a, &d, NULL, true), START
	    "dmarc=fail:quarantine reason=\"no aligned pass\" "
	    "policy=\"sp=reject of shop.example, "
	    "lowered to quarantine by t=y\" action=accept");
	d.result = RESULT_PASS;
	d.reason = NULL;
	d.published = d.policy;
	d.dkim_aligned = d.spf_aligned = true;
	ck_assert_str_eq(line(a, &d, NULL, false), START
	    "dmarc=pass:quarantine policy=\"sp=quarantine of shop.example\" "
	    "aligned=dkim,spf action=accept");
	arena_free(a);
}
END_TEST

START_TEST(comparison_is_told)
{
	static const struct {
		struct dmarc_comparison c;
		const char	*want;
	} rows[] = {
		{ { .ours = DMARC_OUTCOME_NONE,
		    .theirs = DMARC_OUTCOME_NONE }, "compare=same" },
		{ { .differs = true, .theirs = DMARC_OUTCOME_FAIL_REJECT },
		    "compare=unexplained opendmarc=fail:reject" },
	};
	struct arena *a = arena_new(0);
	struct dmarc_comparison known = { .differs = true,
	    .theirs = DMARC_OUTCOME_PASS, .known = dmarc_difference_at(0) };
	struct dmarc_result d = { .result = RESULT_NONE,
	    .reason = "no policy record" };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(line(a, &d, &rows[i].c, false),
		    arena_printf(a, "%sdmarc=none %s action=accept", START,
		    rows[i].want));
	ck_assert_str_eq(line(a, &d, &known, false), START
	    "dmarc=none compare=several-records opendmarc=pass action=accept");
	arena_free(a);
}
END_TEST

/* A From of which no author can be told is shown as it stands, escaped. */
START_TEST(what_stood_in_from)
{
	static const struct {
		struct span	 field, author;
		const char	*want;
	} rows[] = {
		{ { NULL, 0 }, { NULL, 0 }, "" },
		{ { NULL, 0 }, SPAN("a.example"), " author=a.example" },
		{ SPAN("root"), { NULL, 0 }, " from-field=root" },
		{ SPAN(""), { NULL, 0 }, " from-field=\"\"" },
		{ SPAN("\"x\" <b@\r\n\tc\xff>"), { NULL, 0 },
		    " from-field=\"\\\"x\\\" <b@\\x0d\\x0a\\x09c\\xff>\"" },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct inspection_outcome out = { .author = rows[i].author,
		    .from_field = rows[i].field };
		const char *want = arena_printf(a, "4XyZ: role=incoming "
		    "because=\"nothing else\" helo=mx.test from=a@b.test%s "
		    "action=accept", rows[i].want);

		ck_assert_str_eq(log_message_text(a, &client, &envelope, &role,
		    &out, false), want);
	}
	arena_free(a);
}
END_TEST

/* It is cut: at 256 bytes, and never inside of an escape. */
START_TEST(what_stood_in_from_is_cut)
{
	char field[1000], want[300];
	struct arena *a = arena_new(0);
	struct inspection_outcome out = {
	    .from_field = { field, sizeof(field) } };
	const char *text;

	memset(field, 'x', sizeof(field));
	memset(want, 'x', 256);
	strcpy(want + 256, "... action=");
	text = log_message_text(a, &client, &envelope, &role, &out, false);
	ck_assert_msg(strstr(text, arena_printf(a, " from-field=%s", want)) !=
	    NULL, "%s", text);
	memset(field, '\n', sizeof(field));
	text = log_message_text(a, &client, &envelope, &role, &out, false);
	ck_assert_msg(strstr(text, "\\x0a\"... action=") != NULL, "%s", text);
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { policy_is_told, comparison_is_told,
	    what_stood_in_from, what_stood_in_from_is_cut };

	return TESTLIB_RUN("log", tests);
}
