#include "config.h"
#include "milter/placed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A process id and a line end. */
#define PID_TEXT	32

/* What belongs in the PidFile; its length. */
static size_t
pid_text(char *buf)
{
	return (size_t)snprintf(buf, PID_TEXT, "%ld\n", (long)getpid());
}

const char *
placed_pid_file(const char *path, struct placed *out)
{
	char text[PID_TEXT];
	size_t len = pid_text(text);
	ssize_t n;
	int fd, err;

	/* as root, perhaps, where others may write: through no link */
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	    0644);
	if (fd < 0)
		return strerror(errno);
	n = write(fd, text, len);
	err = n < 0 ? errno : ENOSPC;
	if (n == (ssize_t)len) {
		*out = (struct placed){ path, fd };
		return NULL;
	}
	close(fd);
	return strerror(err);
}

void
placed_socket(const char *path, struct placed *out)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	*out = (struct placed){ fd < 0 ? NULL : path, fd };
}

static bool
has_our_id(int fd)
{
	char ours[PID_TEXT], there[PID_TEXT];
	size_t len = pid_text(ours);

	return pread(fd, there, sizeof(there), 0) == (ssize_t)len &&
	    memcmp(there, ours, len) == 0;
}

/* What is open must be what the path leads to, and of the two kinds. */
static bool
is_ours(const struct placed *p)
{
	struct stat open, there;

	if (fstat(p->fd, &open) != 0 || lstat(p->path, &there) != 0 ||
	    open.st_dev != there.st_dev || open.st_ino != there.st_ino)
		return false;
	return S_ISSOCK(there.st_mode) ||
	    (S_ISREG(there.st_mode) && has_our_id(p->fd));
}

void
placed_remove(struct placed *p)
{
	if (p->path == NULL)
		return;
	if (is_ours(p) && unlink(p->path) != 0)
		(void)!ftruncate(p->fd, 0);	/* of a socket it fails */
	close(p->fd);
	p->path = NULL;
}
