//! The words of every finding: title, meaning and fix. Pure: no reactive owner is needed, so the
//! command line uses them as well. In the texts, backticks enclose what is to be typed as it is.
//! Meaning and fix are the server's alone; see [`super::told`].

#[cfg(feature = "ssr")]
use std::borrow::Cow;

use model::Code;
#[cfg(feature = "ssr")]
use model::limits;

use crate::i18n::*;

/// One exhaustive match per function, so that a code without words does not build. Numbers in the
/// texts are given beside the key.
macro_rules! words_of_codes {
    ($($variant:ident => $family:ident.$name:ident $(, meaning($($meaning:tt)+))? $(, fix($($fix:tt)+))?;)+) => {
        /// What is wrong, as a headline.
        pub fn title(code: Code, locale: Locale) -> &'static str {
            match code { $(Code::$variant => td_string!(locale, findings.$family.$name.title),)+ }
        }

        /// Why it matters to a mini program on a phone.
        #[cfg(feature = "ssr")]
        pub fn meaning(code: Code, locale: Locale) -> Cow<'static, str> {
            match code {
                $(Code::$variant => td_string!(locale, findings.$family.$name.meaning $(, $($meaning)+)?).into(),)+
            }
        }

        /// What to do about it.
        #[cfg(feature = "ssr")]
        pub fn fix(code: Code, locale: Locale) -> Cow<'static, str> {
            match code {
                $(Code::$variant => td_string!(locale, findings.$family.$name.fix $(, $($fix)+)?).into(),)+
            }
        }

        /// Each code with the locale key that its words were taken from.
        #[cfg(all(feature = "ssr", test))]
        const KEYS: &[(Code, &str)] = &[$((Code::$variant, concat!(stringify!($family), ".", stringify!($name)))),+];
    };
}

words_of_codes! {
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
    RuleOverLimit => rule.over_limit,
        meaning(per_list = limits::PER_LIST, prefetch = limits::PREFETCH, business = limits::BUSINESS),
        fix(most = limits::PER_LIST_MOST);
    RuleDuplicate => rule.duplicate;
    RuleRepeated => rule.repeated;
    RuleIdn => rule.idn;
    RuleExplicit443 => rule.explicit_443;
    RuleChangesSpent => rule.changes_spent, meaning(most = limits::CHANGES_A_MONTH);
    RuleCheckSkipped => rule.check_skipped;
    IcpMissing => icp.missing, fix(hours = limits::FILING_KNOWN_AFTER_HOURS);
    IcpPending => icp.pending, fix(hours = limits::FILING_KNOWN_AFTER_HOURS);
    IcpUnknown => icp.unknown;
    IcpStale => icp.stale;
    IcpSuffixCannotFile => icp.suffix_cannot_file;
    DnsNotFound => dns.not_found;
    DnsTimeout => dns.timeout;
    DnsServerFailure => dns.server_failure;
    DnsNoAddress => dns.no_address;
    DnsPrivateAddress => dns.private_address;
    NetRefused => net.refused;
    NetTimeout => net.timeout, meaning(seconds = limits::REQUEST_SECONDS);
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

/// A part of a host name that DNS has no room for, with its length and the most that it may have; in
/// another form than it was typed in, if `encoded`.
pub(crate) fn too_long(part: &str, (characters, most): (usize, usize), encoded: bool, locale: Locale) -> String {
    if encoded {
        td_string!(locale, words.evidence.too_long_encoded, part = part, characters = characters, most = most)
    } else {
        td_string!(locale, words.evidence.too_long_value, part = part, characters = characters, most = most)
    }
}

/// The part of an entry that is at fault. What could not be seen by itself is named.
pub(crate) fn part_at_fault(part: &str, locale: Locale) -> String {
    let mut signs = part.chars();
    match (signs.next(), signs.next()) {
        (Some(' '), None) => td_string!(locale, words.evidence.space).to_owned(),
        (Some(sign), None) if is_unseen(sign) => format!("U+{:04X}", u32::from(sign)),
        _ => part.to_owned(),
    }
}

/// Whether a character leaves no mark on a screen: spaces, controls, and what only directs how its neighbours are set.
fn is_unseen(sign: char) -> bool {
    sign.is_whitespace()
        || sign.is_control()
        || matches!(sign, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

#[cfg(all(feature = "ssr", test))]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_named() {
        for (part, english, chinese) in [
            (" ", "a space", "空格"),
            ("\u{3000}", "U+3000", "U+3000"),
            ("\u{200b}", "U+200B", "U+200B"),
            ("\t", "U+0009", "U+0009"),
            ("_", "_", "_"),
            ("😀", "😀", "😀"),
            (":80 ", ":80 ", ":80 "),
            ("", "", ""),
        ] {
            assert_eq!([Locale::en, Locale::zh_CN].map(|locale| part_at_fault(part, locale)), [english, chinese]);
        }
    }

    #[test]
    fn the_words_of_a_code_are_those_under_its_dotted_form() {
        assert_eq!(KEYS.len(), Code::ALL.len());
        for (code, key) in KEYS {
            assert_eq!(code.as_str(), *key);
        }
    }

    #[test]
    fn backticks_come_in_pairs_and_no_text_is_empty() {
        for code in Code::ALL {
            for locale in [Locale::zh_CN, Locale::en] {
                for text in [title(*code, locale).into(), meaning(*code, locale), fix(*code, locale)] {
                    assert!(!text.is_empty(), "{code}");
                    assert_eq!(text.matches('`').count() % 2, 0, "{code}: {text}");
                }
            }
        }
    }

    #[test]
    fn titles_are_short_and_differ_from_each_other() {
        for locale in [Locale::zh_CN, Locale::en] {
            let mut titles: Vec<_> = Code::ALL.iter().map(|code| title(*code, locale)).collect();
            assert!(titles.iter().all(|title| title.chars().count() <= 50), "{titles:?}");
            titles.sort_unstable();
            titles.dedup();
            assert_eq!(titles.len(), Code::ALL.len());
        }
    }

    #[test]
    fn the_limits_of_wechat_are_those_of_the_rules() {
        for locale in [Locale::zh_CN, Locale::en] {
            let meaning = meaning(Code::RuleOverLimit, locale);
            for limit in [limits::PER_LIST, limits::PREFETCH, limits::BUSINESS] {
                assert!(meaning.contains(&format!(" {limit} ")), "{meaning}");
            }
        }
    }

    #[test]
    fn what_the_policy_bars_was_not_tried_and_each_way_to_permit_it_is_named() {
        for (locale, not_tried) in [(Locale::zh_CN, "未尝试"), (Locale::en, "Not tried")] {
            assert!(title(Code::NetBlockedByPolicy, locale).starts_with(not_tried));
            let fix = fix(Code::NetBlockedByPolicy, locale);
            for way in ["`hufu probe --allow-net 10.0.0.0/8`", "`hufu serve --allow-net 10.0.0.0/8`"] {
                assert!(fix.contains(way), "{fix}");
            }
        }
    }

    #[test]
    fn the_fix_of_an_incomplete_chain_names_the_full_chain() {
        for locale in [Locale::zh_CN, Locale::en] {
            let fix = fix(Code::ChainIncomplete, locale);
            for word in ["nginx", "`ssl_certificate`", "fullchain", "Tomcat", "Spring Boot"] {
                assert!(fix.contains(word), "{fix}");
            }
        }
    }
}
