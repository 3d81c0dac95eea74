#include "config.h"
#include "dns/server.h"

#include <net/if.h>

#include "message/ip.h"

#define DNS_PORT	53

/* An interface as RFC 4007, 11.2 writes it behind '%': by name or number. */
static bool
scope_parse(struct span text, unsigned *out)
{
	char name[IF_NAMESIZE];
	uint64_t n;

	if (span_uint(text, UINT32_MAX, &n) && n > 0) {
		*out = (unsigned)n;
		return true;
	}
	if (text.len == 0 || text.len >= sizeof(name))
		return false;
	memcpy(name, text.p, text.len);
	name[text.len] = '\0';
	*out = if_nametoindex(name);
	return *out != 0;
}

bool
dns_server_parse(struct span text, struct dns_server *out)
{
	size_t at = span_find(text, '@'), percent;
	struct span ip = span_head(text, at);
	uint64_t port = DNS_PORT;

	*out = (struct dns_server){ .port = DNS_PORT };
	if (at < text.len &&
	    (!span_uint(span_skip(text, at + 1), UINT16_MAX, &port) ||
	    port == 0))
		return false;
	out->port = (uint16_t)port;
	percent = span_find(ip, '%');
	if (percent < ip.len &&
	    !scope_parse(span_skip(ip, percent + 1), &out->scope))
		return false;
	return ip_parse(span_head(ip, percent), &out->addr);
}

const char *
dns_server_text(struct arena *a, const struct dns_server *sv)
{
	struct span ip = ip_text(a, &sv->addr);
	unsigned port = sv->port != 0 ? sv->port : DNS_PORT;

	if (ip.p == NULL)
		return NULL;
	if (sv->scope != 0)
		return arena_printf(a, "%.*s%%%u@%u", SPAN_ARG(ip), sv->scope,
		    port);
	return arena_printf(a, "%.*s@%u", SPAN_ARG(ip), port);
}
