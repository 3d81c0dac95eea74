/* Private key files, as the subcommands read them. */
#ifndef SIGNET_TOOLS_KEY_H
#define SIGNET_TOOLS_KEY_H

#include "crypto/key.h"

/*
 * Read a private key file. Complains on standard error, "FILE: why", and
 * returns NULL when it cannot be read or holds no key that can sign. A file
 * that others can read is used, with a warning. The caller frees the key.
 */
struct private_key *tool_key_read(struct arena *a, const char *file);

#endif
