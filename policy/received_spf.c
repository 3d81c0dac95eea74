#include "config.h"
#include "policy/received_spf.h"

#include "message/ip.h"
#include "policy/authres_text.h"
#include "policy/fieldtext.h"

/* What the result means, with the client for %1 and the domain for %2. */
static const char *
meaning(enum result r)
{
	switch (r) {
	case RESULT_PASS:
		return "%1 may send mail for %2";
	case RESULT_FAIL:
		return "%1 may not send mail for %2";
	case RESULT_SOFTFAIL:
		return "%1 most likely may not send mail for %2";
	case RESULT_NEUTRAL:
		return "%2 leaves it open whether %1 may send mail for it";
	case RESULT_TEMPERROR:
		return "for now it cannot be told whether %1 may send mail "
		    "for %2";
	case RESULT_PERMERROR:
		return "the SPF record of %2 cannot be used";
	default:
		return "";
	}
}

/* "mx.home.example: 192.0.2.1 may send mail for example.com" */
static struct span
comment(struct arena *a, const struct spf_result *r,
    const struct spf_client *c)
{
	const char *p = meaning(r->result);
	struct strbuf sb;

	strbuf_init(&sb, a);
	if (c->receiver.len > 0) {
		strbuf_add(&sb, field_shown(c->receiver));
		strbuf_adds(&sb, ": ");
	}
	for (; *p != '\0'; p++) {
		if (*p != '%')
			strbuf_addc(&sb, *p);
		else if (*++p == '1')
			strbuf_add(&sb, ip_text(a, &c->ip));
		else
			strbuf_add(&sb, field_shown(r->domain));
	}
	if (r->result == RESULT_NONE)
		strbuf_add(&sb, field_shown(r->problem));
	return strbuf_span(&sb);
}

/* A key with its value: a dot-atom where it is one, else a quoted string. */
static void
add_pair(struct field_writer *w, const char *key, struct span value)
{
	if (w->word.len > 0) {
		strbuf_addc(&w->word, ';');
		field_word_end(w);
	}
	strbuf_adds(&w->word, key);
	strbuf_addc(&w->word, '=');
	if (value.len <= FIELD_MAX_TEXT && authres_is_dot_atom(value)) {
		strbuf_add(&w->word, value);
		return;
	}
	field_add_quoted(w, value);
}

static void
add_mechanism(struct field_writer *w, const struct spf_result *r)
{
	switch (r->result) {
	case RESULT_PASS:
	case RESULT_FAIL:
	case RESULT_SOFTFAIL:
	case RESULT_NEUTRAL:
		add_pair(w, "mechanism", r->term.len > 0 ? r->term :
		    SPAN("default"));
		break;
	case RESULT_TEMPERROR:
	case RESULT_PERMERROR:
		add_pair(w, "problem", r->problem);
		break;
	default:
		break;
	}
}

struct span
received_spf_compose(struct arena *a, const struct spf_result *r,
    enum spf_identity id, const struct spf_client *c)
{
	struct span text = comment(a, r, c);
	struct field_writer w;

	if (text.p == NULL)
		return text;
	field_begin(&w, a, "Received-SPF");
	strbuf_adds(&w.word, result_name(r->result));
	field_word_end(&w);
	strbuf_addc(&w.word, '(');
	field_add_comment(&w, text);
	strbuf_addc(&w.word, ')');
	field_word_end(&w);
	add_pair(&w, "identity", id == SPF_HELO ? SPAN("helo") :
	    SPAN("mailfrom"));
	if (!IN6_IS_ADDR_UNSPECIFIED(&c->ip))
		add_pair(&w, "client-ip", ip_text(a, &c->ip));
	if (c->helo.len > 0)
		add_pair(&w, "helo", c->helo);
	add_pair(&w, "envelope-from", id == SPF_HELO ? c->mail_from :
	    r->sender);
	add_pair(&w, "receiver", c->receiver.len > 0 ? c->receiver :
	    SPAN("unknown"));
	add_mechanism(&w, r);
	return field_end(&w);
}
