# dns/: questions in, typed answers out; the only user of the DNS libraries
libsignet_la_SOURCES += \
	dns/cache.c dns/cache.h \
	dns/dns.c dns/dns.h \
	dns/engine.h \
	dns/names.c dns/names.h \
	dns/resolver.h \
	dns/scope.c \
	dns/stored.c dns/stored.h

if HAVE_CHECK
check_PROGRAMS += tests/check_dns
TESTS += tests/check_dns
tests_check_dns_SOURCES = tests/check_dns.c
tests_check_dns_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dns_LDADD = $(TEST_LIBS)
endif
