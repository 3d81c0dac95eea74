/*
 * A span is a piece of text that somebody else owns: a pointer and a length.
 *
 * All parsing in Signet works on spans; nothing assumes a terminating NUL.
 * A span never owns its bytes: it lives as long as what it points into.
 * "nocase" folds ASCII letters only, as the mail and DNS standards do; the
 * locale is never consulted.
 */
#ifndef SIGNET_BASE_SPAN_H
#define SIGNET_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char	*p;
	size_t		 len;
};

/* The span of a string literal, and of any NUL-terminated string. */
#define SPAN(lit) ((struct span){ "" lit, sizeof(lit) - 1 })

static inline struct span
span_of(const char *s)
{
	return (struct span){ s, s != NULL ? strlen(s) : 0 };
}

/* The arguments for one "%.*s". */
#define SPAN_ARG(s) (int)(s).len, (s).len > 0 ? (s).p : ""

/* ASCII classes; `c` is any byte. */
static inline bool
ascii_isdigit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_isalpha(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
ascii_isalnum(unsigned char c)
{
	return ascii_isalpha(c) || ascii_isdigit(c);
}

/* Space and tab: WSP of RFC 5234. */
static inline bool
ascii_iswsp(unsigned char c)
{
	return c == ' ' || c == '\t';
}

/* Space, tab, CR, LF: what folding white space is made of. */
static inline bool
ascii_isfws(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline unsigned char
ascii_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

/* Comparison. span_cmp orders like memcmp, the shorter first on a tie. */
bool	 span_eq(struct span a, struct span b);
bool	 span_eq_nocase(struct span a, struct span b);
bool	 span_is(struct span s, const char *text);
bool	 span_is_nocase(struct span s, const char *text);
bool	 span_starts(struct span s, const char *prefix);
bool	 span_starts_nocase(struct span s, const char *prefix);
bool	 span_ends_nocase(struct span s, const char *suffix);
int	 span_cmp(struct span a, struct span b);

/* Whether no byte has its highest bit set. */
bool	 span_is_ascii(struct span s);

/* Index of the first (last) `c` in `s`; s.len when there is none. */
size_t	 span_find(struct span s, char c);
size_t	 span_rfind(struct span s, char c);

/* `s` without its first `n` bytes; its first `n` bytes. `n` is clamped. */
struct span	span_skip(struct span s, size_t n);
struct span	span_head(struct span s, size_t n);

/* `s` without leading and trailing folding white space. */
struct span	span_trim(struct span s);

/*
 * Take the text up to the next `sep` off the front of *rest, the separator
 * consumed, into *head_out. False when *rest is used up: a text of n
 * separators yields n + 1 heads, an empty text (p not NULL) yields one empty.
 * Start with rest.p not NULL; it is NULL once the last head was handed out.
 */
bool	 span_next(struct span *rest, char sep, struct span *head_out);

/*
 * Read all of `s` as decimal digits. False when there are none, something
 * else is among them, or the value is above `max`.
 */
bool	 span_uint(struct span s, uint64_t max, uint64_t *out);

#endif
