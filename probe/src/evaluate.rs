//! Is there a path from the leaf to a root, and if not, exactly why? The yes is rustls-webpki's;
//! the reason for a no is found by walking the served certificates ourselves, because the library
//! names neither the certificate at fault nor the missing one.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use model::{
    Timestamp,
    certificate::{Issued, own_position},
    trust::{Caveat, NoPath, PathStep, Store, StoreAnswer, Trust, root::RootFacts},
};
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

use crate::{
    certificate, names,
    namesakes::{self, Issuers},
    remembered,
    roots::{Root, Roots},
    walk,
};

/// What each of `stores` says of the chain `served` at the time `at`. It should begin with the leaf;
/// where an authority's certificate comes first, the path is that of the leaf all the same.
///
/// Only paths are judged: whether the leaf names the host is another question, answered from the
/// certificate's names. Stores that come together are asked together: paths are sought once, to the
/// roots of them all, and each store answers with what it holds of those. Where none of them has a
/// path, the reason is that of all.
pub fn evaluate(served: &[CertificateDer<'_>], stores: &[Roots], at: Timestamp) -> Trust {
    let own = own(served);
    let answered: Vec<StoreAnswer> = stores.iter().flat_map(|roots| answers(served, own, roots, at)).collect();
    let roots = root_facts(served, stores, &answered);
    Trust { stores: answered, roots }
}

/// What is known of the roots that the paths end in, each once. Without any path, of those that have
/// signed what was served: what is wrong may be theirs.
fn root_facts(served: &[CertificateDer<'_>], stores: &[Roots], answered: &[StoreAnswer]) -> Vec<RootFacts> {
    let paths: Vec<_> = answered.iter().filter_map(|answer| answer.path.as_ref().ok()?.last()).collect();
    let ends_here = |root: &&Root| paths.iter().any(|last| last.sha256 == root.sha256);
    let found: Vec<&Root> = match paths.is_empty() {
        true => walk::signers(served, stores),
        false => stores.iter().flat_map(Roots::iter).filter(ends_here).collect(),
    };
    let mut facts: Vec<RootFacts> = Vec::new();
    for root in found.into_iter().filter_map(Root::facts) {
        if !facts.iter().any(|known| known.sha256 == root.sha256) {
            facts.push(root.clone());
        }
    }
    facts
}

fn answers(served: &[CertificateDer<'_>], own: usize, roots: &Roots, at: Timestamp) -> Vec<StoreAnswer> {
    let paths = paths(served, own, roots, at);
    let answer = |store: Store| {
        let path = match &paths {
            Ok(paths) => paths.get(&store).cloned().ok_or_else(|| lacking(store, paths, roots)),
            Err(reason) => Err(reason.clone()),
        };
        StoreAnswer { store, path }
    };
    roots.stores().map(answer).collect()
}

/// Why `store` has no path while others do.
fn lacking(store: Store, paths: &Paths, roots: &Roots) -> NoPath {
    match paths.values().find_map(|path| path.last()) {
        Some(root) => NoPath::NotInStore {
            subject: root.subject.clone(),
            sha256: root.sha256,
            dated: roots.edition(store).map(|edition| edition.date),
        },
        None => NoPath::Unreadable,
    }
}

/// Where the leaf is. What begins with one need not be read to the end.
pub(crate) fn own(served: &[CertificateDer<'_>]) -> usize {
    match served.first() {
        Some(first) if certificate::read(first).is_authority() => {
            own_position(&served.iter().map(|der| certificate::read(der)).collect::<Vec<_>>())
        }
        _ => 0,
    }
}

/// A path for each store that has one.
type Paths = BTreeMap<Store, Vec<PathStep>>;

fn paths(served: &[CertificateDer<'_>], own: usize, roots: &Roots, at: Timestamp) -> Result<Paths, NoPath> {
    let leaf = served.get(own).ok_or(NoPath::Unreadable)?;
    if let Some(step) = trusted_itself(leaf, own, roots) {
        let path = Paths::from([(Store::Given, vec![step])]);
        return if is_in_date(leaf, at) { Ok(path) } else { Err(NoPath::OutOfDate { position: own }) };
    }
    let Issuers { certificates: others, cut } = namesakes::issuers(served, own);
    let search = Search { served, leaf, roots, issued: certificate::read(leaf).issued(), found: RefCell::default() };
    let refusal = match EndEntityCert::try_from(leaf) {
        Ok(end_entity) => verify(&end_entity, &others, at, &search).err(),
        Err(unreadable) => Some(unreadable),
    };
    let found = search.found.into_inner();
    match refusal {
        Some(_) if found.is_empty() && cut => {
            Err(walk::explain(served, own, roots, at, &webpki::Error::MaximumPathBuildCallsExceeded))
        }
        // What was found before the search was given up still holds.
        Some(refusal) if found.is_empty() => Err(walk::explain(served, own, roots, at, &refusal)),
        _ => Ok(found.into_iter().map(|(store, (_, path))| (store, path)).collect()),
    }
}

fn verify<'p>(
    end_entity: &'p EndEntityCert<'p>,
    intermediates: &'p [CertificateDer<'p>],
    at: Timestamp,
    search: &'p Search<'p>,
) -> Result<(), webpki::Error> {
    let path = end_entity.verify_for_usage(
        remembered::algorithms(),
        search.roots.anchors(),
        intermediates,
        unix_time(at),
        KeyUsage::server_auth(),
        None,
        Some(&|path: &VerifiedPath<'_>| search.take(path)),
    );
    path.map(|_| ())
}

/// The best path of each store, as far as the search has come.
struct Search<'s> {
    served: &'s [CertificateDer<'s>],
    leaf: &'s CertificateDer<'s>,
    roots: &'s Roots,
    issued: Issued,
    found: RefCell<BTreeMap<Store, (Caveat, Vec<PathStep>)>>,
}

impl Search<'_> {
    /// Notes a path that holds. The search goes on, for which webpki wants an error, until every store
    /// has one against which nothing is to be said.
    fn take(&self, path: &VerifiedPath<'_>) -> Result<(), webpki::Error> {
        let root = self.roots.of_anchor(path.anchor()).ok_or(webpki::Error::UnknownIssuer)?;
        let mut found = self.found.borrow_mut();
        for store in &root.holders {
            let caveat = Caveat::of(*store, &root.subject, &root.sha256, self.issued);
            if found.get(store).is_none_or(|(known, _)| caveat < *known) {
                found.insert(*store, (caveat, steps(path, self.leaf, self.served, root)));
            }
        }
        let has_best = |store: Store| matches!(found.get(&store), Some((Caveat::None, _)));
        if self.roots.stores().all(has_best) { Ok(()) } else { Err(webpki::Error::UnknownIssuer) }
    }
}

fn steps(
    path: &VerifiedPath<'_>,
    leaf: &CertificateDer<'_>,
    served: &[CertificateDer<'_>],
    root: &Root,
) -> Vec<PathStep> {
    let intermediates = path.intermediate_certificates().map(|intermediate| step(&intermediate.der(), served));
    let root = PathStep { subject: root.subject.clone(), sha256: root.sha256, position: None };
    [step(leaf, served)].into_iter().chain(intermediates).chain([root]).collect()
}

fn step(der: &CertificateDer<'_>, served: &[CertificateDer<'_>]) -> PathStep {
    PathStep {
        subject: certificate::parse(der).map(|parsed| names::distinguished_name(parsed.subject())).unwrap_or_default(),
        sha256: certificate::fingerprint(der),
        position: served.iter().position(|candidate| candidate == der),
    }
}

/// A server may serve, as its own certificate, one that the operator gave as a root: webpki knows
/// no such thing, but a device with that certificate installed accepts it.
fn trusted_itself(leaf: &CertificateDer<'_>, own: usize, roots: &Roots) -> Option<PathStep> {
    let root = roots.iter().find(|root| root.holders.contains(&Store::Given) && root.der == *leaf)?;
    Some(PathStep { subject: root.subject.clone(), sha256: root.sha256, position: Some(own) })
}

fn is_in_date(leaf: &CertificateDer<'_>, at: Timestamp) -> bool {
    certificate::parse(leaf).is_ok_and(|parsed| walk::is_in_date(&parsed, at))
}

/// No certificate is valid before 1970, so the time before it may as well be its first second.
fn unix_time(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0)))
}
