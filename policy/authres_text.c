#include "config.h"
#include "policy/authres_text.h"

#include "base/utf8.h"
#include "message/lex.h"

bool
authres_is_token_char(unsigned char c)
{
	return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

bool
authres_is_token(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!authres_is_token_char((unsigned char)s.p[i]))
			return false;
	return s.len > 0;
}

size_t
authres_printable(struct span s)
{
	uint32_t cp = 0;
	size_t len = utf8_char(s, &cp);

	if (cp < ' ' || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 ||
	    cp == 0x2029)
		return 0;
	return len;
}

bool
authres_is_printable(struct span s)
{
	while (s.len > 0) {
		size_t len = authres_printable(s);

		if (len == 0)
			return false;
		s = span_skip(s, len);
	}
	return true;
}

bool
authres_is_dot_atom(struct span s)
{
	struct span rest = s, atom;

	if (s.len == 0)
		return false;
	while (span_next(&rest, '.', &atom))
		if (atom.len == 0 || lex_atom(atom) != atom.len)
			return false;
	return true;
}

/* Letters, digits, hyphens within, or a U-label. */
static bool
is_label(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_isalnum(c) && c != '-' && c < 0x80)
			return false;
	}
	return s.len > 0 && s.p[0] != '-' && s.p[s.len - 1] != '-';
}

bool
authres_is_domain(struct span s)
{
	struct span rest = s, label;
	size_t labels = 0;

	if (s.len == 0 || !authres_is_printable(s))
		return false;
	while (span_next(&rest, '.', &label)) {
		if (!is_label(label))
			return false;
		labels++;
	}
	return labels >= 2;
}
