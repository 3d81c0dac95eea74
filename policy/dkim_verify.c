/* The verifier: which signatures are tried, and what comes of each. */
#include "config.h"
#include "policy/dkim.h"

#include "base/strbuf.h"
#include "message/domain.h"
#include "policy/dkim_data.h"
#include "policy/dkim_key.h"

struct dkim_verifier {
	struct arena	*arena;
	const struct dkim_settings *set;
	const struct headers *headers;
	struct bodyhash	*body;
	struct dkim_result *result;	/* one a signature, top first */
	size_t		 count;
	int		*wish;		/* of the body hash, of each */
	size_t		*turn;		/* those that are tried, in order */
	size_t		 nturns;
};

/* What is the same for all signatures of a message, while they are judged. */
struct trial {
	const struct dkim_verifier *v;
	struct dns_scope *dns;
	struct digest	*digest;
	struct strbuf	 scratch;
	uint64_t	 now;
};

static void
settle(struct dkim_result *r, enum result result, const char *reason)
{
	r->result = result;
	r->reason = reason;
}

static void
settle_because(struct dkim_result *r, enum dkim_cause cause,
    enum result result, const char *reason)
{
	r->cause = cause;
	settle(r, result, reason);
}

static void
settle_internal(struct dkim_result *r, const char *reason)
{
	settle_because(r, DKIM_CAUSE_INTERNAL, RESULT_TEMPERROR, reason);
}

/* ---- which are tried ---------------------------------------------------- */

/* The key question of a signature that could be parsed. */
static struct span
key_name(struct arena *a, const struct dkim_signature *sig)
{
	return dkim_key_name(a, sig->selector, sig->domain);
}

static bool
is_signature(const struct header *f)
{
	return span_is_nocase(f->name, "DKIM-Signature");
}

/* How many signatures are reported. */
static size_t
count_reported(const struct headers *h)
{
	size_t i, n = 0;

	for (i = 0; i < h->count && n < DKIM_MAX_REPORTED; i++)
		n += is_signature(&h->field[i]);
	return n;
}

static void
parse_all(struct dkim_verifier *v, const struct headers *h)
{
	size_t i, n = 0;

	for (i = 0; i < h->count && n < v->count; i++) {
		struct dkim_result *r = &v->result[n];

		if (!is_signature(&h->field[i]))
			continue;
		r->result = dkim_signature_parse(v->arena, &h->field[i],
		    &r->sig, &r->reason);
		v->wish[n++] = -1;
	}
}

/* Whether a signature of `domain` could be the author's. */
static bool
is_related(struct span domain, struct span author)
{
	return author.len > 0 && (domain_within(domain, author) ||
	    domain_within(author, domain));
}

/* Give a turn to signature `i`, or leave it out. */
static void
take_turn(struct dkim_verifier *v, size_t i)
{
	struct dkim_result *r = &v->result[i];
	size_t max = v->set->max_signatures < DKIM_MAX_SIGNATURES ?
	    v->set->max_signatures : DKIM_MAX_SIGNATURES;

	if (v->nturns >= max) {
		r->untried = true;
		settle(r, RESULT_POLICY, "not tried: too many signatures");
		return;
	}
	v->wish[i] = bodyhash_want(v->body, r->sig.body_canon,
	    r->sig.body_length);
	if (v->wish[i] < 0)
		settle_internal(r, "body could not be hashed");
	else
		v->turn[v->nturns++] = i;
}

/* Those related to the author first, or the others. */
static void
take_turns(struct dkim_verifier *v, struct span author, bool related)
{
	size_t i;

	for (i = 0; i < v->count; i++) {
		struct dkim_result *r = &v->result[i];

		if (r->result == RESULT_NONE &&
		    is_related(r->sig.domain, author) == related)
			take_turn(v, i);
	}
}

struct dkim_verifier *
dkim_verifier_new(struct arena *a, const struct dkim_settings *set,
    const struct headers *h, struct span author_domain, struct bodyhash *body)
{
	struct dkim_verifier *v = arena_alloc(a, sizeof(*v));
	size_t n = count_reported(h);

	if (v == NULL)
		return NULL;
	v->arena = a;
	v->set = set;
	v->headers = h;
	v->body = body;
	v->count = n;
	v->result = arena_array(a, n, sizeof(*v->result));
	v->wish = arena_array(a, n, sizeof(*v->wish));
	v->turn = arena_array(a, n, sizeof(*v->turn));
	if (v->result == NULL || v->wish == NULL || v->turn == NULL)
		return NULL;
	parse_all(v, h);
	take_turns(v, author_domain, true);
	take_turns(v, author_domain, false);
	return v;
}

void
dkim_verifier_prefetch(struct dkim_verifier *v, struct dns_scope *dns)
{
	size_t i;

	for (i = 0; i < v->nturns; i++) {
		struct span name = key_name(v->arena,
		    &v->result[v->turn[i]].sig);

		if (name.len > 0)
			dns_prefetch(dns, DNS_TXT, name);
	}
}

/* ---- one signature ------------------------------------------------------ */

/* 3.5: x= has passed, or t= is still to come. */
static bool
check_time(const struct trial *t, struct dkim_result *r)
{
	const struct dkim_signature *sig = &r->sig;
	uint64_t drift = t->v->set->clock_drift;

	if (sig->has_expiry && sig->expiry < t->now &&
	    t->now - sig->expiry > drift)
		settle(r, RESULT_FAIL, "signature expired");
	else if (sig->has_time && sig->time > t->now &&
	    sig->time - t->now > drift)
		settle(r, RESULT_PERMERROR, "signature is from the future");
	else
		return true;
	return false;
}

#define NO_SUCH_NAME	"d= and s= make no name for a key"

/* The steps 1 to 4 of 6.1.2: the keys, or NULL and the result. */
static const struct dkim_keys *
fetch_keys(const struct trial *t, struct dkim_result *r)
{
	struct span name = key_name(t->v->arena, &r->sig);
	const struct dns_answer *ans;
	const struct dkim_keys *keys;

	if (name.len == 0) {
		if (arena_failed(t->v->arena))
			settle_internal(r, "out of memory");
		else
			settle_because(r, DKIM_CAUSE_KEY, RESULT_PERMERROR,
			    NO_SUCH_NAME);
		return NULL;
	}
	ans = dns_lookup(t->dns, DNS_TXT, name);
	switch (ans->status) {
	case DNS_OK:
		keys = dkim_keys_of(t->dns, ans);
		if (keys == NULL)
			settle_internal(r, "out of memory");
		return keys;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		settle_because(r, DKIM_CAUSE_KEY, RESULT_PERMERROR,
		    "no key for signature");
		return NULL;
	case DNS_BADNAME:
		settle_because(r, DKIM_CAUSE_KEY, RESULT_PERMERROR,
		    NO_SUCH_NAME);
		return NULL;
	case DNS_BOGUS:
		settle_because(r, DKIM_CAUSE_SECURITY, RESULT_TEMPERROR,
		    "key record fails DNSSEC");
		return NULL;
	case DNS_OVERBUDGET:
		settle_because(r, DKIM_CAUSE_DNS, RESULT_TEMPERROR,
		    "too many DNS questions");
		return NULL;
	case DNS_TEMPFAIL:
		break;
	}
	settle_because(r, DKIM_CAUSE_DNS, RESULT_TEMPERROR,
	    "key could not be looked up");
	return NULL;
}

/* Whether i= names d= itself and nothing below it. */
static bool
is_strict(const struct dkim_signature *sig)
{
	size_t at = span_rfind(sig->identity, '@');

	return span_eq(span_skip(sig->identity, at + 1), sig->domain);
}

/* Why a record is no key for the signature; NULL when it is one. */
static const char *
misfit(const struct dkim_key_record *k, const struct dkim_signature *sig)
{
	if (k->status != DKIM_KEY_OK)
		return k->why;
	if (k->type != sig->key_type)
		return DKIM_KEY_OTHER_TYPE;
	if (k->key.strict && !is_strict(sig))
		return "i= is not d= and the key says t=s";
	return NULL;
}

static void
use_key(struct dkim_result *r, const struct dkim_key_record *k)
{
	r->key_bits = public_key_bits(k->key.key);
	r->testing = k->key.testing;
}

/*
 * Whether there is a key to try at all; its first is noted for the report. Of
 * several records that are none, a revoked key says most.
 */
static bool
find_key(const struct dkim_keys *keys, struct dkim_result *r)
{
	const char *why = NULL;
	size_t i;

	for (i = 0; i < keys->count; i++) {
		const struct dkim_key_record *k = &keys->record[i];
		const char *wrong = misfit(k, &r->sig);

		if (wrong == NULL) {
			use_key(r, k);
			return true;
		}
		if (why == NULL || k->status == DKIM_KEY_REVOKED)
			why = wrong;
	}
	settle_because(r, DKIM_CAUSE_KEY, RESULT_PERMERROR, why != NULL ? why :
	    "no key for signature");
	return false;
}

/* Step 3 of 6.1.3. *partial_out: the body goes on past l=. */
static bool
check_body(const struct trial *t, size_t i, struct dkim_result *r,
    bool *partial_out)
{
	const struct dkim_signature *sig = &r->sig;
	uint8_t hash[DIGEST_LEN];
	uint64_t octets;
	bool limited = sig->body_length != BODYHASH_ALL;
	bool shorter;

	if (!bodyhash_get(t->v->body, t->v->wish[i], hash, &octets)) {
		settle_internal(r, "body could not be hashed");
		return false;
	}
	shorter = limited && octets < sig->body_length;
	*partial_out = limited && octets > sig->body_length;
	if (sig->body_hash.len != DIGEST_LEN ||
	    !digest_equal(hash, sig->body_hash.p, DIGEST_LEN))
		settle(r, RESULT_FAIL, shorter ? "body is shorter than l=" :
		    "body hash did not verify");
	else if (shorter)	/* 3.5, l=: it must not be */
		settle(r, RESULT_PERMERROR, "l= is more than the body has");
	else
		return true;
	return false;
}

/* Step 4 of 6.1.3, with each key there is. */
static bool
check_signature(const struct dkim_keys *keys, struct dkim_result *r,
    const uint8_t digest[DIGEST_LEN])
{
	bool unsure = false;
	size_t i;

	for (i = 0; i < keys->count; i++) {
		const struct dkim_key_record *k = &keys->record[i];
		enum verify_status st;

		if (misfit(k, &r->sig) != NULL)
			continue;
		st = public_key_verify(k->key.key, digest, r->sig.signature);
		if (st == VERIFY_GOOD) {
			use_key(r, k);
			return true;
		}
		unsure |= st == VERIFY_ERROR;
	}
	if (unsure)
		settle_internal(r, "signature could not be checked");
	else
		settle(r, RESULT_FAIL, "signature did not verify");
	return false;
}

static size_t
count_signed(const struct dkim_signature *sig, struct span name)
{
	size_t i, n = 0;

	for (i = 0; i < sig->nsigned_fields; i++)
		n += span_eq_nocase(sig->signed_field[i], name);
	return n;
}

/* Whether all the fields that must be signed, of those there are, are. */
static bool
covers_enough(const struct dkim_verifier *v, const struct dkim_signature *sig)
{
	const struct name_list *must = &v->set->must_be_signed;
	size_t i;

	for (i = 0; i < must->count; i++)
		if (headers_count(v->headers, must->name[i]) >
		    count_signed(sig, must->name[i]))
			return false;
	return true;
}

/* The arithmetic is good: what do we say to the rest of it? */
static void
judge_good(const struct dkim_verifier *v, struct dkim_result *r,
    bool surplus, bool partial)
{
	const struct dkim_settings *set = v->set;

	if (r->sig.key_type == KEY_RSA && r->key_bits < set->min_key_bits)
		settle(r, RESULT_POLICY, "key is shorter than we accept");
	else if (surplus)
		settle(r, RESULT_POLICY, "a field was added to a signed one");
	else if (!covers_enough(v, &r->sig))
		settle(r, RESULT_POLICY, "a field that must be signed is not");
	else if (!partial)
		settle(r, RESULT_PASS, NULL);
	else
		settle(r, set->accept_partial_body ? RESULT_PASS :
		    RESULT_POLICY, "body goes on past l=");
}

static void
judge(struct trial *t, size_t i)
{
	const struct dkim_verifier *v = t->v;
	struct dkim_result *r = &v->result[i];
	const struct dkim_keys *keys;
	uint8_t digest[DIGEST_LEN];
	bool partial, surplus;

	if (!check_time(t, r) || (keys = fetch_keys(t, r)) == NULL ||
	    !find_key(keys, r) || !check_body(t, i, r, &partial))
		return;
	if (!dkim_data_digest(v->arena, v->headers, &r->sig, t->digest,
	    &t->scratch, digest, &surplus)) {
		settle_internal(r, "out of memory");
		return;
	}
	if (check_signature(keys, r, digest))
		judge_good(v, r, surplus, partial);
}

const struct dkim_result *
dkim_verifier_finish(struct dkim_verifier *v, struct dns_scope *dns,
    int64_t now, size_t *n_out)
{
	struct trial t = {
		.v = v,
		.dns = dns,
		.digest = digest_new(),
		.now = now > 0 ? (uint64_t)now : 0,
	};
	size_t i;

	strbuf_init(&t.scratch, v->arena);
	dkim_verifier_prefetch(v, dns);
	for (i = 0; i < v->nturns; i++)
		if (t.digest != NULL)
			judge(&t, v->turn[i]);
		else
			settle_internal(&v->result[v->turn[i]],
			    "out of memory");
	digest_free(t.digest);
	*n_out = v->count;
	return v->result;
}
