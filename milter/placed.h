/*
 * What we put into the file system, as root perhaps, and take away again when
 * we end, mostly as somebody else: the PidFile and a unix socket.
 */
#ifndef SIGNET_MILTER_PLACED_H
#define SIGNET_MILTER_PLACED_H

#include "base/arena.h"

struct placed {
	const char	*path;		/* NULL: nothing was placed */
	int		 fd;		/* open, so that no other file can have
					 * its number */
};

/*
 * Write our process id to the file `path`, which must stay; never through a
 * link. NULL when it is written, else why not (static words).
 */
const char	*placed_pid_file(const char *path, struct placed *out);

/* Remember the unix socket that was bound to `path`, which must stay. */
void		 placed_socket(const char *path, struct placed *out);

/*
 * Take it away where the path still leads to what was placed, and a PidFile
 * still has our id in it: another daemon may have come there since. A PidFile
 * in a directory that does not let us is emptied, a socket stays.
 */
void		 placed_remove(struct placed *p);

#endif
