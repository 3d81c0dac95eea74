# policy/: SPF, DKIM, DMARC, iprev, Authentication-Results, the inspection
# that runs them, and the decision; no clock, no log, no file, no socket
libsignet_la_SOURCES += \
	policy/bodyhash.c policy/bodyhash.h \
	policy/dkim.h \
	policy/dkim_base64.c policy/dkim_base64.h \
	policy/dkim_data.c policy/dkim_data.h \
	policy/dkim_key.c policy/dkim_key.h \
	policy/dkim_sign.c policy/dkim_sign.h \
	policy/dkim_signature.c \
	policy/dkim_verify.c \
	policy/describe.c policy/describe.h \
	policy/hostlist.c policy/hostlist.h \
	policy/inspect.c policy/inspect.h \
	policy/mail.h \
	policy/received.c policy/received.h \
	policy/role.c policy/role.h \
	policy/settings.h \
	policy/verdict.c policy/verdict.h \
	policy/result.c policy/result.h

# SPF
EXTRA_DIST += tests/lib/spfsuite.py tests/suites/spf-openspf
libsignet_la_SOURCES += \
	policy/spf.c policy/spf.h \
	policy/spf_eval.c policy/spf_eval.h \
	policy/spf_macro.c policy/spf_macro.h \
	policy/spf_mech.c \
	policy/spf_prefetch.c \
	policy/spf_record.c policy/spf_record.h \
	policy/spf_trace.c policy/spf_trace.h

if HAVE_CHECK
check_PROGRAMS += tests/check_spf_macro
TESTS += tests/check_spf_macro
tests_check_spf_macro_SOURCES = tests/check_spf_macro.c
tests_check_spf_macro_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_spf_macro_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_spf_record
TESTS += tests/check_spf_record
tests_check_spf_record_SOURCES = tests/check_spf_record.c
tests_check_spf_record_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_spf_record_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_spf_suite
TESTS += tests/check_spf_suite
tests_check_spf_suite_SOURCES = tests/check_spf_suite.c
tests_check_spf_suite_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_spf_suite_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_spf_eval
TESTS += tests/check_spf_eval
tests_check_spf_eval_SOURCES = tests/check_spf_eval.c
tests_check_spf_eval_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_spf_eval_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_spf_limits
TESTS += tests/check_spf_limits
tests_check_spf_limits_SOURCES = tests/check_spf_limits.c
tests_check_spf_limits_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_spf_limits_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_spf_prefetch
TESTS += tests/check_spf_prefetch
tests_check_spf_prefetch_SOURCES = tests/check_spf_prefetch.c
tests_check_spf_prefetch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_spf_prefetch_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_spf_trace
TESTS += tests/check_spf_trace
tests_check_spf_trace_SOURCES = tests/check_spf_trace.c
tests_check_spf_trace_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_spf_trace_LDADD = $(TEST_LIBS)
endif

if HAVE_CHECK
check_PROGRAMS += tests/check_bodyhash
TESTS += tests/check_bodyhash
tests_check_bodyhash_SOURCES = tests/check_bodyhash.c
tests_check_bodyhash_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_bodyhash_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_hostlist
TESTS += tests/check_hostlist
tests_check_hostlist_SOURCES = tests/check_hostlist.c
tests_check_hostlist_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_hostlist_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_dkim_signature
TESTS += tests/check_dkim_signature
tests_check_dkim_signature_SOURCES = tests/check_dkim_signature.c
tests_check_dkim_signature_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dkim_signature_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_dkim_key
TESTS += tests/check_dkim_key
tests_check_dkim_key_SOURCES = tests/check_dkim_key.c
tests_check_dkim_key_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dkim_key_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_dkim_sign
TESTS += tests/check_dkim_sign
tests_check_dkim_sign_SOURCES = tests/check_dkim_sign.c
tests_check_dkim_sign_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dkim_sign_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_dkim_verify
TESTS += tests/check_dkim_verify
tests_check_dkim_verify_SOURCES = tests/check_dkim_verify.c \
	tests/lib/dkimtest.c tests/lib/dkimtest.h
tests_check_dkim_verify_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dkim_verify_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_dkim_suites
TESTS += tests/check_dkim_suites
tests_check_dkim_suites_SOURCES = tests/check_dkim_suites.c
tests_check_dkim_suites_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dkim_suites_LDADD = $(TEST_LIBS)
endif

# DMARC
libsignet_la_SOURCES += \
	policy/dmarc.c policy/dmarc.h \
	policy/dmarc_record.c \
	policy/dmarc_walk.c
EXTRA_DIST += tests/suites/dmarc

if HAVE_CHECK
check_PROGRAMS += tests/check_dmarc
TESTS += tests/check_dmarc
tests_check_dmarc_SOURCES = tests/check_dmarc.c
tests_check_dmarc_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dmarc_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_dmarc_record
TESTS += tests/check_dmarc_record
tests_check_dmarc_record_SOURCES = tests/check_dmarc_record.c
tests_check_dmarc_record_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dmarc_record_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_dmarc_walk
TESTS += tests/check_dmarc_walk
tests_check_dmarc_walk_SOURCES = tests/check_dmarc_walk.c
tests_check_dmarc_walk_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dmarc_walk_LDADD = $(TEST_LIBS)
endif

# Authentication-Results
libsignet_la_SOURCES += \
	policy/authres.h \
	policy/authres_claims.c \
	policy/authres_compose.c \
	policy/authres_parse.c \
	policy/authres_text.c policy/authres_text.h

if HAVE_CHECK
check_PROGRAMS += tests/check_authres
TESTS += tests/check_authres
tests_check_authres_SOURCES = tests/check_authres.c
tests_check_authres_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_authres_LDADD = $(TEST_LIBS)
endif

# iprev
libsignet_la_SOURCES += \
	policy/iprev.c policy/iprev.h

if HAVE_CHECK
check_PROGRAMS += tests/check_iprev
TESTS += tests/check_iprev
tests_check_iprev_SOURCES = tests/check_iprev.c
tests_check_iprev_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_iprev_LDADD = $(TEST_LIBS)
endif

# Roles, the inspection, the decision
if HAVE_CHECK
check_PROGRAMS += tests/check_role
TESTS += tests/check_role
tests_check_role_SOURCES = tests/check_role.c
tests_check_role_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_role_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_verdict
TESTS += tests/check_verdict
tests_check_verdict_SOURCES = tests/check_verdict.c
tests_check_verdict_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_verdict_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_inspect
TESTS += tests/check_inspect
tests_check_inspect_SOURCES = tests/check_inspect.c
tests_check_inspect_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_inspect_LDADD = $(TEST_LIBS)
endif
