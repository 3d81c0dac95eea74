# man/: manual pages
dist_man_MANS += man/signet.1 man/signet.conf.5 man/signetd.8
