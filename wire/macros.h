/*
 * Macros of the MTA: what it says of the connection and the message beside
 * the events, by the stage it said it at.
 */
#ifndef SIGNET_WIRE_MACROS_H
#define SIGNET_WIRE_MACROS_H

#include "wire/buffer.h"
#include "wire/milter.h"

struct macros {
	struct buffer	 stage[MILTER_STAGES];	/* name NUL value NUL ... */
};

enum macros_status {
	MACROS_TAKEN,
	MACROS_MALFORMED,	/* a name without a value, or no end */
	MACROS_NO_MEMORY,
};

/*
 * Take the data of a macro packet: the command it goes with, then names and
 * values. It replaces what was said at that stage before. What goes with a
 * command that has no stage is passed over.
 */
enum macros_status macros_take(struct macros *m, struct span data);

/* The value last said of `name`, whether either has braces; p NULL: none. */
struct span	 macros_value(const struct macros *m, const char *name);

/* Forget `from` and what comes behind it in a conversation. */
void		 macros_forget(struct macros *m, enum milter_stage from);

void		 macros_free(struct macros *m);

#endif
