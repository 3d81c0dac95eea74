/*
 * tests of wire/pool.c: clients in this process, a handler that can be held
 * up. What must not wait is awaited while the handler is held, so no test
 * depends on how fast the machine is; each test is a process of its own.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/testlib.h"
#include "wire/pool.h"

/* Far more than anything here takes: what is awaited never comes. */
#define PATIENCE_S	60

#define MAX_SESSIONS	512

/* What a session gives out at the end of a message if asked for a lot. */
#define LOT_FIELDS	64
#define LOT_SIZE	((size_t)64 << 10)

/* ---- the handler -------------------------------------------------------- */

/* One for each negotiation. */
struct session {
	struct world	*world;
	struct milter	*milter;
	atomic_uint	 closed;
	bool		 lot;
};

struct world {
	struct sockaddr_un address;
	socklen_t	 address_len;
	int		 listener;
	atomic_uint	 opened;
	atomic_uint	 ends;		/* closed, all sessions together */
	atomic_uint	 broken;	/* connections, as told */
	atomic_uint	 lacking;	/* lines of what the pool lacks */
	struct session	 session[MAX_SESSIONS];

	pthread_mutex_t	 lock;		/* for all below */
	pthread_cond_t	 change;
	bool		 gate_open;
	unsigned	 held;		/* at the gate, now */
};

/* broken and lacking have no context of their own */
static struct world world = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER,
};

static void
broken(const char *why)
{
	ck_assert_ptr_nonnull(why);
	atomic_fetch_add(&world.broken, 1);
}

static void
lacking(const char *what)
{
	ck_assert_ptr_nonnull(what);
	atomic_fetch_add(&world.lacking, 1);
}

/* Wait for the gate, as one waits for the DNS. */
static void
hold(struct world *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->held++;
	(void)pthread_cond_broadcast(&w->change);
	while (!w->gate_open)
		(void)pthread_cond_wait(&w->change, &w->lock);
	w->held--;
	(void)pthread_mutex_unlock(&w->lock);
}

static void
gate(struct world *w, bool is_open)
{
	(void)pthread_mutex_lock(&w->lock);
	w->gate_open = is_open;
	(void)pthread_cond_broadcast(&w->change);
	(void)pthread_mutex_unlock(&w->lock);
}

/* Until `n` are held at the gate. */
static void
await_held(struct world *w, unsigned n)
{
	(void)pthread_mutex_lock(&w->lock);
	while (w->held < n)
		(void)pthread_cond_wait(&w->change, &w->lock);
	(void)pthread_mutex_unlock(&w->lock);
}

static void *
on_negotiate(void *ctx, struct milter *m, struct milter_terms *terms)
{
	struct world *w = ctx;
	unsigned n = atomic_fetch_add(&w->opened, 1);

	if (n >= MAX_SESSIONS)
		return NULL;
	terms->actions = MILTER_ADDHDRS;
	terms->steps = 0;
	w->session[n].world = w;
	w->session[n].milter = m;
	return &w->session[n];
}

static enum milter_answer
on_connect(void *s, const struct milter_client *c)
{
	(void)s, (void)c;
	return ANSWER_CONTINUE;
}

/* "wait": a while, and says so; "lot": much to say at the end. */
static enum milter_answer
on_helo(void *ctx, struct span name)
{
	struct session *s = ctx;

	if (span_is(name, "lot"))
		s->lot = true;
	if (!span_is(name, "wait"))
		return ANSWER_CONTINUE;
	milter_will_wait(s->milter);
	milter_will_wait(s->milter);
	hold(s->world);
	return ANSWER_TEMPFAIL;
}

static enum milter_answer
on_path(void *s, struct span path)
{
	(void)s, (void)path;
	return ANSWER_CONTINUE;
}

static enum milter_answer
on_header(void *s, struct span name, struct span value)
{
	(void)s, (void)name, (void)value;
	return ANSWER_CONTINUE;
}

static void
on_body(void *s, struct span piece)
{
	(void)s, (void)piece;
}

static enum milter_answer
on_end(void *ctx)
{
	static const char field[LOT_SIZE];
	struct session *s = ctx;
	unsigned i;

	for (i = 0; s->lot && i < LOT_FIELDS; i++)
		ck_assert(milter_insert_header(s->milter, i, SPAN("A"),
		    (struct span){ field, sizeof(field) }));
	return ANSWER_CONTINUE;
}

static void
on_nothing(void *s)
{
	(void)s;
}

static void
on_close(void *ctx)
{
	struct session *s = ctx;

	atomic_fetch_add(&s->closed, 1);
	atomic_fetch_add(&s->world->ends, 1);
}

static const struct milter_handler handler = {
	.negotiate = on_negotiate, .connect = on_connect, .helo = on_helo,
	.mail = on_path, .rcpt = on_path, .header = on_header,
	.body = on_body, .end = on_end, .abort = on_nothing,
	.renew = on_nothing, .close = on_close,
};

/* A listener at an address that the kernel makes up. */
static void
world_listen(struct world *w)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };

	w->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	w->address_len = sizeof(w->address);
	ck_assert_int_ge(w->listener, 0);
	ck_assert_int_eq(bind(w->listener, (struct sockaddr *)&any,
	    offsetof(struct sockaddr_un, sun_path)), 0);
	ck_assert_int_eq(getsockname(w->listener,
	    (struct sockaddr *)&w->address, &w->address_len), 0);
	ck_assert_int_eq(listen(w->listener, 256), 0);
}

static void
world_serve(struct world *w, unsigned workers, unsigned idle_s)
{
	struct pool_settings set = {
		.listener = w->listener, .workers = workers,
		.idle_s = idle_s, .handler = &handler, .ctx = w,
		.broken = broken, .lacking = lacking,
	};

	ck_assert_int_eq(pool_start(&set), 0);
}

static struct world *
world_start(unsigned workers)
{
	world_listen(&world);
	world_serve(&world, workers, 3600);
	return &world;
}

/* ---- clients ------------------------------------------------------------ */

#define OFFER	SPAN("\0\0\0\xdO\0\0\0\6\0\0\1\xff\0\x1f\xff\xff")
#define QUIT	SPAN("\0\0\0\1Q")
#define END	SPAN("\0\0\0\1E")
#define HELO	SPAN("\0\0\0\3Hx\0")
#define HELO_WAIT SPAN("\0\0\0\6Hwait\0")
#define HELO_LOT SPAN("\0\0\0\5Hlot\0")

static int
client_connect(struct world *w)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&w->address,
	    w->address_len), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience)), 0);
	return fd;
}

static void
say(int fd, struct span s)
{
	ck_assert_int_eq(send(fd, s.p, s.len, MSG_NOSIGNAL), (ssize_t)s.len);
}

static void
hear_bytes(int fd, char *p, size_t n)
{
	ssize_t got;

	for (; n > 0; p += got, n -= (size_t)got) {
		got = recv(fd, p, n, 0);
		ck_assert_int_gt(got, 0);
	}
}

/* The code of the next packet; its data is passed over. */
static char
hear(int fd)
{
	static char data[LOT_SIZE + 64];
	char head[5];
	uint32_t len;

	hear_bytes(fd, head, sizeof(head));
	memcpy(&len, head, sizeof(len));
	len = ntohl(len);
	ck_assert_uint_ge(len, 1);
	ck_assert_uint_le(len, sizeof(data));
	hear_bytes(fd, data, len - 1);
	return head[4];
}

/* Whether the other side has hung up; it has nothing else to say. */
static void
hear_end(int fd)
{
	char c;

	ck_assert_int_eq(recv(fd, &c, 1, 0), 0);
	close(fd);
}

static int
client_new(struct world *w)
{
	int fd = client_connect(w);

	say(fd, OFFER);
	ck_assert_int_eq(hear(fd), 'O');
	return fd;
}

static void
greet(int fd)
{
	say(fd, HELO);
	ck_assert_int_eq(hear(fd), 'c');
}

static void
quit(int fd)
{
	say(fd, QUIT);
	hear_end(fd);
}

static void
pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* All sessions are closed, each once. */
static void
check_closed(struct world *w, unsigned n)
{
	long waited;
	unsigned i;

	for (waited = 0; atomic_load(&w->ends) < n &&
	    waited < PATIENCE_S * 1000; waited += 5)
		pause_ms(5);
	pause_ms(20);		/* would one be closed twice? */
	ck_assert_uint_eq(atomic_load(&w->opened), n);
	ck_assert_uint_eq(atomic_load(&w->ends), n);
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(atomic_load(&w->session[i].closed), 1);
}

/*
 * What the thread sanitizer has to be told: see hang_up() there. The kernel
 * holds the file as long as epoll_ctl() needs it.
 */
const char	*__tsan_default_suppressions(void);

__attribute__((visibility("default"))) const char *
__tsan_default_suppressions(void)
{
	return "race:^hang_up$";
}

/* ---- tests -------------------------------------------------------------- */

START_TEST(many_are_served)
{
	struct world *w = world_start(0);
	int fd[200], i, round;

	for (i = 0; i < 200; i++)
		fd[i] = client_new(w);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < 200; i++)
			say(fd[i], HELO);
		for (i = 199; i >= 0; i--)
			ck_assert_int_eq(hear(fd[i]), 'c');
	}
	for (i = 0; i < 200; i++)
		quit(fd[i]);
	check_closed(w, 200);
	ck_assert_uint_eq(atomic_load(&w->broken), 0);
	ck_assert_uint_eq(atomic_load(&w->lacking), 0);
}
END_TEST

/* Several packets in one, and one in several. */
START_TEST(cut_anywhere)
{
	struct world *w = world_start(2);
	struct span all = SPAN("\0\0\0\xdO\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"
	    "\0\0\0\3Hx\0" "\0\0\0\3Hy\0" "\0\0\0\1E" "\0\0\0\1Q");
	int fd = client_connect(w), round;
	size_t i;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < all.len && round == 0; i++) {
			say(fd, span_head(span_skip(all, i), 1));
			pause_ms(1);
		}
		if (round == 1)
			say(fd = client_connect(w), all);
		ck_assert_int_eq(hear(fd), 'O');
		for (i = 0; i < 3; i++)
			ck_assert_int_eq(hear(fd), 'c');
		hear_end(fd);
	}
	check_closed(w, 2);
}
END_TEST

/* Twice: the second time there are workers parked. */
static void
check_waiting(unsigned workers)
{
	struct world *w = world_start(workers);
	int fd[50], other[4], i, round;

	for (i = 0; i < 4; i++)
		other[i] = client_new(w);
	for (i = 0; i < 50; i++)
		fd[i] = client_new(w);
	for (round = 0; round < 3; round++) {
		gate(w, false);
		for (i = 0; i < 50; i++)
			say(fd[i], HELO_WAIT);
		await_held(w, 50);
		for (i = 0; i < 4; i++)
			greet(other[i]);
		quit(client_new(w));
		gate(w, true);
		for (i = 0; i < 50; i++)
			ck_assert_int_eq(hear(fd[i]), 't');
	}
	for (i = 0; i < 4; i++)
		quit(other[i]);
	for (i = 0; i < 50; i++)
		quit(fd[i]);
	check_closed(w, 57);
}

START_TEST(one_worker_sleeps)
{
	check_waiting(1);
}
END_TEST

START_TEST(two_workers_sleep)
{
	check_waiting(2);
}
END_TEST

START_TEST(replies_that_are_not_read)
{
	struct world *w = world_start(1);
	int fd[3], i, n;

	for (i = 0; i < 3; i++) {
		fd[i] = client_new(w);
		say(fd[i], HELO_LOT);
		ck_assert_int_eq(hear(fd[i]), 'c');
		say(fd[i], END);
		say(fd[i], HELO);	/* behind what is not read */
	}
	for (i = 0; i < 20; i++) {
		int other = client_new(w);

		greet(other);
		quit(other);
	}
	for (i = 0; i < 2; i++) {
		for (n = 0; n < LOT_FIELDS; n++)
			ck_assert_int_eq(hear(fd[i]), 'i');
		ck_assert_int_eq(hear(fd[i]), 'c');
		ck_assert_int_eq(hear(fd[i]), 'c');
		quit(fd[i]);
	}
	close(fd[2]);
	check_closed(w, 23);
}
END_TEST

/* What was said before the end is still heard. */
START_TEST(an_end_behind_a_lot)
{
	struct world *w = world_start(1);
	int fd = client_new(w), n;

	say(fd, HELO_LOT);
	say(fd, END);
	say(fd, QUIT);
	ck_assert_int_eq(hear(fd), 'c');
	for (n = 0; n < LOT_FIELDS; n++)
		ck_assert_int_eq(hear(fd), 'i');
	ck_assert_int_eq(hear(fd), 'c');
	hear_end(fd);
	check_closed(w, 1);
}
END_TEST

static void
end_by_quit(struct world *w)
{
	quit(client_new(w));
}

static void
end_by_hanging_up(struct world *w)
{
	close(client_new(w));
}

static void
end_within_a_packet(struct world *w)
{
	int fd = client_new(w);

	say(fd, SPAN("\0\0\0\7Hmai"));
	close(fd);
}

static void
end_within_a_body(struct world *w)
{
	int fd = client_new(w);

	say(fd, SPAN("\0\0\1\0Bbody"));
	close(fd);
}

static void
end_behind_words(struct world *w)
{
	int fd = client_new(w);

	say(fd, HELO);
	close(fd);
}

static void
end_by_half(struct world *w)
{
	int fd = client_new(w);

	say(fd, HELO);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert_int_eq(hear(fd), 'c');
	hear_end(fd);
}

/* Replies to what was right come before the end. */
static void
end_by_nonsense(struct world *w)
{
	int fd = client_new(w);

	say(fd, SPAN("\0\0\0\3Hx\0" "\0\0\0\1X"));
	ck_assert_int_eq(hear(fd), 'c');
	hear_end(fd);
	ck_assert_uint_eq(atomic_exchange(&w->broken, 0), 1);
}

static void
end_without_reading(struct world *w)
{
	int fd = client_new(w);

	say(fd, HELO_LOT);
	ck_assert_int_eq(hear(fd), 'c');
	say(fd, END);
	ck_assert_int_eq(hear(fd), 'i');
	close(fd);
}

static void
end_while_held(struct world *w)
{
	int fd = client_new(w);

	gate(w, false);
	say(fd, HELO_WAIT);
	await_held(w, 1);
	close(fd);
	gate(w, true);
}

static void
quit_while_held(struct world *w)
{
	int fd = client_new(w);

	gate(w, false);
	say(fd, HELO_WAIT);
	await_held(w, 1);
	say(fd, QUIT);
	gate(w, true);
	ck_assert_int_eq(hear(fd), 't');
	hear_end(fd);
}

START_TEST(closed_once)
{
	static void (*const ways[])(struct world *) = {
		end_by_quit, end_by_hanging_up, end_within_a_packet,
		end_within_a_body, end_behind_words, end_by_half,
		end_by_nonsense, end_without_reading, end_while_held,
		quit_while_held,
	};
	struct world *w = world_start(2);
	unsigned i, n = sizeof(ways) / sizeof(ways[0]);

	for (i = 0; i < n; i++) {
		ways[i](w);
		check_closed(w, i + 1);
	}
	for (i = 0; i < 5 * n; i++)
		ways[i % n](w);
	check_closed(w, 6 * n);
}
END_TEST

/* Who never negotiated is not told of. */
START_TEST(ends_before_it_begins)
{
	struct world *w = world_start(1);
	int fd;

	close(client_connect(w));
	quit(client_connect(w));
	fd = client_connect(w);
	say(fd, SPAN("GET / HTTP/1.0\r\n\r\n"));
	hear_end(fd);
	ck_assert_uint_eq(atomic_load(&w->broken), 1);
	fd = client_connect(w);
	say(fd, span_head(OFFER, 9));
	close(fd);
	quit(client_new(w));
	check_closed(w, 1);
}
END_TEST

/* They end when another one comes; those that talk stay. */
START_TEST(silent_ones_end)
{
	struct world *w = &world;
	int silent, lot, held, talks, i;

	world_listen(w);
	world_serve(w, 2, 2);
	silent = client_new(w);
	talks = client_new(w);
	lot = client_new(w);
	held = client_new(w);
	say(lot, HELO_LOT);
	ck_assert_int_eq(hear(lot), 'c');
	say(lot, END);
	say(held, HELO_WAIT);
	await_held(w, 1);
	for (i = 0; i < 35; i++) {
		pause_ms(100);
		greet(talks);
	}
	quit(client_new(w));
	hear_end(silent);
	greet(talks);
	gate(w, true);
	ck_assert_int_eq(hear(held), 't');
	quit(held);
	quit(talks);
	check_closed(w, 5);
	close(lot);
}
END_TEST

static double
cpu_seconds(void)
{
	struct rusage ru;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &ru), 0);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

/* Room for `n` descriptors more. */
static void
leave_descriptors(unsigned n, struct rlimit *before)
{
	struct rlimit few;
	int first = dup(0);

	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, before), 0);
	few = *before;
	few.rlim_cur = (rlim_t)first + n;
	close(first);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
}

/*
 * One descriptor for the pool, four for connections: the others wait until one
 * ends, while somebody who waits holds nobody up, and the processor rests.
 */
START_TEST(no_descriptor_is_left)
{
	struct world *w = &world;
	struct rlimit before;
	int fd[20], i;
	double cpu;

	world_listen(w);
	for (i = 0; i < 20; i++) {
		fd[i] = client_connect(w);
		say(fd[i], OFFER);
	}
	leave_descriptors(5, &before);
	world_serve(w, 1, 3600);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(hear(fd[i]), 'O');
	cpu = cpu_seconds();
	pause_ms(1000);
	ck_assert(cpu_seconds() - cpu < 0.5);
	ck_assert_uint_eq(atomic_load(&w->lacking), 1);
	ck_assert_uint_eq(atomic_load(&w->opened), 4);
	for (i = 0; i < 4; i++)
		greet(fd[i]);
	for (i = 0; i < 20; i++) {
		if (i >= 4)
			ck_assert_int_eq(hear(fd[i]), 'O');
		greet(fd[i]);
		quit(fd[i]);
	}
	check_closed(w, 20);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
END_TEST

/* New threads have stacks of this size; the one before. */
static size_t
stack_size(size_t size)
{
	pthread_attr_t attr;
	size_t before;

	ck_assert_int_eq(pthread_getattr_default_np(&attr), 0);
	ck_assert_int_eq(pthread_attr_getstacksize(&attr, &before), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&attr, size), 0);
	ck_assert_int_eq(pthread_setattr_default_np(&attr), 0);
	(void)pthread_attr_destroy(&attr);
	return before;
}

/*
 * Who waits holds up others then, and that is told; when he is done nothing is
 * lost, and with threads again nobody is held up.
 */
START_TEST(no_thread_is_left)
{
	struct world *w = world_start(1);
	int waits = client_new(w), other = client_new(w), round;
	size_t before = stack_size((size_t)1 << 50);

	for (round = 0; round < 2; round++) {
		gate(w, false);
		say(waits, HELO_WAIT);
		await_held(w, 1);
		say(other, HELO);
		pause_ms(50);
		ck_assert_int_eq(recv(other, &(char){ 0 }, 1, MSG_DONTWAIT),
		    -1);
		gate(w, true);
		ck_assert_int_eq(hear(waits), 't');
		ck_assert_int_eq(hear(other), 'c');
	}
	ck_assert_uint_eq(atomic_load(&w->lacking), 1);
	(void)stack_size(before);
	gate(w, false);
	say(waits, HELO_WAIT);
	await_held(w, 1);
	greet(other);
	gate(w, true);
	ck_assert_int_eq(hear(waits), 't');
	quit(waits);
	quit(other);
	check_closed(w, 2);
	ck_assert_uint_eq(atomic_load(&w->lacking), 1);
}
END_TEST

START_TEST(what_cannot_be_served)
{
	struct pool_settings set = {
		.listener = -1, .workers = 1, .idle_s = 3600,
		.handler = &handler, .ctx = &world, .broken = broken,
		.lacking = lacking,
	};
	struct rlimit before;

	ck_assert_int_eq(pool_start(&set), EBADF);
	world_listen(&world);
	set.listener = world.listener;
	leave_descriptors(0, &before);
	ck_assert_int_eq(pool_start(&set), EMFILE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(pool_start(&set), 0);
	quit(client_new(&world));
	check_closed(&world, 1);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		many_are_served, cut_anywhere, one_worker_sleeps,
		two_workers_sleep, replies_that_are_not_read,
		an_end_behind_a_lot, closed_once, ends_before_it_begins,
		silent_ones_end, no_descriptor_is_left, no_thread_is_left,
		what_cannot_be_served,
	};

	return TESTLIB_RUN("pool", tests);
}
