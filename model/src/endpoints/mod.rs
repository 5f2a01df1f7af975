//! Endpoints: what is probed, what was found, and probing now.

pub mod list;

use std::pin::Pin;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::list::{EndpointQuery, EndpointRow};
use crate::{
    DomainEntry, Finding, HostPort, Observation, Verdict, Verdicts,
    accounts::Actor,
    paging::Page,
    service::{EndpointId, ProgramId, RunId, ServiceResult},
    trust::TrustByAddress,
};

/// Most endpoints that can be chosen at once.
pub const SELECTION_MOST: usize = 500;

/// Looks at endpoints and probes them.
#[async_trait]
pub trait Endpoints: Send + Sync {
    /// A page of the list of endpoints.
    async fn endpoints(&self, query: &EndpointQuery, actor: &Actor) -> ServiceResult<Page<EndpointRow>>;

    /// Everything known of one endpoint.
    async fn endpoint(&self, id: EndpointId, actor: &Actor) -> ServiceResult<EndpointDetail>;

    /// Starts to probe and returns at once; the run goes on when the caller leaves. Starting a
    /// scope that is being probed already returns the run under way.
    async fn probe_now(&self, scope: Scope, actor: &Actor) -> ServiceResult<RunId>;

    /// The same for the endpoints that somebody has chosen. Those that are gone are left out.
    ///
    /// # Errors
    /// [`crate::service::ServiceError::Invalid`] when none is left, or there are too many.
    async fn probe_selected(&self, ids: Vec<EndpointId>, actor: &Actor) -> ServiceResult<RunId>;

    /// The runs under way and the last that have ended, newest first.
    async fn runs(&self, actor: &Actor) -> ServiceResult<Vec<Run>>;

    /// Begins no further probe of a run. What is under way is brought to its end and stored.
    async fn cancel(&self, id: RunId, actor: &Actor) -> ServiceResult<()>;

    /// How far a run is.
    async fn run(&self, id: RunId, actor: &Actor) -> ServiceResult<Run>;

    /// The state of a run now, then every change until it has finished.
    async fn follow(&self, id: RunId, actor: &Actor) -> ServiceResult<Progress>;
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
    /// The endpoints that somebody has chosen.
    Selection,
    /// Every endpoint.
    All,
}

/// One "probe now" and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What is probed.
    pub scope: Scope,
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
#[serde(tag = "step", rename_all = "snake_case")]
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

/// Everything known of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointDetail {
    /// Its id.
    pub id: EndpointId,
    /// Host and port.
    pub target: HostPort,
    /// The worst platform, or `unreachable`.
    pub verdict: Verdict,
    /// Per platform.
    pub platforms: Verdicts,
    /// What stands against it, most severe first.
    pub findings: Vec<StandingFinding>,
    /// The latest observation; none before the first probe.
    pub observation: Option<Observation>,
    /// What the stores said of the chain of each address.
    pub trust: TrustByAddress,
    /// The entries that name it.
    pub named_by: Vec<NamedBy>,
    /// The probe run that is under way, if any.
    pub run: Option<RunId>,
}

/// A finding with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
