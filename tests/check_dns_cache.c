/* tests of dns/stored.c and dns/cache.c */
#include "config.h"

#include <stdio.h>

#include "dns/cache.h"
#include "tests/lib/testlib.h"

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A TXT answer of `len` bytes. */
static struct dns_stored *
stored_txt(const char *name, size_t len, uint32_t ttl)
{
	static char text[65536];
	struct dns_record r = { .txt = { text, len } };
	struct dns_answer ans = { .status = DNS_OK, .ttl = ttl, .count = 1,
	    .record = &r };
	struct dns_stored *st;

	memset(text, 't', sizeof(text));
	st = dns_stored_new(DNS_TXT, span_of(name), &ans);
	ck_assert_ptr_nonnull(st);
	return st;
}

static bool
cached(struct dns_cache *c, uint64_t hash, const char *name, int64_t now)
{
	struct dns_stored *st = dns_cache_get(c, hash, DNS_TXT, span_of(name),
	    now);

	dns_stored_unref(st);
	return st != NULL;
}

static void
put(struct dns_cache *c, uint64_t hash, struct dns_stored *st, int64_t now)
{
	dns_cache_drop(dns_cache_put(c, hash, st, now));
	dns_stored_unref(st);
}

START_TEST(ttl_is_clamped)
{
	static const struct {
		enum dns_status status;
		uint32_t ttl, want;
	} rows[] = {
		{ DNS_OK, 0, 0 }, { DNS_OK, 1, 1 }, { DNS_OK, 86400, 86400 },
		{ DNS_OK, 86401, 86400 }, { DNS_OK, UINT32_MAX, 86400 },
		{ DNS_NXDOMAIN, 3600, 3600 }, { DNS_NXDOMAIN, 3601, 3600 },
		{ DNS_NODATA, 0, 0 }, { DNS_NODATA, 86400, 3600 },
		{ DNS_TEMPFAIL, 0, 5 }, { DNS_TEMPFAIL, 900, 5 },
		{ DNS_BOGUS, 900, 5 },
	};
	struct dns_record r = { .txt = { "x", 1 } };
	size_t i;

	for (i = 0; i < NROWS(rows); i++) {
		struct dns_answer ans = { .status = rows[i].status,
		    .ttl = rows[i].ttl, .count = 1, .record = &r };
		struct dns_stored *st = dns_stored_new(DNS_TXT, SPAN("a"),
		    &ans);

		ck_assert_uint_eq(st->ans.ttl, rows[i].want);
		ck_assert_int_eq(st->ans.status, rows[i].status);
		ck_assert_uint_eq(st->ans.count, rows[i].status == DNS_OK);
		dns_stored_unref(st);
	}
}
END_TEST

START_TEST(cache_keeps_until_the_ttl_is_over)
{
	struct dns_cache *c = dns_cache_new(1 << 20);

	put(c, 7, stored_txt("a", 10, 2), 1000);
	put(c, 8, stored_txt("b", 10, 0), 1000);
	ck_assert(cached(c, 7, "a", 1000));
	ck_assert(cached(c, 7, "a", 2999));
	ck_assert(!cached(c, 7, "a", 3000));
	ck_assert(!cached(c, 8, "b", 1000));
	/* the same hash, or bucket, is not the same question */
	ck_assert(!cached(c, 7, "b", 1000));
	ck_assert(!cached(c, 7 + (1 << 20), "a", 1000));
	put(c, 7, stored_txt("c", 10, 2), 1000);
	ck_assert(cached(c, 7, "a", 1000));
	ck_assert(cached(c, 7, "c", 1000));
	ck_assert_ptr_null(dns_cache_get(c, 7, DNS_A, SPAN("a"), 1000));
	/* a new answer takes the place of the old one */
	put(c, 7, stored_txt("a", 10, 100), 3000);
	ck_assert(cached(c, 7, "a", 102999));
	put(c, 7, stored_txt("a", 10, 0), 3000);
	ck_assert(!cached(c, 7, "a", 3000));
	dns_cache_free(c);
	dns_cache_free(NULL);
}
END_TEST

START_TEST(cache_is_bounded)
{
	enum { LIMIT = 100000, N = 1000 };
	struct dns_cache *c = dns_cache_new(LIMIT);
	char name[16];
	unsigned i, kept = 0;

	put(c, 1, stored_txt("used", 100, 100), 0);
	for (i = 0; i < N; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		put(c, i, stored_txt(name, 100, 100), 0);
		ck_assert_uint_le(dns_cache_bytes(c), LIMIT);
		ck_assert(cached(c, 1, "used", 1));
	}
	/* the newest are there, the oldest are not */
	for (i = 0; i < N; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		if (cached(c, i, name, 1))
			kept++;
		else
			ck_assert_uint_eq(kept, 0);
	}
	ck_assert_uint_gt(kept, 10);
	ck_assert_uint_lt(kept, 100);
	/* a giant serves those who asked, and pushes nobody out */
	put(c, 5000, stored_txt("giant", 12000, 100), 0);
	ck_assert(!cached(c, 5000, "giant", 0));
	ck_assert(cached(c, 1, "used", 1));
	put(c, 5001, stored_txt("big", 9000, 100), 0);
	ck_assert(cached(c, 5001, "big", 0));
	dns_cache_free(c);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		ttl_is_clamped,
		cache_keeps_until_the_ttl_is_over,
		cache_is_bounded,
	};

	return TESTLIB_RUN("dns_cache", tests);
}
