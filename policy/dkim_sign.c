#include "config.h"
#include "policy/dkim_sign.h"

#include <assert.h>
#include <inttypes.h>

#include "base/base64.h"
#include "base/strbuf.h"
#include "policy/dkim.h"

/* RFC 5322, 2.1.1: a line has at most 78 characters where it can be had. */
#define LINE_COLUMNS	78
#define TAB_COLUMNS	8

#define FIELD_NAME	"DKIM-Signature"

/*
 * What is signed when it is there: the list of RFC 6376, 5.4.1, and what
 * decides how a reader is shown the message (Sender and the MIME fields), or
 * must be signed in bulk mail (List-Unsubscribe-Post: RFC 8058, 4). Nothing
 * that is added or taken out on the way: Return-Path, Received, traces,
 * results, signatures.
 */
static const struct span default_names[] = {
	SPAN("From"),
	SPAN("Sender"),
	SPAN("Reply-To"),
	SPAN("Subject"),
	SPAN("Date"),
	SPAN("To"),
	SPAN("Cc"),
	SPAN("Message-ID"),
	SPAN("In-Reply-To"),
	SPAN("References"),
	SPAN("MIME-Version"),
	SPAN("Content-Type"),
	SPAN("Content-Transfer-Encoding"),
	SPAN("Content-Disposition"),
	SPAN("Content-ID"),
	SPAN("Content-Description"),
	SPAN("Resent-Date"),
	SPAN("Resent-From"),
	SPAN("Resent-Sender"),
	SPAN("Resent-To"),
	SPAN("Resent-Cc"),
	SPAN("Resent-Message-ID"),
	SPAN("List-Id"),
	SPAN("List-Help"),
	SPAN("List-Unsubscribe"),
	SPAN("List-Unsubscribe-Post"),
	SPAN("List-Subscribe"),
	SPAN("List-Post"),
	SPAN("List-Owner"),
	SPAN("List-Archive"),
};

static const struct span from_name = SPAN("From");

struct dkim_signer {
	struct arena	*arena;
	const struct headers *headers;
	struct dkim_sign_settings set;
	const struct dkim_seal *seal;
	size_t		 nseals;
	struct bodyhash	*body;
	int		 hash;		/* its number in `body` */
	struct span	*name;		/* h=, in order */
	size_t		 nnames;
};

struct name_list
dkim_sign_default_names(void)
{
	return (struct name_list){ default_names,
	    sizeof(default_names) / sizeof(default_names[0]) };
}

struct name_list
dkim_sign_default_oversign(void)
{
	return (struct name_list){ &from_name, 1 };
}

/* ---- which fields ------------------------------------------------------- */

static bool
in_list(const struct name_list *list, struct span name)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (span_eq_nocase(list->name[i], name))
			return true;
	return false;
}

static bool
is_listed(const struct dkim_signer *s, struct span name)
{
	struct name_list so_far = { s->name, s->nnames };

	return in_list(&so_far, name);
}

/*
 * List one name as often as it occurs, and once more when it is oversigned. A
 * header with more instances than a verifier would look at has its lowest
 * ones signed.
 */
static void
list_name(struct dkim_signer *s, struct span name)
{
	size_t n = headers_count(s->headers, name);

	if (in_list(&s->set.oversign, name))
		n++;
	if (is_listed(s, name))
		return;
	while (n-- > 0 && s->nnames < DKIM_MAX_SIGNED_FIELDS)
		s->name[s->nnames++] = name;
}

/* From first and always (5.4); it cannot be omitted. */
static void
list_names(struct dkim_signer *s)
{
	const struct name_list *list[] = { &s->set.sign, &s->set.oversign };
	size_t i, k;

	list_name(s, from_name);
	for (k = 0; k < 2; k++)
		for (i = 0; i < list[k]->count; i++)
			if (!in_list(&s->set.omit, list[k]->name[i]))
				list_name(s, list[k]->name[i]);
}

struct dkim_signer *
dkim_signer_new(struct arena *a, const struct dkim_sign_settings *set,
    const struct headers *h, const struct dkim_seal *seal, size_t nseals,
    struct bodyhash *body)
{
	struct dkim_signer *s;

	if (headers_count(h, from_name) == 0)
		return NULL;
	s = arena_alloc(a, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->arena = a;
	s->headers = h;
	s->set = *set;
	if (set->sign.count == 0)
		s->set.sign = dkim_sign_default_names();
	s->seal = seal;
	s->nseals = nseals;
	s->body = body;
	s->hash = bodyhash_want(body, set->body_canon, BODYHASH_ALL);
	s->name = arena_array(a, DKIM_MAX_SIGNED_FIELDS, sizeof(*s->name));
	if (s->hash < 0 || s->name == NULL)
		return NULL;
	list_names(s);
	return s;
}

/* ---- the field's text --------------------------------------------------- */

/* A field body under construction, and the column its last line has come to. */
struct folded {
	struct strbuf	 sb;
	size_t		 column;
};

static void
fold(struct folded *f)
{
	strbuf_adds(&f->sb, "\r\n\t");
	f->column = TAB_COLUMNS;
}

static void
put(struct folded *f, struct span text)
{
	strbuf_add(&f->sb, text);
	f->column += text.len;
}

/* A tag (or the first piece of one): a space before it, or a new line. */
static void
put_tag(struct folded *f, const char *text)
{
	struct span word = span_of(text);

	if (f->column + 1 + word.len > LINE_COLUMNS)
		fold(f);
	else
		put(f, SPAN(" "));
	put(f, word);
}

/* A piece that goes on where the last one ended, or on a new line. */
static void
put_piece(struct folded *f, struct span name, const char *end)
{
	if (f->column + name.len + strlen(end) > LINE_COLUMNS)
		fold(f);
	put(f, name);
	put(f, span_of(end));
}

/* Text that may be broken anywhere. */
static void
put_base64(struct folded *f, struct span text)
{
	while (text.len > 0) {
		size_t room;

		if (f->column >= LINE_COLUMNS)
			fold(f);
		room = LINE_COLUMNS - f->column;
		put(f, span_head(text, room));
		text = span_skip(text, room);
	}
}

/* dkim-quoted-printable (2.11): what is not a dkim-safe-char as "=XX". */
static const char *
quoted_printable(struct arena *a, struct span text)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	for (i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c > 0x20 && c < 0x7f && c != ';' && c != '=')
			strbuf_addc(&sb, (char)c);
		else
			strbuf_addf(&sb, "=%02X", c);
	}
	return strbuf_str(&sb);
}

/* ---- z= ----------------------------------------------------------------- */

/* "Subject:=20Hi" (3.5, z=); "|" stands between fields. */
static const char *
field_copy(struct arena *a, const struct header *f)
{
	struct strbuf sb;
	const char *value = quoted_printable(a, f->value), *p;

	if (value == NULL)
		return NULL;
	strbuf_init(&sb, a);
	strbuf_add(&sb, f->name);
	strbuf_addc(&sb, ':');
	for (p = value; *p != '\0'; p++)
		if (*p == '|')
			strbuf_adds(&sb, "=7C");
		else
			strbuf_addc(&sb, *p);
	return strbuf_str(&sb);
}

/* A text of quoted-printable may be broken but within "=XX". */
static void
put_quoted(struct folded *f, struct span text)
{
	while (text.len > 0) {
		size_t n = text.p[0] == '=' ? 3 : 1;

		if (f->column + n > LINE_COLUMNS)
			fold(f);
		put(f, span_head(text, n));
		text = span_skip(text, n);
	}
}

/* Copies of the signed fields, top first; one that does not fit is left out. */
static void
put_copies(struct folded *f, const struct dkim_signer *s)
{
	size_t i, n = 0, room = DKIM_SIGN_MAX_COPIED;

	for (i = 0; i < s->headers->count; i++) {
		const struct header *field = &s->headers->field[i];
		struct span copy;

		if (field->value.len > room || !is_listed(s, field->name))
			continue;
		copy = span_of(field_copy(s->arena, field));
		if (copy.p == NULL)
			f->sb.failed = true;
		if (copy.p == NULL || copy.len + 1 > room)
			continue;
		room -= copy.len + 1;
		if (n++ == 0)
			put_tag(f, "z=");
		else
			put_quoted(f, SPAN("|"));
		put_quoted(f, copy);
	}
	if (n > 0)
		put_quoted(f, SPAN(";"));
}

/* ---- the tags ----------------------------------------------------------- */

static const char *
or_failed(struct folded *f, const char *text)
{
	if (text == NULL)
		f->sb.failed = true;
	return text != NULL ? text : "";
}

#define PUT_TAG(f, a, ...) \
	put_tag((f), or_failed((f), arena_printf((a), __VA_ARGS__)))

static void
put_names(struct folded *f, const struct dkim_signer *s)
{
	size_t i;

	for (i = 0; i < s->nnames; i++) {
		const char *end = i + 1 < s->nnames ? ":" : ";";

		if (i == 0)
			PUT_TAG(f, s->arena, "h=%.*s%s", SPAN_ARG(s->name[0]),
			    end);
		else
			put_piece(f, s->name[i], end);
	}
}

/* Everything up to "b=", which is what the signature covers of its field. */
static void
put_tags(struct folded *f, const struct dkim_signer *s,
    const struct dkim_seal *seal, struct span body_hash, int64_t now)
{
	struct arena *a = s->arena;

	put_tag(f, "v=1;");
	PUT_TAG(f, a, "a=%s-sha256;",
	    key_type_name(private_key_type(seal->key)));
	PUT_TAG(f, a, "c=%s/%s;", canon_name(s->set.header_canon),
	    canon_name(s->set.body_canon));
	PUT_TAG(f, a, "d=%.*s;", SPAN_ARG(seal->domain));
	PUT_TAG(f, a, "s=%.*s;", SPAN_ARG(seal->selector));
	PUT_TAG(f, a, "t=%" PRId64 ";", now);
	if (s->set.ttl > 0)
		PUT_TAG(f, a, "x=%" PRId64 ";", now + s->set.ttl);
	if (seal->identity.len > 0)
		PUT_TAG(f, a, "i=%s;",
		    or_failed(f, quoted_printable(a, seal->identity)));
	put_names(f, s);
	if (s->set.copy_fields)
		put_copies(f, s);
	PUT_TAG(f, a, "bh=%.*s;", SPAN_ARG(body_hash));
	put_tag(f, "b=");
}

/* ---- the signature ------------------------------------------------------ */

static struct span
body_hash(const struct dkim_signer *s)
{
	uint8_t hash[DIGEST_LEN];
	uint64_t octets;

	if (!bodyhash_get(s->body, s->hash, hash, &octets))
		return (struct span){ NULL, 0 };
	return base64_encode(s->arena,
	    (struct span){ (const char *)hash, sizeof(hash) });
}

/* Sign the header and the field whose value ends in "b="; base64. */
static struct span
signature(const struct dkim_signer *s, const struct dkim_seal *seal,
    struct span value)
{
	struct header field = { SPAN(FIELD_NAME), SPAN(""), value };
	struct dkim_signature sig = {
		.field = &field,
		.header_canon = s->set.header_canon,
		.signed_field = s->name,
		.nsigned_fields = s->nnames,
	};
	struct span data, raw = { NULL, 0 };
	uint8_t digest[DIGEST_LEN];

	data = dkim_signed_data(s->arena, s->headers, &sig);
	if (data.p != NULL && digest_of(data, digest))
		raw = private_key_sign(seal->key, digest, s->arena);
	return raw.p != NULL ? base64_encode(s->arena, raw) : raw;
}

struct span
dkim_signer_finish(struct dkim_signer *s, size_t i, int64_t now)
{
	const struct span failed = { NULL, 0 };
	const struct dkim_seal *seal = &s->seal[i];
	struct folded f = { .column = sizeof(FIELD_NAME ":") - 1 };
	struct span bh, b;

	assert(i < s->nseals);
	bh = body_hash(s);
	if (bh.p == NULL)
		return failed;
	strbuf_init(&f.sb, s->arena);
	put_tags(&f, s, seal, bh, now);
	if (strbuf_span(&f.sb).p == NULL)
		return failed;
	b = signature(s, seal, strbuf_span(&f.sb));
	if (b.p == NULL)
		return failed;
	put_base64(&f, b);
	return strbuf_span(&f.sb);
}
