/* What the unit tests share. */
#ifndef SIGNET_TESTS_TESTLIB_H
#define SIGNET_TESTS_TESTLIB_H

#include <check.h>

#include "base/arena.h"

/* ck_assert for a span against a C string; both are shown on failure. */
#define assert_span(s, want) testlib_assert_span(__FILE__, __LINE__, (s), (want))

void	testlib_assert_span(const char *file, int line, struct span got,
	    const char *want);

/*
 * Walk through the failures of memory: call `work` with an arena that runs
 * out at its first allocation, at its second, and so on until it has enough;
 * then the same with the blocks that arenas are made of. `work` returns
 * whether it had enough; an outcome that is neither complete nor a clean "no
 * memory" it fails itself. Returns how often memory ran out. Not for use with
 * threads.
 */
size_t	testlib_run_out(bool (*work)(struct arena *a, void *ctx), void *ctx);

/*
 * Run one suite of one test case made of `n` test functions; the exit code
 * for main().
 */
int	testlib_run(const char *name, const TTest *const *tests, size_t n);

#define TESTLIB_RUN(name, tests) \
	testlib_run((name), (tests), sizeof(tests) / sizeof((tests)[0]))

#endif
