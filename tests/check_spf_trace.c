/* tests of policy/spf_trace.c */
#include "config.h"

#include "tests/lib/spfworld.h"
#include "tests/lib/testlib.h"

/*
 * The tree with every time in it made 0: how long an answer took is the
 * machine's affair. In `a`.
 */
static const char *
timeless(struct arena *a, const struct spf_trace *trace)
{
	struct strbuf sb, out;
	const char *p;

	strbuf_init(&sb, a);
	strbuf_init(&out, a);
	spf_trace_text(trace, &sb);
	for (p = strbuf_str(&sb); *p != '\0'; p++) {
		size_t digits = strspn(p + 1, "0123456789");

		if (*p == '(' && digits > 0 && strncmp(p + 1 + digits,
		    " ms", 3) == 0) {
			strbuf_adds(&out, "(0");
			p += digits;
		} else
			strbuf_addc(&out, *p);
	}
	return strbuf_str(&out);
}

/* ---- the trace ---------------------------------------------------------- */

START_TEST(trace_tells_all)
{
	static const char zone[] =
	    "x.example TXT \"v=spf1 a:gone.x include:i.example mx -all "
	    "exp=e.example\"\n"
	    "i.example TXT \"v=spf1 ip4:1.2.3.4 exists:%{l}.example ?all\"\n"
	    "x.example MX 10 m.example\n"
	    "m.example A 192.0.2.9\n"
	    "e.example TXT \"no\"\n";
	static const char want[] =
	    "x.example: fail\n"
	    "  TXT x.example: \"v=spf1 a:gone.x include:i.example mx -all "
	    "exp=e.example\" (0 ms)\n"
	    "  v=spf1 a:gone.x include:i.example mx -all exp=e.example\n"
	    "  a:gone.x -> gone.x [1 of 10]: no match\n"
	    "    A gone.x: no such name (0 ms, void)\n"
	    "  include:i.example -> i.example [2 of 10]: no match\n"
	    "    i.example: neutral\n"
	    "      TXT i.example: \"v=spf1 ip4:1.2.3.4 exists:%{l}.example "
	    "?all\" (0 ms)\n"
	    "      v=spf1 ip4:1.2.3.4 exists:%{l}.example ?all\n"
	    "      ip4:1.2.3.4: no match\n"
	    "      exists:%{l}.example -> u.example [3 of 10]: no match\n"
	    "        A u.example: no such name (0 ms, void)\n"
	    "      ?all: match\n"
	    "  mx [4 of 10]: no match\n"
	    "    MX x.example: 10 m.example (0 ms)\n"
	    "    A m.example: 192.0.2.9 (0 ms)\n"
	    "  -all: match\n"
	    "  exp=e.example -> e.example: explanation\n"
	    "    TXT e.example: \"no\" (0 ms)\n"
	    "4 of 10 terms that need DNS, 2 of 2 void lookups\n";
	struct world w = world_of(zone, "192.0.2.1", "h", "u@x.example");
	struct spf_trace *trace = spf_trace_new(w.a);
	struct spf_result r;

	spf_check(w.a, w.scope, &w.set, &w.c, SPF_MAIL_FROM, trace, &r);
	ck_assert_str_eq(timeless(w.a, trace), want);
	world_free(&w);
}
END_TEST

START_TEST(trace_escapes)
{
	struct world w = world_of("x.example TXT \"v=spf1 a \\007\\255\\\\\"\n",
	    "192.0.2.1", "h", "u@x.example");
	struct spf_trace *trace = spf_trace_new(w.a);
	struct spf_result r;

	spf_check(w.a, w.scope, &w.set, &w.c, SPF_MAIL_FROM, trace, &r);
	ck_assert_str_eq(timeless(w.a, trace), "x.example: permerror\n"
	    "  TXT x.example: \"v=spf1 a \\x07\\xff\\x5c\" (0 ms)\n"
	    "  v=spf1 a \\x07\\xff\\x5c\n"
	    "0 of 10 terms that need DNS, 0 of 2 void lookups\n");
	world_free(&w);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		trace_tells_all, trace_escapes,
	};

	return TESTLIB_RUN("spf_trace", tests);
}
