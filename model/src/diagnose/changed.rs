//! Whether an endpoint serves another certificate than when it was last looked at.

use std::{collections::BTreeSet, net::IpAddr};

use super::{Diagnosis, differ::deployed, in_order};
use crate::{Certificate, Code, Evidence, Finding, Observation, Severity, finding::Deployed};

impl Diagnosis {
    /// The same, told what was served at the look before this one. That a certificate has changed is
    /// worth knowing, and changes no verdict.
    #[must_use]
    pub fn told_before(mut self, before: &[Deployed], observation: &Observation) -> Self {
        self.findings.extend(changed(before, observation));
        self.findings = in_order(self.findings);
        self
    }
}

/// What is new has taken the place of something, on the same address or on one that the name no longer
/// has. An address that has joined the others replaces nothing, and silence says nothing.
fn changed(before: &[Deployed], observation: &Observation) -> Option<Finding> {
    let served: Vec<_> = observation.addresses.iter().filter(|seen| !seen.chain.is_empty()).collect();
    let leaves = || served.iter().filter_map(|seen| seen.leaf());
    let mut new: Vec<&Certificate> = Vec::new();
    for leaf in leaves() {
        let known = before.iter().any(|old| old.certificate.sha256 == leaf.sha256);
        if !known && new.iter().all(|other| other.sha256 != leaf.sha256) {
            new.push(leaf);
        }
    }
    let new: Vec<Deployed> = new.into_iter().map(|leaf| deployed(leaf, &served)).collect();
    let taken: BTreeSet<IpAddr> = new.iter().flat_map(|new| new.addresses.iter().copied()).collect();
    let asked: BTreeSet<IpAddr> = observation.addresses.iter().map(|seen| seen.address).collect();
    let is_replaced = |old: &&Deployed| {
        let is_gone = !leaves().any(|leaf| leaf.sha256 == old.certificate.sha256)
            && old.addresses.iter().all(|address| !asked.contains(address));
        is_gone || old.addresses.iter().any(|address| taken.contains(address))
    };
    let old: Vec<Deployed> = before.iter().filter(is_replaced).cloned().collect();
    if new.is_empty() || old.is_empty() {
        return None;
    }
    Some(Finding::everywhere(Code::CertChanged, Severity::Info, Evidence::Replaced { new, old }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        Fingerprint, Verdict,
        diagnose::{Context, diagnose},
        finding::CertificateReference,
        fixture::{self, address, leaf, now},
        occurrence::occurrences,
    };

    /// A certificate with a fingerprint of this byte, and the addresses that it was on.
    fn was(byte: u8, addresses: &[u8]) -> Deployed {
        let Certificate { subject, not_before, not_after, .. } = leaf();
        let certificate = CertificateReference { sha256: Fingerprint::new([byte; 32]), subject, position: None };
        let addresses = addresses.iter().map(|number| address(*number)).collect();
        Deployed { certificate, not_before, not_after, addresses }
    }

    /// Addresses from the first on, each with the leaf of this byte, or silent.
    fn seen(leaves: &[Option<u8>]) -> Observation {
        let mut observation = fixture::observation(u8::try_from(leaves.len()).unwrap());
        for (seen, leaf) in observation.addresses.iter_mut().zip(leaves) {
            match leaf {
                Some(byte) => seen.chain[0].sha256 = Fingerprint::new([*byte; 32]),
                None => seen.chain.clear(),
            }
        }
        observation
    }

    #[test]
    fn a_certificate_has_changed_where_another_has_taken_its_place() {
        const A: u8 = 0xa0;
        const B: u8 = 0xb0;
        const C: u8 = 0xc0;
        for (case, before, now, expected) in [
            ("replaced", vec![was(A, &[1])], seen(&[Some(B)]), Some((vec![B], vec![A]))),
            ("replaced everywhere", vec![was(A, &[1, 2])], seen(&[Some(B), Some(B)]), Some((vec![B], vec![A]))),
            ("on one of two", vec![was(A, &[1, 2])], seen(&[Some(A), Some(B)]), Some((vec![B], vec![A]))),
            ("at another address", vec![was(A, &[7])], seen(&[Some(B)]), Some((vec![B], vec![A]))),
            ("two for one", vec![was(A, &[1, 2])], seen(&[Some(B), Some(C)]), Some((vec![B, C], vec![A]))),
            ("one for two", vec![was(A, &[1]), was(B, &[2])], seen(&[Some(C), Some(C)]), Some((vec![C], vec![A, B]))),
            ("and one is silent", vec![was(A, &[1]), was(B, &[2])], seen(&[None, Some(C)]), Some((vec![C], vec![B]))),
            // What is none.
            ("the same", vec![was(A, &[1])], seen(&[Some(A)]), None),
            ("the first look", vec![], seen(&[Some(A)]), None),
            ("silence", vec![was(A, &[1])], seen(&[None]), None),
            ("moved", vec![was(A, &[7])], seen(&[Some(A)]), None),
            ("no longer on one of two", vec![was(A, &[1]), was(B, &[2])], seen(&[Some(A), Some(A)]), None),
            ("one has joined", vec![was(A, &[1])], seen(&[Some(A), Some(B)]), None),
            ("one has joined, one is silent", vec![was(A, &[1])], seen(&[None, Some(B)]), None),
        ] {
            let bytes = |of: &[Deployed]| of.iter().map(|it| it.certificate.sha256.as_bytes()[0]).collect::<Vec<_>>();
            let said = changed(&before, &now).map(|finding| match finding.evidence {
                Evidence::Replaced { new, old } => (bytes(&new), bytes(&old)),
                other => panic!("{case}: {other:?}"),
            });
            assert_eq!(said, expected, "{case}");
        }
    }

    #[test]
    fn it_is_worth_knowing_and_changes_no_verdict() {
        let observation = fixture::observation(1);
        let diagnosis = diagnose(&observation, &fixture::trust_by_address(1), Context::default(), now());
        let told = diagnosis.clone().told_before(&[was(9, &[1])], &observation);
        let [finding] = told.findings.as_slice() else { panic!("{:?}", told.findings) };
        assert_eq!((finding.code, finding.severity), (Code::CertChanged, Severity::Info));
        assert!(occurrences(finding.code).iter().any(|known| known.covers(finding)));
        assert_eq!((told.verdict, told.platforms), (Verdict::Pass, diagnosis.platforms));
        let Evidence::Replaced { new, .. } = &finding.evidence else { panic!("{finding:?}") };
        assert_eq!((new[0].certificate.position, &new[0].addresses), (Some(0), &vec![address(1)]));
        let wire = serde_json::to_string(finding).unwrap();
        assert_eq!(&serde_json::from_str::<Finding>(&wire).unwrap(), finding);
        assert_eq!(diagnosis.clone().told_before(&[], &observation), diagnosis);
    }
}
