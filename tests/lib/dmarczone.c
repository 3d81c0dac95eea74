#include "config.h"
#include "tests/lib/dmarczone.h"

#include <stdlib.h>

#include "base/strbuf.h"

static void
add_text(struct dnstable *t, const char *name, const json_t *text)
{
	struct arena *a = arena_new(0);
	struct strbuf sb;
	const json_t *part;
	size_t i;

	strbuf_init(&sb, a);
	if (json_is_string(text))
		strbuf_adds(&sb, json_string_value(text));
	json_array_foreach(text, i, part)
		strbuf_adds(&sb, json_string_value(part));
	dnstable_txt(t, name, strbuf_span(&sb));
	arena_free(a);
}

struct dnstable *
dmarczone_table(const json_t *zone)
{
	struct dnstable *t = dnstable_new();
	const char *name;
	const json_t *texts, *text;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)zone, name, texts) {
		json_array_foreach(texts, i, text) {
			if (strcmp(name, "SERVFAIL") == 0)
				dnstable_fail(t, json_string_value(text), 0);
			else
				add_text(t, name, text);
		}
	}
	return t;
}
