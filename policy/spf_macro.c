#include "config.h"
#include "policy/spf_macro.h"

#include "base/strbuf.h"
#include "message/domain.h"
#include "message/ip.h"

/*
 * Digits beyond this are as good as none: a value has at most one part for
 * each byte, and 127 must be understood (7.3).
 */
#define KEEP_ALL	100000

static enum spf_parse
bad(struct spf_fault *f, const char *why, struct span where)
{
	*f = (struct spf_fault){ why, where };
	return SPF_PARSE_BAD;
}

/* macro-literal (7.1); a space only where explanations are read. */
static bool
is_literal(unsigned char c, enum spf_macro_kind kind)
{
	return (c > ' ' && c < 0x7f && c != '%') ||
	    (c == ' ' && kind == SPF_EXPLAIN_STRING);
}

static bool
is_delimiter(unsigned char c)
{
	return c != '\0' && strchr(".-+,/_=", c) != NULL;
}

/* The inside of "%{...}": letter, digits, r, delimiters. */
static enum spf_parse
parse_braces(struct span in, enum spf_macro_kind kind, struct spf_piece *p,
    struct spf_fault *f)
{
	size_t i = 1, first;

	p->letter = (char)ascii_lower((unsigned char)(in.len > 0 ? in.p[0] :
	    0));
	if (p->letter == '\0' || strchr("slodiphcrtv", p->letter) == NULL)
		return bad(f, "no such macro letter", span_head(in, 1));
	if (strchr("crt", p->letter) != NULL && kind != SPF_EXPLAIN_STRING)
		return bad(f, "this macro letter is for explanations only",
		    span_head(in, 1));
	p->escape = p->letter != in.p[0];
	for (first = i; i < in.len && ascii_isdigit((unsigned char)in.p[i]);
	    i++)
		if (p->keep < KEEP_ALL)
			p->keep = p->keep * 10 + (unsigned)(in.p[i] - '0');
	if (i > first && p->keep == 0)
		return bad(f, "a macro cannot keep 0 parts",
		    span_head(span_skip(in, first), i - first));
	if (i < in.len && ascii_lower((unsigned char)in.p[i]) == 'r') {
		p->reverse = true;
		i++;
	}
	p->text = span_skip(in, i);
	p->split = in.len > 1;
	for (; i < in.len; i++)
		if (!is_delimiter((unsigned char)in.p[i]))
			return bad(f, "no macro delimiter",
			    span_head(span_skip(in, i), 1));
	return SPF_PARSE_OK;
}

/* One macro-expand at the start of `in`; *len_out is what it takes. */
static enum spf_parse
parse_expand(struct span in, enum spf_macro_kind kind, struct spf_piece *p,
    size_t *len_out, struct spf_fault *f)
{
	size_t end;

	*len_out = 2;
	switch (in.len > 1 ? in.p[1] : '\0') {
	case '%':
		p->text = SPAN("%");
		return SPF_PARSE_OK;
	case '_':
		p->text = SPAN(" ");
		return SPF_PARSE_OK;
	case '-':
		p->text = SPAN("%20");
		return SPF_PARSE_OK;
	case '{':
		end = span_find(in, '}');
		if (end == in.len)
			return bad(f, "macro without closing brace", in);
		*len_out = end + 1;
		return parse_braces(span_head(span_skip(in, 2), end - 2), kind,
		    p, f);
	default:
		return bad(f, "a % that begins no macro", span_head(in, 2));
	}
}

/* toplabel: letters, digits and inner hyphens, not digits alone. */
static bool
is_toplabel(struct span s)
{
	bool only_digits = true;
	size_t i;

	if (s.len == 0 || s.p[0] == '-' || s.p[s.len - 1] == '-')
		return false;
	for (i = 0; i < s.len; i++) {
		if (!ascii_isalnum((unsigned char)s.p[i]) && s.p[i] != '-')
			return false;
		only_digits &= ascii_isdigit((unsigned char)s.p[i]);
	}
	return !only_digits;
}

static bool
looks_like_ip4(struct span s)
{
	size_t i, dots = 0;

	for (i = 0; i < s.len; i++) {
		if (!ascii_isdigit((unsigned char)s.p[i]) && s.p[i] != '.')
			return false;
		dots += s.p[i] == '.';
	}
	return dots == 3;
}

/*
 * domain-end: the text behind the last macro-expand (`tail`) is empty, or has
 * a dot and a toplabel behind that, with one more dot allowed.
 */
static enum spf_parse
check_domain_end(struct span text, struct span tail, struct spf_fault *f)
{
	struct span name = tail;
	size_t dot;

	if (text.len == 0)
		return bad(f, "empty domain name", text);
	if (tail.len == 0)
		return SPF_PARSE_OK;
	if (looks_like_ip4(text))
		return bad(f, "an address, which only ip4: takes", text);
	if (name.p[name.len - 1] == '.')
		name.len--;
	dot = span_rfind(name, '.');
	if (dot == name.len)
		return bad(f, "a domain name needs a dot", text);
	name = span_skip(name, dot + 1);
	if (!is_toplabel(name))
		return bad(f, "no top-level domain", name);
	return SPF_PARSE_OK;
}

/* No more pieces than this: one for each "%", one before and after it. */
static size_t
count_pieces(struct span text)
{
	size_t i, n = 1;

	for (i = 0; i < text.len; i++)
		n += text.p[i] == '%' ? 2 : 0;
	return n;
}

static struct span
take_literal(struct span rest, enum spf_macro_kind kind)
{
	size_t n = 0;

	while (n < rest.len && is_literal((unsigned char)rest.p[n], kind))
		n++;
	return span_head(rest, n);
}

enum spf_parse
spf_macro_parse(struct arena *a, struct span text, enum spf_macro_kind kind,
    struct spf_macro *out, struct spf_fault *f)
{
	struct spf_piece *piece = arena_array(a, count_pieces(text),
	    sizeof(*piece));
	struct span rest = text, tail = text;
	size_t n = 0, len;

	*out = (struct spf_macro){ text, piece, 0 };
	if (piece == NULL)
		return SPF_PARSE_NOMEM;
	while (rest.len > 0) {
		struct spf_piece *p = &piece[n++];

		if (rest.p[0] == '%') {
			if (parse_expand(rest, kind, p, &len, f) !=
			    SPF_PARSE_OK)
				return SPF_PARSE_BAD;
			tail = span_skip(rest, len);
		} else {
			p->text = take_literal(rest, kind);
			len = p->text.len;
			if (len == 0)
				return bad(f, "not a printable ASCII character",
				    span_head(rest, 1));
		}
		rest = span_skip(rest, len);
	}
	out->npieces = n;
	return kind == SPF_DOMAIN_SPEC ? check_domain_end(text, tail, f) :
	    SPF_PARSE_OK;
}

bool
spf_macro_uses(const struct spf_macro *m, const char *letters)
{
	size_t i;

	for (i = 0; i < m->npieces; i++)
		if (m->piece[i].letter != '\0' &&
		    strchr(letters, m->piece[i].letter) != NULL)
			return true;
	return false;
}

/* i: dotted quad, or the 32 nibbles of an IPv6 address with dots between. */
static struct span
dotted_ip(struct arena *a, const struct in6_addr *ip)
{
	static const char hex[] = "0123456789ABCDEF";
	char text[64];
	size_t i;

	if (ip_is4(ip))
		return ip_text(a, ip);
	for (i = 0; i < 16; i++) {
		text[4 * i] = hex[ip->s6_addr[i] >> 4];
		text[4 * i + 1] = '.';
		text[4 * i + 2] = hex[ip->s6_addr[i] & 15];
		text[4 * i + 3] = '.';
	}
	return arena_span(a, (struct span){ text, sizeof(text) - 1 });
}

static enum spf_expand
value_of(struct arena *a, char letter, const struct spf_macro_env *env,
    struct span *out)
{
	switch (letter) {
	case 's':
		*out = env->sender;
		break;
	case 'l':
		*out = env->local;
		break;
	case 'o':
		*out = env->sender_domain;
		break;
	case 'd':
		*out = env->domain;
		break;
	case 'i':
		*out = dotted_ip(a, &env->ip);
		return out->p != NULL ? SPF_EXPAND_OK : SPF_EXPAND_NOMEM;
	case 'c':
		*out = ip_text(a, &env->ip);
		return out->p != NULL ? SPF_EXPAND_OK : SPF_EXPAND_NOMEM;
	case 'p':
		return env->validated(env->ctx, out);
	case 'v':
		*out = ip_is4(&env->ip) ? SPAN("in-addr") : SPAN("ip6");
		break;
	case 'h':
		*out = env->helo;
		break;
	case 'r':
		*out = env->receiver.len > 0 ? env->receiver : SPAN("unknown");
		break;
	default: /* t */
		*out = span_of(arena_printf(a, "%lld", (long long)env->now));
		return out->p != NULL ? SPF_EXPAND_OK : SPF_EXPAND_NOMEM;
	}
	return SPF_EXPAND_OK;
}

/* The length of the part of `s` before the first delimiter. */
static size_t
part_len(struct span s, struct span delimiters)
{
	size_t n = 0;

	while (n < s.len && span_find(delimiters, s.p[n]) == delimiters.len)
		n++;
	return n;
}

/* Split, reverse, keep the right-hand parts, join with dots (7.3). */
static bool
transform(struct arena *a, const struct spf_piece *p, struct span value,
    struct span *out)
{
	struct span delimiters = p->text.len > 0 ? p->text : SPAN(".");
	struct span *part = arena_array(a, value.len + 1, sizeof(*part));
	size_t n = 0, first, i;
	struct strbuf sb;

	if (part == NULL)
		return false;
	for (;;) {
		size_t len = part_len(value, delimiters);

		part[n++] = span_head(value, len);
		if (len == value.len)
			break;
		value = span_skip(value, len + 1);
	}
	first = p->keep > 0 && p->keep < n ? n - p->keep : 0;
	strbuf_init(&sb, a);
	for (i = first; i < n; i++) {
		if (i > first)
			strbuf_addc(&sb, '.');
		strbuf_add(&sb, part[p->reverse ? n - 1 - i : i]);
	}
	*out = strbuf_span(&sb);
	return !sb.failed;
}

/* Escape all but the unreserved characters of RFC 3986. */
static void
add_escaped(struct strbuf *sb, struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (ascii_isalnum(c) ||
		    (c != '\0' && strchr("-._~", c) != NULL))
			strbuf_addc(sb, (char)c);
		else
			strbuf_addf(sb, "%%%02X", c);
	}
}

/*
 * Append one piece. *spent counts the bytes looked at, which may be more than
 * those that are kept ("%{s1}", ten thousand times).
 */
static enum spf_expand
expand_piece(struct arena *a, const struct spf_piece *p,
    const struct spf_macro_env *env, size_t *spent, struct strbuf *sb)
{
	enum spf_expand got;
	struct span value;

	if (p->letter == '\0') {
		strbuf_add(sb, p->text);
		return SPF_EXPAND_OK;
	}
	got = value_of(a, p->letter, env, &value);
	if (got != SPF_EXPAND_OK)
		return got;
	if (value.len > SPF_MAX_EXPANSION - *spent)
		return SPF_EXPAND_BAD_NAME;
	*spent += value.len;
	if (p->split && !transform(a, p, value, &value))
		return SPF_EXPAND_NOMEM;
	if (p->escape)
		add_escaped(sb, value);
	else
		strbuf_add(sb, value);
	return SPF_EXPAND_OK;
}

enum spf_expand
spf_macro_expand(struct arena *a, const struct spf_macro *m,
    const struct spf_macro_env *env, struct span *out)
{
	size_t i, spent = 0;
	struct strbuf sb;

	*out = (struct span){ NULL, 0 };
	strbuf_init(&sb, a);
	for (i = 0; i < m->npieces; i++) {
		enum spf_expand got = expand_piece(a, &m->piece[i], env,
		    &spent, &sb);

		if (got != SPF_EXPAND_OK)
			return got;
		if (sb.len > SPF_MAX_EXPANSION)
			return SPF_EXPAND_BAD_NAME;
	}
	*out = strbuf_span(&sb);
	return sb.failed ? SPF_EXPAND_NOMEM : SPF_EXPAND_OK;
}

/* A name in the form of dns.h, upper case still allowed. */
static bool
is_name(struct span name)
{
	struct span rest = name, label;
	size_t i;

	if (name.len == 0 || name.len > DOMAIN_MAX_LEN)
		return false;
	while (span_next(&rest, '.', &label)) {
		if (label.len == 0 || label.len > DOMAIN_MAX_LABEL)
			return false;
		for (i = 0; i < label.len; i++)
			if (label.p[i] < ' ' || label.p[i] > '~')
				return false;
	}
	return true;
}

enum spf_expand
spf_macro_name(struct arena *a, const struct spf_macro *m,
    const struct spf_macro_env *env, struct span *out)
{
	struct span name;
	enum spf_expand got = spf_macro_expand(a, m, env, &name);
	char *folded;
	size_t i;

	*out = (struct span){ NULL, 0 };
	if (got != SPF_EXPAND_OK)
		return got;
	if (name.len > 0 && name.p[name.len - 1] == '.')
		name.len--;
	while (name.len > DOMAIN_MAX_LEN)
		name = span_skip(name, span_find(name, '.') + 1);
	if (!is_name(name))
		return SPF_EXPAND_BAD_NAME;
	folded = arena_str(a, name);
	if (folded == NULL)
		return SPF_EXPAND_NOMEM;
	for (i = 0; i < name.len; i++)
		folded[i] = (char)ascii_lower((unsigned char)folded[i]);
	*out = (struct span){ folded, name.len };
	return SPF_EXPAND_OK;
}
