/* tests of policy/dkim_verify.c and dkim_data.c; sections are of RFC 6376 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "tests/lib/dkimtest.h"
#include "tests/lib/dnstable.h"
#include "tests/lib/testlib.h"

static struct arena *arena;

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- what is signed (3.7, 5.4.2) ---------------------------------------- */

#define TWICE \
	"Received: A\r\nReceived: B\r\nReceived: C\r\n" \
	"From: a@example.com\r\nSubject:  Hi \r\n  there\t \r\n"

static const struct {
	enum canon canon;
	const char *names;	/* h= */
	const char *header;
	const char *value;	/* of the signature field */
	const char *want;
} data[] = {
	/* 5.4.2: from the bottom upwards; what is not there is nothing */
	{ CANON_SIMPLE, "Received:received", TWICE, " b=x",
	    "Received: C\r\nReceived: B\r\nDKIM-Signature: b=" },
	{ CANON_SIMPLE, "received:from:received:x:received:received:from",
	    TWICE, " b=x", "Received: C\r\nFrom: a@example.com\r\n"
	    "Received: B\r\nReceived: A\r\nDKIM-Signature: b=" },
	{ CANON_SIMPLE, "receive:receivedd:fro", TWICE, " b=x",
	    "DKIM-Signature: b=" },
	/* 3.4.1, 3.4.2 */
	{ CANON_SIMPLE, "subject", TWICE, " b=x",
	    "Subject:  Hi \r\n  there\t \r\nDKIM-Signature: b=" },
	{ CANON_RELAXED, "SUBJECT", TWICE, " b=x",
	    "subject:Hi there\r\ndkim-signature:b=" },
	/* OpenDKIM#39: a value that begins with a fold */
	{ CANON_RELAXED, "x", "X:\r\n \t a\r\n", " b=x",
	    "x:a\r\ndkim-signature:b=" },
	/* 3.7: b= goes with the white space around it, and nothing else */
	{ CANON_SIMPLE, "x", "", " a=1; b=xyz; c=2",
	    "DKIM-Signature: a=1; b=; c=2" },
	{ CANON_SIMPLE, "x", "", " b = x\r\n\ty z \r\n ; c=2\r\n ",
	    "DKIM-Signature: b =; c=2\r\n " },
	{ CANON_SIMPLE, "x", "", " bh=q; ab=r; b1=s; B=t;\tb\r\n =\r\n x\r\n ",
	    "DKIM-Signature: bh=q; ab=r; b1=s; B=t;\tb\r\n =" },
	{ CANON_SIMPLE, "x", "", " z=a|b=c:b=d; b=x;",
	    "DKIM-Signature: z=a|b=c:b=d; b=;" },
	{ CANON_SIMPLE, "x", "", "b=;a=1", "DKIM-Signature:b=;a=1" },
	{ CANON_SIMPLE, "x", "", "\r\n\tb=x=y==",
	    "DKIM-Signature:\r\n\tb=" },
	{ CANON_RELAXED, "x", "", "\r\n\ta=1 ;\r\n\tb \t=\r\n x\r\n ; c=2 ",
	    "dkim-signature:a=1 ; b =; c=2" },
	/* 3.5, h=: other signatures may be signed, itself never */
	{ CANON_RELAXED, "dkim-signature:dkim-signature",
	    "DKIM-Signature: b=one\r\nDKIM-Signature: b=two\r\n", " b=x",
	    "dkim-signature:b=two\r\ndkim-signature:b=one\r\n"
	    "dkim-signature:b=" },
};

/* The names of a list "a:b", into `sig`. */
static void
set_names(struct dkim_signature *sig, const char *list)
{
	struct span rest = span_of(list), name;

	sig->signed_field = arena_array(arena, strlen(list) + 1,
	    sizeof(*sig->signed_field));
	while (span_next(&rest, ':', &name))
		sig->signed_field[sig->nsigned_fields++] = name;
}

START_TEST(octets_are_those_of_the_rfc)
{
	size_t i, where;

	/* Its own field stands at the top, at the bottom, nowhere. */
	for (i = 0; i < NROWS(data); i++)
		for (where = 0; where < 3; where++) {
			struct dkim_signature sig = { 0 };
			struct span name = SPAN("DKIM-Signature"), rest;
			struct span none = SPAN("");
			struct header own = { name, none,
			    span_of(data[i].value) };
			struct headers h;

			headers_init(&h, arena, 0);
			sig.field = &own;
			if (where == 0)
				ck_assert(headers_add(&h, name, none,
				    own.value));
			message_split(span_of(data[i].header), &h, &rest);
			if (where == 1)
				ck_assert(headers_add(&h, name, none,
				    own.value));
			if (where < 2)
				sig.field = &h.field[where == 0 ? 0 :
				    h.count - 1];
			sig.header_canon = data[i].canon;
			set_names(&sig, data[i].names);
			assert_span(dkim_signed_data(arena, &h, &sig),
			    data[i].want);
		}
}
END_TEST

/* ---- one signature ------------------------------------------------------ */

#define DOMAIN	"example.com"
#define NAME	"sel._domainkey.example.com"
#define HEADER	"From: a@example.com\r\nTo: b@example.org\r\nSubject: Hi\r\n"
#define BODY	"Hello,\r\n\r\nworld.\r\n"
#define TAGS(more) \
	" v=1; a=rsa-sha256; d=" DOMAIN "; s=sel; h=from:to:subject;" \
	more " bh=$H; b=$B"
#define ED_TAGS \
	" v=1; a=ed25519-sha256; d=" DOMAIN "; s=sel; h=from:to:subject;" \
	" bh=$H; b=$B"
#define RELAXED	" c=relaxed/relaxed;"
#define NOW	1700000000
#define REVOKED	"v=DKIM1; p="
#define NONE	""
#define KEY_RSA_512 \
	"p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL1KxGOg+5rrqjFIzRLXuAN9wIhL3o" \
	"YQTw6gnrxnMcS+0LbI6dqBurqSCJtzQovTtr6gnreFY2Em/xceykJkAUMCAwEAAQ=="

#define ROW(t, w, r, ...) { .tags = t, .want = w, .reason = r, __VA_ARGS__ }

static const struct row {
	const char *tags;
	enum result want;
	const char *reason;	/* NULL: none */
	const char *record;	/* NULL: the one of RFC 8463; NONE: none */
	const char *header;	/* as signed; NULL: HEADER */
	const char *body;	/* as signed; NULL: BODY */
	const char *got_header;	/* as it arrives; NULL: as signed */
	const char *got_body;
	unsigned min_bits;
	unsigned drift;
	bool accept_partial;
	bool testing;
	unsigned bits;		/* of the key seen; 0: 1024 */
} rows[] = {
	/* 6.1.3: good */
	ROW(TAGS(""), RESULT_PASS, NULL),
	ROW(TAGS(RELAXED), RESULT_PASS, NULL),
	ROW(TAGS(" c=relaxed;"), RESULT_PASS, NULL),
	ROW(TAGS(" c=simple/relaxed;"), RESULT_PASS, NULL),
	ROW(ED_TAGS, RESULT_PASS, NULL, .record = DKIMTEST_ED_RECORD,
	    .bits = 256),
	ROW(TAGS(" q=dns/txt; foo=bar; z=From:a|To:b=40c;"), RESULT_PASS,
	    NULL),
	ROW("\r\n\tb = $B;\r\n\tbh = $H ; v = 1;h=From : \r\n\tFrom;"
	    "a=rsa-sha256;\td=EXAMPLE.com;s=SEL; c=simple/simple\r\n ;\r\n ",
	    RESULT_PASS, NULL),
	ROW(TAGS(""), RESULT_PASS, NULL, .body = ""),
	ROW(TAGS(RELAXED), RESULT_PASS, NULL, .body = ""),
	ROW(TAGS(""), RESULT_PASS, NULL, .body = "\n"),
	ROW(TAGS(""), RESULT_PASS, NULL, .body = "\r"),
	ROW(TAGS(RELAXED), RESULT_PASS, NULL, .body = "\r"),
	ROW(TAGS(""), RESULT_PASS, NULL, .body = "\r\n", .got_body = ""),
	/* 3.4.3, 3.4.4: what does not matter, and what does */
	ROW(TAGS(""), RESULT_PASS, NULL, .got_body = BODY "\r\n\r\n"),
	ROW(TAGS(""), RESULT_FAIL, "body hash did not verify",
	    .got_body = "Hello, \r\n\r\nworld.\r\n"),
	ROW(TAGS(RELAXED), RESULT_PASS, NULL,
	    .got_body = "Hello, \r\n\r\nworld.\t\r\n \r\n"),
	ROW(TAGS(RELAXED), RESULT_FAIL, "body hash did not verify",
	    .got_body = "Hello,\r\nworld.\r\n"),
	ROW(TAGS(RELAXED), RESULT_PASS, NULL, .got_header =
	    "FROM:a@example.com\r\nto: \tb@example.org \r\n"
	    "Subject:\r\n Hi\r\n"),
	ROW(TAGS(""), RESULT_FAIL, "signature did not verify", .got_header =
	    "FROM: a@example.com\r\nTo: b@example.org\r\nSubject: Hi\r\n"),
	ROW(TAGS(RELAXED), RESULT_FAIL, "signature did not verify",
	    .got_header = "From: a@example.com\r\nTo: b@example.org\r\n"
	    "Subject: Ho\r\n"),
	ROW(TAGS(RELAXED), RESULT_FAIL, "signature did not verify",
	    .got_header = "From: a@example.com\r\nTo: b@example.org\r\n"),
	/* the MTA hands on a space before the colon as it was */
	ROW(TAGS(""), RESULT_PASS, NULL, .header =
	    "From: a@example.com\r\nTo: b@example.org\r\nSubject : Hi\r\n"),
	ROW(TAGS(RELAXED), RESULT_PASS, NULL, .header =
	    "From: a@example.com\r\nTo: b@example.org\r\nSubject : Hi\r\n",
	    .got_header = HEADER),

	/* 5.4.2, 8.15: fields that are added; oversigning */
	ROW(TAGS(RELAXED), RESULT_PASS, NULL,
	    .got_header = "X-List: 1\r\n" HEADER "Received: x\r\n"),
	ROW(" v=1; a=rsa-sha256; d=" DOMAIN "; s=sel; h=from:from; bh=$H; b=$B",
	    RESULT_FAIL, "signature did not verify",
	    .got_header = "From: ceo@example.com\r\n" HEADER),
	ROW(TAGS(RELAXED), RESULT_POLICY, "a field was added to a signed one",
	    .got_header = "From: ceo@example.com\r\n" HEADER),
	ROW(TAGS(RELAXED), RESULT_POLICY, "a field was added to a signed one",
	    .got_header = "SUBJECT : You won\r\n" HEADER),
	ROW(TAGS(RELAXED), RESULT_FAIL, "signature did not verify",
	    .got_header = HEADER "Subject: You won\r\n"),
	ROW(" v=1; a=rsa-sha256; d=" DOMAIN "; s=sel; h=from:content-type;"
	    " bh=$H; b=$B", RESULT_POLICY,
	    "a field was added to a signed one",
	    .header = HEADER "Content-Type: text/plain\r\n", .got_header =
	    "Content-Type: text/html\r\n" HEADER "Content-Type: text/plain"
	    "\r\n"),
	ROW(" v=1; a=rsa-sha256; d=" DOMAIN "; s=sel; h=from:received;"
	    " bh=$H; b=$B", RESULT_PASS, NULL,
	    .header = "Received: a\r\n" HEADER,
	    .got_header = "Received: b\r\nReceived: a\r\n" HEADER),
	/* two that were both signed are the signer's business */
	ROW(" v=1; a=rsa-sha256; d=" DOMAIN "; s=sel; h=from:subject:subject;"
	    " bh=$H; b=$B", RESULT_PASS, NULL,
	    .header = "Subject: one\r\n" HEADER),

	/* 3.5, l=; Zone.ee (2024): text put behind it */
	ROW(TAGS(" l=18;"), RESULT_PASS, NULL),
	ROW(TAGS(" l=18;"), RESULT_POLICY, "body goes on past l=",
	    .got_body = BODY "<h1>Buy!</h1>\r\n"),
	ROW(TAGS(" l=18;"), RESULT_PASS, "body goes on past l=",
	    .got_body = BODY "<h1>Buy!</h1>\r\n", .accept_partial = true),
	ROW(TAGS(" l=0;"), RESULT_POLICY, "body goes on past l="),
	ROW(TAGS(RELAXED " l=0;"), RESULT_PASS, NULL, .body = ""),
	ROW(TAGS(" l=18;"), RESULT_FAIL, "body hash did not verify",
	    .got_body = "Hello,\r\n\r\nearth.\r\n"),
	ROW(TAGS(" l=18;"), RESULT_FAIL, "body is shorter than l=",
	    .got_body = "Hello,\r\n\r\nworld\r\n"),
	ROW(TAGS(" l=19;"), RESULT_PERMERROR, "l= is more than the body has"),
	ROW(TAGS(" l=99999999999999999999999999;"), RESULT_PERMERROR,
	    "l= is more than the body has"),

	/* 3.5, t= and x= with ClockDrift */
	ROW(TAGS(" t=1699999999; x=1700000000;"), RESULT_PASS, NULL),
	ROW(TAGS(" x=1699999999;"), RESULT_FAIL, "signature expired",
	    .bits = 1),
	ROW(TAGS(" x=1699999999;"), RESULT_PASS, NULL, .drift = 1),
	ROW(TAGS(" x=1699999998;"), RESULT_FAIL, "signature expired",
	    .drift = 1, .bits = 1),
	ROW(TAGS(" x=0;"), RESULT_FAIL, "signature expired", .bits = 1),
	ROW(TAGS(" t=1700000000;"), RESULT_PASS, NULL),
	ROW(TAGS(" t=1700000001;"), RESULT_PERMERROR,
	    "signature is from the future", .bits = 1),
	ROW(TAGS(" t=1700000300;"), RESULT_PASS, NULL, .drift = 300),
	ROW(TAGS(" t=1700000301;"), RESULT_PERMERROR,
	    "signature is from the future", .drift = 300, .bits = 1),
	ROW(TAGS(" t=99999999999999;"), RESULT_PERMERROR,
	    "signature is from the future", .drift = 4294967295u,
	    .bits = 1),
	ROW(TAGS(" x=99999999999999;"), RESULT_PASS, NULL),

	/* 6.1.1: fields that are not even tried */
	ROW(TAGS(" i=a@example.org;"), RESULT_PERMERROR,
	    "i= is not within d=", .bits = 1),
	ROW(" v=1; a=rsa-sha1; d=" DOMAIN "; s=sel; h=from; bh=$H; b=$B",
	    RESULT_PERMERROR, "rsa-sha1 is not accepted", .bits = 1),
	ROW(TAGS(" from;"), RESULT_NEUTRAL, "syntax error in tag list",
	    .bits = 1),
	ROW(TAGS(" d=example.org;"), RESULT_NEUTRAL, "duplicate tag",
	    .bits = 1),
	ROW(" v=1; a=rsa-sha256; d=" DOMAIN "; s=sel; h=:::::::::::from;"
	    " bh=$H; b=$B", RESULT_PERMERROR,
	    "h= is not a list of field names", .bits = 1),

	/* 3.6.1, 6.1.2: the key */
	ROW(TAGS(""), RESULT_PERMERROR, "no key for signature", .record = NONE,
	    .bits = 1),
	ROW(TAGS(""), RESULT_PERMERROR, "key revoked", .record = REVOKED,
	    .bits = 1),
	ROW(TAGS(""), RESULT_PERMERROR, "not a DKIM1 key record",
	    .record = "v=spf1 -all", .bits = 1),
	ROW(TAGS(""), RESULT_PERMERROR, "key is of another type than a=",
	    .record = DKIMTEST_ED_RECORD, .bits = 1),
	ROW(ED_TAGS, RESULT_PERMERROR, "key is of another type than a=",
	    .bits = 1),
	ROW(TAGS(""), RESULT_PERMERROR, "RSA key below 1024 bits",
	    .record = KEY_RSA_512, .bits = 1),
	ROW(TAGS(""), RESULT_PASS, NULL, .record =
	    DKIMTEST_RSA_RECORD "; t=y", .testing = true),
	ROW(TAGS(RELAXED), RESULT_FAIL, "body hash did not verify", .record =
	    DKIMTEST_RSA_RECORD "; t=y", .testing = true, .got_body = "x"),
	ROW(TAGS(" i=a@example.com;"), RESULT_PASS, NULL, .record =
	    DKIMTEST_RSA_RECORD "; t=s"),
	ROW(TAGS(" i=a@sub.example.com;"), RESULT_PASS, NULL),
	ROW(TAGS(" i=a@sub.example.com;"), RESULT_PERMERROR,
	    "i= is not d= and the key says t=s", .record =
	    DKIMTEST_RSA_RECORD "; t=s", .bits = 1),
	/* the key comes before the body, as in 6.1 */
	ROW(TAGS(""), RESULT_PERMERROR, "key revoked", .record = REVOKED,
	    .got_body = "x", .bits = 1),

	/* MinimumKeyBits */
	ROW(TAGS(""), RESULT_PASS, NULL, .min_bits = 1024),
	ROW(TAGS(""), RESULT_POLICY, "key is shorter than we accept",
	    .min_bits = 1025),
	ROW(TAGS(""), RESULT_FAIL, "body hash did not verify",
	    .min_bits = 2048, .got_body = "x"),
	ROW(ED_TAGS, RESULT_PASS, NULL, .record = DKIMTEST_ED_RECORD,
	    .min_bits = 2048, .bits = 256),
	ROW(TAGS(""), RESULT_PERMERROR, "RSA key below 1024 bits",
	    .record = KEY_RSA_512, .min_bits = 512, .bits = 1),

	/* Signatures that are none. */
	ROW(" v=1; a=rsa-sha256; d=" DOMAIN "; s=sel; h=from; bh=$H; b=AAAA",
	    RESULT_FAIL, "signature did not verify"),
	ROW(" v=1; a=ed25519-sha256; d=" DOMAIN "; s=sel; h=from; bh=$H; "
	    "b=AAAA", RESULT_FAIL, "signature did not verify",
	    .record = DKIMTEST_ED_RECORD, .bits = 256),
	ROW(" v=1; a=rsa-sha256; d=" DOMAIN "; s=sel; h=from; b=$B; "
	    "bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=", RESULT_FAIL,
	    "body hash did not verify"),
};

/* A table, a resolver over it, a scope. */
struct world {
	struct dnstable	*table;
	struct dns	*dns;
	struct dns_scope *scope;
};

static struct world
world_new(unsigned budget)
{
	struct world w;

	w.table = dnstable_new();
	w.dns = dnstable_open(w.table);
	w.scope = dns_scope_new(w.dns, budget);
	ck_assert_ptr_nonnull(w.scope);
	return w;
}

static void
world_free(struct world *w)
{
	dns_scope_free(w->scope);
	dns_free(w->dns);
}

static const struct dkim_settings plain = {
	.max_signatures = DKIM_DEFAULT_SIGNATURES,
	.min_key_bits = 1024,
};

/* Verify a message; NULL when there was no memory even to begin. */
static const struct dkim_result *
verify(struct arena *a, struct dns_scope *dns,
    const struct dkim_settings *set, const struct headers *h,
    const char *author, const char *body, size_t *n_out)
{
	struct bodyhash *b = bodyhash_new();
	const struct dkim_result *r = NULL;
	struct dkim_verifier *v;
	size_t half = strlen(body) / 2;

	v = dkim_verifier_new(a, set, h, span_of(author), b);
	*n_out = 0;
	if (v != NULL) {
		bodyhash_feed(b, body, half);
		bodyhash_feed(b, body + half, strlen(body) - half);
		bodyhash_finish(b);
		r = dkim_verifier_finish(v, dns, NOW, n_out);
	}
	bodyhash_free(b);
	return r;
}

static void
add_signature(struct headers *h, struct span value)
{
	ck_assert(headers_add(h, SPAN("DKIM-Signature"), SPAN(""), value));
}

static void
split(struct headers *h, const char *text)
{
	struct span rest;

	message_split(span_of(text), h, &rest);
}

static const char *
or_else(const char *p, const char *otherwise)
{
	return p != NULL ? p : otherwise;
}

static void
check_row(const struct row *row)
{
	struct world w = world_new(10);
	struct dkim_settings set = plain;
	const char *header = or_else(row->header, HEADER);
	const char *body = or_else(row->body, BODY);
	const char *record = or_else(row->record, DKIMTEST_RSA_RECORD);
	const struct dkim_result *r;
	struct headers h;
	size_t n;

	set.min_key_bits = row->min_bits;
	set.clock_drift = row->drift;
	set.accept_partial_body = row->accept_partial;
	if (*record != '\0')
		dnstable_txt(w.table, NAME, span_of(record));
	headers_init(&h, arena, 0);
	add_signature(&h, dkimtest_sign(arena, row->tags, header, body));
	split(&h, or_else(row->got_header, header));
	r = verify(arena, w.scope, &set, &h, DOMAIN,
	    or_else(row->got_body, body), &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_msg(r->result == row->want, "row %d: %s, %s",
	    (int)(row - rows), result_name(r->result),
	    or_else(r->reason, "no reason"));
	ck_assert_msg(strcmp(or_else(r->reason, ""),
	    or_else(row->reason, "")) == 0, "row %d: %s", (int)(row - rows),
	    or_else(r->reason, "no reason"));
	ck_assert_int_eq(r->testing, row->testing);
	ck_assert(!r->untried);
	ck_assert_msg(r->key_bits == (row->bits == 0 ? 1024 :
	    row->bits == 1 ? 0 : row->bits), "row %d: %u bits",
	    (int)(row - rows), r->key_bits);
	world_free(&w);
}

START_TEST(signatures_are_judged)
{
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		check_row(&rows[i]);
}
END_TEST

/*
 * MustBeSigned (opendkim.conf(5)): what is there of these must be covered,
 * every one of it.
 */
START_TEST(some_fields_must_be_signed)
{
	static const struct {
		const char *must;	/* a word each */
		const char *names;	/* h= */
		const char *above;	/* put above what was signed */
		enum result want;
	} cases[] = {
		{ "Subject", "from:subject", "", RESULT_PASS },
		{ "sUBJECT From", "from:subject", "", RESULT_PASS },
		{ "Subject", "from", "", RESULT_POLICY },
		{ "To Subject", "from:subject", "", RESULT_POLICY },
		{ "Cc", "from", "", RESULT_PASS },
		{ "Cc", "from:cc", "", RESULT_PASS },
		{ "Cc", "from", "Cc: c@example.com\r\n", RESULT_POLICY },
		{ "X-A", "from:x-a", "X-A: 1\r\n", RESULT_FAIL },
		{ "Received", "from:received", "Received: 1\r\n",
		    RESULT_FAIL },
	};
	size_t i, k;

	for (i = 0; i < NROWS(cases); i++) {
		struct world w = world_new(10);
		struct dkim_settings set = plain;
		struct span rest = span_of(cases[i].must), must[4];
		const struct dkim_result *r;
		struct headers h;
		size_t n;

		for (k = 0; span_next(&rest, ' ', &must[k]);)
			k++;
		set.must_be_signed = (struct name_list){ must, k };
		dnstable_txt(w.table, NAME, SPAN(DKIMTEST_RSA_RECORD));
		headers_init(&h, arena, 0);
		add_signature(&h, dkimtest_sign(arena, arena_printf(arena,
		    " v=1; a=rsa-sha256; d=" DOMAIN "; s=sel; h=%s; bh=$H; "
		    "b=$B", cases[i].names), HEADER, BODY));
		split(&h, arena_printf(arena, "%s" HEADER, cases[i].above));
		r = verify(arena, w.scope, &set, &h, DOMAIN, BODY, &n);
		ck_assert_msg(r->result == cases[i].want, "case %zu: %s", i,
		    result_name(r->result));
		if (r->result == RESULT_POLICY)
			ck_assert_str_eq(r->reason,
			    "a field that must be signed is not");
		ck_assert_int_eq(r->cause, DKIM_CAUSE_SIGNATURE);
		world_free(&w);
	}
}
END_TEST

/* ---- DNS ---------------------------------------------------------------- */

/* Verify the plain message over `w`. */
static struct dkim_result
verify_plain(struct world *w, const char *tags)
{
	const struct dkim_result *r;
	struct headers h;
	size_t n;

	headers_init(&h, arena, 0);
	add_signature(&h, dkimtest_sign(arena, tags, HEADER, BODY));
	split(&h, HEADER);
	r = verify(arena, w->scope, &plain, &h, DOMAIN, BODY, &n);
	ck_assert_uint_eq(n, 1);
	return r[0];
}

static void
check_plain(struct world *w, const char *tags, enum result want,
    const char *reason)
{
	struct dkim_result r = verify_plain(w, tags);

	ck_assert_msg(r.result == want, "%s, %s", result_name(r.result),
	    or_else(r.reason, "no reason"));
	ck_assert_str_eq(or_else(r.reason, ""), reason);
}

/* Who is to blame, which the On- options ask for. */
START_TEST(causes_are_told)
{
	static const struct {
		const char *tags;
		const char *record;	/* NULL: none */
		bool silent;
		enum dkim_cause want;
	} cases[] = {
		{ TAGS(""), NULL, false, DKIM_CAUSE_KEY },
		{ TAGS(""), REVOKED, false, DKIM_CAUSE_KEY },
		{ TAGS(""), KEY_RSA_512, false, DKIM_CAUSE_KEY },
		{ TAGS(""), DKIMTEST_ED_RECORD, false, DKIM_CAUSE_KEY },
		{ TAGS(""), NULL, true, DKIM_CAUSE_DNS },
		{ TAGS(" i=a@example.org;"), NULL, false,
		    DKIM_CAUSE_SIGNATURE },
		{ TAGS(" x=1;"), NULL, false, DKIM_CAUSE_SIGNATURE },
		{ TAGS(" from;"), NULL, true, DKIM_CAUSE_SIGNATURE },
		{ TAGS(" l=19;"), DKIMTEST_RSA_RECORD, false,
		    DKIM_CAUSE_SIGNATURE },
	};
	size_t i;

	for (i = 0; i < NROWS(cases); i++) {
		struct world w = world_new(10);
		struct dkim_result r;

		if (cases[i].record != NULL)
			dnstable_txt(w.table, NAME, span_of(cases[i].record));
		if (cases[i].silent)
			dnstable_fail(w.table, NAME, 0);
		r = verify_plain(&w, cases[i].tags);
		ck_assert_int_ne(r.result, RESULT_PASS);
		ck_assert_msg(r.cause == cases[i].want, "case %zu", i);
		world_free(&w);
	}
}
END_TEST

/* 6.1.2, steps 2 and 3 */
START_TEST(dns_says_no_or_nothing)
{
	struct world w = world_new(10);

	dnstable_fail(w.table, NAME, 0);
	check_plain(&w, TAGS(""), RESULT_TEMPERROR,
	    "key could not be looked up");
	world_free(&w);
	w = world_new(10);
	dnstable_exists(w.table, NAME);
	check_plain(&w, TAGS(""), RESULT_PERMERROR, "no key for signature");
	world_free(&w);
	w = world_new(0);
	dnstable_txt(w.table, NAME, SPAN(DKIMTEST_RSA_RECORD));
	check_plain(&w, TAGS(""), RESULT_TEMPERROR, "too many DNS questions");
	world_free(&w);
	w = world_new(10);
	dnstable_txt(w.table, NAME, SPAN(DKIMTEST_RSA_RECORD));
	dnstable_delay(w.table, 200, 200, 1);
	dns_scope_deadline(w.scope, clock_mono_ms() + 20);
	check_plain(&w, TAGS(""), RESULT_TEMPERROR,
	    "key could not be looked up");
	world_free(&w);
	w = world_new(10);
	dnstable_cname(w.table, NAME, "keys.example.org");
	dnstable_txt(w.table, "keys.example.org", SPAN(DKIMTEST_RSA_RECORD));
	check_plain(&w, TAGS(""), RESULT_PASS, "");
	world_free(&w);
}
END_TEST

#define L60	"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"

/* A name that is too long is never asked for. */
START_TEST(key_names_are_bounded)
{
	struct world w = world_new(10);

	check_plain(&w, " v=1; a=rsa-sha256; d=" L60 "." L60 "; s=" L60 "."
	    L60 "; h=from; bh=$H; b=$B", RESULT_PERMERROR,
	    "d= and s= make no name for a key");
	ck_assert_uint_eq(dnstable_asked(w.table), 0);
	world_free(&w);
}
END_TEST

/* 6.1.2, step 4: each record is tried. */
START_TEST(keys_are_all_tried)
{
	static const char other[] =	/* RFC 6376, C: another key */
	    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEm"
	    "GqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631"
	    "uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf"
	    "6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB; t=y";
	static const struct {
		const char *first;
		size_t times;
		const char *then;	/* NULL: no more */
		enum result want;
		const char *reason;
		bool testing;
	} keys[] = {
		{ other, 1, NULL, RESULT_FAIL, "signature did not verify",
		    true },
		{ other, 1, DKIMTEST_RSA_RECORD, RESULT_PASS, "", false },
		{ other, 7, DKIMTEST_RSA_RECORD, RESULT_PASS, "", false },
		{ other, 8, DKIMTEST_RSA_RECORD, RESULT_FAIL,
		    "signature did not verify", true },
		{ "v=spf1 -all", 1, DKIMTEST_RSA_RECORD, RESULT_PASS, "",
		    false },
		{ REVOKED, 1, DKIMTEST_RSA_RECORD, RESULT_PASS, "", false },
		{ DKIMTEST_ED_RECORD, 1, DKIMTEST_RSA_RECORD, RESULT_PASS,
		    "", false },
		{ DKIMTEST_ED_RECORD, 1, REVOKED, RESULT_PERMERROR,
		    "key revoked", false },
		{ DKIMTEST_RSA_RECORD "; t=s", 1, other, RESULT_PASS, "",
		    false },
	};
	size_t i, k;

	for (i = 0; i < NROWS(keys); i++) {
		struct world w = world_new(10);
		struct dkim_result r;

		for (k = 0; k < keys[i].times; k++)
			dnstable_txt(w.table, NAME, span_of(keys[i].first));
		if (keys[i].then != NULL)
			dnstable_txt(w.table, NAME, span_of(keys[i].then));
		r = verify_plain(&w, TAGS(""));
		ck_assert_msg(r.result == keys[i].want, "row %zu: %s", i,
		    result_name(r.result));
		ck_assert_str_eq(or_else(r.reason, ""), keys[i].reason);
		ck_assert_int_eq(r.testing, keys[i].testing);
		world_free(&w);
	}
}
END_TEST

START_TEST(keys_are_asked_ahead)
{
	struct world w = world_new(10);
	struct bodyhash *body = bodyhash_new();
	struct dkim_verifier *v;
	struct headers h;

	headers_init(&h, arena, 0);
	headers_add(&h, SPAN("DKIM-Signature"), SPAN(""),
	    SPAN(" v=1; a=rsa-sha256; d=Example.COM; s=Sel; h=from; "
	    "bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=; b=AAAA"));
	headers_add(&h, SPAN("DKIM-Signature"), SPAN(""),
	    SPAN("v=1; d=example.org; s=sel"));
	v = dkim_verifier_new(arena, &plain, &h, SPAN("example.com"), body);
	ck_assert_ptr_nonnull(v);
	ck_assert_uint_eq(dnstable_asked(w.table), 0);
	dkim_verifier_prefetch(v, w.scope);
	ck_assert_uint_eq(dnstable_asked(w.table), 1);
	ck_assert_str_eq(dnstable_question(w.table, 0), "TXT " NAME);
	bodyhash_free(body);
	world_free(&w);
}
END_TEST

/* ---- several signatures ------------------------------------------------- */

static struct span
signature_of(const char *domain)
{
	return dkimtest_sign(arena, arena_printf(arena, " v=1; "
	    "a=ed25519-sha256; d=%s; s=sel; h=from; bh=$H; b=$B", domain),
	    HEADER, BODY);
}

/* Of a domain that has nothing to do with the author, "dN.example.org". */
static struct span
signature_of_stranger(size_t n)
{
	return signature_of(arena_printf(arena, "d%zu.example.org", n));
}

/* No signature, no result. */
START_TEST(none_is_none)
{
	struct world w = world_new(10);
	struct headers h;
	size_t n = 5;

	headers_init(&h, arena, 0);
	split(&h, HEADER);
	ck_assert_ptr_nonnull(verify(arena, w.scope, &plain, &h, DOMAIN, BODY,
	    &n));
	ck_assert_uint_eq(n, 0);
	world_free(&w);
}
END_TEST

/* SEMANTICS: the author's domain, its parents and children come first. */
START_TEST(the_author_goes_first)
{
	static const char *const related[] = {
		"example.com", "mail.example.com", "a.b.mail.example.com",
	};
	static const char *const unrelated[] = {
		"example.net", "other.example.com", "notmail.example.com",
	};
	size_t i, k, n;

	for (i = 0; i < 3; i++)
		for (k = 0; k < 2; k++) {
			const char *domain = k == 0 ? related[i] :
			    unrelated[i];
			struct world w = world_new(100);
			const struct dkim_result *r;
			struct headers h;
			size_t s;

			headers_init(&h, arena, 0);
			for (s = 0; s < DKIM_DEFAULT_SIGNATURES; s++)
				add_signature(&h, signature_of_stranger(s));
			add_signature(&h, signature_of(domain));
			split(&h, HEADER);
			dnstable_txt(w.table, arena_printf(arena,
			    "sel._domainkey.%s", domain),
			    SPAN(DKIMTEST_ED_RECORD));
			dnstable_txt(w.table, "sel._domainkey.d0.example.org",
			    SPAN(DKIMTEST_ED_RECORD));
			r = verify(arena, w.scope, &plain, &h,
			    "mail.example.com", BODY, &n);
			ck_assert_uint_eq(n, 11);
			ck_assert_int_eq(r[0].result, RESULT_PASS);
			ck_assert_int_eq(r[10].untried, k == 1);
			ck_assert_int_eq(r[10].result, k == 1 ?
			    RESULT_POLICY : RESULT_PASS);
			ck_assert_int_eq(r[9].untried, k == 0);
			if (k == 1)
				ck_assert_str_eq(r[10].reason,
				    "not tried: too many signatures");
			assert_span(r[10].sig.domain, domain);
			ck_assert_str_eq(dnstable_question(w.table, 0),
			    arena_printf(arena, "TXT sel._domainkey.%s",
			    k == 0 ? domain : "d0.example.org"));
			world_free(&w);
		}
}
END_TEST

/* The cap at n and n + 1; what cannot be tried takes no turn. */
START_TEST(tries_are_bounded)
{
	static const struct {
		size_t max, signatures, tried;
	} caps[] = {
		{ 10, 10, 10 }, { 10, 11, 10 }, { 1, 3, 1 }, { 0, 2, 0 },
		{ 1000, 24, 24 }, { 1000, 25, 24 },
	};
	size_t i, k, n, tried;

	for (i = 0; i < NROWS(caps); i++) {
		struct world w = world_new(100);
		struct dkim_settings set = plain;
		const struct dkim_result *r;
		struct headers h;

		set.max_signatures = caps[i].max;
		headers_init(&h, arena, 0);
		for (k = 0; k < caps[i].signatures; k++) {
			add_signature(&h, SPAN(" v=1; junk"));
			add_signature(&h, signature_of_stranger(k));
		}
		split(&h, HEADER);
		r = verify(arena, w.scope, &set, &h, DOMAIN, BODY, &n);
		ck_assert_uint_eq(n, 2 * caps[i].signatures);
		for (k = tried = 0; k < n; k++) {
			ck_assert_int_ne(r[k].result, RESULT_PASS);
			ck_assert_int_ne(r[k].result, RESULT_NONE);
			tried += k % 2 == 1 && !r[k].untried;
		}
		ck_assert_uint_eq(tried, caps[i].tried);
		ck_assert_uint_eq(dnstable_asked(w.table), caps[i].tried);
		world_free(&w);
	}
}
END_TEST

START_TEST(reports_are_bounded)
{
	struct world w = world_new(100);
	struct headers h;
	size_t k, n;

	headers_init(&h, arena, 0);
	for (k = 0; k < DKIM_MAX_REPORTED; k++)
		add_signature(&h, SPAN(" junk"));
	split(&h, HEADER);
	(void)verify(arena, w.scope, &plain, &h, DOMAIN, BODY, &n);
	ck_assert_uint_eq(n, DKIM_MAX_REPORTED);
	add_signature(&h, signature_of(DOMAIN));
	(void)verify(arena, w.scope, &plain, &h, DOMAIN, BODY, &n);
	ck_assert_uint_eq(n, DKIM_MAX_REPORTED);
	ck_assert_uint_eq(dnstable_asked(w.table), 0);
	world_free(&w);
}
END_TEST

/* Each has its own result, in the order of the header. */
START_TEST(signatures_are_judged_by_themselves)
{
	struct world w = world_new(10);
	const struct dkim_result *r;
	struct headers h;
	size_t n;

	dnstable_txt(w.table, NAME, SPAN(DKIMTEST_RSA_RECORD));
	dnstable_txt(w.table, NAME, SPAN(DKIMTEST_ED_RECORD));
	dnstable_fail(w.table, "sel._domainkey.example.net", 0);
	headers_init(&h, arena, 0);
	add_signature(&h, dkimtest_sign(arena, TAGS(" l=5;"), HEADER, BODY));
	add_signature(&h, dkimtest_sign(arena, TAGS(RELAXED), HEADER, BODY));
	add_signature(&h, signature_of("example.net"));
	split(&h, "X: y\r\n");
	add_signature(&h, dkimtest_sign(arena, ED_TAGS, HEADER, BODY));
	add_signature(&h, dkimtest_sign(arena, TAGS(""), HEADER, "other"));
	split(&h, HEADER);
	r = verify(arena, w.scope, &plain, &h, DOMAIN, BODY, &n);
	ck_assert_uint_eq(n, 5);
	ck_assert_int_eq(r[0].result, RESULT_POLICY);
	ck_assert_int_eq(r[1].result, RESULT_PASS);
	ck_assert_int_eq(r[2].result, RESULT_TEMPERROR);
	ck_assert_int_eq(r[3].result, RESULT_PASS);
	ck_assert_int_eq(r[4].result, RESULT_FAIL);
	ck_assert_uint_eq(r[3].key_bits, 256);
	/* a name is asked for once */
	ck_assert_uint_eq(dnstable_asked(w.table), 2);
	world_free(&w);
}
END_TEST

/*
 * A large header under a long h=: the work is the sum of both, not their
 * product. Ten signatures, each of 512 names, over as many fields as are kept.
 */
START_TEST(long_lists_stay_cheap)
{
	struct world w = world_new(10);
	const struct dkim_result *r;
	struct strbuf sb;
	struct headers h;
	int64_t start;
	size_t i, n;

	dnstable_txt(w.table, NAME, SPAN(DKIMTEST_RSA_RECORD));
	strbuf_init(&sb, arena);
	strbuf_adds(&sb, " v=1; a=rsa-sha256; d=" DOMAIN "; s=sel; bh=$H; "
	    "b=$B; c=relaxed; h=from");
	for (i = 1; i < DKIM_MAX_SIGNED_FIELDS; i++)
		strbuf_adds(&sb, ":aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	headers_init(&h, arena, 0);
	for (i = 0; i < 10; i++)
		add_signature(&h, dkimtest_sign(arena, strbuf_str(&sb),
		    HEADER, BODY));
	for (i = 0; i < HEADERS_MAX_FIELDS - 20; i++)
		ck_assert(headers_add(&h, SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaab"), SPAN(""), SPAN("")));
	split(&h, HEADER);
	start = clock_mono_ms();
	r = verify(arena, w.scope, &plain, &h, DOMAIN, BODY, &n);
	ck_assert_int_eq(r[0].result, RESULT_PASS);
	ck_assert_int_lt(clock_mono_ms() - start, 2000);
	world_free(&w);
}
END_TEST

/* ---- no memory ---------------------------------------------------------- */

/*
 * A whole verification in which the nth allocation of a block fails, or that
 * has only so many bytes: a good message then passes or cannot be told, a bad
 * one never passes. Returns whether it went through.
 */
static bool
verify_short(long nth, size_t limit, bool good)
{
	static struct span sig;
	struct world w = world_new(10);
	const struct dkim_result *r = NULL;
	struct headers h;
	struct arena *a;
	size_t n;
	bool through;

	if (sig.p == NULL)
		sig = dkimtest_sign(arena, TAGS(RELAXED), HEADER, BODY);
	dnstable_txt(w.table, NAME, SPAN(DKIMTEST_RSA_RECORD));
	headers_init(&h, arena, 0);
	add_signature(&h, sig);
	split(&h, HEADER);
	arena_fail_after(nth);
	a = arena_new(limit);
	if (a != NULL)
		r = verify(a, w.scope, &plain, &h, DOMAIN,
		    good ? BODY : "Bye\r\n", &n);
	arena_fail_after(-1);
	through = r != NULL && r->result != RESULT_TEMPERROR;
	if (through)
		ck_assert_int_eq(r->result, good ? RESULT_PASS : RESULT_FAIL);
	arena_free(a);
	world_free(&w);
	return through;
}

START_TEST(memory_may_fail)
{
	size_t limit, failed;
	long nth;
	int good;

	(void)verify_short(-1, 0, true);	/* makes the signature */
	for (good = 0; good < 2; good++) {
		for (nth = 0, failed = 0; nth < 40; nth++)
			failed += !verify_short(nth, 0, good);
		ck_assert_uint_gt(failed, 0);
		ck_assert(verify_short(nth, 0, good));
		for (limit = 16, failed = 0; limit < 100000; limit += 16) {
			if (verify_short(-1, limit, good))
				break;
			failed++;
		}
		ck_assert_uint_gt(failed, 50);
		ck_assert(verify_short(-1, limit, good));
	}
}
END_TEST

/* ---- threads ------------------------------------------------------------ */

static void *
verify_again(void *ctx)
{
	struct dns *dns = ctx;
	int i, passed = 0;

	for (i = 0; i < 50; i++) {
		struct dns_scope *scope = dns_scope_new(dns, 10);
		struct arena *a = arena_new(0);
		const struct dkim_result *r;
		struct span rest;
		struct headers h;
		size_t n;

		headers_init(&h, a, 0);
		(void)headers_add(&h, SPAN("DKIM-Signature"), SPAN(""),
		    dkimtest_sign(a, i % 2 == 0 ? TAGS("") : ED_TAGS, HEADER,
		    BODY));
		message_split(SPAN(HEADER), &h, &rest);
		r = verify(a, scope, &plain, &h, DOMAIN, BODY, &n);
		passed += n == 1 && r->result == RESULT_PASS;
		arena_free(a);
		dns_scope_free(scope);
	}
	return passed == 50 ? dns : NULL;
}

/* Parsed keys are shared: their first use, and all others, at once. */
START_TEST(keys_are_shared_by_threads)
{
	struct world w = world_new(10);
	pthread_t thread[4];
	void *good;
	size_t i;

	dnstable_txt(w.table, NAME, SPAN(DKIMTEST_RSA_RECORD));
	dnstable_txt(w.table, NAME, SPAN(DKIMTEST_ED_RECORD));
	for (i = 0; i < NROWS(thread); i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL,
		    verify_again, w.dns), 0);
	for (i = 0; i < NROWS(thread); i++) {
		ck_assert_int_eq(pthread_join(thread[i], &good), 0);
		ck_assert_ptr_nonnull(good);
	}
	world_free(&w);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		octets_are_those_of_the_rfc, signatures_are_judged,
		some_fields_must_be_signed, causes_are_told,
		dns_says_no_or_nothing, key_names_are_bounded,
		keys_are_all_tried, keys_are_asked_ahead, none_is_none,
		the_author_goes_first, tries_are_bounded, reports_are_bounded,
		signatures_are_judged_by_themselves, long_lists_stay_cheap,
		memory_may_fail, keys_are_shared_by_threads,
	};
	int rc;

	arena = arena_new(0);
	rc = TESTLIB_RUN("dkim_verify", tests);
	arena_free(arena);
	return rc;
}
