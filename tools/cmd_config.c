#include "config.h"
#include "tools/signet.h"

#include <stdio.h>
#include <unistd.h>

#include "config/option.h"
#include "config/snapshot.h"
#include "tools/option_page.h"

#define MAX_SETS	100

static const char usage_text[] =
"usage: signet config [-c FILE] [--check] [--set \"OPTION VALUE\"]...\n"
"       signet config --table | --man\n"
"  -c, --config FILE          the file to read (" TOOL_CONFIG_FILE ",\n"
"                             where there is one)\n"
"      --check                load tables and parse every key as well\n"
"      --set \"OPTION VALUE\"   as if it stood in the file, and last\n"
"      --table                all options, a line each, fields by tabs: name,\n"
"                             type, what becomes of it, default, whose it is,\n"
"                             help\n"
"      --man                  the options as signet.conf(5) has them\n";

struct request {
	const char	*file;
	const char	*set[MAX_SETS];
	size_t		 nsets;
	bool		 check;
};

/* ---- the effective configuration ---------------------------------------- */

static void
print_source(const struct option_value *v)
{
	switch (v->source) {
	case OPTION_FROM_DEFAULT:
		printf("# default\n");
		break;
	case OPTION_FROM_OPENDKIM:
		printf("# OpenDKIM's default\n");
		break;
	case OPTION_FROM_FILE:
		printf("# %s:%u\n", v->file, v->line);
		break;
	case OPTION_FROM_SET:
		printf("# command line\n");
		break;
	}
}

/* As a file that could be read again. */
static void
print_values(const struct option_values *vals)
{
	size_t i;

	for (i = 0; i < OPTION_HONOURED_COUNT; i++) {
		const struct option_value *v = &vals->v[i];

		if (i == OPT_INCLUDE)
			continue;
		if (v->text.p == NULL) {
			printf("# %s is not set\n", option_at(i)->name);
			continue;
		}
		printf("%-26s %-23.*s ", option_at(i)->name,
		    SPAN_ARG(v->text));
		print_source(v);
	}
}

static const char *
level_name(enum report_level level)
{
	switch (level) {
	case REPORT_NOTE:	return "note: ";
	case REPORT_WARNING:	return "warning: ";
	case REPORT_ERROR:	return "";
	}
	return "";
}

/* Items of this level and above. */
static void
print_report(FILE *fp, const struct report *report, enum report_level from,
    const char *prefix)
{
	size_t i;

	for (i = 0; i < report->count; i++)
		if (report->item[i].level >= from)
			fprintf(fp, "%s%s%s\n", prefix,
			    level_name(report->item[i].level),
			    report->item[i].text);
}

static void
print_all(const struct request *req, const struct option_values *vals,
    const struct report *report, bool good)
{
	if (req->file != NULL)
		printf("# %s\n", req->file);
	else
		printf("# no configuration file: all defaults\n");
	if (!good)
		printf("# refused as it stands: the lines at the end say "
		    "why\n");
	print_values(vals);
	if (report->count > 0)
		printf("\n");
	print_report(stdout, report, REPORT_NOTE, "# ");
	if (good && req->check)
		printf("# tables, lists and keys are good\n");
}

/* What the options say, whether or not signetd would start with them. */
static int
show(const struct request *req, struct arena *a)
{
	struct report report;
	struct snapshot *conf;
	bool good;

	report_init(&report, a);
	conf = config_parse_to_show(req->file, req->set, req->nsets, &report,
	    &good);
	if (good && req->check)
		good = config_load(conf, true, &report);
	if (!good)
		print_report(stderr, &report, REPORT_ERROR, "");
	if (conf != NULL)
		print_all(req, config_values(conf), &report, good);
	config_unref(conf);
	return good ? EXIT_DONE : EXIT_BAD;
}

/* ---- the command line --------------------------------------------------- */

enum { ARG_CHECK = 256, ARG_SET, ARG_TABLE, ARG_MAN };

static const struct option longopts[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, ARG_CHECK },
	{ "set", required_argument, NULL, ARG_SET },
	{ "table", no_argument, NULL, ARG_TABLE },
	{ "man", no_argument, NULL, ARG_MAN },
	{ "help", no_argument, NULL, TOOL_HELP },
	{ NULL, 0, NULL, 0 },
};

static int
take_option(void *job, int c)
{
	struct request *req = job;

	switch (c) {
	case 'c':
		req->file = optarg;
		break;
	case ARG_CHECK:
		req->check = true;
		break;
	case ARG_SET:
		if (req->nsets == MAX_SETS)
			return tool_usage("too many --set");
		req->set[req->nsets++] = optarg;
		break;
	case ARG_TABLE:
		option_page_table();
		return EXIT_DONE;
	case ARG_MAN:
		option_page_man();
		return EXIT_DONE;
	}
	return TOOL_GO_ON;
}

static int
parse_options(struct request *req, int argc, char **argv)
{
	static const struct tool_options config = {
		usage_text, "c:", longopts, take_option,
	};
	int code = tool_options(&config, req, argc, argv);

	if (code == TOOL_GO_ON && optind < argc)
		return tool_usage("%s: no such argument; a file is named by -c",
		    argv[optind]);
	return code;
}

int
cmd_config(int argc, char **argv)
{
	struct request req = { .file = NULL };
	struct arena *a;
	int code;

	if (access(TOOL_CONFIG_FILE, F_OK) == 0)
		req.file = TOOL_CONFIG_FILE;
	code = parse_options(&req, argc, argv);
	if (code != TOOL_GO_ON)
		return code;
	a = arena_new(0);
	if (a == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	code = show(&req, a);
	arena_free(a);
	return code;
}
