/*
 * Files of the configuration. The first byte says which: options, or a data
 * set of either kind. Nothing that the text names is opened.
 */
#include "config.h"

#include "base/strbuf.h"
#include "config/dataset.h"
#include "config/lists.h"
#include "config/parse.h"
#include "tests/fuzz/fuzz.h"

/* Reports are printable, whatever the file holds. */
static void
check_report(const struct report *r)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		const char *p;

		for (p = r->item[i].text; *p != '\0'; p++)
			FUZZ_CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
	}
}

/* Every value that was taken reads the same when it is written again. */
static void
check_values(struct arena *a, const struct option_values *vals)
{
	size_t i;

	for (i = 0; i < OPTION_HONOURED_COUNT; i++) {
		const struct option_value *v = &vals->v[i];
		struct option_value again;
		const char *why;

		if (v->text.p == NULL)
			continue;
		FUZZ_CHECK(option_read(a, option_at(i), v->text, &again,
		    &why));
		FUZZ_CHECK(again.number == v->number);
	}
}

static void
check_lists(struct arena *a, const struct option_values *vals,
    struct report *r)
{
	struct name_list standard = { NULL, 0 };
	struct dataset_spec spec;
	const char *why;
	size_t i;

	for (i = 0; i < OPTION_HONOURED_COUNT; i++) {
		enum option_type type = option_at(i)->type;
		struct span text = vals->v[i].text;

		if (text.p == NULL ||
		    (type != OPTION_HOSTS && type != OPTION_NAMES) ||
		    !dataset_spec_parse(a, text, type == OPTION_HOSTS, &spec,
		    &why) || spec.kind != DATASET_CSL)
			continue;
		if (type == OPTION_HOSTS)
			hostlist_free(list_hosts(a, vals, i, r));
		else
			(void)list_fields(a, vals, i, standard, r);
	}
}

static void
check_options(struct arena *a, struct span text)
{
	struct option_values vals;
	struct report r;
	struct parser p;

	report_init(&r, a);
	FUZZ_CHECK(parse_init(&p, a, &vals, false, &r));
	p.may_include = false;
	parse_text(&p, "file", text);
	check_values(a, &vals);
	check_lists(a, &vals, &r);
	check_report(&r);
}

/* What a row is found by finds it, or one that stands before it. */
static void
check_dataset(struct arena *a, enum dataset_kind kind, struct span text)
{
	struct place at = { "file", 1, "KeyTable" };
	struct dataset *d;
	struct report r;
	size_t i, row;

	report_init(&r, a);
	d = dataset_load_text(a, kind, text, false, &at, "table", &r);
	check_report(&r);
	FUZZ_CHECK(d != NULL || r.errors > 0);
	for (i = 0; d != NULL && i < dataset_count(d); i++) {
		row = dataset_find(d, dataset_row(d, i)->key, 0);
		if (kind != DATASET_REFILE)
			FUZZ_CHECK(row <= i);
		FUZZ_CHECK(row <= dataset_count(d));
	}
	dataset_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct span text = fuzz_span(data, size);

	FUZZ_CHECK(a != NULL);
	if (size > 0 && data[0] == 'o')
		check_options(a, span_skip(text, 1));
	else if (size > 0 && data[0] == 'c')
		check_dataset(a, DATASET_CSL, span_skip(text, 1));
	else if (size > 0 && data[0] == 'f')
		check_dataset(a, DATASET_FILE, span_skip(text, 1));
	/* repetitions of repetitions are the library's, and eat all memory */
	else if (size > 0 && span_find(text, '{') == text.len)
		check_dataset(a, DATASET_REFILE, span_skip(text, 1));
	arena_free(a);
	return 0;
}
