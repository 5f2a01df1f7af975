//! The prober against the lab: real sockets, real handshakes, and for every server the one
//! observation and the one answer about trust that are right.

use std::{collections::BTreeSet, net::Ipv4Addr, sync::Mutex, time::Duration};

use futures::{StreamExt, future::join_all, stream};
use model::{
    HostPort, Timestamp,
    certificate::PublicKey,
    observation::{
        AddressObservation, Failure, Handshake, KeyPossession, Resolution, TcpFailure, TlsFailure, TlsVersion,
    },
    tls::Suite,
    trust::NoPath,
};
use probe::{Depth, NetworkPolicy, Probed, Prober, Roots, Step, evaluate, lab::Lab};

use crate::common::{refusing, with_enough_time};

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

/// A lab, and a prober that may reach it.
struct Bench {
    lab: Lab,
    prober: Prober,
}

impl Bench {
    async fn new() -> Self {
        let lab = Lab::start(now()).await.unwrap();
        // Only against hanging for ever; for servers that never answer, see `failure_within`.
        let prober = prober(&lab, Duration::from_secs(120));
        Self { lab, prober }
    }

    fn target(&self, name: &str) -> HostPort {
        self.lab.server(name).unwrap_or_else(|| panic!("no server {name}")).target()
    }

    async fn probe(&self, name: &str) -> Probed {
        self.prober.probe(&self.target(name), Depth::Full, now(), |_| ()).await.unwrap()
    }

    /// What happened on the first address of a server.
    async fn first(&self, name: &str) -> AddressObservation {
        self.probe(name).await.observation.addresses.swap_remove(0)
    }

    async fn handshake(&self, name: &str) -> Handshake {
        self.first(name).await.outcome.unwrap_or_else(|failure| panic!("{name}: {failure}"))
    }

    async fn failure(&self, name: &str) -> TlsFailure {
        failure(self.probe(name).await)
    }

    /// The same for whoever waits so long and no longer.
    async fn failure_within(&self, timeout: Duration, name: &str) -> TlsFailure {
        let prober = prober(&self.lab, timeout);
        failure(prober.probe(&self.target(name), Depth::Full, now(), |_| ()).await.unwrap())
    }

    async fn trust(&self, name: &str) -> Result<usize, NoPath> {
        let probed = self.probe(name).await;
        let chain = probed.chains.values().next().unwrap();
        let roots = Roots::from_pem(self.lab.root_pem().as_bytes()).unwrap();
        let mut trust = evaluate(chain, &[roots], now());
        trust.stores.swap_remove(0).path.map(|path| path.len())
    }
}

fn prober(lab: &Lab, timeout: Duration) -> Prober {
    let policy = NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]);
    Prober::builder().policy(policy).fixed(lab.resolve()).timeout(timeout).build().unwrap()
}

fn failure(probed: Probed) -> TlsFailure {
    match &probed.observation.addresses[0].outcome {
        Err(Failure::Tls { reason }) => reason.clone(),
        other => panic!("{}: {other:?}", probed.observation.target),
    }
}

#[tokio::test]
async fn a_good_server_shows_everything_and_proves_its_key() {
    let bench = Bench::new().await;
    let probed = bench.probe("good-ecdsa").await;
    let observation = &probed.observation;
    assert_eq!(observation.target, bench.target("good-ecdsa"));
    assert_eq!(observation.observed_at, now());
    assert_eq!(observation.resolution, Resolution::Fixed);

    let [seen] = observation.addresses.as_slice() else { panic!("one address") };
    let handshake = Handshake {
        version: TlsVersion::Tls13,
        suite: Suite::TLS_AES_128_GCM_SHA256,
        group: Some("x25519".to_owned()),
        signature: Some("ecdsa_secp256r1_sha256".to_owned()),
        alpn: Some("http/1.1".to_owned()),
        ocsp_stapled: false,
        client_certificate_requested: false,
        key_possession: KeyPossession::Proven,
    };
    assert_eq!(seen.outcome, Ok(handshake));
    assert!(seen.connect_ms.is_some() && seen.handshake_ms.is_some());

    let subjects: Vec<_> = seen.chain.iter().map(|certificate| certificate.subject.as_str()).collect();
    assert_eq!(subjects, ["CN=good-ecdsa.lab.hufu.example", "CN=Hufu Lab Intermediate"]);
    let served = &probed.chains[&seen.address];
    assert_eq!(served.len(), 2);
    assert_eq!(probe::certificate::read(&served[0]), seen.chain[0]);
}

#[tokio::test]
async fn every_finished_handshake_is_backed_by_a_proof_of_the_key() {
    let bench = Bench::new().await;
    let names = [
        "good-ecdsa",
        "good-rsa",
        "expired",
        "not-yet-valid",
        "expires-soon",
        "wrong-name",
        "self-signed",
        "unknown-root",
        "missing-intermediate",
        "wrong-order",
        "root-included",
        "extra-certificate",
        "expired-intermediate",
        "weak-key",
        "client-certificate-optional",
        "two-certificates",
        "one-address-refuses",
    ];
    let handshakes = join_all(names.iter().map(|name| bench.handshake(name))).await;
    for (name, handshake) in names.iter().zip(handshakes) {
        assert_eq!(handshake.key_possession, KeyPossession::Proven, "{name}");
    }
}

#[tokio::test]
async fn a_weak_key_is_proven_too_so_that_it_can_be_told_from_a_wrong_one() {
    let bench = Bench::new().await;
    let seen = bench.first("weak-key").await;
    assert_eq!(seen.outcome.unwrap().version, TlsVersion::Tls12);
    assert_eq!(seen.chain[0].key, PublicKey::Rsa { bits: 1024 });

    let stolen = bench.first("stolen-certificate").await;
    let Err(Failure::Tls { reason: TlsFailure::Misbehaved { detail } }) = stolen.outcome else { panic!("accepted") };
    assert!(detail.contains("not by the certificate's key"), "{detail}");
    assert_eq!(stolen.chain.len(), 2, "the chain is kept all the same");
}

#[tokio::test]
async fn the_path_of_every_server_is_there_or_missing_for_its_own_reason() {
    let bench = Bench::new().await;
    for (name, expected) in [
        ("good-ecdsa", Ok(3)),
        ("good-rsa", Ok(3)),
        ("expires-soon", Ok(3)),
        ("wrong-name", Ok(3)),
        ("weak-key", Ok(3)),
        ("wrong-order", Ok(4)),
        ("root-included", Ok(3)),
        ("extra-certificate", Ok(3)),
        ("expired", Err(NoPath::OutOfDate { position: 0 })),
        ("not-yet-valid", Err(NoPath::OutOfDate { position: 0 })),
        ("expired-intermediate", Err(NoPath::OutOfDate { position: 1 })),
        ("self-signed", Err(NoPath::SelfSigned)),
        ("unknown-root", Err(NoPath::UnknownRoot { position: 1 })),
        ("missing-intermediate", Err(NoPath::MissingIssuer { position: 0 })),
    ] {
        assert_eq!(bench.trust(name).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_insists_on_a_client_certificate_is_told_from_one_that_asks() {
    let bench = Bench::new().await;
    assert_eq!(bench.failure("client-certificate").await, TlsFailure::ClientCertificateRequired);
    assert!(bench.handshake("client-certificate-optional").await.client_certificate_requested);
    assert!(!bench.handshake("good-ecdsa").await.client_certificate_requested);
}

#[tokio::test]
async fn what_is_not_tls_is_named() {
    let bench = Bench::new().await;
    for (name, protocol) in [("plain-http", "HTTP"), ("smtp", "SMTP")] {
        assert_eq!(bench.failure(name).await, TlsFailure::NotTls { protocol: protocol.to_owned() });
    }
}

#[tokio::test]
async fn silence_a_drip_and_a_flood_all_end() {
    let bench = Bench::new().await;
    assert_eq!(bench.failure_within(Duration::from_millis(300), "hangs").await, TlsFailure::Timeout);
    // Until the first drop has come, a drip cannot be told from silence.
    let dripping =
        with_enough_time(|patience| bench.failure_within(patience, "drips"), |failure| *failure == TlsFailure::Timeout);
    let TlsFailure::Misbehaved { detail } = dripping.await else { panic!("drips") };
    assert!(detail.starts_with("it did not finish the handshake in time, after "), "{detail}");
    let flood = TlsFailure::Misbehaved { detail: "it sent a handshake message of more than 64 KiB".to_owned() };
    assert_eq!(bench.failure("floods").await, flood);
}

#[tokio::test]
async fn a_refused_connection_is_no_matter_of_tls() {
    let bench = Bench::new().await;
    let seen = bench.first("refuses").await;
    assert_eq!(seen.outcome, Err(Failure::Tcp { reason: TcpFailure::Refused }));
    assert_eq!((seen.connect_ms, seen.handshake_ms, seen.tries), (None, None, 3));
    assert_eq!(bench.first("good-ecdsa").await.tries, 1);
}

#[tokio::test]
async fn every_address_is_seen_for_itself() {
    let bench = Bench::new().await;
    let two = bench.probe("two-certificates").await;
    let leaves: BTreeSet<_> = two.observation.addresses.iter().map(|seen| seen.chain[0].sha256).collect();
    assert_eq!(leaves.len(), 2);
    assert_eq!(two.observation.answering().count(), 2);
    assert_eq!(two.chains.len(), 2);

    let one = bench.probe("one-address-refuses").await;
    assert_eq!(one.observation.answering().count(), 1);
    assert_eq!(one.observation.addresses[1].outcome, Err(Failure::Tcp { reason: TcpFailure::Refused }));

    let quick = bench.prober.probe(&bench.target("two-certificates"), Depth::Expiry, now(), |_| ()).await.unwrap();
    assert_eq!(quick.observation.addresses.len(), 1);
}

#[tokio::test]
async fn an_address_is_asked_for_no_name_and_its_certificate_is_seen() {
    let bench = Bench::new().await;
    let port = bench.target("good-ecdsa").port;
    let address = format!("127.0.0.1:{port}").parse().unwrap();
    let probed = bench.prober.probe(&address, Depth::Full, now(), |_| ()).await.unwrap();
    assert_eq!(probed.observation.resolution, Resolution::Literal);
    let seen = &probed.observation.addresses[0];
    assert!(seen.outcome.is_ok());
    assert_eq!(seen.chain[0].ip_addresses, ["127.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
}

#[tokio::test]
async fn nothing_is_connected_to_without_leave() {
    let lab = Lab::start(now()).await.unwrap();
    let prober = Prober::builder().fixed(lab.resolve()).build().unwrap();
    for server in lab.servers() {
        let probed = prober.probe(&server.target(), Depth::Full, now(), |_| ()).await.unwrap();
        for seen in &probed.observation.addresses {
            assert_eq!(seen.outcome, Err(Failure::Policy { address: seen.address }), "{}", server.name);
            assert_eq!((seen.connect_ms, seen.tries), (None, 1));
        }
    }
}

#[tokio::test]
async fn each_step_is_told_in_its_order() {
    let bench = Bench::new().await;
    let steps = Mutex::new(Vec::new());
    let target = bench.target("good-ecdsa");
    bench.prober.probe(&target, Depth::Full, now(), |step| steps.lock().unwrap().push(step)).await.unwrap();
    let address = "127.0.0.1".parse().unwrap();
    assert_eq!(
        steps.into_inner().unwrap(),
        [
            Step::Resolving,
            Step::Resolved { addresses: 1 },
            Step::Connecting { address },
            Step::Handshaking { address },
            Step::Seen { address, failure: None },
            Step::Done,
        ]
    );
}

#[tokio::test]
async fn a_stream_of_targets_gives_as_many_results() {
    let bench = Bench::new().await;
    let names = ["good-ecdsa", "expired", "refuses", "plain-http"];
    // Three times as many as may be under way: what refuses takes a second.
    let targets: Vec<_> = (0..48).map(|n| bench.target(names[n % names.len()])).collect();
    let probed = bench.prober.probe_all(stream::iter(targets), Depth::Expiry, 16, now);
    let probed: Vec<_> = probed.map(Result::unwrap).collect().await;
    assert_eq!(probed.len(), 48);
    assert_eq!(probed.iter().filter(|probed| probed.observation.answering().count() == 1).count(), 24);
}

#[tokio::test]
async fn a_lab_that_is_stopped_refuses() {
    let mut attempts = 0;
    loop {
        let bench = Bench::new().await;
        let target = bench.target("good-ecdsa");
        bench.lab.stop().await;
        // Held from here on, so that what answers is not somebody else.
        let Ok(_held) = refusing(Ipv4Addr::LOCALHOST.into(), target.port.number()) else {
            attempts += 1;
            assert!(attempts < 8, "the port is never given back");
            continue;
        };
        let probed = bench.prober.probe(&target, Depth::Full, now(), |_| ()).await.unwrap();
        assert_eq!(probed.observation.addresses[0].outcome, Err(Failure::Tcp { reason: TcpFailure::Refused }));
        return;
    }
}
