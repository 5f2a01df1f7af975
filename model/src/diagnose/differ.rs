//! In what the addresses of one name differ, and which of them still serve a certificate that others
//! have replaced.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::{ats, certificate::reference};
use crate::{
    Certificate, Code, Evidence, Finding, Fingerprint, Observation, Severity, SignedDuration, Timestamp,
    certificate::own_position,
    finding::{Alike, Deployed, Difference},
    observation::{AddressObservation, Handshake, TlsVersion},
};

/// What the addresses that served a certificate show side by side. A renewal that is not everywhere is
/// said by itself, and not once more as a difference.
pub(super) fn findings(observation: &Observation, now: Timestamp) -> Vec<Finding> {
    let served: Vec<_> = observation.addresses.iter().filter(|seen| !seen.chain.is_empty()).collect();
    let renewals = renewals(&served, now);
    let mut findings: Vec<_> = renewals.iter().map(|renewal| not_everywhere(renewal, &served)).collect();
    findings.extend(differing(&served, &renewals));
    findings
}

/// A certificate, and what it has replaced on other addresses.
struct Renewal<'a> {
    new: &'a Certificate,
    old: Vec<&'a Certificate>,
}

/// By the names that are certified, lower case and sorted: a renewal has the same.
fn renewals<'a>(served: &[&'a AddressObservation], now: Timestamp) -> Vec<Renewal<'a>> {
    let mut alike: BTreeMap<(Vec<String>, u32), Vec<&Certificate>> = BTreeMap::new();
    for leaf in served.iter().filter_map(|seen| seen.leaf()).filter(|leaf| leaf.malformed.is_none()) {
        let addresses = leaf.ip_addresses.iter().map(ToString::to_string);
        let names: BTreeSet<_> = leaf.dns_names.iter().map(|name| name.to_ascii_lowercase()).chain(addresses).collect();
        let leaves = alike.entry((names.into_iter().collect(), leaf.names_left_out)).or_default();
        if leaves.iter().all(|other| other.sha256 != leaf.sha256) {
            leaves.push(leaf);
        }
    }
    alike.retain(|(names, _), _| !names.is_empty());
    let renewal = |leaves: Vec<&'a Certificate>| {
        let valid = leaves.iter().copied().filter(|leaf| leaf.not_before <= now);
        let new = valid.max_by_key(|leaf| (leaf.not_before, leaf.not_after))?;
        let old: Vec<_> = leaves.into_iter().filter(|leaf| is_replaced(leaf, new)).collect();
        (!old.is_empty()).then_some(Renewal { new, old })
    };
    alike.into_values().filter_map(renewal).collect()
}

/// Whoever has a certificate for each of two kinds of keys has both issued on one day.
fn is_replaced(leaf: &Certificate, new: &Certificate) -> bool {
    new.not_before.duration_since(leaf.not_before) >= DAY && leaf.not_after < new.not_after
}

fn not_everywhere(renewal: &Renewal<'_>, served: &[&AddressObservation]) -> Finding {
    let mut old: Vec<_> = renewal.old.iter().map(|leaf| deployed(leaf, served)).collect();
    old.sort_by_key(|deployed| deployed.not_after);
    let evidence = Evidence::NotDeployed { new: deployed(renewal.new, served), old };
    Finding::everywhere(Code::EndpointDeployedNotEverywhere, Severity::Warning, evidence)
}

/// A server's own certificate, and the addresses that it is on.
pub(super) fn deployed(certificate: &Certificate, served: &[&AddressObservation]) -> Deployed {
    let on = served.iter().filter(|seen| seen.leaf().is_some_and(|leaf| leaf.sha256 == certificate.sha256));
    let position = on.clone().next().map_or(0, |seen| own_position(&seen.chain));
    Deployed {
        certificate: reference(certificate, position),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        addresses: on.map(|seen| seen.address).collect(),
    }
}

/// What of an address is compared. The order of preference among good suites is none of it, nor what
/// is spoken on top of TLS.
#[derive(PartialEq, Eq)]
struct Shown {
    leaf: Option<Fingerprint>,
    /// What is served along with it, in that order.
    others: Vec<Fingerprint>,
    /// Of the versions that some are known to speak and others not to.
    versions: Vec<Option<bool>>,
    suite: Option<Grade>,
}

/// How good a negotiated suite is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Good,
    /// Apple refuses it.
    Lesser,
    Broken,
}

fn differing(served: &[&AddressObservation], renewals: &[Renewal<'_>]) -> Option<Finding> {
    let uneven: Vec<_> = TlsVersion::ALL
        .into_iter()
        .filter(|version| [true, false].iter().all(|said| served.iter().any(|it| speaks(it, *version) == Some(*said))))
        .collect();
    let mut shown: Vec<Shown> = served.iter().map(|seen| shown(seen, &uneven)).collect();
    forgive(&mut shown, renewals);

    let leaves: BTreeSet<_> = shown.iter().filter_map(|shown| shown.leaf).collect();
    let grades: BTreeSet<_> = shown.iter().filter_map(|shown| shown.suite).collect();
    let another_chain = |(index, one): (usize, &Shown)| {
        shown[..index].iter().any(|other| one.leaf == other.leaf && one.others != other.others)
    };
    let differences: Vec<_> = [
        (leaves.len() > 1, Difference::Certificate),
        (shown.iter().enumerate().any(another_chain), Difference::Chain),
        (!uneven.is_empty(), Difference::Versions),
        (grades.len() > 1, Difference::Suite),
    ]
    .into_iter()
    .filter_map(|(differs, difference)| differs.then_some(difference))
    .collect();
    if differences.is_empty() {
        return None;
    }
    let leaves = served.iter().filter_map(|seen| Some((seen.address, seen.leaf()?.sha256))).collect();
    let evidence = Evidence::AddressesDiffer { leaves, differences, groups: groups(served, &shown) };
    Some(Finding::everywhere(Code::EndpointAddressesDiffer, Severity::Info, evidence))
}

/// What was replaced counts as what has replaced it, along with the chain: unless the certificates
/// differ all the same.
fn forgive(shown: &mut [Shown], renewals: &[Renewal<'_>]) {
    let new_of = |leaf: Option<Fingerprint>| {
        let replaced = |renewal: &&Renewal<'_>| renewal.old.iter().any(|old| Some(old.sha256) == leaf);
        renewals.iter().find(replaced).map(|renewal| renewal.new.sha256)
    };
    let left: BTreeSet<_> = shown.iter().filter_map(|shown| new_of(shown.leaf).or(shown.leaf)).collect();
    if left.len() > 1 {
        return;
    }
    for index in 0..shown.len() {
        let Some(new) = new_of(shown[index].leaf) else { continue };
        let others = shown.iter().find(|shown| shown.leaf == Some(new)).map(|shown| shown.others.clone());
        shown[index].leaf = Some(new);
        shown[index].others = others.unwrap_or_default();
    }
}

fn groups(served: &[&AddressObservation], shown: &[Shown]) -> Vec<Alike> {
    let mut groups: Vec<(&Shown, Alike)> = Vec::new();
    for (seen, shown) in served.iter().zip(shown) {
        match groups.iter_mut().find(|(other, _)| *other == shown) {
            Some((_, alike)) => alike.addresses.push(seen.address),
            None => groups.push((shown, alike(seen))),
        }
    }
    groups.into_iter().map(|(_, alike)| alike).collect()
}

fn alike(seen: &AddressObservation) -> Alike {
    let spoken = |version: &TlsVersion| speaks(seen, *version) == Some(true);
    Alike {
        addresses: Vec::<IpAddr>::from([seen.address]),
        chain: seen.chain.iter().map(|certificate| certificate.sha256).collect(),
        versions: TlsVersion::ALL.into_iter().filter(spoken).collect(),
        suite: seen.outcome.as_ref().ok().map(|handshake| handshake.suite),
    }
}

fn shown(seen: &AddressObservation, uneven: &[TlsVersion]) -> Shown {
    let own = own_position(&seen.chain);
    let others = seen.chain.iter().enumerate().filter(|(position, _)| *position != own);
    Shown {
        leaf: seen.leaf().map(|leaf| leaf.sha256),
        others: others.map(|(_, certificate)| certificate.sha256).collect(),
        versions: uneven.iter().map(|version| speaks(seen, *version)).collect(),
        suite: seen.outcome.as_ref().ok().and_then(grade),
    }
}

/// None of a suite that is not known.
fn grade(handshake: &Handshake) -> Option<Grade> {
    let suite = handshake.suite;
    suite.name()?;
    Some(if suite.is_broken() {
        Grade::Broken
    } else if handshake.version >= TlsVersion::Tls13 || ats::has_the_parts(suite) {
        Grade::Good
    } else {
        Grade::Lesser
    })
}

fn speaks(seen: &AddressObservation, version: TlsVersion) -> Option<bool> {
    seen.protocols.as_ref()?.speaks(version)
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        certificate::PublicKey,
        fixture::{self, address, now},
        observation::{Answer, Protocols},
        tls::Suite,
    };

    type Change = fn(&mut AddressObservation);

    /// What is said of three addresses that are alike but for what `change` does to the third.
    fn said(change: Change) -> Vec<Finding> {
        let mut observation = fixture::observation(3);
        for seen in &mut observation.addresses {
            seen.protocols = Some(speaking(&[TlsVersion::Tls12, TlsVersion::Tls13]));
        }
        change(&mut observation.addresses[2]);
        findings(&observation, now())
    }

    fn speaking(versions: &[TlsVersion]) -> Protocols {
        let answer = |version: TlsVersion| match versions.contains(&version) {
            true => Answer::Taken { suite: Suite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, group: None },
            false => Answer::Refused { alert: None },
        };
        let versions = TlsVersion::ALL.into_iter().map(|version| (version, answer(version))).collect();
        Protocols { versions, ..Protocols::default() }
    }

    fn renew(leaf: &mut Certificate) {
        leaf.sha256 = Fingerprint::new([9; 32]);
        leaf.not_before = "2026-04-20T00:00:00Z".parse().unwrap();
        leaf.not_after = "2026-07-18T23:59:59Z".parse().unwrap();
    }

    #[test]
    fn only_what_matters_is_a_difference() {
        let cases: [(&str, Change, &[Difference]); 12] = [
            ("nothing", |_| (), &[]),
            ("another leaf", |it| it.chain[0].sha256 = Fingerprint::new([9; 32]), &[Difference::Certificate]),
            ("no intermediate", |it| drop(it.chain.pop()), &[Difference::Chain]),
            ("the root, too", |it| it.chain.push(fixture::root()), &[Difference::Chain]),
            (
                "TLS 1.0, too",
                |it| it.protocols = Some(speaking(&[TlsVersion::Tls10, TlsVersion::Tls12, TlsVersion::Tls13])),
                &[Difference::Versions],
            ),
            ("no versions asked", |it| it.protocols = None, &[]),
            ("silence to TLS 1.0", |it| drop(it.protocols.as_mut().unwrap().versions.remove(&TlsVersion::Tls10)), &[]),
            ("another good suite", |it| it.outcome.as_mut().unwrap().suite = Suite::TLS_CHACHA20_POLY1305_SHA256, &[]),
            (
                "TLS 1.2 with a good suite",
                |it| {
                    let handshake = it.outcome.as_mut().unwrap();
                    handshake.version = TlsVersion::Tls12;
                    handshake.suite = Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
                },
                &[],
            ),
            (
                "a suite that Apple refuses",
                |it| {
                    let handshake = it.outcome.as_mut().unwrap();
                    handshake.version = TlsVersion::Tls12;
                    handshake.suite = Suite::TLS_RSA_WITH_AES_128_GCM_SHA256;
                },
                &[Difference::Suite],
            ),
            ("another protocol on top", |it| it.outcome.as_mut().unwrap().alpn = None, &[]),
            ("nothing served", |it| it.chain.clear(), &[]),
        ];
        for (case, change, expected) in cases {
            let differences: Vec<_> = said(change)
                .into_iter()
                .flat_map(|finding| match finding.evidence {
                    Evidence::AddressesDiffer { differences, .. } => differences,
                    other => panic!("{case}: {other:?}"),
                })
                .collect();
            assert_eq!(differences, expected, "{case}");
        }
    }

    #[test]
    fn addresses_that_are_alike_are_one_group() {
        let findings = said(|it| drop(it.chain.pop()));
        let Evidence::AddressesDiffer { leaves, groups, .. } = &findings[0].evidence else { panic!("{findings:?}") };
        assert_eq!(leaves.len(), 3);
        let together: Vec<_> = groups.iter().map(|group| (group.addresses.clone(), group.chain.len())).collect();
        assert_eq!(together, [(vec![address(1), address(2)], 2), (vec![address(3)], 1)]);
        assert_eq!(groups[0].versions, [TlsVersion::Tls12, TlsVersion::Tls13]);
        assert_eq!(findings[0].severity, Severity::Info);
    }

    #[test]
    fn a_certificate_that_others_have_replaced_is_named_with_where_it_is_and_when_it_ends() {
        let findings = said(|it| renew(&mut it.chain[0]));
        let [Finding { code, severity, evidence: Evidence::NotDeployed { new, old }, .. }] = findings.as_slice() else {
            panic!("{findings:?}")
        };
        assert_eq!((*code, *severity), (Code::EndpointDeployedNotEverywhere, Severity::Warning));
        assert_eq!((new.certificate.sha256, &new.addresses), (Fingerprint::new([9; 32]), &vec![address(3)]));
        let [old] = old.as_slice() else { panic!("{old:?}") };
        assert_eq!(old.addresses, [address(1), address(2)]);
        assert_eq!((old.certificate.sha256, old.not_after), (fixture::leaf().sha256, fixture::leaf().not_after));
    }

    #[test]
    fn what_is_no_renewal_is_a_difference_and_no_more() {
        let cases: [(&str, Change); 7] = [
            ("fewer names", |it| it.chain[0].dns_names.push("b.example.com".to_owned())),
            ("no later end", |it| it.chain[0].not_after = fixture::leaf().not_after),
            ("no later begin", |it| it.chain[0].not_before = fixture::leaf().not_before),
            // Of both kinds of keys on one day.
            ("another kind of key", |it| {
                it.chain[0].key = PublicKey::Rsa { bits: 2048 };
                it.chain[0].not_before = "2026-04-01T23:00:00Z".parse().unwrap();
            }),
            ("not valid yet", |it| it.chain[0].not_before = "2026-05-02T00:00:00Z".parse().unwrap()),
            ("not readable", |it| it.chain[0].malformed = Some("words".to_owned())),
            ("other names not shown", |it| it.chain[0].names_left_out = 1),
        ];
        for (case, change) in cases {
            let mut observation = fixture::observation(2);
            renew(&mut observation.addresses[1].chain[0]);
            change(&mut observation.addresses[1]);
            let codes: Vec<_> = findings(&observation, now()).iter().map(|finding| finding.code).collect();
            assert_eq!(codes, [Code::EndpointAddressesDiffer], "{case}");
        }
        // The case of a name makes no other of it.
        let findings = said(|it| {
            renew(&mut it.chain[0]);
            it.chain[0].dns_names = vec!["A.EXAMPLE.com".to_owned()];
        });
        assert_eq!(findings[0].code, Code::EndpointDeployedNotEverywhere);
    }

    #[test]
    fn a_renewal_is_not_said_twice_and_hides_no_other_difference() {
        let codes = |change| said(change).iter().map(|finding| finding.code).collect::<Vec<_>>();
        // A renewal may come with another intermediate.
        let renewed = codes(|it| {
            renew(&mut it.chain[0]);
            it.chain[1].sha256 = Fingerprint::new([8; 32]);
        });
        assert_eq!(renewed, [Code::EndpointDeployedNotEverywhere]);
        let both = [Code::EndpointDeployedNotEverywhere, Code::EndpointAddressesDiffer];
        let and_another_version = codes(|it| {
            renew(&mut it.chain[0]);
            it.protocols = Some(speaking(&[TlsVersion::Tls12]));
        });
        assert_eq!(and_another_version, both);

        let mut observation = fixture::observation(3);
        renew(&mut observation.addresses[1].chain[0]);
        observation.addresses[2].chain[0].sha256 = Fingerprint::new([7; 32]);
        observation.addresses[2].chain[0].dns_names = vec!["*.example.com".to_owned()];
        let findings = findings(&observation, now());
        assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), both);
        let Evidence::AddressesDiffer { groups, differences, .. } = &findings[1].evidence else { panic!() };
        assert_eq!((groups.len(), differences.as_slice()), (3, &[Difference::Certificate][..]));
    }
}
