#include "config.h"
#include "policy/result.h"

#include <assert.h>

const char *
result_name(enum result r)
{
	switch (r) {
	case RESULT_NONE:	return "none";
	case RESULT_PASS:	return "pass";
	case RESULT_FAIL:	return "fail";
	case RESULT_SOFTFAIL:	return "softfail";
	case RESULT_NEUTRAL:	return "neutral";
	case RESULT_POLICY:	return "policy";
	case RESULT_TEMPERROR:	return "temperror";
	case RESULT_PERMERROR:	return "permerror";
	}
	return "permerror";
}

void
method_result_add(struct method_result *m, const char *name,
    struct span value)
{
	if (value.len == 0)
		return;
	assert(m->nproperties < METHOD_MAX_PROPERTIES);
	m->property[m->nproperties++] = (struct property){ name, value };
}

struct span
method_result_get(const struct method_result *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->nproperties; i++)
		if (strcmp(m->property[i].name, name) == 0)
			return m->property[i].value;
	return (struct span){ NULL, 0 };
}
