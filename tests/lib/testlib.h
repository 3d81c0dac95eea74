/* What the unit tests share. */
#ifndef SIGNET_TESTS_TESTLIB_H
#define SIGNET_TESTS_TESTLIB_H

#include <check.h>

#include "base/span.h"

/* ck_assert for a span against a C string; both are shown on failure. */
#define assert_span(s, want) testlib_assert_span(__FILE__, __LINE__, (s), (want))

void	testlib_assert_span(const char *file, int line, struct span got,
	    const char *want);

/*
 * Run one suite of one test case made of `n` test functions; the exit code
 * for main().
 */
int	testlib_run(const char *name, const TTest *const *tests, size_t n);

#define TESTLIB_RUN(name, tests) \
	testlib_run((name), (tests), sizeof(tests) / sizeof((tests)[0]))

#endif
