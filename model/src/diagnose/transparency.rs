//! Certificate transparency, which Apple's platforms insist on: whether enough logs have promised to
//! publish the server's certificate.
//!
//! The timestamps within the certificate count, and those that come with the handshake or in a staple.
//! Their signatures are not verified, nor whether Apple approves of the logs: no list of logs is
//! compiled in.

use std::collections::BTreeSet;

use super::{
    Context, Roots,
    certificate::{APPLE, reference},
};
use crate::{
    Certificate, Code, Date, Evidence, Finding, Fingerprint, Severity, SignedDuration, Timestamp,
    observation::AddressObservation,
    revocation::StapleProblem,
    time::date,
    transparency::logs,
    trust::{Store, StoreAnswer, Trust},
};

/// Apple's rule (support article 103214) binds what leads to a root that comes with the system, and was
/// issued after 15 October 2018. Of the certificate alone it is a warning, for a handshake or a staple may
/// bring what is not within it.
pub(super) fn finding(
    leaf: &Certificate,
    own: usize,
    trust: &Trust,
    context: Context,
    now: Timestamp,
) -> Option<Finding> {
    let on_apple = |answer: &&StoreAnswer| answer.store == Store::Apple && answer.path.is_ok();
    trust.stores.iter().find(on_apple).filter(|_| context.roots == Roots::Preinstalled)?;
    let scts = leaf.scts.as_deref().filter(|_| leaf.malformed.is_none() && issued_on(leaf) >= RULE_FROM)?;
    let (logs, needed) = (logs(scts, now).len(), needed(leaf));
    if logs >= needed {
        return None;
    }
    let evidence = Evidence::Transparency {
        certificate: reference(leaf, own),
        logs: count(logs),
        needed: count(needed),
        lifetime_days: leaf.lifetime().as_secs().div_euclid(DAY.as_secs()),
        delivered: None,
    };
    Some(Finding::on(&APPLE, Code::CertTransparencyMissing, Severity::Warning, evidence))
}

/// The findings about one address, told what its handshake and its staple bring. Where one of the two brings
/// anything, Apple asks for two logs in all, however long the certificate is valid; where both were looked at
/// and it is not enough, its platforms refuse.
pub(super) fn told(findings: Vec<Finding>, seen: &AddressObservation, now: Timestamp) -> Vec<Finding> {
    let each = |finding: Finding| match finding.code {
        Code::CertTransparencyMissing => with(finding, seen, now),
        _ => Some(finding),
    };
    findings.into_iter().filter_map(each).collect()
}

fn with(mut finding: Finding, seen: &AddressObservation, now: Timestamp) -> Option<Finding> {
    let brought = brought(seen, now);
    let within = seen.leaf().and_then(|leaf| leaf.scts.as_deref()).unwrap_or_default();
    if !brought.is_empty() && brought.union(&logs(within, now)).count() >= NEEDED_WHERE_BROUGHT {
        return None;
    }
    // Whose certificate a staple is about was not known, and so not read what it brings.
    let is_unread = seen.staple.as_ref().is_some_and(|staple| staple.problem == Some(StapleProblem::NoIssuer));
    let looked = match &seen.delivered {
        Some(Ok(_)) if is_unread => None,
        Some(Ok(_)) => Some(Ok(count(brought.len()))),
        Some(Err(why)) => Some(Err(*why)),
        None => None,
    };
    if matches!(looked, Some(Ok(_))) {
        finding.severity = Severity::Error;
    }
    if let Evidence::Transparency { delivered, .. } = &mut finding.evidence {
        *delivered = looked;
    }
    Some(finding)
}

/// The logs of what comes with the handshake and in the staple.
fn brought(seen: &AddressObservation, now: Timestamp) -> BTreeSet<Fingerprint> {
    let handshake = seen.delivered.iter().flat_map(|delivered| delivered.iter().flatten());
    let staple = seen.staple.iter().flat_map(|staple| &staple.scts);
    logs(handshake.chain(staple), now)
}

/// Up to 180 days two logs, above them three. Before 21 April 2021 it went by months; of those the least.
fn needed(leaf: &Certificate) -> usize {
    let long = leaf.lifetime() > DAY * 180;
    if long && issued_on(leaf) >= DAYS_FROM { 3 } else { 2 }
}

fn issued_on(leaf: &Certificate) -> Date {
    leaf.not_before.date()
}

fn count(logs: usize) -> u32 {
    u32::try_from(logs).unwrap_or(u32::MAX)
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
const RULE_FROM: Date = date(2018, 10, 16);
const DAYS_FROM: Date = date(2021, 4, 21);
const NEEDED_WHERE_BROUGHT: usize = 2;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        certificate::Sct,
        diagnose::diagnose,
        fixture::{self, leaf, now},
        revocation::Staple,
        transparency::{Delivered, NotSeen},
        trust::NoPath,
    };

    const PREINSTALLED: Context = Context { roots: Roots::Preinstalled };

    fn trusted_by(store: Store) -> Trust {
        let path = fixture::trust().stores.swap_remove(0).path;
        Trust { stores: vec![StoreAnswer { store, path }], ..Trust::default() }
    }

    /// Timestamps of these logs; those from 100 on are of tomorrow.
    fn scts(logs: &[u8]) -> Vec<Sct> {
        let at = |log: u8| if log < 100 { now() } else { now() + DAY };
        logs.iter().map(|log| Sct { log: Fingerprint::new([*log; 32]), at: at(*log) }).collect()
    }

    fn of_logs(logs: &[u8]) -> Option<Vec<Sct>> {
        Some(scts(logs))
    }

    #[test]
    fn how_many_logs_are_enough_depends_on_how_long_a_certificate_is_valid() {
        let second = SignedDuration::from_secs(1);
        for (issued, lifetime, logs, missing) in [
            ("2026-04-01T00:00:00Z", DAY * 90, &[1, 2][..], false),
            ("2026-04-01T00:00:00Z", DAY * 90, &[1], true),
            ("2026-04-01T00:00:00Z", DAY * 90, &[], true),
            // Two of one log are one.
            ("2026-04-01T00:00:00Z", DAY * 90, &[1, 1], true),
            // And one of tomorrow is none.
            ("2026-04-01T00:00:00Z", DAY * 90, &[1, 102], true),
            ("2026-04-01T00:00:00Z", DAY * 90, &[1, 102, 3], false),
            ("2026-03-01T00:00:00Z", DAY * 180, &[1, 2], false),
            ("2026-03-01T00:00:00Z", DAY * 180 + second, &[1, 2], true),
            ("2026-03-01T00:00:00Z", DAY * 180 + second, &[1, 2, 3], false),
            ("2026-03-01T00:00:00Z", DAY * 398, &[1, 2, 2], true),
            ("2021-04-20T23:59:59Z", DAY * 398, &[1, 2], false),
            ("2021-04-21T00:00:00Z", DAY * 398, &[1, 2], true),
            ("2018-10-15T23:59:59Z", DAY * 90, &[], false),
            ("2018-10-16T00:00:00Z", DAY * 90, &[], true),
        ] {
            let mut leaf = leaf();
            leaf.not_before = issued.parse().unwrap();
            leaf.not_after = leaf.not_before + lifetime - second;
            leaf.scts = of_logs(logs);
            let said = finding(&leaf, 0, &trusted_by(Store::Apple), PREINSTALLED, now());
            assert_eq!(said.is_some(), missing, "{issued} {lifetime:?} {logs:?}: {said:?}");
        }
    }

    #[test]
    fn the_rule_is_apple_s_and_binds_its_own_roots_alone() {
        let bare = Certificate { scts: of_logs(&[]), ..leaf() };
        let said = finding(&bare, 0, &trusted_by(Store::Apple), PREINSTALLED, now()).unwrap();
        assert_eq!((said.code, said.severity), (Code::CertTransparencyMissing, Severity::Warning));
        assert_eq!(said.platforms, APPLE);
        let Evidence::Transparency { logs, needed, lifetime_days, delivered, .. } = said.evidence else { panic!() };
        assert_eq!((logs, needed, lifetime_days, delivered), (0, 2, 90, None));

        let given = Context { roots: Roots::Given };
        assert_eq!(finding(&bare, 0, &trusted_by(Store::Apple), given, now()), None);
        for store in [Store::Android, Store::Mozilla, Store::Given] {
            assert_eq!(finding(&bare, 0, &trusted_by(store), PREINSTALLED, now()), None, "{store:?}");
        }
        let refused = StoreAnswer { store: Store::Apple, path: Err(NoPath::SelfSigned) };
        let refused = Trust { stores: vec![refused], ..Trust::default() };
        assert_eq!(finding(&bare, 0, &refused, PREINSTALLED, now()), None);
    }

    #[test]
    fn of_what_was_read_before_timestamps_were_nothing_is_said() {
        assert_eq!(leaf().scts, None);
        assert_eq!(finding(&leaf(), 0, &trusted_by(Store::Apple), PREINSTALLED, now()), None);
    }

    /// What a certificate for so many days holds, its handshake delivers and its staple brings.
    type Case<'a> = (i32, &'a [u8], Option<Result<&'a [u8], NotSeen>>, Option<&'a [u8]>, Option<Severity>);

    #[test]
    fn what_a_handshake_or_a_staple_brings_counts_and_its_lack_is_an_error_once_it_was_looked_for() {
        const WARNING: Option<Severity> = Some(Severity::Warning);
        const ERROR: Option<Severity> = Some(Severity::Error);
        let cases: [Case<'_>; 22] = [
            // Nobody looked, or nobody could.
            (90, &[], None, None, WARNING),
            (90, &[1], Some(Err(NotSeen::NoTls12)), None, WARNING),
            (90, &[1], Some(Err(NotSeen::OtherCertificate)), None, WARNING),
            (90, &[1], Some(Err(NotSeen::NoAnswer)), Some(&[]), WARNING),
            // There is nothing anywhere.
            (90, &[], Some(Ok(&[])), None, ERROR),
            (90, &[1], Some(Ok(&[])), None, ERROR),
            (90, &[1], Some(Ok(&[])), Some(&[]), ERROR),
            // Of two, one at least comes with the handshake or the staple.
            (90, &[], Some(Ok(&[1, 2])), None, None),
            (90, &[], Some(Ok(&[1])), Some(&[2]), None),
            (90, &[1], Some(Ok(&[2])), None, None),
            (90, &[1], Some(Ok(&[])), Some(&[2]), None),
            (90, &[], Some(Ok(&[])), Some(&[1, 2]), None),
            // A staple is read whatever becomes of TLS 1.2.
            (90, &[1], Some(Err(NotSeen::NoTls12)), Some(&[2]), None),
            (90, &[1], None, Some(&[2]), None),
            // One is no two, nor is the same log twice, nor one of tomorrow.
            (90, &[], Some(Ok(&[1])), None, ERROR),
            (90, &[1], Some(Ok(&[1])), Some(&[1]), ERROR),
            (90, &[1], Some(Ok(&[102])), None, ERROR),
            (90, &[101], Some(Ok(&[102])), Some(&[103]), ERROR),
            // Above 180 days three within it, and two where one is delivered.
            (200, &[1, 2], Some(Ok(&[])), None, ERROR),
            (200, &[1, 2, 3], Some(Ok(&[])), None, None),
            (200, &[1], Some(Ok(&[2])), None, None),
            (200, &[1, 2], Some(Ok(&[2])), None, None),
        ];
        for case in cases {
            let (days, within, delivered, staple, expected) = case;
            let mut observation = fixture::observation(1);
            let seen = &mut observation.addresses[0];
            // In compliance whatever the days: this is about another rule.
            seen.chain[0].not_before = "2026-03-01T00:00:00Z".parse().unwrap();
            seen.chain[0].not_after = seen.chain[0].not_before + DAY * days - SignedDuration::from_secs(1);
            seen.chain[0].scts = of_logs(within);
            seen.delivered = delivered.map(|logs| -> Delivered { logs.map(scts) });
            seen.staple = staple.map(|logs| Staple { scts: scts(logs), ..Staple::default() });
            let trust = [(fixture::address(1), trusted_by(Store::Apple))].into();
            let said = diagnose(&observation, &trust, PREINSTALLED, now()).findings;
            let said = said.into_iter().find(|finding| finding.code == Code::CertTransparencyMissing);
            assert_eq!(said.as_ref().map(|finding| finding.severity), expected, "{case:?}");
            let Some(Finding { evidence, .. }) = said else { continue };
            let Evidence::Transparency { delivered: told, .. } = evidence else { panic!("{case:?}") };
            assert_eq!(told.and_then(Result::err), delivered.and_then(Result::err), "{case:?}");
            assert_eq!(matches!(told, Some(Ok(_))), expected == ERROR, "{case:?}");
        }
    }

    #[test]
    fn a_staple_that_could_not_be_read_proves_no_lack() {
        let mut seen = fixture::seen(1);
        seen.chain[0].scts = of_logs(&[]);
        seen.delivered = Some(Ok(Vec::new()));
        let said = |seen: &AddressObservation| {
            let alone = finding(&seen.chain[0], 0, &trusted_by(Store::Apple), PREINSTALLED, now());
            told(alone.into_iter().collect(), seen, now()).remove(0).severity
        };
        assert_eq!(said(&seen), Severity::Error);
        for (problem, severity) in [
            (StapleProblem::NoIssuer, Severity::Warning),
            (StapleProblem::Malformed, Severity::Error),
            (StapleProblem::Expired, Severity::Error),
        ] {
            seen.staple = Some(Staple { problem: Some(problem), ..Staple::default() });
            assert_eq!(said(&seen), severity);
        }
    }
}
