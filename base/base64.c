#include "config.h"
#include "base/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The six bits of `c`, or -1. */
static int
value_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
base64_decode(struct arena *a, struct span in, struct span *out)
{
	char *buf = arena_alloc(a, in.len / 4 * 3 + 3);
	unsigned acc = 0, chars = 0, pads = 0;
	size_t i, n = 0;

	if (buf == NULL)
		return false;
	for (i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.p[i];
		int v;

		if (ascii_isfws(c))
			continue;
		v = c == '=' ? 0 : value_of(c);
		if (v < 0 || (pads > 0 && c != '='))
			return false;
		pads += c == '=';
		acc = acc << 6 | (unsigned)v;
		if (++chars % 4 != 0)
			continue;
		buf[n++] = (char)(acc >> 16 & 0xff);
		buf[n++] = (char)(acc >> 8 & 0xff);
		buf[n++] = (char)(acc & 0xff);
	}
	if (chars % 4 != 0 || pads > 2)
		return false;
	*out = (struct span){ buf, n - pads };
	return true;
}

struct span
base64_encode(struct arena *a, struct span in)
{
	size_t i, n = 0;
	char *buf;

	if (in.len > SIZE_MAX / 4)
		return (struct span){ NULL, 0 };
	buf = arena_alloc(a, (in.len + 2) / 3 * 4 + 1);
	if (buf == NULL)
		return (struct span){ NULL, 0 };
	for (i = 0; i < in.len; i += 3) {
		size_t left = in.len - i;
		unsigned v = (unsigned)(unsigned char)in.p[i] << 16;

		if (left > 1)
			v |= (unsigned)(unsigned char)in.p[i + 1] << 8;
		if (left > 2)
			v |= (unsigned)(unsigned char)in.p[i + 2];
		buf[n++] = alphabet[v >> 18];
		buf[n++] = alphabet[v >> 12 & 63];
		buf[n++] = left > 1 ? alphabet[v >> 6 & 63] : '=';
		buf[n++] = left > 2 ? alphabet[v & 63] : '=';
	}
	return (struct span){ buf, n };
}
