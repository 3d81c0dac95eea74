# etc/: sample configuration and service files
EXTRA_DIST += etc/signet.conf.sample etc/signetd.service.in \
	etc/signet.sysusers etc/signet.tmpfiles.in
CLEANFILES += etc/signetd.service etc/signet.tmpfiles

substitute = $(MKDIR_P) etc && $(SED) \
	-e 's|@sbindir[@]|$(sbindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g'

etc/signetd.service: etc/signetd.service.in Makefile
	$(AM_V_GEN)$(substitute) $(srcdir)/etc/signetd.service.in >$@

etc/signet.tmpfiles: etc/signet.tmpfiles.in Makefile
	$(AM_V_GEN)$(substitute) $(srcdir)/etc/signet.tmpfiles.in >$@

# The unit waits for a daemon that says when it is ready (Type=notify).
if SYSTEMD
INSTALL_UNITS = install-units
else
INSTALL_UNITS =
endif

all-local: etc/signetd.service etc/signet.tmpfiles

# The sample becomes signet.conf only where there is none.
install-data-local: $(INSTALL_UNITS)
	$(MKDIR_P) $(DESTDIR)$(sysconfdir) $(DESTDIR)$(docdir)
	$(INSTALL_DATA) $(srcdir)/etc/signet.conf.sample \
	    $(DESTDIR)$(docdir)/signet.conf.sample
	test -e $(DESTDIR)$(sysconfdir)/signet.conf || $(INSTALL_DATA) \
	    $(srcdir)/etc/signet.conf.sample \
	    $(DESTDIR)$(sysconfdir)/signet.conf

install-units: etc/signetd.service etc/signet.tmpfiles
	$(MKDIR_P) $(DESTDIR)$(sysusersdir) $(DESTDIR)$(tmpfilesdir) \
	    $(DESTDIR)$(systemdsystemunitdir)
	$(INSTALL_DATA) $(srcdir)/etc/signet.sysusers \
	    $(DESTDIR)$(sysusersdir)/signet.conf
	$(INSTALL_DATA) etc/signet.tmpfiles \
	    $(DESTDIR)$(tmpfilesdir)/signet.conf
	$(INSTALL_DATA) etc/signetd.service \
	    $(DESTDIR)$(systemdsystemunitdir)/signetd.service
.PHONY: install-units

# What the postmaster has changed stays.
uninstall-local:
	! cmp -s $(DESTDIR)$(docdir)/signet.conf.sample \
	    $(DESTDIR)$(sysconfdir)/signet.conf || \
	    rm -f $(DESTDIR)$(sysconfdir)/signet.conf
	rm -f $(DESTDIR)$(docdir)/signet.conf.sample \
	    $(DESTDIR)$(sysusersdir)/signet.conf \
	    $(DESTDIR)$(tmpfilesdir)/signet.conf \
	    $(DESTDIR)$(systemdsystemunitdir)/signetd.service
