//! A server on loopback that treats its connections as a test says, and the probe that meets it.

use std::{future::Future, net::Ipv4Addr, sync::Arc, time::Duration};

use model::{Host, HostPort, Timestamp, observation::TlsVersion};
use probe::{
    CertificateDer, Depth, FixedAddresses, NetworkPolicy, Probed, Prober, Resolve,
    lab::{Authority, Validity},
};
use rcgen::KeyPair;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::PrivateKeyDer,
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::{TcpSocket, TcpStream},
};
use tokio_rustls::TlsAcceptor;

pub fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

/// Probes a server that treats its connections as `attend` says.
pub async fn probe<F, Fut>(timeout: Duration, attend: F) -> Probed
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    probe_beside(None, timeout, attend).await
}

/// The same, where another name can be reached as well.
pub async fn probe_beside<F, Fut>(other: Option<Resolve>, timeout: Duration, attend: F) -> Probed
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    probe_to(Depth::Full, other, timeout, attend).await
}

/// The same, so deep.
pub async fn probe_to<F, Fut>(depth: Depth, other: Option<Resolve>, timeout: Duration, attend: F) -> Probed
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let socket = TcpSocket::new_v4().unwrap();
    // What the kernel would hold for a server says nothing of what was read.
    socket.set_send_buffer_size(64 * 1024).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(1_024).unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(attend(stream));
        }
    });
    let fixed: Resolve = format!("www.example.com:{port}:127.0.0.1").parse().unwrap();
    let prober = Prober::builder()
        .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
        .fixed(FixedAddresses::from_iter([fixed].into_iter().chain(other)))
        .timeout(timeout)
        .build()
        .unwrap();
    let target: HostPort = format!("www.example.com:{port}").parse().unwrap();
    prober.probe(&target, depth, now(), |_| ()).await.unwrap()
}

pub async fn hear(stream: &mut (impl AsyncRead + Unpin)) {
    let _ = stream.read(&mut [0; 4096]).await;
}

/// Shakes hands, and hangs up on whoever goes on to ask for something: nobody waits for HTTP that is not spoken.
pub async fn shake(acceptor: &TlsAcceptor, stream: TcpStream) {
    if let Ok(mut stream) = acceptor.accept(stream).await {
        hear(&mut stream).await;
    }
}

/// A chain of `length` certificates and the key of its leaf.
pub fn chain(length: usize) -> (Vec<CertificateDer<'static>>, KeyPair) {
    let validity = Validity::days(now(), -1, 89);
    let host: Host = "www.example.com".parse().unwrap();
    let key = KeyPair::generate().unwrap();
    let root = Authority::root("Root", validity).unwrap();
    let leaf = root.leaf(&[&host], &key, validity, |_| ()).unwrap();
    let mut chain = vec![leaf];
    chain.extend((1..length).map(|_| root.der()));
    (chain, key)
}

pub fn certified(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> CertifiedKey {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    CertifiedKey::new(chain, aws_lc_rs::sign::any_supported_type(&key).unwrap())
}

pub fn versions(version: TlsVersion) -> &'static [&'static rustls::SupportedProtocolVersion] {
    static TLS12: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS12];
    static TLS13: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
    if version == TlsVersion::Tls12 { TLS12 } else { TLS13 }
}

pub fn config(version: TlsVersion, certified: CertifiedKey) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions(version))
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
}

pub async fn serving(config: ServerConfig) -> Probed {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    probe(AMPLE, move |stream| {
        let acceptor = acceptor.clone();
        async move { shake(&acceptor, stream).await }
    })
    .await
}

/// Only against hanging for ever.
pub const AMPLE: Duration = Duration::from_secs(120);
