#include "config.h"
#include "tests/lib/dnstable.h"

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "dns/engine.h"

/* Answers are good for so long unless set otherwise. */
#define TABLE_TTL	300

/* A chain of this many CNAMEs is a loop. */
#define CNAME_MAX	10

struct row {
	struct row		*next;
	int			 type;
	struct dns_record	 r;
};

struct node {
	struct row	*rows, **end;
	struct span	 cname;		/* p NULL: none */
	bool		 fails;		/* every type */
	struct row	*failing;	/* these types */
};

/* A question whose answer is late. */
struct late {
	struct late		*next;
	int64_t			 due;
	struct dns_question	*q;
};

struct dnstable {
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;
	struct arena	*arena;
	struct map	*nodes;
	uint32_t	 ttl;
	size_t		 cache_bytes;
	unsigned	 min_ms, max_ms;
	unsigned	 random;
	char		**asked;
	size_t		 nasked, asked_cap;
	struct late	*late;		/* by due time */
	pthread_t	 thread;
	bool		 threaded, closing;
};

/* A test's helper without memory has nothing to tell. */
static void *
need(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

struct dnstable *
dnstable_new(void)
{
	struct dnstable *t = need(calloc(1, sizeof(*t)));
	pthread_condattr_t attr;

	t->arena = need(arena_new(0));
	t->nodes = need(map_new());
	t->ttl = TABLE_TTL;
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&t->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_init(&t->lock, NULL);
	return t;
}

/* ---- filling it --------------------------------------------------------- */

/* Lower case, without a dot at the end. */
static struct span
fold(struct dnstable *t, struct span name)
{
	char *p;
	size_t i;

	if (name.len > 0 && name.p[name.len - 1] == '.')
		name.len--;
	p = need(arena_alloc(t->arena, name.len + 1));
	for (i = 0; i < name.len; i++)
		p[i] = (char)ascii_lower((unsigned char)name.p[i]);
	return (struct span){ p, name.len };
}

static struct node *
node_at(struct dnstable *t, struct span name)
{
	struct node *n = map_get(t->nodes, name);

	if (n != NULL)
		return n;
	n = need(arena_alloc(t->arena, sizeof(*n)));
	n->end = &n->rows;
	if (!map_put(t->nodes, name, n, NULL))
		abort();
	return n;
}

/* The node of `name`, which exists from now on, and so do its parents. */
static struct node *
node_make(struct dnstable *t, const char *name)
{
	struct span full = fold(t, span_of(name)), up = full;

	while (up.len > 0) {
		(void)node_at(t, up);
		up = span_skip(up, span_find(up, '.') + 1);
	}
	return node_at(t, full);
}

static void
add(struct dnstable *t, const char *name, int type, struct dns_record r)
{
	struct row *row;
	struct node *n;

	(void)pthread_mutex_lock(&t->lock);
	n = node_make(t, name);
	row = need(arena_alloc(t->arena, sizeof(*row)));
	*row = (struct row){ NULL, type, r };
	*n->end = row;
	n->end = &row->next;
	(void)pthread_mutex_unlock(&t->lock);
}

void
dnstable_txt(struct dnstable *t, const char *name, struct span text)
{
	struct dns_record r = { .txt = { "", 0 } };

	(void)pthread_mutex_lock(&t->lock);
	if (text.len > 0)
		r.txt = arena_span(t->arena, text);
	(void)pthread_mutex_unlock(&t->lock);
	add(t, name, DNS_TXT, r);
}

void
dnstable_a(struct dnstable *t, const char *name, const char *ip)
{
	struct dns_record r = { 0 };

	if (inet_pton(AF_INET, ip, &r.a) != 1)
		abort();
	add(t, name, DNS_A, r);
}

void
dnstable_aaaa(struct dnstable *t, const char *name, const char *ip)
{
	struct dns_record r = { 0 };

	if (inet_pton(AF_INET6, ip, &r.aaaa) != 1)
		abort();
	add(t, name, DNS_AAAA, r);
}

static struct span
host_of(struct dnstable *t, const char *host)
{
	struct span s;

	(void)pthread_mutex_lock(&t->lock);
	s = fold(t, span_of(host));
	(void)pthread_mutex_unlock(&t->lock);
	return s;
}

void
dnstable_mx(struct dnstable *t, const char *name, unsigned pref,
    const char *host)
{
	struct dns_record r = { 0 };

	r.mx.pref = (uint16_t)pref;
	r.mx.name = host_of(t, host);
	add(t, name, DNS_MX, r);
}

void
dnstable_ptr(struct dnstable *t, const char *name, const char *host)
{
	struct dns_record r = { 0 };

	r.name = host_of(t, host);
	add(t, name, DNS_PTR, r);
}

void
dnstable_cname(struct dnstable *t, const char *name, const char *to)
{
	struct span target = host_of(t, to);

	(void)pthread_mutex_lock(&t->lock);
	node_make(t, name)->cname = target;
	(void)pthread_mutex_unlock(&t->lock);
}

void
dnstable_exists(struct dnstable *t, const char *name)
{
	(void)pthread_mutex_lock(&t->lock);
	(void)node_make(t, name);
	(void)pthread_mutex_unlock(&t->lock);
}

void
dnstable_fail(struct dnstable *t, const char *name, int type)
{
	struct node *n;
	struct row *row;

	(void)pthread_mutex_lock(&t->lock);
	n = node_make(t, name);
	if (type == 0)
		n->fails = true;
	row = need(arena_alloc(t->arena, sizeof(*row)));
	row->type = type;
	row->next = n->failing;
	n->failing = row;
	(void)pthread_mutex_unlock(&t->lock);
}

void
dnstable_delay(struct dnstable *t, unsigned min_ms, unsigned max_ms,
    unsigned seed)
{
	(void)pthread_mutex_lock(&t->lock);
	t->min_ms = min_ms;
	t->max_ms = max_ms > min_ms ? max_ms : min_ms;
	t->random = seed;
	(void)pthread_mutex_unlock(&t->lock);
}

void
dnstable_keep(struct dnstable *t, uint32_t ttl, size_t cache_bytes)
{
	(void)pthread_mutex_lock(&t->lock);
	t->ttl = ttl;
	t->cache_bytes = cache_bytes;
	(void)pthread_mutex_unlock(&t->lock);
}

/* ---- zone text ---------------------------------------------------------- */

/* Take one word off the front of *line. */
static struct span
word(struct span *line)
{
	struct span s = span_trim(*line);
	size_t n = 0;

	while (n < s.len && !ascii_iswsp((unsigned char)s.p[n]))
		n++;
	*line = span_trim(span_skip(s, n));
	return span_head(s, n);
}

/* The byte that stands behind a backslash, `in` skipped past it. */
static bool
escape(struct span *in, char *out)
{
	uint64_t value;

	if (in->len >= 3 && span_uint(span_head(*in, 3), 255, &value)) {
		*out = (char)value;
		*in = span_skip(*in, 3);
		return true;
	}
	if (in->len == 0 || ascii_isdigit((unsigned char)in->p[0]))
		return false;
	*out = in->p[0];
	*in = span_skip(*in, 1);
	return true;
}

/* One "quoted string" appended to buf. */
static bool
quoted(struct span *in, char *buf, size_t *len)
{
	if (in->len == 0 || in->p[0] != '"')
		return false;
	*in = span_skip(*in, 1);
	while (in->len > 0 && in->p[0] != '"') {
		char c = in->p[0];

		*in = span_skip(*in, 1);
		if (c == '\\' && !escape(in, &c))
			return false;
		buf[(*len)++] = c;
	}
	if (in->len == 0)
		return false;
	*in = span_trim(span_skip(*in, 1));
	return true;
}

static bool
zone_txt(struct dnstable *t, const char *name, struct span data)
{
	char *buf = need(malloc(data.len + 1));
	size_t len = 0;
	bool good;

	do
		good = quoted(&data, buf, &len);
	while (good && data.len > 0);
	if (good)
		dnstable_txt(t, name, (struct span){ buf, len });
	free(buf);
	return good;
}

static bool
zone_mx(struct dnstable *t, const char *name, struct span data)
{
	struct span pref = word(&data);
	char host[1024];
	uint64_t n;

	if (!span_uint(pref, 65535, &n) || data.len == 0 ||
	    data.len >= sizeof(host))
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", SPAN_ARG(data));
	dnstable_mx(t, name, (unsigned)n, host);
	return true;
}

static bool
is_ip(int family, const char *text)
{
	struct in6_addr any;

	return inet_pton(family, text, &any) == 1;
}

/* What has one word of data. */
static bool
zone_word(struct dnstable *t, const char *name, struct span type,
    struct span data)
{
	char text[1024];

	if (data.len >= sizeof(text))
		return false;
	(void)snprintf(text, sizeof(text), "%.*s", SPAN_ARG(data));
	if (span_is_nocase(type, "FAIL") && data.len == 0)
		dnstable_fail(t, name, 0);
	else if (span_is_nocase(type, "EXISTS") && data.len == 0)
		dnstable_exists(t, name);
	else if (span_is_nocase(type, "A") && is_ip(AF_INET, text))
		dnstable_a(t, name, text);
	else if (span_is_nocase(type, "AAAA") && is_ip(AF_INET6, text))
		dnstable_aaaa(t, name, text);
	else if (span_is_nocase(type, "PTR") && data.len > 0)
		dnstable_ptr(t, name, text);
	else if (span_is_nocase(type, "CNAME") && data.len > 0)
		dnstable_cname(t, name, text);
	else
		return false;
	return true;
}

/* The line without its comment; a semicolon in quotes is none. */
static struct span
uncomment(struct span line)
{
	bool in_quotes = false;
	size_t i;

	for (i = 0; i < line.len; i++) {
		if (line.p[i] == '\\')
			i++;
		else if (line.p[i] == '"')
			in_quotes = !in_quotes;
		else if (line.p[i] == ';' && !in_quotes)
			break;
	}
	return span_trim(span_head(line, i));
}

static bool
zone_line(struct dnstable *t, struct span line)
{
	struct span owner = word(&line), type = word(&line);
	char name[1024];

	if (owner.len >= sizeof(name) || type.len == 0)
		return false;
	(void)snprintf(name, sizeof(name), "%.*s", SPAN_ARG(owner));
	if (span_is_nocase(type, "TXT"))
		return zone_txt(t, name, line);
	if (span_is_nocase(type, "MX"))
		return zone_mx(t, name, line);
	return zone_word(t, name, type, line);
}

bool
dnstable_zone(struct dnstable *t, const char *text)
{
	struct span rest = span_of(text), line;
	unsigned n = 0;

	while (span_next(&rest, '\n', &line)) {
		n++;
		line = uncomment(line);
		if (line.len == 0 || zone_line(t, line))
			continue;
		(void)fprintf(stderr, "zone line %u: cannot read: %.*s\n", n,
		    SPAN_ARG(line));
		return false;
	}
	return true;
}

/* ---- answering ---------------------------------------------------------- */

static bool
node_fails(const struct node *n, int type)
{
	const struct row *row;

	for (row = n->failing; row != NULL; row = row->next)
		if (row->type == type)
			return true;
	return n->fails;
}

static struct dns_answer
answer_of(struct dnstable *t, const struct node *n, int type)
{
	struct dns_answer ans = { .status = DNS_NODATA, .ttl = t->ttl };
	struct dns_record *copy;
	const struct row *row;

	for (row = n->rows; row != NULL; row = row->next)
		ans.count += row->type == type ? 1 : 0;
	if (ans.count == 0)
		return ans;
	copy = need(arena_array(t->arena, ans.count, sizeof(*copy)));
	ans.status = DNS_OK;
	ans.record = copy;
	for (row = n->rows; row != NULL; row = row->next)
		if (row->type == type)
			*copy++ = row->r;
	return ans;
}

/* Locked. */
static struct dns_answer
look_up(struct dnstable *t, int type, struct span name)
{
	struct dns_answer fail = { .status = DNS_TEMPFAIL, .why = "SERVFAIL" };
	int hops;

	for (hops = 0; hops < CNAME_MAX; hops++) {
		const struct node *n = map_get(t->nodes, name);

		if (n == NULL)
			return (struct dns_answer){ .status = DNS_NXDOMAIN,
			    .ttl = t->ttl };
		if (node_fails(n, type))
			return fail;
		if (n->cname.p == NULL)
			return answer_of(t, n, type);
		name = n->cname;
	}
	return fail;
}

static void
finish(struct dnstable *t, struct dns_question *q)
{
	struct dns_answer ans;

	(void)pthread_mutex_lock(&t->lock);
	ans = look_up(t, dns_question_type(q), dns_question_name(q));
	(void)pthread_mutex_unlock(&t->lock);
	dns_question_done(q, &ans);
}

/* Locked: remember what was asked. */
static void
note(struct dnstable *t, const struct dns_question *q)
{
	if (t->nasked == t->asked_cap) {
		t->asked_cap = t->asked_cap == 0 ? 64 : t->asked_cap * 2;
		t->asked = need(realloc(t->asked,
		    t->asked_cap * sizeof(*t->asked)));
	}
	t->asked[t->nasked++] = need(arena_printf(t->arena, "%s %.*s",
	    dns_type_name(dns_question_type(q)),
	    SPAN_ARG(dns_question_name(q))));
}

/* Locked: a delay of min..max, from a linear congruential generator. */
static unsigned
draw(struct dnstable *t)
{
	t->random = t->random * 1103515245u + 12345u;
	return t->min_ms + (t->random >> 16) % (t->max_ms - t->min_ms + 1);
}

static bool
closing_or_due(struct dnstable *t)
{
	return t->closing ||
	    (t->late != NULL && t->late->due <= clock_mono_ms());
}

static void
await(struct dnstable *t)
{
	struct timespec ts;

	while (!closing_or_due(t)) {
		if (t->late == NULL) {
			(void)pthread_cond_wait(&t->changed, &t->lock);
			continue;
		}
		ts.tv_sec = (time_t)(t->late->due / 1000);
		ts.tv_nsec = (long)(t->late->due % 1000) * 1000000;
		(void)pthread_cond_timedwait(&t->changed, &t->lock, &ts);
	}
}

/* Answers what has become due; at the end fails the rest. */
static void *
answer_thread(void *arg)
{
	static const struct dns_answer gone = {
		.status = DNS_TEMPFAIL, .why = "closed" };
	struct dnstable *t = arg;
	struct late *l;

	(void)pthread_mutex_lock(&t->lock);
	for (;;) {
		bool closing;

		await(t);
		l = t->late;
		closing = t->closing;
		if (l == NULL)
			break;	/* closing */
		t->late = l->next;
		(void)pthread_mutex_unlock(&t->lock);
		if (closing)
			dns_question_done(l->q, &gone);
		else
			finish(t, l->q);
		free(l);
		(void)pthread_mutex_lock(&t->lock);
	}
	(void)pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* Locked. */
static void
answer_later(struct dnstable *t, struct dns_question *q)
{
	struct late *l = need(calloc(1, sizeof(*l))), **link = &t->late;

	l->q = q;
	l->due = clock_mono_ms() + draw(t);
	while (*link != NULL && (*link)->due <= l->due)
		link = &(*link)->next;
	l->next = *link;
	*link = l;
	if (!t->threaded &&
	    pthread_create(&t->thread, NULL, answer_thread, t) != 0)
		abort();
	t->threaded = true;
	(void)pthread_cond_signal(&t->changed);
}

static void
table_ask(void *engine, struct dns_question *q)
{
	struct dnstable *t = engine;
	bool later;

	(void)pthread_mutex_lock(&t->lock);
	note(t, q);
	later = t->max_ms > 0;
	if (later)
		answer_later(t, q);
	(void)pthread_mutex_unlock(&t->lock);
	if (!later)
		finish(t, q);
}

static void
table_close(void *engine)
{
	struct dnstable *t = engine;

	(void)pthread_mutex_lock(&t->lock);
	t->closing = true;
	(void)pthread_cond_signal(&t->changed);
	(void)pthread_mutex_unlock(&t->lock);
	if (t->threaded)
		(void)pthread_join(t->thread, NULL);
	(void)pthread_cond_destroy(&t->changed);
	(void)pthread_mutex_destroy(&t->lock);
	map_free(t->nodes);
	arena_free(t->arena);
	free(t->asked);
	free(t);
}

static const char *
table_describe(void *engine, struct arena *a)
{
	(void)engine;
	return arena_printf(a, "a table");
}

struct dns *
dnstable_open(struct dnstable *t)
{
	static const struct dns_engine_ops ops = {
		.ask = table_ask,
		.close = table_close,
		.describe = table_describe,
	};

	return dns_open_engine(&ops, t, t->cache_bytes);
}

size_t
dnstable_asked(struct dnstable *t)
{
	size_t n;

	(void)pthread_mutex_lock(&t->lock);
	n = t->nasked;
	(void)pthread_mutex_unlock(&t->lock);
	return n;
}

const char *
dnstable_question(struct dnstable *t, size_t i)
{
	const char *text;

	(void)pthread_mutex_lock(&t->lock);
	text = i < t->nasked ? t->asked[i] : NULL;
	(void)pthread_mutex_unlock(&t->lock);
	return text;
}
