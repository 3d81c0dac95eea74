#include "config.h"
#include "policy/spf_lint.h"

#include <stdio.h>

#include "policy/spf.h"
#include "policy/spf_record.h"

/* Terms that pass more than this are said to be wide. */
#define WIDE_BITS4	16
#define WIDE_BITS6	32

/* One string of a TXT record; a record that fits an answer by UDP (3.4). */
#define MAX_STRING	255
#define MAX_RECORD	450

/* Includes within includes. */
#define MAX_DEPTH	20

struct linter {
	struct arena	*a;
	struct dns_scope *dns;
	struct spf_lint	*out;
	struct spf_finding **last_finding;
	struct spf_branch **last_branch;
	unsigned	 records;
	struct span	 path[MAX_DEPTH];	/* of domains, down to here */
};

/* The record that is looked at. */
struct here {
	struct span	 domain;
	struct spf_record record;
	unsigned	 depth;
};

/* ---- findings ----------------------------------------------------------- */

static void	found(struct linter *l, enum spf_lint_level level,
		    const struct here *h, struct span where, const char *fmt,
		    ...) __attribute__((format(printf, 5, 6)));

static void
found(struct linter *l, enum spf_lint_level level, const struct here *h,
    struct span where, const char *fmt, ...)
{
	struct spf_finding *f = arena_alloc(l->a, sizeof(*f));
	struct strbuf sb;
	char text[600];
	va_list ap;

	if (f == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strbuf_init(&sb, l->a);
	strbuf_adds(&sb, text);
	f->level = level;
	f->domain = h->domain;
	f->record = h->record.text;
	f->where = where;
	f->what = strbuf_str(&sb);
	l->out->errors += level == SPF_LINT_ERROR;
	l->out->warnings += level == SPF_LINT_WARNING;
	*l->last_finding = f;
	l->last_finding = &f->next;
}

static const struct span nowhere = { NULL, 0 };

/* ---- typing mistakes ---------------------------------------------------- */

static const char *const known[] = {
	"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists",
	"redirect", "exp",
};

#define NKNOWN	(sizeof(known) / sizeof(known[0]))
#define MAX_WORD	16

/* Insertions, deletions, changes and swaps that lead from `s` to `word`. */
static unsigned
distance(struct span s, struct span word)
{
	unsigned d[MAX_WORD + 1][MAX_WORD + 1];
	size_t i, k;

	for (i = 0; i <= s.len; i++) {
		for (k = 0; k <= word.len; k++) {
			bool same = i > 0 && k > 0 &&
			    ascii_lower((unsigned char)s.p[i - 1]) ==
			    (unsigned char)word.p[k - 1];
			unsigned best = (unsigned)(i + k);

			if (i > 0 && k > 0) {
				best = d[i - 1][k - 1] + !same;
				if (d[i - 1][k] + 1 < best)
					best = d[i - 1][k] + 1;
				if (d[i][k - 1] + 1 < best)
					best = d[i][k - 1] + 1;
			}
			if (i > 1 && k > 1 && s.p[i - 1] == word.p[k - 2] &&
			    s.p[i - 2] == word.p[k - 1] &&
			    d[i - 2][k - 2] + 1 < best)
				best = d[i - 2][k - 2] + 1;
			d[i][k] = best;
		}
	}
	return d[s.len][word.len];
}

/* The word that may have been meant; NULL: none. */
static const char *
meant(struct span name)
{
	const char *best = NULL;
	unsigned least = 3, n;
	size_t i;

	if (span_is_nocase(name, "ip") || span_is_nocase(name, "ipv4"))
		return "ip4";
	if (span_is_nocase(name, "ipv6"))
		return "ip6";
	if (name.len < 2 || name.len > MAX_WORD)
		return NULL;
	for (i = 0; i < NKNOWN; i++) {
		n = distance(name, span_of(known[i]));
		if (n < least && n < name.len) {
			least = n;
			best = known[i];
		}
	}
	return best;
}

static bool
is_modifier_word(const char *word)
{
	return strcmp(word, "redirect") == 0 || strcmp(word, "exp") == 0;
}

static void
syntax_error(struct linter *l, const struct here *h,
    const struct spf_fault *fault)
{
	const char *word = strcmp(fault->why, "unknown mechanism") == 0 ?
	    meant(fault->where) : NULL;

	found(l, SPF_LINT_ERROR, h, fault->where, "%s; the whole record is "
	    "unusable (permerror)%s%s%s", fault->why,
	    word != NULL ? "; is it " : "", word != NULL ? word : "",
	    word == NULL ? "" : is_modifier_word(word) ? "= ?" : "?");
}

/* "include=x" and "redirct=x" are modifiers that nobody knows. */
static void
look_at_modifier(struct linter *l, const struct here *h,
    const struct spf_term *t)
{
	struct span name = span_head(t->text, span_find(t->text, '='));
	const char *word = meant(name);

	if (word == NULL)
		found(l, SPF_LINT_NOTE, h, t->text, "no checker knows the "
		    "modifier \"%.*s\"; it is ignored", SPAN_ARG(name));
	else if (is_modifier_word(word))
		found(l, SPF_LINT_ERROR, h, t->text, "no checker knows this "
		    "modifier, it is ignored; is it \"%s=\"?", word);
	else
		found(l, SPF_LINT_ERROR, h, t->text, "ignored as an unknown "
		    "modifier; write \"%s:\"", word);
}

/* ---- the terms by themselves -------------------------------------------- */

static void
look_at_network(struct linter *l, const struct here *h,
    const struct spf_term *t)
{
	bool is4 = t->kind == SPF_IP4;
	unsigned bits = is4 ? 96 + t->bits4 : t->bits6;
	struct in6_addr net = t->net;
	unsigned i;
	bool stray = false;

	for (i = bits; i < 128; i++)
		stray |= (net.s6_addr[i / 8] & (0x80 >> i % 8)) != 0;
	if (stray)
		found(l, SPF_LINT_NOTE, h, t->text, "the address has bits "
		    "behind the prefix; the whole network is meant");
}

/* How much of the address space a term lets pass. */
static void
look_at_width(struct linter *l, const struct here *h,
    const struct spf_term *t)
{
	bool four = t->kind != SPF_IP6 && t->bits4 < WIDE_BITS4;
	bool six = t->kind != SPF_IP4 && t->bits6 < WIDE_BITS6;

	if (t->result != RESULT_PASS || t->kind < SPF_A ||
	    t->kind == SPF_PTR || t->kind == SPF_EXISTS)
		return;
	if (four)
		found(l, SPF_LINT_WARNING, h, t->text, "lets a /%u pass, %llu "
		    "addresses", t->bits4,
		    (unsigned long long)(UINT64_C(1) << (32 - t->bits4)));
	if (six)
		found(l, SPF_LINT_WARNING, h, t->text, "lets an IPv6 /%u pass",
		    t->bits6);
}

static void
look_at_all(struct linter *l, const struct here *h, const struct spf_term *t)
{
	if (t->result == RESULT_PASS)
		found(l, SPF_LINT_ERROR, h, t->text, "lets everybody pass: "
		    "anyone can send as this domain");
	else if (t->result == RESULT_NEUTRAL && h->depth == 0)
		found(l, SPF_LINT_WARNING, h, t->text, "says nothing about "
		    "all other hosts");
	if (h->record.redirect != NULL)
		found(l, SPF_LINT_WARNING, h, h->record.redirect->text,
		    "never reached: the record has \"all\"");
}

static void
look_for_twins(struct linter *l, const struct here *h, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (span_eq_nocase(h->record.term[k].text,
		    h->record.term[i].text)) {
			found(l, SPF_LINT_WARNING, h, h->record.term[i].text,
			    "stands there twice");
			return;
		}
}

static void
look_at_term(struct linter *l, const struct here *h, size_t i)
{
	const struct spf_term *t = &h->record.term[i];

	look_for_twins(l, h, i);
	if (h->record.all != NULL && t > h->record.all &&
	    t->kind < SPF_REDIRECT)
		found(l, SPF_LINT_WARNING, h, t->text,
		    "never reached: it stands behind \"all\"");
	look_at_width(l, h, t);
	switch (t->kind) {
	case SPF_ALL:
		if (t == h->record.all)
			look_at_all(l, h, t);
		break;
	case SPF_IP4:
	case SPF_IP6:
		look_at_network(l, h, t);
		break;
	case SPF_PTR:
		found(l, SPF_LINT_WARNING, h, t->text, "slow and unreliable, "
		    "and not to be used (RFC 7208, 5.5)");
		break;
	case SPF_UNKNOWN:
		look_at_modifier(l, h, t);
		break;
	default:
		break;
	}
}

/* ---- following the terms ------------------------------------------------ */

/* The answer to a question; NULL when there is none, which is noted. */
static const struct dns_answer *
ask(struct linter *l, const struct here *h, struct span where,
    enum dns_type type, struct span name)
{
	const struct dns_answer *ans = dns_lookup(l->dns, type, name);

	if (dns_known(ans->status))
		return ans;
	l->out->incomplete = true;
	found(l, SPF_LINT_ERROR, h, where, "%s of %.*s could not be looked "
	    "up: %s", dns_type_name(type), SPAN_ARG(name),
	    ans->why != NULL ? ans->why : dns_status_name(ans->status));
	return NULL;
}

static bool
has_address(struct linter *l, const struct here *h, struct span where,
    struct span name)
{
	const struct dns_answer *a, *aaaa;

	dns_prefetch(l->dns, DNS_AAAA, name);
	a = ask(l, h, where, DNS_A, name);
	if (a == NULL || a->count > 0)
		return true;
	aaaa = ask(l, h, where, DNS_AAAA, name);
	return aaaa == NULL || aaaa->count > 0;
}

static void
void_lookup(struct linter *l, const struct here *h, struct spf_branch *b,
    struct span where, struct span name, const char *lacks)
{
	b->voids++;
	found(l, SPF_LINT_WARNING, h, where, "%.*s has no %s: a void lookup",
	    SPAN_ARG(name), lacks);
}

static void
follow_mx(struct linter *l, const struct here *h, const struct spf_term *t,
    struct span name, struct spf_branch *b)
{
	const struct dns_answer *ans = ask(l, h, t->text, DNS_MX, name);
	size_t i;

	if (ans == NULL)
		return;
	if (ans->count == 0)
		void_lookup(l, h, b, t->text, name, "MX");
	if (ans->count > SPF_MAX_NAMES)
		found(l, SPF_LINT_ERROR, h, t->text, "%zu MX hosts, more than "
		    "%d are permerror", ans->count, SPF_MAX_NAMES);
	for (i = 0; i < ans->count && i < SPF_MAX_NAMES; i++)
		dns_prefetch(l->dns, DNS_A, ans->record[i].mx.name);
	for (i = 0; i < ans->count && i < SPF_MAX_NAMES; i++)
		if (ans->record[i].mx.name.len > 0 && !has_address(l, h,
		    t->text, ans->record[i].mx.name))
			found(l, SPF_LINT_WARNING, h, t->text, "the MX host "
			    "%.*s has no address",
			    SPAN_ARG(ans->record[i].mx.name));
}

static void	visit(struct linter *l, struct span domain, struct span text,
		    const struct here *from, const struct spf_term *by,
		    struct spf_branch *b, unsigned depth);

/* The name of a term that is the same for every client; p NULL: it is not. */
static struct span
fixed_target(struct linter *l, const struct here *h, const struct spf_term *t)
{
	struct spf_macro_env env = { .sender = SPAN("") };
	struct span name = { NULL, 0 };

	if (t->domain.npieces == 0)
		return h->domain;
	if (spf_macro_uses(&t->domain, "slopihcrtv"))
		return name;
	env.domain = h->domain;
	if (spf_macro_name(l->a, &t->domain, &env, &name) != SPF_EXPAND_OK)
		return (struct span){ NULL, 0 };
	return name;
}

static void
follow_exists(struct linter *l, const struct here *h,
    const struct spf_term *t, struct span name, struct spf_branch *b)
{
	const struct dns_answer *ans = ask(l, h, t->text, DNS_A, name);

	if (ans == NULL)
		return;
	if (ans->count == 0)
		void_lookup(l, h, b, t->text, name, "address");
	else
		found(l, t->result == RESULT_PASS ? SPF_LINT_ERROR :
		    SPF_LINT_WARNING, h, t->text, "true for everybody: "
		    "there is no macro in it");
}

static void
follow(struct linter *l, const struct here *h, const struct spf_term *t,
    struct spf_branch *b)
{
	struct span name = fixed_target(l, h, t);

	if (name.p == NULL) {
		b->unknown = true;
		return;
	}
	switch (t->kind) {
	case SPF_A:
		if (!has_address(l, h, t->text, name))
			void_lookup(l, h, b, t->text, name, "address");
		break;
	case SPF_MX:
		follow_mx(l, h, t, name, b);
		break;
	case SPF_EXISTS:
		follow_exists(l, h, t, name, b);
		break;
	case SPF_INCLUDE:
	case SPF_REDIRECT:
		visit(l, name, nowhere, h, t, b, h->depth + 1);
		break;
	default:
		break;
	}
}

static struct spf_branch *
branch_new(struct linter *l, const struct here *h, const struct spf_term *t)
{
	struct spf_branch *b = arena_alloc(l->a, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->depth = h->depth;
	b->domain = h->domain;
	b->term = arena_span(l->a, t->text);
	b->lookups = 1;
	*l->last_branch = b;
	l->last_branch = &b->next;
	return b;
}

/* Terms behind "all" are never reached and cost nothing. */
static bool
is_reached(const struct here *h, const struct spf_term *t)
{
	return h->record.all == NULL || (t->kind != SPF_REDIRECT &&
	    t < h->record.all);
}

static void
follow_terms(struct linter *l, const struct here *h, struct spf_branch *sum)
{
	size_t i;

	for (i = 0; i < h->record.nterms; i++) {
		const struct spf_term *t = &h->record.term[i];
		struct spf_branch *b;

		look_at_term(l, h, i);
		if (!spf_term_needs_dns(t) || !is_reached(h, t))
			continue;
		b = branch_new(l, h, t);
		if (b == NULL)
			return;
		follow(l, h, t, b);
		sum->lookups += b->lookups;
		sum->voids += b->voids;
		sum->unknown |= b->unknown;
	}
}

/* ---- records ------------------------------------------------------------ */

/* TXT records that their author may take for SPF. */
static bool
looks_like_spf(struct span txt)
{
	return !spf_record_is(txt) && (span_starts_nocase(span_trim(txt),
	    "v=spf") || span_starts_nocase(span_trim(txt), "spf1") ||
	    span_starts_nocase(span_trim(txt), "\"v=spf") ||
	    span_starts_nocase(span_trim(txt), "v = spf"));
}

/* The one SPF record of a domain; p NULL: there is none to go on with. */
static struct span
published(struct linter *l, struct here *h, const struct here *from,
    const struct spf_term *by, struct spf_branch *b)
{
	const struct here *at = from != NULL ? from : h;
	struct span where = by != NULL ? by->text : nowhere, text = nowhere;
	const struct dns_answer *ans = ask(l, at, where, DNS_TXT, h->domain);
	size_t i, n = 0;

	if (ans == NULL)
		return nowhere;
	for (i = 0; i < ans->count; i++) {
		if (spf_record_is(ans->record[i].txt)) {
			text = ans->record[i].txt;
			n++;
		} else if (looks_like_spf(ans->record[i].txt))
			found(l, SPF_LINT_ERROR, h, nowhere, "a TXT record "
			    "looks like SPF and is none, it must begin with "
			    "\"v=spf1 \": \"%.*s\"",
			    SPAN_ARG(span_head(ans->record[i].txt, 60)));
	}
	if (n > 1)
		found(l, SPF_LINT_ERROR, h, nowhere, "%zu SPF records; more "
		    "than one are permerror", n);
	if (n == 1)
		return text;
	if (n == 0 && ans->count == 0 && from != NULL)
		b->voids++;
	if (n == 0)
		found(l, SPF_LINT_ERROR, at, where, "%.*s has no SPF record%s",
		    SPAN_ARG(h->domain), from != NULL ? " (permerror)" : "");
	return nowhere;
}

static void
look_at_length(struct linter *l, const struct here *h, bool draft)
{
	size_t len = h->record.text.len;

	if (draft && len > MAX_STRING)
		found(l, SPF_LINT_ERROR, h, span_skip(h->record.text,
		    MAX_STRING), "%zu bytes: publish it as several strings of "
		    "at most %d each, which are joined without a space", len,
		    MAX_STRING);
	if (len > MAX_RECORD)
		found(l, SPF_LINT_WARNING, h, nowhere, "%zu bytes: the answer "
		    "may not fit into one of UDP (RFC 7208, 3.4)", len);
}

static bool
is_loop(const struct linter *l, struct span domain, unsigned depth)
{
	unsigned i;

	for (i = 0; i < depth; i++)
		if (span_eq(l->path[i], domain))
			return true;
	return false;
}

static bool
may_visit(struct linter *l, struct span domain, const struct here *from,
    const struct spf_term *by, unsigned depth)
{
	if (from == NULL)
		return true;
	if (is_loop(l, domain, depth)) {
		found(l, SPF_LINT_ERROR, from, by->text, "a loop: %.*s is "
		    "being looked at already", SPAN_ARG(domain));
		return false;
	}
	if (depth < MAX_DEPTH && l->records < SPF_LINT_MAX_RECORDS)
		return true;
	found(l, SPF_LINT_ERROR, from, by->text, "not followed any further: "
	    "too many records");
	return false;
}

/* A record with all that it leads to; `text` empty: what is published. */
static void
visit(struct linter *l, struct span domain, struct span text,
    const struct here *from, const struct spf_term *by, struct spf_branch *b,
    unsigned depth)
{
	struct here h = { .domain = domain, .depth = depth };
	struct spf_fault fault;
	bool draft = text.len > 0;

	if (!may_visit(l, domain, from, by, depth))
		return;
	l->path[depth] = domain;
	l->records++;
	if (!draft)
		text = published(l, &h, from, by, b);
	if (text.p == NULL)
		return;
	h.record.text = arena_span(l->a, text);
	if (depth == 0)
		l->out->record = h.record.text;
	if (!spf_record_is(h.record.text)) {
		found(l, SPF_LINT_ERROR, &h, span_head(h.record.text, 7),
		    "must begin with \"v=spf1 \"");
		return;
	}
	look_at_length(l, &h, draft);
	if (spf_record_parse(l->a, h.record.text, &h.record, &fault) !=
	    SPF_PARSE_OK) {
		syntax_error(l, &h, &fault);
		return;
	}
	if (h.record.all == NULL && h.record.redirect == NULL && depth == 0)
		found(l, SPF_LINT_WARNING, &h, nowhere, "neither \"all\" nor "
		    "redirect at its end: it says nothing about all other "
		    "hosts");
	follow_terms(l, &h, b);
}

void
spf_lint(struct arena *a, struct dns_scope *dns, struct span domain,
    struct span record, struct spf_lint *out)
{
	struct linter l = { .a = a, .dns = dns, .out = out };
	struct spf_branch sum = { .lookups = 0 };
	struct here top = { .domain = domain };

	*out = (struct spf_lint){ .domain = domain };
	l.last_finding = &out->finding;
	l.last_branch = &out->branch;
	visit(&l, domain, record, NULL, NULL, &sum, 0);
	out->lookups = sum.lookups;
	out->voids = sum.voids;
	if (sum.lookups > SPF_MAX_TERMS)
		found(&l, SPF_LINT_ERROR, &top, nowhere, "%u terms need the "
		    "DNS, more than %d are permerror", sum.lookups,
		    SPF_MAX_TERMS);
	if (sum.voids > SPF_MAX_VOID)
		found(&l, SPF_LINT_ERROR, &top, nowhere, "%u lookups find "
		    "nothing, more than %d are permerror", sum.voids,
		    SPF_MAX_VOID);
	if (sum.unknown)
		found(&l, SPF_LINT_NOTE, &top, nowhere, "terms with macros "
		    "depend on the client and were not followed");
}

/* ---- text --------------------------------------------------------------- */

static void
add_escaped(struct strbuf *sb, struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		strbuf_addc(sb, s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '?');
}

static void
add_times(struct strbuf *sb, char c, size_t n)
{
	while (n-- > 0)
		strbuf_addc(sb, c);
}

/* So much of a record is shown before and behind the place. */
#define AROUND	30

/* The record, and below it the place. */
static void
add_place(struct strbuf *sb, const struct spf_finding *f)
{
	size_t at, begin, len;

	if (f->where.p == NULL || f->record.p == NULL ||
	    f->where.p < f->record.p ||
	    f->where.p > f->record.p + f->record.len)
		return;
	at = (size_t)(f->where.p - f->record.p);
	begin = at > AROUND ? at - AROUND : 0;
	len = f->where.len > 2 * AROUND ? 2 * AROUND : f->where.len;
	strbuf_adds(sb, begin > 0 ? "    ..." : "    ");
	add_escaped(sb, span_head(span_skip(f->record, begin),
	    at - begin + len + AROUND));
	strbuf_adds(sb, at + len + AROUND < f->record.len ? "...\n    " :
	    "\n    ");
	add_times(sb, ' ', at - begin + (begin > 0 ? 3 : 0));
	add_times(sb, '^', len > 0 ? len : 1);
	strbuf_addc(sb, '\n');
}

static void
add_finding(struct strbuf *sb, const struct spf_finding *f)
{
	static const char *const words[] = {
		[SPF_LINT_NOTE] = "note", [SPF_LINT_WARNING] = "warning",
		[SPF_LINT_ERROR] = "error",
	};

	strbuf_addf(sb, "%s: ", words[f->level]);
	add_escaped(sb, f->domain);
	strbuf_adds(sb, ": ");
	add_escaped(sb, span_of(f->what != NULL ? f->what : ""));
	strbuf_addc(sb, '\n');
	add_place(sb, f);
}

static void
add_branch(struct strbuf *sb, const struct spf_branch *b)
{
	add_times(sb, ' ', 2 * (b->depth + 1));
	add_escaped(sb, b->term);
	strbuf_addf(sb, ": %u%s", b->lookups, b->unknown ? " or more" : "");
	if (b->voids > 0)
		strbuf_addf(sb, ", void: %u", b->voids);
	strbuf_addc(sb, '\n');
}

void
spf_lint_text(const struct spf_lint *l, struct strbuf *out)
{
	const struct spf_finding *f;
	const struct spf_branch *b;
	int level;

	add_escaped(out, l->domain);
	strbuf_adds(out, ": ");
	add_escaped(out, l->record.len > 0 ? l->record :
	    SPAN("no SPF record"));
	strbuf_addc(out, '\n');
	for (b = l->branch; b != NULL; b = b->next)
		add_branch(out, b);
	strbuf_addf(out, "%u of %d terms that need DNS, %u of %d void "
	    "lookups\n", l->lookups, SPF_MAX_TERMS, l->voids, SPF_MAX_VOID);
	for (level = SPF_LINT_ERROR; level >= SPF_LINT_NOTE; level--)
		for (f = l->finding; f != NULL; f = f->next)
			if ((int)f->level == level)
				add_finding(out, f);
}
