/*
 * What the tests of DKIM share: keys that anyone may know, and a signer that
 * signs whatever a test wants signed, right or wrong.
 */
#ifndef SIGNET_TESTS_DKIMTEST_H
#define SIGNET_TESTS_DKIMTEST_H

#include "policy/dkim.h"

/* RFC 8463, A.2: the key records of both keys. */
#define DKIMTEST_RSA_RECORD \
	"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTz" \
	"WRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3" \
	"FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLz" \
	"BfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
#define DKIMTEST_ED_RECORD \
	"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

/*
 * The value of a DKIM-Signature field for a message: `tags` with "$H" replaced
 * by the body hash and "$B" by the signature, made with the key of RFC 8463
 * that a= asks for (RSA when it asks for none). `header` and `body` are text
 * with CRLF. In `a`; ends the test when it cannot.
 */
struct span	 dkimtest_sign(struct arena *a, const char *tags,
		    const char *header, const char *body);

#endif
