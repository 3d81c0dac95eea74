# milter/: signetd: main, sessions, applying a verdict, log
sbin_PROGRAMS += signetd
signetd_SOURCES = \
	milter/apply.c milter/apply.h \
	milter/epoch.c milter/epoch.h \
	milter/keywatcher.c milter/keywatcher.h \
	milter/listen.c milter/listen.h \
	milter/log.c milter/log.h \
	milter/placed.c milter/placed.h \
	milter/privileges.c milter/privileges.h \
	milter/session.c milter/session.h \
	milter/signetd.c
signetd_LDADD = libsignet.la $(SYSTEMD_LIBS)

if UNIT_TESTS
check_PROGRAMS += tests/check_log
tests_check_log_SOURCES = tests/check_log.c milter/log.c milter/log.h
endif
