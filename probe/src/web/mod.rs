//! A look over HTTP at a server that has shown its certificate: one request as WeChat makes it, an upgrade
//! to WebSocket where it is asked for, and port 80. The root path alone, since the paths that a mini
//! program calls are not known. Bounded in size and time, and never a reason for a probe to fail.

mod exchange;
mod file;
mod page;
mod websocket;

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use futures::future::{join, join_all};
use http_body_util::Empty;
use hyper::{
    HeaderMap, Request,
    body::Bytes,
    header::{
        ACCEPT, CONNECTION, CONTENT_TYPE, HOST, HeaderName, LOCATION, REFERER, STRICT_TRANSPORT_SECURITY, USER_AGENT,
    },
    http::request,
};
use model::{
    AppId, Port, ServerName,
    echo::shortened,
    http::{HttpFacts, HttpFailure, HttpLook, HttpPage, PlainAnswer, PlainLook, referer},
    icp::footer,
    observation::{AddressObservation, TlsVersion},
};
use tokio::time::{Instant, timeout_at};

use self::exchange::{Answer, Over, Wanted};
pub(crate) use self::file::AskForFile;
use crate::{connect::Trouble, handshake::Client, policy::NetworkPolicy, prober::Chains, sockets::Sockets};

/// What a probe cannot know of an endpoint by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// A mini program that calls it, for the referer; without one, that names nobody's.
    pub app_id: Option<AppId>,
    /// Whether sockets are opened to it.
    pub websocket: bool,
}

/// Who is asked over HTTP, and by what.
pub(crate) struct Web<'p> {
    pub(crate) policy: NetworkPolicy,
    pub(crate) sockets: &'p Sockets,
    pub(crate) client: &'p Client,
    /// The name in the handshake and in the request.
    pub(crate) name: &'p ServerName,
    pub(crate) port: Port,
    /// Where it is asked in the clear.
    pub(crate) plain_port: Option<Port>,
    pub(crate) ask: &'p Ask,
    pub(crate) until: Instant,
}

/// Until when HTTP may take, of a probe that ends at `deadline`.
pub(crate) fn until(deadline: Instant) -> Instant {
    deadline.min(Instant::now() + LONGEST)
}

/// For each certificate the first address that serves it, of those whose handshake a client can finish.
pub(crate) fn one_for_each(seen: &[AddressObservation], chains: &Chains) -> Vec<IpAddr> {
    let mut leaves = Vec::new();
    let mut addresses = Vec::new();
    for seen in seen {
        let finished = seen.outcome.as_ref().is_ok_and(|handshake| handshake.version >= TlsVersion::Tls12);
        let Some(leaf) = chains.get(&seen.address).and_then(|chain| chain.first()).filter(|_| finished) else {
            continue;
        };
        if !leaves.contains(&leaf) && addresses.len() < MOST_LOOKS {
            leaves.push(leaf);
            addresses.push(seen.address);
        }
    }
    addresses
}

impl Web<'_> {
    /// What these addresses answer, and the first of them in the clear; none where nothing could be asked.
    pub(crate) async fn look(&self, addresses: Vec<IpAddr>) -> Option<HttpFacts> {
        let first = *addresses.first()?;
        let looks = join_all(addresses.into_iter().map(|address| self.look_at(address)));
        let (looks, plain) = join(looks, self.in_the_clear(first)).await;
        let looks: Vec<_> = looks.into_iter().flatten().collect();
        let facts = HttpFacts { app_id: self.ask.app_id.clone(), looks, plain };
        (!facts.looks.is_empty() || facts.plain.is_some()).then_some(facts)
    }

    async fn look_at(&self, address: IpAddr) -> Option<HttpLook> {
        let upgrade = async { if self.ask.websocket { self.upgrade(address).await } else { None } };
        let (page, websocket) = join(self.page(address), upgrade).await;
        let (page, without_referer) = page?;
        Some(HttpLook { address, page, without_referer, websocket })
    }

    /// The root as WeChat asks for it, and where that is refused, the status without the referer.
    async fn page(&self, address: IpAddr) -> Option<(Result<HttpPage, HttpFailure>, Option<u16>)> {
        let request = self.get().header(CONNECTION, "close").header(REFERER, referer(self.ask.app_id.as_ref()));
        let answer = match self.ask_over_tls(address, request, Wanted::Page).await? {
            Ok(answer) => answer,
            Err(failure) => return Some((Err(failure), None)),
        };
        let without_referer = if answer.status.is_client_error() {
            let request = self.get().header(CONNECTION, "close");
            let without = self.ask_over_tls(address, request, Wanted::Head).await;
            without.and_then(Result::ok).map(|answer| answer.status.as_u16())
        } else {
            None
        };
        Some((Ok(page_of(&answer)), without_referer))
    }

    async fn in_the_clear(&self, address: IpAddr) -> Option<PlainLook> {
        let port = self.plain_port?;
        let at = SocketAddr::new(address, port.number());
        let request = self.get_at(port, Port::HTTP).header(CONNECTION, "close");
        let answer = self
            .ask(at, Over::Plain, request, Wanted::Head)
            .await?
            .map(|answer| PlainAnswer { status: answer.status.as_u16(), location: said(&answer.headers, LOCATION) });
        Some(PlainLook { address, answer })
    }

    /// A request for the root over TLS, to which more may be added.
    fn get(&self) -> request::Builder {
        self.get_at(self.port, Port::HTTPS)
    }

    fn get_at(&self, port: Port, usual: Port) -> request::Builder {
        Request::get("/")
            .header(HOST, authority(self.name, port, usual))
            .header(USER_AGENT, WECHAT)
            .header(ACCEPT, "*/*")
    }

    async fn ask_over_tls(
        &self,
        address: IpAddr,
        request: request::Builder,
        wanted: Wanted,
    ) -> Option<Result<Answer, HttpFailure>> {
        let over = Over::Tls { client: self.client, name: self.name };
        self.ask(SocketAddr::new(address, self.port.number()), over, request, wanted).await
    }

    /// The answer to a request; none where this machine lacks the means or the time to ask.
    async fn ask(
        &self,
        at: SocketAddr,
        over: Over<'_>,
        request: request::Builder,
        wanted: Wanted,
    ) -> Option<Result<Answer, HttpFailure>> {
        if let Err(failure) = self.policy.check(at.ip()) {
            return Some(Err(HttpFailure::Unreached { failure }));
        }
        let request = request.body(Empty::<Bytes>::new()).ok()?;
        let _socket = timeout_at(self.until, self.sockets.take(1)).await.ok()?;
        if Instant::now() + LEAST > self.until {
            return None;
        }
        match exchange::exchange(at, over, request, wanted, self.until).await {
            Ok(answer) => Some(Ok(answer)),
            Err(Trouble::Theirs(failure)) => Some(Err(failure)),
            Err(Trouble::Ours(error)) => {
                tracing::debug!(%error, "HTTP is left out");
                None
            }
        }
    }
}

/// The host of a request; the `usual` port is not written.
fn authority(name: &ServerName, port: Port, usual: Port) -> String {
    let host = match name {
        ServerName::Dns(host) => host.as_str().to_owned(),
        ServerName::Ip(IpAddr::V4(address)) => address.to_string(),
        ServerName::Ip(IpAddr::V6(address)) => format!("[{address}]"),
    };
    if port == usual { host } else { format!("{host}:{port}") }
}

/// What a header says, as far as it is kept.
fn said(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).map(|value| shortened(&String::from_utf8_lossy(value.as_bytes()), HEADER_SHOWN))
}

fn page_of(answer: &Answer) -> HttpPage {
    // Of several, the first counts (RFC 6797 section 8.1).
    let hsts = answer.headers.get(STRICT_TRANSPORT_SECURITY).and_then(|header| header.to_str().ok());
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|header| header.to_str().ok());
    HttpPage {
        status: answer.status.as_u16(),
        hsts: hsts.and_then(|header| header.parse().ok()),
        icp: footer::numbers_in(&page::text(&answer.body, kind)),
    }
}

/// As WeChat names itself on an iPhone.
const WECHAT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Mobile/15E148 MicroMessenger/8.0.50(0x18003230) NetType/WIFI Language/zh_CN";

/// Of a probe's time, for all requests together.
const LONGEST: Duration = Duration::from_secs(3);
/// With less time than this, an answer that is not there tells nothing.
const LEAST: Duration = Duration::from_millis(200);
/// Certificates of one name that are looked behind.
const MOST_LOOKS: usize = 4;
const HEADER_SHOWN: usize = 300;
