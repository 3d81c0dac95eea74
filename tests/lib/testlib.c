#include "config.h"
#include "tests/lib/testlib.h"

#include <stdio.h>
#include <stdlib.h>

void
testlib_assert_span(const char *file, int line, struct span got,
    const char *want)
{
	if (!span_is(got, want))
		ck_abort_msg("%s:%d: got \"%.*s\", want \"%s\"", file, line,
		    SPAN_ARG(got), want);
}

/* Once more, with `limit` bytes or `blocks` blocks (-1: without a limit). */
static bool
run_short(bool (*work)(struct arena *a, void *ctx), void *ctx, size_t limit,
    long blocks)
{
	struct arena *a = arena_new(limit);
	bool enough;

	ck_assert_ptr_nonnull(a);
	arena_fail_after(blocks);
	enough = work(a, ctx);
	arena_fail_after(-1);
	ck_assert_msg(enough || arena_failed(a),
	    "no memory, with %zu bytes and %ld blocks left", limit, blocks);
	arena_free(a);
	return enough;
}

size_t
testlib_run_out(bool (*work)(struct arena *a, void *ctx), void *ctx)
{
	size_t limit = 1, failures = 0;
	long blocks = 0;

	for (; !run_short(work, ctx, limit, -1); limit += sizeof(void *))
		failures++;
	for (; !run_short(work, ctx, 0, blocks); blocks++)
		failures++;
	return failures;
}

int
testlib_run(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	size_t i;
	int failed;

	tcase_set_timeout(tc, 120);
	for (i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
