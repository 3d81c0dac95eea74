#include "config.h"
#include "milter/keywatcher.h"

#include <time.h>

#include "base/clock.h"
#include "base/thread.h"
#include "milter/log.h"
#include "policy/keycheck.h"

#define SECONDS_BETWEEN	86400

/*
 * Keys of a larger KeyTable are parsed when mail wants them; looking at all
 * of them would load them all.
 */
#define MOST_KEYS	1000

/* One key may take this long; the next one's question waits for it. */
#define KEY_WAIT_MS	10000

static struct {
	pthread_mutex_t	 lock;
	pthread_cond_t	 changed;
	bool		 now;
} wanted = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, true };

void
keywatcher_wake(void)
{
	pthread_mutex_lock(&wanted.lock);
	wanted.now = true;
	pthread_cond_signal(&wanted.changed);
	pthread_mutex_unlock(&wanted.lock);
}

static void
wait_until_wanted(void)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SECONDS_BETWEEN;
	pthread_mutex_lock(&wanted.lock);
	while (!wanted.now && pthread_cond_timedwait(&wanted.changed,
	    &wanted.lock, &until) == 0)
		continue;
	wanted.now = false;
	pthread_mutex_unlock(&wanted.lock);
}

static void
check_key(const struct policy_settings *set, struct dns *dns,
    const struct dkim_seal *seal)
{
	struct arena *a = arena_new(0);
	struct dns_scope *scope = dns_scope_new(dns, 1);
	enum keycheck k = KEYCHECK_UNKNOWN;

	if (a != NULL && scope != NULL) {
		dns_scope_deadline(scope, clock_mono_ms() + KEY_WAIT_MS);
		k = keycheck(a, scope, seal);
		if (k != KEYCHECK_GOOD)
			log_line(LOG_WARNING, "warning: key "
			    "%.*s._domainkey.%.*s %s%s",
			    SPAN_ARG(seal->selector), SPAN_ARG(seal->domain),
			    keycheck_text(k), set->keywatch != NULL &&
			    k != KEYCHECK_UNKNOWN ? ": it does not sign "
			    "(CheckKeys require)" : "");
		if (set->keywatch != NULL && k != KEYCHECK_UNKNOWN)
			keywatch_set(set->keywatch, dkim_key_name(a,
			    seal->selector, seal->domain),
			    k != KEYCHECK_GOOD);
	}
	dns_scope_free(scope);
	arena_free(a);
}

static void
check_all(struct epoch *e)
{
	const struct policy_settings *set = epoch_policy(e);
	struct arena *a = arena_new(0);
	struct dkim_seal seal;
	size_t i;

	for (i = 0; a != NULL && set->check_keys && i < MOST_KEYS; i++) {
		enum nth_key n = set->nth_key(set->sign_tables, a, i, &seal);

		if (n == NTH_KEY_END)
			break;
		if (n == NTH_KEY_OK)
			check_key(set, epoch_dns(e), &seal);
	}
	arena_free(a);
}

static void *
run(void *ctx)
{
	for (;;) {
		struct epoch *e;

		wait_until_wanted();
		e = epochs_enter(ctx);
		check_all(e);
		epoch_leave(e);
	}
	return NULL;
}

bool
keywatcher_start(struct epochs *epochs)
{
	pthread_t thread;

	if (thread_start(&thread, run, epochs) != 0)
		return false;
	(void)pthread_detach(thread);
	return true;
}
