#include "config.h"
#include "tools/key.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tools/signet.h"

/* A PEM key of 8192 bits has 6.4 kB; files of more are something else. */
#define KEY_FILE_MAX	65536

/* As many groups as a process can be in on Linux. */
#define MAX_GROUPS	65536

static bool
in_group(struct arena *a, gid_t group)
{
	gid_t *list = arena_array(a, MAX_GROUPS, sizeof(*list));
	int n = list != NULL ? getgroups(MAX_GROUPS, list) : 0;
	int i;

	if (group == getegid())
		return true;
	for (i = 0; i < n; i++)
		if (list[i] == group)
			return true;
	return false;
}

static void
warn_unsafe(struct arena *a, const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	if ((st.st_mode & S_IRWXO) != 0 ||
	    ((st.st_mode & S_IRWXG) != 0 && !in_group(a, st.st_gid)))
		tool_error("%s: WARNING: unsafe permissions (mode %04o)",
		    file, (unsigned)st.st_mode & 07777);
}

struct private_key *
tool_key_read(struct arena *a, const char *file)
{
	struct private_key *key;
	struct span text;
	enum key_status st;

	if (!tool_read(a, file, KEY_FILE_MAX, &text))
		return NULL;
	warn_unsafe(a, file);
	st = private_key_parse(text, &key);
	if (st == KEY_OK)
		return key;
	tool_error("%s: %s", file, key_status_text(st));
	return NULL;
}
