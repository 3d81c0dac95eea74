/* What packets of an MTA hold: strings, and who the client is. */
#ifndef SIGNET_WIRE_READ_H
#define SIGNET_WIRE_READ_H

#include "wire/milter.h"

/*
 * Take the first string, without its NUL, off the front of *data; *out stands
 * in it. False when it has no end, and both are as they were.
 */
bool	 read_string(struct span *data, struct span *out);

/*
 * The data of a connect packet: the host's name, a byte for the family, and,
 * but for an unknown one, two of the port and the address. Of a unix socket
 * there is no address. False when it cannot be read; *out is undefined then.
 */
bool	 read_client(struct span data, struct milter_client *out);

#endif
