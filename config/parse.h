/*
 * Configuration files, OpenDKIM's format: "Name value", one a line. "#" begins
 * a comment wherever it stands, a value is the rest of the line without the
 * white space around it, and no line goes on in the next. Of an option that is
 * set twice the last value counts, and a warning says so.
 */
#ifndef SIGNET_CONFIG_PARSE_H
#define SIGNET_CONFIG_PARSE_H

#include "config/option.h"
#include "config/report.h"

#define PARSE_MAX_FILE		((size_t)1 << 20)
#define PARSE_MAX_INCLUDES	5	/* as deep as OpenDKIM goes */
#define PARSE_MAX_ERRORS	20	/* it is no configuration file then */

struct parser {
	struct arena	*arena;		/* what values live in */
	struct option_values *values;
	struct report	*report;
	bool		*warned;	/* of an option without effect, once */
	unsigned	 depth;		/* of Include */
	bool		 may_include;
};

/*
 * Begin: all options at their defaults (OpenDKIM's where `opendkim`). False
 * without memory. Errors and warnings go to the report, by file and line.
 */
bool	 parse_init(struct parser *p, struct arena *a,
	    struct option_values *values, bool opendkim,
	    struct report *report);

/*
 * Read a file, and those it includes. False when it cannot be read at all,
 * which is in the report then.
 */
bool	 parse_file(struct parser *p, const char *file);

/* The same for text that a file of this name would hold. */
void	 parse_text(struct parser *p, const char *file, struct span text);

/* Set one option by "Name value", as the command line does. */
void	 parse_set(struct parser *p, const char *text);

#endif
