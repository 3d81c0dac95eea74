/* tests of policy/dkim_sign.c */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/strbuf.h"
#include "policy/dkim.h"
#include "policy/dkim_sign.h"
#include "tests/lib/suite.h"
#include "tests/lib/testlib.h"

#define SUITE	"data/rfc-examples"

/* RFC 8463, A.2: the seed of the key brisbane. */
#define ED25519_KEY	"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="

#define MAX_NAMES	64

static struct arena *arena;
static struct private_key *ed25519, *rsa;

static void
setup(void)
{
	arena = arena_new(0);
	if (arena == NULL ||
	    private_key_parse(SPAN(ED25519_KEY), &ed25519) != KEY_OK)
		abort();
	rsa = private_key_generate(KEY_RSA, 1024);
	if (rsa == NULL)
		abort();
}

static void
teardown(void)
{
	private_key_free(rsa);
	private_key_free(ed25519);
	arena_free(arena);
}

/* ---- one message, signed ------------------------------------------------ */

/* "From, To": a list of names. */
static struct name_list
names(const char *text)
{
	struct span *list = arena_array(arena, MAX_NAMES, sizeof(*list));
	struct name_list out = { list, 0 };
	struct span rest = span_of(text), name;

	while (text[0] != '\0' && span_next(&rest, ',', &name)) {
		ck_assert_uint_lt(out.count, MAX_NAMES);
		list[out.count++] = span_trim(name);
	}
	return out;
}

/* The value of the field that is made of `seal`; p NULL when there is none. */
static struct span
sign_text(struct arena *a, const struct dkim_sign_settings *set,
    struct headers *h, const char *text, const struct dkim_seal *seal,
    size_t nseals, size_t i)
{
	struct bodyhash *body = bodyhash_new();
	struct dkim_signer *s;
	struct span rest, value = { NULL, 0 };

	ck_assert_ptr_nonnull(body);
	headers_init(h, a, 0);
	message_split(span_of(text), h, &rest);
	s = dkim_signer_new(a, set, h, seal, nseals, body);
	if (s != NULL) {
		bodyhash_feed(body, rest.p, rest.len);
		bodyhash_finish(body);
		value = dkim_signer_finish(s, i, 1528637909);
	}
	bodyhash_free(body);
	return value;
}

static void
parse(struct span value, struct header *field, struct dkim_signature *sig)
{
	const char *why = NULL;
	enum result r;

	ck_assert_ptr_nonnull(value.p);
	*field = (struct header){ SPAN("DKIM-Signature"), SPAN(""), value };
	r = dkim_signature_parse(arena, field, sig, &why);
	ck_assert_msg(r == RESULT_NONE, "%s: %.*s", why, SPAN_ARG(value));
}

static struct span
joined_names(const struct dkim_signature *sig)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, arena);
	for (i = 0; i < sig->nsigned_fields; i++) {
		strbuf_adds(&sb, i > 0 ? ":" : "");
		strbuf_add(&sb, sig->signed_field[i]);
	}
	return strbuf_span(&sb);
}

/* ---- which fields ------------------------------------------------------- */

#define BULK \
	"Return-Path: <a@b>\r\nReceived: by x\r\nReceived: by y\r\n" \
	"DKIM-Signature: v=1\r\nAuthentication-Results: x; none\r\n" \
	"ARC-Seal: i=1\r\nReceived-SPF: pass\r\nX-Spam: no\r\nBcc: x@y\r\n" \
	"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" \
	"List-Unsubscribe: <https://x>\r\nFrom: a@b\r\n" \
	"mime-version: 1.0\r\nContent-Type: text/plain\r\n\r\n"

/* RFC 6376, 5.4: what is listed, in the order of the settings. */
static const struct {
	const char *text;
	const char *sign, *omit, *oversign;
	const char *listed;	/* NULL: not signed at all */
} rows[] = {
	{ "From: a@b\r\n\r\n", "", "", "", "From" },
	{ "From: a@b\r\n\r\n", "", "", "From", "From:From" },
	{ "from: a@b\r\n\r\n", "", "", "FROM", "From:From" },
	{ "To: a@b\r\n\r\n", "", "", "From", NULL },
	{ "\r\nFrom: a@b\r\n", "", "", "", NULL },
	{ "", "", "", "", NULL },
	/* the default list: in its order, whatever that of the message */
	{ "To: x\r\nDate: y\r\nSubject: z\r\nFrom: a@b\r\n\r\n", "", "", "",
	    "From:Subject:Date:To" },
	{ "From: a@b\r\nCc: x\r\nMessage-ID: <y>\r\nReply-To: z\r\n"
	    "In-Reply-To: <y>\r\nReferences: <y>\r\nSender: s\r\n\r\n", "", "",
	    "", "From:Sender:Reply-To:Cc:Message-ID:In-Reply-To:References" },
	{ BULK, "", "", "From", "From:From:MIME-Version:Content-Type:"
	    "List-Unsubscribe:List-Unsubscribe-Post" },
	{ "Resent-From: c\r\nResent-To: d\r\nResent-Date: e\r\n"
	    "From: a@b\r\n\r\n", "", "", "",
	    "From:Resent-Date:Resent-From:Resent-To" },
	/* every instance (5.4.2) */
	{ "From: a@b\r\nTo: x\r\nTO: y\r\nto: z\r\nSubject: s\r\n\r\n", "", "",
	    "", "From:Subject:To:To:To" },
	{ "From: a@b\r\nFrom: c@d\r\n\r\n", "", "", "From", "From:From:From" },
	/* SignHeaders: From comes first and cannot be left out */
	{ "To: x\r\nX-A: 1\r\nFrom: a@b\r\n\r\n", "X-A, To, X-B", "", "",
	    "From:X-A:To" },
	{ "To: x\r\nFrom: a@b\r\n\r\n", "To, From, to", "", "", "From:To" },
	{ "Received: x\r\nFrom: a@b\r\n\r\n", "Received", "", "",
	    "From:Received" },
	/* OmitHeaders */
	{ "To: x\r\nSubject: y\r\nFrom: a@b\r\n\r\n", "", "to, FROM", "",
	    "From:Subject" },
	{ "To: x\r\nFrom: a@b\r\n\r\n", "", "To", "To, From", "From:From" },
	/* OversignHeaders: once more than there are, absent ones once */
	{ "To: x\r\nTo: y\r\nFrom: a@b\r\n\r\n", "", "", "From, To, Cc",
	    "From:From:To:To:To:Cc" },
	{ "X-A: x\r\nFrom: a@b\r\n\r\n", "", "", "X-A, X-B, x-a",
	    "From:X-A:X-A:X-B" },
};

START_TEST(lists_what_is_there)
{
	struct dkim_seal seal = { SPAN("b.example"), SPAN("s"), SPAN(""),
	    ed25519 };
	struct dkim_signature sig;
	struct header field;
	struct headers h;
	struct span value;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dkim_sign_settings set = {
			.sign = names(rows[i].sign),
			.omit = names(rows[i].omit),
			.oversign = names(rows[i].oversign),
		};

		value = sign_text(arena, &set, &h, rows[i].text, &seal, 1, 0);
		ck_assert_msg((value.p == NULL) == (rows[i].listed == NULL),
		    "row %zu", i);
		if (value.p == NULL)
			continue;
		parse(value, &field, &sig);
		assert_span(joined_names(&sig), rows[i].listed);
	}
}
END_TEST

START_TEST(default_lists)
{
	struct name_list sign = dkim_sign_default_names();
	struct name_list oversign = dkim_sign_default_oversign();
	size_t i, k;

	ck_assert_uint_eq(oversign.count, 1);
	assert_span(oversign.name[0], "From");
	assert_span(sign.name[0], "From");
	for (i = 0; i < sign.count; i++)
		for (k = 0; k < i; k++)
			ck_assert(!span_eq_nocase(sign.name[i], sign.name[k]));
}
END_TEST

/* A message of n fields To beside From: listed up to the limit. */
static size_t
listed_of(size_t n)
{
	static const struct dkim_sign_settings set = { .ttl = 0 };
	struct dkim_seal seal = { SPAN("b.example"), SPAN("s"), SPAN(""),
	    ed25519 };
	struct dkim_signature sig;
	struct header field;
	struct headers h;
	struct strbuf sb;

	strbuf_init(&sb, arena);
	while (n-- > 0)
		strbuf_adds(&sb, "To: x\r\n");
	strbuf_adds(&sb, "From: a@b\r\n\r\n");
	parse(sign_text(arena, &set, &h, strbuf_str(&sb), &seal, 1, 0), &field,
	    &sig);
	return sig.nsigned_fields;
}

START_TEST(lists_no_more_than_verifiers_read)
{
	ck_assert_uint_eq(listed_of(DKIM_MAX_SIGNED_FIELDS - 1),
	    DKIM_MAX_SIGNED_FIELDS);
	ck_assert_uint_eq(listed_of(DKIM_MAX_SIGNED_FIELDS),
	    DKIM_MAX_SIGNED_FIELDS);
	ck_assert_uint_eq(listed_of(DKIM_MAX_SIGNED_FIELDS + 100),
	    DKIM_MAX_SIGNED_FIELDS);
}
END_TEST

/* ---- the field's text --------------------------------------------------- */

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

/* RFC 5322, 2.1.1 and 2.2.3; no line of white space alone (3.2.2). */
static void
check_lines(struct span value, size_t longest_word)
{
	size_t column = strlen("DKIM-Signature:"), i;
	size_t limit = longest_word + 8 > 78 ? longest_word + 8 : 78;

	ck_assert_int_eq(value.p[0], ' ');
	for (i = 0; i < value.len; i++) {
		if (value.p[i] != '\r') {
			ck_assert_int_ne(value.p[i], '\n');
			column++;
			continue;
		}
		ck_assert_uint_le(column, limit);
		ck_assert(!ascii_iswsp((unsigned char)value.p[i - 1]));
		ck_assert(span_starts(span_skip(value, i), "\r\n\t"));
		ck_assert(!ascii_isfws((unsigned char)value.p[i + 3]));
		column = 8;
		i += 2;
	}
	ck_assert_uint_le(column, limit);
}

static const struct {
	const char *domain, *selector, *identity;
	const char *quoted;	/* i= as it must read; NULL: none */
	size_t longest;		/* piece that cannot be broken */
} texts[] = {
	{ "b.example", "s", "", NULL, 0 },
	{ "b.example", "s", "@b.example", "i=@b.example;", 0 },
	{ "b.example", "s", "joe@mail.b.example", "i=joe@mail.b.example;", 0 },
	/* 2.11: what is no dkim-safe-char is written as hexadecimal */
	{ "b.example", "s", "\"a b;c\"@b.example",
	    "i=\"a=20b=3Bc\"@b.example;", 0 },
	{ "b.example", "s", "a=b+c@b.example", "i=a=3Db+c@b.example;", 0 },
	{ "b.example", "s", "j\xc3\xb8rn@b.example",
	    "i=j=C3=B8rn@b.example;", 0 },
	{ L63 "." L63 "." L63 ".example", L63 "." L63, "", NULL,
	    sizeof("d=" L63 "." L63 "." L63 ".example;") - 1 },
	{ "b.example", L63, "@b.example", "i=@b.example;", 0 },
	{ "xn--bcher-kva.example", "2026-03._x", "", NULL, 0 },
};

static void
check_text(size_t row, const struct private_key *key, unsigned ttl)
{
	struct dkim_seal seal = { span_of(texts[row].domain),
	    span_of(texts[row].selector), span_of(texts[row].identity), key };
	struct dkim_sign_settings set = { CANON_RELAXED, CANON_SIMPLE,
	    .sign = dkim_sign_default_names(),
	    .oversign = dkim_sign_default_names(), .ttl = ttl };
	struct dkim_signature sig;
	struct header field;
	struct headers h;
	struct span value = sign_text(arena, &set, &h, BULK "body\r\n", &seal,
	    1, 0);

	parse(value, &field, &sig);
	check_lines(value, texts[row].longest);
	assert_span(sig.domain, texts[row].domain);
	assert_span(sig.selector, texts[row].selector);
	ck_assert_int_eq(sig.key_type, private_key_type(key));
	ck_assert_int_eq(sig.header_canon, CANON_RELAXED);
	ck_assert_int_eq(sig.body_canon, CANON_SIMPLE);
	ck_assert(sig.has_time && sig.time == 1528637909);
	ck_assert_uint_eq(sig.has_expiry, ttl > 0);
	ck_assert(ttl == 0 || sig.expiry == sig.time + ttl);
	ck_assert(sig.body_length == BODYHASH_ALL);
	if (texts[row].quoted == NULL)
		ck_assert(strstr(value.p, "i=@") == NULL);
	else
		ck_assert_ptr_nonnull(strstr(value.p, texts[row].quoted));
}

START_TEST(field_is_folded)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		check_text(i, ed25519, 0);
		check_text(i, rsa, 86400);
	}
}
END_TEST

/* Whatever the length of a tag before it, every fold falls right. */
START_TEST(field_is_folded_at_every_length)
{
	static const struct dkim_sign_settings set = { .ttl = 3600 };
	struct dkim_signature sig;
	struct header field;
	struct headers h;
	size_t len;

	for (len = 1; len <= 63; len++) {
		struct dkim_seal seal = { SPAN("b.example"),
		    { L63, len }, SPAN("@b.example"), ed25519 };
		struct span value = sign_text(arena, &set, &h, BULK, &seal, 1,
		    0);

		parse(value, &field, &sig);
		check_lines(value, 0);
		ck_assert_uint_eq(sig.selector.len, len);
	}
}
END_TEST

/* ---- z= ----------------------------------------------------------------- */

/* The value of a tag without white space; p NULL when there is none. */
static struct span
tag_of(struct span value, const char *name)
{
	struct span spec;
	struct strbuf sb;
	size_t i;

	while (span_next(&value, ';', &spec)) {
		size_t eq = span_find(spec, '=');

		if (!span_is(span_trim(span_head(spec, eq)), name))
			continue;
		strbuf_init(&sb, arena);
		for (i = eq + 1; i < spec.len; i++)
			if (!ascii_isfws((unsigned char)spec.p[i]))
				strbuf_addc(&sb, spec.p[i]);
		return strbuf_span(&sb);
	}
	return (struct span){ NULL, 0 };
}

/* RFC 6376, 3.5, z= and 2.11: signed fields, top first, each in QP. */
START_TEST(diagnostics_copy_what_is_signed)
{
	static const struct {
		const char *text, *want;
	} copies[] = {
		{ "Received: x\r\nFrom: foo@eng.example.net\r\n"
		    "To:joe@example.com\r\nX-Spam: no\r\n"
		    "Subject: demo run\r\n\r\n",
		    "From:=20foo@eng.example.net|To:joe@example.com|"
		    "Subject:=20demo=20run" },
		{ "subject:a|b;c=d\r\n\te\r\nFROM:a@b\r\n\r\n",
		    "subject:a=7Cb=3Bc=3Dd=0D=0A=09e|FROM:a@b" },
		{ "From:a@b\r\nSubject:\xc3\xbc\r\nTo:\r\nTo:x\r\n\r\n",
		    "From:a@b|Subject:=C3=BC|To:|To:x" },
	};
	struct dkim_sign_settings set = { .copy_fields = true };
	struct dkim_seal seal = { SPAN("b.example"), SPAN("one"), SPAN(""),
	    ed25519 };
	struct dkim_signature sig;
	struct header field;
	struct headers h;
	size_t i;

	for (i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		struct span value = sign_text(arena, &set, &h, copies[i].text,
		    &seal, 1, 0);

		parse(value, &field, &sig);
		check_lines(value, 0);
		assert_span(tag_of(value, "z"), copies[i].want);
	}
	set.copy_fields = false;
	ck_assert_ptr_null(tag_of(sign_text(arena, &set, &h, copies[0].text,
	    &seal, 1, 0), "z").p);
}
END_TEST

/* A field that does not fit is left out, those behind it are not. */
START_TEST(diagnostics_are_bounded)
{
	static const struct dkim_sign_settings set = { .copy_fields = true };
	struct dkim_seal seal = { SPAN("b.example"), SPAN("one"), SPAN(""),
	    ed25519 };
	size_t fits = DKIM_SIGN_MAX_COPIED - sizeof("Subject:|From:a@b|") + 1;
	struct headers h;
	struct span z;
	size_t len;

	for (len = fits; len <= fits + 1; len++) {
		char *text = arena_printf(arena, "From:a@b\r\nSubject:%0*d"
		    "\r\n\r\n", (int)len, 0);

		z = tag_of(sign_text(arena, &set, &h, text, &seal, 1, 0), "z");
		ck_assert_uint_eq(z.len, len > fits ? 8 :
		    DKIM_SIGN_MAX_COPIED - 1);
	}
	z = tag_of(sign_text(arena, &set, &h, arena_printf(arena,
	    "Subject:%020000d\r\nFrom:a@b\r\n\r\n", 0), &seal, 1, 0), "z");
	assert_span(z, "From:a@b");
}
END_TEST

/* ---- the signature ------------------------------------------------------ */

static bool
verifies(const struct headers *h, const struct dkim_signature *sig,
    const struct private_key *key)
{
	struct span public = private_key_public(key, arena);
	struct span data = dkim_signed_data(arena, h, sig);
	uint8_t digest[DIGEST_LEN];
	struct public_key *k;
	bool good;

	ck_assert_int_eq(public_key_parse(private_key_type(key), public, &k),
	    KEY_OK);
	ck_assert(digest_of(data, digest));
	good = public_key_verify(k, digest, sig->signature) == VERIFY_GOOD;
	public_key_free(k);
	return good;
}

#define ODD \
	"Received: by x\r\nTO : one\r\n  two \r\nFrom:\r\n\t a@b\t \r\n" \
	"To: three\r\nSubject:\r\n\r\n C \r\nD \t E\r\n\r\n\r\n"

/*
 * Two seals of one message in each canonicalization. The body hashes are
 * those of RFC 6376, 3.4.5 (computed over the text that stands there).
 */
START_TEST(signature_covers_the_field_as_inserted)
{
	struct dkim_seal seal[] = {
		{ SPAN("b.example"), SPAN("one"), SPAN(""), rsa },
		{ SPAN("b.example"), SPAN("two"), SPAN("@b.example"), ed25519 },
	};
	static const struct span body[] = {
		[CANON_SIMPLE] = SPAN(" C \r\nD \t E\r\n"),
		[CANON_RELAXED] = SPAN(" C\r\nD E\r\n"),
	};
	struct dkim_signature sig;
	struct header field;
	struct headers h;
	uint8_t hash[DIGEST_LEN];
	unsigned i;

	for (i = 0; i < 16; i++) {
		struct dkim_sign_settings set = {
			(i & 1) != 0 ? CANON_RELAXED : CANON_SIMPLE,
			(i & 2) != 0 ? CANON_RELAXED : CANON_SIMPLE,
			.oversign = dkim_sign_default_oversign(),
			.copy_fields = i >= 8,
		};
		const struct private_key *key = seal[i / 4 % 2].key;

		parse(sign_text(arena, &set, &h, ODD, seal, 2, i / 4 % 2),
		    &field, &sig);
		ck_assert(digest_of(body[set.body_canon], hash));
		ck_assert_uint_eq(sig.body_hash.len, DIGEST_LEN);
		ck_assert(digest_equal(sig.body_hash.p, hash, DIGEST_LEN));
		ck_assert(verifies(&h, &sig, key));
		ck_assert(headers_add(&h, SPAN("From"), SPAN(""), SPAN(" x")));
		ck_assert_msg(!verifies(&h, &sig, key), "oversigning");
	}
}
END_TEST

/* Seals do not each want a hash of their own. */
START_TEST(seals_share_the_body_hash)
{
	static const struct dkim_sign_settings set = { .ttl = 0 };
	struct dkim_seal seal[BODYHASH_MAX * 2];
	struct headers h;
	size_t i;

	for (i = 0; i < BODYHASH_MAX * 2; i++)
		seal[i] = (struct dkim_seal){ SPAN("b.example"), SPAN("s"),
		    SPAN(""), ed25519 };
	ck_assert_ptr_nonnull(sign_text(arena, &set, &h, "From: a@b\r\n\r\n",
	    seal, BODYHASH_MAX * 2, BODYHASH_MAX * 2 - 1).p);
}
END_TEST

START_TEST(no_memory_gives_no_field)
{
	static const struct dkim_sign_settings set = { .ttl = 1,
	    .copy_fields = true };
	struct dkim_seal seal = { SPAN("b.example"), SPAN("s"),
	    SPAN("@b.example"), ed25519 };
	struct dkim_signature sig;
	struct header field;
	struct headers h;
	struct span value = { NULL, 0 };
	size_t limit, failures = 0;

	for (limit = 64; value.p == NULL; limit += 64) {
		struct arena *small = arena_new(limit);

		ck_assert_ptr_nonnull(small);
		value = sign_text(small, &set, &h, "From: a@b\r\n\r\n", &seal, 1,
		    0);
		if (value.p != NULL)
			value = arena_span(arena, value);
		else
			failures++;
		arena_free(small);
	}
	ck_assert_uint_gt(failures, 10);
	parse(value, &field, &sig);
}
END_TEST

/* ---- published signatures ----------------------------------------------- */

static struct span
read_file(const char *name)
{
	char path[4096];
	FILE *fp = fopen(suite_path(name, path, sizeof(path)), "rb");
	char *buf = arena_alloc(arena, 65536);
	size_t n;

	ck_assert_msg(fp != NULL && buf != NULL, "%s", path);
	n = fread(buf, 1, 65536, fp);
	fclose(fp);
	return (struct span){ buf, n };
}

/*
 * Both algorithms are deterministic (RFC 8017, 8.2; RFC 8032): what was
 * signed with a published key must come out the same to the bit.
 */
static const struct {
	const char *message;
	const char *selector;
	const char *key;
} published[] = {
	{ "rfc-examples/rfc6376-a2-signed.eml", "brisbane",
	    "rfc-examples/rfc6376-c-brisbane.private.pem" },
	{ "rfc-examples/rfc8463-a3-signed.eml", "brisbane",
	    "rfc-examples/rfc8463-a1-ed25519.private.b64" },
	{ "rfc-examples/rfc8463-a3-signed.eml", "test",
	    "rfc-examples/rfc8463-a1-rsa.private.pem" },
	{ "dkimpy/data/rfc6376.signed.rsa.msg", "test",
	    "dkimpy/data/test.private" },
	{ "dkimpy/data/rfc6376.signed.msg", "brisbane",
	    "dkimpy/data/rfc8032_7_1.key" },
	{ "dkimpy/data/rfc6376.signed.msg", "test",
	    "dkimpy/data/test.private" },
};

static const struct header *
field_of_selector(const struct headers *h, const char *selector,
    struct dkim_signature *sig)
{
	const struct header *field;
	const char *why;
	size_t n;

	for (n = 1; (field = headers_nth(h, SPAN("DKIM-Signature"), n)) != NULL;
	    n++) {
		ck_assert_int_eq(dkim_signature_parse(arena, field, sig, &why),
		    RESULT_NONE);
		if (span_is(sig->selector, selector))
			return field;
	}
	return NULL;
}

static void
check_published(size_t row)
{
	const char *name = arena_printf(arena, "data/%s",
	    published[row].message);
	struct span key_text = read_file(arena_printf(arena, "data/%s",
	    published[row].key));
	struct private_key *key;
	struct dkim_signature sig;
	struct headers h;
	struct span body, b;
	uint8_t digest[DIGEST_LEN];

	headers_init(&h, arena, 0);
	message_split(read_file(name), &h, &body);
	ck_assert_msg(field_of_selector(&h, published[row].selector, &sig)
	    != NULL, "%s", name);
	ck_assert_int_eq(private_key_parse(key_text, &key), KEY_OK);
	ck_assert(digest_of(dkim_signed_data(arena, &h, &sig), digest));
	b = private_key_sign(key, digest, arena);
	ck_assert_msg(span_eq(b, sig.signature), "%s, %s", name,
	    published[row].selector);
	private_key_free(key);
}

START_TEST(published_signatures_are_made_again)
{
	size_t i;

	if (!suite_there(SUITE))
		return;
	for (i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		check_published(i);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		lists_what_is_there, default_lists,
		lists_no_more_than_verifiers_read, field_is_folded,
		field_is_folded_at_every_length,
		diagnostics_copy_what_is_signed, diagnostics_are_bounded,
		signature_covers_the_field_as_inserted,
		seals_share_the_body_hash, no_memory_gives_no_field,
		published_signatures_are_made_again,
	};

	int code;

	setup();
	code = TESTLIB_RUN("dkim_sign", tests);
	teardown();
	return suite_exit(code, SUITE);
}
