#include "config.h"
#include "tests/lib/dnswire.h"

#include <stdlib.h>

#define CLASS_IN	1

static void
put(struct dnswire *m, const void *p, size_t n)
{
	if (n > sizeof(m->b) - m->len)
		abort();
	memcpy(m->b + m->len, p, n);
	m->len += n;
}

static void
put8(struct dnswire *m, unsigned v)
{
	uint8_t b = (uint8_t)v;

	put(m, &b, 1);
}

static void
put16(struct dnswire *m, unsigned v)
{
	put8(m, v >> 8);
	put8(m, v);
}

static void
put32(struct dnswire *m, uint32_t v)
{
	put16(m, v >> 16);
	put16(m, v & 0xffff);
}

static void
count(struct dnswire *m, enum dnswire_section sec)
{
	uint8_t *p = m->b + 4 + 2 * (int)sec;
	unsigned n = (unsigned)(p[0] << 8 | p[1]) + 1;

	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
}

void
dnswire_begin(struct dnswire *m, unsigned id, unsigned flags)
{
	m->len = 0;
	put16(m, id);
	put16(m, flags);
	put32(m, 0);
	put32(m, 0);
}

/* One byte of a name's text, which may be written \DDD. */
static unsigned
name_byte(const char **text)
{
	const char *p = *text;

	if (*p != '\\') {
		*text = p + 1;
		return (unsigned char)*p;
	}
	*text = p + 4;
	return (unsigned)((p[1] - '0') * 100 + (p[2] - '0') * 10 + p[3] - '0');
}

static void
put_name(struct dnswire *m, const char *text)
{
	while (*text != '\0') {
		size_t start = m->len;

		put8(m, 0);
		while (*text != '\0' && *text != '.')
			put8(m, name_byte(&text));
		m->b[start] = (uint8_t)(m->len - start - 1);
		if (*text == '.')
			text++;
	}
	put8(m, 0);
}

void
dnswire_question(struct dnswire *m, const char *name, int type)
{
	put_name(m, name);
	put16(m, (unsigned)type);
	put16(m, CLASS_IN);
	count(m, WIRE_QUESTION);
}

/* The head of a record; returns where its length goes. */
static size_t
rr_begin(struct dnswire *m, enum dnswire_section sec, const char *owner,
    int type, uint32_t ttl)
{
	put_name(m, owner);
	put16(m, (unsigned)type);
	put16(m, CLASS_IN);
	put32(m, ttl);
	put16(m, 0);
	count(m, sec);
	return m->len - 2;
}

static void
rr_end(struct dnswire *m, size_t at)
{
	size_t n = m->len - at - 2;

	m->b[at] = (uint8_t)(n >> 8);
	m->b[at + 1] = (uint8_t)n;
}

void
dnswire_rr(struct dnswire *m, enum dnswire_section sec, const char *owner,
    int type, uint32_t ttl, struct span rdata)
{
	size_t at = rr_begin(m, sec, owner, type, ttl);

	put(m, rdata.p, rdata.len);
	rr_end(m, at);
}

void
dnswire_txt(struct dnswire *m, const char *owner, uint32_t ttl,
    struct span text)
{
	size_t at = rr_begin(m, WIRE_ANSWERS, owner, 16, ttl);

	do {
		struct span s = span_head(text, 255);

		put8(m, (unsigned)s.len);
		put(m, s.p, s.len);
		text = span_skip(text, s.len);
	} while (text.len > 0);
	rr_end(m, at);
}

void
dnswire_name(struct dnswire *m, const char *owner, int type, uint32_t ttl,
    const char *target)
{
	size_t at = rr_begin(m, WIRE_ANSWERS, owner, type, ttl);

	put_name(m, target);
	rr_end(m, at);
}

void
dnswire_mx(struct dnswire *m, const char *owner, uint32_t ttl, unsigned pref,
    const char *host)
{
	size_t at = rr_begin(m, WIRE_ANSWERS, owner, 15, ttl);

	put16(m, pref);
	put_name(m, host);
	rr_end(m, at);
}

void
dnswire_soa(struct dnswire *m, const char *owner, uint32_t ttl,
    uint32_t minimum)
{
	size_t at = rr_begin(m, WIRE_AUTHORITY, owner, WIRE_SOA, ttl);
	int i;

	put_name(m, "ns.example");
	put_name(m, "hostmaster.example");
	for (i = 0; i < 4; i++)		/* serial, refresh, retry, expire */
		put32(m, 3600);
	put32(m, minimum);
	rr_end(m, at);
}
