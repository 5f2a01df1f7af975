//! Accepts connections, so many at a time, and waits for no request longer than is decent: axum's
//! own loop does neither.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use rustix::process::{Resource, getrlimit};
use tokio::{net::TcpListener, sync::Semaphore, time::sleep};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Serves until `shutdown`, then waits for what is under way.
///
/// # Errors
/// When the listener is broken for good.
pub(crate) async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) -> io::Result<()> {
    let open = Arc::new(Semaphore::new(connections_most()));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_MOST).max_buf_size(HEAD_BYTES_MOST);
    loop {
        let next = async {
            let turn = Arc::clone(&open).acquire_owned().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>((turn, listener.accept().await))
        };
        let (turn, accepted) = tokio::select! {
            next = next => next?,
            () = shutdown.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                // Out of file descriptors, most likely: some will be closed.
                tracing::warn!(%error, "cannot accept connections");
                sleep(BREATH).await;
                continue;
            }
        };
        let router = router.clone();
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            router.clone().oneshot(request)
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), answer));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "connection");
            }
            drop(turn);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

/// Where whoever is on this machine reaches what listens at `address`.
pub(crate) fn reached_at(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Connections that may be open at the same time; more of them wait in the kernel. A quarter of the
/// files that the process may open: half is for probes, and the database needs some.
fn connections_most() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(files / 4).unwrap_or(usize::MAX).clamp(16, CONNECTIONS_MOST)
}

/// More than a team has use for.
const CONNECTIONS_MOST: usize = 4096;

/// How long the head of a request may take to arrive, and a connection may rest between two.
const HEAD_MOST: Duration = Duration::from_secs(30);

/// Largest head of a request, in bytes.
const HEAD_BYTES_MOST: usize = 64 * 1024;

/// Before trying again what failed for want of something.
const BREATH: Duration = Duration::from_millis(500);
