//! Certificates in the order in which a server sends them. Bounded in signatures: a file may hold a crowd
//! of one name.

use std::{cell::Cell, ops::Range};

use model::tools::KeyMatch;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::X509Certificate;

use super::HeldKey;
use crate::{
    certificate::parse,
    signature::{Verification, verify_certificate},
    walk::{authority_key, differ, subject_key},
};

/// Where the certificate of a key stands.
pub(super) fn of_key(certificates: &[CertificateDer<'_>], key: &HeldKey) -> Option<usize> {
    certificates.iter().position(|der| key.matches(der) == Some(KeyMatch::Matches))
}

/// As a server sends them: the leaf, which is the key's own or else the first that issued none of the
/// others, then its issuers. A root at the end is left out, for every phone has its own.
pub fn served(certificates: &[CertificateDer<'static>], key: &HeldKey) -> Vec<CertificateDer<'static>> {
    let kin = Kin::of(certificates);
    let Some(leaf) = of_key(certificates, key).or_else(|| kin.first_leaf()) else { return Vec::new() };
    let mut path = kin.path(leaf);
    if path.len() > 1 && path.last().is_some_and(|last| kin.issued(*last, *last)) {
        path.pop();
    }
    kin.at(&path)
}

/// Those of a set, which has no order: as a server would send them, and then what leads nowhere.
pub(super) fn arranged(certificates: &[CertificateDer<'static>]) -> Vec<CertificateDer<'static>> {
    Kin::of(certificates).arranged()
}

/// The certificate at `leaf`, and those that lead from it to a root, as far as they are there.
pub(super) fn path(certificates: &[CertificateDer<'static>], leaf: usize) -> Vec<CertificateDer<'static>> {
    let kin = Kin::of(certificates);
    kin.at(&kin.path(leaf))
}

/// Certificates, and who issued whom.
struct Kin<'c> {
    certificates: &'c [CertificateDer<'static>],
    parsed: Vec<Option<X509Certificate<'c>>>,
    /// How many signatures were verified.
    verified: Cell<usize>,
}

impl<'c> Kin<'c> {
    fn of(certificates: &'c [CertificateDer<'static>]) -> Self {
        let parsed = certificates.iter().map(|der| parse(der).ok()).collect();
        Self { certificates, parsed, verified: Cell::new(0) }
    }

    fn at(&self, positions: &[usize]) -> Vec<CertificateDer<'static>> {
        positions.iter().filter_map(|position| self.certificates.get(*position)).cloned().collect()
    }

    fn arranged(&self) -> Vec<CertificateDer<'static>> {
        let mut arranged = self.first_leaf().map(|leaf| self.at(&self.path(leaf))).unwrap_or_default();
        for certificate in self.certificates {
            if !arranged.contains(certificate) {
                arranged.push(certificate.clone());
            }
        }
        arranged
    }

    fn path(&self, leaf: usize) -> Vec<usize> {
        let mut path = vec![leaf];
        let is_there = |path: &[usize], issuer: usize| path.iter().any(|known| self.are_one(*known, issuer));
        while let Some(&last) = path.last()
            && let Some(next) = self.all().find(|issuer| !is_there(&path, *issuer) && self.issued(*issuer, last))
        {
            path.push(next);
        }
        path
    }

    fn first_leaf(&self) -> Option<usize> {
        let issued_another =
            |issuer: usize| self.all().any(|other| !self.are_one(issuer, other) && self.issued(issuer, other));
        let leaf = self.all().find(|position| !issued_another(*position));
        leaf.or((!self.certificates.is_empty()).then_some(0))
    }

    const fn all(&self) -> Range<usize> {
        0..self.certificates.len()
    }

    /// What is there twice is one.
    fn are_one(&self, one: usize, other: usize) -> bool {
        self.certificates.get(one) == self.certificates.get(other)
    }

    /// Whether the certificate at `issuer` signed that at `subject`. Where nobody here can say, the names
    /// decide; once too many have been verified, the names and the keys that they name.
    fn issued(&self, issuer: usize, subject: usize) -> bool {
        let at = |position: usize| self.parsed.get(position).and_then(Option::as_ref);
        let (Some(issuer), Some(subject)) = (at(issuer), at(subject)) else { return false };
        if issuer.subject().as_raw() != subject.issuer().as_raw() {
            return false;
        }
        if self.verified.get() >= MOST_SIGNATURES {
            return !differ(subject_key(issuer), authority_key(subject));
        }
        self.verified.set(self.verified.get() + 1);
        !matches!(verify_certificate(subject, issuer.public_key()), Verification::Invalid)
    }
}

/// A file of a hundred certificates in which each but the leaf issued another needs two each.
const MOST_SIGNATURES: usize = 200;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::lab::{Authority, Validity};

    fn year() -> Validity {
        Validity::days("2026-05-01T00:00:00Z".parse().unwrap(), -1, 364)
    }

    #[test]
    fn a_crowd_of_one_name_costs_no_more_signatures_than_a_long_file() {
        let elders: Vec<_> = (0..20).map(|_| Authority::root("Same", year()).unwrap()).collect();
        // Of each the child comes late, and every other elder is tried before it.
        let children = elders.iter().map(|elder| elder.intermediate("Same", year(), |_| ()).unwrap());
        let crowd: Vec<_> = elders.iter().map(Authority::der).chain(children.map(|child| child.der())).collect();
        let kin = Kin::of(&crowd);
        let arranged = kin.arranged();
        assert_eq!(kin.verified.get(), MOST_SIGNATURES);
        assert_eq!(arranged.len(), crowd.len());
        assert!(crowd.iter().all(|certificate| arranged.contains(certificate)));
    }

    #[test]
    fn a_set_the_wrong_way_round_costs_two_signatures_a_link() {
        let root = Authority::root("Root", year()).unwrap();
        let mut chain = vec![root];
        for name in ["One", "Two", "Three"] {
            let next = chain.last().unwrap().intermediate(name, year(), |_| ()).unwrap();
            chain.push(next);
        }
        let downwards: Vec<_> = chain.iter().map(Authority::der).collect();
        let upwards: Vec<_> = downwards.iter().rev().cloned().collect();
        let kin = Kin::of(&downwards);
        assert_eq!((kin.arranged(), kin.verified.get()), (upwards, 6));
    }

    #[test]
    fn once_too_many_were_verified_the_keys_that_certificates_name_decide() {
        let namesakes = [(); 2].map(|()| Authority::root("Same", year()).unwrap());
        let child = namesakes[1].intermediate("Child", year(), |_| ()).unwrap();
        let set = [namesakes[0].der(), namesakes[1].der(), child.der()];
        let kin = Kin::of(&set);
        kin.verified.set(MOST_SIGNATURES);
        assert!(kin.issued(1, 2) && !kin.issued(0, 2) && !kin.issued(2, 2));
        assert_eq!(kin.verified.get(), MOST_SIGNATURES);
    }
}
