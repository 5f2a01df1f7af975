//! The probe against servers of the lab and against servers that we did not write, in one program: linking one takes a fraction
//! of what twenty take.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod around;
mod certificate;
mod common;
mod compliance;
mod deep;
mod deploy;
mod diagnosis;
mod endless;
mod fuzz_corpus;
mod hostile;
mod issuers;
mod keystores;
mod lab;
mod openssl;
mod paths;
mod peers;
mod resolve;
mod revocation;
mod sockets;
mod trust;
mod verification;
mod web;
