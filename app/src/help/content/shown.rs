//! What a phone says when it meets a finding, where that is known.

use model::{Code, Platform, explain::Cause};

use crate::help::api::Shown;

/// The errors that go with a finding.
pub(super) fn shown(code: Code) -> Vec<Shown> {
    let texts = cause(code).map_or(NOTHING, texts);
    texts.iter().map(|(platforms, text)| Shown { platforms: platforms.to_vec(), text: (*text).to_owned() }).collect()
}

/// What a request fails for. None where it does not fail, or where nobody has seen how it reads.
const fn cause(code: Code) -> Option<Cause> {
    use Code::*;
    match code {
        // WeChat has not saved the entry, or it does not match.
        RuleScheme | RuleIpAddress | RuleLocalhost | RuleForbiddenHost | RuleCharacter | RuleHost | RuleTooLong
        | RulePath | RuleWildcard | RulePort | RuleOverLimit | RuleIdn | RuleExplicit443 | IcpMissing | IcpPending
        | IcpSuffixCannotFile => Some(Cause::NotInDomainList),
        DnsNotFound | DnsTimeout | DnsServerFailure | DnsNoAddress => Some(Cause::NameNotResolved),
        DnsPrivateAddress | NetTimeout => Some(Cause::TimedOut),
        NetRefused | NetReset | NetUnreachable | NetSomeAddressesFail => Some(Cause::ConnectionFailed),
        TlsNotTls | TlsHandshakeFailed | TlsNoTls12 => Some(Cause::NoCommonVersion),
        AtsVersion | AtsForwardSecrecy | AtsSuite => Some(Cause::AppTransportSecurity),
        CertExpired | CertNotYetValid | ChainExpiredIntermediate => Some(Cause::Date),
        CertNameMismatch | CertNoSan => Some(Cause::NameMismatch),
        CertWeakKey
        | CertWeakSignature
        | CertValidTooLong
        | CertNoServerAuth
        | CertMalformed
        | ComplianceSignatureMismatch
        | ComplianceUnknownCriticalExtension => Some(Cause::MalformedCertificate),
        CertRevoked => Some(Cause::Revoked),
        CertSelfSigned | ChainIncomplete | ChainWrongOrder | ChainInvalid | TrustUnknownRoot | TrustApple
        | TrustAndroid | TrustWindows | TrustDistrusted => Some(Cause::UntrustedAuthority),
        RuleDuplicate
        | RuleRepeated
        | RuleChangesSpent
        | RuleCheckSkipped
        | IcpUnknown
        | IcpStale
        | NetNoRoute
        | NetBlockedByPolicy
        | TlsKeyUnproven
        | TlsLegacyEnabled
        | TlsNoTls13
        | TlsWeakSuite
        | TlsClientCertificate
        | AtsKeySize
        | AtsSignature
        | CertExpiresSoon
        | CertRenewalOverdue
        | CertRevocationUnknown
        | CertStapleInvalid
        | CertMustStapleMissing
        | CertTransparencyMissing
        | CertIsCa
        | CertChanged
        | ChainExtraCertificate
        | ChainRevokedCertificate
        | ChainRootIncluded
        | ChainNameConstraint
        | ChainNotACa
        | TrustMozilla
        | TrustJava
        | TrustAndroidSince
        | ComplianceVersion
        | ComplianceSerialNumber
        | ComplianceNoAuthorityKeyId
        | ComplianceNoSubjectKeyId
        | ComplianceCriticalKeyId
        | ComplianceKeyUsage
        | ComplianceBasicConstraintsNotCritical
        | ComplianceCaWithoutBasicConstraints
        | CompliancePathLength
        | ComplianceEmptySubject
        | ComplianceNameConstraints
        | ComplianceCommonNameNotInSan
        | ComplianceExpiredRoot
        | ComplianceWeakRoot
        | HttpNoHttpsRedirect
        | HttpNoHsts
        | HttpServerError
        | HttpRefererRefused
        | WsUpgradeRefused
        | VerificationNotServed
        | VerificationRedirected
        | VerificationPage
        | VerificationContent
        | VerificationByteOrderMark
        | VerificationWhitespace
        | VerificationNoAnswer
        | EndpointAddressesDiffer
        | EndpointDeployedNotEverywhere => None,
    }
}

type Text = (&'static [Platform], &'static str);

const NOTHING: &[Text] = &[];

const EVERYWHERE: &[Platform] = &Platform::PHONES_AND_DESKTOPS;
const ANDROID: &[Platform] = &[Platform::Android];
const IOS: &[Platform] = &[Platform::Ios];

/// How an error reads; the names that begin with `ERR_` are Chromium's, whose network stack WeChat
/// has on Android.
const fn texts(cause: Cause) -> &'static [Text] {
    match cause {
        Cause::NotInDomainList => &[(EVERYWHERE, "request:fail url not in domain list")],
        Cause::NameMismatch => &[(ANDROID, "request:fail -200:net::ERR_CERT_COMMON_NAME_INVALID")],
        Cause::UntrustedAuthority => {
            &[(ANDROID, "request:fail -202:net::ERR_CERT_AUTHORITY_INVALID"), (IOS, "此服务器的证书无效")]
        }
        Cause::Date => &[(ANDROID, "request:fail -201:net::ERR_CERT_DATE_INVALID")],
        Cause::Revoked => &[(ANDROID, "request:fail -206:net::ERR_CERT_REVOKED")],
        Cause::MalformedCertificate => &[(ANDROID, "request:fail -207:net::ERR_CERT_INVALID")],
        Cause::NoCommonVersion => &[
            (ANDROID, "request:fail -113:net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH"),
            (ANDROID, "request:fail -107:net::ERR_SSL_PROTOCOL_ERROR"),
        ],
        Cause::AppTransportSecurity => &[(IOS, "request:fail ssl hand shake error"), (IOS, "未能完成该操作。SSL错误")],
        Cause::NameNotResolved => {
            &[(ANDROID, "request:fail -105:net::ERR_NAME_NOT_RESOLVED"), (IOS, "未能找到使用指定主机名的服务器")]
        }
        Cause::TimedOut => {
            &[(EVERYWHERE, "request:fail timeout"), (ANDROID, "request:fail -118:net::ERR_CONNECTION_TIMED_OUT")]
        }
        Cause::ConnectionFailed => &[
            (ANDROID, "request:fail -102:net::ERR_CONNECTION_REFUSED"),
            (ANDROID, "request:fail -101:net::ERR_CONNECTION_RESET"),
            (IOS, "未能连接到服务器"),
        ],
        Cause::NoNetwork => NOTHING,
    }
}

#[cfg(test)]
mod tests {
    use model::explain::explain;

    use super::*;

    #[test]
    fn every_error_is_explained_as_what_it_stands_for() {
        for cause in Cause::ALL {
            for (_, text) in texts(*cause) {
                let explained: Vec<_> = explain(text).into_iter().map(|explanation| explanation.cause).collect();
                assert_eq!(explained, [*cause], "{text}");
            }
        }
    }

    #[test]
    fn a_finding_that_an_error_is_explained_by_shows_an_error() {
        for code in Cause::ALL.iter().flat_map(|cause| cause.codes()) {
            assert!(!shown(*code).is_empty(), "{code}");
        }
    }
}
