//! Root certificates, and which store holds each: those that platforms ship with, compiled in or read
//! from files, and those an operator gives.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, OnceLock},
};

use model::{
    Fingerprint,
    tools::damage::DamagedBlock,
    trust::{Edition, Store, root::RootFacts},
};
use rustls::pki_types::{CertificateDer, TrustAnchor};
use webpki::anchor_from_trusted_cert;

use crate::{
    certificate, file, names,
    stores::{self, StoreSet},
};

/// The roots of one store, or of several, each root once. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Roots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// In the order in which they answer; with the edition, where there is one.
    stores: Vec<(Store, Option<Edition>)>,
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
    /// The stores that have it.
    pub(crate) holders: Vec<Store>,
    /// Read when first asked for.
    facts: OnceLock<Option<RootFacts>>,
}

impl Root {
    /// What it says; none of one that cannot be read.
    pub(crate) fn facts(&self) -> Option<&RootFacts> {
        self.facts.get_or_init(|| certificate::root_facts(&self.der)).as_ref()
    }
}

/// Why a file of roots cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The text is not PEM.
    #[error("not PEM")]
    NotPem,
    /// A block of it cannot be read.
    #[error("{0}")]
    Damaged(DamagedBlock),
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
    /// Mozilla's list for servers alone, as compiled in.
    pub fn mozilla() -> Self {
        MOZILLA.clone()
    }

    /// Every store that ships with something, as compiled in.
    pub fn preinstalled() -> Self {
        PREINSTALLED.clone()
    }

    /// The roots of `sets`, one set a store. What cannot serve as a root is left out: that is told where
    /// a set is read.
    pub fn of(sets: &[StoreSet]) -> Self {
        let (mut roots, mut anchors): (Vec<Root>, Vec<_>) = (Vec::new(), Vec::new());
        let mut places: BTreeMap<Fingerprint, usize> = BTreeMap::new();
        for set in sets {
            for der in set.roots() {
                let known = places.get(&certificate::fingerprint(der)).and_then(|place| roots.get_mut(*place));
                if let Some(known) = known {
                    known.holders.push(set.store);
                } else if let Ok((root, anchor)) = root(der.clone(), set.store) {
                    places.insert(root.sha256, roots.len());
                    roots.push(root);
                    anchors.push(anchor);
                }
            }
        }
        let stores = sets.iter().map(|set| (set.store, Some(set.edition.clone()))).collect();
        Self(Arc::new(Inner { stores, roots, anchors }))
    }

    /// The certificates in `pem`, which stand for every platform's store.
    ///
    /// # Errors
    /// When there is no certificate in `pem`, or one that cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, RootsError> {
        Self::from_der(Store::Given, ders(pem)?)
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
            let (root, anchor) =
                root(der, store).map_err(|reason| RootsError::Unreadable { number: index + 1, reason })?;
            roots.push(root);
            anchors.push(anchor);
        }
        Ok(Self(Arc::new(Inner { stores: vec![(store, None)], roots, anchors })))
    }

    /// The subjects of those that are no authority's, which no platform would take for a root.
    pub fn of_no_authority(&self) -> impl Iterator<Item = &str> {
        let is_other = |root: &&Root| certificate::parse(&root.der).is_ok_and(|parsed| !stores::is_authority(&parsed));
        self.0.roots.iter().filter(is_other).map(|root| root.subject.as_str())
    }

    /// Which stores these are, in the order in which they answer.
    pub fn stores(&self) -> impl Iterator<Item = Store> {
        self.0.stores.iter().map(|(store, _)| *store)
    }

    /// Which state of `store` this is, where that is known.
    pub fn edition(&self, store: Store) -> Option<&Edition> {
        self.0.stores.iter().find(|(known, _)| *known == store)?.1.as_ref()
    }

    /// How many roots there are.
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
    pub(crate) fn with_subject(&self, subject: &[u8]) -> impl Iterator<Item = &Root> {
        self.0
            .roots
            .iter()
            .zip(&self.0.anchors)
            .filter(move |(_, anchor)| name_contents(subject) == Some(anchor.subject.as_ref()))
            .map(|(root, _)| root)
    }
}

/// The certificates of a text, which may hold anything between them.
pub(crate) fn ders(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, RootsError> {
    let refused = |block: Option<DamagedBlock>| block.map_or(RootsError::NotPem, RootsError::Damaged);
    let ders = file::pem::certificates(pem, MOST_ROOTS).map_err(refused)?;
    if ders.len() > MOST_ROOTS { Err(RootsError::TooMany) } else { Ok(ders) }
}

fn root(der: CertificateDer<'static>, holder: Store) -> Result<(Root, TrustAnchor<'static>), String> {
    let anchor = anchor_from_trusted_cert(&der).map_err(|error| error.to_string())?.to_owned();
    let parsed = certificate::parse(&der)?;
    let subject = names::distinguished_name(parsed.subject());
    let sha256 = certificate::fingerprint(&der);
    Ok((Root { der, subject, sha256, holders: vec![holder], facts: OnceLock::new() }, anchor))
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

static MOZILLA: LazyLock<Roots> = LazyLock::new(|| {
    let mozilla = stores::embedded().iter().find(|set| set.store == Store::Mozilla);
    Roots::of(mozilla.map(std::slice::from_ref).unwrap_or_default())
});

static PREINSTALLED: LazyLock<Roots> = LazyLock::new(|| Roots::of(stores::embedded()));

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
    fn a_root_of_several_stores_is_there_once() {
        let roots = Roots::preinstalled();
        assert!(roots.stores().eq(Store::PREINSTALLED));
        let mut seen: Vec<_> = roots.iter().map(|root| root.sha256).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), roots.len());
        for set in stores::embedded() {
            let held = roots.iter().filter(|root| root.holders.contains(&set.store)).count();
            assert_eq!(held, set.roots().len(), "{:?}", set.store);
            assert_eq!(roots.edition(set.store), Some(&set.edition));
        }
    }

    #[test]
    fn a_file_without_roots_is_refused_with_the_reason() {
        for (pem, reason) in [
            ("", "no certificate found"),
            ("hello", "no certificate found"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no certificate found"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1 cannot be read"),
            (
                "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
                "block 1 (CERTIFICATE) begins on line 1 and cannot be read: line 2 is not base64",
            ),
        ] {
            let error = Roots::from_pem(pem.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(reason), "{pem:?} gives {error}");
        }
    }
}
