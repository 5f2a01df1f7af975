//! A lab of real servers on loopback, good and broken, with certificates made at start: for the
//! demo, the tests and the benches alike.

mod archive;
mod authority;
mod pki;
mod publisher;
mod revocation;
mod serve;
mod weak;
mod website;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use model::{Host, HostPort, Port, ServerName, Timestamp};
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

pub use archive::Archive;
pub use authority::{Authority, Validity, certificates_only, self_signed};
use pki::Pki;
pub use publisher::{Page, Publisher};
pub use revocation::{OcspAnswer, RevocationList, names_list, names_scts, promises_staple, sct_list};
use serve::{Manner, serve};
pub use website::{Reply, Website};

use crate::resolve::{FixedAddresses, Resolve};

/// Running servers; they stop when it is dropped.
#[derive(Debug)]
pub struct Lab {
    servers: Vec<LabServer>,
    publisher: Publisher,
    root_pem: String,
    tasks: TaskTracker,
    stop: DropGuard,
    /// Bound and never listening, so that their ports stay refused.
    _refusing: [TcpSocket; 2],
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
        let publisher = Publisher::start().await?;
        let pki = Pki::new(now, &publisher)?;
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        let mut servers = Vec::new();

        let (main, second, unused) = listen_twice().await?;
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

        let refusing = refuse(FIRST, 0)?;
        servers.push(server("refuses", refusing.local_addr()?.port(), &[FIRST], "refuses the connection")?);

        tasks.close();
        let root_pem = pki.root_pem();
        Ok(Self { servers, publisher, root_pem, tasks, stop: stop.drop_guard(), _refusing: [refusing, unused] })
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

    /// Where the certificates of the lab's authorities are published.
    pub fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// The addresses of every server's name, and of its authorities'.
    pub fn resolve(&self) -> FixedAddresses {
        self.servers
            .iter()
            .map(|server| Resolve { host: server.host.clone(), port: server.port, addresses: server.addresses.clone() })
            .chain([self.publisher.resolve()])
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

/// The same free port on two loopback addresses, and on a third where it is refused.
async fn listen_twice() -> Result<(TcpListener, TcpListener, TcpSocket), LabError> {
    let mut attempts = 0;
    loop {
        let main = TcpListener::bind(SocketAddr::new(FIRST, 0)).await?;
        let port = main.local_addr()?.port();
        let others = match TcpListener::bind(SocketAddr::new(SECOND, port)).await {
            Ok(second) => refuse(UNUSED, port).map(|unused| (second, unused)),
            Err(error) => Err(error),
        };
        match others {
            Ok((second, unused)) => return Ok((main, second, unused)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts < 16 => attempts += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// A port that refuses every connection while this is held; 0 for any.
fn refuse(address: IpAddr, port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(address, port))?;
    Ok(socket)
}

/// Reserved for examples (RFC 2606), so that no name of the lab can be anybody's.
const ZONE: &str = "lab.hufu.example";

const FIRST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const SECOND: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// Nothing listens there.
const UNUSED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

const TWO_CERTIFICATES: &str = "two-certificates";
const ONE_REFUSES: &str = "one-address-refuses";

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
