/*
 * libmilter starts a thread that waits for SIGHUP, SIGTERM and SIGINT with
 * sigwait() and stops the filter for any of them. Ours is the main thread's
 * handler, which reloads or drains; but when several signals come at once and
 * main still has one pending, the kernel gives the next to any thread that
 * takes it, and that is libmilter's.
 *
 * So its sigwait() is this one, which never returns: the linker binds
 * libmilter's call to the program's own symbol. The thread keeps every signal
 * blocked, and nothing else in the process calls sigwait(). That 10,000 signals
 * under load stop nothing is tested (tests/e2e/test_reload.py).
 */
#include "config.h"

#include <signal.h>
#include <unistd.h>

__attribute__((visibility("default"), noreturn)) int
sigwait(const sigset_t *restrict set, int *restrict sig)
{
	(void)set;
	(void)sig;
	for (;;)
		(void)pause();
}
