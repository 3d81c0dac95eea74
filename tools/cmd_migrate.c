/* signet migrate: the configuration of another program as one of ours. */
#include "config.h"
#include "tools/signet.h"

#include <stdio.h>

#include "tools/migrate.h"

#define MAX_FILE	((size_t)1 << 20)

static const struct program {
	const char	*name;
	const char	*file;		/* what its file is called */
	migrate_text	*migrate;
} programs[] = {
	{ "policyd-spf", "policyd-spf.conf", migrate_policyd_spf },
	{ "policyd-spf", "pyspf-milter.conf", migrate_policyd_spf },
};

#define NPROGRAMS	(sizeof(programs) / sizeof(programs[0]))

static const char usage_text[] =
"usage: signet migrate [--from PROGRAM] FILE\n"
"Prints the options for signet.conf(5) that say what the file says.\n"
"      --from PROGRAM         whose file it is: policyd-spf. Needed where the\n"
"                             file's name does not tell (policyd-spf.conf)\n"
"      --help                 show this\n";

static const struct program *
by_name(const char *name)
{
	size_t i;

	for (i = 0; i < NPROGRAMS; i++)
		if (strcmp(name, programs[i].name) == 0)
			return &programs[i];
	return NULL;
}

static const struct program *
by_file(const char *path)
{
	struct span name = span_of(path);
	size_t slash = span_rfind(name, '/'), i;

	if (slash < name.len)
		name = span_skip(name, slash + 1);
	for (i = 0; i < NPROGRAMS; i++)
		if (span_is(name, programs[i].file))
			return &programs[i];
	return NULL;
}

static int
migrate(struct arena *a, const struct program *p, const char *file)
{
	struct strbuf sb;
	struct span text;
	size_t bad;

	if (!tool_read(a, file, MAX_FILE, &text))
		return EXIT_BAD;
	strbuf_init(&sb, a);
	bad = p->migrate(a, text, &sb);
	if (arena_failed(a)) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	printf("# what %s says, as options of Signet\n", file);
	if (strbuf_str(&sb) != NULL)
		fputs(strbuf_str(&sb), stdout);
	if (bad > 0)
		tool_error("%s: %zu lines were not understood; see the "
		    "comments", file, bad);
	return bad > 0 ? EXIT_BAD : EXIT_DONE;
}

static const struct option options[] = {
	{ "from", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, TOOL_HELP },
	{ NULL, 0, NULL, 0 },
};

/* --from is the only option; *job is the program. */
static int
take_option(void *job, int c)
{
	const struct program **p = job;

	(void)c;
	*p = by_name(optarg);
	return *p != NULL ? TOOL_GO_ON :
	    tool_usage("--from %s: not known", optarg);
}

static int
parse_options(const struct program **p, int argc, char **argv)
{
	static const struct tool_options migrate_options = {
		usage_text, "", options, take_option,
	};
	int code = tool_options(&migrate_options, p, argc, argv);

	if (code != TOOL_GO_ON)
		return code;
	if (optind + 1 != argc)
		return tool_usage("one file is wanted");
	if (*p == NULL)
		*p = by_file(argv[optind]);
	return *p != NULL ? TOOL_GO_ON :
	    tool_usage("%s: whose file is it? say --from", argv[optind]);
}

int
cmd_migrate(int argc, char **argv)
{
	const struct program *p = NULL;
	int code = parse_options(&p, argc, argv);
	struct arena *a;

	if (code != TOOL_GO_ON)
		return code;
	a = arena_new(0);
	if (a == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	code = migrate(a, p, argv[optind]);
	arena_free(a);
	return code;
}
