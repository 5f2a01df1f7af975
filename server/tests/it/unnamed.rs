//! Endpoints that nobody names any more are out of every list at once and kept for a week. Named again,
//! in whatever way, they are what they were.

use crate::common::{
    DAY, House, OTHER, SHOP,
    certificates::{Made, asked, of, serve},
    probed, program_with, urls,
    web::{console, cookie, get},
};
use futures::StreamExt as _;
use model::{
    Api, Timestamp, Zone,
    accounts::Actor,
    alerts::{Alerts as _, Language},
    certificates::list::CertificateQuery,
    endpoints::{
        EndpointDetail, Endpoints as _, Scope, Tagging, TagsChange, UNNAMED_DAYS,
        history::History,
        list::{EndpointFilter, EndpointQuery},
        route::{Route, RouteChange},
    },
    programs::{
        EntryChange,
        import::{ImportOptions, ImportRequest},
    },
    service::{EndpointId, EntryId, ProgramId, ServiceError},
};
use probe::{certificate, lab::Lab};
use server::clock;

async fn entry(house: &House, program: ProgramId, text: &str, actor: &Actor) -> EntryId {
    let entries = house.services.programs.program(program, actor).await.unwrap().entries;
    entries.iter().find(|row| row.entry.to_string() == text).unwrap().id
}

async fn remove(house: &House, program: ProgramId, text: &str, actor: &Actor) {
    let id = entry(house, program, text, actor).await;
    house.services.programs.remove_entry(program, id, text, actor).await.unwrap();
}

async fn add(house: &House, program: ProgramId, api: Api, text: &str, actor: &Actor) {
    house.services.programs.add_entries(program, api, vec![text.to_owned()], actor).await.unwrap();
}

/// Everything known of an endpoint but who names it.
async fn known(house: &House, id: EndpointId, actor: &Actor) -> (EndpointDetail, History) {
    let detail = house.probing.endpoint(id, actor).await.unwrap();
    let history = house.probing.history(id, actor).await.unwrap();
    (EndpointDetail { named_by: Vec::new(), forgotten_at: None, ..detail }, history)
}

async fn forgotten_at(house: &House, id: EndpointId, actor: &Actor) -> Option<i64> {
    house.probing.endpoint(id, actor).await.unwrap().forgotten_at.map(Timestamp::as_second)
}

#[tokio::test]
async fn named_again_in_any_way_an_endpoint_is_what_it_was() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let programs = &house.services.programs;
    let url = urls(&lab, &["expired"]).remove(0);
    let (shop, endpoints) = program_with(&house, SHOP, std::slice::from_ref(&url), &actor).await;
    let (club, _) = program_with(&house, OTHER, &["https://club.example.com".to_owned()], &actor).await;
    let id = endpoints[0];
    probed(&house.probing, Scope::Endpoint(id), &actor).await;
    let tags = TagsChange { before: "".parse().unwrap(), after: "core".parse().unwrap() };
    house.probing.change_tags(id, tags, &actor).await.unwrap();
    let route = Route { addresses: "127.0.0.1".parse().unwrap(), server_name: None };
    house.probing.change_route(id, RouteChange { revision: 0, route }, &actor).await.unwrap();
    let before = known(&house, id, &actor).await;
    assert!(before.0.observation.is_some() && !before.0.findings.is_empty() && before.1.looks.len() == 1);
    let certificates = asked(&house, &actor, CertificateQuery::default()).await.total;

    for way in ["typed anew", "elsewhere", "imported", "in the place of another", "with its mini program"] {
        let id_of_entry = entry(&house, shop, &url, &actor).await;
        if way == "with its mini program" {
            programs.remove_program(shop, &actor).await.unwrap();
        } else {
            programs.remove_entry(shop, id_of_entry, &url, &actor).await.unwrap();
        }
        assert_eq!(forgotten_at(&house, id, &actor).await, Some(house.now() + UNNAMED_DAYS * DAY), "{way}");
        assert_eq!(known(&house, id, &actor).await, before, "{way}");
        assert_eq!(asked(&house, &actor, CertificateQuery::default()).await.total, 0, "{way}");

        house.pass(DAY / 100);
        match way {
            "typed anew" => add(&house, shop, Api::Request, &url, &actor).await,
            "elsewhere" => add(&house, club, Api::Upload, &url, &actor).await,
            "imported" => {
                let options = ImportOptions { program: Some(club), ..ImportOptions::default() };
                let request = ImportRequest { text: url.clone(), options };
                let dry = programs.dry_run(&request, &actor).await.unwrap().unwrap();
                programs.import(&request, &dry.digest, &actor).await.unwrap();
            }
            "in the place of another" => {
                let was = "https://club.example.com";
                let other = entry(&house, club, was, &actor).await;
                let change = EntryChange { was: was.to_owned(), api: Api::Download, typed: url.clone() };
                programs.change_entry(club, other, change, &actor).await.unwrap();
            }
            _ => programs.restore_program(shop, &actor).await.unwrap(),
        }
        assert_eq!(forgotten_at(&house, id, &actor).await, None, "{way}");
        assert_eq!(known(&house, id, &actor).await, before, "{way}");
        assert_eq!(asked(&house, &actor, CertificateQuery::default()).await.total, certificates, "{way}");
        // As it was at the begin, for the next way.
        if matches!(way, "elsewhere" | "imported" | "in the place of another") {
            add(&house, shop, Api::Request, &url, &actor).await;
            remove(&house, club, &url, &actor).await;
        }
        assert_eq!(known(&house, id, &actor).await, before, "{way}");
        assert_eq!(forgotten_at(&house, id, &actor).await, None, "{way}");
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM named_endpoints").await, 1);
    lab.stop().await;
}

/// How many there are of everything that counts or lists endpoints.
async fn counts(house: &House, shared: &Made<'_>, actor: &Actor) -> Vec<(&'static str, usize)> {
    let listed = house.probing.endpoints(&EndpointQuery::default(), actor).await.unwrap();
    let filter = EndpointFilter { text: Some("example.com".to_owned()), ..EndpointFilter::default() };
    let searched = house.probing.endpoints(&EndpointQuery { filter, ..EndpointQuery::default() }, actor).await.unwrap();
    let overview = house.services.overview.overview(0, Zone::UTC, actor).await.unwrap();
    let certificates = asked(house, actor, CertificateQuery::default()).await;
    let expiries = house.services.certificates.expiries(actor).await.unwrap();
    let places = of(house, actor, shared.id()).await.served;
    let names = ["left.example.com", "kept.example.com"].map(str::to_owned);
    let key = rcgen::KeyPair::generate().unwrap();
    let new = rcgen::CertificateParams::new(names.to_vec()).unwrap().self_signed(&key).unwrap();
    let reach = house.services.certificates.reach(&certificate::read(new.der()), actor).await.unwrap();
    vec![
        ("total", listed.total as usize),
        ("rows", listed.rows.len()),
        ("searched", searched.total as usize),
        ("tags", house.probing.tags(actor).await.unwrap().len()),
        ("verdicts", overview.endpoints.fail as usize),
        ("expiring", overview.expiring.len()),
        ("turned", overview.changes.turned.len()),
        ("turned in all", overview.changes.turned_total as usize),
        ("new certificates", overview.changes.certificates as usize),
        ("certificates", certificates.total as usize),
        ("rows of certificates", certificates.rows.len()),
        ("this week", expiries.weeks[0] as usize),
        ("places", places.total as usize),
        ("rows of places", places.rows.len()),
        ("within reach", reach.served.count as usize),
    ]
}

#[tokio::test]
async fn what_nobody_names_is_in_no_list_count_alert_or_export_and_nothing_is_done_to_it() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let entries = ["https://left.example.com", "https://kept.example.com"].map(str::to_owned);
    let (shop, ids) = program_with(&house, SHOP, &entries, &actor).await;
    let (left, kept) = (ids[0], ids[1]);
    house.post.add_recipient(shop, "ops@example.com".parse().unwrap(), Language::English, &actor).await.unwrap();
    let tag = |tag: &str| Tagging::Add(tag.parse().unwrap());
    house.probing.tag_selected(vec![left].into(), tag("gone"), &actor).await.unwrap();
    house.probing.tag_selected(ids.clone().into(), tag("core"), &actor).await.unwrap();
    let now = house.now();
    let mut connection = house.connection().await;
    let state = "UPDATE endpoints SET verdict = 'fail', verdict_before = 'pass', turned_at = $1, not_after = $2";
    sqlx::query(state).bind(now).bind(now + DAY).execute(&mut connection).await.unwrap();
    let own = Made { byte: 1, names: &["left.example.com"], issuer: "", from: 0, to: now + DAY };
    let shared = Made { byte: 2, names: &["*.example.com"], issuer: "", from: 0, to: now + DAY };
    for (made, served_by) in [(&own, &[left][..]), (&shared, &[left, kept])] {
        made.store(&mut connection).await;
        for endpoint in served_by {
            serve(&mut connection, *endpoint, made.id(), now).await;
        }
    }
    let seen = "UPDATE certificates SET first_seen = $1";
    sqlx::query(seen).bind(now).execute(&mut connection).await.unwrap();
    for (what, count) in counts(&house, &shared, &actor).await {
        assert_eq!(count, 2, "{what}");
    }

    remove(&house, shop, &entries[0], &actor).await;
    for (what, count) in counts(&house, &shared, &actor).await {
        assert_eq!(count, 1, "{what}");
    }
    let row = asked(&house, &actor, CertificateQuery::default()).await.rows.remove(0);
    assert_eq!(
        (row.sha256, row.endpoint, row.endpoints),
        (shared.id(), kept, 1),
        "the first place is one that is named"
    );

    house.post.tell().await.unwrap();
    let notices = house.post.notices(0, &actor).await.unwrap().rows;
    assert_eq!(notices.iter().map(|listed| listed.notice.endpoint()).collect::<Vec<_>>(), [kept]);

    let (console, who) = (console(&house), format!("{}; hufu_locale=en", cookie(&session)));
    let chosen = format!("/endpoints/export?format=csv&chosen=1&ids%5B%5D={left}&ids%5B%5D={kept}");
    for path in ["/endpoints/export?format=csv", "/programs/export?format=csv", &chosen] {
        let file = get(&console, path, &who).await.text();
        assert!(file.contains("kept.example.com") && !file.contains("left.example.com"), "{path}: {file}");
    }

    let probing = &house.probing;
    let gone = ServiceError::NotFound;
    let route = RouteChange { revision: 0, route: Route::default() };
    let tags = TagsChange { before: "core, gone".parse().unwrap(), after: "".parse().unwrap() };
    assert_eq!(probing.probe_now(Scope::Endpoint(left), &actor).await, Err(gone.clone()));
    assert_eq!(probing.probe_deep(left, &actor).await, Err(gone.clone()));
    assert_eq!(probing.probe_selected(vec![left].into(), &actor).await, Err(gone.clone()));
    assert_eq!(probing.change_tags(left, tags, &actor).await, Err(gone.clone()));
    assert_eq!(probing.tag_selected(vec![left].into(), tag("new"), &actor).await, Ok(0));
    assert_eq!(probing.change_route(left, route, &actor).await, Err(gone.clone()));
    assert_eq!(probing.try_route(left, Route::default(), &actor).await, Err(gone));
    let run = probing.probe_now(Scope::All, &actor).await.unwrap();
    // On this one thread no probe begins before it is called off.
    probing.cancel(run, &actor).await.unwrap();
    assert_eq!(probing.run(run, &actor).await.unwrap().total, 1);

    let page = get(&console, &format!("/endpoints/{left}"), &who).await.text();
    assert!(page.contains("data-unnamed") && page.contains("left.example.com"), "{page}");
    for form in ["endpoints/probe-now", "endpoints/change-tags", "endpoints/route"] {
        assert!(!page.contains(form), "{form}: {page}");
    }
    assert!(!get(&console, &format!("/endpoints/{kept}"), &who).await.text().contains("data-unnamed"));
}

#[tokio::test]
async fn a_reminder_comes_once_whether_or_not_its_server_was_named_all_the_time() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let url = "https://a.example.com";
    let (shop, _) = program_with(&house, SHOP, &[url.to_owned()], &actor).await;
    house.post.add_recipient(shop, "ops@example.com".parse().unwrap(), Language::English, &actor).await.unwrap();
    let ends = "UPDATE endpoints SET not_after = $1";
    sqlx::query(ends).bind(house.now() + 2 * DAY).execute(&mut house.connection().await).await.unwrap();
    for _ in 0..2 {
        house.post.tell().await.unwrap();
        assert_eq!(house.post.notices(0, &actor).await.unwrap().total, 1);
        remove(&house, shop, url, &actor).await;
        add(&house, shop, Api::Request, url, &actor).await;
    }
}

#[tokio::test]
async fn whoever_names_a_server_that_fails_already_is_told_at_once_and_nobody_twice() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    let url = urls(&lab, &["expired"]).remove(0);
    let (shop, endpoints) = program_with(&house, SHOP, std::slice::from_ref(&url), &actor).await;
    let (club, _) = program_with(&house, OTHER, &["https://club.example.com".to_owned()], &actor).await;
    for (program, address) in [(shop, "shop@example.com"), (club, "club@example.com")] {
        house.post.add_recipient(program, address.parse().unwrap(), Language::English, &actor).await.unwrap();
    }
    let scope = Scope::Endpoint(endpoints[0]);
    let told = async || {
        probed(&house.probing, scope, &actor).await;
        let notices = house.post.notices(0, &actor).await.unwrap().rows;
        let mut told: Vec<_> = notices.into_iter().map(|listed| listed.address.to_string()).collect();
        told.sort();
        told
    };
    assert_eq!(told().await, ["shop@example.com"]);

    remove(&house, shop, &url, &actor).await;
    house.pass(DAY);
    let due = "SELECT COUNT(*) FROM named_endpoints WHERE host LIKE 'expired%' AND due_at = 0";
    add(&house, club, Api::Request, &url, &actor).await;
    assert_eq!(house.count(due).await, 1, "nobody has looked meanwhile");
    assert_eq!(told().await, ["club@example.com", "shop@example.com"]);
    assert_eq!(house.count(due).await, 0);
    add(&house, shop, Api::Request, &url, &actor).await;
    assert_eq!(house.count(due).await, 1, "it fails, and shop is to be told");
    assert_eq!(told().await, ["club@example.com", "shop@example.com"], "of the same failure nobody is told twice");

    remove(&house, shop, &url, &actor).await;
    let works = "UPDATE endpoints SET verdict = 'pass', failing_since = NULL";
    sqlx::query(works).execute(&mut house.connection().await).await.unwrap();
    add(&house, shop, Api::Request, &url, &actor).await;
    assert_eq!(house.count(due).await, 0, "named all the time, one that works is due when it was");
    lab.stop().await;
}

#[tokio::test]
async fn a_probe_that_ends_when_nobody_names_its_server_any_more_is_not_kept() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (actor, _) = house.first_account().await;
    // It takes a second, after which it is tried again.
    let url = urls(&lab, &["refuses"]).remove(0);
    let (shop, endpoints) = program_with(&house, SHOP, std::slice::from_ref(&url), &actor).await;
    let before = known(&house, endpoints[0], &actor).await;
    let run = house.probing.probe_now(Scope::Endpoint(endpoints[0]), &actor).await.unwrap();
    let states = house.probing.follow(run, &actor).await.unwrap();
    remove(&house, shop, &url, &actor).await;
    let last = states.collect::<Vec<_>>().await.pop().unwrap();
    assert!(last.finished && last.done == last.total, "{last:?}");
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_log WHERE action = 'probe.store'").await, 0);
    assert_eq!(known(&house, endpoints[0], &actor).await, before);
    lab.stop().await;
}

#[tokio::test]
async fn what_was_left_a_week_ago_is_forgotten_however_much_it_is_and_nothing_else() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let entries = ["a", "b", "c"].map(|name| format!("https://{name}.example.com"));
    let (shop, ids) = program_with(&house, SHOP, &entries, &actor).await;
    let mut connection = house.connection().await;
    let shared = Made { byte: 1, names: &["*.example.com"], issuer: "", from: 0, to: 1 };
    let own = Made { byte: 2, names: &["a.example.com"], issuer: "", from: 0, to: 1 };
    for (made, served_by) in [(&own, &ids[..1]), (&shared, &ids[..])] {
        made.store(&mut connection).await;
        for endpoint in served_by {
            serve(&mut connection, *endpoint, made.id(), 0).await;
        }
    }
    for number in 0..50 {
        let left = "INSERT INTO endpoints (host, port, unnamed_at) VALUES ($1, 443, $2)";
        let host = format!("h{number}.example.com");
        sqlx::query(left).bind(host).bind(house.now()).execute(&mut connection).await.unwrap();
    }
    remove(&house, shop, &entries[0], &actor).await;
    remove(&house, shop, &entries[1], &actor).await;
    house.pass(DAY);
    // The days count from when it was left last.
    add(&house, shop, Api::Request, &entries[1], &actor).await;
    remove(&house, shop, &entries[1], &actor).await;

    house.pass((UNNAMED_DAYS - 1) * DAY - 1);
    house.probing.forget_unnamed().await.unwrap();
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoints").await, 53);
    house.pass(1);
    house.probing.forget_unnamed().await.unwrap();
    assert_eq!(house.probing.endpoint(ids[0], &actor).await, Err(ServiceError::NotFound));
    assert!(forgotten_at(&house, ids[1], &actor).await.is_some());
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoints").await, 2);
    assert_eq!(house.count("SELECT COUNT(*) FROM certificates").await, 1);
    assert_eq!(of(&house, &actor, shared.id()).await.served.total, 1);
    house.pass(DAY);
    house.probing.forget_unnamed().await.unwrap();
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoints").await, 1);
    assert_eq!(of(&house, &actor, shared.id()).await.served.total, 1, "counted once, for the one that is named");
}

#[tokio::test]
async fn what_begins_or_ends_to_be_served_counts_only_where_the_server_is_named() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let url = "https://a.example.com";
    let (shop, ids) = program_with(&house, SHOP, &[url.to_owned()], &actor).await;
    let mut connection = house.connection().await;
    let [one, other] = [1, 2].map(|byte| Made { byte, names: &["a.example.com"], issuer: "", from: 0, to: 1 });
    for made in [&one, &other] {
        made.store(&mut connection).await;
    }
    let counted = "SELECT SUM(served_by) FROM certificates";
    remove(&house, shop, url, &actor).await;
    serve(&mut connection, ids[0], one.id(), 0).await;
    assert_eq!(house.count(counted).await, 0);
    add(&house, shop, Api::Request, url, &actor).await;
    assert_eq!(house.count(counted).await, 1);
    serve(&mut connection, ids[0], other.id(), 0).await;
    assert_eq!(house.count(counted).await, 2);

    remove(&house, shop, url, &actor).await;
    let end = "UPDATE served SET until = 1 WHERE id = (SELECT MIN(id) FROM served)";
    sqlx::query(end).execute(&mut connection).await.unwrap();
    assert_eq!(house.count(counted).await, 0);
    add(&house, shop, Api::Request, url, &actor).await;
    assert_eq!(house.count(counted).await, 1);
}

#[tokio::test]
async fn the_schedule_sweeps_by_itself() {
    let house = House::open(None).await;
    let (actor, _) = house.first_account().await;
    let url = "https://a.example.com";
    let (shop, _) = program_with(&house, SHOP, &[url.to_owned()], &actor).await;
    remove(&house, shop, url, &actor).await;
    house.pass(UNNAMED_DAYS * DAY);
    house.probing.keep_probing();
    // It goes through its first round before it stops.
    house.stop.cancel();
    house.probing.drain().await;
    assert_eq!(house.count("SELECT COUNT(*) FROM endpoints").await, 0);
}
