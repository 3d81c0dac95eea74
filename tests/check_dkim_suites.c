/*
 * Messages, records and keys that others made: the examples of the RFCs,
 * go-msgauth's and dkimpy's tests. What they expect stands in their JSON, or,
 * for dkimpy, in that package's test_dkim*.py.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "policy/dkim.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/suite.h"
#include "tests/lib/testlib.h"

#define RFCS	"data/rfc-examples"
#define MSGAUTH	"data/go-msgauth"
#define DKIMPY	"data/dkimpy/data"

/* Where Debian's python3-dkim has the same files. */
#define DKIMPY_PACKAGE	"/usr/lib/python3/dist-packages/dkim/tests/data"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))
#define MAX_PATH	4096

static struct arena *arena;

/* ---- files -------------------------------------------------------------- */

/* The whole file; ends the test when it is not there. */
static struct span
read_path(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct strbuf sb;
	char buf[4096];
	size_t n;

	ck_assert_msg(f != NULL, "%s cannot be read", path);
	strbuf_init(&sb, arena);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		strbuf_add(&sb, (struct span){ buf, n });
	(void)fclose(f);
	return strbuf_span(&sb);
}

static struct span
read_suite(const char *dir, const char *file)
{
	char path[MAX_PATH];

	return read_path(suite_path(arena_printf(arena, "%s/%s", dir, file),
	    path, sizeof(path)));
}

static bool
dkimpy_there(void)
{
	return suite_there(DKIMPY) || access(DKIMPY_PACKAGE, R_OK) == 0;
}

static struct span
read_dkimpy(const char *file)
{
	if (suite_there(DKIMPY))
		return read_suite(DKIMPY, file);
	return read_path(arena_printf(arena, DKIMPY_PACKAGE "/%s", file));
}

/* ---- verifying ---------------------------------------------------------- */

static void
feed(void *ctx, const char *p, size_t len)
{
	bodyhash_feed(ctx, p, len);
}

/* The results of a message file over `dns`, as words: "pass fail". */
static const char *
verify(struct dns *dns, struct span message)
{
	static const struct dkim_settings set = {
		.max_signatures = DKIM_DEFAULT_SIGNATURES,
		.min_key_bits = 1024,
	};
	struct dns_scope *scope = dns_scope_new(dns, 100);
	struct bodyhash *b = bodyhash_new();
	const struct dkim_result *r;
	struct dkim_verifier *v;
	struct headers h;
	struct span body;
	struct strbuf sb;
	size_t i, n;
	char last = 0;

	headers_init(&h, arena, 0);
	message_split(message, &h, &body);
	v = dkim_verifier_new(arena, &set, &h, (struct span){ "", 0 }, b);
	ck_assert_ptr_nonnull(v);
	body_crlf(&last, body.p, body.len, feed, b);
	bodyhash_finish(b);
	/* A time after all of them; none of them expires. */
	r = dkim_verifier_finish(v, scope, 1700000000, &n);
	strbuf_init(&sb, arena);
	for (i = 0; i < n; i++)
		strbuf_addf(&sb, "%s%s", i > 0 ? " " : "",
		    result_name(r[i].result));
	bodyhash_free(b);
	dns_scope_free(scope);
	return strbuf_str(&sb);
}

/* A resolver over the object "name": "TXT record". */
static struct dns *
dns_of(json_t *records)
{
	struct dnstable *table = dnstable_new();
	const char *name;
	json_t *text;

	ck_assert(json_is_object(records));
	json_object_foreach(records, name, text)
		dnstable_txt(table, name, span_of(json_string_value(text)));
	return dnstable_open(table);
}

START_TEST(rfc_examples)
{
	json_t *zone = suite_json(RFCS "/dns.json");
	struct dns *dns;

	if (zone == NULL)
		return;
	dns = dns_of(zone);
	ck_assert_str_eq(verify(dns, read_suite(RFCS,
	    "rfc8463-a3-signed.eml")), "pass pass");
	ck_assert_str_eq(verify(dns, read_suite(RFCS,
	    "rfc6376-a2-signed.eml")), "pass");
	dns_free(dns);
	json_decref(zone);
}
END_TEST

START_TEST(go_msgauth)
{
	json_t *suite = suite_json(MSGAUTH "/cases.json");
	json_t *one, *word;
	struct dns *dns;
	size_t i, k;

	if (suite == NULL)
		return;
	dns = dns_of(json_object_get(suite, "dns"));
	ck_assert_uint_gt(json_array_size(json_object_get(suite, "cases")),
	    4);
	json_array_foreach(json_object_get(suite, "cases"), i, one) {
		const char *file = json_string_value(json_object_get(one,
		    "file"));
		struct strbuf want;

		strbuf_init(&want, arena);
		json_array_foreach(json_object_get(one, "signatures"), k, word)
			strbuf_addf(&want, "%s%s", k > 0 ? " " : "",
			    json_string_value(word));
		ck_assert_str_eq(verify(dns, read_suite(MSGAUTH, file)),
		    strbuf_str(&want));
	}
	dns_free(dns);
	json_decref(suite);
}
END_TEST

/* ---- dkimpy ------------------------------------------------------------- */

#define FOOTBALL_RSA	"test._domainkey.football.example.com"
#define FOOTBALL_ED	"brisbane._domainkey.football.example.com"

/* Its samples: public keys of real senders, and one that is cut. */
#define GMAIL_2012 \
	"k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1Kd87/UeJjen" \
	"pabgbFwh+eBCsSTrqmwIYYvywlbhbqoo2DymndFkbjOVIPIldNs/m40KF+yzMn1sk" \
	"yoxcTUGCQs8g3FgD2Ap3ZB5DekAo5wMmk4wimDO+U8QzI3SD07y2+07wlNWwIt8sv" \
	"nxgdxGkVbbhzY8i+RQ9DpSVpPbF7ykQxtKXkv/ahW3KjViiAH+ghvvIhkx4xYSIc9" \
	"oSwVmAl5OctMEeWUwg8Istjqz8BZeTWbf41fbNhte7Y+YqZOwq1Sd0DbvYAD9NOZK" \
	"9vlfuac0598HY+vtSBczUiKERHv1yRbcaQtZFh5wtiRrN04BLUTD21MycBX5jYchH" \
	"jPY/wIDAQAB"
#define CUT_KEY \
	"k=rsa; p=MFwwDQYJKoZIhvNAQEBBQADSwAwSAJBANmBe10IgY+u7h3enWTukkqtU" \
	"D5PR52Tb/mPfjC0QJTocVBq6Za/PlzfV+Py92VaCak19F4WrbVTK5Gg5tW220MCAw" \
	"EAAQ=="

/* A record is a file of the suite, or the text itself when it has "p=". */
static const struct {
	const char *file;
	const char *name[2], *record[2];
	const char *want;
} messages[] = {
	{ "rfc6376.signed.msg", { FOOTBALL_RSA, FOOTBALL_ED },
	    { "test.txt", "v=DKIM1; k=ed25519; "
	    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" }, "pass pass" },
	{ "rfc6376.signed.msg", { FOOTBALL_RSA }, { "test.txt" },
	    "permerror pass" },
	{ "rfc6376.signed.rsa.msg", { FOOTBALL_RSA }, { "test.txt" },
	    "pass" },
	{ "rfc6376.signed.rsa.msg", { FOOTBALL_RSA }, { "test2.txt" },
	    "pass" },
	{ "rfc6376.signed.rsa.msg", { FOOTBALL_RSA }, { "badversion.txt" },
	    "permerror" },
	{ "rfc6376.signed.rsa.msg", { FOOTBALL_RSA }, { "badk.txt" },
	    "permerror" },
	{ "rfc6376.signed.rsa.msg", { FOOTBALL_RSA }, { "test_bad.txt" },
	    "permerror" },
	{ "rfc6376.signed.rsa.msg", { FOOTBALL_RSA }, { "test_tlsrpt.txt" },
	    "permerror" },
	{ "rfc6376.signed.rsa.msg", { FOOTBALL_RSA }, { CUT_KEY },
	    "permerror" },
	{ "rfc6376.signed.rsa.msg", { NULL }, { NULL }, "permerror" },
	{ "rfc6376.msg", { FOOTBALL_RSA }, { "test.txt" }, "" },
	{ "ed25519test2.msg", { "sed._domainkey.test.ex" },
	    { "eximtest.dns" }, "pass" },
	{ "ed25519test2.msg", { "sed._domainkey.test.ex" },
	    { "ed25519test.dns" }, "fail" },
	{ "test2.message", { "20120113._domainkey.gmail.com" },
	    { GMAIL_2012 }, "pass" },
	{ "test.message.baddomain", { NULL }, { NULL }, "permerror" },
};

START_TEST(dkimpy_messages)
{
	size_t i, k;

	for (i = 0; i < NROWS(messages) && dkimpy_there(); i++) {
		struct dnstable *table = dnstable_new();
		struct dns *dns = dnstable_open(table);

		for (k = 0; k < 2 && messages[i].name[k] != NULL; k++) {
			const char *r = messages[i].record[k];

			dnstable_txt(table, messages[i].name[k],
			    strstr(r, "p=") != NULL ? span_of(r) :
			    span_trim(read_dkimpy(r)));
		}
		ck_assert_msg(strcmp(verify(dns,
		    read_dkimpy(messages[i].file)), messages[i].want) == 0,
		    "row %zu: %s", i, verify(dns,
		    read_dkimpy(messages[i].file)));
		dns_free(dns);
	}
}
END_TEST

/* Files of a private key and of the record with its public half. */
static const struct {
	const char *private;
	const char *record;
	bool match;
	unsigned bits;
} keys[] = {
	{ "1024_testkey.key", "1024_testkey_wo_markers.pub.txt", true, 1024 },
	{ "1024_testkey.key", "1024_testkey_wo_markers.pub.rsa.txt", true,
	    1024 },
	{ "2048_testkey.key", "2048_testkey_wo_markers.pub.txt", true, 2048 },
	{ "2048_testkey.key", "2048_testkey_wo_markers.pub.rsa.txt", true,
	    2048 },
	{ "2048_testkey_PKCS8.key", "2048_testkey_PKCS8.key.pub.txt", true,
	    2048 },
	{ "2048_testkey_PKCS8.key", "2048_testkey_wo_markers.pub.txt", false,
	    2048 },
	{ "test.private", "test.txt", true, 1024 },
	{ "test2.private", "test2.txt", true, 1024 },
	{ "ed25519test.key", "ed25519test.dns", true, 256 },
	{ "rfc8032_7_1.key", "ed25519test.dns", false, 256 },
};

START_TEST(dkimpy_keys)
{
	static const uint8_t digest[DIGEST_LEN] = { 1, 2, 3 };
	size_t i;

	for (i = 0; i < NROWS(keys) && dkimpy_there(); i++) {
		struct private_key *private;
		struct dkim_key key;
		const char *why;

		ck_assert_int_eq(private_key_parse(
		    read_dkimpy(keys[i].private), &private), KEY_OK);
		ck_assert_uint_eq(private_key_bits(private), keys[i].bits);
		ck_assert_int_eq(dkim_key_parse(arena,
		    span_trim(read_dkimpy(keys[i].record)),
		    private_key_type(private), &key, &why), DKIM_KEY_OK);
		ck_assert_uint_eq(public_key_bits(key.key), keys[i].bits);
		ck_assert_int_eq(public_key_verify(key.key, digest,
		    private_key_sign(private, digest, arena)),
		    keys[i].match ? VERIFY_GOOD : VERIFY_BAD);
		public_key_free(key.key);
		private_key_free(private);
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		rfc_examples, go_msgauth, dkimpy_messages, dkimpy_keys,
	};
	int rc;

	arena = arena_new(0);
	rc = TESTLIB_RUN("dkim_suites", tests);
	arena_free(arena);
	if (rc == EXIT_SUCCESS && !dkimpy_there())
		return suite_exit(rc, DKIMPY);
	rc = suite_exit(rc, RFCS);
	return rc == EXIT_SUCCESS ? suite_exit(rc, MSGAUTH) : rc;
}
