//! What a finding is and what to look for, from the locale files.

use model::Code;

use crate::i18n::*;

/// One exhaustive match per function, so that a code without words does not build.
macro_rules! texts_of_codes {
    ($($variant:ident => $family:ident.$name:ident;)+) => {
        /// What it is.
        pub(super) fn what(code: Code, locale: Locale) -> &'static str {
            match code { $(Code::$variant => td_string!(locale, help.finding.$family.$name.what),)+ }
        }

        /// What to look for.
        pub(super) fn look(code: Code, locale: Locale) -> &'static str {
            match code { $(Code::$variant => td_string!(locale, help.finding.$family.$name.look),)+ }
        }

        /// Each code with the locale key that its words were taken from.
        #[cfg(test)]
        const KEYS: &[(Code, &str)] = &[$((Code::$variant, concat!(stringify!($family), ".", stringify!($name)))),+];
    };
}

texts_of_codes! {
    RuleScheme => rule.scheme;
    RuleIpAddress => rule.ip_address;
    RuleLocalhost => rule.localhost;
    RuleForbiddenHost => rule.forbidden_host;
    RuleCharacter => rule.character;
    RuleHost => rule.host;
    RuleTooLong => rule.too_long;
    RulePath => rule.path;
    RuleWildcard => rule.wildcard;
    RulePort => rule.port;
    RuleOverLimit => rule.over_limit;
    RuleDuplicate => rule.duplicate;
    RuleRepeated => rule.repeated;
    RuleIdn => rule.idn;
    RuleExplicit443 => rule.explicit_443;
    RuleChangesSpent => rule.changes_spent;
    RuleCheckSkipped => rule.check_skipped;
    IcpMissing => icp.missing;
    IcpPending => icp.pending;
    IcpUnknown => icp.unknown;
    IcpStale => icp.stale;
    IcpSuffixCannotFile => icp.suffix_cannot_file;
    DnsNotFound => dns.not_found;
    DnsTimeout => dns.timeout;
    DnsServerFailure => dns.server_failure;
    DnsNoAddress => dns.no_address;
    DnsPrivateAddress => dns.private_address;
    NetRefused => net.refused;
    NetTimeout => net.timeout;
    NetReset => net.reset;
    NetUnreachable => net.unreachable;
    NetNoRoute => net.no_route;
    NetBlockedByPolicy => net.blocked_by_policy;
    NetSomeAddressesFail => net.some_addresses_fail;
    TlsNotTls => tls.not_tls;
    TlsKeyUnproven => tls.key_unproven;
    TlsHandshakeFailed => tls.handshake_failed;
    TlsNoTls12 => tls.no_tls12;
    TlsLegacyEnabled => tls.legacy_enabled;
    TlsNoTls13 => tls.no_tls13;
    TlsWeakSuite => tls.weak_suite;
    TlsClientCertificate => tls.client_certificate;
    AtsVersion => ats.version;
    AtsForwardSecrecy => ats.forward_secrecy;
    AtsSuite => ats.suite;
    AtsKeySize => ats.key_size;
    AtsSignature => ats.signature;
    CertExpired => cert.expired;
    CertNotYetValid => cert.not_yet_valid;
    CertRenewalOverdue => cert.renewal_overdue;
    CertExpiresSoon => cert.expires_soon;
    CertNameMismatch => cert.name_mismatch;
    CertNoSan => cert.no_san;
    CertSelfSigned => cert.self_signed;
    CertWeakKey => cert.weak_key;
    CertWeakSignature => cert.weak_signature;
    CertValidTooLong => cert.valid_too_long;
    CertNoServerAuth => cert.no_server_auth;
    CertRevoked => cert.revoked;
    CertRevocationUnknown => cert.revocation_unknown;
    CertStapleInvalid => cert.staple_invalid;
    CertMustStapleMissing => cert.must_staple_missing;
    CertTransparencyMissing => cert.transparency_missing;
    CertIsCa => cert.is_ca;
    CertMalformed => cert.malformed;
    CertChanged => cert.changed;
    ChainIncomplete => chain.incomplete;
    ChainWrongOrder => chain.wrong_order;
    ChainExtraCertificate => chain.extra_certificate;
    ChainExpiredIntermediate => chain.expired_intermediate;
    ChainRevokedCertificate => chain.revoked_certificate;
    ChainRootIncluded => chain.root_included;
    ChainNameConstraint => chain.name_constraint;
    ChainNotACa => chain.not_a_ca;
    ChainInvalid => chain.invalid;
    TrustUnknownRoot => trust.unknown_root;
    TrustApple => trust.apple;
    TrustAndroid => trust.android;
    TrustWindows => trust.windows;
    TrustMozilla => trust.mozilla;
    TrustJava => trust.java;
    TrustDistrusted => trust.distrusted;
    TrustAndroidSince => trust.android_since;
    ComplianceVersion => compliance.version;
    ComplianceSerialNumber => compliance.serial_number;
    ComplianceSignatureMismatch => compliance.signature_mismatch;
    ComplianceUnknownCriticalExtension => compliance.unknown_critical_extension;
    ComplianceNoAuthorityKeyId => compliance.no_authority_key_id;
    ComplianceNoSubjectKeyId => compliance.no_subject_key_id;
    ComplianceCriticalKeyId => compliance.critical_key_id;
    ComplianceKeyUsage => compliance.key_usage;
    ComplianceBasicConstraintsNotCritical => compliance.basic_constraints_not_critical;
    ComplianceCaWithoutBasicConstraints => compliance.ca_without_basic_constraints;
    CompliancePathLength => compliance.path_length;
    ComplianceEmptySubject => compliance.empty_subject;
    ComplianceNameConstraints => compliance.name_constraints;
    ComplianceCommonNameNotInSan => compliance.common_name_not_in_san;
    ComplianceExpiredRoot => compliance.expired_root;
    ComplianceWeakRoot => compliance.weak_root;
    HttpNoHttpsRedirect => http.no_https_redirect;
    HttpNoHsts => http.no_hsts;
    HttpServerError => http.server_error;
    HttpRefererRefused => http.referer_refused;
    WsUpgradeRefused => ws.upgrade_refused;
    VerificationNotServed => verification.not_served;
    VerificationRedirected => verification.redirected;
    VerificationPage => verification.page;
    VerificationContent => verification.content;
    VerificationByteOrderMark => verification.byte_order_mark;
    VerificationWhitespace => verification.whitespace;
    VerificationNoAnswer => verification.no_answer;
    EndpointAddressesDiffer => endpoint.addresses_differ;
    EndpointDeployedNotEverywhere => endpoint.deployed_not_everywhere;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_code_are_those_under_its_dotted_form() {
        assert_eq!(KEYS.len(), Code::ALL.len());
        for (code, key) in KEYS {
            assert_eq!(code.as_str(), *key);
        }
    }
}
