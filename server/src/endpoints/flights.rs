//! Which endpoints are being probed at this moment, so that no two runs probe one at once: the
//! second waits for the first and shares what it found.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::{Verdict, endpoints::Depth, service::EndpointId};
use tokio::sync::watch;

/// The probes in the air.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<EndpointId, Outcome>>>);

/// Whose turn it is.
pub(super) enum Claim {
    /// The caller's; nobody else gets it until the flight is dropped.
    Ours(Flight),
    /// Somebody else's, whose outcome can be waited for.
    Theirs(Outcome),
}

impl Flights {
    /// The right to probe `endpoint` so deep, or the outcome of whoever has it now.
    pub(super) fn claim(&self, endpoint: EndpointId, depth: Depth) -> Claim {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = flights.get(&endpoint) {
            return Claim::Theirs(outcome.clone());
        }
        let (outcome, seen) = watch::channel(None);
        flights.insert(endpoint, Outcome { depth, seen });
        Claim::Ours(Flight { flights: self.clone(), endpoint, outcome })
    }
}

/// The right to probe one endpoint. Dropped, even by a panic, it makes way for the next.
pub(super) struct Flight {
    flights: Flights,
    endpoint: EndpointId,
    outcome: watch::Sender<Option<Verdict>>,
}

impl Flight {
    /// Tells whoever waits.
    pub(super) fn land(self, verdict: Verdict) {
        self.outcome.send_replace(Some(verdict));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.endpoint);
    }
}

/// What another run will find.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    depth: Depth,
    seen: watch::Receiver<Option<Verdict>>,
}

impl Outcome {
    /// The verdict once the other probe has ended; none when it failed, or has looked at less than `depth`.
    pub(super) async fn verdict(mut self, depth: Depth) -> Option<Verdict> {
        if self.depth < depth {
            // Until it has made way.
            while self.seen.changed().await.is_ok() {}
            return None;
        }
        self.seen.wait_for(Option::is_some).await.ok().and_then(|verdict| *verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: EndpointId = EndpointId(7);

    #[tokio::test]
    async fn whoever_comes_second_shares_what_the_first_finds() {
        let flights = Flights::default();
        let Claim::Ours(first) = flights.claim(ENDPOINT, Depth::Full) else { panic!("nobody is there yet") };
        let Claim::Theirs(second) = flights.claim(ENDPOINT, Depth::Full) else { panic!("somebody is there") };
        first.land(Verdict::Warn);
        assert_eq!(second.verdict(Depth::Full).await, Some(Verdict::Warn));
        assert!(matches!(flights.claim(ENDPOINT, Depth::Full), Claim::Ours(_)));
    }

    #[tokio::test]
    async fn a_flight_that_breaks_off_keeps_nobody_waiting() {
        let flights = Flights::default();
        let Claim::Ours(first) = flights.claim(ENDPOINT, Depth::Full) else { panic!("nobody is there yet") };
        let Claim::Theirs(second) = flights.claim(ENDPOINT, Depth::Full) else { panic!("somebody is there") };
        drop(first);
        assert_eq!(second.verdict(Depth::Full).await, None);
        assert!(matches!(flights.claim(ENDPOINT, Depth::Full), Claim::Ours(_)));
    }

    #[tokio::test]
    async fn whoever_looks_deeper_has_a_turn_of_its_own_once_the_first_has_made_way() {
        let flights = Flights::default();
        let Claim::Ours(first) = flights.claim(ENDPOINT, Depth::Full) else { panic!("nobody is there yet") };
        let Claim::Theirs(second) = flights.claim(ENDPOINT, Depth::Deep) else { panic!("somebody is there") };
        first.land(Verdict::Warn);
        assert_eq!(second.verdict(Depth::Deep).await, None);
        let Claim::Ours(deep) = flights.claim(ENDPOINT, Depth::Deep) else { panic!("the first is gone") };
        let Claim::Theirs(third) = flights.claim(ENDPOINT, Depth::Full) else { panic!("somebody is there") };
        deep.land(Verdict::Pass);
        assert_eq!(third.verdict(Depth::Full).await, Some(Verdict::Pass));
    }
}
