#include "config.h"
#include "milter/epoch.h"

#include <pthread.h>
#include <stdlib.h>

/* A resolver, shared by the epochs that ask the same servers. */
struct resolver {
	struct dns	*dns;
	size_t		 refs;
};

struct epoch {
	struct epochs	*all;
	struct snapshot	*conf;
	struct resolver	*resolver;
	size_t		 refs;
	struct epoch	*next;		/* put aside */
};

struct epochs {
	pthread_mutex_t	 lock;
	struct epoch	*current;
	struct epoch	*aside;
	void		(*wake)(void);
};

struct epochs *
epochs_new(void (*wake)(void))
{
	struct epochs *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	if (pthread_mutex_init(&all->lock, NULL) != 0) {
		free(all);
		return NULL;
	}
	all->wake = wake;
	return all;
}

static bool
same_resolver(const struct daemon_settings *a, const struct daemon_settings *b)
{
	size_t i;

	if (a->nservers != b->nservers ||
	    a->dns_timeout_ms != b->dns_timeout_ms || a->nservers == 0)
		return false;	/* resolv.conf may have changed */
	for (i = 0; i < a->nservers; i++)
		if (memcmp(&a->server[i].addr, &b->server[i].addr,
		    sizeof(a->server[i].addr)) != 0 ||
		    a->server[i].port != b->server[i].port)
			return false;
	return true;
}

static struct resolver *
resolver_new(const struct daemon_settings *d, const char **why_out)
{
	struct dns_options opt = {
		.servers = d->server, .nservers = d->nservers,
		.timeout_ms = d->dns_timeout_ms,
	};
	struct resolver *r = calloc(1, sizeof(*r));

	*why_out = "out of memory";
	if (r == NULL)
		return NULL;
	r->dns = dns_open(&opt, why_out);
	if (r->dns == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

/* Drop one reference; the lock is held. Whether that was the last. */
static bool
leave_locked(struct epoch *e)
{
	if (--e->refs > 0)
		return false;
	e->next = e->all->aside;
	e->all->aside = e;
	return true;
}

bool
epochs_publish(struct epochs *all, struct snapshot *conf,
    const char **why_out)
{
	struct epoch *e = calloc(1, sizeof(*e)), *old = all->current;
	bool aside = false;

	*why_out = "out of memory";
	if (e == NULL)
		return false;
	e->all = all;
	e->conf = conf;
	e->refs = 1;
	e->resolver = old != NULL && same_resolver(config_daemon(conf),
	    config_daemon(old->conf)) ? old->resolver :
	    resolver_new(config_daemon(conf), why_out);
	if (e->resolver == NULL) {
		free(e);
		return false;
	}
	pthread_mutex_lock(&all->lock);
	e->resolver->refs++;
	all->current = e;
	if (old != NULL)
		aside = leave_locked(old);
	pthread_mutex_unlock(&all->lock);
	if (aside)
		all->wake();
	return true;
}

struct epoch *
epochs_enter(struct epochs *all)
{
	struct epoch *e;

	pthread_mutex_lock(&all->lock);
	e = all->current;
	e->refs++;
	pthread_mutex_unlock(&all->lock);
	return e;
}

struct epoch *
epoch_share(struct epoch *e)
{
	pthread_mutex_lock(&e->all->lock);
	e->refs++;
	pthread_mutex_unlock(&e->all->lock);
	return e;
}

void
epoch_leave(struct epoch *e)
{
	struct epochs *all;
	bool aside;

	if (e == NULL)
		return;
	all = e->all;
	pthread_mutex_lock(&all->lock);
	aside = leave_locked(e);
	pthread_mutex_unlock(&all->lock);
	if (aside)
		all->wake();
}

const struct policy_settings *
epoch_policy(const struct epoch *e)
{
	return config_policy(e->conf);
}

const struct daemon_settings *
epoch_daemon(const struct epoch *e)
{
	return config_daemon(e->conf);
}

struct dns *
epoch_dns(const struct epoch *e)
{
	return e->resolver->dns;
}

void
epochs_reap(struct epochs *all)
{
	struct epoch *e, *next;
	size_t left;

	pthread_mutex_lock(&all->lock);
	e = all->aside;
	all->aside = NULL;
	pthread_mutex_unlock(&all->lock);
	for (; e != NULL; e = next) {
		next = e->next;
		pthread_mutex_lock(&all->lock);
		left = --e->resolver->refs;
		pthread_mutex_unlock(&all->lock);
		if (left == 0) {
			dns_free(e->resolver->dns);
			free(e->resolver);
		}
		config_unref(e->conf);
		free(e);
	}
}
