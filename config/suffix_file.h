/* The public suffix list, from where PublicSuffixList says it is. */
#ifndef SIGNET_CONFIG_SUFFIX_FILE_H
#define SIGNET_CONFIG_SUFFIX_FILE_H

#include "config/option.h"
#include "policy/suffixes.h"

/* Where Debian's package publicsuffix and others have it. */
#define SUFFIX_DIRECTORY	"/usr/share/publicsuffix"
#define SUFFIX_NAME		"public_suffix_list.dat"
#define SUFFIX_FILE		SUFFIX_DIRECTORY "/" SUFFIX_NAME

/*
 * The path of the list: what PublicSuffixList says, else SUFFIX_FILE. In `a`;
 * NULL without memory.
 */
const char	*suffix_file_path(struct arena *a,
		    const struct option_values *vals);

/*
 * Read it; where it is not set and there is no such file, libpsl's own. NULL
 * with an error in `report`.
 */
struct suffixes	*suffix_file_load(struct arena *a,
		    const struct option_values *vals, struct report *report);

#endif
