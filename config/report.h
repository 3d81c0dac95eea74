/*
 * What reading the configuration had to say: errors and warnings, each with
 * its place, "file:line: option: why".
 */
#ifndef SIGNET_CONFIG_REPORT_H
#define SIGNET_CONFIG_REPORT_H

#include "base/arena.h"

enum report_level {
	REPORT_NOTE,		/* fine, but worth knowing */
	REPORT_WARNING,		/* goes on without it */
	REPORT_ERROR,		/* refused */
};

struct report_item {
	enum report_level level;
	const char	*text;	/* "file:line: option: why"; parts that do
				 * not apply are left out */
};

struct report {
	struct arena	*arena;
	struct report_item *item;
	size_t		 count;
	size_t		 errors;
	bool		 failed;	/* no memory: counts as an error */
};

/* Where something was set, for messages about it. */
struct place {
	const char	*file;		/* NULL: the command line, a default */
	unsigned	 line;
	const char	*option;
};

void	 report_init(struct report *r, struct arena *a);

/*
 * Add an item. `file` NULL: none; `line` 0: none; `option` NULL: none. Control
 * bytes in what the file said are shown escaped.
 */
void	 report_add(struct report *r, enum report_level level,
	    const char *file, unsigned line, const char *option,
	    const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* The same by a place. */
void	 report_at(struct report *r, enum report_level level,
	    const struct place *at, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));

#endif
