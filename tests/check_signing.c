/*
 * config/signing.c and what stands below it: which keys sign whose mail. The
 * choices that the rows want were seen with OpenDKIM 2.11.0 beta 2 signing the
 * same messages with the same tables, but where a comment says otherwise.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "config/keytable.h"
#include "config/signing.h"
#include "config/snapshot.h"
#include "tests/lib/confworld.h"
#include "tests/lib/testlib.h"

static struct span
new_key(struct world *w, enum key_type type)
{
	struct private_key *key = private_key_generate(type, 1024);
	struct span pem;

	ck_assert_ptr_nonnull(key);
	pem = private_key_pem(key, w->arena);
	private_key_free(key);
	return pem;
}

static const char *
put_key(struct world *w, const char *name, enum key_type type)
{
	const char *path = world_put_as_is(w, name, new_key(w, type));

	ck_assert_int_eq(chmod(path, 0600), 0);
	return path;
}

/*
 * A snapshot of this file, loaded. Root judges key files for root, whether or
 * not the machine has a user signet.
 */
static struct snapshot *
load_checked(struct world *w, const char *text, bool check_all)
{
	static const char *const as_root[] = { "UserID root" };
	struct snapshot *s = config_parse(world_put(w, "conf", text), as_root,
	    geteuid() == 0, &w->report);

	if (s != NULL && !config_load(s, check_all, &w->report)) {
		config_unref(s);
		return NULL;
	}
	return s;
}

static struct snapshot *
load(struct world *w, const char *text)
{
	return load_checked(w, text, false);
}

/* "d/s d/s i=..." of what signs for user@host; "no", "error: why". */
static const char *
choose(struct world *w, struct snapshot *s, const char *author)
{
	const struct policy_settings *p = config_policy(s);
	struct span text = span_of(author);
	size_t at = span_rfind(text, '@'), i, n;
	struct address a = { .local = span_head(text, at) };
	struct dkim_seal *seal;
	struct strbuf sb;
	const char *why;
	enum sign_status st;

	ck_assert(domain_normalize(w->arena, span_skip(text, at + 1),
	    &a.domain) == DOMAIN_OK);
	ck_assert(p->choose != NULL);
	st = p->choose(p->sign_tables, w->arena, &a, &seal, &n, &why);
	ck_assert_ptr_nonnull(why);
	if (st == SIGN_NO)
		return "no";
	if (st == SIGN_ERROR)
		return arena_printf(w->arena, "error: %s", why);
	strbuf_init(&sb, w->arena);
	for (i = 0; i < n; i++) {
		ck_assert_ptr_nonnull(seal[i].key);
		strbuf_addf(&sb, "%s%.*s/%.*s", i > 0 ? " " : "",
		    SPAN_ARG(seal[i].domain), SPAN_ARG(seal[i].selector));
		if (seal[i].identity.len > 0)
			strbuf_addf(&sb, " i=%.*s",
			    SPAN_ARG(seal[i].identity));
	}
	return strbuf_str(&sb);
}

/* ---- the choice --------------------------------------------------------- */

static const char key_table[] =
    "k1 %:s1:DIR/key\n"
    "k2 %:s2:DIR/key\n"
    "k3 %:s3:DIR/key\n"
    "k4 %:s4:DIR/key\n"
    "example.com example.com:dom:DIR/key\n"
    "pct %:pct:DIR/%.pem\n"
    "fix example.com:fix:DIR/%.pem\n"
    "k1 example.org:second:DIR/key\n";

#define USER	"user@foo.example.com"

static const struct {
	const char	*kind;
	const char	*table;
	const char	*multiple;
	const char	*author;
	const char	*want;
} choices[] = {
	/* the order of a table without patterns */
	{ "file", "user@.com k1\n.example.com k2\n", "no", USER,
	    "foo.example.com/s2" },
	{ "file", "user@.com k1\n.com k2\n", "no", USER,
	    "foo.example.com/s1" },
	{ "file", "user@* k1\n.com k2\n", "no", USER, "foo.example.com/s2" },
	{ "file", "* k1\nuser@* k2\n", "no", USER, "foo.example.com/s2" },
	{ "file", "* k1\nuser@* k2\n", "no", "a@b.c", "b.c/s1" },
	{ "file", "foo.example.com k1\nuser@.example.com k2\n" USER " k3\n",
	    "no", USER, "foo.example.com/s3" },
	{ "file", "foo.example.com k1\nuser@.example.com k2\n" USER " k3\n",
	    "no", "z@foo.example.com", "foo.example.com/s1" },
	{ "file", "foo.example.com k1\nuser@.example.com k2\n" USER " k3\n",
	    "no", "z@example.com", "no" },
	{ "file", "foo.example.com k1\nuser@.example.com k2\n" USER " k3\n",
	    "no", "user@a.example.com", "a.example.com/s2" },
	{ "file", ".example.com k1\n", "no", "z@example.com", "no" },
	{ "file", ".example.com k1\n", "no", USER, "foo.example.com/s1" },
	/* patterns, in the order of the file */
	{ "refile", "*@example.com k1\n* k2\n", "no", "z@example.com",
	    "example.com/s1" },
	{ "refile", "* k2\n*@example.com k1\n", "no", "z@example.com",
	    "example.com/s2" },
	{ "refile", "*@example.com k1\n", "no", "z@a.example.com", "no" },
	{ "refile", "*@EXAMPLE.com k1\n", "no", "Z@Example.Com",
	    "example.com/s1" },
	/* several signatures */
	{ "file", "example.com k1\nexample.com k2\n* k3\n", "no",
	    "z@example.com", "example.com/s1" },
	{ "file", "z@example.com k1\nexample.com k2\n", "yes",
	    "z@example.com", "example.com/s1 example.com/s2" },
	{ "refile", "*@example.com k1\n*@example.com k2\n* k3\n", "no",
	    "z@example.com", "example.com/s1" },
	/* ours: OpenDKIM loses all but the first and the last of three, and
	 * the second of two lines of one name */
	{ "refile", "*@example.com k1\n*@example.com k2\n* k3\n", "yes",
	    "z@example.com", "example.com/s1 example.com/s2 example.com/s3" },
	{ "file", "z@* k4\n* k3\nexample.com k2\nz@example.com k1\n", "yes",
	    "z@example.com", "example.com/s1 example.com/s2 example.com/s4 "
	    "example.com/s3" },
	{ "file", "example.com k1\nexample.com k2\n", "yes", "z@example.com",
	    "example.com/s1 example.com/s2" },
	/* ours: "same", and never one seal twice */
	{ "refile", "*@example.com k1\n*@Example.com k2\n* k3\n", "same",
	    "z@example.com", "example.com/s1 example.com/s2" },
	{ "file", "example.com k1\nexample.com k2\n* k3\n", "same",
	    "z@example.com", "example.com/s1 example.com/s2" },
	{ "refile", "*@example.com k1\n*@example.com k1\n", "yes",
	    "z@example.com", "example.com/s1" },
	/* % */
	{ "refile", "* %\n", "no", "z@example.com", "example.com/dom" },
	{ "refile", "* %\n", "no", "z@nokey.example", "error: SigningTable: "
	    "*: KeyTable has no key of the author's domain" },
	{ "refile", "* pct\n", "no", "z@example.com", "example.com/pct" },
	{ "refile", "* pct\n", "no", "z@nokey.example", "error: SigningTable: "
	    "*: DIR/nokey.example.pem: No such file or directory" },
	{ "refile", "* fix\n", "no", "z@other.example", "example.com/fix" },
	/* the first row of a name counts */
	{ "refile", "* k1\n", "no", "z@example.com", "example.com/s1" },
	/* signers */
	{ "refile", "* example.com:@%\n", "no", "z@example.com",
	    "example.com/dom i=@example.com" },
	{ "refile", "* example.com:@%\n", "no", "Z@Sub.example.com",
	    "example.com/dom i=@sub.example.com" },
	{ "refile", "* example.com:sender@%\n", "no", "Z@Sub.example.com",
	    "example.com/dom i=sender@sub.example.com" },
	{ "refile", "* example.com:%@%\n", "no", "z@example.com",
	    "example.com/dom i=example.com@example.com" },
	{ "refile", "* example.com:sender@%\n", "no", "z@other.example",
	    "example.com/dom" },
	{ "refile", "* example.com:a@sub.example.com\n", "no",
	    "z@example.com", "example.com/dom i=a@sub.example.com" },
	/* ours: OpenDKIM signs nothing when the signer has no @ */
	{ "refile", "* example.com:%\n", "no", "z@example.com",
	    "example.com/dom i=@example.com" },
	/* a list in the option */
	{ "csl", "example.com=k1,*=k2", "no", "z@example.com",
	    "example.com/s1" },
};

START_TEST(keys_are_chosen)
{
	struct world w;
	size_t i;

	world_open(&w);
	put_key(&w, "key", KEY_RSA);
	put_key(&w, "example.com.pem", KEY_RSA);
	world_put(&w, "kt", key_table);
	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		bool csl = strcmp(choices[i].kind, "csl") == 0;
		struct snapshot *s;
		const char *got, *want = choices[i].want, *dir;

		world_put(&w, "st", choices[i].table);
		s = load(&w, arena_printf(w.arena, "KeyTable DIR/kt\n"
		    "SigningTable %s:%s\nMultipleSignatures %s\n",
		    choices[i].kind, csl ? choices[i].table : "DIR/st",
		    choices[i].multiple));
		ck_assert_msg(s != NULL, "%s", world_reports(&w));
		got = choose(&w, s, choices[i].author);
		dir = strstr(want, "DIR");
		if (dir != NULL)
			want = arena_printf(w.arena, "%.*s%s%s",
			    (int)(dir - want), want, w.dir, dir + 3);
		ck_assert_msg(strcmp(got, want) == 0,
		    "row %zu: %s%s: %s, want %s", i, choices[i].table,
		    choices[i].author, got, want);
		config_unref(s);
	}
	for (i = 0; i < w.report.count; i++)
		ck_assert_ptr_nonnull(strstr(w.report.item[i].text,
		    "key \"k1\" is never used: line 1 has one of that name"));
	world_close(&w);
}
END_TEST

START_TEST(one_key_for_domains)
{
	static const struct {
		const char *options, *author, *want;
	} rows[] = {
		{ "Domain example.com\n", "z@example.com",
		    "example.com/sel" },
		{ "Domain Example.COM\n", "z@Example.com",
		    "example.com/sel" },
		{ "Domain example.com\n", "z@a.example.com", "no" },
		{ "Domain example.com\nSubDomains yes\n",
		    "z@a.b.example.com", "example.com/sel" },
		{ "Domain a.example.com,example.com\nSubDomains yes\n",
		    "z@x.a.example.com", "a.example.com/sel" },
		{ "Domain refile:DIR/domains\n", "z@a.example.com",
		    "a.example.com/sel" },
		{ "Domain refile:DIR/domains\n", "z@example.com", "no" },
		{ "Domain refile:DIR/domains\n", "z@example.org",
		    "example.org/sel" },
		{ "Domain b\xc3\xbc" "cher.example\n",
		    "z@xn--bcher-kva.example", "xn--bcher-kva.example/sel" },
	};
	struct world w;
	size_t i;

	world_open(&w);
	put_key(&w, "key", KEY_RSA);
	world_put(&w, "domains", "*.example.com\nexample.org\n");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct snapshot *s = load(&w, arena_printf(w.arena,
		    "%sSelector sel\nKeyFile DIR/key\n", rows[i].options));

		ck_assert_msg(s != NULL, "%s", world_reports(&w));
		ck_assert_str_eq(choose(&w, s, rows[i].author),
		    rows[i].want);
		config_unref(s);
	}
	world_close(&w);
}
END_TEST

/* "name d/s", a line each, of all keys; "-" for what is empty. */
static const char *
list_keys(struct world *w, struct snapshot *s, const char *author)
{
	const struct signing *signing = config_policy(s)->sign_tables;
	struct signing_key k;
	struct strbuf sb;
	const char *why;
	size_t i;

	strbuf_init(&sb, w->arena);
	for (i = 0; i < signing_count(signing); i++) {
		bool usable = signing_nth(signing, w->arena, i,
		    span_of(author), &k, &why);

		ck_assert_uint_eq(usable, k.seal.key != NULL);
		ck_assert(usable || why != NULL);
		strbuf_addf(&sb, "%.*s %.*s/%.*s%s\n",
		    SPAN_ARG(k.name.len > 0 ? k.name : SPAN("-")),
		    SPAN_ARG(k.seal.domain.len > 0 ? k.seal.domain :
		    SPAN("-")), SPAN_ARG(k.seal.selector),
		    usable ? "" : " no key");
	}
	return strbuf_str(&sb);
}

START_TEST(keys_are_listed)
{
	static const struct {
		const char *options, *author, *want;
	} rows[] = {
		{ "KeyTable DIR/kt\nSigningTable csl:*=k1\n", "",
		    "k1 -/s1\nk2 example.org/s2\nk3 -/s3 no key\n" },
		{ "KeyTable DIR/kt\nSigningTable csl:*=k1\n", "example.com",
		    "k1 example.com/s1\nk2 example.org/s2\n"
		    "k3 example.com/s3\n" },
		{ "Domain a.example,b.example\nSelector sel\n"
		    "KeyFile DIR/key\n", "x.example",
		    "- a.example/sel\n- b.example/sel\n" },
		{ "Domain refile:DIR/domains\nSelector sel\n"
		    "KeyFile DIR/key\n", "",
		    "- -/sel\n- example.org/sel\n" },
	};
	struct world w;
	size_t i;

	world_open(&w);
	put_key(&w, "key", KEY_RSA);
	put_key(&w, "example.com.pem", KEY_RSA);
	world_put(&w, "domains", "*.example.com\nexample.org\n");
	world_put(&w, "kt", "k1 %:s1:DIR/key\nk2 example.org:s2:DIR/key\n"
	    "k3 %:s3:DIR/%.pem\n");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct snapshot *s = load(&w, rows[i].options);

		ck_assert_msg(s != NULL, "%s", world_reports(&w));
		ck_assert_str_eq(list_keys(&w, s, rows[i].author),
		    rows[i].want);
		config_unref(s);
	}
	world_close(&w);
}
END_TEST

/* RSA and Ed25519 for one address; keys in the table; relative files. */
START_TEST(keys_of_all_kinds)
{
	struct world w;
	struct snapshot *s;
	struct private_key *key;
	struct span pem, der;
	const char *b64;

	world_open(&w);
	put_key(&w, "rsa", KEY_RSA);
	put_key(&w, "ed", KEY_ED25519);
	key = private_key_generate(KEY_RSA, 1024);
	pem = private_key_pem(key, w.arena);
	private_key_free(key);
	/* base64 DER: PEM without its first and last line, on one line */
	der = span_skip(pem, span_find(pem, '\n') + 1);
	der = span_head(der, span_find(der, '-'));
	ck_assert(base64_decode(w.arena, der, &der));
	b64 = arena_str(w.arena, base64_encode(w.arena, der));
	world_put_as_is(&w, "kt", span_of(arena_printf(w.arena,
	    "rsa example.com:r:./rsa\n"
	    "ed  example.com:e:./ed:ed25519-sha256\n"
	    "in  example.com:i:%s\n"
	    "Case example.com:c:./rsa\n", b64)));
	world_put(&w, "st", "*@example.com rsa\n*@example.com ed\n"
	    "*@example.com in\n*@case Case\n");
	s = load(&w, "BaseDirectory DIR\nKeyTable file:kt\n"
	    "SigningTable refile:st\n");
	ck_assert_msg(s != NULL, "%s", world_reports(&w));
	ck_assert_str_eq(choose(&w, s, "a@example.com"),
	    "example.com/r example.com/e example.com/i");
	config_unref(s);
	ck_assert_str_eq(world_reports(&w), "");
	/* a KeyTable that is a refile: its names are patterns */
	world_put(&w, "rekt", "s._domainkey.example.com example.com:s:./rsa\n"
	    "*._domainkey.* %:any:./ed\n");
	world_put(&w, "st", "*@example.com s._domainkey.example.com\n"
	    "*@example.org x._domainkey.example.org\n");
	s = load(&w, "BaseDirectory DIR\nKeyTable refile:rekt\n"
	    "SigningTable refile:st\n");
	ck_assert_msg(s != NULL, "%s", world_reports(&w));
	ck_assert_str_eq(choose(&w, s, "a@example.com"), "example.com/s");
	ck_assert_str_eq(choose(&w, s, "a@example.org"), "example.org/any");
	config_unref(s);
	world_close(&w);
}
END_TEST

/* ---- what is refused ---------------------------------------------------- */

START_TEST(mistakes_are_named)
{
	static const struct {
		const char *kt, *st, *options, *want;
	} rows[] = {
		{ "k example.com:s:DIR/key\n", "*@a k\n*@b\n", "",
		    "error DIR/st:2: SigningTable: \"*@b\": the value is "
		    "missing: the name of a key in KeyTable\n" },
		{ "k example.com:s:DIR/key\n", "*@a k\n\n*@b other\n", "",
		    "error DIR/st:3: SigningTable: \"*@b\": there is no key "
		    "\"other\" in KeyTable\n" },
		{ "K example.com:s:DIR/key\n", "*@a k\n", "",
		    "error DIR/st:1: SigningTable: \"*@a\": there is no key "
		    "\"k\" in KeyTable\n" },
		{ "# c\nk\n", "*@a k\n", "",
		    "error DIR/kt:2: KeyTable: key \"k\": the value is "
		    "missing: DOMAIN:SELECTOR:KEY\n" },
		{ "k example.com:s\nl example.com\nm example.com:s:\n",
		    "*@a k\n", "",
		    "error DIR/kt:1: KeyTable: key \"k\": the value must be "
		    "DOMAIN:SELECTOR:KEY\nerror DIR/kt:2: KeyTable: key "
		    "\"l\": the value must be DOMAIN:SELECTOR:KEY\nerror "
		    "DIR/kt:3: KeyTable: key \"m\": the value names no key: "
		    "DOMAIN:SELECTOR:KEY\n" },
		{ "k exa mple:s:DIR/key\n", "*@a k\n", "",
		    "error DIR/kt:1: KeyTable: key \"k\": domain \"exa "
		    "mple\": bad character\n" },
		{ "k example.com::DIR/key\n", "*@a k\n", "",
		    "error DIR/kt:1: KeyTable: key \"k\": selector \"\": "
		    "empty name\n" },
		{ "k example.com:s:DIR/key:rsa-sha1\n", "*@a k\n", "",
		    "error DIR/kt:1: KeyTable: key \"k\": rsa-sha1 must not "
		    "be used to sign (RFC 8301)\n" },
		{ "k example.com:s:DIR/none\n", "*@a k\n", "",
		    "error DIR/kt:1: KeyTable: key \"k\": DIR/none: No such "
		    "file or directory\n" },
		{ "k example.com:s:DIR/key\nold a.b:s:DIR/none\n", "*@a k\n",
		    "", "warning DIR/kt:2: KeyTable: key \"old\": DIR/none: "
		    "No such file or directory (no line of SigningTable "
		    "names this key)\n" },
		{ "k example.com:s:DIR/kt\n", "*@a k\n", "",
		    "error DIR/kt:1: KeyTable: key \"k\": DIR/kt: not the "
		    "encoding of a key\n" },
		{ "k example.com:s:/\n", "*@a k\n", "",
		    "error DIR/kt:1: KeyTable: key \"k\": /: is no regular "
		    "file\n" },
		{ "k example.com:s:bm8ga2V5\n", "*@a k\n", "",
		    "error DIR/kt:1: KeyTable: key \"k\": not the encoding "
		    "of a key\n" },
		{ "k example.com:s:DIR/ed\n", "*@a k\n",
		    "SignatureAlgorithm rsa-sha256\n",
		    "error DIR/kt:1: KeyTable: key \"k\": DIR/ed: an Ed25519 "
		    "key cannot sign with rsa-sha256\n" },
		{ "k example.com:s:DIR/key:ed25519-sha256\n", "*@a k\n", "",
		    "error DIR/kt:1: KeyTable: key \"k\": DIR/key: an RSA "
		    "key cannot sign with ed25519-sha256\n" },
		{ "k example.com:s:DIR/key\n", "*@a k:x@other.org\n", "",
		    "warning DIR/st:1: SigningTable: signer \"x@other.org\" "
		    "is left out: its domain is not that of the key, nor "
		    "below it\n" },
		{ "k example.com:s:DIR/key\n", "*@a k:x@a b\n", "",
		    "warning DIR/st:1: SigningTable: signer \"x@a b\" is "
		    "left out: it is no address\n" },
		{ "k example.com:s:DIR/key\nk example.org:s:DIR/key\n",
		    "*@a k\n", "", "warning DIR/kt:2: KeyTable: key \"k\" "
		    "is never used: line 1 has one of that name\n" },
		{ "k example.com:s:DIR/key\n", "*@(a k\n", "",
		    "error DIR/st:1: SigningTable: Unmatched ( or \\(\n" },
		{ "k example.com:s:DIR/key\n", "*@a k\n",
		    "Domain example.com\n", "warning DIR/conf:3: Domain: "
		    "ignored, because KeyTable is set\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		struct snapshot *s;
		const char *kt;

		world_open(&w);
		put_key(&w, "key", KEY_RSA);
		put_key(&w, "ed", KEY_ED25519);
		kt = world_put(&w, "kt", rows[i].kt);
		ck_assert_int_eq(chmod(kt, 0600), 0);
		world_put(&w, "st", rows[i].st);
		s = load(&w, arena_printf(w.arena, "KeyTable DIR/kt\n"
		    "SigningTable refile:DIR/st\n%s", rows[i].options));
		ck_assert_str_eq(world_reports(&w), rows[i].want);
		ck_assert_int_eq(s != NULL, w.report.errors == 0);
		config_unref(s);
		world_close(&w);
	}
}
END_TEST

/* "*@example.com" is looked up as it stands where the table has no patterns. */
START_TEST(idle_patterns_are_named)
{
	static const struct {
		const char *list, *want;
	} rows[] = {
		{ "*@a.example=k", "warning DIR/conf:2: SigningTable: "
		    "\"*@a.example\" matches nothing: only a refile: has "
		    "patterns\n" },
		{ "j*=k", "warning DIR/conf:2: SigningTable: \"j*\" matches "
		    "nothing: only a refile: has patterns\n" },
		{ "*=k", "" },
		{ "joe@*=k", "" },
		{ ".a.example=k,a.example=k,joe@a.example=k", "" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		struct snapshot *s;

		world_open(&w);
		put_key(&w, "key", KEY_RSA);
		world_put(&w, "kt", "k a.example:s:DIR/key\n");
		s = load(&w, arena_printf(w.arena, "KeyTable DIR/kt\n"
		    "SigningTable csl:%s\n", rows[i].list));
		ck_assert_str_eq(world_reports(&w), rows[i].want);
		ck_assert_ptr_nonnull(s);
		config_unref(s);
		world_close(&w);
	}
}
END_TEST

START_TEST(one_key_is_checked)
{
	static const struct {
		const char *options, *want;
	} rows[] = {
		{ "Domain *.example.com\nSelector s\nKeyFile DIR/key\n",
		    "error DIR/conf:1: Domain: \"*.example.com\": bad "
		    "character\n" },
		{ "Domain example.com\nSelector a b\nKeyFile DIR/key\n",
		    "error DIR/conf:2: Selector: bad character\n" },
		{ "Domain example.com\nSelector s\nKeyFile DIR/none\n",
		    "error DIR/conf:3: KeyFile: DIR/none: No such file or "
		    "directory\n" },
		{ "Domain example.com\nSelector s\nKeyFile DIR/key\n"
		    "SignatureAlgorithm ed25519-sha256\n",
		    "error DIR/conf:3: KeyFile: DIR/key: an RSA key cannot "
		    "sign with ed25519-sha256\n" },
		{ "Domain example.com\nSelector s\n", "error DIR/conf:1: "
		    "Domain: Domain, Selector and KeyFile go together; "
		    "KeyFile is missing\n" },
		{ "Selector s\n", "error DIR/conf:1: Selector: Domain, "
		    "Selector and KeyFile go together; Domain and KeyFile "
		    "are missing\n" },
		{ "Selector s\nKeyFile DIR/key\n", "error DIR/conf:1: "
		    "Selector: Domain, Selector and KeyFile go together; "
		    "Domain is missing\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;

		world_open(&w);
		put_key(&w, "key", KEY_RSA);
		ck_assert_ptr_null(load(&w, rows[i].options));
		ck_assert_str_eq(world_reports(&w), rows[i].want);
		world_close(&w);
	}
}
END_TEST

/* 512 bits, by openssl genrsa; the library makes none so short any more. */
START_TEST(short_keys_are_refused)
{
	static const char pem[] =
	    "-----BEGIN PRIVATE KEY-----\n"
	    "MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAu65HC5GdOykWuLA2\n"
	    "m//3K+GcBUsaa/Y2SrbxHQDM8vyFrof4Y5k9AN+CzUEGBB/qJqTFfemcM5CHrMfk\n"
	    "1H/pJwIDAQABAkAafVSlu1231erREn4CsrQOS3+b96e5CT1Melm5wD0tJl00YAka\n"
	    "gka2li/DFI/a7MedL8GJc8CNm7kSz3rERX+RAiEA6HPn0iSbIo4OgiJ9YIY7csqd\n"
	    "yEUMtqf8hp8pVKmPTosCIQDOsVHlos7o/vDuQV3GKcvR6kw2suB+jdcEBwRr3Tgf\n"
	    "VQIhAKVmE4WLVnd37Qrbz6pm2NYNJcfimfE+Bokjpxz+qWGRAiBgtLgzr/wNKZMC\n"
	    "dpTwbYfOfEgSY5kDvUt3t+zKpuNmTQIgEGHFYjL0TFEmI5S4QKwtDVvZMA6rOjsr\n"
	    "v/OghFimQFo=\n"
	    "-----END PRIVATE KEY-----\n";
	struct world w;

	world_open(&w);
	ck_assert_int_eq(chmod(world_put_as_is(&w, "key", span_of(pem)),
	    0600), 0);
	ck_assert_ptr_null(load(&w, "Domain example.com\nSelector s\n"
	    "KeyFile DIR/key\n"));
	ck_assert_str_eq(world_reports(&w), "error DIR/conf:3: KeyFile: "
	    "DIR/key: RSA key below 1024 bits\n");
	world_close(&w);
}
END_TEST

/* ---- who can reach a key ------------------------------------------------ */

#define SIMPLE	"Domain example.com\nSelector s\nKeyFile DIR/key\n"

static void
expect_mode(mode_t mode, uid_t uid, gid_t gid, const char *want)
{
	struct world w;
	struct snapshot *s;
	const char *path;

	world_open(&w);
	path = put_key(&w, "key", KEY_RSA);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, uid, gid), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
	s = load(&w, SIMPLE);
	ck_assert_str_eq(world_reports(&w), want == NULL ? "" : arena_printf(
	    w.arena, "error DIR/conf:3: KeyFile: DIR/key: %s\n", want));
	ck_assert_int_eq(s != NULL, want == NULL);
	config_unref(s);
	if (want != NULL) {
		/* the same with RequireSafeKeys no: a warning */
		report_init(&w.report, w.arena);
		s = load(&w, SIMPLE "RequireSafeKeys no\n");
		ck_assert_ptr_nonnull(s);
		ck_assert_str_eq(world_reports(&w), arena_printf(w.arena,
		    "warning DIR/conf:3: KeyFile: DIR/key: %s\n", want));
		config_unref(s);
	}
	world_close(&w);
}

/* User and group ids that no machine gives to anybody. */
#define STRANGER	54321

START_TEST(key_files_are_private)
{
	expect_mode(0600, geteuid(), getegid(), NULL);
	expect_mode(0400, geteuid(), getegid(), NULL);
	expect_mode(0640, geteuid(), getegid(), NULL);
	expect_mode(0604, geteuid(), getegid(),
	    "can be read by everybody (chmod o-rw)");
	expect_mode(0602, geteuid(), getegid(),
	    "can be written by everybody (chmod o-rw)");
	expect_mode(0666, geteuid(), getegid(),
	    "can be read and written by everybody (chmod o-rw)");
	if (geteuid() != 0)
		return;
	expect_mode(0600, 0, STRANGER, NULL);
	expect_mode(0640, 0, STRANGER, "can be read by group 54321, of which "
	    "root is no member");
	expect_mode(0620, 0, STRANGER, "can be written by group 54321, of "
	    "which root is no member");
	expect_mode(0600, STRANGER, 0, "belongs to user id 54321, not to "
	    "root");
}
END_TEST

/* Root that has a user to become judges for that user. */
START_TEST(root_judges_for_the_user)
{
	struct world w;
	const char *path;

	if (geteuid() != 0)
		return;
	world_open(&w);
	path = put_key(&w, "key", KEY_RSA);
	ck_assert_ptr_null(config_parse(world_put(&w, "conf",
	    SIMPLE "UserID\n"), NULL, 0, &w.report));
	report_init(&w.report, w.arena);
	{
		static const char *const set[] = { "UserID daemon:mail" };
		struct snapshot *s = config_parse(world_put(&w, "conf", SIMPLE),
		    set, 1, &w.report);

		ck_assert(!config_load(s, false, &w.report));
		ck_assert_str_eq(world_reports(&w), "error DIR/conf:3: "
		    "KeyFile: DIR/key: cannot be read by daemon\n");
		config_unref(s);
		/* a third one's */
		report_init(&w.report, w.arena);
		ck_assert_int_eq(chown(path, STRANGER, 0), 0);
		s = config_parse(world_put(&w, "conf", SIMPLE), set, 1,
		    &w.report);
		ck_assert(!config_load(s, false, &w.report));
		ck_assert_str_eq(world_reports(&w), "error DIR/conf:3: "
		    "KeyFile: DIR/key: belongs to user id 54321, not to root "
		    "or daemon\n");
		config_unref(s);
		/* 8 is the group mail of every Debian */
		ck_assert_int_eq(chown(path, 0, 8), 0);
		ck_assert_int_eq(chmod(path, 0640), 0);
		s = config_parse(world_put(&w, "conf", SIMPLE), set, 1,
		    &w.report);
		ck_assert(config_load(s, false, &w.report));
		config_unref(s);
	}
	world_close(&w);
}
END_TEST

START_TEST(credentials_are_accepted)
{
	struct world w;
	struct snapshot *s;

	world_open(&w);
	ck_assert_int_eq(chmod(put_key(&w, "key", KEY_RSA), 0444), 0);
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", w.dir, 1), 0);
	s = load(&w, SIMPLE);
	ck_assert_msg(s != NULL, "%s", world_reports(&w));
	config_unref(s);
	/* beside the directory, or out of it by "..": no credential */
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", arena_printf(w.arena,
	    "%s/sub", w.dir), 1), 0);
	ck_assert_int_eq(mkdir(getenv("CREDENTIALS_DIRECTORY"), 0700), 0);
	ck_assert_ptr_null(load(&w, SIMPLE));
	ck_assert_ptr_null(load(&w, "Domain example.com\nSelector s\n"
	    "KeyFile DIR/sub/../key\n"));
	unsetenv("CREDENTIALS_DIRECTORY");
	world_close(&w);
}
END_TEST

/* ---- many --------------------------------------------------------------- */

static void
put_large_tables(struct world *w, unsigned n)
{
	FILE *kt = fopen(arena_printf(w->arena, "%s/kt", w->dir), "w");
	FILE *st = fopen(arena_printf(w->arena, "%s/st", w->dir), "w");
	unsigned i;

	for (i = 0; i < n; i++) {
		fprintf(kt, "s._domainkey.d%u.example d%u.example:s:%s/%s\n",
		    i, i, w->dir, i == n - 1 ? "missing" : "key");
		fprintf(st, "*@d%u.example s._domainkey.d%u.example\n", i, i);
	}
	fclose(kt);
	fclose(st);
}

#define TABLES	"KeyTable DIR/kt\nSigningTable refile:DIR/st\n"

START_TEST(tables_of_a_hundred_thousand)
{
	int64_t start, loaded, done;
	struct snapshot *s;
	struct world w;
	int i;

	world_open(&w);
	put_key(&w, "key", KEY_RSA);
	put_large_tables(&w, 100000);
	start = clock_mono_ms();
	s = load(&w, TABLES);
	loaded = clock_mono_ms();
	ck_assert_msg(s != NULL, "%s", world_reports(&w));
	for (i = 0; i < 10000; i++)
		ck_assert_str_eq(choose(&w, s, "user@d77777.example"),
		    "d77777.example/s");
	done = clock_mono_ms();
	printf("KeyTable and SigningTable of 100,000 rows: loaded in %d ms, "
	    "10,000 choices in %d ms\n", (int)(loaded - start),
	    (int)(done - loaded));
	ck_assert_int_lt(loaded - start, 20000);
	/* a key that is missing is found by the message that wants it ... */
	ck_assert(strstr(choose(&w, s, "user@d99999.example"),
	    "missing: No such file or directory") != NULL);
	/* ... signs once it is there ... */
	put_key(&w, "missing", KEY_RSA);
	ck_assert_str_eq(choose(&w, s, "user@d99999.example"),
	    "d99999.example/s");
	config_unref(s);
	/* ... and by a check of all */
	unlink(arena_printf(w.arena, "%s/missing", w.dir));
	start = clock_mono_ms();
	ck_assert_ptr_null(load_checked(&w, TABLES, true));
	printf("all checked in %d ms\n", (int)(clock_mono_ms() - start));
	ck_assert_str_eq(world_reports(&w), "error DIR/kt:100000: KeyTable: "
	    "key \"s._domainkey.d99999.example\": DIR/missing: No such file or "
	    "directory\n");
	world_close(&w);
}
END_TEST

/* Tables of a thousand rows have their keys parsed at load, more have not. */
START_TEST(small_tables_are_parsed_at_once)
{
	struct snapshot *s;
	struct world w;

	world_open(&w);
	put_key(&w, "key", KEY_RSA);
	put_large_tables(&w, KEYTABLE_EAGER_ROWS);
	ck_assert_ptr_null(load(&w, TABLES));
	put_large_tables(&w, KEYTABLE_EAGER_ROWS + 1);
	s = load(&w, TABLES);
	ck_assert_ptr_nonnull(s);
	config_unref(s);
	world_close(&w);
}
END_TEST

struct thread_job {
	struct snapshot	*s;
	pthread_barrier_t *start;
	const struct private_key *key;
};

static void *
first_use(void *arg)
{
	struct thread_job *job = arg;
	const struct policy_settings *p = config_policy(job->s);
	struct address author = { SPAN("a"), SPAN("d5.example") };
	struct arena *a = arena_new(0);
	struct dkim_seal *seal;
	const char *why;
	size_t n;

	(void)pthread_barrier_wait(job->start);
	if (p->choose(p->sign_tables, a, &author, &seal, &n, &why) ==
	    SIGN_YES)
		job->key = seal[0].key;
	arena_free(a);
	return NULL;
}

/* Threads that want a key first at the same time get the same. */
START_TEST(keys_are_shared)
{
	pthread_barrier_t start;
	struct thread_job job[8];
	pthread_t thread[8];
	struct snapshot *s;
	struct world w;
	int i;

	world_open(&w);
	put_key(&w, "key", KEY_RSA);
	put_large_tables(&w, KEYTABLE_EAGER_ROWS + 10);
	s = load(&w, TABLES);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, 8), 0);
	for (i = 0; i < 8; i++) {
		job[i] = (struct thread_job){ s, &start, NULL };
		ck_assert_int_eq(pthread_create(&thread[i], NULL, first_use,
		    &job[i]), 0);
	}
	for (i = 0; i < 8; i++) {
		pthread_join(thread[i], NULL);
		ck_assert_ptr_nonnull(job[i].key);
		ck_assert_ptr_eq(job[i].key, job[0].key);
	}
	pthread_barrier_destroy(&start);
	config_unref(s);
	world_close(&w);
}
END_TEST

START_TEST(limits_hold)
{
	struct snapshot *s;
	struct strbuf kt, st;
	struct world w;
	char *longer;
	int i, n = 0;
	const char *p;

	world_open(&w);
	put_key(&w, "key", KEY_RSA);
	strbuf_init(&kt, w.arena);
	strbuf_init(&st, w.arena);
	for (i = 0; i < SIGNING_MAX_SEALS + 5; i++) {
		strbuf_addf(&kt, "k%d %%:s%d:DIR/key\n", i, i);
		strbuf_addf(&st, "* k%d\n", i);
	}
	world_put(&w, "kt", strbuf_str(&kt));
	world_put(&w, "st", strbuf_str(&st));
	s = load(&w, TABLES "MultipleSignatures yes\n");
	ck_assert_ptr_nonnull(s);
	for (p = choose(&w, s, "a@b.example"); (p = strchr(p, '/')) != NULL;
	    p++)
		n++;
	ck_assert_int_eq(n, SIGNING_MAX_SEALS);
	/* an address of 320 bytes, and of one more */
	longer = arena_alloc(w.arena, 400);
	memset(longer, 'a', 320 - 10);
	strcpy(longer + 320 - 10, "@b.example");
	ck_assert_str_ne(choose(&w, s, longer), "no");
	memset(longer, 'a', 321 - 10);
	strcpy(longer + 321 - 10, "@b.example");
	ck_assert_str_eq(choose(&w, s, longer), "no");
	config_unref(s);
	world_close(&w);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		keys_are_chosen, one_key_for_domains, keys_are_listed,
		keys_of_all_kinds,
		mistakes_are_named, idle_patterns_are_named,
		one_key_is_checked,
		short_keys_are_refused, key_files_are_private,
		root_judges_for_the_user, credentials_are_accepted,
		tables_of_a_hundred_thousand,
		small_tables_are_parsed_at_once, keys_are_shared, limits_hold,
	};

	return TESTLIB_RUN("signing", tests);
}
