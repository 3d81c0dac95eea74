/* tests of policy/keycheck.c */
#include "config.h"

#include "base/base64.h"
#include "policy/keycheck.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/testlib.h"

/* "v=DKIM1; k=ed25519; p=..." of a key. */
static struct span
record_of(struct arena *a, const struct private_key *key)
{
	return span_of(arena_printf(a, "v=DKIM1; k=ed25519; p=%.*s",
	    SPAN_ARG(base64_encode(a, private_key_public(key, a)))));
}

START_TEST(keys_against_records)
{
	static const struct {
		const char *selector;
		enum keycheck want;
	} rows[] = {
		{ "good", KEYCHECK_GOOD },
		{ "second", KEYCHECK_GOOD },	/* of two records */
		{ "other", KEYCHECK_DIFFERENT },
		{ "rsa", KEYCHECK_UNUSABLE },	/* not base64 */
		{ "revoked", KEYCHECK_REVOKED },
		{ "nothing", KEYCHECK_MISSING },
		{ "empty", KEYCHECK_MISSING },	/* exists, has no TXT */
		{ "silent", KEYCHECK_UNKNOWN },
	};
	struct arena *a = arena_new(0);
	struct private_key *ours = private_key_generate(KEY_ED25519, 0);
	struct private_key *other = private_key_generate(KEY_ED25519, 0);
	struct dnstable *t = dnstable_new();
	struct dns_scope *scope;
	struct dns *dns;
	size_t i;

	dnstable_txt(t, "good._domainkey.d.example", record_of(a, ours));
	dnstable_txt(t, "second._domainkey.d.example", record_of(a, other));
	dnstable_txt(t, "second._domainkey.d.example", record_of(a, ours));
	dnstable_txt(t, "other._domainkey.d.example", record_of(a, other));
	ck_assert(dnstable_zone(t,
	    "rsa._domainkey.d.example TXT \"v=DKIM1; p=!!\"\n"
	    "revoked._domainkey.d.example TXT \"v=DKIM1; k=ed25519; p=\"\n"
	    "empty._domainkey.d.example EXISTS\n"
	    "silent._domainkey.d.example FAIL\n"));
	dns = dnstable_open(t);
	scope = dns_scope_new(dns, 100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dkim_seal seal = {
			.domain = SPAN("d.example"),
			.selector = span_of(rows[i].selector), .key = ours,
		};
		enum keycheck got = keycheck(a, scope, &seal);

		ck_assert_msg(got == rows[i].want, "%s: it %s",
		    rows[i].selector, keycheck_text(got));
	}
	dns_scope_free(scope);
	dns_free(dns);
	private_key_free(ours);
	private_key_free(other);
	arena_free(a);
}
END_TEST

START_TEST(watch_remembers)
{
	struct keywatch *w = keywatch_new();

	ck_assert(!keywatch_bad(NULL, SPAN("a")));
	ck_assert(!keywatch_bad(w, SPAN("a")));
	keywatch_set(w, SPAN("a"), true);
	keywatch_set(w, SPAN("a"), true);
	ck_assert(keywatch_bad(w, SPAN("a")));
	ck_assert(!keywatch_bad(w, SPAN("b")));
	keywatch_set(w, SPAN("a"), false);
	keywatch_set(w, SPAN("b"), false);
	ck_assert(!keywatch_bad(w, SPAN("a")));
	keywatch_free(w);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { keys_against_records, watch_remembers };

	return TESTLIB_RUN("keycheck", tests);
}
