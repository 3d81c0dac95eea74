/* tests of policy/bodyhash.c */
#include "config.h"

#include "base/base64.h"
#include "policy/bodyhash.h"
#include "tests/lib/testlib.h"

static struct arena *arena;

#define FOOTBALL \
	"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
#define SPACED " C \r\nD \t E\r\n\r\n\r\n"

/*
 * The hash that is wanted stands either in an RFC or is that of the canonical
 * text, which does.
 */
static const struct {
	const char *body;
	enum canon canon;
	uint64_t length;
	const char *hash;	/* base64; or NULL, and then ... */
	const char *canonical;	/* ... what goes into it */
	uint64_t octets;
} rows[] = {
	/* RFC 6376, 3.4.3 and 3.4.4: the empty body */
	{ "", CANON_SIMPLE, BODYHASH_ALL,
	    "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", NULL, 2 },
	{ "", CANON_RELAXED, BODYHASH_ALL,
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", NULL, 0 },
	{ "\r\n\r\n", CANON_SIMPLE, BODYHASH_ALL,
	    "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", NULL, 2 },
	{ "\r\n\r\n", CANON_RELAXED, BODYHASH_ALL,
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", NULL, 0 },
	/* RFC 6376, A.2 as sent; RFC 8463, A.3 */
	{ "Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n",
	    CANON_SIMPLE, BODYHASH_ALL,
	    "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=", NULL, 54 },
	{ FOOTBALL, CANON_RELAXED, BODYHASH_ALL,
	    "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=", NULL, 54 },
	/* RFC 6376, 3.4.5 */
	{ SPACED, CANON_SIMPLE, BODYHASH_ALL, NULL,
	    " C \r\nD \t E\r\n", 12 },
	{ SPACED, CANON_RELAXED, BODYHASH_ALL, NULL, " C\r\nD E\r\n", 9 },
	/* 3.5, l=: parts, all of it to the octet, more than there is */
	{ SPACED, CANON_RELAXED, 0, NULL, "", 1 },
	{ SPACED, CANON_RELAXED, 1, NULL, " ", 2 },
	{ SPACED, CANON_RELAXED, 3, NULL, " C\r", 4 },
	{ SPACED, CANON_RELAXED, 8, NULL, " C\r\nD E\r", 9 },
	{ SPACED, CANON_RELAXED, 9, NULL, " C\r\nD E\r\n", 9 },
	{ SPACED, CANON_RELAXED, 10, NULL, " C\r\nD E\r\n", 9 },
	{ SPACED, CANON_RELAXED, UINT64_MAX - 1, NULL, " C\r\nD E\r\n", 9 },
	{ SPACED, CANON_SIMPLE, 11, NULL, " C \r\nD \t E\r", 12 },
	{ SPACED, CANON_SIMPLE, 12, NULL, " C \r\nD \t E\r\n", 12 },
	{ "", CANON_RELAXED, 0, NULL, "", 0 },
	{ "", CANON_SIMPLE, 0, NULL, "", 1 },
	{ "", CANON_SIMPLE, 2, NULL, "\r\n", 2 },
};

#define NROWS (sizeof(rows) / sizeof(rows[0]))

static void
check_row(const struct bodyhash *b, int number, size_t row)
{
	uint8_t want[DIGEST_LEN], got[DIGEST_LEN];
	uint64_t octets;
	struct span s;

	if (rows[row].hash != NULL) {
		ck_assert(base64_decode(arena, span_of(rows[row].hash), &s));
		memcpy(want, s.p, DIGEST_LEN);
	} else
		ck_assert(digest_of(span_of(rows[row].canonical), want));
	ck_assert_msg(bodyhash_get(b, number, got, &octets), "row %zu", row);
	ck_assert_msg(memcmp(got, want, DIGEST_LEN) == 0, "row %zu", row);
	ck_assert_msg(octets == rows[row].octets, "row %zu: %u octets", row,
	    (unsigned)octets);
}

/* Each row alone, the body split in three at every two places. */
START_TEST(hashes_whatever_the_chunks)
{
	size_t i, a, z;

	for (i = 0; i < NROWS; i++) {
		const char *p = rows[i].body;
		size_t len = strlen(p);

		for (a = 0; a <= len; a++)
			for (z = a; z <= len; z++) {
				struct bodyhash *b = bodyhash_new();
				int n = bodyhash_want(b, rows[i].canon,
				    rows[i].length);

				bodyhash_feed(b, p, a);
				bodyhash_feed(b, p + a, z - a);
				bodyhash_feed(b, p + z, len - z);
				bodyhash_finish(b);
				check_row(b, n, i);
				bodyhash_free(b);
			}
	}
}
END_TEST

/* All wishes that one body has, at once: the same hashes. */
START_TEST(hashes_share_a_stream)
{
	size_t first, i, cut;

	for (first = 0; first < NROWS; first++) {
		const char *p = rows[first].body;

		for (cut = 0; cut <= strlen(p); cut++) {
			struct bodyhash *b = bodyhash_new();
			int n[NROWS];

			for (i = 0; i < NROWS; i++)
				n[i] = strcmp(rows[i].body, p) == 0 ?
				    bodyhash_want(b, rows[i].canon,
				    rows[i].length) : -1;
			bodyhash_feed(b, p, cut);
			bodyhash_feed(b, p + cut, strlen(p) - cut);
			bodyhash_finish(b);
			for (i = 0; i < NROWS; i++)
				if (n[i] >= 0)
					check_row(b, n[i], i);
			bodyhash_free(b);
		}
	}
}
END_TEST

START_TEST(wishes_have_numbers)
{
	struct bodyhash *b = bodyhash_new();
	uint8_t out[DIGEST_LEN];
	uint64_t octets;
	int i;

	ck_assert(!bodyhash_hungry(b));
	for (i = 0; i < BODYHASH_MAX; i++)
		ck_assert_int_eq(bodyhash_want(b, (enum canon)(i % 2),
		    (uint64_t)i), i);
	ck_assert_int_eq(bodyhash_want(b, CANON_SIMPLE, BODYHASH_MAX), -1);
	ck_assert_int_eq(bodyhash_want(b, CANON_RELAXED, 5), 5);
	bodyhash_finish(b);
	ck_assert(bodyhash_get(b, 5, out, &octets));
	ck_assert(!bodyhash_get(b, -1, out, &octets));
	ck_assert(!bodyhash_get(b, BODYHASH_MAX, out, &octets));
	bodyhash_free(b);
	bodyhash_free(NULL);
}
END_TEST

/* It is done with the body once one octet past the longest l= was seen. */
START_TEST(hunger_ends)
{
	struct bodyhash *b = bodyhash_new();
	uint8_t out[DIGEST_LEN], want[DIGEST_LEN];
	uint64_t octets;
	int two, four;

	two = bodyhash_want(b, CANON_SIMPLE, 2);
	four = bodyhash_want(b, CANON_SIMPLE, 4);
	ck_assert(bodyhash_hungry(b));
	bodyhash_feed(b, "abc", 3);
	ck_assert(bodyhash_hungry(b));
	bodyhash_feed(b, "d", 1);
	ck_assert(bodyhash_hungry(b));
	bodyhash_feed(b, "\r\n", 2);	/* may be trailing: not counted yet */
	ck_assert(bodyhash_hungry(b));
	bodyhash_feed(b, "e", 1);
	ck_assert(!bodyhash_hungry(b));
	bodyhash_feed(b, "more", 4);
	bodyhash_finish(b);
	ck_assert(bodyhash_get(b, two, out, &octets));
	ck_assert_uint_eq(octets, 3);
	ck_assert(digest_of(SPAN("ab"), want));
	ck_assert_mem_eq(out, want, DIGEST_LEN);
	ck_assert(bodyhash_get(b, four, out, &octets));
	ck_assert_uint_eq(octets, 5);
	ck_assert(digest_of(SPAN("abcd"), want));
	ck_assert_mem_eq(out, want, DIGEST_LEN);
	bodyhash_free(b);

	b = bodyhash_new();
	(void)bodyhash_want(b, CANON_SIMPLE, 0);
	(void)bodyhash_want(b, CANON_RELAXED, BODYHASH_ALL);
	bodyhash_feed(b, "abc", 3);
	ck_assert(bodyhash_hungry(b));
	bodyhash_free(b);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		hashes_whatever_the_chunks, hashes_share_a_stream,
		wishes_have_numbers, hunger_ends,
	};
	int rc;

	arena = arena_new(0);
	rc = TESTLIB_RUN("bodyhash", tests);
	arena_free(arena);
	return rc;
}
