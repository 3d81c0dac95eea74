#include "config.h"
#include "policy/dmarc_compare.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "message/domain.h"

const char *
dmarc_outcome_name(enum dmarc_outcome o)
{
	switch (o) {
	case DMARC_OUTCOME_UNKNOWN:		return "unknown";
	case DMARC_OUTCOME_NONE:		return "none";
	case DMARC_OUTCOME_PASS:		return "pass";
	case DMARC_OUTCOME_FAIL_NONE:		return "fail:none";
	case DMARC_OUTCOME_FAIL_QUARANTINE:	return "fail:quarantine";
	case DMARC_OUTCOME_FAIL_REJECT:		return "fail:reject";
	case DMARC_OUTCOME_BAD_RECORD:		return "bad-record";
	}
	return "unknown";
}

/* What is compared, and what the reasons are looked for in. */
struct comparison {
	struct arena	*a;
	const struct suffixes *suffixes;
	const struct dmarc_identifier *id;
	size_t		 nids;
	const struct dmarc_result *ours;
	struct span	 domain;	/* where OpenDMARC has its record */
	struct span	 text;		/* that record; empty: none */
	bool		 several;	/* it is the first of more than one */
	enum dmarc_outcome outcome;	/* ours */
	enum dmarc_outcome theirs;
};

static enum dmarc_outcome
failed_with(enum dmarc_policy policy)
{
	return policy == DMARC_POLICY_REJECT ? DMARC_OUTCOME_FAIL_REJECT :
	    policy == DMARC_POLICY_QUARANTINE ?
	    DMARC_OUTCOME_FAIL_QUARANTINE : DMARC_OUTCOME_FAIL_NONE;
}

static enum dmarc_outcome
our_outcome(const struct dmarc_result *r)
{
	switch (r->result) {
	case RESULT_NONE:
		return DMARC_OUTCOME_NONE;
	case RESULT_PASS:
		return DMARC_OUTCOME_PASS;
	case RESULT_FAIL:
		return failed_with(r->policy);
	default:
		return DMARC_OUTCOME_UNKNOWN;
	}
}

/* ---- known differences -------------------------------------------------- */

static bool
is_several(const struct comparison *c)
{
	return c->several;
}

static bool
is_other_record(const struct comparison *c)
{
	return c->ours->record != NULL ?
	    !span_eq(c->ours->policy_domain, c->domain) : c->text.len > 0;
}

static bool
is_wrong_value(const struct comparison *c)
{
	return c->theirs == DMARC_OUTCOME_BAD_RECORD ||
	    (c->ours->record != NULL && c->ours->record->bad_policy);
}

static bool
is_np(const struct comparison *c)
{
	return c->ours->has_policy && strcmp(c->ours->policy_tag, "np") == 0;
}

static bool
is_testing(const struct comparison *c)
{
	return c->ours->has_policy && c->ours->policy != c->ours->published;
}

/* An identifier that passed and is not the author domain itself. */
static bool
passed_nearby(const struct dmarc_identifier *id, struct span author)
{
	return id->result == RESULT_PASS && !id->untried &&
	    id->domain.len > 0 && !span_eq(id->domain, author);
}

static bool
only_they_pass(const struct comparison *c)
{
	return c->theirs == DMARC_OUTCOME_PASS &&
	    c->outcome != DMARC_OUTCOME_PASS;
}

static bool
is_strict(const struct comparison *c)
{
	const struct dmarc_record *r = c->ours->record;
	size_t i;

	for (i = 0; only_they_pass(c) && r != NULL && i < c->nids; i++)
		if (passed_nearby(&c->id[i], c->ours->author_domain) &&
		    (c->id[i].is_dkim ? r->strict_dkim : r->strict_spf))
			return true;
	return false;
}

/* The organizational domain by the list. */
static struct span
listed_org(const struct comparison *c, struct span domain)
{
	return suffixes_org_domain(c->suffixes, domain);
}

/* One name is a part of the other, though the list has them apart. */
static bool
is_suffix_rule(const struct comparison *c)
{
	struct span author = c->ours->author_domain;
	size_t i;

	for (i = 0; only_they_pass(c) && i < c->nids; i++) {
		struct span d = c->id[i].domain;

		if (passed_nearby(&c->id[i], author) &&
		    (domain_within(d, author) || domain_within(author, d)) &&
		    !span_eq(listed_org(c, d), listed_org(c, author)))
			return true;
	}
	return false;
}

/* The DNS and the list draw the line between organizations elsewhere. */
static bool
is_tree_walk(const struct comparison *c)
{
	struct span author = c->ours->author_domain;
	bool same = false;
	size_t i;

	for (i = 0; i < c->nids; i++)
		same = same || (passed_nearby(&c->id[i], author) &&
		    span_eq(listed_org(c, c->id[i].domain),
		    listed_org(c, author)));
	if (only_they_pass(c))
		return same;
	return c->outcome == DMARC_OUTCOME_PASS && !same;
}

static bool
is_dkim_order(const struct comparison *c)
{
	bool passed = false;
	size_t i;

	if (c->outcome != DMARC_OUTCOME_PASS || !c->ours->dkim_aligned)
		return false;
	for (i = 0; i < c->nids; i++) {
		if (!c->id[i].is_dkim)
			continue;
		if (passed && c->id[i].result != RESULT_PASS)
			return true;
		passed = passed || c->id[i].result == RESULT_PASS;
	}
	return false;
}

/* "x.example": get_tld() of libopendmarc then says "example". */
static bool
has_one_letter(const struct comparison *c, struct span domain)
{
	return span_find(listed_org(c, domain), '.') == 1;
}

static bool
is_one_letter(const struct comparison *c)
{
	size_t i;

	for (i = 0; i < c->nids; i++)
		if (passed_nearby(&c->id[i], c->ours->author_domain) &&
		    has_one_letter(c, c->id[i].domain))
			return true;
	return has_one_letter(c, c->ours->author_domain);
}

/* Such rules are about suffixes of two labels and more. */
static bool
is_pattern(const struct comparison *c)
{
	return only_they_pass(c) && domain_labels(domain_parent(listed_org(c,
	    c->ours->author_domain))) > 1;
}

static const struct {
	struct dmarc_difference d;
	bool		(*is)(const struct comparison *c);
} differences[] = {
	{ { "several-records", "RFC 9989, 4.10, steps 2 and 6",
	    "of several records at one name none counts; OpenDMARC takes the "
	    "first" }, is_several },
	{ { "other-record", "RFC 9989, 4.10.1",
	    "the tree walk finds a record at another name than the list of "
	    "public suffixes" }, is_other_record },
	{ { "wrong-value", "RFC 9989, 4.8 and 4.10.1",
	    "a wrong value is passed over, and p=none holds where it is that "
	    "of a policy; OpenDMARC drops the record, or takes p=r for reject" },
	    is_wrong_value },
	{ { "np", "RFC 9989, 4.7",
	    "np is for names that do not exist; OpenDMARC does not know it" },
	    is_np },
	{ { "testing", "RFC 9989, 4.7",
	    "t=y lowers the policy; OpenDMARC does not know it" },
	    is_testing },
	{ { "dkim-order", "RFC 9989, 4.4.1",
	    "any signature that passes and is aligned is enough; OpenDMARC "
	    "loses it where one that fails comes behind" }, is_dkim_order },
	{ { "strict", "RFC 9989, 4.4",
	    "strict alignment wants the very same domain; OpenDMARC takes any "
	    "of the organization" }, is_strict },
	{ { "suffix-rule", "RFC 9989, 4.10.2",
	    "OpenDMARC takes a domain for aligned with any name above or "
	    "below it, public suffixes too" }, is_suffix_rule },
	{ { "tree-walk", "RFC 9989, 4.10.2",
	    "records in the DNS and the list of public suffixes part "
	    "organizations at different names" }, is_tree_walk },
	{ { "one-letter", "RFC 7489, 3.2",
	    "OpenDMARC takes the public suffix for the organization where the "
	    "name below it has one letter: all such names are aligned" },
	    is_one_letter },
	{ { "pattern-rule", "RFC 7489, 3.2",
	    "OpenDMARC misreads patterns and nested rules of the list" },
	    is_pattern },
};

#define NDIFFERENCES	(sizeof(differences) / sizeof(differences[0]))

const struct dmarc_difference *
dmarc_difference_at(size_t i)
{
	return i < NDIFFERENCES ? &differences[i].d : NULL;
}

static const struct dmarc_difference *
explain(const struct comparison *c)
{
	size_t i;

	for (i = 0; i < NDIFFERENCES; i++)
		if (differences[i].is(c))
			return &differences[i].d;
	return NULL;
}

/* ---- libopendmarc ------------------------------------------------------- */

#ifdef HAVE_OPENDMARC

/* Not before here: its macros have the names of our policies. */
#include <opendmarc/dmarc.h>

/*
 * The library has one list for the process, and setting it up is not for
 * several threads (opendmarc_policy_library_init): hence what is static here.
 */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static bool list_read;

bool
dmarc_compare_there(void)
{
	return true;
}

bool
dmarc_compare_open(const char *list_file)
{
	OPENDMARC_LIB_T lib = { .tld_type = OPENDMARC_TLD_TYPE_MOZILLA };
	int len = snprintf((char *)lib.tld_source_file,
	    sizeof(lib.tld_source_file), "%s", list_file);
	bool good;

	if (len < 0 || (size_t)len >= sizeof(lib.tld_source_file) ||
	    access(list_file, R_OK) < 0)
		return false;
	pthread_mutex_lock(&list_lock);
	if (!list_read)
		list_read = opendmarc_policy_library_init(&lib) ==
		    DMARC_PARSE_OKAY;
	good = list_read;
	pthread_mutex_unlock(&list_lock);
	return good;
}

/* The library takes C strings that it may not change but does not call so. */
static u_char *
c_string(struct arena *a, struct span s)
{
	return (u_char *)arena_str(a, s);
}

static int
their_result(const struct dmarc_identifier *id, int pass, int fail,
    int tempfail, int none)
{
	if (id->untried)
		return none;
	return id->result == RESULT_PASS ? pass :
	    id->result == RESULT_TEMPERROR ? tempfail :
	    id->result == RESULT_NONE ? none : fail;
}

static void
store(const struct comparison *c, DMARC_POLICY_T *p)
{
	size_t i;

	for (i = 0; i < c->nids; i++) {
		const struct dmarc_identifier *id = &c->id[i];
		u_char *domain = c_string(c->a, id->domain);

		if (id->domain.len == 0 || domain == NULL)
			continue;
		if (id->is_dkim)
			(void)opendmarc_policy_store_dkim(p, domain, NULL,
			    their_result(id, DMARC_POLICY_DKIM_OUTCOME_PASS,
			    DMARC_POLICY_DKIM_OUTCOME_FAIL,
			    DMARC_POLICY_DKIM_OUTCOME_TMPFAIL,
			    DMARC_POLICY_DKIM_OUTCOME_NONE), NULL);
		else
			(void)opendmarc_policy_store_spf(p, domain,
			    their_result(id, DMARC_POLICY_SPF_OUTCOME_PASS,
			    DMARC_POLICY_SPF_OUTCOME_FAIL,
			    DMARC_POLICY_SPF_OUTCOME_TMPFAIL,
			    DMARC_POLICY_SPF_OUTCOME_NONE),
			    DMARC_POLICY_SPF_ORIGIN_MAILFROM, NULL);
	}
}

static enum dmarc_outcome
outcome_of(int status)
{
	switch (status) {
	case DMARC_POLICY_ABSENT:	return DMARC_OUTCOME_NONE;
	case DMARC_POLICY_PASS:		return DMARC_OUTCOME_PASS;
	case DMARC_POLICY_NONE:		return DMARC_OUTCOME_FAIL_NONE;
	case DMARC_POLICY_QUARANTINE:	return DMARC_OUTCOME_FAIL_QUARANTINE;
	case DMARC_POLICY_REJECT:	return DMARC_OUTCOME_FAIL_REJECT;
	default:			return DMARC_OUTCOME_UNKNOWN;
	}
}

/*
 * The record goes with the author domain, and with the organizational domain
 * only where it was found there: the library then takes sp.
 */
static enum dmarc_outcome
judge(const struct comparison *c, DMARC_POLICY_T *p)
{
	u_char *author = c_string(c->a, c->ours->author_domain);
	u_char *record = c_string(c->a, c->text), *org = NULL;

	if (!span_eq(c->domain, c->ours->author_domain))
		org = c_string(c->a, c->domain);
	if (arena_failed(c->a) || opendmarc_policy_store_from_domain(p,
	    author) != DMARC_PARSE_OKAY)
		return DMARC_OUTCOME_UNKNOWN;
	if (opendmarc_policy_store_dmarc(p, record, author, org) !=
	    DMARC_PARSE_OKAY)
		return DMARC_OUTCOME_BAD_RECORD;
	store(c, p);
	return outcome_of(opendmarc_get_policy_to_enforce(p));
}

static enum dmarc_outcome
their_outcome(const struct comparison *c)
{
	char anyone[] = "192.0.2.1";	/* SPF is not evaluated there */
	DMARC_POLICY_T *p;
	enum dmarc_outcome o;

	if (c->text.len == 0)
		return DMARC_OUTCOME_NONE;
	p = opendmarc_policy_connect_init((u_char *)anyone,
	    DMARC_POLICY_IP_TYPE_IPV4);
	if (p == NULL)
		return DMARC_OUTCOME_UNKNOWN;
	o = judge(c, p);
	(void)opendmarc_policy_connect_shutdown(p);
	return o;
}

#else	/* !HAVE_OPENDMARC */

bool
dmarc_compare_there(void)
{
	return false;
}

bool
dmarc_compare_open(const char *list_file)
{
	(void)list_file;
	return true;
}

static enum dmarc_outcome
their_outcome(const struct comparison *c)
{
	(void)c;
	return DMARC_OUTCOME_UNKNOWN;
}

#endif

/* ---- the record that OpenDMARC would have found (RFC 7489, 6.6.3) ------- */

/* The first record at _dmarc of a name. False when it could not be had. */
static bool
first_record(struct comparison *c, struct dns_scope *dns, struct span domain)
{
	struct span name = span_of(arena_printf(c->a, "_dmarc.%.*s",
	    SPAN_ARG(domain)));
	const struct dns_answer *ans;
	struct dmarc_record r;
	size_t i;

	if (name.p == NULL)
		return false;
	ans = dns_lookup(dns, DNS_TXT, name);
	for (i = 0; ans->status == DNS_OK && i < ans->count; i++) {
		if (!dmarc_record_parse(ans->record[i].txt, &r))
			continue;
		c->several = c->text.len > 0;
		if (c->several)
			break;
		c->text = arena_span(c->a, ans->record[i].txt);
		c->domain = domain;
	}
	return dns_known(ans->status) || ans->status == DNS_BADNAME;
}

bool
dmarc_compare(struct arena *a, struct dns_scope *dns,
    const struct suffixes *suffixes, const struct dmarc_identifier *id,
    size_t nids, const struct dmarc_result *ours,
    struct dmarc_comparison *out)
{
	struct span author = ours->author_domain;
	struct comparison c = { .a = a, .suffixes = suffixes, .id = id,
	    .nids = nids, .ours = ours, .text = SPAN(""),
	    .domain = author, .outcome = our_outcome(ours) };

	*out = (struct dmarc_comparison){ .ours = c.outcome };
	if (!dmarc_compare_there() || suffixes == NULL || author.len == 0 ||
	    c.outcome == DMARC_OUTCOME_UNKNOWN ||
	    !first_record(&c, dns, author))
		return false;
	if (c.text.len == 0 && !first_record(&c, dns,
	    suffixes_org_domain(suffixes, author)))
		return false;
	c.theirs = out->theirs = their_outcome(&c);
	out->differs = c.theirs != c.outcome;
	if (out->differs)
		out->known = explain(&c);
	return c.theirs != DMARC_OUTCOME_UNKNOWN;
}
