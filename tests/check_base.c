/* tests of base/ */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/thread.h"
#include "base/utf8.h"
#include "tests/lib/testlib.h"

START_TEST(span_compares)
{
	ck_assert(span_is_nocase(SPAN("From"), "fROM"));
	ck_assert(span_is_ascii(SPAN("")));
	ck_assert(span_is_ascii(SPAN("a\x7f\t")));
	ck_assert(!span_is_ascii(SPAN("a\x80")));
	ck_assert(!span_is(SPAN("From"), "from"));
	ck_assert(!span_is_nocase(SPAN("K"), "\xe2\x84\xaa")); /* Kelvin sign */
	ck_assert(span_starts_nocase(SPAN("V=spf1 a"), "v=SPF1"));
	ck_assert(span_ends_nocase(SPAN("a.Example"), ".example"));
	ck_assert_int_lt(span_cmp(SPAN("ab"), SPAN("abc")), 0);
	ck_assert_int_gt(span_cmp(SPAN("b"), SPAN("abc")), 0);
}
END_TEST

START_TEST(span_takes_apart)
{
	struct span rest = SPAN("a,,b"), head;

	ck_assert(span_next(&rest, ',', &head));
	assert_span(head, "a");
	ck_assert(span_next(&rest, ',', &head));
	assert_span(head, "");
	ck_assert(span_next(&rest, ',', &head));
	assert_span(head, "b");
	ck_assert(!span_next(&rest, ',', &head));
	assert_span(span_trim(SPAN(" \r\n\tx y ")), "x y");
	ck_assert_uint_eq(span_find(SPAN("abc"), 'x'), 3);
	ck_assert_uint_eq(span_rfind(SPAN("abcb"), 'b'), 3);
}
END_TEST

START_TEST(span_reads_numbers)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool good;
		uint64_t value;
	} rows[] = {
		{ "0", 10, true, 0 },
		{ "10", 10, true, 10 },
		{ "11", 10, false, 0 },
		{ "5", 3, false, 0 },
		{ "", 10, false, 0 },
		{ "-1", 10, false, 0 },
		{ "1 ", 10, false, 0 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 0;

		ck_assert_msg(span_uint(span_of(rows[i].text), rows[i].max,
		    &value) == rows[i].good, "%s", rows[i].text);
		ck_assert_uint_eq(value, rows[i].value);
	}
}
END_TEST

START_TEST(arena_keeps_its_limit)
{
	struct arena *a = arena_new(1024);

	ck_assert_ptr_nonnull(arena_alloc(a, 1024));
	ck_assert(!arena_failed(a));
	ck_assert_ptr_null(arena_alloc(a, 1));
	ck_assert(arena_failed(a));
	arena_reset(a);
	ck_assert(!arena_failed(a));
	ck_assert_ptr_null(arena_array(a, SIZE_MAX / 2, 4));
	arena_free(a);
}
END_TEST

/* Whatever came with it, there is more, zeroed and aligned. */
START_TEST(arena_small_grows)
{
	static const size_t first[] = { 0, 1, 100 };
	size_t i, n, k;

	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		struct arena *a = arena_new_small(first[i]);

		for (n = 1; n < 300; n++) {
			char *p = arena_alloc(a, n);

			ck_assert_ptr_nonnull(p);
			ck_assert_uint_eq((uintptr_t)p %
			    _Alignof(max_align_t), 0);
			for (k = 0; k < n; k++)
				ck_assert_int_eq(p[k], 0);
			memset(p, 'x', n);
		}
		arena_reset(a);
		ck_assert_ptr_nonnull(arena_alloc(a, 1000));
		arena_free(a);
	}
}
END_TEST

START_TEST(strbuf_builds)
{
	struct arena *a = arena_new(0);
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	assert_span(strbuf_span(&sb), "");
	strbuf_adds(&sb, "a");
	strbuf_addf(&sb, "-%d-", 7);
	strbuf_addc(&sb, 'z');
	ck_assert_str_eq(strbuf_str(&sb), "a-7-z");
	strbuf_cut(&sb, 1);
	ck_assert_str_eq(strbuf_str(&sb), "a");
	for (i = 0; i < 100000; i++)
		strbuf_addc(&sb, 'x');
	ck_assert_uint_eq(strbuf_span(&sb).len, 100001);
	arena_free(a);
}
END_TEST

START_TEST(strbuf_remembers_failure)
{
	struct arena *a = arena_new(256);
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	for (i = 0; i < 1000; i++)
		strbuf_addc(&sb, 'x');
	ck_assert_ptr_null(strbuf_span(&sb).p);
	ck_assert_ptr_null(strbuf_str(&sb));
	arena_free(a);
}
END_TEST

START_TEST(map_holds_many)
{
	struct map *m = map_new();
	static int values[5000];
	size_t i, cursor = 0, seen = 0;
	struct span key;
	void *value, *old;
	char name[16];

	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "k%zu", i);
		ck_assert(map_put(m, span_of(name), &values[i], &old));
		ck_assert_ptr_null(old);
	}
	ck_assert_uint_eq(map_count(m), 5000);
	while (map_next(m, &cursor, &key, &value))
		seen++;
	ck_assert_uint_eq(seen, 5000);
	for (i = 0; i < 5000; i += 2) {
		snprintf(name, sizeof(name), "k%zu", i);
		ck_assert_ptr_eq(map_remove(m, span_of(name)), &values[i]);
	}
	ck_assert_ptr_null(map_get(m, SPAN("k0")));
	ck_assert_ptr_eq(map_get(m, SPAN("k4999")), &values[4999]);
	ck_assert_uint_eq(map_count(m), 2500);
	ck_assert(map_put(m, SPAN("k1"), &values[0], &old));
	ck_assert_ptr_eq(old, &values[1]);
	map_free(m);
}
END_TEST

/* The first and last vectors of the SipHash paper's reference program. */
START_TEST(siphash_is_siphash)
{
	uint8_t key[16];
	char in[16];
	int i;

	for (i = 0; i < 16; i++) {
		key[i] = (uint8_t)i;
		in[i] = (char)i;
	}
	ck_assert(siphash(key, (struct span){ in, 0 }) ==
	    UINT64_C(0x726fdb47dd0e0e31));
	ck_assert(siphash(key, (struct span){ in, 15 }) ==
	    UINT64_C(0xa129ca6149be45e5));
}
END_TEST

/* RFC 4648, 10 */
START_TEST(base64_vectors)
{
	static const char *rows[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	static const char *bad[] = {
		"Z", "Zg", "Zg=", "Zg===", "Z===", "Zg==Zg==", "Zm9-", "====",
	};
	struct arena *a = arena_new(0);
	struct span out;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_span(base64_encode(a, span_of(rows[i][0])), rows[i][1]);
		ck_assert(base64_decode(a, span_of(rows[i][1]), &out));
		assert_span(out, rows[i][0]);
	}
	ck_assert(base64_decode(a, SPAN(" Zm9\r\n\tv Yg == "), &out));
	assert_span(out, "foob");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!base64_decode(a, span_of(bad[i]), &out), "%s",
		    bad[i]);
	arena_free(a);
}
END_TEST

/* RFC 3629, 3 and 10; and the edges of each length. */
START_TEST(utf8_is_strict)
{
	static const struct {
		const char *text;
		size_t len;
		uint32_t cp;
	} rows[] = {
		{ "a", 1, 'a' }, { "\x7f", 1, 0x7f },
		{ "\xc2\x80", 2, 0x80 }, { "\xdf\xbf", 2, 0x7ff },
		{ "\xe0\xa0\x80", 3, 0x800 }, { "\xe2\x89\xa2", 3, 0x2262 },
		{ "\xed\x9f\xbf", 3, 0xd7ff }, { "\xef\xbf\xbf", 3, 0xffff },
		{ "\xf0\x90\x80\x80", 4, 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "", 0, 0 }, { "\x80", 0, 0 }, { "\xc0\x80", 0, 0 },
		{ "\xc1\xbf", 0, 0 }, { "\xe0\x9f\xbf", 0, 0 },
		{ "\xed\xa0\x80", 0, 0 }, { "\xf0\x8f\xbf\xbf", 0, 0 },
		{ "\xf4\x90\x80\x80", 0, 0 }, { "\xf8\x88\x80\x80", 0, 0 },
		{ "\xc3", 0, 0 }, { "\xc3(", 0, 0 }, { "\xff", 0, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t cp = 0;

		ck_assert_uint_eq(utf8_char(span_of(rows[i].text), &cp),
		    rows[i].len);
		ck_assert_uint_eq(cp, rows[i].cp);
	}
}
END_TEST

/* The signals that the thread would take. */
static void *
mask_of_thread(void *ctx)
{
	(void)pthread_sigmask(SIG_SETMASK, NULL, ctx);
	return NULL;
}

START_TEST(thread_sees_no_signal)
{
	static const int signals[] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT };
	sigset_t own, theirs, after;
	pthread_t thread;
	size_t i;

	sigemptyset(&own);
	sigaddset(&own, SIGUSR1);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &own, NULL), 0);
	ck_assert_int_eq(thread_start(&thread, mask_of_thread, &theirs), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		ck_assert_int_eq(sigismember(&theirs, signals[i]), 1);
		ck_assert_int_eq(sigismember(&after, signals[i]),
		    signals[i] == SIGUSR1);
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		span_compares, span_takes_apart, span_reads_numbers,
		arena_keeps_its_limit, arena_small_grows, strbuf_builds,
		strbuf_remembers_failure, map_holds_many, siphash_is_siphash,
		base64_vectors, utf8_is_strict,
		thread_sees_no_signal,
	};

	return TESTLIB_RUN("base", tests);
}
