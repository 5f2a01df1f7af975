//! The verification file of a business domain, asked for as curl asks: no redirect is followed, nothing is
//! unpacked, and the certificate is judged elsewhere.

use std::net::{IpAddr, SocketAddr};

use http_body_util::Empty;
use hyper::{
    Request, StatusCode,
    body::Bytes,
    header::{ACCEPT, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HOST, LOCATION, USER_AGENT},
};
use model::{
    Port, ServerName,
    http::HttpFailure,
    verification::{FileAnswer, FileBody, FileContent, FileLook, FileName},
};
use tokio::time::Instant;

use super::{
    authority,
    exchange::{self, Answer, Over, Wanted},
    said,
};
use crate::{connect::Trouble, handshake::Client, policy::NetworkPolicy, sockets::OutOfSockets};

/// Who is asked for a file, and by what.
pub(crate) struct AskForFile<'p> {
    pub(crate) policy: &'p NetworkPolicy,
    pub(crate) client: &'p Client,
    /// The name in the handshake and in the request.
    pub(crate) server: &'p ServerName,
    pub(crate) port: Port,
    pub(crate) name: &'p FileName,
    /// What it should hold.
    pub(crate) expected: Option<&'p FileContent>,
    pub(crate) until: Instant,
}

impl AskForFile<'_> {
    /// What this address answers. The socket is for the caller to have.
    pub(crate) async fn of(&self, address: IpAddr) -> Result<FileLook, OutOfSockets> {
        let answer = match self.ask(address).await {
            Ok(answer) => Ok(self.seen(&answer)),
            Err(Trouble::Theirs(failure)) => Err(failure),
            Err(Trouble::Ours(error)) => return Err(error),
        };
        Ok(FileLook { address, answer })
    }

    async fn ask(&self, address: IpAddr) -> Result<Answer, Trouble<HttpFailure>> {
        self.policy.check(address).map_err(|failure| Trouble::Theirs(HttpFailure::Unreached { failure }))?;
        let request = Request::get(format!("/{}", self.name))
            .header(HOST, authority(self.server, self.port, Port::HTTPS))
            .header(USER_AGENT, CURL)
            .header(ACCEPT, "*/*")
            .header(CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|error| Trouble::Theirs(HttpFailure::Broken { detail: error.to_string() }))?;
        let over = Over::Tls { client: self.client, name: self.server };
        let at = SocketAddr::new(address, self.port.number());
        exchange::exchange(at, over, request, Wanted::File, self.until).await
    }

    fn seen(&self, answer: &Answer) -> FileAnswer {
        let is_there = answer.status == StatusCode::OK;
        FileAnswer {
            status: answer.status.as_u16(),
            location: said(&answer.headers, LOCATION),
            content_type: said(&answer.headers, CONTENT_TYPE),
            content_encoding: said(&answer.headers, CONTENT_ENCODING),
            body: is_there.then(|| FileBody::of(&answer.body, self.expected)),
        }
    }
}

/// As whom WeChat's own guide to the file says to ask.
const CURL: &str = "curl/8.5.0";
