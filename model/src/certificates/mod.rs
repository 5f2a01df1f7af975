//! The certificates that servers use as their own: each once, where it is served, whom it touches.

pub mod list;
pub mod reach;

use std::net::IpAddr;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use self::{
    list::{CertificateQuery, CertificateRow},
    reach::Reach,
};
use crate::{
    Certificate, Fingerprint, HostPort, Timestamp,
    accounts::Actor,
    paging::Page,
    service::{EndpointId, ProgramId, ServiceResult},
};

/// Weeks that the look ahead covers: a little over ninety days.
pub const WEEKS_AHEAD: usize = 13;

/// Most names of one certificate that are told; how many there are is told beside.
pub const NAMES_MOST: usize = 200;

/// Most places told of where a certificate was served before, the latest first.
pub const PAST_MOST: usize = 50;

/// Most mini programs told of that one certificate touches; how many there are is told beside.
pub const PROGRAMS_MOST: usize = 50;

/// Looks at certificates.
#[async_trait]
pub trait Certificates: Send + Sync {
    /// A page of the certificates that are served now.
    async fn certificates(&self, query: &CertificateQuery, actor: &Actor) -> ServiceResult<Page<CertificateRow>>;

    /// Everything known of one certificate, and a page of the places where it is served.
    async fn certificate(&self, id: Fingerprint, page: u32, actor: &Actor) -> ServiceResult<CertificateDetail>;

    /// How many of the certificates served now end in each of the coming weeks.
    async fn expiries(&self, actor: &Actor) -> ServiceResult<Expiries>;

    /// The certificate itself, to be saved.
    async fn download(&self, id: Fingerprint, actor: &Actor) -> ServiceResult<Download>;

    /// What of the register a certificate that is not served yet would serve, and what it would break.
    async fn reach(&self, certificate: &Certificate, actor: &Actor) -> ServiceResult<Reach>;
}

/// How many certificates end when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiries {
    /// Have ended, and are served all the same.
    pub ended: u32,
    /// End in the week that begins now, and in those after it.
    pub weeks: [u32; WEEKS_AHEAD],
}

/// A certificate as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// What to call it: its first name, or its fingerprint.
    pub name: String,
    /// As it was served.
    pub der: Vec<u8>,
}

/// Everything known of one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateDetail {
    /// What it says, with [`NAMES_MOST`] of its names at most.
    pub certificate: Certificate,
    /// When a probe first saw it.
    pub first_seen: Timestamp,
    /// Where it is served now.
    pub served: Page<Place>,
    /// Where it was served and is no more, the latest first, [`PAST_MOST`] at most.
    pub past: Vec<PastPlace>,
    /// The mini programs with an entry that one of the places where it is served answers, by name, [`PROGRAMS_MOST`]
    /// at most.
    pub programs: Vec<ProgramName>,
    /// How many there are.
    pub programs_total: u32,
    /// A later certificate for all its names that is served elsewhere: this one was renewed, but the
    /// renewal is not everywhere yet.
    pub newer: Option<Sibling>,
    /// Earlier certificates for names that this one has too, still served somewhere; a few at most.
    pub older: Vec<Sibling>,
}

/// An endpoint that serves a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Its `host:port`.
    pub target: HostPort,
    /// The addresses that served it when it was last probed.
    pub addresses: Vec<IpAddr>,
    /// Since when.
    pub since: Timestamp,
    /// The certificate whose place it took, if it is still known.
    pub replaced: Option<CertificateName>,
}

/// An endpoint that served a certificate, and does so no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastPlace {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Its `host:port`.
    pub target: HostPort,
    /// Since when it did.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The certificate that took its place.
    pub replaced_by: Option<CertificateName>,
}

/// Another certificate for the same names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sibling {
    /// Which.
    pub certificate: CertificateName,
    /// How many endpoints serve it now.
    pub endpoints: u32,
    /// One of them.
    pub endpoint: EndpointId,
    /// Its `host:port`.
    pub target: HostPort,
}

/// A certificate, named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateName {
    /// Which.
    pub sha256: Fingerprint,
    /// What it is listed under.
    pub name: String,
    /// End of validity.
    pub not_after: Timestamp,
}

/// A mini program, named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramName {
    /// Which.
    pub id: ProgramId,
    /// Its name.
    pub name: String,
}
