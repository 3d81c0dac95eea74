# AX_MILTER: look for libmilter, which has no pkg-config file in every release.
# Sets MILTER_CFLAGS, MILTER_LIBS and the conditional LIBMILTER; where it is
# missing a note says so, and what stands on it is left out.
AC_DEFUN([AX_MILTER], [
have_milter=yes
PKG_CHECK_MODULES([MILTER], [milter], [], [
	MILTER_CFLAGS=
	MILTER_LIBS="-lmilter -lpthread"
	AC_CHECK_HEADER([libmilter/mfapi.h], [], [have_milter=no])
	AC_CHECK_LIB([milter], [smfi_main], [:], [have_milter=no],
		[-lpthread])
])
AS_IF([test "x$have_milter" = xno], [
	MILTER_LIBS=
	AC_MSG_NOTICE([libmilter (libmilter-dev) not found: no comparison with it])
])
AC_SUBST([MILTER_CFLAGS])
AC_SUBST([MILTER_LIBS])
AM_CONDITIONAL([LIBMILTER], [test "x$have_milter" = xyes])
])
