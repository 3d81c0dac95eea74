/*
 * Giving privileges up: as root the daemon only binds its socket and writes
 * its PidFile; everything else it reads as the user it runs as, so that what
 * starts also reloads.
 */
#ifndef SIGNET_MILTER_PRIVILEGES_H
#define SIGNET_MILTER_PRIVILEGES_H

#include <sys/types.h>

#include "base/arena.h"

struct identity {
	bool		 change;	/* false: stay who we are */
	uid_t		 uid;
	gid_t		 gid;
	const char	*user;		/* for initgroups */
};

/*
 * Whom to run as: `user` is UserID, "name" or "name:group", or empty: then the
 * user "signet" where it exists. Only root can change. NULL when it is known,
 * else why not (static words).
 */
const char	*identity_find(struct arena *a, struct span user,
		    struct identity *out);

/* Become it, for good. NULL or why not (static words). */
const char	*identity_take(const struct identity *id);

#endif
