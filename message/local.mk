# message/: text of mail; no I/O
libsignet_la_SOURCES += \
	message/address.c message/address.h \
	message/canon.c message/canon.h \
	message/domain.c message/domain.h \
	message/header.c message/header.h \
	message/ip.c message/ip.h \
	message/lex.c message/lex.h \
	message/taglist.c message/taglist.h

if HAVE_CHECK
MESSAGE_TESTS = tests/check_address tests/check_canon tests/check_domain \
	tests/check_from_suite tests/check_header tests/check_lex \
	tests/check_taglist
check_PROGRAMS += $(MESSAGE_TESTS)
TESTS += $(MESSAGE_TESTS)
tests_check_address_SOURCES = tests/check_address.c
tests_check_address_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_address_LDADD = $(TEST_LIBS)
tests_check_canon_SOURCES = tests/check_canon.c
tests_check_canon_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_canon_LDADD = $(TEST_LIBS)
tests_check_domain_SOURCES = tests/check_domain.c
tests_check_domain_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_domain_LDADD = $(TEST_LIBS)
tests_check_from_suite_SOURCES = tests/check_from_suite.c
tests_check_from_suite_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_from_suite_LDADD = $(TEST_LIBS)
tests_check_header_SOURCES = tests/check_header.c
tests_check_header_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_header_LDADD = $(TEST_LIBS)
tests_check_lex_SOURCES = tests/check_lex.c
tests_check_lex_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_lex_LDADD = $(TEST_LIBS)
tests_check_taglist_SOURCES = tests/check_taglist.c
tests_check_taglist_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_taglist_LDADD = $(TEST_LIBS)
endif
