//! A web server whose answers are given to it, over TLS and in the clear, good and hostile.

use std::{fmt, io, net::SocketAddr, sync::Arc};

use model::{Host, HostPort, Port, ServerName, Timestamp};
use rcgen::KeyPair;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, copy, sink},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use super::{
    Authority, FIRST, LabError, Validity, host, publisher,
    serve::{Manner, serve},
};
use crate::resolve::Resolve;

/// A running server; it stops when it is dropped.
#[derive(Debug)]
pub struct Website {
    resolve: Resolve,
    plain_port: Port,
    _stop: DropGuard,
}

/// What it does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Sends these bytes, head and all, and ends.
    Bytes(Vec<u8>),
    /// Sends these bytes and then `a` for ever.
    Floods(Vec<u8>),
    /// Sends these bytes and then nothing.
    Hangs(Vec<u8>),
}

impl Reply {
    /// A head without its last line, such as `200 OK\r\nServer: x`, and a body.
    pub fn page(head: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

impl Website {
    /// A server on loopback. `answer` is told `https` or `http` and the head of the request.
    ///
    /// # Errors
    /// When no port or no certificate can be had.
    pub async fn start(
        now: Timestamp,
        answer: impl Fn(&str, &str) -> Reply + Send + Sync + 'static,
    ) -> Result<Self, LabError> {
        let host = host("website")?;
        let validity = Validity::days(now, -1, 89);
        let root = Authority::root("Hufu Lab Website Root", validity)?;
        let key = KeyPair::generate()?;
        let chain = vec![root.leaf(&[&host], &key, validity, |_| ())?, root.der()];
        Self::serving(host, chain, &key, answer).await
    }

    /// The same with a chain for `host` that somebody else has made.
    ///
    /// # Errors
    /// When no port can be had, or the key is not that of the certificate.
    pub async fn serving(
        host: Host,
        chain: Vec<CertificateDer<'static>>,
        key: &KeyPair,
        answer: impl Fn(&str, &str) -> Reply + Send + Sync + 'static,
    ) -> Result<Self, LabError> {
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::Pkcs8(key.serialize_der().into()))?;

        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let answers = Answers(Arc::new(answer));
        let mut ports = Vec::new();
        for config in [Some(Arc::new(config)), None] {
            let listener = TcpListener::bind(SocketAddr::new(FIRST, 0)).await?;
            ports.push(listener.local_addr()?.port());
            let site = Site { config, answers: answers.clone() };
            serve(listener, Manner::Answers(Arc::new(site)), &tasks, &stop);
        }
        let port = |number: u16| Port::new(number).ok_or_else(|| LabError::Name(number.to_string()));
        let (secure, plain_port) = (port(ports[0])?, port(ports[1])?);
        let resolve = Resolve { host, port: secure, addresses: vec![FIRST] };
        Ok(Self { resolve, plain_port, _stop: stop.drop_guard() })
    }

    /// What to probe.
    pub fn target(&self) -> HostPort {
        HostPort { host: ServerName::Dns(self.resolve.host.clone()), port: self.resolve.port }
    }

    /// Where it answers in the clear.
    pub const fn plain_port(&self) -> Port {
        self.plain_port
    }

    /// Where its name leads.
    pub fn resolve(&self) -> Resolve {
        self.resolve.clone()
    }
}

type Answer = dyn Fn(&str, &str) -> Reply + Send + Sync;

#[derive(Clone)]
struct Answers(Arc<Answer>);

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answers")
    }
}

/// One of its two doors.
#[derive(Debug)]
pub(super) struct Site {
    /// None in the clear.
    config: Option<Arc<ServerConfig>>,
    answers: Answers,
}

impl Site {
    /// Answers the one request of a connection.
    pub(super) async fn attend(&self, stream: TcpStream) -> io::Result<()> {
        match &self.config {
            Some(config) => {
                let stream = TlsAcceptor::from(Arc::clone(config)).accept(stream).await?;
                self.converse("https", stream).await
            }
            None => self.converse("http", stream).await,
        }
    }

    async fn converse(&self, scheme: &str, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let head = publisher::hear(&mut stream).await?;
        if head.is_empty() {
            return stream.shutdown().await;
        }
        match (self.answers.0)(scheme, &head) {
            Reply::Bytes(bytes) => {
                stream.write_all(&bytes).await?;
                stream.shutdown().await?;
            }
            Reply::Floods(bytes) => {
                stream.write_all(&bytes).await?;
                loop {
                    stream.write_all(&[b'a'; 16 * 1024]).await?;
                }
            }
            Reply::Hangs(bytes) => {
                stream.write_all(&bytes).await?;
                stream.flush().await?;
            }
        }
        // Closed with something unread, it would be reset and the answer lost.
        copy(&mut stream, &mut sink()).await.map(drop)
    }
}
