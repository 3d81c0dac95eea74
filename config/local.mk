# config/: the option table, its parser, data sets, and the snapshot built of
# them
libsignet_la_SOURCES += \
	config/file.c config/file.h \
	config/report.c config/report.h \
	config/snapshot.h
