# man/: manual pages
dist_man_MANS += man/signetd.8
dist_man_MANS += man/signet.1
