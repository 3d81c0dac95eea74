#include "config.h"
#include "wire/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"

/* Read at once: a chunk of a body, as MTAs cut them, in one or two. */
#define READ_SIZE	((size_t)64 << 10)

/* A worker without work ends; soon enough to give back what a rush took. */
#define PARKED_S	10

/* How often silent connections are looked for, at most and at least. */
#define SWEEP_MIN_MS	1000
#define SWEEP_MAX_MS	60000

/* No descriptor is left: wait for one to be closed, not for ever. */
#define ACCEPT_PAUSE_NS	100000000

struct worker;

struct connection {
	struct pool	*pool;
	struct milter	*milter;
	struct worker	*worker;	/* who serves it */
	int		 fd;
	bool		 ending;	/* when all is sent */

	/*
	 * Since when it is silent; never, while it is served. It also hands
	 * the rest over from worker to worker: the kernel's word that there is
	 * something to read does not order memory, by the letter of C.
	 */
	atomic_int_least64_t silent_ms;

	struct connection *prev, *next;
};

struct pool {
	struct pool_settings set;
	int		 events;	/* epoll */
	int64_t		 idle_ms, sweep_ms;
	atomic_bool	 starved;	/* of descriptors, and said so */
	atomic_bool	 alone;		/* no thread could be started, too */

	pthread_mutex_t	 lock;		/* for all below */
	int64_t		 swept_ms;
	unsigned	 running;	/* workers that have a place */
	struct worker	*parked;	/* that wait for one, last first */
	struct connection *all;
};

struct worker {
	struct pool	*pool;
	bool		 has_place;	/* of a parked one: under the lock */
	pthread_cond_t	 wake;
	struct worker	*below;		/* parked before */
	char		*in;		/* READ_SIZE; NULL: none now */
};

/* ---- places ------------------------------------------------------------- */

static void	*worker_run(void *ctx);

static struct worker *
worker_new(struct pool *p)
{
	struct worker *w = malloc(sizeof(*w));
	pthread_condattr_t attr;
	int rc;

	if (w == NULL || pthread_condattr_init(&attr) != 0) {
		free(w);
		return NULL;
	}
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	rc = pthread_cond_init(&w->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (rc != 0) {
		free(w);
		return NULL;
	}
	w->pool = p;
	w->has_place = true;
	w->in = NULL;
	return w;
}

static void
worker_free(struct worker *w)
{
	(void)pthread_cond_destroy(&w->wake);
	free(w->in);
	free(w);
}

/* A worker that has a place, which the caller counted. */
static bool
worker_start(struct pool *p)
{
	struct worker *w = worker_new(p);
	pthread_t thread;

	if (w == NULL)
		return false;
	if (thread_start(&thread, worker_run, w) != 0) {
		worker_free(w);
		return false;
	}
	(void)pthread_detach(thread);
	return true;
}

/* Said once, until it goes well again. */
static void
tell_once(struct pool *p, atomic_bool *said, const char *line)
{
	if (!atomic_exchange(said, true))
		p->set.lacking(line);
}

static bool
worker_add(struct pool *p)
{
	bool good = worker_start(p);

	if (good)
		atomic_store(&p->alone, false);
	else
		tell_once(p, &p->alone, "no thread can be started: who waits "
		    "holds up others");
	return good;
}

/*
 * The worker that was parked last has the place now. False: nobody is. The
 * lock is held.
 */
static bool
place_pass(struct pool *p)
{
	struct worker *w = p->parked;

	if (w == NULL)
		return false;
	p->parked = w->below;
	w->has_place = true;
	(void)pthread_cond_signal(&w->wake);
	return true;
}

/*
 * Give up the place of a worker that is going to sleep, to a parked one or to
 * a new one. Where there can be no new one, it is free to whoever ends a turn
 * next.
 */
static void
place_give(struct worker *w)
{
	struct pool *p = w->pool;
	bool passed;

	if (!w->has_place)
		return;
	w->has_place = false;
	(void)pthread_mutex_lock(&p->lock);
	passed = place_pass(p);
	(void)pthread_mutex_unlock(&p->lock);
	if (passed || worker_add(p))
		return;
	(void)pthread_mutex_lock(&p->lock);
	if (!place_pass(p))	/* one may have been parked since */
		p->running--;
	(void)pthread_mutex_unlock(&p->lock);
}

static void
unpark(struct pool *p, struct worker *w)
{
	struct worker **at = &p->parked;

	while (*at != w)
		at = &(*at)->below;
	*at = w->below;
}

/* Wait for a place to be passed on. The lock is held. */
static void
park(struct pool *p, struct worker *w)
{
	struct timespec end;
	int rc = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += PARKED_S;
	w->below = p->parked;
	p->parked = w;
	while (!w->has_place && rc == 0)
		rc = pthread_cond_timedwait(&w->wake, &p->lock, &end);
	if (!w->has_place)
		unpark(p, w);
}

/* A place again, after a while perhaps; false: none is to be had, so end. */
static bool
place_take(struct worker *w)
{
	struct pool *p = w->pool;

	if (w->has_place)
		return true;
	(void)pthread_mutex_lock(&p->lock);
	if (p->running < p->set.workers) {
		p->running++;
		w->has_place = true;
	} else
		park(p, w);
	(void)pthread_mutex_unlock(&p->lock);
	return w->has_place;
}

/* Who sleeps needs neither a place nor, mostly, what was read. */
static void
before_wait(void *ctx)
{
	const struct connection *c = ctx;
	struct worker *w = c->worker;

	if (milter_input_spent(c->milter)) {
		free(w->in);
		w->in = NULL;
	}
	place_give(w);
}

/* ---- a connection ------------------------------------------------------- */

/*
 * Look for its input, or, where output is left, for room. From then on it is
 * of whoever that wakes; on failure it stays with the caller.
 */
static bool
watch(struct connection *c, int how)
{
	struct epoll_event ev = {
		.events = EPOLLONESHOT | (milter_output(c->milter).len > 0 ?
		    EPOLLOUT : EPOLLIN),
		.data.ptr = c,
	};
	int events = c->pool->events, fd = c->fd;

	atomic_store(&c->silent_ms, clock_mono_ms());
	return epoll_ctl(events, how, fd, &ev) == 0;
}

/*
 * A function of its own: the thread sanitizer is told its name (HACKING). The
 * worker that had the kernel watch the descriptor may still be within
 * epoll_ctl() when the one that was woken by that closes it. By then the call
 * has its file, and does not look at the number again.
 */
static void
hang_up(int fd)
{
	close(fd);
}

static void
connection_close(struct connection *c)
{
	struct pool *p = c->pool;

	(void)pthread_mutex_lock(&p->lock);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		p->all = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	(void)pthread_mutex_unlock(&p->lock);
	milter_free(c->milter);
	hang_up(c->fd);
	free(c);
}

/* Closes `fd` on failure. */
static struct connection *
connection_new(struct pool *p, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->milter = milter_new(p->set.handler, p->set.ctx,
		    before_wait, c);
	if (c == NULL || c->milter == NULL) {
		p->set.broken("out of memory");
		free(c);
		close(fd);
		return NULL;
	}
	c->pool = p;
	c->fd = fd;
	atomic_init(&c->silent_ms, INT64_MAX);
	(void)pthread_mutex_lock(&p->lock);
	c->next = p->all;
	if (p->all != NULL)
		p->all->prev = c;
	p->all = c;
	(void)pthread_mutex_unlock(&p->lock);
	return c;
}

/* Send what there is room for. False when the connection is gone. */
static bool
send_output(struct connection *c)
{
	struct span out;

	while ((out = milter_output(c->milter)).len > 0) {
		ssize_t n = send(c->fd, out.p, out.len, MSG_NOSIGNAL);

		if (n >= 0)
			milter_sent(c->milter, (size_t)n);
		else if (errno == EAGAIN)
			return true;
		else if (errno != EINTR)
			return false;
	}
	return !c->ending;
}

/* Read once, and run what that brings. False when the connection is gone. */
static bool
read_input(struct connection *c, struct worker *w)
{
	ssize_t n;

	if (w->in == NULL)
		w->in = malloc(READ_SIZE);
	if (w->in == NULL) {
		c->pool->set.broken("out of memory");
		return false;
	}
	n = recv(c->fd, w->in, READ_SIZE, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	switch (milter_feed(c->milter, (struct span){ w->in, (size_t)n })) {
	case MILTER_OPEN:
		break;
	case MILTER_BROKEN:
		c->pool->set.broken(milter_why(c->milter));
		/* FALLTHROUGH */
	case MILTER_QUIT:
		c->ending = true;
		break;
	}
	return true;
}

/* One turn: nothing is read from an MTA that does not take its replies. */
static void
serve(struct worker *w, struct connection *c, int how)
{
	(void)atomic_exchange(&c->silent_ms, INT64_MAX);
	c->worker = w;
	if ((milter_output(c->milter).len == 0 && !read_input(c, w)) ||
	    !send_output(c) || !watch(c, how))
		connection_close(c);
}

/* ---- the listener ------------------------------------------------------- */

/*
 * Hang up on connections that have been silent for too long; whoever they wake
 * then finds their end.
 */
static void
sweep(struct pool *p)
{
	int64_t now = clock_mono_ms();
	int64_t since = now - p->idle_ms;
	struct connection *c;

	(void)pthread_mutex_lock(&p->lock);
	c = now - p->swept_ms < p->sweep_ms ? NULL : p->all;
	if (c != NULL)
		p->swept_ms = now;
	for (; c != NULL; c = c->next)
		if (atomic_load(&c->silent_ms) < since)
			(void)shutdown(c->fd, SHUT_RDWR);
	(void)pthread_mutex_unlock(&p->lock);
}

static bool
watch_listener(struct pool *p, int how)
{
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLONESHOT, .data.ptr = NULL,
	};

	return epoll_ctl(p->events, how, p->set.listener, &ev) == 0;
}

/* It went away again, or another was first. */
static bool
is_gone(int err)
{
	return err == EAGAIN || err == ECONNABORTED || err == EINTR;
}

/*
 * What cannot be taken, mostly because no descriptor is left, stays in the
 * queue for a while.
 */
static void
accept_later(struct worker *w, int err)
{
	static const struct timespec pause = { .tv_nsec = ACCEPT_PAUSE_NS };
	char line[128];

	snprintf(line, sizeof(line), "a new connection waits: %s",
	    strerror(err));
	tell_once(w->pool, &w->pool->starved, line);
	place_give(w);
	(void)nanosleep(&pause, NULL);
}

/* Take one connection, and its first words, which mostly are there already. */
static void
take_connection(struct worker *w)
{
	struct pool *p = w->pool;
	struct connection *c;
	int fd;

	sweep(p);
	fd = accept4(p->set.listener, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		atomic_store(&p->starved, false);
	else if (!is_gone(errno))
		accept_later(w, errno);
	(void)watch_listener(p, EPOLL_CTL_MOD);
	if (fd < 0)
		return;
	c = connection_new(p, fd);
	if (c != NULL)
		serve(w, c, EPOLL_CTL_ADD);
}

/* ---- workers ------------------------------------------------------------ */

static void *
worker_run(void *ctx)
{
	struct worker *w = ctx;
	struct epoll_event ev;

	while (place_take(w)) {
		if (epoll_wait(w->pool->events, &ev, 1, -1) != 1)
			continue;
		if (ev.data.ptr == NULL)
			take_connection(w);
		else
			serve(w, ev.data.ptr, EPOLL_CTL_MOD);
	}
	worker_free(w);
	return NULL;
}

static unsigned
processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 1 ? (unsigned)n : 2;
}

/* What is silent is found within an eighth of its time, if that is sane. */
static int64_t
sweep_interval(int64_t idle_ms)
{
	int64_t ms = idle_ms / 8;

	return ms < SWEEP_MIN_MS ? SWEEP_MIN_MS :
	    ms > SWEEP_MAX_MS ? SWEEP_MAX_MS : ms;
}

static int
pool_watch(struct pool *p)
{
	int flags = fcntl(p->set.listener, F_GETFL);

	return flags >= 0 &&
	    fcntl(p->set.listener, F_SETFL, flags | O_NONBLOCK) == 0 &&
	    watch_listener(p, EPOLL_CTL_ADD) ? 0 : errno;
}

static void
pool_free(struct pool *p)
{
	(void)pthread_mutex_destroy(&p->lock);
	if (p->events >= 0)
		close(p->events);
	free(p);
}

static struct pool *
pool_new(const struct pool_settings *set)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL || pthread_mutex_init(&p->lock, NULL) != 0) {
		free(p);
		return NULL;
	}
	p->set = *set;
	if (p->set.workers == 0)
		p->set.workers = processors();
	p->running = p->set.workers;
	p->idle_ms = (int64_t)p->set.idle_s * 1000;
	p->sweep_ms = sweep_interval(p->idle_ms);
	p->swept_ms = clock_mono_ms();
	p->events = epoll_create1(EPOLL_CLOEXEC);
	return p;
}

int
pool_start(const struct pool_settings *set)
{
	struct pool *p = pool_new(set);
	int rc = p == NULL ? ENOMEM : p->events < 0 ? errno : pool_watch(p);
	unsigned i;

	if (rc != 0 && p != NULL)
		pool_free(p);
	/* from its first worker on it is there for ever */
	for (i = 0; rc == 0 && i < p->set.workers; i++)
		if (!worker_start(p))
			rc = EAGAIN;
	return rc;
}
