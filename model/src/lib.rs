//! The vocabulary of Hufu and WeChat's rules: parsed types, findings, judgement, and the traits
//! through which the console reaches the server.
//!
//! Everything here is pure and builds for wasm32: no sockets, no database, no clock. Time comes in
//! as a parameter.

pub mod accounts;
pub mod address;
pub mod alerts;
pub mod app_id;
pub mod audit;
pub mod certificate;
pub mod certificates;
pub mod deploy;
pub mod diagnose;
pub mod domain_entry;
pub mod drafts;
pub mod echo;
pub mod endpoints;
pub mod explain;
pub mod fetched;
pub mod finding;
#[cfg(test)]
mod fixture;
pub mod host;
pub mod http;
pub mod icp;
pub mod limits;
pub mod name_match;
pub mod observation;
pub mod occurrence;
pub mod overview;
pub mod paging;
pub mod programs;
pub mod registrable_domain;
pub mod revocation;
pub mod service;
pub mod settings;
pub mod since;
pub mod tag;
pub mod time;
pub mod tls;
pub mod tools;
pub mod transparency;
pub mod trust;
pub mod url_check;
pub mod verification;
pub mod zone;

pub use app_id::AppId;
pub use certificate::{Certificate, Fingerprint};
pub use diagnose::{Diagnosis, diagnose};
pub use domain_entry::{Api, DomainEntry};
pub use finding::{Code, Evidence, Finding, Platform, Severity, Verdict, Verdicts};
pub use host::{Host, HostPort, Port, ServerName};
pub use icp::IcpNumber;
pub use limits::Limits;
pub use observation::Observation;
pub use registrable_domain::RegistrableDomain;
pub use since::Since;
pub use tag::{Tag, Tags};
pub use time::{DAY_SECONDS, Date, SignedDuration, Timestamp};
pub use zone::Zone;
