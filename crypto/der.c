#include "config.h"
#include "crypto/der.h"

/* More length bytes than any key could need: 2^24 bytes. */
#define DER_MAX_LENGTH_BYTES	3

static unsigned char
byte_at(struct span s, size_t i)
{
	return (unsigned char)s.p[i];
}

/* The length field at the front of *rest (X.690, 8.1.3 and 10.1). */
static bool
take_length(struct span *rest, size_t *len_out)
{
	size_t i, n, len = 0;

	if (rest->len == 0)
		return false;
	if (byte_at(*rest, 0) < 0x80) {
		*len_out = byte_at(*rest, 0);
		*rest = span_skip(*rest, 1);
		return true;
	}
	n = byte_at(*rest, 0) & 0x7f;
	if (n == 0 || n > DER_MAX_LENGTH_BYTES || rest->len < 1 + n)
		return false;
	for (i = 1; i <= n; i++)
		len = len << 8 | byte_at(*rest, i);
	if (len < 0x80 || byte_at(*rest, 1) == 0)
		return false;		/* a shorter form exists */
	*len_out = len;
	*rest = span_skip(*rest, 1 + n);
	return true;
}

bool
der_take(struct span *rest, enum der_tag tag, struct span *content_out)
{
	struct span s = *rest;
	size_t len;

	if (s.len == 0 || byte_at(s, 0) != tag)
		return false;
	s = span_skip(s, 1);
	if (!take_length(&s, &len) || len > s.len)
		return false;
	*content_out = span_head(s, len);
	*rest = span_skip(s, len);
	return true;
}

bool
der_take_positive(struct span *rest, struct span *magnitude_out)
{
	struct span s = *rest, n;

	if (!der_take(&s, DER_INTEGER, &n) || n.len == 0)
		return false;
	if (byte_at(n, 0) >= 0x80)
		return false;		/* negative */
	if (byte_at(n, 0) == 0) {
		if (n.len == 1 || byte_at(n, 1) < 0x80)
			return false;	/* zero, or a zero too many */
		n = span_skip(n, 1);
	}
	*magnitude_out = n;
	*rest = s;
	return true;
}

bool
der_take_bytes(struct span *rest, struct span *bytes_out)
{
	struct span s = *rest, bits;

	if (!der_take(&s, DER_BIT_STRING, &bits))
		return false;
	/* The first byte says how many bits of the last are unused. */
	if (bits.len == 0 || byte_at(bits, 0) != 0)
		return false;
	*bytes_out = span_skip(bits, 1);
	*rest = s;
	return true;
}
