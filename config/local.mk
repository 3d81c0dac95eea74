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
	config/own.c config/own.h \
	config/parse.c config/parse.h \
	config/pattern.c config/pattern.h \
	config/report.c config/report.h \
	config/signing.c config/signing.h \
	config/signtable.c config/signtable.h \
	config/snapshot.c config/snapshot.h \
	config/suffix_file.c config/suffix_file.h

if UNIT_TESTS
check_PROGRAMS += \
	tests/check_config \
	tests/check_dataset \
	tests/check_signing
endif
