//! Who may come in: accounts made for others, and the links by which they choose a password.

use model::{
    SignedDuration,
    accounts::{Access, AccessLink, Actor, ChoosePassword, Client, Person, PersonChange, Role, SessionToken},
    audit::Action,
    service::{Field, Problem, ServiceError, UserId},
};
use serde_json::{Value, json};
use sqlx::FromRow;

use super::{LINK_INVALID, People, account, login, origin, token, token::Token, typed_twice};
use crate::{
    audit::Record,
    store::{Failure, Write, containing, statements, stored, time},
};

impl People {
    /// Everybody whose log-in name has `part` in it, by that, and `most` of them at the most.
    pub(super) async fn everybody(&self, part: &str, most: u32) -> Result<Vec<Person>, Failure> {
        let mut read = self.store.read().await?;
        let rows: Vec<Row> = sqlx::query_as(EVERYBODY)
            .bind(self.clock.now().as_second())
            .bind(containing(part))
            .bind(i64::from(most))
            .fetch_all(&mut *read)
            .await?;
        rows.into_iter().map(Row::read).collect()
    }

    pub(super) async fn insert_person(&self, typed: &str, role: Role, actor: &Actor) -> Result<AccessLink, Failure> {
        let login = login::accept(typed)?;
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let id: i64 = sqlx::query_scalar(ADD_PERSON)
            .bind(&login)
            .bind(NO_PASSWORD)
            .bind(role.as_str())
            .bind(now.as_second())
            .fetch_one(&mut *write)
            .await?;
        let link = self.make_link(&mut write, UserId(id)).await?;
        let record = Record::by(actor, now, Action::AccountAdd, account(&login));
        write.commit([record.after(of_person(&login, role, false))]).await?;
        Ok(link)
    }

    pub(super) async fn new_link(&self, id: UserId, actor: &Actor) -> Result<AccessLink, Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let person = known(&mut write, id).await?;
        if person.disabled != 0 {
            return Err(ServiceError::invalid(Field::Login, Problem::ShutOut).into());
        }
        let link = self.make_link(&mut write, id).await?;
        let record = Record::by(actor, now, Action::AccountLink, account(&person.login));
        write.commit([record.after(json!({ "works_for_seconds": LINK_LIFE.as_secs() }))]).await?;
        Ok(link)
    }

    async fn make_link(&self, write: &mut Write, id: UserId) -> Result<AccessLink, Failure> {
        let token = Token::new()?;
        sqlx::query(REPLACE_LINK)
            .bind(id.0)
            .bind(token.sha256().to_vec())
            .bind(self.clock.now().as_second() + LINK_LIFE.as_secs())
            .execute(&mut **write)
            .await?;
        Ok(AccessLink(token.into_text()))
    }

    pub(super) async fn update_person(&self, id: UserId, change: PersonChange, actor: &Actor) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let old = known(&mut write, id).await?;
        let is = Access { role: stored("role", old.role.parse())?, disabled: old.disabled != 0 };
        let PersonChange { was, becomes } = change;
        if is != was {
            return Err(ServiceError::Conflict.into());
        }
        if is == becomes {
            return Ok(());
        }
        sqlx::query(CHANGE_PERSON)
            .bind(id.0)
            .bind(becomes.role.as_str())
            .bind(i64::from(becomes.disabled))
            .execute(&mut *write)
            .await?;
        let left: i64 = sqlx::query_scalar(ADMINISTRATORS).fetch_one(&mut *write).await?;
        if left == 0 {
            return Err(ServiceError::invalid(Field::Role, Problem::LastAdministrator).into());
        }
        if becomes.disabled {
            sqlx::query(END_ALL_SESSIONS).bind(id.0).execute(&mut *write).await?;
            sqlx::query(REMOVE_LINK).bind(id.0).execute(&mut *write).await?;
        }
        let said = |access: Access| of_person(&old.login, access.role, access.disabled);
        let record = Record::by(actor, now, Action::AccountChange, account(&old.login));
        write.commit([record.before(said(is)).after(said(becomes))]).await
    }

    pub(super) async fn owner_of(&self, secret: &str) -> Result<Option<(UserId, String)>, Failure> {
        let mut read = self.store.read().await?;
        let owner: Option<(i64, String)> = sqlx::query_as(LINK_OWNER)
            .bind(token::sha256(secret).to_vec())
            .bind(self.clock.now().as_second())
            .fetch_optional(&mut *read)
            .await?;
        Ok(owner.map(|(id, login)| (UserId(id), login)))
    }

    pub(super) async fn use_link(&self, request: ChoosePassword, client: &Client) -> Result<SessionToken, Failure> {
        // Before anything costly is done for somebody without a link.
        let (_, login) = self.owner_of(&request.token).await?.ok_or(LINK_INVALID)?;
        let password = typed_twice(&request.password, &request.password_again, &login)?;
        let hash = self.passwords.hash(password).await?;
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let owner: Option<i64> = sqlx::query_scalar(USE_LINK)
            .bind(token::sha256(&request.token).to_vec())
            .bind(now.as_second())
            .fetch_optional(&mut *write)
            .await?;
        let id = UserId(owner.ok_or(LINK_INVALID)?);
        let person = known(&mut write, id).await?;
        if person.disabled != 0 {
            return Err(LINK_INVALID.into());
        }
        set_password(&mut write, id, hash).await?;
        sqlx::query(END_ALL_SESSIONS).bind(id.0).execute(&mut *write).await?;
        let session = self.begin_session(&mut write, id, client, now).await?;
        let object = account(&person.login);
        let by = |action| Record::by_login(&person.login, now, action, &object).after(origin(client));
        write.commit([by(Action::AccountPassword), by(Action::SessionStart)]).await?;
        Ok(session)
    }
}

/// Sets somebody's password. A link by which another could be chosen ends with the old one.
pub(super) async fn set_password(write: &mut Write, id: UserId, hash: String) -> Result<(), Failure> {
    sqlx::query(SET_PASSWORD).bind(id.0).bind(hash).execute(&mut **write).await?;
    sqlx::query(REMOVE_LINK).bind(id.0).execute(&mut **write).await?;
    Ok(())
}

#[derive(FromRow)]
struct Known {
    login: String,
    role: String,
    disabled: i64,
}

async fn known(write: &mut Write, id: UserId) -> Result<Known, Failure> {
    let person = sqlx::query_as(PERSON).bind(id.0).fetch_optional(&mut **write).await?;
    Ok(person.ok_or(ServiceError::NotFound)?)
}

#[derive(FromRow)]
struct Row {
    id: i64,
    login: String,
    role: String,
    disabled: i64,
    created_at: i64,
    seen_at: Option<i64>,
    invited: i64,
}

impl Row {
    fn read(self) -> Result<Person, Failure> {
        Ok(Person {
            id: UserId(self.id),
            login: self.login,
            role: stored("role", self.role.parse())?,
            disabled: self.disabled != 0,
            added_at: time(self.created_at)?,
            seen_at: self.seen_at.map(time).transpose()?,
            invited: self.invited != 0,
        })
    }
}

/// An account as the audit log shows it.
fn of_person(login: &str, role: Role, disabled: bool) -> Value {
    json!({ "login": login, "role": role, "disabled": disabled })
}

/// No PHC string, so that no password matches it.
const NO_PASSWORD: &str = "";

/// How long a link works.
const LINK_LIFE: SignedDuration = SignedDuration::from_hours(3 * 24);

statements! {
    EVERYBODY = "
        SELECT users.id, users.login, users.role, users.disabled, users.created_at,
            (SELECT MAX(last_seen_at) FROM sessions WHERE sessions.user_id = users.id) AS seen_at,
            EXISTS (SELECT 1 FROM access_links WHERE access_links.user_id = users.id AND expires_at > $1) AS invited
        FROM users WHERE users.login LIKE $2 ESCAPE '\\' ORDER BY users.login LIMIT $3";

    PERSON = "SELECT login, role, disabled FROM users WHERE id = $1";

    ADD_PERSON = "INSERT INTO users (login, password_hash, role, created_at) VALUES ($1, $2, $3, $4) RETURNING id";

    CHANGE_PERSON = "UPDATE users SET role = $2, disabled = $3 WHERE id = $1";

    ADMINISTRATORS = "
        SELECT COUNT(*) FROM users WHERE role = 'administrator' AND disabled = 0 AND password_hash <> ''";

    SET_PASSWORD = "UPDATE users SET password_hash = $2 WHERE id = $1";

    END_ALL_SESSIONS = "DELETE FROM sessions WHERE user_id = $1";

    REPLACE_LINK = "
        INSERT INTO access_links (user_id, token_sha256, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET token_sha256 = excluded.token_sha256, expires_at = excluded.expires_at";

    REMOVE_LINK = "DELETE FROM access_links WHERE user_id = $1";

    LINK_OWNER = "
        SELECT users.id, users.login FROM access_links JOIN users ON users.id = access_links.user_id
        WHERE access_links.token_sha256 = $1 AND access_links.expires_at > $2 AND users.disabled = 0";

    USE_LINK = "DELETE FROM access_links WHERE token_sha256 = $1 AND expires_at > $2 RETURNING user_id";
}
