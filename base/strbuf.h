/*
 * A string builder in an arena. It remembers its first failure, so callers
 * append freely and check once, when they take the text.
 */
#ifndef SIGNET_BASE_STRBUF_H
#define SIGNET_BASE_STRBUF_H

#include "base/arena.h"

struct strbuf {
	struct arena	*arena;
	char		*p;		/* NUL-terminated once not NULL */
	size_t		 len;
	size_t		 cap;
	bool		 failed;
};

void	 strbuf_init(struct strbuf *sb, struct arena *a);

/* Append a span, a C string, one byte, formatted text. */
void	 strbuf_add(struct strbuf *sb, struct span s);
void	 strbuf_adds(struct strbuf *sb, const char *s);
void	 strbuf_addc(struct strbuf *sb, char c);
void	 strbuf_addf(struct strbuf *sb, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Cut the text to `len` bytes, which is not more than it has. */
void	 strbuf_cut(struct strbuf *sb, size_t len);

/*
 * The text so far, alive as long as the arena and until the next append. On
 * failure the span's p is NULL, the string is NULL.
 */
struct span	 strbuf_span(const struct strbuf *sb);
const char	*strbuf_str(struct strbuf *sb);

#endif
