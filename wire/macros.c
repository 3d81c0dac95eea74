#include "config.h"
#include "wire/macros.h"

/* The command that each stage's macros go with. */
static const char command[MILTER_STAGES] = {
	[MILTER_CONNECT] = 'C', [MILTER_HELO] = 'H', [MILTER_MAIL] = 'M',
	[MILTER_RCPT] = 'R', [MILTER_DATA] = 'T', [MILTER_EOM] = 'E',
	[MILTER_EOH] = 'N',
};

/* Pairs of NUL-terminated strings, and nothing else. */
static bool
are_pairs(struct span s)
{
	size_t i, ends = 0;

	for (i = 0; i < s.len; i++)
		ends += s.p[i] == '\0';
	return ends % 2 == 0 && (s.len == 0 || s.p[s.len - 1] == '\0');
}

enum macros_status
macros_take(struct macros *m, struct span data)
{
	struct span pairs = span_skip(data, 1);
	const char *at;

	if (data.len == 0 || !are_pairs(pairs))
		return MACROS_MALFORMED;
	at = memchr(command, data.p[0], sizeof(command));
	if (at == NULL)
		return MACROS_TAKEN;
	buffer_clear(&m->stage[at - command]);
	return buffer_add(&m->stage[at - command], pairs) ? MACROS_TAKEN :
	    MACROS_NO_MEMORY;
}

static struct span
without_braces(struct span name)
{
	if (name.len > 2 && name.p[0] == '{' && name.p[name.len - 1] == '}')
		return (struct span){ name.p + 1, name.len - 2 };
	return name;
}

static struct span
value_among(struct span pairs, struct span name)
{
	struct span said, value;

	while (pairs.len > 0 && span_next(&pairs, '\0', &said) &&
	    span_next(&pairs, '\0', &value))
		if (span_eq(without_braces(said), name))
			return value;
	return (struct span){ NULL, 0 };
}

struct span
macros_value(const struct macros *m, const char *name)
{
	static const enum milter_stage latest_first[] = {
		MILTER_EOM, MILTER_EOH, MILTER_DATA, MILTER_RCPT,
		MILTER_MAIL, MILTER_HELO, MILTER_CONNECT,
	};
	struct span bare = without_braces(span_of(name));
	struct span value = { NULL, 0 };
	size_t i;

	for (i = 0; i < MILTER_STAGES && value.p == NULL; i++)
		value = value_among(buffer_span(&m->stage[latest_first[i]]),
		    bare);
	return value;
}

void
macros_forget(struct macros *m, enum milter_stage from)
{
	enum milter_stage i;

	for (i = from; i < MILTER_STAGES; i++)
		buffer_clear(&m->stage[i]);
}

void
macros_free(struct macros *m)
{
	enum milter_stage i;

	for (i = 0; i < MILTER_STAGES; i++)
		buffer_free(&m->stage[i]);
}
