# man/: manual pages
dist_man_MANS += man/signetd.8
