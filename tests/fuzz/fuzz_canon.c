/*
 * Canonicalization: the first bytes say where a body is cut. It must come out
 * as if it had come in one piece, and twice canonical is canonical.
 */
#include "config.h"

#include "message/canon.h"
#include "tests/fuzz/fuzz.h"

#define CUTS	4

static void
append(void *ctx, const char *p, size_t len)
{
	strbuf_add(ctx, (struct span){ p, len });
}

/* In chunks of cut[0], cut[1] ... bytes, over and over; 0: all there is. */
static struct span
canonical(struct arena *a, enum canon kind, struct span in,
    const uint8_t cut[CUTS])
{
	struct canon_body b;
	struct strbuf sb;
	size_t i, len;

	strbuf_init(&sb, a);
	canon_body_init(&b, kind, append, &sb);
	for (i = 0; in.len > 0; i++) {
		len = cut[i % CUTS] == 0 ? in.len : cut[i % CUTS];
		canon_body_feed(&b, in.p, span_head(in, len).len);
		in = span_skip(in, len);
	}
	canon_body_finish(&b);
	return strbuf_span(&sb);
}

static void
try_body(struct arena *a, enum canon kind, struct span in,
    const uint8_t cut[CUTS])
{
	static const uint8_t uncut[CUTS];
	struct span whole = canonical(a, kind, in, uncut);

	FUZZ_CHECK(span_eq(canonical(a, kind, in, cut), whole));
	FUZZ_CHECK(span_eq(canonical(a, kind, whole, cut), whole));
}

static struct span
relaxed_field(struct arena *a, struct headers *h, size_t i)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	canon_header(&sb, CANON_RELAXED, &h->field[i]);
	return strbuf_span(&sb);
}

static void
try_header(struct arena *a, struct span in)
{
	struct headers h;
	struct span once;

	headers_init(&h, a, 0);
	FUZZ_CHECK(headers_add(&h, SPAN("Name"), SPAN(" "), in));
	once = relaxed_field(a, &h, 0);
	FUZZ_CHECK(span_starts(once, "name:") && span_ends_nocase(once, "\r\n"));
	FUZZ_CHECK(headers_add(&h, SPAN("name"), SPAN(""),
	    span_skip(span_head(once, once.len - 2), strlen("name:"))));
	FUZZ_CHECK(span_eq(relaxed_field(a, &h, 1), once));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a;
	struct span in;

	if (size < CUTS)
		return 0;
	a = arena_new(0);
	FUZZ_CHECK(a != NULL);
	in = fuzz_span(data + CUTS, size - CUTS);
	try_body(a, CANON_SIMPLE, in, data);
	try_body(a, CANON_RELAXED, in, data);
	try_header(a, in);
	arena_free(a);
	return 0;
}
