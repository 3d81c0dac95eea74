/* The recorder on libmilter: see tests/wire/recorder.h. */
#include "config.h"

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/wire/recorder.h"

/* libmilter hands nothing of the program's to a negotiation. */
static struct wanted wanted;

static char *
text(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* ---- the door ----------------------------------------------------------- */

static struct span
macro(void *ctx, const char *name)
{
	return span_of(smfi_getsymval(ctx, text(name)));
}

/* Its manual has "%" doubled by the caller. */
static void
refuse(void *ctx, unsigned code, const char *enhanced, const char *words)
{
	char number[8], doubled[2000];
	size_t n = 0;

	for (; *words != '\0'; words++) {
		if (*words == '%')
			doubled[n++] = '%';
		doubled[n++] = *words;
	}
	doubled[n] = '\0';
	snprintf(number, sizeof(number), "%03u", code % 1000);
	if (smfi_setreply(ctx, number, text(enhanced), doubled) != MI_SUCCESS)
		fprintf(stderr, "smfi_setreply refuses\n");
}

static char *
string(struct span s)
{
	char *p = strndup(s.len > 0 ? s.p : "", s.len);

	if (p == NULL)
		abort();
	return p;
}

static bool
insert(void *ctx, uint32_t index, struct span name, struct span value)
{
	char *n = string(name), *v = string(value);
	bool good = smfi_insheader(ctx, (int)index, n, v) == MI_SUCCESS;

	free(n);
	free(v);
	return good;
}

static bool
delete(void *ctx, uint32_t nth, struct span name)
{
	char *n = string(name);
	bool good = smfi_chgheader(ctx, n, (int)nth, NULL) == MI_SUCCESS;

	free(n);
	return good;
}

static bool
quarantine(void *ctx, struct span reason)
{
	char *s = string(reason);
	bool good = smfi_quarantine(ctx, s) == MI_SUCCESS;

	free(s);
	return good;
}

static const struct door door = {
	.macro = macro, .refuse = refuse, .insert = insert, .delete = delete,
	.quarantine = quarantine,
};

/* ---- callbacks ---------------------------------------------------------- */

/* One that promised not to reply keeps its word; libmilter fakes the rest. */
static sfsistat
status(enum milter_answer answer, uint32_t no_reply)
{
	static const sfsistat of[] = {
		[ANSWER_CONTINUE] = SMFIS_CONTINUE,
		[ANSWER_REJECT] = SMFIS_REJECT,
		[ANSWER_TEMPFAIL] = SMFIS_TEMPFAIL,
		[ANSWER_DISCARD] = SMFIS_DISCARD,
	};

	return (wanted.terms.steps & no_reply) != 0 ? SMFIS_NOREPLY :
	    of[answer];
}

/* libmilter passes on a HELO, or a MAIL, that comes before any negotiation. */
static struct record *
record_of(SMFICTX *ctx)
{
	struct record *r = smfi_getpriv(ctx);

	if (r != NULL)
		return r;
	r = record_new(&door, ctx, &wanted);
	if (r == NULL || smfi_setpriv(ctx, r) != MI_SUCCESS)
		abort();
	return r;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1,
    unsigned long f2, unsigned long f3, unsigned long *pf0,
    unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
	int i;

	(void)f2;
	(void)f3;
	*pf0 = f0 & wanted.terms.actions;
	*pf1 = f1 & wanted.terms.steps;
	*pf2 = *pf3 = 0;
	for (i = 0; i < MILTER_STAGES; i++)
		if (wanted.macros[i] != NULL && (*pf0 & SMFIF_SETSYMLIST) != 0)
			(void)smfi_setsymlist(ctx, i, text(wanted.macros[i]));
	(void)record_of(ctx);
	return SMFIS_CONTINUE;
}

/* IPv4 as wire/ has it. */
static void
address(const _SOCK_ADDR *addr, char *out, size_t size)
{
	const void *p = addr;
	char four[INET_ADDRSTRLEN];

	snprintf(out, size, "-");
	if (addr == NULL)
		return;
	if (addr->sa_family == AF_INET) {
		(void)inet_ntop(AF_INET,
		    &((const struct sockaddr_in *)p)->sin_addr, four,
		    sizeof(four));
		snprintf(out, size, "::ffff:%s", four);
	} else if (addr->sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)p)->sin6_addr, out,
		    (socklen_t)size);
}

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *addr)
{
	char ip[INET6_ADDRSTRLEN];

	address(addr, ip, sizeof(ip));
	return status(record_connect(record_of(ctx), span_of(name),
	    span_of(ip)), SMFIP_NR_CONN);
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	return status(record_event(record_of(ctx), "helo", span_of(name),
	    SMFIP_NR_HELO), SMFIP_NR_HELO);
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	return status(record_event(record_of(ctx), "mail",
	    span_of(argv[0]), SMFIP_NR_MAIL), SMFIP_NR_MAIL);
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	return status(record_event(record_of(ctx), "rcpt",
	    span_of(argv[0]), SMFIP_NR_RCPT), SMFIP_NR_RCPT);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	return status(record_header(record_of(ctx), span_of(name),
	    span_of(value)), SMFIP_NR_HDR);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *p, size_t len)
{
	(void)record_event(record_of(ctx), "body",
	    (struct span){ (char *)p, len }, UINT32_MAX);
	return status(ANSWER_CONTINUE, SMFIP_NR_BODY);
}

static sfsistat
on_end(SMFICTX *ctx)
{
	return status(record_end(record_of(ctx)), 0);
}

/* Those that wire/ answers by itself. */
static sfsistat
on_data(SMFICTX *ctx)
{
	(void)ctx;
	return status(ANSWER_CONTINUE, SMFIP_NR_DATA);
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	(void)ctx;
	return status(ANSWER_CONTINUE, SMFIP_NR_EOH);
}

static sfsistat
on_unknown(SMFICTX *ctx, const char *line)
{
	(void)ctx;
	(void)line;
	return status(ANSWER_CONTINUE, SMFIP_NR_UNKN);
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	record_abort(record_of(ctx));
	return SMFIS_CONTINUE;
}

/*
 * Also where the MTA goes on with another client: so what there is is kept,
 * and not given back.
 */
static sfsistat
on_close(SMFICTX *ctx)
{
	struct record *r = smfi_getpriv(ctx);

	if (r != NULL)
		record_close(r);
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	struct smfiDesc desc = {
		.xxfi_name = text("recorder"),
		.xxfi_version = SMFI_VERSION,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eoh = on_eoh,
		.xxfi_body = on_body,
		.xxfi_eom = on_end,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_unknown = on_unknown,
		.xxfi_data = on_data,
		.xxfi_negotiate = on_negotiate,
	};
	char where[256];

	if (!record_usage(&wanted, argc, argv))
		return 2;
	desc.xxfi_flags = wanted.terms.actions;
	snprintf(where, sizeof(where), "unix:%s", wanted.socket);
	if (smfi_register(desc) != MI_SUCCESS ||
	    smfi_setconn(where) != MI_SUCCESS)
		return 2;
	/* as wire/ takes them; its own limit is 64 KB */
	(void)smfi_setmaxdatasize(MILTER_MAX_PACKET);
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
