//! The certificates of a file in the order in which a server is to send them: its own first, then each
//! issuer of the one before, and no root.

use std::collections::BTreeSet;

use model::{
    Fingerprint, Timestamp,
    certificate::own_position,
    trust::{NoPath, Store, StoreAnswer},
};
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::X509Certificate;

use crate::{
    certificate,
    evaluate::{Chain, evaluate, evaluate_read},
    roots::Roots,
    signature::{Verification, verify_certificate},
};

/// Certificates put in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arranged {
    /// What a server is to send.
    pub chain: Vec<CertificateDer<'static>>,
    /// Signed by themselves, so that nobody needs them from a server.
    pub roots: Vec<CertificateDer<'static>>,
    /// On no way from the server's own certificate upwards.
    pub strangers: Vec<CertificateDer<'static>>,
    /// Where the chain leads.
    pub reach: Reach,
}

/// Where a chain leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To a root of these stores.
    Root {
        /// Of those that were asked.
        stores: Vec<Store>,
    },
    /// To a certificate that is signed by itself and that no store has.
    UnknownRoot {
        /// Its subject.
        subject: String,
    },
    /// To a certificate whose issuer is not there.
    Missing {
        /// The name of the issuer.
        issuer: String,
    },
    /// To nothing: a certificate cannot be read, or a signature does not verify.
    Nothing,
}

/// Puts `given` in order by the path that `stores` find at the time `at`, or where there is none, by who
/// has signed whom. What is given twice is there once.
pub fn arrange(given: &[CertificateDer<'static>], stores: &[Roots], at: Timestamp) -> Arranged {
    let mut all: Vec<CertificateDer<'static>> = Vec::with_capacity(given.len());
    for der in given {
        if !all.contains(der) {
            all.push(der.clone());
        }
    }
    let read: Vec<_> = all.iter().map(|der| certificate::read(der)).collect();
    let own = own_position(&read);
    let trust = evaluate_read(Chain { served: &all, read: &read }, stores, at);
    // A cross-signed certificate may lead to the root of one store, and not to that of another, around
    // something that is revoked, or to a root of old phones.
    let mut path = trust.useful(&read, at);
    if path.is_empty() {
        path = by_signatures(&all, own);
    }
    let is_root = |position: usize| position != own && read[position].self_signed;
    let of = |positions: Vec<usize>| positions.into_iter().map(|position| all[position].clone()).collect();
    let (roots, others): (Vec<usize>, Vec<usize>) = (0..all.len()).partition(|position| is_root(*position));
    let strangers = others.into_iter().filter(|position| !path.contains(position)).collect();
    let chain = path.iter().copied().filter(|position| !roots.contains(position)).collect();
    let reach = match standing_by(&trust.stores) {
        Standing::Whole(stores) => Reach::Root { stores },
        Standing::UnknownRoot(position) => Reach::UnknownRoot { subject: read[position].subject.clone() },
        Standing::Open(position) => Reach::Missing { issuer: read[position].issuer.clone() },
        Standing::Unproven => Reach::Nothing,
    };
    Arranged { chain: of(chain), roots: of(roots), strangers: of(strangers), reach }
}

/// The same without those of `given` that are better left out, where the others lead to a root of every store
/// to which all lead.
pub fn arrange_without(
    left_out: &BTreeSet<Fingerprint>,
    given: &[CertificateDer<'static>],
    stores: &[Roots],
    at: Timestamp,
) -> Arranged {
    let all = arrange(given, stores, at);
    let is_kept = |der: &&CertificateDer<'static>| !left_out.contains(&certificate::fingerprint(der));
    let kept: Vec<_> = given.iter().filter(is_kept).cloned().collect();
    if kept.len() == given.len() {
        return all;
    }
    let others = arrange(&kept, stores, at);
    let is_enough = match (&all.reach, &others.reach) {
        (Reach::Root { stores: before }, Reach::Root { stores: after }) => {
            before.iter().all(|store| after.contains(store))
        }
        _ => false,
    };
    if is_enough { others } else { all }
}

/// From the certificate at `own` to whoever has signed it, and so on.
fn by_signatures(all: &[CertificateDer<'_>], own: usize) -> Vec<usize> {
    let parsed: Vec<_> = all.iter().map(|der| certificate::parse(der).ok()).collect();
    let mut path = Vec::new();
    let mut current = Some(own).filter(|own| *own < all.len());
    while let Some(position) = current.filter(|_| path.len() < LONGEST_PATH) {
        path.push(position);
        current = parsed[position].as_ref().and_then(|subject| {
            let signs = |position: &usize| {
                parsed[*position].as_ref().is_some_and(|issuer: &X509Certificate<'_>| {
                    !path.contains(position)
                        && issuer.subject().as_raw() == subject.issuer().as_raw()
                        && verify_certificate(subject, issuer.public_key()) == Verification::Valid
                })
            };
            (0..parsed.len()).find(signs)
        });
    }
    path
}

/// Where certificates lead, by their positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// To a root of these stores.
    Whole(Vec<Store>),
    /// To this one, which is signed by itself and in no store.
    UnknownRoot(usize),
    /// To this one, whose issuer is not there.
    Open(usize),
    /// None of that.
    Unproven,
}

/// Where `all` lead from the server's own certificate. Of a defect on a path that is there, such as an
/// expired certificate, something else is to be said: nothing is missing then.
pub(crate) fn standing(all: &[CertificateDer<'_>], stores: &[Roots], at: Timestamp) -> Standing {
    standing_by(&evaluate(all, stores, at).stores)
}

fn standing_by(answers: &[StoreAnswer]) -> Standing {
    let whole: Vec<Store> =
        answers.iter().filter(|answer| answer.path.as_ref().err().is_none_or(is_defect)).map(|it| it.store).collect();
    if !whole.is_empty() {
        return Standing::Whole(whole);
    }
    let reasons = || answers.iter().filter_map(|answer| answer.path.as_ref().err());
    let unknown = reasons().find_map(|reason| match reason {
        NoPath::UnknownRoot { position } => Some(Standing::UnknownRoot(*position)),
        _ => None,
    });
    let open = || {
        reasons().find_map(|reason| match reason {
            NoPath::MissingIssuer { position } => Some(Standing::Open(*position)),
            _ => None,
        })
    };
    unknown.or_else(open).unwrap_or(Standing::Unproven)
}

/// Whether this is said of a path that is there.
const fn is_defect(reason: &NoPath) -> bool {
    matches!(
        reason,
        NoPath::OutOfDate { .. } | NoPath::NotACa { .. } | NoPath::NameConstraint | NoPath::WeakLink { .. }
    )
}

/// As long as any path that is found.
const LONGEST_PATH: usize = 8;
