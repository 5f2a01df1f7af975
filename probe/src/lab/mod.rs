//! A lab of real servers on loopback, good and broken, with certificates made at start: for the
//! demo, the tests and the benches alike.

mod authority;
mod serve;
mod weak;

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use model::{Host, HostPort, Port, ServerName, Timestamp};
use rcgen::{KeyPair, PKCS_RSA_SHA256, SanType};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer},
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::{CertifiedKey, SigningKey, SingleCertAndKey},
};
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

pub use authority::{Authority, Validity, self_signed};
use serve::{Manner, Names, serve};
use weak::{WeakKey, WeakPublicKey};

use crate::resolve::{FixedAddresses, Resolve};

/// Running servers; they stop when it is dropped.
#[derive(Debug)]
pub struct Lab {
    servers: Vec<LabServer>,
    root_pem: String,
    tasks: TaskTracker,
    stop: DropGuard,
    /// Bound and never listening, so that the port stays refused.
    _refusing: TcpSocket,
}

/// One server of the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabServer {
    /// A short name, such as `good-ecdsa`.
    pub name: &'static str,
    /// The name to ask it for: `good-ecdsa.lab.hufu.example`.
    pub host: Host,
    /// Its port on loopback.
    pub port: Port,
    /// The addresses its name stands for.
    pub addresses: Vec<IpAddr>,
    /// What a diagnosis is to find.
    pub expect: &'static str,
}

impl LabServer {
    /// What to probe.
    pub fn target(&self) -> HostPort {
        HostPort { host: ServerName::Dns(self.host.clone()), port: self.port }
    }
}

/// Why the lab could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// Certificates could not be made.
    #[error("cannot make certificates: {0}")]
    Certificate(#[from] rcgen::Error),
    /// Servers could not be configured.
    #[error("cannot configure TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// Client certificates could not be asked for.
    #[error("cannot ask for client certificates: {0}")]
    ClientCertificates(#[from] rustls::server::VerifierBuilderError),
    /// No port could be had on loopback.
    #[error("cannot listen on loopback: {0}")]
    Listen(#[from] io::Error),
    /// A name or port of the lab's own that the model refuses.
    #[error("{0} is no name or port")]
    Name(String),
}

impl Lab {
    /// Opens the lab; every date in its certificates is relative to `now`.
    ///
    /// # Errors
    /// When certificates cannot be made or ports on loopback cannot be had.
    pub async fn start(now: Timestamp) -> Result<Self, LabError> {
        let pki = Pki::new(now)?;
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        let mut servers = Vec::new();

        let (main, second) = listen_twice().await?;
        let port = main.local_addr()?.port();
        for (name, expect) in BY_CERTIFICATE {
            servers.push(server(name, port, &[FIRST], expect)?);
        }
        servers.push(server(TWO_CERTIFICATES, port, &[FIRST, SECOND], "its addresses serve different certificates")?);
        servers.push(server(ONE_REFUSES, port, &[FIRST, UNUSED], "one of its addresses refuses")?);
        serve(main, Manner::Tls(Arc::new(pki.names()?)), &tasks, &stop);
        serve(second, Manner::Tls(Arc::new(pki.names_of_second()?)), &tasks, &stop);

        for (name, manner, expect) in [
            ("plain-http", Manner::PlainHttp, "answers in plain HTTP"),
            ("smtp", Manner::Smtp, "greets as a mail server"),
            ("hangs", Manner::Hangs, "accepts and says nothing"),
            ("drips", Manner::Drips, "never finishes the handshake"),
            ("floods", Manner::Floods, "sends a handshake message without end"),
        ] {
            let listener = TcpListener::bind(SocketAddr::new(FIRST, 0)).await?;
            servers.push(server(name, listener.local_addr()?.port(), &[FIRST], expect)?);
            serve(listener, manner, &tasks, &stop);
        }

        let refusing = TcpSocket::new_v4()?;
        refusing.bind(SocketAddr::new(FIRST, 0))?;
        servers.push(server("refuses", refusing.local_addr()?.port(), &[FIRST], "refuses the connection")?);

        tasks.close();
        let root_pem = pki.root.pem();
        Ok(Self { servers, root_pem, tasks, stop: stop.drop_guard(), _refusing: refusing })
    }

    /// Every server.
    pub fn servers(&self) -> &[LabServer] {
        &self.servers
    }

    /// The server called `name`.
    pub fn server(&self, name: &str) -> Option<&LabServer> {
        self.servers.iter().find(|server| server.name == name)
    }

    /// The root that the good certificates lead to, as PEM.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// The addresses of every server's name.
    pub fn resolve(&self) -> FixedAddresses {
        self.servers
            .iter()
            .map(|server| Resolve { host: server.host.clone(), port: server.port, addresses: server.addresses.clone() })
            .collect()
    }

    /// Stops every server and waits until the last connection is closed.
    pub async fn stop(self) {
        drop(self.stop);
        self.tasks.wait().await;
    }
}

fn server(name: &'static str, port: u16, addresses: &[IpAddr], expect: &'static str) -> Result<LabServer, LabError> {
    Ok(LabServer {
        name,
        host: host(name)?,
        port: Port::new(port).ok_or_else(|| LabError::Name(port.to_string()))?,
        addresses: addresses.to_vec(),
        expect,
    })
}

fn host(name: &str) -> Result<Host, LabError> {
    let name = format!("{name}.{ZONE}");
    name.parse().map_err(|_| LabError::Name(name))
}

/// The same free port on two loopback addresses.
async fn listen_twice() -> Result<(TcpListener, TcpListener), LabError> {
    let mut attempts = 0;
    loop {
        let main = TcpListener::bind(SocketAddr::new(FIRST, 0)).await?;
        match TcpListener::bind(SocketAddr::new(SECOND, main.local_addr()?.port())).await {
            Ok(second) => return Ok((main, second)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts < 16 => attempts += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// The authorities behind the lab's certificates.
struct Pki {
    now: Timestamp,
    provider: Arc<CryptoProvider>,
    root: Authority,
    intermediate: Authority,
    stranger: Authority,
    key: KeyPair,
}

impl Pki {
    fn new(now: Timestamp) -> Result<Self, LabError> {
        let decade = Validity::days(now, -365, 3_650);
        let root = Authority::root("Hufu Lab Root", decade)?;
        let intermediate = root.intermediate("Hufu Lab Intermediate", Validity::days(now, -300, 1_500), |_| ())?;
        let stranger = Authority::root("Hufu Lab Unknown Root", decade)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        Ok(Self { now, provider, root, intermediate, stranger, key: KeyPair::generate()? })
    }

    /// What the main address serves, by name.
    fn names(&self) -> Result<Names, LabError> {
        let otherwise = self.config(self.good("good-ecdsa")?)?;
        let mut by_name = HashMap::from([(host("good-ecdsa")?.to_string(), otherwise.clone())]);
        for name in BY_CERTIFICATE.map(|(name, _)| name).into_iter().chain([TWO_CERTIFICATES, ONE_REFUSES]) {
            if name != "good-ecdsa" {
                by_name.insert(host(name)?.to_string(), self.of(name)?);
            }
        }
        Ok(Names { by_name, otherwise })
    }

    /// What the second address serves: another certificate, just as good.
    fn names_of_second(&self) -> Result<Names, LabError> {
        let otherwise = self.config(self.good(TWO_CERTIFICATES)?)?;
        Ok(Names { by_name: HashMap::new(), otherwise })
    }

    /// How the server called `name` is set up; good unless the name says otherwise.
    fn of(&self, name: &str) -> Result<Arc<ServerConfig>, LabError> {
        let good = self.validity(-10, 80);
        let intermediate = self.intermediate.der();
        match name {
            "good-rsa" => {
                let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
                let leaf = self.intermediate.leaf(&[&host(name)?], &key, good, |_| ())?;
                self.config(self.certified(vec![leaf, intermediate], &key)?)
            }
            "expired" => self.serves(vec![self.leaf(name, self.validity(-100, -10))?, intermediate]),
            "not-yet-valid" => self.serves(vec![self.leaf(name, self.validity(2, 92))?, intermediate]),
            "expires-soon" => self.serves(vec![self.leaf(name, self.validity(-87, 3))?, intermediate]),
            "wrong-name" => self.serves(vec![self.leaf("another-name", good)?, intermediate]),
            "self-signed" => self.serves(vec![self_signed(&[&host(name)?], &self.key, good)?]),
            "unknown-root" => {
                let leaf = self.stranger.leaf(&[&host(name)?], &self.key, good, |_| ())?;
                self.serves(vec![leaf, self.stranger.der()])
            }
            "missing-intermediate" => self.serves(vec![self.leaf(name, good)?]),
            "wrong-order" => {
                let below = self.intermediate.intermediate("Hufu Lab Lower Intermediate", good, |_| ())?;
                let leaf = below.leaf(&[&host(name)?], &self.key, good, |_| ())?;
                self.serves(vec![leaf, intermediate, below.der()])
            }
            "root-included" => self.serves(vec![self.leaf(name, good)?, intermediate, self.root.der()]),
            "extra-certificate" => self.serves(vec![self.leaf(name, good)?, intermediate, self.stranger.der()]),
            "expired-intermediate" => {
                let expired = self.root.intermediate("Hufu Lab Expired", self.validity(-400, -5), |_| ())?;
                let leaf = expired.leaf(&[&host(name)?], &self.key, good, |_| ())?;
                self.serves(vec![leaf, expired.der()])
            }
            "weak-key" => {
                let leaf = self.intermediate.leaf(&[&host(name)?], &WeakPublicKey::new(), good, |_| ())?;
                self.config_of(&TLS12_ONLY, vec![leaf, intermediate], WeakKey::shared(), Arc::new(NoClientAuth))
            }
            "stolen-certificate" => {
                let another = KeyPair::generate()?;
                let leaf = self.leaf(name, good)?;
                self.config(self.certified(vec![leaf, intermediate], &another)?)
            }
            "client-certificate" => self.asks_for_client(self.good(name)?, |builder| builder),
            "client-certificate-optional" => {
                self.asks_for_client(self.good(name)?, |builder| builder.allow_unauthenticated())
            }
            _ => self.config(self.good(name)?),
        }
    }

    fn validity(&self, from: i64, to: i64) -> Validity {
        Validity::days(self.now, from, to)
    }

    /// A certificate for `name` with the lab's common key, from the good intermediate.
    fn leaf(&self, name: &str, validity: Validity) -> Result<CertificateDer<'static>, LabError> {
        Ok(self.intermediate.leaf(&[&host(name)?], &self.key, validity, |_| ())?)
    }

    /// A certificate with nothing wrong, for the address too, since that has no other.
    fn good(&self, name: &str) -> Result<CertifiedKey, LabError> {
        let leaf = self.intermediate.leaf(&[&host(name)?], &self.key, self.validity(-10, 80), |parameters| {
            parameters.subject_alt_names.push(SanType::IpAddress(FIRST));
        })?;
        self.certified(vec![leaf, self.intermediate.der()], &self.key)
    }

    fn serves(&self, chain: Vec<CertificateDer<'static>>) -> Result<Arc<ServerConfig>, LabError> {
        self.config(self.certified(chain, &self.key)?)
    }

    /// Chain and key as they are, whether or not they fit.
    fn certified(&self, chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Result<CertifiedKey, LabError> {
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        Ok(CertifiedKey::new(chain, self.provider.key_provider.load_private_key(key)?))
    }

    fn config(&self, certified: CertifiedKey) -> Result<Arc<ServerConfig>, LabError> {
        self.config_of(rustls::ALL_VERSIONS, certified.cert, certified.key, Arc::new(NoClientAuth))
    }

    fn asks_for_client(
        &self,
        certified: CertifiedKey,
        adjust: impl FnOnce(rustls::server::ClientCertVerifierBuilder) -> rustls::server::ClientCertVerifierBuilder,
    ) -> Result<Arc<ServerConfig>, LabError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.der())?;
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), self.provider.clone());
        self.config_of(rustls::ALL_VERSIONS, certified.cert, certified.key, adjust(verifier).build()?)
    }

    fn config_of(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
        chain: Vec<CertificateDer<'static>>,
        key: Arc<dyn SigningKey>,
        clients: Arc<dyn ClientCertVerifier>,
    ) -> Result<Arc<ServerConfig>, LabError> {
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(versions)?
            .with_client_cert_verifier(clients)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Reserved for examples (RFC 2606), so that no name of the lab can be anybody's.
const ZONE: &str = "lab.hufu.example";

const FIRST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const SECOND: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// Nothing listens there.
const UNUSED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

const TWO_CERTIFICATES: &str = "two-certificates";
const ONE_REFUSES: &str = "one-address-refuses";

static TLS12_ONLY: [&rustls::SupportedProtocolVersion; 1] = [&rustls::version::TLS12];

/// The servers that differ in their certificates or in how they are set up, and what a diagnosis
/// is to find.
const BY_CERTIFICATE: [(&str, &str); 17] = [
    ("good-ecdsa", "nothing wrong, with an ECDSA key"),
    ("good-rsa", "nothing wrong, with an RSA key"),
    ("expired", "the certificate has expired"),
    ("not-yet-valid", "the certificate is not valid yet"),
    ("expires-soon", "the certificate expires in three days"),
    ("wrong-name", "the certificate names another host"),
    ("self-signed", "the certificate is signed by itself"),
    ("unknown-root", "the chain ends in a root that nobody trusts"),
    ("missing-intermediate", "the intermediate is not served"),
    ("wrong-order", "the intermediates are served in the wrong order"),
    ("root-included", "the root is served too, which does no harm"),
    ("extra-certificate", "a certificate is served that belongs to no path"),
    ("expired-intermediate", "the intermediate has expired"),
    ("weak-key", "the key is RSA with 1,024 bits"),
    ("stolen-certificate", "the server does not hold the certificate's key"),
    ("client-certificate", "insists on a client certificate"),
    ("client-certificate-optional", "asks for a client certificate and does without"),
];
