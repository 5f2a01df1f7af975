//! Entries and the endpoints that they name: written and removed in a few statements, however many
//! there are. What becomes of endpoints that no entry names any more is in [`crate::endpoints::unnamed`].

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Api, Host, HostPort,
    domain_entry::DomainEntry,
    service::{EndpointId, ProgramId},
};
use serde::Serialize;
use sqlx::SqliteConnection;

use crate::store::{Failure, json, statements};

/// An entry of a mini program.
pub(super) type Named<'e> = (ProgramId, &'e DomainEntry);

/// Adds entries, and makes or takes up again the endpoints that no entry named.
pub(super) async fn insert(connection: &mut SqliteConnection, entries: &[Named<'_>], now: i64) -> Result<(), Failure> {
    let targets: Vec<Option<HostPort>> = entries.iter().map(|(_, entry)| entry.endpoint()).collect();
    let endpoints = endpoints_for(connection, targets.iter().flatten()).await?;
    let lines = entries.iter().zip(&targets).map(|((program, entry), target)| Line {
        program: *program,
        api: entry.api(),
        entry: entry.to_string(),
        domain: Host::registrable_domain(entry.host()).map(|domain| domain.to_string()),
        endpoint: target.as_ref().and_then(|target| endpoints.get(&columns(target)).copied()),
    });
    let lines: Vec<_> = lines.collect();
    sqlx::query(ADD_ENTRIES).bind(json::write(&lines)?).bind(now).execute(connection).await?;
    Ok(())
}

/// Removes entries; the endpoints that they named.
pub(super) async fn remove(
    connection: &mut SqliteConnection,
    entries: &[Named<'_>],
) -> Result<BTreeSet<EndpointId>, Failure> {
    if entries.is_empty() {
        return Ok(BTreeSet::new());
    }
    let lines = entries.iter().map(|(program, entry)| Line {
        program: *program,
        api: entry.api(),
        entry: entry.to_string(),
        domain: None,
        endpoint: None,
    });
    let lines: Vec<_> = lines.collect();
    let endpoints: Vec<Option<i64>> =
        sqlx::query_scalar(REMOVE_NAMED).bind(json::write(&lines)?).fetch_all(connection).await?;
    Ok(endpoints.into_iter().flatten().map(EndpointId).collect())
}

/// The endpoint of a host and port, made or taken up again if no entry named it.
pub(super) async fn endpoint_for(connection: &mut SqliteConnection, target: &HostPort) -> Result<Option<i64>, Failure> {
    let endpoints = endpoints_for(connection, [target].into_iter()).await?;
    Ok(endpoints.get(&columns(target)).copied())
}

/// An entry as the statements read it.
#[derive(Serialize)]
struct Line {
    program: ProgramId,
    api: Api,
    entry: String,
    domain: Option<String>,
    endpoint: Option<i64>,
}

/// Host and port as they are stored.
type Columns = (String, i64);

fn columns(target: &HostPort) -> Columns {
    (target.host.to_string(), i64::from(target.port.number()))
}

async fn endpoints_for(
    connection: &mut SqliteConnection,
    targets: impl Iterator<Item = &HostPort>,
) -> Result<BTreeMap<Columns, i64>, Failure> {
    let mut seen = BTreeSet::new();
    // In the order in which they are named first.
    let targets: Vec<Columns> = targets.map(columns).filter(|target| seen.insert(target.clone())).collect();
    if targets.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(i64, String, i64)> =
        sqlx::query_as(ENDPOINTS_FOR).bind(json::write(&targets)?).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(id, host, port)| ((host, port), id)).collect())
}

statements! {
    ADD_ENTRIES = "
        INSERT INTO entries (program, api, entry, registrable_domain, endpoint, added_at)
        SELECT value ->> 'program', value ->> 'api', value ->> 'entry', value ->> 'domain', value ->> 'endpoint', $2
        FROM json_each($1) ORDER BY key";

    REMOVE_NAMED = "
        DELETE FROM entries WHERE (program, api, entry) IN
            (SELECT value ->> 'program', value ->> 'api', value ->> 'entry' FROM json_each($1))
        RETURNING endpoint";

    // One that nobody has named for a while is there again, as it was, and due: meanwhile nobody has looked. So is one
    // that fails: whoever comes to be concerned is told of it with the next probe.
    // What WHERE says is true; it tells ON CONFLICT apart from the condition of a join.
    ENDPOINTS_FOR = "
        INSERT INTO endpoints (host, port)
        SELECT value ->> 0, value ->> 1 FROM json_each($1) WHERE true ORDER BY key
        ON CONFLICT (host, port) DO UPDATE SET unnamed_at = NULL,
            due_at = CASE
                WHEN endpoints.unnamed_at IS NULL AND endpoints.failing_since IS NULL THEN endpoints.due_at ELSE 0 END
        RETURNING id, host, port";
}
