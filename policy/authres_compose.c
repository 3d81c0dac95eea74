#include "config.h"
#include "policy/authres.h"

#include "policy/authres_text.h"

/*
 * A line is folded where it would go beyond this (RFC 5322, 2.1.1); the first
 * has the field's name in front, the others a tab.
 */
#define MAX_COLUMN	78
#define FIRST_COLUMN	(sizeof("Authentication-Results:") - 1)
#define TAB_COLUMN	8

/*
 * Octets of a reason, a comment, a local part or any other value that are
 * shown. A domain name always fits, and a line stays below the 998 octets of
 * RFC 5322, 2.1.1, when each octet takes a backslash.
 */
#define MAX_TEXT	256

#define CUT_MARK	"..."

/* The field so far, and the word that comes next. */
struct writer {
	struct strbuf	 out;
	size_t		 column;
	struct strbuf	 word;	/* never split */
};

/* Put the word behind a space or, where it would not fit, a fold. */
static void
word_end(struct writer *w)
{
	struct span word = strbuf_span(&w->word);

	if (word.len == 0)
		return;
	if (w->column + 1 + word.len > MAX_COLUMN) {
		strbuf_adds(&w->out, "\r\n\t");
		w->column = TAB_COLUMN;
	} else {
		strbuf_addc(&w->out, ' ');
		w->column++;
	}
	strbuf_add(&w->out, word);
	w->column += word.len;
	strbuf_cut(&w->word, 0);
}

/* End the word; the next begins a line. */
static void
line_end(struct writer *w)
{
	word_end(w);
	w->column = MAX_COLUMN;
}

/* What is shown of a long text: whole characters only. */
static struct span
shown(struct span text)
{
	size_t len = MAX_TEXT;

	if (text.len <= MAX_TEXT)
		return text;
	while (len > MAX_TEXT - 3 && (text.p[len] & 0xc0) == 0x80)
		len--;
	return span_head(text, len);
}

/* Length of the printable ASCII at the front without those in `special`. */
static size_t
plain_len(struct span text, const char *special)
{
	size_t i = 0;

	while (i < text.len && text.p[i] >= ' ' && text.p[i] < 0x7f &&
	    strchr(special, text.p[i]) == NULL)
		i++;
	return i;
}

/*
 * Append text with a backslash before each octet that is one of `special`,
 * and '?' for what no reader is to see.
 */
static void
add_escaped(struct strbuf *sb, struct span text, const char *special)
{
	while (text.len > 0) {
		size_t len = plain_len(text, special);

		if (len > 0) {
			strbuf_add(sb, span_head(text, len));
			text = span_skip(text, len);
			continue;
		}
		len = authres_printable(text);
		if (len == 0) {
			strbuf_addc(sb, '?');
			len = 1;
		} else {
			if (strchr(special, text.p[0]) != NULL)
				strbuf_addc(sb, '\\');
			strbuf_add(sb, span_head(text, len));
		}
		text = span_skip(text, len);
	}
}

static void
add_quoted(struct strbuf *sb, struct span text)
{
	strbuf_addc(sb, '"');
	add_escaped(sb, shown(text), "\"\\");
	if (text.len > MAX_TEXT)
		strbuf_adds(sb, CUT_MARK);
	strbuf_addc(sb, '"');
}

/* A value of RFC 8601: a token where it is one, else a quoted string. */
static void
add_value(struct strbuf *sb, struct span value)
{
	if (value.len <= MAX_TEXT && authres_is_token(value))
		strbuf_add(sb, value);
	else
		add_quoted(sb, value);
}

/*
 * An address, or the "@domain" of an i=. UTF-8 needs no quotes: the local part
 * is that of RFC 6531, 3.3 (RFC 8601, 2.2). A local part that no header can show
 * as it is, is left out with its "@" (RFC 8601, 2.7.2, has nothing against
 * that): half an address would be somebody else's.
 */
static void
add_identity(struct strbuf *sb, struct span local, struct span domain)
{
	if (local.len > MAX_TEXT || !authres_is_printable(local)) {
		strbuf_add(sb, domain);
		return;
	}
	if (local.len > 0 && authres_is_dot_atom(local))
		strbuf_add(sb, local);
	else if (local.len > 0)
		add_quoted(sb, local);
	strbuf_addc(sb, '@');
	strbuf_add(sb, domain);
}

static void
add_pvalue(struct strbuf *sb, struct span value)
{
	size_t at = span_rfind(value, '@');
	struct span domain = span_skip(value, at + 1);

	if (at < value.len && domain.len <= MAX_TEXT &&
	    authres_is_domain(domain))
		add_identity(sb, span_head(value, at), domain);
	else
		add_value(sb, value);
}

/* A comment behind what stands there; the only text folded inside. */
static void
put_comment(struct writer *w, struct span text)
{
	struct span rest = shown(text), word;

	word_end(w);
	strbuf_addc(&w->word, '(');
	while (span_next(&rest, ' ', &word)) {
		add_escaped(&w->word, word, "()\\");
		if (word.len > 0 && rest.p != NULL)
			word_end(w);
	}
	if (text.len > MAX_TEXT)
		strbuf_adds(&w->word, CUT_MARK);
	strbuf_addc(&w->word, ')');
}

static void
put_entry(struct writer *w, const struct method_result *r)
{
	struct span comment = span_trim(r->comment);
	size_t i;

	strbuf_adds(&w->word, r->method);
	strbuf_addc(&w->word, '=');
	strbuf_adds(&w->word, result_name(r->result));
	if (comment.len > 0)
		put_comment(w, comment);
	if (r->reason.len > 0) {
		word_end(w);
		strbuf_adds(&w->word, "reason=");
		add_quoted(&w->word, r->reason);
	}
	for (i = 0; i < r->nproperties; i++) {
		word_end(w);
		strbuf_adds(&w->word, r->property[i].name);
		strbuf_addc(&w->word, '=');
		add_pvalue(&w->word, r->property[i].value);
	}
}

struct span
authres_compose(struct arena *a, struct span authserv_id,
    const struct method_result *r, size_t n)
{
	struct writer w = { .column = FIRST_COLUMN };
	size_t i;

	strbuf_init(&w.out, a);
	strbuf_init(&w.word, a);
	add_value(&w.word, authserv_id);
	strbuf_addc(&w.word, ';');
	if (n == 0) {
		word_end(&w);
		strbuf_adds(&w.word, "none");
	}
	for (i = 0; i < n; i++) {
		line_end(&w);
		put_entry(&w, &r[i]);
		if (i + 1 < n)
			strbuf_addc(&w.word, ';');
	}
	word_end(&w);
	if (w.word.failed)
		return (struct span){ NULL, 0 };
	return strbuf_span(&w.out);
}
