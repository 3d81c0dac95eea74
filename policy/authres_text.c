#include "config.h"
#include "policy/authres_text.h"

#include "base/utf8.h"

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

/* atext of RFC 5322, 3.2.3, its ASCII part. */
static bool
is_atext(unsigned char c)
{
	return ascii_isalnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Not empty, and each character is wanted ASCII or printable beyond it. */
static bool
all_of(struct span s, bool (*wanted)(unsigned char c))
{
	if (s.len == 0)
		return false;
	while (s.len > 0) {
		size_t len = authres_printable(s);

		if (len == 0 || (len == 1 && !wanted((unsigned char)s.p[0])))
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
		if (!all_of(atom, is_atext))
			return false;
	return true;
}

static bool
is_ldh(unsigned char c)
{
	return ascii_isalnum(c) || c == '-';
}

bool
authres_is_domain(struct span s)
{
	struct span rest = s, label;
	size_t labels = 0;

	if (s.len == 0)
		return false;
	while (span_next(&rest, '.', &label)) {
		if (!all_of(label, is_ldh) || label.p[0] == '-' ||
		    label.p[label.len - 1] == '-')
			return false;
		labels++;
	}
	return labels >= 2;
}
