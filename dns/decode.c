#include "config.h"
#include "dns/decode.h"

#include <ldns/ldns.h>

#include "dns/names.h"

#define HEADER_BYTES	12
#define ARCOUNT_OFFSET	10

/* A chain this long is a loop, or nobody's honest zone. */
#define CNAME_MAX	16

/*
 * A "there is no such thing" without SOA says not how long it holds (RFC
 * 2308, 5): long enough for the message that asked and its neighbours.
 */
#define NEGATIVE_TTL	5

const char *
dns_rcode_why(unsigned rcode)
{
	switch (rcode) {
	case LDNS_RCODE_FORMERR:
		return "FORMERR";
	case LDNS_RCODE_SERVFAIL:
		return "SERVFAIL";
	case LDNS_RCODE_NOTIMPL:
		return "NOTIMP";
	case LDNS_RCODE_REFUSED:
		return "REFUSED";
	default:
		return "unusual response code";
	}
}

/* A 32 or 16 bit number out of record data. */
static uint32_t
number(const ldns_rdf *rdf, size_t size)
{
	const uint8_t *p = ldns_rdf_data(rdf);
	uint32_t v = 0;

	if (ldns_rdf_size(rdf) != size)
		return 0;
	while (size-- > 0)
		v = v << 8 | *p++;
	return v;
}

static const struct span no_name = { "", 0 };

/*
 * A name in the form of dns.h, empty when it has none. ldns has taken the
 * compression out; its lengths are checked all the same.
 */
static struct span
name_text(struct arena *a, const ldns_rdf *rdf)
{
	const uint8_t *wire = ldns_rdf_data(rdf);
	size_t size = ldns_rdf_size(rdf), i = 0, len = 0, n;
	char text[DOMAIN_MAX_LEN + 1], folded[DOMAIN_MAX_LEN];
	struct span name;

	while (i < size && (n = wire[i++]) > 0) {
		if (n > size - i || n + 1 > sizeof(text) - len)
			return no_name;
		if (memchr(wire + i, '.', n) != NULL)
			return no_name;
		memcpy(text + len, wire + i, n);
		text[len + n] = '.';
		len += n + 1;
		i += n;
	}
	if (!dns_name_fold((struct span){ text, len }, folded, &name))
		return no_name;
	name = arena_span(a, name);
	return name.p != NULL ? name : no_name;
}

/* The same where only a host's name is of use. */
static struct span
host_text(struct arena *a, const ldns_rdf *rdf)
{
	struct span name = name_text(a, rdf);

	return domain_is_normal(name) ? name : no_name;
}

/* The strings of a TXT record, joined. */
static struct span
txt_text(struct arena *a, const ldns_rr *rr)
{
	size_t i, total = 0, len = 0;
	char *p;

	for (i = 0; i < ldns_rr_rd_count(rr); i++)
		total += ldns_rdf_size(ldns_rr_rdf(rr, i));
	p = arena_alloc(a, total + 1);
	for (i = 0; p != NULL && i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *rdf = ldns_rr_rdf(rr, i);
		const uint8_t *data = ldns_rdf_data(rdf);
		size_t size = ldns_rdf_size(rdf), n = size > 0 ? data[0] : 0;

		if (n >= size)
			continue;
		memcpy(p + len, data + 1, n);
		len += n;
	}
	return (struct span){ p != NULL ? p : "", len };
}

/* One record; false when its data has not the form of its type. */
static bool
record(struct arena *a, enum dns_type type, const ldns_rr *rr,
    struct dns_record *out)
{
	size_t fields = ldns_rr_rd_count(rr);
	const ldns_rdf *first = fields > 0 ? ldns_rr_rdf(rr, 0) : NULL;

	switch (type) {
	case DNS_TXT:
		out->txt = txt_text(a, rr);
		return true;
	case DNS_A:
		if (fields != 1 || ldns_rdf_size(first) != sizeof(out->a))
			return false;
		memcpy(&out->a, ldns_rdf_data(first), sizeof(out->a));
		return true;
	case DNS_AAAA:
		if (fields != 1 || ldns_rdf_size(first) != sizeof(out->aaaa))
			return false;
		memcpy(&out->aaaa, ldns_rdf_data(first), sizeof(out->aaaa));
		return true;
	case DNS_PTR:
		if (fields != 1)
			return false;
		out->name = host_text(a, first);
		return true;
	case DNS_MX:
		if (fields != 2)
			return false;
		out->mx.pref = (uint16_t)number(first, 2);
		out->mx.name = name_text(a, ldns_rr_rdf(rr, 1));
		return true;
	}
	return false;
}

/* Whether `rr` is of `type` and belongs to `owner`. */
static bool
is_at(const ldns_rr *rr, ldns_rr_type type, const ldns_rdf *owner)
{
	return ldns_rr_get_type(rr) == type &&
	    ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	    ldns_dname_compare(ldns_rr_owner(rr), owner) == 0;
}

static void
lower_ttl(struct dns_answer *out, const ldns_rr *rr)
{
	if (ldns_rr_ttl(rr) < out->ttl)
		out->ttl = ldns_rr_ttl(rr);
}

/* Where the CNAMEs of the answer lead from `owner`; NULL: they do not end. */
static const ldns_rdf *
follow(const ldns_rr_list *answers, const ldns_rdf *owner,
    struct dns_answer *out)
{
	size_t n = ldns_rr_list_rr_count(answers), hops, i;

	for (hops = 0; hops <= CNAME_MAX; hops++) {
		for (i = 0; i < n; i++)
			if (is_at(ldns_rr_list_rr(answers, i),
			    LDNS_RR_TYPE_CNAME, owner))
				break;
		if (i == n)
			return owner;
		lower_ttl(out, ldns_rr_list_rr(answers, i));
		if (ldns_rr_rd_count(ldns_rr_list_rr(answers, i)) != 1)
			return NULL;
		owner = ldns_rr_rdf(ldns_rr_list_rr(answers, i), 0);
	}
	return NULL;
}

/* The records of `type` at `owner`, into *out; NULL, or why that failed. */
static const char *
collect(struct arena *a, const ldns_rr_list *answers, ldns_rr_type type,
    const ldns_rdf *owner, struct dns_answer *out)
{
	size_t n = ldns_rr_list_rr_count(answers), i;
	struct dns_record *list = arena_array(a, n, sizeof(*list));

	for (i = 0; list != NULL && i < n; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(answers, i);

		if (!is_at(rr, type, owner))
			continue;
		lower_ttl(out, rr);
		if (!record(a, out->type, rr, &list[out->count++]))
			return "broken answer";
	}
	out->record = list;
	return list != NULL && !arena_failed(a) ? NULL : "out of memory";
}

/* How long "no" holds: the SOA's TTL or its MINIMUM (RFC 2308, 5). */
static void
negative_ttl(const ldns_rr_list *authority, struct dns_answer *out)
{
	size_t n = ldns_rr_list_rr_count(authority), i;

	for (i = 0; i < n; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(authority, i);
		uint32_t minimum;

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA ||
		    ldns_rr_rd_count(rr) != 7)
			continue;
		lower_ttl(out, rr);
		minimum = number(ldns_rr_rdf(rr, 6), 4);
		if (minimum < out->ttl)
			out->ttl = minimum;
		return;
	}
	if (out->ttl > NEGATIVE_TTL)
		out->ttl = NEGATIVE_TTL;
}

/* Whether the one question in it is ours. */
static bool
is_our_question(struct arena *a, const ldns_pkt *pkt, ldns_rr_type type,
    struct span name)
{
	const ldns_rr_list *list = ldns_pkt_question(pkt);
	const ldns_rr *rr;

	if (!ldns_pkt_qr(pkt) || ldns_rr_list_rr_count(list) != 1)
		return false;
	rr = ldns_rr_list_rr(list, 0);
	return ldns_rr_get_type(rr) == type &&
	    ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	    span_eq(name_text(a, ldns_rr_owner(rr)), name);
}

static void
fail(struct dns_answer *out, const char *why)
{
	out->status = DNS_TEMPFAIL;
	out->why = why;
	out->count = 0;
	out->record = NULL;
}

static void
judge(struct arena *a, const ldns_pkt *pkt, struct span name,
    struct dns_answer *out)
{
	ldns_rr_type type = (ldns_rr_type)out->type;
	const ldns_rr_list *answers = ldns_pkt_answer(pkt);
	ldns_pkt_rcode rcode = ldns_pkt_get_rcode(pkt);
	const ldns_rdf *owner;
	const char *why;

	if (!is_our_question(a, pkt, type, name)) {
		fail(out, "answer to another question");
	} else if (ldns_pkt_tc(pkt)) {
		fail(out, "truncated answer");
	} else if (rcode != LDNS_RCODE_NOERROR &&
	    rcode != LDNS_RCODE_NXDOMAIN) {
		fail(out, dns_rcode_why(rcode));
	} else if ((owner = follow(answers, ldns_rr_owner(ldns_rr_list_rr(
	    ldns_pkt_question(pkt), 0)), out)) == NULL) {
		fail(out, "CNAME loop");
	} else if ((why = collect(a, answers, type, owner, out)) != NULL) {
		fail(out, why);
	} else if (out->count > 0) {
		out->status = DNS_OK;
	} else {
		out->status = rcode == LDNS_RCODE_NXDOMAIN ? DNS_NXDOMAIN :
		    DNS_NODATA;
		negative_ttl(ldns_pkt_authority(pkt), out);
	}
}

/*
 * ldns gets the message without its additional section, where it leaks at a
 * second TSIG and where nothing of use to us stands.
 */
void
dns_decode(struct arena *a, struct span packet, enum dns_type type,
    struct span name, struct dns_answer *out)
{
	struct span copy;
	ldns_pkt *pkt = NULL;

	*out = (struct dns_answer){ .type = type, .name = name,
	    .ttl = UINT32_MAX };
	if (packet.len < HEADER_BYTES) {
		fail(out, "broken answer");
		return;
	}
	copy = arena_span(a, packet);
	if (copy.p == NULL) {
		fail(out, "out of memory");
		return;
	}
	memset((char *)(uintptr_t)copy.p + ARCOUNT_OFFSET, 0, 2);
	if (ldns_wire2pkt(&pkt, (const uint8_t *)copy.p, copy.len) !=
	    LDNS_STATUS_OK) {
		fail(out, "broken answer");
		return;
	}
	judge(a, pkt, name, out);
	out->secure = out->status != DNS_TEMPFAIL && ldns_pkt_ad(pkt);
	ldns_pkt_free(pkt);
}
