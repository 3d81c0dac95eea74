/* The DKIM-Signature field, taken apart and judged by itself. */
#include "config.h"
#include "policy/dkim.h"

#include "base/strbuf.h"
#include "base/utf8.h"
#include "message/domain.h"
#include "message/taglist.h"
#include "policy/dkim_base64.h"

/* 3.5, l=: a number has no more digits than these. */
#define LENGTH_MAX_DIGITS	76

/* 3.5, t=: a longer number may be taken as infinite. */
#define TIME_MAX_DIGITS		12

/*
 * Read the value of one tag into `sig`. NULL when it is fine, else what is
 * wrong with it. What a lack of memory causes is sorted out by the caller.
 */
typedef const char *read_tag(struct arena *a, struct span value,
	    struct dkim_signature *sig);

static bool
all_digits(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!ascii_isdigit((unsigned char)s.p[i]))
			return false;
	return s.len > 0;
}

/* `value` without any white space. */
static struct span
squeeze(struct arena *a, struct span value)
{
	char *p = arena_alloc(a, value.len);
	size_t i, n = 0;

	if (p == NULL)
		return (struct span){ NULL, 0 };
	for (i = 0; i < value.len; i++)
		if (!ascii_isfws((unsigned char)value.p[i]))
			p[n++] = value.p[i];
	return (struct span){ p, n };
}

/* ---- one tag each ------------------------------------------------------- */

static const char *
read_version(struct arena *a, struct span value, struct dkim_signature *sig)
{
	(void)a;
	(void)sig;
	return span_is(value, "1") ? NULL : "v= is not 1";
}

static const char *
read_algorithm(struct arena *a, struct span value, struct dkim_signature *sig)
{
	(void)a;
	sig->algorithm = value;
	if (span_is(value, "rsa-sha256"))
		sig->key_type = KEY_RSA;
	else if (span_is(value, "ed25519-sha256"))
		sig->key_type = KEY_ED25519;
	else if (span_is(value, "rsa-sha1"))
		return "rsa-sha1 is not accepted";	/* RFC 8301, 3.1 */
	else
		return "unknown algorithm in a=";
	return NULL;
}

/* A domain-name of the ABNF: no trailing dot; U-labels by RFC 8616, 5. */
static bool
read_name(struct arena *a, struct span value, struct span *out)
{
	return value.len > 0 && value.p[value.len - 1] != '.' &&
	    domain_normalize(a, value, out) == DOMAIN_OK;
}

/* 3.5 wants two labels at least: no top level domain signs mail. */
static const char *
read_domain(struct arena *a, struct span value, struct dkim_signature *sig)
{
	struct span name;

	if (!read_name(a, value, &name) || domain_labels(name) < 2)
		return "d= is not a domain name";
	sig->domain = name;
	return NULL;
}

static const char *
read_selector(struct arena *a, struct span value, struct dkim_signature *sig)
{
	return read_name(a, value, &sig->selector) ? NULL :
	    "s= is not a selector";
}

/* The value of a hexadecimal digit of 2.11, upper case only; or -1. */
static int
hex_digit(char c)
{
	if (ascii_isdigit((unsigned char)c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decode dkim-quoted-printable (2.11), in place; false when it is none. */
static bool
qp_decode(char *p, size_t *len)
{
	size_t i, n = 0;

	for (i = 0; i < *len; i++) {
		int high, low;

		if (p[i] != '=') {
			p[n++] = p[i];
			continue;
		}
		if (*len - i < 3 || (high = hex_digit(p[i + 1])) < 0 ||
		    (low = hex_digit(p[i + 2])) < 0)
			return false;
		p[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*len = n;
	return true;
}

/* Well-formed UTF-8 without control characters. */
static bool
is_text(struct span s)
{
	uint32_t cp;
	size_t n;

	for (; s.len > 0; s = span_skip(s, n)) {
		n = utf8_char(s, &cp);
		if (n == 0 || cp < ' ' || (cp >= 0x7f && cp < 0xa0))
			return false;
	}
	return true;
}

/* [local-part] "@" domain-name; its domain is d= or below it (6.1.1). */
static const char *
read_identity(struct arena *a, struct span value, struct dkim_signature *sig)
{
	struct span text = squeeze(a, value), domain;
	struct strbuf sb;
	size_t at;

	if (text.p == NULL ||
	    !qp_decode((char *)(uintptr_t)text.p, &text.len))
		return "i= is not an identity";
	at = span_rfind(text, '@');
	if (at == text.len || !is_text(text) ||
	    !read_name(a, span_skip(text, at + 1), &domain))
		return "i= is not an identity";
	strbuf_init(&sb, a);
	strbuf_add(&sb, span_head(text, at + 1));
	strbuf_add(&sb, domain);
	sig->identity = strbuf_span(&sb);
	if (sig->domain.len > 0 && !domain_within(domain, sig->domain))
		return "i= is not within d=";
	return NULL;
}

static bool
is_field_name(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
			return false;
	return s.len > 0;
}

static const char *
read_fields(struct arena *a, struct span value, struct dkim_signature *sig)
{
	struct span rest = value, name;
	size_t i, n = 1;
	bool from = false;

	for (i = 0; i < value.len; i++)
		n += value.p[i] == ':';
	if (n > DKIM_MAX_SIGNED_FIELDS)
		return "too many fields in h=";
	sig->signed_field = arena_array(a, n, sizeof(*sig->signed_field));
	if (sig->signed_field == NULL)
		return "out of memory";
	for (i = 0; i < n && span_next(&rest, ':', &name); i++) {
		name = span_trim(name);
		if (!is_field_name(name))
			return "h= is not a list of field names";
		from = from || span_is_nocase(name, "from");
		sig->signed_field[i] = name;
	}
	sig->nsigned_fields = n;
	return from ? NULL : "From is not signed";
}

static bool
read_canon(struct span name, enum canon *out)
{
	*out = span_is(name, "relaxed") ? CANON_RELAXED : CANON_SIMPLE;
	return *out == CANON_RELAXED || span_is(name, "simple");
}

static const char *
read_canons(struct arena *a, struct span value, struct dkim_signature *sig)
{
	size_t slash = span_find(value, '/');

	(void)a;
	if (!read_canon(span_head(value, slash), &sig->header_canon) ||
	    (slash < value.len &&
	    !read_canon(span_skip(value, slash + 1), &sig->body_canon)))
		return "unknown canonicalization in c=";
	return NULL;
}

static const char *
read_query(struct arena *a, struct span value, struct dkim_signature *sig)
{
	struct span method;

	(void)a;
	(void)sig;
	while (span_next(&value, ':', &method))
		if (span_is(span_trim(method), "dns/txt"))
			return NULL;
	return "no known query method in q=";
}

static const char *
read_length(struct arena *a, struct span value, struct dkim_signature *sig)
{
	(void)a;
	if (!all_digits(value) || value.len > LENGTH_MAX_DIGITS)
		return "l= is not a number";
	/* A number beyond 64 bits is longer than any body, too. */
	if (!span_uint(value, BODYHASH_ALL - 1, &sig->body_length))
		sig->body_length = BODYHASH_ALL - 1;
	return NULL;
}

/* Seconds since 1970; false when it is no number. */
static bool
read_time(struct span value, uint64_t *out)
{
	if (!all_digits(value))
		return false;
	if (value.len > TIME_MAX_DIGITS || !span_uint(value, UINT64_MAX, out))
		*out = UINT64_MAX;
	return true;
}

static const char *
read_created(struct arena *a, struct span value, struct dkim_signature *sig)
{
	(void)a;
	sig->has_time = read_time(value, &sig->time);
	return sig->has_time ? NULL : "t= is not a time";
}

static const char *
read_expiry(struct arena *a, struct span value, struct dkim_signature *sig)
{
	(void)a;
	sig->has_expiry = read_time(value, &sig->expiry);
	return sig->has_expiry ? NULL : "x= is not a time";
}

/* A hash of another length is never compared. */
static const char *
read_body_hash(struct arena *a, struct span value, struct dkim_signature *sig)
{
	if (!dkim_base64_decode(a, value, &sig->body_hash))
		return "bh= is not base64";
	return sig->body_hash.len == DIGEST_LEN ? NULL :
	    "bh= is not a SHA-256 hash";
}

static const char *
read_signature(struct arena *a, struct span value, struct dkim_signature *sig)
{
	sig->signature_text = squeeze(a, value);
	if (!dkim_base64_decode(a, value, &sig->signature))
		return "b= is not base64";
	return sig->signature.len > 0 ? NULL : "b= is empty";
}

/* ---- all of them -------------------------------------------------------- */

/* d= is read before i=, which is compared with it. */
static const struct {
	const char	*name;
	read_tag	*read;
	const char	*missing;	/* NULL: it may be */
} readers[] = {
	{ "v",	read_version,	"no v= in the signature" },
	{ "a",	read_algorithm,	"no a= in the signature" },
	{ "d",	read_domain,	"no d= in the signature" },
	{ "s",	read_selector,	"no s= in the signature" },
	{ "i",	read_identity,	NULL },
	{ "h",	read_fields,	"no h= in the signature" },
	{ "c",	read_canons,	NULL },
	{ "q",	read_query,	NULL },
	{ "l",	read_length,	NULL },
	{ "t",	read_created,	NULL },
	{ "x",	read_expiry,	NULL },
	{ "bh",	read_body_hash,	"no bh= in the signature" },
	{ "b",	read_signature,	"no b= in the signature" },
};

/*
 * Read every tag, also behind a bad one, since the report wants what can be
 * read. The first thing that is wrong, or NULL.
 */
static const char *
read_all(struct arena *a, const struct taglist *tags,
    struct dkim_signature *sig)
{
	const char *why = NULL;
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		const struct span *value = taglist_get(tags, readers[i].name);
		const char *wrong = value == NULL ? readers[i].missing :
		    readers[i].read(a, *value, sig);

		if (why == NULL)
			why = wrong;
	}
	return why;
}

/* 3.5, i=: by default "@" and d=. */
static void
default_identity(struct arena *a, struct dkim_signature *sig)
{
	struct strbuf sb;

	if (sig->domain.len == 0)
		return;
	strbuf_init(&sb, a);
	strbuf_addc(&sb, '@');
	strbuf_add(&sb, sig->domain);
	sig->identity = strbuf_span(&sb);
}

enum result
dkim_signature_parse(struct arena *a, const struct header *field,
    struct dkim_signature *out, const char **why_out)
{
	enum taglist_status st;
	struct taglist tags;

	*out = (struct dkim_signature){
		.field = field,
		.body_length = BODYHASH_ALL,
	};
	st = taglist_parse(a, field->value, &tags, NULL);
	if (st != TAGLIST_OK) {
		*why_out = taglist_status_text(st);
		return st == TAGLIST_NOMEM ? RESULT_TEMPERROR :
		    RESULT_NEUTRAL;
	}
	*why_out = read_all(a, &tags, out);
	if (taglist_get(&tags, "i") == NULL)
		default_identity(a, out);
	if (*why_out == NULL && out->has_time && out->has_expiry &&
	    out->expiry <= out->time)
		*why_out = "x= is not after t=";
	if (arena_failed(a)) {
		*why_out = "out of memory";
		return RESULT_TEMPERROR;
	}
	return *why_out == NULL ? RESULT_NONE : RESULT_PERMERROR;
}
