# tests/bench/: what it costs. Nothing here is a test: times depend on the
# machine and on who else uses it.
if UNIT_TESTS
EXTRA_PROGRAMS += tests/bench/micro
tests_bench_micro_SOURCES = tests/bench/micro.c
tests_bench_micro_LDADD = libtestlib.la libsignet.la $(CHECK_LIBS)
endif
