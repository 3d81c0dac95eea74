#include "config.h"
#include "policy/fieldtext.h"

#include "policy/authres_text.h"

/*
 * A line is folded where it would go beyond this; the first has the field's
 * name in front, the others a tab.
 */
#define MAX_COLUMN	78
#define TAB_COLUMN	8

void
field_begin(struct field_writer *w, struct arena *a, const char *name)
{
	strbuf_init(&w->out, a);
	strbuf_init(&w->word, a);
	w->column = strlen(name) + 1;
}

void
field_word_end(struct field_writer *w)
{
	struct span word = strbuf_span(&w->word);

	if (word.len == 0)
		return;
	if (w->column + 1 + word.len > MAX_COLUMN) {
		strbuf_adds(&w->out, "\r\n\t");
		w->column = TAB_COLUMN;
	} else {
		strbuf_addc(&w->out, ' ');
		w->column++;
	}
	strbuf_add(&w->out, word);
	w->column += word.len;
	strbuf_cut(&w->word, 0);
}

void
field_line_end(struct field_writer *w)
{
	field_word_end(w);
	w->column = MAX_COLUMN;
}

struct span
field_end(struct field_writer *w)
{
	field_word_end(w);
	if (w->word.failed)
		return (struct span){ NULL, 0 };
	return strbuf_span(&w->out);
}

struct span
field_shown(struct span text)
{
	size_t len = FIELD_MAX_TEXT;

	if (text.len <= FIELD_MAX_TEXT)
		return text;
	while (len > FIELD_MAX_TEXT - 3 && (text.p[len] & 0xc0) == 0x80)
		len--;
	return span_head(text, len);
}

/* Length of the printable ASCII at the front without those in `special`. */
static size_t
plain_len(struct span text, const char *special)
{
	size_t i = 0;

	while (i < text.len && text.p[i] >= ' ' && text.p[i] < 0x7f &&
	    strchr(special, text.p[i]) == NULL)
		i++;
	return i;
}

/*
 * Append text with a backslash before each octet that is one of `special`,
 * and '?' for what no reader is to see.
 */
static void
add_escaped(struct strbuf *sb, struct span text, const char *special)
{
	while (text.len > 0) {
		size_t len = plain_len(text, special);

		if (len > 0) {
			strbuf_add(sb, span_head(text, len));
			text = span_skip(text, len);
			continue;
		}
		len = authres_printable(text);
		if (len == 0) {
			strbuf_addc(sb, '?');
			len = 1;
		} else {
			if (strchr(special, text.p[0]) != NULL)
				strbuf_addc(sb, '\\');
			strbuf_add(sb, span_head(text, len));
		}
		text = span_skip(text, len);
	}
}

void
field_add_quoted(struct field_writer *w, struct span text)
{
	strbuf_addc(&w->word, '"');
	add_escaped(&w->word, field_shown(text), "\"\\");
	if (text.len > FIELD_MAX_TEXT)
		strbuf_adds(&w->word, "...");
	strbuf_addc(&w->word, '"');
}

void
field_add_comment(struct field_writer *w, struct span text)
{
	struct span word;

	while (span_next(&text, ' ', &word)) {
		add_escaped(&w->word, word, "()\\");
		if (word.len > 0 && text.p != NULL)
			field_word_end(w);
	}
}
