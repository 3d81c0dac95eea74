#include "config.h"
#include "dns/update.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "message/domain.h"
#include "message/ip.h"

#define DNS_PORT	53
#define TSIG_FUDGE	300	/* RFC 8945, 10 */
#define STRING_MAX	255	/* RFC 1035, 3.3.14 */

/* ---- the key file ------------------------------------------------------- */

/* The next word of named's grammar: a quoted string, a word, or one of {};. */
static bool
next_token(struct span *rest, struct span *out)
{
	size_t n = 0;

	*rest = span_trim(*rest);
	if (rest->len == 0)
		return false;
	if (rest->p[0] == '"') {
		struct span in = span_skip(*rest, 1);

		n = span_find(in, '"');
		*out = span_head(in, n);
		*rest = span_skip(in, n + 1);
		return n < in.len;
	}
	while (n < rest->len && strchr("{};\"", rest->p[n]) == NULL &&
	    !ascii_isfws((unsigned char)rest->p[n]))
		n++;
	*out = span_head(*rest, n > 0 ? n : 1);
	*rest = span_skip(*rest, out->len);
	return true;
}

bool
dns_tsig_parse(struct arena *a, struct span text, struct dns_tsig_key *out)
{
	struct span rest = text, word, value;

	*out = (struct dns_tsig_key){ .name = NULL };
	if (!next_token(&rest, &word) || !span_is(word, "key") ||
	    !next_token(&rest, &value))
		return false;
	out->name = arena_str(a, value);
	while (next_token(&rest, &word)) {
		if (span_is(word, "algorithm") && next_token(&rest, &value))
			out->algorithm = arena_str(a, value);
		else if (span_is(word, "secret") && next_token(&rest, &value))
			out->secret = arena_str(a, value);
	}
	return out->name != NULL && out->algorithm != NULL &&
	    out->secret != NULL;
}

/* ---- the question ------------------------------------------------------- */

static ldns_rdf *
name_rdf(struct arena *a, struct span name)
{
	const char *text = domain_is_normal(name) ? arena_str(a, name) : NULL;

	return text != NULL ? ldns_dname_new_frm_str(text) : NULL;
}

/* A TXT record of `name` in strings of 255, or (class ANY) none at all. */
static ldns_rr *
txt_rr(struct arena *a, const struct dns_update *u, bool empty)
{
	ldns_rr *rr = ldns_rr_new();
	struct span rest = u->txt;
	ldns_rdf *owner = name_rdf(a, u->name);

	if (rr == NULL || owner == NULL) {
		ldns_rr_free(rr);
		ldns_rdf_deep_free(owner);
		return NULL;
	}
	ldns_rr_set_owner(rr, owner);
	ldns_rr_set_type(rr, LDNS_RR_TYPE_TXT);
	ldns_rr_set_class(rr, empty ? LDNS_RR_CLASS_ANY : LDNS_RR_CLASS_IN);
	ldns_rr_set_ttl(rr, empty ? 0 : u->ttl);
	while (!empty && rest.len > 0) {
		struct span piece = span_head(rest, STRING_MAX);
		uint8_t data[1 + STRING_MAX];

		data[0] = (uint8_t)piece.len;
		memcpy(data + 1, piece.p, piece.len);
		ldns_rr_push_rdf(rr, ldns_rdf_new_frm_data(
		    LDNS_RDF_TYPE_STR, piece.len + 1, data));
		rest = span_skip(rest, piece.len);
	}
	return rr;
}

/* Take the name's TXT away, then, unless that was all, put the new one. */
static ldns_pkt *
build(struct arena *a, const struct dns_update *u)
{
	ldns_rr_list *updates = ldns_rr_list_new();
	ldns_rdf *zone = name_rdf(a, u->zone);
	ldns_rr *gone = txt_rr(a, u, true);
	ldns_rr *put = u->remove ? NULL : txt_rr(a, u, false);
	ldns_pkt *pkt = NULL;

	if (updates != NULL && zone != NULL && gone != NULL &&
	    (u->remove || put != NULL)) {
		ldns_rr_list_push_rr(updates, gone);
		gone = NULL;
		if (put != NULL)
			ldns_rr_list_push_rr(updates, put);
		put = NULL;
		pkt = ldns_update_pkt_new(zone, LDNS_RR_CLASS_IN, NULL,
		    updates, NULL);
		if (pkt != NULL)
			zone = NULL;	/* taken */
	}
	ldns_rr_free(gone);
	ldns_rr_free(put);
	ldns_rdf_deep_free(zone);
	ldns_rr_list_deep_free(updates);
	if (pkt != NULL)
		ldns_pkt_set_random_id(pkt);
	return pkt;
}

/* ---- on the wire -------------------------------------------------------- */

static bool
send_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
receive_all(int fd, uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = recv(fd, p, len, 0);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static int
open_to(const struct dns_server *s, unsigned timeout_ms)
{
	struct timeval tv = { timeout_ms / 1000,
	    (suseconds_t)(timeout_ms % 1000) * 1000 };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
	    .sin6_addr = s->addr };
	struct sockaddr_in four = { .sin_family = AF_INET };
	in_port_t port = htons(s->port != 0 ? s->port : DNS_PORT);
	bool is4 = ip_is4(&s->addr);
	int fd = socket(is4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC,
	    0);

	if (fd < 0)
		return -1;
	six.sin6_port = four.sin_port = port;
	memcpy(&four.sin_addr, &s->addr.s6_addr[12], 4);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (connect(fd, is4 ? (const struct sockaddr *)&four :
	    (const struct sockaddr *)&six, is4 ? sizeof(four) :
	    sizeof(six)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* One message there and one back; the answer lives in `a`. */
static const char *
exchange(struct arena *a, const struct dns_update *u, unsigned timeout_ms,
    const uint8_t *wire, size_t len, struct span *answer_out)
{
	uint8_t size[2] = { (uint8_t)(len >> 8), (uint8_t)len };
	int fd = open_to(&u->server, timeout_ms);
	uint8_t *answer = NULL;
	size_t n = 0;
	bool good;

	if (fd < 0)
		return "the server cannot be reached";
	good = send_all(fd, size, sizeof(size)) && send_all(fd, wire, len) &&
	    receive_all(fd, size, sizeof(size));
	if (good) {
		n = (size_t)size[0] << 8 | size[1];
		answer = arena_alloc(a, n);
		good = answer != NULL && receive_all(fd, answer, n);
	}
	(void)close(fd);
	*answer_out = (struct span){ (const char *)answer, n };
	return good ? NULL : "the server did not answer";
}

/* ---- the answer --------------------------------------------------------- */

/* Ours, signed with our key over our question, and it says it is done. */
static const char *
judge(struct arena *a, const struct dns_update *u, ldns_pkt *question,
    struct span answer)
{
	const uint8_t *wire = (const uint8_t *)answer.p;
	const char *why = NULL;
	ldns_pkt *pkt = NULL;
	ldns_rdf *mac = ldns_rr_rdf(ldns_pkt_tsig(question), 3);

	if (ldns_wire2pkt(&pkt, wire, answer.len) != LDNS_STATUS_OK)
		return "the answer cannot be read";
	if (ldns_pkt_id(pkt) != ldns_pkt_id(question) || !ldns_pkt_qr(pkt))
		why = "the answer is to another question";
	else if (ldns_pkt_tsig(pkt) == NULL || !ldns_pkt_tsig_verify(pkt,
	    wire, answer.len, u->key->name, u->key->secret, mac))
		why = arena_printf(a, "the answer (rcode %d) is not signed "
		    "with the key", (int)ldns_pkt_get_rcode(pkt));
	else if (ldns_pkt_get_rcode(pkt) != LDNS_RCODE_NOERROR)
		why = arena_printf(a, "the server refuses (rcode %d)",
		    (int)ldns_pkt_get_rcode(pkt));
	ldns_pkt_free(pkt);
	return why;
}

static const char *
send_signed(struct arena *a, const struct dns_update *u, ldns_pkt *pkt,
    unsigned timeout_ms)
{
	const char *algorithm = arena_printf(a, "%s.", u->key->algorithm);
	struct span answer;
	uint8_t *wire = NULL;
	const char *why;
	size_t len = 0;

	if (algorithm == NULL)
		return "out of memory";
	if (ldns_pkt_tsig_sign(pkt, u->key->name, u->key->secret, TSIG_FUDGE,
	    algorithm, NULL) != LDNS_STATUS_OK)
		return "the TSIG key cannot sign (hmac-sha256 can)";
	if (ldns_pkt2wire(&wire, pkt, &len) != LDNS_STATUS_OK)
		return "the update cannot be written";
	why = exchange(a, u, timeout_ms, wire, len, &answer);
	free(wire);
	return why != NULL ? why : judge(a, u, pkt, answer);
}

const char *
dns_update(struct arena *a, const struct dns_update *u, unsigned timeout_ms)
{
	ldns_pkt *pkt = build(a, u);
	const char *why;

	if (pkt == NULL)
		return "the name cannot be updated";
	why = send_signed(a, u, pkt, timeout_ms);
	ldns_pkt_free(pkt);
	return why;
}
