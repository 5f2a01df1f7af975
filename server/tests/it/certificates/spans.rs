//! What each endpoint serves, since when and until when, what took its place, and when it is forgotten.

use std::net::IpAddr;

use model::{certificates::list::CertificateQuery, endpoints::Scope};
use probe::lab::Lab;
use server::clock;
use sqlx::{Connection as _, Executor as _, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};

use crate::common::{
    DAY, HOUR, House, SHOP,
    certificates::{Made, asked, of, serve},
    only, probed, program_with, roots,
};

#[tokio::test]
async fn a_change_at_an_endpoint_is_told_on_both_certificates_and_silence_changes_nothing() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let lines = [format!("https://{}", lab.server("two-certificates").unwrap().target())];
    let (_, endpoints) = program_with(&house, SHOP, &lines, &actor).await;
    let scope = Scope::Endpoint(endpoints[0]);
    let at = |address| house.probing_elsewhere(only(&lab, "two-certificates", address), roots(&lab));
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
    let lab = Lab::start(clock::now()).await.unwrap();
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

    fewer.store(&mut connection).await;
    serve(&mut connection, endpoints[2], fewer.id(), now).await;
    let rows = asked(&house, &actor, CertificateQuery::default()).await.rows;
    assert_eq!(
        rows.iter().map(|row| row.newer.as_ref().map(|newer| newer.sha256)).collect::<Vec<_>>(),
        [Some(new.id()), None, None],
        "one for fewer names that ends later hides no renewal"
    );
    let newer = of(&house, &actor, old.id()).await.newer.unwrap();
    assert_eq!((newer.certificate.sha256, newer.endpoint), (new.id(), endpoints[1]));

    connection.execute("UPDATE served SET until = 1 WHERE certificate = X'0202020202020202020202020202020202020202020202020202020202020202'").await.unwrap();
    assert_eq!(of(&house, &actor, old.id()).await.newer, None, "a renewal has all the names, and is served");
}

#[tokio::test]
async fn a_certificate_is_forgotten_with_the_last_observation_that_names_it() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let lines = [format!("https://{}", lab.server("two-certificates").unwrap().target())];
    let (_, endpoints) = program_with(&house, SHOP, &lines, &actor).await;
    let scope = Scope::Endpoint(endpoints[0]);
    let at = |address| house.probing_elsewhere(only(&lab, "two-certificates", address), roots(&lab));
    let (first, second) = (at([127, 0, 0, 1]), at([127, 0, 0, 2]));
    // A month has nine of it and a half.
    let step = 31 * DAY * 2 / 19;
    let look = async |probing: &server::endpoints::Probing| {
        probed(probing, scope, &actor).await;
        house.pass(step);
    };
    look(&first).await;
    let all = house.count("SELECT COUNT(*) FROM certificates").await;
    look(&second).await;
    assert_eq!(house.count("SELECT COUNT(*) FROM certificates").await, all + 1);
    for _ in 0..8 {
        look(&second).await;
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, 10);
    assert_eq!(house.count("SELECT COUNT(*) FROM certificates").await, all + 1, "the first observation is still there");
    for _ in 0..3 {
        look(&second).await;
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, 10);
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
