# tests/fuzz/: libFuzzer targets, built by clang after
# configure --enable-fuzzing. A target is one line here, one file
# tests/fuzz/NAME.c and a few seeds in tests/fuzz/seeds/NAME/.
FUZZ_TARGETS = \
	tests/fuzz/fuzz_address \
	tests/fuzz/fuzz_authres \
	tests/fuzz/fuzz_canon \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_dkim_key \
	tests/fuzz/fuzz_dkim_signature \
	tests/fuzz/fuzz_dkim_verify \
	tests/fuzz/fuzz_dmarc_record \
	tests/fuzz/fuzz_dns_decode \
	tests/fuzz/fuzz_header \
	tests/fuzz/fuzz_milter \
	tests/fuzz/fuzz_spf_macro \
	tests/fuzz/fuzz_spf_record \
	tests/fuzz/fuzz_taglist

EXTRA_DIST += tests/fuzz/fuzz.h tests/fuzz/seeds

if FUZZING
check_PROGRAMS += $(FUZZ_TARGETS)

# Each target for a while, from its seeds: make fuzz FUZZ_SECONDS=60. What it
# finds by the way stays in NAME/ of the build directory.
FUZZ_SECONDS = 10
fuzz: $(FUZZ_TARGETS)
	set -e; for t in $(FUZZ_TARGETS); do \
		n=`basename $$t`; mkdir -p $$n; \
		$$t -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 \
		    -print_final_stats=1 $$n $(srcdir)/tests/fuzz/seeds/$$n; \
	done
else
fuzz:
	@echo 'fuzz: configure with CC=clang --enable-fuzzing first'; exit 1
endif
.PHONY: fuzz
