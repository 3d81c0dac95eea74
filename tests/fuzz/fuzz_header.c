/*
 * Messages taken apart: the fields and the body hold all octets, and put
 * together again they come apart the same.
 */
#include "config.h"

#include "message/canon.h"
#include "tests/fuzz/fuzz.h"

static void
check_same(const struct headers *x, const struct headers *y)
{
	size_t i;

	FUZZ_CHECK(x->count == y->count && x->bytes == y->bytes);
	for (i = 0; i < x->count; i++) {
		FUZZ_CHECK(span_eq(x->field[i].name, y->field[i].name));
		FUZZ_CHECK(span_eq(x->field[i].gap, y->field[i].gap));
		FUZZ_CHECK(span_eq(x->field[i].value, y->field[i].value));
	}
}

static void
try_split(struct arena *a, struct span text)
{
	struct headers h, again;
	struct span body, rest;
	struct strbuf sb;
	size_t i;

	headers_init(&h, a, 0);
	message_split(text, &h, &body);
	FUZZ_CHECK(body.p + body.len == text.p + text.len);
	if (h.overflow)
		return;
	strbuf_init(&sb, a);
	for (i = 0; i < h.count; i++)
		canon_header(&sb, CANON_SIMPLE, &h.field[i]);
	FUZZ_CHECK(strbuf_span(&sb).len == h.bytes);
	headers_init(&again, a, h.bytes);
	message_split(strbuf_span(&sb), &again, &rest);
	FUZZ_CHECK(rest.len == 0 && !again.overflow);
	check_same(&h, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	uint8_t *copy = malloc(size + 1);

	FUZZ_CHECK(a != NULL && copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	try_split(a, fuzz_span(copy, size));
	free(copy);
	arena_free(a);
	return 0;
}
