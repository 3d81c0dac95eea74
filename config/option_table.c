#include "config.h"
#include "config/option.h"

#include "config/suffix_file.h"
#include "policy/settings.h"

#define SECONDS(n)	((n) * UINT64_C(1000))
#define HOURS(n)	(SECONDS(3600) * (n))
#define DAYS(n)		(HOURS(24) * (n))
#define MEGABYTES(n)	((n) * UINT64_C(1048576))

#define WORD(t, v)	{ .text = t, .value = v }
#define HIDDEN(t, v)	{ .text = t, .value = v, .hidden = true }

static const struct option_word facility_words[] = {
	WORD("mail", 0), WORD("daemon", 1), WORD("user", 2),
	WORD("local0", 3), WORD("local1", 4), WORD("local2", 5),
	WORD("local3", 6), WORD("local4", 7), WORD("local5", 8),
	WORD("local6", 9), WORD("local7", 10), WORD("auth", 11),
	WORD("authpriv", 12), WORD("cron", 13), WORD("kern", 14),
	WORD("lpr", 15), WORD("news", 16), WORD("syslog", 17),
	WORD("uucp", 18), { .text = NULL },
};

/* Bit 0: sign, bit 1: verify. */
static const struct option_word mode_words[] = {
	WORD("sv", 3), HIDDEN("vs", 3), WORD("s", 1),
	WORD("v", 2), { .text = NULL },
};

static const struct option_word check_keys_words[] = {
	WORD("no", CHECK_KEYS_NO), WORD("warn", CHECK_KEYS_WARN),
	WORD("require", CHECK_KEYS_REQUIRE), { .text = NULL },
};

static const struct option_word helo_words[] = {
	WORD("False", SPF_REJECT_NO),
	WORD("Fail", SPF_REJECT_FAIL),
	WORD("Softfail", SPF_REJECT_SOFTFAIL),
	WORD("SPF_Not_Pass", SPF_REJECT_NOT_PASS),
	WORD("Null", SPF_REJECT_NULL),
	WORD("No_Check", SPF_REJECT_NO_CHECK),
	{ .text = NULL },
};

static const struct option_word mail_from_words[] = {
	WORD("False", SPF_REJECT_NO),
	WORD("Fail", SPF_REJECT_FAIL),
	WORD("Softfail", SPF_REJECT_SOFTFAIL),
	WORD("SPF_Not_Pass", SPF_REJECT_NOT_PASS),
	WORD("No_Check", SPF_REJECT_NO_CHECK),
	{ .text = NULL },
};

static const struct option_word header_words[] = {
	WORD("AR", SPF_HEADER_AR),
	WORD("SPF", SPF_HEADER_RECEIVED),
	WORD("both", SPF_HEADER_AR | SPF_HEADER_RECEIVED),
	WORD("None", 0),
	{ .text = NULL },
};

static const struct option_word wide_words[] = {
	WORD("count", 0), WORD("ignore", 1), { .text = NULL },
};

static const struct option_word body_lengths_words[] = {
	WORD("policy", 0), WORD("accept", 1), { .text = NULL },
};

static const struct option_word action_words[] = {
	WORD("accept", ACTION_ACCEPT), WORD("reject", ACTION_REJECT),
	WORD("tempfail", ACTION_TEMPFAIL),
	WORD("quarantine", ACTION_QUARANTINE),
	WORD("discard", ACTION_DISCARD),
	HIDDEN("a", ACTION_ACCEPT), HIDDEN("r", ACTION_REJECT),
	HIDDEN("t", ACTION_TEMPFAIL), HIDDEN("q", ACTION_QUARANTINE),
	HIDDEN("d", ACTION_DISCARD), { .text = NULL },
};

static const struct option_word reject_failures_words[] = {
	WORD("no", DMARC_REJECT_NO),
	WORD("yes", DMARC_REJECT_YES),
	WORD("unless-indirect", DMARC_REJECT_UNLESS_INDIRECT),
	{ .text = NULL },
};

static const struct option_word org_domain_words[] = {
	WORD("tree-walk", ORG_DOMAIN_TREE_WALK),
	WORD("psl", ORG_DOMAIN_PSL), { .text = NULL },
};

static const struct option_word multiple_words[] = {
	WORD("no", MULTIPLE_NO), WORD("yes", MULTIPLE_YES),
	WORD("same", MULTIPLE_SAME), { .text = NULL },
};

static const struct option_word canon_words[] = {
	WORD("relaxed/relaxed", CANON_WORD_RELAXED_RELAXED),
	WORD("relaxed/simple", CANON_WORD_RELAXED_SIMPLE),
	WORD("relaxed", CANON_WORD_RELAXED_SIMPLE),
	WORD("simple/relaxed", CANON_WORD_SIMPLE_RELAXED),
	WORD("simple/simple", CANON_WORD_SIMPLE_SIMPLE),
	WORD("simple", CANON_WORD_SIMPLE_SIMPLE),
	{ .text = NULL },
};

static const struct option_word algorithm_words[] = {
	WORD("by-key", ALGORITHM_BY_KEY),
	WORD("rsa-sha256", ALGORITHM_RSA),
	WORD("ed25519-sha256", ALGORITHM_ED25519),
	HIDDEN("rsa-sha1", ALGORITHM_SHA1),
	{ .text = NULL },
};

const struct option_row option_honoured[OPTION_HONOURED_COUNT] = {

/* ---- the daemon as a process -------------------------------------------- */

[OPT_SOCKET] = {
	.name = "Socket", .type = OPTION_TEXT,
	.origin = OPTION_OPENDKIM | OPTION_OPENDMARC,
	.fallback = "inet:8891@127.0.0.1",
	.help =
	"Where the MTA reaches signetd: inet:PORT@HOST or inet:HOST:PORT, "
	"inet6:PORT@HOST, local:PATH, unix:PATH or a path alone; fd:NUMBER is "
	"a socket that was handed in open, by systemd for one. An IPv6 address "
	"stands in square brackets.\n\n"
	"inet:PORT alone listens on every interface, and whoever reaches the "
	"port can have mail signed: a warning says so.",
},
[OPT_USER_ID] = {
	.name = "UserID", .type = OPTION_USER,
	.origin = OPTION_OPENDKIM | OPTION_OPENDMARC | OPTION_POLICYD_SPF,
	.help =
	"USER or USER:GROUP that signetd becomes when it was started by root, "
	"after the socket is open and before any table or key is read. Where "
	"it is not set, the user signet is taken if there is one; else a "
	"warning says that signetd runs as root.",
},
[OPT_UMASK] = {
	.name = "UMask", .type = OPTION_MODE, .max = 0777,
	.origin = OPTION_OPENDKIM | OPTION_OPENDMARC,
	.help =
	"Permissions to take away from what is created, the socket above all; "
	"007 where it is not set. "
	"A number with a leading zero is octal, as in 007; one without is "
	"decimal, as OpenDKIM reads it.",
},
[OPT_PID_FILE] = {
	.name = "PidFile", .type = OPTION_FILE,
	.origin = OPTION_OPENDKIM | OPTION_OPENDMARC | OPTION_POLICYD_SPF,
	.help =
	"Write the process id to this file at the start, and remove the file "
	"at the end. In a directory where UserID cannot write it stays, and is "
	"emptied. systemd needs none.",
},
[OPT_BASE_DIRECTORY] = {
	.name = "BaseDirectory", .type = OPTION_FILE,
	.origin = OPTION_OPENDKIM | OPTION_OPENDMARC,
	.help =
	"Relative paths of data sets, key files and PidFile, in this file and "
	"in tables, start at this directory. Unlike with OpenDKIM the working "
	"directory is not changed.",
},
[OPT_INCLUDE] = {
	.name = "Include", .type = OPTION_FILE, .origin = OPTION_OPENDKIM,
	.help =
	"Read another file of options in this place. Files may include files, "
	"five deep.",
},
[OPT_MAX_SESSIONS] = {
	.name = "MaxSessions", .type = OPTION_NUMBER, .min = 1, .max = 100000,
	.origin = OPTION_SIGNET, .fallback = "2000",
	.help =
	"Connections of MTAs at the same time. More are accepted, too; while "
	"there are more, new messages are answered with 451, and whoever "
	"sends them tries again later.",
},
[OPT_STOP_TIMEOUT] = {
	.name = "StopTimeout", .type = OPTION_TIME, .max = SECONDS(600),
	.origin = OPTION_SIGNET, .fallback = "20",
	.help =
	"At SIGTERM messages that have begun may take so long to end; new "
	"ones are answered with 421 at once. Under systemd the unit's "
	"TimeoutStopSec must be above it; in signetd.service it is 40.",
},
[OPT_MESSAGE_TIMEOUT] = {
	.name = "MessageTimeout", .type = OPTION_TIME, .min = SECONDS(1),
	.max = SECONDS(120), .origin = OPTION_SIGNET, .fallback = "10",
	.help =
	"What the end of a message may wait for answers from the DNS, in all. "
	"What is not known by then is temperror, never pass. It must be well "
	"below the MTA's own timeout (Postfix: milter_content_timeout).",
},
[OPT_MAXIMUM_HEADERS] = {
	.name = "MaximumHeaders", .type = OPTION_SIZE, .min = 0,
	.max = MEGABYTES(64),
	.origin = OPTION_OPENDKIM, .fallback = "1M", .opendkim = "65536",
	.help =
	"Bytes that the header of one message may have; 0 means 64M.",
},

/* ---- the log ------------------------------------------------------------ */

[OPT_SYSLOG] = {
	.name = "Syslog", .type = OPTION_BOOL,
	.origin = OPTION_OPENDKIM | OPTION_OPENDMARC,
	.fallback = "no",
	.help =
	"Log to the system's log. With no, the log goes to standard error.",
},
[OPT_SYSLOG_FACILITY] = {
	.name = "SyslogFacility", .type = OPTION_WORD, .words = facility_words,
	.origin = OPTION_OPENDKIM | OPTION_OPENDMARC, .fallback = "mail",
	.help = "The facility that lines are logged with.",
},
[OPT_SYSLOG_NAME] = {
	.name = "SyslogName", .type = OPTION_TEXT, .origin = OPTION_OPENDKIM,
	.fallback = "signetd",
	.help = "The program name that lines are logged with.",
},
[OPT_SYSLOG_SUCCESS] = {
	.name = "SyslogSuccess", .type = OPTION_BOOL, .origin = OPTION_OPENDKIM,
	.fallback = "yes", .opendkim = "no",
	.help =
	"Log a line for every message, with each result, what was done and "
	"why. With no, only what was refused, quarantined or could not be "
	"signed is logged.",
},
[OPT_LOG_WHY] = {
	.name = "LogWhy", .type = OPTION_BOOL, .origin = OPTION_OPENDKIM,
	.fallback = "no",
	.help =
	"Log at length why a message was judged, signed, both or neither.",
},

/* ---- the DNS ------------------------------------------------------------ */

[OPT_NAMESERVERS] = {
	.name = "Nameservers", .type = OPTION_SERVERS,
	.origin = OPTION_OPENDKIM,
	.help =
	"Name servers to ask, as ADDRESS or ADDRESS@PORT, separated by "
	"commas. Where none is named, those of /etc/resolv.conf are asked.",
},
[OPT_DNS_TIMEOUT] = {
	.name = "DNSTimeout", .type = OPTION_TIME, .min = SECONDS(1),
	.max = SECONDS(60), .origin = OPTION_OPENDKIM | OPTION_OPENDMARC,
	.fallback = "5",
	.help =
	"How long one question may take with all its repetitions. OpenDKIM's "
	"0, to wait for ever, is refused.",
},

/* ---- whose mail is what ------------------------------------------------- */

[OPT_MODE] = {
	.name = "Mode", .type = OPTION_WORD, .words = mode_words,
	.origin = OPTION_OPENDKIM, .fallback = "sv",
	.help =
	"What signetd does: s signs mail of our own users, v judges mail that "
	"comes in, sv does both.",
},
[OPT_AUTHSERV_ID] = {
	.name = "AuthservID", .type = OPTION_TEXT,
	.origin = OPTION_OPENDKIM | OPTION_OPENDMARC | OPTION_POLICYD_SPF,
	.help =
	"The name that Authentication-Results fields of ours begin with (RFC "
	"8601). Fields that come in with this name are removed. HOSTNAME "
	"stands for this host's full name. Where it is not set, the MTA's "
	"own name is taken, which it tells by the macro {j}.",
},
[OPT_AUTHSERV_JOB_ID] = {
	.name = "AuthservIDWithJobID", .type = OPTION_BOOL,
	.origin = OPTION_OPENDKIM | OPTION_OPENDMARC, .fallback = "no",
	.help =
	"Put a slash and the queue id behind AuthservID in our own fields. "
	"Not every reader understands that. Fields that come in with our name "
	"are removed with and without it.",
},
[OPT_AUTH_RESULTS] = {
	.name = "AuthResultsAuth", .type = OPTION_BOOL,
	.origin = OPTION_SIGNET, .fallback = "no",
	.help =
	"Give mail of clients that logged in (SASL) an Authentication-Results "
	"field with auth=pass. Everybody who gets the mail can read it.",
},
[OPT_AUTH_RESULTS_LOGIN] = {
	.name = "AuthResultsLogin", .type = OPTION_BOOL,
	.origin = OPTION_SIGNET, .fallback = "no",
	.help =
	"Show in that field the name that the client logged in with.",
},
[OPT_INTERNAL_HOSTS] = {
	.name = "InternalHosts", .type = OPTION_HOSTS,
	.origin = OPTION_OPENDKIM, .fallback = "127.0.0.0/8,::1",
	.help =
	"Hosts whose mail is our own: it is signed and never judged. Entries "
	"are addresses, networks (192.0.2.0/24, 2001:db8::/32), host names "
	"(mail.example.com) and domains (.example.com); ! in front of one "
	"makes an exception. The most specific entry decides, whatever the "
	"order, and any address before any name.",
},
[OPT_EXTERNAL_IGNORE] = {
	.name = "ExternalIgnoreList", .type = OPTION_HOSTS,
	.origin = OPTION_OPENDKIM,
	.help =
	"Hosts that may send with an author of ours from outside without a "
	"line in the log that says so.",
},
[OPT_PEER_LIST] = {
	.name = "PeerList", .type = OPTION_HOSTS, .origin = OPTION_OPENDKIM,
	.help =
	"Hosts whose mail passes untouched: neither signed nor judged.",
},
[OPT_SKIP_DAEMONS] = {
	.name = "SkipDaemons", .type = OPTION_NAMES, .origin = OPTION_SIGNET,
	.help =
	"Mail that comes in by an MTA daemon of this name (the macro "
	"{daemon_name}; Postfix: milter_macro_daemon_name) passes untouched. "
	"For mail that a content filter hands back from 127.0.0.1, which "
	"would else count as mail of our own users.",
},
[OPT_TRUSTED_RELAYS] = {
	.name = "TrustedRelays", .type = OPTION_HOSTS, .origin = OPTION_SIGNET,
	.help =
	"Our own secondary MX and known forwarders. What they hand on is "
	"judged and tagged, and never refused. SPF is checked for the client "
	"that the relay's own topmost Received field names.",
},

[OPT_MTA] = {
	.name = "MTA", .type = OPTION_NAMES, .origin = OPTION_OPENDKIM,
	.help =
	"Mail that comes in by an MTA daemon of this name (the macro "
	"{daemon_name}) is our own, like mail of InternalHosts. For a port "
	"that takes mail of our own users alone.",
},
[OPT_MACRO_LIST] = {
	.name = "MacroList", .type = OPTION_TABLE, .origin = OPTION_OPENDKIM,
	.help =
	"Macros of the MTA that tell mail of our own: a name alone wants the "
	"macro to be set, a name with VALUE or VALUE|VALUE one of these "
	"values, by case. In a list of commas write NAME=VALUE. The MTA is "
	"asked for them at MAIL.",
},

/* ---- SPF ---------------------------------------------------------------- */

[OPT_HELO_REJECT] = {
	.name = "HELO_reject", .type = OPTION_WORD, .words = helo_words,
	.origin = OPTION_POLICYD_SPF, .fallback = "False",
	.help =
	"Refuse a client whose HELO name has an SPF result of this kind. "
	"False: never. Fail: fail. Softfail: fail and softfail. SPF_Not_Pass: "
	"fail, softfail and neutral. Null: as Fail, but only when MAIL FROM "
	"is null. No_Check: do not even look.\n\n"
	"The refusal, 550 5.7.23 with the explanation of the domain, is given "
	"at RCPT where the answer is there by then, else at the end of the "
	"message.",
},
[OPT_MAIL_FROM_REJECT] = {
	.name = "Mail_From_reject", .type = OPTION_WORD,
	.words = mail_from_words, .origin = OPTION_POLICYD_SPF,
	.fallback = "False",
	.help =
	"Refuse mail whose MAIL FROM has an SPF result of this kind; the "
	"words are those of HELO_reject. A null MAIL FROM is a matter of "
	"HELO_reject alone.",
},
[OPT_REJECT_NOT_PASS_DOMAINS] = {
	.name = "Reject_Not_Pass_Domains", .type = OPTION_NAMES,
	.origin = OPTION_POLICYD_SPF,
	.help =
	"Domains whose mail is refused when SPF says fail, softfail or "
	"neutral, whatever HELO_reject and Mail_From_reject say; for domains "
	"that are often forged.",
},
[OPT_PERMERROR_REJECT] = {
	.name = "PermError_reject", .type = OPTION_BOOL,
	.origin = OPTION_POLICYD_SPF, .fallback = "no",
	.help =
	"Refuse, with 550 5.7.24, where the SPF record is in error "
	"(permerror), unless the option for that identity is False. With no, "
	"such a record is as good as none.",
},
[OPT_TEMPERROR_DEFER] = {
	.name = "TempError_Defer", .type = OPTION_BOOL,
	.origin = OPTION_POLICYD_SPF, .fallback = "no",
	.help =
	"Defer, with 451 4.7.24, where the DNS gave no answer for SPF "
	"(temperror), unless the option for that identity is False.",
},
[OPT_NO_MAIL] = {
	.name = "No_Mail", .type = OPTION_BOOL, .origin = OPTION_POLICYD_SPF,
	.fallback = "no",
	.help =
	"Refuse for SPF only where the record says that the domain sends no "
	"mail at all (v=spf1 -all).",
},
[OPT_TEST_ONLY] = {
	.name = "TestOnly", .type = OPTION_NUMBER, .max = 1,
	.origin = OPTION_POLICYD_SPF, .fallback = "1",
	.help =
	"0: nothing is refused or deferred for SPF or HELO; the log says what "
	"would have been (rule=\"TestOnly: ...\"). 1: the rules are carried "
	"out. (These are policyd-spf's numbers.)",
},
[OPT_REJECT_HELO_IMPERSONATION] = {
	.name = "RejectHeloImpersonation", .type = OPTION_BOOL,
	.origin = OPTION_SIGNET, .fallback = "no",
	.help =
	"Refuse a client from outside that claims to be us in HELO: by this "
	"host's name, the MTA's name or AuthservID, by localhost, or by an "
	"address of this host, bare or in brackets.",
},
[OPT_SPF_ENHANCED_CODES] = {
	.name = "SPF_Enhanced_Status_Codes", .type = OPTION_BOOL,
	.origin = OPTION_POLICYD_SPF, .fallback = "yes",
	.help =
	"Refuse with the codes of RFC 7372, 5.7.23 for what SPF says and "
	"5.7.24 (deferred: 4.7.24) for errors. With no it is 5.7.1 or 4.7.1.",
},
[OPT_REASON_MESSAGE] = {
	.name = "Reason_Message", .type = OPTION_TEXT,
	.origin = OPTION_POLICYD_SPF,
	.help =
	"The text of a refusal or deferral for SPF. {rejectdefer} stands for "
	"rejected or deferred, {spf} for what SPF found, with the explanation "
	"of the domain, {url} for the address that policyd-spf puts there, "
	"whose site is gone. Where it is not set the text says which "
	"identity had which result and why.",
},
[OPT_SKIP_ADDRESSES] = {
	.name = "skip_addresses", .type = OPTION_HOSTS,
	.origin = OPTION_POLICYD_SPF,
	.help =
	"Clients whose mail is not checked for SPF and HELO: networks of our "
	"own. All else is judged; for mail that is our own altogether see "
	"InternalHosts.",
},
[OPT_WHITELIST] = {
	.name = "Whitelist", .type = OPTION_HOSTS,
	.origin = OPTION_POLICYD_SPF,
	.help =
	"Addresses and networks whose mail is not checked for SPF and HELO: "
	"a secondary MX, trusted forwarders. See also TrustedRelays, which "
	"finds out whom they had it from.",
},
[OPT_DOMAIN_WHITELIST] = {
	.name = "Domain_Whitelist", .type = OPTION_NAMES,
	.origin = OPTION_POLICYD_SPF,
	.help =
	"Domains of trusted forwarders: SPF is not checked for a client that "
	"the SPF record of one of them lets pass.",
},
[OPT_HELO_WHITELIST] = {
	.name = "HELO_Whitelist", .type = OPTION_NAMES,
	.origin = OPTION_POLICYD_SPF,
	.help =
	"Host names: SPF is not checked for a client that gives one of them "
	"in HELO, if the name has the client's address.",
},
[OPT_DOMAIN_WHITELIST_PTR] = {
	.name = "Domain_Whitelist_PTR", .type = OPTION_NAMES,
	.origin = OPTION_POLICYD_SPF,
	.help =
	"Domains: SPF is not checked for a client whose reverse name is in or "
	"below one of them and has the client's address.",
},
[OPT_WHITELIST_LOOKUP_TIME] = {
	.name = "Whitelist_Lookup_Time", .type = OPTION_TIME, .min = 1,
	.max = SECONDS(300), .origin = OPTION_POLICYD_SPF, .fallback = "10",
	.help =
	"How long each of Domain_Whitelist, HELO_Whitelist and "
	"Domain_Whitelist_PTR may ask the DNS, within MessageTimeout. While "
	"it is not known whether a client is in a list, a refusal for SPF "
	"becomes a deferral.",
},
[OPT_HEADER_TYPE] = {
	.name = "Header_Type", .type = OPTION_WORD, .words = header_words,
	.origin = OPTION_POLICYD_SPF, .fallback = "AR",
	.help =
	"Where SPF results are written: AR, into Authentication-Results; SPF, "
	"into Received-SPF fields (RFC 7208, 9.1), one an identity; both; or "
	"None. The other methods stand in Authentication-Results in any case.",
},
[OPT_HIDE_RECEIVER] = {
	.name = "Hide_Receiver", .type = OPTION_BOOL,
	.origin = OPTION_POLICYD_SPF, .fallback = "no",
	.help =
	"Do not tell this host's name in Received-SPF, in refusals and in "
	"explanations.",
},
[OPT_SPF_MAXIMUM_WIDTH] = {
	.name = "SPFMaximumWidth", .type = OPTION_TEXT,
	.origin = OPTION_SIGNET, .fallback = "16,32",
	.help =
	"An IPv4 and an IPv6 prefix length. An SPF pass by a term that lets a "
	"larger network pass says little about who sent the mail; such a "
	"pass, and any by +all, has a comment in Authentication-Results that "
	"says so.",
},
[OPT_SPF_WIDE_PASS] = {
	.name = "SPFWidePass", .type = OPTION_WORD, .words = wide_words,
	.origin = OPTION_SIGNET, .fallback = "count",
	.help =
	"Whether an SPF pass that is too wide (see SPFMaximumWidth) counts "
	"for DMARC: count, or ignore.",
},
[OPT_VOID_LIMIT] = {
	.name = "Void_Limit", .type = OPTION_NUMBER, .max = 10,
	.origin = OPTION_POLICYD_SPF, .fallback = "2",
	.help =
	"Lookups without an answer that one SPF check may cause; one more is "
	"permerror (RFC 7208, 4.6.4).",
},
[OPT_LOOKUP_TIME] = {
	.name = "Lookup_Time", .type = OPTION_TIME, .min = 1,
	.max = SECONDS(300), .origin = OPTION_POLICYD_SPF, .fallback = "20",
	.help =
	"How long the SPF check of one identity may take, within "
	"MessageTimeout; then it is temperror. RCPT is held up for an answer "
	"that could refuse the client no longer than 5 seconds; what is not "
	"known by then is decided at the end of the message.",
},
[OPT_EXEMPT_RECIPIENTS] = {
	.name = "ExemptRecipients", .type = OPTION_NAMES,
	.origin = OPTION_SIGNET, .fallback = "postmaster,abuse",
	.help =
	"Local parts; mail to them is not refused before the data for reasons "
	"of SPF or HELO (RFC 5321, 4.5.1).",
},

/* ---- DKIM and DMARC of what comes in ------------------------------------ */

[OPT_MAX_SIGNATURES] = {
	.name = "MaximumSignaturesToVerify", .type = OPTION_NUMBER, .min = 1,
	.max = DKIM_MAX_SIGNATURES, .origin = OPTION_OPENDKIM, .fallback = "10",
	.opendkim = "3",
	.help =
	"How many DKIM signatures of one message are tried: first those of "
	"the author's domain, its parents and children, then from the top. "
	"The others are reported as policy.",
},
[OPT_MIN_KEY_BITS] = {
	.name = "MinimumKeyBits", .type = OPTION_NUMBER,
	.max = KEY_RSA_MAX_BITS, .origin = OPTION_OPENDKIM, .fallback = "1024",
	.help =
	"A signature by a shorter RSA key is reported as policy. Below 1024 "
	"no key ever passes (RFC 8301), whatever is set here.",
},
[OPT_CLOCK_DRIFT] = {
	.name = "ClockDrift", .type = OPTION_TIME, .max = DAYS(1),
	.origin = OPTION_OPENDKIM, .fallback = "300",
	.help =
	"How far another host's clock may be ahead of ours before its "
	"signature is of the future.",
},
[OPT_BODY_LENGTHS] = {
	.name = "BodyLengths", .type = OPTION_WORD, .words = body_lengths_words,
	.origin = OPTION_SIGNET, .fallback = "policy",
	.help =
	"A signature that covers only the beginning of the body (l=) is "
	"reported as policy, since anyone could have added the rest; accept "
	"lets it pass.",
},
[OPT_MUST_BE_SIGNED] = {
	.name = "MustBeSigned", .type = OPTION_NAMES,
	.origin = OPTION_OPENDKIM,
	.help =
	"Header fields that a signature must cover where they are there, each "
	"as often as it occurs. A signature that leaves one out is reported "
	"as policy and is no better than a bad one.",
},
[OPT_ON_DEFAULT] = {
	.name = "On-Default", .type = OPTION_WORD, .words = action_words,
	.origin = OPTION_OPENDKIM,
	.help =
	"What becomes of mail that comes in without a DKIM signature that "
	"passes, and of mail of our own that cannot be signed, where none of "
	"the other On- options is set for the cause: accept, reject, "
	"tempfail, quarantine or discard. Like OpenDKIM's it holds for mail "
	"without any signature, too.\n\n"
	"One signature that passes is enough: then none of the On- options "
	"but On-SignatureError does anything. Of several causes the one that "
	"counts is the first of these: On-InternalError, On-DNSError, "
	"On-Security, On-BadSignature, On-KeyNotFound. Mail from "
	"TrustedRelays is never refused.",
},
[OPT_ON_BAD_SIGNATURE] = {
	.name = "On-BadSignature", .type = OPTION_WORD, .words = action_words,
	.origin = OPTION_OPENDKIM,
	.fallback = "accept",
	.help =
	"A signature that does not verify, has expired, cannot be read, or is "
	"reported as policy. A signature that fails, whose key is published "
	"for testing (t=y), is taken for none (RFC 6376, 3.6.1).",
},
[OPT_ON_NO_SIGNATURE] = {
	.name = "On-NoSignature", .type = OPTION_WORD, .words = action_words,
	.origin = OPTION_OPENDKIM,
	.fallback = "accept",
	.help =
	"The message is not signed. Most mail of the world that is honest and "
	"unsigned would be lost with reject; see RequireSignature.",
},
[OPT_ON_KEY_NOT_FOUND] = {
	.name = "On-KeyNotFound", .type = OPTION_WORD, .words = action_words,
	.origin = OPTION_OPENDKIM,
	.fallback = "accept",
	.help =
	"The key of the signature is not published, is revoked, or cannot be "
	"used.",
},
[OPT_ON_DNS_ERROR] = {
	.name = "On-DNSError", .type = OPTION_WORD, .words = action_words,
	.origin = OPTION_OPENDKIM,
	.fallback = "accept", .opendkim = "tempfail",
	.help =
	"The key of the signature could not be looked up.",
},
[OPT_ON_SECURITY] = {
	.name = "On-Security", .type = OPTION_WORD, .words = action_words,
	.origin = OPTION_OPENDKIM,
	.fallback = "accept", .opendkim = "tempfail",
	.help =
	"The header is larger than MaximumHeaders, so that no signature was "
	"checked, or the key of the signature fails DNSSEC.",
},
[OPT_ON_INTERNAL_ERROR] = {
	.name = "On-InternalError", .type = OPTION_WORD, .words = action_words,
	.origin = OPTION_OPENDKIM,
	.fallback = "tempfail",
	.help =
	"A signature could not be checked for a reason on our side. A message "
	"for which there is no memory is always a temporary failure.",
},
[OPT_ON_SIGNATURE_ERROR] = {
	.name = "On-SignatureError", .type = OPTION_WORD, .words = action_words,
	.origin = OPTION_OPENDKIM,
	.opendkim = "reject",
	.help =
	"A message of our own that should be signed cannot be: its key cannot "
	"be used, or its header is larger than MaximumHeaders. Where it is "
	"not set, On-InternalError says what to do.",
},
[OPT_REQUIRE_SIGNATURE] = {
	.name = "RequireSignature", .type = OPTION_NAMES,
	.origin = OPTION_SIGNET,
	.help =
	"Domains whose mail is refused unless a signature of the author's "
	"domain, or of one above or below it, passes: example.com is that "
	"domain alone, .example.com every domain below it. When the key "
	"could not be looked up, the message is deferred.",
},
[OPT_REJECT_FAILURES] = {
	.name = "RejectFailures", .type = OPTION_WORD,
	.words = reject_failures_words, .boolean_words = true,
	.origin = OPTION_OPENDMARC, .fallback = "no",
	.help =
	"What becomes of mail that fails DMARC with a policy of reject or "
	"quarantine. no: it is tagged. yes: the policy is carried out. "
	"unless-indirect: the same, but mail with signs of a mailing list or "
	"forwarder is quarantined where it would have been refused (RFC "
	"9989, 5.4, 7.4 and 8). Mail whose From names no author that could be "
	"checked is quarantined with both.",
},
[OPT_REJECT_STRING] = {
	.name = "RejectString", .type = OPTION_TEXT,
	.origin = OPTION_OPENDMARC,
	.fallback = "DMARC fail for %s (policy %p): neither SPF nor DKIM "
	    "vouches for the domain in From",
	.help =
	"What a client is told when its mail is refused for DMARC, behind "
	"550 5.7.1. %s stands for the author's domain, %p for its policy, %% "
	"for a percent sign. Printable ASCII, at most 300 bytes; it should "
	"have the word DMARC in it (RFC 9989, 7.2).",
},
[OPT_HOLD_QUARANTINED] = {
	.name = "HoldQuarantinedMessages", .type = OPTION_BOOL,
	.origin = OPTION_OPENDMARC, .fallback = "no",
	.help =
	"Put a quarantined message into the MTA's own quarantine (Postfix: "
	"hold queue). With no it is delivered with its Authentication-Results, "
	"for a filter behind to act on.",
},
[OPT_ORG_DOMAIN] = {
	.name = "OrganizationalDomain", .type = OPTION_WORD,
	.words = org_domain_words, .origin = OPTION_SIGNET,
	.fallback = "tree-walk",
	.help =
	"How DMARC finds the organizational domain of a name, which decides "
	"what is aligned and whose policy a subdomain has. tree-walk: by the "
	"DNS, as RFC 9989 (4.10) has it. psl: by the list of public suffixes, "
	"as RFC 7489 (3.2) had it and OpenDMARC does; tags keep the meaning "
	"they have in RFC 9989: np, psd and t are honoured, pct is not.",
},
[OPT_SUFFIX_LIST] = {
	.name = "PublicSuffixList", .type = OPTION_FILE,
	.origin = OPTION_OPENDMARC,
	.help =
	"The list of public suffixes, in the format of publicsuffix.org, or a "
	"directory with a file public_suffix_list.dat. It is read where "
	"OrganizationalDomain psl or DMARCCompare asks for it, and again with "
	"the configuration. Where it is not set, " SUFFIX_FILE " is read, and if "
	"there is none, the list that came with libpsl is used.",
},
[OPT_DMARC_COMPARE] = {
	.name = "DMARCCompare", .type = OPTION_BOOL,
	.origin = OPTION_SIGNET, .fallback = "no",
	.help =
	"Ask libopendmarc what OpenDMARC would have made of each message with "
	"one author. It decides nothing: the log line says compare=same, or "
	"what OpenDMARC would have said and why it differs, and signetd counts "
	"both and tells when it stops. The list of public suffixes is "
	"PublicSuffixList; libopendmarc reads it once, a reload does not "
	"change it. See signet dmarc --compare in signet(1), where the known "
	"differences are listed.",
},

[OPT_DEFER_TEMP_ERRORS] = {
	.name = "DeferTempErrors", .type = OPTION_BOOL,
	.origin = OPTION_SIGNET, .fallback = "no",
	.help =
	"Defer mail (451 4.7.1) whose DMARC result is temperror, where the "
	"missing answer could have made the policy apply. With no it is "
	"accepted and tagged.",
},
[OPT_REQUIRED_FROM] = {
	.name = "RequiredFrom", .type = OPTION_BOOL,
	.origin = OPTION_OPENDMARC, .fallback = "no",
	.help =
	"Refuse mail whose From names no author that DMARC could check: no "
	"From field or several, a group without members, a From that is not "
	"of the grammar of RFC 5322, 6854 and 6532, a domain that is no name, "
	"or authors of more than four domains. With no its DMARC result is "
	"permerror, see RejectFailures.",
},
[OPT_REJECT_MULTI_FROM] = {
	.name = "RejectMultiValueFrom", .type = OPTION_BOOL,
	.origin = OPTION_OPENDMARC, .fallback = "no",
	.help =
	"Refuse mail with authors of more than one domain. With no each of "
	"up to four domains is looked at, the strictest policy among those "
	"that fail counts, and DMARC passes only if all pass (RFC 9989, "
	"11.5). OpenDMARC would not look at such mail at all.",
},

/* ---- authors of our own, and exceptions --------------------------------- */

[OPT_OWN_DOMAINS] = {
	.name = "OwnDomains", .type = OPTION_HOSTS, .origin = OPTION_SIGNET,
	.help =
	"Our own domains, for RejectOwnDomain. example.com is that domain "
	"alone, .example.com every domain below it.",
},
[OPT_REJECT_OWN] = {
	.name = "RejectOwnDomain", .type = OPTION_BOOL,
	.origin = OPTION_SIGNET, .fallback = "no",
	.help =
	"Refuse mail from outside with an author of OwnDomains for whom "
	"neither SPF nor DKIM vouches with a domain that is aligned, whatever "
	"policy the domain publishes. What could not be found out is "
	"deferred. Mail that came through a mailing list, TrustedRelays or a "
	"forwarder of OverrideTable is quarantined instead. Mail of users who "
	"logged in, and of InternalHosts, is never looked at.",
},
[OPT_IGNORE_HOSTS] = {
	.name = "IgnoreHosts", .type = OPTION_HOSTS,
	.origin = OPTION_OPENDMARC,
	.help =
	"Clients whose mail is judged and tagged, but never refused, "
	"quarantined or deferred for what DMARC, From or OwnDomains say of "
	"it. A client is known by its address or by its confirmed name.",
},
[OPT_IGNORE_MAIL_FROM] = {
	.name = "IgnoreMailFrom", .type = OPTION_HOSTS,
	.origin = OPTION_OPENDMARC,
	.help =
	"The same by the domain of the author in From: example.com, or "
	".example.com for those below it. Anybody can write such a From.",
},
[OPT_IGNORE_MAIL_TO] = {
	.name = "IgnoreMailTo", .type = OPTION_NAMES,
	.origin = OPTION_OPENDMARC,
	.help =
	"The same where all recipients are among these addresses or domains.",
},
[OPT_OVERRIDE_TABLE] = {
	.name = "OverrideTable", .type = OPTION_TABLE, .origin = OPTION_SIGNET,
	.help =
	"Exceptions, one a line: whom, and what. Whom: example.com (mail with "
	"an author of that domain), .example.com (of one below it), host:HOST "
	"(a client: address, network, confirmed name, .domain), dkim:DOMAIN "
	"(mail with a signature of that domain that passes).\n\n"
	"What: reject refuses mail for whose author neither SPF nor DKIM "
	"vouches, whatever his policy. forwarder: whom we know to hand mail "
	"on; what would be refused is quarantined. never: the mail is tagged "
	"and that is all. Where several match, never goes before forwarder "
	"before reject. Each that changes something stands in "
	"Authentication-Results and in the log.",
},

/* ---- signing ------------------------------------------------------------ */

[OPT_DOMAIN] = {
	.name = "Domain", .type = OPTION_NAMES, .origin = OPTION_OPENDKIM,
	.help =
	"Domains whose mail is signed with one key, that of KeyFile, under "
	"one Selector. Ignored where KeyTable is set.",
},
[OPT_SUB_DOMAINS] = {
	.name = "SubDomains", .type = OPTION_BOOL, .origin = OPTION_OPENDKIM,
	.fallback = "no",
	.help =
	"Sign mail of domains below those of Domain as well, with d= the "
	"domain that is listed.",
},
[OPT_SELECTOR] = {
	.name = "Selector", .type = OPTION_TEXT, .origin = OPTION_OPENDKIM,
	.help = "The selector of KeyFile. Ignored where KeyTable is set.",
},
[OPT_KEY_FILE] = {
	.name = "KeyFile", .type = OPTION_FILE, .origin = OPTION_OPENDKIM,
	.help =
	"The private key, RSA or Ed25519, PEM. Ignored where KeyTable is set.",
},
[OPT_KEY_TABLE] = {
	.name = "KeyTable", .type = OPTION_TABLE, .origin = OPTION_OPENDKIM,
	.help =
	"Keys by name. A value is DOMAIN:SELECTOR:KEY, where KEY is a file "
	"(it begins with /, ./ or ../) or the key itself, PEM or base64. "
	"DOMAIN % stands for the author's domain; % in the name of a file "
	"that begins with / stands for the author's domain where DOMAIN is %, "
	"else for DOMAIN. Names are compared with case.",
},
[OPT_SIGNING_TABLE] = {
	.name = "SigningTable", .type = OPTION_TABLE, .origin = OPTION_OPENDKIM,
	.help =
	"Who is signed for with which key. A value is the name of a key in "
	"KeyTable, and after a colon, if wanted, the signer for i=. The name "
	"% stands for the author's domain, and so does any % in the signer.\n\n"
	"In a refile: the first words are patterns for the author's address, "
	"tried in the order of the file. In the other kinds they are looked "
	"up in this order: user@host, host, then for each parent domain "
	"user@.domain and .domain, then user@*, then *.",
},
[OPT_MULTIPLE_SIGNATURES] = {
	.name = "MultipleSignatures", .type = OPTION_WORD,
	.words = multiple_words, .boolean_words = true,
	.origin = OPTION_OPENDKIM, .fallback = "same", .opendkim = "no",
	.help =
	"Which lines of SigningTable sign when several match. no: the first. "
	"yes: all. same: the first and all others that have the same first "
	"word, so that a domain can have an RSA and an Ed25519 key.",
},
[OPT_CANONICALIZATION] = {
	.name = "Canonicalization", .type = OPTION_WORD, .words = canon_words,
	.origin = OPTION_OPENDKIM, .fallback = "relaxed/relaxed",
	.opendkim = "simple",
	.help =
	"How header and body are made canonical before they are signed (RFC "
	"6376, 3.4). One word is for the header, the body is then simple.",
},
[OPT_SIGNATURE_ALGORITHM] = {
	.name = "SignatureAlgorithm", .type = OPTION_WORD,
	.words = algorithm_words, .origin = OPTION_OPENDKIM,
	.fallback = "by-key",
	.help =
	"The algorithm that keys must be for. With by-key each signs with "
	"its own: rsa-sha256 or ed25519-sha256. rsa-sha1 is refused (RFC "
	"8301).",
},
[OPT_SIGN_HEADERS] = {
	.name = "SignHeaders", .type = OPTION_NAMES, .origin = OPTION_OPENDKIM,
	.fallback = "*",
	.help =
	"Header fields to sign when they are there; From always is. An entry "
	"* stands for the default list, and then +NAME adds to it and -NAME "
	"takes away.",
},
[OPT_OMIT_HEADERS] = {
	.name = "OmitHeaders", .type = OPTION_NAMES, .origin = OPTION_OPENDKIM,
	.fallback = "Return-Path,Received,Comments,Keywords,Bcc,Resent-Bcc,"
	    "DKIM-Signature",
	.help =
	"Header fields that are never signed. The entries *, +NAME and -NAME "
	"are those of SignHeaders; . names no field.",
},
[OPT_OVERSIGN_HEADERS] = {
	.name = "OversignHeaders", .type = OPTION_NAMES,
	.origin = OPTION_OPENDKIM, .fallback = "From", .opendkim = ".",
	.help =
	"Header fields that are signed once more than they occur, so that "
	"nobody can add one. The entries *, +NAME and -NAME are those of "
	"SignHeaders; . names no field.",
},
[OPT_CHECK_KEYS] = {
	.name = "CheckKeys", .type = OPTION_WORD, .words = check_keys_words,
	.origin = OPTION_SIGNET, .fallback = "warn",
	.help =
	"Hold each signing key against its published record, at the start, "
	"after a reload and daily, and log the keys whose public half is "
	"missing or different. With require such a key does not sign, and "
	"mail that has no other waits. A key whose record could not be looked "
	"up stays in use. Of a KeyTable the first thousand rows are looked at.",
},
[OPT_SIGNATURE_TTL] = {
	.name = "SignatureTTL", .type = OPTION_TIME, .max = DAYS(3650),
	.origin = OPTION_OPENDKIM, .fallback = "0",
	.help =
	"Signatures expire after this time (x=); 0: never.",
},
[OPT_SENDER_HEADERS] = {
	.name = "SenderHeaders", .type = OPTION_NAMES,
	.origin = OPTION_OPENDKIM, .fallback = "From",
	.help =
	"Header fields that name the author to sign for; the first that the "
	"message has counts. A message without From is never signed.",
},
[OPT_SENDER_LOGIN] = {
	.name = "SenderLogin", .type = OPTION_TABLE, .origin = OPTION_SIGNET,
	.help =
	"Who may write as whom: an address, a domain, .domain for the domains "
	"below it, or *, and the logins that own it, separated by commas, "
	"spaces or |; the login * is every one. The first of these that the "
	"table has counts: the address, its domain, the parents, *.\n\n"
	"Mail of a login that does not own every address in From, and the one "
	"that is signed for, is not signed, and the log says so. Logins are "
	"compared without case. Hosts that need no login are not asked.",
},
[OPT_DONT_SIGN_MAIL_TO] = {
	.name = "DontSignMailTo", .type = OPTION_NAMES,
	.origin = OPTION_OPENDKIM,
	.help =
	"Recipients whose mail is not signed: addresses, domains, .domain for "
	"the domains below it. One of them among the recipients of a message "
	"is enough.",
},
[OPT_EXEMPT_DOMAINS] = {
	.name = "ExemptDomains", .type = OPTION_NAMES,
	.origin = OPTION_OPENDKIM,
	.help =
	"Domains of authors whose mail is not signed, and to which the On- "
	"options do not apply when it comes in. Unlike with OpenDKIM it is "
	"judged and tagged, since anyone can write such a From.",
},
[OPT_REMOVE_OLD_SIGNATURES] = {
	.name = "RemoveOldSignatures", .type = OPTION_BOOL,
	.origin = OPTION_OPENDKIM, .fallback = "no",
	.help =
	"Remove all DKIM signatures from a message that we sign.",
},
[OPT_DIAGNOSTICS] = {
	.name = "Diagnostics", .type = OPTION_BOOL, .origin = OPTION_OPENDKIM,
	.fallback = "no",
	.help =
	"Put copies of the fields that are signed into the signature (z=), at "
	"most 8192 bytes, to find out who changes them on the way. Not for "
	"every day: it makes each message longer.",
},
[OPT_REQUIRE_SAFE_KEYS] = {
	.name = "RequireSafeKeys", .type = OPTION_BOOL,
	.origin = OPTION_OPENDKIM, .fallback = "yes",
	.help =
	"Refuse a key file that all can read or write, that a group can read "
	"or write of which signetd is no member, or that belongs to neither "
	"root nor the user of signetd. Files of systemd's "
	"$CREDENTIALS_DIRECTORY are accepted. With no, a warning is given.",
},
};
