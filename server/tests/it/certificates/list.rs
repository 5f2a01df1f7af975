//! Each certificate is listed once, by its filters and in its orders, and counted by the week in which it
//! ends.

use std::collections::BTreeSet;

use model::{
    accounts::Actor,
    certificates::{
        WEEKS_AHEAD,
        list::{CertificateFilter, CertificateQuery, CertificateSort, DaysLeft},
    },
    paging::{PAGE_SIZE, PageSize},
    service::ProgramId,
};
use sqlx::Executor as _;

use crate::common::{
    DAY, House, OTHER, SHOP,
    certificates::{Made, asked, serve},
    program_with,
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
