# tests/bench/: what it costs. Nothing here is a test: times depend on the
# machine and on who else uses it.
EXTRA_DIST += tests/bench/bench.py tests/bench/growth.py \
	tests/bench/latency.py tests/bench/instructions \
	tests/bench/INSTRUCTIONS tests/bench/RESULTS \
	tests/bench/growth-cache.svg tests/bench/growth-header.svg \
	tests/bench/growth-lookup.svg tests/bench/growth-signatures.svg \
	tests/bench/growth-table.svg

if LIBMILTER
EXTRA_PROGRAMS += tests/bench/null
tests_bench_null_LDADD = $(MILTER_LIBS)
else
tests/bench/null:
	@echo "$@ is on libmilter: install libmilter-dev, then ./configure" >&2
	@false
endif

if UNIT_TESTS
EXTRA_PROGRAMS += tests/bench/cache tests/bench/client tests/bench/micro \
	tests/bench/names
CLEANFILES += $(EXTRA_PROGRAMS)
tests_bench_cache_LDADD = libsignet.la
tests_bench_client_LDADD = libsignet.la

# signetd beside a milter that does nothing: some five minutes. One part of it:
# make bench BENCH=small, or signing, keys, bodies.
bench: signetd signet tests/bench/client tests/bench/null
	/usr/bin/python3 $(srcdir)/tests/bench/bench.py $(abs_builddir) $(BENCH)

# Cost as messages, tables and the cache grow: some five minutes, with
# GROWTH=--short two; or one part of it: GROWTH=header. Fails where something
# grows faster than its input.
bench-growth: signetd signet tests/bench/cache tests/bench/client \
    tests/bench/names tests/bench/null
	/usr/bin/python3 $(srcdir)/tests/bench/growth.py $(abs_builddir) \
		$(GROWTH)

# What the end of a message waits for the DNS: some half a minute.
bench-latency: signetd signet
	/usr/bin/python3 $(srcdir)/tests/bench/latency.py $(abs_builddir)

# Instructions of single pieces of work, beside those on file: callgrind counts
# the same number twice.
bench-instructions: tests/bench/micro
	$(srcdir)/tests/bench/instructions tests/bench/micro \
		$(srcdir)/tests/bench/INSTRUCTIONS
else
bench bench-growth bench-latency bench-instructions:
	@echo "$@ wants the package check and no --enable-fuzzing" >&2
	@false
endif
.PHONY: bench bench-growth bench-latency bench-instructions
