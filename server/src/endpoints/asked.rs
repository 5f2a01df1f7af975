//! Probes that somebody asked for: of one endpoint, of those of a mini program, of a selection, of all,
//! and one by another route.

use std::sync::Arc;

use model::{
    HostPort,
    accounts::Actor,
    audit::Action,
    endpoints::{
        Depth, Scope,
        route::{Route, Trial},
    },
    service::{EndpointId, RunId, ServiceError, TrialId},
};
use probe::Probed;
use tokio::task::JoinSet;

use super::{
    Inner, Probing, ask, routes,
    runs::{Running, Started},
    stored::targets,
    tags,
};
use crate::{
    audit::Record,
    store::{Failure, json, statements},
};

impl Probing {
    pub(super) async fn start(&self, scope: Scope, depth: Depth, actor: &Actor) -> Result<RunId, Failure> {
        let inner = &self.0;
        if let Some(id) = inner.runs.under_way_to(scope, depth) {
            return Ok(id);
        }
        let targets = inner.targets(scope).await?;
        self.begin(scope, depth, targets, actor).await
    }

    pub(super) async fn start_selected(&self, ids: &[EndpointId], actor: &Actor) -> Result<RunId, Failure> {
        let ids = tags::selection(ids)?;
        let mut read = self.0.store.read().await?;
        let rows = sqlx::query_as(TARGETS_CHOSEN).bind(json::write(&ids)?).fetch_all(&mut *read).await?;
        drop(read);
        let targets = targets(rows)?;
        if targets.is_empty() {
            return Err(ServiceError::NotFound.into());
        }
        self.begin(Scope::Selection, Depth::Full, targets, actor).await
    }

    async fn begin(
        &self,
        scope: Scope,
        depth: Depth,
        targets: Vec<(EndpointId, HostPort)>,
        actor: &Actor,
    ) -> Result<RunId, Failure> {
        let inner = &self.0;
        let now = inner.clock.now();
        let running = match inner.runs.start(scope, depth, targets.iter().map(|(id, _)| *id), now) {
            Started::Now(running) => running,
            Started::Before(id) => return Ok(id),
        };
        let record = Record::by(actor, now, Action::ProbeStart, words(scope))
            .after(serde_json::json!({ "run": running.id(), "endpoints": targets.len(), "depth": depth }));
        inner.store.write().await?.commit([record]).await?;

        let id = running.id();
        inner.tasks.spawn(Arc::clone(inner).drive(Arc::new(running), targets));
        Ok(id)
    }

    /// Looks once by `route`, in turn with every other probe.
    pub(super) async fn look_once(&self, id: EndpointId, route: Route, actor: &Actor) -> Result<TrialId, Failure> {
        let inner = &self.0;
        routes::check(&route, &inner.prober.policy())?;
        let mut read = inner.store.read().await?;
        let target = tags::named(&mut read, id).await?.ok_or(ServiceError::NotFound)?;
        let ask = ask::of(&mut read, id).await?;
        drop(read);
        let record = Record::by(actor, inner.clock.now(), Action::EndpointTry, format!("endpoint {target}"));
        inner.store.write().await?.commit([record.after(routes::said(&route))]).await?;

        let _turn = inner.turns.take(&target.host).await;
        let probed =
            inner.prober.probe_by(&route, &target, &ask, probe::Depth::Full, inner.clock.now(), |_| ()).await?;
        let (Probed { observation, .. }, trust, diagnosis) = inner.judge(probed, inner.clock.now()).await?;
        Ok(inner.trials.keep(id, Trial { route, observation, trust, diagnosis }))
    }

    pub(super) async fn call_off(&self, id: RunId, actor: &Actor) -> Result<(), Failure> {
        let under_way = self.0.runs.cancel(id).ok_or(ServiceError::NotFound)?;
        if under_way {
            let record = Record::by(actor, self.0.clock.now(), Action::ProbeCancel, "run");
            self.0.store.write().await?.commit([record.after(serde_json::json!({ "run": id }))]).await?;
        }
        Ok(())
    }
}

impl Inner {
    async fn targets(&self, scope: Scope) -> Result<Vec<(EndpointId, HostPort)>, Failure> {
        let mut read = self.store.read().await?;
        let rows: Vec<(i64, String, i64)> = match scope {
            Scope::Endpoint(id) => {
                let row = sqlx::query_as(TARGET).bind(id.0).fetch_optional(&mut *read).await?;
                vec![row.ok_or(ServiceError::NotFound)?]
            }
            Scope::Program(id) => {
                let program: Option<i64> =
                    sqlx::query_scalar(PROGRAM_EXISTS).bind(id.0).fetch_optional(&mut *read).await?;
                program.ok_or(ServiceError::NotFound)?;
                sqlx::query_as(TARGETS_OF_PROGRAM).bind(id.0).fetch_all(&mut *read).await?
            }
            Scope::All => sqlx::query_as(TARGETS).fetch_all(&mut *read).await?,
            // Chosen one by one, see `start_selected`.
            Scope::Selection => return Err(ServiceError::NotFound.into()),
        };
        targets(rows)
    }

    /// Probes every target, a few more at a time than have their turn. The run ends with the last of
    /// them, whatever happens to each, or when it is called off.
    async fn drive(self: Arc<Self>, running: Arc<Running>, targets: Vec<(EndpointId, HostPort)>) {
        let mut targets = targets.into_iter();
        let mut jobs = JoinSet::new();
        loop {
            while jobs.len() < 2 * self.pace().at_once
                && !running.cancel().is_cancelled()
                && let Some((endpoint, target)) = targets.next()
            {
                let inner = Arc::clone(&self);
                let running = Arc::clone(&running);
                jobs.spawn(async move {
                    let tell = |step| running.step(endpoint, &target, step);
                    let verdict = inner.look(endpoint, &target, running.depth(), running.cancel(), &tell).await;
                    if verdict.is_some() || !running.cancel().is_cancelled() {
                        running.done(endpoint, target, verdict, inner.clock.now());
                    }
                });
            }
            match jobs.join_next().await {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    tracing::error!(%error, run = %running.id(), "a probe failed");
                    running.lost();
                }
                None => break,
            }
        }
    }
}

fn words(scope: Scope) -> String {
    match scope {
        Scope::Endpoint(id) => format!("endpoint {id}"),
        Scope::Program(id) => format!("program {id}"),
        Scope::Selection => "selection".to_owned(),
        Scope::All => "every endpoint".to_owned(),
    }
}

statements! {
    TARGET = "SELECT id, host, port FROM endpoints WHERE id = $1";

    PROGRAM_EXISTS = "SELECT id FROM programs WHERE id = $1";

    // What was not looked at for the longest time comes first.
    TARGETS = "SELECT id, host, port FROM endpoints ORDER BY seen_at, id";

    TARGETS_CHOSEN = "SELECT id, host, port FROM endpoints WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id";

    TARGETS_OF_PROGRAM = "
        SELECT id, host, port FROM endpoints WHERE id IN (SELECT endpoint FROM entries WHERE program = $1)
        ORDER BY id";
}
