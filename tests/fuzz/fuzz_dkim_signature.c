/*
 * DKIM-Signature fields: what is said to be good is, and what is signed does
 * not depend on b=.
 */
#include "config.h"

#include "base/strbuf.h"
#include "message/domain.h"
#include "policy/dkim.h"
#include "tests/fuzz/fuzz.h"

static void
check_good(const struct dkim_signature *sig)
{
	struct span at = span_skip(sig->identity,
	    span_rfind(sig->identity, '@'));

	FUZZ_CHECK(domain_is_normal(sig->domain));
	FUZZ_CHECK(domain_is_normal(sig->selector));
	FUZZ_CHECK(at.len > 1);
	FUZZ_CHECK(domain_within(span_skip(at, 1), sig->domain));
	FUZZ_CHECK(sig->nsigned_fields > 0 &&
	    sig->nsigned_fields <= DKIM_MAX_SIGNED_FIELDS);
	FUZZ_CHECK(sig->body_hash.len == DIGEST_LEN);
	FUZZ_CHECK(sig->signature.len > 0);
	FUZZ_CHECK(!sig->has_time || !sig->has_expiry ||
	    sig->time < sig->expiry);
}

/* The same field with white space put before and behind the value of b=. */
static struct header
respaced(struct arena *a, const struct header *f,
    const struct dkim_signature *sig)
{
	struct header out = *f;
	struct span rest = f->value, spec;
	struct strbuf sb;
	bool first = true;

	strbuf_init(&sb, a);
	while (span_next(&rest, ';', &spec)) {
		size_t eq = span_find(spec, '=');

		if (!first)
			strbuf_addc(&sb, ';');
		first = false;
		if (!span_is(span_trim(span_head(spec, eq)), "b")) {
			strbuf_add(&sb, spec);
			continue;
		}
		strbuf_add(&sb, span_head(spec, eq + 1));
		strbuf_adds(&sb, "\r\n\t ");
		strbuf_add(&sb, sig->signature_text);
		strbuf_adds(&sb, " ");
	}
	out.value = strbuf_span(&sb);
	return out;
}

static void
check_signed_data(struct arena *a, const struct headers *h,
    const struct dkim_signature *sig)
{
	struct header other = respaced(a, sig->field, sig);
	struct dkim_signature again = *sig;
	struct span one, two;

	again.field = &other;
	one = dkim_signed_data(a, h, sig);
	two = dkim_signed_data(a, h, &again);
	FUZZ_CHECK(one.p != NULL && span_eq(one, two));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct header field = { SPAN("DKIM-Signature"), SPAN(""), SPAN("") };
	struct dkim_signature sig;
	struct headers h;
	struct span body;
	const char *why = NULL;
	enum result result;

	FUZZ_CHECK(a != NULL);
	field.value = fuzz_span(data, size);
	headers_init(&h, a, 0);
	message_split(SPAN("From: a\r\nTo: b\r\nFrom: c\r\nSubject:\r\n"),
	    &h, &body);
	result = dkim_signature_parse(a, &field, &sig, &why);
	FUZZ_CHECK((result == RESULT_NONE) == (why == NULL));
	FUZZ_CHECK(sig.domain.len == 0 || domain_is_normal(sig.domain));
	if (result == RESULT_NONE) {
		check_good(&sig);
		check_signed_data(a, &h, &sig);
	}
	arena_free(a);
	return 0;
}
