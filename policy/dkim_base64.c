#include "config.h"
#include "policy/dkim_base64.h"

#include "base/base64.h"

/* How many "=" are missing at the end of `in`. */
static size_t
missing_padding(struct span in)
{
	size_t i, chars = 0;

	for (i = 0; i < in.len; i++) {
		if (in.p[i] == '=')
			return 0;
		chars += !ascii_isfws((unsigned char)in.p[i]);
	}
	return chars % 4 == 2 ? 2 : chars % 4 == 3 ? 1 : 0;
}

bool
dkim_base64_decode(struct arena *a, struct span in, struct span *out)
{
	size_t missing = missing_padding(in);
	char *p;

	if (missing == 0)
		return base64_decode(a, in, out);
	if ((p = arena_alloc(a, in.len + missing)) == NULL)
		return false;
	memcpy(p, in.p, in.len);
	memset(p + in.len, '=', missing);
	return base64_decode(a, (struct span){ p, in.len + missing }, out);
}
