//! The first page: will every mini program work on a phone, today, and what wants doing next?

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    Api, Date, HostPort, RegistrableDomain, SignedDuration, Timestamp, Verdict, Zone,
    accounts::Actor,
    certificates::list::CertificateRow,
    icp::Standing,
    paging::pages_of,
    programs::ProgramSummary,
    service::{EndpointId, ProgramId, ServiceResult},
};

/// Most lines of each part of the first page but the mini programs.
pub const LINES_MOST: usize = 10;

/// Most mini programs that it shows at once, for there is more on it than them.
pub const PROGRAMS_MOST: u32 = 20;

/// Looks at everything from above.
#[async_trait]
pub trait Overviews: Send + Sync {
    /// What the first page shows, with that page of the mini programs, from 0. Past the end is the last one.
    /// Yesterday began at midnight in `zone`.
    async fn overview(&self, programs_page: u32, zone: Zone, actor: &Actor) -> ServiceResult<Overview>;
}

/// The day before today, as days are in `zone`.
pub fn yesterday(now: Timestamp, zone: Zone) -> Date {
    zone.day(now - SignedDuration::from_hours(24))
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
    /// The next certificates to expire among those served now, each once, soonest first.
    pub expiring: Vec<CertificateRow>,
    /// What has changed since yesterday began.
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

/// What has changed. Each number is that of a list that is asked for what is no older than this day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The day with whose begin it starts, in the zone that was asked for.
    pub since: Date,
    /// Endpoints whose verdict has changed, the latest first.
    pub turned: Vec<Turned>,
    /// How many there are of them in all.
    pub turned_total: u32,
    /// How many of the certificates served now no probe had seen before.
    pub certificates: u32,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn yesterday_is_that_of_who_looks() {
        for (now, in_utc, in_china) in [
            ("2026-03-01T15:59:59Z", "2026-02-28", "2026-02-28"),
            ("2026-03-01T16:00:00Z", "2026-02-28", "2026-03-01"),
            ("2026-03-02T00:00:00Z", "2026-03-01", "2026-03-01"),
        ] {
            let now = now.parse().unwrap();
            let days = [Zone::UTC, Zone::CHINA].map(|zone| yesterday(now, zone).to_string());
            assert_eq!(days, [in_utc, in_china], "{now}");
        }
    }
}
