#include "config.h"
#include "tests/lib/dkimtest.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/strbuf.h"

/* RFC 8463, A.1 */
static const char rsa_pem[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi\n"
    "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM\n"
    "KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\n"
    "AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm\n"
    "6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe\n"
    "zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy\n"
    "6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc\n"
    "uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy\n"
    "WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd\n"
    "WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a\n"
    "licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst\n"
    "o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe\n"
    "uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL\n"
    "-----END RSA PRIVATE KEY-----\n";
static const char ed_seed[] = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

static void
need(bool good)
{
	if (good)
		return;
	fprintf(stderr, "dkimtest: a signature could not be made\n");
	abort();
}

/* `tags` with "$H" and "$B" replaced. */
static struct span
fill(struct arena *a, const char *tags, struct span hash, struct span sig)
{
	struct strbuf sb;

	strbuf_init(&sb, a);
	for (; *tags != '\0'; tags++)
		if (strncmp(tags, "$H", 2) == 0 ||
		    strncmp(tags, "$B", 2) == 0)
			strbuf_add(&sb, *++tags == 'H' ? hash : sig);
		else
			strbuf_addc(&sb, *tags);
	return strbuf_span(&sb);
}

static struct span
hash_body(struct arena *a, const struct dkim_signature *sig, const char *body)
{
	struct bodyhash *b = bodyhash_new();
	uint8_t hash[DIGEST_LEN];
	uint64_t octets;
	int n;

	n = bodyhash_want(b, sig->body_canon, sig->body_length);
	bodyhash_feed(b, body, strlen(body));
	bodyhash_finish(b);
	need(bodyhash_get(b, n, hash, &octets));
	bodyhash_free(b);
	return base64_encode(a, (struct span){ (char *)hash, sizeof(hash) });
}

static struct span
sign_data(struct arena *a, enum key_type type, struct span data)
{
	struct private_key *k;
	uint8_t digest[DIGEST_LEN];
	struct span sig;

	need(private_key_parse(span_of(type == KEY_RSA ? rsa_pem : ed_seed),
	    &k) == KEY_OK);
	need(digest_of(data, digest));
	sig = private_key_sign(k, digest, a);
	need(sig.p != NULL);
	private_key_free(k);
	return base64_encode(a, sig);
}

struct span
dkimtest_sign(struct arena *a, const char *tags, const char *header,
    const char *body)
{
	struct header field = { SPAN("DKIM-Signature"), { "", 0 }, { "", 0 } };
	struct dkim_signature sig;
	struct span hash, data, rest;
	struct headers h;
	const char *why;

	headers_init(&h, a, 0);
	message_split(span_of(header), &h, &rest);
	/* Once for what it says, then with the hash, to be signed. */
	field.value = fill(a, tags, (struct span){ "", 0 },
	    (struct span){ "", 0 });
	(void)dkim_signature_parse(a, &field, &sig, &why);
	hash = hash_body(a, &sig, body);
	field.value = fill(a, tags, hash, (struct span){ "", 0 });
	(void)dkim_signature_parse(a, &field, &sig, &why);
	data = dkim_signed_data(a, &h, &sig);
	need(data.p != NULL);
	return fill(a, tags, hash, sign_data(a, sig.key_type, data));
}
