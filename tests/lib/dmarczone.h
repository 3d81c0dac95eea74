/* The DNS of the DMARC suites. */
#ifndef SIGNET_TESTS_DMARCZONE_H
#define SIGNET_TESTS_DMARCZONE_H

#include <jansson.h>

#include "tests/lib/dnstable.h"

/*
 * A table of a zone in JSON: owner name to its TXT records, a list of texts
 * or of lists of strings to be joined; "SERVFAIL" lists names that fail.
 */
struct dnstable	*dmarczone_table(const json_t *zone);

#endif
