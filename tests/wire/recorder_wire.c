/* The recorder on wire/: see tests/wire/recorder.h. */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/wire/recorder.h"
#include "wire/pool.h"

#define IDLE_S	600

static struct span
macro(void *ctx, const char *name)
{
	return milter_macro(ctx, name);
}

static void
refuse(void *ctx, unsigned code, const char *enhanced, const char *text)
{
	milter_refuse(ctx, code, enhanced, text);
}

static bool
insert(void *ctx, uint32_t index, struct span name, struct span value)
{
	return milter_insert_header(ctx, index, name, value);
}

static bool
delete(void *ctx, uint32_t nth, struct span name)
{
	return milter_delete_header(ctx, nth, name);
}

static bool
quarantine(void *ctx, struct span reason)
{
	return milter_quarantine(ctx, reason);
}

static const struct door door = {
	.macro = macro, .refuse = refuse, .insert = insert, .delete = delete,
	.quarantine = quarantine,
};

static void *
on_negotiate(void *ctx, struct milter *m, struct milter_terms *terms)
{
	const struct wanted *w = ctx;
	enum milter_stage i;

	terms->actions &= w->terms.actions;
	terms->steps &= w->terms.steps;
	for (i = 0; i < MILTER_STAGES; i++)
		if (w->macros[i] != NULL &&
		    (terms->actions & MILTER_SETSYMLIST) != 0)
			milter_request_macros(m, i, w->macros[i]);
	return record_new(&door, m, w);
}

static enum milter_answer
on_connect(void *s, const struct milter_client *c)
{
	char text[INET6_ADDRSTRLEN] = "-";

	if (c->has_ip)
		(void)inet_ntop(AF_INET6, &c->ip, text, sizeof(text));
	return record_connect(s, c->name, span_of(text));
}

static enum milter_answer
on_helo(void *s, struct span name)
{
	return record_event(s, "helo", name, MILTER_NR_HELO);
}

static enum milter_answer
on_mail(void *s, struct span path)
{
	return record_event(s, "mail", path, MILTER_NR_MAIL);
}

static enum milter_answer
on_rcpt(void *s, struct span path)
{
	return record_event(s, "rcpt", path, MILTER_NR_RCPT);
}

static enum milter_answer
on_header(void *s, struct span name, struct span value)
{
	return record_header(s, name, value);
}

static void
on_body(void *s, struct span piece)
{
	(void)record_event(s, "body", piece, UINT32_MAX);
}

static enum milter_answer
on_end(void *s)
{
	return record_end(s);
}

static void
on_abort(void *s)
{
	record_abort(s);
}

static void
on_renew(void *s)
{
	record_close(s);	/* libmilter has one event for both */
}

static void
on_close(void *s)
{
	record_close(s);
	record_free(s);
}

static const struct milter_handler handler = {
	.negotiate = on_negotiate, .connect = on_connect, .helo = on_helo,
	.mail = on_mail, .rcpt = on_rcpt, .header = on_header, .body = on_body,
	.end = on_end, .abort = on_abort, .renew = on_renew,
	.close = on_close,
};

static void
tell(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

static int
listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    listen(fd, SOMAXCONN) != 0)
		return -1;
	return fd;
}

int
main(int argc, char **argv)
{
	struct pool_settings set = {
		.idle_s = IDLE_S, .handler = &handler, .broken = tell,
		.lacking = tell,
	};
	struct wanted w;

	if (!record_usage(&w, argc, argv))
		return 2;
	set.ctx = &w;
	set.listener = listen_at(w.socket);
	if (set.listener < 0 || pool_start(&set) != 0)
		return 1;
	for (;;)
		(void)pause();
}
