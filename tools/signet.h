/*
 * signet: the command beside the daemon. One file a subcommand, cmd_NAME.c;
 * here is what they share.
 */
#ifndef SIGNET_TOOLS_SIGNET_H
#define SIGNET_TOOLS_SIGNET_H

#include <getopt.h>

#include "config/snapshot.h"
#include "dns/dns.h"

/* Exit codes, the same for every subcommand. */
enum {
	EXIT_DONE = 0,
	EXIT_BAD = 1,		/* the answer is bad: key wrong, file refused */
	EXIT_USAGE = 2,
	EXIT_UNKNOWN = 75,	/* could not find out (EX_TEMPFAIL) */
};

/* argv[0] is the subcommand's name; returns the exit code. */
int	cmd_config(int argc, char **argv);
int	cmd_dmarc(int argc, char **argv);
int	cmd_genkey(int argc, char **argv);
int	cmd_migrate(int argc, char **argv);
int	cmd_rotate(int argc, char **argv);
int	cmd_sign(int argc, char **argv);
int	cmd_spf(int argc, char **argv);
int	cmd_testkey(int argc, char **argv);
int	cmd_verify(int argc, char **argv);

/* "signet: NAME: text" on standard error. */
void	tool_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same, then how to get help; returns EXIT_USAGE. */
int	tool_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Among what functions that read options return: there is nothing to say. */
#define TOOL_GO_ON	(-1)

/* What getopt_long gives for --help. */
#define TOOL_HELP	1000

struct tool_options {
	const char	*usage;		/* the text that --help prints */
	const char	*letters;
	const struct option *names;
	int		(*take)(void *job, int c); /* one option, its argument
					 * in optarg: TOOL_GO_ON, or the exit
					 * code */
};

/*
 * Read the options; optind is then the first argument. TOOL_GO_ON, or the
 * exit code: --help was asked for, or an option is wrong, and it was said.
 */
int	tool_options(const struct tool_options *o, void *job, int argc,
	    char **argv);

/* TOOL_GO_ON where no argument is left, else it complains: EXIT_USAGE. */
int	tool_no_arguments(int argc, char **argv);

/*
 * The argument of --`what` is a domain, or a name like one: normalized in `a`.
 * TOOL_GO_ON, or it complains: EXIT_USAGE.
 */
int	tool_take_domain(struct arena *a, const char *what, struct span *out);

/*
 * Open a resolver that forwards to `server` ("A[@P]"; NULL: the system's).
 * Complains and returns NULL when that cannot be; *code_out is then the exit
 * code (EXIT_USAGE for a server that is no address).
 */
struct dns *tool_dns_open(const char *server, int *code_out);

/* The same, but where `server` is NULL those of a configuration. */
struct dns *tool_dns_open_for(const char *server,
	    const struct daemon_settings *conf, int *code_out);

/* What is read where no option names a file. */
#define TOOL_CONFIG_FILE	SYSCONFDIR "/signet.conf"

/*
 * Read and load a configuration (`file` NULL: all defaults) with `set` above
 * it. Complains and returns NULL when it cannot be used. See config_unref.
 */
struct snapshot *tool_config_read(struct arena *a, const char *file,
	    const char *const *set, size_t nsets);

/*
 * Read a whole file ("-": standard input) into `a`. Complains and returns
 * false when that cannot be, or when it has more than `limit` bytes.
 */
bool	tool_read(struct arena *a, const char *file, size_t limit,
	    struct span *out);

/* Write all of `text` and have it on the disk. False with errno set. */
bool	tool_write(int fd, struct span text);

#endif
