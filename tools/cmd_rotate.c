/*
 * signet rotate: change the key of a domain, step by step, each run as far as
 * the world allows.
 *
 *	the next key is made; its record is to be published, or is, with TSIG
 *	once every configured resolver sees it, signing moves to it
 *	the old record stays published for --keep days
 *	then it may go, or is taken away, with TSIG
 */
#include "config.h"
#include "tools/signet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "config/dataset.h"
#include "config/option.h"
#include "dns/update.h"
#include "message/domain.h"
#include "policy/keycheck.h"
#include "tools/key.h"
#include "tools/rotation.h"

#define DEFAULT_KEEP_DAYS	7
#define MAX_KEEP_DAYS		3650
#define RECORD_TTL		3600
#define UPDATE_WAIT_MS		10000
#define LOOKUP_WAIT_MS		10000
#define MAX_TABLE		((size_t)64 << 20)

/* Keys of one domain that are changed; RSA and Ed25519 are two. */
#define MAX_KEYS		8

struct job {
	struct arena	*a;
	const char	*config;
	const char	*nameserver;
	const char	*server;
	const char	*zone;
	const char	*tsig_file;
	const char	*hook;
	const char	*bits;
	unsigned	 keep_days;
	bool		 again;		/* --new */
	int64_t		 now;
	struct span	 domain;
	struct snapshot	*conf;
	struct dns_tsig_key tsig;
};

/* A place in a file that names a key. */
struct mention {
	unsigned	 line;
	struct span	 value;		/* what is replaced in it */
	const char	*tail;		/* ":rsa-sha256" behind the path */
};

/*
 * A key that signs now, and where that is written: in rows of the KeyTable, or
 * (`two_lines`) in the lines Selector and KeyFile.
 */
struct subject {
	struct span	 name;		/* of its first row; or empty */
	struct span	 selector;
	const char	*path;		/* of the key */
	const char	*file;		/* that names them */
	struct span	 text;		/* that file */
	struct mention	 at[MAX_KEYS];
	size_t		 nat;
	bool		 two_lines;
	struct private_key *key;
	const char	*directory;
	const char	*state;
};

/* ---- which keys --------------------------------------------------------- */

static struct span
without_comment(struct span line)
{
	return span_head(line, span_find(line, '#'));
}

/* The path with % for the domain, as the KeyTable has it. */
static const char *
expand(struct arena *a, struct span path, struct span domain)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, a);
	for (i = 0; i < path.len; i++) {
		if (path.p[i] == '%')
			strbuf_add(&sb, domain);
		else
			strbuf_addc(&sb, path.p[i]);
	}
	return strbuf_str(&sb);
}

/* Only what begins like a path is one; all else is the key itself. */
static bool
is_path(struct span key)
{
	return span_starts(key, "/") || span_starts(key, "./") ||
	    span_starts(key, "../");
}

/* "domain:selector:path[:algorithm]" of our domain. */
static bool
row_fields(const struct job *j, struct span value, struct subject *s)
{
	struct span rest = value, domain, path;
	struct mention *at = &s->at[0];
	size_t colon;

	if (!span_next(&rest, ':', &domain) ||
	    !span_eq_nocase(domain, j->domain) ||
	    !span_next(&rest, ':', &s->selector) || rest.p == NULL)
		return false;
	path = rest;
	colon = span_rfind(path, ':');
	at->tail = "";
	if (span_ends_nocase(path, "-sha256") && colon < path.len) {
		at->tail = arena_str(j->a, span_skip(path, colon));
		path = span_head(path, colon);
	}
	s->path = is_path(path) ? expand(j->a, path, j->domain) : "";
	at->value = (struct span){ s->selector.p,
	    (size_t)(value.p + value.len - s->selector.p) };
	s->nat = 1;
	return s->path != NULL && at->tail != NULL;
}

/* Rows that name the same key are changed together. */
static bool
joins(struct subject *s, size_t n, const struct subject *row)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (span_eq(s[i].selector, row->selector) &&
		    strcmp(s[i].path, row->path) == 0 &&
		    s[i].nat < MAX_KEYS) {
			s[i].at[s[i].nat++] = row->at[0];
			return true;
		}
	return false;
}

static size_t
keys_of_table(const struct job *j, const char *file, struct subject *out)
{
	struct span text, rest, line;
	unsigned number = 0;
	size_t n = 0;

	if (!tool_read(j->a, file, MAX_TABLE, &text))
		return 0;
	for (rest = text; span_next(&rest, '\n', &line);) {
		struct span row = span_trim(without_comment(line)), value;
		struct subject s = { .file = file, .text = text };
		size_t gap = 0;

		number++;
		while (gap < row.len && !ascii_iswsp((unsigned char)row.p[gap]))
			gap++;
		value = span_trim(span_skip(row, gap));
		if (!row_fields(j, value, &s))
			continue;
		s.name = span_head(row, gap);
		s.at[0].line = number;
		if (!joins(out, n, &s) && n < MAX_KEYS)
			out[n++] = s;
	}
	if (n == 0)
		tool_error("%s: no row for the domain %.*s", file,
		    SPAN_ARG(j->domain));
	return n;
}

/* The value in a line "Name value # comment". */
static struct span
value_of_line(struct span text, unsigned line)
{
	struct span row = span_trim(without_comment(file_line(text, line)));
	size_t gap = 0;

	while (gap < row.len && !ascii_iswsp((unsigned char)row.p[gap]))
		gap++;
	return span_trim(span_skip(row, gap));
}

static size_t
key_of_options(const struct job *j, const struct option_values *v,
    struct subject *s)
{
	const struct option_value *sel = &v->v[OPT_SELECTOR];
	const struct option_value *key = &v->v[OPT_KEY_FILE];

	if (sel->text.p == NULL || key->text.p == NULL ||
	    sel->file == NULL || key->file == NULL ||
	    strcmp(sel->file, key->file) != 0 ||
	    !span_eq_nocase(v->v[OPT_DOMAIN].text, j->domain)) {
		tool_error("no key of %.*s to change: Domain, Selector and "
		    "KeyFile, or a row of a KeyTable, must name it",
		    SPAN_ARG(j->domain));
		return 0;
	}
	s->selector = sel->text;
	s->path = arena_str(j->a, key->text);
	s->file = sel->file;
	if (!tool_read(j->a, s->file, MAX_TABLE, &s->text))
		return 0;
	s->at[0] = (struct mention){ sel->line,
	    value_of_line(s->text, sel->line), "" };
	s->at[1] = (struct mention){ key->line,
	    value_of_line(s->text, key->line), "" };
	s->nat = 2;
	s->two_lines = true;
	return s->path != NULL && s->at[1].value.len > 0 ? 1 : 0;
}

/* The keys to change; 0: none, and why was said. */
static size_t
find_keys(const struct job *j, struct subject *out)
{
	const struct option_values *v = config_values(j->conf);
	struct span text = v->v[OPT_KEY_TABLE].text;
	struct dataset_spec spec;
	const char *why;

	if (text.p == NULL)
		return key_of_options(j, v, out);
	if (!dataset_spec_parse(j->a, text, false, &spec, &why) ||
	    spec.kind == DATASET_CSL) {
		tool_error("KeyTable %.*s: only a file can be changed",
		    SPAN_ARG(text));
		return 0;
	}
	return keys_of_table(j, arena_str(j->a, spec.rest), out);
}

/* Read the key itself, and where its state is. */
static bool
open_subject(const struct job *j, struct subject *s)
{
	struct span path = span_of(s->path);
	size_t slash = span_rfind(path, '/'), i;
	char *name;

	/* what is no path is the key itself, and not for anybody's eyes */
	if (!is_path(path)) {
		tool_error("%s:%u: only a key in a file of its own, with its "
		    "full path, can be changed", s->file, s->at[0].line);
		return false;
	}
	s->key = tool_key_read(j->a, s->path);
	if (s->key == NULL)
		return false;
	s->directory = arena_str(j->a, span_head(path, slash));
	name = arena_str(j->a, s->name.len > 0 ? s->name : SPAN("key"));
	for (i = 0; name != NULL && name[i] != '\0'; i++)
		if (name[i] == '/')
			name[i] = '_';
	s->state = arena_printf(j->a, "%s/%.*s.%s.rotation", s->directory,
	    SPAN_ARG(j->domain), name != NULL ? name : "");
	return s->directory != NULL && name != NULL && s->state != NULL;
}

/* ---- the next key ------------------------------------------------------- */

/* "20261122", or with a letter behind it where there is such a key. */
static const char *
next_selector(const struct job *j, const struct subject *s)
{
	time_t now = (time_t)j->now;
	const char *type = private_key_type(s->key) == KEY_RSA ? "" : "e";
	char day[16];
	struct tm tm;
	int letter;

	(void)gmtime_r(&now, &tm);
	(void)strftime(day, sizeof(day), "%Y%m%d", &tm);
	for (letter = 0; letter <= 26; letter++) {
		char last[2] = { letter > 0 ? (char)('a' + letter - 1) : '\0',
		    '\0' };
		const char *name = arena_printf(j->a, "%s%s%s", day, type,
		    last);
		const char *path = name == NULL ? NULL : arena_printf(j->a,
		    "%s/%s.private", s->directory, name);

		if (path == NULL)
			break;
		if (access(path, F_OK) != 0)
			return name;
	}
	tool_error("%s: as many keys of today as there are letters",
	    s->directory);
	return NULL;
}

/* signet genkey, and what the old key's file allows is allowed for this. */
static bool
make_key(const struct job *j, const struct subject *s,
    const struct rotation *r)
{
	const char *type = key_type_name(private_key_type(s->key));
	const char *argv[] = {
		"genkey", "-D", s->directory, "-s", r->new_selector, "-k",
		type, "-d", arena_str(j->a, j->domain), "-b", j->bits, NULL,
	};
	int argc = private_key_type(s->key) == KEY_RSA ? 11 : 9;
	struct stat st;

	argv[argc] = NULL;
	optind = 0;		/* begin anew with other arguments */
	if (cmd_genkey(argc, (char **)(uintptr_t)argv) != EXIT_DONE)
		return false;
	if (stat(s->path, &st) != 0 ||
	    chmod(r->new_key, st.st_mode & 0777) != 0 || (geteuid() == 0 &&
	    chown(r->new_key, st.st_uid, st.st_gid) != 0)) {
		tool_error("%s: %s", r->new_key, strerror(errno));
		return false;
	}
	return true;
}

/* ---- the record --------------------------------------------------------- */

static struct span
record_name(const struct job *j, const char *selector)
{
	return dkim_key_name(j->a, span_of(selector), j->domain);
}

static struct span
record_text(const struct job *j, const struct private_key *key)
{
	struct span p = base64_encode(j->a, private_key_public(key, j->a));

	return span_of(arena_printf(j->a, "v=DKIM1; h=sha256; k=%s; p=%.*s",
	    key_type_name(private_key_type(key)), SPAN_ARG(p)));
}

/* Publish, or take away (`key` NULL). True also without TSIG: nothing done. */
static bool
update(const struct job *j, const char *selector,
    const struct private_key *key)
{
	struct dns_update u = {
		.key = &j->tsig, .name = record_name(j, selector),
		.zone = j->zone != NULL ? span_of(j->zone) : j->domain,
		.ttl = RECORD_TTL, .remove = key == NULL,
	};
	const char *why;

	if (j->tsig_file == NULL)
		return true;
	if (!dns_server_parse(span_of(j->server), &u.server)) {
		tool_error("--server %s: ADDRESS or ADDRESS@PORT is wanted",
		    j->server);
		return false;
	}
	if (key != NULL)
		u.txt = record_text(j, key);
	why = dns_update(j->a, &u, UPDATE_WAIT_MS);
	if (why == NULL)
		return true;
	tool_error("%.*s: DNS UPDATE at %s: %s", SPAN_ARG(u.name), j->server,
	    why);
	return false;
}

/* What one resolver sees of the next key. */
static enum keycheck
seen_by(const struct job *j, const struct dns_server *server,
    const struct rotation *r, const struct private_key *key)
{
	const struct dkim_seal seal = {
		.domain = j->domain, .selector = span_of(r->new_selector),
		.key = key,
	};
	struct dns_options opt = { .servers = server,
	    .nservers = server != NULL ? 1 : 0 };
	const char *why;
	struct dns *dns = dns_open(&opt, &why);
	struct dns_scope *scope = dns != NULL ? dns_scope_new(dns, 1) : NULL;
	enum keycheck k = KEYCHECK_UNKNOWN;

	if (scope != NULL) {
		dns_scope_deadline(scope, clock_mono_ms() + LOOKUP_WAIT_MS);
		k = keycheck(j->a, scope, &seal);
	}
	dns_scope_free(scope);
	dns_free(dns);
	return k;
}

/* Whether every resolver that the configuration names sees the next key. */
static bool
seen_by_all(const struct job *j, const struct rotation *r,
    const struct private_key *key)
{
	const struct daemon_settings *d = config_daemon(j->conf);
	struct dns_server one;
	const struct dns_server *list = d->server;
	size_t n = d->nservers, i;
	enum keycheck k;

	if (j->nameserver != NULL) {
		(void)dns_server_parse(span_of(j->nameserver), &one);
		list = &one;
		n = 1;
	}
	for (i = 0; i < (n > 0 ? n : 1); i++) {
		k = seen_by(j, n > 0 ? &list[i] : NULL, r, key);
		if (k == KEYCHECK_GOOD)
			continue;
		printf("%.*s: waiting: %.*s %s\n", SPAN_ARG(j->domain),
		    SPAN_ARG(record_name(j, r->new_selector)),
		    keycheck_text(k));
		return false;
	}
	return true;
}

/* ---- the steps ---------------------------------------------------------- */

static int
begin(const struct job *j, const struct subject *s)
{
	struct rotation r = { .stage = ROTATION_PREPARED, .since = j->now,
	    .old_selector = arena_str(j->a, s->selector), .old_key = s->path,
	    .new_selector = next_selector(j, s) };
	struct private_key *key;
	bool done;

	if (r.new_selector == NULL)
		return EXIT_BAD;
	r.new_key = arena_printf(j->a, "%s/%s.private", s->directory,
	    r.new_selector);
	if (r.new_key == NULL || !make_key(j, s, &r) ||
	    !rotation_write(j->a, s->state, &r))
		return EXIT_BAD;
	key = tool_key_read(j->a, r.new_key);
	if (key == NULL)
		return EXIT_BAD;
	done = update(j, r.new_selector, key);
	private_key_free(key);
	printf("%.*s: the next key is made, %s\n", SPAN_ARG(j->domain),
	    r.new_key);
	if (j->tsig_file != NULL && done)
		printf("%.*s: its record is published: %.*s\n",
		    SPAN_ARG(j->domain),
		    SPAN_ARG(record_name(j, r.new_selector)));
	else
		printf("%.*s: publish the record in %s/%s.txt, then run this "
		    "again\n", SPAN_ARG(j->domain), s->directory,
		    r.new_selector);
	return done ? EXIT_DONE : EXIT_UNKNOWN;
}

/* The line with its value, which is in it, replaced. */
static const char *
replaced(const struct job *j, const struct subject *s,
    const struct mention *at, const char *instead)
{
	struct span line = file_line(s->text, at->line);
	struct span value = at->value;
	size_t before = (size_t)(value.p - line.p);

	return arena_printf(j->a, "%.*s%s%.*s", (int)before, line.p, instead,
	    SPAN_ARG(span_skip(line, before + value.len)));
}

/* From now on the next key signs. */
static bool
move_signing(const struct job *j, const struct subject *s,
    const struct rotation *r)
{
	struct line_edit edit[MAX_KEYS];
	size_t i;

	for (i = 0; i < s->nat; i++) {
		const char *instead = !s->two_lines ? arena_printf(j->a,
		    "%s:%s%s", r->new_selector, r->new_key, s->at[i].tail) :
		    i == 0 ? r->new_selector : r->new_key;

		edit[i].line = s->at[i].line;
		edit[i].text = instead != NULL ?
		    replaced(j, s, &s->at[i], instead) : NULL;
		if (edit[i].text == NULL) {
			tool_error("out of memory");
			return false;
		}
	}
	return file_edit(j->a, s->file, edit, s->nat);
}

/*
 * The file names the next key. A hook that fails is run again next time, and
 * the old record's time begins only when it did not.
 */
static int
moved(const struct job *j, const struct subject *s, struct rotation *r)
{
	printf("%.*s: %s signs from the next reload of signetd on\n",
	    SPAN_ARG(j->domain), r->new_selector);
	(void)fflush(stdout);
	if (j->hook != NULL && system(j->hook) != 0) {
		tool_error("%s: it failed, and is tried again at the next run",
		    j->hook);
		return EXIT_BAD;
	}
	r->stage = ROTATION_MOVED;
	r->since = j->now;
	return rotation_write(j->a, s->state, r) ? EXIT_DONE : EXIT_BAD;
}

static int
prepared(const struct job *j, const struct subject *s, struct rotation *r)
{
	struct private_key *key;
	bool seen;

	/* a former run was cut off after it had moved the signing */
	if (span_is(s->selector, r->new_selector))
		return moved(j, s, r);
	key = tool_key_read(j->a, r->new_key);
	if (key == NULL)
		return EXIT_BAD;
	seen = seen_by_all(j, r, key);
	if (!seen && !update(j, r->new_selector, key)) {
		private_key_free(key);
		return EXIT_UNKNOWN;
	}
	private_key_free(key);
	if (!seen)
		return EXIT_DONE;
	return move_signing(j, s, r) ? moved(j, s, r) : EXIT_BAD;
}

static int
retire(const struct job *j, const struct subject *s, struct rotation *r)
{
	int64_t until = r->since + (int64_t)j->keep_days * 86400;
	struct span name = record_name(j, r->old_selector);
	time_t when = (time_t)until;
	char day[32];
	struct tm tm;

	if (j->now < until) {
		(void)gmtime_r(&when, &tm);
		(void)strftime(day, sizeof(day), "%Y-%m-%d %H:%M UTC", &tm);
		printf("%.*s: %.*s must stay published until %s\n",
		    SPAN_ARG(j->domain), SPAN_ARG(name), day);
		return EXIT_DONE;
	}
	if (!update(j, r->old_selector, NULL))
		return EXIT_UNKNOWN;
	r->stage = ROTATION_DONE;
	r->since = j->now;
	if (!rotation_write(j->a, s->state, r))
		return EXIT_BAD;
	printf("%.*s: %.*s %s; %s may be deleted, unless another row of the "
	    "KeyTable signs with it\n", SPAN_ARG(j->domain),
	    SPAN_ARG(name), j->tsig_file != NULL ?
	    "is no longer published" : "may be taken out of the zone",
	    r->old_key);
	return EXIT_DONE;
}

/* As far as this key gets today. */
static int
rotate(const struct job *j, const struct subject *s)
{
	struct rotation r;

	if (!rotation_read(j->a, s->state, &r))
		return EXIT_BAD;
	if (r.stage != ROTATION_NONE &&
	    !span_is(s->selector, r.new_selector) &&
	    !(r.stage == ROTATION_PREPARED &&
	    span_is(s->selector, r.old_selector)))
		r.stage = ROTATION_NONE;	/* changed by hand since */
	switch (r.stage) {
	case ROTATION_NONE:
		return begin(j, s);
	case ROTATION_PREPARED:
		return prepared(j, s, &r);
	case ROTATION_MOVED:
		return retire(j, s, &r);
	case ROTATION_DONE:
		break;
	}
	if (j->again)
		return begin(j, s);
	printf("%.*s: nothing to do: %s signs; --new begins the next change\n",
	    SPAN_ARG(j->domain), r.new_selector);
	return EXIT_DONE;
}

/* ---- one run ------------------------------------------------------------ */

/* Two runs at a time would make two keys; -1 when another is at it. */
static int
lock(const struct job *j, const char *directory)
{
	const char *path = arena_printf(j->a, "%s/.rotate.lock", directory);
	int fd = path == NULL ? -1 : open(path,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	tool_error("%s: %s", directory, errno == EWOULDBLOCK ?
	    "another signet rotate is at it" : strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static int
rotate_one(const struct job *j, struct subject *s)
{
	int code = EXIT_BAD, fd;

	if (!open_subject(j, s))
		return EXIT_BAD;
	fd = lock(j, s->directory);
	if (fd >= 0) {
		code = rotate(j, s);
		(void)close(fd);
	}
	private_key_free(s->key);
	return code;
}

static bool
read_tsig(struct job *j)
{
	struct span text;

	if (j->tsig_file == NULL)
		return true;
	if (!tool_read(j->a, j->tsig_file, 65536, &text))
		return false;
	if (dns_tsig_parse(j->a, text, &j->tsig))
		return true;
	tool_error("%s: no key \"NAME\" { algorithm ...; secret ...; };",
	    j->tsig_file);
	return false;
}

/*
 * One key after the other. Each is looked up anew, since the one before may
 * have changed the file that both stand in.
 */
static int
rotate_all(struct job *j)
{
	struct subject s[MAX_KEYS];
	size_t n = 1, i;
	int code = EXIT_DONE, one;

	for (i = 0; i < n; i++) {
		memset(s, 0, sizeof(s));
		n = find_keys(j, s);
		if (n == 0)
			return EXIT_BAD;
		one = rotate_one(j, &s[i]);
		code = one > code ? one : code;
	}
	return code;
}

static int
run(struct job *j)
{
	int code;

	j->conf = tool_config_read(j->a, j->config,
	    (const char *const[]){ "Mode v" }, 1);
	if (j->conf == NULL)
		return EXIT_BAD;
	code = read_tsig(j) ? rotate_all(j) : EXIT_BAD;
	config_unref(j->conf);
	return code;
}

/* ---- the command line --------------------------------------------------- */

enum {
	OPT_NAMESERVER = 256, OPT_SERVER, OPT_ZONE, OPT_TSIG, OPT_HOOK,
	OPT_KEEP, OPT_NEW, OPT_TIME, OPT_BITS,
};

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "nameserver", required_argument, NULL, OPT_NAMESERVER },
	{ "server", required_argument, NULL, OPT_SERVER },
	{ "zone", required_argument, NULL, OPT_ZONE },
	{ "tsig-key", required_argument, NULL, OPT_TSIG },
	{ "hook", required_argument, NULL, OPT_HOOK },
	{ "keep", required_argument, NULL, OPT_KEEP },
	{ "new", no_argument, NULL, OPT_NEW },
	{ "time", required_argument, NULL, OPT_TIME },
	{ "bits", required_argument, NULL, OPT_BITS },
	{ "help", no_argument, NULL, TOOL_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char usage_text[] =
"usage: signet rotate [OPTION...] DOMAIN\n"
"Changes the key of a domain step by step; run it again and again.\n"
"  -c, --config FILE        the configuration that names the key\n"
"      --keep DAYS          the old record stays published so long (7)\n"
"      --new                begin the next change when the last is done\n"
"      --bits N             of an RSA key (2048)\n"
"      --nameserver A[@P]   ask this resolver whether the record is there\n"
"      --server A[@P] --tsig-key FILE [--zone ZONE]\n"
"                           publish and remove records by DNS UPDATE\n"
"      --hook COMMAND       run it when signing moved to the next key\n";

static int
take_number(const char *name, uint64_t max, uint64_t *out)
{
	if (span_uint(span_of(optarg), max, out))
		return TOOL_GO_ON;
	return tool_usage("%s %s: a number is wanted", name, optarg);
}

static int
take_option(void *job, int c)
{
	struct job *j = job;
	struct dns_server server;
	uint64_t n = 0;
	int code = TOOL_GO_ON;

	switch (c) {
	case 'c':
		j->config = optarg;
		break;
	case OPT_NAMESERVER:
		j->nameserver = optarg;
		if (!dns_server_parse(span_of(optarg), &server))
			return tool_usage("%s: a name server is ADDRESS or "
			    "ADDRESS@PORT", optarg);
		break;
	case OPT_SERVER:
		j->server = optarg;
		break;
	case OPT_ZONE:
		j->zone = optarg;
		break;
	case OPT_TSIG:
		j->tsig_file = optarg;
		break;
	case OPT_HOOK:
		j->hook = optarg;
		break;
	case OPT_KEEP:
		code = take_number("--keep", MAX_KEEP_DAYS, &n);
		j->keep_days = (unsigned)n;
		break;
	case OPT_NEW:
		j->again = true;
		break;
	case OPT_TIME:
		code = take_number("--time", INT64_MAX, &n);
		j->now = (int64_t)n;
		break;
	case OPT_BITS:
		j->bits = optarg;
		break;
	}
	return code;
}

static int
parse_options(struct job *j, int argc, char **argv)
{
	static const struct tool_options rotate = {
		usage_text, "c:", options, take_option,
	};
	int code = tool_options(&rotate, j, argc, argv);

	if (code != TOOL_GO_ON)
		return code;
	if (optind != argc - 1)
		return tool_usage("one domain is wanted");
	if ((j->server == NULL) != (j->tsig_file == NULL))
		return tool_usage("--server and --tsig-key go together");
	if (domain_normalize(j->a, span_of(argv[optind]), &j->domain) !=
	    DOMAIN_OK)
		return tool_usage("%s: not a domain", argv[optind]);
	return TOOL_GO_ON;
}

int
cmd_rotate(int argc, char **argv)
{
	struct job j = { .a = arena_new(0), .keep_days = DEFAULT_KEEP_DAYS,
	    .bits = "2048", .now = (int64_t)time(NULL) };
	int code;

	if (j.a == NULL)
		return EXIT_UNKNOWN;
	if (access(TOOL_CONFIG_FILE, F_OK) == 0)
		j.config = TOOL_CONFIG_FILE;
	code = parse_options(&j, argc, argv);
	if (code == TOOL_GO_ON)
		code = run(&j);
	arena_free(j.a);
	return code;
}
