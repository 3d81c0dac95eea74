#include "config.h"
#include "tests/lib/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_PATH	4096
#define EXIT_SKIP	77

const char *
suite_path(const char *name, char *buf, size_t size)
{
	const char *dir = getenv("SIGNET_SHARED");

	if (dir == NULL || dir[0] == '\0')
		dir = TESTDIR "/../../shared";
	(void)snprintf(buf, size, "%s/%s", dir, name);
	return buf;
}

bool
suite_there(const char *name)
{
	char path[MAX_PATH];

	return access(suite_path(name, path, sizeof(path)), R_OK) == 0;
}

json_t *
suite_json(const char *name)
{
	char path[MAX_PATH];
	json_error_t error;
	json_t *json;

	if (!suite_there(name))
		return NULL;
	json = json_load_file(suite_path(name, path, sizeof(path)),
	    JSON_ALLOW_NUL, &error);
	if (json == NULL) {
		fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
		abort();
	}
	return json;
}

int
suite_exit(int code, const char *name)
{
	char path[MAX_PATH];

	if (code != EXIT_SUCCESS || suite_there(name))
		return code;
	printf("SKIP: no %s: set SIGNET_SHARED\n",
	    suite_path(name, path, sizeof(path)));
	return EXIT_SKIP;
}
