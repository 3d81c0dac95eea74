/*
 * The state of a key's rotation, and the line of a file that says which key
 * signs: what signet rotate reads and writes.
 */
#ifndef SIGNET_TOOLS_ROTATION_H
#define SIGNET_TOOLS_ROTATION_H

#include "base/arena.h"

enum rotation_stage {
	ROTATION_NONE,		/* never begun */
	ROTATION_PREPARED,	/* the next key is made, not yet seen in DNS */
	ROTATION_MOVED,		/* it signs; the old record stays for a time */
	ROTATION_DONE,		/* the old record may go */
};

struct rotation {
	enum rotation_stage stage;
	int64_t		 since;		/* of this stage, Unix time */
	const char	*old_selector;
	const char	*old_key;	/* its file */
	const char	*new_selector;
	const char	*new_key;
};

/*
 * Read a state file. True with ROTATION_NONE when there is none; complains
 * and returns false when it cannot be read or understood.
 */
bool	 rotation_read(struct arena *a, const char *file,
	    struct rotation *out);

/* Write it, whole or not at all. Complains and returns false. */
bool	 rotation_write(struct arena *a, const char *file,
	    const struct rotation *r);

/* One line of a file, counted from 1, that is replaced. */
struct line_edit {
	unsigned	 line;
	const char	*text;		/* without its end */
};

/*
 * Replace lines of a file, all at once or not at all; every other byte stays,
 * and so do owner and mode. Complains and returns false.
 */
bool	 file_edit(struct arena *a, const char *file,
	    const struct line_edit *edit, size_t nedits);

/* The line's text, without its end; p NULL when the file is shorter. */
struct span file_line(struct span text, unsigned line);

#endif
