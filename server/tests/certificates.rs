//! The certificates that are served: each once, wherever it is served, and what became of it.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{collections::BTreeSet, net::IpAddr};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use common::{
    House, probed, program_with,
    web::{HOST, SAME, ask, console, get},
};
use model::{
    Fingerprint, Host, Timestamp,
    accounts::{Actor, SESSION_COOKIE, SessionToken},
    certificates::{
        CertificateDetail, NAMES_MOST, WEEKS_AHEAD,
        list::{CertificateFilter, CertificateQuery, CertificateRow, CertificateSort, DaysLeft, ROW_MOST},
    },
    endpoints::Scope,
    paging::{PAGE_SIZE, Page},
    service::{EndpointId, ProgramId, ServiceError},
    tools::FILE_MOST,
};
use probe::{
    FixedAddresses, Resolve, Roots, certificate,
    lab::{Authority, Lab, Validity},
};
use sqlx::{Connection as _, Executor as _, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const SHOP: &str = "wx0123456789abcdef";
const OTHER: &str = "wx0123456789abcdee";

async fn asked(house: &House, actor: &Actor, query: CertificateQuery) -> Page<CertificateRow> {
    house.services.certificates.certificates(&query, actor).await.unwrap()
}

async fn of(house: &House, actor: &Actor, id: Fingerprint) -> CertificateDetail {
    house.services.certificates.certificate(id, 0, actor).await.unwrap()
}

/// The first name of each certificate that is listed.
async fn listed(house: &House, actor: &Actor, filter: CertificateFilter) -> Vec<String> {
    let page = asked(house, actor, CertificateQuery { filter, ..CertificateQuery::default() }).await;
    page.rows.into_iter().map(|row| row.names.first().cloned().unwrap_or(row.subject)).collect()
}

/// A certificate that no probe has to bring: its numbers stand for its DER.
struct Made<'a> {
    byte: u8,
    names: &'a [&'a str],
    issuer: &'a str,
    from: i64,
    to: i64,
}

impl Made<'_> {
    fn id(&self) -> Fingerprint {
        Fingerprint::new([self.byte; 32])
    }

    async fn store(&self, connection: &mut SqliteConnection) {
        let names = serde_json::to_string(self.names).unwrap();
        let add = "INSERT INTO certificates (sha256, der, subject, issuer, not_before, not_after, names, first_seen)
            VALUES ($1, x'00', $2, $3, $4, $5, $6, $7)";
        sqlx::query(add)
            .bind(self.id().as_bytes().as_slice())
            .bind(format!("CN=subject {}", self.byte))
            .bind(self.issuer)
            .bind(self.from)
            .bind(self.to)
            .bind(names)
            .bind(i64::from(self.byte))
            .execute(connection)
            .await
            .unwrap();
    }
}

async fn serve(connection: &mut SqliteConnection, endpoint: EndpointId, id: Fingerprint, since: i64) {
    let add = "INSERT INTO served (endpoint, certificate, addresses, since) VALUES ($1, $2, '[\"192.0.2.1\"]', $3)";
    sqlx::query(add).bind(endpoint.0).bind(id.as_bytes().as_slice()).bind(since).execute(connection).await.unwrap();
}

#[tokio::test]
async fn each_certificate_is_listed_once_by_its_filters_and_in_its_orders() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["a", "b", "c", "d"].map(|name| format!("https://{name}.example.com"));
    let (shop, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let (other, _) = program_with(&house, OTHER, &entries[..1], &actor).await;
    let now = house.now();
    let mut connection = house.connection().await;
    let shared = Made {
        byte: 3,
        names: &["*.example.com", "example.com"],
        issuer: "CN=R12,O=Let's Encrypt,C=US",
        from: now - 10 * DAY,
        to: now + 5 * DAY,
    };
    let ended =
        Made { byte: 2, names: &["C.example.com"], issuer: "CN=100% Trust_Asia", from: now - 90 * DAY, to: now - DAY };
    let unreadable = Made { byte: 1, names: &[], issuer: "", from: 0, to: 0 };
    let unserved = Made { byte: 4, names: &["gone.example.com"], issuer: "", from: now, to: now + DAY };
    for made in [&shared, &ended, &unreadable, &unserved] {
        made.store(&mut connection).await;
    }
    serve(&mut connection, endpoints[0], shared.id(), now).await;
    serve(&mut connection, endpoints[1], shared.id(), now).await;
    serve(&mut connection, endpoints[2], ended.id(), now).await;
    serve(&mut connection, endpoints[3], unreadable.id(), now).await;

    let page = asked(&house, &actor, CertificateQuery::default()).await;
    assert_eq!(page.total, 3);
    let row = page.rows.iter().find(|row| row.sha256 == shared.id()).unwrap();
    assert_eq!((row.endpoints, row.endpoint), (2, endpoints[0]));
    assert_eq!(row.target.to_string(), "a.example.com:443");
    assert_eq!(row.programs.iter().map(|program| program.id).collect::<Vec<_>>(), [shop, other]);
    assert_eq!(row.not_after.unwrap().as_second(), now + 5 * DAY);
    assert_eq!(page.rows[0].not_after, None, "one that cannot be read has no end");

    let none = CertificateFilter::default();
    let text = |text: &str| CertificateFilter { text: Some(text.to_owned()), ..CertificateFilter::default() };
    let days = |days| CertificateFilter { days_left: Some(days), ..CertificateFilter::default() };
    let (wild, late, odd) = ("*.example.com", "C.example.com", "CN=subject 1");
    for (filter, expected) in [
        (none.clone(), vec![odd, late, wild]),
        (text("EXAMPLE.com"), vec![late, wild]),
        (text("*.exa"), vec![wild]),
        (text("let's enc"), vec![wild]),
        (text("100%"), vec![late]),
        (text("t_a"), vec![late]),
        (text("_rust"), vec![]),
        (text("subject 1"), vec![odd]),
        (text("' OR 1=1 --"), vec![]),
        (text(&shared.id().to_string()), vec![wild]),
        (text(&"04".repeat(32)), vec![]),
        (days(DaysLeft::Within(0)), vec![late]),
        (days(DaysLeft::Within(5)), vec![late, wild]),
        (days(DaysLeft::Within(u32::MAX)), vec![late, wild]),
        (days(DaysLeft::week(0)), vec![wild]),
        (days(DaysLeft::week(1)), vec![]),
        (days(DaysLeft::Between(4, 5)), vec![wild]),
        (days(DaysLeft::Between(5, 6)), vec![]),
        (CertificateFilter { program: Some(other), ..none.clone() }, vec![wild]),
        (CertificateFilter { program: Some(shop), ..days(DaysLeft::Within(0)) }, vec![late]),
        (CertificateFilter { program: Some(ProgramId(99)), ..none.clone() }, vec![]),
    ] {
        assert_eq!(listed(&house, &actor, filter.clone()).await, expected, "{filter:?}");
    }
    for (sort, expected) in [
        (CertificateSort::Expiry, [odd, late, wild]),
        (CertificateSort::Name, [late, odd, wild]),
        (CertificateSort::FirstSeen, [odd, late, wild]),
    ] {
        for reversed in [false, true] {
            let page = asked(&house, &actor, CertificateQuery { sort, reversed, ..CertificateQuery::default() }).await;
            let mut names: Vec<_> =
                page.rows.into_iter().map(|row| row.names.first().cloned().unwrap_or(row.subject)).collect();
            if reversed {
                names.reverse();
            }
            assert_eq!(names, expected, "{sort:?} {reversed}");
        }
    }

    // Whoever goes takes their part along.
    house.services.programs.remove_program(other, &actor).await.unwrap();
    let page = asked(&house, &actor, CertificateQuery::default()).await;
    assert_eq!(page.rows[2].programs_total, 1);
    house.services.programs.remove_program(shop, &actor).await.unwrap();
    assert_eq!(asked(&house, &actor, CertificateQuery::default()).await.total, 0);
    assert_eq!(house.count("SELECT COUNT(*) FROM served").await, 0);
    assert_eq!(house.count("SELECT COUNT(*) FROM certificates WHERE served_by <> 0").await, 0);
}

#[tokio::test]
async fn the_pages_together_hold_every_certificate_once_in_every_order() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (_, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let mut connection = house.connection().await;
    let count = 2 * PAGE_SIZE + 7;
    for byte in 0..u8::try_from(count).unwrap() {
        // Many alike, so that an order without a last word would show.
        let made = Made { byte, names: &["same.example.com"], issuer: "", from: 0, to: 1 + i64::from(byte % 3) };
        made.store(&mut connection).await;
        serve(&mut connection, endpoints[0], made.id(), 0).await;
    }
    connection.execute("UPDATE certificates SET first_seen = 1").await.unwrap();
    for sort in CertificateSort::ALL {
        for reversed in [false, true] {
            let mut seen = BTreeSet::new();
            for page in 0..3 {
                let query = CertificateQuery { sort, reversed, page, ..CertificateQuery::default() };
                let answer = asked(&house, &actor, query).await;
                assert_eq!((answer.total, answer.page, answer.pages()), (count, page, 3));
                seen.extend(answer.rows.iter().map(|row| row.sha256));
                assert!(answer.rows.iter().all(|row| row.programs_total == 1));
            }
            assert_eq!(seen.len(), count as usize, "{sort:?} {reversed}");
            let past = CertificateQuery { sort, reversed, page: u32::MAX, ..CertificateQuery::default() };
            let last = asked(&house, &actor, past).await;
            assert_eq!((last.page, last.rows.len()), (2, 7), "past the end is the last page");
        }
    }
}

#[tokio::test]
async fn the_coming_weeks_are_counted_and_each_count_is_what_its_link_lists() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let (_, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (now, week) = (house.now(), 7 * DAY);
    let mut connection = house.connection().await;
    // Not readable, long ended, just ended, the first and last seconds of weeks, after the last week.
    let ends = [0, now - 90 * DAY, now, now + 1, now + week, now + week + 1, now + 13 * week, now + 13 * week + 1];
    for (byte, to) in (0..).zip(ends) {
        let made = Made { byte, names: &["a.example.com"], issuer: "", from: 0, to };
        made.store(&mut connection).await;
        serve(&mut connection, endpoints[0], made.id(), 0).await;
    }
    let expiries = house.services.certificates.expiries(&actor).await.unwrap();
    let mut weeks = [0; WEEKS_AHEAD];
    (weeks[0], weeks[1], weeks[12]) = (2, 1, 1);
    assert_eq!((expiries.ended, expiries.weeks), (2, weeks));
    let count = async |days| {
        let filter = CertificateFilter { days_left: Some(days), ..CertificateFilter::default() };
        asked(&house, &actor, CertificateQuery { filter, ..CertificateQuery::default() }).await.total
    };
    assert_eq!(count(DaysLeft::Within(0)).await, expiries.ended);
    for (week, expected) in (0..).zip(expiries.weeks) {
        assert_eq!(count(DaysLeft::week(week)).await, expected, "{week}");
    }
}

/// What the lab's server `name` is when only one of its addresses is known.
fn only(lab: &Lab, name: &str, address: [u8; 4]) -> FixedAddresses {
    let server = lab.server(name).unwrap();
    let addresses = vec![IpAddr::from(address)];
    [Resolve { host: server.host.clone(), port: server.port, addresses }].into_iter().collect()
}

#[tokio::test]
async fn a_change_at_an_endpoint_is_told_on_both_certificates_and_silence_changes_nothing() {
    let lab = Lab::start(Timestamp::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let lines = [format!("https://{}", lab.server("two-certificates").unwrap().target())];
    let (_, endpoints) = program_with(&house, SHOP, &lines, &actor).await;
    let scope = Scope::Endpoint(endpoints[0]);
    let roots = || Roots::from_pem(lab.root_pem().as_bytes()).unwrap();
    let at = |address| house.probing_elsewhere(only(&lab, "two-certificates", address), roots());
    let (first, second, nobody) = (at([127, 0, 0, 1]), at([127, 0, 0, 2]), at([127, 0, 0, 3]));
    let begin = house.now();

    probed(&first, scope, &actor).await;
    let old = asked(&house, &actor, CertificateQuery::default()).await.rows[0].sha256;
    house.pass(HOUR);
    probed(&nobody, scope, &actor).await;
    house.pass(HOUR);
    probed(&first, scope, &actor).await;
    let place = of(&house, &actor, old).await.served.rows.remove(0);
    assert_eq!((place.since.as_second(), place.replaced), (begin, None));
    assert_eq!(house.count("SELECT COUNT(*) FROM served").await, 1);

    house.pass(HOUR);
    probed(&second, scope, &actor).await;
    let page = asked(&house, &actor, CertificateQuery::default()).await;
    let new = page.rows[0].sha256;
    assert_eq!(page.total, 1);
    assert_ne!(new, old);
    let place = of(&house, &actor, new).await.served.rows.remove(0);
    assert_eq!(place.since.as_second(), begin + 3 * HOUR);
    assert_eq!(place.addresses, [IpAddr::from([127, 0, 0, 2])]);
    assert_eq!(place.replaced.map(|replaced| replaced.sha256), Some(old));
    let gone = of(&house, &actor, old).await;
    assert_eq!((gone.served.total, gone.programs.len()), (0, 0));
    let past = &gone.past[0];
    assert_eq!((past.since.as_second(), past.until.as_second()), (begin, begin + 3 * HOUR));
    assert_eq!(past.replaced_by.as_ref().map(|by| by.sha256), Some(new));

    // Rolled out to one address after the other, and back.
    house.pass(HOUR);
    probed(&house.probing, scope, &actor).await;
    assert_eq!(asked(&house, &actor, CertificateQuery::default()).await.total, 2);
    let back = of(&house, &actor, old).await;
    assert_eq!(back.served.rows[0].since.as_second(), begin + 4 * HOUR);
    assert_eq!(back.past.len(), 1);
    assert_eq!(of(&house, &actor, new).await.served.rows[0].since.as_second(), begin + 3 * HOUR);
    lab.stop().await;
}

#[tokio::test]
async fn an_answer_without_a_certificate_ends_what_was_served() {
    let lab = Lab::start(Timestamp::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let lines = [format!("https://{}", lab.server("plain-http").unwrap().target())];
    let (_, endpoints) = program_with(&house, SHOP, &lines, &actor).await;
    let made = Made { byte: 1, names: &["plain-http.lab.hufu.example"], issuer: "", from: 0, to: 1 };
    let mut connection = house.connection().await;
    made.store(&mut connection).await;
    serve(&mut connection, endpoints[0], made.id(), 0).await;
    probed(&house.probing, Scope::Endpoint(endpoints[0]), &actor).await;
    assert_eq!(asked(&house, &actor, CertificateQuery::default()).await.total, 0);
    lab.stop().await;
}

#[tokio::test]
async fn a_renewal_that_is_not_everywhere_is_told_where_it_is_and_where_it_is_not() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["a", "b", "c"].map(|name| format!("https://{name}.example.com"));
    let (_, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let now = house.now();
    let mut connection = house.connection().await;
    let old = Made {
        byte: 1,
        names: &["*.example.com", "example.com"],
        issuer: "",
        from: now - 80 * DAY,
        to: now + 10 * DAY,
    };
    let new = Made {
        byte: 2,
        names: &["example.com", "*.EXAMPLE.com", "example.org"],
        issuer: "",
        from: now - DAY,
        to: now + 89 * DAY,
    };
    // Ends later, and is for less.
    let fewer = Made { byte: 3, names: &["example.com"], issuer: "", from: now, to: now + 90 * DAY };
    for made in [&old, &new] {
        made.store(&mut connection).await;
    }
    serve(&mut connection, endpoints[0], old.id(), now).await;
    serve(&mut connection, endpoints[1], new.id(), now).await;

    let rows = asked(&house, &actor, CertificateQuery::default()).await.rows;
    assert_eq!(
        rows.iter().map(|row| row.newer.as_ref().map(|newer| newer.sha256)).collect::<Vec<_>>(),
        [Some(new.id()), None]
    );
    let detail = of(&house, &actor, old.id()).await;
    let newer = detail.newer.unwrap();
    assert_eq!((newer.certificate.sha256, newer.endpoint, newer.endpoints), (new.id(), endpoints[1], 1));
    assert_eq!(detail.older, []);
    let detail = of(&house, &actor, new.id()).await;
    assert_eq!(detail.newer, None);
    assert_eq!(detail.older.iter().map(|older| older.certificate.sha256).collect::<Vec<_>>(), [old.id()]);

    connection.execute("UPDATE served SET until = 1 WHERE certificate = X'0202020202020202020202020202020202020202020202020202020202020202'").await.unwrap();
    fewer.store(&mut connection).await;
    serve(&mut connection, endpoints[2], fewer.id(), now).await;
    assert_eq!(of(&house, &actor, old.id()).await.newer, None, "a renewal has all the names, and is served");
}

#[tokio::test]
async fn a_certificate_with_thousands_of_names_is_shown_in_part_and_saved_whole() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (_, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let hosts: Vec<Host> = (0..2_000).map(|n| format!("h{n}.example.com").parse().unwrap()).collect();
    let now = Timestamp::from_second(house.now()).unwrap();
    let root = Authority::root("Root", Validity::days(now, -1, 10)).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = root.leaf(&hosts.iter().collect::<Vec<_>>(), &key, Validity::days(now, -1, 10), |_| ()).unwrap();
    let facts = certificate::read(&leaf);
    let mut connection = house.connection().await;
    let add = "INSERT INTO certificates (sha256, der, subject, issuer, not_before, not_after, names, names_left_out, first_seen)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)";
    sqlx::query(add)
        .bind(facts.sha256.as_bytes().as_slice())
        .bind(leaf.as_ref())
        .bind(&facts.subject)
        .bind(&facts.issuer)
        .bind(facts.not_before.as_second())
        .bind(facts.not_after.as_second())
        .bind(serde_json::to_string(&facts.dns_names).unwrap())
        .bind(i64::from(facts.names_left_out))
        .execute(&mut connection)
        .await
        .unwrap();
    serve(&mut connection, endpoints[0], facts.sha256, 0).await;

    let row = asked(&house, &actor, CertificateQuery::default()).await.rows.remove(0);
    assert_eq!((row.names.len(), row.names_total), (ROW_MOST, 2_000));
    let detail = of(&house, &actor, facts.sha256).await;
    assert_eq!((detail.certificate.dns_names.len(), detail.certificate.names_left_out), (NAMES_MOST, 1_800));

    let (console, cookie) = (console(&house), cookie(&session));
    let page = format!("/certificates/{}", facts.sha256);
    let shown = get(&console, &page, &cookie).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.text().contains("h199.example.com") && !shown.text().contains("h200.example.com"));
    let der = get(&console, &format!("{page}/der"), &cookie).await;
    assert_eq!((der.status, der.header(header::CONTENT_TYPE)), (StatusCode::OK, "application/pkix-cert"));
    assert_eq!(der.body, leaf.as_ref());
    let name = format!("h0.example.com-{}", &facts.sha256.to_string()[..8]);
    assert_eq!(der.header(header::CONTENT_DISPOSITION), format!("attachment; filename=\"{name}.cer\""));
    let pem = get(&console, &format!("{page}/pem"), &cookie).await;
    assert_eq!(pem.header(header::CONTENT_TYPE), "application/pem-certificate-chain");
    assert_eq!(pem.header(header::CONTENT_DISPOSITION), format!("attachment; filename=\"{name}.pem\""));
    let read = probe::file::certificates(&pem.body).unwrap();
    assert_eq!(read, [leaf]);
}

fn cookie(session: &SessionToken) -> String {
    format!("{SESSION_COOKIE}={}", session.0)
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_nobody_sees_it_without_a_session() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let nothing = Fingerprint::new([9; 32]);
    let certificates = &house.services.certificates;
    assert_eq!(certificates.certificate(nothing, 0, &actor).await, Err(ServiceError::NotFound));
    assert_eq!(certificates.download(nothing, &actor).await, Err(ServiceError::NotFound));
    let (console, cookie) = (console(&house), cookie(&session));
    for path in [
        format!("{nothing}/pem"),
        format!("{nothing}/der"),
        "x/pem".into(),
        "..%2F/der".into(),
        nothing.to_string(),
        "x".into(),
    ] {
        let path = format!("/certificates/{path}");
        assert_eq!(get(&console, &path, &cookie).await.status, StatusCode::NOT_FOUND, "{path}");
        let answer = get(&console, &path, "").await;
        assert!(
            answer.status == StatusCode::SEE_OTHER && answer.header(header::LOCATION).starts_with("/log-in"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_certificate_is_forgotten_with_the_last_observation_that_names_it() {
    let lab = Lab::start(Timestamp::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let lines = [format!("https://{}", lab.server("two-certificates").unwrap().target())];
    let (_, endpoints) = program_with(&house, SHOP, &lines, &actor).await;
    let scope = Scope::Endpoint(endpoints[0]);
    let roots = || Roots::from_pem(lab.root_pem().as_bytes()).unwrap();
    let at = |address| house.probing_elsewhere(only(&lab, "two-certificates", address), roots());
    let (first, second) = (at([127, 0, 0, 1]), at([127, 0, 0, 2]));
    // A month has 119 of it and a half.
    let step = 31 * 24 * 3600 * 2 / 239;
    let look = async |probing: &server::endpoints::Probing| {
        probed(probing, scope, &actor).await;
        house.pass(step);
    };
    look(&first).await;
    let all = house.count("SELECT COUNT(*) FROM certificates").await;
    look(&second).await;
    assert_eq!(house.count("SELECT COUNT(*) FROM certificates").await, all + 1);
    for _ in 0..118 {
        look(&second).await;
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, 120);
    assert_eq!(house.count("SELECT COUNT(*) FROM certificates").await, all + 1, "the first observation is still there");
    for _ in 0..3 {
        look(&second).await;
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, 120);
    assert_eq!(house.count("SELECT COUNT(*) FROM served").await, 1);
    assert_eq!(house.count("SELECT COUNT(*) FROM certificates").await, all, "the intermediate is shared and stays");
    lab.stop().await;
}

/// Endpoint, certificate, addresses, since, until, replaced.
type Span = (i64, String, String, i64, Option<i64>, Option<String>);

#[tokio::test]
async fn an_older_database_learns_its_spans_from_the_observations_it_has() {
    let directory = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(directory.path().join("hufu.db")).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let mut migrator: Migrator = sqlx::migrate!("../migrations");
    migrator.migrations.to_mut().retain(|migration| migration.version < 5);
    migrator.run(&mut connection).await.unwrap();
    let hosts = "INSERT INTO endpoints (id, host, port) VALUES (1, 'a.example.com', 443), (2, 'b.example.com', 443)";
    connection.execute(hosts).await.unwrap();
    for byte in [1, 2] {
        Made { byte, names: &["a.example.com"], issuer: "", from: 0, to: 1 }.store(&mut connection).await;
    }
    for (endpoint, at, verdict, leaves) in [
        (1, 10, "pass", &[1][..]),
        (2, 11, "pass", &[1]),
        (1, 20, "unreachable", &[]),
        (1, 30, "pass", &[1]),
        (1, 40, "pass", &[2]),
        (1, 50, "warn", &[1, 2]),
        (1, 60, "pass", &[1]),
        (2, 70, "fail", &[]),
    ] {
        let add = "INSERT INTO observations (endpoint, observed_at, verdict, facts, trust)
            VALUES ($1, $2, $3, '{}', '{}') RETURNING id";
        let id: i64 =
            sqlx::query_scalar(add).bind(endpoint).bind(at).bind(verdict).fetch_one(&mut connection).await.unwrap();
        for leaf in leaves {
            let add = "INSERT INTO observation_certificates (observation, address, position, certificate)
                VALUES ($1, $2, 0, $3)";
            let sha256 = vec![*leaf; 32];
            sqlx::query(add)
                .bind(id)
                .bind(format!("192.0.2.{leaf}"))
                .bind(sha256)
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }
    connection.close().await.unwrap();

    let store = server::store::Store::open(directory.path()).await.unwrap();
    store.close().await;
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let sql = "SELECT endpoint, substr(hex(certificate), 2, 1), addresses, since, until,
            CASE WHEN replaced IS NOT NULL THEN substr(hex(replaced), 2, 1) END
        FROM served ORDER BY since";
    let spans: Vec<Span> = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
    let span = |endpoint, certificate: &str, since, until, replaced: Option<&str>| {
        let addresses = format!("[\"192.0.2.{certificate}\"]");
        (endpoint, certificate.to_owned(), addresses, since, until, replaced.map(str::to_owned))
    };
    assert_eq!(
        spans,
        [
            span(1, "1", 10, Some(40), None),
            span(2, "1", 11, Some(70), None),
            span(1, "2", 40, Some(60), Some("1")),
            span(1, "1", 50, None, None),
        ]
    );
    let served: Vec<i64> = sqlx::query_scalar("SELECT served_by FROM certificates ORDER BY sha256")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(served, [1, 0]);
}

/// Sends the form of the certificate check; the status, and the page that it leads to.
async fn send(console: &Router, session: &SessionToken, typed: &str, file: Vec<u8>) -> (StatusCode, String) {
    let part = |name: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"");
    let mut body = format!("{}\r\n\r\n{typed}\r\n", part("pem")).into_bytes();
    body.extend(format!("{}; filename=\"a.pem\"\r\n\r\n", part("file")).as_bytes());
    body.extend(file);
    body.extend(format!("\r\n{}\r\n\r\na.example.com\r\n--x--\r\n", part("host")).as_bytes());
    let request = Request::post("/check/certificate")
        .header(header::HOST, HOST)
        .header(header::ORIGIN, SAME)
        .header(header::COOKIE, format!("{SESSION_COOKIE}={}", session.0))
        .header(header::CONTENT_LENGTH, body.len())
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    let answer = ask(console, request.body(Body::from(body)).unwrap()).await;
    (answer.status, answer.header(header::LOCATION).to_owned())
}

#[tokio::test]
async fn a_key_alone_is_told_beside_where_it_was_given_and_is_not_kept() {
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    for (typed, file, field, page) in [
        (KEY, "", "pem-error", "/check/certificate?host=a.example.com&problem=key_alone&of=text"),
        ("", KEY, "file-error", "/check/certificate?host=a.example.com&problem=key_alone"),
    ] {
        let led_to = send(&console, &session, typed, file.as_bytes().to_vec()).await;
        assert_eq!(led_to, (StatusCode::SEE_OTHER, page.to_owned()));
        for (locale, words) in [("zh-CN", "只有私钥，没有证书"), ("en", "There is a private key and no certificate")]
        {
            let cookie = format!("{SESSION_COOKIE}={}; hufu_locale={locale}", session.0);
            let told = get(&console, page, &cookie).await.text();
            for at in ["pem-error", "file-error"] {
                let beside = told.split(&format!("id=\"{at}\"")).nth(1).unwrap();
                assert_eq!(beside.split("</span>").next().unwrap().contains(words), at == field, "{at}: {beside}");
            }
        }
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM drafts").await, 0);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_told_beside_its_field_in_the_reader_s_language() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let sent = async |typed: &str, file: Vec<u8>| send(&console, &session, typed, file).await;
    let most = vec![b'x'; FILE_MOST];
    let (status, page) = sent("", most.clone()).await;
    assert!(status == StatusCode::SEE_OTHER && page.starts_with("/check/certificate?draft="), "{status} {page}");

    let (status, page) = sent("", [most.clone(), b"x".to_vec()].concat()).await;
    assert_eq!(
        (status, page.as_str()),
        (StatusCode::SEE_OTHER, "/check/certificate?host=a.example.com&problem=too_large")
    );
    // More than is read at all.
    let (status, far_too_large) = sent("", vec![b'x'; 65 * 1024 * 1024]).await;
    assert_eq!((status, far_too_large.as_str()), (StatusCode::SEE_OTHER, "/check/certificate?problem=too_large"));

    for (locale, words) in [("zh-CN", "内容超过 256 kB"), ("en", "more than 256 kB")] {
        let cookie = format!("{SESSION_COOKIE}={}; hufu_locale={locale}", session.0);
        let told = get(&console, &page, &cookie).await.text();
        let beside = told.split("id=\"file-error\"").nth(1).unwrap();
        assert!(beside.split("</span>").next().unwrap().contains(words), "{beside}");
        assert!(told.contains("value=\"a.example.com\""), "{told}");
    }

    // What was typed beside it stays, but for keys.
    let typed = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\ntyped beside it";
    let (_, page) = sent(typed, [most, b"x".to_vec()].concat()).await;
    assert!(page.contains("draft=") && page.ends_with("&host=a.example.com&problem=too_large"), "{page}");
    let told = get(&console, &page, &format!("{SESSION_COOKIE}={}", session.0)).await.text();
    assert!(told.contains("typed beside it</textarea>") && !told.contains("c2VjcmV0"), "{told}");
}
