#include "config.h"
#include "config/option.h"

/*
 * What OpenDKIM, OpenDMARC and policyd-spf know and Signet does not do, so
 * that their files load: each with the reason that its warning gives, and
 * where there is one the value that needs no warning.
 */

#define D	OPTION_OPENDKIM
#define M	OPTION_OPENDMARC
#define P	OPTION_POLICYD_SPF

#define NO_EFFECT(n, t, o, harmless, why) \
	{ .name = n, .type = t, .status = OPTION_NO_EFFECT, .origin = o, \
	    .fallback = harmless, .help = why }
#define NOT_YET(n, t, o, harmless, why) \
	{ .name = n, .type = t, .status = OPTION_NOT_YET, .origin = o, \
	    .fallback = harmless, .help = why }
#define OBSOLETE(n, o, why) \
	{ .name = n, .type = OPTION_TEXT, .status = OPTION_OBSOLETE, \
	    .origin = o, .help = why }

#define BOOL	OPTION_BOOL
#define NUMBER	OPTION_NUMBER
#define TEXT	OPTION_TEXT
#define NAMES	OPTION_NAMES
#define HOSTS	OPTION_HOSTS
#define PATH	OPTION_FILE

#define RESTARTS	"systemd restarts signetd (Restart=)"
#define RESOLVER	"the resolver is set up by Nameservers and DNSTimeout"
#define LUA		"there is no Lua; policy is set by options"
#define RFC_REPORTS	"failure reports are not sent"
#define DMARC_REPORTS	"reports are not made"
#define ADSP		"ADSP was withdrawn in 2013; DMARC took its place"
#define VBR		"Vouch by Reference is used by nobody"
#define REPUTATION	"the reputation service is gone"
#define STATS		"OpenDKIM's statistics were dropped"
#define LDAP		"LDAP is not supported"
#define ATPS		"ATPS (RFC 6541) is used by nobody"
#define REPLACE		"what is signed is what the MTA hands on"

const struct option_row option_others[] = {

/* ---- nothing is left to do ---------------------------------------------- */

NO_EFFECT("AllowSHA1Only", BOOL, D, "no",
    "SHA-1 is never accepted (RFC 8301)"),
NO_EFFECT("AlwaysAddARHeader", BOOL, D, "yes",
    "every message that is judged gets the field"),
NO_EFFECT("Authserv_Id", TEXT, P, NULL, "AuthservID is its name here"),
NO_EFFECT("AutoRestart", BOOL, D | M, "no", RESTARTS),
NO_EFFECT("AutoRestartCount", NUMBER, D | M, NULL, RESTARTS),
NO_EFFECT("AutoRestartRate", TEXT, D | M, NULL, RESTARTS),
NO_EFFECT("Background", BOOL, D | M, "no",
    "signetd stays in the foreground, as systemd wants it"),
NO_EFFECT("BodyLengthDB", NAMES, D, NULL,
    "l= is never written: it lets anyone add to a signed message"),
NO_EFFECT("CaptureUnknownErrors", BOOL, D, "no",
    "an internal error is a temporary failure"),
NO_EFFECT("ChangeRootDirectory", PATH, D | M, NULL,
    "use RootDirectory= of systemd"),
NO_EFFECT("CheckSigningTable", BOOL, D, "yes",
    "SigningTable is always checked against KeyTable"),
NO_EFFECT("DiagnosticDirectory", PATH, D, NULL, "no such files are written"),
NO_EFFECT("DisableCryptoInit", BOOL, D, "no", "OpenSSL 3 sets itself up"),
NO_EFFECT("DNSConnect", BOOL, D, "no", RESOLVER),
NO_EFFECT("EnableCoredumps", BOOL, D | M, "no", "use LimitCORE= of systemd"),
NO_EFFECT("FixCRLF", BOOL, D, "no",
    "the body is signed and judged as it goes over the wire"),
NO_EFFECT("IgnoreAuthenticatedClients", BOOL, M, "yes",
    "mail of authenticated clients is never judged"),
NO_EFFECT("KeepAuthResults", BOOL, D, "no",
    "fields that claim our AuthservID are always removed"),
NO_EFFECT("KeepTemporaryFiles", BOOL, D, "no",
    "no temporary files are written"),
NO_EFFECT("LogResults", BOOL, D, "yes", "results are always logged"),
NO_EFFECT("LogSPFDNS", BOOL, M, "no", "signet spf --trace shows the lookups"),
NO_EFFECT("LuaOnlySigning", BOOL, D, "no", LUA),
NO_EFFECT("MaximumSignedBytes", NUMBER, D, NULL,
    "the whole body is always signed"),
NO_EFFECT("MilterDebug", NUMBER, D | M, "0",
    "the log says what was decided and why"),
NO_EFFECT("NoHeaderB", BOOL, D, "no", "header.b is always shown (RFC 6008)"),
NO_EFFECT("ReadCanonicalizedData", BOOL, M, "no",
    "messages are read as the MTA hands them on"),
NO_EFFECT("RemoveARAll", BOOL, D, "no",
    "fields that claim our AuthservID are removed, no others"),
NO_EFFECT("ResolverConfiguration", TEXT, D, NULL, RESOLVER),
NO_EFFECT("ResolverTracing", BOOL, D, "no", RESOLVER),
NO_EFFECT("SoftStart", BOOL, D, "no", "no data base is asked"),
NO_EFFECT("SPFIgnoreResults", BOOL, M, "yes",
    "SPF is checked here; results in the message are never used"),
NO_EFFECT("SPFSelfValidate", BOOL, M, "yes", "SPF is always checked here"),
NO_EFFECT("StdoutLog", BOOL, D, NULL, "Syslog no logs to standard error"),
NO_EFFECT("StrictTestMode", BOOL, D, "no", "see signet verify"),
NO_EFFECT("TemporaryDirectory", PATH, D | M, NULL,
    "no temporary files are written"),
NO_EFFECT("TestDNSData", PATH, D | M, NULL, "see signet verify --nameserver"),
NO_EFFECT("TestPublicKeys", PATH, D, NULL, "see signet verify --nameserver"),
NO_EFFECT("TrustAnchorFile", PATH, D, NULL,
    "validating DNSSEC is left to the name servers: what they find forged "
    "does not resolve"),
NO_EFFECT("TrustedAuthservIDs", NAMES, M, NULL,
    "SPF and DKIM are checked here; results never travel through header "
    "fields"),
NO_EFFECT("WeakSyntaxChecks", BOOL, D, "no",
    "syntax is checked as the RFCs say"),
NO_EFFECT("X-Header", BOOL, D, "no", "no such field is added"),

/* ---- not done, and may be missed ---------------------------------------- */

NOT_YET("BogusKey", TEXT, D, "fail",
    "a key that fails DNSSEC is a temporary error"),
NOT_YET("ConditionalSignatures", NAMES, D, NULL, "no such tag is written"),
NOT_YET("CopyFailuresTo", TEXT, M, NULL, DMARC_REPORTS),
NOT_YET("debugLevel", NUMBER, P, NULL, "see SyslogSuccess and LogWhy"),
NOT_YET("DefaultSender", TEXT, D, NULL,
    "a message without an author is not signed"),
NOT_YET("defaultSeedOnly", BOOL, P, "1",
    "what HELO_reject and Mail_From_reject say is done"),
NOT_YET("DMARCbisIgnorePct", BOOL, M, "yes",
    "pct is ignored, as RFC 9989 says"),
NOT_YET("DMARCbisWalkMode", TEXT, M, NULL,
    "policies are found by the tree walk of RFC 9989"),
NOT_YET("DMARCbisWalkModeFallback", TEXT, M, NULL,
    "policies are found by the tree walk of RFC 9989"),
NOT_YET("DomainWhitelist", TEXT, M, NULL,
    "DMARC results stand as they are"),
NOT_YET("DomainWhitelistFile", PATH, M, NULL,
    "DMARC results stand as they are"),
NOT_YET("DomainWhitelistSize", NUMBER, M, NULL,
    "DMARC results stand as they are"),
NOT_YET("FailureReports", BOOL, M, "no", DMARC_REPORTS),
NOT_YET("FailureReportsBcc", TEXT, M, NULL, DMARC_REPORTS),
NOT_YET("FailureReportsOnNone", BOOL, M, "no", DMARC_REPORTS),
NOT_YET("FailureReportsSentBy", TEXT, M, NULL, DMARC_REPORTS),
NOT_YET("FinalPolicyScript", PATH, D, NULL, LUA),
NOT_YET("HELO_pass_restriction", TEXT, P, NULL,
    "a milter cannot name a Postfix restriction"),
NOT_YET("HistoryFile", PATH, M, NULL, DMARC_REPORTS),
NOT_YET("IdentityHeader", TEXT, D, NULL,
    "the signer is named by SigningTable alone"),
NOT_YET("IdentityHeaderRemove", BOOL, D, "no",
    "the signer is named by SigningTable alone"),
NOT_YET("IgnoreMalformedMail", BOOL, D, "no",
    "malformed mail is judged and tagged"),
NOT_YET("MacroListVerify", NAMES, P, NULL,
    "mail of our users is known by authentication and InternalHosts alone"),
NOT_YET("Mail_From_pass_restriction", TEXT, P, NULL,
    "a milter cannot name a Postfix restriction"),
NOT_YET("Minimum", TEXT, D, NULL, "see BodyLengths"),
NOT_YET("Mock", BOOL, P, "no", "see signet spf"),
NOT_YET("MTACommand", PATH, D, NULL, RFC_REPORTS),
NOT_YET("NoReportsList", NAMES, M, NULL, DMARC_REPORTS),
NOT_YET("Per_User", NAMES, P, NULL, "all recipients are treated alike"),
NOT_YET("Prospective", TEXT, P, NULL, "see signet spf"),
NOT_YET("Quarantine", BOOL, D, "no", "write On-BadSignature quarantine"),
NOT_YET("RecordAllMessages", BOOL, M, "no", DMARC_REPORTS),
NOT_YET("RedirectFailuresTo", TEXT, D, NULL, "mail is never redirected"),
NOT_YET("RemoveARFrom", NAMES, D, NULL,
    "fields that claim our own AuthservID are removed, no others"),
NOT_YET("ReportAddress", TEXT, D, NULL, RFC_REPORTS),
NOT_YET("ReportBccAddress", TEXT, D, NULL, RFC_REPORTS),
NOT_YET("ReportCommand", PATH, M, NULL, DMARC_REPORTS),
NOT_YET("RequestReports", BOOL, D, "no", RFC_REPORTS),
NOT_YET("RequiredHeaders", BOOL, D | M, "no",
    "mail without the fields of RFC 5322 is judged and tagged"),
NOT_YET("ResignAll", BOOL, D, "no", "mail that is judged is never signed"),
NOT_YET("ResignMailTo", NAMES, D, NULL, "mail that is judged is never signed"),
NOT_YET("ScreenPolicyScript", PATH, D, NULL, LUA),
NOT_YET("SelectCanonicalizationHeader", TEXT, D, NULL,
    "Canonicalization is for all messages"),
NOT_YET("SenderMacro", TEXT, D, NULL, "the author is who From names"),
NOT_YET("SendReports", BOOL, D, "no", RFC_REPORTS),
NOT_YET("SetupPolicyScript", PATH, D, NULL, LUA),
NOT_YET("SMTPURI", TEXT, D, NULL, RFC_REPORTS),
NOT_YET("SoftwareHeader", BOOL, D | M, "no", "no such field is added"),
NOT_YET("StrictHeaders", BOOL, D, "no",
    "mail without the fields of RFC 5322 is judged and tagged"),
NOT_YET("TrustSignaturesFrom", NAMES, D, NULL,
    "signatures of all domains are judged alike"),
NOT_YET("UnprotectedKey", TEXT, D, "none",
    "keys are used with and without DNSSEC"),

/* ---- of things gone by -------------------------------------------------- */

OBSOLETE("AddAllSignatureResults", D, "results of all signatures are shown"),
OBSOLETE("ADSPAction", D, ADSP),
OBSOLETE("ADSPNoSuchDomain", D, ADSP),
OBSOLETE("ATPSDomains", D, ATPS),
OBSOLETE("ATPSHashAlgorithm", D, ATPS),
OBSOLETE("BogusPolicy", D, ADSP),
OBSOLETE("DisableADSP", D, ADSP),
OBSOLETE("DKIMReputationFail", D, REPUTATION),
OBSOLETE("DKIMReputationPass", D, REPUTATION),
OBSOLETE("DKIMReputationReject", D, REPUTATION),
OBSOLETE("DKIMReputationRoot", D, REPUTATION),
OBSOLETE("DomainKeysCompat", D, "DomainKeys (RFC 4870) is historic"),
OBSOLETE("FlowData", D, "rates are the MTA's business"),
OBSOLETE("FlowDataFactor", D, "rates are the MTA's business"),
OBSOLETE("FlowDataTTL", D, "rates are the MTA's business"),
OBSOLETE("ForensicReports", M, "FailureReports is its new name"),
OBSOLETE("ForensicReportsBcc", M, "FailureReportsBcc is its new name"),
OBSOLETE("ForensicReportsOnNone", M, "FailureReportsOnNone is its new name"),
OBSOLETE("ForensicReportsSentBy", M, "FailureReportsSentBy is its new name"),
OBSOLETE("LDAPAuthMechanism", D, LDAP),
OBSOLETE("LDAPAuthName", D, LDAP),
OBSOLETE("LDAPAuthRealm", D, LDAP),
OBSOLETE("LDAPAuthUser", D, LDAP),
OBSOLETE("LDAPBindPassword", D, LDAP),
OBSOLETE("LDAPBindUser", D, LDAP),
OBSOLETE("LDAPDisableCache", D, LDAP),
OBSOLETE("LDAPKeepaliveIdle", D, LDAP),
OBSOLETE("LDAPKeepaliveInterval", D, LDAP),
OBSOLETE("LDAPKeepaliveProbes", D, LDAP),
OBSOLETE("LDAPSoftStart", D, LDAP),
OBSOLETE("LDAPTimeout", D, LDAP),
OBSOLETE("LDAPUseTLS", D, LDAP),
OBSOLETE("LocalADSP", D, ADSP),
OBSOLETE("NoDiscardableMailTo", D, ADSP),
OBSOLETE("On-PolicyError", D, ADSP),
OBSOLETE("On-ReputationError", D, REPUTATION),
OBSOLETE("POPDBFile", D, "use SMTP authentication"),
OBSOLETE("QueryCache", D, "answers are always cached"),
OBSOLETE("RateLimits", D, "rates are the MTA's business"),
OBSOLETE("ReplaceHeaders", D, REPLACE),
OBSOLETE("ReplaceRules", D, REPLACE),
OBSOLETE("ReputationCache", D, REPUTATION),
OBSOLETE("ReputationCacheTTL", D, REPUTATION),
OBSOLETE("ReputationDuplicates", D, REPUTATION),
OBSOLETE("ReputationLimitModifiers", D, REPUTATION),
OBSOLETE("ReputationLimits", D, REPUTATION),
OBSOLETE("ReputationLowTime", D, REPUTATION),
OBSOLETE("ReputationMinimum", D, REPUTATION),
OBSOLETE("ReputationRatios", D, REPUTATION),
OBSOLETE("ReputationRRDHashDepth", D, REPUTATION),
OBSOLETE("ReputationRRDRoot", D, REPUTATION),
OBSOLETE("ReputationSpamCheck", D, REPUTATION),
OBSOLETE("ReputationTest", D, REPUTATION),
OBSOLETE("ReputationTimeFactor", D, REPUTATION),
OBSOLETE("ReputationTimeout", D, REPUTATION),
OBSOLETE("ReputationVerbose", D, REPUTATION),
OBSOLETE("SendADSPReports", D, ADSP),
OBSOLETE("SingleAuthResult", D, "results are in one field"),
OBSOLETE("Statistics", D, STATS),
OBSOLETE("StatisticsName", D, STATS),
OBSOLETE("StatisticsPolicyScript", D, STATS),
OBSOLETE("StatisticsPrefix", D, STATS),
OBSOLETE("UnprotectedPolicy", D, ADSP),
OBSOLETE("VBR-Certifiers", D, VBR),
OBSOLETE("VBR-PurgeFields", D, VBR),
OBSOLETE("VBR-TrustedCertifiers", D, VBR),
OBSOLETE("VBR-TrustedCertifiersOnly", D, VBR),
OBSOLETE("VBR-Type", D, VBR),
};

const size_t option_nothers = sizeof(option_others) / sizeof(option_others[0]);
