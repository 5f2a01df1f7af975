//! Servers that others wrote, looked at with tools that others wrote: of each of them sslscan, sslyze and
//! OpenSSL's client say what the probe says. Where they do not, it says here why.

mod sslscan;
mod sslyze;

use std::{collections::BTreeSet, net::SocketAddr, path::Path, process::Stdio, slice::from_ref, time::Duration};

use crate::common::{
    certificates::{Certificates, Own},
    nginx::{Nginx, free},
    openssl::Server,
    system_time,
};
use futures::{StreamExt as _, stream};
use model::{
    Code, HostPort,
    diagnose::{self, Context},
    observation::{AddressObservation, Failure, SuiteOrder, TlsFailure, TlsVersion},
    tls::Suite,
};
use probe::{
    CertificateDer, Depth, NetworkPolicy, Prober, Resolve, Roots, assess, evaluate, file,
    lab::{Authority, Validity},
};
use tokio::process::Command;

const HOST: &str = "peers.lab.hufu.example";

#[tokio::test]
async fn others_say_the_same_of_nginx() {
    let certificates = Certificates::of(HOST);
    let stranger = Authority::root("Stranger", Validity::days(system_time(), -1, 30)).unwrap().der();
    let (nginx, servers) = serve(&certificates, &stranger);
    let root = nginx.write("root.pem", pem(from_ref(&certificates.root)).as_bytes());
    let sslyze = sslyze::ask(HOST, &servers, &root);
    let (certificates, root, sslyze) = (&certificates, root.as_path(), sslyze.as_ref());
    let compared = stream::iter(SITES.into_iter().zip(servers)).for_each_concurrent(AT_ONCE, |(site, at)| async move {
        let name = site.name;
        let ours = Ours::of(at, certificates).await;
        if site.shows == Shows::NoTls {
            let reason = TlsFailure::NotTls { protocol: "HTTP".to_owned() };
            assert_eq!(ours.address.outcome, Err(Failure::Tls { reason }), "{name}");
            assert!(sslscan::ask(HOST, at).await.versions.values().all(|speaks| !speaks), "{name}");
            assert!(sslyze.is_none_or(|reports| reports[&at.port()].is_none()), "{name}");
            return;
        }
        let protocols = ours.address.protocols.as_ref().unwrap();
        let spoken = TlsVersion::ALL.into_iter().filter(|version| protocols.speaks(*version) == Some(true));
        assert_eq!(spoken.collect::<Vec<_>>(), site.versions, "{name}");
        if let Some(order) = site.order {
            assert_eq!(protocols.suites.as_ref().unwrap().order, Some(order), "{name}");
        }
        ours.compare_with_sslscan(name, &sslscan::ask(HOST, at).await);
        ours.compare_with_openssl(name, at, root).await;
        if let Some(report) = sslyze.map(|reports| reports[&at.port()].as_ref().unwrap()) {
            ours.compare_with_sslyze(name, report);
        }
    });
    compared.await;
}

#[tokio::test]
async fn others_say_the_same_of_openssl() {
    const EVERY: &str = "ALL:@SECLEVEL=0";
    const SET_UPS: [&[&str]; 9] = [
        &["-tls1", "-cipher", EVERY],
        &["-tls1_1", "-cipher", EVERY],
        &["-tls1_3"],
        &["-min_protocol", "TLSv1", "-cipher", EVERY, "-max_send_frag", "512"],
        &["-tls1_2", "-serverpref", "-cipher", "ALL:aNULL:@SECLEVEL=0"],
        &["-groups", "P-384"],
        &["-verify", "1"],
        &["-tls1_2", "-Verify", "1"],
        &["-Verify", "1"],
    ];
    let certificates = Certificates::of(HOST);
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("root.pem");
    std::fs::write(&root, pem(from_ref(&certificates.root))).unwrap();
    let servers = SET_UPS.map(|options| Server::start(&certificates, options));
    let sslyze = sslyze::ask(HOST, &servers.each_ref().map(|server| server.at), &root);
    let (certificates, root, sslyze) = (&certificates, root.as_path(), sslyze.as_ref());
    let set_ups = stream::iter(SET_UPS.into_iter().zip(&servers));
    let compared = set_ups.for_each_concurrent(AT_ONCE, |(options, server)| async move {
        let name = options.join(" ");
        let ours = Ours::of(server.at, certificates).await;
        ours.compare_with_sslscan(&name, &sslscan::ask(HOST, server.at).await);
        ours.compare_with_openssl(&name, server.at, root).await;
        if let Some(report) = sslyze.map(|reports| reports[&server.at.port()].as_ref().unwrap()) {
            ours.compare_with_sslyze(&name, report);
        }
    });
    compared.await;
}

/// Servers that are compared at once: OpenSSL's waits half a second for whoever leaves a connection open.
const AT_ONCE: usize = 4;

/// What the probe says of a server, at its deepest.
struct Ours {
    address: AddressObservation,
    chain: Vec<CertificateDer<'static>>,
    trusted: bool,
    codes: Vec<Code>,
    /// What the server may have shown to others.
    leaves: [CertificateDer<'static>; 2],
}

impl Ours {
    async fn of(at: SocketAddr, certificates: &Certificates) -> Self {
        let now = system_time();
        let target: HostPort = format!("{HOST}:{}", at.port()).parse().unwrap();
        let resolve = Resolve { host: HOST.parse().unwrap(), port: target.port, addresses: vec![at.ip()] };
        let roots = [Roots::from_pem(pem(from_ref(&certificates.root)).as_bytes()).unwrap()];
        let prober = Prober::builder()
            .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
            .fixed([resolve].into_iter().collect())
            .roots(roots.to_vec())
            // Only against hanging for ever.
            .timeout(Duration::from_secs(120))
            .build()
            .unwrap();
        let probed = prober.probe(&target, Depth::Deep, now, |_| ()).await.unwrap();
        let diagnosis = assess(&probed, &roots, Context { roots: diagnose::Roots::Given }, now);
        let chain = probed.chains.into_values().next().unwrap_or_default();
        Self {
            address: probed.observation.addresses.into_iter().next().unwrap(),
            trusted: evaluate(&chain, &roots, now).everywhere(),
            chain,
            codes: diagnosis.findings.iter().map(|finding| finding.code).collect(),
            leaves: [certificates.rsa.leaf.clone(), certificates.ecdsa.leaf.clone()],
        }
    }

    /// Whether the handshake ends only for who has a certificate; then the probe asks for nothing more.
    fn insists(&self) -> bool {
        self.address.outcome == Err(Failure::Tls { reason: TlsFailure::ClientCertificateRequired })
    }

    fn compare_with_sslscan(&self, name: &str, theirs: &sslscan::Report) {
        // Of a server that insists it has neither suites of TLS 1.2 nor a certificate: to it counts what has
        // come to an end. The probe has read the chain before.
        if self.insists() {
            assert!(theirs.suites.is_empty(), "{name}");
            return;
        }
        let protocols = self.address.protocols.as_ref().unwrap();
        for version in TlsVersion::ALL {
            assert_eq!(protocols.speaks(version), Some(theirs.versions[&version]), "{name}: {version:?}");
        }
        assert!(self.leaves.contains(theirs.leaf.as_ref().unwrap()), "{name}");
        let Some(suites) = &protocols.suites else {
            assert!(theirs.suites.is_empty(), "{name}");
            return;
        };
        assert!(!suites.cut_short, "{name}");
        assert_eq!(set(&suites.accepted), set(&theirs.suites), "{name}");
        // Of a server without an order of its own, each tool finds the order in which it asks.
        if suites.order == Some(SuiteOrder::Server) {
            assert_eq!(suites.accepted, theirs.suites, "{name}");
        }
    }

    /// OpenSSL's client is told to check the name and the path.
    async fn compare_with_openssl(&self, name: &str, at: SocketAddr, root: &Path) {
        let client = Command::new("openssl")
            .args(["s_client", "-min_protocol", "TLSv1", "-cipher", "DEFAULT:@SECLEVEL=0", "-servername", HOST])
            .args(["-verify_hostname", HOST, "-no-CApath", "-connect", &at.to_string(), "-CAfile"])
            .arg(root)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&client.stdout);
        let mut lines = said.lines();
        let code = lines.find_map(|line| line.trim().strip_prefix("Verify return code: ")).unwrap_or_default();
        assert_eq!(self.trusted, code.starts_with("0 "), "{name}: {code} {said}");
    }

    fn compare_with_sslyze(&self, name: &str, theirs: &sslyze::Report) {
        // nginx with `ssl_verify_client on` is OPTIONAL to both: it refuses in HTTP, after the handshake.
        let asks = match &self.address.outcome {
            Ok(handshake) if handshake.client_certificate_requested => "OPTIONAL",
            Ok(_) => "DISABLED",
            Err(_) if self.insists() => "REQUIRED",
            Err(failure) => panic!("{name}: {failure}"),
        };
        assert_eq!(asks, theirs.client_certificate, "{name}");
        if let Some(protocols) = &self.address.protocols {
            for version in TlsVersion::ALL {
                assert_eq!(protocols.speaks(version), Some(theirs.versions[&version]), "{name}: {version:?}");
            }
            let accepted = protocols.suites.as_ref().map(|suites| set(&suites.accepted)).unwrap_or_default();
            let known = accepted.into_iter().filter(|suite| !UNKNOWN_TO_SSLYZE.contains(suite));
            assert_eq!(known.collect::<BTreeSet<_>>(), theirs.suites, "{name}");
        }
        // Where there is TLS 1.3 alone it looks once, and may be shown the certificate of the other key.
        let same = theirs.chains.iter().find(|chain| chain.served.first() == self.chain.first());
        let chain = same.or(theirs.chains.first()).unwrap();
        assert!(self.leaves.contains(&chain.served[0]), "{name}");
        assert_eq!(self.chain[1..], chain.served[1..], "{name}");
        assert_eq!(self.trusted, chain.trusted, "{name}");
        // Without a path nobody knows which of them is the root.
        let with_root = self.trusted.then(|| self.codes.contains(&Code::ChainRootIncluded));
        assert_eq!(with_root, chain.with_root, "{name}");
        // To sslyze, what belongs to no path is out of order.
        let disorder = [Code::ChainWrongOrder, Code::ChainExtraCertificate];
        assert_eq!(self.codes.iter().all(|code| !disorder.contains(code)), chain.in_order, "{name}");
    }
}

/// sslyze has no names for those of DH_anon with Camellia and SHA-256.
const UNKNOWN_TO_SSLYZE: [Suite; 2] =
    [Suite::TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256, Suite::TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256];

/// A way to set up nginx.
struct Site {
    name: &'static str,
    shows: Shows,
    directives: &'static str,
    versions: &'static [TlsVersion],
    /// Whose order of suites it goes by, where there is one to be seen.
    order: Option<SuiteOrder>,
}

/// What a site sends; all but the first have ECDSA alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    BothKeys,
    FullChain,
    NoIntermediates,
    WrongOrder,
    RootToo,
    StrangerToo,
    NoTls,
}

const MODERN: &[TlsVersion] = &[TlsVersion::Tls12, TlsVersion::Tls13];
const SITES: [Site; 13] = [
    Site::chain("full chain", Shows::FullChain),
    Site::chain("missing intermediates", Shows::NoIntermediates),
    Site::chain("wrong order", Shows::WrongOrder),
    Site::chain("root included", Shows::RootToo),
    Site::chain("extra certificate", Shows::StrangerToo),
    Site::set_up("TLS 1.2 alone", "ssl_protocols TLSv1.2;", &[TlsVersion::Tls12], Some(SuiteOrder::Client)),
    Site::set_up("TLS 1.3 alone", "ssl_protocols TLSv1.3;", &[TlsVersion::Tls13], None),
    Site::set_up(
        "every version",
        "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;",
        &TlsVersion::ALL,
        Some(SuiteOrder::Client),
    ),
    Site::set_up(
        "its own order",
        "ssl_protocols TLSv1.2; ssl_prefer_server_ciphers on; ssl_ciphers \
         ECDHE-RSA-AES128-SHA256:AES256-SHA:ECDHE-ECDSA-AES256-GCM-SHA384:AES128-GCM-SHA256;",
        &[TlsVersion::Tls12],
        Some(SuiteOrder::Server),
    ),
    Site::set_up(
        "the client's order",
        "ssl_protocols TLSv1.2; ssl_prefer_server_ciphers off; ssl_ciphers \
         ECDHE-RSA-AES128-SHA256:AES256-SHA:ECDHE-ECDSA-AES256-GCM-SHA384:AES128-GCM-SHA256;",
        &[TlsVersion::Tls12],
        Some(SuiteOrder::Client),
    ),
    Site::set_up("asks for a client", "ssl_protocols TLSv1.2 TLSv1.3; ssl_verify_client optional;", MODERN, None),
    Site::set_up("insists on a client", "ssl_protocols TLSv1.2 TLSv1.3; ssl_verify_client on;", MODERN, None),
    Site { name: "no TLS", shows: Shows::NoTls, directives: "", versions: &[], order: None },
];

impl Site {
    const fn chain(name: &'static str, shows: Shows) -> Self {
        Self { name, shows, directives: "ssl_protocols TLSv1.2 TLSv1.3;", versions: MODERN, order: None }
    }

    const fn set_up(
        name: &'static str,
        directives: &'static str,
        versions: &'static [TlsVersion],
        order: Option<SuiteOrder>,
    ) -> Self {
        Self { name, shows: Shows::BothKeys, directives, versions, order }
    }

    /// Its `server` block.
    fn block(
        &self,
        at: SocketAddr,
        nginx: &Nginx,
        certificates: &Certificates,
        stranger: &CertificateDer<'_>,
    ) -> String {
        let Certificates { root, upper, lower, rsa, ecdsa } = certificates;
        let shown = |own: &Own, issuers: &[&CertificateDer<'_>]| {
            let chain: Vec<_> = [&own.leaf].into_iter().chain(issuers.iter().copied()).cloned().collect();
            let chain = nginx.write(&format!("{}.pem", chain_name(&chain)), pem(&chain).as_bytes());
            let key = nginx.write(&format!("{}.key", chain_name(from_ref(&own.leaf))), own.key.as_bytes());
            format!("ssl_certificate {}; ssl_certificate_key {};\n", chain.display(), key.display())
        };
        let shown = match self.shows {
            Shows::NoTls => return format!("server {{ listen {at}; }}\n"),
            Shows::BothKeys => shown(rsa, &[lower, upper]) + &shown(ecdsa, &[lower, upper]),
            Shows::FullChain => shown(ecdsa, &[lower, upper]),
            Shows::NoIntermediates => shown(ecdsa, &[]),
            Shows::WrongOrder => shown(ecdsa, &[upper, lower]),
            Shows::RootToo => shown(ecdsa, &[lower, upper, root]),
            Shows::StrangerToo => shown(ecdsa, &[lower, upper, stranger]),
        };
        format!("server {{ listen {at} ssl;\n{shown}{}\n}}\n", self.directives)
    }
}

/// All sites in one nginx, each at an address of its own.
fn serve(certificates: &Certificates, stranger: &CertificateDer<'_>) -> (Nginx, [SocketAddr; SITES.len()]) {
    let nginx = Nginx::new();
    let root = nginx.write("clients.pem", pem(from_ref(&certificates.root)).as_bytes());
    // Somebody may take a port before nginx has it.
    for _ in 0..TRIES {
        let servers = free();
        let blocks = SITES.iter().zip(servers).map(|(site, at)| site.block(at, &nginx, certificates, stranger));
        nginx.configure(&format!("ssl_client_certificate {};\n{}", root.display(), blocks.collect::<String>()));
        match nginx.start() {
            Ok(()) => return (nginx, servers),
            Err(why) => println!("once more: {why}"),
        }
    }
    panic!("nginx does not start");
}

const TRIES: usize = 4;

/// A name for the file of a chain.
fn chain_name(chain: &[CertificateDer<'_>]) -> String {
    chain.iter().map(|der| probe::certificate::read(der).sha256.to_string()[..8].to_owned()).collect()
}

fn pem(chain: &[CertificateDer<'_>]) -> String {
    file::to_pem(chain, None).to_string()
}

/// The one certificate of a PEM.
fn certificate(pem: &str) -> CertificateDer<'static> {
    file::certificates(pem.as_bytes()).unwrap().swap_remove(0)
}

fn set(suites: &[Suite]) -> BTreeSet<Suite> {
    suites.iter().copied().collect()
}
