#include "config.h"
#include "config/parse.h"

#include "config/file.h"

/* Where a line stands; file NULL: on the command line. */
struct origin {
	const char	*file;
	unsigned	 line;
};

bool
parse_init(struct parser *p, struct arena *a, struct option_values *values,
    bool opendkim, struct report *report)
{
	*p = (struct parser){ .arena = a, .values = values, .report = report,
	    .may_include = true };
	p->warned = arena_array(a, option_count(), sizeof(*p->warned));
	return p->warned != NULL && option_defaults(a, values, opendkim);
}

/* No more of a value than this is repeated in a message. */
#define SHOWN_VALUE	60

static void
complain(struct parser *p, struct origin at, const char *name,
    struct span value, const char *why)
{
	if (span_starts(span_of(why), "must "))
		report_add(p->report, REPORT_ERROR, at.file, at.line, name,
		    "\"%.*s\" %s", SPAN_ARG(span_head(value, SHOWN_VALUE)),
		    why);
	else
		report_add(p->report, REPORT_ERROR, at.file, at.line, name,
		    "%s", why);
}

/* Whether the value asks an option without effect for what is done anyway. */
static bool
is_harmless(struct parser *p, const struct option_row *o, struct span value)
{
	struct option_value given, none;
	const char *why;

	if (o->fallback == NULL)
		return false;
	if (span_is_nocase(value, o->fallback))
		return true;
	return (o->type == OPTION_BOOL || o->type == OPTION_NUMBER) &&
	    option_read(p->arena, o, value, &given, &why) &&
	    option_read(p->arena, o, span_of(o->fallback), &none, &why) &&
	    given.number == none.number;
}

static void
without_effect(struct parser *p, struct origin at, const struct option_row *o,
    size_t row, struct span value)
{
	const char *words = o->status == OPTION_OBSOLETE ? "obsolete" :
	    o->status == OPTION_NOT_YET ? "has no effect yet" :
	    "accepted without effect";

	if (p->warned[row] || is_harmless(p, o, value))
		return;
	p->warned[row] = true;
	report_add(p->report, REPORT_WARNING, at.file, at.line, o->name,
	    "%s: %s", words, o->help);
}

static void
set_value(struct parser *p, struct origin at, const struct option_row *o,
    struct option_value *v, struct span text)
{
	struct option_value new = { .source = at.file != NULL ?
	    OPTION_FROM_FILE : OPTION_FROM_SET, .file = at.file,
	    .line = at.line };
	const char *why;

	if (!option_read(p->arena, o, text, &new, &why)) {
		complain(p, at, o->name, text, why);
		return;
	}
	if (why != NULL)
		report_add(p->report, REPORT_WARNING, at.file, at.line,
		    o->name, "%s", why);
	if (v->source == OPTION_FROM_FILE && at.file != NULL)
		report_add(p->report, REPORT_WARNING, at.file, at.line,
		    o->name, "set before at %s:%u; this value counts",
		    v->file, v->line);
	*v = new;
}

static void
include(struct parser *p, struct origin at, struct span value)
{
	const char *file = arena_str(p->arena, value), *why;
	struct span text;

	if (!p->may_include || file == NULL)
		return;
	if (p->depth == PARSE_MAX_INCLUDES) {
		report_add(p->report, REPORT_ERROR, at.file, at.line,
		    "Include", "files include each other more than %d deep",
		    PARSE_MAX_INCLUDES);
		return;
	}
	if (!file_read(p->arena, file, PARSE_MAX_FILE, &text, &why)) {
		report_add(p->report, REPORT_ERROR, at.file, at.line,
		    "Include", "%s: %s", file, why);
		return;
	}
	p->depth++;
	parse_text(p, file, text);
	p->depth--;
}

static void
unknown(struct parser *p, struct origin at, struct span name)
{
	const char *meant = option_suggest(name);
	const char *shown = arena_str(p->arena, span_head(name, SHOWN_VALUE));

	report_add(p->report, REPORT_ERROR, at.file, at.line,
	    shown != NULL ? shown : "?", "unknown option%s%s%s",
	    meant != NULL ? "; did you mean " : "",
	    meant != NULL ? meant : "", meant != NULL ? "?" : "");
}

/* A line without comment and not empty: name and value. */
static void
parse_option(struct parser *p, struct origin at, struct span text)
{
	const struct option_row *o;
	struct span value;
	size_t end = 0, row;

	while (end < text.len && !ascii_iswsp((unsigned char)text.p[end]))
		end++;
	value = span_trim(span_skip(text, end));
	o = option_find(span_head(text, end));
	if (o == NULL) {
		unknown(p, at, span_head(text, end));
		return;
	}
	if (value.len == 0 || value.p[0] == '=') {
		complain(p, at, o->name, value, value.len == 0 ?
		    "the value is missing" :
		    "write \"Name value\", without \"=\"");
		return;
	}
	for (row = 0; option_at(row) != o; row++)
		continue;
	if (o->status != OPTION_HONOURED)
		without_effect(p, at, o, row, value);
	else if (row == OPT_INCLUDE)
		include(p, at, value);
	else
		set_value(p, at, o, &p->values->v[row], value);
}

static void
parse_line(struct parser *p, struct origin at, struct span line)
{
	line = span_trim(span_head(line, span_find(line, '#')));
	if (line.len == 0)
		return;
	if (file_has_control(line))
		report_add(p->report, REPORT_ERROR, at.file, at.line, NULL,
		    "a control character stands in this line");
	else
		parse_option(p, at, line);
}

void
parse_text(struct parser *p, const char *file, struct span text)
{
	struct origin at = { file, 0 };
	struct span line;

	/* what some editors put before UTF-8 */
	if (span_starts(text, "\xef\xbb\xbf"))
		text = span_skip(text, 3);
	while (p->report->errors < PARSE_MAX_ERRORS &&
	    file_next_line(&text, &line, &at.line))
		parse_line(p, at, line);
	if (p->report->errors == PARSE_MAX_ERRORS && text.len > 0)
		report_add(p->report, REPORT_ERROR, file, at.line, NULL,
		    "too many errors; the rest is not read");
}

bool
parse_file(struct parser *p, const char *file)
{
	struct span text;
	const char *why;

	if (!file_read(p->arena, file, PARSE_MAX_FILE, &text, &why)) {
		report_add(p->report, REPORT_ERROR, file, 0, NULL, "%s", why);
		return false;
	}
	parse_text(p, file, text);
	return true;
}

void
parse_set(struct parser *p, const char *text)
{
	parse_line(p, (struct origin){ NULL, 0 }, span_of(text));
}
