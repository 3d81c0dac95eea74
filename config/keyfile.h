/*
 * Files that hold a private key: read whole, and judged by who else can reach
 * them.
 */
#ifndef SIGNET_CONFIG_KEYFILE_H
#define SIGNET_CONFIG_KEYFILE_H

#include <sys/types.h>

#include "base/arena.h"

/* No private key that we use is longer; an 8192-bit RSA key has 6.4 KB. */
#define KEYFILE_MAX		65536

/* The user that keys are read for. */
struct key_reader {
	const char	*name;
	uid_t		 uid;
	const gid_t	*group;
	size_t		 ngroups;
	bool		 myself;	/* the process as it runs */
	const char	*credentials;	/* systemd's directory, or NULL */
};

/*
 * Who reads the keys: the process, as it runs. Root that was given a user to
 * become (`user`, "USER[:GROUP]"; empty: signet, where there is one) judges
 * for that user, so that a check by root finds what the daemon will find.
 * Everything lives in `a`; false without memory.
 */
bool		 key_reader_init(struct arena *a, struct span user,
		    struct key_reader *out);

enum keyfile_status {
	KEYFILE_OK,
	KEYFILE_UNSAFE,		/* read, but others can reach it */
	KEYFILE_ERROR,		/* cannot be read */
};

/*
 * Read one. Unsafe is a file that everybody can read or write, that a group
 * can read or write of which the reader is no member, or that belongs to
 * neither root nor the reader. Files below the credentials directory are
 * always safe: systemd sees to them, and its access lists look like groups.
 * *why_out, in `a`, says what is wrong and how to mend it.
 */
enum keyfile_status keyfile_read(struct arena *a, const struct key_reader *r,
		    const char *path, struct span *text_out,
		    const char **why_out);

#endif
