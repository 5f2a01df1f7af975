//! The audit log: [`crate::store::Write::commit`] writes it, in the transaction of the change.

pub(crate) mod log;

use model::{Timestamp, accounts::Actor, audit::Action};
use serde::Serialize;
use serde_json::Value;
use sqlx::SqliteConnection;

pub use self::log::Log;
use crate::store::{Failure, json, statements};

/// A line to append.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    at: Timestamp,
    actor: Option<String>,
    action: Action,
    object: String,
    before: Option<Value>,
    after: Option<Value>,
}

impl Record {
    /// Something that a person did.
    pub(crate) fn by(actor: &Actor, at: Timestamp, action: Action, object: impl Into<String>) -> Self {
        Self::by_login(&actor.login, at, action, object)
    }

    /// Something that the person with this log-in name did.
    pub(crate) fn by_login(login: &str, at: Timestamp, action: Action, object: impl Into<String>) -> Self {
        Self { actor: Some(login.to_owned()), ..Self::by_hufu(at, action, object) }
    }

    /// Something that Hufu did by itself, or that was done by nobody it knows.
    pub(crate) fn by_hufu(at: Timestamp, action: Action, object: impl Into<String>) -> Self {
        Self { at, actor: None, action, object: object.into(), before: None, after: None }
    }

    /// The object as it was.
    pub(crate) fn before(self, before: Value) -> Self {
        Self { before: Some(before), ..self }
    }

    /// The object as it is now.
    pub(crate) fn after(self, after: Value) -> Self {
        Self { after: Some(after), ..self }
    }
}

/// A link to a view of a list, as the log tells it: its parts are bounded, but a URL is what somebody typed.
pub(crate) fn view(link: &str) -> String {
    link.chars().take(VIEW_MOST).collect()
}

pub(crate) async fn append(connection: &mut SqliteConnection, records: &[Record]) -> Result<(), Failure> {
    for some in records.chunks(AT_ONCE) {
        let lines: Vec<_> = some.iter().map(Line::of).collect();
        sqlx::query(APPEND).bind(json::write(&lines)?).execute(&mut *connection).await?;
    }
    Ok(())
}

/// A line as the statement reads it.
#[derive(Serialize)]
struct Line<'r> {
    at: i64,
    actor: Option<&'r str>,
    action: &'static str,
    object: &'r str,
    before: Option<String>,
    after: Option<String>,
}

impl<'r> Line<'r> {
    fn of(record: &'r Record) -> Self {
        Self {
            at: record.at.as_second(),
            actor: record.actor.as_deref(),
            action: record.action.as_str(),
            object: &record.object,
            before: record.before.as_ref().map(Value::to_string),
            after: record.after.as_ref().map(Value::to_string),
        }
    }
}

/// Most characters of a view.
const VIEW_MOST: usize = 2_000;

/// Lines that one statement writes.
const AT_ONCE: usize = 1_000;

statements! {
    APPEND = "
        INSERT INTO audit_log (at, actor, action, object, before, after)
        SELECT value ->> 'at', value ->> 'actor', value ->> 'action', value ->> 'object',
            value ->> 'before', value ->> 'after'
        FROM json_each($1) ORDER BY key";
}
