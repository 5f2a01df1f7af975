//! How mail leaves: the server it is handed to, and what stands in it.

use std::{borrow::Cow, fmt, net::IpAddr, str::FromStr};

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::Url;

use super::EmailAddress;
use crate::{
    Port, ServerName,
    finding::UnknownWord,
    service::{Field, Problem, ServiceError, ServiceResult, both},
};

/// Where mail is handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServer {
    /// Name or address.
    pub host: ServerName,
    /// Port: 465 for implicit TLS, 587 for STARTTLS, 25 for a relay, usually.
    pub port: Port,
    /// How the connection is protected.
    pub security: Security,
    /// The name to log in with; none sends without a log-in.
    pub username: Option<String>,
}

impl MailServer {
    /// Reads `smtps://[user[:password]@]host[:465]` for TLS from the first byte,
    /// `smtp://[user[:password]@]host[:587]` for STARTTLS, and `smtp://host[:25]?tls=none` for a
    /// relay without either. The password comes apart, for it belongs nowhere else.
    ///
    /// # Errors
    /// See [`MailUrlError`].
    pub fn from_url(text: &str) -> Result<(Self, Option<Secret>), MailUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| MailUrlError::Malformed)?;
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Security::Tls, 465),
            ("smtp", None) => (Security::Starttls, 587),
            ("smtp", Some("tls=none")) => (Security::Plain, 25),
            ("smtp" | "smtps", Some(_)) => return Err(MailUrlError::Query),
            _ => return Err(MailUrlError::Scheme),
        };
        let host = url.host_str().unwrap_or_default().parse().map_err(|_| MailUrlError::Host)?;
        let port = Port::new(url.port().unwrap_or(port)).ok_or(MailUrlError::Malformed)?;
        let decoded = |part: &str| percent_decode_str(part).decode_utf8().map(Cow::into_owned);
        let username = match url.username() {
            "" => None,
            name => Some(decoded(name).map_err(|_| MailUrlError::Malformed)?),
        };
        let password = url.password().map(decoded).transpose().map_err(|_| MailUrlError::Malformed)?;
        if security == Security::Plain && (username.is_some() || password.is_some()) {
            return Err(MailUrlError::Unprotected);
        }
        Ok((Self { host, port, security, username }, password.map(Secret)))
    }
}

/// Why a text does not say where mail is handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailUrlError {
    /// Not a URL.
    #[error("not a URL such as smtps://user@mail.example.com")]
    Malformed,
    /// Neither smtp nor smtps.
    #[error("the scheme is neither smtps nor smtp")]
    Scheme,
    /// Not the name of a host.
    #[error("the host is no host name")]
    Host,
    /// Something other than `tls=none`.
    #[error("the only thing that may follow a ? is tls=none, and after smtp:// alone")]
    Query,
    /// A log-in over a connection that everybody can read.
    #[error("tls=none would send the log-in in the clear")]
    Unprotected,
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// TLS from the first byte (RFC 8314).
    #[default]
    Tls,
    /// A plain connection that must turn to TLS before anything is said (RFC 3207).
    Starttls,
    /// None: for a relay on the same machine. No password is ever sent over it.
    Plain,
}

impl Security {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Tls, Self::Starttls, Self::Plain];

    /// The word used in the store and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Starttls => "starttls",
            Self::Plain => "plain",
        }
    }
}

impl FromStr for Security {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|known| known.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// How mail leaves, without its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSettings {
    /// Where it is handed in; without it no mail leaves.
    pub server: Option<MailServer>,
    /// Whom it is from.
    pub sender: Option<EmailAddress>,
    /// Where the links in it lead.
    pub public_url: Option<PublicUrl>,
    /// Whether a password is stored.
    pub has_password: bool,
    /// Whether the environment of the server decides, and nothing can be changed in the console.
    pub from_environment: bool,
    /// The special address that the server was named by, where no mail may be sent to it. Names of
    /// other machines are looked up only when a mail leaves.
    pub barred: Option<IpAddr>,
    /// Increases with every change; send it back with a change.
    pub revision: i64,
}

/// New settings as far as they can be read: what they ask of each other, and of those before them.
#[derive(Clone, Copy, Debug)]
pub struct MailParts<'a> {
    /// Where mail is handed in; none stops all mail.
    pub server: Option<ServerParts<'a>>,
    /// Whether a password was typed.
    pub has_password: bool,
    /// Whether there is a sender.
    pub has_sender: bool,
}

/// What is known of a server.
#[derive(Clone, Copy, Debug)]
pub struct ServerParts<'a> {
    /// Name or address; none while it cannot be read.
    pub host: Option<&'a ServerName>,
    /// How the connection is protected.
    pub security: Security,
    /// The name to log in with.
    pub username: Option<&'a str>,
}

impl MailParts<'_> {
    /// Looks for what is missing.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] for a part that is missing, or that must not be.
    pub fn check(&self, before: &MailSettings) -> ServiceResult<()> {
        let Some(ServerParts { security, username, .. }) = self.server else { return Ok(()) };
        let refuse = |is_wrong: bool, field, problem| {
            if is_wrong { Err(ServiceError::invalid(field, problem)) } else { Ok(()) }
        };
        let in_the_clear = username.is_some() && security == Security::Plain;
        let has_password = self.has_password || self.keeps_password(before);
        let sender = refuse(!self.has_sender, Field::MailSender, Problem::Empty);
        let name = refuse(in_the_clear, Field::MailUser, Problem::Unprotected);
        let password =
            refuse(username.is_some() && !has_password && !in_the_clear, Field::MailPassword, Problem::Empty);
        both(sender, both(name, password)).map(drop)
    }

    /// Whether the password that is stored stays, unless one was typed: it is for its server and its name alone. A
    /// host that cannot be read may be that server.
    pub fn keeps_password(&self, before: &MailSettings) -> bool {
        let (Some(now), Some(stored)) = (&self.server, &before.server) else { return false };
        let is_there = now.host.is_none_or(|host| *host == stored.host);
        before.has_password && is_there && now.username.is_some() && now.username == stored.username.as_deref()
    }
}

impl<'a> From<&'a MailServer> for ServerParts<'a> {
    fn from(server: &'a MailServer) -> Self {
        Self { host: Some(&server.host), security: server.security, username: server.username.as_deref() }
    }
}

/// New settings of how mail leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailChange {
    /// The revision that was read.
    pub revision: i64,
    /// Where it is handed in; none stops all mail.
    pub server: Option<MailServer>,
    /// The password to log in with; none keeps the one that is stored, if it is still for the same
    /// server and name.
    pub password: Option<Secret>,
    /// Whom it is from.
    pub sender: Option<EmailAddress>,
    /// Where the links in it lead.
    pub public_url: Option<PublicUrl>,
}

/// Something that no log and no page shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Where people reach the console: a scheme and an authority, without a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// As a text without a slash at its end, so that a path can follow.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| PublicUrlError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(PublicUrlError::Scheme);
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(PublicUrlError::More);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

/// Why a text is not where people reach the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// Not a URL.
    #[error("not a URL such as https://hufu.example.com")]
    Malformed,
    /// A browser does not open it.
    #[error("the scheme is neither https nor http")]
    Scheme,
    /// Hufu answers at the root alone.
    #[error("nothing may follow the host and its port, as in https://hufu.example.com")]
    More,
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.0
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = PublicUrlError;

    fn try_from(text: String) -> Result<Self, PublicUrlError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_public_url_is_a_scheme_and_an_authority() {
        use PublicUrlError::{Malformed, More, Scheme};

        for (typed, expected) in [
            (" https://Hufu.Example.com/ ", Ok("https://hufu.example.com")),
            ("http://192.0.2.1:3000", Ok("http://192.0.2.1:3000")),
            ("https://hufu.example.com:443", Ok("https://hufu.example.com")),
            ("hufu.example.com", Err(Malformed)),
            ("javascript:alert(1)", Err(Scheme)),
            ("https://a.example/hufu", Err(More)),
            ("https://a.example/?x", Err(More)),
            ("https://me@a.example", Err(More)),
        ] {
            assert_eq!(
                typed.parse::<PublicUrl>().as_ref().map(PublicUrl::as_str),
                expected.as_ref().copied(),
                "{typed}"
            );
        }
    }

    #[test]
    fn a_mail_server_is_read_from_a_url() {
        use MailUrlError::{Host, Malformed, Query, Scheme, Unprotected};

        for (typed, expected) in [
            ("smtps://mail.example.com", Ok("mail.example.com 465 tls - -")),
            (
                "smtps://ops%40a.example:p%3Aw%25@mail.example.com:4650",
                Ok("mail.example.com 4650 tls ops@a.example p:w%"),
            ),
            ("smtp://me@mail.example.com", Ok("mail.example.com 587 starttls me -")),
            ("smtp://127.0.0.1?tls=none", Ok("127.0.0.1 25 plain - -")),
            ("smtp://[::1]:2525?tls=none", Ok("::1 2525 plain - -")),
            ("smtp://me:secret@127.0.0.1?tls=none", Err(Unprotected)),
            ("smtps://mail.example.com?tls=none", Err(Query)),
            ("smtp://mail.example.com?tls=no", Err(Query)),
            ("https://mail.example.com", Err(Scheme)),
            ("smtp://", Err(Host)),
            ("smtp://a_b.example", Err(Host)),
            ("smtp://a.example:0", Err(Malformed)),
            ("mail.example.com", Err(Malformed)),
        ] {
            let read = MailServer::from_url(typed).map(|(server, password)| {
                let MailServer { host, port, security, username } = server;
                let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                let (name, password) = (or_none(username), or_none(password.map(|secret| secret.0)));
                format!("{host} {} {} {name} {password}", port.number(), security.as_str())
            });
            assert_eq!(read.as_deref(), expected.as_ref().copied(), "{typed}");
        }
    }

    #[test]
    fn a_password_that_is_stored_is_missing_only_where_it_cannot_be_the_one() {
        let (stored, password) = MailServer::from_url("smtps://me:secret@mail.example.com").unwrap();
        let with = |server, has_password| MailSettings {
            server,
            sender: None,
            public_url: None,
            has_password,
            from_environment: false,
            barred: None,
            revision: 1,
        };
        let (before, nothing) = (with(Some(stored.clone()), password.is_some()), with(None, false));
        let elsewhere: ServerName = "other.example.com".parse().unwrap();
        let (there, unreadable) = (Some(&stored.host), None);
        for (before, host, username, keeps) in [
            (&before, there, Some("me"), true),
            (&before, Some(&elsewhere), Some("me"), false),
            (&before, there, Some("you"), false),
            (&before, there, None, false),
            (&before, unreadable, Some("me"), true),
            (&before, unreadable, Some("you"), false),
            (&nothing, there, Some("me"), false),
            (&nothing, unreadable, Some("me"), false),
        ] {
            let server = Some(ServerParts { host, security: Security::Tls, username });
            let parts = MailParts { server, has_password: false, has_sender: true };
            assert_eq!(parts.keeps_password(before), keeps, "{parts:?}");
            let is_missing = username.is_some() && !keeps;
            let missing = ServiceError::invalid(Field::MailPassword, Problem::Empty);
            assert_eq!(parts.check(before).err(), is_missing.then_some(missing), "{parts:?}");
            assert_eq!(MailParts { has_password: true, ..parts }.check(before), Ok(()), "{parts:?}");
        }
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let change = format!("{:?}", Secret("hunter2".to_owned()));
        assert!(!change.contains("hunter2"));
    }
}
