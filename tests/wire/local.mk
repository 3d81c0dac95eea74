# tests/wire/: the milter protocol beside libmilter's: two programs that record
# what they are told, for tests/suites/wire-differential
RECORDER = tests/wire/recorder.c tests/wire/recorder.h
EXTRA_PROGRAMS += tests/wire/recorder-wire
tests_wire_recorder_wire_SOURCES = $(RECORDER) tests/wire/recorder_wire.c
tests_wire_recorder_wire_LDADD = libsignet.la

if LIBMILTER
EXTRA_PROGRAMS += tests/wire/recorder-libmilter
tests_wire_recorder_libmilter_SOURCES = $(RECORDER) \
	tests/wire/recorder_libmilter.c
tests_wire_recorder_libmilter_LDADD = libsignet.la $(MILTER_LIBS)
endif
EXTRA_DIST += tests/suites/wire-differential tests/wire/conversations.py
CLEANFILES += tests/wire/recorder-wire tests/wire/recorder-libmilter
