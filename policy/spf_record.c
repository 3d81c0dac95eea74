#include "config.h"
#include "policy/spf_record.h"

#include <arpa/inet.h>

#define SPF1		"v=spf1"

/* What may follow the name of a mechanism. */
enum arguments {
	NO_ARGUMENT,		/* all */
	NEEDS_DOMAIN,		/* include, exists */
	MAY_DOMAIN,		/* ptr */
	MAY_DOMAIN_CIDR,	/* a, mx */
	NEEDS_IP4,
	NEEDS_IP6,
};

static const struct mechanism {
	const char	*name;
	enum spf_term_kind kind;
	enum arguments	 arguments;
} mechanisms[] = {
	{ "all",	SPF_ALL,	NO_ARGUMENT },
	{ "include",	SPF_INCLUDE,	NEEDS_DOMAIN },
	{ "a",		SPF_A,		MAY_DOMAIN_CIDR },
	{ "mx",		SPF_MX,		MAY_DOMAIN_CIDR },
	{ "ptr",	SPF_PTR,	MAY_DOMAIN },
	{ "ip4",	SPF_IP4,	NEEDS_IP4 },
	{ "ip6",	SPF_IP6,	NEEDS_IP6 },
	{ "exists",	SPF_EXISTS,	NEEDS_DOMAIN },
};

static enum spf_parse
bad(struct spf_fault *f, const char *why, struct span where)
{
	*f = (struct spf_fault){ why, where };
	return SPF_PARSE_BAD;
}

bool
spf_record_is(struct span txt)
{
	size_t len = sizeof(SPF1) - 1;

	return span_starts_nocase(txt, SPF1) &&
	    (txt.len == len || txt.p[len] == ' ');
}

bool
spf_term_needs_dns(const struct spf_term *t)
{
	switch (t->kind) {
	case SPF_INCLUDE:
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS:
	case SPF_REDIRECT:
		return true;
	case SPF_ALL:
	case SPF_IP4:
	case SPF_IP6:
	case SPF_EXP:
	case SPF_UNKNOWN:
		break;
	}
	return false;
}

/* A number as 5.6 writes it: no leading zero, at most `max`. */
static bool
parse_number(struct span s, unsigned max, unsigned *out)
{
	uint64_t value;

	if (s.len > 1 && s.p[0] == '0')
		return false;
	if (!span_uint(s, max, &value))
		return false;
	*out = (unsigned)value;
	return true;
}

/* ip4-network: four numbers. */
static bool
parse_ip4(struct span s, struct in6_addr *out)
{
	struct span rest = s, part;
	unsigned n = 0, value;

	*out = (struct in6_addr)IN6ADDR_ANY_INIT;
	out->s6_addr[10] = out->s6_addr[11] = 0xff;
	while (span_next(&rest, '.', &part)) {
		if (n == 4 || !parse_number(part, 255, &value))
			return false;
		out->s6_addr[12 + n++] = (uint8_t)value;
	}
	return n == 4;
}

static bool
parse_ip6(struct span s, struct in6_addr *out)
{
	char text[INET6_ADDRSTRLEN];

	if (s.len == 0 || s.len >= sizeof(text))
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	return inet_pton(AF_INET6, text, out) == 1;
}

/* ":" ip4-network [ ip4-cidr-length ], or the same for IPv6. */
static enum spf_parse
parse_network(struct span args, struct spf_term *t, struct spf_fault *f)
{
	bool is4 = t->kind == SPF_IP4;
	unsigned *bits = is4 ? &t->bits4 : &t->bits6;
	struct span net = span_skip(args, 1);
	size_t slash = span_find(net, '/');

	if (args.len == 0 || args.p[0] != ':')
		return bad(f, "an address must follow, after a colon",
		    t->text);
	if (slash < net.len && !parse_number(span_skip(net, slash + 1), *bits,
	    bits))
		return bad(f, "no such prefix length", span_skip(net, slash));
	net = span_head(net, slash);
	if (is4 ? !parse_ip4(net, &t->net) : !parse_ip6(net, &t->net))
		return bad(f, is4 ? "no IPv4 address" : "no IPv6 address",
		    net);
	return SPF_PARSE_OK;
}

/*
 * Take "/digits" (`slashes` 1) or "//digits" (2) off the end of *s. False
 * when there is none.
 */
static bool
take_prefix(struct span *s, size_t slashes, struct span *digits_out)
{
	size_t n = s->len;

	while (n > 0 && ascii_isdigit((unsigned char)s->p[n - 1]))
		n--;
	if (n == s->len || n < slashes || s->p[n - 1] != '/' ||
	    s->p[n - slashes] != '/')
		return false;
	*digits_out = span_skip(*s, n);
	*s = span_head(*s, n - slashes);
	return true;
}

/*
 * dual-cidr-length at the end of the arguments. It cannot be mistaken for the
 * end of a domain-spec, which is a toplabel or a macro: neither has a slash
 * with digits behind it.
 */
static enum spf_parse
parse_dual_cidr(struct span *args, struct spf_term *t, struct spf_fault *f)
{
	struct span digits;

	if (take_prefix(args, 2, &digits) &&
	    !parse_number(digits, 128, &t->bits6))
		return bad(f, "no such IPv6 prefix length", digits);
	if (take_prefix(args, 1, &digits) &&
	    !parse_number(digits, 32, &t->bits4))
		return bad(f, "no such IPv4 prefix length", digits);
	return SPF_PARSE_OK;
}

static enum spf_parse
parse_domain(struct arena *a, struct span args, bool needed,
    struct spf_term *t, struct spf_fault *f)
{
	if (args.len == 0 && !needed)
		return SPF_PARSE_OK;
	if (args.len == 0 || args.p[0] != ':')
		return bad(f, needed ?
		    "a domain name must follow, after a colon" :
		    "only a domain name, after a colon, or a prefix length "
		    "may follow", t->text);
	return spf_macro_parse(a, span_skip(args, 1), SPF_DOMAIN_SPEC,
	    &t->domain, f);
}

static enum spf_parse
parse_arguments(struct arena *a, enum arguments how, struct span args,
    struct spf_term *t, struct spf_fault *f)
{
	switch (how) {
	case NO_ARGUMENT:
		return args.len == 0 ? SPF_PARSE_OK :
		    bad(f, "nothing may follow", args);
	case NEEDS_IP4:
	case NEEDS_IP6:
		return parse_network(args, t, f);
	case MAY_DOMAIN_CIDR:
		if (parse_dual_cidr(&args, t, f) != SPF_PARSE_OK)
			return SPF_PARSE_BAD;
		break;
	case NEEDS_DOMAIN:
	case MAY_DOMAIN:
		break;
	}
	return parse_domain(a, args, how == NEEDS_DOMAIN, t, f);
}

static enum result
qualifier_result(char c)
{
	switch (c) {
	case '-':	return RESULT_FAIL;
	case '~':	return RESULT_SOFTFAIL;
	case '?':	return RESULT_NEUTRAL;
	default:	return RESULT_PASS;
	}
}

static enum spf_parse
parse_directive(struct arena *a, struct spf_term *t, struct spf_fault *f)
{
	struct span s = t->text, name;
	size_t n = 0, i;

	t->result = qualifier_result(s.p[0]);
	if (strchr("+-~?", s.p[0]) != NULL)
		s = span_skip(s, 1);
	while (n < s.len && s.p[n] != ':' && s.p[n] != '/')
		n++;
	name = span_head(s, n);
	t->bits4 = 32;
	t->bits6 = 128;
	for (i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (!span_is_nocase(name, mechanisms[i].name))
			continue;
		t->kind = mechanisms[i].kind;
		return parse_arguments(a, mechanisms[i].arguments,
		    span_skip(s, n), t, f);
	}
	return bad(f, "unknown mechanism", name.len > 0 ? name : t->text);
}

/*
 * The length of a modifier's name when the term is one: name "=", where the
 * name starts with a letter and goes on with letters, digits, "-", "_", ".".
 * Else 0.
 */
static size_t
modifier_name(struct span s)
{
	size_t n = 0;

	if (s.len == 0 || !ascii_isalpha((unsigned char)s.p[0]))
		return 0;
	while (n < s.len && (ascii_isalnum((unsigned char)s.p[n]) ||
	    s.p[n] == '-' || s.p[n] == '_' || s.p[n] == '.'))
		n++;
	return n < s.len && s.p[n] == '=' ? n : 0;
}

static enum spf_parse
parse_modifier(struct arena *a, size_t name_len, struct spf_record *rec,
    struct spf_term *t, struct spf_fault *f)
{
	struct span name = span_head(t->text, name_len);
	struct span value = span_skip(t->text, name_len + 1);
	const struct spf_term **slot;

	if (span_is_nocase(name, "redirect")) {
		t->kind = SPF_REDIRECT;
		slot = &rec->redirect;
	} else if (span_is_nocase(name, "exp")) {
		t->kind = SPF_EXP;
		slot = &rec->exp;
	} else {
		t->kind = SPF_UNKNOWN;
		return spf_macro_parse(a, value, SPF_MACRO_STRING, &t->domain,
		    f);
	}
	if (*slot != NULL)
		return bad(f, "a second one", t->text);
	*slot = t;
	return spf_macro_parse(a, value, SPF_DOMAIN_SPEC, &t->domain, f);
}

static enum spf_parse
parse_term(struct arena *a, struct spf_record *rec, struct spf_term *t,
    struct spf_fault *f)
{
	size_t name_len = modifier_name(t->text);
	enum spf_parse got;

	if (name_len > 0)
		return parse_modifier(a, name_len, rec, t, f);
	got = parse_directive(a, t, f);
	if (got == SPF_PARSE_OK && t->kind == SPF_ALL && rec->all == NULL)
		rec->all = t;
	return got;
}

/* Everything in a record is printable US-ASCII (3.1, 4.6.1). */
static enum spf_parse
check_bytes(struct span txt, struct spf_fault *f)
{
	size_t i;

	for (i = 0; i < txt.len; i++) {
		unsigned char c = (unsigned char)txt.p[i];

		if (c < ' ' || c > '~')
			return bad(f, c < 0x80 ? "control character" :
			    "not US-ASCII", span_head(span_skip(txt, i), 1));
	}
	return SPF_PARSE_OK;
}

static size_t
count_terms(struct span terms)
{
	struct span head;
	size_t n = 0;

	while (span_next(&terms, ' ', &head))
		n += head.len > 0;
	return n;
}

enum spf_parse
spf_record_parse(struct arena *a, struct span txt, struct spf_record *out,
    struct spf_fault *f)
{
	struct span rest = span_skip(txt, sizeof(SPF1) - 1), head;
	struct spf_term *term;
	size_t n = 0;

	*out = (struct spf_record){ .text = txt };
	if (check_bytes(txt, f) != SPF_PARSE_OK)
		return SPF_PARSE_BAD;
	term = arena_array(a, count_terms(rest), sizeof(*term));
	if (term == NULL)
		return SPF_PARSE_NOMEM;
	while (span_next(&rest, ' ', &head)) {
		enum spf_parse got;

		if (head.len == 0)
			continue;
		term[n].text = head;
		got = parse_term(a, out, &term[n++], f);
		if (got != SPF_PARSE_OK)
			return got;
	}
	out->term = term;
	out->nterms = n;
	return SPF_PARSE_OK;
}
