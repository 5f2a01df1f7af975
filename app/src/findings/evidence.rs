//! Evidence as label and value, in words. Pure, like [`super::words`].

mod differ;
mod revocation;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, net::IpAddr, slice};

use model::{
    Code, DAY_SECONDS, Date, Evidence, Finding, Fingerprint, Timestamp, Zone,
    domain_entry::Api,
    fetched::{FetchEnd, FetchOutcome},
    finding::CertificateReference,
    observation::{Failure, TlsFailure},
    trust::Store,
};

use super::words::{part_at_fault, title, too_long};
use crate::{chain::source::Source, http, i18n::*, time, verification, words};

/// A label and its value.
pub type Line = (&'static str, String);

/// The addresses that show a finding, where others do not, and the facts behind it.
pub fn finding_lines(finding: &Finding, source: Source, zone: Zone, locale: Locale, now: Timestamp) -> Vec<Line> {
    let label = td_string!(locale, words.evidence.shown_by);
    let at = (!finding.shown_by.is_empty()).then(|| (label, listed(&finding.shown_by, locale)));
    at.into_iter().chain(evidence_lines(&finding.evidence, source, zone, locale, now)).collect()
}

/// The facts behind a finding, each with its label, in words for where its certificates come from. `now` is the
/// server's time when it answered.
pub fn evidence_lines(evidence: &Evidence, source: Source, zone: Zone, locale: Locale, now: Timestamp) -> Vec<Line> {
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
        Evidence::NotDeployed { new, old } => differ::deployed_lines(slice::from_ref(new), old, zone, locale, now),
        Evidence::Replaced { new, old } => differ::deployed_lines(new, old, zone, locale, now),
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
            validity_lines(certificate, source, (*not_before, *not_after), zone, locale, now)
        }
        Evidence::Names { wanted, served, left_out, common_name } => {
            name_lines(wanted, served, *left_out, common_name.as_deref(), locale)
        }
        Evidence::Key { certificate, algorithm, bits } => {
            let key = td_string!(locale, words.evidence.key_bits, algorithm = kind_of_key(algorithm), bits = *bits);
            with_certificate(certificate, (td_string!(locale, words.evidence.key), key), source, locale)
        }
        Evidence::Signature { certificate, algorithm } => {
            let line = (td_string!(locale, words.evidence.signature), algorithm.clone());
            with_certificate(certificate, line, source, locale)
        }
        Evidence::MissingIssuer { certificate, issuer, authority_information_access, fetched } => {
            let mut lines = missing_lines(issuer, fetched.as_ref(), source, locale);
            let label = td_string!(locale, words.evidence.fetch_from);
            lines.extend(authority_information_access.iter().take(LISTED_MOST).map(|url| (label, url.clone())));
            lines.extend(certificate_lines(certificate, source, locale));
            lines
        }
        Evidence::Certificate { certificate } => certificate_lines(certificate, source, locale),
        Evidence::Order { served, expected } => order_lines(served, expected, source, locale),
        Evidence::Protocol { version, suite } => {
            let mut lines = vec![(td_string!(locale, words.evidence.version), version.as_str().to_owned())];
            lines.extend(suite.map(|suite| (td_string!(locale, words.evidence.suite), suite.to_string())));
            lines
        }
        Evidence::NotInStore { root, store, dated, trusted_by } => {
            store_lines(root, *store, *dated, trusted_by, locale)
        }
        Evidence::Distrusted { root, authority, by, trusted_until, issued_at } => {
            let rule = words::trust::distrusted(authority, *by, *trusted_until, locale);
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
        Evidence::VerificationFile { url, addresses, answer, expected } => {
            let label = td_string!(locale, words.verification.expected);
            let expected = expected.map(|length| (label, verification::bytes(length, locale)));
            let lines = [
                (td_string!(locale, words.verification.url), url.clone()),
                (td_string!(locale, words.evidence.answer), verification::answered(answer, locale)),
            ];
            let addresses = (td_string!(locale, words.verification.addresses), listed(addresses, locale));
            lines.into_iter().chain(expected).chain([addresses]).collect()
        }
        Evidence::KeyUsage { certificate, usage } => {
            let said = usage.map(|usage| usage.names().collect::<Vec<_>>());
            let value = match said.as_deref() {
                None => td_string!(locale, words.evidence.key_usage_none).to_owned(),
                Some([]) => td_string!(locale, words.evidence.key_usage_empty).to_owned(),
                Some(names) => names.join(", "),
            };
            with_certificate(certificate, (td_string!(locale, words.evidence.key_usage), value), source, locale)
        }
        Evidence::Extensions { certificate, oids } => {
            let label = td_string!(locale, words.evidence.extension);
            with_certificate(certificate, (label, listed(oids, locale)), source, locale)
        }
        Evidence::Serial { certificate, serial } => {
            with_certificate(certificate, (td_string!(locale, words.evidence.serial), serial.clone()), source, locale)
        }
        Evidence::PathLength { certificate, allowed, found } => {
            let value = td_string!(locale, words.evidence.intermediates_value, found = *found, allowed = *allowed);
            with_certificate(
                certificate,
                (td_string!(locale, words.evidence.intermediates_below), value),
                source,
                locale,
            )
        }
        Evidence::Revoked { certificate, at, reason, list } => {
            let lines = revocation::revoked_lines(*at, *reason, list.as_deref(), zone, locale, now);
            lines.into_iter().chain(certificate_lines(certificate, source, locale)).collect()
        }
        Evidence::NoRevocationList { certificate, url, why } => {
            let lines = revocation::no_list_lines(url.as_deref(), why, zone, locale);
            lines.into_iter().chain(certificate_lines(certificate, source, locale)).collect()
        }
        Evidence::Staple { problem, this_update, next_update } => {
            revocation::staple_lines(problem.as_ref(), [*this_update, *next_update], zone, locale, now)
        }
        Evidence::Transparency { certificate, logs, needed, lifetime_days, delivered } => {
            let lines = revocation::transparency_lines([*logs, *needed], *lifetime_days, *delivered, locale);
            lines.into_iter().chain(certificate_lines(certificate, source, locale)).collect()
        }
        Evidence::Detail { detail } => vec![(td_string!(locale, words.evidence.detail), detail.clone())],
    }
}

/// The algorithm without the size that some names of keys end in: that is said beside it.
fn kind_of_key(algorithm: &str) -> &str {
    match algorithm.split_once(' ') {
        Some((kind, size)) if size.parse::<u32>().is_ok() => kind,
        _ => algorithm,
    }
}

/// Who is missing: what it may be, or where it has been fetched, what it is.
fn missing_lines(issuer: &str, fetched: Option<&FetchOutcome>, source: Source, locale: Locale) -> Vec<Line> {
    let label = td_string!(locale, words.evidence.missing_issuer);
    let unclear = || (label, source.missing_issuer(issuer, locale));
    let Some(FetchOutcome { certificates, end }) = fetched else { return vec![unclear()] };
    match end {
        FetchEnd::Whole { stores } => {
            let missing = certificates.iter().map(|it| (td_string!(locale, words.evidence.to_add), it.subject.clone()));
            let stores = words::join(stores.iter().map(|store| words::trust::store(*store, locale)), locale);
            let whole = td_string!(locale, words.evidence.whole_with_it, stores = stores);
            missing.chain([(td_string!(locale, words.evidence.fetched), whole)]).collect()
        }
        // Another finding is made of it.
        FetchEnd::UnknownRoot { .. } => vec![unclear()],
        FetchEnd::Nothing { failure } => {
            let why = words::connection::fetch_failure(failure, locale);
            vec![unclear(), (td_string!(locale, words.evidence.not_fetched), why)]
        }
    }
}

fn entry_lines(input: &str, offending: Option<&str>, suggestion: Option<&str>, locale: Locale) -> Vec<Line> {
    let mut lines = vec![(td_string!(locale, words.evidence.entry), input.to_owned())];
    let offending = offending.map(|part| (td_string!(locale, words.evidence.offending), part_at_fault(part, locale)));
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
    let mut lines =
        vec![(td_string!(locale, words.evidence.failure), words::connection::failure_after(failure, tries, locale))];
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
        let failure = words::connection::failure_after(failure, tries.get(address).copied().unwrap_or(1), locale);
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
    source: Source,
    (not_before, not_after): (Timestamp, Timestamp),
    zone: Zone,
    locale: Locale,
    now: Timestamp,
) -> Vec<Line> {
    // Both ends count (RFC 5280 section 4.1.2.5).
    let seconds = not_after.as_second().saturating_sub(not_before.as_second()).saturating_add(1);
    let mut lines = vec![
        (td_string!(locale, words.evidence.not_before), time::absolute_and_relative(not_before, now, zone, locale)),
        (td_string!(locale, words.evidence.not_after), time::absolute_and_relative(not_after, now, zone, locale)),
        (td_string!(locale, words.evidence.lifetime), time::days(seconds.div_euclid(DAY_SECONDS), locale)),
    ];
    lines.extend(certificate_lines(certificate, source, locale));
    lines
}

fn name_lines(wanted: &str, served: &[String], left_out: u32, common_name: Option<&str>, locale: Locale) -> Vec<Line> {
    let names = match served {
        [] => td_string!(locale, words.evidence.names_none).to_owned(),
        names => listed_of(names, left_out as usize, locale),
    };
    let asked = (!wanted.is_empty()).then(|| (td_string!(locale, words.evidence.wanted), wanted.to_owned()));
    let mut lines = Vec::from_iter(asked);
    lines.push((td_string!(locale, words.evidence.names), names));
    lines.extend(common_name.map(|name| (td_string!(locale, words.evidence.common_name), name.to_owned())));
    lines
}

/// Who comes first is said by itself: it is the one place that no phone puts right.
fn order_lines(served: &[String], expected: &[String], source: Source, locale: Locale) -> Vec<Line> {
    let own = expected.first().filter(|own| served.first() != Some(*own));
    let first = own.map(|own| {
        let value = td_string!(locale, words.evidence.order_first_value, subject = own.as_str());
        (td_string!(locale, words.evidence.order_first), value)
    });
    let order = [
        (source.order(locale), served.join(" → ")),
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
    let name = words::trust::store(store, locale);
    let store = match dated {
        Some(date) => td_string!(locale, words.evidence.store_dated, store = name, date = date.to_string()),
        None => name.to_owned(),
    };
    let mut lines = root_lines(root, locale);
    lines.push((td_string!(locale, words.evidence.not_in_store), store));
    if !trusted_by.is_empty() {
        let stores = words::join(trusted_by.iter().map(|store| words::trust::store(*store, locale)), locale);
        lines.push((td_string!(locale, words.evidence.trusted_by), stores));
    }
    lines
}

fn root_lines(root: &CertificateReference, locale: Locale) -> Vec<Line> {
    vec![(td_string!(locale, words.evidence.root), root.subject.clone()), ("SHA-256", root.sha256.to_string())]
}

fn with_certificate(certificate: &CertificateReference, line: Line, source: Source, locale: Locale) -> Vec<Line> {
    let mut lines = vec![line];
    lines.extend(certificate_lines(certificate, source, locale));
    lines
}

fn certificate_lines(certificate: &CertificateReference, source: Source, locale: Locale) -> Vec<Line> {
    let subject = certificate.subject.as_str();
    let certificate_words = match certificate.position {
        Some(position) => source.certificate(subject, position.saturating_add(1), locale),
        None => source.other_certificate(subject, locale),
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
