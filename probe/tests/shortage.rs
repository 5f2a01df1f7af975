//! A process that can open nothing more says so, and nothing of the target. Alone in its file, since
//! it takes the file descriptors of the whole process.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::{
    fs::File,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use futures::future::join;
use model::{
    HostPort, Timestamp,
    observation::{DnsFailure, Failure, Resolution, TlsFailure},
};
use probe::{Depth, NetworkPolicy, Prober, Step};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, UdpSocket};

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

/// Every file descriptor that is left.
fn all_that_is_left() -> Vec<File> {
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    assert!(!files.is_empty());
    files
}

#[tokio::test]
async fn without_a_socket_nothing_is_said_of_the_target() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(128), ..limit }).unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let target: HostPort = listener.local_addr().unwrap().to_string().parse().unwrap();
    let policy = NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]);
    let prober = Prober::builder().policy(policy.clone()).build().unwrap();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });

    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let asking = Prober::builder().name_servers([silent.local_addr().unwrap()]).build().unwrap();
    let named: HostPort = "www.example.com".parse().unwrap();

    let files = all_that_is_left();
    let connects = prober.probe(&target, Depth::Full, now(), |_| ());
    // Nor does a name server that could not be asked have anything to do with it.
    let looks_up = asking.probe(&named, Depth::Full, now(), |_| ());
    let (connects, looks_up) = join(connects, looks_up).await;
    for error in [connects.unwrap_err(), looks_up.unwrap_err()] {
        assert!(error.to_string().starts_with("this machine can open no more sockets: "), "{error}");
    }

    // It is tried again: what is free by then will do, for the three tries of an address that hangs up.
    let files = Arc::new(Mutex::new(files));
    let attempts = Mutex::new(0);
    let probed = prober.probe(&target, Depth::Full, now(), |step| {
        if let Step::Connecting { .. } = step {
            *attempts.lock().unwrap() += 1;
            let files = files.clone();
            // Not before this attempt has failed.
            tokio::spawn(async move { files.lock().unwrap().clear() });
        }
    });
    let outcome = probed.await.unwrap().observation.addresses.remove(0).outcome;
    assert_eq!(outcome, Err(Failure::Tls { reason: TlsFailure::ClosedBeforeAnswer }));
    assert_eq!(attempts.into_inner().unwrap(), 1 + 3);

    // A near miss: silence is the name server's.
    let asking = Prober::builder()
        .name_servers([silent.local_addr().unwrap()])
        .timeout(std::time::Duration::from_millis(300))
        .build()
        .unwrap();
    let resolution = asking.probe(&named, Depth::Full, now(), |_| ()).await.unwrap().observation.resolution;
    assert_eq!(resolution, Resolution::Failed { failure: Failure::Dns { reason: DnsFailure::Timeout } });
}
