/* Names of things, and what may be asked for. */
#include "config.h"
#include "dns/names.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/strbuf.h"

const char *
dns_type_name(enum dns_type t)
{
	switch (t) {
	case DNS_A:
		return "A";
	case DNS_PTR:
		return "PTR";
	case DNS_MX:
		return "MX";
	case DNS_TXT:
		return "TXT";
	case DNS_AAAA:
		return "AAAA";
	}
	return "unknown";
}

const char *
dns_status_name(enum dns_status st)
{
	switch (st) {
	case DNS_OK:
		return "ok";
	case DNS_NODATA:
		return "nodata";
	case DNS_NXDOMAIN:
		return "nxdomain";
	case DNS_TEMPFAIL:
		return "tempfail";
	case DNS_BOGUS:
		return "bogus";
	case DNS_BADNAME:
		return "badname";
	case DNS_OVERBUDGET:
		return "overbudget";
	}
	return "unknown";
}

static bool
name_byte(unsigned char c)
{
	return c >= ' ' && c <= '~' && c != '.';
}

bool
dns_name_fold(struct span in, char *buf, struct span *out)
{
	size_t i, label = 0;

	if (in.len > 0 && in.p[in.len - 1] == '.')
		in.len--;
	if (in.len == 0 || in.len > DOMAIN_MAX_LEN)
		return false;
	for (i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c == '.' && label > 0)
			label = 0;
		else if (!name_byte(c) || ++label > DOMAIN_MAX_LABEL)
			return false;
		buf[i] = (char)ascii_lower(c);
	}
	if (label == 0)
		return false;
	*out = (struct span){ buf, in.len };
	return true;
}

struct span
dns_reverse_name(struct arena *a, const struct in6_addr *ip)
{
	const uint8_t *b = ip->s6_addr;
	struct strbuf sb;
	int i;

	strbuf_init(&sb, a);
	if (IN6_IS_ADDR_V4MAPPED(ip)) {
		strbuf_addf(&sb, "%u.%u.%u.%u.in-addr.arpa", b[15], b[14],
		    b[13], b[12]);
		return strbuf_span(&sb);
	}
	for (i = 15; i >= 0; i--)
		strbuf_addf(&sb, "%x.%x.", b[i] & 15u, b[i] >> 4);
	strbuf_adds(&sb, "ip6.arpa");
	return strbuf_span(&sb);
}
