#include "config.h"
#include "policy/spf_reason.h"

#include "policy/verdict.h"

/* ---- the parts of a template -------------------------------------------- */

static void
add_rejectdefer(struct strbuf *sb, const struct spf_reason *r)
{
	strbuf_adds(sb, r->deferred ? "deferred" : "rejected");
}

/* "client 192.0.2.1 is not permitted by example.com, which explains: ..." */
static void
add_verdict(struct strbuf *sb, const struct spf_reason *r)
{
	static const char *const words[] = {
		[RESULT_FAIL] = "is not permitted by",
		[RESULT_SOFTFAIL] = "is probably not permitted by",
		[RESULT_NEUTRAL] = "is not vouched for by",
	};
	const struct spf_result *spf = r->spf;

	strbuf_adds(sb, "client ");
	strbuf_add(sb, r->client);
	strbuf_addf(sb, " %s ", words[spf->result]);
	verdict_add_safe(sb, spf->domain);
	if (spf->explanation.len > 0) {
		strbuf_adds(sb, ", which explains: ");
		verdict_add_safe(sb, spf->explanation);
	}
}

static void
add_cause(struct strbuf *sb, const struct spf_reason *r)
{
	const struct spf_result *spf = r->spf;

	if (spf->result == RESULT_TEMPERROR || spf->result == RESULT_PERMERROR)
		verdict_add_safe(sb, spf->problem);
	else
		add_verdict(sb, r);
}

static void
add_spf(struct strbuf *sb, const struct spf_reason *r)
{
	if (r->by_list)
		strbuf_addf(sb, "receiver policy for SPF %s: ",
		    result_name(r->spf->result));
	else
		strbuf_addf(sb, "SPF %s: ", result_name(r->spf->result));
	add_cause(sb, r);
}

static void
add_query(struct strbuf *sb, struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (ascii_isalnum(c) || c == '.' || c == '-' || c == '@' ||
		    c == ':' || c == '_')
			strbuf_addc(sb, (char)c);
		else
			strbuf_addf(sb, "%%%02X", c);
	}
}

/* The site is gone, but the shape of its address is what {url} means. */
static void
add_url(struct strbuf *sb, const struct spf_reason *r)
{
	strbuf_addf(sb, "http://www.openspf.net/Why?s=%s;id=",
	    r->identity == SPF_HELO ? "helo" : "mfrom");
	add_query(sb, r->identity == SPF_HELO ? r->spf->domain :
	    r->spf->sender);
	strbuf_adds(sb, ";ip=");
	add_query(sb, r->client);
	if (r->receiver.len > 0) {
		strbuf_adds(sb, ";r=");
		add_query(sb, r->receiver);
	}
}

/* ---- templates ---------------------------------------------------------- */

static const struct {
	const char	*name;
	void		(*add)(struct strbuf *sb, const struct spf_reason *r);
} parts[] = {
	{ "rejectdefer", add_rejectdefer }, { "spf", add_spf },
	{ "url", add_url },
};

#define NPARTS	(sizeof(parts) / sizeof(parts[0]))

enum token { TOKEN_END, TOKEN_TEXT, TOKEN_PART, TOKEN_BAD };

/* The next piece of a template: a byte as it stands, or a part. */
static enum token
next_token(struct span *rest, char *c_out, size_t *part_out)
{
	struct span name;
	size_t close, i;

	if (rest->len == 0)
		return TOKEN_END;
	*c_out = rest->p[0];
	*rest = span_skip(*rest, 1);
	if (*c_out != '{' && *c_out != '}')
		return TOKEN_TEXT;
	if (rest->len > 0 && rest->p[0] == *c_out) {
		*rest = span_skip(*rest, 1);
		return TOKEN_TEXT;
	}
	close = span_find(*rest, '}');
	if (*c_out == '}' || close == rest->len)
		return TOKEN_BAD;
	name = span_head(*rest, close);
	*rest = span_skip(*rest, close + 1);
	for (i = 0; i < NPARTS; i++)
		if (span_is(name, parts[i].name)) {
			*part_out = i;
			return TOKEN_PART;
		}
	return TOKEN_BAD;
}

const char *
spf_reason_check(struct span message)
{
	enum token t;
	size_t part;
	char c;

	while ((t = next_token(&message, &c, &part)) != TOKEN_END) {
		if (t == TOKEN_BAD)
			return "in braces there may be rejectdefer, spf and "
			    "url; for a brace itself write two";
		if (t == TOKEN_TEXT && (c < ' ' || c > '~'))
			return "must be printable ASCII, as an SMTP reply is";
	}
	return NULL;
}

static void
add_own_words(struct strbuf *sb, const struct spf_reason *r)
{
	strbuf_addf(sb, "SPF %s for %s ", result_name(r->spf->result),
	    r->identity == SPF_HELO ? "HELO" : "MAIL FROM");
	verdict_add_safe(sb, r->spf->sender);
	strbuf_adds(sb, ": ");
	add_cause(sb, r);
	if (r->by_list)
		strbuf_adds(sb, " (mail of this domain must pass SPF here)");
}

void
spf_reason_text(struct strbuf *sb, struct span message,
    const struct spf_reason *r)
{
	enum token t;
	size_t part;
	char c;

	if (message.len == 0)
		add_own_words(sb, r);
	while ((t = next_token(&message, &c, &part)) != TOKEN_END) {
		if (t == TOKEN_PART)
			parts[part].add(sb, r);
		else if (t == TOKEN_TEXT)
			strbuf_addc(sb, c);
	}
}
