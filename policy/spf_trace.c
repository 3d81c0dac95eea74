#include "config.h"
#include "policy/spf_trace.h"

#include <arpa/inet.h>

/* As much of an answer as one line can show. */
#define MAX_ANSWER	300

struct spf_trace *
spf_trace_new(struct arena *a)
{
	struct spf_trace *t = arena_alloc(a, sizeof(*t));

	if (t != NULL)
		t->arena = a;
	return t;
}

/*
 * Once the arena has failed, the tree stays as it is: half of a pair of calls
 * must not move the place.
 */
static bool
usable(const struct spf_trace *t)
{
	return t != NULL && !arena_failed(t->arena);
}

void
spf_trace_enter(struct spf_trace *t, struct span domain)
{
	struct spf_trace_record *r;

	if (!usable(t))
		return;
	r = arena_alloc(t->arena, sizeof(*r));
	if (r == NULL)
		return;
	r->domain = arena_span(t->arena, domain);
	r->parent = t->term;
	if (t->term != NULL)
		t->term->record = r;
	else
		t->root = r;
	t->record = r;
	t->term = NULL;
}

void
spf_trace_leave(struct spf_trace *t, enum result r)
{
	if (!usable(t) || t->record == NULL)
		return;
	t->record->result = r;
	t->term = t->record->parent;
	t->record = t->term != NULL ? t->term->owner : NULL;
}

void
spf_trace_return(struct spf_trace *t)
{
	if (usable(t))
		t->record = t->root;
}

void
spf_trace_policy(struct spf_trace *t, struct span record_text)
{
	if (usable(t) && t->record != NULL)
		t->record->text = arena_span(t->arena, record_text);
}

void
spf_trace_begin(struct spf_trace *t, struct span term_text)
{
	struct spf_trace_term **link, *term;

	if (!usable(t) || t->record == NULL)
		return;
	term = arena_alloc(t->arena, sizeof(*term));
	if (term == NULL)
		return;
	term->owner = t->record;
	term->text = arena_span(t->arena, term_text);
	for (link = &t->record->term; *link != NULL; link = &(*link)->next)
		;
	*link = term;
	t->term = term;
}

void
spf_trace_number(struct spf_trace *t, unsigned number)
{
	if (usable(t) && t->term != NULL)
		t->term->number = number;
}

void
spf_trace_target(struct spf_trace *t, struct span name)
{
	if (usable(t) && t->term != NULL)
		t->term->target = arena_span(t->arena, name);
}

void
spf_trace_end(struct spf_trace *t, struct span outcome)
{
	if (!usable(t) || t->term == NULL)
		return;
	t->term->outcome = arena_span(t->arena, outcome);
	t->term = NULL;
}

/* One record of an answer as text. */
static void
add_record(struct strbuf *sb, enum dns_type type, const struct dns_record *r)
{
	char text[INET6_ADDRSTRLEN];

	switch (type) {
	case DNS_A:
		strbuf_adds(sb, inet_ntop(AF_INET, &r->a, text, sizeof(text)));
		break;
	case DNS_AAAA:
		strbuf_adds(sb, inet_ntop(AF_INET6, &r->aaaa, text,
		    sizeof(text)));
		break;
	case DNS_PTR:
		strbuf_add(sb, r->name.len > 0 ? r->name :
		    SPAN("(not a host name)"));
		break;
	case DNS_MX:
		strbuf_addf(sb, "%u ", r->mx.pref);
		strbuf_add(sb, r->mx.name.len > 0 ? r->mx.name : SPAN("."));
		break;
	case DNS_TXT:
		strbuf_addc(sb, '"');
		strbuf_add(sb, r->txt);
		strbuf_addc(sb, '"');
		break;
	}
}

static struct span
answer_text(struct arena *a, const struct dns_answer *ans)
{
	struct strbuf sb;
	size_t i;

	if (!dns_known(ans->status))
		return span_of(ans->why != NULL ? ans->why :
		    dns_status_name(ans->status));
	if (ans->status == DNS_NXDOMAIN)
		return SPAN("no such name");
	if (ans->status == DNS_NODATA || ans->count == 0)
		return SPAN("no such record");
	strbuf_init(&sb, a);
	for (i = 0; i < ans->count && sb.len < MAX_ANSWER; i++) {
		if (i > 0)
			strbuf_adds(&sb, ", ");
		add_record(&sb, ans->type, &ans->record[i]);
	}
	if (i < ans->count || sb.len > MAX_ANSWER) {
		strbuf_cut(&sb, MAX_ANSWER);
		strbuf_addf(&sb, "... (%zu records)", ans->count);
	}
	return strbuf_span(&sb);
}

/* Where the next question of the current term, or record, is linked. */
static struct spf_trace_question **
question_link(struct spf_trace *t)
{
	struct spf_trace_question **link;

	if (!usable(t) || (t->term == NULL && t->record == NULL))
		return NULL;
	link = t->term != NULL ? &t->term->question : &t->record->question;
	while (*link != NULL)
		link = &(*link)->next;
	return link;
}

void
spf_trace_question(struct spf_trace *t, enum dns_type type, struct span name,
    const struct dns_answer *ans)
{
	struct spf_trace_question **link = question_link(t), *q;

	if (link == NULL)
		return;
	q = arena_alloc(t->arena, sizeof(*q));
	if (q == NULL)
		return;
	q->type = type;
	q->name = arena_span(t->arena, name);
	q->status = ans->status;
	q->answer = answer_text(t->arena, ans);
	q->elapsed_ms = ans->elapsed_ms;
	*link = q;
}

void
spf_trace_void(struct spf_trace *t)
{
	struct spf_trace_question *q;

	if (!usable(t) || (t->term == NULL && t->record == NULL))
		return;
	q = t->term != NULL ? t->term->question : t->record->question;
	while (q != NULL && q->next != NULL)
		q = q->next;
	if (q != NULL)
		q->is_void = true;
}

static void
add_escaped(struct strbuf *sb, struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= ' ' && c <= '~' && c != '\\')
			strbuf_addc(sb, (char)c);
		else
			strbuf_addf(sb, "\\x%02x", c);
	}
}

static void
indent(struct strbuf *sb, unsigned depth)
{
	while (depth-- > 0)
		strbuf_adds(sb, "  ");
}

static void
print_questions(const struct spf_trace_question *q, unsigned depth,
    struct strbuf *sb)
{
	for (; q != NULL; q = q->next) {
		indent(sb, depth);
		strbuf_addf(sb, "%s ", dns_type_name(q->type));
		add_escaped(sb, q->name);
		strbuf_adds(sb, ": ");
		add_escaped(sb, q->answer);
		strbuf_addf(sb, " (%u ms%s)\n", q->elapsed_ms,
		    q->is_void ? ", void" : "");
	}
}

static void	print_record(const struct spf_trace *t,
		    const struct spf_trace_record *r, unsigned depth,
		    struct strbuf *sb);

static void
print_term(const struct spf_trace *t, const struct spf_trace_term *term,
    unsigned depth, struct strbuf *sb)
{
	indent(sb, depth);
	add_escaped(sb, term->text);
	if (term->target.len > 0) {
		strbuf_adds(sb, " -> ");
		add_escaped(sb, term->target);
	}
	if (term->number > 0)
		strbuf_addf(sb, " [%u of %u]", term->number, t->max_terms);
	if (term->outcome.len > 0) {
		strbuf_adds(sb, ": ");
		add_escaped(sb, term->outcome);
	}
	strbuf_addc(sb, '\n');
	print_questions(term->question, depth + 1, sb);
	if (term->record != NULL)
		print_record(t, term->record, depth + 1, sb);
}

/* As deep as terms that need DNS can nest, so a few levels. */
static void
print_record(const struct spf_trace *t, const struct spf_trace_record *r,
    unsigned depth, struct strbuf *sb)
{
	const struct spf_trace_term *term;

	indent(sb, depth);
	add_escaped(sb, r->domain);
	strbuf_addf(sb, ": %s\n", result_name(r->result));
	print_questions(r->question, depth + 1, sb);
	if (r->text.len > 0) {
		indent(sb, depth + 1);
		add_escaped(sb, r->text);
		strbuf_addc(sb, '\n');
	}
	for (term = r->term; term != NULL; term = term->next)
		print_term(t, term, depth + 1, sb);
}

void
spf_trace_text(const struct spf_trace *t, struct strbuf *out)
{
	if (t->root == NULL) {
		strbuf_adds(out, "nothing to ask\n");
		return;
	}
	print_record(t, t->root, 0, out);
	strbuf_addf(out, "%u of %u terms that need DNS, %u of %u void "
	    "lookups\n", t->terms, t->max_terms, t->voids, t->max_void);
}
