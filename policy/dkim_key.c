/* The key record, and the keys of a DNS answer. */
#include "config.h"
#include "policy/dkim_key.h"

#include <stdlib.h>

#include "base/strbuf.h"
#include "message/domain.h"
#include "message/taglist.h"
#include "policy/dkim_base64.h"

/*
 * A record with the largest key we take and a note for a human is a quarter
 * of it. What is longer is not even looked at.
 */
#define KEY_MAX_RECORD		8192

struct span
dkim_key_name(struct arena *a, struct span selector, struct span domain)
{
	struct strbuf sb;

	if (selector.len == 0 || domain.len == 0)
		return (struct span){ NULL, 0 };
	strbuf_init(&sb, a);
	strbuf_add(&sb, selector);
	strbuf_adds(&sb, "._domainkey.");
	strbuf_add(&sb, domain);
	if (sb.len > DOMAIN_MAX_LEN)
		return (struct span){ NULL, 0 };
	return strbuf_span(&sb);
}

/* ---- one record --------------------------------------------------------- */

/* Whether the colon-separated `list` has `word`. */
static bool
list_has(struct span list, const char *word)
{
	struct span item;

	while (span_next(&list, ':', &item))
		if (span_is(span_trim(item), word))
			return true;
	return false;
}

/* Whether the tag is there and its list lacks `word`. */
static bool
excludes(const struct taglist *t, const char *tag, const char *word)
{
	const struct span *list = taglist_get(t, tag);

	return list != NULL && !list_has(*list, word);
}

static bool
has_flag(const struct taglist *t, const char *flag)
{
	const struct span *list = taglist_get(t, "t");

	return list != NULL && list_has(*list, flag);
}

/* 3.6.1: v= is DKIM1, and the first tag, if it is there at all. */
static bool
version_fits(const struct taglist *t)
{
	const struct span *v = taglist_get(t, "v");

	return v == NULL || (v == &t->tag[0].value && span_is(*v, "DKIM1"));
}

/* 3.6.1, k=: rsa by default. */
static bool
read_type(const struct taglist *t, enum key_type *out)
{
	const struct span *k = taglist_get(t, "k");

	*out = KEY_RSA;
	if (k == NULL || span_is(*k, key_type_name(KEY_RSA)))
		return true;
	*out = KEY_ED25519;
	return span_is(*k, key_type_name(KEY_ED25519));
}

static enum dkim_key_status
unusable(struct dkim_key_record *r, const char *why)
{
	r->why = why;
	return DKIM_KEY_UNUSABLE;
}

static enum dkim_key_status
read_key(struct arena *a, struct span p, struct dkim_key_record *r)
{
	enum key_status st;
	struct span der;

	if (!dkim_base64_decode(a, p, &der)) {
		if (arena_failed(a))
			return DKIM_KEY_TEMPFAIL;
		return unusable(r, "p= of the key is not base64");
	}
	st = public_key_parse(r->type, der, &r->key.key);
	if (st == KEY_NOMEM)
		return DKIM_KEY_TEMPFAIL;
	return st == KEY_OK ? DKIM_KEY_OK : unusable(r, key_status_text(st));
}

/* The steps 5 to 8 of 6.1.2, in their order. */
static enum dkim_key_status
read_tags(struct arena *a, const struct taglist *t, struct dkim_key_record *r)
{
	const struct span *p = taglist_get(t, "p");

	if (!version_fits(t))
		return unusable(r, "not a DKIM1 key record");
	if (p == NULL)
		return unusable(r, "no p= in the key record");
	if (excludes(t, "h", "sha256"))
		return unusable(r, "key is not for sha256");
	if (excludes(t, "s", "*") && excludes(t, "s", "email"))
		return unusable(r, "key is not for mail");
	r->key.testing = has_flag(t, "y");
	r->key.strict = has_flag(t, "s");
	if (p->len == 0) {
		r->why = "key revoked";
		return DKIM_KEY_REVOKED;
	}
	if (!read_type(t, &r->type))
		return unusable(r, "unknown key type");
	return read_key(a, *p, r);
}

void
dkim_key_record_parse(struct arena *a, struct span text,
    struct dkim_key_record *out)
{
	enum taglist_status st;
	struct taglist tags;

	*out = (struct dkim_key_record){ .status = DKIM_KEY_UNUSABLE };
	if (text.len > KEY_MAX_RECORD) {
		out->why = "key record is too long";
		return;
	}
	st = taglist_parse(a, text, &tags, NULL);
	if (st == TAGLIST_OK)
		out->status = read_tags(a, &tags, out);
	else if (st == TAGLIST_NOMEM)
		out->status = DKIM_KEY_TEMPFAIL;
	else
		out->why = "syntax error in the key record";
	if (out->status == DKIM_KEY_TEMPFAIL)
		out->why = "out of memory";
}

enum dkim_key_status
dkim_key_parse(struct arena *a, struct span text, enum key_type type,
    struct dkim_key *out, const char **why_out)
{
	struct dkim_key_record r;

	dkim_key_record_parse(a, text, &r);
	if (r.status == DKIM_KEY_OK && r.type != type) {
		public_key_free(r.key.key);
		r = (struct dkim_key_record){
			.status = DKIM_KEY_UNUSABLE,
			.why = DKIM_KEY_OTHER_TYPE,
		};
	}
	*out = r.key;
	*why_out = r.why;
	return r.status;
}

/* ---- the records of an answer ------------------------------------------- */

static void
keys_free(void *object)
{
	struct dkim_keys *keys = object;
	size_t i;

	for (i = 0; i < keys->count; i++)
		public_key_free(keys->record[i].key.key);
	free(keys);
}

/* NULL without memory, so that it is tried again next time. */
static void *
keys_make(const struct dns_answer *ans)
{
	size_t i, n = ans->count < DKIM_MAX_KEYS ? ans->count : DKIM_MAX_KEYS;
	struct dkim_keys *keys = calloc(1, sizeof(*keys) +
	    n * sizeof(keys->record[0]));
	struct arena *a = arena_new(0);
	bool good = keys != NULL && a != NULL;

	for (i = 0; good && i < n; i++) {
		dkim_key_record_parse(a, ans->record[i].txt,
		    &keys->record[i]);
		keys->count++;
		good = keys->record[i].status != DKIM_KEY_TEMPFAIL;
	}
	arena_free(a);
	if (good || keys == NULL)
		return keys;
	keys_free(keys);
	return NULL;
}

const struct dkim_keys *
dkim_keys_of(struct dns_scope *dns, const struct dns_answer *ans)
{
	return dns_answer_object(dns, ans, keys_make, keys_free);
}
