# base/: span, arena, string builder, map, UTF-8; nothing about mail
libsignet_la_SOURCES += \
	base/arena.c base/arena.h \
	base/base64.c base/base64.h \
	base/clock.h \
	base/map.c base/map.h \
	base/span.c base/span.h \
	base/strbuf.c base/strbuf.h \
	base/thread.c base/thread.h \
	base/utf8.c base/utf8.h

if UNIT_TESTS
check_PROGRAMS += tests/check_base
endif
