#include "config.h"
#include "message/lex.h"

#include "base/utf8.h"

/* One character beyond ASCII (RFC 6532); 0 when none is at the front. */
static size_t
beyond_ascii(struct span s)
{
	uint32_t cp;

	return s.len > 0 && (unsigned char)s.p[0] >= 0x80 ?
	    utf8_char(s, &cp) : 0;
}

size_t
lex_fws(struct span s)
{
	size_t i = 0;

	while (i < s.len) {
		if (ascii_iswsp((unsigned char)s.p[i]))
			i++;
		else if (s.len - i >= 3 && s.p[i] == '\r' &&
		    s.p[i + 1] == '\n' &&
		    ascii_iswsp((unsigned char)s.p[i + 2]))
			i += 3;
		else
			break;
	}
	return i;
}

size_t
lex_vchar(struct span s)
{
	unsigned char c = s.len > 0 ? (unsigned char)s.p[0] : 0;

	return c > ' ' && c < 0x7f ? 1 : beyond_ascii(s);
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
		return n > 0 ? n : lex_vchar(s);
	}
	s = span_skip(s, 1);
	if (s.len > 0 && ascii_iswsp((unsigned char)s.p[0]))
		return 2;
	n = lex_vchar(s);
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
		n = is_atext((unsigned char)s.p[i]) ? 1 :
		    beyond_ascii(span_skip(s, i));
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
			n = lex_vchar(span_skip(s, i));
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
