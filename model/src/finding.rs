//! What Hufu says of an entry or an endpoint: a stable code, how bad it is, whom it hurts, and the
//! evidence. Words for people are not here: they are in the locale files, keyed by [`Code`].

mod evidence;

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};

pub use self::evidence::{Alike, CertificateReference, Deployed, Difference, Evidence};

/// One thing that is wrong, or worth knowing, with the facts that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_family = "wasm"), derive(Deserialize))]
pub struct Finding {
    /// What it is. Stored, exported and linked to: never renamed.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The platforms it concerns; the verdict of every other platform is untouched. None where it is
    /// worth knowing for what is no platform of WeChat.
    pub platforms: Vec<Platform>,
    /// The facts behind it.
    pub evidence: Evidence,
    /// The addresses that show it, where other addresses answer and do not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown_by: Vec<IpAddr>,
}

impl Finding {
    /// A finding that concerns every platform.
    pub fn everywhere(code: Code, severity: Severity, evidence: Evidence) -> Self {
        Self::on(&Platform::PHONES_AND_DESKTOPS, code, severity, evidence)
    }

    /// A finding that concerns the given platforms only.
    pub fn on(platforms: &[Platform], code: Code, severity: Severity, evidence: Evidence) -> Self {
        Self { code, severity, platforms: platforms.to_vec(), evidence, shown_by: Vec::new() }
    }

    /// Whether `other` says the same, be it of another address or of other platforms.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (self.code, self.severity) == (other.code, other.severity) && self.evidence == other.evidence
    }
}

/// How bad a finding is; ordered from harmless to fatal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; never changes a verdict.
    Info,
    /// It will fail soon, or fails for some clients.
    Warning,
    /// A phone on the named platforms refuses.
    Error,
}

impl Severity {
    /// All severities, from harmless to fatal.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Error];

    /// The word used on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl FromStr for Severity {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// Where a mini program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// WeChat on iPhone and iPad.
    Ios,
    /// WeChat for Mac.
    Macos,
    /// WeChat on Android.
    Android,
    /// WeChat for Windows.
    Windows,
}

impl Platform {
    /// The platforms a verdict is given for. WeChat's devtools are not among them: with their
    /// "do not verify" option on nothing is verified there, so that they hide whatever fails elsewhere.
    pub const PHONES_AND_DESKTOPS: [Self; 4] = [Self::Ios, Self::Macos, Self::Android, Self::Windows];

    /// The word used on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ios => "ios",
            Self::Macos => "macos",
            Self::Android => "android",
            Self::Windows => "windows",
        }
    }
}

impl FromStr for Platform {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::PHONES_AND_DESKTOPS
            .into_iter()
            .find(|platform| platform.as_str() == word)
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// The answer to "will it work?"; ordered from best to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It works.
    Pass,
    /// Not observed yet, or not to be judged from here.
    #[default]
    Unknown,
    /// It works today, for most.
    Warn,
    /// No answer at all: the network, not the certificate, is at fault.
    Unreachable,
    /// A phone refuses.
    Fail,
}

impl Verdict {
    /// The word used on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Warn => "warn",
            Self::Unreachable => "unreachable",
            Self::Fail => "fail",
        }
    }
}

impl FromStr for Verdict {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        [Self::Pass, Self::Unknown, Self::Warn, Self::Unreachable, Self::Fail]
            .into_iter()
            .find(|verdict| verdict.as_str() == word)
            .ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// A verdict for each platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdicts {
    /// iPhone and iPad.
    pub ios: Verdict,
    /// Mac.
    pub macos: Verdict,
    /// Android.
    pub android: Verdict,
    /// Windows.
    pub windows: Verdict,
}

impl Verdicts {
    /// The same verdict on every platform.
    pub const fn all(verdict: Verdict) -> Self {
        Self { ios: verdict, macos: verdict, android: verdict, windows: verdict }
    }

    /// What `findings` mean for each platform, given that the server was observed: fail if an
    /// error names the platform, else warn if a warning does, else pass.
    pub fn from_findings(findings: &[Finding]) -> Self {
        let of = |platform| {
            findings
                .iter()
                .filter(|finding| finding.platforms.contains(&platform))
                .map(|finding| match finding.severity {
                    Severity::Error => Verdict::Fail,
                    Severity::Warning => Verdict::Warn,
                    Severity::Info => Verdict::Pass,
                })
                .max()
                .unwrap_or(Verdict::Pass)
        };
        Self::on_each(of)
    }

    /// What `of` says of each platform.
    pub fn on_each(of: impl Fn(Platform) -> Verdict) -> Self {
        Self {
            ios: of(Platform::Ios),
            macos: of(Platform::Macos),
            android: of(Platform::Android),
            windows: of(Platform::Windows),
        }
    }

    /// The verdict on one platform.
    pub const fn on(&self, platform: Platform) -> Verdict {
        match platform {
            Platform::Ios => self.ios,
            Platform::Macos => self.macos,
            Platform::Android => self.android,
            Platform::Windows => self.windows,
        }
    }

    /// The worst of the four.
    pub fn worst(&self) -> Verdict {
        Platform::PHONES_AND_DESKTOPS.map(|platform| self.on(platform)).into_iter().max().unwrap_or_default()
    }

    /// Platform by platform, what `change` makes of the verdict.
    pub fn map(&self, change: impl Fn(Verdict) -> Verdict) -> Self {
        Self::on_each(|platform| change(self.on(platform)))
    }

    /// Platform by platform, the worse of the two.
    pub fn and(&self, other: &Self) -> Self {
        Self::on_each(|platform| self.on(platform).max(other.on(platform)))
    }
}

/// Every finding Hufu can make. The dotted form is an interface: add, never rename.
macro_rules! codes {
    ($($variant:ident => $dotted:literal, $doc:literal;)+) => {
        /// Every finding Hufu can make. The dotted form is an interface: add, never rename.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $doc] $variant,)+
        }

        impl Code {
            /// All codes, in the order of the catalogue: of two about one thing the more urgent comes first.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The dotted form, such as `chain.incomplete`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $dotted),+ }
            }
        }
    };
}

codes! {
    RuleScheme => "rule.scheme", "The scheme is missing or is not the one this list takes.";
    RuleIpAddress => "rule.ip_address", "An IP address cannot be configured.";
    RuleLocalhost => "rule.localhost", "`localhost` cannot be configured.";
    RuleForbiddenHost => "rule.forbidden_host", "`api.weixin.qq.com` may not be configured.";
    RuleCharacter => "rule.character", "A character that a domain entry may not have.";
    RuleHost => "rule.host", "Not a whole, well-formed host name.";
    RuleTooLong => "rule.too_long", "The host name, or a part of it, is longer than DNS permits.";
    RulePath => "rule.path", "A path, query, fragment or user info does not belong in an entry.";
    RuleWildcard => "rule.wildcard", "WeChat knows no wildcards: each host is its own entry.";
    RulePort => "rule.port", "A port that is malformed, or that this list does not take.";
    RuleOverLimit => "rule.over_limit", "The list would hold more entries than it may.";
    RuleDuplicate => "rule.duplicate", "The entry is already in the list.";
    RuleRepeated => "rule.repeated", "The entry stands twice in what is to be added.";
    RuleIdn => "rule.idn", "An internationalised name, stored as punycode.";
    RuleExplicit443 => "rule.explicit_443", "Port 443 is written out: the URL in code must then say `:443` too.";
    RuleChangesSpent => "rule.changes_spent", "WeChat takes no more changes of the lists this month.";
    RuleCheckSkipped => "rule.check_skipped", "Devtools are set not to verify domains: failures stay hidden there.";
    IcpMissing => "icp.missing", "The registrable domain is known to have no ICP filing.";
    IcpPending => "icp.pending", "The ICP filing is under way.";
    IcpUnknown => "icp.unknown", "Nobody has recorded whether the domain is filed.";
    IcpStale => "icp.stale", "The recorded ICP state is old.";
    IcpSuffixCannotFile => "icp.suffix_cannot_file", "The name has no registrable domain that could be filed.";
    DnsNotFound => "dns.not_found", "The name does not exist.";
    DnsTimeout => "dns.timeout", "No name server answered in time.";
    DnsServerFailure => "dns.server_failure", "The name servers answer with a failure.";
    DnsNoAddress => "dns.no_address", "The name exists but has no address.";
    DnsPrivateAddress => "dns.private_address", "The public name resolves to a private address.";
    NetRefused => "net.refused", "The connection was refused.";
    NetTimeout => "net.timeout", "The server did not answer in time.";
    NetReset => "net.reset", "The connection was cut before any answer.";
    NetUnreachable => "net.unreachable", "The network says that the address cannot be reached.";
    NetNoRoute => "net.no_route", "The machine that probed has no route to the address.";
    NetBlockedByPolicy => "net.blocked_by_policy", "The address was not tried: it is in a range that Hufu may not connect to.";
    NetSomeAddressesFail => "net.some_addresses_fail", "Some addresses of the name fail while others work.";
    TlsNotTls => "tls.not_tls", "What answers on the port is not TLS.";
    TlsKeyUnproven => "tls.key_unproven", "The server did not prove possession of its key: nothing signed, or nothing that could be checked.";
    TlsHandshakeFailed => "tls.handshake_failed", "The TLS handshake failed.";
    TlsNoTls12 => "tls.no_tls12", "TLS 1.2 is not offered.";
    TlsLegacyEnabled => "tls.legacy_enabled", "TLS 1.0 or 1.1 is still offered.";
    TlsNoTls13 => "tls.no_tls13", "TLS 1.3 is not offered.";
    TlsWeakSuite => "tls.weak_suite", "A weak cipher suite is accepted.";
    TlsClientCertificate => "tls.client_certificate", "The server insists on a client certificate.";
    AtsVersion => "ats.version", "App Transport Security needs TLS 1.2.";
    AtsForwardSecrecy => "ats.forward_secrecy", "App Transport Security needs forward secrecy.";
    AtsSuite => "ats.suite", "No suite that App Transport Security accepts is taken.";
    AtsKeySize => "ats.key_size", "A key, or the group that keys are agreed in, is too small for App Transport Security.";
    AtsSignature => "ats.signature", "The signature is too weak for App Transport Security.";
    CertExpired => "cert.expired", "The certificate has expired.";
    CertNotYetValid => "cert.not_yet_valid", "The certificate is not valid yet.";
    CertRenewalOverdue => "cert.renewal_overdue", "Less than a sixth of the certificate's lifetime is left: renewal is late.";
    CertExpiresSoon => "cert.expires_soon", "Less than a third of the certificate's lifetime is left: renewal is due.";
    CertNameMismatch => "cert.name_mismatch", "The certificate does not name the host.";
    CertNoSan => "cert.no_san", "The certificate has no subject alternative name.";
    CertSelfSigned => "cert.self_signed", "The certificate is signed by itself.";
    CertWeakKey => "cert.weak_key", "The public key is too weak.";
    CertWeakSignature => "cert.weak_signature", "The signature algorithm is too weak.";
    CertValidTooLong => "cert.valid_too_long", "The certificate is valid for longer than allowed.";
    CertNoServerAuth => "cert.no_server_auth", "The certificate is not for servers.";
    CertRevoked => "cert.revoked", "The certificate is revoked.";
    CertRevocationUnknown => "cert.revocation_unknown", "Whether the certificate is revoked is unknown.";
    CertStapleInvalid => "cert.staple_invalid", "The stapled OCSP response is out of date, or proves nothing.";
    CertMustStapleMissing => "cert.must_staple_missing", "The certificate binds its server to staple an OCSP response, and there is none.";
    CertTransparencyMissing => "cert.transparency_missing", "Too few certificate transparency timestamps.";
    CertIsCa => "cert.is_ca", "The certificate is an authority's, and no server's is there.";
    CertMalformed => "cert.malformed", "The certificate cannot be read.";
    CertChanged => "cert.changed", "The certificate changed since the last look.";
    ChainIncomplete => "chain.incomplete", "The issuer of a served certificate is neither served nor a root.";
    ChainWrongOrder => "chain.wrong_order", "The certificates are served in the wrong order.";
    ChainExtraCertificate => "chain.extra_certificate", "A served certificate belongs to no path.";
    ChainExpiredIntermediate => "chain.expired_intermediate", "An intermediate has expired.";
    ChainRevokedCertificate => "chain.revoked_certificate", "An intermediate is revoked, and there is a path without it.";
    ChainRootIncluded => "chain.root_included", "The root is served too, which is needless.";
    ChainNameConstraint => "chain.name_constraint", "A name constraint of an issuer excludes the host.";
    ChainNotACa => "chain.not_a_ca", "A certificate signs others without being a CA.";
    ChainInvalid => "chain.invalid", "A signature in the chain does not verify.";
    TrustUnknownRoot => "trust.unknown_root", "The chain ends in a root that no store knows.";
    TrustApple => "trust.apple", "Apple's platforms do not trust the chain.";
    TrustAndroid => "trust.android", "Android does not trust the chain.";
    TrustWindows => "trust.windows", "Windows does not trust the chain.";
    TrustMozilla => "trust.mozilla", "Mozilla's list does not trust the chain.";
    TrustJava => "trust.java", "Java does not trust the chain.";
    TrustDistrusted => "trust.distrusted", "The certificate authority has been distrusted.";
    TrustAndroidSince => "trust.android_since", "Old versions of Android lack the root.";
    ComplianceVersion => "compliance.version", "A certificate is not X.509 version 3 (RFC 5280 section 4.1.2.1).";
    ComplianceSerialNumber => "compliance.serial_number", "A serial number is zero, negative or longer than 20 octets (RFC 5280 section 4.1.2.2).";
    ComplianceSignatureMismatch => "compliance.signature_mismatch", "A certificate names two different signature algorithms (RFC 5280 section 4.1.1.2).";
    ComplianceUnknownCriticalExtension => "compliance.unknown_critical_extension", "A critical extension that clients do not know, hence refuse (RFC 5280 section 4.2).";
    ComplianceNoAuthorityKeyId => "compliance.no_authority_key_id", "A certificate does not name the key that has signed it (RFC 5280 section 4.2.1.1).";
    ComplianceNoSubjectKeyId => "compliance.no_subject_key_id", "An authority's certificate does not name its own key (RFC 5280 section 4.2.1.2).";
    ComplianceCriticalKeyId => "compliance.critical_key_id", "A key identifier is critical and must not be (RFC 5280 sections 4.2.1.1 and 4.2.1.2).";
    ComplianceKeyUsage => "compliance.key_usage", "The key usage does not fit what the key is used for (RFC 5280 section 4.2.1.3, RFC 8446 section 4.4.2.2).";
    ComplianceBasicConstraintsNotCritical => "compliance.basic_constraints_not_critical", "An authority's basicConstraints is not critical (RFC 5280 section 4.2.1.9).";
    ComplianceCaWithoutBasicConstraints => "compliance.ca_without_basic_constraints", "A root does not say that it may sign others (RFC 5280 section 4.2.1.9).";
    CompliancePathLength => "compliance.path_length", "There are more intermediates than an authority allows (RFC 5280 sections 4.2.1.9 and 6.1.4).";
    ComplianceEmptySubject => "compliance.empty_subject", "An empty subject where there must be one, or without critical alternative names (RFC 5280 section 4.1.2.6).";
    ComplianceNameConstraints => "compliance.name_constraints", "Name constraints that are not critical, or not an authority's (RFC 5280 section 4.2.1.10).";
    ComplianceCommonNameNotInSan => "compliance.common_name_not_in_san", "The common name is not among the alternative names (RFC 9525 section 2, CA/B Baseline Requirements section 7.1.4.3).";
    ComplianceExpiredRoot => "compliance.expired_root", "The root that the chain ends in has expired (RFC 5280 section 6.2).";
    ComplianceWeakRoot => "compliance.weak_root", "The key of the root is too weak (CA/B Baseline Requirements section 6.1.5).";
    HttpNoHttpsRedirect => "http.no_https_redirect", "Port 80 does not redirect to HTTPS.";
    HttpNoHsts => "http.no_hsts", "There is no HSTS header.";
    HttpServerError => "http.server_error", "The server answers with an error.";
    HttpRefererRefused => "http.referer_refused", "WeChat's referer is refused.";
    WsUpgradeRefused => "ws.upgrade_refused", "The WebSocket upgrade is refused.";
    VerificationNotServed => "verification.not_served", "The verification file of a business domain is not there.";
    VerificationRedirected => "verification.redirected", "The verification file is redirected, and WeChat does not follow.";
    VerificationPage => "verification.page", "A web page comes in place of the verification file.";
    VerificationContent => "verification.content", "The verification file does not hold what it should.";
    VerificationByteOrderMark => "verification.byte_order_mark", "The verification file begins with a byte order mark.";
    VerificationWhitespace => "verification.whitespace", "The verification file has white space around its content.";
    VerificationNoAnswer => "verification.no_answer", "The server does not bring an answer about the verification file to its end.";
    EndpointAddressesDiffer => "endpoint.addresses_differ", "The addresses of the name are not alike: another certificate, chain or version of TLS.";
    EndpointDeployedNotEverywhere => "endpoint.deployed_not_everywhere", "A new certificate is not on every address yet.";
}

impl Code {
    /// Whether it is about the rules that certificates are made by, which is another question than who
    /// trusts them.
    pub fn is_of_compliance(self) -> bool {
        self.as_str().starts_with("compliance.")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownWord;

    fn from_str(dotted: &str) -> Result<Self, UnknownWord> {
        Self::ALL.iter().copied().find(|code| code.as_str() == dotted).ok_or_else(|| UnknownWord(dotted.to_owned()))
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A stored or received word that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word {0:?}")]
pub struct UnknownWord(pub String);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::observation::{Failure, TcpFailure};

    #[test]
    fn every_code_reads_back_from_its_dotted_form() {
        for code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
        }
    }

    #[test]
    fn every_severity_reads_back_from_its_word() {
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(severity));
            assert_eq!(serde_json::to_value(severity).ok(), Some(severity.as_str().into()));
        }
        assert_eq!("fatal".parse::<Severity>(), Err(UnknownWord("fatal".to_owned())));
    }

    #[test]
    fn info_never_changes_a_verdict() {
        let info = Finding::everywhere(Code::TlsNoTls13, Severity::Info, Evidence::None);
        assert_eq!(Verdicts::from_findings(&[info]).worst(), Verdict::Pass);
    }

    #[test]
    fn an_error_on_one_platform_leaves_the_others_alone() {
        let error = Finding::on(&[Platform::Ios], Code::AtsVersion, Severity::Error, Evidence::None);
        let verdicts = Verdicts::from_findings(&[error]);
        assert_eq!((verdicts.ios, verdicts.android), (Verdict::Fail, Verdict::Pass));
    }

    #[test]
    fn a_finding_that_was_stored_without_addresses_is_still_read() {
        let stored = r#"{"code":"tls.no_tls13","severity":"info","platforms":["ios"],"evidence":{"kind":"none"}}"#;
        let finding = Finding::on(&[Platform::Ios], Code::TlsNoTls13, Severity::Info, Evidence::None);
        assert_eq!(serde_json::from_str::<Finding>(stored).ok(), Some(finding.clone()));
        assert_eq!(serde_json::to_string(&finding).ok().as_deref(), Some(stored));
    }

    #[test]
    fn evidence_that_was_stored_without_tries_or_groups_is_still_read() {
        let failure = Failure::Tcp { reason: TcpFailure::Refused };
        let evidence = Evidence::Failure { failure, address: None, tries: 1 };
        let stored = r#"{"kind":"failure","failure":{"step":"tcp","reason":"refused"},"address":null}"#;
        assert_eq!(serde_json::from_str::<Evidence>(stored).ok(), Some(evidence.clone()));
        assert_eq!(serde_json::to_string(&evidence).ok().as_deref(), Some(stored));

        let stored = r#"{"kind":"addresses","failing":{},"answering":["192.0.2.1"]}"#;
        let read = serde_json::from_str::<Evidence>(stored).ok();
        assert!(matches!(read, Some(Evidence::Addresses { tries, .. }) if tries.is_empty()));

        let stored = r#"{"kind":"addresses_differ","leaves":{}}"#;
        let evidence =
            Evidence::AddressesDiffer { leaves: BTreeMap::new(), differences: Vec::new(), groups: Vec::new() };
        assert_eq!(serde_json::from_str::<Evidence>(stored).ok(), Some(evidence.clone()));
        assert_eq!(serde_json::to_string(&evidence).ok().as_deref(), Some(stored));
    }
}
