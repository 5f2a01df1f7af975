//! The list of mini programs is read from sums that are kept: they are what the entries add up to,
//! whatever happened and however much time has passed.

use crate::common::{DAY, House, OTHER, SHOP, probed, program_with, record_icp, registered};
use model::{
    Api, Code, Limits, Tags, Verdict, Zone,
    accounts::Actor,
    endpoints::Scope,
    icp::{IcpState, STALE_AFTER_DAYS},
    programs::{NewProgram, ProgramChange},
    service::{Field, Problem, ProgramId, ServiceError},
    url_check::WssPorts,
};
use probe::{Roots, lab::Lab};
use server::clock;

/// The list says what each mini program's own page says; the verdicts, by id.
async fn agreed(house: &House, actor: &Actor, when: &str) -> Vec<Verdict> {
    let mut listed = registered(house, actor).await;
    assert!(listed.is_sorted_by(|a, b| a.verdict >= b.verdict), "{when}: worst first");
    assert_eq!(house.services.overview.overview(0, Zone::UTC, actor).await.unwrap().programs, listed, "{when}");
    listed.sort_by_key(|program| program.id);
    for program in &listed {
        let detail = house.services.programs.program(program.id, actor).await.unwrap();
        assert_eq!(detail.summary, *program, "{when}");
    }
    listed.iter().map(|program| program.verdict).collect()
}

async fn change(house: &House, id: ProgramId, per_list: u32, skip_check: bool, actor: &Actor) {
    let programs = &house.services.programs;
    let revision = programs.program(id, actor).await.unwrap().revision;
    let limits = Limits::new(per_list).unwrap();
    let change = ProgramChange {
        revision,
        name: "Shop".to_owned(),
        limits,
        wss: WssPorts::default(),
        skip_check,
        owner: None,
        tags: Tags::default(),
    };
    programs.change_program(id, change, actor).await.unwrap();
}

#[tokio::test]
async fn the_list_agrees_with_the_pages_after_every_change() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    let url = |name: &str| format!("https://{}", lab.server(name).unwrap().target());
    let (one, _) = program_with(&house, SHOP, &[url("good-ecdsa"), url("expires-soon")], &actor).await;
    let (two, endpoints) = program_with(&house, OTHER, &[url("good-ecdsa")], &actor).await;
    agreed(&house, &actor, "registered").await;

    record_icp(&house, "hufu.example", IcpState::Filed, &actor).await;
    assert_eq!(agreed(&house, &actor, "filed").await, [Verdict::Unknown, Verdict::Unknown]);
    probed(&house.probing, Scope::Program(one), &actor).await;
    assert_eq!(agreed(&house, &actor, "probed").await, [Verdict::Warn, Verdict::Pass]);
    let strangers = house.probing_elsewhere(lab.resolve(), Roots::mozilla());
    probed(&strangers, Scope::Endpoint(endpoints[0]), &actor).await;
    assert_eq!(agreed(&house, &actor, "another's probe").await, [Verdict::Fail, Verdict::Fail]);
    probed(&house.probing, Scope::Program(two), &actor).await;
    change(&house, two, 20, true, &actor).await;
    assert_eq!(agreed(&house, &actor, "checks skipped").await, [Verdict::Warn, Verdict::Warn]);
    record_icp(&house, "hufu.example", IcpState::NotFiled, &actor).await;
    assert_eq!(agreed(&house, &actor, "not filed").await, [Verdict::Fail, Verdict::Fail]);
    record_icp(&house, "hufu.example", IcpState::Filed, &actor).await;

    let soon = programs.program(one, &actor).await.unwrap().entries[1].clone();
    programs.remove_entry(one, soon.id, &soon.entry.to_string(), &actor).await.unwrap();
    assert_eq!(agreed(&house, &actor, "an entry removed").await, [Verdict::Pass, Verdict::Warn]);
    house.pass(i64::from(STALE_AFTER_DAYS) * DAY);
    assert_eq!(agreed(&house, &actor, "the last second of the filing").await, [Verdict::Pass, Verdict::Warn]);
    house.pass(1);
    assert_eq!(agreed(&house, &actor, "the filing is stale").await, [Verdict::Warn, Verdict::Warn]);
    let before = house.audited().await;
    agreed(&house, &actor, "looked at again").await;
    assert_eq!(house.audited().await, before, "looking is no change");

    drop(strangers);
    let house = house.restart().await;
    assert_eq!(agreed(&house, &actor, "restarted").await, [Verdict::Warn, Verdict::Warn]);
    lab.stop().await;
}

#[tokio::test]
async fn a_mini_program_works_only_once_something_was_seen_to_work() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    let new = NewProgram { app_id: SHOP.parse().unwrap(), name: "Shop".to_owned() };
    let id = programs.add_program(new, &actor).await.unwrap();
    assert_eq!(agreed(&house, &actor, "empty").await, [Verdict::Unknown]);

    record_icp(&house, "hufu.example", IcpState::Filed, &actor).await;
    for (api, entry) in [(Api::Udp, "udp://u.hufu.example"), (Api::PrefetchDns, "p.hufu.example")] {
        programs.add_entries(id, api, vec![entry.to_owned()], &actor).await.unwrap();
        assert_eq!(agreed(&house, &actor, entry).await, [Verdict::Unknown]);
    }
    let good = format!("https://{}", lab.server("good-ecdsa").unwrap().target());
    programs.add_entries(id, Api::Request, vec![good], &actor).await.unwrap();
    assert_eq!(agreed(&house, &actor, "not probed yet").await, [Verdict::Unknown]);
    probed(&house.probing, Scope::Program(id), &actor).await;
    assert_eq!(agreed(&house, &actor, "probed").await, [Verdict::Pass]);
    lab.stop().await;
}

#[tokio::test]
async fn whatever_was_recorded_of_a_filing_grows_stale() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    let (id, _) = program_with(&house, SHOP, &["https://a.hufu.example".to_owned()], &actor).await;
    let codes = async || programs.program(id, &actor).await.unwrap().entries.remove(0).codes;
    for (state, of_state) in [
        (IcpState::Filed, None),
        (IcpState::NotFiled, Some(Code::IcpMissing)),
        (IcpState::Pending, Some(Code::IcpPending)),
        (IcpState::Unknown, Some(Code::IcpUnknown)),
    ] {
        record_icp(&house, "hufu.example", state, &actor).await;
        let ends = house.count("SELECT summed_until FROM programs").await;
        assert_eq!(ends, house.now() + i64::from(STALE_AFTER_DAYS) * DAY + 1, "{state:?}");
        house.pass(i64::from(STALE_AFTER_DAYS) * DAY);
        assert_eq!(codes().await, of_state.into_iter().collect::<Vec<_>>(), "{state:?}");
        house.pass(1);
        assert_eq!(codes().await, of_state.into_iter().chain([Code::IcpStale]).collect::<Vec<_>>(), "{state:?}");
        agreed(&house, &actor, "stale").await;
    }
    // Nothing recorded has no age.
    let (_, _) = program_with(&house, OTHER, &["https://b.example.org".to_owned()], &actor).await;
    let ageless = "SELECT COUNT(*) FROM programs WHERE app_id = 'wx0123456789abcdee' AND summed_until IS NULL";
    assert_eq!(house.count(ageless).await, 1);
}

#[tokio::test]
async fn a_limit_that_is_lowered_below_what_a_list_holds_fails_the_program() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    let lines = |from: u32, to: u32| (from..to).map(|n| format!("https://n{n}.example.com")).collect::<Vec<_>>();
    let (id, _) = program_with(&house, SHOP, &lines(0, 20), &actor).await;
    let one_more = programs.add_entries(id, Api::Request, lines(20, 21), &actor).await;
    assert_eq!(one_more, Err(ServiceError::invalid(Field::Entries, Problem::LinesRefused { count: 1 })));
    change(&house, id, 30, false, &actor).await;
    assert_eq!(programs.add_entries(id, Api::Request, lines(20, 30), &actor).await, Ok(10));
    // Nobody knows whether the domain is filed, nor whether anything works.
    assert_eq!(agreed(&house, &actor, "thirty of thirty").await, [Verdict::Unknown]);
    change(&house, id, 20, false, &actor).await;
    assert_eq!(agreed(&house, &actor, "thirty of twenty").await, [Verdict::Fail]);
    let findings = programs.program(id, &actor).await.unwrap().findings;
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::RuleOverLimit]);
    // Five names are resolved in advance, whatever the setting.
    let names = |count: u32| (0..count).map(|n| format!("n{n}.example.com")).collect::<Vec<_>>();
    assert!(programs.add_entries(id, Api::PrefetchDns, names(6), &actor).await.is_err());
    assert_eq!(programs.add_entries(id, Api::PrefetchDns, names(5), &actor).await, Ok(5));
}
