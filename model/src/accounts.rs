//! People, their rights and their sessions.

use std::net::IpAddr;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    Fingerprint, Timestamp,
    service::{LinkId, ServiceError, ServiceResult, UserId},
};

/// The cookie that carries the session token. The prefix makes browsers insist on `Secure`, no
/// `Domain` and `Path=/` (RFC 6265bis section 4.1.3.2).
pub const SESSION_COOKIE: &str = "__Host-hufu_session";

/// Fewest characters of a password (NIST SP 800-63B-4 asks for 15 where it is the only factor,
/// and for 8 at the very least).
pub const PASSWORD_LEAST: usize = 12;

/// Most characters of a password: hashing is costly, so its input is bounded.
pub const PASSWORD_MOST: usize = 256;

/// Most characters that may stand beside the log-in name in a password that is still taken for that name: as many as
/// there are digits in a date.
const BESIDE_LOGIN: usize = 8;

/// Whether a password is of those that are tried first, whatever its case and its blanks: one piece again and again,
/// letters or digits in a row, up or down, with 0 after 9 and a after z, or the log-in name with no other letters and
/// not much else.
pub fn is_guessed_first(password: &str, login: &str) -> bool {
    let bare: Vec<char> =
        password.chars().filter(|character| !character.is_whitespace()).flat_map(char::to_lowercase).collect();
    let all =
        |is_so: fn(char, char) -> bool| bare.iter().zip(bare.iter().skip(1)).all(|(one, next)| is_so(*one, *next));
    is_of_one_piece(&bare) || all(follows) || all(|one, next| follows(next, one)) || is_of_login(&bare, login)
}

/// The last time may be cut short.
fn is_of_one_piece(bare: &[char]) -> bool {
    let is_again = |length: usize| bare.iter().zip(bare.iter().skip(length)).all(|(one, again)| one == again);
    (1..=bare.len() / 2).any(is_again)
}

fn is_of_login(bare: &[char], login: &str) -> bool {
    let (bare, login) = (bare.iter().collect::<String>(), login.to_lowercase());
    if login.is_empty() || !bare.contains(&login) {
        return false;
    }
    let beside = bare.replace(&login, "");
    beside.chars().count() <= BESIDE_LOGIN && !beside.chars().any(char::is_alphabetic)
}

fn follows(one: char, next: char) -> bool {
    let is_of_a_row = one.is_ascii_alphanumeric() && next.is_ascii_alphanumeric();
    is_of_a_row && (u32::from(one) + 1 == u32::from(next) || matches!((one, next), ('9', '0') | ('z', 'a')))
}

/// Most characters of a log-in name.
pub const LOGIN_MOST: usize = 64;

/// People, how they come in, and their sessions.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Whether no account exists yet, so that only the set-up link leads in.
    async fn set_up_needed(&self) -> ServiceResult<bool>;

    /// What the printed link with this token is still good for.
    async fn set_up_state(&self, token: &str) -> ServiceResult<SetUpState>;

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

    /// Everybody with an account, by log-in name.
    async fn people(&self, actor: &Actor) -> ServiceResult<Vec<Person>>;

    /// The first of them whose log-in name has this in it.
    async fn people_with(&self, part: &str, most: u32, actor: &Actor) -> ServiceResult<Vec<Person>>;

    /// Makes an account without a password: its owner chooses one by the link.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] when the name is taken or no log-in name.
    async fn add_person(&self, login: String, role: Role, actor: &Actor) -> ServiceResult<AccessLink>;

    /// A link by which somebody chooses a new password. Any link made for them before stops working; this one does
    /// when they change their password otherwise, or are shut out.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] with `ShutOut` for somebody who may not come in.
    async fn access_link(&self, id: UserId, actor: &Actor) -> ServiceResult<AccessLink>;

    /// Keeps a link that was made until the page that shows it takes it: in memory alone, for an hour
    /// at most.
    async fn keep_link(&self, link: KeptLink, actor: &Actor) -> ServiceResult<LinkId>;

    /// Hands a kept link to whoever has kept it, once.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] when it was taken, has ended, or is somebody else's.
    async fn take_link(&self, id: LinkId, actor: &Actor) -> ServiceResult<KeptLink>;

    /// Changes what somebody may do, and whether they may come in at all. Whoever may not any more
    /// is logged out everywhere, and their link ends.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] when nobody would be left who may administer, and [`ServiceError::Conflict`] when
    /// somebody else changed it in between.
    async fn change_person(&self, id: UserId, change: PersonChange, actor: &Actor) -> ServiceResult<()>;

    /// For whom a link is, by log-in name; none when it was used, has ended, or never was.
    async fn link_owner(&self, token: &str) -> ServiceResult<Option<String>>;

    /// Sets the password of a link's owner, ends their other sessions and logs them in.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] for a link that does not work, or a password out of bounds.
    async fn choose_password(&self, request: ChoosePassword, client: &Client) -> ServiceResult<SessionToken>;

    /// Changes one's own password, and ends all other sessions and a link by which it could be chosen.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] when the present one is wrong, and [`ServiceError::RateLimited`].
    async fn change_password(
        &self,
        request: PasswordChange,
        session: &SessionToken,
        actor: &Actor,
        client: &Client,
    ) -> ServiceResult<()>;

    /// One's own sessions, the latest used first.
    async fn sessions(&self, session: &SessionToken, actor: &Actor) -> ServiceResult<Vec<Session>>;

    /// Ends one of one's own sessions.
    async fn end_session(&self, id: &SessionId, actor: &Actor) -> ServiceResult<()>;
}

/// What a set-up link is still good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetUpState {
    /// The first account is made with it.
    Works,
    /// Nothing: there is an account.
    Done,
    /// Nothing: it is too old, or another one was printed since.
    Ended,
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Whose account.
    pub id: UserId,
    /// Log-in name.
    pub login: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may not come in.
    pub disabled: bool,
    /// Since when the account is there.
    pub added_at: Timestamp,
    /// When one of their sessions was last used, to five minutes.
    pub seen_at: Option<Timestamp>,
    /// Whether they have a link that they have not used yet.
    pub invited: bool,
}

/// Whether a log-in name may have this character: nothing invisible, nothing that breaks a line of the audit log apart.
pub fn is_in_login(character: char) -> bool {
    character.is_alphanumeric() || "._-+@".contains(character)
}

/// Whether this can be somebody's log-in name as it stands: before the server puts it into the form in which names are
/// stored, for which the browser's half has no tables. What is written with combining marks is taken for none.
pub fn has_shape_of_login(typed: &str) -> bool {
    !typed.is_empty() && typed.chars().count() <= LOGIN_MOST && typed.chars().all(is_in_login)
}

/// What somebody may do, and whether they may come in at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// What they may do.
    pub role: Role,
    /// Whether they may not come in.
    pub disabled: bool,
}

/// What becomes of somebody's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonChange {
    /// As it was read.
    pub was: Access,
    /// From now on.
    pub becomes: Access,
}

/// The secret of a link by which somebody chooses a password, to be handed to them. Never logged: it
/// has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessLink(pub String);

/// A link on its way to the page that shows it. Like the secret in it, it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptLink {
    /// For whom it is, by log-in name.
    pub login: String,
    /// The link.
    pub link: AccessLink,
}

/// The form behind such a link.
#[derive(Clone, PartialEq, Eq)]
pub struct ChoosePassword {
    /// The secret of the link.
    pub token: String,
    /// The new password.
    pub password: String,
    /// The new password, typed again.
    pub password_again: String,
}

/// The form to change one's own password.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordChange {
    /// The one until now.
    pub current: String,
    /// The new one.
    pub password: String,
    /// The new one, typed again.
    pub password_again: String,
}

/// Where somebody is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Which one.
    pub id: SessionId,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was last used, to five minutes.
    pub seen_at: Timestamp,
    /// Where it began.
    pub address: Option<IpAddr>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Names a session without opening it: the SHA-256 of its token, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub Fingerprint);

/// Where a request came from, for the audit log and for rate limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// The peer's address.
    pub address: Option<IpAddr>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Administrator,
    /// May change the register and probe.
    Editor,
    /// May look.
    Viewer,
}

impl Role {
    /// Every role, from the most rights to the fewest.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::Editor, Self::Viewer];

    /// Whether the role has the right.
    pub const fn may(self, permission: Permission) -> bool {
        match self {
            Self::Administrator => true,
            Self::Editor => matches!(permission, Permission::View | Permission::Edit | Permission::Probe),
            Self::Viewer => matches!(permission, Permission::View),
        }
    }

    /// The word used in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = crate::finding::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|role| role.as_str() == word);
        known.ok_or_else(|| crate::finding::UnknownWord(word.to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_guessed_first_is_known_and_no_other_is() {
        for (password, is_so) in [
            ("            ", true),
            ("a           ", true),
            ("1 2 3 4 5 6 7", true),
            ("111111111111", true),
            ("AaAaAaAaAaAa", true),
            ("字字字字字字字字字字字字", true),
            ("123456789012", true),
            ("210987654321", true),
            ("abcdefghijkl", true),
            ("uvwxyzabcdef", true),
            ("lkjihgfedcba", true),
            ("111111111112", false),
            ("121212121212", true),
            ("password Password", true),
            ("abc abc abc ab", true),
            ("abc abc abc abx", false),
            ("123456abcdef", false),
            ("correct horse battery", false),
            ("correct horse battery staple", false),
            ("horse horse battery staple", false),
            ("battery staple battery", false),
            ("bob bob bob bob", true),
        ] {
            assert_eq!(is_guessed_first(password, ""), is_so, "{password}");
        }
    }

    #[test]
    fn a_log_in_name_with_little_beside_it_is_no_password() {
        for (login, password, is_so) in [
            ("alice", "alicealicealice", true),
            ("alice", "Alice20261127", true),
            ("alice", "!!ALICE alice1", true),
            ("alice", "alice 4!9#1@7$2%", false),
            ("alice", "alice and the rabbit", false),
            ("alice", "alice alice in wonder", false),
            ("bob", "bob-bob-bobbob", true),
            ("bob", "bobsled in winter", false),
            ("bob", "correct horse battery staple", false),
            ("ops@example.com", "OPS@example.com", true),
            ("ops@example.com", "ops at example.com", false),
            ("a", "a4!9#1@7$2%6", false),
            ("李雷", "李雷李雷 20261127", true),
            ("", "2026 1127 !?", false),
        ] {
            assert_eq!(is_guessed_first(password, login), is_so, "{login}: {password}");
        }
    }
}
