#include "config.h"
#include "message/header.h"

#define FIRST_CAP	32

void
headers_init(struct headers *h, struct arena *a, size_t max_bytes)
{
	*h = (struct headers){ .arena = a, .max_bytes = max_bytes };
}

/* Whether the LF at s.p[at] needs a CR put before it. */
static bool
is_bare_lf(struct span s, size_t at)
{
	return s.p[at] == '\n' && (at == 0 || s.p[at - 1] != '\r');
}

static size_t
count_bare_lf(struct span s)
{
	size_t i, n = 0;

	for (i = span_find(s, '\n'); i < s.len; i++)
		n += is_bare_lf(s, i);
	return n;
}

/* Copy `s` to `to`, which is then moved behind the copy. */
static struct span
put(char **to, struct span s)
{
	char *start = *to;

	if (s.len > 0)
		memcpy(start, s.p, s.len);
	*to += s.len;
	return (struct span){ start, s.len };
}

static struct span
put_crlf(char **to, struct span s)
{
	char *start = *to, *p = start;
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (is_bare_lf(s, i))
			*p++ = '\r';
		*p++ = s.p[i];
	}
	*to = p;
	return (struct span){ start, (size_t)(p - start) };
}

/* Room for one more field. */
static bool
make_room(struct headers *h)
{
	size_t cap = h->cap > 0 ? h->cap * 2 : FIRST_CAP;
	struct header *field;

	if (h->count >= HEADERS_MAX_FIELDS)
		return false;
	if (h->count < h->cap)
		return true;
	field = arena_grow(h->arena, h->field, h->cap * sizeof(*field),
	    cap * sizeof(*field));
	if (field == NULL)
		return false;
	h->field = field;
	h->cap = cap;
	return true;
}

/* Whether `bytes` more are within the limit. */
static bool
fits(const struct headers *h, size_t bytes)
{
	return h->max_bytes == 0 || (h->bytes <= h->max_bytes &&
	    bytes <= h->max_bytes - h->bytes);
}

/* Append a field that takes `bytes` on the wire. */
static bool
add_field(struct headers *h, struct span name, struct span gap,
    struct span value, size_t extra)
{
	size_t len = name.len + gap.len + value.len + extra;
	size_t bytes = len + strlen(":\r\n");
	struct header *f;
	char *to;

	if (!fits(h, bytes) || !make_room(h))
		return false;
	to = arena_alloc(h->arena, len);
	if (to == NULL)
		return false;
	f = &h->field[h->count++];
	f->name = put(&to, name);
	f->gap = put(&to, gap);
	f->value = extra > 0 ? put_crlf(&to, value) : put(&to, value);
	h->bytes += bytes;
	return true;
}

bool
headers_add(struct headers *h, struct span name, struct span gap,
    struct span value)
{
	if (h->overflow)
		return false;
	if (!add_field(h, name, gap, value, count_bare_lf(value)))
		h->overflow = true;
	return !h->overflow;
}

size_t
headers_count(const struct headers *h, struct span name)
{
	size_t i, n = 0;

	for (i = 0; i < h->count; i++)
		n += span_eq_nocase(h->field[i].name, name);
	return n;
}

const struct header *
headers_nth(const struct headers *h, struct span name, size_t n)
{
	size_t i;

	for (i = 0; i < h->count; i++)
		if (span_eq_nocase(h->field[i].name, name) && --n == 0)
			return &h->field[i];
	return NULL;
}

const struct header *
headers_nth_last(const struct headers *h, struct span name, size_t n)
{
	size_t i;

	for (i = h->count; i > 0; i--)
		if (span_eq_nocase(h->field[i - 1].name, name) && --n == 0)
			return &h->field[i - 1];
	return NULL;
}

/* ---- a message taken apart ---------------------------------------------- */

/* Length of the line at the front of `text`, its line end included. */
static size_t
line_len(struct span text)
{
	size_t at = span_find(text, '\n');

	return at < text.len ? at + 1 : at;
}

/* `line` without LF or CRLF. */
static struct span
line_text(struct span line)
{
	if (line.len > 0 && line.p[line.len - 1] == '\n') {
		line.len--;
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
	}
	return line;
}

static bool
is_continuation(struct span line)
{
	return line.len > 0 && ascii_iswsp((unsigned char)line.p[0]);
}

/* ftext of RFC 5322, 3.6.8: printable, no colon. */
static bool
is_name_char(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != ':';
}

/* Take "name gap:" off the front of a line. False: it is no field. */
static bool
split_field(struct span line, struct span *name, struct span *gap,
    struct span *rest)
{
	size_t n = 0, colon;

	while (n < line.len && is_name_char((unsigned char)line.p[n]))
		n++;
	colon = n;
	while (colon < line.len && ascii_iswsp((unsigned char)line.p[colon]))
		colon++;
	if (n == 0 || colon == line.len || line.p[colon] != ':')
		return false;
	*name = span_head(line, n);
	*gap = (struct span){ line.p + n, colon - n };
	*rest = span_skip(line, colon + 1);
	return true;
}

/* The field at the front of `text` with its continuation lines. */
static size_t
field_len(struct span text)
{
	size_t len = line_len(text);

	while (len < text.len && is_continuation(span_skip(text, len)))
		len += line_len(span_skip(text, len));
	return len;
}

static struct span
skip_mbox_line(struct span text)
{
	struct span line = line_text(span_head(text, line_len(text)));
	struct span name, gap, rest;

	if (span_starts(line, "From ") &&
	    !split_field(line, &name, &gap, &rest))
		return span_skip(text, line_len(text));
	return text;
}

void
message_split(struct span text, struct headers *h, struct span *body_out)
{
	struct span name, gap, value, field;

	for (text = skip_mbox_line(text); text.len > 0;
	    text = span_skip(text, field.len)) {
		if (line_text(span_head(text, line_len(text))).len == 0) {
			text = span_skip(text, line_len(text));
			break;
		}
		field = span_head(text, field_len(text));
		if (!split_field(line_text(field), &name, &gap, &value))
			break;
		(void)headers_add(h, name, gap, value);
	}
	*body_out = text;
}
