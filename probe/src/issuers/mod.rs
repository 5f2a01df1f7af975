//! Fetches the issuers that a server should have served, from where the certificates themselves say
//! (RFC 5280 section 4.2.2.1): bounded in steps, size and time. Only what has really signed the certificate
//! below counts, and that the chain is whole is proved against the stores.

mod body;
pub(crate) mod http;
mod shelf;

use std::sync::Arc;

use model::{
    Timestamp,
    fetched::{FetchEnd, FetchFailure, FetchTried, Fetched, FetchedCertificate},
    finding::CertificateReference,
};
use rustls::pki_types::CertificateDer;
use tokio::time::Instant;
use url::Url;
use x509_parser::prelude::X509Certificate;

pub(crate) use self::http::Network;
use self::shelf::Shelf;
use crate::{
    arrange::{Standing, standing},
    certificate,
    evaluate::own,
    roots::Roots,
    signature::{Verification, verify_certificate},
    walk::{authority_key, differ, subject_key},
};

/// What was fetched for a chain.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The facts, as they are stored.
    pub facts: Fetched,
    /// The certificates themselves, in the order of the facts.
    pub certificates: Vec<CertificateDer<'static>>,
}

/// Fetches issuers, and remembers them.
#[derive(Debug)]
pub(crate) struct Issuers {
    stores: Arc<[Roots]>,
    shelf: Shelf,
}

impl Issuers {
    /// Fetching for chains that lead to none of `stores`.
    pub(crate) fn for_stores(stores: Vec<Roots>) -> Self {
        Self { stores: stores.into(), shelf: Shelf::default() }
    }

    /// Forgets what was fetched, and what could not be.
    pub(crate) fn forget(&self) {
        self.shelf.clear();
    }

    /// What is missing above `chain`; none where an issuer is not what it lacks.
    pub(crate) async fn complete(
        &self,
        chain: &[CertificateDer<'static>],
        network: &Network<'_>,
        now: Timestamp,
        deadline: Instant,
    ) -> Option<Completion> {
        if !may_lead_nowhere(chain, &self.stores) {
            return None;
        }
        let mut all = chain.to_vec();
        let Standing::Open(above) = self.standing(&all, now).await else { return None };
        let mut open = above;
        let mut certificates = Vec::new();
        let mut tried = Vec::new();
        let end = loop {
            let (der, url) = match self.issuer_of(all.get(open)?, &all, network, deadline).await {
                Ok(found) => found,
                Err((failure, addresses)) => {
                    tried = addresses;
                    break FetchEnd::Nothing { failure };
                }
            };
            certificates.push(FetchedCertificate { certificate: certificate::read(&der), url });
            all.push(der);
            match self.standing(&all, now).await {
                Standing::Whole(stores) => break FetchEnd::Whole { stores },
                Standing::UnknownRoot(position) => {
                    let root = certificate::read(all.get(position)?);
                    let position = (position < chain.len()).then_some(position);
                    let root = CertificateReference { sha256: root.sha256, subject: root.subject, position };
                    break FetchEnd::UnknownRoot { root };
                }
                Standing::Open(position) if certificates.len() < MOST_STEPS => open = position,
                Standing::Open(_) => break FetchEnd::Nothing { failure: FetchFailure::TooMany },
                Standing::Unproven => break FetchEnd::Nothing { failure: FetchFailure::NoRoot },
            }
        };
        let facts = Fetched { above, certificates, end, tried };
        Some(Completion { facts, certificates: all.split_off(chain.len()) })
    }

    /// Signatures are checked by the hundred: not where others wait for the network.
    async fn standing(&self, all: &[CertificateDer<'static>], now: Timestamp) -> Standing {
        let (all, stores) = (all.to_vec(), Arc::clone(&self.stores));
        let judging = tokio::task::spawn_blocking(move || standing(&all, &stores, now));
        judging.await.unwrap_or(Standing::Unproven)
    }

    /// The issuer of `subject`, from the first of its addresses that has it; else why none has, and why each.
    async fn issuer_of(
        &self,
        subject: &CertificateDer<'static>,
        known: &[CertificateDer<'static>],
        network: &Network<'_>,
        deadline: Instant,
    ) -> Result<(CertificateDer<'static>, String), (FetchFailure, Vec<FetchTried>)> {
        let said = certificate::read(subject).ca_issuers;
        let mut failure = if said.is_empty() { FetchFailure::NoUrl } else { FetchFailure::NotHttp };
        let (mut asked, mut tried) = (0, Vec::new());
        for written in said {
            let Some(url) = Url::parse(&written).ok().filter(http::is_plain_http) else {
                tried.push(FetchTried { url: written, failure: FetchFailure::NotHttp });
                continue;
            };
            if asked == MOST_URLS {
                break;
            }
            asked += 1;
            failure = match self.shelf.certificates(&url, network, deadline).await {
                Ok(found) => match signer(&found, subject) {
                    Some(issuer) if known.contains(issuer) => FetchFailure::Circle,
                    Some(issuer) => return Ok((issuer.clone(), url.into())),
                    None => FetchFailure::NotTheIssuer,
                },
                Err(failure) => failure,
            };
            tried.push(FetchTried { url: written, failure: failure.clone() });
        }
        Err((failure, tried))
    }
}

/// Whether names lead from the server's own certificate to no root. Nearly always they lead to one, and
/// then no signature has to be checked to know that nothing is missing.
fn may_lead_nowhere(chain: &[CertificateDer<'_>], stores: &[Roots]) -> bool {
    let parsed: Vec<Option<X509Certificate<'_>>> = chain.iter().map(|der| certificate::parse(der).ok()).collect();
    let mut reached = vec![own(chain)];
    let mut next = 0;
    while let Some(&position) = reached.get(next) {
        next += 1;
        let Some(Some(certificate)) = parsed.get(position) else { continue };
        let issuer = certificate.issuer().as_raw();
        let is_root = certificate.subject().as_raw() == issuer;
        if is_root || stores.iter().any(|store| store.with_subject(issuer).next().is_some()) {
            return false;
        }
        for (other, candidate) in parsed.iter().enumerate() {
            let may_be_issuer = |candidate: &X509Certificate<'_>| {
                candidate.subject().as_raw() == issuer && !differ(subject_key(candidate), authority_key(certificate))
            };
            if !reached.contains(&other) && candidate.as_ref().is_some_and(may_be_issuer) {
                reached.push(other);
            }
        }
    }
    !chain.is_empty()
}

/// The certificate among `candidates` whose key has signed `subject`.
fn signer<'c>(candidates: &'c [CertificateDer<'static>], subject: &[u8]) -> Option<&'c CertificateDer<'static>> {
    let subject = certificate::parse(subject).ok()?;
    candidates.iter().find(|candidate| {
        certificate::parse(candidate).is_ok_and(|candidate| {
            candidate.subject().as_raw() == subject.issuer().as_raw()
                && verify_certificate(&subject, candidate.public_key()) == Verification::Valid
        })
    })
}

/// One above the other; public chains have two at the most.
const MOST_STEPS: usize = 4;
/// Addresses that one certificate gives.
const MOST_URLS: usize = 3;
