# tests/: helpers that several tests share; each room's tests are listed with
# the room
check_LTLIBRARIES += libtestlib.la
libtestlib_la_SOURCES = tests/lib/testlib.c tests/lib/testlib.h \
	tests/lib/dnstable.c tests/lib/dnstable.h \
	tests/lib/suite.c tests/lib/suite.h
libtestlib_la_CPPFLAGS = $(TEST_CPPFLAGS)

include tests/fuzz/local.mk
