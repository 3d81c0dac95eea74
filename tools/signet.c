#include "config.h"
#include "tools/signet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "message/domain.h"

static const struct command {
	const char	*name;
	int		(*run)(int argc, char **argv);
	const char	*help;
} commands[] = {
	{ "config", cmd_config, "show the effective configuration" },
	{ "dmarc", cmd_dmarc, "show a domain's DMARC policy and its walk" },
	{ "genkey", cmd_genkey, "make a key and the record to publish" },
	{ "migrate", cmd_migrate, "the options that another's file asks for" },
	{ "rotate", cmd_rotate, "change the key of a domain, step by step" },
	{ "sign", cmd_sign, "sign a message file" },
	{ "spf", cmd_spf, "check whether a client may send for a sender" },
	{ "testkey", cmd_testkey, "check that a key is published" },
	{ "verify", cmd_verify, "judge a message file as if it arrived now" },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char *running = NULL;

static void __attribute__((format(printf, 1, 0)))
complain(const char *fmt, va_list ap)
{
	fprintf(stderr, "signet: ");
	if (running != NULL)
		fprintf(stderr, "%s: ", running);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void
tool_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
}

int
tool_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try 'signet help' or the manual page signet(1).\n");
	return EXIT_USAGE;
}

int
tool_options(const struct tool_options *o, void *job, int argc, char **argv)
{
	int c, code = TOOL_GO_ON;

	while (code == TOOL_GO_ON && (c = getopt_long(argc, argv, o->letters,
	    o->names, NULL)) != -1) {
		if (c == '?')
			return tool_usage("see 'signet %s --help'", running);
		if (c == TOOL_HELP) {
			fputs(o->usage, stdout);
			return EXIT_DONE;
		}
		code = o->take(job, c);
	}
	return code;
}

int
tool_no_arguments(int argc, char **argv)
{
	return optind == argc ? TOOL_GO_ON :
	    tool_usage("%s: not understood", argv[optind]);
}

int
tool_take_domain(struct arena *a, const char *what, struct span *out)
{
	enum domain_status st = domain_normalize(a, span_of(optarg), out);

	return st == DOMAIN_OK ? TOOL_GO_ON :
	    tool_usage("--%s %s: %s", what, optarg, domain_status_text(st));
}

/* The resolver of these options; complains when there is none. */
static struct dns *
start_dns(const struct dns_options *opt, int *code_out)
{
	const char *why;
	struct dns *dns = dns_open(opt, &why);

	if (dns == NULL) {
		tool_error("cannot start the resolver: %s", why);
		*code_out = EXIT_UNKNOWN;
	}
	return dns;
}

struct dns *
tool_dns_open(const char *server, int *code_out)
{
	struct dns_options opt = { .servers = NULL };
	struct dns_server one;

	if (server != NULL) {
		if (!dns_server_parse(span_of(server), &one)) {
			*code_out = tool_usage("%s: a name server is "
			    "ADDRESS or ADDRESS@PORT", server);
			return NULL;
		}
		opt.servers = &one;
		opt.nservers = 1;
	}
	return start_dns(&opt, code_out);
}

struct dns *
tool_dns_open_for(const char *server, const struct daemon_settings *conf,
    int *code_out)
{
	struct dns_options opt = {
		.servers = conf->server, .nservers = conf->nservers,
		.timeout_ms = conf->dns_timeout_ms,
	};

	return server != NULL ? tool_dns_open(server, code_out) :
	    start_dns(&opt, code_out);
}

struct snapshot *
tool_config_read(struct arena *a, const char *file, const char *const *set,
    size_t nsets)
{
	struct report report;
	struct snapshot *conf;
	size_t i;

	report_init(&report, a);
	conf = config_parse(file, set, nsets, &report);
	if (conf != NULL && !config_load(conf, false, &report)) {
		config_unref(conf);
		conf = NULL;
	}
	for (i = 0; conf == NULL && i < report.count; i++)
		tool_error("%s", report.item[i].text);
	return conf;
}

/* Read all of `fp`; false at an error (errno) or beyond the limit (EFBIG). */
static bool
slurp(struct arena *a, FILE *fp, size_t limit, struct span *out)
{
	size_t len = 0, cap = 65536, n;
	char *buf = arena_alloc(a, cap), *more;

	while (buf != NULL && (n = fread(buf + len, 1, cap - len, fp)) > 0) {
		len += n;
		if (len > limit) {
			errno = EFBIG;
			return false;
		}
		if (len < cap)
			continue;
		more = arena_grow(a, buf, cap, cap * 2);
		buf = more;
		cap *= 2;
	}
	if (buf == NULL)
		errno = ENOMEM;
	*out = (struct span){ buf, len };
	return buf != NULL && !ferror(fp);
}

bool
tool_read(struct arena *a, const char *file, size_t limit, struct span *out)
{
	FILE *fp = strcmp(file, "-") == 0 ? stdin : fopen(file, "rb");
	bool good = fp != NULL && slurp(a, fp, limit, out);

	if (!good)
		tool_error("%s: %s", file, strerror(errno));
	if (fp != NULL && fp != stdin)
		fclose(fp);
	return good;
}

bool
tool_write(int fd, struct span text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.p, text.len);

		if (n < 0 && errno != EINTR)
			return false;
		text = span_skip(text, n > 0 ? (size_t)n : 0);
	}
	return fsync(fd) == 0;
}

static int
help(FILE *fp)
{
	size_t i;

	fprintf(fp, "usage: signet COMMAND [OPTION...] [ARGUMENT...]\n\n");
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(fp, "  %-9s %s\n", commands[i].name, commands[i].help);
	fprintf(fp, "  %-9s %s\n  %-9s %s\n\nDetails: man signet\n",
	    "help", "show this", "version", "show the version");
	return fp == stdout ? EXIT_DONE : EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	char name[32];
	size_t i;
	int code;

	if (argc < 2)
		return help(stderr);
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return help(stdout);
	if (strcmp(argv[1], "version") == 0 ||
	    strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("signet %s\n", PACKAGE_VERSION);
		return EXIT_DONE;
	}
	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			break;
	if (i == NCOMMANDS)
		return tool_usage("%s: no such command", argv[1]);
	running = commands[i].name;
	snprintf(name, sizeof(name), "signet: %s", running);
	argv[1] = name;			/* getopt complains in it */
	code = commands[i].run(argc - 1, argv + 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		tool_error("standard output: %s", strerror(errno));
		return EXIT_UNKNOWN;
	}
	return code;
}
