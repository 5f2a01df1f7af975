//! With what a prober is made.

use std::{
    net::SocketAddr,
    sync::{Arc, RwLock},
    time::Duration,
};

use model::Port;

use super::{DEFAULT_TIMEOUT, Inner, Prober};
use crate::{
    handshake::Client,
    issuers::Issuers,
    policy::NetworkPolicy,
    resolve::{FixedAddresses, Resolver},
    revocation::Revocations,
    roots::Roots,
    sockets::Sockets,
};

/// Makes a [`Prober`].
#[derive(Clone, Debug)]
pub struct ProberBuilder {
    policy: NetworkPolicy,
    fixed: FixedAddresses,
    name_servers: Vec<SocketAddr>,
    sockets: Option<usize>,
    roots: Option<Vec<Roots>>,
    plain_port: Option<Port>,
    timeout: Duration,
}

impl ProberBuilder {
    /// Which addresses may be connected to; public ones only unless said otherwise.
    #[must_use]
    pub fn policy(mut self, policy: NetworkPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Addresses that win over the name servers.
    #[must_use]
    pub fn fixed(mut self, fixed: FixedAddresses) -> Self {
        self.fixed = fixed;
        self
    }

    /// How many sockets may be open at once, at least the 16 that one target may need; half the soft
    /// limit of open files unless said otherwise.
    #[must_use]
    pub fn sockets(mut self, most: usize) -> Self {
        self.sockets = Some(most);
        self
    }

    /// The stores that will judge; a chain that leads to none of them has its missing issuers fetched, and
    /// what their roots have signed is looked up in the lists of what they have revoked.
    /// Mozilla's list unless said otherwise.
    #[must_use]
    pub fn roots(mut self, stores: Vec<Roots>) -> Self {
        self.roots = Some(stores);
        self
    }

    /// Where every server is asked over HTTP in the clear; unless said otherwise port 80 of those that
    /// serve at port 443.
    #[must_use]
    pub fn plain_port(mut self, port: Port) -> Self {
        self.plain_port = Some(port);
        self
    }

    /// The time allowed for one target from the first query to the last byte, whatever is tried again;
    /// 10 seconds unless said otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Name servers to ask in place of the system's.
    #[must_use]
    pub fn name_servers(mut self, servers: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.name_servers = servers.into_iter().collect();
        self
    }

    /// The prober.
    ///
    /// # Errors
    /// When the TLS library refuses its own suites.
    pub fn build(self) -> Result<Prober, rustls::Error> {
        let resolver = if self.name_servers.is_empty() {
            Resolver::system(self.fixed)
        } else {
            Resolver::with_servers(self.fixed, &self.name_servers)
        };
        let stores = self.roots.unwrap_or_else(|| vec![Roots::mozilla()]);
        Ok(Prober(Arc::new(Inner {
            policy: RwLock::new(self.policy),
            resolver,
            client: Client::new()?,
            sockets: self.sockets.map_or_else(Sockets::within_limits, Sockets::of),
            plain_port: self.plain_port,
            issuers: Issuers::for_stores(stores.clone()),
            revocations: Revocations::for_stores(stores),
            timeout: self.timeout,
        })))
    }
}

impl Prober {
    /// A prober of public addresses that asks the system's name servers, to be adjusted.
    pub fn builder() -> ProberBuilder {
        ProberBuilder {
            policy: NetworkPolicy::public_only(),
            fixed: FixedAddresses::default(),
            name_servers: Vec::new(),
            sockets: None,
            roots: None,
            plain_port: None,
            timeout: DEFAULT_TIMEOUT,
        }
    }
}
