/* signet dmarc: the walk from a domain, the record used, its policy. */
#include "config.h"
#include "tools/signet.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "config/snapshot.h"
#include "message/domain.h"
#include "tools/dmarc_show.h"

/* The walk, those of identifiers, and those who should agree to reports. */
#define QUESTIONS	1000

/* Each name is asked at once, and existence behind them. */
#define CHECK_MS	15000

#define MAX_SETS	64

struct command {
	struct dmarc_job job;
	const char	*author;	/* NULL: the domain itself */
	const char	*nameserver;
	const char	*config;
	const char	*set[MAX_SETS + 1];
	size_t		 nsets;
	bool		 json;
	bool		 lint;
	bool		 compare;
	const struct suffixes *compare_list;
};

static const char usage_text[] =
"usage: signet dmarc DOMAIN [OPTION...]\n"
"Shows which policy applies to mail from DOMAIN (RFC 9989): the names that\n"
"were asked and what stands there, the record used, and what it asks for.\n"
"      --author A             the author in From, an address or a domain\n"
"                             (DOMAIN)\n"
"      --spf-domain D         SPF passed for a MAIL FROM at D\n"
"      --dkim-domain D        a signature of D passed (any number of them)\n"
"      --lint                 what the owner of the record should mend\n"
"      --compare              what libopendmarc makes of it\n"
"      --set \"NAME VALUE\"     an option as in signet.conf(5), such as\n"
"                             \"OrganizationalDomain psl\"\n"
"  -c, --config FILE          options from this file (none)\n"
"  -n, --nameserver A[@P]     whom to ask (the system's)\n"
"  -j, --json                 as one JSON object\n"
"      --help                 show this\n";

/* ---- options ------------------------------------------------------------ */

enum {
	OPT_AUTHOR = 256, OPT_SPF, OPT_DKIM, OPT_LINT, OPT_COMPARE, OPT_SET,
};

static const struct option options[] = {
	{ "author", required_argument, NULL, OPT_AUTHOR },
	{ "spf-domain", required_argument, NULL, OPT_SPF },
	{ "dkim-domain", required_argument, NULL, OPT_DKIM },
	{ "lint", no_argument, NULL, OPT_LINT },
	{ "compare", no_argument, NULL, OPT_COMPARE },
	{ "set", required_argument, NULL, OPT_SET },
	{ "config", required_argument, NULL, 'c' },
	{ "nameserver", required_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, TOOL_HELP },
	{ NULL, 0, NULL, 0 },
};

/* A domain, or what stands behind the "@" of an address. */
static int
take_name(struct arena *a, const char *arg, struct span *out)
{
	struct span name = span_of(arg);
	size_t at = span_rfind(name, '@');
	enum domain_status st;

	if (at < name.len)
		name = span_skip(name, at + 1);
	st = domain_normalize(a, name, out);
	if (st != DOMAIN_OK)
		return tool_usage("%s: no domain: %s", arg,
		    domain_status_text(st));
	return TOOL_GO_ON;
}

static int
take_identifier(struct dmarc_job *j, bool is_dkim, const char *arg)
{
	struct dmarc_identifier *id = &j->id[j->nids];

	if (j->nids == DMARC_MAX_IDENTIFIERS)
		return tool_usage("more than %d identifiers",
		    DMARC_MAX_IDENTIFIERS);
	*id = (struct dmarc_identifier){ .is_dkim = is_dkim,
	    .result = RESULT_PASS };
	j->nids++;
	return take_name(j->a, arg, &id->domain);
}

static int
take_set(struct command *c, const char *text)
{
	if (c->nsets == MAX_SETS)
		return tool_usage("more than %d --set", MAX_SETS);
	c->set[c->nsets++] = text;
	return TOOL_GO_ON;
}

static int
take_option(void *job, int letter)
{
	struct command *c = job;

	switch (letter) {
	case OPT_AUTHOR:
		c->author = optarg;
		break;
	case OPT_SPF:
		return take_identifier(&c->job, false, optarg);
	case OPT_DKIM:
		return take_identifier(&c->job, true, optarg);
	case OPT_LINT:
		c->lint = true;
		break;
	case OPT_COMPARE:
		c->compare = true;
		return take_set(c, "DMARCCompare yes");
	case OPT_SET:
		return take_set(c, optarg);
	case 'c':
		c->config = optarg;
		break;
	case 'n':
		c->nameserver = optarg;
		break;
	case 'j':
		c->json = true;
		break;
	}
	return TOOL_GO_ON;
}

/* The author where there is one, else the domain. */
static int
take_domain(struct command *c, int argc, char **argv)
{
	const char *name = c->author;

	if (optind + 1 < argc)
		return tool_usage("one domain at a time");
	if (name == NULL && optind == argc)
		return tool_usage("which domain?");
	if (optind < argc) {
		int code = take_name(c->job.a, argv[optind], &c->job.domain);

		if (code != TOOL_GO_ON || name == NULL)
			return code;
	}
	return take_name(c->job.a, name, &c->job.domain);
}

static int
parse_options(struct command *c, int argc, char **argv)
{
	static const struct tool_options dmarc = {
		usage_text, "c:n:j", options, take_option,
	};
	int code = tool_options(&dmarc, c, argc, argv);

	return code == TOOL_GO_ON ? take_domain(c, argc, argv) : code;
}

/* ---- the check ---------------------------------------------------------- */

/* What each identifier would bring about by itself. */
static void
look_at_identifiers(struct dmarc_job *j, struct dns_scope *scope)
{
	struct dmarc_result alone;
	struct dmarc_walk walk;
	size_t i;

	for (i = 0; i < j->nids; i++) {
		dmarc_walk(j->a, scope, j->suffixes, j->id[i].domain, &walk);
		dmarc_evaluate(j->a, scope, scope, j->suffixes, j->domain,
		    &j->id[i], 1, &alone);
		j->shown[i] = (struct dmarc_shown){
			.org_domain = walk.org_domain,
			.known = alone.result != RESULT_TEMPERROR,
			.aligned = alone.result == RESULT_PASS,
		};
	}
}

static int
exit_code(const struct dmarc_job *j)
{
	int code = j->walk.failed || j->r.result == RESULT_TEMPERROR ?
	    EXIT_UNKNOWN : EXIT_DONE;
	size_t i;

	for (i = 0; j->lint != NULL && i < j->lint->count; i++) {
		enum dmarc_lint_level level = j->lint->item[i].level;

		if (level == DMARC_LINT_UNKNOWN)
			return EXIT_UNKNOWN;
		if (level != DMARC_LINT_NOTE && code == EXIT_DONE)
			code = EXIT_BAD;
	}
	return code;
}

static bool
allocate(struct command *c)
{
	struct dmarc_job *j = &c->job;

	if (c->lint) {
		j->lint = arena_alloc(j->a, sizeof(*j->lint));
		if (j->lint != NULL)
			*j->lint = (struct dmarc_lint){ .arena = j->a };
	}
	if (c->compare)
		j->compare = arena_alloc(j->a, sizeof(*j->compare));
	return !arena_failed(j->a);
}

/* Without identifiers: mail of which nothing passes tells what the domain
 * asks for. */
static void
check(struct dmarc_job *j, struct dns_scope *scope)
{
	dmarc_prefetch(j->a, scope, j->suffixes, j->domain);
	dmarc_walk(j->a, scope, j->suffixes, j->domain, &j->walk);
	look_at_identifiers(j, scope);
	dmarc_evaluate(j->a, scope, scope, j->suffixes, j->domain, j->id,
	    j->nids, &j->r);
	if (j->lint != NULL)
		dmarc_lint_domain(scope, j->suffixes, &j->walk, &j->r,
		    j->lint);
}

static int
run(struct command *c, struct dns *dns)
{
	struct dmarc_job *j = &c->job;
	struct dns_scope *scope = dns_scope_new(dns, QUESTIONS);

	if (scope == NULL || !allocate(c)) {
		tool_error("out of memory");
		dns_scope_free(scope);
		return EXIT_UNKNOWN;
	}
	dns_scope_deadline(scope, clock_mono_ms() + CHECK_MS);
	check(j, scope);
	if (j->compare != NULL)
		j->compared = dmarc_compare(j->a, scope, c->compare_list,
		    j->id, j->nids, &j->r, j->compare);
	if (c->json)
		dmarc_show_json(j);
	else
		dmarc_show_text(j);
	dns_scope_free(scope);
	return exit_code(j);
}

static int
run_with_config(struct command *c)
{
	struct snapshot *conf = tool_config_read(c->job.a, c->config, c->set,
	    c->nsets);
	struct dns *dns;
	int code = EXIT_BAD;

	if (conf == NULL)
		return EXIT_BAD;
	if (c->compare && !dmarc_compare_there()) {
		tool_error("built without libopendmarc: no --compare");
		config_unref(conf);
		return EXIT_BAD;
	}
	c->job.suffixes = config_policy(conf)->dmarc.suffixes;
	c->compare_list = config_policy(conf)->dmarc.compare;
	dns = tool_dns_open_for(c->nameserver, config_daemon(conf), &code);
	if (dns != NULL)
		code = run(c, dns);
	dns_free(dns);
	config_unref(conf);
	return code;
}

int
cmd_dmarc(int argc, char **argv)
{
	struct command c = { .job.a = arena_new(0) };
	int code;

	if (c.job.a == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	code = parse_options(&c, argc, argv);
	if (code == TOOL_GO_ON)
		code = run_with_config(&c);
	arena_free(c.job.a);
	return code;
}
