/* tests of crypto/ */
#include "config.h"

#include <stdlib.h>

#include "base/base64.h"
#include "crypto/der.h"
#include "crypto/key.h"
#include "tests/lib/testlib.h"

/* ---- keys and signatures ------------------------------------------------ */

/* RFC 8463, A.1 and A.2: both keys and their public halves. */
#define RSA_PEM \
	"-----BEGIN RSA PRIVATE KEY-----\n" \
	"MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi\n" \
	"Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM\n" \
	"KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\n" \
	"AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm\n" \
	"6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe\n" \
	"zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy\n" \
	"6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc\n" \
	"uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy\n" \
	"WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd\n" \
	"WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a\n" \
	"licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst\n" \
	"o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe\n" \
	"uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL\n" \
	"-----END RSA PRIVATE KEY-----\n"
#define RSA_PKCS8_PEM /* the same, rewrapped by openssl pkcs8 */ \
	"-----BEGIN PRIVATE KEY-----\n" \
	"MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAOQeU5CgFPNZGIaz\n" \
	"lXo2k/eJ1jpaTTxrmqF1HrDLlt04pvaMtCJj8nXoliLRC/H9vJjMI1vdb3XLcW60\n" \
	"AIN/PBD8EL97/y4GwJH7LPUvGP48vqUe+owqszesbiGy1PlCO8c70/OjFnJVgvMF\n" \
	"87YR4Lcincb7aSvI5MgpP6X8rjDdAgMBAAECgYAfRzE6EVkODNdaEOGcAkPDmziu\n" \
	"g5c3g6GOJdrxbtjeuFfcUmqYlI+4Lw329CbpJVtosAThIbmYsy54eWHgpd98Sm4s\n" \
	"SI2n1Kzc7hh8uJCltGoTtOblLEqO+9Chll7MeiuKY5oKFEvaK3juK5bHPFKJEy/h\n" \
	"z6PvQaJZ3FefF7hSgQJBAPMkH/RTnxbtFnLp6cZWPaRYXvfYKhYVlbOLUWJy52sE\n" \
	"WjLrdDByjCmgJrMq29kYw2U9acLvH/qjwZy5J7SBrbECQQDwLs+Kk+bX/V9NFC+P\n" \
	"Wj90OZmnbjfTjhk3LGOD78483ShYJtcgbHJa+ZlteuI5ahIAslOMTESCtocSCdey\n" \
	"y6TtAkEAuXkgKxgy7qEzE7veCd81rI2A/F1YVXpntQucrJXsdJVgXSGBg4eN5h72\n" \
	"Boy2IliijTMY34vcAC00/2G6qRaXMQJATVqWJwh5WWjV76onoyCqvRDsBrt9qVnj\n" \
	"jxxxtIVgQ8PqgXGI6X1j2x72Jgdkop8hyy2jsNTDX+HPYKTg3kmuBQJBALIq942+\n" \
	"POSR3weNizRLAzR8+MrXr//moNnZSIMac564TPEEMCvnXxnxUVtHjWKfdbhjfIIO\n" \
	"BCUuVwROtL7Nhws=\n" \
	"-----END PRIVATE KEY-----\n"
#define RSA_SPKI \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6" \
	"Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/" \
	"e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G" \
	"+2kryOTIKT+l/K4w3QIDAQAB"
#define RSA_BARE /* the same, by openssl rsa -RSAPublicKey_out */ \
	"MIGJAoGBAOQeU5CgFPNZGIazlXo2k/eJ1jpaTTxrmqF1HrDLlt04pvaMtCJj8nXo" \
	"liLRC/H9vJjMI1vdb3XLcW60AIN/PBD8EL97/y4GwJH7LPUvGP48vqUe+owqszes" \
	"biGy1PlCO8c70/OjFnJVgvMF87YR4Lcincb7aSvI5MgpP6X8rjDdAgMBAAE="
#define ED_SEED		"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
#define ED_PUBLIC	"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define ED_SPKI /* by openssl pkey -pubout */ \
	"MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

/* Over SHA-256("abc"), made with these by dkimpy and by PyNaCl. */
#define RSA_SIGNATURE \
	"cSusaB1Q4kCwg6taq2M+H1YMMGVBEN8yI8KlVnR6q+EC7dO7BrxE/WIYZ50Lawt8" \
	"SLviADgStok3AabMP3nAe+dsDMTn+vjc14sZbT7aBOi8v8OJP1X/pxK8nTePq0R4" \
	"GRyw1nTYBypMvUv/kXFsysmP86ZDhBrmn3/J+24zdfA="
#define ED_SIGNATURE \
	"CW9VadgH7orHsZE9pwzwqrM1wlj0uUyPIQ3RQel0OSfI0aazeIcqcslEbB915tx7" \
	"Le+YvQwhS+ZwbUh5H1doCg=="

/* Made with openssl genpkey: what may not be. */
#define RSA_512_SPKI \
	"MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL1KxGOg+5rrqjFIzRLXuAN9wIhL3oYQ" \
	"Tw6gnrxnMcS+0LbI6dqBurqSCJtzQovTtr6gnreFY2Em/xceykJkAUMCAwEAAQ=="
#define RSA_512_PEM \
	"-----BEGIN PRIVATE KEY-----\n" \
	"MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAvUrEY6D7muuqMUjN\n" \
	"Ete4A33AiEvehhBPDqCevGcxxL7Qtsjp2oG6upIIm3NCi9O2vqCet4VjYSb/Fx7K\n" \
	"QmQBQwIDAQABAkAMQg89tGsWuTQoROKi2b1c3IPfT6p1XBECjXw6DyS17NjR7/ZS\n" \
	"ws8GZIXKBwxKD19JMVQ87e+GjfkrqUAYJ0oBAiEA77Veo7isMM8cfIQhE4C4wxGv\n" \
	"H4yYQjFwvvxiKPA18EECIQDKKDbdfi1B8gBF9y4X0EDAfV+tHcQVk0VY253CxkYQ\n" \
	"gwIhAMZ/jHVLMdvhRheeWr2JtHZkqH4ZsOPviQu+d5KrCB+BAiEAkD17UDScRCZQ\n" \
	"zZsdVz5vRSjvoEzRwPcwjsM8YGIqUdMCIQDb2Txwd0gpjBld/PX9gSXupSY6zV2/\n" \
	"CvSvpKHjLoBgxA==\n" \
	"-----END PRIVATE KEY-----\n"
#define EC_PEM \
	"-----BEGIN PRIVATE KEY-----\n" \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTVUxCtiP+U18KtLM\n" \
	"d0X2qQ08jxT4dD/yru1eNP5ChMKhRANCAARn3q1mQB1i2vmZbl2jNYQD2VKGTkev\n" \
	"+bVsl7xEGz6pmO+AAhOwYNKZS2TIk5AII6yzXbHowZGnBSenjbuRVsNF\n" \
	"-----END PRIVATE KEY-----\n"
#define EC_SPKI \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ96tZkAdYtr5mW5dozWEA9lShk5H" \
	"r/m1bJe8RBs+qZjvgAITsGDSmUtkyJOQCCOss12x6MGRpwUnp427kVbDRQ=="
#define PSS_PEM \
	"-----BEGIN PRIVATE KEY-----\n" \
	"MIICdAIBADALBgkqhkiG9w0BAQoEggJgMIICXAIBAAKBgQDFXLFnc2pgcSfFIa9K\n" \
	"qQSrVAkatq9Pd3crHtW8YylKqgV4e9Il5PtZ+Zw5COd0ueWjYMy/jG6QX19xmIwn\n" \
	"L/1hDo8nfO+9n02NZuKHPyaAPXF2N9TZyunVtiEGNCIAWQD9dJJrz+y+DTENjimI\n" \
	"T2L4MpESh8q45iu/DcqK0KIRYQIDAQABAoGAYZenZedth8kMiG9StdGELJA+fEYv\n" \
	"xFTnyZvSxvgl1/ThBaX80Z48KE7E0HM1uMOf6T0ZofJ4Tc3LbWmojEwvtysqoex5\n" \
	"BsIeXlSf6WpXKUrRIsVwnqPNrEcdM+/OiHg49LgjjE0mrwB6zjVDpSYwdVLou3BI\n" \
	"AVnl1ekixgm/3FECQQDrRfRei4KJ2wSgeCkQk6Cds7ENqZOswm7J82Aqa72HfAQ/\n" \
	"coZQB6is5R+ESA7kltdS8zp6A35hxmZ2YfGDI+tVAkEA1r+9QcYesxrsyoFrHIjY\n" \
	"EnyH/n9TAahomVUJBNmb9WlZakU/96TX5JFcezluqMm/ITa8kDg58PcsQGngj2pF\n" \
	"3QJBAIv8WYQPmiIQENax6C0WyZBLpGMurNEz9ttuVZ+n72M3pQdjSws/I1uMEI6S\n" \
	"mVnlbkTKt9Z1UbM3ayuw5xRSQOkCQBrjm0D3G7T1dBzPI6hJAjUeXrDhJHWarq40\n" \
	"VZLD5KFP9aA215GclGPMR7YuNMrxp/ryrZ2pTKf9aw8Nss6CUgkCQHpimoRfaVIM\n" \
	"dhyKoSjAd/J8mqLvUNcekCJn4y8DlsUhO3HY7xNzuZGCRdMZ31TNwVCuQRkPyVy+\n" \
	"nmVOqlXqsYA=\n" \
	"-----END PRIVATE KEY-----\n"
#define PSS_SPKI \
	"MIGdMAsGCSqGSIb3DQEBCgOBjQAwgYkCgYEAxVyxZ3NqYHEnxSGvSqkEq1QJGrav" \
	"T3d3Kx7VvGMpSqoFeHvSJeT7WfmcOQjndLnlo2DMv4xukF9fcZiMJy/9YQ6PJ3zv" \
	"vZ9NjWbihz8mgD1xdjfU2crp1bYhBjQiAFkA/XSSa8/svg0xDY4piE9i+DKREofK" \
	"uOYrvw3KitCiEWECAwEAAQ=="
#define RSA_ENCRYPTED_PKCS8 \
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" \
	"MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIJGlS2nza6zECAggA\n" \
	"MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBBpF/ozUy6nQJ6yBiLMjZOhBIIC\n" \
	"gAoMt9axrBidK/XlPrsMTC3lUQBvgtGeODy8gnRMCnTh7+Y+O+wpPOu725mIwp5B\n" \
	"0eebaI7bWcSt3d8x4tv79ckghzwyzKhY0Yj5sSmsrd/LEUOHhOAdUYV926bmI18K\n" \
	"Vnv/n6oWs5BDfl4abKEuel9ZZ6sNrzN5mf7gaxa380QfVuwNpdaI2tFmc91KdcX0\n" \
	"0m32mjkGFL5yWCegUHRRYXG3AUP4IefUTxOo9+YeQTer+bxWZN99GYk9hUjFQN2A\n" \
	"5lAlGYFyIoo6yMPTi6NVUvuOVcILOe+6UOa+5hO+DYMImjI68cf5yVw09+FGZhF6\n" \
	"cTQKo+5OuJdU/LGDTrwMexDGCUK30Z9XF+GvvnqD6hOiyNGbdQK037BekwBDiFtc\n" \
	"ZwnLX93OJMygn0+Ouoj9UuCgQCLA1zrROKXQACbamFqHDiOvRmYyPJOI1TZWqTxi\n" \
	"6JOW575HXyEuC9N07v6056TLMEguXXk35Xc9ei84i39EUiIhiaXhl2GVGNWiHVKT\n" \
	"LqBglsYXfOpYCFoTjADZrr2/Ai0RUsS1O57CGsl9g3GBOZXjYZQJBgQYItQyp6DB\n" \
	"VGDHdlO+kTzSnyxpdSRKokL30B8bHqw1x4i5a2BE5lO+y5GfmE6yQLeVIP5oWojF\n" \
	"g4IgX2p8WPoyjQG9L7oEyaFpgyQKIkrkNKCUGbOrqOyAlbb/xSv/zFEweXbUQnya\n" \
	"n7W8fWAuzb/pIifZZdEwRcfZhFEyA0vhEbOMTIYim2oLogm3q36d3QgVLCDLcZmB\n" \
	"TZgWJy+fQrrYobGO/dBQKZsTVE3hxWTmkUBF4Y4oNcPkq37XgdzOTUcSFFftGl+o\n" \
	"he3KyK2ecMS9Kei9/dE1GBI=\n" \
	"-----END ENCRYPTED PRIVATE KEY-----\n"
#define RSA_ENCRYPTED_PKCS1 \
	"-----BEGIN RSA PRIVATE KEY-----\n" \
	"Proc-Type: 4,ENCRYPTED\n" \
	"DEK-Info: AES-128-CBC,1FCF3EAE4158A8C034387DC91C333740\n" \
	"\n" \
	"6eMtVHPN27x/3htqNG1crySHSVf/YgUOvopwHZT97SbwLt+eQBjyrOkBNb0qGlff\n" \
	"H3ej4298/1B/KbYtc86aNl16rr/y6vaSxVBxVbJxujzCb3fiFqh9PTPXRvtUSp9h\n" \
	"9fpuEikV1TuwJaMr+r8Yv3rvI7Gfe8NeX2IzJ4iG4hraFS28O+uC7G2PZ//N3sPf\n" \
	"r/84sTJbxS0NKb0lrJU7zenQB+d/bSY475fSLJ773eqxFym0TzZcNaaotHa+SDSN\n" \
	"zJEV2e5AvN0zLzCPPKxBb2rsa8zO8zSe9Bps8l3/WC7pKgImO5n9NbRnPvGDJ95b\n" \
	"G3OyUeeQkqGZL719Cn/4SsrdGTKBTmARJrVdWXp08VESRvV9eBgFi4pMb+6FuTdR\n" \
	"CA36eIaXWKz6TevHzJXJcEZttChSMmKy+LLhWjILi23iMCdP5PMp2oNDA8J55qgH\n" \
	"u7IjvJesCEc4H2ypRKuNBUZcxZE6zPwtUyPn7o1HbcidhlgExXGd6Ro9hugmicEP\n" \
	"COkOGEqeDBD7VtWrgkLqH4Q5g1eYh553rrC//5I81ZSNsWth6dfjBSR3TAWM6VoZ\n" \
	"KnmUpwgxbzzzqUkOB2ed6mHnjeiOBnYV5OH/ENxMtu4rlXPMaIHsW04uEGdCUwES\n" \
	"Br0wrYwaTdOXOj9BX7xk6Ig7lBRaP4CaQGkj5Sc6w5cobE9qUoaXKJ9BcHonZ5XP\n" \
	"PRXoGi//uV41TVD4c3kKMMoP2P3BF19afkVqMom2cm2ELeaYtwZNCNjoMqdhl0eH\n" \
	"hakI7Do4GdcvGQMVd0vrnjilTJ/Rzhpo99tr0kSJWKRYxk+U/RLXlqDVhYy5Nh5x\n" \
	"-----END RSA PRIVATE KEY-----\n"

static struct arena *arena;

static struct span
decoded(const char *base64)
{
	struct span s;

	ck_assert(base64_decode(arena, span_of(base64), &s));
	return s;
}

static const uint8_t *
digest_abc(void)
{
	static uint8_t d[DIGEST_LEN];

	ck_assert(digest_of(SPAN("abc"), d));
	return d;
}

/* ---- digest ------------------------------------------------------------- */

/* FIPS 180-4 examples. */
static const struct {
	const char *text;
	const char *hash;	/* base64 */
} hashes[] = {
	{ "", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
	{ "abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE=" },
};

START_TEST(digest_computes)
{
	struct digest *d = digest_new();
	uint8_t got[DIGEST_LEN], part[DIGEST_LEN];
	size_t i, cut;

	ck_assert_ptr_nonnull(d);
	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		struct span text = span_of(hashes[i].text);
		struct span want = decoded(hashes[i].hash);

		ck_assert(digest_of(text, got));
		ck_assert_mem_eq(got, want.p, DIGEST_LEN);
		for (cut = 0; cut <= text.len; cut++) {
			digest_add(d, text.p, cut);
			ck_assert(digest_peek(d, got));
			ck_assert(digest_of(span_head(text, cut), part));
			ck_assert_mem_eq(got, part, DIGEST_LEN);
			digest_add(d, text.p + cut, text.len - cut);
			ck_assert(digest_final(d, got));
			ck_assert_mem_eq(got, want.p, DIGEST_LEN);
		}
	}
	digest_free(d);
	digest_free(NULL);
}
END_TEST

START_TEST(digest_compares)
{
	ck_assert(digest_equal("abc", "abc", 3));
	ck_assert(!digest_equal("abc", "abd", 3));
	ck_assert(digest_equal("abc", "abd", 2));
	ck_assert(digest_equal("a", "b", 0));
}
END_TEST

/* ---- DER ---------------------------------------------------------------- */

/*
 * X.690: 8.1.3, 10.1 lengths; 8.3 integers; 8.6 bit strings. `total` bytes in
 * all, those behind `head` are filler.
 */
START_TEST(der_reads_lengths)
{
	static const struct {
		struct span head;
		size_t total;
		bool good;
		size_t content;
	} rows[] = {
		{ { "\x30\x00", 2 }, 2, true, 0 },
		{ { "\x30\x01", 2 }, 3, true, 1 },
		{ { "\x30\x01", 2 }, 4, true, 1 },
		{ { "", 0 }, 0, false, 0 },
		{ { "\x30", 1 }, 1, false, 0 },
		{ { "\x31\x00", 2 }, 2, false, 0 },	/* another tag */
		{ { "\x30\x02", 2 }, 3, false, 0 },	/* cut short */
		{ { "\x30\x80", 2 }, 4, false, 0 },	/* indefinite */
		{ { "\x30\x81\x01", 3 }, 4, false, 0 },	/* too long */
		{ { "\x30\x81\x7f", 3 }, 130, false, 0 },
		{ { "\x30\x81\x80", 3 }, 131, true, 128 },
		{ { "\x30\x81\x80", 3 }, 130, false, 0 },
		{ { "\x30\x82\x00\x80", 4 }, 132, false, 0 },
		{ { "\x30\x82\x01\x00", 4 }, 260, true, 256 },
		{ { "\x30\x82\x01", 3 }, 3, false, 0 },
		{ { "\x30\x84\x00\x00\x00\x80", 6 }, 134, false, 0 },
		{ { "\x30\x84\xff\xff\xff\xff", 6 }, 6, false, 0 },
		{ { "\x30\xff\xff", 3 }, 3, false, 0 },
	};
	char buf[300];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span rest = { buf, rows[i].total }, content;

		memset(buf, 'x', sizeof(buf));
		memcpy(buf, rows[i].head.p, rows[i].head.len);
		ck_assert_msg(der_take(&rest, DER_SEQUENCE, &content) ==
		    rows[i].good, "row %zu", i);
		if (rows[i].good)
			ck_assert_uint_eq(content.len, rows[i].content);
		else
			ck_assert_uint_eq(rest.len, rows[i].total);
	}
}
END_TEST

START_TEST(der_reads_numbers)
{
	static const struct {
		struct span der;
		bool good;
		struct span magnitude;
	} rows[] = {
		{ { "\x02\x01\x03", 3 }, true, { "\x03", 1 } },
		{ { "\x02\x02\x00\x80", 4 }, true, { "\x80", 1 } },
		{ { "\x02\x01\x00", 3 }, false, { NULL, 0 } },
		{ { "\x02\x00", 2 }, false, { NULL, 0 } },
		{ { "\x02\x01\x80", 3 }, false, { NULL, 0 } },
		{ { "\x02\x02\x00\x7f", 4 }, false, { NULL, 0 } },
		{ { "\x02\x03\x00\x00\x80", 5 }, false, { NULL, 0 } },
	};
	static const struct span bits = { "\x03\x02\x00x", 4 };
	static const struct span odd_bits = { "\x03\x02\x01x", 4 };
	static const struct span no_bits = { "\x03\x00", 2 };
	struct span rest, out;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rest = rows[i].der;
		ck_assert_msg(der_take_positive(&rest, &out) == rows[i].good,
		    "row %zu", i);
		if (rows[i].good)
			ck_assert(span_eq(out, rows[i].magnitude));
	}
	rest = bits;
	ck_assert(der_take_bytes(&rest, &out));
	assert_span(out, "x");
	rest = odd_bits;
	ck_assert(!der_take_bytes(&rest, &out));
	rest = no_bits;
	ck_assert(!der_take_bytes(&rest, &out));
}
END_TEST

/* ---- public keys -------------------------------------------------------- */

START_TEST(public_keys_verify)
{
	static const struct {
		enum key_type type;
		const char *key;
		const char *sig;
		unsigned bits;
	} rows[] = {
		{ KEY_RSA, RSA_SPKI, RSA_SIGNATURE, 1024 },
		{ KEY_RSA, RSA_BARE, RSA_SIGNATURE, 1024 },
		{ KEY_ED25519, ED_PUBLIC, ED_SIGNATURE, 256 },
		{ KEY_ED25519, ED_SPKI, ED_SIGNATURE, 256 },
	};
	uint8_t other[DIGEST_LEN] = { 0 };
	char bad[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span sig = decoded(rows[i].sig);
		struct public_key *k;

		ck_assert_int_eq(public_key_parse(rows[i].type,
		    decoded(rows[i].key), &k), KEY_OK);
		ck_assert_int_eq(public_key_type(k), rows[i].type);
		ck_assert_uint_eq(public_key_bits(k), rows[i].bits);
		ck_assert_int_eq(public_key_verify(k, digest_abc(), sig),
		    VERIFY_GOOD);
		ck_assert_int_eq(public_key_verify(k, other, sig), VERIFY_BAD);
		memcpy(bad, sig.p, sig.len);
		bad[sig.len - 1] ^= 1;
		ck_assert_int_eq(public_key_verify(k, digest_abc(),
		    (struct span){ bad, sig.len }), VERIFY_BAD);
		public_key_free(k);
	}
}
END_TEST

/* A signature of any other length is bad and never read beyond its end. */
START_TEST(signatures_have_their_length)
{
	static const size_t lengths[] = { 0, 1, 31, 32, 33, 63, 65, 127, 129,
	    255, 4096 };
	struct public_key *rsa, *ed;
	size_t i;

	ck_assert_int_eq(public_key_parse(KEY_RSA, decoded(RSA_SPKI), &rsa),
	    KEY_OK);
	ck_assert_int_eq(public_key_parse(KEY_ED25519, decoded(ED_PUBLIC),
	    &ed), KEY_OK);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t len = lengths[i];
		char *exact = calloc(1, len > 0 ? len : 1);

		ck_assert_int_eq(public_key_verify(rsa, digest_abc(),
		    (struct span){ exact, len }), VERIFY_BAD);
		ck_assert_int_eq(public_key_verify(ed, digest_abc(),
		    (struct span){ exact, len }), VERIFY_BAD);
		free(exact);
	}
	public_key_free(rsa);
	public_key_free(ed);
}
END_TEST

START_TEST(public_keys_are_judged)
{
	static const struct {
		enum key_type type;
		const char *key;
		enum key_status want;
	} rows[] = {
		{ KEY_RSA, RSA_512_SPKI, KEY_TOO_SHORT },
		{ KEY_RSA, EC_SPKI, KEY_WRONG_TYPE },
		{ KEY_RSA, PSS_SPKI, KEY_WRONG_TYPE },
		{ KEY_RSA, ED_SPKI, KEY_WRONG_TYPE },
		{ KEY_RSA, ED_PUBLIC, KEY_SYNTAX },
		{ KEY_RSA, "", KEY_SYNTAX },
		{ KEY_RSA, "MAA=", KEY_SYNTAX },
		{ KEY_ED25519, RSA_SPKI, KEY_WRONG_TYPE },
		{ KEY_ED25519, RSA_BARE, KEY_SYNTAX },
		{ KEY_ED25519, "", KEY_SYNTAX },
		{ KEY_ED25519, "MAA=", KEY_SYNTAX },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct public_key *k;

		ck_assert_msg(public_key_parse(rows[i].type,
		    decoded(rows[i].key), &k) == rows[i].want, "row %zu", i);
		ck_assert_ptr_null(k);
	}
}
END_TEST

/* Every prefix, and one byte too many, of each encoding is refused. */
START_TEST(public_keys_are_whole)
{
	static const struct {
		enum key_type type;
		const char *key;
	} rows[] = {
		{ KEY_RSA, RSA_SPKI },
		{ KEY_RSA, RSA_BARE },
		{ KEY_ED25519, ED_SPKI },
	};
	struct public_key *k;
	size_t i, len;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span der = decoded(rows[i].key);

		for (len = 0; len <= der.len + 1; len++) {
			char *exact = calloc(1, len > 0 ? len : 1);

			memcpy(exact, der.p, len < der.len ? len : der.len);
			ck_assert_int_eq(public_key_parse(rows[i].type,
			    (struct span){ exact, len }, &k) == KEY_OK,
			    len == der.len || (len == 32 &&
			    rows[i].type == KEY_ED25519));
			public_key_free(k);
			free(exact);
		}
	}
}
END_TEST

/* A length above 127, in its shortest form. */
static size_t
put_length(uint8_t *p, size_t len)
{
	size_t n = 0;

	p[n++] = len > 0xff ? 0x82 : 0x81;
	if (len > 0xff)
		p[n++] = (uint8_t)(len >> 8);
	p[n++] = (uint8_t)len;
	return n;
}

static size_t
length_of(size_t len)
{
	return len > 0xff ? 3 : 2;
}

/*
 * A RSAPublicKey whose modulus has `bits` bits, all of them set but the last
 * when `even`; `e` is the content of the exponent.
 */
static struct span
rsa_of(unsigned bits, bool even, struct span e)
{
	size_t n = (bits + 7) / 8, zero = bits % 8 == 0, at;
	uint8_t *der = arena_alloc(arena, n + e.len + 32);
	uint8_t *p = der;

	ck_assert_ptr_nonnull(der);
	*p++ = 0x30;
	p += put_length(p, 1 + length_of(zero + n) + zero + n + 2 + e.len);
	*p++ = 0x02;
	p += put_length(p, zero + n);
	if (zero)
		*p++ = 0;
	for (at = 0; at < n; at++)
		p[at] = 0xff;
	if (bits % 8 != 0)
		p[0] = (uint8_t)((1u << bits % 8) - 1);
	if (even)
		p[n - 1] &= 0xfe;
	p += n;
	*p++ = 0x02;
	*p++ = (uint8_t)e.len;
	memcpy(p, e.p, e.len);
	p += e.len;
	return (struct span){ (char *)der, (size_t)(p - der) };
}

/* RFC 8301, 3.2 for the floor; see key.h for the rest. */
START_TEST(rsa_numbers_are_judged)
{
	static const struct {
		unsigned bits;
		bool even;
		struct span e;
		enum key_status want;
	} rows[] = {
		{ 1023, false, { "\x03", 1 }, KEY_TOO_SHORT },
		{ 1024, false, { "\x03", 1 }, KEY_OK },
		{ 2047, false, { "\x03", 1 }, KEY_OK },
		{ 8192, false, { "\x03", 1 }, KEY_OK },
		{ 8193, false, { "\x03", 1 }, KEY_TOO_LONG },
		{ 16384, false, { "\x03", 1 }, KEY_TOO_LONG },
		{ 1024, true, { "\x03", 1 }, KEY_SYNTAX },
		{ 1024, false, { "\x01", 1 }, KEY_BAD_EXPONENT },
		{ 1024, false, { "\x02", 1 }, KEY_BAD_EXPONENT },
		{ 1024, false, { "\x01\x00\x00", 3 }, KEY_BAD_EXPONENT },
		{ 1024, false, { "\x00", 1 }, KEY_SYNTAX },
		{ 1024, false, { "\x83", 1 }, KEY_SYNTAX },
		{ 1024, false, { "", 0 }, KEY_SYNTAX },
		{ 1024, false, { "\x01\x00\x01", 3 }, KEY_OK },
		{ 1024, false,	/* 64 bits */
		    { "\x00\xff\xff\xff\xff\xff\xff\xff\xff", 9 }, KEY_OK },
		{ 1024, false,	/* 65 bits */
		    { "\x01\x00\x00\x00\x00\x00\x00\x00\x01", 9 },
		    KEY_BAD_EXPONENT },
	};
	struct public_key *k;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_msg(public_key_parse(KEY_RSA, rsa_of(rows[i].bits,
		    rows[i].even, rows[i].e), &k) == rows[i].want,
		    "row %zu", i);
		public_key_free(k);
	}
}
END_TEST

/* ---- private keys ------------------------------------------------------- */

static struct span
without_markers(const char *pem)
{
	struct span s = span_of(strchr(pem, '\n'));

	return span_trim(span_head(s, strstr(s.p, "-----END") - s.p));
}

/* RSASSA-PKCS1-v1_5 and Ed25519 are deterministic: one right answer. */
START_TEST(private_keys_sign)
{
	static const struct {
		const char *text;
		const char *sig;
		const char *public;
		bool bare;	/* give it without its markers */
	} rows[] = {
		{ RSA_PEM, RSA_SIGNATURE, RSA_SPKI, false },
		{ RSA_PKCS8_PEM, RSA_SIGNATURE, RSA_SPKI, false },
		{ RSA_PEM, RSA_SIGNATURE, RSA_SPKI, true },
		{ RSA_PKCS8_PEM, RSA_SIGNATURE, RSA_SPKI, true },
		{ "A comment.\n\n" RSA_PEM "\n\n", RSA_SIGNATURE, RSA_SPKI,
		    false },
		{ ED_SEED, ED_SIGNATURE, ED_PUBLIC, false },
		{ ED_SEED "\n", ED_SIGNATURE, ED_PUBLIC, false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span text = rows[i].bare ?
		    without_markers(rows[i].text) : span_of(rows[i].text);
		struct private_key *k;

		ck_assert_msg(private_key_parse(text, &k) == KEY_OK,
		    "row %zu", i);
		ck_assert(span_eq(private_key_sign(k, digest_abc(), arena),
		    decoded(rows[i].sig)));
		ck_assert(span_eq(private_key_public(k, arena),
		    decoded(rows[i].public)));
		private_key_free(k);
	}
}
END_TEST

START_TEST(private_keys_are_judged)
{
	static const struct {
		const char *text;
		enum key_status want;
	} rows[] = {
		{ "", KEY_SYNTAX },
		{ "\n", KEY_SYNTAX },
		{ "hello\n", KEY_SYNTAX },
		{ "MAA=\n", KEY_SYNTAX },
		{ "-----BEGIN RSA PRIVATE KEY-----\n", KEY_SYNTAX },
		{ "-----BEGIN PRIVATE KEY-----\nMAA=\n"
		    "-----END PRIVATE KEY-----\n", KEY_SYNTAX },
		{ RSA_512_PEM, KEY_TOO_SHORT },
		{ EC_PEM, KEY_WRONG_TYPE },
		{ PSS_PEM, KEY_WRONG_TYPE },
		{ RSA_ENCRYPTED_PKCS8, KEY_ENCRYPTED },
		{ RSA_ENCRYPTED_PKCS1, KEY_ENCRYPTED },
		/* 31 and 33 bytes */
		{ "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyufw==",
		    KEY_SYNTAX },
		{ "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2Bg",
		    KEY_SYNTAX },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct private_key *k;
		enum key_status st;

		st = private_key_parse(span_of(rows[i].text), &k);
		ck_assert_msg(st == rows[i].want, "row %zu: %s", i,
		    key_status_text(st));
		ck_assert_ptr_null(k);
	}
}
END_TEST

/*
 * One bit turned anywhere behind the version: it is no key, or its parts no
 * longer fit.
 */
START_TEST(private_keys_are_consistent)
{
	struct span der;
	size_t at;

	ck_assert(base64_decode(arena, without_markers(RSA_PEM), &der));
	for (at = 7; at < der.len; at++) {
		char *bad = arena_alloc(arena, der.len);
		struct private_key *k;

		memcpy(bad, der.p, der.len);
		bad[at] ^= 0x10;
		ck_assert_int_ne(private_key_parse(base64_encode(arena,
		    (struct span){ bad, der.len }), &k), KEY_OK);
		ck_assert_ptr_null(k);
	}
}
END_TEST

START_TEST(private_keys_are_made)
{
	static const struct {
		enum key_type type;
		unsigned bits;
		bool good;
	} rows[] = {
		{ KEY_RSA, 1023, false },
		{ KEY_RSA, 1024, true },
		{ KEY_RSA, 2048, true },
		{ KEY_RSA, 8193, false },
		{ KEY_ED25519, 0, true },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct private_key *k = private_key_generate(rows[i].type,
		    rows[i].bits), *again;
		struct public_key *pub;
		struct span pem, sig;

		ck_assert_int_eq(k != NULL, rows[i].good);
		if (k == NULL)
			continue;
		if (rows[i].bits > 0)
			ck_assert_uint_eq(private_key_bits(k), rows[i].bits);
		pem = private_key_pem(k, arena);
		ck_assert(span_starts(pem, "-----BEGIN PRIVATE KEY-----\n"));
		ck_assert_int_eq(private_key_parse(pem, &again), KEY_OK);
		ck_assert_int_eq(private_key_type(again), rows[i].type);
		sig = private_key_sign(again, digest_abc(), arena);
		ck_assert_int_eq(public_key_parse(rows[i].type,
		    private_key_public(k, arena), &pub), KEY_OK);
		ck_assert_int_eq(public_key_verify(pub, digest_abc(), sig),
		    VERIFY_GOOD);
		public_key_free(pub);
		private_key_free(again);
		private_key_free(k);
	}
}
END_TEST

START_TEST(memory_may_fail)
{
	struct private_key *k;
	struct arena *small = arena_new(16);

	ck_assert_int_eq(private_key_parse(SPAN(ED_SEED), &k), KEY_OK);
	ck_assert_ptr_null(private_key_sign(k, digest_abc(), small).p);
	ck_assert_ptr_null(private_key_pem(k, small).p);
	ck_assert_ptr_null(private_key_public(k, small).p);
	private_key_free(k);
	arena_free(small);
	arena_fail_after(0);
	ck_assert_int_eq(private_key_parse(SPAN(ED_SEED), &k), KEY_NOMEM);
	arena_fail_after(1);
	ck_assert_int_eq(private_key_parse(SPAN(ED_SEED), &k), KEY_NOMEM);
	arena_fail_after(-1);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		digest_computes,
		digest_compares,
		der_reads_lengths,
		der_reads_numbers,
		public_keys_verify,
		signatures_have_their_length,
		public_keys_are_judged,
		public_keys_are_whole,
		rsa_numbers_are_judged,
		private_keys_sign,
		private_keys_are_judged,
		private_keys_are_consistent,
		private_keys_are_made,
		memory_may_fail,
	};
	int rc;

	arena = arena_new(0);
	rc = TESTLIB_RUN("crypto", tests);
	arena_free(arena);
	return rc;
}
