/* signet migrate: the files of the programs before us, one file each. */
#ifndef SIGNET_TOOLS_MIGRATE_H
#define SIGNET_TOOLS_MIGRATE_H

#include "base/strbuf.h"

/*
 * Append the Signet options that say what `text`, a file of that program,
 * says; what has no counterpart as a comment that says why. Returns how many
 * lines could not be understood, each of which is a comment as well.
 */
typedef size_t migrate_text(struct arena *a, struct span text,
	    struct strbuf *out);

size_t	 migrate_policyd_spf(struct arena *a, struct span text,
	    struct strbuf *out);

#endif
