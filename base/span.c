#include "config.h"
#include "base/span.h"

bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static bool
bytes_eq_nocase(const char *a, const char *b, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (ascii_lower((unsigned char)a[i]) !=
		    ascii_lower((unsigned char)b[i]))
			return false;
	return true;
}

bool
span_eq_nocase(struct span a, struct span b)
{
	return a.len == b.len && bytes_eq_nocase(a.p, b.p, a.len);
}

bool
span_is(struct span s, const char *text)
{
	return span_eq(s, span_of(text));
}

bool
span_is_nocase(struct span s, const char *text)
{
	return span_eq_nocase(s, span_of(text));
}

bool
span_starts(struct span s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && (len == 0 || memcmp(s.p, prefix, len) == 0);
}

bool
span_starts_nocase(struct span s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && bytes_eq_nocase(s.p, prefix, len);
}

bool
span_ends_nocase(struct span s, const char *suffix)
{
	size_t len = strlen(suffix);

	return s.len >= len && (len == 0 ||
	    bytes_eq_nocase(s.p + s.len - len, suffix, len));
}

int
span_cmp(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.p, b.p, len) : 0;

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

bool
span_is_ascii(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

size_t
span_find(struct span s, char c)
{
	const char *hit = s.len > 0 ? memchr(s.p, c, s.len) : NULL;

	return hit != NULL ? (size_t)(hit - s.p) : s.len;
}

size_t
span_rfind(struct span s, char c)
{
	const char *hit = s.len > 0 ? memrchr(s.p, c, s.len) : NULL;

	return hit != NULL ? (size_t)(hit - s.p) : s.len;
}

struct span
span_skip(struct span s, size_t n)
{
	if (n > s.len)
		n = s.len;
	if (n > 0)
		s.p += n;
	s.len -= n;
	return s;
}

struct span
span_head(struct span s, size_t n)
{
	if (n < s.len)
		s.len = n;
	return s;
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && ascii_isfws((unsigned char)s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && ascii_isfws((unsigned char)s.p[s.len - 1]))
		s.len--;
	return s;
}

bool
span_next(struct span *rest, char sep, struct span *head_out)
{
	size_t at;

	if (rest->p == NULL)
		return false;
	at = span_find(*rest, sep);
	*head_out = span_head(*rest, at);
	if (at == rest->len)
		*rest = (struct span){ NULL, 0 };
	else
		*rest = span_skip(*rest, at + 1);
	return true;
}

bool
span_uint(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned digit;

		if (!ascii_isdigit((unsigned char)s.p[i]))
			return false;
		digit = (unsigned)(s.p[i] - '0');
		if (digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (s.len == 0)
		return false;
	*out = value;
	return true;
}
