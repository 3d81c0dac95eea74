# config/: the option table, its parser, data sets, and the snapshot built of
# them
libsignet_la_SOURCES += \
	config/dataset.c config/dataset.h config/dataset_spec.c \
	config/file.c config/file.h \
	config/keyfile.c config/keyfile.h \
	config/keystore.c config/keystore.h \
	config/keytable.c config/keytable.h \
	config/lists.c config/lists.h \
	config/option.c config/option.h \
	config/option_others.c config/option_table.c \
	config/parse.c config/parse.h \
	config/pattern.c config/pattern.h \
	config/report.c config/report.h \
	config/signing.c config/signing.h \
	config/signtable.c config/signtable.h \
	config/snapshot.c config/snapshot.h

if HAVE_CHECK
check_PROGRAMS += tests/check_config
TESTS += tests/check_config
tests_check_config_SOURCES = tests/check_config.c
tests_check_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_config_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_dataset
TESTS += tests/check_dataset
tests_check_dataset_SOURCES = tests/check_dataset.c
tests_check_dataset_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_dataset_LDADD = $(TEST_LIBS)
check_PROGRAMS += tests/check_signing
TESTS += tests/check_signing
tests_check_signing_SOURCES = tests/check_signing.c
tests_check_signing_CPPFLAGS = $(TEST_CPPFLAGS)
tests_check_signing_LDADD = $(TEST_LIBS)
endif
