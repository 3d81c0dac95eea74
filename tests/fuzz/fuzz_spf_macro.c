/*
 * SPF macros, in names and in explanations: whatever the record and the
 * session hold, a name is a name or refused, and nothing grows too long.
 * Input: local part, newline, HELO, newline, the text with macros.
 */
#include "config.h"

#include "message/domain.h"
#include "policy/spf_macro.h"
#include "tests/fuzz/fuzz.h"

static enum spf_expand
validated(void *ctx, struct span *out)
{
	(void)ctx;
	*out = SPAN("mail.example.com");
	return SPF_EXPAND_OK;
}

static void
check_name(struct span name)
{
	struct span rest = name, label;
	size_t i;

	FUZZ_CHECK(name.len > 0 && name.len <= DOMAIN_MAX_LEN);
	for (i = 0; i < name.len; i++)
		FUZZ_CHECK(name.p[i] >= ' ' && name.p[i] <= '~' &&
		    !(name.p[i] >= 'A' && name.p[i] <= 'Z'));
	while (span_next(&rest, '.', &label))
		FUZZ_CHECK(label.len > 0 && label.len <= DOMAIN_MAX_LABEL);
}

static void
check_kind(struct arena *a, struct span text, enum spf_macro_kind kind,
    const struct spf_macro_env *env)
{
	struct spf_fault fault = { NULL, { NULL, 0 } };
	struct spf_macro m;
	enum spf_expand got;
	struct span out;

	if (spf_macro_parse(a, text, kind, &m, &fault) != SPF_PARSE_OK) {
		FUZZ_CHECK(fault.why != NULL && fault.where.p >= text.p &&
		    fault.where.p + fault.where.len <= text.p + text.len);
		return;
	}
	got = spf_macro_expand(a, &m, env, &out);
	FUZZ_CHECK(got == SPF_EXPAND_OK || got == SPF_EXPAND_BAD_NAME);
	FUZZ_CHECK(out.len <= SPF_MAX_EXPANSION);
	got = spf_macro_name(a, &m, env, &out);
	if (got == SPF_EXPAND_OK)
		check_name(out);
	else
		FUZZ_CHECK(got == SPF_EXPAND_BAD_NAME && out.len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct span text = size > 0 ? fuzz_span(data, size) : SPAN("");
	struct spf_macro_env env = {
		.sender = SPAN("user@example.com"),
		.sender_domain = SPAN("example.com"),
		.domain = SPAN("spf.example.com"),
		.ip = { .s6_addr = { 0x20, 1, 0x0d, 0xb8, [15] = 1 } },
		.receiver = SPAN("mx.example.net"),
		.now = 1700000000,
		.validated = validated,
	};

	FUZZ_CHECK(a != NULL);
	(void)span_next(&text, '\n', &env.local);
	if (text.p != NULL)
		(void)span_next(&text, '\n', &env.helo);
	if (text.p != NULL) {
		check_kind(a, text, SPF_DOMAIN_SPEC, &env);
		check_kind(a, text, SPF_MACRO_STRING, &env);
		check_kind(a, text, SPF_EXPLAIN_STRING, &env);
	}
	arena_free(a);
	return 0;
}
