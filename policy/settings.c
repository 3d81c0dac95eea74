#include "config.h"
#include "policy/settings.h"

struct span
span_lower(struct arena *a, struct span s)
{
	char *lower = arena_alloc(a, s.len);
	size_t i;

	if (lower == NULL)
		return (struct span){ NULL, 0 };
	for (i = 0; i < s.len; i++)
		lower[i] = (char)ascii_lower((unsigned char)s.p[i]);
	return (struct span){ lower, s.len };
}

bool
name_set_has(struct arena *a, const struct name_set *s, struct span name)
{
	struct span lower;

	if (s->rows == NULL)
		return false;
	lower = span_lower(a, name);
	return lower.p != NULL && s->has(s->rows, lower);
}
