#include "config.h"
#include "tests/lib/confworld.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "tests/lib/testlib.h"

void
world_open(struct world *w)
{
	strcpy(w->dir, "/tmp/signet-check.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(w->dir));
	w->arena = arena_new(0);
	report_init(&w->report, w->arena);
}

void
world_close(struct world *w)
{
	char *command = arena_printf(w->arena, "rm -rf %s", w->dir);

	ck_assert_int_eq(system(command), 0);
	arena_free(w->arena);
}

/* The text with each `from` made `to`. */
static struct span
replaced(struct arena *a, const char *text, const char *from, const char *to)
{
	const char *hit;
	struct strbuf sb;

	strbuf_init(&sb, a);
	while ((hit = strstr(text, from)) != NULL) {
		strbuf_add(&sb, (struct span){ text, (size_t)(hit - text) });
		strbuf_adds(&sb, to);
		text = hit + strlen(from);
	}
	strbuf_adds(&sb, text);
	ck_assert_ptr_nonnull(strbuf_str(&sb));
	return strbuf_span(&sb);
}

const char *
world_put_as_is(struct world *w, const char *name, struct span text)
{
	const char *path = arena_printf(w->arena, "%s/%s", w->dir, name);
	FILE *fp = fopen(path, "w");

	ck_assert_ptr_nonnull(fp);
	fwrite(text.p, 1, text.len, fp);
	ck_assert_int_eq(fclose(fp), 0);
	return path;
}

const char *
world_put(struct world *w, const char *name, const char *text)
{
	return world_put_as_is(w, name, replaced(w->arena, text, "DIR",
	    w->dir));
}

const char *
report_lines(const struct report *r)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, r->arena);
	for (i = 0; i < r->count; i++)
		strbuf_addf(&sb, "%s%s\n",
		    r->item[i].level == REPORT_ERROR ? "error " :
		    r->item[i].level == REPORT_WARNING ? "warning " :
		    "note ", r->item[i].text);
	return strbuf_str(&sb);
}

const char *
world_reports(struct world *w)
{
	return replaced(w->arena, report_lines(&w->report), w->dir, "DIR").p;
}
