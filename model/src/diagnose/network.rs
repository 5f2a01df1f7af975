//! What a failed step, or the handshake itself, means.

use std::net::IpAddr;

use super::ats;
use crate::{
    Code, Evidence, Finding, Observation, Platform, Severity,
    address::is_public,
    observation::{
        Answer, DnsFailure, Failure, Handshake, KeyPossession, Protocols, Resolution, TcpFailure, TlsFailure,
        TlsVersion,
    },
    tls::Alert,
};

/// The finding that a failed step gives. A step that was not taken tells of no phone that refuses.
pub(super) fn finding(failure: &Failure, address: Option<IpAddr>, tries: u32) -> Finding {
    let evidence = Evidence::Failure { failure: failure.clone(), address, tries };
    let severity = if is_barred(failure) { Severity::Warning } else { Severity::Error };
    Finding::everywhere(code(failure), severity, evidence)
}

/// Whether the server answered at all: only then may a failure be held against it.
pub(super) const fn is_an_answer(failure: &Failure) -> bool {
    match failure {
        Failure::Dns { .. } | Failure::Policy { .. } | Failure::Tcp { .. } => false,
        Failure::Tls { reason } => !matches!(reason, TlsFailure::Timeout | TlsFailure::ClosedBeforeAnswer),
    }
}

/// Whether nobody was asked at all, for want of a way to the address: that is no silence.
pub(super) const fn is_beyond_reach(failure: &Failure) -> bool {
    matches!(failure, Failure::Tcp { reason: TcpFailure::NoRoute { .. } })
}

/// Whether nobody was asked because Hufu may not connect there.
pub(super) const fn is_barred(failure: &Failure) -> bool {
    matches!(failure, Failure::Policy { .. })
}

/// What a finished handshake shows, apart from the chain. Asking for a client certificate is no
/// fault, and a negotiated TLS 1.3 does not say whether 1.2 is there.
pub(super) fn handshake_findings(handshake: &Handshake, protocols: Option<&Protocols>) -> Vec<Finding> {
    let evidence = || Evidence::Protocol { version: handshake.version, suite: Some(handshake.suite) };
    let mut findings = Vec::new();
    // Without the proof there is no telling who answered: never a pass.
    let unproven = match &handshake.key_possession {
        KeyPossession::Proven => None,
        KeyPossession::NothingSigned | KeyPossession::SignedWeakly => Some(evidence()),
        KeyPossession::Unproven(detail) => Some(Evidence::Detail { detail: detail.clone() }),
    };
    if let Some(evidence) = unproven {
        findings.push(Finding::everywhere(Code::TlsKeyUnproven, Severity::Warning, evidence));
    }
    if handshake.version < TlsVersion::Tls12 {
        findings.push(Finding::everywhere(Code::TlsNoTls12, Severity::Error, evidence()));
    }
    findings.extend(ats::findings(handshake, protocols));
    if handshake.version < TlsVersion::Tls13 && handshake.suite.is_broken() {
        findings.push(Finding::everywhere(Code::TlsWeakSuite, Severity::Warning, evidence()));
    }
    findings
}

/// What the server would take besides what it chose.
pub(super) fn protocol_findings(handshake: &Handshake, protocols: &Protocols) -> Vec<Finding> {
    let evidence = |version, suite| Evidence::Protocol { version, suite };
    let mut findings = Vec::new();
    // Android has TLS 1.3 from version 10 on; everywhere else it is as old as the systems that WeChat runs on.
    if handshake.version == TlsVersion::Tls13 && protocols.speaks(TlsVersion::Tls12) == Some(false) {
        let evidence = evidence(handshake.version, Some(handshake.suite));
        findings.push(Finding::on(&[Platform::Android], Code::TlsNoTls12, Severity::Warning, evidence));
    }
    if protocols.boringssl.as_ref().and_then(Answer::taken) == Some(false) && handshake.version == TlsVersion::Tls12 {
        let evidence = evidence(handshake.version, Some(handshake.suite));
        findings.push(Finding::on(
            &[Platform::Android, Platform::Windows],
            Code::TlsHandshakeFailed,
            Severity::Error,
            evidence,
        ));
    }
    if handshake.version == TlsVersion::Tls12 && protocols.speaks(TlsVersion::Tls13) == Some(false) {
        let evidence = evidence(handshake.version, Some(handshake.suite));
        findings.push(Finding::everywhere(Code::TlsNoTls13, Severity::Info, evidence));
    }
    let taken = |(version, answer): (&TlsVersion, &Answer)| match answer {
        Answer::Taken { suite, .. } => Some((*version, *suite)),
        Answer::Refused { .. } | Answer::Unclear { .. } => None,
    };
    let lowest = protocols.versions.iter().find_map(taken);
    if let Some((version, suite)) = lowest
        && version < TlsVersion::Tls12
        && handshake.version >= TlsVersion::Tls12
    {
        findings.push(Finding::everywhere(Code::TlsLegacyEnabled, Severity::Info, evidence(version, Some(suite))));
    }
    if let Some(Answer::Taken { suite, .. }) = &protocols.weak
        && !handshake.suite.is_broken()
    {
        // It was the highest below TLS 1.3.
        let version = protocols.versions.iter().rev().filter(|(version, _)| **version < TlsVersion::Tls13);
        let version = version.map(taken).find_map(|taken| taken).map_or(handshake.version, |(version, _)| version);
        findings.push(Finding::everywhere(Code::TlsWeakSuite, Severity::Warning, evidence(version, Some(*suite))));
    }
    findings
}

/// The addresses that a public name should not have: no phone elsewhere reaches them.
pub(super) fn private_addresses(observation: &Observation) -> Vec<IpAddr> {
    let public_name = matches!(observation.resolution, Resolution::Dns { .. });
    let addresses = observation.addresses.iter().map(|seen| seen.address);
    addresses.filter(|address| public_name && !is_public(*address)).collect()
}

fn code(failure: &Failure) -> Code {
    match failure {
        Failure::Dns { reason } => match reason {
            DnsFailure::NotFound => Code::DnsNotFound,
            DnsFailure::NoAddress => Code::DnsNoAddress,
            DnsFailure::Timeout => Code::DnsTimeout,
            DnsFailure::ServerFailure { .. } => Code::DnsServerFailure,
        },
        Failure::Policy { .. } => Code::NetBlockedByPolicy,
        Failure::Tcp { reason } => match reason {
            TcpFailure::Refused => Code::NetRefused,
            TcpFailure::Timeout => Code::NetTimeout,
            TcpFailure::Reset => Code::NetReset,
            TcpFailure::Unreachable { .. } => Code::NetUnreachable,
            TcpFailure::NoRoute { .. } => Code::NetNoRoute,
        },
        Failure::Tls { reason } => match reason {
            TlsFailure::Timeout => Code::NetTimeout,
            TlsFailure::ClosedBeforeAnswer => Code::NetReset,
            TlsFailure::NotTls { .. } => Code::TlsNotTls,
            TlsFailure::Alert { alert: Alert::ProtocolVersion } => Code::TlsNoTls12,
            TlsFailure::Alert { .. } | TlsFailure::Misbehaved { .. } => Code::TlsHandshakeFailed,
            TlsFailure::ClientCertificateRequired => Code::TlsClientCertificate,
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{diagnose::certificate::APPLE, fixture, tls::Suite};

    #[test]
    fn each_failure_is_one_finding_and_only_an_answer_counts_against_the_server() {
        let dns = |reason| Failure::Dns { reason };
        let tcp = |reason| Failure::Tcp { reason };
        let tls = |reason| Failure::Tls { reason };
        let alert = |alert| tls(TlsFailure::Alert { alert });
        let words = || "words".to_owned();
        for (failure, code, is_answer) in [
            (dns(DnsFailure::NotFound), "dns.not_found", false),
            (dns(DnsFailure::NoAddress), "dns.no_address", false),
            (dns(DnsFailure::Timeout), "dns.timeout", false),
            (dns(DnsFailure::ServerFailure { detail: words() }), "dns.server_failure", false),
            (Failure::Policy { address: fixture::address(1) }, "net.blocked_by_policy", false),
            (tcp(TcpFailure::Refused), "net.refused", false),
            (tcp(TcpFailure::Timeout), "net.timeout", false),
            (tcp(TcpFailure::Reset), "net.reset", false),
            (tcp(TcpFailure::Unreachable { detail: words() }), "net.unreachable", false),
            (tcp(TcpFailure::NoRoute { detail: words() }), "net.no_route", false),
            (tls(TlsFailure::Timeout), "net.timeout", false),
            (tls(TlsFailure::ClosedBeforeAnswer), "net.reset", false),
            (tls(TlsFailure::NotTls { protocol: "HTTP".to_owned() }), "tls.not_tls", true),
            (alert(Alert::ProtocolVersion), "tls.no_tls12", true),
            (alert(Alert::HandshakeFailure), "tls.handshake_failed", true),
            (alert(Alert::Other(200)), "tls.handshake_failed", true),
            (tls(TlsFailure::Misbehaved { detail: words() }), "tls.handshake_failed", true),
            (tls(TlsFailure::ClientCertificateRequired), "tls.client_certificate", true),
        ] {
            let finding = finding(&failure, Some(fixture::address(1)), 1);
            // What was not tried is no failing server.
            let severity = if is_barred(&failure) { Severity::Warning } else { Severity::Error };
            assert_eq!((finding.code.as_str(), finding.severity), (code, severity), "{failure}");
            assert_eq!(is_an_answer(&failure), is_answer, "{failure}");
        }
    }

    #[test]
    fn the_negotiated_version_and_suite_are_judged_for_each_platform() {
        use TlsVersion::{Tls10, Tls11, Tls12, Tls13};
        let no_tls12 = ["tls.no_tls12", "ats.version"];
        for (version, suite, expected) in [
            (Tls13, "TLS_AES_128_GCM_SHA256", vec![]),
            (Tls13, "TLS_CHACHA20_POLY1305_SHA256", vec![]),
            (Tls12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", vec![]),
            (Tls12, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", vec![]),
            (Tls12, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", vec![]),
            (Tls12, "TLS_RSA_WITH_AES_128_GCM_SHA256", vec!["ats.forward_secrecy"]),
            (Tls12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", vec!["ats.forward_secrecy"]),
            (Tls12, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", vec!["ats.forward_secrecy", "tls.weak_suite"]),
            (Tls12, "0x1a2b", vec![]),
            (Tls12, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256", vec!["ats.suite"]),
            (Tls12, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", vec!["ats.suite", "tls.weak_suite"]),
            (Tls12, "TLS_RSA_WITH_RC4_128_SHA", vec!["ats.forward_secrecy", "tls.weak_suite"]),
            (Tls11, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", no_tls12.to_vec()),
            (Tls10, "TLS_RSA_WITH_AES_128_CBC_SHA", [&no_tls12[..], &["ats.forward_secrecy"]].concat()),
        ] {
            let handshake = Handshake { version, suite: suite.parse().unwrap(), ..fixture::handshake() };
            let findings = handshake_findings(&handshake, None);
            assert_eq!(findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(), expected, "{suite}");
            let for_apple_alone = |finding: &Finding| finding.code.as_str().starts_with("ats.");
            assert!(findings.iter().all(|finding| (finding.platforms == APPLE) == for_apple_alone(finding)), "{suite}");
        }
    }

    #[test]
    fn what_else_a_server_takes_is_judged_by_whom_it_hurts() {
        use TlsVersion::{Tls10, Tls11, Tls12, Tls13};
        let suite: Suite = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA".parse().unwrap();
        let taken = |suite| Answer::Taken { suite, group: None };
        let refused = Answer::Refused { alert: Some(Alert::ProtocolVersion) };
        let unclear = Answer::Unclear { failure: Failure::Tls { reason: TlsFailure::Timeout } };
        let anonymous: Suite = "TLS_ECDH_anon_WITH_AES_128_CBC_SHA".parse().unwrap();
        let at = |chosen, answers: [&Answer; 4], weak: Option<Suite>| {
            let handshake = Handshake { version: chosen, ..fixture::handshake() };
            let versions = TlsVersion::ALL.into_iter().zip(answers.into_iter().cloned()).collect();
            let protocols = Protocols { versions, weak: weak.map(taken), ..Protocols::default() };
            let findings = protocol_findings(&handshake, &protocols);
            let said =
                findings.iter().map(|finding| (finding.code.as_str(), finding.severity, finding.platforms.len()));
            said.collect::<Vec<_>>()
        };
        let (yes, no) = (&taken(suite), &refused);
        let legacy = ("tls.legacy_enabled", Severity::Info, 4);
        assert_eq!(at(Tls13, [no, no, yes, yes], None), []);
        assert_eq!(at(Tls13, [yes, yes, yes, yes], None), [legacy]);
        assert_eq!(at(Tls13, [no, yes, yes, yes], None), [legacy]);
        assert_eq!(at(Tls12, [no, no, yes, no], None), [("tls.no_tls13", Severity::Info, 4)]);
        // Phones before Android 10 alone.
        assert_eq!(at(Tls13, [no, no, no, yes], None), [("tls.no_tls12", Severity::Warning, 1)]);
        // What is not clear is not held against anybody.
        assert_eq!(at(Tls13, [&unclear, &unclear, &unclear, yes], None), []);
        assert_eq!(at(Tls12, [&unclear, no, yes, &unclear], None), []);
        // That is the lack of TLS 1.2, which is told already.
        assert_eq!(at(Tls11, [yes, yes, no, no], None), []);
        assert_eq!(at(Tls10, [yes, no, no, no], None), []);
        assert_eq!(at(Tls13, [no, no, yes, yes], Some(anonymous)), [("tls.weak_suite", Severity::Warning, 4)]);
    }

    #[test]
    fn a_server_with_none_of_android_s_suites_fails_there_alone() {
        let handshake = Handshake { version: TlsVersion::Tls12, ..fixture::handshake() };
        let refused = Answer::Refused { alert: Some(Alert::HandshakeFailure) };
        let unclear = Answer::Unclear { failure: Failure::Tls { reason: TlsFailure::Timeout } };
        let taken = Answer::Taken { suite: handshake.suite, group: None };
        for (answer, fails) in [(refused, true), (unclear, false), (taken, false)] {
            let protocols = Protocols { boringssl: Some(answer), ..Protocols::default() };
            let findings = protocol_findings(&handshake, &protocols);
            let said: Vec<_> = findings.iter().map(|finding| (finding.code, finding.severity)).collect();
            let expected = fails.then_some((Code::TlsHandshakeFailed, Severity::Error));
            assert_eq!(said, expected.into_iter().collect::<Vec<_>>());
            assert!(findings.iter().all(|it| it.platforms == [Platform::Android, Platform::Windows]));
        }
    }

    #[test]
    fn asking_for_a_client_certificate_is_no_fault_and_an_unproven_key_is_a_warning() {
        let asking = Handshake { client_certificate_requested: true, ..fixture::handshake() };
        assert_eq!(handshake_findings(&asking, None), []);
        let unproven = KeyPossession::Unproven("words".to_owned());
        let findings = handshake_findings(&Handshake { key_possession: unproven, ..fixture::handshake() }, None);
        assert_eq!((findings[0].code, findings[0].severity), (Code::TlsKeyUnproven, Severity::Warning));
        for key_possession in [KeyPossession::NothingSigned, KeyPossession::SignedWeakly] {
            let findings = handshake_findings(&Handshake { key_possession, ..fixture::handshake() }, None);
            assert_eq!((findings[0].code, findings[0].severity), (Code::TlsKeyUnproven, Severity::Warning));
        }
    }

    #[test]
    fn a_public_name_should_not_lead_to_an_address_that_is_not_public() {
        // What the probe connects to only with leave, phones elsewhere do not reach.
        for (address, private) in [
            ("10.0.0.1", true),
            ("172.32.0.1", false),
            ("100.64.0.1", true),
            ("203.0.113.1", true),
            ("198.18.0.1", true),
            ("8.8.8.8", false),
            ("fd00::1", true),
            ("2001:db8::1", true),
            ("2400:3200::1", false),
            ("::ffff:10.0.0.1", true),
            ("::ffff:8.8.8.8", false),
            ("64:ff9b::10.0.0.1", true),
            ("64:ff9b::8.8.8.8", false),
            ("2002:a00:1::1", true),
            ("2002:808:808::1", false),
        ] {
            let mut observation = fixture::observation(1);
            observation.addresses[0].address = address.parse().unwrap();
            assert_eq!(!private_addresses(&observation).is_empty(), private, "{address}");
            // An operator who fixes an address knows.
            observation.resolution = Resolution::Fixed;
            assert!(private_addresses(&observation).is_empty(), "{address}");
        }
    }
}
