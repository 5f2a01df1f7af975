//! From a name to addresses: fixed by the operator, or asked of the name servers.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use hickory_resolver::{
    Resolver as HickoryResolver, TokioResolver,
    config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::op::ResponseCode,
};
use model::{
    Host, HostPort, Port, ServerName,
    observation::{DnsFailure, Failure, Resolution},
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

/// Addresses that the operator gives for a host and port, as curl's `--resolve` does. They win
/// over the name servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixedAddresses(HashMap<(Host, u16), Vec<IpAddr>>);

impl FixedAddresses {
    /// Adds the addresses of `resolve` to those already given for its host and port.
    pub fn add(&mut self, resolve: Resolve) {
        let addresses = self.0.entry((resolve.host, resolve.port.number())).or_default();
        for address in resolve.addresses {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }

    /// The addresses given for a host and port, in the order given.
    pub fn of(&self, host: &Host, port: Port) -> Option<&[IpAddr]> {
        self.0.get(&(host.clone(), port.number())).map(Vec::as_slice)
    }
}

impl FromIterator<Resolve> for FixedAddresses {
    fn from_iter<I: IntoIterator<Item = Resolve>>(resolves: I) -> Self {
        let mut fixed = Self::default();
        fixed.extend(resolves);
        fixed
    }
}

impl Extend<Resolve> for FixedAddresses {
    fn extend<I: IntoIterator<Item = Resolve>>(&mut self, resolves: I) {
        for resolve in resolves {
            self.add(resolve);
        }
    }
}

/// `HOST:PORT:ADDRESS[,ADDRESS]...`, where an IPv6 address may stand in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolve {
    /// The name.
    pub host: Host,
    /// The port it is given for.
    pub port: Port,
    /// Its addresses there, at least one.
    pub addresses: Vec<IpAddr>,
}

impl fmt::Display for Resolve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.host.as_str(), self.port.number())?;
        for (index, address) in self.addresses.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            match address {
                IpAddr::V4(address) => write!(f, "{separator}{address}")?,
                IpAddr::V6(address) => write!(f, "{separator}[{address}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Resolve {
    type Err = ResolveError;

    fn from_str(text: &str) -> Result<Self, ResolveError> {
        let mut parts = text.splitn(3, ':');
        let (Some(host), Some(port), Some(addresses)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ResolveError::Shape);
        };
        Ok(Self {
            host: host.parse().map_err(|_| ResolveError::Host(host.to_owned()))?,
            port: port.parse().map_err(|_| ResolveError::Port(port.to_owned()))?,
            addresses: addresses.split(',').map(address).collect::<Result<_, _>>()?,
        })
    }
}

fn address(text: &str) -> Result<IpAddr, ResolveError> {
    let refused = || ResolveError::Address(text.to_owned());
    match text.strip_prefix('[') {
        Some(rest) => {
            let inner = rest.strip_suffix(']').ok_or_else(refused)?;
            inner.parse().map(IpAddr::V6).map_err(|_| refused())
        }
        None => text.parse().map_err(|_| refused()),
    }
}

/// Why a text is no [`Resolve`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// A part is missing.
    #[error("write it as HOST:PORT:ADDRESS")]
    Shape,
    /// The first part is no host name.
    #[error("{0:?} is no host name")]
    Host(String),
    /// The second part is no port.
    #[error("{0:?} is no port")]
    Port(String),
    /// The third part, or one of its items, is no IP address.
    #[error("{0:?} is no IP address")]
    Address(String),
}

/// Where names are looked up.
#[derive(Debug)]
pub(crate) struct Resolver {
    fixed: FixedAddresses,
    /// A machine without usable name servers still probes IP addresses and fixed names.
    servers: Result<TokioResolver, String>,
    /// Thousands of probes may start at once; a name server drops what it cannot queue.
    permits: Semaphore,
}

impl Resolver {
    /// The name servers and hosts file of the system.
    pub(crate) fn system(fixed: FixedAddresses) -> Self {
        let servers = TokioResolver::builder_tokio().and_then(|mut builder| {
            adjust(builder.options_mut());
            builder.build()
        });
        Self::new(fixed, servers)
    }

    /// The given name servers and no hosts file.
    pub(crate) fn with_servers(fixed: FixedAddresses, servers: &[SocketAddr]) -> Self {
        let servers = servers.iter().map(|&server| name_server(server)).collect();
        let config = ResolverConfig::from_name_servers(servers);
        let mut builder = HickoryResolver::builder_with_config(config, TokioRuntimeProvider::default());
        adjust(builder.options_mut());
        builder.options_mut().use_hosts_file = hickory_resolver::config::ResolveHosts::Never;
        Self::new(fixed, builder.build())
    }

    fn new(fixed: FixedAddresses, servers: Result<TokioResolver, NetError>) -> Self {
        Self { fixed, servers: servers.map_err(|error| error.to_string()), permits: Semaphore::new(MOST_QUERIES) }
    }

    /// The addresses of `target`, IPv4 before IPv6, each once and bounded in number; with how they
    /// were found. None when the resolution failed.
    pub(crate) async fn addresses(&self, target: &HostPort, deadline: Instant) -> (Resolution, Vec<IpAddr>) {
        let host = match &target.host {
            ServerName::Ip(address) => return (Resolution::Literal, vec![*address]),
            ServerName::Dns(host) => host,
        };
        if let Some(fixed) = self.fixed.of(host, target.port) {
            return (Resolution::Fixed, fixed.iter().copied().take(MOST_ADDRESSES).collect());
        }
        let started = Instant::now();
        let found = timeout_at(deadline, self.look_up(host)).await.unwrap_or(Err(DnsFailure::Timeout));
        match found {
            Ok(addresses) => (Resolution::Dns { took_ms: crate::milliseconds(started.elapsed()) }, addresses),
            Err(reason) => (Resolution::Failed { failure: Failure::Dns { reason } }, Vec::new()),
        }
    }

    async fn look_up(&self, host: &Host) -> Result<Vec<IpAddr>, DnsFailure> {
        let servers = self.servers.as_ref().map_err(|detail| DnsFailure::ServerFailure {
            detail: format!("no name server is configured: {detail}"),
        })?;
        let closed = |_| DnsFailure::ServerFailure { detail: "the resolver is shut down".to_owned() };
        let _permit = self.permits.acquire().await.map_err(closed)?;
        // The final dot keeps the search list out of it.
        let answer = servers.lookup_ip(format!("{}.", host.as_str())).await.map_err(|error| failure(&error))?;
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in answer.iter() {
            if addresses.len() < MOST_ADDRESSES && !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if addresses.is_empty() { Err(DnsFailure::NoAddress) } else { Ok(addresses) }
    }
}

/// Every probe is to see the name as it is now, so nothing is cached here.
fn adjust(options: &mut ResolverOpts) {
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.cache_size = 0;
    options.max_active_requests = 2 * MOST_QUERIES;
}

fn name_server(server: SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    NameServerConfig::new(server.ip(), true, connections.into())
}

fn failure(error: &NetError) -> DnsFailure {
    match error {
        NetError::Timeout => DnsFailure::Timeout,
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => DnsFailure::NotFound,
            ResponseCode::NoError => DnsFailure::NoAddress,
            code => DnsFailure::ServerFailure { detail: code.to_string() },
        },
        other => DnsFailure::ServerFailure { detail: other.to_string() },
    }
}

const MOST_ADDRESSES: usize = 16;
const MOST_QUERIES: usize = 256;
