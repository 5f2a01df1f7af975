//! A real nginx with the configuration that the guide gives: it takes it, serves the chain to what
//! phones offer, and sends plain HTTP on.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use model::{
    Host, HostPort, Timestamp,
    deploy::{WebServer, configuration},
    observation::{Answer, KeyPossession, TlsVersion},
    tls::KeyExchange,
};
use probe::{
    Depth, NetworkPolicy, Prober, Resolve, Roots, evaluate, file,
    lab::{Authority, Validity},
};

use crate::common::nginx::{Nginx, free};

const HOST: &str = "nginx.lab.hufu.example";

/// One with the configuration of the guide, as it is but for ports that anybody may open, and IPv4
/// alone.
fn guided(fullchain: &[u8], key: &[u8], [plain, secure]: [SocketAddr; 2]) -> Nginx {
    let nginx = Nginx::new();
    nginx.write(&format!("{HOST}.fullchain.pem"), fullchain);
    nginx.write(&format!("{HOST}.key"), key);
    let host: Host = HOST.parse().unwrap();
    let at = nginx.directory().to_str().unwrap();
    let files = configuration(WebServer::Nginx, &host, &at.parse().unwrap());
    let [site] = files.as_slice() else { panic!("{files:?}") };
    let lines = site.text.lines().filter(|line| !line.contains("listen [::]"));
    let site: String = lines.map(|line| format!("{line}\n")).collect();
    let site = site
        .replace("listen 80;", &format!("listen {plain};"))
        .replace("listen 443 ssl;", &format!("listen {secure} ssl;"));
    assert!(site.contains(&plain.to_string()) && site.contains(&secure.to_string()), "{site}");
    nginx.configure(&site);
    nginx
}

#[tokio::test]
async fn the_configuration_of_the_guide_is_taken_and_serves_the_chain() {
    let now = Timestamp::now();
    let root = Authority::root("Root", Validity::days(now, -1, 30)).unwrap();
    let middle = root.intermediate("Middle", Validity::days(now, -1, 30), |_| ()).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = middle.leaf(&[&HOST.parse().unwrap()], &key, Validity::days(now, -1, 20), |_| ()).unwrap();
    let fullchain = file::to_pem(&[leaf.clone(), middle.der()], None);
    let [plain, secure] = free();
    let nginx = guided(fullchain.as_bytes(), key.serialize_pem().as_bytes(), [plain, secure]);

    let tested = nginx.run(&["-t"]);
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    nginx.start().unwrap();

    let target: HostPort = format!("{HOST}:{}", secure.port()).parse().unwrap();
    let resolve = Resolve { host: HOST.parse().unwrap(), port: target.port, addresses: vec![secure.ip()] };
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
    assert_eq!(suite.key_exchange(), KeyExchange::Ecdhe, "{suite}");

    let mut plain = TcpStream::connect(plain).unwrap();
    write!(plain, "GET /a?b=c HTTP/1.0\r\nHost: {HOST}\r\n\r\n").unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 301") && answer.contains(&format!("Location: https://{HOST}/a?b=c")),
        "{answer}"
    );
}
