//! Where an endpoint is looked for in place of where DNS says: kept for every probe from now on, or
//! tried once.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use model::{
    HostPort, Timestamp,
    accounts::Actor,
    audit::Action,
    endpoints::route::{Route, RouteChange, Routed, Trial},
    service::{EndpointId, Field, Problem, ServiceError, TrialId},
};
use probe::NetworkPolicy;
use serde_json::{Value, json as value};
use sqlx::{FromRow, SqliteConnection};

use super::target;
use crate::{
    audit::Record,
    store::{Failure, Store, json, statements},
};

/// A route as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(super) struct Stored {
    route: Option<String>,
    route_revision: i64,
}

impl Stored {
    pub(super) fn read(&self) -> Result<(Route, i64), Failure> {
        Ok((read(self.route.as_deref())?, self.route_revision))
    }
}

/// A route as it is stored; none for the usual one.
pub(super) fn read(text: Option<&str>) -> Result<Route, Failure> {
    text.map_or_else(|| Ok(Route::default()), |text| json::read("route", text))
}

/// How an endpoint is looked for now, and the revision of that.
pub(super) async fn of(connection: &mut SqliteConnection, id: EndpointId) -> Result<(Route, i64), Failure> {
    let row: Option<Stored> = sqlx::query_as(ROUTE).bind(id.0).fetch_optional(connection).await?;
    row.map_or_else(|| Ok((Route::default(), 0)), |row| row.read())
}

/// The endpoint at `target` that an entry names, where it is not looked for in the usual way.
pub(super) async fn to(connection: &mut SqliteConnection, target: &HostPort) -> Result<Option<Routed>, Failure> {
    let (host, port) = (target.host.to_string(), i64::from(target.port.number()));
    let row: Option<(i64, String)> = sqlx::query_as(ROUTE_TO).bind(host).bind(port).fetch_optional(connection).await?;
    let Some((id, route)) = row else { return Ok(None) };
    Ok(Some(Routed { endpoint: EndpointId(id), route: json::read("route", &route)? }))
}

/// Refuses a route to where Hufu may not connect. The probe asks again.
pub(super) fn check(route: &Route, policy: &NetworkPolicy) -> Result<(), ServiceError> {
    let refused = route.addresses.as_slice().iter().find(|address| policy.check(**address).is_err());
    refused.map_or(Ok(()), |address| {
        Err(ServiceError::invalid(Field::FixedAddresses, Problem::AddressNotAllowed { address: *address }))
    })
}

/// Changes the route, and makes the endpoint due.
pub(super) async fn change(
    store: &Store,
    id: EndpointId,
    change: &RouteChange,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut write = store.write().await?;
    let row: Option<Row> = sqlx::query_as(ENDPOINT_AND_ROUTE).bind(id.0).fetch_optional(&mut *write).await?;
    let row = row.ok_or(ServiceError::NotFound)?;
    let (before, revision) = row.route.read()?;
    if revision != change.revision {
        return Err(ServiceError::Conflict.into());
    }
    if before == change.route {
        return Ok(());
    }
    let text = if change.route.is_usual() { None } else { Some(json::write(&change.route)?) };
    sqlx::query(CHANGE_ROUTE).bind(id.0).bind(text).execute(&mut *write).await?;
    let target = target(&row.host, row.port)?;
    let record = Record::by(actor, now, Action::EndpointRoute, format!("endpoint {target}"));
    write.commit([record.before(said(&before)).after(said(&change.route))]).await
}

/// A route as the audit log shows it.
pub(super) fn said(route: &Route) -> Value {
    value!({ "addresses": route.addresses, "server_name": route.server_name })
}

#[derive(FromRow)]
struct Row {
    host: String,
    port: i64,
    #[sqlx(flatten)]
    route: Stored,
}

/// The latest trials, in memory: nobody misses them after a restart.
#[derive(Debug)]
pub(super) struct Trials(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    next: i64,
    latest: VecDeque<(TrialId, EndpointId, Trial)>,
}

impl Trials {
    /// Ids begin with the time, as those of runs do.
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Mutex::new(Kept { next: now.as_millisecond(), latest: VecDeque::new() }))
    }

    pub(super) fn keep(&self, endpoint: EndpointId, trial: Trial) -> TrialId {
        let mut kept = self.kept();
        if kept.latest.len() >= REMEMBERED {
            kept.latest.pop_front();
        }
        let id = TrialId(kept.next);
        kept.next += 1;
        kept.latest.push_back((id, endpoint, trial));
        id
    }

    pub(super) fn of(&self, endpoint: EndpointId, id: TrialId) -> Option<Trial> {
        let kept = self.kept();
        kept.latest.iter().find(|(known, of, _)| (*known, *of) == (id, endpoint)).map(|(.., trial)| trial.clone())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Trials that are remembered.
const REMEMBERED: usize = 32;

statements! {
    ROUTE = "SELECT route, route_revision FROM endpoints WHERE id = $1";

    ROUTE_TO = "SELECT id, route FROM named_endpoints WHERE host = $1 AND port = $2 AND route IS NOT NULL";

    ENDPOINT_AND_ROUTE = "SELECT host, port, route, route_revision FROM named_endpoints WHERE id = $1";

    CHANGE_ROUTE = "UPDATE endpoints SET route = $2, route_revision = route_revision + 1, due_at = 0 WHERE id = $1";
}
