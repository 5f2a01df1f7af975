//! Who is told of what concerns a mini program.

use model::{
    accounts::Actor,
    alerts::{EmailAddress, Language, RECIPIENTS_MOST, Recipient},
    audit::Action,
    service::{Field, Problem, ProgramId, RecipientId, ServiceError},
};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::Inner;
use crate::{
    audit::Record,
    store::{Failure, json as column, statements, stored},
};

impl Inner {
    pub(super) async fn recipients_of(&self, program: ProgramId) -> Result<Vec<Recipient>, Failure> {
        let mut read = self.store.read().await?;
        let rows: Vec<(i64, String, String)> = sqlx::query_as(RECIPIENTS).bind(program.0).fetch_all(&mut *read).await?;
        rows.into_iter()
            .map(|(id, address, language)| {
                Ok(Recipient {
                    id: RecipientId(id),
                    address: stored("address", address.parse())?,
                    language: stored("language", language.parse())?,
                })
            })
            .collect()
    }

    pub(super) async fn insert_recipient(
        &self,
        program: ProgramId,
        address: &EmailAddress,
        language: Language,
        actor: &Actor,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let known: Option<i64> = sqlx::query_scalar(PROGRAM_EXISTS).bind(program.0).fetch_optional(&mut *write).await?;
        known.ok_or(ServiceError::NotFound)?;
        let count: i64 = sqlx::query_scalar(COUNT).bind(program.0).fetch_one(&mut *write).await?;
        if usize::try_from(count).is_ok_and(|count| count >= RECIPIENTS_MOST) {
            let problem = Problem::TooMany { most: RECIPIENTS_MOST };
            return Err(ServiceError::invalid(Field::Recipient, problem).into());
        }
        sqlx::query(ADD).bind(program.0).bind(address.as_str()).bind(language.as_str()).execute(&mut *write).await?;
        // What fails is told with the probe that shows it, which may have been the last one for days.
        sqlx::query(PROBE_WHAT_FAILS).bind(program.0).execute(&mut *write).await?;
        let record = Record::by(actor, now, Action::RecipientAdd, format!("program {program}"));
        write.commit([record.after(of_recipient(address.as_str(), language.as_str()))]).await?;
        // What ends soon is told at once, not at the next round.
        self.bell.ring();
        Ok(())
    }

    pub(super) async fn delete_recipient(
        &self,
        program: ProgramId,
        id: RecipientId,
        actor: &Actor,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut write = self.store.write().await?;
        let removed: Option<(String, String)> =
            sqlx::query_as(REMOVE).bind(id.0).bind(program.0).fetch_optional(&mut *write).await?;
        let (address, language) = removed.ok_or(ServiceError::NotFound)?;
        let record = Record::by(actor, now, Action::RecipientRemove, format!("program {program}"));
        write.commit([record.before(of_recipient(&address, &language))]).await
    }
}

/// Those of a mini program as the audit log shows them.
pub(crate) async fn told(connection: &mut SqliteConnection, program: ProgramId) -> Result<Vec<Value>, Failure> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(RECIPIENTS).bind(program.0).fetch_all(connection).await?;
    Ok(rows.iter().map(|(_, address, language)| of_recipient(address, language)).collect())
}

/// Makes recipients of a mini program of those that the audit log shows.
pub(crate) async fn put_back(
    connection: &mut SqliteConnection,
    program: ProgramId,
    told: &[Value],
) -> Result<(), Failure> {
    sqlx::query(PUT_BACK).bind(program.0).bind(column::write(&told)?).execute(connection).await?;
    Ok(())
}

/// A recipient as the audit log shows it.
fn of_recipient(address: &str, language: &str) -> Value {
    json!({ "address": address, "language": language })
}

statements! {
    RECIPIENTS = "SELECT id, address, language FROM recipients WHERE program = $1 ORDER BY address";

    PROGRAM_EXISTS = "SELECT id FROM programs WHERE id = $1";

    COUNT = "SELECT COUNT(*) FROM recipients WHERE program = $1";

    ADD = "INSERT INTO recipients (program, address, language) VALUES ($1, $2, $3)";

    PROBE_WHAT_FAILS = "
        UPDATE endpoints SET due_at = 0
        WHERE failing_since IS NOT NULL AND id IN (SELECT endpoint FROM entries WHERE program = $1)";

    PUT_BACK = "
        INSERT INTO recipients (program, address, language)
        SELECT $1, value ->> 'address', value ->> 'language' FROM json_each($2) ORDER BY key";

    REMOVE = "DELETE FROM recipients WHERE id = $1 AND program = $2 RETURNING address, language";
}
