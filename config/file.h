/* Files as the configuration reads them: whole, and never for ever. */
#ifndef SIGNET_CONFIG_FILE_H
#define SIGNET_CONFIG_FILE_H

#include "base/arena.h"

/*
 * Read all of `path` into `a`, at most `limit` bytes. True: *out is the text.
 * False: *why_out says why, in words for a person (static, or strerror's).
 * A pipe may be read, a directory may not.
 */
bool		 file_read(struct arena *a, const char *path, size_t limit,
		    struct span *out, const char **why_out);

/*
 * Read what is left of an open file; the same outcomes. `fd` stays open.
 */
bool		 file_read_fd(struct arena *a, int fd, size_t limit,
		    struct span *out, const char **why_out);

/*
 * Take the next line off *rest: without its end (LF or CRLF), counted in
 * *line. False at the end of the text.
 */
bool		 file_next_line(struct span *rest, struct span *line_out,
		    unsigned *number);

/* Whether a control character other than a tab stands in `text`. */
bool		 file_has_control(struct span text);

/*
 * `path` as a C string in `a`; a relative one starts at `base` (empty: at the
 * working directory). NULL without memory.
 */
const char	*file_path(struct arena *a, struct span base,
		    struct span path);

/*
 * This host's full name, as the host table (/etc/hosts) has it for `name`;
 * `name` itself where it has a dot or the table does not know better. Nothing
 * is asked of the network. In `a`.
 */
struct span	 file_host_name(struct arena *a, struct span name,
		    const char *hosts_file);

#endif
