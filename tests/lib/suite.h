/*
 * Conformance suites, which are not part of the project: they are looked for
 * in the directory $SIGNET_SHARED, or in ../shared beside the project. A test
 * that does not find its own passes over those cases and says so.
 */
#ifndef SIGNET_TESTS_SUITE_H
#define SIGNET_TESTS_SUITE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* Whether there is a file or directory of that name, "data/authres". */
bool	suite_there(const char *name);

/* The path of such a file, in `buf`. */
const char *suite_path(const char *name, char *buf, size_t size);

/*
 * A file of JSON; the caller's (json_decref). NULL when it is not there; a
 * file that cannot be read as JSON ends the test.
 */
json_t	*suite_json(const char *name);

/*
 * The exit code of a program whose tests ended with `code` and that wanted the
 * suite `name`: 77 with a line on standard output when all is well but the
 * suite is missing.
 */
int	suite_exit(int code, const char *name);

#endif
