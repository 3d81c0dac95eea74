/* signet spf: check whether a client may send for a sender, and say why. */
#include "config.h"
#include "tools/signet.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "message/domain.h"
#include "message/ip.h"
#include "policy/spf.h"
#include "policy/spf_lint.h"
#include "policy/spf_trace.h"

/* 4.6.4 asks for 20 seconds at least. */
#define CHECK_MS	25000

/* A lint asks for everything, and somebody sits before it. */
#define LINT_MS		60000

struct job {
	struct arena	*a;
	struct spf_client client;
	struct spf_settings set;
	bool		 has_ip;
	const char	*server;
	bool		 trace;
	const char	*lint;		/* the domain; NULL: check */
	struct span	 record;	/* to be published */
};

static const char usage_text[] =
"usage: signet spf --ip ADDRESS [--helo NAME] [--from SENDER] [OPTION...]\n"
"       signet spf --lint DOMAIN [--record TEXT] [--nameserver A[@P]]\n"
"Checks the sender as RFC 7208 says, and prints the result, then why.\n"
"  -i, --ip ADDRESS           the client's address\n"
"      --helo NAME            what it said in HELO or EHLO\n"
"  -f, --from SENDER          MAIL FROM; '' checks postmaster at the HELO\n"
"                             name, a bare domain postmaster at that\n"
"  -r, --receiver HOST        the host that checks, for explanations\n"
"  -n, --nameserver A[@P]     whom to ask (the system's)\n"
"  -t, --trace                show what was evaluated and asked, as a tree\n"
"  -l, --lint DOMAIN          say what should be mended in its SPF record\n"
"      --record TEXT          as if that record were published\n"
"      --help                 show this\n";

/* ---- options ------------------------------------------------------------ */

enum {
	OPT_HELO = 256,
	OPT_RECORD,
};

static const struct option options[] = {
	{ "ip", required_argument, NULL, 'i' },
	{ "helo", required_argument, NULL, OPT_HELO },
	{ "from", required_argument, NULL, 'f' },
	{ "receiver", required_argument, NULL, 'r' },
	{ "nameserver", required_argument, NULL, 'n' },
	{ "trace", no_argument, NULL, 't' },
	{ "lint", required_argument, NULL, 'l' },
	{ "record", required_argument, NULL, OPT_RECORD },
	{ "help", no_argument, NULL, TOOL_HELP },
	{ NULL, 0, NULL, 0 },
};

/* A bare domain is a sender without local part (4.3). */
static struct span
sender(struct arena *a, const char *text)
{
	struct span s = span_of(text);

	if (s.len == 0 || span_find(s, '@') < s.len || span_is(s, "<>"))
		return s;
	return span_of(arena_printf(a, "@%s", text));
}

static int
take_option(void *job, int c)
{
	struct job *j = job;

	switch (c) {
	case 'i':
		j->has_ip = ip_parse(span_of(optarg), &j->client.ip);
		if (!j->has_ip)
			return tool_usage("--ip %s: no IP address", optarg);
		break;
	case OPT_HELO:
		j->client.helo = span_of(optarg);
		break;
	case 'f':
		j->client.mail_from = sender(j->a, optarg);
		break;
	case 'r':
		j->client.receiver = span_of(optarg);
		break;
	case 'n':
		j->server = optarg;
		break;
	case 't':
		j->trace = true;
		break;
	case 'l':
		j->lint = optarg;
		break;
	case OPT_RECORD:
		j->record = span_of(optarg);
		break;
	}
	return TOOL_GO_ON;
}

static int
parse_options(struct job *j, int argc, char **argv)
{
	static const struct tool_options spf = {
		usage_text, "i:f:r:n:tl:", options, take_option,
	};
	int code = tool_options(&spf, j, argc, argv);

	if (code == TOOL_GO_ON)
		code = tool_no_arguments(argc, argv);
	if (code != TOOL_GO_ON || j->lint != NULL)
		return code;
	if (j->record.p != NULL)
		return tool_usage("--record is for --lint");
	if (!j->has_ip)
		return tool_usage("--ip is missing");
	if (j->client.helo.len == 0 && j->client.mail_from.len == 0)
		return tool_usage("neither --helo nor --from is there");
	return TOOL_GO_ON;
}

/* ---- output ------------------------------------------------------------- */

/* Why, in one line: the domain's words, the trouble, or the term. */
static void
print_why(struct job *j, const struct spf_result *r)
{
	if (r->explanation.len > 0)
		printf("%.*s\n", SPAN_ARG(r->explanation));
	else if (r->result == RESULT_FAIL)
		printf("%.*s is not allowed to send mail for %.*s\n",
		    SPAN_ARG(ip_text(j->a, &j->client.ip)),
		    SPAN_ARG(r->domain));
	else if (r->problem.len > 0)
		printf("%.*s\n", SPAN_ARG(r->problem));
	else if (r->term.len > 0)
		printf("%.*s in the SPF record of %.*s\n", SPAN_ARG(r->term),
		    SPAN_ARG(r->term_domain));
	else
		printf("nothing in the SPF record of %.*s matches\n",
		    SPAN_ARG(r->domain));
}

static void
print_trace(struct job *j, const struct spf_trace *trace, int64_t elapsed)
{
	struct strbuf sb;

	if (trace == NULL)
		return;
	strbuf_init(&sb, j->a);
	spf_trace_text(trace, &sb);
	if (strbuf_str(&sb) != NULL)
		printf("\n%s%lld ms in all\n", strbuf_str(&sb),
		    (long long)elapsed);
}

static int
check(struct job *j, struct dns *dns)
{
	struct dns_scope *scope = dns_scope_new(dns, SPF_MAX_QUESTIONS);
	struct spf_trace *trace = j->trace ? spf_trace_new(j->a) : NULL;
	int64_t begin = clock_mono_ms();
	struct spf_result r;

	if (scope == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	dns_scope_deadline(scope, begin + CHECK_MS);
	spf_prefetch(scope, &j->set, &j->client, SPF_MAIL_FROM);
	spf_check(j->a, scope, &j->set, &j->client, SPF_MAIL_FROM, trace, &r);
	printf("%s\n", result_name(r.result));
	print_why(j, &r);
	print_trace(j, trace, clock_mono_ms() - begin);
	dns_scope_free(scope);
	return r.result == RESULT_TEMPERROR ? EXIT_UNKNOWN : EXIT_DONE;
}

static int
print_lint(const struct spf_lint *l, struct arena *a)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	spf_lint_text(l, &sb);
	if (strbuf_str(&sb) == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	fputs(strbuf_str(&sb), stdout);
	return l->incomplete ? EXIT_UNKNOWN : l->errors > 0 ? EXIT_BAD :
	    EXIT_DONE;
}

static int
lint(struct job *j, struct dns *dns)
{
	struct dns_scope *scope;
	enum domain_status st;
	struct span domain;
	struct spf_lint l;
	int code;

	st = domain_normalize(j->a, span_of(j->lint), &domain);
	if (st != DOMAIN_OK)
		return tool_usage("--lint %s: %s", j->lint,
		    domain_status_text(st));
	scope = dns_scope_new(dns, SPF_LINT_BUDGET);
	if (scope == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	dns_scope_deadline(scope, clock_mono_ms() + LINT_MS);
	spf_lint(j->a, scope, domain, j->record, &l);
	code = print_lint(&l, j->a);
	dns_scope_free(scope);
	return code;
}

int
cmd_spf(int argc, char **argv)
{
	struct job j = { .a = arena_new(0),
	    .set = { .max_void = SPF_MAX_VOID } };
	char host[256] = "";
	struct dns *dns;
	int code;

	if (j.a == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	/* a host without a full name stays "unknown" in explanations (7.3) */
	if (gethostname(host, sizeof(host) - 1) == 0 &&
	    strchr(host, '.') != NULL)
		j.client.receiver = span_of(host);
	j.client.now = (int64_t)time(NULL);
	code = parse_options(&j, argc, argv);
	if (code == TOOL_GO_ON) {
		dns = tool_dns_open(j.server, &code);
		if (dns != NULL)
			code = j.lint != NULL ? lint(&j, dns) :
			    check(&j, dns);
		dns_free(dns);
	}
	arena_free(j.a);
	return code;
}
