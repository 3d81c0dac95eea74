#include "config.h"
#include "config/own.h"

#include <arpa/inet.h>
#include <ifaddrs.h>

static void
add_address(struct hostlist *l, const struct sockaddr *sa)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (sa != NULL && sa->sa_family == AF_INET)
		(void)inet_ntop(AF_INET,
		    &((const struct sockaddr_in *)(const void *)sa)->sin_addr,
		    text, sizeof(text));
	else if (sa != NULL && sa->sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr,
		    text, sizeof(text));
	if (text[0] != '\0')
		(void)hostlist_add(l, span_of(text));
}

struct hostlist *
own_addresses(void)
{
	struct hostlist *l = hostlist_new();
	struct ifaddrs *all = NULL, *i;

	if (l == NULL || getifaddrs(&all) != 0)
		return l;
	for (i = all; i != NULL; i = i->ifa_next)
		add_address(l, i->ifa_addr);
	freeifaddrs(all);
	return l;
}
