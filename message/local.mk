# message/: text of mail; no I/O
libsignet_la_SOURCES += \
	message/address.c message/address.h \
	message/canon.c message/canon.h \
	message/domain.c message/domain.h \
	message/header.c message/header.h \
	message/ip.c message/ip.h \
	message/lex.c message/lex.h \
	message/taglist.c message/taglist.h

if UNIT_TESTS
MESSAGE_TESTS = tests/check_address tests/check_canon tests/check_domain \
	tests/check_from_suite tests/check_header tests/check_lex \
	tests/check_taglist
check_PROGRAMS += $(MESSAGE_TESTS)
endif
