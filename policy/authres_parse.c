#include "config.h"
#include "policy/authres.h"

#include "policy/authres_text.h"

/*
 * More than any verifier writes: one entry a signature, and signatures are
 * reported up to 100. Beyond it nobody means well.
 */
#define MAX_ENTRIES	128
#define MAX_PROPERTIES	64

/* The value, read from the front. Once failed, nothing more is read. */
struct cursor {
	struct arena	*a;
	struct span	 rest;
	bool		 failed;
};

static bool
fail(struct cursor *c)
{
	c->failed = true;
	return false;
}

static bool
at(const struct cursor *c, char ch)
{
	return c->rest.len > 0 && c->rest.p[0] == ch;
}

static bool
take(struct cursor *c, char ch)
{
	if (!at(c, ch))
		return fail(c);
	c->rest = span_skip(c->rest, 1);
	return true;
}

/*
 * One character of a comment or quoted string: printable, folding white
 * space, or a backslash and printable or a blank. Its length, 0 when it is no
 * such.
 */
static size_t
text_char(struct span s)
{
	struct span escaped = span_skip(s, 1);
	size_t len;

	if (s.len == 0)
		return 0;
	if (s.p[0] != '\\')
		return ascii_isfws((unsigned char)s.p[0]) ? 1 :
		    authres_printable(s);
	if (escaped.len > 0 && escaped.p[0] == '\t')
		return 2;
	len = authres_printable(escaped);
	return len > 0 ? len + 1 : 0;
}

/* A comment, with those inside it. */
static bool
comment(struct cursor *c)
{
	size_t depth = 0;

	do {
		size_t len = text_char(c->rest);

		if (len == 0)
			return fail(c);
		if (at(c, '('))
			depth++;
		else if (at(c, ')'))
			depth--;
		c->rest = span_skip(c->rest, len);
	} while (depth > 0);
	return true;
}

/* [CFWS]; whether there was any. */
static bool
cfws(struct cursor *c)
{
	const char *start = c->rest.p;

	while (!c->failed && c->rest.len > 0) {
		if (ascii_isfws((unsigned char)c->rest.p[0]))
			c->rest = span_skip(c->rest, 1);
		else if (at(c, '('))
			(void)comment(c);
		else
			break;
	}
	return !c->failed && c->rest.p != start;
}

/* Take what `is_part` accepts; false when there is none of it. */
static bool
run(struct cursor *c, bool (*is_part)(unsigned char c), struct span *out)
{
	size_t len = 0;

	while (len < c->rest.len && is_part((unsigned char)c->rest.p[len]))
		len++;
	*out = span_head(c->rest, len);
	c->rest = span_skip(c->rest, len);
	return len > 0 || fail(c);
}

static bool
is_keyword_char(unsigned char c)
{
	return ascii_isalnum(c) || c == '-';
}

static bool
keyword(struct cursor *c, struct span *out)
{
	if (!run(c, is_keyword_char, out))
		return false;
	return out->p[out->len - 1] != '-' || fail(c);
}

/* The text of a quoted string: without folds and escapes. */
static bool
quoted_string(struct cursor *c, struct span *out)
{
	struct strbuf sb;

	strbuf_init(&sb, c->a);
	if (!take(c, '"'))
		return false;
	while (!at(c, '"')) {
		size_t len = text_char(c->rest);
		struct span s = span_head(c->rest, len);

		if (len == 0)
			return fail(c);
		if (s.p[0] == '\\')
			s = span_skip(s, 1);
		if (s.p[0] != '\r' && s.p[0] != '\n')
			strbuf_add(&sb, s);
		c->rest = span_skip(c->rest, len);
	}
	*out = strbuf_span(&sb);
	return out->p != NULL ? take(c, '"') : fail(c);
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
	if (!run(c, is_id_char, out))
		return false;
	return authres_is_printable(*out) || fail(c);
}

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

	if (!take(c, '@') || !run(c, is_domain_char, &domain))
		return false;
	if (!authres_is_printable(domain))
		return fail(c);
	strbuf_init(&sb, c->a);
	strbuf_add(&sb, local);
	strbuf_addc(&sb, '@');
	strbuf_add(&sb, domain);
	*out = strbuf_span(&sb);
	return out->p != NULL || fail(c);
}

/* Whether an unquoted run is a value, or an address in one piece. */
static bool
is_plain_pvalue(struct span s)
{
	size_t sign = span_rfind(s, '@');
	struct span domain = span_skip(s, sign + 1), name;
	struct cursor c = { .rest = domain };

	if (!authres_is_printable(s))
		return false;
	if (sign == s.len)
		return span_find(s, '?') == s.len;
	if (sign > 0 && !authres_is_dot_atom(span_head(s, sign)))
		return false;
	return run(&c, is_domain_char, &name) && c.rest.len == 0;
}

static bool
pvalue(struct cursor *c, struct span *out)
{
	bool quoted;

	cfws(c);
	quoted = at(c, '"');
	if (quoted) {
		if (!quoted_string(c, out))
			return false;
	} else if (!run(c, is_pvalue_char, out) || !is_plain_pvalue(*out)) {
		return fail(c);
	}
	cfws(c);
	if (!at(c, '@'))
		return !c->failed;
	if (!quoted && !authres_is_dot_atom(*out))
		return fail(c);
	if (!at_domain(c, *out, out))
		return false;
	cfws(c);
	return !c->failed;
}

/*
 * Room for one more behind `count` elements; the room doubles, so that what
 * is left behind in the arena stays in proportion. NULL on failure.
 */
static void *
one_more(struct cursor *c, void *old, size_t count, size_t size)
{
	void *p = old;

	if ((count & (count - 1)) == 0)
		p = arena_grow(c->a, old, count * size,
		    (count > 0 ? 2 * count : 1) * size);
	if (p == NULL)
		c->failed = true;
	return p;
}

static bool
equals(struct cursor *c)
{
	cfws(c);
	return take(c, '=');
}

/* The rest of a propspec, behind its ptype. */
static bool
property(struct cursor *c, struct span ptype, struct authres_entry *e)
{
	struct authres_property *p;

	if (e->nproperties == MAX_PROPERTIES)
		return fail(c);
	p = one_more(c, e->property, e->nproperties, sizeof(*p));
	if (p == NULL)
		return false;
	e->property = p;
	p += e->nproperties++;
	*p = (struct authres_property){ .ptype = ptype };
	cfws(c);
	if (!take(c, '.'))
		return false;
	cfws(c);
	return keyword(c, &p->name) && equals(c) && pvalue(c, &p->value);
}

/* [CFWS reasonspec] [CFWS 1*propspec] */
static bool
supporting(struct cursor *c, struct authres_entry *e)
{
	bool first = true, apart = cfws(c);
	struct span word;

	while (!c->failed && c->rest.len > 0 && !at(c, ';')) {
		if ((first && !apart) || !keyword(c, &word))
			return fail(c);
		cfws(c);
		if (first && at(c, '=') && span_is_nocase(word, "reason")) {
			(void)equals(c);
			cfws(c);
			if (!value(c, &e->reason))
				return false;
			apart = cfws(c);
			if (!apart && c->rest.len > 0 && !at(c, ';'))
				return fail(c);
		} else if (!property(c, word, e)) {
			return false;
		}
		first = false;
	}
	return !c->failed;
}

static bool
method_version(struct cursor *c, struct span *out)
{
	uint64_t number;

	cfws(c);
	if (!at(c, '/'))
		return !c->failed;
	(void)take(c, '/');
	cfws(c);
	return keyword(c, out) &&
	    (span_uint(*out, UINT32_MAX, &number) || fail(c));
}

/* What stands behind a ";" and its white space, method taken. */
static bool
entry(struct cursor *c, struct span method, struct authres_entry *e)
{
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
	struct authres_entry *grown;
	struct span word;

	do {
		if (!take(c, ';'))
			return false;
		cfws(c);
		if (!keyword(c, &word))
			return false;
		cfws(c);
		if (out->count == 0 && c->rest.len == 0 && !c->failed &&
		    span_is_nocase(word, "none"))
			return true;
		if (out->count == MAX_ENTRIES)
			return fail(c);
		grown = one_more(c, out->entry, out->count, sizeof(*grown));
		if (grown == NULL)
			return false;
		out->entry = grown;
		if (!entry(c, word, &out->entry[out->count++]))
			return false;
	} while (c->rest.len > 0);
	return true;
}

/* [CFWS authres-version] [CFWS], up to the first ";". */
static bool
version(struct cursor *c, struct span *out)
{
	uint64_t number;
	bool apart = cfws(c);

	if (c->failed || at(c, ';'))
		return !c->failed;
	if (!apart || !keyword(c, out) ||
	    !span_uint(*out, UINT32_MAX, &number))
		return fail(c);
	cfws(c);
	return !c->failed;
}

bool
authres_parse(struct arena *a, struct span text, struct authres *out)
{
	struct cursor c = { .a = a, .rest = text };

	*out = (struct authres){ .authserv_id = { NULL, 0 } };
	cfws(&c);
	if (!c.failed && value(&c, &out->authserv_id) &&
	    version(&c, &out->version) && results(&c, out))
		return true;
	*out = (struct authres){ .authserv_id = { NULL, 0 } };
	return false;
}
