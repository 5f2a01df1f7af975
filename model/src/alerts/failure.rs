//! Why a mail did not go out.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{HostPort, ServerName};

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
    #[error("{server} is at {address}, a private or special address: allow it with --allow-net {address}")]
    NotAllowed {
        /// Its name.
        server: ServerName,
        /// Where it is.
        address: IpAddr,
    },
    /// Something that is well known stands in the way.
    #[error("{at}: {why}")]
    Hindered {
        /// Name or address of the mail server, and its port.
        at: HostPort,
        /// What.
        why: Obstacle,
    },
    /// No connection came about, or it broke, for a reason that is not among those.
    #[error("no connection: {said}")]
    Connection {
        /// What the network said.
        said: String,
    },
    /// The connection could not be protected, for a reason that is not among those.
    #[error("no TLS: {said}")]
    Tls {
        /// What the TLS library said.
        said: String,
    },
    /// It did not finish in time.
    #[error("{}the mail server did not finish within {seconds} s", place(at.as_ref()))]
    Slow {
        /// How long it had.
        seconds: u64,
        /// Name or address of the mail server, and its port; none in what was written before it was kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<HostPort>,
    },
    /// It takes no mail from somebody of that name and password.
    #[error("log-in refused ({status}): {said}")]
    LogIn {
        /// The reply code.
        status: u16,
        /// Its words.
        said: String,
    },
    /// It said no to the mail, its sender or its recipient, or to whoever connects; or to a log-in, for now.
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

fn place(at: Option<&HostPort>) -> String {
    at.map(|at| format!("{at}: ")).unwrap_or_default()
}

/// What is known to stand between Hufu and a mail server. As for [`MailFailure`], the words of people are in the locale
/// files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The connection was refused.
    #[error("the connection was refused")]
    Refused,
    /// Nobody answered the connection in time.
    #[error("no answer in time")]
    Silent,
    /// A connection came about, as far as is known, and no greeting over it (RFC 5321 section 3.1) or nothing after that.
    #[error("no greeting in time")]
    NoGreeting,
    /// No way leads there.
    #[error("no route")]
    NoRoute,
    /// The other side closed the connection.
    #[error("the connection was closed")]
    Closed,
    /// What answers speaks something other than TLS.
    #[error("no TLS at this port")]
    NoTls,
    /// It does not offer to turn to TLS (RFC 3207).
    #[error("STARTTLS is not offered")]
    NoStarttls,
    /// It takes no mail before the connection has turned to TLS (RFC 3207 section 4).
    #[error("STARTTLS is wanted")]
    WantsStarttls,
    /// Its certificate leads to no root that is trusted.
    #[error("the certificate is not trusted")]
    Untrusted,
    /// Its certificate has ended.
    #[error("the certificate has expired")]
    Expired,
    /// Its certificate has not begun.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// Its certificate is for other names.
    #[error("the certificate is for another name")]
    WrongName,
    /// It offers no log-in, or none that Hufu knows.
    #[error("no known log-in is offered")]
    NoLogIn,
}

/// Every part that a failure may have. It is read into this first and into its variant then, for what serde
/// has for that itself would be loaded by every page (docs/decisions/0008).
#[derive(Deserialize)]
struct Told {
    code: Kind,
    server: Option<ServerName>,
    address: Option<IpAddr>,
    at: Option<HostPort>,
    why: Option<Obstacle>,
    seconds: Option<u64>,
    status: Option<u16>,
    said: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    NotFound,
    NotAllowed,
    Hindered,
    Connection,
    Tls,
    Slow,
    LogIn,
    Refused,
    Protocol,
    Earlier,
    Unwritable,
}

impl TryFrom<Told> for MailFailure {
    type Error = Missing;

    fn try_from(told: Told) -> Result<Self, Missing> {
        let Told { code, server, address, at, why, seconds, status, said } = told;
        let (server, said) = (server.ok_or(Missing("server")), said.ok_or(Missing("said")));
        Ok(match code {
            Kind::NotFound => Self::NotFound { server: server?, said: said? },
            Kind::NotAllowed => Self::NotAllowed { server: server?, address: address.ok_or(Missing("address"))? },
            Kind::Hindered => Self::Hindered { at: at.ok_or(Missing("at"))?, why: why.ok_or(Missing("why"))? },
            Kind::Connection => Self::Connection { said: said? },
            Kind::Tls => Self::Tls { said: said? },
            Kind::Slow => Self::Slow { seconds: seconds.ok_or(Missing("seconds"))?, at },
            Kind::LogIn => Self::LogIn { status: status.ok_or(Missing("status"))?, said: said? },
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
            (
                r#"{"code":"hindered","at":"mail.example.com:465","why":"no_tls"}"#,
                MailFailure::Hindered { at: "mail.example.com:465".parse().unwrap(), why: Obstacle::NoTls },
            ),
            (r#"{"code":"connection","said":"no"}"#, MailFailure::Connection { said: said() }),
            (r#"{"code":"tls","said":"no"}"#, MailFailure::Tls { said: said() }),
            (r#"{"code":"slow","seconds":40}"#, MailFailure::Slow { seconds: 40, at: None }),
            (
                r#"{"code":"slow","seconds":40,"at":"mail.example.com:25"}"#,
                MailFailure::Slow { seconds: 40, at: Some("mail.example.com:25".parse().unwrap()) },
            ),
            (r#"{"code":"log_in","status":535,"said":"no"}"#, MailFailure::LogIn { status: 535, said: said() }),
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
    fn a_refusal_may_lack_its_status_and_no_failure_anything_else() {
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
            (r#"{"code":"hindered","why":"closed"}"#, "at"),
            (r#"{"code":"hindered","at":"mail.example.com:465"}"#, "why"),
            (r#"{"code":"log_in","said":"no"}"#, "status"),
        ] {
            let error = serde_json::from_str::<MailFailure>(written).unwrap_err().to_string();
            assert!(error.starts_with(&format!("missing field `{part}`")), "{written}: {error}");
        }
        assert!(serde_json::from_str::<MailFailure>(r#"{"code":"other","said":"no"}"#).is_err());
    }
}
