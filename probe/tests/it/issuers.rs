//! Missing issuers, fetched from a real web server that is as hostile as it likes: what completes a chain
//! is proved by its signature and a root, and everything else ends in time with its reason.

use std::time::Duration;

use futures::future::join_all;
use model::{
    Code, Evidence, Host, Timestamp,
    diagnose::{self, Context},
    fetched::{FetchEnd, FetchFailure, FetchTried},
    observation::{Failure, TcpFailure},
    trust::Store,
};
use probe::{
    CertificateDer, Completion, Depth, NetworkPolicy, Prober, Reach, Roots, arrange, assess, evaluate,
    lab::{Authority, Lab, Page, Publisher, Validity, certificates_only},
};
use rcgen::KeyPair;

use crate::common::{refusing, with_enough_time};

const LOOPBACK: &str = "127.0.0.0/8";
/// Only against hanging for ever.
const AMPLE: Duration = Duration::from_secs(120);

fn now() -> Timestamp {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

fn year() -> Validity {
    Validity::days(now(), -100, 265)
}

/// A root, a publisher, and whoever fetches from it.
struct Bench {
    publisher: Publisher,
    root: Authority,
}

impl Bench {
    async fn new() -> Self {
        let root = Authority::root("Root", year()).unwrap();
        Self { publisher: Publisher::start().await.unwrap(), root }
    }

    fn prober(&self, allowed: &[&str], timeout: Duration) -> Prober {
        Prober::builder()
            .policy(NetworkPolicy::allowing(allowed.iter().map(|range| range.parse().unwrap())))
            .fixed([self.publisher.resolve()].into_iter().collect())
            .roots(self.roots())
            .timeout(timeout)
            .build()
            .unwrap()
    }

    fn roots(&self) -> Vec<Roots> {
        vec![Roots::from_pem(self.root.pem().as_bytes()).unwrap()]
    }

    /// An authority below another, which is published as a page of that name.
    fn below(&self, issuer: &Authority, name: &str) -> Authority {
        let authority = issuer.intermediate(name, year(), |_| ()).unwrap();
        self.publisher.put(name, Page::Body(authority.der().to_vec()));
        authority.published_at(&self.publisher.url(name))
    }

    async fn complete(&self, chain: &[CertificateDer<'static>]) -> Completion {
        self.prober(&[LOOPBACK], AMPLE).complete(chain, now()).await.expect("something is missing")
    }

    /// Why the issuer of a leaf is not had from this page.
    async fn failure(&self, page: Page) -> FetchFailure {
        self.failure_within(AMPLE, page).await
    }

    async fn failure_within(&self, timeout: Duration, page: Page) -> FetchFailure {
        let middle = self.below(&self.root, "Middle");
        self.publisher.put("Middle", page);
        failure(self.prober(&[LOOPBACK], timeout).complete(&[leaf(&middle)], now()).await.unwrap())
    }
}

fn leaf(issuer: &Authority) -> CertificateDer<'static> {
    let host: Host = "www.example.com".parse().unwrap();
    issuer.leaf(&[&host], &KeyPair::generate().unwrap(), Validity::days(now(), -1, 89), |_| ()).unwrap()
}

fn failure(completion: Completion) -> FetchFailure {
    match completion.facts.end {
        FetchEnd::Nothing { failure } => failure,
        other => panic!("{other:?}"),
    }
}

fn whole() -> FetchEnd {
    FetchEnd::Whole { stores: vec![Store::Given] }
}

fn refused(address: &str) -> FetchFailure {
    FetchFailure::Unreached { failure: Failure::Policy { address: address.parse().unwrap() } }
}

#[tokio::test]
async fn an_issuer_is_fetched_in_every_form_and_proves_the_chain() {
    let bench = Bench::new().await;
    let middle = bench.below(&bench.root, "Middle");
    let stranger = Authority::root("Stranger", year()).unwrap();
    let namesake = bench.root.intermediate("Middle", year(), |_| ()).unwrap();
    let several = certificates_only(&[stranger.der(), namesake.der(), middle.der()]);
    for body in [middle.der().to_vec(), middle.pem().into_bytes(), several] {
        bench.publisher.put("Middle", Page::Body(body));
        let leaf = leaf(&middle);
        let Completion { facts, certificates } = bench.complete(std::slice::from_ref(&leaf)).await;
        assert_eq!((facts.above, &facts.end, &certificates), (0, &whole(), &vec![middle.der()]));
        assert_eq!(facts.certificates[0].url, bench.publisher.url("Middle"));
        assert_eq!(facts.certificates[0].certificate, probe::certificate::read(&middle.der()));
        let trust = evaluate(&[leaf, certificates[0].clone()], &bench.roots(), now());
        assert!(trust.everywhere(), "{trust:?}");
    }
}

#[tokio::test]
async fn several_missing_issuers_are_fetched_one_above_the_other() {
    let bench = Bench::new().await;
    let upper = bench.below(&bench.root, "Upper");
    let middle = bench.below(&upper, "Middle");
    let lower = bench.below(&middle, "Lower");
    let (leaf, missing) = (leaf(&lower), [lower.der(), middle.der(), upper.der()]);
    let completion = bench.complete(std::slice::from_ref(&leaf)).await;
    assert_eq!((&completion.facts.end, completion.certificates.as_slice()), (&whole(), &missing[..]));

    // Of those, what is served need not be fetched, wherever the gap is.
    let completion = bench.complete(&[leaf.clone(), lower.der(), upper.der()]).await;
    assert_eq!((completion.facts.above, completion.certificates), (1, vec![middle.der()]));
    assert_eq!(completion.facts.end, whole());
}

#[tokio::test]
async fn nothing_is_asked_for_where_nothing_is_missing() {
    let bench = Bench::new().await;
    let middle = bench.below(&bench.root, "Middle");
    let unknown = Authority::root("Unknown", year()).unwrap().published_at(&bench.publisher.url("Middle"));
    let expired = {
        let host: Host = "www.example.com".parse().unwrap();
        let key = KeyPair::generate().unwrap();
        middle.leaf(&[&host], &key, Validity::days(now(), -90, -1), |_| ()).unwrap()
    };
    let prober = bench.prober(&[LOOPBACK], AMPLE);
    for chain in [
        vec![leaf(&middle), middle.der()],
        vec![middle.der(), leaf(&middle)],
        vec![leaf(&bench.root)],
        vec![leaf(&unknown), unknown.der()],
        vec![expired, middle.der()],
        vec![CertificateDer::from(vec![0x30, 0x00])],
        vec![],
    ] {
        assert!(prober.complete(&chain, now()).await.is_none(), "{} certificates", chain.len());
    }
    assert_eq!(bench.publisher.asked("Middle"), 0);
}

#[tokio::test]
async fn a_self_signed_end_that_no_store_has_is_an_unknown_root() {
    let bench = Bench::new().await;
    let unknown = Authority::root("Unknown", year()).unwrap();
    bench.publisher.put("Unknown", Page::Body(unknown.der().to_vec()));
    let unknown = unknown.published_at(&bench.publisher.url("Unknown"));
    let middle = bench.below(&unknown, "Middle");
    let completion = bench.complete(&[leaf(&middle)]).await;
    assert_eq!(completion.certificates, [middle.der(), unknown.der()]);
    let FetchEnd::UnknownRoot { root } = completion.facts.end else { panic!("{:?}", completion.facts.end) };
    assert_eq!((root.subject.as_str(), root.position), ("CN=Unknown", None));
}

#[tokio::test]
async fn what_is_no_issuer_is_told_from_what_is_no_certificate() {
    let bench = Bench::new().await;
    let stranger = Authority::root("Stranger", year()).unwrap();
    let namesake = bench.root.intermediate("Middle", year(), |_| ()).unwrap();
    let lost = "http://ca.example/";
    let pages = [
        (Page::Body(stranger.der().to_vec()), FetchFailure::NotTheIssuer),
        (Page::Body(namesake.der().to_vec()), FetchFailure::NotTheIssuer),
        (Page::Body(b"<html>Not found</html>".to_vec()), FetchFailure::NotACertificate),
        (Page::Body(Vec::new()), FetchFailure::NotACertificate),
        (Page::Status(404), FetchFailure::Status { status: 404 }),
        (Page::Status(204), FetchFailure::Status { status: 204 }),
        (Page::Body(vec![0x30; 16 * 1024 * 1024]), FetchFailure::TooLarge),
        (Page::Floods, FetchFailure::TooLarge),
        (Page::Redirect("Middle".to_owned()), FetchFailure::TooManyRedirects),
        (Page::Redirect(lost.replace("http", "https")), FetchFailure::NotHttp),
        (Page::Redirect("file:///etc/passwd".to_owned()), FetchFailure::NotHttp),
    ];
    for (number, (page, expected)) in pages.into_iter().enumerate() {
        assert_eq!(bench.failure(page).await, expected, "page {number}");
    }
    let FetchFailure::Broken { .. } = bench.failure(Page::Noise).await else { panic!("noise") };
}

#[tokio::test]
async fn three_redirects_are_followed() {
    let bench = Bench::new().await;
    let middle = bench.below(&bench.root, "Middle");
    for (from, to) in [("Middle", "/1"), ("1", "2"), ("2", &*bench.publisher.url("3"))] {
        bench.publisher.put(from, Page::Redirect(to.to_owned()));
    }
    bench.publisher.put("3", Page::Body(middle.der().to_vec()));
    assert_eq!(bench.complete(&[leaf(&middle)]).await.facts.end, whole());
}

#[tokio::test]
async fn silence_and_an_answer_without_end_are_given_up_in_time() {
    let bench = Bench::new().await;
    for page in [Page::Silence, Page::Drips] {
        assert_eq!(bench.failure_within(Duration::from_millis(300), page).await, FetchFailure::Timeout);
    }
}

#[tokio::test]
async fn no_address_is_connected_to_without_leave_whether_named_or_redirected_to() {
    let bench = Bench::new().await;
    let middle = bench.below(&bench.root, "Middle");
    let chain = [leaf(&middle)];
    let barred = bench.prober(&[], AMPLE).complete(&chain, now()).await.unwrap();
    assert_eq!(failure(barred), refused("127.0.0.1"));
    assert_eq!(bench.publisher.asked("Middle"), 0);

    let elsewhere = bench.publisher.url("Middle").replace("ca.lab.hufu.example", "127.0.0.2");
    bench.publisher.put("Middle", Page::Redirect(elsewhere));
    let barred = bench.prober(&["127.0.0.1/32"], AMPLE).complete(&chain, now()).await.unwrap();
    assert_eq!(failure(barred), refused("127.0.0.2"));
    assert_eq!(bench.publisher.asked("Middle"), 1);
}

#[tokio::test]
async fn a_refused_connection_and_an_address_that_is_none_say_so() {
    let bench = Bench::new().await;
    let held = refusing([127, 0, 0, 1].into(), 0).unwrap();
    let closed = format!("http://127.0.0.1:{}/", held.local_addr().unwrap().port());
    let refused = FetchFailure::Unreached { failure: Failure::Tcp { reason: TcpFailure::Refused } };
    for (url, expected) in [
        (closed.as_str(), refused),
        ("ldap:///CN=Root?cACertificate", FetchFailure::NotHttp),
        ("https://127.0.0.1/", FetchFailure::NotHttp),
        ("nonsense", FetchFailure::NotHttp),
    ] {
        let middle = bench.root.intermediate("Middle", year(), |_| ()).unwrap().published_at(url);
        let completion = bench.complete(&[leaf(&middle)]).await;
        assert_eq!(completion.facts.tried, [FetchTried { url: url.to_owned(), failure: expected.clone() }]);
        assert_eq!(failure(completion), expected, "{url}");
    }
    let unpublished = bench.root.intermediate("Middle", year(), |_| ()).unwrap();
    assert_eq!(failure(bench.complete(&[leaf(&unpublished)]).await), FetchFailure::NoUrl);
}

#[tokio::test]
async fn issuers_that_certify_each_other_end_as_a_circle() {
    let bench = Bench::new().await;
    let [one, two] =
        ["One", "Two"].map(|name| Authority::root(name, year()).unwrap().published_at(&bench.publisher.url(name)));
    let (one_by_two, two_by_one) = (one.cross_signed_by(&two).unwrap(), two.cross_signed_by(&one).unwrap());
    bench.publisher.put("One", Page::Body(one_by_two.to_vec()));
    bench.publisher.put("Two", Page::Body(two_by_one.to_vec()));
    let completion = bench.complete(&[leaf(&one)]).await;
    assert_eq!(completion.certificates, [one_by_two, two_by_one]);
    assert_eq!(failure(completion), FetchFailure::Circle);
}

#[tokio::test]
async fn a_tower_of_issuers_is_left_at_its_fourth_floor() {
    let bench = Bench::new().await;
    let mut top = bench.below(&bench.root, "0");
    for floor in 1..8 {
        top = bench.below(&top, &floor.to_string());
    }
    let completion = bench.complete(&[leaf(&top)]).await;
    assert_eq!(completion.certificates.len(), 4);
    assert_eq!(failure(completion), FetchFailure::TooMany);
}

#[tokio::test]
async fn what_many_ask_for_at_once_is_fetched_once_and_remembered() {
    let bench = Bench::new().await;
    let middle = bench.below(&bench.root, "Middle");
    let prober = bench.prober(&[LOOPBACK], AMPLE);
    let chains: Vec<_> = (0..20).map(|_| [leaf(&middle)]).collect();
    let completions = join_all(chains.iter().map(|chain| prober.complete(chain, now()))).await;
    assert!(completions.into_iter().all(|completion| completion.unwrap().facts.end == whole()));
    assert_eq!(bench.publisher.asked("Middle"), 1);

    // A failure too; what may be connected to makes another answer of it.
    let other = bench.below(&bench.root, "Other");
    bench.publisher.put("Other", Page::Status(503));
    let chain = [leaf(&other)];
    for asked in [1, 1, 2] {
        if asked == 2 {
            prober.set_policy(prober.policy());
        }
        let status = FetchFailure::Status { status: 503 };
        assert_eq!(failure(prober.complete(&chain, now()).await.unwrap()), status);
        assert_eq!(bench.publisher.asked("Other"), asked);
    }
}

#[tokio::test]
async fn who_gives_up_leaves_it_to_who_waits() {
    let bench = Bench::new().await;
    let middle = bench.below(&bench.root, "Middle");
    bench.publisher.put("Middle", Page::Silence);
    let chain = [leaf(&middle)];
    // Whoever gave up has kept nothing that would be a reason not to ask again.
    let given_up = with_enough_time(
        |patience| {
            let prober = bench.prober(&[LOOPBACK], patience);
            let (chain, publisher) = (&chain, &bench.publisher);
            async move {
                let first = prober.complete(chain, now()).await;
                let second = prober.complete(chain, now()).await;
                assert_eq!(failure(first.unwrap()), FetchFailure::Timeout);
                assert_eq!(failure(second.unwrap()), FetchFailure::Timeout);
                publisher.asked("Middle")
            }
        },
        |asked| *asked < 2,
    );
    assert!(given_up.await >= 2);
}

#[tokio::test]
async fn a_full_probe_brings_home_what_a_server_left_out() {
    let lab = Lab::start(now()).await.unwrap();
    let roots = vec![Roots::from_pem(lab.root_pem().as_bytes()).unwrap()];
    let prober = Prober::builder()
        .policy(NetworkPolicy::allowing([LOOPBACK.parse().unwrap()]))
        .fixed(lab.resolve())
        .roots(roots.clone())
        .timeout(AMPLE)
        .build()
        .unwrap();
    let probe = async |name: &str, depth| {
        let target = lab.server(name).unwrap().target();
        prober.probe(&target, depth, now(), |_| ()).await.unwrap()
    };
    let probed = probe("missing-intermediate", Depth::Full).await;
    let seen = &probed.observation.addresses[0];
    let facts = seen.fetched.as_ref().unwrap();
    assert!(facts.is_whole(), "{facts:?}");
    let served = &probed.chains[&seen.address];
    let fetched = &probed.fetched[&seen.address];
    assert_eq!(facts.certificates[0].certificate, probe::certificate::read(&fetched[0]));
    let arranged = arrange(&[served.as_slice(), fetched.as_slice()].concat(), &roots, now());
    assert_eq!(arranged.reach, Reach::Root { stores: vec![Store::Given] });

    // As served it is incomplete all the same, and says with what it is whole.
    let diagnosis = assess(&probed, &roots, Context { roots: diagnose::Roots::Given }, now());
    let finding = diagnosis.findings.iter().find(|finding| finding.code == Code::ChainIncomplete).unwrap();
    let Evidence::MissingIssuer { fetched: Some(outcome), .. } = &finding.evidence else { panic!("{finding:?}") };
    assert_eq!((outcome.certificates[0].subject.as_str(), &outcome.end), ("CN=Hufu Lab Intermediate", &whole()));

    for (name, depth) in
        [("missing-intermediate", Depth::Expiry), ("good-ecdsa", Depth::Full), ("refuses", Depth::Full)]
    {
        let probed = probe(name, depth).await;
        assert!(probed.fetched.is_empty() && probed.observation.addresses[0].fetched.is_none(), "{name}");
    }
    assert_eq!(lab.publisher().asked("intermediate.cer"), 1);
}

#[test]
fn certificates_are_put_in_order_without_roots_and_strangers() {
    let root = Authority::root("Root", year()).unwrap();
    let stores = [Roots::from_pem(root.pem().as_bytes()).unwrap()];
    let upper = root.intermediate("Upper", year(), |_| ()).unwrap();
    let lower = upper.intermediate("Lower", year(), |_| ()).unwrap();
    let (stranger, other) = (Authority::root("Stranger", year()).unwrap(), leaf(&upper));
    let leaf = leaf(&lower);
    let right = vec![leaf.clone(), lower.der(), upper.der()];
    let given = [root.der(), upper.der(), leaf.clone(), other.clone(), lower.der(), leaf.clone(), stranger.der()];
    let arranged = arrange(&given, &stores, now());
    assert_eq!((arranged.chain, arranged.strangers), (right.clone(), vec![other]));
    assert_eq!(arranged.roots, [root.der(), stranger.der()]);
    assert_eq!(arranged.reach, Reach::Root { stores: vec![Store::Given] });

    // Without a store that has the root, who signed whom says the same.
    let unknown = arrange(&given, &[Roots::mozilla()], now());
    assert_eq!(unknown.chain, right);
    assert_eq!(unknown.reach, Reach::UnknownRoot { subject: "CN=Root".to_owned() });
    let missing = arrange(&[upper.der(), leaf.clone()], &stores, now());
    assert_eq!((missing.chain, missing.strangers), (vec![leaf], vec![upper.der()]));
    assert_eq!(missing.reach, Reach::Missing { issuer: "CN=Lower".to_owned() });
    assert_eq!(arrange(&[], &stores, now()).reach, Reach::Nothing);
}
