//! One look at an endpoint: in its turn, at one time by one only, judged and stored.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError},
    time::Duration,
};

use model::{
    Diagnosis, Fingerprint, HostPort, Timestamp, Verdict,
    diagnose::{self, diagnose},
    endpoints::{Depth, ServedChain, Step, suites::ListedSuites},
    service::{EndpointId, ServiceError},
    trust::TrustByAddress,
};
use probe::{CertificateDer, Probed, Reach, Roots};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    Inner, Pace, ask,
    flights::{self, Claim},
    keep::{self, Judged},
    routes, turns,
};
use crate::store::{Failure, count};

impl Inner {
    /// Probes one endpoint, or waits for whoever is at it already. None when nothing was stored.
    pub(super) async fn look(
        &self,
        endpoint: EndpointId,
        target: &HostPort,
        depth: Depth,
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
            turn = self.turn(endpoint, target, depth, tell) => turn?,
            () = stopped => return None,
        };
        let (flight, _turn) = match turn {
            Turn::Ours(flight, turn) => (flight, turn),
            Turn::Theirs(verdict) => return Some(verdict),
        };
        // Begun, it is brought to its end, unless the process ends before.
        let ended = async {
            self.stop.cancelled().await;
            sleep(GRACE).await;
        };
        let kept = tokio::select! {
            kept = self.probe_and_keep(endpoint, target, depth, tell) => kept,
            () = ended => return None,
        };
        match kept {
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
    async fn turn(&self, endpoint: EndpointId, target: &HostPort, depth: Depth, tell: &Tell<'_>) -> Option<Turn> {
        loop {
            match self.flights.claim(endpoint, depth) {
                Claim::Ours(flight) => {
                    tell(Step::Queued);
                    return Some(Turn::Ours(flight, self.turns.take(&target.host).await?));
                }
                Claim::Theirs(outcome) => {
                    // Without an outcome they were called off or looked at less, and it is ours to do.
                    if let Some(verdict) = outcome.verdict(depth).await {
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
        depth: Depth,
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
        let ask = ask::of(&mut read, endpoint).await?;
        drop(read);
        let probed = self.prober.probe_by(&route, target, &ask, to_probe(depth), self.clock.now(), observer).await?;
        let now = self.clock.now();
        let (probed, trust, diagnosis) = self.judge(probed, now).await?;
        let turn = diagnose::next_turn(&probed.observation, now).unwrap_or(Timestamp::MAX);
        let due_at = self.pace().due_after(now).min(turn);
        let suites = if depth == Depth::Deep { ListedSuites::of(&probed.observation) } else { None };
        let judged = Judged { probed, trust, diagnosis, suites, at: now, due_at, route_revision };
        let kept = keep::keep(&self.store, endpoint, &judged).await?;
        if kept.news {
            self.bell.ring();
        }
        Ok(kept.verdict)
    }

    pub(super) async fn judge(
        &self,
        probed: Probed,
        now: Timestamp,
    ) -> Result<(Probed, TrustByAddress, Diagnosis), Failure> {
        // Signatures are checked by the hundred: not where requests are waiting.
        let roots = Arc::clone(&self.roots);
        let judging = tokio::task::spawn_blocking(move || (probe::trust(&probed, &roots, now), probed));
        let (trust, probed) = judging.await.map_err(|error| Failure::Broken(error.to_string()))?;
        let diagnosis = diagnose(&probed.observation, &trust, self.context(), now);
        Ok((probed, trust, diagnosis))
    }

    /// A chain as a server should send it, without what is revoked and no longer needed.
    pub(super) async fn in_order(
        &self,
        known: ServedChain,
        revoked: BTreeSet<Fingerprint>,
    ) -> Result<ServedChain, Failure> {
        let (roots, now) = (Arc::clone(&self.roots), self.clock.now());
        let ServedChain { target, certificates } = known;
        let certificates: Vec<_> = certificates.into_iter().map(CertificateDer::from).collect();
        let arranging =
            tokio::task::spawn_blocking(move || probe::arrange_without(&revoked, &certificates, &roots, now));
        let arranged = arranging.await.map_err(|error| Failure::Broken(error.to_string()))?;
        let Reach::Root { .. } = arranged.reach else { return Err(ServiceError::NotFound.into()) };
        Ok(ServedChain { target, certificates: arranged.chain.iter().map(|der| der.to_vec()).collect() })
    }

    pub(super) fn pace(&self) -> Pace {
        *self.pace.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn context(&self) -> diagnose::Context {
        diagnose::Context::of(self.roots.iter().flat_map(Roots::stores))
    }
}

const fn to_probe(depth: Depth) -> probe::Depth {
    match depth {
        Depth::Full => probe::Depth::Full,
        Depth::Deep => probe::Depth::Deep,
    }
}

/// Who probes an endpoint.
enum Turn {
    Ours(flights::Flight, turns::Turn),
    /// Somebody else has, with this outcome.
    Theirs(Verdict),
}

/// What a probe is given to end once the process is to end: a server that answers needs less, and
/// whoever stops a service does not wait for one that is silent.
const GRACE: Duration = Duration::from_secs(2);

/// Hears what goes on at an endpoint.
type Tell<'a> = dyn Fn(Step) + Send + Sync + 'a;
