//! A look at one address: connect, shake hands, and ask what else it would take.

use std::net::{IpAddr, SocketAddr};

use futures::future::try_join_all;
use model::{
    observation::{AddressObservation, Failure, Handshake, Protocols, TlsFailure, TlsVersion},
    transparency::Delivered,
};
use tokio::time::Instant;

use super::{Depth, Prober, Step, Task};
use crate::{
    certificate,
    connect::{Trouble, connect},
    handshake::Served,
    retry::{self, Tries},
    sockets::OutOfSockets,
    versions::{Asked, FirstFlight},
};

impl Prober {
    /// What `address` shows of itself. The outcome is on the heap: thousands may wait for theirs at a time.
    pub(super) async fn look(
        &self,
        address: IpAddr,
        task: &Task<'_>,
        observer: &(impl Fn(Step) + Sync),
    ) -> Result<Box<(AddressObservation, Served)>, OutOfSockets> {
        let asked = task.asked(address);
        let mut seen = self.tried(&asked, observer).await?;
        if task.depth != Depth::Expiry {
            // A probe that waits for the first answer should not be the larger for what comes after it.
            Box::pin(seen.ask_more(&asked)).await?;
        }
        let Look { outcome, served, protocols, delivered, tries, connect_ms, handshake_ms } = *seen;
        observer(Step::Seen { address, failure: outcome.as_ref().err().cloned() });
        let observation = AddressObservation {
            address,
            outcome,
            chain: served.chain.iter().map(|der| certificate::read_for(der, &task.target.host)).collect(),
            fetched: None,
            staple: None,
            lists: Vec::new(),
            delivered,
            protocols,
            tries,
            connect_ms,
            handshake_ms,
        };
        Ok(Box::new((observation, served)))
    }

    /// Adds every suite of each address that takes TLS 1.2, in the time that is left.
    pub(super) async fn add_suites(
        &self,
        seen: &mut [AddressObservation],
        task: &Task<'_>,
    ) -> Result<(), OutOfSockets> {
        let asked: Vec<_> = seen.iter_mut().filter_map(takes_tls12).collect();
        let mut sockets = self.0.sockets.take(asked.len()).await;
        let asking = asked.into_iter().map(|(address, protocols)| {
            let socket = sockets.one();
            async move {
                protocols.suites = Some(task.asked(address).every_suite().await?);
                drop(socket);
                Ok::<_, OutOfSockets>(())
            }
        });
        try_join_all(asking).await.map(drop)
    }

    /// What came of the last try: the first that was answered, or the last there was time for.
    async fn tried(&self, asked: &Asked<'_>, observer: &(impl Fn(Step) + Sync)) -> Result<Box<Look>, OutOfSockets> {
        let mut tries = Tries::until(asked.deadline);
        loop {
            let seen = self.attempt(asked, &tries, observer).await?;
            let passes = seen.outcome.as_ref().err().is_some_and(retry::may_pass);
            if !passes || !tries.again().await {
                return Ok(seen);
            }
        }
    }

    async fn attempt(
        &self,
        asked: &Asked<'_>,
        tries: &Tries,
        observer: &(impl Fn(Step) + Sync),
    ) -> Result<Box<Look>, OutOfSockets> {
        let address = asked.at.ip();
        if let Err(barred) = self.policy().check(address) {
            return Ok(Look::failed(barred, tries));
        }

        observer(Step::Connecting { address });
        let started = Instant::now();
        let stream = match connect(asked.at, tries.patience()).await {
            Ok(stream) => stream,
            Err(Trouble::Theirs(reason)) => return Ok(Look::failed(Failure::Tcp { reason }, tries)),
            Err(Trouble::Ours(error)) => return Err(error),
        };
        let connect_ms = Some(crate::milliseconds(started.elapsed()));

        observer(Step::Handshaking { address });
        let started = Instant::now();
        let (outcome, served) = self.0.client.shake(stream, asked.name, tries.patience(), tries.deadline()).await;
        let handshake_ms = served.finished_at.map(|finished| crate::milliseconds(finished - started));
        let outcome = outcome.map_err(|reason| Failure::Tls { reason });
        Ok(Box::new(Look { served, connect_ms, handshake_ms, ..Look::of(outcome, tries) }))
    }
}

impl<'p> Task<'p> {
    fn asked(&self, address: IpAddr) -> Asked<'p> {
        let at = SocketAddr::new(address, self.target.port.number());
        Asked { at, name: self.name, deadline: self.deadline }
    }
}

/// What is known of an address whether or not the handshake succeeds.
struct Look {
    outcome: Result<Handshake, Failure>,
    served: Served,
    protocols: Option<Protocols>,
    delivered: Option<Delivered>,
    tries: u32,
    connect_ms: Option<u32>,
    handshake_ms: Option<u32>,
}

impl Look {
    fn of(outcome: Result<Handshake, Failure>, tries: &Tries) -> Self {
        Self {
            outcome,
            served: Served::default(),
            protocols: None,
            delivered: None,
            tries: tries.made(),
            connect_ms: None,
            handshake_ms: None,
        }
    }

    fn failed(failure: Failure, tries: &Tries) -> Box<Self> {
        Box::new(Self::of(Err(failure), tries))
    }

    /// Adds what else the server would take, or what it takes instead of a phone's offer.
    async fn ask_more(&mut self, asked: &Asked<'_>) -> Result<(), OutOfSockets> {
        match &self.outcome {
            Ok(handshake) => {
                let (protocols, delivered) = asked.beside(handshake, &self.served.chain).await?;
                (self.protocols, self.delivered) = (Some(protocols), Some(delivered));
            }
            Err(Failure::Tls { reason }) if may_take_less(reason) => {
                let (protocols, first_flight) = asked.instead().await?;
                self.protocols = Some(protocols);
                if let Some(FirstFlight { outcome, served, delivered }) = first_flight {
                    self.outcome = outcome.map_err(|reason| Failure::Tls { reason });
                    (self.served, self.delivered) = (served, Some(delivered));
                }
            }
            Err(_) => {}
        }
        Ok(())
    }
}

/// An address that takes TLS 1.2, and what else it takes.
fn takes_tls12(seen: &mut AddressObservation) -> Option<(IpAddr, &mut Protocols)> {
    let protocols = seen.protocols.as_mut().filter(|protocols| protocols.speaks(TlsVersion::Tls12) == Some(true))?;
    Some((seen.address, protocols))
}

/// Whether a server that answers a phone's offer so may take an older one.
const fn may_take_less(reason: &TlsFailure) -> bool {
    matches!(reason, TlsFailure::Alert { .. } | TlsFailure::ClosedBeforeAnswer)
}
