//! The servers themselves: each accepts on a listener until it is told to stop.

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use rustls::{ServerConfig, server::Acceptor};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, sink},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::LazyConfigAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    publisher::{self, Pages},
    website::Site,
};

/// What a server does with a connection.
#[derive(Clone, Debug)]
pub(super) enum Manner {
    /// TLS, by the name asked for.
    Tls(Arc<Names>),
    /// Pages of an authority.
    Publishes(Arc<Pages>),
    /// Answers over HTTP as it is told to.
    Answers(Arc<Site>),
    /// Answers in plain HTTP.
    PlainHttp,
    /// Greets as a mail server.
    Smtp,
    /// Listens and says nothing.
    Hangs,
    /// Begins a handshake and sends it a byte at a time, for ever.
    Drips,
    /// Sends one handshake message that never ends.
    Floods,
}

/// What is served by name; a client that asks for none of them gets the first.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) by_name: HashMap<String, Arc<ServerConfig>>,
    pub(super) otherwise: Arc<ServerConfig>,
}

impl Names {
    fn config(&self, name: Option<&str>) -> Arc<ServerConfig> {
        name.and_then(|name| self.by_name.get(name)).unwrap_or(&self.otherwise).clone()
    }
}

/// Serves every connection to `listener` in its own task until `stop`.
pub(super) fn serve(listener: TcpListener, manner: Manner, tasks: &TaskTracker, stop: &CancellationToken) {
    let connections = tasks.clone();
    let stop = stop.clone();
    tasks.spawn(async move {
        while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
            // Out of file descriptors, or gone before it was accepted: the next may do better.
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(BREATHER).await;
                continue;
            };
            let manner = manner.clone();
            let stop = stop.clone();
            connections.spawn(async move {
                // How a connection ends is the client's business.
                let _ = stop.run_until_cancelled(attend(stream, manner)).await;
            });
        }
    });
}

async fn attend(mut stream: TcpStream, manner: Manner) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match manner {
        Manner::Tls(names) => return speak_tls(stream, &names).await,
        Manner::Publishes(pages) => return pages.attend(stream).await,
        Manner::Answers(site) => return site.attend(stream).await,
        Manner::PlainHttp => {
            hear(&mut stream).await?;
            stream.write_all(BAD_REQUEST).await?;
            return stream.shutdown().await;
        }
        Manner::Smtp => stream.write_all(GREETING).await?,
        Manner::Hangs => {}
        Manner::Drips => {
            hear(&mut stream).await?;
            stream.write_all(&RECORD_HEADER).await?;
            stream.write_all(&LONG_SERVER_HELLO).await?;
            let mut drop = tokio::time::interval(BETWEEN_DROPS);
            loop {
                drop.tick().await;
                stream.write_all(&[0]).await?;
            }
        }
        Manner::Floods => {
            hear(&mut stream).await?;
            let record = [RECORD_HEADER.as_slice(), &[0xff; RECORD_BYTES]].concat();
            loop {
                stream.write_all(&record).await?;
            }
        }
    }
    copy(&mut stream, &mut sink()).await.map(drop)
}

/// Shakes hands, answers a request, and then holds the connection until the client has had enough.
async fn speak_tls(stream: TcpStream, names: &Names) -> io::Result<()> {
    let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let config = names.config(hello.client_hello().server_name());
    let mut stream = hello.into_stream(config).await?;
    if !publisher::hear(&mut stream).await?.is_empty() {
        stream.write_all(EMPTY_PAGE).await?;
        stream.flush().await?;
    }
    copy(&mut stream, &mut sink()).await?;
    stream.shutdown().await
}

/// A connection closed with something unread is reset, and the answer lost.
async fn hear(stream: &mut TcpStream) -> io::Result<()> {
    stream.read(&mut [0; 4096]).await.map(drop)
}

const EMPTY_PAGE: &[u8] =
    b"HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=31536000\r\nContent-Length: 0\r\n\r\n";
const BAD_REQUEST: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: close\r\n\r\nBad request\n";
const GREETING: &[u8] = b"220 mail.lab.hufu.example ESMTP ready\r\n";

const RECORD_BYTES: usize = 16_384;
/// A handshake record of TLS 1.2, as long as a record may be (RFC 8446 section 5.1).
const RECORD_HEADER: [u8; 5] = [22, 3, 3, 0x40, 0x00];
/// The head of a ServerHello of 16,000 bytes.
const LONG_SERVER_HELLO: [u8; 4] = [2, 0x00, 0x3e, 0x80];
const BETWEEN_DROPS: Duration = Duration::from_millis(10);
const BREATHER: Duration = Duration::from_millis(10);
