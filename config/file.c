#include "config.h"
#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_CAP	16384

/* The host table of a machine that lists the whole company in it. */
#define MAX_HOSTS_FILE	(4 * 1024 * 1024)

/* One read, repeated when a signal came between. */
static ssize_t
read_some(int fd, char *p, size_t len)
{
	ssize_t n;

	do
		n = read(fd, p, len);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Room for a file of known size, and a byte to see its end. */
static size_t
first_cap(int fd, size_t limit)
{
	struct stat sb;

	if (fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode) || sb.st_size < 0 ||
	    (uintmax_t)sb.st_size > limit)
		return FIRST_CAP;
	return (size_t)sb.st_size + 1;
}

bool
file_read_fd(struct arena *a, int fd, size_t limit, struct span *out,
    const char **why_out)
{
	size_t len = 0, cap = first_cap(fd, limit);
	char *buf = arena_alloc(a, cap);
	ssize_t n = 1;

	while (buf != NULL && (n = read_some(fd, buf + len, cap - len)) > 0) {
		len += (size_t)n;
		if (len > limit) {
			*why_out = "the file is too large";
			return false;
		}
		if (len == cap) {
			buf = arena_grow(a, buf, cap, cap * 2);
			cap *= 2;
		}
	}
	*out = (struct span){ buf, len };
	*why_out = buf == NULL ? "out of memory" : strerror(errno);
	return buf != NULL && n == 0;
}

bool
file_read(struct arena *a, const char *path, size_t limit, struct span *out,
    const char **why_out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good;

	if (fd < 0) {
		*why_out = strerror(errno);
		return false;
	}
	good = file_read_fd(a, fd, limit, out, why_out);
	close(fd);
	return good;
}

bool
file_next_line(struct span *rest, struct span *line_out, unsigned *number)
{
	size_t end;

	if (rest->len == 0)
		return false;
	end = span_find(*rest, '\n');
	*line_out = span_head(*rest, end);
	*rest = span_skip(*rest, end + 1);
	if (line_out->len > 0 && line_out->p[line_out->len - 1] == '\r')
		line_out->len--;
	(*number)++;
	return true;
}

bool
file_has_control(struct span text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

const char *
file_path(struct arena *a, struct span base, struct span path)
{
	if (base.len == 0 || span_starts(path, "/"))
		return arena_str(a, path);
	return arena_printf(a, "%.*s/%.*s", SPAN_ARG(base), SPAN_ARG(path));
}

/* Take a word off the front of *rest. */
static bool
next_word(struct span *rest, struct span *word_out)
{
	size_t len = 0;

	*rest = span_trim(*rest);
	while (len < rest->len && !ascii_iswsp((unsigned char)rest->p[len]))
		len++;
	*word_out = span_head(*rest, len);
	*rest = span_skip(*rest, len);
	return len > 0;
}

/*
 * A line of the host table: address, canonical name, aliases. The first name
 * with a dot, where `name` is among them; else empty.
 */
static struct span
full_name_in(struct span line, struct span name)
{
	struct span word, full = { NULL, 0 };
	bool here = false;

	line = span_head(line, span_find(line, '#'));
	if (!next_word(&line, &word))
		return full;
	while (next_word(&line, &word)) {
		here = here || span_eq_nocase(word, name);
		if (full.len == 0 && span_find(word, '.') < word.len)
			full = word;
	}
	return here ? full : (struct span){ NULL, 0 };
}

struct span
file_host_name(struct arena *a, struct span name, const char *hosts_file)
{
	struct span text, line, full;
	unsigned number = 0;
	const char *why;

	if (span_find(name, '.') < name.len ||
	    !file_read(a, hosts_file, MAX_HOSTS_FILE, &text, &why))
		return arena_span(a, name);
	while (file_next_line(&text, &line, &number)) {
		full = full_name_in(line, name);
		if (full.len > 0)
			return full;
	}
	return arena_span(a, name);
}
