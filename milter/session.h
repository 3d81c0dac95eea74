/*
 * The milter's side of an SMTP connection: the events of the protocol, one
 * explicit state a connection, the inspection of each message, and its effects.
 */
#ifndef SIGNET_MILTER_SESSION_H
#define SIGNET_MILTER_SESSION_H

#include "milter/epoch.h"
#include "wire/milter.h"

/* What becomes of the events; its `ctx` is the struct epochs. */
extern const struct milter_handler session_handler;

/*
 * New connections and messages are answered 421 from now on; messages begun
 * go on.
 */
void	 session_drain(void);

/* Messages under way. */
unsigned session_in_flight(void);

/* Messages that DMARCCompare looked at since the start, and those of them of
 * which OpenDMARC would have said something else. */
unsigned long session_compared(unsigned long *differing_out);

#endif
