//! What people say of endpoints and do with them: tags, another route, a trial, the history, the chain
//! as a file.

use crate::common::{
    DAY, HOUR, House, SHOP, newcomer, probed, program_with, registered, urls,
    web::{SAME, console, cookie, get, post},
};
use axum::http::{StatusCode, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{
    Code, Tag, Tags, Verdict,
    accounts::{Actor, Role},
    endpoints::{
        Endpoints as _, Scope, Selection, Tagging, TagsChange,
        list::{EndpointFilter, EndpointQuery},
        route::{Route, RouteChange},
    },
    service::{EndpointId, Field, Problem, ServiceError, TrialId},
};
use probe::{Roots, certificate, lab::Lab};
use serde_json::{Value, json};
use server::clock;

pub(crate) fn tags(text: &str) -> Tags {
    text.parse().unwrap()
}

pub(crate) fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

pub(crate) async fn three(house: &House, actor: &Actor) -> Vec<EndpointId> {
    let entries = ["a", "b", "c"].map(|name| format!("https://{name}.example.com"));
    program_with(house, SHOP, &entries, actor).await.1
}

/// Hosts and tags of what carries a tag, or of all.
pub(crate) async fn tagged(house: &House, by: Option<&str>, actor: &Actor) -> Vec<(String, String)> {
    let filter = EndpointFilter { tag: by.map(tag), ..EndpointFilter::default() };
    let page = house.probing.endpoints(&EndpointQuery { filter, ..EndpointQuery::default() }, actor).await.unwrap();
    assert_eq!(page.total as usize, page.rows.len());
    page.rows.iter().map(|row| (row.target.host.to_string(), row.tags.to_string())).collect()
}

/// All that a filter lets through.
pub(crate) fn all(filter: EndpointFilter) -> Selection {
    Selection::Listed(EndpointQuery { filter, ..EndpointQuery::default() })
}

pub(crate) async fn audited(house: &House, action: &'static str) -> Vec<(String, Value, Value)> {
    let sql = "SELECT object, before, after FROM audit_log WHERE action = $1 ORDER BY id";
    let rows: Vec<(String, Option<String>, Option<String>)> =
        sqlx::query_as(sql).bind(action).fetch_all(&mut house.connection().await).await.unwrap();
    let read = |text: Option<String>| text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    rows.into_iter().map(|(object, before, after)| (object, read(before), read(after))).collect()
}

#[tokio::test]
async fn tags_are_set_looked_for_and_audited() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let ids = three(&house, &actor).await;
    let change = |before: &str, after: &str| TagsChange { before: tags(before), after: tags(after) };
    house.probing.change_tags(ids[0], change("", "Core, 支付"), &actor).await.unwrap();
    house.probing.change_tags(ids[1], change("", "core"), &actor).await.unwrap();
    // What is as it was leaves no line.
    house.probing.change_tags(ids[1], change("core", "core"), &actor).await.unwrap();

    let (a, b) =
        (("a.example.com".to_owned(), "core, 支付".to_owned()), ("b.example.com".to_owned(), "core".to_owned()));
    assert_eq!(tagged(&house, Some("core"), &actor).await, [a.clone(), b]);
    assert_eq!(tagged(&house, Some("支付"), &actor).await, [a]);
    assert_eq!(tagged(&house, Some("cor"), &actor).await, []);
    assert_eq!(house.probing.tags(&actor).await.unwrap(), [tag("core"), tag("支付")]);
    assert_eq!(house.probing.endpoint(ids[0], &actor).await.unwrap().tags, tags("core, 支付"));

    let somebody_else = house.probing.change_tags(ids[0], change("core", ""), &actor).await;
    assert_eq!(somebody_else, Err(ServiceError::Conflict));
    let gone = house.probing.change_tags(EndpointId(999), change("", "x"), &actor).await;
    assert_eq!(gone, Err(ServiceError::NotFound));
    let lines = audited(&house, "endpoint.tag").await;
    assert_eq!(lines.len(), 2);
    house.every_field_has_words().await;
    let first = ("endpoint a.example.com:443".to_owned(), json!({ "tags": [] }), json!({ "tags": ["core", "支付"] }));
    assert_eq!(lines[0], first);
}

#[tokio::test]
async fn whoever_may_only_look_changes_nothing_and_a_tag_goes_with_the_last_that_is_named() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let ids = three(&house, &actor).await;
    house.probing.tag_selected(ids.clone().into(), Tagging::Add(tags("core")), &actor).await.unwrap();
    let viewer = Actor { role: Role::Viewer, ..actor.clone() };
    let none = TagsChange { before: tags("core"), after: Tags::default() };
    let route = RouteChange { revision: 0, route: Route::default() };
    let every = all(EndpointFilter::default());
    for refused in [
        house.probing.change_tags(ids[0], none, &viewer).await,
        house.probing.tag_selected(ids.clone().into(), Tagging::Remove(tags("core")), &viewer).await.map(|_| ()),
        house.probing.tag_selected(every.clone(), Tagging::Remove(tags("core")), &viewer).await.map(|_| ()),
        house.probing.probe_selected(every, &viewer).await.map(|_| ()),
        house.probing.change_route(ids[0], route, &viewer).await,
        house.probing.try_route(ids[0], Route::default(), &viewer).await.map(|_| ()),
    ] {
        assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoint_tags").await, 3);
    let program = registered(&house, &actor).await[0].id;
    house.services.programs.remove_program(program, &actor).await.unwrap();
    assert_eq!(house.probing.tags(&actor).await, Ok(Vec::new()));
}

#[tokio::test]
async fn whoever_may_only_look_is_shown_nothing_to_press_but_the_exports() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let ids = three(&house, &actor).await;
    let (_, viewer) = newcomer(&house, "li", Role::Viewer, &actor).await;
    let console = console(&house);
    let of_endpoint = format!("/endpoints/{}", ids[0]);
    for (path, forms) in [
        ("/endpoints", &["value=\"add_tags\"", "value=\"remove_tags\"", "value=\"probe\"", "endpoints/probe-all"][..]),
        (&of_endpoint, &["endpoints/probe-now", "endpoints/change-tags", "endpoints/route"]),
    ] {
        for (session, shown) in [(&session, true), (&viewer, false)] {
            let page = get(&console, path, &cookie(session)).await.text();
            for form in forms {
                assert_eq!(page.contains(form), shown, "{path} {form}");
            }
            assert!(path != "/endpoints" || page.contains("formaction=\"/endpoints/export\""), "{page}");
        }
    }
}

/// A house beside a lab, with the endpoints of these servers.
async fn beside_the_lab(names: &[&str]) -> (Lab, House, Actor, Vec<EndpointId>) {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let (_, ids) = program_with(&house, SHOP, &urls(&lab, names), &actor).await;
    (lab, house, actor, ids)
}

fn route(addresses: &str, server_name: Option<&str>) -> Route {
    Route { addresses: addresses.parse().unwrap(), server_name: server_name.map(|name| name.parse().unwrap()) }
}

async fn found(house: &House, id: EndpointId, actor: &Actor) -> (Verdict, Vec<Code>) {
    let detail = house.probing.endpoint(id, actor).await.unwrap();
    let worrying = detail.findings.iter().filter(|it| it.finding.severity > model::Severity::Info);
    (detail.verdict, worrying.map(|it| it.finding.code).collect())
}

#[tokio::test]
async fn fixed_addresses_are_probed_until_dns_is_gone_by_again() {
    let (lab, house, actor, ids) = beside_the_lab(&["good-ecdsa"]).await;
    let scope = Scope::Endpoint(ids[0]);
    probed(&house.probing, scope, &actor).await;
    assert_eq!(found(&house, ids[0], &actor).await, (Verdict::Pass, vec![]));

    // The second address of the lab serves another name.
    let elsewhere = route("127.0.0.2", None);
    let change = RouteChange { revision: 0, route: elsewhere.clone() };
    house.probing.change_route(ids[0], change.clone(), &actor).await.unwrap();
    assert_eq!(house.count("SELECT due_at FROM endpoints").await, 0, "the schedule takes it next");
    probed(&house.probing, scope, &actor).await;
    assert_eq!(found(&house, ids[0], &actor).await, (Verdict::Fail, vec![Code::CertNameMismatch]));
    let detail = house.probing.endpoint(ids[0], &actor).await.unwrap();
    assert_eq!((&detail.route, detail.route_revision), (&elsewhere, 1));
    let observation = detail.observation.unwrap();
    assert_eq!((observation.route, observation.addresses.len()), (elsewhere, 1));
    let listed = house.probing.endpoints(&EndpointQuery::default(), &actor).await.unwrap();
    assert!(!listed.rows[0].route.is_usual());

    assert_eq!(house.probing.change_route(ids[0], change, &actor).await, Err(ServiceError::Conflict));
    let usual = RouteChange { revision: 1, route: Route::default() };
    house.probing.change_route(ids[0], usual, &actor).await.unwrap();
    probed(&house.probing, scope, &actor).await;
    assert_eq!(found(&house, ids[0], &actor).await, (Verdict::Pass, vec![]));
    let lines = audited(&house, "endpoint.route").await;
    let (none, some) =
        (json!({ "addresses": [], "server_name": null }), json!({ "addresses": ["127.0.0.2"], "server_name": null }));
    let object = lines[0].0.clone();
    assert_eq!(lines, [(object.clone(), none.clone(), some.clone()), (object, some, none)]);
    lab.stop().await;
}

#[tokio::test]
async fn another_name_is_asked_for_and_the_certificate_has_to_name_the_host_all_the_same() {
    let (lab, house, actor, ids) = beside_the_lab(&["expired"]).await;
    let name = "good-ecdsa.lab.hufu.example";
    let trial = house.probing.try_route(ids[0], route("", Some(name)), &actor).await.unwrap();
    let trial = house.probing.trial(ids[0], trial, &actor).await.unwrap();
    let codes: Vec<_> = trial.diagnosis.findings.iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&Code::CertNameMismatch) && !codes.contains(&Code::CertExpired), "{codes:?}");
    assert_eq!(trial.observation.addresses[0].chain[0].dns_names, [name]);
    lab.stop().await;
}

#[tokio::test]
async fn a_trial_shows_its_outcome_and_leaves_the_endpoint_as_it_was() {
    let (lab, house, actor, ids) = beside_the_lab(&["good-ecdsa", "expired"]).await;
    probed(&house.probing, Scope::Endpoint(ids[0]), &actor).await;
    let before = house.probing.endpoint(ids[0], &actor).await.unwrap();
    let id = house.probing.try_route(ids[0], route("127.0.0.2\n127.0.0.3", None), &actor).await.unwrap();
    let trial = house.probing.trial(ids[0], id, &actor).await.unwrap();
    assert_eq!((trial.diagnosis.verdict, trial.observation.addresses.len()), (Verdict::Fail, 2));
    assert!(!trial.trust.is_empty());
    assert_eq!(house.probing.endpoint(ids[0], &actor).await.unwrap(), before);
    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, 1);
    for (endpoint, trial) in [(ids[1], id), (ids[0], TrialId(1))] {
        assert_eq!(house.probing.trial(endpoint, trial, &actor).await, Err(ServiceError::NotFound));
    }
    let lines = audited(&house, "endpoint.try").await;
    assert_eq!(lines[0].2["addresses"], json!(["127.0.0.2", "127.0.0.3"]));
    house.every_field_has_words().await;
    lab.stop().await;
}

#[tokio::test]
async fn an_address_that_hufu_may_not_connect_to_is_refused_and_named() {
    let (lab, house, actor, ids) = beside_the_lab(&["good-ecdsa"]).await;
    let logged = house.audited().await;
    for inside in ["10.0.0.1", "169.254.169.254", "::ffff:192.168.0.1", "fd00::1", "0.0.0.0"] {
        let route = route(&format!("127.0.0.1\n{inside}"), None);
        let problem = Problem::AddressNotAllowed { address: inside.parse().unwrap() };
        let refused = Err(ServiceError::invalid(Field::FixedAddresses, problem));
        let tried = house.probing.try_route(ids[0], route.clone(), &actor).await.map(|_| ());
        assert_eq!(tried, refused, "{inside}");
        let change = RouteChange { revision: 0, route };
        assert_eq!(house.probing.change_route(ids[0], change, &actor).await, refused, "{inside}");
    }
    assert_eq!(house.audited().await, logged);

    // Stored when a range was allowed that is not any more: the probe refuses for itself.
    let sql = r#"UPDATE endpoints SET route = '{"addresses":["10.0.0.1"]}'"#;
    sqlx::query(sql).execute(&mut house.connection().await).await.unwrap();
    probed(&house.probing, Scope::Endpoint(ids[0]), &actor).await;
    assert_eq!(found(&house, ids[0], &actor).await.1, [Code::NetBlockedByPolicy]);
    lab.stop().await;
}

#[tokio::test]
async fn a_route_that_is_changed_during_a_probe_is_taken_next() {
    let (lab, house, actor, ids) = beside_the_lab(&["good-ecdsa"]).await;
    probed(&house.probing, Scope::Endpoint(ids[0]), &actor).await;
    assert!(house.count("SELECT due_at FROM endpoints").await > house.now());
    // As if it were changed after the probe had read it, and before its result is kept.
    let trigger = "CREATE TRIGGER meanwhile AFTER INSERT ON observations
        BEGIN UPDATE endpoints SET route_revision = route_revision + 1, due_at = 0; END";
    sqlx::query(trigger).execute(&mut house.connection().await).await.unwrap();
    probed(&house.probing, Scope::Endpoint(ids[0]), &actor).await;
    assert_eq!(house.count("SELECT due_at FROM endpoints").await, 0);
    lab.stop().await;
}

#[tokio::test]
async fn the_history_tells_each_look_and_when_findings_began_and_ended() {
    let (lab, house, actor, ids) = beside_the_lab(&["good-ecdsa"]).await;
    let strangers = house.probing_elsewhere(lab.resolve(), Roots::mozilla());
    let scope = Scope::Endpoint(ids[0]);
    assert_eq!(house.probing.history(ids[0], &actor).await.unwrap().looks, []);
    assert_eq!(house.probing.history(EndpointId(999), &actor).await, Err(ServiceError::NotFound));

    // Too long ago to be told, unless it still stands.
    probed(&house.probing, scope, &actor).await;
    house.pass(31 * DAY);
    let first = house.now();
    probed(&strangers, scope, &actor).await;
    house.pass(HOUR);
    house
        .probing
        .change_route(ids[0], RouteChange { revision: 0, route: route("127.0.0.1", None) }, &actor)
        .await
        .unwrap();
    probed(&house.probing, scope, &actor).await;

    let history = house.probing.history(ids[0], &actor).await.unwrap();
    let looks: Vec<_> = history.looks.iter().map(|look| (look.at.as_second(), look.verdict, look.elsewhere)).collect();
    assert_eq!(looks, [(first, Verdict::Fail, false), (first + HOUR, Verdict::Pass, true)]);
    assert!(history.looks.iter().all(|look| look.handshake_ms.is_some() && look.days_left() > Some(0)), "{history:?}");
    let spell =
        history.spells.iter().find(|spell| spell.code == Code::TrustUnknownRoot || spell.code == Code::ChainIncomplete);
    let spell = spell.unwrap();
    assert_eq!((spell.since.as_second(), spell.until.map(|at| at.as_second())), (first, Some(first + HOUR)));
    lab.stop().await;
}

#[tokio::test]
async fn what_a_page_asks_for_later_reads_as_it_did_whatever_was_chosen_since() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, session) = house.first_account().await;
    let (_, ids) = program_with(&house, SHOP, &urls(&lab, &["expired"]), &actor).await;
    probed(&house.probing, Scope::Endpoint(ids[0]), &actor).await;
    let console = console(&house);
    let with = |chosen: &str| format!("{}; {chosen}", cookie(&session));
    let (path, form) = (format!("/endpoints/{}", ids[0]), format!("id={}&wording=en+%2B08:00", ids[0]));
    let since = with("hufu_locale=zh-CN; hufu_zone=-03:30");
    let later = post(&console, "/api/endpoints/page", form, SAME, &since).await.text();
    let later: Value = serde_json::from_str(&later).unwrap();
    let expired = later["detail"]["findings"].as_array().unwrap().iter().find(|it| it["code"] == "cert.expired");
    for chosen in ["hufu_zone=+08:00; hufu_own_zone=-03:30", "hufu_own_zone=+08:00"] {
        let page = get(&console, &path, &with(&format!("hufu_locale=en; {chosen}"))).await.text().replace("<!>", "");
        for line in 0..2 {
            let at = expired.unwrap()["lines"][line][1].as_str().unwrap();
            assert!(at.contains("UTC+08:00") && at.ends_with("ago)"), "{at}");
            assert!(page.contains(&format!(">{at}</dd>")), "{chosen}: no {at} in {page}");
        }
    }
    lab.stop().await;
}

#[tokio::test]
async fn the_chain_of_an_address_is_a_file_as_it_was_served() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, session) = house.first_account().await;
    let server = lab.server("two-certificates").unwrap();
    let (_, ids) = program_with(&house, SHOP, &[format!("https://{}", server.target())], &actor).await;
    probed(&house.probing, Scope::Endpoint(ids[0]), &actor).await;
    let observation = house.probing.endpoint(ids[0], &actor).await.unwrap().observation.unwrap();
    let console = console(&house);
    let cookie = cookie(&session);
    for seen in &observation.addresses {
        let answer = get(&console, &format!("/endpoints/{}/chain?address={}", ids[0], seen.address), &cookie).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/pem-certificate-chain");
        let name = format!("two-certificates.lab.hufu.example-{}-{}.pem", server.port, seen.address);
        assert_eq!(answer.header(header::CONTENT_DISPOSITION), format!("attachment; filename=\"{name}\""));
        assert_eq!(fingerprints(&answer.body), seen.chain.iter().map(|it| it.sha256.to_string()).collect::<Vec<_>>());
    }
    for path in [
        "1/chain",
        "1/chain?address=127.0.0.9",
        "1/chain?address=x",
        "999/chain?address=127.0.0.1",
        "x/chain?address=127.0.0.1",
    ] {
        assert_eq!(get(&console, &format!("/endpoints/{path}"), &cookie).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    lab.stop().await;
}

#[tokio::test]
async fn what_a_server_left_out_is_kept_with_where_it_came_from_and_given_back_as_a_whole_chain() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, session) = house.first_account().await;
    let names = ["missing-intermediate", "wrong-order", "unknown-root"];
    let (_, ids) = program_with(&house, SHOP, &urls(&lab, &names), &actor).await;
    for id in &ids {
        probed(&house.probing, Scope::Endpoint(*id), &actor).await;
    }
    let (console, cookie) = (console(&house), cookie(&session));
    let observed = async |id| house.probing.endpoint(id, &actor).await.unwrap().observation.unwrap();

    let observation = observed(ids[0]).await;
    let seen = &observation.addresses[0];
    let fetched = seen.fetched.as_ref().unwrap();
    assert!(fetched.is_whole() && fetched.certificates.len() == 1, "{fetched:?}");
    assert_eq!(fetched.certificates[0].url, lab.publisher().url("intermediate.cer"));
    assert_eq!(fetched.certificates[0].certificate.subject, "CN=Hufu Lab Intermediate");
    assert_eq!(seen.chain.len(), 1, "what was fetched was not served");
    let whole = [seen.chain[0].sha256, fetched.certificates[0].certificate.sha256].map(|it| it.to_string());

    let path = |id, kind| format!("/endpoints/{id}/{kind}?address=127.0.0.1");
    let as_served = get(&console, &path(ids[0], "chain"), &cookie).await;
    assert_eq!(fingerprints(&as_served.body), whole[..1]);
    let answer = get(&console, &path(ids[0], "fullchain"), &cookie).await;
    assert_eq!((answer.status, fingerprints(&answer.body)), (StatusCode::OK, whole.to_vec()));
    let port = lab.server("missing-intermediate").unwrap().port;
    let name = format!("missing-intermediate.lab.hufu.example-{port}-fullchain.pem");
    assert_eq!(answer.header(header::CONTENT_DISPOSITION), format!("attachment; filename=\"{name}\""));
    let page = get(&console, &format!("/endpoints/{}", ids[0]), &cookie).await.text();
    assert!(page.contains("data-card=\"fetched\"") && page.contains("fullchain?address=127.0.0.1"), "{page}");

    // What is there in the wrong order is put right, and what leads to no root is not offered.
    let wrong = observed(ids[1]).await.addresses[0].chain.iter().map(|it| it.sha256.to_string()).collect::<Vec<_>>();
    let right = get(&console, &path(ids[1], "fullchain"), &cookie).await;
    assert_eq!(fingerprints(&right.body), [&*wrong[0], &*wrong[2], &*wrong[1]]);
    for (id, is_offered) in [(ids[1], true), (ids[2], false)] {
        let page = get(&console, &format!("/endpoints/{id}"), &cookie).await.text();
        assert_eq!(page.contains("data-fullchain"), is_offered, "{page}");
    }
    assert_eq!(get(&console, &path(ids[2], "fullchain"), &cookie).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&console, &path(ids[0], "fullchain"), "").await.status, StatusCode::SEE_OTHER);
    lab.stop().await;
}

/// Of each certificate in a PEM file, in its order.
fn fingerprints(pem: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(pem).unwrap();
    let blocks = text.split("-----BEGIN CERTIFICATE-----\n").skip(1);
    let ders = blocks.map(|block| block.split("-----END").next().unwrap().lines().collect::<String>());
    ders.map(|base64| certificate::read(&STANDARD.decode(base64).unwrap()).sha256.to_string()).collect()
}
