//! From a name to addresses: fixed by the operator, or asked of the name servers.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    time::Duration,
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use hickory_resolver::{
    Resolver as HickoryResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
    net::{DnsError, NetError},
    proto::{op::ResponseCode, rr::RecordType},
};
use model::{
    Host, HostPort, Port, ServerName,
    observation::{DnsFailure, Failure, Resolution},
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use crate::{
    name_servers::{Shortages, Watched},
    sockets::{OutOfSockets, Sockets},
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
    #[error("{0:?} is no port, which is a number from 1 to 65535")]
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
    servers: Result<HickoryResolver<Watched>, String>,
    shortages: Shortages,
    /// Thousands of probes may start at once; a name server drops what it cannot queue.
    turns: Semaphore,
}

/// The addresses of a target and how they were found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) resolution: Resolution,
    /// IPv4 before IPv6, each once and bounded in number; none when the look-up failed.
    pub(crate) addresses: Vec<IpAddr>,
    /// How many there are beyond those.
    pub(crate) left_out: usize,
    /// How long the name servers were asked; waiting for a turn does not count.
    pub(crate) took: Duration,
}

impl Resolver {
    /// The name servers and hosts file of the system.
    pub(crate) fn system(fixed: FixedAddresses) -> Self {
        let provider = Watched::default();
        let shortages = provider.shortages();
        let servers = HickoryResolver::builder(provider).and_then(|mut builder| {
            adjust(builder.options_mut());
            builder.build()
        });
        Self::new(fixed, servers, shortages)
    }

    /// The given name servers and no hosts file.
    pub(crate) fn with_servers(fixed: FixedAddresses, servers: &[SocketAddr]) -> Self {
        let servers = servers.iter().map(|&server| name_server(server)).collect();
        let config = ResolverConfig::from_name_servers(servers);
        let provider = Watched::default();
        let shortages = provider.shortages();
        let mut builder = HickoryResolver::builder_with_config(config, provider);
        adjust(builder.options_mut());
        builder.options_mut().use_hosts_file = hickory_resolver::config::ResolveHosts::Never;
        Self::new(fixed, builder.build(), shortages)
    }

    fn new(fixed: FixedAddresses, servers: Result<HickoryResolver<Watched>, NetError>, shortages: Shortages) -> Self {
        let servers = servers.map_err(|error| error.to_string());
        Self { fixed, servers, shortages, turns: Semaphore::new(MOST_LOOK_UPS) }
    }

    /// The addresses of `target`. Its `timeout` begins once it is its turn to be looked up.
    pub(crate) async fn addresses(
        &self,
        target: &HostPort,
        sockets: &Sockets,
        timeout: Duration,
    ) -> Result<Found, OutOfSockets> {
        let host = match &target.host {
            ServerName::Ip(address) => return Ok(Found::known(Resolution::Literal, &[*address])),
            ServerName::Dns(host) => host,
        };
        if let Some(fixed) = self.fixed.of(host, target.port) {
            return Ok(Found::known(Resolution::Fixed, fixed));
        }
        // Never closed, so it cannot fail.
        let _turn = self.turns.acquire().await;
        let _sockets = sockets.take(SOCKETS_A_LOOK_UP).await;
        let shortages = self.shortages.times();
        let started = Instant::now();
        let Answers { v4, v6, failures } = self.look_up(host, started + timeout).await;
        let took = started.elapsed();
        // A name server that could not be asked is not to blame.
        let unasked = |failure| matches!(failure, &DnsFailure::Timeout | &DnsFailure::ServerFailure { .. });
        if failures.iter().any(unasked)
            && let Some(error) = self.shortages.since(shortages)
        {
            return Err(error);
        }
        if v4.is_empty() && v6.is_empty() {
            let resolution = Resolution::Failed { failure: Failure::Dns { reason: worst(failures) } };
            return Ok(Found { resolution, addresses: Vec::new(), left_out: 0, took });
        }
        let (addresses, left_out) = share(v4, v6);
        let resolution = Resolution::Dns { took_ms: crate::milliseconds(took) };
        Ok(Found { resolution, addresses, left_out, took })
    }

    /// Asks for both families at once. Who has one in hand does not wait for long for the other: some
    /// name servers drop every query for AAAA.
    async fn look_up(&self, host: &Host, deadline: Instant) -> Answers {
        let mut answers = Answers::default();
        let servers = match &self.servers {
            Ok(servers) => servers,
            Err(detail) => {
                let detail = format!("no name server is configured: {detail}");
                answers.failures.push(DnsFailure::ServerFailure { detail });
                return answers;
            }
        };
        let mut asked: FuturesUnordered<_> =
            [RecordType::A, RecordType::AAAA].into_iter().map(|family| ask(servers, host, family)).collect();
        let mut deadline = deadline;
        loop {
            match timeout_at(deadline, asked.next()).await {
                Ok(Some(Ok(addresses))) => {
                    answers.add(addresses);
                    deadline = deadline.min(Instant::now() + PATIENCE);
                }
                Ok(Some(Err(failure))) => answers.failures.push(failure),
                Ok(None) => return answers,
                Err(_) => {
                    answers.failures.push(DnsFailure::Timeout);
                    return answers;
                }
            }
        }
    }
}

impl Found {
    pub(crate) fn known(resolution: Resolution, addresses: &[IpAddr]) -> Self {
        Self {
            resolution,
            addresses: addresses.iter().copied().take(MOST_ADDRESSES).collect(),
            left_out: addresses.len().saturating_sub(MOST_ADDRESSES),
            took: Duration::ZERO,
        }
    }
}

/// What both families came to.
#[derive(Debug, Default)]
struct Answers {
    /// Each once, as of the other.
    v4: Vec<IpAddr>,
    v6: Vec<IpAddr>,
    /// Of the family, or families, without addresses.
    failures: Vec<DnsFailure>,
}

impl Answers {
    fn add(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        for address in addresses {
            let family = if address.is_ipv4() { &mut self.v4 } else { &mut self.v6 };
            if !family.contains(&address) {
                family.push(address);
            }
        }
    }
}

/// The addresses of one family, at least one.
async fn ask(servers: &HickoryResolver<Watched>, host: &Host, family: RecordType) -> Result<Vec<IpAddr>, DnsFailure> {
    // The final dot keeps the search list out of it.
    let name = format!("{}.", host.as_str());
    let answer = servers.lookup(name, family).await.map_err(|error| failure(&error))?;
    let addresses: Vec<_> = answer.answers().iter().filter_map(|record| record.data.ip_addr()).collect();
    if addresses.is_empty() { Err(DnsFailure::NoAddress) } else { Ok(addresses) }
}

/// What both families together failed of. That the name does not exist settles it for both; that it
/// has no address is only known once nobody was silent.
fn worst(failures: Vec<DnsFailure>) -> DnsFailure {
    let rank = |failure: &DnsFailure| match failure {
        DnsFailure::NotFound => 3,
        DnsFailure::Timeout => 2,
        DnsFailure::ServerFailure { .. } => 1,
        DnsFailure::NoAddress => 0,
    };
    failures.into_iter().max_by_key(rank).unwrap_or(DnsFailure::NoAddress)
}

/// As many as are tried, of both families in turn, and how many are left out.
fn share(mut v4: Vec<IpAddr>, mut v6: Vec<IpAddr>) -> (Vec<IpAddr>, usize) {
    let all = v4.len() + v6.len();
    let half = MOST_ADDRESSES / 2;
    let of_v4 = v4.len().min(half.max(MOST_ADDRESSES.saturating_sub(v6.len())));
    v4.truncate(of_v4);
    v6.truncate(MOST_ADDRESSES - of_v4);
    v4.append(&mut v6);
    let left_out = all - v4.len();
    (v4, left_out)
}

/// Every probe is to see the name as it is now, so nothing is cached here. A query that is lost is sent
/// again within each try; what `resolv.conf` says of both is for programs that wait longer.
fn adjust(options: &mut ResolverOpts) {
    options.cache_size = 0;
    options.timeout = LONGEST_TRY;
    options.attempts = MORE_TRIES;
    options.max_active_requests = 2 * MOST_LOOK_UPS;
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

/// Addresses of one name that are tried.
pub(crate) const MOST_ADDRESSES: usize = 16;

/// Names looked up at once.
const MOST_LOOK_UPS: usize = 256;

/// Two families, asked of two name servers, each a second time when the first query is lost.
const SOCKETS_A_LOOK_UP: usize = 8;

/// How long the name servers have to answer before they are all asked again.
const LONGEST_TRY: Duration = Duration::from_secs(2);

/// How often they are asked again, where they are silent or cannot be reached: with all of it there is
/// time left to connect.
const MORE_TRIES: usize = 2;

/// How long the other family may take once one has answered with addresses.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn both_families_have_their_share_of_what_is_tried() {
        for (v4, v6, of_v4, of_v6) in [
            (1, 0, 1, 0),
            (0, 1, 0, 1),
            (8, 8, 8, 8),
            (16, 0, 16, 0),
            (0, 16, 0, 16),
            (17, 0, 16, 0),
            (0, 17, 0, 16),
            (9, 9, 8, 8),
            (3, 40, 3, 13),
            (40, 3, 13, 3),
            (40, 40, 8, 8),
        ] {
            let addresses_v4: Vec<IpAddr> = (0..v4).map(|n| Ipv4Addr::new(9, 9, 9, n).into()).collect();
            let addresses_v6: Vec<IpAddr> =
                (0..v6).map(|n| Ipv6Addr::new(0x2400, 0, 0, 0, 0, 0, 0, n).into()).collect();
            let expected = [&addresses_v4[..of_v4], &addresses_v6[..of_v6]].concat();
            let left_out = usize::from(v4) + usize::from(v6) - expected.len();
            assert_eq!(share(addresses_v4, addresses_v6), (expected, left_out), "{v4} and {v6}");
        }
    }

    #[test]
    fn a_silent_name_server_is_asked_again_with_time_left_to_connect() {
        let mut options = ResolverOpts::default();
        adjust(&mut options);
        let tries = u32::try_from(options.attempts).unwrap_or(u32::MAX) + 1;
        assert!(tries > 1 && options.timeout * tries < crate::prober::DEFAULT_TIMEOUT, "{options:?}");
    }

    #[test]
    fn what_is_wrong_with_one_family_is_not_said_of_the_name_before_both_have_answered() {
        use DnsFailure::{NoAddress, NotFound, ServerFailure, Timeout};
        let broken = || ServerFailure { detail: "words".to_owned() };
        for (one, other, of_the_name) in [
            (NoAddress, NoAddress, NoAddress),
            (NoAddress, Timeout, Timeout),
            (NoAddress, broken(), broken()),
            (broken(), Timeout, Timeout),
            (NotFound, Timeout, NotFound),
            (NotFound, NoAddress, NotFound),
        ] {
            assert_eq!(worst(vec![one.clone(), other.clone()]), of_the_name);
            assert_eq!(worst(vec![other, one]), of_the_name);
        }
    }
}
