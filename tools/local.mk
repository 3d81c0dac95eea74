# tools/: signet, one file a subcommand
bin_PROGRAMS += signet
signet_SOURCES = tools/signet.c tools/signet.h \
	tools/cmd_config.c \
	tools/cmd_dmarc.c \
	tools/cmd_genkey.c \
	tools/cmd_migrate.c tools/migrate.h tools/migrate_policyd_spf.c \
	tools/cmd_rotate.c \
	tools/cmd_sign.c \
	tools/cmd_spf.c \
	tools/cmd_testkey.c \
	tools/cmd_verify.c \
	tools/dmarc_show.c tools/dmarc_show.h \
	tools/key.c tools/key.h \
	tools/option_page.c tools/option_page.h \
	tools/rotation.c tools/rotation.h
signet_LDADD = libsignet.la
