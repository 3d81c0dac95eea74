/*
 * The milter's side of an SMTP connection: libmilter's callbacks, one explicit
 * state a connection, the inspection of each message, and its effects.
 */
#ifndef SIGNET_MILTER_SESSION_H
#define SIGNET_MILTER_SESSION_H

#include "milter/epoch.h"
#include "milter/listen.h"

/*
 * Register the callbacks with libmilter. `epochs` and `spec` must stay until
 * the process ends. False when libmilter refuses.
 */
bool	 session_register(struct epochs *epochs,
	    const struct listen_spec *spec, const char *name);

/* New messages are answered 421 from now on; those begun go on. */
void	 session_drain(void);

/* Messages under way. */
unsigned session_in_flight(void);

/* Messages that DMARCCompare looked at since the start, and those of them of
 * which OpenDMARC would have said something else. */
unsigned long session_compared(unsigned long *differing_out);

#endif
