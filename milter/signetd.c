/* signetd: the daemon. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "base/clock.h"
#include "base/thread.h"
#include "milter/keywatcher.h"
#include "milter/listen.h"
#include "milter/log.h"
#include "milter/placed.h"
#include "milter/privileges.h"
#include "milter/session.h"
#include "wire/pool.h"

enum {
	EXIT_CONFIG = 1,
	EXIT_USAGE = 2,
};

/* An MTA that has been silent for so long will not go on: two hours. */
#define IDLE_S		7210

/* Lines a second about connections that break the protocol. */
#define MAX_BROKEN	10

/* Callbacks are shallow; thousands of workers must not reserve 8 MB each. */
#define THREAD_STACK	((size_t)1 << 20)

/* After the last message was answered its reply is still on the way out. */
#define STOP_GRACE_MS	300

/* Command line options that set configuration options. */
#define MAX_SETS	8

struct daemon {
	const char	*file;			/* -x */
	const char	*set[MAX_SETS];
	size_t		 nsets;
	bool		 check_only;		/* -n */
	struct arena	*a;			/* for as long as we run */
	struct listen_spec spec;
	int		 listener;
	struct placed	 socket;		/* a unix socket's file */
	struct placed	 pid_file;
	struct identity	 identity;
	struct epochs	*epochs;
};

/* What a signal handler, or another thread, has to say to main. */
static int wake_pipe[2] = { -1, -1 };

static void
tell_main(char what)
{
	int saved = errno;

	if (write(wake_pipe[1], &what, 1) < 0)
		errno = saved;		/* full: main is awake anyway */
	errno = saved;
}

static void
on_signal(int sig)
{
	tell_main(sig == SIGHUP || sig == SIGUSR1 ? 'r' : 't');
}

static void
wake_reap(void)
{
	tell_main('e');
}

/* ---- the command line --------------------------------------------------- */

static int
usage(FILE *fp)
{
	fprintf(fp, "usage: signetd [-flnvV] [-p SOCKET] [-P PIDFILE] "
	    "[-u USER[:GROUP]] [-x FILE]\n"
	    "  -f  stay in the foreground (it always does)\n"
	    "  -l  log to syslog\n"
	    "  -n  check the configuration and exit\n"
	    "  -p  Socket, such as inet:8891@127.0.0.1\n"
	    "  -P  PidFile\n"
	    "  -u  UserID\n"
	    "  -v  log why each result came about (LogWhy)\n"
	    "  -V  show the version\n"
	    "  -x  read this configuration file\n"
	    "Details: man signetd\n");
	return fp == stdout ? EXIT_SUCCESS : EXIT_USAGE;
}

static void
add_set(struct daemon *d, const char *name, const char *value)
{
	const char *text = arena_printf(d->a, "%s %s", name, value);

	if (text != NULL && d->nsets < MAX_SETS)
		d->set[d->nsets++] = text;
}

/* -1 to go on, else the exit code. */
static int
command_line(struct daemon *d, int argc, char **argv)
{
	static char name[] = "signetd";
	int c;

	if (argc > 0)
		argv[0] = name;		/* as getopt complains in it */
	while ((c = getopt(argc, argv, "flnp:P:u:vVx:h")) != -1) {
		switch (c) {
		case 'f':
			break;
		case 'l':
			add_set(d, "Syslog", "yes");
			break;
		case 'n':
			d->check_only = true;
			break;
		case 'p':
			add_set(d, "Socket", optarg);
			break;
		case 'P':
			add_set(d, "PidFile", optarg);
			break;
		case 'u':
			add_set(d, "UserID", optarg);
			break;
		case 'v':
			add_set(d, "LogWhy", "yes");
			break;
		case 'V':
			printf("signetd %s\n", PACKAGE_VERSION);
			return EXIT_SUCCESS;
		case 'x':
			d->file = optarg;
			break;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "signetd: unexpected argument: %s (-x names the "
	    "file)\n", argv[optind]);
	return usage(stderr);
}

/* ---- configuration ------------------------------------------------------ */

static bool
complain(const char *what, const char *why)
{
	log_line(LOG_ERR, "%s: %s", what, why);
	return false;
}

/* The second step of a snapshot; on failure it is given back. */
static struct snapshot *
load(struct snapshot *conf, bool all, struct report *report)
{
	if (conf == NULL || config_load(conf, all, report))
		return conf;
	config_unref(conf);
	return NULL;
}

/*
 * What only a start can change, held against what was read before: a change
 * is told, and a Socket that no start would take is refused.
 */
static bool
check_start_only(struct daemon *d, const struct snapshot *conf,
    struct arena *a)
{
	const struct daemon_settings *new = config_daemon(conf), *old;
	struct epoch *e = epochs_enter(d->epochs);
	struct listen_spec spec;
	const char *why = NULL;
	struct {
		const char *option;
		bool changed;
	} row[7];
	size_t i;

	old = epoch_daemon(e);
	row[0].option = "Socket";
	row[0].changed = !span_eq(new->socket, old->socket);
	row[1].option = "UserID";
	row[1].changed = !span_eq(new->user, old->user);
	row[2].option = "UMask";
	row[2].changed = new->has_umask != old->has_umask ||
	    new->umask != old->umask;
	row[3].option = "PidFile";
	row[3].changed = !span_eq(new->pid_file, old->pid_file);
	row[4].option = "Syslog";
	row[4].changed = new->syslog != old->syslog;
	row[5].option = "SyslogFacility";
	row[5].changed = !span_eq(new->syslog_facility, old->syslog_facility);
	row[6].option = "SyslogName";
	row[6].changed = !span_eq(new->syslog_name, old->syslog_name);
	epoch_leave(e);
	if (row[0].changed)
		why = listen_parse(a, new->socket, &spec);
	if (why != NULL)
		return complain(config_where(conf, "Socket", a), why);
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (row[i].changed)
			log_line(LOG_WARNING, "warning: %s: changes only "
			    "when signetd is started again",
			    config_where(conf, row[i].option, a));
	return true;
}

/*
 * Read the configuration again, all or nothing. What only a start can change
 * (Socket, UserID, UMask, PidFile, Syslog and its facility and name) stays.
 */
static void
reload(struct daemon *d)
{
	struct arena *a = arena_new(0);
	struct report report;
	struct snapshot *conf;
	const char *why = NULL;

	if (a == NULL)
		return;
	report_init(&report, a);
	conf = load(config_parse(d->file, d->set, d->nsets, &report), false,
	    &report);
	log_report(&report, REPORT_WARNING);
	if (conf != NULL && !check_start_only(d, conf, a)) {
		config_unref(conf);
		conf = NULL;
	}
	if (conf != NULL && !epochs_publish(d->epochs, conf, &why)) {
		config_unref(conf);
		conf = NULL;
		log_line(LOG_ERR, "cannot start the resolver: %s", why);
	}
	if (conf != NULL)
		keywatcher_wake();
	log_line(conf != NULL ? LOG_NOTICE : LOG_ERR, conf != NULL ?
	    "configuration reloaded" :
	    "configuration not reloaded: the old one stays in force");
	arena_free(a);
}

/* ---- starting ----------------------------------------------------------- */

static void
raise_limits(void)
{
	struct rlimit rl;
	pthread_attr_t attr;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < rl.rlim_max) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
	if (pthread_attr_init(&attr) == 0) {
		if (pthread_attr_setstacksize(&attr, THREAD_STACK) == 0)
			(void)pthread_setattr_default_np(&attr);
		(void)pthread_attr_destroy(&attr);
	}
	(void)mallopt(M_ARENA_MAX, 4);
}

static bool
write_pid_file(struct daemon *d, struct snapshot *conf)
{
	struct span path = config_daemon(conf)->pid_file;
	const char *name = arena_str(d->a, path), *why;

	if (path.len == 0)
		return true;
	why = name == NULL ? strerror(ENOMEM) :
	    placed_pid_file(name, &d->pid_file);
	if (why == NULL)
		return true;
	why = arena_printf(d->a, "%.*s: %s", SPAN_ARG(path), why);
	return complain(config_where(conf, "PidFile", d->a),
	    why != NULL ? why : "out of memory");
}

/* Read Socket, and warn of one that is open to everybody. */
static bool
read_socket(struct daemon *d, struct snapshot *conf)
{
	const char *where = config_where(conf, "Socket", d->a), *why;

	why = listen_parse(d->a, config_daemon(conf)->socket, &d->spec);
	if (why != NULL)
		return complain(where, why);
	if (d->spec.everywhere)
		log_line(LOG_WARNING, "warning: %s: every interface listens: "
		    "who reaches this port can have mail signed; "
		    "inet:PORT@127.0.0.1 is for this host alone", where);
	return true;
}

static bool
open_socket(struct daemon *d, struct snapshot *conf)
{
	const struct daemon_settings *set = config_daemon(conf);
	const char *where = config_where(conf, "Socket", d->a), *why;

	if (!read_socket(d, conf))
		return false;
	(void)umask(set->has_umask ? (mode_t)set->umask : 007);
	why = listen_open(d->a, &d->spec, &d->listener);
	if (why != NULL)
		return complain(where, why);
	if (d->spec.path != NULL)
		placed_socket(d->spec.path, &d->socket);
	return true;
}

static bool
become_user(struct daemon *d, struct snapshot *conf)
{
	const char *where = config_where(conf, "UserID", d->a), *why;

	why = identity_find(d->a, config_daemon(conf)->user, &d->identity);
	if (why != NULL)
		return complain(where, why);
	if (geteuid() == 0 && !d->identity.change)
		log_line(LOG_WARNING, "warning: %s: running as root: there "
		    "is no user signet; set UserID", where);
	if (d->identity.change && !listen_chown(&d->spec, d->identity.uid,
	    d->identity.gid))
		return complain(where, strerror(errno));
	why = identity_take(&d->identity);
	return why == NULL || complain(where, why);
}

static bool
open_pipe_and_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	static const int caught[] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT };
	size_t i;

	if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return complain("pipe", strerror(errno));
	sa.sa_flags = SA_RESTART;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		if (sigaction(caught[i], &sa, NULL) != 0)
			return complain("sigaction", strerror(errno));
	(void)signal(SIGPIPE, SIG_IGN);
	return true;
}

/* Whoever reaches the socket can cause these, as fast as he can connect. */
static void
connection_broken(const char *why)
{
	static atomic_int_least64_t second;
	static atomic_uint lines;
	int64_t now = clock_mono_ms() / 1000;
	unsigned n;

	if (atomic_exchange(&second, now) != now)
		atomic_store(&lines, 0);
	n = atomic_fetch_add(&lines, 1);
	if (n < MAX_BROKEN)
		log_line(LOG_WARNING, "milter connection: %s", why);
	else if (n == MAX_BROKEN)
		log_line(LOG_WARNING, "milter connection: more of these "
		    "within a second are not shown");
}

static void
pool_lacks(const char *what)
{
	log_line(LOG_ERR, "%s", what);
}

static bool
serve(struct daemon *d)
{
	struct pool_settings set = {
		.listener = d->listener,
		.idle_s = IDLE_S,
		.handler = &session_handler,
		.ctx = d->epochs,
		.broken = connection_broken,
		.lacking = pool_lacks,
	};
	int rc = pool_start(&set);

	return rc == 0 || complain("cannot serve", strerror(rc));
}

/* ---- running ------------------------------------------------------------ */

static void
tell_systemd(const char *state)
{
#ifdef HAVE_SYSTEMD
	(void)sd_notify(0, state);
#else
	(void)state;
#endif
}

static void
tell_systemd_reloading(void)
{
#ifdef HAVE_SYSTEMD
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
#endif
}

/*
 * Of what main is told the word that matters most; what was said often is done
 * once. Waits `timeout_ms` at most (-1: for ever).
 */
static char
next_word(int timeout_ms)
{
	struct pollfd pfd = { .fd = wake_pipe[0], .events = POLLIN };
	char word[1024];
	ssize_t n = poll(&pfd, 1, timeout_ms) > 0 ?
	    read(wake_pipe[0], word, sizeof(word)) : 0;

	if (n <= 0)
		return 0;
	return memchr(word, 't', (size_t)n) != NULL ? 't' :
	    memchr(word, 'r', (size_t)n) != NULL ? 'r' : 'e';
}

/* Let what has begun finish; a second TERM ends the patience. */
static void
drain(struct daemon *d)
{
	struct epoch *e = epochs_enter(d->epochs);
	int64_t end = clock_mono_ms() +
	    (int64_t)epoch_daemon(e)->stop_timeout_s * 1000;
	unsigned long compared, differing;
	unsigned left;

	epoch_leave(e);
	session_drain();
	left = session_in_flight();
	log_line(LOG_NOTICE, "stopping: %u message%s under way", left,
	    left == 1 ? "" : "s");
	while (session_in_flight() > 0 && clock_mono_ms() < end)
		if (next_word(50) == 't')
			break;
	left = session_in_flight();
	compared = session_compared(&differing);
	if (compared > 0)
		log_line(LOG_NOTICE, "DMARCCompare: %lu messages compared, "
		    "%lu differ", compared, differing);
	(void)poll(NULL, 0, STOP_GRACE_MS);
	if (left > 0)
		log_line(LOG_WARNING, "stopped with %u message%s unfinished",
		    left, left == 1 ? "" : "s");
	else
		log_line(LOG_NOTICE, "stopped");
}

/* Until a signal ends it. The exit code. */
static int
run(struct daemon *d)
{
	for (;;) {
		switch (next_word(-1)) {
		case 'r':
			tell_systemd_reloading();
			reload(d);
			tell_systemd("READY=1");
			/* FALLTHROUGH */
		case 'e':		/* said along with it, perhaps */
			epochs_reap(d->epochs);
			break;
		case 't':
			tell_systemd("STOPPING=1");
			drain(d);
			return EXIT_SUCCESS;
		default:
			break;
		}
	}
}

static bool
has_key(const struct policy_settings *set, struct arena *a)
{
	struct dkim_seal seal;

	return set->sign && set->nth_key != NULL &&
	    set->nth_key(set->sign_tables, a, 0, &seal) != NTH_KEY_END;
}

/* What becomes of mail, in words. */
static const char *
task(const struct policy_settings *set, struct arena *a)
{
	bool signs = has_key(set, a);

	if (signs || !set->sign)
		return !set->verify ? "signs" :
		    signs ? "signs and verifies" : "verifies";
	return set->verify ? "verifies (there is no key to sign with)" :
	    "neither signs nor verifies (there is no key to sign with)";
}

static void
announce(struct daemon *d)
{
	struct epoch *e = epochs_enter(d->epochs);
	const struct policy_settings *set = epoch_policy(e);
	const char *servers = dns_describe(epoch_dns(e), d->a);

	log_line(LOG_NOTICE, "signetd %s listens on %s, %s, name servers %s",
	    PACKAGE_VERSION, d->spec.conn, task(set, d->a),
	    servers != NULL ? servers : "unknown");
	epoch_leave(e);
	tell_systemd("READY=1");
}

static int
start(struct daemon *d, struct snapshot *conf, struct report *report)
{
	const char *why;

	if (!open_pipe_and_signals() || !open_socket(d, conf) ||
	    !write_pid_file(d, conf) ||
	    !become_user(d, conf)) {
		config_unref(conf);
		return EXIT_CONFIG;
	}
	conf = load(conf, false, report);
	log_report(report, REPORT_NOTE);
	if (conf == NULL)
		return EXIT_CONFIG;
	if (!epochs_publish(d->epochs, conf, &why)) {
		complain("cannot start the resolver", why);
		config_unref(conf);
		return EXIT_CONFIG;
	}
	if (!serve(d) || !keywatcher_start(d->epochs))
		return EXIT_CONFIG;
	announce(d);
	return run(d);
}

/* -n opens no socket, but the start would want its directory. */
static void
check_directory(const struct daemon *d, const struct snapshot *conf)
{
	struct span path = span_of(d->spec.path);
	const char *dir = arena_str(d->a,
	    span_head(path, span_rfind(path, '/') + 1));
	struct stat sb;

	if (dir != NULL && stat(dir, &sb) != 0)
		log_line(LOG_WARNING, "warning: %s: %s: %s",
		    config_where(conf, "Socket", d->a), dir, strerror(errno));
}

/* -n: everything is read as the user that would read it. */
static int
check(struct daemon *d, struct snapshot *conf, struct report *report)
{
	bool good = read_socket(d, conf);

	if (good && d->spec.path != NULL)
		check_directory(d, conf);
	d->spec.path = NULL;
	good = become_user(d, conf) && good;
	conf = load(conf, true, report);
	log_report(report, REPORT_NOTE);
	config_unref(conf);
	return good && conf != NULL ? EXIT_SUCCESS : EXIT_CONFIG;
}

static int
configure_and_start(struct daemon *d)
{
	struct report report;
	struct snapshot *conf;
	const struct daemon_settings *set;
	bool good;

	report_init(&report, d->a);
	conf = config_parse_to_show(d->file, d->set, d->nsets, &report, &good);
	if (!good) {
		log_report(&report, REPORT_NOTE);
		if (conf != NULL && !report.failed)
			(void)read_socket(d, conf);	/* its fault, too */
		config_unref(conf);
		return EXIT_CONFIG;
	}
	if (d->check_only)
		return check(d, conf, &report);
	set = config_daemon(conf);
	if (set->syslog)
		log_open(true, arena_str(d->a, set->syslog_name),
		    arena_str(d->a, set->syslog_facility));
	return start(d, conf, &report);
}

int
main(int argc, char **argv)
{
	struct daemon d = { .file = NULL };
	int code;

	raise_limits();
	d.a = arena_new(0);
	d.epochs = epochs_new(wake_reap);
	if (d.a == NULL || d.epochs == NULL) {
		fprintf(stderr, "signetd: out of memory\n");
		return EXIT_CONFIG;
	}
	code = command_line(&d, argc, argv);
	if (code < 0)
		code = configure_and_start(&d);
	placed_remove(&d.pid_file);
	placed_remove(&d.socket);
	/* the workers still run: nothing may be torn down */
	fflush(NULL);
	_exit(code);
}
