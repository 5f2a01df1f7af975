//! What came of certificates that somebody has sent: how they were judged, and what there is to complete them.

use model::{Timestamp, certificates::reach::Reach, fetched::FetchEnd, service::ServiceError};
use serde::{Deserialize, Serialize};

use super::api::{Completed, Judged, Supplemented};

/// What is told of certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What a phone would say.
    pub judged: Judged,
    /// What of the register the server's own certificate would serve and break.
    pub reach: Option<Reach>,
    /// What was fetched for it, if anything was; or why that is not there any more.
    pub supplemented: Result<Option<Supplemented>, ServiceError>,
    /// Whether whoever asks may have something fetched.
    pub may_fetch: bool,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// An issuer is missing from the files that can be downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The page has a button that fetches it.
    Offered,
    /// It has none.
    Open,
}

impl Found {
    /// What was fetched for the certificates.
    pub fn supplement(&self) -> Option<&Supplemented> {
        self.supplemented.as_ref().ok()?.as_ref()
    }

    /// The certificates with what was fetched, where that is anything.
    pub fn completed(&self) -> Option<&Completed> {
        self.supplement()?.completed.as_ref()
    }

    /// Whether there is something to fetch for whoever asks: a chain that led to a root needs no more.
    pub fn can_fetch(&self) -> bool {
        let facts = self.supplement().and_then(|supplement| supplement.facts.as_ref());
        let is_over = facts.is_some_and(|facts| !matches!(facts.end, FetchEnd::Nothing { .. }));
        self.may_fetch && self.judged.can_be_fetched && !is_over
    }

    /// What is missing from the downloads, which hold what was fetched.
    pub fn gap(&self) -> Option<Gap> {
        let is_incomplete = self.completed().map_or(self.judged.is_incomplete, |completed| completed.is_incomplete);
        is_incomplete.then_some(if self.can_fetch() { Gap::Offered } else { Gap::Open })
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Verdict, Verdicts,
        fetched::{FetchFailure, Fetched},
        tools::Trusted,
        trust::{Store, Trust},
    };

    use super::*;

    fn found() -> Found {
        let judged = Judged {
            chain: Vec::new(),
            trust: Trust::default(),
            findings: Vec::new(),
            platforms: Verdicts::all(Verdict::Fail),
            trusted: Trusted::No,
            compliance_findings: 0,
            is_incomplete: true,
            can_be_fetched: true,
        };
        Found { judged, reach: None, supplemented: Ok(None), may_fetch: true, now: Timestamp::UNIX_EPOCH }
    }

    fn fetched(end: FetchEnd, is_incomplete: bool) -> Found {
        let facts = Some(Fetched { above: 0, certificates: Vec::new(), end, tried: Vec::new() });
        let completed =
            Some(Completed { trust: Trust::default(), platforms: Verdicts::all(Verdict::Fail), is_incomplete });
        Found { supplemented: Ok(Some(Supplemented { facts, completed })), ..found() }
    }

    #[test]
    fn what_is_missing_is_said_to_be_fetched_only_where_the_page_offers_that() {
        let nowhere = Judged { can_be_fetched: false, ..found().judged };
        let whole = Judged { is_incomplete: false, can_be_fetched: false, ..found().judged };
        let end = || FetchEnd::Nothing { failure: FetchFailure::Status { status: 404 } };
        for (found, gap) in [
            (found(), Some(Gap::Offered)),
            (Found { may_fetch: false, ..found() }, Some(Gap::Open)),
            (Found { judged: nowhere, ..found() }, Some(Gap::Open)),
            (Found { judged: whole, ..found() }, None),
            (Found { supplemented: Err(ServiceError::NotFound), ..found() }, Some(Gap::Offered)),
            (fetched(end(), true), Some(Gap::Offered)),
            (fetched(FetchEnd::Whole { stores: vec![Store::Mozilla] }, false), None),
            (fetched(FetchEnd::Whole { stores: vec![Store::Mozilla] }, true), Some(Gap::Open)),
        ] {
            assert_eq!(found.gap(), gap, "{found:?}");
        }
    }
}
