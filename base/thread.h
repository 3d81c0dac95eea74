/* Threads of our own: signals are for main, they see none. */
#ifndef SIGNET_BASE_THREAD_H
#define SIGNET_BASE_THREAD_H

#include <pthread.h>

/*
 * Start a thread in which every signal is blocked; the caller's own mask stays.
 * 0, or an errno. The caller joins or detaches it.
 */
int	 thread_start(pthread_t *out, void *(*run)(void *), void *ctx);

#endif
