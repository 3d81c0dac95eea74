/* tests of policy/describe.c: what results look like in RFC 8601's words */
#include "config.h"

#include "policy/describe.h"
#include "tests/lib/testlib.h"

/* The DMARC entry of a message whose policy is from `record`. */
static struct method_result
described(struct arena *a, const char *record, struct dmarc_result *d)
{
	const struct verdict plain = { .action = ACTION_ACCEPT };
	struct mail_client client = { .helo = SPAN("mx.test") };
	const struct method_result *m;
	struct results r = { .dmarc = d };
	struct dmarc_record *parsed = arena_alloc(a, sizeof(*parsed));
	size_t n;

	ck_assert(dmarc_record_parse(span_of(record), parsed));
	d->record = parsed;
	d->policy_domain = d->author_domain = SPAN("a.example");
	d->has_policy = true;
	m = describe_results(a, &client, &r, &plain, &n);
	ck_assert_uint_eq(n, 2);	/* dkim=none stands before it */
	ck_assert_str_eq(m[1].method, "dmarc");
	return m[1];
}

/* The record's own words; what t=y makes of them is told apart (4.7). */
START_TEST(dmarc_says_what_the_record_says)
{
	static const struct {
		const char *record, *tag;
		enum dmarc_policy published, policy;
		const char *comment, *property;
	} rows[] = {
		{ "v=DMARC1; p=reject", "p", DMARC_POLICY_REJECT,
		    DMARC_POLICY_REJECT, "p=reject of a.example", "reject" },
		{ "v=DMARC1; p=reject; t=y", "p", DMARC_POLICY_REJECT,
		    DMARC_POLICY_QUARANTINE, "p=reject of a.example, lowered "
		    "to quarantine by t=y", "quarantine" },
		{ "v=DMARC1; p=none; sp=quarantine; t=y", "sp",
		    DMARC_POLICY_QUARANTINE, DMARC_POLICY_NONE,
		    "sp=quarantine of a.example, lowered to none by t=y",
		    "none" },
		{ "v=DMARC1; p=none; t=y", "p", DMARC_POLICY_NONE,
		    DMARC_POLICY_NONE, "p=none of a.example", "none" },
		{ "v=DMARC1; p=no; rua=mailto:a@a.example", "p",
		    DMARC_POLICY_NONE, DMARC_POLICY_NONE, "no valid policy, "
		    "taken as p=none, of a.example", "none" },
	};
	struct arena *a = arena_new(0);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dmarc_result d = { .result = RESULT_FAIL,
		    .policy_tag = rows[i].tag, .policy = rows[i].policy,
		    .published = rows[i].published };
		struct method_result m = described(a, rows[i].record, &d);

		assert_span(m.comment, rows[i].comment);
		assert_span(method_result_get(&m, "policy.dmarc"),
		    rows[i].property);
	}
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { dmarc_says_what_the_record_says };

	return TESTLIB_RUN("describe", tests);
}
