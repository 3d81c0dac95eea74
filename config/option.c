#include "config.h"
#include "config/option.h"

#include <assert.h>

#include "base/strbuf.h"
#include "config/dataset.h"
#include "dns/dns.h"

/* ---- the table ---------------------------------------------------------- */

size_t
option_count(void)
{
	return OPTION_HONOURED_COUNT + option_nothers;
}

const struct option_row *
option_at(size_t i)
{
	return i < OPTION_HONOURED_COUNT ? &option_honoured[i] :
	    &option_others[i - OPTION_HONOURED_COUNT];
}

const struct option_row *
option_find(struct span name)
{
	size_t i;

	for (i = 0; i < option_count(); i++)
		if (span_is_nocase(name, option_at(i)->name))
			return option_at(i);
	return NULL;
}

/* Longer names are no slip of the finger for any of ours. */
#define MAX_NAME	40

/*
 * How many letters must be changed, put in, taken out or swapped with their
 * neighbour to make one of the other, without case.
 */
static unsigned char
lower_at(struct span s, size_t i)
{
	return ascii_lower((unsigned char)s.p[i]);
}

static unsigned
distance(struct span a, struct span b)
{
	unsigned row[3][MAX_NAME + 1];
	unsigned *two = row[0], *one = row[1], *now = row[2];
	size_t i, j;

	for (j = 0; j <= b.len; j++)
		one[j] = two[j] = (unsigned)j;
	for (i = 1; i <= a.len; i++) {
		unsigned *oldest = two;

		now[0] = (unsigned)i;
		for (j = 1; j <= b.len; j++) {
			unsigned char x = lower_at(a, i - 1);
			unsigned char y = lower_at(b, j - 1);
			unsigned best = one[j - 1] + (x != y);

			if (one[j] + 1 < best)
				best = one[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && two[j - 2] + 1 < best &&
			    x == lower_at(b, j - 2) && y == lower_at(a, i - 2))
				best = two[j - 2] + 1;
			now[j] = best;
		}
		two = one;
		one = now;
		now = oldest;
	}
	return one[b.len];
}

const char *
option_suggest(struct span name)
{
	const char *nearest = NULL;
	unsigned least;
	size_t i;

	if (name.len > MAX_NAME)
		return NULL;
	/* one slip in a short name, up to three in a long one */
	least = name.len < 4 ? 1 : name.len < 8 ? 2 : name.len < 12 ? 3 : 4;
	for (i = 0; i < option_count(); i++) {
		struct span other = span_of(option_at(i)->name);
		unsigned d = distance(name, other);

		if (d < least) {
			least = d;
			nearest = other.p;
		}
	}
	return nearest;
}

const char *
option_type_name(enum option_type t)
{
	switch (t) {
	case OPTION_TEXT:	return "text";
	case OPTION_BOOL:	return "boolean";
	case OPTION_NUMBER:	return "number";
	case OPTION_MODE:	return "mask";
	case OPTION_SIZE:	return "size";
	case OPTION_TIME:	return "time";
	case OPTION_WORD:	return "word";
	case OPTION_NAMES:	return "data set";
	case OPTION_HOSTS:	return "hosts";
	case OPTION_TABLE:	return "table";
	case OPTION_USER:	return "user";
	case OPTION_SERVERS:	return "servers";
	case OPTION_FILE:	return "file";
	}
	return "text";
}

/* ---- values ------------------------------------------------------------- */

static bool
read_bool(struct span text, uint64_t *out)
{
	switch (text.p[0]) {
	case 't': case 'T': case 'y': case 'Y': case '1':
		*out = 1;
		return true;
	case 'f': case 'F': case 'n': case 'N': case '0':
		*out = 0;
		return true;
	default:
		return false;
	}
}

/* A number and the unit behind it, a factor by `units`. */
struct unit {
	const char	*text;
	uint64_t	 factor;
};

static const struct unit time_units[] = {
	{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
	{ "h", 3600000 }, { "d", 86400000 }, { "w", 604800000 }, { NULL, 0 },
};

static const struct unit size_units[] = {
	{ "", 1 }, { "K", 1024 }, { "M", 1048576 }, { "G", 1073741824 },
	{ NULL, 0 },
};

static bool
read_with_unit(struct span text, const struct unit *u, uint64_t *out)
{
	size_t digits = 0;
	struct span unit;

	while (digits < text.len &&
	    ascii_isdigit((unsigned char)text.p[digits]))
		digits++;
	unit = span_trim(span_skip(text, digits));
	while (u->text != NULL && !span_is_nocase(unit, u->text))
		u++;
	if (u->text == NULL ||
	    !span_uint(span_head(text, digits), UINT64_MAX / u->factor, out))
		return false;
	*out *= u->factor;
	return true;
}

/* "0..." is octal, "0x..." hexadecimal, anything else decimal. */
static bool
read_c_number(struct span text, uint64_t *out)
{
	unsigned base = 10, digit;
	size_t i = 0;

	if (span_starts_nocase(text, "0x")) {
		base = 16;
		i = 2;
	} else if (text.len > 1 && text.p[0] == '0') {
		base = 8;
		i = 1;
	}
	if (i == text.len)
		return false;
	for (*out = 0; i < text.len; i++) {
		unsigned char c = ascii_lower((unsigned char)text.p[i]);

		digit = ascii_isdigit(c) ? (unsigned)(c - '0') :
		    ascii_isalpha(c) ? (unsigned)(c - 'a' + 10) : base;
		if (digit >= base || *out > UINT32_MAX)
			return false;
		*out = *out * base + digit;
	}
	return true;
}

static bool
read_word(const struct option_row *o, struct span text, uint64_t *out)
{
	const struct option_word *w;

	for (w = o->words; w->text != NULL; w++) {
		if (span_is_nocase(text, w->text)) {
			*out = w->value;
			return true;
		}
	}
	return o->boolean_words && read_bool(text, out);
}

static const char *
list_words(struct arena *a, const struct option_row *o)
{
	const struct option_word *w;
	struct strbuf sb;

	strbuf_init(&sb, a);
	strbuf_adds(&sb, "must be one of");
	for (w = o->words; w->text != NULL; w++)
		if (!w->hidden)
			strbuf_addf(&sb, "%s %s", w == o->words ? "" : ",",
			    w->text);
	return strbuf_str(&sb);
}

/* ADDRESS[@PORT], ... */
static bool
servers_good(struct span text)
{
	struct dns_server server;
	struct span one;

	while (span_next(&text, ',', &one))
		if (!dns_server_parse(span_trim(one), &server))
			return false;
	return true;
}

/* USER or USER:GROUP, each of at least one byte. */
static bool
user_good(struct span text)
{
	size_t colon = span_find(text, ':');
	size_t i;

	for (i = 0; i < text.len; i++)
		if (ascii_iswsp((unsigned char)text.p[i]))
			return false;
	return colon > 0 && colon + 1 != text.len &&
	    span_find(span_skip(text, colon + 1), ':') ==
	    span_skip(text, colon + 1).len;
}

/* "is not between 1 and 60": in the unit the value is written in. */
static const char *
out_of_range(struct arena *a, const struct option_row *o)
{
	uint64_t unit = o->type == OPTION_TIME ? 1000 : 1;
	const char *what = o->type == OPTION_TIME ? " seconds" :
	    o->type == OPTION_SIZE ? " bytes" : "";

	if (o->type == OPTION_MODE)
		return "must be a number from 0 to 0777 (octal)";
	return arena_printf(a, "must be from %s%llu to %llu%s",
	    o->min > 0 && o->min < unit ? "above " : "",
	    (unsigned long long)(o->min / unit),
	    (unsigned long long)(o->max / unit), what);
}

/* The number of a value; false: no such value, *why_out says why. */
static bool
read_number(struct arena *a, const struct option_row *o, struct span text,
    uint64_t *out, const char **why_out)
{
	bool good;

	switch (o->type) {
	case OPTION_TIME:
		good = read_with_unit(text, time_units, out);
		*why_out = "must be a number of seconds, or one with a unit: "
		    "ms, s, m, h, d, w";
		break;
	case OPTION_SIZE:
		good = read_with_unit(text, size_units, out);
		*why_out = "must be a number of bytes; K, M or G may follow";
		break;
	case OPTION_MODE:
		good = read_c_number(text, out);
		*why_out = "must be a number from 0 to 0777 (octal)";
		break;
	default:
		good = span_uint(text, UINT64_MAX, out);
		*why_out = "must be a number";
		break;
	}
	if (good && (*out < o->min || *out > o->max)) {
		*why_out = out_of_range(a, o);
		return false;
	}
	return good;
}

/* OpenDKIM reads "22" as decimal, which is hardly what was meant. */
static const char *
mode_warning(struct arena *a, struct span text, uint64_t number)
{
	if (text.p[0] == '0' || number < 8)
		return NULL;
	return arena_printf(a, "read as a decimal number, as OpenDKIM does: "
	    "0%llo in octal", (unsigned long long)number);
}

bool
option_read(struct arena *a, const struct option_row *o, struct span text,
    struct option_value *out, const char **why_out)
{
	struct dataset_spec spec;
	bool good = true;

	assert(text.len > 0);
	*why_out = NULL;
	out->number = 0;
	out->text = arena_span(a, text);
	if (out->text.p == NULL) {
		*why_out = "out of memory";
		return false;
	}
	switch (o->type) {
	case OPTION_BOOL:
		good = read_bool(text, &out->number);
		*why_out = good ? NULL : "must be yes or no";
		return good;
	case OPTION_NUMBER: case OPTION_SIZE: case OPTION_TIME:
	case OPTION_MODE:
		good = read_number(a, o, text, &out->number, why_out);
		if (good)
			*why_out = o->type == OPTION_MODE ?
			    mode_warning(a, text, out->number) : NULL;
		return good;
	case OPTION_WORD:
		good = read_word(o, text, &out->number);
		*why_out = good ? NULL : list_words(a, o);
		return good;
	case OPTION_NAMES: case OPTION_HOSTS: case OPTION_TABLE:
		return dataset_spec_parse(a, text, o->type == OPTION_HOSTS,
		    &spec, why_out);
	case OPTION_USER:
		good = user_good(text);
		*why_out = good ? NULL : "must be USER or USER:GROUP";
		return good;
	case OPTION_SERVERS:
		good = servers_good(text);
		*why_out = good ? NULL :
		    "must be ADDRESS or ADDRESS@PORT, separated by commas";
		return good;
	case OPTION_TEXT: case OPTION_FILE:
		return true;
	}
	return true;
}

struct place
option_place(const struct option_values *vals, enum option_id id)
{
	const struct option_value *v = &vals->v[id];

	return (struct place){ v->file, v->line, option_honoured[id].name };
}

bool
option_defaults(struct arena *a, struct option_values *vals, bool opendkim)
{
	const char *why;
	size_t i;

	for (i = 0; i < OPTION_HONOURED_COUNT; i++) {
		const struct option_row *o = &option_honoured[i];
		struct option_value *v = &vals->v[i];
		bool theirs = opendkim && o->opendkim != NULL;
		const char *text = theirs ? o->opendkim : o->fallback;

		*v = (struct option_value){ .source = theirs ?
		    OPTION_FROM_OPENDKIM : OPTION_FROM_DEFAULT };
		if (text == NULL)
			continue;
		if (!option_read(a, o, span_of(text), v, &why)) {
			assert(arena_failed(a));
			return false;
		}
	}
	return true;
}
