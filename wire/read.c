#include "config.h"
#include "wire/read.h"

#include <arpa/inet.h>

bool
read_string(struct span *data, struct span *out)
{
	size_t end = span_find(*data, '\0');

	if (end == data->len)
		return false;
	*out = span_head(*data, end);
	*data = span_skip(*data, end + 1);
	return true;
}

static bool
read_ipv4(struct span text, struct in6_addr *out)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(out->s6_addr, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text.p, &out->s6_addr[12]) == 1;
}

/* As SMTP writes it, perhaps, and with a zone, which is of this host alone. */
static bool
read_ipv6(struct span text, struct in6_addr *out)
{
	char plain[INET6_ADDRSTRLEN];

	if (span_starts_nocase(text, "IPv6:"))
		text = span_skip(text, 5);
	text = span_head(text, span_find(text, '%'));
	if (text.len >= sizeof(plain))
		return false;
	memcpy(plain, text.p, text.len);
	plain[text.len] = '\0';
	return inet_pton(AF_INET6, plain, out) == 1;
}

/* `text` has a NUL behind it. */
static bool
read_address(char family, struct span text, struct milter_client *c)
{
	c->has_ip = family != 'L';
	switch (family) {
	case 'L':
		return true;
	case '4':
		return read_ipv4(text, &c->ip);
	case '6':
		return read_ipv6(text, &c->ip);
	default:
		return false;
	}
}

bool
read_client(struct span data, struct milter_client *out)
{
	struct span address;
	char family;

	*out = (struct milter_client){ .has_ip = false };
	if (!read_string(&data, &out->name) || data.len == 0)
		return false;
	family = data.p[0];
	data = span_skip(data, 3);
	return family == 'U' ||
	    (read_string(&data, &address) &&
	    read_address(family, address, out));
}
