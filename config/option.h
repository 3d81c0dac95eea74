/*
 * THE option table: every name a configuration file may hold, with type,
 * default, range and help. Parsing, `signet config` and the manual page are
 * made of it and of nothing else.
 *
 * Names are those of OpenDKIM, OpenDMARC and policyd-spf where the meaning is
 * theirs, and are compared without case. What those programs know and Signet
 * does not do is in the table too, with the reason, so that their files load.
 */
#ifndef SIGNET_CONFIG_OPTION_H
#define SIGNET_CONFIG_OPTION_H

#include "config/report.h"

enum option_type {
	OPTION_TEXT,
	OPTION_BOOL,		/* by the first byte: tTyY1, fFnN0 */
	OPTION_NUMBER,
	OPTION_MODE,		/* a umask; C's bases, as OpenDKIM reads it */
	OPTION_SIZE,		/* bytes; K, M, G may follow */
	OPTION_TIME,		/* seconds; ms, s, m, h, d, w may follow */
	OPTION_WORD,		/* one of a list */
	OPTION_NAMES,		/* data set of names */
	OPTION_HOSTS,		/* data set of hosts, see policy/hostlist.h */
	OPTION_TABLE,		/* data set of names and values */
	OPTION_USER,		/* USER or USER:GROUP */
	OPTION_SERVERS,		/* ADDRESS[@PORT], comma separated */
	OPTION_FILE,		/* a path */
};

/* A word for the manual: "boolean", "data set". */
const char	*option_type_name(enum option_type t);

enum option_status {
	OPTION_HONOURED,
	OPTION_NO_EFFECT,	/* accepted; there is nothing it could do */
	OPTION_NOT_YET,		/* accepted; a later release may do it */
	OPTION_OBSOLETE,	/* accepted; of a protocol or program gone by */
};

/* Whose name it is (bits). */
#define OPTION_OPENDKIM		1u
#define OPTION_OPENDMARC	2u
#define OPTION_POLICYD_SPF	4u
#define OPTION_SIGNET		8u

/* The words of an OPTION_WORD; the first of a value is the usual one. */
struct option_word {
	const char	*text;		/* NULL ends the list */
	unsigned	 value;
	bool		 hidden;	/* understood, but not offered */
};

struct option_row {
	const char	*name;
	enum option_type type;
	enum option_status status;
	unsigned	 origin;
	uint64_t	 min, max;	/* NUMBER, MODE, SIZE; TIME in ms */
	const struct option_word *words;
	bool		 boolean_words;	/* a boolean is understood as well: 0
					 * and 1 of the words */
	/*
	 * The default as it would be written; NULL: not set. Of an option
	 * without effect: the value that asks for nothing, so needs no warning.
	 */
	const char	*fallback;
	const char	*opendkim;	/* OpenDKIM's default where another */
	/*
	 * For the manual: sentences, a blank line between paragraphs. Of an
	 * option without effect: why, as a clause for the warning.
	 */
	const char	*help;
};

/* The options that do something, in the order of the manual. */
enum option_id {
	OPT_SOCKET, OPT_USER_ID, OPT_UMASK, OPT_PID_FILE, OPT_BASE_DIRECTORY,
	OPT_INCLUDE, OPT_MAX_SESSIONS, OPT_STOP_TIMEOUT, OPT_MESSAGE_TIMEOUT,
	OPT_MAXIMUM_HEADERS,
	OPT_SYSLOG, OPT_SYSLOG_FACILITY, OPT_SYSLOG_NAME, OPT_SYSLOG_SUCCESS,
	OPT_LOG_WHY,
	OPT_NAMESERVERS, OPT_DNS_TIMEOUT,
	OPT_MODE, OPT_AUTHSERV_ID, OPT_AUTHSERV_JOB_ID, OPT_AUTH_RESULTS,
	OPT_AUTH_RESULTS_LOGIN, OPT_INTERNAL_HOSTS, OPT_EXTERNAL_IGNORE,
	OPT_PEER_LIST, OPT_SKIP_DAEMONS, OPT_TRUSTED_RELAYS, OPT_MTA,
	OPT_MACRO_LIST,
	OPT_HELO_REJECT, OPT_MAIL_FROM_REJECT, OPT_REJECT_NOT_PASS_DOMAINS,
	OPT_PERMERROR_REJECT, OPT_TEMPERROR_DEFER, OPT_NO_MAIL, OPT_TEST_ONLY,
	OPT_REJECT_HELO_IMPERSONATION, OPT_SPF_ENHANCED_CODES,
	OPT_REASON_MESSAGE, OPT_SKIP_ADDRESSES, OPT_WHITELIST,
	OPT_DOMAIN_WHITELIST, OPT_HELO_WHITELIST, OPT_DOMAIN_WHITELIST_PTR,
	OPT_WHITELIST_LOOKUP_TIME, OPT_HEADER_TYPE, OPT_HIDE_RECEIVER,
	OPT_SPF_MAXIMUM_WIDTH, OPT_SPF_WIDE_PASS,
	OPT_VOID_LIMIT, OPT_LOOKUP_TIME, OPT_EXEMPT_RECIPIENTS,
	OPT_MAX_SIGNATURES, OPT_MIN_KEY_BITS, OPT_CLOCK_DRIFT, OPT_BODY_LENGTHS,
	OPT_MUST_BE_SIGNED, OPT_ON_DEFAULT, OPT_ON_BAD_SIGNATURE,
	OPT_ON_NO_SIGNATURE, OPT_ON_KEY_NOT_FOUND, OPT_ON_DNS_ERROR,
	OPT_ON_SECURITY, OPT_ON_INTERNAL_ERROR, OPT_ON_SIGNATURE_ERROR,
	OPT_REQUIRE_SIGNATURE,
	OPT_REJECT_FAILURES, OPT_REJECT_STRING, OPT_HOLD_QUARANTINED,
	OPT_ORG_DOMAIN, OPT_SUFFIX_LIST, OPT_DMARC_COMPARE,
	OPT_DEFER_TEMP_ERRORS, OPT_REQUIRED_FROM, OPT_REJECT_MULTI_FROM,
	OPT_OWN_DOMAINS, OPT_REJECT_OWN, OPT_IGNORE_HOSTS,
	OPT_IGNORE_MAIL_FROM, OPT_IGNORE_MAIL_TO, OPT_OVERRIDE_TABLE,
	OPT_DOMAIN, OPT_SUB_DOMAINS, OPT_SELECTOR, OPT_KEY_FILE, OPT_KEY_TABLE,
	OPT_SIGNING_TABLE, OPT_MULTIPLE_SIGNATURES, OPT_CANONICALIZATION,
	OPT_SIGNATURE_ALGORITHM, OPT_SIGN_HEADERS, OPT_OMIT_HEADERS,
	OPT_OVERSIGN_HEADERS, OPT_SIGNATURE_TTL, OPT_SENDER_HEADERS,
	OPT_SENDER_LOGIN, OPT_DONT_SIGN_MAIL_TO, OPT_EXEMPT_DOMAINS,
	OPT_REMOVE_OLD_SIGNATURES, OPT_DIAGNOSTICS, OPT_CHECK_KEYS,
	OPT_REQUIRE_SAFE_KEYS,
	OPTION_HONOURED_COUNT
};

/* Values of word options whose words stand for no enum of another room. */
enum canon_words {
	CANON_WORD_RELAXED_RELAXED,
	CANON_WORD_RELAXED_SIMPLE,
	CANON_WORD_SIMPLE_RELAXED,
	CANON_WORD_SIMPLE_SIMPLE,
};

enum algorithm_words {
	ALGORITHM_BY_KEY,
	ALGORITHM_RSA,
	ALGORITHM_ED25519,
	ALGORITHM_SHA1,		/* known, and refused (RFC 8301) */
};

enum org_domain_words {
	ORG_DOMAIN_TREE_WALK,
	ORG_DOMAIN_PSL,
};

/* CheckKeys. */
enum check_keys_words {
	CHECK_KEYS_NO,
	CHECK_KEYS_WARN,
	CHECK_KEYS_REQUIRE,
};

enum multiple_words {
	MULTIPLE_NO,		/* the first line that matches */
	MULTIPLE_YES,		/* every line that matches */
	MULTIPLE_SAME,		/* the first, and those with its first word */
};

/* All rows: first the honoured, in the order of option_id, then the others. */
size_t		 option_count(void);
const struct option_row *option_at(size_t i);

/* By name; NULL when nobody knows it. */
const struct option_row *option_find(struct span name);

/* A name so near to `name` that it may be meant; NULL when none is. */
const char	*option_suggest(struct span name);

enum option_source {
	OPTION_FROM_DEFAULT,
	OPTION_FROM_OPENDKIM,	/* OpenDKIM's default, for its own file */
	OPTION_FROM_FILE,
	OPTION_FROM_SET,	/* the command line */
};

struct option_value {
	struct span	 text;		/* p NULL: not set, no default */
	uint64_t	 number;	/* BOOL 0 or 1, NUMBER, MODE, SIZE, TIME
					 * (ms), WORD (its value) */
	enum option_source source;
	const char	*file;		/* OPTION_FROM_FILE: where */
	unsigned	 line;
};

/*
 * Read `text` as a value of `o`: text and number of *out are set, the text as
 * a copy in `a`. False when it is none; *why_out then says why not, in `a` or
 * static. Warnings that a good value deserves are put there as well, with
 * true; else *why_out is NULL.
 */
bool		 option_read(struct arena *a, const struct option_row *o,
		    struct span text, struct option_value *out,
		    const char **why_out);

/* The honoured options of one configuration. */
struct option_values {
	struct option_value v[OPTION_HONOURED_COUNT];
};

/* Where an option was set. */
struct place	 option_place(const struct option_values *vals,
		    enum option_id id);

/*
 * Set all to their defaults, OpenDKIM's where `opendkim` is true. A default
 * that cannot be read is a bug; false without memory.
 */
bool		 option_defaults(struct arena *a, struct option_values *vals,
		    bool opendkim);

/* The tables of the two files; for option.c. */
extern const struct option_row option_honoured[OPTION_HONOURED_COUNT];
extern const struct option_row option_others[];
extern const size_t option_nothers;

#endif
