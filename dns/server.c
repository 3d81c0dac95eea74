#include "config.h"
#include "dns/dns.h"

#include "message/ip.h"

bool
dns_server_parse(struct span text, struct dns_server *out)
{
	size_t at = span_find(text, '@');
	struct span host = span_head(text, at);
	uint64_t port = 0;

	if (at < text.len &&
	    (!span_uint(span_skip(text, at + 1), 65535, &port) || port == 0))
		return false;
	out->port = (uint16_t)port;
	return ip_parse(host, &out->addr);
}
