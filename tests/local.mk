# tests/: helpers that several tests share; each room's tests are listed with
# the room
check_LTLIBRARIES += libtestlib.la
libtestlib_la_SOURCES = tests/lib/testlib.c tests/lib/testlib.h \
	tests/lib/confworld.c tests/lib/confworld.h \
	tests/lib/dnstable.c tests/lib/dnstable.h \
	tests/lib/dmarczone.c tests/lib/dmarczone.h \
	tests/lib/dnswire.c tests/lib/dnswire.h tests/lib/dnsworld.h \
	tests/lib/hostiled.c tests/lib/hostiled.h \
	tests/lib/spfworld.c tests/lib/spfworld.h \
	tests/lib/suite.c tests/lib/suite.h

include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/wire/local.mk

# The two commands, and what they stand on.
EXTRA_DIST += quickstart runtests .ci/run tests/suites/README \
	tests/lib/attend.sh tests/lib/build.sh tests/lib/packages.sh \
	tests/e2e/alone.py tests/e2e/cases.py tests/e2e/dnsd.py \
	tests/e2e/filter.py tests/e2e/forge.py tests/e2e/lab.py \
	tests/e2e/milter.py \
	tests/e2e/run.py tests/e2e/scenarios.py tests/e2e/sendmail.py \
	tests/e2e/show.py tests/e2e/test_sendmail.py \
	tests/e2e/test_attacks.py tests/e2e/test_decision.py \
	tests/e2e/test_hostile.py tests/e2e/test_keys.py \
	tests/e2e/test_load.py tests/e2e/test_log.py tests/e2e/test_others.py \
	tests/e2e/test_dkim.py tests/e2e/test_dkim_sendmail.py \
	tests/e2e/test_dmarc.py tests/e2e/test_postfix.py \
	tests/e2e/test_relays.py tests/e2e/test_reload.py \
	tests/e2e/test_signet.py tests/e2e/test_spf.py tests/e2e/test_start.py

# Do others read our signatures, and we theirs? Do they come to our results of
# SPF? The short forms are part of ./runtests.
interop: signet
	SIGNET=$(abs_builddir)/signet $(srcdir)/tests/suites/dkim-interop \
		--count 1000
	SIGNET=$(abs_builddir)/signet $(srcdir)/tests/suites/spf-differential \
		--count 2500
.PHONY: interop

EXTRA_DIST += tests/suites/dkim-interop tests/suites/foreign-tree \
	tests/suites/instructions \
	tests/suites/keys tests/suites/rotate \
	tests/suites/manual-options \
	tests/suites/migrate tests/suites/sign tests/suites/spf-differential \
	tests/interop/mailspf.pl tests/interop/spfzones.py \
	tests/interop/maildkim.pl tests/interop/messages.py \
	tests/interop/opendkim.py tests/interop/programs.py
