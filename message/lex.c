#include "config.h"
#include "message/lex.h"

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
lex_utf8(struct span s)
{
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (has_form(s, &forms[i]))
			return forms[i].len;
	return 0;
}

size_t
lex_fws(struct span s)
{
	size_t i = 0;

	while (i < s.len) {
		if (ascii_iswsp((unsigned char)s.p[i]))
			i++;
		else if (s.len - i >= 3 && s.p[i] == '\r' &&
		    s.p[i + 1] == '\n' && ascii_iswsp((unsigned char)s.p[i + 2]))
			i += 3;
		else
			break;
	}
	return i;
}

/* One visible character: VCHAR of RFC 6532. */
static size_t
vchar_len(struct span s)
{
	unsigned char c = s.len > 0 ? (unsigned char)s.p[0] : 0;

	if (c >= 0x80)
		return lex_utf8(s);
	return c > ' ' && c < 0x7f;
}

/*
 * What comments and quoted strings are made of: folding white space, a quoted
 * pair, a visible character. The caller looks for the delimiters first.
 */
static size_t
piece_len(struct span s)
{
	size_t n;

	if (s.len == 0)
		return 0;
	if (s.p[0] != '\\') {
		n = lex_fws(s);
		return n > 0 ? n : vchar_len(s);
	}
	s = span_skip(s, 1);
	if (s.len > 0 && ascii_iswsp((unsigned char)s.p[0]))
		return 2;
	n = vchar_len(s);
	return n > 0 ? n + 1 : 0;
}

static size_t
comment_len(struct span s)
{
	size_t i = 0, depth = 0, n;

	while (i < s.len) {
		if (s.p[i] == '(') {
			n = ++depth <= LEX_MAX_COMMENT_DEPTH;
		} else if (s.p[i] == ')') {
			n = 1;
			depth--;
		} else {
			n = piece_len(span_skip(s, i));
		}
		i += n;
		if (n == 0)
			return 0;
		if (depth == 0)
			return i;
	}
	return 0;
}

size_t
lex_cfws(struct span s)
{
	size_t i = 0, n;

	do {
		n = lex_fws(span_skip(s, i));
		if (n == 0 && i < s.len && s.p[i] == '(')
			n = comment_len(span_skip(s, i));
		i += n;
	} while (n > 0);
	return i;
}

static bool
is_atext(unsigned char c)
{
	return ascii_isalnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

size_t
lex_atom(struct span s)
{
	size_t i = 0, n;

	while (i < s.len) {
		n = (unsigned char)s.p[i] >= 0x80 ? lex_utf8(span_skip(s, i)) :
		    is_atext((unsigned char)s.p[i]);
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

size_t
lex_quoted(struct span s)
{
	size_t i = 1, n = 1;

	if (s.len == 0 || s.p[0] != '"')
		return 0;
	while (n > 0 && i < s.len) {
		if (s.p[i] == '"')
			return i + 1;
		n = piece_len(span_skip(s, i));
		i += n;
	}
	return 0;
}

size_t
lex_literal(struct span s)
{
	size_t i = 1, n = 1;

	if (s.len == 0 || s.p[0] != '[')
		return 0;
	while (n > 0 && i < s.len) {
		if (s.p[i] == ']')
			return i + 1;
		n = lex_fws(span_skip(s, i));
		if (n == 0 && s.p[i] != '[' && s.p[i] != '\\')
			n = vchar_len(span_skip(s, i));
		i += n;
	}
	return 0;
}

void
lex_unquote(struct strbuf *sb, struct span quoted)
{
	size_t i;

	for (i = 1; i + 1 < quoted.len; i++) {
		if (quoted.p[i] == '\r' || quoted.p[i] == '\n')
			continue;
		if (quoted.p[i] == '\\')
			i++;
		strbuf_addc(sb, quoted.p[i]);
	}
}
