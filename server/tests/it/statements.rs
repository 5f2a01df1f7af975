//! What is done to many rows at once takes as many statements as what is done to two, and so does what shows them.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Mutex, Once},
};

use crate::common::{
    DAY, House, SHOP, paste_icp, probed, program_with, urls,
    web::{console, cookie, get},
};
use axum::http::StatusCode;
use model::{
    Tags, Timestamp,
    accounts::Actor,
    alerts::{Alerts as _, Language, Notice, RECIPIENTS_MOST},
    endpoints::{
        Endpoints as _, SELECTION_MOST, Scope, Selection, Tagging,
        list::{EndpointFilter, EndpointQuery},
    },
    icp::paste::PASTE_MOST,
    limits::PER_LIST,
    paging::PAGE_SIZE,
    programs::import::{ImportOptions, ImportRequest, Imported, Mode},
    service::{EndpointId, ProgramId},
};
use probe::lab::Lab;
use server::clock;
use sqlx::AssertSqlSafe;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Hears every statement of this process: the driver tells of each before whoever runs it has its
/// answer.
struct Ear;

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, event: &Event<'_>) {
        let mut sql = Sql::default();
        event.record(&mut sql);
        // Of a connection that is opened, now or later.
        if !sql.0.starts_with("PRAGMA") {
            HEARD.lock().unwrap().push(sql.0);
        }
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The statement that an event tells of: its first words, or the whole where it has more.
#[derive(Default)]
struct Sql(String);

impl Visit for Sql {
    fn record_str(&mut self, field: &Field, value: &str) {
        let whole = field.name() == "db.statement" && !value.is_empty();
        if whole || field.name() == "summary" {
            value.trim().clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Held by each test from its begin to its end: two at once would hear each other.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// How often `act` runs each statement.
async fn statements(act: impl Future<Output = ()>) -> BTreeMap<String, usize> {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Ear).unwrap());
    HEARD.lock().unwrap().clear();
    act.await;
    let mut counts = BTreeMap::new();
    for sql in HEARD.lock().unwrap().drain(..) {
        *counts.entry(sql).or_default() += 1;
    }
    assert!(!counts.is_empty(), "nothing was heard");
    counts
}

/// As many lines, which fill the first lists of mini programs that are registered by them.
fn table(rows: usize) -> String {
    let line = |row| format!("{},Shop,request,https://h{row}.example.com\n", app_id(row));
    HEADINGS.to_owned() + &(0..rows).map(line).collect::<String>()
}

const HEADINGS: &str = "appid,name,api,entry\n";

/// Of the mini program that has a row of the table.
fn app_id(row: usize) -> String {
    format!("wx{:016x}", row / PER_LIST as usize)
}

async fn import(house: &House, text: String, mode: Mode, actor: &Actor) -> Imported {
    let request = ImportRequest { text, options: ImportOptions { mode, ..ImportOptions::default() } };
    let programs = &house.services.programs;
    let dry = programs.dry_run(&request, actor).await.unwrap().unwrap();
    programs.import(&request, &dry.digest, actor).await.unwrap()
}

/// A house with so many endpoints.
async fn with_endpoints(rows: usize) -> (House, Actor, Vec<EndpointId>) {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    import(&house, table(rows), Mode::Add, &actor).await;
    let ids = ids(&house, "SELECT id FROM endpoints ORDER BY id").await;
    assert_eq!(ids.len(), rows);
    (house, actor, ids.into_iter().map(EndpointId).collect())
}

async fn ids(house: &House, sql: &'static str) -> Vec<i64> {
    sqlx::query_scalar(sql).fetch_all(&mut house.connection().await).await.unwrap()
}

#[tokio::test]
async fn an_import_adds_and_removes_many_entries_in_as_many_statements_as_two() {
    let _turn = TURN.lock().await;
    let mut heard = Vec::new();
    for rows in [2, 500] {
        let house = House::open(None).await;
        let (actor, _) = house.first_account().await;
        let act = async {
            assert_eq!(import(&house, table(rows), Mode::Add, &actor).await.added, rows);
            let of_program = |row| format!("{},Shop,request,https://other.example.com\n", app_id(row));
            let others: String = (0..rows).step_by(PER_LIST as usize).map(of_program).collect();
            assert_eq!(import(&house, HEADINGS.to_owned() + &others, Mode::Replace, &actor).await.removed, rows);
        };
        heard.push(statements(act).await);
        assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints").await, 1);
    }
    assert_eq!(heard[0], heard[1]);
}

#[tokio::test]
async fn a_selection_is_tagged_and_probed_in_as_many_statements_as_two_endpoints() {
    let _turn = TURN.lock().await;
    let mut heard = Vec::new();
    for rows in [2, SELECTION_MOST] {
        let (house, actor, ids) = with_endpoints(rows).await;
        let act = tag_and_probe(&house, ids.into(), rows, &actor);
        heard.push(statements(act).await);
    }
    assert_eq!(heard[0], heard[1]);
}

#[tokio::test]
async fn what_a_filter_lets_through_is_tagged_and_probed_in_as_many_statements_as_two_endpoints() {
    let _turn = TURN.lock().await;
    let mut heard = Vec::new();
    for rows in [2, SELECTION_MOST] {
        let (house, actor, _) = with_endpoints(rows).await;
        let filter = EndpointFilter { text: Some(":443".to_owned()), ..EndpointFilter::default() };
        let all = Selection::Listed(EndpointQuery { filter, ..EndpointQuery::default() });
        let act = tag_and_probe(&house, all, rows, &actor);
        heard.push(statements(act).await);
    }
    assert_eq!(heard[0], heard[1]);
}

/// Gives so many some tags, takes them off, and begins to probe them.
async fn tag_and_probe(house: &House, chosen: Selection, rows: usize, actor: &Actor) {
    let tags: Tags = "core, pay".parse().unwrap();
    for tagging in [Tagging::Add(tags.clone()), Tagging::Remove(tags)] {
        assert_eq!(house.probing.tag_selected(chosen.clone(), tagging, actor).await, Ok(rows));
    }
    let run = house.probing.probe_selected(chosen, actor).await.unwrap();
    // On this one thread it is called off before any probe begins.
    house.probing.cancel(run, actor).await.unwrap();
    assert_eq!(house.probing.run(run, actor).await.unwrap().total as usize, rows);
}

#[tokio::test]
async fn filings_are_pasted_in_as_many_statements_as_two() {
    let _turn = TURN.lock().await;
    let mut heard = Vec::new();
    for rows in [2, PASTE_MOST] {
        let house = House::open(None).await;
        let (actor, _) = house.first_account().await;
        program_with(&house, SHOP, &["https://a.d0.com".to_owned(), "https://a.d1.com".to_owned()], &actor).await;
        let lines = |state: &str| (0..rows).map(|row| format!("d{row}.com {state}")).collect::<Vec<_>>();
        let act = async {
            // New ones, then others in their place.
            for state in ["pending", "filed"] {
                assert_eq!(paste_icp(&house, lines(state), &actor).await, Ok(rows));
            }
        };
        heard.push(statements(act).await);
        let filed = house.count("SELECT COUNT(*) FROM icp_records WHERE state = 'filed' AND revision = 2").await;
        let told = house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'icp.change'").await;
        assert_eq!((usize::try_from(filed), usize::try_from(told)), (Ok(rows), Ok(2 * rows)));
    }
    assert_eq!(heard[0], heard[1]);
}

async fn add_recipient(house: &House, program: ProgramId, address: &str, actor: &Actor) {
    house.post.add_recipient(program, address.parse().unwrap(), Language::English, actor).await.unwrap();
}

#[tokio::test]
async fn many_certificates_that_end_are_told_in_as_many_statements_as_two() {
    let _turn = TURN.lock().await;
    let mut heard = Vec::new();
    for rows in [2, 400] {
        let (house, actor, _) = with_endpoints(rows).await;
        for program in ids(&house, "SELECT id FROM programs ORDER BY id").await {
            add_recipient(&house, ProgramId(program), "ops@example.com", &actor).await;
        }
        let end = "UPDATE endpoints SET not_after = $1";
        sqlx::query(end).bind(house.now() + DAY).execute(&mut house.connection().await).await.unwrap();
        heard.push(statements(async { house.post.tell().await.unwrap() }).await);
        assert_eq!(usize::try_from(house.count("SELECT COUNT(*) FROM notices").await), Ok(rows));
    }
    assert_eq!(heard[0], heard[1]);
}

#[tokio::test]
async fn many_recipients_are_told_that_a_server_fails_in_as_many_statements_as_two() {
    let _turn = TURN.lock().await;
    let lab = Lab::start(clock::now()).await.unwrap();
    let lines = urls(&lab, &["expired"]);
    let mut heard = Vec::new();
    for recipients in [2, RECIPIENTS_MOST] {
        let house = House::open(Some(&lab)).await;
        let (actor, _) = house.first_account().await;
        let (program, endpoints) = program_with(&house, SHOP, &lines, &actor).await;
        for number in 0..recipients {
            add_recipient(&house, program, &format!("p{number}@example.com"), &actor).await;
        }
        let act = async {
            probed(&house.probing, Scope::Endpoint(endpoints[0]), &actor).await;
        };
        heard.push(statements(act).await);
        assert_eq!(usize::try_from(house.count("SELECT COUNT(*) FROM notices").await), Ok(recipients));
    }
    assert_eq!(heard[0], heard[1]);
    lab.stop().await;
}

/// Where there is one mini program with one endpoint that was probed: so many of whatever pages show, each beside
/// the first and together with it.
async fn furnish(house: &House, rows: i64) {
    let mut connection = house.connection().await;
    for insert in FURNITURE {
        let sql = AssertSqlSafe(format!("{NUMBERS} INSERT INTO {insert}"));
        sqlx::query(sql).bind(rows).bind(house.now()).execute(&mut connection).await.unwrap();
    }
    let notice = Notice::Expiry {
        endpoint: EndpointId(1),
        target: "h1.d1.com:443".parse().unwrap(),
        not_after: Timestamp::from_second(house.now()).unwrap(),
        programs: vec!["Shop".to_owned()],
    };
    for number in 1..=rows {
        let add = "INSERT INTO notices (address, language, occasion, facts, written_at, due_at)
            VALUES ('ops@example.com', 'en', $1, $2, 0, 0)";
        let facts = serde_json::to_string(&notice).unwrap();
        sqlx::query(add).bind(number.to_string()).bind(facts).execute(&mut connection).await.unwrap();
    }
}

/// From the second on, with the time.
const NUMBERS: &str = "WITH RECURSIVE numbers (n, now) AS (
    SELECT 2, $2 UNION ALL SELECT n + 1, now FROM numbers WHERE n < $1)";

const FURNITURE: [&str; 21] = [
    "users (login, password_hash, role, created_at) SELECT 'p' || n, 'x', 'viewer', now FROM numbers",
    "sessions (token_sha256, user_id, created_at, last_seen_at, expires_at)
        SELECT randomblob(32), 1, now, now, now + 86400 FROM numbers",
    "programs (app_id, name, per_list, skip_check, revision, added_at, owner, fullest_api, fullest_used, fullest_limit)
        SELECT printf('wx%016x', n), '店 ' || n, 20, 0, 1, now, 1, 'request', 20, 20 FROM numbers",
    "program_tags (program, tag) SELECT n, 'core' FROM numbers",
    "endpoints (host, port, verdict, verdict_before, turned_at, probed_at, not_after, worst, tls_version, issuer)
        SELECT 'h' || n || '.d' || n || '.com', 443, 'fail', 'pass', now, now, now + 86400 * n, 'chain.incomplete',
            'TLS 1.3', 'CN=R3' FROM numbers",
    "endpoint_tags (tag, endpoint) SELECT 'core', n FROM numbers",
    "entries (program, api, entry, registrable_domain, endpoint, added_at)
        SELECT 1, 'upload', 'https://h' || n || '.d' || n || '.com', 'd' || n || '.com', n, now FROM numbers",
    "entries (program, api, entry, registrable_domain, endpoint, added_at)
        SELECT n, 'download', entry, registrable_domain, 1, now FROM entries, numbers WHERE id = 1",
    "entries (program, api, entry, registrable_domain, added_at)
        SELECT n, 'udp', 'udp://h' || n || '.d' || n || '.com:9000', 'd' || n || '.com', now FROM numbers",
    "entries (program, api, entry, registrable_domain, added_at)
        SELECT 1, 'tcp', 'tcp://t' || n || '.d2.com:9000', 'd2.com', now FROM numbers",
    "icp_records (domain, state, source, confirmed_at) SELECT 'd' || n || '.com', 'filed', 'typed', now FROM numbers",
    "audit_log (at, actor, action, object, after)
        SELECT now, 'chen', 'entry.add', 'entry https://h' || n || '.d2.com', '{\"program\":1}' FROM numbers",
    "certificates (sha256, der, subject, issuer, not_before, not_after, names, first_seen)
        SELECT CAST(printf('%032d', n) AS BLOB), x'00', 'CN=h' || n, 'CN=R3', now - 86400, now + 86400 * n,
            json_array('h' || n || '.d' || n || '.com'), now FROM numbers",
    "served (endpoint, certificate, addresses, since, replaced)
        SELECT n, CAST(printf('%032d', n) AS BLOB), '[\"192.0.2.1\"]', now, certificate
        FROM numbers, served WHERE served.id = 1",
    "served (endpoint, certificate, addresses, since)
        SELECT n, certificate, '[\"192.0.2.1\"]', now FROM numbers, served WHERE served.id = 1",
    "served (endpoint, certificate, addresses, since, until)
        SELECT n, certificate, '[\"192.0.2.1\"]', now - 200, now - 100 FROM numbers, served WHERE served.id = 1",
    "findings (endpoint, code, occurrence, severity, platforms, evidence, first_seen, last_seen)
        SELECT 1, 'cert.weak_key', n, 'error', '[]', '{\"kind\":\"none\"}', now, now FROM numbers",
    "findings (endpoint, code, occurrence, severity, platforms, evidence, first_seen, last_seen, resolved_at)
        SELECT 1, 'dns.timeout', n, 'error', '[]', '{\"kind\":\"none\"}', now - 9, now - 5, now - 5 FROM numbers",
    "recipients (program, address, language) SELECT 1, 'p' || n || '@example.com', 'en' FROM numbers",
    "observations (endpoint, observed_at, verdict, facts, trust)
        SELECT endpoint, now - n, verdict, facts, trust FROM observations, numbers WHERE id = 1",
    "observation_certificates (observation, address, position, certificate)
        SELECT n, address, position, certificate FROM observation_certificates, numbers WHERE observation = 1",
];

/// Every page that shows rows, and what stands in it once a row where each of them is one.
const PAGES: [(&str, &str); 25] = [
    ("/", ""),
    ("/programs", "data-program="),
    ("/programs?sort=owner&tag=core", ""),
    ("/programs/1", ""),
    ("/programs/import", ""),
    ("/endpoints", "data-endpoint="),
    ("/endpoints?q=h&verdict=fail&sort=expiry&tag=core&called=Shop&turned=7", ""),
    ("/endpoints/1", ""),
    ("/certificates", "data-certificate="),
    ("/certificates?sort=name&program=1&since=30", ""),
    ("/certificates/LEAF", ""),
    ("/icp", "data-domain="),
    ("/icp/d2.com", ""),
    ("/alerts", ""),
    ("/check/url?url=https://h2.d2.com", ""),
    ("/check/error?text=x", ""),
    ("/audit", ""),
    ("/audit?action=all&q=h", ""),
    ("/search?q=h", ""),
    ("/settings", ""),
    ("/settings/people", "data-person="),
    ("/help/findings", ""),
    ("/programs/export?format=jsonl", "\"app_id\""),
    ("/endpoints/export?format=jsonl", "\"endpoint\":"),
    ("/audit/export?format=jsonl&action=all", ""),
];

#[tokio::test]
async fn a_page_of_many_rows_takes_as_many_statements_as_one_of_two() {
    let _turn = TURN.lock().await;
    let lab = Lab::start(clock::now()).await.unwrap();
    let mut heard = Vec::new();
    for rows in [2, PAGE_SIZE] {
        let house = House::open(Some(&lab)).await;
        let (actor, session) = house.first_account().await;
        let (_, endpoints) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa"]), &actor).await;
        probed(&house.probing, Scope::Endpoint(endpoints[0]), &actor).await;
        furnish(&house, i64::from(rows)).await;
        let leaf = "SELECT LOWER(HEX(certificate)) FROM served WHERE id = 1";
        let leaf: String = sqlx::query_scalar(leaf).fetch_one(&mut house.connection().await).await.unwrap();
        let (console, cookie) = (console(&house), cookie(&session));
        let mut of_pages = Vec::new();
        for (page, mark) in PAGES {
            let path = page.replace("LEAF", &leaf);
            let act = async {
                let answer = get(&console, &path, &cookie).await;
                assert_eq!(answer.status, StatusCode::OK, "{page}: {}", answer.text());
                let shown = answer.text().matches(mark).count();
                assert!(mark.is_empty() || shown >= rows as usize, "{page}: {shown} of {rows}");
            };
            of_pages.push((page, statements(act).await));
        }
        heard.push(of_pages);
    }
    for (few, many) in heard[0].iter().zip(&heard[1]) {
        assert_eq!(few, many);
    }
    lab.stop().await;
}
