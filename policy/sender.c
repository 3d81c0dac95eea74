#include "config.h"
#include "policy/sender.h"

/* "SenderLogin: bob may not write as ceo@example.com" */
static const char *
because(struct arena *a, const char *words, struct span who)
{
	const char *text = arena_printf(a, "%s %.*s", words, SPAN_ARG(who));

	return text != NULL ? text : words;
}

static struct span
address_text(struct arena *a, const struct address *ad)
{
	return span_of(arena_printf(a, "%.*s@%.*s", SPAN_ARG(ad->local),
	    SPAN_ARG(ad->domain)));
}

/* ---- SenderHeaders ------------------------------------------------------ */

/* The author in a field that stands once and names one. */
static const struct address *
field_author(struct arena *a, const struct headers *h, struct span name,
    const char **why_out)
{
	const struct header *field = headers_nth(h, name, 1);
	enum from_status st;
	struct from from;

	if (headers_count(h, name) > 1) {
		*why_out = because(a, "SenderHeaders: several fields", name);
		return NULL;
	}
	st = from_parse(a, field->value, &from);
	if (st != FROM_OK || from.count > 1) {
		*why_out = because(a, "SenderHeaders: no one author in",
		    name);
		return NULL;
	}
	return &from.author[0];
}

static const struct address *
find_author(struct arena *a, const struct sign_rules *rules,
    const struct headers *h, const struct from_field *f, const char **why_out)
{
	const struct name_list *list = &rules->sender_headers;
	size_t i;

	*why_out = f->problem;
	if (f->count != 1 || h->overflow)
		return f->sole;
	for (i = 0; i < list->count; i++) {
		if (span_is_nocase(list->name[i], "From"))
			break;
		if (headers_count(h, list->name[i]) > 0)
			return field_author(a, h, list->name[i], why_out);
	}
	return f->sole;
}

/* ---- reasons not to sign ------------------------------------------------ */

static bool
owns(struct arena *a, const struct sign_rules *rules,
    const struct address *author, struct span login, const char **why_out)
{
	struct span address = address_text(a, author);

	if (address.p != NULL && login.len > 0 &&
	    rules->login_owns(a, rules->logins, address, login))
		return true;
	*why_out = because(a, "SenderLogin: the login may not write as",
	    address);
	return false;
}

/*
 * Whether the login may write as `sender` and as all authors in From: a name
 * that a reader is shown must be his as well. Hosts that need no login are
 * believed.
 */
static bool
login_permits(struct arena *a, const struct sign_rules *rules,
    const struct mail *m, const struct from_field *f,
    const struct address *sender, const char **why_out)
{
	const struct mail_envelope *e = &m->envelope;
	size_t i;

	if (rules->logins == NULL ||
	    (e->auth_type.len == 0 && e->auth_login.len == 0))
		return true;
	if (f->status != FROM_OK) {
		*why_out = "SenderLogin: From cannot be read";
		return false;
	}
	for (i = 0; i < f->from.count; i++)
		if (!owns(a, rules, &f->from.author[i], e->auth_login,
		    why_out))
			return false;
	return owns(a, rules, sender, e->auth_login, why_out);
}

/* Whether a recipient is one that gets no signed mail. */
static bool
goes_unsigned(struct arena *a, const struct sign_rules *rules,
    const struct mail_envelope *e, const char **why_out)
{
	size_t i;

	for (i = 0; i < e->nrcpts; i++)
		if (name_set_has(a, &rules->dont_sign_to, e->rcpt[i])) {
			*why_out = because(a, "DontSignMailTo:", e->rcpt[i]);
			return true;
		}
	return false;
}

const struct address *
sender_to_sign_for(struct arena *a, const struct sign_rules *rules,
    const struct mail *m, const struct from_field *f, const char **why_out)
{
	const struct address *sender = find_author(a, rules, &m->headers, f,
	    why_out);

	if (sender == NULL || goes_unsigned(a, rules, &m->envelope, why_out))
		return NULL;
	if (name_set_has(a, &rules->exempt_domains, sender->domain)) {
		*why_out = because(a, "ExemptDomains:", sender->domain);
		return NULL;
	}
	return login_permits(a, rules, m, f, sender, why_out) ? sender : NULL;
}
