/*
 * A large body is hashed while it streams and never kept (RFC 6376, 6.1.3, and
 * the patience of a small machine): 50 MB, ten signatures, no more memory at
 * the end than at the beginning.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/base64.h"
#include "policy/dkim_sign.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/testlib.h"

#define NOW		1790000000
#define BODY_BYTES	((size_t)50 << 20)
#define CHUNK		65535	/* what a milter is handed at once */
#define SIGNATURES	10
#define SLACK		((size_t)1 << 20)

#define HEADER	"From: joe@good.example\r\nSubject: large\r\n\r\n"

/* Bytes of this process that are in memory; 0 where nobody tells. */
static size_t
resident(void)
{
	char text[128] = "";
	unsigned long size, pages = 0;
	int fd = open("/proc/self/statm", O_RDONLY);

	/* without stdio, whose buffers a sanitizer would keep */
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0 ||
	    sscanf(text, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	if (fd >= 0)
		close(fd);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Lines with all that canonicalization looks at; ends within one. */
static void
fill(char *chunk, size_t at)
{
	static const char line[] = "spaces  and\ttabs \t \r\n\r\nlong line";
	size_t i;

	for (i = 0; i < CHUNK; i++)
		chunk[i] = line[(at + i) % (sizeof(line) - 1)];
}

/* Stream the body; the most that memory grew meanwhile. */
static size_t
stream(struct bodyhash *body)
{
	static char chunk[CHUNK];
	size_t at, most = 0, before = resident(), now;

	for (at = 0; at < BODY_BYTES; at += CHUNK) {
		fill(chunk, at);
		bodyhash_feed(body, chunk, CHUNK);
		now = resident();
		if (now > before && now - before > most)
			most = now - before;
	}
	bodyhash_finish(body);
	return most;
}

/* The ten: both canonicalizations, two keys, some with i=. */
static void
sign_all(struct arena *a, struct headers *h, struct private_key *key[2],
    struct span value[SIGNATURES])
{
	struct dkim_signer *signer[SIGNATURES];
	struct dkim_seal seal[SIGNATURES];
	struct bodyhash *body = bodyhash_new();
	size_t i;

	for (i = 0; i < SIGNATURES; i++) {
		struct dkim_sign_settings set = {
			.header_canon = i % 4 < 2 ? CANON_SIMPLE :
			    CANON_RELAXED,
			.body_canon = i % 2 == 0 ? CANON_SIMPLE :
			    CANON_RELAXED,
		};

		seal[i] = (struct dkim_seal){
			.domain = SPAN("good.example"),
			.selector = i < 5 ? SPAN("zero") : SPAN("one"),
			.identity = i % 3 == 0 ? SPAN("joe@good.example") :
			    SPAN(""), .key = key[i / 5],
		};
		signer[i] = dkim_signer_new(a, &set, h, &seal[i], 1, body);
		ck_assert_ptr_nonnull(signer[i]);
	}
	(void)stream(body);
	for (i = 0; i < SIGNATURES; i++)
		value[i] = dkim_signer_finish(signer[i], 0, NOW);
	bodyhash_free(body);
}

static void
publish(struct arena *a, struct dnstable *t, const char *name,
    const struct private_key *key)
{
	struct span p = base64_encode(a, private_key_public(key, a));

	dnstable_txt(t, name, span_of(arena_printf(a,
	    "v=DKIM1; k=%s; p=%.*s", key_type_name(private_key_type(key)),
	    SPAN_ARG(p))));
}

START_TEST(memory_stays_flat)
{
	static const struct dkim_settings set = {
		.max_signatures = SIGNATURES, .min_key_bits = 1024,
	};
	struct private_key *key[2] = {
		private_key_generate(KEY_RSA, 2048),
		private_key_generate(KEY_ED25519, 0),
	};
	struct arena *a = arena_new(0);
	struct dnstable *t = dnstable_new();
	struct span value[SIGNATURES], rest;
	const struct dkim_result *r;
	struct dkim_verifier *v;
	struct dns_scope *scope;
	struct bodyhash *body;
	struct headers h, plain;
	struct dns *dns;
	size_t i, n, grown;

	publish(a, t, "zero._domainkey.good.example", key[0]);
	publish(a, t, "one._domainkey.good.example", key[1]);
	dns = dnstable_open(t);
	scope = dns_scope_new(dns, 100);
	headers_init(&plain, a, 0);
	message_split(SPAN(HEADER), &plain, &rest);
	sign_all(a, &plain, key, value);
	headers_init(&h, a, 0);
	for (i = 0; i < SIGNATURES; i++)
		ck_assert(headers_add(&h, SPAN("DKIM-Signature"), SPAN(""),
		    value[i]));
	message_split(SPAN(HEADER), &h, &rest);
	body = bodyhash_new();
	v = dkim_verifier_new(a, &set, &h, SPAN("good.example"), body);
	grown = stream(body);
	r = dkim_verifier_finish(v, scope, NOW, &n);
	ck_assert_uint_eq(n, SIGNATURES);
	for (i = 0; i < n; i++)
		ck_assert_msg(r[i].result == RESULT_PASS, "signature %zu: %s",
		    i, r[i].reason != NULL ? r[i].reason : "no reason");
	printf("50 MB, %d signatures: memory grew by %zu KB\n", SIGNATURES,
	    grown >> 10);
	ck_assert_uint_le(grown, SLACK);
	bodyhash_free(body);
	dns_scope_free(scope);
	dns_free(dns);
	private_key_free(key[0]);
	private_key_free(key[1]);
	arena_free(a);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { memory_stays_flat };

	return TESTLIB_RUN("large_body", tests);
}
