#include "config.h"
#include "policy/received_spf.h"

#include "message/ip.h"
#include "policy/authres_text.h"

#define MAX_COLUMN	78
#define FIRST_COLUMN	(sizeof("Received-SPF:") - 1)
#define TAB_COLUMN	8

/* Octets of one value that are shown. */
#define MAX_TEXT	256

struct writer {
	struct strbuf	 out;
	struct strbuf	 word;		/* never split */
	size_t		 column;
};

/* Put the word behind a space or, where it would not fit, a fold. */
static void
word_end(struct writer *w)
{
	struct span word = strbuf_span(&w->word);

	if (word.len == 0)
		return;
	if (w->column + 1 + word.len > MAX_COLUMN) {
		strbuf_adds(&w->out, "\r\n\t");
		w->column = TAB_COLUMN;
	} else {
		strbuf_addc(&w->out, ' ');
		w->column++;
	}
	strbuf_add(&w->out, word);
	w->column += word.len;
	strbuf_cut(&w->word, 0);
}

/* Whole characters of at most MAX_TEXT octets. */
static struct span
shown(struct span text)
{
	size_t len = MAX_TEXT;

	if (text.len <= MAX_TEXT)
		return text;
	while (len > MAX_TEXT - 3 && (text.p[len] & 0xc0) == 0x80)
		len--;
	return span_head(text, len);
}

/*
 * Text for inside of a comment or of a quoted string; '?' is what no reader is
 * to see. In a comment a line may be folded at its spaces.
 */
static void
add_text(struct writer *w, struct span text, const char *special, bool fold)
{
	text = shown(text);
	while (text.len > 0) {
		size_t len = authres_printable(text);

		if (len == 0) {
			strbuf_addc(&w->word, '?');
			len = 1;
		} else if (fold && text.p[0] == ' ') {
			word_end(w);
		} else {
			if (strchr(special, text.p[0]) != NULL)
				strbuf_addc(&w->word, '\\');
			strbuf_add(&w->word, span_head(text, len));
		}
		text = span_skip(text, len);
	}
}

static void
comment_words(struct writer *w, const char *words)
{
	add_text(w, span_of(words), "", true);
}

static void
comment_text(struct writer *w, struct span text)
{
	add_text(w, text, "()\\", true);
}

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

/* "(mx.home.example: 192.0.2.1 may send mail for example.com)" */
static void
add_comment(struct writer *w, const struct spf_result *r,
    const struct spf_client *c)
{
	const char *p = meaning(r->result);

	strbuf_addc(&w->word, '(');
	if (c->receiver.len > 0) {
		comment_text(w, c->receiver);
		comment_words(w, ": ");
	}
	for (; *p != '\0'; p++) {
		if (*p != '%') {
			add_text(w, (struct span){ p, 1 }, "", true);
			continue;
		}
		comment_text(w, *++p == '1' ? ip_text(w->out.arena, &c->ip) :
		    r->domain);
	}
	if (r->result == RESULT_NONE)
		comment_text(w, r->problem);
	strbuf_addc(&w->word, ')');
	word_end(w);
}

/* A key with its value: a dot-atom where it is one, else a quoted string. */
static void
add_pair(struct writer *w, const char *key, struct span value)
{
	if (w->word.len > 0) {
		strbuf_addc(&w->word, ';');
		word_end(w);
	}
	strbuf_adds(&w->word, key);
	strbuf_addc(&w->word, '=');
	if (value.len <= MAX_TEXT && authres_is_dot_atom(value)) {
		strbuf_add(&w->word, value);
		return;
	}
	strbuf_addc(&w->word, '"');
	add_text(w, value, "\"\\", false);
	strbuf_addc(&w->word, '"');
}

static void
add_mechanism(struct writer *w, const struct spf_result *r)
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
	struct writer w = { .column = FIRST_COLUMN };

	strbuf_init(&w.out, a);
	strbuf_init(&w.word, a);
	strbuf_adds(&w.word, result_name(r->result));
	word_end(&w);
	add_comment(&w, r, c);
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
	word_end(&w);
	if (w.out.failed || w.word.failed)
		return (struct span){ NULL, 0 };
	return strbuf_span(&w.out);
}
