//! A look at one address: connect, shake hands, and ask what else it would take.

use std::net::{IpAddr, SocketAddr};

use futures::future::try_join_all;
use model::{
    HostPort, Port, ServerName,
    observation::{AddressObservation, Failure, Handshake, Protocols, TlsFailure, TlsVersion},
    transparency::Delivered,
};
use tokio::time::Instant;

use super::{Depth, Prober, Step};
use crate::{
    certificate,
    connect::{Trouble, connect},
    handshake::Served,
    retry::{self, Tries},
    sockets::OutOfSockets,
    versions::{Asked, FirstFlight},
};

impl Prober {
    /// What `address` shows of itself to who asks for the name `asked`.
    pub(super) async fn look(
        &self,
        address: IpAddr,
        target: &HostPort,
        asked: &ServerName,
        depth: Depth,
        deadline: Instant,
        observer: &(impl Fn(Step) + Sync),
    ) -> Result<(AddressObservation, Served), OutOfSockets> {
        let at = SocketAddr::new(address, target.port.number());
        let (mut outcome, mut seen) = self.tried(at, asked, deadline, observer).await?;
        let asked = Asked { at, name: asked, deadline };
        if depth != Depth::Expiry {
            // A probe that waits for the first answer should not be the larger for what comes after it.
            match &outcome {
                Ok(handshake) => {
                    let (protocols, delivered) = Box::pin(asked.beside(handshake, &seen.served.chain)).await?;
                    (seen.protocols, seen.delivered) = (Some(protocols), Some(delivered));
                }
                Err(Failure::Tls { reason }) if may_take_less(reason) => {
                    let (protocols, first_flight) = Box::pin(asked.instead()).await?;
                    seen.protocols = Some(protocols);
                    if let Some(FirstFlight { outcome: instead, served, delivered }) = first_flight {
                        (outcome, seen.served) = (instead.map_err(|reason| Failure::Tls { reason }), served);
                        seen.delivered = Some(delivered);
                    }
                }
                Err(_) => {}
            }
        }
        observer(Step::Seen { address, failure: outcome.as_ref().err().cloned() });
        let observation = AddressObservation {
            address,
            outcome,
            chain: seen.served.chain.iter().map(|der| certificate::read_for(der, &target.host)).collect(),
            fetched: None,
            staple: None,
            lists: Vec::new(),
            delivered: seen.delivered,
            protocols: seen.protocols,
            tries: seen.tries,
            connect_ms: seen.connect_ms,
            handshake_ms: seen.handshake_ms,
        };
        Ok((observation, seen.served))
    }

    /// Adds every suite of each address that takes TLS 1.2, in the time that is left.
    pub(super) async fn add_suites(
        &self,
        seen: &mut [AddressObservation],
        port: Port,
        name: &ServerName,
        deadline: Instant,
    ) -> Result<(), OutOfSockets> {
        let asked: Vec<_> = seen.iter_mut().filter_map(takes_tls12).collect();
        let mut sockets = self.0.sockets.take(asked.len()).await;
        let asking = asked.into_iter().map(|(address, protocols)| {
            let socket = sockets.one();
            async move {
                let asked = Asked { at: SocketAddr::new(address, port.number()), name, deadline };
                protocols.suites = Some(asked.every_suite().await?);
                drop(socket);
                Ok::<_, OutOfSockets>(())
            }
        });
        try_join_all(asking).await.map(drop)
    }

    /// What came of the last try: the first that was answered, or the last there was time for.
    async fn tried(
        &self,
        at: SocketAddr,
        asked: &ServerName,
        deadline: Instant,
        observer: &(impl Fn(Step) + Sync),
    ) -> Result<(Result<Handshake, Failure>, Look), OutOfSockets> {
        let mut tries = Tries::until(deadline);
        loop {
            let mut seen = Look { tries: tries.made(), ..Look::default() };
            let outcome = match self.attempt(at, asked, &tries, observer, &mut seen).await {
                Ok(handshake) => Ok(handshake),
                Err(Trouble::Theirs(failure)) => Err(failure),
                Err(Trouble::Ours(error)) => return Err(error),
            };
            let passes = outcome.as_ref().err().is_some_and(retry::may_pass);
            if !passes || !tries.again().await {
                return Ok((outcome, seen));
            }
        }
    }

    async fn attempt(
        &self,
        at: SocketAddr,
        asked: &ServerName,
        tries: &Tries,
        observer: &(impl Fn(Step) + Sync),
        seen: &mut Look,
    ) -> Result<Handshake, Trouble<Failure>> {
        let address = at.ip();
        self.policy().check(address).map_err(Trouble::Theirs)?;

        observer(Step::Connecting { address });
        let started = Instant::now();
        let connecting = connect(at, tries.patience()).await;
        let stream = connecting.map_err(|trouble| trouble.map(|reason| Failure::Tcp { reason }))?;
        seen.connect_ms = Some(crate::milliseconds(started.elapsed()));
        // Without it the last flight waits for an acknowledgement; that it cannot be had is no
        // reason to give up.
        let _ = stream.set_nodelay(true);

        observer(Step::Handshaking { address });
        let started = Instant::now();
        let (outcome, served) = self.0.client.shake(stream, asked, tries.patience(), tries.deadline()).await;
        seen.handshake_ms = served.finished_at.map(|finished| crate::milliseconds(finished - started));
        seen.served = served;
        outcome.map_err(|reason| Trouble::Theirs(Failure::Tls { reason }))
    }
}

/// What is known of an address whether or not the handshake succeeds.
#[derive(Default)]
struct Look {
    served: Served,
    protocols: Option<Protocols>,
    delivered: Option<Delivered>,
    tries: u32,
    connect_ms: Option<u32>,
    handshake_ms: Option<u32>,
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
