/*
 * Authentication-Results: the input read as a field, and cut into values that
 * are composed and parsed again.
 */
#include "config.h"

#include "policy/authres.h"
#include "tests/fuzz/fuzz.h"

#define OURS	SPAN("ours.example")

/* Letters, digits, dots within. */
static bool
is_plain(struct span id)
{
	size_t i;

	for (i = 0; i < id.len; i++)
		if (!ascii_isalnum((unsigned char)id.p[i]) &&
		    (id.p[i] != '.' || i == 0))
			return false;
	return id.len > 0;
}

/* Whom a strict reader takes it for, the field claims to be from. */
static void
check_field(struct arena *a, struct span text)
{
	struct authres r;

	(void)authres_claims(a, text, OURS);
	if (authres_parse(a, text, &r) && is_plain(r.authserv_id))
		FUZZ_CHECK(authres_claims(a, text, r.authserv_id));
}

/* One line, or folded before a tab; nothing a reader must not see. */
static void
check_safe(struct span field)
{
	size_t i;

	for (i = 0; i < field.len; i++) {
		unsigned char c = (unsigned char)field.p[i];

		if (c == '\r') {
			FUZZ_CHECK(i + 2 < field.len);
			FUZZ_CHECK(field.p[i + 1] == '\n');
			FUZZ_CHECK(field.p[i + 2] == '\t');
			i += 2;
			continue;
		}
		FUZZ_CHECK(c >= ' ' && c != 0x7f);
	}
}

static void
check_values(struct arena *a, struct span text)
{
	struct method_result m[2] = {
		{ .method = "spf", .result = RESULT_FAIL },
		{ .method = "dkim", .result = RESULT_PASS },
	};
	struct span field, value;
	struct authres r;
	size_t n = 0;

	while (n < 6 && span_next(&text, '|', &value)) {
		if (n == 0)
			m[0].reason = value;
		else if (n == 1)
			m[0].comment = value;
		else
			method_result_add(&m[n % 2], "header.i", value);
		n++;
	}
	field = authres_compose(a, OURS, m, 2);
	FUZZ_CHECK(field.p != NULL);
	check_safe(field);
	FUZZ_CHECK(authres_claims(a, field, OURS));
	FUZZ_CHECK(!authres_claims(a, field, SPAN("other.example")));
	FUZZ_CHECK(authres_parse(a, field, &r));
	FUZZ_CHECK(span_is(r.authserv_id, "ours.example") && r.count == 2);
	FUZZ_CHECK(span_is(r.entry[0].method, "spf"));
	FUZZ_CHECK(span_is(r.entry[0].result, "fail"));
	FUZZ_CHECK(span_is(r.entry[1].method, "dkim"));
	FUZZ_CHECK(span_is(r.entry[1].result, "pass"));
	FUZZ_CHECK(r.entry[0].nproperties == m[0].nproperties);
	FUZZ_CHECK(r.entry[1].nproperties == m[1].nproperties);
	FUZZ_CHECK((r.entry[0].reason.len > 0) == (m[0].reason.len > 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct span text = fuzz_span(data, size);

	FUZZ_CHECK(a != NULL);
	check_field(a, text);
	check_values(a, text);
	arena_free(a);
	return 0;
}
