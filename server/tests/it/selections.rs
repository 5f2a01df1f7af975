//! What is done to many endpoints of the list at once: to those that were ticked, and to all that its filter
//! lets through. Tags, and runs that can be followed and called off.

use crate::{
    common::{
        House, SHOP, newcomer, program_with, registered, urls,
        web::{SAME, console, cookie, get, in_english, plain_form, post, sent},
    },
    endpoints::{all, audited, tag, tagged, tags, three},
};
use axum::http::header;
use futures::StreamExt as _;
use model::{
    Tags, Zone,
    accounts::{Actor, Role},
    endpoints::{
        Endpoints as _, LISTED_MOST, Run, SELECTION_MOST, Scope, Selection, Tagging, TagsChange,
        list::{EndpointFilter, EndpointQuery, EndpointSort},
    },
    service::{EndpointId, Field, Problem, ProgramId, RunId, ServiceError},
    tag::{TAG_MOST, TAGS_MOST},
};
use probe::lab::Lab;
use serde_json::{Value, json};
use server::clock;

#[tokio::test]
async fn a_tag_is_added_to_many_and_taken_from_many_or_nothing_is_changed() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let ids = three(&house, &actor).await;
    let probing = &house.probing;
    // Twice the same, and one that is gone.
    let chosen = vec![ids[0], ids[2], ids[0], EndpointId(999)];
    assert_eq!(probing.tag_selected(chosen.clone().into(), Tagging::Add(tags("core")), &actor).await, Ok(2));
    assert_eq!(probing.tag_selected(ids.clone().into(), Tagging::Add(tags("core")), &actor).await, Ok(1));
    assert_eq!(probing.tag_selected(chosen.into(), Tagging::Remove(tags("core")), &actor).await, Ok(2));
    assert_eq!(tagged(&house, Some("core"), &actor).await, [("b.example.com".to_owned(), "core".to_owned())]);
    assert_eq!(audited(&house, "endpoint.tag").await.len(), 5);

    let full: Tags = (0..TAGS_MOST).map(|number| tag(&number.to_string())).collect();
    probing.change_tags(ids[2], TagsChange { before: Tags::default(), after: full }, &actor).await.unwrap();
    let lines = house.audited().await;
    for (chosen, field, problem) in [
        (ids.clone(), Field::Tags, Problem::TooMany { most: TAGS_MOST }),
        (vec![], Field::Selection, Problem::Empty),
        (vec![ids[0]; SELECTION_MOST + 1], Field::Selection, Problem::TooMany { most: SELECTION_MOST }),
    ] {
        let refused = probing.tag_selected(chosen.into(), Tagging::Add(tags("new")), &actor).await;
        assert_eq!(refused, Err(ServiceError::invalid(field, problem)));
    }
    assert_eq!((tagged(&house, Some("new"), &actor).await, house.audited().await), (vec![], lines));
}

#[tokio::test]
async fn several_tags_are_added_and_taken_off_at_once() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let ids = three(&house, &actor).await;
    let probing = &house.probing;
    let every = || all(EndpointFilter::default());
    let carried = async || tagged(&house, None, &actor).await.into_iter().map(|(_, tags)| tags).collect::<Vec<_>>();
    probing.tag_selected(vec![ids[0]].into(), Tagging::Add(tags("core")), &actor).await.unwrap();

    // Who has one of them is given the other.
    let some = || Selection::from(vec![ids[0], ids[1]]);
    assert_eq!(probing.tag_selected(some(), Tagging::Add(tags("core, pay")), &actor).await, Ok(2));
    assert_eq!(probing.tag_selected(some(), Tagging::Add(tags("pay, core")), &actor).await, Ok(0));
    assert_eq!(probing.tag_selected(every(), Tagging::Add(tags("core, api")), &actor).await, Ok(3));
    assert_eq!(carried().await, ["api, core, pay", "api, core, pay", "api, core"]);
    assert_eq!(probing.tag_selected(every(), Tagging::Remove(tags("api, pay, none")), &actor).await, Ok(3));
    assert_eq!(carried().await, ["core"; 3]);

    let lines = audited(&house, "endpoint.tag").await;
    let line = |host: &str, before: Value, after: Value| {
        (format!("endpoint {host}:443"), json!({ "tags": before }), json!({ "tags": after }))
    };
    assert_eq!(lines[1], line("a.example.com", json!(["core"]), json!(["core", "pay"])));
    assert_eq!(lines[2], line("b.example.com", json!([]), json!(["core", "pay"])));
    let of_all: Vec<_> = lines[3..].iter().map(|(_, _, after)| after).collect();
    assert_eq!(of_all[0]["tags_added"], json!(["api", "core"]));
    assert_eq!(of_all[1]["tags_removed"], json!(["api", "none", "pay"]));

    // Those that are there already are none too many.
    let nearly: Tags = (2..TAGS_MOST).map(|number| tag(&number.to_string())).collect();
    assert_eq!(probing.tag_selected(vec![ids[0]].into(), Tagging::Add(nearly), &actor).await, Ok(1));
    let refused = probing.tag_selected(every(), Tagging::Add(tags("new, newer")), &actor).await;
    assert_eq!(refused, Err(ServiceError::invalid(Field::Tags, Problem::TooMany { most: TAGS_MOST })));
    assert_eq!(tagged(&house, Some("new"), &actor).await, []);
    assert_eq!(probing.tag_selected(every(), Tagging::Add(tags("core, new")), &actor).await, Ok(3));
}

#[tokio::test]
async fn all_that_a_filter_lets_through_are_tagged_and_nothing_else() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let ids = three(&house, &actor).await;
    let probing = &house.probing;
    let of_b = EndpointFilter { text: Some("b.example".to_owned()), ..EndpointFilter::default() };
    assert_eq!(probing.tag_selected(all(of_b.clone()), Tagging::Add(tags("core")), &actor).await, Ok(1));
    let (b, c) = ("b.example.com".to_owned(), "c.example.com".to_owned());
    assert_eq!(tagged(&house, Some("core"), &actor).await, [(b.clone(), "core".to_owned())]);
    // What has it already is not changed again, and then nothing is written down.
    assert_eq!(probing.tag_selected(all(of_b), Tagging::Add(tags("core")), &actor).await, Ok(0));
    let none = EndpointFilter { text: Some("nowhere".to_owned()), ..EndpointFilter::default() };
    assert_eq!(probing.tag_selected(all(none), Tagging::Add(tags("core")), &actor).await, Ok(0));

    probing.tag_selected(vec![ids[2]].into(), Tagging::Add(tags("core")), &actor).await.unwrap();
    probing.tag_selected(vec![ids[2]].into(), Tagging::Add(tags("payment")), &actor).await.unwrap();
    let payment = EndpointFilter { tag: Some(tag("payment")), ..EndpointFilter::default() };
    // Whatever page it is asked from, and in whichever order.
    let (sort, zone) = (EndpointSort::Expiry, Zone::CHINA);
    let query = EndpointQuery { sort, reversed: true, page: 7, zone, ..EndpointQuery::default() };
    let all_of_payment = Selection::Listed(EndpointQuery { filter: payment, ..query });
    assert_eq!(probing.tag_selected(all_of_payment, Tagging::Remove(tags("core")), &actor).await, Ok(1));
    let left = [(b, "core".to_owned())];
    assert_eq!(tagged(&house, Some("core"), &actor).await, left);
    assert_eq!(tagged(&house, Some("payment"), &actor).await, [(c, "payment".to_owned())]);

    let lines: Vec<_> =
        audited(&house, "endpoint.tag").await.into_iter().filter(|(object, ..)| object == "filter").collect();
    let line = |after| ("filter".to_owned(), Value::Null, after);
    let added = json!({ "tags_added": ["core"], "endpoints": 1, "view": "/endpoints?q=b.example", "zone": "+00:00" });
    let removed =
        json!({ "tags_removed": ["core"], "endpoints": 1, "view": "/endpoints?tag=payment", "zone": "+08:00" });
    assert_eq!(lines, [line(added), line(removed)]);

    // One that would carry too many keeps all of them as they are.
    let full: Tags = (0..TAGS_MOST).map(|number| tag(&number.to_string())).collect();
    probing.change_tags(ids[0], TagsChange { before: Tags::default(), after: full }, &actor).await.unwrap();
    let refused = probing.tag_selected(all(EndpointFilter::default()), Tagging::Add(tags("new")), &actor).await;
    assert_eq!(refused, Err(ServiceError::invalid(Field::Tags, Problem::TooMany { most: TAGS_MOST })));
    assert_eq!(tagged(&house, Some("new"), &actor).await, []);
}

/// A run that has just begun, called off before any probe of it begins: on this one thread none does.
async fn called_off(house: &House, run: RunId, actor: &Actor) -> Run {
    house.probing.cancel(run, actor).await.unwrap();
    house.probing.run(run, actor).await.unwrap()
}

#[tokio::test]
async fn a_run_says_what_it_probes_by_its_name_and_its_filter() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let ids = three(&house, &actor).await;
    let program = registered(&house, &actor).await[0].id;
    let probing = &house.probing;
    let none = EndpointFilter { text: Some("nowhere".to_owned()), ..EndpointFilter::default() };
    assert_eq!(probing.probe_selected(all(none), &actor).await, Err(ServiceError::NotFound));

    let filter = EndpointFilter { text: Some("b.".to_owned()), program: Some(program), ..EndpointFilter::default() };
    let run = probing.probe_selected(all(filter.clone()), &actor).await.unwrap();
    let filtered = called_off(&house, run, &actor).await;
    assert_eq!((filtered.scope, filtered.total, filtered.name.as_deref()), (Scope::Filtered, 1, Some("Shop")));
    assert_eq!(filtered.filter.as_deref(), Some(&filter));
    let view = format!("/endpoints?q=b.&program={program}");
    let told = json!({ "run": run, "endpoints": 1, "depth": "full", "view": view, "zone": "+00:00" });
    assert_eq!(audited(&house, "probe.start").await, [("filter".to_owned(), Value::Null, told)]);
    house.every_field_has_words().await;
    // What the mini program is called goes before its id.
    let called = EndpointFilter { program: Some(ProgramId(99)), called: Some("shop".to_owned()), ..filter };
    let run = probing.probe_selected(all(called), &actor).await.unwrap();
    let called = called_off(&house, run, &actor).await;
    assert_eq!((called.scope, called.total, called.name), (Scope::Filtered, 1, None));

    let every = probing.probe_selected(all(EndpointFilter::default()), &actor).await.unwrap();
    assert_eq!(probing.probe_now(Scope::All, &actor).await, Ok(every), "all of them are all of them");
    let every = called_off(&house, every, &actor).await;
    assert_eq!((every.scope, every.total, every.name, every.filter), (Scope::All, 3, None, None));
    for (scope, total, name) in
        [(Scope::Endpoint(ids[0]), 1, "a.example.com:443"), (Scope::Program(program), 3, "Shop")]
    {
        let run = probing.probe_now(scope, &actor).await.unwrap();
        let run = called_off(&house, run, &actor).await;
        assert_eq!((run.scope, run.total, run.name.as_deref(), run.filter), (scope, total, Some(name), None));
    }

    let who = format!("{}; hufu_locale=en", cookie(&session));
    let page = get(&console(&house), "/endpoints/runs", &who).await.text().replace("<wbr>", "");
    let link = format!("href=\"{}\"", view.replace('&', "&amp;"));
    let shop = "Search: b. · Mini program: Shop";
    let called = "Search: b. · Mini program: shop";
    for words in [">Shop<", ">a.example.com:443<", ">Every endpoint<", shop, called, &*link] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    house.stop.cancel();
    probing.drain().await;
}

#[tokio::test]
async fn a_run_under_way_is_told_with_what_is_left_of_it_and_called_off_by_those_who_may() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, session) = house.first_account().await;
    let (_, viewer) = newcomer(&house, "li", Role::Viewer, &actor).await;
    let (program, endpoints) = program_with(&house, SHOP, &urls(&lab, &["good-ecdsa", "hangs"]), &actor).await;
    let run = house.probing.probe_now(Scope::Program(program), &actor).await.unwrap();
    let mut states = house.probing.follow(run, &actor).await.unwrap();
    while states.next().await.is_some_and(|run| run.done == 0) {}

    let console = console(&house);
    for (session, may) in [(&session, true), (&viewer, false)] {
        let who = format!("{}; hufu_locale=en", cookie(session));
        let runs = get(&console, "/endpoints/runs", &who).await.text();
        assert_eq!((runs.contains(">Shop<"), runs.contains("endpoints/cancel-run")), (true, may), "{runs}");
        let overview = get(&console, "/", &who).await.text();
        let (_, running) = overview.split_once("data-part=\"runs\"").unwrap();
        let running = running.split("</section>").next().unwrap();
        assert!(running.contains(">Shop<") && running.contains("About a minute left."), "{running}");
        let begun = post(&console, "/api/top-bar", "", SAME, &who).await.text();
        let begun: Value = serde_json::from_str(&begun).unwrap();
        assert_eq!(begun["running"], json!([{ "scope": { "program": program }, "name": "Shop" }]));
        // Without JavaScript; what is typed on a page would not outlast that it is loaded again by itself.
        let reloads = |page: &str| page.contains("http-equiv=\"refresh\"");
        assert!(reloads(&runs) && reloads(&overview), "{runs} {overview}");
    }
    let who = format!("{}; hufu_locale=en", cookie(&session));
    house.probing.probe_now(Scope::Endpoint(endpoints[1]), &actor).await.unwrap();
    for page in [format!("/programs/{program}"), format!("/endpoints/{}", endpoints[1])] {
        let page = get(&console, &page, &who).await.text();
        assert!(!page.contains("http-equiv=\"refresh\""), "{page}");
        assert!(page.contains("href=\"\">Show how far it is</a>"), "{page}");
    }
    house.stop.cancel();
    lab.stop().await;
}

#[tokio::test]
async fn a_filter_chooses_no_more_than_may_be_chosen() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let many = "INSERT INTO endpoints (host, port)
        WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
        SELECT 'h' || n || '.example.com', 443 FROM numbers";
    let most = i64::try_from(LISTED_MOST).unwrap();
    sqlx::query(many).bind(most).execute(&mut house.connection().await).await.unwrap();
    let text = |text: &str| all(EndpointFilter { text: Some(text.to_owned()), ..EndpointFilter::default() });
    let too_many = ServiceError::invalid(Field::Selection, Problem::TooMany { most: LISTED_MOST });
    let refused = house.probing.tag_selected(text(":443"), Tagging::Add(tags("core")), &actor).await;
    assert_eq!(refused, Err(too_many.clone()));
    assert_eq!(house.probing.probe_selected(text(":443"), &actor).await, Err(too_many));
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoint_tags").await, 0);

    sqlx::query("DELETE FROM endpoints WHERE host = 'h7.example.com'")
        .execute(&mut house.connection().await)
        .await
        .unwrap();
    let tagged = house.probing.tag_selected(text(":443"), Tagging::Add(tags("core")), &actor).await;
    assert_eq!(tagged, Ok(LISTED_MOST));
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoint_tags").await, most);
    assert_eq!(audited(&house, "endpoint.tag").await.len(), 1);
}

#[tokio::test]
async fn a_selection_is_one_run_and_whoever_calls_it_off_is_in_the_log() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let ids = three(&house, &actor).await;
    let probing = &house.probing;
    let invalid = |problem| ServiceError::invalid(Field::Selection, problem);
    for (chosen, refused) in [
        (vec![], invalid(Problem::Empty)),
        (vec![ids[0]; SELECTION_MOST + 1], invalid(Problem::TooMany { most: SELECTION_MOST })),
        (vec![EndpointId(999)], ServiceError::NotFound),
    ] {
        assert_eq!(probing.probe_selected(chosen.into(), &actor).await, Err(refused));
    }
    // Twice the same, and one that is gone.
    let run = probing.probe_selected(vec![ids[2], ids[0], ids[2], EndpointId(999)].into(), &actor).await.unwrap();
    // On this one thread no probe begins before it is called off.
    probing.cancel(run, &actor).await.unwrap();
    house.stop.cancel();
    probing.drain().await;
    let state = probing.run(run, &actor).await.unwrap();
    assert_eq!((state.total, state.done, state.cancelled, state.finished), (2, 0, true, true));
    assert_eq!(probing.cancel(run, &actor).await, Ok(()), "it has ended, and nobody has called it off again");
    assert_eq!(probing.cancel(RunId(0), &actor).await, Err(ServiceError::NotFound));

    assert_eq!(house.count("SELECT COUNT(*) FROM observations").await, 0);
    let started = ("selection".to_owned(), Value::Null, json!({ "run": run, "endpoints": 2, "depth": "full" }));
    assert_eq!(audited(&house, "probe.start").await, [started]);
    let ended = ("run".to_owned(), Value::Null, json!({ "run": run }));
    assert_eq!(audited(&house, "probe.cancel").await, [ended]);
    house.every_field_has_words().await;
}

#[tokio::test]
async fn a_refused_tag_leaves_the_list_and_what_is_ticked_as_they_were() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let entries = ["a", "b", "c"].map(|name| format!("https://{name}.example.com"));
    program_with(&house, SHOP, &entries, &actor).await;
    let (console, who) = (console(&house), in_english(&session));
    let act = "/api/endpoints/act-on-selected";
    let form = |tags: &str| format!("ids[]=1&ids[]=3&act=add_tags&tags={tags}&back=%2Fendpoints%3Fsort%3Dtarget");
    let long = format!("a%2C{}", "b".repeat(TAG_MOST + 1));
    let (location, page) = sent(&console, act, &form(&long), &who).await;
    assert!(location.starts_with("/endpoints?sort=target&kept=") && location.ends_with("#selected"), "{location}");
    for ticked in ["1", "3"] {
        assert!(page.contains(&format!("value=\"{ticked}\" checked")), "{page}");
    }
    assert!(!page.contains("value=\"2\" checked") && page.contains("value=\"a,bbb"), "{page}");
    assert!(page.contains("A tag has 32 characters at most."), "{page}");

    for nothing in ["", "+%2C+"] {
        let (_, page) = sent(&console, act, &form(nothing), &who).await;
        assert!(page.contains("Fill this in."), "{page}");
    }

    // As one endpoint's own are typed, with commas of either script.
    let (location, page) = sent(&console, act, &form("Core%EF%BC%8Cpay%E3%80%81core"), &who).await;
    assert_eq!(location, "/endpoints?sort=target");
    for tag in ["core", "pay"] {
        assert_eq!(page.matches(&format!("data-tag=\"{tag}\"")).count(), 2, "{page}");
    }
    assert!(!page.contains("\" checked"), "{page}");
    // No form leads elsewhere.
    let answer = plain_form(&console, act, "act=add_tags&tags=&back=%2F%2Fevil.example".to_owned(), &who).await;
    assert!(answer.header(header::LOCATION).starts_with("/?kept="), "{}", answer.header(header::LOCATION));
}

#[tokio::test]
async fn all_of_a_list_are_chosen_by_a_form_and_a_list_that_it_does_not_know_chooses_none() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let hosts = ["a.example.com", "b.example.com", "c.example.com", "other.example.net"];
    program_with(&house, SHOP, &hosts.map(|host| format!("https://{host}")), &actor).await;
    let (console, who) = (console(&house), in_english(&session));
    let act = "/api/endpoints/act-on-selected";
    let form = |list: &str, tags: &str| {
        let back = "%2Fendpoints%3Fq%3Dexample.com%26sort%3Dtarget";
        format!("ids[]=4&all_of={list}&act=add_tags&tags={tags}&back={back}")
    };
    let ours = "%2Fendpoints%3Fq%3Dexample.com%26sort%3Dtarget";
    let (location, page) = sent(&console, act, &form(ours, &"x".repeat(TAG_MOST + 1)), &who).await;
    assert!(location.starts_with("/endpoints?q=example.com&sort=target&kept="), "{location}");
    let all = "value=\"/endpoints?q=example.com&amp;sort=target\"";
    assert!(page.contains("All 3 that match the filter") && page.contains(&format!("{all} checked")), "{page}");

    let other = ["%2Fendpoints%3Fverdict%3Dgreat", "%2Fendpoints%3Fq%3Dexample.com%26x%3D1", "%2Fprograms"];
    for list in other {
        let (_, page) = sent(&console, act, &form(list, "core"), &who).await;
        assert!(page.contains("Select at least one row."), "{list}: {page}");
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoint_tags").await, 0);

    // The row that is ticked besides is none of them.
    let (location, page) = sent(&console, act, &form(ours, "core"), &who).await;
    assert_eq!(location, "/endpoints?q=example.com&sort=target");
    assert!(page.matches("data-tag=\"core\"").count() == 3 && !page.contains(&format!("{all} checked")), "{page}");
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoint_tags").await, 3);
    let page = get(&console, "/endpoints?sort=target", &who).await.text();
    assert!(page.contains("All 4 endpoints, on every page"), "{page}");

    // It is taken from all of them only where that is confirmed.
    let remove = format!("all_of={ours}&act=remove_tags&tags=core&back={ours}");
    let (_, page) = sent(&console, act, &remove, &who).await;
    assert!(page.contains("Confirm first") && page.contains(&format!("{all} checked")), "{page}");
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoint_tags").await, 3);
    let (_, page) = sent(&console, act, &format!("{remove}&confirmed=true"), &who).await;
    assert!(!page.contains("Confirm first"), "{page}");
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoint_tags").await, 0);
}
