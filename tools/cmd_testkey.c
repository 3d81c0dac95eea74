#include "config.h"
#include "tools/signet.h"

#include <stdio.h>

#include "message/domain.h"
#include "message/taglist.h"
#include "policy/dkim.h"
#include "tools/key.h"

/* Each level of -v says more, as opendkim-testkey does. */
enum {
	SAY_SECURE = 1,		/* whether DNSSEC protects the record */
	SAY_STEPS = 2,
	SAY_ALL = 3,		/* also "key OK" */
};

struct job {
	struct arena	*arena;
	struct span	 domain;
	struct span	 selector;
	const char	*key_file;	/* NULL: only the record is looked at */
	const char	*server;
	unsigned	 verbose;
	bool		 only_help;
};

static const char usage_text[] =
"usage: signet testkey -d DOMAIN -s SELECTOR [OPTION...]\n"
"Looks whether the record of a key is published as it must be.\n"
"  -d, --domain NAME          the domain that signs\n"
"  -s, --selector NAME        the key's name\n"
"  -k, --key FILE             the private key, which the record must match\n"
"  -n, --nameserver A[@P]     whom to ask (the system's)\n"
"  -v, --verbose              say more; -vvv also says 'key OK'\n"
"      --help                 show this\n";

/* ---- options ------------------------------------------------------------ */

enum {
	OPT_HELP = 256,
};

static const struct option options[] = {
	{ "domain", required_argument, NULL, 'd' },
	{ "selector", required_argument, NULL, 's' },
	{ "key", required_argument, NULL, 'k' },
	{ "nameserver", required_argument, NULL, 'n' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int
take_name(struct job *j, const char *what, struct span *out)
{
	enum domain_status st = domain_normalize(j->arena, span_of(optarg),
	    out);

	if (st == DOMAIN_OK)
		return EXIT_DONE;
	return tool_usage("--%s %s: %s", what, optarg, domain_status_text(st));
}

static int
take_option(struct job *j, int c)
{
	switch (c) {
	case 'd':
		return take_name(j, "domain", &j->domain);
	case 's':
		return take_name(j, "selector", &j->selector);
	case 'k':
		j->key_file = optarg;
		return EXIT_DONE;
	case 'n':
		j->server = optarg;
		return EXIT_DONE;
	case 'v':
		j->verbose++;
		return EXIT_DONE;
	default:
		return tool_usage("see 'signet testkey --help'");
	}
}

static int
parse_options(struct job *j, int argc, char **argv)
{
	int c, code;

	while ((c = getopt_long(argc, argv, "d:s:k:n:v", options, NULL))
	    != -1) {
		if (c == OPT_HELP) {
			fputs(usage_text, stdout);
			j->only_help = true;
			return EXIT_DONE;
		}
		code = take_option(j, c);
		if (code != EXIT_DONE)
			return code;
	}
	if (optind < argc)
		return tool_usage("%s: not understood", argv[optind]);
	if (j->domain.len == 0)
		return tool_usage("--domain is missing");
	if (j->selector.len == 0)
		return tool_usage("--selector is missing");
	return EXIT_DONE;
}

/* ---- the record --------------------------------------------------------- */

/* The type a record claims to be of; "rsa" when it does not say. */
static enum key_type
claimed_type(struct arena *a, struct span text)
{
	struct taglist list;
	const struct span *k;

	if (taglist_parse(a, text, &list, NULL) != TAGLIST_OK)
		return KEY_RSA;
	k = taglist_get(&list, "k");
	return k != NULL && span_is(*k, "ed25519") ? KEY_ED25519 : KEY_RSA;
}

/* Two halves match when the one verifies what the other signs. */
static bool
keys_match(struct arena *a, const struct private_key *private,
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

static int
judge_record(struct job *j, struct span text, const struct private_key *private)
{
	struct dkim_key key;
	const char *why = NULL;
	enum dkim_key_status st = dkim_key_parse(j->arena, text,
	    claimed_type(j->arena, text), &key, &why);
	bool match;

	if (st != DKIM_KEY_OK) {
		tool_error("%s", why);
		return st == DKIM_KEY_TEMPFAIL ? EXIT_UNKNOWN : EXIT_BAD;
	}
	match = private == NULL || keys_match(j->arena, private, key.key);
	if (key.testing && j->verbose >= SAY_STEPS)
		tool_error("key is in test mode (t=y)");
	public_key_free(key.key);
	if (!match) {
		printf("signet: testkey: keys do not match\n");
		return EXIT_BAD;
	}
	if (j->verbose >= SAY_ALL)
		printf("signet: testkey: key OK\n");
	return EXIT_DONE;
}

/* What the answer says when it is not one record. */
static int
judge_answer(const struct dns_answer *ans, struct span name)
{
	switch (ans->status) {
	case DNS_OK:
		if (ans->count == 1)
			return EXIT_DONE;
		tool_error("multiple DNS replies for '%.*s'", SPAN_ARG(name));
		return EXIT_BAD;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		tool_error("'%.*s' record not found", SPAN_ARG(name));
		return EXIT_BAD;
	case DNS_BOGUS:
		tool_error("key bogus (DNSSEC failed)");
		return EXIT_UNKNOWN;
	default:
		tool_error("'%.*s' query failed: %s", SPAN_ARG(name), ans->why);
		return EXIT_UNKNOWN;
	}
}

static int
test_key(struct job *j, struct dns_scope *dns,
    const struct private_key *private)
{
	struct span name = dkim_key_name(j->arena, j->selector, j->domain);
	const struct dns_answer *ans;
	int code;

	if (name.len == 0) {
		tool_error("the name of the record is too long");
		return EXIT_BAD;
	}
	if (j->verbose >= SAY_STEPS)
		tool_error("checking key '%.*s'", SPAN_ARG(name));
	ans = dns_lookup(dns, DNS_TXT, name);
	code = judge_answer(ans, name);
	if (code != EXIT_DONE)
		return code;
	code = judge_record(j, ans->record[0].txt, private);
	if (code == EXIT_DONE && j->verbose >= SAY_SECURE)
		tool_error("key %ssecure", ans->secure ? "" : "not ");
	return code;
}

static int
run(struct job *j)
{
	struct private_key *private = NULL;
	struct dns *dns;
	struct dns_scope *scope;
	int code = EXIT_UNKNOWN;

	if (j->key_file != NULL) {
		private = tool_key_read(j->arena, j->key_file);
		if (private == NULL)
			return EXIT_BAD;
		if (j->verbose >= SAY_STEPS)
			tool_error("key loaded from %s", j->key_file);
	}
	dns = tool_dns_open(j->server, &code);
	scope = dns != NULL ? dns_scope_new(dns, 1) : NULL;
	if (scope != NULL)
		code = test_key(j, scope, private);
	dns_scope_free(scope);
	dns_free(dns);
	private_key_free(private);
	return code;
}

int
cmd_testkey(int argc, char **argv)
{
	struct job j = { .arena = arena_new(0) };
	int code;

	if (j.arena == NULL)
		return EXIT_UNKNOWN;
	code = parse_options(&j, argc, argv);
	if (code == EXIT_DONE && !j.only_help)
		code = run(&j);
	arena_free(j.arena);
	return code;
}
