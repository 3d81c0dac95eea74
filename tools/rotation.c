#include "config.h"
#include "tools/rotation.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "tools/signet.h"

/* A table with more is not one that a person keeps. */
#define FILE_MAX	((size_t)64 << 20)
#define STATE_MAX	((size_t)64 << 10)

static const char *const stage_words[] = {
	[ROTATION_NONE] = "none", [ROTATION_PREPARED] = "prepared",
	[ROTATION_MOVED] = "moved", [ROTATION_DONE] = "done",
};

/* ---- writing whole files ------------------------------------------------ */

/*
 * Put `text` in the place of `file`, under another name first. Owner and mode
 * are those of `like`, where there is such a file, else ours and 0644.
 */
static bool
replace(struct arena *a, const char *file, struct span text,
    const struct stat *like)
{
	char *temp = arena_printf(a, "%s.XXXXXX", file);
	int fd = temp != NULL ? mkstemp(temp) : -1;
	bool good;

	if (fd < 0) {
		tool_error("%s: %s", file, strerror(errno));
		return false;
	}
	good = fchmod(fd, like != NULL ? like->st_mode & 07777 : 0644) == 0 &&
	    (like == NULL || geteuid() != 0 ||
	    fchown(fd, like->st_uid, like->st_gid) == 0) &&
	    tool_write(fd, text);
	good = close(fd) == 0 && good && rename(temp, file) == 0;
	if (!good) {
		tool_error("%s: %s", file, strerror(errno));
		(void)unlink(temp);
	}
	return good;
}

/* ---- state -------------------------------------------------------------- */

static bool
take(struct arena *a, struct rotation *r, struct span name, struct span value)
{
	const char *text = arena_str(a, value);
	uint64_t when;
	size_t i;

	if (span_is(name, "stage")) {
		for (i = 0; i <= ROTATION_DONE; i++)
			if (span_is(value, stage_words[i]))
				r->stage = (enum rotation_stage)i;
		return r->stage != ROTATION_NONE;
	}
	if (span_is(name, "since")) {
		value = span_head(value, span_find(value, ' '));
		if (!span_uint(value, INT64_MAX, &when))
			return false;
		r->since = (int64_t)when;
		return true;
	}
	if (span_is(name, "old-selector"))
		r->old_selector = text;
	else if (span_is(name, "old-key"))
		r->old_key = text;
	else if (span_is(name, "new-selector"))
		r->new_selector = text;
	else if (span_is(name, "new-key"))
		r->new_key = text;
	else
		return false;
	return text != NULL;
}

bool
rotation_read(struct arena *a, const char *file, struct rotation *out)
{
	struct span text, line;
	unsigned number = 0;

	*out = (struct rotation){ .stage = ROTATION_NONE };
	if (access(file, F_OK) != 0 && errno == ENOENT)
		return true;
	if (!tool_read(a, file, STATE_MAX, &text))
		return false;
	while (span_next(&text, '\n', &line)) {
		size_t gap = span_find(line, ' ');

		number++;
		if (line.len == 0 || line.p[0] == '#')
			continue;
		if (!take(a, out, span_head(line, gap),
		    span_trim(span_skip(line, gap)))) {
			tool_error("%s:%u: not understood", file, number);
			return false;
		}
	}
	if (out->old_selector != NULL && out->old_key != NULL &&
	    out->new_selector != NULL && out->new_key != NULL)
		return true;
	tool_error("%s: something is missing in it", file);
	return false;
}

bool
rotation_write(struct arena *a, const char *file, const struct rotation *r)
{
	time_t since = (time_t)r->since;
	struct strbuf sb;
	struct span text;
	char when[32];
	struct tm tm;

	(void)gmtime_r(&since, &tm);
	(void)strftime(when, sizeof(when), "(%Y-%m-%d %H:%M UTC)", &tm);
	strbuf_init(&sb, a);
	strbuf_addf(&sb, "# Written by signet rotate: how far the change of "
	    "this key is.\nstage %s\nsince %lld %s\nold-selector %s\n"
	    "old-key %s\nnew-selector %s\nnew-key %s\n",
	    stage_words[r->stage], (long long)r->since, when,
	    r->old_selector, r->old_key, r->new_selector, r->new_key);
	text = strbuf_span(&sb);
	return text.p != NULL && replace(a, file, text, NULL);
}

/* ---- lines -------------------------------------------------------------- */

struct span
file_line(struct span text, unsigned line)
{
	struct span one = { NULL, 0 };

	while (line > 0 && span_next(&text, '\n', &one))
		line--;
	if (line > 0)
		return (struct span){ NULL, 0 };
	if (one.len > 0 && one.p[one.len - 1] == '\r')
		one.len--;
	return one;
}

static const char *
edit_of(const struct line_edit *edit, size_t nedits, unsigned line)
{
	size_t i;

	for (i = 0; i < nedits; i++)
		if (edit[i].line == line)
			return edit[i].text;
	return NULL;
}

bool
file_edit(struct arena *a, const char *file, const struct line_edit *edit,
    size_t nedits)
{
	struct span text, line;
	char path[PATH_MAX];
	struct strbuf sb;
	struct stat st;
	unsigned number = 1;

	/* a link stays a link */
	if (realpath(file, path) == NULL || stat(path, &st) != 0) {
		tool_error("%s: %s", file, strerror(errno));
		return false;
	}
	if (!tool_read(a, path, FILE_MAX, &text))
		return false;
	strbuf_init(&sb, a);
	for (; span_next(&text, '\n', &line); number++) {
		const char *instead = edit_of(edit, nedits, number);

		if (number > 1)
			strbuf_addc(&sb, '\n');
		if (instead != NULL)
			strbuf_adds(&sb, instead);
		else
			strbuf_add(&sb, line);
	}
	line = strbuf_span(&sb);
	return line.p != NULL && replace(a, path, line, &st);
}
