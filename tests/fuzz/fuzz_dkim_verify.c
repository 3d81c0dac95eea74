/*
 * Whole messages through the verifier. Every name has the same key, whose
 * private half is not in the seeds: nothing ever passes, and the results are
 * the same however the body is cut.
 */
#include "config.h"

#include "dns/engine.h"
#include "policy/dkim.h"
#include "tests/fuzz/fuzz.h"

/* RFC 8032, 7.1, TEST 2 */
#define RECORD	"k=ed25519; p=PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="

static void
ask(void *engine, struct dns_question *q)
{
	struct dns_record record = { .txt = SPAN(RECORD) };
	struct dns_answer ans = {
		.status = DNS_OK, .ttl = 300, .count = 1, .record = &record,
	};

	(void)engine;
	dns_question_done(q, &ans);
}

static void
no_close(void *engine)
{
	(void)engine;
}

static const struct dns_engine_ops ops = { .ask = ask, .close = no_close };

struct outcome {
	size_t	 n;
	enum result result[DKIM_MAX_REPORTED];
};

static void
run(struct dns *dns, struct span message, size_t cut, struct outcome *out)
{
	static const struct dkim_settings set = { 10, 1024, 300, true };
	struct dns_scope *scope = dns_scope_new(dns, 50);
	struct bodyhash *b = bodyhash_new();
	struct arena *a = arena_new(0);
	const struct dkim_result *r;
	struct dkim_verifier *v;
	struct headers h;
	struct span body;
	size_t i;

	headers_init(&h, a, 0);
	message_split(message, &h, &body);
	v = dkim_verifier_new(a, &set, &h, SPAN("example.com"), b);
	FUZZ_CHECK(v != NULL);
	bodyhash_feed(b, body.p, span_head(body, cut).len);
	bodyhash_feed(b, span_skip(body, cut).p, span_skip(body, cut).len);
	bodyhash_finish(b);
	r = dkim_verifier_finish(v, scope, 1700000000, &out->n);
	for (i = 0; i < out->n; i++) {
		FUZZ_CHECK(r[i].result != RESULT_NONE);
		FUZZ_CHECK(r[i].result != RESULT_PASS);
		FUZZ_CHECK(r[i].reason != NULL);
		out->result[i] = r[i].result;
	}
	arena_free(a);
	bodyhash_free(b);
	dns_scope_free(scope);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns *dns = dns_open_engine(&ops, NULL, 0);
	struct outcome one, two;
	size_t i;

	FUZZ_CHECK(dns != NULL);
	run(dns, fuzz_span(data, size), 0, &one);
	run(dns, fuzz_span(data, size), size / 3, &two);
	FUZZ_CHECK(one.n == two.n);
	for (i = 0; i < one.n; i++)
		FUZZ_CHECK(one.result[i] == two.result[i]);
	dns_free(dns);
	return 0;
}
