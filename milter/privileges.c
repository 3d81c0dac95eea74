#include "config.h"
#include "milter/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#define DEFAULT_USER	"signet"

const char *
identity_find(struct arena *a, struct span user, struct identity *out)
{
	size_t colon = span_find(user, ':');
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
		return user.len == 0 ? NULL : "no such user";
	out->change = true;
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	if (colon == user.len)
		return NULL;
	gr = getgrnam(arena_printf(a, "%.*s",
	    SPAN_ARG(span_skip(user, colon + 1))));
	if (gr == NULL)
		return "no such group";
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
