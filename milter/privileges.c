#include "config.h"
#include "milter/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#define DEFAULT_USER	"signet"

static const char *
nobody(struct arena *a, const char *what, struct span name)
{
	const char *why = arena_printf(a, "there is no %s \"%.*s\"", what,
	    SPAN_ARG(name));

	return why != NULL ? why : "out of memory";
}

const char *
identity_find(struct arena *a, struct span user, struct identity *out)
{
	size_t colon = span_find(user, ':');
	const char *group;
	struct passwd *pw;
	struct group *gr;

	*out = (struct identity){ .change = false };
	if (geteuid() != 0)
		return NULL;
	out->user = user.len == 0 ? DEFAULT_USER :
	    arena_str(a, span_head(user, colon));
	if (out->user == NULL)
		return "out of memory";
	pw = getpwnam(out->user);
	if (pw == NULL)
		return user.len == 0 ? NULL :
		    nobody(a, "user", span_head(user, colon));
	out->change = true;
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	if (colon == user.len)
		return NULL;
	group = arena_str(a, span_skip(user, colon + 1));
	if (group == NULL)
		return "out of memory";
	gr = getgrnam(group);
	if (gr == NULL)
		return nobody(a, "group", span_of(group));
	out->gid = gr->gr_gid;
	return NULL;
}

const char *
identity_take(const struct identity *id)
{
	if (!id->change)
		return NULL;
	if (initgroups(id->user, id->gid) != 0)
		return "its groups cannot be set";
	if (setresgid(id->gid, id->gid, id->gid) != 0)
		return "its group cannot be taken";
	if (setresuid(id->uid, id->uid, id->uid) != 0)
		return "its user id cannot be taken";
	if (id->uid != 0 && setuid(0) == 0)
		return "root could be taken back";
	return NULL;
}
