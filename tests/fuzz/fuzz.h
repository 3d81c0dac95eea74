/* What the fuzz targets share. */
#ifndef SIGNET_TESTS_FUZZ_H
#define SIGNET_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that does not hold: as loud as a crash, also with NDEBUG. */
#define FUZZ_CHECK(cond) do {						\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		abort();						\
	}								\
} while (0)

static inline struct span
fuzz_span(const uint8_t *data, size_t size)
{
	return (struct span){ (const char *)data, size };
}

#endif
