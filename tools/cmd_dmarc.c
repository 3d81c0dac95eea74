/* signet dmarc: the walk from a domain, the record used, its policy. */
#include "config.h"
#include "tools/signet.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "message/domain.h"
#include "policy/dmarc.h"

/* A walk and the question whether the domain exists. */
#define QUESTIONS	(DMARC_MAX_QUERIES + 1)

/* Each name is asked at once, and existence behind them. */
#define CHECK_MS	15000

struct job {
	struct arena	*a;
	struct span	 domain;
	const char	*server;
	bool		 json;
	bool		 only_help;
	struct dmarc_walk walk;
	struct dmarc_result r;
};

static const char usage_text[] =
"usage: signet dmarc DOMAIN [OPTION...]\n"
"Shows which policy applies to mail from DOMAIN (RFC 9989): the names that\n"
"were asked and what stands there, the record used, and what it asks for.\n"
"  -n, --nameserver A[@P]     whom to ask (the system's)\n"
"  -j, --json                 as one JSON object\n"
"      --help                 show this\n";

/* ---- options ------------------------------------------------------------ */

#define OPT_HELP	256

static const struct option options[] = {
	{ "nameserver", required_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int
take_domain(struct job *j, int argc, char **argv)
{
	enum domain_status st;

	if (optind + 1 != argc)
		return tool_usage(optind == argc ? "which domain?" :
		    "one domain at a time");
	st = domain_normalize(j->a, span_of(argv[optind]), &j->domain);
	if (st != DOMAIN_OK)
		return tool_usage("%s: no domain: %s", argv[optind],
		    domain_status_text(st));
	return EXIT_DONE;
}

static int
parse_options(struct job *j, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "n:j", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			j->server = optarg;
			break;
		case 'j':
			j->json = true;
			break;
		case OPT_HELP:
			fputs(usage_text, stdout);
			j->only_help = true;
			return EXIT_DONE;
		default:
			return tool_usage("see 'signet dmarc --help'");
		}
	}
	return take_domain(j, argc, argv);
}

/* ---- output ------------------------------------------------------------- */

/* Text of a zone for a terminal: octets that are not plain ASCII as \xNN. */
static const char *
shown(struct arena *a, struct span text)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	for (i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= ' ' && c < 0x7f)
			strbuf_addc(&sb, (char)c);
		else
			strbuf_addf(&sb, "\\x%02x", c);
	}
	return strbuf_str(&sb) != NULL ? strbuf_str(&sb) : "";
}

/* What was found at one name, in words. */
static const char *
found(struct arena *a, const struct dmarc_step *step)
{
	if (step->record != NULL)
		return shown(a, step->record->text);
	if (step->several)
		return "several records, none counts";
	switch (step->status) {
	case DNS_OK:
		return "no DMARC record among its texts";
	case DNS_NODATA:
		return "no record";
	case DNS_NXDOMAIN:
		return "no such name";
	case DNS_BADNAME:
		return "not asked: the name is too long";
	default:
		return "could not be looked up";
	}
}

/* Why it is this policy, in words. */
static const char *
grounds(const struct job *j)
{
	const struct dmarc_result *r = &j->r;
	const struct dmarc_record *rec = r->record;

	if (rec->bad_policy)
		return "p is missing, or p, sp or np is wrong; with a rua it "
		    "counts as p=none";
	if (r->published != r->policy)
		return arena_printf(j->a, "%s=%s, one level lower for t=y",
		    r->policy_tag, dmarc_policy_name(r->published));
	return arena_printf(j->a, "%s=%s", r->policy_tag,
	    dmarc_policy_name(r->published));
}

static void
print_text(const struct job *j)
{
	const struct dmarc_result *r = &j->r;
	size_t i;

	for (i = 0; i < j->walk.nsteps; i++)
		printf("_dmarc.%.*s: %s\n", SPAN_ARG(j->walk.step[i].domain),
		    found(j->a, &j->walk.step[i]));
	printf("\ndomain: %.*s\n", SPAN_ARG(r->author_domain));
	printf("organizational domain: %.*s%s\n", SPAN_ARG(r->org_domain),
	    j->walk.failed ? " (as far as is known)" : "");
	if (r->record != NULL)
		printf("record: _dmarc.%.*s\n", SPAN_ARG(r->policy_domain));
	else
		printf("record: none\n");
	if (!r->has_policy) {
		printf("policy: %s: %s\n", r->result == RESULT_TEMPERROR ?
		    "unknown" : "DMARC does not apply", r->reason);
		return;
	}
	printf("policy: %s (%s)\n", dmarc_policy_name(r->policy), grounds(j));
	if (r->result == RESULT_TEMPERROR)
		printf("warning: %s\n", r->reason);
	printf("alignment: DKIM %s, SPF %s\n",
	    r->record->strict_dkim ? "strict" : "relaxed",
	    r->record->strict_spf ? "strict" : "relaxed");
}

static json_t *
json_span(struct span s)
{
	return json_stringn(s.p != NULL ? s.p : "", s.len);
}

static json_t *
json_walk(const struct job *j)
{
	json_t *walk = json_array();
	size_t i;

	for (i = 0; i < j->walk.nsteps; i++) {
		const struct dmarc_step *step = &j->walk.step[i];

		(void)json_array_append_new(walk, json_pack("{so ss sb so}",
		    "name", json_sprintf("_dmarc.%.*s",
		    SPAN_ARG(step->domain)),
		    "status", dns_status_name(step->status),
		    "several", step->several,
		    "record", step->record != NULL ? json_string(shown(j->a,
		    step->record->text)) : json_null()));
	}
	return walk;
}

static json_t *
json_record(const struct job *j)
{
	const struct dmarc_record *r = j->r.record;

	if (r == NULL)
		return json_null();
	return json_pack("{so ss ss ss sb}",
	    "name", json_sprintf("_dmarc.%.*s", SPAN_ARG(j->r.policy_domain)),
	    "text", shown(j->a, r->text),
	    "adkim", r->strict_dkim ? "s" : "r",
	    "aspf", r->strict_spf ? "s" : "r",
	    "testing", r->testing);
}

static void
print_json(const struct job *j)
{
	const struct dmarc_result *r = &j->r;
	json_t *out = json_pack("{so so so so so so so}",
	    "domain", json_span(r->author_domain),
	    "walk", json_walk(j),
	    "organizational_domain", json_span(r->org_domain),
	    "record", json_record(j),
	    "policy", r->has_policy ?
	    json_string(dmarc_policy_name(r->policy)) : json_null(),
	    "policy_tag", r->has_policy ? json_string(r->policy_tag) :
	    json_null(),
	    "reason", r->result == RESULT_FAIL ? json_null() :
	    json_string(r->reason));

	(void)json_dumpf(out, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', stdout);
	json_decref(out);
}

/* ---- the check ---------------------------------------------------------- */

/* Mail of which nothing passes tells what the domain asks for. */
static int
check(struct job *j, struct dns *dns)
{
	struct dns_scope *scope = dns_scope_new(dns, QUESTIONS);

	if (scope == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	dns_scope_deadline(scope, clock_mono_ms() + CHECK_MS);
	dmarc_prefetch(j->a, scope, NULL, j->domain);
	dmarc_walk(j->a, scope, NULL, j->domain, &j->walk);
	dmarc_evaluate(j->a, scope, scope, NULL, j->domain, NULL, 0, &j->r);
	if (j->json)
		print_json(j);
	else
		print_text(j);
	dns_scope_free(scope);
	return j->walk.failed || j->r.result == RESULT_TEMPERROR ?
	    EXIT_UNKNOWN : EXIT_DONE;
}

int
cmd_dmarc(int argc, char **argv)
{
	struct job j = { .a = arena_new(0) };
	struct dns *dns;
	int code;

	if (j.a == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	code = parse_options(&j, argc, argv);
	if (code == EXIT_DONE && !j.only_help) {
		dns = tool_dns_open(j.server, &code);
		if (dns != NULL)
			code = check(&j, dns);
		dns_free(dns);
	}
	arena_free(j.a);
	return code;
}
