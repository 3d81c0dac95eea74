#include "config.h"
#include "config/dataset.h"

#include "message/ip.h"

const char *
dataset_kind_name(enum dataset_kind k)
{
	switch (k) {
	case DATASET_CSL:	return "csl";
	case DATASET_FILE:	return "file";
	case DATASET_REFILE:	return "refile";
	}
	return "csl";
}

static const struct {
	const char	*name;
	enum dataset_kind kind;
} kinds[] = {
	{ "csl", DATASET_CSL },
	{ "file", DATASET_FILE },
	{ "refile", DATASET_REFILE },
};

/* What OpenDKIM and its descendants read as well. */
static const char *const unread[] = {
	"db", "mdb", "lmdb", "dsn", "ldap", "ldaps", "ldapi", "lua",
	"memcache", "redis", "socket", "erlang",
};

static const char *
refuse_unread(struct arena *a, const char *type)
{
	const char *why = arena_printf(a, "data sets of type %s: are not "
	    "supported: export it to a file and write file:PATH", type);

	return why != NULL ? why : "out of memory";
}

/* Whether the first of a list is an address, a network or an exception. */
static bool
begins_with_address(struct span list)
{
	struct span first = span_trim(span_head(list, span_find(list, ',')));
	struct in6_addr net;
	unsigned bits;

	if (span_starts(first, "!"))
		first = span_trim(span_skip(first, 1));
	return ip_parse_network(first, &net, &bits, NULL);
}

static bool
typed(struct arena *a, struct span type, struct span rest,
    struct dataset_spec *out, const char **why_out)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (span_is_nocase(type, kinds[i].name)) {
			*out = (struct dataset_spec){ kinds[i].kind,
			    span_trim(rest), false };
			return true;
		}
	}
	for (i = 0; i < sizeof(unread) / sizeof(unread[0]); i++) {
		if (span_is_nocase(type, unread[i])) {
			*why_out = refuse_unread(a, unread[i]);
			return false;
		}
	}
	*why_out = arena_printf(a, "unknown type of data set \"%.*s\": csl, "
	    "file and refile are known", SPAN_ARG(type));
	if (*why_out == NULL)
		*why_out = "out of memory";
	return false;
}

bool
dataset_spec_parse(struct arena *a, struct span text, bool hosts,
    struct dataset_spec *out, const char **why_out)
{
	size_t colon = span_find(text, ':');

	*why_out = NULL;
	*out = (struct dataset_spec){ DATASET_CSL, text, true };
	if (text.len > 0 && text.p[0] == '/') {
		out->kind = DATASET_FILE;
	} else if (colon < span_find(text, ',') &&
	    !(hosts && begins_with_address(text))) {
		if (!typed(a, span_head(text, colon),
		    span_skip(text, colon + 1), out, why_out))
			return false;
	}
	if (out->guessed && colon == text.len && text.len > 3 &&
	    span_is(span_skip(text, text.len - 3), ".db")) {
		*why_out = refuse_unread(a, "db");
		return false;
	}
	if (out->kind != DATASET_CSL && out->rest.len == 0) {
		*why_out = "the name of the file is missing";
		return false;
	}
	return true;
}
