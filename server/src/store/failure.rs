//! What can go wrong inside a service, and the one place where it becomes an answer.

use std::fmt::Display;

use model::{
    Timestamp,
    service::{Field, Problem, ServiceError},
};
use serde::{Serialize, de::DeserializeOwned};

/// Why a service method stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The caller is at fault and is told so.
    #[error(transparent)]
    Refused(#[from] ServiceError),
    /// The database is at fault, or we are.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The store was opened without the right to write.
    #[error("the store is read-only")]
    ReadOnly,
    /// Something stored is not what this version reads.
    #[error("stored {what} cannot be read: {reason}")]
    Stored { what: &'static str, reason: String },
    /// The system has no randomness to give.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// A part of the work panicked.
    #[error("{0}")]
    Broken(String),
    /// An endpoint could not be looked at, and not by its own fault.
    #[error(transparent)]
    Probe(#[from] probe::OutOfSockets),
    /// A password could not be hashed.
    #[error("password hash: {0}")]
    PasswordHash(String),
    /// A file could not be written, or its reader was too slow.
    #[error("export: {0}")]
    Export(String),
}

impl From<Failure> for ServiceError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Database(error) => broken_constraint(&error).unwrap_or_else(|| internal(&error)),
            failure => internal(&failure),
        }
    }
}

/// What the caller did wrong when a constraint of the schema is broken.
fn broken_constraint(error: &sqlx::Error) -> Option<ServiceError> {
    let error = error.as_database_error()?;
    // PostgreSQL names the constraint; SQLite names the columns, `programs.app_id`, and ours are
    // named after the first of them.
    let name = match error.constraint() {
        Some(name) => name.to_owned(),
        None => {
            let columns = error.message().strip_prefix("UNIQUE constraint failed: ")?;
            columns.split(',').next()?.replace('.', "_")
        }
    };
    match name.as_str() {
        "programs_app_id" => Some(ServiceError::invalid(Field::AppId, Problem::Taken)),
        "recipients_program" => Some(ServiceError::invalid(Field::Recipient, Problem::Taken)),
        "users_login" => Some(ServiceError::invalid(Field::Login, Problem::Taken)),
        _ => None,
    }
}

/// Logs what happened under a reference, which is all that the caller learns.
fn internal(cause: &dyn Display) -> ServiceError {
    let mut bytes = [0; 6];
    // Without randomness the reference is the same each time, and the line is still there.
    let _ = getrandom::fill(&mut bytes);
    let reference = hex::encode(bytes);
    tracing::error!(%reference, %cause, "a service failed");
    ServiceError::Internal { reference }
}

/// A stored word as the type it was made from.
pub(crate) fn stored<T, E: Display>(what: &'static str, parsed: Result<T, E>) -> Result<T, Failure> {
    parsed.map_err(|error| Failure::Stored { what, reason: error.to_string() })
}

/// A stored number of seconds as a time.
pub(crate) fn time(seconds: i64) -> Result<Timestamp, Failure> {
    stored("time", Timestamp::from_second(seconds))
}

/// JSON for a column, and back.
pub(crate) mod json {
    use super::{DeserializeOwned, Failure, Serialize, stored};

    pub(crate) fn write(value: &impl Serialize) -> Result<String, Failure> {
        stored("value", serde_json::to_string(value))
    }

    pub(crate) fn read<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Failure> {
        stored(what, serde_json::from_str(text))
    }
}
