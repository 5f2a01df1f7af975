//! Why a mail did not go out.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::ServerName;

/// Why a mail server did not take a mail: a code, and what the server or the network said of it, in
/// their own words. The words of the code itself are in the locale files; those here are for the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum MailFailure {
    /// The name of the mail server leads nowhere.
    #[error("{server} was not found: {said}")]
    NotFound {
        /// Its name.
        server: ServerName,
        /// What the resolver said.
        said: String,
    },
    /// It leads where nothing may be sent.
    #[error("{server} is at {address}, which is no public address: allow its range with --allow-net")]
    NotAllowed {
        /// Its name.
        server: ServerName,
        /// Where it is.
        address: IpAddr,
    },
    /// No connection came about, or it broke.
    #[error("no connection: {said}")]
    Connection {
        /// What the network said.
        said: String,
    },
    /// The connection could not be protected.
    #[error("no TLS: {said}")]
    Tls {
        /// What the TLS library said.
        said: String,
    },
    /// It did not finish in time.
    #[error("the mail server did not finish within {seconds} s")]
    Slow {
        /// How long it had.
        seconds: u64,
    },
    /// It said no.
    #[error("refused: {said}")]
    Refused {
        /// The reply code (RFC 5321 section 4.2), where there is one.
        #[serde(default)]
        status: Option<u16>,
        /// Its words.
        said: String,
    },
    /// What answered speaks no SMTP, or not all that is needed.
    #[error("no SMTP: {said}")]
    Protocol {
        /// What is missing.
        said: String,
    },
    /// Written before there were codes.
    #[error("{said}")]
    Earlier {
        /// What was written.
        said: String,
    },
    /// Hufu made something of it that is no mail.
    #[error("the mail could not be written: {said}")]
    Unwritable {
        /// What is wrong with it.
        said: String,
    },
}
