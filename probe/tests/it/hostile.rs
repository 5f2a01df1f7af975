//! Servers that do what no library would: each answer, cut or lie is told apart, and ends.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::{join, join_all, join3};
use model::{
    ServerName, name_match,
    observation::{AddressObservation, Failure, KeyPossession, TlsFailure, TlsVersion},
    tls::{Alert, KeyExchange},
};
use probe::{
    CertificateDer, Probed,
    lab::{Authority, Validity},
};
use rcgen::{KeyPair, SanType};
use rustls::{RootCertStore, ServerConfig, crypto::aws_lc_rs, server::WebPkiClientVerifier, sign::SingleCertAndKey};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;

use crate::common::{
    attend::{AMPLE, certified, chain, config, hear, now, probe, serving, shake, versions},
    with_enough_time,
};

/// Probes a server that hears the hello, sends `answer` and closes.
async fn answering(answer: &'static [u8]) -> TlsFailure {
    let probed = probe(AMPLE, move |mut stream| async move {
        hear(&mut stream).await;
        stream.write_all(answer).await.unwrap();
        stream.shutdown().await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    failure(probed.await)
}

/// Probes a server that sends `answer` and waits for the client to give up, which it does once it has
/// seen that.
async fn stalling(answer: &'static [u8]) -> TlsFailure {
    let stalled = async |patience| {
        let probed = probe(patience, move |mut stream| async move {
            stream.write_all(answer).await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        });
        failure(probed.await)
    };
    with_enough_time(stalled, |failure| *failure == TlsFailure::Timeout).await
}

fn first(probed: Probed) -> AddressObservation {
    probed.observation.addresses.into_iter().next().unwrap()
}

fn failure(probed: Probed) -> TlsFailure {
    match first(probed).outcome {
        Err(Failure::Tls { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

fn not_tls(protocol: &str) -> TlsFailure {
    TlsFailure::NotTls { protocol: protocol.to_owned() }
}

fn alert(alert: Alert) -> TlsFailure {
    TlsFailure::Alert { alert }
}

fn misbehaved(detail: &str) -> TlsFailure {
    TlsFailure::Misbehaved { detail: detail.to_owned() }
}

#[tokio::test]
async fn a_fatal_alert_is_told_by_its_name() {
    for (answer, expected) in [
        (b"\x15\x03\x01\x00\x02\x02\x46", Alert::ProtocolVersion),
        (b"\x15\x03\x03\x00\x02\x02\x28", Alert::HandshakeFailure),
        (b"\x15\x03\x03\x00\x02\x02\x70", Alert::UnrecognizedName),
        (b"\x15\x03\x03\x00\x02\x02\x50", Alert::InternalError),
        (b"\x15\x03\x03\x00\x02\x02\xc8", Alert::Other(200)),
    ] {
        assert_eq!(answering(answer).await, alert(expected));
    }
}

#[tokio::test]
async fn a_server_that_chooses_an_old_version_is_told_by_the_alert_that_answers_it() {
    // A ServerHello of TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA.
    const HELLO: &[u8] = b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01\
        \x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\
        \x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\
        \x00\x00\x2f\x00";
    assert_eq!(answering(HELLO).await, alert(Alert::ProtocolVersion));
}

#[tokio::test]
async fn a_banner_is_known_whether_the_server_closes_or_waits() {
    for (banner, protocol) in [
        (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], "SSH"),
        (b"220 ftp ready FTP\r\n", "FTP"),
        (b"220-mx.example.com ready\r\n220 at last\r\n", "SMTP"),
        (b"+OK POP3 ready\r\n", "POP3"),
        (b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", "IMAP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"),
        (b"\x00\x00\x00\x00\x00\x00", "unknown"),
        (b"no", "unknown"),
    ] {
        assert_eq!(answering(banner).await, not_tls(protocol), "{banner:?}, closed");
        assert_eq!(stalling(banner).await, not_tls(protocol), "{banner:?}, waiting");
    }
}

#[tokio::test]
async fn a_connection_closed_before_any_answer_is_no_fault_of_tls() {
    let closed = probe(AMPLE, |mut stream| async move { hear(&mut stream).await });
    // Closed with the hello unread, the connection is reset.
    let reset = probe(AMPLE, |stream| async move {
        stream.readable().await.unwrap();
        drop(stream);
    });
    let (closed, reset) = join(closed, reset).await;
    assert_eq!(failure(closed), TlsFailure::ClosedBeforeAnswer);
    assert_eq!(failure(reset), TlsFailure::ClosedBeforeAnswer);
}

#[tokio::test]
async fn a_handshake_cut_or_stalled_in_the_middle_is_the_server_s_fault() {
    const HALF: &[u8] = b"\x16\x03\x03\x00\x7a\x02\x00";
    assert_eq!(answering(HALF).await, misbehaved("it closed the connection in the middle of the handshake"));
    assert_eq!(stalling(HALF).await, misbehaved("it did not finish the handshake in time, after 7 bytes"));
}

#[tokio::test]
async fn records_of_no_length_for_ever_end() {
    let probed = probe(AMPLE, |mut stream| async move {
        hear(&mut stream).await;
        let empty = b"\x16\x03\x03\x00\x00".repeat(1_000);
        while stream.write_all(&empty).await.is_ok() {}
    });
    assert_eq!(failure(probed.await), misbehaved("received corrupt message of type InvalidEmptyPayload"));
}

const BOTH: [TlsVersion; 2] = [TlsVersion::Tls12, TlsVersion::Tls13];

/// Probes a good server that treats so many connections as `first` says before.
async fn good_after<F, Fut>(bad: usize, timeout: Duration, first: F) -> AddressObservation
where
    F: Fn(TcpStream) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let (chain, key) = chain(2);
    let acceptor = TlsAcceptor::from(Arc::new(config(TlsVersion::Tls13, certified(chain, &key))));
    let connections = Arc::new(AtomicUsize::new(0));
    let probed = probe(timeout, move |stream| {
        let (acceptor, first) = (acceptor.clone(), first.clone());
        let number = connections.fetch_add(1, Ordering::Relaxed);
        async move { if number < bad { first(stream).await } else { shake(&acceptor, stream).await } }
    });
    self::first(probed.await)
}

#[tokio::test]
async fn what_hangs_up_or_says_nothing_is_tried_again() {
    let hangs_up = |stream| async move { drop::<TcpStream>(stream) };
    let silent = |mut stream: TcpStream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    let after = join_all((0..3).map(|bad| good_after(bad, AMPLE, hangs_up)));
    // Of a second alone nothing would be left for another try.
    let after_silence = |patience: Duration| good_after(1, patience * 8, silent);
    let after_silence = with_enough_time(after_silence, |seen| seen.outcome.is_err());
    // There is an end to it: the fourth would have been good.
    let gives_up = good_after(3, AMPLE, hangs_up);
    let (after, after_silence, gives_up) = join3(after, after_silence, gives_up).await;
    for (bad, seen) in after.iter().enumerate() {
        assert!(seen.outcome.is_ok(), "{bad}: {:?}", seen.outcome);
        assert_eq!(seen.tries as usize, bad + 1);
    }
    assert_eq!((after_silence.outcome.is_ok(), after_silence.tries), (true, 2));
    assert_eq!(gives_up.tries, 3);
}

#[tokio::test]
async fn an_answer_is_not_asked_for_again() {
    let refuses = |mut stream: TcpStream| async move {
        hear(&mut stream).await;
        let _ = stream.write_all(b"\x15\x03\x03\x00\x02\x02\x28").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    let seen = good_after(1, AMPLE, refuses).await;
    assert_eq!((seen.outcome, seen.tries), (Err(Failure::Tls { reason: alert(Alert::HandshakeFailure) }), 1));
    let greets = |mut stream: TcpStream| async move {
        let _ = stream.write_all(b"220 mx ready\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    let seen = with_enough_time(
        |patience| good_after(1, patience, greets),
        |seen| seen.outcome == Err(Failure::Tls { reason: TlsFailure::Timeout }),
    );
    let seen = seen.await;
    assert_eq!((seen.outcome, seen.tries), (Err(Failure::Tls { reason: not_tls("SMTP") }), 1));
}

#[tokio::test]
async fn each_version_is_negotiated_where_it_is_the_only_one() {
    for version in BOTH {
        let (chain, key) = chain(2);
        let handshake = first(serving(config(version, certified(chain, &key))).await).outcome.unwrap();
        assert_eq!(handshake.version, version);
        assert_eq!(handshake.key_possession, KeyPossession::Proven);
        assert_eq!(handshake.suite.key_exchange() == KeyExchange::Apart, version == TlsVersion::Tls13, "{handshake:?}");
    }
}

#[tokio::test]
async fn a_stapled_response_is_kept() {
    for version in BOTH {
        let (chain, key) = chain(2);
        let mut certified = certified(chain, &key);
        certified.ocsp = Some(b"a response".to_vec());
        let probed = serving(config(version, certified)).await;
        assert_eq!(probed.staples.values().collect::<Vec<_>>(), [b"a response"]);
        assert!(first(probed).outcome.unwrap().ocsp_stapled);
    }
}

#[tokio::test]
async fn a_stolen_certificate_fails_in_either_version() {
    for version in BOTH {
        let (chain, _) = chain(2);
        let another = KeyPair::generate().unwrap();
        let seen = first(serving(config(version, certified(chain, &another))).await);
        let Err(Failure::Tls { reason: TlsFailure::Misbehaved { detail } }) = seen.outcome else { panic!("accepted") };
        assert!(detail.contains("not by the certificate's key"), "{detail}");
        assert_eq!(seen.chain.len(), 2);
    }
}

#[tokio::test]
async fn a_client_certificate_is_insisted_on_in_either_version() {
    for version in BOTH {
        let (chain, key) = chain(2);
        let mut roots = RootCertStore::empty();
        roots.add(chain[1].clone()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions(version))
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified(chain, &key))));
        let seen = first(serving(config).await);
        assert_eq!(seen.outcome, Err(Failure::Tls { reason: TlsFailure::ClientCertificateRequired }), "{version:?}");
        assert_eq!(seen.chain.len(), 2);
    }
}

#[tokio::test]
async fn a_chain_of_a_hundred_is_cut_and_named() {
    for version in BOTH {
        let (long, key) = chain(100);
        let seen = first(serving(config(version, certified(long, &key))).await);
        let Err(Failure::Tls { reason: TlsFailure::Misbehaved { detail } }) = seen.outcome else { panic!("accepted") };
        assert!(detail.contains("more than 32 certificates"), "{detail}");
        assert_eq!(seen.chain.len(), 32);
    }
    let (long, key) = chain(32);
    assert!(first(serving(config(TlsVersion::Tls13, certified(long, &key))).await).outcome.is_ok());
}

#[tokio::test]
async fn the_name_that_was_asked_for_is_found_behind_a_thousand_others() {
    let validity = Validity::days(now(), -1, 89);
    let root = Authority::root("Root", validity).unwrap();
    let key = KeyPair::generate().unwrap();
    let others = (0..1_000).map(|n| format!("n{n}.example.com"));
    for (last, fits) in [("www.example.com", true), ("www2.example.com", false)] {
        let names = others.clone().chain([last.to_owned()]);
        let leaf = root.leaf(&[], &key, validity, |parameters| {
            parameters.subject_alt_names = names.map(|name| SanType::DnsName(name.try_into().unwrap())).collect();
        });
        let seen = first(serving(config(TlsVersion::Tls13, certified(vec![leaf.unwrap()], &key))).await);
        let asked = ServerName::Dns("www.example.com".parse().unwrap());
        assert_eq!(name_match::names(&seen.chain[0], &asked), fits, "{last}");
        assert_eq!(seen.chain[0].names_left_out, if fits { 0 } else { 1 });
    }
}

#[tokio::test]
async fn an_unreadable_certificate_is_seen_and_proves_nothing() {
    for version in BOTH {
        let key = KeyPair::generate().unwrap();
        let junk = CertificateDer::from(b"not a certificate".to_vec());
        let seen = first(serving(config(version, certified(vec![junk], &key))).await);
        assert!(seen.chain[0].malformed.is_some());
        let possession = seen.outcome.unwrap().key_possession;
        assert_eq!(possession, KeyPossession::Unproven("the certificate cannot be read".to_owned()));
    }
}

#[tokio::test]
async fn a_server_without_a_certificate_is_named() {
    let key = KeyPair::generate().unwrap();
    let failure = failure(serving(config(TlsVersion::Tls13, certified(Vec::new(), &key))).await);
    assert_eq!(failure, misbehaved("it sent no certificate"));
}
