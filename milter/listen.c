#include "config.h"
#include "milter/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* "PORT@HOST", "HOST:PORT" or "PORT", by what the text looks like. */
static bool
split_inet(struct span text, struct span *host, struct span *port)
{
	size_t at = span_find(text, '@'), colon = span_rfind(text, ':');

	if (at < text.len) {
		*port = span_head(text, at);
		*host = span_skip(text, at + 1);
	} else if (colon < text.len) {
		*host = span_head(text, colon);
		*port = span_skip(text, colon + 1);
	} else {
		*host = (struct span){ NULL, 0 };
		*port = text;
	}
	if (host->len > 2 && host->p[0] == '[' &&
	    host->p[host->len - 1] == ']')
		*host = (struct span){ host->p + 1, host->len - 2 };
	return port->len > 0;
}

/* What arena_printf made of it. */
static const char *
words(const char *text)
{
	return text != NULL ? text : "out of memory";
}

/* Whether it stands for every interface: 0.0.0.0 or ::. */
static bool
is_any(const struct sockaddr *sa)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *four = (const struct sockaddr_in *)sa;

	return sa->sa_family == AF_INET6 ?
	    IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr) :
	    four->sin_addr.s_addr == INADDR_ANY;
}

/* Without a host: every interface. */
static const char *
resolve(struct arena *a, struct listen_spec *spec, const char *host,
    const char *port)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE, .ai_family = spec->family,
		.ai_socktype = SOCK_STREAM,
	}, *ai;
	int rc = getaddrinfo(host, port, &hints, &ai);

	if (rc != 0 && host != NULL)
		return words(arena_printf(a, "\"%s\": %s", host,
		    gai_strerror(rc)));
	if (rc != 0)
		return gai_strerror(rc);
	memcpy(&spec->addr, ai->ai_addr, ai->ai_addrlen);
	spec->addr_len = ai->ai_addrlen;
	spec->everywhere |= is_any(ai->ai_addr);
	freeaddrinfo(ai);
	return NULL;
}

/* The word for its family. */
static const char *
inet_word(const struct listen_spec *spec)
{
	return spec->family == AF_INET ? "inet" : "inet6";
}

/*
 * "*" means nothing to OpenDKIM, Postfix and Sendmail, and to the resolver it
 * means this host; so it gets an answer, not a guess.
 */
static const char *
not_a_star(struct arena *a, const struct listen_spec *spec, struct span port)
{
	return words(arena_printf(a, "\"*\" is no address; %s:%.*s alone "
	    "is every interface", inet_word(spec), SPAN_ARG(port)));
}

static const char *
parse_inet(struct arena *a, struct span text, struct listen_spec *spec)
{
	struct span host, port;
	char *h, *p;
	uint64_t number;

	if (!split_inet(text, &host, &port))
		return "a port from 1 to 65535 is missing";
	if (!span_uint(port, 65535, &number) || number == 0)
		return words(arena_printf(a, "\"%.*s\" is no port from 1 to "
		    "65535", SPAN_ARG(port)));
	if (span_is(host, "*"))
		return not_a_star(a, spec, port);
	h = host.len > 0 ? arena_str(a, host) : NULL;
	p = arena_str(a, port);
	spec->everywhere = host.len == 0;
	spec->conn = arena_printf(a, "%s:%s%s%s", inet_word(spec), p,
	    h != NULL ? "@" : "", h != NULL ? h : "");
	if (spec->conn == NULL)
		return "out of memory";
	return resolve(a, spec, h, p);
}

static const char *
parse_unix(struct arena *a, struct span text, struct listen_spec *spec)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&spec->addr;

	if (text.len == 0 || text.p[0] != '/')
		return "a path must begin with /";
	if (text.len >= sizeof(un->sun_path))
		return "the path is too long for a unix socket";
	spec->family = AF_UNIX;
	spec->path = arena_str(a, text);
	spec->conn = arena_printf(a, "unix:%.*s", SPAN_ARG(text));
	if (spec->path == NULL || spec->conn == NULL)
		return "out of memory";
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, text.p, text.len);
	spec->addr_len = sizeof(*un);
	return NULL;
}

static bool
has_no_port(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *four = (const struct sockaddr_in *)addr;

	return (addr->ss_family == AF_INET && four->sin_port == 0) ||
	    (addr->ss_family == AF_INET6 && six->sin6_port == 0);
}

static const char *
parse_fd(struct arena *a, struct span text, struct listen_spec *spec)
{
	uint64_t fd;

	if (!span_uint(span_skip(text, 3), 1024, &fd))
		return "fd: wants the number of an open socket";
	spec->family = AF_UNSPEC;
	spec->fd = (int)fd;
	spec->conn = arena_str(a, text);
	spec->addr_len = sizeof(spec->addr);
	if (getsockname(spec->fd, (struct sockaddr *)&spec->addr,
	    &spec->addr_len) != 0)
		return "is not an open socket";
	if (has_no_port(&spec->addr))
		return "is bound to no port";
	return spec->conn != NULL ? NULL : "out of memory";
}

const char *
listen_parse(struct arena *a, struct span text, struct listen_spec *out)
{
	memset(out, 0, sizeof(*out));
	if (memchr(text.p, '\0', text.len) != NULL)
		return "holds a NUL byte";
	if (span_starts_nocase(text, "inet:")) {
		out->family = AF_INET;
		return parse_inet(a, span_skip(text, 5), out);
	}
	if (span_starts_nocase(text, "inet6:")) {
		out->family = AF_INET6;
		return parse_inet(a, span_skip(text, 6), out);
	}
	if (span_starts_nocase(text, "local:"))
		return parse_unix(a, span_skip(text, 6), out);
	if (span_starts_nocase(text, "unix:"))
		return parse_unix(a, span_skip(text, 5), out);
	if (span_starts_nocase(text, "fd:"))
		return parse_fd(a, text, out);
	if (text.len > 0 && text.p[0] == '/')
		return parse_unix(a, text, out);
	return "must be inet:PORT@HOST, inet:HOST:PORT, inet6:, local:PATH "
	    "or unix:PATH";
}

/*
 * ECONNREFUSED when nobody listens at this socket any more. Else he is there,
 * or has no time, or it is of another kind; or we may not know.
 */
static int
who_listens(const struct listen_spec *spec)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0), err = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)&spec->addr,
	    spec->addr_len) != 0)
		err = errno;
	close(fd);
	return err == 0 || err == EAGAIN || err == EPROTOTYPE ? EADDRINUSE :
	    err;
}

/* A socket that nobody listens at any more is in the way. 0 or an errno. */
static int
make_place(const struct listen_spec *spec)
{
	struct stat sb;
	int err;

	if (lstat(spec->path, &sb) != 0)
		return 0;		/* bind knows why, if it matters */
	if (!S_ISSOCK(sb.st_mode))
		return ENOTSOCK;
	err = who_listens(spec);
	if (err != ECONNREFUSED)
		return err;
	return unlink(spec->path) == 0 ? 0 : errno;
}

/*
 * What is accepted inherits these. A peer that is gone without a word is found
 * out; and a reply that takes two packets is not held back until the MTA has
 * acknowledged the first.
 */
static void
set_options(int fd)
{
	int on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* 0 or an errno. */
static int
open_new(const struct listen_spec *spec, int *fd_out)
{
	int err = spec->family == AF_UNIX ? make_place(spec) : 0, on = 1;

	if (err != 0)
		return err;
	*fd_out = socket(spec->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd_out < 0)
		return errno;
	(void)setsockopt(*fd_out, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(*fd_out, (const struct sockaddr *)&spec->addr,
	    spec->addr_len) == 0 && listen(*fd_out, SOMAXCONN) == 0)
		return 0;
	err = errno;
	close(*fd_out);
	return err;
}

/* One that was opened for us; it listens, or can be made to. */
static int
open_given(const struct listen_spec *spec, int *fd_out)
{
	*fd_out = spec->fd;
	(void)fcntl(*fd_out, F_SETFD, FD_CLOEXEC);
	return listen(*fd_out, SOMAXCONN) == 0 ? 0 : errno;
}

const char *
listen_open(struct arena *a, const struct listen_spec *spec, int *fd_out)
{
	int err = spec->family == AF_UNSPEC ? open_given(spec, fd_out) :
	    open_new(spec, fd_out);

	if (err == 0) {
		set_options(*fd_out);
		return NULL;
	}
	return words(arena_printf(a, "cannot listen on %s: %s", spec->conn,
	    strerror(err)));
}

bool
listen_chown(const struct listen_spec *spec, uid_t uid, gid_t gid)
{
	return spec->path == NULL || chown(spec->path, uid, gid) == 0;
}
