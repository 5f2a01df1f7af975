//! What goes out: the objects of `--json`, whose keys are an interface, and the two streams.

use std::{
    io::{self, Write},
    net::IpAddr,
};

use model::{
    Api, Certificate, Code, Evidence, Finding, Fingerprint, Observation, Platform, Severity, Timestamp, Verdict,
    Verdicts,
    observation::{AddressObservation, Handshake, Resolution, TlsVersion},
};
use serde::Serialize;

use super::exit::{CliError, Exit};

/// An object of `hufu probe`.
#[derive(Debug, Serialize)]
pub(crate) struct ProbeLine<'a> {
    /// `host:port`.
    pub(crate) target: String,
    pub(crate) verdict: Verdict,
    pub(crate) platforms: Verdicts,
    pub(crate) findings: Vec<FindingObject<'a>>,
    /// As served by the first address that served one.
    pub(crate) chain: Vec<CertificateObject<'a>>,
    pub(crate) addresses: Vec<AddressObject<'a>>,
    /// Of the first address that finished a handshake.
    pub(crate) tls: Option<TlsObject<'a>>,
    pub(crate) timings_ms: Timings,
}

/// An object of `hufu cert check`.
#[derive(Debug, Serialize)]
pub(crate) struct CertLine<'a> {
    /// Path, name and time hold under the roots in use.
    pub(crate) trusted: bool,
    pub(crate) findings: Vec<FindingObject<'a>>,
    pub(crate) chain: Vec<CertificateObject<'a>>,
}

/// An object of `hufu url check`.
#[derive(Debug, Serialize)]
pub(crate) struct UrlLine<'a> {
    pub(crate) url: &'a str,
    pub(crate) api: Api,
    pub(crate) allowed: bool,
    pub(crate) reason: &'static str,
    /// The entry that allows it.
    pub(crate) matched_entry: Option<String>,
    /// The entry that comes closest, when none allows it.
    pub(crate) near_miss: Option<String>,
}

/// An object of `hufu entry check`.
#[derive(Debug, Serialize)]
pub(crate) struct EntryLine<'a> {
    pub(crate) entry: &'a str,
    pub(crate) api: Api,
    pub(crate) accepted: bool,
    /// As WeChat shows it.
    pub(crate) normalised: Option<String>,
    pub(crate) findings: Vec<CodeObject>,
    pub(crate) suggestion: Option<String>,
}

/// An object of `hufu icp check`.
#[derive(Debug, Serialize)]
pub(crate) struct IcpLine<'a> {
    pub(crate) input: &'a str,
    pub(crate) valid: bool,
    pub(crate) normalised: Option<String>,
    /// `filing`, `licence` or `value_added`.
    pub(crate) kind: Option<&'static str>,
    /// The province's character; none for a number of several provinces together.
    pub(crate) province: Option<char>,
}

/// A finding with its evidence.
#[derive(Debug, Serialize)]
pub(crate) struct FindingObject<'a> {
    code: Code,
    severity: Severity,
    platforms: &'a [Platform],
    evidence: &'a Evidence,
}

impl<'a> From<&'a Finding> for FindingObject<'a> {
    fn from(finding: &'a Finding) -> Self {
        let Finding { code, severity, platforms, evidence } = finding;
        Self { code: *code, severity: *severity, platforms, evidence }
    }
}

/// A finding of a rule, whose evidence is the entry itself.
#[derive(Debug, Serialize)]
pub(crate) struct CodeObject {
    code: Code,
    severity: Severity,
}

impl From<&Finding> for CodeObject {
    fn from(finding: &Finding) -> Self {
        Self { code: finding.code, severity: finding.severity }
    }
}

/// A certificate of a chain.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateObject<'a> {
    sha256: Fingerprint,
    subject: &'a str,
    issuer: &'a str,
    not_before: Timestamp,
    not_after: Timestamp,
    names: Vec<String>,
    /// For example `EC P-256` or `RSA 2048`.
    key: String,
    signature: &'a str,
}

impl<'a> From<&'a Certificate> for CertificateObject<'a> {
    fn from(certificate: &'a Certificate) -> Self {
        Self {
            sha256: certificate.sha256,
            subject: &certificate.subject,
            issuer: &certificate.issuer,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            names: names(certificate),
            key: certificate.key.to_string(),
            signature: &certificate.signature.name,
        }
    }
}

/// The names and addresses of a certificate.
pub(crate) fn names(certificate: &Certificate) -> Vec<String> {
    let addresses = certificate.ip_addresses.iter().map(ToString::to_string);
    certificate.dns_names.iter().cloned().chain(addresses).collect()
}

/// An address with what failed there, or what was negotiated.
#[derive(Debug, Serialize)]
pub(crate) struct AddressObject<'a> {
    ip: IpAddr,
    #[serde(flatten)]
    outcome: Outcome<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome<'a> {
    Error(String),
    Tls(TlsObject<'a>),
}

impl<'a> From<&'a AddressObservation> for AddressObject<'a> {
    fn from(seen: &'a AddressObservation) -> Self {
        let outcome = match &seen.outcome {
            Ok(handshake) => Outcome::Tls(handshake.into()),
            Err(failure) => Outcome::Error(failure.to_string()),
        };
        Self { ip: seen.address, outcome }
    }
}

/// What was negotiated.
#[derive(Debug, Serialize)]
pub(crate) struct TlsObject<'a> {
    version: TlsVersion,
    /// By its IANA name.
    suite: &'a str,
}

impl<'a> From<&'a Handshake> for TlsObject<'a> {
    fn from(handshake: &'a Handshake) -> Self {
        Self { version: handshake.version, suite: &handshake.suite }
    }
}

/// How long each step took, in milliseconds; none where it was not taken or not finished.
#[derive(Debug, Serialize)]
pub(crate) struct Timings {
    dns: Option<u32>,
    /// Of the slowest address, as is `handshake`.
    connect: Option<u32>,
    handshake: Option<u32>,
    total: u32,
}

impl From<&Observation> for Timings {
    fn from(observation: &Observation) -> Self {
        let dns = match observation.resolution {
            Resolution::Dns { took_ms } => Some(took_ms),
            Resolution::Literal | Resolution::Fixed | Resolution::Failed { .. } => None,
        };
        Self {
            dns,
            connect: observation.addresses.iter().filter_map(|seen| seen.connect_ms).max(),
            handshake: observation.addresses.iter().filter_map(|seen| seen.handshake_ms).max(),
            total: observation.total_ms,
        }
    }
}

/// `object` in one line.
pub(crate) fn json(object: &impl Serialize) -> String {
    // The objects have string keys and no foreign `Serialize`, so there is nothing to fail.
    serde_json::to_string(object).unwrap_or_default()
}

/// What one input comes to.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For standard output: an object, or a block of lines; none when nothing can be said.
    pub(crate) text: Option<String>,
    /// For standard error, when the input is not what it should be.
    pub(crate) complaint: Option<String>,
    /// How it ends.
    pub(crate) exit: Exit,
}

impl Answer {
    /// An answer in full.
    pub(crate) const fn said(text: String, exit: Exit) -> Self {
        Self { text: Some(text), complaint: None, exit }
    }

    /// An input that cannot be read.
    pub(crate) const fn unreadable(complaint: String) -> Self {
        Self { text: None, complaint: Some(complaint), exit: Exit::Usage }
    }
}

/// Standard output, and the worst status so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    exit: Exit,
    answers: u64,
}

/// Whether anybody still reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody may.
    Listening,
    /// The pipe is closed.
    Gone,
}

impl Report {
    /// Prints one answer.
    ///
    /// # Errors
    /// When standard output cannot be written; a closed pipe is no error.
    pub(crate) fn print(&mut self, answer: &Answer) -> Result<Reader, CliError> {
        self.answers += 1;
        self.exit = self.exit.max(answer.exit);
        if let Some(complaint) = &answer.complaint {
            complain(complaint);
        }
        let Some(text) = &answer.text else { return Ok(Reader::Listening) };
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) {
            Ok(()) => Ok(Reader::Listening),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
            Err(error) => Err(CliError::Output(error)),
        }
    }

    /// The worst status of all answers.
    ///
    /// # Errors
    /// With `nothing` when there was no answer at all.
    pub(crate) const fn end(&self, nothing: &'static str) -> Result<Exit, CliError> {
        if self.answers == 0 { Err(CliError::NothingToDo(nothing)) } else { Ok(self.exit) }
    }
}

/// One plain line on standard error.
pub(crate) fn complain(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "hufu: {}", plain(line));
}

/// `text` in one line that no terminal acts on.
pub(crate) fn plain(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => line.push(' '),
            character if is_active(character) => line.extend(character.escape_unicode()),
            character => line.push(character),
        }
    }
    line
}

/// Control characters, and those that reorder what is displayed around them.
fn is_active(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
