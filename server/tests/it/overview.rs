//! The first page tells what is another than yesterday, and what wants doing.

use std::collections::BTreeSet;

use crate::common::{
    DAY, House, SHOP, probed, program_with, record_icp, urls,
    web::{console, cookie, get},
};
use model::{
    Api, Verdict,
    accounts::Actor,
    endpoints::Scope,
    icp::{IcpState, Standing},
    overview::{Overview, PROGRAMS_MOST},
};
use probe::{Roots, lab::Lab};
use server::clock;

async fn overview(house: &House, actor: &Actor) -> Overview {
    house.services.overview.overview(0, actor).await.unwrap()
}

#[tokio::test]
async fn a_verdict_that_changes_is_told_for_a_day_and_a_first_verdict_is_no_change() {
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
    house.pass(DAY / 2);
    probed(&strangers, Scope::Program(program), &actor).await;
    assert_eq!(overview(&house, &actor).await.changes.turned, changes.turned);
    house.pass(DAY / 2 + 1);
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
    house.pass(DAY + 1);
    assert_eq!(acts().await, 0);
    lab.stop().await;
}

#[tokio::test]
async fn each_run_under_way_has_a_count_of_its_own() {
    let lab = Lab::start(Timestamp::now()).await.unwrap();
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
        let answer = house.services.overview.overview(page, &actor).await.unwrap();
        assert_eq!((answer.programs_page, answer.programs_pages(), answer.programs_total), (page, 3, count));
        seen.extend(answer.programs);
    }
    let ids: BTreeSet<_> = seen.iter().map(|program| program.id).collect();
    assert_eq!((seen.len(), ids.len()), (count as usize, count as usize));
    assert!(seen.is_sorted_by_key(|program| program.verdict == Verdict::Pass), "the worst come first");
    let past = house.services.overview.overview(u32::MAX, &actor).await.unwrap();
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
