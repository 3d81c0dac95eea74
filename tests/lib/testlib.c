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
