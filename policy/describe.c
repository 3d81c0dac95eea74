#include "config.h"
#include "policy/describe.h"

#include "base/strbuf.h"
#include "message/address.h"
#include "message/ip.h"

/*
 * So much of b= tells one signature from another (RFC 6008: at least eight
 * characters).
 */
#define HEADER_B_LEN	8

static struct span
words(const char *text)
{
	return span_of(text != NULL ? text : "");
}

static void
describe_iprev(struct arena *a, const struct mail_client *client,
    const struct iprev_result *r, struct method_result *m)
{
	m->method = "iprev";
	m->result = r->result;
	m->reason = words(r->reason);
	m->comment = r->name;
	method_result_add(m, "policy.iprev", ip_text(a, &client->ip));
}

/* A pass that many others would get as well. */
static void
add_wide(struct strbuf *sb, const struct spf_result *r)
{
	strbuf_adds(sb, "; too wide: ");
	strbuf_add(sb, r->match);
	strbuf_adds(sb, " of ");
	strbuf_add(sb, r->match_domain);
	if (r->match_bits == 0)
		strbuf_adds(sb, " lets everybody pass");
	else
		strbuf_addf(sb, " lets a whole /%u pass", r->match_bits);
}

/* "-all of example.com", the term that decided. */
static struct span
spf_comment(struct arena *a, const struct spf_result *r)
{
	struct strbuf sb;

	if (r->term.len == 0)
		return (struct span){ NULL, 0 };
	strbuf_init(&sb, a);
	strbuf_add(&sb, r->term);
	strbuf_adds(&sb, " of ");
	strbuf_add(&sb, r->term_domain);
	if (r->wide)
		add_wide(&sb, r);
	return strbuf_span(&sb);
}

/*
 * The address that a MAIL FROM means, with its local part unquoted, which is
 * what a property holds; as it stands when it is no path.
 */
static struct span
sender_address(struct arena *a, struct span sender)
{
	struct address ad;
	struct strbuf sb;

	if (!address_parse_path(a, sender, &ad) || ad.domain.len == 0)
		return sender;
	strbuf_init(&sb, a);
	strbuf_add(&sb, ad.local);
	strbuf_addc(&sb, '@');
	strbuf_add(&sb, ad.domain);
	return strbuf_span(&sb);
}

static void
describe_spf(struct arena *a, const struct spf_result *r,
    const char *property, struct span value, struct method_result *m)
{
	m->method = "spf";
	m->result = r->result;
	m->reason = r->problem;
	m->comment = spf_comment(a, r);
	method_result_add(m, property, value);
}

/* Nothing, where there is neither a sender nor a HELO: "postmaster@". */
static struct span
mail_from(struct arena *a, struct span sender)
{
	if (sender.len > 0 && sender.p[sender.len - 1] == '@')
		return (struct span){ NULL, 0 };
	return sender_address(a, sender);
}

/* The HELO as it was said, also when it is no name that could be checked. */
static struct span
helo_name(const struct spf_result *r)
{
	return r->domain.len > 0 ? r->domain :
	    span_skip(r->sender, span_rfind(r->sender, '@') + 1);
}

static struct span
dkim_comment(struct arena *a, const struct dkim_result *r)
{
	const char *text;

	if (r->key_bits == 0)
		return (struct span){ NULL, 0 };
	text = arena_printf(a, "%u-bit key%s", r->key_bits,
	    r->testing ? ", testing (t=y)" : "");
	return words(text);
}

static void
describe_dkim(struct arena *a, const struct dkim_result *r,
    struct method_result *m)
{
	const struct dkim_signature *sig = &r->sig;

	m->method = "dkim";
	m->result = r->result;
	m->reason = words(r->reason);
	m->comment = dkim_comment(a, r);
	method_result_add(m, "header.d", sig->domain);
	method_result_add(m, "header.i", sig->identity);
	method_result_add(m, "header.s", sig->selector);
	method_result_add(m, "header.a", sig->algorithm);
	method_result_add(m, "header.b",
	    span_head(sig->signature_text, HEADER_B_LEN));
}

void
describe_policy(struct strbuf *sb, const struct dmarc_result *r)
{
	if (!r->has_policy)
		return;
	if (r->record->bad_policy)
		strbuf_adds(sb, "no valid policy, taken as p=none, ");
	else
		strbuf_addf(sb, "%s=%s ", r->policy_tag,
		    dmarc_policy_name(r->published));
	strbuf_addf(sb, "of %.*s", SPAN_ARG(r->policy_domain));
	if (r->policy != r->published)
		strbuf_addf(sb, ", lowered to %s by t=y",
		    dmarc_policy_name(r->policy));
}

/* The policy, and what was held against it. */
static struct span
dmarc_comment(struct arena *a, const struct dmarc_result *r,
    const struct verdict *v)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	describe_policy(&sb, r);
	if (v->override != NULL)
		strbuf_addf(&sb, "%soverride: %s: %s", sb.len > 0 ? ", " : "",
		    v->override, v->override_why);
	return strbuf_span(&sb);
}

static void
describe_dmarc(struct arena *a, const struct dmarc_result *r,
    const struct verdict *v, struct method_result *m)
{
	m->method = "dmarc";
	m->result = r->result;
	m->reason = words(r->reason);
	m->comment = dmarc_comment(a, r, v);
	method_result_add(m, "header.from", r->author_domain);
	if (r->has_policy)
		method_result_add(m, "policy.dmarc",
		    words(dmarc_policy_name(r->policy)));
}

const struct method_result *
describe_results(struct arena *a, const struct mail_client *client,
    const struct results *r, const struct verdict *v, size_t *n_out)
{
	struct method_result *m;
	size_t n = 0, i;

	m = arena_array(a, r->ndkim + 5, sizeof(*m));
	if (m == NULL)
		return NULL;
	if (r->iprev != NULL)
		describe_iprev(a, client, r->iprev, &m[n++]);
	if (r->spf_mail_from != NULL)
		describe_spf(a, r->spf_mail_from, "smtp.mailfrom",
		    mail_from(a, r->spf_mail_from->sender), &m[n++]);
	if (r->spf_helo != NULL)
		describe_spf(a, r->spf_helo, "smtp.helo",
		    helo_name(r->spf_helo), &m[n++]);
	for (i = 0; i < r->ndkim; i++)
		describe_dkim(a, &r->dkim[i], &m[n++]);
	if (r->ndkim == 0)
		m[n++] = (struct method_result){
			.method = "dkim", .result = RESULT_NONE,
		};
	if (r->dmarc != NULL)
		describe_dmarc(a, r->dmarc, v, &m[n++]);
	*n_out = n;
	return m;
}

const struct method_result *
describe_login(struct arena *a, const struct mail_envelope *e,
    bool show_login, size_t *n_out)
{
	struct method_result *m;

	*n_out = e->auth_type.len > 0 || e->auth_login.len > 0;
	if (*n_out == 0)
		return NULL;
	m = arena_alloc(a, sizeof(*m));
	if (m == NULL)
		return NULL;
	m->method = "auth";
	m->result = RESULT_PASS;
	if (show_login)
		method_result_add(m, "smtp.auth", e->auth_login);
	return m;
}
