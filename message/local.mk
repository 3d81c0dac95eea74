# message/: text of mail; no I/O
libsignet_la_SOURCES += \
	message/address.h \
	message/canon.h \
	message/domain.h \
	message/header.h \
	message/ip.c message/ip.h \
	message/taglist.h
