//! How Hufu probes is set in the console, holds at once, and survives a restart.

use crate::common::{DAY, HOUR, House, SHOP, newcomer, probed, program_with, record_icp, registered, urls};
use model::{
    Code, Limits, Verdict,
    accounts::{Permission, Role},
    endpoints::{Endpoints as _, Scope},
    icp::{IcpState, STALE_AFTER_DAYS, Standing, filings::FilingQuery},
    service::{Field, Problem, ServiceError},
    settings::{ProbingChange, Settings as _},
};
use probe::lab::Lab;
use server::{
    clock,
    settings::{AtStart, Dials},
};

fn change(revision: i64) -> ProbingChange {
    ProbingChange {
        revision,
        every_hours: Some(12),
        at_once: 4,
        allowed: Vec::new(),
        limits: Limits::new(50).unwrap(),
        stale_after_days: STALE_AFTER_DAYS,
    }
}

#[tokio::test]
async fn what_is_set_holds_and_survives_a_restart() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let settings = &house.services.settings;
    let before = settings.probing(&admin).await.unwrap();
    assert_eq!((before.every_hours, before.at_once, before.limits, before.revision), (6, 32, Limits::default(), 0));

    // No form takes the second network, but one may be stored.
    let allowed = ["10.0.0.0/8", "127.1.2.3/8"].map(|range| range.parse().unwrap()).to_vec();
    let set = ProbingChange { allowed: allowed.clone(), ..change(0) };
    settings.change_probing(set, &admin).await.unwrap();
    assert_eq!(settings.change_probing(change(0), &admin).await, Err(ServiceError::Conflict));
    let (program, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &admin).await;
    assert_eq!(house.services.programs.program(program, &admin).await.unwrap().limits, Limits::new(50).unwrap());

    let house = house.restart().await;
    let after = house.services.settings.probing(&admin).await.unwrap();
    assert_eq!((after.every_hours, after.at_once, after.revision, after.allowed), (12, 4, 1, allowed));
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'settings.change'").await, 1);
    house.every_field_has_words().await;
}

#[tokio::test]
async fn a_filing_is_stale_after_the_days_that_are_set() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let (program, _) = program_with(&house, SHOP, &["https://a.example.com".to_owned()], &admin).await;
    record_icp(&house, "example.com", IcpState::Filed, &admin).await;
    house.pass(31 * DAY);
    let services = &house.services;
    let stale = async || {
        let listed = services.icp.filings(&FilingQuery::default(), &admin).await.unwrap().rows.remove(0).standing;
        let page = services.icp.filing(&"example.com".parse().unwrap(), 0, &admin).await.unwrap();
        let entry = services.programs.program(program, &admin).await.unwrap();
        let stands = entry.entries[0].codes.contains(&Code::IcpStale);
        // The sums follow, without anybody looking at the mini program.
        let summed = registered(&house, &admin).await[0].platforms;
        assert_eq!(summed, entry.summary.platforms);
        assert_eq!((page.row.standing, entry.icp[0].standing), (listed, listed));
        assert_eq!(stands, listed == Standing::Stale);
        (listed, page.stale_after_days)
    };
    assert_eq!(stale().await, (Standing::Filed, STALE_AFTER_DAYS));
    for (revision, stale_after_days, standing) in [(0, 30, Standing::Stale), (1, 31, Standing::Filed)] {
        let change = ProbingChange { stale_after_days, ..change(revision) };
        services.settings.change_probing(change, &admin).await.unwrap();
        assert_eq!(stale().await, (standing, stale_after_days));
    }
}

#[tokio::test]
async fn a_probe_comes_again_after_the_hours_that_are_set() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (admin, _) = house.first_account().await;
    let (program, _) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa"]), &admin).await;
    house
        .services
        .settings
        .change_probing(ProbingChange { every_hours: Some(100), ..change(0) }, &admin)
        .await
        .unwrap();
    probed(&house.probing, Scope::Program(program), &admin).await;
    let due = house.count("SELECT due_at FROM endpoints").await - house.now();
    assert!((89 * HOUR..=111 * HOUR).contains(&due), "{due}");
    lab.stop().await;
}

#[tokio::test]
async fn a_network_that_is_allowed_no_more_is_refused_at_the_next_probe() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (admin, _) = house.first_account().await;
    let (program, endpoints) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa"]), &admin).await;
    // A console that was started without --allow-net.
    let (store, clock, probing) = (house.store.clone(), house.clock(), house.probing.clone());
    let dials = Dials::open(store, clock, probing, AtStart::default()).await.unwrap();
    let verdict = async || {
        probed(&house.probing, Scope::Program(program), &admin).await;
        house.probing.endpoint(endpoints[0], &admin).await.unwrap().verdict
    };
    assert_eq!(verdict().await, Verdict::Unknown);
    let open = ProbingChange { allowed: vec!["127.0.0.0/8".parse().unwrap()], ..change(0) };
    dials.change_probing(open, &admin).await.unwrap();
    assert_eq!(verdict().await, Verdict::Pass);
    dials.change_probing(change(1), &admin).await.unwrap();
    assert_eq!(verdict().await, Verdict::Unknown);
    // What is not tried has lost nothing that is known of it.
    assert_ne!(house.count("SELECT COALESCE(not_after, 0) FROM endpoints").await, 0);
    lab.stop().await;
}

#[tokio::test]
async fn what_is_out_of_bounds_or_not_one_s_own_to_change_is_refused() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let settings = &house.services.settings;
    let range = |least, most| Problem::OutOfRange { least, most };
    for (wrong, field, problem) in [
        (ProbingChange { every_hours: Some(0), ..change(0) }, Field::ProbeEvery, range(1, 168)),
        (ProbingChange { every_hours: Some(169), ..change(0) }, Field::ProbeEvery, range(1, 168)),
        (ProbingChange { at_once: 0, ..change(0) }, Field::AtOnce, range(1, 256)),
        (ProbingChange { stale_after_days: 0, ..change(0) }, Field::StaleAfter, range(1, 3650)),
        (
            ProbingChange { allowed: vec!["10.0.0.0/8".parse().unwrap(); 51], ..change(0) },
            Field::Networks,
            Problem::TooMany { most: 50 },
        ),
    ] {
        assert_eq!(settings.change_probing(wrong, &admin).await, Err(ServiceError::invalid(field, problem)));
    }
    let both = ProbingChange { every_hours: Some(0), at_once: 0, ..change(0) };
    let each = [(Field::ProbeEvery, range(1, 168)), (Field::AtOnce, range(1, 256))];
    assert_eq!(settings.change_probing(both, &admin).await, Err(ServiceError::InvalidFields(each.to_vec())));
    let (viewer, _) = newcomer(&house, "li", Role::Viewer, &admin).await;
    assert!(settings.probing(&viewer).await.is_ok());
    let refused = settings.change_probing(change(0), &viewer).await;
    assert_eq!(refused, Err(ServiceError::Forbidden(Permission::Administer)));

    // What the command line says cannot be changed here, nor be overruled by what was stored.
    let at_start = AtStart { every_hours: Some(3), allowed: Vec::new() };
    let dials = Dials::open(house.store.clone(), house.clock(), house.probing.clone(), at_start).await.unwrap();
    dials.change_probing(ProbingChange { every_hours: Some(9), ..change(0) }, &admin).await.unwrap();
    let now = dials.probing(&admin).await.unwrap();
    assert_eq!((now.every_hours, now.every_is_fixed, now.at_once), (3, true, 4));
}
