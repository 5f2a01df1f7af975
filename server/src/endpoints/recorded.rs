//! Probes of another time and place, which are stored as if they had been made here.

use std::collections::BTreeMap;

use model::{
    HostPort, Timestamp,
    diagnose::{self, diagnose},
    service::EndpointId,
};
use probe::{Probed, Roots};

use super::{
    Probing,
    keep::{self, Judged},
};
use crate::store::{Failure, json, statements};

impl Probing {
    /// Stores what was probed elsewhere, in one transaction. Nothing of it is ever due by itself.
    pub(crate) async fn keep_recorded(&self, probes: Vec<(HostPort, Probed)>, roots: Roots) -> Result<(), Failure> {
        let judging = move || -> Vec<(HostPort, Judged)> {
            probes.into_iter().map(|(target, probed)| (target, recorded(probed, &roots))).collect()
        };
        let judged = tokio::task::spawn_blocking(judging).await.map_err(|error| Failure::Broken(error.to_string()))?;
        let targets: Vec<_> =
            judged.iter().map(|(target, _)| (target.host.to_string(), target.port.number())).collect();
        let mut read = self.0.store.read().await?;
        let ids: Vec<(i64, i64)> =
            sqlx::query_as(IDS_OF_TARGETS).bind(json::write(&targets)?).fetch_all(&mut *read).await?;
        drop(read);
        let ids: BTreeMap<i64, i64> = ids.into_iter().collect();
        let known =
            (0_i64..).zip(judged).filter_map(|(place, (_, judged))| Some((EndpointId(*ids.get(&place)?), judged)));
        let known: Vec<_> = known.collect();
        keep::keep_many(&self.0.store, &known).await
    }
}

/// A probe of another time and place, judged as of when it was made, by roots that an operator gave.
fn recorded(probed: Probed, roots: &Roots) -> Judged {
    let at = probed.observation.observed_at;
    let trust = probe::trust(&probed, std::slice::from_ref(roots), at);
    let context = diagnose::Context { roots: diagnose::Roots::Given };
    let diagnosis = diagnose(&probed.observation, &trust, context, at);
    Judged { probed, trust, diagnosis, suites: None, at, due_at: Timestamp::MAX, route_revision: 0 }
}

statements! {
    // The place of each in the list, and its id. `json_each` has a column `id`, too.
    IDS_OF_TARGETS = "
        SELECT wanted.key, endpoints.id FROM json_each($1) AS wanted
        JOIN named_endpoints AS endpoints ON endpoints.host = wanted.value ->> 0 AND endpoints.port = wanted.value ->> 1";
}
