# dns/: questions in, typed answers out; the only user of the DNS libraries
libsignet_la_SOURCES += \
	dns/cache.c dns/cache.h \
	dns/decode.c dns/decode.h \
	dns/dns.c dns/dns.h \
	dns/engine.h dns/engine_unbound.c \
	dns/names.c dns/names.h \
	dns/resolvconf.c dns/resolvconf.h \
	dns/resolver.h \
	dns/scope.c \
	dns/server.c dns/server.h \
	dns/stored.c dns/stored.h

if HAVE_CHECK
DNS_TESTS = tests/check_dns tests/check_dns_cache tests/check_dns_decode \
	tests/check_dns_stress tests/check_dns_then tests/check_dns_wire
check_PROGRAMS += $(DNS_TESTS)
TESTS += $(DNS_TESTS)
tests_check_dns_SOURCES = tests/check_dns.c
tests_check_dns_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dns_LDADD = $(TEST_LIBS)
tests_check_dns_cache_SOURCES = tests/check_dns_cache.c
tests_check_dns_cache_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dns_cache_LDADD = $(TEST_LIBS)
tests_check_dns_decode_SOURCES = tests/check_dns_decode.c
tests_check_dns_decode_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dns_decode_LDADD = $(TEST_LIBS)
tests_check_dns_stress_SOURCES = tests/check_dns_stress.c
tests_check_dns_stress_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dns_stress_LDADD = $(TEST_LIBS)
tests_check_dns_stress_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc
tests_check_dns_then_SOURCES = tests/check_dns_then.c
tests_check_dns_then_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dns_then_LDADD = $(TEST_LIBS)
tests_check_dns_wire_SOURCES = tests/check_dns_wire.c
tests_check_dns_wire_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dns_wire_LDADD = $(TEST_LIBS)
endif
