//! The first page tells what is another than yesterday, and what wants doing.

use std::collections::BTreeSet;

use crate::common::{
    DAY, HOUR, House, OTHER, SHOP,
    certificates::{Made, asked, serve},
    probed, program_with, record_icp, urls,
    web::{console, cookie, get},
};
use model::{
    Api, Since, Timestamp, Verdict, Zone,
    accounts::Actor,
    audit::{AuditFilter, AuditQuery},
    certificates::list::{CertificateFilter, CertificateQuery},
    endpoints::{
        Scope,
        list::{EndpointFilter, EndpointQuery},
    },
    icp::{IcpState, Standing},
    overview::{LINES_MOST, Overview, PROGRAMS_MOST},
};
use probe::{Roots, lab::Lab};
use server::clock;

async fn overview(house: &House, actor: &Actor) -> Overview {
    house.services.overview.overview(0, Zone::UTC, actor).await.unwrap()
}

#[tokio::test]
async fn a_verdict_that_changes_is_told_until_the_day_after_and_a_first_verdict_is_no_change() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (program, endpoints) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa"]), &actor).await;

    probed(&house.probing, Scope::Program(program), &actor).await;
    assert_eq!(overview(&house, &actor).await.changes.turned, []);

    let strangers = house.probing_elsewhere(lab.resolve(), Roots::mozilla());
    probed(&strangers, Scope::Program(program), &actor).await;
    let changes = overview(&house, &actor).await.changes;
    let [turned] = changes.turned.as_slice() else { panic!("{changes:?}") };
    assert_eq!((turned.endpoint, turned.before, turned.now), (endpoints[0], Verdict::Pass, Verdict::Fail));
    assert_eq!((turned.at.as_second(), changes.turned_total), (house.now(), 1));

    // Failing still, it has not changed again.
    house.pass(DAY);
    probed(&strangers, Scope::Program(program), &actor).await;
    assert_eq!(overview(&house, &actor).await.changes.turned, changes.turned);
    house.pass(DAY);
    assert_eq!(overview(&house, &actor).await.changes.turned, []);
    lab.stop().await;
}

#[tokio::test]
async fn what_people_did_is_counted_and_what_hufu_did_is_not() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let acts = async || overview(&house, &actor).await.changes.acts;
    let before = acts().await;
    let (program, _) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa"]), &actor).await;
    let registered = acts().await;
    assert!(registered > before);
    probed(&house.probing, Scope::Program(program), &actor).await;
    assert_eq!(acts().await, registered + 1, "the start of the probe, and not its result");
    house.pass(2 * DAY);
    assert_eq!(acts().await, 0);
    lab.stop().await;
}

#[tokio::test]
async fn each_run_under_way_has_a_count_of_its_own() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, session) = house.first_account().await;
    let (program, endpoints) = program_with(&house, SHOP, &urls(&lab, &["hangs", "good-ecdsa"]), &actor).await;
    for scope in [Scope::Endpoint(endpoints[0]), Scope::Program(program)] {
        house.services.endpoints.probe_now(scope, &actor).await.unwrap();
    }
    let page = get(&console(&house), "/", &format!("{}; hufu_locale=en", cookie(&session))).await.text();
    let (_, runs) = page.split_once("data-part=\"runs\"").unwrap_or_else(|| panic!("{page}"));
    let runs = runs.split("</section>").next().unwrap();
    for told in ["Probe runs: 2", "0 of 1 probed", " of 2 probed"] {
        assert!(runs.contains(told), "{told}: {runs}");
    }
    assert!(!runs.contains(" of 3 probed"), "a sum would fall when one of them ends: {runs}");
    house.stop.cancel();
    lab.stop().await;
}

#[tokio::test]
async fn each_number_is_that_of_the_list_it_leads_to_from_midnight_on_where_the_reader_is() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let entries = ["a", "b", "c", "d"].map(|name| format!("https://{name}.example.com"));
    let (_, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    // Eight in the evening in UTC, when tomorrow has begun in China.
    house.pass((20 * HOUR - house.now()).rem_euclid(DAY));
    let midnight = house.now() - 20 * HOUR;
    let mut connection = house.connection().await;
    let [utc, china] = [Zone::UTC, Zone::CHINA].map(|zone| zone.begin(model::overview::yesterday(at(&house), zone)));
    assert_eq!((utc, china), (midnight - DAY, midnight - 8 * HOUR));
    for ((byte, endpoint), moment) in (1..).zip(endpoints).zip([utc - 1, utc, china - 1, china]) {
        let turn = "UPDATE endpoints SET verdict = 'fail', verdict_before = 'pass', turned_at = $1 WHERE id = $2";
        sqlx::query(turn).bind(moment).bind(endpoint.0).execute(&mut connection).await.unwrap();
        let made = Made { byte, names: &["a.example.com"], issuer: "", from: 0, to: 1 };
        made.store(&mut connection).await;
        serve(&mut connection, endpoint, made.id(), moment).await;
        let see = "UPDATE certificates SET first_seen = $1 WHERE sha256 = $2";
        let id = made.id();
        sqlx::query(see).bind(moment).bind(id.as_bytes().as_slice()).execute(&mut connection).await.unwrap();
        let tell = "INSERT INTO audit_log (at, actor, action, object) VALUES ($1, 'li', 'entry.add', 'entry x'),
            ($1, NULL, 'session.refused', 'account li'), ($1, NULL, 'probe.store', 'endpoint x')";
        sqlx::query(tell).bind(moment).execute(&mut connection).await.unwrap();
    }
    let mut acts = Vec::new();
    for (zone, expected) in [(Zone::UTC, 3), (Zone::CHINA, 1)] {
        let changes = house.services.overview.overview(0, zone, &actor).await.unwrap().changes;
        assert_eq!((changes.turned_total, changes.certificates), (expected, expected), "{zone}");
        let since = Some(Since::Day(changes.since));
        let filter = EndpointFilter { turned: since, ..EndpointFilter::default() };
        let query = EndpointQuery { filter, zone, ..EndpointQuery::default() };
        assert_eq!(house.services.endpoints.endpoints(&query, &actor).await.unwrap().total, expected, "{zone}");
        let filter = CertificateFilter { since, ..CertificateFilter::default() };
        let query = CertificateQuery { filter, zone, ..CertificateQuery::default() };
        assert_eq!(asked(&house, &actor, query).await.total, expected, "{zone}");
        let filter = AuditFilter::of_people_since(changes.since);
        let query = AuditQuery { filter, zone, ..AuditQuery::default() };
        let lines = house.services.audit.log(&query, &actor).await.unwrap().lines;
        assert_eq!(lines.total, changes.acts, "{zone}");
        assert!(lines.rows.iter().all(|row| row.entry.actor.is_some()), "{zone}");
        acts.push(changes.acts);

        let cookie = format!("{}; hufu_zone={zone}", cookie(&session));
        let page = get(&console(&house), "/", &cookie).await.text().replace("&amp;", "&");
        for link in ["/certificates?since=", "/audit?by=people&from="] {
            let link = format!("href=\"{link}{}\"", changes.since);
            assert!(page.contains(&link), "{zone}: no {link} in {page}");
        }
    }
    assert_eq!(acts[0] - acts[1], 2, "of what was told between the two midnights");
}

/// The time of a house.
fn at(house: &House) -> Timestamp {
    Timestamp::from_second(house.now()).unwrap()
}

#[tokio::test]
async fn a_certificate_on_many_servers_ends_next_once_and_says_who_must_act() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let entries: Vec<_> = (10..22).map(|number| format!("https://h{number}.example.com")).collect();
    let (shop, endpoints) = program_with(&house, SHOP, &entries, &actor).await;
    let (other, _) = program_with(&house, OTHER, &entries[..1], &actor).await;
    let mut connection = house.connection().await;
    let own = "UPDATE programs SET owner = $1 WHERE id = $2";
    sqlx::query(own).bind(actor.id.0).bind(shop.0).execute(&mut connection).await.unwrap();
    let now = house.now();
    let made = |byte, names, to| Made { byte, names, issuer: "", from: 0, to };
    let wildcard = made(1, &["*.example.com"], now + 5 * DAY);
    let single = made(2, &["h21.example.com"], now + 9 * DAY);
    let ended = made(3, &["h20.example.com"], now);
    for certificate in [&wildcard, &single, &ended] {
        certificate.store(&mut connection).await;
    }
    let last = endpoints.len() - 1;
    for endpoint in &endpoints[..last] {
        serve(&mut connection, *endpoint, wildcard.id(), now).await;
    }
    serve(&mut connection, endpoints[last], single.id(), now).await;
    serve(&mut connection, endpoints[last], ended.id(), now).await;

    let rows = overview(&house, &actor).await.expiring;
    let ids: Vec<_> = rows.iter().map(|row| row.sha256).collect();
    assert_eq!(ids, [wildcard.id(), single.id()]);
    assert_eq!(rows.iter().map(|row| row.endpoints).collect::<Vec<_>>(), [11, 1]);
    let programs: Vec<_> = rows[0].programs.iter().map(|program| program.id).collect();
    assert_eq!(programs, [shop, other]);
    let owners = |index: usize| rows[index].owners.iter().map(|owner| owner.login.as_str()).collect::<Vec<_>>();
    assert_eq!((owners(0), rows[0].unowned), (vec!["chen"], 1));
    assert_eq!((owners(1), rows[1].unowned), (vec!["chen"], 0));

    let page = get(&console(&house), "/", &format!("{}; hufu_locale=en", cookie(&session))).await.text();
    // Where one piece of text ends and the next begins.
    let page = page.replace("<!>", "");
    let part = page.split("data-part=\"expiring\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!(part.matches("data-expiring=").count(), 2, "{part}");
    for told in
        [&format!("href=\"/certificates/{}\"", wildcard.id()), "11 servers in all", "chen", "nobody for 1 of the"]
    {
        assert!(part.contains(told), "no {told} in {part}");
    }

    for byte in 10..30 {
        let more = made(byte, &["more.example.com"], now + DAY);
        more.store(&mut connection).await;
        serve(&mut connection, endpoints[last], more.id(), now).await;
    }
    assert_eq!(overview(&house, &actor).await.expiring.len(), LINES_MOST);
}

#[tokio::test]
async fn domains_without_a_filing_in_force_are_gaps() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries =
        ["https://a.one.com", "https://b.one.com", "https://two.com", "https://three.com", "https://four.com"];
    program_with(&house, SHOP, &entries.map(str::to_owned), &actor).await;
    record_icp(&house, "two.com", IcpState::Filed, &actor).await;
    record_icp(&house, "three.com", IcpState::NotFiled, &actor).await;
    let gaps = overview(&house, &actor).await.icp_gaps;
    let told: Vec<_> = gaps.iter().map(|gap| (gap.standing, gap.domains, gap.first.as_str())).collect();
    assert_eq!(told, [(Standing::NotFiled, 1, "three.com"), (Standing::Unknown, 2, "four.com")]);

    house.pass(181 * DAY);
    let gaps = overview(&house, &actor).await.icp_gaps;
    assert!(gaps.iter().any(|gap| (gap.standing, gap.first.as_str()) == (Standing::Stale, "two.com")), "{gaps:?}");
}

#[tokio::test]
async fn every_mini_program_is_on_a_page_and_the_worst_on_the_first() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let mut connection = house.connection().await;
    let count = 2 * PROGRAMS_MOST + 3;
    for number in 0..count {
        sqlx::query(
            "INSERT INTO programs (app_id, name, per_list, skip_check, revision, added_at, verdict)
            VALUES ($1, 'Shop', 20, 0, 1, 0, $2)",
        )
        .bind(format!("wx{number:016x}"))
        .bind(if number % 2 == 0 { "pass" } else { "fail" })
        .execute(&mut connection)
        .await
        .unwrap();
    }
    let mut seen = Vec::new();
    for page in 0..3 {
        let answer = house.services.overview.overview(page, Zone::UTC, &actor).await.unwrap();
        assert_eq!((answer.programs_page, answer.programs_pages(), answer.programs_total), (page, 3, count));
        seen.extend(answer.programs);
    }
    let ids: BTreeSet<_> = seen.iter().map(|program| program.id).collect();
    assert_eq!((seen.len(), ids.len()), (count as usize, count as usize));
    assert!(seen.is_sorted_by_key(|program| program.verdict == Verdict::Pass), "the worst come first");
    let past = house.services.overview.overview(u32::MAX, Zone::UTC, &actor).await.unwrap();
    assert_eq!((past.programs_page, past.programs.len()), (2, 3), "past the end is the last page");
}

#[tokio::test]
async fn a_list_is_nearly_full_from_four_fifths_of_its_quota() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = |count| (0..count).map(|n| format!("https://h{n}.example.com")).collect::<Vec<_>>();
    let (program, _) = program_with(&house, SHOP, &entries(15), &actor).await;
    assert_eq!(overview(&house, &actor).await.nearly_full, []);

    let programs = &house.services.programs;
    programs.add_entries(program, Api::Request, vec!["https://more.example.com".into()], &actor).await.unwrap();
    let nearly = overview(&house, &actor).await.nearly_full;
    let [list] = nearly.as_slice() else { panic!("{nearly:?}") };
    assert_eq!((list.program, list.api, list.used, list.limit), (program, Api::Request, 16, 20));

    let entry = programs.program(program, &actor).await.unwrap().entries[0].clone();
    programs.remove_entry(program, entry.id, &entry.entry.to_string(), &actor).await.unwrap();
    assert_eq!(overview(&house, &actor).await.nearly_full, []);
}
