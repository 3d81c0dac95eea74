#include "config.h"
#include "base/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/*
 * The six bits of a character and one, so that 0 stands for all that are not
 * of the alphabet.
 */
static const unsigned char value_and_one[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
	18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
	42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['+'] = 63, ['/'] = 64,
};

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
		unsigned v = value_and_one[c];

		if (v == 0 && ascii_isfws(c))
			continue;
		if (v == 0 && c == '=') {
			pads++;
			v = 1;
		} else if (v == 0 || pads > 0) {
			return false;
		}
		acc = acc << 6 | (v - 1);
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
