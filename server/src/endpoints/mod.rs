//! Endpoints: what is known of them, and probing them now.

pub(crate) mod ask;
pub(crate) mod asked;
pub(crate) mod detail;
mod flights;
pub(crate) mod found;
pub(crate) mod history;
pub(crate) mod keep;
pub(crate) mod list;
mod look;
pub(crate) mod recorded;
pub(crate) mod routes;
mod runs;
pub(crate) mod schedule;
pub(crate) mod selection;
pub(crate) mod stored;
pub(crate) mod tags;
mod turns;
pub(crate) mod unnamed;

use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use ipnet::IpNet;
use model::{
    HostPort, Tag,
    accounts::{Actor, Permission},
    endpoints::{
        Depth, EndpointDetail, Endpoints, Progress, Run, Scope, Selection, ServedChain, Tagging, TagsChange,
        history::History,
        list::{EndpointQuery, EndpointRow},
        route::{Route, RouteChange, Routed, Trial},
    },
    paging::Page,
    service::{EndpointId, RunId, ServiceError, ServiceResult, TrialId},
};
use probe::{NetworkPolicy, Prober, Roots};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use self::stored::{State, target};
use self::{flights::Flights, routes::Trials, turns::Turns};
pub use self::{runs::Runs, schedule::Pace};
use crate::{alerts::Bell, clock::Clock, store::Store};

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

    /// Begins to probe every endpoint again once it is due, and to forget those that nobody names, until
    /// `stop` is cancelled.
    pub fn keep_probing(&self) {
        self.0.tasks.spawn(Arc::clone(&self.0).keep_probing());
    }

    /// Forgets the endpoints that nobody has named for long enough. For whoever drives the time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_unnamed(&self) -> ServiceResult<()> {
        while unnamed::forget_some(&self.0.store, self.0.clock.now()).await? {}
        Ok(())
    }

    /// Waits until every probe that has begun is stored. Cancel `stop` first.
    pub async fn drain(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
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
        Ok(self.start(scope, Depth::Full, actor).await?)
    }

    async fn probe_deep(&self, id: EndpointId, actor: &Actor) -> ServiceResult<RunId> {
        actor.require(Permission::Probe)?;
        Ok(self.start(Scope::Endpoint(id), Depth::Deep, actor).await?)
    }

    async fn probe_selected(&self, selection: Selection, actor: &Actor) -> ServiceResult<RunId> {
        actor.require(Permission::Probe)?;
        Ok(self.start_selected(&selection, actor).await?)
    }

    async fn tags(&self, actor: &Actor) -> ServiceResult<Vec<Tag>> {
        actor.require(Permission::View)?;
        let mut read = self.0.store.read().await?;
        Ok(tags::all(&mut read).await?)
    }

    async fn tags_with(&self, part: &str, most: u32, actor: &Actor) -> ServiceResult<Vec<Tag>> {
        actor.require(Permission::View)?;
        let mut read = self.0.store.read().await?;
        Ok(tags::with(&mut read, part, most).await?)
    }

    async fn change_tags(&self, id: EndpointId, change: TagsChange, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        Ok(tags::change(&self.0.store, id, &change, actor, self.0.clock.now()).await?)
    }

    async fn tag_selected(&self, selection: Selection, tagging: Tagging, actor: &Actor) -> ServiceResult<usize> {
        actor.require(Permission::Edit)?;
        Ok(tags::change_many(&self.0.store, &selection, &tagging, actor, self.0.clock.now()).await?)
    }

    async fn change_route(&self, id: EndpointId, change: RouteChange, actor: &Actor) -> ServiceResult<()> {
        actor.require(Permission::Edit)?;
        routes::check(&change.route, &self.0.prober.policy())?;
        Ok(routes::change(&self.0.store, id, &change, actor, self.0.clock.now()).await?)
    }

    async fn routed(&self, target: &HostPort, actor: &Actor) -> ServiceResult<Option<Routed>> {
        actor.require(Permission::View)?;
        let mut read = self.0.store.read().await?;
        Ok(routes::to(&mut read, target).await?)
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

    async fn full_chain(&self, id: EndpointId, address: IpAddr, actor: &Actor) -> ServiceResult<ServedChain> {
        actor.require(Permission::View)?;
        let mut read = self.0.store.read().await?;
        let known = detail::known_chain(&mut read, id, address).await?;
        let revoked = detail::gone_around(&mut read, id).await?;
        drop(read);
        Ok(self.0.in_order(known, revoked).await?)
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
