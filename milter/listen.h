/*
 * The socket that MTAs connect to.
 *
 *	inet:PORT@HOST		OpenDKIM's order
 *	inet:HOST:PORT		Postfix's order
 *	inet:PORT		every interface
 *	inet6:PORT@HOST  inet6:[HOST]:PORT
 *	local:PATH  unix:PATH  PATH
 *	fd:3			a socket that systemd opened
 */
#ifndef SIGNET_MILTER_LISTEN_H
#define SIGNET_MILTER_LISTEN_H

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/arena.h"

struct listen_spec {
	int		 family;	/* AF_INET, AF_INET6, AF_UNIX;
					 * AF_UNSPEC: fd: */
	int		 fd;		/* of fd: */
	const char	*conn;		/* what was asked for, for people */
	const char	*path;		/* of a unix socket, else NULL */
	bool		 everywhere;	/* reachable from other hosts by
					 * default: nobody named one */
	struct sockaddr_storage addr;
	socklen_t	 addr_len;
};

/*
 * Read `text`. NULL when it is good, else why not (static words, or in `a`).
 * The spec's strings live in `a`. A host name is looked up as the system does
 * it, in the DNS, too (getaddrinfo): it may wait for that.
 */
const char	*listen_parse(struct arena *a, struct span text,
		    struct listen_spec *out);

/*
 * Open it: bind and listen; *fd_out is the caller's. NULL when it is open, else
 * why not (in `a`, names the address and the system's reason). A stale unix
 * socket is replaced, one that answers is not.
 */
const char	*listen_open(struct arena *a, const struct listen_spec *spec,
		    int *fd_out);

/* Give a unix socket to the user that the daemon will run as. */
bool		 listen_chown(const struct listen_spec *spec, uid_t uid,
		    gid_t gid);

#endif
