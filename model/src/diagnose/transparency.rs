//! Certificate transparency, which Apple's platforms insist on: whether enough logs have promised to
//! publish the server's certificate.
//!
//! Only the timestamps within the certificate are known, which is where nearly every server has them.
//! Their signatures are not verified, nor whether Apple approves of the logs: no list of logs is
//! compiled in.

use jiff::{
    SignedDuration,
    civil::{Date, date},
    tz::TimeZone,
};

use super::{
    Context, Roots,
    certificate::{APPLE, reference},
};
use crate::{
    Certificate, Code, Evidence, Finding, Severity,
    trust::{Store, StoreAnswer, Trust},
};

/// Apple's rule (support article 103214) binds what leads to a root that comes with the system, and was
/// issued after 15 October 2018. A warning, for a handshake or a staple may bring what is not within the
/// certificate, and neither is looked at.
pub(super) fn finding(leaf: &Certificate, own: usize, trust: &Trust, context: Context) -> Option<Finding> {
    let on_apple = |answer: &&StoreAnswer| answer.store == Store::Apple && answer.path.is_ok();
    trust.stores.iter().find(on_apple).filter(|_| context.roots == Roots::Preinstalled)?;
    let logs = leaf.logs().filter(|_| leaf.malformed.is_none() && issued_on(leaf) >= RULE_FROM)?;
    let needed = needed(leaf);
    if logs >= needed {
        return None;
    }
    let evidence = Evidence::Transparency {
        certificate: reference(leaf, own),
        logs: u32::try_from(logs).unwrap_or(u32::MAX),
        needed: u32::try_from(needed).unwrap_or(u32::MAX),
        lifetime_days: leaf.lifetime().as_secs().div_euclid(DAY.as_secs()),
    };
    Some(Finding::on(&APPLE, Code::CertTransparencyMissing, Severity::Warning, evidence))
}

/// Up to 180 days two logs, above them three. Before 21 April 2021 it went by months; of those the least.
fn needed(leaf: &Certificate) -> usize {
    let long = leaf.lifetime() > DAY * 180;
    if long && issued_on(leaf) >= DAYS_FROM { 3 } else { 2 }
}

fn issued_on(leaf: &Certificate) -> Date {
    TimeZone::UTC.to_datetime(leaf.not_before).date()
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
const RULE_FROM: Date = date(2018, 10, 16);
const DAYS_FROM: Date = date(2021, 4, 21);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        Fingerprint,
        certificate::Sct,
        fixture::{self, leaf},
        trust::NoPath,
    };

    const PREINSTALLED: Context = Context { roots: Roots::Preinstalled };

    fn trusted_by(store: Store) -> Trust {
        let path = fixture::trust().stores.swap_remove(0).path;
        Trust { stores: vec![StoreAnswer { store, path }], ..Trust::default() }
    }

    /// Timestamps of these logs.
    fn of_logs(logs: &[u8]) -> Option<Vec<Sct>> {
        Some(logs.iter().map(|log| Sct { log: Fingerprint::new([*log; 32]), at: fixture::now() }).collect())
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
            let said = finding(&leaf, 0, &trusted_by(Store::Apple), PREINSTALLED);
            assert_eq!(said.is_some(), missing, "{issued} {lifetime} {logs:?}: {said:?}");
        }
    }

    #[test]
    fn the_rule_is_apple_s_and_binds_its_own_roots_alone() {
        let bare = Certificate { scts: of_logs(&[]), ..leaf() };
        let said = finding(&bare, 0, &trusted_by(Store::Apple), PREINSTALLED).unwrap();
        assert_eq!((said.code, said.severity), (Code::CertTransparencyMissing, Severity::Warning));
        assert_eq!(said.platforms, APPLE);
        let Evidence::Transparency { logs, needed, lifetime_days, .. } = said.evidence else { panic!() };
        assert_eq!((logs, needed, lifetime_days), (0, 2, 90));

        let given = Context { roots: Roots::Given };
        assert_eq!(finding(&bare, 0, &trusted_by(Store::Apple), given), None);
        for store in [Store::Android, Store::Mozilla, Store::Given] {
            assert_eq!(finding(&bare, 0, &trusted_by(store), PREINSTALLED), None, "{store:?}");
        }
        let refused = StoreAnswer { store: Store::Apple, path: Err(NoPath::SelfSigned) };
        assert_eq!(finding(&bare, 0, &Trust { stores: vec![refused], ..Trust::default() }, PREINSTALLED), None);
    }

    #[test]
    fn of_what_was_read_before_timestamps_were_nothing_is_said() {
        assert_eq!(leaf().scts, None);
        assert_eq!(finding(&leaf(), 0, &trusted_by(Store::Apple), PREINSTALLED), None);
    }
}
