/* Files of policyd-spf and pyspf-milter: policyd-spf.conf(5). */
#include "config.h"
#include "tools/migrate.h"

/* How a value becomes one of ours. */
enum how {
	AS_IT_IS,
	TRUE_OR_NOT,		/* "True", and nothing else, is yes */
	NO_OR_NOT,		/* "No", and nothing else, is no */
	HEADER_TYPE,		/* holds SPF, AR, or is None */
	ZERO_OR_NOT,		/* 0, else 1 */
	DEBUG_LEVEL,
	NONE_OF_OURS,
};

struct key {
	const char	*theirs;
	const char	*ours;
	enum how	 how;
	const char	*fallback;	/* theirs, where ours is another; NULL:
					 * the same, or not set */
	const char	*why;		/* NONE_OF_OURS */
};

static const struct key keys[] = {
	{ "Socket", "Socket", AS_IT_IS, NULL, NULL },
	{ "PidFile", "PidFile", AS_IT_IS, NULL, NULL },
	{ "UserID", "UserID", AS_IT_IS, NULL, NULL },
	{ "UMask", "UMask", AS_IT_IS, NULL, NULL },
	{ "InternalHosts", "InternalHosts", AS_IT_IS, NULL, NULL },
	{ "debugLevel", NULL, DEBUG_LEVEL, NULL, NULL },
	{ "Authserv_Id", "AuthservID", AS_IT_IS, NULL, NULL },
	{ "TestOnly", "TestOnly", ZERO_OR_NOT, NULL, NULL },
	{ "HELO_reject", "HELO_reject", AS_IT_IS, "Fail", NULL },
	{ "Mail_From_reject", "Mail_From_reject", AS_IT_IS, "Fail", NULL },
	{ "Reject_Not_Pass_Domains", "Reject_Not_Pass_Domains", AS_IT_IS,
	    NULL, NULL },
	{ "PermError_reject", "PermError_reject", TRUE_OR_NOT, NULL, NULL },
	{ "TempError_Defer", "TempError_Defer", TRUE_OR_NOT, NULL, NULL },
	{ "No_Mail", "No_Mail", TRUE_OR_NOT, NULL, NULL },
	{ "SPF_Enhanced_Status_Codes", "SPF_Enhanced_Status_Codes", NO_OR_NOT,
	    NULL, NULL },
	{ "Reason_Message", "Reason_Message", AS_IT_IS, NULL, NULL },
	{ "skip_addresses", "skip_addresses", AS_IT_IS,
	    "127.0.0.0/8,::ffff:127.0.0.0/104,::1", NULL },
	{ "Whitelist", "Whitelist", AS_IT_IS, NULL, NULL },
	{ "Domain_Whitelist", "Domain_Whitelist", AS_IT_IS, NULL, NULL },
	{ "HELO_Whitelist", "HELO_Whitelist", AS_IT_IS, NULL, NULL },
	{ "Domain_Whitelist_PTR", "Domain_Whitelist_PTR", AS_IT_IS, NULL,
	    NULL },
	{ "Whitelist_Lookup_Time", "Whitelist_Lookup_Time", AS_IT_IS, NULL,
	    NULL },
	{ "Lookup_Time", "Lookup_Time", AS_IT_IS, NULL, NULL },
	{ "Void_Limit", "Void_Limit", AS_IT_IS, NULL, NULL },
	{ "Header_Type", "Header_Type", HEADER_TYPE, "SPF", NULL },
	{ "Hide_Receiver", "Hide_Receiver", NO_OR_NOT, NULL, NULL },
	{ "HELO_pass_restriction", NULL, NONE_OF_OURS, NULL,
	    "a milter cannot choose a restriction class of Postfix" },
	{ "Mail_From_pass_restriction", NULL, NONE_OF_OURS, NULL,
	    "a milter cannot choose a restriction class of Postfix" },
	{ "Per_User", NULL, NONE_OF_OURS, NULL,
	    "all recipients are treated alike" },
	{ "Prospective", NULL, NONE_OF_OURS, NULL,
	    "ask with: signet spf --ip ADDRESS --from SENDER" },
	{ "Mock", NULL, NONE_OF_OURS, NULL,
	    "needed by policy servers only" },
	{ "QueueID", NULL, NONE_OF_OURS, NULL,
	    "every line of the log begins with it" },
	{ "MacroList", NULL, NONE_OF_OURS, NULL,
	    "our own users are known by authentication and InternalHosts" },
	{ "IntHosts", NULL, NONE_OF_OURS, NULL, "write InternalHosts" },
};

#define NKEYS	(sizeof(keys) / sizeof(keys[0]))

/* What a file says: the last value of each key. */
struct file {
	struct span	 value[NKEYS];
	bool		 set[NKEYS];
	size_t		 bad;
	struct strbuf	*out;
};

static void
complain(struct file *f, unsigned line, struct span text, const char *why)
{
	strbuf_addf(f->out, "# line %u: %.*s: %s\n", line, SPAN_ARG(text),
	    why);
	f->bad++;
}

/* "Key = value # comment": exactly one "=", as policyd-spf wants it. */
static void
read_line(struct file *f, unsigned number, struct span line)
{
	struct span name, value;
	size_t eq, i;

	line = span_trim(span_head(line, span_find(line, '#')));
	if (line.len == 0)
		return;
	eq = span_find(line, '=');
	value = span_trim(span_skip(line, eq + 1));
	if (eq == line.len || span_find(value, '=') < value.len) {
		complain(f, number, line, "policyd-spf ignores this line, "
		    "which must have one \"=\"");
		return;
	}
	name = span_trim(span_head(line, eq));
	if (span_is(name, "defaultSeedOnly"))
		name = SPAN("TestOnly");
	for (i = 0; i < NKEYS && !span_is(name, keys[i].theirs); i++)
		continue;
	if (i == NKEYS) {
		complain(f, number, line, "no option of policyd-spf");
		return;
	}
	f->set[i] = true;
	f->value[i] = value;
}

static void
read_file(struct file *f, struct span text)
{
	unsigned number = 0;
	struct span line;

	while (span_next(&text, '\n', &line))
		read_line(f, ++number, line);
}

/* ---- writing ------------------------------------------------------------ */

static bool
holds(struct span s, const char *word)
{
	for (; s.len > 0; s = span_skip(s, 1))
		if (span_starts(s, word))
			return true;
	return false;
}

static struct span
converted(const struct key *k, struct span v)
{
	bool spf = holds(v, "SPF"), ar = holds(v, "AR");

	switch (k->how) {
	case TRUE_OR_NOT:
		return span_is(v, "True") ? SPAN("yes") : SPAN("no");
	case NO_OR_NOT:
		return span_is(v, "No") ? SPAN("no") : SPAN("yes");
	case ZERO_OR_NOT:
		return span_is(v, "0") ? SPAN("0") : SPAN("1");
	case HEADER_TYPE:
		return spf && ar ? SPAN("both") : ar ? SPAN("AR") :
		    span_is(v, "None") ? v : SPAN("SPF");
	default:
		return v;
	}
}

static void
put(struct strbuf *out, const char *option, struct span value,
    const char *remark)
{
	strbuf_addf(out, "%-25s %.*s%s%s\n", option, SPAN_ARG(value),
	    remark != NULL ? "    # " : "", remark != NULL ? remark : "");
}

static void
put_debug_level(struct strbuf *out, struct span v)
{
	if (span_starts(v, "-") || span_is(v, "0"))
		put(out, "SyslogSuccess", SPAN("no"), NULL);
	else if (!span_is(v, "1"))
		put(out, "LogWhy", SPAN("yes"), NULL);
}

/* Words that their reader would have taken as something else. */
static const char *
remark_on(const struct key *k, struct span v)
{
	if (k->how == TRUE_OR_NOT && !span_is(v, "True") &&
	    !span_is_nocase(v, "False"))
		return "only \"True\" is yes for policyd-spf";
	return NULL;
}

static void
put_key(struct file *f, size_t i)
{
	const struct key *k = &keys[i];
	struct span v = f->value[i];

	if (!f->set[i] && k->fallback != NULL)
		put(f->out, k->ours, span_of(k->fallback),
		    "policyd-spf's default");
	if (!f->set[i])
		return;
	if (k->how == NONE_OF_OURS)
		strbuf_addf(f->out, "# %s = %.*s: %s\n", k->theirs,
		    SPAN_ARG(v), k->why);
	else if (k->how == DEBUG_LEVEL)
		put_debug_level(f->out, v);
	else if (v.len > 0)
		put(f->out, k->ours, converted(k, v), remark_on(k, v));
}

size_t
migrate_policyd_spf(struct arena *a, struct span text, struct strbuf *out)
{
	struct file *f = arena_alloc(a, sizeof(*f));
	size_t i;

	if (f == NULL)
		return 0;
	f->out = out;
	read_file(f, text);
	for (i = 0; i < NKEYS; i++)
		put_key(f, i);
	return f->bad;
}
