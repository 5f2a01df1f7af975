//! How bad each finding can be, and where: what judgement may say, at a glance. A test holds judgement
//! to it.

use crate::{Code, Finding, Platform, Severity};

/// A severity that a finding can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// How bad it is then.
    pub severity: Severity,
    /// The platforms that it can concern.
    pub platforms: &'static [Platform],
}

impl Occurrence {
    /// Whether a finding is of this kind.
    pub fn covers(&self, finding: &Finding) -> bool {
        finding.severity == self.severity && finding.platforms.iter().all(|platform| self.platforms.contains(platform))
    }
}

/// Every severity that a finding with this code can have, the worst first.
pub const fn occurrences(code: Code) -> &'static [Occurrence] {
    use Code::*;
    match code {
        RuleIdn | RuleExplicit443 | RuleCheckSkipped => WARNING,
        RuleChangesSpent => INFO,
        // A note where a file is asked for there all the same.
        RuleIpAddress | RuleLocalhost => ERROR_OR_INFO,
        RuleScheme | RuleForbiddenHost | RuleCharacter | RuleHost | RuleTooLong | RulePath | RuleWildcard
        | RulePort | RuleOverLimit | RuleDuplicate | RuleRepeated => ERROR,
        IcpMissing | IcpPending | IcpSuffixCannotFile => ERROR,
        IcpUnknown | IcpStale => WARNING,
        DnsNotFound | DnsTimeout | DnsServerFailure | DnsNoAddress => ERROR,
        DnsPrivateAddress => WARNING,
        NetRefused | NetTimeout | NetReset | NetUnreachable => ERROR,
        NetNoRoute => ERROR_OR_INFO,
        NetBlockedByPolicy => WARNING_OR_INFO,
        NetSomeAddressesFail => WARNING,
        TlsNotTls | TlsHandshakeFailed | TlsClientCertificate => ERROR,
        TlsNoTls12 => &[Occurrence { severity: Severity::Error, platforms: ALL }, ANDROID_MAY_FAIL],
        TlsKeyUnproven | TlsWeakSuite => WARNING,
        TlsLegacyEnabled | TlsNoTls13 => INFO,
        AtsVersion | AtsForwardSecrecy | AtsKeySize => APPLE_REFUSES,
        // A warning as long as timestamps may come with the handshake.
        AtsSuite | AtsSignature | CertTransparencyMissing => APPLE_REFUSES_OR_MAY,
        CertExpired | CertNotYetValid | CertNameMismatch | CertNoSan | CertSelfSigned | CertWeakSignature
        | CertNoServerAuth | CertIsCa | CertMalformed => ERROR,
        CertExpiresSoon | CertRenewalOverdue | CertStapleInvalid => WARNING,
        // Apple's rule is `ats.key_size`.
        CertWeakKey => &[
            Occurrence { severity: Severity::Error, platforms: OTHERS },
            Occurrence { severity: Severity::Warning, platforms: OTHERS },
        ],
        // An authority may stand on the path of other stores alone.
        CertRevoked => &[Occurrence { severity: Severity::Error, platforms: ALL }, NO_PHONE_ASKS],
        CertValidTooLong => &[
            Occurrence { severity: Severity::Error, platforms: APPLE },
            Occurrence { severity: Severity::Warning, platforms: ALL },
        ],
        // Of the clients that WeChat has, none insists on what was promised.
        CertMustStapleMissing => INFO,
        CertRevocationUnknown | CertChanged => INFO,
        ChainIncomplete | ChainExpiredIntermediate | ChainNameConstraint | ChainNotACa | ChainInvalid => ERROR,
        ChainWrongOrder => ERROR_OR_WARNING,
        ChainExtraCertificate | ChainRootIncluded => INFO,
        ChainRevokedCertificate => &[Occurrence { severity: Severity::Warning, platforms: ALL }, NO_PHONE_ASKS],
        TrustUnknownRoot => ERROR,
        TrustApple => APPLE_REFUSES,
        TrustAndroid => &[Occurrence { severity: Severity::Error, platforms: &[Platform::Android] }],
        TrustWindows => &[Occurrence { severity: Severity::Error, platforms: &[Platform::Windows] }],
        // No phone asks their lists; that of Mozilla once stood for all.
        TrustMozilla => &[Occurrence { severity: Severity::Error, platforms: ALL }, NO_PHONE_ASKS],
        TrustJava => &[NO_PHONE_ASKS],
        TrustDistrusted => ERROR_OR_INFO,
        TrustAndroidSince => {
            &[ANDROID_MAY_FAIL, Occurrence { severity: Severity::Info, platforms: &[Platform::Android] }]
        }
        ComplianceSignatureMismatch | ComplianceUnknownCriticalExtension => ERROR,
        CompliancePathLength => ERROR_OR_WARNING,
        ComplianceKeyUsage => &[
            Occurrence { severity: Severity::Error, platforms: &[Platform::Android] },
            Occurrence { severity: Severity::Warning, platforms: ALL },
        ],
        ComplianceCriticalKeyId => &[ANDROID_MAY_FAIL],
        ComplianceNoAuthorityKeyId
        | ComplianceNoSubjectKeyId
        | ComplianceBasicConstraintsNotCritical
        | ComplianceCaWithoutBasicConstraints
        | ComplianceEmptySubject => &[NO_PHONE],
        ComplianceVersion | ComplianceSerialNumber => {
            &[NO_PHONE, Occurrence { severity: Severity::Info, platforms: ALL }]
        }
        ComplianceNameConstraints => INFO,
        ComplianceCommonNameNotInSan | ComplianceWeakRoot => WARNING_OR_INFO,
        ComplianceExpiredRoot => &[
            Occurrence { severity: Severity::Warning, platforms: &[Platform::Ios, Platform::Macos, Platform::Windows] },
            Occurrence { severity: Severity::Info, platforms: ALL },
        ],
        HttpNoHttpsRedirect | HttpNoHsts => INFO,
        HttpServerError => WARNING,
        HttpRefererRefused => ERROR_OR_WARNING,
        WsUpgradeRefused => WARNING_OR_INFO,
        VerificationNotServed
        | VerificationRedirected
        | VerificationPage
        | VerificationContent
        | VerificationByteOrderMark
        | VerificationNoAnswer => ERROR_OR_WARNING,
        VerificationWhitespace => WARNING,
        EndpointAddressesDiffer => INFO,
        EndpointDeployedNotEverywhere => WARNING,
    }
}

const ALL: &[Platform] = &Platform::PHONES_AND_DESKTOPS;
const APPLE: &[Platform] = &[Platform::Ios, Platform::Macos];
const OTHERS: &[Platform] = &[Platform::Android, Platform::Windows];

const ERROR: &[Occurrence] = &[Occurrence { severity: Severity::Error, platforms: ALL }];
const WARNING: &[Occurrence] = &[Occurrence { severity: Severity::Warning, platforms: ALL }];
const INFO: &[Occurrence] = &[Occurrence { severity: Severity::Info, platforms: ALL }];
const APPLE_REFUSES: &[Occurrence] = &[Occurrence { severity: Severity::Error, platforms: APPLE }];
const APPLE_REFUSES_OR_MAY: &[Occurrence] = &[
    Occurrence { severity: Severity::Error, platforms: APPLE },
    Occurrence { severity: Severity::Warning, platforms: APPLE },
];
const NO_PHONE_ASKS: Occurrence = Occurrence { severity: Severity::Info, platforms: &[] };
const ANDROID_MAY_FAIL: Occurrence = Occurrence { severity: Severity::Warning, platforms: &[Platform::Android] };
/// Strict clients refuse, and WeChat has none of them.
const NO_PHONE: Occurrence = Occurrence { severity: Severity::Warning, platforms: &[] };
const ERROR_OR_WARNING: &[Occurrence] = &[
    Occurrence { severity: Severity::Error, platforms: ALL },
    Occurrence { severity: Severity::Warning, platforms: ALL },
];
const ERROR_OR_INFO: &[Occurrence] = &[
    Occurrence { severity: Severity::Error, platforms: ALL },
    Occurrence { severity: Severity::Info, platforms: ALL },
];
const WARNING_OR_INFO: &[Occurrence] = &[
    Occurrence { severity: Severity::Warning, platforms: ALL },
    Occurrence { severity: Severity::Info, platforms: ALL },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first_and_no_severity_twice() {
        for code in Code::ALL {
            let severities: Vec<_> = occurrences(*code).iter().map(|occurrence| occurrence.severity).collect();
            assert!(!severities.is_empty(), "{code}");
            assert!(severities.is_sorted_by(|one, other| one > other), "{code}: {severities:?}");
            let concern_none = occurrences(*code).iter().all(|occurrence| occurrence.platforms.is_empty());
            let of_others = code == &Code::TrustJava;
            assert!(!concern_none || of_others || code.is_of_compliance(), "{code}");
            assert!(concern_none || !of_others, "{code}");
        }
    }
}
