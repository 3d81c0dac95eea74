#include "config.h"
#include "policy/keycheck.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"
#include "message/taglist.h"

const char *
keycheck_text(enum keycheck k)
{
	switch (k) {
	case KEYCHECK_GOOD:
		return "is published";
	case KEYCHECK_MISSING:
		return "is not published";
	case KEYCHECK_REVOKED:
		return "is published as revoked";
	case KEYCHECK_UNUSABLE:
		return "is published in a record that nobody can use";
	case KEYCHECK_DIFFERENT:
		return "is not the one that is published";
	case KEYCHECK_UNKNOWN:
		return "could not be looked up";
	}
	return "could not be looked up";
}

enum key_type
keycheck_claimed_type(struct arena *a, struct span record)
{
	struct taglist list;
	const struct span *k;

	if (taglist_parse(a, record, &list, NULL) != TAGLIST_OK)
		return KEY_RSA;
	k = taglist_get(&list, "k");
	return k != NULL && span_is(*k, "ed25519") ? KEY_ED25519 : KEY_RSA;
}

/* Two halves match when the one verifies what the other signs. */
bool
keycheck_match(struct arena *a, const struct private_key *private,
    const struct public_key *public)
{
	static const uint8_t digest[DIGEST_LEN] = { 1 };
	struct span sig;

	if (private_key_type(private) != public_key_type(public))
		return false;
	sig = private_key_sign(private, digest, a);
	return sig.p != NULL &&
	    public_key_verify(public, digest, sig) == VERIFY_GOOD;
}

static enum keycheck
compare(struct arena *a, struct span record, const struct private_key *key)
{
	struct dkim_key published;
	const char *why;
	bool same;

	switch (dkim_key_parse(a, record, keycheck_claimed_type(a, record),
	    &published, &why)) {
	case DKIM_KEY_OK:
		same = keycheck_match(a, key, published.key);
		public_key_free(published.key);
		return same ? KEYCHECK_GOOD : KEYCHECK_DIFFERENT;
	case DKIM_KEY_REVOKED:
		return KEYCHECK_REVOKED;
	case DKIM_KEY_TEMPFAIL:
		return KEYCHECK_UNKNOWN;
	case DKIM_KEY_NONE:
	case DKIM_KEY_UNUSABLE:
		break;
	}
	return KEYCHECK_UNUSABLE;
}

enum keycheck
keycheck(struct arena *a, struct dns_scope *dns, const struct dkim_seal *seal)
{
	struct span name = dkim_key_name(a, seal->selector, seal->domain);
	const struct dns_answer *ans;
	enum keycheck worst = KEYCHECK_MISSING, one;
	size_t i;

	if (name.len == 0)
		return KEYCHECK_MISSING;
	ans = dns_lookup(dns, DNS_TXT, name);
	if (!dns_known(ans->status))
		return KEYCHECK_UNKNOWN;
	for (i = 0; i < ans->count; i++) {
		one = compare(a, ans->record[i].txt, seal->key);
		if (one == KEYCHECK_GOOD)
			return one;
		worst = one;
	}
	return worst;
}

/* ---- keys that must not sign -------------------------------------------- */

struct keywatch {
	pthread_mutex_t	 lock;
	struct map	*bad;
};

struct keywatch *
keywatch_new(void)
{
	struct keywatch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->bad = map_new();
	if (w->bad == NULL || pthread_mutex_init(&w->lock, NULL) != 0) {
		map_free(w->bad);
		free(w);
		return NULL;
	}
	return w;
}

void
keywatch_free(struct keywatch *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_destroy(&w->lock);
	map_free(w->bad);
	free(w);
}

void
keywatch_set(struct keywatch *w, struct span name, bool bad)
{
	pthread_mutex_lock(&w->lock);
	if (bad)
		(void)map_put(w->bad, name, w, NULL);
	else
		(void)map_remove(w->bad, name);
	pthread_mutex_unlock(&w->lock);
}

bool
keywatch_bad(struct keywatch *w, struct span name)
{
	bool bad;

	if (w == NULL)
		return false;
	pthread_mutex_lock(&w->lock);
	bad = map_get(w->bad, name) != NULL;
	pthread_mutex_unlock(&w->lock);
	return bad;
}
