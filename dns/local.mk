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
	dns/stored.c dns/stored.h \
	dns/update.c dns/update.h

if UNIT_TESTS
DNS_TESTS = tests/check_dns tests/check_dns_cache tests/check_dns_decode \
	tests/check_dns_stress tests/check_dns_then tests/check_dns_wire
check_PROGRAMS += $(DNS_TESTS)
tests_check_dns_stress_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc
endif
