# crypto/: digests, keys, signatures; the only user of OpenSSL
libsignet_la_SOURCES += \
	crypto/der.c crypto/der.h \
	crypto/digest.c crypto/digest.h \
	crypto/evp.h \
	crypto/key.c crypto/key.h \
	crypto/key_private.c \
	crypto/key_public.c \
	crypto/rsa_parts.c

if HAVE_CHECK
check_PROGRAMS += tests/check_crypto
TESTS += tests/check_crypto
tests_check_crypto_SOURCES = tests/check_crypto.c
tests_check_crypto_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_crypto_LDADD = $(TEST_LIBS)
endif
