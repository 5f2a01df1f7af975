//! Certificates in the order in which a server sends them.

use model::tools::KeyMatch;
use rustls::pki_types::CertificateDer;

use super::HeldKey;
use crate::{
    certificate::parse,
    signature::{Verification, verify_certificate},
};

/// Where the certificate of a key stands.
pub(super) fn of_key(certificates: &[CertificateDer<'_>], key: &HeldKey) -> Option<usize> {
    certificates.iter().position(|der| key.matches(der) == Some(KeyMatch::Matches))
}

/// As a server sends them: the leaf, which is the key's own or else the first that issued none of the
/// others, then its issuers. A root at the end is left out, for every phone has its own.
pub fn served(certificates: &[CertificateDer<'static>], key: &HeldKey) -> Vec<CertificateDer<'static>> {
    let Some(leaf) = of_key(certificates, key).or_else(|| first_leaf(certificates)) else { return Vec::new() };
    let mut path = path(certificates, leaf);
    if path.len() > 1 && path.last().is_some_and(|last| issued(last, last)) {
        path.pop();
    }
    path
}

/// Those of a set, which has no order: as a server would send them, and then what leads nowhere.
pub(super) fn arranged(certificates: &[CertificateDer<'static>]) -> Vec<CertificateDer<'static>> {
    let mut arranged = first_leaf(certificates).map(|leaf| path(certificates, leaf)).unwrap_or_default();
    for certificate in certificates {
        if !arranged.contains(certificate) {
            arranged.push(certificate.clone());
        }
    }
    arranged
}

/// The certificate at `leaf`, and those that lead from it to a root, as far as they are there.
pub(super) fn path(certificates: &[CertificateDer<'static>], leaf: usize) -> Vec<CertificateDer<'static>> {
    let mut path = vec![certificates[leaf].clone()];
    while let Some(last) = path.last()
        && let Some(next) = certificates.iter().find(|issuer| !path.contains(issuer) && issued(issuer, last))
    {
        path.push(next.clone());
    }
    path
}

fn first_leaf(certificates: &[CertificateDer<'_>]) -> Option<usize> {
    let issued_another =
        |issuer: &CertificateDer<'_>| certificates.iter().any(|der| der != issuer && issued(issuer, der));
    let leaf = certificates.iter().position(|der| !issued_another(der));
    leaf.or((!certificates.is_empty()).then_some(0))
}

/// Whether `issuer` signed `subject`. Where nobody here can say, the names decide.
fn issued(issuer: &[u8], subject: &[u8]) -> bool {
    let (Ok(issuer), Ok(subject)) = (parse(issuer), parse(subject)) else { return false };
    issuer.subject().as_raw() == subject.issuer().as_raw()
        && !matches!(verify_certificate(&subject, issuer.public_key()), Verification::Invalid)
}
