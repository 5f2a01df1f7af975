//! Sets of root certificates: Mozilla's, compiled in, and those an operator gives.

use std::sync::{Arc, LazyLock};

use model::{Fingerprint, trust::Store};
use rustls::pki_types::{CertificateDer, TrustAnchor, pem::PemObject};
use webpki::anchor_from_trusted_cert;

use crate::{certificate, names};

/// A set of roots under the name of its store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Roots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    /// In step with `anchors`.
    roots: Vec<Root>,
    anchors: Vec<TrustAnchor<'static>>,
}

/// One root certificate.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) subject: String,
    pub(crate) sha256: Fingerprint,
}

/// Why a file of roots cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The text is not PEM.
    #[error("not PEM: {0}")]
    NotPem(#[source] rustls::pki_types::pem::Error),
    /// There is no certificate in it.
    #[error("no certificate found")]
    Empty,
    /// More certificates than a root store has.
    #[error("more than {MOST_ROOTS} certificates")]
    TooMany,
    /// One of the certificates cannot serve as a root.
    #[error("certificate {number} cannot be read: {reason}")]
    Unreadable {
        /// Its place in the file, the first being 1.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl Roots {
    /// Mozilla's list for servers, as compiled in.
    pub fn mozilla() -> Self {
        MOZILLA.clone()
    }

    /// The certificates in `pem`, which stand for every platform's store.
    ///
    /// # Errors
    /// When there is no certificate in `pem`, or one that cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, RootsError> {
        let mut ders = Vec::new();
        for der in CertificateDer::pem_slice_iter(pem) {
            if ders.len() >= MOST_ROOTS {
                return Err(RootsError::TooMany);
            }
            ders.push(der.map_err(RootsError::NotPem)?);
        }
        Self::from_der(Store::Given, ders)
    }

    /// The certificates in `ders`, under the name `store`.
    ///
    /// # Errors
    /// When `ders` is empty, or has a certificate that cannot be read.
    pub fn from_der(store: Store, ders: Vec<CertificateDer<'static>>) -> Result<Self, RootsError> {
        if ders.is_empty() {
            return Err(RootsError::Empty);
        }
        let mut roots = Vec::with_capacity(ders.len());
        let mut anchors = Vec::with_capacity(ders.len());
        for (index, der) in ders.into_iter().enumerate() {
            let (root, anchor) = root(der).map_err(|reason| RootsError::Unreadable { number: index + 1, reason })?;
            roots.push(root);
            anchors.push(anchor);
        }
        Ok(Self(Arc::new(Inner { store, roots, anchors })))
    }

    /// Which store these are.
    pub fn store(&self) -> Store {
        self.0.store
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.roots.len()
    }

    /// Never true of a set that was made from a file.
    pub fn is_empty(&self) -> bool {
        self.0.roots.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Root> {
        self.0.roots.iter()
    }

    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.0.anchors
    }

    /// The certificate behind one of [`Self::anchors`], by identity: several roots of one store may
    /// share name and key.
    pub(crate) fn of_anchor(&self, anchor: &TrustAnchor<'_>) -> Option<&Root> {
        let index = self.0.anchors.iter().position(|known| std::ptr::addr_eq(known, anchor))?;
        self.0.roots.get(index)
    }

    /// The roots whose subject is the DER name `subject`, outer tag included.
    pub(crate) fn with_subject<'a>(&'a self, subject: &'a [u8]) -> impl Iterator<Item = &'a Root> {
        self.0
            .roots
            .iter()
            .zip(&self.0.anchors)
            .filter(move |(_, anchor)| name_contents(subject) == Some(anchor.subject.as_ref()))
            .map(|(root, _)| root)
    }
}

fn root(der: CertificateDer<'static>) -> Result<(Root, TrustAnchor<'static>), String> {
    let anchor = anchor_from_trusted_cert(&der).map_err(|error| error.to_string())?.to_owned();
    let parsed = certificate::parse(&der)?;
    let subject = names::distinguished_name(parsed.subject());
    let sha256 = certificate::fingerprint(&der);
    Ok((Root { der, subject, sha256 }, anchor))
}

/// A trust anchor's name lacks the outer SEQUENCE tag and length.
fn name_contents(der: &[u8]) -> Option<&[u8]> {
    let (&tag, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let skipped = match length {
        0..=0x7f => 0,
        0x81..=0x84 => usize::from(length & 0x7f),
        _ => return None,
    };
    (tag == 0x30).then_some(())?;
    rest.get(skipped..)
}

/// Mozilla has about 150; a whole system's bundle with an operator's own about 400.
const MOST_ROOTS: usize = 5_000;

/// A root that this build cannot read is left out rather than taking the process down; a test
/// proves that none is.
static MOZILLA: LazyLock<Roots> = LazyLock::new(|| {
    let (roots, anchors) =
        webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|der| root(der.clone()).ok()).unzip();
    Roots(Arc::new(Inner { store: Store::Mozilla, roots, anchors }))
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn every_root_of_mozilla_is_readable_and_found_by_its_subject() {
        let roots = Roots::mozilla();
        assert_eq!(roots.len(), webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
        for root in roots.iter() {
            let parsed = certificate::parse(&root.der).unwrap();
            assert!(roots.with_subject(parsed.subject().as_raw()).any(|found| found.sha256 == root.sha256));
        }
    }

    #[test]
    fn a_file_without_roots_is_refused_with_the_reason() {
        for (pem, reason) in [
            ("", "no certificate found"),
            ("hello", "no certificate found"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no certificate found"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1 cannot be read"),
            ("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "not PEM"),
        ] {
            let error = Roots::from_pem(pem.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(reason), "{pem:?} gives {error}");
        }
    }
}
