//! Probes of another time and place, which are stored as if they had been made here.

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
use crate::store::{Failure, statements};

impl Probing {
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
}

/// A probe of another time and place, judged as of when it was made, by roots that an operator gave.
fn recorded(probed: Probed, roots: &Roots) -> Judged {
    let at = probed.observation.observed_at;
    let trust = probe::trust(&probed, std::slice::from_ref(roots), at);
    let context = diagnose::Context { roots: diagnose::Roots::Given };
    let diagnosis = diagnose(&probed.observation, &trust, context, at);
    Judged { probed, trust, diagnosis, at, due_at: Timestamp::MAX, route_revision: 0 }
}

statements! {
    ID_OF_TARGET = "SELECT id FROM endpoints WHERE host = $1 AND port = $2";
}
