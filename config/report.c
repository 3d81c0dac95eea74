#include "config.h"
#include "config/report.h"

#include <stdio.h>

#include "base/strbuf.h"

void
report_init(struct report *r, struct arena *a)
{
	*r = (struct report){ .arena = a };
}

/* One more item at the end of the list; NULL without memory. */
static struct report_item *
append(struct report *r)
{
	size_t size = sizeof(*r->item);
	size_t have = r->count * size;
	struct report_item *list;

	list = arena_grow(r->arena, r->item, have, have + size);
	if (list == NULL)
		return NULL;
	r->item = list;
	return &list[r->count++];
}

static void
add_escaped(struct strbuf *sb, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ' || c == 0x7f)
			strbuf_addf(sb, "\\x%02x", c);
		else
			strbuf_addc(sb, *s);
	}
}

static void __attribute__((format(printf, 3, 0)))
add_why(struct strbuf *sb, struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = len >= 0 ? arena_alloc(a, (size_t)len + 1) : NULL;
	if (text == NULL) {
		sb->failed = true;
		return;
	}
	(void)vsnprintf(text, (size_t)len + 1, fmt, ap);
	add_escaped(sb, text);
}

static void __attribute__((format(printf, 4, 0)))
add(struct report *r, enum report_level level, const struct place *at,
    const char *fmt, va_list ap)
{
	struct report_item *item;
	struct strbuf sb;

	if (level == REPORT_ERROR)
		r->errors++;
	strbuf_init(&sb, r->arena);
	if (at->file != NULL) {
		add_escaped(&sb, at->file);
		if (at->line > 0)
			strbuf_addf(&sb, ":%u", at->line);
		strbuf_adds(&sb, ": ");
	}
	if (at->option != NULL) {
		add_escaped(&sb, at->option);
		strbuf_adds(&sb, ": ");
	}
	add_why(&sb, r->arena, fmt, ap);
	item = sb.failed ? NULL : append(r);
	if (item == NULL) {
		r->failed = true;
		return;
	}
	*item = (struct report_item){ level, strbuf_str(&sb) };
}

void
report_add(struct report *r, enum report_level level, const char *file,
    unsigned line, const char *option, const char *fmt, ...)
{
	struct place at = { file, line, option };
	va_list ap;

	va_start(ap, fmt);
	add(r, level, &at, fmt, ap);
	va_end(ap);
}

void
report_at(struct report *r, enum report_level level, const struct place *at,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, level, at, fmt, ap);
	va_end(ap);
}
