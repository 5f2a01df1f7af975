//! What surrounds a page: who is logged in, where it stands, and what is said where there is no page.

use crate::common::{
    House, SHOP, newcomer, program_with,
    web::{Answer, HOST, ask, console, cookie, get, plain_form},
};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use model::{Timestamp, accounts::Role};
use server::{clock::Clock, exports::Exports};

#[tokio::test]
async fn every_page_says_who_is_logged_in() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, who) = (console(&house), format!("{}; hufu_locale=en", cookie(&session)));
    for path in ["/", "/programs", "/nowhere"] {
        let page = get(&console, path, &who).await.text();
        let links = page.matches("href=\"/settings\" title=\"Account\"").count();
        // In the bar, and in the menu where there is no room for it.
        assert_eq!((links, page.matches("truncate\">chen<").count()), (2, 2), "{path}: {page}");
    }
    let log_in = get(&console, "/log-in", "hufu_locale=en").await.text();
    assert!(!log_in.contains("title=\"Account\""), "{log_in}");
}

#[tokio::test]
async fn a_page_below_a_section_says_where_it_stands() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    program_with(&house, SHOP, &["https://a.example.com".to_owned()], &actor).await;
    let (console, who) = (console(&house), format!("{}; hufu_locale=en", cookie(&session)));
    let page = async |path: &str| get(&console, path, &who).await.text().replace("<!>", "").replace("<wbr>", "");
    for (path, section, here) in [
        ("/programs/1", "/programs", "Shop"),
        ("/programs/import", "/programs", "Import"),
        ("/programs/99", "/programs", "Page not found"),
        ("/endpoints/1", "/endpoints", "a.example.com:443"),
        ("/endpoints/runs", "/endpoints", "Probe runs"),
        ("/icp/example.com", "/icp", "example.com"),
        ("/check", "/check", "URL"),
        ("/check/file", "/check", "Verification file"),
        ("/settings", "/settings", "Account"),
        ("/settings/mail", "/settings", "Mail"),
        ("/settings/people", "/settings", "People"),
        ("/search?q=a", "/", "Search everything"),
        ("/help/findings/chain.incomplete", "/help/findings", "Incomplete chain: an issuer is missing"),
    ] {
        let page = page(path).await;
        let crumbs = page.split("class=\"crumbs\"").nth(1).unwrap_or_default();
        let crumbs = crumbs.split("</nav>").next().unwrap_or_default();
        assert!(crumbs.contains(&format!("href=\"{section}\"")), "{path}: {crumbs}");
        let last = crumbs.rsplit("<li").next().unwrap_or_default();
        let said = format!(">{here}</span></li>");
        assert!(last.contains("aria-current=\"page\"") && last.contains(&said), "{path}: {crumbs}");
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
    }
    for path in ["/", "/programs", "/endpoints", "/certificates", "/icp", "/alerts", "/audit", "/help/findings"] {
        assert!(!page(path).await.contains("class=\"crumbs\""), "{path}");
    }
}

/// As a browser asks for a page, in English.
async fn browse(console: &Router, path: &str, cookie: &str) -> Answer {
    let request = Request::get(path)
        .header(header::HOST, HOST)
        .header(header::COOKIE, format!("{cookie}; hufu_locale=en"))
        .header(header::ACCEPT, "text/html,*/*;q=0.8");
    ask(console, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn where_the_server_fails_a_browser_gets_a_page_in_its_language_and_a_script_words() {
    let mut house = House::open(None).await;
    let (_, session) = house.first_account().await;
    // What asks it for the time panics.
    let broken = Clock::from_fn(|| -> Timestamp { panic!("the clock has stopped") });
    house.exports = Exports::new(house.store.clone(), broken);
    let (console, who) = (console(&house), cookie(&session));
    let path = "/programs/export?format=csv";

    let page = browse(&console, path, &who).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(page.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
    assert!(page.header(header::CONTENT_SECURITY_POLICY).starts_with("default-src 'none';"));
    let text = page.text();
    for part in
        ["lang=\"en\"", "<h1>That did not work</h1>", "Hufu failed here.", "href=\"/programs/export?format=csv\""]
    {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let words = get(&console, path, &who).await;
    assert_eq!(words.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(words.text(), "虎符内部出错，详情见服务器日志。\n");

    house.store.close().await;
    for (path, back) in [("/audit?q=%3Ca", "href=\"/audit?q=%3Ca\""), ("//evil.example/", "href=\"/\"")] {
        let page = browse(&console, path, &who).await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        let text = page.text();
        assert!(text.contains("under reference") && text.contains(back), "{path}: {text}");
    }
    // It may have been done: nobody is led to send it once more.
    let form = plain_form(&console, "/api/programs/add", "app_id=x&name=y", &who).await;
    assert_eq!(form.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(form.text().contains("href=\"/\""), "{}", form.text());
}

#[tokio::test]
async fn whoever_may_only_look_is_not_told_to_begin_where_nothing_is_yet() {
    let house = House::open(None).await;
    let (actor, session) = house.first_account().await;
    let (_, viewer) = newcomer(&house, "li", Role::Viewer, &actor).await;
    let console = console(&house);
    for (path, form, to_do, to_look) in [
        ("/", "programs/add", "Register a mini program, paste", "Once somebody who may do so"),
        ("/programs", "programs/add", "Register one below", "It takes somebody who may"),
        ("/icp", "icp/paste", "record filings below", "nobody has recorded one"),
    ] {
        for (session, may) in [(&session, true), (&viewer, false)] {
            let page = get(&console, path, &format!("{}; hufu_locale=en", cookie(session))).await.text();
            for (words, shown) in [(form, may), (to_do, may), (to_look, !may)] {
                assert_eq!(page.contains(words), shown, "{path} {words}: {page}");
            }
        }
    }
}
