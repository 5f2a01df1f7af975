//! A web server as authorities have one for their certificates, good and hostile.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, copy, sink},
    net::{TcpListener, TcpStream},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use super::{
    FIRST, LabError, host,
    serve::{Manner, serve},
};
use crate::resolve::Resolve;

/// A running server; it stops when it is dropped.
#[derive(Debug)]
pub struct Publisher {
    pages: Arc<Pages>,
    resolve: Resolve,
    _stop: DropGuard,
}

/// What stands at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// These bytes.
    Body(Vec<u8>),
    /// A redirect to an address, whole or relative.
    Redirect(String),
    /// An answer of this status, with nothing in it.
    Status(u16),
    /// No answer.
    Silence,
    /// An answer that never ends, a byte at a time.
    Drips,
    /// An answer that never ends, as fast as it is read.
    Floods,
    /// What is no HTTP.
    Noise,
}

impl Publisher {
    /// A server on loopback with nothing on it.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> Result<Self, LabError> {
        let listener = TcpListener::bind(SocketAddr::new(FIRST, 0)).await?;
        let (host, port) = (host("ca")?, listener.local_addr()?.port());
        let port = model::Port::new(port).ok_or_else(|| LabError::Name(port.to_string()))?;
        let (pages, stop) = (Arc::new(Pages::default()), CancellationToken::new());
        serve(listener, Manner::Publishes(Arc::clone(&pages)), &TaskTracker::new(), &stop);
        Ok(Self { pages, resolve: Resolve { host, port, addresses: vec![FIRST] }, _stop: stop.drop_guard() })
    }

    /// The address of a page, such as `http://ca.lab.hufu.example:12345/root.cer`.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}:{}/{name}", self.resolve.host, self.resolve.port)
    }

    /// Puts a page where [`Self::url`] says.
    pub fn put(&self, name: &str, page: Page) {
        self.pages.lock().insert(format!("/{name}"), (page, 0));
    }

    /// How often a page was asked for since it was put there.
    pub fn asked(&self, name: &str) -> u32 {
        self.pages.lock().get(&format!("/{name}")).map_or(0, |(_, asked)| *asked)
    }

    /// Where its name leads.
    pub fn resolve(&self) -> Resolve {
        self.resolve.clone()
    }
}

/// Pages by path, and how often each was asked for.
#[derive(Debug, Default)]
pub(super) struct Pages(Mutex<HashMap<String, (Page, u32)>>);

impl Pages {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Page, u32)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, path: &str) -> Page {
        let mut pages = self.lock();
        let Some((page, asked)) = pages.get_mut(path) else { return Page::Status(404) };
        *asked += 1;
        page.clone()
    }

    /// Answers the one request of a connection.
    pub(super) async fn attend(&self, mut stream: TcpStream) -> io::Result<()> {
        let head = hear(&mut stream).await?;
        let page = self.page(head.split(' ').nth(1).unwrap_or_default());
        let closing = |status: &str, more: &str| format!("HTTP/1.1 {status}\r\n{more}Connection: close\r\n\r\n");
        match page {
            Page::Body(body) => {
                let length = format!("Content-Length: {}\r\n", body.len());
                stream.write_all(closing("200 OK", &length).as_bytes()).await?;
                stream.write_all(&body).await?;
            }
            Page::Redirect(to) => {
                let location = format!("Location: {to}\r\nContent-Length: 0\r\n");
                stream.write_all(closing("302 Found", &location).as_bytes()).await?;
            }
            Page::Status(status) => {
                let status = format!("{status} Status");
                stream.write_all(closing(&status, "Content-Length: 0\r\n").as_bytes()).await?;
            }
            // Until the client gives up.
            Page::Silence => return copy(&mut stream, &mut sink()).await.map(drop),
            Page::Drips => {
                stream.write_all(closing("200 OK", "").as_bytes()).await?;
                let mut drops = tokio::time::interval(BETWEEN_DROPS);
                loop {
                    drops.tick().await;
                    stream.write_all(b"0").await?;
                }
            }
            Page::Floods => {
                stream.write_all(closing("200 OK", "").as_bytes()).await?;
                loop {
                    stream.write_all(&[0x30; 16 * 1024]).await?;
                }
            }
            Page::Noise => stream.write_all(b"220 ca.lab.hufu.example ESMTP ready\r\n").await?,
        }
        stream.shutdown().await?;
        // Closed with something unread, it would be reset and the answer lost.
        copy(&mut stream, &mut sink()).await.map(drop)
    }
}

/// The head of a request.
pub(super) async fn hear(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while head.len() < LONGEST_HEAD && !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut part).await? {
            0 => break,
            length => head.extend_from_slice(&part[..length]),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

const LONGEST_HEAD: usize = 8 * 1024;
const BETWEEN_DROPS: Duration = Duration::from_millis(10);
