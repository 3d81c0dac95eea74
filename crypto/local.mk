# crypto/: digests, keys, signatures; the only user of OpenSSL
libsignet_la_SOURCES += \
	crypto/digest.h \
	crypto/key.h
