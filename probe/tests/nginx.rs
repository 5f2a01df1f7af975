//! A real nginx with the configuration that the guide gives: it takes it, serves the chain to what
//! phones offer, and sends plain HTTP on.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Output},
};

use model::{
    Host, HostPort, Timestamp,
    deploy::{WebServer, configuration},
    observation::{Answer, KeyPossession, TlsVersion},
    tls::Suite,
};
use probe::{
    Depth, NetworkPolicy, Prober, Resolve, Roots, evaluate, file,
    lab::{Authority, Validity},
};

const HOST: &str = "nginx.lab.hufu.example";

/// nginx in a directory of its own; stopped when it is dropped.
struct Nginx {
    directory: tempfile::TempDir,
    plain: SocketAddr,
    secure: SocketAddr,
}

impl Nginx {
    fn start(fullchain: &[u8], key: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let [plain, secure] = free();
        let nginx = Self { directory, plain, secure };
        nginx.write(&format!("{HOST}.fullchain.pem"), fullchain);
        nginx.write(&format!("{HOST}.key"), key);
        let host: Host = HOST.parse().unwrap();
        let at = nginx.directory.path().to_str().unwrap();
        let files = configuration(WebServer::Nginx, &host, &at.parse().unwrap());
        let [site] = files.as_slice() else { panic!("{files:?}") };
        // As it is, but for ports that anybody may open, and IPv4 alone.
        let lines = site.text.lines().filter(|line| !line.contains("listen [::]"));
        let site: String = lines.map(|line| format!("{line}\n")).collect();
        let site = site
            .replace("listen 80;", &format!("listen {plain};"))
            .replace("listen 443 ssl;", &format!("listen {secure} ssl;"));
        assert!(site.contains(&plain.to_string()) && site.contains(&secure.to_string()), "{site}");
        let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let places: String = places.map(|place| format!("{place}_temp_path {at}/{place};\n")).concat();
        let around = format!(
            "pid {at}/pid;\nerror_log {at}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{places}{site}}}\n"
        );
        nginx.write("nginx.conf", around.as_bytes());
        nginx
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self, options: &[&str]) -> Output {
        // Debian's lies where only an administrator looks.
        let path = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default());
        Command::new("nginx")
            .env("PATH", &path)
            .args(options)
            .arg("-c")
            .arg(self.path("nginx.conf"))
            .arg("-p")
            .arg(self.directory.path())
            .output()
            .unwrap_or_else(|error| panic!("nginx, which the tests need: {error}"))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.run(&["-s", "stop"]);
    }
}

/// Two addresses at which nobody listens.
fn free() -> [SocketAddr; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

#[tokio::test]
async fn the_configuration_of_the_guide_is_taken_and_serves_the_chain() {
    let now = Timestamp::now();
    let root = Authority::root("Root", Validity::days(now, -1, 30)).unwrap();
    let middle = root.intermediate("Middle", Validity::days(now, -1, 30), |_| ()).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = middle.leaf(&[&HOST.parse().unwrap()], &key, Validity::days(now, -1, 20), |_| ()).unwrap();
    let fullchain = file::to_pem(&[leaf.clone(), middle.der()], None);
    let nginx = Nginx::start(fullchain.as_bytes(), key.serialize_pem().as_bytes());

    let tested = nginx.run(&["-t"]);
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    // It listens before it goes to the background.
    let started = nginx.run(&[]);
    assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));

    let target: HostPort = format!("{HOST}:{}", nginx.secure.port()).parse().unwrap();
    let resolve = Resolve { host: HOST.parse().unwrap(), port: target.port, addresses: vec![nginx.secure.ip()] };
    let prober = Prober::builder()
        .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
        .fixed([resolve].into_iter().collect())
        .build()
        .unwrap();
    let probed = prober.probe(&target, Depth::Full, now, |_| ()).await.unwrap();
    let served = probed.chains.into_values().next().unwrap();
    assert_eq!(served, [leaf, middle.der()]);
    assert!(evaluate(&served, &[Roots::from_pem(root.pem().as_bytes()).unwrap()], now).everywhere());
    let seen = probed.observation.addresses.into_iter().next().unwrap();
    let handshake = seen.outcome.unwrap();
    assert_eq!((handshake.version, handshake.key_possession), (TlsVersion::Tls13, KeyPossession::Proven));
    let protocols = seen.protocols.unwrap();
    for version in TlsVersion::ALL {
        assert_eq!(protocols.speaks(version), Some(version >= TlsVersion::Tls12), "{version:?}");
    }
    let Some(Answer::Taken { suite, .. }) = protocols.versions.get(&TlsVersion::Tls12) else { panic!("{protocols:?}") };
    assert!(Suite::ATS.contains(suite), "{suite}");

    let mut plain = TcpStream::connect(nginx.plain).unwrap();
    write!(plain, "GET /a?b=c HTTP/1.0\r\nHost: {HOST}\r\n\r\n").unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 301") && answer.contains(&format!("Location: https://{HOST}/a?b=c")),
        "{answer}"
    );
}
