//! The objects of `--json`. Their keys and words are an interface: add, never rename.

use std::{borrow::Cow, net::IpAddr};

use model::{
    Api, Certificate, Code, Date, Evidence, Finding, Fingerprint, Host, Observation, Platform, Severity, Timestamp,
    Verdict, Verdicts,
    fetched::{FetchFailure, FetchTried, FetchedCertificate},
    http::HttpFacts,
    observation::{AddressObservation, Handshake, Protocols, Resolution, TlsVersion},
    revocation::{Listed, Staple},
    tls::Suite,
    trust::{NoPath, Store, StoreAnswer},
    verification::FileLook,
};
use serde::Serialize;

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
    /// What each store says of that chain.
    pub(crate) trust: Vec<TrustObject<'a>>,
    pub(crate) addresses: Vec<AddressObject>,
    /// Of the first address that finished a handshake.
    pub(crate) tls: Option<TlsObject>,
    /// What was answered over HTTP; none where nobody asked.
    pub(crate) http: Option<&'a HttpFacts>,
    pub(crate) timings_ms: Timings,
}

/// An object of `hufu verify-file`.
#[derive(Debug, Serialize)]
pub(crate) struct FileLine<'a> {
    pub(crate) url: String,
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<FindingObject<'a>>,
    /// How many bytes it should hold; none where that is not known, and only the shape is judged.
    pub(crate) expected_bytes: Option<usize>,
    /// Where the addresses came from: `dns`, where WeChat asks, `fixed`, `literal`, or `failed`.
    pub(crate) resolution: &'static str,
    /// The name that was asked for, where it is not the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_name: Option<&'a Host>,
    /// One for each address.
    pub(crate) answers: &'a [FileLook],
}

/// An object of `hufu cert check`.
#[derive(Debug, Serialize)]
pub(crate) struct CertLine<'a> {
    /// As it was named; `-` for standard input.
    pub(crate) file: Cow<'a, str>,
    /// The worst of all platforms; `fail` where no path holds.
    pub(crate) verdict: Verdict,
    /// Path, name and time hold under the roots in use.
    pub(crate) trusted: bool,
    /// Nothing in it breaks RFC 5280 or, of a public authority, the CA/Browser Forum's rules, in a way
    /// that any client minds; none where one of them cannot be read.
    pub(crate) compliant: Option<bool>,
    pub(crate) findings: Vec<FindingObject<'a>>,
    pub(crate) chain: Vec<CertificateObject<'a>>,
    /// What each store says of it.
    pub(crate) trust: Vec<TrustObject<'a>>,
    /// Whether the private key belongs to the server's certificate; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<&'static str>,
}

/// An object of `hufu cert chain`.
#[derive(Debug, Serialize)]
pub(crate) struct ChainLine<'a> {
    /// As it was named; `-` for standard input.
    pub(crate) file: Cow<'a, str>,
    /// Whether the chain leads to a root.
    pub(crate) complete: bool,
    /// What a server is to send, in order, as far as it is known.
    pub(crate) chain: Vec<CertificateObject<'a>>,
    /// What of it was not in the file.
    pub(crate) fetched: Vec<FetchedObject<'a>>,
    /// Left out because nobody needs them from a server.
    pub(crate) roots: Vec<CertificateObject<'a>>,
    /// Left out because they are on no way to a root.
    pub(crate) strangers: Vec<CertificateObject<'a>>,
    /// Distinguished name of the root that it leads to, and that no store has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unknown_root: Option<&'a str>,
    /// Distinguished name of the issuer that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) missing: Option<&'a str>,
    /// Why it could not be fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<&'a FetchFailure>,
    /// Where it was looked for, and why it was not there.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) tried: &'a [FetchTried],
    /// The file that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) written_to: Option<Cow<'a, str>>,
    /// The chain, where it is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pem: Option<&'a str>,
}

/// A certificate that was fetched.
#[derive(Debug, Serialize)]
pub(crate) struct FetchedObject<'a> {
    /// Where from.
    url: &'a str,
    sha256: Fingerprint,
    subject: &'a str,
}

impl<'a> From<&'a FetchedCertificate> for FetchedObject<'a> {
    fn from(FetchedCertificate { certificate, url }: &'a FetchedCertificate) -> Self {
        Self { url, sha256: certificate.sha256, subject: &certificate.subject }
    }
}

/// An object of `hufu trust list` and `hufu trust update`.
#[derive(Debug, Serialize)]
pub(crate) struct StoreLine<'a> {
    pub(crate) store: Store,
    /// How many.
    pub(crate) roots: usize,
    pub(crate) date: Date,
    pub(crate) version: Option<&'a str>,
    pub(crate) source: &'a str,
    /// Those that ask it.
    pub(crate) platforms: &'a [Platform],
    /// Where it is kept; none where it is compiled in, or has not been kept.
    pub(crate) file: Option<String>,
    /// Whether it stands in the place of another now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replaced: Option<bool>,
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
    pub(crate) findings: Vec<FindingObject<'a>>,
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
    /// What is wrong with it: `empty`, `province`, `digits`, `suffix` or `shape`.
    pub(crate) problem: Option<&'static str>,
}

/// A finding with its evidence.
#[derive(Debug, Serialize)]
pub(crate) struct FindingObject<'a> {
    code: Code,
    severity: Severity,
    platforms: &'a [Platform],
    evidence: &'a Evidence,
    /// The addresses that show it, where others do not and the evidence names none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    shown_by: &'a [IpAddr],
}

impl<'a> From<&'a Finding> for FindingObject<'a> {
    fn from(finding: &'a Finding) -> Self {
        let Finding { code, severity, platforms, evidence, shown_by } = finding;
        Self { code: *code, severity: *severity, platforms, evidence, shown_by }
    }
}

/// What a store says of a chain.
#[derive(Debug, Serialize)]
pub(crate) struct TrustObject<'a> {
    store: Store,
    /// Whether it has a path, which an authority that it no longer believes may still spoil: that is a
    /// finding.
    path: bool,
    /// Distinguished name of the root that the path ends in.
    root: Option<&'a str>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a NoPath>,
}

impl<'a> From<&'a StoreAnswer> for TrustObject<'a> {
    fn from(StoreAnswer { store, path }: &'a StoreAnswer) -> Self {
        let root = path.as_ref().ok().and_then(|path| path.last()).map(|root| root.subject.as_str());
        Self { store: *store, path: path.is_ok(), root, why: path.as_ref().err() }
    }
}

/// A certificate of a chain.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateObject<'a> {
    sha256: Fingerprint,
    subject: &'a str,
    issuer: &'a str,
    /// None, as is the other, where it cannot be read.
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    names: Vec<String>,
    /// For example `EC P-256` or `RSA 2048`.
    key: String,
    signature: &'a str,
    /// Of how many logs it has transparency timestamps; none where it cannot be read.
    transparency_logs: Option<usize>,
}

impl<'a> From<&'a Certificate> for CertificateObject<'a> {
    fn from(certificate: &'a Certificate) -> Self {
        let is_read = certificate.malformed.is_none();
        Self {
            sha256: certificate.sha256,
            subject: &certificate.subject,
            issuer: &certificate.issuer,
            not_before: is_read.then_some(certificate.not_before),
            not_after: is_read.then_some(certificate.not_after),
            names: names(certificate),
            key: certificate.key.to_string(),
            signature: &certificate.signature.name,
            transparency_logs: certificate.logs(),
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
pub(crate) struct AddressObject {
    ip: IpAddr,
    #[serde(flatten)]
    outcome: Outcome,
    /// What it would take besides, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    protocols: Option<Protocols>,
    /// How often it was tried, where that was more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    tries: Option<u32>,
    /// What it staples.
    #[serde(skip_serializing_if = "Option::is_none")]
    staple: Option<Staple>,
    /// What the lists of their issuers say of what it serves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lists: Vec<Listed>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Error(String),
    Tls(TlsObject),
}

impl From<&AddressObservation> for AddressObject {
    fn from(seen: &AddressObservation) -> Self {
        let outcome = match &seen.outcome {
            Ok(handshake) => Outcome::Tls(handshake.into()),
            Err(failure) => Outcome::Error(failure.to_string()),
        };
        let tries = (seen.tries > 1).then_some(seen.tries);
        let (staple, lists) = (seen.staple.clone(), seen.lists.clone());
        Self { ip: seen.address, outcome, protocols: seen.protocols.clone(), tries, staple, lists }
    }
}

/// What was negotiated.
#[derive(Debug, Serialize)]
pub(crate) struct TlsObject {
    version: TlsVersion,
    suite: Suite,
}

impl From<&Handshake> for TlsObject {
    fn from(handshake: &Handshake) -> Self {
        Self { version: handshake.version, suite: handshake.suite }
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
