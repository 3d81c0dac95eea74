# message/: text of mail; no I/O
libsignet_la_SOURCES += \
	message/address.h \
	message/canon.h \
	message/domain.h \
	message/header.h \
	message/taglist.h
