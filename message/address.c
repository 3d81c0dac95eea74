#include "config.h"
#include "message/address.h"

#include <assert.h>

#include "message/lex.h"

const char *
from_status_text(enum from_status st)
{
	switch (st) {
	case FROM_OK:
		return "good";
	case FROM_EMPTY:
		return "no author";
	case FROM_SYNTAX:
		return "not a list of addresses";
	case FROM_BAD_DOMAIN:
		return "author domain is no name";
	case FROM_TOO_MANY:
		return "too many authors";
	case FROM_NOMEM:
		return "out of memory";
	}
	return "unknown";
}

/* ---- From: text becomes pieces ------------------------------------------ */

/* An addr-spec as it stands in the field, comments and folds included. */
struct raw_address {
	struct span	local;		/* words and dots */
	struct span	domain;		/* atoms and dots, or a literal */
};

struct parser {
	struct span	 rest;		/* still to be parsed */
	struct raw_address raw[FROM_MAX_AUTHORS];
	size_t		 count;
	bool		 group;		/* there was a group */
	enum from_status status;	/* the first thing wrong */
	const char	*why;
};

static bool
fail(struct parser *p, enum from_status status, const char *why)
{
	p->status = status;
	p->why = why;
	return false;
}

/* The next byte, 0 at the end (a NUL is nowhere allowed either). */
static char
peek(const struct parser *p)
{
	return p->rest.len > 0 ? p->rest.p[0] : '\0';
}

static void
skip_cfws(struct parser *p)
{
	p->rest = span_skip(p->rest, lex_cfws(p->rest));
}

static bool
take(struct parser *p, char c)
{
	if (p->rest.len == 0 || p->rest.p[0] != c)
		return false;
	p->rest = span_skip(p->rest, 1);
	return true;
}

/* At a place where an address could not go on. */
static bool
fail_here(struct parser *p, const char *why)
{
	switch (peek(p)) {
	case '(':
		return fail(p, FROM_SYNTAX, "comment not closed or too deep");
	case '"':
		return fail(p, FROM_SYNTAX, "quoted string not closed");
	default:
		return fail(p, FROM_SYNTAX, why);
	}
}

/* The text between `from` and what is still to be parsed. */
static struct span
since(const struct parser *p, struct span from)
{
	return span_head(from, from.len - p->rest.len);
}

/*
 * Words (atoms, quoted strings) and dots, with white space and comments
 * around. That is a phrase when it begins with a word (obs-phrase, 4.1), and
 * a local part when words and dots take turns (obs-local-part, 4.4).
 */
struct words {
	struct span	text;
	size_t		count;		/* words and dots */
	bool		phrase;
	bool		local;
};

static struct words
take_words(struct parser *p)
{
	struct words w = { .local = true };
	struct span start = p->rest;
	bool word_wanted = true;

	for (;;) {
		size_t n;
		bool dot;

		skip_cfws(p);
		dot = peek(p) == '.';
		n = dot ? 1 : lex_atom(p->rest);
		if (n == 0)
			n = lex_quoted(p->rest);
		if (n == 0)
			break;
		if (w.count++ == 0)
			w.phrase = !dot;
		if (dot == word_wanted)
			w.local = false;
		word_wanted = dot;
		p->rest = span_skip(p->rest, n);
	}
	w.local = w.local && !word_wanted;
	w.text = since(p, start);
	return w;
}

static bool
parse_domain(struct parser *p, struct span *out)
{
	struct span start;
	size_t n;

	skip_cfws(p);
	start = p->rest;
	if (peek(p) == '[') {
		*out = span_head(start, lex_literal(start));
		p->rest = span_skip(start, out->len);
		return out->len > 0 ||
		    fail(p, FROM_SYNTAX, "bad domain literal");
	}
	do {
		skip_cfws(p);
		n = lex_atom(p->rest);
		if (n == 0)
			return fail_here(p, "bad domain");
		p->rest = span_skip(p->rest, n);
		*out = since(p, start);
		skip_cfws(p);
	} while (take(p, '.'));
	return true;
}

static bool
add_address(struct parser *p, struct span local, struct span domain)
{
	if (p->count == FROM_MAX_AUTHORS)
		return fail(p, FROM_TOO_MANY, from_status_text(FROM_TOO_MANY));
	p->raw[p->count++] = (struct raw_address){ local, domain };
	return true;
}

/* The rest of an addr-spec, up from its "@". */
static bool
parse_addr_spec(struct parser *p, const struct words *local)
{
	struct span domain;

	if (!local->local)
		return fail(p, FROM_SYNTAX, "bad local part");
	if (!take(p, '@'))
		return fail_here(p, "address without domain");
	return parse_domain(p, &domain) &&
	    add_address(p, local->text, domain);
}

/*
 * A source route, "@a.example,@b.example:", says nothing about the author
 * (obs-route, 4.4: to be ignored).
 */
static bool
skip_route(struct parser *p)
{
	struct span domain;
	bool more;

	skip_cfws(p);
	more = peek(p) == '@';
	if (!more)
		return true;
	while (more) {
		(void)take(p, '@');
		if (!parse_domain(p, &domain))
			return false;
		for (more = false; take(p, ','); more = peek(p) == '@')
			skip_cfws(p);
	}
	return take(p, ':') || fail_here(p, "bad source route");
}

/* The rest of an angle-addr, behind its "<". */
static bool
parse_angle(struct parser *p)
{
	struct words local;

	if (!skip_route(p))
		return false;
	local = take_words(p);
	if (local.count == 0)
		return fail_here(p, "no address between angle brackets");
	if (!parse_addr_spec(p, &local))
		return false;
	skip_cfws(p);
	return take(p, '>') || fail_here(p, "angle bracket not closed");
}

static bool parse_addresses(struct parser *p, bool in_group);

/* One mailbox or, unless `in_group`, one group. */
static bool
parse_address(struct parser *p, bool in_group)
{
	struct words w = take_words(p);

	if (peek(p) == '@' && w.count > 0)
		return parse_addr_spec(p, &w);
	if (w.count > 0 && !w.phrase)
		return fail(p, FROM_SYNTAX, "bad display name");
	if (take(p, '<'))
		return parse_angle(p);
	if (in_group || w.count == 0 || !take(p, ':'))
		return fail_here(p, "no address");
	p->group = true;
	return parse_addresses(p, true) &&
	    (take(p, ';') || fail_here(p, "group not closed"));
}

/*
 * Addresses between commas, with the empty ones of obs-mbox-list (4.4), up to
 * the end or the ";" of the group.
 */
static bool
parse_addresses(struct parser *p, bool in_group)
{
	for (;;) {
		skip_cfws(p);
		if (p->rest.len == 0 || (in_group && peek(p) == ';'))
			return true;
		if (take(p, ','))
			continue;
		if (!parse_address(p, in_group))
			return false;
		skip_cfws(p);
		if (p->rest.len > 0 && peek(p) != ',' &&
		    !(in_group && peek(p) == ';'))
			return fail_here(p, "text behind an address");
	}
}

/* ---- From: pieces become authors ---------------------------------------- */

/* What words and dots mean: no comments, no folds, no quotes. */
static struct span
unquote(struct arena *a, struct span raw)
{
	struct strbuf sb;
	size_t n;

	strbuf_init(&sb, a);
	for (; raw.len > 0; raw = span_skip(raw, n)) {
		n = lex_cfws(raw);
		if (n > 0)
			continue;
		n = lex_quoted(raw);
		if (n > 0) {
			lex_unquote(&sb, span_head(raw, n));
			continue;
		}
		n = raw.p[0] == '.' ? 1 : lex_atom(raw);
		assert(n > 0);
		strbuf_add(&sb, span_head(raw, n));
	}
	return strbuf_span(&sb);
}

static bool
normalize_address(struct parser *p, struct arena *a,
    const struct raw_address *raw, struct address *out)
{
	enum domain_status st;
	struct span domain;

	if (raw->domain.p[0] == '[')
		return fail(p, FROM_BAD_DOMAIN, "domain literal");
	out->local = unquote(a, raw->local);
	domain = unquote(a, raw->domain);
	if (out->local.p == NULL || domain.p == NULL)
		return fail(p, FROM_NOMEM, from_status_text(FROM_NOMEM));
	st = domain_normalize(a, domain, &out->domain);
	if (st == DOMAIN_NOMEM)
		return fail(p, FROM_NOMEM, from_status_text(FROM_NOMEM));
	return st == DOMAIN_OK ||
	    fail(p, FROM_BAD_DOMAIN, domain_status_text(st));
}

static bool
normalize_all(struct parser *p, struct arena *a, struct address *author)
{
	size_t i;

	if (author == NULL)
		return fail(p, FROM_NOMEM, from_status_text(FROM_NOMEM));
	for (i = 0; i < p->count; i++)
		if (!normalize_address(p, a, &p->raw[i], &author[i]))
			return false;
	return true;
}

enum from_status
from_parse(struct arena *a, struct span value, struct from *out)
{
	struct parser p = { .rest = value };
	struct address *author;

	*out = (struct from){ NULL, 0, NULL };
	if (!parse_addresses(&p, false)) {
		out->why = p.why;
		return p.status;
	}
	if (p.count == 0) {
		out->why = p.group ? "group without an author" : "no address";
		return p.group ? FROM_EMPTY : FROM_SYNTAX;
	}
	author = arena_array(a, p.count, sizeof(*author));
	if (!normalize_all(&p, a, author)) {
		out->why = p.why;
		return p.status;
	}
	out->author = author;
	out->count = p.count;
	return FROM_OK;
}

/* ---- envelope ----------------------------------------------------------- */

/*
 * Length of a source route with its colon, 0 when `s` has none. Colons and
 * commas within a literal are its own.
 */
static size_t
route_len(struct span s)
{
	size_t i = 0;

	while (i < s.len && s.p[i] == '@') {
		bool literal = false;

		for (i++; i < s.len; i++) {
			if (s.p[i] == '[' || s.p[i] == ']')
				literal = s.p[i] == '[';
			if (!literal && (s.p[i] == ',' || s.p[i] == ':'))
				break;
		}
		if (i == s.len)
			return 0;
		if (s.p[i++] == ':')
			return i;
	}
	return 0;
}

/* "quoted local part"; 0 when the quotes do not end. */
static size_t
quoted_local_len(struct span s)
{
	size_t i;

	for (i = 1; i < s.len && s.p[i] != '"'; i++)
		if (s.p[i] == '\\')
			i++;
	return i < s.len ? i + 1 : 0;
}

/* Anything up to the "@" that an MTA may have let pass. */
static size_t
plain_local_len(struct span s)
{
	size_t i = 0;

	while (i < s.len && strchr("@<>\"\\", s.p[i]) == NULL)
		i++;
	return i;
}

static bool
has_control(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

/* "Local-part@Domain", or "Local-part" alone. */
static bool
parse_mailbox(struct arena *a, struct span in, struct address *out)
{
	bool quoted = in.len > 0 && in.p[0] == '"';
	size_t n = quoted ? quoted_local_len(in) : plain_local_len(in);
	struct span local = span_head(in, n), domain = span_skip(in, n + 1);
	struct strbuf sb;

	if ((quoted && n == 0) || (n < in.len && in.p[n] != '@') ||
	    n + 1 == in.len)
		return false;
	strbuf_init(&sb, a);
	if (quoted)
		lex_unquote(&sb, local);
	else
		strbuf_add(&sb, local);
	out->local = strbuf_span(&sb);
	if (out->local.p == NULL)
		return false;
	if (domain.len == 0)
		return true;
	if (domain.p[0] != '[')
		return domain_normalize(a, domain, &out->domain) == DOMAIN_OK;
	out->domain = arena_span(a, domain);
	return lex_literal(domain) == domain.len && out->domain.p != NULL;
}

bool
address_parse_path(struct arena *a, struct span in, struct address *out)
{
	const struct address empty = { SPAN(""), SPAN("") };

	*out = empty;
	if (in.len > 0 && in.p[0] == '<') {
		if (in.p[in.len - 1] != '>')
			return false;
		in = span_head(span_skip(in, 1), in.len - 2);
	}
	if (in.len == 0)
		return true;
	if (has_control(in))
		return false;
	in = span_skip(in, route_len(in));
	if (in.len > 0 && parse_mailbox(a, in, out))
		return true;
	*out = empty;
	return false;
}
