//! Endpoints: what is known of them, and probing them now.

pub(crate) mod detail;
mod flights;
pub(crate) mod history;
pub(crate) mod keep;
pub(crate) mod list;
pub(crate) mod routes;
mod runs;
pub(crate) mod schedule;
pub(crate) mod tags;
mod turns;

use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use ipnet::IpNet;
use model::{
    Diagnosis, HostPort, Port, Tag, Timestamp, Verdict, Verdicts,
    accounts::{Actor, Permission},
    audit::Action,
    diagnose::{self, diagnose},
    endpoints::{
        EndpointDetail, Endpoints, Progress, Run, Scope, ServedChain, Step, Tagging, TagsChange,
        history::History,
        list::{EndpointQuery, EndpointRow},
        route::{Route, RouteChange, Trial},
    },
    paging::Page,
    service::{EndpointId, RunId, ServiceError, ServiceResult, TrialId},
    trust::TrustByAddress,
};
use probe::{Depth, NetworkPolicy, Probed, Prober, Roots};
use sqlx::FromRow;
use tokio::task::JoinSet;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    flights::{Claim, Flights},
    keep::Judged,
    routes::Trials,
    runs::{Running, Started},
    turns::Turns,
};
pub use self::{runs::Runs, schedule::Pace};
use crate::{
    alerts::Bell,
    audit::Record,
    clock::Clock,
    store::{Failure, Store, count, statements, stored},
};

/// Probes endpoints and keeps what they show. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Probing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Clock,
    prober: Prober,
    roots: Arc<[Roots]>,
    runs: Runs,
    trials: Trials,
    flights: Flights,
    turns: Turns,
    pace: RwLock<Pace>,
    bell: Bell,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Probing {
    /// Probing with `prober`, judged by `roots`. Once `stop` is cancelled, no further probe begins.
    pub fn new(
        store: Store,
        clock: Clock,
        prober: Prober,
        roots: Vec<Roots>,
        pace: Pace,
        bell: Bell,
        stop: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner {
            runs: Runs::new(clock.now()),
            trials: Trials::new(clock.now()),
            flights: Flights::default(),
            turns: Turns::new(pace.at_once),
            pace: RwLock::new(pace),
            bell,
            tasks: TaskTracker::new(),
            store,
            clock,
            prober,
            roots: roots.into(),
            stop,
        }))
    }

    /// The runs of this process, for whoever shows which are under way.
    pub fn runs(&self) -> Runs {
        self.0.runs.clone()
    }

    /// Probes so much and so often from now on.
    pub fn set_pace(&self, pace: Pace) {
        self.0.turns.resize(pace.at_once);
        *self.0.pace.write().unwrap_or_else(PoisonError::into_inner) = pace;
    }

    /// Probes addresses of these ranges too from now on, and of no others that are special.
    pub fn allow_networks(&self, ranges: Vec<IpNet>) {
        self.0.prober.set_policy(NetworkPolicy::allowing(ranges));
    }

    /// Begins to probe every endpoint again once it is due, until `stop` is cancelled.
    pub fn keep_probing(&self) {
        self.0.tasks.spawn(Arc::clone(&self.0).keep_probing());
    }

    /// Stores what was probed elsewhere, in one transaction. Nothing of it is ever due by itself.
    pub(crate) async fn keep_recorded(&self, probes: Vec<(HostPort, Probed)>, roots: Roots) -> Result<(), Failure> {
        let judging = move || -> Vec<(HostPort, Judged)> {
            probes.into_iter().map(|(target, probed)| (target, recorded(probed, &roots))).collect()
        };
        let judged = tokio::task::spawn_blocking(judging).await.map_err(|error| Failure::Broken(error.to_string()))?;
        let mut read = self.0.store.read().await?;
        let mut known = Vec::with_capacity(judged.len());
        for (target, judged) in judged {
            let id: Option<i64> = sqlx::query_scalar(ID_OF_TARGET)
                .bind(target.host.to_string())
                .bind(i64::from(target.port.number()))
                .fetch_optional(&mut *read)
                .await?;
            known.extend(id.map(|id| (EndpointId(id), judged)));
        }
        drop(read);
        keep::keep_many(&self.0.store, &known).await
    }

    /// Waits until every probe that has begun is stored. Cancel `stop` first.
    pub async fn drain(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    async fn start(&self, scope: Scope, actor: &Actor) -> Result<RunId, Failure> {
        let inner = &self.0;
        if let Some(id) = inner.runs.under_way(scope) {
            return Ok(id);
        }
        let targets = inner.targets(scope).await?;
        self.begin(scope, targets, actor).await
    }

    async fn start_selected(&self, ids: &[EndpointId], actor: &Actor) -> Result<RunId, Failure> {
        let ids = tags::selection(ids)?;
        let mut read = self.0.store.read().await?;
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(sqlx::query_as(TARGET).bind(id.0).fetch_optional(&mut *read).await?);
        }
        drop(read);
        let targets = read_targets(rows)?;
        if targets.is_empty() {
            return Err(ServiceError::NotFound.into());
        }
        self.begin(Scope::Selection, targets, actor).await
    }

    async fn begin(&self, scope: Scope, targets: Vec<(EndpointId, HostPort)>, actor: &Actor) -> Result<RunId, Failure> {
        let inner = &self.0;
        let now = inner.clock.now();
        let running = match inner.runs.start(scope, targets.iter().map(|(id, _)| *id), now) {
            Started::Now(running) => running,
            Started::Before(id) => return Ok(id),
        };
        let record = Record::by(actor, now, Action::ProbeStart, words(scope))
            .after(serde_json::json!({ "run": running.id(), "endpoints": targets.len() }));
        inner.store.write().await?.commit([record]).await?;

        let id = running.id();
        inner.tasks.spawn(Arc::clone(inner).drive(Arc::new(running), targets));
        Ok(id)
    }

    /// Looks once by `route`, in turn with every other probe.
    async fn look_once(&self, id: EndpointId, route: Route, actor: &Actor) -> Result<TrialId, Failure> {
        let inner = &self.0;
        routes::check(&route, &inner.prober.policy())?;
        let mut read = inner.store.read().await?;
        let target = tags::named(&mut read, id).await?.ok_or(ServiceError::NotFound)?;
        drop(read);
        let record = Record::by(actor, inner.clock.now(), Action::EndpointTry, format!("endpoint {target}"));
        inner.store.write().await?.commit([record.after(routes::said(&route))]).await?;

        let _turn = inner.turns.take(&target.host).await;
        let probed = inner.prober.probe_by(&route, &target, Depth::Full, inner.clock.now(), |_| ()).await?;
        let (Probed { observation, .. }, trust, diagnosis) = inner.judge(probed, inner.clock.now()).await?;
        Ok(inner.trials.keep(id, Trial { route, observation, trust, diagnosis }))
    }

    async fn call_off(&self, id: RunId, actor: &Actor) -> Result<(), Failure> {
        let under_way = self.0.runs.cancel(id).ok_or(ServiceError::NotFound)?;
        if under_way {
            let record = Record::by(actor, self.0.clock.now(), Action::ProbeCancel, "run");
            self.0.store.write().await?.commit([record.after(serde_json::json!({ "run": id }))]).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Endpoints for Probing {
    async fn endpoints(&self, query: &EndpointQuery, actor: &Actor) -> ServiceResult<Page<EndpointRow>> {
        actor.require(Permission::View)?;
        let mut read = self.0.store.read().await?;
        Ok(list::page(&mut read, query, self.0.clock.now()).await?)
    }

    async fn endpoint(&self, id: EndpointId, actor: &Actor) -> ServiceResult<EndpointDetail> {
        actor.require(Permission::View)?;
        let mut read = self.0.store.read().await?;
        let run = self.0.runs.under_way_at(id);
        Ok(detail::of(&mut read, id, run).await?)
    }

    async fn probe_now(&self, scope: Scope, actor: &Actor) -> ServiceResult<RunId> {
        actor.require(Permission::Probe)?;
        Ok(self.start(scope, actor).await?)
    }

    async fn probe_selected(&self, ids: Vec<EndpointId>, actor: &Actor) -> ServiceResult<RunId> {
        actor.require(Permission::Probe)?;
        Ok(self.start_selected(&ids, actor).await?)
    }

    async fn tags(&self, actor: &Actor) -> ServiceResult<Vec<Tag>> {
        actor.require(Permission::View)?;
        let mut read = self.0.store.read().await?;
        Ok(tags::all(&mut read).await?)
    }

    async fn change_tags(&self, id: EndpointId, change: TagsChange, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        Ok(tags::change(&self.0.store, id, &change, actor, self.0.clock.now()).await?)
    }

    async fn tag_selected(&self, ids: Vec<EndpointId>, tagging: Tagging, actor: &Actor) -> ServiceResult<usize> {
        actor.require(Permission::Edit)?;
        Ok(tags::change_many(&self.0.store, &ids, &tagging, actor, self.0.clock.now()).await?)
    }

    async fn change_route(&self, id: EndpointId, change: RouteChange, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        routes::check(&change.route, &self.0.prober.policy())?;
        Ok(routes::change(&self.0.store, id, &change, actor, self.0.clock.now()).await?)
    }

    async fn try_route(&self, id: EndpointId, route: Route, actor: &Actor) -> ServiceResult<TrialId> {
        // Whoever chooses the addresses changes where Hufu connects to.
        actor.require(Permission::Edit)?;
        actor.require(Permission::Probe)?;
        Ok(self.look_once(id, route, actor).await?)
    }

    async fn trial(&self, id: EndpointId, trial: TrialId, actor: &Actor) -> ServiceResult<Trial> {
        actor.require(Permission::View)?;
        self.0.trials.of(id, trial).ok_or(ServiceError::NotFound)
    }

    async fn history(&self, id: EndpointId, actor: &Actor) -> ServiceResult<History> {
        actor.require(Permission::View)?;
        let mut read = self.0.store.read().await?;
        Ok(history::of(&mut read, id, self.0.clock.now()).await?)
    }

    async fn chain(&self, id: EndpointId, address: IpAddr, actor: &Actor) -> ServiceResult<ServedChain> {
        actor.require(Permission::View)?;
        let mut read = self.0.store.read().await?;
        Ok(detail::chain(&mut read, id, address).await?)
    }

    async fn runs(&self, actor: &Actor) -> ServiceResult<Vec<Run>> {
        actor.require(Permission::View)?;
        Ok(self.0.runs.all())
    }

    async fn cancel(&self, id: RunId, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Probe)?;
        Ok(self.call_off(id, actor).await?)
    }

    async fn run(&self, id: RunId, actor: &Actor) -> ServiceResult<Run> {
        actor.require(Permission::View)?;
        self.0.runs.state(id).ok_or(ServiceError::NotFound)
    }

    async fn follow(&self, id: RunId, actor: &Actor) -> ServiceResult<Progress> {
        actor.require(Permission::View)?;
        self.0.runs.follow(id).ok_or(ServiceError::NotFound)
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
        read_targets(rows)
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
                    let verdict = inner.look(endpoint, &target, running.cancel(), &tell).await;
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

    /// Probes one endpoint, or waits for whoever is at it already. None when nothing was stored.
    async fn look(
        &self,
        endpoint: EndpointId,
        target: &HostPort,
        cancel: &CancellationToken,
        tell: &Tell<'_>,
    ) -> Option<Verdict> {
        let stopped = async {
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = cancel.cancelled() => {}
            }
        };
        let turn = tokio::select! {
            turn = self.turn(endpoint, target, tell) => turn?,
            () = stopped => return None,
        };
        let (flight, _turn) = match turn {
            Turn::Ours(flight, turn) => (flight, turn),
            Turn::Theirs(verdict) => return Some(verdict),
        };
        // Begun, it is brought to its end.
        match self.probe_and_keep(endpoint, target, tell).await {
            Ok(verdict) => {
                flight.land(verdict);
                Some(verdict)
            }
            Err(failure) => {
                // Logs it, too.
                let _ = ServiceError::from(failure);
                None
            }
        }
    }

    /// Waits for the right to probe an endpoint, or for the outcome of whoever is at it.
    async fn turn(&self, endpoint: EndpointId, target: &HostPort, tell: &Tell<'_>) -> Option<Turn> {
        loop {
            match self.flights.claim(endpoint) {
                Claim::Ours(flight) => {
                    tell(Step::Queued);
                    return Some(Turn::Ours(flight, self.turns.take(&target.host).await?));
                }
                Claim::Theirs(outcome) => {
                    // Without an outcome they were called off, and it is ours to do.
                    if let Some(verdict) = outcome.verdict().await {
                        return Some(Turn::Theirs(verdict));
                    }
                }
            }
        }
    }

    async fn probe_and_keep(
        &self,
        endpoint: EndpointId,
        target: &HostPort,
        tell: &Tell<'_>,
    ) -> Result<Verdict, Failure> {
        let observer = |step| match step {
            probe::Step::Resolving => tell(Step::Resolving),
            probe::Step::Resolved { addresses } if addresses > 0 => {
                let addresses = count(addresses);
                tell(Step::Connecting { addresses });
            }
            _ => {}
        };
        let mut read = self.store.read().await?;
        let (route, route_revision) = routes::of(&mut read, endpoint).await?;
        drop(read);
        let probed = self.prober.probe_by(&route, target, Depth::Full, self.clock.now(), observer).await?;
        let now = self.clock.now();
        let (probed, trust, diagnosis) = self.judge(probed, now).await?;
        let turn = diagnose::next_turn(&probed.observation, now).unwrap_or(Timestamp::MAX);
        let due_at = self.pace().due_after(now).min(turn);
        let judged = Judged { probed, trust, diagnosis, at: now, due_at, route_revision };
        let kept = keep::keep(&self.store, endpoint, &judged).await?;
        if kept.news {
            self.bell.ring();
        }
        Ok(kept.verdict)
    }

    async fn judge(&self, probed: Probed, now: Timestamp) -> Result<(Probed, TrustByAddress, Diagnosis), Failure> {
        // Signatures are checked by the hundred: not where requests are waiting.
        let roots = Arc::clone(&self.roots);
        let judging = tokio::task::spawn_blocking(move || (probe::trust(&probed, &roots, now), probed));
        let (trust, probed) = judging.await.map_err(|error| Failure::Broken(error.to_string()))?;
        let diagnosis = diagnose(&probed.observation, &trust, self.context(), now);
        Ok((probed, trust, diagnosis))
    }

    fn pace(&self) -> Pace {
        *self.pace.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn context(&self) -> diagnose::Context {
        diagnose::Context::of(self.roots.iter().map(Roots::store))
    }
}

/// A probe of another time and place, judged as of when it was made, by roots that an operator gave.
fn recorded(probed: Probed, roots: &Roots) -> Judged {
    let at = probed.observation.observed_at;
    let trust = probe::trust(&probed, std::slice::from_ref(roots), at);
    let context = diagnose::Context { roots: diagnose::Roots::Given };
    let diagnosis = diagnose(&probed.observation, &trust, context, at);
    Judged { probed, trust, diagnosis, at, due_at: Timestamp::MAX, route_revision: 0 }
}

/// Who probes an endpoint.
enum Turn {
    Ours(flights::Flight, turns::Turn),
    /// Somebody else has, with this outcome.
    Theirs(Verdict),
}

/// Hears what goes on at an endpoint.
type Tell<'a> = dyn Fn(Step) + Send + Sync + 'a;

/// Verdicts as they are stored, of endpoints and of mini programs alike.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(crate) struct State {
    pub(crate) verdict: String,
    pub(crate) verdict_ios: String,
    pub(crate) verdict_macos: String,
    pub(crate) verdict_android: String,
    pub(crate) verdict_windows: String,
}

impl State {
    pub(crate) fn read(&self) -> Result<(Verdict, Verdicts), Failure> {
        let verdict = |word: &str| stored("verdict", word.parse());
        let platforms = Verdicts {
            ios: verdict(&self.verdict_ios)?,
            macos: verdict(&self.verdict_macos)?,
            android: verdict(&self.verdict_android)?,
            windows: verdict(&self.verdict_windows)?,
        };
        Ok((verdict(&self.verdict)?, platforms))
    }
}

/// A host and port as they are stored.
pub(crate) fn target(host: &str, port: i64) -> Result<HostPort, Failure> {
    let number = u16::try_from(port).ok().and_then(Port::new);
    Ok(HostPort { host: stored("host", host.parse())?, port: stored("port", number.ok_or(port))? })
}

fn read_targets(rows: Vec<(i64, String, i64)>) -> Result<Vec<(EndpointId, HostPort)>, Failure> {
    rows.into_iter().map(|(id, host, port)| Ok((EndpointId(id), target(&host, port)?))).collect()
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

    ID_OF_TARGET = "SELECT id FROM endpoints WHERE host = $1 AND port = $2";

    PROGRAM_EXISTS = "SELECT id FROM programs WHERE id = $1";

    TARGETS = "SELECT id, host, port FROM endpoints ORDER BY id";

    TARGETS_OF_PROGRAM = "
        SELECT id, host, port FROM endpoints WHERE id IN (SELECT endpoint FROM entries WHERE program = $1)
        ORDER BY id";
}
