#include "config.h"
#include "base/strbuf.h"

#include <stdio.h>

#define FIRST_CAP	128

/* Formatted text is mostly this short: it is put where it belongs at once. */
#define USUAL_LEN	32

void
strbuf_init(struct strbuf *sb, struct arena *a)
{
	*sb = (struct strbuf){ .arena = a };
}

/* Make room for `more` bytes and a NUL. */
static bool
reserve(struct strbuf *sb, size_t more)
{
	size_t cap = sb->cap > 0 ? sb->cap : FIRST_CAP;
	char *p;

	if (sb->failed)
		return false;
	if (sb->cap > 0 && sb->cap - sb->len > more)
		return true;
	while (cap - sb->len <= more) {
		if (cap > SIZE_MAX / 4) {
			sb->failed = true;
			return false;
		}
		cap *= 2;
	}
	p = arena_grow(sb->arena, sb->p, sb->cap, cap);
	if (p == NULL) {
		sb->failed = true;
		return false;
	}
	sb->p = p;
	sb->cap = cap;
	return true;
}

void
strbuf_add(struct strbuf *sb, struct span s)
{
	if (s.len > SIZE_MAX / 4)
		sb->failed = true;
	if (!reserve(sb, s.len))
		return;
	if (s.len > 0)
		memcpy(sb->p + sb->len, s.p, s.len);
	sb->len += s.len;
	sb->p[sb->len] = '\0';
}

void
strbuf_adds(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, span_of(s));
}

void
strbuf_addc(struct strbuf *sb, char c)
{
	if (!reserve(sb, 1))
		return;
	sb->p[sb->len++] = c;
	sb->p[sb->len] = '\0';
}

void
strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (!reserve(sb, USUAL_LEN))
		return;
	va_start(ap, fmt);
	len = vsnprintf(sb->p + sb->len, sb->cap - sb->len, fmt, ap);
	va_end(ap);
	if (len < 0) {
		sb->failed = true;
	} else if ((size_t)len >= sb->cap - sb->len) {
		if (!reserve(sb, (size_t)len))
			return;
		va_start(ap, fmt);
		(void)vsnprintf(sb->p + sb->len, (size_t)len + 1, fmt, ap);
		va_end(ap);
	}
	if (!sb->failed)
		sb->len += (size_t)len;
}

void
strbuf_cut(struct strbuf *sb, size_t len)
{
	if (len >= sb->len)
		return;
	sb->len = len;
	sb->p[len] = '\0';
}

struct span
strbuf_span(const struct strbuf *sb)
{
	if (sb->failed)
		return (struct span){ NULL, 0 };
	return (struct span){ sb->p != NULL ? sb->p : "", sb->len };
}

const char *
strbuf_str(struct strbuf *sb)
{
	if (sb->failed)
		return NULL;
	return sb->p != NULL ? sb->p : "";
}
