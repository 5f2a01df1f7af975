//! Filings: a record for each registrable domain, whoever inherits it, and nobody's work is lost.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use crate::common::{
    DAY, HOUR, House, OTHER, SHOP, filing, paste_icp, probed, program_with, record_icp, registered,
    web::{SAME, console, cookie, get, plain_form, post},
};
use axum::http::{StatusCode, header};
use model::{
    Api, Timestamp, Verdict, Zone,
    accounts::Actor,
    endpoints::Scope,
    icp::{
        HOLDER_MOST, IcpSource, IcpState, STALE_AFTER_DAYS, Standing,
        filings::{FilingDetail, FilingPaste, FilingQuery, FilingRow, FilingSort, HISTORY_MOST, NewIcpRecord, OnSite},
        paste::PASTE_MOST,
    },
    paging::{PAGE_SIZE, Page, PageSize},
    service::{Field, Problem, ServiceError},
};
use probe::{
    Roots,
    lab::{Reply, Website},
};
use server::clock;

async fn asked(house: &House, actor: &Actor, query: FilingQuery) -> Page<FilingRow> {
    house.services.icp.filings(&query, actor).await.unwrap()
}

async fn listed(house: &House, actor: &Actor, query: FilingQuery) -> Vec<(String, Standing)> {
    let rows = asked(house, actor, query).await.rows;
    rows.into_iter().map(|row| (row.domain.to_string(), row.standing)).collect()
}

async fn of(house: &House, actor: &Actor, domain: &str) -> FilingDetail {
    house.services.icp.filing(&domain.parse().unwrap(), 0, actor).await.unwrap()
}

fn number(text: &str) -> Option<model::IcpNumber> {
    Some(text.parse().unwrap())
}

#[tokio::test]
async fn each_domain_is_listed_once_the_worst_first_with_everybody_who_inherits_it() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let icp = &house.services.icp;
    let lines = [
        "https://a.filed.com",
        "https://b.filed.com:8443",
        "https://b.filed.com",
        "https://stale.com",
        "https://x.not-filed.com",
        "https://pending.com",
        "https://unrecorded.com",
        "https://a.unknown.com.cn",
        "https://xn--fiq228c.xn--fiqs8s",
    ];
    program_with(&house, SHOP, &lines.map(str::to_owned), &actor).await;
    let (other, _) = program_with(&house, OTHER, &[lines[0].to_owned()], &actor).await;
    let programs = &house.services.programs;
    for (api, line) in [(Api::PrefetchDns, "c.filed.com"), (Api::Udp, "udp://d.filed.com:9000")] {
        programs.add_entries(other, api, vec![line.to_owned()], &actor).await.unwrap();
    }
    record_icp(&house, "stale.com", IcpState::Filed, &actor).await;
    house.pass(i64::from(STALE_AFTER_DAYS) * DAY + 1);
    for (domain, state) in [
        ("not-filed.com", IcpState::NotFiled),
        ("pending.com", IcpState::Pending),
        ("unknown.com.cn", IcpState::Unknown),
    ] {
        record_icp(&house, domain, state, &actor).await;
    }
    let filed = NewIcpRecord {
        number: number("粤B2-20090059-5"),
        holder: Some(" 某某_有限公司 ".to_owned()),
        ..filing("filed.com", IcpState::Filed, 0)
    };
    icp.record(filed, &actor).await.unwrap();
    // Recorded in advance: no entry needs it.
    record_icp(&house, "advance.com", IcpState::Filed, &actor).await;

    let all = [
        ("not-filed.com", Standing::NotFiled),
        ("stale.com", Standing::Stale),
        ("pending.com", Standing::Pending),
        ("unknown.com.cn", Standing::Unknown),
        ("unrecorded.com", Standing::Unknown),
        ("xn--fiq228c.xn--fiqs8s", Standing::Unknown),
        ("advance.com", Standing::Filed),
        ("filed.com", Standing::Filed),
    ];
    let all: Vec<_> = all.map(|(domain, standing)| (domain.to_owned(), standing)).into();
    assert_eq!(listed(&house, &actor, FilingQuery::default()).await, all);
    let rows = asked(&house, &actor, FilingQuery::default()).await.rows;
    let heirs: Vec<_> = rows.iter().map(|row| (row.hosts, row.programs)).collect();
    assert_eq!(heirs, [(1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (0, 0), (4, 2)]);
    let record = rows[7].record.as_ref().unwrap();
    assert_eq!(record.holder.as_deref(), Some("某某_有限公司"));
    assert_eq!(record.number, number("粤B2-20090059-5"));

    for standing in Standing::ALL {
        let query = FilingQuery { standing: Some(*standing), ..FilingQuery::default() };
        let expected: Vec<_> = all.iter().filter(|(_, it)| it == standing).cloned().collect();
        assert_eq!(listed(&house, &actor, query).await, expected, "{standing:?}");
    }
    let names = |listed: Vec<(String, Standing)>| listed.into_iter().map(|(domain, _)| domain).collect::<Vec<_>>();
    let recorded = ["advance.com", "filed.com", "not-filed.com", "pending.com"];
    for (sort, expected) in [
        (FilingSort::Standing, all.iter().map(|(domain, _)| domain.as_str()).collect::<Vec<_>>()),
        (
            FilingSort::Domain,
            [&recorded[..], &["stale.com", "unknown.com.cn", "unrecorded.com", "xn--fiq228c.xn--fiqs8s"]].concat(),
        ),
        // What nobody has looked at comes first, and what was looked at at the same time by its name.
        (
            FilingSort::Confirmed,
            [&["unrecorded.com", "xn--fiq228c.xn--fiqs8s", "stale.com"][..], &recorded, &["unknown.com.cn"]].concat(),
        ),
    ] {
        for reversed in [false, true] {
            let query = FilingQuery { sort, reversed, ..FilingQuery::default() };
            let mut domains = names(listed(&house, &actor, query).await);
            if reversed {
                domains.reverse();
            }
            assert_eq!(domains, expected, "{sort:?} {reversed}");
        }
    }
    for (text, expected) in [
        ("FILED", &["not-filed.com", "filed.com"][..]),
        ("粤 b2-20090059 - 5", &["filed.com"]),
        ("b2-2009", &["filed.com"]),
        ("某某_有", &["filed.com"]),
        ("某某%有", &[]),
        ("中文.中国", &["xn--fiq228c.xn--fiqs8s"]),
        ("' OR 1=1 --", &[]),
    ] {
        let query = FilingQuery { text: Some(text.to_owned()), ..FilingQuery::default() };
        assert_eq!(names(listed(&house, &actor, query).await), expected, "{text}");
    }

    let detail = of(&house, &actor, "filed.com").await;
    assert_eq!(detail.row, rows[7]);
    let entries: Vec<_> =
        detail.entries.rows.iter().map(|heir| (heir.entry.host().to_string(), heir.program)).collect();
    let hosts: Vec<_> = entries.iter().map(|(host, _)| host.as_str()).collect();
    assert_eq!(hosts, ["a.filed.com", "a.filed.com", "b.filed.com", "b.filed.com", "c.filed.com", "d.filed.com"]);
    assert_eq!(entries.iter().filter(|(_, program)| *program == other).count(), 3);
}

#[tokio::test]
async fn the_pages_together_hold_every_domain_once() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let lines: Vec<_> = (0..PAGE_SIZE + 7).map(|n| format!("d{n}.com pending")).collect();
    paste_icp(&house, lines, &actor).await.unwrap();
    for (size, pages) in PageSize::ALL.into_iter().zip([&[25, 25, 7][..], &[50, 7], &[57], &[57]]) {
        let mut seen = BTreeSet::new();
        let last = pages.len() - 1;
        for (page, rows) in pages.iter().copied().enumerate().chain([(9, pages[last])]) {
            let query = FilingQuery { page: u32::try_from(page).unwrap(), size, ..FilingQuery::default() };
            let answer = asked(&house, &actor, query).await;
            assert_eq!((answer.total, answer.rows.len(), answer.pages() as usize), (PAGE_SIZE + 7, rows, pages.len()));
            assert_eq!(answer.page as usize, page.min(last), "{size}");
            seen.extend(answer.rows.into_iter().map(|row| row.domain));
        }
        assert_eq!(seen.len(), 57, "{size}");
    }
}

#[tokio::test]
async fn of_two_who_change_a_record_at_once_the_second_is_told_and_nothing_is_lost() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let icp = &house.services.icp;
    let new = |revision, state| filing("example.com", state, revision);
    assert_eq!(icp.record(new(1, IcpState::Filed), &actor).await, Err(ServiceError::Conflict), "nothing to have read");
    icp.record(new(0, IcpState::Pending), &actor).await.unwrap();
    assert_eq!(icp.record(new(0, IcpState::Filed), &actor).await, Err(ServiceError::Conflict));
    // In the same second, and for the same day.
    icp.record(new(1, IcpState::NotFiled), &actor).await.unwrap();
    assert_eq!(icp.record(new(1, IcpState::Filed), &actor).await, Err(ServiceError::Conflict));
    let record = of(&house, &actor, "example.com").await.row.record.unwrap();
    assert_eq!((record.state, record.revision), (IcpState::NotFiled, 2));

    let lines = house.audited().await;
    icp.record(new(2, IcpState::NotFiled), &actor).await.unwrap();
    assert_eq!(house.audited().await, lines, "nothing was changed");
    paste_icp(&house, vec!["example.com filed".to_owned()], &actor).await.unwrap();
    assert_eq!(
        icp.record(new(2, IcpState::Filed), &actor).await,
        Err(ServiceError::Conflict),
        "a paste is a change too"
    );

    let (one, other) =
        tokio::join!(icp.record(new(3, IcpState::Pending), &actor), icp.record(new(3, IcpState::Unknown), &actor));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
}

#[tokio::test]
async fn a_record_keeps_what_is_known_and_refuses_what_cannot_be() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let icp = &house.services.icp;
    let now = house.now();
    let day = |seconds| Some(model::Timestamp::from_second(seconds).unwrap().date());
    let base = || filing("example.com", IcpState::Filed, 0);
    for (refused, field, problem) in [
        (
            NewIcpRecord { holder: Some("字".repeat(HOLDER_MOST + 1)), ..base() },
            Field::IcpHolder,
            Problem::TooLong { most: HOLDER_MOST },
        ),
        (NewIcpRecord { holder: Some("a\u{0}b".to_owned()), ..base() }, Field::IcpHolder, Problem::Character('\u{0}')),
        (NewIcpRecord { confirmed_on: day(now + 2 * DAY), ..base() }, Field::IcpDate, Problem::InFuture),
        (NewIcpRecord { confirmed_on: day(0), ..base() }, Field::IcpDate, Problem::Malformed),
    ] {
        assert_eq!(icp.record(refused, &actor).await, Err(ServiceError::invalid(field, problem)));
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM icp_records").await, 0);

    let known = NewIcpRecord {
        number: number("京 icp备11041704 - 13"),
        holder: Some("某某公司".to_owned()),
        source: IcpSource::Wechat,
        confirmed_on: day(now - 10 * DAY),
        ..base()
    };
    icp.record(known, &actor).await.unwrap();
    let record = of(&house, &actor, "example.com").await.row.record.unwrap();
    assert_eq!(record.number.unwrap().to_string(), "京ICP备11041704号-13");
    assert_eq!((record.holder.as_deref(), record.source), (Some("某某公司"), IcpSource::Wechat));
    let confirmed = record.confirmed_at.as_second();
    assert!(confirmed % DAY == 0 && (now - 11 * DAY..=now - 10 * DAY).contains(&confirmed));
    icp.record(filing("example.com", IcpState::NotFiled, 1), &actor).await.unwrap();
    let record = of(&house, &actor, "example.com").await.row.record.unwrap();
    assert_eq!((record.number, record.holder), (None, None), "what is left empty is forgotten");
}

#[tokio::test]
async fn the_day_of_a_confirmation_is_one_where_the_reader_is() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    // Eight in the evening in UTC, when tomorrow has begun in China.
    house.pass((20 * HOUR - house.now()).rem_euclid(DAY));
    let (console, cookie) = (console(&house), cookie(&session));
    for (number, zone) in [(1, Zone::UTC), (2, Zone::CHINA)] {
        let domain = format!("d{number}.com");
        let page = get(&console, &format!("/icp/{domain}"), &format!("{cookie}; hufu_zone={zone}")).await.text();
        let today = zone.day(Timestamp::from_second(house.now()).unwrap());
        let (day, hidden) = (format!("value=\"{today}\""), format!("value=\"{zone}\""));
        assert!(page.contains(&day) && page.contains(&hidden), "{zone}: {page}");

        let zone = zone.to_string().replace('+', "%2B");
        let rest = format!("state=filed&number=&holder=&source=typed&confirmed_on=2020-01-02&zone={zone}");
        let form = format!("domain={domain}&revision=0&{rest}");
        let answer = post(&console, "/api/icp/record", form, SAME, &cookie).await;
        assert_eq!(answer.status, StatusCode::OK, "{zone}: {}", answer.text());
    }
    let begin = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
    let kept: Vec<i64> = sqlx::query_scalar("SELECT confirmed_at FROM icp_records ORDER BY domain")
        .fetch_all(&mut house.connection().await)
        .await
        .unwrap();
    assert_eq!(kept, [begin("2020-01-02T00:00:00Z"), begin("2020-01-01T16:00:00Z")]);
}

#[tokio::test]
async fn a_paste_is_saved_whole_or_not_at_all_and_each_line_is_audited() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let icp = &house.services.icp;
    let entries = ["https://a.example.com", "https://b.example.org"].map(str::to_owned);
    let (program, _) = program_with(&house, SHOP, &entries, &actor).await;
    let known = NewIcpRecord {
        number: number("京ICP备11041704号"),
        holder: Some("某某公司".to_owned()),
        ..filing("example.com", IcpState::Pending, 0)
    };
    icp.record(known, &actor).await.unwrap();
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let before = house.audited().await;
    let refused = |problem| Err(ServiceError::invalid(Field::Filings, problem));
    let most = u32::try_from(PASTE_MOST).unwrap();
    for (typed, problem) in [
        (lines(&[]), Problem::Empty),
        (lines(&[" ", "\t"]), Problem::Empty),
        (
            lines(&["example.com filed", "com.cn filed", "a.example.org filed", "x", "example.com filed"]),
            Problem::LinesRefused { count: 4 },
        ),
        (lines(&["example.com 京ICP备1号", "example.org filed"]), Problem::LinesRefused { count: 1 }),
        ((0..=PASTE_MOST).map(|n| format!("d{n}.com filed")).collect(), Problem::OutOfRange { least: 1, most }),
    ] {
        assert_eq!(paste_icp(&house, typed, &actor).await, refused(problem));
    }
    assert_eq!(house.audited().await, before);
    assert_eq!(house.count("SELECT COUNT(*) FROM icp_records").await, 1);

    let verdicts = async || {
        let program = house.services.programs.program(program, &actor).await.unwrap();
        program.entries.iter().map(|row| row.verdict).collect::<Vec<_>>()
    };
    let typed = lines(&["example.com\tfiled", "example.org,粤B2-20090059-5，另一 公司"]);
    assert_eq!(paste_icp(&house, typed, &actor).await, Ok(2));
    assert_eq!(house.audited().await, before + 2);
    let record = of(&house, &actor, "example.com").await.row.record.unwrap();
    // What the line does not tell stays as it is.
    assert_eq!((record.number, record.holder.as_deref()), (number("京ICP备11041704号"), Some("某某公司")));
    let record = of(&house, &actor, "example.org").await.row.record.unwrap();
    assert_eq!((record.number, record.holder.as_deref()), (number("粤B2-20090059-5"), Some("另一 公司")));
    assert_eq!(verdicts().await, [Verdict::Unknown; 2], "not probed yet, and filed");

    assert_eq!(paste_icp(&house, lines(&["example.com 未备案"]), &actor).await, Ok(1));
    let record = of(&house, &actor, "example.com").await.row.record.unwrap();
    assert_eq!((record.number, record.holder.as_deref()), (None, Some("某某公司")), "without a filing no number");
    assert_eq!(verdicts().await[0], Verdict::Fail, "the sums follow");
    assert_eq!(registered(&house, &actor).await[0].verdict, Verdict::Fail);

    let full: Vec<_> = (0..PASTE_MOST).map(|n| format!("d{n}.com filed")).collect();
    assert_eq!(paste_icp(&house, full, &actor).await, Ok(PASTE_MOST));
}

#[tokio::test]
async fn a_paste_over_a_record_that_was_not_read_as_it_is_saves_nothing() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let icp = &house.services.icp;
    let known = NewIcpRecord {
        number: number("京ICP备11041704号"),
        source: IcpSource::Wechat,
        ..filing("example.com", IcpState::Filed, 0)
    };
    icp.record(known, &actor).await.unwrap();
    let lines = || vec!["example.com 未备案".to_owned(), "example.org filed".to_owned()];
    let seen = |revisions: &[(&str, i64)]| -> BTreeMap<_, _> {
        revisions.iter().map(|(domain, revision)| (domain.parse().unwrap(), *revision)).collect()
    };
    let before = house.audited().await;
    let none: &[(&str, i64)] = &[];
    for revisions in [none, &[("example.com", 2)], &[("example.com", 1), ("example.org", 1)]] {
        let paste = FilingPaste { lines: lines(), seen: seen(revisions) };
        assert_eq!(icp.paste(paste, &actor).await, Err(ServiceError::Conflict), "{revisions:?}");
    }
    assert_eq!(house.audited().await, before);

    // Without JavaScript: what would be replaced is told first, and the second time it is known.
    let (console, cookie) = (console(&house), cookie(&session));
    let form = "lines=example.com+%E6%9C%AA%E5%A4%87%E6%A1%88%0D%0Aexample.org+filed";
    let answer = plain_form(&console, "/api/icp/paste", form, &cookie).await;
    let to = answer.header(header::LOCATION);
    assert!(to.contains("met=1") && to.ends_with("#paste"), "{to}");
    assert_eq!(house.audited().await, before);
    let to = to.strip_prefix(SAME).unwrap_or(to);
    let page = get(&console, to.split('#').next().unwrap(), &cookie).await.text();
    let (_, paste) = page.split_once("id=\"paste\"").unwrap();
    assert!(paste.contains("id=\"paste-met\"") && !paste.contains("data-not-saved"), "{paste}");
    let is_seen = |tag: &str| tag.contains(" name=\"seen\"") && tag.contains(" value=\"example.com:1,example.org:0\"");
    assert!(paste.split('<').any(is_seen), "{paste}");
    assert_eq!(paste.matches("data-replaces").count(), 1, "{paste}");
    for field in ["state", "number", "source"] {
        assert!(paste.contains(&format!("data-field=\"{field}\"")), "{field}: {paste}");
    }
    assert!(!paste.contains("data-field=\"holder\""), "{paste}");
    let known = format!("{form}&seen=example.com%3A1");
    plain_form(&console, "/api/icp/paste", known, &cookie).await;
    let record = of(&house, &actor, "example.com").await.row.record.unwrap();
    assert_eq!((record.state, record.number, record.revision), (IcpState::NotFiled, None, 2));
    assert_eq!(record.source, IcpSource::Typed, "WeChat has said something else");
}

#[tokio::test]
async fn the_history_tells_who_changed_what_the_latest_first() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let begin = house.now();
    for (minutes, state) in [(0, IcpState::Pending), (1, IcpState::Filed)] {
        house.pass(minutes * 60);
        record_icp(&house, "example.com", state, &actor).await;
    }
    // As the first version wrote it, and of another domain.
    let add = "INSERT INTO audit_log (at, actor, action, object, after) VALUES
        (1, NULL, 'icp.change', 'icp example.com', '{\"state\":\"filed\",\"number\":\"京ICP备11041704号\",\"confirmed_at\":1}'),
        (2, 'chen', 'icp.change', 'icp example.com.cn', '{\"state\":\"filed\",\"number\":null}')";
    sqlx::query(add).execute(&mut house.connection().await).await.unwrap();
    let history = of(&house, &actor, "example.com").await.history;
    let told: Vec<_> =
        history.iter().map(|change| (change.at.as_second(), change.actor.as_deref(), change.state)).collect();
    let chen = Some("chen");
    assert_eq!(
        told,
        [(1, None, IcpState::Filed), (begin + 60, chen, IcpState::Filed), (begin, chen, IcpState::Pending)]
    );
    assert_eq!(history[0].number, number("京ICP备11041704号"));

    for _ in 0..HISTORY_MOST {
        house.pass(1);
        record_icp(&house, "example.com", IcpState::Filed, &actor).await;
    }
    assert_eq!(of(&house, &actor, "example.com").await.history.len(), HISTORY_MOST);
}

#[tokio::test]
async fn a_domain_nobody_can_file_for_has_no_page_and_no_record() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, cookie) = (console(&house), cookie(&session));
    for (path, status) in [
        ("/icp/example.com", StatusCode::OK),
        ("/icp/xn--fiq228c.xn--fiqs8s", StatusCode::OK),
        ("/icp/com.cn", StatusCode::NOT_FOUND),
        ("/icp/www.example.com", StatusCode::NOT_FOUND),
        ("/icp/192.0.2.1", StatusCode::NOT_FOUND),
        ("/icp/%00", StatusCode::NOT_FOUND),
        ("/icp?state=great&page=x&lines=%0d%0a", StatusCode::OK),
    ] {
        assert_eq!(get(&console, path, &cookie).await.status, status, "{path}");
    }
    let record = |domain: &str, rest: &str| {
        format!("domain={domain}&revision=0&state=filed&number=&holder=&source=typed&confirmed_on={rest}&zone=%2B08:00")
    };
    for (form, status) in [
        (record("com.cn", ""), StatusCode::BAD_REQUEST),
        (record("a.example.com", ""), StatusCode::BAD_REQUEST),
        (record("example.com", "2026-13-01"), StatusCode::UNPROCESSABLE_ENTITY),
        (record("example.com", "tomorrow"), StatusCode::UNPROCESSABLE_ENTITY),
        (record("example.com", ""), StatusCode::OK),
        (record("example.com", ""), StatusCode::CONFLICT),
    ] {
        let answer = post(&console, "/api/icp/record", form.clone(), SAME, &cookie).await;
        assert_eq!(answer.status, status, "{form}: {}", answer.text());
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM icp_records").await, 1);
}

#[tokio::test]
async fn what_stands_on_the_sites_of_a_domain_is_told_beside_its_record() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let heads = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&heads);
    let site = Website::start(clock::now(), move |_, head| {
        heard.lock().unwrap().push(head.to_lowercase());
        let footer = "<a href='https://beian.miit.gov.cn/'>京ICP备11041704号-13</a>";
        Reply::page("200 OK\r\nContent-Type: text/html; charset=utf-8", footer)
    });
    let site = site.await.unwrap();
    let (program, ids) = program_with(&house, SHOP, &[format!("https://{}", site.target())], &actor).await;
    assert_eq!(of(&house, &actor, DOMAIN).await.seen, []);
    let probing = house.probing_elsewhere([site.resolve()].into_iter().collect(), Roots::mozilla());
    probed(&probing, Scope::Endpoint(ids[0]), &actor).await;
    let seen = of(&house, &actor, DOMAIN).await.seen;
    let [OnSite { endpoint, target, icp, .. }] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((*endpoint, target), (ids[0], &site.target()));
    assert_eq!((icp.number.to_string().as_str(), icp.links_to_ministry()), ("京ICP备11041704号-13", true));

    // Who calls it is in the register, and whether by sockets.
    let asks_for_upgrade = || heads.lock().unwrap().iter().any(|head| head.contains("upgrade: websocket"));
    assert!(heads.lock().unwrap().iter().any(|head| head.contains(&format!("servicewechat.com/{SHOP}/"))));
    assert!(!asks_for_upgrade());
    let socket = vec![format!("wss://{}", site.target())];
    house.services.programs.add_entries(program, Api::Socket, socket, &actor).await.unwrap();
    probed(&probing, Scope::Endpoint(ids[0]), &actor).await;
    assert!(asks_for_upgrade());
    assert_eq!(of(&house, &actor, DOMAIN).await.seen.len(), 1);
}

/// That of the lab.
const DOMAIN: &str = "hufu.example";
