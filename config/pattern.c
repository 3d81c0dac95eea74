#include "config.h"
#include "config/pattern.h"

#include "base/strbuf.h"

enum pattern_kind
pattern_kind(struct span pattern)
{
	enum pattern_kind kind = PATTERN_LITERAL;
	size_t i;

	for (i = 0; i < pattern.len; i++) {
		switch (pattern.p[i]) {
		case '?': case '[': case ']': case '(': case ')': case '{':
		case '}': case '|': case '^': case '$': case '\\':
			return PATTERN_REGEX;
		case '*':
			kind = PATTERN_GLOB;
			break;
		}
	}
	return kind;
}

bool
pattern_glob(struct span pattern, struct span text)
{
	size_t p = 0, t = 0, star = 0, mark = 0;
	bool starred = false;

	/* Take each star for as little as goes; at a dead end, a byte more. */
	while (t < text.len) {
		if (p < pattern.len && pattern.p[p] == '*') {
			starred = true;
			star = ++p;
			mark = t;
		} else if (p < pattern.len && pattern.p[p] == text.p[t]) {
			p++;
			t++;
		} else if (starred) {
			p = star;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.p[p] == '*')
		p++;
	return p == pattern.len;
}

struct span
pattern_tail(struct span pattern)
{
	struct span tail = span_skip(pattern, span_rfind(pattern, '*') + 1);
	size_t i;

	for (i = 0; i < tail.len; i++)
		if (tail.p[i] == '@' || tail.p[i] == '.')
			return span_skip(tail, i);
	return (struct span){ NULL, 0 };
}

static const char *
as_expression(struct arena *a, struct span pattern)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	strbuf_addc(&sb, '^');
	for (i = 0; i < pattern.len; i++) {
		if (pattern.p[i] == '*')
			strbuf_addc(&sb, '.');
		else if (pattern.p[i] == '.' || pattern.p[i] == '+')
			strbuf_addc(&sb, '\\');
		strbuf_addc(&sb, pattern.p[i]);
	}
	strbuf_addc(&sb, '$');
	return strbuf_str(&sb);
}

const char *
pattern_compile(struct arena *a, struct span pattern, bool fold, regex_t *out)
{
	const char *text = as_expression(a, pattern);
	char why[128];
	int rc;

	if (text == NULL)
		return "out of memory";
	rc = regcomp(out, text, REG_EXTENDED | REG_NOSUB |
	    (fold ? REG_ICASE : 0));
	if (rc == 0)
		return NULL;
	(void)regerror(rc, out, why, sizeof(why));
	text = arena_str(a, span_of(why));
	return text != NULL ? text : "out of memory";
}

bool
pattern_regex(const regex_t *re, struct span text)
{
	char copy[PATTERN_MAX_TEXT + 1];

	if (text.len > PATTERN_MAX_TEXT || span_find(text, '\0') < text.len)
		return false;
	if (text.len > 0)
		memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	return regexec(re, copy, 0, NULL, 0) == 0;
}
