/*
 * The log: standard error, or syslog. One line a message, "key=value", what
 * comes from outside escaped.
 */
#ifndef SIGNET_MILTER_LOG_H
#define SIGNET_MILTER_LOG_H

#include <syslog.h>

#include "config/report.h"
#include "policy/inspect.h"

/* Where to: until log_open, and without `use_syslog`, standard error. */
void	 log_open(bool use_syslog, const char *name, const char *facility);

/* `priority` is syslog's. */
void	 log_line(int priority, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The items of a report from this level up, errors as errors. */
void	 log_report(const struct report *r, enum report_level from);

/*
 * The line of one message; `why` (LogWhy) adds the reasons of each result.
 */
void	 log_message(struct arena *a, const struct mail_client *client,
	    const struct mail_envelope *envelope, const struct role *role,
	    const struct inspection_outcome *out, bool why);

/* A recipient was refused. */
void	 log_rcpt(struct arena *a, const struct mail_client *client,
	    const struct mail_envelope *envelope, struct span rcpt,
	    const struct verdict *v);

/* The same text, for tests. In `a`; NULL without memory. */
const char *log_message_text(struct arena *a,
	    const struct mail_client *client,
	    const struct mail_envelope *envelope, const struct role *role,
	    const struct inspection_outcome *out, bool why);

#endif
