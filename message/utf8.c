#include "config.h"
#include "message/utf8.h"

/*
 * First bytes of the sequences of RFC 3629, 4, and what the second byte may
 * be after them; the third and fourth are always 80-BF.
 */
static const struct form {
	uint8_t		first_lo, first_hi;
	uint8_t		second_lo, second_hi;
	uint8_t		len;
} forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static bool
between(char c, uint8_t lo, uint8_t hi)
{
	return (uint8_t)c >= lo && (uint8_t)c <= hi;
}

static bool
has_form(struct span s, const struct form *f)
{
	size_t i;

	if (s.len < f->len || !between(s.p[0], f->first_lo, f->first_hi) ||
	    !between(s.p[1], f->second_lo, f->second_hi))
		return false;
	for (i = 2; i < f->len; i++)
		if (!between(s.p[i], 0x80, 0xbf))
			return false;
	return true;
}

size_t
utf8_sequence(struct span s)
{
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (has_form(s, &forms[i]))
			return forms[i].len;
	return 0;
}
