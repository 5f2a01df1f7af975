//! One look at one endpoint: resolve, then connect to and shake hands with each address, all under
//! one deadline. What the wait for a turn takes does not count.

mod address;
mod builder;
mod verification;

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use futures::{
    Stream, StreamExt,
    future::{join, try_join_all},
};
use model::{
    HostPort, Observation, Port, ServerName, Timestamp,
    endpoints::route::Route,
    http::HttpFacts,
    observation::{AddressObservation, Failure, Resolution},
};
use rustls::pki_types::CertificateDer;
use tokio::time::{Instant, sleep};

pub use self::builder::ProberBuilder;
use crate::{
    handshake::{Client, Served},
    issuers::{Completion, Issuers, Network},
    policy::NetworkPolicy,
    resolve::{Found, Resolver},
    revocation::{Revocations, Shown},
    sockets::{OutOfSockets, Sockets},
    web::{self, Ask, Web},
};

/// Probes endpoints. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Prober(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    policy: RwLock<NetworkPolicy>,
    resolver: Resolver,
    client: Client,
    sockets: Sockets,
    issuers: Issuers,
    plain_port: Option<Port>,
    revocations: Revocations,
    timeout: Duration,
}

/// How much of an endpoint is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// One address, one handshake: enough to read the certificate's dates.
    Expiry,
    /// Every address, what it would take besides what it chose, the issuers that it should have served,
    /// what it says over HTTP, and whether what it served was revoked.
    #[default]
    Full,
    /// Besides, every suite of TLS 1.2 that it takes, and in whose order: a connection for each, in the time
    /// that all else leaves.
    Deep,
}

/// Progress of a probe, for whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The name is being looked up.
    Resolving,
    /// The addresses that will be tried are known; none when the look-up failed.
    Resolved {
        /// How many.
        addresses: usize,
    },
    /// A TCP connection is being opened, be it once more.
    Connecting {
        /// To which address.
        address: IpAddr,
    },
    /// A TLS handshake is under way.
    Handshaking {
        /// With which address.
        address: IpAddr,
    },
    /// One address has been seen.
    Seen {
        /// Which address.
        address: IpAddr,
        /// What failed, if anything did.
        failure: Option<Failure>,
    },
    /// All is done.
    Done,
}

/// What a probe brings home.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The facts, as they are stored.
    pub observation: Observation,
    /// The certificates of each address exactly as served, where any were.
    pub chains: BTreeMap<IpAddr, Vec<CertificateDer<'static>>>,
    /// The certificates that an address should have served and did not, in the order of the facts.
    pub fetched: BTreeMap<IpAddr, Vec<CertificateDer<'static>>>,
    /// The stapled OCSP response of each address, where there was one.
    pub staples: BTreeMap<IpAddr, Vec<u8>>,
}

impl Prober {
    /// Which addresses may be connected to.
    pub fn policy(&self) -> NetworkPolicy {
        self.0.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Connects to these addresses alone from now on.
    pub fn set_policy(&self, policy: NetworkPolicy) {
        *self.0.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
        self.0.issuers.forget();
        self.0.revocations.forget();
    }

    /// Looks at `target` once, at the time `now`, and tells `observer` of each step. What goes wrong
    /// on the other side is an observation too.
    ///
    /// # Errors
    /// When this machine has no socket left, twice in a row: then nothing is known of the target.
    pub async fn probe(
        &self,
        target: &HostPort,
        depth: Depth,
        now: Timestamp,
        observer: impl Fn(Step) + Sync,
    ) -> Result<Probed, OutOfSockets> {
        self.probe_by(&Route::default(), target, &Ask::default(), depth, now, observer).await
    }

    /// The same by `route`, and with what `ask` adds. The addresses of the route win over those given to
    /// the builder, and the network policy holds for them as for all others.
    ///
    /// # Errors
    /// As [`Self::probe`].
    pub async fn probe_by(
        &self,
        route: &Route,
        target: &HostPort,
        ask: &Ask,
        depth: Depth,
        now: Timestamp,
        observer: impl Fn(Step) + Sync,
    ) -> Result<Probed, OutOfSockets> {
        let error = match self.probe_once(route, target, ask, depth, now, &observer).await {
            Err(error) => error,
            probed => return probed,
        };
        tracing::warn!(%error, %target, "a probe is put off");
        sleep(BREATHER).await;
        // A probe that waits should not be the larger for it.
        Box::pin(self.probe_once(route, target, ask, depth, now, &observer)).await
    }

    async fn probe_once(
        &self,
        route: &Route,
        target: &HostPort,
        ask: &Ask,
        depth: Depth,
        now: Timestamp,
        observer: &(impl Fn(Step) + Sync),
    ) -> Result<Probed, OutOfSockets> {
        observer(Step::Resolving);
        let Found { resolution, mut addresses, left_out, took } = self.addresses(route, target).await?;
        let found = addresses.len() + left_out;
        if depth == Depth::Expiry {
            addresses.truncate(1);
        }
        let left_out = found - addresses.len();
        observer(Step::Resolved { addresses: addresses.len() });

        let mut sockets = self.0.sockets.take(addresses.len()).await;
        let started = Instant::now();
        let deadline = started + self.0.timeout.saturating_sub(took);
        let name = asked_for(route, target);
        let task = Task { target, name: &name, ask, depth, now, deadline };
        let looks = addresses.into_iter().map(|address| {
            let (socket, task) = (sockets.one(), &task);
            async move {
                let seen = self.look(address, task, observer).await;
                drop(socket);
                seen
            }
        });
        let looks = try_join_all(looks).await?;
        let total_ms = crate::milliseconds(took + started.elapsed());
        let mut seen = Seen::default();
        looks.into_iter().for_each(|look| seen.take(*look));
        if depth != Depth::Expiry {
            // A probe that waits for its first answers should not be the larger for what comes after them.
            Box::pin(self.see_more(&mut seen, &task)).await?;
        }
        observer(Step::Done);
        let Seen { addresses, chains, staples, fetched, http } = seen;
        let observation = Observation {
            target: target.clone(),
            observed_at: now,
            resolution,
            route: route.clone(),
            addresses,
            addresses_left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
            total_ms,
            http,
        };
        Ok(Probed { observation, chains, fetched, staples })
    }

    /// Where `target` is by `route`.
    async fn addresses(&self, route: &Route, target: &HostPort) -> Result<Found, OutOfSockets> {
        match route.addresses.as_slice() {
            [] => self.0.resolver.addresses(target, &self.0.sockets, self.0.timeout).await,
            fixed => Ok(Found::known(Resolution::Fixed, fixed)),
        }
    }

    /// Adds what is asked once every address has shown itself.
    async fn see_more(&self, seen: &mut Seen, task: &Task<'_>) -> Result<(), OutOfSockets> {
        let Seen { addresses, chains, staples, fetched, http } = seen;
        let web = self.over_http(web::one_for_each(addresses, chains), task);
        // Authorities are asked while a web server takes its time.
        let authorities = async {
            *fetched = self.fetch_missing(addresses, chains, task).await;
            let shown = Shown { chains, fetched, staples };
            self.0.revocations.look_up(addresses, shown, &self.network(), task.now, task.deadline).await;
        };
        ((), *http) = join(authorities, web).await;
        if task.depth == Depth::Deep {
            // Last, for it may take all the time there is.
            self.add_suites(addresses, task).await?;
        }
        Ok(())
    }

    /// Fetches what each distinct chain lacks, adds that to the facts, and gives the certificates.
    async fn fetch_missing(&self, seen: &mut [AddressObservation], chains: &Chains, task: &Task<'_>) -> Chains {
        let mut done: Vec<(&Vec<CertificateDer<'static>>, Option<Completion>)> = Vec::new();
        let mut fetched = BTreeMap::new();
        for observation in seen {
            let Some(chain) = chains.get(&observation.address) else { continue };
            let completion = match done.iter().find(|(known, _)| *known == chain) {
                Some((_, completion)) => completion.clone(),
                None => {
                    let completion = self.complete_by(chain, task.now, task.deadline).await;
                    done.push((chain, completion.clone()));
                    completion
                }
            };
            let Some(Completion { facts, certificates }) = completion else { continue };
            observation.fetched = Some(facts);
            fetched.insert(observation.address, certificates);
        }
        fetched
    }

    /// What these addresses say over HTTP, if there is time.
    async fn over_http(&self, addresses: Vec<IpAddr>, task: &Task<'_>) -> Option<HttpFacts> {
        let port = task.target.port;
        let usual = (port == Port::HTTPS).then_some(Port::HTTP);
        let web = Web {
            policy: self.policy(),
            sockets: &self.0.sockets,
            client: &self.0.client,
            name: task.name,
            port,
            plain_port: self.0.plain_port.or(usual),
            ask: task.ask,
            until: web::until(task.deadline),
        };
        web.look(addresses).await
    }

    /// Fetches the issuers that `chain` lacks, at the time `now`; none where it lacks none.
    pub async fn complete(&self, chain: &[CertificateDer<'static>], now: Timestamp) -> Option<Completion> {
        self.complete_by(chain, now, Instant::now() + self.0.timeout).await
    }

    async fn complete_by(
        &self,
        chain: &[CertificateDer<'static>],
        now: Timestamp,
        deadline: Instant,
    ) -> Option<Completion> {
        // Few need it, and a probe that waits should not be the larger for it.
        Box::pin(self.0.issuers.complete(chain, &self.network(), now, deadline)).await
    }

    fn network(&self) -> Network<'_> {
        Network { policy: self.policy(), resolver: &self.0.resolver, sockets: &self.0.sockets }
    }

    /// Probes every target of a stream, `concurrency` at a time, and gives each result as it
    /// comes. Memory depends on `concurrency`, not on how many targets there are. `clock` tells when
    /// each probe begins.
    ///
    /// Runs on the current Tokio runtime, on all of its threads.
    pub fn probe_all(
        &self,
        targets: impl Stream<Item = HostPort>,
        depth: Depth,
        concurrency: usize,
        clock: impl Fn() -> Timestamp,
    ) -> impl Stream<Item = Result<Probed, OutOfSockets>> {
        let prober = self.clone();
        targets
            .map(move |target| {
                let prober = prober.clone();
                let now = clock();
                tokio::spawn(async move { prober.probe(&target, depth, now, |_| ()).await })
            })
            .buffer_unordered(concurrency.max(1))
            .filter_map(|finished| async move {
                match finished {
                    Ok(probed) => Some(probed),
                    Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
                    // The runtime is shutting down.
                    Err(_) => None,
                }
            })
    }
}

/// Whom a server is asked for by `route`.
fn asked_for(route: &Route, target: &HostPort) -> ServerName {
    route.server_name.clone().map_or_else(|| target.host.clone(), ServerName::Dns)
}

/// What is to be found out, and until when.
struct Task<'p> {
    target: &'p HostPort,
    /// Whom a server is asked for.
    name: &'p ServerName,
    ask: &'p Ask,
    depth: Depth,
    now: Timestamp,
    deadline: Instant,
}

/// What the addresses have shown so far.
#[derive(Default)]
struct Seen {
    addresses: Vec<AddressObservation>,
    chains: Chains,
    staples: BTreeMap<IpAddr, Vec<u8>>,
    fetched: Chains,
    http: Option<HttpFacts>,
}

impl Seen {
    fn take(&mut self, (observation, served): (AddressObservation, Served)) {
        if !served.chain.is_empty() {
            self.chains.insert(observation.address, served.chain);
        }
        if !served.staple.is_empty() {
            self.staples.insert(observation.address, served.staple);
        }
        self.addresses.push(observation);
    }
}

/// Certificates by the address they belong to.
pub(crate) type Chains = BTreeMap<IpAddr, Vec<CertificateDer<'static>>>;

pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Before a second attempt when there was no socket left.
const BREATHER: Duration = Duration::from_secs(1);
