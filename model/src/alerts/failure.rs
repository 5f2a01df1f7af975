//! Why a mail did not go out.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::ServerName;

/// Why a mail server did not take a mail: a code, and what the server or the network said of it, in
/// their own words. The words of the code itself are in the locale files; those here are for the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case", try_from = "Told")]
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

/// Every part that a failure may have. It is read into this first and into its variant then, for what serde
/// has for that itself would be loaded by every page (docs/decisions/0008).
#[derive(Deserialize)]
struct Told {
    code: Kind,
    server: Option<ServerName>,
    address: Option<IpAddr>,
    seconds: Option<u64>,
    status: Option<u16>,
    said: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    NotFound,
    NotAllowed,
    Connection,
    Tls,
    Slow,
    Refused,
    Protocol,
    Earlier,
    Unwritable,
}

impl TryFrom<Told> for MailFailure {
    type Error = Missing;

    fn try_from(told: Told) -> Result<Self, Missing> {
        let Told { code, server, address, seconds, status, said } = told;
        let (server, said) = (server.ok_or(Missing("server")), said.ok_or(Missing("said")));
        Ok(match code {
            Kind::NotFound => Self::NotFound { server: server?, said: said? },
            Kind::NotAllowed => Self::NotAllowed { server: server?, address: address.ok_or(Missing("address"))? },
            Kind::Connection => Self::Connection { said: said? },
            Kind::Tls => Self::Tls { said: said? },
            Kind::Slow => Self::Slow { seconds: seconds.ok_or(Missing("seconds"))? },
            Kind::Refused => Self::Refused { status, said: said? },
            Kind::Protocol => Self::Protocol { said: said? },
            Kind::Earlier => Self::Earlier { said: said? },
            Kind::Unwritable => Self::Unwritable { said: said? },
        })
    }
}

/// A part without which it cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("missing field `{0}`")]
pub(super) struct Missing(pub(super) &'static str);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_failure_is_written_as_it_was_and_read_again() {
        let server: ServerName = "mail.example.com".parse().unwrap();
        let said = || "no".to_owned();
        for (written, failure) in [
            (
                r#"{"code":"not_found","server":"mail.example.com","said":"no"}"#,
                MailFailure::NotFound { server: server.clone(), said: said() },
            ),
            (
                r#"{"code":"not_allowed","server":"mail.example.com","address":"10.0.0.1"}"#,
                MailFailure::NotAllowed { server, address: "10.0.0.1".parse().unwrap() },
            ),
            (r#"{"code":"connection","said":"no"}"#, MailFailure::Connection { said: said() }),
            (r#"{"code":"tls","said":"no"}"#, MailFailure::Tls { said: said() }),
            (r#"{"code":"slow","seconds":40}"#, MailFailure::Slow { seconds: 40 }),
            (
                r#"{"code":"refused","status":550,"said":"no"}"#,
                MailFailure::Refused { status: Some(550), said: said() },
            ),
            (r#"{"code":"refused","status":null,"said":"no"}"#, MailFailure::Refused { status: None, said: said() }),
            (r#"{"code":"protocol","said":"no"}"#, MailFailure::Protocol { said: said() }),
            (r#"{"code":"earlier","said":"no"}"#, MailFailure::Earlier { said: said() }),
            (r#"{"code":"unwritable","said":"no"}"#, MailFailure::Unwritable { said: said() }),
        ] {
            assert_eq!(serde_json::to_string(&failure).unwrap(), written);
            assert_eq!(serde_json::from_str::<MailFailure>(written).unwrap(), failure, "{written}");
        }
    }

    #[test]
    fn a_failure_may_lack_a_status_and_nothing_else() {
        // In any order, for a database may have its own.
        let refused = serde_json::from_str::<MailFailure>(r#"{"said":"no","code":"refused"}"#).unwrap();
        assert_eq!(refused, MailFailure::Refused { status: None, said: "no".to_owned() });
        for (written, part) in [
            (r#"{"said":"no"}"#, "code"),
            (r#"{"code":"tls"}"#, "said"),
            (r#"{"code":"refused","status":550}"#, "said"),
            (r#"{"code":"not_found","said":"no"}"#, "server"),
            (r#"{"code":"not_allowed","server":"mail.example.com"}"#, "address"),
            (r#"{"code":"slow"}"#, "seconds"),
        ] {
            let error = serde_json::from_str::<MailFailure>(written).unwrap_err().to_string();
            assert!(error.starts_with(&format!("missing field `{part}`")), "{written}: {error}");
        }
        assert!(serde_json::from_str::<MailFailure>(r#"{"code":"other","said":"no"}"#).is_err());
    }
}
