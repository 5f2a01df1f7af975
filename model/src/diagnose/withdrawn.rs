//! Whom a revoked authority stops. A platform that meets one on a path builds another where it can: it
//! refuses only where every path that is known to its store leads over something revoked.

use std::collections::BTreeSet;

use super::compliance::above;
use crate::{
    Certificate, Code, Evidence, Finding, Fingerprint, Platform, Severity,
    trust::{PathStep, Store, StoreAnswer, Trust, android, distrust},
};

/// What is to be said of the authorities in `chain` that are revoked, each with its position. What is served
/// and on no path that is known, such as another's signature over the same authority, breaks nothing.
pub(super) fn findings(
    revoked: Vec<(usize, Evidence)>,
    chain: &[Certificate],
    own: usize,
    trust: &Trust,
) -> Vec<Finding> {
    let Some(leaf) = chain.get(own) else { return Vec::new() };
    if trust.trusting().is_empty() {
        // Any of them may be what is wrong.
        let above = above(chain, own, trust);
        let needed = revoked.into_iter().filter(|(position, _)| above.contains(position));
        return needed.map(|(_, evidence)| Finding::everywhere(REFUSED, Severity::Error, evidence)).collect();
    }
    let positions: BTreeSet<usize> = revoked.iter().map(|(position, _)| *position).collect();
    let stores: Vec<Asked<'_>> = trust.stores.iter().filter_map(|answer| Asked::of(answer, trust, leaf)).collect();
    revoked.into_iter().flat_map(|(position, evidence)| of_one(position, &evidence, &positions, &stores)).collect()
}

/// The revoked certificates that no platform needs any more, by what `findings` say.
pub fn gone_around(findings: &[Finding]) -> BTreeSet<Fingerprint> {
    let named_by = |code: Code| -> BTreeSet<Fingerprint> {
        let named =
            findings.iter().filter(|finding| finding.code == code).filter_map(|finding| match &finding.evidence {
                Evidence::Revoked { certificate, .. } => Some(certificate.sha256),
                _ => None,
            });
        named.collect()
    };
    &named_by(WAY_AROUND) - &named_by(REFUSED)
}

/// A platform with a way around the authority is warned of it: which way a device goes is not known, and one that
/// builds none but that over the authority refuses.
fn of_one(position: usize, evidence: &Evidence, revoked: &BTreeSet<usize>, stores: &[Asked<'_>]) -> Vec<Finding> {
    let on = |platforms: &BTreeSet<Platform>, code, severity| {
        Finding::on(&Vec::from_iter(platforms.iter().copied()), code, severity, evidence.clone())
    };
    let (refusing, others): (Vec<&Asked<'_>>, Vec<_>) =
        stores.iter().filter(|store| store.meets(position)).partition(|store| store.is_stopped_by(revoked));
    let stopped = platforms(&refusing);
    let passing = &platforms(&others) - &stopped;
    let mut findings = Vec::new();
    if !stopped.is_empty() {
        findings.push(on(&stopped, REFUSED, Severity::Error));
    }
    if !passing.is_empty() {
        findings.push(on(&passing, WAY_AROUND, Severity::Warning));
    }
    // Stores that no platform asks.
    if findings.is_empty() && !(refusing.is_empty() && others.is_empty()) {
        let code = if refusing.is_empty() { WAY_AROUND } else { REFUSED };
        findings.push(on(&stopped, code, Severity::Info));
    }
    findings
}

fn platforms(stores: &[&Asked<'_>]) -> BTreeSet<Platform> {
    stores.iter().flat_map(|store| store.platforms).copied().collect()
}

/// A store that has a path.
struct Asked<'t> {
    /// The platforms that go by it; all of them where none is a platform's own.
    platforms: &'static [Platform],
    /// Its answer first.
    paths: Vec<&'t [PathStep]>,
    /// Further ones, of which the older of its phones lack the root.
    of_new_phones: Vec<&'t [PathStep]>,
}

impl<'t> Asked<'t> {
    fn of(answer: &'t StoreAnswer, trust: &'t Trust, leaf: &Certificate) -> Option<Self> {
        let best = answer.path.as_ref().ok()?;
        let stand_for_all = trust.stores.iter().all(|answer| answer.store.platforms().is_empty());
        let platforms: &'static [Platform] =
            if stand_for_all { &Platform::PHONES_AND_DESKTOPS } else { answer.store.platforms() };
        let others = trust.alternatives_of(answer.store).iter().map(Vec::as_slice);
        let (of_new_phones, others): (Vec<_>, Vec<_>) = others
            .filter(|path| is_believed(answer.store, path, leaf))
            .partition(|path| is_of_new_phones(answer.store, best, path));
        let paths = [best.as_slice()].into_iter().chain(others).collect();
        Some(Self { platforms, paths, of_new_phones })
    }

    fn meets(&self, position: usize) -> bool {
        self.paths.iter().chain(&self.of_new_phones).any(|path| leads_over(path, position))
    }

    fn is_stopped_by(&self, revoked: &BTreeSet<usize>) -> bool {
        self.paths.iter().all(|path| revoked.iter().any(|position| leads_over(path, *position)))
    }
}

/// A root that is in the store and no longer believed helps nobody around anything.
fn is_believed(store: Store, path: &[PathStep], leaf: &Certificate) -> bool {
    let rule = path.last().and_then(|root| distrust::rule(store, &root.subject, leaf.issued()));
    rule.is_none_or(|rule| rule.by.verdict(store).0 != Severity::Error)
}

/// Whether many phones lack the root of `path` that have the one of `best`: no way around for those.
fn is_of_new_phones(store: Store, best: &[PathStep], path: &[PathStep]) -> bool {
    let since = |path: &[PathStep]| path.last().and_then(|root| android::since(&root.sha256));
    let is_newer = |api: u8| since(best).is_none_or(|release| release.api < api);
    store == Store::Android && since(path).is_some_and(|release| release.is_recent() && is_newer(release.api))
}

fn leads_over(path: &[PathStep], position: usize) -> bool {
    path.iter().any(|step| step.position == Some(position))
}

const REFUSED: Code = Code::CertRevoked;
const WAY_AROUND: Code = Code::ChainRevokedCertificate;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        Timestamp,
        finding::CertificateReference,
        fixture::{intermediate, leaf},
    };
    use Platform::{Android, Ios, Macos, Windows};
    use Severity::{Error, Info, Warning};

    /// A path over the certificates served at these positions, to this root of the store.
    fn over(positions: &[usize], root: &str) -> Vec<PathStep> {
        let step = |subject: &str, position| {
            let (subject, sha256) = (subject.to_owned(), Fingerprint::new([0; 32]));
            PathStep { subject, sha256, position }
        };
        positions.iter().map(|position| step("", Some(*position))).chain([step(root, None)]).collect()
    }

    /// The paths of each store, its answer first.
    fn trust(stores: &[(Store, &[&[usize]])]) -> Trust {
        let mut trust = Trust::default();
        for (store, paths) in stores {
            let mut paths = paths.iter().map(|positions| over(positions, "CN=Root"));
            trust.stores.extend(paths.next().map(|path| StoreAnswer { store: *store, path: Ok(path) }));
            trust.alternatives.insert(*store, paths.collect());
        }
        trust
    }

    /// Served are the leaf and its issuer, as four others have signed it or each other.
    fn judge(revoked: &[usize], trust: &Trust) -> Vec<(usize, Code, Severity, Vec<Platform>)> {
        let chain: Vec<_> = [leaf()].into_iter().chain((0..4).map(|_| intermediate())).collect();
        let reference = |position| CertificateReference {
            sha256: Fingerprint::new([0; 32]),
            subject: String::new(),
            position: Some(position),
        };
        let evidence = |position: &usize| (*position, Evidence::Certificate { certificate: reference(*position) });
        let findings = findings(revoked.iter().map(evidence).collect(), &chain, 0, trust);
        let brief = |finding: Finding| {
            let Evidence::Certificate { certificate } = finding.evidence else { return None };
            Some((certificate.position?, finding.code, finding.severity, finding.platforms))
        };
        findings.into_iter().filter_map(brief).collect()
    }

    #[test]
    fn a_platform_refuses_only_where_every_path_of_its_store_has_something_revoked() {
        use Store::{Apple, Java, Mozilla};
        let robot = Store::Android;
        let all = Platform::PHONES_AND_DESKTOPS.to_vec();
        let apple = || vec![Ios, Macos];
        let two: &[&[usize]] = &[&[0, 1], &[0, 2]];
        let longer: &[&[usize]] = &[&[0, 1, 3], &[0, 2, 4]];
        for (revoked, stores, expected) in [
            // As it was before there were others.
            (&[1][..], &[(Apple, &two[..1])][..], vec![(1, REFUSED, Error, apple())]),
            (&[2], &[(Apple, &two[..1])], vec![]),
            // One of two, on either.
            (&[1], &[(Apple, two)], vec![(1, WAY_AROUND, Warning, apple())]),
            (&[2], &[(Apple, two)], vec![(2, WAY_AROUND, Warning, apple())]),
            (&[3], &[(Apple, two)], vec![]),
            // Both of them.
            (&[1, 2], &[(Apple, two)], vec![(1, REFUSED, Error, apple()), (2, REFUSED, Error, apple())]),
            (&[1, 4], &[(Apple, longer)], vec![(1, REFUSED, Error, apple()), (4, REFUSED, Error, apple())]),
            // Two on one path leave the other.
            (&[1, 3], &[(Apple, longer)], vec![(1, WAY_AROUND, Warning, apple()), (3, WAY_AROUND, Warning, apple())]),
            // Each store for itself.
            (
                &[1],
                &[(Apple, two), (robot, &two[..1])],
                vec![(1, REFUSED, Error, vec![Android]), (1, WAY_AROUND, Warning, apple())],
            ),
            (&[1], &[(Apple, two), (robot, &two[1..])], vec![(1, WAY_AROUND, Warning, apple())]),
            // No phone asks these, unless one stands for all.
            (&[1], &[(robot, &two[1..]), (Java, two)], vec![(1, WAY_AROUND, Info, vec![])]),
            (&[1], &[(robot, &two[1..]), (Java, &two[..1])], vec![(1, REFUSED, Info, vec![])]),
            (&[1], &[(robot, two), (Java, &two[..1])], vec![(1, WAY_AROUND, Warning, vec![Android])]),
            (&[1], &[(Mozilla, two)], vec![(1, WAY_AROUND, Warning, all.clone())]),
            (&[1, 2], &[(Mozilla, two)], vec![(1, REFUSED, Error, all.clone()), (2, REFUSED, Error, all)]),
        ] {
            let found = judge(revoked, &trust(stores));
            assert_eq!(found, expected, "{revoked:?} {stores:?}");
        }
    }

    #[test]
    fn a_root_that_is_no_longer_believed_is_no_way_around() {
        let symantec = "CN=Class 3,O=Symantec Corporation";
        for (store, root, expected) in [
            (Store::Apple, "CN=Root", vec![(1, WAY_AROUND, Warning, vec![Ios, Macos])]),
            (Store::Apple, symantec, vec![(1, REFUSED, Error, vec![Ios, Macos])]),
            (Store::Windows, symantec, vec![(1, REFUSED, Error, vec![Windows])]),
            // The programme of none that a platform asks.
            (Store::Given, symantec, vec![(1, WAY_AROUND, Warning, Platform::PHONES_AND_DESKTOPS.to_vec())]),
        ] {
            let trust = Trust {
                stores: vec![StoreAnswer { store, path: Ok(over(&[0, 1], "CN=Root")) }],
                alternatives: BTreeMap::from([(store, vec![over(&[0, 2], root)])]),
                ..Trust::default()
            };
            assert_eq!(judge(&[1], &trust), expected, "{store:?} {root}");
        }
    }

    #[test]
    fn a_root_that_many_phones_lack_is_no_way_around_for_them() {
        let since = |root: Option<&str>, positions: &[usize]| {
            let mut path = over(positions, "CN=Root");
            path.last_mut().unwrap().sha256 = root.map_or(Fingerprint::new([0; 32]), |root| root.parse().unwrap());
            path
        };
        let (old, ten, fourteen, fifteen) = (
            None,
            // GTS Root R1, GlobalSign Root R46, TrustAsia Global Root CA G3.
            Some("d947432abde7b7fa90fc2e6b59101b1280e0e1c7e4e40fa3c6887fff57a7f4cf"),
            Some("4fa3126d8d3a11d1c4855a4f807cbad6cf919d3a5a88b03bea2c6372d93c40c9"),
            Some("e0d3226aeb1163c2e48ff9be3b50b4c6431be7bb1eacc5c36b5d5ec509039a08"),
        );
        let refused = |platform| vec![(2, REFUSED, Error, vec![platform])];
        let warned = |platforms: &[Platform]| vec![(2, WAY_AROUND, Warning, platforms.to_vec())];
        for (store, best, other, expected) in [
            (Store::Android, old, fourteen, refused(Android)),
            (Store::Android, ten, fourteen, refused(Android)),
            (Store::Android, fourteen, fifteen, refused(Android)),
            (Store::Android, old, ten, warned(&[Android])),
            (Store::Android, fourteen, fourteen, warned(&[Android])),
            // It is a matter of no other store.
            (Store::Windows, old, fourteen, warned(&[Windows])),
        ] {
            let trust = Trust {
                stores: vec![StoreAnswer { store, path: Ok(since(best, &[0, 1, 2])) }],
                alternatives: BTreeMap::from([(store, vec![since(other, &[0, 1])])]),
                ..Trust::default()
            };
            assert_eq!(judge(&[2], &trust), expected, "{store:?} {best:?} {other:?}");
        }
        // Those that have it may go that way.
        let trust = Trust {
            stores: vec![StoreAnswer { store: Store::Android, path: Ok(since(old, &[0, 1])) }],
            alternatives: BTreeMap::from([(Store::Android, vec![since(fourteen, &[0, 2])])]),
            ..Trust::default()
        };
        assert_eq!(judge(&[2], &trust), warned(&[Android]));
    }

    #[test]
    fn what_one_platform_still_needs_is_not_gone_around() {
        let revoked = |number: u8, code, severity| {
            let sha256 = Fingerprint::new([number; 32]);
            let certificate = CertificateReference { sha256, subject: String::new(), position: Some(1) };
            let evidence = Evidence::Revoked { certificate, at: Timestamp::UNIX_EPOCH, reason: None, list: None };
            Finding::on(&[Ios], code, severity, evidence)
        };
        let findings = [
            revoked(1, WAY_AROUND, Warning),
            revoked(2, WAY_AROUND, Warning),
            revoked(2, REFUSED, Error),
            revoked(3, REFUSED, Error),
        ];
        assert_eq!(Vec::from_iter(gone_around(&findings)), [Fingerprint::new([1; 32])]);
        assert!(gone_around(&[]).is_empty());
    }
}
