//! The domain lists of a mini program, read from the store beside a server that may be running.

use std::path::Path;

use model::{AppId, DomainEntry};

use super::exit::CliError;
use crate::{
    programs::entries,
    store::{Failure, Store, statements, stored},
};

/// Every entry of every list of the mini program `app_id`.
///
/// # Errors
/// When the store cannot be read, or does not have the mini program.
pub(crate) async fn entries_of(app_id: &AppId, data_dir: &Path) -> Result<Vec<DomainEntry>, CliError> {
    let store = Store::open_read_only(data_dir).await.map_err(|error| CliError::Store(error.to_string()))?;
    let entries = lists(&store, app_id).await;
    store.close().await;
    entries
        .map_err(|failure| CliError::Store(failure.to_string()))?
        .ok_or_else(|| CliError::Store(format!("no mini program {app_id} is registered in {}", data_dir.display())))
}

async fn lists(store: &Store, app_id: &AppId) -> Result<Option<Vec<DomainEntry>>, Failure> {
    let mut read = store.read().await?;
    let program: Option<i64> = sqlx::query_scalar(PROGRAM).bind(app_id.as_str()).fetch_optional(&mut *read).await?;
    let Some(program) = program else { return Ok(None) };
    let rows: Vec<(String, String)> = sqlx::query_as(LISTS).bind(program).fetch_all(&mut *read).await?;
    let entry = |(api, entry): (String, String)| entries::parse(stored("api", api.parse())?, &entry);
    rows.into_iter().map(entry).collect::<Result<_, _>>().map(Some)
}

statements! {
    PROGRAM = "SELECT id FROM programs WHERE app_id = $1";

    LISTS = "SELECT api, entry FROM entries WHERE program = $1 ORDER BY id";
}
