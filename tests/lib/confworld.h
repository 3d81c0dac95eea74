/*
 * Configuration in files: a directory of its own for each test, and what was
 * reported, as text.
 */
#ifndef SIGNET_TESTS_CONFWORLD_H
#define SIGNET_TESTS_CONFWORLD_H

#include "config/report.h"

struct world {
	char		 dir[40];
	struct arena	*arena;
	struct report	 report;
};

void	 world_open(struct world *w);

/* Remove the directory with all that is in it, and free the arena. */
void	 world_close(struct world *w);

/*
 * Write a file in the world's directory; its path. DIR in the text stands for
 * that directory.
 */
const char *world_put(struct world *w, const char *name, const char *text);

/* The same for text in which "DIR" means nothing, as keys are. */
const char *world_put_as_is(struct world *w, const char *name,
	    struct span text);

/* Everything that was reported, a line each: "error file:1: Option: why". */
const char *report_lines(const struct report *r);

/* The same of the world's report, with DIR in the place of its directory. */
const char *world_reports(struct world *w);

#endif
