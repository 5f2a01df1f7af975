//! One GET over plain HTTP, as authorities publish their certificates. The address that is really
//! connected to is the one that the network policy is asked about, at every redirect anew.

use std::{
    net::{IpAddr, SocketAddr},
    pin::pin,
    time::Duration,
};

use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{CONNECTION, HOST, LOCATION, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use model::{
    HostPort, Port, ServerName,
    fetched::FetchFailure,
    observation::{DnsFailure, Failure, Resolution},
};
use tokio::{net::TcpStream, time::Instant};
use url::{Host, Position, Url};

use crate::{
    connect,
    policy::NetworkPolicy,
    resolve::{Found, Resolver},
    sockets::Sockets,
};

/// By what a prober reaches others.
pub(crate) struct Network<'p> {
    pub(crate) policy: NetworkPolicy,
    pub(crate) resolver: &'p Resolver,
    pub(crate) sockets: &'p Sockets,
}

/// Who is at fault when nothing is fetched.
pub(crate) type Trouble = connect::Trouble<FetchFailure>;

impl From<FetchFailure> for Trouble {
    fn from(failure: FetchFailure) -> Self {
        Self::Theirs(failure)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Theirs(FetchFailure::Unreached { failure })
    }
}

impl From<hyper::Error> for Trouble {
    fn from(error: hyper::Error) -> Self {
        Self::Theirs(FetchFailure::Broken { detail: error.to_string() })
    }
}

/// What stands behind `url`, redirects followed, if that is no larger than `most` bytes. Time is for the
/// caller to bound.
pub(crate) async fn get(url: &Url, network: &Network<'_>, most: usize) -> Result<Bytes, Trouble> {
    let mut url = url.clone();
    for _ in 0..=MOST_REDIRECTS {
        match ask(&url, network, most).await? {
            Answer::Body(body) => return Ok(body),
            Answer::Elsewhere(next) => url = next,
        }
    }
    Err(FetchFailure::TooManyRedirects.into())
}

/// Whether `url` is one that is fetched at all.
pub(crate) fn is_plain_http(url: &Url) -> bool {
    url.scheme() == "http" && url.has_host()
}

enum Answer {
    Body(Bytes),
    Elsewhere(Url),
}

async fn ask(url: &Url, network: &Network<'_>, most: usize) -> Result<Answer, Trouble> {
    let target = target(url)?;
    let found = network.resolver.addresses(&target, network.sockets, CONNECTING).await.map_err(Trouble::Ours)?;
    let Found { resolution, addresses, .. } = found;
    if let Resolution::Failed { failure } = resolution {
        return Err(failure.into());
    }
    // Only now: a look-up takes sockets of its own, and whoever holds one must not wait for more.
    let _socket = network.sockets.take(1).await;
    let stream = connect(&addresses, target.port, &network.policy).await?;
    exchange(stream, url, most).await
}

fn target(url: &Url) -> Result<HostPort, FetchFailure> {
    if !is_plain_http(url) {
        return Err(FetchFailure::NotHttp);
    }
    let host = match url.host() {
        Some(Host::Domain(name)) => ServerName::Dns(name.parse().map_err(|_| FetchFailure::NotHttp)?),
        Some(Host::Ipv4(address)) => ServerName::Ip(address.into()),
        Some(Host::Ipv6(address)) => ServerName::Ip(address.into()),
        None => return Err(FetchFailure::NotHttp),
    };
    let port = Port::new(url.port_or_known_default().unwrap_or_default()).ok_or(FetchFailure::NotHttp)?;
    Ok(HostPort { host, port })
}

/// A connection to the first of `addresses` that takes one, or why the last did not.
async fn connect(addresses: &[IpAddr], port: Port, policy: &NetworkPolicy) -> Result<TcpStream, Trouble> {
    let mut last = Failure::Dns { reason: DnsFailure::NoAddress };
    for address in addresses.iter().take(MOST_ADDRESSES) {
        if let Err(barred) = policy.check(*address) {
            last = barred;
            continue;
        }
        let at = SocketAddr::new(*address, port.number());
        match connect::connect(at, Instant::now() + CONNECTING).await {
            Ok(stream) => return Ok(stream),
            Err(connect::Trouble::Ours(error)) => return Err(Trouble::Ours(error)),
            Err(connect::Trouble::Theirs(reason)) => last = Failure::Tcp { reason },
        }
    }
    Err(last.into())
}

async fn exchange(stream: TcpStream, url: &Url, most: usize) -> Result<Answer, Trouble> {
    let request = Request::get(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(USER_AGENT, "hufu")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|_| FetchFailure::NotHttp)?;
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(LARGEST_HEAD).handshake(TokioIo::new(stream)).await?;
    let mut talk = pin!(async move { read(url, sender.send_request(request).await?, most).await });
    let mut connection = pin!(connection);
    tokio::select! {
        answer = &mut talk => answer,
        // What was said before the end is still to be read.
        _ = &mut connection => talk.await,
    }
}

async fn read(url: &Url, response: Response<Incoming>, most: usize) -> Result<Answer, Trouble> {
    let status = response.status();
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    if let Some(location) = location.filter(|_| status.is_redirection()) {
        return Ok(Answer::Elsewhere(url.join(location).map_err(|_| FetchFailure::NotHttp)?));
    }
    if status != StatusCode::OK {
        return Err(FetchFailure::Status { status: status.as_u16() }.into());
    }
    match Limited::new(response.into_body(), most).collect().await {
        Ok(body) => Ok(Answer::Body(body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(FetchFailure::TooLarge.into()),
        Err(error) => Err(FetchFailure::Broken { detail: error.to_string() }.into()),
    }
}

const MOST_REDIRECTS: usize = 3;
/// Addresses of one name that are tried.
const MOST_ADDRESSES: usize = 4;
const LARGEST_HEAD: usize = 16 * 1024;
/// Before another address is tried.
const CONNECTING: Duration = Duration::from_secs(2);
