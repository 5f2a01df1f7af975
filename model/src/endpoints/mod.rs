//! Endpoints: what is probed, what was found, and probing now.

pub mod history;
pub mod list;
pub mod route;
pub mod suites;

use std::{net::IpAddr, pin::Pin};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use self::{
    history::History,
    list::{EndpointFilter, EndpointQuery, EndpointRow},
    route::{Route, RouteChange, Routed, Trial},
    suites::ListedSuites,
};
use crate::{
    DomainEntry, Finding, HostPort, Observation, Tag, Tags, Timestamp, Verdict, Verdicts,
    accounts::Actor,
    paging::Page,
    service::{EndpointId, ProgramId, RunId, ServiceResult, TrialId},
    trust::TrustByAddress,
};

/// Most endpoints that can be ticked at once.
pub const SELECTION_MOST: usize = 500;

/// Most endpoints that can be chosen at once by what they are listed by.
pub const LISTED_MOST: usize = 20_000;

/// Days for which an endpoint is kept that no entry names any more, with its history, findings, tags and
/// route. Meanwhile it is neither listed nor probed.
pub const UNNAMED_DAYS: i64 = 7;

/// Looks at endpoints and probes them.
#[async_trait]
pub trait Endpoints: Send + Sync {
    /// A page of the list of endpoints.
    async fn endpoints(&self, query: &EndpointQuery, actor: &Actor) -> ServiceResult<Page<EndpointRow>>;

    /// Everything known of one endpoint, whether or not an entry still names it.
    async fn endpoint(&self, id: EndpointId, actor: &Actor) -> ServiceResult<EndpointDetail>;

    /// Starts to probe and returns at once; the run goes on when the caller leaves. Starting a
    /// scope that is being probed already returns the run under way.
    async fn probe_now(&self, scope: Scope, actor: &Actor) -> ServiceResult<RunId>;

    /// The same for one endpoint, at [`Depth::Deep`]. A run that is under way less deep is not waited for.
    async fn probe_deep(&self, id: EndpointId, actor: &Actor) -> ServiceResult<RunId>;

    /// The same for the endpoints that somebody has chosen. Those that are gone are left out. All of a
    /// list without a filter is [`Scope::All`].
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] when too few or too many are chosen, and
    /// [`crate::service::ServiceError::NotFound`] when none is left.
    async fn probe_selected(&self, selection: Selection, actor: &Actor) -> ServiceResult<RunId>;

    /// Every tag that some endpoint carries, in order; as many as can be chosen from.
    async fn tags(&self, actor: &Actor) -> ServiceResult<Vec<Tag>>;

    /// The first of them with this in them.
    async fn tags_with(&self, part: &str, most: u32, actor: &Actor) -> ServiceResult<Vec<Tag>>;

    /// Gives an endpoint the tags of `change.after`, and no others.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Conflict`] when it does not carry those of `change.before`
    /// any more.
    async fn change_tags(&self, id: EndpointId, change: TagsChange, actor: &Actor) -> ServiceResult<()>;

    /// Adds tags to the endpoints that somebody has chosen, or takes them off; how many that has changed.
    /// Those that are gone are left out.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] when too few or too many are chosen, or one would
    /// carry too many tags; nothing is changed then.
    async fn tag_selected(&self, selection: Selection, tagging: Tagging, actor: &Actor) -> ServiceResult<usize>;

    /// Changes where an endpoint is looked for, and has it probed soon.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] for an address that Hufu may not connect to, and
    /// [`crate::service::ServiceError::Conflict`] when somebody else changed it in between.
    async fn change_route(&self, id: EndpointId, change: RouteChange, actor: &Actor) -> ServiceResult<()>;

    /// The endpoint of this host and port that an entry names, where probes get to it by another way than a phone
    /// does.
    async fn routed(&self, target: &HostPort, actor: &Actor) -> ServiceResult<Option<Routed>>;

    /// Probes an endpoint once by another route and keeps the outcome for a while, apart from the
    /// state of the endpoint.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] for an address that Hufu may not connect to.
    async fn try_route(&self, id: EndpointId, route: Route, actor: &Actor) -> ServiceResult<TrialId>;

    /// What came of such a probe of this endpoint.
    async fn trial(&self, id: EndpointId, trial: TrialId, actor: &Actor) -> ServiceResult<Trial>;

    /// What was seen of an endpoint lately.
    async fn history(&self, id: EndpointId, actor: &Actor) -> ServiceResult<History>;

    /// The chain that an address of an endpoint served last.
    async fn chain(&self, id: EndpointId, address: IpAddr, actor: &Actor) -> ServiceResult<ServedChain>;

    /// The same as its server should send it: in order, with what was missing and without a root.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::NotFound`] too where that leads to no root.
    async fn full_chain(&self, id: EndpointId, address: IpAddr, actor: &Actor) -> ServiceResult<ServedChain>;

    /// The runs under way and the last that have ended, newest first.
    async fn runs(&self, actor: &Actor) -> ServiceResult<Vec<Run>>;

    /// Begins no further probe of a run. What is under way is brought to its end and stored.
    async fn cancel(&self, id: RunId, actor: &Actor) -> ServiceResult<()>;

    /// How far a run is.
    async fn run(&self, id: RunId, actor: &Actor) -> ServiceResult<Run>;

    /// The state of a run now, then every change until it has finished.
    async fn follow(&self, id: RunId, actor: &Actor) -> ServiceResult<Progress>;
}

/// Which endpoints of the list somebody has chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those that were ticked, [`SELECTION_MOST`] at most, in the order in which they were.
    Ticked(Vec<EndpointId>),
    /// All that the list shows on all its pages, [`LISTED_MOST`] at most: what its filter lets through
    /// when something is done to them.
    Listed(EndpointQuery),
}

impl From<Vec<EndpointId>> for Selection {
    fn from(ticked: Vec<EndpointId>) -> Self {
        Self::Ticked(ticked)
    }
}

/// The tags of one endpoint, as they were and as they are to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagsChange {
    /// As they were read.
    pub before: Tags,
    /// As they are to be.
    pub after: Tags,
}

/// What becomes of the tags of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// Each carries all of these.
    Add(Tags),
    /// None carries any of these.
    Remove(Tags),
}

/// The certificates of a chain as served, the leaf first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedChain {
    /// Who served it.
    pub target: HostPort,
    /// The DER of each.
    pub certificates: Vec<Vec<u8>>,
}

/// A stream of the states of one run.
pub type Progress = Pin<Box<dyn futures_core::Stream<Item = Run> + Send>>;

/// What to probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One endpoint.
    Endpoint(EndpointId),
    /// Every endpoint that an entry of the mini program names.
    Program(ProgramId),
    /// The endpoints that somebody has ticked.
    Selection,
    /// The endpoints that a filter let through; [`Run::filter`] says which.
    Filtered,
    /// Every endpoint.
    All,
}

/// How much of each endpoint a run looks at; the deeper is the greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// What every probe looks at.
    #[default]
    Full,
    /// Besides, every suite of TLS 1.2 that it takes: a connection for each.
    Deep,
}

/// One "probe now" and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What is probed.
    pub scope: Scope,
    /// `host:port` of the endpoint, or the name of the mini program that the scope or the filter names,
    /// as it was when the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What [`Scope::Filtered`] was filtered by. Few runs have any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Box<EndpointFilter>>,
    /// How much of each.
    #[serde(default)]
    pub depth: Depth,
    /// How many endpoints.
    pub total: u32,
    /// How many are done and stored.
    pub done: u32,
    /// What goes on now, the latest first, a few at most.
    pub steps: Vec<RunStep>,
    /// Whether it has ended.
    pub finished: bool,
    /// Whether somebody has called it off.
    pub cancelled: bool,
    /// When it began.
    pub begun_at: Timestamp,
    /// About how long it will still take; none before the first is done.
    pub seconds_left: Option<u64>,
}

/// What goes on at one endpoint of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStep {
    /// Which endpoint.
    pub endpoint: EndpointId,
    /// Its `host:port`.
    pub target: HostPort,
    /// What goes on.
    pub step: Step,
}

/// A step of a probe, as shown while it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Waiting for its turn.
    Queued,
    /// Asking the name servers.
    Resolving,
    /// Connecting and shaking hands with so many addresses.
    Connecting {
        /// How many addresses.
        addresses: u32,
    },
    /// Done, judged and stored.
    Done {
        /// The verdict.
        verdict: Verdict,
    },
}

/// Everything known of one endpoint. On a page, words stand in the place of each finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointDetail<Found = StandingFinding> {
    /// Its id.
    pub id: EndpointId,
    /// Host and port.
    pub target: HostPort,
    /// The worst platform, or `unreachable`.
    pub verdict: Verdict,
    /// Per platform.
    pub platforms: Verdicts,
    /// What stands against it, most severe first.
    pub findings: Vec<Found>,
    /// The latest observation; none before the first probe.
    pub observation: Option<Observation>,
    /// What the stores said of the chain of each address.
    pub trust: TrustByAddress,
    /// The suites of TLS 1.2 that it took when it was last asked for each; none before it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suites: Option<ListedSuites>,
    /// The entries that name it.
    pub named_by: Vec<NamedBy>,
    /// When it is forgotten, unless an entry names it again; none for as long as one does.
    pub forgotten_at: Option<Timestamp>,
    /// What people group it by.
    pub tags: Tags,
    /// Where it is looked for.
    pub route: Route,
    /// Grows with every change of the route.
    pub route_revision: i64,
    /// The probe run that is under way, if any.
    pub run: Option<RunId>,
}

impl EndpointDetail {
    /// The same with what `tell` says of each finding in its place.
    pub fn told<Said>(self, tell: impl FnMut(StandingFinding) -> Said) -> EndpointDetail<Said> {
        EndpointDetail {
            id: self.id,
            target: self.target,
            verdict: self.verdict,
            platforms: self.platforms,
            findings: self.findings.into_iter().map(tell).collect(),
            observation: self.observation,
            trust: self.trust,
            suites: self.suites,
            named_by: self.named_by,
            forgotten_at: self.forgotten_at,
            tags: self.tags,
            route: self.route,
            route_revision: self.route_revision,
            run: self.run,
        }
    }
}

/// A finding with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingFinding {
    /// The finding, with the evidence of the latest observation.
    pub finding: Finding,
    /// First seen, without a break since.
    pub first_seen: Timestamp,
    /// Last seen.
    pub last_seen: Timestamp,
}

/// An entry that names an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedBy {
    /// The mini program.
    pub program: ProgramId,
    /// Its name.
    pub program_name: String,
    /// The entry.
    pub entry: DomainEntry,
}
