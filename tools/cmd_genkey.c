#include "config.h"
#include "tools/signet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/strbuf.h"
#include "crypto/key.h"
#include "message/domain.h"

#define DEFAULT_BITS	2048
#define ADVISED_BITS	2048	/* RFC 8301, 3.2 */

/* One string of a TXT record has at most 255 bytes; opendkim-genkey cuts
 * at 250, and so do we. */
#define PIECE		250

struct job {
	struct arena	*arena;
	enum key_type	 type;
	unsigned	 bits;
	const char	*directory;
	const char	*domain;	/* as A-labels */
	const char	*selector;	/* for file names: case as given */
	struct span	 hashes;
	struct span	 note;
	bool		 append;	/* the domain to the record's name */
	bool		 restricted;
	bool		 subdomains;
	bool		 testmode;
	unsigned	 verbose;
};

static const char usage_text[] =
"usage: signet genkey [OPTION...]\n"
"Writes SELECTOR.private, the key, and SELECTOR.txt, the DNS record.\n"
"  -a, --append-domain        the domain is part of the record's name\n"
"  -b, --bits N               size of an RSA key (2048)\n"
"  -d, --domain NAME          the domain that signs (localhost)\n"
"  -D, --directory PATH       where the files go (.)\n"
"  -h, --hash-algorithms LIST what it may be used with (sha256)\n"
"  -k, --type rsa|ed25519     kind of key (rsa)\n"
"  -n, --note TEXT            a note in the record\n"
"  -r, --restrict             for e-mail only\n"
"  -s, --selector NAME        the key's name (default)\n"
"  -S, --nosubdomains         not for subdomains in i=\n"
"  -t, --testmode             say that DKIM is being tested\n"
"  -v, --verbose              say what is done\n"
"  -V, --version              show the version\n"
"      --help                 show this\n";

/* ---- options ------------------------------------------------------------ */

enum {
	OPT_SUBDOMAINS = 256,
	OPT_NO_APPEND,
	OPT_NO_RESTRICT,
	OPT_NO_TESTMODE,
};

static const struct option options[] = {
	{ "append-domain", no_argument, NULL, 'a' },
	{ "no-append-domain", no_argument, NULL, OPT_NO_APPEND },
	{ "noappend-domain", no_argument, NULL, OPT_NO_APPEND },
	{ "bits", required_argument, NULL, 'b' },
	{ "domain", required_argument, NULL, 'd' },
	{ "directory", required_argument, NULL, 'D' },
	{ "hash-algorithms", required_argument, NULL, 'h' },
	{ "type", required_argument, NULL, 'k' },
	{ "note", required_argument, NULL, 'n' },
	{ "restrict", no_argument, NULL, 'r' },
	{ "no-restrict", no_argument, NULL, OPT_NO_RESTRICT },
	{ "norestrict", no_argument, NULL, OPT_NO_RESTRICT },
	{ "selector", required_argument, NULL, 's' },
	{ "subdomains", no_argument, NULL, OPT_SUBDOMAINS },
	{ "no-subdomains", no_argument, NULL, 'S' },
	{ "nosubdomains", no_argument, NULL, 'S' },
	{ "testmode", no_argument, NULL, 't' },
	{ "no-testmode", no_argument, NULL, OPT_NO_TESTMODE },
	{ "notestmode", no_argument, NULL, OPT_NO_TESTMODE },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, TOOL_HELP },
	{ NULL, 0, NULL, 0 },
};

static int
take_bits(struct job *j)
{
	uint64_t n;

	if (!span_uint(span_of(optarg), UINT32_MAX, &n) ||
	    n < KEY_RSA_MIN_BITS || n > KEY_RSA_MAX_BITS)
		return tool_usage("--bits %s: a key has %d to %d bits", optarg,
		    KEY_RSA_MIN_BITS, KEY_RSA_MAX_BITS);
	j->bits = (unsigned)n;
	return TOOL_GO_ON;
}

static int
take_type(struct job *j)
{
	if (strcmp(optarg, "rsa") == 0)
		j->type = KEY_RSA;
	else if (strcmp(optarg, "ed25519") == 0)
		j->type = KEY_ED25519;
	else
		return tool_usage("--type %s: 'rsa' or 'ed25519'", optarg);
	return TOOL_GO_ON;
}

/* An ASCII name keeps its case, since it names files too. */
static int
take_name(struct job *j, const char *what, const char **out)
{
	struct span text = span_of(optarg), name;
	int code = tool_take_domain(j->arena, what, &name);

	if (code != TOOL_GO_ON)
		return code;
	*out = span_eq_nocase(text, name) ? optarg : arena_str(j->arena, name);
	return *out != NULL ? TOOL_GO_ON : EXIT_UNKNOWN;
}

/* Names of hash algorithms, hyphenated words (RFC 6376, 3.6.1). */
static int
take_hashes(struct job *j)
{
	size_t i;

	j->hashes = span_of(optarg);
	for (i = 0; i < j->hashes.len; i++) {
		unsigned char c = (unsigned char)optarg[i];

		if (!ascii_isalnum(c) && c != ':' && c != '-')
			return tool_usage("--hash-algorithms %s: names with "
			    "':' between them", optarg);
	}
	return TOOL_GO_ON;
}

static void
take_flag(struct job *j, int c)
{
	switch (c) {
	case 'a':
	case OPT_NO_APPEND:
		j->append = c == 'a';
		break;
	case 'r':
	case OPT_NO_RESTRICT:
		j->restricted = c == 'r';
		break;
	case 'S':
	case OPT_SUBDOMAINS:
		j->subdomains = c == OPT_SUBDOMAINS;
		break;
	case 't':
	case OPT_NO_TESTMODE:
		j->testmode = c == 't';
		break;
	case 'v':
		j->verbose++;
		break;
	}
}

static int
take_option(void *job, int c)
{
	struct job *j = job;

	switch (c) {
	case 'b':
		return take_bits(j);
	case 'd':
		return take_name(j, "domain", &j->domain);
	case 'D':
		j->directory = optarg;
		break;
	case 'h':
		return take_hashes(j);
	case 'k':
		return take_type(j);
	case 'n':
		j->note = span_of(optarg);
		break;
	case 's':
		return take_name(j, "selector", &j->selector);
	case 'V':
		printf("signet %s\n", PACKAGE_VERSION);
		return EXIT_DONE;
	default:
		take_flag(j, c);
		break;
	}
	return TOOL_GO_ON;
}

static int
parse_options(struct job *j, int argc, char **argv)
{
	static const struct tool_options genkey = {
		usage_text, "ab:d:D:h:k:n:rs:StvV", options, take_option,
	};
	int code = tool_options(&genkey, j, argc, argv);

	return code == TOOL_GO_ON ? tool_no_arguments(argc, argv) : code;
}

/* ---- the record --------------------------------------------------------- */

/* qp-section of RFC 2045, which n= is; a ';' would end the tag. */
static void
add_note(struct strbuf *sb, struct span note)
{
	size_t i;

	strbuf_adds(sb, " n=\"");
	for (i = 0; i < note.len; i++) {
		unsigned char c = (unsigned char)note.p[i];

		if (c >= ' ' && c <= '~' && c != '=' && c != ';')
			strbuf_addc(sb, (char)c);
		else
			strbuf_addf(sb, "=%02X", c);
	}
	strbuf_adds(sb, "\";");
}

/* The tags before p=. */
static struct span
record_head(const struct job *j)
{
	struct strbuf sb;

	strbuf_init(&sb, j->arena);
	strbuf_adds(&sb, "v=DKIM1;");
	if (j->note.p != NULL)
		add_note(&sb, j->note);
	if (j->hashes.len > 0)
		strbuf_addf(&sb, " h=%.*s;", SPAN_ARG(j->hashes));
	strbuf_addf(&sb, " k=%s; ", key_type_name(j->type));
	if (j->testmode || !j->subdomains)
		strbuf_addf(&sb, "t=%s%s%s; ", j->testmode ? "y" : "",
		    j->testmode && !j->subdomains ? ":" : "",
		    j->subdomains ? "" : "s");
	if (j->restricted)
		strbuf_adds(&sb, "s=email; ");
	return strbuf_span(&sb);
}

/* Text as one or more quoted strings of a zone file, a line each. */
static void
add_strings(struct strbuf *sb, const char *tag, struct span text)
{
	size_t i;

	strbuf_addf(sb, "\"%s", tag);
	for (i = 0; i < text.len; i++) {
		if (i > 0 && i % PIECE == 0)
			strbuf_adds(sb, "\"\n\t  \"");
		if (text.p[i] == '"' || text.p[i] == '\\')
			strbuf_addc(sb, '\\');
		strbuf_addc(sb, text.p[i]);
	}
	strbuf_addc(sb, '"');
}

/* The lines for a zone file, in opendkim-genkey's layout. */
static struct span
zone_text(const struct job *j, struct span public)
{
	struct span head = record_head(j), p = base64_encode(j->arena, public);
	struct strbuf sb;

	strbuf_init(&sb, j->arena);
	if (head.p == NULL || p.p == NULL)
		return head.p == NULL ? head : p;
	strbuf_addf(&sb, "%s._domainkey", j->selector);
	if (j->append)
		strbuf_addf(&sb, ".%s.", j->domain);
	strbuf_adds(&sb, "\tIN\tTXT\t( ");
	add_strings(&sb, "", head);
	strbuf_adds(&sb, "\n\t  ");
	add_strings(&sb, "p=", p);
	strbuf_addf(&sb, " )  ; ----- DKIM key %s for %s\n", j->selector,
	    j->domain);
	return strbuf_span(&sb);
}

/* ---- the files ---------------------------------------------------------- */

/* A key that is replaced may be in use and published: it is kept. */
static bool
keep_old(struct arena *a, const char *path)
{
	const char *old = arena_printf(a, "%s.old", path);

	if (old == NULL || access(path, F_OK) != 0)
		return old != NULL;
	if (rename(path, old) != 0)
		return false;
	tool_error("%s: the former file is now %s", path, old);
	return true;
}

/*
 * Write a file of mode 0600 under a name nobody can guess, then give it its
 * own. Complains when that fails.
 */
static bool
write_file(const struct job *j, const char *suffix, struct span text,
    bool is_key)
{
	const char *path = arena_printf(j->arena, "%s/%s.%s", j->directory,
	    j->selector, suffix);
	char *temp = arena_printf(j->arena, "%s.XXXXXX", path);
	int fd = path != NULL && temp != NULL ? mkstemp(temp) : -1;
	bool good = fd >= 0 && tool_write(fd, text);

	if (fd >= 0)
		good = close(fd) == 0 && good;
	good = good && (!is_key || keep_old(j->arena, path)) &&
	    rename(temp, path) == 0;
	if (good)
		return true;
	tool_error("%s: %s", path != NULL ? path : suffix, strerror(errno));
	if (fd >= 0)
		unlink(temp);
	return false;
}

static int
write_files(const struct job *j, const struct private_key *key)
{
	struct span pem = private_key_pem(key, j->arena);
	struct span public = private_key_public(key, j->arena);
	struct span zone = { NULL, 0 };

	if (public.p != NULL)
		zone = zone_text(j, public);
	if (pem.p == NULL || zone.p == NULL) {
		tool_error("out of memory");
		return EXIT_UNKNOWN;
	}
	if (!write_file(j, "private", pem, true))
		return EXIT_BAD;
	if (j->verbose > 0)
		tool_error("private key written to %s.private", j->selector);
	if (!write_file(j, "txt", zone, false))
		return EXIT_BAD;
	if (j->verbose > 0)
		tool_error("DNS TXT record written to %s.txt", j->selector);
	return EXIT_DONE;
}

static int
run(const struct job *j)
{
	struct private_key *key;
	int code;

	if (j->type == KEY_RSA && j->bits < ADVISED_BITS)
		tool_error("WARNING: RFC 8301 advises keys of at least "
		    "%d bits", ADVISED_BITS);
	if (j->verbose > 0)
		tool_error("generating private key");
	key = private_key_generate(j->type, j->bits);
	if (key == NULL) {
		tool_error("the key could not be made");
		return EXIT_UNKNOWN;
	}
	code = write_files(j, key);
	private_key_free(key);
	return code;
}

int
cmd_genkey(int argc, char **argv)
{
	struct job j = {
		.arena = arena_new(0),
		.type = KEY_RSA,
		.bits = DEFAULT_BITS,
		.directory = ".",
		.domain = "localhost",
		.selector = "default",
		.hashes = SPAN("sha256"),
		.subdomains = true,
	};
	int code;

	if (j.arena == NULL)
		return EXIT_UNKNOWN;
	code = parse_options(&j, argc, argv);
	if (code == TOOL_GO_ON)
		code = run(&j);
	arena_free(j.arena);
	return code;
}
