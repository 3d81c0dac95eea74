#include "config.h"
#include "policy/suffixes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpsl.h>

#include "message/domain.h"

struct suffixes {
	const psl_ctx_t	*list;
	psl_ctx_t	*own;	/* the same, where it is to be freed */
};

static struct suffixes *
wrap(const psl_ctx_t *list, psl_ctx_t *own)
{
	struct suffixes *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		psl_free(own);
		return NULL;
	}
	s->list = list;
	s->own = own;
	return s;
}

static psl_ctx_t *
parse(struct span text)
{
	FILE *fp = fmemopen((void *)(uintptr_t)text.p, text.len, "r");
	psl_ctx_t *list;

	if (fp == NULL)
		return NULL;
	list = psl_load_fp(fp);
	fclose(fp);
	return list;
}

/*
 * Libpsl reads any text as rules, one a line, and its binary form unchecked:
 * what is taken for a list is text and begins as the list does, with comments.
 */
static bool
is_list(struct span text)
{
	return text.len <= SUFFIXES_MAX_BYTES && span_starts(text, "//") &&
	    memchr(text.p, '\0', text.len) == NULL;
}

struct suffixes *
suffixes_new(struct span text, const char **why_out)
{
	psl_ctx_t *list;
	struct suffixes *s;

	*why_out = "this is no public suffix list";
	if (!is_list(text))
		return NULL;
	list = parse(text);
	if (list != NULL && psl_suffix_count(list) == 0) {
		psl_free(list);
		return NULL;
	}
	s = list != NULL ? wrap(list, list) : NULL;
	*why_out = "out of memory";
	return s;
}

struct suffixes *
suffixes_builtin(void)
{
	const psl_ctx_t *list = psl_builtin();

	return list != NULL ? wrap(list, NULL) : NULL;
}

void
suffixes_free(struct suffixes *s)
{
	if (s == NULL)
		return;
	psl_free(s->own);
	free(s);
}

size_t
suffixes_count(const struct suffixes *s)
{
	int n = psl_suffix_count(s->list);

	return n > 0 ? (size_t)n : 0;	/* below 0: unknown */
}

/* The C string that libpsl wants, in lower case: its names have no other. */
static bool
c_string(struct span domain, char buf[DOMAIN_MAX_LEN + 1])
{
	size_t i;

	if (domain.len > DOMAIN_MAX_LEN)
		return false;
	for (i = 0; i < domain.len; i++)
		buf[i] = (char)ascii_lower((unsigned char)domain.p[i]);
	buf[i] = '\0';
	return true;
}

struct span
suffixes_org_domain(const struct suffixes *s, struct span domain)
{
	char buf[DOMAIN_MAX_LEN + 1];
	const char *org = NULL;

	if (c_string(domain, buf))
		org = psl_registrable_domain(s->list, buf);
	return org != NULL ? span_skip(domain, (size_t)(org - buf)) : domain;
}

bool
suffixes_have(const struct suffixes *s, struct span domain)
{
	char buf[DOMAIN_MAX_LEN + 1];

	return c_string(domain, buf) &&
	    psl_is_public_suffix(s->list, buf) != 0;
}
