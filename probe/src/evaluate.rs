//! Is there a path from the leaf to a root, and if not, exactly why? The yes is rustls-webpki's;
//! the reason for a no is found by walking the served certificates ourselves, because the library
//! names neither the certificate at fault nor the missing one.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

use model::{
    Timestamp,
    certificate::{Certificate, Issued, own_position},
    trust::{Caveat, NoPath, PathStep, Store, StoreAnswer, Trust, root::RootFacts},
};
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

use crate::{
    certificate,
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
/// path, the reason is that of all. Of several paths a store answers with the one against which least is to be
/// said, and names a few others.
pub fn evaluate(served: &[CertificateDer<'_>], stores: &[Roots], at: Timestamp) -> Trust {
    let read: Vec<_> = served.iter().map(|der| certificate::read(der)).collect();
    evaluate_read(Chain { served, read: &read }, stores, at)
}

/// The same of a chain whose facts are known already.
pub(crate) fn evaluate_read(chain: Chain<'_>, stores: &[Roots], at: Timestamp) -> Trust {
    let own = own_position(chain.read);
    let mut trust = Trust::default();
    for roots in stores {
        let paths = paths(chain, own, roots, at);
        trust.stores.extend(answers(&paths, roots));
        trust.alternatives.extend(alternatives(paths));
    }
    trust.roots = root_facts(chain.served, stores, &trust.stores);
    trust
}

/// Certificates as served, and what is in each.
#[derive(Clone, Copy)]
pub(crate) struct Chain<'c> {
    pub(crate) served: &'c [CertificateDer<'c>],
    pub(crate) read: &'c [Certificate],
}

impl Chain<'_> {
    fn step(&self, der: &CertificateDer<'_>) -> PathStep {
        let position = self.served.iter().position(|candidate| candidate == der);
        match position.and_then(|position| self.read.get(position)) {
            Some(Certificate { subject, sha256, .. }) => {
                PathStep { subject: subject.clone(), sha256: *sha256, position }
            }
            None => PathStep { subject: String::new(), sha256: certificate::fingerprint(der), position },
        }
    }
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

fn answers(paths: &Result<Paths, NoPath>, roots: &Roots) -> Vec<StoreAnswer> {
    let answer = |store: Store| {
        let path = match paths {
            Ok(paths) => best(paths.get(&store)).ok_or_else(|| lacking(store, paths, roots)),
            Err(reason) => Err(reason.clone()),
        };
        StoreAnswer { store, path }
    };
    roots.stores().map(answer).collect()
}

fn best(known: Option<&Known>) -> Option<Vec<PathStep>> {
    known?.first().map(|(_, path)| path.clone())
}

fn alternatives(paths: Result<Paths, NoPath>) -> impl Iterator<Item = (Store, Vec<Vec<PathStep>>)> {
    let others =
        |(store, known): (Store, Known)| (store, known.into_iter().skip(1).map(|(_, path)| path).collect::<Vec<_>>());
    let has_any = |(_, others): &(Store, Vec<_>)| !others.is_empty();
    paths.unwrap_or_default().into_iter().map(others).filter(has_any)
}

/// Why `store` has no path while others do.
fn lacking(store: Store, paths: &Paths, roots: &Roots) -> NoPath {
    match paths.values().find_map(|known| known.first()?.1.last()) {
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

/// The paths of each store that has one.
type Paths = BTreeMap<Store, Known>;

/// The paths of a store, each with what is to be said against it, the least first.
type Known = Vec<(Caveat, Vec<PathStep>)>;

fn paths(chain: Chain<'_>, own: usize, roots: &Roots, at: Timestamp) -> Result<Paths, NoPath> {
    let Chain { served, read } = chain;
    let (Some(leaf), Some(facts)) = (served.get(own), read.get(own)) else { return Err(NoPath::Unreadable) };
    if let Some(step) = trusted_itself(leaf, own, roots) {
        let path = Paths::from([(Store::Given, vec![(Caveat::None, vec![step])])]);
        return if is_in_date(leaf, at) { Ok(path) } else { Err(NoPath::OutOfDate { position: own }) };
    }
    let Issuers { certificates: others, cut, rivals } = namesakes::issuers(served, own);
    // Where no two are of one name, every path leads over all that the first one does.
    let wanted = Cell::new(if rivals { MOST_COMPARED } else { 0 });
    let search = Search { chain, leaf, roots, issued: facts.issued(), wanted, found: RefCell::default() };
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
        _ => Ok(found),
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

/// The paths of each store, as far as the search has come.
struct Search<'s> {
    chain: Chain<'s>,
    leaf: &'s CertificateDer<'s>,
    roots: &'s Roots,
    issued: Issued,
    /// So many more paths are worth a look for being another.
    wanted: Cell<usize>,
    found: RefCell<Paths>,
}

impl Search<'_> {
    /// Notes a path that holds. The search goes on, for which webpki wants an error, until every store
    /// has one against which nothing is to be said, and where there may be others, a few of those.
    fn take(&self, path: &VerifiedPath<'_>) -> Result<(), webpki::Error> {
        let root = self.roots.of_anchor(path.anchor()).ok_or(webpki::Error::UnknownIssuer)?;
        let steps = steps(path, self.leaf, self.chain, root);
        let mut found = self.found.borrow_mut();
        for store in &root.holders {
            let caveat = Caveat::of(*store, &root.subject, &root.sha256, self.issued);
            note(found.entry(*store).or_default(), caveat, &steps);
        }
        let wanted = self.wanted.get().saturating_sub(1);
        self.wanted.set(wanted);
        let has_enough = |store: Store| {
            found.get(&store).is_some_and(|known| {
                matches!(known.first(), Some((Caveat::None, _))) && (wanted == 0 || known.len() == MOST_PATHS)
            })
        };
        if self.roots.stores().all(has_enough) { Ok(()) } else { Err(webpki::Error::UnknownIssuer) }
    }
}

/// Puts a path where it belongs among those of a store. One that needs all that a better one needs, and more
/// or another root, is of no use to anybody, whichever of the two was found first.
fn note(known: &mut Known, caveat: Caveat, path: &[PathStep]) {
    let is_of_no_use = |(other, steps): &(Caveat, Vec<PathStep>)| *other <= caveat && needs_all(path, steps);
    if known.iter().any(is_of_no_use) {
        return;
    }
    let place = known.partition_point(|(other, _)| *other <= caveat);
    let mut worse = known.split_off(place);
    worse.retain(|(_, steps)| !needs_all(steps, path));
    known.push((caveat, path.to_vec()));
    known.append(&mut worse);
    known.truncate(MOST_PATHS);
}

/// Whether `path` leads over every certificate below the root of `other`.
fn needs_all(path: &[PathStep], other: &[PathStep]) -> bool {
    let [other @ .., _] = other else { return true };
    other.iter().all(|step| path.iter().any(|needed| needed.sha256 == step.sha256))
}

fn steps(path: &VerifiedPath<'_>, leaf: &CertificateDer<'_>, chain: Chain<'_>, root: &Root) -> Vec<PathStep> {
    let intermediates = path.intermediate_certificates().map(|intermediate| chain.step(&intermediate.der()));
    let root = PathStep { subject: root.subject.clone(), sha256: root.sha256, position: None };
    [chain.step(leaf)].into_iter().chain(intermediates).chain([root]).collect()
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

/// Of one store.
const MOST_PATHS: usize = 4;
/// Paths that are looked at for being another than those which are known: webpki verifies at most a hundred
/// signatures, two or three for each.
const MOST_COMPARED: usize = 16;

#[cfg(test)]
mod tests {
    use model::Fingerprint;

    use super::*;

    /// Below a root, the last of these.
    fn path(certificates: &[u8]) -> Vec<PathStep> {
        let step =
            |number: &u8| PathStep { subject: String::new(), sha256: Fingerprint::new([*number; 32]), position: None };
        certificates.iter().map(step).collect()
    }

    #[test]
    fn a_path_that_needs_no_more_than_a_worse_one_takes_its_place() {
        use Caveat::{Distrusted, None as Nothing, RecentRoot};
        for (found, kept) in [
            // Two roots of one name and key.
            (&[(RecentRoot(34), &[0, 1, 8][..]), (Nothing, &[0, 1, 9])][..], &[&[0, 1, 9][..]][..]),
            (&[(Nothing, &[0, 1, 9]), (RecentRoot(34), &[0, 1, 8])], &[&[0, 1, 9]]),
            (
                &[(Distrusted, &[0, 1, 2, 8]), (RecentRoot(34), &[0, 3, 8]), (Nothing, &[0, 1, 9])],
                &[&[0, 1, 9], &[0, 3, 8]],
            ),
            // The better one needs more.
            (&[(RecentRoot(34), &[0, 1, 8]), (Nothing, &[0, 1, 2, 9])], &[&[0, 1, 2, 9], &[0, 1, 8]]),
            (&[(Nothing, &[0, 1, 2, 9]), (Nothing, &[0, 1, 8])], &[&[0, 1, 2, 9], &[0, 1, 8]]),
        ] {
            let mut known = Known::new();
            for (caveat, steps) in found {
                note(&mut known, *caveat, &path(steps));
            }
            let paths: Vec<_> = known.into_iter().map(|(_, steps)| steps).collect();
            assert_eq!(paths, kept.iter().map(|steps| path(steps)).collect::<Vec<_>>(), "{found:?}");
        }
    }
}
