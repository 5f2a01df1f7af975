//! The look at a verification file, from the console's form to its answer, with and without JavaScript.

use crate::common::{
    House, SHOP, newcomer, program_with, urls,
    web::{self, SAME, console, get, plain_form, post},
};
use app::{findings::words::meaning, i18n::Locale};
use axum::http::{StatusCode, header};
use model::{
    Code,
    accounts::{Role, SessionToken},
    endpoints::{
        Endpoints as _,
        route::{Route, RouteChange},
    },
    service::ServiceError,
    verification::Comparison,
};
use probe::lab::{Lab, Reply, Website};
use serde_json::Value;
use server::clock;

const WORD: &str = "2ec87af7a5f64b0fb2d7a1b5e5f8e9c3";
const VERIFY: &str = "/api/tools/verify-file";

fn cookie(session: &SessionToken) -> String {
    format!("{}; hufu_locale=en", web::cookie(session))
}

async fn site() -> Website {
    let answer = |_: &str, head: &str| match head.starts_with("GET /right.txt ") {
        true => Reply::page("200 OK", WORD),
        false => Reply::page("302 Found\r\nLocation: /log-in", ""),
    };
    Website::start(clock::now(), answer).await.unwrap()
}

/// The name of the site is nobody's, its address anybody's.
fn form(site: &Website, name: &str, content: &str) -> String {
    format!("host=127.0.0.1%3A{}&name={name}&content={content}", site.target().port)
}

#[tokio::test]
async fn a_form_without_javascript_leads_to_the_answer_which_asks_nobody_again() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, who) = (console(&house), cookie(&session));
    let mut pages = Vec::new();
    {
        let site = site().await;
        for (name, verdict, said) in
            [("right.txt", "pass", "exactly what it should hold"), ("moved.txt", "fail", "verification.redirected")]
        {
            let answer = plain_form(&console, VERIFY, form(&site, name, WORD), &who).await;
            assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text());
            let page = answer.header(header::LOCATION).to_owned();
            assert!(page.starts_with("/check/file?draft="), "{page}");
            pages.push((page, name, verdict, said));
        }
    }
    // The site is gone.
    for (page, name, verdict, said) in pages {
        let shown = get(&console, &page, &who).await;
        assert_eq!(shown.status, StatusCode::OK);
        let text = shown.text();
        for part in
            [said, "rule.ip_address", &format!("data-verdict=\"{verdict}\""), &format!("value=\"{name}\""), WORD]
        {
            assert!(text.contains(part), "no {part} in {text}");
        }
    }
}

#[tokio::test]
async fn what_was_typed_wrongly_comes_back_with_the_answer_beside_its_field() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, who) = (console(&house), cookie(&session));
    for (typed, kept, why) in [
        ("host=no+host&name=a.txt&content=", "value=\"no host\"", "not a host name"),
        ("host=a.example.com&name=..%2Fa.txt&content=", "value=\"../a.txt\"", "without a path"),
        ("host=a.example.com&name=a.html&content=", "value=\"a.html\"", "without a path"),
        (
            "host=a.example.com&name=a.txt&content=%3Cp%3E",
            "value=\"a.txt\"",
            "cannot be what a verification file holds",
        ),
    ] {
        let answer = plain_form(&console, VERIFY, typed.to_owned(), &who).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{typed}: {}", answer.text());
        let to = answer.header(header::LOCATION).to_owned();
        let page = get(&console, to.split('#').next().unwrap(), &who).await.text();
        assert!(page.contains(kept) && page.contains(why), "{typed}: {page}");
    }
}

#[tokio::test]
async fn who_may_not_probe_asks_nobody_and_sees_nobody_else_s_answer() {
    let house = House::open(None).await;
    let (admin, session) = house.first_account().await;
    let (viewer, theirs) = newcomer(&house, "li", Role::Viewer, &admin).await;
    let (console, site) = (console(&house), site().await);
    let refused = post(&console, VERIFY, form(&site, "right.txt", WORD), SAME, &cookie(&theirs)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let (target, name) = (site.target(), "right.txt".parse().unwrap());
    let refused = house.services.tools.verification_file(Route::default(), target, name, None, &viewer).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");

    let answer = plain_form(&console, VERIFY, form(&site, "right.txt", WORD), &cookie(&session)).await;
    let draft = answer.header(header::LOCATION).split('=').nth(1).unwrap().to_owned();
    for (session, sees) in [(&session, true), (&theirs, false)] {
        let form = format!("draft={draft}&wording=en+%2B00:00");
        let shown = post(&console, "/api/tools/verified-file", form, SAME, &cookie(session)).await;
        assert_eq!(shown.status == StatusCode::OK, sees, "{}", shown.text());
    }
}

#[tokio::test]
async fn a_page_is_sent_words_in_its_language_whatever_was_chosen_since() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, site) = (console(&house), site().await);
    let answer = plain_form(&console, VERIFY, form(&site, "moved.txt", WORD), &cookie(&session)).await;
    let draft = answer.header(header::LOCATION).split('=').nth(1).unwrap().to_owned();
    for (language, locale, chosen) in [("en", Locale::en, "zh-CN"), ("zh-CN", Locale::zh_CN, "en")] {
        let form = format!("draft={draft}&wording={language}+%2B00:00");
        let cookie = format!("{}; hufu_locale={chosen}", web::cookie(&session));
        let shown = post(&console, "/api/tools/verified-file", form, SAME, &cookie).await.text();
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let found = shown["findings"].as_array().unwrap();
        let found = found.iter().find(|it| it["code"] == "verification.redirected").unwrap();
        assert_eq!(found["meaning"].as_str(), Some(&*meaning(Code::VerificationRedirected, locale)), "{language}");
        let addressed = found["lines"][0][1].as_str().unwrap();
        assert!(addressed.ends_with("/moved.txt"), "{addressed}");
    }
}

#[tokio::test]
async fn a_name_that_tells_its_content_is_compared_with_it() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let site = Website::start(clock::now(), |_, _| Reply::page("200 OK", "0a1B2c3D4e5F6g7H")).await.unwrap();
    let target = || format!("127.0.0.1:{}", site.target().port).parse().unwrap();
    for (name, compared) in [
        ("MP_verify_0a1B2c3D4e5F6g7H.txt", Some(Comparison::Same)),
        ("MP_verify_0a1B2c3D4e5F6g7X.txt", Some(Comparison::Other { at: 16 })),
        ("kH3Bw2VgxW.txt", None),
    ] {
        let file = name.parse().unwrap();
        let asked = house.services.tools.verification_file(Route::default(), target(), file, None, &admin).await;
        let answer = asked.unwrap().looks.remove(0).answer.unwrap();
        assert_eq!(answer.body.unwrap().compared, compared, "{name}");
    }
}

#[tokio::test]
async fn an_endpoint_with_other_addresses_is_asked_there_only_where_that_is_chosen() {
    let lab = Lab::start(clock::now()).await.unwrap();
    let house = House::open(Some(&lab)).await;
    let (admin, session) = house.first_account().await;
    let entries = urls(&lab, &["good-ecdsa"]);
    let (_, ids) = program_with(&house, SHOP, &entries, &admin).await;
    let host = entries[0].trim_start_matches("https://").replace(':', "%3A");
    let (console, who) = (console(&house), cookie(&session));
    let asked = async |by: &str| {
        let form = format!("host={host}&name=right.txt&content={WORD}&by={by}");
        let answer = plain_form(&console, VERIFY, form, &who).await;
        let page = answer.header(header::LOCATION).split('#').next().unwrap().to_owned();
        get(&console, &page, &who).await.text()
    };
    let chosen = "value=\"route\" selected";
    let usual = asked("dns").await;
    assert!(usual.contains("127.0.0.1  ") && !usual.contains("data-not-asked"), "{usual}");
    let refused = asked("route").await;
    assert!(refused.contains("is probed another way") && refused.contains(chosen), "{refused}");
    assert!(!refused.contains("data-answer"), "{refused}");

    let route = Route { addresses: "127.0.0.2".parse().unwrap(), server_name: "new.example.com".parse().ok() };
    house.probing.change_route(ids[0], RouteChange { revision: 0, route }, &admin).await.unwrap();
    let usual = asked("dns").await;
    assert!(usual.contains("127.0.0.1  ") && !usual.contains("127.0.0.2  ") && !usual.contains(chosen), "{usual}");
    assert!(usual.contains("data-not-asked") && usual.contains("to 127.0.0.2, asking for new.example.com"), "{usual}");
    let there = asked("route").await;
    assert!(there.contains("127.0.0.2  ") && !there.contains("127.0.0.1  ") && there.contains(chosen), "{there}");
    assert!(
        there.contains("WeChat asks those that DNS gives") && there.contains("new.example.com; WeChat asks for"),
        "{there}"
    );
    assert!(!there.contains("data-not-asked"), "{there}");

    // What may be connected to is decided when it is asked.
    house.probing.allow_networks(Vec::new());
    let barred = asked("route").await;
    assert!(barred.contains("net.blocked_by_policy") && !barred.contains("127.0.0.2  HTTP"), "{barred}");
    lab.stop().await;
}
