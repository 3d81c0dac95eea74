#include "config.h"
#include "config/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/file.h"

#define DEFAULT_USER	"signet"

/* As many groups as Linux lets a process have (NGROUPS_MAX). */
#define MAX_GROUPS	65536

/* ---- the reader --------------------------------------------------------- */

static bool
take_own_groups(struct arena *a, struct key_reader *out)
{
	int n = getgroups(0, NULL);
	gid_t *group;

	if (n < 0)
		return false;
	group = arena_array(a, (size_t)n + 1, sizeof(*group));
	if (group == NULL || (n > 0 && getgroups(n, group) != n))
		return false;
	group[n] = getegid();
	out->group = group;
	out->ngroups = (size_t)n + 1;
	return true;
}

static bool
take_groups_of(struct arena *a, const struct passwd *pw, gid_t gid,
    struct key_reader *out)
{
	int n = 0;
	gid_t *group;

	(void)getgrouplist(pw->pw_name, gid, NULL, &n);
	if (n <= 0 || n > MAX_GROUPS)
		return false;
	group = arena_array(a, (size_t)n, sizeof(*group));
	if (group == NULL || getgrouplist(pw->pw_name, gid, group, &n) < 0)
		return false;
	out->group = group;
	out->ngroups = (size_t)n;
	return true;
}

/* The group that a user of `spec` gets; false when there is no such group. */
static bool
primary_group(struct arena *a, struct span spec, const struct passwd *pw,
    gid_t *out)
{
	size_t colon = span_find(spec, ':');
	const char *name;
	struct group *gr;

	*out = pw->pw_gid;
	if (colon == spec.len)
		return true;
	name = arena_str(a, span_skip(spec, colon + 1));
	gr = name != NULL ? getgrnam(name) : NULL;
	if (gr == NULL)
		return false;
	*out = gr->gr_gid;
	return true;
}

bool
key_reader_init(struct arena *a, struct span user, struct key_reader *out)
{
	const char *name = user.len == 0 ? DEFAULT_USER :
	    arena_str(a, span_head(user, span_find(user, ':')));
	struct passwd *pw = NULL;
	gid_t gid;

	if (name == NULL)
		return false;
	*out = (struct key_reader){ .credentials =
	    getenv("CREDENTIALS_DIRECTORY") };
	if (geteuid() == 0)
		pw = getpwnam(name);
	if (pw != NULL && primary_group(a, user, pw, &gid)) {
		out->name = name;
		out->uid = pw->pw_uid;
		return take_groups_of(a, pw, gid, out);
	}
	pw = getpwuid(geteuid());
	out->name = pw != NULL ? arena_str(a, span_of(pw->pw_name)) :
	    arena_printf(a, "%ld", (long)geteuid());
	out->uid = geteuid();
	out->myself = true;
	return out->name != NULL && take_own_groups(a, out);
}

static bool
is_member(const struct key_reader *r, gid_t gid)
{
	size_t i;

	for (i = 0; i < r->ngroups; i++)
		if (r->group[i] == gid)
			return true;
	return false;
}

/* ---- files -------------------------------------------------------------- */

/* A word of what `bits` of a mode allow. */
static const char *
access_word(mode_t mode, mode_t readable, mode_t writable)
{
	if ((mode & readable) != 0 && (mode & writable) != 0)
		return "read and written";
	return (mode & readable) != 0 ? "read" : "written";
}

/* Keys are also read while mail goes through other threads. */
static const char *
group_name(struct arena *a, gid_t gid)
{
	struct group gr, *found = NULL;
	char buf[4096];

	if (getgrgid_r(gid, &gr, buf, sizeof(buf), &found) == 0 &&
	    found != NULL)
		return arena_str(a, span_of(gr.gr_name));
	return arena_printf(a, "%ld", (long)gid);
}

/* NULL when nobody else reaches it; else what is wrong. */
static const char *
judge(struct arena *a, const struct key_reader *r, const struct stat *sb)
{
	mode_t all = sb->st_mode & (S_IROTH | S_IWOTH);
	mode_t group = sb->st_mode & (S_IRGRP | S_IWGRP);
	const char *why = NULL;

	if (all != 0)
		why = arena_printf(a, "can be %s by everybody (chmod o-rw)",
		    access_word(all, S_IROTH, S_IWOTH));
	else if (group != 0 && !is_member(r, sb->st_gid))
		why = arena_printf(a, "can be %s by group %s, of which %s is "
		    "no member", access_word(group, S_IRGRP, S_IWGRP),
		    group_name(a, sb->st_gid), r->name);
	else if (sb->st_uid != 0 && sb->st_uid != r->uid)
		why = arena_printf(a, "belongs to user id %ld, not to root%s%s",
		    (long)sb->st_uid, r->uid != 0 ? " or " : "",
		    r->uid != 0 ? r->name : "");
	else
		return NULL;
	return why != NULL ? why : "can be reached by others";
}

/* Whether the reader, who is not this process, can read it. */
static bool
reader_can_read(const struct key_reader *r, const struct stat *sb)
{
	if (r->uid == 0)
		return true;
	if (sb->st_uid == r->uid)
		return (sb->st_mode & S_IRUSR) != 0;
	if (is_member(r, sb->st_gid))
		return (sb->st_mode & S_IRGRP) != 0;
	return (sb->st_mode & S_IROTH) != 0;
}

static bool
is_credential(const struct key_reader *r, const char *path)
{
	size_t len = r->credentials != NULL ? strlen(r->credentials) : 0;

	return len > 0 && strncmp(path, r->credentials, len) == 0 &&
	    path[len] == '/' && strstr(path, "/../") == NULL;
}

static enum keyfile_status
read_open_file(struct arena *a, const struct key_reader *r, const char *path,
    int fd, struct span *text_out, const char **why_out)
{
	struct stat sb;

	if (fstat(fd, &sb) != 0) {
		*why_out = strerror(errno);
		return KEYFILE_ERROR;
	}
	if (!S_ISREG(sb.st_mode)) {
		*why_out = "is no regular file";
		return KEYFILE_ERROR;
	}
	if (!file_read_fd(a, fd, KEYFILE_MAX, text_out, why_out))
		return KEYFILE_ERROR;
	if (is_credential(r, path))
		return KEYFILE_OK;
	*why_out = judge(a, r, &sb);
	if (*why_out != NULL)
		return KEYFILE_UNSAFE;
	if (r->myself || reader_can_read(r, &sb))
		return KEYFILE_OK;
	*why_out = arena_printf(a, "cannot be read by %s", r->name);
	return KEYFILE_ERROR;
}

enum keyfile_status
keyfile_read(struct arena *a, const struct key_reader *r, const char *path,
    struct span *text_out, const char **why_out)
{
	/* A pipe in the place of a key must not hold us up for ever. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum keyfile_status st;

	*text_out = (struct span){ NULL, 0 };
	*why_out = NULL;
	if (fd < 0) {
		*why_out = strerror(errno);
		return KEYFILE_ERROR;
	}
	st = read_open_file(a, r, path, fd, text_out, why_out);
	close(fd);
	if (st != KEYFILE_OK && *why_out == NULL)
		*why_out = "out of memory";
	return st;
}
