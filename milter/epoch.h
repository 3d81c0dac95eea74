/*
 * What is in force: a configuration with its resolver. A reload publishes a
 * new epoch; a message keeps the one it began with.
 *
 * The last reference may be dropped in a worker that must not wait,
 * so an epoch nobody holds any more is only put aside; epochs_reap, in the main
 * thread, frees it.
 */
#ifndef SIGNET_MILTER_EPOCH_H
#define SIGNET_MILTER_EPOCH_H

#include "config/snapshot.h"

struct epoch;
struct epochs;

/* The holder; `wake` is called (any thread) when there is one to reap. */
struct epochs	*epochs_new(void (*wake)(void));

/*
 * Publish a loaded snapshot, taken over on success. A resolver with the same
 * settings as the one in force is kept, cache and all. On failure false, what
 * was in force stays, *why_out is a static phrase.
 */
bool		 epochs_publish(struct epochs *all, struct snapshot *conf,
		    const char **why_out);

/* The epoch in force, counted; one that is held already, counted once more. */
struct epoch	*epochs_enter(struct epochs *all);
struct epoch	*epoch_share(struct epoch *e);
void		 epoch_leave(struct epoch *e);

const struct policy_settings *epoch_policy(const struct epoch *e);
const struct daemon_settings *epoch_daemon(const struct epoch *e);
struct dns	*epoch_dns(const struct epoch *e);

/* Free what was put aside. Main thread only. */
void		 epochs_reap(struct epochs *all);

#endif
