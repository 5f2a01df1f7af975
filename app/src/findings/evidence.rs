//! Evidence as label and value, in words. Pure, like [`super::words`].

mod differ;
mod revocation;

use std::collections::BTreeMap;
use std::net::IpAddr;

use model::{
    Code, Date, Evidence, Fingerprint, Timestamp,
    domain_entry::Api,
    fetched::{FetchEnd, FetchOutcome},
    finding::CertificateReference,
    observation::{Failure, TlsFailure},
    trust::Store,
};

use super::words::title;
use crate::{http, i18n::*, time, words, zone::Zone};

/// A label and its value.
pub type Line = (&'static str, String);

/// The facts behind a finding, each with its label. `now` is the server's time when it answered.
pub fn evidence_lines(evidence: &Evidence, zone: Zone, locale: Locale, now: Timestamp) -> Vec<Line> {
    match evidence {
        Evidence::None => Vec::new(),
        Evidence::Entry { input, offending, suggestion } => {
            entry_lines(input, offending.as_deref(), suggestion.as_deref(), locale)
        }
        Evidence::TooLong { input, part, characters, most, encoded } => {
            vec![
                (td_string!(locale, words.evidence.entry), input.clone()),
                (td_string!(locale, words.evidence.too_long), too_long(part, (*characters, *most), *encoded, locale)),
            ]
        }
        Evidence::Quota { api, used, limit } => quota_lines(*api, *used, *limit, locale),
        Evidence::Icp { domain, confirmed_at } => {
            let confirmed = match confirmed_at {
                Some(at) => time::absolute_and_relative(*at, now, zone, locale),
                None => td_string!(locale, words.evidence.never).to_owned(),
            };
            vec![
                (td_string!(locale, words.evidence.icp_domain), domain.to_string()),
                (td_string!(locale, words.evidence.confirmed_at), confirmed),
            ]
        }
        Evidence::Failure { failure, address, tries } => failure_lines(failure, *address, *tries, locale),
        Evidence::Addresses { failing, faulty, answering, tries } => {
            address_lines(failing, faulty, answering, tries, locale)
        }
        Evidence::AddressesDiffer { leaves, differences, .. } if differences.is_empty() => leaf_lines(leaves, locale),
        Evidence::AddressesDiffer { differences, groups, leaves } => differ::lines(differences, groups, leaves, locale),
        Evidence::NotDeployed { new, old } => differ::deployed_lines(new, old, zone, locale, now),
        Evidence::KeyExchange { version, suite, group, signature } => {
            let group = group.iter().map(|group| (td_string!(locale, words.evidence.group), group.clone()));
            let label = td_string!(locale, words.evidence.handshake_signature);
            let signature = signature.iter().map(|scheme| (label, scheme.clone()));
            let lines = [
                (td_string!(locale, words.evidence.version), version.as_str().to_owned()),
                (td_string!(locale, words.evidence.suite), suite.to_string()),
            ];
            lines.into_iter().chain(group).chain(signature).collect()
        }
        Evidence::Validity { certificate, not_before, not_after, .. } => {
            validity_lines(certificate, *not_before, *not_after, zone, locale, now)
        }
        Evidence::Names { wanted, served, left_out, common_name } => {
            name_lines(wanted, served, *left_out, common_name.as_deref(), locale)
        }
        Evidence::Key { certificate, algorithm, bits } => {
            let key = td_string!(locale, words.evidence.key_bits, algorithm = algorithm.as_str(), bits = *bits);
            with_certificate(certificate, (td_string!(locale, words.evidence.key), key), locale)
        }
        Evidence::Signature { certificate, algorithm } => {
            let line = (td_string!(locale, words.evidence.signature), algorithm.clone());
            with_certificate(certificate, line, locale)
        }
        Evidence::MissingIssuer { certificate, issuer, authority_information_access, fetched } => {
            let mut lines = missing_lines(issuer, fetched.as_ref(), locale);
            let label = td_string!(locale, words.evidence.fetch_from);
            lines.extend(authority_information_access.iter().take(LISTED_MOST).map(|url| (label, url.clone())));
            lines.extend(certificate_lines(certificate, locale));
            lines
        }
        Evidence::Certificate { certificate } => certificate_lines(certificate, locale),
        Evidence::Order { served, expected } => order_lines(served, expected, locale),
        Evidence::Protocol { version, suite } => {
            let mut lines = vec![(td_string!(locale, words.evidence.version), version.as_str().to_owned())];
            lines.extend(suite.map(|suite| (td_string!(locale, words.evidence.suite), suite.to_string())));
            lines
        }
        Evidence::NotInStore { root, store, dated, trusted_by } => {
            store_lines(root, *store, *dated, trusted_by, locale)
        }
        Evidence::Distrusted { root, authority, by, trusted_until, issued_at } => {
            let rule = words::distrust(authority, *by, *trusted_until, locale);
            let mut lines = vec![
                (td_string!(locale, words.evidence.rule), rule),
                (td_string!(locale, words.evidence.issued), time::absolute_and_relative(*issued_at, now, zone, locale)),
            ];
            lines.extend(root_lines(root, locale));
            lines
        }
        Evidence::AndroidSince { root, version } => {
            let mut lines = vec![(td_string!(locale, words.evidence.android_since), version.clone())];
            lines.extend(root_lines(root, locale));
            lines
        }
        Evidence::HttpStatus { status, without_referer } => {
            let label = td_string!(locale, words.http.without_referer);
            let without = without_referer.map(|status| (label, format!("HTTP {status}")));
            [(td_string!(locale, words.evidence.answer), format!("HTTP {status}"))].into_iter().chain(without).collect()
        }
        Evidence::InTheClear { status, location } => {
            vec![(td_string!(locale, words.http.plain), http::in_the_clear(*status, location.as_deref()))]
        }
        Evidence::KeyUsage { certificate, usage } => {
            let said = usage.map(|usage| usage.names().collect::<Vec<_>>());
            let value = match said.as_deref() {
                None => td_string!(locale, words.evidence.key_usage_none).to_owned(),
                Some([]) => td_string!(locale, words.evidence.key_usage_empty).to_owned(),
                Some(names) => names.join(", "),
            };
            with_certificate(certificate, (td_string!(locale, words.evidence.key_usage), value), locale)
        }
        Evidence::Extensions { certificate, oids } => {
            let label = td_string!(locale, words.evidence.extension);
            with_certificate(certificate, (label, listed(oids, locale)), locale)
        }
        Evidence::Serial { certificate, serial } => {
            with_certificate(certificate, (td_string!(locale, words.evidence.serial), serial.clone()), locale)
        }
        Evidence::PathLength { certificate, allowed, found } => {
            let value = td_string!(locale, words.evidence.intermediates_value, found = *found, allowed = *allowed);
            with_certificate(certificate, (td_string!(locale, words.evidence.intermediates_below), value), locale)
        }
        Evidence::Revoked { certificate, at, reason, list } => {
            let lines = revocation::revoked_lines(*at, *reason, list.as_deref(), zone, locale, now);
            lines.into_iter().chain(certificate_lines(certificate, locale)).collect()
        }
        Evidence::NoRevocationList { certificate, url, why } => {
            let lines = revocation::no_list_lines(url.as_deref(), why, zone, locale);
            lines.into_iter().chain(certificate_lines(certificate, locale)).collect()
        }
        Evidence::Staple { problem, this_update, next_update } => {
            revocation::staple_lines(problem.as_ref(), [*this_update, *next_update], zone, locale, now)
        }
        Evidence::Transparency { certificate, logs, needed, lifetime_days } => {
            let days = time::days(*lifetime_days, locale);
            let logs = td_string!(locale, words.evidence.logs_value, logs = *logs, needed = *needed, days = days);
            with_certificate(certificate, (td_string!(locale, words.evidence.logs), logs), locale)
        }
        Evidence::Detail { detail } => vec![(td_string!(locale, words.evidence.detail), detail.clone())],
    }
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

/// Who is missing: what it may be, or where it has been fetched, what it is.
fn missing_lines(issuer: &str, fetched: Option<&FetchOutcome>, locale: Locale) -> Vec<Line> {
    let label = td_string!(locale, words.evidence.missing_issuer);
    let unclear = || (label, td_string!(locale, words.evidence.missing_issuer_value, issuer = issuer));
    let Some(FetchOutcome { certificates, end }) = fetched else { return vec![unclear()] };
    match end {
        FetchEnd::Whole { stores } => {
            let missing = certificates.iter().map(|it| (td_string!(locale, words.evidence.to_add), it.subject.clone()));
            let stores = words::join(stores.iter().map(|store| words::store(*store, locale)), locale);
            let whole = td_string!(locale, words.evidence.whole_with_it, stores = stores);
            missing.chain([(td_string!(locale, words.evidence.fetched), whole)]).collect()
        }
        // Another finding is made of it.
        FetchEnd::UnknownRoot { .. } => vec![unclear()],
        FetchEnd::Nothing { failure } => {
            let why = words::fetch_failure(failure, locale);
            vec![unclear(), (td_string!(locale, words.evidence.not_fetched), why)]
        }
    }
}

fn entry_lines(input: &str, offending: Option<&str>, suggestion: Option<&str>, locale: Locale) -> Vec<Line> {
    let mut lines = vec![(td_string!(locale, words.evidence.entry), input.to_owned())];
    let offending = offending.map(|part| (td_string!(locale, words.evidence.offending), part.to_owned()));
    let suggestion = suggestion.map(|entry| (td_string!(locale, words.evidence.suggestion), entry.to_owned()));
    lines.extend(offending.into_iter().chain(suggestion));
    lines
}

fn quota_lines(api: Api, used: u32, limit: u32, locale: Locale) -> Vec<Line> {
    vec![
        (td_string!(locale, words.evidence.list), words::api(api, locale).to_owned()),
        (
            td_string!(locale, words.evidence.used),
            td_string!(locale, words.evidence.used_of, used = used, limit = limit),
        ),
    ]
}

fn failure_lines(failure: &Failure, address: Option<IpAddr>, tries: u32, locale: Locale) -> Vec<Line> {
    if let Failure::Policy { address } = failure {
        return vec![not_tried(*address, locale)];
    }
    let mut lines = vec![(td_string!(locale, words.evidence.failure), words::failure_after(failure, tries, locale))];
    if is_starttls(failure) {
        let value = td_string!(locale, words.evidence.starttls_value).to_owned();
        lines.push((td_string!(locale, words.evidence.starttls), value));
    }
    lines.extend(address.map(|address| (td_string!(locale, words.evidence.address), address.to_string())));
    lines
}

/// What the policy bars did not fail.
fn not_tried(address: IpAddr, locale: Locale) -> Line {
    (td_string!(locale, words.evidence.not_tried), td_string!(locale, words.evidence.not_tried_why, address = address))
}

/// Whether a server greets in the clear and would turn to TLS when asked to.
fn is_starttls(failure: &Failure) -> bool {
    match failure {
        Failure::Tls { reason: TlsFailure::NotTls { protocol } } => {
            ["SMTP", "IMAP", "POP3", "FTP"].contains(&protocol.as_str())
        }
        _ => false,
    }
}

fn address_lines(
    failing: &BTreeMap<IpAddr, Failure>,
    faulty: &BTreeMap<IpAddr, Vec<Code>>,
    answering: &[IpAddr],
    tries: &BTreeMap<IpAddr, u32>,
    locale: Locale,
) -> Vec<Line> {
    let failing = failing.iter().map(|(address, failure)| {
        if let Failure::Policy { address } = failure {
            return not_tried(*address, locale);
        }
        let failure = words::failure_after(failure, tries.get(address).copied().unwrap_or(1), locale);
        let value = td_string!(locale, words.evidence.failing_address, address = *address, failure = failure);
        (td_string!(locale, words.evidence.failing), value)
    });
    let faulty = faulty.iter().map(|(address, codes)| {
        let findings = words::join(codes.iter().map(|code| title(*code, locale)), locale);
        let value = td_string!(locale, words.evidence.faulty_address, address = *address, findings = findings);
        (td_string!(locale, words.evidence.faulty), value)
    });
    let mut lines: Vec<Line> = failing.chain(faulty).collect();
    if !answering.is_empty() {
        lines.push((td_string!(locale, words.evidence.answering), listed(answering, locale)));
    }
    lines
}

fn leaf_lines(leaves: &BTreeMap<IpAddr, Fingerprint>, locale: Locale) -> Vec<Line> {
    let mut addresses: BTreeMap<&Fingerprint, Vec<IpAddr>> = BTreeMap::new();
    for (address, leaf) in leaves {
        addresses.entry(leaf).or_default().push(*address);
    }
    let label = td_string!(locale, words.evidence.certificate_on);
    let value = |leaf, addresses: Vec<IpAddr>| {
        let addresses = listed(&addresses, locale);
        td_string!(locale, words.evidence.leaf_on, sha256 = leaf, addresses = addresses)
    };
    addresses.into_iter().map(|(leaf, addresses)| (label, value(leaf.to_string(), addresses))).collect()
}

fn validity_lines(
    certificate: &CertificateReference,
    not_before: Timestamp,
    not_after: Timestamp,
    zone: Zone,
    locale: Locale,
    now: Timestamp,
) -> Vec<Line> {
    // Both ends count (RFC 5280 section 4.1.2.5).
    let seconds = not_after.as_second().saturating_sub(not_before.as_second()).saturating_add(1);
    let mut lines = vec![
        (td_string!(locale, words.evidence.not_before), time::absolute_and_relative(not_before, now, zone, locale)),
        (td_string!(locale, words.evidence.not_after), time::absolute_and_relative(not_after, now, zone, locale)),
        (td_string!(locale, words.evidence.lifetime), time::days(seconds.div_euclid(86_400), locale)),
    ];
    lines.extend(certificate_lines(certificate, locale));
    lines
}

fn name_lines(wanted: &str, served: &[String], left_out: u32, common_name: Option<&str>, locale: Locale) -> Vec<Line> {
    let names = match served {
        [] => td_string!(locale, words.evidence.names_none).to_owned(),
        names => listed_of(names, left_out as usize, locale),
    };
    let mut lines = vec![
        (td_string!(locale, words.evidence.wanted), wanted.to_owned()),
        (td_string!(locale, words.evidence.names), names),
    ];
    lines.extend(common_name.map(|name| (td_string!(locale, words.evidence.common_name), name.to_owned())));
    lines
}

/// Who comes first is said by itself: it is the one place that no phone puts right.
fn order_lines(served: &[String], expected: &[String], locale: Locale) -> Vec<Line> {
    let own = expected.first().filter(|own| served.first() != Some(*own));
    let first = own.map(|own| {
        let value = td_string!(locale, words.evidence.order_first_value, subject = own.as_str());
        (td_string!(locale, words.evidence.order_first), value)
    });
    let order = [
        (td_string!(locale, words.evidence.order_served), served.join(" → ")),
        (td_string!(locale, words.evidence.order_expected), expected.join(" → ")),
    ];
    first.into_iter().chain(order).collect()
}

fn store_lines(
    root: &CertificateReference,
    store: Store,
    dated: Option<Date>,
    trusted_by: &[Store],
    locale: Locale,
) -> Vec<Line> {
    let name = words::store(store, locale);
    let store = match dated {
        Some(date) => td_string!(locale, words.evidence.store_dated, store = name, date = date.to_string()),
        None => name.to_owned(),
    };
    let mut lines = root_lines(root, locale);
    lines.push((td_string!(locale, words.evidence.not_in_store), store));
    if !trusted_by.is_empty() {
        let stores = words::join(trusted_by.iter().map(|store| words::store(*store, locale)), locale);
        lines.push((td_string!(locale, words.evidence.trusted_by), stores));
    }
    lines
}

fn root_lines(root: &CertificateReference, locale: Locale) -> Vec<Line> {
    vec![(td_string!(locale, words.evidence.root), root.subject.clone()), ("SHA-256", root.sha256.to_string())]
}

fn with_certificate(certificate: &CertificateReference, line: Line, locale: Locale) -> Vec<Line> {
    let mut lines = vec![line];
    lines.extend(certificate_lines(certificate, locale));
    lines
}

fn certificate_lines(certificate: &CertificateReference, locale: Locale) -> Vec<Line> {
    let subject = certificate.subject.as_str();
    let certificate_words = match certificate.position {
        Some(position) => td_string!(
            locale,
            words.evidence.certificate_served,
            subject = subject,
            number = position.saturating_add(1)
        ),
        None => td_string!(locale, words.evidence.certificate_not_served, subject = subject),
    };
    vec![
        (td_string!(locale, words.evidence.certificate), certificate_words),
        ("SHA-256", certificate.sha256.to_string()),
    ]
}

/// Items of a list before the rest is only counted.
const LISTED_MOST: usize = 12;

fn listed<T: ToString>(items: &[T], locale: Locale) -> String {
    listed_of(items, 0, locale)
}

/// The same where so many more are only known by their number.
fn listed_of<T: ToString>(items: &[T], left_out: usize, locale: Locale) -> String {
    let mut shown: Vec<String> = items.iter().take(LISTED_MOST).map(ToString::to_string).collect();
    let more = items.len().saturating_sub(LISTED_MOST).saturating_add(left_out);
    if more > 0 {
        shown.push(td_string!(locale, words.evidence.more, count = more));
    }
    words::join(shown, locale)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use model::{
        certificate::profile::KeyUsage,
        fetched::FetchFailure,
        observation::{DnsFailure, TcpFailure},
        trust::Store,
    };

    use super::*;

    const NOW: &str = "2026-03-01T00:00:00Z";

    fn lines(evidence: &Evidence) -> Vec<Line> {
        evidence_lines(evidence, Zone::UTC, Locale::en, NOW.parse().unwrap())
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
            days_left: -1,
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
        for part in ["CN=Some CA R3", "neither served nor among the roots", "intermediate", "root that nobody's phone"]
        {
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
                let lines = evidence_lines(&evidence, Zone::UTC, locale, NOW.parse().unwrap());
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
        let failure =
            Evidence::Failure { failure: Failure::Dns { reason: DnsFailure::NotFound }, address: None, tries: 1 };
        assert_eq!(lines(&failure).len(), 1);
        assert_eq!(lines(&Evidence::None), []);
    }
}
