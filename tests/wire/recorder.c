#include "config.h"
#include "tests/wire/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wire/buffer.h"

/* Looked for with every event: some with braces, some of one letter. */
static const char *const looked_for[] = {
	"i", "j", "{auth_type}", "{daemon_name}", "{client_addr}",
	"{mail_addr}", "{rcpt_addr}", "v", "{x}",
};

bool
record_usage(struct wanted *w, int argc, char **argv)
{
	int i;

	*w = (struct wanted){ .socket = NULL };
	if (argc < 4) {
		fprintf(stderr, "usage: %s SOCKET ACTIONS STEPS "
		    "[STAGE=MACROS...]\n", argv[0]);
		return false;
	}
	w->socket = argv[1];
	w->terms.actions = (uint32_t)strtoul(argv[2], NULL, 16);
	w->terms.steps = (uint32_t)strtoul(argv[3], NULL, 16);
	for (i = 4; i < argc; i++) {
		unsigned stage = (unsigned)(argv[i][0] - '0');

		if (stage >= MILTER_STAGES || argv[i][1] != '=')
			return false;
		w->macros[stage] = argv[i] + 2;
	}
	return true;
}

struct record *
record_new(const struct door *door, void *ctx, const struct wanted *w)
{
	struct record *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->door = door;
	r->ctx = ctx;
	r->wanted = w;
	return r;
}

/* The message and what it asked for. */
static void
forget(struct record *r)
{
	while (r->n > 0) {
		r->n--;
		free((char *)(uintptr_t)r->edit[r->n].name.p);
		free((char *)(uintptr_t)r->edit[r->n].value.p);
	}
}

void
record_free(struct record *r)
{
	if (r != NULL)
		forget(r);
	free(r);
}

/* ---- lines -------------------------------------------------------------- */

static void
add(struct buffer *line, struct span s)
{
	if (!buffer_add(line, s))
		abort();
}

static void
add_escaped(struct buffer *line, struct span s)
{
	char hex[4];
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > ' ' && c < 0x7f && strchr("%|=", c) == NULL) {
			add(line, (struct span){ &s.p[i], 1 });
			continue;
		}
		snprintf(hex, sizeof(hex), "%%%02x", c);
		add(line, span_of(hex));
	}
}

static void
add_macros(const struct record *r, struct buffer *line)
{
	size_t i;

	add(line, SPAN(" |"));
	for (i = 0; i < sizeof(looked_for) / sizeof(looked_for[0]); i++) {
		struct span value = r->door->macro(r->ctx, looked_for[i]);

		if (value.p == NULL)
			continue;
		add(line, SPAN(" "));
		add(line, span_of(looked_for[i]));
		add(line, SPAN("="));
		add_escaped(line, value);
	}
}

/* One write, so that lines of several threads stay whole. */
static void
say(const struct record *r, const char *word, const struct span *argument,
    size_t n, bool with_macros)
{
	struct buffer line = { .p = NULL };
	size_t i;

	add(&line, span_of(word));
	for (i = 0; i < n && argument[i].p != NULL; i++) {
		add(&line, SPAN(" "));
		add_escaped(&line, argument[i]);
	}
	if (with_macros)
		add_macros(r, &line);
	add(&line, SPAN("\n"));
	for (i = 0; i < line.len; ) {
		ssize_t done = write(STDOUT_FILENO, line.p + i, line.len - i);

		if (done <= 0)
			abort();
		i += (size_t)done;
	}
	buffer_free(&line);
}

/* ---- answers ------------------------------------------------------------ */

static bool
has(struct span s, const char *word)
{
	return s.len > 0 && memmem(s.p, s.len, word, strlen(word)) != NULL;
}

static enum milter_answer
refuse(const struct record *r, enum milter_answer answer, unsigned code,
    const char *enhanced, size_t length)
{
	char text[981] = "Not here: 100% (\"of it\") \\";
	size_t i;

	for (i = 0; i < length; i++)
		text[i] = (char)('a' + i % 26);
	r->door->refuse(r->ctx, code, enhanced, text);
	return answer;
}

static enum milter_answer
answer(const struct record *r, struct span said, uint32_t no_reply)
{
	if ((r->wanted->terms.steps & no_reply) != 0)
		return ANSWER_CONTINUE;
	if (has(said, "+reject"))
		return ANSWER_REJECT;
	if (has(said, "+tempfail"))
		return ANSWER_TEMPFAIL;
	if (has(said, "+discard"))
		return ANSWER_DISCARD;
	if (has(said, "+550"))
		return refuse(r, ANSWER_REJECT, 550, "5.7.1", 0);
	if (has(said, "+450"))
		return refuse(r, ANSWER_TEMPFAIL, 450, "4.7.0", 0);
	if (has(said, "+980"))
		return refuse(r, ANSWER_REJECT, 554, "5.7.999", 980);
	if (has(said, "+misfit"))
		return refuse(r, ANSWER_TEMPFAIL, 550, "5.7.1", 0);
	return ANSWER_CONTINUE;
}

/* ---- events ------------------------------------------------------------- */

enum milter_answer
record_event(struct record *r, const char *word, struct span argument,
    uint32_t no_reply)
{
	bool body = strcmp(word, "body") == 0;

	if (strcmp(word, "mail") == 0)
		forget(r);
	say(r, word, &argument, 1, !body);
	return answer(r, argument, no_reply);
}

enum milter_answer
record_connect(struct record *r, struct span name, struct span ip)
{
	struct span both[] = { name, ip };

	say(r, "connect", both, 2, true);
	return answer(r, name, MILTER_NR_CONN);
}

/* "3 Name: value" */
static bool
edit(const struct record *r, struct span kind, struct span how)
{
	struct span number = span_head(how, span_find(how, ' '));
	struct span field = span_skip(how, number.len + 1);
	struct span name = span_head(field, span_find(field, ':'));
	struct span value = span_skip(field, name.len + 1);
	uint64_t n = 0;

	(void)span_uint(number, UINT32_MAX, &n);
	if (span_is(kind, "X-Delete"))
		return r->door->delete(r->ctx, (uint32_t)n, name);
	if (span_is(kind, "X-Quarantine"))
		return r->door->quarantine(r->ctx, how);
	return r->door->insert(r->ctx, (uint32_t)n, name, value);
}

static void
make_edit(const struct record *r, struct span kind, struct span how)
{
	how = span_trim(how);
	say(r, edit(r, kind, how) ? "edit-made" : "edit-refused", &kind, 1,
	    false);
}

static struct span
copy(struct span s)
{
	char *p = malloc(s.len + 1);

	if (p == NULL)
		abort();
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return (struct span){ p, s.len };
}

enum milter_answer
record_header(struct record *r, struct span name, struct span value)
{
	struct span both[] = { name, value };

	say(r, "header", both, 2, true);
	if (span_is(name, "X-Early"))
		make_edit(r, name, value);
	else if (span_starts(name, "X-") &&
	    r->n < sizeof(r->edit) / sizeof(r->edit[0])) {
		r->edit[r->n].name = copy(name);
		r->edit[r->n++].value = copy(value);
	}
	return span_is(name, "X-End") ? ANSWER_CONTINUE :
	    answer(r, value, MILTER_NR_HDR);
}

enum milter_answer
record_end(struct record *r)
{
	enum milter_answer out = ANSWER_CONTINUE;
	unsigned i;

	say(r, "end", NULL, 0, true);
	for (i = 0; i < r->n; i++) {
		if (span_is(r->edit[i].name, "X-End"))
			out = answer(r, r->edit[i].value, 0);
		else
			make_edit(r, r->edit[i].name, r->edit[i].value);
	}
	forget(r);
	return out;
}

void
record_abort(struct record *r)
{
	say(r, "abort", NULL, 0, false);
	forget(r);
}

void
record_close(struct record *r)
{
	say(r, "close", NULL, 0, false);
	forget(r);
}
