//! What came of fetching the certificates that a server should have served and did not: facts, brought
//! by `probe`. Phones fetch nothing, so no verdict rests on them; they name what is to be added.

use serde::{Deserialize, Serialize};

use crate::{Certificate, finding::CertificateReference, observation::Failure, trust::Store};

/// What was fetched above a served certificate whose issuer is neither served nor a root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// Position as served of that certificate.
    pub above: usize,
    /// From its issuer upwards; each has signed one that was served, or one before it here.
    pub certificates: Vec<FetchedCertificate>,
    /// Where it led.
    pub end: FetchEnd,
    /// Where the issuer that could not be had was looked for, address by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<FetchTried>,
}

/// An address that had no issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchTried {
    /// As the certificate has it.
    pub url: String,
    /// Why not.
    pub failure: FetchFailure,
}

/// A certificate that no server of the endpoint sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchedCertificate {
    /// What it says.
    pub certificate: Certificate,
    /// Where it was fetched from, as the certificate below has it.
    pub url: String,
}

impl Fetched {
    /// Whether what was served is a whole chain together with what was fetched.
    pub const fn is_whole(&self) -> bool {
        matches!(self.end, FetchEnd::Whole { .. })
    }

    /// The same with the certificates by name alone, for evidence.
    pub fn outcome(&self) -> FetchOutcome {
        let reference = |FetchedCertificate { certificate, .. }: &FetchedCertificate| CertificateReference {
            sha256: certificate.sha256,
            subject: certificate.subject.clone(),
            position: None,
        };
        FetchOutcome { certificates: self.certificates.iter().map(reference).collect(), end: self.end.clone() }
    }
}

/// What fetching came to, in evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchOutcome {
    /// What was fetched, from the missing issuer upwards.
    pub certificates: Vec<CertificateReference>,
    /// Where it led.
    pub end: FetchEnd,
}

/// Where fetching led.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "led_to", rename_all = "snake_case")]
pub enum FetchEnd {
    /// To a root: with what was fetched the chain is whole.
    Whole {
        /// The stores that have the root, of those that were asked.
        stores: Vec<Store>,
    },
    /// To a certificate that is signed by itself and that no store has.
    UnknownRoot {
        /// That certificate.
        root: CertificateReference,
    },
    /// To nothing that could be had.
    Nothing {
        /// Why.
        failure: FetchFailure,
    },
}

/// Why an issuer could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum FetchFailure {
    /// The certificate does not say where its issuer is.
    #[error("the certificate does not say where its issuer can be fetched")]
    NoUrl,
    /// What it says, or is redirected to, is no address of plain HTTP.
    #[error("its address is not plain http")]
    NotHttp,
    /// No connection came about.
    #[error("{failure}")]
    Unreached {
        /// How it failed.
        failure: Failure,
    },
    /// There was no answer, or no end of it, in time.
    #[error("no answer in time")]
    Timeout,
    /// An answer other than 200.
    #[error("the answer was HTTP {status}")]
    Status {
        /// Its status.
        status: u16,
    },
    /// One redirect after another.
    #[error("too many redirects")]
    TooManyRedirects,
    /// More than any issuer takes.
    #[error("the answer is too large")]
    TooLarge,
    /// The connection broke, or what came over it was not HTTP.
    #[error("the answer was not HTTP: {detail}")]
    Broken {
        /// The words of the HTTP library.
        detail: String,
    },
    /// The answer is no certificate.
    #[error("the answer is no certificate")]
    NotACertificate,
    /// The certificate that is there has not signed the one below.
    #[error("the certificate there is not the issuer")]
    NotTheIssuer,
    /// It is one that is there already: issuers that name each other.
    #[error("the issuers lead in a circle")]
    Circle,
    /// Still no root after so many as no real chain has.
    #[error("too many issuers, one above the other")]
    TooMany,
    /// What was fetched signs, and leads to no root all the same.
    #[error("what was fetched leads to no root")]
    NoRoot,
    /// The machine that probed had no means left to ask.
    #[error("{detail}")]
    Unable {
        /// What it lacked.
        detail: String,
    },
}

impl FetchFailure {
    /// Whether nobody has answered, so that another time may do better.
    pub const fn is_silence(&self) -> bool {
        matches!(self, Self::Unreached { .. } | Self::Timeout | Self::Broken { .. } | Self::Unable { .. })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        fixture::{intermediate, seen},
        observation::{AddressObservation, DnsFailure, TcpFailure},
    };

    #[test]
    fn an_observation_from_before_anything_was_fetched_is_still_read() {
        let mut old = serde_json::to_value(seen(1)).unwrap();
        assert!(old.as_object_mut().unwrap().remove("fetched").is_none(), "what is not there is not written");
        assert_eq!(serde_json::from_value::<AddressObservation>(old).unwrap().fetched, None);
    }

    #[test]
    fn what_was_fetched_before_addresses_were_told_is_still_read() {
        let end = FetchEnd::Nothing { failure: FetchFailure::Timeout };
        let mut fetched = Fetched { above: 0, certificates: Vec::new(), end, tried: Vec::new() };
        let old = r#"{"above":0,"certificates":[],"end":{"led_to":"nothing","failure":{"reason":"timeout"}}}"#;
        assert_eq!(serde_json::to_string(&fetched).unwrap(), old, "what is not there is not written");
        assert_eq!(serde_json::from_str::<Fetched>(old).unwrap(), fetched);
        let url = "http://ca.example/".to_owned();
        fetched.tried = vec![FetchTried { url, failure: FetchFailure::Timeout }];
        let written = serde_json::to_string(&fetched).unwrap();
        assert_eq!(serde_json::from_str::<Fetched>(&written).unwrap(), fetched, "{written}");
    }

    #[test]
    fn every_end_reads_back_as_it_was_written() {
        let root =
            CertificateReference { sha256: intermediate().sha256, subject: intermediate().subject, position: Some(1) };
        let dns = Failure::Dns { reason: DnsFailure::ServerFailure { detail: "words".to_owned() } };
        let tcp = Failure::Tcp { reason: TcpFailure::Refused };
        let nothing = |failure| FetchEnd::Nothing { failure };
        for end in [
            FetchEnd::Whole { stores: vec![Store::Mozilla] },
            FetchEnd::UnknownRoot { root },
            nothing(FetchFailure::NoUrl),
            nothing(FetchFailure::Unreached { failure: dns }),
            nothing(FetchFailure::Unreached { failure: tcp }),
            nothing(FetchFailure::Status { status: 404 }),
            nothing(FetchFailure::Broken { detail: "words".to_owned() }),
        ] {
            let certificate = FetchedCertificate { certificate: intermediate(), url: "http://ca.example/".to_owned() };
            let fetched = Fetched { above: 0, certificates: vec![certificate], end, tried: Vec::new() };
            let written = serde_json::to_string(&fetched).unwrap();
            assert_eq!(serde_json::from_str::<Fetched>(&written).unwrap(), fetched, "{written}");
        }
    }
}
