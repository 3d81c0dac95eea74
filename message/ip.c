#include "config.h"
#include "message/ip.h"

#include <arpa/inet.h>

bool
ip_parse(struct span text, struct in6_addr *out)
{
	char buf[INET6_ADDRSTRLEN];
	struct in_addr v4;

	if (text.len > 2 && text.p[0] == '[' && text.p[text.len - 1] == ']')
		text = (struct span){ text.p + 1, text.len - 2 };
	if (text.len == 0 || text.len >= sizeof(buf) ||
	    memchr(text.p, '\0', text.len) != NULL)
		return false;
	memcpy(buf, text.p, text.len);
	buf[text.len] = '\0';
	if (inet_pton(AF_INET6, buf, out) == 1)
		return true;
	if (inet_pton(AF_INET, buf, &v4) != 1)
		return false;
	*out = (struct in6_addr)IN6ADDR_ANY_INIT;
	out->s6_addr[10] = out->s6_addr[11] = 0xff;
	memcpy(&out->s6_addr[12], &v4, sizeof(v4));
	return true;
}

struct span
ip_text(struct arena *a, const struct in6_addr *ip)
{
	char buf[INET6_ADDRSTRLEN];

	if (ip_is4(ip))
		(void)inet_ntop(AF_INET, &ip->s6_addr[12], buf, sizeof(buf));
	else
		(void)inet_ntop(AF_INET6, ip, buf, sizeof(buf));
	return arena_span(a, span_of(buf));
}

bool
ip_in_network(const struct in6_addr *ip, const struct in6_addr *net,
    unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (memcmp(ip->s6_addr, net->s6_addr, whole) != 0)
		return false;
	return rest == 0 || ((ip->s6_addr[whole] ^ net->s6_addr[whole]) &
	    mask) == 0;
}

/* Clear what stands behind the prefix; whether there was anything. */
static bool
clear_host_bits(struct in6_addr *net, unsigned bits)
{
	bool stray = false;
	unsigned i;

	for (i = bits; i < 128; i++) {
		uint8_t bit = (uint8_t)(0x80 >> (i % 8));

		stray |= (net->s6_addr[i / 8] & bit) != 0;
		net->s6_addr[i / 8] &= (uint8_t)~bit;
	}
	return stray;
}

bool
ip_parse_network(struct span text, struct in6_addr *net_out,
    unsigned *bits_out, bool *stray_out)
{
	size_t slash = span_find(text, '/');
	uint64_t prefix = 0;
	bool stray, is4;

	if (!ip_parse(span_head(text, slash), net_out))
		return false;
	is4 = ip_is4(net_out);
	prefix = is4 ? 32 : 128;
	if (slash < text.len &&
	    !span_uint(span_skip(text, slash + 1), 128, &prefix))
		return false;
	/* "::ffff:127.0.0.0/104" counts the bits as of IPv6 */
	if (is4 && span_find(text, ':') < text.len && prefix >= 96)
		prefix -= 96;
	if (is4 && prefix > 32)
		return false;
	*bits_out = (unsigned)prefix + (is4 ? 96 : 0);
	stray = clear_host_bits(net_out, *bits_out);
	if (stray_out != NULL)
		*stray_out = stray;
	return true;
}
