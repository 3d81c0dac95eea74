# tools/: signet, one file a subcommand. The program is listed here once its
# first subcommand is.
EXTRA_DIST += tools/signet.c tools/signet.h
EXTRA_DIST += tools/cmd_verify.c
