//! `hufu cert chain`: from a file of certificates to the one that a server is to send.

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use app::{i18n::Locale, words};
use clap::Args;
use ipnet::IpNet;
use model::{
    Certificate, Timestamp,
    fetched::{FetchEnd, FetchFailure, FetchTried},
    observation::Failure,
};
use probe::{
    Arranged, CertificateDer, Completion, NetworkPolicy, Prober, Reach, Resolve, Roots, arrange, certificate, file,
};

use super::{
    arguments,
    exit::{CliError, Exit},
    human::{self, Block, Label, Style, Tone},
    made::{self, Readers, Taken},
    opening::Unlocking,
    output::{ChainLine, FetchedObject, json},
    report::{Answer, Report},
};
use crate::{clock, tools::own};

/// Put certificates in the order in which a server is to send them, and fetch what is missing.
///
/// PEM, DER, PKCS#7, PKCS#12 or JKS, told apart by their content, in any order; a private key in the file
/// is not written. Roots are dropped, and so is what is on no way from the server's own
/// certificate to a root. What is missing is fetched from where the certificates themselves say, and
/// counts only if it has signed. Nothing is written unless the chain leads to a root.
#[derive(Debug, Args)]
pub(crate) struct CertChain {
    /// The certificates; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    unlocking: Unlocking,
    /// Where to write the chain; without this it goes to standard output, and what was done is told on
    /// standard error
    #[arg(long, value_name = "PEM")]
    out: Option<PathBuf>,
    /// Overwrite what is there
    #[arg(long, requires = "out")]
    force: bool,
    /// Fetch nothing
    #[arg(long)]
    offline: bool,
    /// Roots that replace every platform's store
    #[arg(long, value_name = "PEM")]
    roots: Option<PathBuf>,
    /// Where sets of roots of your own are, below trust/; see `hufu trust`
    #[arg(long, env = "HUFU_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Connect to this address for this host and port, whatever the name servers say
    #[arg(long, value_name = "HOST:PORT:IP")]
    resolve: Vec<Resolve>,
    /// Permit connections to a private, loopback or otherwise special range
    #[arg(long, value_name = "CIDR", value_parser = arguments::range)]
    allow_net: Vec<IpNet>,
    /// Time for everything that is fetched; a fraction is allowed
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = arguments::seconds, allow_negative_numbers = true)]
    timeout: Duration,
    /// Print one JSON object in place of everything else: file, complete, chain, fetched, roots, strangers, pem where
    /// it is complete, and unknown_root, missing, why, tried (url and failure of each address that had nothing) and
    /// written_to where there is something to say
    #[arg(long)]
    json: bool,
}

impl CertChain {
    /// Makes the chain, and says how.
    pub(crate) async fn run(self) -> Result<Exit, CliError> {
        let there = Taken::by(self.force);
        if let Some(out) = &self.out {
            there.check(out)?;
        }
        let (roots, _) = arguments::stores(self.roots.as_deref(), &self.data_dir)?;
        let password = self.unlocking.password()?;
        let mut certificates = self.unlocking.read(&self.file, password.as_ref())?.certificates;
        self.has_a_server_s(&certificates)?;
        let (stores, now) = (vec![roots], clock::now());
        let completion = if self.offline { None } else { self.fetch(&certificates, &stores, now).await? };
        certificates.extend(completion.iter().flat_map(|completion| completion.certificates.iter().cloned()));
        let arranged = arrange(&certificates, &stores, now);
        let is_whole = matches!(arranged.reach, Reach::Root { .. });
        let text = file::to_pem(&arranged.chain, None);
        if let Some(out) = self.out.as_deref().filter(|_| is_whole) {
            made::write(out, text.as_bytes(), Readers::Any, there)?;
        }
        let exit = exit(&arranged.reach, completion.as_ref());
        let said = if self.json {
            Some(self.object(&arranged, completion.as_ref(), &text))
        } else {
            let told = self.told(&arranged, completion.as_ref());
            if self.out.is_some() {
                Some(told)
            } else {
                // Nobody is left to tell when standard error is closed.
                let _ = writeln!(io::stderr().lock(), "{told}");
                is_whole.then(|| text.trim_end().to_owned())
            }
        };
        let mut report = Report::default();
        report.print(&Answer { text: said, complaint: None, exit })?;
        report.end("no certificate")
    }

    /// What authorities have is nothing that a server could send by itself.
    fn has_a_server_s(&self, certificates: &[CertificateDer<'_>]) -> Result<(), CliError> {
        let is_authority = own(certificates).is_some_and(|own| certificate::read(own).is_authority());
        if is_authority {
            let reason = "not a server's certificate but an authority's".to_owned();
            return Err(CliError::File { path: self.file.clone(), reason });
        }
        Ok(())
    }

    async fn fetch(
        &self,
        certificates: &[CertificateDer<'static>],
        stores: &[Roots],
        now: Timestamp,
    ) -> Result<Option<Completion>, CliError> {
        let prober = Prober::builder()
            .policy(NetworkPolicy::allowing(self.allow_net.iter().copied()))
            .fixed(self.resolve.iter().cloned().collect())
            .roots(stores.to_vec())
            .timeout(self.timeout)
            .build()
            .map_err(|error| CliError::Tls(error.to_string()))?;
        Ok(prober.complete(certificates, now).await)
    }

    /// The same for a script, with the chain itself.
    fn object(&self, arranged: &Arranged, completion: Option<&Completion>, text: &str) -> String {
        let (chain, roots, strangers) = (read(&arranged.chain), read(&arranged.roots), read(&arranged.strangers));
        let is_whole = matches!(arranged.reach, Reach::Root { .. });
        let fetched = completion.into_iter().flat_map(|completion| &completion.facts.certificates);
        let (unknown_root, missing) = match &arranged.reach {
            Reach::UnknownRoot { subject } => (Some(subject.as_str()), None),
            Reach::Missing { issuer } => (None, Some(issuer.as_str())),
            Reach::Root { .. } | Reach::Nothing => (None, None),
        };
        json(&ChainLine {
            file: self.file.to_string_lossy(),
            complete: is_whole,
            chain: chain.iter().map(Into::into).collect(),
            fetched: fetched.map(FetchedObject::from).collect(),
            roots: roots.iter().map(Into::into).collect(),
            strangers: strangers.iter().map(Into::into).collect(),
            unknown_root,
            missing,
            why: completion.and_then(failure),
            tried: completion.map(|completion| completion.facts.tried.as_slice()).unwrap_or_default(),
            written_to: self.out.as_deref().filter(|_| is_whole).map(Path::to_string_lossy),
            pem: is_whole.then_some(text),
        })
    }

    /// What was done, or what stands in the way.
    fn told(&self, arranged: &Arranged, completion: Option<&Completion>) -> String {
        let style = Style::detect();
        let locale = style.locale;
        let Arranged { chain, roots, strangers, reach } = arranged;
        let (tone, word) = match reach {
            Reach::Root { .. } => (Tone::Good, Label::Complete),
            _ => (Tone::Bad, Label::Incomplete),
        };
        let mut fields = human::chain(&read(chain), locale);
        let fetched = completion.into_iter().flat_map(|completion| &completion.facts.certificates);
        fields.extend(fetched.map(|fetched| {
            let said = format!("{} ← {}", fetched.certificate.subject, fetched.url);
            (Label::Fetched.word(locale), said)
        }));
        for (label, dropped) in [(Label::RootDropped, roots), (Label::StrangerDropped, strangers)] {
            let subjects = read(dropped).into_iter().map(|Certificate { subject, .. }| subject);
            fields.extend(subjects.map(|subject| (label.word(locale), subject)));
        }
        fields.extend(match reach {
            Reach::Root { .. } => None,
            Reach::UnknownRoot { subject } => Some((Label::UnknownRoot.word(locale), subject.clone())),
            Reach::Missing { issuer } => Some((Label::Missing.word(locale), issuer.clone())),
            Reach::Nothing => Some((Label::Why.word(locale), Label::LeadsNowhere.word(locale).to_owned())),
        });
        fields.extend(completion.into_iter().flat_map(|completion| obstacles(completion, locale)));
        if let (Some(out), Reach::Root { .. }) = (&self.out, reach) {
            fields.push((Label::WrittenTo.word(locale), out.display().to_string()));
        }
        let mut block = Block::new(style, &self.file.display().to_string(), tone, word.word(locale));
        block.fields(&fields);
        block.text()
    }
}

fn read(ders: &[CertificateDer<'_>]) -> Vec<Certificate> {
    ders.iter().map(|der| certificate::read(der)).collect()
}

const fn failure(completion: &Completion) -> Option<&FetchFailure> {
    match &completion.facts.end {
        FetchEnd::Nothing { failure } => Some(failure),
        FetchEnd::Whole { .. } | FetchEnd::UnknownRoot { .. } => None,
    }
}

/// Why nothing was fetched, address by address, and what would permit an address that was barred.
fn obstacles(completion: &Completion, locale: Locale) -> Vec<(&'static str, String)> {
    let Some(failure) = failure(completion) else { return Vec::new() };
    let said = |failure| words::connection::fetch_failure(failure, locale);
    let tried = &completion.facts.tried;
    if tried.is_empty() {
        return vec![(Label::Why.word(locale), said(failure))];
    }
    let whys = tried.iter().map(|FetchTried { url, failure }| format!("{url}: {}", said(failure)));
    let mut fields: Vec<_> = whys.map(|why| (Label::Why.word(locale), why)).collect();
    let barred: BTreeSet<_> = tried.iter().filter_map(|tried| barred(&tried.failure)).collect();
    let permits = barred.into_iter().map(|address| format!("--allow-net {address} {}", Label::Permits.word(locale)));
    fields.extend(permits.map(|permits| (Label::WhatToDo.word(locale), permits)));
    fields
}

/// The address to which no connection was permitted.
const fn barred(failure: &FetchFailure) -> Option<IpAddr> {
    match failure {
        FetchFailure::Unreached { failure: Failure::Policy { address } } => Some(*address),
        _ => None,
    }
}

/// Where nobody has answered, another time may do better.
fn exit(reach: &Reach, completion: Option<&Completion>) -> Exit {
    let is_silence = completion.and_then(failure).is_some_and(FetchFailure::is_silence);
    match reach {
        Reach::Root { .. } => Exit::Good,
        Reach::Missing { .. } if is_silence => Exit::Unreachable,
        Reach::UnknownRoot { .. } | Reach::Missing { .. } | Reach::Nothing => Exit::Fail,
    }
}
