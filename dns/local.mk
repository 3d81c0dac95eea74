# dns/: questions in, typed answers out; the only user of the DNS libraries
libsignet_la_SOURCES += \
	dns/dns.h \
	dns/engine.h \
	dns/server.c
