//! Real web servers with the configuration that the guide gives: each takes it, serves the chain to what
//! phones offer, and sends plain HTTP on. Behind a proxy it is known what was asked for, and wss works.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};

use model::{
    HostPort,
    deploy::{ConfigurationFile, Site, WebServer, configuration},
    endpoints::route::Route,
    http::{HttpFacts, Upgrade},
    observation::{Answer, KeyPossession, TlsVersion},
    tls::KeyExchange,
};
use probe::{
    Ask, CertificateDer, Depth, NetworkPolicy, Prober, Resolve, Roots, evaluate,
    file::{self, Password, PrivateKey},
    lab::{Authority, Reply, Validity, Website},
};

use crate::{
    common::{
        apache::Apache,
        nginx::{Nginx, free},
        system_time,
        tomcat::Tomcat,
    },
    web::{header, switching},
};

const HOST: &str = "guide.lab.hufu.example";
/// What covers it.
const WILDCARD: &str = "*.lab.hufu.example";
const DOMAIN: &str = "lab.hufu.example";
const PASSWORD: &str = "changeit";

#[tokio::test]
async fn nginx_takes_the_configuration_of_the_guide() {
    nginx(&site(HOST)).await;
}

#[tokio::test]
async fn nginx_takes_the_configuration_of_the_guide_for_a_wildcard() {
    nginx(&site(WILDCARD)).await;
}

#[tokio::test]
async fn nginx_takes_the_configuration_of_the_guide_for_a_domain_and_its_wildcard() {
    nginx(&Site::Domain(DOMAIN.parse().unwrap())).await;
}

async fn nginx(named: &Site) {
    let (own, application, [plain, secure]) = (Own::new(), application().await, free());
    let nginx = Nginx::new();
    own.put_pem(named, nginx.directory());
    let [site] = guide(WebServer::Nginx, named, nginx.directory());
    // IPv4 alone, which every machine has.
    let site: String =
        site.lines().filter(|line| !line.contains("listen [::]")).map(|line| format!("{line}\n")).collect();
    nginx.configure(&with(
        &site,
        &[
            ("listen 80;", format!("listen {plain};")),
            ("listen 443 ssl;", format!("listen {secure} ssl;")),
            ("127.0.0.1:8080", format!("127.0.0.1:{}", application.plain_port())),
        ],
    ));
    let tested = nginx.run(&["-t"]);
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    nginx.start().unwrap();
    assert_reaches_the_application(own.assert_served(secure).await);
    assert_sent_on(plain, 301);
}

#[tokio::test]
async fn apache_takes_the_configuration_of_the_guide() {
    apache(&site(HOST)).await;
}

#[tokio::test]
async fn apache_takes_the_configuration_of_the_guide_for_a_wildcard() {
    apache(&site(WILDCARD)).await;
}

#[tokio::test]
async fn apache_takes_the_configuration_of_the_guide_for_a_domain_and_its_wildcard() {
    apache(&Site::Domain(DOMAIN.parse().unwrap())).await;
}

async fn apache(named: &Site) {
    let (own, application, [plain, secure]) = (Own::new(), application().await, free());
    let mut apache = Apache::new();
    own.put_pem(named, apache.directory());
    let [site] = guide(WebServer::Apache, named, apache.directory());
    let enabled = site.lines().find_map(|line| Some(line.split_once("a2enmod ")?.1.split_once(" && ")?.0)).unwrap();
    let hosts = with(
        &site,
        &[
            ("*:80>", format!("{plain}>")),
            ("*:443>", format!("{secure}>")),
            ("127.0.0.1:8080", format!("127.0.0.1:{}", application.plain_port())),
        ],
    );
    apache.configure(&[plain, secure], &enabled.split(' ').collect::<Vec<_>>(), &hosts);
    let tested = apache.run(&["-t"]);
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    apache.start().unwrap();
    assert_reaches_the_application(own.assert_served(secure).await);
    assert_sent_on(plain, 301);
}

#[tokio::test]
async fn tomcat_takes_the_configuration_of_the_guide_with_jks() {
    tomcat(|chain, key, password| file::to_jks(chain, key, password, system_time()).unwrap(), &[]).await;
}

#[tokio::test]
async fn tomcat_takes_the_configuration_of_the_guide_with_pkcs12() {
    let instead = [(".jks\"", ".p12\"".to_owned()), ("=\"JKS\"", "=\"PKCS12\"".to_owned())];
    tomcat(|chain, key, password| file::to_pkcs12(chain, key, password).unwrap(), &instead).await;
}

/// Tomcat with a key store that was made here, and with what else the guide says to write for its kind.
async fn tomcat(
    made: impl FnOnce(&[CertificateDer<'_>], &PrivateKey, &Password) -> Vec<u8>,
    instead: &[(&str, String)],
) {
    let (own, [plain, secure]) = (Own::new(), free());
    let mut tomcat = Tomcat::new();
    let [connectors, constraints] = guide(WebServer::Tomcat, &site(HOST), tomcat.directory());
    let at = |at: SocketAddr| format!("address=\"{}\" port=\"{}\"", at.ip(), at.port());
    let changes = [("port=\"80\"", at(plain)), ("port=\"443\"", at(secure))];
    let connectors = with(&connectors, &[&changes[..], instead].concat());
    let key = PrivateKey::read(own.key.as_bytes(), None).unwrap();
    let store = made(&own.chain, &key, &Password::new(PASSWORD.to_owned()));
    let name = if instead.is_empty() { format!("{HOST}.jks") } else { format!("{HOST}.p12") };
    fs::write(tomcat.directory().join(name), store).unwrap();
    tomcat.configure(&connectors, &constraints, &format!("-Dkeystore.password={PASSWORD}"));
    tomcat.start().unwrap();
    own.assert_served(secure).await;
    assert_sent_on(plain, 302);
}

fn site(named: &str) -> Site {
    named.parse().unwrap()
}

/// The texts of the guide.
fn guide<const N: usize>(server: WebServer, named: &Site, directory: &Path) -> [String; N] {
    let files = configuration(server, named, &directory.to_str().unwrap().parse().unwrap());
    let texts: Vec<_> = files.into_iter().map(|ConfigurationFile { text, .. }| text).collect();
    texts.try_into().unwrap()
}

/// A text with what has to be another here: ports that anybody may open, most of all.
fn with(text: &str, changes: &[(&str, String)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (there, here)| {
        assert!(text.contains(there), "{there}: {text}");
        text.replace(there, here)
    })
}

/// A server's certificate below an intermediate, and its key.
struct Own {
    root: Authority,
    chain: [CertificateDer<'static>; 2],
    /// In PEM.
    key: String,
}

impl Own {
    fn new() -> Self {
        let now = system_time();
        let root = Authority::root("Root", Validity::days(now, -1, 30)).unwrap();
        let middle = root.intermediate("Middle", Validity::days(now, -1, 30), |_| ()).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = middle.leaf(&[&HOST.parse().unwrap()], &key, Validity::days(now, -1, 20), |_| ()).unwrap();
        Self { root, chain: [leaf, middle.der()], key: key.serialize_pem() }
    }

    /// By the names that the guide gives them.
    fn put_pem(&self, named: &Site, directory: &Path) {
        let name = named.file_name();
        let fullchain = file::to_pem(&self.chain, None);
        fs::write(directory.join(format!("{name}.fullchain.pem")), fullchain.as_bytes()).unwrap();
        fs::write(directory.join(format!("{name}.key")), &self.key).unwrap();
    }

    /// Whether it is served as phones want it, by who has the key; then what is answered over HTTP.
    async fn assert_served(&self, at: SocketAddr) -> HttpFacts {
        let now = system_time();
        let target: HostPort = format!("{HOST}:{}", at.port()).parse().unwrap();
        let resolve = Resolve { host: HOST.parse().unwrap(), port: target.port, addresses: vec![at.ip()] };
        let prober = Prober::builder()
            .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
            .fixed([resolve].into_iter().collect())
            // Only against hanging for ever.
            .timeout(Duration::from_secs(120))
            .build()
            .unwrap();
        let ask = Ask { websocket: true, ..Ask::default() };
        let probed = prober.probe_by(&Route::default(), &target, &ask, Depth::Full, now, |_| ()).await.unwrap();
        let served = probed.chains.into_values().next().unwrap();
        assert_eq!(served, self.chain);
        assert!(evaluate(&served, &[Roots::from_pem(self.root.pem().as_bytes()).unwrap()], now).everywhere());
        let seen = probed.observation.addresses.into_iter().next().unwrap();
        let handshake = seen.outcome.unwrap();
        assert_eq!((handshake.version, handshake.key_possession), (TlsVersion::Tls13, KeyPossession::Proven));
        let protocols = seen.protocols.unwrap();
        for version in TlsVersion::ALL {
            assert_eq!(protocols.speaks(version), Some(version >= TlsVersion::Tls12), "{version:?}");
        }
        let answer = protocols.versions.get(&TlsVersion::Tls12);
        let Some(Answer::Taken { suite, .. }) = answer else { panic!("{protocols:?}") };
        assert_eq!(suite.key_exchange(), KeyExchange::Ecdhe, "{suite}");
        probed.observation.http.unwrap()
    }
}

/// What stands behind a proxy. It answers who tells it the name and the scheme that were asked for.
async fn application() -> Website {
    let site = Website::start(system_time(), |_, head| {
        let name = header(head, "Host").and_then(|host| host.split(':').next());
        if (name, header(head, "X-Forwarded-Proto")) != (Some(HOST), Some("https")) {
            return Reply::page("400 Bad Request", "");
        }
        header(head, "Sec-WebSocket-Key").map_or_else(|| Reply::page("200 OK", ""), switching)
    });
    site.await.unwrap()
}

fn assert_reaches_the_application(HttpFacts { looks, .. }: HttpFacts) {
    let [look] = looks.as_slice() else { panic!("{looks:?}") };
    assert_eq!((look.page.as_ref().unwrap().status, &look.websocket), (200, &Some(Upgrade::Switched)));
}

/// Whether a request in the clear is sent to the same place on HTTPS.
fn assert_sent_on(plain: SocketAddr, status: u16) {
    let mut plain = TcpStream::connect(plain).unwrap();
    write!(plain, "GET /a?b=c HTTP/1.0\r\nHost: {HOST}\r\n\r\n").unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(answer.contains(&format!("Location: https://{HOST}/a?b=c\r\n")), "{answer}");
}
