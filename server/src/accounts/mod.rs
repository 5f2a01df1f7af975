//! People and their sessions: the first account, log-in, log-out, and who is asking.

mod attempts;
pub(crate) mod known;
mod login;
mod made;
mod password;
pub(crate) mod people;
pub(crate) mod sessions;
mod token;

use async_trait::async_trait;
use model::{
    SignedDuration, Timestamp,
    accounts::{
        AccessLink, Accounts, Actor, ChoosePassword, Client, KeptLink, LogIn, PASSWORD_LEAST, PASSWORD_MOST,
        PasswordChange, Permission, Person, PersonChange, Role, Session, SessionId, SessionToken, SetUp, SetUpState,
        is_guessed_first,
    },
    audit::Action,
    service::{Field, LinkId, Problem, ServiceError, ServiceResult, UserId, both},
};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use self::{attempts::Attempts, made::MadeLinks, password::Passwords, token::Token};
use crate::{
    audit::Record,
    clock::Clock,
    store::{Failure, Store, Write, statements, stored, time},
};

/// The people of this Hufu.
#[derive(Debug)]
pub struct People {
    store: Store,
    clock: Clock,
    attempts: Attempts,
    passwords: Passwords,
    made: MadeLinks,
}

impl People {
    /// People as `store` knows them.
    pub fn new(store: Store, clock: Clock) -> Self {
        let (attempts, passwords, made) = (Attempts::default(), Passwords::default(), MadeLinks::default());
        Self { store, clock, attempts, passwords, made }
    }

    /// The secret of a new set-up link, while no account exists: to be printed once, for only its
    /// hash is kept. Every link made before stops working.
    ///
    /// # Errors
    /// [`ServiceError::Internal`].
    pub async fn set_up_link(&self) -> ServiceResult<Option<String>> {
        let mut write = self.store.write().await?;
        if any_user(&mut write).await? {
            return Ok(None);
        }
        let token = Token::new().map_err(Failure::from)?;
        let now = self.clock.now();
        sqlx::query(REPLACE_SET_UP_LINK)
            .bind(token.sha256().to_vec())
            .bind(now.as_second())
            .execute(&mut *write)
            .await
            .map_err(Failure::from)?;
        let record = Record::by_hufu(now, Action::AccountLink, "set-up link");
        write.commit([record.after(json!({ "works_for_seconds": LINK_LIFE.as_secs() }))]).await?;
        Ok(Some(token.into_text()))
    }

    /// Looks a session up and, every few minutes ([`SEEN_EVERY`]), notes that it is in use.
    async fn look_up(&self, token: &SessionToken) -> Result<Option<Actor>, Failure> {
        let now = self.clock.now();
        let sha256 = token::sha256(&token.0).to_vec();
        let mut read = self.store.read().await?;
        let row: Option<SessionRow> = sqlx::query_as(SESSION)
            .bind(&sha256)
            .bind(now.as_second())
            .bind(now.as_second() - IDLE_MOST.as_secs())
            .fetch_optional(&mut *read)
            .await?;
        drop(read);
        let Some((id, login, role, last_seen)) = row else {
            return Ok(None);
        };
        if now.duration_since(time(last_seen)?) >= SEEN_EVERY {
            let mut write = self.store.write().await?;
            sqlx::query(TOUCH_SESSION).bind(&sha256).bind(now.as_second()).execute(&mut *write).await?;
            write.commit_housekeeping().await?;
        }
        Ok(Some(Actor { id: UserId(id), login, role: stored("role", role.parse())? }))
    }

    async fn begin_session(
        &self,
        write: &mut Write,
        user: UserId,
        client: &Client,
        now: Timestamp,
    ) -> Result<SessionToken, Failure> {
        let token = Token::new()?;
        sqlx::query(FORGET_ENDED_SESSIONS)
            .bind(now.as_second())
            .bind(now.as_second() - IDLE_MOST.as_secs())
            .execute(&mut **write)
            .await?;
        sqlx::query(ADD_SESSION)
            .bind(token.sha256().to_vec())
            .bind(user.0)
            .bind(now.as_second())
            .bind(now.as_second() + LIFE_MOST.as_secs())
            .bind(client.address.map(|address| address.to_string()))
            .execute(&mut **write)
            .await?;
        Ok(SessionToken(token.into_text()))
    }

    async fn what_a_link_is_for(&self, token: &str) -> Result<SetUpState, Failure> {
        let mut read = self.store.read().await?;
        if any_user(&mut read).await? {
            return Ok(SetUpState::Done);
        }
        let works = self.is_link(&mut read, &token::sha256(token)).await?;
        Ok(if works { SetUpState::Works } else { SetUpState::Ended })
    }

    /// Whether it is of the link that was printed last, lately.
    async fn is_link(&self, connection: &mut SqliteConnection, sha256: &[u8]) -> Result<bool, Failure> {
        let made_after = self.clock.now().as_second() - LINK_LIFE.as_secs();
        let links: i64 = sqlx::query_scalar(SET_UP_LINK).bind(sha256).bind(made_after).fetch_one(connection).await?;
        Ok(links > 0)
    }

    async fn make_first_account(&self, request: SetUp, client: &Client) -> Result<SessionToken, Failure> {
        let sha256 = token::sha256(&request.token).to_vec();
        let mut read = self.store.read().await?;
        let is_link = self.is_link(&mut read, &sha256).await?;
        drop(read);
        // Before anything costly or telling is done for somebody without the link.
        if !is_link {
            return Err(LINK_INVALID.into());
        }
        let login = login::normalise(&request.login);
        let password = typed_twice(&request.password, &request.password_again, &login);
        let (login, password) = both(login::accept(&request.login), password)?;
        let hash = self.passwords.hash(password).await?;

        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let used = sqlx::query(USE_SET_UP_LINK).bind(&sha256).execute(&mut *write).await?;
        if used.rows_affected() == 0 || any_user(&mut write).await? {
            return Err(LINK_INVALID.into());
        }
        let id = sqlx::query_scalar(ADD_USER)
            .bind(&login)
            .bind(hash)
            .bind(Role::Administrator.as_str())
            .bind(now.as_second())
            .fetch_one(&mut *write)
            .await?;
        let actor = Actor { id: UserId(id), login, role: Role::Administrator };
        let session = self.begin_session(&mut write, actor.id, client, now).await?;
        let object = account(&actor.login);
        write
            .commit([
                Record::by(&actor, now, Action::AccountSetUp, &object)
                    .after(json!({ "login": actor.login, "role": actor.role })),
                Record::by(&actor, now, Action::SessionStart, &object).after(origin(client)),
            ])
            .await?;
        Ok(session)
    }

    async fn check_and_log_in(&self, request: LogIn, client: &Client) -> Result<SessionToken, Failure> {
        // Whoever types nothing guesses nothing.
        both(filled(Field::Login, request.login.trim()), filled(Field::Password, &request.password))?;
        let login = login::normalise(&request.login);
        let attempt = self.try_log_in(client, &login).await?;

        let mut read = self.store.read().await?;
        let user: Option<UserRow> = sqlx::query_as(USER).bind(&login).fetch_optional(&mut *read).await?;
        drop(read);
        let hash = user.as_ref().map(|(_, _, hash, _)| hash.clone());
        let right = self.passwords.verify(&request.password, hash).await?;

        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let Some((id, role, ..)) = user.as_ref().filter(|(_, _, _, disabled)| right && *disabled == 0) else {
            // A name that nobody has may be a password typed into the wrong field.
            let object = user.map_or_else(|| "account unknown".to_owned(), |_| account(&login));
            let record = Record::by_hufu(now, Action::SessionRefused, object);
            write.commit([record.after(origin(client))]).await?;
            return Err(ServiceError::invalid(Field::Password, Problem::WrongCredentials).into());
        };
        self.attempts.give_back(&attempt);
        let actor = Actor { id: UserId(*id), login, role: stored("role", role.parse())? };
        let session = self.begin_session(&mut write, actor.id, client, now).await?;
        let record = Record::by(&actor, now, Action::SessionStart, account(&actor.login));
        write.commit([record.after(origin(client))]).await?;
        Ok(session)
    }

    async fn end_this(&self, token: &SessionToken, client: &Client) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let ended: Option<String> =
            sqlx::query_scalar(END_SESSION).bind(token::sha256(&token.0).to_vec()).fetch_optional(&mut *write).await?;
        let Some(login) = ended else {
            return Ok(());
        };
        let record = Record::by_login(&login, now, Action::SessionEnd, account(&login));
        write.commit([record.after(origin(client))]).await
    }
}

#[async_trait]
impl Accounts for People {
    async fn set_up_needed(&self) -> ServiceResult<bool> {
        let mut read = self.store.read().await?;
        Ok(!any_user(&mut read).await?)
    }

    async fn set_up_state(&self, token: &str) -> ServiceResult<SetUpState> {
        Ok(self.what_a_link_is_for(token).await?)
    }

    async fn set_up(&self, request: SetUp, client: &Client) -> ServiceResult<SessionToken> {
        Ok(self.make_first_account(request, client).await?)
    }

    async fn log_in(&self, request: LogIn, client: &Client) -> ServiceResult<SessionToken> {
        Ok(self.check_and_log_in(request, client).await?)
    }

    async fn log_out(&self, token: &SessionToken, client: &Client) -> ServiceResult<()> {
        Ok(self.end_this(token, client).await?)
    }

    async fn actor(&self, token: &SessionToken) -> ServiceResult<Option<Actor>> {
        Ok(self.look_up(token).await?)
    }

    async fn people(&self, actor: &Actor) -> ServiceResult<Vec<Person>> {
        actor.require(Permission::Administer)?;
        Ok(self.everybody("", u32::MAX).await?)
    }

    async fn people_with(&self, part: &str, most: u32, actor: &Actor) -> ServiceResult<Vec<Person>> {
        actor.require(Permission::Administer)?;
        Ok(self.everybody(part, most).await?)
    }

    async fn add_person(&self, login: String, role: Role, actor: &Actor) -> ServiceResult<AccessLink> {
        actor.require(Permission::Administer)?;
        Ok(self.insert_person(&login, role, actor).await?)
    }

    async fn access_link(&self, id: UserId, actor: &Actor) -> ServiceResult<AccessLink> {
        actor.require(Permission::Administer)?;
        Ok(self.new_link(id, actor).await?)
    }

    async fn keep_link(&self, link: KeptLink, actor: &Actor) -> ServiceResult<LinkId> {
        actor.require(Permission::Administer)?;
        Ok(self.made.keep(link, actor.id, self.clock.now()).map_err(Failure::from)?)
    }

    async fn take_link(&self, id: LinkId, actor: &Actor) -> ServiceResult<KeptLink> {
        actor.require(Permission::Administer)?;
        self.made.take(id, actor.id, self.clock.now()).ok_or(ServiceError::NotFound)
    }

    async fn change_person(&self, id: UserId, change: PersonChange, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Administer)?;
        Ok(self.update_person(id, change, actor).await?)
    }

    async fn link_owner(&self, token: &str) -> ServiceResult<Option<String>> {
        Ok(self.owner_of(token).await?.map(|(_, login)| login))
    }

    async fn choose_password(&self, request: ChoosePassword, client: &Client) -> ServiceResult<SessionToken> {
        Ok(self.use_link(request, client).await?)
    }

    async fn change_password(
        &self,
        request: PasswordChange,
        session: &SessionToken,
        actor: &Actor,
        client: &Client,
    ) -> ServiceResult<()> {
        Ok(self.replace_password(request, session, actor, client).await?)
    }

    async fn sessions(&self, session: &SessionToken, actor: &Actor) -> ServiceResult<Vec<Session>> {
        Ok(self.sessions_of(session, actor).await?)
    }

    async fn end_session(&self, id: &SessionId, actor: &Actor) -> ServiceResult<()> {
        Ok(self.end_one_of(id, actor).await?)
    }
}

type SessionRow = (i64, String, String, i64);
type UserRow = (i64, String, String, i64);

async fn any_user(connection: &mut SqliteConnection) -> Result<bool, Failure> {
    let users: i64 = sqlx::query_scalar(ANY_USER).fetch_one(connection).await?;
    Ok(users > 0)
}

/// Whether anything was typed into a field.
fn filled(field: Field, typed: &str) -> ServiceResult<()> {
    if typed.is_empty() { Err(ServiceError::invalid(field, Problem::Empty)) } else { Ok(()) }
}

/// A password that can be that of whoever is called `login`, and was typed twice.
fn typed_twice<'typed>(password: &'typed str, again: &str, login: &str) -> ServiceResult<&'typed str> {
    let is_same = password == again;
    let again = is_same.then_some(()).ok_or(ServiceError::invalid(Field::PasswordAgain, Problem::Different));
    both(password_in_bounds(password, login), again).map(|(password, ())| password)
}

/// The password in the form that is hashed. NIST SP 800-63B-4 asks to normalise it, so that two
/// keyboards type the same one, and to count characters.
fn password_in_bounds<'typed>(password: &'typed str, login: &str) -> ServiceResult<&'typed str> {
    let problem = match password.chars().count() {
        0 => Problem::Empty,
        length if length < PASSWORD_LEAST => Problem::TooShort { least: PASSWORD_LEAST },
        length if length > PASSWORD_MOST => Problem::TooLong { most: PASSWORD_MOST },
        _ if is_guessed_first(password, login) => Problem::GuessedFirst,
        _ => return Ok(password),
    };
    Err(ServiceError::invalid(Field::Password, problem))
}

fn account(login: &str) -> String {
    format!("account {login}")
}

fn origin(client: &Client) -> Value {
    json!({ "address": client.address })
}

const LINK_INVALID: ServiceError = ServiceError::invalid(Field::SetupToken, Problem::LinkInvalid);

/// A set-up link works for so long; each start of the server prints a new one.
const LINK_LIFE: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A session ends after so long, in use or not.
const LIFE_MOST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A session ends after so long without use.
const IDLE_MOST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How exactly it is known when a session was last used, so how far “Last seen” lags behind somebody who works without a
/// pause: each note is a write.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(5 * 60);

statements! {
    ANY_USER = "SELECT COUNT(*) FROM (SELECT id FROM users LIMIT 1) AS one";

    USER = "SELECT id, role, password_hash, disabled FROM users WHERE login = $1";

    ADD_USER = "INSERT INTO users (login, password_hash, role, created_at) VALUES ($1, $2, $3, $4) RETURNING id";

    SESSION = "
        SELECT users.id, users.login, users.role, sessions.last_seen_at
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.token_sha256 = $1 AND sessions.expires_at > $2 AND sessions.last_seen_at > $3
            AND users.disabled = 0";

    ADD_SESSION = "
        INSERT INTO sessions (token_sha256, user_id, created_at, last_seen_at, expires_at, address)
        VALUES ($1, $2, $3, $3, $4, $5)";

    TOUCH_SESSION = "UPDATE sessions SET last_seen_at = $2 WHERE token_sha256 = $1";

    END_SESSION = "
        DELETE FROM sessions WHERE token_sha256 = $1
        RETURNING (SELECT login FROM users WHERE users.id = sessions.user_id)";

    FORGET_ENDED_SESSIONS = "DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2";

    SET_UP_LINK = "SELECT COUNT(*) FROM set_up_link WHERE token_sha256 = $1 AND made_at > $2";

    REPLACE_SET_UP_LINK = "
        INSERT INTO set_up_link (id, token_sha256, made_at) VALUES (1, $1, $2)
        ON CONFLICT (id) DO UPDATE SET token_sha256 = excluded.token_sha256, made_at = excluded.made_at";

    USE_SET_UP_LINK = "DELETE FROM set_up_link WHERE token_sha256 = $1";
}
