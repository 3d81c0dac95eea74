#include "config.h"
#include "policy/dkim_data.h"

#include <stdlib.h>

/* ---- which fields ------------------------------------------------------- */

/*
 * One entry of h=. They are sorted by name, those of one name in the order of
 * h=, so that one walk through the header finds the fields of all.
 */
struct entry {
	struct span	 name;
	size_t		 place;		/* in h= */
	size_t		 found;		/* of the first of a name: how many
					 * fields it and the next ones have */
};

static int
compare_names(struct span a, struct span b)
{
	size_t i;

	for (i = 0; i < a.len && i < b.len; i++) {
		int d = ascii_lower((unsigned char)a.p[i]) -
		    ascii_lower((unsigned char)b.p[i]);

		if (d != 0)
			return d;
	}
	return (a.len > b.len) - (a.len < b.len);
}

static int
compare_entries(const void *p, const void *q)
{
	const struct entry *a = p, *b = q;
	int d = compare_names(a->name, b->name);

	return d != 0 ? d : (a->place > b->place) - (a->place < b->place);
}

static struct entry *
sorted_entries(struct arena *a, const struct dkim_signature *sig)
{
	size_t i, n = sig->nsigned_fields;
	struct entry *e = arena_array(a, n, sizeof(*e));

	if (e == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		e[i] = (struct entry){ sig->signed_field[i], i, 0 };
	qsort(e, n, sizeof(*e), compare_entries);
	return e;
}

/* The first of the `n` entries for `name`; n when there is none. */
static size_t
find_entry(const struct entry *e, size_t n, struct span name)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_names(e[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && compare_names(e[low].name, name) == 0 ? low : n;
}

/*
 * Fields of which one is shown to the reader, or tells how the body is (RFC
 * 5322, 3.6; RFC 2045, 3): one more of them, put above the one that was
 * signed, is a message the signer never saw.
 */
static bool
is_shown_once(struct span name)
{
	static const char *const names[] = {
		"From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date",
		"MIME-Version", "Content-Type", "Content-Transfer-Encoding",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(name, names[i]))
			return true;
	return false;
}

/*
 * The field of each entry of h=, by its place there: the last field of a name
 * for the first entry, and so upwards (5.4.2). NULL where there is none. A
 * signature never signs itself. NULL without memory.
 */
static const struct header **
choose(struct arena *a, const struct headers *h,
    const struct dkim_signature *sig, bool *surplus_out)
{
	size_t i, at, n = sig->nsigned_fields;
	const struct header **chosen = arena_array(a, n, sizeof(*chosen));
	struct entry *e = sorted_entries(a, sig);

	*surplus_out = false;
	if (chosen == NULL || e == NULL)
		return NULL;
	for (i = h->count; i-- > 0;) {
		const struct header *f = &h->field[i];

		at = find_entry(e, n, f->name);
		if (at == n || f == sig->field)
			continue;
		if (at + e[at].found < n && compare_names(e[at].name,
		    e[at + e[at].found].name) == 0) {
			chosen[e[at + e[at].found].place] = f;
			e[at].found++;
		} else if (is_shown_once(f->name))
			*surplus_out = true;
	}
	return chosen;
}

/* ---- the signature itself ----------------------------------------------- */

/*
 * Find what stands between the "=" of the b= tag and the ";" behind it, or
 * the end. It was parsed before: there is one b= at most, and every ";" ends
 * a tag.
 */
static bool
find_b(struct span value, struct span *b_out)
{
	struct span spec;

	while (span_next(&value, ';', &spec)) {
		size_t eq = span_find(spec, '=');

		*b_out = span_skip(spec, eq + 1);
		if (eq < spec.len &&
		    span_is(span_trim(span_head(spec, eq)), "b"))
			return true;
	}
	return false;
}

/*
 * The value of the field without that of b=, white space around it included
 * (3.7). On failure p is NULL.
 */
static struct span
without_b(struct arena *a, struct span value)
{
	struct span b;
	size_t before;
	char *p;

	if (!find_b(value, &b))
		return value;
	if ((p = arena_alloc(a, value.len)) == NULL)
		return (struct span){ NULL, 0 };
	before = (size_t)(b.p - value.p);
	value.len -= b.len;
	memcpy(p, value.p, before);
	memcpy(p + before, b.p + b.len, value.len - before);
	return (struct span){ p, value.len };
}

/* Append the canonical signature field, without b= and the final CRLF. */
static void
add_signature(struct strbuf *sb, struct arena *a,
    const struct dkim_signature *sig)
{
	struct header f = *sig->field;

	f.value = without_b(a, f.value);
	if (f.value.p == NULL) {
		sb->failed = true;
		return;
	}
	canon_header(sb, sig->header_canon, &f);
	if (!sb->failed)
		strbuf_cut(sb, sb->len - 2);
}

/* ---- both --------------------------------------------------------------- */

/*
 * Append all that is signed to `sb`; with a digest, give it over field by
 * field instead.
 */
static bool
add_all(struct strbuf *sb, struct digest *d, struct arena *a,
    const struct headers *h, const struct dkim_signature *sig,
    bool *surplus_out)
{
	const struct header **chosen = choose(a, h, sig, surplus_out);
	size_t i;

	if (chosen == NULL)
		return false;
	for (i = 0; i <= sig->nsigned_fields && !sb->failed; i++) {
		if (i == sig->nsigned_fields)
			add_signature(sb, a, sig);
		else if (chosen[i] != NULL)
			canon_header(sb, sig->header_canon, chosen[i]);
		if (d != NULL && !sb->failed && sb->len > 0) {
			digest_add(d, sb->p, sb->len);
			strbuf_cut(sb, 0);
		}
	}
	return !sb->failed;
}

struct span
dkim_signed_data(struct arena *a, const struct headers *h,
    const struct dkim_signature *sig)
{
	struct strbuf sb;
	bool surplus;

	strbuf_init(&sb, a);
	if (!add_all(&sb, NULL, a, h, sig, &surplus))
		return (struct span){ NULL, 0 };
	return strbuf_span(&sb);
}

bool
dkim_data_digest(struct arena *a, const struct headers *h,
    const struct dkim_signature *sig, struct digest *d,
    struct strbuf *scratch, uint8_t out[DIGEST_LEN], bool *surplus_out)
{
	bool good;

	strbuf_cut(scratch, 0);
	good = add_all(scratch, d, a, h, sig, surplus_out);
	/* In any case: the next hash begins anew. */
	return digest_final(d, out) && good;
}
