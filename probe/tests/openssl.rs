//! Servers of OpenSSL: what the probe says of each is what OpenSSL's own client says.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use model::{
    HostPort, Timestamp,
    observation::{AddressObservation, Answer, KeyPossession, TlsVersion},
    tls::Suite,
};
use probe::{
    Depth, NetworkPolicy, Prober, Resolve,
    lab::{Authority, Validity},
};

const HOST: &str = "openssl.lab.hufu.example";

/// `openssl s_server`, with a key of RSA and one of ECDSA.
struct Server {
    child: Child,
    at: SocketAddr,
    _files: tempfile::TempDir,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let files = tempfile::tempdir().unwrap();
        let now = Timestamp::now();
        let root = Authority::root("Root", Validity::days(now, -1, 30)).unwrap();
        let middle = root.intermediate("Middle", Validity::days(now, -1, 30), |_| ()).unwrap();
        let host = HOST.parse().unwrap();
        let file = |name: String, content: &[u8]| -> PathBuf {
            let path = files.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-naccept", "100"]);
        for (name, algorithm) in [("rsa", &rcgen::PKCS_RSA_SHA256), ("ecdsa", &rcgen::PKCS_ECDSA_P256_SHA256)] {
            let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
            let leaf = middle.leaf(&[&host], &key, Validity::days(now, -1, 20), |_| ()).unwrap();
            let prefix = if name == "rsa" { "-" } else { "-d" };
            command.arg(format!("{prefix}cert")).arg(file(format!("{name}.cer"), &leaf));
            command.arg(format!("{prefix}key")).arg(file(format!("{name}.key"), key.serialize_pem().as_bytes()));
            command.arg(format!("{prefix}cert_chain")).arg(file("middle.pem".to_owned(), middle.pem().as_bytes()));
        }
        command.args(options).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let at = lines.find_map(|line| line.unwrap().strip_prefix("ACCEPT ").map(|at| at.parse().unwrap()));
        Self { child, at: at.unwrap_or_else(|| panic!("openssl s_server {options:?} did not start")), _files: files }
    }

    async fn probe(&self) -> AddressObservation {
        let target: HostPort = format!("{HOST}:{}", self.at.port()).parse().unwrap();
        let resolve = Resolve { host: HOST.parse().unwrap(), port: target.port, addresses: vec![self.at.ip()] };
        let prober = Prober::builder()
            .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
            .fixed([resolve].into_iter().collect())
            .build()
            .unwrap();
        let probed = prober.probe(&target, Depth::Full, Timestamp::now(), |_| ()).await.unwrap();
        probed.observation.addresses.into_iter().next().unwrap()
    }

    /// Whether OpenSSL's client gets this version from it.
    fn gives(&self, version: TlsVersion) -> bool {
        let option = match version {
            TlsVersion::Tls10 => "-tls1",
            TlsVersion::Tls11 => "-tls1_1",
            TlsVersion::Tls12 => "-tls1_2",
            TlsVersion::Tls13 => "-tls1_3",
        };
        let at = self.at.to_string();
        let output = Command::new("openssl")
            .args(["s_client", "-connect", &at, "-servername", HOST, option, "-cipher", "ALL:@SECLEVEL=0"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).lines().any(|line| line.trim().starts_with("New, TLSv1"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn suite(name: &str) -> Suite {
    name.parse().unwrap()
}

#[tokio::test]
async fn each_version_is_told_as_openssl_tells_it() {
    const EVERY: &str = "ALL:@SECLEVEL=0";
    for options in [
        &["-tls1", "-cipher", EVERY][..],
        &["-tls1_1", "-cipher", EVERY],
        &["-tls1_2"],
        &["-tls1_3"],
        &["-min_protocol", "TLSv1", "-cipher", EVERY],
        &["-min_protocol", "TLSv1", "-max_protocol", "TLSv1.1", "-cipher", EVERY],
        &["-min_protocol", "TLSv1", "-no_tls1_1", "-cipher", EVERY],
        // A request for another hello, and records of half a kilobyte.
        &["-groups", "P-384"],
        &["-min_protocol", "TLSv1", "-cipher", EVERY, "-max_send_frag", "512"],
    ] {
        let server = Server::start(options);
        let seen = server.probe().await;
        let handshake = seen.outcome.unwrap();
        let protocols = seen.protocols.unwrap();
        for version in TlsVersion::ALL {
            assert_eq!(protocols.speaks(version), Some(server.gives(version)), "{options:?} {version:?} {protocols:?}");
        }
        let highest = TlsVersion::ALL.into_iter().rev().find(|version| protocols.speaks(*version) == Some(true));
        assert_eq!(Some(handshake.version), highest, "{options:?}");
        // Whatever the version, the chain is there.
        assert_eq!(seen.chain.len(), 2, "{options:?}");
        assert_eq!(seen.chain[0].subject, format!("CN={HOST}"));
        let proven = handshake.key_possession == KeyPossession::Proven;
        assert_eq!(proven, handshake.version >= TlsVersion::Tls12, "{options:?} {:?}", handshake.key_possession);
    }
}

#[tokio::test]
async fn what_phones_offer_is_not_all_that_they_take() {
    for (ciphers, chosen, for_apple, for_android, proven) in [
        // No library of today offers these; Apple's systems do, and the key is proven all the same.
        ("ECDHE-RSA-AES128-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", true, false, true),
        ("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", true, true, true),
        // Android alone.
        ("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", false, true, false),
        // Whatever the server likes best.
        ("AES128-SHA256:AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", false, true, false),
        // Nobody.
        ("DHE-RSA-AES256-GCM-SHA384", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", false, false, true),
        ("CAMELLIA128-SHA", "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA", false, false, false),
    ] {
        let server = Server::start(&["-tls1_2", "-cipher", ciphers]);
        let seen = server.probe().await;
        let handshake = seen.outcome.unwrap_or_else(|failure| panic!("{ciphers}: {failure} {:?}", seen.protocols));
        let protocols = seen.protocols.unwrap();
        assert_eq!((handshake.version, handshake.suite), (TlsVersion::Tls12, suite(chosen)), "{ciphers}");
        let taken = |answer: Option<Answer>| answer.as_ref().and_then(Answer::taken);
        assert_eq!(
            (taken(protocols.ats), taken(protocols.boringssl)),
            (Some(for_apple), Some(for_android)),
            "{ciphers}"
        );
        assert_eq!(handshake.key_possession == KeyPossession::Proven, proven, "{ciphers} {handshake:?}");
    }
}

#[tokio::test]
async fn a_suite_without_a_certificate_is_told() {
    let open = Server::start(&["-tls1_2", "-cipher", "ALL:aNULL:@SECLEVEL=0"]);
    let weak = open.probe().await.protocols.unwrap().weak.unwrap();
    let Answer::Taken { suite, .. } = weak else { panic!("{weak:?}") };
    assert!(suite.is_broken(), "{suite}");
    // And the near miss.
    let shut = Server::start(&["-tls1_2", "-cipher", "ECDHE+AESGCM"]);
    let seen = shut.probe().await;
    assert_eq!(seen.protocols.unwrap().weak.unwrap().taken(), Some(false));
    assert_eq!(seen.outcome.unwrap().signature.as_deref(), Some("ecdsa_secp256r1_sha256"));
}
