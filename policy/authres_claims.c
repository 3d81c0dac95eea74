/*
 * Whose a field is, for the most lenient of readers.
 *
 * A reader takes the first word of the field for its authserv-id, but readers
 * differ in what they pass over on the way: whether comments nest, whether a
 * backslash hides a parenthesis, whether parentheses in quotes are comments;
 * and in where they see a word end. So the field is read once for each way to
 * see comments, and in each reading the first word is put together across all
 * that any reader drops (folds, comments, quotes, controls, blanks around a
 * dot), and compared wherever some reader would let it end.
 */
#include "config.h"
#include "policy/authres.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "message/domain.h"
#include "policy/authres_text.h"

/*
 * No authserv-id is longer: a domain name of 253 bytes has at most some 900
 * as U-labels in UTF-8.
 */
#define MAX_WORD	1024

/* ---- the id looked for ------------------------------------------------- */

struct wanted {
	struct arena	*a;
	struct span	 text;		/* without dots at its ends */
	struct span	 name;		/* normalized; empty if no name */
};

static struct span
strip_dots(struct span s)
{
	while (s.len > 0 && s.p[s.len - 1] == '.')
		s.len--;
	while (s.len > 0 && s.p[0] == '.')
		s = span_skip(s, 1);
	return s;
}

static void
wanted_init(struct wanted *w, struct arena *a, struct span id)
{
	*w = (struct wanted){ .a = a, .text = strip_dots(id) };
	(void)domain_normalize(a, w->text, &w->name);
}

static bool
is_wanted(const struct wanted *w, struct span word)
{
	struct span name;

	word = strip_dots(word);
	if (word.len == 0)
		return false;
	if (span_eq_nocase(word, w->text) || span_eq_nocase(word, w->name))
		return true;
	return !span_is_ascii(word) && w->name.len > 0 &&
	    domain_normalize(w->a, word, &name) == DOMAIN_OK &&
	    span_eq(name, w->name);
}

/* ---- comments ----------------------------------------------------------- */

/* Three ways to differ about them. */
enum {
	READ_FLAT = 1,		/* the first ")" ends a comment */
	READ_NO_ESCAPES = 2,	/* a backslash is a character */
	READ_NO_QUOTES = 4,	/* parentheses in quotes count */
	READINGS = 8,
};

/*
 * Mark in close[], which has an element a byte of `text`, for each byte that
 * opens a comment where it is closed; 0 elsewhere, and for one that is never
 * closed: that is no comment.
 */
static void
find_comments(struct span text, unsigned reading, uint32_t *close)
{
	uint32_t top = 0;	/* the innermost that is open, plus 1 */
	bool quoted = false;
	size_t i;

	memset(close, 0, text.len * sizeof(*close));
	for (i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (c == '\\' && (reading & READ_NO_ESCAPES) == 0) {
			i++;
		} else if (c == '"' && top == 0) {
			quoted = !quoted && (reading & READ_NO_QUOTES) == 0;
		} else if (quoted) {
			continue;
		} else if (c == '(' &&
		    (top == 0 || (reading & READ_FLAT) == 0)) {
			close[i] = top;	/* the one around it, for now */
			top = (uint32_t)i + 1;
		} else if (c == ')' && top > 0) {
			uint32_t open = top - 1;

			top = close[open];
			close[open] = (uint32_t)i;
		}
	}
	while (top > 0) {
		uint32_t open = top - 1;

		top = close[open];
		close[open] = 0;
	}
}

/* ---- the first word ----------------------------------------------------- */

/* What a character is to a reader in search of a word. */
enum char_class {
	CHAR_WORD,
	CHAR_OTHER,		/* ends a word; passed over before it */
	CHAR_BLANK,		/* ends it, but for a dot beside the blank */
	/* What some reader drops and reads on, while another stops: */
	CHAR_FOLD,		/* a line end and the blanks behind it */
	CHAR_COMMENT,
	CHAR_QUOTE,
	CHAR_BACKSLASH,
	CHAR_NUL,
	CHAR_CONTROL,
	CHAR_UNSEEN,		/* such as a zero width space */
	CHAR_BROKEN,		/* not UTF-8 */
};

static enum char_class
classify_ascii(unsigned char c)
{
	if (ascii_isalnum(c) || c == '-' || c == '.' || c == '_')
		return CHAR_WORD;
	if (ascii_iswsp(c))
		return CHAR_BLANK;
	if (c == '"')
		return CHAR_QUOTE;
	if (c == '\\')
		return CHAR_BACKSLASH;
	if (c == '\0')
		return CHAR_NUL;
	return c < ' ' || c == 0x7f ? CHAR_CONTROL : CHAR_OTHER;
}

/* What Unicode has for blanks, and what of it nobody sees. */
static enum char_class
classify_unicode(uint32_t cp)
{
	if (cp == 0x85 || cp == 0xa0 || cp == 0x1680 || cp == 0x2028 ||
	    cp == 0x2029 || cp == 0x202f || cp == 0x205f || cp == 0x3000 ||
	    (cp >= 0x2000 && cp <= 0x200a))
		return CHAR_BLANK;
	if (cp < 0xa0)
		return CHAR_CONTROL;
	if (cp == 0xad || cp == 0x180e || cp == 0xfeff ||
	    (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x202a && cp <= 0x202e) ||
	    (cp >= 0x2060 && cp <= 0x206f))
		return CHAR_UNSEEN;
	return CHAR_WORD;
}

/* The class of what stands at text.p[i], and its length. */
static enum char_class
classify(struct span text, size_t i, const uint32_t *close, size_t *len_out)
{
	struct span rest = span_skip(text, i);
	unsigned char c = (unsigned char)rest.p[0];
	size_t len = 1;
	uint32_t cp;

	*len_out = 1;
	if (c >= 0x80) {
		len = utf8_char(rest, &cp);
		if (len == 0)
			return CHAR_BROKEN;
		*len_out = len;
		return classify_unicode(cp);
	}
	if (close != NULL && close[i] != 0) {
		*len_out = close[i] + 1 - i;
		return CHAR_COMMENT;
	}
	if (c != '\r' && c != '\n')
		return classify_ascii(c);
	while (len < rest.len && ascii_isfws((unsigned char)rest.p[len]))
		len++;
	*len_out = len;
	return CHAR_FOLD;
}

/*
 * Whether `rest` begins with digits alone, up to a blank, a comment, a ";" or
 * the end: the version behind an authserv-id, no part of it.
 */
static bool
is_version(struct span rest)
{
	size_t i = 0;

	while (i < rest.len && ascii_isdigit((unsigned char)rest.p[i]))
		i++;
	return i > 0 && (i == rest.len || rest.p[i] == ';' ||
	    rest.p[i] == '(' || ascii_isfws((unsigned char)rest.p[i]));
}

struct word {
	const struct wanted *wanted;
	char		 text[MAX_WORD];
	size_t		 len;
	bool		 gap, blank;	/* since its last character */
	unsigned	 seen;		/* classes it was broken by, as bits */
};

static bool
word_is_wanted(const struct word *w)
{
	return is_wanted(w->wanted, (struct span){ w->text, w->len });
}

/* Take in `c`, which begins `rest`; whether the word may go on. */
static bool
word_add(struct word *w, struct span c, struct span rest)
{
	bool dotted = w->len > 0 &&
	    (w->text[w->len - 1] == '.' || c.p[0] == '.');

	if (w->gap && !dotted && (w->blank || is_version(rest)))
		return false;
	if (c.len > sizeof(w->text) - w->len)
		return false;
	memcpy(w->text + w->len, c.p, c.len);
	w->len += c.len;
	w->gap = w->blank = false;
	return true;
}

/*
 * For some reader the word ends here; whether it is the wanted one. A reader
 * stops at the first of a class or at none of it, so only that is looked at.
 */
static bool
word_breaks(struct word *w, enum char_class class)
{
	unsigned bit = 1u << class;
	bool first = (w->seen & bit) == 0;

	if (w->len == 0)
		return false;
	w->gap = true;
	w->blank = w->blank || class == CHAR_BLANK;
	w->seen |= bit;
	return first && word_is_wanted(w);
}

/* Whether the id itself has `c`, which then belongs to the word as well. */
static bool
in_id(const struct word *w, char c)
{
	struct span id = w->wanted->text;

	return w->len > 0 ? span_find(id, c) < id.len : c == id.p[0];
}

static bool
first_word_is_wanted(const struct wanted *wanted, struct span text,
    const uint32_t *close)
{
	struct word w = { .wanted = wanted };
	size_t i, len;

	for (i = 0; i < text.len; i += len) {
		enum char_class class = classify(text, i, close, &len);
		struct span rest = span_skip(text, i);

		if (len == 1 && class != CHAR_WORD && in_id(&w, rest.p[0])) {
			if (word_breaks(&w, class))
				return true;
			w.gap = w.blank = false;
			class = CHAR_WORD;
		}
		if (class == CHAR_OTHER && w.len > 0)
			break;
		if (class == CHAR_WORD) {
			if (!word_add(&w, span_head(rest, len), rest))
				break;
		} else if (class != CHAR_OTHER && word_breaks(&w, class)) {
			return true;
		}
	}
	return word_is_wanted(&w);
}

/* ---- encoded words ------------------------------------------------------ */

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at;

	at = c != '\0' ? strchr(digits, ascii_lower((unsigned char)c)) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

/* The Q encoding of RFC 2047, 4.2, as lenient decoders read it. */
static void
decode_q(struct strbuf *sb, struct span in)
{
	size_t i;

	for (i = 0; i < in.len; i++) {
		if (in.p[i] == '=' && i + 2 < in.len &&
		    hex_digit(in.p[i + 1]) >= 0 &&
		    hex_digit(in.p[i + 2]) >= 0) {
			strbuf_addc(sb, (char)(hex_digit(in.p[i + 1]) << 4 |
			    hex_digit(in.p[i + 2])));
			i += 2;
		} else {
			strbuf_addc(sb, in.p[i] == '_' ? ' ' : in.p[i]);
		}
	}
}

/*
 * Take one encoded word (RFC 2047, 2), "=?charset?B?text?=", off the front of
 * *rest and append what it says. The charset is taken for one that agrees
 * with ASCII. False when none stands there.
 */
static bool
decode_word(struct strbuf *sb, struct span *rest)
{
	struct span left = span_skip(*rest, 2), charset, encoding, text, bytes;

	if (!span_starts(*rest, "=?") || !span_next(&left, '?', &charset) ||
	    !span_next(&left, '?', &encoding) ||
	    !span_next(&left, '?', &text) || left.len == 0 || left.p[0] != '=')
		return false;
	if (span_is_nocase(encoding, "q"))
		decode_q(sb, text);
	else if (span_is_nocase(encoding, "b") &&
	    base64_decode(sb->arena, text, &bytes))
		strbuf_add(sb, bytes);
	else
		return false;
	*rest = span_skip(left, 1);
	return true;
}

static struct span
skip_blanks(struct span s)
{
	while (s.len > 0 && ascii_isfws((unsigned char)s.p[0]))
		s = span_skip(s, 1);
	return s;
}

/* The text as a reader sees it that decodes encoded words everywhere. */
static struct span
decode_words(struct arena *a, struct span text)
{
	struct span next;
	struct strbuf sb;

	strbuf_init(&sb, a);
	while (text.len > 0) {
		if (text.p[0] == '=' && decode_word(&sb, &text)) {
			/* Blanks between two of them go (6.2). */
			next = skip_blanks(text);
			if (span_starts(next, "=?"))
				text = next;
			continue;
		}
		strbuf_addc(&sb, text.p[0]);
		text = span_skip(text, 1);
	}
	return strbuf_span(&sb);
}

static bool
has_encoded_word(struct span s)
{
	return s.len > 0 && memmem(s.p, s.len, "=?", 2) != NULL;
}

/* ---- the field ---------------------------------------------------------- */

static bool
has(struct span s, char c)
{
	return span_find(s, c) < s.len;
}

/* Without memory nobody's word is taken for it: true. */
static bool
claims(const struct wanted *w, struct span text)
{
	uint32_t *close;
	unsigned reading;

	if (!has(text, '('))
		return first_word_is_wanted(w, text, NULL);
	close = arena_array(w->a, text.len, sizeof(*close));
	if (close == NULL)
		return true;
	for (reading = 0; reading < READINGS; reading++) {
		if (((reading & READ_NO_ESCAPES) != 0 && !has(text, '\\')) ||
		    ((reading & READ_NO_QUOTES) != 0 && !has(text, '"')))
			continue;
		find_comments(text, reading, close);
		if (first_word_is_wanted(w, text, close))
			return true;
	}
	return false;
}

bool
authres_claims(struct arena *a, struct span value, struct span authserv_id)
{
	struct wanted w;
	struct span decoded;

	wanted_init(&w, a, authserv_id);
	if (w.text.len == 0)
		return false;
	if (claims(&w, value))
		return true;
	if (!has_encoded_word(value))
		return false;
	decoded = decode_words(a, value);
	return decoded.p == NULL || claims(&w, decoded);
}
