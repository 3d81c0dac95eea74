/* tests of policy/dkim_signature.c; sections are those of RFC 6376 */
#include "config.h"

#include "base/base64.h"
#include "base/strbuf.h"
#include "policy/dkim.h"
#include "tests/lib/testlib.h"

static struct arena *arena;

#define BH	"bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="
#define B	"b=dGVzdA=="
#define ALG	"v=1; a=rsa-sha256; "
#define DS	"d=example.net; s=brisbane; "
#define GOOD	ALG DS "h=from; " BH "; " B

static enum result
parse(struct span value, struct dkim_signature *sig, const char **why)
{
	struct header *f = arena_alloc(arena, sizeof(*f));

	ck_assert_ptr_nonnull(f);
	*f = (struct header){ SPAN("DKIM-Signature"), { "", 0 }, value };
	return dkim_signature_parse(arena, f, sig, why);
}

static const struct {
	const char *value;
	enum result want;
	const char *why;	/* NULL: none */
} rows[] = {
	{ GOOD, RESULT_NONE, NULL },
	{ GOOD ";", RESULT_NONE, NULL },
	{ " " GOOD "\r\n ;\r\n\t", RESULT_NONE, NULL },

	/* 3.2: the grammar of the list */
	{ "", RESULT_PERMERROR, "no v= in the signature" },
	{ "hello", RESULT_NEUTRAL, "syntax error in tag list" },
	{ "; " GOOD, RESULT_NEUTRAL, "syntax error in tag list" },
	{ GOOD ";;", RESULT_NEUTRAL, "syntax error in tag list" },
	{ GOOD "; =1", RESULT_NEUTRAL, "syntax error in tag list" },
	{ GOOD "; 1=1", RESULT_NEUTRAL, "syntax error in tag list" },
	{ GOOD "; x y=1", RESULT_NEUTRAL, "syntax error in tag list" },
	{ GOOD "; foo=\r\nbar", RESULT_NEUTRAL, "syntax error in tag list" },
	{ GOOD "; foo=\x01", RESULT_NEUTRAL, "syntax error in tag list" },
	{ GOOD "; d=example.org", RESULT_NEUTRAL, "duplicate tag" },
	{ GOOD "; D=example.org", RESULT_NONE, NULL },
	{ GOOD "; foo=bar; foo=baz", RESULT_NEUTRAL, "duplicate tag" },
	{ GOOD "; foo=; z=From:a@b|To:c; r=y", RESULT_NONE, NULL },
	{ "v\r\n =\r\n\t1 ; a = rsa-sha256; d\t= example.net;\r\n\ts="
	    "brisbane; h = from\r\n : to\t:subject ; " BH ";b= dGV\r\n\tzd "
	    "A = =\r\n ", RESULT_NONE, NULL },

	/* 3.5, 6.1.1: what must be there */
	{ "a=rsa-sha256; " DS "h=from; " BH "; " B, RESULT_PERMERROR,
	    "no v= in the signature" },
	{ "v=1; " DS "h=from; " BH "; " B, RESULT_PERMERROR,
	    "no a= in the signature" },
	{ ALG "s=brisbane; h=from; " BH "; " B, RESULT_PERMERROR,
	    "no d= in the signature" },
	{ ALG "d=example.net; h=from; " BH "; " B, RESULT_PERMERROR,
	    "no s= in the signature" },
	{ ALG DS BH "; " B, RESULT_PERMERROR, "no h= in the signature" },
	{ ALG DS "h=from; " B, RESULT_PERMERROR, "no bh= in the signature" },
	{ ALG DS "h=from; " BH, RESULT_PERMERROR, "no b= in the signature" },

	/* v= */
	{ "v=2; a=rsa-sha256; " DS "h=from; " BH "; " B, RESULT_PERMERROR,
	    "v= is not 1" },
	{ "v=; a=rsa-sha256; " DS "h=from; " BH "; " B, RESULT_PERMERROR,
	    "v= is not 1" },
	{ "v=0.5; a=rsa-sha256; " DS "h=from; " BH "; " B, RESULT_PERMERROR,
	    "v= is not 1" },
	{ "a=rsa-sha256; " DS "h=from; " BH "; " B "; v=1", RESULT_NONE,
	    NULL },

	/* a=, 3.3; RFC 8301, 3.1; RFC 8463 */
	{ "v=1; a=rsa-sha1; " DS "h=from; " BH "; " B, RESULT_PERMERROR,
	    "rsa-sha1 is not accepted" },
	{ "v=1; a=ed25519-sha256; " DS "h=from; " BH "; " B, RESULT_NONE,
	    NULL },
	{ "v=1; a=ecdsa-sha256; " DS "h=from; " BH "; " B, RESULT_PERMERROR,
	    "unknown algorithm in a=" },
	{ "v=1; a=; " DS "h=from; " BH "; " B, RESULT_PERMERROR,
	    "unknown algorithm in a=" },
	{ "v=1; a=rsa-sha2560; " DS "h=from; " BH "; " B, RESULT_PERMERROR,
	    "unknown algorithm in a=" },

	/* d=, s= */
	{ ALG "d=com; s=b; h=from; " BH "; " B, RESULT_PERMERROR,
	    "d= is not a domain name" },
	{ ALG "d=; s=b; h=from; " BH "; " B, RESULT_PERMERROR,
	    "d= is not a domain name" },
	{ ALG "d=example..net; s=b; h=from; " BH "; " B, RESULT_PERMERROR,
	    "d= is not a domain name" },
	{ ALG "d=example.net.; s=b; h=from; " BH "; " B, RESULT_PERMERROR,
	    "d= is not a domain name" },
	{ ALG "d=example. net; s=b; h=from; " BH "; " B, RESULT_PERMERROR,
	    "d= is not a domain name" },
	{ ALG "d=[192.0.2.1]; s=b; h=from; " BH "; " B, RESULT_PERMERROR,
	    "d= is not a domain name" },
	/* CVE-2020-12272 of another program */
	{ ALG "d=example.net(.example.com; s=b; h=from; " BH "; " B,
	    RESULT_PERMERROR, "d= is not a domain name" },
	{ ALG "d=example.net\"\\.example.com; s=b; h=from; " BH "; " B,
	    RESULT_PERMERROR, "d= is not a domain name" },
	{ ALG "d=%s%n.example.com; s=b; h=from; " BH "; " B,
	    RESULT_PERMERROR, "d= is not a domain name" },
	{ ALG "d=example.net; s=; h=from; " BH "; " B, RESULT_PERMERROR,
	    "s= is not a selector" },
	{ ALG "d=example.net; s=a.b.c; h=from; " BH "; " B, RESULT_NONE,
	    NULL },
	{ ALG "d=example.net; s=b._domainkey.example.org(; h=from; " BH "; "
	    B, RESULT_PERMERROR, "s= is not a selector" },

	/* i= */
	{ GOOD "; i=@example.net", RESULT_NONE, NULL },
	{ GOOD "; i=joe@eng.example.net", RESULT_NONE, NULL },
	{ GOOD "; i=joe@EXAMPLE.Net", RESULT_NONE, NULL },
	{ GOOD "; i=joe@notexample.net", RESULT_PERMERROR,
	    "i= is not within d=" },
	{ GOOD "; i=joe@net", RESULT_PERMERROR, "i= is not within d=" },
	{ GOOD "; i=joe@example.org", RESULT_PERMERROR,
	    "i= is not within d=" },
	{ GOOD "; i=", RESULT_PERMERROR, "i= is not an identity" },
	{ GOOD "; i=joe", RESULT_PERMERROR, "i= is not an identity" },
	{ GOOD "; i=joe@", RESULT_PERMERROR, "i= is not an identity" },
	{ GOOD "; i=joe=40example.net", RESULT_NONE, NULL },
	{ GOOD "; i=joe=4", RESULT_PERMERROR, "i= is not an identity" },
	{ GOOD "; i=joe=2f@example.net", RESULT_PERMERROR,
	    "i= is not an identity" },	/* 2.11: upper case only */
	{ GOOD "; i=joe=0D=0AX=3A y@example.net", RESULT_PERMERROR,
	    "i= is not an identity" },
	{ GOOD "; i=joe=00@example.net", RESULT_PERMERROR,
	    "i= is not an identity" },
	{ GOOD "; i=joe=FF@example.net", RESULT_PERMERROR,
	    "i= is not an identity" },
	{ GOOD "; i=joe@example.net=00.example.org", RESULT_PERMERROR,
	    "i= is not an identity" },

	/* h= */
	{ ALG DS "h=; " BH "; " B, RESULT_PERMERROR,
	    "h= is not a list of field names" },
	{ ALG DS "h=from:; " BH "; " B, RESULT_PERMERROR,
	    "h= is not a list of field names" },
	{ ALG DS "h=from::to; " BH "; " B, RESULT_PERMERROR,
	    "h= is not a list of field names" },
	{ ALG DS "h=from:t o; " BH "; " B, RESULT_PERMERROR,
	    "h= is not a list of field names" },
	{ ALG DS "h=from:t\xc3\xb6; " BH "; " B, RESULT_PERMERROR,
	    "h= is not a list of field names" },
	{ ALG DS "h=to:subject; " BH "; " B, RESULT_PERMERROR,
	    "From is not signed" },
	{ ALG DS "h=x-from:from-x; " BH "; " B, RESULT_PERMERROR,
	    "From is not signed" },
	{ ALG DS "h=to : FROM : from; " BH "; " B, RESULT_NONE, NULL },

	/* c= */
	{ GOOD "; c=simple", RESULT_NONE, NULL },
	{ GOOD "; c=relaxed/relaxed", RESULT_NONE, NULL },
	{ GOOD "; c=", RESULT_PERMERROR,
	    "unknown canonicalization in c=" },
	{ GOOD "; c=nofws", RESULT_PERMERROR,
	    "unknown canonicalization in c=" },
	{ GOOD "; c=relaxed/", RESULT_PERMERROR,
	    "unknown canonicalization in c=" },
	{ GOOD "; c=/relaxed", RESULT_PERMERROR,
	    "unknown canonicalization in c=" },
	{ GOOD "; c=relaxed/relaxed/simple", RESULT_PERMERROR,
	    "unknown canonicalization in c=" },

	/* q= */
	{ GOOD "; q=dns/txt", RESULT_NONE, NULL },
	{ GOOD "; q=https/x : dns/txt", RESULT_NONE, NULL },
	{ GOOD "; q=dns", RESULT_PERMERROR, "no known query method in q=" },
	{ GOOD "; q=", RESULT_PERMERROR, "no known query method in q=" },
	{ GOOD "; q=https/x", RESULT_PERMERROR,
	    "no known query method in q=" },

	/* l= */
	{ GOOD "; l=0", RESULT_NONE, NULL },
	{ GOOD "; l=", RESULT_PERMERROR, "l= is not a number" },
	{ GOOD "; l=-1", RESULT_PERMERROR, "l= is not a number" },
	{ GOOD "; l=1e3", RESULT_PERMERROR, "l= is not a number" },
	{ GOOD "; l=1 2", RESULT_PERMERROR, "l= is not a number" },
	{ GOOD "; l=99999999999999999999999999999999999999"
	    "99999999999999999999999999999999999999", RESULT_NONE, NULL },
	{ GOOD "; l=099999999999999999999999999999999999999"
	    "99999999999999999999999999999999999999", RESULT_PERMERROR,
	    "l= is not a number" },

	/* t=, x= */
	{ GOOD "; t=1117574938; x=1118006938", RESULT_NONE, NULL },
	{ GOOD "; t=1117574938; x=1117574939", RESULT_NONE, NULL },
	{ GOOD "; t=1117574938; x=1117574938", RESULT_PERMERROR,
	    "x= is not after t=" },
	{ GOOD "; t=1117574938; x=1117574937", RESULT_PERMERROR,
	    "x= is not after t=" },
	{ GOOD "; t=1117574938; x=9999999999999999", RESULT_NONE, NULL },
	{ GOOD "; t=0; x=1", RESULT_NONE, NULL },
	{ GOOD "; t=now", RESULT_PERMERROR, "t= is not a time" },
	{ GOOD "; t=", RESULT_PERMERROR, "t= is not a time" },
	{ GOOD "; x=-1", RESULT_PERMERROR, "x= is not a time" },

	/* bh=, b= */
	{ ALG DS "h=from; bh=; " B, RESULT_PERMERROR,
	    "bh= is not a SHA-256 hash" },
	{ ALG DS "h=from; bh=MTIz!DU2; " B, RESULT_PERMERROR,
	    "bh= is not base64" },
	{ ALG DS "h=from; " BH "; b=", RESULT_PERMERROR, "b= is empty" },
	/* 2.10: padding may be left out, but not be wrong */
	{ ALG DS "h=from; " BH "; b=dGV zdA", RESULT_NONE, NULL },
	{ ALG DS "h=from; " BH "; b=dGVzdGU", RESULT_NONE, NULL },
	{ ALG DS "h=from; " BH "; b=dGVzdA=", RESULT_PERMERROR,
	    "b= is not base64" },
	{ ALG DS "h=from; " BH "; b=dGVzd", RESULT_PERMERROR,
	    "b= is not base64" },
	{ ALG DS "h=from; " BH "; b=dGVzd===", RESULT_PERMERROR,
	    "b= is not base64" },

	/* several things wrong: the first in the order of the RFC */
	{ "v=2; a=rsa-sha1; d=com; " BH, RESULT_PERMERROR, "v= is not 1" },
};

START_TEST(fields_are_judged)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dkim_signature sig;
		const char *why = "unset";
		enum result got;

		got = parse(span_of(rows[i].value), &sig, &why);
		ck_assert_msg(got == rows[i].want, "%s: %s, %s",
		    rows[i].value, result_name(got), why);
		if (rows[i].why == NULL)
			ck_assert_ptr_null(why);
		else
			ck_assert_str_eq(why, rows[i].why);
	}
}
END_TEST

/* 3.5, informative example, with all that it says. */
START_TEST(fields_are_read)
{
	static const char text[] =
	    " v=1; a=rsa-sha256; d=example.net; s=brisbane;\r\n"
	    "   c=simple; q=dns/txt; i=@eng.example.net;\r\n"
	    "   t=1117574938; x=1118006938;\r\n"
	    "   h=from:to:subject:date;\r\n"
	    "   z=From:foo@eng.example.net|To:joe@example.com|\r\n"
	    "    Subject:demo=20run|Date:July=205,=202005=203:44:08=20PM=20"
	    "-0700;\r\n"
	    "   bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=;\r\n"
	    "   b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZ\r\n"
	    "    VoG4ZHRNiYzR";
	static const char *const names[] = { "from", "to", "subject", "date" };
	struct dkim_signature sig;
	const char *why;
	size_t i;

	ck_assert_int_eq(parse(span_of(text), &sig, &why), RESULT_NONE);
	assert_span(sig.domain, "example.net");
	assert_span(sig.selector, "brisbane");
	assert_span(sig.identity, "@eng.example.net");
	assert_span(sig.algorithm, "rsa-sha256");
	ck_assert_int_eq(sig.key_type, KEY_RSA);
	ck_assert_int_eq(sig.header_canon, CANON_SIMPLE);
	ck_assert_int_eq(sig.body_canon, CANON_SIMPLE);
	ck_assert(sig.body_length == BODYHASH_ALL);
	ck_assert_uint_eq(sig.nsigned_fields, 4);
	for (i = 0; i < 4; i++)
		assert_span(sig.signed_field[i], names[i]);
	assert_span(sig.body_hash, "12345678901234567890123456789012");
	assert_span(sig.signature_text, "dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+"
	    "yuU4zGeeruD00lszZVoG4ZHRNiYzR");
	ck_assert_uint_eq(sig.signature.len, 48);
	ck_assert(sig.has_time && sig.has_expiry);
	ck_assert_uint_eq(sig.time, 1117574938);
	ck_assert_uint_eq(sig.expiry, 1118006938);
}
END_TEST

static void
check_canon(const char *c, enum canon header, enum canon body)
{
	struct dkim_signature sig;
	const char *why;

	ck_assert_int_eq(parse(span_of(arena_printf(arena, GOOD "%s%s",
	    *c != '\0' ? "; c=" : "", c)), &sig, &why), RESULT_NONE);
	ck_assert_int_eq(sig.header_canon, header);
	ck_assert_int_eq(sig.body_canon, body);
}

/* 3.5, c=: simple/simple by default, the second alone simple by default. */
START_TEST(canonicalizations_are_read)
{
	check_canon("", CANON_SIMPLE, CANON_SIMPLE);
	check_canon("simple", CANON_SIMPLE, CANON_SIMPLE);
	check_canon("relaxed", CANON_RELAXED, CANON_SIMPLE);
	check_canon("simple/relaxed", CANON_SIMPLE, CANON_RELAXED);
	check_canon("relaxed/simple", CANON_RELAXED, CANON_SIMPLE);
	check_canon("relaxed/relaxed", CANON_RELAXED, CANON_RELAXED);
}
END_TEST

static struct dkim_signature
parsed(const char *value)
{
	struct dkim_signature sig;
	const char *why;

	(void)parse(span_of(value), &sig, &why);
	return sig;
}

START_TEST(values_are_normalized)
{
	struct dkim_signature sig;

	/* 3.5, i=: by default "@" and d= */
	assert_span(parsed(ALG "d=Example.NET; s=B; h=from; " BH ";" B)
	    .identity, "@example.net");
	assert_span(parsed(GOOD "; i=Joe=20\r\n =3B@Sub.Example.NET").identity,
	    "Joe ;@sub.example.net");
	assert_span(parsed(GOOD "; i=\"a@b\"@example.net").identity,
	    "\"a@b\"@example.net");
	/* RFC 8616, 5: U-labels in internationalized header fields */
	sig = parsed(ALG "d=b\xc3\xbc" "cher.example; s=gr\xc3\xbc\xc3\x9f; "
	    "i=j\xc3\xb6@x.B\xc3\x9c" "CHER.example; h=from; " BH ";" B);
	assert_span(sig.domain, "xn--bcher-kva.example");
	assert_span(sig.selector, "xn--gr-hia9i");
	assert_span(sig.identity, "j\xc3\xb6@x.xn--bcher-kva.example");
	/* A number that no body has stays one; times may be without end. */
	sig = parsed(GOOD "; l=18446744073709551616; t=5; "
	    "x=1000000000000");
	ck_assert(sig.body_length == BODYHASH_ALL - 1);
	ck_assert(sig.expiry == UINT64_MAX);
	ck_assert(parsed(GOOD "; l=18446744073709551615").body_length ==
	    BODYHASH_ALL - 1);
	ck_assert(parsed(GOOD "; l=007").body_length == 7);
	ck_assert(parsed(GOOD "; x=999999999999").expiry == 999999999999);
}
END_TEST

/* What the report wants is there also when the field cannot be tried. */
START_TEST(bad_fields_can_be_reported)
{
	struct dkim_signature sig = parsed("v=3; a=rsa-sha1; d=example.net; "
	    "s=sel; i=a@example.net; b= dGV zdA==");

	assert_span(sig.domain, "example.net");
	assert_span(sig.selector, "sel");
	assert_span(sig.identity, "a@example.net");
	assert_span(sig.algorithm, "rsa-sha1");
	assert_span(sig.signature_text, "dGVzdA==");
	sig = parsed("v=1; d=exa(mple.net; i=a@example.net");
	ck_assert_uint_eq(sig.domain.len, 0);
	sig = parsed("d=example.net; d=example.net");
	ck_assert_uint_eq(sig.domain.len, 0);
	ck_assert_uint_eq(sig.identity.len, 0);
}
END_TEST

/* h= of n names; the limit holds at n and n + 1. */
static enum result
parse_names(size_t n, const char *name)
{
	struct dkim_signature sig;
	struct strbuf sb;
	const char *why;
	size_t i;

	strbuf_init(&sb, arena);
	strbuf_adds(&sb, ALG DS BH "; " B "; h=from");
	for (i = 1; i < n; i++)
		strbuf_addf(&sb, ":%s", name);
	return parse(strbuf_span(&sb), &sig, &why);
}

START_TEST(names_are_bounded)
{
	ck_assert_int_eq(parse_names(DKIM_MAX_SIGNED_FIELDS, "to"),
	    RESULT_NONE);
	ck_assert_int_eq(parse_names(DKIM_MAX_SIGNED_FIELDS + 1, "to"),
	    RESULT_PERMERROR);
	ck_assert_int_eq(parse_names(100000, ""), RESULT_PERMERROR);
}
END_TEST

/* A hash of any other length is refused, for each algorithm. */
START_TEST(body_hashes_have_their_length)
{
	static const struct {
		size_t len;
		enum result want;
	} lengths[] = {
		{ 0, RESULT_PERMERROR }, { 1, RESULT_PERMERROR },
		{ 20, RESULT_PERMERROR }, { 31, RESULT_PERMERROR },
		{ 32, RESULT_NONE }, { 33, RESULT_PERMERROR },
		{ 64, RESULT_PERMERROR }, { 4096, RESULT_PERMERROR },
	};
	static const char *const algorithms[] = {
		"rsa-sha256", "ed25519-sha256",
	};
	char zeros[4096] = { 0 };
	size_t i, k;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (k = 0; k < 2; k++) {
			struct dkim_signature sig;
			const char *why;
			struct span bh = base64_encode(arena,
			    (struct span){ zeros, lengths[i].len });

			ck_assert_int_eq(parse(span_of(arena_printf(arena,
			    "v=1; a=%s; " DS "h=from; bh=%.*s; " B,
			    algorithms[k], SPAN_ARG(bh))), &sig, &why),
			    lengths[i].want);
		}
}
END_TEST

/* Without memory nothing can be tried, however far it came. */
START_TEST(memory_may_fail)
{
	static const struct header f = {
		{ "DKIM-Signature", 14 }, { "", 0 },
		{ GOOD "; i=x@example.net; t=1; x=2",
		    sizeof(GOOD "; i=x@example.net; t=1; x=2") - 1 },
	};
	struct dkim_signature sig;
	const char *why;
	size_t limit, failed = 0;
	enum result got = RESULT_TEMPERROR;

	for (limit = 1; got != RESULT_NONE; limit++) {
		struct arena *a = arena_new(limit);

		got = dkim_signature_parse(a, &f, &sig, &why);
		ck_assert(got == RESULT_NONE || got == RESULT_TEMPERROR);
		failed += got == RESULT_TEMPERROR;
		arena_free(a);
	}
	ck_assert_uint_gt(failed, 100);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		fields_are_judged, fields_are_read,
		canonicalizations_are_read, values_are_normalized,
		bad_fields_can_be_reported, names_are_bounded,
		body_hashes_have_their_length, memory_may_fail,
	};
	int rc;

	arena = arena_new(0);
	rc = TESTLIB_RUN("dkim_signature", tests);
	arena_free(arena);
	return rc;
}
