#include "config.h"
#include "policy/dmarc.h"

const char *
dmarc_policy_name(enum dmarc_policy p)
{
	switch (p) {
	case DMARC_POLICY_NONE:
		return "none";
	case DMARC_POLICY_QUARANTINE:
		return "quarantine";
	case DMARC_POLICY_REJECT:
		return "reject";
	}
	return "none";
}

/* ---- reporting URIs (4.6, 4.8; RFC 3986) -------------------------------- */

static struct span
trim_wsp(struct span s)
{
	while (s.len > 0 && ascii_iswsp((unsigned char)s.p[0]))
		s = span_skip(s, 1);
	while (s.len > 0 && ascii_iswsp((unsigned char)s.p[s.len - 1]))
		s.len--;
	return s;
}

static bool
is_hex(unsigned char c)
{
	c = ascii_lower(c);
	return ascii_isdigit(c) || (c >= 'a' && c <= 'f');
}

/* The characters of a URI; "," and "!" must be percent-encoded here. */
static bool
are_uri_chars(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '%') {
			if (i + 2 >= s.len ||
			    !is_hex((unsigned char)s.p[i + 1]) ||
			    !is_hex((unsigned char)s.p[i + 2]))
				return false;
			i += 2;
		} else if (!ascii_isalnum(c) &&
		    (c == '\0' || strchr("-._~:/?#[]@$&'()*+;=", c) == NULL)) {
			return false;
		}
	}
	return true;
}

static bool
is_scheme(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_isalnum(c) && c != '+' && c != '-' && c != '.')
			return false;
	}
	return s.len > 0 && ascii_isalpha((unsigned char)s.p[0]);
}

/* A mailto (RFC 6068) to report to has an address. */
static bool
has_address(struct span path)
{
	struct span to = span_head(path, span_find(path, '?'));
	size_t at = span_find(to, '@');

	return at > 0 && at + 1 < to.len;
}

static bool
is_uri(struct span s)
{
	size_t colon = span_find(s, ':');
	struct span scheme = span_head(s, colon);
	struct span rest = span_skip(s, colon + 1);

	if (colon == s.len || !is_scheme(scheme) || !are_uri_chars(rest))
		return false;
	return span_is_nocase(scheme, "mailto") ? has_address(rest) :
	    rest.len > 0;
}

/* obs-dmarc-report-size, behind its "!" */
static bool
is_size(struct span s)
{
	size_t digits = 0;

	while (digits < s.len && ascii_isdigit((unsigned char)s.p[digits]))
		digits++;
	s = span_skip(s, digits);
	return digits > 0 && (s.len == 0 || (s.len == 1 &&
	    strchr("kmgt", ascii_lower((unsigned char)s.p[0])) != NULL));
}

bool
dmarc_uri_next(struct span *list, struct span *uri_out)
{
	struct span item;

	while (span_next(list, ',', &item)) {
		size_t mark;

		item = trim_wsp(item);
		mark = span_find(item, '!');
		if (mark < item.len && !is_size(span_skip(item, mark + 1)))
			continue;
		*uri_out = span_head(item, mark);
		if (is_uri(*uri_out))
			return true;
	}
	return false;
}

/* ---- tags --------------------------------------------------------------- */

enum tag {
	TAG_ADKIM, TAG_ASPF, TAG_FO, TAG_NP, TAG_P, TAG_PSD, TAG_RUA, TAG_RUF,
	TAG_SP, TAG_T, NTAGS
};

/* In the order of the enum. Anything else is not to be processed (4.7). */
static const char *const tag_names[NTAGS] = {
	"adkim", "aspf", "fo", "np", "p", "psd", "rua", "ruf", "sp", "t",
};

/* What stands in the record of each tag. */
struct tag_value {
	unsigned	 count;
	struct span	 value;
};

/*
 * Take "name = value" apart; false for what has no "=". Names are matched in
 * either case, as the ABNF has it (RFC 5234, 2.3).
 */
static bool
tag_split(struct span part, struct span *name, struct span *value)
{
	size_t equals = span_find(part, '=');

	*name = trim_wsp(span_head(part, equals));
	*value = trim_wsp(span_skip(part, equals + 1));
	return equals < part.len;
}

static void
tag_store(struct tag_value tags[NTAGS], struct span name, struct span value)
{
	size_t i;

	for (i = 0; i < NTAGS; i++) {
		if (span_is_nocase(name, tag_names[i])) {
			tags[i].value = value;
			tags[i].count++;
			return;
		}
	}
}

/*
 * dmarc-version: nothing may stand before it, its value is of this case (4.7).
 */
static bool
is_version(struct span part)
{
	struct span name, value;

	return part.len > 0 && !ascii_iswsp((unsigned char)part.p[0]) &&
	    tag_split(part, &name, &value) && span_is_nocase(name, "v") &&
	    span_is(value, "DMARC1");
}

/* ---- values ------------------------------------------------------------- */

/*
 * The value of a tag; empty when it is not there or stands twice, which no tag
 * list may have (RFC 6376, 3.2): neither of the two is believed.
 */
static struct span
value_of(const struct tag_value tags[NTAGS], enum tag t)
{
	return tags[t].count == 1 ? tags[t].value : SPAN("");
}

/* One of the letters of `valid`, in lower case, else `otherwise`. */
static char
letter_of(const struct tag_value tags[NTAGS], enum tag t, const char *valid,
    char otherwise)
{
	struct span v = value_of(tags, t);
	char c = v.len == 1 ? (char)ascii_lower((unsigned char)v.p[0]) : '\0';

	return c != '\0' && strchr(valid, c) != NULL ? c : otherwise;
}

/* dmarc-request. *bad is set when the tag is there and says no such thing. */
static bool
policy_of(const struct tag_value tags[NTAGS], enum tag t,
    enum dmarc_policy *out, bool *bad)
{
	struct span v = value_of(tags, t);
	int p;

	for (p = DMARC_POLICY_NONE; p <= DMARC_POLICY_REJECT; p++) {
		*out = (enum dmarc_policy)p;
		if (span_is_nocase(v, dmarc_policy_name(*out)))
			return true;
	}
	*out = DMARC_POLICY_NONE;
	if (tags[t].count > 0)
		*bad = true;
	return false;
}

/* dmarc-fo: each at most once, and not both of "0" and "1". */
static bool
is_fo(struct span v)
{
	static const char letters[] = "01ds";
	unsigned seen = 0;
	struct span item;

	while (span_next(&v, ':', &item)) {
		char c = item.len == 1 ?
		    (char)ascii_lower((unsigned char)item.p[0]) : '\0';
		const char *at = c != '\0' ? strchr(letters, c) : NULL;
		unsigned bit = at != NULL ? 1u << (at - letters) : 0;

		if (bit == 0 || (seen & bit) != 0)
			return false;
		seen |= bit;
	}
	return (seen & 3) != 3;
}

static void
decide(const struct tag_value tags[NTAGS], struct dmarc_record *r)
{
	struct span fo = value_of(tags, TAG_FO), list, uri;
	char psd = letter_of(tags, TAG_PSD, "ynu", 'u');

	r->has_p = policy_of(tags, TAG_P, &r->p, &r->bad_policy);
	r->has_sp = policy_of(tags, TAG_SP, &r->sp, &r->bad_policy);
	r->has_np = policy_of(tags, TAG_NP, &r->np, &r->bad_policy);
	if (!r->has_p)
		r->bad_policy = true;
	r->strict_dkim = letter_of(tags, TAG_ADKIM, "rs", 'r') == 's';
	r->strict_spf = letter_of(tags, TAG_ASPF, "rs", 'r') == 's';
	r->psd = psd == 'y' ? DMARC_PSD_YES : psd == 'n' ? DMARC_PSD_NO :
	    DMARC_PSD_UNKNOWN;
	r->testing = letter_of(tags, TAG_T, "yn", 'n') == 'y';
	r->rua = list = value_of(tags, TAG_RUA);
	r->ruf = value_of(tags, TAG_RUF);
	r->valid_rua = dmarc_uri_next(&list, &uri);
	if (r->ruf.len > 0 && is_fo(fo))
		r->fo = fo;
}

bool
dmarc_record_parse(struct span text, struct dmarc_record *out)
{
	struct tag_value tags[NTAGS] = { { .count = 0 } };
	struct span rest = text, part, name, value;

	*out = (struct dmarc_record){ .text = text };
	if (text.p == NULL || !span_next(&rest, ';', &part) ||
	    !is_version(part))
		return false;
	while (span_next(&rest, ';', &part))
		if (tag_split(part, &name, &value))
			tag_store(tags, name, value);
	decide(tags, out);
	return true;
}
