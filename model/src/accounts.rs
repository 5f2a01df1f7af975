//! People, their rights and their sessions.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::service::{ServiceError, ServiceResult, UserId};

/// The cookie that carries the session token. The prefix makes browsers insist on `Secure`, no
/// `Domain` and `Path=/` (RFC 6265bis section 4.1.3.2).
pub const SESSION_COOKIE: &str = "__Host-hufu_session";

/// Fewest characters of a password (NIST SP 800-63B-4 asks for 15 where it is the only factor,
/// and for 8 at the very least).
pub const PASSWORD_LEAST: usize = 12;

/// Most characters of a password: hashing is costly, so its input is bounded.
pub const PASSWORD_MOST: usize = 256;

/// Most characters of a log-in name.
pub const LOGIN_MOST: usize = 64;

/// The first account, log-in and log-out.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Whether no account exists yet, so that only the set-up link leads in.
    async fn set_up_needed(&self) -> ServiceResult<bool>;

    /// Makes the first account with the token of the printed link, and logs it in.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] for a wrong or used token, a login or password out of bounds.
    async fn set_up(&self, request: SetUp, client: &Client) -> ServiceResult<SessionToken>;

    /// Starts a session.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] with `WrongCredentials`, the same for an unknown name as for a
    /// wrong password, and [`ServiceError::RateLimited`].
    async fn log_in(&self, request: LogIn, client: &Client) -> ServiceResult<SessionToken>;

    /// Ends a session; ending one that is gone is no error.
    async fn log_out(&self, token: &SessionToken, client: &Client) -> ServiceResult<()>;

    /// Who is behind a session, if it is still good.
    async fn actor(&self, token: &SessionToken) -> ServiceResult<Option<Actor>>;
}

/// Where a request came from, for the audit log and for rate limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// The peer's address.
    pub address: Option<std::net::IpAddr>,
}

/// The form behind the one-time link.
#[derive(Clone, PartialEq, Eq)]
pub struct SetUp {
    /// The token of the link.
    pub token: String,
    /// Log-in name of the first account.
    pub login: String,
    /// Its password.
    pub password: String,
    /// The password, typed again.
    pub password_again: String,
}

/// The log-in form.
#[derive(Clone, PartialEq, Eq)]
pub struct LogIn {
    /// Log-in name.
    pub login: String,
    /// Password.
    pub password: String,
}

/// The secret in the session cookie. Never logged: it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(pub String);

/// Somebody who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Whose account.
    pub id: UserId,
    /// Log-in name.
    pub login: String,
    /// What they may do.
    pub role: Role,
}

impl Actor {
    /// Refuses unless the role has the right.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`].
    pub fn require(&self, permission: Permission) -> ServiceResult<()> {
        if self.role.may(permission) { Ok(()) } else { Err(ServiceError::Forbidden(permission)) }
    }
}

/// A set of rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Administrator,
}

impl Role {
    /// Whether the role has the right.
    pub const fn may(self, _permission: Permission) -> bool {
        match self {
            Self::Administrator => true,
        }
    }

    /// The word used in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = crate::finding::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "administrator" => Ok(Self::Administrator),
            _ => Err(crate::finding::UnknownWord(word.to_owned())),
        }
    }
}

/// A right. Every server function and route names the one it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See the register, the endpoints and their verdicts.
    View,
    /// Change mini programs, entries and ICP records.
    Edit,
    /// Start a probe.
    Probe,
    /// Change what holds for all of Hufu: how mail leaves, and who may log in.
    Administer,
}
