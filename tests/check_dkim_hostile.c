/*
 * Signatures that broke other programs, each as a whole message through the
 * inspection: what comes of them, and that nothing of theirs gets out of the
 * field that reports them. Names are those of the advisories.
 */
#include "config.h"

#include <stdlib.h>

#include "base/base64.h"
#include "message/ip.h"
#include "policy/inspect.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/testlib.h"

#define NOW	1790000000
#define BH	"bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="

static const struct {
	const char *of;
	const char *value;	/* of the DKIM-Signature field */
	const char *want;	/* result and reason */
} rows[] = {
	{ "CVE-2020-12272: a second property in d=",
	    " v=1; a=rsa-sha256; d=evil.example(.good.example; s=s; h=from; "
	    BH "; b=AAAA", "permerror d= is not a domain name" },
	{ "CVE-2020-12272: in s=",
	    " v=1; a=rsa-sha256; d=evil.example; s=s dkim=pass; h=from; "
	    BH "; b=AAAA", "permerror s= is not a selector" },
	{ "CVE-2011-1764: a format in i=",
	    " v=1; a=rsa-sha256; d=evil.example; s=s; i=%n%s%n@evil.example; "
	    "h=from; " BH "; b=AAAA", "permerror no key for signature" },
	{ "CVE-2011-1764: a format in d=",
	    " v=1; a=rsa-sha256; d=%n.evil.example; s=s; h=from; " BH
	    "; b=AAAA", "permerror d= is not a domain name" },
	{ "mail-auth: a line end in i=",
	    " v=1; a=rsa-sha256; d=evil.example; s=s; "
	    "i=x=0D=0Aevil:=20dkim=3Dpass@evil.example; h=from; " BH
	    "; b=AAAA", "permerror i= is not an identity" },
	{ "mail-auth: a NUL and a quote in i=",
	    " v=1; a=rsa-sha256; d=evil.example; s=s; "
	    "i=x=00=22=3B=20dkim=3Dpass@evil.example; h=from; " BH
	    "; b=AAAA", "permerror i= is not an identity" },
	{ "rspamd 318d31837: h= of colons",
	    " v=1; a=rsa-sha256; d=good.example; s=s; h=::::::::::::::::::; "
	    BH "; b=AAAA", "permerror h= is not a list of field names" },
	{ "rspamd e27c9fb66: bh= of one byte",
	    " v=1; a=ed25519-sha256; d=good.example; s=s; h=from; bh=AA==; "
	    "b=AAAA", "permerror bh= is not a SHA-256 hash" },
	{ "VU#268267: 512 bits", " v=1; a=rsa-sha256; d=good.example; "
	    "s=k512; h=from; " BH "; b=AAAA",
	    "permerror RSA key below 1024 bits" },
	{ "VU#268267: 768 bits", " v=1; a=rsa-sha256; d=good.example; "
	    "s=k768; h=from; " BH "; b=AAAA",
	    "permerror RSA key below 1024 bits" },
	{ "RFC 8301: SHA-1", " v=1; a=rsa-sha1; d=good.example; s=s; "
	    "h=from; " BH "; b=AAAA",
	    "permerror rsa-sha1 is not accepted" },
	{ "CVE-2012-5671: a key record of 60 KB",
	    " v=1; a=rsa-sha256; d=good.example; s=large; h=from; " BH
	    "; b=AAAA", "permerror *" },
	{ "OpenDKIM: no From in h=", " v=1; a=rsa-sha256; d=good.example; "
	    "s=s; h=to; " BH "; b=AAAA", "permerror From is not signed" },
	{ "an empty field", "", "permerror *" },
	{ "no tag list", " dkim", "neutral *" },
	{ "8-bit d=", " v=1; a=rsa-sha256; d=\xff\xfe; s=s; h=from; " BH
	    "; b=AAAA", "neutral *" },
};

struct world {
	struct arena		*a;
	struct dnstable		*table;
	struct dns		*dns;
	struct policy_settings	 set;
	struct mail_client	 client;
};

static void
publish_large(struct world *w)
{
	char *text = arena_alloc(w->a, 60000);

	memset(text, 'A', 60000);
	memcpy(text, "v=DKIM1; p=", 11);
	dnstable_txt(w->table, "large._domainkey.good.example",
	    (struct span){ text, 60000 });
}

/* RSA keys of 512 and 768 bits, made by OpenSSL. */
#define KEY_512 \
	"v=DKIM1; p=" \
	"MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANUoeUu7gfh895xtvvucWEtRFrwfURTY" \
	"p/iZPfTp1d3nK8QvcPGazhgflp0oUvHF6pGYI9nhQ4QHO1rbiG43dGsCAwEAAQ=="
#define KEY_768 \
	"v=DKIM1; p=" \
	"MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAL+MlZAuA1YqbwpMX04o/E+/MfdPSsiE" \
	"+E8rRbmeUgpfiwVuoGXQVr1lbD+lS+Gvn4BybCQUW8x28s3K6XQIJ/kKO3/sAWph" \
	"Uu1Ud/bQz+/lZapZb6JHLSQHonFuZ0j0RQIDAQAB"

static void
world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->a = arena_new(0);
	w->table = dnstable_new();
	dnstable_txt(w->table, "k512._domainkey.good.example", SPAN(KEY_512));
	dnstable_txt(w->table, "k768._domainkey.good.example", SPAN(KEY_768));
	publish_large(w);
	w->dns = dnstable_open(w->table);
	w->set = (struct policy_settings){
		.host_name = SPAN("mx.our.example"), .verify = true,
		.spf = { .max_void = SPF_MAX_VOID },
		.dkim = { .max_signatures = DKIM_DEFAULT_SIGNATURES,
		    .min_key_bits = 1024, .clock_drift = 300 },
		.max_header_bytes = 1 << 20,
		.lookup_time_ms = 5000, .message_time_ms = 10000,
	};
	w->set.spf_rules.headers = SPF_HEADER_AR;
	w->client.has_ip = ip_parse(SPAN("192.0.2.1"), &w->client.ip);
}

static void
world_clear(struct world *w)
{
	dns_free(w->dns);
	arena_free(w->a);
}

/* One message with these signatures above From. */
static struct inspection *
inspect(struct world *w, const struct span *value, size_t n)
{
	struct mail_envelope e = { .sender = SPAN("joe@good.example") };
	struct inspection *in = inspection_new(&w->set, w->dns, &w->client,
	    &e, NOW);
	size_t i;

	ck_assert_ptr_nonnull(in);
	for (i = 0; i < n; i++)
		inspection_header(in, SPAN("DKIM-Signature"), SPAN(""),
		    value[i]);
	inspection_header(in, SPAN("From"), SPAN(""),
	    SPAN(" joe@good.example"));
	inspection_eoh(in);
	inspection_body(in, "x\r\n", 3);
	return in;
}

/*
 * Our field is one field: no line begins without white space, nothing but
 * printable ASCII.
 */
static void
check_field(const struct inspection_outcome *out, const char *of)
{
	struct span v;
	size_t i;

	ck_assert_uint_ge(out->ninserts, 1);
	ck_assert_str_eq(out->insert[0].name, "Authentication-Results");
	v = out->insert[0].value;
	for (i = 0; i < v.len; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (c == '\r')
			ck_assert_msg(i + 2 < v.len && v.p[i + 1] == '\n' &&
			    ascii_iswsp((unsigned char)v.p[i + 2]), "%s", of);
		else if (c != '\n' && c != '\t')
			ck_assert_msg(c >= ' ' && c < 127, "%s", of);
	}
	for (i = 0; i < out->nmethods; i++)
		ck_assert_msg(strcmp(out->method[i].method, "dkim") != 0 ||
		    out->method[i].result != RESULT_PASS, "%s", of);
}

START_TEST(each_is_refused_and_reported)
{
	struct world w;
	size_t i;

	world_init(&w);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span value = span_of(rows[i].value);
		struct inspection *in = inspect(&w, &value, 1);
		const struct inspection_outcome *out = inspection_end(in, NOW);
		const struct dkim_result *d = out->results.dkim;
		struct span want = span_of(rows[i].want);
		size_t gap = span_find(want, ' ');

		ck_assert_msg(out->results.ndkim == 1, "%s", rows[i].of);
		ck_assert_msg(span_is(span_head(want, gap),
		    result_name(d->result)) && (span_is(span_skip(want,
		    gap + 1), "*") || span_is(span_skip(want, gap + 1),
		    d->reason)), "%s: %s %s", rows[i].of,
		    result_name(d->result), d->reason);
		ck_assert_int_ne(out->results.dmarc->result, RESULT_PASS);
		check_field(out, rows[i].of);
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

/* rspamd d560f9e8e: a cap that is counted wrong. n and n + 1, then many. */
START_TEST(the_cap_holds)
{
	static const size_t numbers[] = {
		DKIM_DEFAULT_SIGNATURES, DKIM_DEFAULT_SIGNATURES + 1, 1000,
	};
	struct span value[1000];
	struct world w;
	size_t i, k;

	world_init(&w);
	for (i = 0; i < 1000; i++)
		value[i] = span_of(arena_printf(w.a, " v=1; a=rsa-sha256; "
		    "d=d%zu.example; s=s; h=from; " BH "; b=AAAA", i));
	for (k = 0; k < 3; k++) {
		struct inspection *in = inspect(&w, value, numbers[k]);
		const struct inspection_outcome *out = inspection_end(in, NOW);
		size_t tried = 0;

		for (i = 0; i < out->results.ndkim; i++)
			tried += !out->results.dkim[i].untried;
		ck_assert_uint_eq(tried, DKIM_DEFAULT_SIGNATURES);
		ck_assert_uint_le(out->results.ndkim, DKIM_MAX_REPORTED);
		ck_assert_uint_le(out->questions, 60);
		if (k > 0) {
			i = DKIM_DEFAULT_SIGNATURES;
			ck_assert_int_eq(out->results.dkim[i].result,
			    RESULT_POLICY);
			ck_assert_str_eq(out->results.dkim[i].reason,
			    "not tried: too many signatures");
		}
		check_field(out, "cap");
		inspection_free(in);
	}
	world_clear(&w);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { each_is_refused_and_reported, the_cap_holds };

	return TESTLIB_RUN("dkim_hostile", tests);
}
