//! What App Transport Security asks of a connection; what it asks of certificates is with them.

use super::certificate::APPLE;
use crate::{
    Code, Evidence, Finding, Severity,
    observation::{Answer, Handshake, Protocols, TlsVersion},
    tls::{Cipher, KeyExchange, Suite},
};

/// Where the server was asked with the suites of App Transport Security alone, its answer counts, and
/// not what it likes better of a longer offer: an iPhone makes its own.
pub(super) fn findings(handshake: &Handshake, protocols: Option<&Protocols>) -> Vec<Finding> {
    let Handshake { version, suite, group, signature, .. } = handshake;
    let on_apple = |code, severity, evidence| Finding::on(&APPLE, code, severity, evidence);
    let protocol = || Evidence::Protocol { version: *version, suite: Some(*suite) };
    let exchange = || Evidence::KeyExchange {
        version: *version,
        suite: *suite,
        group: group.clone(),
        signature: signature.clone(),
    };
    let mut findings = Vec::new();
    if *version < TlsVersion::Tls12 {
        findings.push(on_apple(Code::AtsVersion, Severity::Error, protocol()));
    }
    let asked = protocols.and_then(|protocols| protocols.ats.as_ref());
    let of_suite = suite_fault(*version, *suite, asked.and_then(Answer::taken));
    findings.extend(of_suite.map(|(code, severity)| on_apple(code, severity, protocol())));
    if group.as_deref().is_some_and(is_short) {
        findings.push(on_apple(Code::AtsKeySize, Severity::Error, exchange()));
    }
    // Apple's documents ask for SHA-256 of the certificate, and say nothing of this signature.
    if signature.as_deref().is_some_and(is_weak) {
        findings.push(on_apple(Code::AtsSignature, Severity::Warning, exchange()));
    }
    findings
}

/// What is wrong with a suite, where `asked` tells whether one of [`Suite::ATS`] was taken. It names
/// suites of TLS 1.2 only; every suite of 1.3 meets it.
fn suite_fault(version: TlsVersion, suite: Suite, asked: Option<bool>) -> Option<(Code, Severity)> {
    if version >= TlsVersion::Tls13 || asked == Some(true) {
        return None;
    }
    match suite.key_exchange() {
        // The parts that Apple names are there; that it takes these suites and no others is not by its
        // own word.
        KeyExchange::Ecdhe if has_the_parts(suite) => {
            (asked == Some(false) && version == TlsVersion::Tls12).then_some((Code::AtsSuite, Severity::Warning))
        }
        KeyExchange::Ecdhe => Some((Code::AtsSuite, Severity::Error)),
        KeyExchange::Dhe | KeyExchange::Static | KeyExchange::Anonymous => {
            Some((Code::AtsForwardSecrecy, Severity::Error))
        }
        // A suite of TLS 1.3 is none of TLS 1.2; of one that is not known nothing can be said.
        KeyExchange::Apart | KeyExchange::Unknown => None,
    }
}

/// Whether a suite is made of what Apple's documents name, ECDHE and AES; or of ChaCha20, which they
/// do not name and Apple's clients offer all the same.
pub(super) fn has_the_parts(suite: Suite) -> bool {
    suite.key_exchange() == KeyExchange::Ecdhe
        && matches!(suite.cipher(), Cipher::Aes128 | Cipher::Aes256 | Cipher::ChaCha20)
}

/// Whether a group, by its IANA name, has fewer than 256 bits. The curves named otherwise have as many.
fn is_short(group: &str) -> bool {
    let size = ["secp", "sect"].into_iter().find_map(|family| group.strip_prefix(family));
    let digits = size.map(|size| size.split(|it: char| !it.is_ascii_digit()).next().unwrap_or_default());
    digits.and_then(|digits| digits.parse::<u32>().ok()).is_some_and(|bits| bits < LEAST_BITS)
}

/// Whether a signature scheme, by its IANA name, rests on less than SHA-256.
fn is_weak(scheme: &str) -> bool {
    ["_md5", "_sha1", "_sha224"].iter().any(|digest| scheme.ends_with(digest))
}

const LEAST_BITS: u32 = 256;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::fixture;

    fn said(handshake: &Handshake, protocols: Option<&Protocols>) -> Vec<(&'static str, Severity)> {
        let findings = findings(handshake, protocols);
        assert!(findings.iter().all(|finding| finding.platforms == APPLE), "{findings:?}");
        findings.iter().map(|finding| (finding.code.as_str(), finding.severity)).collect()
    }

    #[test]
    fn an_offer_of_nothing_but_its_suites_decides_where_it_was_made() {
        use Severity::{Error, Warning};
        let suite = |severity| vec![("ats.suite", severity)];
        let secrecy = || vec![("ats.forward_secrecy", Error)];
        for (chosen, unasked, refused) in [
            ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", vec![], suite(Warning)),
            // None of the eleven, but made of what Apple names.
            ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", vec![], suite(Warning)),
            ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", vec![], suite(Warning)),
            ("TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256", suite(Error), suite(Error)),
            ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", secrecy(), secrecy()),
            ("TLS_RSA_WITH_AES_128_GCM_SHA256", secrecy(), secrecy()),
            ("0x1a2b", vec![], vec![]),
        ] {
            let handshake =
                Handshake { version: TlsVersion::Tls12, suite: chosen.parse().unwrap(), ..fixture::handshake() };
            let with = |ats| said(&handshake, Some(&Protocols { ats: Some(ats), ..Protocols::default() }));
            assert_eq!(said(&handshake, None), unasked, "{chosen}");
            assert_eq!(said(&handshake, Some(&Protocols::default())), unasked, "{chosen}");
            assert_eq!(with(Answer::Refused { alert: None }), refused, "{chosen}");
            // What it likes better of a longer offer is no matter.
            let taken = Answer::Taken { suite: Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, group: None };
            assert_eq!(with(taken), [], "{chosen}");
            // Every suite of TLS 1.3 will do.
            let modern = Handshake { version: TlsVersion::Tls13, ..handshake.clone() };
            assert_eq!(said(&modern, None), [], "{chosen}");
        }
    }

    #[test]
    fn that_a_version_is_too_old_is_said_once() {
        let suite = Suite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA;
        let handshake = Handshake { version: TlsVersion::Tls11, suite, ..fixture::handshake() };
        let refused = Protocols { ats: Some(Answer::Refused { alert: None }), ..Protocols::default() };
        assert_eq!(said(&handshake, Some(&refused)), [("ats.version", Severity::Error)]);
    }

    #[test]
    fn a_group_and_a_signature_are_judged_by_their_size() {
        for (group, short) in [
            ("secp192r1", true),
            ("secp224r1", true),
            ("sect239k1", true),
            ("secp256r1", false),
            ("sect283r1", false),
            ("x25519", false),
            ("X25519MLKEM768", false),
            ("ffdhe2048", false),
            ("secp", false),
            ("Unknown(0x0099)", false),
        ] {
            let handshake = Handshake { group: Some(group.to_owned()), ..fixture::handshake() };
            let expected = short.then_some(("ats.key_size", Severity::Error));
            assert_eq!(said(&handshake, None), expected.into_iter().collect::<Vec<_>>(), "{group}");
        }
        for (scheme, weak) in [
            ("rsa_pkcs1_sha1", true),
            ("ecdsa_sha1", true),
            ("rsa_pkcs1_sha256", false),
            ("rsa_pss_rsae_sha512", false),
            ("ed25519", false),
            ("0x0203", false),
        ] {
            let handshake = Handshake { signature: Some(scheme.to_owned()), ..fixture::handshake() };
            let expected = weak.then_some(("ats.signature", Severity::Warning));
            assert_eq!(said(&handshake, None), expected.into_iter().collect::<Vec<_>>(), "{scheme}");
        }
        let unknown = Handshake { group: None, signature: None, ..fixture::handshake() };
        assert_eq!(said(&unknown, None), []);
    }
}
