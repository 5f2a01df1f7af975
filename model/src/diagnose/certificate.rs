//! What is wrong with one certificate, above all with the leaf.

use super::{Context, Roots};
use crate::{
    Certificate, Code, Date, Evidence, Finding, Platform, ServerName, Severity, SignedDuration, Timestamp,
    certificate::{Digest, PublicKey},
    finding::CertificateReference,
    name_match,
    time::date,
};

/// The platforms that Apple's rules bind.
pub(super) const APPLE: [Platform; 2] = [Platform::Ios, Platform::Macos];
const OTHERS: [Platform; 2] = [Platform::Android, Platform::Windows];

/// Everything that is wrong with the certificate a server shows as its own, which is at `position`
/// of what it serves. Without a name, no more is asked than that it have one.
pub(super) fn leaf_findings(
    leaf: &Certificate,
    position: usize,
    name: Option<&ServerName>,
    context: Context,
    now: Timestamp,
) -> Vec<Finding> {
    if let Some(detail) = &leaf.malformed {
        let evidence = Evidence::Detail { detail: detail.clone() };
        return vec![Finding::everywhere(Code::CertMalformed, Severity::Error, evidence)];
    }
    let mut findings = date_findings(leaf, position, now);
    findings.extend(name_finding(leaf, name));
    findings.extend(too_long_findings(leaf, position, context, now));
    findings.extend(key_findings(leaf, position));
    findings.extend(signature_findings(leaf, position));
    findings.extend(purpose_finding(leaf, position));
    findings
}

/// Names a served certificate in evidence.
pub(super) fn reference(certificate: &Certificate, position: usize) -> CertificateReference {
    CertificateReference { sha256: certificate.sha256, subject: certificate.subject.clone(), position: Some(position) }
}

/// When a served certificate is valid, as evidence.
pub(super) fn validity(certificate: &Certificate, position: usize, now: Timestamp) -> Evidence {
    Evidence::Validity {
        certificate: reference(certificate, position),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        days_left: certificate.not_after.days_since(now),
    }
}

/// Fixed numbers of days age badly while lifetimes shrink, hence shares of the lifetime: renewal
/// is due with a third left, and late with a sixth left.
fn date_findings(leaf: &Certificate, position: usize, now: Timestamp) -> Vec<Finding> {
    let finding = |code, severity| Finding::everywhere(code, severity, validity(leaf, position, now));
    if now > leaf.not_after {
        return vec![finding(Code::CertExpired, Severity::Error)];
    }
    if now < leaf.not_before {
        return vec![finding(Code::CertNotYetValid, Severity::Error)];
    }
    let lifetime = leaf.not_after.duration_since(leaf.not_before);
    let left = leaf.not_after.duration_since(now);
    let mut findings = Vec::new();
    if left < lifetime / 3 {
        findings.push(finding(Code::CertExpiresSoon, Severity::Warning));
    }
    if left < lifetime / 6 {
        findings.push(finding(Code::CertRenewalOverdue, Severity::Warning));
    }
    findings
}

/// What names no host fits none, whichever is wanted.
fn name_finding(leaf: &Certificate, wanted: Option<&ServerName>) -> Option<Finding> {
    let nameless = leaf.dns_names.is_empty() && leaf.ip_addresses.is_empty();
    let fits = match wanted {
        Some(wanted) => name_match::names(leaf, wanted),
        None => !nameless || leaf.names_left_out > 0 || leaf.is_authority(),
    };
    if fits {
        return None;
    }
    let code = if nameless { Code::CertNoSan } else { Code::CertNameMismatch };
    let kept = leaf.dns_names.len() + leaf.ip_addresses.len();
    let untold = u32::try_from(kept.saturating_sub(NAMES_MOST)).unwrap_or(u32::MAX);
    let addresses = leaf.ip_addresses.iter().map(ToString::to_string);
    let evidence = Evidence::Names {
        wanted: wanted.map(ToString::to_string).unwrap_or_default(),
        served: leaf.dns_names.iter().cloned().chain(addresses).take(NAMES_MOST).collect(),
        left_out: leaf.names_left_out.saturating_add(untold),
        common_name: leaf.common_name.clone(),
    };
    Some(Finding::everywhere(code, Severity::Error, evidence))
}

/// Apple's own limit is an error there. Beyond the schedule of the CA/Browser Forum, which binds
/// preinstalled authorities alone, some clients refuse: a warning.
fn too_long_findings(leaf: &Certificate, position: usize, context: Context, now: Timestamp) -> Vec<Finding> {
    let lifetime = leaf.lifetime();
    let issued = leaf.not_before.date();
    let exceeds = |days: Option<i32>| days.is_some_and(|days| lifetime > DAY * days);
    let finding = |platforms: &[Platform], severity| {
        Finding::on(platforms, Code::CertValidTooLong, severity, validity(leaf, position, now))
    };

    let beyond_schedule = context.roots == Roots::Preinstalled && exceeds(schedule_days(issued));
    match (exceeds(apple_days(issued, context.roots)), beyond_schedule) {
        (true, true) => vec![finding(&APPLE, Severity::Error), finding(&OTHERS, Severity::Warning)],
        (true, false) => vec![finding(&APPLE, Severity::Error)],
        (false, true) => vec![finding(&Platform::PHONES_AND_DESKTOPS, Severity::Warning)],
        (false, false) => Vec::new(),
    }
}

/// Apple support articles 103769 (825 days for everyone) and 103214 (398 days for preinstalled
/// roots).
fn apple_days(issued: Date, roots: Roots) -> Option<i32> {
    match roots {
        _ if issued < APPLE_RULES_FROM => None,
        Roots::Preinstalled if issued >= date(2020, 9, 1) => Some(398),
        _ => Some(825),
    }
}

/// CA/Browser Forum ballots 193 (825 days), SC31 (398 days) and SC-081v3 (the rest), by the day of
/// issue.
fn schedule_days(issued: Date) -> Option<i32> {
    [
        (date(2029, 3, 15), 47),
        (date(2027, 3, 15), 100),
        (date(2026, 3, 15), 200),
        (date(2020, 9, 1), 398),
        (date(2018, 3, 1), 825),
    ]
    .into_iter()
    .find_map(|(from, days)| (issued >= from).then_some(days))
}

/// Apple refuses short keys by a rule of its own, which has a code of its own: its platforms are told once.
/// Elsewhere a key between what is refused and what is recommended is a warning.
pub(super) fn key_findings(certificate: &Certificate, position: usize) -> Vec<Finding> {
    let Some((bits, refused_below, weak_below)) = key_strength(certificate) else { return Vec::new() };
    if bits >= weak_below {
        return Vec::new();
    }
    let evidence =
        Evidence::Key { certificate: reference(certificate, position), algorithm: certificate.key.to_string(), bits };
    let elsewhere = if bits < refused_below { Severity::Error } else { Severity::Warning };
    vec![
        Finding::on(&OTHERS, Code::CertWeakKey, elsewhere, evidence.clone()),
        Finding::on(&APPLE, Code::AtsKeySize, Severity::Error, evidence),
    ]
}

/// Size of the key in bits, the size below which every platform refuses, and the size below which
/// Apple does (App Transport Security: RSA 2048, EC 256).
const fn key_strength(certificate: &Certificate) -> Option<(u32, u32, u32)> {
    match certificate.key {
        PublicKey::Rsa { bits } => Some((bits, 1024, 2048)),
        PublicKey::Ec { bits, .. } => Some((bits, 224, 256)),
        PublicKey::Ed25519 | PublicKey::Other { .. } => None,
    }
}

/// A signature over SHA-1 or MD5 proves nothing; App Transport Security asks for SHA-256 besides. A
/// self-signed certificate's own signature does not matter: it is trusted, or not, by itself.
pub(super) fn signature_findings(certificate: &Certificate, position: usize) -> Vec<Finding> {
    let evidence = || Evidence::Signature {
        certificate: reference(certificate, position),
        algorithm: certificate.signature.name.clone(),
    };
    let too_short_for_apple = || Finding::on(&APPLE, Code::AtsSignature, Severity::Error, evidence());
    match certificate.signature.digest {
        _ if certificate.self_signed => Vec::new(),
        Digest::Strong | Digest::Unknown => Vec::new(),
        Digest::Short => vec![too_short_for_apple()],
        Digest::Broken => {
            vec![Finding::everywhere(Code::CertWeakSignature, Severity::Error, evidence()), too_short_for_apple()]
        }
    }
}

/// Apple wants the purpose to be stated (support article 103769); others refuse only when another
/// one is.
fn purpose_finding(leaf: &Certificate, position: usize) -> Option<Finding> {
    let evidence = Evidence::Certificate { certificate: reference(leaf, position) };
    let issued = leaf.not_before.date();
    match leaf.server_auth {
        Some(true) => None,
        Some(false) => Some(Finding::everywhere(Code::CertNoServerAuth, Severity::Error, evidence)),
        None if issued < APPLE_RULES_FROM => None,
        None => Some(Finding::on(&APPLE, Code::CertNoServerAuth, Severity::Error, evidence)),
    }
}

/// From this day of issue on, Apple's rules of support article 103769 hold.
const APPLE_RULES_FROM: Date = date(2019, 7, 1);

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Most names that evidence repeats.
pub(super) const NAMES_MOST: usize = 100;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{certificate::SignatureAlgorithm, fixture, fixture::now};
    use Severity::{Error, Warning};

    const BOTH: Context = Context { roots: Roots::Preinstalled };

    /// Code, severity, and whether Apple or everyone is concerned.
    fn brief(findings: &[Finding]) -> Vec<(&'static str, Severity, &[Platform])> {
        findings.iter().map(|finding| (finding.code.as_str(), finding.severity, &finding.platforms[..])).collect()
    }

    fn judge(leaf: &Certificate, context: Context, now: Timestamp) -> Vec<Finding> {
        leaf_findings(leaf, 0, Some(&"a.example.com".parse().unwrap()), context, now)
    }

    const ALL: &[Platform] = &Platform::PHONES_AND_DESKTOPS;

    #[test]
    fn a_good_certificate_gives_no_finding() {
        assert_eq!(judge(&fixture::leaf(), BOTH, now()), []);
    }

    #[test]
    fn dates_are_judged_by_the_share_of_the_lifetime_that_is_left() {
        let mut leaf = fixture::leaf();
        // 90 days: a third is 30 days, a sixth 15.
        leaf.not_before = "2026-04-01T00:00:00Z".parse().unwrap();
        leaf.not_after = "2026-06-30T00:00:00Z".parse().unwrap();
        let soon = ("cert.expires_soon", Warning, ALL);
        for (at, expected) in [
            ("2026-03-31T23:59:59Z", vec![("cert.not_yet_valid", Error, ALL)]),
            ("2026-04-01T00:00:00Z", vec![]),
            ("2026-05-31T00:00:00Z", vec![]),
            ("2026-05-31T00:00:01Z", vec![soon]),
            ("2026-06-15T00:00:00Z", vec![soon]),
            ("2026-06-15T00:00:01Z", vec![soon, ("cert.renewal_overdue", Warning, ALL)]),
            ("2026-06-30T00:00:00Z", vec![soon, ("cert.renewal_overdue", Warning, ALL)]),
            ("2026-06-30T00:00:01Z", vec![("cert.expired", Error, ALL)]),
        ] {
            assert_eq!(brief(&judge(&leaf, BOTH, at.parse().unwrap())), expected, "{at}");
        }
    }

    #[test]
    fn days_left_are_whole_days_and_negative_once_a_day_is_past() {
        let leaf = fixture::leaf();
        for (at, days) in [
            ("2026-06-28T23:59:59Z", 1),
            ("2026-06-29T00:00:00Z", 0),
            ("2026-06-30T00:00:00Z", 0),
            ("2026-06-30T23:59:59Z", -1),
            ("2026-07-10T12:00:00Z", -10),
        ] {
            let Evidence::Validity { days_left, .. } = validity(&leaf, 0, at.parse().unwrap()) else { panic!() };
            assert_eq!(days_left, days, "{at}");
        }
    }

    #[test]
    fn a_name_must_be_among_the_alternative_names() {
        let mut leaf = fixture::leaf();
        leaf.dns_names = vec!["b.example.com".to_owned()];
        assert_eq!(brief(&judge(&leaf, BOTH, now())), [("cert.name_mismatch", Error, ALL)]);
        assert_eq!(leaf_findings(&leaf, 0, None, BOTH, now()), []);
        leaf.dns_names.clear();
        assert_eq!(brief(&judge(&leaf, BOTH, now())), [("cert.no_san", Error, ALL)]);
        assert_eq!(brief(&leaf_findings(&leaf, 0, None, BOTH, now())), [("cert.no_san", Error, ALL)]);
        let authority = Certificate { is_ca: true, ..leaf.clone() };
        assert_eq!(leaf_findings(&authority, 0, None, BOTH, now()), []);
        leaf.ip_addresses = vec!["192.0.2.1".parse().unwrap()];
        assert_eq!(brief(&judge(&leaf, BOTH, now())), [("cert.name_mismatch", Error, ALL)]);
        assert_eq!(leaf_findings(&leaf, 0, Some(&"192.0.2.1".parse().unwrap()), BOTH, now()), []);
    }

    #[test]
    fn evidence_of_names_is_bounded_and_counts_the_rest() {
        let mut leaf = fixture::leaf();
        leaf.dns_names = (0..100_000).map(|number| format!("a{number}.example.org")).collect();
        leaf.names_left_out = 7;
        let Evidence::Names { served, left_out, .. } = &judge(&leaf, BOTH, now())[0].evidence else { panic!() };
        assert_eq!((served.len(), *left_out), (NAMES_MOST, 100_007 - 100));
    }

    #[test]
    fn how_long_is_too_long_depends_on_the_day_of_issue_and_on_the_roots() {
        let apple_refuses = vec![("cert.valid_too_long", Error, &APPLE[..]), ("cert.valid_too_long", Warning, &OTHERS)];
        let apple_alone = vec![("cert.valid_too_long", Error, &APPLE[..])];
        let some_refuse = vec![("cert.valid_too_long", Warning, ALL)];
        for (issued, days, preinstalled, given) in [
            ("2018-02-28", 5000, vec![], vec![]),
            ("2019-06-30", 825, vec![], vec![]),
            ("2019-06-30", 826, some_refuse.clone(), vec![]),
            ("2019-07-01", 825, vec![], vec![]),
            ("2019-07-01", 826, apple_refuses.clone(), apple_alone.clone()),
            ("2020-08-31", 825, vec![], vec![]),
            ("2020-09-01", 398, vec![], vec![]),
            ("2020-09-01", 399, apple_refuses.clone(), vec![]),
            ("2020-09-01", 826, apple_refuses.clone(), apple_alone.clone()),
            ("2026-03-14", 398, vec![], vec![]),
            ("2026-03-15", 200, vec![], vec![]),
            ("2026-03-15", 201, some_refuse.clone(), vec![]),
            ("2026-03-15", 399, apple_refuses.clone(), vec![]),
            ("2027-03-14", 200, vec![], vec![]),
            ("2027-03-15", 100, vec![], vec![]),
            ("2027-03-15", 101, some_refuse.clone(), vec![]),
            ("2029-03-14", 100, vec![], vec![]),
            ("2029-03-14", 101, some_refuse.clone(), vec![]),
            ("2029-03-15", 47, vec![], vec![]),
            ("2029-03-15", 48, some_refuse.clone(), vec![]),
            ("2029-03-15", 826, apple_refuses, apple_alone),
        ] {
            let mut leaf = fixture::leaf();
            leaf.not_before = format!("{issued}T00:00:00Z").parse().unwrap();
            leaf.not_after = leaf.not_before + DAY * days - SignedDuration::from_secs(1);
            let at = leaf.not_before;
            for (roots, expected) in [(Roots::Preinstalled, preinstalled), (Roots::Given, given)] {
                let findings = judge(&leaf, Context { roots }, at);
                assert_eq!(brief(&findings), expected, "{issued} {days} days, {roots:?}");
            }
        }
    }

    #[test]
    fn one_second_more_is_a_day_too_many() {
        for (issued, days) in
            [("2020-09-01", 398), ("2026-03-15", 200), ("2027-03-15", 100), ("2029-03-15", 47), ("2018-03-01", 825)]
        {
            let mut leaf = fixture::leaf();
            leaf.not_before = format!("{issued}T08:00:00Z").parse().unwrap();
            // The last second counts: written as so many whole days later, it is one too many.
            for (seconds, too_long) in [(-2, false), (-1, false), (0, true), (1, true)] {
                leaf.not_after = leaf.not_before + DAY * days + SignedDuration::from_secs(seconds);
                let said = judge(&leaf, BOTH, leaf.not_before);
                assert_eq!(!said.is_empty(), too_long, "{issued} {days} days {seconds} s: {said:?}");
            }
        }
    }

    #[test]
    fn a_short_key_is_refused_by_apple_and_a_very_short_one_by_all_and_each_platform_is_told_once() {
        let rsa = |bits| PublicKey::Rsa { bits };
        let ec = |bits| PublicKey::Ec { curve: format!("P-{bits}"), bits };
        for (key, elsewhere) in [
            (rsa(4096), None),
            (rsa(2048), None),
            (rsa(2047), Some(Warning)),
            (rsa(1024), Some(Warning)),
            (rsa(1023), Some(Error)),
            (rsa(0), Some(Error)),
            (ec(521), None),
            (ec(256), None),
            (ec(224), Some(Warning)),
            (ec(192), Some(Error)),
            (PublicKey::Ed25519, None),
        ] {
            let mut leaf = fixture::leaf();
            leaf.key = key.clone();
            let expected = elsewhere.map_or(vec![], |severity| {
                vec![("cert.weak_key", severity, &OTHERS[..]), ("ats.key_size", Error, &APPLE[..])]
            });
            assert_eq!(brief(&judge(&leaf, BOTH, now())), expected, "{key}");
        }
    }

    #[test]
    fn a_signature_needs_sha_256_unless_it_is_its_own() {
        let ats = ("ats.signature", Error, &APPLE[..]);
        for (digest, expected) in [
            (Digest::Strong, vec![]),
            (Digest::Unknown, vec![]),
            (Digest::Short, vec![ats]),
            (Digest::Broken, vec![("cert.weak_signature", Error, ALL), ats]),
        ] {
            let mut leaf = fixture::leaf();
            leaf.signature = SignatureAlgorithm { name: "some".to_owned(), digest };
            assert_eq!(brief(&judge(&leaf, BOTH, now())), expected, "{digest:?}");
            leaf.self_signed = true;
            assert_eq!(judge(&leaf, BOTH, now()), [], "{digest:?}");
        }
    }

    #[test]
    fn a_certificate_must_be_for_servers_and_for_apple_say_so() {
        for (server_auth, issued, expected) in [
            (Some(true), "2026-04-01", vec![]),
            (Some(false), "2026-04-01", vec![("cert.no_server_auth", Error, ALL)]),
            (Some(false), "2019-06-30", vec![("cert.no_server_auth", Error, ALL)]),
            (None, "2026-04-01", vec![("cert.no_server_auth", Error, &APPLE[..])]),
            (None, "2019-06-30", vec![]),
        ] {
            let mut leaf = fixture::leaf();
            leaf.server_auth = server_auth;
            leaf.not_before = format!("{issued}T00:00:00Z").parse().unwrap();
            leaf.not_after = leaf.not_before + DAY * 90;
            let at = leaf.not_before;
            assert_eq!(brief(&judge(&leaf, BOTH, at)), expected, "{server_auth:?} {issued}");
        }
    }

    #[test]
    fn of_a_certificate_that_cannot_be_read_nothing_else_is_said() {
        let mut leaf = fixture::leaf();
        leaf.malformed = Some("not DER".to_owned());
        leaf.dns_names.clear();
        assert_eq!(brief(&judge(&leaf, BOTH, Timestamp::MAX)), [("cert.malformed", Error, ALL)]);
    }

    #[test]
    fn absurd_times_do_no_harm() {
        for (not_before, not_after) in [
            (Timestamp::MIN, Timestamp::MAX),
            (Timestamp::MAX, Timestamp::MIN),
            (Timestamp::MIN, Timestamp::MIN),
            (Timestamp::MAX, Timestamp::MAX),
        ] {
            let mut leaf = fixture::leaf();
            (leaf.not_before, leaf.not_after) = (not_before, not_after);
            for at in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
                judge(&leaf, BOTH, at);
            }
        }
    }
}
