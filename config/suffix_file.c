#include "config.h"
#include "config/suffix_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/file.h"

static struct span
set_path(const struct option_values *vals)
{
	struct span path = vals->v[OPT_SUFFIX_LIST].text;

	return path.p != NULL ? path : SPAN("");
}

const char *
suffix_file_path(struct arena *a, const struct option_values *vals)
{
	struct span base = vals->v[OPT_BASE_DIRECTORY].text;
	struct span set = set_path(vals);
	const char *path;
	struct stat st;

	if (set.len == 0)
		return SUFFIX_FILE;
	path = file_path(a, base.p != NULL ? base : SPAN(""), set);
	if (path == NULL || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return path;
	return arena_printf(a, "%s/%s", path, SUFFIX_NAME);
}

/* The text is wanted no longer than the list takes to be made of it. */
static struct suffixes *
read_list(const char *path, const char **why_out)
{
	struct arena *scratch = arena_new(0);
	struct suffixes *list = NULL;
	struct span text;

	*why_out = "out of memory";
	if (scratch != NULL && file_read(scratch, path, SUFFIXES_MAX_BYTES,
	    &text, why_out))
		list = suffixes_new(text, why_out);
	arena_free(scratch);
	return list;
}

struct suffixes *
suffix_file_load(struct arena *a, const struct option_values *vals,
    struct report *report)
{
	struct place at = option_place(vals, OPT_SUFFIX_LIST);
	const char *path = suffix_file_path(a, vals), *why = "out of memory";
	struct suffixes *list = NULL;

	if (path == NULL)
		report->failed = true;
	else if (set_path(vals).len == 0 && access(path, F_OK) < 0)
		list = suffixes_builtin();
	else
		list = read_list(path, &why);
	if (list == NULL)
		report_at(report, REPORT_ERROR, &at, "%s: %s",
		    path != NULL ? path : SUFFIX_NAME, why);
	return list;
}
