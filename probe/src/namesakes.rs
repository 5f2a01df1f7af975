//! The certificates among which a path is sought. webpki goes by names and verifies a signature only once
//! names have led to a root: two dozen certificates of one name would cost it 200,000 steps, whoever made
//! them.

use std::collections::BTreeMap;

use rustls::pki_types::CertificateDer;
use x509_parser::prelude::X509Certificate;

use crate::{
    certificate,
    signature::{Verification, verify_certificate},
    walk::{authority_key, differ, subject_key},
};

/// What may have issued something.
pub(crate) struct Issuers<'c> {
    pub(crate) certificates: Vec<CertificateDer<'c>>,
    /// Whether some were left out.
    pub(crate) cut: bool,
    /// Whether two have one name: a path may lead over either. One that has signed itself is a root, or nothing.
    pub(crate) rivals: bool,
}

/// All of `served` but the one at `own`, each once, and of one name only so many: of a crowd, those that
/// have signed another of `served` come first.
pub(crate) fn issuers<'c>(served: &'c [CertificateDer<'c>], own: usize) -> Issuers<'c> {
    // Most servers serve their own certificate and one more.
    if let ([first, other], 0) | ([other, first], 1) = (served, own)
        && first != other
    {
        return Issuers { certificates: vec![CertificateDer::from(other.as_ref())], cut: false, rivals: false };
    }
    let parsed: Vec<Option<X509Certificate<'_>>> = served.iter().map(|der| certificate::parse(der).ok()).collect();
    // What cannot be read is a crowd of its own.
    let mut by_name: BTreeMap<Option<&[u8]>, Vec<usize>> = BTreeMap::new();
    for (position, (der, parsed)) in served.iter().zip(&parsed).enumerate() {
        if served.get(own) != Some(der) && !served[..position].contains(der) {
            let name = parsed.as_ref().map(|parsed| parsed.subject().as_raw());
            by_name.entry(name).or_default().push(position);
        }
    }
    let rivals = by_name
        .values()
        .any(|crowd| crowd.iter().filter(|position| is_signed(parsed[**position].as_ref())).count() > 1);
    let (mut kept, mut cut, mut signatures_left) = (Vec::new(), false, MOST_SIGNATURES);
    for mut crowd in by_name.into_values() {
        if crowd.len() > MOST_NAMESAKES {
            // In the order in which they are served, otherwise.
            crowd.sort_by_cached_key(|position| !has_signed(*position, &parsed, &mut signatures_left));
            crowd.truncate(MOST_NAMESAKES);
            cut = true;
        }
        kept.extend(crowd);
    }
    kept.sort_unstable();
    let certificates = kept.into_iter().map(|position| CertificateDer::from(served[position].as_ref())).collect();
    Issuers { certificates, cut, rivals }
}

/// Whether it says that another has signed it.
fn is_signed(parsed: Option<&X509Certificate<'_>>) -> bool {
    parsed.is_some_and(|parsed| parsed.subject().as_raw() != parsed.issuer().as_raw())
}

/// Whether the certificate at `position` has signed one of the others.
fn has_signed(position: usize, parsed: &[Option<X509Certificate<'_>>], signatures_left: &mut usize) -> bool {
    let Some(issuer) = &parsed[position] else { return false };
    let others = parsed.iter().enumerate().filter(|(other, _)| *other != position);
    others.filter_map(|(_, subject)| subject.as_ref()).any(|subject| {
        let claims = subject.issuer().as_raw() == issuer.subject().as_raw()
            && !differ(subject_key(issuer), authority_key(subject));
        if !claims || *signatures_left == 0 {
            return false;
        }
        *signatures_left -= 1;
        verify_certificate(subject, issuer.public_key()) == Verification::Valid
    })
}

/// An authority with more certificates by one name than this has never been seen. webpki then takes some
/// five thousand steps at the most.
const MOST_NAMESAKES: usize = 4;

/// As many namesakes as a server may serve, each of which claims to have signed each other.
const MOST_SIGNATURES: usize = 1_000;
