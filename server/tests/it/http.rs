//! What everybody meets on the way in: who may pass, with which headers, and how much they may send.

use std::io::{Read as _, Seek as _};

use crate::common::{
    House, newcomer,
    web::{HOST, SAME, ask, console, console_at, cookie, get, post},
};
use app::error::AppError;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use leptos::server_fn::axum::server_fn_paths;
use model::accounts::{Accounts as _, Role, SESSION_COOKIE};

/// What somebody without a session may call.
const OPEN: [&str; 7] = [
    "/api/accounts/choose-password",
    "/api/accounts/link-owner",
    "/api/accounts/log-in",
    "/api/accounts/log-out",
    "/api/accounts/set-up",
    "/api/accounts/set-up-needed",
    "/api/accounts/set-up-state",
];

/// What a viewer may call: whatever only shows something, and one's own account.
const TO_SEE: &[(&str, &str)] = &[
    ("/api/accounts/change-password", "current=x&password=y&password_again=z"),
    ("/api/accounts/end-session", "id=0000000000000000000000000000000000000000000000000000000000000000"),
    ("/api/accounts/page", ""),
    ("/api/alerts/page", "page=0"),
    ("/api/audit/log", "query[page]=0&query[size]=50&query[zone]=%2B08:00"),
    ("/api/audit/people", ""),
    (
        "/api/certificates/list",
        "query[sort]=expiry&query[reversed]=false&query[page]=0&query[size]=50&query[zone]=%2B08:00",
    ),
    ("/api/certificates/page", "id=0000000000000000000000000000000000000000000000000000000000000000&page=0"),
    ("/api/certificates/weeks-ahead", ""),
    ("/api/drafts/read", "id=1"),
    (
        "/api/endpoints/list",
        "query[sort]=verdict&query[reversed]=false&query[page]=0&query[size]=50&query[zone]=%2B08:00",
    ),
    ("/api/endpoints/page", "id=1&wording=en+%2B08:00"),
    ("/api/endpoints/run", "id=1"),
    ("/api/endpoints/runs", "wording=en+%2B08:00"),
    ("/api/endpoints/tags", ""),
    ("/api/help/finding", "code=chain.incomplete&host=api.example.com:8443&wording=en+%2B08:00"),
    ("/api/help/search", "asked=nginx"),
    ("/api/icp/list", "query[sort]=standing&query[reversed]=false&query[page]=0&query[size]=50"),
    ("/api/icp/page", "domain=example.com&page=0"),
    ("/api/icp/recorded", "lines=example.com+filed"),
    ("/api/overview", "page=0&wording=en+%2B08:00"),
    ("/api/overview/runs", ""),
    ("/api/programs/list", "query[sort]=verdict&query[reversed]=false&query[page]=0&query[size]=50"),
    ("/api/programs/list-choices", ""),
    ("/api/programs/offer", ""),
    ("/api/programs/page", "id=1&wording=en+%2B08:00"),
    ("/api/settings/probing", ""),
    ("/api/settings/mail", ""),
    ("/api/settings/may-administer", ""),
    ("/api/search", "text=a&wording=en+%2B08:00"),
    ("/api/tools/inspect", "draft=1&host=&wording=en+%2B08:00"),
    ("/api/tools/look-up", "program=1"),
    ("/api/tools/verified-file", "draft=1&wording=en+%2B08:00"),
    ("/api/top-bar", ""),
];

/// What only somebody with a further right may call, with a form that would do it.
const TO_DO: &[(&str, &str)] = &[
    ("/api/accounts/access-link", "id=1&login=x"),
    ("/api/accounts/add-person", "login=x&role=viewer"),
    ("/api/accounts/change-person", "id=1&was_role=viewer&role=viewer"),
    ("/api/accounts/made-link", "kept=1"),
    ("/api/accounts/people", ""),
    ("/api/alerts/add-recipient", "id=1&address=a@example.com&language=en"),
    ("/api/alerts/remove-recipient", "id=1&recipient=1"),
    ("/api/alerts/try-again", ""),
    // Each act has a right of its own.
    ("/api/endpoints/act-on-selected", "ids[]=1&act=add_tags&tags=x"),
    ("/api/endpoints/act-on-selected", "ids[]=1&act=remove_tags&tags=x"),
    ("/api/endpoints/act-on-selected", "ids[]=1&act=probe&tags="),
    ("/api/endpoints/act-on-selected", "all_of=/endpoints&act=add_tags&tags=x"),
    ("/api/endpoints/act-on-selected", "all_of=/endpoints&act=probe&tags="),
    ("/api/endpoints/cancel-run", "id=1"),
    ("/api/endpoints/change-tags", "id=1&before=&after=x"),
    ("/api/endpoints/probe-all", ""),
    ("/api/endpoints/probe-now", "scope[program]=1"),
    ("/api/endpoints/probe-now", "scope[endpoint]=1&depth=deep"),
    ("/api/endpoints/route", "id=1&revision=0&addresses=&server_name=&act=once"),
    ("/api/icp/paste", "lines=example.com+filed"),
    (
        "/api/icp/record",
        "domain=example.com&revision=0&state=filed&number=&holder=&source=typed&confirmed_on=&zone=%2B08:00",
    ),
    ("/api/programs/add", "app_id=wx0123456789abcdef&name=Shop"),
    ("/api/programs/add-entries", "id=1&api=request&lines=https://a.example.com"),
    (
        "/api/programs/change",
        "id=1&revision=1&name=x&per_list=20&prefetch=5&business=300&changes_a_month=50&owner=&tags=",
    ),
    ("/api/programs/change-entry", "id=1&entry=1&was=x&api=request&typed=y"),
    ("/api/programs/import", "draft=1&options[api]=request&options[mode]=add&digest=x"),
    ("/api/programs/import-page", "options[api]=request&options[mode]=add"),
    ("/api/programs/remove", "id=1"),
    ("/api/programs/restore", "id=1"),
    ("/api/settings/change-probing", "revision=0&at_once=32&networks=&per_list=20&stale_after_days=180"),
    ("/api/programs/remove-entry", "id=1&entry=1&was=x"),
    ("/api/settings/change-mail", "revision=0&host=&port=465&security=tls&username=&password=&sender=&public_url="),
    ("/api/settings/test-mail", "address=a@example.com"),
    ("/api/tools/fetch-missing", "draft=1&host=&key="),
    ("/api/tools/verify-file", "host=www.example.com&name=kH3Bw2VgxW.txt&content="),
];

#[tokio::test]
async fn every_server_function_refuses_a_role_without_the_right() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let (_, session) = newcomer(&house, "li", Role::Viewer, &admin).await;
    let cookie = cookie(&session);
    let console = console(&house);
    for (path, form) in TO_DO {
        let answer = post(&console, path, *form, SAME, &cookie).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {form}: {}", answer.text());
    }
    for (path, form) in TO_SEE {
        let answer = post(&console, path, *form, SAME, &cookie).await;
        let read = [StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY].contains(&answer.status);
        assert!(read, "{path}: {} {}", answer.status, answer.text());
    }
    let mut known: Vec<&str> = TO_DO.iter().map(|(path, _)| *path).collect();
    known.dedup();
    known.extend(TO_SEE.iter().map(|(path, _)| *path).chain(OPEN));
    let mut registered: Vec<&str> = server_fn_paths().map(|(path, _)| path).collect();
    known.sort_unstable();
    registered.sort_unstable();
    assert_eq!(known, registered, "each server function is in one of the lists");
}

#[tokio::test]
async fn every_server_function_and_page_refuses_a_stranger_unless_it_is_named_here() {
    let house = House::open(None).await;
    let console = console(&house);
    let functions: Vec<(&str, Method)> = server_fn_paths().collect();
    assert!(functions.len() >= 12, "{functions:?}");
    for (path, method) in functions {
        assert_eq!(method, Method::POST, "{path}: a GET could be made from a link");
        let status = post(&console, path, "", SAME, "").await.status;
        assert_eq!(status == StatusCode::UNAUTHORIZED, !OPEN.contains(&path), "{path}: {status}");
    }
    let pages = leptos_axum::generate_route_list(app::App);
    assert!(pages.len() > 20, "{}", pages.len());
    for page in pages {
        // As the address of the first thing of its kind.
        let path = page.path().split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let answer = get(&console, &path, "").await;
        if ["/log-in", "/set-up", "/welcome"].contains(&path.as_str()) {
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            continue;
        }
        let back =
            if path == "/" { "/log-in".to_owned() } else { format!("/log-in?return={}", path.replace('/', "%2F")) };
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::SEE_OTHER, back.as_str()), "{path}");
        assert!(answer.body.is_empty(), "{path}");
    }
    for path in ["/events/runs/1", "/audit/export", "/endpoints/export?format=csv", "/programs/export"] {
        assert_eq!(get(&console, path, "").await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/log-in", "/set-up", "/healthz", "/readyz"] {
        assert_eq!(get(&console, path, "").await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_page_has_one_address_and_what_is_no_page_is_for_nobody_but_those_inside() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let cookie = cookie(&session);
    for (path, page) in
        [("/programs/", "/programs"), ("/endpoints/1/?run=2", "/endpoints/1?run=2"), ("/audit//", "/audit")]
    {
        let answer = get(&console, path, &cookie).await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::PERMANENT_REDIRECT, page), "{path}");
    }
    for path in ["/nowhere", "/programs/1/nowhere", "//programs"] {
        assert_eq!(get(&console, path, &cookie).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(get(&console, path, "").await.status, StatusCode::SEE_OTHER, "{path}");
    }
}

#[tokio::test]
async fn a_forged_session_is_nobody_s() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    for token in ["", "x", &session.0[1..], &format!("{}x", session.0)] {
        let answer = get(&console, "/", &format!("{SESSION_COOKIE}={token}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let cookie = cookie(&session);
    assert_eq!(get(&console, "/", &cookie).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let cookie = cookie(&session);
    let form = "app_id=wx0123456789abcdef&name=Shop";
    for origin in ["https://evil.example", "null", "https://hufu.example.evil.example", ""] {
        let answer = post(&console, "/api/programs/add", form, origin, &cookie).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM programs").await, 0);
    assert_eq!(post(&console, "/api/programs/add", form, SAME, &cookie).await.status, StatusCode::OK);
    assert_eq!(house.count("SELECT COUNT(*) FROM programs").await, 1);
}

#[tokio::test]
async fn a_refusal_has_the_status_that_belongs_to_it() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let console = console(&house);
    let cookie = cookie(&session);
    for (path, form, status) in [
        ("/api/programs/add", "app_id=nonsense&name=Shop", StatusCode::UNPROCESSABLE_ENTITY),
        ("/api/programs/add", "name=Shop", StatusCode::BAD_REQUEST),
        ("/api/programs/page", "id=999&wording=en+%2B08:00", StatusCode::NOT_FOUND),
        ("/api/programs/page", "id=nonsense&wording=en+%2B08:00", StatusCode::BAD_REQUEST),
        ("/api/programs/page", "id=999", StatusCode::BAD_REQUEST),
        ("/api/programs/page", "id=999&wording=fr+%2B08:00", StatusCode::BAD_REQUEST),
        ("/api/accounts/log-in", "login=chen&password=wrong", StatusCode::UNPROCESSABLE_ENTITY),
        ("/api/nowhere", "", StatusCode::NOT_FOUND),
    ] {
        let answer = post(&console, path, form, SAME, &cookie).await;
        assert_eq!(answer.status, status, "{path} {form}: {}", answer.text());
    }
    let nowhere = get(&console, "/nowhere", &cookie).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    let text = nowhere.text();
    assert!(text.contains("页面不存在") && text.contains("href=\"/endpoints\""), "inside the frame: {text}");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_the_build_of_which_the_server_is() {
    let house = House::open(None).await;
    let (_, session) = house.first_account().await;
    let (console, cookie) = (console(&house), cookie(&session));
    let page = get(&console, "/programs", &cookie).await.text();
    let own = page.split("data-assets=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(own.starts_with("/pkg"), "{own}");
    let answer = post(&console, "/api/programs/page", "id=nonsense", SAME, &cookie).await;
    match serde_json::from_slice(&answer.body).unwrap() {
        AppError::Request { assets, .. } => assert_eq!(assets, own, "a page of another build has another"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn more_than_a_full_paste_is_not_read() {
    let house = House::open(None).await;
    let console = console(&house);
    let body = vec![b'x'; 300 * 1024];
    let unannounced = post(&console, "/api/accounts/log-in", body.clone(), SAME, "").await;
    assert_eq!(unannounced.status, StatusCode::BAD_REQUEST);
    let request = Request::post("/api/accounts/log-in")
        .header(header::HOST, HOST)
        .header(header::ORIGIN, SAME)
        .header(header::CONTENT_LENGTH, body.len());
    let announced = ask(&console, request.body(body.into()).unwrap()).await;
    assert_eq!(announced.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(announced.text().contains("256 kB"), "{}", announced.text());
}

#[tokio::test]
async fn every_answer_is_hardened_and_a_page_has_a_nonce_of_its_own() {
    let house = House::open(None).await;
    let console = console(&house);
    for path in ["/log-in", "/", "/nowhere", "/healthz", "/favicon.svg", "/api/programs/list"] {
        let answer = get(&console, path, "").await;
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_ne!(answer.header(header::REFERRER_POLICY), "", "{path}");
    }
    let nonce = async || {
        let page = get(&console, "/log-in", "").await;
        let policy = page.header(header::CONTENT_SECURITY_POLICY).to_owned();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(page.text().contains(&format!("nonce=\"{nonce}\"")), "the page's scripts carry it");
        nonce
    };
    assert_ne!(nonce().await, nonce().await);
}

#[tokio::test]
async fn the_session_cookie_is_out_of_reach_of_scripts_and_plain_http() {
    let house = House::open(None).await;
    house.first_account().await;
    let console = console(&house);
    let form = "login=chen&password=correct+horse+battery";
    let answer = post(&console, "/api/accounts/log-in", form, SAME, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let cookie = answer.header(header::SET_COOKIE);
    for part in ["__Host-", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part}");
    }
    assert!(!cookie.contains("Domain"));
}

#[tokio::test]
async fn the_log_has_no_token_of_a_link() {
    let house = House::open(None).await;
    let console = console(&house);
    let mut log = tempfile::tempfile().unwrap();
    let lines = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(log.try_clone().unwrap());
    let listening = tracing::subscriber::set_default(lines.with_ansi(false).finish());
    for page in ["/welcome", "/set-up"] {
        assert_eq!(get(&console, &format!("{page}?token=0123abcd"), "").await.status, StatusCode::OK);
    }
    drop(listening);
    let mut told = String::new();
    log.rewind().unwrap();
    log.read_to_string(&mut told).unwrap();
    assert!(told.contains("path=\"/welcome\"") && told.contains("path=\"/set-up\""), "{told}");
    assert!(!told.contains("0123abcd"), "{told}");
}

#[tokio::test]
async fn a_tunnel_leads_to_the_address_on_which_the_server_listens() {
    let house = House::open(None).await;
    for (listens_on, tunnel) in [
        ("127.0.0.1:3000", "ssh -L 3000:127.0.0.1:3000 "),
        ("0.0.0.0:3001", "ssh -L 3001:127.0.0.1:3001 "),
        ("10.0.0.5:3000", "ssh -L 3000:10.0.0.5:3000 "),
        ("[2001:db8::5]:3000", "ssh -L 3000:[2001:db8::5]:3000 "),
        ("[::]:3000", "ssh -L 3000:[::1]:3000 "),
    ] {
        let console = console_at(&house, listens_on.parse().unwrap());
        let request = Request::get("/log-in").header(header::HOST, "hufu.example:3000");
        let text = ask(&console, request.body(Body::empty()).unwrap()).await.text();
        assert!(text.contains(tunnel), "{listens_on}: {text}");
    }
}

#[tokio::test]
async fn whom_the_browser_would_not_keep_logged_in_is_told_beside_the_form() {
    let house = House::open(None).await;
    let (admin, _) = house.first_account().await;
    let link = house.people.add_person("li".to_owned(), Role::Viewer, &admin).await.unwrap();
    let welcome = format!("/welcome?token={}", link.0);
    let empty = House::open(None).await;
    let set_up = format!("/set-up?token={}", empty.people.set_up_link().await.unwrap().unwrap());
    let (console, empty) = (console(&house), console(&empty));
    for (host, more, is_told) in [
        ("10.0.0.5:3000", None, true),
        ("hufu.example", Some(("x-forwarded-proto", "https")), false),
        ("hufu.example", Some(("sec-fetch-site", "none")), false),
        ("127.0.0.1:3000", None, false),
    ] {
        for (language, words) in [("en", "will not keep you logged in"), ("zh-CN", "浏览器不会保存登录状态")]
        {
            for (console, page) in [(&console, "/log-in"), (&console, welcome.as_str()), (&empty, set_up.as_str())] {
                let request = Request::get(page).header(header::HOST, host).header(header::ACCEPT_LANGUAGE, language);
                let request = more.into_iter().fold(request, |request, (name, value)| request.header(name, value));
                let text = ask(console, request.body(Body::empty()).unwrap()).await.text();
                assert!(text.contains("name=\"password\""), "{page}: {text}");
                assert_eq!(text.contains(words), is_told, "{host} {more:?} {page}: {text}");
                assert_eq!(text.contains("ssh -L 3456:127.0.0.1:3456 "), is_told, "{text}");
                assert_eq!(
                    text.contains("data-insecure=\"127.0.0.1:3456\""),
                    is_told,
                    "the browser's half reads it there: {text}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_language_is_the_visitor_s() {
    let house = House::open(None).await;
    let console = console(&house);
    for (languages, cookie, lang, word) in [
        ("", "", "zh-CN", "登录"),
        ("en-GB,en;q=0.9", "", "en", "Log in"),
        ("fr", "", "zh-CN", "登录"),
        ("en", "hufu_locale=zh-CN", "zh-CN", "登录"),
        ("zh", "hufu_locale=en", "en", "Log in"),
        ("en", "hufu_locale=<script>", "en", "Log in"),
    ] {
        let request = Request::get("/log-in").header(header::ACCEPT_LANGUAGE, languages).header(header::COOKIE, cookie);
        let page = ask(&console, request.body(Body::empty()).unwrap()).await.text();
        assert!(
            page.contains(&format!("<html lang=\"{lang}\"")) && page.contains(word),
            "{languages} {cookie}: {page}"
        );
    }
}
