/* The end of an inspection: which header fields go, and which come. */
#include "config.h"
#include "policy/inspect_state.h"

#include "policy/authres.h"
#include "policy/describe.h"
#include "policy/received_spf.h"

static struct span
authserv_id(const struct inspection *in)
{
	if (in->set->authserv_id.len > 0)
		return in->set->authserv_id;
	if (in->mail.client.mta_name.len > 0)
		return in->mail.client.mta_name;
	return in->set->host_name;
}

/* The same, with the queue id behind it where that is asked for. */
static struct span
full_authserv_id(const struct inspection *in)
{
	struct span job = in->mail.envelope.queue_id;

	if (!in->set->authserv_id_with_job || job.len == 0)
		return authserv_id(in);
	return span_of(arena_printf(in->a, "%.*s/%.*s",
	    SPAN_ARG(authserv_id(in)), SPAN_ARG(job)));
}

static const char results_name[] = "Authentication-Results";

/* Whether a field is one to remove. */
static bool
goes(struct inspection *in, const struct header *field, bool old_signatures)
{
	if (span_is_nocase(field->name, results_name))
		return authres_claims(in->a, field->value, authserv_id(in));
	return old_signatures && span_is_nocase(field->name, "DKIM-Signature");
}

static void
remove_named(struct inspection *in, struct header_remove *remove,
    const char *name, bool old_signatures)
{
	const struct headers *h = &in->mail.headers;
	size_t nth = 0, i;

	for (i = 0; i < h->count; i++) {
		if (!span_is_nocase(h->field[i].name, name))
			continue;
		nth++;
		if (goes(in, &h->field[i], old_signatures))
			remove[in->out.nremoves++] = (struct header_remove){
				name, nth,
			};
	}
}

void
inspect_field_behind(struct inspection *in, struct span name,
    struct span value)
{
	size_t n = in->nforged_behind, *list = in->forged_behind;

	if (!span_is_nocase(name, results_name))
		return;
	in->nresults_behind++;
	if (!authres_claims(in->a, value, authserv_id(in)))
		return;
	if ((n & (n - 1)) == 0)		/* full at each power of two */
		list = arena_grow(in->a, list, n * sizeof(*list),
		    (n > 0 ? 2 * n : 1) * sizeof(*list));
	if (list == NULL) {
		in->broken = true;
		return;
	}
	list[n] = in->nresults_behind;
	in->forged_behind = list;
	in->nforged_behind++;
}

static void
remove_behind(struct inspection *in, struct header_remove *remove)
{
	size_t before = headers_count(&in->mail.headers,
	    span_of(results_name)), i;

	for (i = 0; i < in->nforged_behind; i++)
		remove[in->out.nremoves++] = (struct header_remove){
			results_name, before + in->forged_behind[i],
		};
}

/*
 * Fields that claim to be ours go, whoever wrote them, and whatever job id
 * they have behind the name; with RemoveOldSignatures, signatures that ours
 * replaces.
 */
static void
edit_remove(struct inspection *in)
{
	const struct headers *h = &in->mail.headers;
	struct header_remove *remove = arena_array(in->a,
	    h->count + in->nforged_behind, sizeof(*remove));

	if (remove == NULL) {
		in->broken = true;
		return;
	}
	in->out.remove = remove;
	remove_named(in, remove, results_name, false);
	remove_behind(in, remove);
	in->out.nforged = in->out.nremoves;
	if (in->set->sign_rules.remove_old && in->out.signed_as.len > 0)
		remove_named(in, remove, "DKIM-Signature", true);
}

static void
insert(struct inspection *in, struct header_insert *list, const char *name,
    struct span value)
{
	if (value.p == NULL)
		in->broken = true;
	else
		list[in->out.ninserts++] = (struct header_insert){
			name, value,
		};
}

/* The tag that a Sieve rule or a spam filter looks for. */
static struct span
quarantine_tag(struct inspection *in)
{
	return span_of(arena_printf(in->a, " %s", in->out.verdict.text));
}

/* The entries of our field: SPF's only where Header_Type wants them there. */
static struct span
results_field(struct inspection *in)
{
	struct method_result *m = arena_array(in->a, in->out.nmethods + 1,
	    sizeof(*m));
	size_t i, n = 0;

	for (i = 0; m != NULL && i < in->out.nmethods; i++)
		if ((in->set->spf_rules.headers & SPF_HEADER_AR) != 0 ||
		    strcmp(in->out.method[i].method, "spf") != 0)
			m[n++] = in->out.method[i];
	if (m == NULL)
		return (struct span){ NULL, 0 };
	return authres_compose(in->a, full_authserv_id(in), m, n);
}

static void
insert_received_spf(struct inspection *in, struct header_insert *list)
{
	const struct results *r = &in->out.results;

	if ((in->set->spf_rules.headers & SPF_HEADER_RECEIVED) == 0)
		return;
	if (r->spf_mail_from != NULL)
		insert(in, list, "Received-SPF", received_spf_compose(in->a,
		    r->spf_mail_from, SPF_MAIL_FROM, &in->spf.client));
	if (r->spf_helo != NULL)
		insert(in, list, "Received-SPF", received_spf_compose(in->a,
		    r->spf_helo, SPF_HELO, &in->spf.client));
}

/* Fields that are put into a message that is judged, at most. */
#define MAX_INSERTS	4

static void
edit_quarantine(struct inspection *in, struct header_insert *list)
{
	if (in->out.verdict.action == ACTION_QUARANTINE &&
	    !in->set->hold_quarantined)
		insert(in, list, "X-Signet-Quarantine", quarantine_tag(in));
}

/* Our own mail that could not be signed has no signature to insert. */
static void
edit_unsigned(struct inspection *in)
{
	struct header_insert *list = arena_alloc(in->a, sizeof(*list));

	if (list == NULL) {
		in->broken = true;
		return;
	}
	in->out.insert = list;
	edit_quarantine(in, list);
}

static void
edit_judged(struct inspection *in)
{
	struct header_insert *list = arena_array(in->a, MAX_INSERTS,
	    sizeof(*list));

	if (list == NULL) {
		in->broken = true;
		return;
	}
	in->out.method = describe_results(in->a, &in->mail.client,
	    &in->out.results, &in->out.verdict, &in->out.nmethods);
	if (in->out.method == NULL) {
		in->broken = true;
		return;
	}
	in->out.insert = list;
	insert(in, list, results_name, results_field(in));
	insert_received_spf(in, list);
	edit_quarantine(in, list);
}

/* "sel._domainkey.example.com", comma between several. */
static struct span
seal_names(struct inspection *in)
{
	struct strbuf sb;
	size_t i;

	strbuf_init(&sb, in->a);
	for (i = 0; i < in->nseals; i++) {
		if (i > 0)
			strbuf_addc(&sb, ',');
		strbuf_add(&sb, in->seal[i].selector);
		strbuf_adds(&sb, "._domainkey.");
		strbuf_add(&sb, in->seal[i].domain);
	}
	return strbuf_span(&sb);
}

void
inspect_seal(struct inspection *in)
{
	struct header_insert *list;
	size_t i;

	if (in->signer == NULL)
		return;
	list = arena_array(in->a, in->nseals, sizeof(*list));
	for (i = 0; list != NULL && i < in->nseals; i++) {
		struct span value = dkim_signer_finish(in->signer, i, in->now);

		if (value.p == NULL)
			break;
		insert(in, list, "DKIM-Signature", value);
	}
	if (i < in->nseals) {
		in->out.ninserts = 0;
		inspect_signing(in, SIGN_ERROR,
		    "the signature could not be made");
		return;
	}
	in->out.insert = list;
	in->out.signed_as = seal_names(in);
}

/* auth= of a client that logged in, above the signatures. */
static void
edit_login(struct inspection *in)
{
	struct header_insert *list;
	size_t n = in->out.ninserts, i;

	in->out.method = describe_login(in->a, &in->mail.envelope,
	    in->set->auth_results_login, &in->out.nmethods);
	if (in->out.nmethods == 0)
		return;
	list = arena_array(in->a, n + 1, sizeof(*list));
	if (in->out.method == NULL || list == NULL) {
		in->broken = true;
		return;
	}
	in->out.ninserts = 0;
	insert(in, list, results_name, authres_compose(in->a,
	    full_authserv_id(in), in->out.method, in->out.nmethods));
	for (i = 0; i < n; i++)
		insert(in, list, in->out.insert[i].name,
		    in->out.insert[i].value);
	in->out.insert = list;
}

static void
edit_submitted(struct inspection *in)
{
	if (in->out.results.signing == SIGN_ERROR)
		edit_unsigned(in);
	if (in->set->auth_results)
		edit_login(in);
}

void
inspect_edit(struct inspection *in)
{
	if (inspect_judged(in) || in->role.kind == ROLE_SUBMITTED)
		edit_remove(in);
	if (inspect_judged(in))
		edit_judged(in);
	else if (in->role.kind == ROLE_SUBMITTED)
		edit_submitted(in);
}
