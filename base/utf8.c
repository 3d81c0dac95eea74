#include "config.h"
#include "base/utf8.h"

/* How long a character is by its first byte, and the bits that byte gives. */
static size_t
lead(unsigned char c, uint32_t *bits_out)
{
	if (c < 0x80) {
		*bits_out = c;
		return 1;
	}
	if (c >= 0xc2 && c <= 0xdf) {
		*bits_out = c & 0x1f;
		return 2;
	}
	if (c >= 0xe0 && c <= 0xef) {
		*bits_out = c & 0x0f;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*bits_out = c & 0x07;
		return 4;
	}
	return 0;
}

size_t
utf8_char(struct span s, uint32_t *cp_out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t cp = 0;
	size_t len, i;

	len = s.len > 0 ? lead((unsigned char)s.p[0], &cp) : 0;
	if (len == 0 || len > s.len)
		return 0;
	for (i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (c & 0x3f);
	}
	if (cp < least[len] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*cp_out = cp;
	return len;
}
