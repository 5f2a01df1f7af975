//! The first page: will every mini program work on a phone, today, and what wants doing next?

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    Api, HostPort, RegistrableDomain, Timestamp, Verdict,
    accounts::Actor,
    icp::Standing,
    paging::pages_of,
    programs::ProgramSummary,
    service::{EndpointId, ProgramId, ServiceResult},
};

/// What counts as "since yesterday", in seconds.
pub const YESTERDAY_SECONDS: i64 = 24 * 60 * 60;

/// Most lines of each part of the first page but the mini programs.
pub const LINES_MOST: usize = 10;

/// Most mini programs that it shows at once, for there is more on it than them.
pub const PROGRAMS_MOST: u32 = 20;

/// Looks at everything from above.
#[async_trait]
pub trait Overviews: Send + Sync {
    /// What the first page shows, with that page of the mini programs, from 0. Past the end is the last one.
    async fn overview(&self, programs_page: u32, actor: &Actor) -> ServiceResult<Overview>;
}

/// What the first page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The mini programs, worst first, [`PROGRAMS_MOST`] at most.
    pub programs: Vec<ProgramSummary>,
    /// Which page of them it is, from 0.
    pub programs_page: u32,
    /// How many there are in all.
    pub programs_total: u32,
    /// How many endpoints have each verdict.
    pub endpoints: EndpointCounts,
    /// The next certificates to expire among those served now, soonest first.
    pub expiring: Vec<Expiring>,
    /// What is another than yesterday.
    pub changes: Changes,
    /// The domains of which no filing is known that is in force, by what is known.
    pub icp_gaps: Vec<IcpGap>,
    /// Mini programs with a list that is nearly or wholly full, by name.
    pub nearly_full: Vec<NearlyFull>,
}

impl Overview {
    /// How many pages there are of the mini programs.
    pub const fn programs_pages(&self) -> u32 {
        pages_of(PROGRAMS_MOST, self.programs_total)
    }
}

/// How many endpoints have each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointCounts {
    /// They work.
    pub pass: u32,
    /// They work, with a warning.
    pub warn: u32,
    /// A phone refuses.
    pub fail: u32,
    /// No answer.
    pub unreachable: u32,
    /// Never probed.
    pub unknown: u32,
}

/// A certificate that will expire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiring {
    /// Where it is served.
    pub endpoint: EndpointId,
    /// `host:port`.
    pub target: HostPort,
    /// End of validity.
    pub not_after: Timestamp,
}

/// What is another than yesterday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Since when.
    pub since: Timestamp,
    /// Endpoints whose verdict has changed, the latest first.
    pub turned: Vec<Turned>,
    /// How many there are of them in all.
    pub turned_total: u32,
    /// How many certificates have taken the place of others.
    pub replaced: u32,
    /// How many lines the audit log has of what people did.
    pub acts: u32,
}

/// An endpoint whose verdict has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turned {
    /// Its id.
    pub endpoint: EndpointId,
    /// `host:port`.
    pub target: HostPort,
    /// The verdict until then.
    pub before: Verdict,
    /// The verdict now.
    pub now: Verdict,
    /// When it changed.
    pub at: Timestamp,
}

/// Domains that lack a filing, or of which it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcpGap {
    /// What is known of them.
    pub standing: Standing,
    /// How many.
    pub domains: u32,
    /// The first of them, by name.
    pub first: RegistrableDomain,
}

/// A list with little room left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearlyFull {
    /// The mini program.
    pub program: ProgramId,
    /// Its name.
    pub name: String,
    /// Which list.
    pub api: Api,
    /// Entries in it.
    pub used: u32,
    /// Entries it may hold.
    pub limit: u32,
}
