#include "config.h"
#include "tools/option_page.h"

#include <stdio.h>

#include "config/option.h"

static const struct {
	unsigned	 bit;
	const char	*name;
} origins[] = {
	{ OPTION_OPENDKIM, "OpenDKIM" },
	{ OPTION_OPENDMARC, "OpenDMARC" },
	{ OPTION_POLICYD_SPF, "policyd-spf" },
	{ OPTION_SIGNET, "Signet" },
};

#define NORIGINS	(sizeof(origins) / sizeof(origins[0]))

static void
print_origins(unsigned bits, const char *between)
{
	const char *before = "";
	size_t i;

	for (i = 0; i < NORIGINS; i++) {
		if ((bits & origins[i].bit) == 0)
			continue;
		printf("%s%s", before, origins[i].name);
		before = between;
	}
}

/* ---- for programs ------------------------------------------------------- */

static const char *
status_name(enum option_status st)
{
	switch (st) {
	case OPTION_HONOURED:	return "honoured";
	case OPTION_NO_EFFECT:	return "no-effect";
	case OPTION_NOT_YET:	return "not-yet";
	case OPTION_OBSOLETE:	return "obsolete";
	}
	return "honoured";
}

static void
print_row(const struct option_row *o)
{
	const char *p;

	printf("%s\t%s\t%s\t%s\t", o->name, option_type_name(o->type),
	    status_name(o->status),
	    o->status == OPTION_HONOURED && o->fallback != NULL ?
	    o->fallback : "-");
	print_origins(o->origin, ",");
	putchar('\t');
	for (p = o->help; *p != '\0'; p++)
		putchar(*p == '\n' ? ' ' : *p);
	putchar('\n');
}

void
option_page_table(void)
{
	size_t i;

	for (i = 0; i < option_count(); i++)
		print_row(option_at(i));
}

/* ---- for the manual ----------------------------------------------------- */

#define LINE_COLUMNS	72

/* One word of running text, so that roff takes it as it is. */
static void
print_word(const char *p, size_t len)
{
	if (*p == '.' || *p == '\'')
		printf("\\&");
	for (; len > 0; p++, len--) {
		if (*p == '\\')
			printf("\\e");
		else
			putchar(*p);
	}
}

/* Whether a sentence ends with this word. */
static bool
ends_sentence(const char *p, size_t len)
{
	return len > 2 && (p[len - 1] == '.' || p[len - 1] == '?');
}

/* Text of sentences and paragraphs: each sentence begins a line. */
static void
print_text(const char *p)
{
	size_t column = 0, len;

	for (;;) {
		len = strcspn(p, " \n");
		if (column > 0 && column + 1 + len > LINE_COLUMNS) {
			putchar('\n');
			column = 0;
		}
		if (column > 0)
			putchar(' ');
		print_word(p, len);
		column += len + 1;
		if (ends_sentence(p, len) || p[len] != ' ') {
			putchar('\n');
			column = 0;
		}
		p += len;
		if (*p == '\0')
			return;
		if (p[0] == '\n' && p[1] == '\n')
			printf(".Pp\n");
		p += strspn(p, " \n");
	}
}

/* No more words than this fit beside an option's name. */
#define MAX_BESIDE	5

static bool
has_many_words(const struct option_row *o)
{
	const struct option_word *w;
	size_t n = 0;

	if (o->type != OPTION_WORD)
		return false;
	for (w = o->words; w->text != NULL; w++)
		n += !w->hidden;
	return n > MAX_BESIDE;
}

static void
print_words(const struct option_row *o)
{
	const struct option_word *w;

	printf("One of\n.Cm");
	for (w = o->words; w->text != NULL; w++)
		if (!w->hidden)
			printf("%s%s", w == o->words ? " " : " , ", w->text);
	printf(" .\n");
}

static void
print_argument(const struct option_row *o)
{
	const struct option_word *w;

	if (o->type == OPTION_BOOL) {
		printf(" Cm yes | no\n");
		return;
	}
	if (o->type != OPTION_WORD || o->words[0].text == NULL ||
	    has_many_words(o)) {
		printf(" Ar %s\n", option_type_name(o->type));
		return;
	}
	for (w = o->words; w->text != NULL; w++)
		if (!w->hidden)
			printf(" %s%s", w == o->words ? "Cm " : "| ", w->text);
	putchar('\n');
}

/* A list in one word, which a line may break behind each comma. */
static void
print_value(const char *p)
{
	for (; *p != '\0'; p++)
		printf("%c%s", *p, *p == ',' && p[1] != '\0' ? "\\:" : "");
}

static void
print_default(const struct option_row *o)
{
	if (o->fallback == NULL) {
		printf("By default it is not set.\n");
		return;
	}
	printf("The default is\n.Ql \\&");
	print_value(o->fallback);
	if (o->opendkim != NULL)
		printf(" ,\nin a file named\n.Pa opendkim.conf\nit is\n"
		    ".Ql \\&%s", o->opendkim);
	printf(" .\n");
}

static void
print_honoured(const struct option_row *o)
{
	printf(".It Cm %s", o->name);
	print_argument(o);
	print_text(o->help);
	if (has_many_words(o))
		print_words(o);
	print_default(o);
	if ((o->origin & OPTION_SIGNET) == 0) {
		printf(".Pq ");
		print_origins(o->origin, ", ");
		putchar('\n');
	}
}

static void
print_others(enum option_status st)
{
	size_t i;

	printf(".Bl -tag -width Ds -compact\n");
	for (i = 0; i < option_count(); i++) {
		const struct option_row *o = option_at(i);

		if (o->status != st)
			continue;
		printf(".It Cm %s Pq ", o->name);
		print_origins(o->origin, ", ");
		putchar('\n');
		print_text(o->help);
	}
	printf(".El\n");
}

void
option_page_man(void)
{
	size_t i;

	printf(".\\\" begin: signet config --man\n"
	    ".Sh OPTIONS\n.Bl -tag -width Ds\n");
	for (i = 0; i < OPTION_HONOURED_COUNT; i++)
		print_honoured(option_at(i));
	printf(".El\n.Sh OPTIONS WITHOUT EFFECT\n"
	    "These are accepted, so that files of other programs load; a\n"
	    "warning names each that asks for something.\n"
	    ".Ss There is nothing they could do\n");
	print_others(OPTION_NO_EFFECT);
	printf(".Ss What they ask for is not done\n");
	print_others(OPTION_NOT_YET);
	printf(".Ss Obsolete\n");
	print_others(OPTION_OBSOLETE);
	printf(".\\\" end: signet config --man\n");
}
