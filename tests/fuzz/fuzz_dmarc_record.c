/* DMARC records: what they say does not depend on what is to be ignored. */
#include "config.h"

#include "base/strbuf.h"
#include "policy/dmarc.h"
#include "tests/fuzz/fuzz.h"

static void
check_inside(struct span text, struct span part)
{
	FUZZ_CHECK(part.len == 0 || (part.p >= text.p &&
	    part.p + part.len <= text.p + text.len));
}

static void
check_uris(struct span text, struct span list, bool some)
{
	struct span uri;
	size_t n = 0;

	for (; dmarc_uri_next(&list, &uri); n++) {
		check_inside(text, uri);
		FUZZ_CHECK(span_find(uri, ':') < uri.len);
		FUZZ_CHECK(span_find(uri, ',') == uri.len);
		FUZZ_CHECK(span_find(uri, '!') == uri.len);
	}
	FUZZ_CHECK((n > 0) == some);
}

static void
check_same(const struct dmarc_record *x, const struct dmarc_record *y)
{
	FUZZ_CHECK(x->has_p == y->has_p && x->p == y->p);
	FUZZ_CHECK(x->has_sp == y->has_sp && x->sp == y->sp);
	FUZZ_CHECK(x->has_np == y->has_np && x->np == y->np);
	FUZZ_CHECK(x->bad_policy == y->bad_policy);
	FUZZ_CHECK(x->strict_dkim == y->strict_dkim);
	FUZZ_CHECK(x->strict_spf == y->strict_spf);
	FUZZ_CHECK(x->psd == y->psd && x->testing == y->testing);
	FUZZ_CHECK(span_eq(x->rua, y->rua) && span_eq(x->ruf, y->ruf));
	FUZZ_CHECK(span_eq(x->fo, y->fo) && x->valid_rua == y->valid_rua);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct span text = fuzz_span(data, size);
	struct dmarc_record r, again;
	struct strbuf sb;

	FUZZ_CHECK(a != NULL);
	if (dmarc_record_parse(text, &r)) {
		FUZZ_CHECK(r.bad_policy || r.has_p);
		check_inside(text, r.rua);
		check_inside(text, r.ruf);
		check_inside(text, r.fo);
		check_uris(text, r.rua, r.valid_rua);
		strbuf_init(&sb, a);
		strbuf_add(&sb, text);
		strbuf_adds(&sb, ";pct=1; unknown ; = ;\tzz = p=none ;;");
		FUZZ_CHECK(dmarc_record_parse(strbuf_span(&sb), &again));
		check_same(&r, &again);
	}
	arena_free(a);
	return 0;
}
