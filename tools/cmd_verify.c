/* signet verify: judge a message file as if it arrived by SMTP. */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "config/snapshot.h"
#include "message/canon.h"
#include "message/ip.h"
#include "policy/inspect.h"
#include "tools/signet.h"

/* Larger files are no mail that an MTA would take. */
#define MAX_MESSAGE	((size_t)1 << 30)

#define MAX_SETS	64
#define MAX_RCPTS	100

struct verify {
	struct arena	*a;
	bool		 json;
	const char	*nameserver;
	const char	*config;
	const char	*set[MAX_SETS + 1];
	size_t		 nsets;
	const char	*rcpt[MAX_RCPTS];
	size_t		 nrcpts;
	struct mail_client client;
	struct mail_envelope envelope;
	int64_t		 now;
	const char	*file;
};

static const char usage_text[] =
"usage: signet verify [OPTION...] FILE|-\n"
"Judges a message as if it arrived now, and prints the fields it would get and\n"
"what would become of it.\n"
"      --ip ADDRESS           the client; without it no iprev and no spf\n"
"      --helo NAME            what it said in HELO or EHLO\n"
"      --from SENDER          MAIL FROM; '' is the null sender\n"
"      --rcpt RECIPIENT       a recipient; may stand several times\n"
"      --nameserver A[@P]     whom to ask (those of the configuration, else\n"
"                             the system's)\n"
"      --time UNIX            when it arrives (now)\n"
"      --set \"OPTION VALUE\"   as if it stood in the configuration, and last\n"
"  -c, --config FILE          the configuration (all defaults)\n"
"      --json                 as one JSON object\n"
"      --help                 show this\n";

/* ---- output ------------------------------------------------------------- */

/* Text as JSON wants it: bytes that are no UTF-8 become '?'. */
static json_t *
json_text(struct arena *a, struct span s)
{
	json_t *text = json_stringn(s.len > 0 ? s.p : "", s.len);
	struct strbuf sb;

	if (text != NULL)
		return text;
	strbuf_init(&sb, a);
	verdict_add_safe(&sb, s);
	s = strbuf_span(&sb);
	return json_stringn(s.p != NULL ? s.p : "", s.len);
}

static json_t *
json_result(struct arena *a, const struct method_result *m)
{
	json_t *properties = json_object();
	size_t i;

	for (i = 0; i < m->nproperties; i++)
		json_object_set_new(properties, m->property[i].name,
		    json_text(a, m->property[i].value));
	return json_pack("{s:s, s:s, s:o, s:o}", "method", m->method,
	    "result", result_name(m->result), "reason",
	    m->reason.len > 0 ? json_text(a, m->reason) : json_null(),
	    "properties", properties);
}

/* "550 5.7.1 text", or NULL when nothing is refused. */
static const char *
reply_line(struct arena *a, const struct verdict *v)
{
	if (v->code == 0)
		return NULL;
	return arena_printf(a, "%u %s %s", v->code, v->enhanced, v->text);
}

/* A field's value without its leading space, folds as LF + tab. */
static struct span
shown_value(struct arena *a, struct span value)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	for (i = value.len > 0 && value.p[0] == ' '; i < value.len; i++)
		if (value.p[i] != '\r')
			strbuf_addc(&sb, value.p[i]);
	return strbuf_span(&sb);
}

static int
print_json(struct arena *a, const struct inspection_outcome *out)
{
	json_t *results = json_array(), *add = json_array();
	json_t *remove = json_array(), *all;
	size_t i;
	int rc;

	for (i = 0; i < out->nmethods; i++)
		json_array_append_new(results,
		    json_result(a, &out->method[i]));
	for (i = 0; i < out->ninserts; i++)
		json_array_append_new(add, json_pack("[s, o]",
		    out->insert[i].name,
		    json_text(a, shown_value(a, out->insert[i].value))));
	for (i = 0; i < out->nremoves; i++)
		json_array_append_new(remove, json_pack("[s, I]",
		    out->remove[i].name, (json_int_t)out->remove[i].nth));
	all = json_pack("{s:s, s:s?, s:o, s:o, s:o}",
	    "action", action_name(out->verdict.action),
	    "reply", reply_line(a, &out->verdict),
	    "results", results, "add", add, "remove", remove);
	rc = all != NULL ? json_dumpf(all, stdout,
	    JSON_INDENT(2) | JSON_ENSURE_ASCII) : -1;
	putchar('\n');
	json_decref(all);
	return rc;
}

static void
print_text(struct arena *a, const struct inspection_outcome *out)
{
	const char *reply = reply_line(a, &out->verdict);
	size_t i;

	for (i = 0; i < out->ninserts; i++)
		printf("%s: %.*s\n", out->insert[i].name,
		    SPAN_ARG(shown_value(a, out->insert[i].value)));
	for (i = 0; i < out->nremoves; i++)
		printf("removed: %s %zu\n", out->remove[i].name,
		    out->remove[i].nth);
	printf("%sverdict: %s", out->ninserts > 0 ? "\n" : "",
	    action_name(out->verdict.action));
	if (reply != NULL)
		printf(": %s", reply);
	else if (out->verdict.action == ACTION_QUARANTINE)
		printf(": %s", out->verdict.text);
	if (out->verdict.why != NULL)
		printf(" (%s)", out->verdict.why);
	putchar('\n');
}

/*
 * "Could not find out": DMARC, which stands on all the others, came to no
 * conclusion, and some answer was missing.
 */
static int
exit_code(const struct inspection_outcome *out)
{
	const struct dmarc_result *d = out->results.dmarc;
	size_t i;

	if (d != NULL && (d->result == RESULT_PASS ||
	    d->result == RESULT_FAIL))
		return EXIT_DONE;
	for (i = 0; i < out->nmethods; i++)
		if (out->method[i].result == RESULT_TEMPERROR)
			return EXIT_UNKNOWN;
	return EXIT_DONE;
}

/* ---- the inspection ----------------------------------------------------- */

static void
feed_body(void *ctx, const char *p, size_t len)
{
	(void)inspection_body(ctx, p, len);
}

/* Hand the message over as a milter would get it. */
static void
feed(struct verify *v, struct inspection *in, struct span text)
{
	struct headers h;
	struct span body;
	char last = 0;
	size_t i;

	for (i = 0; i < v->nrcpts; i++)
		(void)inspection_rcpt(in, span_of(v->rcpt[i]), false);
	headers_init(&h, v->a, 0);
	message_split(text, &h, &body);
	for (i = 0; i < h.count; i++)
		inspection_header(in, h.field[i].name, h.field[i].gap,
		    h.field[i].value);
	inspection_eoh(in);
	body_crlf(&last, body.p, body.len, feed_body, in);
}

/*
 * The configuration's settings for a message that is always judged, whoever
 * sends it.
 */
static struct policy_settings
always_judge(const struct policy_settings *from)
{
	struct policy_settings set = *from;

	set.verify = true;
	set.sign = false;
	set.internal_hosts = NULL;
	set.peers = NULL;
	set.skip_daemons = (struct name_list){ NULL, 0 };
	return set;
}

static int
inspect(struct verify *v, const struct policy_settings *set, struct dns *dns,
    struct span text)
{
	struct inspection *in = inspection_new(set, dns, &v->client,
	    &v->envelope, v->now);
	const struct inspection_outcome *out;
	int code = EXIT_UNKNOWN;

	if (in == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	feed(v, in, text);
	out = inspection_end(in, v->now);
	code = exit_code(out);
	if (!v->json)
		print_text(v->a, out);
	else if (print_json(v->a, out) != 0) {
		tool_error("the result could not be written as JSON");
		code = EXIT_UNKNOWN;
	}
	inspection_free(in);
	return code;
}

static int
verify(struct verify *v)
{
	struct snapshot *conf = tool_config_read(v->a, v->config, v->set,
	    v->nsets);
	struct policy_settings set;
	struct dns *dns;
	struct span text;
	int code = EXIT_BAD;

	if (conf == NULL)
		return EXIT_BAD;
	set = always_judge(config_policy(conf));
	if (tool_read(v->a, v->file, MAX_MESSAGE, &text)) {
		dns = tool_dns_open_for(v->nameserver, config_daemon(conf),
		    &code);
		if (dns != NULL)
			code = inspect(v, &set, dns, text);
		dns_free(dns);
	}
	config_unref(conf);
	return code;
}

/* ---- the command line --------------------------------------------------- */

enum {
	OPT_JSON = 256, OPT_IP, OPT_HELO, OPT_FROM, OPT_RCPT, OPT_NAMESERVER,
	OPT_TIME, OPT_SET,
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "ip", required_argument, NULL, OPT_IP },
	{ "helo", required_argument, NULL, OPT_HELO },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "rcpt", required_argument, NULL, OPT_RCPT },
	{ "nameserver", required_argument, NULL, OPT_NAMESERVER },
	{ "time", required_argument, NULL, OPT_TIME },
	{ "set", required_argument, NULL, OPT_SET },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, TOOL_HELP },
	{ NULL, 0, NULL, 0 },
};

static struct span
without_brackets(const char *path)
{
	struct span s = span_trim(span_of(path));

	if (s.len >= 2 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		s = (struct span){ s.p + 1, s.len - 2 };
	return s;
}

static int
take_option(void *job, int c)
{
	struct verify *v = job;
	uint64_t when;

	switch (c) {
	case OPT_JSON:
		v->json = true;
		break;
	case OPT_IP:
		v->client.has_ip = ip_parse(span_of(optarg), &v->client.ip);
		if (!v->client.has_ip)
			return tool_usage("--ip %s: no IP address", optarg);
		break;
	case OPT_HELO:
		v->client.helo = span_of(optarg);
		break;
	case OPT_FROM:
		v->envelope.sender = without_brackets(optarg);
		break;
	case OPT_RCPT:
		if (v->nrcpts == MAX_RCPTS)
			return tool_usage("more than %d --rcpt", MAX_RCPTS);
		v->rcpt[v->nrcpts++] = arena_str(v->a,
		    without_brackets(optarg));
		break;
	case OPT_NAMESERVER:
		v->nameserver = optarg;
		break;
	case OPT_TIME:
		if (!span_uint(span_of(optarg), INT64_MAX, &when))
			return tool_usage("--time %s: not a Unix time",
			    optarg);
		v->now = (int64_t)when;
		break;
	case OPT_SET:
		if (v->nsets == MAX_SETS)
			return tool_usage("more than %d --set", MAX_SETS);
		v->set[v->nsets++] = optarg;
		break;
	case 'c':
		v->config = optarg;
		break;
	}
	return TOOL_GO_ON;
}

static int
parse_options(struct verify *v, int argc, char **argv)
{
	static const struct tool_options verify_options = {
		usage_text, "c:", options, take_option,
	};
	int code = tool_options(&verify_options, v, argc, argv);

	if (code == TOOL_GO_ON && optind != argc - 1)
		return tool_usage("one message file is wanted, or - for "
		    "standard input");
	v->file = argv[optind];
	return code;
}

int
cmd_verify(int argc, char **argv)
{
	struct verify v = { .a = arena_new(0), .now = (int64_t)time(NULL) };
	int code;

	if (v.a == NULL)
		return EXIT_UNKNOWN;
	v.client.helo = v.client.name = v.client.daemon_name =
	    v.client.mta_name = v.envelope.sender = v.envelope.queue_id =
	    v.envelope.auth_type = v.envelope.auth_login = SPAN("");
	code = parse_options(&v, argc, argv);
	if (code == TOOL_GO_ON)
		code = verify(&v);
	arena_free(v.a);
	return code;
}
