//! Servers that go on for ever, or send more than anybody needs: each ends within its bound, and a finding
//! names it. What a server could send before it was left is counted; how long that took is not.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use model::{
    Code, Evidence,
    diagnose::Context,
    fetched::{FetchEnd, FetchFailure},
    observation::{AddressObservation, Answer, Failure, Protocols, TlsFailure, TlsVersion},
};
use probe::{
    Probed, Roots, assess,
    lab::{Authority, Page, Publisher, Validity},
};
use rcgen::{CustomExtension, KeyPair, SanType};
use rustls::{RootCertStore, ServerConfig, crypto::aws_lc_rs, server::WebPkiClientVerifier, sign::SingleCertAndKey};
use tls_parser::{TlsMessage, TlsMessageHandshake, parse_tls_plaintext};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;

use crate::common::{
    attend::{AMPLE, certified, chain, config, hear, now, probe, probe_beside, serving, shake, versions},
    with_enough_time,
};

/// What a server sends to whoever listens.
const ENDLESS: usize = 256 * 1024 * 1024;
/// What a connection may take of that: a probe reads one MiB, and the kernel holds some.
const TAKEN_MOST: usize = 32 * 1024 * 1024;

const HANDSHAKE: u8 = 22;
const LONGEST_RECORD: usize = 16_384;

fn records(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let record = |part: &[u8]| {
        let length = u16::try_from(part.len()).unwrap().to_be_bytes();
        [&[kind, 3, 3], &length[..], part].concat()
    };
    if bytes.is_empty() { record(bytes) } else { bytes.chunks(LONGEST_RECORD).flat_map(record).collect() }
}

/// A message of the handshake with a length of its own, whatever comes of it.
fn message(kind: u8, length: usize, begin: &[u8]) -> Vec<u8> {
    [&[kind], &u32::try_from(length).unwrap().to_be_bytes()[1..], begin].concat()
}

/// A ServerHello of TLS 1.2 with TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, and these extensions below a
/// length that says `said`.
fn server_hello(said: u16, extensions: &[u8]) -> Vec<u8> {
    let body = [&[3, 3][..], &[7; 32], &[0, 0xc0, 0x2b, 0], &said.to_be_bytes(), extensions].concat();
    message(2, body.len(), &body)
}

/// A certificate list of so many bytes that begins with a certificate of so many.
fn begun_list(list: usize, certificate: usize) -> Vec<u8> {
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_be_bytes()[1..].to_vec();
    message(11, list + 3, &[length(list), length(certificate), vec![0x30]].concat())
}

/// What is said at first, and then for ever.
type Speech = (&'static str, Vec<u8>, Vec<u8>);

fn speeches() -> Vec<Speech> {
    let zeros = || records(HANDSHAKE, &[0; LONGEST_RECORD]);
    let hello = || records(HANDSHAKE, &server_hello(0, &[]));
    // Numbers of extensions that nobody has, each with nothing in it.
    let unknown: Vec<u8> =
        (0x8000_u16..0xb800).flat_map(|number| [&number.to_be_bytes()[..], &[0, 0]].concat()).collect();
    let in_full = u16::try_from(unknown.len()).unwrap();
    let certificates = |list, certificate| [hello(), records(HANDSHAKE, &begun_list(list, certificate))].concat();
    vec![
        ("empty records", vec![], records(HANDSHAKE, &[])),
        ("warnings", vec![], records(21, &[1, 112])),
        ("warnings after a hello", hello(), records(21, &[1, 112])),
        ("changes of cipher", vec![], records(20, &[1])),
        ("requests to begin anew", vec![], records(HANDSHAKE, &message(0, 0, &[]))),
        ("requests to begin anew after a hello", hello(), records(HANDSHAKE, &message(0, 0, &[]))),
        ("encrypted records", vec![], records(23, &[0; LONGEST_RECORD])),
        ("a record of 65,535 bytes", vec![HANDSHAKE, 3, 3, 0xff, 0xff], vec![0; 65_536]),
        ("a message without end", records(HANDSHAKE, &message(2, 0xff_ffff, &[])), zeros()),
        ("extensions beyond the end", records(HANDSHAKE, &server_hello(0xffff, &[0, 43, 0xff, 0xfe])), zeros()),
        ("an extension beyond the others", records(HANDSHAKE, &server_hello(4, &[0, 43, 0xff, 0xfe])), zeros()),
        ("thousands of extensions", records(HANDSHAKE, &server_hello(in_full, &unknown)), zeros()),
        ("16 MB of certificates", certificates(16_000_000, 1_000), zeros()),
        ("a certificate of 5 MB", certificates(5_000_003, 5_000_000), zeros()),
        ("a certificate longer than its list", certificates(1_000, 0xff_ffff), zeros()),
    ]
}

/// Says it to whoever listens, and notes how much was taken.
async fn speak(mut stream: TcpStream, first: &[u8], again: &[u8], taken: &AtomicUsize) {
    hear(&mut stream).await;
    let again = again.repeat((64 * 1024 / again.len()).max(1));
    let (mut piece, mut said) = (first, 0);
    while said < ENDLESS && stream.write_all(piece).await.is_ok() {
        said += piece.len();
        taken.fetch_max(said, Ordering::Relaxed);
        piece = &again;
    }
}

async fn refuse(mut stream: TcpStream) {
    hear(&mut stream).await;
    let _ = stream.write_all(b"\x15\x03\x03\x00\x02\x02\x28").await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// Probes a server that speaks so, once it has refused so many connections; with what it got rid of on one.
async fn spoken_to(refused: usize, first: Vec<u8>, again: Vec<u8>) -> (Probed, usize) {
    let (taken, connections) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
    let (first, again) = (Arc::new(first), Arc::new(again));
    let noted = Arc::clone(&taken);
    let probed = probe(AMPLE, move |stream| {
        let refuses = connections.fetch_add(1, Ordering::Relaxed) < refused;
        let (first, again, noted) = (Arc::clone(&first), Arc::clone(&again), Arc::clone(&noted));
        async move { if refuses { refuse(stream).await } else { speak(stream, &first, &again, &noted).await } }
    });
    (probed.await, taken.load(Ordering::Relaxed))
}

fn seen(probed: &Probed) -> &AddressObservation {
    &probed.observation.addresses[0]
}

/// What is found, by the stores that ship.
fn codes(probed: &Probed) -> Vec<Code> {
    let diagnosis = assess(probed, &[Roots::preinstalled()], Context::default(), now());
    diagnosis.findings.into_iter().map(|finding| finding.code).collect()
}

fn is_misbehaviour(failure: &Failure) -> bool {
    matches!(failure, Failure::Tls { reason: TlsFailure::Misbehaved { .. } })
}

fn answers(protocols: &Protocols) -> impl Iterator<Item = &Answer> {
    protocols.versions.values().chain(&protocols.ats).chain(&protocols.boringssl)
}

#[tokio::test]
async fn whatever_goes_on_for_ever_is_left_and_named() {
    for (name, first, again) in speeches() {
        let (probed, taken) = spoken_to(0, first, again).await;
        let outcome = &seen(&probed).outcome;
        assert!(outcome.as_ref().is_err_and(is_misbehaviour), "{name}: {outcome:?}");
        assert_eq!(codes(&probed), [Code::TlsHandshakeFailed], "{name}");
        assert!(taken < TAKEN_MOST, "{name}: {taken} bytes");
    }
}

/// What is asked after a refusal is asked by hand, and read by a reader of our own.
#[tokio::test]
async fn so_it_is_where_older_versions_are_asked_for() {
    for (name, first, again) in speeches() {
        let (probed, taken) = spoken_to(1, first, again).await;
        let seen = seen(&probed);
        let answers: Vec<_> = answers(seen.protocols.as_ref().unwrap()).collect();
        let unclear = |answer: &&&Answer| matches!(answer, Answer::Unclear { failure } if is_misbehaviour(failure));
        assert!(answers.iter().filter(unclear).count() >= 5, "{name}: {answers:?}");
        assert!(!answers.iter().any(|answer| answer.taken() == Some(true)), "{name}: {answers:?}");
        assert!(codes(&probed).contains(&Code::TlsHandshakeFailed), "{name}");
        assert!(taken < TAKEN_MOST, "{name}: {taken} bytes");
    }
}

#[tokio::test]
async fn a_drip_ends_with_the_time_of_the_probe_in_older_versions_too() {
    let drip = |patience| {
        let connections = Arc::new(AtomicUsize::new(0));
        probe(patience, move |mut stream| {
            let refuses = connections.fetch_add(1, Ordering::Relaxed) == 0;
            async move {
                if refuses {
                    return refuse(stream).await;
                }
                hear(&mut stream).await;
                let mut drop = tokio::time::interval(Duration::from_millis(20));
                let mut piece = records(HANDSHAKE, &message(2, 16_000, &[3, 3]));
                while stream.write_all(&piece).await.is_ok() {
                    drop.tick().await;
                    piece = records(HANDSHAKE, &[0]);
                }
            }
        })
    };
    let drips = |answer: &&Answer| matches!(answer, Answer::Unclear { failure } if is_misbehaviour(failure));
    let dripped =
        |probed: &Probed| seen(probed).protocols.as_ref().is_some_and(|all| answers(all).any(|it| drips(&it)));
    let probed = with_enough_time(drip, |probed| !dripped(probed)).await;
    let protocols = seen(&probed).protocols.as_ref().unwrap();
    assert!(answers(protocols).all(|answer| matches!(answer, Answer::Unclear { .. })), "{protocols:?}");
    assert_eq!(codes(&probed), [Code::TlsHandshakeFailed]);
}

/// What a server goes on with once it has let the client in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Talks,
    ChangesKeys,
    GivesTickets,
}

/// Asks for a client certificate, so that the probe listens for what comes of having none.
fn asks_for_client(after: After) -> ServerConfig {
    let (chain, key) = chain(2);
    let mut roots = RootCertStore::empty();
    roots.add(chain[1].clone()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions(TlsVersion::Tls13))
        .unwrap()
        .with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified(chain, &key))));
    if after == After::GivesTickets {
        config.send_tls13_tickets = 5_000;
    }
    config
}

#[tokio::test]
async fn after_the_handshake_nobody_is_listened_to_for_ever() {
    for after in [After::Talks, After::ChangesKeys, After::GivesTickets] {
        let acceptor = TlsAcceptor::from(Arc::new(asks_for_client(after)));
        let taken = Arc::new(AtomicUsize::new(0));
        let noted = Arc::clone(&taken);
        let probed = probe(AMPLE, move |stream| {
            let (acceptor, noted) = (acceptor.clone(), Arc::clone(&noted));
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut said = 0;
                while said < ENDLESS {
                    let words: &[u8] = if after == After::Talks { &[0; LONGEST_RECORD] } else { &[] };
                    if after == After::ChangesKeys && stream.get_mut().1.refresh_traffic_keys().is_err() {
                        return;
                    }
                    if stream.write_all(words).await.is_err() || stream.flush().await.is_err() {
                        return;
                    }
                    if after == After::GivesTickets {
                        let _ = stream.read_to_end(&mut Vec::new()).await;
                        return;
                    }
                    said += words.len();
                    noted.fetch_max(said, Ordering::Relaxed);
                }
            }
        })
        .await;
        let outcome = &seen(&probed).outcome;
        assert!(
            outcome.as_ref().is_ok_and(|handshake| handshake.client_certificate_requested),
            "{after:?}: {outcome:?}"
        );
        assert!(taken.load(Ordering::Relaxed) < TAKEN_MOST, "{after:?}");
    }
}

#[tokio::test]
async fn certificates_beyond_measure_are_refused() {
    let validity = Validity::days(now(), -1, 89);
    let root = Authority::root("Root", validity).unwrap();
    let key = KeyPair::generate().unwrap();
    let many_names = root.leaf(&[], &key, validity, |parameters| {
        let names = (0..10_000).map(|n| SanType::DnsName(format!("n{n}.example.com").try_into().unwrap()));
        parameters.subject_alt_names = names.collect();
    });
    let large = root.leaf(&[], &key, validity, |parameters| {
        let content = [&[4, 0x83, 0x4c, 0x4b, 0x40][..], vec![0; 5_000_000].as_slice()].concat();
        parameters.custom_extensions.push(CustomExtension::from_oid_content(&[1, 2, 3, 4], content));
    });
    for (name, leaf) in [("10,000 names", many_names.unwrap()), ("5 MB", large.unwrap())] {
        for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
            let probed = serving(config(version, certified(vec![leaf.clone()], &key))).await;
            let detail = "it sent a handshake message of more than 64 KiB".to_owned();
            let failure = Failure::Tls { reason: TlsFailure::Misbehaved { detail } };
            assert_eq!(seen(&probed).outcome, Err(failure), "{name} in {version:?}");
            assert_eq!(codes(&probed), [Code::TlsHandshakeFailed], "{name} in {version:?}");
        }
    }
}

#[tokio::test]
async fn a_chain_of_a_hundred_and_one_that_goes_in_circles_are_named() {
    let (long, key) = chain(100);
    let probed = serving(config(TlsVersion::Tls13, certified(long, &key))).await;
    assert!(codes(&probed).contains(&Code::TlsHandshakeFailed));

    let validity = Validity::days(now(), -1, 89);
    let circle: Vec<_> = (0..5).map(|n| Authority::root(&format!("Circle {n}"), validity).unwrap()).collect();
    let leaf = circle[0].leaf(&[&"www.example.com".parse().unwrap()], &key, validity, |_| ()).unwrap();
    let mut entangled = vec![leaf.clone()];
    for one in &circle {
        let others = circle.iter().filter(|other| one.der() != other.der());
        entangled.extend(others.map(|other| one.cross_signed_by(other).unwrap()));
    }
    let two = [circle[0].cross_signed_by(&circle[1]), circle[1].cross_signed_by(&circle[0])].map(Result::unwrap);
    let small = [vec![leaf], two.to_vec()].concat();
    for (served, code) in [(entangled, Code::ChainInvalid), (small, Code::ChainIncomplete)] {
        let length = served.len();
        let probed = serving(config(TlsVersion::Tls13, certified(served, &key))).await;
        assert_eq!(seen(&probed).chain.len(), length);
        assert!(codes(&probed).contains(&code), "{:?}", codes(&probed));
    }
}

#[tokio::test]
async fn an_issuer_that_cannot_be_had_is_a_chain_that_is_incomplete_with_the_reason() {
    let publisher = Publisher::start().await.unwrap();
    let (redirects, floods, drips) = (publisher.url("a"), publisher.url("floods"), publisher.url("drips"));
    publisher.put("a", Page::Redirect("b".to_owned()));
    publisher.put("b", Page::Redirect("a".to_owned()));
    publisher.put("floods", Page::Floods);
    publisher.put("drips", Page::Drips);
    let barred =
        |address: &str| FetchFailure::Unreached { failure: Failure::Policy { address: address.parse().unwrap() } };
    for (url, expected) in [
        (redirects.as_str(), FetchFailure::TooManyRedirects),
        (floods.as_str(), FetchFailure::TooLarge),
        (drips.as_str(), FetchFailure::Timeout),
        ("http://169.254.169.254/latest/meta-data", barred("169.254.169.254")),
        ("http://[::1]:1/", barred("::1")),
    ] {
        let validity = Validity::days(now(), -1, 89);
        let root = Authority::root("Root", validity).unwrap();
        let middle = root.intermediate("Middle", validity, |_| ()).unwrap().published_at(url);
        let key = KeyPair::generate().unwrap();
        let leaf = middle.leaf(&[&"www.example.com".parse().unwrap()], &key, validity, |_| ()).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config(TlsVersion::Tls13, certified(vec![leaf], &key))));
        let probed = probe_beside(Some(publisher.resolve()), AMPLE, move |stream| {
            let acceptor = acceptor.clone();
            async move { shake(&acceptor, stream).await }
        })
        .await;
        let diagnosis = assess(&probed, &[Roots::preinstalled()], Context::default(), now());
        let finding = diagnosis.findings.iter().find(|finding| finding.code == Code::ChainIncomplete);
        let Some(Evidence::MissingIssuer { fetched: Some(outcome), .. }) = finding.map(|finding| &finding.evidence)
        else {
            panic!("{url}: {finding:?}")
        };
        assert_eq!(outcome.end, FetchEnd::Nothing { failure: expected }, "{url}");
    }
}

/// Of a few kB that unpack to gigabytes nobody has to be afraid who does not ask for them (RFC 8879).
#[tokio::test]
async fn no_hello_offers_compression() {
    let hellos = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&hellos);
    let probed = probe(AMPLE, move |mut stream| {
        let heard = Arc::clone(&heard);
        async move {
            let mut header = [0; 5];
            stream.read_exact(&mut header).await.unwrap();
            let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
            stream.read_exact(&mut body).await.unwrap();
            heard.lock().unwrap().push([&header[..], body.as_slice()].concat());
            let _ = stream.write_all(b"\x15\x03\x03\x00\x02\x02\x28").await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    assert_eq!(codes(&probed.await), [Code::TlsHandshakeFailed]);
    let hellos = hellos.lock().unwrap();
    // A phone's, and one for each version and for the suites of each platform.
    assert_eq!(hellos.len(), 7);
    for hello in hellos.iter() {
        let (_, record) = parse_tls_plaintext(hello).unwrap();
        let [TlsMessage::Handshake(TlsMessageHandshake::ClientHello(hello))] = &record.msg[..] else { panic!() };
        assert!(hello.comp.iter().all(|method| method.0 == 0));
        let mut rest = hello.ext.unwrap();
        while let [number_high, number_low, high, low, after @ ..] = rest {
            assert_ne!(u16::from_be_bytes([*number_high, *number_low]), COMPRESS_CERTIFICATE);
            rest = &after[usize::from(u16::from_be_bytes([*high, *low]))..];
        }
        assert!(rest.is_empty());
    }
}

const COMPRESS_CERTIFICATE: u16 = 27;
