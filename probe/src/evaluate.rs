//! Is there a path from the leaf to a root, and if not, exactly why? The yes is rustls-webpki's;
//! the reason for a no is found by walking the served certificates ourselves, because the library
//! names neither the certificate at fault nor the missing one.

use std::time::Duration;

use model::{
    Timestamp,
    certificate::own_position,
    trust::{NoPath, PathStep, Store, StoreAnswer, Trust},
};
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, VerifiedPath};

use crate::{certificate, names, roots::Roots, walk};

/// What each of `stores` says of the chain `served` at the time `at`. It should begin with the leaf;
/// where an authority's certificate comes first, the path is that of the leaf all the same.
///
/// Only paths are judged: whether the leaf names the host is another question, answered from the
/// certificate's names.
pub fn evaluate(served: &[CertificateDer<'_>], stores: &[Roots], at: Timestamp) -> Trust {
    let own = own(served);
    let stores =
        stores.iter().map(|roots| StoreAnswer { store: roots.store(), path: path(served, own, roots, at) }).collect();
    Trust { stores }
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

fn path(served: &[CertificateDer<'_>], own: usize, roots: &Roots, at: Timestamp) -> Result<Vec<PathStep>, NoPath> {
    let leaf = served.get(own).ok_or(NoPath::Unreadable)?;
    if let Some(step) = trusted_itself(leaf, own, roots) {
        return if is_in_date(leaf, at) { Ok(vec![step]) } else { Err(NoPath::OutOfDate { position: own }) };
    }
    let others = served.iter().enumerate().filter(|(position, _)| *position != own);
    let others: Vec<_> = others.map(|(_, der)| CertificateDer::from(der.as_ref())).collect();
    let refusal = match EndEntityCert::try_from(leaf) {
        Ok(end_entity) => match verify(&end_entity, &others, roots, at) {
            Ok(path) => return Ok(steps(&path, leaf, served, roots)),
            Err(refusal) => refusal,
        },
        Err(unreadable) => unreadable,
    };
    Err(walk::explain(served, own, roots, at, &refusal))
}

fn verify<'p>(
    end_entity: &'p EndEntityCert<'p>,
    intermediates: &'p [CertificateDer<'p>],
    roots: &'p Roots,
    at: Timestamp,
) -> Result<VerifiedPath<'p>, webpki::Error> {
    end_entity.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        roots.anchors(),
        intermediates,
        unix_time(at),
        KeyUsage::server_auth(),
        None,
        None,
    )
}

fn steps(
    path: &VerifiedPath<'_>,
    leaf: &CertificateDer<'_>,
    served: &[CertificateDer<'_>],
    roots: &Roots,
) -> Vec<PathStep> {
    let intermediates = path.intermediate_certificates().map(|intermediate| step(&intermediate.der(), served));
    let root = roots.of_anchor(path.anchor()).map(|root| PathStep {
        subject: root.subject.clone(),
        sha256: root.sha256,
        position: None,
    });
    [step(leaf, served)].into_iter().chain(intermediates).chain(root).collect()
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
    let root = roots.iter().find(|root| roots.store() == Store::Given && root.der == *leaf)?;
    Some(PathStep { subject: root.subject.clone(), sha256: root.sha256, position: Some(own) })
}

fn is_in_date(leaf: &CertificateDer<'_>, at: Timestamp) -> bool {
    certificate::parse(leaf).is_ok_and(|parsed| walk::is_in_date(&parsed, at))
}

/// No certificate is valid before 1970, so the time before it may as well be its first second.
fn unix_time(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0)))
}
