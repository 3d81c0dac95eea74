#include "config.h"
#include "policy/settings.h"

bool
name_set_has(struct arena *a, const struct name_set *s, struct span name)
{
	char *lower;
	size_t i;

	if (s->rows == NULL || (lower = arena_alloc(a, name.len)) == NULL)
		return false;
	for (i = 0; i < name.len; i++)
		lower[i] = (char)ascii_lower((unsigned char)name.p[i]);
	return s->has(s->rows, (struct span){ lower, name.len });
}
