//! The certificate inspector, for the console and for `hufu cert check` alike, and the look at a verification file.

use async_trait::async_trait;
use model::{
    Certificate, HostPort, Timestamp, Verdicts,
    accounts::{Actor, Permission},
    certificate::own_position,
    diagnose::{Context, diagnose_chain},
    endpoints::route::Route,
    service::{Field, Problem, ServiceError, ServiceResult},
    tools::{Inspection, NoCertificates, OtherWildcard, Supplement, Tools, Wanted},
    verification::{FileContent, FileFacts, FileName},
};
use probe::{
    CertificateDer, Completion, Prober, Roots, certificate, evaluate,
    file::{self, HeldKey},
};

use crate::{clock::Clock, store::Failure};

/// Judges by these stores, and asks by this prober.
#[derive(Debug)]
pub struct Inspector {
    roots: Vec<Roots>,
    prober: Prober,
    clock: Clock,
}

impl Inspector {
    /// Judging by `roots`, and asking by `prober`.
    pub fn new(roots: Vec<Roots>, prober: Prober, clock: Clock) -> Self {
        Self { roots, prober, clock }
    }
}

#[async_trait]
impl Tools for Inspector {
    async fn inspect(&self, file: Vec<u8>, wanted: Option<Wanted>, actor: &Actor) -> ServiceResult<Inspection> {
        actor.require(Permission::View)?;
        let (roots, now) = (self.roots.clone(), self.clock.now());
        aside(move || Ok(inspect(&certificates(&file)?, &roots, wanted.as_ref(), now)?)).await
    }

    async fn supplement(&self, file: Vec<u8>, actor: &Actor) -> ServiceResult<Supplement> {
        actor.require(Permission::Probe)?;
        let (chain, of) = aside(move || {
            let chain = certificates(&file)?;
            let of: Vec<_> = chain.iter().map(|der| certificate::read(der).sha256).collect();
            Ok((chain, of))
        })
        .await?;
        Ok(match self.prober.complete(&chain, self.clock.now()).await {
            Some(Completion { facts, certificates }) => {
                Supplement { of, facts: Some(facts), pem: file::to_pem(&certificates, None).as_str().to_owned() }
            }
            None => Supplement { of, facts: None, pem: String::new() },
        })
    }

    async fn inspect_with(
        &self,
        file: Vec<u8>,
        supplement: Supplement,
        wanted: Option<Wanted>,
        actor: &Actor,
    ) -> ServiceResult<Inspection> {
        actor.require(Permission::View)?;
        let (roots, now) = (self.roots.clone(), self.clock.now());
        aside(move || {
            let certificates = supplemented(certificates(&file)?, &supplement);
            Ok(inspect(&file::served(&certificates, &HeldKey::None), &roots, wanted.as_ref(), now)?)
        })
        .await
    }

    async fn verification_file(
        &self,
        route: Route,
        target: HostPort,
        name: FileName,
        content: Option<FileContent>,
        actor: &Actor,
    ) -> ServiceResult<FileFacts> {
        actor.require(Permission::Probe)?;
        let expected = content.or_else(|| name.content());
        let (expected, now) = (expected.as_ref(), self.clock.now());
        let asking = self.prober.verification_file(&route, &target, &name, expected, now);
        Ok(asking.await.map_err(Failure::from)?)
    }
}

/// Opens and judges where nobody else waits.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> ServiceResult<T> + Send + 'static) -> ServiceResult<T> {
    // A panic in there has been logged.
    let stopped = |_| ServiceError::Internal { reference: "certificate inspector".to_owned() };
    tokio::task::spawn_blocking(work).await.map_err(stopped)?
}

fn certificates(file: &[u8]) -> ServiceResult<Vec<CertificateDer<'static>>> {
    let refused = |why: NoCertificates| ServiceError::invalid(Field::CertificateFile, Problem::NoCertificates(why));
    let certificates = file::certificates(file).map_err(refused)?;
    file::readable(file, &certificates).map_err(refused)?;
    Ok(certificates)
}

/// The certificates of a file, and what was fetched for them. Of another file's it is for whoever puts them in order
/// to leave it out: it has signed nothing here.
pub(crate) fn supplemented(
    mut certificates: Vec<CertificateDer<'static>>,
    supplement: &Supplement,
) -> Vec<CertificateDer<'static>> {
    // Nothing may have been fetched.
    for der in file::certificates(supplement.pem.as_bytes()).unwrap_or_default() {
        if !certificates.contains(&der) {
            certificates.push(der);
        }
    }
    certificates
}

/// The server's own certificate, wherever it stands in `chain`.
pub(crate) fn own<'a, 'der>(chain: &'a [CertificateDer<'der>]) -> Option<&'a CertificateDer<'der>> {
    let read: Vec<Certificate> = chain.iter().map(|der| certificate::read(der)).collect();
    chain.get(own_position(&read))
}

/// What a phone would say of `chain`, which should begin with the leaf.
///
/// # Errors
/// When a wildcard is wanted that the server's own certificate lacks.
pub(crate) fn inspect(
    chain: &[CertificateDer<'_>],
    roots: &[Roots],
    wanted: Option<&Wanted>,
    now: Timestamp,
) -> Result<Inspection, OtherWildcard> {
    let host = wanted.and_then(Wanted::name);
    let trust = evaluate(chain, roots, now);
    let read = |der: &CertificateDer<'_>| match host {
        Some(host) => certificate::read_for(der, host),
        None => certificate::read(der),
    };
    let chain: Vec<Certificate> = chain.iter().map(read).collect();
    if let Some(wanted) = wanted {
        wanted.can_be_judged(chain.get(own_position(&chain)))?;
    }
    let findings = diagnose_chain(&chain, &trust, host, Context::of(roots.iter().flat_map(Roots::stores)), now);
    let platforms = Verdicts::from_findings(&findings);
    Ok(Inspection { chain, trust, findings, platforms })
}
