/* Tag lists: what was taken apart can be put together and reads the same. */
#include "config.h"

#include "base/strbuf.h"
#include "message/taglist.h"
#include "tests/fuzz/fuzz.h"

static void
check_same(const struct taglist *x, const struct taglist *y)
{
	size_t i;

	FUZZ_CHECK(x->count == y->count);
	for (i = 0; i < x->count; i++) {
		FUZZ_CHECK(span_eq(x->tag[i].name, y->tag[i].name));
		FUZZ_CHECK(span_eq(x->tag[i].value, y->tag[i].value));
	}
}

static void
check_again(struct arena *a, const struct taglist *list)
{
	struct taglist again;
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	for (i = 0; i < list->count; i++) {
		strbuf_add(&sb, list->tag[i].name);
		strbuf_adds(&sb, " =\r\n\t");
		strbuf_add(&sb, list->tag[i].value);
		strbuf_adds(&sb, ";");
	}
	FUZZ_CHECK(taglist_parse(a, strbuf_span(&sb), &again, NULL) ==
	    TAGLIST_OK);
	check_same(list, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct span text = fuzz_span(data, size), where = { NULL, 0 };
	struct taglist list;

	FUZZ_CHECK(a != NULL);
	if (taglist_parse(a, text, &list, &where) == TAGLIST_OK)
		check_again(a, &list);
	else
		FUZZ_CHECK(list.count == 0 && where.p >= text.p &&
		    where.p + where.len <= text.p + text.len);
	arena_free(a);
	return 0;
}
