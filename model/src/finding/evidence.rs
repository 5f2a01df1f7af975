//! What a finding rests on.

use std::{collections::BTreeMap, net::IpAddr};

use serde::{Deserialize, Serialize};

use super::Code;
use crate::{
    Date, Fingerprint, RegistrableDomain, Timestamp,
    certificate::profile::KeyUsage,
    domain_entry::Api,
    fetched::FetchOutcome,
    http::HttpFailure,
    observation::{Failure, TlsVersion, is_once},
    revocation::{ListFailure, Reason, StapleProblem},
    tls::Suite,
    transparency::NotSeen,
    trust::{Store, distrust::Programme},
    verification::FileAnswer,
};

/// The facts behind a finding, typed so that a page can word and link them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
// To read so many kinds back is much code, and a browser is sent words instead (docs/decisions/0009).
#[cfg_attr(not(target_family = "wasm"), derive(Deserialize))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// The code says it all.
    None,
    /// An entry or part of one, as typed, with the corrected entry where it is obvious.
    Entry {
        /// What was typed.
        input: String,
        /// What is wrong in it, verbatim: a character, a scheme, a path.
        offending: Option<String>,
        /// The corrected entry.
        suggestion: Option<String>,
    },
    /// A host that is longer than DNS permits.
    TooLong {
        /// What was typed.
        input: String,
        /// The part that is too long.
        part: String,
        /// How many characters it has, in A-label form.
        characters: usize,
        /// The most that it may have.
        most: usize,
        /// Whether the A-label form (`xn--…`) is another than what was typed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        encoded: bool,
    },
    /// A list that holds as many entries as it may, or more.
    Quota {
        /// The list.
        api: Api,
        /// How many entries it would hold.
        used: u32,
        /// How many it may hold.
        limit: u32,
    },
    /// The ICP filing that a host inherits from its registrable domain.
    Icp {
        /// The domain that must be filed.
        domain: RegistrableDomain,
        /// When its state was last confirmed.
        confirmed_at: Option<Timestamp>,
    },
    /// A step of the connection that failed.
    Failure {
        /// What happened, and in which step.
        failure: Failure,
        /// The address it happened on; none for name resolution.
        address: Option<IpAddr>,
        /// How often it was tried.
        #[serde(default = "crate::observation::once", skip_serializing_if = "is_once")]
        tries: u32,
    },
    /// Some addresses of a name fail while others answer.
    Addresses {
        /// The addresses without a handshake, each with its reason.
        failing: BTreeMap<IpAddr, Failure>,
        /// The addresses with a handshake that a phone refuses all the same, each with its errors.
        #[serde(default)]
        faulty: BTreeMap<IpAddr, Vec<Code>>,
        /// The addresses that answer.
        answering: Vec<IpAddr>,
        /// How often those were tried that were tried more than once.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tries: BTreeMap<IpAddr, u32>,
    },
    /// The addresses of one name serve different things.
    AddressesDiffer {
        /// Leaf certificate by address.
        leaves: BTreeMap<IpAddr, Fingerprint>,
        /// In what they differ; none where it was stored before more than leaves were compared.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        differences: Vec<Difference>,
        /// Each address, with those that are alike.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<Alike>,
    },
    /// Some addresses of a name serve a certificate that others have replaced.
    NotDeployed {
        /// What the others serve.
        new: Deployed,
        /// What is still served beside it.
        old: Vec<Deployed>,
    },
    /// What is served since the last look, and what it has taken the place of.
    Replaced {
        /// What is served now.
        new: Vec<Deployed>,
        /// What was served at the last look, and where.
        old: Vec<Deployed>,
    },
    /// How the keys of a connection are agreed on, and what is signed for it.
    KeyExchange {
        /// The version.
        version: TlsVersion,
        /// The suite.
        suite: Suite,
        /// The group, by its IANA name.
        group: Option<String>,
        /// The signature scheme, by its IANA name.
        signature: Option<String>,
    },
    /// Validity of one certificate.
    Validity {
        /// Which certificate.
        certificate: CertificateReference,
        /// Start of validity.
        not_before: Timestamp,
        /// End of validity.
        not_after: Timestamp,
        /// Whole days from the time of judgement to `not_after`, rounded towards zero; negative once a day or more
        /// is past.
        days_left: i64,
    },
    /// The names that a certificate holds, among which one is missing.
    Names {
        /// The missing one: what was asked for, or the common name; empty where nothing was asked for.
        wanted: String,
        /// Subject alternative names, bounded in number.
        served: Vec<String>,
        /// How many it holds beyond those.
        #[serde(default)]
        left_out: u32,
        /// The subject's common name, which no current platform reads.
        common_name: Option<String>,
    },
    /// A key that is too weak.
    Key {
        /// Which certificate.
        certificate: CertificateReference,
        /// For example `RSA` or `EC P-256`.
        algorithm: String,
        /// Its size in bits.
        bits: u32,
    },
    /// A signature that is too weak.
    Signature {
        /// Which certificate.
        certificate: CertificateReference,
        /// For example `sha1WithRSAEncryption`.
        algorithm: String,
    },
    /// A link that is missing between a served certificate and a root.
    MissingIssuer {
        /// The last certificate served whose issuer is not.
        certificate: CertificateReference,
        /// The distinguished name of the certificate to add.
        issuer: String,
        /// Where the certificate says that its issuer can be fetched.
        authority_information_access: Vec<String>,
        /// What came of fetching it; none where nobody tried.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fetched: Option<FetchOutcome>,
    },
    /// A certificate of the chain, for findings that need nothing more.
    Certificate {
        /// Which certificate.
        certificate: CertificateReference,
    },
    /// The order in which the certificates were served, and the order they should have.
    Order {
        /// Subjects as served, leaf first.
        served: Vec<String>,
        /// Subjects in the right order.
        expected: Vec<String>,
    },
    /// The negotiated protocol.
    Protocol {
        /// Its version.
        version: TlsVersion,
        /// The suite.
        suite: Option<Suite>,
    },
    /// A store that lacks the root to which others find a path.
    NotInStore {
        /// The root.
        root: CertificateReference,
        /// The store that lacks it.
        store: Store,
        /// The day as of which that store is known.
        dated: Option<Date>,
        /// The stores that have a path.
        trusted_by: Vec<Store>,
    },
    /// A root that is in a store and no longer believed.
    Distrusted {
        /// The root.
        root: CertificateReference,
        /// Who holds it.
        authority: String,
        /// Who has withdrawn their trust.
        by: Programme,
        /// The last day (UTC) whose certificates are still trusted; none where no certificate is.
        trusted_until: Option<Date>,
        /// When the server's certificate was issued, as the rule has it: by the start of its validity, or by
        /// its first transparency timestamp.
        issued_at: Timestamp,
    },
    /// A root that old versions of Android lack.
    AndroidSince {
        /// The root.
        root: CertificateReference,
        /// The first version that has it.
        version: String,
    },
    /// An answer over HTTP.
    HttpStatus {
        /// Its status.
        status: u16,
        /// That of the same request without WeChat's referer, where it was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        without_referer: Option<u16>,
    },
    /// An answer of port 80.
    InTheClear {
        /// Its status.
        status: u16,
        /// Where it leads, as said.
        location: Option<String>,
    },
    /// What came of asking for the verification file of a business domain.
    VerificationFile {
        /// Where it should be.
        url: String,
        /// The addresses that answer so.
        addresses: Vec<IpAddr>,
        /// The answer, or why there is none.
        answer: Result<FileAnswer, HttpFailure>,
        /// How many bytes it should have, where that is known.
        expected: Option<usize>,
    },
    /// What the key of a certificate is for.
    KeyUsage {
        /// Which certificate.
        certificate: CertificateReference,
        /// As it says; none where it says nothing.
        usage: Option<KeyUsage>,
    },
    /// Extensions of a certificate.
    Extensions {
        /// Which certificate.
        certificate: CertificateReference,
        /// Their dotted object identifiers.
        oids: Vec<String>,
    },
    /// The serial number of a certificate.
    Serial {
        /// Which certificate.
        certificate: CertificateReference,
        /// In hex, as it is encoded.
        serial: String,
    },
    /// More intermediates than an authority allows below itself.
    PathLength {
        /// The authority.
        certificate: CertificateReference,
        /// How many it allows.
        allowed: u32,
        /// How many there are.
        found: u32,
    },
    /// A certificate that its issuer has revoked.
    Revoked {
        /// Which certificate.
        certificate: CertificateReference,
        /// Since when.
        at: Timestamp,
        /// Why, where the issuer says so.
        reason: Option<Reason>,
        /// The list that says so; none where the server itself staples it.
        list: Option<String>,
    },
    /// Whether a certificate is revoked could not be learned.
    NoRevocationList {
        /// Which certificate.
        certificate: CertificateReference,
        /// Where its list is to be.
        url: Option<String>,
        /// Why there is none.
        why: ListFailure,
    },
    /// A stapled OCSP response that proves nothing.
    Staple {
        /// What is wrong with it; none where it says that the responder does not know the certificate.
        problem: Option<StapleProblem>,
        /// When it was made.
        this_update: Option<Timestamp>,
        /// By when a newer one should have taken its place.
        next_update: Option<Timestamp>,
    },
    /// The transparency timestamps of a certificate.
    Transparency {
        /// Which certificate.
        certificate: CertificateReference,
        /// How many logs they are of.
        logs: u32,
        /// Of how many they should be.
        needed: u32,
        /// Whole days from the first second of its validity to the last.
        lifetime_days: i64,
        /// Of how many logs the handshake and the staple have timestamps besides; none where nobody looked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivered: Option<Result<u32, NotSeen>>,
    },
    /// Free text from a library that has no type for it.
    Detail {
        /// The library's own words.
        detail: String,
    },
}

/// In what the addresses of one name differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The server's own certificate.
    Certificate,
    /// What is served along with the same one.
    Chain,
    /// The versions of TLS that are spoken.
    Versions,
    /// The suite, where one is better than another.
    Suite,
}

/// Addresses of one name that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alike {
    /// Which.
    pub addresses: Vec<IpAddr>,
    /// The certificates as served.
    pub chain: Vec<Fingerprint>,
    /// The versions of TLS known to be spoken.
    pub versions: Vec<TlsVersion>,
    /// The negotiated suite.
    pub suite: Option<Suite>,
}

/// A certificate and where it is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployed {
    /// Which certificate.
    pub certificate: CertificateReference,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// On which addresses.
    pub addresses: Vec<IpAddr>,
}

/// Names one certificate of a chain in evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateReference {
    /// SHA-256 of the DER.
    pub sha256: Fingerprint,
    /// Distinguished name of the subject.
    pub subject: String,
    /// Position as served, the leaf being 0; none where it was not served. On the wire an index, so that nobody counts
    /// from 1.
    #[serde(rename = "index", alias = "position")]
    pub position: Option<usize>,
}
