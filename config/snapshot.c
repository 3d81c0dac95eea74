#include "config.h"
#include "config/snapshot.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "config/file.h"
#include "config/keyfile.h"
#include "config/lists.h"
#include "config/own.h"
#include "config/parse.h"
#include "config/signing.h"
#include "config/suffix_file.h"
#include "policy/dmarc_compare.h"
#include "policy/spf_reason.h"

/* OpenDKIM's own file: its defaults hold there. */
#define OPENDKIM_FILE	"opendkim.conf"

#define HOSTS_FILE	"/etc/hosts"

/* What "no limit" of MaximumHeaders means. */
#define MAX_HEADER_BYTES	((size_t)64 << 20)

/* RejectString: what fits a reply with a domain in it. */
#define MAX_REJECT_STRING	300

/* Options that are lists of hosts or domains. */
static const enum option_id host_lists[] = {
	OPT_INTERNAL_HOSTS, OPT_EXTERNAL_IGNORE, OPT_PEER_LIST,
	OPT_TRUSTED_RELAYS, OPT_OWN_DOMAINS, OPT_IGNORE_HOSTS,
	OPT_IGNORE_MAIL_FROM, OPT_SKIP_ADDRESSES, OPT_WHITELIST,
};
#define HOST_LISTS	(sizeof(host_lists) / sizeof(host_lists[0]))

struct snapshot {
	atomic_uint	 refs;
	struct arena	*arena;
	struct option_values values;
	struct daemon_settings daemon;
	struct policy_settings policy;
	struct hostlist	*hosts[HOST_LISTS];
	struct override_table *overrides;
	struct suffixes	*suffixes;
	struct hostlist	*own_addresses;
	struct dataset	*sets[4];	/* what the name_sets of `policy` are */
	struct key_reader reader;
	struct signing	*signing;
};

/* ---- life --------------------------------------------------------------- */

static struct snapshot *
snapshot_new(void)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	atomic_init(&s->refs, 1);
	s->arena = arena_new(0);
	if (s->arena == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

struct snapshot *
config_ref(struct snapshot *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void
config_unref(struct snapshot *s)
{
	size_t i;

	if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1,
	    memory_order_acq_rel) > 1)
		return;
	signing_free(s->signing);
	keywatch_free(s->policy.keywatch);
	suffixes_free(s->suffixes);
	hostlist_free(s->own_addresses);
	for (i = 0; i < HOST_LISTS; i++)
		hostlist_free(s->hosts[i]);
	for (i = 0; i < sizeof(s->sets) / sizeof(s->sets[0]); i++)
		dataset_free(s->sets[i]);
	override_table_free(s->overrides);
	arena_free(s->arena);
	free(s);
}

const struct daemon_settings *
config_daemon(const struct snapshot *s)
{
	return &s->daemon;
}

const struct policy_settings *
config_policy(const struct snapshot *s)
{
	return &s->policy;
}

const struct option_values *
config_values(const struct snapshot *s)
{
	return &s->values;
}

const char *
config_where(const struct snapshot *s, const char *option, struct arena *a)
{
	const struct option_row *o = option_find(span_of(option));
	const char *where = NULL;
	size_t i;

	for (i = 0; i < OPTION_HONOURED_COUNT; i++)
		if (option_at(i) == o && s->values.v[i].file != NULL)
			where = arena_printf(a, "%s:%u: %s",
			    s->values.v[i].file, s->values.v[i].line, o->name);
	return where != NULL ? where : option;
}

/* ---- from values to settings -------------------------------------------- */

static uint64_t
number(const struct snapshot *s, enum option_id id)
{
	return s->values.v[id].number;
}

static bool
flag(const struct snapshot *s, enum option_id id)
{
	return number(s, id) != 0;
}

/* Empty where it is not set. */
static struct span
text(const struct snapshot *s, enum option_id id)
{
	struct span t = s->values.v[id].text;

	return t.p != NULL ? t : SPAN("");
}

/* The word of a word option as the table writes it. */
static struct span
word(const struct snapshot *s, enum option_id id)
{
	const struct option_word *w = option_at(id)->words;

	while (w->value != number(s, id))
		w++;
	return span_of(w->text);
}

static bool
fill_servers(struct snapshot *s)
{
	struct span list = text(s, OPT_NAMESERVERS), one;
	struct dns_server *server;
	size_t n = 0;

	if (list.len == 0)
		return true;
	server = arena_array(s->arena, list.len, sizeof(*server));
	if (server == NULL)
		return false;
	while (span_next(&list, ',', &one))
		if (dns_server_parse(span_trim(one), &server[n]))
			n++;
	s->daemon.server = server;
	s->daemon.nservers = n;
	return true;
}

static bool
fill_daemon(struct snapshot *s)
{
	struct daemon_settings *d = &s->daemon;
	const char *pid_file = NULL;

	if (text(s, OPT_PID_FILE).len > 0) {
		pid_file = file_path(s->arena, text(s, OPT_BASE_DIRECTORY),
		    text(s, OPT_PID_FILE));
		if (pid_file == NULL)
			return false;
	}
	d->socket = text(s, OPT_SOCKET);
	d->user = text(s, OPT_USER_ID);
	d->has_umask = s->values.v[OPT_UMASK].text.p != NULL;
	d->umask = (unsigned)number(s, OPT_UMASK);
	d->pid_file = span_of(pid_file);
	d->syslog = flag(s, OPT_SYSLOG);
	d->syslog_facility = word(s, OPT_SYSLOG_FACILITY);
	d->syslog_name = text(s, OPT_SYSLOG_NAME);
	d->syslog_success = flag(s, OPT_SYSLOG_SUCCESS);
	d->log_why = flag(s, OPT_LOG_WHY);
	d->stop_timeout_s = (unsigned)((number(s, OPT_STOP_TIMEOUT) + 999) /
	    1000);
	d->max_sessions = (unsigned)number(s, OPT_MAX_SESSIONS);
	d->dns_timeout_ms = (unsigned)number(s, OPT_DNS_TIMEOUT);
	return fill_servers(s);
}

/* A value of RFC 2045 without quotes, as an authserv-id mostly is. */
static bool
is_token(struct span t)
{
	size_t i;

	for (i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.p[i];

		if (c <= ' ' || c == 0x7f ||
		    strchr("()<>@,;:\\\"/[]?=", c) != NULL)
			return false;
	}
	return true;
}

static bool
fill_identity(struct snapshot *s, struct report *report)
{
	struct place at = option_place(&s->values, OPT_AUTHSERV_ID);
	struct policy_settings *p = &s->policy;
	char name[HOST_NAME_MAX + 1] = "localhost";

	(void)gethostname(name, sizeof(name) - 1);
	p->host_name = file_host_name(s->arena, span_of(name), HOSTS_FILE);
	p->authserv_id = text(s, OPT_AUTHSERV_ID);
	p->authserv_id_with_job = flag(s, OPT_AUTHSERV_JOB_ID);
	p->auth_results = flag(s, OPT_AUTH_RESULTS);
	p->auth_results_login = flag(s, OPT_AUTH_RESULTS_LOGIN);
	if (span_is(p->authserv_id, "HOSTNAME"))
		p->authserv_id = p->host_name;
	if (!is_token(p->authserv_id))
		report_at(report, REPORT_ERROR, &at, "\"%.*s\" cannot stand in "
		    "a header field; write a host name",
		    SPAN_ARG(p->authserv_id));
	return p->host_name.p != NULL;
}

static unsigned
key_bits(const struct snapshot *s, struct report *report)
{
	struct place at = option_place(&s->values, OPT_MIN_KEY_BITS);

	if (number(s, OPT_MIN_KEY_BITS) >= KEY_RSA_MIN_BITS)
		return (unsigned)number(s, OPT_MIN_KEY_BITS);
	report_at(report, REPORT_WARNING, &at, "keys below %d bits never pass "
	    "(RFC 8301); %d is used", KEY_RSA_MIN_BITS, KEY_RSA_MIN_BITS);
	return KEY_RSA_MIN_BITS;
}

/* An On- option: itself, On-Default, or what stands in the table. */
static enum action
action(const struct snapshot *s, enum option_id id)
{
	enum option_source source = s->values.v[id].source;

	if (source != OPTION_FROM_FILE && source != OPTION_FROM_SET &&
	    s->values.v[OPT_ON_DEFAULT].text.p != NULL)
		id = OPT_ON_DEFAULT;
	return (enum action)number(s, id);
}

static void
fill_actions(struct snapshot *s)
{
	struct dkim_rules *r = &s->policy.dkim_rules;

	r->bad_signature = action(s, OPT_ON_BAD_SIGNATURE);
	r->no_signature = action(s, OPT_ON_NO_SIGNATURE);
	r->key_not_found = action(s, OPT_ON_KEY_NOT_FOUND);
	r->dns_error = action(s, OPT_ON_DNS_ERROR);
	r->security = action(s, OPT_ON_SECURITY);
	r->internal_error = action(s, OPT_ON_INTERNAL_ERROR);
	r->signature_error = action(s,
	    s->values.v[OPT_ON_SIGNATURE_ERROR].text.p != NULL ?
	    OPT_ON_SIGNATURE_ERROR : OPT_ON_INTERNAL_ERROR);
}

/* RejectString goes into a reply: printable, short, nothing to fill in else. */
static void
check_reject_string(struct span t, const struct place *at,
    struct report *report)
{
	size_t i;

	for (i = 0; i < t.len; i++) {
		char next = i + 1 < t.len ? t.p[i + 1] : '\0';

		if (t.p[i] < ' ' || t.p[i] > '~')
			break;
		if (t.p[i] == '%' && next != 's' && next != 'p' && next != '%')
			break;
		i += t.p[i] == '%';
	}
	if (i < t.len)
		report_at(report, REPORT_ERROR, at, "only printable ASCII, "
		    "%%s, %%p and %%%% can stand in a reply");
	if (t.len > MAX_REJECT_STRING)
		report_at(report, REPORT_ERROR, at, "longer than %d bytes",
		    MAX_REJECT_STRING);
	if (t.len > 0 && memmem(t.p, t.len, "DMARC", 5) == NULL)
		report_at(report, REPORT_WARNING, at, "a refusal for DMARC "
		    "should have that word in it (RFC 9989, 7.2)");
}

static void
fill_dmarc(struct snapshot *s, struct report *report)
{
	struct place at = option_place(&s->values, OPT_REJECT_STRING);
	struct dmarc_rules *r = &s->policy.dmarc_rules;

	r->reject_failures =
	    (enum dmarc_reject)number(s, OPT_REJECT_FAILURES);
	r->defer_temperror = flag(s, OPT_DEFER_TEMP_ERRORS);
	r->required_from = flag(s, OPT_REQUIRED_FROM);
	r->reject_multi_from = flag(s, OPT_REJECT_MULTI_FROM);
	r->reject_own = flag(s, OPT_REJECT_OWN);
	r->reject_string = text(s, OPT_REJECT_STRING);
	check_reject_string(r->reject_string, &at, report);
}

/* "16,32": the prefix lengths of SPFMaximumWidth. */
static void
fill_width(struct snapshot *s, struct report *report)
{
	struct place at = option_place(&s->values, OPT_SPF_MAXIMUM_WIDTH);
	struct span rest = text(s, OPT_SPF_MAXIMUM_WIDTH), four, six;
	uint64_t bits4, bits6;

	if (!span_next(&rest, ',', &four) || !span_next(&rest, ',', &six) ||
	    rest.len > 0 || !span_uint(span_trim(four), 32, &bits4) ||
	    !span_uint(span_trim(six), 128, &bits6)) {
		report_at(report, REPORT_ERROR, &at, "must be two prefix "
		    "lengths, of IPv4 and of IPv6: 16,32");
		return;
	}
	s->policy.spf.min_bits4 = (unsigned)bits4;
	s->policy.spf.min_bits6 = (unsigned)bits6;
}

static void
fill_spf(struct snapshot *s, struct report *report)
{
	struct place at = option_place(&s->values, OPT_REASON_MESSAGE);
	struct spf_rules *r = &s->policy.spf_rules;
	const char *why;

	s->policy.spf.max_void = (unsigned)number(s, OPT_VOID_LIMIT);
	fill_width(s, report);
	r->helo_reject = (enum spf_reject)number(s, OPT_HELO_REJECT);
	r->mail_from_reject = (enum spf_reject)number(s,
	    OPT_MAIL_FROM_REJECT);
	r->permerror_reject = flag(s, OPT_PERMERROR_REJECT);
	r->temperror_defer = flag(s, OPT_TEMPERROR_DEFER);
	r->no_mail = flag(s, OPT_NO_MAIL);
	r->test_only = !flag(s, OPT_TEST_ONLY);
	r->helo_impersonation = flag(s, OPT_REJECT_HELO_IMPERSONATION);
	r->plain_codes = !flag(s, OPT_SPF_ENHANCED_CODES);
	r->whitelist_time_ms = (unsigned)number(s, OPT_WHITELIST_LOOKUP_TIME);
	r->headers = (unsigned)number(s, OPT_HEADER_TYPE);
	r->hide_receiver = flag(s, OPT_HIDE_RECEIVER);
	r->ignore_wide = flag(s, OPT_SPF_WIDE_PASS);
	r->reason_message = text(s, OPT_REASON_MESSAGE);
	why = spf_reason_check(r->reason_message);
	if (why != NULL)
		report_at(report, REPORT_ERROR, &at, "%s", why);
}

static void
fill_incoming(struct snapshot *s, struct report *report)
{
	struct policy_settings *p = &s->policy;

	fill_spf(s, report);
	p->dkim.max_signatures = (size_t)number(s, OPT_MAX_SIGNATURES);
	p->dkim.min_key_bits = key_bits(s, report);
	p->dkim.clock_drift = (unsigned)(number(s, OPT_CLOCK_DRIFT) / 1000);
	p->dkim.accept_partial_body = flag(s, OPT_BODY_LENGTHS);
	fill_dmarc(s, report);
	p->hold_quarantined = flag(s, OPT_HOLD_QUARANTINED);
	p->max_header_bytes = (size_t)number(s, OPT_MAXIMUM_HEADERS);
	if (p->max_header_bytes == 0)
		p->max_header_bytes = MAX_HEADER_BYTES;
	p->lookup_time_ms = (unsigned)number(s, OPT_LOOKUP_TIME);
	p->message_time_ms = (unsigned)number(s, OPT_MESSAGE_TIMEOUT);
}

static void
fill_outgoing(struct snapshot *s)
{
	static const enum canon header[] = {
		[CANON_WORD_RELAXED_RELAXED] = CANON_RELAXED,
		[CANON_WORD_RELAXED_SIMPLE] = CANON_RELAXED,
		[CANON_WORD_SIMPLE_RELAXED] = CANON_SIMPLE,
		[CANON_WORD_SIMPLE_SIMPLE] = CANON_SIMPLE,
	}, body[] = {
		[CANON_WORD_RELAXED_RELAXED] = CANON_RELAXED,
		[CANON_WORD_RELAXED_SIMPLE] = CANON_SIMPLE,
		[CANON_WORD_SIMPLE_RELAXED] = CANON_RELAXED,
		[CANON_WORD_SIMPLE_SIMPLE] = CANON_SIMPLE,
	};
	struct dkim_sign_settings *d = &s->policy.signing;

	d->header_canon = header[number(s, OPT_CANONICALIZATION)];
	d->body_canon = body[number(s, OPT_CANONICALIZATION)];
	d->ttl = (unsigned)(number(s, OPT_SIGNATURE_TTL) / 1000);
	d->copy_fields = flag(s, OPT_DIAGNOSTICS);
	s->policy.sign_rules.remove_old = flag(s, OPT_REMOVE_OLD_SIGNATURES);
}

/* ---- reading ------------------------------------------------------------ */

/* "opendkim.conf: OpenDKIM's defaults hold: Syslog no, ..." */
static void
note_defaults(const struct snapshot *s, const char *file,
    struct report *report)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, report->arena);
	for (i = 0; i < OPTION_HONOURED_COUNT; i++)
		if (s->values.v[i].source == OPTION_FROM_OPENDKIM)
			strbuf_addf(&sb, "%s %s %s", sb.len > 0 ? "," : "",
			    option_at(i)->name, option_at(i)->opendkim);
	if (sb.len > 0 && !sb.failed)
		report_add(report, REPORT_NOTE, file, 0, NULL,
		    "OpenDKIM's defaults hold:%s", strbuf_str(&sb));
}

static void
out_of_memory(struct report *report)
{
	report_add(report, REPORT_ERROR, NULL, 0, NULL, "out of memory");
	report->failed = true;
}

static bool
is_opendkim_file(const char *file)
{
	struct span path = span_of(file);

	return file != NULL && span_is(span_skip(path,
	    span_rfind(path, '/') == path.len ? 0 :
	    span_rfind(path, '/') + 1), OPENDKIM_FILE);
}

/* False: the file cannot be read, or there is no memory. */
static bool
read_options(struct snapshot *s, const char *file, const char *const *set,
    size_t nsets, struct report *report)
{
	bool opendkim = is_opendkim_file(file);
	struct parser p;
	size_t i;

	if (!parse_init(&p, s->arena, &s->values, opendkim, report)) {
		out_of_memory(report);
		return false;
	}
	if (file != NULL && !parse_file(&p, file))
		return false;
	for (i = 0; i < nsets; i++)
		parse_set(&p, set[i]);
	if (opendkim)
		note_defaults(s, file, report);
	return true;
}

/* All settings from the values; what is wrong is told. False: no memory. */
static bool
fill(struct snapshot *s, struct report *report)
{
	if (!fill_daemon(s) || !fill_identity(s, report))
		return false;
	s->policy.sign = (number(s, OPT_MODE) & 1) != 0;
	s->policy.verify = (number(s, OPT_MODE) & 2) != 0;
	fill_incoming(s, report);
	fill_actions(s);
	fill_outgoing(s);
	return !arena_failed(s->arena);
}

struct snapshot *
config_parse_to_show(const char *file, const char *const *set, size_t nsets,
    struct report *report, bool *good_out)
{
	struct snapshot *s = snapshot_new();
	size_t errors = report->errors;

	*good_out = false;
	if (s == NULL) {
		out_of_memory(report);
		return NULL;
	}
	if (!read_options(s, file, set, nsets, report)) {
		config_unref(s);
		return NULL;
	}
	if (!fill(s, report))
		out_of_memory(report);
	else if (s->policy.sign && report->errors == errors)
		signing_check_options(&s->values, report);
	*good_out = !report->failed && report->errors == errors;
	return s;
}

struct snapshot *
config_parse(const char *file, const char *const *set, size_t nsets,
    struct report *report)
{
	bool good;
	struct snapshot *s = config_parse_to_show(file, set, nsets, report,
	    &good);

	if (good)
		return s;
	config_unref(s);
	return NULL;
}

/* The names of a comma separated list. */
static struct name_list
split(struct arena *a, const char *list)
{
	struct span rest = span_of(list), one;
	struct span *name = arena_array(a, rest.len + 1, sizeof(*name));
	size_t n = 0;

	while (name != NULL && span_next(&rest, ',', &one))
		name[n++] = one;
	return (struct name_list){ name, n };
}

/* SenderLogin and the sets that say who is not signed for. */
static void
load_sign_rules(struct snapshot *s, struct report *report)
{
	struct sign_rules *r = &s->policy.sign_rules;

	r->dont_sign_to = list_set(s->arena, &s->values,
	    OPT_DONT_SIGN_MAIL_TO, report, &s->sets[1]);
	r->exempt_domains = list_set(s->arena, &s->values,
	    OPT_EXEMPT_DOMAINS, report, &s->sets[2]);
	(void)list_set(s->arena, &s->values, OPT_SENDER_LOGIN, report,
	    &s->sets[3]);
	r->logins = s->sets[3];
	r->login_owns = list_login_owns;
	r->sender_headers = list_fields(s->arena, &s->values,
	    OPT_SENDER_HEADERS, split(s->arena, "From"), report);
}

static void
check_own_domains(const struct snapshot *s, struct report *report)
{
	struct place at = option_place(&s->values, OPT_REJECT_OWN);

	if (s->policy.dmarc_rules.reject_own &&
	    hostlist_count(s->policy.dmarc_rules.own_domains) == 0)
		report_at(report, REPORT_WARNING, &at,
		    "does nothing without OwnDomains");
}

static void
load_spf_lists(struct snapshot *s, struct report *report)
{
	struct spf_rules *r = &s->policy.spf_rules;
	const struct {
		enum option_id	 id;
		struct name_list *list;
	} names[] = {
		{ OPT_EXEMPT_RECIPIENTS, &r->exempt_recipients },
		{ OPT_REJECT_NOT_PASS_DOMAINS, &r->not_pass_domains },
		{ OPT_DOMAIN_WHITELIST, &r->domain_whitelist },
		{ OPT_HELO_WHITELIST, &r->helo_whitelist },
		{ OPT_DOMAIN_WHITELIST_PTR, &r->domain_whitelist_ptr },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		*names[i].list = list_names(s->arena, &s->values,
		    names[i].id, report);
	r->skip_addresses = s->hosts[7];
	r->whitelist = s->hosts[8];
	if (r->helo_impersonation)
		s->own_addresses = own_addresses();
	r->own_addresses = s->own_addresses;
}

static void
load_lists(struct snapshot *s, struct report *report)
{
	struct policy_settings *p = &s->policy;
	size_t i;

	for (i = 0; i < HOST_LISTS; i++)
		s->hosts[i] = list_hosts(s->arena, &s->values, host_lists[i],
		    report);
	p->internal_hosts = s->hosts[0];
	p->external_ignore = s->hosts[1];
	p->peers = s->hosts[2];
	p->trusted_relays = s->hosts[3];
	p->dmarc_rules.own_domains = s->hosts[4];
	p->dmarc_rules.ignore_hosts = s->hosts[5];
	p->dmarc_rules.ignore_mail_from = s->hosts[6];
	s->overrides = list_overrides(s->arena, &s->values, report);
	p->dmarc_rules.overrides = s->overrides;
	p->dmarc_rules.ignore_mail_to = list_names(s->arena, &s->values,
	    OPT_IGNORE_MAIL_TO, report);
	check_own_domains(s, report);
	p->skip_daemons = list_names(s->arena, &s->values, OPT_SKIP_DAEMONS,
	    report);
	load_spf_lists(s, report);
	p->mta = list_names(s->arena, &s->values, OPT_MTA, report);
	p->macros = list_macros(s->arena, &s->values, report);
	load_sign_rules(s, report);
	p->dkim.must_be_signed = list_fields(s->arena, &s->values,
	    OPT_MUST_BE_SIGNED, dkim_sign_default_names(), report);
	p->dkim_rules.require_signature = list_set(s->arena, &s->values,
	    OPT_REQUIRE_SIGNATURE, report, &s->sets[0]);
	p->signing.sign = list_fields(s->arena, &s->values, OPT_SIGN_HEADERS,
	    dkim_sign_default_names(), report);
	p->signing.omit = list_fields(s->arena, &s->values, OPT_OMIT_HEADERS,
	    split(s->arena, option_at(OPT_OMIT_HEADERS)->fallback), report);
	p->signing.oversign = list_fields(s->arena, &s->values,
	    OPT_OVERSIGN_HEADERS, dkim_sign_default_oversign(), report);
}

static bool
wants_compare(const struct snapshot *s, struct report *report)
{
	struct place at = option_place(&s->values, OPT_DMARC_COMPARE);

	if (flag(s, OPT_DMARC_COMPARE) && !dmarc_compare_there())
		report_at(report, REPORT_WARNING, &at, "nothing is compared: "
		    "this signetd was built without libopendmarc");
	return flag(s, OPT_DMARC_COMPARE) && dmarc_compare_there();
}

static void
open_compare(struct snapshot *s, struct report *report)
{
	struct place at = option_place(&s->values, OPT_DMARC_COMPARE);
	const char *path = suffix_file_path(s->arena, &s->values);

	if (path != NULL && s->suffixes != NULL && !dmarc_compare_open(path))
		report_at(report, REPORT_ERROR, &at, "libopendmarc cannot "
		    "read %s", path);
	s->policy.dmarc.compare = s->suffixes;
}

/* The list is read only where it is needed. */
static void
load_suffixes(struct snapshot *s, struct report *report)
{
	bool psl = number(s, OPT_ORG_DOMAIN) == ORG_DOMAIN_PSL;
	bool compare = wants_compare(s, report);

	if (!psl && !compare)
		return;
	s->suffixes = suffix_file_load(s->arena, &s->values, report);
	if (psl)
		s->policy.dmarc.suffixes = s->suffixes;
	if (compare)
		open_compare(s, report);
}

/* CheckKeys. */
static bool
watch_keys(struct snapshot *s)
{
	uint64_t how = (uint64_t)number(s, OPT_CHECK_KEYS);

	s->policy.check_keys = how != CHECK_KEYS_NO;
	if (how == CHECK_KEYS_REQUIRE)
		s->policy.keywatch = keywatch_new();
	return how != CHECK_KEYS_REQUIRE || s->policy.keywatch != NULL;
}

bool
config_load(struct snapshot *s, bool check_all, struct report *report)
{
	size_t errors = report->errors;
	bool good;

	load_lists(s, report);
	load_suffixes(s, report);
	good = !s->policy.sign ||
	    (key_reader_init(s->arena, s->daemon.user, &s->reader) &&
	    signing_load(s->arena, &s->values, &s->reader, check_all, report,
	    &s->signing));
	if (s->signing != NULL) {
		s->policy.choose = signing_choose;
		s->policy.nth_key = signing_nth_seal;
		good = watch_keys(s) && good;
		s->policy.sign_tables = s->signing;
	}
	if (report->errors == errors && (!good || arena_failed(s->arena)))
		out_of_memory(report);
	return good && report->errors == errors && !report->failed;
}
