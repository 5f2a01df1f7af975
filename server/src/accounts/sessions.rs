//! One's own sessions, and one's own password.

use model::{
    Fingerprint,
    accounts::{Actor, Client, PasswordChange, Session, SessionId, SessionToken},
    audit::Action,
    service::{Field, Problem, ServiceError, ServiceResult, both},
};

use super::{IDLE_MOST, People, account, attempts::Target, filled, origin, people::set_password, token, typed_twice};
use crate::{
    audit::Record,
    store::{Failure, statements, stored, time},
};

impl People {
    pub(super) async fn sessions_of(&self, session: &SessionToken, actor: &Actor) -> Result<Vec<Session>, Failure> {
        let now = self.clock.now().as_second();
        let current = token::sha256(&session.0);
        let mut read = self.store.read().await?;
        let rows: Vec<(Vec<u8>, i64, i64, Option<String>)> = sqlx::query_as(OF_PERSON)
            .bind(actor.id.0)
            .bind(now)
            .bind(now - IDLE_MOST.as_secs())
            .fetch_all(&mut *read)
            .await?;
        rows.into_iter()
            .map(|(sha256, began_at, seen_at, address)| {
                let bytes: [u8; 32] = stored("session", sha256.try_into().map_err(|_| "not 32 bytes"))?;
                Ok(Session {
                    id: SessionId(Fingerprint::new(bytes)),
                    began_at: time(began_at)?,
                    seen_at: time(seen_at)?,
                    address: address.map(|address| stored("address", address.parse())).transpose()?,
                    current: bytes == current,
                })
            })
            .collect()
    }

    pub(super) async fn end_one_of(&self, SessionId(id): &SessionId, actor: &Actor) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let ended = sqlx::query(END_ONE).bind(id.as_bytes().to_vec()).bind(actor.id.0).execute(&mut *write).await?;
        if ended.rows_affected() == 0 {
            return Err(ServiceError::NotFound.into());
        }
        let record = Record::by(actor, now, Action::SessionEnd, account(&actor.login));
        write.commit([record.after(serde_json::json!({ "from": "another session" }))]).await
    }

    pub(super) async fn replace_password(
        &self,
        request: PasswordChange,
        session: &SessionToken,
        actor: &Actor,
        client: &Client,
    ) -> Result<(), Failure> {
        let current = match filled(Field::CurrentPassword, &request.current) {
            Ok(()) => self.check_password(&request.current, actor, client).await?,
            Err(empty) => Err(empty),
        };
        let password = typed_twice(&request.password, &request.password_again, &actor.login);
        let ((), password) = both(current, password)?;
        let hash = self.passwords.hash(password).await?;
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        set_password(&mut write, actor.id, hash).await?;
        sqlx::query(END_OTHERS).bind(actor.id.0).bind(token::sha256(&session.0).to_vec()).execute(&mut *write).await?;
        let record = Record::by(actor, now, Action::AccountPassword, account(&actor.login));
        write.commit([record.after(origin(client))]).await
    }

    /// What is wrong with a password that is to be that of whoever asks.
    async fn check_password(&self, typed: &str, actor: &Actor, client: &Client) -> Result<ServiceResult<()>, Failure> {
        // Whoever finds a screen unlocked must not guess the password there: that it is known is of no use to them.
        let mut attempt = self.attempts.of_address(client.address)?;
        self.attempts.of_account(&mut attempt, Target::Own(actor.id))?;
        let mut read = self.store.read().await?;
        let hash: Option<String> = sqlx::query_scalar(HASH).bind(actor.id.0).fetch_optional(&mut *read).await?;
        drop(read);
        if !self.passwords.verify(typed, hash).await? {
            return Ok(Err(ServiceError::invalid(Field::CurrentPassword, Problem::WrongCredentials)));
        }
        self.attempts.give_back(&attempt);
        Ok(Ok(()))
    }
}

statements! {
    OF_PERSON = "
        SELECT token_sha256, created_at, last_seen_at, address FROM sessions
        WHERE user_id = $1 AND expires_at > $2 AND last_seen_at > $3
        ORDER BY last_seen_at DESC, created_at DESC";

    END_ONE = "DELETE FROM sessions WHERE token_sha256 = $1 AND user_id = $2";

    END_OTHERS = "DELETE FROM sessions WHERE user_id = $1 AND token_sha256 <> $2";

    HASH = "SELECT password_hash FROM users WHERE id = $1";
}
