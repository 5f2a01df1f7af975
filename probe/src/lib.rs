//! The TLS probe and certificate diagnosis engine: names to addresses, addresses to handshakes,
//! handshakes to facts, and the search for a path of trust. What the facts mean is judged in
//! `model`; no database and no web framework here.

use std::time::Duration;

mod arrange;
mod assess;
pub mod certificate;
mod connect;
mod evaluate;
mod failure;
pub mod file;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod handshake;
mod hello;
mod issuers;
mod name_servers;
mod names;
mod namesakes;
mod policy;
mod prober;
mod recorder;
mod remembered;
mod resolve;
mod retry;
mod revocation;
mod roots;
mod signature;
mod sockets;
pub mod stores;
mod transparency;
mod versions;
mod walk;
mod web;

#[cfg(feature = "lab")]
pub mod lab;

pub use arrange::{Arranged, Reach, arrange, arrange_without};
pub use assess::{assess, trust};
pub use evaluate::evaluate;
pub use issuers::Completion;
pub use policy::NetworkPolicy;
pub use prober::{Depth, Probed, Prober, ProberBuilder, Step};
pub use resolve::{FixedAddresses, Resolve, ResolveError};
pub use roots::{Roots, RootsError};
pub use rustls::pki_types::CertificateDer;
pub use sockets::OutOfSockets;
pub use web::Ask;

fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
