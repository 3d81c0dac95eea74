#include "config.h"
#include "tools/signet.h"

#include <stdio.h>
#include <time.h>

#include "message/domain.h"
#include "message/lex.h"
#include "policy/dkim_sign.h"
#include "tools/key.h"

/* More than any MTA takes. */
#define MESSAGE_MAX	((size_t)256 << 20)

/* Signatures of one message: as many as a verifier tries by default. */
#define MAX_SEALS	10

/* The furthest --time: x= has at most 12 digits (RFC 6376, 3.5). */
#define TIME_MAX	UINT64_C(99999999999)

struct job {
	struct arena	*arena;
	struct dkim_sign_settings set;
	struct span	 domain;
	struct span	 identity;
	struct span	 selector[MAX_SEALS];
	size_t		 nselectors;
	const char	*key_file[MAX_SEALS];
	size_t		 nkeys;
	struct private_key *key[MAX_SEALS];
	int64_t		 time;
	const char	*file;
};

static const char usage_text[] =
"usage: signet sign --domain D --selector S --key FILE [OPTION...] FILE|-\n"
"  -d, --domain D             the signing domain (d=)\n"
"  -s, --selector S           the name of its key (s=); with --key, may stand\n"
"                             several times: one signature for each pair\n"
"  -k, --key FILE             the private key, PEM\n"
"  -c, --canonicalization H/B relaxed or simple, for header and body\n"
"                             (relaxed/relaxed)\n"
"  -i, --identity I           i=: [USER]@D or below D\n"
"      --time UNIX            when it is signed (now)\n"
"      --ttl SECONDS          how long it holds (x=; for ever)\n"
"      --sign-headers LIST    what is signed, comma-separated\n"
"      --omit-headers LIST    what is not\n"
"      --oversign-headers LIST what may not be added (From); '' for nothing\n";

/* ---- options ------------------------------------------------------------ */

enum {
	OPT_TIME = 256,
	OPT_TTL,
	OPT_SIGN,
	OPT_OMIT,
	OPT_OVERSIGN,
};

static const struct option options[] = {
	{ "domain", required_argument, NULL, 'd' },
	{ "selector", required_argument, NULL, 's' },
	{ "key", required_argument, NULL, 'k' },
	{ "canonicalization", required_argument, NULL, 'c' },
	{ "identity", required_argument, NULL, 'i' },
	{ "time", required_argument, NULL, OPT_TIME },
	{ "ttl", required_argument, NULL, OPT_TTL },
	{ "sign-headers", required_argument, NULL, OPT_SIGN },
	{ "omit-headers", required_argument, NULL, OPT_OMIT },
	{ "oversign-headers", required_argument, NULL, OPT_OVERSIGN },
	{ "help", no_argument, NULL, TOOL_HELP },
	{ NULL, 0, NULL, 0 },
};

static bool
canon_of(struct span text, enum canon *out)
{
	if (!span_is_nocase(text, "simple") && !span_is_nocase(text, "relaxed"))
		return false;
	*out = span_is_nocase(text, "simple") ? CANON_SIMPLE : CANON_RELAXED;
	return true;
}

/* "relaxed" alone leaves the body simple (RFC 6376, 3.5). */
static int
take_canon(struct job *j)
{
	struct span text = span_of(optarg);
	size_t slash = span_find(text, '/');
	struct span body = slash < text.len ? span_skip(text, slash + 1) :
	    SPAN("simple");

	if (canon_of(span_head(text, slash), &j->set.header_canon) &&
	    canon_of(body, &j->set.body_canon))
		return TOOL_GO_ON;
	return tool_usage("--canonicalization %s: 'relaxed' or 'simple', "
	    "for header/body", optarg);
}

static int
take_number(const char *what, uint64_t max, uint64_t *out)
{
	if (span_uint(span_of(optarg), max, out))
		return TOOL_GO_ON;
	return tool_usage("--%s %s: not a number, or too large", what, optarg);
}

/* A field name is printable and without colon (RFC 5322, 3.6.8). */
static bool
is_field_name(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ':' ||
		    s.p[i] == ';')
			return false;
	return s.len > 0;
}

static int
take_list(struct job *j, const char *what, struct name_list *out)
{
	struct span rest = span_of(optarg), name;
	struct span *list = arena_array(j->arena, rest.len / 2 + 1,
	    sizeof(*list));

	out->name = list;
	out->count = 0;
	if (list == NULL)
		return EXIT_UNKNOWN;
	while (span_next(&rest, ',', &name)) {
		name = span_trim(name);
		if (name.len == 0)
			continue;
		if (!is_field_name(name))
			return tool_usage("--%s %.*s: not the name of a field",
			    what, SPAN_ARG(name));
		list[out->count++] = name;
	}
	return TOOL_GO_ON;
}

static int
take_option(void *job, int c)
{
	struct job *j = job;
	uint64_t n = 0;
	int code;

	switch (c) {
	case 'd':
		return tool_take_domain(j->arena, "domain", &j->domain);
	case 's':
		if (j->nselectors == MAX_SEALS)
			return tool_usage("more than %d selectors", MAX_SEALS);
		return tool_take_domain(j->arena, "selector",
		    &j->selector[j->nselectors++]);
	case 'k':
		if (j->nkeys == MAX_SEALS)
			return tool_usage("more than %d keys", MAX_SEALS);
		j->key_file[j->nkeys++] = optarg;
		break;
	case 'c':
		return take_canon(j);
	case 'i':
		j->identity = span_of(optarg);
		break;
	case OPT_TIME:
		code = take_number("time", TIME_MAX, &n);
		j->time = (int64_t)n;
		return code;
	case OPT_TTL:
		code = take_number("ttl", UINT32_MAX, &n);
		j->set.ttl = (unsigned)n;
		return code;
	case OPT_SIGN:
		return take_list(j, "sign-headers", &j->set.sign);
	case OPT_OMIT:
		return take_list(j, "omit-headers", &j->set.omit);
	case OPT_OVERSIGN:
		return take_list(j, "oversign-headers", &j->set.oversign);
	}
	return TOOL_GO_ON;
}

/* A local part (RFC 5321, 4.1.2): atoms with dots between, or quoted. */
static bool
is_local_part(struct span s)
{
	size_t n;

	if (s.len > 0 && s.p[0] == '"')
		return lex_quoted(s) == s.len;
	while ((n = lex_atom(s)) > 0 && n < s.len && s.p[n] == '.')
		s = span_skip(s, n + 1);
	return n > 0 && n == s.len;
}

/* i= stands at d= or below it (3.5); its domain is written as an A-label. */
static int
check_identity(struct job *j)
{
	size_t at = span_rfind(j->identity, '@');
	struct span local = span_head(j->identity, at), domain;

	if (j->identity.len == 0)
		return TOOL_GO_ON;
	if (at == j->identity.len || (at > 0 && !is_local_part(local)) ||
	    domain_normalize(j->arena, span_skip(j->identity, at + 1),
	    &domain) != DOMAIN_OK)
		return tool_usage("--identity %.*s: not of the form "
		    "[USER]@DOMAIN", SPAN_ARG(j->identity));
	if (!domain_within(domain, j->domain))
		return tool_usage("--identity %.*s: not of the domain %.*s",
		    SPAN_ARG(j->identity), SPAN_ARG(j->domain));
	j->identity = span_of(arena_printf(j->arena, "%.*s@%.*s",
	    SPAN_ARG(local), SPAN_ARG(domain)));
	return j->identity.p != NULL ? TOOL_GO_ON : EXIT_UNKNOWN;
}

static int
check_job(struct job *j, int argc, char **argv)
{
	if (j->domain.len == 0)
		return tool_usage("--domain is missing");
	if (j->nselectors == 0)
		return tool_usage("--selector is missing");
	if (j->nkeys == 0)
		return tool_usage("--key is missing");
	if (j->nkeys != j->nselectors)
		return tool_usage("each --selector needs a --key");
	if (argc - optind != 1)
		return tool_usage("one message file, or '-', is needed");
	j->file = argv[optind];
	return check_identity(j);
}

static int
parse_options(struct job *j, int argc, char **argv)
{
	static const struct tool_options sign = {
		usage_text, "d:s:k:c:i:", options, take_option,
	};
	int code = tool_options(&sign, j, argc, argv);

	return code == TOOL_GO_ON ? check_job(j, argc, argv) : code;
}

/* ---- the message -------------------------------------------------------- */

static void
feed(void *body, const char *p, size_t len)
{
	bodyhash_feed(body, p, len);
}

static void
hash_body(struct bodyhash *body, struct span text)
{
	char last = 0;

	body_crlf(&last, text.p, text.len, feed, body);
	bodyhash_finish(body);
}

/* Line ends as those of the message: of its first line. */
static bool
wants_crlf(struct span text)
{
	size_t end = span_find(text, '\n');

	return end < text.len && end > 0 && text.p[end - 1] == '\r';
}

static void
write_field(struct span value, bool crlf)
{
	size_t i;

	fputs("DKIM-Signature:", stdout);
	for (i = 0; i < value.len; i++)
		if (value.p[i] != '\r' || crlf)
			putchar(value.p[i]);
	fputs(crlf ? "\r\n" : "\n", stdout);
}

/*
 * The line that mbox puts before a message, which message_split passes over:
 * the new fields stand below it. ("From : x" is a field.)
 */
static size_t
mbox_line(struct span text)
{
	struct span rest = span_skip(text, strlen("From "));

	if (!span_starts(text, "From "))
		return 0;
	while (rest.len > 0 && ascii_iswsp((unsigned char)rest.p[0]))
		rest = span_skip(rest, 1);
	if (rest.len > 0 && rest.p[0] == ':')
		return 0;
	return span_find(text, '\n') + 1;
}

static void
write_message(struct span text, const struct span *value, size_t n)
{
	size_t top = mbox_line(text), i;
	struct span rest = span_skip(text, top);

	fwrite(text.p, 1, text.len - rest.len, stdout);
	for (i = 0; i < n; i++)
		write_field(value[i], wants_crlf(text));
	fwrite(rest.p, 1, rest.len, stdout);
}

static int
seal_message(struct job *j, struct span text, struct bodyhash *body)
{
	struct dkim_seal seal[MAX_SEALS];
	struct span value[MAX_SEALS], rest;
	struct dkim_signer *signer;
	struct headers h;
	size_t i;

	headers_init(&h, j->arena, 0);
	message_split(text, &h, &rest);
	if (headers_count(&h, SPAN("From")) == 0 && !h.overflow) {
		tool_error("%s: no From field: cannot be signed", j->file);
		return EXIT_BAD;
	}
	for (i = 0; i < j->nkeys; i++)
		seal[i] = (struct dkim_seal){ j->domain, j->selector[i],
		    j->identity, j->key[i] };
	signer = !h.overflow ? dkim_signer_new(j->arena, &j->set, &h, seal,
	    j->nkeys, body) : NULL;
	if (signer == NULL) {
		tool_error("%s: out of memory", j->file);
		return EXIT_UNKNOWN;
	}
	hash_body(body, rest);
	for (i = 0; i < j->nkeys; i++) {
		value[i] = dkim_signer_finish(signer, i, j->time);
		if (value[i].p == NULL) {
			tool_error("%s: cannot sign with %s", j->file,
			    j->key_file[i]);
			return EXIT_UNKNOWN;
		}
	}
	write_message(text, value, j->nkeys);
	return EXIT_DONE;
}

static int
run(struct job *j)
{
	struct bodyhash *body;
	struct span text;
	size_t i;
	int code;

	for (i = 0; i < j->nkeys; i++) {
		j->key[i] = tool_key_read(j->arena, j->key_file[i]);
		if (j->key[i] == NULL)
			return EXIT_BAD;
	}
	if (!tool_read(j->arena, j->file, MESSAGE_MAX, &text))
		return EXIT_BAD;
	body = bodyhash_new();
	code = body != NULL ? seal_message(j, text, body) : EXIT_UNKNOWN;
	bodyhash_free(body);
	return code;
}

int
cmd_sign(int argc, char **argv)
{
	struct job j = {
		.arena = arena_new(0),
		.set = { .header_canon = CANON_RELAXED,
		    .body_canon = CANON_RELAXED,
		    .oversign = dkim_sign_default_oversign() },
		.time = (int64_t)time(NULL),
	};
	size_t i;
	int code;

	if (j.arena == NULL)
		return EXIT_UNKNOWN;
	code = parse_options(&j, argc, argv);
	if (code == TOOL_GO_ON)
		code = run(&j);
	for (i = 0; i < j.nkeys; i++)
		private_key_free(j.key[i]);
	arena_free(j.arena);
	return code;
}
