#include "config.h"
#include "policy/authres.h"

#include "message/lex.h"
#include "policy/authres_text.h"

/*
 * More than any verifier writes: one entry a signature, and signatures are
 * reported up to 100. Beyond it nobody means well.
 */
#define MAX_ENTRIES	128
#define MAX_PROPERTIES	64

/*
 * The value, read from the front. Each function below takes its piece of the
 * grammar off and returns false when none stands there.
 */
struct cursor {
	struct arena	*a;
	struct span	 rest;
};

static bool
at(const struct cursor *c, char ch)
{
	return c->rest.len > 0 && c->rest.p[0] == ch;
}

static bool
at_end(const struct cursor *c)
{
	return c->rest.len == 0 || at(c, ';');
}

static bool
take(struct cursor *c, char ch)
{
	if (!at(c, ch))
		return false;
	c->rest = span_skip(c->rest, 1);
	return true;
}

/* [CFWS]; whether there was any. What is no comment stays where it is. */
static bool
cfws(struct cursor *c)
{
	size_t len = lex_cfws(c->rest);

	c->rest = span_skip(c->rest, len);
	return len > 0;
}

/* Take what `is_part` accepts; at least one of it. */
static bool
run(struct cursor *c, bool (*is_part)(unsigned char c), struct span *out)
{
	size_t len = 0;

	while (len < c->rest.len && is_part((unsigned char)c->rest.p[len]))
		len++;
	*out = span_head(c->rest, len);
	c->rest = span_skip(c->rest, len);
	return len > 0;
}

static bool
is_keyword_char(unsigned char c)
{
	return ascii_isalnum(c) || c == '-';
}

static bool
keyword(struct cursor *c, struct span *out)
{
	return run(c, is_keyword_char, out) && out->p[out->len - 1] != '-';
}

static bool
digits(struct cursor *c, struct span *out)
{
	uint64_t number;

	return keyword(c, out) && span_uint(*out, UINT32_MAX, &number);
}

static bool
quoted_string(struct cursor *c, struct span *out)
{
	size_t len = lex_quoted(c->rest);
	struct strbuf sb;

	if (len == 0)
		return false;
	strbuf_init(&sb, c->a);
	lex_unquote(&sb, span_head(c->rest, len));
	*out = strbuf_span(&sb);
	c->rest = span_skip(c->rest, len);
	return out->p != NULL;
}

/* A token, or UTF-8, which RFC 8601, 2.5, lets into an authserv-id. */
static bool
is_id_char(unsigned char c)
{
	return authres_is_token_char(c) || c >= 0x80;
}

static bool
value(struct cursor *c, struct span *out)
{
	if (at(c, '"'))
		return quoted_string(c, out);
	return run(c, is_id_char, out) && authres_is_printable(*out);
}

/* ---- properties --------------------------------------------------------- */

/*
 * What may stand in a pvalue without quotes: the token, the local part and the
 * domain at once. "/" and "=" are there for the base64 of a header.b.
 */
static bool
is_pvalue_char(unsigned char c)
{
	return is_id_char(c) || c == '@' || c == '/' || c == '=' || c == '?';
}

/* Underscores and single labels are let pass: real names have them. */
static bool
is_domain_char(unsigned char c)
{
	return ascii_isalnum(c) || c == '-' || c == '.' || c == '_' ||
	    c >= 0x80;
}

/* "@domain" behind a local part: the whole goes into *out. */
static bool
at_domain(struct cursor *c, struct span local, struct span *out)
{
	struct span domain;
	struct strbuf sb;

	if (!take(c, '@') || !run(c, is_domain_char, &domain) ||
	    !authres_is_printable(domain))
		return false;
	strbuf_init(&sb, c->a);
	strbuf_add(&sb, local);
	strbuf_addc(&sb, '@');
	strbuf_add(&sb, domain);
	*out = strbuf_span(&sb);
	return out->p != NULL;
}

/* Whether an unquoted run is a value, or an address in one piece. */
static bool
is_plain_pvalue(struct span s)
{
	size_t sign = span_rfind(s, '@');
	struct cursor c = { .rest = span_skip(s, sign + 1) };
	struct span domain;

	if (!authres_is_printable(s))
		return false;
	if (sign == s.len)
		return span_find(s, '?') == s.len;
	if (sign > 0 && !authres_is_dot_atom(span_head(s, sign)))
		return false;
	return run(&c, is_domain_char, &domain) && c.rest.len == 0;
}

static bool
pvalue(struct cursor *c, struct span *out)
{
	bool quoted;

	cfws(c);
	quoted = at(c, '"');
	if (quoted ? !quoted_string(c, out) :
	    !run(c, is_pvalue_char, out) || !is_plain_pvalue(*out))
		return false;
	cfws(c);
	if (!at(c, '@'))
		return true;
	if ((!quoted && !authres_is_dot_atom(*out)) ||
	    !at_domain(c, *out, out))
		return false;
	cfws(c);
	return true;
}

static bool
equals(struct cursor *c)
{
	cfws(c);
	return take(c, '=');
}

/*
 * Room for one more behind `count` elements; the room doubles, so that what
 * is left behind in the arena stays in proportion. NULL on failure.
 */
static void *
one_more(struct arena *a, void *old, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return old;
	return arena_grow(a, old, count * size,
	    (count > 0 ? 2 * count : 1) * size);
}

/* The rest of a propspec, behind its ptype. */
static bool
property(struct cursor *c, struct span ptype, struct authres_entry *e)
{
	struct authres_property *p;

	if (e->nproperties == MAX_PROPERTIES)
		return false;
	p = one_more(c->a, e->property, e->nproperties, sizeof(*p));
	if (p == NULL)
		return false;
	e->property = p;
	p += e->nproperties++;
	*p = (struct authres_property){ .ptype = ptype };
	if (!take(c, '.'))
		return false;
	cfws(c);
	return keyword(c, &p->name) && equals(c) && pvalue(c, &p->value);
}

/* ---- entries ------------------------------------------------------------ */

/* The rest of a reasonspec, behind "reason" and up to what follows it. */
static bool
reason(struct cursor *c, struct authres_entry *e)
{
	if (!equals(c))
		return false;
	cfws(c);
	return value(c, &e->reason) && (cfws(c) || at_end(c));
}

/* [CFWS reasonspec] [CFWS 1*propspec] */
static bool
supporting(struct cursor *c, struct authres_entry *e)
{
	bool apart = cfws(c), first = true;
	struct span word;

	if (!apart && !at_end(c))
		return false;
	for (; !at_end(c); first = false) {
		if (!keyword(c, &word))
			return false;
		cfws(c);
		if (first && at(c, '=') && span_is_nocase(word, "reason")) {
			if (!reason(c, e))
				return false;
		} else if (!property(c, word, e)) {
			return false;
		}
	}
	return true;
}

static bool
method_version(struct cursor *c, struct span *out)
{
	if (!take(c, '/'))
		return true;
	cfws(c);
	return digits(c, out);
}

/* The rest of a resinfo, behind the keyword of its method. */
static bool
entry(struct cursor *c, struct span method, struct authres *out)
{
	struct authres_entry *e;

	if (out->count == MAX_ENTRIES)
		return false;
	e = one_more(c->a, out->entry, out->count, sizeof(*e));
	if (e == NULL)
		return false;
	out->entry = e;
	e += out->count++;
	*e = (struct authres_entry){ .method = method };
	if (!method_version(c, &e->method_version) || !equals(c))
		return false;
	cfws(c);
	return keyword(c, &e->result) && supporting(c, e);
}

/* no-result / 1*resinfo */
static bool
results(struct cursor *c, struct authres *out)
{
	struct span word;

	do {
		if (!take(c, ';'))
			return false;
		cfws(c);
		if (!keyword(c, &word))
			return false;
		cfws(c);
		if (out->count == 0 && c->rest.len == 0 &&
		    span_is_nocase(word, "none"))
			return true;
		if (!entry(c, word, out))
			return false;
	} while (c->rest.len > 0);
	return true;
}

/* [CFWS authres-version] [CFWS], up to the first ";". */
static bool
version(struct cursor *c, struct span *out)
{
	bool apart = cfws(c);

	if (at(c, ';'))
		return true;
	if (!apart || !digits(c, out))
		return false;
	cfws(c);
	return true;
}

bool
authres_parse(struct arena *a, struct span text, struct authres *out)
{
	struct cursor c = { .a = a, .rest = text };

	*out = (struct authres){ .count = 0 };
	cfws(&c);
	if (value(&c, &out->authserv_id) && version(&c, &out->version) &&
	    results(&c, out))
		return true;
	*out = (struct authres){ .count = 0 };
	return false;
}
