//! Endpoints that no entry names any more: kept for a week as they were, in case somebody names one of
//! them again, then forgotten.

use std::collections::BTreeSet;

use model::{DAY_SECONDS, Timestamp, endpoints::UNNAMED_DAYS, service::EndpointId};
use sqlx::SqliteConnection;

use crate::{
    certificates::served,
    store::{Failure, Store, json, statements, time},
};

/// Leaves alone from now on those of `endpoints` that no entry names any more.
pub(crate) async fn leave(
    connection: &mut SqliteConnection,
    endpoints: BTreeSet<EndpointId>,
    now: Timestamp,
) -> Result<(), Failure> {
    if endpoints.is_empty() {
        return Ok(());
    }
    sqlx::query(LEAVE).bind(json::write(&endpoints)?).bind(now.as_second()).execute(connection).await?;
    Ok(())
}

/// When an endpoint is forgotten that nobody has named since.
pub(super) fn forgotten_at(unnamed_at: i64) -> Result<Timestamp, Failure> {
    time(unnamed_at.saturating_add(KEPT_SECONDS))
}

/// Forgets a few of those that were left long enough ago, with their history and the certificates that were
/// seen nowhere else. Whether there were any.
pub(super) async fn forget_some(store: &Store, now: Timestamp) -> Result<bool, Failure> {
    let until = now.as_second().saturating_sub(KEPT_SECONDS);
    // Most of the time there is nothing, and then nothing is written.
    let mut read = store.read().await?;
    let any: bool = sqlx::query_scalar(ANY_OLD).bind(until).fetch_one(&mut *read).await?;
    drop(read);
    if !any {
        return Ok(false);
    }
    let mut write = store.write().await?;
    let old: Vec<i64> = sqlx::query_scalar(OLD).bind(until).bind(AT_ONCE).fetch_all(&mut *write).await?;
    let old = json::write(&old)?;
    let certificates = served::of_endpoints(&mut write, &old).await?;
    sqlx::query(FORGET_ENDPOINTS).bind(&old).execute(&mut *write).await?;
    served::forget_unnamed(&mut write, &certificates).await?;
    write.commit_housekeeping().await?;
    Ok(true)
}

const KEPT_SECONDS: i64 = UNNAMED_DAYS * DAY_SECONDS;

/// Endpoints that go in one transaction: each may have a month of observations, and others wait to write.
const AT_ONCE: i64 = 20;

statements! {
    LEAVE = "
        UPDATE endpoints SET unnamed_at = $2
        WHERE id IN (SELECT value FROM json_each($1)) AND unnamed_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.endpoint = endpoints.id)";

    ANY_OLD = "SELECT EXISTS (SELECT 1 FROM endpoints WHERE unnamed_at <= $1)";

    OLD = "SELECT id FROM endpoints WHERE unnamed_at <= $1 ORDER BY unnamed_at LIMIT $2";

    FORGET_ENDPOINTS = "DELETE FROM endpoints WHERE id IN (SELECT value FROM json_each($1))";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn a_few_are_forgotten_at_a_time_until_nothing_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).await.unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let mut write = store.write().await.unwrap();
        for number in 0..=2 * AT_ONCE {
            let add = "INSERT INTO endpoints (host, port, unnamed_at) VALUES ($1, 443, $2)";
            let left_at = now.as_second() - KEPT_SECONDS;
            sqlx::query(add).bind(format!("h{number}.example")).bind(left_at).execute(&mut *write).await.unwrap();
        }
        write.commit_housekeeping().await.unwrap();
        for expected in [true, true, true, false] {
            assert_eq!(forget_some(&store, now).await.unwrap(), expected);
        }
    }
}
