#include "config.h"
#include "dns/resolvconf.h"

#include <stdio.h>

/* A resolv.conf is a few hundred bytes; what is beyond this is not read. */
#define FILE_MAX	65536

/* The first word of *line, taken off it. */
static struct span
word(struct span *line)
{
	struct span s = span_trim(*line);
	size_t n = 0;

	while (n < s.len && !ascii_isfws((unsigned char)s.p[n]))
		n++;
	*line = span_skip(s, n);
	return span_head(s, n);
}

size_t
dns_resolvconf_parse(struct span text,
    struct dns_server out[DNS_MAX_SERVERS])
{
	struct span line;
	size_t n = 0;

	while (n < DNS_MAX_SERVERS && span_next(&text, '\n', &line)) {
		struct dns_server sv;

		if (!span_is(word(&line), "nameserver") ||
		    !dns_server_parse(word(&line), &sv))
			continue;
		out[n++] = sv;
	}
	return n;
}

size_t
dns_resolvconf_read(const char *path,
    struct dns_server out[DNS_MAX_SERVERS])
{
	char text[FILE_MAX];
	FILE *fp = fopen(path, "re");
	size_t n;

	if (fp == NULL)
		return 0;
	n = fread(text, 1, sizeof(text), fp);
	(void)fclose(fp);
	return dns_resolvconf_parse((struct span){ text, n }, out);
}
