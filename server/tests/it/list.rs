//! The list of endpoints: each filter lets through what it says, each order is one, and the pages
//! together hold every endpoint once.

use std::collections::BTreeSet;

use crate::common::{
    DAY, House, OTHER, SHOP, many_endpoints, program_with,
    web::{console, cookie, get},
};
use model::{
    Code, Platform, Since, Timestamp, Verdict, Zone,
    accounts::Actor,
    endpoints::{
        Endpoints as _, Tagging,
        list::{EndpointFilter, EndpointQuery, EndpointRow, EndpointSort},
    },
    observation::TlsVersion,
    paging::{PAGE_SIZE, Page},
};

async fn listed(house: &House, actor: &Actor, filter: EndpointFilter) -> Vec<String> {
    let page = asked(house, actor, EndpointQuery { filter, ..EndpointQuery::default() }).await;
    page.rows.iter().map(|row| row.target.host.to_string()).collect()
}

async fn asked(house: &House, actor: &Actor, query: EndpointQuery) -> Page<EndpointRow> {
    house.probing.endpoints(&query, actor).await.unwrap()
}

#[tokio::test]
async fn each_filter_lets_through_what_it_says() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries =
        ["https://a.example.com", "https://b.example.com", "https://c.example.com", "https://xn--fiq228c.example.com"]
            .map(str::to_owned);
    let (program, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let (other, _) = program_with(&house, OTHER, &entries[..1], &actor).await;
    let mut connection = house.connection().await;
    let now = house.now();
    for (host, state) in [
        (
            "a.example.com",
            format!(
                "verdict='pass', verdict_ios='pass', not_after={}, tls_version='TLS 1.3', issuer='C=US, O=Let''s Encrypt, CN=E5'",
                now + 60 * DAY
            ),
        ),
        (
            "b.example.com",
            format!(
                "verdict='fail', verdict_ios='fail', verdict_android='pass', not_after={}, tls_version='TLS 1.2', issuer='CN=100% Trust_Asia'",
                now + 5 * DAY
            ),
        ),
        (
            "c.example.com",
            format!("verdict='fail', verdict_ios='fail', verdict_android='fail', not_after={}", now - DAY),
        ),
    ] {
        let update = format!("UPDATE endpoints SET {state} WHERE host = '{host}'");
        sqlx::query(sqlx::AssertSqlSafe(update)).execute(&mut connection).await.unwrap();
    }
    for (endpoint, resolved) in [(endpoints[1].0, None), (endpoints[0].0, Some(now))] {
        let add = "INSERT INTO findings (endpoint, code, occurrence, severity, platforms, evidence, first_seen, last_seen, resolved_at)
            VALUES ($1, 'chain.incomplete', 0, 'error', '[]', '{}', 0, 0, $2)";
        sqlx::query(add).bind(endpoint).bind(resolved).execute(&mut connection).await.unwrap();
    }

    let core = Tagging::Add("core".parse().unwrap());
    house.probing.tag_selected(endpoints[..2].to_vec().into(), core, &actor).await.unwrap();

    let none = EndpointFilter::default();
    let text = |text: &str| EndpointFilter { text: Some(text.to_owned()), ..EndpointFilter::default() };
    let called = |name: &str| EndpointFilter { called: Some(name.to_owned()), ..EndpointFilter::default() };
    let issuer = |text: &str| EndpointFilter { issuer: Some(text.to_owned()), ..EndpointFilter::default() };
    let (a, b, c, chinese) = ("a.example.com", "b.example.com", "c.example.com", "xn--fiq228c.example.com");
    for (filter, expected) in [
        (none.clone(), vec![b, c, chinese, a]),
        (text("B.EXAMPLE"), vec![b]),
        (text("example.com:443"), vec![b, c, chinese, a]),
        (text(":8443"), vec![]),
        (text("中文.example.com"), vec![chinese]),
        (text("_"), vec![]),
        (text("%"), vec![]),
        (text("' OR 1=1 --"), vec![]),
        (EndpointFilter { verdict: Some(Verdict::Fail), ..none.clone() }, vec![b, c]),
        (EndpointFilter { verdict: Some(Verdict::Unknown), ..none.clone() }, vec![chinese]),
        (EndpointFilter { platform: Some(Platform::Ios), ..none.clone() }, vec![b, c, chinese, a]),
        (EndpointFilter { verdict: Some(Verdict::Pass), platform: Some(Platform::Android), ..none.clone() }, vec![b]),
        (EndpointFilter { verdict: Some(Verdict::Fail), platform: Some(Platform::Ios), ..none.clone() }, vec![b, c]),
        (EndpointFilter { code: Some(Code::ChainIncomplete), ..none.clone() }, vec![b]),
        (EndpointFilter { code: Some(Code::CertExpired), ..none.clone() }, vec![]),
        (EndpointFilter { days_left: Some(0), ..none.clone() }, vec![c]),
        (EndpointFilter { days_left: Some(5), ..none.clone() }, vec![b, c]),
        (EndpointFilter { days_left: Some(u32::MAX), ..none.clone() }, vec![b, c, a]),
        (EndpointFilter { tls_version: Some(TlsVersion::Tls12), ..none.clone() }, vec![b]),
        (issuer("let's"), vec![a]),
        (issuer("100%"), vec![b]),
        (issuer("t_a"), vec![b]),
        (issuer("_rust"), vec![]),
        (EndpointFilter { program: Some(program), ..none.clone() }, vec![b, c, chinese, a]),
        (EndpointFilter { program: Some(other), ..none.clone() }, vec![a]),
        (EndpointFilter { program: Some(other), verdict: Some(Verdict::Fail), ..none.clone() }, vec![]),
        (called("shop"), vec![b, c, chinese, a]),
        (called(OTHER), vec![a]),
        (called(&format!("Shop {OTHER}")), vec![a]),
        (called("sho"), vec![]),
        (EndpointFilter { program: Some(program), ..called(OTHER) }, vec![a]),
        (EndpointFilter { tag: "core".parse().ok(), ..none.clone() }, vec![b, a]),
        (EndpointFilter { tag: "core".parse().ok(), verdict: Some(Verdict::Fail), ..none.clone() }, vec![b]),
        (EndpointFilter { tag: "cor".parse().ok(), ..none.clone() }, vec![]),
    ] {
        assert_eq!(listed(&house, &actor, filter.clone()).await, expected, "{filter:?}");
    }

    for (sort, expected) in [
        (EndpointSort::Verdict, [b, c, chinese, a]),
        (EndpointSort::Target, [a, b, c, chinese]),
        (EndpointSort::Expiry, [c, b, a, chinese]),
    ] {
        for reversed in [false, true] {
            let page = asked(&house, &actor, EndpointQuery { sort, reversed, ..EndpointQuery::default() }).await;
            let mut hosts: Vec<_> = page.rows.iter().map(|row| row.target.host.to_string()).collect();
            if reversed {
                hosts.reverse();
            }
            assert_eq!(hosts, expected, "{sort:?} {reversed}");
        }
    }
}

#[tokio::test]
async fn what_has_turned_is_told_by_days_back_and_by_a_day_of_the_reader() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let names = ["a", "b", "c", "d", "e", "f"];
    let entries = names.map(|name| format!("https://{name}.example.com"));
    let (_, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let mut connection = house.connection().await;
    let second = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
    let yesterday = house.now() - DAY;
    // The last one has never turned.
    for (endpoint, turned_at) in endpoints.iter().zip([
        second("2999-03-13T15:59:59Z"),
        second("2999-03-13T16:00:00Z"),
        second("2999-03-14T00:00:00Z"),
        yesterday,
        yesterday - 1,
    ]) {
        let turn = "UPDATE endpoints SET verdict = 'fail', verdict_before = 'pass', turned_at = $1 WHERE id = $2";
        sqlx::query(turn).bind(turned_at).bind(endpoint.0).execute(&mut connection).await.unwrap();
    }
    let (console, cookie) = (console(&house), cookie(&session));
    for (asked_for, zone, expected) in [
        ("2999-03-14", Zone::UTC, &["c"][..]),
        ("2999-03-14", Zone::CHINA, &["b", "c"]),
        ("1", Zone::CHINA, &["a", "b", "c", "d"]),
        ("7", Zone::UTC, &["a", "b", "c", "d", "e"]),
        ("nonsense", Zone::UTC, &names),
    ] {
        let turned = asked_for.parse::<Since>().ok();
        let filter = EndpointFilter { turned, ..EndpointFilter::default() };
        let query = EndpointQuery { filter, zone, sort: EndpointSort::Target, ..EndpointQuery::default() };
        let rows = asked(&house, &actor, query).await.rows;
        let hosts: Vec<_> = rows.iter().map(|row| row.target.host.to_string()).collect();
        assert_eq!(hosts, expected.iter().map(|name| format!("{name}.example.com")).collect::<Vec<_>>(), "{asked_for}");

        // The form offers the day for as long as the URL asks for it.
        for (language, words) in [("en", "since 2999-03-14"), ("zh-CN", "2999-03-14 以来")] {
            let cookie = format!("{cookie}; hufu_locale={language}; hufu_zone={zone}");
            let page = get(&console, &format!("/endpoints?turned={asked_for}"), &cookie).await.text();
            assert!(page.contains(&format!("data-total=\"{}\"", expected.len())), "{asked_for} {zone}: {page}");
            assert_eq!(page.contains(words), asked_for == "2999-03-14", "{asked_for} {zone}: {page}");
        }
    }
}

#[tokio::test]
async fn each_list_says_what_of_its_url_it_does_not_understand() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, cookie) = (console(&house), format!("{}; hufu_locale=en", cookie(&session)));
    for (list, right, wrong, said) in [
        ("/endpoints", "verdict=fail&turned=7", "q=x&verdict=great&tag=core&days=-3", "verdict=great, days=-3"),
        ("/certificates", "days=0-7&since=30", "days=7-3&since=never&q=x", "days=7-3, since=never"),
        ("/icp", "state=stale", "state=great", "state=great"),
        ("/programs", "tag=core&owner=7", "owner=somebody&tag=a,b", "tag=a,b, owner=somebody"),
    ] {
        let page = get(&console, &format!("{list}?{right}&sort=up&page=x"), &cookie).await.text();
        assert!(!page.contains("Not understood"), "{list}: {page}");
        let page = get(&console, &format!("{list}?{wrong}"), &cookie).await.text();
        assert!(
            page.contains(&format!("Not understood in the address, and left out: {said}<!></p>")),
            "{list}: {page}"
        );
    }
}

#[tokio::test]
async fn the_pages_together_hold_every_endpoint_once_in_every_order() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let count = 2 * PAGE_SIZE + 7;
    many_endpoints(&house, count).await;
    for sort in EndpointSort::ALL {
        for reversed in [false, true] {
            let mut seen = BTreeSet::new();
            for page in 0..3 {
                let query = EndpointQuery { sort, reversed, page, ..EndpointQuery::default() };
                let answer = asked(&house, &actor, query).await;
                assert_eq!((answer.total, answer.page, answer.pages()), (count, page, 3));
                seen.extend(answer.rows.iter().map(|row| row.id));
            }
            assert_eq!(seen.len(), count as usize, "{sort:?} {reversed}");
            let past = EndpointQuery { sort, reversed, page: u32::MAX, ..EndpointQuery::default() };
            let last = asked(&house, &actor, past).await;
            assert_eq!((last.page, last.rows.len()), (2, 7), "past the end is the last page");
        }
    }
}
