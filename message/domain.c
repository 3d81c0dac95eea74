#include "config.h"
#include "message/domain.h"

#include <idn2.h>

#include "base/strbuf.h"

/*
 * No U-label that fits into 63 bytes of Punycode is longer in UTF-8 than four
 * bytes a character; longer ones never reach libidn2.
 */
#define IDN_MAX_LABEL	(4 * DOMAIN_MAX_LABEL)
#define IDN_MAX_LEN	(4 * (DOMAIN_MAX_LEN + 1))

const char *
domain_status_text(enum domain_status st)
{
	switch (st) {
	case DOMAIN_OK:
		return "good";
	case DOMAIN_EMPTY:
		return "empty name";
	case DOMAIN_EMPTY_LABEL:
		return "empty label";
	case DOMAIN_TOO_LONG:
		return "name or label too long";
	case DOMAIN_BAD_CHAR:
		return "bad character";
	case DOMAIN_BAD_IDN:
		return "bad internationalized label";
	case DOMAIN_NOMEM:
		return "out of memory";
	}
	return "unknown";
}

/* Letters of either case, digits, hyphen, underscore. */
static bool
is_name_char(unsigned char c)
{
	return ascii_isalnum(c) || c == '-' || c == '_';
}

/* Check an ASCII name of either case, without its trailing dot. */
static enum domain_status
check_name(struct span name)
{
	size_t i, label = 0;

	if (name.len == 0)
		return DOMAIN_EMPTY;
	if (name.len > DOMAIN_MAX_LEN)
		return DOMAIN_TOO_LONG;
	for (i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c == '.' && label == 0)
			return DOMAIN_EMPTY_LABEL;
		if (c != '.' && !is_name_char(c))
			return DOMAIN_BAD_CHAR;
		label = c == '.' ? 0 : label + 1;
		if (label > DOMAIN_MAX_LABEL)
			return DOMAIN_TOO_LONG;
	}
	return label > 0 ? DOMAIN_OK : DOMAIN_EMPTY_LABEL;
}

/* A checked name, lower-cased into `a`. */
static enum domain_status
store_name(struct arena *a, struct span name, struct span *out)
{
	enum domain_status st = check_name(name);
	char *copy;
	size_t i;

	if (st != DOMAIN_OK)
		return st;
	copy = arena_alloc(a, name.len + 1);
	if (copy == NULL)
		return DOMAIN_NOMEM;
	for (i = 0; i < name.len; i++)
		copy[i] = (char)ascii_lower((unsigned char)name.p[i]);
	*out = (struct span){ copy, name.len };
	return DOMAIN_OK;
}

static enum domain_status
status_of_idn2(int rc)
{
	switch (rc) {
	case IDN2_OK:
		return DOMAIN_OK;
	case IDN2_MALLOC:
		return DOMAIN_NOMEM;
	case IDN2_ENCODING_ERROR:
		return DOMAIN_BAD_CHAR;
	case IDN2_TOO_BIG_DOMAIN:
	case IDN2_TOO_BIG_LABEL:
	case IDN2_PUNYCODE_BIG_OUTPUT:
		return DOMAIN_TOO_LONG;
	default:
		return DOMAIN_BAD_IDN;
	}
}

/* Append the A-label of one label (RFC 5891, 5; UTS 46, nontransitional). */
static enum domain_status
add_a_label(struct strbuf *sb, struct span label)
{
	uint8_t in[IDN_MAX_LABEL + 1], *ace = NULL;
	size_t i;
	int rc;

	if (span_is_ascii(label)) {
		strbuf_add(sb, label);
		return DOMAIN_OK;
	}
	if (label.len > IDN_MAX_LABEL)
		return DOMAIN_TOO_LONG;
	for (i = 0; i < label.len; i++)
		in[i] = ascii_lower((unsigned char)label.p[i]);
	in[label.len] = '\0';
	rc = idn2_lookup_u8(in, &ace, IDN2_NONTRANSITIONAL);
	if (rc == IDN2_OK)
		strbuf_adds(sb, (const char *)ace);
	idn2_free(ace);
	return status_of_idn2(rc);
}

/*
 * ASCII that may not stand in a name is refused before libidn2 sees it; what
 * its mapping makes of other characters (U+2100 gives "a/c") is checked like
 * any name afterwards.
 */
static enum domain_status
store_idn(struct arena *a, struct span name, struct span *out)
{
	enum domain_status st;
	struct strbuf sb;
	struct span rest = name, label;
	size_t i;

	if (name.len > IDN_MAX_LEN)
		return DOMAIN_TOO_LONG;
	for (i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c < 0x80 && c != '.' && !is_name_char(c))
			return DOMAIN_BAD_CHAR;
	}
	strbuf_init(&sb, a);
	while (span_next(&rest, '.', &label)) {
		if (label.p != name.p)
			strbuf_addc(&sb, '.');
		st = add_a_label(&sb, label);
		if (st != DOMAIN_OK)
			return st;
	}
	if (sb.failed)
		return DOMAIN_NOMEM;
	return store_name(a, strbuf_span(&sb), out);
}

enum domain_status
domain_normalize(struct arena *a, struct span in, struct span *out)
{
	*out = SPAN("");
	if (in.len > 0 && in.p[in.len - 1] == '.')
		in.len--;
	return span_is_ascii(in) ? store_name(a, in, out) :
	    store_idn(a, in, out);
}

bool
domain_is_normal(struct span name)
{
	size_t i;

	if (check_name(name) != DOMAIN_OK)
		return false;
	for (i = 0; i < name.len; i++)
		if (name.p[i] >= 'A' && name.p[i] <= 'Z')
			return false;
	return true;
}

size_t
domain_labels(struct span name)
{
	size_t i, n = name.len > 0;

	for (i = 0; i < name.len; i++)
		n += name.p[i] == '.';
	return n;
}

struct span
domain_parent(struct span name)
{
	return span_skip(name, span_find(name, '.') + 1);
}

struct span
domain_last_labels(struct span name, size_t n)
{
	size_t have = domain_labels(name);

	for (; have > n; have--)
		name = domain_parent(name);
	return name;
}

bool
domain_within(struct span name, struct span top)
{
	if (top.len == 0 || name.len < top.len ||
	    memcmp(name.p + name.len - top.len, top.p, top.len) != 0)
		return false;
	return name.len == top.len || name.p[name.len - top.len - 1] == '.';
}
