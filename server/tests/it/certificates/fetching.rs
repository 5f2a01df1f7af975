//! What a chain lacks is fetched when somebody asks for it, and never before; what is given back is whole then.

use axum::{
    Router,
    http::{StatusCode, header},
};
use model::{
    Host,
    accounts::{Role, SessionToken},
    service::ServiceError,
};
use probe::{
    CertificateDer, Depth, NetworkPolicy, Prober,
    file::{self, Opening, Password},
    lab::{Authority, Lab, Page, Validity},
};
use server::clock;

use super::desk::{PASSWORD, send};
use crate::common::{
    House, newcomer,
    web::{self, console, get, plain_form},
};

const FETCH: &str = "/api/tools/fetch-missing";
const INTERMEDIATE: &str = "intermediate.cer";

fn cookie(session: &SessionToken) -> String {
    format!("{}; hufu_locale=en", web::cookie(session))
}

/// The certificates that a server of the lab serves.
async fn served(lab: &Lab, name: &str) -> Vec<CertificateDer<'static>> {
    let prober = Prober::builder()
        .policy(NetworkPolicy::allowing(["127.0.0.0/8".parse().unwrap()]))
        .fixed(lab.resolve())
        .build()
        .unwrap();
    let target = lab.server(name).unwrap().target();
    let probed = prober.probe(&target, Depth::Expiry, clock::now(), |_| ()).await.unwrap();
    probed.chains.into_values().next().unwrap()
}

fn pem(chain: &[CertificateDer<'_>]) -> String {
    file::to_pem(chain, None).as_str().to_owned()
}

/// The value of a part of an address.
fn part(address: &str, name: &str) -> String {
    let query = address.split(['?', '#']).nth(1).unwrap_or_default();
    let of = |part: &str| part.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
    query.split('&').find_map(of).unwrap_or_else(|| panic!("no {name} in {address}"))
}

/// Has a chain judged; the address of its page.
async fn judged(console: &Router, session: &SessionToken, chain: &[CertificateDer<'_>]) -> String {
    let answer = send(console, session, "/check/certificate", &[("pem", pem(chain).as_bytes())]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header(header::LOCATION).to_owned()
}

/// Presses the button of that page, without JavaScript; the address of the page that follows.
async fn fetch(console: &Router, session: &SessionToken, page: &str) -> String {
    let form = format!("draft={}&host=&key=", part(page, "draft"));
    let answer = plain_form(console, FETCH, form, &cookie(session)).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text());
    let to = answer.header(header::LOCATION);
    assert!(to.starts_with("/check/certificate?draft="), "{to}");
    to.split('#').next().unwrap().to_owned()
}

fn assert_told(page: &str, parts: &[&str]) {
    // Where one piece of text ends and the next begins.
    let page = page.replace("<!>", "");
    for part in parts {
        assert!(page.contains(part), "no {part} in {page}");
    }
}

/// What the downloads lack is said, and not that the page fetches it.
fn assert_no_button(page: &str) {
    assert_told(page, &["fullchain.pem as well: add it before you download"]);
    assert!(!page.contains(FETCH) && !page.contains("fetch it below"), "{page}");
}

#[tokio::test]
async fn what_is_missing_is_fetched_when_it_is_asked_for_and_given_back() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let leaf = served(&lab, "missing-intermediate").await;
    let whole = [leaf[0].clone(), served(&lab, "good-ecdsa").await.remove(1)];
    let house = House::open(Some(&lab)).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let to = judged(&console, &session, &leaf).await;
    let page = get(&console, &to, &cookie(&session)).await.text();
    assert_told(&page, &["Fetch what is missing", "data-card=\"missing\"", "data-code=\"chain.incomplete\""]);
    assert_told(&page, &["data-incomplete", "Each of these files will lack it too", "add it, or fetch it below,"]);
    assert_eq!(lab.publisher().asked(INTERMEDIATE), 0, "judging touches no network");

    let to = fetch(&console, &session, &to).await;
    let url = lab.publisher().url(INTERMEDIATE);
    for _ in 0..2 {
        let page = get(&console, &to, &cookie(&session)).await.text();
        let fetched = format!("fetched from {url}");
        let led = ["data-led-to=\"whole\"", "leads to CN=Hufu Lab Root", "data-card=\"fetched\"", &fetched];
        assert_told(&page, &led);
        let at = |mark: &str| page.find(mark).unwrap();
        assert!(at("data-led-to") < at("data-answer"), "what was asked for comes first");
        // As it is, it is incomplete all the same.
        assert_told(&page, &["data-code=\"chain.incomplete\"", "data-trusted=\"false\"", "data-completed"]);
        assert!(!page.contains("data-incomplete"), "the downloads hold what was fetched: {page}");
        assert!(!page.contains(FETCH), "nothing is left to fetch: {page}");
    }
    assert_eq!(lab.publisher().asked(INTERMEDIATE), 1, "a page that is loaded again asks nobody");

    let id = part(&to, "fetched");
    let given = async |chain: &[CertificateDer<'_>], fetched: &str| {
        let text = pem(chain);
        let parts = [("fetched", fetched.as_bytes()), ("pem", text.as_bytes())];
        send(&console, &session, "/check/certificate/pem", &parts).await.text()
    };
    assert_eq!(given(&leaf, &id).await, pem(&whole));
    assert_eq!(given(&leaf, "").await, pem(&leaf));
    // It has signed nothing of another chain.
    let other = served(&lab, "unknown-root").await;
    assert!(!given(&other, &id).await.contains(&pem(&whole[1..])));
}

#[tokio::test]
async fn key_stores_hold_what_was_fetched_and_an_unknown_root_is_called_so() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let valid = Validity::days(clock::now(), -1, 30);
    let publish = |authority: Authority, name: &str| {
        lab.publisher().put(name, Page::Body(authority.der().to_vec()));
        authority.published_at(&lab.publisher().url(name))
    };
    let root = publish(Authority::root("Root", valid).unwrap(), "Root");
    let middle = publish(root.intermediate("Middle", valid, |_| ()).unwrap(), "Middle");
    let key = rcgen::KeyPair::generate().unwrap();
    let host: Host = "a.example.com".parse().unwrap();
    let leaf = middle.leaf(&[&host], &key, valid, |_| ()).unwrap();

    let house = House::open(Some(&lab)).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let to = judged(&console, &session, std::slice::from_ref(&leaf)).await;
    let to = fetch(&console, &session, &to).await;
    let page = get(&console, &to, &cookie(&session)).await.text();
    assert_told(&page, &["data-led-to=\"unknown_root\"", "leads to CN=Root, a root that no store has"]);
    assert_no_button(&page);

    let (id, key, text) = (part(&to, "fetched"), key.serialize_pem(), pem(std::slice::from_ref(&leaf)));
    for format in ["pkcs12", "jks"] {
        let parts = [
            ("fetched", id.as_bytes()),
            ("password", PASSWORD.as_bytes()),
            ("pem", text.as_bytes()),
            ("key", key.as_bytes()),
        ];
        let answer = send(&console, &session, &format!("/check/certificate/{format}"), &parts).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let password = Password::new(PASSWORD.to_owned());
        let contents = file::read(&answer.body, &Opening { password: Some(&password), alias: None }).unwrap();
        assert_eq!(contents.certificates, [leaf.clone(), middle.der()], "{format}: phones have their own roots");
    }
    // What was wrong with the form does not cost what was fetched.
    let parts = [("fetched", id.as_bytes()), ("pem", text.as_bytes())];
    let answer = send(&console, &session, "/check/certificate/jks", &parts).await;
    let page = get(&console, answer.header(header::LOCATION), &cookie(&session)).await.text();
    assert_told(&page, &["data-led-to=\"unknown_root\"", "name=\"fetched\""]);
}

#[tokio::test]
async fn what_is_refused_for_its_name_alone_is_said_to_be_trusted() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (_, session) = house.first_account().await;
    let (console, pem) = (console(&house), pem(&served(&lab, "good-ecdsa").await));
    for (host, is_accepted, said) in [
        ("good-ecdsa.lab.hufu.example", true, "yes"),
        ("other.example.com", false, "yes, but it is refused all the same"),
    ] {
        let parts = [("host", host.as_bytes()), ("pem", pem.as_bytes())];
        let answer = send(&console, &session, "/check/certificate", &parts).await;
        let page = get(&console, answer.header(header::LOCATION), &cookie(&session)).await.text();
        let (_, told) = page.split_once("data-trusted=\"").unwrap_or_else(|| panic!("{page}"));
        let told = told.split("</dd>").next().unwrap();
        assert!(told.starts_with(&format!("{is_accepted}\"")) && told.contains(said), "{host}: {told}");
    }
    lab.stop().await;
}

#[tokio::test]
async fn what_cannot_be_fetched_says_why_of_each_address() {
    let lab = Lab::start(clock::now()).await.unwrap();
    lab.publisher().put(INTERMEDIATE, Page::Status(404));
    let leaf = served(&lab, "missing-intermediate").await;
    let house = House::open(Some(&lab)).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let to = judged(&console, &session, &leaf).await;
    let to = fetch(&console, &session, &to).await;
    let page = get(&console, &to, &cookie(&session)).await.text();
    let tried = page.split("data-tried").nth(1).unwrap_or_else(|| panic!("{page}"));
    let line = tried.split("</li>").next().unwrap();
    assert_told(line, &[&lab.publisher().url(INTERMEDIATE), "the answer was HTTP 404"]);
    assert_told(&page, &["data-led-to=\"nothing\"", "Try again"]);
    assert!(!page.contains("name=\"fetched\""), "nothing completes it: {page}");

    // A draft that is not there is said to be gone, on the page.
    let answer = plain_form(&console, FETCH, "draft=999999&host=&key=", &cookie(&session)).await;
    let to = answer.header(header::LOCATION).split('#').next().unwrap().to_owned();
    assert_told(&get(&console, &to, &cookie(&session)).await.text(), &["What you typed is gone"]);
}

#[tokio::test]
async fn a_certificate_that_does_not_say_where_its_issuer_is_has_no_button() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let valid = Validity::days(clock::now(), -1, 30);
    let middle = Authority::root("Root", valid).unwrap().intermediate("Middle", valid, |_| ()).unwrap();
    let (host, key): (Host, _) = ("a.example.com".parse().unwrap(), rcgen::KeyPair::generate().unwrap());
    let leaf = middle.leaf(&[&host], &key, valid, |_| ()).unwrap();
    let to = judged(&console, &session, &[leaf]).await;
    let page = get(&console, &to, &cookie(&session)).await.text();
    assert_told(&page, &["data-code=\"chain.incomplete\""]);
    assert_no_button(&page);
}

#[tokio::test]
async fn who_may_not_probe_fetches_nothing_and_sees_nothing_of_what_somebody_else_has_fetched() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let leaf = served(&lab, "missing-intermediate").await;
    let house = House::open(Some(&lab)).await;
    let (admin, session) = house.first_account().await;
    let (viewer, theirs) = newcomer(&house, "li", Role::Viewer, &admin).await;
    let console = console(&house);
    let to = judged(&console, &theirs, &leaf).await;
    let page = get(&console, &to, &cookie(&theirs)).await.text();
    assert_told(&page, &["data-code=\"chain.incomplete\""]);
    assert_no_button(&page);
    let refused = house.services.tools.supplement(pem(&leaf).into_bytes(), &viewer).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    assert_eq!(lab.publisher().asked(INTERMEDIATE), 0);

    let own = judged(&console, &session, &leaf).await;
    let id = part(&fetch(&console, &session, &own).await, "fetched");
    let text = pem(&leaf);
    let parts = [("fetched", id.as_bytes()), ("pem", text.as_bytes())];
    let answer = send(&console, &theirs, "/check/certificate/pem", &parts).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "no chain with a gap in place of a whole one");
    let page = get(&console, answer.header(header::LOCATION), &cookie(&theirs)).await.text();
    assert_told(&page, &["What was fetched is gone", "for an hour at most"]);
    assert!(!page.contains("data-card=\"fetched\""), "{page}");
}
