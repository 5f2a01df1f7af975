//! How many sockets are open at once, and that waiting for one is not held against anybody.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use futures::{FutureExt as _, future::join_all};
use model::{
    HostPort, Timestamp,
    observation::{Failure, TlsFailure},
};
use probe::{Depth, NetworkPolicy, Probed, Prober};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Barrier,
};

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

fn prober(sockets: usize, timeout: Duration) -> Prober {
    let policy = NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]);
    Prober::builder().policy(policy).sockets(sockets).timeout(timeout).build().unwrap()
}

async fn listen() -> (TcpListener, HostPort) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let target = listener.local_addr().unwrap().to_string().parse().unwrap();
    (listener, target)
}

/// The same target so many times, all at once, with one connection at a time each.
async fn probe(prober: &Prober, target: &HostPort, times: usize) -> Vec<Probed> {
    let probes = (0..times).map(|_| prober.probe(target, Depth::Expiry, now(), |_| ()));
    join_all(probes).await.into_iter().map(Result::unwrap).collect()
}

fn failure(probed: &Probed) -> TlsFailure {
    match &probed.observation.addresses[0].outcome {
        Err(Failure::Tls { reason }) => reason.clone(),
        other => panic!("{other:?}"),
    }
}

/// Only against hanging for ever.
const AMPLE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn no_more_sockets_are_open_than_there_may_be() {
    let (listener, target) = listen().await;
    let served = tokio::spawn(async move {
        // Each of 32 is tried three times, and keeps its socket meanwhile.
        for _ in 0..6 {
            let mut open: Vec<TcpStream> = Vec::new();
            while open.len() < 16 {
                open.push(listener.accept().await.unwrap().0);
            }
            // Whoever else were connecting would be waiting here already.
            assert!(listener.accept().now_or_never().is_none());
        }
    });
    let probed = probe(&prober(16, AMPLE), &target, 32).await;
    served.await.unwrap();
    assert!(probed.iter().all(|probed| failure(probed) == TlsFailure::ClosedBeforeAnswer));
}

#[tokio::test]
async fn hundreds_of_probes_are_open_at_once_where_they_may_be() {
    let (listener, target) = listen().await;
    let together = Arc::new(Barrier::new(300));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let together = together.clone();
            tokio::spawn(async move {
                together.wait().await;
                drop(stream);
            });
        }
    });
    let probed = probe(&prober(300, AMPLE), &target, 300).await;
    assert!(probed.iter().all(|probed| failure(probed) == TlsFailure::ClosedBeforeAnswer));
}

#[tokio::test]
async fn the_wait_for_a_socket_does_not_count() {
    let (listener, target) = listen().await;
    let probed = probe(&prober(16, Duration::from_millis(300)), &target, 48).await;
    for probed in probed {
        assert_eq!(failure(&probed), TlsFailure::Timeout);
        assert!(probed.observation.addresses[0].connect_ms.is_some());
    }
    drop(listener);
}
