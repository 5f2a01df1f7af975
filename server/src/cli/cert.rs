//! `hufu cert check`: what a phone would say of a certificate that is not served yet.

use std::path::{Path, PathBuf};

use app::chain::source::Source;
use clap::Args;
use model::{
    Timestamp, Verdict,
    tools::{Inspection, KeyMatch, NoCertificates, Trusted, Wanted, WantedError},
};
use probe::{CertificateDer, Roots, certificate, evaluate, file};

use super::{
    arguments,
    exit::{CliError, Exit},
    human::{self, Block, Label, Style, Tone},
    input::{self, PEM_MOST},
    opening::Opening,
    output::{CertLine, json},
    report::{Answer, Reader, Report},
};
use crate::{
    clock,
    tools::{inspect, own},
};

/// Judge certificate files as a phone would.
///
/// PEM, DER, PKCS#7, PKCS#12 or JKS, told apart by their content. Several certificates in a file are
/// the chain as it is to be served, leaf first. With a private key, in the file or beside it, it is
/// told whether the key belongs to the certificate; it is never shown.
#[derive(Debug, Args)]
pub(crate) struct CertCheck {
    /// Files, each judged by itself; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The name or address that the certificate must be for, or a wildcard that it must have, such as
    /// '*.example.com'; without it, the certificate only has to name some host
    #[arg(long, value_name = "NAME|IP", value_parser = wanted)]
    host: Option<Wanted>,
    /// More certificates that will be served with each, in any order; only those on the way to a root are used
    #[arg(long, value_name = "PEM")]
    intermediates: Option<PathBuf>,
    #[command(flatten)]
    opening: Opening,
    /// Roots that replace every platform's store
    #[arg(long, value_name = "PEM")]
    roots: Option<PathBuf>,
    /// Where sets of roots of your own are, below trust/; see `hufu trust`
    #[arg(long, env = "HUFU_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
    /// The time of judgement, in place of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
    /// Print one JSON object a line: file, verdict, trusted, compliant, findings, chain, trust, and key where there
    /// is one: matches, other, unknown or locked. With another's key the verdict is fail, whatever the findings
    #[arg(long)]
    json: bool,
}

impl CertCheck {
    /// Judges every file.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let (roots, _) = arguments::stores(self.roots.as_deref(), &self.data_dir)?;
        let now = self.at.unwrap_or_else(clock::now);
        let others = self.intermediates.as_deref().map(certificates).transpose()?.unwrap_or_default();
        let stores = [roots];
        let password = self.opening.password()?;
        let mut report = Report::default();
        for file in &self.files {
            let answer = match self.opening.read(file, password.as_ref()) {
                Ok(contents) => {
                    let key = own(&contents.certificates).and_then(|own| contents.key.matches(own));
                    let chain = chain(contents.certificates, others.clone(), &stores, now);
                    self.judge(file, chain, key, &stores, now)
                }
                Err(error) => Answer::unreadable(error.to_string()),
            };
            if report.print(&answer)? == Reader::Gone {
                break;
            }
        }
        report.end("no file to check")
    }

    fn judge(
        &self,
        file: &Path,
        chain: Vec<CertificateDer<'static>>,
        key: Option<KeyMatch>,
        stores: &[Roots],
        now: Timestamp,
    ) -> Answer {
        let inspection = match inspect(&chain, stores, self.host.as_ref(), now) {
            Ok(inspection) => inspection,
            Err(refused) => {
                let error = CliError::File { path: file.to_owned(), reason: refused.to_string() };
                return Answer::unreadable(error.to_string());
            }
        };
        let trusted = inspection.trusted();
        let is_read = inspection.chain.iter().all(|certificate| certificate.malformed.is_none());
        let compliant = is_read.then(|| inspection.complies());
        let is_trusted = trusted == Trusted::Yes;
        let Inspection { chain: certificates, trust, findings, platforms } = &inspection;
        // A server with another's key does not even start.
        let verdict = if is_trusted && key != Some(KeyMatch::Other) { platforms.worst() } else { Verdict::Fail };
        let text = if self.json {
            json(&CertLine {
                file: file.to_string_lossy(),
                verdict,
                trusted: is_trusted,
                compliant,
                findings: findings.iter().map(Into::into).collect(),
                chain: certificates.iter().map(Into::into).collect(),
                trust: trust.stores.iter().map(Into::into).collect(),
                key: key.map(KeyMatch::as_str),
            })
        } else {
            block(file, (verdict, trusted), &inspection, key, now)
        };
        Answer::said(text, if verdict == Verdict::Fail { Exit::Fail } else { Exit::Good })
    }
}

fn wanted(text: &str) -> Result<Wanted, WantedError> {
    text.trim().parse()
}

/// The certificates of a file that no password locks.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, CliError> {
    let bytes = input::filled(path, PEM_MOST)?;
    file::certificates(&bytes).map_err(|why| {
        let reason = match why {
            NoCertificates::PasswordNeeded => {
                format!("{why}: `hufu cert convert --to pem` makes PEM of it, which is read here")
            }
            why => why.to_string(),
        };
        CliError::File { path: path.to_owned(), reason }
    })
}

/// What will be served, given more certificates to serve: those of them that lead to a root, one of
/// old phones among these, or all where none does.
fn chain(
    served: Vec<CertificateDer<'static>>,
    others: Vec<CertificateDer<'static>>,
    stores: &[Roots],
    now: Timestamp,
) -> Vec<CertificateDer<'static>> {
    let own = served.len();
    let mut all = served;
    all.extend(others);
    let trust = evaluate(&all, stores, now);
    if trust.trusting().is_empty() {
        return all;
    }
    let read: Vec<_> = all.iter().map(|der| certificate::read(der)).collect();
    let used = trust.useful(&read, now).into_iter().filter(|position| *position >= own);
    let used: Vec<_> = used.filter_map(|position| all.get(position).cloned()).collect();
    all.truncate(own);
    all.extend(used);
    all
}

fn block(
    file: &Path,
    (verdict, trusted): (Verdict, Trusted),
    inspection: &Inspection,
    key: Option<KeyMatch>,
    now: Timestamp,
) -> String {
    let style = Style::detect();
    let locale = style.locale;
    let (tone, word) = human::verdict(verdict, style);
    // As the lines on trust below it say.
    let (trust_tone, label) = match trusted {
        Trusted::Yes => (tone, Label::Trusted),
        Trusted::PathAlone => (Tone::Bad, Label::TrustedButRefused),
        Trusted::No => (Tone::Bad, Label::NotTrusted),
    };
    let mut words = format!("{word} · {}", label.word(locale));
    if key == Some(KeyMatch::Other) {
        words = format!("{words} · {}", Label::WrongKey.word(locale));
    }
    let mut block = Block::new(style, &file.display().to_string(), trust_tone, &words);
    let mut fields = human::chain(&inspection.chain, locale);
    fields.extend(key.map(|key| (Label::Key.word(locale), human::key(key, locale).to_owned())));
    fields.extend(key.and_then(|key| human::key_remedy(key, locale)));
    fields.extend(human::trust(&inspection.trust, &inspection.chain, Source::File, locale));
    fields.push((Label::Compliance.word(locale), human::compliance(inspection, locale)));
    block.fields(&fields);
    block.findings(&inspection.findings, Source::File, now);
    block.text()
}
