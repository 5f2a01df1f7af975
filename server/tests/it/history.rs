//! What is kept of what the probes saw: certificates once, findings with their days, endpoints shared.

use crate::common::{DAY, HOUR, House, OTHER, SHOP, only, probed, program_with, roots, urls};
use model::{
    Api, Code, Evidence, Host, HostPort, Port, ServerName, Severity, Verdict, Zone,
    endpoints::{Endpoints as _, Scope, Step, UNNAMED_DAYS},
    service::{EndpointId, ServiceError},
};
use probe::{Roots, lab::Lab};
use server::clock;
use sqlx::AssertSqlSafe;

/// First seen, last seen and ended, of every finding of a code.
async fn days(house: &House, code: Code) -> Vec<(i64, i64, Option<i64>)> {
    let sql = "SELECT first_seen, last_seen, resolved_at FROM findings WHERE code = $1 ORDER BY id";
    sqlx::query_as(sql).bind(code.as_str()).fetch_all(&mut house.connection().await).await.unwrap()
}

#[tokio::test]
async fn a_finding_ends_when_it_is_gone_and_begins_anew_when_it_is_back() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (_, endpoints) = program_with(&house, SHOP, &urls(&lab, &["root-included"]), &actor).await;
    let scope = Scope::Endpoint(endpoints[0]);
    let strangers = house.probing_elsewhere(lab.resolve(), Roots::mozilla());
    let code = Code::TrustUnknownRoot;
    let standing = async || {
        let detail = house.probing.endpoint(endpoints[0], &actor).await.unwrap();
        detail.findings.iter().any(|it| it.finding.code == code)
    };

    let first = house.now();
    probed(&strangers, scope, &actor).await;
    house.pass(HOUR);
    probed(&strangers, scope, &actor).await;
    assert_eq!(days(&house, code).await, [(first, first + HOUR, None)]);
    assert!(standing().await);

    house.pass(HOUR);
    probed(&house.probing, scope, &actor).await;
    let gone = (first, first + HOUR, Some(first + 2 * HOUR));
    assert_eq!(days(&house, code).await, [gone]);
    assert!(!standing().await);

    house.pass(HOUR);
    probed(&strangers, scope, &actor).await;
    let back = first + 3 * HOUR;
    assert_eq!(days(&house, code).await, [gone, (back, back, None)]);
    assert!(standing().await);
    lab.stop().await;
}

#[tokio::test]
async fn a_certificate_that_has_changed_is_told_until_the_next_look() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (_, endpoints) = program_with(&house, SHOP, &urls(&lab, &["two-certificates"]), &actor).await;
    let scope = Scope::Endpoint(endpoints[0]);
    let at = |address| house.probing_elsewhere(only(&lab, "two-certificates", address), roots(&lab));
    let (first, second) = (at([127, 0, 0, 1]), at([127, 0, 0, 2]));

    for _ in 0..2 {
        probed(&first, scope, &actor).await;
        house.pass(HOUR);
    }
    assert_eq!(days(&house, Code::CertChanged).await, []);

    let changed = house.now();
    probed(&second, scope, &actor).await;
    assert_eq!(days(&house, Code::CertChanged).await, [(changed, changed, None)]);
    let detail = house.probing.endpoint(endpoints[0], &actor).await.unwrap();
    assert_eq!(detail.verdict, Verdict::Pass);
    let told = detail.findings.into_iter().map(|it| it.finding).find(|it| it.code == Code::CertChanged).unwrap();
    assert_eq!(told.severity, Severity::Info);
    let Evidence::Replaced { new, old } = told.evidence else { panic!("{told:?}") };
    assert_eq!((new.len(), old.len()), (1, 1));
    assert_ne!(new[0].certificate.sha256, old[0].certificate.sha256);
    assert_eq!(old[0].certificate.subject, new[0].certificate.subject);

    house.pass(HOUR);
    probed(&second, scope, &actor).await;
    assert_eq!(days(&house, Code::CertChanged).await, [(changed, changed, Some(changed + HOUR))]);
    lab.stop().await;
}

#[tokio::test]
async fn a_certificate_is_kept_once_whoever_serves_it_and_however_often() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    // Two leaves under one intermediate, and two addresses that serve different leaves.
    let names = ["good-ecdsa", "root-included", "two-certificates"];
    let (id, endpoints) = program_with(&house, SHOP, &urls(&lab, &names), &actor).await;
    for _ in 0..3 {
        assert_eq!(probed(&house.probing, Scope::Program(id), &actor).await.done, 3);
        house.pass(HOUR);
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, 9);
    let kept = house.count("SELECT COUNT(*) FROM certificates").await;
    assert_eq!(kept, house.count("SELECT COUNT(DISTINCT der) FROM certificates").await);
    assert_eq!(kept, house.count("SELECT COUNT(DISTINCT certificate) FROM observation_certificates").await);
    assert!(house.count("SELECT COUNT(*) FROM observation_certificates").await > 3 * kept);
    let first = house.now() - 3 * HOUR;
    let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM certificates WHERE first_seen <> {first}"));
    let later: i64 = sqlx::query_scalar(sql).fetch_one(&mut house.connection().await).await.unwrap();
    assert_eq!(later, 0);

    // What is read back is whole, although the chain is stored apart from the facts.
    let detail = house.probing.endpoint(endpoints[2], &actor).await.unwrap();
    let observation = detail.observation.unwrap();
    assert_eq!(observation.addresses.len(), 2);
    let leaves: Vec<_> = observation.addresses.iter().map(|seen| seen.chain[0].sha256).collect();
    assert_ne!(leaves[0], leaves[1]);
    assert!(observation.addresses.iter().all(|seen| seen.chain.len() >= 2));
    assert!(detail.findings.iter().any(|it| it.finding.code == Code::EndpointAddressesDiffer));
    lab.stop().await;
}

#[tokio::test]
async fn a_root_that_becomes_trusted_mends_the_verdict_of_everybody_who_names_the_endpoint() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (one, endpoints) = program_with(&house, SHOP, &urls(&lab, &["root-included"]), &actor).await;
    let (other, same) = program_with(&house, OTHER, &urls(&lab, &["root-included"]), &actor).await;
    assert_eq!(same, endpoints);
    let verdicts = async || {
        let overview = house.services.overview.overview(0, Zone::UTC, &actor).await.unwrap();
        let failing: u32 = overview.programs.iter().map(|program| program.failing).sum();
        (failing, overview.endpoints.fail, overview.expiring.len())
    };
    assert_eq!(verdicts().await, (0, 0, 0));

    let strangers = house.probing_elsewhere(lab.resolve(), Roots::mozilla());
    probed(&strangers, Scope::Program(one), &actor).await;
    assert_eq!(verdicts().await, (2, 1, 1));
    probed(&house.probing, Scope::Program(other), &actor).await;
    assert_eq!(verdicts().await, (0, 0, 1));
    assert_eq!(days(&house, Code::TrustUnknownRoot).await.len(), 1);
    assert!(days(&house, Code::TrustUnknownRoot).await[0].2.is_some());
    lab.stop().await;
}

#[tokio::test]
async fn silence_takes_the_verdict_and_leaves_what_is_known_of_the_certificate() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (id, endpoints) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa"]), &actor).await;
    probed(&house.probing, Scope::Program(id), &actor).await;
    let row = async || house.services.programs.program(id, &actor).await.unwrap().entries.remove(0);
    let before = row().await;
    assert!(before.not_after.is_some());

    house.pass(HOUR);
    // Nothing listens on that address.
    let away = house.probing_elsewhere(only(&lab, "good-ecdsa", [127, 0, 0, 3]), roots(&lab));
    let last = probed(&away, Scope::Endpoint(endpoints[0]), &actor).await;
    assert!(matches!(last.steps[0].step, Step::Done { verdict: Verdict::Unreachable }), "{last:?}");
    let after = row().await;
    assert_eq!((after.verdict, after.not_after), (Verdict::Unreachable, before.not_after));
    assert_eq!(after.probed_at.map(|at| at.as_second()), Some(house.now()));
    assert_eq!(after.endpoint_codes, [Code::NetRefused]);
    lab.stop().await;
}

#[tokio::test]
async fn two_who_probe_the_same_share_one_run_and_one_connection() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (id, endpoints) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa", "good-rsa"]), &actor).await;
    let (one, other, apart) = tokio::join!(
        house.probing.probe_now(Scope::Program(id), &actor),
        house.probing.probe_now(Scope::Program(id), &actor),
        house.probing.probe_now(Scope::Endpoint(endpoints[0]), &actor),
    );
    let (one, other, apart) = (one.unwrap(), other.unwrap(), apart.unwrap());
    assert_eq!(one, other);
    assert_ne!(one, apart);
    house.stop.cancel();
    house.probing.drain().await;
    for run in [one, apart] {
        let run = house.probing.run(run, &actor).await.unwrap();
        assert!(run.finished && run.done == run.total, "{run:?}");
    }
    let probes = house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'probe.start'").await;
    assert_eq!(probes, 2, "a run that is shared is started once");
    lab.stop().await;
}

#[tokio::test]
async fn an_endpoint_that_nobody_names_takes_its_history_along_after_a_week() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (id, endpoints) = program_with(&house, SHOP, &urls(&lab, &["expired"]), &actor).await;
    probed(&house.probing, Scope::Program(id), &actor).await;
    let entry = house.services.programs.program(id, &actor).await.unwrap().entries[0].clone();
    house.services.programs.remove_entry(id, entry.id, &entry.entry.to_string(), &actor).await.unwrap();
    for (seconds, is_kept) in [(0, true), (UNNAMED_DAYS * DAY - 1, true), (1, false)] {
        house.pass(seconds);
        house.probing.forget_unnamed().await.unwrap();
        for table in ["endpoints", "observations", "observation_certificates", "certificates", "served", "findings"] {
            let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let rows: i64 = sqlx::query_scalar(sql).fetch_one(&mut house.connection().await).await.unwrap();
            assert_eq!(rows > 0, is_kept, "{table} {seconds}");
        }
    }
    let gone = house.probing.endpoint(endpoints[0], &actor).await;
    assert_eq!(gone, Err(ServiceError::NotFound));

    // Ids are never used again: an old link leads nowhere rather than to somebody else's server.
    let again = urls(&lab, &["good-rsa"]);
    house.services.programs.add_entries(id, Api::Request, again, &actor).await.unwrap();
    let new = house.services.programs.program(id, &actor).await.unwrap().entries[0].endpoint.unwrap();
    assert!(new > endpoints[0]);
    lab.stop().await;
}

/// A month has nine of it and a half.
const STEP: i64 = 31 * DAY * 2 / 19;

#[tokio::test]
async fn history_is_bounded() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (_, endpoints) = program_with(&house, SHOP, &urls(&lab, &["one-address-refuses"]), &actor).await;
    let mended = house.probing_elsewhere(only(&lab, "one-address-refuses", [127, 0, 0, 1]), roots(&lab));
    let scope = Scope::Endpoint(endpoints[0]);
    let first = house.now();
    probed(&house.probing, scope, &actor).await;
    for _ in 0..10 {
        house.pass(STEP);
        probed(&mended, scope, &actor).await;
    }
    let oldest = house.count("SELECT MIN(observed_at) FROM observations").await;
    assert_eq!((house.count("SELECT COUNT(*) FROM observations").await, oldest), (10, first + STEP));
    // The finding ended with the first observation that is kept.
    assert_eq!(days(&house, Code::NetSomeAddressesFail).await, [(first, first, Some(first + STEP))]);
    house.pass(STEP);
    probed(&mended, scope, &actor).await;
    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, 10);
    // Now it ended before that one, and is forgotten.
    assert_eq!(days(&house, Code::NetSomeAddressesFail).await, []);
    // The log is not.
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'probe.store'").await, 12);

    // Of those that are young enough, a month of one each hour is kept.
    let often = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 720)
        INSERT INTO observations (endpoint, observed_at, verdict, facts, trust)
        SELECT endpoint, observed_at, verdict, facts, trust FROM numbers
        JOIN (SELECT * FROM observations ORDER BY id DESC LIMIT 1)";
    sqlx::query(often).execute(&mut house.connection().await).await.unwrap();
    let latest = house.count("SELECT MAX(id) FROM observations").await;
    probed(&mended, scope, &actor).await;
    let kept = "SELECT COUNT(*) FROM observations";
    assert_eq!((house.count(kept).await, house.count("SELECT MIN(id) FROM observations").await), (720, latest - 718));
    lab.stop().await;
}

#[tokio::test]
async fn an_endpoint_is_its_host_and_port_however_an_entry_spells_them() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let lines = ["https://A.Example.com", "https://a.example.com:8443"].map(str::to_owned);
    let (id, endpoints) = program_with(&house, SHOP, &lines, &actor).await;
    house.services.programs.add_entries(id, Api::Socket, vec!["wss://a.example.com".to_owned()], &actor).await.unwrap();
    let host = ServerName::Dns("a.example.com".parse::<Host>().unwrap());
    for (endpoint, port) in [(EndpointId(1), 443), (EndpointId(2), 8443)] {
        assert!(endpoints.contains(&endpoint));
        let detail = house.probing.endpoint(endpoint, &actor).await.unwrap();
        assert_eq!(detail.target, HostPort { host: host.clone(), port: Port::new(port).unwrap() });
        assert_eq!((detail.verdict, detail.observation, detail.findings.len()), (Verdict::Unknown, None, 0));
    }
    assert_eq!(house.probing.endpoint(EndpointId(1), &actor).await.unwrap().named_by.len(), 2);
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoints").await, 2);
}
