//! Revocation: lists from a web server that is as hostile as it likes, and answers of OpenSSL's responder
//! that OpenSSL's server staples; what the probe says of each is what OpenSSL says of it.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use futures::future::{join_all, join3};
use model::{
    Code, Fingerprint, HostPort, Timestamp, Verdict,
    certificate::Sct,
    diagnose::{self, Context},
    fetched::FetchFailure,
    observation::Failure,
    revocation::{ListAnswer, ListFailure, Listed, Reason, Revoked, Staple, StapleProblem, Status},
};
use probe::{
    CertificateDer, Depth, NetworkPolicy, Probed, Prober, Resolve, Roots, assess,
    lab::{Authority, Page, Publisher, RevocationList, Validity, names_list, names_scts, promises_staple},
};
use proptest::prelude::*;
use rcgen::{CertificateParams, CustomExtension, KeyPair};

use crate::common::system_time;

const HOST: &str = "revoked.lab.hufu.example";
const LOOPBACK: &str = "127.0.0.0/8";
/// Only against hanging for ever.
const AMPLE: Duration = Duration::from_secs(120);

/// OpenSSL judges by the clock; authorities count whole seconds.
fn now() -> Timestamp {
    Timestamp::from_second(system_time().as_second()).unwrap()
}

/// A chain of three, and where its issuers publish.
struct Bench {
    now: Timestamp,
    publisher: Publisher,
    root: Authority,
    middle: Authority,
    key: KeyPair,
    files: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let now = now();
        let publisher = Publisher::start().await.unwrap();
        let year = Validity::days(now, -100, 265);
        let root = Authority::root("Root", year).unwrap();
        let list = publisher.url("root.crl");
        let middle = root.intermediate("Middle", year, |parameters| names_list(parameters, &list)).unwrap();
        let bench = Self {
            now,
            publisher,
            root,
            middle,
            key: KeyPair::generate().unwrap(),
            files: tempfile::tempdir().unwrap(),
        };
        bench.publish("root.crl", &bench.root, &[]);
        bench
    }

    fn week(&self) -> Validity {
        Validity::days(self.now, -1, 6)
    }

    /// Puts a list of `authority` on its page, with the serial numbers of these certificates.
    fn publish(&self, page: &str, authority: &Authority, revoked: &[&[u8]]) {
        let list = RevocationList::of(&revoked.iter().map(|der| serial(der)).collect::<Vec<_>>(), self.week());
        self.publisher.put(page, Page::Body(authority.revokes(&list).unwrap()));
    }

    fn leaf(&self, adjust: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        let validity = Validity::days(self.now, -1, 89);
        self.middle.leaf(&[&HOST.parse().unwrap()], &self.key, validity, adjust).unwrap()
    }

    /// A leaf that says its list is there.
    fn leaf_with_list(&self, url: &str) -> CertificateDer<'static> {
        self.leaf(|parameters| names_list(parameters, url))
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn roots(&self) -> [Roots; 1] {
        [Roots::from_pem(self.root.pem().as_bytes()).unwrap()]
    }

    fn prober(&self, server: &Server, allowed: &str) -> Prober {
        let resolve =
            Resolve { host: HOST.parse().unwrap(), port: server.target().port, addresses: vec![server.at.ip()] };
        Prober::builder()
            .policy(NetworkPolicy::allowing([allowed.parse().unwrap()]))
            .fixed([resolve, self.publisher.resolve()].into_iter().collect())
            .roots(self.roots().to_vec())
            .timeout(AMPLE)
            .build()
            .unwrap()
    }

    async fn probe(&self, server: &Server) -> Probed {
        let prober = self.prober(server, LOOPBACK);
        prober.probe(&server.target(), Depth::Full, self.now, |_| ()).await.unwrap()
    }

    fn findings(&self, probed: &Probed) -> (Verdict, Vec<Code>) {
        let diagnosis = assess(probed, &self.roots(), Context { roots: diagnose::Roots::Given }, self.now);
        let told = |code: &Code| code.as_str().starts_with("cert.");
        (diagnosis.verdict, diagnosis.findings.iter().map(|finding| finding.code).filter(told).collect())
    }
}

/// `openssl s_server` with one certificate. It answers over HTTP, so that nobody waits for that.
struct Server {
    child: Child,
    at: SocketAddr,
}

impl Server {
    /// Staples the response in a file, if there is one.
    fn start(bench: &Bench, leaf: &CertificateDer<'_>, staple: Option<&Path>) -> Self {
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-www"]);
        command.arg("-cert").arg(bench.file("leaf.cer", leaf));
        command.arg("-key").arg(bench.file("leaf.key", bench.key.serialize_pem().as_bytes()));
        command.arg("-cert_chain").arg(bench.file("middle.pem", bench.middle.pem().as_bytes()));
        if let Some(staple) = staple {
            command.arg("-status_file").arg(staple);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let at = lines.find_map(|line| line.unwrap().strip_prefix("ACCEPT ").map(|at| at.parse().unwrap()));
        Self { child, at: at.unwrap_or_else(|| panic!("openssl s_server did not start")) }
    }

    fn target(&self) -> HostPort {
        format!("{HOST}:{}", self.at.port()).parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub(crate) fn serial(der: &[u8]) -> Vec<u8> {
    let serial = probe::certificate::read(der).serial;
    (0..serial.len()).step_by(2).map(|place| u8::from_str_radix(&serial[place..place + 2], 16).unwrap()).collect()
}

fn lists(probed: &Probed) -> &[Listed] {
    &probed.observation.addresses[0].lists
}

fn failure(answer: &ListAnswer) -> &ListFailure {
    let ListAnswer::Unknown { why } = answer else { panic!("{answer:?}") };
    why
}

#[tokio::test]
async fn whether_a_certificate_is_on_its_issuer_s_list_is_known() {
    let bench = Bench::new().await;
    let url = bench.publisher.url("middle.crl");
    let leaf = bench.leaf_with_list(&url);
    let server = Server::start(&bench, &leaf, None);

    bench.publish("middle.crl", &bench.middle, &[&bench.middle.der()]);
    let probed = bench.probe(&server).await;
    assert_eq!(lists(&probed).iter().map(|listed| listed.position).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(lists(&probed)[0].url.as_ref(), Some(&url));
    for Listed { answer, .. } in lists(&probed) {
        let ListAnswer::NotListed { this_update, next_update } = answer else { panic!("{answer:?}") };
        assert_eq!([*this_update, *next_update], [bench.week().starts_at(), bench.week().ends_at()]);
    }
    assert_eq!(bench.findings(&probed), (Verdict::Pass, vec![]));

    bench.publish("middle.crl", &bench.middle, &[&leaf]);
    let probed = bench.probe(&server).await;
    let revoked = Revoked { at: bench.week().starts_at(), reason: Some(Reason::KeyCompromise) };
    assert_eq!(lists(&probed)[0].answer, ListAnswer::Revoked(revoked));
    assert_eq!(bench.findings(&probed), (Verdict::Fail, vec![Code::CertRevoked]));
    // OpenSSL says the same of the same files.
    let list = bench.file("middle.der", &body(&bench, &leaf));
    let list = Command::new("openssl").args(["crl", "-inform", "DER", "-in"]).arg(list).output().unwrap().stdout;
    let trusted = [bench.root.pem().as_bytes(), bench.middle.pem().as_bytes(), &list].concat();
    let mut verify = Command::new("openssl");
    verify.args(["verify", "-crl_check", "-CAfile"]).arg(bench.file("trusted.pem", &trusted));
    let said = verify.arg(bench.file("leaf.cer", &leaf)).output().unwrap();
    assert!(String::from_utf8_lossy(&said.stderr).contains("certificate revoked"), "{said:?}");

    // The root's list has the issuer of a leaf that is not revoked itself.
    bench.publish("middle.crl", &bench.middle, &[]);
    bench.publish("root.crl", &bench.root, &[&bench.middle.der()]);
    let probed = bench.probe(&server).await;
    assert!(matches!(
        lists(&probed),
        [Listed { answer: ListAnswer::NotListed { .. }, .. }, Listed { answer: ListAnswer::Revoked(_), .. }]
    ));
    assert_eq!(bench.findings(&probed), (Verdict::Fail, vec![Code::CertRevoked]));
}

fn body(bench: &Bench, leaf: &[u8]) -> Vec<u8> {
    bench.middle.revokes(&RevocationList::of(&[serial(leaf)], bench.week())).unwrap()
}

#[tokio::test]
async fn a_list_that_cannot_be_had_or_believed_is_a_note_with_its_reason() {
    let bench = Bench::new().await;
    let [leaf, silent, dripping] =
        ["middle.crl", "silent.crl", "dripping.crl"].map(|page| bench.leaf_with_list(&bench.publisher.url(page)));
    let servers = [&leaf, &silent, &dripping].map(|leaf| Server::start(&bench, leaf, None));
    let noted = async |page: &str, server: &Server, rows: Vec<(Page, ListFailure)>| {
        for (number, (content, expected)) in rows.into_iter().enumerate() {
            bench.publisher.put(page, content);
            let probed = bench.probe(server).await;
            assert_eq!(failure(&lists(&probed)[0].answer), &expected, "{page} {number}");
            let told = (Verdict::Pass, vec![Code::CertRevocationUnknown]);
            assert_eq!(bench.findings(&probed), told, "{page} {number}");
        }
    };
    let namesake = Authority::root("Middle", bench.week()).unwrap();
    let signed_by = |authority: &Authority, validity| {
        Page::Body(authority.revokes(&RevocationList::of(&[serial(&leaf)], validity)).unwrap())
    };
    let not_fetched = |failure| ListFailure::NotFetched { failure };
    let old = Validity::days(bench.now, -30, -1);
    let rows = vec![
        (Page::Status(404), not_fetched(FetchFailure::Status { status: 404 })),
        (Page::Status(500), not_fetched(FetchFailure::Status { status: 500 })),
        (Page::Floods, not_fetched(FetchFailure::TooLarge)),
        (Page::Body(vec![0x30; 16 * 1024 * 1024]), not_fetched(FetchFailure::TooLarge)),
        (Page::Body(b"<html>Not found</html>".to_vec()), ListFailure::Unreadable),
        (Page::Body(Vec::new()), ListFailure::Unreadable),
        (Page::Redirect("https://ca.example/middle.crl".to_owned()), not_fetched(FetchFailure::NotHttp)),
        (Page::Redirect("middle.crl".to_owned()), not_fetched(FetchFailure::TooManyRedirects)),
        (signed_by(&namesake, bench.week()), ListFailure::BadSignature),
        (signed_by(&bench.root, bench.week()), ListFailure::OtherList),
        (signed_by(&bench.middle, old), ListFailure::Stale { next_update: old.ends_at() }),
        (signed_by(&bench.middle, Validity::days(bench.now, 1, 8)), ListFailure::NotYetValid),
    ];
    // What never comes takes all the time that a list may take.
    let late = || not_fetched(FetchFailure::Timeout);
    let silence = noted("silent.crl", &servers[1], vec![(Page::Silence, late())]);
    let drips = noted("dripping.crl", &servers[2], vec![(Page::Drips, late())]);
    join3(noted("middle.crl", &servers[0], rows), silence, drips).await;
}

#[tokio::test]
async fn no_list_is_fetched_from_where_hufu_may_not_connect_nor_over_anything_but_http() {
    let bench = Bench::new().await;
    let barred = FetchFailure::Unreached { failure: Failure::Policy { address: "127.0.0.9".parse().unwrap() } };
    let elsewhere = bench.publisher.url("elsewhere.crl");
    bench.publisher.put("elsewhere.crl", Page::Redirect("http://127.0.0.9/".to_owned()));
    for (url, expected) in [
        ("http://127.0.0.9:1/middle.crl", ListFailure::NotFetched { failure: barred.clone() }),
        (elsewhere.as_str(), ListFailure::NotFetched { failure: barred }),
        ("ldap://ca.example/middle", ListFailure::NotHttp),
        ("https://127.0.0.9/middle.crl", ListFailure::NotHttp),
    ] {
        let server = Server::start(&bench, &bench.leaf_with_list(url), None);
        let prober = bench.prober(&server, "127.0.0.1/32");
        let probed = prober.probe(&server.target(), Depth::Full, bench.now, |_| ()).await.unwrap();
        assert_eq!(failure(&lists(&probed)[0].answer), &expected, "{url}");
    }
    // Nobody owes a list of what nobody knows.
    let server = Server::start(&bench, &bench.leaf(|_| ()), None);
    let probed = bench.probe(&server).await;
    assert_eq!(failure(&lists(&probed)[0].answer), &ListFailure::NoUrl);
    assert_eq!(bench.findings(&probed), (Verdict::Pass, vec![]));
}

#[tokio::test]
async fn a_list_is_fetched_once_for_all_who_ask_and_never_for_the_dates_alone() {
    let bench = Bench::new().await;
    let server = Server::start(&bench, &bench.leaf_with_list(&bench.publisher.url("middle.crl")), None);
    bench.publish("middle.crl", &bench.middle, &[]);
    let prober = bench.prober(&server, LOOPBACK);
    let target = server.target();
    let probe = async |depth: Depth| prober.probe(&target, depth, bench.now, |_| ()).await.unwrap();
    let probed = probe(Depth::Expiry).await;
    assert!(lists(&probed).is_empty() && bench.publisher.asked("middle.crl") == 0);
    for probed in join_all((0..8).map(|_| probe(Depth::Full))).await {
        assert!(matches!(lists(&probed)[0].answer, ListAnswer::NotListed { .. }), "{:?}", lists(&probed));
    }
    assert_eq!((bench.publisher.asked("middle.crl"), bench.publisher.asked("root.crl")), (1, 1));

    // Another policy, another look.
    prober.set_policy(NetworkPolicy::allowing([LOOPBACK.parse().unwrap()]));
    probe(Depth::Full).await;
    assert_eq!(bench.publisher.asked("middle.crl"), 2);
}

/// OpenSSL's responder, which knows of one certificate.
struct Responder<'b> {
    bench: &'b Bench,
    leaf: PathBuf,
    issuer: PathBuf,
}

impl<'b> Responder<'b> {
    fn new(bench: &'b Bench, leaf: &CertificateDer<'_>) -> Self {
        let issuer = bench.file("issuer.pem", bench.middle.pem().as_bytes());
        Self { bench, leaf: bench.file("asked.cer", leaf), issuer }
    }

    /// The file of an answer by this line of its index, signed by the issuer or by another authority.
    fn answer(&self, line: &str, by: &Authority, digest: &str) -> PathBuf {
        let bench = self.bench;
        let path = |name: &str| bench.files.path().join(name);
        let mut ask = Command::new("openssl");
        ask.args(["ocsp", digest, "-no_nonce", "-issuer"]).arg(&self.issuer).arg("-cert").arg(&self.leaf);
        succeeds(ask.arg("-reqout").arg(path("request.der")));
        let mut answer = Command::new("openssl");
        answer.args(["ocsp", "-ndays", "7", "-index"]).arg(bench.file("index.txt", line.as_bytes()));
        answer.arg("-CA").arg(&self.issuer);
        answer.arg("-rsigner").arg(bench.file("signer.pem", by.pem().as_bytes()));
        answer.arg("-rkey").arg(bench.file("signer.key", by.key_pem().as_bytes()));
        succeeds(answer.arg("-reqin").arg(path("request.der")).arg("-respout").arg(path("response.der")));
        path("response.der")
    }

    /// What OpenSSL says of an answer: the status, and whether the signature holds.
    fn said(&self, response: &Path, digest: &str) -> (String, bool) {
        let mut read = Command::new("openssl");
        read.args(["ocsp", digest, "-respin"])
            .arg(response)
            .arg("-issuer")
            .arg(&self.issuer)
            .arg("-cert")
            .arg(&self.leaf);
        read.arg("-CAfile").arg(self.bench.file("root.pem", self.bench.root.pem().as_bytes()));
        let Output { stdout, stderr, .. } = read.output().unwrap();
        let stdout = String::from_utf8_lossy(&stdout).into_owned();
        let status = stdout.lines().find_map(|line| line.rsplit_once(": ").map(|(_, status)| status.to_owned()));
        (status.unwrap_or_default(), String::from_utf8_lossy(&stderr).contains("Response verify OK"))
    }
}

fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

#[tokio::test]
async fn a_stapled_answer_is_read_as_openssl_reads_it() {
    let bench = Bench::new().await;
    bench.publisher.put("middle.crl", Page::Status(404));
    let leaf = bench.leaf_with_list(&bench.publisher.url("middle.crl"));
    let responder = Responder::new(&bench, &leaf);
    let serial: String = serial(&leaf).iter().map(|octet| format!("{octet:02X}")).collect();
    let valid = format!("V\t491231235959Z\t\t{serial}\tunknown\t/CN={HOST}\n");
    let revoked = format!("R\t491231235959Z\t260420000000Z,keyCompromise\t{serial}\tunknown\t/CN={HOST}\n");
    let unknown = format!("V\t491231235959Z\t\t7F\tunknown\t/CN={HOST}\n");
    let since = Revoked { at: "2026-04-20T00:00:00Z".parse().unwrap(), reason: Some(Reason::KeyCompromise) };
    let namesake = Authority::root("Middle", Validity::days(bench.now, -1, 30)).unwrap();
    for (line, by, digest, status, problem, verdict, codes) in [
        (&valid, &bench.middle, "-sha1", Status::Good, None, Verdict::Pass, vec![]),
        (&valid, &bench.middle, "-sha256", Status::Good, None, Verdict::Pass, vec![]),
        (&revoked, &bench.middle, "-sha1", Status::Revoked(since), None, Verdict::Fail, vec![Code::CertRevoked]),
        (&revoked, &bench.middle, "-sha256", Status::Revoked(since), None, Verdict::Fail, vec![Code::CertRevoked]),
        (&unknown, &bench.middle, "-sha1", Status::Unknown, None, Verdict::Warn, vec![Code::CertStapleInvalid]),
        (
            &valid,
            &namesake,
            "-sha1",
            Status::Good,
            Some(StapleProblem::BadSignature),
            Verdict::Warn,
            vec![Code::CertStapleInvalid],
        ),
    ] {
        let response = responder.answer(line, by, digest);
        let said = match status {
            Status::Good => "good",
            Status::Revoked(_) => "revoked",
            Status::Unknown => "unknown",
        };
        let (openssl_said, verified) = responder.said(&response, digest);
        assert_eq!((openssl_said.as_str(), verified), (said, problem.is_none()), "{line}");

        let server = Server::start(&bench, &leaf, Some(&response));
        let probed = bench.probe(&server).await;
        let seen = &probed.observation.addresses[0];
        let staple = seen.staple.as_ref().unwrap();
        assert_eq!((staple.status, &staple.problem), (Some(status), &problem), "{line}");
        let lasts = staple.next_update.unwrap().duration_since(staple.this_update.unwrap());
        assert_eq!(lasts.as_hours(), 7 * 24);
        assert_eq!(bench.findings(&probed), (verdict, codes), "{line}");
        assert!(seen.outcome.as_ref().unwrap().ocsp_stapled);
    }
    // A week later it is old, and was good once.
    let response = responder.answer(&valid, &bench.middle, "-sha1");
    let server = Server::start(&bench, &leaf, Some(&response));
    let later = bench.now + days(8);
    let probed = bench.prober(&server, LOOPBACK).probe(&server.target(), Depth::Full, later, |_| ()).await.unwrap();
    let staple = probed.observation.addresses[0].staple.clone().unwrap();
    assert_eq!((staple.status, staple.problem), (Some(Status::Good), Some(StapleProblem::Expired)));
}

fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 60 * 60)
}

#[tokio::test]
async fn what_is_no_answer_is_named_and_what_is_promised_is_missed() {
    let bench = Bench::new().await;
    let leaf = bench.leaf(promises_staple);
    // Try later (RFC 6960 section 4.2.1), as a responder says that is overrun.
    let try_later = bench.file("later.der", &[0x30, 0x03, 0x0a, 0x01, 0x03]);
    let server = Server::start(&bench, &leaf, Some(&try_later));
    let probed = bench.probe(&server).await;
    let staple = Staple { problem: Some(StapleProblem::NoAnswer { code: 3 }), ..Staple::default() };
    assert_eq!(probed.observation.addresses[0].staple, Some(staple));
    assert_eq!(bench.findings(&probed), (Verdict::Warn, vec![Code::CertStapleInvalid]));

    let server = Server::start(&bench, &leaf, None);
    let probed = bench.probe(&server).await;
    assert_eq!(probed.observation.addresses[0].staple, None);
    assert_eq!(bench.findings(&probed), (Verdict::Pass, vec![Code::CertMustStapleMissing]));
}

#[tokio::test]
async fn the_timestamps_of_a_certificate_are_read_as_openssl_reads_them() {
    let bench = Bench::new().await;
    let at: Timestamp = "2026-04-01T08:00:00.5Z".parse().unwrap();
    let scts = [([1; 32], at), ([2; 32], at), ([1; 32], at)];
    let leaf = bench.leaf(|parameters| names_scts(parameters, &scts));
    let certificate = probe::certificate::read(&leaf);
    let expected = scts.map(|(log, at)| Sct { log: Fingerprint::new(log), at });
    assert_eq!(certificate.scts.as_deref(), Some(&expected[..]));
    assert_eq!((certificate.logs(), certificate.issued().logged), (Some(2), Some(at)));
    let shown =
        Command::new("openssl").args(["x509", "-noout", "-text", "-in"]).arg(bench.file("scts.cer", &leaf)).output();
    let shown = String::from_utf8_lossy(&shown.unwrap().stdout).into_owned();
    assert_eq!(shown.matches("Signed Certificate Timestamp:").count(), 3, "{shown}");

    let bare = probe::certificate::read(&bench.leaf(|_| ()));
    assert_eq!((bare.scts, bare.must_staple, bare.crl_urls), (Some(Vec::new()), false, Vec::new()));
    assert!(probe::certificate::read(&bench.leaf(promises_staple)).must_staple);
}

proptest! {
    #[test]
    fn whatever_stands_in_these_extensions_a_certificate_is_read(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let root = Authority::root("Root", Validity::days(now(), -1, 1)).unwrap();
        let key = KeyPair::generate().unwrap();
        let scts = [&[0x04, bytes.len() as u8][..], &bytes].concat();
        for (oid, content) in [
            (&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2][..], &bytes),
            (&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], &scts),
            (&[2, 5, 29, 31], &bytes),
            (&[1, 3, 6, 1, 5, 5, 7, 1, 24], &bytes),
        ] {
            let der = root.leaf(&[&HOST.parse().unwrap()], &key, Validity::days(now(), -1, 1), |parameters| {
                parameters.custom_extensions.push(CustomExtension::from_oid_content(oid, content.clone()));
            });
            let certificate = probe::certificate::read(&der.unwrap());
            prop_assert_eq!(&certificate.malformed, &None);
            prop_assert!(certificate.scts.is_some());
        }
    }
}
