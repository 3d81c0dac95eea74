# crypto/: digests, keys, signatures; the only user of OpenSSL
libsignet_la_SOURCES += \
	crypto/der.c crypto/der.h \
	crypto/digest.c crypto/digest.h \
	crypto/evp.h \
	crypto/key.c crypto/key.h \
	crypto/key_private.c \
	crypto/key_public.c \
	crypto/rsa_parts.c

if UNIT_TESTS
check_PROGRAMS += tests/check_crypto
endif
