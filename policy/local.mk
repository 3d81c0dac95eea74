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
	policy/decide.h policy/decide_author.c policy/decide_dkim.c \
	policy/decide_dmarc.c policy/decide_own.c policy/decide_spf.c \
	policy/describe.c policy/describe.h \
	policy/hostlist.c policy/hostlist.h \
	policy/inspect.c policy/inspect.h \
	policy/inspect_edit.c \
	policy/inspect_judge.c \
	policy/inspect_state.h \
	policy/keycheck.c policy/keycheck.h \
	policy/mail.h \
	policy/override.c policy/override.h \
	policy/received.c policy/received.h \
	policy/role.c policy/role.h \
	policy/sender.c policy/sender.h \
	policy/settings.c policy/settings.h \
	policy/verdict.c policy/verdict.h \
	policy/result.c policy/result.h

# SPF
EXTRA_DIST += tests/lib/spfsuite.py tests/suites/spf-openspf
libsignet_la_SOURCES += \
	policy/received_spf.c policy/received_spf.h \
	policy/spf.c policy/spf.h \
	policy/spf_eval.c policy/spf_eval.h \
	policy/spf_exempt.c policy/spf_exempt.h \
	policy/spf_lint.c policy/spf_lint.h \
	policy/spf_macro.c policy/spf_macro.h \
	policy/spf_mech.c \
	policy/spf_message.c policy/spf_message.h \
	policy/spf_prefetch.c \
	policy/spf_reason.c policy/spf_reason.h \
	policy/spf_record.c policy/spf_record.h \
	policy/spf_rules.h \
	policy/spf_trace.c policy/spf_trace.h

if UNIT_TESTS
check_PROGRAMS += \
	tests/check_spf_macro \
	tests/check_spf_record \
	tests/check_spf_suite \
	tests/check_spf_eval \
	tests/check_spf_limits \
	tests/check_spf_prefetch \
	tests/check_spf_lint \
	tests/check_spf_width \
	tests/check_spf_trace \
	tests/check_spf_rules \
	tests/check_spf_exempt \
	tests/check_received_spf
endif

if UNIT_TESTS
check_PROGRAMS += \
	tests/check_bodyhash \
	tests/check_large_body \
	tests/check_hostlist \
	tests/check_dkim_signature \
	tests/check_dkim_key \
	tests/check_dkim_hostile \
	tests/check_dkim_sign \
	tests/check_dkim_verify
tests_check_dkim_verify_SOURCES = tests/check_dkim_verify.c \
	tests/lib/dkimtest.c tests/lib/dkimtest.h
check_PROGRAMS += tests/check_dkim_suites
endif

# DMARC
libsignet_la_SOURCES += \
	policy/dmarc.c policy/dmarc.h \
	policy/dmarc_compare.c policy/dmarc_compare.h \
	policy/dmarc_lint.c policy/dmarc_lint.h \
	policy/dmarc_record.c \
	policy/dmarc_report_uri.c policy/dmarc_report_uri.h \
	policy/dmarc_walk.c \
	policy/suffixes.c policy/suffixes.h
EXTRA_DIST += tests/suites/dmarc

if UNIT_TESTS
check_PROGRAMS += \
	tests/check_dmarc \
	tests/check_dmarc_compare \
	tests/check_dmarc_lint \
	tests/check_dmarc_record \
	tests/check_dmarc_report_uri \
	tests/check_dmarc_walk \
	tests/check_suffixes
endif

# Authentication-Results
libsignet_la_SOURCES += \
	policy/authres.h \
	policy/authres_claims.c \
	policy/authres_compose.c \
	policy/authres_parse.c \
	policy/authres_text.c policy/authres_text.h \
	policy/fieldtext.c policy/fieldtext.h

if UNIT_TESTS
check_PROGRAMS += tests/check_authres
endif

# iprev
libsignet_la_SOURCES += \
	policy/iprev.c policy/iprev.h

if UNIT_TESTS
check_PROGRAMS += tests/check_iprev
endif

# Roles, the inspection, the decision
if UNIT_TESTS
check_PROGRAMS += \
	tests/check_role \
	tests/check_sender \
	tests/check_decide_dkim \
	tests/check_describe \
	tests/check_verdict \
	tests/check_inspect \
	tests/check_keycheck
endif
