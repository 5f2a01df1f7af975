//! Every suite of TLS 1.2 that a server takes: listed when somebody asks for it, kept when nobody does.

use axum::http::header;
use futures::StreamExt as _;
use model::{
    Verdict,
    accounts::{Actor, Role},
    endpoints::{Depth, Endpoints as _, Run, Scope},
    service::{EndpointId, RunId, ServiceError},
};
use probe::lab::Lab;
use serde_json::Value;
use server::clock;

use crate::common::{
    HOUR, House, SHOP, newcomer, probed, program_with, urls,
    web::{console, cookie, get, plain_form},
};

/// Follows a run to its end.
async fn ended(house: &House, run: RunId, actor: &Actor) -> Run {
    let states: Vec<Run> = house.probing.follow(run, actor).await.unwrap().collect().await;
    let last = states.last().unwrap().clone();
    assert!(last.finished && (last.done, last.total) == (1, 1), "{last:?}");
    last
}

#[tokio::test]
async fn suites_are_listed_when_asked_for_and_a_probe_that_does_not_ask_leaves_the_list_as_it_was() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (_, ids) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa", "refuses"]), &actor).await;
    let (good, silent) = (ids[0], ids[1]);
    let suites = async |id: EndpointId| house.probing.endpoint(id, &actor).await.unwrap().suites;
    let run = probed(&house.probing, Scope::Endpoint(good), &actor).await;
    assert_eq!((run.depth, suites(good).await), (Depth::Full, None));

    house.pass(HOUR);
    let run = house.probing.probe_deep(good, &actor).await.unwrap();
    assert_eq!(ended(&house, run, &actor).await.depth, Depth::Deep);
    let listed = suites(good).await.unwrap();
    let of_address = listed.by_address.values().next().unwrap();
    assert_eq!((listed.by_address.len(), of_address.accepted.len(), of_address.cut_short), (1, 3, false));
    let asked_at = house.now();
    assert_eq!(listed.at.as_second(), asked_at);

    house.pass(HOUR);
    probed(&house.probing, Scope::Endpoint(good), &actor).await;
    let detail = house.probing.endpoint(good, &actor).await.unwrap();
    assert_eq!((detail.verdict, detail.suites), (Verdict::Pass, Some(listed)));
    assert!(detail.observation.unwrap().observed_at.as_second() > asked_at, "the list says how old it is");

    // Who says nothing has not said that it takes none.
    let run = house.probing.probe_deep(silent, &actor).await.unwrap();
    ended(&house, run, &actor).await;
    assert_eq!(suites(silent).await, None);

    let started = "SELECT after FROM audit_log WHERE action = 'probe.start' ORDER BY id";
    let started: Vec<String> = sqlx::query_scalar(started).fetch_all(&mut house.connection().await).await.unwrap();
    let depths = started.iter().map(|after| serde_json::from_str::<Value>(after).unwrap()["depth"].clone());
    assert_eq!(depths.collect::<Vec<_>>(), ["full", "deep", "full", "deep"]);
    lab.stop().await;
}

#[tokio::test]
async fn the_form_asks_for_it_without_a_script_and_the_page_shows_the_list() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, session) = house.first_account().await;
    let (_, ids) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa"]), &actor).await;
    let (console, member) = (console(&house), cookie(&session));
    let page = format!("/endpoints/{}", ids[0]);
    let before = get(&console, &page, &member).await.text();
    assert!(before.contains("name=\"depth\"") && !before.contains("data-suites"), "{before}");

    let form = format!("scope[endpoint]={}&depth=deep", ids[0]);
    let answer = plain_form(&console, "/api/endpoints/probe-now", form, &member).await;
    let to = answer.header(header::LOCATION);
    let run = to.strip_prefix(&format!("{page}?run=")).unwrap_or_else(|| panic!("{to}")).parse().unwrap();
    assert_eq!(ended(&house, run, &actor).await.depth, Depth::Deep);
    let after = get(&console, &page, &member).await.text();
    assert!(after.contains("data-suites=\"1\""), "{after}");
    assert!(after.contains("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"), "{after}");
    // A mini program is not probed like that.
    let program = get(&console, "/programs/1", &member).await.text();
    assert!(program.contains("endpoints/probe-now") && !program.contains("name=\"depth\""), "{program}");

    let (viewer, _) = newcomer(&house, "li", Role::Viewer, &actor).await;
    let refused = house.probing.probe_deep(ids[0], &viewer).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    assert_eq!(house.probing.probe_deep(EndpointId(99), &actor).await, Err(ServiceError::NotFound));
    lab.stop().await;
}
