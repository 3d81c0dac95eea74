# wire/: the milter protocol, its connections, the threads that serve them;
# nothing about what is in mail
libsignet_la_SOURCES += \
	wire/buffer.c wire/buffer.h \
	wire/macros.c wire/macros.h \
	wire/milter.c wire/milter.h \
	wire/pool.c wire/pool.h \
	wire/read.c wire/read.h

if UNIT_TESTS
check_PROGRAMS += tests/check_milter tests/check_pool
endif
