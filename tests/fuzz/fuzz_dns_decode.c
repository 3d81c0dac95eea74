/*
 * DNS messages from anywhere. The first two bytes choose the question: its
 * type, and whether it is the one the message holds (so that the fuzzer gets
 * past that check) or another.
 */
#include "config.h"

#include "dns/decode.h"
#include "dns/names.h"
#include "tests/fuzz/fuzz.h"

/* The name in the question section if it is plain, in `buf`. */
static struct span
question_of(const uint8_t *b, size_t len, char *buf)
{
	struct span name = { "a.example", 9 };
	size_t i = 12, n = 0, label;

	while (i < len && (label = b[i++]) > 0 && label < 64 &&
	    label <= len - i && n + label + 1 <= DOMAIN_MAX_LEN) {
		memcpy(buf + n, b + i, label);
		n += label;
		buf[n++] = '.';
		i += label;
	}
	if (!dns_name_fold((struct span){ buf, n }, buf, &name))
		name = SPAN("a.example");
	return name;
}

/* Every byte that an answer points to is there to be read. */
static void
touch(struct span s)
{
	volatile char c = 0;
	size_t i;

	FUZZ_CHECK(s.p != NULL);
	for (i = 0; i < s.len; i++)
		c = s.p[i];
	(void)c;
}

static void
check_name(struct span name, bool host)
{
	char buf[DOMAIN_MAX_LEN];
	struct span folded;

	if (name.len == 0)
		return;
	FUZZ_CHECK(dns_name_fold(name, buf, &folded));
	FUZZ_CHECK(span_eq(name, folded));
	FUZZ_CHECK(!host || domain_is_normal(name));
}

static void
check_records(const struct dns_answer *ans)
{
	size_t i;

	for (i = 0; i < ans->count; i++) {
		if (ans->type == DNS_TXT)
			touch(ans->record[i].txt);
		else if (ans->type == DNS_PTR)
			check_name(ans->record[i].name, true);
		else if (ans->type == DNS_MX)
			check_name(ans->record[i].mx.name, false);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dns_type types[] = { DNS_TXT, DNS_A, DNS_AAAA,
	    DNS_MX, DNS_PTR };
	char buf[DOMAIN_MAX_LEN + 1];
	struct span name = { "b.example", 9 };
	struct dns_answer ans;
	struct arena *a;

	if (size < 2)
		return 0;
	a = arena_new((size_t)1 << 20);
	FUZZ_CHECK(a != NULL);
	if (data[1] % 8 != 7)
		name = question_of(data + 2, size - 2, buf);
	dns_decode(a, fuzz_span(data + 2, size - 2), types[data[0] % 5], name,
	    &ans);
	FUZZ_CHECK((ans.why == NULL) == dns_known(ans.status));
	FUZZ_CHECK((ans.count > 0) == (ans.status == DNS_OK));
	check_records(&ans);
	arena_free(a);
	return 0;
}
