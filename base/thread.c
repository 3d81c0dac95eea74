#include "config.h"
#include "base/thread.h"

#include <signal.h>

int
thread_start(pthread_t *out, void *(*run)(void *), void *ctx)
{
	sigset_t all, before;
	int rc;

	/* a new thread has the mask of the one that made it */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(out, NULL, run, ctx);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}
