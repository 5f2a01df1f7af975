//! Each certificate is listed once, by its filters and in its orders, and counted by the week in which it
//! ends.

use std::collections::BTreeSet;

use model::{
    Fingerprint, Since, Timestamp, Zone,
    accounts::{Actor, Role},
    certificates::{
        Expiries, PROGRAMS_MOST, WEEKS_AHEAD,
        list::{CertificateFilter, CertificateQuery, CertificateSort, DaysLeft},
    },
    endpoints::Scope,
    paging::{PAGE_SIZE, PageSize},
    service::{EndpointId, ProgramId},
};
use probe::lab::Lab;
use server::clock;
use sqlx::Executor as _;

use crate::common::{
    DAY, House, OTHER, SHOP,
    certificates::{Made, asked, of, serve},
    newcomer, probed, program_with, urls,
    web::{console, cookie, get},
};

/// The first name of each certificate that is listed.
async fn listed(house: &House, actor: &Actor, filter: CertificateFilter) -> Vec<String> {
    let page = asked(house, actor, CertificateQuery { filter, ..CertificateQuery::default() }).await;
    page.rows.into_iter().map(|row| row.names.first().cloned().unwrap_or(row.subject)).collect()
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
    let called = |name: &str| CertificateFilter { called: Some(name.to_owned()), ..CertificateFilter::default() };
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
        (called("SHOP"), vec![odd, late, wild]),
        (called(OTHER), vec![wild]),
        (CertificateFilter { program: Some(shop), ..called(OTHER) }, vec![wild]),
        (called("Sho"), vec![]),
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
    assert_eq!(house.services.certificates.expiries(&actor).await.unwrap(), Expiries::default());
    assert_eq!(house.count("SELECT COUNT(*) FROM certificates WHERE served_by <> 0").await, 0);
}

#[tokio::test]
async fn what_was_not_seen_before_is_told_by_days_back_and_by_a_day_of_the_reader() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (_, endpoints) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let mut connection = house.connection().await;
    let second = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
    let yesterday = house.now() - DAY;
    let seen = [
        second("2999-03-13T15:59:59Z"),
        second("2999-03-13T16:00:00Z"),
        second("2999-03-14T00:00:00Z"),
        yesterday,
        yesterday - 1,
        // Not served any more.
        second("2999-03-15T00:00:00Z"),
    ];
    for (byte, first_seen) in (1..).zip(seen) {
        let made = Made { byte, names: &["a.example.com"], issuer: "", from: 0, to: i64::from(byte) };
        made.store(&mut connection).await;
        let see = "UPDATE certificates SET first_seen = $1 WHERE sha256 = $2";
        let id = made.id();
        sqlx::query(see).bind(first_seen).bind(id.as_bytes().as_slice()).execute(&mut connection).await.unwrap();
        if byte < 6 {
            serve(&mut connection, endpoints[0], id, 0).await;
        }
    }
    let (console, cookie) = (console(&house), cookie(&session));
    for (asked_for, zone, expected) in [
        ("2999-03-14", Zone::UTC, &[3_u8][..]),
        ("2999-03-14", Zone::CHINA, &[2, 3]),
        ("1", Zone::CHINA, &[1, 2, 3, 4]),
        ("30", Zone::UTC, &[1, 2, 3, 4, 5]),
        ("0", Zone::UTC, &[1, 2, 3, 4, 5]),
    ] {
        let filter = CertificateFilter { since: asked_for.parse::<Since>().ok(), ..CertificateFilter::default() };
        let query = CertificateQuery { filter, zone, ..CertificateQuery::default() };
        let rows = asked(&house, &actor, query).await.rows;
        let bytes: Vec<u8> = rows.iter().map(|row| row.sha256.as_bytes()[0]).collect();
        assert_eq!(bytes, expected, "{asked_for} {zone}");

        // The form offers the day for as long as the URL asks for it.
        for (language, words) in [("en", "since 2999-03-14"), ("zh-CN", "2999-03-14 以来")] {
            let cookie = format!("{cookie}; hufu_locale={language}; hufu_zone={zone}");
            let page = get(&console, &format!("/certificates?since={asked_for}"), &cookie).await.text();
            assert!(page.contains(&format!("data-total=\"{}\"", expected.len())), "{asked_for} {zone}: {page}");
            assert_eq!(page.contains(words), asked_for == "2999-03-14", "{asked_for} {zone}: {page}");
        }
    }
}

#[tokio::test]
async fn whoever_answers_for_a_mini_program_that_it_touches_must_act() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (li, _) = newcomer(&house, "li", Role::Editor, &actor).await;
    let (wang, _) = newcomer(&house, "wang", Role::Editor, &actor).await;
    let entries = ["https://a.example.com".to_owned()];
    let mut connection = house.connection().await;
    let mut shown = Vec::new();
    for (number, owner) in [Some(&wang), Some(&li), None, Some(&li)].into_iter().enumerate() {
        let (program, endpoints) = program_with(&house, &format!("wx{number:016x}"), &entries, &actor).await;
        let own = "UPDATE programs SET owner = $1 WHERE id = $2";
        let owner = owner.map(|person| person.id.0);
        sqlx::query(own).bind(owner).bind(program.0).execute(&mut connection).await.unwrap();
        shown = endpoints;
    }
    connection.execute("UPDATE users SET disabled = 1 WHERE login = 'wang'").await.unwrap();
    let made = Made { byte: 1, names: &["a.example.com"], issuer: "", from: 0, to: house.now() + DAY };
    let alone = Made { byte: 2, names: &["b.example.com"], issuer: "", from: 0, to: house.now() + 2 * DAY };
    for certificate in [&made, &alone] {
        certificate.store(&mut connection).await;
    }
    serve(&mut connection, shown[0], made.id(), 0).await;
    connection.execute("INSERT INTO endpoints (id, host, port) VALUES (99, 'b.example.com', 443)").await.unwrap();
    serve(&mut connection, EndpointId(99), alone.id(), 0).await;

    let rows = asked(&house, &actor, CertificateQuery::default()).await.rows;
    let owners: Vec<_> = rows[0].owners.iter().map(|owner| (owner.login.as_str(), owner.disabled)).collect();
    assert_eq!(owners, [("li", false), ("wang", true)]);
    assert_eq!((rows[0].owners_total, rows[0].unowned, rows[0].programs_total), (2, 1, 4));
    assert_eq!((rows[1].owners.len(), rows[1].unowned, rows[1].programs_total), (0, 0, 0));

    let cookie = format!("{}; hufu_locale=en", cookie(&session));
    let page = get(&console(&house), "/certificates", &cookie).await.text().replace("<!>", "");
    let cell = |id: Fingerprint| {
        let row = page.split(&format!("data-certificate=\"{id}\"")).nth(1).unwrap();
        row.split("data-label=\"Who must act\"").nth(1).unwrap().split("</td>").next().unwrap()
    };
    for told in [">li<", "wang (shut out)", "nobody for 1 of the mini programs"] {
        assert!(cell(made.id()).contains(told), "no {told} in {}", cell(made.id()));
    }
    assert!(cell(alone.id()).contains(">no owner set<"), "{}", cell(alone.id()));
}

#[tokio::test]
async fn of_many_that_it_touches_the_row_of_each_names_the_first_and_counts_all() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["https://a.example.com".to_owned(), "https://b.example.com".to_owned()];
    let (_, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let mut connection = house.connection().await;
    for number in 1..=6 {
        let add = "INSERT INTO users (login, password_hash, role, created_at) VALUES ($1, '', 'viewer', 0)";
        sqlx::query(add).bind(format!("u{number}")).execute(&mut connection).await.unwrap();
        let add = "INSERT INTO programs (app_id, name, per_list, skip_check, revision, added_at, owner)
            SELECT $1, $2, 20, 0, 1, 0, (SELECT id FROM users WHERE login = $3 AND login <> 'u6')";
        let (app_id, name, owner) = (format!("wx{number:016x}"), format!("P{number}"), format!("u{number}"));
        sqlx::query(add).bind(app_id).bind(name).bind(owner).execute(&mut connection).await.unwrap();
    }
    // Two entries of each lead to the first server, and those of some to the second as well.
    for (api, endpoint, from) in [("request", 0, "P1"), ("upload", 0, "P1"), ("download", 1, "P4")] {
        let add = "INSERT INTO entries (program, api, entry, endpoint, added_at)
            SELECT id, $1, 'https://c.example.com', $2, 0 FROM programs WHERE name LIKE 'P%' AND name >= $3";
        sqlx::query(add).bind(api).bind(endpoints[endpoint].0).bind(from).execute(&mut connection).await.unwrap();
    }
    let made = |byte: u8| Made { byte, names: &[], issuer: "", from: 0, to: house.now() + i64::from(byte) * DAY };
    for (byte, served_by) in [(1, &endpoints[..]), (2, &endpoints[1..])] {
        made(byte).store(&mut connection).await;
        for endpoint in served_by {
            serve(&mut connection, *endpoint, made(byte).id(), 0).await;
        }
    }

    let rows = asked(&house, &actor, CertificateQuery::default()).await.rows;
    let told = rows.iter().map(|row| {
        let programs: Vec<_> = row.programs.iter().map(|program| program.name.as_str()).collect();
        let owners: Vec<_> = row.owners.iter().map(|owner| owner.login.as_str()).collect();
        (programs.join(" "), row.programs_total, owners.join(" "), row.owners_total, row.unowned)
    });
    let expected = [("P1 P2 P3", 7, "u1 u2 u3", 5, 2), ("P4 P5 P6", 4, "u4 u5", 2, 2)];
    let expected = expected.map(|(programs, total, owners, owners_total, unowned)| {
        (programs.to_owned(), total, owners.to_owned(), owners_total, unowned)
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn of_many_mini_programs_that_it_touches_its_page_names_the_first_and_counts_the_others() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, session) = house.first_account().await;
    let (shop, _) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa"]), &actor).await;
    probed(&house.probing, Scope::Program(shop), &actor).await;
    let id = asked(&house, &actor, CertificateQuery::default()).await.rows[0].sha256;
    let (console, cookie) = (console(&house), cookie(&session));
    // What the page says of them, and how many of them lead on.
    let section = async |language: &str| {
        let page = get(&console, &format!("/certificates/{id}"), &format!("{cookie}; hufu_locale={language}")).await;
        let page = page.text();
        let section = page.split("id=\"programs\"").nth(1).unwrap().split("</section>").next().unwrap().to_owned();
        let links = section.matches("href=\"/programs/").count();
        (section, links)
    };
    let (alone, links) = section("en").await;
    assert!(links == 1 && alone.contains("Shop") && !alone.contains(" more"), "{alone}");

    let mut connection = house.connection().await;
    let add = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
        INSERT INTO programs (app_id, name, per_list, skip_check, revision, added_at)
        SELECT printf('wx%016x', n), printf('P%03d', n), 20, 0, 1, 0 FROM numbers";
    let others = i64::try_from(PROGRAMS_MOST).unwrap() + 6;
    sqlx::query(add).bind(others).execute(&mut connection).await.unwrap();
    // Two entries of each lead there.
    for api in ["request", "upload"] {
        let add = "INSERT INTO entries (program, api, entry, registrable_domain, endpoint, added_at)
            SELECT programs.id, $1, entry, registrable_domain, endpoint, 0 FROM programs, entries
            WHERE programs.name LIKE 'P%' AND entries.program = $2";
        sqlx::query(add).bind(api).bind(shop.0).execute(&mut connection).await.unwrap();
    }
    let detail = of(&house, &actor, id).await;
    assert_eq!((detail.programs.len(), detail.programs_total as usize), (PROGRAMS_MOST, PROGRAMS_MOST + 7));
    let name = |place: usize| detail.programs[place].name.as_str();
    assert_eq!((name(0), name(PROGRAMS_MOST - 1)), ("P001", "P050"));
    for (language, words) in [("en", "and 7 more"), ("zh-CN", "另有 7 个小程序")] {
        let (section, links) = section(language).await;
        assert!(links == PROGRAMS_MOST && section.contains(words), "{links}: {section}");
    }
    lab.stop().await;
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
    let size = PageSize::ALL[3];
    let whole = asked(&house, &actor, CertificateQuery { size, ..CertificateQuery::default() }).await;
    assert_eq!((whole.rows.len(), whole.pages()), (count as usize, 1));
    assert!(whole.rows.iter().all(|row| row.programs_total == 1), "however many rows a page has");
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
