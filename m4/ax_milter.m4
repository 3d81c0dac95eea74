# AX_MILTER: find libmilter, which has no pkg-config file in every release.
# Sets MILTER_CFLAGS and MILTER_LIBS or stops with a message.
AC_DEFUN([AX_MILTER], [
PKG_CHECK_MODULES([MILTER], [milter], [], [
	MILTER_CFLAGS=
	MILTER_LIBS="-lmilter -lpthread"
	AC_CHECK_HEADER([libmilter/mfapi.h], [],
		[AC_MSG_ERROR([libmilter/mfapi.h not found: install libmilter-dev])])
	AC_CHECK_LIB([milter], [smfi_main], [],
		[AC_MSG_ERROR([libmilter not found: install libmilter-dev])],
		[-lpthread])
	AC_SUBST([MILTER_CFLAGS])
	AC_SUBST([MILTER_LIBS])
])])
