#include "config.h"
#include "message/taglist.h"

#include "message/lex.h"

const char *
taglist_status_text(enum taglist_status st)
{
	switch (st) {
	case TAGLIST_OK:
		return "good";
	case TAGLIST_SYNTAX:
		return "syntax error in tag list";
	case TAGLIST_DUPLICATE:
		return "duplicate tag";
	case TAGLIST_TOO_MANY:
		return "too many tags";
	case TAGLIST_NOMEM:
		return "out of memory";
	}
	return "unknown";
}

/* ALPHA *ALNUMPUNC; 0 when there is no name. */
static size_t
name_len(struct span s)
{
	size_t i = 0;

	if (s.len == 0 || !ascii_isalpha((unsigned char)s.p[0]))
		return 0;
	while (i < s.len && (ascii_isalnum((unsigned char)s.p[i]) ||
	    s.p[i] == '_'))
		i++;
	return i;
}

/* Length of the VALCHARs at the front, 0 when there is none. */
static size_t
valchars_len(struct span s)
{
	size_t i = 0, n;

	do {
		/* nearly all of them are of ASCII: no call for each */
		while (i < s.len && s.p[i] > ' ' && s.p[i] < 0x7f &&
		    s.p[i] != ';')
			i++;
		n = i < s.len && s.p[i] != ';' ? lex_vchar(span_skip(s, i)) :
		    0;
		i += n;
	} while (n > 0);
	return i;
}

/*
 * Length of the value at the front of `s`, without the white space behind it:
 * words of VALCHARs with white space between them.
 */
static size_t
value_len(struct span s)
{
	size_t i = 0, end = 0, n;

	while (i < s.len) {
		n = valchars_len(span_skip(s, i));
		if (n > 0)
			end = i + n;
		else
			n = lex_fws(span_skip(s, i));
		if (n == 0)
			break;
		i += n;
	}
	return end;
}

/* Parse one tag-spec; all of `s` must be used up. */
static bool
parse_spec(struct span s, struct tag *out)
{
	s = span_skip(s, lex_fws(s));
	out->name = span_head(s, name_len(s));
	s = span_skip(s, out->name.len);
	s = span_skip(s, lex_fws(s));
	if (out->name.len == 0 || s.len == 0 || s.p[0] != '=')
		return false;
	s = span_skip(s, 1);
	s = span_skip(s, lex_fws(s));
	out->value = span_head(s, value_len(s));
	s = span_skip(s, out->value.len);
	return lex_fws(s) == s.len;
}

static bool
is_known(const struct taglist *t, struct span name)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (span_eq(t->tag[i].name, name))
			return true;
	return false;
}

static enum taglist_status
add_spec(struct taglist *t, size_t room, struct span spec)
{
	struct tag tag;

	if (t->count == room)
		return TAGLIST_TOO_MANY;
	if (!parse_spec(spec, &tag))
		return TAGLIST_SYNTAX;
	if (is_known(t, tag.name))
		return TAGLIST_DUPLICATE;
	t->tag[t->count++] = tag;
	return TAGLIST_OK;
}

/* As many tags as `text` can hold, within the limit. */
static size_t
room_for(struct span text)
{
	size_t i, n = 1;

	for (i = 0; i < text.len && n < TAGLIST_MAX_TAGS; i++)
		n += text.p[i] == ';';
	return n;
}

/* On failure *where is the tag-spec that was not understood. */
static enum taglist_status
parse_specs(struct taglist *t, size_t room, struct span text,
    struct span *where)
{
	enum taglist_status st;
	struct span rest = text;

	while (span_next(&rest, ';', where)) {
		/* Nothing behind the last ";", or nothing at all. */
		if (rest.p == NULL && lex_fws(*where) == where->len)
			break;
		st = add_spec(t, room, *where);
		if (st != TAGLIST_OK)
			return st;
	}
	return TAGLIST_OK;
}

enum taglist_status
taglist_parse(struct arena *a, struct span text, struct taglist *out,
    struct span *where_out)
{
	enum taglist_status st = TAGLIST_NOMEM;
	struct taglist list = { NULL, 0 };
	size_t room = room_for(text);
	struct span where = { text.p, 0 };

	*out = list;
	if (text.p == NULL)
		text = SPAN("");
	list.tag = arena_array(a, room, sizeof(*list.tag));
	if (list.tag != NULL)
		st = parse_specs(&list, room, text, &where);
	if (st == TAGLIST_OK)
		*out = list;
	else if (where_out != NULL)
		*where_out = where;
	return st;
}

const struct span *
taglist_get(const struct taglist *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (span_is(t->tag[i].name, name))
			return &t->tag[i].value;
	return NULL;
}
