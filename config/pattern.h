/*
 * The patterns of a refile: data set. OpenDKIM turns a pattern into an
 * extended regular expression: * becomes ".*", . and + lose their meaning,
 * everything else stays as it is. Most patterns are text and stars only; those
 * are matched here without regcomp.
 */
#ifndef SIGNET_CONFIG_PATTERN_H
#define SIGNET_CONFIG_PATTERN_H

#include <regex.h>

#include "base/arena.h"

enum pattern_kind {
	PATTERN_LITERAL,	/* no character means anything */
	PATTERN_GLOB,		/* text and stars */
	PATTERN_REGEX,		/* the rest */
};

enum pattern_kind pattern_kind(struct span pattern);

/* Whether a glob matches all of `text`. Bytes are compared as they are. */
bool		 pattern_glob(struct span pattern, struct span text);

/*
 * What is looked up by: the part of a glob behind its last star that begins
 * at a label or a domain ("@example.com" of "*@example.com", ".com" of
 * "*x.com"), which whatever it matches ends with. Empty when there is none.
 */
struct span	 pattern_tail(struct span pattern);

/*
 * Compile; `fold`: without ASCII case. NULL when it is good (regfree is then
 * the caller's), else what regerror says, in `a`, or "out of memory".
 */
const char	*pattern_compile(struct arena *a, struct span pattern,
		    bool fold, regex_t *out);

/*
 * No address is longer (RFC 5321, 4.5.3.1: 64 + 1 + 255). What is matches no
 * pattern, so that a sender cannot make us work through a megabyte of dots.
 */
#define PATTERN_MAX_TEXT	320

bool		 pattern_regex(const regex_t *re, struct span text);

#endif
