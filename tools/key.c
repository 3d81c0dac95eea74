#include "config.h"
#include "tools/key.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/keyfile.h"
#include "tools/signet.h"

/*
 * Judged for whoever runs the command; for root also by the groups of the
 * daemon's usual user, who may have been given the key. Root can read any
 * file, and whose it is does not matter to it.
 */
static bool
read_file(struct arena *a, const char *file, uid_t owner, struct span *out)
{
	struct key_reader reader;
	enum keyfile_status st;
	const char *why = "out of memory";

	if (!key_reader_init(a, SPAN(""), &reader)) {
		tool_error("%s: %s", file, why);
		return false;
	}
	if (geteuid() == 0) {
		reader.uid = owner;
		reader.myself = true;
	}
	st = keyfile_read(a, &reader, file, out, &why);
	if (st == KEYFILE_ERROR)
		tool_error("%s: %s", file, why);
	else if (st == KEYFILE_UNSAFE)
		tool_error("%s: WARNING: unsafe permissions: %s", file, why);
	return st != KEYFILE_ERROR;
}

struct private_key *
tool_key_read(struct arena *a, const char *file)
{
	struct private_key *key;
	struct span text;
	struct stat sb;
	enum key_status st;

	if (stat(file, &sb) != 0) {
		tool_error("%s: %s", file, strerror(errno));
		return NULL;
	}
	/* a pipe of the shell is fine, too */
	if (!(S_ISREG(sb.st_mode) ? read_file(a, file, sb.st_uid, &text) :
	    tool_read(a, file, KEYFILE_MAX, &text)))
		return NULL;
	st = private_key_parse(text, &key);
	if (st == KEY_OK)
		return key;
	tool_error("%s: %s", file, key_status_text(st));
	return NULL;
}
