#include "config.h"
#include "policy/authres.h"

#include "policy/authres_text.h"
#include "policy/fieldtext.h"

/* A value of RFC 8601: a token where it is one, else a quoted string. */
static void
add_value(struct field_writer *w, struct span value)
{
	if (value.len <= FIELD_MAX_TEXT && authres_is_token(value))
		strbuf_add(&w->word, value);
	else
		field_add_quoted(w, value);
}

/*
 * An address, or the "@domain" of an i=. UTF-8 needs no quotes: the local part
 * is that of RFC 6531, 3.3 (RFC 8601, 2.2). A local part that no header can
 * show as it is, is left out with its "@" (RFC 8601, 2.7.2, has nothing
 * against that): half an address would be somebody else's.
 */
static void
add_identity(struct field_writer *w, struct span local, struct span domain)
{
	if (local.len > FIELD_MAX_TEXT || !authres_is_printable(local)) {
		strbuf_add(&w->word, domain);
		return;
	}
	if (local.len > 0 && authres_is_dot_atom(local))
		strbuf_add(&w->word, local);
	else if (local.len > 0)
		field_add_quoted(w, local);
	strbuf_addc(&w->word, '@');
	strbuf_add(&w->word, domain);
}

static void
add_pvalue(struct field_writer *w, struct span value)
{
	size_t at = span_rfind(value, '@');
	struct span domain = span_skip(value, at + 1);

	if (at < value.len && domain.len <= FIELD_MAX_TEXT &&
	    authres_is_domain(domain))
		add_identity(w, span_head(value, at), domain);
	else
		add_value(w, value);
}

/* A comment behind what stands there; the only text folded inside. */
static void
put_comment(struct field_writer *w, struct span text)
{
	field_word_end(w);
	strbuf_addc(&w->word, '(');
	field_add_comment(w, field_shown(text));
	if (text.len > FIELD_MAX_TEXT)
		strbuf_adds(&w->word, "...");
	strbuf_addc(&w->word, ')');
}

static void
put_entry(struct field_writer *w, const struct method_result *r)
{
	struct span comment = span_trim(r->comment);
	size_t i;

	strbuf_adds(&w->word, r->method);
	strbuf_addc(&w->word, '=');
	strbuf_adds(&w->word, result_name(r->result));
	if (comment.len > 0)
		put_comment(w, comment);
	if (r->reason.len > 0) {
		field_word_end(w);
		strbuf_adds(&w->word, "reason=");
		field_add_quoted(w, r->reason);
	}
	for (i = 0; i < r->nproperties; i++) {
		field_word_end(w);
		strbuf_adds(&w->word, r->property[i].name);
		strbuf_addc(&w->word, '=');
		add_pvalue(w, r->property[i].value);
	}
}

struct span
authres_compose(struct arena *a, struct span authserv_id,
    const struct method_result *r, size_t n)
{
	struct field_writer w;
	size_t i;

	field_begin(&w, a, "Authentication-Results");
	add_value(&w, authserv_id);
	strbuf_addc(&w.word, ';');
	if (n == 0) {
		field_word_end(&w);
		strbuf_adds(&w.word, "none");
	}
	for (i = 0; i < n; i++) {
		field_line_end(&w);
		put_entry(&w, &r[i]);
		if (i + 1 < n)
			strbuf_addc(&w.word, ';');
	}
	return field_end(&w);
}
