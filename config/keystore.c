#include "config.h"
#include "config/keystore.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"

struct keystore {
	const struct key_reader *reader;
	bool		 require_safe;
	pthread_mutex_t	 lock;		/* of the map; not held while a file
					 * is read or a key is parsed */
	struct map	*map;		/* path or text → private_key */
};

struct keystore *
keystore_new(const struct key_reader *reader, bool require_safe)
{
	struct keystore *ks = calloc(1, sizeof(*ks));

	if (ks == NULL)
		return NULL;
	ks->reader = reader;
	ks->require_safe = require_safe;
	ks->map = map_new();
	if (ks->map == NULL || pthread_mutex_init(&ks->lock, NULL) != 0) {
		map_free(ks->map);
		free(ks);
		return NULL;
	}
	return ks;
}

void
keystore_free(struct keystore *ks)
{
	size_t cursor = 0;
	struct span name;
	void *key;

	if (ks == NULL)
		return;
	while (map_next(ks->map, &cursor, &name, &key))
		private_key_free(key);
	map_free(ks->map);
	(void)pthread_mutex_destroy(&ks->lock);
	free(ks);
}

size_t
keystore_count(struct keystore *ks)
{
	size_t n;

	(void)pthread_mutex_lock(&ks->lock);
	n = map_count(ks->map);
	(void)pthread_mutex_unlock(&ks->lock);
	return n;
}

static const struct private_key *
find(struct keystore *ks, struct span name)
{
	const struct private_key *key;

	(void)pthread_mutex_lock(&ks->lock);
	key = map_get(ks->map, name);
	(void)pthread_mutex_unlock(&ks->lock);
	return key;
}

/*
 * Put a key in. Where another thread was first its key stays, and is
 * returned; NULL without memory. `key` is taken in every case.
 */
static const struct private_key *
keep(struct keystore *ks, struct span name, struct private_key *key)
{
	struct private_key *kept;

	(void)pthread_mutex_lock(&ks->lock);
	kept = map_get(ks->map, name);
	if (kept == NULL && map_put(ks->map, name, key, NULL))
		kept = key;
	(void)pthread_mutex_unlock(&ks->lock);
	if (kept != key)
		private_key_free(key);
	return kept;
}

static const struct private_key *
parse(struct keystore *ks, struct span name, struct span text,
    const char **why_out)
{
	const struct private_key *kept;
	struct private_key *key;
	enum key_status st = private_key_parse(text, &key);

	if (st != KEY_OK) {
		*why_out = key_status_text(st);
		return NULL;
	}
	kept = keep(ks, name, key);
	if (kept == NULL)
		*why_out = "out of memory";
	return kept;
}

const struct private_key *
keystore_file(struct keystore *ks, struct arena *a, const char *path,
    const char **why_out)
{
	const struct private_key *key = find(ks, span_of(path));
	enum keyfile_status st;
	struct span text;

	*why_out = NULL;
	if (key != NULL)
		return key;
	st = keyfile_read(a, ks->reader, path, &text, why_out);
	if (st == KEYFILE_OK || (st == KEYFILE_UNSAFE && !ks->require_safe))
		key = parse(ks, span_of(path), text, why_out);
	if (text.len > 0)
		explicit_bzero((char *)text.p, text.len);
	return key;
}

const struct private_key *
keystore_text(struct keystore *ks, struct span text, const char **why_out)
{
	const struct private_key *key = find(ks, text);

	*why_out = NULL;
	return key != NULL ? key : parse(ks, text, text, why_out);
}
