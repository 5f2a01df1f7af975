#![allow(clippy::unwrap_used)]

use model::{
    certificate::profile::KeyUsage,
    fetched::FetchFailure,
    observation::{DnsFailure, TcpFailure},
    trust::Store,
    verification::FileAnswer,
};

use super::*;

const NOW: &str = "2026-03-01T00:00:00Z";

fn lines(evidence: &Evidence) -> Vec<Line> {
    evidence_lines(evidence, Source::Server, Zone::UTC, Locale::en, NOW.parse().unwrap())
}

fn certificate() -> CertificateReference {
    CertificateReference {
        sha256: Fingerprint::new([0xab; 32]),
        subject: "CN=api.example.com".to_owned(),
        position: Some(0),
    }
}

#[test]
fn validity_is_given_absolutely_relatively_and_as_a_whole() {
    let evidence = Evidence::Validity {
        certificate: certificate(),
        not_before: "2025-12-01T00:00:00Z".parse().unwrap(),
        not_after: "2026-02-28T23:59:59Z".parse().unwrap(),
        days_left: 0,
    };
    assert_eq!(
        lines(&evidence),
        [
            ("Valid from", "2025-12-01 00:00 UTC (90 days ago)".to_owned()),
            ("Valid until", "2026-02-28 23:59 UTC (just now)".to_owned()),
            ("Lifetime", "90 days".to_owned()),
            ("Certificate", "CN=api.example.com (certificate 1 as served)".to_owned()),
            ("SHA-256", "ab".repeat(32)),
        ]
    );
}

#[test]
fn a_finding_that_not_all_addresses_show_begins_with_those_that_do() {
    let evidence = Evidence::Certificate { certificate: certificate() };
    let mut finding = Finding::everywhere(Code::CertNameMismatch, model::Severity::Error, evidence);
    let said = |finding: &Finding| finding_lines(finding, Source::Server, Zone::UTC, Locale::en, NOW.parse().unwrap());
    assert_eq!(said(&finding), lines(&finding.evidence));
    finding.shown_by = vec!["127.0.0.3".parse().unwrap()];
    assert_eq!(said(&finding)[0], ("Only at", "127.0.0.3".to_owned()));
}

#[test]
fn the_size_of_a_key_is_said_once() {
    for (algorithm, bits, said) in [("RSA 1024", 1024, "RSA, 1024 bits"), ("EC P-192", 192, "EC P-192, 192 bits")] {
        let evidence = Evidence::Key { certificate: certificate(), algorithm: algorithm.to_owned(), bits };
        assert_eq!(lines(&evidence)[0], ("Key", said.to_owned()));
    }
}

#[test]
fn an_incomplete_chain_names_the_issuer_first_and_what_it_may_be() {
    let evidence = Evidence::MissingIssuer {
        certificate: certificate(),
        issuer: "CN=Some CA R3".to_owned(),
        authority_information_access: vec!["http://ca.example/r3.cer".to_owned()],
        fetched: None,
    };
    let lines = lines(&evidence);
    let (label, issuer) = &lines[0];
    assert_eq!(*label, "Issuer not found");
    for part in ["CN=Some CA R3", "neither served nor among the roots", "intermediate", "root that nobody's phone"] {
        assert!(issuer.contains(part), "{issuer}");
    }
    assert_eq!(lines[1], ("Can be fetched from", "http://ca.example/r3.cer".to_owned()));
}

#[test]
fn what_was_fetched_is_named_as_what_is_to_be_added_and_a_failure_by_its_reason() {
    let missing = CertificateReference { position: None, ..certificate() };
    let evidence = |certificates, end| Evidence::MissingIssuer {
        certificate: certificate(),
        issuer: "CN=Some CA R3".to_owned(),
        authority_information_access: Vec::new(),
        fetched: Some(FetchOutcome { certificates, end }),
    };
    let whole = lines(&evidence(vec![missing], FetchEnd::Whole { stores: vec![Store::Mozilla] }));
    assert_eq!(whole[0], ("To be added", "CN=api.example.com".to_owned()));
    assert!(whole[1].1.contains("whole") && whole[1].1.contains("Mozilla's list"), "{whole:?}");
    let failure = FetchFailure::Status { status: 404 };
    let failed = lines(&evidence(Vec::new(), FetchEnd::Nothing { failure }));
    assert_eq!(failed[0].0, "Issuer not found");
    assert!(failed[1].1.contains("404"), "{failed:?}");
}

#[test]
fn a_wrong_order_says_by_itself_who_must_come_first() {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let expected = names(&["CN=a.example", "CN=CA", "CN=Root"]);
    let upside_down = Evidence::Order { served: names(&["CN=CA", "CN=a.example"]), expected: expected.clone() };
    let (label, own) = lines(&upside_down).remove(0);
    assert_eq!(label, "Must come first");
    assert!(own.starts_with("CN=a.example, the server's own certificate"), "{own}");
    let above = Evidence::Order { served: names(&["CN=a.example", "CN=Root", "CN=CA"]), expected };
    assert_eq!(lines(&above)[0].0, "Order as served");
}

#[test]
fn long_lists_are_cut_and_counted() {
    let evidence = |left_out| Evidence::Names {
        wanted: "api.example.com".to_owned(),
        served: (0..100).map(|number| format!("n{number}.example.com")).collect(),
        left_out,
        common_name: None,
    };
    for (left_out, more) in [(0, 88), (9_000, 9_088)] {
        let names = lines(&evidence(left_out)).remove(1).1;
        assert!(names.ends_with(&format!("n11.example.com, and {more} more")), "{names}");
    }
}

#[test]
fn a_certificate_without_names_says_so() {
    let evidence = Evidence::Names {
        wanted: "api.example.com".to_owned(),
        served: Vec::new(),
        left_out: 0,
        common_name: Some("api.example.com".to_owned()),
    };
    assert_eq!(lines(&evidence)[1], ("Names in the certificate", "none".to_owned()));
    assert_eq!(lines(&evidence)[2].1, "api.example.com");
}

#[test]
fn addresses_come_with_their_reasons() {
    let refused = Failure::Tcp { reason: TcpFailure::Refused };
    let evidence = Evidence::Addresses {
        failing: BTreeMap::from([("2001:db8::1".parse().unwrap(), refused)]),
        faulty: BTreeMap::from([("192.0.2.2".parse().unwrap(), vec![Code::CertExpired])]),
        answering: vec!["192.0.2.1".parse().unwrap()],
        tries: BTreeMap::from([("2001:db8::1".parse().unwrap(), 3)]),
    };
    let lines = lines(&evidence);
    assert_eq!(lines[0], ("Failing", "2001:db8::1: connecting: the connection was refused, 3 tries".to_owned()));
    assert_eq!(lines[1].1, "192.0.2.2: The certificate has expired");
    assert_eq!(lines[2], ("Answering", "192.0.2.1".to_owned()));
}

#[test]
fn what_hufu_may_not_connect_to_was_not_tried_and_did_not_fail() {
    let inside: IpAddr = "10.0.0.1".parse().unwrap();
    let barred = Failure::Policy { address: inside };
    let alone = Evidence::Failure { failure: barred.clone(), address: Some(inside), tries: 1 };
    let beside = Evidence::Addresses {
        failing: BTreeMap::from([(inside, barred)]),
        faulty: BTreeMap::new(),
        answering: vec!["9.9.9.9".parse().unwrap()],
        tries: BTreeMap::new(),
    };
    for evidence in [alone, beside] {
        for (locale, label) in [(Locale::en, "Not tried"), (Locale::zh_CN, "未尝试")] {
            let lines = evidence_lines(&evidence, Source::Server, Zone::UTC, locale, NOW.parse().unwrap());
            assert_eq!(lines[0].0, label);
            assert!(lines[0].1.starts_with("10.0.0.1"), "{lines:?}");
            assert!(!lines[0].1.to_lowercase().contains(&label.to_lowercase()), "said once: {lines:?}");
        }
    }
}

#[test]
fn addresses_that_serve_the_same_leaf_share_a_line() {
    let leaves = BTreeMap::from([
        ("192.0.2.1".parse().unwrap(), Fingerprint::new([1; 32])),
        ("192.0.2.2".parse().unwrap(), Fingerprint::new([2; 32])),
        ("192.0.2.3".parse().unwrap(), Fingerprint::new([1; 32])),
    ]);
    // As it was stored before more than leaves were compared.
    let stored = Evidence::AddressesDiffer { leaves, differences: Vec::new(), groups: Vec::new() };
    let said = lines(&stored);
    assert_eq!(said.len(), 2);
    assert!(said[0].1.contains("192.0.2.1, 192.0.2.3"), "{}", said[0].1);
}

#[test]
fn a_server_that_begins_in_the_clear_is_told_from_one_that_never_speaks_tls() {
    for (protocol, told) in [("SMTP", true), ("IMAP", true), ("POP3", true), ("FTP", true), ("HTTP", false)] {
        let failure = Failure::Tls { reason: TlsFailure::NotTls { protocol: protocol.to_owned() } };
        let lines = lines(&Evidence::Failure { failure, address: None, tries: 1 });
        assert_eq!(lines.iter().any(|(_, value)| value.contains("STARTTLS")), told, "{protocol}");
    }
}

#[test]
fn a_name_that_is_too_long_says_how_long_it_is_and_may_be() {
    let evidence = |encoded| {
        let (input, part) = ("https://aaa…".to_owned(), "aaa…".to_owned());
        Evidence::TooLong { input, part, characters: 300, most: 253, encoded }
    };
    assert_eq!(
        lines(&evidence(false)),
        [("Entry", "https://aaa…".to_owned()), ("Too long", "aaa… (300 characters, at most 253)".to_owned()),]
    );
    let encoded = &lines(&evidence(true))[1].1;
    assert!(encoded.contains("300 characters in the form that DNS uses, xn--"), "{encoded}");
}

#[test]
fn a_store_without_the_root_is_named_with_its_day_and_those_that_have_it() {
    let evidence = Evidence::NotInStore {
        root: CertificateReference { position: None, ..certificate() },
        store: Store::Apple,
        dated: Some("2025-12-28".parse().unwrap()),
        trusted_by: vec![Store::Android, Store::Windows],
    };
    assert_eq!(
        lines(&evidence),
        [
            ("Root", "CN=api.example.com".to_owned()),
            ("SHA-256", "ab".repeat(32)),
            ("Not in the store of", "Apple, as of 2025-12-28".to_owned()),
            ("Trusted by", "Android, Windows".to_owned()),
        ]
    );
}

#[test]
fn what_a_key_is_for_stands_by_the_names_of_the_standard() {
    for (usage, said) in [
        (None, "says nothing"),
        (Some(KeyUsage(0)), "nothing at all"),
        (Some(KeyUsage(KeyUsage::KEY_CERT_SIGN.0 | KeyUsage::CRL_SIGN.0)), "keyCertSign, cRLSign"),
    ] {
        let evidence = Evidence::KeyUsage { certificate: certificate(), usage };
        assert_eq!(lines(&evidence)[0], ("Key usage", said.to_owned()));
    }
    let below = lines(&Evidence::PathLength { certificate: certificate(), allowed: 0, found: 2 });
    assert_eq!(below[0], ("Intermediates below it", "2, at most 0 allowed".to_owned()));
}

#[test]
fn what_is_absent_has_no_line() {
    let entry = Evidence::Entry { input: "ftp://x".to_owned(), offending: None, suggestion: None };
    assert_eq!(lines(&entry).len(), 1);
    let failure = Evidence::Failure { failure: Failure::Dns { reason: DnsFailure::NotFound }, address: None, tries: 1 };
    assert_eq!(lines(&failure).len(), 1);
    assert_eq!(lines(&Evidence::None), []);
}

#[test]
fn a_verification_file_is_told_with_its_url_its_answer_and_who_gave_it() {
    let (location, content_type, content_encoding, body) = (None, None, None, None);
    let answer = Ok(FileAnswer { status: 404, location, content_type, content_encoding, body });
    let url = "https://www.example.com/kH3Bw2VgxW.txt".to_owned();
    let addresses = vec![[9, 9, 9, 1].into(), [9, 9, 9, 2].into()];
    assert_eq!(
        lines(&Evidence::VerificationFile { url: url.clone(), addresses, answer, expected: Some(32) }),
        [
            ("Asked for", url),
            ("Answer", "HTTP 404".to_owned()),
            ("Should hold", "32 bytes".to_owned()),
            ("At", "9.9.9.1, 9.9.9.2".to_owned()),
        ]
    );
}
