/* tests of policy/dkim_key.c; sections are those of RFC 6376 */
#include "config.h"

#include "base/strbuf.h"
#include "policy/dkim_key.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/testlib.h"

static struct arena *arena;

/* RFC 8463, A.2 */
#define RSA \
	"p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3id" \
	"Y6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/B" \
	"C/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip" \
	"3G+2kryOTIKT+l/K4w3QIDAQAB"
#define ED	"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

/* openssl genrsa 512 */
#define RSA_512 \
	"p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL1KxGOg+5rrqjFIzRLXuAN9wIhL3o" \
	"YQTw6gnrxnMcS+0LbI6dqBurqSCJtzQovTtr6gnreFY2Em/xceykJkAUMCAwEAAQ=="

static const struct {
	const char *text;
	enum key_type type;
	enum dkim_key_status want;
	const char *why;	/* NULL: none */
} rows[] = {
	{ RSA, KEY_RSA, DKIM_KEY_OK, NULL },
	{ "v=DKIM1; k=rsa; " RSA ";", KEY_RSA, DKIM_KEY_OK, NULL },
	{ "v=DKIM1; " ED, KEY_ED25519, DKIM_KEY_OK, NULL },
	{ "v=DKIM1; g=*; n=a note=3B; x=y; " RSA, KEY_RSA, DKIM_KEY_OK,
	    NULL },
	{ " v = DKIM1 ;\tk = rsa ; p = MIGf MA0GCSqGSIb3DQEBAQUAA4GNADCBiQKB"
	    "gQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Q"
	    "vx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4h"
	    "stT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB ",
	    KEY_RSA, DKIM_KEY_OK, NULL },

	/* 3.6.1, v= */
	{ "v=DKIM1.0; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "not a DKIM1 key record" },
	{ "v=DKIM2; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "not a DKIM1 key record" },
	{ "v=dkim1; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "not a DKIM1 key record" },
	{ "k=rsa; v=DKIM1; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "not a DKIM1 key record" },
	{ "v=; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE, "not a DKIM1 key record" },
	/* a wildcard record, 6.1.2 */
	{ "v=spf1 -all", KEY_RSA, DKIM_KEY_UNUSABLE,
	    "not a DKIM1 key record" },
	{ "google-site-verification=abc", KEY_RSA, DKIM_KEY_UNUSABLE,
	    "syntax error in the key record" },
	{ "", KEY_RSA, DKIM_KEY_UNUSABLE, "no p= in the key record" },
	{ "v=DKIM1", KEY_RSA, DKIM_KEY_UNUSABLE, "no p= in the key record" },
	{ "v=DKIM1: k=rsa; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "not a DKIM1 key record" },
	{ "v=DKIM1; " RSA "; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "syntax error in the key record" },
	{ "v=DKIM1\\; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "not a DKIM1 key record" },

	/* h= */
	{ "h=sha256; " RSA, KEY_RSA, DKIM_KEY_OK, NULL },
	{ "h=sha1 : sha256; " RSA, KEY_RSA, DKIM_KEY_OK, NULL },
	{ "h=sha1; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "key is not for sha256" },
	{ "h=; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE, "key is not for sha256" },
	{ "h=sha2567; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "key is not for sha256" },

	/* s= */
	{ "s=*; " RSA, KEY_RSA, DKIM_KEY_OK, NULL },
	{ "s=tlsrpt : email; " RSA, KEY_RSA, DKIM_KEY_OK, NULL },
	{ "s=tlsrpt; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "key is not for mail" },
	{ "s=; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE, "key is not for mail" },

	/* k=, and the type that a= of the signature wants */
	{ "k=dsa; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE, "unknown key type" },
	{ "k=; " RSA, KEY_RSA, DKIM_KEY_UNUSABLE, "unknown key type" },
	{ "k=ed25519-sha256; " RSA, KEY_ED25519, DKIM_KEY_UNUSABLE,
	    "unknown key type" },
	{ RSA, KEY_ED25519, DKIM_KEY_UNUSABLE,
	    "key is of another type than a=" },
	{ ED, KEY_RSA, DKIM_KEY_UNUSABLE,
	    "key is of another type than a=" },
	{ "k=ed25519; " RSA, KEY_ED25519, DKIM_KEY_UNUSABLE,
	    "not a key of the wanted type" },
	{ "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", KEY_RSA,
	    DKIM_KEY_UNUSABLE, "not the encoding of a key" },

	/* p= */
	{ "p=", KEY_RSA, DKIM_KEY_REVOKED, "key revoked" },
	{ "v=DKIM1; p=;", KEY_RSA, DKIM_KEY_REVOKED, "key revoked" },
	{ "v=DKIM1; k=ed25519; p= ", KEY_RSA, DKIM_KEY_REVOKED,
	    "key revoked" },
	{ "p=MIG!", KEY_RSA, DKIM_KEY_UNUSABLE,
	    "p= of the key is not base64" },
	{ "p=MIGfM", KEY_RSA, DKIM_KEY_UNUSABLE,
	    "p= of the key is not base64" },
	{ "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
	    KEY_ED25519, DKIM_KEY_OK, NULL },
	{ "p=AAAA", KEY_RSA, DKIM_KEY_UNUSABLE, "not the encoding of a key" },
	/* RFC 8301, 3.2; VU#268267 */
	{ RSA_512, KEY_RSA, DKIM_KEY_UNUSABLE, "RSA key below 1024 bits" },
};

START_TEST(records_are_judged)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dkim_key key;
		const char *why = "unset";
		enum dkim_key_status got;

		got = dkim_key_parse(arena, span_of(rows[i].text),
		    rows[i].type, &key, &why);
		ck_assert_msg(got == rows[i].want, "%s: %d %s", rows[i].text,
		    (int)got, why);
		if (rows[i].why == NULL)
			ck_assert_ptr_null(why);
		else
			ck_assert_str_eq(why, rows[i].why);
		ck_assert_int_eq(key.key != NULL, got == DKIM_KEY_OK);
		public_key_free(key.key);
	}
}
END_TEST

/* 3.6.1, t= */
START_TEST(flags_are_read)
{
	static const struct {
		const char *text;
		bool testing, strict;
	} flags[] = {
		{ RSA, false, false },
		{ "t=; " RSA, false, false },
		{ "t=y; " RSA, true, false },
		{ "t=s; " RSA, false, true },
		{ "t=x : s : y; " RSA, true, true },
		{ "t=ys; " RSA, false, false },
		{ "t=Y; " RSA, false, false },
	};
	struct dkim_key key;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		ck_assert_int_eq(dkim_key_parse(arena, span_of(flags[i].text),
		    KEY_RSA, &key, &why), DKIM_KEY_OK);
		ck_assert_int_eq(key.testing, flags[i].testing);
		ck_assert_int_eq(key.strict, flags[i].strict);
		public_key_free(key.key);
	}
}
END_TEST

/* A record of `len` bytes: a key and a note. */
static enum dkim_key_status
parse_long(size_t len)
{
	enum dkim_key_status st;
	struct dkim_key key;
	struct strbuf sb;
	const char *why;

	strbuf_init(&sb, arena);
	strbuf_adds(&sb, RSA "; n=");
	while (sb.len < len)
		strbuf_addc(&sb, 'x');
	st = dkim_key_parse(arena, strbuf_span(&sb), KEY_RSA, &key, &why);
	public_key_free(key.key);
	return st;
}

START_TEST(records_are_bounded)
{
	ck_assert_int_eq(parse_long(8192), DKIM_KEY_OK);
	ck_assert_int_eq(parse_long(8193), DKIM_KEY_UNUSABLE);
	ck_assert_int_eq(parse_long(65535), DKIM_KEY_UNUSABLE);
}
END_TEST

START_TEST(names_are_bounded)
{
	char label[254];
	struct span name;

	assert_span(dkim_key_name(arena, SPAN("foo.bar"),
	    SPAN("example.com")), "foo.bar._domainkey.example.com");
	memset(label, 'a', sizeof(label));
	name = dkim_key_name(arena, (struct span){ label, 253 - 23 },
	    SPAN("example.com"));
	ck_assert_uint_eq(name.len, 253);
	name = dkim_key_name(arena, (struct span){ label, 253 - 22 },
	    SPAN("example.com"));
	ck_assert_uint_eq(name.len, 0);
	name = dkim_key_name(arena, (struct span){ "", 0 },
	    SPAN("example.com"));
	ck_assert_uint_eq(name.len, 0);
}
END_TEST

/* All records at a name, parsed once for all who ask. */
START_TEST(answers_keep_their_keys)
{
	struct dnstable *table = dnstable_new();
	struct dns *dns = dnstable_open(table);
	struct dns_scope *one, *two;
	const struct dkim_keys *keys;
	const struct dns_answer *ans;
	int i;

	dnstable_txt(table, "a._domainkey.example.com", SPAN("v=spf1 -all"));
	dnstable_txt(table, "a._domainkey.example.com", SPAN(RSA));
	dnstable_txt(table, "a._domainkey.example.com", SPAN("t=s; " ED));
	for (i = 0; i < DKIM_MAX_KEYS + 1; i++)
		dnstable_txt(table, "b._domainkey.example.com", SPAN(ED));
	one = dns_scope_new(dns, 10);
	two = dns_scope_new(dns, 10);
	ans = dns_lookup(one, DNS_TXT, SPAN("a._domainkey.example.com"));
	keys = dkim_keys_of(one, ans);
	ck_assert_uint_eq(keys->count, 3);
	ck_assert_int_eq(keys->record[0].status, DKIM_KEY_UNUSABLE);
	ck_assert_int_eq(keys->record[1].status, DKIM_KEY_OK);
	ck_assert_int_eq(keys->record[1].type, KEY_RSA);
	ck_assert_int_eq(keys->record[2].status, DKIM_KEY_OK);
	ck_assert_int_eq(keys->record[2].type, KEY_ED25519);
	ck_assert(keys->record[2].key.strict);
	dns_scope_free(one);
	ans = dns_lookup(two, DNS_TXT, SPAN("a._domainkey.example.com"));
	ck_assert_ptr_eq(dkim_keys_of(two, ans), keys);
	ans = dns_lookup(two, DNS_TXT, SPAN("b._domainkey.example.com"));
	ck_assert_uint_eq(dkim_keys_of(two, ans)->count, DKIM_MAX_KEYS);
	dns_scope_free(two);
	dns_free(dns);
}
END_TEST

/* Without memory there are no keys, and it is tried again. */
START_TEST(memory_may_fail)
{
	struct dnstable *table = dnstable_new();
	struct dns *dns = dnstable_open(table);
	struct dns_scope *scope;
	const struct dns_answer *ans;
	struct arena *small;
	struct dkim_key key;
	const char *why;
	size_t limit;
	enum dkim_key_status st = DKIM_KEY_TEMPFAIL;

	dnstable_txt(table, "a._domainkey.example.com", SPAN(RSA));
	scope = dns_scope_new(dns, 10);
	ans = dns_lookup(scope, DNS_TXT, SPAN("a._domainkey.example.com"));
	arena_fail_after(0);
	ck_assert_ptr_null(dkim_keys_of(scope, ans));
	arena_fail_after(-1);
	ck_assert_ptr_nonnull(dkim_keys_of(scope, ans));
	dns_scope_free(scope);
	dns_free(dns);
	for (limit = 1; st != DKIM_KEY_OK; limit++) {
		small = arena_new(limit);
		st = dkim_key_parse(small, SPAN(RSA), KEY_RSA, &key, &why);
		ck_assert(st == DKIM_KEY_OK || st == DKIM_KEY_TEMPFAIL);
		arena_free(small);
	}
	ck_assert_uint_gt(limit, 100);
	public_key_free(key.key);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		records_are_judged, flags_are_read, records_are_bounded,
		names_are_bounded, answers_keep_their_keys, memory_may_fail,
	};
	int rc;

	arena = arena_new(0);
	rc = TESTLIB_RUN("dkim_key", tests);
	arena_free(arena);
	return rc;
}
