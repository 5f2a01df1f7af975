//! Servers of OpenSSL: what the probe says of each is what OpenSSL's own client says.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::LazyLock,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{
    Fingerprint, HostPort, Timestamp,
    certificate::Sct,
    observation::{AddressObservation, Answer, Failure, KeyPossession, SuiteOrder, TlsFailure, TlsVersion},
    tls::Suite,
    transparency::{Delivered, NotSeen},
};
use probe::{Depth, NetworkPolicy, Prober, Resolve, lab::sct_list};

use crate::common::{certificates::Certificates, openssl::Server, system_time};

const HOST: &str = "openssl.lab.hufu.example";

static CERTIFICATES: LazyLock<Certificates> = LazyLock::new(|| Certificates::of(HOST));

fn start(options: &[&str]) -> Server {
    Server::start(&CERTIFICATES, options)
}

impl Server {
    async fn probe(&self) -> AddressObservation {
        self.probe_to(Depth::Full).await
    }

    async fn probe_to(&self, depth: Depth) -> AddressObservation {
        let target: HostPort = format!("{HOST}:{}", self.at.port()).parse().unwrap();
        let resolve = Resolve { host: HOST.parse().unwrap(), port: target.port, addresses: vec![self.at.ip()] };
        let prober = Prober::builder()
            .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
            .fixed([resolve].into_iter().collect())
            .build()
            .unwrap();
        let probed = prober.probe(&target, depth, system_time(), |_| ()).await.unwrap();
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
        self.chosen(&[option, "-cipher", "ALL:@SECLEVEL=0"]).is_some()
    }

    /// Whether OpenSSL's client is given timestamps, whatever they are.
    fn delivers(&self) -> bool {
        let at = self.at.to_string();
        let output = Command::new("openssl")
            .args(["s_client", "-connect", &at, "-servername", HOST, "-tls1_2", "-serverinfo", "18"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).contains("BEGIN SERVERINFO FOR EXTENSION 18")
    }

    /// The suite, by its name there, that OpenSSL's client gets.
    fn chosen(&self, options: &[&str]) -> Option<String> {
        let at = self.at.to_string();
        let output = Command::new("openssl")
            .args(["s_client", "-connect", &at, "-servername", HOST])
            .args(options)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let line = said.lines().map(str::trim).find(|line| {
            // Of a suite it says the version that had it first.
            line.starts_with("New, TLSv1") || line.starts_with("New, SSLv3")
        })?;
        Some(line.rsplit_once("Cipher is ")?.1.trim().to_owned())
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
        let server = start(options);
        let seen = server.probe().await;
        let handshake = seen.outcome.unwrap();
        let protocols = seen.protocols.unwrap();
        for version in TlsVersion::ALL {
            assert_eq!(protocols.speaks(version), Some(server.gives(version)), "{options:?} {version:?} {protocols:?}");
        }
        let highest = TlsVersion::ALL.into_iter().rev().find(|version| protocols.speaks(*version) == Some(true));
        assert_eq!(Some(handshake.version), highest, "{options:?}");
        // Whatever the version, the chain is there.
        assert_eq!(seen.chain.len(), 3, "{options:?}");
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
        let server = start(&["-tls1_2", "-cipher", ciphers]);
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
    let open = start(&["-tls1_2", "-cipher", "ALL:aNULL:@SECLEVEL=0"]);
    let weak = open.probe().await.protocols.unwrap().weak.unwrap();
    let Answer::Taken { suite, .. } = weak else { panic!("{weak:?}") };
    assert!(suite.is_broken(), "{suite}");
    // And the near miss.
    let shut = start(&["-tls1_2", "-cipher", "ECDHE+AESGCM"]);
    let seen = shut.probe().await;
    assert_eq!(seen.protocols.unwrap().weak.unwrap().taken(), Some(false));
    assert_eq!(seen.outcome.unwrap().signature.as_deref(), Some("ecdsa_secp256r1_sha256"));
}

/// What the servers below take, by OpenSSL's name and the registry's: in an order that no client has.
const TAKEN: [(&str, &str); 6] = [
    ("AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"),
    ("ECDHE-RSA-AES128-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    ("DHE-RSA-AES128-GCM-SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    ("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    ("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
];

#[tokio::test]
async fn every_suite_is_found_in_the_order_of_whoever_decides() {
    let ciphers = TAKEN.map(|(theirs, _)| theirs).join(":");
    let in_order = TAKEN.map(|(_, name)| suite(name));
    for (preference, order) in [(&["-serverpref"][..], SuiteOrder::Server), (&[][..], SuiteOrder::Client)] {
        for versions in [&["-tls1_2"][..], &[]] {
            let options = [&["-cipher", ciphers.as_str()][..], versions, preference].concat();
            let server = start(&options);
            let suites = server.probe_to(Depth::Deep).await.protocols.unwrap().suites.unwrap();
            assert_eq!((suites.order, suites.cut_short), (Some(order), false), "{options:?} {suites:?}");
            if order == SuiteOrder::Server {
                assert_eq!(suites.accepted, in_order, "{options:?}");
            } else {
                let sorted = |suites: &[Suite]| suites.iter().copied().collect::<std::collections::BTreeSet<_>>();
                assert_eq!(sorted(&suites.accepted), sorted(&in_order), "{options:?}");
            }
            // OpenSSL's client gets each of them alone, and nothing else.
            for (theirs, name) in TAKEN {
                let chosen = server.chosen(&["-tls1_2", "-cipher", theirs]);
                assert_eq!(chosen.as_deref(), Some(theirs), "{options:?} {name}");
            }
            let others = ["ALL".to_owned(), "@SECLEVEL=0".to_owned()].into_iter();
            let others = others.chain(TAKEN.iter().map(|(theirs, _)| format!("!{theirs}"))).collect::<Vec<_>>();
            let nothing = server.chosen(&["-tls1_2", "-cipher", &others.join(":")]);
            assert!(nothing.is_none_or(|chosen| chosen.contains("(NONE)")), "{options:?}");
        }
    }
    // Where there is but one, nobody decides; without TLS 1.2 nothing is asked.
    let one = start(&["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"]);
    let suites = one.probe_to(Depth::Deep).await.protocols.unwrap().suites.unwrap();
    assert_eq!((suites.accepted.len(), suites.order, suites.cut_short), (1, None, false));
    let modern = start(&["-tls1_3"]);
    assert_eq!(modern.probe_to(Depth::Deep).await.protocols.unwrap().suites, None);
    assert_eq!(one.probe().await.protocols.unwrap().suites, None);
}

#[tokio::test]
async fn a_server_that_likes_another_suite_better_is_asked_for_those_of_apple_alone() {
    let chacha = "ECDHE-RSA-CHACHA20-POLY1305";
    for (ciphers, taken) in [(format!("{chacha}:ECDHE-RSA-AES128-GCM-SHA256"), true), (chacha.to_owned(), false)] {
        let server = start(&["-tls1_2", "-serverpref", "-cipher", &ciphers]);
        let seen = server.probe().await;
        assert_eq!(seen.outcome.unwrap().suite, suite("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"));
        assert_eq!(seen.protocols.unwrap().ats.unwrap().taken(), Some(taken), "{ciphers}");
    }
    // A near miss: what it chose is one of them.
    let server = start(&["-tls1_2", "-cipher", "ECDHE+AESGCM"]);
    assert_eq!(server.probe().await.protocols.unwrap().ats, None);
}

#[tokio::test]
async fn who_insists_on_a_client_certificate_is_told_from_who_asks_in_either_version() {
    for version in ["-tls1_2", "-tls1_3"] {
        let insisting = start(&[version, "-Verify", "1"]).probe().await;
        let required = Err(Failure::Tls { reason: TlsFailure::ClientCertificateRequired });
        assert_eq!(insisting.outcome, required, "{version}");
        // An answer: it is not asked for once more, and the chain is there.
        assert_eq!((insisting.tries, insisting.chain.len()), (1, 3), "{version}");
        let asking = start(&[version, "-verify", "1"]).probe().await;
        assert!(asking.outcome.unwrap().client_certificate_requested, "{version}");
    }
}

/// A file with what OpenSSL's server answers to whoever asks for timestamps.
fn serverinfo(file: &Path, content: &[u8]) -> String {
    let length = u16::try_from(content.len()).unwrap();
    let extension = STANDARD.encode([&[0, 18][..], &length.to_be_bytes(), content].concat());
    let lines: Vec<&str> = extension.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    let label = "SERVERINFO FOR TIMESTAMPS";
    fs::write(file, format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))).unwrap();
    file.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_timestamps_that_a_handshake_brings_are_read_for_the_certificate_that_was_shown() {
    const OF_RSA: [&str; 2] = ["-cipher", "ECDHE-RSA-AES128-GCM-SHA256"];
    let directory = tempfile::tempdir().unwrap();
    let at: Timestamp = "2026-04-01T08:00:00.5Z".parse().unwrap();
    let scts = [([1; 32], at), ([2; 32], at)];
    let list = sct_list(&scts);
    let both = serverinfo(&directory.path().join("both.pem"), &list);
    let torn = serverinfo(&directory.path().join("torn.pem"), &list[..list.len() - 1]);
    let (both, torn) = (both.as_str(), torn.as_str());
    let read: Delivered = Ok(scts.map(|(log, at)| Sct { log: Fingerprint::new(log), at }).to_vec());
    let none: Delivered = Ok(Vec::new());
    for (options, expected, given) in [
        // OpenSSL gives them along with its first certificate, that of RSA.
        (&["-tls1_2", "-serverinfo", both, OF_RSA[0], OF_RSA[1]][..], &read, true),
        // In TLS 1.3, too, it is that one.
        (&["-sigalgs", "rsa_pss_rsae_sha256", "-serverinfo", both], &read, true),
        // With TLS 1.3 it shows that of ECDSA.
        (&["-serverinfo", both, OF_RSA[0], OF_RSA[1]], &Err(NotSeen::OtherCertificate), true),
        (&["-tls1_3", "-serverinfo", both], &Err(NotSeen::NoTls12), false),
        // What it has for one certificate is not given with the other, what is no list is none, and nothing is nothing.
        (&["-serverinfo", both, "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], &none, false),
        (&["-tls1_2", "-serverinfo", torn, OF_RSA[0], OF_RSA[1]], &none, true),
        (&["-tls1_2"], &none, false),
        (&[], &none, false),
    ] {
        let server = start(options);
        let seen = server.probe().await;
        assert_eq!(seen.delivered.as_ref(), Some(expected), "{options:?} {:?}", seen.outcome);
        assert_eq!(server.delivers(), given, "{options:?}");
    }
    // Who asks for the dates alone does not look.
    assert_eq!(start(&["-tls1_2"]).probe_to(Depth::Expiry).await.delivered, None);
}
