//! One request and its answer over a connection of its own. What was read when the time is up counts.

use std::{fmt, net::SocketAddr, pin::pin};

use http_body_util::{BodyExt as _, Empty};
use hyper::{
    HeaderMap, Request, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use model::{
    ServerName,
    http::HttpFailure,
    observation::{Failure, TlsFailure},
    verification::FILE_MOST,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, timeout_at},
};

use super::page;
use crate::{
    connect::{Trouble, connect},
    handshake::Client,
};

/// By what a request goes.
#[derive(Clone, Copy)]
pub(super) enum Over<'p> {
    /// TLS, with this name.
    Tls { client: &'p Client, name: &'p ServerName },
    /// In the clear.
    Plain,
}

/// How much of an answer is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Status and headers.
    Head,
    /// What can be read as a page, too.
    Page,
    /// The bytes of a small file, whatever they are: one that breaks off is no answer.
    File,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// As far as it was read.
    pub(super) body: Vec<u8>,
}

/// Asks, and reads the answer. Whether `at` may be connected to is for the caller to know.
pub(super) async fn exchange(
    at: SocketAddr,
    over: Over<'_>,
    request: Request<Empty<Bytes>>,
    wanted: Wanted,
    until: Instant,
) -> Result<Answer, Trouble<HttpFailure>> {
    let unreached = |reason| HttpFailure::Unreached { failure: Failure::Tcp { reason } };
    let stream = connect(at, until).await.map_err(|trouble| trouble.map(unreached))?;
    let answer = match over {
        Over::Plain => talk(stream, request, wanted, until).await,
        Over::Tls { client, name } => match client.open(stream, name, until).await {
            Ok(stream) => talk(stream, request, wanted, until).await,
            Err(TlsFailure::Timeout) => Err(HttpFailure::Timeout),
            Err(reason) => Err(HttpFailure::Unreached { failure: Failure::Tls { reason } }),
        },
    };
    answer.map_err(Trouble::Theirs)
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Empty<Bytes>>,
    wanted: Wanted,
    until: Instant,
) -> Result<Answer, HttpFailure> {
    let opening = http1::Builder::new().max_buf_size(LARGEST_HEAD).handshake(TokioIo::new(stream));
    let (sender, connection) = in_time(until, opening).await?;
    let mut talk = pin!(answer(sender, request, wanted, until));
    let mut connection = pin!(connection);
    tokio::select! {
        answer = &mut talk => answer,
        // What was said before the end is still to be read.
        _ = &mut connection => talk.await,
    }
}

async fn answer(
    mut sender: http1::SendRequest<Empty<Bytes>>,
    request: Request<Empty<Bytes>>,
    wanted: Wanted,
    until: Instant,
) -> Result<Answer, HttpFailure> {
    let (head, body) = in_time(until, sender.send_request(request)).await?.into_parts();
    let body = match wanted {
        Wanted::Page if page::is_text(&head.headers) => read(body, LARGEST_BODY, until).await.0,
        Wanted::File if head.status == StatusCode::OK => match read(body, FILE_MOST + 1, until).await {
            (body, Ok(())) => body,
            (_, Err(failure)) => return Err(failure),
        },
        Wanted::Head | Wanted::Page | Wanted::File => Vec::new(),
    };
    Ok(Answer { status: head.status, headers: head.headers, body })
}

/// What there is of a body, up to a bound, and whether it was read to its end or that far: a page that
/// breaks off has been seen so far.
async fn read(mut body: Incoming, most: usize, until: Instant) -> (Vec<u8>, Result<(), HttpFailure>) {
    let mut read = Vec::new();
    let end = loop {
        if read.len() >= most {
            break Ok(());
        }
        match timeout_at(until, body.frame()).await {
            Ok(Some(Ok(frame))) => read.extend_from_slice(&frame.into_data().unwrap_or_default()),
            Ok(Some(Err(error))) => break Err(HttpFailure::Broken { detail: error.to_string() }),
            Ok(None) => break Ok(()),
            Err(_) => break Err(HttpFailure::Timeout),
        }
    };
    read.truncate(most);
    (read, end)
}

async fn in_time<T, E: fmt::Display>(
    until: Instant,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, HttpFailure> {
    match timeout_at(until, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(HttpFailure::Broken { detail: error.to_string() }),
        Err(_) => Err(HttpFailure::Timeout),
    }
}

const LARGEST_HEAD: usize = 32 * 1024;
/// A footer stands at the end of a page, and few are longer.
const LARGEST_BODY: usize = 256 * 1024;
