//! The audit log as it is read: each filter lets through what it says, the newest line comes first,
//! and the pages together hold every line once.

use crate::common::{
    DAY, House, OTHER, SHOP, program_with,
    web::{console, cookie, get},
};
use axum::http::header;
use model::{
    Limits, Tags, Timestamp, Zone,
    accounts::Actor,
    audit::{Action, AuditFilter, AuditQuery, AuditRow, COUNTED_MOST, LogPage, Subject, What, Who},
    endpoints::UNNAMED_DAYS,
    paging::{PAGE_SIZE, Page},
    programs::ProgramChange,
    service::ProgramId,
    url_check::WssPorts,
};
use serde_json::Value;
use sqlx::SqliteConnection;

/// A line straight into the log.
async fn told(connection: &mut SqliteConnection, at: &str, actor: Option<&str>, action: &str, object: &str) {
    let at: Timestamp = at.parse().unwrap();
    sqlx::query("INSERT INTO audit_log (at, actor, action, object) VALUES ($1, $2, $3, $4)")
        .bind(at.as_second())
        .bind(actor)
        .bind(action)
        .bind(object)
        .execute(connection)
        .await
        .unwrap();
}

async fn asked(house: &House, actor: &Actor, filter: AuditFilter, page: u32) -> Page<AuditRow> {
    house.services.audit.log(&AuditQuery { filter, page, ..AuditQuery::default() }, actor).await.unwrap().lines
}

fn objects(page: &Page<AuditRow>) -> Vec<&str> {
    page.rows.iter().map(|row| row.entry.object.as_str()).collect()
}

#[tokio::test]
async fn each_filter_lets_through_what_it_says() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let mut connection = house.connection().await;
    for (at, who, action, object) in [
        ("1999-01-01T00:00:00Z", Some("li"), "icp.change", "icp old.example"),
        ("1999-01-01T23:59:59Z", Some("li"), "entry.add", "entry https://a_b.example"),
        ("1999-01-02T00:00:00Z", Some("hufu"), "entry.add", "entry https://axb.example"),
        ("1999-01-02T12:00:00Z", None, "probe.store", "endpoint a.example:443"),
        ("1999-01-02T18:00:00Z", None, "notice.settle", "mail to li@hufu.test"),
        ("1999-01-03T00:00:00Z", None, "session.refused", "account li"),
    ] {
        told(&mut connection, at, who, action, object).await;
    }
    let (old, under, other) = ("icp old.example", "entry https://a_b.example", "entry https://axb.example");
    let (probe, settled, refused) = ("endpoint a.example:443", "mail to li@hufu.test", "account li");

    // Leaves out what the account's own set-up has written.
    let day = |text: &str| Some(text.parse().unwrap());
    let none = AuditFilter { until: day("1999-12-31"), ..AuditFilter::default() };
    let person = |login: &str| Some(Who::Person(login.to_owned()));
    let object = |text: &str| AuditFilter { object: Some(text.to_owned()), ..none.clone() };
    for (filter, expected) in [
        (none.clone(), vec![refused, other, under, old]),
        (AuditFilter { what: What::Everything, ..none.clone() }, vec![refused, settled, probe, other, under, old]),
        (AuditFilter { what: What::Only(Action::EntryAdd), ..none.clone() }, vec![other, under]),
        (AuditFilter { what: What::Only(Action::ProbeStore), ..none.clone() }, vec![probe]),
        (AuditFilter { what: What::Only(Action::NoticeSettle), ..none.clone() }, vec![settled]),
        (AuditFilter { what: What::Only(Action::ProgramAdd), ..none.clone() }, vec![]),
        (AuditFilter { who: person("li"), ..none.clone() }, vec![under, old]),
        (AuditFilter { who: person("li"), what: What::Everything, ..none.clone() }, vec![under, old]),
        (AuditFilter { who: person("li"), what: What::Only(Action::IcpChange), ..none.clone() }, vec![old]),
        (AuditFilter { who: person("hufu"), ..none.clone() }, vec![other]),
        (AuditFilter { who: person("nobody"), ..none.clone() }, vec![]),
        (AuditFilter { who: Some(Who::People), ..none.clone() }, vec![other, under, old]),
        (AuditFilter { who: Some(Who::People), what: What::Everything, ..none.clone() }, vec![other, under, old]),
        (AuditFilter { who: Some(Who::People), what: What::Only(Action::IcpChange), ..none.clone() }, vec![old]),
        (AuditFilter { who: Some(Who::Hufu), ..none.clone() }, vec![refused]),
        (AuditFilter { who: Some(Who::Hufu), what: What::Everything, ..none.clone() }, vec![refused, settled, probe]),
        (AuditFilter { who: Some(Who::Hufu), what: What::Only(Action::EntryAdd), ..none.clone() }, vec![]),
        (object("A_B"), vec![under]),
        (object("%"), vec![]),
        (object("' OR 1=1 --"), vec![]),
        (object("ENTRY HTTPS://"), vec![other, under]),
        (AuditFilter { what: What::Everything, ..object("example") }, vec![probe, other, under, old]),
        (AuditFilter { from: day("1999-01-02"), ..none.clone() }, vec![refused, other]),
        (AuditFilter { until: day("1999-01-01"), ..none.clone() }, vec![under, old]),
        (
            AuditFilter { from: day("1999-01-02"), until: day("1999-01-02"), what: What::Everything, ..none.clone() },
            vec![settled, probe, other],
        ),
        (AuditFilter { from: day("1999-01-03"), until: day("1999-01-01"), ..none.clone() }, vec![]),
    ] {
        let page = asked(&house, &actor, filter.clone(), 0).await;
        assert_eq!(objects(&page), expected, "{filter:?}");
        assert_eq!(page.total as usize, expected.len(), "{filter:?}");
    }
    assert_eq!(house.services.audit.people(&actor).await.unwrap(), ["chen", "hufu", "li"]);
}

#[tokio::test]
async fn a_day_begins_and_ends_at_midnight_where_the_reader_is() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let mut connection = house.connection().await;
    for at in ["1999-01-01T15:59:59Z", "1999-01-01T16:00:00Z", "1999-01-02T15:59:59Z", "1999-01-02T16:00:00Z"] {
        told(&mut connection, at, Some("li"), "entry.add", at).await;
    }
    let day = "1999-01-02".parse().ok();
    let filter = AuditFilter { from: day, until: day, ..AuditFilter::default() };
    for (zone, expected) in [
        (Zone::UTC, ["1999-01-02T16:00:00Z", "1999-01-02T15:59:59Z"]),
        (Zone::CHINA, ["1999-01-02T15:59:59Z", "1999-01-01T16:00:00Z"]),
    ] {
        let query = AuditQuery { filter: filter.clone(), zone, ..AuditQuery::default() };
        assert_eq!(objects(&house.services.audit.log(&query, &actor).await.unwrap().lines), expected, "{zone}");

        // The page and its files go by the zone that was chosen.
        let (console, cookie) = (console(&house), format!("{}; hufu_locale=en; hufu_zone={zone}", cookie(&session)));
        let page = get(&console, "/audit?from=1999-01-02&until=1999-01-02", &cookie).await.text();
        assert!(page.contains("data-total=\"2\""), "{zone}: {page}");
        assert!(expected.iter().all(|at| page.contains(&format!("datetime=\"{at}\""))), "{zone}: {page}");
        assert!(page.contains(&format!("From ({})", zone.name())), "{zone}: {page}");
        assert!(page.contains("Until, that day included"), "{zone}: {page}");
        let file = get(&console, "/audit/export?format=jsonl&from=1999-01-02&until=1999-01-02", &cookie).await;
        let told: Vec<Value> = file.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(told.iter().map(|line| line["at"].as_str().unwrap()).collect::<Vec<_>>(), expected, "{zone}");
        let today = zone.day(Timestamp::from_second(house.now()).unwrap());
        let name = file.header(header::CONTENT_DISPOSITION);
        assert!(name.contains(&format!("hufu-audit-{today}.jsonl")), "{zone}: {name}");
    }
}

#[tokio::test]
async fn days_of_the_url_that_cannot_be_meant_are_told() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, cookie) = (console(&house), format!("{}; hufu_locale=en", cookie(&session)));
    let unread = "Not understood in the address, and left out: from=zz, until=2026-13-45";
    let page = get(&console, "/audit?from=zz&until=2026-13-45", &cookie).await.text();
    assert!(page.contains(unread) && page.contains("data-total="), "{page}");
    let page = get(&console, "/audit?from=2026-03-02&until=2026-03-01", &cookie).await.text();
    assert!(page.contains("The first day is after the last") && !page.contains("Not understood"), "{page}");
}

#[tokio::test]
async fn a_mini_program_is_found_by_its_names_with_its_entries() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    let (shop, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let change = ProgramChange {
        revision: 1,
        name: "小店".to_owned(),
        limits: Limits::default(),
        wss: WssPorts::default(),
        skip_check: false,
        owner: None,
        tags: Tags::default(),
    };
    programs.change_program(shop, change, &actor).await.unwrap();
    let (other, _) = program_with(&house, OTHER, &["https://b.example.com".to_owned()], &actor).await;
    let found = async |text: &str| {
        let filter = AuditFilter { object: Some(text.to_owned()), ..AuditFilter::default() };
        let page = asked(&house, &actor, filter, 0).await;
        page.rows.into_iter().map(|row| (row.entry.action, row.subject)).collect::<Vec<_>>()
    };
    let of = |id: ProgramId, name: &str| Some(Subject::Program { id, name: name.to_owned() });
    let (add, changed, entry) = (Action::ProgramAdd, Action::ProgramChange, Action::EntryAdd);
    let small = of(shop, "小店");
    let big = of(other, "Shop");
    assert_eq!(found("小店").await, [(changed, small.clone()), (entry, small.clone()), (add, small.clone())]);
    assert_eq!(found("WX0123456789ABCDEE").await, [(entry, big.clone()), (add, big.clone())]);
    // What was once called so is found by that as well.
    let expected = [(entry, big.clone()), (add, big.clone()), (changed, small.clone()), (add, small)];
    assert_eq!(found("shop").await, expected);

    programs.remove_program(shop, &actor).await.unwrap();
    assert_eq!(found("小店").await, [(Action::ProgramRemove, None), (changed, None)]);
    assert_eq!(found("a.example.com").await, [(Action::ProgramRemove, None), (entry, None)]);
}

#[tokio::test]
async fn a_line_about_an_endpoint_says_which_as_long_as_it_is_there() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["https://a.example.com".to_owned()];
    let (program, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let mut connection = house.connection().await;
    let object = format!("endpoint {}", endpoints[0]);
    told(&mut connection, "2000-01-01T00:00:00Z", Some("chen"), "probe.start", &object).await;
    let started = AuditFilter { what: What::Only(Action::ProbeStart), ..AuditFilter::default() };
    let page = asked(&house, &actor, started.clone(), 0).await;
    let target = "a.example.com:443".parse().unwrap();
    assert_eq!(page.rows[0].subject, Some(Subject::Endpoint { id: endpoints[0], target }));
    house.services.programs.remove_program(program, &actor).await.unwrap();
    let kept = asked(&house, &actor, started.clone(), 0).await;
    assert_eq!(kept.rows[0].subject, page.rows[0].subject, "its page says what became of it");
    house.pass(UNNAMED_DAYS * DAY);
    house.probing.forget_unnamed().await.unwrap();
    assert_eq!(asked(&house, &actor, started, 0).await.rows[0].subject, None);
}

#[tokio::test]
async fn the_pages_together_hold_every_line_once_the_newest_first() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let mut connection = house.connection().await;
    // Many in the same second, and a clock that was once set back.
    for number in 0..PAGE_SIZE {
        for at in ["1999-01-02T00:00:00Z", "1999-01-01T00:00:00Z"] {
            told(&mut connection, at, Some("li"), "entry.add", &format!("entry {number}")).await;
        }
    }
    told(&mut connection, "1999-01-01T12:00:00Z", Some("li"), "entry.add", "entry last").await;
    let filter = AuditFilter { until: Some("1999-12-31".parse().unwrap()), ..AuditFilter::default() };
    let mut seen = Vec::new();
    for page in 0..3 {
        let answer = asked(&house, &actor, filter.clone(), page).await;
        assert_eq!((answer.total, answer.page, answer.pages()), (2 * PAGE_SIZE + 1, page, 3));
        seen.extend(answer.rows.into_iter().map(|row| (row.entry.at, row.entry.id)));
    }
    let mut sorted = seen.clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    sorted.dedup();
    assert_eq!(seen.len(), 2 * PAGE_SIZE as usize + 1);
    assert_eq!(seen, sorted);
    let past = asked(&house, &actor, filter, u32::MAX).await;
    assert_eq!((past.page, past.rows.len()), (2, 1), "past the end is the last page");
}

#[tokio::test]
async fn a_long_log_is_counted_up_to_a_bound_and_paged_to_its_end() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let before = house.audited().await;
    sqlx::query(
        "WITH RECURSIVE lines (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM lines WHERE at < 10151)
         INSERT INTO audit_log (at, actor, action, object) SELECT at, 'li', 'entry.add', 'entry ' || at FROM lines",
    )
    .execute(&mut house.connection().await)
    .await
    .unwrap();
    let all = u32::try_from(before).unwrap() + 10_151;
    let last = all.div_ceil(50) - 1;
    for (page, shown, total, more) in [
        (0, 0, COUNTED_MOST, true),
        (198, 198, COUNTED_MOST, true),
        // One page further can always be gone to.
        (199, 199, COUNTED_MOST + 50, true),
        (last, last, all, false),
        (u32::MAX, last, all, false),
    ] {
        for who in [None, Some(Who::Person("li".to_owned()))] {
            let own = who.is_some();
            let filter = AuditFilter { who, ..AuditFilter::default() };
            let query = AuditQuery { filter, page, ..AuditQuery::default() };
            let LogPage { lines, more: is_more } = house.services.audit.log(&query, &actor).await.unwrap();
            if own && !more {
                assert_eq!((lines.total, is_more), (10_151, false), "{page}");
            } else {
                assert_eq!((lines.page, lines.total, is_more), (shown, total, more), "{page}");
            }
        }
    }
}
