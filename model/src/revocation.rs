//! What authorities say of certificates that they have issued: the answer that a server staples to its
//! handshake (RFC 6960), and the lists of what is revoked (RFC 5280 section 5). Facts, brought by `probe`.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, certificate::Sct, fetched::FetchFailure};

/// A revoked certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Since when.
    pub at: Timestamp,
    /// Why, where the authority says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Why a certificate was revoked (RFC 5280 section 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The authority keeps it to itself.
    Unspecified,
    /// The server's key is known to others.
    KeyCompromise,
    /// So is the authority's.
    CaCompromise,
    /// The holder goes by another name.
    AffiliationChanged,
    /// Another certificate takes its place.
    Superseded,
    /// The holder has no more use for it.
    CessationOfOperation,
    /// For a time only.
    CertificateHold,
    /// It is no longer revoked; of use in lists of differences alone.
    RemoveFromCrl = 8,
    /// The holder should not have had it.
    PrivilegeWithdrawn,
    /// The key of an attribute authority is known to others.
    AaCompromise,
}

impl Reason {
    /// By the number that authorities write.
    pub const fn of(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Unspecified,
            1 => Self::KeyCompromise,
            2 => Self::CaCompromise,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            6 => Self::CertificateHold,
            8 => Self::RemoveFromCrl,
            9 => Self::PrivilegeWithdrawn,
            10 => Self::AaCompromise,
            _ => return None,
        })
    }
}

/// What a responder says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Status {
    /// It is not revoked.
    Good,
    /// It is.
    Revoked(Revoked),
    /// The responder does not know it.
    Unknown,
}

/// An OCSP response that a server has stapled to its handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staple {
    /// What it says of the server's certificate; none where it says nothing of that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// From when on that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub this_update: Option<Timestamp>,
    /// By when there is to be a newer one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_update: Option<Timestamp>,
    /// Why nobody should believe it, at the time of the probe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<StapleProblem>,
    /// The transparency timestamps within what it says of that certificate, believed or not: a log, and no
    /// responder, vouches for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scts: Vec<Sct>,
}

impl Staple {
    /// Whether it proves that the certificate is not revoked.
    pub const fn is_good(&self) -> bool {
        matches!((&self.status, &self.problem), (Some(Status::Good), None))
    }

    /// The revocation that it proves. What was revoked stays so, however old the answer, unless it was for a
    /// time only.
    pub const fn revoked(&self) -> Option<Revoked> {
        let Some(Status::Revoked(revoked)) = &self.status else { return None };
        match &self.problem {
            None => Some(*revoked),
            Some(StapleProblem::Expired) if !matches!(revoked.reason, Some(Reason::CertificateHold)) => Some(*revoked),
            Some(_) => None,
        }
    }
}

/// Why a stapled response is not to be believed. The first that applies, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum StapleProblem {
    /// It is no OCSP response.
    Malformed,
    /// The responder gave an error in place of an answer (RFC 6960 section 4.2.1).
    NoAnswer {
        /// Its number.
        code: u8,
    },
    /// It is about other certificates.
    OtherCertificate,
    /// The issuer, which has to vouch for it, is not known: no fault of the response.
    NoIssuer,
    /// Neither the issuer, nor anybody whom it has charged with that, has signed it.
    BadSignature,
    /// Nobody here can say whether the signature holds: no fault of the response.
    Unsupported {
        /// Why.
        detail: String,
    },
    /// It is of a time to come.
    NotYetValid,
    /// A newer one should have taken its place.
    Expired,
}

impl StapleProblem {
    /// Whether clients that look at it are to blame the server for it.
    pub const fn is_a_fault(&self) -> bool {
        !matches!(self, Self::NoIssuer | Self::Unsupported { .. })
    }
}

/// What the list of its issuer says of a served certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Position as served of the certificate, from 0. On the wire an index, so that nobody counts from 1.
    #[serde(rename = "index", alias = "position")]
    pub position: usize,
    /// Where the list is, as the certificate has it; none where it says nothing of one over plain HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What the list says.
    #[serde(flatten)]
    pub answer: ListAnswer,
}

/// What a list of revoked certificates says of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum ListAnswer {
    /// It is not on it.
    NotListed {
        /// When the list was made.
        this_update: Timestamp,
        /// By when there is to be a newer one.
        next_update: Timestamp,
    },
    /// It is on it.
    Revoked(Revoked),
    /// There is no list to ask.
    Unknown {
        /// Why.
        why: ListFailure,
    },
}

/// Why there is no list to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum ListFailure {
    /// The certificate names none.
    NoUrl,
    /// The one that it names is not to be had over plain HTTP.
    NotHttp,
    /// It could not be fetched.
    NotFetched {
        /// Why.
        failure: FetchFailure,
    },
    /// What was fetched is no list, or one of a kind that is not read here.
    Unreadable,
    /// The list is another one's, or about other certificates.
    OtherList,
    /// The issuer has not signed it.
    BadSignature,
    /// It is of a time to come.
    NotYetValid,
    /// A newer one should have taken its place.
    Stale {
        /// By when.
        next_update: Timestamp,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{fixture, observation::AddressObservation};

    fn at() -> Timestamp {
        "2026-04-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn an_observation_from_before_revocation_was_looked_at_is_still_read() {
        let stored = serde_json::to_value(fixture::seen(1)).unwrap();
        let stored = stored.as_object().unwrap();
        // What was not looked at is stored as it always was.
        assert!(!stored.contains_key("staple") && !stored.contains_key("lists"));
        let read: AddressObservation = serde_json::from_value(stored.clone().into()).unwrap();
        assert_eq!((read.staple, read.lists), (None, Vec::new()));
    }

    #[test]
    fn what_is_known_of_revocation_reads_back() {
        let revoked = Revoked { at: at(), reason: Some(Reason::KeyCompromise) };
        let lists = [
            ListAnswer::NotListed { this_update: at(), next_update: at() },
            ListAnswer::Revoked(revoked),
            ListAnswer::Revoked(Revoked { reason: None, ..revoked }),
            ListAnswer::Unknown { why: ListFailure::NoUrl },
            ListAnswer::Unknown { why: ListFailure::NotFetched { failure: FetchFailure::Status { status: 404 } } },
            ListAnswer::Unknown { why: ListFailure::Stale { next_update: at() } },
        ];
        for answer in lists {
            let url = Some("http://ca.example/a.crl".to_owned());
            let listed = Listed { position: 1, url, answer };
            let written = serde_json::to_string(&listed).unwrap();
            assert_eq!(serde_json::from_str::<Listed>(&written).unwrap(), listed, "{written}");
        }
        for (status, problem) in [
            (Some(Status::Good), None),
            (Some(Status::Revoked(revoked)), Some(StapleProblem::Expired)),
            (Some(Status::Unknown), None),
            (None, Some(StapleProblem::NoAnswer { code: 3 })),
            (None, Some(StapleProblem::Unsupported { detail: "words".to_owned() })),
        ] {
            let scts = vec![Sct { log: crate::Fingerprint::new([1; 32]), at: at() }];
            let staple = Staple { status, this_update: Some(at()), next_update: None, problem, scts };
            let written = serde_json::to_string(&staple).unwrap();
            assert_eq!(serde_json::from_str::<Staple>(&written).unwrap(), staple, "{written}");
        }
    }

    #[test]
    fn an_old_answer_proves_that_a_certificate_is_revoked_and_not_that_it_is_good() {
        let revoked = Revoked { at: at(), reason: None };
        for (status, problem, good, proves_revoked) in [
            (Some(Status::Good), None, true, false),
            (Some(Status::Good), Some(StapleProblem::Expired), false, false),
            (Some(Status::Revoked(revoked)), None, false, true),
            (Some(Status::Revoked(revoked)), Some(StapleProblem::Expired), false, true),
            (Some(Status::Revoked(revoked)), Some(StapleProblem::NotYetValid), false, false),
            (Some(Status::Revoked(revoked)), Some(StapleProblem::BadSignature), false, false),
            (Some(Status::Unknown), None, false, false),
            (None, Some(StapleProblem::Malformed), false, false),
        ] {
            let staple = Staple { status, problem, ..Staple::default() };
            assert_eq!((staple.is_good(), staple.revoked().is_some()), (good, proves_revoked), "{staple:?}");
        }
    }
}
