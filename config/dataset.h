/*
 * Data sets: names, or names with values, written in the option itself or in
 * a file. The grammar is OpenDKIM's, quirks included:
 *
 *	csl:a,b=c	comma separated; also without "csl:"
 *	file:PATH	a line each, "name value"; also "/PATH" alone
 *	refile:PATH	the same, the names being patterns
 *
 * In a pattern * stands for any text, . and + for themselves, and what else
 * means something in an extended regular expression means it here; it is
 * matched against the whole of what is looked up. "#" begins a comment
 * wherever it stands in a file. Of several rows with one name the first
 * counts. A name ends at white space, the value is the rest of the line.
 */
#ifndef SIGNET_CONFIG_DATASET_H
#define SIGNET_CONFIG_DATASET_H

#include "config/report.h"

enum dataset_kind {
	DATASET_CSL,
	DATASET_FILE,
	DATASET_REFILE,
};

const char	*dataset_kind_name(enum dataset_kind k);	/* "csl" ... */

struct dataset_spec {
	enum dataset_kind kind;
	struct span	 rest;		/* the list, or the path */
	bool		 guessed;	/* no type was written */
};

/*
 * Read the value of an option. `hosts`: the rows are hosts, so that an IPv6
 * address is not taken for a type. False when the type is unknown or one that
 * Signet does not read; *why_out then says which, in `a`, and else is NULL.
 */
bool		 dataset_spec_parse(struct arena *a, struct span text,
		    bool hosts, struct dataset_spec *out, const char **why_out);

struct dataset_row {
	struct span	 key;		/* as written */
	struct span	 value;		/* trimmed; may be empty */
	unsigned	 line;		/* in the file; csl: its option's */
	uint32_t	 next;		/* private */
};

struct dataset;

/* A table of a hundred thousand domains has some ten megabytes. */
#define DATASET_MAX_FILE	((size_t)1 << 30)

/*
 * A pattern that only regcomp understands costs kilobytes and is tried one by
 * one; patterns of text and * do not count.
 */
#define DATASET_MAX_REGEX	10000

/*
 * Load it. `fold`: names are compared without ASCII case. Relative paths
 * start at `base`. NULL when it cannot be read or a row is wrong; the report
 * then says where and why. It and what it points to live in `a`, but
 * dataset_free must be called all the same (NULL is fine).
 */
struct dataset	*dataset_load(struct arena *a, const struct dataset_spec *spec,
		    struct span base, bool fold, const struct place *place,
		    struct report *report);

/* The same from text that a file of this name would hold; for tests. */
struct dataset	*dataset_load_text(struct arena *a, enum dataset_kind kind,
		    struct span text, bool fold, const struct place *place,
		    const char *file, struct report *report);
void		 dataset_free(struct dataset *d);

enum dataset_kind dataset_kind(const struct dataset *d);

/* The file that messages about rows name; NULL for a csl on the command line */
const char	*dataset_file(const struct dataset *d);

size_t		 dataset_count(const struct dataset *d);
const struct dataset_row *dataset_row(const struct dataset *d, size_t i);

/*
 * The first row from number `from` on whose name is, or whose pattern
 * matches, `key`; dataset_count() when there is none. Where the set folds
 * case, `key` is lower case already. Thread-safe. The time does not grow with
 * the number of rows, but for patterns without a domain behind their last *,
 * and those that need a regular expression. No pattern matches more than
 * PATTERN_MAX_TEXT bytes.
 */
size_t		 dataset_find(const struct dataset *d, struct span key,
		    size_t from);

#endif
