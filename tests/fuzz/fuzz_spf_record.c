/* SPF records: each term read by itself is the same, each error has a place. */
#include "config.h"

#include "base/strbuf.h"
#include "policy/spf_record.h"
#include "tests/fuzz/fuzz.h"

static void
check_inside(struct span part, struct span whole)
{
	FUZZ_CHECK(part.p >= whole.p &&
	    part.p + part.len <= whole.p + whole.len);
}

static void
check_term(struct arena *a, const struct spf_term *t, struct span text)
{
	struct spf_fault fault;
	struct spf_record one;
	struct strbuf sb;

	check_inside(t->text, text);
	if (t->domain.npieces > 0)
		check_inside(t->domain.text, t->text);
	if (t->kind < SPF_REDIRECT)
		FUZZ_CHECK(t->bits4 <= 32 && t->bits6 <= 128);
	strbuf_init(&sb, a);
	strbuf_adds(&sb, "V=Spf1  ");
	strbuf_add(&sb, t->text);
	strbuf_adds(&sb, " ");
	FUZZ_CHECK(spf_record_parse(a, strbuf_span(&sb), &one, &fault) ==
	    SPF_PARSE_OK);
	FUZZ_CHECK(one.nterms == 1 && one.term[0].kind == t->kind &&
	    one.term[0].result == t->result &&
	    one.term[0].bits4 == t->bits4 && one.term[0].bits6 == t->bits6 &&
	    one.term[0].domain.npieces == t->domain.npieces);
	FUZZ_CHECK(memcmp(&one.term[0].net, &t->net, sizeof(t->net)) == 0);
}

static void
check_record(struct arena *a, const struct spf_record *rec, struct span text)
{
	size_t i;

	for (i = 0; i < rec->nterms && i < 100; i++)
		check_term(a, &rec->term[i], text);
	FUZZ_CHECK(rec->all == NULL || rec->all->kind == SPF_ALL);
	FUZZ_CHECK(rec->exp == NULL || rec->exp->kind == SPF_EXP);
	FUZZ_CHECK(rec->redirect == NULL ||
	    rec->redirect->kind == SPF_REDIRECT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct span text = fuzz_span(data, size);
	struct spf_fault fault = { NULL, { NULL, 0 } };
	struct spf_record rec;

	FUZZ_CHECK(a != NULL);
	if (spf_record_is(text)) {
		if (spf_record_parse(a, text, &rec, &fault) == SPF_PARSE_OK)
			check_record(a, &rec, text);
		else {
			FUZZ_CHECK(fault.why != NULL);
			check_inside(fault.where, text);
		}
	}
	arena_free(a);
	return 0;
}
