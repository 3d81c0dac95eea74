/*
 * tests of policy/dmarc_compare.c: where libopendmarc says otherwise, and that
 * the list of differences is true and whole
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "message/domain.h"
#include "policy/dmarc_compare.h"
#include "tests/lib/dmarczone.h"
#include "tests/lib/suite.h"
#include "tests/lib/testlib.h"

#define MAX_IDS		24

/* The list for rows; both libraries read it. */
static const char list_text[] =
"// public suffixes\n"
"example\n"
"bank.example\n"
"*.wild.example\n";

struct world {
	struct arena	*a;
	struct dns	*dns;
	struct dns_scope *scope;
	struct suffixes	*list;
	struct dmarc_identifier id[MAX_IDS];
	size_t		 nids;
	struct dmarc_result r;
	struct dmarc_comparison c;
};

/* Give libopendmarc its list: once for a process, as each test is. */
static void
open_list(const char *text)
{
	char path[] = "/tmp/check_dmarc_compare.XXXXXX";
	int fd = mkstemp(path);
	size_t len = strlen(text);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
	ck_assert(dmarc_compare_open(path));
	unlink(path);
}

static void
world_open(struct world *w, struct dnstable *t, const char *list)
{
	const char *why;

	*w = (struct world){ .a = arena_new(0) };
	w->dns = dnstable_open(t);
	w->scope = dns_scope_new(w->dns, 200);
	w->list = suffixes_new(span_of(list), &why);
	ck_assert_ptr_nonnull(w->list);
}

static void
world_close(struct world *w)
{
	suffixes_free(w->list);
	dns_scope_free(w->scope);
	dns_free(w->dns);
	arena_free(w->a);
}

static void
add_id(struct world *w, bool is_dkim, enum result result, const char *domain)
{
	struct dmarc_identifier *id = &w->id[w->nids++];

	ck_assert_uint_le(w->nids, MAX_IDS);
	*id = (struct dmarc_identifier){ .is_dkim = is_dkim,
	    .result = result };
	ck_assert_int_eq(domain_normalize(w->a, span_of(domain), &id->domain),
	    DOMAIN_OK);
}

/* "d+shop.example s-b.example": DKIM or SPF, pass or fail. */
static void
add_ids(struct world *w, const char *text)
{
	struct span rest = span_of(text), word;

	while (span_next(&rest, ' ', &word))
		if (word.len > 2)
			add_id(w, word.p[0] == 'd', word.p[1] == '+' ?
			    RESULT_PASS : word.p[1] == '?' ?
			    RESULT_TEMPERROR : RESULT_FAIL,
			    arena_str(w->a, span_skip(word, 2)));
}

static bool
compare(struct world *w, const char *author, const struct suffixes *suffixes)
{
	struct span domain;

	ck_assert_int_eq(domain_normalize(w->a, span_of(author), &domain),
	    DOMAIN_OK);
	dmarc_evaluate(w->a, w->scope, w->scope, suffixes, domain, w->id,
	    w->nids, &w->r);
	return dmarc_compare(w->a, w->scope, w->list, w->id, w->nids, &w->r,
	    &w->c);
}

static const char *
show(struct world *w)
{
	return arena_printf(w->a, "%s %s %s", dmarc_outcome_name(w->c.ours),
	    dmarc_outcome_name(w->c.theirs), w->c.known != NULL ?
	    w->c.known->name : w->c.differs ? "?" : "=");
}

#define A(text)	"_dmarc.shop.example TXT \"v=DMARC1; " text "\"\n"
#define PSD	"_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"\n"

static const struct row {
	const char	*zone, *author, *ids, *want;
} rows[] = {
	/* where both say the same */
	{ "", "shop.example", "d+shop.example", "none none =" },
	{ A("p=reject"), "shop.example", "d+shop.example", "pass pass =" },
	{ A("p=reject"), "shop.example", "s+news.shop.example", "pass pass =" },
	{ A("p=reject"), "shop.example", "d+x.test s-shop.example",
	    "fail:reject fail:reject =" },
	{ A("p=none; sp=quarantine"), "news.shop.example", "",
	    "fail:quarantine fail:quarantine =" },
	{ A("p=quarantine; pct=50"), "shop.example", "",
	    "fail:quarantine fail:quarantine =" },
	{ A("p=none"), "news.shop.example", "d-news.shop.example d+shop.example",
	    "pass pass =" },
	{ A("p=reject; adkim=s"), "shop.example", "d+x.test",
	    "fail:reject fail:reject =" },
	/* several-records */
	{ A("p=reject") A("p=none"), "shop.example", "d+x.test",
	    "none fail:reject several-records" },
	/* other-record: psd=n between, psd=y above */
	{ A("p=reject") "_dmarc.news.shop.example TXT \"v=DMARC1; p=none; "
	    "psd=n\"\n", "in.news.shop.example", "",
	    "fail:none fail:reject other-record" },
	{ PSD, "acme.bank.example", "", "fail:reject none other-record" },
	/* wrong-value */
	{ A("p=reject; sp=x; rua=mailto:r@shop.example"), "shop.example", "",
	    "fail:none bad-record wrong-value" },
	{ A("p=reject; pct=101"), "shop.example", "d+shop.example",
	    "pass bad-record wrong-value" },
	{ A("p=reject; fo=x; ruf=mailto:r@shop.example"), "shop.example", "",
	    "fail:reject bad-record wrong-value" },
	{ A("p=rej"), "shop.example", "", "none fail:reject wrong-value" },
	{ A("rua=mailto:r@shop.example"), "shop.example", "",
	    "fail:none bad-record wrong-value" },
	/* np, testing */
	{ A("p=none; np=reject"), "news.shop.example", "",
	    "fail:reject fail:none np" },
	{ A("p=reject; t=y"), "shop.example", "",
	    "fail:quarantine fail:reject testing" },
	/* strict */
	{ A("p=reject; aspf=s"), "shop.example", "s+news.shop.example",
	    "fail:reject pass strict" },
	{ A("p=reject; adkim=s"), "shop.example", "d+news.shop.example",
	    "fail:reject pass strict" },
	/* suffix-rule: customers and their registry */
	{ "_dmarc.acme.bank.example TXT \"v=DMARC1; p=reject\"\n" PSD,
	    "acme.bank.example", "s+bank.example",
	    "fail:reject pass suffix-rule" },
	{ "_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"\n",
	    "bank.example", "d+acme.bank.example",
	    "fail:reject pass suffix-rule" },
	/* tree-walk: a record with psd=n parts what the list has as one */
	{ A("p=reject") "_dmarc.news.shop.example TXT \"v=DMARC1; p=none; "
	    "psd=n\"\n", "shop.example", "d+news.shop.example",
	    "fail:reject pass tree-walk" },
	/* dkim-order, and the same the other way round */
	{ A("p=reject"), "shop.example", "d+news.shop.example d-shop.example",
	    "pass fail:reject dkim-order" },
	{ A("p=reject"), "shop.example", "d-shop.example d+news.shop.example",
	    "pass pass =" },
	/* one-letter: what stands above such a label is taken for its domain */
	{ "_dmarc.x.example TXT \"v=DMARC1; p=reject\"\n", "x.example",
	    "s+y.example", "fail:reject pass one-letter" },
	/* pattern-rule: wide.wild.example is a suffix */
	{ "_dmarc.acme.wide.wild.example TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.wide.wild.example TXT \"v=DMARC1; p=none; psd=y\"\n",
	    "acme.wide.wild.example", "d+bolt.wide.wild.example",
	    "fail:reject pass pattern-rule" },
};

START_TEST(rows_hold)
{
	size_t i;

	open_list(list_text);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dnstable *t = dnstable_new();
		struct world w;

		ck_assert(dnstable_zone(t, rows[i].zone));
		world_open(&w, t, list_text);
		add_ids(&w, rows[i].ids);
		ck_assert_int_eq(compare(&w, rows[i].author, NULL),
		    dmarc_compare_there());
		if (dmarc_compare_there())
			ck_assert_msg(strcmp(show(&w), rows[i].want) == 0,
			    "row %zu: got %s, want %s", i, show(&w),
			    rows[i].want);
		world_close(&w);
	}
}
END_TEST

/* Nothing stands in the list that no row shows. */
START_TEST(every_difference_is_shown)
{
	const struct dmarc_difference *d;
	size_t i, j, n = sizeof(rows) / sizeof(rows[0]);

	for (i = 0; (d = dmarc_difference_at(i)) != NULL; i++) {
		for (j = 0; j < n; j++)
			if (span_ends_nocase(span_of(rows[j].want), d->name))
				break;
		ck_assert_msg(j < n, "%s", d->name);
		ck_assert_int_eq(strncmp(d->paragraph, "RFC ", 4), 0);
	}
	ck_assert_uint_eq(i, 11);
}
END_TEST

/* The manual lists each, with its paragraph. */
START_TEST(manual_has_the_list)
{
	static char page[1 << 18];
	const struct dmarc_difference *d;
	FILE *fp = fopen(TESTDIR "/../man/signet.1", "r");
	char item[128];
	size_t i, len;

	ck_assert_ptr_nonnull(fp);
	len = fread(page, 1, sizeof(page) - 1, fp);
	page[len] = '\0';
	fclose(fp);
	for (i = 0; (d = dmarc_difference_at(i)) != NULL; i++) {
		(void)snprintf(item, sizeof(item), ".It Cm %s Pq %s\n",
		    d->name, d->paragraph);
		ck_assert_msg(strstr(page, item) != NULL, "%s", item);
	}
}
END_TEST

/* What could not be found out is not compared, nor is it without a list. */
START_TEST(unknown_is_not_compared)
{
	struct dnstable *t = dnstable_new();
	struct world w;

	ck_assert(!dmarc_compare_there() ||
	    !dmarc_compare_open("/nonexistent"));
	open_list(list_text);
	ck_assert(dnstable_zone(t, "_dmarc.shop.example FAIL\n"
	    A("p=reject")));
	world_open(&w, t, list_text);
	ck_assert(!compare(&w, "shop.example", NULL));
	suffixes_free(w.list);
	w.list = NULL;
	ck_assert(!compare(&w, "b.example", NULL));
	world_close(&w);
}
END_TEST

/* ---- data/dmarc-rfc9989 ------------------------------------------------- */

/* All evaluations: whatever differs is known. */
START_TEST(suite_is_explained)
{
	json_t *all = suite_json("data/dmarc-rfc9989/cases.json");
	const json_t *c, *d;
	size_t i, j, compared = 0;

	open_list("// as Debian's list has it of these\ncom\norg\nexample\n"
	    "test\nco.uk\nuk\n");
	json_array_foreach(json_object_get(all, "evaluate"), i, c) {
		const json_t *spf = json_object_get(c, "spf_pass");
		const json_t *dkim = json_object_get(c, "dkim_pass");
		struct world w;

		world_open(&w, dmarczone_table(json_object_get(c, "zone")),
		    "// the same\ncom\norg\nexample\ntest\nco.uk\nuk\n");
		if (json_is_string(spf))
			add_id(&w, false, RESULT_PASS, json_string_value(spf));
		json_array_foreach(dkim, j, d)
			add_id(&w, true, RESULT_PASS, json_string_value(d));
		if (compare(&w, json_string_value(json_object_get(c,
		    "author")), NULL)) {
			compared++;
			ck_assert_msg(!w.c.differs || w.c.known != NULL,
			    "%s: %s", json_string_value(json_object_get(c,
			    "id")), show(&w));
		}
		world_close(&w);
	}
	ck_assert(all == NULL || !dmarc_compare_there() || compared > 30);
	json_decref(all);
}
END_TEST

/* By the list on both sides only libopendmarc's own ways are left. */
START_TEST(by_the_list_they_are_nearer)
{
	static const char *const authors[] = { "shop.example", "news.shop.example",
	    "in.news.shop.example" };
	static const char *const ids[] = { "", "d+shop.example", "s+news.shop.example",
	    "s+other.example", "d-shop.example s+in.news.shop.example" };
	size_t i, j;

	open_list(list_text);
	for (i = 0; i < sizeof(authors) / sizeof(authors[0]); i++) {
		for (j = 0; j < sizeof(ids) / sizeof(ids[0]); j++) {
			struct dnstable *t = dnstable_new();
			struct world w;

			ck_assert(dnstable_zone(t, A("p=reject; sp=none")
			    "_dmarc.news.shop.example TXT \"v=DMARC1; "
			    "p=quarantine; psd=n\"\n"));
			world_open(&w, t, list_text);
			add_ids(&w, ids[j]);
			if (compare(&w, authors[i], w.list))
				ck_assert_msg(!w.c.differs, "%s %s: %s",
				    authors[i], ids[j], show(&w));
			world_close(&w);
		}
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		rows_hold, every_difference_is_shown, manual_has_the_list,
		unknown_is_not_compared, suite_is_explained,
		by_the_list_they_are_nearer,
	};

	return suite_exit(TESTLIB_RUN("dmarc_compare", tests),
	    "data/dmarc-rfc9989");
}
