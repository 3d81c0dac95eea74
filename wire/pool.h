/*
 * Connections of MTAs, and the threads that serve them.
 *
 * As many workers run as there are processors, two at least. A worker takes a
 * connection that has something to say, reads once, runs the events, writes
 * once, and takes the next. One whose handler is going to sleep
 * (milter_will_wait) first gives its place to another worker, so a message that
 * waits for the DNS holds nobody up; there is a thread for each message that
 * waits, and as long as there is work few of them end.
 *
 * A connection moves from worker to worker, and is with one at a time.
 */
#ifndef SIGNET_WIRE_POOL_H
#define SIGNET_WIRE_POOL_H

#include "wire/milter.h"

struct pool_settings {
	int		 listener;	/* a listening stream socket */
	unsigned	 workers;	/* at once; 0: one a processor, but two
					 * at least */

	/*
	 * A connection silent this long ends, when next another one comes;
	 * looked for each eighth of it, of 1 to 60 seconds.
	 */
	unsigned	 idle_s;

	const struct milter_handler *handler;
	void		*ctx;		/* its */

	/*
	 * Lines, from any worker: why a connection was ended, "out of memory"
	 * among them, which whoever reaches the socket can bring about at will;
	 * and what the pool itself lacks, said once until it has it again.
	 */
	void		(*broken)(const char *why);
	void		(*lacking)(const char *what);
};

/*
 * Serve from now on, until the process ends; `set` is copied, what it points
 * to must stay. The listener is made non-blocking. 0, or an errno.
 */
int	 pool_start(const struct pool_settings *set);

#endif
