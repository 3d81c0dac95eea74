/* From and the envelope: what is found is normal, and found again. */
#include "config.h"

#include "message/address.h"
#include "tests/fuzz/fuzz.h"

/* A plain spelling of an author that was found must give that author. */
static void
check_author(struct arena *a, const struct address *author)
{
	struct from again;
	char *plain;

	FUZZ_CHECK(domain_is_normal(author->domain));
	plain = arena_printf(a, "x (y) <z@%.*s>", SPAN_ARG(author->domain));
	FUZZ_CHECK(plain != NULL);
	FUZZ_CHECK(from_parse(a, span_of(plain), &again) == FROM_OK);
	FUZZ_CHECK(again.count == 1);
	FUZZ_CHECK(span_eq(again.author[0].domain, author->domain));
}

static void
try_from(struct arena *a, struct span value)
{
	struct from from;
	enum from_status st = from_parse(a, value, &from);
	size_t i;

	FUZZ_CHECK((st == FROM_OK) == (from.count > 0));
	FUZZ_CHECK((st == FROM_OK) == (from.why == NULL));
	FUZZ_CHECK(from.count <= FROM_MAX_AUTHORS);
	for (i = 0; i < from.count; i++)
		check_author(a, &from.author[i]);
}

static void
try_path(struct arena *a, struct span text)
{
	struct address path;
	bool good = address_parse_path(a, text, &path);

	FUZZ_CHECK(path.local.p != NULL && path.domain.p != NULL);
	FUZZ_CHECK(good || path.local.len + path.domain.len == 0);
	FUZZ_CHECK(path.domain.len == 0 || path.domain.p[0] == '[' ||
	    domain_is_normal(path.domain));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);

	FUZZ_CHECK(a != NULL);
	try_from(a, fuzz_span(data, size));
	try_path(a, fuzz_span(data, size));
	arena_free(a);
	return 0;
}
