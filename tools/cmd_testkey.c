#include "config.h"
#include "tools/signet.h"

#include <stdio.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "config/signing.h"
#include "message/domain.h"
#include "policy/dkim.h"
#include "policy/keycheck.h"
#include "tools/key.h"

/* Each level of -v says more, as opendkim-testkey does. */
enum {
	SAY_SECURE = 1,		/* whether DNSSEC protects the record; how
				 * many keys were good */
	SAY_STEPS = 2,
	SAY_ALL = 3,		/* also "key OK" */
};

/* So many records are asked for at once. */
#define BATCH		100

struct job {
	struct arena	*arena;
	struct span	 domain;	/* empty: not given */
	struct span	 selector;	/* empty: not given */
	const char	*key_file;	/* NULL: not given */
	const char	*server;
	const char	*config;	/* NULL: not given */
	unsigned	 verbose;
};

/* A key to look at. */
struct subject {
	struct span	 label;		/* its name in KeyTable; or empty */
	struct span	 domain, selector;
	const struct private_key *private;	/* NULL: the record alone */
};

static const char usage_text[] =
"usage: signet testkey -d DOMAIN -s SELECTOR [-k FILE] [OPTION...]\n"
"       signet testkey [-x CONFIG] [-d DOMAIN] [OPTION...]\n"
"Looks whether the record of a key is published as it must be: of one key, or\n"
"of all keys of a configuration (those of one domain).\n"
"  -d, --domain NAME          the domain that signs\n"
"  -s, --selector NAME        the key's name\n"
"  -k, --key FILE             the private key, which the record must match\n"
"  -x, --config FILE          the configuration (" TOOL_CONFIG_FILE ")\n"
"  -n, --nameserver A[@P]     whom to ask (those of the configuration, else\n"
"                             the system's)\n"
"  -v, --verbose              say more; -vvv also says 'key OK'\n"
"      --help                 show this\n";

/* ---- options ------------------------------------------------------------ */

static const struct option options[] = {
	{ "domain", required_argument, NULL, 'd' },
	{ "selector", required_argument, NULL, 's' },
	{ "key", required_argument, NULL, 'k' },
	{ "config", required_argument, NULL, 'x' },
	{ "nameserver", required_argument, NULL, 'n' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, TOOL_HELP },
	{ NULL, 0, NULL, 0 },
};

static int
take_option(void *job, int c)
{
	struct job *j = job;

	switch (c) {
	case 'd':
		return tool_take_domain(j->arena, "domain", &j->domain);
	case 's':
		return tool_take_domain(j->arena, "selector", &j->selector);
	case 'k':
		j->key_file = optarg;
		break;
	case 'x':
		j->config = optarg;
		break;
	case 'n':
		j->server = optarg;
		break;
	case 'v':
		j->verbose++;
		break;
	}
	return TOOL_GO_ON;
}

static int
parse_options(struct job *j, int argc, char **argv)
{
	static const struct tool_options testkey = {
		usage_text, "d:s:k:x:n:v", options, take_option,
	};
	int code = tool_options(&testkey, j, argc, argv);

	return code == TOOL_GO_ON ? tool_no_arguments(argc, argv) : code;
}

/* ---- what is said ------------------------------------------------------- */

/* "key OK", or "key NAME: OK". */
static void
say_good(const struct subject *k)
{
	if (k->label.len > 0)
		printf("signet: testkey: key %.*s: OK\n", SPAN_ARG(k->label));
	else
		printf("signet: testkey: key OK\n");
}

static void
say_secure(const struct subject *k, bool secure)
{
	tool_error("key%s%.*s %ssecure", k->label.len > 0 ? " " : "",
	    SPAN_ARG(k->label), secure ? "" : "not ");
}

/* What is wrong with one key. */
static void __attribute__((format(printf, 3, 4)))
complain(const struct job *j, const struct subject *k, const char *fmt, ...)
{
	struct strbuf sb;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strbuf_init(&sb, j->arena);
	if (k->label.len > 0)
		strbuf_addf(&sb, "key %.*s: ", SPAN_ARG(k->label));
	strbuf_adds(&sb, text);
	tool_error("%s", strbuf_str(&sb) != NULL ? strbuf_str(&sb) : text);
}

/* ---- one record --------------------------------------------------------- */

static int
judge_record(const struct job *j, const struct subject *k, struct span text)
{
	struct dkim_key key;
	const char *why = NULL;
	enum dkim_key_status st = dkim_key_parse(j->arena, text,
	    keycheck_claimed_type(j->arena, text), &key, &why);
	bool match;

	if (st != DKIM_KEY_OK) {
		complain(j, k, "%s", why);
		return st == DKIM_KEY_TEMPFAIL ? EXIT_UNKNOWN : EXIT_BAD;
	}
	match = k->private == NULL ||
	    keycheck_match(j->arena, k->private, key.key);
	if (key.testing && j->verbose >= SAY_STEPS)
		complain(j, k, "the record says that DKIM is being tested "
		    "(t=y)");
	public_key_free(key.key);
	if (match)
		return EXIT_DONE;
	complain(j, k, "keys do not match");
	return EXIT_BAD;
}

/* What the answer says when it is not one record. */
static int
judge_answer(const struct job *j, const struct subject *k,
    const struct dns_answer *ans, struct span name)
{
	switch (ans->status) {
	case DNS_OK:
		if (ans->count == 1)
			return EXIT_DONE;
		complain(j, k, "multiple DNS replies for '%.*s'",
		    SPAN_ARG(name));
		return EXIT_BAD;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		complain(j, k, "'%.*s' record not found", SPAN_ARG(name));
		return EXIT_BAD;
	case DNS_BOGUS:
		complain(j, k, "key bogus (DNSSEC failed)");
		return EXIT_UNKNOWN;
	default:
		complain(j, k, "'%.*s' query failed: %s", SPAN_ARG(name),
		    ans->why);
		return EXIT_UNKNOWN;
	}
}

static int
test_key(const struct job *j, struct dns_scope *dns, const struct subject *k)
{
	struct span name = dkim_key_name(j->arena, k->selector, k->domain);
	const struct dns_answer *ans;
	int code;

	if (name.len == 0) {
		complain(j, k, "the name of the record is too long");
		return EXIT_BAD;
	}
	if (j->verbose >= SAY_STEPS)
		tool_error("checking key '%.*s'", SPAN_ARG(name));
	ans = dns_lookup(dns, DNS_TXT, name);
	code = judge_answer(j, k, ans, name);
	if (code == EXIT_DONE)
		code = judge_record(j, k, ans->record[0].txt);
	if (code != EXIT_DONE)
		return code;
	if (j->verbose >= SAY_SECURE)
		say_secure(k, ans->secure);
	if (j->verbose >= SAY_ALL)
		say_good(k);
	return EXIT_DONE;
}

/* ---- one key ------------------------------------------------------------ */

static int
test_one(const struct job *j, struct dns *dns, const struct subject *k)
{
	struct dns_scope *scope = dns_scope_new(dns, 1);
	int code = scope != NULL ? test_key(j, scope, k) : EXIT_UNKNOWN;

	dns_scope_free(scope);
	return code;
}

/*
 * What the command line leaves open comes from Domain, Selector and KeyFile,
 * where the configuration has these.
 */
static int
complete(const struct job *j, const struct signing *s, struct subject *k)
{
	struct signing_key one;
	const char *why;

	if (s != NULL && signing_count(s) > 0 &&
	    signing_nth(s, j->arena, 0, SPAN(""), &one, &why) &&
	    one.name.len == 0) {
		if (k->domain.len == 0)
			k->domain = one.seal.domain;
		if (k->selector.len == 0)
			k->selector = one.seal.selector;
		if (j->key_file == NULL)
			k->private = one.seal.key;
	}
	if (k->domain.len == 0)
		return tool_usage("--domain is missing");
	if (k->selector.len == 0)
		return tool_usage("--selector is missing");
	return EXIT_DONE;
}

/* ---- all keys of a configuration ---------------------------------------- */

struct tally {
	size_t		 checked, good, bad, unknown;
};

/* The nth key; false when it is none to look at. */
static bool
nth_subject(const struct job *j, const struct signing *s, size_t n,
    struct subject *out, struct tally *t)
{
	struct signing_key key;
	const char *why;
	bool usable = signing_nth(s, j->arena, n, j->domain, &key, &why);

	*out = (struct subject){ key.name, key.seal.domain, key.seal.selector,
	    key.seal.key };
	if (out->domain.len == 0) {
		tool_error("key %.*s: not tested, since its domain is the "
		    "author's: name one with --domain", SPAN_ARG(out->label));
		return false;
	}
	if (j->domain.len > 0 && !span_eq(out->domain, j->domain))
		return false;
	if (usable)
		return true;
	complain(j, out, "%s", why);
	t->checked++;
	t->bad++;
	return false;
}

static void
count(struct tally *t, int code)
{
	t->checked++;
	if (code == EXIT_DONE)
		t->good++;
	else if (code == EXIT_BAD)
		t->bad++;
	else
		t->unknown++;
}

/* The keys from number `n` on, at most BATCH; all are asked for first. */
static bool
test_batch(const struct job *whole, struct dns *dns, const struct signing *s,
    size_t n, struct tally *t)
{
	size_t end = signing_count(s) - n > BATCH ? n + BATCH :
	    signing_count(s);
	struct dns_scope *scope = dns_scope_new(dns, BATCH);
	struct job j = *whole;
	struct subject list[BATCH];
	size_t used = 0, i;

	j.arena = arena_new(0);
	for (; j.arena != NULL && scope != NULL && n < end; n++)
		if (nth_subject(&j, s, n, &list[used], t)) {
			dns_prefetch(scope, DNS_TXT, dkim_key_name(j.arena,
			    list[used].selector, list[used].domain));
			used++;
		}
	for (i = 0; i < used; i++)
		count(t, test_key(&j, scope, &list[i]));
	dns_scope_free(scope);
	arena_free(j.arena);
	return n == end;
}

static int
test_all(const struct job *j, struct dns *dns, const struct signing *s)
{
	struct tally t = { 0, 0, 0, 0 };
	size_t n;

	if (s == NULL || signing_count(s) == 0) {
		tool_error("the configuration has no keys");
		return EXIT_BAD;
	}
	for (n = 0; n < signing_count(s); n += BATCH)
		if (!test_batch(j, dns, s, n, &t)) {
			tool_error("out of memory");
			return EXIT_UNKNOWN;
		}
	if (t.checked == 0 && j->domain.len > 0) {
		tool_error("the configuration has no key of %.*s",
		    SPAN_ARG(j->domain));
		return EXIT_BAD;
	}
	if (j->verbose >= SAY_SECURE)
		printf("signet: testkey: %zu key%s checked; %zu pass, %zu "
		    "fail\n", t.checked, t.checked == 1 ? "" : "s", t.good,
		    t.bad + t.unknown);
	if (t.bad > 0)
		return EXIT_BAD;
	return t.unknown > 0 ? EXIT_UNKNOWN : EXIT_DONE;
}

/* ---- which of these ----------------------------------------------------- */

static int
test(const struct job *j, const struct snapshot *conf,
    const struct private_key *private)
{
	const struct signing *s = conf != NULL ?
	    config_policy(conf)->sign_tables : NULL;
	struct subject one = { SPAN(""), j->domain, j->selector, private };
	bool all = conf != NULL && j->selector.len == 0 && private == NULL;
	int code = all ? EXIT_DONE : complete(j, s, &one);
	struct dns *dns;

	if (code != EXIT_DONE)
		return code;
	dns = conf != NULL ? tool_dns_open_for(j->server, config_daemon(conf),
	    &code) : tool_dns_open(j->server, &code);
	if (dns == NULL)
		return code;
	code = all ? test_all(j, dns, s) : test_one(j, dns, &one);
	dns_free(dns);
	return code;
}

/* The configuration is needed where the command line does not say it all. */
static bool
find_config(struct job *j)
{
	if (j->config == NULL && (j->domain.len == 0 || j->selector.len == 0) &&
	    access(TOOL_CONFIG_FILE, F_OK) == 0) {
		j->config = TOOL_CONFIG_FILE;
		if (j->verbose >= SAY_ALL)
			tool_error("using default configfile %s", j->config);
	}
	return j->config != NULL;
}

static int
run(struct job *j)
{
	struct snapshot *conf = NULL;
	struct private_key *private = NULL;
	int code;

	if (find_config(j)) {
		conf = tool_config_read(j->arena, j->config, NULL, 0);
		if (conf == NULL)
			return EXIT_BAD;
	}
	if (j->key_file != NULL) {
		private = tool_key_read(j->arena, j->key_file);
		if (private != NULL && j->verbose >= SAY_STEPS)
			tool_error("key loaded from %s", j->key_file);
	}
	code = j->key_file != NULL && private == NULL ? EXIT_BAD :
	    test(j, conf, private);
	private_key_free(private);
	config_unref(conf);
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
	if (code == TOOL_GO_ON)
		code = run(&j);
	arena_free(j.arena);
	return code;
}
