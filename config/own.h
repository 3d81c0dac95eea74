/* What this host knows of itself. */
#ifndef SIGNET_CONFIG_OWN_H
#define SIGNET_CONFIG_OWN_H

#include "policy/hostlist.h"

/*
 * The addresses of this host's interfaces as they are now, the caller's to
 * free. Empty where they cannot be told; NULL without memory.
 */
struct hostlist	*own_addresses(void);

#endif
