//! Probes that somebody asked for: of one endpoint, of those of a mini program, of a selection, of what a
//! filter lets through, of all, and one by another route.

use std::sync::Arc;

use model::{
    HostPort,
    accounts::Actor,
    audit::Action,
    endpoints::{
        Depth, Scope, Selection,
        list::{EndpointFilter, EndpointQuery},
        route::{Route, Trial},
    },
    service::{EndpointId, ProgramId, RunId, ServiceError, TrialId},
};
use probe::Probed;
use sqlx::SqliteConnection;
use tokio::task::JoinSet;

use super::{
    Inner, Probing, ask, routes,
    runs::{Running, Started, Wish},
    selection,
    stored::{named, targets},
};
use crate::{
    audit::Record,
    store::{Failure, statements},
};

impl Probing {
    pub(super) async fn start(&self, scope: Scope, depth: Depth, actor: &Actor) -> Result<RunId, Failure> {
        let inner = &self.0;
        if let Some(id) = inner.runs.under_way_to(scope, depth) {
            return Ok(id);
        }
        let (name, targets) = inner.targets(scope).await?;
        self.begin(Wish { scope, name, filter: None, depth }, None, targets, actor).await
    }

    pub(super) async fn start_selected(&self, selection: &Selection, actor: &Actor) -> Result<RunId, Failure> {
        let query = match selection {
            Selection::Ticked(_) => None,
            Selection::Listed(query) => Some(query),
        };
        let filter = query.map(|query| &query.filter);
        if filter == Some(&EndpointFilter::default()) {
            return self.start(Scope::All, Depth::Full, actor).await;
        }
        let mut read = self.0.store.read().await?;
        let chosen = selection::chosen(&mut read, selection, self.0.clock.now()).await?;
        // What one is called is told as it was typed.
        let program = filter.and_then(|filter| filter.program.filter(|_| filter.called.is_none()));
        let name = match program {
            Some(program) => program_name(&mut read, program).await?,
            None => None,
        };
        drop(read);
        let targets = targets(chosen.into_iter().map(|(id, host, port, _)| (id, host, port)).collect())?;
        if targets.is_empty() {
            return Err(ServiceError::NotFound.into());
        }
        let scope = if filter.is_some() { Scope::Filtered } else { Scope::Selection };
        self.begin(Wish { scope, name, filter: filter.cloned(), depth: Depth::Full }, query, targets, actor).await
    }

    /// Begins with what was wished for, and logs it with the list that it was chosen from.
    async fn begin(
        &self,
        wish: Wish,
        query: Option<&EndpointQuery>,
        targets: Vec<(EndpointId, HostPort)>,
        actor: &Actor,
    ) -> Result<RunId, Failure> {
        let inner = &self.0;
        let now = inner.clock.now();
        let (object, depth) = (words(wish.scope), wish.depth);
        let running = match inner.runs.start(wish, targets.iter().map(|(id, _)| *id), now) {
            Started::Now(running) => running,
            Started::Before(id) => return Ok(id),
        };
        let told = serde_json::json!({ "run": running.id(), "endpoints": targets.len(), "depth": depth });
        let told = match query {
            Some(query) => selection::viewed(told, query),
            None => told,
        };
        let record = Record::by(actor, now, Action::ProbeStart, object).after(told);
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
        let target = named(&mut read, id).await?;
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
    /// What is to be probed, and its name where the scope has one.
    async fn targets(&self, scope: Scope) -> Result<(Option<String>, Vec<(EndpointId, HostPort)>), Failure> {
        let mut read = self.store.read().await?;
        match scope {
            Scope::Endpoint(id) => {
                let target = named(&mut read, id).await?;
                Ok((Some(target.to_string()), vec![(id, target)]))
            }
            Scope::Program(id) => {
                let name = program_name(&mut read, id).await?.ok_or(ServiceError::NotFound)?;
                let rows = sqlx::query_as(TARGETS_OF_PROGRAM).bind(id.0).fetch_all(&mut *read).await?;
                Ok((Some(name), targets(rows)?))
            }
            Scope::All => Ok((None, targets(sqlx::query_as(TARGETS).fetch_all(&mut *read).await?)?)),
            // Chosen from the list, see `start_selected`.
            Scope::Selection | Scope::Filtered => Err(ServiceError::NotFound.into()),
        }
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

async fn program_name(connection: &mut SqliteConnection, id: ProgramId) -> Result<Option<String>, Failure> {
    Ok(sqlx::query_scalar(PROGRAM_NAME).bind(id.0).fetch_optional(connection).await?)
}

/// What the audit log calls it.
fn words(scope: Scope) -> String {
    match scope {
        Scope::Endpoint(id) => format!("endpoint {id}"),
        Scope::Program(id) => format!("program {id}"),
        Scope::Selection => "selection".to_owned(),
        Scope::Filtered => selection::FILTERED.to_owned(),
        Scope::All => "every endpoint".to_owned(),
    }
}

statements! {
    PROGRAM_NAME = "SELECT name FROM programs WHERE id = $1";

    // What was not looked at for the longest time comes first.
    TARGETS = "SELECT id, host, port FROM named_endpoints ORDER BY seen_at, id";

    TARGETS_OF_PROGRAM = "
        SELECT id, host, port FROM named_endpoints WHERE id IN (SELECT endpoint FROM entries WHERE program = $1)
        ORDER BY id";
}
