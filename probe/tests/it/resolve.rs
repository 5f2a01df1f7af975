//! Names to addresses, against a name server of our own on loopback.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::join_all;
use model::{
    HostPort, Timestamp,
    observation::{DnsFailure, Failure, Resolution, TcpFailure},
};
use probe::{Depth, FixedAddresses, NetworkPolicy, Probed, Prober, Resolve, ResolveError};
use tokio::net::UdpSocket;

use crate::common::{refusing, with_enough_time};

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

/// Answers queries by the first label of the name, and says nothing at all to `silent`.
async fn name_server() -> SocketAddr {
    name_server_that(|_, _| ()).await
}

/// The same; `hear` learns the label and the type of each query.
async fn name_server_that(hear: impl Fn(&str, u16) + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut query = [0; 512];
        let mut first_answered = false;
        let mut held_back: Vec<(Vec<u8>, SocketAddr)> = Vec::new();
        while let Ok((length, from)) = socket.recv_from(&mut query).await {
            let query = &query[..length];
            let Some((label, kind)) = question(query) else { continue };
            hear(&label, kind);
            let Some(answer) = answer(query) else { continue };
            // The second family after the first, however the queries come in.
            if label == "late" && kind == AAAA && !first_answered {
                held_back.push((answer, from));
                continue;
            }
            socket.send_to(&answer, from).await.unwrap();
            first_answered = true;
            for (answer, from) in held_back.drain(..) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    });
    address
}

/// The first label and the type of a query.
fn question(query: &[u8]) -> Option<(String, u16)> {
    let end = 12 + query[12..].iter().position(|&byte| byte == 0)? + 5;
    let label = &query[13..13 + usize::from(query[12])];
    Some((String::from_utf8(label.to_vec()).unwrap(), u16::from_be_bytes([query[end - 4], query[end - 3]])))
}

const A: u16 = 1;
const AAAA: u16 = 28;

/// RFC 1035 section 4, written by hand.
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let question_end = 12 + query[12..].iter().position(|&byte| byte == 0)? + 5;
    let (label, kind) = question(query)?;
    let of_v4 = |count| (1..=count).map(|n| Ipv4Addr::new(127, 0, 1, n).into()).collect();
    let of_v6 = |count| (1..=count).map(|n| Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, n).into()).collect();
    let (code, addresses): (u8, Vec<IpAddr>) = match (label.as_str(), kind) {
        ("two" | "late", A) => (0, vec!["127.0.0.1".parse().unwrap(), "127.0.0.2".parse().unwrap()]),
        ("two" | "late" | "only-v6", AAAA) => (0, vec!["::1".parse().unwrap()]),
        ("many" | "crowded", A) => (0, of_v4(40)),
        ("crowded", AAAA) => (0, of_v6(40)),
        ("sixteen", A) => (0, of_v4(10)),
        ("sixteen", AAAA) => (0, of_v6(6)),
        ("same", A) => (0, vec!["127.0.0.1".parse().unwrap(); 3]),
        ("private", A) => (0, vec!["10.0.0.1".parse().unwrap()]),
        ("drops-v6" | "refuses-v6" | "denies-v6", A) => (0, vec!["127.0.0.1".parse().unwrap()]),
        ("refuses-v6", AAAA) => (2, Vec::new()),
        ("empty" | "many" | "same" | "private", _) | ("only-v6" | "empty-or-silent", A) => (0, Vec::new()),
        ("broken", _) => (2, Vec::new()),
        ("drops-v6" | "empty-or-silent", AAAA) => return None,
        (label, _) if label.starts_with("silent") => return None,
        _ => (3, Vec::new()),
    };
    let mut answer =
        vec![query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, u8::try_from(addresses.len()).unwrap(), 0, 0, 0, 0];
    answer.extend(&query[12..question_end]);
    for address in addresses {
        answer.extend([0xc0, 12]);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 0, 60]);
        match address {
            IpAddr::V4(address) => answer.extend([&[0, 4], address.octets().as_slice()].concat()),
            IpAddr::V6(address) => answer.extend([&[0, 16], address.octets().as_slice()].concat()),
        }
    }
    Some(answer)
}

/// Nothing is allowed, so that only the look-up is seen.
async fn look_up(name: &str) -> Probed {
    look_up_within(name, Duration::from_secs(20)).await
}

async fn look_up_within(name: &str, timeout: Duration) -> Probed {
    let server = name_server().await;
    let prober = Prober::builder().name_servers([server]).timeout(timeout).build().unwrap();
    let target: HostPort = format!("{name}.example.com:443").parse().unwrap();
    prober.probe(&target, Depth::Full, now(), |_| ()).await.unwrap()
}

fn addresses(probed: &Probed) -> Vec<String> {
    probed.observation.addresses.iter().map(|seen| seen.address.to_string()).collect()
}

#[tokio::test]
async fn both_families_are_asked_for_and_each_address_is_judged_by_the_policy() {
    let probed = look_up("two").await;
    assert!(matches!(probed.observation.resolution, Resolution::Dns { .. }));
    assert_eq!(addresses(&probed), ["127.0.0.1", "127.0.0.2", "::1"]);
    for seen in &probed.observation.addresses {
        assert_eq!(seen.outcome, Err(Failure::Policy { address: seen.address }));
    }
    assert_eq!(addresses(&look_up("private").await), ["10.0.0.1"]);
}

#[tokio::test]
async fn addresses_are_bounded_and_each_is_tried_once() {
    for (name, of_v4, of_v6, left_out) in
        [("many", 16, 0, 24), ("crowded", 8, 8, 64), ("sixteen", 10, 6, 0), ("same", 1, 0, 0)]
    {
        let observation = look_up(name).await.observation;
        let (v4, v6): (Vec<_>, Vec<_>) = observation.addresses.iter().partition(|seen| seen.address.is_ipv4());
        assert_eq!((v4.len(), v6.len(), observation.addresses_left_out), (of_v4, of_v6, left_out), "{name}");
        assert!(observation.addresses.is_sorted_by_key(|seen| seen.address.is_ipv6()), "{name}");
    }
}

#[tokio::test]
async fn a_family_that_the_name_server_has_no_answer_for_does_not_spoil_the_other() {
    for (name, expected) in [
        // Dropped for ever, which is waited for only so long.
        ("drops-v6", vec!["127.0.0.1"]),
        ("refuses-v6", vec!["127.0.0.1"]),
        // As some name servers say, though the name exists (RFC 4074 section 4.2).
        ("denies-v6", vec!["127.0.0.1"]),
        ("only-v6", vec!["::1"]),
        // A near miss: what comes second is still waited for.
        ("late", vec!["127.0.0.1", "127.0.0.2", "::1"]),
    ] {
        let probed = look_up(name).await;
        assert!(matches!(probed.observation.resolution, Resolution::Dns { .. }), "{name}: {probed:?}");
        assert_eq!(addresses(&probed), expected, "{name}");
    }
}

#[tokio::test]
async fn that_a_name_has_no_address_is_not_known_while_one_family_is_silent() {
    let probed = look_up_within("empty-or-silent", Duration::from_millis(300)).await;
    let expected = Resolution::Failed { failure: Failure::Dns { reason: DnsFailure::Timeout } };
    assert_eq!(probed.observation.resolution, expected);
}

#[tokio::test]
async fn nobody_runs_out_of_time_while_waiting_for_a_turn() {
    let names: BTreeSet<_> = (0..8).map(|number| format!("silent-{number}")).collect();
    // So few sockets that two names are looked up at a time.
    let asked_within = async |patience| {
        let asked = Arc::new(Mutex::new(BTreeSet::new()));
        let heard = asked.clone();
        let hear = move |label: &str, _| {
            heard.lock().unwrap().insert(label.to_owned());
        };
        let server = name_server_that(hear).await;
        let prober = Prober::builder().name_servers([server]).sockets(16).timeout(patience).build().unwrap();
        let targets: Vec<HostPort> = names.iter().map(|name| format!("{name}.example.com").parse().unwrap()).collect();
        let probes = targets.iter().map(|target| prober.probe(target, Depth::Full, now(), |_| ()));
        for probed in join_all(probes).await {
            let expected = Resolution::Failed { failure: Failure::Dns { reason: DnsFailure::Timeout } };
            assert_eq!(probed.unwrap().observation.resolution, expected);
        }
        asked.lock().unwrap().clone()
    };
    let asked = with_enough_time(asked_within, |asked| *asked != names).await;
    assert_eq!(asked, names);
}

#[tokio::test]
async fn each_way_a_look_up_fails_is_told_apart() {
    for (name, expected) in [("absent", DnsFailure::NotFound), ("empty", DnsFailure::NoAddress)] {
        let probed = look_up(name).await;
        let expected = Resolution::Failed { failure: Failure::Dns { reason: expected } };
        assert_eq!(probed.observation.resolution, expected, "{name}");
        assert_eq!(probed.observation.addresses, []);
    }
    let broken = look_up("broken").await.observation.resolution;
    assert!(
        matches!(broken, Resolution::Failed { failure: Failure::Dns { reason: DnsFailure::ServerFailure { .. } } }),
        "{broken:?}"
    );
}

#[tokio::test]
async fn a_silent_name_server_is_a_timeout_within_the_deadline() {
    let probed = look_up_within("silent", Duration::from_millis(300)).await;
    let expected = Resolution::Failed { failure: Failure::Dns { reason: DnsFailure::Timeout } };
    assert_eq!(probed.observation.resolution, expected);
}

#[tokio::test]
async fn a_name_server_that_is_not_there_is_as_silent_as_one_that_drops_queries() {
    let closed = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let prober = Prober::builder().name_servers([closed]).timeout(Duration::from_millis(300)).build().unwrap();
    let probed = prober.probe(&"www.example.com".parse().unwrap(), Depth::Full, now(), |_| ()).await.unwrap();
    // A socket that is not connected is not told that nobody listens there.
    let expected = Resolution::Failed { failure: Failure::Dns { reason: DnsFailure::Timeout } };
    assert_eq!(probed.observation.resolution, expected);
}

#[tokio::test]
async fn fixed_addresses_win_and_an_address_needs_no_look_up() {
    let fixed: FixedAddresses = ["www.example.com:443:127.0.0.9", "www.example.com:443:127.0.0.8"]
        .iter()
        .map(|text| text.parse::<Resolve>().unwrap())
        .collect();
    let prober = Prober::builder().fixed(fixed).name_servers([name_server().await]).build().unwrap();

    let probed = prober.probe(&"www.example.com".parse().unwrap(), Depth::Full, now(), |_| ()).await.unwrap();
    assert_eq!(probed.observation.resolution, Resolution::Fixed);
    assert_eq!(addresses(&probed), ["127.0.0.9", "127.0.0.8"]);

    let probed = prober.probe(&"www.example.com".parse().unwrap(), Depth::Expiry, now(), |_| ()).await.unwrap();
    assert_eq!(addresses(&probed), ["127.0.0.9"]);

    // They hold for their port only.
    let probed = prober.probe(&"www.example.com:444".parse().unwrap(), Depth::Full, now(), |_| ()).await.unwrap();
    assert!(matches!(probed.observation.resolution, Resolution::Failed { .. }));

    let probed = prober.probe(&"[::1]:443".parse().unwrap(), Depth::Full, now(), |_| ()).await.unwrap();
    assert_eq!(probed.observation.resolution, Resolution::Literal);
    assert_eq!(addresses(&probed), ["::1"]);
}

#[tokio::test]
async fn an_allowed_address_is_connected_to() {
    let held = refusing(Ipv4Addr::LOCALHOST.into(), 0).unwrap();
    let port = held.local_addr().unwrap().port();
    let policy = NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]);
    let prober = Prober::builder().policy(policy).build().unwrap();
    let probed = prober.probe(&format!("127.0.0.1:{port}").parse().unwrap(), Depth::Full, now(), |_| ()).await.unwrap();
    let expected = Err(Failure::Tcp { reason: TcpFailure::Refused });
    assert_eq!(probed.observation.addresses[0].outcome, expected);
}

#[test]
fn a_resolve_is_written_as_for_curl() {
    for (text, canonical) in [
        ("a.example:443:192.0.2.1", "a.example:443:192.0.2.1"),
        ("A.Example.:8443:2001:db8::1", "a.example:8443:[2001:db8::1]"),
        ("a.example:443:[2001:db8::1]", "a.example:443:[2001:db8::1]"),
        ("a.example:443:192.0.2.1,[2001:db8::1],192.0.2.2", "a.example:443:192.0.2.1,[2001:db8::1],192.0.2.2"),
    ] {
        let resolve: Resolve = text.parse().unwrap();
        assert_eq!(resolve.to_string(), canonical);
        assert_eq!(resolve.to_string().parse(), Ok(resolve));
    }
    for (text, error) in [
        ("", ResolveError::Shape),
        ("a.example", ResolveError::Shape),
        ("a.example:443", ResolveError::Shape),
        ("a..example:443:192.0.2.1", ResolveError::Host("a..example".to_owned())),
        ("a.example:0:192.0.2.1", ResolveError::Port("0".to_owned())),
        ("a.example:https:192.0.2.1", ResolveError::Port("https".to_owned())),
        ("a.example:443:", ResolveError::Address(String::new())),
        ("a.example:443:b.example", ResolveError::Address("b.example".to_owned())),
        ("a.example:443:[192.0.2.1]", ResolveError::Address("[192.0.2.1]".to_owned())),
        ("a.example:443:[2001:db8::1", ResolveError::Address("[2001:db8::1".to_owned())),
        ("a.example:443:192.0.2.1,", ResolveError::Address(String::new())),
    ] {
        assert_eq!(text.parse::<Resolve>(), Err(error), "{text}");
    }
}
