//! One full TLS handshake over an open connection: it accepts any chain, keeps it exactly as
//! served, and checks that the server holds the leaf's key.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{
    ServerName,
    observation::{Handshake, KeyPossession, TlsFailure, TlsVersion},
    tls::Suite,
};
use rustls::{
    CertificateError, CipherSuite, ClientConfig, ClientConnection, DigitallySignedStruct, Error, PeerMisbehaved,
    ProtocolVersion, SignatureScheme,
    client::{
        ResolvesClientCert, Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{self, CertificateDer, UnixTime},
    sign::CertifiedKey,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_rustls::{Connect, TlsConnector, client::TlsStream};

use crate::{
    failure::{self, ClientCertificate},
    recorder::{Received, Recorder},
    signature::{self, Verification},
};

/// What a server showed of itself, even when the handshake failed afterwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Served {
    /// The certificates in the order served.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// The stapled OCSP response, empty when there is none.
    pub(crate) staple: Vec<u8>,
    /// When the handshake was finished.
    pub(crate) finished_at: Option<Instant>,
    possession: Option<KeyPossession>,
    client_certificate_requested: bool,
    scheme: Option<SignatureScheme>,
}

impl Served {
    /// What a first flight shows.
    pub(crate) fn in_the_clear(chain: Vec<CertificateDer<'static>>, staple: Vec<u8>) -> Self {
        Self { chain, staple, ..Self::default() }
    }
}

/// The TLS client, made once and shared by all probes.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    config: ClientConfig,
}

impl Client {
    /// Every suite and group there is, TLS 1.2 and 1.3, no resumption: each handshake is full.
    pub(crate) fn new() -> Result<Self, Error> {
        let mut cipher_suites = aws_lc_rs::ALL_CIPHER_SUITES.to_vec();
        // As phones do, whose processors know AES.
        cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
        let provider = CryptoProvider {
            cipher_suites,
            kx_groups: aws_lc_rs::ALL_KX_GROUPS.to_vec(),
            ..aws_lc_rs::default_provider()
        };
        let witness = Arc::new(Witness::default());
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .dangerous()
            .with_custom_certificate_verifier(witness.clone())
            .with_client_cert_resolver(witness);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.resumption = Resumption::disabled();
        Ok(Self { config })
    }

    /// Shakes hands with `name` over `stream` before `deadline`. A server that has said nothing when the
    /// `patience` ends is silent.
    pub(crate) async fn shake(
        &self,
        stream: TcpStream,
        name: &ServerName,
        patience: Instant,
        deadline: Instant,
    ) -> (Result<Handshake, TlsFailure>, Served) {
        let witness = Arc::new(Witness::default());
        let outcome = self.attempt(stream, name, patience, deadline, &witness).await;
        (outcome, std::mem::take(&mut *witness.served()))
    }

    async fn attempt(
        &self,
        stream: TcpStream,
        name: &ServerName,
        patience: Instant,
        deadline: Instant,
        witness: &Arc<Witness>,
    ) -> Result<Handshake, TlsFailure> {
        let received = Received::default();
        let stream = Recorder::new(stream, received.clone());
        let connector = TlsConnector::from(Arc::new(self.config_for(witness)));
        let mut hello = Vec::new();
        let take_hello = |connection: &mut ClientConnection| {
            // Memory takes it whole.
            let _ = connection.write_tls(&mut hello);
        };
        // On the heap, once: thousands may wait for an answer at a time.
        let mut connecting = Box::new(connector.connect_with(rustls_name(name)?, stream, take_hello));
        match timeout_at(patience, greet(&mut connecting, hello)).await {
            // There is more to keep from now on, and fewer who are so far.
            Ok(Ok(())) => Box::pin(finish(connecting, deadline, &received, witness)).await,
            Ok(Err(error)) => Err(failure::of_handshake(&error, &received, witness.client_certificate())),
            Err(_) => Err(failure::of_silence(&received)),
        }
    }

    /// A connection over which HTTP/1.1 can be spoken, whatever the certificate.
    pub(crate) async fn open(
        &self,
        stream: TcpStream,
        name: &ServerName,
        until: Instant,
    ) -> Result<TlsStream<Recorder<TcpStream>>, TlsFailure> {
        let (received, witness) = (Received::default(), Arc::new(Witness::default()));
        let mut config = self.config_for(&witness);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let stream = Recorder::new(stream, received.clone());
        let connecting = TlsConnector::from(Arc::new(config)).connect(rustls_name(name)?, stream);
        match timeout_at(until, connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(failure::of_handshake(&error, &received, witness.client_certificate())),
            Err(_) => Err(failure::of_silence(&received)),
        }
    }

    /// The parts that cost memory are shared; the witness is this connection's own.
    fn config_for(&self, witness: &Arc<Witness>) -> ClientConfig {
        let mut config = self.config.clone();
        config.dangerous().set_certificate_verifier(witness.clone());
        config.client_auth_cert_resolver = witness.clone();
        config
    }
}

/// Sends the hello and waits for the first of the answer, for which rustls would set kilobytes aside.
async fn greet(connecting: &mut Connect<Recorder<TcpStream>>, hello: Vec<u8>) -> io::Result<()> {
    // Without a hello there is an error, and nothing to wait for.
    if hello.is_empty() {
        return Ok(());
    }
    let Some(stream) = connecting.get_mut() else { return Ok(()) };
    stream.write_all(&hello).await?;
    drop(hello);
    stream.answered().await
}

/// The handshake from the first of the answer to the goodbye.
async fn finish(
    connecting: Box<Connect<Recorder<TcpStream>>>,
    deadline: Instant,
    received: &Received,
    witness: &Witness,
) -> Result<Handshake, TlsFailure> {
    let mut stream = match timeout_at(deadline, connecting).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(failure::of_handshake(&error, received, witness.client_certificate())),
        Err(_) => return Err(failure::of_silence(received)),
    };
    witness.served().finished_at = Some(Instant::now());
    let handshake = summary(&stream, &witness.served())?;
    farewell(&mut stream, &handshake, deadline, received).await?;
    Ok(handshake)
}

/// Says goodbye. In TLS 1.3 a server that insists on a client certificate refuses only after the
/// client has finished, so where one was requested the answer to the goodbye is awaited: a server
/// that let the client in closes, the other sends an alert first.
async fn farewell(
    stream: &mut TlsStream<Recorder<TcpStream>>,
    handshake: &Handshake,
    deadline: Instant,
    received: &Received,
) -> Result<(), TlsFailure> {
    let patience = deadline.min(Instant::now() + LONGEST_FAREWELL);
    let listens = handshake.client_certificate_requested && handshake.version == TlsVersion::Tls13;
    let goodbye = async {
        stream.shutdown().await?;
        if !listens {
            return Ok(());
        }
        let mut ignored = [0; 1024];
        while stream.read(&mut ignored).await? > 0 {}
        Ok::<_, io::Error>(())
    };
    match timeout_at(patience, goodbye).await {
        Ok(Err(error)) if listens && is_alert(&error) => {
            Err(failure::of_handshake(&error, received, ClientCertificate::Requested))
        }
        _ => Ok(()),
    }
}

fn is_alert(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    matches!(error, Some(Error::AlertReceived(_)))
}

fn summary(stream: &TlsStream<Recorder<TcpStream>>, served: &Served) -> Result<Handshake, TlsFailure> {
    let (_, connection) = stream.get_ref();
    let incomplete = || TlsFailure::Misbehaved { detail: "nothing was negotiated".to_owned() };
    Ok(Handshake {
        version: match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => TlsVersion::Tls13,
            Some(ProtocolVersion::TLSv1_2) => TlsVersion::Tls12,
            _ => return Err(incomplete()),
        },
        suite: Suite::new(connection.negotiated_cipher_suite().ok_or_else(incomplete)?.suite().into()),
        group: connection.negotiated_key_exchange_group().map(|group| iana_group(group.name())),
        signature: served.scheme.map(iana_scheme),
        alpn: connection.alpn_protocol().map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
        ocsp_stapled: !served.staple.is_empty(),
        client_certificate_requested: served.client_certificate_requested,
        key_possession: served
            .possession
            .clone()
            .unwrap_or_else(|| KeyPossession::Unproven("the server signed nothing".to_owned())),
    })
}

fn rustls_name(name: &ServerName) -> Result<pki_types::ServerName<'static>, TlsFailure> {
    match name {
        ServerName::Ip(address) => Ok(pki_types::ServerName::IpAddress((*address).into())),
        ServerName::Dns(host) => pki_types::DnsName::try_from(host.as_str().to_owned())
            .map(pki_types::ServerName::DnsName)
            .map_err(|error| TlsFailure::Misbehaved { detail: format!("the name cannot be asked for: {error}") }),
    }
}

/// Whether a suite is among those that [`Client`] offers.
pub(crate) fn is_offered(suite: Suite) -> bool {
    aws_lc_rs::ALL_CIPHER_SUITES.iter().any(|offered| u16::from(offered.suite()) == suite.number())
}

/// A group by the name that the registry gives it.
pub(crate) fn iana_group(group: rustls::NamedGroup) -> String {
    match group {
        rustls::NamedGroup::X25519 => "x25519".to_owned(),
        rustls::NamedGroup::secp256r1MLKEM768 => "SecP256r1MLKEM768".to_owned(),
        other => match SHORT_CURVES.iter().find(|(number, _)| *number == u16::from(other)) {
            Some((_, name)) => (*name).to_owned(),
            None => format!("{other:?}"),
        },
    }
}

/// Curves that no library of today has, and none should choose (RFC 8422 section 5.1.1).
const SHORT_CURVES: [(u16, &str); 15] = [
    (1, "sect163k1"),
    (2, "sect163r1"),
    (3, "sect163r2"),
    (4, "sect193r1"),
    (5, "sect193r2"),
    (6, "sect233k1"),
    (7, "sect233r1"),
    (8, "sect239k1"),
    (15, "secp160k1"),
    (16, "secp160r1"),
    (17, "secp160r2"),
    (18, "secp192k1"),
    (19, "secp192r1"),
    (20, "secp224k1"),
    (21, "secp224r1"),
];

/// A signature scheme by the name that the registry gives it.
pub(crate) fn iana_scheme(scheme: SignatureScheme) -> String {
    match scheme {
        SignatureScheme::ECDSA_NISTP256_SHA256 => "ecdsa_secp256r1_sha256".to_owned(),
        SignatureScheme::ECDSA_NISTP384_SHA384 => "ecdsa_secp384r1_sha384".to_owned(),
        SignatureScheme::ECDSA_NISTP521_SHA512 => "ecdsa_secp521r1_sha512".to_owned(),
        SignatureScheme::ECDSA_SHA1_Legacy => "ecdsa_sha1".to_owned(),
        SignatureScheme::RSA_PSS_SHA256 => "rsa_pss_rsae_sha256".to_owned(),
        SignatureScheme::RSA_PSS_SHA384 => "rsa_pss_rsae_sha384".to_owned(),
        SignatureScheme::RSA_PSS_SHA512 => "rsa_pss_rsae_sha512".to_owned(),
        SignatureScheme::Unknown(number) => format!("0x{number:04x}"),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// Sees what the server shows during one handshake.
#[derive(Debug, Default)]
struct Witness {
    served: Mutex<Served>,
}

impl Witness {
    fn served(&self) -> MutexGuard<'_, Served> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn client_certificate(&self) -> ClientCertificate {
        if self.served().client_certificate_requested {
            ClientCertificate::Requested
        } else {
            ClientCertificate::NotRequested
        }
    }

    /// A signature that does not fit the key ends the handshake; one that cannot be verified is
    /// noted, for the judge to weigh.
    fn verify(
        &self,
        handshake: signature::Handshake,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if !signature::OFFERED.contains(&signed.scheme) {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        let possession = match signature::verify_handshake(handshake, signed.scheme, leaf, message, signed.signature())
        {
            Verification::Valid => KeyPossession::Proven,
            Verification::Unsupported(reason) => KeyPossession::Unproven(reason),
            Verification::Invalid => return Err(CertificateError::BadSignature.into()),
        };
        let mut served = self.served();
        (served.possession, served.scheme) = (Some(possession), Some(signed.scheme));
        drop(served);
        Ok(HandshakeSignatureValid::assertion())
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _name: &pki_types::ServerName<'_>,
        staple: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut served = self.served();
        let mut bytes = 0;
        for certificate in std::iter::once(leaf).chain(others) {
            bytes += certificate.len();
            if served.chain.len() >= MOST_CERTIFICATES || bytes > MOST_CHAIN_BYTES {
                return Err(Error::General(format!(
                    "it served more than {MOST_CERTIFICATES} certificates or {} KiB",
                    MOST_CHAIN_BYTES / 1024
                )));
            }
            served.chain.push(certificate.clone().into_owned());
        }
        if staple.len() <= LARGEST_STAPLE {
            served.staple = staple.to_vec();
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(signature::Handshake::Tls12, message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(signature::Handshake::Tls13, message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        signature::OFFERED.to_vec()
    }
}

impl ResolvesClientCert for Witness {
    fn resolve(&self, _roots: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.served().client_certificate_requested = true;
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

const MOST_CERTIFICATES: usize = 32;
const MOST_CHAIN_BYTES: usize = 256 * 1024;
const LARGEST_STAPLE: usize = 64 * 1024;
const LONGEST_FAREWELL: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use rustls::CipherSuite;

    use super::*;

    /// rustls writes the names of TLS 1.3 in its own way.
    fn name(suite: CipherSuite) -> String {
        format!("{suite:?}").replacen("TLS13_", "TLS_", 1)
    }

    #[test]
    fn whatever_may_be_negotiated_has_its_name() {
        for offered in aws_lc_rs::ALL_CIPHER_SUITES {
            let suite = Suite::new(offered.suite().into());
            assert_eq!(suite.name(), Some(name(offered.suite()).as_str()));
        }
    }

    #[test]
    fn a_suite_has_the_name_that_rustls_gives_it_if_it_does() {
        for suite in Suite::NAMED {
            let theirs = name(CipherSuite::from(suite.number()));
            assert!(theirs == suite.to_string() || theirs.starts_with("CipherSuite("), "{suite}: {theirs}");
        }
    }
}
