/* dns/engine_unbound.c against a server that does what it should not */
#include "config.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "dns/dns.h"
#include "tests/lib/hostiled.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

struct world {
	struct hostiled	*server;
	struct dns	*dns;
	struct dns_scope *scope;
};

static struct dns_server
address_of(struct hostiled *sv)
{
	struct dns_server out = { .port = hostiled_public(sv)->port };

	(void)inet_pton(AF_INET6, "::ffff:127.0.0.1", &out.addr);
	return out;
}

static struct dns *
open_dns(const struct dns_server *list, size_t n, unsigned timeout_ms)
{
	struct dns_options o = { .servers = list, .nservers = n,
	    .timeout_ms = timeout_ms };
	const char *why;
	struct dns *d = dns_open(&o, &why);

	ck_assert_msg(d != NULL, "%s", why);
	return d;
}

static struct world
world_new(unsigned timeout_ms)
{
	struct world w = { .server = hostiled_start() };
	struct dns_server sv = address_of(w.server);

	w.dns = open_dns(&sv, 1, timeout_ms);
	w.scope = dns_scope_new(w.dns, 1000);
	ck_assert_ptr_nonnull(w.scope);
	return w;
}

static void
world_free(struct world *w)
{
	dns_scope_free(w->scope);
	dns_free(w->dns);
	hostiled_stop(w->server);
}

static const struct dns_answer *
ask(struct world *w, enum dns_type type, const char *name)
{
	return dns_lookup(w->scope, type, span_of(name));
}

START_TEST(plain_answers)
{
	static const struct {
		enum dns_type type;
		const char *name;
		enum dns_status want;
		const char *text;
	} rows[] = {
		{ DNS_TXT, "ok.example", DNS_OK, "fine" },
		{ DNS_TXT, "nx.example", DNS_NXDOMAIN, NULL },
		{ DNS_TXT, "nodata.example", DNS_NODATA, NULL },
		{ DNS_TXT, "cnamenx.example", DNS_NXDOMAIN, NULL },
		{ DNS_TXT, "chain.example", DNS_OK, "end of chain" },
		{ DNS_TXT, "hop.example", DNS_OK, "end of chain" },
		{ DNS_TXT, "loop.example", DNS_TEMPFAIL, NULL },
		{ DNS_TXT, "servfail.example", DNS_TEMPFAIL, NULL },
		{ DNS_TXT, "refused.example", DNS_TEMPFAIL, NULL },
		{ DNS_TXT, "broken.example", DNS_TEMPFAIL, NULL },
		{ DNS_TXT, "tc.example", DNS_OK, "over TCP" },
		/* names that libunbound would answer by itself */
		{ DNS_TXT, "ok.test", DNS_OK, "fine" },
		{ DNS_TXT, "ok.home.arpa", DNS_OK, "fine" },
		{ DNS_TXT, "ok.1.168.192.in-addr.arpa", DNS_OK, "fine" },
		{ DNS_TXT, "ok.2.0.192.in-addr.arpa", DNS_OK, "fine" },
		{ DNS_TXT, "ok.10.in-addr.arpa", DNS_OK, "fine" },
		{ DNS_TXT, "ok.8.b.d.0.1.0.0.2.ip6.arpa", DNS_OK, "fine" },
		{ DNS_PTR, "7.2.0.192.in-addr.arpa", DNS_OK, NULL },
		/* what is no host's name (RFC 7208, 7.3) */
		{ DNS_TXT, "user+tag.example", DNS_OK, "fine" },
		{ DNS_TXT, "a b;\"(@)\"$.example", DNS_OK, "fine" },
		{ DNS_TXT, "back\\slash\\100.example", DNS_OK, "fine" },
		{ DNS_A, "a.example", DNS_OK, NULL },
		{ DNS_AAAA, "a.example", DNS_NODATA, NULL },
	};
	struct world w = world_new(4000);
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		dns_prefetch(w.scope, rows[i].type, span_of(rows[i].name));
	for (i = 0; i < NROWS(rows); i++) {
		const struct dns_answer *ans = ask(&w, rows[i].type,
		    rows[i].name);

		ck_assert_msg(ans->status == rows[i].want, "%s: %s (%s)",
		    rows[i].name, dns_status_name(ans->status),
		    ans->why != NULL ? ans->why : "");
		ck_assert((ans->why == NULL) == dns_known(ans->status));
		if (rows[i].text != NULL)
			assert_span(ans->record[0].txt, rows[i].text);
	}
	ck_assert_str_eq(ask(&w, DNS_TXT, "servfail.example")->why,
	    "SERVFAIL");
	ck_assert_uint_eq(ask(&w, DNS_TXT, "nx.example")->ttl, 60);
	/* a flag that libunbound does not hand on */
	ck_assert(!ask(&w, DNS_TXT, "ad.example")->secure);
	/* what stands below a name that is not there is asked for */
	ck_assert_int_eq(ask(&w, DNS_TXT, "ok.nx.example")->status, DNS_OK);
	world_free(&w);
}
END_TEST

/* Forged ahead of the answer, and forged alone. */
START_TEST(forged_answers_are_not_believed)
{
	static const char *const rows[] = { "wrongid.example",
	    "wrongq.example", "wrongtype.example", "othersource.example",
	    "noqr.example", "wrongidonly.example", "wrongqonly.example",
	    "wrongtypeonly.example", "othersourceonly.example",
	    "noqronly.example" };
	struct world w = world_new(1500);
	size_t i;

	for (i = 0; i < NROWS(rows); i++)
		dns_prefetch(w.scope, DNS_TXT, span_of(rows[i]));
	for (i = 0; i < NROWS(rows); i++) {
		const struct dns_answer *ans = ask(&w, DNS_TXT, rows[i]);
		bool only = strstr(rows[i], "only") != NULL;

		ck_assert_msg(ans->status == DNS_TEMPFAIL ||
		    (!only && ans->status == DNS_OK), "%s: %s", rows[i],
		    dns_status_name(ans->status));
		if (ans->status == DNS_OK)
			assert_span(ans->record[0].txt, "fine");
	}
	world_free(&w);
}
END_TEST

START_TEST(long_answers_come_by_tcp)
{
	struct world w = world_new(4000);
	const struct dns_answer *ans = ask(&w, DNS_TXT, "big.example");
	size_t i;

	ck_assert_int_eq(ans->status, DNS_OK);
	ck_assert_uint_eq(ans->count, 1);
	ck_assert_uint_eq(ans->record[0].txt.len, 64000);
	ans = ask(&w, DNS_TXT, "many.example");
	ck_assert_int_eq(ans->status, DNS_OK);
	ck_assert_uint_eq(hostiled_public(w.server)->asked_tcp, 2);
	/* the library drops records that are equal: 0 to 39 bytes remain */
	ck_assert_uint_ge(ans->count, 40);
	for (i = 0; i < ans->count; i++)
		ck_assert_uint_lt(ans->record[i].txt.len, 40);
	world_free(&w);
}
END_TEST

/* In whatever order the library puts them. */
static size_t
count_names(const struct dns_answer *ans, const char *name)
{
	size_t n = 0, i;

	for (i = 0; i < ans->count; i++)
		n += span_is(ans->type == DNS_MX ? ans->record[i].mx.name :
		    ans->record[i].name, name) ? 1 : 0;
	return n;
}

START_TEST(weird_names_are_not_names)
{
	struct world w = world_new(4000);
	const struct dns_answer *ans = ask(&w, DNS_PTR, "weird.example");

	ck_assert_int_eq(ans->status, DNS_OK);
	ck_assert_uint_eq(ans->count, 5);
	ck_assert_uint_eq(count_names(ans, "good.example"), 1);
	ck_assert_uint_eq(count_names(ans, ""), 4);
	ans = ask(&w, DNS_MX, "weird.example");
	ck_assert_uint_eq(ans->count, 5);
	ck_assert_uint_eq(count_names(ans, "good.example"), 1);
	ck_assert_uint_eq(count_names(ans, "a b.example"), 1);
	ck_assert_uint_eq(count_names(ans, ""), 3);
	world_free(&w);
}
END_TEST

/* A lookup ends at the scope's deadline, a question at its own. */
START_TEST(silence_ends)
{
	struct world w = world_new(600);
	const struct dns_answer *ans;
	int64_t t0 = clock_mono_ms(), took;

	dns_scope_deadline(w.scope, t0 + 150);
	ans = ask(&w, DNS_TXT, "drop.example");
	took = clock_mono_ms() - t0;
	ck_assert_int_eq(ans->status, DNS_TEMPFAIL);
	ck_assert_str_eq(ans->why, "timed out");
	ck_assert_int_ge(took, 150);
	ck_assert_int_lt(took, 550);
	dns_scope_deadline(w.scope, 0);
	ans = ask(&w, DNS_TXT, "drop.example");
	took = clock_mono_ms() - t0;
	ck_assert_int_eq(ans->status, DNS_TEMPFAIL);
	ck_assert_str_eq(ans->why, "timed out");
	ck_assert_int_ge(took, 599);
	ck_assert_int_lt(took, 1200);
	/* what is dropped holds up nobody else */
	t0 = clock_mono_ms();
	dns_prefetch(w.scope, DNS_A, SPAN("drop.example"));
	dns_prefetch(w.scope, DNS_MX, SPAN("drop.example"));
	ck_assert_int_eq(ask(&w, DNS_TXT, "ok.example")->status, DNS_OK);
	ck_assert_int_lt(clock_mono_ms() - t0, 550);
	world_free(&w);
}
END_TEST

START_TEST(late_answer_ends_in_the_cache)
{
	struct world w = world_new(4000);
	struct dns_scope *next = dns_scope_new(w.dns, 0);
	const struct dns_answer *late;
	struct dns_stats stats;

	dns_scope_deadline(w.scope, clock_mono_ms() + 50);
	late = ask(&w, DNS_TXT, "slow.example");
	ck_assert_int_eq(late->status, DNS_TEMPFAIL);
	/* another message joins what is under way */
	ck_assert_int_eq(dns_lookup(next, DNS_TXT,
	    SPAN("slow.example"))->status, DNS_OK);
	ck_assert_ptr_eq(ask(&w, DNS_TXT, "slow.example"), late);
	dns_scope_deadline(w.scope, clock_mono_ms() + 50);
	ck_assert_int_eq(ask(&w, DNS_TXT, "slow.example")->status, DNS_OK);
	dns_stats(w.dns, &stats);
	ck_assert_uint_eq(stats.asked, 1);
	ck_assert_uint_eq(stats.joined, 1);
	ck_assert_uint_eq(stats.failed, 0);
	dns_scope_free(next);
	world_free(&w);
}
END_TEST

/* TTL 0 is for the message that asked, and for nobody after it. */
START_TEST(ttl_0_is_asked_again)
{
	struct world w = world_new(4000);
	struct dns_stats stats;

	ck_assert_int_eq(ask(&w, DNS_TXT, "ttl0.example")->status, DNS_OK);
	ck_assert_int_eq(ask(&w, DNS_TXT, "ttl0.example")->status, DNS_OK);
	dns_scope_free(w.scope);
	w.scope = dns_scope_new(w.dns, 10);
	ck_assert_int_eq(ask(&w, DNS_TXT, "ttl0.example")->status, DNS_OK);
	dns_stats(w.dns, &stats);
	ck_assert_uint_eq(stats.asked, 2);
	world_free(&w);
}
END_TEST

static void *
ask_slow(void *arg)
{
	struct dns *d = ((struct world *)arg)->dns;
	struct dns_scope *s = dns_scope_new(d, 10);
	static atomic_uint turn;
	char name[64];

	(void)snprintf(name, sizeof(name), "slow%u.example",
	    atomic_fetch_add(&turn, 1));
	ck_assert_int_eq(dns_lookup(s, DNS_TXT, span_of(name))->status,
	    DNS_OK);
	dns_scope_free(s);
	return NULL;
}

START_TEST(fifty_at_once)
{
	struct world w = world_new(4000);
	pthread_t thread[50];
	int64_t t0 = clock_mono_ms(), took;
	size_t i;

	for (i = 0; i < NROWS(thread); i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, ask_slow,
		    &w), 0);
	for (i = 0; i < NROWS(thread); i++)
		(void)pthread_join(thread[i], NULL);
	took = clock_mono_ms() - t0;
	ck_assert_int_ge(took, 300);
	ck_assert_int_lt(took, 1500);	/* in turn: 15 s */
	world_free(&w);
}
END_TEST

/* With 100 files the resolver has 25 sockets, and asks twelve at a time. */
static void
set_files(rlim_t n)
{
	struct rlimit lim;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = n < lim.rlim_max ? n : lim.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
}

/* Each takes 300 ms to be answered. */
static void
prefetch_slow(struct world *w, int from, int to)
{
	char name[32];
	int i;

	for (i = from; i < to; i++) {
		(void)snprintf(name, sizeof(name), "slow%d.example", i);
		dns_prefetch(w->scope, DNS_TXT, span_of(name));
	}
}

static void
ask_slow_ones(struct world *w, int to)
{
	char name[32];
	int i;

	for (i = 0; i < to; i++) {
		(void)snprintf(name, sizeof(name), "slow%d.example", i);
		ck_assert_msg(ask(w, DNS_TXT, name)->status == DNS_OK, "%s",
		    name);
	}
}

/* More questions than the process may open sockets: they take turns. */
START_TEST(few_files)
{
	struct world w;

	set_files(100);
	w = world_new(5000);
	prefetch_slow(&w, 0, 150);
	ask_slow_ones(&w, 150);
	world_free(&w);
	set_files(1024);
}
END_TEST

/* Those who come while a rush lasts do not take the turn of the first. */
START_TEST(rush_is_served_in_order)
{
	struct world w;
	int n;

	set_files(100);
	w = world_new(3000);
	prefetch_slow(&w, 0, 36);
	for (n = 36; n < 140; n += 10) {
		(void)usleep(300000);
		prefetch_slow(&w, n, n + 10);
	}
	ask_slow_ones(&w, n);
	world_free(&w);
	set_files(1024);
}
END_TEST

START_TEST(dead_forwarder_is_passed_over)
{
	struct hostiled *dead = hostiled_start();
	struct hostiled *live = hostiled_start();
	struct dns_server list[2] = { address_of(dead), address_of(live) };
	struct world w;
	struct arena *a = arena_new(0);
	char want[64], name[32];
	int i;

	hostiled_public(dead)->dead = true;
	w.dns = open_dns(list, 2, 5000);
	w.scope = dns_scope_new(w.dns, 100);
	(void)snprintf(want, sizeof(want), "127.0.0.1@%u, 127.0.0.1@%u",
	    list[0].port, list[1].port);
	ck_assert_str_eq(dns_describe(w.dns, a), want);
	for (i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example", i);
		ck_assert_int_eq(ask(&w, DNS_TXT, name)->status, DNS_OK);
	}
	ck_assert_uint_ge(hostiled_public(live)->asked, 20);
	dns_scope_free(w.scope);
	dns_free(w.dns);
	hostiled_stop(dead);
	hostiled_stop(live);
	arena_free(a);
}
END_TEST

/* A forwarder that was away is used again as soon as it is back. */
START_TEST(forwarder_comes_back)
{
	struct world w = world_new(800);
	char name[32];
	int64_t back;
	int i = 0;

	hostiled_public(w.server)->dead = true;
	for (i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "away%d.example", i);
		ck_assert_int_eq(ask(&w, DNS_TXT, name)->status,
		    DNS_TEMPFAIL);
	}
	hostiled_public(w.server)->dead = false;
	back = clock_mono_ms();
	do
		(void)snprintf(name, sizeof(name), "back%d.example", i++);
	while (ask(&w, DNS_TXT, name)->status != DNS_OK &&
	    clock_mono_ms() - back < 10000);
	ck_assert_int_lt(clock_mono_ms() - back, 3000);
	world_free(&w);
}
END_TEST

static size_t
open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

START_TEST(nothing_is_left_open)
{
	struct world w = world_new(1000);
	struct dns_server sv = address_of(w.server);
	size_t before = open_fds();
	int round, i, tries;

	for (round = 0; round < 10; round++) {
		struct dns *d = open_dns(&sv, 1, 1000);
		struct dns_scope *s = dns_scope_new(d, 100);
		char name[32];

		for (i = 0; i < 20; i++) {
			(void)snprintf(name, sizeof(name), "slow%d.example",
			    i);
			dns_prefetch(s, DNS_TXT, span_of(name));
			dns_prefetch(s, DNS_TXT, SPAN("drop.example"));
		}
		ck_assert_int_eq(dns_lookup(s, DNS_TXT,
		    SPAN("tc.example"))->status, DNS_OK);
		dns_scope_free(s);
		dns_free(d);	/* with 21 questions in flight */
	}
	/* the server closes its ends of TCP connections in its own time */
	for (tries = 0; tries < 100 && open_fds() > before; tries++)
		(void)poll(NULL, 0, 20);
	ck_assert_uint_eq(open_fds(), before);
	world_free(&w);
}
END_TEST

START_TEST(opening_says_why_not)
{
	struct dns_server many[DNS_MAX_SERVERS + 1];
	struct dns_options o = { .servers = many,
	    .nservers = DNS_MAX_SERVERS + 1 };
	const char *why = NULL;

	memset(many, 0, sizeof(many));
	ck_assert_ptr_null(dns_open(&o, &why));
	ck_assert_str_eq(why, "too many name servers");
}
END_TEST

START_TEST(servers_come_from_resolv_conf)
{
	struct world w = world_new(1000);
	struct dns_options o = { .resolv_conf = "/nonexistent" };
	char path[] = "/tmp/check_dns_wire.XXXXXX";
	int fd = mkstemp(path);
	struct arena *a = arena_new(0);
	const char *why;
	struct dns *d;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, "nameserver 127.0.0.1\n"
	    "nameserver ::1\n"), 0);
	(void)close(fd);
	d = dns_open(&o, &why);
	ck_assert_str_eq(dns_describe(d, a), "full recursion from the root");
	dns_free(d);
	o.resolv_conf = path;
	d = dns_open(&o, &why);
	ck_assert_str_eq(dns_describe(d, a), "127.0.0.1@53, ::1@53");
	dns_free(d);
	(void)unlink(path);
	arena_free(a);
	world_free(&w);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		plain_answers,
		forged_answers_are_not_believed,
		long_answers_come_by_tcp,
		weird_names_are_not_names,
		silence_ends,
		late_answer_ends_in_the_cache,
		ttl_0_is_asked_again,
		fifty_at_once,
		few_files,
		rush_is_served_in_order,
		dead_forwarder_is_passed_over,
		forwarder_comes_back,
		nothing_is_left_open,
		opening_says_why_not,
		servers_come_from_resolv_conf,
	};

	return TESTLIB_RUN("dns_wire", tests);
}
