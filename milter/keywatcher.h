/*
 * CheckKeys: a thread that holds the signing keys against their published
 * records, when the daemon starts, after each reload, and daily.
 */
#ifndef SIGNET_MILTER_KEYWATCHER_H
#define SIGNET_MILTER_KEYWATCHER_H

#include "milter/epoch.h"

/* Start it; it lives as long as the process. False when it cannot. */
bool	 keywatcher_start(struct epochs *epochs);

/* Look now: the configuration changed. */
void	 keywatcher_wake(void);

#endif
