/*
 * The configuration as a snapshot: built whole, checked whole, then immutable
 * and counted. A message keeps the one it began with.
 *
 * Building has two steps, because a daemon that was started by root must know
 * its socket and user first and read keys and tables only when it has given
 * its privileges up:
 *
 *	config_parse	options alone; nothing else is opened
 *	config_load	tables, host lists and keys
 */
#ifndef SIGNET_CONFIG_SNAPSHOT_H
#define SIGNET_CONFIG_SNAPSHOT_H

#include "config/report.h"
#include "dns/dns.h"
#include "policy/settings.h"

/* Options that concern the daemon as a process. Text lives in the snapshot. */
struct daemon_settings {
	struct span	 socket;	/* as written, see milter/listen.h */
	struct span	 user;		/* UserID: "user" or "user:group"; not
					 * set: empty */
	unsigned	 umask;		/* UMask */
	bool		 has_umask;
	struct span	 pid_file;	/* empty: none */
	bool		 syslog;
	struct span	 syslog_facility; /* "mail" */
	struct span	 syslog_name;
	bool		 syslog_success; /* a line for each message */
	bool		 log_why;
	unsigned	 stop_timeout_s;
	unsigned	 max_sessions;
	const struct dns_server *server; /* Nameservers; none: the system's */
	size_t		 nservers;
	unsigned	 dns_timeout_ms;
};

struct snapshot;
struct option_values;		/* config/option.h */

/*
 * Read `file` (NULL: no file, all defaults), then apply `set`: texts of the
 * form "Name value" that override it (of the command line). Relative paths in
 * the file start at BaseDirectory, else they are taken as they are. A file
 * named opendkim.conf has OpenDKIM's defaults where they differ; a note in the
 * report lists them. On any error NULL, and the report names each. Warnings
 * (options without effect) are in the report in both cases.
 */
struct snapshot	*config_parse(const char *file, const char *const *set,
		    size_t nsets, struct report *report);

/*
 * The same for whoever only shows it: where options are refused (*good_out is
 * false) the snapshot comes back nevertheless, fit for config_values,
 * config_where, config_unref and, unless the report failed, config_daemon. An
 * option whose line cannot be read has the value it had before that line.
 * NULL: the file cannot be read, or there is no memory.
 */
struct snapshot	*config_parse_to_show(const char *file,
		    const char *const *set, size_t nsets,
		    struct report *report, bool *good_out);

/*
 * The second step, once: load tables, host lists and keys that the snapshot
 * names. False when anything is wrong; the report says what and where. The
 * snapshot is then fit only for config_unref. `check_all` also parses keys that
 * would otherwise wait for their first use.
 */
bool		 config_load(struct snapshot *s, bool check_all,
		    struct report *report);

/* Counting; thread-safe. The last unref frees; NULL is fine. */
struct snapshot	*config_ref(struct snapshot *s);
void		 config_unref(struct snapshot *s);

/*
 * Where an option was set, for a message: "file:line: Socket", or "Socket"
 * alone when it has its default or came from the command line. In `a`; never
 * NULL.
 */
const char	*config_where(const struct snapshot *s, const char *option,
		    struct arena *a);

/* What is in it; alive with the snapshot. */
const struct daemon_settings *config_daemon(const struct snapshot *s);
const struct policy_settings *config_policy(const struct snapshot *s);

/* The values as they were written, for signet config. */
const struct option_values *config_values(const struct snapshot *s);

#endif
